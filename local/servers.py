"""How the model server and the gateway are started in a local run."""

import os
from pathlib import Path

from local import web
from local.service import Plan, Service
from local.settings import LOOPBACK, Settings

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


def gateway(settings: Settings, *options: str) -> Service:
    return Service(Plan(
        name="the gateway",
        command=[settings.program("gateway", "dealership-gateway"), "serve", *options],
        environment=settings.child_environment(),
        cwd=settings.checkout,
        log=settings.logs / "gateway.log",
        ready_port=settings.ports.gateway,
        ready_path="/readyz",
    ))


def vite(settings: Settings, npm: Path) -> Service:
    """The web app, made as it is asked for; what is the gateway's it passes on."""
    environment = settings.child_environment()
    return Service(Plan(
        name="Vite",
        command=[str(npm), "run", "dev", "--", "--host", LOOPBACK, "--port", str(settings.ports.web), "--strictPort"],
        environment=environment | {
            "GATEWAY_ADDRESS": settings.address,
            # npm's scripts find the same Node.js by PATH
            "PATH": os.pathsep.join([str(npm.parent), environment.get("PATH", os.defpath)]),
        },
        cwd=web.source(settings),
        log=settings.logs / "vite.log",
        ready_port=settings.ports.web,
        ready_path="/",
    ))
