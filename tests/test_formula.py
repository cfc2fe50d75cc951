"""Formulas of checks: what they come to, how they are written, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xjranalysis import load_figures
from xjranalysis.formula import FormulaError, parse_formula

FIGURES = pd.DataFrame(
    {
        "value": [100.0, 8.0, 36.8, 40.0],
        "lower": [95.0, 8.0, 36.75, 40.0],
        "upper": [105.0, 8.0, 36.85, np.inf],
        "unit": ["firms", "firms", "percent", "firms"],
        "printed": ["100家", "8家", "36.8%", "40家以上"],
    },
    index=["a.x", "a.y", "a.rate", "a.goal"],
)


@pytest.mark.parametrize(
    ("text", "shown", "bounds"),
    [
        ("{a.x}", "100家", (100, 95, 105)),
        ("{a.x} - {a.y}", "100家 − 8家", (92, 87, 97)),
        ("{a.x} / (1 + {a.rate}) ** 2", "100家 ÷ (1 + 36.8%)²", (100 / 1.368**2, 95 / 1.3685**2, 105 / 1.3675**2)),
        ("{a.x} / ({a.x} - {a.y})", "100家 ÷ (100家 − 8家)", (100 / 92, 105 / 97, 95 / 87)),
        ("({a.x} / {a.y}) ** (1 / 3) - 1", "(100家 ÷ 8家)^⅓ − 1", (12.5 ** (1 / 3) - 1, 11.875 ** (1 / 3) - 1, 13.125 ** (1 / 3) - 1)),
        ("2 * {a.y} - (3 - {a.y})", "2 × 8家 − (3 − 8家)", (21, 21, 21)),
        ("{a.y} / ({a.y} / {a.x})", "8家 ÷ (8家 ÷ 100家)", (100, 95, 105)),
        ("({a.y} ** 2) ** 3", "(8家²)³", (8**6,) * 3),
        ("least({a.goal})", "40家以上", (40, 40, 40)),
        ("least({a.goal}) / {a.goal}", "40家以上 ÷ 40家以上", (1, 0, 1)),
        ("overlap({a.x}, {a.y})", "100家 + 8家", (108, 95, 113)),
    ],
)  # fmt: skip
def test_value_bounds_and_writing(text, shown, bounds):
    formula = parse_formula(text)
    assert formula.shown(FIGURES) == shown
    assert tuple(formula.bounds(FIGURES)) == pytest.approx(bounds)


@pytest.mark.parametrize(
    "text",
    [
        "", "2 + 2", "{a.x", "a.x", "{A X}", "{a.x} {a.y}", "{a.x} +", "{a.x} // {a.y}", "-{a.x}", "{a.x}, {a.y}",
        "overlap({a.x}, {a.y}) + 1", "least({a.x} + {a.y})", "__import__('os')", "{a.x}.real", "_0 + {a.x}",
        "{a.x} if {a.y} else 1", "{a.x} + 1e9j", "(" * 300 + "{a.x}" + ")" * 300, "{a.x} + 1" * 500, "\n{a.x}",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(FormulaError):
        parse_formula(text)


NOT_ALLOWED = "may hold only figures in braces, numbers, + - * / ** ( ), least() and overlap()"
NO_FORMULA = "is not a formula such as {figure} + 2 * {figure}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{a.x} ^ 2", NOT_ALLOWED),
        ("{a.x}" + " " * 996, NOT_ALLOWED),
        ("{a.x} +", NO_FORMULA),
        ("2 + 2", NO_FORMULA),
        ("{a.x}, {a.y}", NO_FORMULA),
        ("{a.x} + 1234567890123456", "has a number of more than 15 digits"),
        (" + ".join(f"{{a.x{number}}}" for number in range(13)), "has 13 figures; at most 12"),
    ],
)
def test_refusal_says_what_is_wrong(text, message):
    with pytest.raises(FormulaError) as refused:
        parse_formula(text)
    assert str(refused.value) == message


def test_limits_themselves_are_allowed():
    """1000 characters, 15 digits and 12 figures."""
    assert parse_formula("{a.x}" + " " * 995).figures == ("a.x",)
    assert parse_formula("{a.x} + 123456789012345").shown(FIGURES) == "100家 + 123456789012345"
    assert len(parse_formula(" + ".join(f"{{a.x{number}}}" for number in range(12))).figures) == 12


@given(st.text(alphabet="{}a.x0 +-*/()1,leastovrp", max_size=40))
def test_any_text_is_a_formula_or_an_error(text):
    try:
        formula = parse_formula(text)
    except FormulaError:
        return
    assert formula.figures


def test_figures_and_sums():
    assert parse_formula("{a.x} + {a.y} + {a.x}").figures == ("a.x", "a.y")
    assert [parse_formula(text).is_sum for text in ("{a.x} + {a.y}", "{a.x} - {a.y}", "{a.x}", "{a.x} + 2")] == [
        True, False, False, False
    ]  # fmt: skip


def test_least_of_a_figure_is_another_term_than_the_figure():
    formula = parse_formula("least({a.goal}) + {a.goal} + {a.goal}")
    assert formula.figures == ("a.goal",)
    assert tuple(formula.bounds(FIGURES)) == (120, 120, np.inf)
    assert not formula.is_figure
    assert parse_formula("least({a.goal})").is_figure
    assert not parse_formula("overlap({a.x}, {a.y})").is_sum


@given(
    st.lists(st.tuples(st.floats(1, 1e6), st.floats(0, 1e5), st.floats(0, 1e5)), min_size=2, max_size=6),
    st.lists(st.floats(0, 1), min_size=6, max_size=6),
)
def test_bounds_of_sums_and_overlaps_hold_every_point(numbers, shares):
    """A sum lies between the sums of the ends; what overlaps is no less than its largest part."""
    frame = pd.DataFrame(
        {
            "value": [value for value, _, _ in numbers],
            "lower": [value - min(less, value) for value, less, _ in numbers],
            "upper": [value + more for value, _, more in numbers],
            "unit": "firms",
            "printed": "",
        },
        index=[f"a.{number}" for number in range(len(numbers))],
    )
    names = ["{" + name + "}" for name in frame.index]
    total = parse_formula(" + ".join(names)).bounds(frame)
    overlap = parse_formula(f"overlap({', '.join(names)})").bounds(frame)
    point = frame.lower + np.array(shares[: len(frame)]) * (frame.upper - frame.lower)
    assert total.lower * (1 - 1e-9) <= point.sum() <= total.upper * (1 + 1e-9)
    assert (total.lower, total.upper) == pytest.approx((frame.lower.sum(), frame.upper.sum()))
    assert (overlap.lower, overlap.upper) == pytest.approx((frame.lower.max(), frame.upper.sum()))


def test_every_figure_shows_and_computes_itself():
    figures = load_figures()
    for name, row in figures[figures.unit != "percent"].head(50).iterrows():
        formula = parse_formula(f"{{{name}}}")
        assert formula.shown(figures) == row.printed
        assert formula.bounds(figures).value == row.value / (100 if row.unit == "percentage points" else 1)
