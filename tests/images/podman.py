"""Containers of the images, started as a cluster starts them: by nobody in particular, on a file system that is only
read, without any capability.
"""

import json
import resource
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.images import name_of

STARTS_WITHIN_S = 180
LOOKS_EVERY_S = 1.0


@dataclass(frozen=True)
class Podman:
    """Podman with settings of its own, by which a container may start on a machine that hands out few rights."""

    settings: Path

    @classmethod
    def at(cls, folder: Path) -> "Podman":
        limits = (f'"{name}={most}:{most}"' for name, most in (
            ("nofile", resource.getrlimit(resource.RLIMIT_NOFILE)[1]), ("nproc", 4096),
        ))  # fmt: skip
        settings = folder / "containers.conf"
        settings.write_text(
            f'[containers]\ndefault_ulimits = [{", ".join(limits)}]\n[engine]\nruntime = "runc"\n'
            '[network]\nnetwork_backend = "netavark"\n', encoding="utf-8",
        )  # fmt: skip
        return cls(settings)

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "CONTAINERS_CONF": str(self.settings)}

    def call(self, *arguments: object, fails: bool = False) -> str:
        """What it prints. Fails with what it says where it does not end as expected."""
        ended = subprocess.run(
            ["podman", *map(str, arguments)], capture_output=True, text=True, timeout=600, env=self.environment
        )
        assert (ended.returncode != 0) == fails, ended.stdout[-4_000:] + ended.stderr[-4_000:]
        return ended.stdout + (ended.stderr if fails else "")

    def run(
        self, image: str, *command: object, mounts: Sequence[str] = (), environment: Mapping[str, str] = {},
        entrypoint: str | None = None, fails: bool = False,
    ) -> str:
        """What a container's command prints, once it has ended."""
        instead = [] if entrypoint is None else ["--entrypoint", entrypoint]
        return self.call(
            "run", "--rm", *_restricted(mounts, environment), *instead, name_of(image), *command, fails=fails
        )

    @contextmanager
    def serving(
        self, image: str, name: str, mounts: Sequence[str] = (), environment: Mapping[str, str] = {}
    ) -> Iterator[str]:
        """A container, healthy by its image's own check, until the block ends; its name."""
        self.call("run", "--detach", "--name", name, *_restricted(mounts, environment), name_of(image))
        try:
            self.wait_until_healthy(name)
            yield name
        finally:
            self.call("rm", "--force", "--time", "20", name)

    def seen(self, name: str) -> dict:
        (said,) = json.loads(self.call("inspect", name))
        return said

    def wait_until_healthy(self, name: str) -> None:
        """By its own check, which podman calls by itself only where there is systemd."""
        until = time.monotonic() + STARTS_WITHIN_S
        while subprocess.run(["podman", "healthcheck", "run", name], capture_output=True, timeout=60).returncode:
            running = self.seen(name)["State"]["Running"]
            assert running and time.monotonic() < until, self.call("logs", name)
            time.sleep(LOOKS_EVERY_S)


def _restricted(mounts: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    return [
        "--network", "host", "--read-only", "--read-only-tmpfs=false", "--cap-drop", "all",
        "--security-opt", "no-new-privileges", "--tmpfs", "/tmp:rw,noexec,nosuid,size=1g",
        *(part for mount in mounts for part in ("--volume", mount)),
        *(part for name, value in environment.items() for part in ("--env", f"{name}={value}")),
    ]  # fmt: skip
