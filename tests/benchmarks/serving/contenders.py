"""Who is compared: the services of each, where it takes cars, and what it is sent."""

import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from local import market as markets
from local import servers
from local.environments import BENCH_BENTOML, BENCH_KSERVE
from local.errors import CannotGoOn
from local.locks import claim_state
from local.run import prepare_database
from local.runner import Runner
from local.service import Plan, Service
from local.settings import LOOPBACK, PORTS, Ports
from tests.benchmarks.own import token
from tests.benchmarks.serving import wires
from tests.benchmarks.serving.market import Version
from tests.benchmarks.serving.wires import Wire
from tests.ports import free_ports

OURS, OURS_V2 = "ours", "ours-v2"
MOST_ROWS = 10_000  # in one call, of those who take a batch as one body and answer when all of it is priced
PEERS = "tests.benchmarks.serving.peers"
LOG = "peers"
PIPELINE, MLFLOW_MODEL, GRAPH = "peers/pipeline.joblib", "peers/mlflow", "peers/model.onnx"
INFER = f"/v2/models/{servers.MODEL_NAME}/infer"
READY = f"/v2/models/{servers.MODEL_NAME}/ready"

Model = Literal["table", "pipeline"]


@dataclass(frozen=True)
class Contender:
    """Started services. model is by what its prices are judged."""

    name: str
    services: tuple[Service, ...]
    port: int
    path: str
    batch_path: str
    wire: Wire
    model: Model = "pipeline"
    rows_a_call: int = MOST_ROWS
    token: str | None = None  # of batches
    token_of_one: str | None = None

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"


# What each is, in the words of the report.
ABOUT = {
    OURS: "MLServer with MLflow's runtime and our registered model behind the gateway; every field checked; price, "
          "range, reasons, confidence",
    OURS_V2: "the same once more, asked over V2 with a token; every value checked; price, range and effects",
    "mlserver-ours": "the same MLServer and model asked directly, without the gateway; price, range and effects",
    "floor": "our table behind a bare ASGI app on uvicorn, nothing checked; price, range and effects",
    "fastapi-joblib": "FastAPI on uvicorn, the pipeline loaded by joblib; a bare price, as of all that follow",
    "flask-joblib": "Flask on gunicorn (1 worker, 8 threads), the pipeline loaded by joblib; nothing checked",
    "mlflow-serve": "`mlflow models serve`, the pipeline as MLflow's scikit-learn flavour",
    "mlserver-sklearn": "MLServer with MLflow's runtime, the pipeline as MLflow's scikit-learn flavour",
    "bentoml": "a BentoML service of typed cars, the pipeline loaded by joblib",
    "bentoml-batching": "the same with BentoML's adaptive batching",
    "kserve": "KServe's Python server, the pipeline loaded by joblib, asked over V2",
    "onnxruntime-fastapi": "FastAPI on uvicorn, the pipeline as an ONNX graph made by hand",
    "onnxruntime-lean": "the same, with FastAPI's own reading and writing of models gone around",
}


def make(name: str, port: int, version: Version, runner: Runner) -> Contender:
    """The contender, its files made, its services not yet started. Raises CannotGoOn."""
    return _MAKERS[name](name, port, version, runner)


def _ours(name: str, _: int, version: Version, runner: Runner) -> Contender:
    prepare_database(runner)
    settings = runner.settings
    services = servers.champion_and_gateway(settings)
    # Its batches are files of any size, priced as they are read.
    return Contender(name, services, settings.ports.gateway, "/api/v1/valuations", "/api/v1/valuations/batch",
                     wires.OURS, "table", rows_a_call=sys.maxsize, token=token(runner, "valuations"))


def _ours_v2(name: str, _: int, version: Version, runner: Runner) -> Contender:
    ours = runner.settings
    settings = replace(ours, var=ours.var / name, ports=Ports(*free_ports(len(PORTS))))
    claim_state(settings)
    for made in (ours.serving, ours.public_key.parent):
        shutil.copytree(made, settings.var / made.relative_to(ours.var))
    runner = Runner(settings, runner.console, runner.stop)
    prepare_database(runner)
    known = token(runner, "infer")
    return Contender(name, servers.champion_and_gateway(settings), settings.ports.gateway, INFER, INFER, wires.V2,
                     "table", token=known, token_of_one=known)


