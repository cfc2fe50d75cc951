"""Consistency checks: verdicts, bounds re-derived by hand, laws, and both languages."""

import math
import shutil
from fractions import Fraction as F

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xjranalysis import (
    Bounds,
    DataError,
    Plan,
    annex_readings,
    check_consistency,
    checks,
    load_figures,
    parse_printed,
)
from xjranalysis.checks import (
    _MEANINGS,
    SIGNS,
    TOPICS,
    Check,
    _overlap,
    _rounded_down,
    _row,
    declared_checks,
    evaluate,
    judge,
)
from xjranalysis.display import place, speaking
from xjranalysis.formula import parse_formula
from xjranalysis.resources import PLANS, RAW

FIGURES = load_figures()
CHECKS = declared_checks()


@pytest.fixture(scope="module")
def checked():
    return check_consistency()


def test_there_are_many_checks(checked):
    assert len(checked) >= 30
    assert checked.index.is_unique
    assert set(checked.topic) == set(TOPICS)
    assert set(checked.verdict) == {"consistent", "inconsistent", "undecidable"}
    assert set(checked.loc[checked.index.str.startswith("repeated."), "topic"]) == {"repeated"}


def test_columns_are_those_documented(checked):
    columns = [
        "topic", "statement_en", "statement_zh", "left_formula", "left", "left_lower", "left_upper", "relation",
        "right_formula", "right", "right_lower", "right_upper", "unit", "verdict", "failure",
        "explanation_en", "explanation_zh", "figures",
    ]  # fmt: skip
    assert checked.columns.tolist() == columns
    assert checked.index.name == "check"


