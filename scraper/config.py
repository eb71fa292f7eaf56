"""What the scraper reads from the environment, once: whether it may ask a site for pages at all, and who does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

SWITCH = "DEALERSHIP_CRAWL"
CONTACT = "DEALERSHIP_CRAWL_CONTACT"
EMAIL = re.compile(r"[!-~]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
URL = re.compile(r"https?://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[!-~]*)?")


@dataclass(frozen=True)
class CrawlConfig:
    """Given only to whoever may crawl. `contact` is how a site reaches who runs this: an e-mail address or a URL."""

    contact: str


def read_crawl_config(environment: Mapping[str, str]) -> CrawlConfig:
    """Raises ValueError unless crawling is switched on, and names a contact."""
    switch = environment.get(SWITCH, "off")
    if switch not in ("on", "off", ""):
        raise ValueError(f"{SWITCH} is on or off, not {switch!r}")
    if switch != "on":
        raise ValueError(
            f"crawling is off: no site is asked for anything until whoever runs this has read docs/listings.md and set "
            f"{SWITCH}=on; importing pages and files works without"
        )
    contact = environment.get(CONTACT, "").strip()
    if not (EMAIL.fullmatch(contact) or URL.fullmatch(contact)):
        raise ValueError(
            f"{CONTACT} must say how a site reaches you, an e-mail address or a URL such as "
            f"https://dealer.example/crawler, and not {contact!r}"
        )
    return CrawlConfig(contact)
