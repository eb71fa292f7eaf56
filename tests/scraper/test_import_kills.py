"""An import that is killed, or is not alone: in the end the store is as after one that nobody disturbed."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from model.schema.collected import read_manifest
from model.store import Store, open_store
from scraper.importing import Terms, Told, import_files
from scraper.inputs import Inputs
from scraper.runs import Run
from scraper.verifying import verify
from tests.scraper.listings import as_csv, cars, stored

ROOT = Path(__file__).resolve().parents[2]
WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
KILLS = 100 if WHOLE else 5
ROWS = 1_500
ROWS_A_PART = 100

IMPORT_IN_SMALL_PARTS = f"""
import sys
from datetime import date
from model.store import open_store
from scraper import runs
from scraper.importing import Terms, Told, import_files
from scraper.inputs import Inputs

runs.RECORDS_A_PART = {ROWS_A_PART}
run = runs.Run(open_store(sys.argv[1]), "feed")
print("ready", flush=True)
import_files(
    Inputs(sys.argv[2:]), run, Terms(market_date=date(2026, 7, 14), complete=True), Told(), site=None,
    today=date(2026, 7, 14),
)
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "cars.zip"
    rows = cars(ROWS)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(3):
            file.writestr(f"{number}.csv", as_csv(rows[number::3]))
    return path


def content(store: Store) -> Mapping[str, bytes]:
    """All that the store holds, but for the names of runs."""
    found = {key: store.get(key) for key in store.keys("") if not key.startswith("leases/")}
    for key in found:
        if key.startswith("manifests/"):
            found[key] = found[key].replace(read_manifest(found[key]).run.encode(), b"")
    return found


def brought(location: str, archive: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", IMPORT_IN_SMALL_PARTS, location, str(archive)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def undisturbed(location: str, archive: Path) -> tuple[Mapping[str, bytes], float]:
    """What is there after an import that nobody disturbs, and for how many seconds it was at work."""
    with brought(location, archive) as importer:
        assert importer.stdout is not None and importer.stdout.readline() == b"ready\n"
        since_s = time.monotonic()
        assert importer.wait(120) == 0
    return content(open_store(location)), time.monotonic() - since_s


@pytest.mark.timeout(3_000 if WHOLE else 300)
def test_an_import_that_is_killed_leaves_what_the_next_one_needs(store_location: str, archive: Path) -> None:
    """Law: after a rerun the store equals that of an undisturbed run; before it, nothing of the killed one counts."""
    # given what an undisturbed import leaves
    expected, took_s = undisturbed(f"{store_location}-undisturbed", archive)
    assert len(expected) == ROWS // ROWS_A_PART + 1
    chance = random.Random(6)
    cut_short = 0
    for number in range(KILLS):
        place = f"{store_location}-{number}"
        # when one is killed at any moment
        with brought(place, archive) as importer:
            assert importer.stdout is not None and importer.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0, took_s))
            os.kill(importer.pid, signal.SIGKILL)
        store = open_store(place)
        cut_short += not list(stored(store))
        # then all that counts is whole, whatever was killed
        assert not verify(store).damaged and set(content(store)) <= set(expected)
        # and after a rerun the store is as if nobody had been killed
        with brought(place, archive) as importer:
            assert importer.wait(120) == 0
        assert content(store) == expected
    assert cut_short > 0


def test_two_imports_at_once_bring_it_once(store_location: str, archive: Path) -> None:
    # given two imports of the same file
    store = open_store(store_location)
    found: list[str | None] = []

    def bring() -> None:
        terms = Terms(market_date=date(2026, 7, 14))
        imported = import_files(
            Inputs([str(archive)]), Run(store, "feed"), terms, Told(), site=None, today=date(2026, 7, 14)
        )
        found.append(imported.there_since)

    threads = [threading.Thread(target=bring) for _ in range(2)]
    # when they run at once
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # then all is there once, and the second of them says since when
    ((manifest, records),) = stored(store)
    assert len(records) == ROWS and sorted(found, key=str) == sorted([None, manifest.run], key=str)
    assert verify(store).orphans == []
