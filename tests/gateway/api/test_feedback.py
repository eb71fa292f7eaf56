"""Reports that a price is wrong, their withdrawal, and the feed that jobs fetch."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from gateway.db.account import AccountRow
from gateway.db.audit import AuditRow
from gateway.db.feedback import FeedEventRow
from gateway.db.transactions import writing
from gateway.extensions import db
from gateway.services import feed, feedback, persons
from gateway.services.identity import ADMIN, CUSTOMER, DEALER, REVIEWER
from model.schema.feed import read_event
from tests.gateway.conftest import OpenGateway
from tests.gateway.databases import PostgresqlDatabases
from tests.gateway.gateways import VALUATIONS, Gateway, check_documented, faults, problem
from tests.gateway.reporting import FEED, REPORTS, TOO_HIGH, events, report, review, rows, valued

OWN = "/api/v1/users/me/feedback"


def test_a_report_is_kept_and_waits_for_review(each_gateway: Gateway) -> None:
    """Anyone may say that a price is wrong; nothing is learnt from it before somebody has accepted it."""
    # given a kept valuation, when somebody without an account reports that its price is wrong
    valuation = valued(each_gateway)
    response = report(each_gateway, valuation["id"])
    # then it is kept, in quarantine, and the feed knows nothing of it
    answer = check_documented(each_gateway, response, REPORTS)
    assert response.status_code == 201
    assert {**answer, "id": 0, "created_at": 0} == {
        "id": 0, "kind": "report", "state": "quarantined", "reason": "too_high", "price_eur": 12_000.0,
        "price_kind": "sale", "created_at": 0,
    }  # fmt: skip
    assert events(each_gateway) == {"events": [], "next": 0, "more": False}
    (row,) = rows(each_gateway)
    assert (row.pseudonym, row.account, row.comment) == ("anonymous", None, "It sold\nfor less.")


def test_a_report_of_an_account_bears_its_pseudonym(each_gateway: Gateway) -> None:
    """The same for all that it says, another for every account, and not what the account is called."""
    # given two customers, when one reports twice and the other once
    valuation = valued(each_gateway)["id"]
    first, second = each_gateway.account(CUSTOMER), each_gateway.account(CUSTOMER)
    for who in (first, first, second):
        assert report(each_gateway, valuation, client=each_gateway.logged_in(who)).status_code == 201
    # then each has a pseudonym of its own
    names = [row.pseudonym for row in rows(each_gateway)]
    assert names[0] == names[1] != names[2]
    assert all(name.startswith("acct-") and len(name) == 37 for name in names)
    assert first.id and first.id not in names[0]


def test_two_processes_make_one_key(open_gateway: OpenGateway, database_url: str) -> None:
    """Who comes first at the same time as another gets the key that the other gets."""
    # given gateways on one new database, when all need the key at once
    gateways = [open_gateway(publish=False, database_url=database_url) for _ in range(6)]
    barrier = threading.Barrier(len(gateways))

    def name(gateway: Gateway) -> str:
        with gateway.app.app_context():
            barrier.wait()
            with writing() as session:
                return feedback.pseudonym(session, "somebody")

    with ThreadPoolExecutor(len(gateways)) as pool:
        names = set(pool.map(name, gateways))
    # then they agree
    assert len(names) == 1


def test_a_report_that_is_sent_again_is_done_once(each_gateway: Gateway) -> None:
    """By its Idempotency-Key: the first answer again; with another body, 409."""
    # given a report with a key, when it is sent again
    valuation = valued(each_gateway)["id"]
    first, second = (report(each_gateway, valuation, key="k-1") for _ in range(2))
    # then the answer is the first one, and it was done once
    assert (first.status_code, first.json) == (second.status_code, second.json)
    assert len(rows(each_gateway)) == 1
    # and another body under that key is refused, and another key is another report
    problem(report(each_gateway, valuation, {"reason": "other"}, key="k-1"), 409)
    assert report(each_gateway, valuation, key="k-2").json != first.json
    # and another caller's key is his own
    other = each_gateway.as_role(CUSTOMER)
    assert report(each_gateway, valuation, {"reason": "other"}, other, "k-1").status_code == 201
    assert len(rows(each_gateway)) == 3


def test_reports_sent_at_once_are_done_once(each_gateway: Gateway) -> None:
    """A client that loses patience sends again while the first is under way."""
    # given one report, when it is sent eight times at once
    valuation = valued(each_gateway)["id"]
    clients = [each_gateway.app.test_client() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda client: report(each_gateway, valuation, client=client, key="k"), clients))
    # then all get the one answer
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert len(rows(each_gateway)) == 1


@pytest.mark.parametrize("key", ["", "é", "x" * 201])
def test_a_key_that_is_none_is_refused(gateway: Gateway, key: str) -> None:
    # given such a key, when a report comes with it, then the header is named
    response = gateway.client.post(
        f"{VALUATIONS}/{valued(gateway)['id']}/reports", json=TOO_HIGH, headers={"Idempotency-Key": key}
    )
    assert faults(response) == {"Idempotency-Key": "format"}


@pytest.mark.parametrize("valuation", ["none", "%00", "a%00b", "%F0%9F%9A%97", "x" * 2_000, "'"])
def test_a_report_on_no_valuation_is_404(each_gateway: Gateway, valuation: str) -> None:
    """Whatever stands in the address."""
    problem(report(each_gateway, valuation), 404)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"reason": "missing"}),
        ({"reason": "ugly"}, {"reason": "unknown"}),
        ({"reason": 7}, {"reason": "type"}),
        ({"reason": "other", "price_eur": 9_000}, {"price_kind": "missing"}),
        ({"reason": "other", "price_kind": "sale"}, {"price_eur": "missing"}),
        ({"reason": "other", "price_eur": 5, "price_kind": "sale"}, {"price_eur": "out_of_range"}),
        (
            {"reason": "other", "price_eur": "9000", "price_kind": "rent"},
            {"price_eur": "type", "price_kind": "unknown"},
        ),
        ({"reason": "other", "comment": "x" * 1_001}, {"comment": "too_long"}),
        ({"reason": "other", "comment": "a\0b"}, {"comment": "format"}),
        ({"reason": "other", "comment": "\ud800"}, {"comment": "format"}),
        ({"reason": "other", "comment": ["x"]}, {"comment": "type"}),
        ({"reason": "other", "colour": "red", "trust": 1}, {"colour": "unknown_field", "trust": "unknown_field"}),
    ],
)  # fmt: skip
def test_all_that_is_wrong_with_a_report_is_named(gateway: Gateway, body: Any, expected: dict[str, str]) -> None:
    # given a wrong report, when it is sent, then each field is named, and nothing is kept
    assert faults(report(gateway, valued(gateway)["id"], body)) == expected
    assert rows(gateway) == []


def test_a_page_of_somebody_else_cannot_report_in_my_name(gateway: Gateway) -> None:
    """A write that a cookie carries needs the page's own header, on routes that are open to all as well."""
    # given somebody who is logged in, when a foreign page sends a report along with his cookie, then it is refused
    client = gateway.as_role(CUSTOMER)
    del client.environ_base["HTTP_X_CSRF_TOKEN"]
    problem(report(gateway, valued(gateway)["id"], client=client), 403)


