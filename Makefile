# Everything runs through local/, which needs nothing but this Python (3.11 or 3.12).
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help run dev promote rollback gateway environments experiments test images verify bench soak lint clean reset lock

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | sed 's/^\([^|]*\)|/  make \1\t/' | expand -t 22
	@sed -n 's/^#= \{0,1\}//p' Makefile

run: ## install, train, promote and serve everything here; Ctrl-C stops it
	@$(PYTHON) -m local run

dev: ## as run, for whoever works on it: changed pages are shown at once, a changed gateway starts again
	@$(PYTHON) -m local dev

promote: ## serve another version, without a failed request where one is served: VERSION=2 REASON="it is better"
	@$(PYTHON) -m local promote

rollback: ## serve the champion before again, in the same way, or an earlier one: VERSION=1 REASON="too dear"
	@$(PYTHON) -m local rollback

gateway: ## one of the gateway's own commands on what a run has kept; ARGS="user add you@example.org"
	@$(PYTHON) -m local gateway

environments: ## only the environments in .venv
	@$(PYTHON) -m local environments

experiments: ## compare our model with others on the listings of a run, with a report
	@$(PYTHON) -m local experiments

test: ## every check and test, with what they need
	@$(PYTHON) -m local.test $(STEPS)

images: ## build the images, run them with no rights at all, and price a car in them
	@$(PYTHON) -m local.test images

verify: ## the tests with their long suites whole
	@DEALERSHIP_VERIFY=1 $(PYTHON) -m local.test unit

bench: ## the benchmarks
	@$(PYTHON) -m local.test $(or $(STEPS),bench)

soak: ## whether the product holds more and more the longer it works: 20 minutes of everything
	@$(PYTHON) -m local.test soak

lint: ## the linters alone
	@$(PYTHON) -m local.test lint

clean: ## remove what was built: environments, web app, caches
	@$(PYTHON) -m local clean

reset: ## remove what runs have kept: users, cars, models, data
	@$(PYTHON) -m local reset

#=
#= Variables, given as in `make run PORT=9000`:
#=   PYTHON=python3.12        which Python to use
#=   DATA=listings.csv        run, experiments: listings to learn from, kept for later runs; DATA=demo: the demo market
#=   MARKET_DATE=2021-07-01   run, experiments: when they were listed, for a file without a column that says so
#=   MAPPING=mapping.json     run, experiments: what its columns mean, where they are named otherwise
#=   PORT=8000                run: gateway and web app
#=   METRICS_PORT=8001 MODEL_REST_PORT=8080 MODEL_GRPC_PORT=8081 MODEL_METRICS_PORT=8082
#=   SECOND_REST_PORT=8083 SECOND_GRPC_PORT=8084 SECOND_METRICS_PORT=8085   the model server that takes over
#=   WEB_PORT=5173            dev: the web app
#=   VAR=var                  run, dev, promote, rollback, experiments, reset: where a run keeps its state
#=   VERSION=2 REASON="..."   promote, rollback: which version, and why, for the record
#=   ARGS="user list"         gateway: the command and what it takes; without it, its help
#=   PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:...   images: their base; without it one is made of Debian's packages
#=   ARGS=--ungated           promote: whatever the gates would say; and what else dealership-model promote takes
#=   STEPS="lint unit"        test, bench: only these checks
#=   SOAK_MINUTES=20          soak: for how long
#=   YES=1                    clean, reset: do not ask

COMPILE = uv pip compile setup.cfg --extra build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" -q

lock: ## resolve setup.cfg's extras anew into requirements/ (needs uv)
	$(COMPILE) --extra model --extra serving -o requirements/model.txt
	$(COMPILE) --extra gateway -o requirements/gateway.txt
	$(COMPILE) --extra model --extra serving --extra cluster --extra experiments --extra test -c requirements/model.txt -o requirements/model-test.txt
	$(COMPILE) --extra scraper -o requirements/scraper.txt
	$(COMPILE) --extra gateway --extra scraper --extra test -c requirements/gateway.txt -c requirements/scraper.txt -o requirements/gateway-test.txt
	$(COMPILE) --extra bench -o requirements/bench.txt
	$(COMPILE) --extra manifests -o requirements/manifests.txt
	$(COMPILE) --extra bench-bentoml -o requirements/bench-bentoml.txt
	$(COMPILE) --extra bench-kserve -o requirements/bench-kserve.txt
