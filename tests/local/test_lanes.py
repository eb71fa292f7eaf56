"""Checks beside each other: as many as may be, each one's output in one piece, and none left when they are stopped."""

import io
import os
import re
import sys
from pathlib import Path

import psutil
import pytest

from local import lanes
from local.console import Console
from local.errors import Stopped
from local.lanes import Job
from local.stopping import StopRequest

# Each waits for the other's file, so that both can only end if they run at once.
MEET = """
import pathlib, sys, time
mine, other = map(pathlib.Path, sys.argv[1:])
print(f"{mine.name} is here", flush=True)
mine.touch()
while not other.exists():
    time.sleep(0.01)
print(f"{mine.name} has met {other.name}")
"""
# Fails when the other is at work.
AVOID = """
import pathlib, sys, time
mine, *others = map(pathlib.Path, sys.argv[1:])
mine.touch()
for _ in range(20):
    if any(other.exists() for other in others):
        sys.exit(3)
    time.sleep(0.01)
mine.unlink()
"""


class OnceRunning(StopRequest):
    """Asked for as soon as these files are there."""

    def __init__(self, *signs: Path) -> None:
        super().__init__()
        self._signs = signs

    @property
    def asked(self) -> bool:
        return all(sign.exists() for sign in self._signs)


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def job(program: str, *arguments: Path, name: str = "", alone: bool = False) -> Job:
    command = (sys.executable, "-c", program, *map(str, arguments))
    return Job(name or arguments[0].name, command, os.environ, Path.cwd(), alone)


def test_two_run_at_once_and_are_told_one_after_the_other(tmp_path: Path, out: io.StringIO) -> None:
    one, two = tmp_path / "one", tmp_path / "two"

    ended = lanes.run([job(MEET, one, two), job(MEET, two, one)], 2, Console(out), StopRequest())

    assert [(each.name, each.exit_code) for each in ended] == [("one", 0), ("two", 0)]
    assert all(each.seconds > 0 for each in ended)
    told = re.findall(r"^(== \w+|\w+ is here|\w+ has met \w+)", out.getvalue(), flags=re.MULTILINE)
    assert told == ["== one", "one is here", "one has met two", "== two", "two is here", "two has met one"]


@pytest.mark.parametrize(("lane_count", "alone"), [(1, False), (3, True)])
def test_none_runs_beside_what_must_be_alone(
    tmp_path: Path, out: io.StringIO, lane_count: int, alone: bool
) -> None:
    """Nor beside anything where there is one lane."""
    names = [tmp_path / name for name in ("one", "two", "three")]
    jobs = [job(AVOID, each, *(other for other in names if other != each), alone=alone) for each in names]

    ended = lanes.run(jobs, lane_count, Console(out), StopRequest())

    assert [each.exit_code for each in ended] == [0, 0, 0]


def test_a_failure_stops_no_other(tmp_path: Path, out: io.StringIO) -> None:
    jobs = [job("import sys; sys.exit('no')", name="bad"), job("print('done \\N{EURO SIGN}')", name="good")]

    ended = lanes.run(jobs, 2, Console(out), StopRequest())

    assert [(each.name, each.exit_code) for each in ended] == [("bad", 1), ("good", 0)]
    assert re.search(r"^no$", out.getvalue(), flags=re.MULTILINE)
    assert "done \N{EURO SIGN}\n" in out.getvalue()


def test_a_wish_to_stop_ends_all(tmp_path: Path, out: io.StringIO) -> None:
    """With two that wait for what never comes; what they had said is told."""
    one, two, never = tmp_path / "one", tmp_path / "two", tmp_path / "never"

    with pytest.raises(Stopped):
        lanes.run([job(MEET, one, never), job(MEET, two, never)], 2, Console(out), OnceRunning(one, two))

    assert "one is here" in out.getvalue() and "two is here" in out.getvalue()
    assert not [each for each in psutil.process_iter(["cmdline"]) if str(never) in (each.info["cmdline"] or ())]
