"""The Python environments in .venv, each made from a lock file and remade when that changes."""

import platform
import shutil
import sys
from dataclasses import dataclass

from local import records
from local.runner import Runner

_LOG = "environments"


@dataclass(frozen=True)
class Environment:
    name: str
    holds_project: bool = True

    @property
    def lock(self) -> str:
        return f"requirements/{self.name}.txt"


MODEL = Environment("model")
GATEWAY = Environment("gateway")
SCRAPER = Environment("scraper")
MODEL_TEST = Environment("model-test")
GATEWAY_TEST = Environment("gateway-test")
BENCH = Environment("bench")
MANIFESTS = Environment("manifests", holds_project=False)
BENCH_BENTOML = Environment("bench-bentoml")
BENCH_KSERVE = Environment("bench-kserve")
NODE = Environment("node", holds_project=False)
_UV = Environment("uv", holds_project=False)


def make(environment: Environment, runner: Runner) -> bool:
    """True when it had to be made, False when the one that is there still fits."""
    maker = _Maker(environment, runner)
    if maker.is_current():
        return False
    make_uv(runner)
    maker.forget()
    if not maker.is_same_python():
        runner.console.detail(f"{environment.name}: an empty environment")
        shutil.rmtree(maker.folder, ignore_errors=True)
        # The interpreter is this one: one that uv fetched by itself would be another than the user chose.
        runner.must([_uv(runner), "venv", "--no-python-downloads", "--python", sys.executable, str(maker.folder)], _LOG)
        maker.remember_python()
    runner.console.detail(f"{environment.name}: packages")
    # uv compiles no bytecode unless told, and then every first start is slow.
    runner.must([*_uv_pip(maker, "sync"), "--compile-bytecode", "--require-hashes", environment.lock], _LOG)
    if environment.holds_project:
        runner.must([*_uv_pip(maker, "install"), "--no-deps", "--no-build-isolation", "--editable", "."], _LOG)
    maker.remember()
    return True


def make_uv(runner: Runner) -> None:
    """uv comes from PyPI like the rest, by pip; with it the rest takes a fraction of pip's time."""
    maker = _Maker(_UV, runner)
    if maker.is_current():
        return
    runner.console.detail("uv, which installs the rest")
    maker.forget()
    shutil.rmtree(maker.folder, ignore_errors=True)
    python = runner.settings.program(_UV.name, "python")
    # In two commands because `venv` alone hides what ensurepip has to say when it fails.
    runner.must([sys.executable, "-m", "venv", "--without-pip", str(maker.folder)], _LOG)
    runner.must([python, "-m", "ensurepip"], _LOG)
    runner.must([python, "-m", "pip", "install", "--disable-pip-version-check", "--only-binary", "uv",
                 "--require-hashes", "-r", _UV.lock], _LOG)
    maker.remember_python()
    maker.remember()


def _uv(runner: Runner) -> str:
    return runner.settings.program(_UV.name, "uv")


def _uv_pip(maker: "_Maker", action: str) -> list[str]:
    return [_uv(maker.runner), "pip", action, "--no-python-downloads", "--python", str(maker.folder / "bin" / "python")]


class _Maker:
    """What stands in .venv for an environment: its folder and, beside it, the record of what it was made from."""

    def __init__(self, environment: Environment, runner: Runner) -> None:
        self.runner = runner
        home = runner.settings.environments
        self.folder = home / environment.name
        self._record = home / f"{environment.name}.json"
        self._python_record = self.folder / "made-with.json"
        checkout = runner.settings.checkout
        sources = [environment.lock, *(["setup.cfg", "pyproject.toml"] if environment.holds_project else [])]
        # The paths count because scripts in an environment begin with them: a checkout that moved has broken ones.
        self._python = {"python": platform.python_version(), "home": sys.base_prefix, "folder": str(self.folder)}
        self._made_from = {**self._python, "sources": records.tree_digest(checkout, (checkout / s for s in sources))}

    def is_current(self) -> bool:
        return records.read(self._record) == self._made_from and (self.folder / "bin" / "python").exists()

    def is_same_python(self) -> bool:
        """Then `uv pip sync` brings whatever is in it, half-made or outdated, to the lock."""
        return records.read(self._python_record) == self._python and (self.folder / "bin" / "python").exists()

    def remember_python(self) -> None:
        records.write(self._python_record, self._python)

    def forget(self) -> None:
        self._record.unlink(missing_ok=True)

    def remember(self) -> None:
        records.write(self._record, self._made_from)
