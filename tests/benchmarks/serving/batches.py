"""One run of a contender's batches: calls of at most MOST_ROWS, one after the other."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

from local.errors import CannotGoOn
from local.runner import Runner
from tests.benchmarks.serving.contenders import Contender
from tests.benchmarks.serving.market import Version
from tests.benchmarks.serving.processes import cpu_seconds
from tests.benchmarks.serving.replies import connect, post
from tests.benchmarks.serving.results import READING_TOO, ROWS_PER_CPU_S, WALL_S

MOST_ROWS = 10_000  # in one call
LOG = "batches"
WITHIN_S = 300


def run_batches(
    contender: Contender, rows: int, times: int, bodies: Sequence[str], version: Version, file: Path, runner: Runner
) -> tuple[int, dict[str, float]]:
    """Price `times` batches of so many rows, each of other cars; the failed calls and the figures.

    bodies are the lines of file. Raises CannotGoOn where a contender does not answer at all.
    """
    calls = [min(rows, MOST_ROWS)] * (times * max(1, rows // MOST_ROWS))
    before = cpu_seconds(contender.services)
    if contender.batch_path is None:
        failed, found = _by_our_client(calls, version, file, runner)
    else:
        failed, found = _by_http(contender, calls, bodies)
    # Our client has ended by now; it has said itself what it used.
    cpu_s = cpu_seconds(contender.services) - before + found.get("cpu_s", 0.0)
    count = sum(calls)
    figures = {ROWS_PER_CPU_S: count / max(cpu_s, 0.01), WALL_S: found["wall_s"] / times}
    figures[READING_TOO] = count / max(cpu_s + found.get("reading_cpu_s", 0.0), 0.01)
    return failed, figures


def _by_our_client(calls: list[int], version: Version, file: Path, runner: Runner) -> tuple[int, dict[str, float]]:
    settings = runner.settings
    url = f"http://127.0.0.1:{settings.ports.model_rest}"
    command = [
        "timeout", str(WITHIN_S), settings.program("gateway", "python"), "-m", "tests.benchmarks.serving.our_batches",
        url, str(version.card_file), str(file), *map(str, calls),
    ]  # fmt: skip
    finished = runner.run(command, LOG)
    if finished.exit_code:
        raise CannotGoOn(f"{finished.output}\nOur batches ended with exit code {finished.exit_code}.")
    return 0, json.loads(finished.stdout)


def _by_http(contender: Contender, calls: list[int], bodies: Sequence[str]) -> tuple[int, dict[str, float]]:
    lines = iter(bodies)
    texts = [f"[{','.join(next(lines) for _ in range(count))}]" for count in calls]
    connection = connect(contender)
    started = time.monotonic()
    replies = [post(connection, str(contender.batch_path), text) for text in texts]
    wall_s = time.monotonic() - started
    connection.close()
    failed = sum(not _is_whole(*reply, count) for reply, count in zip(replies, calls, strict=True))
    return failed, {"wall_s": wall_s}


def _is_whole(status: int, content: bytes, count: int) -> bool:
    return status == 200 and len(json.loads(content)["price_eur"]) == count
