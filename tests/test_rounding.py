"""Printed figures: what every print stands for, and which prints are refused."""

import math
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xjranalysis import Bounds, PrintError, PublishedNumber, parse_printed, propagate
from xjranalysis.display import amount, interval
from xjranalysis.rounding import MAGNITUDES, _alternatives, _numeral

INF = math.inf

# print: value, lower, upper, unit, qualifier, step
PRINTS = {
    "3.42万家": (34_200, 34_150, 34_250, "firms", "rounded", 100),
    "2.17万家": (21_700, 21_650, 21_750, "firms", "rounded", 100),
    "36.8%": (36.8, 36.75, 36.85, "percent", "rounded", 0.1),
    "9%": (9, 8.5, 9.5, "percent", "rounded", 1),
    "1.40%": (1.4, 1.395, 1.405, "percent", "rounded", 0.01),
    "1779家": (1779, 1779, 1779, "firms", "exact", 1),
    "21370件": (21_370, 21_370, 21_370, "patents", "exact", 1),
    "9164亿元": (9.164e11, 9.1635e11, 9.1645e11, "CNY", "rounded", 1e8),
    "161.8万人": (1_618_000, 1_617_500, 1_618_500, "persons", "rounded", 1000),
    "5.5万元": (55_000, 54_500, 55_500, "CNY", "rounded", 1000),
    "2万亿元以上": (2e12, 2e12, INF, "CNY", "at_least", 1e12),
    "60%以上": (60, 60, INF, "percent", "at_least", 1),
    "15万项次以上": (150_000, 150_000, INF, "services", "at_least", 10_000),
    "1000多亿元": (1e11, 1e11, INF, "CNY", "more_than", 1e8),
    "4400余家": (4400, 4400, INF, "firms", "more_than", 1),
    "2.4萬余家": (24_000, 24_000, INF, "firms", "more_than", 1000),
    "超过24.98万户": (249_800, 249_800, INF, "firms", "more_than", 100),
    "突破1500家": (1500, 1500, INF, "firms", "more_than", 1),
    "20场左右": (20, 15, 25, "events", "about", 1),
    "约3100亿元": (3.1e11, 3.05e11, 3.15e11, "CNY", "about", 1e8),
    "近1.5万家": (15_000, 14_000, 15_000, "firms", "nearly", 1000),
    "接近6000家": (6000, 5000, 6000, "firms", "nearly", 1),
    "2个百分点": (2, 1.5, 2.5, "percentage points", "rounded", 1),
    "1000万人次": (10_000_000, 9_995_000, 10_005_000, "visits", "rounded", 10_000),
    "翻一番": (2, 2, 2, "times", "exact", 0),
    "翻两番": (4, 4, 4, "times", "exact", 0),
    "1.5倍": (1.5, 1.45, 1.55, "times", "rounded", 0.1),
    "两年": (2, 2, 2, "years", "exact", 1),
    "三十个": (30, 30, 30, "items", "exact", 1),
    "两千五百家": (2500, 2500, 2500, "firms", "exact", 1),
    "一百零五万家": (1_050_000, 1_050_000, 1_050_000, "firms", "exact", 1),
    "一千零二十家": (1020, 1020, 1020, "firms", "exact", 1),
    "两万亿元": (2e12, 1.5e12, 2.5e12, "CNY", "rounded", 1e12),
    "一万二千家": (12_000, 12_000, 12_000, "firms", "exact", 1),
    "十五家": (15, 15, 15, "firms", "exact", 1),
    "千家": (1000, 1000, 1000, "firms", "exact", 1),
    "百家": (100, 100, 100, "firms", "exact", 1),
    "万家": (10_000, 10_000, 10_000, "firms", "exact", 1),
    "一千〇五家": (1005, 1005, 1005, "firms", "exact", 1),
    "九千九百九十九万九千九百九十九家": (99_999_999, 99_999_999, 99_999_999, "firms", "exact", 1),
    "两千三百亿元": (2.3e11, 2.25e11, 2.35e11, "CNY", "rounded", 1e10),
    "五名": (5, 5, 5, "persons", "exact", 1),
    "前三名": (3, 3, 3, "rank", "exact", 1),
    "前三": (3, 3, 3, "rank", "exact", 1),
    "前三位": (3, 3, 3, "rank", "exact", 1),
    "999年": (999, 999, 999, "years", "exact", 1),
    "约20年": (20, 15, 25, "years", "about", 1),
    "每年三百亿元": (3e10, 2.5e10, 3.5e10, "CNY/year", "rounded", 1e10),
    "每年2亿元": (2e8, 1.5e8, 2.5e8, "CNY/year", "rounded", 1e8),
    "每人5件": (5, 5, 5, "patents/person", "exact", 1),
    "每年…20场左右": (20, 15, 25, "events/year", "about", 1),
    "每月至少…一次": (1, 1, INF, "occurrences/month", "at_least", 1),
    "每人至少…一家": (1, 1, INF, "firms/person", "at_least", 1),
    "每季度": (1, 1, 1, "occurrences/quarter", "exact", 1),
    "一企一策": (1, 1, 1, "policies/firm", "exact", 1),
    "１７７９家": (1779, 1779, 1779, "firms", "exact", 1),
    "1,234家": (1234, 1234, 1234, "firms", "exact", 1),
    "2 410家": (2410, 2410, 2410, "firms", "exact", 1),
    "12 345 678家": (12_345_678, 12_345_678, 12_345_678, "firms", "exact", 1),
    "  5 家 ": (5, 5, 5, "firms", "exact", 1),
    "2,423,204": (2_423_204, 2_423_204, 2_423_204, "", "exact", 1),
    "4700億元": (4.7e11, 4.6995e11, 4.7005e11, "CNY", "rounded", 1e8),
    "167.7 billion yuan": (1.677e11, 1.6765e11, 1.6775e11, "CNY", "rounded", 1e8),
    "nearly 4,600": (4600, 4500, 4600, "", "nearly", 1),
    "more than 4600": (4600, 4600, INF, "", "more_than", 1),
    "14.8 percent": (14.8, 14.75, 14.85, "percent", "rounded", 0.1),
}


