"""How many of h2load's connections live until its end.

It counts no request that a reset or refused connection cost: "errored" in its summary knows only of answers that were
broken off, and stays 0. Nor does it send anything more on such a connection. So who is gone can be seen from outside.
"""

import threading

import psutil


class Living:
    """While the block runs, counts once, after so many seconds, the connections that h2load has."""

    def __init__(self, after_s: float) -> None:
        self.count = 0
        self._timer = threading.Timer(after_s, self._look)

    def __enter__(self) -> "Living":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()

    def _look(self) -> None:
        for process in psutil.Process().children(recursive=True):
            try:
                if process.name() == "h2load":
                    self.count += sum(found.status == psutil.CONN_ESTABLISHED
                                      for found in process.net_connections("tcp"))  # fmt: skip
            except psutil.NoSuchProcess:
                pass  # it has ended meanwhile
