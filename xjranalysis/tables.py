"""Read raw tables and hold them against their declaration; all problems at once."""

from __future__ import annotations

import csv
import io
import math
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path

import pandas as pd

from .errors import DataError, PrintError, Problem
from .formula import FormulaError, parse_formula
from .rounding import PublishedNumber, parse_printed
from .schema import AROUND, FIGURE_TABLES, PATTERNS, TABLES, YEARS, Column, Table

Row = dict[str, str]

# Far above the tables of any plan, and small enough that a hostile one costs seconds; so is `Table.most`.
MAX_TABLE = 10_000_000  # bytes
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # what no text holds


class RawTables:
    """The raw tables of one folder, each parsed and checked when it is first asked for.

    Parameters
    ----------
    folder : Path
        Folder that holds ``review.csv`` and the others.
    contents : sequence of bytes or str
        The files, in the order of `TABLES`; of a file that cannot be read, what is wrong with it.
    """

    def __init__(self, folder: Path, contents: Sequence[bytes | str]):
        self.folder = folder
        self.frames: dict[str, pd.DataFrame] = {}  # made of the tables by whoever needs them
        self._contents = dict(zip(TABLES, contents, strict=True))
        self._rows: dict[str, list[Row]] = {}
        self._forms: dict[str, tuple[list[Row], list[Problem]]] = {}
        self._checked: dict[str, tuple[list[Row], list[Problem]]] = {}
        self._known: dict[tuple[str, ...], set[str] | None] = {}

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a table; raise DataError with every problem that it has."""
        if name not in self._rows:
            rows, problems = self._read(TABLES[name])
            referred = {other for column in TABLES[name].columns for other in column.refers} - {name}
            problems = [
                *(problem for other in sorted(referred) for problem in self._records(TABLES[other])[1]),
                *problems,
            ]
            if problems:
                raise DataError(problems)
            self._rows[name] = rows
        return self._rows[name]

    def problems(self) -> list[Problem]:
        """Return every problem of every table."""
        return [problem for table in TABLES.values() for problem in self._read(table)[1]]

    @cached_property
    def units(self) -> dict[str, str]:
        """Base unit of every indicator."""
        return {row["indicator"]: row["unit"] for row in self._records(TABLES["indicators"])[0]}

    @cached_property
    def years(self) -> tuple[int, int]:
        """First and last year that figures may have, some years around the plan."""
        for row in self._records(TABLES["plan"])[0][:1]:
            first, last = row["review_year"] or row["base_year"], row["target_year"]
            if first.isdecimal() and last.isdecimal():
                return int(first) + AROUND[0], int(last) + AROUND[1]
        return YEARS

    @cached_property
    def aims(self) -> set[str]:
        """Indicators that have a target."""
        return {row["indicator"] for row in self._records(TABLES["targets"])[0]}

    @cached_property
    def _figures(self) -> pd.DataFrame | None:
        """What formulas are computed from, by figure; None if a table of figures has a problem."""
        tables = [TABLES[name] for name in FIGURE_TABLES]
        if any(self._read(table)[1] for table in (*tables, TABLES["indicators"])):
            return None
        rows = [row for table in tables for row in self._records(table)[0]]
        numbers = [read_print(row, self.units[row["indicator"]]) for row in rows]
        return pd.DataFrame(
            [(number.value, number.lower, number.upper, number.unit) for number in numbers],
            columns=["value", "lower", "upper", "unit"],
            index=[row["figure"] for row in rows],
        )

    def _keys(self, names: tuple[str, ...]) -> set[str] | None:
        # The keys alone: a problem elsewhere in the other table is reported there, not here too.
        if names not in self._known:
            tables = [TABLES[name] for name in names]
            rows = [(table.key, row) for table in tables for row in self._records(table)[0]]
            broken = any(self._records(table)[1] for table in tables)
            self._known[names] = None if broken else {row[key] for key, row in rows}
        return self._known[names]

    def _read(self, table: Table) -> tuple[list[Row], list[Problem]]:
        if table.name not in self._checked:
            rows, problems = self._records(table)
            faults = (Problem(self._path(table), *fault) for fault in self._faults(table, rows))
            self._checked[table.name] = rows, [*problems, *faults]
        return self._checked[table.name]

    def _path(self, table: Table) -> str:
        return str(self.folder / f"{table.name}.csv")

    def _records(self, table: Table) -> tuple[list[Row], list[Problem]]:
        """Read a file into rows of text; a file whose form is wrong yields no rows."""
        cached = self._forms.get(table.name)
        if cached is None:
            cached = self._forms[table.name] = self._parse(table)
        return cached

    def _parse(self, table: Table) -> tuple[list[Row], list[Problem]]:
        path = self._path(table)
        names = [column.name for column in table.columns]
        content = self._contents[table.name]
        if isinstance(content, str):
            return [], [Problem(path, "", "", content)]
        try:
            text = content.decode("utf-8-sig")
            header, *records = list(csv.reader(io.StringIO(text, newline=""), strict=True)) or [[]]
        except UnicodeDecodeError as error:
            return [], [Problem(path, f"byte {error.start + 1}", "", "is not UTF-8")]
        except csv.Error as error:
            return [], [Problem(path, "", "", f"is not a CSV table ({error})")]
        if header != names:
            reason = f"the columns have to be {', '.join(names)}"
            return [], [Problem(path, "row 1", _shortened(", ".join(header)), reason)]
        if len(records) > table.most:
            return [], [Problem(path, "", "", f"has {len(records):,} rows; at most {table.most:,} are read")]
        problems = [
            Problem(path, f"row {number}", "", f"has {len(record)} cells where {len(names)} are expected")
            for number, record in enumerate(records, start=2)
            if len(record) != len(names)
        ]
        return [] if problems else [dict(zip(names, record, strict=True)) for record in records], problems

    def _faults(self, table: Table, rows: list[Row]) -> Iterator[tuple[str, str, str]]:
        allowed = {column.name: self._keys(column.refers) for column in table.columns if column.refers}
        seen: dict[tuple[str, ...], int] = {}
        if table.name == "plan" and len(rows) != 1 and not self._records(table)[1]:
            yield "", f"{len(rows)} rows", "expected one"
        years = YEARS if table.name == "plan" else self.years
        reasons: dict[tuple[str, str], str | None] = {}  # most values stand in many rows
        for number, row in enumerate(rows, start=2):
            for column in table.columns:
                cell = column.name, row[column.name]
                if cell not in reasons:
                    reasons[cell] = _fault(column, cell[1], allowed.get(column.name), years)
                if reason := reasons[cell]:
                    yield f"row {number}, column {column.name}", _shortened(cell[1]), reason
            for name, identity in _identities(table, row):
                first = seen.setdefault(identity, number)
                if first != number:
                    reason = f"stands in row {first} already"
                    yield f"row {number}, column {name}", _shortened(row[name]), reason
            for name, reason in (*self._row_faults(table, row), *self._formula_faults(table, row)):
                yield f"row {number}, column {name}", _shortened(row[name]), reason

    def _row_faults(self, table: Table, row: Row) -> Iterator[tuple[str, str]]:
        """What is wrong with cells together, beyond each one's own declaration."""
        if table.holds_figures:
            yield from self._figure_faults(row)
        if table.name == "measures" and row["locator"] != f"annex 2, task {row['task']}":
            yield "locator", f"is not annex 2, task {row['task']}"
        if table.name == "plan":
            years = [row[name] for name in ("review_year", "base_year", "target_year") if row[name]]
            if years != sorted(set(years)):
                yield "target_year", f"the years {', '.join(years)} do not follow each other"
            for stock in dict.fromkeys(row["stocks"].split("、")):
                if reason := self._stock_fault(stock, row):
                    yield "stocks", f"{stock} {reason}"
        if table.name == "levers" and row["indicator"] not in self.aims:
            yield "indicator", "has no target in targets.csv"
        if table.name == "areas" and row["area"] in (self._keys(("districts",)) or ()):
            yield "area", "is in districts.csv already"
        if table.name == "tasks" and "." not in row["heading"]:
            yield "heading", "is an area of work; expected a key work such as 1.1"
        parent = row["heading"].partition(".")[0] if table.name == "headings" else ""
        if parent and parent not in (self._keys(("headings",)) or ()):
            yield "heading", f"has no area of work {parent} above it"

    def _formula_faults(self, table: Table, row: Row) -> Iterator[tuple[str, str]]:
        """Formulas that come to no number: divided by zero, a root of a negative number, powers of powers."""
        for name in (column.name for column in table.columns if column.kind == "formula"):
            try:
                formula = parse_formula(row[name])
            except FormulaError:
                continue  # reported as a fault of the cell
            known = () if self._figures is None else self._figures.index
            if all(figure in known for figure in formula.figures):
                bounds = formula.bounds(self._figures)
                if not (math.isfinite(bounds.value) and math.isfinite(bounds.lower)):
                    yield name, "comes to no finite number"

    def _stock_fault(self, stock: str, plan: Row) -> str | None:
        """What keeps an indicator from being a stock that a plan is about."""
        indicators = {row["indicator"]: row for row in self._records(TABLES["indicators"])[0]}
        if stock not in indicators:
            return None  # the reference is reported
        if indicators[stock]["kind"] != "stock":
            return f"is of kind {indicators[stock]['kind']}; expected an indicator of kind stock"
        start = self._number(stock, plan["area"], plan["base_year"], "actual", ("review", "outcomes"))
        goal = self._number(stock, plan["area"], plan["target_year"], "target", ("targets",))
        if start is None:
            return f"has no actual figure for {plan['base_year']} in review.csv or outcomes.csv"
        if goal is None:
            return f"has no target for {plan['target_year']} in targets.csv"
        if goal <= start:
            return f"has a goal ({goal:g}) that is not above the number at the start ({start:g})"
        return None

    def _number(
        self, indicator: str, area: str, year: str, status: str, tables: Sequence[str]
    ) -> float | None:
        """Value of an indicator's first figure for a year: None if there is none, NaN if it does not read."""
        wanted = indicator, area, year, status
        for row in (row for name in tables for row in self._records(TABLES[name])[0]):
            if (row["indicator"], row["area"], row["year"], row["status"]) == wanted:
                with suppress(PrintError, ValueError):
                    return read_print(row, self.units[indicator]).value
                return math.nan  # a fault of that row
        return None

    def _figure_faults(self, row: Row) -> Iterator[tuple[str, str]]:
        start, end = row["start_year"], row["year"]
        if start and end and start >= end[:4]:
            yield "start_year", f"is not before the year ({end})"
        unit = self.units.get(row["indicator"])
        try:
            number = read_print(row, unit or "")
        except (PrintError, ValueError) as error:
            yield "printed", str(error)
        else:
            if unit and number.unit not in ("", unit):
                yield "printed", f"counts {number.unit}, but {row['indicator']} is in {unit}"


