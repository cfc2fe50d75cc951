"""Read raw tables and hold them against their declaration; all problems at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .errors import DataError, PrintError, Problem
from .rounding import PublishedNumber, parse_printed
from .schema import PATTERNS, TABLES, YEARS, Column, Table

Row = dict[str, str]


@dataclass
class RawTables:
    """The raw tables of one folder, each read and checked when it is first asked for.

    Parameters
    ----------
    folder : Path
        Folder that holds ``review.csv`` and the others.
    """

    folder: Path
    _rows: dict[str, list[Row]] = field(default_factory=dict)

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

    def _keys(self, names: tuple[str, ...]) -> set[str] | None:
        # The keys alone: a problem elsewhere in the other table is reported there, not here too.
        tables = [TABLES[name] for name in names]
        if any(self._records(table)[1] for table in tables):
            return None
        return {row[table.key] for table in tables for row in self._records(table)[0]}

    def _read(self, table: Table) -> tuple[list[Row], list[Problem]]:
        rows, problems = self._records(table)
        problems = problems + [
            Problem(self._path(table), place, value, reason)
            for place, value, reason in self._faults(table, rows)
        ]
        return rows, problems

    def _path(self, table: Table) -> str:
        return str(self.folder / f"{table.name}.csv")

    def _records(self, table: Table) -> tuple[list[Row], list[Problem]]:
        """Read a file into rows of text; a file whose form is wrong yields no rows."""
        cached = self._forms.get(table.name)
        if cached is None:
            cached = self._forms[table.name] = self._parse(table)
        return cached

    @cached_property
    def _forms(self) -> dict[str, tuple[list[Row], list[Problem]]]:
        return {}

    def _parse(self, table: Table) -> tuple[list[Row], list[Problem]]:
        path = self._path(table)
        names = [column.name for column in table.columns]
        try:
            text = (self.folder / f"{table.name}.csv").read_bytes().decode("utf-8-sig")
            header, *records = list(csv.reader(io.StringIO(text, newline=""), strict=True)) or [[]]
        except OSError as error:
            return [], [Problem(path, "", "", f"cannot be read ({error.strerror})")]
        except UnicodeDecodeError as error:
            return [], [Problem(path, f"byte {error.start + 1}", "", "is not UTF-8")]
        except csv.Error as error:
            return [], [Problem(path, "", "", f"is not a CSV table ({error})")]
        if header != names:
            reason = f"the columns have to be {', '.join(names)}"
            return [], [Problem(path, "row 1", ", ".join(header), reason)]
        problems = [
            Problem(path, f"row {number}", "", f"has {len(record)} cells where {len(names)} are expected")
            for number, record in enumerate(records, start=2)
            if len(record) != len(names)
        ]
        return [] if problems else [dict(zip(names, record, strict=True)) for record in records], problems

    def _faults(self, table: Table, rows: list[Row]) -> Iterator[tuple[str, str, str]]:
        allowed = {column.name: self._keys(column.refers) for column in table.columns if column.refers}
        seen: dict[tuple[str, ...], int] = {}
        for number, row in enumerate(rows, start=2):
            for column in table.columns:
                reason = _fault(column, row[column.name], allowed.get(column.name))
                if reason:
                    yield f"row {number}, column {column.name}", row[column.name], reason
            for name, identity in _identities(table, row):
                first = seen.setdefault(identity, number)
                if first != number:
                    yield f"row {number}, column {name}", row[name], f"stands in row {first} already"
            for name, reason in self._row_faults(table, row):
                yield f"row {number}, column {name}", row[name], reason

    def _row_faults(self, table: Table, row: Row) -> Iterator[tuple[str, str]]:
        """What is wrong with cells together, beyond each one's own declaration."""
        if table.holds_figures:
            yield from self._figure_faults(row)
        if table.name == "measures" and row["locator"] != f"annex 2, task {row['task']}":
            yield "locator", f"is not annex 2, task {row['task']}"
        if table.name == "areas" and row["area"] in (self._keys(("districts",)) or ()):
            yield "area", "is in districts.csv already"
        if table.name == "tasks" and "." not in row["heading"]:
            yield "heading", "is an area of work; expected a key work such as 1.1"
        parent = row["heading"].partition(".")[0] if table.name == "headings" else ""
        if parent and parent not in (self._keys(("headings",)) or ()):
            yield "heading", f"has no area of work {parent} above it"

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


def read_print(row: Row, unit: str) -> PublishedNumber:
    """Read the printed figure of a row of a figure table; `unit` is its indicator's."""
    return parse_printed(row["printed"], row["status"] if row["status"] == "target" else "actual", unit)


def _identities(table: Table, row: Row) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What no two rows may share: the key; of figures also place and meaning together."""
    yield table.key, ("key", row[table.key])
    if table.holds_figures:
        meaning = ("indicator", "area", "start_year", "year", "status", "source", "locator")
        yield "locator", ("place", *(row[name] for name in meaning))


def _fault(column: Column, value: str, allowed: set[str] | None) -> str | None:
    """Say what is wrong with one cell, or None."""
    if not value:
        return "is missing" if column.required else None
    if value != value.strip():
        return "has spaces around it"
    if column.values and value not in column.values:
        return f"is not one of {', '.join(column.values)}"
    if column.kind == "integer" and not re.fullmatch(r"[1-9][0-9]*", value):
        return "is not a positive whole number"
    pattern = PATTERNS.get(column.kind)
    if pattern and not re.fullmatch(pattern, value):
        return _EXPECTED[column.kind]
    if column.kind in ("year", "period") and not YEARS[0] <= int(value[:4]) <= YEARS[1]:
        return f"is outside {YEARS[0]}-{YEARS[1]}"
    if allowed is not None:
        unknown = [name for name in _names(column, value) if name not in allowed]
        if unknown:
            return f"{', '.join(unknown)} is not in {' or '.join(f'{name}.csv' for name in column.refers)}"
    return None


_EXPECTED = {
    "slug": "may hold only lower-case letters, digits, dot, hyphen and underscore",
    "year": "is not a year (2012)",
    "period": "is not a year (2012) or a month (2012-09)",
    "published": "is not a year, a month or a day (2013-01-30)",
}


def _names(column: Column, value: str) -> list[str]:
    return value.split("、") if column.kind == "list" else [value]
