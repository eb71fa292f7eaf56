"""dealership-gateway: what each command does, and how it ends."""

import io
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from gateway.db.tables import METADATA
from tests.gateway import market

TABLES = {"alembic_version", *METADATA.tables}
NEWEST_TABLES = {"input_count"}  # of the last migration


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The database that the environment names; it does not exist yet."""
    path = tmp_path / "gateway.db"
    monkeypatch.setenv("GATEWAY_DATABASE_URL", f"sqlite:///{path}")
    return path


@pytest.fixture
def card_file(tmp_path: Path) -> Path:
    path = tmp_path / "card.json"
    path.write_text(json.dumps(market.card()), encoding="utf-8")
    return path


def tables(database: Path) -> set[str]:
    ours = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    with sqlite3.connect(database) as connection:
        return {name for (name,) in connection.execute(ours)}


def versions(database: Path) -> list[str]:
    with sqlite3.connect(database) as connection:
        return [version for (version,) in connection.execute("SELECT version FROM card ORDER BY sequence")]


def test_db_upgrade_makes_the_tables_and_may_be_repeated(database: Path) -> None:
    """Every deployment runs it first."""
    # given no database, when it is upgraded, twice
    first, second = main(["db", "upgrade"]), main(["db", "upgrade"])
    # then the tables are there
    assert (first, second) == (0, 0)
    assert tables(database) == TABLES


@pytest.mark.parametrize("revision, left", [([], TABLES - NEWEST_TABLES), (["base"], {"alembic_version"})])
def test_db_downgrade_takes_them_back(database: Path, revision: list[str], left: set[str]) -> None:
    """A deployment can be taken back, one migration or all; the tables can be made again after it."""
    # given a migrated database
    main(["db", "upgrade"])
    # when it is downgraded, then the tables are gone, and can be made again
    assert main(["db", "downgrade", *revision]) == 0
    assert tables(database) == left
    assert main(["db", "upgrade"]) == 0
    assert tables(database) == TABLES


def test_a_card_is_published_and_published_again(database: Path, card_file: Path, capsys: Any) -> None:
    """A promotion that is repeated does no harm."""
    # given a migrated database
    main(["db", "upgrade"])
    # when a card is put twice
    assert [main(["card", "put", str(card_file)]) for _ in range(2)] == [0, 0]
    # then it is there once, and both were told
    assert versions(database) == ["1"]
    said = capsys.readouterr().err
    assert "card of version 1 published" in said and "card of version 1 was published before" in said


def test_a_card_may_come_by_standard_input(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the end of a pipe."""
    # given a card on standard input
    main(["db", "upgrade"])
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(market.card("7"))))
    # when it is put, then it is there
    assert main(["card", "put", "-"]) == 0
    assert versions(database) == ["7"]


def test_another_card_of_a_version_is_refused(database: Path, card_file: Path, capsys: Any) -> None:
    """Exit code 1, with the reason; the first stays."""
    # given a published card
    main(["db", "upgrade"])
    main(["card", "put", str(card_file)])
    # when the version comes with another
    card_file.write_text(json.dumps(market.card(table_digest="f" * 64)), encoding="utf-8")
    # then it is refused
    assert main(["card", "put", str(card_file)]) == 1
    assert "version 1 has another card already" in capsys.readouterr().err
    assert versions(database) == ["1"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 2), ("no JSON", 2), ("{", 2), ("\ufeff{}", 2), ("[]", 1), ("{}", 1),
        ('{"format": 1, "name": "car-price"}', 1),
    ],
)  # fmt: skip
def test_what_is_no_card_is_not_published(
    database: Path, card_file: Path, capsys: Any, text: str, code: int
) -> None:
    """One line says why, and no traceback."""
    # given a file that is no card
    main(["db", "upgrade"])
    card_file.write_text(text, encoding="utf-8")
    capsys.readouterr()
    # when it is put, then it is refused
    assert main(["card", "put", str(card_file)]) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("dealership-gateway: ")
    assert versions(database) == []


