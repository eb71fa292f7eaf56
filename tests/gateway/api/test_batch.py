"""POST /api/v1/valuations/batch: many cars in, the same rows with their prices or their errors out, a summary last."""

import csv
import io
import json
import os
import tracemalloc
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from gateway.services.batch_results import EFFECT_NAMES, RESULT_NAMES
from gateway.services.batch_rows import ROWS_A_CALL
from model.schema.features import EFFECTS
from tests.gateway import market
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import FakeModelServer, Reply, Wire, change, fail, output, say
from tests.gateway.gateways import GOLF, Gateway, faults, problem

BATCH = "/api/v1/valuations/batch"
WHOLE = os.environ.get("DEALERSHIP_VERIFY") == "1"
CSV, LINES = "text/csv", "application/x-ndjson"
COLUMNS = tuple(GOLF)
# Ways in which cars differ; all can be priced.
CARS: Sequence[Mapping[str, Any]] = [
    {},
    {"make": "VW", "model": "vw golf", "fuel": "Benzin", "mileage_km": 0},
    {"make": "Aston", "model": "Martin Vantage", "gearbox": "Automatic", "power_hp": 510, "mileage_km": 20_000},
    {"make": "Skoda", "model": "Octavia", "fuel": "Diesel", "gearbox": "automatic", "first_registration": "2018"},
    {"make": "Škoda", "model": "Octavia", "fuel": "diesel", "gearbox": "manual", "mileage_km": 123_456.5},
    {"make": "BMW", "model": "i3", "fuel": "electric", "gearbox": "automatic", "power_hp": 170},
    {"mileage_km": 290_000, "power_hp": 60},
    {"first_registration": "2011-12"},
    {"first_registration": "2019-07", "as_of": "2025-07-02"},
]
# What is wrong with a car, by the words of POST /valuations.
WRONG: Sequence[Mapping[str, Any]] = [
    {"mileage_km": -1},
    {"mileage_km": 2_000_001, "power_hp": 0.5},
    {"make": "Volkswagon", "fuel": "coal"},
    {"model": "Gulf"},
    {"make": "Others"},
    {"first_registration": "1985-05"},
    {"first_registration": "16/05"},
    {"fuel": "hydrogen", "gearbox": "semi_automatic"},
    {"as_of": "2999-01-01"},
    {"as_of": "yesterday"},
    {"power_hp": ...},
    {"make": ..., "mileage_km": ...},
    {"asking_price_eur": 0.5},
    {"make": "x" * 100},
]


def car(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**GOLF, **changes}.items() if value is not ...}


def written(cars: Sequence[Mapping[str, Any]], columns: Sequence[str] = COLUMNS, delimiter: str = ",") -> bytes:
    text = io.StringIO()
    rows = csv.DictWriter(text, columns, restval="", delimiter=delimiter)
    rows.writeheader()
    rows.writerows(cars)
    return text.getvalue().encode()


def json_lines(cars: Sequence[Mapping[str, Any]]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in cars)


class Caller:
    """A dealer's program."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.client: FlaskClient = gateway.with_token("valuations")

    def post(self, body: bytes, media_type: str | None = CSV, query: Mapping[str, str] | None = None) -> TestResponse:
        return self.client.post(BATCH, data=body, content_type=media_type, query_string=query or {}, buffered=True)

    def csv(self, body: bytes, query: Mapping[str, str] | None = None, delimiter: str = ",") -> "Answer":
        response = self.post(body, CSV, query)
        assert (response.status_code, response.mimetype) == (200, CSV), response.text
        header, *rows, summary = csv.reader(io.StringIO(response.text, newline=""), delimiter=delimiter)
        assert all(len(row) == len(header) == len(summary) for row in rows)
        assert summary[0] == "# summary"
        told = dict(cell.split("=", 1) for cell in summary[1:] if cell)
        return Answer(header, [dict(zip(header, row, strict=True)) for row in rows], told)

    def lines(self, body: bytes, query: Mapping[str, str] | None = None, media_type: str = LINES) -> "Answer":
        response = self.post(body, media_type, query)
        assert (response.status_code, response.mimetype) == (200, media_type), response.text
        *rows, summary = (json.loads(line) for line in response.text.splitlines())
        assert all(list(row) == ["input", *RESULT_NAMES] for row in rows)
        return Answer(["input", *RESULT_NAMES], rows, summary["summary"])


class Answer:
    def __init__(self, header: list[str], rows: list[dict[str, Any]], summary: dict[str, Any]) -> None:
        self.header, self.rows, self.summary = header, rows, summary

    @property
    def errors(self) -> list[str]:
        return [row["error"] or "" for row in self.rows]


@pytest.fixture
def caller(gateway: Gateway) -> Caller:
    return Caller(gateway)


def check_same(row: Mapping[str, Any], valuation: Mapping[str, Any]) -> None:
    """A row's results are those that POST /valuations gives of the same car."""
    assert not row["error"]
    amounts = {name: float(row[name]) for name in ("price_eur", "low_eur", "high_eur", "base_eur", *EFFECT_NAMES)}
    assert amounts["price_eur"] == valuation["price_eur"]
    assert (float(row["buying_price_eur"]) if row["buying_price_eur"] else None) == valuation["buying_price_eur"]
    assert (amounts["low_eur"], amounts["high_eur"]) == (valuation["range"]["low_eur"], valuation["range"]["high_eur"])
    assert amounts["base_eur"] == valuation["base_eur"]
    effects = {part["feature"]: part["effect_eur"] for part in valuation["contributions"]}
    assert {effect.explains: amounts[effect.name] for effect in EFFECTS} == effects
    assert row["confidence"] == valuation["confidence"]
    assert (row["deal"] or None) == valuation["deal"]
    assert row["model_version"] == valuation["model"]["version"]
    cents = [Decimal(str(row[name])) for name in ("base_eur", *EFFECT_NAMES)]
    assert sum(cents) == Decimal(str(row["price_eur"]))


