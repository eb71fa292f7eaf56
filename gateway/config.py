"""What the gateway reads from the environment, once, into one frozen object."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType
from typing import get_args, get_type_hints

HIGHEST_PORT = 65_535
HIGHEST_BONUS_EUR = 100_000
LONGEST_S = 3_600
SHORTEST_DEADLINE_S = 0.2  # the first tenth of a second is kept for ourselves
# Threads for all that needs no price, and for refusing what does, while the others wait for the model server.
SPARE_THREADS = 8
MOST_KEPT_PRICES = 1_000_000
MOST_PROXIES = 10
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
LONGEST_UNDO_HOURS = 24 * 366
LONGEST_DAYS = 36_500


@dataclass(frozen=True)
class Config:
    """The gateway's settings. Each is read from the variable that is its name in capitals after GATEWAY_."""

    database_url: str  # an SQLAlchemy address: sqlite:////var/gateway.db
    # V2 endpoints over REST, separated by commas: wherever a version may be served
    model_url: str = "http://127.0.0.1:8080"
    host: str = "127.0.0.1"
    port: int = 8000
    metrics_port: int = 8001
    threads: int = 104  # requests served at once; all but 8 may be for prices, and more of those are refused
    deadline_s: float = 2.0  # a valuation is answered, or refused with 503, within it
    probe_interval_s: float = 5.0  # between two looks at the model server; 0 looks never
    # The CPU to keep to. Python runs on one at a time anyway, and threads that change between two cost a third more.
    cpu: int | None = None
    kept_prices: int = 4096  # vehicles whose prices are kept, to be given again by the same version; 0 keeps none
    public_url: str = "http://127.0.0.1:8000"  # where people reach the web app; links that are sent begin with it
    trusted_proxies: int = 0  # proxies in front, each of which adds to X-Forwarded-For; 0: that header is not believed
    limit_attempts: bool = True  # of logins, registrations and the like; off where something in front limits them
    smtp_host: str = ""  # a mail server for links to set a new password; without one, whoever makes a link passes it on
    smtp_port: int = 587
    smtp_starttls: bool = True
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    mail_from: str = ""  # the sender's address; needed with a mail server
    buying_margin_percent: float | None = None  # what a dealer's buying price is below the market's; None names none
    selling_bonus_eur: float = 0.0  # what is paid on top of our price to who sells us a car at it
    undo_hours: float = 24.0  # within which a deleted car can be brought back, and a sale be undone
    keep_valuations_days: int = 365  # kept valuations of nobody, that no car or feedback refers to
    keep_contacts_days: int = 180  # how to reach whoever offered a car, once it is sold, declined or withdrawn
    keep_listings_days: int = 730  # listings of the market that were seen no more, counted back from its newest day
    batches: int = 2  # files priced at once; more are refused with 503
    imprint_file: Path | None = None  # a text of who runs this site; Markdown of headings, lists and links is shown
    privacy_file: Path | None = None  # a text of what is kept of whom, in the same way
    experiments_file: Path | None = None  # the report of the model's experiments; Models leads to it once it is there
    static_dir: Path = Path(__file__).with_name("static")  # the built web app

    def __post_init__(self) -> None:
        if not SHORTEST_DEADLINE_S <= self.deadline_s <= LONGEST_S:
            raise ValueError(f"GATEWAY_DEADLINE_S must be between {SHORTEST_DEADLINE_S} and {LONGEST_S}")
        if not 0 <= self.probe_interval_s <= LONGEST_S:
            raise ValueError(f"GATEWAY_PROBE_INTERVAL_S must be between 0 and {LONGEST_S}")
        if len(set(self.model_urls)) < len(self.model_urls):
            raise ValueError("GATEWAY_MODEL_URL must not name an address twice")
        if len(self.model_urls) > 1 and not self.probe_interval_s:
            raise ValueError("GATEWAY_PROBE_INTERVAL_S must not be 0 with several addresses in GATEWAY_MODEL_URL")
        if not self.public_url.startswith(("http://", "https://")):
            raise ValueError("GATEWAY_PUBLIC_URL must begin with http:// or https://")
        if not 0 <= self.trusted_proxies <= MOST_PROXIES:
            raise ValueError(f"GATEWAY_TRUSTED_PROXIES must be between 0 and {MOST_PROXIES}")
        if self.smtp_host and not self.mail_from:
            raise ValueError("GATEWAY_MAIL_FROM must be set with GATEWAY_SMTP_HOST")
        for name in ("port", "metrics_port", "smtp_port"):
            if not 0 < getattr(self, name) <= HIGHEST_PORT:
                raise ValueError(f"GATEWAY_{name.upper()} must be between 1 and {HIGHEST_PORT}")
        if self.threads <= SPARE_THREADS:
            raise ValueError(f"GATEWAY_THREADS must be {SPARE_THREADS + 1} or more")
        if self.cpu is not None and self.cpu not in cpus():
            raise ValueError(f"GATEWAY_CPU must be one that this process may run on: {sorted(cpus()) or 'none here'}")
        if not 0 < self.batches <= SPARE_THREADS // 2:
            raise ValueError(f"GATEWAY_BATCHES must be between 1 and {SPARE_THREADS // 2}")
        if not 0 <= self.kept_prices <= MOST_KEPT_PRICES:
            raise ValueError(f"GATEWAY_KEPT_PRICES must be between 0 and {MOST_KEPT_PRICES}")
        for name in ("keep_valuations_days", "keep_contacts_days", "keep_listings_days"):
            if not 0 <= getattr(self, name) <= LONGEST_DAYS:
                raise ValueError(f"GATEWAY_{name.upper()} must be between 0 and {LONGEST_DAYS}")
        if self.buying_margin_percent is not None and not 0 <= self.buying_margin_percent < 100:
            raise ValueError("GATEWAY_BUYING_MARGIN_PERCENT must be 0 or more, and below 100")
        if not 0 <= self.selling_bonus_eur <= HIGHEST_BONUS_EUR:
            raise ValueError(f"GATEWAY_SELLING_BONUS_EUR must be between 0 and {HIGHEST_BONUS_EUR}")
        if not 0 <= self.undo_hours <= LONGEST_UNDO_HOURS:
            raise ValueError(f"GATEWAY_UNDO_HOURS must be between 0 and {LONGEST_UNDO_HOURS}")

    @property
    def model_urls(self) -> list[str]:
        return [url.strip() for url in self.model_url.split(",")]

    @property
    def most_at_once(self) -> int:
        """Requests for prices that are let in at once."""
        return self.threads - SPARE_THREADS


