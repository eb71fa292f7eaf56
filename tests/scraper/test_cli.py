"""dealership-listings: every command explains itself, with an example."""

from typing import Any

import pytest

from scraper.cli import main

COMMANDS = ("crawl", "import", "report", "verify", "publish", "prune", "export-feedback")


def test_the_command_names_its_commands_and_exit_codes(capsys: Any) -> None:
    # given the command, when its help is asked for, then all of them are told
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0 and all(f"    {command}" in told for command in COMMANDS)
    assert "130  interrupted" in told


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "crawl"])
def test_each_command_has_an_example_that_can_be_called(capsys: Any, command: str) -> None:
    """As far as its options are read."""
    # given a command, when its help is asked for, then it ends with an example
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0 and "--json" in told
    example = told.strip().splitlines()[-1]
    assert example.startswith(f"example: dealership-listings {command} --")


@pytest.mark.parametrize(
    "arguments",
    [
        ["prune", "--store", "s", "--keep-days", "0"], ["report", "--store", "s", "--top", "many"],
        ["import", "--store", "s", "--source", "x", "--market-date", "14.7.2026", "a.csv"], ["prune", "--store", "s"],
    ],
)  # fmt: skip
def test_a_wrong_call_is_told_before_anything_is_done(capsys: Any, arguments: list[str]) -> None:
    # given a call with an option that cannot be, when it is made, then it ends with 2
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_a_location_that_is_none_is_told(capsys: Any) -> None:
    # given a location that is no store's, when it is looked at, then that is a wrong call
    assert main(["verify", "--store", "ftp://x/y"], {}) == 2
    assert "dealership-listings: " in capsys.readouterr().err
