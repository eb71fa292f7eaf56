"""Promotion: from a registered version to the champion that is served, and back.

The record in the store decides (model.promotion_records). All else follows from the newest record: the files of serving
(model.serving_files), then the registry's alias. Each step is idempotent, and begins only while its record is the
newest; so a promotion that was killed is finished by the next command, and what is to be undone is undone by a
rollback, which is a record of its own.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from model.errors import FilesError, GateRefused, JobError, RegistryError, TableError
from model.gates.candidate import Candidate
from model.gates.deciding import Announced, decide
from model.gates.findings import Decision
from model.judged import JUDGED_FILE, read_judged
from model.promotion_records import (
    Record,
    challenger_of,
    champion_of,
    check_words,
    history,
    new_attempt,
    newest_number,
    put,
    put_card,
    read_card,
    same_version,
    standing,
)
from model.registry import Registry, fetch
from model.schema.features import MODEL_NAME, schema_digest
from model.serving_files import Served, Targets, contents, model_server_files, read, write
from model.signing import (
    TABLE_FILE,
    check_names,
    document_digest,
    files_digest,
    read_public_keys,
    verify,
)
from model.store import NotStored, Store
from model.table import CoefficientTable
from model.table_reading import read_table


@dataclass(frozen=True)
class Promoting:
    """What every command of promotion works with; public_keys is the file of those that versions must be signed by,
    None where unsigned ones are served.
    """

    registry: Registry
    store: Store
    targets: Targets
    public_keys: Path | None
    tell: Callable[[str], None]


def promote(
    at: Promoting, version: str, by: str, reason: str, announced: Announced = Announced(), gated: bool = True, *,
    canary: bool = False, trial: bool = False,
) -> Record:  # fmt: skip
    """Make `version` the champion, if its files are sound and the gates let it pass; the record of its promotion.

    What an earlier promotion has left undone is finished first. Without `gated` the gates are not asked, and the record
    says so; files must be sound all the same. As a `canary` it becomes the challenger, and the champion stays what it
    is; promoted again after that, it takes its place with the gates' word of then. A `trial` ends before the record,
    and leaves nothing but the files that MLServer starts from.

    Raises JobError, TableError or FilesError for a version that cannot be served, GateRefused for one that may not be,
    JobError where another promotion came first, or another canary is under way; then nothing is changed.
    """
    check_words(by, reason)
    challenger, files = _challenger(at, version)
    uri, digest = at.registry.storage_uri(version), files_digest(files)
    at.targets.check(uri)
    counted = at.registry.promotions()  # before the records: who has been counted has put his record
    records = history(at.store)
    tried = challenger_of(records)
    if tried is not None and (tried.version, tried.files_digest) != (version, digest):
        tried = None
    if not trial and records and (records[-1].version, records[-1].files_digest) == (version, digest):
        if canary == (tried is not None):  # all that is asked for stands, as far as nobody stopped it
            finish(at, records[-1])
            return records[-1]
    if canary:
        _check_canary(records, version)
    champion = champion_of(records)
    previous = champion.version if champion else at.registry.champion()
    judged = tried.decision if tried else None
    if gated and tried is None:
        decision = decide(challenger, _champion(at.registry, previous), announced)
        if not decision.passed:
            raise GateRefused("\n".join(decision.lines()))
        judged = decision.document()
    record = Record(
        number=max(records[-1].number if records else 0, counted) + 1, kind="canary" if canary else "promote",
        version=version, previous=previous, promoted_at=_now(), by=by, reason=reason,
        figures={name: value for name, value in challenger.card["figures"].items() if value is not None},
        storage_uri=uri, files_digest=digest, card_digest=document_digest(challenger.card),
        schema_digest=challenger.card["schema_digest"], decision=judged, attempt=new_attempt(),
    )  # fmt: skip
    return _bring_about(at, Served(record, challenger.card), trial)


def judge_challenger(
    at: Promoting, version: str, champion: str | None, announced: Announced
) -> tuple[Decision, Candidate, Candidate | None]:
    """What the gates say of a version, against this champion or the one that is; and what was judged. Nothing is
    changed. Raises JobError, TableError or FilesError for a version that could not be served at all.
    """
    challenger, _ = _challenger(at, version)
    if champion is None:
        record = champion_of(history(at.store))
        champion = record.version if record else at.registry.champion()
    judged_against = _champion(at.registry, champion)
    return decide(challenger, judged_against, announced), challenger, judged_against


def roll_back(at: Promoting, version: str | None, by: str, reason: str, *, trial: bool = False) -> Record:
    """Make an earlier champion the champion again: the one before, or `version`. The record of the rollback. While a
    canary is under way it is that which is taken back, and the champion stays, unless `version` says more.

    It takes the store and the version's files, neither the gateway nor the tracking server: where that cannot be
    reached, the alias is told of by the next command that can. Raises JobError where there is no such champion, and
    FilesError or JobError where its files are not what they were when it was promoted.
    """
    check_words(by, reason)
    records = history(at.store)
    target = _earlier(records, version)
    files = fetch(target.storage_uri)
    if files_digest(files) != target.files_digest:
        raise FilesError(f"the files at {target.storage_uri} are not those of version {target.version} as promoted")
    if at.public_keys is not None:
        verify(files, read_public_keys(at.public_keys))
    at.targets.check(target.storage_uri)
    record = replace(
        target, number=records[-1].number + 1, kind="rollback", previous=records[-1].version, promoted_at=_now(), by=by,
        reason=reason, decision=None, attempt=new_attempt(),
    )  # fmt: skip
    return _bring_about(at, Served(record, read_card(at.store, record)), trial)


def finish(at: Promoting, record: Record) -> None:
    """Bring about what follows from a record, as far as it is the newest; what stands already is left alone."""
    champion, challenger = _served(at, record)
    for path, content in contents(at.targets, champion, challenger).items():
        if _is_overtaken(at, record):
            return
        write(path, content)
    if _is_overtaken(at, record):
        return
    try:
        at.registry.set_champion(champion.record.version, record.number)
    except RegistryError as error:
        at.tell(f"{error}; all else stands, and the next promote, rollback or finish tells it")


def differences(at: Promoting) -> list[str]:
    """Where what follows from the newest record is not as it says, a line each; none where all is well."""
    records = history(at.store)
    if not records:
        return ["nothing has been promoted"]
    found = []
    try:
        champion, challenger = _served(at, records[-1])
        for each in filter(None, (champion, challenger)):
            found += _differences_of(at, each)
        for path, content in contents(at.targets, champion, challenger).items():
            if read(path) != content:
                found.append(f"{path}: {'is missing' if not path.exists() else 'is not what the record says'}")
    except NotStored as error:
        return [f"card: {error}"]
    record, alias = champion.record, at.registry.champion()
    if alias != record.version:
        found.append(f"alias: names version {alias}, the record {record.number} version {record.version}")
    return found


def _differences_of(at: Promoting, served: Served) -> list[str]:
    record, found = served.record, []
    try:
        files = fetch(record.storage_uri)
        if files_digest(files) != record.files_digest:
            found.append(f"files: those of version {record.version} are not what was promoted: {record.storage_uri}")
        if at.public_keys is not None:
            verify(files, read_public_keys(at.public_keys))
    except JobError as error:
        found.append(f"files: {error}")
    if document_digest(served.card) != record.card_digest:
        found.append(f"card: the one of version {record.version} in the store is not what was promoted")
    return found


def _bring_about(at: Promoting, served: Served, trial: bool) -> Record:
    """Put the record and do what follows from it, or write what a trial takes; the record."""
    record = served.record
    if trial:
        assert at.targets.serving_dir is not None
        for path, content in model_server_files(at.targets.serving_dir, at.targets.templates, served).items():
            write(path, content)
        return record
    contents(at.targets, served)  # a template that is missing is found before anything is changed
    put_card(at.store, record.card_digest, served.card)
    put(at.store, record)
    finish(at, record)
    return record


def _served(at: Promoting, record: Record) -> tuple[Served, Served | None]:
    """What a record says, with those before it: the champion, and the challenger of a canary."""
    records = [each for each in history(at.store) if each.number <= record.number]
    champion, challenger = champion_of(records), challenger_of(records)
    if champion is None:
        raise JobError("the store has lost the record of the champion that this canary was put beside")
    return (
        Served(champion, read_card(at.store, champion)),
        Served(challenger, read_card(at.store, challenger)) if challenger else None,
    )


def _check_canary(records: list[Record], version: str) -> None:
    """Raise JobError where no canary of this version can begin."""
    champion, challenger = champion_of(records), challenger_of(records)
    if champion is None:
        raise JobError("nothing has been promoted yet, so there is nothing to try this version beside: promote it")
    if challenger is not None:
        raise JobError(
            f"a canary of version {challenger.version} is under way (promotion {challenger.number}); "
            "bake it to its end, or roll it back"
        )
    if champion.version == version:
        raise JobError(f"version {version} is the champion already")


def _is_overtaken(at: Promoting, record: Record) -> bool:
    newest = newest_number(at.store)
    if newest > record.number:
        at.tell(f"promotion {newest} has overtaken promotion {record.number}, and finishes what is left")
    return newest > record.number


def _earlier(records: list[Record], version: str | None) -> Record:
    """The record of the promotion to go back to."""
    champion, challenger = champion_of(records), challenger_of(records)
    if champion is None:
        raise JobError("nothing has been promoted, so there is nothing to go back to")
    if challenger is not None and version in (None, champion.version):
        return champion
    past = standing(records) if version is None else [each for each in records if each.kind != "canary"]
    earlier = [
        record for record in past if not same_version(record, champion) and version in (None, record.version)
    ]  # fmt: skip
    if not earlier:
        wanted = "no champion before this one" if version is None else f"no earlier champion of version {version}"
        raise JobError(f"there is {wanted}; dealership-model history lists them")
    return earlier[-1]


def _challenger(at: Promoting, version: str) -> tuple[Candidate, Path]:
    """A version whose files are sound, and these."""
    files = at.registry.files(version)
    table_json = _table_json(version, files)
    table = read_table(table_json)
    check_names(files)
    card = at.registry.card(version)
    if card["table_digest"] != hashlib.sha256(table_json.encode()).hexdigest():
        raise TableError(f"the table of version {version} of {MODEL_NAME} was changed since it was trained: train anew")
    if card["schema_digest"] != schema_digest():
        raise JobError(f"version {version} was trained for other features or outputs than this code serves: train anew")
    if at.public_keys is not None:
        manifest = verify(files, read_public_keys(at.public_keys))
        if (manifest["version"], manifest["card_digest"]) != (version, document_digest(card)):
            raise FilesError(f"the signature of version {version} is of version {manifest['version']}, or another card")
    return _candidate(at.registry, version, card, table), files


def _champion(registry: Registry, version: str | None) -> Candidate | None:
    if version is None:
        return None
    table_json = _table_json(version, registry.files(version))
    try:
        table = read_table(table_json)
    except TableError:  # of an earlier contract: what needs its prices cannot be judged, and the schema is announced
        table = None
    return _candidate(registry, version, registry.card(version), table)


def _candidate(
    registry: Registry, version: str, card: Mapping[str, Any], table: CoefficientTable | None
) -> Candidate:
    judged = registry.run_file(version, JUDGED_FILE)
    return Candidate(
        version, card, registry.param(version, "recipe_digest"), table, None if judged is None else read_judged(judged)
    )


def _table_json(version: str, files: Path) -> str:
    try:
        return (files / TABLE_FILE).read_text(encoding="utf-8")
    except OSError as error:
        raise JobError(f"version {version} of {MODEL_NAME} has lost its table: {error}") from error
    except UnicodeDecodeError as error:
        raise TableError(f"the table of version {version} of {MODEL_NAME} cannot be read: {error}") from error


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
