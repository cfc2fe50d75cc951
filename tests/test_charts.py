"""Charts: every number is in the text, no glyph is missing, the picture does not change by itself."""

import warnings
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pandas as pd
import pytest
import seaborn

from xjranalysis import charts, style

DATA = pd.DataFrame(
    {
        "label": ["科技型中小企业", "Little giants"],
        "value": [2.7, 2.5],
        "lower": [2.6, 2.4],
        "upper": [2.8, 2.6],
        "text": ["2.70 ×", "2.50 ×"],
        "colour": ["actual", "target"],
    }
)


def draw(kind):
    if kind == "before_after":
        pair = DATA.assign(start=1.0, end=DATA.value, start_text="1", end_text=DATA.text)
        return charts.before_after(pair, "Message", "unit", "Source", ("2010", "2012"))
    if kind == "intervals":
        return charts.intervals(DATA, "Message", "unit", "Source", reference=(2, "doubled"))
    return charts.bars(DATA, "Message", "unit", "Source")


@pytest.mark.parametrize("kind", ["bars", "intervals", "before_after"])
def test_text_tells_message_numbers_and_source(kind):
    text = repr(draw(kind))
    for part in ("Message", "unit", "Source", "科技型中小企业", "2.70 ×", "2.50 ×"):
        assert part in text


@pytest.mark.parametrize("kind", ["bars", "intervals", "before_after"])
def test_drawn_without_a_missing_glyph(kind):
    """Matplotlib warns when a font lacks a character; a warning is an error here."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chart = draw(kind)
        assert chart.png().startswith(b"\x89PNG")
        ET.fromstring(chart.svg())


def test_the_same_bytes_every_time():
    assert draw("bars").svg() == draw("bars").svg()
    assert draw("bars").png() == draw("bars").png()


def test_picture_for_notebook_and_report(monkeypatch):
    chart = draw("bars")
    assert set(chart._repr_mimebundle_()) == {"image/png", "text/plain"}
    monkeypatch.setenv("XJR_CHARTS", "svg")
    assert set(chart._repr_mimebundle_()) == {"image/svg+xml", "text/csv", "text/plain"}


def test_svg_needs_no_font_and_no_network():
    svg = draw("bars").svg()
    assert "<text" not in svg
    assert 'xlink:href="http' not in svg


def test_long_titles_are_broken():
    chart = charts.bars(DATA, "A very long message " * 8, "unit", "Source")
    assert chart.figure.texts[0].get_text().count("\n") >= 1


def test_style_does_not_leak():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    draw("bars")
    assert dict(mpl.rcParams) == before


def test_matrix_tells_every_count():
    counts = pd.DataFrame({"甲": [1, 0], "B": [3, 2]}, index=["市科委", "Finance"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chart = charts.matrix(counts, "Message", "unit", "Source")
        chart.png()
    assert "市科委 × 甲: 1; 市科委 × B: 3; Finance × B: 2" in repr(chart)


def test_two_sided_keeps_far_values_inside():
    """What lies beyond the axis is drawn at its edge and told by its number."""
    row = {"label": "a ≤ b", "verdict": "inconsistent", "text": "50.00", "left": 50, "left_lower": 49}
    row |= {"left_upper": 51, "right_lower": 1, "right_upper": float("inf")}
    names = {name: name for name in charts.VERDICTS}
    chart = charts.two_sided(pd.DataFrame([row]), "Message", "unit", "Source", names)
    assert "a ≤ b: 50.00" in repr(chart)
    assert chart.figure.axes[0].get_xlim() == (0.25, 4)
    chart.png()


def contrast(colour, ground="white"):
    """Ratio of luminances, as WCAG 2 defines it."""
    pair = sorted(seaborn.utils.relative_luminance(mpl.colors.to_rgb(one)) for one in (colour, ground))
    return (pair[1] + 0.05) / (pair[0] + 0.05)


def test_colours_of_labels_are_read_on_white():
    lines = [colour for colour, *_ in style.LINES.values()]
    verdicts = [colour for colour, _ in style.VERDICTS.values()]
    assert min(map(contrast, [*lines, *verdicts, style.INK, style.MUTED])) >= 4.5
    assert min(map(contrast, style.COLOURS.values())) >= 3


@pytest.mark.parametrize("depth", [0, 0.2, 0.4, 0.5, 0.6, 0.8, 1])
def test_numbers_on_a_shade_are_read(depth):
    shade = charts._shades()(depth)
    assert contrast(charts._ink(shade), shade) >= 4.5


def test_no_two_lines_and_no_two_verdicts_differ_by_colour_alone():
    """On grey paper, and to whoever sees no colours."""
    looks = [(str(line), marker) for _, line, marker in style.LINES.values()]
    assert len(set(looks)) == len(looks)
    assert len({marker for _, marker in style.VERDICTS.values()}) == len(style.VERDICTS)