def test_plan_without_checks_has_an_empty_table(tmp_path):
    folder = shutil.copytree(PLANS / "successor_2016", tmp_path / "plan")
    path = folder / "checks.csv"
    path.write_text(path.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    found = check_consistency(folder)
    assert found.empty
    assert "verdict" in found.columns


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
def test_bounds_and_verdict_by_hand(name, checked):
    verdict, left, right = BY_HAND[name]
    row = checked.loc[name]
    assert row.verdict == verdict
    assert (row.left_lower, row.left_upper) == pytest.approx([float(bound) for bound in left])
    assert (row.right_lower, row.right_upper) == pytest.approx([float(bound) for bound in right])


@pytest.mark.parametrize("side", ["left", "right"])
def test_bounds_are_in_order(side, checked):
    value, lower, upper = (checked[side + end] for end in ("", "_lower", "_upper"))
    assert (lower <= value * (1 + 1e-12)).all()
    assert ((value <= upper * (1 + 1e-12)) | (checked.verdict == "consistent")).all()


def test_explanations_are_built_from_the_numbers(checked):
    doubled = checked.loc["smes_doubled"]
    for part in (
        "6万家",
        "60,000 firms",
        "2 × 3.42万家, that is 68,300 to 68,500 firms",
        "1.75 to 1.76 times",
    ):
        assert part in doubled.explanation_en
    for part in ("2 × 3.42万家，即6.83万～6.85万家", "至少相差8300家", "1.75～1.76倍"):
        assert part in doubled.explanation_zh
    assert "1,383 to 1,417 firms a year" in checked.explanation_en["new_firms_and_goal"]


def told(left, relation, right, unit, meaning="", note=("", ""), **prints):
    """Row of a check made up for the test, from prints alone."""
    figures = pd.DataFrame(
        {name: vars(parse_printed(text)) | {"printed": text} for name, text in prints.items()}
    ).T
    sides = parse_formula(left), relation, parse_formula(right)
    return _row(Check("made_up", "stocks", ("It is", "如此"), *sides, unit, meaning, note), figures, Plan())


# left, relation, right, unit, prints: verdict, failure, explanation in both languages
TOLD = {
    "exact sides differ": (
        ("{a} - {b}", "=", "{c}", "firms", {"a": "1779家", "b": "1053家", "c": "720家"}),
        "inconsistent", "",
        "Left: 1779家 − 1053家, that is 726 firms. Right: 720家 (720 firms). They differ by 6 firms.",
        "左侧：1779家 − 1053家，即726家。右侧：720家。两者相差6家。"),
    "by a fraction": (
        ("{a} / {b}", "=", "{c} / {b}", "times", {"a": "1家", "b": "3家", "c": "2家"}),
        "inconsistent", "",
        "Left: 1家 ÷ 3家, that is 0.333 times. Right: 2家 ÷ 3家, that is 0.667 times. They differ by 0.333 times.",
        "左侧：1家 ÷ 3家，即0.333倍。右侧：2家 ÷ 3家，即0.667倍。两者相差0.333倍。"),
    "by a large number": (
        ("{a}", "=", "{b}", "firms", {"a": "1234567家", "b": "8家"}),
        "inconsistent", "",
        "Left: 1234567家 (1.2346 million firms). Right: 8家 (8 firms). They differ by 1.23456 million firms.",
        "左侧：1234567家（123.46万家）。右侧：8家。两者相差123.456万家。"),
    "one side is rounded": (
        ("{a}", "=", "{b}", "firms", {"a": "3.42万家", "b": "3500家"}),
        "inconsistent", "",
        "Left: 3.42万家 (34,150 to 34,250 firms). Right: 3500家 (3,500 firms). "
        "They differ by at least 30,600 firms, more than rounding explains.",
        "左侧：3.42万家（3.415万～3.425万家）。右侧：3500家。两者至少相差3.06万家，超出四舍五入的影响。"),
    "the other side is rounded": (
        ("{b}", ">=", "{a}", "CNY", {"a": "3.42万元", "b": "1234.5元"}),
        "inconsistent", "",
        "Left: 1234.5元 (1,234 to 1,235 yuan). Right: 3.42万元 (34,150 to 34,250 yuan). "
        "They differ by at least 32,900 yuan, more than rounding explains.",
        "左侧：1234.5元（1234～1235元）。右侧：3.42万元（3.415万～3.425万元）。"
        "两者至少相差3.29万元，超出四舍五入的影响。"),
    "percentages differ in percentage points": (
        ("{a}", "=", "{b}", "percent", {"a": "36.8%", "b": "30%"}),
        "inconsistent", "",
        "Left: 36.8% (36.75% to 36.85%). Right: 30% (29.5% to 30.5%). "
        "They differ by at least 6.25 percentage points, more than rounding explains.",
        "左侧：36.8%（36.75%～36.85%）。右侧：30%（29.5%～30.5%）。两者至少相差6.25个百分点，超出四舍五入的影响。"),
    "an equality may hold": (
        ("{a}", "=", "{b}", "firms", {"a": "100家", "b": "约100家"}),
        "consistent", "",
        "Left: 100家 (100 firms). Right: 约100家 (50 to 150 firms). The ranges overlap.",
        "左侧：100家。右侧：约100家（50～150家）。两个区间相交。"),
    "an equality holds": (
        ("{a}", "=", "{b}", "firms", {"a": "0家", "b": "0家"}),
        "consistent", "",
        "Left: 0家 (0 firms). Right: 0家 (0 firms). They are equal.",
        "左侧：0家。右侧：0家。两者相等。"),
    "an inequality holds": (
        ("{a}", "<=", "{b}", "firms", {"a": "100家", "b": "100家"}),
        "consistent", "",
        "Left: 100家 (100 firms). Right: 100家 (100 firms). It holds whatever the unrounded numbers are.",
        "左侧：100家。右侧：100家。无论舍入前的数值如何，关系均成立。"),
    "an inequality may hold": (
        ("{a}", ">=", "{b}", "firms", {"a": "3.42万家", "b": "3.4万家"}),
        "undecidable", "",
        "Left: 3.42万家 (34,150 to 34,250 firms). Right: 3.4万家 (33,500 to 34,500 firms). "
        "The published numbers allow both answers.",
        "左侧：3.42万家（3.415万～3.425万家）。右侧：3.4万家（3.35万～3.45万家）。仅凭公布的数字，成立与否都有可能。"),
    "a ratio to an open number": (
        ("least({a}) / {a}", "=", "{b}", "percent", {"a": "40家以上", "b": "50%"}),
        "consistent", "",
        "Left: 40家以上 ÷ 40家以上, at most 100%. Right: 50% (49.5% to 50.5%). The ranges overlap.",
        "左侧：40家以上 ÷ 40家以上，不超过100%。右侧：50%（49.5%～50.5%）。两个区间相交。"),
    "a slip in the parts": (
        ("{a} + {b}", "=", "{c}", "firms", {"a": "1024家", "b": "2000家", "c": "3114家"}),
        "inconsistent", "one-digit slip",
        "Left: 1024家 + 2000家, that is 3,024 firms. Right: 3114家 (3,114 firms). They differ by 90 firms. "
        "One mistyped digit could explain it: 2,090 instead of 2,000 firms (2000家).",
        "左侧：1024家 + 2000家，即3024家。右侧：3114家。两者相差90家。若误印一个数字，可以解释：“2000家”实为2090家。"),
    "a sum that no slip explains": (
        ("{a} + {b}", "=", "{c}", "firms", {"a": "1111家", "b": "2222家", "c": "9999家"}),
        "inconsistent", "unexplained",
        "Left: 1111家 + 2222家, that is 3,333 firms. Right: 9999家 (9,999 firms). They differ by 6,666 firms. "
        "No single mistyped digit explains it.",
        "左侧：1111家 + 2222家，即3333家。右侧：9999家。两者相差6666家。单个数字误印也不能解释。"),
    "overlap": (
        ("overlap({a}, {b})", ">=", "{c}", "firms", {"a": "3000家", "b": "200家", "c": "3500家"}),
        "inconsistent", "",
        "Left: 3000家 + 200家, that is 3,000 to 3,200 firms. Right: 3500家 (3,500 firms). "
        "They differ by at least 300 firms, more than rounding explains. "
        "The left side is 3,000 firms if the largest item includes all the others, 3,200 firms if none overlap.",
        "左侧：3000家 + 200家，即3000～3200家。右侧：3500家。两者至少相差300家，超出四舍五入的影响。"
        "若最大一项包含其他各项，左侧为3000家；若互不重叠，为3200家。"),
}  # fmt: skip


@pytest.mark.parametrize("case", TOLD)
def test_what_is_told_of_a_check(case):
    (left, relation, right, unit, prints), verdict, failure, english, chinese = TOLD[case]
    row = told(left, relation, right, unit, **prints)
    assert (row["verdict"], row["failure"], row["relation"]) == (verdict, failure, SIGNS[relation])
    assert row["explanation_en"] == english
    assert row["explanation_zh"] == chinese


def test_row_names_its_numbers():
    row = told("{a} + {b}", "=", "2 * {c}", "firms", a="3.42万家", b="5家", c="约20家")
    numbers = {name: row[name] for name in ("left", "left_lower", "left_upper", "right", "right_lower", "right_upper")}  # fmt: skip
    assert numbers == {
        "left": 34_205, "left_lower": 34_155, "left_upper": 34_255, "right": 40, "right_lower": 30, "right_upper": 50,
    }  # fmt: skip
    assert (row["left_formula"], row["right_formula"]) == ("3.42万家 + 5家", "2 × 约20家")
    assert (row["check"], row["topic"], row["unit"]) == ("made_up", "stocks", "firms")
    assert (row["statement_en"], row["statement_zh"]) == ("It is", "如此")
    assert row["figures"] == ("a", "b", "c")


def test_meaning_and_note_come_last():
    note = ("Some count institutes.", "含院所。")
    row = told("{a}", "<=", "{b}", "firms", "share", note, a="1家", b="4家")
    assert row["explanation_en"].endswith(" The left side is 25.0% of the right. Some count institutes.")
    assert row["explanation_zh"].endswith("。左侧相当于右侧的25.0%。含院所。")


@pytest.mark.parametrize(
    ("left", "relation", "right"),
    [("{a} + {b}", ">=", "{c}"), ("{a} + {b}", "=", "{c} + {a}"), ("{c} - {b}", "=", "{a}")],
)
def test_slips_are_searched_only_in_the_sum_of_a_printed_total(left, relation, right):
    row = told(left, relation, right, "firms", a="1024家", b="2000家", c="3114家")
    assert (row["verdict"], row["failure"]) == ("inconsistent", "")


def test_several_fits_of_a_cell_and_several_cells():
    """1.26 + 1.2 = 3.36: either part may have lost its digit, or the total gained one."""
    row = told("{a} + {b}", "=", "{c}", "firms", a="1.2万家", b="1.26万家", c="3.36万家")
    assert row["explanation_en"].endswith(
        "explain it: 21,000 instead of 12,000 firms (1.2万家); or 21,600 instead of 12,600 firms (1.26万家)."
    )
    assert row["explanation_zh"].endswith("可以解释：“1.2万家”实为2.1万家；或“1.26万家”实为2.16万家。")
    row = told("{a} + {b}", "=", "{c}", "firms", a="1.2万家", b="3万家", c="3.36万家")
    assert "; or 1,000 or 2,000 instead of 12,000 firms (1.2万家); or 20,000 instead" in row["explanation_en"]
    assert "；或“1.2万家”实为1000家或2000家；或“3万家”实为2万家。" in row["explanation_zh"]


@pytest.mark.parametrize(
    ("side", "english", "chinese"),
    [
        ((3200, 3000, 3200), "The left side is 3,000 firms if the largest item includes all the others, 3,200 firms if none overlap.",
         "若最大一项包含其他各项，左侧为3000家；若互不重叠，为3200家。"),
        ((3200, 3000, math.inf), "The left side is at least 3,000 firms, more if not all overlap.",
         "左侧不少于3000家，未全部重叠时更多。"),
    ],
)  # fmt: skip
def test_overlap_is_told(side, english, chinese):
    assert _overlap(Bounds(*side), "firms") == english
    with speaking("zh"):
        assert _overlap(Bounds(*side), "firms") == chinese


@pytest.mark.parametrize(
    ("gap", "written"),
    [
        (655, 655), (1, 1), (4150, 4150), (9999, 9999), (10_000, 10_000), (10_001, 10_000), (12_345, 12_300),
        (129_999, 129_000), (655.5, 655), (65.55, 65.5), (0.1949, 0.194), (0.00123999, 0.00123), (16.6666, 16.6),
        (0.7 - 0.6, 0.1), (1.1 - 1, 0.1), (4.35 * 100, 435),
    ],
)  # fmt: skip
def test_gap_is_rounded_down(gap, written):
    """To three digits; a hair that binary arithmetic took or gave does not count."""
    assert _rounded_down(gap) == written


@given(st.floats(1e-3, 1e13))
def test_a_rounded_gap_is_never_more_than_the_gap(gap):
    kept = _rounded_down(gap)
    assert kept <= gap * (1 + 1e-8)
    assert kept > gap * (1 - 1 / 99)


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
    # at the edges
    ("exits", (50, 50, 50), (50, 50, 50), "firms", "The difference would mean exits of 0 firms."),
    ("exits", (50.5, 50.5, 50.5), (50, 50, 50), "CNY", "The difference would mean exits of 0.5 yuan."),
    ("exits_a_year", (56, 50, 56), (50, 50, 50), "firms",
     "The difference would mean exits of 0 to 6 firms. That is 0 to 2 firms a year."),
    ("multiple", (10, 10, 10), (15, 15, 15), "CNY",
     "The goal is 1.33 times the level of 2012, 5 yuan short of doubling."),
    ("multiple", (60, 60, 60), (60, 60, 60), "CNY", "The goal is 2 times the level of 2012."),
    ("multiple", (60, 60, 60), (60.5, 60.5, 60.5), "CNY",
     "The goal is 1.98 times the level of 2012, 0.5 yuan short of doubling."),
    ("growth", (10, 10, 10), (10, 10, 10), "CNY", "The rise is 0%."),
]  # fmt: skip


