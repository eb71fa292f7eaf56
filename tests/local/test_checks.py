"""make test: which checks a wish selects."""

from pathlib import Path

import pytest

from local import test as checks
from local.errors import CannotGoOn
from local.settings import read

TESTS = Path(__file__).resolve().parents[1]
ALL = checks.checks(read({}))


@pytest.mark.parametrize(("wish", "names"), [
    ([], ["flake8", "mypy", "imports", "web-lint", "web-unit", "e2e", "model", "parts", "gateway"]),
    (["lint"], ["flake8", "mypy", "imports", "web-lint"]),
    (["parts", "mypy"], ["mypy", "parts"]),
])
def test_names_and_groups_select_in_the_order_of_the_whole(wish: list[str], names: list[str]) -> None:
    """No wish means all."""
    assert [check.name for check in checks.select(ALL, wish)] == names


@pytest.mark.parametrize("folder", sorted({path.relative_to(TESTS).parts[0] for path in TESTS.rglob("test_*.py")}))
def test_every_folder_of_tests_is_one_check_s(folder: str) -> None:
    """None is left out where the suites are divided, and none run twice."""
    path = f"tests/{folder}"

    def runs(check: checks.Check) -> bool:
        return f"--ignore={path}" not in check.command and bool({path, "tests"} & set(check.command))

    assert len([check.name for check in ALL if "pytest" in check.command and runs(check)]) == 1


def test_checks_know_nothing_of_a_run() -> None:
    """What a run's servers are told would turn tests with settings of their own onto the run's database."""
    # given a run's variables, when the checks' environment is made, then it holds the inherited ones alone
    environment = read({"PATH": "/bin", "PORT": "9000", "DATA": "cars.csv"}).tool_environment()
    assert environment == {"PATH": "/bin"}


def test_a_name_that_is_none_is_told() -> None:
    """With the names there are."""
    with pytest.raises(CannotGoOn, match="No check is called unti; there are: .*unit"):
        checks.select(ALL, ["unti"])
