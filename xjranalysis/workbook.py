"""Frames as one styled workbook."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from .display import display_width
from .export import FORMULA, without_clock


def workbook_bytes(tables: dict[str, pd.DataFrame]) -> bytes:
    """Make a styled workbook with one sheet a table; the same tables give the same bytes.

    Parameters
    ----------
    tables : dict of DataFrame
        By sheet name; cells are numbers, dates as text, or text.

    Returns
    -------
    bytes
        An .xlsx file. Text that a spreadsheet would run as a formula is stored as text.
    """
    book = Workbook(write_only=True)
    buffer = io.BytesIO()
    try:
        _fill(book, tables)
        book.save(buffer)
    except BaseException:
        # A sheet that is left half written, as by Ctrl-C, complains when the interpreter ends.
        for sheet in book.worksheets:
            with suppress(Exception):
                sheet.close()
        raise
    return without_clock(buffer.getvalue())


def _fill(book: Workbook, tables: dict[str, pd.DataFrame]) -> None:
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "B2"
        sheet.print_title_rows = "1:1"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_setup.fitToHeight = 0  # as many pages as it takes, each as wide as the table
        for position, column in enumerate(table.columns, start=1):
            longest = max((display_width(str(value)) for value in table[column]), default=0)
            width = min(max(longest, display_width(column)) + 2, 60)
            sheet.column_dimensions[get_column_letter(position)].width = width
        sheet.append([_head(sheet, column) for column in table.columns])
        for row in table.itertuples(index=False):
            sheet.append([_cell(sheet, value) for value in row])
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{len(table) + 1}"


def _head(sheet: Any, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="DDE7F0")
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def _cell(sheet: Any, value: Any) -> WriteOnlyCell | None:
    if pd.isna(value) or value == "":
        return None
    if isinstance(value, str) or (isinstance(value, float) and value in (float("inf"), float("-inf"))):
        cell = WriteOnlyCell(sheet, value=str(value))
        cell.data_type = "s"  # never a formula, whatever the text begins with
        cell.quotePrefix = cell.value.startswith(FORMULA)  # nor when somebody edits the cell
        return cell
    cell = WriteOnlyCell(sheet, value=value.item() if hasattr(value, "item") else value)
    whole = isinstance(cell.value, int) or float(cell.value).is_integer()
    cell.number_format = ("#,##0" if abs(cell.value) >= 10_000 else "0") if whole else "General"
    return cell
