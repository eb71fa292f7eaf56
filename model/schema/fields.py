"""Reading what somebody says, field by field, and gathering all that is wrong with it."""

import dataclasses
import math
import re
from collections.abc import Collection, Mapping
from datetime import date

from model.schema.age import YEAR_OR_MONTH, age_years
from model.schema.vocabulary import Catalogue, ClosedSet, is_missing

EARLIEST_YEAR = 1900
LONGEST_WORD = 80  # letters; no make or model comes near it
MOST_NAMED = 20  # unknown fields; a body may hold thousands, and naming the first of them will do
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclasses.dataclass(frozen=True)
class Violation:
    """What is wrong with one field: a stable code for programs, a sentence for people, and what may be meant. `figures`
    are the numbers and dates of the sentence by name, for who says it in another language by its code.
    """

    field: str
    code: str
    message: str
    suggestions: list[str] = dataclasses.field(default_factory=list)
    known: list[str] = dataclasses.field(default_factory=list)
    figures: Mapping[str, float | str] = dataclasses.field(default_factory=dict)


class Invalid(Exception):
    """A vehicle that cannot be read; `violations` names every field at fault."""

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__("; ".join(f"{violation.field}: {violation.message}" for violation in violations))
        self.violations = violations


def printable_name(name: str) -> str:
    """A field's name as somebody sent it, made safe to repeat: short, and of printable ASCII alone."""
    return name.encode("unicode_escape").decode()[:LONGEST_WORD]


class Fields:
    """Reads one field after the other off a mapping and gathers what is wrong with them."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        self._raw = raw
        self.violations: list[Violation] = []

    def add(
        self, name: str, code: str, message: str, figures: Mapping[str, float | str] | None = None, **more: list[str]
    ) -> None:
        self.violations.append(Violation(name, code, message, figures=figures or {}, **more))

    def given(self, name: str) -> bool:
        return self._raw.get(name) is not None

    def allow_only(self, names: Collection[str]) -> None:
        """Note fields that are none of these: a misspelt optional field must not be overlooked."""
        unknown = [name for name in self._raw if name not in names]
        for name in unknown[:MOST_NAMED]:
            self.add(printable_name(name), "unknown_field", f"is not known here; known: {', '.join(names)}")

    def require(self, name: str) -> bool:
        if self.given(name):
            return True
        self.add(name, "missing", "is missing")
        return False

    def text(self, name: str, longest: int = LONGEST_WORD) -> str | None:
        """The field as text without outer spaces, or None after noting why not."""
        if not self.require(name):
            return None
        value = self._raw[name]
        if not isinstance(value, str):
            self.add(name, "type", f"must be a text, not {_json_type(value)}")
        elif is_missing(value):
            self.add(name, "missing", "is empty")
        elif not value.isprintable():
            self.add(name, "format", "holds characters that cannot be printed")
        elif len(value) > longest:
            self.add(name, "too_long", f"is longer than {longest} letters", {"most": longest})
        else:
            return value.strip()
        return None

    def long_text(self, name: str, longest: int) -> str | None:
        """The field as a text of several lines, None if it is empty or after noting why not."""
        if not self.require(name):
            return None
        value = self._raw[name]
        if not isinstance(value, str):
            self.add(name, "type", f"must be a text, not {_json_type(value)}")
        elif len(value) > longest:
            self.add(name, "too_long", f"is longer than {longest:,} letters", {"most": longest})
        elif not value.replace("\n", "").isprintable():
            self.add(name, "format", "holds characters that cannot be printed")
        else:
            return value.strip() or None
        return None

    def word(self, name: str, words: ClosedSet) -> str | None:
        text = self.text(name)
        if text is None:
            return None
        found = words.find(text)
        if found is None:
            self.add(name, "unknown", f"{text!r} is not known; known: {', '.join(words.words)}",
                     suggestions=words.nearest(text), known=list(words.words))  # fmt: skip
        return found

    def number(self, name: str, low: float, high: float, unit: str) -> float | None:
        """The field as a finite number within [low, high], or None after noting why not."""
        if not self.require(name):
            return None
        value = self._raw[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.add(name, "type", f"must be a number, not {_json_type(value)}")
        elif isinstance(value, float) and not math.isfinite(value):
            self.add(name, "not_finite", "must be a finite number")
        elif not low <= value <= high:
            message = f"must be between {low:,.0f} and {high:,.0f} {unit}"
            self.add(name, "out_of_range", message, {"low": round(low), "high": round(high)})
        else:
            return float(value)
        return None

    def known_make(self, text: str, catalogue: Catalogue) -> str | None:
        """The catalogue's name of a make, or None after noting that there is none."""
        make = catalogue.find_make(text)
        if make is None:
            self.add("make", "unknown", f"{text!r} is not a make with market data",
                     suggestions=catalogue.nearest_makes(text))  # fmt: skip
        return make

    def known_model(self, make: str, text: str, catalogue: Catalogue) -> str | None:
        """The catalogue's name of a model of this make, or None after noting that there is none."""
        model = catalogue.find_model(make, text)
        if model is None:
            self.add("model", "no_market_data", f"no market data for {make} {text!r}",
                     suggestions=catalogue.nearest_models(make, text), known=catalogue.models(make))  # fmt: skip
        return model

    def calendar_date(self, name: str) -> date | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            day = date.fromisoformat(text) if DAY.fullmatch(text) else None  # and no week date, "2016-W22-2"
        except ValueError:
            day = None
        if day is None:
            self.add(name, "format", 'must be a date such as "2026-05-31"')
        elif day.year < EARLIEST_YEAR:
            self.add(name, "out_of_range", f"must not be before {EARLIEST_YEAR}", {"low": str(EARLIEST_YEAR)})
        else:
            return day
        return None

    def age(self, name: str, as_of: date) -> float | None:
        text = self.text(name)
        if text is None:
            return None
        match = YEAR_OR_MONTH.fullmatch(text)
        if match is None or not (match[2] is None or 1 <= int(match[2]) <= 12):
            self.add(name, "format", 'must be a year such as "2016" or a month such as "2016-05"')
        elif int(match[1]) < EARLIEST_YEAR:
            self.add(name, "out_of_range", f"must not be before {EARLIEST_YEAR}", {"low": str(EARLIEST_YEAR)})
        elif (int(match[1]), int(match[2] or 1)) > (as_of.year, as_of.month):
            message = f"must not be after {as_of.isoformat()}, the date of the valuation"
            self.add(name, "in_future", message, {"latest": as_of.isoformat()})
        else:
            return age_years(text, as_of)
        return None


def _json_type(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    return {int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}[type(value)]
