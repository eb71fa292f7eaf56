"""States of offering a car."""

from tests.e2e.states.state import State

STATES = [
    State("sell", "to-come", "/sell"),
    State("offer", "to-come", "/sell/status"),
]
