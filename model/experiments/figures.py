"""The plots of the experiments' report, each as one SVG element to stand in its HTML.

They are as wide as a phone, so that their words stay readable there. Ink is the page's own colour, for light and dark.
"""

import hashlib
import io
import re
from collections.abc import Mapping
from html import escape
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
INCHES = (4.8, 3.6)  # at 72 dots an inch 346 wide
INK = "#010203"  # stands for the page's colour, which matplotlib cannot name
# Readable on white and on black; the dashes are for those who do not see the colours.
STYLES = (
    ("#2b7de9", "-"), ("#d1495b", "--"), ("#2a9d6f", "-."), ("#b07d12", ":"),
    ("#8f63d6", (0, (5, 1))), ("#c0578f", (0, (3, 1, 1, 1))), ("#7f8790", (0, (1, 1))),
)  # fmt: skip
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",  # words stay words
    "svg.hashsalt": "experiments",  # the same figures give the same file
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
}
Curve = tuple[np.ndarray, np.ndarray]


@matplotlib.rc_context(SETTINGS)
def lines(
    curves: Mapping[str, Curve],
    *,
    title: str,
    x: str,
    y: str,
    log_x: bool = False,
    log_y: bool = False,
    within: float | None = None,
) -> str:
    """One line a name, the first the thickest. within draws a line across at 0 and shows as far as this about it."""
    axes = _axes(x, y, log_x, log_y)
    if within is not None:
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.set_ylim(-within, within)
    for number, (name, (xs, ys)) in enumerate(curves.items()):
        colour, dashes = STYLES[number % len(STYLES)]
        axes.plot(xs, ys, color=colour, linestyle=dashes, linewidth=1.3 if number else 2.2, label=name)
    return _element(axes, title)


@matplotlib.rc_context(SETTINGS)
def bands(xs: np.ndarray, quantiles: np.ndarray, *, title: str, x: str, y: str, log_x: bool = False) -> str:
    """How values spread at each x: the median a line, the middle 50% and 90% bands about it.

    quantiles are those of 5%, 25%, 50%, 75% and 95%: (5, xs).
    """
    lowest, low, median, high, highest = quantiles
    axes = _axes(x, y, log_x)
    axes.axhline(0, color=INK, linewidth=0.8)
    colour = STYLES[0][0]
    axes.fill_between(xs, lowest, highest, color=colour, alpha=0.2, linewidth=0, label="90% of the cars")
    axes.fill_between(xs, low, high, color=colour, alpha=0.35, linewidth=0, label="50% of the cars")
    axes.plot(xs, median, color=colour, linewidth=2, label="median")
    return _element(axes, title)


def _axes(x: str, y: str, log_x: bool, log_y: bool = False) -> Axes:
    axes = Figure(figsize=INCHES, layout="constrained").add_subplot()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(color=INK, alpha=0.12, linewidth=0.6)
    axes.set_xscale("log" if log_x else "linear")
    axes.set_yscale("log" if log_y else "linear")
    for axis, log in ((axes.xaxis, log_x), (axes.yaxis, log_y)):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)) if log else MaxNLocator(5, integer=True))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}".replace("-", "\N{MINUS SIGN}")))
    return axes


def _element(axes: Axes, title: str) -> str:
    """What was drawn as an element of a page: an image with a name, and with ids that no other figure has."""
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9, handlelength=2.6)
    written = io.StringIO()
    figure.savefig(written, format="svg", transparent=True, metadata=NO_METADATA)
    document = written.getvalue()
    prefix = "figure-" + hashlib.sha256(f"{title}{document}".encode()).hexdigest()[:8] + "-"
    element = re.sub(r'( id="|href="#|url\(#)', lambda found: found[1] + prefix, document[document.index("<svg") :])
    element = re.sub(r' (width|height)="[0-9.]+pt"', "", element, count=2)
    element = element.replace(INK, "currentColor")
    return element.replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1)
