"""dealership-model's commands of promotion: keys, sign, check-files, gate, promote, bake, rollback, history, verify."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from model.baking import Plan, bake
from model.config import public_key_file, read_config, store_location
from model.errors import FilesError, GateRefused, JobError
from model.gates.deciding import Announced
from model.gates.findings import markdown
from model.gateway_client import GatewayClient
from model.promotion import Promoting, differences, finish, judge_challenger, promote, roll_back
from model.promotion_records import challenger_of, champion_of, history
from model.registry import Registry
from model.schema.features import MODEL_NAME, schema_digest
from model.serving_files import Targets
from model.signing import (
    SIGNATURE_FILE,
    document_digest,
    read_private_key,
    read_public_keys,
    sign,
    verify,
    write_new_key,
)
from model.store import NotStored, open_store


def add_promotion_commands(commands: Any) -> None:
    """Add them to the subparsers of dealership-model."""
    keys = commands.add_parser("keys", help="make the key that versions are signed with")
    of_keys = keys.add_subparsers(required=True, metavar="new")
    new = of_keys.add_parser("new", help="write a private key (0600), and its public key beside it as FILE.pub")
    new.add_argument("--out", type=Path, required=True, metavar="FILE")
    new.set_defaults(run=_new_key)

    signing = commands.add_parser("sign", help="sign the files of a version")
    signing.add_argument("--version", required=True, help="the registered version")
    signing.add_argument("--key", type=Path, required=True, metavar="FILE", help="the private key")
    signing.set_defaults(run=_sign)

    checking = commands.add_parser(
        "check-files", help="check the signature of a version's folder before a model server loads it"
    )
    checking.add_argument("folder", type=Path, help="with the MLmodel at its root")
    _add_public_key(checking)
    checking.set_defaults(run=_check_files)

    gate = commands.add_parser("gate", help="say whether a version may become the champion, and why; change nothing")
    gate.add_argument("--challenger", required=True, help="the registered version")
    gate.add_argument("--champion", help="the version to judge it against (default: the champion)")
    gate.add_argument("--json", action="store_true", help="print the decision as one line of JSON")
    gate.add_argument("--markdown", type=Path, metavar="FILE", help="write a comparison for a merge request too")
    _add_place(gate)
    _add_announced(gate)
    gate.set_defaults(run=_gate)

    promotion = commands.add_parser(
        "promote", help="make a version the champion, if the gates let it pass, and write its serving files"
    )
    promotion.add_argument("--version", required=True, help="the registered version")
    _add_place(promotion)
    _add_targets(promotion)
    _add_announced(promotion)
    promotion.add_argument(
        "--ungated", action="store_true", help="whatever the gates would say; the record will tell of it"
    )
    promotion.add_argument(
        "--canary", action="store_true", help="try it beside the champion first, which stays what it is until the bake"
    )
    _add_trial(promotion)
    _add_words(promotion)
    promotion.set_defaults(run=_promote)

    rollback = commands.add_parser("rollback", help="make an earlier champion the champion again")
    rollback.add_argument("--to", metavar="VERSION", help="which (default: the one before)")
    _add_place(rollback)
    _add_targets(rollback)
    _add_trial(rollback)
    _add_words(rollback)
    rollback.set_defaults(run=_rollback)

    baking = commands.add_parser(
        "bake", help="roll a canary out at the gateway, follow it, and finish it or take it back (exit code 6)"
    )
    baking.add_argument("--gateway", required=True, metavar="URL", help="the gateway's address")
    baking.add_argument(
        "--token-file", type=Path, required=True, metavar="FILE", help="a token of the gateway's, of scope cards"
    )
    baking.add_argument("--shares", type=_whole_numbers, metavar="LIST", help="per cents, rising, such as 10,50,100")
    baking.add_argument("--bake-s", type=int, metavar="S", help="at each share")
    baking.add_argument("--shadow-percent", type=int, metavar="P", help="of the valuations, priced by both versions")
    baking.add_argument("--limits", type=json.loads, metavar="JSON", help='such as {"p95_difference": 0.1}')
    baking.add_argument(
        "--serves-within-s", type=float, default=Plan.serves_within_s, metavar="S",
        help="how long the gateway may take to see who serves the version (default %(default)s)",
    )  # fmt: skip
    baking.add_argument("--by", default="command", help="who does it, for the record (default %(default)s)")
    _add_place(baking)
    _add_targets(baking)
    baking.set_defaults(run=_bake)

    finishing = commands.add_parser("finish", help="finish what a promotion or rollback that was stopped has left")
    _add_place(finishing)
    _add_targets(finishing)
    finishing.set_defaults(run=_finish)

    past = commands.add_parser("history", help="list all promotions and rollbacks, the newest last")
    _add_store(past)
    past.add_argument("--json", action="store_true", help="print each whole record as a line of JSON")
    past.set_defaults(run=_history)

    verifying = commands.add_parser(
        "verify", help="say where card, alias, serving files, overlays and signature differ from the newest record"
    )
    _add_place(verifying)
    _add_targets(verifying)
    verifying.set_defaults(run=_verify)


def _add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--store", metavar="STORE",
        help="the store of the records: a folder or s3://... (default: DEALERSHIP_STORE, or store in the state folder)",
    )  # fmt: skip


def _add_public_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--public-key", type=Path, metavar="FILE", help="versions must be signed by one of its keys (default: "
        "DEALERSHIP_PUBLIC_KEY; without either, signatures are not checked)",
    )  # fmt: skip


def _add_place(parser: argparse.ArgumentParser) -> None:
    _add_store(parser)
    _add_public_key(parser)


def _add_targets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--serving-dir", type=Path, help="where MLServer's settings, card and record go")
    parser.add_argument("--templates", type=Path, default=Path("kserve"), help="MLServer's settings to fill in")
    parser.add_argument(
        "--overlay", type=Path, action="append", default=[], metavar="DIR",
        help="an overlay of the manifests, whose model-version.yaml is written; may be repeated",
    )  # fmt: skip


def _add_trial(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--trial", action="store_true",
        help="all that comes before the record, and MLServer's settings in --serving-dir to try the version by; "
        "nothing is promoted",
    )  # fmt: skip


def _add_announced(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--announce-schema", metavar="DIGEST", help=f"a new contract is meant; this code's is {schema_digest()}"
    )
    parser.add_argument(
        "--announce-moves", type=_share, default=0.0, metavar="PERCENT",
        help="prices of typical cars are meant to move by up to so much",
    )  # fmt: skip


def _add_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", default="command", help="who does it, for the record (default %(default)s)")
    parser.add_argument("--reason", default="not said", help="why, for the record (default: %(default)s)")


def _promoting(options: argparse.Namespace) -> Promoting:
    location = options.store or store_location()
    try:
        store = open_store(location)
    except ValueError as error:
        raise JobError(f"--store: {error}") from error
    targets = Targets()
    if "serving_dir" in options:
        targets = Targets(options.serving_dir, options.templates, tuple(options.overlay))
    return Promoting(Registry(read_config()), store, targets, options.public_key or public_key_file(), _say)


def _announced(options: argparse.Namespace) -> Announced:
    return Announced(options.announce_schema, options.announce_moves)


def _new_key(options: argparse.Namespace) -> None:
    public = write_new_key(options.out)
    _say(f"the private key is in {options.out}, which is to be kept secret; the public key in {public}")


def _sign(options: argparse.Namespace) -> None:
    registry = Registry(read_config())
    version, key = options.version, read_private_key(options.key)
    about = {
        "name": MODEL_NAME, "version": version, "run_id": registry.run_id(version), "schema_digest": schema_digest(),
        "card_digest": document_digest(registry.card(version)),
    }  # fmt: skip
    registry.add_to_files(version, SIGNATURE_FILE, sign(registry.files(version), key, about))
    _say(f"version {version} is signed")


def _check_files(options: argparse.Namespace) -> None:
    keys = options.public_key or public_key_file()
    if keys is None:
        raise JobError("check-files needs --public-key or DEALERSHIP_PUBLIC_KEY")
    if not options.folder.is_dir():
        raise FilesError(f"{options.folder} is no folder")
    manifest = verify(options.folder, read_public_keys(keys))
    _say(f"{options.folder} holds version {manifest['version']} of {manifest['name']}, as it was signed")


def _gate(options: argparse.Namespace) -> None:
    decision, challenger, champion = judge_challenger(
        _promoting(options), options.challenger, options.champion, _announced(options)
    )
    if options.markdown:
        figures = champion.card["figures"] if champion else {}
        options.markdown.parent.mkdir(parents=True, exist_ok=True)
        options.markdown.write_text(markdown(decision, challenger.card["figures"], figures), encoding="utf-8")
    print(json.dumps(decision.document()) if options.json else "\n".join(decision.lines()))
    if not decision.passed:
        raise GateRefused(f"version {options.challenger} is refused by {len(decision.refusals)} rules")


def _promote(options: argparse.Namespace) -> None:
    _check_trial(options)
    record = promote(
        _promoting(options), options.version, options.by, options.reason, _announced(options), not options.ungated,
        canary=options.canary, trial=options.trial,
    )  # fmt: skip
    if options.trial:
        _say(f"version {record.version} may be promoted; {options.serving_dir} is there to try it by")
    elif options.canary:
        _say(f"version {record.version} is tried beside version {record.previous} (promotion {record.number})")
    else:
        _say(f"version {record.version} is the champion (promotion {record.number})")


def _rollback(options: argparse.Namespace) -> None:
    _check_trial(options)
    record = roll_back(_promoting(options), options.to, options.by, options.reason, trial=options.trial)
    if options.trial:
        _say(f"version {record.version} may be gone back to; {options.serving_dir} is there to try it by")
    else:
        _say(
            f"version {record.version} is the champion again, in place of {record.previous} "
            f"(promotion {record.number})"
        )


def _check_trial(options: argparse.Namespace) -> None:
    if options.trial and (options.serving_dir is None or options.overlay):
        raise JobError("--trial takes a --serving-dir of its own, and no --overlay")


def _bake(options: argparse.Namespace) -> None:
    rollout = {name: getattr(options, name) for name in ("shares", "bake_s", "shadow_percent", "limits")}
    plan = Plan({name: value for name, value in rollout.items() if value is not None}, options.serves_within_s)
    gateway = GatewayClient(options.gateway, options.token_file.read_text(encoding="utf-8").strip())
    record = bake(_promoting(options), gateway, plan, options.by, _say)
    _say(f"version {record.version} is the champion (promotion {record.number})")


def _finish(options: argparse.Namespace) -> None:
    at = _promoting(options)
    records = history(at.store)
    if not records:
        raise JobError("nothing has been promoted, so there is nothing to finish")
    finish(at, records[-1])
    champion, challenger = champion_of(records), challenger_of(records)
    beside = f", and version {challenger.version} is tried beside it" if challenger else ""
    _say(f"version {champion.version if champion else '-'} is the champion{beside} (promotion {records[-1].number})")


def _history(options: argparse.Namespace) -> None:
    for record in history(open_store(options.store or store_location())):
        if options.json:
            print(json.dumps(asdict(record), ensure_ascii=False))
            continue
        gate = record.decision["gate"] + " gate" if record.decision else "no gate"
        print(
            f"{record.number:>4}  {record.promoted_at}  {record.kind:<8}  {record.previous or '-'} -> {record.version}"
            f"  {record.by}: {record.reason} ({gate})"
        )


def _verify(options: argparse.Namespace) -> None:
    try:
        found = differences(_promoting(options))
    except NotStored as error:
        found = [str(error)]
    for line in found:
        print(line)
    if found:
        raise JobError(f"{len(found)} differences from the newest record" if len(found) > 1 else "1 difference")
    _say("all is as the newest record says")


def _whole_numbers(text: str) -> list[int]:
    try:
        return [int(number) for number in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no list such as 10,50,100") from None


def _share(text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / 100
    except ValueError:
        share = -1.0
    if not 0 <= share <= 10:
        raise argparse.ArgumentTypeError(f"{text!r} is not a percentage from 0 to 1000")
    return share


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