@pytest.mark.parametrize(("meaning", "left", "right", "unit", "text"), EXPLAINED)
def test_explanations_are_true_for_any_numbers_and_unit(meaning, left, right, unit, text):
    explain = _MEANINGS[meaning]
    assert explain(Bounds(*left), Bounds(*right), unit, Plan()) == text
    with speaking("zh"):
        assert not set("abcdefghijklmnopqrstuvwxyz") & set(
            explain(Bounds(*left), Bounds(*right), unit, Plan())
        )


EXPLAINED_IN_CHINESE = [
    ("exits", (60, 60, 60), (50, 48, 52), "差额意味着退出8～12家。"),
    ("exits", (50, 48, 52), (50, 50, 50), "差额至多可容退出2家。"),
    ("exits", (50, 50, 50), (60, 59, 61), "右侧多出9～11家，退出无法解释。"),
    ("exits_a_year", (60, 60, 60), (30, 30, 30), "差额意味着退出30家。平均每年退出10家。"),
    ("multiple", (30, 30, 30), (40, 40, 40), "目标为2012年的1.5倍，比翻番少10家。"),
    ("multiple", (50, 50, 50), (40, 40, 40), "目标为2012年的2.5倍。"),
    ("growth", (12, 12, 12), (10, 10, 10), "增幅为20%。"),
    ("growth", (9, 9, 9), (10, 10, 10), "变动幅度为−10%。"),
    ("growth", (12, 12, math.inf), (10, 10, 10), "增幅为20%及以上。"),
    ("share", (1, 1, 1), (4, 4, 5), "左侧相当于右侧的20.0%～25.0%。"),
]


