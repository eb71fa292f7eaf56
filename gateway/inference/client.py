"""The V2 client: one gRPC channel to the model server, one deadline over the whole exchange."""

import time
from collections.abc import Sequence

import grpc

from gateway.errors import ModelUnavailable
from gateway.inference.codec import Priced, decode, encode
from gateway.inference.v2_pb2 import ModelInferRequest, ModelInferResponse
from model.schema.vehicle import Vehicle

METHOD = "/inference.GRPCInferenceService/ModelInfer"
LARGEST_MESSAGE_BYTES = 128 * 1024 * 1024

# What is kept of the deadline for reading the reply and answering the caller.
RESERVE_S = 0.1

OPTIONS = (
    ("grpc.max_send_message_length", LARGEST_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", LARGEST_MESSAGE_BYTES),
    # A model server that is back is found within a second; gRPC's own backoff grows to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    # In spite of its name the time that one attempt to connect has; a busy machine needs more than 100 ms.
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # MLServer does not cancel what it has begun: a second try only adds to the load.
    ("grpc.enable_retries", 0),
    ("grpc.enable_http_proxy", 0),
)

CAUSES = {
    grpc.StatusCode.DEADLINE_EXCEEDED: ("timeout", "the model server did not answer in time"),
    grpc.StatusCode.UNAVAILABLE: ("down", "the model server cannot be reached"),
    grpc.StatusCode.NOT_FOUND: ("unloaded", "the model server has not loaded the model"),
}


class InferenceClient:
    """Asks the model server for prices. Safe to share between threads."""

    def __init__(self, target: str, deadline_s: float) -> None:
        """target is host:port; deadline_s is what a request has, from connecting to the reply's last byte."""
        self._channel = grpc.insecure_channel(target, options=OPTIONS)
        self.timeout_s = deadline_s - RESERVE_S
        self._infer = self._channel.unary_unary(
            METHOD,
            request_serializer=ModelInferRequest.SerializeToString,
            response_deserializer=ModelInferResponse.FromString,
        )

    def deadline(self) -> float:
        """When a request that begins now must have its answer, as time.monotonic() tells it."""
        return time.monotonic() + self.timeout_s

    def infer(self, vehicles: Sequence[Vehicle], deadline: float) -> Priced:
        """Price these vehicles in one call, before a deadline(). Raises ModelUnavailable."""
        try:
            response = self._infer(encode(vehicles), timeout=max(deadline - time.monotonic(), 0.0))
        except grpc.RpcError as error:
            cause, detail = CAUSES.get(error.code(), ("error", "the model server answered with an error"))
            raise ModelUnavailable(cause, detail) from error
        return decode(response, len(vehicles))

    def close(self) -> None:
        self._channel.close()