def test_a_card_file_that_is_not_utf_8_is_refused(database: Path, card_file: Path, capsys: Any) -> None:
    """Bytes that are no text are no card."""
    # given such a file, when it is put, then it is refused
    main(["db", "upgrade"])
    card_file.write_bytes(b"\xff\xfe")
    assert main(["card", "put", str(card_file)]) in (1, 2)
    assert "Traceback" not in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(database: Path, tmp_path: Path, capsys: Any) -> None:
    """Exit code 1, with its name."""
    # given no such file, when it is put, then it is named
    main(["db", "upgrade"])
    assert main(["card", "put", str(tmp_path / "nothing.json")]) == 1
    assert "nothing.json" in capsys.readouterr().err


def test_a_database_without_tables_is_told(database: Path, card_file: Path, capsys: Any) -> None:
    """A card that is put before the database is migrated: what the database says, in one line."""
    # given no tables, when a card is put, then that is said
    assert main(["card", "put", str(card_file)]) == 1
    said = capsys.readouterr().err
    assert "no such table: card" in said and "Traceback" not in said


@pytest.mark.parametrize("command", [["db", "upgrade"], ["db", "downgrade"], ["card", "put", "x"], ["serve"]])
def test_without_a_database_the_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, card_file: Path, capsys: Any, command: list[str]
) -> None:
    """A wrong configuration is exit code 2, before anything is done."""
    # given no database in the environment
    monkeypatch.delenv("GATEWAY_DATABASE_URL", raising=False)
    command = [str(card_file) if word == "x" else word for word in command]
    # when a command is run, then the variable is named
    assert main(command) == 2
    assert "GATEWAY_DATABASE_URL is not set" in capsys.readouterr().err


