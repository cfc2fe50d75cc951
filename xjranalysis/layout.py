"""Make out a district table in the cells of a workbook: which districts, indicators and years.

A cell's number belongs to the district named to its left, and to the indicator and the year named above
it; what a column does not say itself is taken from the title. Whatever does not lead to exactly one
district, indicator and year is a problem with a cell, never a guess.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from .annex import Entry, Table, Total, read_count, total_formula
from .errors import DataError, PrintError, Problem
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
    Names,
    Who,
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
from .rounding import Bounds
from .sheets import MAX_CELLS, Sheet, column_letters, texts

Place = tuple[int, int]


class _Head(NamedTuple):
    """A text above a column, and the cell that it stands in (the first of a merged range)."""

    value: Any
    anchor: Place


_Level = dict[int, _Head]  # one header row: column → text


class _Column(NamedTuple):
    """What a data column holds; None where the rows say it."""

    indicator: str | None
    year: int | None
    magnitude: str | None


@dataclass
class _Header:
    """What a stretch of header rows says of the columns below."""

    data: dict[int, _Column] = field(default_factory=dict)
    year_column: int | None = None
    indicator_column: int | None = None
    unit_column: int | None = None
    blank: set[int] = field(default_factory=set)
    aside: set[int] = field(default_factory=set)
    levels: list[_Level] = field(default_factory=list)
    # Per group of data columns: the columns to its left that name its districts.
    segments: list[tuple[list[int], list[int]]] = field(default_factory=list)


def read_table(path: str, sheets: Sequence[Sheet], names: Names) -> Table:
    """Read the district table that the sheets of a workbook hold.

    Parameters
    ----------
    path : str
        Name of the file, for problems.
    sheets : sequence of Sheet
    names : Names

    Returns
    -------
    Table
        With every problem found; totals are not held against their parts yet.
    """
    table = Table(path, names)
    readers = [_SheetReader(table, sheet) for sheet in sheets]
    for reader in readers:
        reader.read()
    for reader in readers:
        # A sheet that names districts but counts something else is no fault where another has the table.
        if reader.headless and table.entries and not reader.reached:
            table.skipped.append(f"{reader.sheet.name}: has no column of technology SMEs or little giants")
        else:
            table.problems += reader.headless
    empty = not table.entries
    table.drop_empty()
    if not table.entries and not table.problems:
        saw = [" ".join(text.split()) for sheet in sheets for _, _, text in texts(sheet)][:8]
        reason = "no recognisable header: expected the districts' names beside or above numbers"
        if not empty:
            reason = "holds no number of any district"
        table.complain("", None, f"{reason}; saw {', '.join(saw) or 'no text at all'}")
    table.check_districts()
    return table


class _SheetReader:
    """Reads one sheet into a table."""

    def __init__(self, table: Table, sheet: Sheet):
        self.table = table
        self.names = table.names
        self.sheet = sheet
        self.context: list[str] = []  # titles and the like, which hold for all columns
        self.run: list[str] = []  # districts since the last subtotal
        self.found_totals: list[tuple[Who, list[list[str]], str, int, Bounds, str]] = []
        self.earlier: list[str] = []  # titles of the tables above in the sheet
        self.blank_rows: list[Entry] = []
        self.inside = False  # whether the rows follow 其中, so that names may be those of zones
        self.last: tuple[Who | None, int] = (None, 0)
        self.headless: list[Problem] = []  # what is wrong where no column could be read
        self.reached = False  # whether a number of a district was read
        self.used: set[str] = set()  # words of magnitude that a column was read with

    def read(self) -> None:
        """Find out how the districts run, then go down the rows: headers, districts, totals, notes."""
        by_column, by_row = self._districts_by_line()
        if not by_column:
            self._note("names no district")
            return
        down, across = (max(map(len, lines.values())) for lines in (by_column, by_row))
        if down == across > 1:
            reason = f"has an ambiguous layout: {down} districts run down a column and {across} along a row"
            self.table.complain(self.sheet.name, None, reason)
            return
        if across > down:
            self.sheet, by_column = self.sheet.turned(), by_row
        least = min(2, max(down, across))
        self.keys = sorted(column for column, found in by_column.items() if len(found) >= least)
        self.columns = sorted({column for cells in self.sheet.rows.values() for column in cells})
        self.right = [c for c in self.columns if c > self.keys[0] and c not in self.keys]
        self.anchors = self._anchors()
        self.formula_rows = {row for row, _ in self.sheet.uncalculated}
        self.first = min(
            row
            for row, column, text in texts(self.sheet)
            if column in self.keys and (who := self.names.who(text)) and who.kind == "district"
        )
        self.bodies = {row: None for row in self.sheet.rows if self._is_body(row)}  # an ordered set
        self.counted = {
            column
            for row in self.bodies
            for column, value in self.sheet.rows[row].items()
            if column in self.right and _is_number(value)
        } | {place[1] for place in self.sheet.uncalculated}
        self._walk()
        self._check_magnitudes()

    def _districts_by_line(self) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
        by_column: dict[int, set[str]] = {}
        by_row: dict[int, set[str]] = {}
        for row, column, text in texts(self.sheet):
            who = self.names.who(text)
            if who and who.kind == "district":
                by_column.setdefault(column, set()).add(who.name)
                by_row.setdefault(row, set()).add(who.name)
        return by_column, by_row

    def _anchors(self) -> dict[Place, Place]:
        """Map every covered cell of a merged range to the cell that holds its value."""
        last_row, last_column = max(self.sheet.rows), self.columns[-1]
        anchors: dict[Place, Place] = {}
        for top, left, bottom, right in self.sheet.merged:
            bottom, right = min(bottom, last_row), min(right, last_column)
            if len(anchors) + max(0, bottom - top + 1) * max(0, right - left + 1) > MAX_CELLS:
                reason = f"is oversized: merges more than {MAX_CELLS:,} cells"
                raise DataError([Problem(self.table.path, self.sheet.name, "", reason)])
            for row in range(top, bottom + 1):
                anchors |= dict.fromkeys(((row, column) for column in range(left, right + 1)), (top, left))
        return anchors

    def _anchor(self, row: int, column: int) -> Place:
        return self.anchors.get((row, column), (row, column))

    def _at(self, row: int, column: int) -> Any:
        """Value of a cell, or of the merged range that covers it."""
        row, column = self._anchor(row, column)
        return self.sheet.rows.get(row, {}).get(column)

    def _note(self, what: str) -> None:
        self.table.skipped.append(f"{self.sheet.name}: {what}")

    def _complain(self, row: int, column: int, value: Any, reason: str) -> None:
        self.table.complain(self.sheet.address(row, column), value, reason)

    # ------------------------------------------------------------ down the rows

    def _walk(self) -> None:
        header: _Header | None = None
        pending: list[int] = []
        for row in self.sheet.rows:
            if row not in self.bodies:
                pending.append(row)
                continue
            if pending or header is None:
                header = self._next_header(pending, header, row)
                pending = []
            if header is None:
                return
            self._body(row, header)
        if header is not None:
            for row in pending:
                self._stray(row, header)
        for entry in self.blank_rows:
            self.table.entries.setdefault(entry[:3], entry)
        self.table.totals += [
            Total(who, tuple(map(tuple, parts)), *rest) for who, parts, *rest in self.found_totals
        ]

    def _check_magnitudes(self) -> None:
        """Complain of a unit such as 百家 that stands where it was not read: numbers would be off by it."""
        if self.headless:
            return
        for row, column, text in texts(self.sheet):
            if row not in self.bodies and (missed := magnitudes_told(text) - self.used):
                unit = missed.pop()
                self._complain(row, column, text, f"speaks of {unit}家, a unit that no column was read in")
        if missed := magnitudes_told(self.sheet.name) - self.used:
            reason = f"speaks of {missed.pop()}家, a unit that no column was read in"
            self.table.complain(self.sheet.name, None, reason)

    def _is_body(self, row: int) -> bool:
        """Whether the row names a district, or a total, subtotal or zone with a number."""
        labels = [(column, value) for column, value in self.sheet.rows[row].items() if isinstance(value, str)]
        labels += [(key, self._at(row, key)) for key in self.keys if (row, key) in self.anchors]
        for column, label in labels:
            who = self.names.who(label) if isinstance(label, str) else None
            if who and who.kind == "district" and (column in self.keys or self._has_number(row)):
                return True
            if who and self._has_number(row) and not (who.kind == "total" and self._only_years(row)):
                return True
        return False

    def _only_years(self, row: int) -> bool:
        """Whether every number of a row reads as a year: 天津市 above 2012 and 2015 is a corner, no total."""
        cells = self.sheet.rows[row]
        numbers = [cells[column] for column in self.right if column in cells and _is_number(cells[column])]
        return len(numbers) > 1 and all(map(years_named, numbers)) and row < self.first

    def _has_number(self, row: int) -> bool:
        cells = self.sheet.rows[row]
        return row in self.formula_rows or any(_is_number(cells[c]) for c in self.right if c in cells)

    def _next_header(self, pending: list[int], header: _Header | None, body: int) -> _Header | None:
        """Take the rows above a body row as its header, if they say anything of the columns."""
        lines = [row for row in pending if not self._is_stray(row, header)]
        told = any(
            _tells(self._at(row, column))
            for row in lines
            for column in self.right
            if self._anchor(row, column)[1] > self.keys[0]
        )
        titled = any(_titles(text) for row in lines for text in self._corner(row))
        if header is None or told or titled:
            # Below a line such as 二、科技小巨人企业 the columns go on as they were.
            levels = None if told or header is None else header.levels
            self.inside = False
            header = self._header(lines, body, levels)
        for row in pending:
            if header is not None and row not in lines:
                self._stray(row, header)
        return header

    def _corner(self, row: int) -> list[str]:
        """Texts of a row that begin left of the numbers."""
        found = []
        for column in self.columns:
            anchor = self._anchor(row, column)
            if (anchor[1] <= self.keys[0] or column in self.keys) and (
                value := self._at(row, column)
            ) is not None:
                found.append(_said(value))
        return list(dict.fromkeys(found))

    def _label(self, row: int) -> tuple[int, str]:
        """Column and text of what stands where districts are named; no text if nothing does."""
        for column in (*self.keys, *(column for column in self.columns if column < self.keys[0])):
            value = self.sheet.rows[row].get(column)
            if isinstance(value, str) and not _is_number(value):
                return column, value.strip()
        return self.keys[0], ""

    def _is_stray(self, row: int, header: _Header | None) -> bool:
        """Whether a row holds numbers although it names nobody known, and is no header."""
        cells = self.sheet.rows[row]
        columns = list(header.data) if header else self.right
        numbers = [cells[column] for column in columns if column in cells and _is_number(cells[column])]
        label = self._label(row)[1]
        if (
            not numbers
            or (label and not title_of(label))
            or NAMING.search(label)
            or OTHER.search(plain(label))
        ):
            return False
        if (who := self.names.who(label)) and who.kind == "aside":
            return False
        if all(map(years_named, numbers)) and (not label or header is None):
            return False
        return not (label in _COLUMN_NUMBERS and _run_of_numbers(numbers))

    def _stray(self, row: int, header: _Header) -> None:
        """Complain of a row whose numbers belong to nobody known."""
        if not self._is_stray(row, header):
            return
        column, label = self._label(row)
        if not label and self._continues(row, header):
            self._body(row, header)  # below a name that was merged over several rows
            return
        if label:
            near = self.names.near(label)
            if self.inside and not near:
                self._note(f"row {row} ({label}) is a part of a district and is not counted again")
            else:
                self._complain(row, column, label, f"is not a district of the plan{near}")
            return
        cells = self.sheet.rows[row]
        column = next(c for c in header.data if c in cells and _is_number(cells[c]))
        self._complain(row, column, cells[column], "stands in a row that names no district")

    # ------------------------------------------------------------ header

    def _header(self, rows: list[int], body: int, levels: list[_Level] | None = None) -> _Header | None:
        own, context = self._levels(rows)
        levels = levels or own
        self.earlier = [*self.context, *self.earlier]
        self.context = context
        self.complaints: list[Problem] = []
        header = _Header(levels=levels)
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
            place = self.sheet.address(rows[-1] if rows else body, self.keys[0])
            self.complaints.append(Problem(self.table.path, place, "", reason))
        self.headless = self.complaints
        return None

    def _complain_of_column(self, levels: list[_Level], column: int, reason: str) -> None:
        place = self.sheet.address(_own_row(levels, column), column)
        self.complaints.append(Problem(self.table.path, place, _heads(levels, column), reason))

    def _find_stub_columns(self, rows: list[int], header: _Header) -> None:
        """Find columns left of the districts that say the year or the indicator of each row."""
        for column in (column for column in self.columns if column < self.keys[0]):
            heads = [plain(_said(self._at(row, column))) for row in rows]
            held = [self._at(row, column) for row in self.bodies]
            if any(YEAR_HEAD.fullmatch(head) for head in heads) and any(map(years_named, held)):
                header.year_column = column
            elif any(isinstance(value, str) and indicators_named(value) for value in held):
                header.indicator_column = column
            elif any(_is_number(value) for value in held) and any(
                years_named(head) or indicators_named(head) for head in heads[-1:]
            ):
                row = next(row for row in self.bodies if _is_number(self._at(row, column)))
                reason = "stands left of the districts' names; expected numbers to their right"
                self._complain(row, column, self._at(row, column), reason)

    def _levels(self, rows: list[int]) -> tuple[list[_Level], list[str]]:
        """Part the rows above a table into levels of its header, and texts that hold for all of it."""
        levels: list[_Level] = []
        alone: list[_Level] = []
        context: list[str] = []
        for row in rows:
            heads = {
                column: _Head(self._at(row, column), self._anchor(row, column)) for column in self.columns
            }
            level = {
                c: h
                for c, h in heads.items()
                if h.value is not None and h.anchor[1] > self.keys[0] and c not in self.keys
            }
            # What begins left of the numbers is a title, or heads the districts' names.
            corner = self._corner(row)
            units = [h.value for h in level.values() if UNIT_CELL.search(half_width(_said(h.value)))]
            context += [_said(value) for value in (*corner, *units) if not _is_heading(value)]
            level = {
                column: head
                for column, head in level.items()
                if head.value not in units
                and not (DATED.search(said := _said(head.value)) or NOTE.search(said))
            }
            distinct = {head.anchor: head.value for head in level.values()}
            if _run_of_numbers(list(distinct.values())):
                continue  # a row that numbers the columns
            single = len(distinct) == 1
            beside = any(not _is_heading(text) for text in corner)
            if single and (beside or (not corner and (len(level) == 1 or set(self.right) <= set(level)))):
                context += map(_said, distinct.values())
                alone.append(level)
            elif level:
                levels.append(level)
        # A text alone in its row says something of its own column only if nothing else does.
        named = set().union(*levels) if levels else set()
        rest = ({c: head for c, head in level.items() if c not in named} for level in alone)
        return [*levels, *filter(None, rest)], list(dict.fromkeys(filter(None, map(title_of, context))))

    def _inherited(self, levels: list[_Level], column: int) -> list[Any]:
        """Texts further left in the upper levels: a heading over several columns that were not merged."""
        lowest = max((place for place, level in enumerate(levels) if column in level), default=0)
        found = []
        for level in levels[:lowest]:
            left = [c for c in level if c < column and not any(c < key < column for key in self.keys)]
            if column not in level and left and level[max(left)].anchor not in self.anchors:
                found.append(level[max(left)].value)
        return found

    def _resolve(self, column: int, levels: list[_Level], header: _Header) -> None:
        """Find out what one column holds."""
        own, inherited = _own(levels, column), self._inherited(levels, column)
        said = " ".join(map(_said, own))
        bare = re.sub(r"\([^()]*\)", "", plain(said))
        units = _union(units_named, map(_said, own)) | magnitudes_told(said) or _union(
            units_named, map(_said, inherited)
        )
        part = any(
            plain(_said(value)).startswith("其中") and not indicators_named(_said(value)) for value in own
        )
        years, indicators = _union(years_named, own), _indicators(own)
        rest = "".join(remainder(_said(value)) for value in own)
        if not own:
            header.blank.add(column)
        elif part or OTHER.search(bare) or any(OTHER.search(plain(_said(value))) for value in inherited):
            self._leave_out(column, said, "counts something else", header)
        elif (foreign := _foreign(units)) and foreign == units:
            self._leave_out(column, said, f"counts {', '.join(sorted(foreign))}", header)
        elif UNIT_HEAD.fullmatch(bare) and not years and not indicators:
            header.unit_column = column
        elif not rest and (years or indicators or COUNT.search(bare) or units):
            years, indicators = years or _union(years_named, inherited), indicators or _indicators(inherited)
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

    def _leave_out(self, column: int, said: str, why: str, header: _Header) -> None:
        header.aside.add(column)
        self._note(f"{self._column_name(column)} ({said}) {why}")

    def _complete(
        self, column: int, said: str, years: set[int], indicators: set[str], units: set[str],
        header: _Header,
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
                fault += self._titles_said()
        if not fault and (len(units) > 1 or _foreign(units)):
            fault = f"has the unit {', '.join(sorted(word or '家' for word in units))}; expected 家 or 万家"
        if not fault:
            magnitude = next(iter(units), "" if header.unit_column is None else None)
            header.data[column] = _Column(next(iter(indicators), None), next(iter(years), None), magnitude)
        elif column in self.counted:
            self._complain_of_column(header.levels, column, fault)

    def _titled(self, function: Callable[[Any], set[Any]]) -> set[Any]:
        """What the titles and the sheet's name say; what they do not, those of the table above."""
        for titles in ([*self.context, self.sheet.name], self.earlier):
            if found := _union(function, titles):
                return found
        return set()

    def _unsuited_title(self, said: str, named: bool) -> str:
        """Say why a title does not let a column be read as a stock of firms; empty if it does."""
        titles = list(map(plain, self.context))
        if any(map(FLOW.search, titles)) and not STOCK.search(plain(said)):
            return f"is ambiguous: the title speaks of additions, not of stocks{self._titles_said()}"
        if any(map(RATE.search, titles)) and not any(COUNT.search(text) for text in (*titles, plain(said))):
            return f"is ambiguous: the title speaks of rates, not of numbers{self._titles_said()}"
        if not named and any(SUBJECT.search(text) and not indicators_named(text) for text in titles):
            return f"is ambiguous: the title speaks of something else{self._titles_said()}"
        return ""

    def _titles_said(self) -> str:
        return f"; the title says {' / '.join(self.context)}" if self.context else ""

    def _column_name(self, column: int) -> str:
        return f"row {column}" if self.sheet.transposed else f"column {column_letters(column)}"

    def _segments(self, header: _Header) -> list[tuple[list[int], list[int]]]:
        segments: list[tuple[list[int], list[int]]] = []
        stub: list[int] = []
        for column in self.columns:
            if column in header.data:
                if not segments or any(name in self.keys for name in stub):
                    segments.append((stub, []))
                segments[-1][1].append(column)
                stub = []
            elif column not in header.aside:
                stub = [*stub, column]
        return segments

    def _check_columns(self, header: _Header, levels: list[_Level]) -> None:
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

    # ------------------------------------------------------------ body

    def _body(self, row: int, header: _Header) -> None:
        cells = self.sheet.rows[row]
        for stub, columns in header.segments:
            who, label = self._named(row, stub)
            held = [column for column in columns if column in cells and _is_number(cells[column])]
            if who is None and held and self._continues(row, header):
                who, label = self.last
            if who is None and held:
                self._complain(row, held[0], cells[held[0]], "stands beside no district's name")
            elif who and who.kind == "zone":
                self.inside = True
                self._note(f"row {row} is a part of a district and is not counted again")
            elif who and who.kind == "aside":
                self._note(f"row {row} ({self._at(row, label)}) is no district")
            elif who:
                self.inside = False
                self.last = who, label
                self._numbers(row, who, label, columns, header)
        for column in header.blank & cells.keys():
            if _is_number(cells[column]):
                self._complain(row, column, cells[column], "stands in a column that has no header")
                header.blank.discard(column)

    def _continues(self, row: int, header: _Header) -> bool:
        """Whether a row without a name says a year or indicator, as one below a merged name does."""
        said = (header.year_column, header.indicator_column)
        return any(column and self._at(row, column) is not None for column in said)

    def _named(self, row: int, stub: list[int]) -> tuple[Who | None, int]:
        """Whom the label columns of a row name together, and the column that says so."""
        found: list[tuple[Who, int]] = []
        for column in stub:
            value = self._at(row, column)
            who = self.names.who(value) if isinstance(value, str) else None
            if who and who not in [other for other, _ in found]:
                found.append((who, column))
        districts = [(who.name, column) for who, column in found if who.kind == "district"]
        for _, column in districts[1:]:
            first = self.names.names[districts[0][0]]
            self._complain(
                row, column, self._at(row, column), f"names another district than {first} beside it"
            )
        if not found:
            return None, 0
        last, label = found[-1]
        if last.kind in ("total", "subtotal") and not last.name:
            # 滨海新区 | 小计 is the district itself, above its zones; 市内六区 | 小计 the group's.
            named = [(who, label) for who, _ in found if who.kind == "district" or who.name]
            return named[-1] if named else (last, label)
        return last, label

    def _parts(self, who: Who) -> list[list[str]]:
        """Districts that a total or subtotal may add up; the last list grows with the rows below."""
        above, self.run = self.run, []
        if who.kind == "total":
            return [list(self.names.names)]
        if who.name:
            return [self.names.groups.get(who.name, [])]
        # A bare 小计 stands below its districts or above them: its sum tells.
        return [above, self.run]

    def _numbers(self, row: int, who: Who, label: int, columns: list[int], header: _Header) -> None:
        parts = [] if who.kind == "district" else self._parts(who)
        if who.kind == "district" and who.name not in self.run[-1:]:
            self.run.append(who.name)
        cells = self.sheet.rows[row]
        year_said = self._row_says(row, header.year_column, years_named)
        indicator_said = self._row_says(row, header.indicator_column, indicators_named)
        unit_said = self._row_says(row, header.unit_column, units_named)
        hidden = (self.anchors, self.sheet.uncalculated)
        silent = not any(c in cells or any((row, c) in places for places in hidden) for c in columns)
        again: list[str] = []  # where the same numbers stand already
        for column in columns:
            meaning = header.data[column]
            year = meaning.year or next(iter(year_said), None)
            indicator = meaning.indicator or next(iter(indicator_said), None)
            if year is None or indicator is None:
                if column in cells:
                    what = "year" if year is None else "indicator"
                    self._complain(row, column, cells[column], f"stands in a row that names no {what}")
                continue
            magnitude = next(iter(unit_said), "") if meaning.magnitude is None else meaning.magnitude
            self.used.add(magnitude)
            number = self._number(row, column, who, magnitude)
            place = self.sheet.address(row, column)
            if who.kind == "district" and silent:  # perhaps only a heading; the numbers may follow
                self.blank_rows.append(Entry(who.name, indicator, year, None, place))
            elif who.kind == "district":
                entry = Entry(who.name, indicator, year, number, place)
                self.reached = True
                first = self.table.entries.setdefault(entry[:3], entry)
                again += [first.place] if first is not entry else []
            elif number is not None:
                self.found_totals.append((who, parts, indicator, year, number, place))
        if again:
            row, label = self._anchor(row, label)
            reason = f"is a duplicate: its numbers stand in {', '.join(again)} already"
            self._complain(row, label, self._at(row, label), reason)

    def _row_says(self, row: int, column: int | None, named: Callable[[Any], set[Any]]) -> set[Any]:
        """What a column left or right of the names says of this row."""
        value = self._at(row, column) if column else None
        return set() if value is None else named(value if named is years_named else _said(value))

    def _number(self, row: int, column: int, who: Who, magnitude: str) -> Bounds | None:
        """Read a cell; None for a missing figure, and for one that was complained of."""
        value = self.sheet.rows[row].get(column)
        if value is None or (row, column) in self.sheet.uncalculated:
            self._check_blank(row, column, who)
            return None
        try:
            return read_count(value, self.sheet.formats.get((row, column), "General"), magnitude)
        except PrintError as error:
            self._complain(row, column, value, str(error))
            return None

    def _check_blank(self, row: int, column: int, who: Who) -> None:
        """Complain of a blank that hides a number: part of a merged range, or never calculated."""
        if self._anchor(row, column) != (row, column):
            first = self.sheet.address(*self._anchor(row, column))
            self._complain(row, column, None, f"is merged with {first}; expected a number of its own")
        formula = self.sheet.uncalculated.get((row, column))
        # The blank form's own sum needs no spreadsheet program to have opened it.
        if formula is not None and not (who.kind == "total" and formula == self._form_total(column)):
            reason = (
                "is a formula that was never calculated; open the file in a spreadsheet program and save it"
            )
            self._complain(row, column, formula, reason)

    def _form_total(self, column: int) -> str:
        """Formula that the blank form would have below the districts read so far."""
        start = f"{self.sheet.name}!{column_letters(column)}"
        read = (*self.table.entries.values(), *self.blank_rows)
        places = (entry.place.removeprefix(start) for entry in read)
        rows = [int(place) for place in places if place.isdecimal()]
        return total_formula(column_letters(column), min(rows), max(rows)) if rows else ""


