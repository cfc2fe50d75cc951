"""The estimate of Annex 1, what is computed from a district table, the blank form, and the commands."""

from __future__ import annotations

import io
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import nbformat
import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import NAMES, SMES, expected, held, number, save, simple

import xjranalysis as xjr
from xjranalysis import DataError, ModelError, charts
from xjranalysis.cli import main
from xjranalysis.display import district_table, speaking
from xjranalysis.districts import (
    COLUMNS,
    INDICATORS,
    basis_of,
    ends,
    find_workbook,
    has_forecast,
    heads,
    tidy,
)
from xjranalysis.estimate import SHARES, largest_shares, with_start
from xjranalysis.export import frames, write_frames
from xjranalysis.form import SHEET, form_bytes, write_form
from xjranalysis.resources import ROOT


@pytest.fixture(scope="module")
def estimate():
    return xjr.estimate_districts()


@pytest.fixture(scope="module")
def readings():
    return xjr.district_readings()


# ------------------------------------------------------------ raking and whole numbers


@given(
    st.lists(st.floats(0.01, 100), min_size=4, max_size=40),
    st.integers(1, 10**6),
    st.floats(0.05, 0.9),
)
def test_raking_meets_its_margins_and_keeps_ratios(seed, total, share):
    """One city total and one published cell: both hold, and the others keep their proportions."""
    groups = [([0] * len(seed), [total]), ([0, *[-1] * (len(seed) - 1)], [share * total])]
    raked = xjr.rake(seed, groups)
    assert raked.values.sum() == pytest.approx(total)
    assert raked.values[0] == pytest.approx(share * total)
    assert raked.values[1:] / raked.values[1] == pytest.approx(np.array(seed[1:]) / seed[1])
    assert raked.gap <= 1e-12


def test_raking_of_a_table_with_two_margins():
    """The result of a worked two-way table: margins hold, odds ratios stay."""
    seed = np.array([[40.0, 30, 20], [35, 50, 100], [30, 80, 70]])
    rows, columns = np.indices(seed.shape)
    raked = xjr.rake(seed.ravel(), [(rows.ravel(), [150, 300, 250]), (columns.ravel(), [200, 300, 200])])
    table = raked.values.reshape(seed.shape)
    assert table.sum(axis=0) == pytest.approx([200, 300, 200])
    assert table.sum(axis=1) == pytest.approx([150, 300, 250])
    assert table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0]) == pytest.approx(40 * 50 / (30 * 35))


@pytest.mark.parametrize(
    ("seed", "margins", "reason"),
    [
        ([1, -1], [([0, 0], [1])], "a seed of -1"),
        ([1, float("nan")], [([0, 0], [1])], "a seed of nan"),
        ([1, 1], [([0, 0], [-1])], "a total of -1"),
        ([0, 0], [([0, 0], [1])], "all 0 has a total"),
        ([1, 1], [([0, 0, 0], [1])], "does not give one group"),
        ([1, 1], [([0, 1], [1])], "does not give one group"),
        ([1, 1], [([0, 0], [10]), ([0, 0], [11])], "contradict each other"),
    ],
)
def test_raking_refuses(seed, margins, reason):
    with pytest.raises(ModelError, match=reason):
        xjr.rake(seed, margins)


@given(st.lists(st.fractions(0, 1000), min_size=1, max_size=60), st.integers(0, 10**6))
def test_largest_remainder_keeps_sum_and_quota(shares, total):
    """Whole numbers that sum to the total, each the quota rounded down or up."""
    if not sum(shares):
        return
    whole = xjr.largest_remainder([float(share) for share in shares], total)
    assert whole.sum() == total
    for count, share in zip(whole, shares, strict=True):
        assert abs(Fraction(int(count)) - share * total / sum(shares)) < 1 + Fraction(1, 10**5)


@given(
    st.lists(st.floats(0, 100).map(lambda cell: cell if cell > 0.01 else 0.0), min_size=3, max_size=20),
    st.integers(1, 10**6),
    st.randoms(use_true_random=False),
)
def test_raking_keeps_zeros_and_takes_cells_in_any_order(seed, total, random):
    seed = [*seed, 1.0]
    places = list(range(len(seed)))
    random.shuffle(places)
    raked = xjr.rake(seed, [([0] * len(seed), [total])]).values
    shuffled = xjr.rake([seed[place] for place in places], [([0] * len(seed), [total])]).values
    assert shuffled == pytest.approx(raked[places])
    assert all((cell == 0) == (start == 0) for cell, start in zip(raked, seed, strict=True))


@given(
    st.lists(st.lists(st.floats(0.1, 10), min_size=3, max_size=3), min_size=2, max_size=4),
    st.lists(st.floats(0.1, 10), min_size=2, max_size=2),
)
def test_raking_takes_margins_in_any_order(rows, factors):
    """Rows and columns of a table that is a multiple of the seed: what results is the same either way."""
    seed = np.array(rows)
    row, column = np.indices(seed.shape)
    goal = seed * np.resize(factors, (len(seed), 1))
    margins = [(row.ravel(), goal.sum(axis=1)), (column.ravel(), goal.sum(axis=0))]
    one, other = (xjr.rake(seed.ravel(), order, 1e-10).values for order in (margins, margins[::-1]))
    assert one == pytest.approx(other, rel=1e-6)
    assert one.reshape(seed.shape).sum(axis=0) == pytest.approx(goal.sum(axis=0))


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=40), st.integers(0, 10**5))
def test_largest_remainder_never_puts_the_smaller_first(shares, total):
    """Who has the larger share gets no fewer, and of equal shares the earlier at most one more."""
    if not sum(shares):
        return
    whole = xjr.largest_remainder(shares, total)
    order = sorted(range(len(shares)), key=lambda place: (-shares[place], place))
    given_out = whole[order]
    assert (np.diff(given_out) <= 0).all()


