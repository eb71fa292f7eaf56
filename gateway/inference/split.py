"""Which version prices what: the last that is known of the newest rollout, in one object that is replaced whole."""

from dataclasses import dataclass
from hashlib import blake2b

BUCKETS = 10_000
BUCKETS_A_PERCENT = BUCKETS // 100


@dataclass(frozen=True)
class Split:
    """Without a champion, what the first address answers prices everything.

    withheld is a version that gets no more than its share, even where nobody else answers: one that is being tried, or
    was taken back. rollout is the number of the one that is open.
    """

    champion: str | None = None
    challenger: str | None = None
    share_percent: int = 0
    shadow_percent: int = 0
    withheld: str | None = None
    rollout: int | None = None
    slow_s: float = 0.0  # so long may a price take before it counts as slow

    def gives_to_challenger(self, make: str, model: str) -> bool:
        """Whether the challenger prices this model: the same one for whoever asks, in any process, as long as the share
        stays; and once it does, it does so at any higher share.
        """
        return bucket(f"{self.challenger}\0{make}\0{model}") < self.share_percent * BUCKETS_A_PERCENT


def bucket(text: str) -> int:
    """One of BUCKETS, evenly, and always the same for a text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) % BUCKETS
