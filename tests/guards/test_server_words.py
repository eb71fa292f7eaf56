"""What the server says in English has a stable code, and the pages have German for each."""

import ast
import re
from collections.abc import Iterator

from tests.product import CHECKOUT

MESSAGES = CHECKOUT / "gateway/web/src/messages/de"
# Read and written by programs alone: jobs and sources of listings.
NOT_ON_PAGES = {"out_of_order", "not_euros"}


def sources() -> Iterator[ast.Call]:
    """Every call in the gateway and in the contract that it reads fields by."""
    for folder in ("gateway", "model/schema"):
        for path in (CHECKOUT / folder).rglob("*.py"):
            if "node_modules" not in path.parts:
                yield from (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                            if isinstance(node, ast.Call))  # fmt: skip


def texts(node: ast.expr) -> set[str]:
    """The words that an expression may be: "missing" if … else "type"."""
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def violations() -> set[str]:
    found = set()
    for call in sources():
        if name_of(call) in ("add", "Violation", "_refuse") and len(call.args) >= 3:
            found |= {code for code in texts(call.args[1]) if re.fullmatch("[a-z_]+", code)}
    return found - NOT_ON_PAGES


def limits() -> set[str]:
    found: set[str] = set()
    for call in sources():
        if name_of(call) == "Limit":
            found |= {code for code in texts(call.args[0]) if "_" in code}
        if name_of(call) == "Measure":
            found |= texts(call.args[1])
    return found


def refusals() -> set[str]:
    return {word for call in sources() for each in call.keywords if each.arg == "code" for word in texts(each.value)}


def german(file: str, block: str) -> set[str]:
    """The keys of a block of a file of messages."""
    text = (MESSAGES / file).read_text(encoding="utf-8")
    (inside,) = re.findall(rf"^  {block}: {{\n(.*?)^  }},", text, re.M | re.S)
    return set(re.findall(r"^    '?([\w.]+)'?:", inside, re.M))


def test_every_fault_of_a_field_has_german() -> None:
    # given the codes in the sources, when they are looked for, then each is there, by itself or for each of its fields
    spoken = {key.rpartition(".")[2] for key in german("app.ts", "violations")}
    assert len(violations()) > 15
    assert violations() - spoken == set()


def test_every_limit_of_trust_has_german() -> None:
    assert {"market_is_old", "power_beyond_data"} <= limits()
    assert limits() - german("value.ts", "limitWords") == set()


def test_every_refusal_with_a_code_has_german() -> None:
    assert {"last_admin", "no_such_move"} <= refusals()
    assert refusals() - german("app.ts", "refusals") == set()


def test_no_german_is_left_of_a_code_that_is_gone() -> None:
    spoken = {key.rpartition(".")[2] for key in german("app.ts", "violations")}
    assert spoken - violations() == set()
    assert german("value.ts", "limitWords") - limits() == set()
    assert german("app.ts", "refusals") - refusals() == set()
