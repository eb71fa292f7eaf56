"""Promotion: a version that can be served gets its files and the alias; one that cannot changes nothing."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model import cli
from model.config import read_config
from model.dataset import Dataset
from model.evaluation import Evaluation
from model.fitting import Fit
from model.promotion import promote
from model.registry import CARD_FILE, Registry
from model.table import CoefficientTable
from model.training import Data, check_quality, register

TEMPLATES = Path(__file__).resolve().parents[2] / "kserve"
WHY = ("a tester", "to see it served")


@pytest.fixture
def registry(trained: Any, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The registry of the trained version, which commands find too."""
    monkeypatch.setenv("DEALERSHIP_VAR", str(trained.var))
    return Registry(read_config())


@pytest.fixture
def new_version(
    registry: Registry, trained: Any, dataset: Dataset, evaluation: Evaluation, fitted: Fit, table: CoefficientTable
) -> str:
    """A further version, which a test may spoil."""
    config = read_config({"DEALERSHIP_VAR": str(trained.var)})
    quality = check_quality(config, dataset, Data()).document()
    version, _ = register(config, dataset, evaluation, fitted, table, quality=quality, spellings_digest=None)
    return version.version


def files_of(registry: Registry, version: str) -> Path:
    return Path(registry.storage_uri(version).removeprefix("file://"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_promotion_writes_what_serving_needs_and_sets_the_alias(
    registry: Registry, trained: Any, tmp_path: Path
) -> None:
    # given a trained version
    serving = tmp_path / "serving"
    # when it is promoted
    promote(registry, trained.version, serving, TEMPLATES, *WHY)
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


def test_promoting_twice_is_promoting_once(registry: Registry, trained: Any, tmp_path: Path) -> None:
    """Law: every step is idempotent, so that a broken-off promotion is simply run again."""
    # given a promoted version
    promote(registry, trained.version, tmp_path, TEMPLATES, *WHY)
    before = contents(tmp_path)
    # when it is promoted again, then not a byte differs
    promote(registry, trained.version, tmp_path, TEMPLATES, *WHY)
    assert contents(tmp_path) == before
    assert registry.champion() == trained.version


def test_another_version_takes_the_place(registry: Registry, trained: Any, new_version: str, tmp_path: Path) -> None:
    # given a champion, when another version is promoted and the old one again, then files and alias follow both times
    for version in (trained.version, new_version, trained.version):
        promote(registry, version, tmp_path, TEMPLATES, *WHY)
        settings = json.loads((tmp_path / "model-settings.json").read_text(encoding="utf-8"))
        assert settings["parameters"] == {"uri": registry.storage_uri(version), "version": version}
        assert json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))["version"] == version
        assert registry.champion() == version


def test_every_promotion_has_a_record(registry: Registry, trained: Any, new_version: str, tmp_path: Path) -> None:
    """Numbers rise by one, each record names the champion before, and a folder that was lost repeats no number."""
    # given a champion of some promotion
    promote(registry, trained.version, tmp_path / "first", TEMPLATES, *WHY)
    first = json.loads((tmp_path / "first" / "promotion.json").read_text(encoding="utf-8"))
    # when another version is promoted into the same folder
    promote(registry, new_version, tmp_path / "first", TEMPLATES, "someone", "it is better")
    second = json.loads((tmp_path / "first" / "promotion.json").read_text(encoding="utf-8"))
    # then its record follows the first, and says who, why and how good
    assert (second["number"], second["version"]) == (first["number"] + 1, new_version)
    assert (second["previous"], second["by"], second["reason"]) == (trained.version, "someone", "it is better")
    assert second["figures"] == registry.card(new_version)["figures"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", second["promoted_at"])
    # and a promotion into an empty folder has the next number
    promote(registry, trained.version, tmp_path / "second", TEMPLATES, *WHY)
    third = json.loads((tmp_path / "second" / "promotion.json").read_text(encoding="utf-8"))
    assert (third["number"], third["previous"]) == (second["number"] + 1, new_version)


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
    registry: Registry, trained: Any, new_version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None], exit_code: int, told: str,
) -> None:  # fmt: skip
    """Law: the champion and its files stay, the command fails, and says why in one line."""
    # given a champion, and a further version whose table is lost or corrupt
    serving = tmp_path / "serving"
    promote(registry, trained.version, serving, TEMPLATES, *WHY)
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
    registry: Registry, trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    # given a champion
    serving = tmp_path / "serving"
    promote(registry, trained.version, serving, TEMPLATES, *WHY)
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
    registry: Registry, trained: Any, new_version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    content: bytes | None,
) -> None:  # fmt: skip
    """The gateway works by the card alone: without it a version cannot be shown."""
    # given a champion, and a further version whose card is lost or broken
    promote(registry, trained.version, tmp_path / "serving", TEMPLATES, *WHY)
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
    registry: Registry, trained: Any, new_version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a champion and a folder without templates
    promote(registry, trained.version, tmp_path / "serving", TEMPLATES, *WHY)
    # when another version is promoted by them
    code = cli.main(["promote", "--version", new_version, "--serving-dir", str(tmp_path / "new"),
                     "--templates", str(tmp_path)])  # fmt: skip
    # then the command fails, names the file, and changes nothing
    assert code == 1
    assert "model-settings.json" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
    assert registry.champion() == trained.version
