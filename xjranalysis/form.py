"""The blank form of the district table, for an office to fill in; what it is filled with reads back."""

from __future__ import annotations

import io
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from .annex import total_formula
from .data import Folder, load_districts, load_indicators
from .display import in_sentence
from .districts import INDICATORS, heads
from .errors import DataError, Problem
from .export import without_clock, write_file
from .plan import Plan

SHEET = "各区县 Districts"
_FIRST_ROW, _FIRST_COLUMN = 6, 4
_MOST = 1_000_000  # firms; no district has nearly so many

_NOTES = (
    ("填表说明", "How to fill in this form"),
    ("只填浅黄色单元格；其余单元格已锁定。", "Fill in the yellow cells only; all others are locked."),
    (
        "单位为家，填整数，不写“万”、千位分隔符或文字。",
        "Count firms: whole numbers, without 万, separators or words.",
    ),
    (
        "数字为各年年末存量；{year}年为预测数或目标数。",
        "Numbers are stocks at the end of each year; {year} is the forecast or goal.",
    ),
    (
        "没有数字的单元格请留空，不要填0；整列没有数字也可以。",
        "Leave a cell blank where there is no number, and do not write 0; whole columns may stay blank.",
    ),
    (
        "合计由公式计算；如与已公布的合计不符，请在下方备注。",
        "The total is a formula; say below if it differs from a published one.",
    ),
    (
        "各区县填全区县数，包括区内各功能区，不另行列出。",
        "A district is the whole area with its functional zones, which are not listed again.",
    ),
    ("填报单位：", "Filled in by:"),
    ("填报日期：", "Date:"),
    ("联系方式：", "Contact:"),
    ("数据来源（文件名、文号、页码）：", "Source (document, number, page):"),
    ("备注：", "Remarks:"),
)


def write_form(path: Path, folder: Folder = None) -> Path:
    """Write the blank form.

    Parameters
    ----------
    path : Path
        New file, ending in ``.xlsx``.
    folder : path, optional
        Folder of raw tables, which name the districts and the plan's years; the bundled plan's if omitted.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    DataError
        If the file exists already, because it may be filled in, its name does not end in ``.xlsx``, or the
        plan's tables have none of the indicators that the form is for.
    """
    if path.suffix.lower() != ".xlsx":
        raise DataError([Problem(str(path), "", path.suffix, "is not .xlsx")])
    if path.exists():
        raise DataError([Problem(str(path), "", "", "exists already and may be filled in; name a new file")])
    return write_file(path, form_bytes(folder))


def form_bytes(folder: Folder = None) -> bytes:
    """Make the blank form; the same districts and years give the same bytes.

    Examples
    --------
    >>> form_bytes().startswith(b"PK")
    True
    """
    plan, districts = Plan(folder), load_districts(folder)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # a new workbook has one sheet
    sheet.title = SHEET
    years = range(plan.base_year, plan.target_year + 1)
    counted = load_indicators(folder).index
    words = [names for indicator, names in heads(folder).items() if indicator in counted]
    if not words:
        reason = f"has neither {' nor '.join(INDICATORS)}, which the form is for"
        raise DataError([Problem(str(plan.folder / "indicators.csv"), "", "", reason)])
    _write_table(sheet, years, words, list(districts["name_zh"]), list(districts["name_en"]))
    notes = book.create_sheet("说明 Notes")
    for row, texts in enumerate(_NOTES, start=1):
        for column, text in enumerate(texts, start=1):
            cell = notes.cell(row, column, text.format(year=plan.target_year))
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=row == 1)
            # The last lines are for the office to write on.
            cell.protection = Protection(locked=not text.endswith(("：", ":")))
    notes.column_dimensions["A"].width = notes.column_dimensions["B"].width = 60
    notes.protection.sheet = True
    buffer = io.BytesIO()
    book.save(buffer)
    return without_clock(buffer.getvalue())


