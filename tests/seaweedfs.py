"""A real S3 server of the tests' own, from PyPI: SeaweedFS."""

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tests.ports import free_ports


BUCKET = "dealership-tests"
# Who may do what. The keys are the tests' own, of a server that this machine alone reaches.
OWNER = ("owner", "owner-secret")
NOBODY = ("nobody", "nobody-secret")  # known, and without any right
PORTS = (
    "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc",
    "s3.port", "s3.port.grpc",
)  # fmt: skip
STARTS_WITHIN_S = 60
TRIES = 3
LOOKS_EVERY_S = 0.1


@dataclass(frozen=True)
class SeaweedFS:
    """A server that listens on this machine alone, with one bucket."""

    endpoint: str

    def location(self) -> str:
        """Where nothing is yet: s3://bucket/beginning, another one each time."""
        return f"s3://{BUCKET}/{uuid.uuid4().hex}/store"

    def environment(self, who: tuple[str, str] = OWNER) -> Mapping[str, str]:
        """boto3's own settings that lead to it, whatever else this machine has for boto3."""
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": who[0],
            "AWS_SECRET_ACCESS_KEY": who[1],
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }

    def client(self) -> Any:
        """A client of its owner's, for looks at what lies there."""
        return boto3.session.Session().client(
            "s3", endpoint_url=self.endpoint, region_name="us-east-1",
            aws_access_key_id=OWNER[0], aws_secret_access_key=OWNER[1],
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30,
                          request_checksum_calculation="when_required"),
        )  # fmt: skip

    def objects(self, location: str) -> dict[str, bytes]:
        """All that lies in this location, by the keys after its beginning."""
        bucket, _, beginning = location.removeprefix("s3://").partition("/")
        client = self.client()
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{beginning}/")
        keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
        return {key[len(beginning) + 1:]: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


@contextmanager
def running() -> Iterator[SeaweedFS]:
    """A server until the block ends, with its data in a folder that goes with it."""
    # Not pytest's own folder: the path of its sockets would be too long there.
    with tempfile.TemporaryDirectory(prefix="dealership-seaweedfs-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for _ in range(TRIES):  # another process may be faster on one of the ports
            ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
            server = SeaweedFS(f"http://127.0.0.1:{ports['s3.port']}")
            process = _start(folder, ports)
            try:
                if _answers(process, server):
                    yield server
                    return
            finally:
                process.kill()  # asked politely it takes ten seconds, for data that nobody wants
                process.wait()
                for part in ("master", "volume", "filer", "s3"):
                    Path(f"/tmp/seaweedfs-{part}-grpc-{ports[f'{part}.port.grpc']}.sock").unlink(missing_ok=True)
        raise AssertionError(f"SeaweedFS does not start: {(folder / 'log').read_text(errors='replace')[-2_000:]}")


def _start(folder: Path, ports: Mapping[str, int]) -> subprocess.Popen:
    rights = {OWNER: ["Admin", "Read", "Write", "List", "Tagging"], NOBODY: []}
    identities = [
        {"name": who[0], "credentials": [{"accessKey": who[0], "secretKey": who[1]}], "actions": actions}
        for who, actions in rights.items()
    ]
    (folder / "identities.json").write_text(json.dumps({"identities": identities}))
    data = folder / f"data-{ports['s3.port']}"
    data.mkdir()
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [
                Path(sys.prefix, "bin", "weed"), "server", "-s3", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                *(f"-{name}={port}" for name, port in ports.items()),
                "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false", "-master.telemetry=false",
                "-volume.max=50", "-master.volumeSizeLimitMB=256", "-volume.minFreeSpace=1MiB",
                f"-s3.config={folder / 'identities.json'}",
                f"-filer.localSocket={folder / 'filer.sock'}", f"-s3.localSocket={folder / 's3.sock'}",
            ],
            cwd=folder, env={"PATH": os.defpath, "HOME": str(folder), "TMPDIR": str(folder)}, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,  # Ctrl-C is for pytest, which stops it
        )  # fmt: skip


def _answers(process: subprocess.Popen, server: SeaweedFS) -> bool:
    """Whether it comes to keep an object of its bucket in time."""
    client = server.client()
    until_s = time.monotonic() + STARTS_WITHIN_S
    while process.poll() is None and time.monotonic() < until_s:
        try:
            client.create_bucket(Bucket=BUCKET)
        except client.exceptions.BucketAlreadyOwnedByYou:
            pass
        except (BotoCoreError, ClientError):
            time.sleep(LOOKS_EVERY_S)
            continue
        try:
            client.put_object(Bucket=BUCKET, Key="ready", Body=b"")
            return True
        except (BotoCoreError, ClientError):
            time.sleep(LOOKS_EVERY_S)
    return False
