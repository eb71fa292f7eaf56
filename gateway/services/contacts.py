"""A way to be reached: a name, and an e-mail or a phone number."""

import re
from dataclasses import dataclass, replace

from model.schema.fields import Fields

LONGEST_EMAIL = 254  # letters, by RFC 5321
# Stricter than the standard, which allows what no mailbox has.
EMAIL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
PHONE = r"[+(]{0,2}[0-9][0-9 +()/-]{3,26}[0-9]"
PARTS = ("name", "email", "phone")


@dataclass(frozen=True)
class Contact:
    name: str | None = None
    email: str | None = None
    phone: str | None = None

    @property
    def reaches(self) -> bool:
        """Whether somebody can be reached by it."""
        return self.name is not None and (self.email is not None or self.phone is not None)


NO_CONTACT = Contact()


def read_email(fields: Fields, name: str = "email") -> str | None:
    """An e-mail address in the form that accounts are told apart by, or None after noting why it is none."""
    text = fields.text(name, longest=LONGEST_EMAIL)
    if text is not None and re.fullmatch(EMAIL, text) is None:
        fields.add(name, "format", 'must be an e-mail address such as "ada@example.org"')
        return None
    return None if text is None else text.lower()


def read_contact(raw: object, fields: Fields, default: Contact = NO_CONTACT) -> Contact:
    """The contact that stands in the field "contact", each part that is not given taken from the default.

    What is wrong with it is added to fields, by names such as "contact.email".
    """
    if raw is None:
        return default
    if not isinstance(raw, dict):
        fields.add("contact", "type", "must be an object")
        return default
    own = Fields(raw)
    own.allow_only(PARTS)
    name = own.text("name") if own.given("name") else default.name
    email = _matching(own, raw, "email", EMAIL) if own.given("email") else default.email
    phone = _matching(own, raw, "phone", PHONE) if own.given("phone") else default.phone
    fields.violations += [
        replace(found, field=f"contact.{found.field}") for found in own.violations
    ]
    return Contact(name, email, phone)


def _matching(fields: Fields, raw: dict[str, object], name: str, pattern: str) -> str | None:
    value = raw[name]
    if not isinstance(value, str):
        fields.add(name, "type", "must be a text")
    elif len(value) > LONGEST_EMAIL or re.fullmatch(pattern, value) is None:
        what = "an e-mail address" if name == "email" else "a phone number: digits, spaces and + ( ) / - alone"
        fields.add(name, "format", f"is not {what}")
    else:
        return value
    return None
