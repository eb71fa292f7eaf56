"""How the model server and the gateway are started in a local run."""

import os
from dataclasses import dataclass
from pathlib import Path

from local import web
from local.service import Plan, Service
from local.settings import LOOPBACK, Ports, Settings

MODEL_NAME = "car-price"


@dataclass(frozen=True)
class Place:
    """Where one of the two model servers listens: one serves, the other takes over in a promotion."""

    name: str
    rest: int
    grpc: int
    metrics: int

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.rest}"


def places(ports: Ports) -> tuple[Place, Place]:
    return (
        Place("mlserver", ports.model_rest, ports.model_grpc, ports.model_metrics),
        Place("mlserver-second", ports.second_rest, ports.second_grpc, ports.second_metrics),
    )


def model_server(settings: Settings, place: Place, folder: Path) -> Plan:
    return Plan(
        name="MLServer",
        # it checks what the folder names, and becomes MLServer
        command=[settings.program("model", "dealership-model-server"), str(folder)],
        environment=settings.child_environment() | {
            # loading a version must leave no file beside what was registered
            "PYTHONDONTWRITEBYTECODE": "1",
            # its settings.json, which serves in a cluster too, leaves the place to these
            "MLSERVER_HOST": LOOPBACK,
            "MLSERVER_HTTP_PORT": str(place.rest),
            "MLSERVER_GRPC_PORT": str(place.grpc),
            "MLSERVER_METRICS_PORT": str(place.metrics),
            "MLSERVER_METRICS_DIR": str(settings.state / place.name),
        },
        # it leaves its metrics' files where it stands
        cwd=settings.state / place.name,
        log=settings.logs / f"{place.name}.log",
        ready_port=place.rest,
        ready_path=f"/v2/models/{MODEL_NAME}/ready",
    )


def gateway(settings: Settings, *options: str) -> Plan:
    return Plan(
        name="the gateway",
        command=[settings.program("gateway", "dealership-gateway"), "serve", *options],
        environment=settings.child_environment(),
        cwd=settings.checkout,
        log=settings.logs / "gateway.log",
        ready_port=settings.ports.gateway,
        ready_path="/readyz",
    )


def champion_and_gateway(settings: Settings) -> tuple[Service, Service]:
    """All that it takes to price, for whoever runs no more than that."""
    champion = model_server(settings, places(settings.ports)[0], settings.serving)
    return Service(champion), Service(gateway(settings))


def vite(settings: Settings, npm: Path) -> Plan:
    """The web app, made as it is asked for; what is the gateway's it passes on."""
    environment = settings.child_environment()
    return Plan(
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
    )
