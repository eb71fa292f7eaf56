"""POST /api/v1/valuations/batch: many cars in, as CSV or JSON Lines; the same out as a stream, with their prices."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import BinaryIO

from apiflask import APIBlueprint
from flask import Flask, Response, current_app, request

from gateway.api.access import allow
from gateway.api.body import parse_json
from gateway.api.inputs import takes
from gateway.api.replies import problems
from gateway.api.schemas.batch import BODY, DESCRIPTION, BatchQuery, answers
from gateway.api.spooling import check_length, spool_body
from gateway.errors import InvalidFields, UnsupportedMediaType
from gateway.services.batch import Format, Place
from gateway.services.batch_columns import check_mapping
from gateway.services.batch_csv import CsvBatch
from gateway.services.batch_json_lines import JsonLinesBatch
from gateway.services.container import services
from gateway.services.identity import ADMIN, DEALER
from model.schema.fields import Fields

blueprint = APIBlueprint("batch", __name__, tag="Batches")

LARGEST_BODY_BYTES = 64 * 1024 * 1024
MOST_LINES = 1_000_000
LARGEST_MAPPING = 4 * 1024  # letters

FORMATS: Mapping[str, Callable[[BinaryIO, Mapping[str, str]], Format]] = {
    "text/csv": CsvBatch,
    "application/x-ndjson": lambda file, mapping: JsonLinesBatch(file, mapping, parse_json),
    "application/jsonl": lambda file, mapping: JsonLinesBatch(file, mapping, parse_json),
}


def documented(view: Callable[[], Response]) -> Callable[[], Response]:
    """Note the bodies, which are no JSON documents, where APIFlask finds them."""
    view._spec |= {"body": BODY, "content_type": list(FORMATS)}  # type: ignore[attr-defined]
    return view


@blueprint.post("/valuations/batch")
@documented
@takes(blueprint, BatchQuery, "query")
@blueprint.doc(
    summary="Value many cars", description=DESCRIPTION,
    responses={200: answers(FORMATS), **problems(400, 401, 403, 411, 413, 415, 422, 503)},
)  # fmt: skip
@allow(DEALER, ADMIN, scopes=("valuations",))
def batch() -> Response:
    format_of = FORMATS.get(request.mimetype)
    if format_of is None:
        raise UnsupportedMediaType(f"send the body as {', '.join(FORMATS)}")
    check_length(LARGEST_BODY_BYTES)
    mapping = _mapping(request.args.to_dict(flat=False))
    spool = spool_body(MOST_LINES)
    try:
        place = services().batches.take_place()  # only now: whoever sends slowly takes nobody's place
    except BaseException:
        spool.close()
        raise
    try:
        pieces = services().batches.price(format_of(spool, mapping), date.today())
    except BaseException:
        spool.close()
        place.give_back()
        raise
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return Response(_Stream(app, pieces, spool, place), mimetype=request.mimetype)


def _mapping(query: dict[str, list[str]]) -> Mapping[str, str]:
    """Raises InvalidFields."""
    fields = Fields(query)
    fields.allow_only(("mapping",))
    texts = query.get("mapping", ["{}"])
    mapping = None
    with suppress(ValueError, RecursionError):
        mapping = json.loads(texts[0]) if len(texts) == 1 and len(texts[0]) <= LARGEST_MAPPING else None
    if fields.violations:
        raise InvalidFields(fields.violations)
    return check_mapping(mapping)


class _Stream:
    """The answer as the server takes it. It is closed at its end, and when nobody is there to take more."""

    def __init__(self, app: Flask, pieces: Iterator[bytes], spool: BinaryIO, place: Place) -> None:
        self._app = app
        self._pieces = pieces
        self._spool = spool
        self._place = place

    def __iter__(self) -> "_Stream":
        return self

    def __next__(self) -> bytes:
        # A context for each piece: whoever reads slowly holds no connection to the database meanwhile.
        try:
            self._place.move()
            with self._app.app_context():
                return next(self._pieces)
        except BaseException:  # the end among them
            self.close()
            raise

    def close(self) -> None:
        self._spool.close()
        self._place.give_back()
