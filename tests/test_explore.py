"""Scenarios: the same numbers as the library's functions; widgets that follow every choice."""

import html
import io
import sys

import pandas as pd
import pytest

import xjranalysis as xjr
from xjranalysis.explore import Known, Scenario, panel
from xjranalysis.projection import MODELS
from xjranalysis.resources import PLANS

TABLES = Known()


def scenario(**choices):
    return Scenario(**choices, tables=TABLES)


@pytest.mark.parametrize("indicator", TABLES.plan.stocks)
@pytest.mark.parametrize("model", MODELS[:-1])
def test_models_are_those_of_project(indicator, model):
    stocks = xjr.series(indicator).loc[2010:2012]
    expected = xjr.project(stocks, 2016, [model])
    asked = scenario(indicator=indicator, model=model, until=2016)
    if expected.year.isna().any():
        with pytest.raises(xjr.ModelError, match=model):
            asked.chart()
    else:
        assert asked.path.index.tolist() == [2013, 2014, 2015, 2016]
        assert asked.path.value.tolist() == expected.value.tolist()


def test_stock_flow_year_by_year():
    """The stock loses its exits, then gains what is delivered of a third of each lever's three-year number."""
    delivery = {"founded": 0.8, "attracted": 0.5, "upgraded": 1.2}
    stock = 34_200
    for _ in range(3):
        stock = stock * (1 - 0.06) + (0.8 * 10_000 + 0.5 * 12_000 + 1.2 * 8_000) / 3
    assert scenario(exit_rate=0.06, delivery=delivery).path.value[2015] == pytest.approx(stock)


def test_districts_add_up_to_the_city():
    city = scenario().path.value[2015]
    districts = [scenario(area=area).path.value[2015] for area in xjr.load_districts().index]
    assert sum(districts) == pytest.approx(city)
    assert "(estimate)" in scenario(area="heping").title
    assert scenario(area="binhai").goal == 19_384


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ({"area": "heping", "model": "drift"}, "needs two years; only one is known"),
        (
            {"indicator": "little_giants", "model": "stock_flow"},
            "the plan names no additions of little_giants",
        ),
        ({"indicator": "little_giants", "model": "logistic"}, "growth does not slow down"),
    ],
)
def test_what_does_not_apply_is_refused_with_the_reason(choices, reason):
    with pytest.raises(xjr.ModelError, match=reason):
        scenario(**choices).frame()


@pytest.mark.parametrize(
    ("choices", "named"),
    [
        ({"exit_rate": 1.0}, "exit_rate 1.0"),
        ({"exit_rate": float("nan")}, "exit_rate nan"),
        ({"delivery": {"founding": 1.0}}, "delivery"),
        ({"indicator": "firms", "area": "mars", "model": "guess"}, "indicator firms, area mars, model guess"),
        ({"target": 0, "until": 2012}, "target 0, until 2012"),
    ],
)
def test_choices_out_of_range_are_named_at_once(choices, named):
    with pytest.raises(xjr.ModelError, match=f"{named}.*out of range"):
        scenario(**choices)


def test_choices_out_of_range_are_told_what_is_allowed():
    with pytest.raises(xjr.ModelError) as refused:
        scenario(indicator="firms", area="mars", model="guess")
    for allowed in ("technology_smes, little_giants", "tianjin, heping", "last_value, drift"):
        assert f"is one of {allowed}" in str(refused.value)


def test_known_is_shown_by_the_name_of_its_plan():
    assert repr(TABLES) == "Known('little_giants_2013')"


def test_jupyter_shows_chart_and_table():
    shown = scenario(model="drift")
    page = shown._repr_html_()
    assert page.startswith('<img src="data:image/svg+xml;base64,')
    assert page.endswith(shown.table()._repr_html_())


def test_jupyter_shows_why_a_model_does_not_apply():
    page = scenario(indicator="little_giants", model="stock_flow")._repr_html_()
    assert "the plan names no additions" in page
    assert "<img" not in page


def test_panel_without_widgets_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(ModuleNotFoundError, match=r"needs ipywidgets.*pip install '\.\[lab\]'"):
        panel(scenario())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_chart_and_table_tell_the_same_numbers(monkeypatch, language):
    monkeypatch.setenv("XJR_LANG", language)
    shown = scenario(model="drift")
    assert ("66,750" if language == "en" else "6.675万") in repr(shown.table())
    assert ("66,750" if language == "en" else "6.675万") in repr(shown.chart())
    assert ("no forecast" if language == "en" else "并非预测") in repr(shown.table())


