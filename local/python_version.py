"""Which Pythons can run this project. Written for any Python 3, as __main__.py is."""

import shutil
import subprocess

# MLServer 1.7 declares <3.13; scikit-learn 1.9 needs 3.11.
FITTING = ((3, 11), (3, 12))


def complaint(version: "tuple[int, int]") -> "str | None":
    """None for a fitting Python, else what to tell the user."""
    if version in FITTING:
        return None
    here = "This is Python %d.%d; Dealership AI needs 3.11 or 3.12 (its model server has no release for others)."
    names = ["python%d.%d" % fitting for fitting in reversed(FITTING)]
    usable = [name for name in names if _starts(name)]
    if usable:
        way_out = "There is one on this machine. Type:  make run PYTHON=%s" % usable[0]
    else:
        way_out = "Install one (Debian 12: python3.11, Ubuntu 24.04: python3.12, macOS: brew install python@3.12)\n" \
                  "and name it:  make run PYTHON=python3.12"
    return (here % version) + "\n" + way_out


def _starts(name: str) -> bool:
    """Being on PATH is not enough: pyenv leaves names there that only print an error."""
    if not shutil.which(name):
        return False
    try:
        return subprocess.call([name, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False
