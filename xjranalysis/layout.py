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
from typing import Any, NamedTuple

from .annex import Entry, Table, Total, read_count, total_formula
from .errors import DataError, PrintError, Problem
from .labels import (
    COUNT,
    DATED,
    FLOW,
    INDICATOR_HEAD,
    NAMING,
    OTHER,
    STOCK,
    UNIT_CELL,
    YEAR_HEAD,
    Names,
    Who,
    half_width,
    indicators_named,
    is_count_unit,
    plain,
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
    """What a data column holds; indicator or year is None where the rows say it."""

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
    for sheet in sheets:
        _SheetReader(table, sheet).read()
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
        self.opening: bool | None = None  # whether subtotals stand above their districts
        self.found_totals: list[tuple[Who, list[str], str, int, Bounds, str]] = []

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
        self._walk()

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
            if not self._is_body(row):
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
        self.table.totals += [Total(who, tuple(parts), *rest) for who, parts, *rest in self.found_totals]

    def _is_body(self, row: int) -> bool:
        """Whether the row names a district, or a total, subtotal or zone with a number."""
        labels = [(column, value) for column, value in self.sheet.rows[row].items() if isinstance(value, str)]
        labels += [(key, self._at(row, key)) for key in self.keys if (row, key) in self.anchors]
        for column, label in labels:
            who = self.names.who(label) if isinstance(label, str) else None
            if who and (self._has_number(row) or (who.kind == "district" and column in self.keys)):
                return True
        return False

    def _has_number(self, row: int) -> bool:
        cells = self.sheet.rows[row]
        return any(_is_number(cells[column]) for column in self.right if column in cells) or any(
            place[0] == row for place in self.sheet.uncalculated
        )

    def _next_header(self, pending: list[int], header: _Header | None, body: int) -> _Header | None:
        """Take the rows above a body row as its header, if they say anything of the columns."""
        lines = [row for row in pending if not self._is_stray(row, header)]
        if header is None or any(_tells(self._at(row, column)) for row in lines for column in self.right):
            header, self.run = self._header(lines, body), []
        for row in pending:
            if header is not None and row not in lines:
                self._stray(row, header)
        return header

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
        if not numbers or any(words.search(plain(label)) for words in (NAMING, OTHER, DATED)):
            return False
        if all(map(years_named, numbers)) and (not label or header is None):
            return False
        return not (label in _COLUMN_NUMBERS and _run_of_numbers(numbers))

    def _stray(self, row: int, header: _Header) -> None:
        """Complain of a row whose numbers belong to nobody known."""
        if not self._is_stray(row, header):
            return
        column, label = self._label(row)
        if label:
            self._complain(row, column, label, f"is not a district of the plan{self.names.near(label)}")
            return
        cells = self.sheet.rows[row]
        column = next(c for c in header.data if c in cells and _is_number(cells[c]))
        self._complain(row, column, cells[column], "stands in a row that names no district")

    # ------------------------------------------------------------ header

    def _header(self, rows: list[int], body: int) -> _Header | None:
        levels, context = self._levels(rows)
        self.context = context or self.context
        header = _Header()
        for column in self.right:
            self._resolve(column, levels, header)
        header.segments = self._segments(header)
        self._check_columns(header, levels)
        if header.data:
            return header
        if not self.ambiguous:
            said = [_heads(levels, column) for column in self.right]
            reason = (
                "no recognisable header: expected an indicator (科技型中小企业, 科技小巨人企业) and a year"
                f" (2015年) above the numbers; saw {', '.join(filter(None, said)) or 'nothing'}"
            )
            self._complain(rows[-1] if rows else body, self.keys[0], None, reason)
        return None

    def _levels(self, rows: list[int]) -> tuple[list[_Level], list[str]]:
        """Part the rows above a table into levels of its header, and texts that hold for all of it."""
        levels: list[_Level] = []
        alone: list[_Level] = []
        context: list[str] = []
        for row in rows:
            heads = {
                column: _Head(self._at(row, column), self._anchor(row, column)) for column in self.columns
            }
            heads = {column: head for column, head in heads.items() if head.value is not None}
            # What begins left of the numbers is a title, or heads the districts' names.
            corner = [h.value for c, h in heads.items() if h.anchor[1] <= self.keys[0] or c in self.keys]
            level = {c: h for c, h in heads.items() if h.anchor[1] > self.keys[0] and c not in self.keys}
            units = [h.value for h in level.values() if UNIT_CELL.search(half_width(_said(h.value)))]
            context += [_said(value) for value in (*corner, *units) if not _is_heading(value)]
            level = {column: head for column, head in level.items() if head.value not in units}
            single = len({head.anchor for head in level.values()}) == 1 and not corner
            if single and (len(level) == 1 or set(self.right) <= set(level)):
                context.append(_said(next(iter(level.values())).value))
                alone.append(level)
            elif level:
                levels.append(level)
        # A text alone in its row says something of its own column only if nothing else does.
        named = set().union(*levels) if levels else set()
        rest = ({c: head for c, head in level.items() if c not in named} for level in alone)
        return [*levels, *filter(None, rest)], list(dict.fromkeys(context))

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
        units = units_named(said)
        years, indicators = _union(years_named, own), _indicators(own)
        if not own:
            header.blank.add(column)
        elif (
            any(OTHER.search(plain(_said(value))) for value in (said, *inherited))
            or _foreign(units) == units != set()
        ):
            self._leave_out(column, said, "counts something else", header)
        elif years or indicators or COUNT.search(plain(said)) or units:
            years, indicators = years or _union(years_named, inherited), indicators or _indicators(inherited)
            found = self._completed(column, said, years, indicators, units, header)
            if isinstance(found, str):
                self.ambiguous = True
                self._complain(_own_row(levels, column), column, said, found)
            else:
                header.data[column] = found
        elif YEAR_HEAD.fullmatch(plain(said)):
            header.year_column = column
        elif INDICATOR_HEAD.fullmatch(plain(said)):
            header.indicator_column = column
        else:
            self._leave_out(column, said, "names no indicator and no year", header)

    ambiguous = False  # whether a column was complained of already

    def _leave_out(self, column: int, said: str, why: str, header: _Header) -> None:
        header.aside.add(column)
        self._note(f"{self._column_name(column)} ({said}) {why}")

    def _completed(
        self, column: int, said: str, years: set[int], indicators: set[str], units: set[str], header: _Header
    ) -> _Column | str:
        """Add from the titles what the column does not say; return what is wrong if it is not one of each."""
        titles = [text for text in self.context if not DATED.search(text)]
        told = f"; the title says {' / '.join(titles)}" if titles else ""
        if any(FLOW.search(plain(text)) for text in titles) and not STOCK.search(plain(said)):
            return f"is ambiguous: the title speaks of additions, not of stocks{told}"
        titles = [text for text in titles if not OTHER.search(plain(text))]
        if header.year_column is None:
            years = years or _union(years_named, titles) or years_named(self.sheet.name)
        if header.indicator_column is None:
            indicators = indicators or _indicators(titles) or indicators_named(self.sheet.name)
        for found, what, elsewhere in (
            (years, "year", header.year_column),
            (indicators, "indicator", header.indicator_column),
        ):
            if len(found) > 1 or (not found and elsewhere is None):
                names = f"names more than one {what} ({', '.join(map(str, sorted(found)))})"
                return f"is ambiguous: {names if found else f'names no {what}'}; expected one{told}"
        units = units or _union(units_named, self.context)
        if len(units) > 1 or _foreign(units):
            return f"has the unit {', '.join(sorted(word or '家' for word in units))}; expected 家 or 万家"
        return _Column(next(iter(indicators), None), next(iter(years), None), next(iter(units), ""))

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
            elif column not in {*header.aside, header.year_column, header.indicator_column}:
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
            if who is None:
                held = [column for column in columns if column in cells and _is_number(cells[column])]
                if held:
                    self._complain(row, held[0], cells[held[0]], "stands beside no district's name")
            elif who.kind == "zone":
                self._note(f"row {row} is a part of a district and is not counted again")
            else:
                self._numbers(row, who, label, columns, header)
        for column in header.blank & cells.keys():
            if _is_number(cells[column]):
                self._complain(row, column, cells[column], "stands in a column that has no header")
                header.blank.discard(column)

    def _named(self, row: int, stub: list[int]) -> tuple[Who | None, int]:
        """Whom the label columns of a row name together, and the column that says so."""
        district: Who | None = None
        last: Who | None = None
        label = 0
        for column in stub:
            value = self._at(row, column)
            who = self.names.who(value) if isinstance(value, str) else None
            if who and who.kind == "district":
                if district and district != who:
                    self._complain(
                        row, column, value, f"names another district than {district.name} beside it"
                    )
                district = who
            if who and who != last:
                last, label = who, column
        if district and last and last.kind in ("total", "subtotal"):
            return district, label  # 滨海新区 | 小计: the district itself, above its zones
        return last, label

    def _parts(self, who: Who) -> list[str]:
        """Districts that a total or subtotal adds up; a list that still grows if they stand below it."""
        if who.kind == "total":
            return list(self.names.names)
        if self.opening is None:
            self.opening = not self.run
        parts, self.run = self.run, []
        if who.name:
            return self.names.groups.get(who.name, [])
        # A bare 小计 adds up the districts above it, or those below if the first one stands above them all.
        return self.run if self.opening else parts

    def _numbers(self, row: int, who: Who, label: int, columns: list[int], header: _Header) -> None:
        parts = [] if who.kind == "district" else self._parts(who)
        if who.kind == "district" and who.name not in self.run[-1:]:
            self.run.append(who.name)
        year_said = years_named(self._at(row, header.year_column)) if header.year_column else set()
        indicator_said = _indicators([self._at(row, header.indicator_column or 0)])
        again: list[str] = []  # where the same numbers stand already
        for column in columns:
            meaning = header.data[column]
            year = meaning.year or next(iter(year_said), None)
            indicator = meaning.indicator or next(iter(indicator_said), None)
            if year is None or indicator is None:
                value = self.sheet.rows[row].get(column)
                if value is not None:
                    what = "year" if year is None else "indicator"
                    self._complain(row, column, value, f"stands in a row that names no {what}")
                continue
            number = self._number(row, column, who, meaning.magnitude)
            place = self.sheet.address(row, column)
            if who.kind == "district":
                entry = Entry(who.name, indicator, year, number, place)
                first = self.table.entries.setdefault(entry[:3], entry)
                again += [first.place] if first is not entry else []
            elif number is not None:
                self.found_totals.append((who, parts, indicator, year, number, place))
        if again:
            row, label = self._anchor(row, label)
            reason = f"is a duplicate: its numbers stand in {', '.join(again)} already"
            self._complain(row, label, self._at(row, label), reason)

    def _number(self, row: int, column: int, who: Who, magnitude: str) -> Bounds | None:
        """Read a cell; None for a missing figure, and for one that was complained of."""
        value = self.sheet.rows[row].get(column)
        if value is None:
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
        places = (entry.place.removeprefix(start) for entry in self.table.entries.values())
        rows = [int(place) for place in places if place.isdecimal()]
        return total_formula(column_letters(column), min(rows), max(rows)) if rows else ""


_COLUMN_NUMBERS = ("", "甲", "乙", "丙", "栏次", "-", "—")  # labels of a row that numbers the columns


def _run_of_numbers(numbers: Sequence[Any]) -> bool:
    """Whether numbers count up one by one from 1, 2 or 3."""
    counted = [str(number).strip("() ") for number in numbers]
    first = int(counted[0]) if counted[0].isdecimal() else 0
    return 1 <= first <= 3 and counted == [str(number) for number in range(first, first + len(counted))]


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
