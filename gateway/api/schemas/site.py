"""What the site says of its operator."""

from pydantic import BaseModel, Field


class SiteReply(BaseModel):
    imprint: str | None = Field(description="plain text, or simple Markdown; null where the operator wrote none")
    privacy: str | None = Field(description="the same, of what is kept of whom")
    undo_hours: float = Field(description="within which a deleted car can be brought back, and a sale be undone")
    has_experiments: bool = Field(description="whether there is a report of experiments, at /reports/experiments")
    selling_bonus_eur: float = Field(description="what is paid on top of our price to who sells us a car at it")
