"""What can go wrong in a job, each with the exit code that its command ends with."""


class JobError(Exception):
    """A job cannot go on; the message says why and what to do."""

    exit_code = 1


class DataError(JobError):
    """The data given cannot be used."""

    exit_code = 2


class MarketDateMissing(JobError):
    """The listings carry no dates, and no market date was given."""

    exit_code = 3


class TableError(JobError):
    """A coefficient table is broken, or of a format that this code does not read."""

    exit_code = 4


class FilesError(JobError):
    """A version's files are not those that were signed, or no version's files at all."""

    exit_code = 4


class GateRefused(JobError):
    """A version may not take the champion's place; the message says by which rules, and by how much."""

    exit_code = 5


class RegistryError(JobError):
    """The registry cannot be reached, or does not do what it is asked."""


class GatewayRefuses(JobError):
    """The gateway does not do what it is asked; status is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class RolledBack(JobError):
    """A canary was taken back; the message says why."""

    exit_code = 6
