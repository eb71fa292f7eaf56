"""dealership-model: what a person or a job sees of each command."""

import json
import sys
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd
import pytest

from model import cli
from model.config import read_config
from model.registry import Registry
from model.store import LocalStore
from tests.model.markets import noisy_market, write_market
from tests.model.stopping import stop_when_told
from tests.model.stores import keep, record, records

TEMPLATES = Path(__file__).resolve().parents[2] / "kserve"


def undated(path: Path, rename: dict[str, str] | None = None, seed: int = 0) -> Path:
    """A file of listings without dates, and with other column names. It is of few models, so that it is soon fitted."""
    write_market(path, noisy_market(600, seed), date(2026, 7, 1))
    pd.read_csv(path).drop(columns="listed_on").rename(columns=rename or {}).to_csv(path, index=False)
    return path


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh folder for all state."""
    monkeypatch.setenv("DEALERSHIP_VAR", str(tmp_path / "var"))
    return tmp_path / "var"


def test_a_stopped_training_ends_with_one_line_and_registers_nothing(demo_file: Path, tmp_path: Path) -> None:
    # given a training that somebody stops with Ctrl-C while it cross-validates
    command = [sys.executable, "-m", "model.cli", "train", "--data", str(demo_file)]
    environment = {"DEALERSHIP_VAR": str(tmp_path), "PATH": ""}
    stopped = stop_when_told(command, environment, "fold 1 of 5")
    # then it ends as a shell expects it, with one clear line, and nothing is registered
    assert stopped.returncode == 130
    assert stopped.stderr.splitlines()[-1] == "dealership-model: interrupted"
    assert "Traceback" not in stopped.stderr
    assert stopped.stdout == ""
    assert not list(tmp_path.rglob("table.json"))


@pytest.mark.parametrize(
    "command",
    ["", "train", "check", "compact", "spellings", "card", "keys new", "sign", "check-files", "gate", "promote",
     "rollback", "finish", "history", "verify"],
)  # fmt: skip
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    # given a person who asks, when help is shown, then the command succeeds and says how it is used
    with pytest.raises(SystemExit) as ended:
        cli.main([*command.split(), "--help"])
    assert ended.value.code == 0
    assert "usage: dealership-model" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "COMMAND"),
        (["fly"], "fly"),
        (["train"], "--data"),
        (["train", "--data", "x.csv", "--market-date", "1.7.2021"], "'1.7.2021' is not a date such as 2021-07-01"),
        (["train", "--data", "x.csv@1.7.2021"], "'1.7.2021' is not a date such as 2021-07-01"),
        (["train", "--data"], "--data"),
        (["train", "--data", "x.csv", "--store", "s"], "not allowed with argument"),
        (["train", "--store", "s", "--accept-drift", " "], "a reason is a text"),
        (["check"], "--store"),
        (["compact"], "--store"),
        (["spellings", "--store", "s"], "--file"),
        (["experiments"], "--data"),
        (["demo-market", "--out", "x.csv", "--drift", "much"], "'much' is not a percentage such as 20"),
        (["demo-market", "--out", "x.csv", "--drift=-100%"], "'-100%' is not a percentage above -100"),
        (["demo-market", "--out", "x.csv", "--days", "0"], "'0' is not a number of 1 or more"),
        (["demo-market", "--out", "x.csv", "--rows", "0"], "'0' is not a number of 1 or more"),
        (["demo-market", "--out", "x.csv", "--rows", "many"], "'many' is not a number of 1 or more"),
        (["promote"], "--version"),
        (["gate", "--challenger", "2", "--announce-moves", "much"], "'much' is not a percentage"),
    ],
)
def test_a_wrong_use_is_told(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    # given arguments that make no sense, when they are run, then the command fails and names the one at fault
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_a_demo_market_is_written_where_it_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # given a folder that is not there yet
    out = tmp_path / "new" / "market.csv"
    # when a market is written there
    code = cli.main(["demo-market", "--out", str(out), "--rows", "1200", "--market-date", "2026-07-01"])
    # then the folder and the file are there, and the count is told on standard error
    assert code == 0
    assert len(out.read_text(encoding="utf-8").splitlines()) == 1_201
    told = capsys.readouterr()
    assert told.out == ""
    assert "1,200 invented listings" in told.err


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # given a file where a folder should be, when a market is written into it, then the command fails and names it
    (tmp_path / "file").touch()
    assert cli.main(["demo-market", "--out", str(tmp_path / "file" / "market.csv"), "--rows", "10"]) == 1
    message = capsys.readouterr().err
    assert message.startswith("dealership-model: ")
    assert str(tmp_path / "file") in message


def test_train_prints_one_line_of_json(trained: Any) -> None:
    """What the local runner and CI read."""
    # given the command's standard output, when it is read, then it is one line: the version and its figures
    assert trained.printed.count("\n") == 1
    printed = json.loads(trained.printed)
    assert set(printed) == {"name", "version", "figures"}
    assert (printed["name"], printed["version"]) == ("car-price", "1")
    card: Any = Registry(read_config({"DEALERSHIP_VAR": str(trained.var)})).card("1")
    assert printed["figures"] == card["figures"]


def test_train_by_a_mapping_and_a_market_date(
    var: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # given listings without dates under other names, and a mapping for them
    data = undated(tmp_path / "cars.csv", {"price_eur": "Preis", "gearbox": "Getriebe"})
    (tmp_path / "mapping.json").write_text('{"price_eur": "Preis", "gearbox": "Getriebe"}', encoding="utf-8")
    # when a version is trained on them as of a date
    code = cli.main(["train", "--data", str(data), "--market-date", "2026-07-01",
                     "--mapping", str(tmp_path / "mapping.json")])  # fmt: skip
    # then it is registered, and its card says of which date, and that nothing was invented
    assert code == 0
    told = capsys.readouterr()
    assert told.out == "registered car-price version 1\n"
    assert "cross-validated: MAE" in told.err
    card: Any = Registry(read_config()).card("1")
    assert card["data"]["market_as_of"] == "2026-07-01"
    assert card["data"]["synthetic"] is False


def test_train_on_several_files_each_of_its_day(
    var: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # given two files without dates, one of them with an @ in its name
    old, new = undated(tmp_path / "old.csv"), undated(tmp_path / "n@w.csv", seed=1)
    # when a version is trained on them, one as of its own date and one as of the market's
    code = cli.main(["train", "--data", f"{old}@2025-07-01", str(new), "--market-date", "2026-07-01", "--synthetic"])
    # then it is of the newer day, and reaches back to the older one
    assert code == 0, capsys.readouterr().err
    card: Any = Registry(read_config()).card("1")
    data = card["data"]
    assert (data["name"], data["market_as_of"], data["rows_read"]) == ("old.csv + n@w.csv", "2026-07-01", 1_200)
    assert data["oldest_listing"] == card["market_index"][-1]["date"] == "2025-07-01"
    assert data["synthetic"] is True


def test_a_market_can_be_told_to_drift(tmp_path: Path) -> None:
    # given a flat market and one that rises, of the same seed, when both are written over a year
    for name, drift in (("flat", "0"), ("rising", "50%")):
        assert cli.main(["demo-market", "--out", str(tmp_path / name), "--rows", "2000", "--days", "365",
                         "--market-date", "2026-07-01", "--drift", drift]) == 0  # fmt: skip
    # then the old listings of the rising one are cheaper, and the new ones are not
    flat, rising = ((tmp_path / name).read_text(encoding="utf-8").splitlines()[1:] for name in ("flat", "rising"))
    pairs = [(one.split(","), other.split(",")) for one, other in zip(flat, rising, strict=True)]
    old = [int(other[-1]) / int(one[-1]) for one, other in pairs if one[0] < "2025-08-01" and int(one[-1]) > 5_000]
    new = [int(other[-1]) / int(one[-1]) for one, other in pairs if one[0] > "2026-06-01" and int(one[-1]) > 5_000]
    assert median(old) == pytest.approx(1 / 1.5, rel=0.03)
    assert median(new) == pytest.approx(1, rel=0.03)


def test_data_that_cannot_be_used_ends_with_2(
    var: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a broken file, and none, when a version is trained on them, then the command ends with 2 and says why
    (tmp_path / "cars.csv").write_text("make;model\nVW;Golf\n", encoding="utf-8")
    for name, told in (("cars.csv", "line 1: no column for fuel, gearbox"), ("none.csv", "cannot be read")):
        assert cli.main(["train", "--data", str(tmp_path / name), "--market-date", "2021-07-01"]) == 2
        message = capsys.readouterr()
        assert told in message.err
        assert "Traceback" not in message.err
        assert message.out == ""


def test_a_bad_mapping_ends_with_2(
    var: Path, demo_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a mapping that is none, when a version is trained by it, then the command ends with 2 and names it
    (tmp_path / "mapping.json").write_text("price: Preis", encoding="utf-8")
    assert cli.main(["train", "--data", str(demo_file), "--mapping", str(tmp_path / "mapping.json")]) == 2
    assert "mapping.json cannot be read" in capsys.readouterr().err


def test_a_missing_market_date_ends_with_3(
    var: Path, demo_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The local runner asks for the date when it sees this code."""
    # given listings without dates, when a version is trained on them, then the command ends with 3 and asks
    assert cli.main(["train", "--data", str(undated(tmp_path / "cars.csv"))]) == 3
    assert "--market-date 2021-07-01" in capsys.readouterr().err


