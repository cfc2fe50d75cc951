"""Stock-flow: closed form, monotony, seeds, chances, and refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xjranalysis import Bounds, ModelError, Triangular, break_even_exit_rate, simulate_stock_flow
from xjranalysis.stockflow import QUANTILES, closed_form

LEVERS = {"founded": 10_000, "attracted": 12_000, "upgraded": 8_000}
YEARS = (2013, 2014, 2015)
ONE = Triangular(1, 1, 1)


def fixed(value):
    return Triangular(value, value, value)


@given(st.floats(0, 1e6), st.floats(0, 1e5), st.floats(0, 0.99), st.integers(1, 20))
def test_closed_form_is_the_recursion(start, additions, rate, years):
    stock = start
    for _ in range(years):
        stock = stock * (1 - rate) + additions
    assert float(closed_form(start, additions, rate, years)) == pytest.approx(stock, rel=1e-6, abs=1e-6)


@given(st.floats(0, 1e5), st.floats(0, 0.9))
def test_fixed_inputs_equal_the_closed_form(start, rate):
    result = simulate_stock_flow(start, LEVERS, fixed(rate), ONE, YEARS, draws=3)
    for number, year in enumerate(YEARS, start=1):
        row = result.quantiles[result.quantiles.year == year]
        expected = float(closed_form(start, 10_000, rate, number))
        assert row[list(QUANTILES)].to_numpy() == pytest.approx(expected)


@given(st.floats(0, 0.5), st.floats(0, 0.4))
def test_more_exits_never_raise_the_stock(rate, more):
    fewer = simulate_stock_flow(34_200, LEVERS, fixed(rate), ONE, YEARS, draws=1).quantiles
    many = simulate_stock_flow(34_200, LEVERS, fixed(rate + more), ONE, YEARS, draws=1).quantiles
    assert (many[0.5] <= fewer[0.5] + 1e-6).all()


def test_same_seed_same_result():
    arguments = (34_200, LEVERS, Triangular(0.02, 0.045, 0.08), Triangular(0.7, 1, 1.3), YEARS)
    first, again = (simulate_stock_flow(*arguments, draws=500, seed=7, target=60_000) for _ in range(2))
    assert first.quantiles.equals(again.quantiles)
    assert first.chances.equals(again.chances)
    other = simulate_stock_flow(*arguments, draws=500, seed=8)
    assert not first.quantiles.equals(other.quantiles)


def test_quantiles_and_chances_of_known_draws():
    """With only one uncertain input the quantiles are those of its distribution."""
    spread = Triangular(0.5, 1, 1.5)
    result = simulate_stock_flow(0, {"founded": 1000}, fixed(0), spread, (2013,), draws=200_000, target=1000)
    row = result.quantiles.iloc[0]
    for share in QUANTILES:
        assert row[share] == pytest.approx(1000 * spread.quantile(share), rel=5e-3)
    assert result.chances.target.iloc[0] == pytest.approx(0.5, abs=0.01)


def test_quantile_inverts_the_distribution():
    draws = np.random.default_rng(1).triangular(1, 2, 5, 400_000)
    for share in QUANTILES:
        assert Triangular(1, 2, 5).quantile(share) == pytest.approx(np.quantile(draws, share), rel=1e-2)


def test_chance_of_certain_things():
    sure = simulate_stock_flow(10, {"founded": 30}, fixed(0), ONE, YEARS, draws=5, target=40)
    assert sure.chances.iloc[0].tolist() == [1, 1]
    never = simulate_stock_flow(10, {"founded": 3}, fixed(0), ONE, YEARS, draws=5, target=40)
    assert never.chances.iloc[0].tolist() == [0, 0]
    assert math.isnan(
        simulate_stock_flow(10, {"founded": 3}, fixed(0), ONE, YEARS, draws=5).chances.target.iloc[0]
    )


def test_rounding_of_the_start_is_drawn():
    """Bounds of the start are spread evenly, so fixed levers still give a spread result."""
    result = simulate_stock_flow(Bounds(100, 90, 110), {"founded": 0}, fixed(0), ONE, (2013,), draws=50_000)
    row = result.quantiles.iloc[0]
    assert (row[0.05], row[0.5], row[0.95]) == pytest.approx((91, 100, 109), abs=0.2)


def test_areas_at_once():
    """Each area has its own start, levers and target; numbers do not depend on how many there are."""
    result = simulate_stock_flow(
        [100, 200], {"founded": [30, 60]}, Triangular(0, 0.05, 0.1), Triangular(0.5, 1, 1.5), YEARS,
        draws=2000, target=[120, 250], areas=("a", "b"),
    )  # fmt: skip
    assert result.quantiles.area.tolist() == ["a"] * 3 + ["b"] * 3
    ends = result.quantiles[result.quantiles.year == 2015].set_index("area")[0.5]
    assert ends["b"] / ends["a"] == pytest.approx(2, rel=0.02)
    assert result.chances.index.tolist() == ["a", "b"]


def test_many_areas_run_in_chunks():
    areas = [str(number) for number in range(1500)]
    result = simulate_stock_flow(
        np.full(1500, 100.0), {"founded": 30}, Triangular(0, 0.05, 0.1), ONE, YEARS, draws=1000, areas=areas
    )
    assert len(result.quantiles) == 1500 * 3
    assert result.quantiles[0.5].notna().all()


def test_sensitivity_moves_one_input_at_a_time():
    exits = Triangular(0.02, 0.045, 0.08)
    result = simulate_stock_flow(34_200, LEVERS, exits, Triangular(0.7, 1, 1.3), YEARS, draws=10)
    table = result.sensitivity.set_index("input")
    assert table.swing.is_monotonic_decreasing
    low, high = (float(closed_form(34_200, 10_000, exits.quantile(share), 3)) for share in (0.1, 0.9))
    assert (table.low["exit_rate"], table.high["exit_rate"]) == pytest.approx((low, high))
    assert table.swing["delivery of attracted"] > table.swing["delivery of upgraded"]


def test_break_even_exit_rate():
    rate = break_even_exit_rate(34_200, 10_000, 60_000, 3)
    assert float(closed_form(34_200, 10_000, rate, 3)) == pytest.approx(60_000)
    with pytest.raises(ModelError, match="without exits the stock is 64200"):
        break_even_exit_rate(34_200, 10_000, 70_000, 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": -1}, "start has to be finite and not negative, not -1"),
        ({"start": math.nan}, "start has to be finite and not negative, not nan"),
        ({"additions": {"founded": -5}}, "additions of founded has to be finite and not negative, not -5"),
        ({"exit_rate": Triangular(-0.1, 0, 0.1)}, "the exit rate can be -0.1 to 0.1"),
        ({"delivery": Triangular(-0.1, 0, 0.1)}, "the delivery of founded can be -0.1, below 0"),
        ({"delivery": {"attracted": ONE}}, "levers and deliveries differ in attracted, founded"),
        ({"years": ()}, "needs at least one year and one draw, not 0 and 10"),
        ({"draws": 0}, "not 3 and 0"),
        ({"start": [1, 2, 3]}, "start has 3 values for 1 areas"),
    ],
)
def test_bad_input_says_which_value(change, message):
    arguments = {
        "start": 10,
        "additions": {"founded": 3},
        "exit_rate": fixed(0),
        "delivery": ONE,
        "years": YEARS,
    }
    with pytest.raises(ModelError, match=message):
        simulate_stock_flow(**({"draws": 10} | arguments | change))


def test_distribution_has_to_ascend():
    with pytest.raises(ModelError, match=r"0\.2, 0\.1, 0\.3 do not ascend"):
        Triangular(0.2, 0.1, 0.3)


@pytest.mark.parametrize("years", [(2013, 2013, 2015), (2015, 2014), (2013, 2015)])
def test_years_have_to_follow_each_other(years):
    with pytest.raises(ModelError, match="do not follow each other"):
        simulate_stock_flow(10, {"founded": 3}, fixed(0), ONE, years, draws=2)


def test_plain_numbers_are_fixed_distributions():
    plain = simulate_stock_flow(10, {"founded": 3}, 0.1, 1, YEARS, draws=2)
    assert plain.quantiles.equals(
        simulate_stock_flow(10, {"founded": 3}, fixed(0.1), ONE, YEARS, draws=2).quantiles
    )


def test_nothing_has_no_double():
    assert math.isnan(simulate_stock_flow(0, {"founded": 3}, 0, 1, YEARS, draws=2).chances.doubling.iloc[0])


def test_html_has_words_for_columns_and_readable_numbers():
    one = simulate_stock_flow(34_200, LEVERS, 0.045, 1, YEARS, draws=2, target=60_000)._repr_html_()
    assert "<th>5% quantile</th>" in one
    assert "<td>42,661</td>" in one  # 34,200 · 0.955 + 10,000
    assert "<td>0.0%</td>" in one
    assert "<th>area</th>" not in one


def test_html_names_areas_only_if_there_are_several_and_the_target_if_there_is_one():
    two = simulate_stock_flow(10, {"founded": 3}, 0.1, 1, YEARS, draws=2, areas=["a", "b"])._repr_html_()
    assert "<th>area</th>" in two
    assert "<td>b</td>" in two
    assert "<th>target</th>" not in two
