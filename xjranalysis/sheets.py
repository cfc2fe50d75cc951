"""Open a workbook as an office sends it: its cells with what they show, or one clear error.

Reads .xlsx and .xlsm (openpyxl), .xls (xlrd) and .csv or .txt (UTF-8, UTF-16 or GB18030). What a file is
is told from its content, not from its name.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from .errors import DataError, Problem

# Far above any district table, and small enough that a hostile file costs seconds, not the machine.
MAX_FILE = 20_000_000  # bytes
MAX_UNPACKED = 200_000_000  # bytes of all parts of a workbook
MAX_CELLS = 1_000_000
MAX_ROWS = 1_048_576
_MAX_COLUMNS = 702  # column ZZ

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TEXTS = (".csv", ".tsv", ".txt")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".csv")  # what counts as a workbook in a folder, beside notes


Place = tuple[int, int]  # row and column


@dataclass
class Sheet:
    """The cells of one sheet that hold something.

    Parameters
    ----------
    name : str
    rows : dict
        Row number → column number → value (text, number, date or bool), both counted from 1.
    formats : dict
        (row, column) → number format, for numbers whose format is not General.
    merged : list
        First row, first column, last row, last column of each merged range.
    uncalculated : dict
        (row, column) → formula, for formulas of which the file holds no result.
    transposed : bool
        Rows and columns have changed places; addresses stay those of the file.
    """

    name: str
    rows: dict[int, dict[int, Any]] = field(default_factory=dict)
    formats: dict[Place, str] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    uncalculated: dict[Place, str] = field(default_factory=dict)
    transposed: bool = False

    def address(self, row: int, column: int) -> str:
        """Name a cell as a spreadsheet does, with its sheet: ``表1!C7``."""
        if self.transposed:
            row, column = column, row
        return f"{self.name}!{column_letters(column)}{row}"

    @cached_property
    def columns(self) -> list[int]:
        """Columns that hold something."""
        return sorted({column for cells in self.rows.values() for column in cells})

    @cached_property
    def anchors(self) -> dict[Place, Place]:
        """Every covered cell of a merged range, with the cell that holds its value."""
        anchors: dict[Place, Place] = {}
        for top, left, bottom, right in self._clipped():
            for row in range(top, bottom + 1):
                anchors |= dict.fromkeys(((row, column) for column in range(left, right + 1)), (top, left))
        return anchors

    def covered(self) -> int:
        """How many cells the merged ranges cover where the sheet holds something."""
        return sum((bottom - top + 1) * (right - left + 1) for top, left, bottom, right in self._clipped())

    def anchor(self, row: int, column: int) -> Place:
        """Cell that holds the value of a cell: itself, or the first one of its merged range."""
        return self.anchors.get((row, column), (row, column))

    def at(self, row: int, column: int) -> Any:
        """Value of a cell, or of the merged range that covers it."""
        row, column = self.anchor(row, column)
        return self.rows.get(row, {}).get(column)

    def _clipped(self) -> Iterator[tuple[int, int, int, int]]:
        last_row, last_column = max(self.rows, default=0), max(self.columns, default=0)
        for top, left, bottom, right in self.merged:
            if top <= last_row and left <= last_column:
                yield top, left, min(bottom, last_row), min(right, last_column)

    def turned(self) -> Sheet:
        """Return the sheet with rows and columns exchanged."""
        rows: dict[int, dict[int, Any]] = {}
        for row, cells in self.rows.items():
            for column, value in cells.items():
                rows.setdefault(column, {})[row] = value
        return Sheet(
            self.name,
            {row: dict(sorted(rows[row].items())) for row in sorted(rows)},
            {(column, row): shown for (row, column), shown in self.formats.items()},
            [(left, top, right, bottom) for top, left, bottom, right in self.merged],
            {(column, row): formula for (row, column), formula in self.uncalculated.items()},
            not self.transposed,
        )


@lru_cache(maxsize=1000)
def column_letters(column: int) -> str:
    """Name a column as a spreadsheet does.

    Examples
    --------
    >>> column_letters(1), column_letters(28)
    ('A', 'AB')
    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read_sheets(path: Path) -> list[Sheet]:
    """Read every visible sheet of a workbook, or a text table as the one sheet of its name.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of Sheet

    Raises
    ------
    DataError
        If the file cannot be read, is too large, damaged, protected by a password, or no workbook.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise _refusal(path, f"is larger than {MAX_FILE // 10**6} MB; expected a district table")
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise _refusal(path, f"cannot be read ({getattr(error, 'strerror', error)})") from None
    if not content.strip():
        raise _refusal(path, "is empty; expected a workbook")
    if content.startswith(b"PK\x03\x04"):
        return _read_xlsx(path, content)
    if content.startswith(_OLE):
        return _read_xls(path, content)
    if path.suffix.lower() in _TEXTS or _is_separated(content):
        return [_read_text(path, content)]
    raise _refusal(path, f"is {_kind(content)}, not a workbook; expected .xlsx, .xls or .csv")


def shown(value: float, number_format: str) -> str | None:
    """Write a number as its cell shows it, without thousands separators.

    Parameters
    ----------
    value : int or float
    number_format : str
        As in the cell, such as ``#,##0.00``.

    Returns
    -------
    str or None
        None if the format is not one of whole numbers, decimals or percent, with text around.

    Examples
    --------
    >>> shown(1.10493, "0.00"), shown(1.10493, "General"), shown(11049, '#,##0"家"')
    ('1.10', '1.10493', '11049家')
    """
    first = number_format.partition(";")[0]
    bare = re.sub(r"\[[^\]<>=]*\]|[_*].", "", first)
    exact = Decimal(repr(value))
    if general := _GENERAL.fullmatch(bare):
        # A spreadsheet keeps fifteen digits; what lies beyond is noise of binary arithmetic.
        text = f"{Decimal(f'{exact:.15g}'):f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return f"{_literal(general['before'])}{text}{_literal(general['after'])}"
    match = _FORMAT.fullmatch(bare)
    if match is None:
        return None
    decimals = match["decimals"] or ""
    scaled = exact * (100 if match["percent"] else 1) / 1000 ** len(match["scale"])
    rounded = f"{scaled.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP):f}"
    # A # shows no zero at the end, so that 1.1 in 0.## was shown to one decimal.
    for place in reversed(decimals):
        if place != "#" or not rounded.endswith("0"):
            break
        rounded = rounded[:-1]
    before, after = (_literal(match[name]) for name in ("before", "after"))
    return f"{before}{rounded.rstrip('.')}{match['percent']}{after}"


# Text in quotes, behind a backslash, or Chinese characters may stand around the digits.
_LITERAL = r'(?:"[^"]*"|\\.|[\u4e00-\u9fff$()\- ])*'
_GENERAL = re.compile(
    rf"(?P<before>{_LITERAL})(?:general|g/通用格式|@)(?P<after>{_LITERAL})\s*", re.IGNORECASE
)
_FORMAT = re.compile(
    rf"(?P<before>{_LITERAL})[#0?](?:[#0?,]*[#0?])?(?:\.(?P<decimals>[0#?]+))?"
    rf"(?P<scale>,*)(?P<percent>%?)(?P<after>{_LITERAL})"
)


def _literal(text: str) -> str:
    return re.sub(r'"([^"]*)"|\\(.)', r"\1\2", text).strip()


def _refusal(path: Path, reason: str) -> DataError:
    return DataError([Problem(str(path), "", "", reason)])


def _is_separated(content: bytes) -> bool:
    """Whether a file of another name is a table of separated values, as some exports are."""
    lines = content.strip().splitlines()
    separated = sum(any(mark in line for mark in (b",", b"\t", b";")) for line in lines)
    return (
        len(lines) > 2
        and separated > len(lines) / 2
        and b"\x00" not in content
        and content.lstrip()[:1] not in b"<%{"
    )


def _kind(content: bytes) -> str:
    head = content[:400].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if content.startswith(b"%PDF"):
        return "a PDF document"
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<meta")):
        return "an HTML page"
    if head.startswith(b"<?xml"):
        return "an XML document"
    return "a file of another kind"


# ---------------------------------------------------------------- .xlsx

_TAG = rb"<(?:\w+:)?"
_END = rb"</(?:\w+:)?"
_MERGED = re.compile(_TAG + rb"""mergeCell\b[^>]*\bref=["']([A-Z]+)(\d+):([A-Z]+)(\d+)["']""")
# Three letters: a column beyond ZZ, which may be formatted but holds nothing in a table of districts.
_FAR = re.compile(rb"""\br=["']([A-Z]{3,}\d+)["'][^>]*[^/]>""")
_FAR_ROW = re.compile(rb"""\br=["'][A-Z]*(\d{7,})["']""")


def _read_xlsx(path: Path, content: bytes) -> list[Sheet]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the library cannot keep does not concern a reader
            _check_parts(path, archive)
            # Read-only, because it neither builds the styles nor fills merged ranges with cells.
            book = openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, data_only=True, keep_links=False
            )
            # Written by a program that leaves the calculation to the next spreadsheet program.
            unsure = any(
                b"fullCalcOnLoad" in archive.read(name)
                for name in archive.namelist()
                if name.endswith("workbook.xml")
            )
            return [
                _read_worksheet(path, sheet, archive, unsure)
                for sheet in book.worksheets
                if sheet.sheet_state == "visible"
            ]
    except DataError:
        raise
    except Exception as error:  # whatever a damaged part makes zipfile, the XML parser or openpyxl raise
        raise _refusal(path, f"is damaged or not a workbook ({type(error).__name__}: {error})") from None


