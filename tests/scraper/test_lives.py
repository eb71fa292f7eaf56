"""Lives: what was seen, run by run, told of each listing as one story, whatever the order in which the runs came."""

import tempfile
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.schema.collected import Cover
from model.schema.life import Life, read_life
from model.store import Store
from scraper.lives import Lives, open_lives
from scraper.manifests import StoreDamaged
from tests.scraper.listings import MemoryStore, bring, car

TODAY = date(2026, 7, 31)
ALL = Cover()


def lives_of(store: Store, **options: Any) -> dict[str, Life]:
    with open_lives(store, TODAY, **options) as lives:
        return {life.id: life for life in (read_life(line, TODAY) for line in lives.lines())}


def only_life(store: Store) -> Life:
    (life,) = lives_of(store).values()
    return life


def days(life: Life) -> tuple[str, str, str | None]:
    gone_on = life.gone_on.isoformat() if life.gone_on else None
    return life.first_seen.isoformat(), life.last_seen.isoformat(), gone_on


def prices(life: Life) -> list[tuple[int, float]]:
    return [(price.since.day, price.price_eur) for price in life.prices]


def test_a_life_tells_days_and_changes_of_price() -> None:
    """The car is as it was seen last, and as old as on that day."""
    # given a listing that was seen on some days, at prices that changed twice
    store = MemoryStore()
    for day, price in ((1, "9000"), (2, "9000"), (4, "8500"), (5, "8500"), (9, "9000")):
        cells = {"price_eur": price, "seller_kind": "dealer", "url": "https://x.example/1", "mileage_km": f"{day}000"}
        bring(store, f"2026-07-{day:02}", [car(1, make="VW", **cells)])
    # when its life is told, then it says so
    life = only_life(store)
    assert days(life) == ("2026-07-01", "2026-07-09", None)
    assert prices(life) == [(1, 9000.0), (4, 8500.0), (9, 9000.0)]
    assert (life.vehicle.make, life.vehicle.mileage_km, life.seller_kind) == ("Volkswagen", 9_000.0, "dealer")
    assert life.vehicle.age_years == pytest.approx((date(2026, 7, 9) - date(2016, 5, 1)).days / 365.25)
    assert (life.url, life.country, life.source) == ("https://x.example/1", "DE", "feed")


def test_what_a_later_run_looked_for_and_did_not_find_is_gone() -> None:
    """On the first day of all; and what comes back was never gone."""
    # given a listing that was seen, and then twice not seen where all was
    store = MemoryStore()
    bring(store, "2026-07-01", [car(1), car(2)], ALL)
    bring(store, "2026-07-03", [car(2)], ALL)
    bring(store, "2026-07-05", [car(2)], ALL)
    # when lives are told, then it is gone since the first time
    lives = lives_of(store)
    assert days(lives["car-1"]) == ("2026-07-01", "2026-07-01", "2026-07-03")
    assert days(lives["car-2"]) == ("2026-07-01", "2026-07-05", None)
    # when it is seen again, then the gap is not kept
    bring(store, "2026-07-08", [car(1, price_eur="11000")])
    assert days(lives_of(store)["car-1"]) == ("2026-07-01", "2026-07-08", None)


@pytest.mark.parametrize(
    ("cover", "source", "day", "is_gone"),
    [
        (Cover("Land Rover"), "feed", "2026-07-02", True), (Cover("land-rover"), "feed", "2026-07-02", True),
        (Cover("land-rover", "defender"), "feed", "2026-07-02", True), (Cover("Land"), "feed", "2026-07-02", True),
        (Cover("land-rover", "evoque"), "feed", "2026-07-02", False), (Cover("BMW"), "feed", "2026-07-02", False),
        (None, "feed", "2026-07-02", False), (ALL, "other", "2026-07-02", False),
        (ALL, "feed", "2026-07-01", False), (ALL, "feed", "2026-06-30", False),
    ],
)  # fmt: skip
def test_only_who_saw_its_make_and_model_whole_later_says_that_it_is_gone(
    cover: Cover | None, source: str, day: str, is_gone: bool
) -> None:
    """In whichever of its names; and never on the day on which it was seen."""
    # given a listing, and a run that did not see it
    store = MemoryStore()
    bring(store, "2026-07-01", [car(1, make="Land", model="Rover Defender")])
    bring(store, day, [car(2)], *([cover] if cover else []), source=source)
    # when its life is told, then it is gone or not
    assert (lives_of(store)["car-1"].gone_on is not None) is is_gone