@pytest.mark.parametrize("text", PRINTS)
def test_print_stands_for(text):
    """Every print of METHODS has its value, bounds, unit, qualifier and step."""
    assert parse_printed(text) == PublishedNumber(*PRINTS[text])


@pytest.mark.parametrize("text", ["6万家", "3.42万家", "1000亿元", "50%", "1000万人次"])
def test_target_is_exact(text):
    """A target is set, not measured."""
    number = parse_printed(text, status="target")
    assert (number.qualifier, number.lower, number.upper) == ("exact", number.value, number.value)


@pytest.mark.parametrize(
    ("text", "qualifier"), [("2万亿元以上", "at_least"), ("4400余家", "more_than"), ("20场左右", "about")]
)
def test_target_keeps_its_qualifier(text, qualifier):
    """A target says 以上, 余 or 左右 on purpose."""
    assert parse_printed(text, status="target").qualifier == qualifier


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "NaN", "1e5", "-5%", "12,34家", "1.2.3家", "十几家", "数十家", "5家以下", "约20场左右",
     "近3余家", "2010年", "近三年", "1779¹家", "5.5①%", "10⁴家", "½家", "一万二家", "一百五家", "两千五家", "一万万家",
     "千百家", "2012 300家", "9" * 400 + "家", "三位", "前三家", "一一家", "十百家", "1/8", "每人", "3.42万万家", "以上", "家", "…", "3..4"],
)  # fmt: skip
def test_unknown_print_is_refused(text):
    """What fits no rule is an error that shows the print, never NaN."""
    with pytest.raises(PrintError) as refused:
        parse_printed(text)
    assert repr(text) in str(refused.value)


