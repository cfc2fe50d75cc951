"""Consistency checks: verdicts, bounds re-derived by hand, laws, and both languages."""

import math
from fractions import Fraction as F

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xjranalysis import Bounds, Plan, annex_readings, check_consistency, load_figures
from xjranalysis.checks import _MEANINGS, TOPICS, declared_checks, evaluate, judge
from xjranalysis.display import speaking
from xjranalysis.resources import RAW

FIGURES = load_figures()
CHECKS = declared_checks()
CHECKED = check_consistency()


def test_there_are_many_checks():
    assert len(CHECKED) >= 30
    assert CHECKED.index.is_unique
    assert set(CHECKED.topic) == set(TOPICS)
    assert set(CHECKED.verdict) == {"consistent", "inconsistent", "undecidable"}


# check: verdict, left bounds, right bounds; by hand from the prints
BY_HAND = {
    "smes_2010": ("consistent", (34_150 - 21_750, 34_250 - 21_650), (12_450, 12_550)),
    "giants_2010_726": ("consistent", (726, 726), (726, 726)),
    "giants_2010_720": ("inconsistent", (726, 726), (720, 720)),
    "smes_2010_from_growth": ("consistent", (F(21_755) / F("1.7395"), F(21_765) / F("1.7385")), (12_400, 12_600)),
    "first_plan_goal_reached": ("consistent", (34_150, 34_250), (30_000, 30_000)),
    "enterprises_grew": (
        "consistent", (34_150 / F("0.165"), 34_250 / F("0.155")), (12_400 / F("0.095"), 12_600 / F("0.085"))),
    "revenue_path": (
        "consistent",
        (F("9163.5") * 10**8 * F("1.3675") ** 3, F("9164.5") * 10**8 * F("1.3685") ** 3),
        (2 * 10**12, 2 * 10**12)),
    "revenue_per_firm": (
        "consistent",
        (F(2 * 10**12, 60_000),) * 2,
        (F("9163.5") * 10**8 / 34_250, F("9164.5") * 10**8 / 34_150)),
    "patents_of_the_city": (
        "inconsistent", (21_370 / F("0.5345"), 21_370 / F("0.5335")), (68_500 / F("1.3105"), 69_500 / F("1.3095"))),
    "smes_doubled": ("inconsistent", (60_000, 60_000), (68_300, 68_500)),
    "giants_doubled": ("inconsistent", (3000, 3000), (3558, 3558)),
    "new_firms_by_origin": ("consistent", (30_000, 30_000), (30_000, 30_000)),
    "new_firms_and_goal": ("inconsistent", (64_150, 64_250), (60_000, 60_000)),
    "giants_share": ("inconsistent", (5, 5), (F(177_900, 34_250), F(177_900, 34_150))),
    "clusters_hold": ("consistent", (40_000, 40_000), (60_000, 60_000)),
    "loans_a_year": ("inconsistent", (F(10**11, 3),) * 2, (5 * 10**10, math.inf)),
    "budgets_a_year": ("undecidable", (F(7 * 10**9, 3),) * 2, (2_325_000_000, 2_375_000_000)),
    "annex_founded": ("undecidable", (4000, 11_400), (10_000, 10_000)),
    "annex_attracted": ("inconsistent", (6000, 6700), (12_000, 12_000)),
    "stock_2014": ("consistent", (58_500, 69_500), (55_000, 65_000)),
    "repeated.killer_products.1": ("consistent", (300, 300), (300, 300)),
    "repeated.instruments_shared.1": ("consistent", (50, 50), (50, 50)),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_bounds_and_verdict_by_hand(name):
    verdict, left, right = BY_HAND[name]
    row = CHECKED.loc[name]
    assert row.verdict == verdict
    assert (row.left_lower, row.left_upper) == pytest.approx([float(bound) for bound in left])
    assert (row.right_lower, row.right_upper) == pytest.approx([float(bound) for bound in right])


@pytest.mark.parametrize("name", CHECKED.index)
def test_bounds_are_in_order(name):
    row = CHECKED.loc[name]
    for side in ("left", "right"):
        assert row[f"{side}_lower"] <= row[side] * (1 + 1e-12)
        assert row[side] <= row[f"{side}_upper"] * (1 + 1e-12) or row.verdict == "consistent"


def test_explanations_are_built_from_the_numbers():
    doubled = CHECKED.loc["smes_doubled"]
    for part in (
        "6万家",
        "60,000 firms",
        "2 × 3.42万家, that is 68,300 to 68,500 firms",
        "1.75 to 1.76 times",
    ):
        assert part in doubled.explanation_en
    for part in ("2 × 3.42万家，即6.83万～6.85万家", "至少相差8300家", "1.75～1.76倍"):
        assert part in doubled.explanation_zh
    assert "1,383 to 1,417 firms a year" in CHECKED.explanation_en["new_firms_and_goal"]


# meaning, left, right, unit: the sentence that explains it, in a plan of three years
EXPLAINED = [
    ("exits", (60, 60, 60), (50, 48, 52), "persons", "The difference would mean exits of 8 to 12 persons."),
    ("exits_a_year", (60, 60, 60), (30, 30, 30), "firms",
     "The difference would mean exits of 30 firms. That is 10 firms a year."),
    ("exits_a_year", (50, 50, 50), (60, 59, 61), "firms",
     "The right side is larger by 9 to 11 firms, which exits cannot explain."),
    ("exits", (50, 48, 52), (50, 50, 50), "firms", "There is room for exits of at most 2 firms."),
    ("exits_a_year", (50, 50, 50), (30, 30, math.inf), "firms", "There is room for exits of at most 20 firms."),
    ("multiple", (30, 30, 30), (40, 40, 40), "CNY",
     "The goal is 1.5 times the level of 2012, 10 yuan short of doubling."),
    ("multiple", (6, 6, 6), (8, 8, 8), "percent",
     "The goal is 1.5 times the level of 2012, 2 percentage points short of doubling."),
    ("multiple", (50, 50, 50), (40, 40, 40), "CNY", "The goal is 2.5 times the level of 2012."),
    ("multiple", (30, 30, math.inf), (40, 40, 40), "CNY", "The goal is 1.5 times or more the level of 2012."),
    ("growth", (12, 12, 12), (10, 10, 10), "CNY", "The rise is 20%."),
    ("growth", (9, 9, 9), (10, 10, 10), "CNY", "The change is −10%."),
    ("growth", (12, 12, math.inf), (10, 10, 10), "CNY", "The rise is 20% or more."),
    ("share", (1, 1, 1), (4, 4, 5), "CNY", "The left side is 20.0% to 25.0% of the right."),
]  # fmt: skip


@pytest.mark.parametrize(("meaning", "left", "right", "unit", "text"), EXPLAINED)
def test_explanations_are_true_for_any_numbers_and_unit(meaning, left, right, unit, text):
    explain = _MEANINGS[meaning]
    assert explain(Bounds(*left), Bounds(*right), unit, Plan()) == text
    with speaking("zh"):
        assert not set("abcdefghijklmnopqrstuvwxyz") & set(
            explain(Bounds(*left), Bounds(*right), unit, Plan())
        )


def test_mistyped_digits_are_told_in_one_language():
    row = CHECKED.loc["stock_2012_q3"]
    assert "could explain it: 21,060 instead of 21,760 firms (2.176万家)." in row.explanation_en
    assert "“2.176万家”实为2.106万家。" in row.explanation_zh


def test_goals_of_several_documents_are_told_apart_by_title():
    checked = check_consistency(RAW.parent / "plans" / "first_2011").loc["repeated.technology_smes.1"]
    assert "“Supporting technology SMEs: Tianjin has more than" in checked.statement_en
    assert "》与《天津市科技小巨人发展三年" in checked.statement_zh


def test_topics_of_a_plan_are_those_of_its_checks():
    assert set(check_consistency(RAW.parent / "plans" / "successor_2016").topic) == {
        "stocks", "totals", "doubling", "additions", "money"}  # fmt: skip


def test_gaps_are_short_and_never_overstated():
    written = {
        "revenue_per_firm_since_2010": "至少相差0.845倍",
        "patents_of_the_city": "至少相差1.22万件",
        "giants_share": "至少相差0.194个百分点",
        "loans_a_year": "至少相差166亿元",
        "stock_2012_q3": "至少相差655家",
    }
    for name, text in written.items():
        assert text in CHECKED.explanation_zh[name]


def test_explanations_keep_to_their_language():
    assert not CHECKED.explanation_zh.str.contains("firms|yuan|The|ranges").any()
    assert not CHECKED.explanation_en.str.contains("四舍五入|两者|区间").any()
    assert CHECKED.statement_zh.str.contains("[一-龥]").all()


def test_failing_sums_are_named():
    failing = CHECKED[(CHECKED.verdict == "inconsistent") & CHECKED.left_formula.str.contains(r"\+")]
    assert CHECKED.failure["new_firms_and_goal"] == "unexplained"
    assert CHECKED.failure["giants_2014"] == "one-digit slip"
    assert set(failing[failing.relation == "="].failure) <= {"unexplained", "one-digit slip", ""}


def test_body_and_annex_agree_wherever_both_print():
    repeated = CHECKED[CHECKED.topic == "repeated"]
    indicators = {name.split(".")[1] for name in repeated.index}
    assert {
        "killer_products",
        "rd_highlands",
        "financing",
        "instruments_shared",
        "leading_firms",
    } <= indicators
    assert set(repeated.verdict) == {"consistent"}


def test_a_changed_target_is_flagged(raw_copy):
    """Changing one place of a target that is printed twice makes its check inconsistent."""
    path = raw_copy / "measures.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace(
            '300个,target,,plan_2013,"annex 2, task 16"', '301个,target,,plan_2013,"annex 2, task 16"'
        ),
        encoding="utf-8",
    )
    assert check_consistency(raw_copy).verdict["repeated.killer_products.1"] == "inconsistent"