def test_largest_remainder_prefers_the_earlier_of_equals():
    assert xjr.largest_remainder([1, 1, 1], 5).tolist() == [2, 2, 1]
    assert xjr.largest_remainder([0, 0], 0).tolist() == [0, 0]


@pytest.mark.parametrize(("shares", "total"), [([1, -1], 3), ([1, 2], 2.5), ([1, 2], -1), ([0, 0], 1)])
def test_largest_remainder_refuses(shares, total):
    with pytest.raises(ModelError):
        xjr.largest_remainder(shares, total)


# ------------------------------------------------------------ estimate


def test_estimate_sums_to_the_city_exactly(estimate, readings):
    totals = {
        (SMES, 2012): 34_200,
        (SMES, 2015): 60_000,
        ("little_giants", 2012): 1779,
        ("little_giants", 2015): 3000,
    }
    sums = estimate.groupby(["indicator", "year"]).value.sum()
    assert {key: int(sums[key]) for key in totals} == totals
    assert (estimate.value % 1 == 0).all()
    keys = ["indicator", "year"]
    assert len(readings.groupby(["weights", "share"])) == 6
    assert readings.groupby(keys).value.sum().div(6).astype(int).equals(sums.astype(int))


def test_published_figures_are_kept(estimate):
    kept = estimate[estimate.locator != ""].set_index(["area", "indicator", "year"])
    assert kept.value.astype(int).to_dict() == {
        ("beichen", SMES, 2012): 2280, ("binhai", SMES, 2012): 11_049, ("beichen", SMES, 2015): 4400,
        ("beichen", "little_giants", 2012): 215, ("binhai", "little_giants", 2012): 526,
        ("beichen", "little_giants", 2015): 300,
    }  # fmt: skip
    for figure, row in kept.set_index("locator").iterrows():
        printed = xjr.info(figure)
        assert (row.value, row.lower, row.upper) == (printed["value"], printed["lower"], printed["upper"])


def test_every_row_says_estimated_and_lies_in_its_band(estimate):
    assert len(estimate) == 16 * 2 * 4
    assert set(estimate.basis) == {"estimated"}
    assert ((estimate.lower <= estimate.value) & (estimate.value <= estimate.upper)).all()
    assert not estimate.isna().any().any()


def test_band_spans_all_readings(estimate, readings):
    free = estimate[estimate.locator == ""].set_index(["area", "indicator", "year"])
    found = readings.groupby(["area", "indicator", "year"]).value.agg(["min", "max"]).loc[free.index]
    assert (free.lower == np.minimum(found["min"], free.value)).all()
    upper = np.maximum(found["max"], free.value)
    ahead_of_an_open_goal = free.index.get_level_values("area") == "beichen"
    assert (free.upper == upper.mask(ahead_of_an_open_goal, np.inf)).all()


def test_centre_recomputed_from_the_prints(estimate):
    """Exact arithmetic by hand for a district that nothing was published of: 和平区, 2012."""
    facts = xjr.load_district_facts().value
    people, firms = (
        {area: facts[f"districts.{area}.{name}"] for area in NAMES}
        for name in ("population_census.2010", "smes_national_list.2022-05")
    )
    free = [area for area in NAMES if area not in ("binhai", "beichen")]
    left = 34_200 - 11_049 - 2280
    tables = [
        {area: left * weights[area] / sum(weights[a] for a in free) for area in free}
        for weights in (people, firms)
    ]
    means = {area: (tables[0][area] * tables[1][area]) ** 0.5 for area in free}
    exact = left * means["heping"] / sum(means.values())
    row = estimate[(estimate.area == "heping") & (estimate.indicator == SMES) & (estimate.year == 2012)].iloc[
        0
    ]
    assert abs(row.value - exact) < 1
    assert [row.lower, row.upper] == pytest.approx(sorted(table["heping"] for table in tables), abs=1)


def test_raking_reports_its_convergence(estimate):
    assert 1 < estimate.attrs["raking"]["passes"] < 200
    assert estimate.attrs["raking"]["gap"] <= 1e-12


def test_shares_of_the_largest_district():
    """Stock of August 2012 less the new firms of the year; see METHODS in the docstring."""
    shares = largest_shares()
    assert shares.loc["end of 2011", SMES] == pytest.approx((10_076 - 3414) / 21_760)
    assert shares.loc["increase of 2012", "little_giants"] == pytest.approx((526 - 255) / (1779 - 1063))
    assert tuple(shares.index) == SHARES


def test_held_out_check_is_scaled_to_the_actual_city(estimate):
    checked = xjr.against_published(estimate)
    row = checked.loc["districts.dongli.technology_smes.2015"]
    own = estimate[
        (estimate.area == "dongli") & (estimate.indicator == SMES) & (estimate.year == 2015)
    ].value.iloc[0]
    assert row.scaled == pytest.approx(own * 71_800 / 60_000)
    assert row.pct_error == pytest.approx(100 * (row.scaled / 6025 - 1))
    assert not row.kept
    assert set(checked[~checked.kept].area) == {"binhai", "dongli", "jixian"}
    assert checked[checked.kept].error.eq(0).all()
    assert checked.inside["districts.jixian.technology_smes.2015"] is pd.NA  # 突破1500家 confirms nothing
    assert not checked.inside["districts.dongli.technology_smes.2015"]


