"""When a challenger is taken back: by its shares beyond the champion's, not by a single bad moment."""

import pytest

from gateway.services.rollouts.alarms import judge
from gateway.services.rollouts.figures import Counts, Differences, class_of
from gateway.services.rollouts.limits import Limits

WELL = Counts(requests=1_000)
EQUAL = Differences({0: 1_000})


def differing(log: float, pairs: int = 100) -> Differences:
    return Differences({class_of(log): pairs}, log * pairs)


@pytest.mark.parametrize(
    ("champion", "challenger", "differences", "kind"),
    [
        (WELL, WELL, EQUAL, None),
        (Counts(), Counts(), Differences({}), None),
        # failures beyond the champion's, in share and in number
        (WELL, Counts(requests=100, errors=5), EQUAL, "errors"),
        (WELL, Counts(requests=100, errors=2), EQUAL, None),
        (WELL, Counts(requests=4, errors=4), EQUAL, None),
        (WELL, Counts(requests=1_000, errors=19), EQUAL, None),
        (Counts(requests=1_000, errors=100), Counts(requests=100, errors=11), EQUAL, None),
        (Counts(requests=1_000, errors=100), Counts(requests=100, errors=13), EQUAL, "errors"),
        # slowness, the same
        (WELL, Counts(requests=100, slow=6), EQUAL, "slow"),
        (Counts(requests=100, slow=50), Counts(requests=100, slow=54), EQUAL, None),
        # refusals
        (WELL, Counts(requests=100, refusals=3), EQUAL, "refusals"),
        (WELL, Counts(requests=1_000, refusals=9), EQUAL, None),
        (WELL, Counts(requests=2, refusals=2), EQUAL, None),
        # differences: the middle, the tail, and too few of them
        (WELL, WELL, differing(0.07), "differences"),
        (WELL, WELL, differing(0.04), None),
        (WELL, WELL, differing(0.5, 19), None),
        (WELL, WELL, Differences({0: 90, class_of(0.4): 10}), "differences"),
        (WELL, WELL, Differences({0: 96, class_of(0.4): 4}), None),
    ],
)
def test_alarms(champion: Counts, challenger: Counts, differences: Differences, kind: str | None) -> None:
    # given what was counted, when it is judged, then the alarm is the one that it gives, told with its figures
    alarm = judge(champion, challenger, differences, Limits())
    assert (alarm and alarm.kind) == kind
    assert alarm is None or (alarm.figure > alarm.limit and alarm.words)


def test_the_limits_can_be_others() -> None:
    assert judge(WELL, Counts(requests=100, errors=5), EQUAL, Limits(errors_percent=10)) is None
    assert judge(WELL, WELL, differing(0.3), Limits(median_difference=0.4, p95_difference=0.5)) is None
    assert judge(WELL, WELL, differing(0.02), Limits(median_difference=0.01)) is not None
