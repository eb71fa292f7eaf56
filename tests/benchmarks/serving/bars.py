"""What is asked of ours beside its peers, and whether it is met: ratios within one run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.benchmarks.serving.contenders import ABOUT, OURS, OURS_V2
from tests.benchmarks.serving.results import PER_SECOND, ROWS_PER_CPU_S, Results, Work

# Those through the gateway; and our own parts, which asked directly do less than any product must: no gateway can cost
# less than the model server that it stands before.
OF_OURS = {OURS: "a file of CSV", OURS_V2: "V2"}
PARTS = ("mlserver-ours", "floor")
CROWDS = (Work("clients", 32), Work("clients", 64))
LARGE = Work("rows", 100_000)
LEAST_TIMES = {"fastapi-joblib": 15.0, "mlflow-serve": 20.0, "bentoml": 20.0, "bentoml-batching": 20.0, "kserve": 20.0}
GOAL = "goal"
GOALS = {"onnxruntime-fastapi": 1.0}


@dataclass(frozen=True)
class Bar:
    """met is None where nothing was measured; a goal that is not met is no failure."""

    what: str
    asked: str
    found: float | None
    met: bool | None
    is_goal: bool


def bars(results: Results) -> Iterator[Bar]:
    for limits, kind in ((LEAST_TIMES, "at least"), (GOALS, GOAL)):
        for peer, least in limits.items():
            for work in CROWDS:
                found = results.ratio(OURS, peer, work, PER_SECOND)
                yield _bar(f"requests/s at {work.size} clients / {peer}", kind, least, found)
    peers = [name for name in ABOUT if name not in (*OF_OURS, *PARTS)]
    fastest = _fastest(results, peers)
    if fastest is not None:
        for ours, how in OF_OURS.items():
            found = results.ratio(ours, fastest, LARGE, ROWS_PER_CPU_S)
            what = f"rows per CPU s, {LARGE.size:,} rows as {how} / {fastest}, the fastest peer"
            yield _bar(what, "at least", 1.0, found)


def _fastest(results: Results, peers: Sequence[str]) -> str | None:
    speeds = {name: results.median(name, LARGE, ROWS_PER_CPU_S) for name in peers}
    known = {name: speed for name, speed in speeds.items() if speed is not None}
    return max(known, key=lambda name: known[name]) if known else None


def _bar(what: str, kind: str, least: float, found: float | None) -> Bar:
    return Bar(what, f"{kind} {least:g}", found, None if found is None else found >= least, kind == GOAL)
