"""Open a workbook as an office sends it: its cells with what they show, or one clear error.

Reads .xlsx and .xlsm (openpyxl, the cells by expat), .xls (xlrd) and .csv or .txt (UTF-8, UTF-16 or
GB18030). What a file is is told from its content, not from its name. A file may be damaged or made to do
harm: nothing of it is run, followed or written anywhere, and every size has a limit.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from xml.parsers import expat

from .errors import DataError, Problem
from .tables import CONTROL, read_content

# Far above any district table, and small enough that a hostile file costs seconds, not the machine.
MAX_FILE = 20_000_000  # bytes
MAX_UNPACKED = 50_000_000  # bytes of the parts of a workbook that are read
MAX_PARTS = 5_000
MAX_SHEETS = 250
MAX_MARKUP = 3_000_000  # tags of a sheet's part, or separators of a text; most may stand around empty cells
MAX_MARKUP_ELSEWHERE = 400_000  # tags of another part
MAX_CELLS = 400_000  # that hold something, in all sheets; or that merged ranges cover
MAX_AREA = 1_000_000  # rows times columns that hold something
MAX_TEXT = 2_000  # characters in a cell
MAX_TEXTS = 3_000_000  # characters in all cells
MAX_ROWS = 1_048_576
_MAX_COLUMNS = 702  # column ZZ

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TEXTS = (".csv", ".tsv", ".txt")


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

    @cached_property
    def merged_rows(self) -> set[int]:
        """Rows in which a merged range covers cells."""
        return {row for row, _ in self.anchors}

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
    content = read_content(path, MAX_FILE)
    if isinstance(content, str):
        raise _refusal(path, content)
    if not content.strip():
        raise _refusal(path, "is empty; expected a workbook")
    if content.startswith(b"PK\x03\x04"):
        sheets = _read_xlsx(path, content)
    elif content.startswith(_OLE):
        sheets = _read_xls(path, content)
    elif path.suffix.lower() in _TEXTS or _is_separated(content):
        sheets = [_read_text(path, content)]
    else:
        raise _refusal(path, f"is {_kind(content)}, not a workbook; expected .xlsx, .xls or .csv")
    if not sheets:
        raise _refusal(path, "has no visible sheet")
    _check_sheets(path, sheets)
    return sheets


def _check_sheets(path: Path, sheets: list[Sheet]) -> None:
    """Refuse what would be slow to make out, and merged ranges of which nobody knows what they show."""
    written = 0
    for sheet in sheets:
        for row, column, text in texts(sheet):
            written += len(text)
            if len(text) > MAX_TEXT:
                reason = f"has a text of {len(text):,} characters"
                raise _oversized(path, sheet.address(row, column), reason)
        if len(sheet.name) > MAX_TEXT:
            raise _oversized(path, "", f"has a sheet with a name of {len(sheet.name):,} characters")
        if len(sheet.rows) * len(sheet.columns) > MAX_AREA:
            reason = f"has {len(sheet.rows):,} rows and {len(sheet.columns):,} columns"
            raise _oversized(path, sheet.name, reason)
        if (covered := sheet.covered()) > MAX_CELLS:
            raise _oversized(path, sheet.name, f"merges more than {MAX_CELLS:,} cells")
        if covered != len(sheet.anchors):
            raise DataError([Problem(str(path), sheet.name, "", "is damaged: its merged ranges overlap")])
    if sum(len(cells) for sheet in sheets for cells in sheet.rows.values()) > MAX_CELLS:
        raise _oversized(path, "", f"has more than {MAX_CELLS:,} cells")
    if written > MAX_TEXTS:
        raise _oversized(path, "", f"has {written:,} characters of text")


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


def _oversized(path: Path, place: str, reason: str) -> DataError:
    return DataError([Problem(str(path), place, "", f"is oversized: it {reason}; expected a district table")])


def _damaged(path: Path, error: Exception) -> DataError:
    """Name what a damaged part made a library raise, in one line."""
    said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return _refusal(path, f"is damaged or not a workbook ({said})")


def _is_separated(content: bytes) -> bool:
    """Whether a file of another name is a table of separated values, as some exports are."""
    lines = content[:100_000].strip().splitlines()
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


def _read_xlsx(path: Path, content: bytes) -> list[Sheet]:
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.styles.stylesheet import apply_stylesheet

    try:
        if content.count(b"PK\x01\x02") > MAX_PARTS:  # before a list of them is made
            raise _oversized(path, "", f"has more than {MAX_PARTS:,} parts")
        with _Package(path, content) as package, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the library cannot keep does not concern a reader
            package.check()
            reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            reader.archive = package
            reader.read_manifest()
            reader.read_strings()
            reader.read_workbook()
            apply_stylesheet(package, reader.wb)
            declared = [sheet for sheet in reader.parser.sheets if sheet.state == "visible"]
            if len(declared) > MAX_SHEETS:
                raise _oversized(path, "", f"has more than {MAX_SHEETS:,} sheets")
            # Written by a program that leaves the calculation to the next spreadsheet program.
            unsure = b"fullCalcOnLoad" in package.read(reader.parser.workbook_part_name)
            book = _Book.of(path, reader, unsure)
            parts = [(sheet.name, reader.parser.rels[sheet.id]) for sheet in declared]
            return [
                _SheetPart(book, name).read(package.part(rel.target, MAX_MARKUP))
                for name, rel in parts
                if rel.Type.endswith("/worksheet")  # not a chart, a dialog or a sheet of macros
            ]
    except DataError:
        raise
    except Exception as error:  # whatever a damaged part makes zipfile, expat or openpyxl raise
        raise _damaged(path, error) from None


class _Package(zipfile.ZipFile):
    """The archive that a workbook is; its parts are unpacked into memory only, and within limits."""

    def __init__(self, path: Path, content: bytes):
        super().__init__(io.BytesIO(content))
        self.path = path
        self.unpacked = 0

    def check(self) -> None:
        """Refuse what is no workbook, or no plain one."""
        names = self.namelist()
        if any(part.flag_bits & 1 for part in self.infolist()):
            raise _refusal(self.path, "is protected by a password; remove it and save again")
        if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
            raise _refusal(self.path, "is a zip archive or another kind of document, not a workbook")
        if any(name.startswith("xl/") and name.endswith("workbook.bin") for name in names):
            raise _refusal(self.path, "is a binary workbook (.xlsb); save it as .xlsx")
        if len(set(names)) < len(names):
            twice = next(name for place, name in enumerate(names) if name in names[:place])
            raise _refusal(self.path, f"is damaged: it holds the part {twice} twice")

    def part(self, name: str, markup: int) -> bytes:
        """Unpack a part that has at most so many tags."""
        found = self.getinfo(name)
        self.unpacked += found.file_size
        if self.unpacked > MAX_UNPACKED:
            raise _oversized(self.path, "", f"unpacks to more than {MAX_UNPACKED // 10**6} MB")
        if found.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _refusal(self.path, f"its part {name} is packed as no workbook is")
        # Bit by bit, because a part may be larger than the archive says.
        with super().open(found) as file:
            content = b"".join(iter(lambda: file.read(1_000_000), b""))
        if content.count(b"<") > markup:
            raise _oversized(self.path, "", f"has a part {name} of more than {markup:,} tags")
        if b"<!DOCTYPE" in content:
            raise _refusal(self.path, f"its part {name} declares entities, as no workbook does")
        told = re.match(rb"""[^<]{0,9}<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""", content)
        if b"\x00" in content or (told and told[1].lower() not in (b"utf-8", b"utf8", b"us-ascii")):
            raise _refusal(self.path, f"its part {name} is not UTF-8, as that of any workbook is")
        return content

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        """Unpack a part, for openpyxl."""
        return self.part(name, MAX_MARKUP_ELSEWHERE)

    def open(self, name: Any, *_: Any, **__: Any) -> Any:
        """Open a part, for openpyxl."""
        return io.BytesIO(self.read(name))


class _Book(NamedTuple):
    """What the sheets of a workbook share."""

    path: Path
    strings: list[str]
    formats: list[str]  # number format of each style
    to_date: Callable[[float, int], Any]  # what a number of a style shows, if the style is one of dates
    dates: set[int]  # styles of dates and times
    unsure: bool  # whether 0 may stand for a result that nobody computed

    @classmethod
    def of(cls, path: Path, reader: Any, unsure: bool) -> _Book:
        """Take from openpyxl what it read of a workbook."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
        from openpyxl.utils.datetime import from_excel

        book = reader.wb
        known = dict(BUILTIN_FORMATS) | dict(enumerate(book._number_formats, BUILTIN_FORMATS_MAX_SIZE))

        def to_date(value: float, style: int) -> Any:
            try:
                return from_excel(value, book.epoch, timedelta=style in book._timedelta_formats)
            except (OverflowError, ValueError):
                return "#VALUE!"  # as a spreadsheet program shows it

        formats = [known.get(style.numFmtId, "General") for style in book._cell_styles]
        return cls(path, reader.shared_strings, formats, to_date, set(book._date_formats), unsure)


_SPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_TAGS = {
    f"{space} {tag}": tag for space in _SPACES for tag in ("row", "c", "v", "f", "t", "rPh", "mergeCell")
}
_ROW = r"([1-9][0-9]{0,6})"
_COLUMN = r"([A-Z]{1,3})"
_ROW_NUMBER = re.compile(_ROW + r"(?:\.0+)?")
_ADDRESS = re.compile(_COLUMN + _ROW)
_RANGE = re.compile(f"{_COLUMN}{_ROW}:{_COLUMN}{_ROW}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


class _SheetPart:
    """Reads the part of a sheet, tag by tag, so that only what its cells hold takes memory.

    Cells and rows have to follow each other, as those of every spreadsheet program do: of two cells in one
    place nobody could say which one is meant.
    """

    def __init__(self, book: _Book, name: str):
        self.book = book
        self.sheet = Sheet(name)
        self.row = self.column = self.held = 0
        self.cell: dict[str, str] | None = None  # attributes of the cell that is being read
        self.texts: dict[str, list[str]] = {}  # what it holds, by tag
        self.open = ""  # tag whose text is being read
        self.aside = False  # inside a phonetic guide

    def read(self, part: bytes) -> Sheet:
        """Read the part."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(part, True)
        return self.sheet

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _TAGS.get(name)
        if tag == "c":
            if self.cell is not None:
                raise self._fault("stands inside another cell")
            self.cell, self.texts = attributes, {}
            self._move(attributes.get("r"))
        elif tag in ("v", "f", "t") and self.cell is not None and not self.aside:
            if tag in self.texts and tag != "t":
                raise self._fault("holds two values")
            self.open = tag
            self.texts.setdefault(tag, [])
        elif tag == "row":
            number = attributes.get("r", str(self.row + 1))
            if not (match := _ROW_NUMBER.fullmatch(number)) or int(match[1]) > MAX_ROWS:
                raise self._problem(f"row {number[:20]}", "is no row of a sheet")
            if int(match[1]) <= self.row:
                raise self._problem(f"row {number}", f"stands behind row {self.row}")
            self.row, self.column = int(match[1]), 0
        elif tag == "rPh":
            self.aside = True
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _text(self, text: str) -> None:
        if self.open:
            self.texts[self.open].append(text)

    def _end(self, name: str) -> None:
        tag = _TAGS.get(name)
        if tag == self.open:
            self.open = ""
        if tag == "rPh":
            self.aside = False
        elif tag == "c" and self.cell is not None:
            self._hold(self.cell)
            self.cell = None

    def _move(self, address: str | None) -> None:
        """Go to the cell of an address, or to the next one."""
        row, column = self.row, self.column + 1
        # Most cells are the next one, which is seen without taking the address apart.
        if address is not None and not (row and address == f"{column_letters(column)}{row}"):
            match = _ADDRESS.fullmatch(address)
            if match is None:
                raise self._problem(address[:20], "is not the address of a cell")
            row, column = int(match[2]), _column_number(match[1])
        if row != self.row or not row:
            raise self._problem(address or "a cell", f"stands in row {self.row}")
        if column <= self.column:
            raise self._fault(f"stands behind column {column_letters(self.column)}", column)
        self.column = column

    def _hold(self, attributes: dict[str, str]) -> None:
        """Keep what a cell holds."""
        sheet, kind = self.sheet, attributes.get("t", "n")
        result = self._told("v")
        # A text that is empty was computed: =IF(A1="","",…).
        told = bool(result.strip()) or (kind == "str" and "v" in self.texts)
        if "f" in self.texts and (not told or (self.book.unsure and result == "0")):
            sheet.uncalculated[self.row, self.column] = f"={self._told('f')}"
        value: Any = self._told("t") or None if kind == "inlineStr" else self._value(kind, result)
        if value is None:
            return
        if self.column > _MAX_COLUMNS:
            raise _oversized(self.book.path, sheet.address(self.row, self.column), "lies beyond column ZZ")
        self.held += 1
        if self.held > MAX_CELLS:
            raise _oversized(self.book.path, sheet.name, f"has more than {MAX_CELLS:,} cells")
        if kind == "n":
            told_style = attributes.get("s", "0")
            style = int(told_style) if told_style.isdecimal() else len(self.book.formats)
            if style >= len(self.book.formats):
                raise self._fault(f"has a style {told_style[:20]} that the workbook lacks")
            if style in self.book.dates:
                value = self.book.to_date(value, style)
            elif (shown_as := self.book.formats[style]) != "General":
                sheet.formats[self.row, self.column] = shown_as
        sheet.rows.setdefault(self.row, {})[self.column] = value

    def _told(self, tag: str) -> str:
        return "".join(self.texts.get(tag, ()))

    def _value(self, kind: str, text: str) -> Any:
        """Value of a cell of a type; None for an empty one."""
        bare = text.strip()
        if kind == "str":
            return text or None
        if not bare:
            return None
        if kind == "n" and _NUMBER.fullmatch(bare):
            return int(bare) if bare.lstrip("+-").isdecimal() and len(bare) < 20 else float(bare)
        if kind == "s" and bare.isascii() and bare.isdecimal() and len(bare) < 10:
            if int(bare) >= len(self.book.strings):
                raise self._fault(f"is text {bare} of the workbook, which has {len(self.book.strings)}")
            return self.book.strings[int(bare)] or None
        if kind == "b" and bare in ("0", "1"):
            return bare == "1"
        if kind == "e" and bare.startswith("#"):
            return bare
        if kind == "d":
            from openpyxl.utils.datetime import from_ISO8601

            return from_ISO8601(bare)
        raise self._fault(f"holds {bare[:20]!r}, which is nothing of its type ({kind[:20]})")

    def _merge(self, ref: str) -> None:
        match = _RANGE.fullmatch(ref)
        if match is None and not _ADDRESS.fullmatch(ref):
            raise self._problem(ref[:40], "is not a range of cells")
        if match:
            left, right = _column_number(match[1]), _column_number(match[3])
            top, bottom = int(match[2]), int(match[4])
            if top > bottom or left > right or bottom > MAX_ROWS:
                raise self._problem(ref, "is not a range of cells")
            self.sheet.merged.append((top, left, bottom, right))
        if len(self.sheet.merged) > MAX_CELLS:
            raise _oversized(self.book.path, self.sheet.name, f"has more than {MAX_CELLS:,} merged ranges")

    def _fault(self, reason: str, column: int = 0) -> DataError:
        place = f"{column_letters(column or self.column)}{self.row}"
        return self._problem(place, reason)

    def _problem(self, place: str, reason: str) -> DataError:
        where = f"{self.sheet.name}!{place}"
        return DataError([Problem(str(self.book.path), where, "", f"is damaged: it {reason}")])


@lru_cache(maxsize=1000)
def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


# ---------------------------------------------------------------- .xls


def _read_xls(path: Path, content: bytes) -> list[Sheet]:
    import xlrd

    if "EncryptedPackage".encode("utf-16-le") in content:
        raise _refusal(path, "is protected by a password; remove it and save again")
    try:
        # Ragged, because one cell far out would else fill all rows above it.
        book = xlrd.open_workbook(
            file_contents=content,
            formatting_info=True,
            ragged_rows=True,
            on_demand=True,
            logfile=io.StringIO(),
        )
        if book.nsheets > MAX_SHEETS:
            raise _oversized(path, "", f"has more than {MAX_SHEETS:,} sheets")
        sheets = []
        left = MAX_MARKUP
        for place in range(book.nsheets):
            worksheet = book.sheet_by_index(place)
            left -= sum(map(worksheet.row_len, range(worksheet.nrows)))
            if left < 0:
                raise _oversized(path, worksheet.name, f"has more than {MAX_MARKUP:,} cells")
            if worksheet.visibility == 0:
                sheets.append(_read_xls_sheet(book, worksheet))
            book.unload_sheet(place)
        return sheets
    except DataError:
        raise
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise _refusal(path, "is protected by a password; remove it and save again") from None
        raise _damaged(path, error) from None
    except Exception as error:  # xlrd lets struct, index and assertion errors of damaged files through
        raise _damaged(path, error) from None


def _read_xls_sheet(book: Any, worksheet: Any) -> Sheet:
    import xlrd

    merged = [(top + 1, left + 1, bottom, right) for top, bottom, left, right in worksheet.merged_cells]
    sheet = Sheet(worksheet.name, merged=merged)
    for row in range(worksheet.nrows):
        held: dict[int, Any] = {}
        for column, kind in enumerate(worksheet.row_types(row)):
            if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                continue
            cell = worksheet.cell(row, column)
            value: Any = cell.value
            if value == "":  # only a formula holds a text without a character
                sheet.uncalculated[row + 1, column + 1] = "a formula"
                continue
            if cell.ctype == xlrd.XL_CELL_NUMBER:
                value = int(value) if value.is_integer() else value
                shown_as = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
                if shown_as != "General":
                    sheet.formats[row + 1, column + 1] = shown_as
            elif cell.ctype == xlrd.XL_CELL_DATE:
                try:
                    value = xlrd.xldate_as_datetime(value, book.datemode)
                except (OverflowError, ValueError):
                    value = "#VALUE!"  # as a spreadsheet program shows it
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
    if CONTROL.search(text):
        raise _refusal(path, "is not text: it holds control characters")
    delimiter = max(",\t;", key=text.count)
    if sum(map(text.count, (delimiter, "\r", "\n"))) > MAX_MARKUP:
        raise _oversized(path, "", f"has more than {MAX_MARKUP:,} cells")
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
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refusal(path, f"is damaged, or neither {'UTF-16' if marked else 'UTF-8 nor GB18030'}")


def texts(sheet: Sheet) -> Iterator[tuple[int, int, str]]:
    """Yield row, column and text of every cell that holds text."""
    for row, cells in sheet.rows.items():
        for column, value in cells.items():
            if isinstance(value, str):
                yield row, column, value
