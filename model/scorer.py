"""Prices from a coefficient table, with numpy alone: the price, its range, its base and the effects between.

The log price is one sum in one order, level + curve of age + of mileage + of power, and each of them keeps the order of
its number in floating point too: what never falls in the table never falls here, to the last bit.

Effects are order-free: where several features act together (a curve of age by fuel), their effect is shared among
them by the mean over all orders in which the typical car could be changed into this one (the Shapley value; Shapley,
1953, "A value for n-person games"). A feature that is as in the typical car has no effect. Euros follow the log
effects by the log mean of price and base, so that base + effects = price.

Scorer.score() prices columns of any length and Scorer.score_one() a single vehicle without numpy's overhead per
call. Both do the same floating-point operations in the same order, so their results are equal bit for bit.
"""

from collections.abc import Mapping, Sequence
from math import factorial, isfinite, nan

import numpy as np

from model.lookups import AxisLookup, Combinations, Curve, Curves, Levels
from model.schema.features import EFFECTS, NUMBERS, OUTPUT_NAMES, UNPRICED
from model.schema.vehicle import Vehicle
from model.table import WORDS, CoefficientTable

CHANGING = tuple(effect.explains for effect in EFFECTS)  # the order in which effects are summed


class Scorer:
    """Prices vehicles by one table. Build it once: it unfolds the table into arrays."""

    def __init__(self, table: CoefficientTable) -> None:
        self.table = table
        self._model_codes = {(known.make, known.model): code for code, known in enumerate(table.models)}
        self._word_codes = {name: {word: code for code, word in enumerate(table.words[name])} for name in WORDS}
        self._combinations = Combinations(table)
        self._axes = tuple(AxisLookup(table.axes[name]) for name in NUMBERS)
        self._levels = Levels(table)
        self._curves = tuple(Curves(table, name) for name in NUMBERS)
        spread = table.spread
        self._width_by_age = Curve(spread.age, spread.by_age)
        self._below, self._above = Curve(spread.price, spread.below), Curve(spread.price, spread.above)

        typical = [known.typical for known in table.models]
        models = np.arange(len(typical))
        self._typical_words = np.array(
            [[self._word_codes[name][getattr(car, name)] for car in typical] for name in WORDS], dtype=int
        )
        # What every curve says of the typical car's number, by combination: half of what shares are made of.
        everything = np.arange(len(self._levels.values))
        model_of = everything // self._combinations.of_model
        self._at_typical = []
        for axis, curves, name in zip(self._axes, self._curves, NUMBERS, strict=True):
            places = axis.places(np.array([getattr(car, name) for car in typical], dtype=float))
            self._at_typical.append(curves.values(everything, (places[0][model_of], places[1][model_of])))
        self._at_typical_lists = [values.tolist() for values in self._at_typical]

        self._typical = models * self._combinations.of_model
        for codes, step in zip(self._typical_words, self._combinations.of_word, strict=True):
            self._typical = self._typical + codes * step
        base_log = self._levels.values[self._typical]
        for values in self._at_typical:
            base_log = base_log + values[self._typical]
        self._base_eur = np.exp(base_log)
        self._support = np.array([known.support for known in table.models], dtype=float)
        self._log_scale = np.array([known.log_scale for known in table.models], dtype=float)
        self._ones = list(
            zip(
                self._base_eur.tolist(), self._support.tolist(), self._log_scale.tolist(), self._typical.tolist(),
                map(tuple, self._typical_words.T.tolist()), strict=True,
            )
        )  # fmt: skip

    def score(self, columns: Mapping[str, Sequence]) -> dict[str, np.ndarray]:
        """Price many vehicles at once.

        columns holds one sequence of equal length for each of FEATURES, numbers in their units. The result holds
        one array for each of OUTPUTS, euros not rounded. A vehicle with a word that the table does not know, or a
        number that is no possible one, has support 0 and NaN for the rest.
        """
        codes = self._model_codes
        pairs = zip(columns["make"], columns["model"], strict=True)
        model = np.array([codes.get(pair, -1) for pair in pairs], dtype=int)
        words = [self._codes(name, columns[name]) for name in WORDS]
        numbers = {name: np.asarray(columns[name], dtype=float) for name in NUMBERS}
        unknown = model < 0
        for word in words:
            unknown |= word < 0
        for name, number in numbers.items():
            unknown |= ~(np.isfinite(number) & (number >= 0 if name != "power_hp" else number > 0))
        if unknown.any():  # priced as some known car, so that the arrays stay whole, and struck out at the end
            model = np.where(unknown, 0, model)
            words = [np.where(unknown, 0, word) for word in words]
            numbers = {name: np.where(unknown, 1.0, number) for name, number in numbers.items()}
        places = [axis.places(number) for axis, number in zip(self._axes, numbers.values(), strict=True)]

        combination = model * self._combinations.of_model
        for word, step in zip(words, self._combinations.of_word, strict=True):
            combination = combination + word * step
        log_price = self._levels.values[combination]
        for curves, place in zip(self._curves, places, strict=True):
            log_price = log_price + curves.values(combination, place)
        price = np.exp(log_price)
        base = self._base_eur[model]
        logs = self._log_effects(model, words, places)
        total = sum(logs)
        with np.errstate(invalid="ignore", divide="ignore"):
            log_mean = np.where(total == 0.0, base, base * np.expm1(total) / total)
        scale = self._log_scale[model] + self._width_by_age.values(numbers["age_years"])
        low = price * np.exp(-np.exp(scale + self._below.values(price)))
        high = price * np.exp(np.exp(scale + self._above.values(price)))
        support = self._support[model]
        outputs = [price, low, high, support, base, *(log * log_mean for log in logs)]
        if unknown.any():
            outputs = [np.where(unknown, nan, output) for output in outputs]
            outputs[OUTPUT_NAMES.index("support")] = np.where(unknown, 0.0, support)
        return dict(zip(OUTPUT_NAMES, outputs, strict=True))

    def score_one(self, car: Vehicle) -> dict[str, float]:
        """Price one vehicle: what score() answers for it, as floats."""
        model = self._model_codes.get((car.make, car.model), -1)
        codes = self._word_codes
        words = (
            codes["fuel"].get(car.fuel, -1),
            codes["gearbox"].get(car.gearbox, -1),
            codes["offer_type"].get(car.offer_type, -1),
        )
        age, mileage, power = car.age_years, car.mileage_km, car.power_hp
        possible = age >= 0 and mileage >= 0 and power > 0 and isfinite(age) and isfinite(mileage) and isfinite(power)
        if model < 0 or min(words) < 0 or not possible:
            return UNPRICED.copy()
        base, support, log_scale, typical, typical_words = self._ones[model]
        on_age, on_mileage, on_power = self._axes
        places = (on_age.place(age), on_mileage.place(mileage), on_power.place(power))

        combination = self._combinations.number(model, words)
        log_price = self._levels.value_list[combination]
        for curves, place in zip(self._curves, places, strict=True):
            log_price += curves.value(combination, *place)
        price = float(np.exp(log_price))
        logs = self._log_effects_of_one(typical, typical_words, words, places)
        total = sum(logs)
        log_mean = base if total == 0.0 else base * float(np.expm1(total)) / total
        scale = log_scale + self._width_by_age.value(age)
        low = price * float(np.exp(-np.exp(scale + self._below.value(price))))
        high = price * float(np.exp(np.exp(scale + self._above.value(price))))
        outputs = (price, low, high, support, base, *[log * log_mean for log in logs])
        return dict(zip(OUTPUT_NAMES, outputs, strict=True))

    def _log_effects(self, model: np.ndarray, words: list[np.ndarray], places: list) -> list[np.ndarray]:
        """The log effects of CHANGING: cars are taken together that differ from their typical car in the same words."""
        typical = self._typical[model]
        typical_words = self._typical_words[:, model]
        pattern = np.zeros(len(model), dtype=int)
        for bit, word in enumerate(words):
            pattern |= (word != typical_words[bit]).astype(int) << bit
        logs = [np.zeros(len(model)) for _ in CHANGING]
        for differing in np.unique(pattern).tolist():
            rows = np.nonzero(pattern == differing)[0]
            bits = [bit for bit in range(len(words)) if differing >> bit & 1]
            steps = [(words[bit][rows] - typical_words[bit][rows]) * self._combinations.of_word[bit] for bit in bits]
            combinations = [typical[rows]]
            for step in steps:  # mask by mask: each feature changed or not
                combinations += [combination + step for combination in combinations]
            levels = [self._levels.values[combination] for combination in combinations]
            before, after = [], []
            for axis, curves in enumerate(self._curves):
                segment, share = places[axis]
                place = segment[rows], share[rows]
                before.append([self._at_typical[axis][combination] for combination in combinations])
                after.append([curves.values(combination, place) for combination in combinations])
            of_numbers, of_words = _shares(levels, before, after)
            for axis, effect in enumerate(of_numbers):
                logs[axis][rows] = effect
            for bit, effect in zip(bits, of_words, strict=True):
                logs[len(NUMBERS) + bit][rows] = effect
        return logs

    def _log_effects_of_one(
        self, typical: int, typical_words: Sequence[int], words: Sequence[int], places: Sequence[tuple[int, float]]
    ) -> list[float]:
        """_log_effects() for a single car."""
        if words == typical_words:  # most cars: each number acts alone
            return [
                curves.value(typical, *place) - at_typical[typical]
                for curves, at_typical, place in zip(self._curves, self._at_typical_lists, places, strict=True)
            ] + [0.0] * len(WORDS)
        combinations = [typical]
        bits = []
        for bit, word in enumerate(words):
            if word != typical_words[bit]:
                bits.append(bit)
                step = (word - typical_words[bit]) * self._combinations.of_word[bit]
                combinations += [combination + step for combination in combinations]
        level_list = self._levels.value_list
        levels = [level_list[combination] for combination in combinations]
        before, after = [], []
        for curves, at_typical, (segment, share) in zip(self._curves, self._at_typical_lists, places, strict=True):
            before.append([at_typical[combination] for combination in combinations])
            after.append([curves.value(combination, segment, share) for combination in combinations])
        logs, of_words = _shares(levels, before, after)
        logs += [0.0] * len(WORDS)
        for bit, effect in zip(bits, of_words, strict=True):
            logs[len(NUMBERS) + bit] = effect
        return logs

    def _codes(self, name: str, words: Sequence[str]) -> np.ndarray:
        codes = self._word_codes[name]
        return np.array([codes.get(word, -1) for word in words], dtype=int)


