"""What a user can set (make run NAME=value), read once from the environment into one frozen object."""

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from local.errors import CannotGoOn

CHECKOUT = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"
DEMO = "demo"


@dataclass(frozen=True)
class Ports:
    gateway: int
    metrics: int
    model_rest: int
    model_grpc: int
    model_metrics: int
    second_rest: int
    second_grpc: int
    second_metrics: int
    web: int


# The Make variable, the field of Ports, the default, what listens there.
PORTS = (
    ("PORT", "gateway", 8000, "the gateway and its web app"),
    ("METRICS_PORT", "metrics", 8001, "the gateway's metrics"),
    ("MODEL_REST_PORT", "model_rest", 8080, "the model server's REST endpoint"),
    ("MODEL_GRPC_PORT", "model_grpc", 8081, "the model server's gRPC endpoint"),
    ("MODEL_METRICS_PORT", "model_metrics", 8082, "the model server's metrics"),
    ("SECOND_REST_PORT", "second_rest", 8083, "the REST endpoint of the model server that takes over in a promotion"),
    ("SECOND_GRPC_PORT", "second_grpc", 8084, "that one's gRPC endpoint"),
    ("SECOND_METRICS_PORT", "second_metrics", 8085, "that one's metrics"),
    ("WEB_PORT", "web", 5173, "the web app while it is worked on"),
)
ONLY_OF_DEV = "WEB_PORT"


# Children get what they need by name; these would reach them by accident.
_NOT_FOR_CHILDREN = {
    *(name for name, *_ in PORTS), "DATA", "MARKET_DATE", "MAPPING", "VAR", "YES", "STEPS", "ARGS", "VERSION",
    "REASON", "VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES",
}


@dataclass(frozen=True)
class Settings:
    checkout: Path
    var: Path
    ports: Ports
    data: str | None  # None: not said; DEMO; or the absolute path of a file
    market_date: str | None  # YYYY-MM-DD
    mapping: str | None  # absolute path
    agreed: bool  # YES=1: questions are answered beforehand
    version: str | None
    reason: str | None
    arguments: Sequence[str]  # ARGS, as a shell takes them apart
    inherited: Mapping[str, str]

    @property
    def environments(self) -> Path:
        return self.checkout / ".venv"

    @property
    def logs(self) -> Path:
        return self.var / "logs"

    @property
    def state(self) -> Path:
        """Where this package remembers what it has done."""
        return self.var / "run"

    @property
    def serving(self) -> Path:
        """What MLServer serves as the champion, written by promotion."""
        return self.var / "serving"

    @property
    def challenger(self) -> Path:
        """What it serves beside the champion while a canary is baked; promotion gives it this name."""
        return self.var / "serving-challenger"

    @property
    def trial(self) -> Path:
        """What is to be tried before it is promoted."""
        return self.var / "serving-trial"

    @property
    def signing_key(self) -> Path:
        return self.var / "keys" / "signing"

    @property
    def public_key(self) -> Path:
        return self.var / "keys" / "signing.pub"

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.gateway}"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.var}/gateway.db"

    def program(self, environment: str, name: str) -> str:
        return str(self.environments / environment / "bin" / name)

    def tool_environment(self) -> dict[str, str]:
        """What we inherited, less what is meant for us alone: the environment of checks, which know no run."""
        return {name: value for name, value in self.inherited.items() if name not in _NOT_FOR_CHILDREN}

    def child_environment(self) -> dict[str, str]:
        """The whole environment of every child of a run: what we inherited, and where this run's parts are."""
        return self.tool_environment() | {
            "DEALERSHIP_VAR": str(self.var),
            "DEALERSHIP_TRACKING_URI": f"sqlite:///{self.var}/registry/mlflow.db",
            "DEALERSHIP_ARTIFACT_ROOT": str(self.var / "registry" / "artifacts"),
            "GATEWAY_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self.ports.gateway),
            "GATEWAY_METRICS_PORT": str(self.ports.metrics),
            "GATEWAY_DATABASE_URL": self.database_url,
            "GATEWAY_EXPERIMENTS_FILE": str(self.var / "experiments" / "report.html"),
            # Both: it asks which of them serves what.
            "GATEWAY_MODEL_URL": ",".join(
                f"http://{LOOPBACK}:{port}" for port in (self.ports.model_rest, self.ports.second_rest)
            ),
            "DEALERSHIP_PUBLIC_KEY": str(self.public_key),
            # links to set a password begin with it
            "GATEWAY_PUBLIC_URL": self.inherited.get("GATEWAY_PUBLIC_URL", self.address),
            **_gateways_cpu(),
            "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            # progress that arrives line by line, not when a buffer is full
            "PYTHONUNBUFFERED": "1",
        }


def cpus() -> set[int]:
    """Those that we may run on; empty where the system does not say."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def _gateways_cpu() -> dict[str, str]:
    """A CPU for the gateway to keep to where there is another one for the model server."""
    ours = cpus()
    return {"GATEWAY_CPU": str(max(ours))} if len(ours) > 1 else {}


def read(environ: Mapping[str, str], checkout: Path = CHECKOUT) -> Settings:
    """Raises CannotGoOn for a value that cannot be meant."""
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    data = given.get("DATA")
    return Settings(
        checkout=checkout,
        var=_absolute(given.get("VAR", "var"), checkout),
        ports=Ports(**{field: _port(given, name, default) for name, field, default, _ in PORTS}),
        data=data if data in (None, DEMO) else str(_absolute(data, checkout)),
        market_date=market_date(given["MARKET_DATE"]) if "MARKET_DATE" in given else None,
        mapping=str(_absolute(given["MAPPING"], checkout)) if "MAPPING" in given else None,
        agreed=given.get("YES") == "1",
        version=given.get("VERSION"),
        reason=given.get("REASON"),
        arguments=_words(given.get("ARGS", "")),
        inherited=dict(environ),
    )


def market_date(text: str) -> str:
    """The day as YYYY-MM-DD; raises CannotGoOn when it is no day or not yet past."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise CannotGoOn(f"MARKET_DATE is {text!r}: it must be a day written as in MARKET_DATE=2021-07-01.")
    if day > date.today():
        raise CannotGoOn(f"MARKET_DATE is {text}: listings cannot be of a day to come.")
    return text


def _absolute(path: str, checkout: Path) -> Path:
    return (checkout / Path(path).expanduser()).resolve()


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise CannotGoOn(f"ARGS cannot be read: {error}") from error


def _port(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise CannotGoOn(f"{name} is {text!r}: a port is a number from 1 to 65535, as in {name}={default}.")
    return int(text)
