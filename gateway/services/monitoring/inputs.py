"""Which cars are asked about, by the version that priced them: noted in passing, counted off the request's path."""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from gateway.db.inserts import insert
from gateway.db.monitoring import InputCountRow
from gateway.services.cards import Card
from gateway.services.monitoring.stability import FEATURES, NUMBERS, Reference, references
from model.schema.vehicle import Vehicle

MOST_WAITING = 2_000  # cars between two counts; of more the last are a sample, and the collector has less to walk
WINDOW = timedelta(days=7)  # that indices are of
KEPT_FOR = timedelta(days=90)

Key = tuple[str, date, str, str]  # version, day, feature, value


class Inputs:
    """Takes notes, and gives them away as counts. Safe to share between threads."""

    def __init__(self) -> None:
        self._noted: deque[tuple[str, Vehicle]] = deque(maxlen=MOST_WAITING)
        self._counts: Counter[Key] = Counter()

    def note(self, version: str, vehicle: Vehicle) -> None:
        """One that was priced. It costs next to nothing."""
        self._noted.append((version, vehicle))

    def tell(self, session: Session, card_of: Callable[[str], Card], today: date) -> None:
        """Count what was noted, and add it in a transaction that writes. What fails is told the next time."""
        by_version: dict[str, Mapping[str, Reference]] = {}
        for _ in range(len(self._noted)):
            version, vehicle = self._noted.popleft()
            if version not in by_version:
                by_version[version] = references(card_of(version))
            known = by_version[version]
            for feature in FEATURES:
                if feature in known:
                    value = getattr(vehicle, feature)
                    said = known[feature].value_of(value) if feature in NUMBERS else value
                    self._counts[version, today, feature, said] += 1
        rows = [
            {"version": version, "day": day, "feature": feature, "value": value, "cars": cars}
            for (version, day, feature, value), cars in sorted(self._counts.items())
        ]
        if not rows:
            return
        new = insert(session, InputCountRow).values(rows)
        summed = {"cars": InputCountRow.cars + new.excluded.cars}
        session.execute(new.on_conflict_do_update(index_elements=["version", "day", "feature", "value"], set_=summed))
        session.execute(delete(InputCountRow).where(InputCountRow.day < today - KEPT_FOR))

    def __bool__(self) -> bool:
        return bool(self._noted or self._counts)

    def forget(self) -> None:
        """What was told is told."""
        self._counts.clear()


def asked_of(session: Session, version: str, today: date) -> Mapping[str, Mapping[str, int]]:
    """By feature and value, the cars that a version was asked about of late."""
    row = InputCountRow
    found: dict[str, dict[str, int]] = {feature: {} for feature in FEATURES}
    sums = select(row.feature, row.value, func.sum(row.cars)).where(row.version == version, row.day > today - WINDOW)
    for feature, value, cars in session.execute(sums.group_by(row.feature, row.value)):
        found.setdefault(feature, {})[value] = int(cars)
    return found
