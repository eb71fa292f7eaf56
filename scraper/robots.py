"""What a site's robots.txt allows us, as RFC 9309 has it."""

from dataclasses import dataclass

from protego import Protego

AGENT = "dealership-ai"  # the name by which a robots.txt means us
MOST_BYTES = 512 * 1024  # what lies beyond is not read; RFC 9309 asks for 500 KiB at least


@dataclass(frozen=True)
class Rules:
    """Of one host: what may be asked, and how many seconds lie between two requests at least."""

    parsed: Protego
    pace_s: float = 0.0
    refusal: str = "the site's robots.txt does not allow it"

    def allow(self, url: str) -> bool:
        return self.parsed.can_fetch(url, AGENT)


def read_rules(body: bytes) -> Rules:
    """The rules of a robots.txt. What in it makes no sense forbids nothing."""
    parsed = Protego.parse(body.decode("utf-8-sig", "replace"))
    rate = parsed.request_rate(AGENT)
    return Rules(parsed, max(parsed.crawl_delay(AGENT) or 0.0, rate.seconds / rate.requests if rate else 0.0))


def no_rules() -> Rules:
    """Of a host without a robots.txt: all is allowed."""
    return read_rules(b"")


def closed() -> Rules:
    """Of a host whose robots.txt cannot be had for the moment: nothing is allowed."""
    nothing = Protego.parse("User-agent: *\nDisallow: /")
    return Rules(nothing, refusal="the site's robots.txt cannot be had, so that nothing is allowed")
