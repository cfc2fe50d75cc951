"""Growth rates and doubling times."""

from __future__ import annotations

from typing import Any

import numpy as np

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


def _require_positive(model: str, **inputs: Any) -> None:
    for name, value in inputs.items():
        wrong = np.atleast_1d(np.asarray(value, dtype=float))
        wrong = wrong[~(np.isfinite(wrong) & (wrong > 0))]
        if wrong.size:
            raise ModelError(model, f"{name} has to be a positive finite number, not {wrong[0]:g}")
