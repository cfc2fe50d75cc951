"""The other plans in `data/plans`: sound, and printed as in the bundled plan's tables where both hold a figure."""

import csv

import pytest

import xjranalysis as xjr
from xjranalysis.resources import RAW
from xjranalysis.schema import FIGURE_TABLES

PLANS = RAW.parent / "plans"
NAMES = ("first_2011", "successor_2016")
MEANING = ("indicator", "area", "start_year", "year", "status", "source", "locator")


def rows(folder, table):
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures(folder):
    return [row for table in FIGURE_TABLES for row in rows(folder, table)]


@pytest.fixture(params=NAMES)
def plan(request):
    return PLANS / request.param


def test_no_problems(plan):
    assert xjr.check_tables(plan).empty


@pytest.mark.parametrize("table", ["sources", "indicators", "areas", "districts"])
def test_shared_rows_are_identical(plan, table):
    bundled = rows(RAW, table)
    assert [row for row in rows(plan, table) if row not in bundled] == []


def test_figures_are_printed_as_in_the_bundled_tables(plan):
    printed = {tuple(row[name] for name in MEANING): row["printed"] for row in figures(RAW)}
    ours = {tuple(row[name] for name in MEANING): row["printed"] for row in figures(plan)}
    shared = ours.keys() & printed.keys()
    assert shared
    assert {meaning: ours[meaning] for meaning in shared if ours[meaning] != printed[meaning]} == {}


def test_figures_say_what_table_they_are_in(plan):
    for table, prefix in {"review": "review", "targets": "targets", "outcomes": "outcomes"}.items():
        assert all(row["figure"].startswith(f"{prefix}.") for row in rows(plan, table))


def test_stocks_have_an_actual_of_the_base_year_and_a_target(plan):
    (row,) = rows(plan, "plan")
    known = {figure["figure"]: figure["status"] for figure in figures(plan)}
    for stock in row["stocks"].split("、"):
        assert known[f"review.{stock}.{row['base_year']}"] == "actual"
        assert known[f"targets.{stock}.{row['target_year']}"] == "target"


def test_every_row_of_the_lookup_tables_is_used(plan):
    used = figures(plan)
    assert {row["source"] for row in rows(plan, "sources")} == {
        row["source"] for row in [*used, *rows(plan, "plan")]
    }
    assert {row["indicator"] for row in rows(plan, "indicators")} == {row["indicator"] for row in used}
