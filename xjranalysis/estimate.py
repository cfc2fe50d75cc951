"""Estimate the district table of Annex 1 from what is published: city totals, two districts, two weightings.

Top-down: the city's totals are the margins, published district figures are kept as they are, and the rest
is spread by the districts' weights. Nothing here was announced by anybody; every row says ``estimated``.
It rests on what was published of Tianjin around 2012, so that only a plan of those years has an estimate.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .data import Folder, load_figures, raw_tables, series
from .districts import INDICATORS, tidy
from .errors import DataError, ModelError
from .growth import target_path
from .plan import Plan
from .raking import Raked, largest_remainder, rake

START, END = 2012, 2015
YEARS = tuple(range(START, END + 1))

# Who gets how much of what no source tells: by people, or by the firms on a later national list.
WEIGHTS = {"population": "population_census", "list": "smes_national_list"}

# The one district whose share in 2015 has to be assumed: its share of the national list (42.6 %) is of 2022
# and of another definition.
LARGEST = "binhai"
# What the sources say of that share: at two ends of years, and of the city's increase between them.
SHARES = ("end of 2012", "end of 2011", "increase of 2012")


def estimate_districts(folder: Folder = None) -> pd.DataFrame:
    """Estimate technology SMEs and little giants by district for the ends of 2012 to 2015.

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        As :func:`xjranalysis.load_district_forecast` returns, with basis ``estimated`` in every row: value is
        the centre, lower and upper span all of :func:`district_readings` (of a published figure: its
        print). ``.attrs["raking"]`` reports passes and gap of the raking.

    Raises
    ------
    ModelError
        If the plan is one of other years, its tables lack a total, a weight or a figure of the largest
        district, or two published figures for the same district and year disagree.

    Notes
    -----
    City totals: 2012 as the plan prints them, 2015 the plan's goals, and between them the path of constant
    growth, rounded. The centre is the geometric mean of the two weightings, raked again to the totals and to
    the published figures; districts grow steadily between 2012 and 2015. Whole numbers by largest remainder,
    so that the districts sum to the city exactly. The band says how much hangs on the weights and on
    Binhai's share; it is no confidence interval, and the truth may lie outside.

    Examples
    --------
    >>> estimate = estimate_districts()
    >>> estimate[estimate.year == 2015].groupby("indicator").value.sum().astype(int).to_dict()
    {'little_giants': 3000, 'technology_smes': 60000}
    >>> estimate[estimate.locator != ""].groupby("area").size().to_dict()
    {'beichen': 4, 'binhai': 2}
    """
    inputs = _Inputs(folder)
    tables, raked = _readings(inputs)
    kept_share = [place for place, (_, share) in enumerate(inputs.readings) if share == SHARES[0]]
    centre, again = _completed(inputs, np.exp(np.log(tables[kept_share]).mean(axis=0))[None, :, [0, -1]], [0])
    whole = np.concatenate([_whole(centre, inputs), _whole(tables, inputs)])
    lower, upper = whole.min(axis=0).astype(float), whole.max(axis=0).astype(float)
    locator = np.full(lower.shape, "", dtype=object)
    for place, figure in inputs.kept.items():
        indicator, year, area = place
        lower[place], upper[place], locator[place] = figure["lower"], figure["upper"], figure.name
        if np.isinf(figure["upper"]):  # then so are the years that lead there
            upper[indicator, 1:year, area] = np.inf
    rows = _long(inputs, {"value": whole[0], "lower": lower, "upper": upper, "locator": locator})
    estimate = tidy(rows, inputs.districts, "estimated")
    passes, gap = max(raked.passes, again.passes), max(raked.gap, again.gap)
    estimate.attrs["raking"] = {"passes": passes, "gap": gap}
    return estimate


def district_readings(folder: Folder = None) -> pd.DataFrame:
    """Every table that the assumptions of :func:`estimate_districts` allow; its band spans them.

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        One row a reading, district, indicator and year: weights (population: census of 2010; list: firms
        admitted to the national list in January to May 2022, without Binhai), share (what Binhai's share of
        2015 is taken from: one of `SHARES`), area, indicator, year and value (firms, whole numbers that sum
        to the city's total).

    Raises
    ------
    ModelError
        As :func:`estimate_districts`.

    Examples
    --------
    >>> readings = district_readings()
    >>> len(readings.groupby(["weights", "share"])), readings.value.dtype.kind
    (6, 'i')
    """
    inputs = _Inputs(folder)
    tables, _ = _readings(inputs)
    frames = [
        _long(inputs, {"value": table}).assign(weights=weights, share=share)
        for (weights, share), table in zip(inputs.readings, _whole(tables, inputs), strict=True)
    ]
    return pd.concat(frames, ignore_index=True)[["weights", "share", "area", "indicator", "year", "value"]]


def largest_shares(folder: Folder = None) -> pd.DataFrame:
    """What the sources say of Binhai's share of the city.

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        Indexed by `SHARES`, a column an indicator: fractions. The end of 2011 is the stock of August 2012
        less the firms reported as new since, so exits of those months are taken to be none.

    Raises
    ------
    ModelError
        If the tables lack one of the figures.

    Examples
    --------
    >>> largest_shares().technology_smes.round(3).to_dict()
    {'end of 2012': 0.323, 'end of 2011': 0.306, 'increase of 2012': 0.353}
    """
    figures = load_figures(folder)
    shares = {}
    for indicator in INDICATORS:
        names = (f"{indicator}.2012", f"{indicator}.2012-08", f"{indicator}_new.2012-08")
        now, august, new = (_value(figures, f"districts.{LARGEST}.{name}") for name in names)
        total = _value(figures, f"review.{indicator}.{START}")
        before, city = august - new, series(indicator, folder=folder)["value"]
        if 2011 not in city.index:
            raise ModelError("estimate_districts", f"the tables hold no {indicator} of the city for 2011")
        parts = (now / total, before / city[2011], (now - before) / (total - city[2011]))
        shares[indicator] = dict(zip(SHARES, parts, strict=True))
    return pd.DataFrame(shares)


def with_start(forecast: pd.DataFrame, folder: Folder = None) -> pd.DataFrame:
    """Add the estimate of the base year to an official table that begins later, so that growth can be told.

    Parameters
    ----------
    forecast : DataFrame
        From :func:`xjranalysis.load_district_forecast`.
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        The same, with rows of the base year in front, basis ``estimated``, for indicators that have no year
        up to it; unchanged if there is no estimate.

    Examples
    --------
    >>> forecast = estimate_districts()
    >>> with_start(forecast[forecast.year == 2015]).year.unique().tolist()
    [2012, 2015]
    """
    late = set(forecast["indicator"]) - set(forecast.loc[forecast["year"] <= START, "indicator"])
    try:
        estimate = estimate_districts(folder)
    except ModelError:
        return forecast
    wanted = estimate["indicator"].isin(late) & (estimate["year"] == START)
    if not wanted.any():
        return forecast
    return pd.concat([estimate[wanted], forecast], ignore_index=True)


def against_published(forecast: pd.DataFrame, folder: Folder = None) -> pd.DataFrame:
    """Hold a district table against the stocks that districts published themselves.

    Parameters
    ----------
    forecast : DataFrame
        From :func:`xjranalysis.load_district_forecast`.
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        Indexed by figure: area, indicator, date, printed, published with published_lower and published_upper,
        status, kept (the table holds this very figure), city (the city's actual total at the date over the
        table's own), scaled with scaled_lower and scaled_upper (the table's number times that ratio), error
        (scaled − published), pct_error (percent of the published) and inside (the published number lies
        within the table's bounds; missing where it is open upwards and could). Rows not kept are checks.
        Results of a time for which no actual total of the city is known, and districts of which the table
        lacks a number, are left out.

    Notes
    -----
    The city outgrew its plan, so that a district's share is tested, not its number: the table's number is
    scaled to the actual total. A target belongs to the plan's own total and is not scaled. Dates within a
    year are on straight lines between the ends of years.

    Examples
    --------
    >>> checked = against_published(estimate_districts())
    >>> checked[~checked.kept & (checked.area == "dongli")].pct_error.round().tolist()
    [-39.0, -39.0]
    """
    figures = load_figures(folder)
    rows = figures[
        (figures["table"] == "district_facts")
        & figures["indicator"].isin(forecast["indicator"])
        & figures["area"].isin(forecast["area"])
        & figures["year"].between(forecast["year"].min(), forecast["year"].max())
        & (figures["date"] >= f"{forecast['year'].min()}-12-31")
    ]
    # The same number from two pages is one check.
    rows = rows[~rows.duplicated(["area", "indicator", "date", "value", "status"])]
    actual = {indicator: _actual(indicator, folder) for indicator in rows["indicator"].unique()}
    checked = [_against(figure, row, forecast, actual[row["indicator"]]) for figure, row in rows.iterrows()]
    result = pd.DataFrame(checked, columns=_CHECKED).set_index("figure")
    numbers = result.columns[result.columns.str.match("published|city|scaled|error|pct_error")]
    kinds = {
        "date": "datetime64[ns]",
        "kept": "bool",
        "inside": "boolean",
        **dict.fromkeys(numbers, "float64"),
    }
    result = result.astype(kinds)
    return result[result["scaled"].notna()]


def _actual(indicator: str, folder: Folder) -> pd.Series:
    """The city's actual totals by year; none if nothing was published."""
    try:
        return series(indicator, folder=folder)["value"]
    except DataError:
        return pd.Series(dtype="float64")


_CHECKED = [
    "figure", "area", "indicator", "date", "printed", "status",
    "published", "published_lower", "published_upper", "kept", "city",
    "scaled", "scaled_lower", "scaled_upper", "error", "pct_error", "inside",
]  # fmt: skip


def _against(figure: Any, row: pd.Series, forecast: pd.DataFrame, actual: pd.Series) -> dict[str, Any]:
    time = row["year"] + (row["date"].month - 12) / 12
    own = forecast[(forecast["area"] == row["area"]) & (forecast["indicator"] == row["indicator"])]
    table = forecast[forecast["indicator"] == row["indicator"]]
    totals = table.groupby("year")["value"].agg(lambda values: values.sum(skipna=False))
    # A target belongs to the plan's own total, a result to what the city came to.
    city = 1.0 if row["status"] == "target" else _at(time, actual) / _at(time, totals)
    scaled = {
        name: _at(time, own.set_index("year")[column]) * city
        for name, column in (("scaled", "value"), ("scaled_lower", "lower"), ("scaled_upper", "upper"))
    }
    error = scaled["scaled"] - row["value"]
    meets = bool(scaled["scaled_lower"] <= row["upper"] and row["lower"] <= scaled["scaled_upper"])
    return {
        "figure": figure,
        **row[["area", "indicator", "date", "printed", "status"]],
        "published": row["value"],
        "published_lower": row["lower"],
        "published_upper": row["upper"],
        "kept": figure in set(own["locator"]),
        "city": city,
        **scaled,
        "error": error,
        "pct_error": error / row["value"] * 100,
        # More than 1,500 cannot confirm a table that says more still.
        "inside": pd.NA if meets and np.isinf(row["upper"]) and figure not in set(own["locator"]) else meets,
    }


def _at(time: float, values: pd.Series) -> float:
    """Value at a time, on straight lines between the ends of years; missing before and after them."""
    if values.empty:
        return float("nan")
    known = values.index.to_numpy(dtype=float), values.to_numpy(dtype=float)
    return float(np.interp(time, *known, left=np.nan, right=np.nan))


class _Inputs:
    """Everything that the estimate rests on; arrays run over indicators, years and districts."""

    def __init__(self, folder: Folder):
        plan = Plan(folder)
        if (plan.base_year, plan.target_year) != (START, END):
            raise ModelError("estimate_districts", f"the plan does not run from {START} to {END}")
        figures = load_figures(folder)
        self.districts = raw_tables(folder).rows("districts")
        self.areas = [row["area"] for row in self.districts]
        if LARGEST not in self.areas:
            raise ModelError("estimate_districts", f"{LARGEST} is no district of the plan")
        facts = figures[figures["table"] == "district_facts"]
        self.weights = {name: self._weights(facts, indicator) for name, indicator in WEIGHTS.items()}
        self.shares = largest_shares(folder)
        self.readings = [(weights, share) for share in SHARES for weights in WEIGHTS]
        self.totals = np.array([self._totals(figures, indicator) for indicator in INDICATORS])
        self.kept = self._kept(facts)

    def _weights(self, facts: pd.DataFrame, indicator: str) -> np.ndarray:
        held = facts.loc[facts["indicator"] == indicator, ["area", "value"]]
        held = held.drop_duplicates("area").set_index("area")["value"]
        if missing := [area for area in self.areas if not held.get(area, 0) > 0]:
            raise ModelError("estimate_districts", f"no {indicator} for {', '.join(missing)}")
        return held[self.areas].to_numpy(dtype=float)

    @staticmethod
    def _totals(figures: pd.DataFrame, indicator: str) -> np.ndarray:
        start = _value(figures, f"review.{indicator}.{START}")
        end = _value(figures, f"targets.{indicator}.{END}")
        return target_path(start, START, end, END).round().to_numpy()

    def _kept(self, facts: pd.DataFrame) -> dict[tuple[int, int, int], pd.Series]:
        """Published stocks of whole districts: results for the start, targets for what was still to come."""
        status = np.where(facts["year"] <= START, "actual", "target")
        rows = facts[
            facts["indicator"].isin(INDICATORS)
            & facts["area"].isin(self.areas)
            & facts["year"].isin(YEARS)
            & (facts["date"].dt.month == 12)
            & (facts["status"] == status)
        ]
        kept: dict[tuple[int, int, int], pd.Series] = {}
        for _, row in rows.iterrows():
            place = INDICATORS.index(row["indicator"]), row["year"] - START, self.areas.index(row["area"])
            first = kept.setdefault(place, row)
            if first["value"] != row["value"]:
                reason = f"{first.name} ({first['printed']}) and {row.name} ({row['printed']}) disagree"
                raise ModelError("estimate_districts", reason)
        return kept

    def known(self) -> np.ndarray:
        """Published figures, by indicator, year and district; missing where there is none."""
        known = np.full((len(INDICATORS), len(YEARS), len(self.areas)), np.nan)
        for place, figure in self.kept.items():
            known[place] = figure["value"]
        return known


def _value(figures: pd.DataFrame, name: str) -> float:
    if name not in figures.index:
        raise ModelError("estimate_districts", f"the tables hold no figure {name}")
    return float(figures.loc[name, "value"])


def _readings(inputs: _Inputs) -> tuple[np.ndarray, Raked]:
    """Tables of all readings, by reading, indicator, year and district, not yet whole numbers."""
    seeds = np.array([inputs.weights[weights] for weights, _ in inputs.readings])
    shape = (len(inputs.readings), len(INDICATORS), 2, len(inputs.areas))
    shares = [SHARES.index(share) for _, share in inputs.readings]
    return _completed(inputs, np.broadcast_to(seeds[:, None, None, :], shape), shares)


def _completed(inputs: _Inputs, seeds: np.ndarray, shares: list[int]) -> tuple[np.ndarray, Raked]:
    """Rake the first and the last year, and fill in the years between on paths of constant growth."""
    known = np.repeat(inputs.known()[None], len(seeds), axis=0)
    largest = inputs.areas.index(LARGEST)
    assumed = inputs.shares.to_numpy()[shares] * inputs.totals[None, :, -1]
    known[:, :, -1, largest] = np.where(np.isnan(known[:, :, -1, largest]), assumed, known[:, :, -1, largest])
    first = _raked(seeds, inputs.totals[:, [0, -1]], known[:, :, [0, -1]])
    start, end = np.moveaxis(first.values.reshape(seeds.shape), 2, 0)
    steps = np.arange(len(YEARS))[:, None] / (END - START)
    paths = start[:, :, None] * (end / start)[:, :, None] ** steps
    known[:, :, [0, -1]] = paths[:, :, [0, -1]]
    second = _raked(paths, inputs.totals, known)
    worst = Raked(second.values, max(first.passes, second.passes), max(first.gap, second.gap))
    return second.values.reshape(paths.shape), worst


def _raked(seeds: np.ndarray, totals: np.ndarray, known: np.ndarray) -> Raked:
    """Rake every row of districts to its city total, with the known cells kept."""
    size = seeds.shape[-1]
    rows = np.repeat(np.arange(seeds.size // size), size)
    city = np.broadcast_to(totals, seeds.shape[:-1]).ravel()
    fixed = ~np.isnan(known).ravel()
    own = np.where(fixed, np.cumsum(fixed) - 1, -1)
    return rake(seeds.ravel(), [(rows, city), (own, known.ravel()[fixed])])


def _whole(tables: np.ndarray, inputs: _Inputs) -> np.ndarray:
    rows = tables.reshape(-1, tables.shape[-1])
    totals = np.broadcast_to(inputs.totals, tables.shape[:-1]).ravel()
    whole = [largest_remainder(row, int(total)) for row, total in zip(rows, totals, strict=True)]
    return np.array(whole).reshape(tables.shape)


def _long(inputs: _Inputs, tables: dict[str, np.ndarray]) -> pd.DataFrame:
    keys = pd.MultiIndex.from_product([INDICATORS, YEARS, inputs.areas], names=["indicator", "year", "area"])
    return pd.DataFrame({name: table.ravel() for name, table in tables.items()}, index=keys).reset_index()