def _mlserver_ours(name: str, port: int, version: Version, runner: Runner) -> Contender:
    uri = json.loads((runner.settings.serving / "model-settings.json").read_text(encoding="utf-8"))["parameters"]["uri"]
    return _mlserver(name, port, uri, "table", runner)


def _mlserver_sklearn(name: str, port: int, version: Version, runner: Runner) -> Contender:
    _provide_pipeline(version, runner)
    return _mlserver(name, port, str(runner.settings.var / MLFLOW_MODEL), "pipeline", runner)


def _mlserver(name: str, port: int, uri: str, model: Model, runner: Runner) -> Contender:
    """With the settings of ours."""
    settings = runner.settings
    folder = settings.var / name
    folder.mkdir()
    shutil.copy(settings.checkout / "kserve" / "settings.json", folder)
    (folder / "model-settings.json").write_text(json.dumps({
        "name": servers.MODEL_NAME, "implementation": "mlserver_mlflow.MLflowRuntime", "parameters": {"uri": uri},
    }), encoding="utf-8")
    grpc_port, metrics_port = free_ports(2)
    variables = {
        "MLSERVER_HTTP_PORT": str(port), "MLSERVER_GRPC_PORT": str(grpc_port),
        "MLSERVER_METRICS_PORT": str(metrics_port), "MLSERVER_METRICS_DIR": str(folder / "metrics"),
    }  # fmt: skip
    command = [settings.program("model", "mlserver"), "start", str(folder)]
    service = _service(name, port, READY, command, variables, runner)
    return Contender(name, (service,), port, INFER, INFER, wires.V2, model)


def _mlflow_serve(name: str, port: int, version: Version, runner: Runner) -> Contender:
    _provide_pipeline(version, runner)
    model = str(runner.settings.var / MLFLOW_MODEL)
    command = [_beside_python("mlflow"), "models", "serve", "--model-uri", model, "--host", LOOPBACK, "--port",
               str(port), "--workers", "1", "--env-manager", "local"]  # fmt: skip
    # It starts uvicorn by name; uvicorn's options can be given as variables only.
    variables = {
        "PATH": f"{Path(sys.executable).parent}:{runner.settings.child_environment().get('PATH', '')}",
        "UVICORN_ACCESS_LOG": "false", "UVICORN_LOG_LEVEL": "warning",
    }  # fmt: skip
    service = _service(name, port, "/ping", command, variables, runner)
    return Contender(name, (service,), port, "/invocations", "/invocations", wires.MLFLOW)


def _flask_joblib(name: str, port: int, version: Version, runner: Runner) -> Contender:
    _provide_pipeline(version, runner)
    command = [sys.executable, "-m", "gunicorn", f"{PEERS}.flask_joblib:app", "--bind", f"{LOOPBACK}:{port}",
               "--workers", "1", "--threads", "8", "--log-level", "warning"]  # fmt: skip
    service = _service(name, port, "/health", command, _model(PIPELINE, runner), runner)
    return Contender(name, (service,), port, "/price", "/batch", wires.CARS)


def _bentoml(name: str, port: int, version: Version, runner: Runner) -> Contender:
    return _bento(name, port, "/price", wires.BENTOML, version, runner)


def _bentoml_batching(name: str, port: int, version: Version, runner: Runner) -> Contender:
    return _bento(name, port, "/together", wires.BENTOML_TOGETHER, version, runner)


def _bento(name: str, port: int, path: str, wire: Wire, version: Version, runner: Runner) -> Contender:
    _provide_pipeline(version, runner)
    settings = runner.settings
    command = [settings.program(BENCH_BENTOML.name, "bentoml"), "serve", f"{PEERS}.bentoml_service:CarPrice",
               "--host", LOOPBACK, "--port", str(port)]  # fmt: skip
    variables = _model(PIPELINE, runner) | {
        "BENTOML_DO_NOT_TRACK": "true", "BENTOML_HOME": str(settings.var / "bentoml"),
        "BENTOML_CONFIG_OPTIONS": "api_server.logging.access.enabled=false",
    }  # fmt: skip
    service = _service(name, port, "/readyz", command, variables, runner)
    return Contender(name, (service,), port, path, "/batch", wire)


