"""Taking people out of the cars that they offered. What stays is the dealership's; histories name nobody anyway."""

from collections.abc import Iterable

from sqlalchemy import or_
from sqlalchemy.orm import Session

from gateway.db.car import CarRow
from gateway.services.car_changes import PERSONAL, change
from gateway.services.car_states import ACCEPTED, OFFERED, WITHDRAWN
from gateway.services.identity import Caller

CAN_BE_REACHED = or_(*(getattr(CarRow, column).is_not(None) for column in PERSONAL["contact"]))


def forget_contacts(session: Session, who: Caller, rows: Iterable[CarRow]) -> None:
    """Take out of these cars, locked in this transaction, how whoever offered them can be reached."""
    for row in rows:
        with change(session, who, row, "forget"):
            row.contact_name = row.contact_email = row.contact_phone = None


def forget_people(session: Session, who: Caller, rows: Iterable[CarRow]) -> None:
    """Take all that is of a person out of these cars; what is still on offer is withdrawn: nobody could be asked."""
    for row in rows:
        with change(session, who, row, "forget"):
            row.account = row.contact_name = row.contact_email = row.contact_phone = row.note = None
            if row.state in (OFFERED, ACCEPTED):
                row.state = WITHDRAWN
