"""The settings: read once, from the environment, with a clear word for each mistake."""

from pathlib import Path

import pytest

from gateway.config import SPARE_THREADS, cpus, read_config

URL = {"GATEWAY_DATABASE_URL": "sqlite:////var/gateway.db"}


def test_only_the_database_must_be_named() -> None:
    """All else has a value that fits one machine, on loopback."""
    # given the database's address alone, when the settings are read
    config = read_config(URL)
    # then the rest is as documented
    assert (config.database_url, config.model_url) == ("sqlite:////var/gateway.db", "http://127.0.0.1:8080")
    assert (config.host, config.port, config.metrics_port, config.deadline_s) == ("127.0.0.1", 8000, 8001, 2.0)


def test_every_setting_has_its_variable() -> None:
    """Each is read from its own name, as what it is."""
    # given all of them
    environment = {
        **URL, "GATEWAY_MODEL_URL": "http://model:9000, http://challenger:9000", "GATEWAY_HOST": "0.0.0.0",
        "GATEWAY_PORT": "80",
        "GATEWAY_METRICS_PORT": "81", "GATEWAY_THREADS": "160", "GATEWAY_DEADLINE_S": "0.5",
        "GATEWAY_PROBE_INTERVAL_S": "0.5", "GATEWAY_KEPT_PRICES": "0", "GATEWAY_BATCHES": "3",
        "GATEWAY_KEEP_VALUATIONS_DAYS": "30", "GATEWAY_KEEP_CONTACTS_DAYS": "0", "GATEWAY_UNDO_HOURS": "1.5",
        "GATEWAY_BUYING_MARGIN_PERCENT": "12.5", "GATEWAY_PUBLIC_URL": "https://cars.example.org",
        "GATEWAY_SELLING_BONUS_EUR": "250",
        "GATEWAY_TRUSTED_PROXIES": "1", "GATEWAY_LIMIT_ATTEMPTS": "False", "GATEWAY_SMTP_HOST": "mail",
        "GATEWAY_SMTP_PORT": "25", "GATEWAY_SMTP_STARTTLS": "0", "GATEWAY_SMTP_USER": "house",
        "GATEWAY_SMTP_PASSWORD": "secret", "GATEWAY_MAIL_FROM": "house@example.org",
        "GATEWAY_CPU": str(min(cpus())), "GATEWAY_STATIC_DIR": "/srv/static",
    }  # fmt: skip
    # when the settings are read
    config = read_config(environment)
    # then each is there
    assert (config.model_urls, config.host) == (["http://model:9000", "http://challenger:9000"], "0.0.0.0")
    assert (config.port, config.metrics_port, config.threads, config.kept_prices) == (80, 81, 160, 0)
    assert (config.deadline_s, config.probe_interval_s, config.batches) == (0.5, 0.5, 3)
    assert (config.keep_valuations_days, config.keep_contacts_days, config.undo_hours) == (30, 0, 1.5)
    assert (config.buying_margin_percent, config.public_url) == (12.5, "https://cars.example.org")
    assert config.selling_bonus_eur == 250.0
    assert (config.trusted_proxies, config.limit_attempts) == (1, False)
    assert (config.smtp_host, config.smtp_port, config.smtp_starttls) == ("mail", 25, False)
    assert (config.smtp_user, config.smtp_password, config.mail_from) == ("house", "secret", "house@example.org")
    # and a secret is in no print of them
    assert "secret" not in repr(config)
    assert config.cpu == min(cpus())
    assert config.static_dir == Path("/srv/static")


def test_several_addresses_need_looks() -> None:
    """Which version is behind an address that nobody has asked yet, only a probe tells."""
    # given two addresses and no probes, when the settings are read, then the start ends
    with pytest.raises(ValueError, match="GATEWAY_PROBE_INTERVAL_S"):
        read_config({**URL, "GATEWAY_MODEL_URL": "http://a,http://b", "GATEWAY_PROBE_INTERVAL_S": "0"})


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("GATEWAY_PORT", "http"), ("GATEWAY_PORT", ""), ("GATEWAY_PORT", "-1"), ("GATEWAY_PORT", "65536"),
        ("GATEWAY_METRICS_PORT", "8001.5"), ("GATEWAY_METRICS_PORT", "0"),
        ("GATEWAY_THREADS", "many"), ("GATEWAY_THREADS", "0"), ("GATEWAY_THREADS", str(SPARE_THREADS)),
        ("GATEWAY_KEPT_PRICES", "all"), ("GATEWAY_KEPT_PRICES", "-1"), ("GATEWAY_KEPT_PRICES", "1000001"),
        ("GATEWAY_KEEP_VALUATIONS_DAYS", "-1"), ("GATEWAY_KEEP_CONTACTS_DAYS", "for ever"),
        ("GATEWAY_BATCHES", "0"), ("GATEWAY_BATCHES", "5"), ("GATEWAY_BATCHES", "two"),
        ("GATEWAY_LIMIT_ATTEMPTS", "maybe"), ("GATEWAY_TRUSTED_PROXIES", "-1"), ("GATEWAY_PUBLIC_URL", "cars.example"),
        ("GATEWAY_SMTP_HOST", "mail"), ("GATEWAY_SMTP_PORT", "0"), ("GATEWAY_UNDO_HOURS", "-1"),
        ("GATEWAY_BUYING_MARGIN_PERCENT", "100"),
        ("GATEWAY_CPU", "-1"), ("GATEWAY_CPU", "4096"), ("GATEWAY_CPU", "all"),
        ("GATEWAY_DEADLINE_S", "2s"), ("GATEWAY_DEADLINE_S", "0"), ("GATEWAY_DEADLINE_S", "-2"),
        ("GATEWAY_DEADLINE_S", "nan"), ("GATEWAY_DEADLINE_S", "inf"),
        ("GATEWAY_BUYING_MARGIN_PERCENT", "100"), ("GATEWAY_BUYING_MARGIN_PERCENT", "-1"),
        ("GATEWAY_SELLING_BONUS_EUR", "-1"), ("GATEWAY_SELLING_BONUS_EUR", "nan"),
        ("GATEWAY_BUYING_MARGIN_PERCENT", "nan"), ("GATEWAY_UNDO_HOURS", "-1"), ("GATEWAY_UNDO_HOURS", "inf"),
        ("GATEWAY_PROBE_INTERVAL_S", "-1"), ("GATEWAY_PROBE_INTERVAL_S", "nan"),
        ("GATEWAY_MODEL_URL", "http://model, http://model"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_variable(variable: str, text: str) -> None:
    """A number that is none, or that cannot work: told before anything is served."""
    # given a mistake, when the settings are read, then its variable is named
    with pytest.raises(ValueError, match=variable):
        read_config({**URL, variable: text})


def test_some_threads_never_wait_for_the_model_server() -> None:
    """What needs no model is answered while every place to wait is taken."""
    # given the fewest threads, when it is asked how many may be for prices, then the others are kept from it
    assert read_config({**URL, "GATEWAY_THREADS": str(SPARE_THREADS + 1)}).most_at_once == 1


@pytest.mark.parametrize("environment", [{}, {"GATEWAY_DATABASE_URL": ""}])
def test_without_a_database_there_are_no_settings(environment: dict[str, str]) -> None:
    """A required setting has no default, and an empty one is none."""
    # given no database, when the settings are read, then its variable is named
    with pytest.raises(ValueError, match="GATEWAY_DATABASE_URL"):
        read_config(environment)
