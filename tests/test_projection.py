"""Projections, intervals and backtests: reference values, laws, refusals, and many areas at once."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import xjranalysis as xjr
from xjranalysis import (
    DataError,
    Flows,
    ModelError,
    backtest,
    carrying_capacity,
    prediction_intervals,
    project,
    projection,
)
from xjranalysis.display import speaking
from xjranalysis.projection import MODELS, refusal
from xjranalysis.resources import PLANS

SMES = xjr.series("technology_smes").loc[2010:2012]
GIANTS = xjr.series("little_giants").loc[2010:2012]


def at(projection, model, year=2015):
    row = projection[(projection.model == model) & (projection.year == year)]
    return row.iloc[0]


def test_reference_values():
    """Those of METHODS: drift, constant growth and logistic for 2015."""
    smes, giants = project(SMES), project(GIANTS)
    assert at(smes, "drift").value == pytest.approx(66_750)
    assert at(smes, "constant_growth").value == pytest.approx(154_775, abs=1)
    assert at(smes, "logistic").value == pytest.approx(66_565, abs=1)
    assert carrying_capacity(SMES) == pytest.approx(76_255, abs=1)
    assert at(giants, "drift").value == pytest.approx(3358.5)
    assert at(giants, "constant_growth").value == pytest.approx(6824, abs=1)
    assert at(smes, "last_value").value == 34_200


def test_refused_models_stay_in_the_result():
    projection = project(GIANTS)
    assert set(projection.model) == set(MODELS)
    refused = projection[projection.year.isna()].set_index("model").reason
    assert refused["logistic"] == "P0·P2 = 1291554 is not below P1² = 1129969: growth does not slow down"
    assert refused["stock_flow"] == "no additions and exit rate were given"
    with pytest.raises(ModelError, match="growth does not slow down"):
        carrying_capacity(GIANTS)


def test_rounding_bounds_go_through():
    """Drift is highest with the last point at its upper and the first at its lower bound."""
    row = at(project(SMES), "drift")
    assert row.upper == pytest.approx(34_250 + 3 * (34_250 - 12_450) / 2)
    assert row.lower == pytest.approx(34_150 + 3 * (34_150 - 12_550) / 2)
    growth = at(project(SMES), "constant_growth")
    assert growth.upper == pytest.approx(34_250 * (34_250 / 12_450) ** 1.5)


def test_damping_is_swept():
    row = at(project(GIANTS), "damped_trend")
    slope = (1779 - 726) / 2
    assert row.value == pytest.approx(1779 + slope * (0.9 + 0.81 + 0.729))
    assert (row.lower, row.upper) == pytest.approx(
        (1779 + slope * (0.8 + 0.64 + 0.512), 1779 + slope * (0.98 + 0.98**2 + 0.98**3))
    )
    assert row.bounds == "rounding and assumption"


def test_stock_flow_takes_its_assumptions():
    row = at(project(SMES, flows=Flows(10_000, (0.0, 0.05, 0.1))), "stock_flow")
    stock = 34_200
    for _ in range(3):
        stock = stock * 0.95 + 10_000
    assert row.value == pytest.approx(stock)
    assert row.upper == pytest.approx(34_250 + 30_000)


@given(
    st.lists(st.floats(1, 1e6), min_size=3, max_size=3),
    st.floats(0, 0.2),
    st.lists(st.floats(-1, 1), min_size=3, max_size=3),
)
def test_bounds_contain_every_point_result(values, width, shares):
    """Whatever the unrounded points are, the projection from them lies within the bounds."""
    points = np.array(values)
    frame = pd.DataFrame(
        {"value": points, "lower": points * (1 - width / 2), "upper": points * (1 + width / 2)},
        index=[2010, 2011, 2012],
    )
    unrounded = pd.Series(points * (1 + width / 2 * np.array(shares)), index=frame.index)
    bounded, exact = project(frame), project(unrounded)
    for row in exact[exact.year.notna()].itertuples():
        match = bounded[(bounded.model == row.model) & (bounded.year == row.year)]
        assume(len(match))
        slack = 1e-9 * max(abs(row.value), 1)
        assert match.lower.iloc[0] - slack <= row.value <= match.upper.iloc[0] + slack


@given(st.floats(10, 1e6), st.floats(0.01, 2), st.integers(1, 10))
def test_constant_growth_continues_an_exponential(start, rate, ahead):
    years = [2010, 2011, 2012]
    series = pd.Series([start * (1 + rate) ** (year - 2010) for year in years], index=years)
    row = at(project(series, until=2012 + ahead), "constant_growth", 2012 + ahead)
    assert row.value == pytest.approx(start * (1 + rate) ** (2 + ahead), rel=1e-9)


@given(st.floats(100, 1e6), st.floats(0.2, 0.9), st.floats(1.2, 20))
def test_logistic_goes_through_a_logistic(top, ratio, spread):
    """Points of a logistic curve are continued on it."""
    years = [2010, 2011, 2012, 2013, 2014]
    curve = pd.Series([top / (1 + spread * ratio**step) for step in range(5)], index=years)
    past = curve.loc[:2012]
    assume(past[2010] * past[2012] < past[2011] ** 2 * (1 - 1e-9))
    projection = project(past, until=2014, models=["logistic"])
    assert projection.set_index("year").value[2014] == pytest.approx(curve[2014], rel=1e-6)
    assert carrying_capacity(past) == pytest.approx(top, rel=1e-6)


@pytest.mark.parametrize(
    ("index", "values", "error", "message"),
    [
        ([], [], ModelError, "needs at least one point, not 0"),
        ([2010, math.nan], [1.0, 2.0], DataError, "is not a whole year"),
        ([2010, 2010], [1.0, 2.0], DataError, "year 2010: '2010': is a duplicate year"),
        ([2011, 2010], [1.0, 2.0], DataError, "stands after 2011; years have to ascend"),
        ([2010, 2011], [1.0, math.nan], DataError, "year 2011: 'nan': is not a finite number"),
        ([2010, 2011], [1.0, "many"], DataError, "year 2011: 'many': is not a finite number"),
        ([2014, 2015], [1.0, 2.0], ModelError, "the last year, 2015, is not after the last point, 2015"),
    ],
)
def test_bad_input_says_which_value(index, values, error, message):
    with pytest.raises(error, match=message):
        project(pd.Series(values, index=index))


def test_every_fault_at_once():
    with pytest.raises(DataError) as refused:
        project(pd.Series([math.nan, 2, math.inf], index=[2011, 2010, 2010]))
    assert len(refused.value.problems) == 4


def test_value_without_a_growth_rate_is_refused_not_fatal():
    projection = project(pd.Series([-1.0, 2.0], index=[2010, 2011]))
    refused = projection[projection.year.isna()].set_index("model").reason
    assert refused["constant_growth"] == "-1 is not positive, so it has no growth rate"
    assert "equally spaced" in refused["logistic"]
    assert at(projection, "drift").value == 14


def test_one_point_has_no_trend():
    """Whatever its value, and of several areas too."""
    both = pd.DataFrame({"area": ["a", "b"], "value": [0.0, 2.0]}, index=[2010, 2010])
    projection = project(both, until=2012, flows=Flows(10, (0, 0.5, 1)))
    assert projection[projection.area == "b"].dropna(subset="year").groupby(
        "model"
    ).value.last().to_dict() == {
        "last_value": 2,
        "stock_flow": 15.5,
    }
    refused = projection[projection.year.isna()].set_index("model").reason
    for model in ("drift", "constant_growth", "damped_trend"):
        assert list(refused[model]) == ["needs two years; only one is known"] * 2
    assert list(refused["logistic"]) == ["needs three equally spaced points, not [2010]"] * 2


@pytest.mark.parametrize("values", [[1, 2, 4], [1, 3, 2], [-1, 1, 2], [5], [1, 2]])
def test_every_refusal_is_told_in_both_languages(values):
    projection = project(pd.Series(values, index=range(2010, 2010 + len(values)), dtype=float))
    for reason in projection.reason[projection.reason != ""]:
        for language in ("en", "zh"):
            with speaking(language):
                assert refusal(reason) != reason


def test_without_a_last_year_the_plan_in_use_gives_it(monkeypatch):
    monkeypatch.setenv("XJR_FOLDER", str(PLANS / "successor_2016"))
    stocks = xjr.series("little_giants").loc[2012:2015]
    assert project(stocks).year.max() == prediction_intervals(stocks).year.max() == 2020


def test_unknown_model():
    with pytest.raises(ModelError, match="arima is not one of last_value"):
        project(GIANTS, models=["arima"])


def test_areas_at_once_equal_each_alone():
    """Vectorised over areas: the same numbers as one by one, refusals included."""
    both = pd.concat([SMES.assign(area="smes"), GIANTS.assign(area="giants")])
    together = project(both)
    for name, one in (("smes", SMES), ("giants", GIANTS)):
        alone = project(one)
        part = together[together.area == name].drop(columns="area")
        pd.testing.assert_frame_equal(part.reset_index(drop=True), alone, check_dtype=False)


def test_areas_with_other_years_are_refused():
    years = {"a": SMES, "b": GIANTS.loc[2011:], "c": GIANTS, "d": SMES.rename(index={2010: 2009})}
    with pytest.raises(DataError) as caught:
        project(pd.concat([part.assign(area=area) for area, part in years.items()]))
    reason = "has not the years [2010, 2011, 2012]"
    assert [(problem.path, problem.value, problem.reason) for problem in caught.value.problems] == [
        ("series of b", "[2011, 2012]", reason),
        ("series of d", "[2009, 2011, 2012]", reason),
    ]


def test_areas_whose_rows_are_mixed_equal_those_in_order():
    both = pd.concat([SMES.assign(area="smes"), GIANTS.assign(area="giants")])
    mixed = both.iloc[[0, 3, 1, 4, 5, 2]]
    pd.testing.assert_frame_equal(project(mixed), project(both))


def test_every_fault_of_every_area_is_told():
    """Area by area: years that are none, else their order and numbers, else bounds."""
    points = [
        ("a", 2010, 1.0, 1.0, 1.0), ("a", 2012, 2.0, 2.0, 2.0), ("a", 2011, math.nan, 1.0, 1.0),
        ("b", 2010.5, math.inf, 1.0, 1.0), ("b", 2011, 2.0, 3.0, 3.0), ("b", 2011, 2.0, 2.0, 2.0),
        ("c", 2010, 1.0, 1.0, 1.0), ("c", 2010, 2.0, 2.0, 2.0), ("c", 2011, 2.0, 3.0, 3.0),
        ("d", 2010, 1.0, 2.0, 3.0), ("d", 2011, 2.0, 2.0, math.nan), ("d", 2012, 3.0, 3.0, math.inf),
    ]  # fmt: skip
    frame = pd.DataFrame(points, columns=["area", "year", "value", "lower", "upper"]).set_index("year")
    with pytest.raises(DataError) as caught:
        project(frame)
    told = [(problem.path[-1], problem.place, problem.reason) for problem in caught.value.problems]
    assert told == [
        ("a", "year 2011.0", "stands after 2012.0; years have to ascend"),
        ("a", "year 2011.0", "is not a finite number"),
        ("b", "year 2010.5", "is not a whole year"),
        ("c", "year 2010.0", "is a duplicate year"),
        ("d", "year 2010.0", "is not within its bounds, 2 to 3"),
        ("d", "year 2011.0", "is not within its bounds, 2 to nan"),
    ]


def test_all_areas_are_computed_at_once(monkeypatch):
    """As many evaluations for 300 areas as for one: a loop over areas would be 300 times as many."""
    calls = []
    evaluate = projection._evaluate
    monkeypatch.setattr(projection, "_evaluate", lambda *given: calls.append(1) or evaluate(*given))
    backtest(project(several(1), 2014), several(1))
    alone = len(calls)
    backtest(project(several(300), 2014), several(300))
    assert len(calls) == 2 * alone > 0


def several(areas):
    """Fixture: so many areas, each with the plan's little giants."""
    return pd.concat([GIANTS.assign(area=str(area)) for area in range(areas)])


