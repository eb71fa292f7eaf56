"""Model versions and their cards."""

from pydantic import BaseModel, Field

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
