"""Scenarios: what becomes of a stock under a chosen model, exits, deliveries, target and horizon."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from .charts import Chart, lines
from .data import Folder, load_areas, load_indicators
from .display import Table, escaped, in_sentence, numbers, percent, say, span, unit_name
from .districts import has_forecast, load_district_forecast
from .errors import ModelError
from .estimate import with_start
from .growth import target_path
from .plan import Plan
from .projection import MODEL_NAMES, MODELS, project, refusal
from .review import ASSUMED_EXITS, as_known
from .stockflow import closed_form


class Known:
    """What scenarios rest on, each table read once.

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.
    """

    def __init__(self, folder: Folder = None):
        self.plan = Plan(folder)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.plan.name!r})"

    @cached_property
    def goals(self) -> dict[str, float]:
        """The plan's goal for every stock."""
        return {name: self.plan.goal(name) for name in self.plan.stocks}

    @cached_property
    def additions(self) -> dict[str, dict[str, float]]:
        """What the plan means to add to every stock over all its years, by lever."""
        return {name: self.plan.additions(name).to_dict() for name in self.plan.stocks}

    @cached_property
    def levers(self) -> pd.DataFrame:
        """Names of the levers: name_en, name_zh."""
        return self.plan.levers

    @cached_property
    def stocks(self) -> dict[str, pd.DataFrame]:
        """The stocks up to the plan's start, by indicator."""
        return {name: as_known(name, self.plan) for name in self.plan.stocks}

    @cached_property
    def districts(self) -> pd.DataFrame:
        """The district table; without rows if there is none."""
        if has_forecast(self.plan):
            return with_start(load_district_forecast(folder=self.plan), self.plan)
        return pd.DataFrame(columns=["area", "indicator", "year", "value", "lower", "upper", "basis"])

    @cached_property
    def names(self) -> pd.DataFrame:
        """Names of the indicators, and their units: name_en, name_zh, unit."""
        return load_indicators(self.plan)[["name_en", "name_zh", "unit"]]

    @cached_property
    def places(self) -> pd.DataFrame:
        """Names of the plan's area and of the districts in the district table, by area."""
        return load_areas(self.plan).loc[[self.plan.area, *self.districts["area"].unique()]]


