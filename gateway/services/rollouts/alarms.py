"""When a challenger is taken back: what its counts must not show, beside the champion's of the same time."""

from dataclasses import dataclass

from gateway.services.rollouts.figures import Counts, Differences
from gateway.services.rollouts.limits import Limits

# Of fewer a share says nothing: one connection that breaks costs all who share a call.
FEWEST = {"errors": 5, "refusals": 3, "slow": 5}
KINDS = ("errors", "refusals", "slow", "differences")


@dataclass(frozen=True)
class Alarm:
    """`kind` is one of KINDS; `figure` is beyond `limit`, in per cent or, of differences, as a log."""

    kind: str
    words: str
    figure: float
    limit: float


def judge(champion: Counts, challenger: Counts, differences: Differences, limits: Limits) -> Alarm | None:
    """The first alarm that these counts give, None where all is well."""
    for kind, limit, words in (
        ("errors", limits.errors_percent, "of its prices failed"),
        ("slow", limits.slow_percent, f"of its prices took {limits.slow_s:g} s or more"),
    ):
        beyond = challenger.percent(kind) - champion.percent(kind)
        if getattr(challenger, kind) >= FEWEST[kind] and beyond > limit:
            said = f"{challenger.percent(kind):.1f}% {words}, of the champion's {champion.percent(kind):.1f}%"
            return Alarm(kind, f"{said}; {limit:g} points more are allowed", round(beyond, 2), limit)
    refused = challenger.percent("refusals")
    if challenger.refusals >= FEWEST["refusals"] and refused > limits.refusals_percent:
        words = f"it refused {refused:.1f}% of the cars that the champion prices; {limits.refusals_percent:g}% may be"
        return Alarm("refusals", words, round(refused, 2), limits.refusals_percent)
    if differences.count >= limits.least_pairs:
        for share, limit, name in (
            (0.5, limits.median_difference, "median"), (0.95, limits.p95_difference, "95% quantile"),
        ):  # fmt: skip
            found = differences.quantile(share)
            if found > limit:
                words = f"the {name} of |log(challenger / champion)| is {found:.3f}; {limit:g} is allowed"
                return Alarm("differences", words, round(found, 4), limit)
    return None
