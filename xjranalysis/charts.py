"""Figures that carry their own description: one message each, said in the title.

A chart shows itself as a picture (PNG in a notebook, SVG in a report) together with a text that
tells its message and every number in it. The text is what a screen reader reads and what the
regression run compares.
"""

from __future__ import annotations

import base64
import io
import os
import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from .display import fixed, say, span
from .display import number as number_text
from .export import csv_text
from .style import BANDS, BESIDE, COLOURS, FAINT, INK, LINES, VERDICTS, canvas, styled


@dataclass(frozen=True)
class Chart:
    """A drawn figure with its message, its description and the data behind it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    title : str
        The message of the chart, as a sentence.
    text : str
        The text equivalent: the message and every number drawn.
    data : DataFrame
        What was drawn.
    """

    figure: Figure
    title: str
    text: str
    data: pd.DataFrame

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        if os.environ.get("XJR_CHARTS") == "svg":
            return {"image/svg+xml": self.svg(), "text/csv": self.csv(), "text/plain": self.text}
        return {"image/png": base64.b64encode(self.png()).decode(), "text/plain": self.text}

    def csv(self) -> str:
        """Write what was drawn as CSV."""
        return csv_text(self.data.reset_index(drop=isinstance(self.data.index, pd.RangeIndex)))

    def svg(self) -> str:
        """Draw as SVG with letters as outlines, so that no reader needs the fonts."""
        return self._drawn("svg", metadata={"Date": None, "Creator": None}).decode()

    def png(self) -> bytes:
        """Draw as PNG."""
        return self._drawn("png", metadata={"Software": None})

    def _drawn(self, kind: str, **options: Any) -> bytes:
        buffer, layout = io.BytesIO(), self.figure.get_layout_engine()
        with styled():
            _CANVASES[kind](self.figure)  # letters are as wide as in this kind of file
            if layout:
                layout.execute(self.figure)
            self.figure.set_layout_engine(None)  # with one, savefig draws everything twice
            try:
                self.figure.savefig(buffer, format=kind, **options)
            finally:
                self.figure.set_layout_engine(layout)
        return buffer.getvalue()


_CANVASES = {"svg": FigureCanvasSVG, "png": FigureCanvasAgg}


def bars(data: pd.DataFrame, title: str, unit: str, source: str) -> Chart:
    """Draw one horizontal bar a row.

    Parameters
    ----------
    data : DataFrame
        Columns label, value, text (the number as it is to be read) and colour (a key of
        `COLOURS`); lower and upper, if present, are drawn as a whisker.
    title : str
        The message.
    unit : str
        What the axis counts.
    source : str
        Line below the figure.

    Returns
    -------
    Chart
    """
    with styled():
        figure, axes = canvas(len(data), title, unit, source)
        ends = data["upper"] if "upper" in data else data["value"]
        axes.barh(range(len(data)), data["value"], color=data["colour"].map(COLOURS), height=0.62)
        if "upper" in data:
            _whiskers(axes, data)
        for row, (end, text) in enumerate(zip(ends, data["text"], strict=True)):
            axes.annotate(text, (end, row), **BESIDE)
        axes.set_xlim(0, max(ends) * 1.02)
        _label_rows(axes, data["label"])
    return Chart(figure, title, _described(title, unit, data, source), data)


def intervals(
    data: pd.DataFrame, title: str, unit: str, source: str, reference: tuple[float, str] | None = None
) -> Chart:
    """Draw one value with its bounds a row.

    Parameters
    ----------
    data : DataFrame
        Columns label, value, lower, upper, text and colour.
    title, unit, source : str
        As in :func:`bars`.
    reference : tuple of float and str, optional
        A vertical line to hold the values against, and its name.

    Returns
    -------
    Chart
    """
    with styled():
        figure, axes = canvas(len(data), title, unit, source)
        _whiskers(axes, data)
        axes.scatter(data["value"], range(len(data)), color=data["colour"].map(COLOURS), s=52, zorder=3)
        for row, (value, text) in enumerate(zip(data["value"], data["text"], strict=True)):
            axes.annotate(text, (value, row), xytext=(0, 6), textcoords="offset points", ha="center")
        marks = [*data["lower"], *data["upper"], *([reference[0]] if reference else [])]
        low, high = min(marks), max(marks)
        axes.set_xlim(low - (high - low) * 0.06, high + (high - low) * 0.06)
        if reference:
            axes.axvline(reference[0], color=COLOURS["reference"], linestyle="--", linewidth=1, zorder=1)
            axes.annotate(reference[1], (reference[0], -0.8), color=COLOURS["reference"], **BESIDE)
        _label_rows(axes, data["label"], room=0.5 if reference else 0)
    if reference:
        unit += say(f"; dashed line: {reference[1]}", f"；虚线为{reference[1]}")
    return Chart(figure, title, _described(title, unit, data, source), data)