@dataclass(frozen=True)
class Scenario:
    """A stock from the plan's start to a horizon, under one model and chosen assumptions.

    Parameters
    ----------
    indicator : str
        One of the plan's stocks; the first if omitted.
    area : str
        What the plan is for, if omitted, or a district, whose numbers are estimates unless the official
        table is there.
    model : str
        Of :data:`xjranalysis.projection.MODELS`. If omitted, ``stock_flow`` where the plan names additions to
        the stock, else ``drift``, or ``last_value`` if one year only is known. Of a district one year is
        known, so that ``stock_flow`` and ``last_value`` alone apply to it.
    exit_rate : float
        Share of the stock that exits a year, from 0 to below 1; used by ``stock_flow``.
    delivery : mapping of str to float
        Of the plan's additions, by lever, the share that comes; all of it for levers that are not named. Used
        by ``stock_flow``. A district gets the part of the additions that it has of the stock.
    target : float, optional
        Stock at the end of the plan; the plan's goal, or a district's number in the table, if omitted.
    until : int
        Last year, after the plan's start; the plan's last year if omitted.
    tables : Known
        The plan's numbers; the bundled plan's if omitted.

    Raises
    ------
    ModelError
        If a choice is out of its range, with what is allowed; and from everything that needs the path, if the
        model does not apply. Says why.

    Examples
    --------
    >>> Scenario(exit_rate=0.03).path.round().loc[2015].tolist()
    [60322.0, 60277.0, 60368.0]
    >>> Scenario("little_giants", model="stock_flow").path
    Traceback (most recent call last):
        ...
    xjranalysis.errors.ModelError: stock_flow: the plan names no additions of little_giants
    """

    indicator: str = ""
    area: str = ""
    model: str = ""
    exit_rate: float = ASSUMED_EXITS.mode
    delivery: Mapping[str, float] = field(default_factory=dict)
    target: float | None = None
    until: int = 0
    tables: Known = field(default_factory=Known, repr=False, compare=False)

    def _repr_html_(self) -> str:
        """Show the chart and, below it, the table; the reason if the model does not apply."""
        try:
            chart, table = self.chart(), self.table()
        except ModelError as error:
            return f"<p>{html.escape(repr(self))}<br>{html.escape(refusal(error.reason))}</p>"
        picture = base64.b64encode(chart.svg().encode()).decode()
        drawn = f'<img src="data:image/svg+xml;base64,{picture}" alt="{html.escape(self.title)}">'
        return drawn + table._repr_html_()

    def __post_init__(self) -> None:
        plan = self.tables.plan
        self._default("indicator", plan.stocks[0])
        self._default("area", plan.area)
        self._default("until", plan.target_year)
        places, levers = self.tables.places.index, self.levers
        choices = {
            "indicator": (self.indicator in plan.stocks, f"one of {', '.join(plan.stocks)}"),
            "area": (self.area in places, f"one of {', '.join(places)}"),
            "model": (self.model in ("", *MODELS), f"one of {', '.join(MODELS)}"),
            "exit_rate": (0 <= self.exit_rate < 1, "from 0 to below 1"),
            "delivery": (
                set(self.delivery) <= set(levers) and min(self.delivery.values(), default=0) >= 0,
                f"0 or more, by lever ({', '.join(levers) or 'the plan has none for this stock'})",
            ),
            "target": (self.target is None or self.target > 0, "above 0"),
            "until": (self.until > plan.base_year, f"after {plan.base_year}"),
        }
        if wrong := {name: allowed for name, (holds, allowed) in choices.items() if not holds}:
            given = ", ".join(f"{name} {getattr(self, name)}" for name in wrong)
            expected = "; ".join(f"{name} is {allowed}" for name, allowed in wrong.items())
            raise ModelError("Scenario", f"{given}: out of range; {expected}")
        several = "drift" if len(self.known) > 1 else "last_value"
        self._default("model", "stock_flow" if self.levers else several)

    def _default(self, name: str, value: Any) -> None:
        """Fill in what was left out; frozen against everybody else."""
        object.__setattr__(self, name, getattr(self, name) or value)

    @property
    def levers(self) -> dict[str, float]:
        """What the plan means to add to the stock over all its years, by lever."""
        return self.tables.additions.get(self.indicator, {})

    @property
    def of_the_whole(self) -> bool:
        """Whether it is about the plan's whole area."""
        return self.area == self.tables.plan.area

    @cached_property
    def known(self) -> pd.DataFrame:
        """Stocks up to the plan's start, by year: value, lower, upper. Of a district, one year only."""
        if self.of_the_whole:
            return self.tables.stocks[self.indicator]
        return self._of_district(self.tables.plan.base_year)

    @cached_property
    def goal(self) -> float:
        """Stock at the end of the plan that the scenario is held against."""
        if self.target is not None:
            return self.target
        if self.of_the_whole:
            return self.tables.goals[self.indicator]
        return float(self._of_district(self.tables.plan.target_year).value.iloc[0])

    @cached_property
    def additions(self) -> float:
        """What is added a year, all levers together."""
        if not self.levers:
            raise ModelError("stock_flow", f"the plan names no additions of {self.indicator}")
        added = sum(self.delivery.get(name, 1.0) * planned for name, planned in self.levers.items())
        base, whole = self.tables.plan.base_year, self.tables.stocks[self.indicator]
        part = 1 if self.of_the_whole else self.known.value[base] / whole.value[base]
        return float(part * added / self.tables.plan.years)

    @cached_property
    def path(self) -> pd.DataFrame:
        """Stocks after the plan's start, by year: value, lower, upper; the bounds are due to rounding."""
        base = self.tables.plan.base_year
        years = pd.RangeIndex(base + 1, self.until + 1, name="year")
        if self.model == "stock_flow":
            start, additions = self.known.loc[base], self.additions
            stocks = [closed_form(start, additions, self.exit_rate, n) for n in years - base]
            return pd.DataFrame(stocks).set_axis(years)
        found = project(self.known, self.until, [self.model])
        if found["year"].isna().any():
            raise ModelError(self.model, found["reason"].iloc[0])
        return found[["value", "lower", "upper"]].set_axis(years)

    @property
    def applies(self) -> bool:
        """Whether the model applies; if not, everything that needs the path says why."""
        with suppress(ModelError):
            return len(self.path) > 0
        return False

    @cached_property
    def _district(self) -> pd.DataFrame:
        table = self.tables.districts
        return table[(table["area"] == self.area) & (table["indicator"] == self.indicator)].set_index("year")

    def _of_district(self, year: int) -> pd.DataFrame:
        if year not in self._district.index:
            raise ModelError(self.area, f"the district table has no {self.indicator} for {year}")
        return self._district.loc[[year], ["value", "lower", "upper"]]

    @property
    def title(self) -> str:
        """Stock, area and last year."""
        place = self.tables.places.loc[self.area, say("name_en", "name_zh")]
        stock = in_sentence(self.tables.names.loc[self.indicator, say("name_en", "name_zh")])
        estimate = "" if self.of_the_whole else self._district["basis"].iloc[0]
        mark = say(" (estimate)", "（估计）") if estimate == "estimated" else ""
        return say(
            f"Scenario to {self.until}: {stock} in {place}{mark}",
            f"情景（至{self.until}年）：{place}{stock}{mark}",
        )

    @property
    def unit(self) -> str:
        """What the stock counts."""
        return unit_name(self.tables.names.unit[self.indicator])

    @property
    def assumptions(self) -> str:
        """The model and what is assumed, in a sentence."""
        model = say(*MODEL_NAMES[self.model])
        if self.model != "stock_flow":
            return say(f"Model: {model}", f"模型：{model}")
        came = say(", ", "、").join(
            self.tables.levers.loc[name, say("name_en", "name_zh")]
            + say(" ", "")
            + percent(self.delivery.get(name, 1.0), 0)
            for name in self.levers
        )
        return say(
            f"Model: {model}; {percent(self.exit_rate)} exit a year; of the plan's additions come: {came}",
            f"模型：{model}；年退出率{percent(self.exit_rate)}；新增完成程度：{came}",
        )

    @property
    def source(self) -> str:
        """Where the numbers come from."""
        return say(
            "documents listed in sources.csv; scenario computed by this report from assumptions, no forecast",
            "文献清单sources.csv所列文献；情景由本报告按假设计算，并非预测",
        )

    def frame(self) -> pd.DataFrame:
        """Put all years and choices into one frame.

        Returns
        -------
        DataFrame
            One row a year: year, value, lower, upper (at its end), basis (``known`` or ``scenario``),
            indicator, area, model, target and, for ``stock_flow``, exit_rate and each lever's delivery.
        """
        parts = [self.known.assign(basis="known"), self.path.assign(basis="scenario")]
        choices = {"indicator": self.indicator, "area": self.area, "model": self.model, "target": self.goal}
        if self.model == "stock_flow":
            choices |= {"exit_rate": self.exit_rate} | {
                f"delivery_{name}": self.delivery.get(name, 1.0) for name in self.levers
            }
        return pd.concat(parts).rename_axis("year").reset_index().assign(**choices)

    def table(self) -> Table:
        """Tabulate the years, with bounds, beside the target and the plan's start."""
        rows = self.frame()
        base = self.tables.plan.base_year
        shown = rows[["value", "lower", "upper"]]
        shown = shown.round(0 if shown["upper"].max() >= 100 else 2)
        lower, upper = numbers(shown["lower"], 5), numbers(shown["upper"], 5)
        cells: dict[str, Any] = {
            say("Year-end", "年末"): rows["year"].astype(str),
            say("Stock", "存量"): numbers(shown["value"]),
            say("Bounds", "区间"): [span(*ends) for ends in zip(lower, upper, strict=True)],
            say("Of the target", "相当于目标"): (rows["value"] / self.goal).map(percent),
            say(f"Of {base}", f"相当于{base}年"): (rows["value"] / self.known.value[base]).map(percent),
        }
        caption = f"{self.title}{say('. ', '。')}{self.assumptions}"
        return Table(pd.DataFrame(cells), caption, self.source, self.unit)

    def chart(self) -> Chart:
        """Draw the known years and the scenario, beside the ways to the target and to a doubling."""
        base, end = self.tables.plan.base_year, self.tables.plan.target_year
        start = self.known.value[base]
        drawn = {
            "actual": (say("known", "已知"), self.known.value),
            self.model: (
                say("scenario", "情景"),
                pd.concat([self.known.value.loc[[base]], self.path.value]),
            ),
            "target": (say("target", "目标"), target_path(start, base, self.goal, end)),
            "doubling": (say("doubling", "翻番"), target_path(start, base, 2 * start, end)),
        }
        paths = [
            pd.DataFrame({"label": label, "year": values.index, "value": values.to_numpy(), "role": role})
            for role, (label, values) in drawn.items()
        ]
        unit = say(f"{self.unit} at the end of the year. ".lstrip(), f"年末数（{self.unit}）。")
        source = say(f"Source: {self.source}.", f"资料来源：{self.source}。")
        return lines(pd.concat(paths), self.title, unit + self.assumptions, source)


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
        Its attribute ``scenario`` is the one shown, ``parts`` the widgets by name: indicator, area, model,
        exit_rate, each lever, target, until, button, message, chart and table.

    Raises
    ------
    ModuleNotFoundError
        If ipywidgets, of the extra ``lab``, is not installed; says how to.
    """
    try:
        import ipywidgets as widgets
    except ModuleNotFoundError as error:
        reason = "panel() needs ipywidgets; install the package with its extra lab: pip install '.[lab]'"
        raise ModuleNotFoundError(reason, name=error.name) from None

    from .export import csv_bytes, write_file

    first = scenario or Scenario()
    tables, plan, name = first.tables, first.tables.plan, say("name_en", "name_zh")
    places, indicators = tables.places[name], tables.names.loc[list(plan.stocks), name]
    levers, end = tables.levers[name], plan.target_year
    wide = {"layout": widgets.Layout(width="28rem"), "style": {"description_width": "11rem"}}
    models = pd.Series({model: say(*words) for model, words in MODEL_NAMES.items()})

    def named(words: pd.Series) -> list[tuple[str, str]]:
        return [(text, name) for name, text in words.items()]

    assumed = {
        lever: (1.5, 0.05, 0, say(f"Delivered: {text}", f"{text}完成程度")) for lever, text in levers.items()
    }
    if assumed:
        assumed = {"exit_rate": (0.2, 0.005, 1, say("Exit rate a year", "年退出率")), **assumed}
    controls = {
        "indicator": widgets.Dropdown(options=named(indicators), description=say("Stock", "存量"), **wide),
        "area": widgets.Dropdown(options=named(places), description=say("Area", "地区"), **wide),
        "model": widgets.Dropdown(options=named(models), description=say("Model", "模型"), **wide),
        **{
            choice: widgets.FloatSlider(
                max=most, step=step, readout_format=f".{decimals}%", description=text, **wide
            )
            for choice, (most, step, decimals, text) in assumed.items()
        },
        "target": widgets.BoundedFloatText(
            min=1e-6, max=1e15, description=say(f"Target {end}", f"{end}年目标"), **wide
        ),
        "until": widgets.IntSlider(
            min=plan.base_year + 1, max=end + 10, description=say("Horizon", "推算到"), **wide
        ),
    }
    parts = {
        "button": widgets.Button(description=say("Write CSV", "写入CSV"), tooltip=file),
        **{part: widgets.HTML() for part in ("message", "chart", "table")},
    }
    button, message, chart, table = parts.values()
    table.add_class("jp-RenderedHTMLCommon")  # JupyterLab's own look of tables
    table.layout.width = "30rem"
    left = widgets.VBox([*controls.values(), button, message])
    top = widgets.HBox([left, table], layout=widgets.Layout(flex_flow="row wrap", grid_gap="0 2rem"))
    box = widgets.VBox([top, chart])
    box.parts = controls | parts

    def chosen() -> Scenario:
        values = {name: control.value for name, control in controls.items()}
        asked = {lever: values.pop(lever) for lever in levers.index}
        delivery = {lever: asked[lever] for lever in tables.additions[values["indicator"]]}
        return Scenario(**values, delivery=delivery, tables=tables)

    def show(_: Any = None) -> None:
        used = {"exit_rate", *tables.additions[controls["indicator"].value]}
        for choice in assumed:
            controls[choice].disabled = controls["model"].value != "stock_flow" or choice not in used
        try:
            box.scenario = chosen()
            chart.value, table.value = box.scenario.chart().svg(), box.scenario.table()._repr_html_()
            message.value, button.disabled = "", False
        except ModelError as error:
            why = f"{models[controls['model'].value]}{say(': ', '：')}{refusal(str(error))}"
            chart.value, table.value, message.value, button.disabled = "", "", f"<b>{escaped(why)}</b>", True

    def follow(_: Any) -> None:
        """Another stock or area has another goal and, unless the chosen one applies to it, another model."""
        with suppress(ModelError):
            usual = Scenario(controls["indicator"].value, controls["area"].value, tables=tables)
            put("target", usual.goal)
            if not replace(usual, model=controls["model"].value).applies:
                put("model", usual.model)
        show()

    def put(name: str, value: Any) -> None:
        controls[name].unobserve(show, names="value")
        controls[name].value = value
        controls[name].observe(show, names="value")

    def write(_: Any) -> None:
        message.value = escaped(str(write_file(Path(file), csv_bytes(box.scenario.frame()))))

    start = {
        **{choice: getattr(first, choice) for choice in ("indicator", "area", "model", "exit_rate", "until")},
        **dict.fromkeys(levers.index, 1.0),
        **first.delivery,
        "target": first.goal,
    }
    for choice, control in controls.items():
        control.value = start[choice]
    for choice, control in controls.items():
        control.observe(follow if choice in ("indicator", "area") else show, names="value")
    button.on_click(write)
    show()
    return box
