"""Files that are made by a program are what it makes now."""

import subprocess
import sys
from pathlib import Path

from gateway.app import create_app
from gateway.commands.rights import table
from gateway.config import Config

ROOT = Path(__file__).resolve().parents[2]


def test_the_table_of_rights_is_what_the_routes_declare() -> None:
    """Between its marks docs/rights.md has what `dealership-gateway rights` prints."""
    # given the table that the routes make
    made = "\n".join(table(create_app(Config(database_url="sqlite://"))))
    # when the document is read, then it has that one
    document = (ROOT / "docs/rights.md").read_text(encoding="utf-8")
    assert made in document
    assert document.count("| `") == made.count("| `")


def test_the_web_apps_openapi_document_is_the_gateways() -> None:
    """The client is generated from it: `dealership-gateway openapi > gateway/web/openapi.json` was run."""
    # given the gateway's document
    printed = subprocess.run(
        [Path(sys.executable).with_name("dealership-gateway"), "openapi"], cwd=ROOT, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert printed.returncode == 0, printed.stderr
    # when it is compared with the web app's, then they are one
    assert (ROOT / "gateway/web/openapi.json").read_text(encoding="utf-8") == printed.stdout
