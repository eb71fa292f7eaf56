"""Children: started so that none outlives us, and ended as a whole group."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from local.stopping import StopRequest

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.05
# looked up here and not between fork and exec, where as little as possible should happen
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def start(command: Sequence[str], environment: Mapping[str, str], cwd: Path,
          stdout: IO[Any] | int | None, stderr: IO[Any] | int | None) -> "subprocess.Popen[bytes]":
    """The child leads a session of its own, so that a terminal's Ctrl-C reaches only us, who stop it in order."""
    return subprocess.Popen(
        command, env=dict(environment), cwd=cwd, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
        start_new_session=True, preexec_fn=_die_with(os.getpid()),
    )


def _die_with(parent: int) -> Callable[[], None] | None:
    """On Linux the kernel kills the child when we are killed without a chance to do it ourselves (prctl(2))."""
    if _prctl is None:
        return None

    def arrange() -> None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # killed between fork and prctl: no signal would come any more
            os._exit(1)

    return arrange


def stop(process: "subprocess.Popen[bytes]", grace_seconds: float, request: StopRequest,
         meanwhile: Callable[[], None]) -> bool:
    """End the child's group: SIGTERM, then SIGKILL after the grace or at once when asked urgently.

    True when it ended within the grace.
    """
    _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while process.poll() is None and time.monotonic() < deadline and not request.urgent:
        meanwhile()
        time.sleep(_POLL_SECONDS)
    in_time = process.poll() is not None
    # also when the leader is gone: its own children may not be
    _signal_group(process, signal.SIGKILL)
    process.wait()
    return in_time


def _signal_group(process: "subprocess.Popen[bytes]", number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass
    except PermissionError:  # macOS says so of a group of zombies
        pass
