"""States of the dealer's desk."""

from tests.e2e.states.state import State

STATES = [
    State("desk", "to-come", "/desk", "dealer"),
    State("car", "to-come", "/desk/cars/0", "dealer"),
    State("batch", "to-come", "/desk/batch", "dealer"),
]
