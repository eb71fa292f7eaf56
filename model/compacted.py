"""Checked rows of a store's partitions, kept as Parquet beside them: training reads them at a seventh of the cost.

Each is named by all that it is made of, the parts and the code that checks them. It is a cache: one that is not there
or damaged is made again from the parts, and what is read is the same either way.
"""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache

import pyarrow as pa
import pyarrow.parquet as pq

from model.checked_rows import FLOATS, TEXTS, CheckedRows, Problem, Report, SourceReport, check_rows, put_together
from model.code_digest import code_digest
from model.collected import Partition, partition, read_manifests, read_partition
from model.schema.fields import Violation
from model.store import NotStored, Store

COMPACTED = "parquet/"  # parquet/<source>/<day>/<SHA-256 of what it is made of>.parquet
REPORT = b"report"  # the file's metadata that holds it
SCHEMA = pa.schema(
    [(name, pa.string()) for name in TEXTS] + [(name, pa.float64()) for name in FLOATS] + [("listed_on", pa.int64())]
)
RECORDS_BETWEEN_LINES = 100_000


@dataclass(frozen=True)
class Compaction:
    """What was done: partitions written, found as they should be, and stale ones deleted; and the records of all."""

    written: int
    kept: int
    deleted: int
    records: int


def compact(store: Store, progress: Callable[[str], None], *, dry_run: bool = False) -> Compaction:
    """Keep each of the store's partitions as Parquet, unless it is there, and delete what is of no use any more.

    Raises DataError where something that a manifest names is missing or damaged.
    """
    partitions = partition(store, read_manifests(store))
    wanted = {compacted_key(some): some for some in partitions}
    there = set(store.keys(COMPACTED))
    new = [key for key in wanted if key not in there]
    stale = sorted(there - wanted.keys())
    for number, key in enumerate(new, start=1):
        some = wanted[key]
        progress(f"{number} of {len(new)}: {some.source}, {some.day}, {some.records:,} records")
        if not dry_run:
            store.put_new(key, _write(_check(store, some)))
    for key in stale if not dry_run else ():
        store.delete(key)
    return Compaction(len(new), len(wanted) - len(new), len(stale), sum(some.records for some in partitions))


def read_partitions(
    store: Store, partitions: Iterable[Partition], progress: Callable[[str], None] = lambda _: None
) -> Iterator[CheckedRows]:
    """Each partition's checked rows. Raises DataError for a part that is damaged."""
    there = set(store.keys(COMPACTED))
    records = told = 0
    for some in partitions:
        key = compacted_key(some)
        yield (_compacted(store, key, progress) if key in there else None) or _check(store, some)
        records += some.records
        if records - told >= RECORDS_BETWEEN_LINES:
            progress(f"{records:,} records read")
            told = records


def compacted_key(some: Partition) -> str:
    made_of = [_code(), some.source, some.day.isoformat(), [part.key for part in some.parts]]
    digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
    return f"{COMPACTED}{some.source}/{some.day.isoformat()}/{digest}.parquet"


@lru_cache
def _code() -> str:
    """A digest of all code that checks rows and keeps them."""
    return code_digest(__name__)


def _check(store: Store, some: Partition) -> CheckedRows:
    return put_together(
        check_rows(rows, some.source, some.day, f"{key}, ") for key, rows in read_partition(store, some)
    )


def _compacted(store: Store, key: str, progress: Callable[[str], None]) -> CheckedRows | None:
    try:
        return _read(store.get(key))
    except NotStored:  # compact has just deleted it
        return None
    except (ValueError, LookupError, TypeError, pa.ArrowException) as error:
        progress(f"{key} is damaged, so its parts are read instead: {error}")
        return None


def _write(rows: CheckedRows) -> bytes:
    table = pa.Table.from_pandas(rows.table, schema=SCHEMA, preserve_index=False)
    file = io.BytesIO()
    report = json.dumps(_document(rows.report), ensure_ascii=False).encode()
    pq.write_table(table.replace_schema_metadata({REPORT: report}), file, compression="zstd")
    return file.getvalue()


def _read(content: bytes) -> CheckedRows:
    try:
        table = pq.read_table(io.BytesIO(content))
    except OSError as error:  # pyarrow's word for bytes that it cannot decode
        raise ValueError(error) from error
    report = _report(json.loads(table.schema.metadata[REPORT]))
    return CheckedRows(table.replace_schema_metadata(None).to_pandas(), report)


def _document(report: Report) -> dict[str, object]:
    return {
        "rows_read": report.rows_read,
        "unread_columns": report.unread_columns,
        "dropped": report.dropped,
        "examples": {reason: [asdict(each) for each in examples] for reason, examples in report.examples.items()},
        "sources": {name: vars(source) for name, source in report.sources.items()},
    }


def _report(document: dict) -> Report:
    return Report(
        rows_read=document["rows_read"],
        unread_columns={name: tuple(columns) for name, columns in document["unread_columns"].items()},
        dropped=Counter(document["dropped"]),
        examples={reason: [_problem(each) for each in some] for reason, some in document["examples"].items()},
        sources={
            name: SourceReport(**{**source, "unusable": Counter(source["unusable"])})
            for name, source in document["sources"].items()
        },
    )


def _problem(document: dict) -> Problem:
    return Problem(
        document["file"], document["line"], tuple(Violation(**violation) for violation in document["violations"])
    )
