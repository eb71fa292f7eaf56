"""Promotion: what makes a registered version the one that is served.

Its steps are each idempotent, and the alias is set last: what `champion` names has its files in place.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from model.card import table_digest
from model.errors import JobError, TableError
from model.registry import Registry
from model.schema.features import MODEL_NAME, schema_digest
from model.table_reading import read_table

TABLE_IN_VERSION = Path("artifacts") / "table.json"


RECORD = "promotion.json"


def promote(registry: Registry, version: str, serving_dir: Path, templates: Path, by: str, reason: str) -> None:
    """Make `version` the champion, and write what an MLServer needs to serve it into serving_dir.

    serving_dir gets settings.json and model-settings.json, from the templates, and for the gateway card.json and
    promotion.json, the record of who promoted it when and why.
    Raises JobError or TableError where the version cannot be served; then nothing is changed.
    """
    uri = registry.storage_uri(version)
    table_file = Path(uri.removeprefix("file://")) / TABLE_IN_VERSION
    try:
        table_json = table_file.read_text(encoding="utf-8")
    except OSError as error:
        raise JobError(f"version {version} of {MODEL_NAME} has lost its table: {error}") from error
    except UnicodeDecodeError as error:
        raise TableError(f"the table of version {version} of {MODEL_NAME} cannot be read: {error}") from error
    read_table(table_json)
    card = registry.card(version)
    if card["table_digest"] != table_digest(table_json):
        raise TableError(f"the table of version {version} of {MODEL_NAME} was changed since it was trained: train anew")
    if card["schema_digest"] != schema_digest():
        raise JobError(f"version {version} was trained for other features or outputs than this code serves: train anew")
    model_settings = json.loads((templates / "model-settings.json").read_text(encoding="utf-8"))
    model_settings["parameters"] = {"uri": uri, "version": version}
    serving_dir.mkdir(parents=True, exist_ok=True)
    _write(serving_dir / "settings.json", json.loads((templates / "settings.json").read_text(encoding="utf-8")))
    _write(serving_dir / "model-settings.json", model_settings)
    _write(serving_dir / "card.json", card)
    record = _record(registry, version, card, serving_dir / RECORD, by, reason)
    _write(serving_dir / RECORD, record)
    registry.set_champion(version, record["number"])


def _record(
    registry: Registry, version: str, card: Mapping[str, Any], file: Path, by: str, reason: str
) -> dict[str, Any]:
    """The record of this promotion: the one that is there, where it is the same promotion that is run again."""
    champion = registry.champion()
    try:
        there = json.loads(file.read_text(encoding="utf-8"))
        number = int(there["number"])
    except (OSError, ValueError, KeyError, TypeError):
        there, number = {}, 0
    if there.get("version") == version and (champion == version or number > registry.promotions()):
        return there
    return {
        # The registry counts, so that no number is given twice where the folder was lost.
        "number": max(number, registry.promotions()) + 1,
        "version": version,
        "previous": champion,
        "promoted_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "by": by,
        "reason": reason,
        "figures": {name: value for name, value in card["figures"].items() if value is not None},
    }


def _write(path: Path, document: object) -> None:
    """Write JSON so that a reader finds the old file or the new one, never half of it."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ": ")) + "\n", encoding="utf-8")
    new.replace(path)
