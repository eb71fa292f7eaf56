"""What follows from a promotion's record on the disk: MLServer's settings, the gateway's card and record, the overlays'
model-version.yaml. Each is a function of the record alone, so that writing it again changes nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.errors import JobError
from model.promotion_records import Record
from model.schema.features import MODEL_NAME

MODEL_VERSION_FILE = "model-version.yaml"
KSERVE_LOADS = "s3://"


@dataclass(frozen=True)
class Targets:
    """Where files go: an MLServer's folder, with the templates of its settings, and overlays of the manifests."""

    serving_dir: Path | None = None
    templates: Path = Path("kserve")
    overlays: tuple[Path, ...] = ()

    def check(self, storage_uri: str) -> None:
        """Raise JobError where an overlay could not load what is at this address."""
        if self.overlays and not storage_uri.startswith(KSERVE_LOADS):
            raise JobError(
                f"an overlay needs a version at {KSERVE_LOADS}..., which KServe loads; this one is at {storage_uri} "
                "(set DEALERSHIP_ARTIFACT_ROOT before training)"
            )


def contents(targets: Targets, record: Record, card: Mapping[str, Any]) -> dict[Path, str]:
    """Each file with what belongs into it, in the order of writing. Raises OSError where a template is missing."""
    files = {}
    if targets.serving_dir is not None:
        model_settings = json.loads((targets.templates / "model-settings.json").read_text(encoding="utf-8"))
        settings = json.loads((targets.templates / "settings.json").read_text(encoding="utf-8"))
        model_settings["parameters"] = {"uri": record.storage_uri, "version": record.version}
        files = {
            targets.serving_dir / "card.json": _json(card),
            targets.serving_dir / "settings.json": _json(settings),
            targets.serving_dir / "model-settings.json": _json(model_settings),
            targets.serving_dir / "promotion.json": _json(record.published()),
        }
    return files | {overlay / MODEL_VERSION_FILE: _model_version(record) for overlay in targets.overlays}


def write(path: Path, content: str) -> None:
    """Write so that a reader finds the old file or the new one, never half of it; the same content is left alone."""
    if read(path) == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(content, encoding="utf-8")
    new.replace(path)


def read(path: Path) -> str | None:
    """A file's content, None where there is no such file, or none that we wrote."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ": ")) + "\n"


def _model_version(record: Record) -> str:
    """A ConfigMap that kustomize replacements take version and address from: always of one promotion together."""
    said = {
        "name": MODEL_NAME,
        "version": record.version,
        "storageUri": record.storage_uri,
        "promotion": str(record.number),
        "filesDigest": record.files_digest,
    }
    lines = [
        "# Written by dealership-model promote and rollback; not by hand.",
        "apiVersion: v1",
        "kind: ConfigMap",
        "metadata:",
        "  name: model-version",
        "data:",
        *(f"  {name}: {json.dumps(value)}" for name, value in said.items()),
    ]
    return "\n".join(lines) + "\n"