def _check_parts(path: Path, archive: zipfile.ZipFile) -> None:
    size = sum(part.file_size for part in archive.infolist())
    if size > MAX_UNPACKED:
        raise _refusal(path, f"unpacks to {size // 10**6} MB; at most {MAX_UNPACKED // 10**6} MB are read")
    if any(part.flag_bits & 1 for part in archive.infolist()):
        raise _refusal(path, "is protected by a password; remove it and save again")
    names = archive.namelist()
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise _refusal(path, "is a zip archive or another kind of document, not a workbook")
    if any(name.startswith("xl/") and name.endswith("workbook.bin") for name in names):
        raise _refusal(path, "is a binary workbook (.xlsb); save it as .xlsx")
    for part in archive.infolist():
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as file:
                if b"<!DOCTYPE" in file.read(2000).upper():
                    raise _refusal(path, f"its part {part.filename} declares entities, as no workbook does")


def _read_worksheet(path: Path, worksheet: Any, archive: zipfile.ZipFile, unsure: bool) -> Sheet:
    from openpyxl.utils import column_index_from_string as index

    sheet = Sheet(worksheet.title)
    # The only way from a read-only sheet to its part, which alone knows merged ranges and formulas.
    part = archive.read(worksheet._worksheet_path)
    if far := _FAR.search(part):
        raise DataError([_oversized(path, f"{sheet.name}!{far[1].decode()}", "lies beyond column ZZ")])
    if (cells := part.count(b" r=")) > MAX_CELLS:
        raise DataError([_oversized(path, sheet.name, f"has {cells:,} cells, more than {MAX_CELLS:,}")])
    for left, top, right, bottom in _MERGED.findall(part):
        sheet.merged.append((int(top), index(left.decode()), int(bottom), index(right.decode())))
    if any(int(row) > MAX_ROWS for row in _FAR_ROW.findall(part)):
        raise DataError([_oversized(path, sheet.name, f"has rows beyond {MAX_ROWS:,}")])
    if b"<f" in part or b":f" in part or b"\x00" in part:
        sheet.uncalculated = {
            (row, index(letters)): formula for letters, row, formula in _uncalculated(part, unsure)
        }
    worksheet.reset_dimensions()  # some programs write them wrongly
    widest = _MAX_COLUMNS if b"XFD" in part else None
    for row, cells_ in enumerate(worksheet.iter_rows(max_col=widest), start=1):
        held = {}
        for column, cell in enumerate(cells_, start=1):
            value = cell.value
            if value is None:
                continue
            held[column] = value
            if cell.has_style and cell.data_type == "n" and cell.number_format != "General":
                sheet.formats[row, column] = cell.number_format
        if held:
            sheet.rows[row] = held
    if sheet.covered() > MAX_CELLS:
        raise DataError([_oversized(path, sheet.name, f"merges more than {MAX_CELLS:,} cells")])
    return sheet


