from tests.manifests.rendering import MANIFESTS, documents

FOLDER = MANIFESTS / "base" / "listings"


def test_the_day_s_crawl_is_at_1335_in_germany() -> None:
    (crawl,) = [job for job in documents(FOLDER, "CronJob") if job["metadata"]["name"] == "listings-crawl"]
    assert (crawl["spec"]["schedule"], crawl["spec"]["timeZone"]) == ("35 13 * * *", "Europe/Berlin")


def test_live_crawling_is_off_until_somebody_sets_it_on() -> None:
    (settings,) = [each["data"] for each in documents(FOLDER, "ConfigMap") if "DEALERSHIP_CRAWL" in each["data"]]
    assert settings["DEALERSHIP_CRAWL"] == "off"