def test_what_was_accepted_is_in_the_feed_as_training_reads_it(each_gateway: Gateway) -> None:
    """With the reporter's pseudonym, the reviewer's trust, and the car as it was valued."""
    # given an accepted report of a price at which the car is offered
    valuation = valued(each_gateway)
    body = {"reason": "too_low", "price_eur": 31_000, "price_kind": "asking"}
    reporter = each_gateway.logged_in(each_gateway.account(CUSTOMER))
    feedback_id = report(each_gateway, valuation["id"], body, reporter).get_json()["id"]
    assert review(each_gateway, feedback_id, trust=0.8).status_code == 200
    # when the feed is fetched
    (event,) = events(each_gateway)["events"]
    # then the row is there
    name = rows(each_gateway)[0].pseudonym
    read_event(event)
    assert (event["sequence"], event["kind"], event["feedback"], event["pseudonym"]) == (
        1, "accepted", feedback_id, name,
    )  # fmt: skip
    assert event["listing"] == {
        "id": feedback_id, "account": name, "make": "Volkswagen", "model": "Golf", "fuel": "petrol",
        "gearbox": "manual", "offer_type": "used", "first_registration": "2020-03", "mileage_km": 48_500.0,
        "power_hp": 150.0, "price_eur": 31_000.0, "price_kind": "asking",
        "listed_on": rows(each_gateway)[0].created_at.date().isoformat(), "trust": 0.8, "own_estimate": False,
    }  # fmt: skip


@pytest.mark.parametrize("body", [{"reason": "wrong_data"}, {**TOO_HIGH, "price_kind": "opinion"}])
def test_an_opinion_is_nobodys_price(gateway: Gateway, body: dict[str, Any]) -> None:
    """Accepted or not, it brings training no row."""
    # given a report without a price that was paid or asked, when it is accepted, then its event holds no listing
    review(gateway, report(gateway, valued(gateway)["id"], body).get_json()["id"])
    (event,) = events(gateway)["events"]
    assert event["listing"] is None


def test_our_own_price_is_no_evidence(gateway: Gateway) -> None:
    """Who asks what we said tells us what we said."""
    # given a valuation, when a report names its very price, then the row says that it was our word
    valuation = valued(gateway)
    body = {"reason": "other", "price_eur": round(valuation["price_eur"]), "price_kind": "asking"}
    review(gateway, report(gateway, valuation["id"], body).get_json()["id"])
    assert events(gateway)["events"][0]["listing"]["own_estimate"] is True


