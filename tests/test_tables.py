"""Raw tables: every kind of fault is reported with file, row, column, value and reason."""

import csv

import pytest

import xjranalysis as xjr
from xjranalysis import DataError, check_tables, load_review, load_targets, load_tasks
from xjranalysis.schema import TABLES


def change(folder, table, row, column, value):
    """Set one cell; rows count from 2, as a spreadsheet shows them."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[row - 1][rows[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def test_bundled_tables_have_no_problem():
    assert check_tables().empty


FAULTS = [
    ("review", 3, "indicator", "tech_smes", "tech_smes is not in indicators.csv"),
    ("review", 3, "source", "nowhere", "nowhere is not in sources.csv"),
    ("review", 3, "area", "shanghai", "shanghai is not in areas.csv or districts.csv"),
    ("review", 3, "locator", "", "is missing"),
    ("review", 3, "printed", "34200左右余家", "'34200左右余家' is not a printed figure that any rule reads"),
    ("review", 3, "printed", "3.42亿元", "counts CNY, but technology_smes is in firms"),
    ("review", 3, "year", "2004", "is outside 2005-2025"),
    ("review", 3, "year", "2026", "is outside 2005-2025"),
    ("review", 3, "year", "2012-13", "is not a year (2012) or a month (2012-09)"),
    ("review", 4, "start_year", "2012", "is not before the year (2012)"),
    ("review", 4, "start_year", "2010-06", "is not a year (2012)"),
    ("review", 3, "year", "２０１２", "is not a year (2012) or a month (2012-09)"),
    ("review", 3, "printed", "9" * 400 + "家", "is not a printed figure that any rule reads"),
    ("review", 3, "release", "expected", "is not one of preliminary"),
    ("headings", 2, "heading", "6", "has no area of work 1 above it"),
    ("tasks", 2, "heading", "1", "is an area of work; expected a key work such as 1.1"),
    ("measures", 3, "locator", "annex 2, task 9", "is not annex 2, task 3"),
    ("areas", 3, "area", "binhai", "is in districts.csv already"),
    ("review", 3, "status", "plan", "is not one of actual, target"),
    ("review", 3, "figure", "review.little_giants.2012", ""),
    ("review", 3, "figure", "Review SMEs", "may hold only lower-case letters"),
    ("review", 3, "printed", "3.42万家 ", "has spaces around it"),
    ("indicators", 2, "kind", "amount", "is not one of stock, flow, share, rate, level"),
    ("sources", 2, "published", "early 2013", "is not a year, a month or a day"),
    ("sources", 2, "tier", "blog", "is not one of official, press, repost"),
    ("tasks", 2, "task", "one", "is not a positive whole number"),
    ("tasks", 2, "heading", "9.9", "9.9 is not in headings.csv"),
    ("tasks", 2, "departments", "市科委、市科技委", "市科技委 is not in departments.csv"),
    ("measures", 2, "task", "57", "57 is not in tasks.csv"),
    ("plan", 2, "target_year", "2012", "the years 2010, 2012, 2012 do not follow each other"),
    ("plan", 2, "stocks", "technology_smes、patents", "patents has no target for 2015 in targets.csv"),
    ("plan", 2, "stocks", "revenue", "revenue is of kind flow; expected an indicator of kind stock"),
    ("plan", 2, "stocks", "technology_smes,patents", "technology_smes,patents is not in indicators.csv"),
    ("plan", 2, "area", "binhai", "binhai is not in areas.csv"),
    ("levers", 2, "indicator", "technology_smes_increase", "has no target in targets.csv"),
    ("checks", 2, "left", "{review.technology_smes.2012", "may hold only figures in braces, numbers"),
    ("checks", 2, "left", "__import__('os')", "may hold only figures in braces, numbers"),
    ("checks", 2, "left", "{review.technology_smes.2012} +", "is not a formula such as"),
    ("checks", 2, "left", "2 + 2", "is not a formula such as"),
    ("checks", 2, "left", "{review.smes.2012}", "review.smes.2012 is not in review.csv or targets.csv"),
    ("checks", 2, "relation", "<", "is not one of =, >=, <="),
    ("checks", 2, "meaning", "surprise", "is not one of growth, share, exits"),
    ("readings", 2, "lever", "bought", "bought is not in levers.csv"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "row", "column", "value", "reason"), FAULTS)
def test_fault_is_named(raw_copy, table, row, column, value, reason):
    """The problem names file, row, column, value and what was expected."""
    change(raw_copy, table, row, column, value)
    problems = check_tables(raw_copy)
    here = problems[problems.path == str(raw_copy / f"{table}.csv")]
    assert here.place.str.endswith(f"column {column}").any()
    assert (here.value == value).any() or table == "headings"
    assert here.reason.str.contains(reason, regex=False).any()


def test_duplicate_figure_names_the_first_row(raw_copy):
    change(raw_copy, "review", 2, "figure", "review.technology_smes.2012")
    (problem,) = check_tables(raw_copy).itertuples(index=False)
    assert (problem.place, problem.reason) == ("row 3, column figure", "stands in row 2 already")


def test_the_same_quantity_twice_in_one_place_is_refused(raw_copy):
    """Same indicator, years, status, source and place: transcribed twice, whatever the figure is called."""
    lines = (raw_copy / "review.csv").read_text(encoding="utf-8").splitlines()
    copy = lines[2].replace("review.technology_smes.2012", "review.again")
    (raw_copy / "review.csv").write_text("\n".join([*lines, copy, ""]), encoding="utf-8")
    (problem,) = check_tables(raw_copy).itertuples(index=False)
    assert problem.place == f"row {len(lines) + 1}, column locator"
    assert problem.reason == "stands in row 3 already"


def test_all_problems_at_once(raw_copy):
    """Loading stops with every problem of the table, in order."""
    change(raw_copy, "review", 3, "printed", "many")
    change(raw_copy, "review", 6, "locator", "")
    change(raw_copy, "review", 9, "year", "1999")
    with pytest.raises(DataError) as refused:
        load_review(raw_copy)
    assert [problem.place for problem in refused.value.problems] == [
        "row 3, column printed", "row 6, column locator", "row 9, column year"
    ]  # fmt: skip
    assert str(refused.value).startswith("3 problems\n")
    assert load_targets(raw_copy).shape == load_targets().shape


def test_problem_elsewhere_is_reported_once(raw_copy):
    """A bad cell of a referenced table is that table's problem only."""
    change(raw_copy, "indicators", 3, "kind", "amount")
    assert len(check_tables(raw_copy)) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the columns have to be"),
        (b"figure,indicator\n", "the columns have to be figure, indicator, area"),
        ("figure,名称\n".encode("gb18030"), "is not UTF-8"),
        (b'figure,"indicator\n', "is not a CSV table"),
        (b"\x00\x01\x02", "the columns have to be"),
    ],
)
def test_file_that_is_no_table(raw_copy, content, reason):
    (raw_copy / "review.csv").write_bytes(content)
    with pytest.raises(DataError) as refused:
        load_review(raw_copy)
    (problem,) = refused.value.problems
    assert reason in problem.reason
    assert problem.path.endswith("review.csv")


