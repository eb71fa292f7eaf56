"""States of the page of rollouts."""

from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.e2e.states.answers import answer, refuse
from tests.e2e.states.state import State

ROLLOUTS = "/api/v1/rollouts"
CURRENT = f"{ROLLOUTS}/current"

CANARY: dict[str, Any] = {
    "number": 3, "version": "4", "champion": "1", "state": "canary", "share_percent": 10,
    "since": "2026-05-31T09:25:00Z", "shares": [0, 10, 50, 100], "bake_s": 600, "shadow_percent": 10,
    "limits": {
        "errors_percent": 2.0, "refusals_percent": 1.0, "slow_percent": 5.0, "slow_s": 0.25, "median_difference": 0.05,
        "p95_difference": 0.25, "least_requests": 100, "least_pairs": 20,
    },
    "reason": "newer listings, with ranges as wide as before", "began_by": "a1b2c3d4e5f6", "began_by_name": "Ada",
    "began_at": "2026-05-31T09:15:00Z", "ended_by": None, "ended_by_name": None, "ended_at": None, "end_reason": None,
    "alarm": None,
}  # fmt: skip
COUNTED: dict[str, Any] = {
    "versions": [
        {"version": "1", "requests": 4_211, "mirrored": 38, "errors": 0, "refusals": 0, "slow": 12},
        {"version": "4", "requests": 846, "mirrored": 402, "errors": 2, "refusals": 1, "slow": 9},
    ],
    "differences": {
        "all": {"pairs": 838, "mean_percent": 1.42, "median_log": 0.021, "p95_log": 0.094, "largest_log": 0.21},
        "makes": [
            {"make": "Volkswagen", "pairs": 402, "mean_percent": 2.3, "median_log": 0.03, "p95_log": 0.11,
             "largest_log": 0.21},
            {"make": "Mercedes-Benz", "pairs": 120, "mean_percent": -0.8, "median_log": 0.012, "p95_log": 0.05,
             "largest_log": 0.09},
        ],
    },
}  # fmt: skip
NOTHING_COUNTED: dict[str, Any] = {
    "versions": [
        {"version": version, "requests": 0, "mirrored": 0, "errors": 0, "refusals": 0, "slow": 0}
        for version in ("1", "4")
    ],
    "differences": {
        "all": {"pairs": 0, "mean_percent": 0.0, "median_log": 0.0, "p95_log": 0.0, "largest_log": 0.0}, "makes": [],
    },
}  # fmt: skip
SHADOW = {**CANARY, "state": "shadow", "share_percent": 0, "since": "2026-05-31T09:15:00Z"}
DIFFERED = {
    **CANARY, "state": "rolled_back", "share_percent": 50, "ended_at": "2026-05-31T09:41:00Z", "ended_by": "rollout",
    "end_reason": "the median of |log(challenger / champion)| is 0.072; 0.05 is allowed",
    "alarm": {
        "kind": "differences", "words": "the median of |log(challenger / champion)| is 0.072; 0.05 is allowed",
        "figure": 0.0723, "limit": 0.05,
    },
}  # fmt: skip
BEFORE = [
    {
        **CANARY, "number": 2, "version": "3", "state": "rolled_back", "reason": "a smaller error of cheap cars",
        "began_at": "2026-04-30T08:00:00Z", "began_by": "token:k3v9", "began_by_name": None,
        "ended_at": "2026-04-30T08:22:00Z", "ended_by": "a1b2c3d4e5f6", "ended_by_name": "Ada",
        "end_reason": "Polos are too cheap: nobody here would sell one at that price",
    },
    {
        **CANARY, "number": 1, "version": "1", "champion": None, "state": "done", "share_percent": 100,
        "reason": "the first one", "began_at": "2026-01-31T17:40:00Z", "began_by": "command", "began_by_name": None,
        "ended_at": "2026-01-31T17:40:00Z", "ended_by": "command", "end_reason": "at once",
    },
]  # fmt: skip