def test_ones_own_report_can_be_withdrawn(each_gateway: Gateway) -> None:
    """By its account alone; if it was accepted before, the feed says so. Again, it changes nothing."""
    # given an accepted and a quarantined report of a customer's
    who = each_gateway.account(CUSTOMER)
    client, valuation = each_gateway.logged_in(who), valued(each_gateway)["id"]
    first, second = (report(each_gateway, valuation, client=client).get_json()["id"] for _ in range(2))
    review(each_gateway, first)
    # when others try to withdraw them, then they are not there
    problem(each_gateway.as_role(CUSTOMER).delete(f"{FEED}/{first}"), 404)
    problem(each_gateway.as_role(DEALER).delete(f"{FEED}/{first}"), 404)
    problem(each_gateway.client.delete(f"{FEED}/{first}"), 401)
    problem(client.delete(f"{FEED}/%00"), 404)
    # when the customer withdraws both, twice
    codes = [client.delete(f"{FEED}/{each}").status_code for each in (first, second) * 2]
    # then they are gone, and the feed says so of the one that it had told of
    assert codes == [204] * 4
    assert [(row.state, row.comment) for row in rows(each_gateway)] == [("withdrawn", None)] * 2
    told = [(event["kind"], event["feedback"], event["listing"] is None) for event in events(each_gateway)["events"]]
    assert told == [("accepted", first, False), ("withdrawn", first, True)]
    # and it cannot be accepted any more
    problem(review(each_gateway, second), 409)


def test_ones_own_feedback_is_listed(each_gateway: Gateway) -> None:
    """The newest first, page by page, with how each stands; nobody else's, and nobody's."""
    # given three reports of a customer's, of which the first was accepted, and one of nobody's
    who, valuation = each_gateway.account(CUSTOMER), valued(each_gateway)["id"]
    client = each_gateway.logged_in(who)
    said = [report(each_gateway, valuation, client=client).get_json()["id"] for _ in range(3)]
    report(each_gateway, valuation)
    review(each_gateway, said[0])
    # when the customer asks for them in pages of two
    first = client.get(f"{OWN}?limit=2")
    second = client.get(f"{OWN}?limit=2&cursor={first.get_json()['next']}")
    # then they come as documented, with their car and valuation
    pages = [check_documented(each_gateway, response, OWN) for response in (first, second)]
    found = [each for page in pages for each in page["feedback"]]
    assert [each["id"] for each in found] == said[::-1]
    assert [each["state"] for each in found] == ["quarantined", "quarantined", "accepted"]
    assert {(each["valuation"], each["vehicle"]["model"]) for each in found} == {(valuation, "Golf")}
    assert pages[1]["next"] is None
    # and others see none of them
    assert each_gateway.as_role(DEALER).get(OWN).get_json()["feedback"] == []
    problem(each_gateway.client.get(OWN), 401)
    assert faults(client.get(f"{OWN}?limit=0")) == {"limit": "out_of_range"}


def test_an_admin_can_withdraw_anybodys(gateway: Gateway) -> None:
    """A row that should not have been accepted is taken back by one request."""
    # given an accepted report of nobody's, when an admin withdraws it, then the feed says so, and the log who did it
    feedback_id = report(gateway, valued(gateway)["id"]).get_json()["id"]
    review(gateway, feedback_id)
    assert gateway.as_role(ADMIN).delete(f"{FEED}/{feedback_id}").status_code == 204
    assert [event["kind"] for event in events(gateway)["events"]] == ["accepted", "withdrawn"]
    with gateway.app.app_context():
        deeds = list(db.session.scalars(select(AuditRow.action).where(AuditRow.target == feedback_id)))
    assert deeds == ["feedback.accept", "feedback.withdraw"]


def test_an_erased_account_leaves_a_tombstone(each_gateway: Gateway) -> None:
    """All that it said is withdrawn by one event, once; what the person can take away was theirs alone."""
    # given a customer with an accepted report and a quarantined one, and one of somebody else
    who, valuation = each_gateway.account(CUSTOMER), valued(each_gateway)["id"]
    client = each_gateway.logged_in(who)
    ids = [report(each_gateway, valuation, client=client).get_json()["id"] for _ in range(2)]
    other = report(each_gateway, valuation).get_json()["id"]
    review(each_gateway, ids[0]), review(each_gateway, other)
    assert who.account is not None
    with each_gateway.app.app_context():
        data = persons.export(who.account)["feedback"]
        assert [(each["id"], each["state"], each["comment"]) for each in data] == [
            (ids[0], "accepted", "It sold\nfor less."), (ids[1], "quarantined", "It sold\nfor less."),
        ]  # fmt: skip
        # when the account is erased
        with writing() as session:
            first = feedback.withdraw_account(session, who, who.account)
            again = feedback.withdraw_account(session, who, who.account)
            session.delete(session.get_one(AccountRow, who.account))
    # then its feedback is gone, by one event
    assert (first.rows, first.event, again.rows, again.event) == (2, 3, 0, None)
    assert {row.id: (row.state, row.account) for row in rows(each_gateway)} == {
        ids[0]: ("withdrawn", None), ids[1]: ("withdrawn", None), other: ("accepted", None),
    }  # fmt: skip
    last = events(each_gateway)["events"][-1]
    assert (last["kind"], last["feedback"], last["pseudonym"], last["listing"]) == (
        "account_withdrawn", None, first.pseudonym, None,
    )  # fmt: skip


