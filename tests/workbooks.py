"""Fixture workbooks: district tables as offices write them, with the numbers that they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from xjranalysis import load_districts

DISTRICTS = load_districts()
NAMES = dict(DISTRICTS["name_zh"])
SMES, GIANTS = "technology_smes", "little_giants"
WORDS = {SMES: "科技型中小企业", GIANTS: "科技小巨人企业"}
YEARS = (2012, 2015)
COLUMNS = [(indicator, year) for indicator in WORDS for year in YEARS]


def number(area: str, indicator: str, year: int) -> int:
    """A number for every cell, all different and none like a year."""
    place = list(NAMES).index(area)
    return (3000 if indicator == SMES else 30) + 137 * place + 10 * (year - 2012)


def total(indicator: str, year: int, areas: Any = NAMES) -> int:
    return sum(number(area, indicator, year) for area in areas)


def rows(columns: list[tuple[str, int]] = COLUMNS, names: dict[str, str] = NAMES) -> list[list[Any]]:
    """One row a district: name and numbers."""
    return [[names[area], *(number(area, *column) for column in columns)] for area in NAMES]


def totals(label: str, columns: list[tuple[str, int]] = COLUMNS) -> list[Any]:
    return [label, *(total(*column) for column in columns)]


def sheet(
    book: Workbook, lines: list[list[Any]], title: str = "表1", merged: tuple[str, ...] = ()
) -> Worksheet:
    """Add a sheet of lines to a workbook; the first one replaces the empty sheet."""
    if book.sheetnames == ["Sheet"]:
        book.remove(book["Sheet"])
    worksheet = book.create_sheet(title)
    for line in lines:
        worksheet.append(line)
    for cells in merged:
        worksheet.merge_cells(cells)
    return worksheet


def save(path: Path, lines: list[list[Any]], merged: tuple[str, ...] = (), title: str = "表1") -> Path:
    book = Workbook()
    sheet(book, lines, title, merged)
    book.save(path)
    return path


def simple() -> list[list[Any]]:
    """The plainest table: one header row, names, numbers, total."""
    head = ["区县", *(f"{year}年{WORDS[indicator]}（家）" for indicator, year in COLUMNS)]
    return [head, *rows(), totals("合计")]


def held(forecast: pd.DataFrame) -> dict[tuple[str, str, int], float]:
    """Numbers of a frame by area, indicator and year."""
    return forecast.set_index(["area", "indicator", "year"])["value"].to_dict()


def expected(columns: list[tuple[str, int]] = COLUMNS) -> dict[tuple[str, str, int], float]:
    return {(area, *column): number(area, *column) for area in NAMES for column in columns}
