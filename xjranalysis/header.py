"""Make out what the columns of a district table hold, from the rows above it.

Each column needs one indicator and one year. What it does not say itself is taken from a heading over several
columns, then from the titles, then from the sheet's name; a header that says anything else besides is not
completed in this way but left out, or complained of.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from .annex import Table
from .errors import Problem
from .labels import (
    COUNT,
    DATED,
    FLOW,
    INDICATOR_HEAD,
    NAMING,
    NOTE,
    OTHER,
    RATE,
    STOCK,
    SUBJECT,
    UNIT_CELL,
    UNIT_HEAD,
    YEAR_HEAD,
    half_width,
    indicators_named,
    is_count_unit,
    magnitudes_told,
    plain,
    remainder,
    title_of,
    units_named,
    years_named,
)
from .sheets import Place, Sheet, column_letters


class _Head(NamedTuple):
    """A text above a column, and the cell that it stands in (the first of a merged range)."""

    value: Any
    anchor: Place


class _Column(NamedTuple):
    """What a data column holds; None where the rows say it."""

    indicator: str | None
    year: int | None
    magnitude: str | None


class _Stub(NamedTuple):
    """What the rows hold in a column left of the districts."""

    names_years: bool
    names_indicators: bool
    number_row: int | None  # the first one with a number


Level = dict[int, _Head]  # one header row: column → text


@dataclass
class Header:
    """What a stretch of header rows says of the columns below."""

    data: dict[int, _Column] = field(default_factory=dict)
    year_column: int | None = None
    indicator_column: int | None = None
    unit_column: int | None = None
    blank: set[int] = field(default_factory=set)
    aside: set[int] = field(default_factory=set)
    levels: list[Level] = field(default_factory=list)
    # Per level, for the columns that it says nothing of: the heading further left, which may be theirs too.
    left: list[Level] = field(default_factory=list)
    # Per group of data columns: the columns to its left that name its districts.
    segments: list[tuple[list[int], list[int]]] = field(default_factory=list)


_Naming = Callable[[Any], set[Any]]
_NAMINGS: tuple[_Naming, ...] = (years_named, indicators_named, units_named)


class _Titles:
    """The lines above a table and its sheet's name, and what they say; found out once for all columns."""

    def __init__(self, texts: list[str], sheet_name: str):
        bare = list(map(plain, texts))
        self.named = {naming: union(naming, [*texts, sheet_name]) for naming in _NAMINGS}
        together = "\n".join(bare)
        self.flow, self.rate, self.count = (bool(words.search(together)) for words in (FLOW, RATE, COUNT))
        self.other = any(SUBJECT.search(text) and not indicators_named(text) for text in bare)
        said = " / ".join([*texts[:_MOST_TITLES], *(["…"] if len(texts) > _MOST_TITLES else [])])
        self.said = f"; the title says {said}" if said else ""


_MOST_TITLES = 20  # that an error repeats
# In a sheet, far above those of any district table: headers, and texts in them above the numbers.
_MOST_HEADERS, _MOST_HEADS = 5_000, 60_000


