"""make images: the images of this checkout, built by podman, each with the list of what is in it (SBOM).

They stand on the base that PYTHON_IMAGE names, as CI does, by digest. Without it a base is made of Debian's packages:
then no registry of images is needed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from local import web
from local.errors import CannotGoOn
from local.runner import Runner

IMAGES = {"gateway": "gateway", "serving": "kserve", "model": "model", "listings": "scraper"}  # and the recipe's folder
# What compose.yaml takes from a registry of images, and what stands in for it where there is none.
STAND_INS = {"postgres:18-bookworm": "tests/images/postgresql",
             "chrislusf/seaweedfs:4.48": "tests/images/seaweedfs"}
_LOCAL_BASE = "localhost/dealership-base:bookworm"
# python-is-python3: recipes say `python`, as the base that they name by default has it.
_IN_BASE = "python3,python3-venv,python-is-python3,ca-certificates"
_NOT_IN_BASE = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")
_LOG = "images"
# What of this machine's settings of pip and npm leads to a registry; the rest is of no use inside an image.
_PIP = {"cert", "index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries"}
_NPM = {"cafile", "registry", "proxy", "https-proxy", "strict-ssl", "noproxy"}
# Of an image's packages, those of Python's and Debian's own records: no guesses from files.
_LOOKED_AT = "python-installed-package-cataloger,dpkg-db-cataloger"


def name_of(image: str) -> str:
    return f"localhost/dealership-{image}:latest"


def reports(checkout: Path) -> Path:
    return checkout / "reports" / "images"


def build(runner: Runner) -> str:
    """All of them; what was done, for the step's closing line. Raises CannotGoOn with the end of what podman said."""
    base = runner.settings.inherited.get("PYTHON_IMAGE") or _local_base(runner)
    mounts = [part for mount in _mounts(runner) for part in ("--volume", mount)]
    # Chroot: a build needs no more rights than a plain process has. Docker's format: the other has no HEALTHCHECK.
    command = ["podman", "build", "--isolation", "chroot", "--network", "host", "--format", "docker",
               "--pull=never" if base == _LOCAL_BASE else "--pull=missing", *mounts,
               "--build-arg", f"PYTHON_IMAGE={base}"]
    for image, folder in IMAGES.items():
        runner.console.detail(f"{name_of(image)} on {base}")
        runner.must([*command, "--file", f"{folder}/Dockerfile", "--tag", name_of(image), "."], _LOG)
        _list_packages(image, runner)
    for name, folder in STAND_INS.items() if base == _LOCAL_BASE else ():
        runner.console.detail(f"in place of {name}")
        runner.must([*command, "--tag", name, folder], _LOG)
    return "built"


def _local_base(runner: Runner) -> str:
    if runner.run(["podman", "image", "exists", _LOCAL_BASE], _LOG).exit_code == 0:
        return _LOCAL_BASE
    runner.console.detail("a base of Debian's packages")
    archive = _folder(runner) / "base.tar"
    left_out = [f"--dpkgopt=path-exclude={pattern}" for pattern in _NOT_IN_BASE]
    runner.must(["mmdebstrap", "--variant=minbase", f"--include={_IN_BASE}", *left_out, "bookworm", str(archive)], _LOG)
    runner.must(["podman", "import", "--change", 'CMD ["python3"]', str(archive), _LOCAL_BASE], _LOG)
    archive.unlink()
    return _LOCAL_BASE


def _mounts(runner: Runner) -> Iterator[str]:
    """What lets pip and npm in a build find their registries as they are found here. None of it is left in an image."""
    folder = _folder(runner)
    pip = dict(_pip_settings())
    npm = _npm_settings(runner)
    certificates = {Path(each) for each in (pip.get("cert"), npm.get("cafile")) if each}
    for file, at, lines in (
        ("pip.conf", "/etc/pip.conf", ["[global]", *(f"{name} = {value}" for name, value in pip.items())]),
        ("npmrc", "/root/.npmrc", [f"{name}={value}" for name, value in npm.items()]),
    ):
        (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
        yield f"{folder / file}:{at}:ro"
    for certificate in certificates:
        yield f"{certificate}:{certificate}:ro"


def _pip_settings() -> Iterator[tuple[str, str]]:
    said = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, timeout=60)
    for line in said.stdout.splitlines():
        name, _, value = line.partition("=")
        name, value = name.rpartition(".")[2], value.strip("'\"")
        if name in _PIP and "file:" not in value:
            yield name, value


def _npm_settings(runner: Runner) -> dict[str, str]:
    npm = web.npm(runner)
    path = os.pathsep.join([str(npm.parent), os.environ.get("PATH", os.defpath)])
    said = subprocess.run([npm, "config", "list", "--json"], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "PATH": path})
    settings = {name: value for name, value in json.loads(said.stdout or "{}").items() if name in _NPM and value}
    if "NODE_EXTRA_CA_CERTS" in os.environ:
        settings.setdefault("cafile", os.environ["NODE_EXTRA_CA_CERTS"])
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in settings.items()}


def _list_packages(image: str, runner: Runner) -> None:
    """As CycloneDX, beside the others in reports/images."""
    file = reports(runner.settings.checkout) / f"{image}.cdx.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    # Whoever is not root sees an image's files in podman's own name space alone.
    inside = [] if os.geteuid() == 0 else ["podman", "unshare"]
    runner.must([*inside, "sh", "-euc",
                 'image="$1"; shift; folder="$(podman image mount "$image")"; '
                 'trap \'podman image unmount "$image"\' EXIT; "$@" "dir:$folder"', "sh", name_of(image),
                 runner.settings.program("manifests", "syft"), "scan", "--quiet",
                 "--override-default-catalogers", _LOOKED_AT, "--source-name", f"dealership-{image}",
                 "--output", f"cyclonedx-json={file}"], _LOG)
    if not file.exists():
        raise CannotGoOn(f"syft made no {file}.\nIts whole output: {runner.log_path(_LOG)}")


def _folder(runner: Runner) -> Path:
    folder = runner.settings.state / "images"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