def test_estimate_without_its_figures_is_refused(raw_copy):
    path = raw_copy / "district_facts.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    for missing in ("population_census.2010", "binhai.technology_smes.2012,"):
        kept = [
            line
            for line in lines
            if f"districts.hexi.{missing}" not in line and f"districts.{missing}" not in line
        ]
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")
        with pytest.raises(ModelError, match=r"population_census for hexi|no figure districts\.binhai"):
            xjr.load_district_forecast(folder=raw_copy)


def table(areas, basis="official", locator=""):
    """District table by hand: for each area its numbers of 2012 and 2015, each alone or with its bounds."""
    rows = [
        (
            area,
            f"{area}区",
            area.upper(),
            SMES,
            year,
            *((cell,) * 3 if np.isscalar(cell) else cell),
            basis,
            locator,
        )
        for area, cells in areas.items()
        for year, cell in zip((2012, 2015), cells, strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(("value", "lower", "upper"), float))


def test_growth_by_hand():
    growth = xjr.district_growth(
        table(
            {
                "a": ((100, 90, 110), (800, 780, 820)),
                "b": (50, 100),  # just doubled
                "c": ((50, 50, 50), (100, 99, 100)),  # perhaps
                "d": (50, 99),
                "e": (0, 7),
                "f": (1, 8),
            }
        )
    ).droplevel("indicator")
    assert growth.columns.tolist() == [
        "start_year", "end_year", "start", "end", "multiple", "multiple_lower", "multiple_upper",
        "growth", "growth_lower", "growth_upper", "doubles",
    ]  # fmt: skip
    a = growth.loc["a"]
    assert (a.start_year, a.end_year, a.start, a.end) == (2012, 2015, 100, 800)
    assert (a.multiple, a.multiple_lower, a.multiple_upper) == (8, 780 / 110, 820 / 90)
    assert (a.growth, growth.growth["f"]) == pytest.approx((1, 1))
    assert growth.loc["f", ["multiple", "multiple_lower", "multiple_upper"]].tolist() == [8, 8, 8]
    assert (1 + a.growth_lower) ** 3 == pytest.approx(780 / 110)
    assert growth.loc["e", ["multiple", "multiple_lower", "multiple_upper", "growth"]].isna().all()
    assert growth.doubles.drop("e").tolist() == [True, True, pd.NA, False, True]
    assert growth.doubles.dtype == "boolean"


def test_growth_of_an_estimate_is_bounded_by_its_readings(estimate, readings):
    found = xjr.district_growth(estimate, readings)
    wide = readings.set_index(["area", "indicator", "weights", "share", "year"]).value.unstack()  # noqa: PD010
    multiples = (wide[2015] / wide[2012]).groupby(["area", "indicator"]).agg(["min", "max"]).loc[found.index]
    own = found.multiple
    assert (found.multiple_lower == np.minimum(multiples["min"], own)).all()
    finite = np.isfinite(found.multiple_upper)
    assert (found.multiple_upper == np.maximum(multiples["max"], own))[finite].all()
    assert finite.sum() == 30  # all but the two ends of Beichen that are open upwards


def test_additions_by_hand():
    """Bounds: from the upper end of the start to the lower end of the last year, and the other way round."""
    forecast = table({"a": ((100, 95, 105), (160, 150, 170)), "b": ((50, 48, 52), (50, 45, 55))})
    added = xjr.district_additions(forecast, 90)
    assert added.columns.tolist() == ["net", "added", "added_lower", "added_upper", "share", "exit_rate"]
    assert added.net.tolist() == [60, 0]
    assert added.added.sum() == pytest.approx(90)
    assert added.share.tolist() == pytest.approx([added.added["a"] / 90, added.added["b"] / 90])
    rate = added.exit_rate["a"]
    assert 0 < rate < 1
    for area, column, start, end in (
        ("a", "added", 100, 160), ("a", "added_lower", 105, 150), ("a", "added_upper", 95, 170),
        ("b", "added", 50, 50), ("b", "added_lower", 52, 45), ("b", "added_upper", 48, 55),
    ):  # fmt: skip
        stock = start
        for _ in range(3):
            stock = stock * (1 - rate) + added.loc[area, column] / 3
        assert stock == pytest.approx(end)


def test_additions_of_an_estimate_are_bounded_by_its_readings(estimate, readings):
    """The basis of the technology SMEs decides, not that of the little giants."""
    mixed = estimate.assign(basis=np.where(estimate.indicator == SMES, "estimated", "official"))
    added = xjr.district_additions(mixed, 30_000, readings)
    others = [
        xjr.district_additions(reading.assign(lower=0.0, upper=0.0), 30_000).added
        for _, reading in readings.groupby(["weights", "share"])
    ]
    spread = pd.concat([added.added, *others], axis=1)
    assert added.added_lower.tolist() == pytest.approx(spread.min(axis=1).tolist())
    finite = np.isfinite(added.added_upper)
    assert added.added_upper[finite].tolist() == pytest.approx(spread.max(axis=1)[finite].tolist())
    assert finite.sum() == 15


@pytest.mark.parametrize("year", [2012, 2015])
def test_additions_need_both_years(year):
    forecast = table({"a": (100, 160), "b": (50, 50)})
    holed = forecast.assign(value=forecast.value.mask((forecast.area == "b") & (forecast.year == year)))
    with pytest.raises(ModelError) as refused:
        xjr.district_additions(holed, 90)
    assert str(refused.value) == "district_additions: a number of technology SMEs is missing"


def test_concentration_by_hand():
    spread = xjr.concentration(table({"a": ((30, 20, 40), 50), "b": ((70, 60, 80), 50)})).loc[SMES]
    assert set(spread.columns) == {
        "largest", "share", "share_lower", "share_upper", "herfindahl", "herfindahl_lower", "herfindahl_upper",
    }  # fmt: skip
    first = spread.loc[2012]
    assert first.largest == "b"
    assert (first["share"], first.share_lower, first.share_upper) == pytest.approx((0.7, 0.6, 0.8))
    assert (first.herfindahl, first.herfindahl_lower, first.herfindahl_upper) == pytest.approx(
        (0.58, 0.52, 0.68)
    )
    assert spread.loc[2015, ["share", "share_lower", "share_upper", "herfindahl"]].tolist() == [0.5] * 4


@pytest.mark.parametrize("values", [(100, 60, 20, 12), (12, 100, 20, 60), (50, 50, 20)])
def test_concentration_bounds_are_those_of_all_corners(values):
    """Every district at one or the other end of its bounds: no corner is left out; ties among the largest too."""
    spread = xjr.concentration(
        table({f"d{place}": ((value, value - 1, value + 1), 1) for place, value in enumerate(values)})
    ).loc[(SMES, 2012)]
    corners = [
        np.array(corner) / sum(corner)
        for corner in itertools.product(*((value - 1, value + 1) for value in values))
    ]
    shares, indexes = [corner.max() for corner in corners], [(corner**2).sum() for corner in corners]
    assert (spread.share_lower, spread.share_upper) == pytest.approx((min(shares), max(shares)))
    assert (spread.herfindahl_lower, spread.herfindahl_upper) == pytest.approx((min(indexes), max(indexes)))


def what_if_table():
    kept = table({"a": (80, 100)}, "estimated", "districts.a")
    return pd.concat(
        [kept, table({"b": (50, 60), "c": (20, 37), "d": (2, 3)}, "estimated")], ignore_index=True
    )


def test_what_if_by_hand():
    """A was published; b is set, and c and d share what is left as 37 to 3."""
    changed = xjr.what_if(what_if_table(), "b", 20)
    assert changed.columns.tolist() == ["name_zh", "name_en", "before", "after", "change"]
    assert changed.before.to_dict() == {"a": 100, "b": 60, "c": 37, "d": 3}
    assert changed.after.to_dict() == {"a": 100, "b": 20, "c": 74, "d": 6}
    assert changed.change.to_dict() == {"a": 0, "b": -40, "c": 37, "d": 3}
    assert set(map(str, changed.dtypes[["before", "after", "change"]])) == {"int64"}
    assert changed.name_zh.tolist() == ["a区", "b区", "c区", "d区"]


@pytest.mark.parametrize(("value", "after"), [(0, [100, 0, 93, 7]), (100, [100, 100, 0, 0])])
def test_what_if_at_its_limits(value, after):
    assert xjr.what_if(what_if_table(), "b", value).after.tolist() == after


def test_what_if_of_another_year_and_of_a_published_number():
    changed = xjr.what_if(what_if_table(), "a", 97, year=2012)
    assert changed.before.tolist() == [80, 50, 20, 2]
    assert changed.after.tolist() == [97, 38, 15, 2]  # 55 of 50 : 20 : 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("z", 5), "the table has no complete technology_smes 2015 with a district 'z'"),
        (("a", 5, "little_giants"), "the table has no complete little_giants 2015 with a district 'a'"),
        (("a", 5, SMES, 2013), "the table has no complete technology_smes 2013 with a district 'a'"),
        (("b", 101), "101 is not a whole number from 0 to what is left of the city, 100"),
        (("b", -1), "-1 is not a whole number from 0 to what is left of the city, 100"),
        (("b", 1.5), "1.5 is not a whole number from 0 to what is left of the city, 100"),
    ],
)
def test_what_if_refusals_say_why(arguments, message):
    with pytest.raises(ModelError) as refused:
        xjr.what_if(what_if_table(), *arguments)
    assert str(refused.value) == f"what_if: {message}"


