"""Totals and their parts: does a printed total balance, and if not, which cell may have slipped?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Slip:
    """A cell that balances the total if one keystroke of it is undone.

    Parameters
    ----------
    cell : int
        Position among the parts; -1 for the total.
    printed, corrected : float
        The value as printed, and the value that balances.
    """

    cell: int
    printed: float
    corrected: float


@dataclass(frozen=True)
class Balance:
    """How a printed total compares with the sum of its printed parts.

    Parameters
    ----------
    kind : {'exact', 'rounding', 'one-digit slip', 'unexplained'}
    gap : float
        Total less the sum of the parts.
    tolerance : float
        The largest gap that rounding alone can make.
    slips : tuple of Slip
        Cells of which one may have slipped; empty unless `kind` is ``one-digit slip``.
    """

    kind: str
    gap: float
    tolerance: float
    slips: tuple[Slip, ...] = ()


def balance(total: Any, parts: Sequence[Any]) -> Balance:
    """Hold a printed total against its printed parts.

    Parameters
    ----------
    total : PublishedNumber or row of a figure frame
        Has ``value``, ``lower`` and ``upper``.
    parts : sequence of the same

    Returns
    -------
    Balance

    Notes
    -----
    Rounding explains a gap up to half a unit of the total plus half a unit of every part. Beyond, a
    cell is suspected if undoing one keystroke in it (a digit replaced, left out, added, or two
    neighbours swapped: Damerau-Levenshtein distance 1; the number of decimals stays) balances the
    total within the rounding, as ``correct_typos`` of the R package deductive (Statistics Netherlands)
    does. Nothing is repaired.

    Examples
    --------
    >>> from xjranalysis import parse_printed
    >>> parts = [parse_printed(text) for text in ("1024家", "2000家", "317家")]
    >>> balance(parse_printed("3341家"), parts).kind
    'exact'
    >>> [(slip.cell, slip.corrected) for slip in balance(parse_printed("3431家"), parts).slips]
    [(-1, 3341), (1, 2090)]
    """
    found = rounded(total, parts)
    if found.kind != "unexplained":
        return found
    cells = [(-1, total), *enumerate(parts)]
    gap, tolerance = _gap(total, parts)
    slips = tuple(
        Slip(position, cell.value, _plain(value))
        for position, cell in cells
        for value in _one_keystroke_away(_decimal(cell.value), _unit(cell))
        if abs(gap + (value - _decimal(cell.value)) * (1 if position == -1 else -1)) <= tolerance
    )
    return Balance("one-digit slip" if slips else "unexplained", found.gap, found.tolerance, slips)


def rounded(total: Any, parts: Sequence[Any]) -> Balance:
    """Hold a printed total against its parts as :func:`balance` does, without looking for slips."""
    gap, tolerance = _gap(total, parts)
    kind = "unexplained" if abs(gap) > tolerance else "rounding" if gap else "exact"
    return Balance(kind, float(gap), float(tolerance))


def _gap(total: Any, parts: Sequence[Any]) -> tuple[Decimal, Decimal]:
    """Total less parts, and what rounding explains of it."""
    if all(map(_is_whole, (total, *parts))):  # as in most tables, and much faster
        return Decimal(total.value - sum(part.value for part in parts)), Decimal(0)
    gap = _decimal(total.value) - sum((_decimal(part.value) for part in parts), Decimal(0))
    return gap, sum((_half_unit(cell) for cell in (total, *parts)), Decimal(0))


def _is_whole(cell: Any) -> bool:
    return isinstance(cell.value, int) and cell.lower == cell.value == cell.upper


def _decimal(value: float) -> Decimal:
    return Decimal(str(value)).normalize()


def _half_unit(cell: Any) -> Decimal:
    # Either bound may be open (以上); the bounded side says how finely the figure was rounded.
    half = min(_decimal(cell.upper) - _decimal(cell.value), _decimal(cell.value) - _decimal(cell.lower))
    return half if half.is_finite() else Decimal(0)


def _unit(cell: Any) -> Decimal:
    """One unit of the last printed digit: 100 for 3.42万家, 1 for a count."""
    return 2 * _half_unit(cell) or Decimal(1)


def _one_keystroke_away(value: Decimal, unit: Decimal) -> list[Decimal]:
    """Every number that one mistake at the keyboard turns into `value`, smallest first."""
    text = str(int(abs(value) / unit))
    digits = "0123456789"
    places = range(len(text))
    typed = {
        *(text[:i] + digit + text[i + 1 :] for i in places for digit in digits),
        *(text[:i] + text[i + 1 :] for i in places),
        *(text[:i] + digit + text[i:] for i in range(len(text) + 1) for digit in digits),
        *(text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in places[:-1]),
    }
    # A number is not printed with a leading zero, nor without any digit.
    return sorted(int(other) * unit for other in typed - {text} if other and str(int(other)) == other)


def _plain(value: Decimal) -> float:
    return int(value) if value == value.to_integral_value() else float(value)
