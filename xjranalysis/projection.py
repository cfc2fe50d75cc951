"""Project a short series under several models, say how sure each is, and hold it against what came.

With three points no model can be chosen by its fit, so all are shown. Bounds in `project` say what the
rounding of the inputs leaves open (and, where a model has an assumption, its stated range); they are no
prediction intervals. Those are in `prediction_intervals`, with what they rest on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from .areas import bounded, numbered
from .display import say
from .errors import DataError, ModelError, Problem
from .plan import Plan
from .rounding import Bounds
from .stockflow import closed_form

# The range in which practice finds damping (Hyndman and Athanasopoulos, 3rd ed., section 8.2): swept, since
# three points cannot determine it.
DAMPING = (0.8, 0.9, 0.98)


@dataclass(frozen=True)
class Flows:
    """What the stock-flow model assumes: firms added a year, and the share of the stock that exits.

    Parameters
    ----------
    additions : float
        Firms added a year.
    exit_rate : tuple of float
        Lowest, central and highest share of the stock that exits a year.
    """

    additions: float
    exit_rate: tuple[float, float, float]

    def __post_init__(self) -> None:
        low, middle, high = self.exit_rate
        sound = np.isfinite(self.additions) and self.additions >= 0
        if not (sound and 0 <= low <= middle <= high <= 1):
            given = f"additions {self.additions:g}, exit rates {self.exit_rate}"
            raise ModelError("Flows", f"{given}: expected 0 or more, and three rates ascending from 0 to 1")


@dataclass(frozen=True)
class _Past:
    """Points of all areas: years (n,), and values, lower and upper bounds (areas, n)."""

    areas: list[str | None]
    years: np.ndarray
    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


# Every model, with its name in English and Chinese.
MODEL_NAMES = {
    "last_value": ("last value", "保持不变"),
    "drift": ("drift", "线性漂移"),
    "constant_growth": ("constant growth", "恒定增速"),
    "damped_trend": ("damped trend", "阻尼趋势"),
    "logistic": ("logistic", "逻辑斯蒂"),
    "stock_flow": ("stock-flow", "存量—流量"),
}
MODELS = tuple(MODEL_NAMES)

# Why a model does not apply: part of the reason that it gives, and what readers are told in either language.
_REFUSALS = {
    "growth does not slow down": (
        "growth has not slowed down, so the curve has no ceiling",
        "增速没有放缓，曲线没有上限",
    ),
    "may not slow down": (
        "rounding leaves open whether growth has slowed down",
        "受四舍五入影响，无法判断增速是否放缓",
    ),
    "positive and rising": ("the numbers do not rise throughout", "数字并非逐年上升"),
    "not positive": ("a number is not positive", "有数字不为正"),
    "no additions": ("the plan names no additions", "计划未列出新增来源"),
    "only one is known": ("it needs two years, one is known", "至少需要两个年份，只知一个"),
    "district table has no": (
        "the district table lacks the year that it starts from",
        "区县表缺少推算起始年份的数字",
    ),
    "three equally spaced points": ("it needs three years at equal distance", "需要三个间隔相等的年份"),
}


def refusal(reason: str) -> str:
    """Tell readers in their language why a model does not apply.

    Parameters
    ----------
    reason : str
        From :func:`project`, or a refused scenario's message.

    Examples
    --------
    >>> refusal("needs two years; only one is known")
    'it needs two years, one is known'
    """
    return next((say(*told) for part, told in _REFUSALS.items() if part in reason), reason)


def project(
    series: pd.DataFrame | pd.Series,
    until: int | None = None,
    models: Sequence[str] | None = None,
    flows: Flows | None = None,
) -> pd.DataFrame:
    """Project yearly values to a year under several models.

    Parameters
    ----------
    series : DataFrame or Series
        Indexed by year, ascending, with ``value`` and, if known, ``lower`` and ``upper``, such as
        :func:`xjranalysis.series` returns; or a plain Series of values. A frame with a column ``area``
        holds several areas, all with the same years, and is projected at once.
    until : int, optional
        Last year of the projection; the plan's target year if omitted.
    models : sequence of str, optional
        Of `MODELS`; all of them if omitted.
    flows : Flows, optional
        Assumptions of the stock-flow model, which is refused without them.

    Returns
    -------
    DataFrame
        One row a model and year (and area): model, year, value, lower, upper, bounds (what the bounds
        come from: ``rounding`` or ``rounding and assumption``) and reason. A model that does not
        apply has one row with no year and no value, and the reason.

    Raises
    ------
    DataError
        If years are missing, repeated or out of order, or a value is missing or not a number.
    ModelError
        If there is no point, `until` is not after the last, or a model is unknown.

    Notes
    -----
    last_value: the last point. drift: the straight line through first and last. constant_growth: the growth
    rate between first and last. damped_trend: the drift's slope, multiplied by φ every year; φ = 0.9, and
    0.80 to 0.98 for the bounds. logistic: through the last three points, which have to be equally spaced,
    rising, and with P0·P2 < P1². stock_flow: stock · (1 − exit rate) + additions. To one point, which has no
    trend, only last_value and stock_flow apply. Each model is monotone in each input, so that evaluating the
    ends of the inputs' bounds is exact. Undamped exponential trends tend to
    over-forecast (Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, 3rd ed., sections 5.2,
    8.2 and 13.7).

    Examples
    --------
    >>> from xjranalysis import series
    >>> projected = project(series("little_giants").loc[2010:2012])
    >>> projected[projected.year == 2015].set_index("model").value.round(1).to_dict()
    {'last_value': 1779.0, 'drift': 3358.5, 'constant_growth': 6823.9, 'damped_trend': 3063.1}
    >>> projected.set_index("model").reason["logistic"]
    'P0·P2 = 1291554 is not below P1² = 1129969: growth does not slow down'
    """
    chosen = _chosen(models)
    past = _past(series)
    until = Plan().target_year if until is None else until
    if not until > past.years[-1] or until != int(until):
        raise ModelError("project", f"the last year, {until}, is not after the last point, {past.years[-1]}")
    ahead = np.arange(past.years[-1] + 1, until + 1)
    frames = [_projected(name, past, ahead, flows) for name in chosen]
    columns = ["model", "year", "value", "lower", "upper", "bounds", "reason"]
    result = pd.concat(frames, ignore_index=True).astype({"year": "Int64"})
    return result[["area", *columns] if past.areas != [None] else columns]


def prediction_intervals(
    series: pd.DataFrame | pd.Series, until: int | None = None, level: float = 0.8
) -> pd.DataFrame:
    """Prediction intervals of the models whose errors the points themselves show.

    Parameters
    ----------
    series : DataFrame or Series
        One area, as for :func:`project`; yearly, at least three points.
    until : int, optional
        Last year; the plan's target year if omitted.
    level : float
        Coverage aimed at, between 0 and 1.

    Returns
    -------
    DataFrame
        One row a model (last_value, drift, constant_growth on logarithms), year and basis (``normal`` or
        ``t``): model, year, level, basis, degrees (of freedom), multiplier, factor (of this multiplier
        over the normal one), value, lower, upper and rests_on.

    Raises
    ------
    ModelError
        If there are fewer than three points or several areas, years are not consecutive, `until` is not
        after the last, or the level is no fraction. Constant growth is left out of values not positive.

    Notes
    -----
    The standard error of the errors of one year, σ, grows to σ·√h for the last value and σ·√(h(1 + h/(T−1)))
    for the drift, T points (Hyndman and Athanasopoulos, 3rd ed., section 5.5). With three points the drift
    leaves one degree of freedom, where the t multiplier is 2.4 times (80 %) or 6.5 times (95 %) the normal
    one: such an interval says mostly that three points are few.

    Examples
    --------
    >>> from xjranalysis import series
    >>> intervals = prediction_intervals(series("little_giants").loc[2010:2012])
    >>> drift = intervals[(intervals.model == "drift") & (intervals.basis == "t")].iloc[0]
    >>> int(drift.degrees), round(float(drift.multiplier), 2), round(float(drift.factor), 1)
    (1, 3.08, 2.4)
    """
    from scipy.special import ndtri, stdtrit  # half a second of import that only this function needs

    if not 0 < level < 1:
        raise ModelError("prediction_intervals", f"level {level:g} is not between 0 and 1")
    past = _one_area("prediction_intervals", series)
    points = past.years.size
    until = Plan().target_year if until is None else until
    if not until > past.years[-1]:
        raise ModelError(
            "prediction_intervals", f"the last year, {until}, is not after the last point, {past.years[-1]}"
        )
    if points < 3 or (np.diff(past.years) != 1).any():
        reason = f"needs three consecutive years, not {[int(year) for year in past.years]}"
        raise ModelError("prediction_intervals", reason)
    steps = np.arange(1, until - past.years[-1] + 1)
    normal = float(ndtri((1 + level) / 2))
    rows = []
    for model, slopes, forward, back in _ERROR_MODELS:
        if forward is np.log and (past.value[0] <= 0).any():
            continue  # no growth rate, as in `project`
        values = forward(past.value[0])
        changes = np.diff(values)
        slope = (values[-1] - values[0]) / (points - 1) if slopes else 0.0
        degrees = points - 1 - slopes
        sigma = float(np.sqrt(((changes - slope) ** 2).sum() / degrees))
        spread = sigma * np.sqrt(steps * (1 + steps / (points - 1)) if slopes else steps)
        middle = values[-1] + slope * steps
        for basis, multiplier in (("normal", normal), ("t", float(stdtrit(degrees, (1 + level) / 2)))):
            for step, centre, error in zip(steps, middle, spread, strict=True):
                rows.append(
                    {
                        "model": model,
                        "year": int(past.years[-1] + step),
                        "level": level,
                        "basis": basis,
                        "degrees": degrees,
                        "multiplier": multiplier,
                        "factor": multiplier / normal,
                        "value": back(centre),
                        "lower": back(centre - multiplier * error),
                        "upper": back(centre + multiplier * error),
                        "rests_on": f"{points - 1} yearly changes, {degrees} degree(s) of freedom",
                    }
                )
    return pd.DataFrame(rows)


def _same(values: np.ndarray) -> np.ndarray:
    return values


# Model, number of slopes estimated, and the scale on which its errors add up.
_ERROR_MODELS = (
    ("last_value", 0, _same, _same),
    ("drift", 1, _same, _same),
    ("constant_growth", 1, np.log, np.exp),
)


def backtest(projection: pd.DataFrame, actual: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Hold a projection against what came.

    Parameters
    ----------
    projection : DataFrame
        From :func:`project`.
    actual : DataFrame or Series
        Values indexed by year, as for :func:`project`; with a column ``area`` if the projection has one.

    Returns
    -------
    DataFrame
        One row a model and year that both have (and area): model, year, value, lower, upper, actual, error
        (value − actual) with error_lower and error_upper (what the rounding of the actual leaves open),
        pct_error (percent of the actual), inside (the bounds of projection and actual meet), and the model's
        scores over all its years: mae with mae_lower and mae_upper, mape (percent) and mase. A refused model
        keeps its row, with the reason and no score.

    Raises
    ------
    DataError
        If `actual` is faulty, or has areas where the projection has none, or the other way round.

    Notes
    -----
    mase is the mean absolute error over that of the last-value model for the same years; it is undefined,
    and stays so, where the last-value model is missing or makes no error.

    Examples
    --------
    >>> from xjranalysis import series
    >>> giants = series("little_giants")
    >>> tested = backtest(project(giants.loc[2010:2012]), giants)
    >>> tested[tested.year == 2015].set_index("model").error.round(1).to_dict()
    {'last_value': -1631.0, 'drift': -51.5, 'constant_growth': 3413.9, 'damped_trend': -346.9}
    """
    known = _past(actual)
    if ("area" in projection) != (known.areas != [None]):
        raise DataError(
            [Problem("backtest", "", "", "projection and actual have to be both by area, or neither")]
        )
    shape = known.value.shape
    came = pd.DataFrame(
        {
            "area": np.repeat([area or "" for area in known.areas], shape[1]),
            "year": np.tile(known.years, shape[0]),
            "actual": known.value.ravel(),
            "actual_lower": known.lower.ravel(),
            "actual_upper": known.upper.ravel(),
        }
    )
    named = projection if "area" in projection else projection.assign(area="")
    tested = named.merge(came, on=["area", "year"], how="left")
    tested = tested[tested["actual"].notna() | (tested["reason"] != "")].reset_index(drop=True)
    tested["error"] = tested["value"] - tested["actual"]
    low, high = tested.pop("actual_lower"), tested.pop("actual_upper")
    tested["error_lower"], tested["error_upper"] = tested["value"] - high, tested["value"] - low
    tested["pct_error"] = tested["error"] / tested["actual"] * 100
    inside = (tested["lower"] <= high) & (low <= tested["upper"])
    tested["inside"] = inside.astype("boolean").mask(tested["value"].isna())
    ends = tested[["error_lower", "error_upper"]]
    spans_zero = (ends["error_lower"] <= 0) & (ends["error_upper"] >= 0)
    sizes = tested.assign(
        mae=tested["error"].abs(),
        mae_lower=ends.abs().min(axis=1).mask(spans_zero, 0.0),
        mae_upper=ends.abs().max(axis=1),
        mape=tested["pct_error"].abs(),
    )
    measures = ["mae", "mae_lower", "mae_upper", "mape"]
    scores = sizes.groupby(["area", "model"], sort=False)[measures].mean()
    naive = scores["mae"].where(scores.index.get_level_values("model") == "last_value").groupby("area").max()
    scale = naive.reindex(scores.index.get_level_values("area")).to_numpy()
    scores["mase"] = scores["mae"] / np.where(scale > 0, scale, np.nan)
    result = tested.merge(scores.reset_index(), on=["area", "model"], how="left")
    return result if "area" in projection else result.drop(columns="area")


