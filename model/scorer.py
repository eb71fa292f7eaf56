"""Prices from a coefficient table, with numpy alone: the price, its range, its base and the effects between.

Effects are order-free: a term in which several features take part (a curve of age by fuel) is shared among them by
the mean over all orders in which the typical car could be changed into this one (the Shapley value; Shapley, 1953,
"A value for n-person games"). A term of one feature is that feature's alone. Euros follow the log effects by the log
mean of price and base, so that base + effects = price.

Scorer.score() prices columns of any length and Scorer.score_one() a single vehicle without numpy's overhead per
call. Both do the same floating-point operations in the same order, so their results are equal bit for bit.
"""

from collections.abc import Mapping, Sequence
from math import factorial, isfinite, nan

import numpy as np

from model.lookups import AxisLookup, Columns, TermLookup
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
        self._axes = {name: AxisLookup(table.axes[name]) for name in NUMBERS}

        typical = [known.typical for known in table.models]
        self._typical = Columns(
            model=np.arange(len(typical)),
            words={name: self._codes(name, [getattr(car, name) for car in typical]) for name in WORDS},
            places={
                name: axis.places(np.array([getattr(car, name) for car in typical], dtype=float))
                for name, axis in self._axes.items()
            },
        )
        terms = [TermLookup(term, table) for term in table.terms]
        base_log = np.full(len(typical), table.intercept)
        for term in terms:
            term.typical_values = term.values(self._typical, self._typical, of_car=0)
            term.typical_value_list = term.typical_values.tolist()
            base_log = base_log + term.typical_values
        self._base_eur = np.exp(base_log)
        self._support = np.array([known.support for known in table.models], dtype=float)
        steps = np.searchsorted([step.from_support for step in table.ranges], self._support, "right") - 1
        self._low_factor = np.exp([table.ranges[step].low for step in steps])
        self._high_factor = np.exp([table.ranges[step].high for step in steps])
        # Terms of make and model alone are the same for the car and its base.
        self._terms = [term for term in terms if term.changing]

        self._ones = [
            (float(base), float(support), float(low), float(high), self._typical.one(code))
            for code, (base, support, low, high) in enumerate(
                zip(self._base_eur, self._support, self._low_factor, self._high_factor, strict=True)
            )
        ]

    def score(self, columns: Mapping[str, Sequence]) -> dict[str, np.ndarray]:
        """Price many vehicles at once.

        columns holds one sequence of equal length for each of FEATURES, numbers in their units. The result holds
        one array for each of OUTPUTS, euros not rounded. A vehicle with a word that the table does not know, or a
        number that is no possible one, has support 0 and NaN for the rest.
        """
        codes = self._model_codes
        pairs = zip(columns["make"], columns["model"], strict=True)
        model = np.array([codes.get(pair, -1) for pair in pairs], dtype=int)
        words = {name: self._codes(name, columns[name]) for name in WORDS}
        numbers = {name: np.asarray(columns[name], dtype=float) for name in NUMBERS}
        unknown = model < 0
        for word in words.values():
            unknown |= word < 0
        for name, number in numbers.items():
            unknown |= ~(np.isfinite(number) & (number >= 0 if name != "power_hp" else number > 0))
        if unknown.any():  # priced as some known car, so that the arrays stay whole, and struck out at the end
            model = np.where(unknown, 0, model)
            words = {name: np.where(unknown, 0, word) for name, word in words.items()}
            numbers = {name: np.where(unknown, 1.0, number) for name, number in numbers.items()}
        car = Columns(model, words, {name: axis.places(numbers[name]) for name, axis in self._axes.items()})
        typical = self._typical.take(model)

        logs = {name: np.zeros(len(model)) for name in CHANGING}
        for term in self._terms:
            changed = [term.values(car, typical, mask) for mask in range(1, 1 << len(term.changing))]
            shares = _shares([term.typical_values[model], *changed])
            for name, share in zip(term.changing, shares, strict=True):
                logs[name] = logs[name] + share
        total = sum(logs.values())
        growth = np.expm1(total)
        base = self._base_eur[model]
        with np.errstate(invalid="ignore", divide="ignore"):
            log_mean = np.where(total == 0.0, base, base * growth / total)
        price = base + base * growth
        support = self._support[model]
        effects = [log * log_mean for log in logs.values()]
        outputs = [price, price * self._low_factor[model], price * self._high_factor[model], support, base, *effects]
        if unknown.any():
            outputs = [np.where(unknown, nan, output) for output in outputs]
            outputs[OUTPUT_NAMES.index("support")] = np.where(unknown, 0.0, support)
        return dict(zip(OUTPUT_NAMES, outputs, strict=True))

    def score_one(self, car: Vehicle) -> dict[str, float]:
        """Price one vehicle: what score() answers for it, as floats."""
        model = self._model_codes.get((car.make, car.model), -1)
        codes = self._word_codes
        fuel = codes["fuel"].get(car.fuel, -1)
        gearbox = codes["gearbox"].get(car.gearbox, -1)
        offer_type = codes["offer_type"].get(car.offer_type, -1)
        age, mileage, power = car.age_years, car.mileage_km, car.power_hp
        possible = age >= 0 and mileage >= 0 and power > 0 and isfinite(age) and isfinite(mileage) and isfinite(power)
        if model < 0 or fuel < 0 or gearbox < 0 or offer_type < 0 or not possible:
            return UNPRICED.copy()
        base, support, low_factor, high_factor, typical = self._ones[model]
        place = self._axes
        one = (
            {"fuel": fuel, "gearbox": gearbox, "offer_type": offer_type},
            {
                "age_years": place["age_years"].place(age),
                "mileage_km": place["mileage_km"].place(mileage),
                "power_hp": place["power_hp"].place(power),
            },
        )
        logs = dict.fromkeys(CHANGING, 0.0)
        for term in self._terms:
            if term.alone is not None:
                logs[term.alone] += term.value(model, one, typical, 1) - term.typical_value_list[model]
                continue
            shares = _shares([term.value(model, one, typical, mask) for mask in range(1 << len(term.changing))])
            for name, share in zip(term.changing, shares, strict=True):
                logs[name] += share
        total = sum(logs.values())
        growth = float(np.expm1(total))
        log_mean = base if total == 0.0 else base * growth / total
        price = base + base * growth
        effects = [log * log_mean for log in logs.values()]
        outputs = (price, price * low_factor, price * high_factor, support, base, *effects)
        return dict(zip(OUTPUT_NAMES, outputs, strict=True))

    def _codes(self, name: str, words: Sequence[str]) -> np.ndarray:
        codes = self._word_codes[name]
        return np.array([codes.get(word, -1) for word in words], dtype=int)


def _shares(values: list) -> list:
    """Each feature's mean change over all orders, from a term's value for every mask of features changed."""
    count = (len(values) - 1).bit_length()
    shares = []
    for feature in range(count):
        share = 0.0
        for mask in range(len(values)):
            if not mask >> feature & 1:
                changed = mask.bit_count()
                weight = factorial(changed) * factorial(count - changed - 1) / factorial(count)
                share = share + weight * (values[mask | 1 << feature] - values[mask])
        shares.append(share)
    return shares
