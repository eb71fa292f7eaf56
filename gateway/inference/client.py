"""The V2 client: asks the model server, within one deadline, and says by its cause why there is no answer."""

import time

from gateway.errors import ModelUnavailable
from gateway.inference.codec import Cars, Priced, decode, encode
from gateway.inference.retry_budget import RetryBudget
from gateway.inference.transport import NoReply, NotHttp, NotReached, Transport
from model.schema.features import MODEL_NAME

PATH = f"/v2/models/{MODEL_NAME}/infer"

# What is kept of the deadline for reading the reply and answering the caller.
RESERVE_S = 0.1

MOST_RETRIES_SAVED = 5.0  # of connections that could not be made

CAUSE_BY_STATUS = {404: ("unloaded", "the model server has not loaded the model")}
ERROR = ("error", "the model server answered with an error")


class InferenceClient:
    """Asks the model server for prices. Safe to share between threads."""

    def __init__(self, url: str, deadline_s: float) -> None:
        """url is http://host:port; deadline_s is what a request has, from connecting to the reply's last byte.

        Raises ValueError where url is no such address.
        """
        self._transport = Transport(url, PATH)
        self._retries = RetryBudget(MOST_RETRIES_SAVED, saved=1.0)
        self.timeout_s = deadline_s - RESERVE_S

    def deadline(self) -> float:
        """When a request that begins now must have its answer, as time.monotonic() tells it."""
        return time.monotonic() + self.timeout_s

    def infer(self, cars: Cars, deadline: float) -> Priced:
        """Price these cars in one call, before a deadline(). Raises ModelUnavailable."""
        try:
            status, content = self._post(encode(cars), deadline)
        except TimeoutError as error:
            raise ModelUnavailable("timeout", "the model server did not answer in time") from error
        except (NotReached, NoReply) as error:
            not_reached = isinstance(error, NotReached)
            raise ModelUnavailable("down", "the model server cannot be reached", not_reached) from error
        except NotHttp as error:
            raise ModelUnavailable("garbage", "the model server does not speak HTTP") from error
        if status != 200:
            raise ModelUnavailable(*CAUSE_BY_STATUS.get(status, ERROR))
        return decode(content, len(cars))

    def close(self) -> None:
        self._transport.close()

    def _post(self, body: bytes, deadline: float) -> tuple[int, bytes]:
        self._retries.note()
        try:
            return self._transport.post(body, deadline)
        except NotReached:
            # Nothing was asked yet. After a reply that did not come MLServer may still be at work, which a second call
            # would only double.
            if not self._retries.take():
                raise
        return self._transport.post(body, deadline)
