"""Growth: reference values, laws and refusals."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xjranalysis import ModelError, cagr, doubling_time, required_rate, target_path
from xjranalysis.growth import crossing


def test_reference_values():
    assert cagr(100, 121, 2) == pytest.approx(0.1)
    assert doubling_time(1.0) == 1
    assert doubling_time(2 ** (1 / 3) - 1) == pytest.approx(3)


@given(st.floats(1e-3, 1e9), st.floats(1e-3, 5), st.integers(1, 50))
def test_cagr_undoes_compounding(start, rate, years):
    assert cagr(start, start * (1 + rate) ** years, years) == pytest.approx(rate, rel=1e-6, abs=1e-9)


@given(st.floats(1e-4, 10))
def test_doubling_time_inverts_growth(rate):
    assert (1 + rate) ** doubling_time(rate) == pytest.approx(2)


def test_arrays():
    assert cagr(np.array([100, 50]), np.array([121, 50]), 2) == pytest.approx([0.1, 0])


@given(st.floats(1e-4, 10))
def test_doubling_time_is_the_time_that_the_rate_is_required_for(rate):
    assert required_rate(1, 2, doubling_time(rate)) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("wrong", "shown"),
    [(0, "0"), (-1, "-1"), (math.nan, "nan"), (math.inf, "inf"), ([1, -2, -3], "-2"), (None, "nan")],
)
@pytest.mark.parametrize(
    ("function", "name"),
    [
        (cagr, "start"), (cagr, "end"), (cagr, "years"),
        (required_rate, "start"), (required_rate, "target"), (required_rate, "years"),
    ],
)  # fmt: skip
def test_refusal_names_the_value(function, name, wrong, shown):
    """Function, argument and value; of an array the first that does not fit, and None is a missing one."""
    inputs = {"start": 1.0, "end" if function is cagr else "target": 2.0, "years": 2.0} | {name: wrong}
    with pytest.raises(ModelError) as refused:
        function(**inputs)
    reason = f"{name} has to be a positive finite number, not {shown}"
    assert str(refused.value) == f"{function.__name__}: {reason}"


@pytest.mark.parametrize("wrong", [0, -0.1, math.nan])
def test_what_does_not_grow_does_not_double(wrong):
    with pytest.raises(ModelError, match=r"^doubling_time: rate has to be a positive finite number"):
        doubling_time(wrong)


def test_required_rates_of_the_plan():
    assert required_rate(34_200, 60_000, 3) == pytest.approx(0.2061, abs=5e-5)
    assert required_rate(1779, 3000, 3) == pytest.approx(0.1903, abs=5e-5)
    assert required_rate(1, 2, 3) == pytest.approx(0.2599, abs=5e-5)


@given(st.floats(1, 1e6), st.floats(1, 1e6), st.integers(1, 20))
def test_required_rate_leads_to_the_target(start, target, years):
    rate = required_rate(start, target, years)
    assert start * (1 + rate) ** years == pytest.approx(target, rel=1e-9)
    path = target_path(start, 2012, target, 2012 + years)
    assert path.iloc[[0, -1]].tolist() == pytest.approx([start, target])
    assert path.to_numpy() == pytest.approx(start * (1 + rate) ** np.arange(years + 1))


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        ((0, 2012, 30, 2015, "linear"), {2012: 0, 2013: 10, 2014: 20, 2015: 30}),
        ((5, 2013, 2, 2016, "linear"), {2013: 5, 2014: 4, 2015: 3, 2016: 2}),
        ((3, 2011, 48, 2013, "geometric"), {2011: 3, 2012: 12, 2013: 48}),
        ((3, 2012, 6, 2013), {2012: 3, 2013: 6}),
    ],
)
def test_paths_by_hand(arguments, values):
    path = target_path(*arguments)
    assert path.to_dict() == pytest.approx(values)
    assert (path.name, path.index.name) == ("target", "year")


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.integers(1, 20))
def test_linear_path_rises_by_the_same_every_year(start, target, years):
    path = target_path(start, 2012, target, 2012 + years, shape="linear")
    assert path.iloc[[0, -1]].tolist() == pytest.approx([start, target], abs=1e-6)
    assert np.diff(path) == pytest.approx((target - start) / years, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 2015, 2, 2015), "target year 2015 is not after start year 2015"),
        ((0, 2012, 2, 2015), "start has to be a positive finite number, not 0"),
        ((2, 2012, -2, 2015), "target has to be a positive finite number, not -2"),
        ((1, 2012, 2, 2015, "curved"), "shape 'curved' is not one of geometric, linear"),
        ((1, 2012, math.inf, 2015, "linear"), "1, 2012, inf, 2015 are not finite numbers of whole years"),
        ((math.nan, 2012, 2, 2015), "nan, 2012, 2, 2015 are not finite numbers of whole years"),
        ((1, 2012.5, 2, 2015), "1, 2012.5, 2, 2015 are not finite numbers of whole years"),
        ((1, 2012, 2, 2014.5, "linear"), "1, 2012, 2, 2014.5 are not finite numbers of whole years"),
        ((1, 2012.5, 2, 2014.5), "1, 2012.5, 2, 2014.5 are not finite numbers of whole years"),
    ],
)
def test_paths_refuse(arguments, message):
    with pytest.raises(ModelError) as refused:
        target_path(*arguments)
    assert str(refused.value) == f"target_path: {message}"


RISING = {2011: 5, 2012: 10, 2013: 20, 2014: 20, 2015: 40}


@pytest.mark.parametrize(
    ("values", "level", "time"),
    [
        (RISING, 15, 2012.5), (RISING, 12, 2012.2), (RISING, 6, 2011.2), (RISING, 25, 2014.25),
        (RISING, 10, 2012), (RISING, 20, 2013), (RISING, 40, 2015),  # met exactly, and first met
        (RISING, 5, 2011), (RISING, 4, 2011),  # from the first year on
        ({2010: 4, 2012: 8}, 5, 2010.5),  # years need not follow each other
        ({2010: 1, 2011: 9, 2012: 2, 2013: 8}, 5, 2010.5),  # the first time, if it is left and met again
        ({2010: 7}, 5, 2010),
    ],
)  # fmt: skip
def test_crossing_by_hand(values, level, time):
    assert crossing(pd.Series(values), level) == pytest.approx(time)


def test_what_is_never_reached_has_no_crossing():
    assert math.isnan(crossing(pd.Series(RISING), 41))
    assert math.isnan(crossing(pd.Series({2010: None, 2011: 3}), 5))


@given(st.floats(1, 1e6), st.floats(1.001, 10), st.integers(1, 10), st.floats(0, 1), st.sampled_from(["geometric", "linear"]))  # fmt: skip
def test_path_is_at_the_level_when_it_crosses_it(start, multiple, years, share, shape):
    path = target_path(start, 2012, start * multiple, 2012 + years, shape)
    level = path.iloc[0] + share * (path.iloc[-1] - path.iloc[0])
    level = min(level, path.iloc[-1])
    time = crossing(path, level)
    assert np.interp(time, path.index, path) == pytest.approx(level, rel=1e-9)
    assert (path[path.index < math.floor(time)] < level).all()
