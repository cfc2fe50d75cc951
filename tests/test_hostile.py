"""Hostile and damaged workbooks: each reads to exactly the right numbers, or stops with one clear error.

Every case is made from a good workbook. Nothing may take more than some seconds, write a file, or reach
for the network; what could fill the memory is read in a process of its own, which measures it.
"""

from __future__ import annotations

import datetime
import io
import os
import random
import re
import stat
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest
import xlwt
from damage import (
    BOOK,
    MAIN,
    OFFICE,
    RELS,
    SHEET,
    STRINGS,
    STYLES,
    TYPES,
    WATCH,
    edited,
    packed,
    said,
    with_shared_strings,
)
from openpyxl import Workbook
from workbooks import expected, held, save, sheet, simple

from xjranalysis import DataError, load_district_forecast, sheets
from xjranalysis.cli import main

READS = "reads"  # the outcome of a case that is legitimate: the frame of the good workbook


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Parts of the plainest workbook, with shared strings as Excel writes them."""
    path = save(tmp_path_factory.mktemp("good") / "a.xlsx", simple())
    parts = with_shared_strings(path.read_bytes())
    path.write_bytes(packed(parts))
    assert held(load_district_forecast(path)) == expected()
    return parts


def outcome(path, seconds=5.0):
    """Read a workbook under watch: `READS`, or what its one error says."""
    with WATCH.over(path.parent, seconds):
        try:
            forecast = load_district_forecast(path)
        except DataError as error:
            return said(error, path)
    assert held(forecast) == expected()
    return READS


def check(path, content, reason, seconds=5.0):
    path.write_bytes(content)
    told = outcome(path, seconds)
    assert told == READS if reason == READS else reason in told


# ---------------------------------------------------------------- what the file is


def flipped(parts):
    """One byte of the packed data of the sheet, so that unpacking it fails."""
    content = bytearray(packed(parts))
    content[content.index(SHEET.encode()) + len(SHEET) + 40] ^= 0xFF
    return bytes(content)


def ole(*inside):
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"".join(inside) + b"\x00" * 600


FILES = {
    "empty": (lambda parts: b"", "is empty"),
    "spaces": (lambda parts: b" \r\n", "is empty"),
    "text": (lambda parts: b"nothing to see here", "not a workbook"),
    "html": (lambda parts: b"<html><table><tr><td>1</td></tr></table></html>", "an HTML page"),
    "pdf": (lambda parts: b"%PDF-1.7 ...", "a PDF document"),
    "xml": (lambda parts: b'<?xml version="1.0"?><Workbook/>', "an XML document"),
    "half of a signature": (lambda parts: b"PK\x03\x04", "is damaged"),
    "cut after the first part": (lambda parts: packed(parts)[:700], "is damaged"),
    "cut in the middle": (lambda parts: packed(parts)[: len(packed(parts)) // 2], "is damaged"),
    "last byte missing": (lambda parts: packed(parts)[:-1], "is damaged"),
    "flipped byte": (flipped, "is damaged"),
    "old header": (lambda parts: ole(), "is damaged"),
    "password": (lambda parts: ole("EncryptedPackage".encode("utf-16-le")), "password"),
    "binary workbook": (lambda parts: packed(parts | {"xl/workbook.bin": b""}), "(.xlsb)"),
    "text document": (lambda parts: packed({TYPES: parts[TYPES], "word/document.xml": b"<a/>"}), "not a workbook"),
    "oversized": (lambda parts: b"PK\x03\x04" + bytes(sheets.MAX_FILE), "is larger than 20 MB"),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_what_is_no_workbook(tmp_path, good, case):
    build, reason = FILES[case]
    check(tmp_path / "a.xlsx", build(good), reason)


NO_FILES = {
    "missing": (lambda path: None, "No such file"),
    "folder": (lambda path: path.mkdir(), "Is a directory"),
    "pipe": (lambda path: os.mkfifo(path), "not a file"),
    "device without end": (lambda path: path.symlink_to("/dev/zero"), "not a file"),
    "loop of links": (lambda path: path.symlink_to(path), "symbolic links"),
}  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes and links there")
@pytest.mark.parametrize("case", NO_FILES)
def test_what_is_no_file(tmp_path, case):
    make, reason = NO_FILES[case]
    make(tmp_path / "a.xlsx")
    assert reason in outcome(tmp_path / "a.xlsx")


@pytest.mark.parametrize("name", ["a\0.xlsx", "x" * 5000 + ".xlsx"])
def test_name_that_no_file_has(tmp_path, name):
    assert "cannot be read" in outcome(tmp_path / name)


# ---------------------------------------------------------------- parts and markup


def without(name):
    return lambda parts: packed({other: part for other, part in parts.items() if other != name})


def entry(name, content=b"x", **attributes):
    """Make a builder that adds an entry to the archive."""
    info = zipfile.ZipInfo(name)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return lambda parts: packed(parts, [(info, content)])


def twice(parts):
    with pytest.warns(UserWarning, match="Duplicate name"):
        return packed(parts, [(SHEET, parts[SHEET].replace(b"3000", b"4000"))])


def linked(parts):
    """The sheet is a symbolic link to a file outside."""
    info = zipfile.ZipInfo(SHEET)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return packed({name: part for name, part in parts.items() if name != SHEET}, [(info, b"/etc/passwd")])


def more_sheets(count, kind="worksheet", state="visible", part=None):
    """Make a builder that adds sheets to the workbook; without `part` theirs are missing."""

    def build(parts):
        names = [f"xl/worksheets/more{place}.xml" for place in range(count)]
        rels = "".join(
            f'<Relationship Id="m{place}" Type="{OFFICE}/{kind}" Target="/{name}"/>'
            for place, name in enumerate(names)
        )
        tags = "".join(
            f'<sheet name="m{place}" sheetId="{place + 9}" state="{state}" r:id="m{place}"/>'
            for place in range(count)
        )
        return packed(
            parts
            | {RELS: parts[RELS].replace(b"</Relationships>", f"{rels}</Relationships>".encode())}
            | {BOOK: parts[BOOK].replace(b"</sheets>", f"{tags}</sheets>".encode())}
            | (dict.fromkeys(names, part) if part is not None else {})
        )

    return build


EMPTY = f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'.encode()
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd">'


def declared(name, doctype, before=""):
    return edited(name, "^", f'<?xml version="1.0"?>{before}{doctype}')


def recoded(name, encoding):
    return lambda parts: packed(
        parts | {name: f'<?xml version="1.0" encoding="{encoding}"?>{parts[name].decode()}'.encode(encoding)}
    )


PARTS = {
    "no list of parts": (without(TYPES), "not a workbook"),
    "no workbook": (without(BOOK), f"no item named '{BOOK}'"),
    "no relations": (without(RELS), "is damaged"),
    "no sheet": (without(SHEET), f"no item named '{SHEET}'"),
    "no strings": (without(STRINGS), f"no item named '{STRINGS}'"),
    "no styles": (without(STYLES), READS),
    "no properties": (without("docProps/core.xml"), READS),
    "broken properties": (edited("docProps/core.xml", ".*", "<broken"), READS),
    "broken theme": (edited("xl/theme/theme1.xml", ".*", "<broken"), READS),
    "broken workbook": (edited(BOOK, "<sheets>", "<sheets"), "is damaged"),
    "broken relations": (edited(RELS, "</Relationships>", ""), "is damaged"),
    "broken strings": (edited(STRINGS, "</sst>", ""), "is damaged"),
    "broken styles": (edited(STYLES, "</styleSheet>", ""), "is damaged"),
    "broken sheet": (edited(SHEET, "</sheetData>", ""), "is damaged"),
    "sheet cut short": (edited(SHEET, '<row r="9".*', ""), "is damaged"),
    "empty sheet part": (edited(SHEET, ".*", ""), "is damaged"),
    "sheet of nothing": (edited(SHEET, ".*", f"<a xmlns='{MAIN}'/>"), "no recognisable header"),
    "sheet of another kind": (edited(SHEET, MAIN, "urn:other"), "no recognisable header"),
    "relation to nothing": (edited(BOOK, 'r:id="rId1"', 'r:id="rId99"'), "is damaged"),
    "relation outside": (edited(RELS, r'Target="[^"]*sheet1.xml"', 'Target="/../../etc/passwd"'), "is damaged"),
    "relation to a site": (edited(RELS, r'Target="[^"]*sheet1.xml"', 'Target="http://192.0.2.1/" TargetMode="External"'), "is damaged"),
    "duplicate part": (twice, f"holds the part {SHEET} twice"),
    "sheet is a link": (linked, "is damaged"),
    "path upwards": (entry("../../evil.txt"), READS),
    "path upwards, in xl": (entry("xl/../../../evil.xml"), READS),
    "absolute path": (entry("/evil.txt"), READS),
    "drive": (entry("C:\\evil.txt"), READS),
    "link outside": (entry("xl/link.xml", b"/etc/passwd", external_attr=(stat.S_IFLNK | 0o777) << 16), READS),
    "folder entry": (entry("xl/worksheets/", b"", external_attr=0x10), READS),
    "nested archive": (lambda parts: packed(parts, [("xl/embeddings/a.zip", packed({"b": bytes(10**6)}))]), READS),
    "macros": (entry("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 Sub Auto_Open() Shell"), READS),
    "external link": (entry("xl/externalLinks/externalLink1.xml", b"<externalLink/>"), READS),
    "laughs in strings": (declared(STRINGS, LAUGHS), f"part {STRINGS} declares entities"),
    "laughs in the sheet": (declared(SHEET, LAUGHS), f"part {SHEET} declares entities"),
    "laughs in the workbook": (declared(BOOK, LAUGHS), f"part {BOOK} declares entities"),
    "laughs in styles": (declared(STYLES, LAUGHS), f"part {STYLES} declares entities"),
    "laughs in relations": (declared(RELS, LAUGHS), f"part {RELS} declares entities"),
    "laughs in the list of parts": (declared(TYPES, LAUGHS), f"part {TYPES} declares entities"),
    "laughs behind a remark": (declared(SHEET, LAUGHS, f"<!--{'x' * 5000}-->"), "declares entities"),
    "laughs in a theme": (declared("xl/theme/theme1.xml", LAUGHS), READS),
    "external entity": (declared(STRINGS, OUTSIDE), "declares entities"),
    "external declaration": (declared(SHEET, REMOTE), "declares entities"),
    "other encoding": (recoded(SHEET, "utf-16"), "is not UTF-8"),
    "encoding without a mark": (recoded(STRINGS, "utf-16-le"), "is not UTF-8"),
    "eight-bit encoding": (edited(SHEET, "^", '<?xml version="1.0" encoding="cp037"?>'), "is not UTF-8"),
    "UTF-8 told": (recoded(SHEET, "UTF-8"), READS),
    "UTF-8 with a mark": (edited(SHEET, "^", b"\xef\xbb\xbf"), READS),
    "bytes that are not UTF-8": (edited(STRINGS, "区县", "区县".encode("gb18030")), "is damaged"),
    "another sheet is missing": (more_sheets(1), "no item named 'xl/worksheets/more0.xml'"),
    "a hidden sheet is missing": (more_sheets(1, state="hidden"), READS),
    "chart": (more_sheets(1, "chartsheet", part=b"<chartsheet/>"), READS),
    "dialog": (more_sheets(1, "dialogsheet", part=b"<dialogsheet/>"), READS),
    "sheet of macros": (more_sheets(1, "xlMacrosheet", part=b"<broken"), READS),
    "no visible sheet": (edited(BOOK, 'state="visible"', 'state="hidden"'), "has no visible sheet"),
    "200 empty sheets": (more_sheets(200, part=EMPTY), READS),
    "1,000 sheets": (more_sheets(1000, part=EMPTY), "has more than 250 sheets"),
    "10,000 sheets": (more_sheets(10_000, part=EMPTY), "has more than 5,000 parts"),
    "name of a sheet without end": (edited(BOOK, 'name="表1"', f'name="{"表" * 5000}"'), "is oversized"),
    "a million names": (edited(BOOK, "<definedNames />", f"<definedNames>{'<definedName/>' * 10**6}</definedNames>"), "tags"),
    "a million styles": (edited(STYLES, "<cellXfs[^>]*>", f"<cellXfs>{'<xf/>' * 10**6}"), "tags"),
    "a million strings": (edited(STRINGS, "</sst>", f"{'<si/>' * 10**6}</sst>"), "tags"),
    "nested without end": (edited(SHEET, "<sheetData>", "<a>" * 10**5 + "<sheetData>"), "is damaged"),
    "nested workbook": (edited(BOOK, "<sheets>", "<a>" * 10**5 + "<sheets>"), "is damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", PARTS)
def test_parts(tmp_path, good, case):
    build, reason = PARTS[case]
    check(tmp_path / "a.xlsx", build(good), reason)


# ---------------------------------------------------------------- cells


def cell(inside, address="B2"):
    """Make a builder that replaces a cell of the sheet."""
    return edited(SHEET, rf'<c r="{address}"[^>]*>.*?</c>', inside)


def total(inside):
    return cell(inside, "B18")


B2 = '<c r="B2"><v>3000</v></c>'
MERGES = "</sheetData><mergeCells>{}</mergeCells>"


def merged(*ranges):
    return edited(SHEET, "</sheetData>", MERGES.format("".join(f'<mergeCell ref="{r}"/>' for r in ranges)))


def numbers_of(kind):
    return f'<c r="B2" t="{kind}"><v>3000</v></c>'


CELLS = {
    "never calculated": (cell('<c r="B2"><f>2999+1</f><v/></c>'), "表1!B2: '=2999+1': is a formula that was never"),
    "never calculated, no result": (cell('<c r="B2"><f>2999+1</f></c>'), "never calculated"),
    "calculated": (cell('<c r="B2"><f>2999+1</f><v>3000</v></c>'), READS),
    "fetched from a site": (cell('<c r="B2"><f>_xlfn.WEBSERVICE("http://192.0.2.1")</f><v>3000</v></c>'), READS),
    "another program": (cell('<c r="B2"><f>cmd|"/c calc"!A0</f><v>3000</v></c>'), READS),
    "another workbook": (cell('<c r="B2"><f>[1]Sheet1!A1</f><v>3000</v></c>'), READS),
    "text that calls a program": (cell('<c r="B2" t="str"><v>=cmd|"/c calc"!A0</v></c>'), "表1!B2"),
    "1,234": (cell('<c r="B2" t="str"><v>3,000</v></c>'), READS),
    "full width": (cell('<c r="B2" t="str"><v>３０００</v></c>'), READS),
    "exponent": (cell('<c r="B2"><v>3.0E3</v></c>'), READS),
    "spaces around": (cell('<c r="B2"><v> 3000\n</v></c>'), READS),
    "text of several runs": (cell('<c r="B2" t="inlineStr"><is><r><t>30</t></r><r><t>00</t></r></is></c>'), READS),
    "phonetic guide": (cell('<c r="B2" t="inlineStr"><is><t>3000</t><rPh sb="0" eb="1"><t>9</t></rPh></is></c>'), READS),
    "cell without address": (cell("<c><v>3000</v></c>"), READS),
    "underscores": (cell('<c r="B2"><v>3_000</v></c>'), "表1!B2: is damaged: it holds '3_000'"),
    "full width as a number": (cell('<c r="B2"><v>３０００</v></c>'), "表1!B2: is damaged"),
    "hexadecimal": (cell('<c r="B2"><v>0xBB8</v></c>'), "表1!B2: is damaged"),
    "NaN": (cell('<c r="B2"><v>NaN</v></c>'), "表1!B2: is damaged"),
    "infinity": (cell('<c r="B2"><v>INF</v></c>'), "表1!B2: is damaged"),
    "1e400": (cell('<c r="B2"><v>1e400</v></c>'), "表1!B2: 'inf': is not a finite number"),
    "5,000 digits": (cell(f'<c r="B2"><v>{"9" * 5000}</v></c>'), "表1!B2: 'inf': is not a finite number"),
    "tiny": (cell('<c r="B2"><v>1e-300</v></c>'), "表1!B18: '64440': does not balance"),
    "1e400 in the total": (total('<c r="B18"><v>1e400</v></c>'), "表1!B18: 'inf': is not a finite number"),
    "1e400 beside the table": (edited(SHEET, "</row></sheetData>", '</row><row r="30"><c r="Z30"><v>1e400</v></c></row></sheetData>'), READS),
    "date": (cell('<c r="B2" t="d"><v>2015-12-31</v></c>'), "表1!B2: '2015-12-31"),
    "date out of range": (cell('<c r="B2" t="d"><v>99999-12-31</v></c>'), "is damaged"),
    "no date": (cell('<c r="B2" t="d"><v>3000</v></c>'), "is damaged"),
    "true": (cell('<c r="B2" t="b"><v>1</v></c>'), "表1!B2: 'True': is not a number of firms"),
    "neither true nor false": (cell('<c r="B2" t="b"><v>3000</v></c>'), "表1!B2: is damaged"),
    "error": (cell('<c r="B2" t="e"><v>#REF!</v></c>'), "表1!B2: '#REF!': cannot be read"),
    "number as an error": (cell(numbers_of("e")), "表1!B2: is damaged"),
    "unknown type": (cell(numbers_of("zz")), "表1!B2: is damaged: it holds '3000', which is nothing of its type (zz)"),
    "text out of range": (cell(numbers_of("s")), "表1!B2: is damaged: it is text 3000 of the workbook"),
    "negative text": (cell('<c r="B2" t="s"><v>-1</v></c>'), "表1!B2: is damaged"),
    "style out of range": (cell('<c r="B2" s="999"><v>3000</v></c>'), "表1!B2: is damaged: it has a style 999"),
    "negative style": (cell('<c r="B2" s="-1"><v>3000</v></c>'), "表1!B2: is damaged"),
    "two values": (cell('<c r="B2"><v>3000</v><v>1</v></c>'), "表1!B2: is damaged: it holds two values"),
    "cell in a cell": (cell('<c r="B2"><v>3000</v><c r="C2"><v>1</v></c></c>'), "is damaged"),
    "row in a row": (edited(SHEET, '<row r="3">', '<row r="3"><row r="4">'), "is damaged"),
    "same cell twice": (cell(B2 + '<c r="B2"><v>4000</v></c>'), "表1!B2: is damaged: it stands behind column B"),
    "cells in disorder": (cell('<c r="C2"><v>1</v></c>' + B2), "表1!B2: is damaged: it stands behind column C"),
    "cell of another row": (cell('<c r="B3"><v>3000</v></c>'), "表1!B3: is damaged: it stands in row 2"),
    "cell of no row": (edited(SHEET, "<sheetData>", f"<sheetData>{B2}"), "is damaged"),
    "row twice": (edited(SHEET, '<row r="4">', '<row r="3">'), "row 3: is damaged: it stands behind row 3"),
    "rows in disorder": (edited(SHEET, '<row r="4"', '<row r="2"'), "row 2: is damaged: it stands behind row 3"),
    "lower-case address": (cell('<c r="b2"><v>3000</v></c>'), "表1!b2: is damaged"),
    "absolute address": (cell('<c r="$B$2"><v>3000</v></c>'), "is not the address of a cell"),
    "negative address": (cell('<c r="B-2"><v>3000</v></c>'), "is not the address of a cell"),
    "address of zero": (cell('<c r="B0"><v>3000</v></c>'), "is not the address of a cell"),
    "address without end": (cell(f'<c r="{"B" * 10**5}2"><v>3000</v></c>'), "is not the address of a cell"),
    "full-width address": (cell('<c r="B２"><v>3000</v></c>'), "is not the address of a cell"),
    "row 0": (edited(SHEET, '<row r="2"', '<row r="0"'), "表1!row 0: is damaged: it is no row"),
    "row -2": (edited(SHEET, '<row r="2"', '<row r="-2"'), "is no row of a sheet"),
    "row 1e9": (edited(SHEET, '<row r="18"', '<row r="1e9"'), "表1!row 1e9: is damaged: it is no row of a sheet"),
    "row 1_000_000_000": (edited(SHEET, '<row r="18"', '<row r="1_000_000_000"'), "is no row of a sheet"),
    "row 999999999": (edited(SHEET, '<row r="18"', '<row r = "999999999"'), "is no row of a sheet"),
    "row 1048577": (edited(SHEET, '<row r="18".*?</row>', '<row r="1048577"/>'), "is no row of a sheet"),
    "row 1048576": (edited(SHEET, "</sheetData>", '<row r="1048576"><c r="A1048576"/></row></sheetData>'), READS),
    "dimensions of all": (edited(SHEET, '<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"'), READS),
    "dimensions of nothing": (edited(SHEET, '<dimension ref="[^"]*"', '<dimension ref="garbage"'), READS),
    "dimensions too small": (edited(SHEET, '<dimension ref="[^"]*"', '<dimension ref="A1:A1"'), READS),
    "cell far out": (edited(SHEET, "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'), "表1!XFD1048576: is oversized"),
    "empty cell far out": (edited(SHEET, "</sheetData>", '<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'), READS),
    "column beyond the last": (cell('<c r="ZZZ2"><v>3000</v></c>'), "is oversized"),
    "merged range of all": (merged("A40:XFD1048576"), READS),
    "merged range over the table": (merged("A1:XFD1048576"), "表1!A1: no recognisable header"),
    "merged ranges that overlap": (merged("A2:A3", "A3:A4"), "表1: is damaged: its merged ranges overlap"),
    "merged range backwards": (merged("E5:A1"), "表1!E5:A1: is damaged: it is not a range"),
    "merged range of nothing": (merged("A1:"), "is not a range of cells"),
    "merged range beyond the last row": (merged("A1:A9999999"), "is not a range of cells"),
    "merged range of one cell": (merged("A1"), READS),
    "400,000 merged ranges": (merged(*(f"A{row}:B{row}" for row in range(30, 400_100))), "merged ranges"),
    "text of 32,767 characters": (edited(SHEET, "</row></sheetData>", f'</row><row r="30"><c r="A30" t="str"><v>{"长" * 32_767}</v></c></row></sheetData>'), "表1!A30: is oversized: it has a text of 32,767 characters"),
    "number without end": (cell(f'<c r="B2" t="str"><v>{"1" * 10**6}x</v></c>'), "表1!B2: is oversized"),
    "text for a number": (cell('<c r="B2" t="str"><v>联系人</v></c>'), "表1!B2: '联系人': cannot be read"),
    "column without a header": (cell('<c r="B1"/>', "B1"), "表1!B2: '3000': stands in a column that has no header"),
    "header of two years": (cell('<c r="B1" t="str"><v>2012年、2015年科技型中小企业</v></c>', "B1"), "表1!B1"),
    "header of the next column": (cell('<c r="B1" t="str"><v>2015年科技型中小企业</v></c>', "B1"), "表1!C1"),
    "name of no district": (cell('<c r="A2" t="str"><v>浦东新区</v></c>', "A2"), "表1!A2: '浦东新区': is not a district"),
    "name of another district": (cell('<c r="A2" t="str"><v>河东区</v></c>', "A2"), "is a duplicate"),
    "name missing": (cell('<c r="A2"/>', "A2"), "和平区': is missing"),
}  # fmt: skip


@pytest.mark.parametrize("case", CELLS)
def test_cells(tmp_path, good, case):
    build, reason = CELLS[case]
    check(tmp_path / "a.xlsx", build(good), reason)


@pytest.mark.parametrize("held_as", ["-", "－", "", "…"])
def test_dash_stays_missing(tmp_path, good, held_as):
    """What an office writes for no figure is no figure, and nothing else changes."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(cell(f'<c r="B2" t="str"><v>{held_as}</v></c>')(good))
    with WATCH.over(tmp_path):
        numbers = held(load_district_forecast(path))
    (missing,) = (key for key, value in expected().items() if numbers[key] != value)
    assert missing == ("heping", "technology_smes", 2012)
    assert numbers[missing] != numbers[missing]  # NaN


