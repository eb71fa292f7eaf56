"""What the benchmarks that start the product have in common: a place of their own, and an end for what they started."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.console import Console
from local.runner import Runner
from local.service import Service
from local.settings import PORTS, Ports, Settings
from local.stopping import StopRequest
from local.supervisor import Supervisor
from tests.ports import free_ports

# What a user's shell may say of a gateway or model server of his own is not meant for ours.
NOT_INHERITED = ("GATEWAY_", "DEALERSHIP_", "MLSERVER_")


def own_settings(settings: Settings, var: Path, **variables: str) -> Settings:
    """A run's settings in a folder and on ports of our own, with these of the gateway's variables."""
    inherited = {name: value for name, value in settings.inherited.items() if not name.startswith(NOT_INHERITED)}
    ports = Ports(*free_ports(len(PORTS)))
    return dataclasses.replace(settings, var=var, ports=ports, inherited={**inherited, **variables})


@contextmanager
def running(services: Sequence[Service], console: Console, stop: StopRequest) -> Iterator[None]:
    """They all answer; ended when the block is."""
    supervisor = Supervisor(services, console, stop)
    try:
        with console.step("Start") as step:
            supervisor.start()
            step.outcome = "all answer"
        yield
    finally:
        supervisor.end(meanwhile=console.tick)


def token(runner: Runner, *scopes: str) -> str:
    """A new API token of these scopes, made by the gateway's command. Raises CannotGoOn."""
    named = [part for scope in scopes for part in ("--scope", scope)]
    command = [runner.settings.program("gateway", "dealership-gateway"), "token", "create", "--name", "benchmark",
               "--days", "1", *named]  # fmt: skip
    made = runner.run(command, "token")
    if made.exit_code:
        raise runner.failure(command, "token", made)
    return made.stdout.split()[-1]
