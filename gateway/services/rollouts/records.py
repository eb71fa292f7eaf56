"""Rollouts in the database: the newest one, what was counted of it, beginning, going on and ending."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from gateway.db import moments
from gateway.db.inserts import insert
from gateway.db.rollout import RolloutCountRow, RolloutDifferenceRow, RolloutRow
from gateway.inference.split import Split
from gateway.services import audit
from gateway.services.identity import Caller
from gateway.services.rollouts.alarms import Alarm
from gateway.services.rollouts.figures import Counts, Differences
from gateway.services.rollouts.limits import Limits
from gateway.services.rollouts.tally import OF_ALL_MAKES, Counted

SHADOW, CANARY, DONE, ROLLED_BACK = STATES = ("shadow", "canary", "done", "rolled_back")
IN_ALL = 0  # the slot that holds the whole
SLOT_S = 10
WINDOW_S = 60  # an alarm is given by what was counted in it, so that a long good time does not hide a bad minute
KEPT_SLOTS_S = 600
COUNTS = ("requests", "mirrored", "errors", "refusals", "slow")


def newest(session: Session) -> RolloutRow | None:
    """The open rollout, or the one that ended last."""
    return session.scalar(select(RolloutRow).order_by(RolloutRow.sequence.desc()).limit(1))


def split_of(row: RolloutRow | None) -> Split:
    """Which version prices what by the newest rollout."""
    if row is None:
        return Split()
    if row.state == DONE:
        return Split(champion=row.version)
    if row.state == ROLLED_BACK:
        return Split(champion=row.champion, withheld=row.version)
    return Split(
        row.champion, row.version, row.share_percent, row.shadow_percent, row.version, row.sequence,
        limits_of(row).slow_s,
    )  # fmt: skip


def limits_of(row: RolloutRow) -> Limits:
    return Limits(**json.loads(row.limits))


def state_at(share_percent: int) -> str:
    return CANARY if share_percent else SHADOW


def add(session: Session, counted: Counted) -> None:
    """Add what a process has counted, to the slot of now and to the whole. What is of no rollout any more is let go."""
    named = {key[0] for key in (*counted.counts, *counted.differences)}
    known = set(session.scalars(select(RolloutRow.sequence).where(RolloutRow.sequence.in_(named))))
    slots = (IN_ALL, slot_of(time.time()))
    counts = [
        {"rollout": rollout, "share_percent": share, "slot": slot, "version": version, **dict(zip(COUNTS, numbers))}
        for (rollout, share, version), numbers in sorted(counted.counts.items())
        if rollout in known
        for slot in slots
    ]
    differences = [
        {"rollout": rollout, "slot": slot, "make": make, "difference": of, "pairs": pairs, "log_sum": log_sum}
        for (rollout, make, of), (pairs, log_sum) in sorted(counted.differences.items())
        if rollout in known
        for slot in (slots if make == OF_ALL_MAKES else (IN_ALL,))
    ]
    _upsert(session, RolloutCountRow, ("rollout", "share_percent", "slot", "version"), COUNTS, counts)
    _upsert(session, RolloutDifferenceRow, ("rollout", "slot", "make", "difference"), ("pairs", "log_sum"), differences)


def _upsert(
    session: Session, table: Any, keys: Sequence[str], numbers: Sequence[str], rows: list[dict[str, Any]]
) -> None:
    """In one order for all processes, so that no two wait for each other's rows."""
    if not rows:
        return
    new = insert(session, table).values(sorted(rows, key=lambda row: [row[key] for key in keys]))
    summed = {name: getattr(table, name) + new.excluded[name] for name in numbers}
    session.execute(new.on_conflict_do_update(index_elements=list(keys), set_=summed))


def slot_of(unix_s: float) -> int:
    return int(unix_s) // SLOT_S