def before_after(data: pd.DataFrame, title: str, unit: str, source: str, names: tuple[str, str]) -> Chart:
    """Draw a pair of bars a row, the earlier above the later.

    Parameters
    ----------
    data : DataFrame
        Columns label, start, end, start_text and end_text.
    title, unit, source : str
        As in :func:`bars`.
    names : tuple of str
        What the earlier and the later bar are called.

    Returns
    -------
    Chart
    """
    pairs = [
        {
            "label": f"{row.label}{say(', ', '，')}{name}",
            "value": value,
            "text": text,
            "colour": colour,
        }
        for row in data.itertuples()
        for name, value, text, colour in (
            (names[0], row.start, row.start_text, "before"),
            (names[1], row.end, row.end_text, "actual"),
        )
    ]
    return bars(pd.DataFrame(pairs), title, unit, source)


def line(values: pd.Series, label: str, role: str = "") -> pd.DataFrame:
    """Make one line of :func:`lines`.

    Parameters
    ----------
    values : Series
        By year.
    label : str
    role : str, optional
        Key of `LINES`; the label if omitted.

    Examples
    --------
    >>> line(pd.Series({2012: 1779.0}), "actual")
         year   value   label    role
    0  2012.0  1779.0  actual  actual
    """
    frame = values.rename("value").rename_axis("year").reset_index().astype(float)
    return frame.assign(label=label, role=role or label)


def lines(
    data: pd.DataFrame,
    title: str,
    unit: str,
    source: str,
    bands: pd.DataFrame | None = None,
    top: float | None = None,
) -> Chart:
    """Draw values over the years, each line labelled at its end.

    Parameters
    ----------
    data : DataFrame
        Columns label, year, value and role (a key of `LINES`); one line a label.
    title, unit, source : str
        As in :func:`bars`.
    bands : DataFrame, optional
        Columns year, lower and upper, and label: ranges drawn behind the lines, the widest first.
    top : float, optional
        Upper end of the axis; a line that leaves it is told in its label.

    Returns
    -------
    Chart
    """
    groups = [(label, part) for label, part in data.groupby("label", sort=False)]
    drawn = [*data["value"], *(bands["upper"] if bands is not None else [])]
    high = top or max(drawn) * 1.06
    with styled():
        figure, axes = canvas(10, title, unit, source, pitch=0.34)
        for number, (_, band) in enumerate(bands.groupby("label", sort=False) if bands is not None else ()):
            shade = BANDS[min(number, len(BANDS) - 1)]
            axes.fill_between(band["year"], band["lower"], band["upper"], color=shade, linewidth=0)
        ends = []
        for label, part in groups:
            colour, line, marker = LINES[part["role"].iloc[0]]
            axes.plot(part["year"], part["value"], color=colour, linestyle=line, marker=marker, markersize=5)
            last = part.iloc[-1]
            beyond = last["value"] > high
            text = f"{label} {number_text(last['value'])}" + (" ↑" if beyond else "")
            ends.append((min(last["value"], high), last["year"], text, colour))
        years = sorted({*data["year"], *(bands["year"] if bands is not None else [])})
        axes.set(ylim=(0, high), xlim=(years[0] - 0.15, years[-1] + 0.1))
        ticks = list(range(int(years[0]), int(years[-1]) + 1))
        axes.set_xticks(ticks, [str(year) for year in ticks])
        axes.yaxis.set_major_formatter(lambda value, _: number_text(value))
        axes.yaxis.set_major_locator(MaxNLocator(6))
        axes.grid(axis="y", color=FAINT, linewidth=0.7)
        axes.set_axisbelow(True)
        _label_ends(axes, ends, high, years[-1])
    told = [
        {"label": f"{label}{say(', ', '，')}{row.year:g}", "text": number_text(row.value)}
        for label, part in groups
        for row in part.itertuples()
    ]
    if bands is not None:
        told += [
            {
                "label": f"{row.label}{say(', ', '，')}{row.year:g}",
                "text": span(number_text(row.lower), number_text(row.upper)),
            }
            for row in bands.itertuples()
        ]
    return Chart(figure, title, _described(title, unit, pd.DataFrame(told), source), data)