_COLUMN_NUMBERS = ("", "甲", "乙", "丙", "栏次", "-", "—")  # labels of a row that numbers the columns


def _run_of_numbers(numbers: Sequence[Any]) -> bool:
    """Whether small numbers ascend from 1, 2 or 3, as those that number columns do."""
    counted = [half_width(str(number)).strip("() ").partition("=")[0] for number in numbers]
    if not counted or not all(number.isdecimal() for number in counted):
        return False
    values = list(map(int, counted))
    return 1 <= values[0] <= 3 and values[-1] < 100 and all(a < b for a, b in pairwise(values))


_NUMBER = re.compile(r"[-+(]?[\d,.]*\d[\d,.]*\)?[万千]?[家户个]?")


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return bool(_NUMBER.fullmatch(plain(value)))
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _tells(value: Any) -> bool:
    """Whether a cell says something of its column."""
    if value is None or _is_number(value):
        return bool(years_named(value))
    text = plain(_said(value))
    return bool(years_named(value) or indicators_named(text) or COUNT.search(text) or OTHER.search(text))


def _titles(text: str) -> bool:
    """Whether a text left of the numbers says a year or an indicator for all below it."""
    said = title_of(text)
    return bool(years_named(said) or indicators_named(said) or units_named(said))


def _is_heading(value: Any) -> bool:
    """Whether a text only heads the column of names (区县, 序号)."""
    text = plain(_said(value))
    told = years_named(text) or units_named(_said(value))
    return len(text) <= 8 and bool(NAMING.search(text) or OTHER.search(text)) and not told


def _said(value: Any) -> str:
    if isinstance(value, (datetime.datetime, datetime.date)):
        return f"{value:%Y-%m-%d}"
    return "" if value is None else " ".join(str(value).split())


def _own(levels: list[_Level], column: int) -> list[Any]:
    """Texts above a column, from the top, each merged range once."""
    return list({level[column].anchor: level[column].value for level in levels if column in level}.values())


def _own_row(levels: list[_Level], column: int) -> int:
    return [level[column].anchor[0] for level in levels if column in level][-1]


def _heads(levels: list[_Level], column: int) -> str:
    return " ".join(map(_said, _own(levels, column)))


def _indicators(values: Sequence[Any]) -> set[str]:
    """Indicators that texts name; 其中 in a lower one narrows an upper one."""
    for value in reversed(values):
        if plain(_said(value)).startswith("其中") and indicators_named(_said(value)):
            return indicators_named(_said(value))
    return _union(lambda value: indicators_named(_said(value)), values)


def _foreign(units: set[str]) -> set[str]:
    return {unit for unit in units if not is_count_unit(unit)}


def _union(function: Callable[[Any], set[Any]], values: Iterable[Any]) -> set[Any]:
    return set().union(*map(function, values))