def test_an_address_that_is_none_is_a_wrong_configuration(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Neither a traceback nor a guess."""
    # given an address that is none, when a command is run, then the variable is named
    monkeypatch.setenv("GATEWAY_DATABASE_URL", "gateway.db")
    assert main(["db", "upgrade"]) == 2
    assert "GATEWAY_DATABASE_URL" in capsys.readouterr().err


def test_a_database_that_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Exit code 1, in one line."""
    # given a folder that is not there, when the database is upgraded, then that is said
    monkeypatch.setenv("GATEWAY_DATABASE_URL", "sqlite:////no/such/folder/gateway.db")
    assert main(["db", "upgrade"]) == 1
    assert "unable to open database file" in capsys.readouterr().err


def test_prune_prints_what_it_removes(database: Path, capsys: Any) -> None:
    """By kind, on standard output; a dry run removes nothing."""
    # given an attempt that was forgotten long ago
    main(["db", "upgrade"])
    with sqlite3.connect(database) as connection:
        connection.execute("INSERT INTO attempt (key, free_at) VALUES ('k', '2025-01-01 00:00:00.000000')")
    # when it is looked for twice without removing it, and removed, and looked for again
    said = []
    for command in (["prune", "--dry-run"], ["prune", "--dry-run"], ["prune"], ["prune"]):
        assert main(command) == 0
        said.append(capsys.readouterr().out)
    # then it is told as long as it is there
    assert ["attempts: 1\n" in text for text in said] == [True, True, True, False]
    assert "attempts: 0\n" in said[-1] and "valuations: 0\n" in said[-1]


def test_openapi_is_printed_without_any_setting(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """A build that generates the client needs no database."""
    # given no settings, when the document is printed, then it is the API's
    monkeypatch.delenv("GATEWAY_DATABASE_URL", raising=False)
    assert main(["openapi"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["openapi"].startswith("3.1") and "/api/v1/valuations" in document["paths"]


@pytest.mark.parametrize(
    "command",
    [
        [], ["serve"], ["db"], ["db", "upgrade"], ["db", "downgrade"], ["db", "backup"], ["db", "restore"], ["card"],
        ["card", "put"], ["openapi"], ["prune"], ["person"], ["person", "export"], ["person", "erase"],
    ],
)  # fmt: skip
def test_every_command_has_help(capsys: Any, command: list[str]) -> None:
    """A newcomer finds the way from the command alone."""
    # given any command, when its help is asked for, then it is there
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    assert "usage: dealership-gateway" in capsys.readouterr().out


@pytest.mark.parametrize("command", [[], ["db"], ["card"], ["card", "put"], ["sell"], ["serve", "--fast"]])
def test_a_wrong_call_is_told(capsys: Any, command: list[str]) -> None:
    """Exit code 2, with the usage."""
    # given a wrong call, when it is run, then the usage is shown
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == 2
    assert "usage: dealership-gateway" in capsys.readouterr().err


def test_the_command_is_installed() -> None:
    """It is found beside this Python under its own name."""
    # given this environment, when the command is run, then it answers
    command = Path(sys.executable).with_name("dealership-gateway")
    ran = subprocess.run([command, "--help"], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0 and "dealership-gateway" in ran.stdout


def test_a_promotion_is_published_and_published_again(database: Path, tmp_path: Path, capsys: Any) -> None:
    """A promotion that is repeated does no harm; another one of its number is refused."""
    # given a record, in a migrated database
    main(["db", "upgrade"])
    record = {
        "number": 1, "version": "1", "previous": None, "promoted_at": "2024-07-01T08:00:00Z", "by": "make run",
        "reason": "first", "figures": {"mae_eur": 1_653.0},
    }  # fmt: skip
    file = tmp_path / "promotion.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    # when it is put twice, and then another one
    assert [main(["promotion", "put", str(file)]) for _ in range(2)] == [0, 0]
    file.write_text(json.dumps({**record, "by": "somebody"}), encoding="utf-8")
    assert main(["promotion", "put", str(file)]) == 1
    # then it is there once, and all was told
    said = capsys.readouterr().err
    assert "promotion 1 published" in said and "promotion 1 was published before" in said
    assert "promotion 1 has another record already" in said


@pytest.mark.parametrize(("text", "code"), [("", 2), ("[]", 2), ("{}", 2), ('{"number": 1}', 1)])
def test_what_is_no_promotion_is_not_published(
    database: Path, tmp_path: Path, capsys: Any, text: str, code: int
) -> None:
    """One line says why, and no traceback."""
    # given a file that is no record
    main(["db", "upgrade"])
    file = tmp_path / "promotion.json"
    file.write_text(text, encoding="utf-8")
    capsys.readouterr()
    # when it is put, then it is refused
    assert main(["promotion", "put", str(file)]) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("dealership-gateway: ")


def test_a_token_is_made_listed_and_revoked(database: Path, capsys: Any) -> None:
    """Standard output is the token alone, so that a script can take it; the list shows no secret."""
    # given a migrated database
    main(["db", "upgrade"])
    capsys.readouterr()
    # when a token is made
    assert main(["token", "create", "--name", "notebook", "--scope", "infer", "--scope", "cards", "--days", "30"]) == 0
    made = capsys.readouterr()
    token = made.out.strip()
    assert made.out == f"{token}\n" and token.startswith("dsh_")
    assert token not in made.err and "cards, infer" in made.err
    # then it is listed, without its secret, until it is revoked
    prefix = token.split("_")[1]
    assert main(["token", "list"]) == 0
    listed = capsys.readouterr().out
    assert prefix in listed and "until " in listed and "notebook" in listed
    assert token.split("_", 2)[2] not in listed
    assert main(["token", "revoke", prefix]) == 0
    assert main(["token", "list"]) == 0
    assert "revoked " in capsys.readouterr().out


def test_a_token_that_is_not_there_is_not_revoked(database: Path, capsys: Any) -> None:
    """It is said, with exit code 1."""
    # given no tokens, when one is revoked, then there is none
    main(["db", "upgrade"])
    assert main(["token", "revoke", "deadbeef"]) == 1
    assert "no token of this prefix" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more",
    [
        ["--name", "x"], ["--scope", "infer"], ["--name", "x", "--scope", "everything"],
        ["--name", "", "--scope", "infer"],
        ["--name", "x", "--scope", "infer", "--days", "0"], ["--name", "x", "--scope", "infer", "--days", "367"],
        ["--name", "x\n", "--scope", "infer"],
    ],
)  # fmt: skip
def test_a_token_that_cannot_be_meant_is_not_made(database: Path, capsys: Any, more: list[str]) -> None:
    """Without a name or scope, of an unknown scope, of no or too many days."""
    # given such a call, when a token is to be made, then the call is wrong
    main(["db", "upgrade"])
    with pytest.raises(SystemExit) as ended:
        main(["token", "create", *more])
    assert ended.value.code == 2
    assert "dsh_" not in capsys.readouterr().out
