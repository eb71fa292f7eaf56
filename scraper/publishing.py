"""The store's market to the gateway: run by run, the lives of the listings that each run has changed.

The gateway keeps what came of each run, part by part, so that whoever publishes goes on where it stopped. A listing is
always in the same part of a run, whatever else came meanwhile; its life may be another one by then, which does no harm:
a life is whole, and the newer of two replaces the older.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from model.schema.collected import Manifest
from scraper.gateway import Gateway, GatewayBusy, GatewayError
from scraper.lives import Lives

LISTINGS = "/api/v1/listings"
RUNS = "/api/v1/listings/runs"
JSON_LINES = "application/jsonl"
LIVES_A_PART = 5_000
ATTEMPTS = 8
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0  # whatever the gateway says

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Published:
    """A part that the gateway has now; refused are lives that it did not take, with its first reasons."""

    source: str
    run: str
    part: int
    parts: int
    lives: int
    refused: int = 0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Kept:
    """How far a run has come to the gateway."""

    part: int
    parts: int
    complete: bool


def run_of(manifest: Manifest) -> str:
    """What the gateway knows a run by: two that found the same are one."""
    return manifest.key.rpartition("/")[2].removesuffix(".json")[:32]


def publish(
    lives: Lives, gateway: Gateway, *, dry_run: bool = False, sleep: Callable[[float], object] = time.sleep
) -> Iterator[Published]:
    """Send what the gateway has not, from the oldest run to the newest; each part once it is there, or would be.

    Raises GatewayError once it has refused, or could not be had for too long.
    """
    asking = _Asking(gateway, sleep)
    kept: dict[str, Mapping[str, _Kept]] = {}
    for place, manifest in enumerate(lives.manifests):
        source, run = manifest.source, run_of(manifest)
        if source not in kept:
            kept[source] = asking.kept(source)
        there = kept[source].get(run)
        if there and there.complete:
            continue
        parts = there.parts if there else -(-lives.count(place) // LIVES_A_PART)
        # With its last part the gateway completes a run, so that one is sent again until it did.
        first = min(there.part + 1, parts) if there else 1
        for part, lines in lives.parts(place, parts):
            if part < first:
                continue
            published = Published(source, run, part, parts, len(lines))
            if dry_run:
                yield published
                continue
            body = "".join(f"{line}\n" for line in lines).encode()
            answer = asking.put(body, source=source, run=run, part=part, parts=parts)
            yield replace(published, **answer)


class _Asking:
    """A gateway that is asked again while it is busy."""

    def __init__(self, gateway: Gateway, sleep: Callable[[float], object]) -> None:
        self._gateway, self._sleep = gateway, sleep

    def kept(self, source: str) -> dict[str, _Kept]:
        """What the gateway has of a source's runs."""
        document = self._again(lambda: self._gateway.get(RUNS, source=source))
        try:
            return {
                str(run["run"]): _Kept(int(run["part"]), int(run["parts"]), run["complete"] is True)
                for run in document["runs"]
            }
        except (LookupError, TypeError, ValueError) as error:
            raise self._gateway.odd(RUNS, error) from error

    def put(self, content: bytes, **query: object) -> dict[str, Any]:
        """Send a part; what of it was refused."""
        document = self._again(lambda: self._gateway.put(LISTINGS, content, JSON_LINES, **query))
        try:
            reasons = (f"line {error['line']}: {error['field']} {error['message']}" for error in document["errors"])
            return {"refused": int(document["refused"]), "reasons": tuple(reasons)}
        except (LookupError, TypeError, ValueError) as error:
            raise self._gateway.odd(LISTINGS, error) from error

    def _again(self, ask: Callable[[], Answer]) -> Answer:
        for attempt in range(ATTEMPTS):
            try:
                return ask()
            except GatewayBusy as busy:
                if attempt == ATTEMPTS - 1:
                    raise GatewayError(f"{busy} (asked {ATTEMPTS} times)") from busy
                # Others who were told to wait come back at another moment.
                pause_s = FIRST_PAUSE_S * 2**attempt * random.uniform(0.5, 1.0)
                self._sleep(min(max(pause_s, busy.retry_after_s or 0.0), LONGEST_PAUSE_S))
        raise AssertionError("the last attempt answers or raises")
