"""The plan's own model: firms are founded, attracted and upgraded, and some of the stock exits.

Stock at the end of a year = stock at its beginning · (1 − exit rate) + additions of the year. What the
plan fixes are the additions; how far they are delivered and how many firms exit are assumptions, which
enter as distributions and are stated with every result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from .errors import ModelError

QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
_CHUNK = 40_000  # draws of all areas of a chunk together: they fit the processor's cache


@dataclass(frozen=True)
class Triangular:
    """A number of which the lowest, the likeliest and the highest value are assumed.

    Parameters
    ----------
    low, mode, high : float
        With low ≤ mode ≤ high; all equal for a fixed number.
    """

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.mode <= self.high or not np.isfinite([self.low, self.high]).all():
            raise ModelError("Triangular", f"{self.low:g}, {self.mode:g}, {self.high:g} do not ascend")

    def draw(self, random: np.random.Generator, shape: tuple[int, ...]) -> Any:
        """Draw numbers; a fixed number is returned as it is."""
        if self.low == self.high:
            return self.low
        return random.triangular(self.low, self.mode, self.high, shape)

    def quantile(self, share: float) -> float:
        """Value below which the given share of draws falls.

        Examples
        --------
        >>> Triangular(0, 1, 2).quantile(0.5)
        1.0
        """
        width = self.high - self.low
        if width == 0:
            return self.low
        rising = (self.mode - self.low) / width
        if share <= rising:
            return float(self.low + np.sqrt(share * width * (self.mode - self.low)))
        return float(self.high - np.sqrt((1 - share) * width * (self.high - self.mode)))


@dataclass(frozen=True)
class StockFlow:
    """Result of :func:`simulate_stock_flow`.

    Parameters
    ----------
    quantiles : DataFrame
        One row an area and year: area, year and a column for each of `QUANTILES`.
    chances : DataFrame
        Indexed by area: target (share of draws that reach it in the last year; missing without a
        target) and doubling (share that reaches twice the starting value).
    sensitivity : DataFrame
        One row an area and input: area, input, low, high (the stock of the last year with the input at
        its 10 % and 90 % quantile and all others at their medians) and swing (the absolute difference), the
        largest swing first.
    draws, seed : int
    """

    quantiles: pd.DataFrame
    chances: pd.DataFrame
    sensitivity: pd.DataFrame
    draws: int
    seed: int

    def __repr__(self) -> str:
        return f"StockFlow({len(self.chances)} area(s), {self.draws} draws, seed {self.seed})"

    def _repr_html_(self) -> str:
        from .display import fixed, percent, say  # projection, which imports this module, uses it too

        decimals = 0 if self.quantiles[QUANTILES[-1]].max() >= 100 else 2
        stocks: dict[Any, str] = {
            share: say(f"{share:.0%} quantile", f"{share:.0%}分位数") for share in QUANTILES
        }
        stocks |= {"low": say("low", "低"), "high": say("high", "高"), "swing": say("swing", "变动幅度")}
        chances = {"target": say("target", "达到目标"), "doubling": say("doubling", "翻番")}
        others = {"area": say("area", "地区"), "year": say("year", "年份"), "input": say("input", "假设")}
        headings = {
            say("Stock at the end of the year", "年末存量"): self.quantiles,
            say("Chance", "可能性"): self.chances.dropna(axis="columns", how="all").reset_index(),
            say(
                "Stock of the last year, with one input at its 10% and at its 90% quantile",
                "末年存量：单项假设取10%和90%分位数",
            ): self.sensitivity,
        }
        parts = [f"<p>{self!r}</p>"]
        for heading, table in headings.items():
            shown = table.copy()
            for column in shown.columns:
                if column in stocks:
                    shown[column] = [fixed(value, decimals) for value in shown[column]]
                elif column in chances:
                    shown[column] = ["–" if pd.isna(value) else percent(value) for value in shown[column]]
            if len(self.chances) == 1:
                shown = shown.drop(columns="area")
            shown = shown.rename(columns=stocks | chances | others)
            parts.append(f"<p>{heading}</p>{shown.to_html(index=False, max_rows=60, border=0)}")
        return "".join(parts)


def closed_form(start: Any, additions: Any, exit_rate: Any, years: Any) -> Any:
    """Stock after so many years of constant additions and exits.

    Parameters
    ----------
    start : float or array
        Stock at the beginning.
    additions : float or array
        Added at the end of every year.
    exit_rate : float or array
        Share of the stock that exits a year, 0 to below 1.
    years : int or array

    Returns
    -------
    float or array

    Notes
    -----
    ``start · (1 − e)**n + additions · (1 − (1 − e)**n) / e``, and ``start + n · additions`` for e = 0.

    Examples
    --------
    >>> print(closed_form(34_200, 10_000, 0, 3))
    64200.0
    """
    rate = np.asarray(exit_rate, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        decay = years * np.log1p(-rate)
        # By expm1, because 1 − (1 − e)**n loses all digits where e is tiny.
        accrued = np.where(rate == 0, years, -np.expm1(decay) / rate)
    return start * np.exp(decay) + additions * accrued


def break_even_exit_rate(start: float, additions: float, target: float, years: int) -> float:
    """Exit rate at which stock and additions meet a target exactly.

    Parameters
    ----------
    start, target : float
        Stocks at the beginning and the end.
    additions : float
        Added a year.
    years : int

    Returns
    -------
    float
        Share of the stock that exits a year.

    Raises
    ------
    ModelError
        If even without exits the target is missed, or even full exits leave more than it.

    Examples
    --------
    >>> round(break_even_exit_rate(34_200, 10_000, 60_000, 3), 4)
    0.0326
    """
    from scipy.optimize import brentq  # heavier than all else here, and needed by this function only

    def gap(rate: float) -> float:
        return float(closed_form(start, additions, rate, years)) - target

    if not (np.isfinite([start, additions, target]).all() and years >= 1):
        reason = f"needs finite numbers and a year or more, not {start:g}, {additions:g}, {target:g}, {years}"
        raise ModelError("break_even_exit_rate", reason)
    if gap(0) < 0 or gap(1) > 0:
        reached = float(closed_form(start, additions, 0, years))
        raise ModelError(
            "break_even_exit_rate",
            f"no exit rate from 0 to 1 leads to {target:g}: without exits the stock is {reached:g}",
        )
    return float(brentq(gap, 0, 1, xtol=1e-12))


def simulate_stock_flow(
    start: Any,
    additions: Mapping[str, Any],
    exit_rate: Triangular | float,
    delivery: Triangular | float | Mapping[str, Triangular | float],
    years: Sequence[int],
    draws: int = 10_000,
    seed: int = 0,
    target: Any = None,
    areas: Sequence[str] = ("",),
) -> StockFlow:
    """Simulate the stock under uncertain delivery of each lever and an uncertain exit rate.

    Parameters
    ----------
    start : number, array or anything with ``value``, ``lower`` and ``upper``
        Stock at the beginning, one for all or one an area. Rounding bounds are drawn from evenly.
    additions : mapping
        For each lever (founded, attracted, upgraded) the firms it is to add over all `years` together,
        one number or one an area; spread evenly over the years.
    exit_rate : Triangular or number
        Share of the stock that exits a year; one draw holds for all years of a path.
    delivery : Triangular or number, or a mapping of them
        Delivered share of each lever, 1 for as planned.
    years : sequence of int
        Years (or quarters, numbered) simulated, each one after the other; the exit rate is meant for one.
    draws : int
        Paths an area.
    seed : int
        Same seed, same result.
    target : number or array, optional
        Stock aimed at in the last year.
    areas : sequence of str
        Names of the areas.

    Returns
    -------
    StockFlow

    Raises
    ------
    ModelError
        If the exit rate can leave 0 to 1, a delivery can be negative, a stock or an addition is negative or
        missing, years do not follow each other, or there are no draws or years; says which value.

    Notes
    -----
    One path draws its exit rate and deliveries once: they are uncertain, not volatile. The intervals rest on
    the stated distributions and on nothing else.

    Examples
    --------
    >>> levers = {"founded": 10_000, "attracted": 12_000, "upgraded": 8_000}
    >>> exits, delivered = Triangular(0.02, 0.045, 0.08), Triangular(0.7, 1, 1.3)
    >>> result = simulate_stock_flow(34_200, levers, exits, delivered, (2013, 2014, 2015), target=60_000)
    >>> result
    StockFlow(1 area(s), 10000 draws, seed 0)
    >>> bool(result.quantiles[0.05].iloc[-1] < 60_000 < result.quantiles[0.95].iloc[-1])
    True
    """
    planned = {name: _an_area(value, areas, f"additions of {name}") for name, value in additions.items()}
    exit_rate = _distribution(exit_rate)
    given = delivery if isinstance(delivery, Mapping) else dict.fromkeys(planned, delivery)
    shares = {name: _distribution(share) for name, share in given.items()}
    low, middle, high = (
        _an_area(getattr(start, name, start), areas, "start") for name in ("lower", "value", "upper")
    )
    aims = np.full(len(areas), np.nan) if target is None else _an_area(target, areas, "target")
    _check(exit_rate, shares, planned, years, draws)
    if len(set(areas)) < len(areas):
        raise ModelError("simulate_stock_flow", "an area is named twice")

    inputs = {"exit_rate": exit_rate, **{f"delivery of {name}": shares[name] for name in planned}}
    quantiles = np.empty((len(areas), len(years), len(QUANTILES)))
    reached, doubled = np.empty(len(areas)), np.empty(len(areas))
    step = max(1, _CHUNK // draws)

    def run(first: int) -> None:
        part = slice(first, first + step)
        # A generator for each chunk: memory does not grow with the areas, nor the result with the threads.
        random = np.random.default_rng([seed, first])
        shape = (low[part].size, draws)
        begun = np.broadcast_to(middle[part, None], shape)
        if (low < high).any():
            begun = low[part, None] + (high - low)[part, None] * random.random(shape)
        kept = 1 - exit_rate.draw(random, shape)
        yearly = np.zeros(shape)
        for name, amount in planned.items():
            delivered = shares[name].draw(random, shape)
            yearly += delivered * (amount[part, None] / len(years))
        stock = begun
        for number in range(len(years)):
            stock = stock * kept
            stock += yearly
            quantiles[part, number] = _quantiles(stock)
        reached[part] = np.count_nonzero(stock >= aims[part, None], axis=1) / draws
        doubled[part] = np.count_nonzero(stock >= 2 * begun, axis=1) / draws

    with ThreadPoolExecutor() as pool:
        list(pool.map(run, range(0, len(areas), step)))
    return StockFlow(
        _long(quantiles, areas, years),
        pd.DataFrame(
            {
                "target": np.where(np.isnan(aims), np.nan, reached),
                "doubling": np.where(middle > 0, doubled, np.nan),  # nothing has no double
            },
            index=pd.Index(areas, name="area"),
        ),
        _sensitivity(inputs, middle, planned, areas, len(years)),
        draws,
        seed,
    )


def _distribution(value: Triangular | float) -> Triangular:
    return value if isinstance(value, Triangular) else Triangular(value, value, value)


def _quantiles(stock: np.ndarray) -> np.ndarray:
    """Quantiles of each row, interpolated between order statistics as numpy.quantile does."""
    # Single precision sorts twice as fast, and its 1e-7 is far below the error of any number of draws.
    ordered = stock.astype(np.float32)
    ordered.sort(axis=1)
    ranks = np.asarray(QUANTILES) * (stock.shape[1] - 1)
    below = np.floor(ranks).astype(int)
    above = np.minimum(below + 1, stock.shape[1] - 1)
    return ordered[:, below] + (ranks - below) * (ordered[:, above] - ordered[:, below])


def _an_area(value: Any, areas: Sequence[str], what: str) -> np.ndarray:
    values = np.asarray(value, dtype=float)
    if values.size not in (1, len(areas)):
        raise ModelError("simulate_stock_flow", f"{what} has {values.size} values for {len(areas)} areas")
    wrong = values[~(np.isfinite(values) & (values >= 0))]
    if wrong.size:
        raise ModelError(
            "simulate_stock_flow", f"{what} has to be finite and not negative, not {wrong.flat[0]:g}"
        )
    return np.broadcast_to(values.ravel(), (len(areas),)).copy()


def _check(
    exit_rate: Triangular,
    shares: Mapping[str, Triangular],
    planned: Mapping[str, Any],
    years: Any,
    draws: int,
) -> None:
    if exit_rate.low < 0 or exit_rate.high > 1:
        reason = f"the exit rate can be {exit_rate.low:g} to {exit_rate.high:g}; expected within 0 to 1"
    elif missing := sorted(set(planned) ^ set(shares)):
        reason = f"levers and deliveries differ in {', '.join(missing)}"
    elif negative := [name for name, share in shares.items() if share.low < 0]:
        reason = f"the delivery of {negative[0]} can be {shares[negative[0]].low:g}, below 0"
    elif any(later - year != 1 for year, later in pairwise(years)):
        reason = f"the years {list(years)} do not follow each other"
    elif len(years) == 0 or draws < 1:
        reason = f"needs at least one year and one draw, not {len(years)} and {draws}"
    else:
        return
    raise ModelError("simulate_stock_flow", reason)


def _sensitivity(
    inputs: Mapping[str, Triangular], start: np.ndarray, planned: Mapping[str, Any], areas: Any, years: int
) -> pd.DataFrame:
    """Move one input at a time from its 10 % to its 90 % quantile, the others at their medians."""
    medians = {name: spread.quantile(0.5) for name, spread in inputs.items()}

    def end(values: Mapping[str, float]) -> np.ndarray:
        yearly = sum(amount * values[f"delivery of {name}"] for name, amount in planned.items()) / years
        return closed_form(start, yearly, values["exit_rate"], years)

    ends = [
        [end(medians | {name: spread.quantile(share)}) for name, spread in inputs.items()]
        for share in (0.1, 0.9)
    ]
    low, high = (np.transpose(side) for side in ends)
    swing = abs(high - low)
    order = np.argsort(-swing, axis=1, kind="stable")
    names = np.array(list(inputs), dtype=object)
    return pd.DataFrame(
        {
            "area": np.repeat(np.array(areas, dtype=object), len(inputs)),
            "input": names[order].ravel(),
            **{
                name: np.take_along_axis(values, order, axis=1).ravel()
                for name, values in (("low", low), ("high", high), ("swing", swing))
            },
        }
    )


def _long(quantiles: np.ndarray, areas: Sequence[str], years: Sequence[int]) -> pd.DataFrame:
    cells = quantiles.reshape(-1, len(QUANTILES))
    keys = {"area": np.repeat(np.array(areas, dtype=object), len(years)), "year": np.tile(years, len(areas))}
    return pd.DataFrame(keys | {share: cells[:, column] for column, share in enumerate(QUANTILES)})
