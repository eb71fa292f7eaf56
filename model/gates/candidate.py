"""What a gate knows of a version."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.judged import Judged
from model.table import CoefficientTable


@dataclass(frozen=True)
class Candidate:
    """A version with its card and its evidence.

    recipe is the digest of its recipe, None where its training named none; table is None where it is of another
    contract than this code's; judged is None where its training logged none.
    """

    version: str
    card: Mapping[str, Any]
    recipe: str | None
    table: CoefficientTable | None
    judged: Judged | None
