"""A server hangs when several calls get no answer, and does not when one of them is long."""

import time

from gateway.inference.hang import HUNG_AFTER_CALLS, HangDetector

SILENCE_S = 0.05


def test_calls_that_are_answered_are_no_hang() -> None:
    # given many calls, when all are answered, however many are under way, then nothing hangs
    detector = HangDetector(SILENCE_S)
    for _ in range(10 * HUNG_AFTER_CALLS):
        detector.begin()
    for _ in range(9 * HUNG_AFTER_CALLS):
        detector.end(timed_out=False)
        assert not detector.hangs


def test_one_long_call_is_no_hang() -> None:
    # given one call under way for long, when more time passes, then it may still be answered
    detector = HangDetector(SILENCE_S)
    detector.begin()
    time.sleep(2 * SILENCE_S)
    assert not detector.hangs


def test_several_calls_in_silence_are_a_hang_before_their_time_is_out() -> None:
    """So that callers who come later need not wait as long as the first."""
    # given several calls under way, when none is answered for long
    detector = HangDetector(SILENCE_S)
    for _ in range(HUNG_AFTER_CALLS):
        detector.begin()
    assert not detector.hangs
    time.sleep(2 * SILENCE_S)
    # then it hangs, until one of them is answered
    assert detector.hangs
    detector.end(timed_out=False)
    assert not detector.hangs


def test_calls_one_after_the_other_without_an_answer_are_a_hang() -> None:
    # given calls one at a time, when so many in a row have no answer, then it hangs until one has
    detector = HangDetector(SILENCE_S)
    for number in range(HUNG_AFTER_CALLS):
        assert not detector.hangs, number
        detector.begin()
        detector.end(timed_out=True)
    assert detector.hangs
    detector.begin()
    detector.end(timed_out=False)
    assert not detector.hangs