def test_what_if_needs_all_numbers():
    forecast = what_if_table()
    with pytest.raises(ModelError, match="no complete technology_smes 2015"):
        xjr.what_if(forecast.assign(value=forecast.value.where(forecast.area != "d")), "b", 5)


def test_ends_are_of_each_indicator():
    forecast = table({"a": (1, 2)})
    giants = forecast.assign(indicator="little_giants", year=forecast.year - 1)
    first, last = ends(pd.concat([forecast, giants]))
    assert first.year.to_dict() == {("a", SMES): 2012, ("a", "little_giants"): 2011}
    assert last.year.to_dict() == {("a", SMES): 2015, ("a", "little_giants"): 2014}
    assert first.columns.tolist() == ["year", "value", "lower", "upper"]
    with pytest.raises(ModelError) as refused:
        ends(pd.concat([forecast, giants[giants.year == 2011]]))
    assert str(refused.value) == "districts: the table has only one year of little_giants; growth needs two"


def test_tidy_sorts_and_names():
    """By indicator, year and the districts' own order, whatever order the rows come in; whole numbers become floats."""
    districts = [{"area": area, "name_zh": f"{area}区", "name_en": area.upper()} for area in ("z", "y", "x")]
    keys = list(itertools.product(INDICATORS, (2012, 2015), "zyx"))
    order = np.random.default_rng(3).permutation(len(keys))
    rows = pd.DataFrame(
        [(area, name, year, 1, 1, 1, "s!A1") for name, year, area in (keys[place] for place in order)],
        columns=["area", "indicator", "year", "value", "lower", "upper", "locator"],
    )
    forecast = tidy(rows, districts, "official")
    assert list(zip(forecast.indicator, forecast.year, forecast.area, strict=True)) == keys
    assert forecast.columns.tolist() == COLUMNS
    assert forecast.index.tolist() == list(range(12))
    assert forecast.attrs == {"basis": "official"}
    assert (forecast.name_zh[0], forecast.name_en[0], forecast.basis[0]) == ("z区", "Z", "official")
    assert forecast.dtypes[["value", "lower", "upper", "year"]].tolist() == ["float64"] * 3 + ["int64"]


