"""The numbers of a district table: read from their cells, and held against the table's own totals."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .balance import Balance, balance
from .errors import PrintError, Problem
from .labels import MISSING, Names, Who, plain
from .rounding import Bounds, parse_printed
from .sheets import shown


def read_count(value: Any, number_format: str, magnitude: str) -> Bounds | None:
    """Read a cell as a number of firms.

    Parameters
    ----------
    value : object
        As the file holds it.
    number_format : str
        Of the cell; ``General`` for text.
    magnitude : str
        Word of the column's unit: 万 for 万家, empty for 家.

    Returns
    -------
    Bounds or None
        None for a missing figure: blank, a dash, …, /.

    Raises
    ------
    PrintError
        If it is no number of firms; the message says what is wrong.

    Notes
    -----
    A number is taken as it is shown: 1.1 shown as 1.10 in a column of 万家 stands for 10,950 to 11,050.

    Examples
    --------
    >>> read_count("１，２３４", "General", "")
    Bounds(value=1234, lower=1234, upper=1234)
    >>> read_count(1.1, "0.00", "万")
    Bounds(value=11000, lower=10950, upper=11050)
    """
    if type(value) is int and value >= 0 and not magnitude and number_format in _WHOLE_FORMATS:
        return Bounds(value, value, value)
    if isinstance(value, (bool, datetime.date, datetime.time, datetime.timedelta)):
        raise PrintError("is not a number of firms")
    text = value.strip() if isinstance(value, str) else _as_shown(value, number_format, magnitude)
    bare = plain(text)
    if MISSING.fullmatch(bare):
        return None
    if re.fullmatch(r"[-−－(]\(?[\d,.]+\)?.*", bare):
        raise PrintError("is negative; expected a number of firms, 0 or more")
    if bare.endswith("%"):
        raise PrintError("is a percentage, not a number of firms")
    if not magnitude and (whole := re.fullmatch(r"([\d,]+)\.0+", bare)):
        text = whole[1]  # how some programs write whole numbers
    stated = re.search(r"[^\d,.]", bare)
    try:
        number = parse_printed(text if stated else f"{text}{magnitude}家", unit="firms")
    except PrintError:
        raise PrintError("cannot be read as a number of firms") from None
    if number.unit != "firms":
        raise PrintError(f"counts {number.unit}; expected firms")
    # Of the numbers that it may stand for, at least one has to be whole.
    if number.upper != float("inf") and int(number.upper) < number.lower:
        raise PrintError(_FRACTION)
    return Bounds(number.value, max(0, number.lower), number.upper)


_FRACTION = "is a fraction of a firm; expected a whole number"
_WHOLE_FORMATS = {"General", "0", "#,##0", "0.00", "#,##0.00", "@", "#,##0_ ", "0_ ", "#,##0_);(#,##0)"}


def _as_shown(value: float, number_format: str, magnitude: str) -> str:
    text = shown(value, number_format)
    if text is None:
        raise PrintError(f"is shown as {number_format}, a format that hides how precise it is")
    if magnitude:
        return text
    if abs(value - round(value)) > 1e-6:
        raise PrintError(_FRACTION)
    # Without a word of magnitude a whole number is shown whole: 1234.00 is 1234 firms.
    exact = re.fullmatch(r"-?[\d.]+", text) and float(text) == round(value)
    return f"{round(value)}" if exact else text


class Entry(NamedTuple):
    """A district's number; `number` is None where the table leaves it out."""

    area: str
    indicator: str
    year: int
    number: Bounds | None
    place: str


class Total(NamedTuple):
    """A total or a subtotal, and the districts that it adds up."""

    who: Who
    parts: tuple[str, ...]
    indicator: str
    year: int
    number: Bounds
    place: str


@dataclass(frozen=True)
class _Column:
    """What a data column holds: indicator and year (None if the rows say it), and its unit's magnitude."""

    indicator: str | None
    year: int | None
    magnitude: str


