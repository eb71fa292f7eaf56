"""A server's log and the pauses between its starts."""

import sys
from pathlib import Path

from local.service import Plan, Service


def service(folder: Path, program: str = "print('hello')") -> Service:
    return Service(Plan("it", [sys.executable, "-c", program], {}, folder, folder / "it.log", 1, "/"))


def test_a_large_log_is_put_aside_at_the_start(tmp_path: Path) -> None:
    """Logs of earlier runs stay, but do not grow for ever."""
    log = tmp_path / "it.log"
    log.write_bytes(b"x" * 10_000_001)
    it = service(tmp_path)

    it.start()
    assert it.process and it.process.wait() == 0

    assert log.read_text() == "hello\n"
    assert (tmp_path / "it.log.1").stat().st_size == 10_000_001


def test_the_tail_is_of_the_last_start_only(tmp_path: Path) -> None:
    """What an earlier run said explains nothing."""
    (tmp_path / "it.log").write_text("of yesterday\n")
    it = service(tmp_path)

    it.start()
    assert it.process and it.process.wait() == 0

    assert it.tail() == "    | hello"


def test_pauses_double_up_to_half_a_minute(tmp_path: Path) -> None:
    """A server that cannot start is not started all the time."""
    it = service(tmp_path)
    it.start()

    assert [it.next_pause_seconds() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
