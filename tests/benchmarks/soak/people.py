"""Accounts for the traffic, made by the gateway's own command."""

import subprocess

from local.errors import CannotGoOn
from local.runner import Runner
from tests.benchmarks.soak.traffic import People

PASSWORD = "a quiet harbour at noon"
CUSTOMERS, DEALERS = 16, 2  # each may offer thirty cars an hour


def add_people(runner: Runner, token: str) -> People:
    """Raises CannotGoOn."""
    customers = [f"customer{number}@example.org" for number in range(CUSTOMERS)]
    dealers = [f"dealer{number}@example.org" for number in range(DEALERS)]
    for emails, role in ((customers, "customer"), (dealers, "dealer")):
        for email in emails:
            runner.stop.check()
            _add(email, role, runner)
    return People(customers, dealers, PASSWORD, token)


def _add(email: str, role: str, runner: Runner) -> None:
    program = runner.settings.program("gateway", "dealership-gateway")
    # Not by the runner: it gives its commands nothing to read, and a password stands in no command line.
    ran = subprocess.run([program, "user", "add", email, "--role", role], input=f"{PASSWORD}\n", text=True,
                         env=runner.settings.child_environment(), capture_output=True)  # fmt: skip
    if ran.returncode:
        raise CannotGoOn(ran.stderr)
