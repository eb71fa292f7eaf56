"""What a page claims of one car, in several places at once, and what of it is believed.

A page says a price two or three times: as a number, as a text with its currency, and for its statistics. Where they
agree it is believed; where they do not, or one is not understood, nobody knows which of them is right, and the record
lacks it.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from scraper.pages.autoscout24_words import UNREADABLE, NotUnderstood

PRICE_TOLERANCE_EUR = 1.0  # one claim may be rounded


@dataclass
class Claims:
    """The columns of one car as they become known, and what was said and not understood."""

    record: dict[str, str] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)

    def words(self, column: str, readings: Iterable[tuple[Callable[[str], str | None], object]]) -> None:
        """Set a column to the word on which all readings agree that say one."""
        said: list[str] = []
        for read, text in readings:
            if not isinstance(text, str):
                continue
            word = reading(read, text)
            if word == UNREADABLE:
                self._refuse(column, text)
            elif isinstance(word, str):
                said.append(word)
        if len(set(said)) > 1:
            self.unknown[f"{column}: {' or '.join(sorted(set(said)))}"] += 1
        elif said:
            self.record[column] = said[0]

    def numbers(self, column: str, claims: Iterable[object], tolerance: float = 0.0) -> None:
        """Set a column to the number on which all claims agree. A claim that was not understood spoils them all."""
        said = [claim for claim in claims if claim is not None]
        if UNREADABLE in said:
            self._refuse(column, UNREADABLE)
            return
        figures = [claim for claim in said if isinstance(claim, int | float)]
        if not figures:
            return
        if max(figures) - min(figures) > tolerance:
            self.unknown[f"{column}: {min(figures):g} or {max(figures):g}"] += 1
            return
        self.record[column] = f"{figures[0]:.10g}"

    def _refuse(self, column: str, text: str) -> None:
        self.unknown[f"{column}: {text}"] += 1


def reading(read: Callable[[str], object], text: object) -> object:
    """What a text says, "?" where it is not understood, None where there is no text."""
    if not isinstance(text, str):
        return None
    try:
        return read(text) if text != UNREADABLE else UNREADABLE
    except NotUnderstood:
        return UNREADABLE