def test_csv_rows_have_the_prices_of_single_cars(caller: Caller) -> None:
    """To the cent, with range, effects, confidence, deal and version, in the order of the rows."""
    # given cars of many kinds, some of them with an asking price
    cars = [car(**each, asking_price_eur=20_000) for each in CARS] + [car(**each) for each in CARS]
    # when they are priced together
    answer = caller.csv(written(cars, (*COLUMNS, "asking_price_eur")))
    # then each has what it has alone
    assert answer.header == [*COLUMNS, "asking_price_eur", *RESULT_NAMES]
    for row, each in zip(answer.rows, cars, strict=True):
        check_same(row, caller.gateway.value(**each).get_json())
    # and the input stands before it as it was, and a summary last
    assert [row["model"] for row in answer.rows] == [each["model"] for each in cars]
    assert answer.summary == {
        "rows": "18", "priced": "18", "failed": "0", "versions": "1", "market_as_of": market.MARKET_AS_OF,
    }  # fmt: skip


def test_rows_have_the_buying_price_of_single_cars(open_gateway: OpenGateway) -> None:
    """Where the operator has set a margin."""
    # given a margin, when cars are priced together, then each has the buying price that it has alone
    caller = Caller(open_gateway(buying_margin_percent=12.5))
    cars = [car(**each) for each in CARS]
    for answer in (caller.csv(written(cars)), caller.lines(json_lines(cars))):
        for row, each in zip(answer.rows, cars, strict=True):
            assert row["buying_price_eur"]
            check_same(row, caller.gateway.value(**each).get_json())


def test_json_lines_have_the_prices_of_single_cars(caller: Caller) -> None:
    """The same in the other format, whose lines may be of different shapes; without an asking price no deal."""
    # given cars of many kinds
    cars = [car(**each) for each in CARS] + [car(asking_price_eur=20_000, note={"ours": [1, 2]}), car(offer_type="new")]
    for media_type in (LINES, "application/jsonl"):
        # when they are priced together
        answer = caller.lines(json_lines(cars), media_type=media_type)
        # then each has what it has alone, beside what was sent
        for row, each in zip(answer.rows, cars, strict=True):
            assert row["input"] == each
            check_same(row, caller.gateway.value(**{k: v for k, v in each.items() if k != "note"}).get_json())
        assert answer.summary == {
            "rows": 11, "priced": 11, "failed": 0, "versions": ["1"], "market_as_of": [market.MARKET_AS_OF],
        }  # fmt: skip


@pytest.mark.parametrize("learnt", [False, True])
def test_rows_that_cannot_be_used_are_told_as_single_cars_are(caller: Caller, learnt: bool) -> None:
    """Each row's error names all that is wrong with it in the words of POST /valuations; the others are priced."""
    # given rows of which every other one has something wrong with it
    cars = [each for changes in WRONG for each in (car(), car(**changes))]
    if learnt:
        caller.csv(written([car()] * 2))
    told = []
    for each in cars:
        response = caller.gateway.value(**{name: ... for name in GOLF} | each)
        told.append("" if response.status_code == 200 else problem(response, 422)["detail"])
    # when they are priced together, then each is told what it is told alone
    by_csv = caller.csv(written(cars, (*COLUMNS, "asking_price_eur")))
    assert by_csv.errors == told
    by_lines = caller.lines(json_lines(cars))
    assert by_lines.errors == told
    # and the others have their prices
    for row in (*by_csv.rows, *by_lines.rows):
        assert bool(row["error"]) == (not row["price_eur"])
        assert row["model_version"] == "1"
    assert by_csv.summary["failed"] == str(len(WRONG)) and by_lines.summary["priced"] == len(WRONG)


