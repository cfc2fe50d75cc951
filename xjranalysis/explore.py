"""Scenarios: what becomes of a stock under a chosen model, exits, deliveries, target and horizon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from .charts import Chart, lines
from .data import Folder, load_areas, load_districts, load_targets, series
from .display import Table, numbers, percent, say, span
from .districts import load_district_forecast
from .errors import ModelError
from .growth import target_path
from .projection import project
from .stockflow import closed_form

CITY = "tianjin"
BASE, PLAN_END = 2012, 2015  # ends of the years between which the plan lies
# In English and Chinese.
INDICATORS = {
    "technology_smes": ("technology SMEs", "科技型中小企业"),
    "little_giants": ("little giants", "科技小巨人企业"),
}
LEVERS = {
    "founded": ("newly founded", "新创办"),
    "attracted": ("attracted", "引进"),
    "upgraded": ("upgraded", "转型升级"),
}
MODEL_NAMES = {
    "last_value": ("last value", "保持不变"),
    "drift": ("straight line", "线性漂移"),
    "constant_growth": ("constant growth", "恒定增速"),
    "damped_trend": ("damped trend", "阻尼趋势"),
    "logistic": ("logistic curve", "逻辑斯蒂"),
    "stock_flow": ("stock and flow", "存量—流量"),
}


class Known:
    """What scenarios rest on, each table read once.

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.
    """

    def __init__(self, folder: Folder = None):
        self.folder = folder

    @cached_property
    def targets(self) -> pd.Series:
        """Numbers of the plan's goals, by figure."""
        return load_targets(self.folder)["value"]

    @cached_property
    def stocks(self) -> dict[str, pd.DataFrame]:
        """The city's stocks up to the plan's start, by indicator."""
        return {name: series(name, folder=self.folder).loc[BASE - 2 : BASE] for name in INDICATORS}

    @cached_property
    def districts(self) -> pd.DataFrame:
        """The district table."""
        return load_district_forecast(folder=self.folder)

    @cached_property
    def places(self) -> pd.DataFrame:
        """Names of the city and of the districts, by area."""
        return load_areas(self.folder).loc[[CITY, *load_districts(self.folder).index]]


