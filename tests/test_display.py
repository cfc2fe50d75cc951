"""Numbers, tables and sentences in both languages."""

import math

import pandas as pd
import pytest

from xjranalysis import load_review
from xjranalysis.display import (
    Table,
    amount,
    figure_table,
    interval,
    language,
    number,
)


@pytest.fixture
def chinese(monkeypatch):
    monkeypatch.setenv("XJR_LANG", "zh")


def test_unknown_language_is_refused(monkeypatch):
    monkeypatch.setenv("XJR_LANG", "fr")
    with pytest.raises(ValueError, match="'fr'; expected one of en, zh"):
        language()


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        (34_200, "34,200", "3.42万"),
        (1779, "1,779", "1779"),
        (9.164e11, "916.4 billion", "9164亿"),
        (2e12, "2 trillion", "2万亿"),
        (1_618_000, "1.618 million", "161.8万"),
        (213_750, "213,800", "21.38万"),
        (0.62485, "0.6249", "0.6249"),
        (9999.6, "10,000", "1万"),
        (0, "0", "0"),
        (-12.5, "−12.5", "−12.5"),
        (math.inf, "∞", "∞"),
        (math.nan, "–", "–"),
    ],
)
def test_number(value, en, zh, monkeypatch):
    assert number(value) == en
    monkeypatch.setenv("XJR_LANG", "zh")
    assert number(value) == zh


def test_units(chinese):
    assert [amount(9.164e11, "CNY"), amount(34_200, "firms"), amount(2, "percentage points")] == [
        "9164亿元",
        "3.42万家",
        "2个百分点",
    ]
    assert interval(34_150, 34_250, "firms") == "3.415万～3.425万家"
    assert interval(4000, 11_400, "firms") == "4000家～1.14万家"
    assert "21370件 | 21370件 | 21370件" in repr(
        figure_table(load_review().loc[["review.patents.2012"]], "x")
    )


def test_figure_table_names_goals_and_notes():
    """A goal is called one, and a note of the table stands under it."""
    shown = repr(
        figure_table(load_review().loc[["review.technology_smes.2015", "review.taxes_paid.2012"]], "x")
    )
    assert "Technology SMEs (target)" in shown
    assert "241亿元: printed as 累计; the plan does not say since when." in shown


def test_table_has_caption_scopes_and_escapes():
    """Whatever stands in a cell is text to the browser."""
    frame = pd.DataFrame({"Name": ["<script>x</script>"], "n": ["1"], "Word": ["a&b"]})
    page = Table(frame, "A <b>caption", "note", words=("Word",))._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<caption>A &lt;b&gt;caption</caption>" in page
    assert page.count('scope="col"') == 3
    assert page.count('scope="row"') == 1
    assert page.count('class="number"') == 2


def test_figure_table_states_open_bounds():
    table = figure_table(load_review().loc[["review.commercial_loans.2012"]], "Loans")
    assert "1000多亿元 | 100 billion yuan | more than 100 billion yuan" in repr(table)
