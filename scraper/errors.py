"""What ends a command, each with the exit code that it ends with.

0: done. 1: cannot be done. 2: a wrong call. 3: the data failed the checks, or too much of them was not believed.
130: interrupted.
"""


class Failed(Exception):
    """A command cannot go on; the message says why and what to do."""

    exit_code = 1


class WrongCall(Failed, ValueError):
    """It was asked for what cannot be meant."""

    exit_code = 2


class DataRefused(Failed):
    """The data are not what they should be: nothing of them counts."""

    exit_code = 3
