"""The two ways in which a command ends early."""


class CannotGoOn(Exception):
    """Something is in the way; the message says what it is and the way out of it."""

    exit_code = 1


class Stopped(Exception):
    """The user, or the system, asked us to stop while a step was under way."""
