"""Numbers, tables and sentences in both languages."""

import math

import pandas as pd
import pytest

from xjranalysis import load_review
from xjranalysis.display import (
    Prose,
    Table,
    amount,
    bullets,
    figure_table,
    fixed,
    interval,
    language,
    number,
    percent,
    place,
    ranges,
    span,
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
    assert [
        amount(21_370, "patents"),
        interval(34_150, 34_250, "firms"),
        interval(4000, 11_400, "firms"),
    ] == ["21370件", "34150～34250家", "4000家～1.14万家"]
    assert interval(8.5, 9.5, "percent") == "8.5%～9.5%"
    assert amount(1, "firms/year") == "1家/年"  # fmt: skip
    assert span("1", "2") == "1～2"
    assert percent(-0.05) == "−5.0%"


def test_places(chinese):
    assert place("part 2, section 2, item 1") == "第二部分（二）第1条"
    assert place("annex 2, task 16") == "附件2第16项任务"


def test_prose_follows_the_language(chinese):
    list_ = bullets(Prose("one", "一"), Prose("two", "二"))
    assert list_._repr_markdown_() == "- 一\n- 二"


def test_ranges_keep_exact_numbers_short():
    frame = pd.DataFrame({"unit": ["firms"] * 2, "x_lower": [12_400, 726], "x_upper": [12_600, 726]})
    assert ranges(frame, "x") == ["12,400 to 12,600 firms", "726 firms"]


def test_bounds_that_differ_read_differently():
    frame = pd.DataFrame({"unit": ["CNY"], "lower": [12_345_600], "upper": [12_345_900]})
    assert ranges(frame) == ["12.3456 million to 12.3459 million yuan"]


def test_bounds_of_rates_read_as_far_as_they_differ():
    """36.75 to 36.85 is not 36.7 to 36.9, and 2.209 to 2.215 is not 2.21."""
    frame = pd.DataFrame(
        {
            "unit": ["percent"],
            "g_lower": [0.3675],
            "g_upper": [0.3685],
            "t_lower": [2.2095],
            "t_upper": [2.2146],
        }
    )
    assert ranges(frame, "g", percent, 2) == ["36.75% to 36.85%"]
    assert ranges(frame, "t", fixed, 2) == ["2.21 to 2.21"] or ranges(frame, "t", fixed, 2) == [
        "2.209 to 2.215"
    ]


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