def closest_models(projection: pd.DataFrame, actual: pd.DataFrame) -> list[str]:
    """Models whose mean absolute error may be the smallest, given how the actual values were rounded.

    Parameters
    ----------
    projection : DataFrame
        From :func:`project`, of one area.
    actual : DataFrame
        Value, lower and upper indexed by year; bounds are finite.

    Returns
    -------
    list of str
        The closest by the values themselves first.

    Examples
    --------
    >>> from xjranalysis import series
    >>> giants = series("little_giants")
    >>> closest_models(project(giants.loc[2010:2012]), giants.loc[2013:2015])
    ['drift']
    """
    paths = projection.dropna(subset="value").pivot_table("value", "model", "year")
    paths = paths.loc[[name for name in MODELS if name in paths.index], actual.index]
    cases = np.vstack([actual["value"], corners(actual)])
    errors = np.abs(paths.to_numpy(float)[:, None] - cases).mean(axis=2)
    return list(dict.fromkeys(paths.index[errors.argmin(axis=0)]))


def corners(rows: pd.DataFrame) -> np.ndarray:
    """Every way of setting each row's number to one end of its bounds, one a row.

    Examples
    --------
    >>> corners(pd.DataFrame({"lower": [1.0, 7.0], "upper": [2.0, 7.0]})).tolist()
    [[1.0, 7.0], [2.0, 7.0]]
    """
    ends = zip(rows["lower"], rows["upper"], strict=True)
    return np.array(list(product(*map(dict.fromkeys, ends))))