# From the middle of the text's left side, so that no leader crosses another label.
_LEADER = {"arrowstyle": "-", "linewidth": 0.6, "shrinkA": 1, "shrinkB": 3, "relpos": (0, 0.5)}


def _label_ends(axes: Axes, ends: list[tuple[float, float, str, str]], high: float, last: float) -> None:
    """Name the lines: beside the axis where they reach its end, else beside their last point."""
    early = [end for end in ends if end[1] < last]
    for value, year, text, colour in early:
        # Of two lines that end close together the upper one is named above, the lower one below.
        crowded = any(other[1] == year and 0 < value - other[0] < 0.15 * high for other in early)
        side = {"xytext": (-2, 8), "ha": "right"} if crowded else {"xytext": (4, -14)}
        spot: dict[str, Any] = {"textcoords": "offset points", "bbox": BESIDE["bbox"], **side}
        axes.annotate(text, (year, value), color=colour, fontsize=9, **spot)
    beside = sorted(end for end in ends if end[1] == last)
    places = _spread([value / high for value, *_ in beside], gap=0.062)
    for (value, year, text, colour), place in zip(beside, places, strict=True):
        axes.annotate(
            text,
            (year, value),
            xytext=(1.06, place),
            textcoords="axes fraction",
            va="center",
            color=colour,
            fontsize=9,
            annotation_clip=False,
            arrowprops=_LEADER | {"color": colour},
        )


def _spread(wanted: list[float], gap: float) -> list[float]:
    """Move ascending places apart to at least `gap`, each crowd around its own middle."""
    crowds: list[list[float]] = []
    for place in wanted:
        crowds.append([place])
        while (
            len(crowds) > 1
            and _middle(crowds[-1]) - _middle(crowds[-2]) < gap * (len(crowds[-1]) + len(crowds[-2])) / 2
        ):
            crowds[-2:] = [[*crowds[-2], *crowds[-1]]]
    return [
        _middle(crowd) + gap * (number - (len(crowd) - 1) / 2)
        for crowd in crowds
        for number in range(len(crowd))
    ]


def _middle(crowd: list[float]) -> float:
    return sum(crowd) / len(crowd)


def two_sided(data: pd.DataFrame, title: str, unit: str, source: str, names: dict[str, str]) -> Chart:
    """Draw the left side of each check against its right side, which is set to 1.

    Parameters
    ----------
    data : DataFrame
        Columns label, verdict (a key of `VERDICTS`), text, and left, left_lower, left_upper,
        right_lower, right_upper as multiples of the right side's value.
    title, unit, source : str
        As in :func:`bars`.
    names : dict of str
        What the verdicts are called.

    Returns
    -------
    Chart
    """
    span = 4.0  # what lies further out is drawn at the edge, with its number
    with styled():
        figure, axes = canvas(len(data) + 1, title, unit, source, pitch=0.31)
        axes.set_xscale("log")
        axes.axvline(1, color=COLOURS["reference"], linewidth=0.8, zorder=1)
        edge = {"lower": 1 / span, "upper": span}
        for row, check in enumerate(data.itertuples()):
            colour, _ = VERDICTS[check.verdict]
            band = [min(max(bound, 1 / span), span) for bound in (check.right_lower, check.right_upper)]
            axes.barh(row, band[1] - band[0], left=band[0], height=0.72, color=FAINT, zorder=0)
            ends = [min(max(bound, 1 / span), span) for bound in (check.left_lower, check.left_upper)]
            axes.hlines(row, *ends, color=colour, linewidth=1.8, zorder=2)
            axes.annotate(check.text, (span * 1.05, row), fontsize=8, va="center", annotation_clip=False)
        for verdict, (colour, marker) in VERDICTS.items():
            rows = np.flatnonzero(data["verdict"] == verdict)
            if not len(rows):
                continue
            values = data["left"].clip(**edge).to_numpy()[rows]
            name = f"{names[verdict]} ({len(rows)})"
            axes.scatter(values, rows, color=colour, marker=marker, s=20, zorder=3, label=name)
        # Two lines of a long formula fit the height of a row.
        _label_rows(axes, data["label"].map(lambda label: textwrap.fill(label, 48)), room=0.3)
        axes.set_xlim(1 / span, span)
        ticks = [0.25, 0.5, 1, 2, 4]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        axes.tick_params(labelsize=8)
        axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=3, frameon=False, fontsize=8)
    return Chart(figure, title, _described(title, unit, data, source), data)


