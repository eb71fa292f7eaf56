"""The versions that the contenders ran with, as their environments are locked."""

import re

from local.settings import CHECKOUT

PACKAGES = {
    "gateway": ("granian", "httptools", "orjson"),
    "model": ("mlserver", "mlserver-mlflow", "mlflow", "fastapi", "uvicorn", "uvloop", "scikit-learn", "pandas"),
    "bench": ("fastapi", "pydantic", "flask", "gunicorn", "mlflow", "uvicorn", "uvloop", "onnxruntime", "scikit-learn",
              "pandas", "numpy", "joblib"),
    "bench-bentoml": ("bentoml", "pydantic", "uvicorn", "scikit-learn"),
    "bench-kserve": ("kserve", "fastapi", "uvicorn", "uvloop", "scikit-learn"),
}  # fmt: skip


def versions() -> dict[str, list[str]]:
    """By environment: each package of interest with its version."""
    return {name: [f"{package} {_locked(name)[package]}" for package in wanted] for name, wanted in PACKAGES.items()}


def _locked(environment: str) -> dict[str, str]:
    text = (CHECKOUT / "requirements" / f"{environment}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[^\]]*\])?==([^\s;]+)", text, re.MULTILINE))
