import re

import pytest

from scraper import cli
from tests.manifests.rendering import MANIFESTS, containers, documents

FOLDER = MANIFESTS / "base" / "listings"
FILLED_IN = {"DEALERSHIP_STORE": "s3://dealership/store", "DEALERSHIP_GATEWAY": "http://gateway"}


def test_the_day_s_crawl_is_at_1335_in_germany() -> None:
    (crawl,) = [job for job in documents(FOLDER, "CronJob") if job["metadata"]["name"] == "listings-crawl"]
    assert (crawl["spec"]["schedule"], crawl["spec"]["timeZone"]) == ("35 13 * * *", "Europe/Berlin")


def test_live_crawling_is_off_until_somebody_sets_it_on() -> None:
    (settings,) = [each["data"] for each in documents(FOLDER, "ConfigMap") if "DEALERSHIP_CRAWL" in each["data"]]
    assert settings["DEALERSHIP_CRAWL"] == "off"


COMMANDS = {"crawl": "crawl", "feedback": "export-feedback", "publish": "publish"}


@pytest.mark.parametrize(("container", "command"), COMMANDS.items())
def test_a_job_calls_the_command_as_it_is(container: str, command: str) -> None:
    (found,) = [each for _, each in containers(FOLDER) if each["name"] == container]
    arguments = [re.sub(r"\$\((\w+)\)", lambda name: FILLED_IN[name[1]], argument) for argument in found["args"]]
    assert cli.parser().parse_args(arguments).command == command