def test_row_with_too_few_cells(raw_copy):
    with (raw_copy / "review.csv").open("a", encoding="utf-8") as file:
        file.write("review.extra,technology_smes\n")
    with pytest.raises(DataError, match=r"row 34: has 2 cells where 12 are expected"):
        load_review(raw_copy)


def test_missing_file_and_folder(raw_copy, tmp_path):
    (raw_copy / "tasks.csv").unlink()
    with pytest.raises(DataError, match=r"tasks\.csv: cannot be read"):
        load_tasks(raw_copy)
    assert set(check_tables(tmp_path / "nowhere").path.str.rpartition("/")[2]) == {
        f"{name}.csv" for name in TABLES
    }


@pytest.mark.parametrize("emptied", [["outcomes"], ["measures"], ["measures", "tasks"]])
def test_table_without_rows_loads(raw_copy, emptied):
    """A plan without outcomes is a plan: an empty table gives an empty frame with the same columns."""
    for table in (*emptied, "checks", "readings"):
        path = raw_copy / f"{table}.csv"
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    for name in (*emptied, "figures", "areas"):
        load = getattr(xjr, f"load_{name}")
        assert list(load(raw_copy).columns) == list(load().columns)
        assert load(raw_copy).empty == (name in emptied)
    assert check_tables(raw_copy).empty


def test_byte_order_mark_is_read(raw_copy):
    """Spreadsheet programs write one in front of UTF-8."""
    path = raw_copy / "review.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_review(raw_copy).equals(load_review())


def test_goal_has_to_be_above_the_start(raw_copy):
    path = raw_copy / "targets.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",6万家,", ",3万家,", 1), encoding="utf-8")
    reasons = check_tables(raw_copy).reason
    assert "technology_smes has a goal (30000) that is not above the number at the start (34200)" in set(
        reasons
    )


def test_a_plan_without_its_starting_number_is_refused(raw_copy):
    for table in ("review", "checks", "readings"):
        path = raw_copy / f"{table}.csv"
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    (problem,) = check_tables(raw_copy).head(1).itertuples(index=False)
    assert problem.reason == "technology_smes has no actual figure for 2012 in review.csv or outcomes.csv"
