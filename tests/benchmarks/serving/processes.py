"""The CPU that started services have used, over all their processes."""

from collections.abc import Sequence

import psutil

from local.errors import CannotGoOn
from local.service import Service


def cpu_seconds(services: Sequence[Service]) -> float:
    """User and system time of each service, its living children, and those that ended. Raises CannotGoOn where a
    service has ended.
    """
    return sum(_of_service(service) for service in services)


def _of_service(service: Service) -> float:
    assert service.process is not None, "it was started"
    try:
        process = psutil.Process(service.process.pid)
        return sum(sum(each.cpu_times()[:4]) for each in (process, *process.children(recursive=True)))
    except psutil.NoSuchProcess:
        raise CannotGoOn(f"{service.tail()}\n{service.plan.name} has ended; the lines above are the last it said.")
