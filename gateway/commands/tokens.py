"""token: API tokens of the operator's own, which belong to no account."""

import argparse
import sys
from datetime import datetime

from gateway.commands.base import Commands, app, group
from gateway.db import moments
from gateway.services import api_tokens
from gateway.services.identity import OPERATOR, SCOPES
from model.schema.fields import LONGEST_WORD


def add(commands: Commands) -> None:
    actions = group(commands, "token", "make, list and revoke API tokens")
    create = actions.add_parser("create", help="make a token, and print it this once")
    create.add_argument("--name", type=_name, required=True, help="what it is for")
    create.add_argument(
        "--scope", action="append", required=True, choices=list(SCOPES), help="what it is good for; may be repeated"
    )
    create.add_argument("--days", type=_days, default=api_tokens.DAYS, help="after which it ends (default %(default)s)")
    create.set_defaults(run=_create)
    listing = actions.add_parser("list", help="list the operator's tokens, without their secrets")
    listing.set_defaults(run=_list)
    revoke = actions.add_parser("revoke", help="end a token, on every worker at once")
    revoke.add_argument("prefix", help="the part of it that `token list` shows")
    revoke.set_defaults(run=_revoke)


def _create(options: argparse.Namespace) -> int:
    with app().app_context():
        made, token = api_tokens.create(OPERATOR, options.name, options.scope, options.days)
    print(
        f"good for {', '.join(made.scopes)} until {moments.in_words(made.expires_at)}; it is shown this once, and sent "
        "as the header Authorization: Bearer TOKEN",
        file=sys.stderr,
    )
    print(token)
    return 0


def _list(_: argparse.Namespace) -> int:
    with app().app_context():
        tokens = api_tokens.all_of(OPERATOR)
    now = moments.now()
    for token in tokens:
        print(f"{token.prefix}  {_state(token, now):<32}  {' '.join(token.scopes)}  {token.name}")
    return 0


def _state(token: api_tokens.ApiToken, now: datetime) -> str:
    if token.revoked_at is not None:
        return f"revoked {moments.in_words(token.revoked_at)}"
    return f"{'ended' if token.expires_at <= now else 'until'} {moments.in_words(token.expires_at)}"


def _revoke(options: argparse.Namespace) -> int:
    with app().app_context():
        api_tokens.revoke(OPERATOR, options.prefix)
    print(f"token {options.prefix} is revoked", file=sys.stderr)
    return 0


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > LONGEST_WORD:
        raise argparse.ArgumentTypeError(f"must be a printable text of 1 to {LONGEST_WORD} letters")
    return text.strip()


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= api_tokens.LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days from 1 to {api_tokens.LONGEST_DAYS}")
    return int(text)
