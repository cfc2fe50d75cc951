"""Frames: what is loaded is what the plan and the other documents print."""

import pytest

import xjranalysis as xjr
from xjranalysis.rounding import parse_printed
from xjranalysis.schema import TABLES

COLUMNS = [
    "indicator", "label_en", "label_zh", "area", "start_year", "year", "printed", "value", "unit", "lower",
    "upper", "qualifier", "status", "source", "locator",
]  # fmt: skip


@pytest.mark.parametrize(
    "load", [xjr.load_review, xjr.load_targets, xjr.load_measures, xjr.load_outcomes, xjr.load_district_facts]
)
def test_figure_frames_share_their_columns(load):
    """Every figure frame has the agreed columns, and numbers that come from the print alone."""
    frame = load()
    assert frame.index.name == "figure"
    assert frame.index.is_unique
    assert [name for name in frame.columns if name in COLUMNS] == COLUMNS
    for row in frame.itertuples():
        number = parse_printed(row.printed, row.status, xjr.load_indicators().unit[row.indicator])
        assert (row.value, row.lower, row.upper) == (number.value, number.lower, number.upper)
        assert row.unit == number.unit
        assert row.qualifier == number.qualifier


def test_counts():
    """As many rows as the plan prints: 56 tasks, 32 figures in part 1, and so on."""
    assert len(xjr.load_tasks()) == 56
    assert [len(load()) for load in (xjr.load_review, xjr.load_targets, xjr.load_measures)] == [32, 42, 64]
    assert len(xjr.load_districts()) == 16


REVIEW = {
    "technology_smes.2012": "3.42万家", "technology_smes_increase.2012": "2.17万家", "little_giants.2012": "1779家",
    "little_giants_increase.2012": "1053家", "technology_smes.2015": "3万家", "technology_smes_share.2010": "9%",
    "technology_smes_share.2012": "16%", "revenue_growth.2012": "36.8%", "revenue.2012": "9164亿元",
    "industrial_output.2012": "8579亿元", "industrial_output_share.2012": "34.3%", "strategic_share.2012": "70%",
    "strategic_share_of_giants.2012": "85%", "patents.2012": "21370件",
    "patents_share_of_enterprises.2012": "78.5%", "patents_share.2012": "53.4%", "st_intensity.2012": "5.5%",
    "st_intensity_increase.2012": "2个百分点", "private_share.2012": "88%", "employment.2012": "161.8万人",
    "employment_share.2012": "21.2%", "taxes_paid.2012": "241亿元", "taxes_share.2012": "23.9%",
    "income_per_worker.2012": "5.5万元", "net_assets_increase.2012": "4114万元", "fiscal_input.2012": "47亿元",
    "commercial_loans.2012": "1000多亿元", "national_funds.2012": "20亿元",
}  # fmt: skip


@pytest.mark.parametrize("name", REVIEW)
def test_review_as_printed(name):
    assert xjr.load_review().printed[f"review.{name}"] == REVIEW[name]


def test_one_quantity_in_three_places():
    """3000 little giants: goals, task group 2 and a task, one indicator."""
    goals = xjr.load_targets().query("indicator == 'little_giants'")
    assert goals.locator.tolist() == ["part 2, section 2, item 1", "part 3, section 2"]
    assert set(goals.value) == {3000}
    services = xjr.load_measures().query("printed == '3000家'")
    assert services.task.tolist() == [24, 26, 38]


def test_target_is_exact_and_thresholds_are_figures():
    targets = xjr.load_targets()
    assert targets.loc["targets.technology_smes.2015", ["value", "qualifier"]].tolist() == [60_000, "exact"]
    assert targets.qualifier["targets.revenue.2015"] == "at_least"
    assert targets.value["targets.leading_firm_revenue_threshold.2015"] == 1e9
    assert targets.value["targets.leading_firm_tax_threshold.2015"] == 1e8
    assert targets.printed["targets.leading_firm_rank_threshold.2015"] == "前三位"
    assert targets.value["targets.target_multiple.2015"] == 2


def test_task_leads():
    tasks = xjr.load_tasks()
    assert tasks.departments[33] == ("市科委", "相关区县人民政府")
    assert tasks.lead[45] == "领导小组办公室"
    assert tasks.work_area_zh.nunique() == 5
    assert tasks.measures.sum() == len(xjr.load_measures()) - 1  # the length of the plan is no measure
    assert not tasks.has_measure[2]
    assert tasks.has_measure[1]


def test_within_year_and_yearly_figures():
    """A month is the end of the period; a year is its last day."""
    outcomes = xjr.load_outcomes()
    assert str(outcomes.date["outcomes.technology_smes.2013-06"].date()) == "2013-06-30"
    assert str(outcomes.date["outcomes.technology_smes.2013"].date()) == "2013-12-31"


