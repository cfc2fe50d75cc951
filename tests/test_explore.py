"""Scenarios: the same numbers as the library's functions; widgets that follow every choice."""

import io

import pandas as pd
import pytest

import xjranalysis as xjr
from xjranalysis.explore import INDICATORS, LEVERS, MODEL_NAMES, Known, Scenario, panel
from xjranalysis.projection import MODELS

TABLES = Known()


def scenario(**choices):
    return Scenario(**choices, tables=TABLES)


def test_every_model_has_a_name():
    assert tuple(MODEL_NAMES) == MODELS


@pytest.mark.parametrize("indicator", INDICATORS)
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
        ({"area": "heping", "model": "drift"}, "needs two years; of a district only one is known"),
        ({"indicator": "little_giants"}, "the plan names no additions of little_giants"),
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
        ({"delivery": {"founded": 1.0}}, "delivery"),
        ({"target": 0, "until": 2012}, "target 0, until 2012"),
    ],
)
def test_choices_out_of_range_are_named_at_once(choices, named):
    with pytest.raises(xjr.ModelError, match=f"{named}.*out of range"):
        scenario(**choices)


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
    box = panel(scenario(), str(tmp_path / "mine.csv"))
    return box, {control.description: control for control in box.children if hasattr(control, "description")}


def test_panel_follows_every_choice(shown):
    box, controls = shown
    before = box.children[-1].value
    controls["Exit rate a year"].value = 0.08
    assert box.scenario.exit_rate == 0.08
    assert box.children[-1].value != before
    assert box.children[-2].value.startswith("<?xml")
    for name, words in LEVERS.items():
        controls[words[0]].value = 0.5
        assert box.scenario.delivery[name] == 0.5
    controls["Target 2015 (firms)"].value = 50_000
    controls["Horizon"].value = 2018
    assert (box.scenario.goal, box.scenario.path.index[-1]) == (50_000, 2018)
    controls["Area"].value = "binhai"
    assert box.scenario.goal == controls["Target 2015 (firms)"].value == 19_384


def test_panel_says_why_a_model_does_not_apply(shown):
    box, controls = shown
    controls["Stock"].value = "little_giants"
    assert "names no additions" in box.children[-3].value
    assert (box.children[-1].value, controls["Write CSV"].disabled) == ("", True)
    controls["Model"].value = "drift"
    assert ("3,358" in box.children[-1].value, controls["Write CSV"].disabled) == (True, False)


def test_button_writes_the_scenario(shown, tmp_path):
    box, controls = shown
    controls["Exit rate a year"].value = 0.02
    controls["Write CSV"].click()
    written = pd.read_csv(io.BytesIO((tmp_path / "mine.csv").read_bytes()))
    pd.testing.assert_frame_equal(written, box.scenario.frame(), check_dtype=False)
    assert written.exit_rate.unique().tolist() == [0.02]
