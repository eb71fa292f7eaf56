"""Whether this run's ports are free, and who holds them if not."""

import errno
import itertools
import os
import socket
from pathlib import Path

from local.errors import CannotGoOn
from local.settings import LOOPBACK, ONLY_OF_DEV, PORTS, Ports

_LISTENING = "0A"  # the state's number in /proc/net/tcp


def check(ports: Ports, command: str = "run") -> None:
    """Raises CannotGoOn that names each port in the way and what to type instead."""
    used = [each for each in PORTS if command == "dev" or each[0] != ONLY_OF_DEV]
    chosen = {name: getattr(ports, field) for name, field, _, _ in used}
    troubles, instead = [], []
    taken = set(chosen.values())
    seen: dict[int, str] = {}
    for name, _, _, purpose in used:
        port = chosen[name]
        trouble = _trouble(port, seen.get(port))
        seen.setdefault(port, name)
        if trouble:
            troubles.append(f"{name}={port} ({purpose}): {trouble}")
            free = _next_free(port, taken)
            taken.add(free)
            instead.append(f"{name}={free}")
    if troubles:
        raise CannotGoOn("\n".join([*troubles, f"Stop what is there, or type:  make {command} {' '.join(instead)}"]))


def _trouble(port: int, other: str | None) -> str | None:
    if other:
        return f"{other} is the same port"
    error = _bind_error(port)
    if error == errno.EADDRINUSE:
        return f"taken by {_holder(port) or 'a process of another user'}"
    if error == errno.EACCES:
        return "ports below 1024 are the administrator's"
    return os.strerror(error) if error else None


def _bind_error(port: int) -> int | None:
    with socket.socket() as probe:
        # as servers do, so that connections of a run just ended (TIME_WAIT) are not in the way
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            return error.errno
    return None


def _next_free(port: int, taken: set[int]) -> int:
    for other in itertools.chain(range(max(port + 1, 1024), 65536), range(1024, port)):
        if other not in taken and _bind_error(other) is None:
            return other
    raise CannotGoOn("No port of this machine is free.")


def _holder(port: int) -> str | None:
    """'process 123 (its command)', where /proc tells (Linux, our own processes or all of them as root)."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for process in Path("/proc").glob("[0-9]*") if sockets else ():
        try:
            if any(os.readlink(entry.path) in sockets for entry in os.scandir(process / "fd")):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"process {process.name} ({command[:100]})"
        except OSError:  # ended meanwhile, or not ours to look at
            continue
    return None


def _listening_inodes(port: int) -> list[str]:
    """From proc(5)'s tables: field 1 is address:port in hex, 3 the state, 9 the inode."""
    inodes = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if int(fields[1].rpartition(":")[2], 16) == port and fields[3] == _LISTENING:
                inodes.append(fields[9])
    return inodes