def test_what_a_whole_market_lists_is_on_offer_on_its_day() -> None:
    """However long ago it says that it was listed."""
    # given a complete file whose rows say when they were listed first
    store = MemoryStore()
    bring(store, "2026-07-20", [car(1, listed_on="2026-07-01"), car(2, listed_on="2026-07-20")], ALL)
    # when lives are told, then they are on offer since then
    lives = lives_of(store)
    assert days(lives["car-1"]) == ("2026-07-01", "2026-07-20", None)
    assert prices(lives["car-1"]) == [(1, 12500.0)]


def test_what_is_no_offer_of_a_car_has_no_life_and_is_counted() -> None:
    # given records that lack what a listing has, and some that are no offers
    store = MemoryStore()
    without_price = {name: cell for name, cell in car(1).items() if name != "price_eur"}
    rows = [without_price, car(2, fuel="Plasma"), car(3, price_kind="sale"), car(4, own_estimate="yes"),
            car(5, account="a"), car(6, id="x" * 101), car(7)]  # fmt: skip
    bring(store, "2026-07-01", rows)
    # when lives are told, then those have none, each for its reason
    with open_lives(store, TODAY) as lives:
        assert [read_life(line, TODAY).id for line in lives.lines()] == ["car-7"]
        assert lives.no_life == {
            "price_eur: missing": 1, "fuel: unknown": 1, "id: format": 1,
            "price: it is a sale, a report, or our own estimate, and no offer on the market": 3,
        }  # fmt: skip
    # and a sight that cannot be read leaves the others of its listing as they are
    bring(store, "2026-07-05", [without_price])
    bring(store, "2026-07-06", [car(1)])
    assert days(lives_of(store)["car-1"]) == ("2026-07-06", "2026-07-06", None)


def test_one_source_can_be_told_of_alone_and_ids_are_each_sources_own() -> None:
    # given two sources with a listing of the same id
    store = MemoryStore()
    bring(store, "2026-07-01", [car(1)], source="one")
    bring(store, "2026-07-02", [car(1)], source="two")
    # when lives are told, then they are two, or one
    with open_lives(store, TODAY) as lives:
        assert len(list(lives.lines())) == 2
    assert days(lives_of(store, source="two")["car-1"]) == ("2026-07-02", "2026-07-02", None)


def test_a_damaged_store_is_told() -> None:
    # given a store without a part that a manifest names, when lives are told, then that is said
    store = MemoryStore()
    store.delete(bring(store, "2026-07-01", [car(1)]).parts[0].key)
    with pytest.raises(StoreDamaged, match="verify"), open_lives(store, TODAY):
        pass


Seen = tuple[int, str, set[int]]  # a day, what was seen whole on it, and which cars were seen
COVERS = {"none": (), "all": (ALL,), "Golf": (Cover("volkswagen", "Golf"),), "BMW": (Cover("BMW"),)}
RUNS = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from(sorted(COVERS)), st.sets(st.integers(0, 5), min_size=1)), max_size=7
)