def _kserve(name: str, port: int, version: Version, runner: Runner) -> Contender:
    _provide_pipeline(version, runner)
    python = runner.settings.program(BENCH_KSERVE.name, "python")
    command = [python, "-m", f"{PEERS}.kserve_server", str(port)]
    service = _service(name, port, READY, command, _model(PIPELINE, runner), runner)
    return Contender(name, (service,), port, INFER, INFER, wires.V2)


def _fastapi_joblib(name: str, port: int, version: Version, runner: Runner) -> Contender:
    _provide_pipeline(version, runner)
    return _uvicorn(name, port, "fastapi_joblib", _model(PIPELINE, runner), runner)


def _onnxruntime_fastapi(name: str, port: int, version: Version, runner: Runner) -> Contender:
    _provide_graph(version, runner)
    return _uvicorn(name, port, "onnx_fastapi", _model(GRAPH, runner), runner)


def _onnxruntime_lean(name: str, port: int, version: Version, runner: Runner) -> Contender:
    _provide_graph(version, runner)
    return _uvicorn(name, port, "onnx_lean", _model(GRAPH, runner), runner)


def _floor(name: str, port: int, version: Version, runner: Runner) -> Contender:
    return _uvicorn(name, port, "floor", _model(str(version.table_file), runner), runner, "table")


_MAKERS: dict[str, Callable[[str, int, Version, Runner], Contender]] = {
    OURS: _ours,
    OURS_V2: _ours_v2,
    "fastapi-joblib": _fastapi_joblib,
    "flask-joblib": _flask_joblib,
    "mlflow-serve": _mlflow_serve,
    "mlserver-sklearn": _mlserver_sklearn,
    "bentoml": _bentoml,
    "bentoml-batching": _bentoml_batching,
    "kserve": _kserve,
    "onnxruntime-fastapi": _onnxruntime_fastapi,
    "onnxruntime-lean": _onnxruntime_lean,
    "mlserver-ours": _mlserver_ours,
    "floor": _floor,
}
NAMES = tuple(_MAKERS)


def _provide_pipeline(version: Version, runner: Runner) -> None:
    folder = (runner.settings.var / PIPELINE).parent
    if not folder.exists():
        runner.must([sys.executable, "-m", f"{PEERS}.train_pipeline", *markets.arguments(version.market),
                     "--out", str(folder)], LOG)


def _provide_graph(version: Version, runner: Runner) -> None:
    _provide_pipeline(version, runner)
    var = runner.settings.var
    if not (var / GRAPH).exists():
        runner.must([sys.executable, "-m", f"{PEERS}.export_onnx", str(var / PIPELINE), str(var / GRAPH)], LOG)


def _model(file: str, runner: Runner) -> dict[str, str]:
    return {"BENCH_MODEL": str(runner.settings.var / file)}


def _beside_python(program: str) -> str:
    return str(Path(sys.executable).with_name(program))


def _uvicorn(
    name: str, port: int, module: str, variables: Mapping[str, str], runner: Runner, model: Model = "pipeline"
) -> Contender:
    # One process, as each of ours is one; no line a request, which is uvicorn's default and would cost it.
    command = [
        sys.executable, "-m", "uvicorn", f"{PEERS}.{module}:app", "--host", LOOPBACK, "--port", str(port),
        "--workers", "1", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip
    service = _service(name, port, "/openapi.json", command, variables, runner)
    return Contender(name, (service,), port, "/price", "/batch", wires.CARS, model)


def _service(
    name: str, port: int, ready_path: str, command: Sequence[str], variables: Mapping[str, str], runner: Runner
) -> Service:
    settings = runner.settings
    if not Path(command[0]).exists():
        raise CannotGoOn(f"{command[0]} is not there: `make bench STEPS=peers` makes the environments.")
    # The pipeline is pickled: made here, it may be read here.
    ours = {"PYTHONPATH": str(settings.checkout), "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "true"}
    return Service(Plan(
        name=name,
        command=command,
        environment={**settings.child_environment(), **ours, **variables},
        cwd=settings.checkout,
        log=settings.logs / f"{name}.log",
        ready_port=port,
        ready_path=ready_path,
    ))
