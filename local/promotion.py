"""make promote and make rollback: another version is served, and while a run serves no request fails for it.

Beside what serves, the version is started and asked for a price; then the gateway is switched to it; then it is
recorded, upon which the run drains the old server and ends it. What fails before the record leaves everything as it
was. So does a kill, but for a server too many, which the next promotion or run puts away.
"""

import http.client
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from local import locks, model_servers, records
from local.console import Console
from local.errors import CannotGoOn
from local.model_servers import served_by
from local.runner import Runner
from local.settings import LOOPBACK, Ports, Settings
from local.stopping import StopRequest

_LOG = "promotion"
_STEPS = 4
_POLL_SECONDS = 0.2
_STARTS_WITHIN_S = 180.0
_SWITCHES_WITHIN_S = 60.0
_DRAINS_WITHIN_S = 60.0


def promote(settings: Settings, console: Console, stop: StopRequest) -> None:
    """Raises CannotGoOn with the exit code of dealership-model where that refuses."""
    if settings.version is None:
        raise CannotGoOn("Say which version:  make promote VERSION=2")
    _change(["promote", "--version", settings.version], "make promote", Runner(settings, console, stop))


def roll_back(settings: Settings, console: Console, stop: StopRequest) -> None:
    """As promote; without VERSION to the champion before."""
    to = ["--to", settings.version] if settings.version else []
    _change(["rollback", *to], "make rollback", Runner(settings, console, stop))


def _change(command: list[str], usual_reason: str, runner: Runner) -> None:
    settings = runner.settings
    reason = settings.reason or usual_reason
    by = settings.inherited.get("USER") or "command"
    command = [*command, *settings.arguments, "--by", by, "--reason", reason]
    if not Path(_model(settings)).exists():
        raise CannotGoOn("Nothing is installed here yet: `make run` does that.")
    with locks.promotion(settings):
        if locks.is_running(settings):
            _Change(command, reason, runner).make()
            return
        with locks.state_of_run(settings):
            _ask_model(command, settings.serving, runner)
        runner.console.say("Nothing runs here now; `make run` serves it.")


