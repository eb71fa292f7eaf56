"""Model cards: publishing them, and what the gateway knows by the card of the version that is served."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

import orjson
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gateway.db import moments
from gateway.db.card import CardRow
from gateway.db.transactions import writing
from gateway.errors import BadRequest, Conflict, ModelUnavailable, NotFound
from gateway.extensions import db
from gateway.inference.prices import Prices
from gateway.services import audit
from gateway.services.card_document import CardDocument
from gateway.services.identity import OPERATOR, Caller
from gateway.services.pages import Page
from model.schema.features import CARD_FORMAT, MODEL_NAME, schema_digest
from model.schema.vehicle import Vehicle
from model.schema.vocabulary import CLOSED_SETS, Catalogue

SUMMARY = ("market_as_of", "synthetic", "figures")  # what lists show of a card
CARDS_IN_MEMORY = 4  # a card is about a megabyte; champion, challenger and those before them


class Card:
    """One version's card, with the look-ups that the services need."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.version: str = document["version"]
        self.market_as_of = date.fromisoformat(document["data"]["market_as_of"])
        self.market_is_demo: bool = document["data"]["synthetic"]
        self.coverage: float = document["coverage"]
        self.bounds: Mapping[str, tuple[float, float]] = document["bounds"]
        self.models = {(known["make"], known["model"]): known for known in document["vocabulary"]}

    @property
    def stamp(self) -> dict[str, object]:
        """What every reply that follows from this version carries."""
        return {
            "model": {"name": MODEL_NAME, "version": self.version},
            "market_as_of": self.market_as_of.isoformat(),
            "market_is_demo": self.market_is_demo,
        }

    @cached_property
    def catalogue(self) -> Catalogue:
        models: dict[str, list[str]] = {}
        for make, model in self.models:
            models.setdefault(make, []).append(model)
        return Catalogue(models)

    def known_as(self, make: str, model: str) -> tuple[str, str] | None:
        """A make and a model as this version writes them, by any spelling; None where it does not know them."""
        if (make, model) in self.models:
            return make, model
        known_make = self.catalogue.find_make(make)
        known_model = self.catalogue.find_model(known_make, model) if known_make else None
        return (known_make, known_model) if known_make and known_model else None

    @cached_property
    def variants(self) -> list[tuple[tuple[str, str, str, str, str], int]]:
        """Every combination of make, model, fuel, gearbox and offer type that was seen, with its listings."""
        return [
            ((make, model, *words), listings)
            for (make, model), known in self.models.items()
            for *words, listings in known["variants"]
        ]  # type: ignore[return-value]

    @cached_property
    def words(self) -> dict[str, frozenset[str]]:
        """The fuels, gearboxes and offer types that any listing had."""
        return {name: frozenset(key[2 + i] for key, _ in self.variants) for i, name in enumerate(CLOSED_SETS)}


