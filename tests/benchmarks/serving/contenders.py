"""Who is compared: the services of each, and where it takes cars."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from local import market as markets
from local import servers
from local.run import prepare_database
from local.runner import Runner
from local.service import Plan, Service
from local.settings import LOOPBACK
from tests.benchmarks.serving.market import Version

OURS = "ours"
PEERS = "tests.benchmarks.serving.peers"
LOG = "peers"


@dataclass(frozen=True)
class Contender:
    """Started services. batch_path is None for ours, whose batches go to the model server by the gateway's client."""

    name: str
    services: tuple[Service, ...]
    port: int
    path: str
    batch_path: str | None

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"


# What each is, in the words of the report.
ABOUT = {
    OURS: "MLServer with MLflow's runtime and our registered model behind the gateway; price, range and reasons",
    "fastapi-joblib": "FastAPI, uvicorn and a scikit-learn pipeline loaded by joblib; a bare price",
    "onnxruntime-fastapi": "FastAPI, uvicorn and the same pipeline as an ONNX graph; a bare price",
    "onnxruntime-lean": "the same, with FastAPI's own reading and writing of models gone around; a bare price",
    "floor": "our table behind a bare ASGI app on uvicorn, nothing checked; price, range and effects",
}


def make(name: str, port: int, version: Version, runner: Runner) -> Contender:
    """The contender, its files made, its services not yet started. Raises CannotGoOn."""
    return _MAKERS[name](name, port, version, runner)


def _ours(name: str, _: int, version: Version, runner: Runner) -> Contender:
    prepare_database(runner)
    settings = runner.settings
    services = (servers.model_server(settings), servers.gateway(settings))
    return Contender(name, services, settings.ports.gateway, "/api/v1/valuations", batch_path=None)


def _fastapi_joblib(name: str, port: int, version: Version, runner: Runner) -> Contender:
    _provide_pipeline(version, runner)
    return _peer(name, port, "fastapi_joblib", "pipeline.joblib", runner)


def _onnxruntime_fastapi(name: str, port: int, version: Version, runner: Runner) -> Contender:
    _provide_graph(version, runner)
    return _peer(name, port, "onnx_fastapi", "model.onnx", runner)


def _onnxruntime_lean(name: str, port: int, version: Version, runner: Runner) -> Contender:
    _provide_graph(version, runner)
    return _peer(name, port, "onnx_lean", "model.onnx", runner)


def _floor(name: str, port: int, version: Version, runner: Runner) -> Contender:
    return _peer(name, port, "floor", str(version.table_file), runner)


_MAKERS: dict[str, Callable[[str, int, Version, Runner], Contender]] = {
    OURS: _ours,
    "fastapi-joblib": _fastapi_joblib,
    "onnxruntime-fastapi": _onnxruntime_fastapi,
    "onnxruntime-lean": _onnxruntime_lean,
    "floor": _floor,
}
NAMES = tuple(_MAKERS)


def _provide_pipeline(version: Version, runner: Runner) -> None:
    file = runner.settings.var / "pipeline.joblib"
    if not file.exists():
        runner.must([sys.executable, "-m", f"{PEERS}.train_pipeline", *markets.arguments(version.market),
                     "--out", str(file)], LOG)


def _provide_graph(version: Version, runner: Runner) -> None:
    _provide_pipeline(version, runner)
    folder = runner.settings.var
    if not (folder / "model.onnx").exists():
        runner.must([sys.executable, "-m", f"{PEERS}.export_onnx", str(folder / "pipeline.joblib"),
                     str(folder / "model.onnx")], LOG)


def _peer(name: str, port: int, module: str, model: str, runner: Runner) -> Contender:
    settings = runner.settings
    # One process, as each of ours is one; no line a request, which is uvicorn's default and would cost it.
    command = [
        sys.executable, "-m", "uvicorn", f"{PEERS}.{module}:app", "--host", LOOPBACK, "--port", str(port),
        "--workers", "1", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip
    service = Service(Plan(
        name=name,
        command=command,
        environment=settings.child_environment() | {"BENCH_MODEL": str(settings.var / model)},
        cwd=settings.checkout,
        log=settings.logs / f"{name}.log",
        ready_port=port,
        ready_path="/openapi.json",
    ))
    return Contender(name, (service,), port, "/price", "/batch")