@pytest.mark.parametrize(
    ("cell", "error"),
    [
        ("48.500", "mileage_km: '48.500' is not a plain number"),
        ("48,500", "mileage_km: '48,500' is not a plain number"),
        ("48500 km", "mileage_km: '48500 km' is not a plain number"),
        ("1e5", "mileage_km: '1e5' is not a plain number"),
        ("٤٨", "mileage_km: '٤٨' is not a plain number"),
        ("9" * 400, "mileage_km: must be a finite number"),
        ("-/-", "mileage_km: is missing"),
        ("  ", "mileage_km: is missing"),
        ("", "mileage_km: is missing"),
    ],
)
def test_cells_that_are_no_numbers_are_named(caller: Caller, cell: str, error: str) -> None:
    """A number must be as machines write it; an empty cell, or a source's word for nothing, is a missing field."""
    # given one car with such a cell between others
    cars = [car(), car(mileage_km=cell), car(mileage_km=" 48500 ")]
    # when they are priced, then that one is told, and the others are priced
    assert caller.csv(written(cars)).errors == ["", error, ""]


@pytest.mark.parametrize("value", [True, "48500", [1], {"a": 1}, 10**400, None, 1e308])
@pytest.mark.parametrize("field", ["mileage_km", "power_hp", "make", "first_registration", "asking_price_eur"])
def test_values_of_another_type_are_named(caller: Caller, field: str, value: object) -> None:
    """What JSON says is taken as it says it: true is not 1, and a text is no number."""
    # given a car with such a value, after one that has the number 1 there
    cars = [car(**{field: 1}), car(**{field: value})]
    # when it is priced among others, then it is told what it is told alone
    alone = caller.gateway.value(**cars[1])
    told = None if alone.status_code == 200 else problem(alone, 422)["detail"]
    assert caller.lines(json_lines(cars)).rows[1]["error"] == told


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_csv_comes_in_dialects(caller: Caller, delimiter: str, bom: bytes, line_end: bytes) -> None:
    """Comma, semicolon or tab; with a byte order mark or without; either end of lines; the answer is of the same."""
    # given a file of such a dialect, without an end of its last line
    body = bom + written([car(), car(make="Škoda", model="Octavia")], delimiter=delimiter)
    body = body.replace(b"\r\n", line_end).removesuffix(line_end)
    # when it is priced
    response = caller.post(body)
    answer = caller.csv(body, delimiter=delimiter)
    # then both rows are, in the same dialect
    assert answer.summary["priced"] == "2"
    assert response.data.startswith(bom + b"make") and response.data.endswith(b"\r\n")
    check_same(answer.rows[1], caller.gateway.value(make="Skoda", model="Octavia").get_json())


THEIRS = ["make", "model", "fuel", "GEAR", "offerType", "Year", "Mileage", "hp", "as_of", "price"]


@pytest.mark.parametrize(
    ("columns", "mapping"),
    [
        (["Make", "MODEL", "fuel", "gearbox", "offer_type", "first_registration", "mileage_km", "power_hp", "as_of",
          "asking_price_eur"], {}),
        (THEIRS, {}),
        (["Marke", "Modell", " Kraftstoff ", "gear", "offerType", "EZ", "Kilometer", "hp", "as_of", "Preis, EUR"],
         {"make": "Marke", "model": "modell", "fuel": "Kraftstoff", "first_registration": "EZ",
          "mileage_km": "Kilometer", "asking_price_eur": "Preis, EUR"}),
    ],
)  # fmt: skip
def test_columns_are_found_by_several_names(caller: Caller, columns: list[str], mapping: dict[str, str]) -> None:
    """Ours, AutoScout24's, or those of a mapping, in any case; a price of theirs is what is asked."""
    # given a car under such names, in either format
    values = ["Volkswagen", "Golf", "Gasoline", "Manual", "Used", "2020-03", 48_500, 150, "2024-06-30", 20_000]
    theirs = dict(zip(columns, values, strict=True))
    query = {"mapping": json.dumps(mapping)} if mapping else {}
    # when it is priced, then it is the car that it is under our names
    ours = caller.gateway.value(asking_price_eur=20_000).get_json()
    check_same(caller.csv(written([theirs], columns), query).rows[0], ours)
    check_same(caller.lines(json_lines([theirs]), query).rows[0], ours)


