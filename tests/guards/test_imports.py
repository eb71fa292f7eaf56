"""What may be imported where, as far as the linter's contracts in setup.cfg do not say it themselves."""

import configparser
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"numpy", "pandas", "scipy", "sklearn", "mlflow", "mlserver"}
CONTRACT = {"schema"}  # of the model, what all others may import
STORE = {"leases", "local_store", "s3_store", "store", "store_protocol"}  # what the scraper may import as well
TELL = "import json, sys; print(json.dumps(sorted(sys.modules)))"


def modules_after(statement: str, tmp_path: Path) -> set[str]:
    """The modules that a fresh interpreter has loaded after a statement."""
    environment = {**os.environ, "GATEWAY_DATABASE_URL": f"sqlite:///{tmp_path}/gateway.db"}
    ran = subprocess.run(
        [sys.executable, "-c", f"{statement}; {TELL}"], cwd=ROOT, env=environment, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stdout.splitlines()[-1]))


def test_the_gateway_loads_nothing_heavy(tmp_path: Path) -> None:
    """It needs neither numpy nor the model's code, so that it starts in no time and its image stays small."""
    # given a fresh interpreter, when everything of the gateway is imported that a server or command needs
    loaded = modules_after("import gateway.wsgi, gateway.cli, gateway.serving", tmp_path)
    # then nothing heavy is there, and of the model the contract alone
    assert "gateway.wsgi" in loaded
    assert HEAVY & {name.partition(".")[0] for name in loaded} == set()
    assert {name.split(".")[1] for name in loaded if name.startswith("model.")} <= CONTRACT


def test_the_contract_loads_the_standard_library_alone(tmp_path: Path) -> None:
    """Whoever imports model.schema gets nothing else with it."""
    # given a fresh interpreter, when the whole contract is imported
    names = sorted(path.stem for path in (ROOT / "model/schema").glob("*.py") if path.stem != "__init__")
    statement = "import " + ", ".join(f"model.schema.{name}" for name in names)
    nothing, loaded = modules_after("pass", tmp_path), modules_after(statement, tmp_path)
    # then all that came with it is the standard library's
    others = {name.partition(".")[0] for name in loaded - nothing} - sys.stdlib_module_names - {"model"}
    assert others == set()


def test_every_module_of_the_model_is_closed_to_others() -> None:
    """A new module of model/ must be listed, or the linter would let the gateway or the scraper import it."""
    # given the modules of model/
    modules = {path.stem for path in (ROOT / "model").glob("*.py")} | {
        path.parent.name for path in (ROOT / "model").glob("*/__init__.py")
    }
    # when setup.cfg's contracts are read, then each is forbidden
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    for contract, allowed in (
        ("gateway", CONTRACT), ("schema", CONTRACT), ("scraper", CONTRACT | STORE), ("store", CONTRACT | STORE),
    ):  # fmt: skip
        expected = {f"model.{name}" for name in modules - allowed - {"__init__"}}
        forbidden = set(settings[f"importlinter:contract:{contract}"]["forbidden_modules"].split())
        assert expected - forbidden == set()
        assert {name for name in forbidden if name.startswith("model.")} - expected <= {"model.schema"}


def test_the_scraper_loads_nothing_heavy(tmp_path: Path) -> None:
    """It has an environment of its own, without what the model and the gateway need."""
    # given a fresh interpreter, when the scraper's command is imported
    loaded = modules_after("import scraper.cli", tmp_path)
    # then nothing heavy is there, and of others the contract and the store alone
    assert "scraper.cli" in loaded
    assert (HEAVY | {"gateway", "local"}) & {name.partition(".")[0] for name in loaded} == set()
    assert {name.split(".")[1] for name in loaded if name.startswith("model.")} <= CONTRACT | STORE


def test_every_part_of_the_gateway_has_its_layer() -> None:
    """A new module of gateway/ must be given a place in the arrows."""
    # given the modules of gateway/
    folder = ROOT / "gateway"
    modules = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    # when the layers are read, then each has one
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    layers = settings["importlinter:contract:gateway-layers"]["layers"].replace("|", " ").split()
    assert modules - {"__init__"} == {layer.removeprefix("gateway.") for layer in layers}


def test_kserve_is_no_package() -> None:
    """A package of that name would shadow PyPI's."""
    # given the folder of manifests, when Python is looked for, then there is none
    assert (ROOT / "kserve").is_dir()
    assert list((ROOT / "kserve").rglob("*.py")) == []


def test_packages_run_nothing_when_imported() -> None:
    """model/__init__.py and its kind are empty, by rule."""
    # given the packages, when their __init__.py are read, then they are empty
    packages = [*(ROOT / "model").rglob("__init__.py"), *(ROOT / "gateway").rglob("__init__.py")]
    packages += (ROOT / "scraper").rglob("__init__.py")
    packages = [path for path in packages if "node_modules" not in path.parts]
    assert len(packages) >= 7
    assert [path for path in packages if path.read_text(encoding="utf-8").strip()] == []