def test_intervals_of_three_points():
    """One degree of freedom for the drift: 3.08 and 12.71, beside 1.28 and 1.96."""
    for level, t, normal in ((0.8, 3.078, 1.282), (0.95, 12.706, 1.960)):
        drift = (
            prediction_intervals(SMES, level=level)
            .query("model == 'drift' and year == 2015")
            .set_index("basis")
        )
        assert drift.degrees.tolist() == [1, 1]
        assert drift.multiplier["t"] == pytest.approx(t, abs=1e-3)
        assert drift.multiplier["normal"] == pytest.approx(normal, abs=1e-3)
        assert drift.factor["t"] == pytest.approx(t / normal, abs=1e-2)
        assert drift.value["t"] == pytest.approx(66_750)
        changes = np.array([21_760 - 12_500, 34_200 - 21_760])
        sigma = math.sqrt(((changes - changes.mean()) ** 2).sum())
        spread = sigma * math.sqrt(3 * (1 + 3 / 2))
        assert drift.upper["t"] - drift.value["t"] == pytest.approx(t * spread, rel=1e-3)
    assert (prediction_intervals(SMES).query("model == 'last_value'").degrees == 2).all()


@pytest.mark.parametrize(
    ("series", "level", "message"),
    [
        (SMES.loc[2011:], 0.8, r"needs three consecutive years, not \[2011, 2012\]"),
        (SMES, 1.5, "level 1.5 is not between 0 and 1"),
    ],
)
def test_intervals_refuse(series, level, message):
    with pytest.raises(ModelError, match=message):
        prediction_intervals(series, level=level)