class Cards:
    """The published cards, and which of them holds now."""

    def __init__(self, prices: Prices) -> None:
        self._prices = prices
        self._in_memory: dict[str, Card] = {}

    def put(self, document: object, who: Caller = OPERATOR) -> bool:
        """Publish a card; False where it was there already.

        Raises BadRequest for what is no card of this contract, Conflict where the version has another card.
        """
        _check(document)
        assert isinstance(document, dict)
        digest = hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        row = CardRow(
            version=document["version"],
            digest=digest,
            document=json.dumps(document, ensure_ascii=False),  # in the card's own order, which is the one to be shown
            summary=json.dumps(_summary(document), ensure_ascii=False),
            published_at=moments.now(),
        )
        try:
            with writing() as session:
                session.add(row)
                session.flush()  # what is there already is found before the deed is noted
                audit.note(session, who, "card.put", row.version, {"digest": digest})
        except IntegrityError:  # the version has a card
            there = db.session.scalar(select(CardRow.digest).where(CardRow.version == row.version))
            if there != digest:
                raise Conflict(
                    f"version {row.version} has another card already; a version's card never changes"
                ) from None
            return False
        return True

    def versions(self, limit: int, before: str | None = None) -> Page:
        """What lists show of the published cards, the newest first: at most `limit`, published before that of `before`.

        Where there are more, `next` is the `before` to ask for them with. Raises NotFound for an unknown `before`.
        """
        columns = (CardRow.sequence, CardRow.version, CardRow.published_at, CardRow.summary)
        query = select(*columns).order_by(CardRow.sequence.desc()).limit(limit + 1)
        if before is not None:
            sequence = db.session.scalar(select(CardRow.sequence).where(CardRow.version == before))
            if sequence is None:
                raise NotFound(f"no card of version {before!r} has been published")
            query = query.where(CardRow.sequence < sequence)
        rows = db.session.execute(query).all()
        return Page([self._listed(row) for row in rows[:limit]], rows[limit - 1].version if rows[limit:] else None)

    def _listed(self, row: Any) -> dict[str, Any]:
        summary = json.loads(row.summary) if row.summary else dict.fromkeys(SUMMARY)
        return {
            "version": row.version,
            "published_at": moments.in_words(row.published_at),
            "served": row.version == self._prices.state.version,
            **summary,
        }

    def current(self, version: str) -> Card:
        """The card of a version, if it says all that this code shows of one. Raises NotFound."""
        card = self.get(version)
        if card.document["format"] != CARD_FORMAT:  # published to this gateway before it learnt today's
            raise NotFound(f"the card of version {version!r} is of an earlier format and says too little to be shown")
        return card

    def get(self, version: str) -> Card:
        """The card of a version. Raises NotFound."""
        card = self._in_memory.get(version)
        if card is None:
            row = db.session.scalar(select(CardRow).where(CardRow.version == version))
            if row is None:
                raise NotFound(f"no card of version {version!r} has been published")
            while len(self._in_memory) >= CARDS_IN_MEMORY:
                self._in_memory.pop(next(iter(self._in_memory)), None)
            card = self._in_memory[version] = Card(json.loads(row.document))
        return card

    def has_in_memory(self, version: str) -> bool:
        return version in self._in_memory

    def served_from_memory(self) -> Card | None:
        """The card of the version that prices, None where it is to be read first."""
        return self._in_memory.get(self._prices.state.version or "")

    def served(self) -> Card:
        """The card of the version that the champion's model server answered with last; without one, the newest card.

        An answer of a version without a card is no reason to ask no more: the next may be of a known version.
        Raises ModelUnavailable where there is no card at all.
        """
        version = self._prices.state.version
        if version is not None:
            try:
                return self.get(version)
            except NotFound:
                pass
        version = db.session.scalar(select(CardRow.version).order_by(CardRow.sequence.desc()).limit(1))
        if version is None:
            raise ModelUnavailable("no card", "no model has been published to this gateway yet")
        return self.get(version)

    def commonest_car(self) -> Vehicle:
        """The typical car of the model with most listings: one that the served version surely prices."""
        card = self.served()
        (make, model), known = max(card.models.items(), key=lambda item: item[1]["listings"])
        return Vehicle(make, model, **known["typical"])

    def of_answer(self, version: str) -> Card:
        """The card of a version that the model server named. Raises ModelUnavailable where it has none."""
        try:
            return self.get(version)
        except NotFound:
            detail = f"the model server serves version {version!r}, whose card has not been published"
            raise ModelUnavailable("no card", detail) from None


def _summary(document: Mapping[str, Any]) -> dict[str, Any]:
    parts = {**document["data"], "figures": document["figures"]}
    return {name: parts[name] for name in SUMMARY}


def _check(document: object) -> None:
    try:
        orjson.dumps(document)
    except TypeError as error:  # a whole number that is too long to be written again, say
        raise BadRequest(f"the card holds what no reply could: {error}") from error
    if not isinstance(document, dict):
        raise BadRequest("a card is a JSON object")
    if document.get("format") != CARD_FORMAT or document.get("name") != MODEL_NAME:
        raise BadRequest(f"this is no card of {MODEL_NAME} in format {CARD_FORMAT}")
    if document.get("schema_digest") != schema_digest():
        raise BadRequest("the card's version was trained for other features or outputs than this gateway speaks")
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadRequest("the card holds half a character (a lone surrogate), which no text can hold") from None
    try:
        CardDocument.model_validate_json(json.dumps(document))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "as a whole"
        raise BadRequest(f"the card is not sound ({where}): {first['msg']}") from error
