"""feedback: taking back what an account said."""

import argparse
import json

from gateway.commands.base import Commands, app, group
from gateway.services import feedback
from gateway.services.identity import OPERATOR


def add(commands: Commands) -> None:
    actions = group(commands, "feedback", "withdraw feedback")
    withdraw = actions.add_parser(
        "withdraw",
        help="withdraw all feedback of an account (safe to repeat)",
        description="Withdraw all that an account ever said of sales and prices: it leaves the queue, and the next "
        "training does not learn from it.",
    )
    withdraw.add_argument("account", help="its e-mail address, id or pseudonym; anonymous for those without an account")
    withdraw.add_argument("--json", action="store_true", help="print what was done as one line of JSON")
    withdraw.set_defaults(run=_withdraw)


def _withdraw(options: argparse.Namespace) -> int:
    with app().app_context():
        done = feedback.withdraw_named(OPERATOR, options.account)
    if options.json:
        print(json.dumps({"pseudonym": done.pseudonym, "withdrawn": done.rows, "event": done.event}))
    elif done.rows:
        print(f"withdrew {done.rows:,} of {done.pseudonym}; event {done.event} tells training so")
    else:
        print(f"{done.pseudonym} has no feedback that is not withdrawn")
    return 0
