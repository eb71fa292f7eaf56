"""Baking: a canary's version gets its share of the gateway's valuations, step by step, and then the champion's place,
or is taken back where an alarm rings. The gateway rolls out and judges; here it is begun, followed and recorded.

The record of the canary says what is to be baked, and the gateway how far it is. So a bake that was killed is gone on
with by running it again, wherever it was.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from model.errors import GatewayRefuses, JobError, RolledBack
from model.gateway_client import GatewayClient
from model.promotion import Promoting, finish, promote, roll_back
from model.promotion_records import LONGEST_REASON, Record, challenger_of, history, read_card

LOOKS_EVERY_S = 1.0
TELLS_EVERY_S = 30.0
OPEN = ("shadow", "canary")


@dataclass(frozen=True)
class Plan:
    """How to roll out: shares, bake_s, shadow_percent and limits as the gateway takes them, each if given. Its server
    may take up to serves_within_s to be seen by the gateway, which may be away for up to away_s at a time.
    """

    rollout: Mapping[str, Any]
    serves_within_s: float = 600.0
    away_s: float = 300.0


def bake(at: Promoting, gateway: GatewayClient, plan: Plan, by: str, tell: Callable[[str], None]) -> Record:
    """The record of the champion that the canary has become. Raises RolledBack where it was taken back, which is
    recorded as well; JobError where none is under way, or the gateway has another rollout.
    """
    records = history(at.store)
    canary = challenger_of(records)
    if canary is None:
        return _was_baked(at, gateway, records)
    gateway.put(f"/models/{canary.version}", read_card(at.store, canary))
    rollout = _begun(gateway, canary, plan, tell)
    rollout = _ended(gateway, rollout, plan, tell)
    if rollout["state"] == "done":
        record = promote(at, canary.version, by, f"baked: {canary.reason}"[:LONGEST_REASON])
        gateway.put(f"/promotions/{record.number}", record.published())
        return record
    record = roll_back(at, None, by, _why(rollout))
    gateway.put(f"/promotions/{record.number}", record.published())
    raise RolledBack(_taken_back(canary, record))


def _was_baked(at: Promoting, gateway: GatewayClient, records: list[Record]) -> Record:
    """What a bake that was killed after its record has left."""
    if len(records) < 2 or records[-2].kind != "canary":
        raise JobError("no canary is under way: dealership-model promote --canary begins one")
    canary, record = records[-2:]
    finish(at, record)
    gateway.put(f"/promotions/{record.number}", record.published())
    if record.version != canary.version:
        raise RolledBack(_taken_back(canary, record))
    return record


def _begun(gateway: GatewayClient, canary: Record, plan: Plan, tell: Callable[[str], None]) -> dict[str, Any]:
    """The rollout of this canary, begun unless it was. Raises JobError where another one is open, or nobody serves the
    version in time.
    """
    reason = f"promotion {canary.number}: {canary.reason}"[:LONGEST_REASON]
    until = time.monotonic() + plan.serves_within_s
    refused = ""
    while True:
        current = gateway.get("/rollouts/current")
        if current and (current["version"], current["reason"]) == (canary.version, reason):
            return current
        if current and current["state"] in OPEN:
            raise JobError(f"the gateway has another rollout open: version {current['version']}, {current['reason']}")
        try:
            return gateway.post("/rollouts", {"version": canary.version, "reason": reason, **plan.rollout})
        except GatewayRefuses as error:
            if error.status != 409 or time.monotonic() > until:
                raise
            if str(error) != refused:
                tell(f"the gateway does not begin yet: {error}")
                refused = str(error)
            time.sleep(LOOKS_EVERY_S)


def _ended(
    gateway: GatewayClient, rollout: dict[str, Any], plan: Plan, tell: Callable[[str], None]
) -> dict[str, Any]:
    """The rollout at its end, told of on the way."""
    told_s, told, seen_s = 0.0, ("", 0), time.monotonic()
    while True:
        now = time.monotonic()
        if (rollout["state"], rollout["share_percent"]) != told or now - told_s > TELLS_EVERY_S:
            told_s, told = now, (rollout["state"], rollout["share_percent"])
            tell(_line(rollout))
        if rollout["state"] not in OPEN:
            return rollout
        time.sleep(LOOKS_EVERY_S)
        try:
            rollout = gateway.get("/rollouts/current") or rollout
            seen_s = time.monotonic()
        except OSError as error:
            if time.monotonic() - seen_s > plan.away_s:
                raise JobError(f"the gateway is away ({error}); the canary goes on; run this again") from None


def _line(rollout: Mapping[str, Any]) -> str:
    counts = "; ".join(
        f"version {each['version']}: {each['requests']} requests, {each['errors']} errors, "
        f"{each['refusals']} refusals, {each['slow']} slow"
        for each in rollout["versions"]
    )
    of_all = rollout["differences"]["all"]
    differs = f"; {of_all['pairs']} cars by both, {of_all['mean_percent']:+.2f}%" if of_all["pairs"] else ""
    return f"version {rollout['version']} {rollout['state']} at {rollout['share_percent']}%: {counts}{differs}"


def _why(rollout: Mapping[str, Any]) -> str:
    alarm = rollout["alarm"]
    said = f"alarm: {alarm['words']}" if alarm else f"taken back at the gateway: {rollout['end_reason']}"
    return "".join(letter if letter.isprintable() else " " for letter in said)[:LONGEST_REASON]


def _taken_back(canary: Record, record: Record) -> str:
    return (
        f"version {canary.version} was taken back, and version {record.version} is the champion as before "
        f"(promotion {record.number}): {record.reason}"
    )