def test_the_card_of_a_version_is_printed(
    trained: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    # given a promoted version
    monkeypatch.setenv("DEALERSHIP_VAR", str(trained.var))
    promotion = ["promote", "--version", trained.version, "--serving-dir", str(tmp_path), "--templates", str(TEMPLATES)]
    assert cli.main(promotion) == 0
    assert f"version {trained.version} is the champion" in capsys.readouterr().err
    # when its card is asked for, by number and as the champion, then it is printed as JSON
    for arguments in (["card", "--version", trained.version], ["card"]):
        assert cli.main(arguments) == 0
        assert json.loads(capsys.readouterr().out)["version"] == trained.version


def test_without_a_champion_there_is_no_card_to_print(var: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # given a fresh registry, when the champion's card is asked for, then the command fails and says what to do
    assert cli.main(["card"]) == 1
    told = capsys.readouterr()
    assert told.err.strip() == "dealership-model: no version has been promoted yet; name one with --version"
    assert told.out == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--store", "s", "--feedback", "f"], "--feedback cannot be used with --store"),
        (["--store", "s", "--market-date", "2021-07-01", "--mapping", "m"],
         "--market-date and --mapping cannot be used with --store"),
        (["--data", "x.csv", "--source", "site"], "--source cannot be used with --data"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_told(
    var: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", *arguments]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("command", [["train"], ["check"], ["compact"], ["spellings", "--file", "none.json"]])
def test_a_store_that_is_not_there_ends_with_2(
    var: Path, tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*command, "--store", str(tmp_path / "none")]) == 2
    assert "the store has no complete manifest" in capsys.readouterr().err
    assert not (tmp_path / "none").exists() and not Path("none.json").exists()


def test_data_can_be_checked_without_a_training(
    var: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For people, and for machines; 2 says that training would refuse."""
    # given a sound store, and one of which half cannot be read
    for name, rows in (("sound", records()), ("broken", [*records(), *records(600, price_eur="1")])):
        keep(LocalStore(tmp_path / name), "site", rows)
    # when they are checked, then the one passes, and the other is refused, with the rule and the share
    assert cli.main(["check", "--store", str(tmp_path / "sound"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["accepted"] is True
    assert {finding["rule"] for finding in document["findings"]} >= {"schema", "unusable rows", "freshness"}
    assert cli.main(["check", "--store", str(tmp_path / "broken"), "--source", "site"]) == 2
    told = capsys.readouterr()
    assert "  refusal: site: 50.0% of its rows cannot be used (0.5 or more is refused)" in told.out.splitlines()
    assert "not fit to train on" in told.err
    # and training ends the same way, before it fits anything
    assert cli.main(["train", "--store", str(tmp_path / "broken")]) == 2
    assert "cross-validating" not in capsys.readouterr().err
    assert not var.exists()


def test_a_store_is_compacted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # given a store, when it is compacted, dry, then really, then again, then each time what was done is told
    keep(LocalStore(tmp_path), "site", records())
    assert cli.main(["compact", "--store", str(tmp_path), "--dry-run"]) == 0
    told = capsys.readouterr()
    assert told.out == "600 records: 1 would be written, 0 kept, 0 would be deleted\n"
    assert told.err == "1 of 1: site, 2026-06-01, 600 records\n"
    for done in ({"written": 1, "kept": 0}, {"written": 0, "kept": 1}):
        assert cli.main(["compact", "--store", str(tmp_path), "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == done | {"deleted": 0, "records": 600}


def test_spellings_are_proposed_and_applied(var: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A person decides in the file; the data are then read so, and nothing is proposed twice."""
    # given a store with two slips, when spellings are asked for, then both are proposed
    file = tmp_path / "spellings.json"
    keep(LocalStore(tmp_path / "store"), "site", [*records(), record(601, model="Gofl"), record(602, model="Golf VII")])
    ask = ["spellings", "--store", str(tmp_path / "store"), "--file", str(file)]
    assert cli.main(ask) == 0
    assert "2 proposals to decide" in capsys.readouterr().err
    entries = json.loads(file.read_text(encoding="utf-8"))
    assert [(entry["model"], entry["approved"]) for entry in entries] == [("Gofl", None), ("Golf VII", None)]
    # and when one is approved and the other rejected, then there is nothing more to decide
    decided = [entry | {"approved": entry["model"] == "Gofl"} for entry in entries]
    file.write_text(json.dumps(decided), encoding="utf-8")
    assert cli.main(ask) == 0
    assert "0 proposals to decide" in capsys.readouterr().err
    assert json.loads(file.read_text(encoding="utf-8")) == decided
    # and a file that is broken is not written over
    file.write_text("mine", encoding="utf-8")
    assert cli.main(ask) == 2
    assert file.read_text(encoding="utf-8") == "mine"
