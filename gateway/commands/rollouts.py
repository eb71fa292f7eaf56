"""rollout: giving a version its share of the valuations, step by step, and taking it back."""

import argparse
import json
from typing import Any

from gateway.commands.base import Commands, app, group
from gateway.services.container import services
from gateway.services.identity import OPERATOR
from gateway.services.queries import HIGHEST_SEQUENCE
from gateway.services.rollouts.rollouts import BAKE_S, SHADOW_PERCENT, SHARES

LISTED = 20


def add(commands: Commands) -> None:
    actions = group(commands, "rollout", "roll a version out, and take it back")
    begin = actions.add_parser("begin", help="give a version its share of the valuations, rising step by step")
    begin.add_argument("version", help="some model server of GATEWAY_MODEL_URL serves it, and its card is published")
    begin.add_argument("--reason", required=True, help="why")
    begin.add_argument("--at-once", action="store_true", help="it prices everything from now on")
    begin.add_argument(
        "--shares", type=_shares, metavar="LIST",
        help=f"per cents of the models, rising; 0 is shadow alone ({','.join(map(str, SHARES))})",
    )
    begin.add_argument("--bake-s", type=int, help=f"seconds at each share ({BAKE_S})")
    begin.add_argument(
        "--shadow-percent", type=int, help=f"of the valuations, priced by both versions ({SHADOW_PERCENT})"
    )
    begin.add_argument("--limits", type=json.loads, metavar="JSON", help='such as {"p95_difference": 0.1}')
    begin.set_defaults(run=_begin)
    status = actions.add_parser("status", help="the open rollout, or the one that ended last, with its figures")
    status.set_defaults(run=_status)
    back = actions.add_parser("back", help="take the open rollout back: the champion prices everything")
    back.add_argument("--reason", required=True, help="why")
    back.set_defaults(run=_back)
    listing = actions.add_parser("list", help=f"the last {LISTED} rollouts")
    listing.set_defaults(run=_list)
    for action in (begin, status, back, listing):
        action.add_argument("--json", action="store_true", help="print what the API answers")


def _begin(options: argparse.Namespace) -> int:
    plan = {
        "version": options.version, "reason": options.reason, "shares": options.shares, "bake_s": options.bake_s,
        "shadow_percent": options.shadow_percent, "limits": options.limits, "at_once": options.at_once,
    }  # fmt: skip
    with app().app_context():
        found = services().rollouts.begin({name: value for name, value in plan.items() if value is not None}, OPERATOR)
    return _print(found, options)


def _status(options: argparse.Namespace) -> int:
    with app().app_context():
        return _print(services().rollouts.current(), options)


def _back(options: argparse.Namespace) -> int:
    with app().app_context():
        return _print(services().rollouts.take_back({"reason": options.reason}, OPERATOR), options)


def _list(options: argparse.Namespace) -> int:
    with app().app_context():
        page = services().rollouts.page(LISTED, HIGHEST_SEQUENCE)
    if options.json:
        print(json.dumps(page.items, ensure_ascii=False))
        return 0
    for each in page.items:
        print(_line(each))
    return 0


def _print(found: dict[str, Any], options: argparse.Namespace) -> int:
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    print(_line(found))
    if found["alarm"]:
        print(f"  alarm: {found['alarm']['words']}")
    for each in found["versions"]:
        counts = ", ".join(f"{number} {name}" for name, number in each.items() if name != "version")
        print(f"  version {each['version']}: {counts}")
    of_all = found["differences"]["all"]
    if of_all["pairs"]:
        print(
            f"  {of_all['pairs']} cars priced by both: mean {of_all['mean_percent']:+.2f}%, |log| median "
            f"{of_all['median_log']:.3f}, 95% {of_all['p95_log']:.3f}"
        )
    return 0


def _line(found: dict[str, Any]) -> str:
    when = found["ended_at"] or found["since"]
    share = f" {found['share_percent']}%" if found["state"] == "canary" else ""
    return f"{found['number']:>4}  {found['state']}{share} since {when}  version {found['version']}  {found['reason']}"


def _shares(text: str) -> list[int]:
    try:
        return [int(share) for share in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no list such as 10,50,100") from None
