"""What is asked of ours beside its peers, and whether it is met: ratios within one run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.benchmarks.serving.contenders import ABOUT, OURS
from tests.benchmarks.serving.results import PER_SECOND, ROWS_PER_CPU_S, Results, Work

# Of our own parts: asked directly, they do less than any product must.
PARTS = ("mlserver-ours", "floor")
CROWDS = (Work("clients", 32), Work("clients", 64))
LARGE = Work("rows", 100_000)
LEAST_TIMES = {"fastapi-joblib": 15.0, "mlflow-serve": 20.0, "bentoml": 20.0, "bentoml-batching": 20.0, "kserve": 20.0}
GOALS = {"onnxruntime-fastapi": 1.0}


@dataclass(frozen=True)
class Bar:
    """met is None where nothing was measured."""

    what: str
    asked: str
    found: float | None
    met: bool | None


def bars(results: Results) -> Iterator[Bar]:
    for limits, kind in ((LEAST_TIMES, "at least"), (GOALS, "goal")):
        for peer, least in limits.items():
            for work in CROWDS:
                found = results.ratio(OURS, peer, work, PER_SECOND)
                yield _bar(f"requests/s at {work.size} clients / {peer}", kind, least, found)
    peers = [name for name in ABOUT if name not in (OURS, *PARTS)]
    fastest = _fastest(results, peers)
    if fastest is not None:
        found = results.ratio(OURS, fastest, LARGE, ROWS_PER_CPU_S)
        yield _bar(f"rows per CPU s, {LARGE.size:,} rows / {fastest}, the fastest peer", "at least", 1.0, found)


def _fastest(results: Results, peers: Sequence[str]) -> str | None:
    speeds = {name: results.median(name, LARGE, ROWS_PER_CPU_S) for name in peers}
    known = {name: speed for name, speed in speeds.items() if speed is not None}
    return max(known, key=lambda name: known[name]) if known else None


def _bar(what: str, kind: str, least: float, found: float | None) -> Bar:
    return Bar(what, f"{kind} {least:g}", found, None if found is None else found >= least)