CITY = {
    "technology_smes": {2010: 12_500, 2011: 21_760, 2012: 34_200, 2013: 50_000, 2014: 60_000, 2015: 71_800,
                        2016: 88_000, 2017: 96_900},
    "little_giants": {2010: 726, 2011: 1063, 2012: 1779, 2013: 2410, 2014: 3000, 2015: 3410, 2016: 3900, 2017: 4200},
    "high_tech_enterprises": {2013: 1432, 2014: 1688, 2016: 3265, 2017: 4093},
}  # fmt: skip


@pytest.mark.parametrize("indicator", CITY)
def test_city_series(indicator):
    """One figure a year, the missing years missing."""
    values = xjr.series(indicator).value
    assert values[values.index >= 2010].to_dict() == CITY[indicator]


def test_series_keeps_conflicts():
    conflicts = xjr.series("little_giants").attrs["conflicts"]
    assert [(row["year"], row["printed"], row["source"]) for row in conflicts] == [
        (2010, "720家", "xinhua_2016"),
        (2015, "3400余家", "people_2016"),
    ]
    assert xjr.series("technology_smes").attrs["conflicts"][-1]["printed"] == "97,000"


def test_final_figure_goes_before_a_preliminary_one():
    """3.08% is final; 3.0% was expected (预计) half a year earlier."""
    intensity = xjr.series("rd_share_of_gdp")
    assert intensity.printed[2015] == "3.08%"
    assert intensity.attrs["conflicts"][0]["printed"] == "3.0%"
    assert xjr.load_outcomes().release["outcomes.rd_share_of_gdp.2015.2"] == "preliminary"


def test_flow_without_a_beginning_is_no_yearly_figure():
    """The plan does not say since when the taxes were accumulated."""
    with pytest.raises(xjr.DataError, match="no yearly actual figure for taxes_paid"):
        xjr.series("taxes_paid")


def test_series_of_a_district():
    assert xjr.series("technology_smes", area="dongli").value.to_dict() == {2015: 6025}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("little_giant",), "did you mean little_giants"),
        (("little_giants", "tianjing"), "did you mean tianjin"),
        (("killer_products",), "no yearly actual figure for killer_products in tianjin"),
    ],
)
def test_series_that_is_not_there(arguments, message):
    with pytest.raises(xjr.DataError, match=message):
        xjr.series(*arguments)


def test_weights_sum_to_the_city():
    """Census population and the 2022 list cover all 16 districts and add up exactly."""
    facts = xjr.load_district_facts()
    for indicator, total in {"population_census": 12_938_693, "smes_national_list": 4222}.items():
        rows = facts[facts.indicator == indicator].set_index("area").value
        assert rows["tianjin"] == total
        assert rows.drop("tianjin").sum() == total
        assert set(rows.index) == {"tianjin", *xjr.load_districts().index}


@pytest.mark.parametrize("query", ["34200", "34,200", "3.42万", "3.42万家"])
def test_find_by_number(query):
    assert "review.technology_smes.2012" in xjr.find(query).index


def test_find_by_words():
    assert "review.patents.2012" in xjr.find("专利").index
    assert "review.patents.2012" in xjr.find("PATENTS valid").index
    assert xjr.find("no such thing").empty
    assert xjr.find(" ").empty


def test_find_covers_names_areas_and_sources():
    assert set(xjr.find("review.patents").index) >= {"review.patents.2012", "review.patents_share.2012"}
    assert set(xjr.find("滨海新区 科技型中小企业").area) >= {"binhai"}
    assert "outcomes.technology_smes.2015" in xjr.find("新华社").index


def test_find_takes_numbers_as_they_are():
    assert xjr.find(34_200).index.tolist() == xjr.find("34200").index.tolist() != []
    assert set(xjr.find(36.8).index) == set(xjr.find("36.8").index)


def test_find_by_year():
    """A year finds the figures of the year, whether or not their texts name it."""
    found = xjr.find("小巨人 2012")
    assert "review.little_giants.2012" in found.index
    texts = found.astype(str).agg("".join, axis="columns") + found.index
    assert ((found.year == 2012) | texts.str.contains("2012")).all()
    assert len(found) < len(xjr.find("小巨人"))


def test_find_by_number_keeps_to_the_unit():
    assert set(xjr.find("50%").printed) >= {"50%以上"}
    assert not xjr.find("50%").printed.str.contains("家|个").any()


def test_info_leads_to_the_source():
    described = xjr.info("review.patents.2012")
    assert described[["printed", "locator", "tier"]].tolist() == ["21370件", "part 1, section 3", "repost"]
    assert described["url"].startswith("https://")
    with pytest.raises(xjr.DataError, match=r"did you mean review\.patents\.2012"):
        xjr.info("review.patent.2012")


def test_every_source_is_used():
    assert set(xjr.load_figures().source) == set(xjr.load_sources().index)
    assert set(xjr.load_figures().indicator) == set(xjr.load_indicators().index)


def test_info_without_a_figure_lists_every_table():
    listed = xjr.info()
    assert set(listed.index) == set(TABLES)
    for row in listed.itertuples():
        assert row.content
        if row.load == "Plan":
            continue
        frame = getattr(xjr, row.load)()
        assert len(frame) >= row.rows  # load_areas adds the districts, load_tasks holds the headings
