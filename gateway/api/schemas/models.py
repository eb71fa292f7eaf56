"""Model versions and their cards."""

from pydantic import BaseModel, ConfigDict, Field

from gateway.services.card_document import BandSegment, CardData, Figures, MarketLevel, WordSegment


class LabelledSegment(WordSegment):
    """The cars with this word, and how it is written out."""

    label: str


class ModelCard(BaseModel):
    """A version's card, without the vocabulary and coefficients, which have routes of their own."""

    name: str
    version: str
    schema_digest: str
    table_digest: str
    intended_use: list[str]
    data: CardData
    figures: Figures
    figures_by_fold: list[dict[str, float]]
    segments: list[BandSegment | LabelledSegment] = Field(
        description="figures of parts of the market, each as [value, low, high] of 95% confidence"
    )
    coverage: float = Field(description="the share of prices that ranges are made to hold")
    fairness: list[str] = Field(description="whom the ranges serve worst")
    limits: list[str]
    how_to_read: list[str] = Field(description="what the coefficients mean, and what they do not")
    market_index: list[MarketLevel] = Field(description="empty where all listings are of one day")
    sale_level: float = Field(description="the log of sales against asking prices; 0 where no sales are known")
    served: bool = Field(description="whether this is the version that prices now")


class VersionsQuery(BaseModel):
    limit: int | None = Field(None, ge=1, le=100, description="how many; 20 without it")
    before: str | None = Field(None, description="those published before this version, as `next` said")


class Version(BaseModel):
    """A published version. Of a card of an earlier format less is known: market, kind of data and figures are null."""

    version: str
    published_at: str
    served: bool = Field(description="whether this is the version that prices now")
    market_as_of: str | None = Field(description="the day whose market the prices are of")
    synthetic: bool | None = Field(description="true where the listings behind it are invented")
    figures: Figures | None


class Versions(BaseModel):
    versions: list[Version]
    next: str | None = Field(description="the `before` of the page after this one")


class CardBody(BaseModel):
    """A version's card, as `dealership-model card` prints it."""

    model_config = ConfigDict(extra="allow")

    format: int
    name: str
    version: str
    schema_digest: str
    table_digest: str


class PublishedCard(BaseModel):
    version: str


class Pair(BaseModel):
    """A number of both versions; null where a version does not have it."""

    value: float | None
    other: float | None
    difference: float | None


class FigurePair(Pair):
    figure: str


class SegmentPair(BaseModel):
    """A part of the market: a band of numbers, or the cars with a word."""

    by: str
    from_: float | None = Field(None, alias="from")
    to: float | None = None
    word: str | None = None
    rows: Pair
    figures: list[FigurePair]


class ComparedData(BaseModel):
    name: str
    digest: str
    synthetic: bool
    market_as_of: str
    oldest_listing: str
    rows_read: int
    rows_used: int


class ComparedVersion(BaseModel):
    version: str
    data: ComparedData
    models: int = Field(description="how many models it knows")
    coverage: float
    sale_level: float


class NamedModel(BaseModel):
    make: str
    model: str


class VocabularyChange(BaseModel):
    """What the first version knows and the other does not (added), and the reverse (removed)."""

    makes_added: list[str]
    makes_removed: list[str]
    models_added: list[NamedModel]
    models_removed: list[NamedModel]


class EffectPair(Pair):
    """Per cent of both versions at one value; the difference is in per cent points."""

    at: str | float
    label: str


class FeaturePair(BaseModel):
    """The market's effects, both against the first version's reference, at the first version's points."""

    feature: str
    label: str
    reference: str | float
    points: list[EffectPair]


class LiveSales(BaseModel):
    """The last sales of cars that the version had valued. Errors are |log(sale / price)|, at the card's level of sales.
    Cars that stood at our price and were sold at it say nothing of it, and are in none.
    """

    sales: int
    at_our_word: int
    median_error: float | None
    mean_error: float | None
    bias: float | None = Field(description="the median with its sign: above 0 where cars were sold for more")
    inside_percent: float | None = Field(description="sales inside the range")
    card_error_percent: float = Field(description="the median error that the card tells")


class LiveInput(BaseModel):
    feature: str
    cars: int
    psi: float | None = Field(description="below 0.1 all is as it was learnt; above 0.2 it is not")
    against: str | None = Field(description="where the shares that were learnt are from")
    reason: str | None = Field(description="why there is no index")


class LiveVersion(BaseModel):
    version: str
    market_as_of: str
    market_age_days: int
    sales: LiveSales
    inputs: list[LiveInput]
    inputs_days: int


class Comparison(BaseModel):
    version: ComparedVersion
    other: ComparedVersion
    figures: list[FigurePair]
    segments: list[SegmentPair]
    vocabulary: VocabularyChange
    market: list[FeaturePair]
