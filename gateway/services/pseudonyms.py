"""Who said something, as the store and training may know: always the same name for an account, and no way back."""

import hashlib
import hmac

from sqlalchemy.orm import Session

from gateway.services.installation_keys import installation_key

# All who report without an account count as one account, so that training's caps hold for them together.
ANONYMOUS_PSEUDONYM = "anonymous"
PREFIX = "acct-"
HEX_DIGITS = 32
KEY = "pseudonyms"


def pseudonym(session: Session, account_id: str | None) -> str:
    """The pseudonym of an account by its id, within a transaction that writes; None is whoever has no account."""
    if account_id is None:
        return ANONYMOUS_PSEUDONYM
    mac = hmac.new(installation_key(session, KEY), account_id.encode(), hashlib.sha256)
    return PREFIX + mac.hexdigest()[:HEX_DIGITS]
