"""What the review implies, re-derived from the prints with exact fractions."""

from fractions import Fraction as F

import pytest

from xjranalysis import load_review
from xjranalysis.review import changes, implied_totals, ratios


@pytest.fixture(scope="module")
def review():
    return load_review()


def test_start_of_the_stocks(review):
    """2010 = 2012 less the increase, and its bounds."""
    frame = changes(review)
    assert frame.loc["technology_smes", ["start", "start_lower", "start_upper"]].tolist() == [
        12_500,
        12_400,
        12_600,
    ]
    assert frame.loc["little_giants", ["start", "start_lower", "start_upper"]].tolist() == [726] * 3


def test_multiples(review):
    """Bounds of the multiple use the same end value above and below the line."""
    smes = changes(review).loc["technology_smes"]
    assert smes.multiple == pytest.approx(float(F(34_200, 12_500)))
    corners = [F(end) / (end - rise) for end in (34_150, 34_250) for rise in (21_650, 21_750)]
    assert smes.multiple_lower == pytest.approx(float(min(corners)))
    assert smes.multiple_upper == pytest.approx(float(max(corners)))
    assert changes(review).multiple["little_giants"] == pytest.approx(float(F(1779, 726)))


def test_revenue_goes_back_at_the_printed_rate(review):
    revenue = changes(review).loc["revenue"]
    assert revenue.start == pytest.approx(float(F(9164) / F("1.368") ** 2) * 1e8)
    assert revenue.start_lower == pytest.approx(float(F("9163.5") / F("1.3685") ** 2) * 1e8)
    assert revenue.growth == pytest.approx(0.368)
    assert (revenue.growth_lower, revenue.growth_upper) == pytest.approx((0.3675, 0.3685))


def test_bounds_contain_the_value(review):
    frame = changes(review)
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
def test_totals(review, name, part, share, half_part, half_share):
    total = implied_totals(review).loc[name]
    assert total.value == pytest.approx(float(part / F(share)))
    assert total.lower == pytest.approx(float((part - half_part) / (F(share) + F(half_share))))
    assert total.upper == pytest.approx(float((part + half_part) / (F(share) - F(half_share))))


def test_totals_say_what_they_come_from(review):
    totals = implied_totals(review)
    assert totals.loc["employment_share", ["part", "share", "unit"]].tolist() == [
        "161.8万人",
        "21.2%",
        "persons",
    ]
    assert totals.unit["technology_smes_share.2010"] == "firms"


def test_ratios(review):
    frame = ratios(review)
    assert frame.value["revenue/technology_smes"] == pytest.approx(9.164e11 / 34_200)
    assert frame.lower["employment/technology_smes"] == pytest.approx(1_617_500 / 34_250)
    assert frame.upper["taxes_paid/employment"] == pytest.approx(2.415e10 / 1_617_500)
