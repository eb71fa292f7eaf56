"""A store in a bucket of S3, or of any server that speaks as S3 does and knows conditional puts."""

import base64
import hashlib
import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ResponseStreamingError,
)
from botocore.exceptions import ConnectionError as NoConnection
from botocore.parsers import ResponseParserError
from botocore.session import get_session

from model.store_protocol import KEY, NotStored, StoreError, check_beginning, check_key

LOCATION = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")

CONNECTS_WITHIN_S = 5
ANSWERS_WITHIN_S = 20
ATTEMPTS = 4  # of each call, boto3's first one counted, unless AWS_MAX_ATTEMPTS says; it waits longer each time
CONFLICTS = 5  # how often a put that met another one is tried
CONFLICT_PAUSE_S = 0.2

# Written to find out whether the server keeps to conditions. It begins with a dot, so it is no key of a store.
PROBE = ".conditional-put"

NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, ProfileNotFound)

ENDED_WITHIN = (IncompleteReadError, ResponseParserError, ResponseStreamingError)

Result = TypeVar("Result")


class S3Store:
    """A store whose keys follow a beginning in a bucket. Endpoint, region and credentials are what boto3 finds in its
    environment and its files: AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, AWS_PROFILE and so on.
    """

    def __init__(self, location: str) -> None:
        match = LOCATION.fullmatch(location)
        beginning = (match[2] or "").removesuffix("/") if match else ""
        if not match or (beginning and not KEY.fullmatch(beginning)):
            raise ValueError(f"{location!r} is no place such as s3://bucket/beginning")
        self._location, self._bucket = location, match[1]
        self._beginning = f"{beginning}/" if beginning else ""
        self._keeps_conditions = False
        self._client = self._told(_client)

    def put_new(self, key: str, content: bytes) -> bool:
        check_key(key)
        if not self._keeps_conditions:
            self._check_conditions()
        return self._put(key, content)

    def get(self, key: str) -> bytes:
        check_key(key)
        return self._whole(lambda: self._content(key))

    def keys(self, prefix: str) -> list[str]:
        beginning = f"{self._beginning}{check_beginning(prefix)}"
        found: list[str] = []
        more: dict[str, str] | None = {}
        while more is not None:
            some, more = self._whole(lambda: self._some_keys(beginning, more))
            found += some
        keys = (key.removeprefix(self._beginning) for key in found)
        return sorted(key for key in keys if KEY.fullmatch(key))

    def delete(self, key: str) -> None:
        check_key(key)
        self._told(lambda: self._client.delete_object(Bucket=self._bucket, Key=self._beginning + key))

    def _put(self, key: str, content: bytes) -> bool:
        # A server that sees a connection end after the head of a put may keep an empty object, as SeaweedFS 4.48 does.
        # By the digest it sees that this is not all.
        digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        asked_again = False
        for attempt in range(1, CONFLICTS + 1):
            try:
                self._told(lambda: self._client.put_object(
                    Bucket=self._bucket, Key=self._beginning + key, Body=content, ContentMD5=digest, IfNoneMatch="*",
                ))  # fmt: skip
                return True
            except StoreError as error:
                told = error.__cause__
                if not isinstance(told, ClientError):
                    raise
                asked_again = asked_again or told.response["ResponseMetadata"].get("RetryAttempts", 0) > 0
                if _status(told) == 412:
                    # An earlier attempt of ours may have written it, although its answer never came.
                    return asked_again and self._holds(key, content)
                if _status(told) != 409 or attempt == CONFLICTS:  # 409: another put of this key is under way
                    raise
            time.sleep(CONFLICT_PAUSE_S * attempt)
        raise AssertionError("the last attempt returns or raises")

    def _holds(self, key: str, content: bytes) -> bool:
        try:
            return self.get(key) == content
        except NotStored:
            return False

    def _check_conditions(self) -> None:
        """Raise StoreError for a server that puts whatever the condition: it would replace what is there."""
        if self._put(PROBE, uuid.uuid4().bytes) and self._put(PROBE, uuid.uuid4().bytes):
            raise StoreError(
                f"{self._location}: the server replaces objects in spite of If-None-Match, so nothing in it would be "
                "safe; a store needs a server with conditional puts"
            )
        self._keeps_conditions = True

    def _content(self, key: str) -> bytes:
        try:
            reply = self._client.get_object(Bucket=self._bucket, Key=self._beginning + key)
        except ClientError as error:
            if error.response["Error"].get("Code") in ("NoSuchKey", "404"):
                raise NotStored(f"{self._location} has no {key}") from None
            raise
        content = reply["Body"].read()
        if len(content) != reply.get("ContentLength"):  # an answer that ended in its head passes for an empty one
            raise IncompleteReadError(actual_bytes=len(content), expected_bytes=reply.get("ContentLength"))
        return content

    def _some_keys(self, beginning: str, more: Mapping[str, str] | None) -> tuple[list[str], dict[str, str] | None]:
        """As many as come at once, and by what to ask for more, None if that is all."""
        reply = self._client.list_objects_v2(Bucket=self._bucket, Prefix=beginning, **(more or {}))
        if "IsTruncated" not in reply:  # every list says it, and what is none would pass for an empty one
            raise ResponseParserError("it lists nothing, not even that there is nothing")
        keys = [each["Key"] for each in reply.get("Contents", ())]
        return keys, {"ContinuationToken": reply["NextContinuationToken"]} if reply["IsTruncated"] else None

    def _whole(self, call: Callable[[], Result]) -> Result:
        """What the call returns, which is made again where the answer ends within: boto3 does not see to that."""
        for _ in range(ATTEMPTS - 1):
            try:
                return self._told(call)
            except StoreError as error:
                if not isinstance(error.__cause__, ENDED_WITHIN):
                    raise
        return self._told(call)

    def _told(self, call: Callable[[], Result]) -> Result:
        """What the call returns; its failure as a StoreError that says what the operator can do about it."""
        try:
            return call()
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            raise StoreError(f"{self._location} {self._reason(error)}") from error

    def _reason(self, error: Exception) -> str:
        if isinstance(error, ClientError):
            code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
            if code == "NoSuchBucket":
                return f"cannot be used: there is no bucket {self._bucket}"
            if code == "NotImplemented":
                return f"cannot be used: the server lacks what a store needs, such as conditional puts ({message})"
            if _status(error) in (401, 403):
                return f"refuses these credentials: {code}: {message}"
            return f"answers {_status(error)}: {code}: {message}"
        if isinstance(error, NO_CREDENTIALS):
            return f"needs credentials, by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile: {error}"
        if isinstance(error, NoConnection | HTTPClientError | IncompleteReadError):
            return f"cannot be reached: {error}; see that the server runs, and that AWS_ENDPOINT_URL_S3 leads to it"
        if isinstance(error, ResponseParserError):
            return f"cannot be used: what answers is no S3 server: {error}"
        return f"cannot be used: {error}"


def _client() -> Any:
    session = get_session()
    # What is given here goes before what boto3 finds: AWS_MAX_ATTEMPTS, or max_attempts of a profile.
    attempts = session.get_config_variable("max_attempts") or ATTEMPTS
    return Session(botocore_session=session).client(
        "s3",
        config=Config(
            connect_timeout=CONNECTS_WITHIN_S,
            read_timeout=ANSWERS_WITHIN_S,
            retries={"mode": "standard", "total_max_attempts": attempts},
            # boto3's own checksums are new, and refused by many a server; all know Content-MD5.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _status(error: ClientError) -> int:
    return error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
