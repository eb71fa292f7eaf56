"""The services of one app, made once by create_app and found by whoever handles a request."""

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app

from gateway.inference.prices import Prices
from gateway.services.accounts import Accounts
from gateway.services.attempts import Attempts
from gateway.services.batch import Batches
from gateway.services.cards import Cards
from gateway.services.filters import Filters
from gateway.services.market.comparables import Comparables
from gateway.services.market.search import Search
from gateway.services.monitoring.observer import Observer
from gateway.services.password_resets import PasswordResets
from gateway.services.rollouts.mirror import Mirror
from gateway.services.rollouts.rollouts import Rollouts
from gateway.services.rollouts.watch import Watch
from gateway.services.site import Site
from gateway.services.valuations import Valuations
from gateway.telemetry import Metrics

EXTENSION = "dealership"


@dataclass(frozen=True)
class Services:
    prices: Prices
    cards: Cards
    valuations: Valuations
    attempts: Attempts
    accounts: Accounts
    password_resets: PasswordResets
    batches: Batches
    filters: Filters
    comparables: Comparables
    search: Search
    rollouts: Rollouts
    watch: Watch
    mirror: Mirror
    observer: Observer
    metrics: Metrics
    site: Site
    undo: timedelta  # within which a car's deletion or sale can be undone


def services() -> Services:
    """The services of the app that handles this request or command."""
    return current_app.extensions[EXTENSION]