def cpus() -> set[int]:
    """The CPUs that this process may run on; empty where the system does not let it choose."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def read_config(environment: Mapping[str, str] = os.environ) -> Config:
    """The settings of this process. Raises ValueError naming the variable that is missing or malformed."""
    values: dict[str, object] = {}
    for name, kind in get_type_hints(Config).items():
        text = environment.get(variable(name))
        if text is None:
            continue
        try:
            values[name] = _read(text, kind)
        except ValueError:
            what = "neither true nor false" if kind is bool else "not a number"
            raise ValueError(f"{variable(name)} is {what}: {text!r}") from None
    if not values.get("database_url"):
        raise ValueError("GATEWAY_DATABASE_URL is not set; for a local run: sqlite:////path/to/gateway.db")
    return Config(**values)  # type: ignore[arg-type]


def variable(name: str) -> str:
    """The environment's name of a setting."""
    return f"GATEWAY_{name.upper()}"


def _read(text: str, kind: object) -> object:
    kind = next((each for each in get_args(kind) if each is not NoneType), kind)  # int | None is read as int
    assert isinstance(kind, type)
    if kind is bool:
        if text.lower() not in BOOLEANS:
            raise ValueError
        return BOOLEANS[text.lower()]
    return Path(text).absolute() if kind is Path else kind(text)
