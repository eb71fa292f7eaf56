"""A canary: a record that leaves the champion be, and a bake that ends in its place or back, however often killed."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from model import cli
from model.baking import Plan, bake
from model.errors import FilesError, JobError, RolledBack
from model.gateway_client import GatewayClient
from model.promotion import Promoting, differences, finish, promote, roll_back
from model.promotion_records import champion_of, history, put
from model.serving_files import Targets
from tests.model.promoting import WHY

ALARM = {"kind": "differences", "words": "half of its prices are 40% off", "figure": 0.4, "limit": 0.1}


class Gateway:
    """A gateway's rollouts over HTTP. `steps` are the states that each further look finds; `lose` answers as when it
    is away.
    """

    def __init__(self, steps: list[dict[str, Any]]) -> None:
        self.steps = steps
        self.calls: list[tuple[str, str, Any]] = []
        self.current: dict[str, Any] | None = None
        self.refusals = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                status, document = outer.answer(self.command, self.path.removeprefix("/api/v1"), body)
                content = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = _answer

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def client(self) -> GatewayClient:
        return GatewayClient(f"http://127.0.0.1:{self.server.server_port}", "a token")

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        self.calls.append((method, path, body))
        if (method, path) == ("POST", "/rollouts"):
            if self.refusals:
                self.refusals -= 1
                return 409, {"detail": "no model server serves it"}
            self.current = {
                **body, "state": "canary", "share_percent": 10, "alarm": None, "end_reason": None, "versions": [],
                "differences": {"all": {"pairs": 0}},
            }  # fmt: skip
            return 200, self.current
        if path == "/rollouts/current":
            if self.current is None:
                return 404, {"detail": "there has been no rollout"}
            if self.steps and self.current["state"] == "canary":
                self.current |= self.steps.pop(0)
            return 200, self.current
        return 200, {}

    def put(self, beginning: str) -> list[str]:
        return [path for method, path, _ in self.calls if method == "PUT" and path.startswith(beginning)]


DONE = {"state": "done", "share_percent": 100}
TAKEN_BACK = {"state": "rolled_back", "alarm": ALARM, "end_reason": ALARM["words"]}


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    found = Gateway([{"share_percent": 50}, DONE])
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_a_canary_stands_beside_the_champion(
    at: Promoting, trained: Any, new_version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a champion, when another version is promoted as a canary
    first = promote(at, trained.version, *WHY)
    canary = promote(at, new_version, *WHY, canary=True)
    # then the champion is as before, for serving and by its alias, and the challenger has a folder of its own
    assert champion_of(history(at.store)) == first and at.registry.champion() == trained.version
    settings = {
        name: json.loads((tmp_path / name / "model-settings.json").read_text())["parameters"]["version"]
        for name in ("serving", "serving-challenger")
    }
    assert settings == {"serving": trained.version, "serving-challenger": new_version}
    assert differences(at) == []
    # and an overlay names both
    finish(replace(at, targets=Targets(overlays=(tmp_path,))), canary)
    data = yaml.safe_load((tmp_path / "model-version.yaml").read_text())["data"]
    assert (data["version"], data["challengerVersion"]) == (trained.version, new_version)
    assert (data["promotion"], data["challengerStorageUri"]) == (str(first.number), canary.storage_uri)
    # and no other canary begins, nor one of the champion
    for version in (trained.version, new_version):
        code = cli.main(["promote", "--version", version, "--canary"])
        assert (code == 0) == (version == new_version)  # the same again changes nothing
    assert "is under way" in capsys.readouterr().err
    assert len(history(at.store)) == 2


def test_the_first_version_of_all_is_no_canary(at: Promoting, trained: Any) -> None:
    with pytest.raises(JobError, match="nothing has been promoted yet"):
        promote(at, trained.version, *WHY, canary=True)


def test_a_baked_canary_is_the_champion(
    at: Promoting, trained: Any, new_version: str, gateway: Gateway, tmp_path: Path
) -> None:
    # given a canary, whose server the gateway does not see at once
    promote(at, trained.version, *WHY)
    canary = promote(at, new_version, *WHY, canary=True)
    gateway.refusals = 1
    # when it is baked
    said: list[str] = []
    record = bake(at, gateway.client, Plan({"shares": [10, 50, 100], "bake_s": 5}), "ci", said.append)
    # then its card was there before, each step was told, and it is the champion by the gates' word of the canary
    methods = [(method, path) for method, path, _ in gateway.calls if method != "GET"]
    assert methods == [
        ("PUT", f"/models/{new_version}"), ("POST", "/rollouts"), ("POST", "/rollouts"),
        ("PUT", f"/promotions/{record.number}"),
    ]  # fmt: skip
    assert [line for line in said if "canary at 50%" in line] and "no model server serves it" in said[0]
    assert (record.kind, record.version, record.previous) == ("promote", new_version, trained.version)
    assert record.decision == canary.decision is not None
    assert at.registry.champion() == new_version and differences(at) == []
    assert not (tmp_path / "serving-challenger" / "model-settings.json").exists()
    assert [each.kind for each in history(at.store)] == ["promote", "canary", "promote"]
    # and baking again changes nothing, and rollback goes to the champion before
    assert bake(at, gateway.client, Plan({}), "ci", said.append) == record
    assert roll_back(at, None, *WHY).version == trained.version


def test_a_canary_with_an_alarm_is_taken_back(
    at: Promoting, trained: Any, new_version: str, gateway: Gateway, tmp_path: Path
) -> None:
    # given a canary that the gateway takes back
    promote(at, trained.version, *WHY)
    promote(at, new_version, *WHY, canary=True)
    gateway.steps[:] = [TAKEN_BACK]
    # when it is baked, then the record says why, and the champion is the champion; the same again says the same
    for _ in range(2):
        with pytest.raises(RolledBack, match="half of its prices are 40% off"):
            bake(at, gateway.client, Plan({}), "ci", lambda _: None)
    record = history(at.store)[-1]
    assert (record.kind, record.version, record.previous) == ("rollback", trained.version, new_version)
    assert "alarm: half of its prices" in record.reason and len(history(at.store)) == 3
    assert at.registry.champion() == trained.version and differences(at) == []
    assert not (tmp_path / "serving-challenger" / "model-settings.json").exists()
    # and another canary may begin
    assert promote(at, new_version, *WHY, canary=True).kind == "canary"


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("ends", [DONE, TAKEN_BACK], ids=["done", "taken back"])
def test_a_bake_that_is_killed_anywhere_is_run_again(
    at: Promoting, trained: Any, new_version: str, gateway: Gateway, ends: dict[str, Any]
) -> None:
    """Before each of its calls in turn, and between its record and what follows from that."""
    promote(at, trained.version, *WHY)
    promote(at, new_version, *WHY, canary=True)
    gateway.steps[:] = [ends]
    # given a bake that is killed before its call of each number
    for number in range(1, 7):
        calls = iter(range(1, 100))

        class Dying(GatewayClient):
            def _call(self, method: str, path: str, document: object = None) -> Any:
                if next(calls) == number:
                    raise Killed
                return super()._call(method, path, document)

        dying = Dying(f"http://127.0.0.1:{gateway.server.server_port}", "a token")
        try:
            bake(at, dying, Plan({}), "ci", lambda _: None)
        except (Killed, RolledBack):
            pass
    # when it is run again, then it comes to its end, with one rollout and one record
    if ends is DONE:
        assert bake(at, gateway.client, Plan({}), "ci", lambda _: None).version == new_version
    else:
        with pytest.raises(RolledBack):
            bake(at, gateway.client, Plan({}), "ci", lambda _: None)
    assert len([1 for method, path, _ in gateway.calls if (method, path) == ("POST", "/rollouts")]) == 1
    assert len(history(at.store)) == 3 and differences(at) == []
    assert set(gateway.put("/promotions/")) == {f"/promotions/{history(at.store)[-1].number}"}


def test_a_record_without_what_follows_is_finished_by_the_next_bake(
    at: Promoting, trained: Any, new_version: str, gateway: Gateway
) -> None:
    # given a bake that was killed right after its record
    promote(at, trained.version, *WHY)
    canary = promote(at, new_version, *WHY, canary=True)
    record = replace(canary, number=canary.number + 1, kind="promote", attempt="of the one that was killed")
    put(at.store, record)
    assert differences(at) != []
    # when it is run again, then all is as the record says
    assert bake(at, gateway.client, Plan({}), "ci", lambda _: None) == record
    assert differences(at) == []


def test_a_canary_is_taken_back_without_the_gateway(at: Promoting, trained: Any, new_version: str) -> None:
    # given two champions in turn and a canary, when it is rolled back, then the champion stays
    promote(at, trained.version, *WHY)
    promote(at, new_version, *WHY)
    promote(at, trained.version, *WHY, canary=True)
    assert roll_back(at, None, *WHY).version == new_version
    # and the next rollback goes to the one before that
    assert roll_back(at, None, *WHY).version == trained.version
    assert at.registry.champion() == trained.version and differences(at) == []


def test_another_rollout_is_left_alone(at: Promoting, trained: Any, new_version: str, gateway: Gateway) -> None:
    promote(at, trained.version, *WHY)
    promote(at, new_version, *WHY, canary=True)
    gateway.current = {"version": "99", "state": "canary", "reason": "somebody's"}
    gateway.steps[:] = []
    with pytest.raises(JobError, match="another rollout open: version 99"):
        bake(at, gateway.client, Plan({}), "ci", lambda _: None)


def test_a_trial_leaves_no_record(
    at: Promoting, trained: Any, new_version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a champion, when another version is tried, and what cannot be is refused
    promote(at, trained.version, *WHY)
    trial = replace(at, targets=replace(at.targets, serving_dir=tmp_path / "trial"))
    promote(trial, new_version, *WHY, trial=True)
    # then there are MLServer's settings for it, and nothing else has changed
    settings = json.loads((tmp_path / "trial" / "model-settings.json").read_text())
    assert settings["parameters"]["version"] == new_version
    assert len(history(at.store)) == 1 and differences(at) == []
    assert cli.main(["promote", "--version", new_version, "--trial"]) == 1
    assert "--trial takes a --serving-dir" in capsys.readouterr().err
    # and so for a rollback
    promote(at, new_version, *WHY)
    roll_back(trial, None, *WHY, trial=True)
    settings = json.loads((tmp_path / "trial" / "model-settings.json").read_text())
    assert settings["parameters"]["version"] == trained.version and len(history(at.store)) == 2


def test_exit_codes_tell_how_a_bake_ended(
    at: Promoting, trained: Any, new_version: str, gateway: Gateway, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("a token\n")
    command = ["bake", "--gateway", f"http://127.0.0.1:{gateway.server.server_port}", "--token-file", str(token)]
    assert cli.main(command) == 1  # none is under way
    promote(at, trained.version, *WHY)
    promote(at, new_version, *WHY, canary=True)
    gateway.steps[:] = [TAKEN_BACK]
    assert cli.main([*command, "--shares", "10,100", "--bake-s", "1"]) == RolledBack.exit_code == 6
    assert FilesError.exit_code == 4
    promote(at, new_version, *WHY, canary=True)
    gateway.current, gateway.steps[:] = None, [DONE]
    assert cli.main(command) == 0
