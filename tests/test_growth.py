"""Growth: reference values, laws and refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xjranalysis import ModelError, cagr, doubling_time


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
