"""Gunicorn's log, in the gateway's own format."""

from typing import Any

from gunicorn.glogging import Logger


class InheritedLogger(Logger):  # type: ignore[misc]
    """Leaves gunicorn's records to the root logger, which writes JSON lines."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
