"""How the model server and the gateway are started in a local run."""

from local.service import Plan, Service
from local.settings import Settings

MODEL_NAME = "car-price"


def model_server(settings: Settings) -> Service:
    return Service(Plan(
        name="MLServer",
        command=[settings.program("model", "mlserver"), "start", str(settings.serving)],
        # loading a version must leave no file beside what was registered
        environment=settings.child_environment() | {"PYTHONDONTWRITEBYTECODE": "1"},
        # it leaves its metrics' files where it stands
        cwd=settings.state / "mlserver",
        log=settings.logs / "mlserver.log",
        ready_port=settings.ports.model_rest,
        ready_path=f"/v2/models/{MODEL_NAME}/ready",
    ))


def gateway(settings: Settings) -> Service:
    return Service(Plan(
        name="the gateway",
        command=[settings.program("gateway", "dealership-gateway"), "serve"],
        environment=settings.child_environment(),
        cwd=settings.checkout,
        log=settings.logs / "gateway.log",
        ready_port=settings.ports.gateway,
        ready_path="/readyz",
    ))
