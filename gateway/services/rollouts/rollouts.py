"""Beginning a rollout, taking one back by hand, and what is told of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.rollout import RolloutRow
from gateway.db.transactions import writing
from gateway.errors import Conflict, InvalidFields, NotFound
from gateway.extensions import db
from gateway.inference.prices import Prices
from gateway.services import audit
from gateway.services.cards import Cards
from gateway.services.identity import Caller
from gateway.services.pages import Page
from gateway.services.rollouts import records
from gateway.services.rollouts.figures import Counts, Differences, percent_of
from gateway.services.rollouts.limits import Limits, read_limits
from gateway.services.rollouts.records import DONE, ROLLED_BACK
from gateway.services.staff_names import names_of
from model.schema.fields import Fields

FIELDS = ("version", "shares", "bake_s", "shadow_percent", "reason", "limits", "at_once")
BACK_FIELDS = ("reason",)
SHARES = (0, 10, 50, 100)
BAKE_S, LONGEST_BAKE_S = 600, 7 * 24 * 3_600
SHADOW_PERCENT = 10
MOST_SHARES = 10
LONGEST_REASON = 500  # letters
LONGEST_VERSION = 100
MAKES_SHOWN = 5


@dataclass(frozen=True)
class Plan:
    """What somebody wants of a rollout. at_once: all of it, at once."""

    version: str
    shares: list[int]
    bake_s: int
    shadow_percent: int
    reason: str
    limits: Limits
    at_once: bool


class Rollouts:
    """Rollouts of the versions that some model server serves. Safe to share between threads."""

    def __init__(self, prices: Prices, cards: Cards) -> None:
        self._prices = prices
        self._cards = cards

    def begin(self, raw: Mapping[str, object], who: Caller) -> dict[str, Any]:
        """Begin to give a version its share, or all at once; which is told as by current(). Where it is the champion
        already, as it is after the same call before, switching at once changes nothing.

        Raises InvalidFields; Conflict where the version has no card, is served nowhere or is the champion, or another
        rollout is open.
        """
        plan = read_plan(raw)
        try:
            self._cards.get(plan.version)
        except NotFound:
            words = f"version {plan.version} has no card: publish it before any traffic"
            raise Conflict(words, code="version_without_card") from None
        self._find_served(plan.version)
        last = records.newest(db.session())
        if plan.at_once and last is not None and last.state == DONE and last.version == plan.version:
            return self.current()
        self._prices.split = records.split_of(last)
        champion = self._prices.state.version or self._prices.split.champion
        if champion == plan.version:
            if not plan.at_once:
                raise Conflict(f"version {plan.version} is the champion already", code="champion_already")
            champion = None
        try:
            with writing() as session:
                row = _row(plan, champion, who)
                session.add(row)
                session.flush()  # where one is open this fails, and nothing of it is noted
                details = {"version": plan.version, "shares": plan.shares, "at_once": plan.at_once}
                audit.note(session, who, "rollout.begin", str(row.sequence), details)
                if plan.at_once:
                    row.share_percent = 100
                    records.end(session, row, DONE, row.began_at, who, "at once")
        except IntegrityError:
            other = records.newest(db.session())
            which = f": of version {other.version}, {other.state}" if other is not None else ""
            words = f"another rollout is open{which}; it ends, or is taken back, first"
            raise Conflict(words, code="another_rollout_open") from None
        self._prices.split = records.split_of(row)
        return self.current()

    def take_back(self, raw: Mapping[str, object], who: Caller) -> dict[str, Any]:
        """End the open rollout: the champion prices everything again. Raises InvalidFields, Conflict without one."""
        fields = Fields(raw)
        fields.allow_only(BACK_FIELDS)
        reason = _reason(fields)
        if fields.violations:
            raise InvalidFields(fields.violations)
        with writing() as session:
            row = session.scalar(select(RolloutRow).where(RolloutRow.open == 1).with_for_update())
            if row is None:
                raise Conflict("no rollout is open", code="no_rollout_open")
            records.end(session, row, ROLLED_BACK, moments.now(), who, str(reason))
        self._prices.split = records.split_of(row)
        return self.current()

    def current(self) -> dict[str, Any]:
        """The open rollout, or the one that ended last, with its figures. Raises NotFound where there was none ever."""
        session = db.session()
        session.rollback()
        row = records.newest(session)
        if row is None:
            raise NotFound("there has been no rollout")
        return {**_document(row, _names([row])), **_figures(session, row)}

    def page(self, limit: int, before: int) -> Page:
        """Those with numbers below `before`, at most `limit`, the newest first."""
        below = select(RolloutRow).where(RolloutRow.sequence < before).order_by(RolloutRow.sequence.desc())
        rows = list(db.session.scalars(below.limit(limit + 1)))
        shown, names = rows[:limit], _names(rows[:limit])
        return Page([_document(row, names) for row in shown], rows[limit - 1].sequence if rows[limit:] else None)

    def _find_served(self, version: str) -> None:
        lane = self._prices.serving(version)
        if lane is None or not lane.state.available:
            db.session.rollback()  # nobody waits for a model server with a connection in his hands
            self._prices.look()
            lane = self._prices.serving(version)
        if lane is None:
            found = ", ".join(str(each.state.version or each.state.cause) for each in self._prices.lanes)
            raise Conflict(f"no model server of GATEWAY_MODEL_URL serves version {version}; they answer: {found}")
        if not lane.state.available:
            raise Conflict(f"the model server of version {version} does not answer: {lane.state.cause}")


def read_plan(raw: Mapping[str, object]) -> Plan:
    """The fields of POST /rollouts. Raises InvalidFields naming every field at fault."""
    fields = Fields(raw)
    fields.allow_only(FIELDS)
    version = fields.text("version", LONGEST_VERSION)
    reason = _reason(fields)
    at_once = raw.get("at_once")
    if at_once is not None and not isinstance(at_once, bool):
        fields.add("at_once", "type", "must be true or false")
    bake_s = _whole(fields, raw, "bake_s", 0, LONGEST_BAKE_S, BAKE_S, "s")
    shadow_percent = _whole(fields, raw, "shadow_percent", 0, 100, SHADOW_PERCENT, "%")
    shares = _shares(fields, raw)
    if not fields.violations and shares[0] == shadow_percent == 0 and at_once is not True:
        fields.add("shadow_percent", "disagrees", "must not be 0 while the first share is: nothing would be seen")
    limits = raw.get("limits")
    if limits is not None and not isinstance(limits, dict):
        fields.add("limits", "type", "must be an object")
    found = read_limits(limits if isinstance(limits, dict) else {}, fields)
    if fields.violations:
        raise InvalidFields(fields.violations)
    return Plan(str(version), shares, bake_s, shadow_percent, str(reason), found, at_once is True)


def _reason(fields: Fields) -> str | None:
    return fields.text("reason", LONGEST_REASON)


def _whole(
    fields: Fields, raw: Mapping[str, object], name: str, low: int, high: int, default: int, unit: str
) -> int:
    if not fields.given(name):
        return default
    value = fields.number(name, low, high, unit)
    if value is not None and value != int(value):
        fields.add(name, "type", "must be a whole number")
    return default if value is None else int(value)


def _shares(fields: Fields, raw: Mapping[str, object]) -> list[int]:
    if not fields.given("shares"):
        return list(SHARES)
    shares = raw["shares"]
    if (
        isinstance(shares, list)
        and 1 <= len(shares) <= MOST_SHARES
        and all(isinstance(share, int) and not isinstance(share, bool) and 0 <= share <= 100 for share in shares)
        and shares == sorted(set(shares))
        and shares[-1] > 0
    ):
        return shares
    words = f"must be 1 to {MOST_SHARES} whole per cents, each above the one before, the last above 0"
    fields.add("shares", "format", words)
    return list(SHARES)


def _row(plan: Plan, champion: str | None, who: Caller) -> RolloutRow:
    now = moments.now()
    return RolloutRow(
        open=1, version=plan.version, champion=champion, state=records.state_at(plan.shares[0]),
        share_percent=plan.shares[0], shares=json.dumps(plan.shares), bake_s=plan.bake_s,
        shadow_percent=plan.shadow_percent, limits=json.dumps(asdict(plan.limits)), reason=plan.reason,
        began_by=who.actor, began_at=now, step_at=now,
    )  # fmt: skip


def _names(rows: Sequence[RolloutRow]) -> Mapping[str, str]:
    return names_of(actor for row in rows for actor in (row.began_by, row.ended_by))


def _document(row: RolloutRow, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "number": row.sequence,
        "version": row.version,
        "champion": row.champion,
        "state": row.state,
        "share_percent": row.share_percent,
        "since": moments.in_words(row.step_at),
        "shares": json.loads(row.shares),
        "bake_s": row.bake_s,
        "shadow_percent": row.shadow_percent,
        "limits": json.loads(row.limits),
        "reason": row.reason,
        "began_by": row.began_by,
        "began_by_name": names.get(row.began_by),
        "began_at": moments.in_words(row.began_at),
        "ended_by": row.ended_by,
        "ended_by_name": names.get(row.ended_by or ""),
        "ended_at": moments.in_words(row.ended_at),
        "end_reason": row.end_reason,
        "alarm": row.alarm and json.loads(row.alarm),
    }


def _figures(session: Session, row: RolloutRow) -> dict[str, Any]:
    """Of both versions at the share that the rollout is at, or ended at; differences of its whole time."""
    counts = records.counts_of(session, row)
    versions = [version for version in (row.champion, row.version) if version is not None]
    return {
        "versions": [{"version": version, **asdict(counts.get(version, Counts()))} for version in versions],
        "differences": {
            "all": _difference(records.differences_of(session, row)),
            "makes": [
                {"make": make, **_difference(of_make)}
                for make, of_make in records.differences_by_make(session, row, MAKES_SHOWN).items()
            ],
        },
    }


def _difference(found: Differences) -> dict[str, float | int]:
    return {
        "pairs": found.count,
        "mean_percent": percent_of(found.mean),
        "median_log": round(found.quantile(0.5), 4),
        "p95_log": round(found.quantile(0.95), 4),
        "largest_log": round(found.largest, 4),
    }
