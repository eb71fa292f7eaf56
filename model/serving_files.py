"""What follows from the records of promotion on the disk: MLServer's settings, the gateway's card and record, the
overlays' model-version.yaml. Each is a function of the records alone, so that writing it again changes nothing.
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
    """Where files go: an MLServer's folder, with the templates of its settings, and overlays of the manifests. What a
    second MLServer serves while a canary is baked goes beside the first one's folder.
    """

    serving_dir: Path | None = None
    templates: Path = Path("kserve")
    overlays: tuple[Path, ...] = ()

    @property
    def challenger_dir(self) -> Path | None:
        return self.serving_dir and self.serving_dir.with_name(f"{self.serving_dir.name}-challenger")

    def check(self, storage_uri: str) -> None:
        """Raise JobError where an overlay could not load what is at this address."""
        if self.overlays and not storage_uri.startswith(KSERVE_LOADS):
            raise JobError(
                f"an overlay needs a version at {KSERVE_LOADS}..., which KServe loads; this one is at {storage_uri} "
                "(set DEALERSHIP_ARTIFACT_ROOT before training)"
            )


@dataclass(frozen=True)
class Served:
    """A version that is to be served: the record that says so, and its card."""

    record: Record
    card: Mapping[str, Any]


def contents(targets: Targets, champion: Served, challenger: Served | None = None) -> dict[Path, str | None]:
    """Each file with what belongs into it, in the order of writing; None where there must be none. Raises OSError
    where a template is missing.
    """
    files: dict[Path, str | None] = {}
    if targets.serving_dir is not None and targets.challenger_dir is not None:
        files |= model_server_files(targets.serving_dir, targets.templates, champion)
        files[targets.serving_dir / "promotion.json"] = _json(champion.record.published())
        second = model_server_files(targets.challenger_dir, targets.templates, challenger or champion)
        files |= second if challenger else dict.fromkeys(second)
    model_version = _model_version(champion.record, (challenger or champion).record)
    return files | {overlay / MODEL_VERSION_FILE: model_version for overlay in targets.overlays}


def model_server_files(folder: Path, templates: Path, served: Served) -> dict[Path, str]:
    """What an MLServer that serves this version starts from, and the card that the gateway knows it by."""
    model_settings = json.loads((templates / "model-settings.json").read_text(encoding="utf-8"))
    settings = json.loads((templates / "settings.json").read_text(encoding="utf-8"))
    model_settings["parameters"] = {"uri": served.record.storage_uri, "version": served.record.version}
    return {
        folder / "card.json": _json(served.card),
        folder / "settings.json": _json(settings),
        folder / "model-settings.json": _json(model_settings),
    }


def write(path: Path, content: str | None) -> None:
    """Write so that a reader finds the old file or the new one, never half of it; the same content is left alone."""
    if read(path) == content:
        return
    if content is None:
        path.unlink()
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


def _model_version(record: Record, challenger: Record) -> str:
    """A ConfigMap that kustomize replacements take versions and addresses from: always of one promotion together.
    Where no challenger is tried the champion stands in its place, so that whatever takes it can be rendered.
    """
    said = {
        "name": MODEL_NAME,
        "version": record.version,
        "storageUri": record.storage_uri,
        "promotion": str(record.number),
        "filesDigest": record.files_digest,
        "challengerVersion": challenger.version,
        "challengerStorageUri": challenger.storage_uri,
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