@given(
    st.sampled_from([check for check in CHECKS if check.relation == "=" and check.unit == "firms"]),
    st.lists(st.floats(0, 1), min_size=8, max_size=8),
    st.sampled_from([1, 10, 100, 1000]),
)
def test_rounding_a_consistent_table_is_never_flagged(check, shares, step):
    """Whatever the unrounded figures are: if the relation holds for them, no print of them is flagged."""
    figures = FIGURES.loc[list(check.left.figures)].copy()
    truth = figures.lower + np.resize(shares, len(figures)) * (figures.upper - figures.lower)
    left = check.left.bounds(figures)
    exact = check.left.bounds(figures.assign(value=truth)).value
    printed = np.round(exact / step) * step
    right = Bounds(printed, printed - step / 2, printed + step / 2)
    assert judge(left, "=", right) == "consistent"


@given(
    st.sampled_from([check for check in CHECKS if check.relation == "="]),
    st.floats(1.001, 100),
    st.sampled_from([-1, 1]),
)
def test_a_change_beyond_the_tolerance_is_always_flagged(check, factor, sign):
    left, right, _ = evaluate(check, FIGURES)
    tolerance = (left.upper - left.lower) + (right.upper - right.lower)
    shift = sign * (abs(left.value - right.value) + tolerance + 1) * factor + (left.value - right.value)
    moved = Bounds(*(bound + shift for bound in right))
    assert judge(left, "=", moved) == "inconsistent"