# ------------------------------------------------------------ the official workbook


def test_workbook_is_found_whatever_lies_beside_it(raw_copy):
    folder = raw_copy / "annex1"
    shutil.rmtree(folder, ignore_errors=True)
    assert find_workbook(raw_copy) is None
    folder.mkdir()
    for name in ("~$a.xlsx", ".b.xlsx", "c.txt"):
        (folder / name).touch()
    assert find_workbook(raw_copy) is None
    (folder / "d.XLSX").touch()
    assert find_workbook(raw_copy) == folder / "d.XLSX"
    (folder / "e.csv").touch()
    with pytest.raises(DataError) as refused:
        find_workbook(raw_copy)
    (problem,) = refused.value.problems
    assert (problem.path, problem.place) == (str(folder), "")
    assert (problem.value, problem.reason) == ("d.XLSX, e.csv", "holds several workbooks; expected one")


def test_attributes_say_where_the_numbers_come_from(tmp_path):
    lines = simple()
    lines.append(["注：本表为年末数"])
    path = save(tmp_path / "附件1.xlsx", lines)
    forecast = xjr.load_district_forecast(path)
    assert (forecast.attrs["basis"], forecast.attrs["source"]) == ("official", "附件1.xlsx")
    assert forecast.attrs["warnings"] == []
    lines[-2][1] += 5
    save(path, lines)
    with pytest.raises(DataError) as refused:
        xjr.load_district_forecast(path)
    (problem,) = refused.value.problems
    assert problem.path == str(path)
    lenient = xjr.load_district_forecast(path, strict=False)
    assert lenient.attrs["warnings"] == [str(problem)]
    assert held(lenient) == expected()


def test_total_that_misses_by_rounding_is_a_warning(tmp_path):
    """In 万 with two decimals the 16 numbers may add up to one more or less than the rounded total."""
    lines = [["区县", "2015年科技型中小企业数（万家）"]]
    lines += [[name, 0.25] for name in NAMES.values()]
    forecast = xjr.load_district_forecast(save(tmp_path / "a.xlsx", [*lines, ["合计", 4.01]]))
    (warning,) = forecast.attrs["warnings"]
    assert "B18" in warning
    with pytest.raises(DataError, match="B18"):
        xjr.load_district_forecast(save(tmp_path / "b.xlsx", [*lines, ["合计", 5.01]]))


def test_plan_may_call_its_indicators_otherwise(raw_copy):
    """The plan's own names are what the form says and what a workbook may say, line by line of a cell."""
    path = raw_copy / "indicators.csv"
    text = path.read_text(encoding="utf-8")
    renamed = text.replace(",Technology SMEs,科技型中小企业,", ",Gazelles,瞪羚企业,", 1)
    assert renamed != text
    path.write_text(renamed, encoding="utf-8")
    assert heads(raw_copy) == {
        "technology_smes": ("Gazelles", "瞪羚企业"), "little_giants": heads()["little_giants"]}  # fmt: skip
    lines = [
        ["区县", "瞪羚企业\n2015年"],
        *([name, number(area, SMES, 2015)] for area, name in NAMES.items()),
    ]
    forecast = xjr.load_district_forecast(save(raw_copy.parent / "a.xlsx", lines), raw_copy)
    assert held(forecast) == expected([(SMES, 2015)])


@settings(max_examples=15)
@given(st.lists(st.one_of(st.none(), st.integers(0, 10**6)), min_size=128, max_size=128))
def test_any_numbers_put_into_the_form_read_back(numbers):
    """Workbook round trip: what is written into the yellow cells is what the frame holds, and nothing else."""
    if not any(number is not None for number in numbers):
        return
    book = openpyxl.load_workbook(io.BytesIO(form_bytes()))
    keys = list(itertools.product(NAMES, INDICATORS, range(2012, 2016)))
    for (area, indicator, year), value in zip(keys, numbers, strict=True):
        row, column = 6 + list(NAMES).index(area), 4 + 4 * INDICATORS.index(indicator) + year - 2012
        book[SHEET].cell(row, column).value = value
    with tempfile.TemporaryDirectory() as folder:
        book.save(path := Path(folder) / "form.xlsx")
        found = held(xjr.load_district_forecast(path))
    written = {key: value for key, value in zip(keys, numbers, strict=True) if value is not None}
    assert {key: value for key, value in found.items() if not pd.isna(value)} == written


# ------------------------------------------------------------ what is computed from a table


def test_growth_bounds_of_an_official_table_come_from_its_cells(tmp_path):
    forecast = xjr.load_district_forecast(save(tmp_path / "a.xlsx", simple()))
    growth = xjr.district_growth(forecast)
    row = growth.loc["hexi", SMES]
    assert row.growth == pytest.approx(
        (number("hexi", SMES, 2015) / number("hexi", SMES, 2012)) ** (1 / 3) - 1
    )
    assert row.growth_lower == row.growth_upper == row.growth
    assert growth.index[growth.doubles].tolist() == [("heping", "little_giants")]  # 30 giants, then 60
    assert not growth.doubles.isna().any()


def test_growth_bounds_of_an_estimate_span_its_readings(estimate, readings):
    growth = xjr.district_growth(estimate, readings)
    hexi = growth.loc["hexi", SMES]
    assert hexi.growth_upper - hexi.growth_lower < 0.05  # the two years move together
    assert growth.loc["beichen", SMES].growth_upper == np.inf
    assert pd.isna(growth.doubles["beichen", SMES])  # 4400余 may be twice 2280
    assert growth.doubles["hexi", SMES] is np.False_ or not growth.doubles["hexi", SMES]
    assert (growth.growth_lower <= growth.growth + 0.01).all()


