"""Make out a district table in the cells of a workbook: which districts, indicators and years.

A cell's number belongs to the district named to its left, and to the indicator and the year named above
it; what a column does not say itself is taken from the title. Whatever does not lead to exactly one
district, indicator and year is a problem with a cell, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .annex import Entry, Table, Total, read_count, total_formula
from .errors import PrintError, Problem
from .header import Header, HeaderReader, is_number, is_title, run_of_numbers, tells, text_of
from .labels import (
    NAMING,
    OTHER,
    Names,
    Who,
    indicators_named,
    magnitudes_told,
    plain,
    title_of,
    units_named,
    years_named,
)
from .rounding import Bounds
from .sheets import Sheet, column_letters, texts


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
        self.run: list[str] = []  # districts since the last subtotal
        self.found_totals: list[Total] = []
        self.blank_rows: list[Entry] = []
        self.inside = False  # whether the rows follow 其中, so that names may be those of zones
        self.last: tuple[Who | None, int] = (None, 0)
        self.headless: list[Problem] = []  # what is wrong where no column could be read
        self.reached = False  # whether a number of a district was read
        self.spans: dict[int, list[int]] = {}  # first and last row of a district, by column
        self.used: set[str] = set()  # words of magnitude that a column was read with

    def read(self) -> None:
        """Find out how the districts run, then go down the rows: headers, districts, totals, notes."""
        districts = self._districts()
        by_column = _by_line((column, name) for _, column, name in districts)
        by_row = _by_line((row, name) for row, _, name in districts)
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
            districts = [(column, row, name) for row, column, name in districts]
        least = min(2, max(down, across))
        self.keys = sorted(column for column, found in by_column.items() if len(found) >= least)
        self.right = [c for c in self.sheet.columns if c > self.keys[0] and c not in self.keys]
        self.formula_rows = {row for row, _ in self.sheet.uncalculated}
        self.first = min(row for row, column, _ in districts if column in self.keys)
        self.bodies = {row: None for row in self.sheet.rows if self._is_body(row)}  # an ordered set
        self.headers = HeaderReader(self.table, self.sheet, self.keys, self.bodies)
        self._walk()
        self._check_magnitudes()

    def _districts(self) -> list[tuple[int, int, str]]:
        """Row, column and district of every cell that names one."""
        named = ((row, column, self.names.who(text)) for row, column, text in texts(self.sheet))
        return [(row, column, who.name) for row, column, who in named if who and who.kind == "district"]

    def _note(self, what: str) -> None:
        self.table.skipped.append(f"{self.sheet.name}: {what}")

    def _complain(self, row: int, column: int, value: Any, reason: str) -> None:
        self.table.complain(self.sheet.address(row, column), value, reason)

    # ------------------------------------------------------------ down the rows

    def _walk(self) -> None:
        header: Header | None = None
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
        self.table.totals += self.found_totals

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
        labels += [(key, self.sheet.at(row, key)) for key in self.keys if (row, key) in self.sheet.anchors]
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
        numbers = [cells[column] for column in self.right if column in cells and is_number(cells[column])]
        return len(numbers) > 1 and all(map(years_named, numbers)) and row < self.first

    def _has_number(self, row: int) -> bool:
        cells = self.sheet.rows[row]
        return row in self.formula_rows or any(is_number(cells[c]) for c in self.right if c in cells)

    def _next_header(self, pending: list[int], header: Header | None, body: int) -> Header | None:
        """Take the rows above a body row as its header, if they say anything of the columns."""
        strays = {row for row in pending if self._is_stray(row, header)}
        lines = [row for row in pending if row not in strays]
        told = header is None or any(
            tells(self.sheet.at(row, column))
            for row in lines
            for column in self.right
            if self.sheet.anchor(row, column)[1] > self.keys[0]
        )
        if told or any(is_title(text) for row in lines for text in self.headers.corner(row)):
            # Below a line such as 二、科技小巨人企业 the columns go on as they were.
            levels = None if told or header is None else header.levels
            self.inside = False
            header = self.headers.read(lines, body, levels)
            if header is None:
                self.headless = self.headers.complaints
        for row in pending:
            if header is not None and row in strays:
                self._stray(row, header)
        return header

    def _label(self, row: int) -> tuple[int, str]:
        """Column and text of what stands where districts are named; no text if nothing does."""
        for column in (*self.keys, *(column for column in self.sheet.columns if column < self.keys[0])):
            value = self.sheet.rows[row].get(column)
            if isinstance(value, str) and not is_number(value):
                return column, value.strip()
        return self.keys[0], ""

    def _is_stray(self, row: int, header: Header | None) -> bool:
        """Whether a row holds numbers although it names nobody known, and is no header."""
        cells = self.sheet.rows[row]
        columns = list(header.data) if header else self.right
        numbers = [cells[column] for column in columns if column in cells and is_number(cells[column])]
        if not numbers:
            return False
        label = self._label(row)[1]
        if (label and not title_of(label)) or NAMING.search(label) or OTHER.search(plain(label)):
            return False
        if (who := self.names.who(label)) and who.kind == "aside":
            return False
        if all(map(years_named, numbers)) and (not label or header is None):
            return False
        return not (label in _COLUMN_NUMBERS and run_of_numbers(numbers))

    def _stray(self, row: int, header: Header) -> None:
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
        column = next(c for c in header.data if c in cells and is_number(cells[c]))
        self._complain(row, column, cells[column], "stands in a row that names no district")

    # ------------------------------------------------------------ header

    # ------------------------------------------------------------ body

    def _body(self, row: int, header: Header) -> None:
        cells = self.sheet.rows[row]
        for stub, columns in header.segments:
            who, label = self._named(row, stub)
            if who is None:
                held = [column for column in columns if column in cells and is_number(cells[column])]
                if held and self._continues(row, header):
                    who, label = self.last
                elif held:
                    self._complain(row, held[0], cells[held[0]], "stands beside no district's name")
            if who and who.kind == "zone":
                self.inside = True
                self._note(f"row {row} is a part of a district and is not counted again")
            elif who and who.kind == "aside":
                self._note(f"row {row} ({self.sheet.at(row, label)}) is no district")
            elif who:
                self.inside = False
                self.last = who, label
                self._numbers(row, who, label, columns, header)
        for column in header.blank & cells.keys():
            if is_number(cells[column]):
                self._complain(row, column, cells[column], "stands in a column that has no header")
                header.blank.discard(column)

    def _continues(self, row: int, header: Header) -> bool:
        """Whether a row without a name says a year or indicator, as one below a merged name does."""
        said = (header.year_column, header.indicator_column)
        return any(column and self.sheet.at(row, column) is not None for column in said)

    def _named(self, row: int, stub: list[int]) -> tuple[Who | None, int]:
        """Whom the label columns of a row name together, and the column that says so."""
        found: list[tuple[Who, int]] = []
        for column in stub:
            value = self.sheet.at(row, column)
            who = self.names.who(value) if isinstance(value, str) else None
            if who and who not in [other for other, _ in found]:
                found.append((who, column))
        districts = [(who.name, column) for who, column in found if who.kind == "district"]
        for _, column in districts[1:]:
            first = self.names.names[districts[0][0]]
            self._complain(
                row, column, self.sheet.at(row, column), f"names another district than {first} beside it"
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

    def _numbers(self, row: int, who: Who, label: int, columns: list[int], header: Header) -> None:
        parts = [] if who.kind == "district" else self._parts(who)
        if who.kind == "district" and who.name not in self.run[-1:]:
            self.run.append(who.name)
        cells = self.sheet.rows[row]
        year_said = self._row_says(row, header.year_column, years_named)
        indicator_said = self._row_says(row, header.indicator_column, indicators_named)
        unit_said = self._row_says(row, header.unit_column, units_named)
        hidden = (self.sheet.anchors, self.sheet.uncalculated)
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
            number = self._number(row, column, cells.get(column), who, magnitude)
            place = self.sheet.address(row, column)
            if who.kind == "district":
                self.spans.setdefault(column, [row, row])[1] = row
            if who.kind == "district" and silent:  # perhaps only a heading; the numbers may follow
                self.blank_rows.append(Entry(who.name, indicator, year, None, place))
            elif who.kind == "district":
                entry = Entry(who.name, indicator, year, number, place)
                self.reached = True
                first = self.table.entries.setdefault(entry[:3], entry)
                again += [first.place] if first is not entry else []
            elif number is not None:
                self.found_totals.append(Total(who, parts, indicator, year, number, place))
        if again:
            row, label = self.sheet.anchor(row, label)
            reason = f"is a duplicate: its numbers stand in {', '.join(again)} already"
            self._complain(row, label, self.sheet.at(row, label), reason)

    def _row_says(self, row: int, column: int | None, named: Callable[[Any], set[Any]]) -> set[Any]:
        """What a column left or right of the names says of this row."""
        value = self.sheet.at(row, column) if column else None
        return set() if value is None else named(value if named is years_named else text_of(value))

    def _number(self, row: int, column: int, value: Any, who: Who, magnitude: str) -> Bounds | None:
        """Read a cell; None for a missing figure, and for one that was complained of."""
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
        if self.sheet.anchor(row, column) != (row, column):
            first = self.sheet.address(*self.sheet.anchor(row, column))
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
        if self.sheet.transposed or column not in self.spans:
            return ""
        return total_formula(column_letters(column), *self.spans[column])


def _by_line(districts: Iterable[tuple[int, str]]) -> dict[int, set[str]]:
    """Districts of each column, or of each row."""
    lines: dict[int, set[str]] = {}
    for line, name in districts:
        lines.setdefault(line, set()).add(name)
    return lines


_COLUMN_NUMBERS = ("", "甲", "乙", "丙", "栏次", "-", "—")  # labels of a row that numbers the columns
