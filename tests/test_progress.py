"""Progress: components re-derived from each house's formula, cut-offs, and what cannot be assessed."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xjranalysis import Bounds, ModelError, assess_progress, progress_table
from xjranalysis.progress import HOUSES

POSITIVE = st.floats(1, 1e6)


def open_sdg(base, base_year, current, current_year, target, target_year, direction):
    """The published Open SDG formula for quantitative targets, written out once more."""
    observed = (current / base) ** (1 / (current_year - base_year)) - 1
    required = (target / base) ** (1 / (target_year - base_year)) - 1
    ratio = direction * observed / abs(required)
    achieved = current >= target if direction == 1 else current <= target
    if achieved:
        return ratio, "target_achieved"
    names = [(0.95, "on_track"), (0.6, "acceleration_needed"), (0, "limited_progress")]
    return ratio, next((name for cut, name in names if ratio >= cut), "deterioration")


@given(POSITIVE, POSITIVE, POSITIVE, st.integers(1, 3), st.sampled_from([1, -1]))
def test_eurostat_equals_open_sdg(base, current, target, passed, direction):
    if abs(base - target) < 1e-6 * base:
        return
    word = "increase" if direction == 1 else "decrease"
    found = assess_progress(base, 2012, current, 2012 + passed, target, 2015, direction=word)
    ratio, verdict = open_sdg(base, 2012, current, 2012 + passed, target, 2015, direction)
    assert found.ratio == pytest.approx(ratio, rel=1e-9, abs=1e-12)
    if min(abs(ratio - cut) for cut in (0, 0.6, 0.95)) > 1e-9:
        assert found.verdict == verdict


def test_components_of_every_house():
    """34,200 to 50,000 after one year of three, towards 60,000."""
    table = progress_table(34_200, 2012, 50_000, 2013, 60_000, 2015, direction="increase")
    assert table.observed["eurostat"] == pytest.approx(50_000 / 34_200 - 1)
    assert table.required["eurostat"] == pytest.approx((60_000 / 34_200) ** (1 / 3) - 1)
    assert table.expected["unsd"] == pytest.approx(50_000 * (50_000 / 34_200) ** 2)
    assert table.ratio["unsd"] == pytest.approx((50_000**3 / 34_200**2 - 34_200) / 25_800)
    assert (table.observed["sdsn"], table.required["sdsn"]) == pytest.approx((15_800, 8600))
    assert table.ratio["sdsn"] == pytest.approx(15_800 / 8600)
    assert table.expected["escap"] == pytest.approx(34_200 + 3 * 15_800)
    assert list(table.index) == list(HOUSES)


# 100, then 121 after two of three years, towards 133.1: observed, required, ratio, expected, status_index
AFTER_TWO_YEARS = {
    "eurostat": (0.1, 0.1, 1, 133.1, math.nan),
    "unsd": (0.1, 0.1, 1, 133.1, math.nan),
    "sdsn": (10.5, 33.1 / 3, 31.5 / 33.1, 131.5, math.nan),
    "escap": (10.5, 33.1 / 3, 31.5 / 33.1, 131.5, 210 / 33.1),
}


@pytest.mark.parametrize("house", HOUSES)
def test_components_after_two_of_three_years(house):
    found = assess_progress(100, 2012, 121, 2014, 133.1, 2015, direction="increase", house=house)
    components = found[["observed", "required", "ratio", "expected", "status_index"]].tolist()
    assert components == pytest.approx(AFTER_TWO_YEARS[house], nan_ok=True)
    assert (found.base_value, found.base_year, found.current_value, found.current_year) == (
        100,
        2012,
        121,
        2014,
    )
    assert (found.target, found.target_year, found.direction) == (133.1, 2015, 1)
    assert (found.house, found.source) == (house, HOUSES[house])


def test_table_takes_the_history():
    history = pd.Series([10.0, 12.0, 20.0], index=[2010, 2011, 2012])
    table = progress_table(10, 2010, 20, 2012, 40, 2015, direction="increase", history=history)
    alone = progress_table(10, 2010, 20, 2012, 40, 2015, direction="increase")
    assert (table.expected != alone.expected).to_dict() == {
        "eurostat": False, "unsd": False, "sdsn": False, "escap": True}  # fmt: skip


@given(POSITIVE, st.floats(1.01, 10), st.integers(1, 5), st.integers(1, 5), st.sampled_from(list(HOUSES)))
def test_who_keeps_to_the_path_is_on_track(base, multiple, passed, left, house):
    """On the geometric path the first two houses' ratio is 1, on the linear path that of the others."""
    share = passed / (passed + left)
    geometric = house in ("eurostat", "unsd")
    current = base * multiple**share if geometric else base * (1 + (multiple - 1) * share)
    found = assess_progress(
        base,
        2012,
        current,
        2012 + passed,
        base * multiple,
        2012 + passed + left,
        direction="increase",
        house=house,
    )
    assert found.ratio == pytest.approx(1)
    assert found.observed == pytest.approx(found.required)
    assert found.expected == pytest.approx(found.target)


