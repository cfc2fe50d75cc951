"""Hostile and damaged raw tables: every loader and command ends in one clear error, or reads what is meant."""

from __future__ import annotations

import csv
import io
import os
import sys

import pytest
from damage import WATCH, said

import xjranalysis as xjr
from xjranalysis import DataError, check_consistency, check_tables
from xjranalysis.cli import main
from xjranalysis.schema import TABLES

LOADERS = ("review", "targets", "measures", "outcomes", "district_facts", "figures", "tasks", "sources", "areas", "indicators", "districts", "departments")  # fmt: skip


def rows_of(path):
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def write(path, rows, **form):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, **({"lineterminator": "\n"} | form)).writerows(rows)


def set_cell(folder, table, row, column, value):
    """Set one cell; rows count from 2, as a spreadsheet shows them."""
    path = folder / f"{table}.csv"
    rows = rows_of(path)
    rows[row - 1][rows[0].index(column)] = value
    write(path, rows)


def loaded(folder):
    """Load everything under watch: the frames that load, by name; each other one ends in a DataError."""
    frames = {}
    for name in LOADERS:
        with WATCH.over(folder):
            try:
                frames[name] = getattr(xjr, f"load_{name}")(folder)
            except DataError as error:
                said(error, folder)
    return frames


def replaced(make):
    """Make a fault that takes the file away and makes something else in its place."""

    def spoil(path):
        path.unlink()
        make(path)

    return spoil


def rewritten(change, **form):
    """Make a fault of a change of the table's rows."""
    return lambda path: write(path, change(rows_of(path)), **form)


def sparse(path):
    with path.open("wb") as file:
        file.truncate(100_000_000)


FAULTS = {
    "missing": (replaced(lambda path: None), "cannot be read (No such file or directory)"),
    "folder": (replaced(lambda path: path.mkdir()), "cannot be read (Is a directory)"),
    "pipe": (replaced(os.mkfifo), "cannot be read (not a file)"),
    "device without end": (replaced(lambda path: path.symlink_to("/dev/zero")), "cannot be read (not a file)"),
    "loop of links": (replaced(lambda path: path.symlink_to(path)), "symbolic links"),
    "empty": (lambda path: path.write_bytes(b""), "the columns have to be"),
    "binary": (lambda path: path.write_bytes(bytes(range(256))), "is not UTF-8"),
    "line of 100 MB": (sparse, "is larger than 10 MB"),
    "line of 9 MB": (lambda path: path.write_bytes(b"a," * 4_500_000), "the columns have to be"),
    "cell of 9 MB": (lambda path: path.write_bytes(b"a" * 9_000_000), "is not a CSV table"),
    "UTF-16": (lambda path: path.write_bytes(path.read_bytes().decode("utf-8-sig").encode("utf-16")), "is not UTF-8"),
    "UTF-16 without a mark": (lambda path: path.write_bytes(path.read_text("utf-8-sig").split("\n")[0].encode("utf-16-le")), "the columns have to be"),
    "open quote": (lambda path: path.write_bytes(path.read_bytes() + b'"'), "is not a CSV table|has 1 cells"),
    "NUL": (lambda path: path.write_bytes(b"\0" + path.read_bytes()), "the columns have to be"),
    "column twice": (rewritten(lambda rows: [[*row, row[0]] for row in rows]), "the columns have to be"),
    "column too many": (rewritten(lambda rows: [[*row, "x"] for row in rows]), "the columns have to be"),
    "column too few": (rewritten(lambda rows: [row[:-1] for row in rows]), "the columns have to be"),
    "columns in disorder": (rewritten(lambda rows: [row[::-1] for row in rows]), "the columns have to be"),
    "cell too many": (rewritten(lambda rows: [*rows[:1], [*rows[1], "x"], *rows[2:]]), "cells where"),
    "empty line": (rewritten(lambda rows: [*rows, []]), "has 0 cells where"),
    "row twice": (rewritten(lambda rows: [*rows, rows[1]]), "stands in row 2 already"),
    "100,000 rows": (rewritten(lambda rows: [rows[0], *rows[1:2] * 100_000]), "rows; at most (?:5|30),000 are read|is larger than 10 MB"),
    "5,000 rows": (rewritten(lambda rows: [rows[0], *rows[1:2] * 5_000]), "stands in row 2 already|larger"),
    "control character": (rewritten(lambda rows: [*rows[:1], [f"{rows[1][0]}\x07", *rows[1][1:]], *rows[2:]]), "may hold only|control"),
    "semicolons": (rewritten(lambda rows: rows, delimiter=";"), "the columns have to be"),
}  # fmt: skip
FORMS = {
    "mark in front": lambda path: path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().removeprefix(b"\xef\xbb\xbf")),
    "carriage returns only": rewritten(lambda rows: rows, lineterminator="\r"),
    "carriage returns and line feeds": rewritten(lambda rows: rows, lineterminator="\r\n"),
    "all quoted": rewritten(lambda rows: rows, quoting=csv.QUOTE_ALL),
}  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes and links there")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("table", ["indicators", "review", "checks"])
def test_table(raw_copy, capsys, table, fault):
    """The problem names the file; loaders that do not need it load, and the command says it and returns 1."""
    spoil, reason = FAULTS[fault]
    path = raw_copy / f"{table}.csv"
    spoil(path)
    with WATCH.over(raw_copy):
        problems = check_tables(raw_copy)
    here = problems[problems["path"] == str(path)]
    assert here["reason"].str.contains(reason, regex="|" in reason).any()
    frames = loaded(raw_copy)
    assert (table in frames) is False
    assert set(frames) >= {"sources", "departments", "districts"}
    with WATCH.over(raw_copy, 10):
        assert main(["check", "--folder", str(raw_copy)]) == 1
    told = capsys.readouterr()
    assert not told.out
    assert told.err.startswith("xjr check: ")
    assert "Traceback" not in told.err


