"""The web app's files: one page for every address that is not the API's, assets for ever, nothing else of the disk."""

import gzip
from pathlib import Path

import pytest

from gateway.config import read_config
from tests.gateway.conftest import OpenGateway
from tests.gateway.gateways import Gateway

PAGE = "<!doctype html><title>the web app</title>"
DOCS = "<!doctype html><title>the API</title>"
SECRET = "nobody's business"


@pytest.fixture
def static_dir(tmp_path: Path) -> Path:
    """A built web app, with secrets around it."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE)
    (folder / "assets" / "app-1a2b3c.js").write_text("start()")
    (folder / "docs.html").write_text(DOCS)
    (folder / ".env").write_text(SECRET)
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "static-secret").mkdir()
    (tmp_path / "static-secret" / "secret.txt").write_text(SECRET)
    return folder


@pytest.fixture
def gateway(open_gateway: OpenGateway, static_dir: Path) -> Gateway:
    return open_gateway(static_dir=static_dir)


def test_the_page_is_there(gateway: Gateway) -> None:
    # given a built web app, when it is opened
    response = gateway.client.get("/?make=BMW")
    # then the page is there, is asked for anew each time, and takes nothing from elsewhere
    assert (response.status_code, response.mimetype, response.text) == (200, "text/html", PAGE)
    assert response.headers["Cache-Control"] == "no-cache"
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_the_apis_documentation_is_there(gateway: Gateway) -> None:
    """By a policy of its own, which lets no script in that does not come from here."""
    # given a built web app, when the documentation is opened, then its page is there
    response = gateway.client.get("/api/docs")
    assert (response.status_code, response.mimetype, response.text) == (200, "text/html", DOCS)
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "img-src 'self' data:;" in policy and "unsafe" not in policy


def test_the_report_of_experiments_is_there_once_it_is_written(
    open_gateway: OpenGateway, static_dir: Path, tmp_path: Path
) -> None:
    """With its own styles, and no script; pages are told whether there is one."""
    # given a gateway that is told where the report will be
    report = tmp_path / "experiments" / "report.html"
    gateway = open_gateway(static_dir=static_dir, experiments_file=report)
    # when it is not there yet, then its address shows nothing
    assert gateway.client.get("/reports/experiments").status_code == 404
    assert gateway.client.get("/api/v1/site").get_json()["has_experiments"] is False
    # and once it is written, it is shown
    report.parent.mkdir()
    report.write_text("<!doctype html><title>Experiments</title>")
    response = gateway.client.get("/reports/experiments")
    assert (response.status_code, response.mimetype, response.text) == (200, "text/html", report.read_text())
    assert "script" not in response.headers["Content-Security-Policy"]
    assert gateway.client.get("/api/v1/site").get_json()["has_experiments"] is True


@pytest.mark.parametrize("path", ["/models/1", "/models/1?make=BMW&model=320", "/models/2024-07_a", "/models/%C3%A9"])
def test_a_model_versions_page_is_there(gateway: Gateway, path: str) -> None:
    """It asks for the card by itself, and says so where there is none."""
    # given a built web app, when a version's address is opened, then the page is there
    response = gateway.client.get(path)
    assert (response.status_code, response.mimetype, response.text) == (200, "text/html", PAGE)


@pytest.mark.parametrize(
    "path",
    [
        "/index.html", "/cars", "/cars/7?tab=1", "/apiary", "/v20", "/livez/x", "/metrics", "/models/", "/desk/cars",
        "/sell/status/",
        "/models/1/2", "/models/1/", "/xmodels/1",
    ],
)  # fmt: skip
def test_an_address_that_means_nothing_gives_the_page_as_not_found(gateway: Gateway, path: str) -> None:
    """A person reads on the page that nothing is there; a program sees it by the status."""
    # given a built web app, when such an address is opened, then the page is there with 404
    response = gateway.client.get(path)
    assert (response.status_code, response.mimetype, response.text) == (404, "text/html", PAGE)


def test_assets_are_kept_for_ever(gateway: Gateway) -> None:
    """Their names change with their contents."""
    # given a built web app, when an asset is asked for
    response = gateway.client.get("/assets/app-1a2b3c.js")
    # then it may be kept for a year without asking
    assert (response.status_code, response.text) == (200, "start()")
    assert response.mimetype in ("text/javascript", "application/javascript")
    cache = response.cache_control
    assert (cache.max_age, cache.public, cache.immutable) == (31_536_000, True, True)


def test_the_page_is_not_sent_twice(gateway: Gateway) -> None:
    """A browser that has it asks, and is told that it has not changed."""
    # given a browser that has the page, when it asks again, then it has not changed
    tag = gateway.client.get("/").headers["ETag"]
    assert gateway.client.get("/", headers={"If-None-Match": tag}).status_code == 304


def test_an_asset_is_sent_compressed_to_whoever_takes_it(gateway: Gateway, static_dir: Path) -> None:
    """The build lays a copy beside it; whoever does not take it gets the asset as it is."""
    # given an asset and its compressed copy
    packed = gzip.compress(b"start()")
    (static_dir / "assets" / "app-1a2b3c.js.gz").write_bytes(packed)
    # when it is asked for by a browser, and by a program that says nothing of compression
    browser = gateway.client.get("/assets/app-1a2b3c.js", headers={"Accept-Encoding": "gzip, br"})
    program = gateway.client.get("/assets/app-1a2b3c.js")
    # then each gets what it can read, as a script, and caches tell them apart
    assert (browser.data, browser.headers["Content-Encoding"]) == (packed, "gzip")
    assert (program.text, program.headers.get("Content-Encoding")) == ("start()", None)
    assert browser.mimetype == program.mimetype == "text/javascript"
    assert browser.headers["Vary"] == program.headers["Vary"] == "Accept-Encoding"
    assert "immutable" in browser.headers["Cache-Control"]


def test_a_missing_asset_is_not_the_page(gateway: Gateway) -> None:
    """A script that is gone must not be answered with HTML, nor be kept for a year."""
    # given a name of an older build, when it is asked for, then it is not there
    response = gateway.client.get("/assets/app-000000.js")
    assert response.status_code == 404
    assert "max-age" not in response.headers.get("Cache-Control", "")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt", "/assets/../.env", "/assets/../../secret.txt", "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt", "/assets/..\\..\\secret.txt", "/assets/../../static-secret/secret.txt",
        "/assets//etc/passwd", "//etc/passwd", "/assets/%00", "/assets/..", "/assets/.", "/.env", "/secret.txt",
        "/assets/app-1a2b3c.js%00.txt", "/assets/" + "a/" * 2_000,
    ],
)  # fmt: skip
def test_nothing_else_of_the_disk_is_served(gateway: Gateway, path: str) -> None:
    """No address leads out of the web app's folder, nor to a file in it that is not the app's."""
    # given files around the web app, when they are asked for by any trick, then they are not served
    response = gateway.client.get(path)
    assert response.status_code in (200, 308, 404)
    assert SECRET not in response.text and "root:" not in response.text
    assert response.status_code != 200 or response.text == PAGE


def test_a_web_app_that_is_not_built_says_so(open_gateway: OpenGateway, tmp_path: Path) -> None:
    """The API serves on, and the page says how to build it."""
    # given a folder without a build, when the page is opened, then it says what to do
    gateway = open_gateway(static_dir=tmp_path / "nothing")
    response = gateway.client.get("/")
    assert response.status_code == 503
    assert "make run" in response.text
    assert gateway.client.get("/api/v1/filters").status_code == 200


def test_a_folder_may_be_named_from_where_one_stands(
    open_gateway: OpenGateway, static_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GATEWAY_STATIC_DIR=static means the one below the working directory, as in any shell."""
    # given a folder named relatively
    monkeypatch.chdir(static_dir.parent)
    config = read_config({"GATEWAY_DATABASE_URL": "sqlite://", "GATEWAY_STATIC_DIR": "static"})
    # when the page and an asset are asked for, then they are there
    gateway = open_gateway(static_dir=config.static_dir)
    assert gateway.client.get("/").text == PAGE
    assert gateway.client.get("/assets/app-1a2b3c.js").text == "start()"