class HeaderReader:
    """Reads the headers of one sheet, one below the other.

    Parameters
    ----------
    table : Table
        Where problems and notes are kept.
    sheet : Sheet
    keys : list of int
        Columns that name districts.
    bodies : collection of int
        Rows that name districts or totals.
    """

    def __init__(self, table: Table, sheet: Sheet, keys: list[int], bodies: Iterable[int]):
        self.table = table
        self.sheet = sheet
        self.keys = keys
        self.bodies = bodies
        self.columns = sheet.columns
        self.key_columns = set(keys)
        self.right = [c for c in self.columns if c > keys[0] and c not in self.key_columns]
        self.right_columns = set(self.right)
        self.corner_columns = [c for c in self.columns if c not in self.right_columns]
        # Columns with a number of a district: only of these a header has to make sense.
        self.counted = {
            column
            for row in bodies
            for column, value in sheet.rows[row].items()
            if column in self.right_columns and is_number(value)
        } | {column for _, column in sheet.uncalculated}
        self.titles = _Titles([], sheet.name)
        # What the titles of the tables above in the sheet name.
        self.earlier: dict[_Naming, set[Any]] = {naming: set() for naming in _NAMINGS}
        self.complaints: list[Problem] = []  # of the columns of the header read last
        self.read_headers = self.read_heads = 0

    def corner(self, row: int) -> list[str]:
        """Texts of a row that begin left of the numbers."""
        held = (self.sheet.at(row, column) for column in self.corner_columns)
        return list(dict.fromkeys(text_of(value) for value in held if value is not None))

    def read(self, rows: list[int], body: int, levels: list[Level] | None = None) -> Header | None:
        """Read the rows above a body row; with `levels` their titles only, the columns being as before."""
        self.complaints = []
        if self._is_too_much(rows):
            self._refuse(body, "is oversized: too many headers stand above; expected a district table")
            return None
        own, context = self._levels(rows)
        levels = levels or own
        for naming, named in self.titles.named.items():
            self.earlier[naming] |= named
        self.titles = _Titles(context, self.sheet.name)
        header = Header(levels=levels, left=list(map(self._left, levels)))
        self._find_stub_columns(rows, header)
        for column in self.right:
            self._resolve(column, levels, header)
        header.segments = self._segments(header)
        self._check_columns(header, levels)
        if header.data:
            self.table.problems += self.complaints
            return header
        if not self.complaints:
            said = [_heads(levels, column) for column in self.right]
            reason = (
                "no recognisable header: expected an indicator (科技型中小企业, 科技小巨人企业) and a year"
                f" (2015年) above the numbers; saw {', '.join(filter(None, said)) or 'nothing'}"
            )
            self._refuse(rows[-1] if rows else body, reason)
        return None

    def _is_too_much(self, rows: list[int]) -> bool:
        """Count what is read, because making out a header takes long."""
        self.read_headers += 1
        self.read_heads += sum(
            column in self.right_columns for row in rows for column in self.sheet.rows[row]
        )
        return self.read_headers > _MOST_HEADERS or self.read_heads > _MOST_HEADS

    def _refuse(self, row: int, reason: str) -> None:
        place = self.sheet.address(row, self.keys[0])
        self.complaints.append(Problem(self.table.path, place, "", reason))

    def _complain_of_column(self, levels: list[Level], column: int, reason: str) -> None:
        place = self.sheet.address(_own_row(levels, column), column)
        self.complaints.append(Problem(self.table.path, place, _heads(levels, column), reason))

    def _find_stub_columns(self, rows: list[int], header: Header) -> None:
        """Find columns left of the districts that say the year or the indicator of each row."""
        for column, stub in self._stubs.items():
            heads = [plain(text_of(self.sheet.at(row, column))) for row in rows]
            if any(YEAR_HEAD.fullmatch(head) for head in heads) and stub.names_years:
                header.year_column = column
            elif stub.names_indicators:
                header.indicator_column = column
            elif stub.number_row and any(years_named(head) or indicators_named(head) for head in heads[-1:]):
                reason = "stands left of the districts' names; expected numbers to their right"
                self._complain(stub.number_row, column, self.sheet.at(stub.number_row, column), reason)

    @cached_property
    def _stubs(self) -> dict[int, _Stub]:
        """What the rows hold in the columns left of the districts; the same for every header."""
        stubs = {}
        for column in (column for column in self.columns if column < self.keys[0]):
            held = {row: self.sheet.at(row, column) for row in self.bodies}
            texts = (value for value in held.values() if isinstance(value, str))
            number_row = next((row for row, value in held.items() if is_number(value)), None)
            stubs[column] = _Stub(
                any(map(years_named, held.values())), any(map(indicators_named, texts)), number_row
            )
        return stubs

    def _levels(self, rows: list[int]) -> tuple[list[Level], list[str]]:
        """Part the rows above a table into levels of its header, and texts that hold for all of it."""
        levels: list[Level] = []
        alone: list[Level] = []
        context: list[str] = []
        for row in rows:
            level = self._level(row)
            # What begins left of the numbers is a title, or heads the districts' names.
            corner = self.corner(row)
            if not level:  # a title, as most lines far above a table are
                context += [text for text in corner if not is_heading(text)]
                continue
            units = [h.value for h in level.values() if UNIT_CELL.search(half_width(text_of(h.value)))]
            context += [text_of(value) for value in (*corner, *units) if not is_heading(value)]
            level = {
                column: head
                for column, head in level.items()
                if head.value not in units
                and not (DATED.search(said := text_of(head.value)) or NOTE.search(said))
            }
            distinct = {head.anchor: head.value for head in level.values()}
            if run_of_numbers(list(distinct.values())):
                continue  # a row that numbers the columns
            single = len(distinct) == 1
            beside = any(not is_heading(text) for text in corner)
            if single and (
                beside or (not corner and (len(level) == 1 or self.right_columns <= level.keys()))
            ):
                context += map(text_of, distinct.values())
                alone.append(level)
            elif level:
                levels.append(level)
        # A text alone in its row says something of its own column only if nothing else does.
        named = set().union(*levels) if levels else set()
        rest = ({c: head for c, head in level.items() if c not in named} for level in alone)
        return [*levels, *filter(None, rest)], list(dict.fromkeys(filter(None, map(title_of, context))))

    def _level(self, row: int) -> Level:
        """Texts of a row that stand above the numbers."""
        held = self.sheet.rows[row]
        columns = (
            self.right if row in self.sheet.merged_rows else filter(self.right_columns.__contains__, held)
        )
        heads = {c: _Head(self.sheet.at(row, c), self.sheet.anchor(row, c)) for c in columns}
        return {c: h for c, h in heads.items() if h.value is not None and h.anchor[1] > self.keys[0]}

    def _left(self, level: Level) -> Level:
        """For columns without a text: the next one to the left, unless districts' names stand between."""
        found: Level = {}
        last = None
        for column in self.columns:
            if column in level:
                last = level[column]
            elif column in self.key_columns:
                last = None
            elif last is not None and last.anchor not in self.sheet.anchors:
                found[column] = last
        return found

    def _inherited(self, header: Header, column: int) -> list[Any]:
        """Texts further left in the upper levels: a heading over several columns that were not merged."""
        lowest = max((place for place, level in enumerate(header.levels) if column in level), default=0)
        return [left[column].value for left in header.left[:lowest] if column in left]

    def _resolve(self, column: int, levels: list[Level], header: Header) -> None:
        """Find out what one column holds."""
        own, inherited = _own(levels, column), self._inherited(header, column)
        said = " ".join(map(text_of, own))
        bare = re.sub(r"\([^()]*\)", "", plain(said))
        units = union(units_named, map(text_of, own)) | magnitudes_told(said) or union(
            units_named, map(text_of, inherited)
        )
        part = any(
            plain(text_of(value)).startswith("其中") and not indicators_named(text_of(value)) for value in own
        )
        years, indicators = union(years_named, own), indicators_of(own)
        rest = "".join(remainder(text_of(value)) for value in own)
        if not own:
            header.blank.add(column)
        elif part or OTHER.search(bare) or any(OTHER.search(plain(text_of(value))) for value in inherited):
            self._leave_out(column, said, "counts something else", header)
        elif (foreign := _foreign(units)) and foreign == units:
            self._leave_out(column, said, f"counts {', '.join(sorted(foreign))}", header)
        elif UNIT_HEAD.fullmatch(bare) and not years and not indicators:
            header.unit_column = column
        elif not rest and (years or indicators or COUNT.search(bare) or units):
            years, indicators = years or union(years_named, inherited), indicators or indicators_of(inherited)
            self._complete(column, said, years, indicators, units, header)
        elif YEAR_HEAD.fullmatch(bare):
            header.year_column = column
        elif INDICATOR_HEAD.fullmatch(bare):
            header.indicator_column = column
        elif years and indicators and column in self.counted:
            reason = f"is ambiguous: it says {rest} besides an indicator and a year; expected these two only"
            self._complain_of_column(levels, column, reason)
        elif column in self.counted:
            self._leave_out(column, said, "counts something else", header)

    def _leave_out(self, column: int, said: str, why: str, header: Header) -> None:
        header.aside.add(column)
        self._note(f"{self._column_name(column)} ({said}) {why}")

    def _complete(
        self, column: int, said: str, years: set[int], indicators: set[str], units: set[str],
        header: Header,
    ) -> None:  # fmt: skip
        """Add from the titles what the column does not say; complain if it is not one of each."""
        fault = self._unsuited_title(said, bool(indicators))
        if header.year_column is None:
            years = years or self._titled(years_named)
        if header.indicator_column is None:
            indicators = indicators or self._titled(indicators_named)
        if not units:
            units = self._titled(units_named)
            # 单位：家、% holds for counts and shares alike.
            units -= _foreign(units) if units - _foreign(units) else set()
        for found, what, elsewhere in (
            (years, "year", header.year_column),
            (indicators, "indicator", header.indicator_column),
        ):
            if not fault and (len(found) > 1 or (not found and elsewhere is None)):
                names = f"names more than one {what} ({', '.join(map(str, sorted(found)))})"
                fault = f"is ambiguous: {names if found else f'names no {what}'}; expected one"
                fault += self.titles.said
        if not fault and (len(units) > 1 or _foreign(units)):
            fault = f"has the unit {', '.join(sorted(word or '家' for word in units))}; expected 家 or 万家"
        if not fault:
            magnitude = next(iter(units), "" if header.unit_column is None else None)
            header.data[column] = _Column(next(iter(indicators), None), next(iter(years), None), magnitude)
        elif column in self.counted:
            self._complain_of_column(header.levels, column, fault)

    def _titled(self, naming: _Naming) -> set[Any]:
        """What the titles and the sheet's name say; what they do not, those of the table above."""
        return self.titles.named[naming] or self.earlier[naming]

    def _unsuited_title(self, said: str, named: bool) -> str:
        """Say why a title does not let a column be read as a stock of firms; empty if it does."""
        titles = self.titles
        if titles.flow and not STOCK.search(plain(said)):
            return f"is ambiguous: the title speaks of additions, not of stocks{titles.said}"
        if titles.rate and not (titles.count or COUNT.search(plain(said))):
            return f"is ambiguous: the title speaks of rates, not of numbers{titles.said}"
        if titles.other and not named:
            return f"is ambiguous: the title speaks of something else{titles.said}"
        return ""

    def _column_name(self, column: int) -> str:
        return f"row {column}" if self.sheet.transposed else f"column {column_letters(column)}"

    def _segments(self, header: Header) -> list[tuple[list[int], list[int]]]:
        segments: list[tuple[list[int], list[int]]] = []
        stub: list[int] = []
        for column in self.columns:
            if column in header.data:
                if not segments or any(name in self.key_columns for name in stub):
                    segments.append((stub, []))
                segments[-1][1].append(column)
                stub = []
            elif column not in header.aside:
                stub = [*stub, column]
        return segments

    def _check_columns(self, header: Header, levels: list[Level]) -> None:
        """Two columns of one group cannot hold the same."""
        for _, columns in header.segments:
            first: dict[tuple[str | None, int | None], int] = {}
            for column in list(columns):
                meaning = header.data[column][:2]
                other = first.setdefault(meaning, column)
                if other != column:
                    before = f"{self._column_name(other)} ({_heads(levels, other)})"
                    reason = f"is ambiguous: {before} is {meaning[0]} {meaning[1]} too"
                    self._complain(_own_row(levels, column), column, _heads(levels, column), reason)
                    columns.remove(column)
                    del header.data[column]

    def _note(self, what: str) -> None:
        self.table.skipped.append(f"{self.sheet.name}: {what}")

    def _complain(self, row: int, column: int, value: Any, reason: str) -> None:
        self.table.complain(self.sheet.address(row, column), value, reason)


