"""What the review implies, re-derived from the prints with exact fractions."""

import math
from fractions import Fraction as F

import pytest

from xjranalysis.resources import RAW
from xjranalysis.review import changes, implied_totals, ratios, reviewed

PLANS = RAW.parent / "plans"


def test_start_of_the_stocks():
    """2010 = 2012 less the increase, and its bounds."""
    frame = changes()
    assert frame.loc["technology_smes", ["start", "start_lower", "start_upper"]].tolist() == [
        12_500,
        12_400,
        12_600,
    ]
    assert frame.loc["little_giants", ["start", "start_lower", "start_upper"]].tolist() == [726] * 3


def test_multiples():
    """Bounds of the multiple use the same end value above and below the line."""
    smes = changes().loc["technology_smes"]
    assert smes.multiple == pytest.approx(float(F(34_200, 12_500)))
    corners = [F(end) / (end - rise) for end in (34_150, 34_250) for rise in (21_650, 21_750)]
    assert smes.multiple_lower == pytest.approx(float(min(corners)))
    assert smes.multiple_upper == pytest.approx(float(max(corners)))
    assert changes().multiple["little_giants"] == pytest.approx(float(F(1779, 726)))


def test_revenue_goes_back_at_the_printed_rate():
    revenue = changes().loc["revenue"]
    assert revenue.start == pytest.approx(float(F(9164) / F("1.368") ** 2) * 1e8)
    assert revenue.start_lower == pytest.approx(float(F("9163.5") / F("1.3685") ** 2) * 1e8)
    assert revenue.growth == pytest.approx(0.368)
    assert (revenue.growth_lower, revenue.growth_upper) == pytest.approx((0.3675, 0.3685))


def test_bounds_contain_the_value():
    frame = changes()
    for name in ("start", "end", "multiple", "growth", "doubling_time"):
        assert (frame[f"{name}_lower"] <= frame[name] + 1e-12).all()
        assert (frame[name] <= frame[f"{name}_upper"] + 1e-12).all()


@pytest.mark.parametrize(
    ("name", "part", "share", "half_part", "half_share"),
    [
        ("technology_smes_share", 34_200, "0.16", 50, "0.005"),
        ("industrial_output_share", 8579 * 10**8, "0.343", 5 * 10**7, "0.0005"),
        ("patents_share_of_enterprises", 21_370, "0.785", 0, "0.0005"),
        ("patents_share", 21_370, "0.534", 0, "0.0005"),
        ("employment_share", 1_618_000, "0.212", 500, "0.0005"),
        ("taxes_share", 241 * 10**8, "0.239", 5 * 10**7, "0.0005"),
        ("technology_smes_share.2010", 12_500, "0.09", 100, "0.005"),
    ],
)
def test_totals(name, part, share, half_part, half_share):
    total = implied_totals().loc[name]
    assert total.value == pytest.approx(float(part / F(share)))
    assert total.lower == pytest.approx(float((part - half_part) / (F(share) + F(half_share))))
    assert total.upper == pytest.approx(float((part + half_part) / (F(share) - F(half_share))))


def test_totals_say_what_they_come_from():
    totals = implied_totals()
    assert totals.loc["employment_share", ["part", "share", "unit"]].tolist() == [
        "161.8万人",
        "21.2%",
        "persons",
    ]
    assert totals.unit["technology_smes_share.2010"] == "firms"


def test_ratios():
    frame = ratios()
    assert frame.value["revenue/technology_smes"] == pytest.approx(9.164e11 / 34_200)
    assert frame.lower["employment/technology_smes"] == pytest.approx(1_617_500 / 34_250)
    assert frame.upper["taxes_paid/employment"] == pytest.approx(2.415e10 / 1_617_500)


def test_reviewed_is_of_the_years_end_and_without_goals():
    figures = reviewed(2015, PLANS / "successor_2016")
    assert figures.printed["technology_smes"] == "7.18万家"
    assert "private_share" not in figures.index
    assert reviewed(None).empty


def test_a_printed_part_is_named():
    totals = implied_totals(PLANS / "successor_2016")
    assert totals.part.to_dict() == {"technology_smes_share.2012": "3.42万家"}
    assert implied_totals().part["technology_smes_share.2010"] == ""


def test_frames_without_rows_hold_numbers():
    """So that a chapter can compute with them."""
    for frame in (changes, implied_totals, ratios):
        empty = frame(PLANS / "first_2011")
        assert empty.empty
        assert list(empty.select_dtypes("float")) == list(frame().select_dtypes("float"))


def damaged(folder, old, new):
    path = folder / "review.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return changes(folder)


def test_what_fell_never_doubles(raw_copy):
    share = damaged(raw_copy, ",2010,9%,", ",2010,20%,").loc["technology_smes_share"]
    assert share.growth < 0
    assert (share.doubling_time, share.doubling_time_lower, share.doubling_time_upper) == (math.inf,) * 3


def test_an_end_without_upper_bound_leaves_growth_open(raw_copy):
    share = damaged(raw_copy, ",2012,16%,", ",2012,16%以上,").loc["technology_smes_share"]
    assert (share.growth_upper, share.doubling_time_lower) == (math.inf, 0)
    assert share.growth_lower == pytest.approx((16 / 9.5) ** 0.5 - 1)