def open_tables(folder: Path) -> RawTables:
    """Open the raw tables of a folder; those of unchanged files are parsed and checked only once."""
    contents = (read_content(folder / f"{name}.csv", MAX_TABLE) for name in TABLES)
    return _opened(folder, tuple(contents))


# The key is what the files hold, not when they were written: two saves within a clock tick are two contents.
@lru_cache(maxsize=8)
def _opened(folder: Path, contents: tuple[bytes | str, ...]) -> RawTables:
    return RawTables(folder, contents)


def read_content(path: Path, most: int) -> bytes | str:
    """Read a file of at most so many bytes; of one that cannot be read, say why.

    Examples
    --------
    >>> read_content(Path("nowhere.csv"), 1000)
    'cannot be read (No such file or directory)'
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            return "cannot be read (Is a directory)"
        if not stat.S_ISREG(found.st_mode):  # a device or a pipe may never end
            return "cannot be read (not a file)"
        if found.st_size > most:
            return f"is larger than {most // 10**6} MB"
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        return f"cannot be read ({getattr(error, 'strerror', None) or error})"


def read_print(row: Row, unit: str) -> PublishedNumber:
    """Read the printed figure of a row of a figure table; `unit` is its indicator's."""
    return _parsed(row["printed"], "target" if row["status"] == "target" else "actual", unit)


