"""The fit's passes on a Dask cluster instead of in this process."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from distributed import Client, Future

from model.errors import JobError


class Cluster:
    """A Dask cluster that keeps the chunks it was given, so that each travels once however many passes there are.

    Its workers need this package and its dependencies in the same versions.
    """

    def __init__(self, address: str, *, connect_seconds: float = 30.0) -> None:
        """Connect to the scheduler at an address such as tcp://host:8786. Raises JobError."""
        try:
            self._client = Client(address, timeout=connect_seconds, set_as_default=False)
        except (OSError, ValueError) as error:
            raise JobError(f"no Dask scheduler answers at {address}: {error}") from error
        self._chunks: Sequence[Any] = ()
        self._held: list[Future] = []

    def run(self, function: Callable[[Any], Any], chunks: Sequence[Any]) -> Iterator[Any]:
        """What map() does, on the cluster: the results in the order of the chunks."""
        if chunks is not self._chunks:
            self._chunks = chunks
            self._held = self._client.scatter(list(chunks), hash=False)
        # The function carries the design and the last coefficients: once to each worker, not once a chunk.
        held_function = self._client.scatter(function, broadcast=True, hash=False)
        futures = [self._client.submit(_call, held_function, chunk, pure=False) for chunk in self._held]
        for i, future in enumerate(futures):
            yield future.result()
            futures[i] = None  # type: ignore[call-overload]

    def close(self) -> None:
        self._client.close()


def _call(function: Callable[[Any], Any], chunk: Any) -> Any:
    return function(chunk)
