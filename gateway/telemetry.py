"""Metrics on a port of their own, and one structured log line a request; neither holds anything of a person."""

import logging
import sys
import time
import traceback
import uuid
from types import TracebackType
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from sqlalchemy.exc import OperationalError
from structlog.typing import Processor

from gateway.errors import ModelUnavailable, Problem
from gateway.inference.prices import Prices

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LATENCY_BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
DIFFERENCE_BUCKETS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
DEEPEST_CAUSE = 10

REQUEST_ID_HEADER = "X-Request-Id"


def new_request_id() -> str:
    return uuid.uuid4().hex


class Metrics:
    """The gateway's metrics, in a registry of their own so that every app has its own."""

    def __init__(self, prices: Prices) -> None:
        self._log = _request_log()
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "gateway_requests_total", "Requests answered", ("route", "method", "status"), registry=self.registry
        )
        self.latency = Histogram(
            "gateway_request_seconds", "Time to answer", ("route",), buckets=LATENCY_BUCKETS_S, registry=self.registry
        )
        self.valuations = Counter(
            "gateway_valuations_total", "Cars priced, by the version that did", ("version",), registry=self.registry
        )
        self.failures = Counter(
            "gateway_model_failures_total", "Requests that got no answer from the model server that can be believed",
            ("cause",), registry=self.registry,
        )  # fmt: skip
        self.challenger = Counter(
            "gateway_challenger_answers_total", "Prices asked of a challenger that is rolled out, by their outcome",
            ("outcome",), registry=self.registry,
        )  # fmt: skip
        self.differences = Histogram(
            "gateway_price_difference", "|log(challenger / champion)| of cars that both priced",
            buckets=DIFFERENCE_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.rollout_state = Gauge(
            "gateway_rollout_state", "1 for the state of the newest rollout", ("state",), registry=self.registry
        )
        self.rollout_share = Gauge(
            "gateway_rollout_share_percent", "Of the models, those that the open rollout's challenger prices",
            ("version",), registry=self.registry,
        )  # fmt: skip
        self.rollout_alarm = Gauge(
            "gateway_rollout_alarm", "1 while the newest rollout is one that this alarm took back", ("kind",),
            registry=self.registry,
        )  # fmt: skip
        self.input_psi = Gauge(
            "gateway_input_psi", "How far the cars asked about lie from those learnt from", ("version", "feature"),
            registry=self.registry,
        )  # fmt: skip
        self.live_error = Gauge(
            "gateway_live_error_median_percent", "Median error of the price, by what cars were sold for", ("version",),
            registry=self.registry,
        )  # fmt: skip
        self.live_sales = Gauge(
            "gateway_live_sales", "Sales that the live error is of", ("version",), registry=self.registry
        )
        self.card_error = Gauge(
            "gateway_card_error_median_percent", "Median error of the price by the version's card", ("version",),
            registry=self.registry,
        )  # fmt: skip
        self.market_age = Gauge(
            "gateway_market_age_days", "Days since the market that the prices are of", ("version",),
            registry=self.registry,
        )  # fmt: skip
        self.pricing = Gauge("gateway_pricing_requests", "Requests for prices under way", registry=self.registry)
        available = Gauge("gateway_model_available", "1 while the model server answers", registry=self.registry)
        available.set_function(lambda: 1.0 if prices.state.available else 0.0)

    def watch(self, app: Flask) -> None:
        """Count and time every request, and log each in one line with its id."""

        @app.before_request
        def begin() -> None:
            g.began_s = time.perf_counter()
            g.request_id = new_request_id()
            # For all lines that this thread writes until the request has ended.
            structlog.contextvars.bind_contextvars(request_id=g.request_id, route=_route())

        @app.after_request
        def end(response: Response) -> Response:
            # No invented method: their number has no bound.
            method = request.method if request.method in METHODS else "other"
            self.note(_route(), method, response.status_code, time.perf_counter() - g.began_s, g.request_id)
            response.headers[REQUEST_ID_HEADER] = g.request_id
            return response

        @app.teardown_request
        def forget(_: BaseException | None) -> None:
            structlog.contextvars.clear_contextvars()

    def note(self, route: str, method: str, status: int, seconds: float, request_id: str) -> None:
        """Count and time a request that was answered, and log it in one line."""
        self.requests.labels(route, method, status).inc()
        self.latency.labels(route).observe(seconds)
        self._log.info(
            "request",
            request_id=request_id,
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 2),
        )

    def count(self, problem: Problem) -> None:
        """Count a failure of the model server; other problems are counted as requests, by their status."""
        if isinstance(problem, ModelUnavailable):
            self.failures.labels(problem.cause).inc()


def _route() -> str:
    """The rule, not the path: paths hold ids, and their number has no bound."""
    return request.url_rule.rule if request.url_rule else "none"


def _request_log() -> Any:
    """Writes a request's line to standard error at once: through the standard library's handlers and formatters it
    would take a tenth of the request's time.
    """
    return structlog.wrap_logger(
        structlog.BytesLogger(sys.stderr.buffer),
        [
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=lambda line, **_: orjson.dumps(line)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    ).bind(logger="gateway")


def configure_logging() -> None:
    """JSON lines on standard error, from structlog and the standard library alike."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(_in_words),
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)  # readyz asks it, and it tells of each time
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


def _in_words(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """Where something failed, and how, by the kinds of the errors, the first one first.

    Not what the errors say: that may quote a request, or a row (PostgreSQL tells which key is there already). What a
    database says that is down, or does not know a table, is neither.
    """
    told: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None and len(told) < DEEPEST_CAUSE:
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        said = f": {error.orig}" if isinstance(error, OperationalError) else ""
        told.append("".join(traceback.format_tb(error.__traceback__)) + kind + said)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(reversed(told))
