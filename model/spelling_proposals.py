"""Which names of models seem to be another name, misspelt: proposals for a person, who alone decides.

A name is suspicious if it is rare and, at the same make, a far commoner name is what is left of it without the make's
name, without the number of its generation, or is one or two letters off; or if the make itself is a letter or two off
another that has this very model. Prices have to be alike: a rare sports model is no slip of the common car.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from model.dataset import Dataset
from model.schema.vocabulary import MAKE_SYNONYMS, fold
from model.spellings import Name, Spelling

RARE_LISTINGS = 10  # at most; a name that more listings have is what people call the car
TIMES_COMMONER = 10  # the other name, at least
SIMILAR_PRICES = 2.0  # the medians' ratio at most: rare names have few cars, of any age
LETTERS_FOR_ONE_SLIP, LETTERS_FOR_TWO = 4, 8  # of a word: GLK is no slip of GLC, nor A3 of A4
WORD = re.compile(r"[^\s\-_.]+")
GENERATION = re.compile(r"(.+?)[\s-]+(?:(?:Mk|Typ)\.?\s*)?(?:I{2,3}|IV|V|VI{1,3}|IX|Mk\.?\s*[0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class _Model:
    """A model as it stands in the table."""

    name: Name
    listings: int
    median_eur: float


def propose(dataset: Dataset, known: Sequence[Spelling]) -> list[Spelling]:
    """The file's entries after another look: decided ones as they are, and a proposal for each other suspicion."""
    decided = {entry.key: entry for entry in known if entry.approved is not None}
    found = {entry.key: entry for entry in _suspicions(_models(dataset)) if entry.key not in decided}
    return [*decided.values(), *found.values()]


def _models(dataset: Dataset) -> list[_Model]:
    prices = dataset.table[dataset.collected].groupby(["make", "model"])["price_eur"].agg(["size", "median"])
    return [_Model((make, model), int(size), float(median)) for (make, model), size, median in prices.itertuples()]


def _suspicions(models: list[_Model]) -> Iterator[Spelling]:
    by_make: dict[str, list[_Model]] = {}
    for each in models:
        by_make.setdefault(each.name[0], []).append(each)
    listings = {make: sum(each.listings for each in some) for make, some in by_make.items()}
    for rare in models:
        if rare.listings > RARE_LISTINGS:
            continue
        make = rare.name[0]
        candidates = [(other, _why(rare.name, other.name)) for other in by_make[make]]
        if listings[make] <= RARE_LISTINGS:
            candidates += [
                (other, f"the make is spelt nearly as {other_make}")
                for other_make, others in by_make.items() if other_make != make and _slip(make, other_make)
                for other in others if fold(other.name[1]) == fold(rare.name[1])
            ]  # fmt: skip
        likely = [(other, why) for other, why in candidates if why and _commoner(other, rare)]
        if likely:
            other, why = max(likely, key=lambda pair: (pair[0].listings, pair[0].name))
            yield Spelling(*rare.name, other.name, rare.listings, f"{why}, which has {other.listings:,} listings")


def _commoner(other: _Model, rare: _Model) -> bool:
    ratio = rare.median_eur / other.median_eur
    return other.listings >= TIMES_COMMONER * rare.listings and 1 / SIMILAR_PRICES <= ratio <= SIMILAR_PRICES


def _why(rare: Name, common: Name) -> str | None:
    """Why one model of a make may be another of it, misspelt."""
    make, model = rare
    other = fold(common[1])
    if any(fold(model) == name + other for name in _names_of(make)):
        return f"it is {common[1]} with the make's name before it"
    generation = GENERATION.fullmatch(model)
    if generation and fold(generation[1]) == other:
        return f"it is {common[1]} with the number of a generation"
    return f"it is spelt nearly as {common[1]}" if _slip(model, common[1]) else None


def _names_of(make: str) -> list[str]:
    return [fold(make), *(synonym for synonym, whole in MAKE_SYNONYMS.items() if whole == make)]


def _slip(one: str, other: str) -> bool:
    """Whether two names differ by a slip of the hand: in one word alone, a long one, by a letter or two."""
    pairs = list(zip(*(WORD.findall(name.casefold()) for name in (one, other)), strict=False))
    apart = [pair for pair in pairs if pair[0] != pair[1]]
    if len(apart) != 1 or any(len(WORD.findall(name)) != len(pairs) for name in (one, other)):
        return False
    shorter = min(map(len, apart[0]))
    most = 2 if shorter >= LETTERS_FOR_TWO else 1 if shorter >= LETTERS_FOR_ONE_SLIP else 0
    lengths_differ = abs(len(apart[0][0]) - len(apart[0][1]))
    return all(map(str.isalpha, apart[0])) and lengths_differ <= most and _distance(*apart[0]) <= most


def _distance(one: str, other: str) -> int:
    """How many letters have to be changed, added, left out or swapped with the next (Damerau and Levenshtein, without
    changes inside of a swap).
    """
    steps = np.zeros((len(one) + 1, len(other) + 1), dtype=int)
    steps[:, 0], steps[0, :] = range(len(one) + 1), range(len(other) + 1)
    for i, a in enumerate(one, start=1):
        for j, b in enumerate(other, start=1):
            steps[i, j] = min(steps[i - 1, j] + 1, steps[i, j - 1] + 1, steps[i - 1, j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                steps[i, j] = min(steps[i, j], steps[i - 2, j - 2] + 1)
    return int(steps[-1, -1])
