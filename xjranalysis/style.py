"""The one look of all charts: colours, lines, fonts, and the frame of message, unit and source."""

from __future__ import annotations

import importlib.util
import textwrap
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from .display import language

# Okabe and Ito's colour-blind-safe hues, so dark that a label in them is read on white (contrast 4.5 : 1).
# Fills keep 3 : 1. On grey paper, where most of them look alike, line, marker and label tell them apart.
COLOURS = {
    "actual": "#0072B2",
    "before": "#5594C0",
    "reference": "#555555",
    "target": "#BF5300",
    "doubling": "#007D5B",
    "other": "#8F8F8F",
}
INK = "#222222"
MUTED = "#555555"
FAINT = "#DDDDDD"
BANDS = ("#DCE9F3", "#B9D3E8", "#8FB8D6")  # from the widest to the narrowest

_SETTINGS: dict[Any, Any] = {
    "axes.edgecolor": "#888888",
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.unicode_minus": False,
    "figure.facecolor": "white",
    "font.family": ["DejaVu Sans", "Noto Sans SC"],
    "font.size": 10,
    "svg.fonttype": "path",
    "svg.hashsalt": "xjranalysis",
    "text.color": INK,
    "ytick.left": False,
}
# Numbers stand beside their mark, on white, so that a line behind them does not strike them out.
BESIDE: dict[str, Any] = {
    "xytext": (8, 0),
    "textcoords": "offset points",
    "va": "center",
    "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1},
}
WIDTH = 7.4  # inches; the text column of a printed page

# The same look for the same thing in every chart: colour, line, marker.
LINES = {
    "actual": (COLOURS["actual"], "-", "o"),
    "target": (COLOURS["target"], (0, (6, 2)), "s"),
    "doubling": (COLOURS["doubling"], (0, (2, 2)), ""),
    "last_value": ("#6E6E6E", (0, (1, 1.5)), ""),
    "drift": ("#333333", (0, (4, 1.5)), ""),
    "constant_growth": ("#AA4488", (0, (4, 1.5, 1, 1.5)), ""),
    "damped_trend": ("#8A6D00", (0, (7, 2, 1, 2)), ""),
    "logistic": ("#555599", (0, (5, 1, 1, 1, 1, 1)), ""),
    "stock_flow": (COLOURS["actual"], (0, (3, 1)), ""),
    "other": ("#707070", "-", "D"),
}
VERDICTS = {
    "consistent": (COLOURS["actual"], "o"),
    "undecidable": ("#8A6D00", "^"),
    "inconsistent": (COLOURS["target"], "D"),
}


@cache
def _register_fonts() -> None:
    # The package carries Noto Sans SC; importing it would change matplotlib's settings for everybody.
    spec = importlib.util.find_spec("zhplot")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("charts need the package zhplot, which carries a Chinese font")
    for path in sorted((Path(spec.origin).parent / "fonts").glob("*.ttf")):
        font_manager.fontManager.addfont(path)


def styled() -> Any:
    """Draw with the settings of this package for a while."""
    _register_fonts()
    return mpl.rc_context(_SETTINGS)


def canvas(
    rows: int, title: str, unit: str, source: str, pitch: float = 0.36, grid: tuple[int, int] = (1, 1)
) -> tuple[Figure, Any]:
    """Lay out a figure: message and unit above, rows (in one or several axes), source below."""
    message, scale, origin = (_wrapped(text, size) for text, size in ((title, 12), (unit, 9), (source, 8)))
    head = 0.24 + 0.22 * _lines(message) + 0.17 * _lines(scale)
    foot = 0.14 + 0.15 * _lines(origin)
    height = head + pitch * rows + foot
    room = (0, foot / height, 1, 1 - (head + foot) / height)
    engine = ConstrainedLayoutEngine(rect=room, h_pad=0.02, w_pad=0.05)
    figure = Figure(figsize=(WIDTH, height), dpi=144, layout=engine)
    for text, size, colour, top in (
        (message, 12.5, INK, 0.1),
        (scale, 9, MUTED, 0.16 + 0.22 * _lines(message)),
        (origin, 8, MUTED, height - foot + 0.05),
    ):
        figure.text(0.01, 1 - top / height, text, fontsize=size, color=colour, va="top")
    return figure, figure.subplots(*grid)


def _wrapped(text: str, size: int) -> str:
    """Break a line that would run out of the figure; a Chinese character is two letters wide."""
    width = int(WIDTH * 72 / size * (1.8 if text.isascii() or language() == "en" else 0.95))
    return textwrap.fill(text, width)


def _lines(text: str) -> int:
    return text.count("\n") + 1