def test_weighted_trend_uses_the_history():
    """The later points pull harder: by hand with weights 1, 2, 3."""
    history = pd.Series([10.0, 12.0, 20.0], index=[2010, 2011, 2012])
    found = assess_progress(
        10, 2010, 20, 2012, 40, 2015, direction="increase", house="escap", history=history
    )
    weights, years = [1, 2, 3], [2010, 2011, 2012]
    centre = sum(w * y for w, y in zip(weights, years, strict=True)) / 6
    level = sum(w * v for w, v in zip(weights, history, strict=True)) / 6
    slope = sum(
        w * (y - centre) * (v - level) for w, y, v in zip(weights, years, history, strict=True)
    ) / sum(w * (y - centre) ** 2 for w, y in zip(weights, years, strict=True))
    assert found.observed == pytest.approx(slope)
    assert found.expected == pytest.approx(level + slope * (2015 - centre))


@pytest.mark.parametrize(
    ("house", "current", "verdict", "reason"),
    [
        ("eurostat", 200, "target_achieved", "the current value reaches the target"),
        ("eurostat", 126, "on_track", "ratio 1.00 is at least 0.95"),
        ("eurostat", 118, "acceleration_needed", "ratio 0.69 is at least 0.6"),
        ("eurostat", 105, "limited_progress", "ratio 0.19 is at least 0"),
        ("eurostat", 95, "deterioration", "ratio -0.19 is below 0"),
        ("unsd", 130, "substantial_progress", "ratio 1.20 is at least 0.95"),
        ("unsd", 110, "fair_progress", "ratio 0.33 is at least 0.1"),
        ("unsd", 101, "limited_or_no_progress", "ratio 0.03 is below 0.1"),
        ("sdsn", 140, "on_track", "ratio 1.20 is at least 1"),
        ("sdsn", 120, "moderately_improving", "ratio 0.60 is at least 0.5"),
        ("sdsn", 105, "stagnating", "ratio 0.15 is at least 0"),
        ("sdsn", 95, "decreasing", "ratio -0.15 is below 0"),
        ("escap", 140, "maintain", "ratio 1.20 is at least 0.9"),
        ("escap", 110, "accelerate", "ratio 0.30 is at least 0"),
        ("escap", 90, "reverse", "ratio -0.30 is below 0"),
    ],
)
def test_verdicts(house, current, verdict, reason):
    """Base 100 in 2012, target 200 in 2015, after one year."""
    found = assess_progress(100, 2012, current, 2013, 200, 2015, direction="increase", house=house)
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("current", "verdict"), [(200, "on_track"), (150, "moderately_improving"), (100, "stagnating")]
)
def test_cut_off_itself_belongs_to_the_better_verdict(current, verdict):
    """Base 100, target 400: the linear rate asked for is 100 a year."""
    found = assess_progress(100, 2012, current, 2013, 400, 2015, direction="increase", house="sdsn")
    assert found.verdict == verdict


def test_progress_downwards():
    found = assess_progress(100, 2012, 80, 2013, 50, 2015, direction="decrease")
    assert found.verdict == "on_track"
    assert assess_progress(100, 2012, 110, 2013, 50, 2015, direction="decrease").verdict == "deterioration"