def _uncalculated(part: bytes, unsure: bool) -> Iterator[tuple[str, int, str]]:
    """Yield column, row and text of the formulas of which a sheet's part holds no result.

    A file whose writer asks for a calculation (`unsure`) has 0 for a result that nobody computed.
    """
    for element in _formula_cells(part):
        parts = {child.tag.rpartition("}")[2]: child for child in element}
        result = parts["v"].text if "v" in parts else None
        # A text that is empty was computed: =IF(A1="","",…).
        held = (result or "").strip() or (element.get("t") == "str" and "v" in parts)
        place = re.fullmatch(r"([A-Z]{1,3})(\d+)", element.get("r", ""))
        if place and "f" in parts and (not held or (unsure and result == "0")):
            yield place[1], int(place[2]), "=" + (parts["f"].text or "")


def _formula_cells(part: bytes) -> Iterator[ElementTree.Element]:
    """Yield the cells of a sheet's part that hold a formula."""
    if not any(mark in part for mark in (b":f", b"\x00", b"<!")):
        try:
            yield from [ElementTree.fromstring(cell) for cell in _cut_out(part)]
            return
        except ElementTree.ParseError:
            pass  # a prefix that is declared further up
    for _, element in ElementTree.iterparse(io.BytesIO(part)):
        if element.tag.rpartition("}")[2] == "c":
            yield element
            element.clear()