def test_power_may_be_in_kw_or_both(caller: Caller) -> None:
    """Either column will do; where both are filled they must agree."""
    # given cars with the one, the other, both, and both in disagreement
    columns = (*COLUMNS, "power_kw")
    cars = [car(power_kw=110, power_hp=""), car(), car(power_kw=110), car(power_kw=150)]
    # when they are priced
    answer = caller.csv(written(cars, columns))
    # then the last alone is told
    assert [bool(error) for error in answer.errors] == [False, False, False, True]
    assert "power_kw: 150 kW are 204 hp, not 150" in answer.errors[3]
    # and a file without hp at all is as good
    only_kw = [name if name != "power_hp" else "power_kw" for name in COLUMNS]
    answer = caller.csv(written([{**car(power_hp=...), "power_kw": 110}], only_kw))
    check_same(answer.rows[0], caller.gateway.value(power_hp=..., power_kw=110).get_json())


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        (b"", {"make", "model", "fuel", "gearbox", "first_registration", "mileage_km", "power_hp"}),
        (b"\n\n", {"make", "model", "fuel", "gearbox", "first_registration", "mileage_km", "power_hp"}),
        (b"make;model;fuel;gearbox;first_registration;km\n", {"mileage_km", "power_hp"}),
        (b"a,b\n1,2\n", {"make", "model", "fuel", "gearbox", "first_registration", "mileage_km", "power_hp"}),
    ],
)
def test_a_header_that_lacks_columns_is_refused(
    caller: Caller, model_server: FakeModelServer, body: bytes, missing: set[str]
) -> None:
    """Before anything is priced, with the names of all that are missing."""
    # given such a file, when it is sent, then they are named
    assert faults(caller.post(body)) == dict.fromkeys(missing, "missing")
    assert model_server.requests == []


@pytest.mark.parametrize(
    ("header", "status"),
    [(b"make,\xff\n", 400), (b"x" * 200_000, 400), (b"a,b\rc\n", 400), (b"," * 1_000, 422), (b'"' * 70_001, 400)],
)
def test_a_header_that_cannot_be_read_is_refused(caller: Caller, header: bytes, status: int) -> None:
    """As 4xx, whatever it is."""
    # given such a file, when it is sent, then it is refused
    problem(caller.post(header), status)


def test_a_header_that_names_a_column_twice_is_refused(caller: Caller) -> None:
    """Nobody can know which is meant; a column that is not read may be there twice."""
    # given files with two columns of a name, when they are sent, then that is told, where it matters
    body = written([car()])
    assert faults(caller.post(body.replace(b"as_of", b"MAKE"))) == {"make": "duplicate"}
    twice = b"\n".join(line + b",1,2" if n else line + b",x,x" for n, line in enumerate(body.split(b"\r\n")[:-1]))
    assert caller.post(twice).status_code == 200


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"mapping": '{"mileage": "Kilometer"}'}, {"mileage": "unknown_field"}),
        ({"mapping": '{"mileage_km": "Kilometer"}'}, {"mileage_km": "missing"}),
        ({"mapping": '{"mileage_km": 1}'}, {"mapping": "type"}),
        ({"mapping": '["mileage_km"]'}, {"mapping": "type"}),
        ({"mapping": "mileage_km"}, {"mapping": "type"}),
        ({"mapping": ""}, {"mapping": "type"}),
        ({"mapping": "[" * 3_000}, {"mapping": "type"}),
        ({"maping": "{}"}, {"maping": "unknown_field"}),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(
    caller: Caller, query: dict[str, str], named: dict[str, str]
) -> None:
    """As is any other query."""
    # given a good file with such a query, when it is sent, then what is wrong is named
    assert faults(caller.post(written([car()]), query=query)) == named