@pytest.mark.parametrize("house", HOUSES)
@pytest.mark.parametrize(
    ("base", "current", "year", "reason"),
    [
        (100, 110, 2012, "the current year 2012 is not from 2013 to 2015"),
        (100, 110, 2016, "the current year 2016 is not from 2013 to 2015"),
        (-5, 110, 2013, "-5 is not a positive number"),
        (100, math.nan, 2013, "nan is not a positive number"),
        (100, 0, 2013, "0 is not a positive number"),
        (None, 110, 2013, "nan is not a positive number"),
        (100, math.inf, 2013, "inf is not a positive number"),
        (200, 210, 2013, "the base is the target already"),
    ],
)
def test_unable_to_assess(house, base, current, year, reason):
    found = assess_progress(base, 2012, current, year, 200, 2015, direction="increase", house=house)
    assert (found.verdict, found.reason) == ("unable_to_assess", reason)
    assert found[["observed", "required", "ratio", "expected", "status_index"]].isna().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"direction": "up"}, "direction 'up' is not one of increase, decrease"),
        ({"house": "oecd"}, "house 'oecd' is not one of eurostat, unsd, sdsn, escap"),
        ({"target_year": 2012}, "target year 2012 is not after base year 2012"),
    ],
)
def test_wrong_calls(change, message):
    arguments = {
        "base": 1,
        "base_year": 2012,
        "current": 2,
        "current_year": 2013,
        "target": 3,
        "target_year": 2015,
    }
    with pytest.raises(ModelError) as refused:
        assess_progress(**({"direction": "increase"} | arguments | change))
    assert str(refused.value) == f"assess_progress: {message}"


def test_target_against_the_direction():
    """A fall is no progress towards a lower target when more is aimed at."""
    table = progress_table(70_000, 2012, 50_000, 2013, 60_000, 2015, direction="increase")
    assert table.verdict.drop("eurostat").unique().tolist() == ["unable_to_assess"]
    assert table.reason["unsd"] == "the target does not lie in the direction of progress"


def test_target_a_little_above_the_base_is_one():
    found = assess_progress(1, 2012, 1.2, 2013, 1.5, 2015, direction="increase", house="sdsn")
    assert (found.verdict, found.ratio) == ("on_track", pytest.approx(1.2))


def test_current_status_index():
    found = assess_progress(100, 2012, 150, 2013, 200, 2015, direction="increase", house="escap")
    assert found.status_index == pytest.approx(5)


@pytest.mark.parametrize(
    ("values", "years", "message"),
    [
        ([120.0], [2013], "the history needs two or more ascending years, not [2013]"),
        ([100.0, 90.0, 120.0], [2012, 2011, 2013],
         "the history needs two or more ascending years, not [2012, 2011, 2013]"),
        ([100.0, 110.0, 120.0], [2012, 2013, 2013],
         "the history needs two or more ascending years, not [2012, 2013, 2013]"),
        ([math.nan, 120.0], [2012, 2013], "the history holds a value that is not a positive number: [nan, 120.0]"),
        ([None, 120.0], [2012, 2013], "the history holds a value that is not a positive number: [None, 120.0]"),
        ([math.inf, 120.0], [2012, 2013], "the history holds a value that is not a positive number: [inf, 120.0]"),
        ([0.0, 120.0], [2012, 2013], "the history holds a value that is not a positive number: [0.0, 120.0]"),
        ([-1.0, 120.0], [2012, 2013], "the history holds a value that is not a positive number: [-1.0, 120.0]"),
        ([90.0, 100.0, 130.0], [2010, 2011, 2012], "the history ends in 2012, not in the current year"),
    ],
)  # fmt: skip
def test_history_is_checked(values, years, message):
    history = pd.Series(values, index=years, dtype=object if None in values else float)
    with pytest.raises(ModelError) as refused:
        assess_progress(100, 2012, 120, 2013, 200, 2015, direction="increase", house="escap", history=history)
    assert str(refused.value) == f"assess_progress: {message}"


def test_history_of_small_numbers_is_one():
    history = pd.Series([0.1, 0.5], index=[2012, 2013])
    found = assess_progress(
        0.1, 2012, 0.5, 2013, 2, 2015, direction="increase", house="escap", history=history
    )
    assert found.expected == pytest.approx(1.3)


def test_bounds_go_through():
    """50,000 printed as 5万 may be 45,000: the ratio's bounds say so, and whether the verdict holds."""
    current = Bounds(50_000, 45_000, 55_000)
    found = assess_progress(34_200, 2012, current, 2013, 60_000, 2015, direction="increase")
    required = (60_000 / 34_200) ** (1 / 3) - 1
    assert (found.ratio_lower, found.ratio_upper) == pytest.approx(
        ((45_000 / 34_200 - 1) / required, (55_000 / 34_200 - 1) / required)
    )
    assert found.settled
    close = assess_progress(100, 2012, Bounds(126, 115, 137), 2013, 200, 2015, direction="increase")
    assert (close.verdict, close.settled) == ("on_track", False)
    plain = assess_progress(100, 2012, 126, 2013, 200, 2015, direction="increase")
    assert plain.ratio_lower == plain.ratio_upper == plain.ratio


def test_direction_has_no_default():
    with pytest.raises(TypeError, match="direction"):
        assess_progress(1, 2012, 2, 2013, 3, 2015)