def _cut_out(part: bytes) -> Iterator[bytes]:
    """Cut out the cells with a formula, so that the others need not be parsed once more."""
    place = part.find(b"<f")
    while place >= 0:
        start, end = part.rfind(b"<c ", 0, place), part.find(b"</c>", place)
        if part[place + 2 : place + 3] in (b">", b" ", b"/") and start >= 0 and end >= 0:
            yield part[start : end + 4]
            place = end
        place = part.find(b"<f", place + 2)


def _oversized(path: Path, place: str, reason: str) -> Problem:
    return Problem(str(path), place, "", f"is oversized: it {reason}; expected a district table")


# ---------------------------------------------------------------- .xls


def _read_xls(path: Path, content: bytes) -> list[Sheet]:
    import xlrd

    if "EncryptedPackage".encode("utf-16-le") in content:
        raise _refusal(path, "is protected by a password; remove it and save again")
    try:
        book = xlrd.open_workbook(file_contents=content, formatting_info=True, logfile=io.StringIO())
        return [_read_xls_sheet(book, sheet) for sheet in book.sheets() if sheet.visibility == 0]
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise _refusal(path, "is protected by a password; remove it and save again") from None
        raise _refusal(path, f"is damaged or not a workbook ({error})") from None
    except Exception as error:  # xlrd lets struct, index and assertion errors of damaged files through
        raise _refusal(path, f"is damaged or not a workbook ({type(error).__name__}: {error})") from None


def _read_xls_sheet(book: Any, worksheet: Any) -> Sheet:
    import xlrd

    merged = [(top + 1, left + 1, bottom, right) for top, bottom, left, right in worksheet.merged_cells]
    sheet = Sheet(worksheet.name, merged=merged)
    for row in range(worksheet.nrows):
        held: dict[int, Any] = {}
        for column, cell in enumerate(worksheet.row(row)):
            value: Any = cell.value
            if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                continue
            if value == "":  # only a formula holds a text without a character
                sheet.uncalculated[row + 1, column + 1] = "a formula"
                continue
            if cell.ctype == xlrd.XL_CELL_NUMBER:
                value = int(value) if value.is_integer() else value
                shown_as = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
                if shown_as != "General":
                    sheet.formats[row + 1, column + 1] = shown_as
            elif cell.ctype == xlrd.XL_CELL_DATE:
                value = xlrd.xldate_as_datetime(value, book.datemode)
            elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
                value = bool(value)
            elif cell.ctype == xlrd.XL_CELL_ERROR:
                value = xlrd.error_text_from_code.get(value, "#ERROR")
            held[column + 1] = value
        if held:
            sheet.rows[row + 1] = held
    return sheet


# ---------------------------------------------------------------- .csv


def _read_text(path: Path, content: bytes) -> Sheet:
    text = _decoded(path, content).removesuffix("\x1a")  # how some old programs end a text
    if text.lstrip()[:1] == "<":
        raise _refusal(path, f"is {_kind(text.encode())}, not a table of comma-separated values")
    if any(unicodedata.category(char) == "Cc" and char not in "\t\r\n" for char in text):
        raise _refusal(path, "is not text: it holds control characters")
    delimiter = max(",\t;", key=text.count)
    sheet = Sheet(path.stem)
    try:
        for row, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
        ):
            held: dict[int, Any] = {
                column: cell for column, cell in enumerate(cells, start=1) if cell.strip()
            }
            if held:
                sheet.rows[row] = held
    except csv.Error as error:
        raise _refusal(path, f"is not a table of comma-separated values ({error})") from None
    return sheet


def _decoded(path: Path, content: bytes) -> str:
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refusal(path, "is neither UTF-8 nor GB18030")


def texts(sheet: Sheet) -> Iterator[tuple[int, int, str]]:
    """Yield row, column and text of every cell that holds text."""
    for row, cells in sheet.rows.items():
        for column, value in cells.items():
            if isinstance(value, str):
                yield row, column, value
