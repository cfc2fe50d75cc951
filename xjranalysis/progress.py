"""Progress towards a target, as four houses measure it: never a bare word, always with its components."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from .errors import ModelError
from .growth import cagr

# What each house's cut-offs rest on: read in the house's own text, or set by convention here.
HOUSES = {
    "eurostat": "Eurostat's ratio of growth rates in the form of Open SDG (docs/progress-methodology.md)",
    "unsd": "UN Statistics Division, Progress Chart technical note, as restated by Eustat",
    "sdsn": "SDG Index (SDSN), methodology annex; the cut-offs are this package's convention",
    "escap": "UN ESCAP, progress assessment methodology; cut-offs and weights are this package's convention",
}


def assess_progress(
    base: Any,
    base_year: int,
    current: Any,
    current_year: int,
    target: Any,
    target_year: int,
    *,
    direction: str,
    house: str = "eurostat",
    history: pd.Series | None = None,
) -> pd.Series:
    """Assess progress towards a target by one house's measure.

    Parameters
    ----------
    base, current, target : float, or anything with ``value``, ``lower`` and ``upper``
        Values in the same unit; bounds go through to the ratio.
    base_year, current_year, target_year : int
        The base before the target.
    direction : {'increase', 'decrease'}
        Which way is progress; has no default, because a number does not say.
    house : {'eurostat', 'unsd', 'sdsn', 'escap'}
        See Notes.
    history : Series, optional
        All values by year up to the current one, for the weighted trend of ``escap``; base and current
        alone if omitted.

    Returns
    -------
    Series
        house, base_value, base_year, current_value, current_year, target, target_year, direction (1 or −1),
        observed and required (growth a year: fractions, or units for sdsn and escap), ratio, expected
        (value extrapolated to the target year), status_index (escap only), verdict, reason, ratio_lower and
        ratio_upper (the ratio at the ends of the inputs' bounds), settled (the verdict is the same at all
        of them) and source.

    Raises
    ------
    ModelError
        If direction or house is unknown, the target year is not after the base year, or the history is
        no ascending series of positive numbers that ends in the current year.

    Notes
    -----
    eurostat: ratio = d · CAGR observed / abs(CAGR required), both from the base; target met first, then at
    least 0.95 on track, 0.60 acceleration needed, 0 limited progress, else deterioration.
    unsd: the value extrapolated at the observed CAGR; ratio = share of the gap between base and target
    that it closes; at least 0.95 substantial progress, 0.10 fair progress, else limited or no progress.
    sdsn: ratio of linear rates; at least 1 on track, 0.5 moderately improving, 0 stagnating, else decreasing.
    escap: the value that a linear trend, weighted 1, 2, … towards the latest year, gives for the target year;
    ratio = its share of the gap, status_index = 10 · progress made / gap (10: at goal); a remaining gap of
    at most 10 % maintain, of at most 100 % accelerate, else reverse.
    Fewer than two years, a current year after the target year, values that are not all positive, or (but
    for eurostat, whose formula allows it) a target against the direction are ``unable_to_assess``.

    Examples
    --------
    >>> found = assess_progress(34_200, 2012, 50_000, 2013, 60_000, 2015, direction="increase")
    >>> found.verdict, round(found.ratio, 2)
    ('on_track', 2.24)
    """
    if direction not in ("increase", "decrease"):
        raise ModelError("assess_progress", f"direction {direction!r} is not one of increase, decrease")
    if house not in HOUSES:
        raise ModelError("assess_progress", f"house {house!r} is not one of {', '.join(HOUSES)}")
    if target_year <= base_year:
        raise ModelError("assess_progress", f"target year {target_year} is not after base year {base_year}")
    years = {"base_year": base_year, "current_year": current_year, "target_year": target_year}
    sign = 1 if direction == "increase" else -1

    def assessed(*values: float) -> dict[str, Any]:
        numbers = dict(zip(("base_value", "current_value", "target"), values, strict=True))
        return _assessed(house, {"house": house, **numbers, **years, "direction": sign}, history)

    given = (base, current, target)
    found = assessed(*(getattr(number, "value", number) for number in given))
    ends = [{number.lower, number.upper} if hasattr(number, "lower") else {number} for number in given]
    corners = [assessed(*corner) for corner in product(*ends)]
    ratios = [corner["ratio"] for corner in corners] + [found["ratio"]]
    settled = all(corner["verdict"] == found["verdict"] for corner in corners)
    open_bounds = {"ratio_lower": min(ratios), "ratio_upper": max(ratios), "settled": settled}
    return pd.Series(found | open_bounds | {"source": HOUSES[house]})


def _assessed(house: str, part: dict[str, Any], history: pd.Series | None) -> dict[str, Any]:
    """Assess plain numbers: the components, what the house measures, and its verdict."""
    values = np.asarray([part["base_value"], part["current_value"], part["target"]], dtype=float)
    sound = np.isfinite(values) & (values > 0)
    obstacle = ""
    if not part["base_year"] < part["current_year"] <= part["target_year"]:
        allowed = f"{part['base_year'] + 1} to {part['target_year']}"
        obstacle = f"the current year {part['current_year']} is not from {allowed}"
    elif not sound.all():
        obstacle = f"{values[~sound][0]:g} is not a positive number"
    elif part["base_value"] == part["target"]:
        obstacle = "the base is the target already"
    elif house != "eurostat" and part["direction"] * (part["target"] - part["base_value"]) < 0:
        obstacle = "the target does not lie in the direction of progress"
    if obstacle:
        empty = dict.fromkeys(("observed", "required", "ratio", "expected", "status_index"), np.nan)
        return part | empty | {"verdict": "unable_to_assess", "reason": obstacle}
    measured = {"status_index": np.nan} | _MEASURES[house](part, _checked(history, part))
    met = part["direction"] * (part["current_value"] - part["target"]) >= 0
    return part | measured | _verdict(house, measured["ratio"], met)


def progress_table(
    base: Any,
    base_year: int,
    current: Any,
    current_year: int,
    target: Any,
    target_year: int,
    *,
    direction: str,
    history: pd.Series | None = None,
) -> pd.DataFrame:
    """Assess progress by all houses, side by side.

    Parameters are those of :func:`assess_progress`.

    Returns
    -------
    DataFrame
        Indexed by house, with the components of :func:`assess_progress`.

    Examples
    --------
    >>> table = progress_table(34_200, 2012, 50_000, 2013, 60_000, 2015, direction="increase")
    >>> table.verdict.to_dict()
    {'eurostat': 'on_track', 'unsd': 'substantial_progress', 'sdsn': 'on_track', 'escap': 'maintain'}
    """
    rows = [
        assess_progress(
            base, base_year, current, current_year, target, target_year,
            direction=direction, house=house, history=history,
        )
        for house in HOUSES
    ]  # fmt: skip
    return pd.DataFrame(rows).set_index("house")


def _checked(history: pd.Series | None, part: dict[str, Any]) -> pd.Series | None:
    if history is None:
        return None
    past = history[history.index <= part["current_year"]]  # a slice by label needs an ordered index
    years, values = past.index.to_numpy(dtype=float), past.to_numpy(dtype=float)
    if len(past) < 2 or (np.diff(years) <= 0).any():
        raise ModelError(
            "assess_progress", f"the history needs two or more ascending years, not {list(past.index)}"
        )
    if not (np.isfinite(values) & (values > 0)).all():
        raise ModelError(
            "assess_progress", f"the history holds a value that is not a positive number: {list(past)}"
        )
    if years[-1] != part["current_year"]:
        raise ModelError("assess_progress", f"the history ends in {years[-1]:g}, not in the current year")
    # At the ends of its bounds the current value takes the place of the history's last.
    return pd.concat([past.iloc[:-1], pd.Series({past.index[-1]: part["current_value"]})])


def _eurostat(part: dict[str, Any], _: pd.Series | None) -> dict[str, float]:
    observed, required = _growth_rates(part)
    return {
        "observed": observed,
        "required": required,
        "ratio": part["direction"] * observed / abs(required),
        "expected": _extrapolated(part, observed),
    }


def _unsd(part: dict[str, Any], _: pd.Series | None) -> dict[str, float]:
    observed, required = _growth_rates(part)
    expected = _extrapolated(part, observed)
    return {
        "observed": observed,
        "required": required,
        "ratio": _closed(part, expected),
        "expected": expected,
    }


def _sdsn(part: dict[str, Any], _: pd.Series | None) -> dict[str, float]:
    observed = (part["current_value"] - part["base_value"]) / (part["current_year"] - part["base_year"])
    required = (part["target"] - part["base_value"]) / (part["target_year"] - part["base_year"])
    expected = part["current_value"] + observed * (part["target_year"] - part["current_year"])
    return {
        "observed": observed,
        "required": required,
        "ratio": part["direction"] * observed / abs(required),
        "expected": expected,
    }


def _escap(part: dict[str, Any], history: pd.Series | None) -> dict[str, float]:
    ends = {part["base_year"]: part["base_value"], part["current_year"]: part["current_value"]}
    points = pd.Series(ends) if history is None else history
    years, weights = points.index.to_numpy(dtype=float), np.arange(1, len(points) + 1)
    slope, level = np.polyfit(
        years - part["target_year"], points.to_numpy(dtype=float), 1, w=np.sqrt(weights)
    )
    required = (part["target"] - part["base_value"]) / (part["target_year"] - part["base_year"])
    expected = float(level)
    return {
        "observed": float(slope),
        "required": required,
        "ratio": _closed(part, expected),
        "expected": expected,
        "status_index": 10 * _closed(part, part["current_value"]),
    }


_MEASURES: dict[str, Callable[[dict[str, Any], pd.Series | None], dict[str, float]]] = {
    "eurostat": _eurostat,
    "unsd": _unsd,
    "sdsn": _sdsn,
    "escap": _escap,
}

# Lowest ratio of each verdict, best first; below the last, the verdict of -inf.
_CUTOFFS = {
    "eurostat": ((0.95, "on_track"), (0.60, "acceleration_needed"), (0.0, "limited_progress"),
                 (-np.inf, "deterioration")),
    "unsd": ((0.95, "substantial_progress"), (0.10, "fair_progress"), (-np.inf, "limited_or_no_progress")),
    "sdsn": ((1.0, "on_track"), (0.5, "moderately_improving"), (0.0, "stagnating"), (-np.inf, "decreasing")),
    "escap": ((0.90, "maintain"), (0.0, "accelerate"), (-np.inf, "reverse")),
}  # fmt: skip


def _verdict(house: str, ratio: float, met: bool) -> dict[str, str]:
    if met and house == "eurostat":
        return {"verdict": "target_achieved", "reason": "the current value reaches the target"}
    floor, verdict = next((cut, name) for cut, name in _CUTOFFS[house] if ratio >= cut)
    bound = f"at least {floor:g}" if np.isfinite(floor) else f"below {_CUTOFFS[house][-2][0]:g}"
    return {"verdict": verdict, "reason": f"ratio {ratio:.2f} is {bound}"}


def _growth_rates(part: dict[str, Any]) -> tuple[float, float]:
    observed = cagr(part["base_value"], part["current_value"], part["current_year"] - part["base_year"])
    required = cagr(part["base_value"], part["target"], part["target_year"] - part["base_year"])
    return float(observed), float(required)


def _extrapolated(part: dict[str, Any], rate: float) -> float:
    return float(part["current_value"] * (1 + rate) ** (part["target_year"] - part["current_year"]))


def _closed(part: dict[str, Any], expected: float) -> float:
    """Share of the gap between base and target that the expected value closes."""
    return float((expected - part["base_value"]) / (part["target"] - part["base_value"]))
