"""What a challenger may do at most, before it is taken back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from model.schema.fields import Fields


@dataclass(frozen=True)
class Limits:
    """Shares are of the challenger's requests, in per cent. Differences are |log(challenger / champion)| of cars that
    both priced.
    """

    errors_percent: float = 2.0  # beyond the champion's
    refusals_percent: float = 1.0  # of cars that the champion prices
    slow_percent: float = 5.0  # beyond the champion's
    slow_s: float = 0.25  # from here on a price is slow
    median_difference: float = 0.05
    p95_difference: float = 0.25
    least_requests: int = 100  # at each share, before the next one
    least_pairs: int = 20  # before differences are judged

    def document(self) -> dict[str, float]:
        return asdict(self)


BOUNDS: Mapping[str, tuple[float, float]] = {
    "errors_percent": (0, 100), "refusals_percent": (0, 100), "slow_percent": (0, 100), "slow_s": (0.001, 60),
    "median_difference": (0, 10), "p95_difference": (0, 10), "least_requests": (0, 1_000_000),
    "least_pairs": (1, 1_000_000),
}  # fmt: skip


def read_limits(raw: Mapping[str, object], into: Fields) -> Limits:
    """The limits that are given, the rest as it is by default; what is wrong is noted in `into`."""
    reading = Fields(raw)
    reading.allow_only([each.name for each in fields(Limits)])
    found: dict[str, float] = {}
    for each in fields(Limits):
        if reading.given(each.name):
            value = reading.number(each.name, *BOUNDS[each.name], "")
            if value is not None:
                found[each.name] = int(value) if each.type is int else value
    for violation in reading.violations:
        into.add(f"limits.{violation.field}", violation.code, violation.message)
    return Limits(**found)  # type: ignore[arg-type]