@pytest.mark.parametrize(("meaning", "left", "right", "text"), EXPLAINED_IN_CHINESE)
def test_explanations_in_chinese(meaning, left, right, text):
    with speaking("zh"):
        assert _MEANINGS[meaning](Bounds(*left), Bounds(*right), "firms", Plan()) == text


def test_notes_of_the_table_end_the_explanation():
    checked = check_consistency()
    noted = [check for check in declared_checks() if check.note[0]]
    assert noted
    for check in noted:
        assert checked.explanation_en[check.name].endswith(f" {check.note[0]}")
        assert checked.explanation_zh[check.name].endswith(check.note[1])


def test_explanations_take_the_years_of_their_plan():
    checked = check_consistency(PLANS / "successor_2016")
    assert "the level of 2015" in checked.explanation_en["smes_doubled"]


def test_mistyped_digits_are_told_in_one_language(checked):
    row = checked.loc["stock_2012_q3"]
    assert "could explain it: 21,060 instead of 21,760 firms (2.176万家)." in row.explanation_en
    assert "“2.176万家”实为2.106万家。" in row.explanation_zh


def test_goals_of_several_documents_are_told_apart_by_title():
    checked = check_consistency(RAW.parent / "plans" / "first_2011").loc["repeated.technology_smes.1"]
    assert "“Supporting technology SMEs: Tianjin has more than" in checked.statement_en
    assert "》与《天津市科技小巨人发展三年" in checked.statement_zh


