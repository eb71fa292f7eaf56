"""Files of listings and saved pages into the store: all that is given, or nothing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from model.schema.collected import Cover, Manifest, read_manifest
from model.store import NotStored
from scraper.csv_rows import CsvFile
from scraper.errors import DataRefused, WrongCall
from scraper.inputs import Input, Inputs, Kind
from scraper.json_lines import JsonLinesFile
from scraper.market_so_far import market_so_far
from scraper.pages.base import Site
from scraper.records import RecordReader
from scraper.runs import Run
from scraper.saved_pages import SavedPages
from scraper.scratch import scratch_database


@dataclass(frozen=True)
class Terms:
    """How files are to be understood. `market_date` is the day of rows that do not say theirs, and on which pages were
    saved; `complete`: they are all that the source has on that day, so that what is not in them is gone.
    """

    mapping: Mapping[str, str] | None = None
    market_date: date | None = None
    complete: bool = False


@dataclass
class Told:
    """What there is to tell of an import, whatever came of it."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)  # of what was left out, by reason
    unread_columns: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by file
    passed_over: Counter[str] = field(default_factory=Counter)  # files, by ending


@dataclass(frozen=True)
class Imported:
    """What an import has brought; `there_since` is the run that had brought the very same before."""

    manifest: Manifest
    there_since: str | None


def import_files(inputs: Inputs, run: Run, terms: Terms, told: Told, *, site: Site | None, today: date) -> Imported:
    """Bring all of the inputs into the store by this run. To do it again, or go on after a kill, changes nothing else.

    `site` is whose pages are read, if the source has pages. What happened is noted in `told`. Raises WrongCall,
    DataRefused where a file is not what it should be: then the run has failed, and nothing of it counts; OSError of the
    store and the files.
    """
    if terms.market_date and terms.market_date > today:
        raise WrongCall(f"{terms.market_date}, the market's date, is still to come")
    try:
        with scratch_database() as database:
            pages: SavedPages | None = None
            for file in inputs:
                if file.kind != Kind.PAGE:
                    _import_rows(file, run, terms, told, today, one_of_several=inputs.several)
                    continue
                if pages is None:
                    day = _day_of_pages(file, terms)
                    market = market_so_far(run.store, run.source, day)
                    pages = SavedPages(_site_of(run.source, site), run, market, day, database, told.counts)
                pages.take(file)
            told.passed_over = inputs.passed_over
            if pages is not None:
                run.add(pages.records())
            if not told.counts["records"]:
                raise DataRefused("no listing could be read")
            if terms.complete and terms.market_date:
                run.saw(terms.market_date)
            manifest, is_new = run.finish((Cover(),) if terms.complete else (), told.counts)
    except DataRefused as refused:
        key = run.fail(str(refused), told.counts)
        where = "" if run.dry_run else f" ({key} in the store)"
        raise DataRefused(f"{refused}. Nothing of this import counts{where}") from refused
    return Imported(manifest, None if is_new and not run.dry_run else _there_since(run, manifest))


def _import_rows(file: Input, run: Run, terms: Terms, told: Told, today: date, *, one_of_several: bool) -> None:
    opened: CsvFile | JsonLinesFile
    if file.kind == Kind.CSV:
        opened = CsvFile(file.stream, file.name, terms.mapping, one_of_several=one_of_several)
        if "listed_on" not in opened.columns and terms.market_date is None:
            raise DataRefused(
                f"{file.name} has no column of dates, so it does not say when its prices held: give the date of its "
                "market, for example --market-date 2021-07-01"
            )
    else:
        opened = JsonLinesFile(file.stream, file.name, terms.mapping, one_of_several=one_of_several)
    reader = RecordReader(file.name, terms.market_date, today)
    try:
        for rows in opened.rows():
            run.add(reader.read(rows))
    finally:
        told.counts.update(reader.tally.counts())
        for reason, examples in reader.tally.examples.items():
            told.examples.setdefault(reason, []).extend(examples)
    if opened.unread_columns:
        told.unread_columns[file.name] = opened.unread_columns
    fault = reader.tally.fault()
    if fault:
        raise DataRefused(f"{file.name} is not believed: {fault}")


def _day_of_pages(file: Input, terms: Terms) -> date:
    if terms.market_date is None:
        raise DataRefused(
            f"{file.name} is a page, which does not say when it was saved, and a file's time may be of a copy: give "
            "the day, for example --market-date 2026-07-14"
        )
    return terms.market_date


def _site_of(source: str, site: Site | None) -> Site:
    if site is None:
        raise DataRefused(f"pages of {source} cannot be read: no site of that name is known")
    return site


def _there_since(run: Run, manifest: Manifest) -> str | None:
    try:
        return read_manifest(run.store.get(manifest.key)).run
    except NotStored:
        return None
    except ValueError as error:
        raise OSError(f"{manifest.key} in the store is broken: {error}") from error
