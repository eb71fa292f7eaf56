"""person: what is kept of somebody, for him to have, and its end."""

import argparse
import json
import sys

from gateway.commands.base import Commands, app, group
from gateway.db.transactions import writing
from gateway.services import audit, persons
from gateway.services.identity import OPERATOR


def add(commands: Commands) -> None:
    actions = group(commands, "person", "export or erase what is kept of a person")
    export = actions.add_parser("export", help="print all that is kept of a person, as JSON")
    export.set_defaults(run=_export)
    erase = actions.add_parser("erase", help="erase a person: account, contact data and what belongs to him alone")
    erase.add_argument("--yes", action="store_true", help="do not ask first")
    erase.set_defaults(run=_erase)
    for parser in (export, erase):
        parser.add_argument("email", metavar="EMAIL", help="of an account, or of somebody who offered a car")


def _export(options: argparse.Namespace) -> int:
    with app().app_context():
        found = persons.export_person(persons.find(options.email))
        with writing() as session:
            audit.note(session, OPERATOR, "person.export", (found["account"] or {}).get("id", "offers"))
    print(json.dumps(found, indent=1, ensure_ascii=False))
    return 0


def _erase(options: argparse.Namespace) -> int:
    with app().app_context():
        person = persons.find(options.email)
        if not options.yes and not _agreed(person):
            print("nothing was erased", file=sys.stderr)
            return 1
        with writing() as session:
            person = persons.find(options.email)  # as it is now that nothing else is done with it
            persons.erase_person(session, OPERATOR, person)
    print("erased", file=sys.stderr)
    return 0


def _agreed(person: persons.Person) -> bool:
    account = "an account" if person.account is not None else "no account"
    print(f"{account} and {len(person.cars)} cars; this cannot be undone. Erase? [y/N] ", end="", file=sys.stderr)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
