"""A bare checkout with the real local/ and Makefile, where everything that is installed or started is a fake."""

import hashlib
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.ports import free_ports
from tests.product import PORTS

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
PATIENCE_SECONDS = 120.0


class Process:
    """A command under way, its output read as it comes; on a terminal of its own when asked for."""

    def __init__(self, command: list[str], cwd: Path, environment: dict[str, str], terminal: bool) -> None:
        self.output = ""
        if terminal:
            self.pid, self._descriptor = pty.fork()
            if self.pid == 0:
                os.chdir(cwd)
                os.execvpe(command[0], command, environment)
        else:
            self._popen = subprocess.Popen(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
                                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
            assert self._popen.stdout
            self.pid, self._descriptor = self._popen.pid, self._popen.stdout.fileno()
        self._is_terminal = terminal

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.output:
            assert time.monotonic() < deadline and self._read(), f"{text!r} never came in:\n{self.output}"

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def end(self) -> int:
        """The exit code, negative for a signal; all output is read by then."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._read():
            assert time.monotonic() < deadline, f"it does not end:\n{self.output}"
        if not self._is_terminal:
            return self._popen.wait(PATIENCE_SECONDS)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self) -> bool:
        """False at the end of the output."""
        if not select.select([self._descriptor], [], [], 0.2)[0]:
            return True
        try:
            chunk = os.read(self._descriptor, 65536)
        except OSError:  # how a terminal says that its last process is gone
            return False
        self.output += chunk.decode().replace("\r\n", "\n")
        return bool(chunk)


class Checkout:
    """One test's view of the checkout: state, ports and record of calls of its own."""

    def __init__(self, folder: Path, wheels: Path, scratch: Path) -> None:
        self.folder = folder
        self.var = scratch / "var"
        self._calls = scratch / "calls.txt"
        names = (*PORTS, "WEB_PORT")
        self.ports = free_ports(len(names))
        self.environment = {
            "PATH": os.pathsep.join([str(HERE / "fakes"), os.environ["PATH"]]),
            "HOME": str(scratch),
            "TERM": "xterm",
            "VAR": str(self.var),
            "FAKES": str(HERE / "fakes"),
            "FAKE_CALLS": str(self._calls),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
            **{name: str(port) for name, port in zip(names, self.ports, strict=True)},
        }
        self._started: list[Process] = []

    def start(self, *arguments: str, command: str = "run", terminal: bool = False, make: bool = False) -> Process:
        """`make COMMAND NAME=value...`, or what it calls."""
        program = ["make", command, f"PYTHON={sys.executable}"] if make else [sys.executable, "-m", "local", command]
        given = dict(argument.split("=", 1) for argument in arguments)
        process = Process(program, self.folder, self.environment | given, terminal)
        self._started.append(process)
        return process

    def run(self, *arguments: str, command: str = "run") -> tuple[int, str]:
        """To its end: exit code and output."""
        process = self.start(*arguments, command=command)
        return process.end(), process.output

    def serve_and_stop(self, *arguments: str) -> str:
        process = self.start(*arguments)
        process.wait_for("Dealership AI is ready")
        process.signal(signal.SIGINT)
        assert process.end() == 0
        return process.output

    def calls(self, beginning: str) -> list[str]:
        """What the fakes were called with since the last look."""
        lines = self._calls.read_text().splitlines() if self._calls.exists() else []
        return [line for line in lines if line.startswith(beginning)]

    def forget_calls(self) -> None:
        self._calls.unlink(missing_ok=True)

    def survivors(self) -> list[str]:
        """Processes of this test's runs that are still there a moment later."""
        deadline = time.monotonic() + 3
        while (found := list(self._alive())) and time.monotonic() < deadline:
            time.sleep(0.1)
        return [" ".join(process.cmdline()) for process in found]

    def clean_up(self) -> None:
        """The supervisors first: they would start their servers again."""
        for process in sorted(self._alive(), key=lambda process: process.create_time()):
            process.kill()

    def _alive(self) -> Iterator[psutil.Process]:
        """The supervisors know their folder as VAR, their servers as DEALERSHIP_VAR."""
        for process in psutil.process_iter():
            try:
                environment = process.environ()
                if (str(self.var) in (environment.get("VAR"), environment.get("DEALERSHIP_VAR"))
                        and process.status() != psutil.STATUS_ZOMBIE):
                    yield process
            except psutil.Error:
                continue


def uv_wheel(folder: Path) -> str:
    """A wheel of the fake uv, as PyPI would give the real one; returns its hash."""
    folder.mkdir(parents=True)
    path = folder / "uv-0.13.9-py3-none-any.whl"
    info = "uv-0.13.9.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        program = zipfile.ZipInfo("uv-0.13.9.data/scripts/uv")
        program.external_attr = 0o100755 << 16  # a regular file, executable
        wheel.writestr(program, "#!python\n" + (HERE / "fakes" / "uv").read_text())
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: uv\nVersion: 0.13.9\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build_checkout(folder: Path) -> Path:
    """Returns the folder of wheels that stands for PyPI."""
    wheels = folder.parent / f"{folder.name}-wheels"
    checkout = folder
    shutil.copytree(REPOSITORY / "local", checkout / "local", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "Makefile", checkout)
    for name, text in {
        "setup.cfg": "[metadata]\n", "pyproject.toml": "", "model/cli.py": "", "model/probe.py": "",
        "gateway/web/package.json": "{}", "gateway/web/package-lock.json": "{}", "gateway/web/src/main.ts": "",
        "requirements/model.txt": "", "requirements/model-test.txt": "",
        "requirements/gateway.txt": "", "requirements/scraper.txt": "",
        "requirements/uv.txt": f"uv==0.13.9 --hash=sha256:{uv_wheel(wheels)}\n",
    }.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text)
    return wheels