@dataclass
class _Header:
    """What a stretch of header rows says of the columns below."""

    data: dict[int, _Column] = field(default_factory=dict)
    year_column: int | None = None
    indicator_column: int | None = None
    blank: set[int] = field(default_factory=set)
    aside: set[int] = field(default_factory=set)
    # Per group of data columns: the columns that name its districts.
    segments: list[tuple[list[int], list[int]]] = field(default_factory=list)


@dataclass
class Table:
    """The numbers of a workbook, and everything that is wrong with them.

    Parameters
    ----------
    path : str
        Name of the file, for problems.
    names : Names
    entries : dict
        By area, indicator and year.
    totals : list of Total
    problems : list of Problem
    skipped : list of str
        What was recognised and left out: columns that count something else, zones inside a district.
    """

    path: str
    names: Names
    entries: dict[tuple[str, str, int], Entry] = field(default_factory=dict)
    totals: list[Total] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def complain(self, place: str, value: Any, reason: str) -> None:
        """Keep a problem with a cell."""
        self.problems.append(Problem(self.path, place, "" if value is None else str(value), reason))

    def drop_empty(self) -> None:
        """Leave out an indicator and year of which no district has a number."""
        held = {entry[1:3] for entry in self.entries.values() if entry.number is not None}
        empty = sorted({entry[1:3] for entry in self.entries.values()} - held)
        self.skipped += [f"{indicator} {year} is blank in every row" for indicator, year in empty]
        self.entries = {key: entry for key, entry in self.entries.items() if key[1:] in held}

    def check_districts(self) -> None:
        """Complain of districts that the table leaves out."""
        present: dict[tuple[str, int], set[str]] = {}
        for area, indicator, year in self.entries:
            present.setdefault((indicator, year), set()).add(area)
        everywhere = set.intersection(*present.values()) if present else set(self.names.names)
        sheets = ", ".join(dict.fromkeys(entry.place.rpartition("!")[0] for entry in self.entries.values()))
        for area, name in self.names.names.items():
            if area not in everywhere:
                missing = [column for column, areas in present.items() if area not in areas]
                where = f" for {_listed(missing)}" if len(missing) < len(present) else ""
                reason = f"is missing{where}; expected all {len(self.names.names)} districts"
                self.complain(sheets, name, reason)

    def imbalances(self) -> Iterator[tuple[str, Problem]]:
        """Hold every total against its parts; yield the kind of gap and the problem."""
        for total in self.totals:
            parts = [self.entries.get((area, total.indicator, total.year)) for area in total.parts]
            known = [part for part in parts if part and part.number is not None]
            found = balance(total.number, [part.number for part in known])
            # What is missing may make up for a total that is larger.
            covered = len(known) < len(parts) and found.gap >= -found.tolerance
            if found.kind != "exact" and not covered:
                value = f"{total.number.value:.12g}"
                yield found.kind, Problem(self.path, total.place, value, _told(total, known, found))


def _listed(columns: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{indicator} {year}" for indicator, year in sorted(columns))


def _told(total: Total, parts: list[Entry], found: Balance) -> str:
    reached = total.number.value - found.gap
    text = f"does not balance: its {len(parts)} parts add up to {reached:.12g}, a gap of {found.gap:+.12g}"
    text += f" ({found.kind})"
    if found.slips:
        cells = [total.place if slip.cell == -1 else parts[slip.cell].place for slip in found.slips]
        suspects = [
            f"{cell} may be {slip.corrected:.12g} instead of {slip.printed:.12g}"
            for cell, slip in zip(cells, found.slips, strict=True)
        ]
        more = f" or {len(suspects) - 6} other cells" if len(suspects) > 6 else ""
        text += f"; {' or '.join(suspects[:6])}{more}"
    return text


def total_formula(column: str, first: int, last: int) -> str:
    """Formula of a total in the blank form: nothing until a number stands above it."""
    cells = f"{column}{first}:{column}{last}"
    return f'=IF(COUNT({cells})=0,"",SUM({cells}))'