def _write_table(
    sheet: Worksheet, years: range, words: list[tuple[str, str]], names_zh: list[str], names_en: list[str]
) -> None:
    last_column = _FIRST_COLUMN + len(years) * len(words) - 1
    last_row = _FIRST_ROW + len(names_zh) - 1
    first_en, *more_en = (name_en for name_en, _ in words)
    sheet["A1"] = f"各区县{'和'.join(name_zh for _, name_zh in words)}发展数量表"
    sheet["A2"] = f"{' and '.join([first_en, *map(in_sentence, more_en)])} by district"
    sheet.cell(3, last_column, "单位：家  Unit: firms").alignment = Alignment(horizontal="right")
    for column, head in enumerate(("序号\nNo.", "区县\nDistrict", "英文名\nName in English"), start=1):
        sheet.cell(4, column, head)
        sheet.merge_cells(start_row=4, end_row=5, start_column=column, end_column=column)
    for place, (head_en, head_zh) in enumerate(words):
        first = _FIRST_COLUMN + place * len(years)
        sheet.cell(4, first, f"{head_zh}\n{head_en}")
        sheet.merge_cells(start_row=4, end_row=4, start_column=first, end_column=first + len(years) - 1)
        for step, year in enumerate(years):
            sheet.cell(5, first + step, f"{year}年")
    for place, names in enumerate(zip(names_zh, names_en, strict=True)):
        for column, value in enumerate((place + 1, *names), start=1):
            sheet.cell(_FIRST_ROW + place, column, value)
    sheet.cell(last_row + 1, 2, "合计")
    sheet.cell(last_row + 1, 3, "Total")
    for column in range(_FIRST_COLUMN, last_column + 1):
        letters = get_column_letter(column)
        sheet.cell(last_row + 1, column, total_formula(letters, _FIRST_ROW, last_row))
    _style(sheet, last_row, last_column)


def _style(sheet: Worksheet, last_row: int, last_column: int) -> None:
    line = Side(style="thin", color="999999")
    for row in sheet.iter_rows(min_row=4, max_row=last_row + 1, max_col=last_column):
        for cell in row:
            numeric = cell.column >= _FIRST_COLUMN and cell.row >= _FIRST_ROW
            cell.border = Border(line, line, line, line)
            cell.alignment = Alignment(
                horizontal="right" if numeric else "center", vertical="center", wrap_text=True
            )
            cell.font = Font(bold=cell.row in (4, 5, last_row + 1))
            if numeric:
                cell.number_format = "#,##0"
            if numeric and cell.row <= last_row:
                cell.fill = PatternFill("solid", fgColor="FFF9DB")
                cell.protection = Protection(locked=False)
    sheet["A1"].font = Font(bold=True, size=14)
    inputs = f"{get_column_letter(_FIRST_COLUMN)}{_FIRST_ROW}:{get_column_letter(last_column)}{last_row}"
    rule = DataValidation("whole", operator="between", formula1="0", formula2=str(_MOST), allow_blank=True)
    rule.errorTitle, rule.error = (
        "家数 Firms",
        "请填0以上的整数，或留空。A whole number of 0 or more, or blank.",
    )
    rule.promptTitle, rule.prompt = (
        "家数 Firms",
        "年末企业数，整数；没有则留空。Whole firms; blank if unknown.",
    )
    rule.showErrorMessage = rule.showInputMessage = True
    rule.add(inputs)
    sheet.add_data_validation(rule)
    sheet.protection.sheet = True  # without a password: against slips, not against the office
    sheet.freeze_panes = sheet.cell(_FIRST_ROW, _FIRST_COLUMN)
    sheet.row_dimensions[4].height = 34
    for column, width in ((1, 7), (2, 12), (3, 14)):
        sheet.column_dimensions[get_column_letter(column)].width = width
    for column in range(_FIRST_COLUMN, last_column + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 11
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
