"""Shadow: both versions price a share of the cars, off the way of the answer, and by how much they differ is known."""

import math
import time
from collections.abc import Callable
from typing import Any

import pytest

from gateway.extensions import db
from gateway.services.rollouts import mirror, records
from gateway.services.rollouts.figures import Counts, Differences
from tests.gateway.conftest import OpenGateway
from tests.gateway.fake_model_server import FakeModelServer, after, change, fail
from tests.gateway.gateways import Gateway
from tests.gateway.rolling import OCTAVIA, POLO, beside_one_without_polos, beside_two, open_rollout
from tests.gateway.services.rollouts.test_traffic import know_nothing
from tests.gateway.waiting import until

LOG = math.log(1.02)  # by which version 2 is dearer


@pytest.fixture
def two(open_gateway: OpenGateway, model_server: FakeModelServer, challenger_server: FakeModelServer) -> Gateway:
    return beside_two(open_gateway, model_server, challenger_server)


def compared(gateway: Gateway) -> tuple[dict[str, Counts], Differences, dict[str, Differences]]:
    """What was counted of the open rollout, once all that waits is compared."""
    with gateway.app.app_context():
        gateway.services.mirror.compare_all()
        gateway.services.watch.tell()
        row = records.newest(db.session())
        assert row is not None
        session = db.session()
        return (
            dict(records.counts_of(session, row)), records.differences_of(session, row),
            dict(records.differences_by_make(session, row, 5)),
        )  # fmt: skip


@pytest.mark.parametrize("share", [0, 50])
def test_both_versions_price_and_the_answer_stays_what_it_is(two: Gateway, share: int) -> None:
    """Whichever of them answered, the difference is the challenger's against the champion's."""
    # given a rollout that mirrors everything
    open_rollout(two, share, shadow_percent=100)
    # when cars are valued
    versions = [two.value(**car).get_json()["model"]["version"] for car in (POLO, OCTAVIA, {}, {"mileage_km": 1_000})]
    assert versions == (["1"] * 4 if share == 0 else ["2", "2", "1", "1"])
    counts, of_all, makes = compared(two)
    # then each is compared, with its sign, by make and in all
    assert of_all.count == 4
    assert of_all.mean == pytest.approx(LOG, abs=1e-6)
    assert of_all.quantile(0.5) == pytest.approx(LOG, rel=0.15)
    assert {make: found.count for make, found in makes.items()} == {"Volkswagen": 3, "Skoda": 1}
    # and of the challenger it is known which requests nobody waited for
    asked = [counts["2"].requests, counts["2"].mirrored]
    assert asked == ([4, 4] if share == 0 else [4, 2])
    assert two.metric("gateway_price_difference_count") == 4


def test_of_a_share_about_so_many_are_mirrored(two: Gateway) -> None:
    open_rollout(two, 0, shadow_percent=20)
    for number in range(150):
        two.value(mileage_km=1_000 + number)
    _, of_all, _ = compared(two)
    assert 8 <= of_all.count <= 60  # 30 by the share; six standard deviations of room


def test_without_shadow_nobody_is_asked(two: Gateway, challenger_server: FakeModelServer) -> None:
    open_rollout(two, 0, shadow_percent=0)
    asked = len(challenger_server.requests)
    two.value()
    assert compared(two)[1].count == 0
    assert len(challenger_server.requests) == asked


def test_what_is_too_much_is_dropped(two: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a queue of two places that nobody empties
    monkeypatch.setattr(mirror, "MOST_WAITING", 2)
    open_rollout(two, 0, shadow_percent=100)
    # when five cars are valued, then all have their prices, and two are compared
    assert [two.value(mileage_km=km).status_code for km in range(1_000, 1_005)] == [200] * 5
    assert compared(two)[1].count == 2


def test_a_slow_challenger_delays_nobody(
    open_gateway: OpenGateway, model_server: FakeModelServer, challenger_server: FakeModelServer
) -> None:
    # given a challenger that takes half a second for each, and a running mirror
    gateway = beside_two(open_gateway, model_server, challenger_server)
    challenger_server.misbehave(after(0.5))
    open_rollout(gateway, 0, shadow_percent=100)
    gateway.services.mirror.start()
    # when twenty cars are valued
    began_s = time.monotonic()
    assert [gateway.value(mileage_km=km).status_code for km in range(1_000, 1_020)] == [200] * 20
    # then nobody has waited for it
    assert time.monotonic() - began_s < 20 * 0.5 / 2
    assert until(lambda: len(challenger_server.requests) > 2)
    gateway.services.mirror.stop()


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (lambda server: server.misbehave(fail(500)), Counts(requests=3, mirrored=3, errors=3)),
        (lambda server: server.misbehave(change(know_nothing)), Counts(requests=3, mirrored=3, refusals=3)),
        (lambda server: server.stop(), Counts(requests=3, mirrored=3, errors=3)),
    ],
    ids=["error", "unknown", "down"],
)
def test_what_fails_is_held_against_the_challenger(
    two: Gateway, challenger_server: FakeModelServer, how: Callable[[FakeModelServer], Any], expected: Counts
) -> None:
    """And no price is changed by it."""
    open_rollout(two, 0, shadow_percent=100)
    how(challenger_server)
    assert [two.value(mileage_km=km).status_code for km in (1_000, 2_000, 3_000)] == [200] * 3
    counts, of_all, _ = compared(two)
    assert (counts["2"], of_all.count) == (expected, 0)


def test_a_challenger_that_is_not_there_is_not_asked(two: Gateway, challenger_server: FakeModelServer) -> None:
    """As little as one whose circuit is open."""
    open_rollout(two, 0, shadow_percent=100)
    challenger_server.misbehave(fail(500))
    two.services.prices.look()
    asked = len(challenger_server.requests)
    two.value()
    assert compared(two)[0]["2"] == Counts(requests=1, mirrored=1, errors=1)
    assert len(challenger_server.requests) == asked


def test_each_version_knows_a_model_by_its_own_name(
    open_gateway: OpenGateway, model_server: FakeModelServer, challenger_server: FakeModelServer
) -> None:
    # given a challenger whose card knows no Polo
    gateway = beside_one_without_polos(open_gateway, model_server, challenger_server)
    open_rollout(gateway, 0, shadow_percent=100)
    # when a Polo is valued, then it is a refusal, and not asked for
    gateway.value(**POLO)
    assert compared(gateway)[0]["2"] == Counts(requests=1, mirrored=1, refusals=1)


def test_what_waits_when_a_rollout_ends_is_dropped(two: Gateway) -> None:
    open_rollout(two, 0, shadow_percent=100)
    two.value()
    open_rollout(two, 0, state="rolled_back", open=None)
    assert compared(two)[1].count == 0
