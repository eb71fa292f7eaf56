"""What the gateway reads from the environment, once, into one frozen object."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HIGHEST_PORT = 65_535
LONGEST_S = 3_600


@dataclass(frozen=True)
class Config:
    """The gateway's settings. Each is read from the variable that is its name in capitals after GATEWAY_."""

    database_url: str  # an SQLAlchemy address: sqlite:////var/gateway.db
    model_grpc: str = "127.0.0.1:8081"  # the model server's V2 gRPC endpoint, host:port
    host: str = "127.0.0.1"
    port: int = 8000
    metrics_port: int = 8001
    threads: int = 32  # requests served at once
    deadline_s: float = 2.0  # a valuation is answered, or refused with 503, within it
    probe_interval_s: float = 5.0  # between two looks at the model server; 0 looks never
    static_dir: Path = Path(__file__).with_name("static")  # the built web app

    def __post_init__(self) -> None:
        if not 0.1 <= self.deadline_s <= LONGEST_S:
            raise ValueError(f"GATEWAY_DEADLINE_S must be between 0.1 and {LONGEST_S}")
        if not 0 <= self.probe_interval_s <= LONGEST_S:
            raise ValueError(f"GATEWAY_PROBE_INTERVAL_S must be between 0 and {LONGEST_S}")
        for name in ("port", "metrics_port"):
            if not 0 < getattr(self, name) <= HIGHEST_PORT:
                raise ValueError(f"GATEWAY_{name.upper()} must be between 1 and {HIGHEST_PORT}")
        if self.threads < 1:
            raise ValueError("GATEWAY_THREADS must be 1 or more")


def read_config(environment: Mapping[str, str] = os.environ) -> Config:
    """The settings of this process. Raises ValueError naming the variable that is missing or malformed."""
    values: dict[str, object] = {}
    kinds = {"port": int, "metrics_port": int, "threads": int, "deadline_s": float, "probe_interval_s": float}
    for name in Config.__dataclass_fields__:
        variable = f"GATEWAY_{name.upper()}"
        text = environment.get(variable)
        if text is None:
            continue
        try:
            values[name] = Path(text).absolute() if name == "static_dir" else kinds.get(name, str)(text)
        except ValueError:
            raise ValueError(f"{variable} is not a number: {text!r}") from None
    if not values.get("database_url"):
        raise ValueError("GATEWAY_DATABASE_URL is not set; for a local run: sqlite:////path/to/gateway.db")
    return Config(**values)  # type: ignore[arg-type]
