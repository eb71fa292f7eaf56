"""A command that somebody stops, as with Ctrl-C, once it has told how far it is."""

import signal
import subprocess
from collections.abc import Mapping, Sequence

ENDS_WITHIN_S = 60


def stop_when_told(
    command: Sequence[str], environment: Mapping[str, str], told: str
) -> subprocess.CompletedProcess[str]:
    """Start the command, interrupt it once its standard error says so, and wait for its end. stderr is what it still
    wrote after that.
    """
    stopped = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert stopped.stderr is not None
    for line in stopped.stderr:
        if told in line:
            stopped.send_signal(signal.SIGINT)
            break
    out, err = stopped.communicate(timeout=ENDS_WITHIN_S)
    return subprocess.CompletedProcess(command, stopped.returncode, out, err)
