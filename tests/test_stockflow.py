"""Stock-flow: closed form, monotony, seeds, chances, and refusals."""

import math

import numpy as np
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from xjranalysis import Bounds, ModelError, Triangular, break_even_exit_rate, simulate_stock_flow
from xjranalysis.display import speaking
from xjranalysis.stockflow import QUANTILES, _quantiles, closed_form

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


@given(st.floats(0, 0.5), st.floats(0, 2), st.floats(0, 1), st.sampled_from(list(LEVERS)))
def test_more_delivered_never_lowers_the_stock(rate, share, more, lever):
    shares = dict.fromkeys(LEVERS, share)
    fewer = simulate_stock_flow(34_200, LEVERS, rate, shares, YEARS, draws=1).quantiles
    many = simulate_stock_flow(34_200, LEVERS, rate, shares | {lever: share + more}, YEARS, draws=1).quantiles
    assert (many[0.5] >= fewer[0.5] * (1 - 1e-6)).all()


def test_same_seed_same_result():
    arguments = (34_200, LEVERS, Triangular(0.02, 0.045, 0.08), Triangular(0.7, 1, 1.3), YEARS)
    first, again = (simulate_stock_flow(*arguments, draws=500, seed=7, target=60_000) for _ in range(2))
    assert first.quantiles.equals(again.quantiles)
    assert first.chances.equals(again.chances)
    other = simulate_stock_flow(*arguments, draws=500, seed=8)
    assert not first.quantiles.equals(other.quantiles)
    assert (other.draws, other.seed) == (500, 8)


def test_default_draws_and_seed():
    result = simulate_stock_flow(10, {"founded": 3}, 0.1, 1, YEARS)
    assert (result.draws, result.seed) == (10_000, 0)


def test_exits_differ_from_path_to_path():
    """Of 1000 firms a share from 0 to 1 exits; on every path another."""
    row = simulate_stock_flow(
        1000, {"founded": 0}, Triangular(0, 0.5, 1), 1, (2013,), draws=20_000
    ).quantiles.iloc[0]
    spread = Triangular(0, 0.5, 1)
    assert [row[share] for share in QUANTILES] == pytest.approx(
        [1000 * (1 - spread.quantile(1 - share)) for share in QUANTILES], rel=0.03
    )


