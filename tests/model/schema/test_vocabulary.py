"""Words: one name whatever its spelling, and what sources write instead of ours."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.schema.vocabulary import (
    CLOSED_SETS,
    FUEL,
    GEARBOX,
    OFFER_TYPE,
    Catalogue,
    canonical_make,
    fold,
    is_missing,
    is_pseudo_make,
    mend_truncated_make,
)

REAL_LISTINGS = Path(__file__).resolve().parents[3] / "../shared/data/autoscout24-germany-2021.csv"


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue(
        {
            "Skoda": ["Octavia", "Superb"],
            "Volkswagen": ["Golf", "Golf Plus", "Polo", "up!"],
            "Mercedes-Benz": ["C 200", "E 220"],
            "Land Rover": ["Range Rover Evoque", "Defender"],
            "Citroen": ["C3"],
        }
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Skoda", "Škoda"), ("Skoda", "SKODA"), ("Skoda", " skoda "), ("Mercedes-Benz", "mercedes benz"),
        ("Rolls-Royce", "rolls royce"), ("Citroën", "CITROEN"), ("C-Max", "cmax"), ("ID.3", "id 3"), ("cee'd", "Ceed"),
        ("Straße", "STRASSE"), ("ＢＭＷ", "bmw"),
    ],
)  # fmt: skip
def test_spellings_of_one_name_are_equal(one: str, other: str) -> None:
    # given two spellings, when they are folded, then they are one
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("up!", "up"), ("500", "500L"), ("C 200", "C 220"), ("Golf", "Golf+")])
def test_different_names_stay_different(one: str, other: str) -> None:
    # given two names, when they are folded, then they differ
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    """A key is its own key, so that folded and unfolded spellings can be looked up alike."""
    # given any text, when it is folded again, then nothing changes
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "make"),
    [
        ("Skoda", "Skoda"), ("Škoda", "Skoda"), ("SKODA", "Skoda"), ("VW", "Volkswagen"), ("vw", "Volkswagen"),
        ("volkswagen", "Volkswagen"), ("mercedes benz", "Mercedes-Benz"), ("Mercedes", "Mercedes-Benz"),
        ("Landrover", "Land Rover"), ("Citroën", "Citroen"),
    ],
)  # fmt: skip
def test_a_make_is_found_by_any_of_its_names(catalogue: Catalogue, text: str, make: str) -> None:
    # given a catalogue, when a make is looked up, then it has the catalogue's name
    assert catalogue.find_make(text) == make


def test_synonyms_of_makes_need_no_catalogue() -> None:
    """Listings are read before there is a catalogue: VW and Volkswagen must be one make there too."""
    # given synonyms and a make that has none, when they are named, then synonyms alone change
    assert [canonical_make(text) for text in ("VW", "Škoda", "SKODA", "Mercedes", " Lada ")] == [
        "Volkswagen", "Skoda", "Skoda", "Mercedes-Benz", "Lada",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "text", "model"),
    [
        ("Volkswagen", "GOLF", "Golf"), ("Volkswagen", "golf-plus", "Golf Plus"), ("Volkswagen", "VW Golf", "Golf"),
        ("Volkswagen", "Volkswagen Golf", "Golf"), ("Mercedes-Benz", "c200", "C 200"),
        ("Mercedes-Benz", "Mercedes E220", "E 220"), ("Land Rover", "range rover evoque", "Range Rover Evoque"),
        ("Volkswagen", "Passat", None), ("Skoda", "Golf", None), ("Volkswagen", "VW", None),
    ],
)  # fmt: skip
def test_a_model_is_found_by_any_spelling(catalogue: Catalogue, make: str, text: str, model: str | None) -> None:
    """Also with the make's name, or a synonym of it, before it; never among another make's models."""
    # given a catalogue, when a model is looked up, then it has the catalogue's name, or none
    assert catalogue.find_model(make, text) == model


def test_models_are_listed_in_order(catalogue: Catalogue) -> None:
    # given a catalogue, when a make's models are asked for, then all are there, sorted
    assert catalogue.models("Volkswagen") == ["Golf", "Golf Plus", "Polo", "up!"]


@pytest.mark.parametrize(
    ("make", "model", "mended"),
    [
        ("Land", "Rover Range Rover Evoque", ("Land Rover", "Range Rover Evoque")),
        ("Land", "Rover Defender", ("Land Rover", "Defender")),
        ("Alfa", "Romeo Giulia", ("Alfa Romeo", "Giulia")),
        ("alfa", "ROMEO 159", ("Alfa Romeo", "159")),
        ("Aston", "Martin Vantage", ("Aston Martin", "Vantage")),
        ("Aston", "Martin", ("Aston Martin", "")),
        ("DS", "Automobiles DS 5", ("DS", "DS 5")),
        ("DS", "DS 3", ("DS", "DS 3")),
        ("Alfa", "Giulietta", ("Alfa Romeo", "Giulietta")),
        ("Land Rover", "Range Rover", ("Land Rover", "Range Rover")),
        ("SEAT", "Romeo", ("SEAT", "Romeo")),
    ],
)
def test_makes_cut_to_their_first_word_are_mended(make: str, model: str, mended: tuple[str, str]) -> None:
    # given a make and model as AutoScout24's export has them, when they are mended, then both are whole
    assert mend_truncated_make(make, model) == mended


@pytest.mark.parametrize("text", ["Others", "Caravans-Wohnm", "Trucks-Lkw", "Trailer-Anhänger", "TRUCKS LKW"])
def test_categories_of_a_marketplace_are_no_makes(text: str) -> None:
    # given what stands in the column of makes, when it is asked for, then it is known to be none
    assert is_pseudo_make(text)
    assert not is_pseudo_make("Trabant")


@pytest.mark.parametrize("text", ["", "  ", "-", "-/-", "-/- (Fuel)", "-/- (Kraftstoff)", "n/a", "N/A", "Unknown"])
def test_a_source_that_knows_nothing_says_nothing(text: str) -> None:
    # given what sources write for nothing, when it is read, then it counts as missing
    assert is_missing(text)


@pytest.mark.parametrize("text", ["0", "Others", "petrol", "-/- (Gear) x"])
def test_what_a_source_knows_is_not_missing(text: str) -> None:
    # given a value, when it is read, then it does not count as missing
    assert not is_missing(text)


@pytest.mark.parametrize(
    ("closed_set", "text", "name"),
    [
        ("fuel", "Gasoline", "petrol"), ("fuel", "Diesel", "diesel"), ("fuel", "Electric/Gasoline", "hybrid_petrol"),
        ("fuel", "Electric/Diesel", "hybrid_diesel"), ("fuel", "Electric", "electric"), ("fuel", "LPG", "lpg"),
        ("fuel", "CNG", "cng"), ("fuel", "Ethanol", "ethanol"), ("fuel", "Hydrogen", "hydrogen"),
        ("fuel", "Others", "other"), ("fuel", "Benzin", "petrol"), ("fuel", "Elektro/Benzin", "hybrid_petrol"),
        ("fuel", "Autogas (LPG)", "lpg"), ("fuel", "Erdgas (CNG)", "cng"), ("fuel", "Kerosene", None),
        ("gearbox", "Manual", "manual"), ("gearbox", "Automatic", "automatic"), ("gearbox", "Automatik", "automatic"),
        ("gearbox", "Semi-automatic", "semi_automatic"), ("gearbox", "Schaltgetriebe", "manual"),
        ("gearbox", "steam", None), ("offer_type", "Used", "used"), ("offer_type", "Employee's car", "employee"),
        ("offer_type", "Employee’s car", "employee"), ("offer_type", "Demonstration", "demonstration"),
        ("offer_type", "Pre-registered", "pre_registered"), ("offer_type", "New", "new"),
        ("offer_type", "Vorführfahrzeug", "demonstration"), ("offer_type", "Tageszulassung", "pre_registered"),
    ],
)  # fmt: skip
def test_words_of_autoscout24_are_ours(closed_set: str, text: str, name: str | None) -> None:
    # given a word of a source, when it is looked up, then it is the word that it means
    assert CLOSED_SETS[closed_set].find(text) == name


@pytest.mark.skipif(not REAL_LISTINGS.exists(), reason=f"no real listings at {REAL_LISTINGS}")
def test_every_word_of_the_real_file_is_known() -> None:
    """What stands in the file of 2021 is a word or says that nothing is known."""
    # given the real listings
    with REAL_LISTINGS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    # when the distinct words are looked up
    for column, words in (("fuel", FUEL), ("gear", GEARBOX), ("offerType", OFFER_TYPE)):
        unknown = {row[column] for row in rows if not is_missing(row[column]) and words.find(row[column]) is None}
        # then all are known
        assert not unknown


@pytest.mark.parametrize("closed_set", CLOSED_SETS.values(), ids=CLOSED_SETS)
def test_names_and_labels_of_a_word_find_it(closed_set: object) -> None:
    """No spelling means two words: every name, label and synonym finds its own."""
    # given a closed set
    for word in closed_set.words.values():  # type: ignore[attr-defined]
        # when a word is looked up by what it is called, then it is found
        for spelling in (word.name, word.label, *word.synonyms):
            assert closed_set.find(spelling) == word.name  # type: ignore[attr-defined]
        assert closed_set.label(word.name) == word.label  # type: ignore[attr-defined]


@pytest.mark.parametrize(("text", "nearest"), [("Deisel", "diesel"), ("gasolin", "petrol"), ("elektric", "electric")])
def test_the_nearest_word_is_suggested(text: str, nearest: str) -> None:
    # given a misspelt word, when its nearest are asked for, then the one meant comes first, once
    suggestions = FUEL.nearest(text)
    assert suggestions[0] == nearest
    assert len(suggestions) == len(set(suggestions)) <= 3


def test_nothing_is_suggested_for_what_is_far_off() -> None:
    # given a word like no other, when its nearest are asked for, then there are none
    assert FUEL.nearest("xqzw") == []


def test_the_nearest_makes_and_models_are_suggested(catalogue: Catalogue) -> None:
    # given misspelt names, when their nearest are asked for, then they have the catalogue's spelling
    assert catalogue.nearest_makes("Volkswagn") == ["Volkswagen"]
    assert catalogue.nearest_makes("zzz") == []
    assert catalogue.nearest_models("Volkswagen", "Gollf")[0] == "Golf"
    assert catalogue.nearest_models("Land Rover", "Defendr") == ["Defender"]