def counts_of(session: Session, row: RolloutRow, since_s: float | None = None) -> Mapping[str, Counts]:
    """By version, at the rollout's share: since then, or in all."""
    table = RolloutCountRow
    sums = [func.sum(getattr(table, name)) for name in COUNTS]
    found = session.execute(
        select(table.version, *sums)
        .where(table.rollout == row.sequence, table.share_percent == row.share_percent, _slots(table, since_s))
        .group_by(table.version)
    )
    return {version: Counts(*map(int, numbers)) for version, *numbers in found}


def differences_of(session: Session, row: RolloutRow, since_s: float | None = None) -> Differences:
    """Of all makes: since then, or in all."""
    table = RolloutDifferenceRow
    found = session.execute(
        select(table.difference, func.sum(table.pairs), func.sum(table.log_sum))
        .where(table.rollout == row.sequence, table.make == OF_ALL_MAKES, _slots(table, since_s))
        .group_by(table.difference)
    ).all()
    return Differences({of: int(pairs) for of, pairs, _ in found}, sum(log_sum for *_, log_sum in found))


def differences_by_make(session: Session, row: RolloutRow, most: int) -> Mapping[str, Differences]:
    """Of the makes with most pairs."""
    table = RolloutDifferenceRow
    of_makes = (table.rollout == row.sequence, table.slot == IN_ALL, table.make != OF_ALL_MAKES)
    pairs = func.sum(table.pairs)
    makes = session.scalars(
        select(table.make).where(*of_makes).group_by(table.make).order_by(pairs.desc(), table.make).limit(most)
    ).all()
    found: dict[str, tuple[dict[int, int], list[float]]] = {make: ({}, []) for make in makes}
    for each in session.scalars(select(table).where(*of_makes, table.make.in_(makes))):
        found[each.make][0][each.difference] = each.pairs
        found[each.make][1].append(each.log_sum)
    return {make: Differences(classes, sum(logs)) for make, (classes, logs) in found.items()}


def _slots(table: Any, since_s: float | None) -> ColumnElement[bool]:
    return table.slot == IN_ALL if since_s is None else table.slot >= slot_of(since_s)


def take_turn(session: Session, row: RolloutRow, every: timedelta) -> bool:
    """Whether this process is to judge now: one is, at most once in a while. The row is locked then."""
    now, then = moments.now(), RolloutRow.judged_at
    # In the future it is by a clock that goes wrong, which must not keep the others from judging.
    due = or_(then.is_(None), then <= now - every, then > now + every)
    mine = (
        update(RolloutRow).where(RolloutRow.sequence == row.sequence, RolloutRow.open == 1, due).values(judged_at=now)
    )
    taken = session.scalar(mine.returning(RolloutRow.sequence).execution_options(synchronize_session=False))
    return taken is not None


def go_on(session: Session, row: RolloutRow, now: datetime, who: Caller) -> None:
    """To the next share; after the last one the challenger is the champion."""
    following = [share for share in json.loads(row.shares) if share > row.share_percent]
    if following:
        row.share_percent, row.state, row.step_at = following[0], state_at(following[0]), now
        audit.note(session, who, "rollout.share", str(row.sequence), {"share_percent": row.share_percent})
    else:
        end(session, row, DONE, now, who, "all shares without an alarm")


def end(
    session: Session, row: RolloutRow, state: str, now: datetime, who: Caller, reason: str, alarm: Alarm | None = None
) -> None:
    """Done, or rolled back; what was counted by the slot is needed no more."""
    row.open, row.state, row.ended_at, row.ended_by, row.end_reason = None, state, now, who.actor, reason
    row.alarm = None if alarm is None else json.dumps(asdict(alarm))
    forget_slots(session, row)
    details = {"version": row.version, "alarm": alarm and alarm.kind}
    audit.note(session, who, f"rollout.{state}", str(row.sequence), details)


def forget_slots(session: Session, row: RolloutRow, before_s: float | None = None) -> None:
    for table in (RolloutCountRow, RolloutDifferenceRow):
        slots = [table.rollout == row.sequence, table.slot != IN_ALL]
        if before_s is not None:
            slots.append(table.slot < slot_of(before_s))
        session.execute(delete(table).where(*slots).execution_options(synchronize_session=False))