def test_judge_covers_every_case():
    low, high, wide = Bounds(1, 1, 2), Bounds(3, 3, 4), Bounds(2, 0, 5)
    open_ = Bounds(3, 3, math.inf)
    assert judge(low, "=", high) == judge(high, "=", low) == "inconsistent"
    assert judge(wide, "=", low) == "consistent"
    assert judge(open_, "=", high) == "undecidable"
    assert judge(open_, "=", low) == "inconsistent"
    assert [judge(high, ">=", other) for other in (low, wide, open_)] == [
        "consistent",
        "undecidable",
        "undecidable",
    ]
    assert judge(low, ">=", high) == "inconsistent"
    assert [judge(low, "<=", other) for other in (high, wide)] == ["consistent", "undecidable"]


def test_judge_takes_arrays():
    left = Bounds(np.array([1, 5]), np.array([1, 5]), np.array([2, 6]))
    assert judge(left, "=", Bounds(5, 5, 5)).tolist() == ["inconsistent", "consistent"]


def test_annex_readings_by_hand():
    readings = annex_readings()
    assert readings.total.tolist() == [11_400, 8400, 7400, 4000, 6700, 6300, 6000, 12_000]
    assert readings.coverage.tolist() == pytest.approx([1.14, 0.84, 0.74, 0.4, 6.7 / 12, 6.3 / 12, 0.5, 1.5])
    assert set(readings.unit) == {"firms"}
    assert isinstance(readings, pd.DataFrame)