def test_growth_needs_two_years(estimate):
    with pytest.raises(ModelError, match="only one year of little_giants, technology_smes"):
        xjr.district_growth(estimate[estimate.year == 2015])


def test_additions_follow_the_plan_stock_flow(estimate, readings):
    added = xjr.district_additions(estimate, 30_000, readings)
    assert added.added.sum() == pytest.approx(30_000)
    rate = added.exit_rate.iloc[0]
    assert rate == pytest.approx(xjr.break_even_exit_rate(34_200, 10_000, 60_000, 3))
    stock = 11_049.0
    for _ in range(3):
        stock = stock * (1 - rate) + added.added["binhai"] / 3
    start, end = ends(estimate)
    assert stock == pytest.approx(end.value["binhai", SMES])
    assert added.net["binhai"] == end.value["binhai", SMES] - start.value["binhai", SMES]


def test_additions_refuse_a_missing_number(estimate):
    holed = estimate.assign(value=estimate.value.where(estimate.area != "hexi"))
    with pytest.raises(ModelError, match="is missing"):
        xjr.district_additions(holed, 30_000)


def test_concentration_of_equal_and_of_one(estimate):
    equal = estimate.assign(value=100.0, lower=100.0, upper=100.0)
    assert xjr.concentration(equal).herfindahl.tolist() == pytest.approx([1 / 16] * 8)
    one = equal.assign(value=equal.value.where(equal.area == "binhai", 0.0))
    assert xjr.concentration(one).herfindahl.tolist() == pytest.approx([1.0] * 8)
    holed = equal.assign(value=equal.value.where(equal.area != "hexi"))
    assert xjr.concentration(holed)[["share", "herfindahl", "herfindahl_lower"]].isna().all().all()


def test_concentration_bounds_hold_for_tables_within_the_rounding(estimate):
    """No table inside the bounds is more, or less, concentrated than the bounds say."""
    rounded = estimate.assign(lower=estimate.value - 50, upper=estimate.value + 50)
    rounded = rounded[(rounded.indicator == SMES) & (rounded.year == 2015)]
    row = xjr.concentration(rounded).iloc[0]
    random = np.random.default_rng(1)
    for _ in range(200):
        ends_ = random.integers(0, 2, len(rounded)) if random.random() < 0.5 else random.random(len(rounded))
        values = rounded.lower + (rounded.upper - rounded.lower) * ends_
        shares = values / values.sum()
        assert row.herfindahl_lower - 1e-12 <= (shares**2).sum() <= row.herfindahl_upper + 1e-12
        assert row.share_lower - 1e-12 <= shares.max() <= row.share_upper + 1e-12


def test_open_bounds_leave_concentration_open(estimate):
    """4400余 has no upper end, so that neither have the shares; the readings of an estimate are whole."""
    open_ = xjr.concentration(estimate.assign(basis="official")).loc[(SMES, 2015)]
    assert pd.isna(open_[["share_lower", "share_upper", "herfindahl_upper"]]).all()
    assert xjr.concentration(estimate, xjr.district_readings()).notna().all().all()


def test_official_years_do_not_take_the_readings(estimate, readings):
    """In a table of both, each year has bounds of its own kind."""
    mixed = estimate.assign(basis=np.where(estimate.year == 2012, "estimated", "official"))
    mixed = mixed.assign(upper=mixed.upper.where(np.isfinite(mixed.upper), mixed.value))
    spread = xjr.concentration(mixed, readings)
    assert spread.share_lower[SMES, 2012] == spread.share_upper[SMES, 2012] == spread["share"][SMES, 2012]
    growth = xjr.district_growth(mixed, readings).loc["hexi", SMES]
    rows = mixed[(mixed.area == "hexi") & (mixed.indicator == SMES)].set_index("year")
    assert growth.multiple_upper == rows.upper[2015] / rows.lower[2012]