@pytest.mark.skipif(sys.platform == "win32", reason="no links there")
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("fault", ["missing", "empty", "binary", "folder", "loop of links"])
def test_every_table(raw_copy, table, fault):
    FAULTS[fault][0](raw_copy / f"{table}.csv")
    problems = check_tables(raw_copy)
    assert str(raw_copy / f"{table}.csv") in set(problems["path"])
    assert problems["path"].str.startswith(str(raw_copy)).all()
    loaded(raw_copy)


@pytest.mark.parametrize("form", FORMS)
def test_other_forms_read_the_same(raw_copy, form):
    before = loaded(raw_copy)
    for table in TABLES:
        FORMS[form](raw_copy / f"{table}.csv")
    assert check_tables(raw_copy).empty
    after = loaded(raw_copy)
    assert all(before[name].equals(after[name]) for name in LOADERS)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_unreadable(raw_copy):
    (raw_copy / "review.csv").chmod(0)
    assert check_tables(raw_copy)["reason"].tolist() == ["cannot be read (Permission denied)"]


@pytest.mark.parametrize("folder", ["nowhere", "a\0b", "x" * 5000])
def test_folder_that_is_none(tmp_path, folder, capsys):
    with WATCH.over(tmp_path):
        problems = check_tables(tmp_path / folder)
        assert main(["check", "--folder", str(tmp_path / folder)]) == 1
    assert len(set(problems["path"])) == len(TABLES)
    told = capsys.readouterr().err
    assert told.startswith("xjr check: ")
    assert str(tmp_path / folder) in told
    assert "Traceback" not in told