_NUMBER = re.compile(r"[-+(]?[,.]*\d[\d,.]*\)?[万千]?[家户个]?")


def run_of_numbers(numbers: Sequence[Any]) -> bool:
    """Whether small numbers ascend from 1, 2 or 3, as those that number columns do."""
    counted = [half_width(str(number)).strip("() ").partition("=")[0] for number in numbers]
    if not counted or not all(number.isdecimal() for number in counted):
        return False
    values = list(map(int, counted))
    return 1 <= values[0] <= 3 and values[-1] < 100 and all(a < b for a, b in pairwise(values))


def is_number(value: Any) -> bool:
    """Whether a cell holds a number, or a text that is nothing but one."""
    if isinstance(value, str):
        # Most texts begin with a letter or a Chinese character, and are not looked at any further.
        return not value[:1].isalpha() and bool(_NUMBER.fullmatch(plain(value)))
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def tells(value: Any) -> bool:
    """Whether a cell says something of its column."""
    if value is None or is_number(value):
        return bool(years_named(value))
    text = plain(text_of(value))
    return bool(years_named(value) or indicators_named(text) or COUNT.search(text) or OTHER.search(text))


def is_title(text: str) -> bool:
    """Whether a text left of the numbers says a year or an indicator for all below it."""
    said = title_of(text)
    return bool(years_named(said) or indicators_named(said) or units_named(said))