def row(number: int, day: int) -> dict[str, str]:
    model = {"make": "BMW", "model": "i3"} if number % 2 else {}
    return car(number, price_eur=str(9_000 + 100 * ((day + number) // 3 % 2)), **model)


def told_simply(runs: Sequence[Seen]) -> dict[str, object]:
    """What lives must be, by their definition."""
    expected: dict[str, object] = {}
    for number in {number for _, _, seen in runs for number in seen}:
        seen_on = sorted({day for day, _, seen in runs if number in seen})
        covered = {"all", "BMW" if number % 2 else "Golf"}
        gone = [day for day, cover, _ in runs if cover in covered and day > seen_on[-1]]
        costs = [(day, float(row(number, day)["price_eur"])) for day in seen_on]
        changes = [cost for place, cost in enumerate(costs) if not place or cost[1] != costs[place - 1][1]]
        expected[f"car-{number}"] = (seen_on[0], seen_on[-1], min(gone, default=None), changes)
    return expected


@settings(max_examples=60, deadline=None, database=None, derandomize=True)
@given(runs=RUNS, order=st.randoms(use_true_random=False))
def test_lives_are_the_same_in_whatever_order_runs_came(runs: list[Seen], order: Any) -> None:
    """Law: they are what the days say, however often and in whichever order these were brought."""
    # given runs, as they came and in another order, some twice
    stores = MemoryStore(), MemoryStore()
    shuffled = [*runs, *runs[:2]]
    order.shuffle(shuffled)
    for store, each in zip(stores, (runs, shuffled), strict=True):
        for day, cover, seen in each:
            bring(store, f"2026-07-{day:02}", [row(number, day) for number in sorted(seen)], *COVERS[cover])
    # when lives are told of both, then they are the same, and what the days say
    first, second = map(lives_of, stores)
    assert first == second
    assert {
        name: (life.first_seen.day, life.last_seen.day, life.gone_on and life.gone_on.day, prices(life))
        for name, life in first.items()
    } == told_simply(runs)


@settings(max_examples=60, deadline=None, database=None, derandomize=True)
@given(runs=RUNS.filter(bool))
def test_whoever_takes_the_runs_one_by_one_knows_all_lives(runs: list[Seen]) -> None:
    """Law: what a gateway has after each new run are the lives that are told of the whole store."""
    # given a store that grows by runs in any order, and somebody who takes what each new run has changed
    store = MemoryStore()
    known: dict[str, Life] = {}
    for day, cover, seen in runs:
        new = bring(store, f"2026-07-{day:02}", [row(number, day) for number in sorted(seen)], *COVERS[cover])
        with open_lives(store, TODAY) as lives:
            place = [manifest.key for manifest in lives.manifests].index(new.key)
            taken = [read_life(line, TODAY) for _, part in lives.parts(place, 2) for line in part]
            assert lives.count(place) == len(taken) == len({life.id for life in taken})
            known |= {life.id: life for life in taken}
            # then all that is known is all that there is
            assert known == {life.id: life for life in map(_read, lives.lines())}


def test_a_listing_is_in_the_same_part_whatever_else_there_is() -> None:
    # given a run, before and after another one has changed what became of its listings
    store = MemoryStore()
    first = bring(store, "2026-07-01", [car(number) for number in range(50)], ALL)
    before = _parts(store, first.key)
    bring(store, "2026-06-30", [car(number) for number in range(50, 90)], ALL)
    # when both are cut into parts, then each listing is where it was
    after = _parts(store, first.key)
    assert len(after) == 90 and before.items() <= after.items() and set(before.values()) == {1, 2, 3}


def _parts(store: Store, key: str) -> dict[str, int]:
    with open_lives(store, TODAY) as lives:
        place = [manifest.key for manifest in lives.manifests].index(key)
        return {_read(line).id: part for part, lines in lives.parts(place, 3) for line in lines}


def _read(line: str) -> Life:
    return read_life(line, TODAY)


def test_the_database_goes_with_the_block(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a folder for temporary files, when lives were told, then nothing is left in it
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    store = MemoryStore()
    bring(store, "2026-07-01", [car(1)])
    with open_lives(store, TODAY) as lives:
        assert isinstance(lives, Lives) and list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())
