"""Spellings of makes and models that mean another name, as a person has approved them in a file.

The file is a list of JSON objects {make, model, means: {make, model}, listings, why, approved}, sorted, a line each,
for review in git. `approved` is null until somebody decides: true lets training read the rows as what they mean, false
lets them be, and keeps the same proposal from being made again.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from model.errors import DataError
from model.schema.vocabulary import canonical_make, fold

Name = tuple[str, str]  # make, model


@dataclass(frozen=True, slots=True)
class Spelling:
    """A name that seems to mean another one: how many listings have it, why it seems so, and what a person says."""

    make: str
    model: str
    means: Name
    listings: int
    why: str
    approved: bool | None = None

    @property
    def key(self) -> Name:
        """The name, however it is written."""
        return _key((self.make, self.model))


@dataclass(frozen=True)
class Spellings:
    """What a file says, and its SHA-256."""

    entries: tuple[Spelling, ...]
    digest: str | None

    def mend(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows (of make, model and more) with approved spellings as what they mean."""
        means = {entry.key: entry.means for entry in self.entries if entry.approved}
        if not means:
            return rows
        number = rows.groupby(["make", "model"], sort=False).ngroup().to_numpy()
        names = rows[["make", "model"]].drop_duplicates()
        mended = [_meaning((make, model), means) for make, model in names.itertuples(index=False)]
        makes, models = (np.array([name[part] for name in mended], dtype=object) for part in (0, 1))
        return rows.assign(make=makes[number], model=models[number])


NO_SPELLINGS = Spellings((), None)


def read_spellings(path: Path) -> Spellings:
    """Raises DataError for a file that is none, and for approved spellings that mean each other."""
    try:
        content = path.read_bytes()
        entries = tuple(_entry(document) for document in json.loads(content))
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise DataError(f"the spellings {path} cannot be read: {error!r}") from error
    keys = [entry.key for entry in entries]
    for entry in entries:
        if keys.count(entry.key) > 1:
            raise DataError(f"the spellings {path} name {entry.make} {entry.model} more than once")
    means = {entry.key: entry.means for entry in entries if entry.approved}
    for entry in entries:
        if entry.approved and _key(_meaning(entry.means, means)) in means:
            raise DataError(f"the spellings {path} go in a circle at {entry.make} {entry.model}")
    return Spellings(entries, hashlib.sha256(content).hexdigest())


def write_spellings(entries: Iterable[Spelling]) -> str:
    """The file's text, sorted, an entry a line."""
    lines = [json.dumps(_document(entry), ensure_ascii=False) for entry in sorted(entries, key=lambda some: some.key)]
    return "[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n"


def _meaning(name: Name, means: dict[Name, Name]) -> Name:
    """What a name means in the end; names that go in a circle are given up where it closes."""
    for _ in range(len(means) + 1):
        if _key(name) not in means:
            break
        name = means[_key(name)]
    return name


def _key(name: Name) -> Name:
    return fold(name[0]), fold(name[1])


def _entry(document: dict) -> Spelling:
    approved = document["approved"]
    texts = [document["make"], document["model"], document["means"]["make"], document["means"]["model"]]
    if not all(isinstance(text, str) and text.strip() for text in texts) or approved not in (True, False, None):
        raise ValueError(f"makes and models are texts, and approved is true, false or null: {document}")
    make, model, other_make, other_model = texts
    means = canonical_make(other_make), other_model
    return Spelling(canonical_make(make), model, means, int(document["listings"]), str(document["why"]), approved)


def _document(entry: Spelling) -> dict[str, object]:
    return {
        "make": entry.make, "model": entry.model, "means": {"make": entry.means[0], "model": entry.means[1]},
        "listings": entry.listings, "why": entry.why, "approved": entry.approved,
    }  # fmt: skip
