"""Which columns of a batch mean what: ours by our names, AutoScout24's, or a mapping, in any case."""

from collections import Counter
from collections.abc import Mapping, Sequence

from gateway.errors import InvalidFields
from model.schema.fields import Fields, Violation, printable_name
from model.schema.listing import AUTOSCOUT24_COLUMNS, POWER_COLUMNS

WORDS = ("make", "model", "fuel", "gearbox", "offer_type")
DATES = ("first_registration", "as_of")
NUMBERS = ("mileage_km", *POWER_COLUMNS, "asking_price_eur")
READ = (*WORDS, *DATES, *NUMBERS)
REQUIRED = ("make", "model", "fuel", "gearbox", "first_registration", "mileage_km")
# The price in a source's export is what is asked for the car.
THEIRS = {
    "asking_price_eur" if ours == "price_eur" else ours: theirs.casefold()
    for ours, theirs in AUTOSCOUT24_COLUMNS.items()
}

Found = Mapping[str, str]  # our name -> the column's, of those that are there


def check_mapping(mapping: object) -> Mapping[str, str]:
    """A mapping {our name: the column's} as a caller sent it. Raises InvalidFields."""
    if not isinstance(mapping, dict) or not all(isinstance(theirs, str) for theirs in mapping.values()):
        message = 'must be one object of texts, such as {"mileage_km": "Kilometer"}'
        raise InvalidFields([Violation("mapping", "type", message)])
    fields = Fields(mapping)
    fields.allow_only(READ)
    if fields.violations:
        raise InvalidFields(fields.violations)
    return mapping


def find_columns(header: Sequence[str], mapping: Mapping[str, str]) -> Found:
    """The columns of a header that are read; the others are echoed alone.

    Raises InvalidFields where two columns would be read as the same, or the mapping's is not there.
    """
    times = Counter(name.strip().casefold() for name in header)
    columns = {name.strip().casefold(): name for name in header}
    found: dict[str, str] = {}
    violations = []
    for ours in READ:
        candidates = (mapping[ours].strip().casefold(),) if ours in mapping else (ours, THEIRS.get(ours, ours))
        theirs = next((name for name in candidates if name in columns), None)
        if theirs is None:
            if ours in mapping:
                named = printable_name(mapping[ours])
                violations.append(Violation(ours, "missing", f"no column {named!r}, which the mapping names"))
        elif times[theirs] > 1:
            violations.append(Violation(ours, "duplicate", f"there are {times[theirs]} columns of this name"))
        else:
            found[ours] = columns[theirs]
    if violations:
        raise InvalidFields(violations)
    return found


def require_columns(found: Found) -> None:
    """Raises InvalidFields naming the columns without which no row can be priced."""
    missing = [name for name in REQUIRED if name not in found]
    violations = [Violation(name, "missing", "no column for it") for name in missing]
    if not any(name in found for name in POWER_COLUMNS):
        violations.append(Violation(POWER_COLUMNS[0], "missing", f"no column for it (or {POWER_COLUMNS[1]})"))
    if violations:
        raise InvalidFields(violations)
