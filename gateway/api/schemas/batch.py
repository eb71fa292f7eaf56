"""What a batch takes and answers: no JSON documents, so their forms are told in words."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, Field

from gateway.services.batch_columns import READ, REQUIRED
from gateway.services.batch_results import RESULT_NAMES

BODY: dict[str, Any] = {
    "type": "string",
    "description": "CSV with a header, or JSON Lines with an object of POST /valuations each; UTF-8, up to 64 MiB",
}

DESCRIPTION = f"""Prices the cars of a file, which is answered as a stream while it is priced: the same media type, the
same rows in the same order, each with its results behind it, and a summary last. A row that cannot be used or priced
has no price and an `error` that names all that is wrong with it; the others are priced none the less.

**In.** Columns (or, in JSON Lines, fields) {', '.join(REQUIRED)} and power_hp or power_kw are required; of
{', '.join(name for name in READ if name not in REQUIRED)} those that are there are read. They may be named as
AutoScout24 names them (mileage, gear, offerType, hp, year; price is the asking price), in any case, or by `mapping`.
All others are repeated and not read. CSV is separated by comma, semicolon or tab. Blank lines are no rows.

**Out, CSV.** The columns of the input, then {', '.join(RESULT_NAMES)}. base_eur and the effects add up to price_eur to
the cent; buying_price_eur is there where the house names one. A cell of text that begins with = + - @ or a tab has an
apostrophe before it, so that no spreadsheet takes it for a formula. The last row begins with the cell `# summary`; the
cells behind it are `rows=`, `priced=`, `failed=`, `versions=` and `market_as_of=` (one for each version, separated by
spaces), each followed by its value.

**Out, JSON Lines.** {{"input": the line's object, and the results by the names above}}; a line that is not JSON is a
text there. The last line is {{"summary": {{"rows", "priced", "failed", "versions", "market_as_of"}}}}."""


class BatchQuery(BaseModel):
    mapping: str | None = Field(
        None, description='what columns mean that are named otherwise, as JSON: {"mileage_km": "Kilometer"}'
    )


def answers(media_types: Iterable[str]) -> dict[str, Any]:
    """The reply, for a view's @doc(responses=...)."""
    schema = {"type": "string"}
    return {
        "description": "The rows with their results, and a summary",
        "content": {media_type: {"schema": schema} for media_type in media_types},
    }