def is_heading(value: Any) -> bool:
    """Whether a text only heads the column of names (区县, 序号)."""
    text = plain(text_of(value))
    if len(text) > 8 or not (NAMING.search(text) or OTHER.search(text)):
        return False
    return not (years_named(text) or units_named(text_of(value)))


def text_of(value: Any) -> str:
    """Text of a cell on one line, a date as 2015-12-31."""
    if isinstance(value, (datetime.datetime, datetime.date)):
        return f"{value:%Y-%m-%d}"
    return "" if value is None else " ".join(str(value).split())


def _own(levels: list[Level], column: int) -> list[Any]:
    """Texts above a column, from the top, each merged range once."""
    return list({level[column].anchor: level[column].value for level in levels if column in level}.values())


def _own_row(levels: list[Level], column: int) -> int:
    return [level[column].anchor[0] for level in levels if column in level][-1]


def _heads(levels: list[Level], column: int) -> str:
    return " ".join(map(text_of, _own(levels, column)))


def indicators_of(values: Sequence[Any]) -> set[str]:
    """Indicators that texts name; 其中 in a lower one narrows an upper one."""
    for value in reversed(values):
        if plain(text_of(value)).startswith("其中") and indicators_named(text_of(value)):
            return indicators_named(text_of(value))
    return union(lambda value: indicators_named(text_of(value)), values)


def _foreign(units: set[str]) -> set[str]:
    return {unit for unit in units if not is_count_unit(unit)}


def union(function: Callable[[Any], set[Any]], values: Iterable[Any]) -> set[Any]:
    """Everything that a function finds in any of the values."""
    return set().union(*map(function, values))