@dataclass(frozen=True)
class Scenario:
    """A stock from the plan's start to a horizon, under one model and chosen assumptions.

    Parameters
    ----------
    indicator : str
        Of `INDICATORS`.
    area : str
        The city, ``tianjin``, or a district, whose numbers are estimates unless the official table is there.
    model : str
        Of `MODEL_NAMES`. Of a district one year is known, so that only ``stock_flow`` applies to it.
    exit_rate : float
        Share of the stock that exits a year, from 0 to below 1; used by ``stock_flow``.
    delivery : mapping of str to float
        Of the plan's additions, by lever of `LEVERS`, the share that comes; used by ``stock_flow``. A
        district gets the part of the city's additions that it has of the city's stock.
    target : float, optional
        Firms at the end of 2015; the plan's goal, or a district's number in the table, if omitted.
    until : int
        Last year, 2013 or later.
    tables : Known
        The plan's numbers; the bundled plan's if omitted.

    Raises
    ------
    ModelError
        If a choice is out of its range; and from everything that needs the path, if the model does not
        apply. Says why.

    Examples
    --------
    >>> Scenario(exit_rate=0.03).path.round().loc[2015].tolist()
    [60322.0, 60277.0, 60368.0]
    >>> Scenario("little_giants").path
    Traceback (most recent call last):
        ...
    xjranalysis.errors.ModelError: stock_flow: the plan names no additions of little_giants
    """

    indicator: str = "technology_smes"
    area: str = CITY
    model: str = "stock_flow"
    exit_rate: float = 0.045
    delivery: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(LEVERS, 1.0))
    target: float | None = None
    until: int = PLAN_END
    tables: Known = field(default_factory=Known, repr=False, compare=False)

    def __post_init__(self) -> None:
        sound = {
            "exit_rate": 0 <= self.exit_rate < 1,
            "delivery": self.delivery.keys() == LEVERS.keys() and min(self.delivery.values()) >= 0,
            "target": self.target is None or self.target > 0,
            "until": self.until > BASE,
        }
        if wrong := [f"{name} {getattr(self, name)}" for name, holds in sound.items() if not holds]:
            raise ModelError("Scenario", f"{', '.join(wrong)}: out of range")

    @cached_property
    def known(self) -> pd.DataFrame:
        """Stocks up to the plan's start, by year: value, lower, upper. Of a district, one year only."""
        columns = ["value", "lower", "upper"]
        if self.area == CITY:
            return self.tables.stocks[self.indicator][columns]
        return self._district.loc[[BASE], columns]

    @cached_property
    def goal(self) -> float:
        """Firms at the end of the plan that the scenario is held against."""
        if self.target is not None:
            return self.target
        return self._named("") if self.area == CITY else float(self._district.value[PLAN_END])

    @cached_property
    def additions(self) -> float:
        """Firms added a year, all levers together."""
        if self.indicator != "technology_smes":
            raise ModelError("stock_flow", f"the plan names no additions of {self.indicator}")
        city = sum(self.delivery[name] * self._named(f"_{name}") for name in LEVERS)
        part = 1 if self.area == CITY else self.known.value[BASE] / replace(self, area=CITY).known.value[BASE]
        return float(part * city / (PLAN_END - BASE))

    @cached_property
    def path(self) -> pd.DataFrame:
        """Stocks after the plan's start, by year: value, lower, upper; the bounds are due to rounding."""
        years = pd.RangeIndex(BASE + 1, self.until + 1, name="year")
        if self.model == "stock_flow":
            stocks = [
                closed_form(self.known.loc[BASE], self.additions, self.exit_rate, n) for n in years - BASE
            ]
            return pd.DataFrame(stocks).set_axis(years)
        if len(self.known) < 2:
            raise ModelError(self.model, "needs two years; of a district only one is known")
        found = project(self.known, self.until, [self.model])
        if found["year"].isna().any():
            raise ModelError(self.model, found["reason"].iloc[0])
        return found[["value", "lower", "upper"]].set_axis(years)

    @cached_property
    def _district(self) -> pd.DataFrame:
        table = self.tables.districts
        return table[(table["area"] == self.area) & (table["indicator"] == self.indicator)].set_index("year")

    def _named(self, what: str) -> float:
        return float(self.tables.targets[f"targets.{self.indicator}{what}.{PLAN_END}"])

    @property
    def title(self) -> str:
        """Stock and area."""
        place = self.tables.places.loc[self.area, say("name_en", "name_zh")]
        stock = say(*INDICATORS[self.indicator])
        estimate = "" if self.area == CITY else self._district["basis"].iloc[0]
        mark = say(" (estimate)", "（估计）") if estimate == "estimated" else ""
        return say(f"Scenario: {stock} in {place}{mark}", f"情景：{place}{stock}{mark}")

    @property
    def assumptions(self) -> str:
        """The model and what is assumed, in a sentence."""
        model = say(*MODEL_NAMES[self.model])
        if self.model != "stock_flow":
            return say(f"Model: {model}", f"模型：{model}")
        came = say(", ", "，").join(
            say(*LEVERS[name]) + say(" ", "") + percent(self.delivery[name], 0) for name in LEVERS
        )
        return say(
            f"Model: {model}; {percent(self.exit_rate)} exit a year; of the plan's additions come: {came}",
            f"模型：{model}；每年退出{percent(self.exit_rate)}；计划新增数的完成程度：{came}",
        )

    @property
    def source(self) -> str:
        """Where the numbers come from."""
        return say(
            "plan; scenario computed by this report, an assumption and no forecast",
            "计划；情景由本报告按假设计算，并非预测",
        )

    def frame(self) -> pd.DataFrame:
        """Put all years and choices into one frame.

        Returns
        -------
        DataFrame
            One row a year: year, value, lower, upper (firms at its end), basis (``known`` or ``scenario``),
            indicator, area, model, target and, for ``stock_flow``, exit_rate and each lever's delivery.
        """
        parts = [self.known.assign(basis="known"), self.path.assign(basis="scenario")]
        choices = {"indicator": self.indicator, "area": self.area, "model": self.model, "target": self.goal}
        if self.model == "stock_flow":
            choices |= {"exit_rate": self.exit_rate} | {
                f"delivery_{name}": self.delivery[name] for name in LEVERS
            }
        return pd.concat(parts).rename_axis("year").reset_index().assign(**choices)

    def table(self) -> Table:
        """Tabulate the years, with bounds, beside the target and the plan's start."""
        rows = self.frame()
        lower, upper = numbers(rows["lower"], 5), numbers(rows["upper"], 5)
        cells: dict[str, Any] = {
            say("Year-end", "年末"): rows["year"].astype(str),
            say("Firms", "企业数"): numbers(rows["value"]),
            say("Bounds", "区间"): [span(*ends) for ends in zip(lower, upper, strict=True)],
            say("Of the target", "相当于目标"): (rows["value"] / self.goal).map(percent),
            say(f"Of {BASE}", f"相当于{BASE}年"): (rows["value"] / self.known.value[BASE]).map(percent),
        }
        caption = f"{self.title}{say('. ', '。')}{self.assumptions}"
        return Table(pd.DataFrame(cells), caption, self.source, say("firms", "家"))

    def chart(self) -> Chart:
        """Draw the known years and the scenario, beside the ways to the target and to a doubling."""
        start = self.known.value[BASE]
        drawn = {
            "actual": (say("known", "已知"), self.known.value),
            self.model: (
                say("scenario", "情景"),
                pd.concat([self.known.value.loc[[BASE]], self.path.value]),
            ),
            "target": (say("target", "目标"), target_path(start, BASE, self.goal, PLAN_END)),
            "doubling": (say("doubling", "翻番"), target_path(start, BASE, 2 * start, PLAN_END)),
        }
        paths = [
            pd.DataFrame({"label": label, "year": values.index, "value": values.to_numpy(), "role": role})
            for role, (label, values) in drawn.items()
        ]
        unit = say("firms at the end of the year. ", "年末企业数（家）。") + self.assumptions
        source = say(f"Source: {self.source}.", f"资料来源：{self.source}。")
        return lines(pd.concat(paths), self.title, unit, source)


