"""Audit: every number of a text is told, with its status. The text is a fixture of this test."""

import pytest

import xjranalysis as xjr
from xjranalysis.cli import main

HEAD = "figure,indicator,area,start_year,year,printed,status,release,source,locator,note_en,note_zh\n"
REVIEW = HEAD + (
    "r.1,review_period,tianjin,2010,2012,两年,actual,,plan_2013,part 1,,\n"
    "r.2,technology_smes,tianjin,,2012,3.42万家,actual,,plan_2013,part 1,,\n"
    "r.3,little_giants,tianjin,,2012,500家,actual,,plan_2013,\"part 1, section 1\",,\n"
)  # fmt: skip
TARGETS = HEAD + (
    "t.1,target_multiple,tianjin,2012,2015,翻一番,target,,plan_2013,\"part 2, section 1, item 1\",,\n"
    "t.2,leading_firms_selected,tianjin,2012,2015,每年…100家,target,,plan_2013,\"part 2, section 1, item 2\",,\n"
    "t.3,cadre_attracted,tianjin,2012,2015,每人至少…一家,target,,plan_2013,\"part 2, section 1, item 2\",,\n"
    "t.4,cadre_founded,tianjin,2012,2015,每人至少…一家,target,,plan_2013,\"part 2, section 1, item 2\",,\n"
)  # fmt: skip
MEASURES = HEAD.replace("figure,", "figure,task,") + (
    'm.1,10,engineering_centres,tianjin,,2015,200家,target,,plan_2013,"annex 2, task 10",,\n'
    'm.2,10,enterprise_laboratories,tianjin,,2015,200家,target,,plan_2013,"annex 2, task 10",,\n'
    'm.3,10,matchmaking_research,tianjin,2012,2015,每月,target,,plan_2013,"annex 2, task 10",,\n'
)
TEXT = """根据〔2010〕9号文件和十八大精神，进一步制定本计划。
　　一、过去两年回顾
　　2012年总数达到3.42万家，形成一批企业。
　　（一）其中规模较大的3500家，新的500家。
　　二、目标
　　（一）目标。
　　1.到2015年，力争翻一番。　　2.每年从中遴选100家，每人至少引进一家、创办一家。
　　附件：1.2015年预测表
　　　　　2.任务分解表
任务分解表
重点任务\t具体行动
创新\t10.每月建设工程中心200家、实验室200家，处理二次开发。\t市科委
"""


@pytest.fixture
def tables(raw_copy):
    """Small plan tables that belong to TEXT; sources and indicators are the bundled ones."""
    for name, content in {"review": REVIEW, "targets": TARGETS, "measures": MEASURES}.items():
        (raw_copy / f"{name}.csv").write_text(content, encoding="utf-8")
    return raw_copy


def test_every_number_has_its_status(tables):
    numbers = xjr.audit(TEXT, tables)
    assert list(zip(numbers.token, numbers.place, numbers.status, numbers.figure, strict=True)) == [
        ("〔2010〕9号", "preamble", "ordinal", ""),
        ("十八大", "preamble", "ordinal", ""),
        ("一", "part 1", "ordinal", ""),
        ("两", "part 1", "captured", "r.1"),
        ("2012年", "part 1", "date", ""),
        ("3.42万", "part 1", "captured", "r.2"),
        ("一", "part 1, section 1", "ordinal", ""),
        ("3500", "part 1, section 1", "missing", ""),
        ("500", "part 1, section 1", "captured", "r.3"),
        ("二", "part 2", "ordinal", ""),
        ("一", "part 2, section 1", "ordinal", ""),
        ("1", "part 2, section 1, item 1", "ordinal", ""),
        ("2015年", "part 2, section 1, item 1", "date", ""),
        ("翻一番", "part 2, section 1, item 1", "captured", "t.1"),
        ("2", "part 2, section 1, item 2", "ordinal", ""),
        ("每年", "part 2, section 1, item 2", "captured", "t.2"),
        ("100", "part 2, section 1, item 2", "captured", "t.2"),
        ("一", "part 2, section 1, item 2", "captured", "t.3"),
        ("一", "part 2, section 1, item 2", "captured", "t.4"),
        ("1", "list of annexes", "ordinal", ""),
        ("2015年", "list of annexes", "date", ""),
        ("2", "list of annexes", "ordinal", ""),
        ("10", "annex 2, task 10", "ordinal", ""),
        ("每月", "annex 2, task 10", "captured", "m.3"),
        ("200", "annex 2, task 10", "captured", "m.1"),
        ("200", "annex 2, task 10", "captured", "m.2"),
        ("二次开发", "annex 2, task 10", "ordinal", ""),
    ]
    assert numbers.attrs["not_found"] == []
    assert [TEXT[row.position :].startswith(row.token) for row in numbers.itertuples()] == [True] * len(
        numbers
    )


def test_captured_twice_is_told(tables):
    """Two figures for one number of one place: the second is not found."""
    with (tables / "review.csv").open("a", encoding="utf-8") as file:
        file.write('r.4,private_little_giants,tianjin,,2012,500家,actual,,plan_2013,"part 1, section 1",,\n')
    assert xjr.audit(TEXT, tables).attrs["not_found"] == ["r.4"]


def test_print_at_another_place_does_not_count(tables):
    """A number is held only by figures of its own place."""
    numbers = xjr.audit(TEXT.replace("新的500家", "新的若干家"), tables)
    assert numbers.attrs["not_found"] == ["r.3"]


def test_words_that_state_no_number_are_passed_over(tables):
    numbers = xjr.audit("一、统一安排一批、一大批、一整套和百分点，作为一项任务", tables)
    assert numbers.token.tolist() == ["一"]


@pytest.mark.parametrize("text", ["", "没有数字"])
def test_text_without_numbers(tables, text):
    assert xjr.audit(text, tables).empty


def test_command(tables, tmp_path, capsys):
    """The command exits 1 and names the number and its place; 0 when nothing is missing."""
    plan = tmp_path / "plan.txt"
    plan.write_text(TEXT, encoding="utf-8")
    assert main(["audit", str(plan), "--folder", str(tables)]) == 1
    assert "line 4 (part 1, section 1): '3500': is in no table at this place" in capsys.readouterr().err
    plan.write_text(TEXT.replace("3500家", "几家"), encoding="utf-8")
    assert main(["audit", str(plan), "--folder", str(tables)]) == 0
    assert "0 missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "cannot be read"), ("计划".encode("gb18030"), "is not UTF-8")]
)
def test_command_with_a_file_that_is_no_text(tmp_path, capsys, content, reason):
    plan = tmp_path / "plan.txt"
    if content is not None:
        plan.write_bytes(content)
    assert main(["audit", str(plan)]) == 1
    assert reason in capsys.readouterr().err