def at(page: Page, rollout: dict[str, Any], counted: dict[str, Any] = COUNTED) -> None:
    """The newest of three rollouts is this one."""
    answer(page, ROLLOUTS, {"rollouts": [rollout, *BEFORE], "next": None})
    answer(page, CURRENT, {**rollout, **counted})


def canary(page: Page) -> None:
    at(page, CANARY)


def shadow(page: Page) -> None:
    at(page, SHADOW, NOTHING_COUNTED)


def taken_back_by_an_alarm(page: Page) -> None:
    at(page, DIFFERED)


def never(page: Page) -> None:
    answer(page, ROLLOUTS, {"rollouts": [], "next": None})


def busy(page: Page) -> None:
    refuse(page, ROLLOUTS, 503, "The database is unavailable")


def open_until_it_is_ended(page: Page) -> list[Any]:
    """An open rollout; DELETE ends it for the reason that is given. The reasons, as they come."""
    reasons: list[Any] = []

    def tell(route: Route) -> None:
        if route.request.method == "DELETE":
            reasons.append((route.request.post_data_json or {})["reason"])
        ended = {
            "state": "rolled_back", "ended_at": "2026-05-31T09:31:00Z", "ended_by": "0f1e2d3c4b5a",
            "ended_by_name": "Admin", "end_reason": reasons[-1],
        } if reasons else {}  # fmt: skip
        route.fulfill(json={**CANARY, **COUNTED, **ended})

    canary(page)
    page.route(f"**{CURRENT}", tell)
    return reasons


def ended_meanwhile(page: Page) -> None:
    canary(page)
    refuse(page, CURRENT, 409, "no rollout is open", "DELETE")


def read_rollout(page: Page) -> None:
    page.get_by_role("table", name="All rollouts").wait_for()
    page.get_by_role("heading", name="How far the prices differ").wait_for()


def ask_to_take_back(page: Page) -> None:
    read_rollout(page)
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("dialog", name="Take version 4 back?")).to_be_visible()


def fail_to_take_back(page: Page) -> None:
    ask_to_take_back(page)
    page.get_by_role("dialog").get_by_label("Why").fill("Polos are too cheap")
    page.get_by_role("dialog").get_by_role("button", name="Take back").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("no rollout is open")


def ask_to_begin(page: Page) -> None:
    page.get_by_role("button", name="Begin a rollout").click()
    expect(page.get_by_role("dialog", name="Begin a rollout").get_by_label("Version")).to_be_visible()


def two_to_choose_from(page: Page) -> None:
    taken_back_by_an_alarm(page)
    version = {"published_at": "2026-05-31T08:00:00Z", "served": False, "market_as_of": "2026-05-31",
               "synthetic": False, "figures": None}  # fmt: skip
    versions = [{**version, "version": "4"}, {**version, "version": "1", "served": True}]
    answer(page, "/api/v1/models", {"versions": versions, "next": None})


STATES = [
    State("rollouts", "canary", "/rollouts", "admin", read_rollout, canary),
    State("rollouts", "german", "/rollouts", "admin", before=canary),
    State("rollouts", "shadow", "/rollouts", "admin", read_rollout, shadow),
    State("rollouts", "alarm", "/rollouts", "admin", read_rollout, taken_back_by_an_alarm),
    State("rollouts", "alarm-german", "/rollouts", "admin", before=taken_back_by_an_alarm),
    State("rollouts", "never", "/rollouts", "admin", before=never),
    State("rollouts", "busy", "/rollouts", "admin", before=busy, complaints=("503",)),
    State("rollouts", "take-back", "/rollouts", "admin", ask_to_take_back, canary),
    State("rollouts", "overtaken", "/rollouts", "admin", fail_to_take_back, ended_meanwhile, complaints=("409",)),
    State("rollouts", "begin", "/rollouts", "admin", ask_to_begin, two_to_choose_from),
]
