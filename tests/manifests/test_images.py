"""The recipes of the images, as they are written. `make images` builds and runs them."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.manifests.rendering import CHECKOUT, PROGRAMS

# Each image with the lock of what runs in it: the model server's is the one that training used.
LOCKS = {"gateway": "gateway", "kserve": "model", "model": "model", "scraper": "scraper"}
TOOLS = {"requirements/node.txt"}  # what builds, and is left behind
OURS = "--no-deps --no-build-isolation ."  # this distribution, by the lock's own setuptools

each_image = pytest.mark.parametrize("folder", LOCKS)


def instructions(folder: str) -> list[tuple[str, str]]:
    """What a recipe says, in order: the instruction and the rest, of however many lines."""
    text = re.sub(r"^ *#.*\n", "", (CHECKOUT / folder / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines if line)]


def installed(folder: str) -> list[str]:
    """What each of its `pip install`s is told, without what changes no package."""
    commands = [rest for name, rest in instructions(folder) if name == "RUN"]
    told = (each for command in commands for each in re.findall(r"pip install ([^&]+)", command))
    return [re.sub(r"--(no-cache-dir|disable-pip-version-check) ", "", each).strip() for each in told]


@each_image
def test_a_recipe_has_no_known_fault(folder: str) -> None:
    checked = subprocess.run(
        [PROGRAMS / "hadolint", CHECKOUT / folder / "Dockerfile"], capture_output=True, text=True, timeout=60
    )
    assert checked.returncode == 0, checked.stdout


@each_image
def test_an_image_holds_its_lock_and_this_distribution_alone(folder: str) -> None:
    found = installed(folder)
    locks = [each.removeprefix("--no-deps --require-hashes -r ") for each in found if "--require-hashes" in each]
    assert [each for each in locks if each not in TOOLS] == [f"requirements/{LOCKS[folder]}.txt"]
    assert [each for each in found if "--require-hashes" not in each] == [OURS]
    # What runs takes one folder from the stages before it, and adds no package itself.
    last = instructions(folder)[[name for name, _ in instructions(folder)][::-1].index("FROM") * -1 - 1:]
    assert [rest for name, rest in last if name == "COPY" and "--from" in rest] == ["--from=build /venv /venv"]
    assert not [rest for name, rest in last if name in ("RUN", "ADD")]


@each_image
def test_an_image_stands_on_the_base_that_is_given_alone(folder: str) -> None:
    said = instructions(folder)
    assert said[0] == ("ARG", "PYTHON_IMAGE=python:3.11-slim-bookworm")
    assert {rest.partition(" ")[0] for name, rest in said if name == "FROM"} == {"${PYTHON_IMAGE}"}


@each_image
def test_an_image_runs_as_nobody_in_particular_and_says_how_it_is(folder: str) -> None:
    said = dict(instructions(folder))
    assert said["USER"] == "10001:10001"
    assert "HEALTHCHECK" in said


def test_a_checkout_s_other_files_stay_out_of_the_images() -> None:
    ignored = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = {
        Path(source).parts[0]
        for folder in LOCKS
        for name, rest in instructions(folder)
        if name == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    }
    assert "*" in ignored and copied <= {each[1:] for each in ignored if each.startswith("!")}
