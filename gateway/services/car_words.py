"""The words that a car is found by."""

import re
import unicodedata

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.db.car import CarRow, CarWordRow
from gateway.db.inserts import insert
from model.schema.vocabulary import CLOSED_SETS

LONGEST_WORD = 40  # letters; of a longer one the beginning counts
WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """The words of a text, each once, in the order they come in: without case and accents, letters and digits alone."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in WORD.findall(bare)))


def write_words(session: Session, row: CarRow) -> None:
    """Make the words that a car is found by those of the car as it is now."""
    texts = [row.make, row.model, row.first_registration, row.note]
    texts += [row.contact_name, row.contact_email, row.contact_phone]
    texts += [CLOSED_SETS[name].label(getattr(row, name)) for name in CLOSED_SETS]
    now = set(words_of(" ".join(text for text in texts if text)))
    before = set(session.scalars(select(CarWordRow.word).where(CarWordRow.car == row.sequence)))
    if gone := before - now:
        session.execute(delete(CarWordRow).where(CarWordRow.car == row.sequence, CarWordRow.word.in_(gone)))
    if new := now - before:
        session.execute(insert(session, CarWordRow), [{"word": word, "car": row.sequence} for word in sorted(new)])