@given(st.integers(1, 40), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_quantiles_are_those_of_numpy(draws, areas, seed):
    stock = np.random.default_rng(seed).uniform(0, 1e6, (areas, draws))
    assert _quantiles(stock) == pytest.approx(np.quantile(stock, QUANTILES, axis=1).T, rel=1e-5)


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


def test_chances_of_each_area():
    """Twice the start is reached where it is met exactly; an area of half a firm has its double too."""
    result = simulate_stock_flow(
        [30, 10, 10, 0.5], {"founded": [30, 15, 9, 1]}, 0, 1, (2013,), draws=4, target=[61, 25, 19.5, 1],
        areas=("a", "b", "c", "d"),
    )  # fmt: skip
    assert result.chances.index.name == "area"
    assert result.chances.target.to_dict() == {"a": 0, "b": 1, "c": 0, "d": 1}
    assert result.chances.doubling.to_dict() == {"a": 1, "b": 1, "c": 0, "d": 1}


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
    assert result.quantiles.area.tolist() == np.repeat(areas, 3).tolist()
    assert result.quantiles[0.5].notna().all()


def test_sensitivity_moves_one_input_at_a_time():
    exits = Triangular(0.02, 0.045, 0.08)
    result = simulate_stock_flow(34_200, LEVERS, exits, Triangular(0.7, 1, 1.3), YEARS, draws=10)
    table = result.sensitivity.set_index("input")
    assert table.swing.is_monotonic_decreasing
    low, high = (float(closed_form(34_200, 10_000, exits.quantile(share), 3)) for share in (0.1, 0.9))
    assert (table.low["exit_rate"], table.high["exit_rate"]) == pytest.approx((low, high))
    assert table.swing["delivery of attracted"] > table.swing["delivery of upgraded"]


def test_sensitivity_by_hand():
    """100 firms lose 10 to 30 %; 50 and 20 are added, of which 60 to 80 % and always half come."""
    exits, delivered = Triangular(0.1, 0.2, 0.3), {"a": Triangular(0.6, 0.7, 0.8), "b": 0.5}
    result = simulate_stock_flow(100, {"a": 50, "b": 20}, exits, delivered, (2013,), draws=1, areas=("x",))
    table = result.sensitivity
    assert table.columns.tolist() == ["area", "input", "low", "high", "swing"]
    assert table.area.tolist() == ["x"] * 3
    assert table.input.tolist() == ["exit_rate", "delivery of a", "delivery of b"]
    tenth = (0.1 * 0.2 * 0.1) ** 0.5  # from the lowest to the 10 % quantile: √(share · width · rise)
    low = [100 * (0.9 - tenth) + 35 + 10, 80 + 50 * (0.6 + tenth) + 10, 125]
    high = [100 * (0.7 + tenth) + 35 + 10, 80 + 50 * (0.8 - tenth) + 10, 125]
    assert table.low.tolist() == pytest.approx(low)
    assert table.high.tolist() == pytest.approx(high)
    assert table.swing.tolist() == pytest.approx(
        [abs(end - begin) for begin, end in zip(low, high, strict=True)]
    )


@pytest.mark.parametrize(
    ("start", "additions", "target", "years", "rate"),
    [
        (100, 10, 60, 1, 0.5),
        (100, 10, 130, 3, 0),  # just reached without exits
        (100, 10, 129.9, 3, 0.1 / 330),  # the first firms exit three times, those added twice, once, never
        (100, 10, 10, 3, 1),  # all exit, and the last year's additions stay
    ],
)
def test_break_even_by_hand(start, additions, target, years, rate):
    assert break_even_exit_rate(start, additions, target, years) == pytest.approx(rate, rel=1e-2, abs=1e-9)


@given(st.floats(1, 1e5), st.floats(0, 1e4), st.floats(0, 1), st.integers(1, 10))
def test_break_even_inverts_the_closed_form(start, additions, rate, years):
    target = float(closed_form(start, additions, rate, years))
    limits = [float(closed_form(start, additions, end, years)) for end in (1, 0)]
    target = min(max(target, limits[0]), limits[1])
    found = break_even_exit_rate(start, additions, target, years)
    assert float(closed_form(start, additions, found, years)) == pytest.approx(target, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((100, 10, 131, 3), "no exit rate from 0 to 1 leads to 131: without exits the stock is 130"),
        ((100, 10, 9.5, 3), "no exit rate from 0 to 1 leads to 9.5: without exits the stock is 130"),
        ((math.nan, 10, 60, 3), "needs finite numbers and a year or more, not nan, 10, 60, 3"),
        ((100, math.inf, 60, 3), "needs finite numbers and a year or more, not 100, inf, 60, 3"),
        ((100, 10, 60, 0), "needs finite numbers and a year or more, not 100, 10, 60, 0"),
    ],
)
def test_break_even_refuses(arguments, message):
    with pytest.raises(ModelError) as refused:
        break_even_exit_rate(*arguments)
    assert str(refused.value) == f"break_even_exit_rate: {message}"


