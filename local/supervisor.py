"""Keeps the servers up together: waits until both answer, restarts what ends, and ends them in order."""

import signal
import time
from collections.abc import Callable, Sequence

from local import processes
from local.console import Console
from local.errors import CannotGoOn, Stopped
from local.service import Service
from local.stopping import StopRequest

_POLL_SECONDS = 0.1
_START_SECONDS = 180.0
_GRACE_SECONDS = 10.0


class Supervisor:
    """Services are started in the order given, all at once, and ended in the reverse order, one by one."""

    def __init__(self, services: Sequence[Service], console: Console, stop: StopRequest) -> None:
        self._services = list(services)
        self._is_up = False
        self._console = console
        self._stop = stop
        self._restart_at: dict[Service, float] = {}

    def start(self) -> None:
        """Returns when all answer. Raises CannotGoOn when one ends or does not answer in time, Stopped when asked."""
        for service in self._services:
            service.start()
        deadline = time.monotonic() + _START_SECONDS
        while waiting := [service for service in self._services if not service.is_ready and not service.probe()]:
            for service in self._services:
                self._check_starts(service, time.monotonic() > deadline and service in waiting)
            self._console.detail("waiting for " + " and ".join(service.plan.name for service in waiting))
            self._pause()
        self._is_up = True

    def add(self, service: Service) -> None:
        """One more, that is ended after all others. It is started when they are, or at once where they are up."""
        self._services.insert(0, service)
        if self._is_up:
            self._restart(service)

    def remove(self, service: Service) -> None:
        """End it in order, and look after it no more."""
        self._services.remove(service)
        self._restart_at.pop(service, None)
        if service.process:
            processes.stop(service.process, _GRACE_SECONDS, self._stop, self._look_after_all)

    def watch(self, each_time: Callable[[], None]) -> None:
        """Until asked to stop."""
        while not self._stop.asked:
            self._look_after_all()
            each_time()
            time.sleep(_POLL_SECONDS)

    def end(self, meanwhile: Callable[[], None]) -> None:
        for service in reversed(self._services):
            if service.process and not processes.stop(service.process, _GRACE_SECONDS, self._stop, meanwhile):
                self._console.say(f"{service.plan.name} did not end by itself and was killed.")

    def _check_starts(self, service: Service, is_late: bool) -> None:
        code = service.ended()
        if code is None and not is_late:
            return
        what = f"ended while starting ({describe(code)})" if code is not None \
            else f"did not answer within {_START_SECONDS:.0f} s"
        raise CannotGoOn(f"{service.tail()}\n{service.plan.name} {what}; the lines above are the last it said.\n"
                         f"Its whole output: {service.plan.log}")

    def _look_after_all(self) -> None:
        for service in self._services:
            self._look_after(service)

    def _look_after(self, service: Service) -> None:
        now = time.monotonic()
        if service in self._restart_at:
            if now >= self._restart_at[service]:
                del self._restart_at[service]
                self._restart(service)
            return
        code = service.ended()
        if code is not None:
            service.times_ended += 1
            pause = service.next_pause_seconds()
            self._restart_at[service] = now + pause
            self._console.say(f"{service.plan.name} ended ({describe(code)}); starting it again in {pause:.0f} s. "
                              f"Its output: {service.plan.log}")
        elif not service.is_ready and service.probe():
            self._console.say(f"{service.plan.name} is up{' again' if service.times_ended else ''}.")

    def _restart(self, service: Service) -> None:
        try:
            service.start()
        except OSError as error:  # its files may be on their way: the other server serves on meanwhile
            self._restart_at[service] = time.monotonic() + service.next_pause_seconds()
            self._console.say(f"{service.plan.name} cannot be started ({error.strerror}); it is tried again.")

    def _pause(self) -> None:
        until = time.monotonic() + _POLL_SECONDS
        while time.monotonic() < until:
            if self._stop.asked:
                raise Stopped
            self._console.tick()
            time.sleep(_POLL_SECONDS / 2)


def describe(exit_code: int) -> str:
    """As a person says it: subprocess gives a signal as a negative number."""
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return f"by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"by signal {-exit_code}"
