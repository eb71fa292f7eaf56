"""Whether the time of a failed login tells that its account exists: medians over interleaved tries.

python -m tests.benchmarks.login
"""

import contextlib
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from flask_migrate import upgrade

from gateway.app import create_app
from gateway.config import Config
from gateway.services import accounts
from gateway.services.identity import CUSTOMER
from gateway.services.passwords import hash_password

TRIES = 200
BAR_MS = 5.0
KNOWN, UNKNOWN = "known@example.org", "unknown@example.org"


def measure(folder: Path) -> dict[str, float]:
    """Milliseconds of a failed login of each, limits off."""
    app = create_app(Config(database_url=f"sqlite:///{folder}/gateway.db", limit_attempts=False))
    with app.app_context():
        upgrade()
        accounts.add(KNOWN, "Somebody", hash_password("a quiet harbour at noon"), CUSTOMER)
    client = app.test_client()
    times_s: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    for _ in range(TRIES):
        for email, taken_s in times_s.items():
            began_s = time.perf_counter()
            response = client.post("/api/v1/sessions", json={"email": email, "password": "a wrong password"})
            taken_s.append(time.perf_counter() - began_s)
            assert response.status_code == 401, response.text
    return {email: statistics.median(taken_s) * 1000 for email, taken_s in times_s.items()}


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as folder,
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stderr(nowhere),  # a line for each request
    ):
        medians_ms = measure(Path(folder))
    difference_ms = abs(medians_ms[KNOWN] - medians_ms[UNKNOWN])
    print(f"failed login, median of {TRIES}: account exists {medians_ms[KNOWN]:.1f} ms, "
          f"does not {medians_ms[UNKNOWN]:.1f} ms, difference {difference_ms:.2f} ms (bar: {BAR_MS} ms)")
    return 0 if difference_ms <= BAR_MS else 1


if __name__ == "__main__":
    sys.exit(main())