def _chosen(models: Sequence[str] | None) -> Sequence[str]:
    unknown = [name for name in models or () if name not in MODELS]
    if unknown:
        raise ModelError("project", f"{', '.join(unknown)} is not one of {', '.join(MODELS)}")
    return models or MODELS


def _one_area(model: str, series: pd.DataFrame | pd.Series) -> _Past:
    past = _past(series)
    if len(past.areas) > 1:
        raise ModelError(model, f"takes one area at a time, not {len(past.areas)}")
    return past


def _past(series: pd.DataFrame | pd.Series) -> _Past:
    """Read the points of one or several areas; all faults at once."""
    frame = series.to_frame("value") if isinstance(series, pd.Series) else series
    areas: list[str | None] = [None]
    codes = np.zeros(len(frame), dtype=int)
    if "area" in frame:
        codes, areas = numbered(frame["area"])
        order = np.argsort(codes, kind="stable")
        codes, frame = codes[order], frame.iloc[order]
    years = {year: _whole_year(year) for year in frame.index.unique()}
    points = {"year": frame.index.map(years).to_numpy(dtype=float)} | bounded(frame, "series")
    if frame.empty:
        raise ModelError("project", "needs at least one point, not 0")
    faults = sorted(_faults(frame, points, codes))
    if not faults:
        starts = np.flatnonzero(np.diff(codes)) + 1
        faults = list(_other_years(np.split(points["year"].astype(int), starts)))
    if faults:
        raise DataError(
            [
                Problem("series" if areas[code] is None else f"series of {areas[code]}", *fault)
                for code, _, _, *fault in faults
            ]
        )
    year, *numbers = (column.reshape(len(areas), -1) for column in points.values())
    return _Past(areas, year[0].astype(int), *numbers)


