"""Spread totals over areas: raking to margins, and whole numbers that keep their sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import ModelError


@dataclass(frozen=True)
class Raked:
    """Result of :func:`rake`.

    Parameters
    ----------
    values : array
        The seed, scaled so that every margin holds.
    passes : int
        How many times all margins were gone through.
    gap : float
        Largest relative difference to a margin that is left.
    """

    values: np.ndarray
    passes: int
    gap: float

    def __repr__(self) -> str:
        return f"Raked({self.values.size} cells, {self.passes} passes, gap {self.gap:.3g})"


def rake(seed: Any, margins: Sequence[tuple[Any, Any]], tolerance: float = 1e-12, limit: int = 1000) -> Raked:
    """Scale cells until they add up to every margin (raking, iterative proportional fitting).

    Parameters
    ----------
    seed : array
        Cells, 0 or more; a cell of 0 stays 0.
    margins : sequence of pairs
        For each margin the group of every cell (0, 1, …; −1 for a cell in none) and the groups' totals. A
        published number of a single cell is a group of that cell alone.
    tolerance : float
        Relative difference to each total at which the raking has converged.
    limit : int
        Passes after which it is given up.

    Returns
    -------
    Raked

    Raises
    ------
    ModelError
        If a cell or total is negative or not finite, a group of zeros has a total, or the margins
        contradict each other so that the raking does not converge.

    Notes
    -----
    W. E. Deming and F. F. Stephan, On a least squares adjustment of a sampled frequency table when the
    expected marginal totals are known, *Annals of Mathematical Statistics* 11 (1940). What raking keeps are
    the ratios between cells that are in the same groups.

    Examples
    --------
    Three districts share 100 firms by their weights; the first is known to have 60:

    >>> raked = rake([1, 1, 3], [([0, 0, 0], [100]), ([0, -1, -1], [60])])
    >>> [round(float(value), 6) for value in raked.values]
    [60.0, 10.0, 30.0]
    """
    values = np.array(seed, dtype=float)
    groups = [(np.asarray(codes), np.asarray(totals, dtype=float)) for codes, totals in margins]
    _check(values, groups)
    gap = np.inf
    for passes in range(1, limit + 1):
        for codes, totals in groups:
            values = values * _factors(values, codes, totals)
        gap = max((_gap(values, codes, totals) for codes, totals in groups), default=0.0)
        if gap <= tolerance:
            return Raked(values, passes, gap)
    raise ModelError(
        "rake", f"the margins contradict each other: after {limit} passes a gap of {gap:.2g} is left"
    )


def largest_remainder(values: Any, total: int) -> np.ndarray:
    """Round shares of a total to whole numbers that add up to it (Hamilton's method).

    Parameters
    ----------
    values : array
        Shares in any unit, 0 or more; scaled to the total.
    total : int
        Whole number, 0 or more.

    Returns
    -------
    array of int
        Each is the scaled share rounded down, or one more: the largest remainders go up first, of equal
        ones the earlier.

    Raises
    ------
    ModelError
        If a value is negative or not finite, the total is no whole number of 0 or more, or all values are 0
        and the total is not.

    Examples
    --------
    >>> largest_remainder([1, 1, 1], 100).tolist()
    [34, 33, 33]
    """
    shares = np.asarray(values, dtype=float)
    if not (np.isfinite(shares) & (shares >= 0)).all():
        raise ModelError("largest_remainder", "a value is negative or not finite")
    if total != int(total) or total < 0 or (total and not shares.sum() > 0):
        raise ModelError("largest_remainder", f"{total:g} cannot be shared out in whole numbers of 0 or more")
    # Rounded, so that a quota of 11,049 that binary arithmetic made a hair less stays 11,049.
    quotas = np.round(shares * (total / (shares.sum() or 1)), 6)
    whole = np.floor(quotas).astype(int)
    order = np.argsort(-(quotas - whole), kind="stable")
    whole[order[: total - whole.sum()]] += 1
    return whole


def _check(values: np.ndarray, groups: list[tuple[np.ndarray, np.ndarray]]) -> None:
    for name, numbers in (("seed", values), *(("total", totals) for _, totals in groups)):
        wrong = numbers[~(np.isfinite(numbers) & (numbers >= 0))]
        if wrong.size:
            raise ModelError("rake", f"a {name} of {wrong[0]:g}; expected finite numbers of 0 or more")
    for codes, totals in groups:
        if codes.shape != values.shape or (codes.size and not -1 <= codes.min() <= codes.max() < totals.size):
            raise ModelError("rake", "a margin does not give one group with a total for every cell")
        if ((_sums(values, codes, totals.size) == 0) & (totals > 0)).any():
            raise ModelError("rake", "a group of cells that are all 0 has a total above 0")


def _sums(values: np.ndarray, codes: np.ndarray, size: int) -> np.ndarray:
    held = codes >= 0
    return np.bincount(codes[held], weights=values[held], minlength=size)


def _factors(values: np.ndarray, codes: np.ndarray, totals: np.ndarray) -> np.ndarray:
    sums = _sums(values, codes, totals.size)
    scale = np.append(np.divide(totals, sums, out=np.ones_like(totals), where=sums > 0), 1.0)
    return scale[codes]  # group −1 is the last: left as it is


def _gap(values: np.ndarray, codes: np.ndarray, totals: np.ndarray) -> float:
    sums = _sums(values, codes, totals.size)
    return float((abs(sums - totals) / np.where(totals > 0, totals, 1)).max(initial=0))