def test_the_feed_comes_in_pages(each_gateway: Gateway) -> None:
    """Each begins where the one before ended; at the end there is nothing more."""
    # given seven events
    with each_gateway.app.app_context(), writing() as session:
        for number in range(7):
            feed.append(session, "withdrawn", f"f{number}", "anonymous")
    # when they are fetched by threes
    pages, since = [], 0
    while True:
        page = events(each_gateway, since, 3)
        pages.append([event["sequence"] for event in page["events"]])
        since = page["next"]
        if not page["more"]:
            break
    # then all are there, in order, once
    assert pages == [[1, 2, 3], [4, 5, 6], [7]]
    assert events(each_gateway, since) == {"events": [], "next": 7, "more": False}
    # and a reader that has seen more than there is, is told
    problem(each_gateway.with_token("feedback").get(f"{FEED}?since=8"), 409)


def test_the_feed_is_for_its_scope(gateway: Gateway) -> None:
    """A job's token, or an admin; and only what can be asked for."""
    problem(gateway.client.get(FEED), 401)
    problem(gateway.as_role(REVIEWER).get(FEED), 403)
    problem(gateway.with_token("infer").get(FEED), 403)
    assert gateway.as_role(ADMIN).get(FEED).status_code == 200
    wrong = gateway.as_role(ADMIN).get(f"{FEED}?since=-1&limit=1001&until=3")
    assert faults(wrong) == {"since": "out_of_range", "limit": "out_of_range", "until": "unknown_field"}


def test_nobody_sees_a_later_event_before_an_earlier_one(
    open_gateway: OpenGateway, postgresql_databases: PostgresqlDatabases
) -> None:
    """Or a reader who has seen the later one would never fetch the earlier: writers at once, one of them slow."""
    # given a writer on PostgreSQL that has taken a number and does not commit yet
    gateway = open_gateway(publish=False, database_url=postgresql_databases.new())
    taken, go_on = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with gateway.app.app_context(), writing() as session:
            feed.append(session, "withdrawn", "slow", "anonymous")
            session.flush()
            taken.set()
            go_on.wait(10)

    def write() -> int:
        with gateway.app.app_context(), writing() as session:
            return feed.append(session, "withdrawn", "quick", "anonymous")

    with ThreadPoolExecutor(10) as pool:
        slow = pool.submit(write_slowly)
        assert taken.wait(10)
        # when others write meanwhile, then none of them gets ahead
        others = [pool.submit(write) for _ in range(8)]
        with gateway.app.app_context():
            assert db.session.scalar(select(func.count()).select_from(FeedEventRow)) == 0
        go_on.set()
        slow.result()
        # and each has a number of its own, after the slow one's
        assert sorted(each.result() for each in others) == list(range(2, 10))


def test_a_reader_beside_many_writers_misses_nothing(
    open_gateway: OpenGateway, postgresql_databases: PostgresqlDatabases
) -> None:
    """What it sees never has a gap, at any moment."""
    # given eight writers on PostgreSQL, of which some give up
    gateway = open_gateway(publish=False, database_url=postgresql_databases.new())
    ready = threading.Event()

    def write(number: int) -> None:
        for step in range(15):
            try:
                with gateway.app.app_context(), writing() as session:
                    feed.append(session, "withdrawn", f"{number}-{step}", "anonymous")
                    if step % 5 == 4:
                        raise KeyError
            except KeyError:
                pass

    def read() -> list[int]:
        seen: list[int] = []
        while True:
            finished = ready.is_set()  # before reading: what is read after it is all there is
            with gateway.app.app_context():
                page = feed.read(seen[-1] if seen else 0, 7)
            seen += [event["sequence"] for event in page["events"]]
            if finished and not page["more"]:
                return seen

    with ThreadPoolExecutor(9) as pool:
        reader = pool.submit(read)
        for writer in [pool.submit(write, number) for number in range(8)]:
            writer.result()
        ready.set()
        # when all have ended, then a reader that read along has seen every number in order
        assert reader.result() == list(range(1, 8 * 12 + 1))