def _whole_year(year: Any) -> float:
    return float(year) if isinstance(year, (int, float, np.number)) and float(year).is_integer() else np.nan


_Fault = tuple[int, int, int, str, str, str]  # code of the area, kind, row; place, value, reason


def _faults(frame: pd.DataFrame, points: dict[str, np.ndarray], codes: np.ndarray) -> Iterator[_Fault]:
    """What is wrong with points; rows are sorted by area."""
    year, value, lower, upper = points.values()
    unreadable = np.isnan(year)
    # Of an area whose years cannot be told nothing else is said, and bounds only where all else is well.
    dated = ~np.isin(codes, codes[unreadable])
    disordered = np.zeros(len(frame), dtype=bool)
    disordered[1:] = (np.diff(codes) == 0) & ~(np.diff(year) > 0) & dated[1:]
    unknown = ~np.isfinite(value) & dated
    sound = dated & ~np.isin(codes, codes[disordered | unknown])
    outside = ~((lower <= value) & (value <= upper)) & sound
    index, given = frame.index, frame["value"].array
    kinds: tuple[tuple[np.ndarray, Any, Callable[[int], str]], ...] = (
        (unreadable, index, lambda row: "is not a whole year"),
        (disordered, index, lambda row: _disorder(index[row - 1], index[row])),
        (unknown, given, lambda row: "is not a finite number"),
        (outside, given, lambda row: f"is not within its bounds, {lower[row]:g} to {upper[row]:g}"),
    )
    for kind, (rows, values, reason) in enumerate(kinds):
        for row in np.flatnonzero(rows).tolist():
            yield int(codes[row]), kind, row, f"year {index[row]}", str(values[row]), reason(row)