def test_backtest_by_hand():
    tested = backtest(project(GIANTS), xjr.series("little_giants"))
    drift = tested[tested.model == "drift"]
    actual = [2410, 3000, 3410]
    errors = [1779 + 526.5 * step - came for step, came in zip((1, 2, 3), actual, strict=True)]
    assert drift.error.tolist() == pytest.approx(errors)
    assert drift.mae.iloc[0] == pytest.approx(np.mean(np.abs(errors)))
    naive = np.mean([came - 1779 for came in actual])
    assert drift.mase.iloc[0] == pytest.approx(np.mean(np.abs(errors)) / naive)
    assert drift.pct_error.iloc[2] == pytest.approx(-51.5 / 3410 * 100)
    assert (tested[tested.model == "last_value"].mase == 1).all()
    refused = tested[tested.model == "logistic"]
    assert refused.mae.isna().all()
    assert refused.reason.iloc[0]


def test_undefined_score_stays_undefined():
    """A last-value model without error leaves nothing to scale by."""
    flat = pd.Series([5.0, 5.0, 5.0], index=[2010, 2011, 2012])
    tested = backtest(project(flat, until=2014), pd.Series([5.0, 5.0], index=[2013, 2014]))
    assert tested.mase.isna().all()
    assert backtest(project(GIANTS, models=["drift"]), xjr.series("little_giants")).mase.isna().all()


