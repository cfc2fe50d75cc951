"""A new plan's folder: valid as written, with a row in every table, and never over anything."""

import pytest

import xjranalysis as xjr
from xjranalysis.cli import main
from xjranalysis.schema import TABLES
from xjranalysis.tables import open_tables


@pytest.fixture
def starter(tmp_path):
    assert main(["new", str(tmp_path / "mine" / "plan")]) == 0
    return tmp_path / "mine" / "plan"


def test_every_table_has_an_example_and_no_problem(starter):
    assert xjr.check_tables(starter).empty
    assert all(open_tables(starter).rows(name) for name in TABLES)
    assert {path.name for path in starter.iterdir()} == {*(f"{name}.csv" for name in TABLES), "README.md"}
    assert [path.name for path in starter.parent.iterdir()] == ["plan"]


def test_examples_are_called_examples(starter):
    plan = xjr.Plan(starter)
    assert plan.name == "example"
    assert ("Example" in plan.title_en, "示例" in plan.title_zh) == (True, True)


def test_functions_work_on_it(starter):
    plan = xjr.Plan(starter)
    assert xjr.load_review(plan).printed.tolist() == ["3.42万家", "2.17万家"]
    assert plan.additions("technology_smes").sum() == 30_000
    assert xjr.check_consistency(plan).verdict.to_dict() == {"smes_doubled": "inconsistent"}
    assert xjr.find("3.42万", plan).index.tolist() == ["review.technology_smes.2012"]


def test_nothing_is_written_over(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["new", str(tmp_path)]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "empty").mkdir()
    assert main(["new", str(tmp_path / "empty")]) == 0
    assert xjr.check_tables(tmp_path / "empty").empty


def test_plans_are_listed_with_their_folders(capsys):
    assert main(["plans"]) == 0
    folders = capsys.readouterr().out.splitlines()[::3]
    assert [xjr.Plan(folder).name for folder in folders] == [
        "little_giants_2013",
        "first_2011",
        "successor_2016",
    ]
