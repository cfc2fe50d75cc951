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
    numbers,
    place,
    speaking,
)
from xjranalysis.resources import RAW


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
        figure_table(load_review().loc[["review.patents.2012"]], "x", "plan")
    )


def test_figure_table_names_goals_and_notes():
    """A goal is called one, and a note of the table stands under it."""
    shown = repr(
        figure_table(
            load_review().loc[["review.technology_smes.2015", "review.taxes_paid.2012"]], "x", "plan"
        )
    )
    assert "Technology SMEs (target)" in shown
    assert "241亿元: printed as 累计; the plan does not say since when." in shown


def test_table_has_caption_scopes_and_escapes():
    """Whatever stands in a cell is text to the browser."""
    frame = pd.DataFrame({"Name": ["<script>x</script>"], "n": ["1"], "Word": ["a&b"]})
    page = Table(frame, "A <b>caption", "a&b", "<i>", "note", words=("Word",))._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<caption>A &lt;b&gt;caption (&lt;i&gt;)</caption>" in page
    assert '<p class="note">Source: a&amp;b. note</p>' in page
    assert page.count('scope="col"') == 3
    assert page.count('scope="row"') == 1
    assert page.count('class="number short"') == 2


@pytest.mark.parametrize(
    ("figure", "en", "zh"),
    [
        ("technology_smes.2013", "2013", "2013"),
        ("technology_smes.2013-06", "June 2013", "2013年6月"),
        ("technology_smes_new.2013-06", "January–June 2013", "2013年1—6月"),
        ("technology_smes_share_increase.2015", "2010–2015", "2010—2015"),
    ],
)
def test_figure_table_says_what_time_a_figure_is_for(figure, en, zh):
    rows = load_review(RAW.parent / "plans" / "successor_2016").loc[[f"review.{figure}"]]
    for language_, text in (("en", en), ("zh", zh)):
        with speaking(language_):
            assert figure_table(rows, "x", "plan").frame.iloc[0, 1] == text


def test_a_place_given_by_its_words_is_quoted(chinese):
    assert place("at “持平”") == "“持平”"
    assert place("part 1, section 2") == "第一部分（二）"


def test_figure_table_states_open_bounds():
    table = figure_table(load_review().loc[["review.commercial_loans.2012"]], "Loans", "plan")
    assert "1000多亿元 | more than 100 billion yuan | more than 100 billion yuan" in repr(table)


@pytest.mark.parametrize("value", ["34.3%", "53.4%", "78.5%"])
def test_the_value_of_a_printed_percentage_keeps_its_decimals(monkeypatch, value):
    """In Chinese a count is told as printed, and nothing but a count."""
    monkeypatch.setenv("XJR_LANG", "zh")
    review = load_review()
    table = figure_table(review[review["printed"] == value], "x", "plan")
    assert len(table.frame)
    assert set(table.frame["数值"]) == {value}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([-15800, -4950, 82970, 3.3], ["−1.580万", "−0.495万", "8.297万", "0.000万"]),
        ([11400, 8400, 4000], ["1.14万", "0.84万", "0.40万"]),
        ([631, 1221, float("nan")], ["631", "1221", "–"]),
        ([9999.6, 3], ["1.0000万", "0.0003万"]),
        ([0.25, 12.5], ["0.25", "12.50"]),
        ([0, 0], ["0", "0"]),
        ([], []),
    ],
)
def test_a_column_has_one_scale_and_one_precision(monkeypatch, values, expected):
    monkeypatch.setenv("XJR_LANG", "zh")
    assert numbers(pd.Series(values, dtype=float)).tolist() == expected


def test_only_web_addresses_become_links():
    frame = pd.DataFrame(
        {"Name": ["a"], "Address": ["https://x.cn/?a=1&b=<"], "Other": ["javascript:alert(1)"]}
    )
    page = Table(frame, "c", "s", words=("Address", "Other"))._repr_html_()
    assert '<a href="https://x.cn/?a=1&amp;b=&lt;">' in page
    assert page.count("<a ") == 1


@pytest.mark.parametrize(
    ("lower", "upper", "unit", "expected"),
    [
        (530_000, 530_400, "CNY", "53.00万～53.04万元"),
        (1.87, 1.873, "times", "1.870～1.873倍"),
        (-0.5, 2, "percent", "−0.5%～2.0%"),
        (-5, 3, "firms", "−5～3家"),
        (4000, 11_400, "firms", "4000家～1.14万家"),
    ],
)
def test_bounds_have_the_same_decimals(monkeypatch, lower, upper, unit, expected):
    monkeypatch.setenv("XJR_LANG", "zh")
    assert interval(lower, upper, unit) == expected
