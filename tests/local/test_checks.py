"""make test: which checks a wish selects."""

import pytest

from local import test as checks
from local.errors import CannotGoOn
from local.settings import read

ALL = checks.checks(read({}))


@pytest.mark.parametrize(("wish", "names"), [
    ([], ["flake8", "mypy", "imports", "web-lint", "web-unit", "model", "product"]),
    (["lint"], ["flake8", "mypy", "imports", "web-lint"]),
    (["product", "mypy"], ["mypy", "product"]),
])
def test_names_and_groups_select_in_the_order_of_the_whole(wish: list[str], names: list[str]) -> None:
    """No wish means all."""
    assert [check.name for check in checks.select(ALL, wish)] == names


def test_checks_know_nothing_of_a_run() -> None:
    """What a run's servers are told would turn tests with settings of their own onto the run's database."""
    # given a run's variables, when the checks' environment is made, then it holds the inherited ones alone
    environment = read({"PATH": "/bin", "PORT": "9000", "DATA": "cars.csv"}).tool_environment()
    assert environment == {"PATH": "/bin"}


def test_a_name_that_is_none_is_told() -> None:
    """With the names there are."""
    with pytest.raises(CannotGoOn, match="No check is called unti; there are: .*unit"):
        checks.select(ALL, ["unti"])
