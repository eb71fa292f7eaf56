"""user: accounts, the first admin's among them."""

import argparse
import getpass
import sys

from gateway.commands.base import Commands, app, group
from gateway.db.moments import in_words
from gateway.errors import InvalidFields
from gateway.services import accounts
from gateway.services.contacts import read_email
from gateway.services.container import services
from gateway.services.identity import ADMIN, CUSTOMER, OPERATOR, ROLES
from gateway.services.passwords import check_new, hash_password, read_password
from gateway.services.queries import HIGHEST_SEQUENCE
from model.schema.fields import Fields

ON_A_PAGE = 100


def add(commands: Commands) -> None:
    actions = group(commands, "user", "accounts: add one, such as the first admin, list them, change their roles")
    new = actions.add_parser("add", help="add an account; its password is asked for, or piped in")
    new.add_argument("email")
    new.add_argument("--name", help="how the account's owner is called (default: what stands before the @)")
    new.add_argument("--role", choices=ROLES, default=ADMIN, help="default: %(default)s")
    new.set_defaults(run=_add)
    listing = actions.add_parser("list", help="list all accounts, the newest first: id, role, since when, e-mail")
    listing.set_defaults(run=_list)
    role = actions.add_parser("role", help="give an account another role, from its next request on")
    role.add_argument("account", help="its e-mail address or id")
    role.add_argument("role", choices=ROLES)
    role.set_defaults(run=_role)
    reset = actions.add_parser("reset-link", help="print a link that sets an account's password, once, within a day")
    reset.add_argument("account", help="its e-mail address or id")
    reset.set_defaults(run=_reset_link)


def _add(options: argparse.Namespace) -> int:
    fields = Fields({"email": options.email, "name": options.name or options.email.partition("@")[0]})
    email, name = read_email(fields), fields.text("name")
    if fields.violations:
        raise InvalidFields(fields.violations)
    password = read_password(fields, _ask_password(), "password")
    if password is not None:
        check_new(fields, password, "password", email or "")
    if fields.violations:
        raise InvalidFields(fields.violations)
    assert email is not None and name is not None and password is not None
    with app().app_context():
        is_new = accounts.take_over(OPERATOR, email, name, hash_password(password), options.role)
    had = "" if is_new else "; there was an account of it: its password is this one now, and all that it had open ended"
    print(f"added {email} as {options.role}{had}", file=sys.stderr)
    return 0


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != first:
        raise ValueError("these were two passwords")
    return first


def _list(_: argparse.Namespace) -> int:
    with app().app_context():
        before: int | None = HIGHEST_SEQUENCE
        while before is not None:
            found, before = accounts.page(ON_A_PAGE, before)
            for each in found:
                print(each.id, f"{each.role:<{len(CUSTOMER)}}", in_words(each.created_at), each.email, sep="  ")
    return 0


def _role(options: argparse.Namespace) -> int:
    with app().app_context():
        changed = accounts.set_role(OPERATOR, options.account, options.role)
    print(f"{changed.email} is {changed.role}", file=sys.stderr)
    return 0


def _reset_link(options: argparse.Namespace) -> int:
    with app().app_context():
        made = services().password_resets.make(OPERATOR, options.account)
    print(made.link)
    print(f"good once, until {in_words(made.expires_at)}{', and mailed' if made.mailed else ''}", file=sys.stderr)
    return 0
