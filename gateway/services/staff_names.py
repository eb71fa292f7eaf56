"""The names of those who work here, for those who do: histories keep ids alone."""

from collections.abc import Iterable

from sqlalchemy import select

from gateway.db.account import AccountRow
from gateway.extensions import db
from gateway.services.identity import CUSTOMER


def names_of(actors: Iterable[str | None]) -> dict[str, str]:
    """By the accounts' ids; customers, programs and accounts that are gone have none here."""
    ids = {actor for actor in actors if actor is not None}
    asked = select(AccountRow.id, AccountRow.name).where(AccountRow.id.in_(ids), AccountRow.role != CUSTOMER)
    return {account_id: name for account_id, name in db.session.execute(asked)}
