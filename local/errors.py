"""The two ways in which a command ends early."""


class CannotGoOn(Exception):
    """Something is in the way; the message says what it is and the way out of it."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Stopped(Exception):
    """The user, or the system, asked us to stop while a step was under way."""