def test_goals_of_one_document_are_told_apart_by_place():
    checked = check_consistency()
    row = checked.loc["repeated.killer_products.1"]
    (first, second) = (FIGURES.loc[name] for name in row.figures)
    assert first.source == second.source
    assert row.statement_en == f"{first.label_en}: {place(first.locator)} and {place(second.locator)} agree"
    with speaking("zh"):
        places = f"{place(first.locator)}与{place(second.locator)}"
    assert row.statement_zh == f"{first.label_zh}：{places}一致"


def test_repeated_goals_stand_in_the_order_of_the_plan():
    checked = check_consistency()
    targets = FIGURES[FIGURES["table"].isin(("targets", "measures"))]
    order = list(dict.fromkeys(targets.indicator))
    repeated = [name.split(".")[1] for name in checked.index if name.startswith("repeated.")]
    assert repeated == sorted(repeated, key=order.index)
    assert repeated != sorted(repeated)


def test_titles_are_those_of_the_folder(tmp_path):
    folder = shutil.copytree(PLANS / "first_2011", tmp_path / "plan")
    path = folder / "sources.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Supporting technology SMEs", "Backing technology SMEs"), encoding="utf-8")
    row = check_consistency(folder).loc["repeated.technology_smes.1"]
    assert "“Backing technology SMEs" in row.statement_en


def test_topics_of_a_plan_are_those_of_its_checks():
    assert set(check_consistency(RAW.parent / "plans" / "successor_2016").topic) == {
        "stocks", "totals", "doubling", "additions", "money"}  # fmt: skip


def test_gaps_are_short_and_never_overstated(checked):
    written = {
        "revenue_per_firm_since_2010": "至少相差0.845倍",
        "patents_of_the_city": "至少相差1.22万件",
        "giants_share": "至少相差0.194个百分点",
        "loans_a_year": "至少相差166亿元",
        "stock_2012_q3": "至少相差655家",
    }
    for name, text in written.items():
        assert text in checked.explanation_zh[name]


def test_explanations_keep_to_their_language(checked):
    assert not checked.explanation_zh.str.contains("firms|yuan|The|ranges").any()
    assert not checked.explanation_en.str.contains("四舍五入|两者|区间").any()
    assert checked.statement_zh.str.contains("[一-龥]").all()


def test_failing_sums_are_named(checked):
    failing = checked[(checked.verdict == "inconsistent") & checked.left_formula.str.contains(r"\+")]
    assert checked.failure["new_firms_and_goal"] == "unexplained"
    assert checked.failure["giants_2014"] == "one-digit slip"
    assert set(failing[failing.relation == "="].failure) <= {"unexplained", "one-digit slip", ""}