# print: what its refusal says
UNITS_KNOWN = "(known ones: Units in the handbook's tables.md, or xjranalysis.rounding.UNITS)"
REFUSED = {
    "500千瓦": f"'500千瓦' is not a printed figure that any rule reads: unit 千瓦 is unknown {UNITS_KNOWN}",
    "3 million tonnes": f"'3 million tonnes' is not a printed figure that any rule reads: unit tonnes is unknown {UNITS_KNOWN}",
    "3..4": "'3..4' is not a printed figure that any rule reads",
    "1779¹家": "'1779¹家' has a superscript, a fraction or a circled digit",
    "一万二家": "'一万二家' has 一万二, which is not a numeral in full form",
    "2010年": "'2010年' is a calendar year, not a number of years",
    "1000年": "'1000年' is a calendar year, not a number of years",
    "近三年": "'近三年' means the past years, not nearly so many",
    "将近三年": "'将近三年' means the past years, not nearly so many",
    "三位": "'三位' is not a rank such as 前三位",
    "前三家": "'前三家' is not a rank such as 前三位",
    "约20场左右": "'约20场左右' has more than one qualifier (about, about)",
    "近3余家": "'近3余家' has more than one qualifier (nearly, more_than)",
    "超过5多万余家以上": "'超过5多万余家以上' has more than one qualifier (more_than, more_than, more_than, at_least)",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refusal_says_why(text):
    with pytest.raises(PrintError) as refused:
        parse_printed(text)
    assert str(refused.value) == REFUSED[text]


@pytest.mark.parametrize(
    ("value", "numeral"),
    [
        (0, "零"), (2, "二"), (10, "一十"), (15, "一十五"), (20, "二十"), (105, "一百零五"), (110, "一百一十"), (1001, "一千零一"),
        (1010, "一千零一十"), (1200, "一千二百"), (10_000, "一万"), (10_001, "一万零一"), (10_999, "一万零九百九十九"),
        (11_000, "一万一千"), (11_001, "一万一千零一"), (200_300, "二十万零三百"), (50_200_300, "五千零二十万零三百"),
    ],
)  # fmt: skip
def test_numerals_by_hand(value, numeral):
    assert _numeral(value) == numeral
    assert parse_printed(f"{numeral}家").value == value


def test_longer_words_are_tried_first():
    """家 of 家企 would leave 企 over; what means something in a pattern is taken by the letter."""
    assert _alternatives(["a", "abc", "b+", "d."]) == r"abc|b\+|d\.|a"


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("500千瓦", "千瓦"),
        ("20万亩以上", "亩"),
        ("约3亿美元", "美元"),
        ("5 million tonnes", "tonnes"),
        ("三十头", "头"),
    ],
)
def test_unknown_unit_is_named(text, unit):
    """Where only the unit is in the way, it is named, and where the known ones stand."""
    with pytest.raises(PrintError, match=f"unit {unit} is unknown .*rounding.UNITS"):
        parse_printed(text)


@pytest.mark.parametrize("text", ["34200左右余家", "5家以下", "十几家", "3.42万万家", "abc", "1e5"])
def test_no_unit_is_blamed_where_the_number_does_not_read(text):
    with pytest.raises(PrintError) as refused:
        parse_printed(text)
    assert "unknown" not in str(refused.value)


@given(st.integers(0, 99_999_999))
def test_chinese_numerals_are_read_back(count):
    """Print → value → print for numerals in full form."""
    assert parse_printed(f"{_numeral(count)}家").value == count


def test_unit_from_the_head_of_the_table():
    """A bare 37 in a column of percent is a rounded share, a bare 799,157 of persons a count."""
    assert parse_printed("37", unit="percent") == PublishedNumber(37, 36.5, 37.5, "percent", "rounded", 1)
    assert parse_printed("799,157", unit="persons").qualifier == "exact"
    assert parse_printed("200家", unit="institutions").unit == "institutions"
    assert parse_printed("200家", unit="persons").unit == "firms"


def test_unknown_status_is_refused():
    """Only actual and target are statuses."""
    with pytest.raises(ValueError, match=r"^status 'plan' is not one of actual, target$"):
        parse_printed("1家", status="plan")


def test_whole_numbers_are_integers():
    """Counts print as counts; what has decimals, or no end, is a float."""
    assert [type(value) for value in vars(parse_printed("3.42万家")).values()][:3] == [int, int, int]
    assert isinstance(parse_printed("36.8%").value, float)
    assert isinstance(parse_printed("2万亿元以上").upper, float)


@pytest.mark.parametrize(
    "text", ["3.42万家", "36.8%", "1234567.8万元", "12345家", "2万亿元以上", "每年…20场左右"]
)
def test_markdown_shows_value_and_bounds(text):
    """To six digits, the value in bold."""
    number = parse_printed(text)
    shown = amount(number.value, number.unit, 6)
    assert number._repr_markdown_() == f"**{shown}** ({interval(number.lower, number.upper, number.unit, 6)})"


@given(
    st.integers(0, 10**6), st.integers(0, 4), st.sampled_from(["", *MAGNITUDES]), st.sampled_from(["家", "元", "%", ""]),
    st.sampled_from([("", ""), ("约", ""), ("近", ""), ("超过", ""), ("", "以上"), ("", "左右"), ("至少", "")]),
    st.sampled_from(["actual", "target"]),
)  # fmt: skip
def test_value_lies_within_its_bounds(digits, decimals, magnitude, unit, around, status):
    """Whatever the qualifier, the print itself is one of the numbers that it may stand for."""
    before, after = around
    number = parse_printed(f"{before}{Decimal(digits).scaleb(-decimals)}{magnitude}{unit}{after}", status)
    assert number.lower <= number.value <= number.upper
    assert (number.qualifier == "exact") <= (number.lower == number.upper)