def _disorder(before: Any, year: Any) -> str:
    return "is a duplicate year" if year == before else f"stands after {before}; years have to ascend"


def _other_years(years: list[np.ndarray]) -> Iterator[_Fault]:
    """Areas whose years are not those of the first."""
    for code, own in enumerate(years):
        if not np.array_equal(own, years[0]):
            yield code, 0, 0, "", str(own.tolist()), f"has not the years {years[0].tolist()}"


def _projected(name: str, past: _Past, ahead: np.ndarray, flows: Flows | None) -> pd.DataFrame:
    run, check, assumptions = _RUNS[name]
    if name == "stock_flow" and flows is None:
        reasons = np.full(len(past.areas), "no additions and exit rate were given", dtype=object)
    else:
        reasons = check(past)
    applies = reasons == ""
    names = np.array(past.areas, dtype=object)
    refused = pd.DataFrame({"area": names[~applies], "reason": reasons[~applies]})
    parts = [refused.assign(year=pd.NA, value=np.nan, lower=np.nan, upper=np.nan, bounds="")]
    if applies.any():
        value, low, high = (part[applies].ravel() for part in _evaluate(run, assumptions(flows), past, ahead))
        rows = pd.DataFrame(
            {
                "area": np.repeat(names[applies], ahead.size),
                "year": np.tile(ahead, applies.sum()),
                "value": value,
                "lower": low,
                "upper": high,
            }
        )
        bounds = "rounding and assumption" if len(assumptions(flows)) > 1 else "rounding"
        parts.insert(0, rows.assign(bounds=bounds, reason=""))
    filled = [part.astype({"year": "Int64"}) for part in parts if len(part)]
    return pd.concat(filled).assign(model=name)


