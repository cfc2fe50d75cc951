"""The numbers of a district table: read from their cells, and held against the table's own totals."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .balance import Balance, balance, rounded
from .errors import PrintError, Problem
from .labels import MISSING, Names, Who, half_width, plain
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
    # Most cells are whole numbers, or texts of one.
    if type(value) is int and 0 <= value <= _MOST and not magnitude and number_format in _WHOLE_FORMATS:
        return Bounds(value, value, value)
    if isinstance(value, str) and not magnitude and (whole := _WHOLE.fullmatch(value)):
        count = int(whole[1].replace(",", ""))
        return Bounds(count, count, count)
    if isinstance(value, (bool, datetime.date, datetime.time, datetime.timedelta)):
        raise PrintError("is not a number of firms")
    if isinstance(value, float) and not math.isfinite(value):
        raise PrintError("is not a finite number")
    text = _written(value) if isinstance(value, str) else _as_shown(value, number_format, magnitude)
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
    if number.unit not in ("firms", "items"):  # 个 counts firms too
        raise PrintError(f"counts {number.unit}; expected firms")
    if number.value > _MOST:
        raise PrintError(f"is more than {_MOST:,} firms")
    # Of the numbers that it may stand for, at least one has to be whole.
    if number.upper != float("inf") and int(number.upper) < number.lower:
        raise PrintError(_FRACTION)
    return Bounds(number.value, max(0, number.lower), number.upper)


_MOST = 100_000_000  # more firms than any country has: a slip, or a code
_WHOLE = re.compile(
    "(0|[1-9][0-9]{0,7}|[1-9][0-9]?(?:,[0-9]{3}){2}|[1-9][0-9]{0,2},[0-9]{3})家?"
)  # up to _MOST
_FRACTION = "is a fraction of a firm; expected a whole number"
_WHOLE_FORMATS = {"General", "0", "#,##0", "0.00", "#,##0.00", "@", "#,##0_ ", "0_ ", "#,##0_);(#,##0)"}


def _written(text: str) -> str:
    """Take away what programs and typists put around a number: an apostrophe, ="…", a mark of a footnote."""
    exported = re.fullmatch(r"""='?"(.*)"|'(.*)""", text.strip())
    inner = next((group for group in exported.groups() if group is not None), "") if exported else text
    unmarked = re.sub(r"(?<![*＊①-⑳])[*＊①-⑳]+$", "", inner.strip())
    return re.sub(r"\((?:预计|预测|目标|实际)\)$", "", half_width(unmarked).strip())


def _as_shown(value: float, number_format: str, magnitude: str) -> str:
    text = shown(value, number_format)
    if text is None:
        raise PrintError(f"is shown as {number_format}, a format that hides how precise it is")
    if magnitude or re.search(r"[百千万亿]", text):
        return text
    # A dust of binary arithmetic is no fraction of a firm.
    whole = round(value)
    if abs(value - whole) > 1e-6:
        raise PrintError(_FRACTION)
    digits = re.sub(r"[^\d.\-%]", "", text)
    if digits.endswith("%"):
        return text
    if abs(float(digits) - whole) > 1e-6:
        raise PrintError(f"is shown as {text}, in thousands, but the column's unit is 家")
    # Without a word of magnitude a whole number is shown whole: 1234.00 is 1234 firms.
    return f"{whole}"


class Entry(NamedTuple):
    """A district's number; `number` is None where the table leaves it out."""

    area: str
    indicator: str
    year: int
    number: Bounds | None
    place: str


class Total(NamedTuple):
    """A total or a subtotal, and the districts that it may add up, in one or several readings."""

    who: Who
    parts: Sequence[Sequence[str]]
    indicator: str
    year: int
    number: Bounds
    place: str


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
    searched: int = 0

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
        absent = {area: name for area, name in self.names.names.items() if area not in everywhere}
        if not absent:
            return
        sheets = ", ".join(dict.fromkeys(entry.place.rpartition("!")[0] for entry in self.entries.values()))
        for area, name in absent.items():
            missing = [column for column, areas in present.items() if area not in areas]
            where = f" for {_listed(missing)}" if len(missing) < len(present) else ""
            reason = f"is missing{where}; expected all {len(self.names.names)} districts"
            self.complain(sheets, name, reason)

    def imbalances(self) -> Iterator[tuple[str, Problem]]:
        """Hold every total against its parts; yield the kind of gap and the problem."""
        for total in self.totals:
            found, known = self._nearest(total, rounded)
            self.searched += len(known) if found.kind == "unexplained" else 0
            if found.kind == "unexplained" and self.searched <= _MOST_SEARCHED:
                found, known = self._nearest(total, balance)
            if found.kind != "exact":
                yield (
                    found.kind,
                    Problem(self.path, total.place, f"{total.number.value:.12g}", _told(total, known, found)),
                )

    def _nearest(self, total: Total, hold: Callable[..., Balance]) -> tuple[Balance, list[Entry]]:
        """Hold a total against each set of districts that it may add up; the best result."""
        return min(
            (self._balanced(total, parts, hold) for parts in self._readings(total)),
            key=lambda result: BALANCES.index(result[0].kind),
            default=(Balance("exact", 0, 0), []),
        )

    def _readings(self, total: Total) -> Iterator[Sequence[str]]:
        """Districts that a total may add up: those that it names, or a bare 小计 has next to it."""
        for parts in filter(None, total.parts):
            yield parts
            if total.who.kind == "subtotal" and not total.who.name:
                for nearest in (parts[-1], parts[0]):
                    group = self.names.group_of[nearest]
                    yield tuple(area for area in parts if self.names.group_of[area] == group)

    def _balanced(
        self, total: Total, areas: Sequence[str], hold: Callable[..., Balance]
    ) -> tuple[Balance, list[Entry]]:
        parts = [self.entries.get((area, total.indicator, total.year)) for area in areas]
        known = [part for part in parts if part and part.number is not None]
        found = hold(total.number, [part.number for part in known])
        # What is missing may make up for a total that is larger.
        covered = len(known) < len(parts) and found.gap >= -found.tolerance
        return (Balance("exact", found.gap, found.tolerance) if covered else found), known


_MOST_SEARCHED = 20_000  # cells that are looked through for a slip
BALANCES = ("exact", "rounding", "one-digit slip", "unexplained")


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
