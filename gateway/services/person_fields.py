"""Reading what people say of themselves."""

import re
import unicodedata

from model.schema.fields import Fields

LONGEST_EMAIL = 254  # letters, by RFC 5321
# What mail servers take, less the quoted forms that nobody has: one that is mistyped is the usual mistake.
EMAIL = re.compile(r"[^\s@,;<>()\"]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")


def read_email(fields: Fields, name: str = "email") -> str | None:
    """An e-mail address in the form that it is compared by, or None after noting why it is none."""
    text = fields.text(name, longest=LONGEST_EMAIL)
    if text is None:
        return None
    email = unicodedata.normalize("NFKC", text).lower()
    if not EMAIL.fullmatch(email) or len(email) > LONGEST_EMAIL:
        fields.add(name, "format", 'must be an e-mail address such as "ada@example.org"')
        return None
    return email