@pytest.fixture
def shown(tmp_path):
    pytest.importorskip("ipywidgets")
    return panel(scenario(), str(tmp_path / "mine.csv"))


def test_panel_follows_every_choice(shown):
    parts = shown.parts
    before = parts["table"].value
    parts["exit_rate"].value = 0.08
    assert shown.scenario.exit_rate == 0.08
    assert parts["table"].value != before
    assert parts["chart"].value.startswith("<?xml")
    for lever in TABLES.levers.index:
        parts[lever].value = 0.5
        assert shown.scenario.delivery[lever] == 0.5
    parts["target"].value = 50_000
    parts["until"].value = 2018
    assert (shown.scenario.goal, shown.scenario.path.index[-1]) == (50_000, 2018)
    parts["area"].value = "binhai"
    assert shown.scenario.goal == parts["target"].value == 19_384


def test_another_stock_brings_its_goal_and_a_model_that_applies(shown):
    parts = shown.parts
    parts["indicator"].value = "little_giants"
    assert (parts["model"].value, parts["target"].value, parts["message"].value) == ("drift", 3000, "")
    assert "3,358" in parts["table"].value
    assert [parts[choice].disabled for choice in ("exit_rate", "founded", "target")] == [True, True, False]
    parts["model"].value = "constant_growth"
    parts["indicator"].value = "technology_smes"
    assert (parts["model"].value, parts["target"].value) == ("constant_growth", 60_000)
    parts["area"].value = "heping"
    assert (parts["model"].value, parts["exit_rate"].disabled) == ("stock_flow", False)


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "stock-flow: the plan names no additions"), ("zh", "存量—流量：计划未列出新增来源")],
)
def test_panel_says_why_a_model_does_not_apply(monkeypatch, tmp_path, language, told):
    pytest.importorskip("ipywidgets")
    monkeypatch.setenv("XJR_LANG", language)
    parts = panel(scenario(indicator="little_giants")).parts
    parts["model"].value = "stock_flow"
    assert told in html.unescape(parts["message"].value)
    assert (parts["chart"].value, parts["table"].value, parts["button"].disabled) == ("", "", True)
    parts["model"].value = "drift"
    assert (parts["message"].value, parts["button"].disabled) == ("", False)


def test_button_writes_the_scenario(shown, tmp_path):
    shown.parts["exit_rate"].value = 0.02
    shown.parts["button"].click()
    written = pd.read_csv(io.BytesIO((tmp_path / "mine.csv").read_bytes()))
    pd.testing.assert_frame_equal(written, shown.scenario.frame(), check_dtype=False)
    assert written.exit_rate.unique().tolist() == [0.02]
    assert "mine.csv" in html.unescape(shown.parts["message"].value)


def test_a_plan_without_levers_continues_its_trend():
    """No district table either: one area, and no assumptions to choose."""
    pytest.importorskip("ipywidgets")
    tables = Known(PLANS / "successor_2016")
    stocks = xjr.series("technology_smes", folder=tables.plan).loc[2012:2015]
    begun = Scenario(tables=tables)
    assert (begun.model, begun.levers, begun.goal) == ("drift", {}, 100_000)
    assert begun.path.value.tolist() == xjr.project(stocks, 2020, ["drift"]).value.tolist()
    box = panel(begun)
    assert set(box.parts) == {
        *("indicator", "area", "model", "target", "until"),
        *("button", "message", "chart", "table"),
    }
    box.parts["indicator"].value = "little_giants"
    assert (box.parts["target"].value, box.scenario.path.index[-1]) == (5000, 2020)


def test_a_plan_with_one_known_year_has_no_trend():
    pytest.importorskip("ipywidgets")
    begun = Scenario(tables=Known(PLANS / "first_2011"))
    assert (begun.model, begun.path.value[2015]) == ("last_value", 12_500)
    box = panel(begun)
    for model in ("drift", "constant_growth", "damped_trend", "logistic", "stock_flow"):
        box.parts["model"].value = model
        assert box.parts["message"].value
        assert not box.scenario.applies


def test_a_district_table_without_the_start_is_refused():
    tables = Known()
    tables.districts = TABLES.districts[TABLES.districts.year == 2015]
    with pytest.raises(xjr.ModelError, match="heping: the district table has no technology_smes for 2012"):
        Scenario(area="heping", tables=tables)