def dated(cell_value, style):
    """A workbook with a date in a note below the table, in a style of the user's."""
    book = Workbook()
    worksheet = sheet(book, simple())
    worksheet["A20"], worksheet["B20"] = "填报日期", cell_value
    worksheet["B20"].number_format = style
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


DATES = [(datetime.date(2015, 12, 31), "yyyy-mm-dd"), (1e300, "yyyy-mm-dd"), (-99999999, "yyyy-mm-dd"), (0, "yyyy-mm-dd"),
         (99999999, "[h]:mm:ss"), (10**15, "[h]:mm:ss"), (0.5, "hh:mm"), (-0.1, "hh:mm"), (60, "yyyy-mm-dd")]  # fmt: skip


@pytest.mark.parametrize(("value", "style"), DATES, ids=str)
def test_dates_beside_the_table(tmp_path, value, style):
    check(tmp_path / "a.xlsx", dated(value, style), READS)


# ---------------------------------------------------------------- .xls


def old(far=(), sheets_=1):
    book, styles = xlwt.Workbook(), {}
    for place in range(sheets_):
        worksheet = book.add_sheet(f"表{place + 1}")
        for row, line in enumerate(simple() if not place else []):
            for column, value in enumerate(line):
                worksheet.write(row, column, value)
        for row, column, value, style in far:
            shown = styles.setdefault(style, xlwt.easyxf(num_format_str=style))
            worksheet.write(row, column, value, shown)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


