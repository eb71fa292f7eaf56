"""The whole product as a user starts it: `make run`'s own program, in a folder and on ports of the test's own."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import free_ports

CHECKOUT = Path(__file__).resolve().parent.parent
REAL_LISTINGS = CHECKOUT.parent / "shared" / "data" / "autoscout24-germany-2021.csv"
REAL_MARKET_DATE = "2021-07-01"
STARTS_WITHIN_S = 420
STOPS_WITHIN_S = 40

PORTS = (
    "PORT", "METRICS_PORT", "MODEL_REST_PORT", "MODEL_GRPC_PORT", "MODEL_METRICS_PORT",
    "SECOND_REST_PORT", "SECOND_GRPC_PORT", "SECOND_METRICS_PORT",
)  # fmt: skip


@dataclass
class Product:
    """A started `make run`. `output` is all that it has printed."""

    var: Path
    ports: dict[str, int]
    process: subprocess.Popen | None  # None: somebody else started it, and looks after it
    output: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.ports['PORT']}"

    @property
    def rest(self) -> str:
        return f"http://127.0.0.1:{self.ports['MODEL_REST_PORT']}"

    @property
    def grpc(self) -> str:
        return f"127.0.0.1:{self.ports['MODEL_GRPC_PORT']}"

    def text(self) -> str:
        return "".join(self.output)

    def token(self, *scopes: str) -> str:
        """A new API token of these scopes, made by the command as an operator makes it."""
        named = (part for scope in scopes for part in ("--scope", scope))
        return self.command("token", "create", "--name", "tests", "--days", "1", *named)

    def command(self, *arguments: str, said: str = "") -> str:
        """What one of the gateway's commands prints; `said` is piped in."""
        ran = subprocess.run(
            [CHECKOUT / ".venv/gateway/bin/dealership-gateway", *arguments], input=said,
            env={"PATH": os.defpath, "GATEWAY_DATABASE_URL": f"sqlite:///{self.var}/gateway.db"},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    def local(self, command: str, **variables: str) -> subprocess.Popen:
        """One of make's commands on this product's folder: promote, rollback. Its output is one text."""
        return subprocess.Popen(
            [sys.executable, "-m", "local", command], cwd=CHECKOUT,
            env=_environment() | {"VAR": str(self.var), **variables},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def model(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One of dealership-model's commands, as a data scientist types it beside this product."""
        ours = {
            "DEALERSHIP_VAR": str(self.var), "DEALERSHIP_PUBLIC_KEY": str(self.var / "keys" / "signing.pub"),
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }  # fmt: skip
        return subprocess.run(
            [CHECKOUT / ".venv/model/bin/dealership-model", *arguments], cwd=CHECKOUT, env=_environment() | ours,
            capture_output=True, text=True, timeout=600,
        )  # fmt: skip

    def processes(self, variable: str = "") -> set[int]:
        """Every living process that runs on this product's folder, by its environment; with this variable in it."""
        found = set()
        for folder in Path("/proc").iterdir():
            try:
                # Its supervisor knows it as VAR, the servers as DEALERSHIP_VAR.
                environment = (folder / "environ").read_text() if folder.name.isdecimal() else ""
                if f"VAR={self.var}\0" in environment and (not variable or f"\0{variable}\0" in environment):
                    found.add(int(folder.name))
            except (OSError, UnicodeDecodeError):
                continue
        return found

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOPS_WITHIN_S)


def running(environment: Mapping[str, str]) -> Product | None:
    """A `make run` that is up already, for whoever works on pages: PRODUCT_PORT=8000 PRODUCT_VAR=var."""
    if "PRODUCT_PORT" not in environment:
        return None
    var = CHECKOUT / environment.get("PRODUCT_VAR", "var")
    return Product(var, {"PORT": int(environment["PRODUCT_PORT"])}, None)


def start(var: Path, **variables: str) -> Product:
    """Start the product and wait until it says that it is ready. Raises AssertionError with its output if it ends."""
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "run"],
        cwd=CHECKOUT,
        env=_environment() | {"VAR": str(var), **{name: str(port) for name, port in ports.items()}, **variables},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    product = Product(var, ports, process)
    ready = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            product.output.append(line)
            if re.search("Dealership AI is ready", line):
                ready.set()
        ready.set()  # it has ended, one way or the other

    threading.Thread(target=read, daemon=True).start()
    in_time = ready.wait(STARTS_WITHIN_S)
    if not in_time or process.poll() is not None:
        process.kill()
        raise AssertionError(f"the product did not start:\n{product.text()}")
    return product


def _environment() -> dict[str, str]:
    """This process's, without what says where a product is."""
    ours = ("GATEWAY_", "DEALERSHIP_", "MLSERVER_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
