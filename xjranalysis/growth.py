"""Growth rates, doubling times, and the paths that a target asks for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .errors import ModelError


def cagr(start: Any, end: Any, years: Any) -> Any:
    """Compound annual growth rate between two values.

    Parameters
    ----------
    start, end : float or array
        Positive values in the same unit, at the beginning and the end of the period.
    years : float or array
        Length of the period in years, above 0.

    Returns
    -------
    float or array
        Growth a year as a fraction: 0.25 is 25 % a year.

    Raises
    ------
    ModelError
        If a value is missing, not positive, or not finite where it has to be; says which.

    Notes
    -----
    ``(end / start) ** (1 / years) - 1``, the geometric mean of the yearly growth factors.

    Examples
    --------
    >>> round(cagr(12_500, 34_200, 2), 4)
    0.6541
    """
    _require_positive("cagr", start=start, end=end, years=years)
    return (end / start) ** (1 / years) - 1


def doubling_time(rate: Any) -> Any:
    """Years that a value growing at a constant rate takes to double.

    Parameters
    ----------
    rate : float or array
        Growth a year as a fraction, above 0.

    Returns
    -------
    float or array
        Years.

    Raises
    ------
    ModelError
        If a rate is missing or not positive: what does not grow does not double.

    Notes
    -----
    ``ln 2 / ln(1 + rate)``.

    Examples
    --------
    >>> print(round(doubling_time(0.2599), 2))
    3.0
    """
    _require_positive("doubling_time", rate=rate)
    return np.log(2) / np.log1p(rate)


def required_rate(start: Any, target: Any, years: Any) -> Any:
    """Growth a year that leads from a start to a target in time.

    Parameters
    ----------
    start, target : float or array
        Positive values in the same unit.
    years : float or array
        Years left, above 0.

    Returns
    -------
    float or array
        Growth a year as a fraction; negative if the target lies below the start.

    Raises
    ------
    ModelError
        As :func:`cagr`.

    Notes
    -----
    The compound annual growth rate between start and target.

    Examples
    --------
    >>> round(required_rate(34_200, 60_000, 3), 4), round(required_rate(1, 2, 3), 4)
    (0.2061, 0.2599)
    """
    _require_positive("required_rate", start=start, target=target, years=years)
    return cagr(start, target, years)


def target_path(
    start: float, start_year: int, target: float, target_year: int, shape: str = "geometric"
) -> pd.Series:
    """Yearly values that lead from a start to a target.

    Parameters
    ----------
    start, target : float
        Values at the ends of the first and the last year, in the same unit; positive for a geometric path.
    start_year, target_year : int
        The first before the last.
    shape : {'geometric', 'linear'}
        The same growth rate every year, or the same increase every year.

    Returns
    -------
    Series
        Indexed by year, from `start_year` to `target_year`.

    Raises
    ------
    ModelError
        If the target year is not after the start year, a value does not fit, or the shape is unknown.

    Examples
    --------
    >>> target_path(34_200, 2012, 60_000, 2015, shape="linear").tolist()
    [34200.0, 42800.0, 51400.0, 60000.0]
    """
    if not target_year > start_year:
        raise ModelError("target_path", f"target year {target_year} is not after start year {start_year}")
    if not np.isfinite([start, target]).all() or {start_year % 1, target_year % 1} != {0}:
        raise ModelError(
            "target_path",
            f"{start:g}, {start_year}, {target:g}, {target_year} are not finite numbers of whole years",
        )
    years = np.arange(start_year, target_year + 1)
    share = (years - start_year) / (target_year - start_year)
    if shape == "geometric":
        _require_positive("target_path", start=start, target=target)
        values = start * (target / start) ** share
    elif shape == "linear":
        values = start + (target - start) * share
    else:
        raise ModelError("target_path", f"shape {shape!r} is not one of geometric, linear")
    return pd.Series(values, index=pd.Index(years, name="year"), name="target")


def crossing(values: pd.Series, level: float) -> float:
    """When a series first reaches a level, on straight lines between its points.

    Parameters
    ----------
    values : Series
        Indexed by time in years, ascending; 2014 means the end of 2014.
    level : float

    Returns
    -------
    float
        Time in years: 2014.5 is the middle of 2015. Missing if the level is never reached, and the first
        time if the series begins at or above it.

    Examples
    --------
    >>> crossing(pd.Series([2410, 3000, 3410], index=[2013, 2014, 2015]), 3205)
    2014.5
    """
    times, heights = values.index.to_numpy(dtype=float), values.to_numpy(dtype=float)
    reached = np.flatnonzero(heights >= level)
    if reached.size == 0:
        return float("nan")
    after = reached[0]
    if after == 0:
        return float(times[0])
    return float(np.interp(level, heights[after - 1 : after + 1], times[after - 1 : after + 1]))


def _require_positive(model: str, **inputs: Any) -> None:
    for name, value in inputs.items():
        wrong = np.atleast_1d(np.asarray(value, dtype=float))
        wrong = wrong[~(np.isfinite(wrong) & (wrong > 0))]
        if wrong.size:
            raise ModelError(model, f"{name} has to be a positive finite number, not {wrong[0]:g}")