def test_backtest_of_areas():
    both = pd.concat([SMES.assign(area="smes"), GIANTS.assign(area="giants")])
    came = pd.concat(
        [
            xjr.series(name).loc[2013:2015].assign(area=area)
            for area, name in (("smes", "technology_smes"), ("giants", "little_giants"))
        ]
    )
    tested = backtest(project(both), came)
    alone = backtest(project(GIANTS), xjr.series("little_giants"))
    part = tested[tested.area == "giants"].drop(columns="area").reset_index(drop=True)
    assert part.mase.tolist() == pytest.approx(alone.mase.tolist(), nan_ok=True)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.Series([1.0, 2.0, 3.0], index=[2010, 2010.5, 2011]), "'2010.5': is not a whole year"),
        (pd.Series([1.0, 2.0], index=["2010", "2011"]), "is not a whole year"),
        (
            pd.Series([1, None], index=[2010, 2011], dtype="Int64"),
            "year 2011: '<NA>': is not a finite number",
        ),
        (pd.DataFrame({"number": [1.0, 2.0]}, index=[2010, 2011]), "has no column value"),
        (pd.DataFrame({"value": [1.0, 2.0], "lower": [1.0, 2.0]}, index=[2010, 2011]), "has no column upper"),
        (
            pd.DataFrame({"value": [1.0, 2.0], "lower": [2.0, 2.0], "upper": [2.0, 2.0]}, index=[2010, 2011]),
            "is not within its bounds, 2 to 2",
        ),
    ],
)
def test_odd_frames_are_refused(frame, message):
    with pytest.raises(DataError, match=message):
        project(frame)


@pytest.mark.parametrize(
    "arguments", [(math.nan, (0, 0, 0)), (-1, (0, 0, 0)), (1, (-1, 0, 1)), (1, (0, 0.5, 0.2))]
)
def test_flows_are_checked(arguments):
    with pytest.raises(ModelError, match="Flows"):
        Flows(*arguments)


def test_one_area_functions_refuse_several():
    both = pd.concat([SMES.assign(area="a"), GIANTS.assign(area="b")])
    for function in (prediction_intervals, carrying_capacity):
        with pytest.raises(ModelError, match="takes one area at a time, not 2"):
            function(both)
    with pytest.raises(DataError, match="both by area, or neither"):
        backtest(project(both), xjr.series("little_giants"))


def test_backtest_of_one_year_and_bounds_of_the_actual():
    """50,000 printed as 5万 may be 45,000: the error's bounds say so."""
    tested = backtest(project(SMES), xjr.series("technology_smes").loc[[2013]]).set_index("model")
    assert tested.error["drift"] == pytest.approx(-4950)
    assert (tested.error_lower["drift"], tested.error_upper["drift"]) == pytest.approx((-9950, 50))
    assert (tested.mae_lower["drift"], tested.mae_upper["drift"]) == pytest.approx((0, 9950))
    assert tested.inside["drift"]