def test_body_and_annex_agree_wherever_both_print(checked):
    repeated = checked[checked.topic == "repeated"]
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


SIDES = st.lists(st.integers(-50, 50), min_size=3, max_size=3).map(
    lambda ends: Bounds(sorted(ends)[1], sorted(ends)[0], sorted(ends)[2])
)


@given(SIDES, SIDES)
def test_judge_agrees_with_every_pair_of_points(left, right):
    """Whole numbers within the bounds, tried one by one: what may hold, must hold, or cannot."""
    pairs = [
        (one, other)
        for one in range(left.lower, left.upper + 1)
        for other in range(right.lower, right.upper + 1)
    ]
    for relation, holds in (("=", float.__eq__), (">=", float.__ge__), ("<=", float.__le__)):
        found = {holds(float(one), float(other)) for one, other in pairs}
        verdict = {frozenset([True]): "consistent", frozenset([False]): "inconsistent"}.get(
            frozenset(found), "consistent" if relation == "=" else "undecidable"
        )
        assert judge(left, relation, right) == verdict
    assert judge(left, "=", right) == judge(right, "=", left)
    assert judge(left, ">=", right) == judge(right, "<=", left)


@given(SIDES, SIDES)
def test_judge_of_an_open_side(left, right):
    """What has no upper end cannot settle an equality, and is never too small."""
    open_ = left._replace(upper=math.inf)
    assert judge(open_, "=", right) == ("inconsistent" if right.upper < left.lower else "undecidable")
    assert judge(open_, ">=", right) == ("consistent" if left.lower >= right.upper else "undecidable")
    assert judge(open_, "<=", right) == ("inconsistent" if right.upper < left.lower else "undecidable")


def test_judge_takes_arrays():
    left = Bounds(np.array([1, 5]), np.array([1, 5]), np.array([2, 6]))
    assert judge(left, "=", Bounds(5, 5, 5)).tolist() == ["inconsistent", "consistent"]


def test_annex_readings_by_hand():
    readings = annex_readings()
    assert readings.total.tolist() == [11_400, 8400, 7400, 4000, 6700, 6300, 6000, 12_000]
    assert readings.coverage.tolist() == pytest.approx([1.14, 0.84, 0.74, 0.4, 6.7 / 12, 6.3 / 12, 0.5, 1.5])
    assert set(readings.unit) == {"firms"}
    assert readings.goal.tolist() == [10_000] * 4 + [12_000] * 3 + [8000]
    assert readings.lever.tolist() == ["founded"] * 4 + ["attracted"] * 3 + ["upgraded"]
    assert readings.formula[0] == "2000家 + 200家 + 200家 + 3000家 + 4000家 + 2000家"
    assert readings.reading_en[0] == "Every measure counts different firms"
    assert readings.reading_zh[0] == "各项指标互不重叠"
    columns = ["lever", "reading_en", "reading_zh", "formula", "total", "goal", "unit", "coverage"]
    assert readings.columns.tolist() == columns


def test_plan_without_readings_has_an_empty_table():
    readings = annex_readings(PLANS / "successor_2016")
    assert readings.empty
    assert "coverage" in readings.columns


def change(path, old, new):
    """Replace what stands in a table exactly once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_readings_are_those_of_the_folder(raw_copy):
    change(
        raw_copy / "readings.csv",
        "founded.1,founded,Every measure counts different firms",
        "founded.1,founded,None overlap",
    )
    change(
        raw_copy / "measures.csv",
        "founded_by_researchers,tianjin,2012,2015,2000家",
        "founded_by_researchers,tianjin,2012,2015,3000家",
    )
    change(
        raw_copy / "targets.csv",
        "technology_smes_founded,tianjin,2012,2015,1万家",
        "technology_smes_founded,tianjin,2012,2015,2万家",
    )
    first = annex_readings(raw_copy).iloc[0]
    assert (first.reading_en, first.total, first.goal) == ("None overlap", 12_400, 20_000)
    assert first.coverage == 0.62


def of_areas(*areas, figures=FIGURES):
    """Fixture: the plan's own figures for several areas."""
    return pd.concat([figures[["value", "lower", "upper"]].assign(area=area) for area in areas])


