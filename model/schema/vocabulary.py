"""Words: the closed sets, how a spelling is matched to them, and what sources write instead.

Fuel, gearbox and offer type are closed sets, fixed here. Makes and models are data: a model version carries
those it knows in its card, and a Catalogue matches spellings to them.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

FOLDED_KEPT = 16_384
NOT_A_LETTER_THAT_COUNTS = re.compile(r"[\s\-_.'’]+")


@lru_cache(FOLDED_KEPT)  # a request folds a dozen words, and they are much the same
def fold(text: str) -> str:
    """The key under which two spellings of one name are equal: no case, accents, spaces, hyphens or dots."""
    # Taking signs such as "℡" apart can give capitals again, so the case goes last.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return NOT_A_LETTER_THAT_COUNTS.sub("", bare)


@dataclass(frozen=True)
class Word:
    """One word of a closed set, its label in English, and what sources and people write for it."""

    name: str
    label: str
    synonyms: tuple[str, ...] = ()


class ClosedSet:
    """A fixed set of words that a spelling is matched to."""

    def __init__(self, *words: Word) -> None:
        self.words = {word.name: word for word in words}
        self._by_spelling = {
            fold(spelling): word.name for word in words for spelling in (word.name, word.label, *word.synonyms)
        }

    def find(self, text: str) -> str | None:
        """The word's name for a spelling of it, or None."""
        return self._by_spelling.get(fold(text))

    def nearest(self, text: str) -> list[str]:
        """Up to three names whose spelling comes close, the nearest first."""
        close = get_close_matches(fold(text), self._by_spelling, n=5, cutoff=0.6)
        return list(dict.fromkeys(self._by_spelling[spelling] for spelling in close))[:3]

    def label(self, name: str) -> str:
        return self.words[name].label


# Synonyms: AutoScout24's words in English, German, Dutch, French, Italian and Spanish, and what people type.
FUEL = ClosedSet(
    Word("petrol", "Petrol", (
        "Gasoline", "Benzin", "Benziner", "Super", "Benzine", "Essence", "Benzina", "Gasolina",
    )),
    Word("diesel", "Diesel", ("Gazole", "Gasóleo")),
    Word("hybrid_petrol", "Petrol hybrid", (
        "Electric/Gasoline", "Elektro/Benzin", "Hybrid", "Plug-in hybrid", "Electric/Petrol", "Elektro/Benzine",
        "Electrique/Essence", "Elettrica/Benzina", "Electro/Gasolina", "Eléctrico/Gasolina", "Hybride",
        "Hybride essence", "Ibrida", "Híbrido",
    )),
    Word("hybrid_diesel", "Diesel hybrid", (
        "Electric/Diesel", "Elektro/Diesel", "Electrique/Diesel", "Elettrica/Diesel", "Electro/Diésel",
        "Eléctrico/Diésel",
    )),
    Word("electric", "Electric", (
        "Elektro", "Elektrisch", "EV", "BEV", "Electrique", "Elettrica", "Elettrico", "Eléctrico", "Eléctrica",
    )),
    Word("lpg", "LPG", (
        "Autogas", "Autogas (LPG)", "Liquefied petroleum gas", "LPG (Autogas)", "GPL", "Gaz de pétrole liquéfié (GPL)",
        "GLP", "Gas licuado (GLP)",
    )),
    Word("cng", "CNG", (
        "Erdgas", "Erdgas (CNG)", "Natural gas", "CNG (Erdgas)", "CNG (Aardgas)", "Aardgas (CNG)", "Aardgas", "GNC",
        "GNV", "Gaz naturel", "Gaz naturel (CNG)", "CNG (Gaz naturel)", "Gaz naturel (GNC)", "Metano", "Gas natural",
        "Gas natural (CNG)",
    )),
    Word("ethanol", "Ethanol", ("E85", "Etanolo", "Etanol")),
    Word("hydrogen", "Hydrogen", ("Wasserstoff", "Fuel cell", "Waterstof", "Hydrogène", "Idrogeno", "Hidrógeno")),
    Word("other", "Other", (
        "Others", "Sonstige", "Sonstiges", "Andere", "Overig", "Overige", "Anders", "Autre", "Autres", "Altro", "Altri",
        "Otro", "Otros",
    )),
)  # fmt: skip
GEARBOX = ClosedSet(
    Word("manual", "Manual", (
        "Schaltgetriebe", "Manual gearbox", "Stick", "Handgeschakeld", "Boîte manuelle", "Manuelle", "Manuale",
        "Cambio manuale",
    )),
    Word("automatic", "Automatic", (
        "Automatik", "Auto", "DSG", "CVT", "Automatisch", "Automaat", "Boîte automatique", "Automatique", "Automatico",
        "Cambio automatico",
    )),
    Word("semi_automatic", "Semi-automatic", (
        "Halbautomatik", "Halfautomaat", "Halfautomatisch", "Semi-automatisch", "Semi-automatique",
        "Boîte semi-automatique", "Semiautomatico",
    )),
)  # fmt: skip
OFFER_TYPE = ClosedSet(
    Word("used", "Used", (
        "Gebraucht", "Gebrauchtwagen", "Second hand", "Occasion", "Tweedehands", "Usato", "Ocasión", "Usado",
    )),
    Word("demonstration", "Demonstration", (
        "Vorführfahrzeug", "Vorführwagen", "Demo", "Demonstratie", "Demonstratievoertuig", "Demowagen", "Démonstration",
        "Véhicule de démonstration", "Dimostrativo", "Veicolo dimostrativo", "Vehículo de demostración",
    )),
    Word("employee", "Employee's car", (
        "Jahreswagen", "Employee", "Jong gebruikt", "Véhicule de direction", "Aziendale", "Auto aziendale", "Seminuevo",
    )),
    Word("pre_registered", "Pre-registered", (
        "Tageszulassung", "Pre-registration", "Pre-registratie", "Dagregistratie", "Pré-immatriculé", "Km 0", "Km0",
        "Auto km 0", "KM cero",
    )),
    Word("new", "New", ("Neu", "Neuwagen", "Nieuw", "Neuf", "Neuve", "Nuovo", "Nuevo")),
)  # fmt: skip
CLOSED_SETS = {"fuel": FUEL, "gearbox": GEARBOX, "offer_type": OFFER_TYPE}
DEFAULT_OFFER_TYPE = "used"

