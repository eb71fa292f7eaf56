"""The states of all pages."""

from tests.e2e.states import account, app, desk, feedback, models, rollouts, sell, value

STATES = [state for area in (app, value, sell, desk, feedback, models, rollouts, account) for state in area.STATES]
