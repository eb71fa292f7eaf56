"""The model servers of a run: the one that serves, and the one beside it that is tried, baked, and then takes over.

What they serve stands in folders that dealership-model writes: the champion's, which follows the record of promotion,
and beside it a canary's challenger, or what `make promote` tries before there is a record. As soon as the champion's
folder names what the second server serves, the second one has taken over: the first is drained and ended, and its place
is free for the next. So a run that is started anew comes up right whatever was cut short before.
"""

import http.client
import json
import re
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local import records, servers
from local.service import Service
from local.servers import Place
from local.settings import LOOPBACK, Settings
from local.supervisor import Supervisor

# The gateway has given up on any answer by then.
_DRAINED_WITHIN_S = 30.0
# A request that was on its way when the gateway switched has come by then.
_QUIET_S = 3.0
_UNDER_WAY = re.compile(rb"^rest_server_requests_in_progress\S* (\S+)", re.MULTILINE)


@dataclass
class Running:
    """A server with what it serves, as MLServer's settings name it."""

    place: Place
    serves: dict[str, str]
    service: Service


class ModelServers:
    """Looked at by the run's loop."""

    def __init__(self, settings: Settings, supervisor: Supervisor) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._places = servers.places(settings.ports)
        self._leaving: Running | None = None
        self._quiet_since = self._leaving_since = 0.0
        self._said: dict[str, Any] = {}
        shutil.rmtree(settings.trial, ignore_errors=True)
        self._main = self._start(self._places[0], settings.serving)
        self._second: Running | None = None  # begun when all else serves

    def look(self) -> None:
        """Bring about what the folders say, a step at a time."""
        if self._leaving:
            self._drain(self._leaving)
        elif self._second and served_by(self._settings.serving) == self._second.serves:
            self._leaving, self._main, self._second = self._main, self._second, None
            self._main.service.plan = servers.model_server(self._settings, self._main.place, self._settings.serving)
            self._leaving_since = self._quiet_since = time.monotonic()
        elif self._second and self._wanted_second()[1] != self._second.serves:
            self._supervisor.remove(self._second.service)
            self._second = None
        elif not self._second:
            self._begin_second()
        self._tell()

    def _begin_second(self) -> None:
        folder, wanted = self._wanted_second()
        if wanted and wanted != self._main.serves:
            free = next(place for place in self._places if place != self._main.place)
            self._second = self._start(free, folder)

    def _wanted_second(self) -> tuple[Path, dict[str, str] | None]:
        """A challenger that is baked comes before what is tried."""
        for folder in (self._settings.challenger, self._settings.trial):
            if wanted := served_by(folder):
                return folder, wanted
        return self._settings.trial, None

    def _start(self, place: Place, folder: Path) -> Running:
        service = Service(servers.model_server(self._settings, place, folder))
        self._supervisor.add(service)
        return Running(place, served_by(folder) or {}, service)

    def _drain(self, leaving: Running) -> None:
        now = time.monotonic()
        if under_way(leaving.place) > 0:
            self._quiet_since = now
        if now - self._quiet_since > _QUIET_S or now - self._leaving_since > _DRAINED_WITHIN_S:
            self._supervisor.remove(leaving.service)
            self._leaving = None

    def _tell(self) -> None:
        """What `make promote` waits for, in a file."""
        said = {
            "ports": asdict(self._settings.ports),
            "main": _state(self._main),
            "second": self._second and _state(self._second),
            "leaving": self._leaving and _state(self._leaving),
        }
        if said != self._said:
            records.write(state_file(self._settings), said)
            self._said = said


def state_file(settings: Settings) -> Path:
    return settings.state / "model-servers.json"


def served_by(folder: Path) -> dict[str, str] | None:
    """What MLServer serves from this folder: a version and the address of its files."""
    try:
        return json.loads((folder / "model-settings.json").read_text())["parameters"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def under_way(place: Place) -> int:
    """Requests that a server has begun and not ended; none where it does not say."""
    connection = http.client.HTTPConnection(LOOPBACK, place.metrics, timeout=1.0)
    try:
        connection.request("GET", "/metrics")
        return int(sum(float(count) for count in _UNDER_WAY.findall(connection.getresponse().read())))
    except (OSError, ValueError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _state(running: Running) -> dict[str, Any]:
    service = running.service
    return {**running.serves, "port": running.place.rest, "ready": service.is_ready, "ended": service.times_ended,
            "log": str(service.plan.log)}
