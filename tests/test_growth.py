"""Growth: reference values, laws and refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xjranalysis import ModelError, cagr, doubling_time, required_rate, target_path


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


@pytest.mark.parametrize("wrong", [0, -1, math.nan, math.inf])
@pytest.mark.parametrize("name", ["start", "end", "years"])
def test_refusal_names_the_value(name, wrong):
    inputs = {"start": 1.0, "end": 2.0, "years": 2.0} | {name: wrong}
    with pytest.raises(ModelError, match=f"{name} has to be a positive finite number, not {wrong:g}"):
        cagr(**inputs)


@pytest.mark.parametrize("wrong", [0, -0.1, math.nan])
def test_what_does_not_grow_does_not_double(wrong):
    with pytest.raises(ModelError, match="doubling_time: rate"):
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


def test_linear_path():
    assert target_path(0, 2012, 30, 2015, shape="linear").to_dict() == {2012: 0, 2013: 10, 2014: 20, 2015: 30}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 2015, 2, 2015), "target year 2015 is not after start year 2015"),
        ((0, 2012, 2, 2015), "start has to be a positive finite number, not 0"),
        ((1, 2012, 2, 2015, "curved"), "shape 'curved' is not one of geometric, linear"),
    ],
)
def test_paths_refuse(arguments, message):
    with pytest.raises(ModelError, match=message):
        target_path(*arguments)