def test_break_even_exit_rate():
    rate = break_even_exit_rate(34_200, 10_000, 60_000, 3)
    assert float(closed_form(34_200, 10_000, rate, 3)) == pytest.approx(60_000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": -1}, "start has to be finite and not negative, not -1"),
        ({"start": math.nan}, "start has to be finite and not negative, not nan"),
        ({"additions": {"founded": -5}}, "additions of founded has to be finite and not negative, not -5"),
        ({"target": -1}, "target has to be finite and not negative, not -1"),
        ({"exit_rate": Triangular(-0.1, 0, 0.1)}, "the exit rate can be -0.1 to 0.1; expected within 0 to 1"),
        ({"exit_rate": 1.5}, "the exit rate can be 1.5 to 1.5; expected within 0 to 1"),
        ({"delivery": Triangular(-0.1, 0, 0.1)}, "the delivery of founded can be -0.1, below 0"),
        ({"delivery": {"attracted": ONE}}, "levers and deliveries differ in attracted, founded"),
        ({"years": ()}, "needs at least one year and one draw, not 0 and 10"),
        ({"draws": 0}, "needs at least one year and one draw, not 3 and 0"),
        ({"years": (2013, 2013)}, "the years [2013, 2013] do not follow each other"),
        ({"areas": ("a", "b", "a")}, "an area is named twice"),
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
    with pytest.raises(ModelError) as refused:
        simulate_stock_flow(**({"draws": 10} | arguments | change))
    assert str(refused.value) == f"simulate_stock_flow: {message}"


def test_ends_of_what_is_allowed():
    """All may exit, and nothing need be delivered."""
    result = simulate_stock_flow(
        10, {"founded": 3}, Triangular(0, 0.5, 1), Triangular(0, 0.5, 1), YEARS, draws=9
    )
    assert (result.quantiles[0.5] > 0).all()
    assert simulate_stock_flow(10, {"founded": 3}, 1, 0, YEARS, draws=2).quantiles[0.5].tolist() == [0, 0, 0]


@pytest.mark.parametrize("numbers", [(0.2, 0.1, 0.3), (0.1, 0.4, 0.3), (-math.inf, 0, 1), (0, 1, math.inf)])
def test_distribution_has_to_ascend(numbers):
    with pytest.raises(ModelError) as refused:
        Triangular(*numbers)
    shown = ", ".join(f"{number:g}" for number in numbers)
    assert str(refused.value) == f"Triangular: {shown} do not ascend"


def shown_tables(result):
    """Headings, column names and cells of what a notebook shows of a result."""
    page = BeautifulSoup(result._repr_html_(), "html.parser")
    tables = [
        [[cell.text for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
        for table in page.find_all("table")
    ]
    assert not [text for text in page.find_all(string=True, recursive=False) if text.strip()]
    return [text.text for text in page.find_all("p")], tables


def test_result_is_shown_in_a_notebook():
    levers, areas = {"founded": 300_000}, ("a", "b")
    result = simulate_stock_flow([10_000, 90], levers, 0.5, 1, (2013,), draws=2, target=303_000, areas=areas)
    headings, (quantiles, chances, sensitivity) = shown_tables(result)
    assert headings == [
        "StockFlow(2 area(s), 2 draws, seed 0)",
        "Stock at the end of the year",
        "Chance",
        "Stock of the last year, with one input at its 10% and at its 90% quantile",
    ]
    assert quantiles[0] == ["area", "year", *(f"{share:.0%} quantile" for share in QUANTILES)]
    assert quantiles[1:] == [["a", "2013", *["305,000"] * 7], ["b", "2013", *["300,045"] * 7]]
    assert chances == [["area", "target", "doubling"], ["a", "100.0%", "100.0%"], ["b", "0.0%", "100.0%"]]
    assert sensitivity[0] == ["area", "input", "low", "high", "swing"]
    assert sensitivity[1] == ["a", "exit_rate", "305,000", "305,000", "0"]
    assert 'border="' not in result._repr_html_().replace('border="0"', "")


def test_result_of_one_area_names_none_and_small_numbers_have_decimals():
    result = simulate_stock_flow(10, {"founded": 30}, 0.5, 1, (2013,), draws=2)
    with speaking("zh"):
        headings, (quantiles, chances, sensitivity) = shown_tables(result)
    assert headings[1:] == ["年末存量", "可能性", "末年存量：单项假设取10%和90%分位数"]
    assert quantiles == [["年份", *(f"{share:.0%}分位数" for share in QUANTILES)], ["2013", *["35.00"] * 7]]
    assert chances == [["翻番"], ["100.0%"]]
    assert sensitivity[:2] == [["假设", "低", "高", "变动幅度"], ["exit_rate", "35.00", "35.00", "0.00"]]
    hundred = simulate_stock_flow(140, {"founded": 30}, 0.5, 1, (2013,), draws=2)
    assert shown_tables(hundred)[1][0][1] == ["2013", *["100"] * 7]


def test_areas_are_shown_in_chinese_and_what_has_no_double_is_a_dash():
    result = simulate_stock_flow(
        [0, 10], {"founded": 12}, 0, 1, (2013,), draws=2, target=[12, 23], areas=("a", "b")
    )
    with speaking("zh"):
        _, (quantiles, chances, sensitivity) = shown_tables(result)
    assert (quantiles[0][0], sensitivity[0][0]) == ("地区", "地区")
    assert chances == [["地区", "达到目标", "翻番"], ["a", "100.0%", "–"], ["b", "0.0%", "100.0%"]]


def test_long_results_are_shown_in_part():
    areas = [str(number) for number in range(70)]
    result = simulate_stock_flow(np.full(70, 100.0), {"founded": 30}, 0.1, 1, (2013,), draws=1, areas=areas)
    _, (quantiles, _, _) = shown_tables(result)
    assert len(quantiles) == 1 + 60 + 1  # heading, rows, dots


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