def test_areas_at_once_are_the_plan_itself_where_their_figures_are(checked):
    """Two areas, rows in any order: the same sides and verdicts as the plan."""
    shuffled = of_areas("a", "b").sample(frac=1, random_state=2013)
    both = check_consistency(figures=shuffled)
    assert len(both) == 2 * len(checked)
    for area in ("a", "b"):
        own = both[both.area == area].drop(columns="area")
        # A power of an array may differ from that of a number in the last bit.
        pd.testing.assert_frame_equal(own, checked[own.columns], rtol=1e-14)


def test_areas_are_told_apart():
    figures = of_areas("as printed", "doubled")
    goal = (figures.area == "doubled") & (figures.index == "targets.little_giants.2015")
    figures.loc[goal, ["value", "lower", "upper"]] = 3558.0
    verdict = check_consistency(figures=figures).set_index("area", append=True).verdict
    assert verdict.loc["giants_doubled"].to_dict() == {"as printed": "inconsistent", "doubled": "consistent"}
    others = verdict.unstack("area").drop(index="giants_doubled")  # noqa: PD010
    changed = others[others["as printed"] != others["doubled"]].index
    named = [check.name for check in CHECKS if "targets.little_giants.2015" in check.figures]
    assert set(changed) <= {*named, *(name for name in others.index if name.startswith("repeated."))}


def test_an_area_that_lacks_a_figure_has_no_verdict():
    figures = of_areas("whole", "lacking")
    gone = (figures.area == "lacking") & (figures.index == "review.little_giants.2012")
    empty = figures.assign(value=figures["value"].mask(gone), lower=figures["lower"].mask(gone))
    for lacking in (figures[~gone], empty):
        held = check_consistency(figures=lacking).set_index("area", append=True)
        row = held.loc[("giants_doubled", "lacking")]
        assert pd.isna(row.verdict)
        assert pd.isna(row.right)
        assert row.left == 3000
        assert held.loc[("giants_doubled", "whole"), "verdict"] == "inconsistent"


def test_checks_whose_figures_no_area_has_are_left_out():
    names = ["review.little_giants.2012", "targets.little_giants.2015"]
    held = check_consistency(figures=of_areas("a", figures=FIGURES.loc[names]))
    assert held.index.tolist() == ["giants_doubled"]


def test_numbers_without_bounds_are_exact():
    names = ["review.little_giants.2012", "targets.little_giants.2015"]
    figures = pd.DataFrame({"area": "a", "value": [50, 100]}, index=names)
    row = check_consistency(figures=figures).loc["giants_doubled"]
    assert (row.left_lower, row.left, row.left_upper) == (100, 100, 100)
    assert row.verdict == "consistent"


def test_every_fault_of_the_areas_figures_is_told():
    names = ["review.little_giants.2012", "targets.little_giants.2015"]
    figures = pd.DataFrame(
        {
            "area": ["a", "a", "b", "b", "c", "c"],
            "value": [50, "many", 50, 100, 50, np.inf],
            "lower": [50, 1, 51, 100, 50, 1],
            "upper": [50, 1, 52, 100, 50, 1],
        },
        index=[*names, names[0], names[0], "nonsense", names[1]],
    )
    with pytest.raises(DataError) as caught:
        check_consistency(figures=figures)
    assert [(problem.place, problem.value, problem.reason) for problem in caught.value.problems] == [
        ("targets.little_giants.2015 of a", "many", "is not a finite number"),
        ("review.little_giants.2012 of b", "50", "is not within its bounds"),
        ("review.little_giants.2012 of b", "100", "stands there twice"),
        ("nonsense of c", "50", "is no figure of the plan"),
        ("targets.little_giants.2015 of c", "inf", "is not a finite number"),
    ]


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        (of_areas("a").drop(columns="area"), "has no column area"),
        (of_areas("a").drop(columns="value"), "has no column value"),
        (of_areas("a").drop(columns="upper"), "has no column upper"),
        (of_areas("a").loc[["review.little_giants.2012"]], "together hold no check's figures"),
    ],
)
def test_frames_that_hold_no_figures_of_areas_are_refused(figures, reason):
    with pytest.raises(DataError, match=reason):
        check_consistency(figures=figures)


def test_all_areas_are_computed_at_once(monkeypatch, checked):
    """As many evaluations for 300 areas as for one: a loop over areas would be 300 times as many."""
    calls = []
    monkeypatch.setattr(checks, "evaluate", lambda *given: calls.append(1) or evaluate(*given))
    check_consistency(figures=of_areas(*map(str, range(300))))
    assert len(calls) == len(checked)
