"""Ways to tamper with a version's folder, each by a seed."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from model.signing import FILES, SIGNATURE_FILE, new_key, read_private_key, sign

Tampering = Callable[[Path, np.random.Generator], None]


def flip_a_bit(folder: Path, rng: np.random.Generator) -> None:
    file = folder / rng.choice([*FILES, SIGNATURE_FILE])
    content = bytearray(file.read_bytes())
    place = int(rng.integers(len(content)))
    content[place] ^= 1 << int(rng.integers(8))
    file.write_bytes(content)


def cut_off(folder: Path, rng: np.random.Generator) -> None:
    file = folder / rng.choice([*FILES, SIGNATURE_FILE])
    content = file.read_bytes()
    file.write_bytes(content[: int(rng.integers(len(content)))])


def add_a_file(folder: Path, rng: np.random.Generator) -> None:
    name = rng.choice(["artifacts/more.json", "notes.txt", "code/scorer.py", ".hidden", "artifacts/table.json.bak"])
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("{}", encoding="utf-8")


def add_a_pickle(folder: Path, rng: np.random.Generator) -> None:
    """As a model of MLflow's that is a pickle has it, named in MLmodel or only lying there."""
    (folder / "python_model.pkl").write_bytes(pickle.dumps({"model": int(rng.integers(99))}))
    if rng.random() < 0.5:
        text = (folder / "MLmodel").read_text(encoding="utf-8")
        text = text.replace("python_function:\n", "python_function:\n    python_model: python_model.pkl\n")
        (folder / "MLmodel").write_text(text.replace("code_model", "pyfunc"), encoding="utf-8")


def sign_with_another_key(folder: Path, rng: np.random.Generator) -> None:
    table = folder / "artifacts" / "table.json"
    raw = json.loads(table.read_text(encoding="utf-8"))
    raw["intercept"] += float(rng.normal())
    table.write_text(json.dumps(raw), encoding="utf-8")
    key = folder.parent / "another"
    key.write_bytes(new_key()[0])
    (folder / SIGNATURE_FILE).write_bytes(sign(folder, read_private_key(key), {"name": "car-price", "version": "1"}))


def lose_the_signature(folder: Path, rng: np.random.Generator) -> None:
    (folder / SIGNATURE_FILE).unlink()


def lose_a_file(folder: Path, rng: np.random.Generator) -> None:
    (folder / rng.choice(FILES)).unlink()


def link_elsewhere(folder: Path, rng: np.random.Generator) -> None:
    table = folder / "artifacts" / "table.json"
    table.rename(folder.parent / "table.json")
    table.symlink_to(folder.parent / "table.json")


TAMPERINGS: tuple[Tampering, ...] = (
    flip_a_bit, cut_off, add_a_file, add_a_pickle, sign_with_another_key, lose_the_signature, lose_a_file,
    link_elsewhere,
)  # fmt: skip


def tampered(folder: Path, copy: Path, seed: int) -> str:
    """A copy of a version's folder, tampered with; how."""
    shutil.copytree(folder, copy)
    tampering = TAMPERINGS[seed % len(TAMPERINGS)]
    tampering(copy, np.random.default_rng(seed))
    return tampering.__name__