def _weights(features: int) -> list[float]:
    """Of a change after `changed` others, in the mean over all orders of so many features: by `changed`."""
    return [factorial(n) * factorial(features - n - 1) / factorial(features) for n in range(features)]


def _changes(features: int) -> list[list[tuple[int, int, int]]]:
    """For each feature all its changes: the mask of features changed before, after it, and how many before."""
    return [
        [(mask, mask | 1 << feature, mask.bit_count()) for mask in range(1 << features) if not mask >> feature & 1]
        for feature in range(features)
    ]


_WEIGHTS = [_weights(features) if features else [] for features in range(len(WORDS) + 2)]
_CHANGES = [_changes(features) for features in range(len(WORDS) + 1)]
_MASKS = [[(mask, mask.bit_count()) for mask in range(1 << features)] for features in range(len(WORDS) + 1)]


def _shares(levels: list, before: list[list], after: list[list]) -> tuple[list, list]:
    """Each number's and each differing word's mean change over all orders, from values by mask of words changed.

    levels are the terms of words alone; before and after are one list an axis, with the typical car's number there
    and with this one's.
    """
    words = (len(levels) - 1).bit_length()
    alone, together = _WEIGHTS[words], _WEIGHTS[words + 1]
    masks = _MASKS[words]
    numbers = []
    for old, new in zip(before, after, strict=True):
        share = 0.0
        for mask, changed in masks:
            share = share + together[changed] * (new[mask] - old[mask])
        numbers.append(share)
    olds = [sum(values) for values in zip(*before, strict=True)]
    news = [sum(values) for values in zip(*after, strict=True)]
    shares = []
    for changes in _CHANGES[words]:
        share = 0.0
        for mask, with_it, changed in changes:
            share = share + (
                alone[changed] * (levels[with_it] - levels[mask])
                + together[changed] * (olds[with_it] - olds[mask])
                + together[changed + 1] * (news[with_it] - news[mask])
            )
        shares.append(share)
    return numbers, shares