def matrix(counts: pd.DataFrame, title: str, unit: str, source: str) -> Chart:
    """Draw a table of counts as shaded cells with their numbers.

    Parameters
    ----------
    counts : DataFrame
        Whole numbers; row and column names as they are to be read. Zeros are left blank.
    title, unit, source : str
        As in :func:`bars`.

    Returns
    -------
    Chart
    """
    import seaborn

    shades, high = _shades(), counts.to_numpy().max()
    with styled():
        figure, axes = canvas(len(counts) + 4, title, unit, source, pitch=0.27)
        seaborn.heatmap(
            counts.mask(counts == 0),
            vmin=0,
            vmax=high,
            ax=axes,
            cmap=shades,
            cbar=False,
            linewidths=0.6,
            linecolor=FAINT,
        )
        for (row, column), count in np.ndenumerate(counts.to_numpy()):
            if count:
                place = {"ha": "center", "va": "center", "fontsize": 8}
                axes.text(column + 0.5, row + 0.5, f"{count}", color=_ink(shades(count / high)), **place)
        axes.set(xlabel="", ylabel="")
        axes.tick_params(axis="y", length=0, labelsize=8, labelrotation=0)
        axes.tick_params(
            axis="x", length=0, labelsize=8, labelrotation=0, top=True, labeltop=True, bottom=False
        )
        axes.tick_params(axis="x", labelbottom=False)
        # Words side by side in narrow columns stand below each other; Chinese names break anywhere.
        axes.set_xticklabels(
            [
                textwrap.fill(name, 12 if name.isascii() else 7, break_long_words=not name.isascii())
                for name in map(str, counts.columns)
            ]
        )
    cells = [
        {"label": f"{row} × {column}", "text": str(count)}
        for row, line in counts.iterrows()
        for column, count in line.items()
        if count
    ]
    return Chart(figure, title, _described(title, unit, pd.DataFrame(cells), source), counts)


