"""What can become of a car: its states, and which may follow which."""

from gateway.errors import Conflict

OFFERED, ACCEPTED, DECLINED, IN_STOCK, SOLD, WITHDRAWN = (
    "offered", "accepted", "declined", "in_stock", "sold", "withdrawn",
)  # fmt: skip

# A car is sold, and a sale undone, by routes of their own: a sale has a price and a date.
MOVES = {
    OFFERED: (ACCEPTED, DECLINED, IN_STOCK, WITHDRAWN),
    ACCEPTED: (IN_STOCK, DECLINED, WITHDRAWN),
    DECLINED: (OFFERED,),
    WITHDRAWN: (OFFERED,),
    IN_STOCK: (WITHDRAWN,),
    SOLD: (),
}
STATES = tuple(MOVES)

# As long as it is an offer its price is the business of who offered it; then it is the dealership's alone.
ON_OFFER = (OFFERED, ACCEPTED, DECLINED)

WHAT_HAPPENS_NEXT = {
    OFFERED: "The dealership looks at your offer and gets in touch with you.",
    ACCEPTED: "The dealership wants your car and gets in touch with you to take it in.",
    DECLINED: "The dealership does not buy your car; nothing more happens.",
    IN_STOCK: "The dealership has taken your car in; nothing more is needed from you.",
    SOLD: "The dealership took your car in and has sold it; nothing more is needed from you.",
    WITHDRAWN: "The offer was withdrawn; nothing more happens.",
}


def check_move(before: str, after: str) -> None:
    """Raises Conflict where a car in one state cannot be brought to the other, saying what is possible."""
    if after == before or after in MOVES[before]:
        return
    possible = " or ".join(MOVES[before]) or "nothing else"
    how = "; it becomes sold by POST .../sale" if before == IN_STOCK else ""
    how = "; its sale is undone by DELETE .../sale" if before == SOLD else how
    raise Conflict(f"a car that is {before} can become {possible}, not {after}{how}", code="no_such_move")