# What a source writes where it knows nothing.
MISSING_WORDS = frozenset(fold(text) for text in ("", "-/-", "-/- (Fuel)", "-/- (Kraftstoff)", "n/a", "unknown"))

MAKE_SYNONYMS = {
    fold(spelling): make
    for spelling, make in {
        "VW": "Volkswagen", "Mercedes": "Mercedes-Benz", "Benz": "Mercedes-Benz", "Merc": "Mercedes-Benz",
        "MB": "Mercedes-Benz", "Chevy": "Chevrolet", "Alfa": "Alfa Romeo", "Land": "Land Rover",
        "Landrover": "Land Rover", "Range Rover": "Land Rover", "Aston": "Aston Martin", "Rolls": "Rolls-Royce",
        "DS Automobiles": "DS", "Škoda": "Skoda", "Citroën": "Citroen", "Beemer": "BMW",
    }.items()
}  # fmt: skip

# Categories of a marketplace that stand in the make's column and are no make.
PSEUDO_MAKES = frozenset(
    fold(text)
    for text in (
        "Others", "Other", "Sonstige", "Andere", "Caravans-Wohnm", "Trucks-Lkw", "Trailer-Anhänger", "Motorcycles",
    )
)  # fmt: skip

# AutoScout24's 2021 export cuts a make to its first word and leaves the rest before the model:
# make "Land", model "Rover Range Rover Evoque".
TRUNCATED_MAKES = {
    fold("Land"): ("Land Rover", "Rover"),
    fold("Alfa"): ("Alfa Romeo", "Romeo"),
    fold("Aston"): ("Aston Martin", "Martin"),
    fold("DS"): ("DS", "Automobiles"),
}


def mend_truncated_make(make: str, model: str) -> tuple[str, str]:
    """Give a make that was cut to its first word its rest back, and take that rest off the model's name.

    The whole of a truncated "Aston", "Martin" is the make: its model is then "".
    """
    whole = TRUNCATED_MAKES.get(fold(make))
    if whole is None:
        return make, model
    full_make, rest = whole
    first, _, others = model.partition(" ")
    if first.casefold() == rest.casefold():
        return full_make, others.strip()
    return full_make, model


def is_pseudo_make(make: str) -> bool:
    return fold(make) in PSEUDO_MAKES


def is_missing(text: str) -> bool:
    return not text.isdecimal() and fold(text) in MISSING_WORDS  # numbers are many, and each is another text


def canonical_make(make: str) -> str:
    """A make's usual name for a synonym of it, else the text as it stands, without outer spaces."""
    return MAKE_SYNONYMS.get(fold(make), make.strip())


class Catalogue:
    """The makes and models that a model version knows, found by any spelling."""

    def __init__(self, models_by_make: Mapping[str, Iterable[str]]) -> None:
        self._makes = {fold(make): make for make in models_by_make}
        self._models = {make: {fold(model): model for model in models} for make, models in models_by_make.items()}

    def find_make(self, text: str) -> str | None:
        return self._makes.get(fold(canonical_make(text)))

    def find_model(self, make: str, text: str) -> str | None:
        """The model's name for a spelling of it; the make's own name before it is overlooked ("VW Golf")."""
        models = self._models[make]
        folded = fold(text)
        own_names = (fold(make), *(synonym for synonym, whole in MAKE_SYNONYMS.items() if whole == make))
        candidates = (folded, *(folded.removeprefix(name) for name in own_names))
        return next((models[candidate] for candidate in candidates if candidate in models), None)

    def nearest_makes(self, text: str) -> list[str]:
        return [self._makes[key] for key in get_close_matches(fold(text), self._makes, n=3, cutoff=0.6)]

    def nearest_models(self, make: str, text: str) -> list[str]:
        models = self._models[make]
        return [models[key] for key in get_close_matches(fold(text), models, n=3, cutoff=0.6)]

    def models(self, make: str) -> list[str]:
        return sorted(self._models[make].values())
