"""A database for the time of one command: what is sorted and counted in it need not fit into the memory."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

CACHE_KIB = 32 * 1024
SETTINGS = ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE")  # nobody misses it after a crash


@contextmanager
def scratch_database() -> Iterator[sqlite3.Connection]:
    """It lies in the folder for temporary files, and goes when the block ends."""
    with tempfile.TemporaryDirectory(prefix="dealership-listings-") as folder:
        with closing(sqlite3.connect(Path(folder) / "scratch.sqlite", isolation_level=None)) as database:
            for setting in (*SETTINGS, f"cache_size = -{CACHE_KIB}"):
                database.execute(f"PRAGMA {setting}")
            yield database