def small_multiples(data: pd.DataFrame, title: str, unit: str, source: str, columns: int = 4) -> Chart:
    """Draw one small panel a label, each with its own scale from 0.

    Parameters
    ----------
    data : DataFrame
        Columns label (the panel), year, value, lower and upper (a band behind the line; without a width
        where they are equal, without a top where upper is infinite), reference (a dashed line to hold the
        values against) and text (stands above the panel; that of the last row).
    title, unit, source : str
        As in :func:`bars`.
    columns : int
        Panels side by side.

    Returns
    -------
    Chart
    """
    panels = [(label, part) for label, part in data.groupby("label", sort=False)]
    rows = -(-len(panels) // columns)
    with styled():
        figure, grid = canvas(rows, title, unit, source, pitch=1.45, grid=(rows, columns))
        for axes, (label, part) in zip(grid.flat, panels, strict=False):
            years, last = part["year"], part.iloc[-1]
            top = 1.15 * max(part["value"].max(), part["reference"].max(), *_finite(part["upper"]))
            upper = part["upper"].replace(np.inf, top)
            axes.fill_between(years, part["lower"], upper, color=BANDS[0], linewidth=0)
            colour, line, _ = LINES["doubling"]
            axes.plot(years, part["reference"], color=colour, linestyle=line, linewidth=1.2)
            axes.plot(years, part["value"], color=COLOURS["actual"], marker="o", markersize=3, linewidth=1.4)
            axes.set_title(label, fontsize=9, loc="left", pad=3)
            axes.set(ylim=(0, top), xlim=(years.min() - 0.2, years.max() + 0.2))
            axes.set_xticks([years.min(), years.max()], [f"{years.min():g}", f"{years.max():g}"], fontsize=8)
            axes.set_yticks([])
            axes.set_title(last["text"], fontsize=8.5, loc="right", pad=3, color=COLOURS["actual"])
        for axes in grid.flat[len(panels) :]:
            axes.set_axis_off()
    told = [
        {
            "label": f"{label}{say(', ', '，')}{row.year:g}",
            "text": fixed(row.value, 0) + _band_text(row.value, row.lower, row.upper),
        }
        for label, part in panels
        for row in part.itertuples()
    ]
    return Chart(figure, title, _described(title, unit, pd.DataFrame(told), source), data)


def tiles(data: pd.DataFrame, title: str, unit: str, source: str) -> Chart:
    """Draw a tile map: one square an area in its rough position, the darker the larger its value.

    Parameters
    ----------
    data : DataFrame
        Columns label, row and column (whole numbers, from the north and the west), value and text.
    title, unit, source : str
        As in :func:`bars`.

    Returns
    -------
    Chart
    """
    shades = _shades()
    with styled():
        figure, axes = canvas(int(data["row"].max()), title, unit, source, pitch=0.78)
        high = data["value"].max()
        for tile in data.itertuples():
            # By the root, because an area that is half as dark should have a quarter, not a twentieth.
            depth = 0.08 + 0.92 * (tile.value / high) ** 0.5
            axes.add_patch(
                Rectangle(
                    (tile.column - 0.48, tile.row - 0.46), 0.96, 0.92, facecolor=shades(depth), linewidth=0
                )
            )
            ink = _ink(shades(depth))
            axes.text(
                tile.column, tile.row - 0.14, tile.label, color=ink, ha="center", va="center", fontsize=9.5
            )
            axes.text(tile.column, tile.row + 0.2, tile.text, color=ink, ha="center", va="center", fontsize=9)
        axes.set(
            xlim=(data["column"].min() - 0.5, data["column"].max() + 0.5), ylim=(data["row"].max() + 0.5, 0.5)
        )
        axes.set_axis_off()
    return Chart(figure, title, _described(title, unit, data, source), data)


def _shades() -> Any:
    """Colour map from almost white to the colour of actual values, for 0 to 1."""
    from seaborn import light_palette

    return light_palette(COLOURS["actual"], as_cmap=True)


def _ink(ground: Any) -> str:
    """Black or white, whichever reads better on a colour; at least 4.5 : 1 on any."""
    from seaborn.utils import relative_luminance

    # Where (1 + 0.05) / (x + 0.05), the contrast of white, equals (x + 0.05) / 0.05, that of black.
    return "white" if relative_luminance(ground) < 0.179 else "black"


def _finite(values: pd.Series) -> pd.Series:
    return values[np.isfinite(values)]


def _band_text(value: float, lower: float, upper: float) -> str:
    if lower == upper:
        return ""
    band = say("or more", "及以上") if np.isinf(upper) else span(fixed(lower, 0), fixed(upper, 0))
    return say(f" ({band})", f"（{band}）")


def _label_rows(axes: Axes, labels: pd.Series, room: float = 0) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5 - room)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


def _whiskers(axes: Axes, data: pd.DataFrame) -> None:
    axes.hlines(range(len(data)), data["lower"], data["upper"], color=INK, linewidth=1.6, zorder=2)


def _described(title: str, unit: str, data: pd.DataFrame, source: str) -> str:
    numbers = say("; ", "；").join(
        f"{label}{say(': ', '：')}{text}" for label, text in zip(data["label"], data["text"], strict=True)
    )
    stop = say(". ", "。")
    return f"{title}{stop}{unit}{stop}{numbers}{stop}{source}"