def test_bodies_of_another_kind_are_refused(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another media type is 415, one without a length 411, one too large 413; none takes a place for long."""
    # given bodies of another kind, when they are sent, then they are refused
    for _ in range(3):
        problem(caller.post(b"{}", "application/json"), 415)
        problem(caller.post(b"{}", None), 415)
        over = {"CONTENT_LENGTH": str(64 * 2**20 + 1)}
        problem(caller.client.post(BATCH, content_type=CSV, environ_overrides=over), 413)
        chunked = caller.client.post(
            BATCH, content_type=CSV, input_stream=io.BytesIO(written([car()])),
            environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
        )  # fmt: skip
        problem(chunked, 411)
        short = caller.client.post(
            BATCH, content_type=CSV, input_stream=io.BytesIO(written([car()])),
            environ_overrides={"CONTENT_LENGTH": "1000"},
        )  # fmt: skip
        problem(short, 400)
    # and good ones are taken as before
    assert caller.csv(written([car()])).summary["priced"] == "1"


@pytest.mark.parametrize(
    ("role", "status"), [("anonymous", 401), ("customer", 403), ("reviewer", 403), ("dealer", 200), ("admin", 200)]
)
def test_dealers_and_their_programs_alone_may_send_batches(gateway: Gateway, role: str, status: int) -> None:
    """An account that is a dealer's or an admin's, or a token of scope valuations."""
    # given a browser of this role, when a batch is sent from it, then it is priced or refused
    response = gateway.as_role(role).post(BATCH, data=written([car()]), content_type=CSV)
    assert response.status_code == status
    # and a token of another scope will not do
    other = gateway.with_token("infer").post(BATCH, data=written([car()]), content_type=CSV)
    problem(other, 403)


def test_a_file_without_rows_has_a_summary(caller: Caller) -> None:
    """A header alone, or nothing at all as JSON Lines, is a batch of no cars."""
    # given files without rows, when they are priced, then the summary says so
    none = {"rows": "0", "priced": "0", "failed": "0", "versions": "", "market_as_of": ""}
    assert caller.csv(written([])).summary == none
    assert caller.csv(written([]) + b"\r\n\r\n").summary == none
    for body in (b"", b"\xef\xbb\xbf", b"\n \n"):
        assert caller.lines(body).summary == {
            "rows": 0, "priced": 0, "failed": 0, "versions": [], "market_as_of": [],
        }  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "out"),
    [
        ("=1+1", "'=1+1"), ("+49 151", "'+49 151"), ("-x", "'-x"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"),
        ("\rx", "'\rx"), ("-5", "-5"), ("-5.25", "-5.25"), ("-5,25", "'-5,25"), ("-", "'-"), ("a=b", "a=b"),
        ("x@y.z", "x@y.z"), ("a-b", "a-b"), ('=a"b', "'=a\"b"), ("", ""), ("'=x", "'=x"), ("-1-1", "'-1-1"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [0, -1])
def test_no_echo_is_a_formula(caller: Caller, cell: str, out: str, place: int) -> None:
    """What a spreadsheet would take for a formula has an apostrophe before it; a negative number is none."""
    # given a file with such a cell, as its first or its last, in several rows, and as a header
    columns = ["note", *COLUMNS] if place == 0 else [*COLUMNS, "note"]
    # when it is priced, then it comes back harmless, and the cars have their prices
    answer = caller.csv(written([{**car(), "note": cell}, car(), {**car(), "note": cell}], columns))
    assert [row["note"] for row in answer.rows] == [out, "", out]
    assert answer.summary["priced"] == "3"
    named = caller.csv(written([car()], [*COLUMNS, cell or "x"]))
    assert named.header[len(COLUMNS)] == (out or "x")


def test_no_error_is_a_formula(caller: Caller) -> None:
    """An error repeats what somebody wrote, within a sentence."""
    # given a car of a make that is a formula, when it is priced
    answer = caller.csv(written([car(make='=HYPERLINK("x")')]))
    # then its error begins with the field's name
    assert answer.errors[0].startswith("make: ")
    assert answer.rows[0]["make"] == "'=HYPERLINK(\"x\")"


def test_quoted_cells_may_hold_anything(caller: Caller) -> None:
    """Delimiters, quotes and ends of lines within quotes, also where a block of the file ends."""
    # given many rows with a note that is quoted, and long enough that blocks end within it
    notes = [f'a "note", number {number};\r\nof {"several " * (number % 50)}\nlines' for number in range(300)]
    cars = [{**car(mileage_km=1_000 * (number % 9)), "note": note} for number, note in enumerate(notes)]
    # when they are priced
    answer = caller.csv(written(cars, (*COLUMNS, "note")))
    # then each is, and its note is what it was
    assert answer.summary["priced"] == "300"
    assert [row["note"].replace("\r\n", "\n") for row in answer.rows] == [note.replace("\r\n", "\n") for note in notes]


def test_lines_that_cannot_be_read_are_rows_with_an_error(caller: Caller) -> None:
    """Too few cells or too many, another encoding, an endless line: each costs itself alone."""
    # given such lines between good ones
    header, good = written([car()]).splitlines()
    bad = {
        b"a,b": "the line has 2 cells where the header has 8",
        good + b",x": "the line has 9 cells where the header has 8",
        good.replace(b"Golf", b"G\xfclf"): "the line is not UTF-8",
        b"x" * 200_000: "the line is longer than 65,536 bytes",
        good.replace(b"Golf", b'"Golf'): "the line is not CSV",
    }
    for line, error in bad.items():
        # when they are priced
        answer = caller.csv(b"\n".join([header, good, line, *[good] * 2]))
        # then they are told
        if b'"' in line:  # a quote that is never closed swallows what follows it
            assert answer.summary["priced"] == "1"
            continue
        assert answer.errors == ["", error, "", ""]
        assert answer.summary["priced"] == "3"


def test_lines_that_are_not_json_are_rows_with_an_error(caller: Caller) -> None:
    """Their text is repeated; what POST /valuations would refuse as a body is refused as a line."""
    # given such lines between good ones
    good = json.dumps(car()).encode()
    bad = {
        b"nonsense": "the line is not JSON: Expecting value (line 1, column 1)",
        b"[1]": "the line must be one JSON object",
        good + good: "the line is not JSON: Extra data",
        good.replace(b"Golf", b"\xff"): "the line is not UTF-8",
        good.replace(b'"fuel"', b'"make"'): "the line names a field twice: make",
        b"[" * 60_000: "the line is JSON that nobody needs",
        b"x" * 200_000: "the line is longer than 65,536 bytes",
        good.replace(b"48500", b"NaN"): "mileage_km: must be a finite number",
        good.replace(b"Golf", b"\\ud800"): "model: holds characters that cannot be printed",
        b'{"Make": "x", "make": "y"}': "make: there are 2 columns of this name",
    }
    body = b"\n".join([good, *(line for each in bad for line in (each, good))])
    # when they are priced
    answer = caller.lines(body)
    # then each is told, and the others have their prices
    assert [error == "" for error in answer.errors] == [True] + [False, True] * len(bad)
    for error, expected in zip(answer.errors[1::2], bad.values(), strict=True):
        assert error.startswith(expected)
    assert answer.rows[1]["input"] == "nonsense"
    assert answer.rows[3]["input"] == [1]


def many(count: int) -> list[dict[str, Any]]:
    return [car(mileage_km=number) for number in range(count)]


@pytest.mark.parametrize(
    ("misbehaviour", "said"), [(fail(500), "answered with an error"), (say(b"<html>"), "its answer is not JSON")]
)
def test_a_model_server_that_fails_in_the_middle_costs_those_rows(
    caller: Caller, model_server: FakeModelServer, misbehaviour: Any, said: str
) -> None:
    """They are told so; those before and after have their prices, and the answer ends as any other."""
    # given a model server that fails at its third call
    def fail_once(reply: Reply) -> Reply | Wire:
        return misbehaviour(reply) if len(model_server.requests) == 3 else reply

    model_server.misbehave(fail_once)
    # when a file of several calls is priced
    answer = caller.csv(written(many(4 * ROWS_A_CALL)))
    # then some rows in the middle have an error
    failed = [number for number, error in enumerate(answer.errors) if error]
    assert 0 < len(failed) < 2 * ROWS_A_CALL and failed == list(range(failed[0], failed[-1] + 1))
    assert all(answer.errors[row].startswith("No price can be given now: ") for row in failed)
    assert all(said in answer.errors[row] for row in failed)
    assert int(answer.summary["failed"]) == len(failed)
    assert int(answer.summary["priced"]) + len(failed) == 4 * ROWS_A_CALL
    # and it is counted
    causes = ("error", "garbage")
    assert sum(caller.gateway.metric("gateway_model_failures_total", cause=cause) for cause in causes) == 1
    assert caller.gateway.metric("gateway_valuations_total", version="1") == int(answer.summary["priced"])


def test_rows_that_cannot_be_believed_cost_themselves_alone(caller: Caller, model_server: FakeModelServer) -> None:
    """A range that does not hold its price, or a car that the table does not know after all."""
    # given a model server that is wrong about two of five cars
    def be_wrong(reply: Reply) -> None:
        output(reply, "low_eur")["data"][1] = 1e9
        for tensor in reply["outputs"]:
            tensor["data"][3] = 0.0 if tensor["name"] == "support" else None

    model_server.misbehave(change(be_wrong))
    # when they are priced
    answer = caller.csv(written([car()] * 5))
    # then those two have no price, and are told why
    assert [bool(error) for error in answer.errors] == [False, True, False, True, False]
    assert "its range does not hold its price" in answer.errors[1]
    assert "disagree on what can be priced" in answer.errors[3]
    model_server.behave()
    for number in (0, 2, 4):
        check_same(answer.rows[number], caller.gateway.value().get_json())


def test_without_a_model_server_every_row_says_so(caller: Caller, model_server: FakeModelServer) -> None:
    """And what is wrong with a row is told none the less."""
    # given no model server
    model_server.stop()
    # when a batch is sent
    answer = caller.csv(written([car(), car(fuel="coal")]))
    # then there is an answer without prices
    assert "cannot be reached" in answer.errors[0] and answer.errors[1].startswith("fuel: ")
    assert answer.summary["priced"] == "0" and answer.summary["versions"] == ""


def test_without_a_card_there_is_no_batch(open_gateway: OpenGateway) -> None:
    """Before a model was published a batch is refused as a whole."""
    # given a gateway without a card, when a batch is sent, then it is refused
    problem(Caller(open_gateway(publish=False)).post(written([car()])), 503)


def test_a_version_that_changes_in_the_middle_prices_the_rest(
    caller: Caller, model_server: FakeModelServer
) -> None:
    """Each row is read and priced by the version that it names; the summary names both."""
    # given a second version, which knows no Polo, and takes over after some calls
    without = market.card("2")
    without["vocabulary"] = [known for known in without["vocabulary"] if known["model"] != "Polo"]
    caller.gateway.publish({**without, "data": {**without["data"], "market_as_of": "2024-07-02"}})

    def take_over(reply: Reply) -> Reply:
        if len(model_server.requests) > 2:
            model_server.version = reply["model_version"] = "2"
        return reply

    model_server.misbehave(take_over)
    # when a file with Polos in it is priced
    cars = [car(mileage_km=number, model=("Golf", "Polo")[number % 2]) for number in range(3 * ROWS_A_CALL)]
    answer = caller.csv(written(cars))
    # then the first rows are the first version's and the others the second's
    versions = [row["model_version"] for row in answer.rows]
    assert versions == sorted(versions) and set(versions) == {"1", "2"}
    assert answer.summary["versions"] == "1 2"
    assert answer.summary["market_as_of"] == "2024-07-01 2024-07-02"
    # and what the second does not know it does not price
    for row in answer.rows:
        assert bool(row["error"]) == (row["model_version"] == "2" and row["model"] == "Polo")


def test_a_version_without_a_card_prices_nothing(caller: Caller, model_server: FakeModelServer) -> None:
    """Its rows say so."""
    # given a model server of a version that was not published, when a batch is sent, then its rows have no price
    model_server.version = "9"
    answer = caller.csv(written([car()]))
    assert "whose card has not been published" in answer.errors[0]


def test_more_batches_than_may_be_are_refused(caller: Caller) -> None:
    """With 503 and when to come again; a place is free again once an answer was taken whole, or given up."""
    # given two answers of which only the beginning was taken
    body = written(many(3 * ROWS_A_CALL))
    under_way: list[Iterator[Any]] = []
    responses = [caller.client.post(BATCH, data=body, content_type=CSV, buffered=False) for _ in range(2)]
    for response in responses:
        under_way.append(iter(response.response))
        next(under_way[-1])
    # when a third is sent, then it is refused
    refused = caller.post(body)
    problem(refused, 503)
    assert refused.headers["Retry-After"] == "1"
    # and it is priced when one has been taken whole
    assert b"# summary" in b"".join(under_way[0])
    responses[0].close()
    assert caller.post(body).status_code == 200
    # and when the other is given up, or one of which nothing was taken, then there is room for two
    responses[1].close()
    caller.client.post(BATCH, data=body, content_type=CSV, buffered=False).close()
    for _ in range(2):
        caller.client.post(BATCH, data=body, content_type=CSV, buffered=False)
    problem(caller.post(body), 503)


def test_an_answer_given_up_asks_for_no_more_prices(caller: Caller, model_server: FakeModelServer) -> None:
    """Who goes away stops the work."""
    # given a file of several calls, of whose answer the first rows are taken
    response = caller.client.post(BATCH, data=written(many(4 * ROWS_A_CALL)), content_type=CSV, buffered=False)
    pieces = iter(response.response)
    next(pieces)
    next(pieces)
    asked = len(model_server.requests)
    # when it is given up, then nothing more is asked
    response.close()
    assert len(model_server.requests) == asked < 4


def test_a_large_batch_needs_little_memory(caller: Caller) -> None:
    """A file is on disk, and its answer goes as it comes: 100,000 rows take no more than a few calls' worth."""
    # given a large file
    rows = 100_000 if WHOLE else 4 * ROWS_A_CALL
    body = written(many(rows))
    priced = 0
    caller.csv(written(many(10)))
    response = caller.client.post(BATCH, data=body, content_type=CSV, buffered=False)
    tracemalloc.start()
    try:
        # when its answer is taken piece by piece
        for piece in response.iter_encoded():
            priced += piece.count(b"\n")
        # then memory has not grown by much; the model server, which is of this process, included
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()
        response.close()
    assert priced == rows + 2


NOT_SLOW = settings(
    max_examples=500 if WHOLE else 40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
HEADER = ",".join(COLUMNS).encode()
GOOD = written([car()]).splitlines()[1]
SCRAPS = st.lists(
    st.one_of(
        st.sampled_from([
            GOOD, b"\n", b"\r\n", b",", b'"', b";", b"\t", b"=", b"-", b"\xff", b"\r", b"\0", b"Golf", b"{", b"}",
            b'{"make": "VW"}', json.dumps(car()).encode(), b"[]", b":", b"null", b"1e999", b"\\ud800", b"\xef\xbb\xbf",
            "Škoda".encode(),
        ]),
        st.binary(max_size=20),
    ), max_size=30,
).map(b"".join)  # fmt: skip


@NOT_SLOW
@given(scraps=SCRAPS, headed=st.booleans())
def test_no_bytes_make_csv_fail(caller: Caller, scraps: bytes, headed: bool) -> None:
    """Whatever is sent, it is refused as a whole or answered row by row; plain lines have a row each."""
    # given any bytes, when they are sent
    body = HEADER + b"\n" + scraps if headed else scraps
    response = caller.post(body)
    # then they are refused, or answered with a summary that counts the rows
    if response.status_code in (400, 422):
        assert not headed or b"\n" not in body
        problem(response, response.status_code)
        return
    answer = caller.csv(body)
    assert int(answer.summary["rows"]) == len(answer.rows)
    assert sum(not row["error"] for row in answer.rows) == int(answer.summary["priced"])
    if b'"' not in body:
        lines = (scraps + b"\n").replace(b"\r\n", b"\n").split(b"\n")
        assert len(answer.rows) == len([line for line in lines if line])


@NOT_SLOW
@given(scraps=SCRAPS)
def test_no_bytes_make_json_lines_fail(caller: Caller, scraps: bytes) -> None:
    """Whatever is sent, each line that is not blank has a row."""
    # given any bytes, when they are sent, then each line is answered
    answer = caller.lines(scraps)
    lines = [line for line in scraps.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    assert len(answer.rows) == answer.summary["rows"] == len(lines)


@NOT_SLOW
@given(
    cars=st.lists(st.fixed_dictionaries({
        "model": st.sampled_from(["Golf", "Polo", "golf ", "Gulf"]),
        "fuel": st.sampled_from(["petrol", "Diesel", "hydrogen", "coal", ""]),
        "gearbox": st.sampled_from(["manual", "Automatik"]),
        "first_registration": st.one_of(st.integers(2005, 2025).map(str), st.sampled_from(["2020-13", "2024-06"])),
        "mileage_km": st.one_of(st.integers(-1, 400_000), st.just(2_000_001)),
        "power_hp": st.integers(0, 700),
        "asking_price_eur": st.sampled_from(["", 0.5, 15_000, 20_000.5]),
    }), min_size=1, max_size=8),
)  # fmt: skip
def test_a_batch_says_what_single_cars_are_told(caller: Caller, cars: list[dict[str, Any]]) -> None:
    """Of any cars together: the same prices, confidence and deals, or the same errors."""
    # given any cars, when they are priced together and one by one
    rows = caller.csv(written([car(**each) for each in cars], (*COLUMNS, "asking_price_eur"))).rows
    for each, row in zip(cars, rows, strict=True):
        alone = caller.gateway.value(**{name: value for name, value in each.items()} | {
            name: ... for name, value in each.items() if value == ""
        })  # fmt: skip
        # then they are told the same
        if alone.status_code == 200:
            check_same(row, alone.get_json())
        else:
            assert row["error"] == problem(alone, 422)["detail"]


def test_many_short_lines_after_a_long_one_are_taken_in_turn(caller: Caller) -> None:
    """How much is read at once follows from the lines before, and has a limit in lines too."""
    # given a long line, and after it more short ones than a block may have, all with something wrong with them
    count = 4 * ROWS_A_CALL + 10
    note = "x" * 60_000
    lines = [json.dumps({**car(), "note": note}), *(f'{{"make": 1, "MAKE": 2, "k{n % 50}": 0}}' for n in range(count))]
    answer = caller.lines("\n".join(lines).encode() + b"\n")
    # when they are priced, then each is told what is wrong with it, in turn
    assert len(answer.rows) == count + 1 and answer.summary["failed"] == count
    assert all(answer.errors[1:])
    wide = ",".join([*COLUMNS, *(f"c{n}" for n in range(150))])
    table = f"{wide}\n{','.join(map(str, car().values()))},{note}{',' * 149}\n".encode() + b"a\n" * count
    assert caller.csv(table).summary["failed"] == str(count)


def test_a_file_of_too_many_lines_is_refused(caller: Caller) -> None:
    """Each line has an answer that is longer: a file of few bytes could ask for any length."""
    # given a million lines and one, when they are sent, then they are refused before any is priced
    response = caller.client.post(BATCH, data=b"1\n" * 1_000_001, content_type=LINES)
    problem(response, 413)
    assert caller.client.post(BATCH, data=b"", content_type=LINES).status_code == 200


def test_who_reads_nothing_loses_his_place_to_who_asks(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place is for who moves on: after a while without, it is another's."""
    # given as many readers as there are places, who take one piece and no more
    client = gateway.with_token("valuations")
    table = ",".join(COLUMNS).encode() + b"\n" + b"\n".join(
        ",".join(map(str, car().values())).encode() for _ in range(2 * ROWS_A_CALL)
    )  # fmt: skip
    readers = [client.post(BATCH, data=table, content_type=CSV) for _ in range(2)]
    pieces = [reader.iter_encoded() for reader in readers]
    for each in pieces:
        next(each)
    problem(client.post(BATCH, data=table, content_type=CSV), 503)
    # when the time to move on is over, then another one gets the place of who stood longest
    monkeypatch.setattr("gateway.services.batch.STALLED_S", 0.0)
    assert client.post(BATCH, data=table, content_type=CSV, buffered=True).status_code == 200
    with pytest.raises(Exception, match="not read for long"):
        list(pieces[0])
    for reader in readers:
        reader.close()
