"""The thread by which a process follows the rollouts: what is to price what it reads, what it counted it adds.

Once in a while it is this process's turn to judge: to go on to the next share, or back.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from gateway.db import moments
from gateway.db.rollout import RolloutRow
from gateway.db.transactions import writing
from gateway.extensions import db
from gateway.inference.prices import Prices
from gateway.services.identity import SERVICE, Caller
from gateway.services.rollouts import records
from gateway.services.rollouts.alarms import KINDS, Alarm, judge
from gateway.services.rollouts.figures import Counts
from gateway.services.rollouts.records import ROLLED_BACK, SHADOW, STATES
from gateway.services.rollouts.tally import Tally
from gateway.telemetry import Metrics

logger = logging.getLogger(__name__)

LOOKS_EVERY_S = 1.0
TELLS_EVERY_S = 2.0
JUDGED_EVERY = timedelta(seconds=2)
NOBODY_IN_PERSON = Caller(SERVICE, "rollout")


class Watch:
    """Keeps `prices.split` as the newest rollout has it. While the database is down the last one known holds."""

    def __init__(
        self, prices: Prices, tally: Tally, metrics: Metrics, context: Callable[[], AbstractContextManager[object]]
    ) -> None:
        self._prices = prices
        self._tally = tally
        self._metrics = metrics
        self._context = context
        self._told_s = 0.0
        self._stopped = threading.Event()
        self._fails = False

    def start(self) -> None:
        """Look once, so that nobody is answered by the wrong version, and go on in a daemon thread."""
        self._try()
        threading.Thread(target=self._run, name="rollouts", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def look(self) -> None:
        """Follow the newest rollout. Raises SQLAlchemyError."""
        self._follow(records.newest(db.session()))

    def tell(self) -> None:
        """Add what was counted to what others have. Raises SQLAlchemyError, and then nothing of it is lost."""
        counted = self._tally.take()
        if not counted:
            return
        try:
            with writing() as session:
                records.add(session, counted)
        except BaseException:
            self._tally.give_back(counted)
            raise

    def judge(self) -> None:
        """End the open rollout, or go on with it, if it is due and this process's turn. Raises SQLAlchemyError."""
        row = records.newest(db.session())
        if row is None or row.open is None:
            return
        if row.judged_at is not None and abs(moments.now() - row.judged_at) < JUDGED_EVERY:
            return
        with writing() as session:
            if not records.take_turn(session, row, JUDGED_EVERY):
                return
            row = session.get_one(RolloutRow, row.sequence, populate_existing=True)
            alarm = self._alarm(row)
            now = moments.now()
            if alarm is not None:
                records.end(session, row, ROLLED_BACK, now, NOBODY_IN_PERSON, alarm.words, alarm)
                logger.warning("version %s is taken back: %s", row.version, alarm.words)
            elif self._is_baked(row):
                records.go_on(session, row, now, NOBODY_IN_PERSON)
                logger.info("version %s is %s, at %d%%", row.version, row.state, row.share_percent)
            else:
                records.forget_slots(session, row, time.time() - records.KEPT_SLOTS_S)
        self._follow(row)

    def _alarm(self, row: RolloutRow) -> Alarm | None:
        """By the last minute, else by the whole time at this share."""
        session, limits = db.session(), records.limits_of(row)
        for since_s in (time.time() - records.WINDOW_S, None):
            counts = records.counts_of(session, row, since_s)
            champion, challenger = counts.get(row.champion or "", Counts()), counts.get(row.version, Counts())
            differences = records.differences_of(session, row, since_s)
            if alarm := judge(champion, challenger, differences, limits):
                return alarm
        return None

    def _is_baked(self, row: RolloutRow) -> bool:
        if moments.now() - row.step_at < timedelta(seconds=row.bake_s):
            return False
        counts = records.counts_of(db.session(), row).get(row.version, Counts())
        asked = counts.requests - (0 if row.state == SHADOW else counts.mirrored)
        return asked >= records.limits_of(row).least_requests

    def _follow(self, row: RolloutRow | None) -> None:
        split = records.split_of(row)
        if split != self._prices.split:
            self._prices.split = split
            logger.info("champion %s, challenger %s at %d%%", split.champion, split.challenger, split.share_percent)
        metrics = self._metrics
        for state in STATES:
            metrics.rollout_state.labels(state).set(row is not None and row.state == state)
        rang = json.loads(row.alarm)["kind"] if row is not None and row.alarm else None
        for kind in KINDS:
            metrics.rollout_alarm.labels(kind).set(kind == rang)
        metrics.rollout_share.clear()
        if split.challenger is not None:
            metrics.rollout_share.labels(split.challenger).set(split.share_percent)

    def _run(self) -> None:
        while not self._stopped.wait(LOOKS_EVERY_S):
            self._try()

    def _try(self) -> None:
        try:
            with self._context():
                self.look()
                if time.monotonic() - self._told_s >= TELLS_EVERY_S:
                    self._told_s = time.monotonic()
                    self.tell()
                    self.judge()
            self._fails = False
        except Exception as error:
            if not self._fails or not isinstance(error, SQLAlchemyError):
                logger.warning("rollouts cannot be followed: %s", type(error).__name__)
            self._fails = True
