"""Promotion: a version that the gates let pass gets its record, files and alias; one that cannot changes nothing."""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from model import cli
from model.config import read_config
from model.dataset import Dataset
from model.errors import RegistryError
from model.evaluation import Evaluation
from model.fitting import Fit
from model.judged import Judged
from model.promotion import Promoting, finish, promote, roll_back
from model.promotion_records import history, put
from model.registry import CARD_FILE, Registry
from model.serving_files import Targets
from model.store import Store, open_store
from model.table import CoefficientTable
from tests.model.promoting import TEMPLATES, WHY, register_another

OVERLAYS = TEMPLATES.parent / "manifests" / "overlays"


def files_of(registry: Registry, version: str) -> Path:
    return Path(registry.storage_uri(version).removeprefix("file://"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_promotion_writes_what_serving_needs_and_sets_the_alias(
    at: Promoting, registry: Registry, trained: Any, tmp_path: Path
) -> None:
    # given a trained version
    serving = tmp_path / "serving"
    # when it is promoted
    promote(at, trained.version, *WHY)
    # then MLServer's settings name its files and version, the card is beside them, and it is the champion
    assert sorted(contents(serving)) == ["card.json", "model-settings.json", "promotion.json", "settings.json"]
    settings = json.loads((serving / "model-settings.json").read_text(encoding="utf-8"))
    assert settings["name"] == "car-price"
    assert settings["implementation"] == "mlserver_mlflow.MLflowRuntime"
    assert settings["parameters"] == {"uri": registry.storage_uri(trained.version), "version": trained.version}
    assert (Path(settings["parameters"]["uri"].removeprefix("file://")) / "MLmodel").is_file()
    assert json.loads((serving / "settings.json").read_text()) == json.loads((TEMPLATES / "settings.json").read_text())
    assert json.loads((serving / "card.json").read_text(encoding="utf-8")) == registry.card(trained.version)
    assert registry.champion() == trained.version


def test_promoting_twice_is_promoting_once(at: Promoting, registry: Registry, trained: Any, tmp_path: Path) -> None:
    """Law: every step is idempotent, so that a broken-off promotion is simply run again."""
    # given a promoted version
    promote(at, trained.version, *WHY)
    before = contents(tmp_path / "serving")
    # when it is promoted again, then not a byte differs
    promote(at, trained.version, *WHY)
    assert contents(tmp_path / "serving") == before
    assert registry.champion() == trained.version


def test_another_version_takes_the_place(
    at: Promoting, registry: Registry, trained: Any, new_version: str, tmp_path: Path
) -> None:
    # given a champion, when another version is promoted and the old one again, then files and alias follow both times
    for version in (trained.version, new_version, trained.version):
        promote(at, version, *WHY)
        settings = json.loads((tmp_path / "serving" / "model-settings.json").read_text(encoding="utf-8"))
        assert settings["parameters"] == {"uri": registry.storage_uri(version), "version": version}
        assert json.loads((tmp_path / "serving" / "card.json").read_text(encoding="utf-8"))["version"] == version
        assert registry.champion() == version


def test_every_promotion_has_a_record(
    at: Promoting, registry: Registry, trained: Any, new_version: str, store: Store, tmp_path: Path
) -> None:
    """Numbers rise by one, each record names the champion before, and what the gateway shows is in the folder."""
    # given a champion of some promotion
    first = promote(at, trained.version, *WHY)
    # when another version is promoted
    second = promote(at, new_version, "someone", "it is better")
    # then its record follows the first, and says who, why, how good, and what the gate found
    assert (second.number, second.version, second.previous) == (first.number + 1, new_version, trained.version)
    assert (second.by, second.reason, second.kind) == ("someone", "it is better", "promote")
    assert second.figures == registry.card(new_version)["figures"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", second.promoted_at)
    assert second.decision is not None and second.decision["gate"] == "refresh"
    assert [record.number for record in history(store)] == [first.number, second.number]
    shown = json.loads((tmp_path / "serving" / "promotion.json").read_text(encoding="utf-8"))
    assert sorted(shown) == ["by", "figures", "number", "previous", "promoted_at", "reason", "version"]
    assert shown["number"] == second.number
    # and where the store was lost, no number is given twice
    elsewhere = replace(at, store=open_store(str(tmp_path / "another")))
    assert promote(elsewhere, trained.version, *WHY, gated=False).number == second.number + 1


def lose_table(files: Path) -> None:
    (files / "artifacts" / "table.json").unlink()


def lose_all(files: Path) -> None:
    lose_table(files)
    (files / "artifacts").rmdir()


def cut_table(files: Path) -> None:
    table = files / "artifacts" / "table.json"
    table.write_text(table.read_text(encoding="utf-8")[:10_000], encoding="utf-8")


def spoil_bytes(files: Path) -> None:
    (files / "artifacts" / "table.json").write_bytes(b"\x80\x04\x95\xff")


def spoil_coefficient(files: Path) -> None:
    table = files / "artifacts" / "table.json"
    raw = json.loads(table.read_text(encoding="utf-8"))
    raw["intercept"] = float("nan")
    table.write_text(json.dumps(raw), encoding="utf-8")


def change_coefficient(files: Path) -> None:
    table = files / "artifacts" / "table.json"
    raw = json.loads(table.read_text(encoding="utf-8"))
    raw["intercept"] += 0.5
    table.write_text(json.dumps(raw), encoding="utf-8")


def other_contract(files: Path) -> None:
    table = files / "artifacts" / "table.json"
    raw = json.loads(table.read_text(encoding="utf-8"))
    raw["schema_digest"] = "0" * 64
    table.write_text(json.dumps(raw), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "exit_code", "told"),
    [
        (lose_table, 1, "has lost its table"),
        (lose_all, 1, "has lost its table"),
        (cut_table, 4, "the table cannot be read"),
        (spoil_bytes, 4, "cannot be read"),
        (spoil_coefficient, 4, "the table cannot be read"),
        (change_coefficient, 4, "was changed since it was trained"),
        (other_contract, 4, "other features or outputs"),
    ],
)
def test_a_version_that_cannot_be_served_changes_nothing(
    at: Promoting, registry: Registry, trained: Any, new_version: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None], exit_code: int, told: str,
) -> None:  # fmt: skip
    """Law: the champion and its files stay, the command fails, and says why in one line."""
    # given a champion, and a further version whose table is lost or corrupt
    serving = tmp_path / "serving"
    promote(at, trained.version, *WHY)
    before = contents(serving)
    spoil(files_of(registry, new_version))
    capsys.readouterr()
    # when the further version is promoted by the command
    command = ["promote", "--version", new_version, "--serving-dir", str(serving), "--templates", str(TEMPLATES)]
    code = cli.main(command)
    # then nothing has changed, and the reason is told
    assert code == exit_code
    assert contents(serving) == before
    assert registry.champion() == trained.version
    message = capsys.readouterr().err.strip()
    assert message.startswith("dealership-model: ")
    assert told in message
    assert "\n" not in message


@pytest.mark.parametrize("version", ["4711", "champion"])
def test_a_version_that_does_not_exist_changes_nothing(
    at: Promoting, registry: Registry, trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    # given a champion
    serving = tmp_path / "serving"
    promote(at, trained.version, *WHY)
    before = contents(serving)
    # when a version that nobody trained is promoted by the command
    code = cli.main(["promote", "--version", version, "--serving-dir", str(serving), "--templates", str(TEMPLATES)])
    # then nothing has changed, and its absence is told
    assert code == 1
    assert contents(serving) == before
    assert registry.champion() == trained.version
    assert f"has no version {version} of car-price" in capsys.readouterr().err


def test_a_refused_first_promotion_makes_no_folder(registry: Registry, new_version: str, tmp_path: Path) -> None:
    # given no serving folder, when a spoilt version is promoted, then there is still none
    lose_table(files_of(registry, new_version))
    serving = tmp_path / "serving"
    assert cli.main(["promote", "--version", new_version, "--serving-dir", str(serving)]) == 1
    assert not serving.exists()


@pytest.mark.parametrize("content", [None, b"{", b"\xff"], ids=["lost", "cut", "garbage"])
def test_a_version_without_a_sound_card_changes_nothing(
    at: Promoting, registry: Registry, trained: Any, new_version: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
) -> None:  # fmt: skip
    """The gateway works by the card alone: without it a version cannot be shown."""
    # given a champion, and a further version whose card is lost or broken
    promote(at, trained.version, *WHY)
    before = contents(tmp_path / "serving")
    (card,) = (path for path in trained.var.rglob(CARD_FILE) if json.loads(path.read_bytes())["version"] == new_version)
    original = card.read_bytes()
    card.unlink() if content is None else card.write_bytes(content)
    capsys.readouterr()
    # when the further version is promoted
    code = cli.main(["promote", "--version", new_version, "--serving-dir", str(tmp_path / "serving"),
                     "--templates", str(TEMPLATES)])  # fmt: skip
    card.write_bytes(original)
    # then nothing has changed, and the card is named
    assert code == 1
    assert contents(tmp_path / "serving") == before
    assert registry.champion() == trained.version
    assert "card" in capsys.readouterr().err


def test_lost_templates_are_named(
    at: Promoting, registry: Registry, trained: Any, new_version: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str]
) -> None:
    # given a champion and a folder without templates
    promote(at, trained.version, *WHY)
    # when another version is promoted by them
    code = cli.main(["promote", "--version", new_version, "--serving-dir", str(tmp_path / "new"),
                     "--templates", str(tmp_path)])  # fmt: skip
    # then the command fails, names the file, and changes nothing
    assert code == 1
    assert "model-settings.json" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
    assert registry.champion() == trained.version


def test_what_the_gates_refuse_changes_nothing(
    at: Promoting, registry: Registry, trained: Any, dataset: Dataset, evaluation: Evaluation, fitted: Fit,
    table: CoefficientTable, evidence: Judged, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    # given a champion, and a version that prices unseen cars worse
    promote(at, trained.version, *WHY)
    before = contents(tmp_path / "serving")
    rows = evidence.rows
    worse = Judged(rows.assign(log_price=rows["log_price"] + 0.1))
    version = register_another(read_config(), dataset, evaluation, fitted, table, worse)
    command = ["--serving-dir", str(tmp_path / "serving"), "--templates", str(TEMPLATES)]
    # when it is promoted, then it is refused with the rule and by how much
    capsys.readouterr()
    assert cli.main(["promote", "--version", version, *command]) == 5
    assert "new data is not worse: +" in capsys.readouterr().err
    assert contents(tmp_path / "serving") == before
    assert registry.champion() == trained.version
    # and a dry run says the same, as JSON and as a comparison to read
    report = tmp_path / "reports" / "comparison.md"
    assert cli.main(["gate", "--challenger", version, "--json", "--markdown", str(report)]) == 5
    assert json.loads(capsys.readouterr().out)["passed"] is False
    assert f"## Version {version} is refused" in report.read_text(encoding="utf-8")
    # but whoever insists has his way, and the record tells of it
    assert cli.main(["promote", "--version", version, "--ungated", "--by", "boss", *command]) == 0
    assert cli.main(["history"]) == 0
    assert "boss: not said (no gate)" in capsys.readouterr().out


class Killed(BaseException):
    """The process ends here."""


class DiesAt:
    """A registry whose user is killed when it is to set the alias."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def __getattr__(self, name: str) -> Any:
        return getattr(self._registry, name)

    def set_champion(self, version: str, promotion: int) -> None:
        raise Killed


class Away(DiesAt):
    """A registry that cannot be reached for the alias."""

    def set_champion(self, version: str, promotion: int) -> None:
        raise RegistryError("the registry is away")


def test_a_killed_promotion_is_finished_by_running_it_again(
    at: Promoting, registry: Registry, trained: Any, new_version: str, tmp_path: Path
) -> None:
    # given a promotion that was killed before its files and alias were written
    promote(at, trained.version, *WHY)
    nowhere = replace(at, registry=DiesAt(registry), targets=Targets())  # type: ignore[arg-type]
    with pytest.raises(Killed):
        promote(nowhere, new_version, *WHY)
    assert registry.champion() == trained.version
    assert cli.main(["verify", "--serving-dir", str(tmp_path / "serving"), "--templates", str(TEMPLATES)]) == 1
    # when it is run again
    record = promote(at, new_version, *WHY)
    # then it is the same promotion, and all of it stands
    assert [each.number for each in history(at.store)] == [record.number - 1, record.number]
    assert registry.champion() == new_version
    assert cli.main(["verify", "--serving-dir", str(tmp_path / "serving"), "--templates", str(TEMPLATES)]) == 0


def test_a_killed_promotion_is_undone_by_a_rollback(
    at: Promoting, registry: Registry, trained: Any, new_version: str, tmp_path: Path
) -> None:
    # given a promotion that was killed
    promote(at, trained.version, *WHY)
    with pytest.raises(Killed):
        promote(replace(at, registry=DiesAt(registry)), new_version, *WHY)  # type: ignore[arg-type]
    # when it is rolled back
    command = ["--serving-dir", str(tmp_path / "serving"), "--templates", str(TEMPLATES)]
    assert cli.main(["rollback", "--reason", "undo", *command]) == 0
    # then the champion before it is the champion, and the history tells of both
    assert registry.champion() == trained.version
    assert [each.version for each in history(at.store)] == [trained.version, new_version, trained.version]
    assert cli.main(["verify", *command]) == 0


def test_a_rollback_needs_no_tracking_server(
    at: Promoting, registry: Registry, trained: Any, new_version: str, tmp_path: Path
) -> None:
    """What serves follows at once; the alias is told of as soon as there is a server again."""
    # given two promotions, and a tracking server that is away
    promote(at, trained.version, *WHY)
    promote(at, new_version, *WHY)
    said: list[str] = []
    roll_back(replace(at, registry=Away(registry), tell=said.append), None, *WHY)  # type: ignore[arg-type]
    # then the earlier version serves
    settings = json.loads((tmp_path / "serving" / "model-settings.json").read_text(encoding="utf-8"))
    assert settings["parameters"]["version"] == trained.version
    assert "the registry is away" in said[0]
    assert registry.champion() == new_version
    # and when it is there again, finishing sets the alias
    finish(at, history(at.store)[-1])
    assert registry.champion() == trained.version


def test_a_rollback_goes_only_to_what_was_promoted_and_is_unchanged(
    at: Promoting, registry: Registry, trained: Any, new_version: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # given nothing before the champion, then there is nothing to go back to
    assert cli.main(["rollback"]) == 1
    promote(at, new_version, *WHY)
    assert cli.main(["rollback"]) == 1
    assert cli.main(["rollback", "--to", trained.version]) == 1
    assert f"no earlier champion of version {trained.version}" in capsys.readouterr().err
    # and where the earlier champion's files were changed, it is refused
    promote(at, trained.version, *WHY)
    change_coefficient(files_of(registry, new_version))
    assert cli.main(["rollback", "--to", new_version]) == 4
    assert "are not those of version" in capsys.readouterr().err
    assert history(at.store)[-1].version == trained.version


def test_a_slow_promotion_does_not_undo_a_newer_one(
    at: Promoting, registry: Registry, trained: Any, new_version: str
) -> None:
    # given a promotion that was overtaken by another while it wrote its files
    slow = promote(at, trained.version, *WHY)
    promote(at, new_version, *WHY)
    # when it goes on, then it leaves all as it is
    said: list[str] = []
    finish(replace(at, tell=said.append), slow)
    assert registry.champion() == new_version
    assert "has overtaken promotion" in said[0]


def test_verify_names_what_differs(
    at: Promoting, registry: Registry, trained: Any, new_version: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    serving = tmp_path / "serving"
    command = ["verify", "--serving-dir", str(serving), "--templates", str(TEMPLATES)]
    assert cli.main(command) == 1
    assert "nothing has been promoted" in capsys.readouterr().out
    # given a champion whose card was lost, whose settings were changed by hand, and whose alias was moved
    record = promote(at, trained.version, *WHY)
    assert cli.main(command) == 0
    (serving / "card.json").unlink()
    (serving / "model-settings.json").write_text("{}", encoding="utf-8")
    registry.set_champion(new_version, record.number)
    # when it is verified, then each is named
    capsys.readouterr()
    assert cli.main(command) == 1
    told = capsys.readouterr().out
    assert "card.json: is missing" in told
    assert "model-settings.json: is not what the record says" in told
    assert f"alias: names version {new_version}" in told


def test_with_a_key_only_signed_versions_are_promoted(
    at: Promoting, registry: Registry, trained: Any, new_version: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    # given a key, and a version that is not signed
    key = tmp_path / "keys" / "signing"
    assert cli.main(["keys", "new", "--out", str(key)]) == 0
    monkeypatch.setenv("DEALERSHIP_PUBLIC_KEY", f"{key}.pub")
    assert cli.main(["promote", "--version", new_version]) == 4
    assert "is not signed" in capsys.readouterr().err
    # when it is signed, then it is promoted, and a server may load it
    assert cli.main(["sign", "--version", new_version, "--key", str(key)]) == 0
    assert cli.main(["promote", "--version", new_version]) == 0
    assert cli.main(["check-files", str(files_of(registry, new_version))]) == 0
    assert cli.main(["verify"]) == 0
    # and another version's signed files do not pass for it
    other = files_of(registry, trained.version)
    assert cli.main(["sign", "--version", trained.version, "--key", str(key)]) == 0
    kept = tmp_path / "kept"
    shutil.copytree(files_of(registry, new_version), kept)
    for name in ("MLmodel", "signature.json", "artifacts/table.json", "conda.yaml", "python_env.yaml"):
        shutil.copy(other / name, files_of(registry, new_version) / name)
    assert cli.main(["promote", "--version", new_version]) == 4
    assert "the signature of version" in capsys.readouterr().err
    (other / "signature.json").unlink()


def test_an_overlay_gets_version_and_address_together(
    at: Promoting, trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a version in a folder, which KServe cannot load, then an overlay refuses it before anything is changed
    overlay = tmp_path / "overlays" / "staging"
    assert cli.main(["promote", "--version", trained.version, "--overlay", str(overlay)]) == 1
    assert "an overlay needs a version at s3://" in capsys.readouterr().err
    assert history(at.store) == []
    # and a record of one in a bucket writes a ConfigMap that kustomize can read
    first = promote(at, trained.version, *WHY)
    record = replace(first, storage_uri="s3://models/1/artifacts", number=first.number + 1)
    put(at.store, record)
    finish(replace(at, targets=Targets(overlays=(overlay,))), record)
    written: Mapping[str, Any] = yaml.safe_load((overlay / "model-version.yaml").read_text(encoding="utf-8"))
    assert (written["kind"], written["metadata"]["name"]) == ("ConfigMap", "model-version")
    assert written["data"] == {
        "name": "car-price", "version": trained.version, "storageUri": "s3://models/1/artifacts",
        "promotion": str(record.number), "filesDigest": record.files_digest,
        "challengerVersion": trained.version, "challengerStorageUri": "s3://models/1/artifacts",
    }  # fmt: skip


def test_the_overlays_hold_what_promotion_writes(at: Promoting, trained: Any, tmp_path: Path) -> None:
    """Before the first promotion too: so the replacements that read it are tested as they will be used."""
    # given what a promotion to an overlay writes
    first = promote(at, trained.version, *WHY)
    record = replace(first, storage_uri="s3://models/1/artifacts", number=first.number + 1)
    put(at.store, record)
    finish(replace(at, targets=Targets(overlays=(tmp_path,))), record)
    written = (tmp_path / "model-version.yaml").read_text(encoding="utf-8")
    # then the files of the checkout's overlays are the same but for the values
    kept = [file.read_text(encoding="utf-8") for file in OVERLAYS.glob("*/model-version.yaml")]
    assert len(kept) >= 2
    assert {without_values(text) for text in kept} == {without_values(written)}


def without_values(text: str) -> str:
    return re.sub(r'"[^"]*"$', "", text, flags=re.MULTILINE)