_Run = Callable[[np.ndarray, np.ndarray, np.ndarray, Any], np.ndarray]


def _evaluate(run: _Run, assumptions: Sequence[object], past: _Past, ahead: np.ndarray) -> Bounds:
    """Evaluate a model at the values, and at the ends of every input's bounds and assumption."""
    columns = _used_columns(past.years)
    middle = assumptions[len(assumptions) // 2]
    with np.errstate(all="ignore"):
        value = run(past.years, past.value, ahead, middle)
        low, high = value.copy(), value.copy()
        for ends in product((past.lower, past.upper), repeat=len(columns)):
            corner = past.value.copy()
            for column, bound in zip(columns, ends, strict=True):
                corner[:, column] = bound[:, column]
            for assumption in {assumptions[0], assumptions[-1]}:
                at_corner = run(past.years, corner, ahead, assumption)
                low, high = np.fmin(low, at_corner), np.fmax(high, at_corner)
    return Bounds(value, low, high)


def _used_columns(years: np.ndarray) -> list[int]:
    """The first point, and the last three: no model uses others."""
    return sorted({0, *range(max(0, years.size - 3), years.size)})


def _last_value(years: np.ndarray, values: np.ndarray, ahead: np.ndarray, _: Any) -> np.ndarray:
    return np.repeat(values[:, -1:], ahead.size, axis=1)


def _drift(years: np.ndarray, values: np.ndarray, ahead: np.ndarray, _: Any) -> np.ndarray:
    slope = (values[:, -1:] - values[:, :1]) / (years[-1] - years[0])
    return values[:, -1:] + slope * (ahead - years[-1])


def _constant_growth(years: np.ndarray, values: np.ndarray, ahead: np.ndarray, _: Any) -> np.ndarray:
    factor = values[:, -1:] / values[:, :1]
    return values[:, -1:] * factor ** ((ahead - years[-1]) / (years[-1] - years[0]))


def _damped_trend(years: np.ndarray, values: np.ndarray, ahead: np.ndarray, damping: Any) -> np.ndarray:
    slope = (values[:, -1:] - values[:, :1]) / (years[-1] - years[0])
    return values[:, -1:] + slope * np.cumsum(damping ** np.arange(1, ahead.size + 1))


def _logistic(years: np.ndarray, values: np.ndarray, ahead: np.ndarray, _: Any) -> np.ndarray:
    # The reciprocals of a logistic curve approach 1/K geometrically.
    gaps = 1 / values[:, -3:-1] - 1 / values[:, -2:]
    ratio = gaps[:, 1:] / gaps[:, :1]
    steps = (ahead - years[-1]) / (years[-1] - years[-2])
    return 1 / (1 / values[:, -1:] - gaps[:, 1:] * ratio * (1 - ratio**steps) / (1 - ratio))


def _stock_flow(years: np.ndarray, values: np.ndarray, ahead: np.ndarray, assumption: Any) -> np.ndarray:
    additions, exit_rate = assumption
    return closed_form(values[:, -1:], additions, exit_rate, ahead - years[-1])


def _always(past: _Past) -> np.ndarray:
    return np.full(len(past.areas), "", dtype=object)


def _needs_two(past: _Past) -> np.ndarray:
    reasons = _always(past)
    if past.years.size < 2:
        reasons[:] = "needs two years; only one is known"
    return reasons


def _needs_positive(past: _Past) -> np.ndarray:
    reasons = _needs_two(past)
    if past.years.size < 2:
        return reasons
    least = past.lower[:, [0, -1]].min(axis=1)
    for area in np.flatnonzero(least <= 0):
        reasons[area] = f"{least[area]:g} is not positive, so it has no growth rate"
    return reasons


def _needs_slowing(past: _Past) -> np.ndarray:
    reasons = _always(past)
    years = past.years[-3:]
    if years.size < 3 or years[1] - years[0] != years[2] - years[1]:
        reasons[:] = f"needs three equally spaced points, not {[int(year) for year in years]}"
        return reasons
    (first, second, third), low, high = (part[:, -3:].T for part in (past.value, past.lower, past.upper))
    rising = (first > 0) & (first < second) & (second < third)
    slowing = first * third < second**2
    surely = (high[0] < low[1]) & (high[1] < low[2]) & (high[0] * high[2] < low[1] ** 2)
    reasons[rising & slowing & ~surely] = "within their rounding the points may not slow down"
    for area in np.flatnonzero(rising & ~slowing):
        outer, square = first[area] * third[area], second[area] ** 2
        reasons[area] = f"P0·P2 = {outer:.0f} is not below P1² = {square:.0f}: growth does not slow down"
    reasons[~rising] = "the points are not positive and rising"
    return reasons


def carrying_capacity(series: pd.DataFrame | pd.Series) -> float:
    """Level that the logistic curve through three points approaches.

    Parameters
    ----------
    series : DataFrame or Series
        One area, as for :func:`project`; the last three points are used.

    Returns
    -------
    float
        In the unit of the values.

    Raises
    ------
    ModelError
        If no logistic curve with a finite level passes through the points; says why.

    Notes
    -----
    K = (2·P0·P1·P2 − P1²(P0 + P2)) / (P0·P2 − P1²).

    Examples
    --------
    >>> from xjranalysis import series
    >>> round(carrying_capacity(series("technology_smes").loc[2010:2012]))
    76255
    """
    past = _one_area("carrying_capacity", series)
    reason = _needs_slowing(past)[0]
    if reason:
        raise ModelError("logistic", reason)
    first, second, third = past.value[0, -3:]
    top = 2 * first * second * third - second**2 * (first + third)
    return float(top / (first * third - second**2))


def _no_assumption(_: Flows | None) -> tuple[object, ...]:
    return (None,)


def _damping(_: Flows | None) -> tuple[object, ...]:
    return DAMPING


def _exit_rates(flows: Flows | None) -> tuple[object, ...]:
    if flows is None:
        return ((np.nan, np.nan),)
    return tuple((flows.additions, rate) for rate in flows.exit_rate)


# How each model runs, when it is refused, and the range of its assumption.
_RUNS = {
    "last_value": (_last_value, _always, _no_assumption),
    "drift": (_drift, _needs_two, _no_assumption),
    "constant_growth": (_constant_growth, _needs_positive, _no_assumption),
    "damped_trend": (_damped_trend, _needs_two, _damping),
    "logistic": (_logistic, _needs_slowing, _no_assumption),
    "stock_flow": (_stock_flow, _always, _exit_rates),
}
