"""Bodies of accounts, sessions and tokens."""

from typing import Literal

from pydantic import BaseModel, Field

from gateway.api.schemas.base import without_default
from gateway.services.api_tokens import DAYS, LONGEST_DAYS
from gateway.services.contacts import EMAIL, LONGEST_EMAIL
from gateway.services.passwords import LONGEST, SHORTEST
from model.schema.fields import LONGEST_WORD

Role = Literal["customer", "dealer", "reviewer", "admin"]
Scope = Literal["infer", "valuations", "cards", "feedback", "listings"]

EMAIL_FIELD = Field(max_length=LONGEST_EMAIL, pattern=f"^{EMAIL}$", description="compared in lower case")
NAME = Field(max_length=LONGEST_WORD)
NEW_PASSWORD = Field(min_length=SHORTEST, max_length=LONGEST, description="none that many people use")
PASSWORD = Field(min_length=1, max_length=LONGEST)


class Registration(BaseModel):
    email: str = EMAIL_FIELD
    name: str = NAME
    password: str = NEW_PASSWORD


class Registered(BaseModel):
    """The same whether the e-mail address was free or not."""

    status: Literal["accepted"]
    detail: str


class User(BaseModel):
    id: str
    email: str
    name: str
    role: Role
    created_at: str


class Users(BaseModel):
    users: list[User]
    next: str | None = Field(description="the cursor of the next page; null on the last")


class PersonalData(BaseModel):
    """Everything, as the database has it, without what would let somebody act in one's name."""

    exported_at: str
    account: dict
    sessions: list[dict]
    tokens: list[dict]
    valuations: list[dict]
    feedback: list[dict]
    cars: list[dict]
    audit: list[dict]


class PageQuery(BaseModel):
    limit: int = Field(25, ge=1, le=100)
    cursor: str | None = Field(None, description="`next` of the page before")


class ProfileChange(BaseModel):
    name: str = Field(  # type: ignore[assignment]
        None, max_length=LONGEST_WORD, json_schema_extra=without_default
    )
    email: str = Field(  # type: ignore[assignment]
        None, max_length=LONGEST_EMAIL, pattern=f"^{EMAIL}$", json_schema_extra=without_default,
        description="needs the password",
    )  # fmt: skip
    password: str = Field(  # type: ignore[assignment]
        None, min_length=1, max_length=LONGEST, json_schema_extra=without_default,
        description="the current one, for another e-mail address",
    )  # fmt: skip


class PasswordChange(BaseModel):
    current_password: str = PASSWORD
    new_password: str = NEW_PASSWORD


class RoleChange(BaseModel):
    role: Role


class Login(BaseModel):
    email: str = EMAIL_FIELD
    password: str = PASSWORD


class LoggedIn(BaseModel):
    """Who is logged in here, if anybody."""

    user: User | None
    csrf_token: str | None = Field(description="what a write by this session must carry in the header X-CSRF-Token")


class NewToken(BaseModel):
    name: str = Field(max_length=LONGEST_WORD, description="what it is for")
    scopes: list[Scope] = Field(min_length=1)
    days: int = Field(DAYS, ge=1, le=LONGEST_DAYS, description="until it ends")


class Token(BaseModel):
    prefix: str
    name: str
    scopes: list[Scope]
    created_at: str
    expires_at: str
    revoked_at: str | None


class MadeToken(Token):
    token: str = Field(description="shown this once")


class Tokens(BaseModel):
    tokens: list[Token]


class ResetLinkMade(BaseModel):
    link: str = Field(description="for its account's owner alone; good once")
    expires_at: str
    mailed: bool = Field(description="whether a mail server took it; else pass it on yourself")


class PasswordReset(BaseModel):
    token: str = Field(description="what stands in the link after the #")
    password: str = NEW_PASSWORD
