"""States of the review of reports."""

from tests.e2e.states.state import State

STATES = [
    State("reviews", "to-come", "/reviews", "reviewer"),
]
