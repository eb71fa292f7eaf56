"""What can go wrong, each with the HTTP status that it is answered with, and how all of it is told: RFC 9457."""

from collections.abc import Sequence
from dataclasses import asdict
from model.schema.fields import Violation


class Problem(Exception):
    """An answer other than the one asked for. `errors` names the fields at fault; `code` is a stable word for the case,
    where its title covers several that a page tells apart.
    """

    status = 500
    title = "Internal error"

    def __init__(
        self, detail: str, errors: Sequence[Violation] = (), headers: dict[str, str] | None = None, code: str = ""
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = list(errors)
        self.headers = headers or {}

    def document(self) -> dict[str, object]:
        """The problem as the JSON object that is sent."""
        document: dict[str, object] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.code:
            document["code"] = self.code
        if self.errors:
            document["errors"] = [
                {name: value for name, value in asdict(error).items() if value not in ([], {})} for error in self.errors
            ]
        return document


class BadRequest(Problem):
    status, title = 400, "The request cannot be read"


class Unauthorized(Problem):
    status, title = 401, "Who you are is not known"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    status, title = 403, "Not allowed"


class NotFound(Problem):
    status, title = 404, "Not found"


class Conflict(Problem):
    status, title = 409, "In conflict with what is there"


class PreconditionFailed(Problem):
    status, title = 412, "Somebody else changed it meanwhile"


class LengthRequired(Problem):
    status, title = 411, "The body's length is not given"


class TooLarge(Problem):
    status, title = 413, "The body is too large"


class UnsupportedMediaType(Problem):
    status, title = 415, "Not a type of body that is read here"


class InvalidFields(Problem):
    status, title = 422, "Some fields cannot be used"

    def __init__(self, errors: Sequence[Violation]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors), errors)


class TooManyAttempts(Problem):
    """More tries than are allowed. How many are left, and of whom, is nobody's business."""

    status, title = 429, "Too many attempts"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"try again in {retry_after_s} s", headers={"Retry-After": str(retry_after_s)})


class Busy(Problem):
    status, title = 503, "Busy"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "1"})


class DatabaseUnavailable(Problem):
    status, title = 503, "The database is unavailable"

    def __init__(self, why: str = "it does not answer") -> None:
        super().__init__(f"nothing was kept: {why}", headers={"Retry-After": "2"})


class ModelUnavailable(Problem):
    """The model server gave no answer that can be believed. `cause` is a short word for metrics and logs; `not_reached`
    says that there was no connection to it, so that nothing was asked, and to ask another server is safe.
    """

    status, title = 503, "The model server is unavailable"
    retry_after_s = 2

    def __init__(self, cause: str, detail: str, not_reached: bool = False) -> None:
        super().__init__(f"No price can be given now: {detail}", headers={"Retry-After": str(self.retry_after_s)})
        self.cause = cause
        self.reason = detail
        self.not_reached = not_reached


class Overloaded(ModelUnavailable):
    """More requests at once than can be answered in time; this one was refused before it cost anything."""

    title = "Too many requests at once"
    retry_after_s = 1

    def __init__(self) -> None:
        super().__init__("overload", "too many requests are waiting for prices")
