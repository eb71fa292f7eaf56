"""What a version's prices are made by, apart from its listings: the recipe, in words and as a digest of its code.

Two versions of one recipe differ by their data alone. Promotion judges a new recipe otherwise than new data.
"""

import ast
import hashlib

from model.code_digest import code_behind

RECIPE = "bounded ridge on log price: monotone curves by price class, family, model and variant, free category crosses"
# What decides a price once listings are read: weights, design, fit, ranges and what becomes of them in the table.
DECIDING = ("model.compiling", "model.weights")


def recipe_digest() -> str:
    """SHA-256 of RECIPE and of the code that decides prices, but for its comments, docstrings and layout."""
    digest = hashlib.sha256(RECIPE.encode())
    for path in sorted({path for module in DECIDING for path in code_behind(module)}):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
                node.body = node.body[1:]
        digest.update(path.name.encode() + b"\0" + ast.dump(tree).encode() + b"\0")
    return digest.hexdigest()
