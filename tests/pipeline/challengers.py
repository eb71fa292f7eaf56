"""python -m tests.pipeline.challengers KIND...: register versions that each differ from the champion in one thing.

Prints their numbers, one a line. Their evidence is the champion's own, changed, so that nothing has to be trained to
see what the gates say of it. Run in the model's environment, with DEALERSHIP_VAR; the versions are unsigned.
"""

import hashlib
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from model.config import read_config
from model.judged import JUDGED_FILE, Judged, read_judged
from model.registry import Registry

Rows: TypeAlias = pd.DataFrame
Table: TypeAlias = dict[str, Any]


def errors_times(factor: Callable[[Rows], Any]) -> Callable[[Rows], Rows]:
    """The cross-validated log errors times what this gives for the rows."""

    def change(rows: Rows) -> Rows:
        price = np.log(rows["price_eur"])
        return rows.assign(log_price=price + (rows["log_price"] - price) * factor(rows))

    return change


def of_diesels(rows: Rows) -> np.ndarray:
    """Better over all, and worse where the fuel is diesel."""
    return np.where(rows["fuel"] == "diesel", 1.1, 0.85)


def dearer_with_age(table: Table) -> None:
    for term in table["terms"]:
        if term["axis"] == "age_years":
            term["tree"] = turned(term["tree"])


def turned(tree: Any) -> Any:
    """A term's curves the other way round."""
    if isinstance(tree, dict):
        return {word: turned(branch) for word, branch in tree.items()}
    return [-level for level in tree]


def dearer(table: Table) -> None:
    table["intercept"] += 0.3


def as_it_is(rows: Rows) -> Rows:
    return rows


def unchanged(_: Table) -> None:
    pass


# How the errors, the table and the card differ.
KINDS: dict[str, tuple[Callable[[Rows], Rows], Callable[[Table], None], dict[str, Any]]] = {
    "better": (errors_times(lambda _: 0.95), unchanged, {}),
    "equal": (as_it_is, unchanged, {}),
    "worse": (errors_times(lambda _: 1.05), unchanged, {}),
    "segment": (errors_times(of_diesels), unchanged, {}),
    "wrong-way": (errors_times(lambda _: 0.95), dearer_with_age, {}),
    "old-schema": (errors_times(lambda _: 0.95), unchanged, {"schema_digest": "0" * 64}),
    "dearer": (errors_times(lambda _: 0.95), dearer, {}),
}


def main(kind: str) -> str:
    registry = Registry(read_config())
    champion = registry.champion()
    assert champion is not None
    judged = registry.run_file(champion, JUDGED_FILE)
    assert judged is not None
    of_errors, of_table, of_card = KINDS[kind]
    table = json.loads((registry.files(champion) / "artifacts" / "table.json").read_text(encoding="utf-8"))
    of_table(table)
    with tempfile.TemporaryDirectory() as folder:
        table_file, judged_file = Path(folder, "table.json"), Path(folder, JUDGED_FILE)
        table_file.write_text(json.dumps(table), encoding="utf-8")
        Judged(of_errors(read_judged(judged).rows)).write(judged_file)
        version = registry.log(table_file, {"recipe_digest": kind}, {}, {}, [judged_file])
        digest = hashlib.sha256(table_file.read_bytes()).hexdigest()
    registry.log_card(version, registry.card(champion) | {"version": version.version, "table_digest": digest} | of_card)
    return version.version


if __name__ == "__main__":
    for each in sys.argv[1:]:
        print(main(each), flush=True)
