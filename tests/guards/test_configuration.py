"""The table of settings in docs/configuration.md is complete and true."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

from gateway.config import Config, variable

ROW = re.compile(r"\| `(GATEWAY_\w+)` \| (.+?) \| (.+) \|")
# Defaults that are no plain value, as the table words them.
IN_WORDS = {"database_url": "none: must be set", "static_dir": "`static` beside the code"}
NOT_SET = ("", None)


def test_the_table_of_settings_is_the_configuration() -> None:
    """Every setting stands in it with its default and what it does, in the order of the code, and no other."""
    # given the settings of the code
    defaults = {
        variable(each.name): "not set" if each.default in NOT_SET else IN_WORDS.get(each.name, f"`{each.default}`")
        for each in fields(Config)
    }
    assert [each.name for each in fields(Config) if each.default is MISSING] == ["database_url"]
    # when the table is read
    text = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = [match.groups() for match in map(ROW.fullmatch, text.splitlines()) if match]
    # then it has the same, in the same order, each with some words
    assert [(name, default) for name, default, _ in rows] == list(defaults.items())
    assert all(len(words) > 7 for *_, words in rows)