OLD = {
    "good": (lambda: old(), READS),
    "cell far out": (lambda: old(far=[(65_535, 255, 1, "General")]), READS),
    "date out of range": (lambda: old(far=[(30, 0, 1e300, "YYYY-MM-DD")]), READS),
    "not a number": (lambda: old().replace(struct.pack("<d", 3137.0), struct.pack("<d", float("nan"))), READS),
    "last cells of many rows": (lambda: old(far=[(row, 255, 1, "General") for row in range(30, 20_000)]), "is oversized"),
    "250 sheets": (lambda: old(sheets_=250), READS),
    "300 sheets": (lambda: old(sheets_=300), "has more than 250 sheets"),
    "cut short": (lambda: old()[:4000], "is damaged"),
    "header only": (lambda: old()[:512], "is damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", OLD)
def test_old_workbooks(tmp_path, case):
    build, reason = OLD[case]
    check(tmp_path / "a.xls", build(), reason)


def test_old_workbook_with_random_damage(tmp_path):
    """Bytes changed in the sheet's records, the list of sectors or anywhere: the frame, one number, or an error."""
    content, rng = old(), random.Random(7)
    path = tmp_path / "a.xls"
    for _ in range(150):
        damaged = bytearray(content)
        place = rng.choice((0, 512, rng.randrange(len(content))))
        for _ in range(rng.choice((1, 4, 40))):
            at = min(len(content) - 1, place + rng.randrange(600))
            damaged[at] = rng.randrange(256)
        path.write_bytes(damaged)
        with WATCH.over(tmp_path):
            try:
                load_district_forecast(path)
            except DataError as error:
                said(error, path)


# ---------------------------------------------------------------- .csv

CSV = "\n".join(",".join(map(str, line)) for line in simple())
TEXTS = {
    "good": (CSV.encode(), READS),
    "GBK": (CSV.encode("gbk"), READS),
    "UTF-16 with a mark": (CSV.encode("utf-16"), READS),
    "UTF-16 cut short": (CSV.encode("utf-16")[:-1], "is damaged"),
    "UTF-16 without a mark": (CSV.encode("utf-16-le"), "is damaged, or neither|not text"),
    "UTF-7": (CSV.encode("utf-7"), "no recognisable header"),
    "mixed encodings": (CSV[:200].encode() + CSV[200:].encode("gbk"), "is damaged, or neither"),
    "Latin letters only": (b"\xff\xff\xff,1\n\x80,2\n", "is damaged"),
    "carriage returns only": (CSV.replace("\n", "\r").encode(), READS),
    "carriage returns and line feeds": (CSV.replace("\n", "\r\n").encode(), READS),
    "end of file mark": (CSV.encode() + b"\x1a", READS),
    "NUL": (CSV.replace("3000", "30\0").encode(), "control characters"),
    "bell": (CSV.replace("3000", "30\x0700").encode(), "control characters"),
    "open quote": (CSV.replace("3000", '"3000').encode(), "is not a table"),
    "quote behind a quoted cell": (CSV.replace("3000", '"30"00').encode(), "is not a table"),
    "quoted thousands": (CSV.replace("3000", '"3,000"').encode(), READS),
    "empty": (b"", "is empty"),
    "mark only": (b"\xef\xbb\xbf", "no recognisable header"),
    "header only": (CSV.split("\n")[0].encode(), "no recognisable header"),
    "HTML": (b"<html><body>", "an HTML page"),
    "one line of 10 MB": (b"1," * 5_000_000, "is oversized"),
    "one cell of 10 MB": (b"1" * 10_000_000, "is not a table"),
    "one quoted cell of 10 MB": (b'"' + b"1\n" * 5_000_000 + b'"', "is oversized"),
    "10 million lines": (b"\n" * 9_999_999 + b"1", "is oversized"),
    "a line of text": (CSV.encode() + b"\n" + b"a" * 50_000, "is oversized"),
    "420,000 cells": (CSV.encode() + b"\n" + b"1,2,3\n" * 140_000, "is oversized"),
    "49,000 lines above": ("".join(f"文字{line}\n" for line in range(49_000)).encode() + CSV.encode(), READS),
    "70,000 texts above": ("".join(f",文{line},字,甲,乙\n" for line in range(17_500)).encode() + CSV.encode(), "is oversized: too many headers"),
    "6,000 headers": (CSV.encode() + b"\n" + "".join(f"区县,2012年科技型中小企业\n和平区,{line}\n" for line in range(6_000)).encode(), "is oversized: too many headers"),
    "million rows of commas": (CSV.encode() + b"\n" + b",,\n" * 700_000, READS),
    "program as a number": (CSV.replace("3000", "=cmd|'/c calc'!A0").encode(), "B2"),
}  # fmt: skip


@pytest.mark.parametrize("case", TEXTS)
@pytest.mark.parametrize("name", ["表1.csv", "表1.txt"])
def test_texts(tmp_path, name, case):
    content, reason = TEXTS[case]
    (tmp_path / name).write_bytes(content)
    told = outcome(tmp_path / name)
    assert told == READS if reason == READS else re.search(reason, told)


# ---------------------------------------------------------------- memory

MEASURE = """
import resource, sys
from xjranalysis import DataError, load_district_forecast
load_district_forecast(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF)
try:
    load_district_forecast(sys.argv[2])
    said = "reads"
except DataError as error:
    said = str(error)
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_maxrss - before.ru_maxrss, after.ru_utime - before.ru_utime, said[:500])
"""


def lying(parts):
    """The archive says that the sheet has 1,000 bytes, but it unpacks to 600 MB."""
    bomb = parts[SHEET].replace(b"</sheetData>", b"</sheetData>" + b" " * 1000) + bytes(1)
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = (
        squeezed.compress(bomb)
        + b"".join(squeezed.compress(b" " * 2**20) for _ in range(600))
        + squeezed.flush()
    )
    content = packed({SHEET: b"x" * len(data)} | {n: p for n, p in parts.items() if n != SHEET}, method=0)
    content = content.replace(b"x" * len(data), data)
    for signature, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        start = content.index(signature)
        content = content[: start + at] + struct.pack("<H", 8) + content[start + at + 2 :]
        sizes = start + (22 if at == 8 else 24)
        content = content[:sizes] + struct.pack("<I", 1000) + content[sizes + 4 :]
        crc = start + (14 if at == 8 else 16)
        content = content[:crc] + struct.pack("<I", zlib.crc32(bomb[:1000])) + content[crc + 4 :]
    return content


def padded(name, filler, count):
    return lambda parts: packed(parts | {name: parts[name] + filler * count})


def squeezed_by(method):
    def build(parts):
        info = zipfile.ZipInfo(SHEET)
        info.compress_type = method
        others = {name: part for name, part in parts.items() if name != SHEET}
        return packed(others, [(info, parts[SHEET] + b" " * 30_000_000)])

    return build


def many_cells(make, rows_, columns):
    def build(parts):
        lines = (
            f'<row r="{row}">{"".join(make(f"{sheets.column_letters(column)}{row}") for column in range(1, columns + 1))}</row>'
            for row in range(30, 30 + rows_)
        )
        return edited(SHEET, "</sheetData>", "".join(lines) + "</sheetData>")(parts)

    return build


BOMBS = {
    "a part of 400 MB": (padded(SHEET, b" " * 10**6, 400), "unpacks to more than 50 MB"),
    "strings of 400 MB": (padded(STRINGS, b" " * 10**6, 400), "unpacks to more than 50 MB"),
    "a part larger than told": (lying, "is damaged"),
    "another packing": (squeezed_by(zipfile.ZIP_BZIP2), "packed as no workbook is"),
    "a third packing": (squeezed_by(zipfile.ZIP_LZMA), "packed as no workbook is"),
    "picture of 400 MB": (lambda parts: packed(parts, [("xl/media/a.png", bytes(4 * 10**8))]), READS),
    "many parts": (lambda parts: packed(parts, [(f"xl/{n}.xml", b"") for n in range(50_000)]), "more than 5,000 parts"),
    "many large parts": (lambda parts: packed(parts, [(f"xl/{n}.xml", bytes(10**6)) for n in range(300)]), READS),
    "laughs": (declared(STRINGS, LAUGHS), "declares entities"),
    "text of 40 MB": (edited(STRINGS, "</sst>", f"<si><t>{'😀' * 10_000_000}</t></si></sst>"), READS),
    "million empty cells": (many_cells(lambda place: f'<c r="{place}"/>', 10_000, 100), READS),
    "30,000 rows of 12 texts": (many_cells(lambda place: f'<c r="{place}" t="str"><v>文{place}</v></c>', 30_000, 12), READS),
    "million cells": (many_cells(lambda place: f'<c r="{place}"><v>1</v></c>', 10_000, 100), "is oversized"),
    "million tags": (edited(SHEET, "<sheetData>", "<sheetData>" + "<a/>" * 8_000_000), "tags"),
    "old cell far out": (lambda parts: old(far=[(65_535, 255, 1, "General")], sheets_=20), READS),
    "old last cells": (lambda parts: old(far=[(row, 255, 1, "General") for row in range(30, 65_536)]), "is oversized"),
    "line of 20 MB": (lambda parts: b"10," * 6_600_000, "not a workbook|is oversized"),
}  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="measures by getrusage")
@pytest.mark.parametrize("case", BOMBS)
def test_bombs(tmp_path, good, case):
    """Under 300 MB above what reading a good workbook takes, and under 5 seconds."""
    build, reason = BOMBS[case]
    (tmp_path / "good.xlsx").write_bytes(packed(good))
    (tmp_path / "bomb.xlsx").write_bytes(build(good))
    command = [sys.executable, "-c", MEASURE, tmp_path / "good.xlsx", tmp_path / "bomb.xlsx"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    kilobytes, seconds, told = result.stdout.split(" ", 2)
    assert int(kilobytes) < 300_000
    assert float(seconds) < 5
    assert re.search(reason, told)


# ---------------------------------------------------------------- the command


@pytest.mark.parametrize("build", [lambda parts: b"nothing", twice, without(SHEET), cell(numbers_of("s"))])
def test_command_says_it_once(tmp_path, good, capsys, build):
    path = tmp_path / "a.xlsx"
    path.write_bytes(build(good))
    with WATCH.over(tmp_path):
        assert main(["districts", "read", str(path)]) == 1
    told = capsys.readouterr()
    assert not told.out
    assert told.err.startswith("xjr districts: 1 problem\n")
    assert "Traceback" not in told.err
