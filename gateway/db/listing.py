"""The market: what is listed elsewhere, as its sources tell it, and figures that were made of it."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.extensions import db


class MarketModelRow(db.Model):  # type: ignore[name-defined,misc]
    """A make and model that something was listed of, by their folded names; the spellings are the first that came."""

    __tablename__ = "market_model"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    make_key: Mapped[str]
    model_key: Mapped[str]
    make: Mapped[str]
    model: Mapped[str]

    __table_args__ = (Index("ix_market_model_keys", "make_key", "model_key", unique=True),)


class ListingRow(db.Model):  # type: ignore[name-defined,misc]
    """A listing, as its source told it last."""

    __tablename__ = "listing"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    id: Mapped[str]  # the source's own
    car: Mapped[str]  # a digest: equal for the same car, whoever lists it
    model: Mapped[int] = mapped_column(ForeignKey("market_model.sequence"))

    fuel: Mapped[str]
    gearbox: Mapped[str]
    offer_type: Mapped[str]
    first_registration: Mapped[str]
    registered_month: Mapped[int]  # the month that its age counts from: 12 * year + month, from 0
    mileage_km: Mapped[float]
    power_hp: Mapped[float]

    price_eur: Mapped[float]  # the newest
    price_since: Mapped[date]
    earlier_prices: Mapped[str | None] = mapped_column(Text)  # JSON: [[since, price_eur], ...]; None: it never changed
    first_seen: Mapped[date]
    last_seen: Mapped[date]
    gone_on: Mapped[date | None]
    country: Mapped[str]
    seller_kind: Mapped[str | None]
    url: Mapped[str | None]

    __table_args__ = (
        Index("ix_listing_source", "source", "id", unique=True),
        # Like cars lie together in it, by month and mileage.
        Index("ix_listing_like", "model", "registered_month", "mileage_km"),
        Index("ix_listing_last_seen", "last_seen"),
    )


class ListingRunRow(db.Model):  # type: ignore[name-defined,misc]
    """How far a source has come in bringing the listings of one of its runs, part by part."""

    __tablename__ = "listing_run"

    source: Mapped[str] = mapped_column(primary_key=True)
    run: Mapped[str] = mapped_column(primary_key=True)
    parts: Mapped[int]
    part: Mapped[int]  # the last that is kept; all before it are
    complete: Mapped[bool]  # all are kept, and the figures made of them
    updated_at: Mapped[datetime]

    __table_args__ = (Index("ix_listing_run_updated_at", "updated_at"),)


class MarketVariantRow(db.Model):  # type: ignore[name-defined,misc]
    """How many cars of one kind are on offer, and how many were of late."""

    __tablename__ = "market_variant"

    model: Mapped[int] = mapped_column(ForeignKey("market_model.sequence", ondelete="CASCADE"), primary_key=True)
    fuel: Mapped[str] = mapped_column(primary_key=True)
    gearbox: Mapped[str] = mapped_column(primary_key=True)
    offer_type: Mapped[str] = mapped_column(primary_key=True)
    on_offer: Mapped[int]
    gone: Mapped[int]


class MarketFiguresRow(db.Model):  # type: ignore[name-defined,misc]
    """Figures of a model, of a make (model_key is empty) or of the whole market (both are).

    `generation` goes up with each refresh; that of the whole market stands for all.
    """

    __tablename__ = "market_figures"

    make_key: Mapped[str] = mapped_column(primary_key=True)
    model_key: Mapped[str] = mapped_column(primary_key=True)
    make: Mapped[str | None]
    model: Mapped[str | None]
    generation: Mapped[int]
    newest_day: Mapped[date]
    document: Mapped[str] = mapped_column(Text)  # JSON