# Read once to be checked, and again for the frames.
_parsed = lru_cache(maxsize=4096)(parse_printed)


def _identities(table: Table, row: Row) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What no two rows may share: the key; of figures also place and meaning together."""
    yield table.key, ("key", row[table.key])
    if table.holds_figures:
        meaning = ("indicator", "area", "start_year", "year", "status", "source", "locator")
        yield "locator", ("place", *(row[name] for name in meaning))


def _fault(column: Column, value: str, allowed: set[str] | None, years: tuple[int, int]) -> str | None:
    """Say what is wrong with one cell, or None."""
    if not value:
        return "is missing" if column.required else None
    if value != value.strip():
        return "has spaces around it"
    if CONTROL.search(value) or len(value) > _LONGEST:
        return f"holds a control character, or more than {_LONGEST:,} characters"
    if column.values and value not in column.values:
        return f"is not one of {', '.join(column.values)}"
    if column.kind == "integer" and not re.fullmatch(r"[1-9][0-9]{0,8}", value):
        return "is not a positive whole number below a billion"
    pattern = PATTERNS.get(column.kind)
    if pattern and not re.fullmatch(pattern, value):
        return _EXPECTED[column.kind]
    if column.kind in ("year", "period") and not years[0] <= int(value[:4]) <= years[1]:
        return f"is outside {years[0]}-{years[1]}"
    if column.kind == "formula":
        try:
            parse_formula(value)
        except FormulaError as error:
            return str(error)
    if allowed is not None:
        unknown = [name for name in cell_names(column, value) if name not in allowed]
        if unknown:
            return f"{', '.join(unknown)} is not in {' or '.join(f'{name}.csv' for name in column.refers)}"
    return None


def _shortened(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"


_LONGEST = 4000  # characters of a cell, far above any note
_EXPECTED = {
    "slug": "may hold only lower-case letters, digits, dot, hyphen and underscore",
    "year": "is not a year (2012)",
    "period": "is not a year (2012) or a month (2012-09)",
    "published": "is not a year, a month or a day (2013-01-30)",
}


def cell_names(column: Column, value: str) -> Sequence[str]:
    """Names that a cell holds: several in a list, those of the figures in a formula, else the one."""
    if column.kind == "formula":
        return parse_formula(value).figures
    return value.split("、") if column.kind == "list" else [value]