def panel(scenario: Scenario | None = None, file: str = "scenario.csv") -> Any:
    """Choose a scenario by widgets; its chart and its table follow.

    Parameters
    ----------
    scenario : Scenario, optional
        What the widgets show first; the default scenario if omitted.
    file : str
        CSV that the button writes.

    Returns
    -------
    ipywidgets.VBox
        Its attribute ``scenario`` is the one shown.

    Raises
    ------
    ModuleNotFoundError
        If ipywidgets, of the extra ``lab``, is not installed.
    """
    import ipywidgets as widgets

    from .export import csv_bytes, write_file

    first = scenario or Scenario()
    _ = first.tables.districts  # read before the first choice, so that none has to wait
    places = first.tables.places[say("name_en", "name_zh")]
    wide = {"layout": widgets.Layout(width="28rem"), "style": {"description_width": "11rem"}}
    areas = [(name, area) for area, name in places.items()]

    def named(words: Mapping[str, tuple[str, str]]) -> list[tuple[str, str]]:
        return [(say(*pair), name) for name, pair in words.items()]

    controls = {
        "indicator": widgets.Dropdown(options=named(INDICATORS), description=say("Stock", "存量"), **wide),
        "area": widgets.Dropdown(options=areas, description=say("Area", "地区"), **wide),
        "model": widgets.Dropdown(options=named(MODEL_NAMES), description=say("Model", "模型"), **wide),
        "exit_rate": widgets.FloatSlider(
            min=0,
            max=0.2,
            step=0.005,
            readout_format=".1%",
            description=say("Exit rate a year", "年退出率"),
            **wide,
        ),
        **{
            name: widgets.FloatSlider(
                min=0, max=1.5, step=0.05, readout_format=".0%", description=say(*words), **wide
            )
            for name, words in LEVERS.items()
        },
        "target": widgets.BoundedFloatText(
            min=1, max=1e9, description=say("Target 2015 (firms)", "2015年目标（家）"), **wide
        ),
        "until": widgets.IntSlider(min=BASE + 1, max=2025, description=say("Horizon", "推算到"), **wide),
    }
    picture, figures, told = widgets.HTML(), widgets.HTML(), widgets.HTML()
    button = widgets.Button(description=say("Write CSV", "写入CSV"), tooltip=file)
    box = widgets.VBox([*controls.values(), button, told, picture, figures])

    def chosen() -> Scenario:
        values = {name: control.value for name, control in controls.items()}
        delivery = {name: values.pop(name) for name in LEVERS}
        return Scenario(**values, delivery=delivery, tables=first.tables)

    def show(change: Any = None) -> None:
        # Another stock or area has another goal; it stands until somebody types one.
        if change and change["owner"] in (controls["indicator"], controls["area"]):
            goal = replace(chosen(), target=None).goal
            if goal != controls["target"].value:
                controls["target"].value = goal  # which calls this function again
                return
        box.scenario = chosen()
        try:
            picture.value, figures.value = box.scenario.chart().svg(), box.scenario.table()._repr_html_()
            told.value, button.disabled = "", False
        except ModelError as error:
            picture.value, figures.value, told.value, button.disabled = "", "", str(error), True

    def write(_: Any) -> None:
        told.value = str(write_file(Path(file), csv_bytes(box.scenario.frame())))

    start = {
        "indicator": first.indicator,
        "area": first.area,
        "model": first.model,
        "exit_rate": first.exit_rate,
    }
    for name, value in (start | dict(first.delivery) | {"target": first.goal, "until": first.until}).items():
        controls[name].value = value
    for control in controls.values():
        control.observe(show, names="value")
    button.on_click(write)
    show()
    return box
