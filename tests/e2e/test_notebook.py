"""The notebook in docs/ does what it says, against the running product."""

import json
import os
import subprocess
from typing import Any

import pytest

from tests.product import CHECKOUT, Product

NOTEBOOK = CHECKOUT / "docs" / "v2.ipynb"


@pytest.fixture
def notebook() -> Any:
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))


def test_the_notebook_is_of_the_format_that_it_names(notebook: Any) -> None:
    """nbformat 4.5: every cell has an id of its own; none has outputs, which would grow old in the repository."""
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in notebook["cells"]:
        assert cell["cell_type"] in ("markdown", "code")
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)


def test_both_ways_give_the_same_prices(product: Product, notebook: Any) -> None:
    """Its cells run one after the other, with a token and the product's registry, in the model's environment."""
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    ran = subprocess.run(
        [CHECKOUT / ".venv/model/bin/python", "-"],
        input="\n\n".join(cells), capture_output=True, text=True, timeout=120, cwd=product.var,
        env={
            "PATH": os.defpath,
            "HOME": str(product.var),
            "DEALERSHIP_ADDRESS": product.address,
            "DEALERSHIP_TOKEN": product.token("infer"),
            "DEALERSHIP_TRACKING_URI": f"sqlite:///{product.var}/registry/mlflow.db",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "4 cars, 11 outputs: no difference" in ran.stdout
