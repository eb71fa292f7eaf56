"""What the WSGI server's worker loads: the gateway with the environment's configuration, and what it has beside it."""

import ctypes
import gc
import multiprocessing
import os
import signal

from flask import Flask

from gateway import leaving
from gateway.app import create_app
from gateway.config import read_config
from gateway.serving import start_beside
from gateway.telemetry import configure_logging


# glibc's mallopt(3). What is larger is mapped on its own and given back when it is freed; all else lies in heaps, of
# which each thread has its own unless told otherwise, with its own gaps.
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
LARGE_BYTES = 1024 * 1024
HEAPS = 2  # Python's threads take turns, and so rarely wait for one
PR_SET_PDEATHSIG = 1  # Linux's prctl(2)


def serving_app() -> Flask:
    _end_with_parent()
    configure_logging()
    _keep_memory_together()
    config = read_config()
    app = create_app(config)
    start_beside(app, config)
    leaving.prepare(app, config.port)
    _leave_to_stay()
    return app


def _end_with_parent() -> None:
    """Let the kernel end this worker with the process that would: killed, that has no chance to, and a worker without
    one would hold the port for ever.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if hasattr(libc := ctypes.CDLL(None), "prctl"):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent.pid:  # it went before the kernel knew
            os._exit(1)


def _keep_memory_together() -> None:
    """Let glibc have few heaps, and keep it from raising that size by itself to that of the largest block that was ever
    freed: the 19 MiB of a password's hash would stay, in each thread's heap, with what has come to lie between them.
    """
    if hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(M_ARENA_MAX, HEAPS)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)


def _leave_to_stay() -> None:
    """Keep the collector of garbage from what is loaded for good: else it walks through some hundred thousand objects
    every other second under load, and for a tenth of a second nobody is answered.
    """
    gc.collect()
    gc.freeze()