X, Y = "{review.technology_smes.2012}", "{review.little_giants.2012}"
MANY = " + ".join(f"{{targets.{name}}}" for name in "abcdefghijklmnop")
CELLS = [
    ("review", "year", "99999", "is not a year"),
    ("review", "year", "0000", "is outside"),
    ("review", "year", "2012-99", "is not a year"),
    ("review", "year", "-2012", "is not a year"),
    ("review", "printed", "9" * 100 + "家", "is not a printed figure"),
    ("review", "printed", "1e400家", "is not a printed figure"),
    ("review", "printed", "NaN家", "is not a printed figure"),
    ("review", "printed", "万" * 3000, ""),
    ("review", "printed", "一" * 3999, ""),
    ("review", "printed", "1," * 1999, "is not a printed figure"),
    ("review", "printed", "3.42\0万家", "control character"),
    ("review", "note_en", "x" * 5000, "more than 4,000 characters"),
    ("review", "note_en", "a\x1b[2Jb", "control character"),
    ("review", "area", "../../etc/passwd", "may hold only lower-case letters"),
    ("plan", "target_year", "99999", "is not a year"),
    ("plan", "target_year", "9999", "is outside"),
    ("plan", "base_year", "20122012", "is not a year"),
    ("plan", "stocks", "technology_smes、" * 200, "is not in indicators.csv"),
    ("tasks", "task", "9" * 30, "is not a positive whole number"),
    ("tasks", "task", "9" * 3900, "is not a positive whole number"),
    ("tasks", "task", "１", "is not a positive whole number"),
    ("tasks", "departments", "、".join(["市科委"] * 900), "" ),
    ("tasks", "departments", "、" * 3000, "is not in departments.csv"),
    ("checks", "left", "9**9**9**9", "is not a formula"),
    ("checks", "left", "9" * 400 + f" * {X}", "more than 15 digits"),
    ("checks", "left", f"{'(' * 1000}{X}", "may hold only"),
    ("checks", "left", f"{'(' * 450}{X}{')' * 450}", "is not a formula"),
    ("checks", "left", f"2{X}", "is not a formula"),
    ("checks", "left", f"{X}0", "is not a formula"),
    ("checks", "left", MANY, "has 16 figures; at most 12"),
    ("checks", "left", f"overlap({MANY.replace(' + ', ', ')})", "has 16 figures; at most 12"),
    ("checks", "left", f"__import__('os').system('id') + {X}", "may hold only"),
    ("checks", "left", f"{X} if 1 else 2", "may hold only"),
    ("readings", "formula", MANY, "has 16 figures; at most 12"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "value", "reason"), CELLS, ids=lambda value: str(value)[:30])
def test_cell(raw_copy, table, column, value, reason):
    """The cell is named, with its value, and nothing loads that would need it."""
    set_cell(raw_copy, table, 2, column, value)
    with WATCH.over(raw_copy):
        problems = check_tables(raw_copy)
    here = problems[problems["place"] == f"row 2, column {column}"]
    if reason:
        assert here["reason"].str.contains(reason, regex=False).any()
        assert here["value"].str.len().max() <= 4001
    loaded(raw_copy)


SUMS = {
    "power of powers": f"9 ** 9 ** 9 ** 9 * {X}",
    "divided by zero": f"{X} / 0",
    "zero by zero": f"0 / ({X} - {X})",
    "root of a negative": f"({Y} - {X}) ** 0.5",
    "power of itself": f"{X} ** {X} ** {X}",
    "zero to a negative": f"0 ** ({Y} - {X})",
    "as long as can be": X + f" * {X}" * 28 + " * 9 ** 999",
}


@pytest.mark.parametrize("case", SUMS)
def test_formula_without_a_finite_value(raw_copy, case):
    set_cell(raw_copy, "checks", 2, "left", SUMS[case])
    with WATCH.over(raw_copy):
        (problem,) = check_tables(raw_copy).itertuples(index=False)
    assert (problem.place, problem.reason) == ("row 2, column left", "comes to no finite number")
    with pytest.raises(DataError, match="comes to no finite number"):
        check_consistency(raw_copy)


@pytest.mark.parametrize("command", [["check"], ["data", "--out", "OUT"], ["report", "--out", "OUT"], ["audit", "TEXT"], ["districts", "read", "TEXT"], ["districts", "template", "OUT.xlsx"]])  # fmt: skip
def test_commands_on_a_broken_folder(raw_copy, tmp_path, capsys, command):
    for table in TABLES:
        (raw_copy / f"{table}.csv").write_bytes(b"\0\xff")
    (tmp_path / "TEXT").write_text("到2012年底，3.42万家", encoding="utf-8")
    words = [str(tmp_path / word) if word.isupper() or word == "OUT.xlsx" else word for word in command]
    assert main([*words, "--folder", str(raw_copy)]) == 1
    told = capsys.readouterr()
    assert told.err.startswith(f"xjr {command[0]}: ")
    assert "Traceback" not in told.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["TEXT", "raw"]


BAD_TEXTS = {
    "missing": replaced(lambda path: None),
    "folder": replaced(lambda path: path.mkdir()),
    "binary": lambda path: path.write_bytes(b"\xff\x00"),
    "loop": replaced(lambda path: path.symlink_to(path)),
}


@pytest.mark.parametrize("case", BAD_TEXTS)
def test_audit_of_no_text(tmp_path, capsys, case):
    path = tmp_path / "plan.txt"
    path.write_text("x", encoding="utf-8")
    BAD_TEXTS[case](path)
    assert main(["audit", str(path)]) == 1
    assert f"1 problem\n  {path}: " in capsys.readouterr().err
