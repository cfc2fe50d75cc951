"""The task register: counts by hand from the annex."""

import pytest

from xjranalysis import load_measures, load_tasks
from xjranalysis.register import (
    by_department,
    by_work_area,
    department_matrix,
    horizons,
    memberships,
    per_district,
    together,
)

TASKS, MEASURES = load_tasks(), load_measures()


@pytest.mark.parametrize(
    ("department", "leads", "joins"),
    [
        ("市科委", 18, 18),
        ("各区县人民政府", 7, 10),
        ("领导小组办公室", 9, 2),
        ("市教委", 5, 6),
        ("市财政局", 2, 4),
        ("市金融办", 2, 1),
        ("市委组织部", 2, 0),
        ("市知识产权局", 1, 0),
        ("相关区县人民政府", 0, 2),
        ("滨海新区各功能区管委会", 0, 2),
    ],
)
def test_counts_by_hand(department, leads, joins):
    row = by_department(TASKS).loc[department]
    assert (row.leads, row.joins, row.tasks) == (leads, joins, leads + joins)


def test_every_task_has_one_lead():
    rows = memberships(TASKS)
    assert (rows.role == "leads").sum() == len(TASKS)
    assert by_department(TASKS).leads.sum() == 56
    assert by_department(TASKS).measures_led.sum() == len(MEASURES) - 1  # all but the length of the plan


def test_work_areas_by_hand():
    areas = by_work_area(TASKS)
    assert areas.tasks.tolist() == [14, 10, 10, 9, 13]
    assert areas.quantified.tolist() == [10, 7, 8, 7, 5]
    assert areas.measures.sum() == len(MEASURES) - 1


def test_matrices_agree_with_the_counts():
    assert department_matrix(TASKS).sum(axis="columns").tolist() == by_department(TASKS).tasks.tolist()
    shared = together(TASKS)
    assert (shared.to_numpy() == shared.to_numpy().T).all()
    assert [shared.loc[name, name] for name in shared.index] == by_department(TASKS).tasks.tolist()
    assert shared.loc["团市委", "市科委"] == 1


@pytest.mark.parametrize(
    ("figure", "horizon"),
    [
        ("11.lecture_tours", "recurring"),
        ("15.leading_firms_selected", "recurring"),
        ("53.supervision_rounds", "recurring"),
        ("41.productivity_services", "yearly"),
        ("27.incubated_by_incubators", "cumulative"),
        ("56.cadre_founded", "cumulative"),
        ("27.specialised_incubators", "level"),
        ("39.instruments_shared", "level"),
        ("15.leading_firm_policies", "rule"),
        ("56.plan_period", "period"),
    ],
)
def test_horizons(figure, horizon):
    assert horizons(MEASURES)[f"measures.{figure}"] == horizon


@pytest.mark.parametrize(
    ("department", "every"),
    [
        ("各区县人民政府", True),
        ("各区人民政府", True),
        ("各县（市、区）政府", True),
        ("相关区县人民政府", False),
        ("滨海新区各功能区管委会", False),
    ],
)
def test_all_districts(department, every):
    tasks = TASKS.loc[[27]].assign(departments=[(department, "市科委")])
    assert len(per_district(tasks, MEASURES, 16)) == (2 if every else 0)


def test_per_district():
    """An even split of what districts answer for; the open goal stays open above."""
    shares = per_district(TASKS, MEASURES, 16)
    assert shares.average["measures.6.attracted_by_recruitment"] == 375
    assert shares.average["measures.52.district_fiscal_input"] == 7e9 / 16
    assert shares.upper["measures.26.incubation_carriers"] == float("inf")
    assert "measures.29.founded_in_youth_parks" not in shares.index
    assert set(shares.role) == {"leads", "joins"}
