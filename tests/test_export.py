"""Files: what is committed is what the tables give; nothing half written."""

import gc
import io
import json
import os
import sys

import frictionless
import openpyxl
import pandas as pd
import pytest

from xjranalysis import workbook
from xjranalysis.cli import main
from xjranalysis.export import WORKBOOK, frames, write_data, write_file
from xjranalysis.resources import RAW, ROOT
from xjranalysis.schema import TABLES, data_package
from xjranalysis.workbook import workbook_bytes


def test_committed_files_are_up_to_date(tmp_path):
    """`xjr data` would write exactly what is there."""
    written = [path for path in write_data(tmp_path) if path.parent.name != "raw"]
    assert {path.name for path in written if path.parent.name == "processed"} == {
        path.name for path in (ROOT / "data" / "processed").iterdir()
    }
    for path in written:
        assert path.read_bytes() == (ROOT / "data" / path.relative_to(tmp_path)).read_bytes(), path.name


def test_written_elsewhere_the_package_is_complete(tmp_path):
    """The description comes with the tables that it describes."""
    write_data(tmp_path / "copy")
    assert frictionless.Package(str(tmp_path / "copy" / "datapackage.json")).validate().valid


def test_data_package_is_valid():
    """Frictionless finds no fault in the tables as described."""
    package = frictionless.Package(str(ROOT / "data" / "datapackage.json"))
    report = package.validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "note"])
    assert {resource.name for resource in package.resources} == set(TABLES)
    assert {f"{name}.csv" for name in TABLES} == {path.name for path in RAW.glob("*.csv")}


def test_frictionless_sees_a_fault(tmp_path, raw_copy):
    """The description is strict enough to catch an unknown indicator."""
    (tmp_path / "datapackage.json").write_text(json.dumps(data_package("A plan")), encoding="utf-8")
    path = raw_copy / "review.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",revenue,", ",turnover,"), encoding="utf-8")
    assert not frictionless.Package(str(tmp_path / "datapackage.json")).validate().valid


def test_workbook_holds_every_frame():
    book = openpyxl.load_workbook(ROOT / "data" / "processed" / WORKBOOK)
    assert book.sheetnames == list(frames())
    for name, frame in frames().items():
        sheet = book[name]
        assert sheet.max_row == len(frame) + 1
        assert sheet.freeze_panes == "B2"
    assert [cell.value for cell in book["review"][3]][:9] == [
        "review.technology_smes.2012", "technology_smes", "Technology SMEs", "科技型中小企业", "tianjin", None, 2012,
        "3.42万家", 34_200,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)"])
def test_no_cell_runs_as_a_formula(text):
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes({"sheet": pd.DataFrame({"a": [text]})})))
    cell = book["sheet"]["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_workbook_is_ready_to_read_and_print():
    """Sources and every frame on a sheet: widths, styled head that stays in sight and on each printed page."""
    book = openpyxl.load_workbook(ROOT / "data" / "processed" / WORKBOOK)
    assert "sources" in book.sheetnames
    for sheet in book:
        assert (sheet.freeze_panes, sheet.print_title_rows) == ("B2", "$1:$1")
        assert (sheet.page_setup.orientation, sheet.sheet_properties.pageSetUpPr.fitToPage) == (
            "landscape",
            True,
        )
        assert all(cell.font.bold and cell.fill.patternType == "solid" for cell in sheet[1])
        assert all(sheet.column_dimensions[cell.column_letter].width >= 6 for cell in sheet[1])
        cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
        large = [cell for cell in cells if isinstance(cell.value, int) and abs(cell.value) >= 10_000]
        assert {cell.number_format for cell in large} <= {"#,##0"}


def test_workbook_bytes_have_no_clock(monkeypatch):
    tables = {"sheet": pd.DataFrame({"a": [1, 2.5], "b": ["x", None]})}
    first = workbook_bytes(tables)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    assert workbook_bytes(tables) == first


def test_file_is_whole_or_untouched(tmp_path, monkeypatch):
    """A failing write leaves the old file and no rest."""
    path = write_file(tmp_path / "a.txt", b"old")

    def fail(self, target):
        raise OSError("disk full")

    monkeypatch.setattr(type(path), "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_command_writes_nothing_from_bad_tables(tmp_path, raw_copy, capsys):
    path = raw_copy / "outcomes.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("1.25万家", "many"), encoding="utf-8")
    out = tmp_path / "out"
    assert main(["data", "--out", str(out), "--folder", str(raw_copy)]) == 1
    assert "outcomes.csv: row 2, column printed: 'many'" in capsys.readouterr().err
    assert not out.exists()


def test_check_command(raw_copy, capsys):
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "0 problems\n"
    (raw_copy / "review.csv").unlink()
    assert main(["check", "--folder", str(raw_copy)]) == 1
    assert "review.csv: cannot be read" in capsys.readouterr().err


def test_workbook_that_is_stopped_half_way_complains_of_nothing_later(monkeypatch):
    complaints = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    cells = iter(range(5))  # Ctrl-C after so many
    monkeypatch.setattr(workbook, "_cell", lambda sheet, value: value if next(cells) < 4 else interrupted())
    with pytest.raises(KeyboardInterrupt):
        workbook_bytes({name: pd.DataFrame({"number": [1, 2, 3]}) for name in ("first", "second")})
    gc.collect()
    assert not complaints


def interrupted():
    raise KeyboardInterrupt