class _Change:
    """One change of what a run serves."""

    def __init__(self, command: list[str], reason: str, runner: Runner) -> None:
        self._command = command
        self._reason = reason
        said = records.read(model_servers.state_file(runner.settings))
        if not said:
            raise CannotGoOn("A run is just starting here; once it says that it is ready, the same again.")
        # The run's ports, whatever this command was given.
        self._settings = replace(runner.settings, ports=Ports(**said["ports"]))
        self._runner = Runner(self._settings, runner.console, runner.stop)
        self._before = said["main"]["version"]

    def make(self) -> None:
        settings, console = self._settings, self._runner.console
        console.expect(_STEPS)
        self._put_away()
        is_switched = False
        try:
            with console.step("Check") as step:
                _ask_model([*self._command, "--trial"], settings.trial, self._runner)
                wanted = served_by(settings.trial) or {}
                step.outcome = f"version {wanted.get('version')} may serve"
                self._check_canary(wanted)
            with console.step("Model server") as step:
                step.outcome = self._start(wanted)
            with console.step("Gateway") as step:
                is_switched = True
                self._switch(wanted["version"])
                step.outcome = f"it asks for version {wanted['version']}"
            with console.step("Record") as step:
                _ask_model(self._command, settings.serving, self._runner)
                is_switched, self._before = False, wanted["version"]
                self._gateway("promotion", "put", str(settings.serving / "promotion.json"))
                step.outcome = self._wait_for_the_old_one(wanted)
        except BaseException:
            if is_switched:
                self._take_back()
            console.say(f"Version {self._before} serves on.")
            raise
        finally:
            shutil.rmtree(settings.trial, ignore_errors=True)

    def _put_away(self) -> None:
        """What a promotion that was killed has left: it may have switched the gateway already."""
        if self._settings.trial.exists():
            self._take_back()
            shutil.rmtree(self._settings.trial)
            self._wait(lambda said: not said["second"] or self._is_canary(), _DRAINS_WITHIN_S, "an earlier server ends")

    def _is_canary(self) -> bool:
        return served_by(self._settings.challenger) is not None

    def _check_canary(self, wanted: dict[str, str]) -> None:
        challenger = served_by(self._settings.challenger)
        if challenger and wanted not in (challenger, served_by(self._settings.serving)):
            raise CannotGoOn(f"A canary of version {challenger['version']} is under way: bake it to its end, or take "
                             "it back by `make rollback`.")

    def _start(self, wanted: dict[str, str]) -> str:
        """Waits until a server serves it and prices."""
        if wanted == served_by(self._settings.serving):
            return "serves already"
        said = self._wait(lambda said: bool(_serves(said["second"], wanted) and said["second"]["ready"]),
                          _STARTS_WITHIN_S, "the fresh model server starts", wanted)
        port = said["second"]["port"]
        python = self._settings.program("model", "python")
        self._runner.must(["env", f"MLSERVER_HTTP_PORT={port}", python, "-m", "model.probe"], _LOG)
        return f"a fresh one prices, at port {port}"

    def _switch(self, version: str) -> None:
        self._gateway("card", "put", str(self._settings.trial / "card.json"))
        if self._is_canary():
            self._end_rollout()
        self._gateway("rollout", "begin", version, "--at-once", "--reason", self._reason)
        self._wait_for_the_gateway(version)

    def _end_rollout(self) -> None:
        """Of the canary, where it is still open."""
        finished = self._runner.run([self._program(), "rollout", "back", "--reason", self._reason], _LOG)
        if finished.exit_code and "no rollout is open" not in finished.output:
            raise self._runner.failure([self._program()], _LOG, finished)

    def _take_back(self) -> None:
        """The gateway to what served before; its server still does."""
        try:
            self._gateway("rollout", "begin", self._before, "--at-once", "--reason", "a promotion came to nothing")
        except CannotGoOn as error:
            self._runner.console.say(f"The gateway could not be switched back:\n{error}")

    def _wait_for_the_gateway(self, version: str) -> None:
        """Until its process, which follows its database, asks for this version."""
        until = time.monotonic() + _SWITCHES_WITHIN_S
        while self._asked_for() != version:
            if time.monotonic() > until:
                raise CannotGoOn(f"The gateway was told of version {version}, and still asks for {self._asked_for()}.")
            self._runner.stop.check()
            time.sleep(_POLL_SECONDS)

    def _asked_for(self) -> str | None:
        """The version that prices what nobody else does, by the gateway's own word."""
        connection = http.client.HTTPConnection(LOOPBACK, self._settings.ports.gateway, timeout=2.0)
        try:
            connection.request("GET", "/readyz")
            return str(json.loads(connection.getresponse().read())["model_server"]["version"])
        except (OSError, ValueError, LookupError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def _wait_for_the_old_one(self, wanted: dict[str, str]) -> str:
        said = self._wait(lambda said: _serves(said["main"], wanted) and not said["leaving"],
                          _DRAINS_WITHIN_S, "the old model server ends")
        return f"version {wanted['version']} is the champion, at port {said['main']['port']}"

    def _wait(self, is_so: Callable[[dict[str, Any]], bool], seconds: float, what: str,
              wanted: dict[str, str] | None = None) -> dict[str, Any]:
        """What the run says of its servers once it is so. Raises CannotGoOn where the wanted one ended, or in vain."""
        console, settings = self._runner.console, self._settings
        until = time.monotonic() + seconds
        while True:
            said = records.read(model_servers.state_file(settings))
            if said and is_so(said):
                return said
            second = said.get("second")
            if wanted and second and _serves(second, wanted) and second["ended"]:
                raise CannotGoOn(f"{_tail(Path(second['log']))}\nThe fresh model server ended while starting; the "
                                 "lines above are the last it said.")
            if not locks.is_running(settings):
                raise CannotGoOn("The run has ended meanwhile.")
            if time.monotonic() > until:
                raise CannotGoOn(f"Waited {seconds:.0f} s in vain until {what}.")
            self._runner.stop.check()
            console.detail(f"waiting until {what}")
            time.sleep(_POLL_SECONDS)

    def _gateway(self, *arguments: str) -> None:
        self._runner.must([self._program(), *arguments], _LOG)

    def _program(self) -> str:
        return self._settings.program("gateway", "dealership-gateway")


def _ask_model(command: list[str], folder: Path, runner: Runner) -> None:
    """Raises CannotGoOn with the reason, and the exit code, where it refuses."""
    whole = [_model(runner.settings), *command, "--serving-dir", str(folder)]
    finished = runner.run(whole, _LOG, on_line=lambda line: runner.console.say(f"      {line}"))
    if finished.exit_code:
        raise CannotGoOn("Nothing was changed; the reason stands above.", finished.exit_code)


def _model(settings: Settings) -> str:
    return settings.program("model", "dealership-model")


def _serves(said: dict[str, Any] | None, wanted: dict[str, str]) -> bool:
    return said is not None and {name: said.get(name) for name in wanted} == wanted


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(f"    | {line}" for line in log.read_text(errors="replace").splitlines()[-lines:])
