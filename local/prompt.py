"""Questions on the terminal; a Ctrl-C while one waits for its answer is heard."""

import select
import sys

from local.console import Console
from local.errors import CannotGoOn, Stopped
from local.settings import market_date as parse_market_date
from local.stopping import StopRequest

_POLL_SECONDS = 0.2


def market_date(console: Console, stop: StopRequest) -> str:
    while True:
        try:
            return parse_market_date(_ask("When were they listed (YYYY-MM-DD, for example 2021-07-01)?", console, stop))
        except CannotGoOn as error:
            console.say(f"      {error}")


def agree(question: str, console: Console, stop: StopRequest) -> bool:
    return _ask(f"{question} [y/N]", console, stop).lower() in ("y", "yes")


def _ask(question: str, console: Console, stop: StopRequest) -> str:
    console.say(f"      {question}")
    while not select.select([sys.stdin], [], [], _POLL_SECONDS)[0]:
        stop.check()
    answer = sys.stdin.readline()
    if not answer:  # Ctrl-D
        raise Stopped
    return answer.strip()
