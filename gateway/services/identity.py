"""Who asks: what a request has proved of who sends it."""

from dataclasses import dataclass

ANONYMOUS, CUSTOMER, DEALER, REVIEWER, ADMIN = "anonymous", "customer", "dealer", "reviewer", "admin"
SERVICE = "service"  # a program with a token, which may do what the token's scopes say and nothing else
ROLES = (CUSTOMER, DEALER, REVIEWER, ADMIN)  # that an account can have

# What a token can be good for, and the roles that may make one for it.
SCOPES = {
    "infer": (DEALER, ADMIN),  # the V2 endpoint
    "valuations": (DEALER, ADMIN),  # batches
    "cards": (ADMIN,),  # publishing versions and promotions
    "feedback": (ADMIN,),  # fetching what was accepted
    "listings": (ADMIN,),  # bringing listings
}


@dataclass(frozen=True)
class Caller:
    """Who asks. `actor` is how histories and the audit log name him, without anything of a person."""

    role: str
    actor: str
    account: int | None = None  # the row's sequence
    id: str | None = None  # what others may see of the account
    scopes: frozenset[str] = frozenset()


NOBODY = Caller(ANONYMOUS, "anyone")
OPERATOR = Caller(ADMIN, "command")  # who runs commands on the gateway's machine