def test_published_figures_that_disagree_are_refused(raw_copy):
    path = raw_copy / "district_facts.csv"
    text = path.read_text(encoding="utf-8")
    line = next(
        line for line in text.splitlines() if line.startswith("districts.binhai.technology_smes.2012,")
    )
    other = line.replace("technology_smes.2012,", "technology_smes.2012.2,", 1).replace("11049家", "11500家")
    path.write_text(text + other.replace("科技型中小企业达到", "") + "\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"11049家.*11500家.*disagree"):
        xjr.estimate_districts(raw_copy)


def test_what_if_keeps_the_city_and_what_is_published(estimate):
    changed = xjr.what_if(estimate, "hexi", 5000)
    assert changed.after.sum() == changed.before.sum() == 60_000
    assert changed.after["hexi"] == 5000
    assert changed.change["beichen"] == 0
    others = changed.drop(index=["hexi", "beichen"])
    ratio = others.after / others.before
    assert ratio.max() - ratio.min() < 0.002


@pytest.mark.parametrize(("area", "value"), [("hexi", 1.5), ("hexi", -1), ("hexi", 60_001), ("pudong", 5)])
def test_what_if_refuses(estimate, area, value):
    with pytest.raises(ModelError):
        xjr.what_if(estimate, area, value)


@pytest.mark.parametrize("indicator", [SMES, "little_giants"])
def test_printed_table_gives_every_district_its_own_numbers(indicator):
    """In the order of the frame: name, years, bounds."""
    forecast = xjr.load_district_forecast()
    rows = forecast[forecast["indicator"] == indicator]
    with speaking("zh"):
        shown = district_table(forecast, indicator, "t", "s").frame.set_index("区县")
    assert shown.index.tolist() == [*rows["name_zh"].unique(), "全市"]
    for row in rows.itertuples():
        assert shown.loc[row.name_zh, str(row.year)] == f"{row.value:.0f}"
    assert shown.loc["北辰区", "2015年区间"] == f"{shown.loc['北辰区', '2015']}及以上"
    assert shown.loc["和平区", "依据"] == "估计"


def test_start_is_added_to_a_table_of_one_year(tmp_path):
    lines = [["2015年科技型中小企业数（家）"], ["区县", "企业数"]]
    lines += [[name, number(area, SMES, 2015)] for area, name in NAMES.items()]
    official = xjr.load_district_forecast(save(tmp_path / "a.xlsx", lines))
    table = with_start(official)
    assert table.groupby("year").basis.first().to_dict() == {2012: "estimated", 2015: "official"}
    assert basis_of(official) == "official"
    assert basis_of(table) == "estimated"
    assert with_start(table) is table
    with speaking("zh"):
        assert district_table(table, SMES, "t", "s").frame["依据"].tolist()[:2] == [
            "表1!B3；2012年估计",
            "表1!B4；2012年估计",
        ]


# ------------------------------------------------------------ form, files, commands


def test_filled_in_form_reads_back_without_loss(tmp_path):
    path = write_form(tmp_path / "form.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book[SHEET]
    heads = {(sheet.cell(4, 4 + 4 * place).value, year): 4 + 4 * place + step
             for place in range(2) for step, year in enumerate(range(2012, 2016))}  # fmt: skip
    assert len(heads) == 8
    for place, area in enumerate(NAMES):
        for block, indicator in enumerate(("technology_smes", "little_giants")):
            for step, year in enumerate(range(2012, 2016)):
                sheet.cell(6 + place, 4 + 4 * block + step).value = number(area, indicator, year)
    book[SHEET]["D8"] = None
    for column in range(4, 12):
        book[SHEET].cell(9, column).value = None  # a district that sent nothing
    book.save(path)
    forecast = xjr.load_district_forecast(path)
    columns = [
        (indicator, year) for indicator in ("technology_smes", "little_giants") for year in range(2012, 2016)
    ]
    missing = {("hexi", SMES, 2012), *(("nankai", *column) for column in columns)}
    numbers = held(forecast)
    assert {key for key, value in numbers.items() if pd.isna(value)} == missing
    assert {key: value for key, value in numbers.items() if key not in missing} == {
        key: value for key, value in expected(columns).items() if key not in missing
    }
    assert forecast.attrs["warnings"] == []


def other_plan(folder, **changes):
    """Change the plan's row, and move the goals of 2015 along with its target year."""
    path = folder / "plan.csv"
    plan = pd.read_csv(path, dtype=str).assign(**changes)
    plan.to_csv(path, index=False)
    targets = pd.read_csv(folder / "targets.csv", dtype=str, keep_default_na=False)
    targets.replace({"year": {"2015": plan["target_year"].iloc[0]}}).to_csv(
        folder / "targets.csv", index=False
    )


def test_form_of_another_plan_has_its_years(raw_copy):
    other_plan(raw_copy, base_year="2013")
    path = write_form(raw_copy.parent / "form.xlsx", raw_copy)
    table, notes = openpyxl.load_workbook(path).worksheets
    assert [cell.value for cell in table[5][3:6]] == [f"{year}年" for year in range(2013, 2016)]
    texts = [cell.value for row in notes.iter_rows() for cell in row]
    assert any("2015 is the forecast" in text for text in texts)
    assert not any("2012" in text or "Binhai" in text for text in texts)


def test_another_plan_has_no_estimate(raw_copy):
    other_plan(raw_copy, base_year="2011")
    with pytest.raises(ModelError, match="does not run from 2012 to 2015"):
        xjr.estimate_districts(raw_copy)
    assert not has_forecast(raw_copy)
    lines = [["2015年科技型中小企业数（家）"], ["区县", "企业数"]]
    lines += [[name, number(area, SMES, 2015)] for area, name in NAMES.items()]
    save(raw_copy / "annex1" / "a.xlsx", lines)
    official = xjr.load_district_forecast(folder=raw_copy)
    assert with_start(official, raw_copy) is official
    assert has_forecast(raw_copy)


def test_groups_go_by_their_own_names(raw_copy):
    path = raw_copy / "districts.csv"
    districts = pd.read_csv(path, dtype=str, keep_default_na=False)
    districts.assign(group=["老城区"] * 6 + ["其他"] * 10).to_csv(path, index=False)
    lines = [["2015年科技型中小企业数（家）"], ["区县", "企业数"]]
    lines += [[name, number(area, SMES, 2015)] for area, name in NAMES.items()]
    inner = sum(number(area, SMES, 2015) for area in list(NAMES)[:6])
    lines.insert(2, ["老城区", inner])
    save(raw_copy / "annex1" / "a.xlsx", lines)
    assert len(xjr.load_district_forecast(folder=raw_copy)) == len(NAMES)
    lines[2][1] += 1
    save(raw_copy / "annex1" / "a.xlsx", lines)
    with pytest.raises(DataError, match="does not balance: its 6 parts"):
        xjr.load_district_forecast(folder=raw_copy)


def test_results_without_a_total_of_the_city_are_no_check(estimate):
    """Nothing is known of the city in 2030, so that no district's share can be told."""
    late = estimate.assign(year=estimate.year + 15)
    assert xjr.against_published(late).empty
    assert xjr.against_published(late).pct_error.dtype == float


def test_form_is_guarded(tmp_path):
    path = write_form(tmp_path / "form.xlsx")
    sheet = openpyxl.load_workbook(path)[SHEET]
    assert sheet.protection.sheet
    assert sheet["B6"].protection.locked
    assert not sheet["D6"].protection.locked
    (rule,) = sheet.data_validations.dataValidation
    assert (rule.type, str(rule.sqref), rule.formula1) == ("whole", "D6:K21", "0")
    assert sheet["D22"].value == '=IF(COUNT(D6:D21)=0,"",SUM(D6:D21))'
    assert form_bytes() == path.read_bytes()
    with pytest.raises(DataError, match="may be filled in"):
        write_form(path)
    with pytest.raises(DataError, match=r"is not \.xlsx"):
        write_form(tmp_path / "form.xls")
    with pytest.raises(DataError, match="holds no number"):
        xjr.load_district_forecast(path)


def test_form_total_over_the_wrong_rows_is_named(tmp_path):
    path = write_form(tmp_path / "form.xlsx")
    book = openpyxl.load_workbook(path)
    for row in range(6, 22):
        book[SHEET].cell(row, 4).value = 7
    book[SHEET]["D22"] = '=IF(COUNT(D6:D20)=0,"",SUM(D6:D20))'
    book.save(path)
    with pytest.raises(DataError, match=r"D22.*never calculated"):
        xjr.load_district_forecast(path)


def test_file_name_says_what_the_numbers_are(raw_copy):
    assert "district_forecast_estimate" in frames()
    out = raw_copy.parent / "out"
    write_frames(out, raw_copy)
    save(raw_copy / "annex1" / "a.xlsx", simple())
    write_frames(out, raw_copy)
    assert [path.name for path in out.glob("district_*_*.csv")] == ["district_forecast_official.csv"]
    assert "district_forecast_official" in openpyxl.load_workbook(out / "xjranalysis.xlsx").sheetnames


def test_read_command(tmp_path, capsys):
    path = save(tmp_path / "a.xlsx", simple())
    assert main(["districts", "read", str(path), "--out", str(tmp_path / "a.csv")]) == 0
    shown = capsys.readouterr().out
    assert "滨海新区" in shown
    written = pd.read_csv(tmp_path / "a.csv")
    assert held(written) == expected()
    lines = simple()
    lines[-1][1] += 5
    save(path, lines)
    assert main(["districts", "read", str(path)]) == 1
    assert "表1!B18" in capsys.readouterr().err
    assert main(["districts", "read", str(path), "--lenient"]) == 0
    assert "note: " in capsys.readouterr().out


def test_template_command(tmp_path, capsys):
    path = tmp_path / "form.xlsx"
    assert main(["districts", "template", str(path)]) == 0
    assert main(["districts", "template", str(path)]) == 1
    assert "exists already" in capsys.readouterr().err


def test_check_command_reads_the_annex(raw_copy, capsys):
    lines = simple()
    lines[3][0] = "浦东新区"
    save(raw_copy / "annex1" / "a.xlsx", lines)
    assert main(["check", "--folder", str(raw_copy)]) == 1
    assert "表1!A4: '浦东新区'" in capsys.readouterr().err


# ------------------------------------------------------------ charts and notebook


def test_small_multiples_tell_open_bounds():
    data = pd.DataFrame(
        {"label": ["A", "A"], "year": [2012, 2015], "value": [1, 2], "lower": [1, 2], "upper": [1, np.inf],
         "reference": [1, 2], "text": ["1", "1 → 2"]}
    )  # fmt: skip
    chart = charts.small_multiples(data, "Title", "firms", "Source", columns=2)
    assert "A, 2015: 2 (or more)" in chart.text
    assert chart.png().startswith(b"\x89PNG")


def test_tiles_stand_apart():
    """No two districts share a tile."""
    places = xjr.load_districts()[["tile_row", "tile_column"]]
    assert not places.duplicated().any()
    data = pd.DataFrame(
        {"label": ["A", "B"], "row": [1, 2], "column": [1, 1], "value": [1, 100], "text": ["1", "100"]}
    )
    chart = charts.tiles(data, "Title", "firms", "Source")
    assert "A: 1; B: 100" in chart.text
    assert len(chart.figure.axes[0].patches) == 2


@pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="needs the checkout")
def test_official_workbook_is_used_everywhere(tmp_path):
    """With a workbook in annex1 the notebook says official first, and no title says that it estimates."""
    for name in ("xjranalysis", "data", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    lines = simple()
    lines[4][3] = "—"
    save(tmp_path / "data" / "raw" / "annex1" / "附件<b>1_a_.xlsx", lines)
    command = "import sys; from xjranalysis.cli import main; sys.exit(main(['notebooks', '--only', '04']))"
    run = subprocess.run(
        [sys.executable, "-c", command], env=os.environ | {"PYTHONPATH": str(tmp_path)}, cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    notebook = nbformat.read(Path(tmp_path / "notebooks" / "04_districts.ipynb"), as_version=4)
    shown = [
        str(output.data.get("text/plain")) for cell in notebook.cells for output in cell.get("outputs", [])
    ]
    assert any(text.startswith("The numbers come from the **official** workbook") for text in shown[:2])
    assert not [text for text in shown if "estimate" in text.partition("\n")[0].lower()]
    assert any("表1!B2" in text for text in shown)
    marked = [
        output.data.get("text/markdown", "") for cell in notebook.cells for output in cell.get("outputs", [])
    ]
    assert any("附件&lt;b&gt;1&#95;a&#95;" in text for text in marked)
    assert not any("<b>" in text for text in marked)
