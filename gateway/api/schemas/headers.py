"""Headers that some routes take or answer with."""

from pydantic import BaseModel, Field

from gateway.api.schemas.base import without_default

LONGEST_KEY = 200  # letters of an Idempotency-Key


class IdempotencyKeyHeader(BaseModel):
    """Of a request that may be sent again without being done again."""

    idempotency_key: str = Field(  # type: ignore[assignment]
        None, alias="Idempotency-Key", min_length=1, max_length=LONGEST_KEY, pattern="^[!-~]([ -~]*[!-~])?$",
        description="a word of the caller's own: the same request with the same key is done once, and answered again",
        json_schema_extra=without_default,
    )  # fmt: skip


class IfMatchHeader(BaseModel):
    """Of a request that is meant for one version of a thing."""

    if_match: str = Field(  # type: ignore[assignment]
        None, alias="If-Match", json_schema_extra=without_default,
        description="the ETag that was read: what has changed since is left as it is (412)",
    )  # fmt: skip


class ETagHeader(BaseModel):
    """Of a reply that tells a version of a thing."""

    etag: str = Field(alias="ETag", description="the version, for If-Match")
