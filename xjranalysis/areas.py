"""Frames of numbers that hold several areas: their numbers and bounds, and the areas in their order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .errors import DataError, Problem


def bounded(frame: pd.DataFrame, what: str) -> dict[str, np.ndarray]:
    """Take value, lower and upper of every row.

    Parameters
    ----------
    frame : DataFrame
        With a column ``value``, and either both or none of ``lower`` and ``upper``: without them the numbers
        are exact.
    what : str
        What the frame is called in an error.

    Returns
    -------
    dict of str to array
        As floats; NaN where something else than a number stands.

    Raises
    ------
    DataError
        If one of the columns is missing.

    Examples
    --------
    >>> bounded(pd.DataFrame({"value": [12_500, "?"]}), "series")["lower"].tolist()
    [12500.0, nan]
    """
    bounds = [name for name in ("lower", "upper") if name in frame]
    if "value" not in frame or len(bounds) == 1:
        missing = "value" if "value" not in frame else ({"lower", "upper"} - set(bounds)).pop()
        raise DataError([Problem(what, "", ", ".join(map(str, frame.columns)), f"has no column {missing}")])
    columns = {"value": "value", "lower": "value", "upper": "value"} | {name: name for name in bounds}
    return {
        name: pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        for name, column in columns.items()
    }


def numbered(column: pd.Series) -> tuple[np.ndarray, list[Any]]:
    """Number the names of a column in the order in which they come.

    Returns
    -------
    tuple of array and list
        The number of every row's name, and the names.

    Examples
    --------
    >>> numbers, names = numbered(pd.Series(["dongli", "binhai", "dongli"]))
    >>> numbers.tolist(), names
    ([0, 1, 0], ['dongli', 'binhai'])
    """
    numbers, names = pd.factorize(column, use_na_sentinel=False)
    return numbers, list(names)
