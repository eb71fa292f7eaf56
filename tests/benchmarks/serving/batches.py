"""One run of a contender's batches, one call after the other."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.serving.contenders import Contender
from tests.benchmarks.serving.processes import cpu_seconds
from tests.benchmarks.serving.replies import connect, post
from tests.benchmarks.serving.results import ROWS_PER_CPU_S, ROWS_PER_S
from tests.benchmarks.serving.wires import Car


@dataclass(frozen=True)
class Batch:
    failed: int  # calls
    figures: dict[str, float]
    prices: list[float]


def run_batches(contender: Contender, rows: int, times: int, cars: Sequence[Car]) -> Batch:
    """Price `times` batches of so many rows, each of other cars, as far as there are such.

    Raises CannotGoOn where a contender does not answer at all.
    """
    wire = contender.wire
    size = min(rows, contender.rows_a_call)
    starts = [start % len(cars) for start in range(0, rows * times, size)]
    bodies = [wire.many(cars[start: start + size]) for start in starts]
    connection = connect(contender)
    cpu_before, began_s = cpu_seconds(contender.services), time.monotonic()
    replies = [post(connection, contender.batch_path, body, wire.type_of_many, contender.token) for body in bodies]
    wall_s, cpu_s = time.monotonic() - began_s, cpu_seconds(contender.services) - cpu_before
    connection.close()
    failed, prices = 0, []
    for status, content in replies:
        found = wire.prices(content) if status == 200 else []
        failed += len(found) != size
        prices += found
    figures = {ROWS_PER_CPU_S: rows * times / max(cpu_s, 0.01), ROWS_PER_S: rows * times / wall_s}
    return Batch(failed, figures, prices)