@given(
    st.integers(1, 10**6), st.integers(0, 4), st.sampled_from(["", "万", "亿", "万亿"]), st.fractions(0, 1)
)
def test_what_lies_within_the_bounds_prints_the_same(digits, decimals, magnitude, share):
    """Print → value → print, for the value and for every other number within its bounds."""
    text = f"{digits / 10**decimals:.{decimals}f}"
    number = parse_printed(f"{text}{magnitude}元")
    scale = MAGNITUDES.get(magnitude, 1)
    lower, value, step = (Fraction(str(part)) for part in (number.lower, number.value, number.step))
    for unrounded in (value, lower + min(share, Fraction(999, 1000)) * step):
        shown = Decimal(unrounded.numerator) / Decimal(unrounded.denominator) / scale
        assert str(shown.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)) == text


@given(st.integers(1, 999_999), st.integers(0, 4), st.sampled_from(["", "万", "亿", "万亿"]))
def test_rounding_bounds_hold_the_rounded_number(digits, decimals, magnitude):
    """Whatever rounds to the print lies within its bounds, and half a step is the distance."""
    text = f"{digits / 10**decimals:.{decimals}f}{magnitude}元"
    number = parse_printed(text)
    assert number.qualifier == "rounded"
    assert number.lower < number.value < number.upper
    assert math.isclose(number.upper - number.lower, number.step, rel_tol=1e-9)
    assert math.isclose(number.value - number.lower, number.step / 2, rel_tol=1e-6)


@given(st.integers(0, 10**9))
def test_counts_are_read_back(count):
    """Print → value → print for counts, with and without separators."""
    assert parse_printed(f"{count}家").value == count
    assert parse_printed(f"{count:,}家").value == count


def test_propagate_evaluates_corners():
    """A quotient is smallest at the lower numerator and the upper denominator."""
    result = propagate(lambda part, whole: part / whole, parse_printed("9164亿元"), parse_printed("3.42万家"))
    assert result.lower == 9.1635e11 / 34_250
    assert result.upper == 9.1645e11 / 34_150
    assert result.value == 9.164e11 / 34_200


def test_propagate_takes_frames_and_infinite_bounds():
    """Columns go through at once; more than v divided by something stays open above."""
    frame = pd.DataFrame({"value": [1e11, 4.0], "lower": [1e11, 3.5], "upper": [INF, 4.5]})
    result = propagate(lambda whole, part: whole / part, frame, 2.0)
    assert list(result.lower) == [5e10, 1.75]
    assert list(result.upper) == [INF, 2.25]


def test_propagate_keeps_series_and_their_index():
    series = pd.Series([1.0, 3.0], index=["a", "b"])
    result = propagate(lambda one, two: one + two, series, 2)
    assert result.value.to_dict() == {"a": 3, "b": 5}
    assert (list(result.lower), list(result.upper)) == ([3, 5], [3, 5])


def test_propagate_takes_what_is_too_large_as_infinite():
    """No warning of overflow, nor of a division by zero."""
    huge = Bounds(1e300, 1e300, 1e300)
    assert propagate(lambda one, two: one * two, huge, 1e300) == (INF, INF, INF)
    assert propagate(lambda one, two: one / two, 1, 0) == (INF, INF, INF)


@pytest.mark.parametrize(
    ("function", "first", "second", "lower", "upper"),
    [
        (lambda a, b: a / b, "2万亿元以上", "60%以上", 0, INF),
        (lambda a, b: a - b, "2万亿元以上", "1000多亿元", -INF, INF),
        (lambda a, b: a / b, "2家", "零家", INF, INF),
    ],
)
def test_propagate_open_bounds_stay_open(function, first, second, lower, upper):
    """Two sides without an upper bound give an open result, never NaN and no crash."""
    bounds = propagate(function, parse_printed(first), parse_printed(second))
    assert (bounds.lower, bounds.upper) == (lower, upper)


@given(
    st.lists(st.floats(1, 1e6), min_size=2, max_size=2),
    st.lists(st.floats(1, 1e6), min_size=2, max_size=2),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_propagate_contains_every_point(first, second, share, other_share):
    """Interval results contain every point result."""
    numbers = [
        PublishedNumber(low, low, high, "", "rounded", 1) for low, high in (sorted(first), sorted(second))
    ]
    bounds = propagate(lambda one, two: one / two, *numbers)
    point = (numbers[0].lower + share * (numbers[0].upper - numbers[0].lower)) / (
        numbers[1].lower + other_share * (numbers[1].upper - numbers[1].lower)
    )
    assert bounds.lower <= point * (1 + 1e-12)
    assert point <= bounds.upper * (1 + 1e-12)
    assert np.isfinite(bounds.value)
