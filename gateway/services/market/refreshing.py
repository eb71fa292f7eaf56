"""The market's figures, made anew when listings have come: by who brought them, never by who reads them."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from gateway.db.listing import ListingRow, MarketFiguresRow, MarketModelRow, MarketVariantRow
from gateway.db.transactions import writing
from gateway.extensions import db
from gateway.services.market.figures import Sample, Seen, document, sample, with_earlier_months
from gateway.services.market.turns import last_turn, take_turn

# After each model: whoever else waits for the interpreter has it now, and not at its next switch.
PAUSE_S = 0.0001
WHOLE = ""  # in the place of a key: of all makes, or of all models of a make
COLUMNS = [getattr(ListingRow, name) for name in Seen._fields]


@dataclass
class _Made:
    """All rows that a refresh writes."""

    figures: list[dict[str, Any]] = field(default_factory=list)
    variants: list[dict[str, Any]] = field(default_factory=list)


def refresh(forget_history: bool = False) -> None:
    """Make all figures anew, of the listings that are there now.

    Months of which fewer cars are kept than there were stay as they were, unless they are to be forgotten. Of two who
    refresh at once the one with the newer listings has his figures kept.
    """
    generation = last_turn()
    newest = db.session.scalar(select(func.max(ListingRow.last_seen)))
    made = _Made() if newest is None else _make(newest, generation, forget_history)
    with writing() as session:
        take_turn(session)
        if (_generation(session) or 0) <= generation:
            _write(session, made)


def _make(newest: date, generation: int, forget_history: bool) -> _Made:
    made = _Made()
    common = {"generation": generation, "newest_day": newest}
    whole = Sample()

    def note(sample_: Sample, make_key: str, model_key: str, make: str | None, model: str | None) -> None:
        figures = document(sample_)
        if not forget_history:
            figures["history"] = with_earlier_months(figures["history"], _history(make_key, model_key))
        made.figures.append({
            "make_key": make_key, "model_key": model_key, "make": make, "model": model, **common,
            "document": json.dumps(figures),
        })  # fmt: skip

    for make_key, models in groupby(_models(), lambda model: model.make_key):
        of_make, make = Sample(), None
        for model in models:
            of_model = _sample(model.sequence, newest)
            note(of_model, make_key, model.model_key, model.make, model.model)
            made.variants += [
                {"model": model.sequence, "fuel": fuel, "gearbox": gearbox, "offer_type": offer_type,
                 "on_offer": on_offer, "gone": gone}
                for (fuel, gearbox, offer_type), (on_offer, gone) in of_model.kinds.items()
            ]  # fmt: skip
            of_make.add(of_model)
            make = make or model.make
        note(of_make, make_key, WHOLE, make, None)
        whole.add(of_make)
    note(whole, WHOLE, WHOLE, None, None)
    return made


def _models() -> Iterator[Any]:
    asked = select(MarketModelRow.sequence, MarketModelRow.make_key, MarketModelRow.model_key, MarketModelRow.make,
                   MarketModelRow.model)  # fmt: skip
    return iter(db.session.execute(asked.order_by(MarketModelRow.make_key, MarketModelRow.model_key)).all())


def _sample(model: int, newest: date) -> Sample:
    """Read and left at once: nothing is kept from whoever writes or tidies up meanwhile."""
    rows = db.session.execute(select(*COLUMNS).where(ListingRow.model == model))
    made = sample(rows, newest)
    db.session.rollback()
    time.sleep(PAUSE_S)
    return made


def _history(make_key: str, model_key: str) -> list[dict[str, Any]]:
    before = db.session.get(MarketFiguresRow, (make_key, model_key))
    return json.loads(before.document)["history"] if before else []


def _generation(session: Session) -> int | None:
    row = MarketFiguresRow
    return session.scalar(select(row.generation).where(row.make_key == WHOLE, row.model_key == WHOLE))


def _write(session: Session, made: _Made) -> None:
    session.execute(delete(MarketFiguresRow))
    session.execute(delete(MarketVariantRow))
    connection = session.connection()
    if made.figures:
        connection.execute(insert(MarketFiguresRow.__table__), made.figures)
    if made.variants:
        connection.execute(insert(MarketVariantRow.__table__), made.variants)
