"""District workbooks: each either reads to exactly the right numbers or stops naming the right cell."""

from __future__ import annotations

import datetime
import io
import re
import sys
import zipfile

import pandas as pd
import pytest
import xlwt
from openpyxl import Workbook
from workbooks import (
    COLUMNS,
    GIANTS,
    NAMES,
    SMES,
    WORDS,
    YEARS,
    expected,
    held,
    number,
    rows,
    save,
    sheet,
    simple,
    total,
    totals,
)

from xjranalysis import DataError, load_district_forecast
from xjranalysis.districts import COLUMNS as FRAME
from xjranalysis.districts import find_workbook  # fmt: skip

HEAD = ["区县", *(f"{year}年{WORDS[indicator]}（家）" for indicator, year in COLUMNS)]
TWO = [["区县", WORDS[SMES], None, WORDS[GIANTS], None], [None, "2012年", "2015年", "2012年", "2015年"]]
MERGED = ("A1:A2", "B1:C1", "D1:E1")
CENTRAL = list(NAMES)[:6]


def problems(path, **options):
    with pytest.raises(DataError) as refused:
        load_district_forecast(path, **options)
    return {problem.place: problem for problem in refused.value.problems}


def test_frame_is_tidy(tmp_path):
    """Columns of the design, one row a number, each with its cell, whole firms exact."""
    forecast = load_district_forecast(save(tmp_path / "a.xlsx", simple()))
    assert list(forecast.columns) == FRAME
    assert len(forecast) == 64
    first = forecast.iloc[0]
    assert first.tolist() == [
        "heping", "和平区", "Heping", SMES, 2012, 3000, 3000, 3000, "official", "表1!B2"
    ]  # fmt: skip
    assert forecast.locator.is_unique
    assert forecast.attrs == {"basis": "official", "source": "a.xlsx", "warnings": [], "skipped": []}


def years_over_indicators():
    lines = [["区县", "2012年底", None, "2015年底", None], [None, *[WORDS[SMES], WORDS[GIANTS]] * 2]]
    columns = [(indicator, year) for year in YEARS for indicator in WORDS]
    return [*lines, *rows(columns), totals("总计", columns)]


def short_names():
    short = {area: re.sub("新区|区|县", "", name) for area, name in NAMES.items()}
    return [HEAD, *rows(names=short)]


def later_names():
    later = {"ninghe": "宁河区", "jinghai": "静海区", "jixian": "蓟州区", "binhai": "滨 海 新 区"}
    return [HEAD, *rows(names=NAMES | later)]


def with_groups():
    lines = [["片区", "区县", *HEAD[1:]]]
    groups = (("市内六区", CENTRAL), ("环城四区", list(NAMES)[6:10]), ("远郊", list(NAMES)[10:]))
    for group, areas in groups:
        for place, area in enumerate(areas):
            lines.append([group if place == 0 else None, NAMES[area], *(number(area, *c) for c in COLUMNS)])
        lines.append([None, "小计", *(total(*column, areas) for column in COLUMNS)])
    return [*lines, [None, *totals("全市合计")]]


def with_zones():
    lines = rows()
    place = list(NAMES).index("binhai") + 1
    zones = [["其中：开发区", 100, 200, 3, 4], ["　　保税区", 50, 60, 1, 2], ["　　东疆港", 5, 6, 1, 1]]
    return [HEAD, *lines[:place], *zones, *lines[place:], totals("全市")]


def binhai_in_two_columns():
    lines = [["区域", "功能区", *HEAD[1:]]]
    for area, name in NAMES.items():
        lines.append([name, "小计" if area == "binhai" else None, *(number(area, *c) for c in COLUMNS)])
        if area == "binhai":
            lines += [[None, "开发区", 1, 2, 3, 4], [None, "高新区", 1, 2, 3, 4]]
    return lines


def side_by_side():
    left = rows()
    return [[*HEAD, None, *HEAD], *([*left[i], None, *left[i + 8]] for i in range(8))]


def stacked():
    lines = []
    for indicator, word in WORDS.items():
        columns = [(indicator, year) for year in YEARS]
        lines += [[f"{word}发展情况"], ["区县", 2012, 2015], *rows(columns), totals("合计", columns), []]
    return [*lines, ["注：2015年为预测数"]]


def sections():
    lines = [["区县", "2012年", "2015年"]]
    for numeral, (indicator, word) in zip("一二", WORDS.items(), strict=True):
        lines += [[f"{numeral}、{word}"], *rows([(indicator, year) for year in YEARS])]
    return lines


def repeated_header():
    lines = rows()
    return [["单位：家"], HEAD, *lines[:8], [], HEAD, *lines[8:], totals("合计")]


def transposed():
    lines = [["指标", "年份", *NAMES.values(), "合计"]]
    for indicator, year in COLUMNS:
        numbers = [number(area, indicator, year) for area in NAMES]
        lines.append([WORDS[indicator], year, *numbers, sum(numbers)])
    return [["各区县发展情况"], [], *lines, ["资料来源：市科委"]]


def long_table():
    lines = [["年份", "区县", WORDS[SMES], WORDS[GIANTS]]]
    return lines + [
        [f"{year}年", name, number(area, SMES, year), number(area, GIANTS, year)]
        for year in YEARS
        for area, name in NAMES.items()
    ]


def statistics_form():
    head = [
        ["表号：科统1表", None, None, None, "2013年1月30日"],
        ["各区县发展情况"],
        ["填报单位：市科委", None, None, None, "单位：家"],
    ]
    return [*head, *TWO, ["甲", 1, 2, 3, 4], *rows(), totals("合  计"), ["审核人：李", "电话：", 23041234]]


def other_columns():
    head = [*HEAD, "年均增长（%）", "占全市比重", "2015年达标率", "人口（万人）", "备注"]
    return [
        ["序号", *head],
        *([place, *line, 20.5, "7%", 90, 27.3, ""] for place, line in enumerate(rows(), 1)),
    ]


LAYOUTS = {
    "two levels, merged": (lambda: [*TWO, *rows()], MERGED),
    "two levels, merges lost": (lambda: [*TWO, *rows()], ()),
    "years over indicators": (years_over_indicators, ("A1:A2", "B1:C1", "D1:E1")),
    "names without suffix": (short_names, ()),
    "later names, spaces inside": (later_names, ()),
    "bilingual names": (lambda: [HEAD, *rows(names={a: f"{n} {a.title()}" for a, n in NAMES.items()})], ()),
    "numbered names": (lambda: [HEAD, *rows(names={a: f"{i}.{n}" for i, (a, n) in enumerate(NAMES.items())})], ()),
    "groups with subtotals": (with_groups, ("A2:A8", "A9:A13")),
    "zones inside Binhai": (with_zones, ()),
    "Binhai over its zones": (binhai_in_two_columns, ("A14:A16",)),
    "two halves side by side": (side_by_side, ()),
    "two tables, one below the other": (stacked, ()),
    "sections below one header": (sections, ()),
    "header repeated on the next page": (repeated_header, ()),
    "districts in columns": (transposed, ("A1:S1",)),
    "one row a year": (long_table, ()),
    "form of a statistics office": (statistics_form, ("A2:E2", "A4:A5", "B4:C4", "D4:E4")),
    "columns of other things": (other_columns, ()),
    "total on top": (lambda: [HEAD, totals("全市"), *rows()], ()),
    "corner names the city": (lambda: [*TWO[:1], ["天津市", 2012, 2015, 2012, 2015], *rows()], ("B1:C1", "D1:E1")),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_reads(tmp_path, layout):
    """Every layout leads to the same numbers; totals, zones and remarks are not counted."""
    lines, merged = LAYOUTS[layout]
    forecast = load_district_forecast(save(tmp_path / "a.xlsx", lines(), merged))
    assert held(forecast) == expected()
    assert forecast.attrs["warnings"] == []


YEAR_HEADS = [
    2012, "2012", "2012年", "2012年底", "2012 年末", "２０１２年", "二〇一二年", "2012年12月31日", "2012-12-31",
    "2012年①", "2012年（实际）", datetime.date(2012, 12, 31), datetime.datetime(2012, 1, 1),
]  # fmt: skip


@pytest.mark.parametrize("year", YEAR_HEADS, ids=str)
def test_year_head_reads(tmp_path, year):
    columns = [(SMES, 2012)]
    lines = [[f"各区县{WORDS[SMES]}数（家）"], ["区县", year], *rows(columns)]
    assert held(load_district_forecast(save(tmp_path / "a.xlsx", lines))) == expected(columns)


def test_title_says_year_indicator_and_unit(tmp_path):
    """The annex as the plan names it: one column, everything else in the title."""
    lines = [["2015年各区县科技型中小企业发展数量预测表"], [None, None, "单位：家"], ["序号", "区县", "数量"]]
    columns = [(SMES, 2015)]
    lines += [[place, *line] for place, line in enumerate(rows(columns), start=1)]
    path = save(tmp_path / "a.xlsx", lines, ("A1:C1",))
    assert held(load_district_forecast(path)) == expected(columns)


def test_one_sheet_a_year_beside_a_cover(tmp_path):
    book = Workbook()
    sheet(book, [["关于报送数据的函"], ["市科委"]], "封面")
    for year in YEARS:
        columns = [(indicator, year) for indicator in WORDS]
        sheet(book, [["区县", *WORDS.values()], *rows(columns)], f"{year}年")
    sheet(
        book, [["区县", "联系人", "电话"], *([name, "李", "23041234"] for name in NAMES.values())], "通讯录"
    )
    book.save(tmp_path / "a.xlsx")
    forecast = load_district_forecast(tmp_path / "a.xlsx")
    assert held(forecast) == expected()
    assert [note.partition(":")[0] for note in forecast.attrs["skipped"][-1:]] == ["通讯录"]


def test_hidden_rows_are_read_and_hidden_sheets_are_not(tmp_path):
    book = Workbook()
    worksheet = sheet(book, simple())
    worksheet.row_dimensions[4].hidden = True
    sheet(book, simple(), "旧").sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    assert held(load_district_forecast(tmp_path / "a.xlsx")) == expected()


CELLS = [
    ("１，２３４", 1234), ("1,234", 1234), ("1 234", 1234), ("1234家", 1234), ("1234.0", 1234), (1234.0, 1234),
    ("'1234", 1234), ("1234①", 1234), ("1234（预计）", 1234), (0, 0),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "value"), CELLS, ids=str)
def test_number_as_text_reads(tmp_path, cell, value):
    lines = simple()[:-1]
    lines[3][2] = cell
    forecast = load_district_forecast(save(tmp_path / "a.xlsx", lines))
    row = forecast[forecast.locator == "表1!C4"].iloc[0]
    assert (row.value, row.lower, row.upper) == (value, value, value)


@pytest.mark.parametrize("cell", [None, "—", "－", "…", "……", "/", "／", "", " ", "-", "N/A", "暂缺"])
def test_missing_stays_missing(tmp_path, cell):
    lines = simple()
    lines[3][2] = cell
    forecast = load_district_forecast(save(tmp_path / "a.xlsx", lines))
    row = forecast[forecast.locator == "表1!C4"].iloc[0]
    assert pd.isna(row[["value", "lower", "upper"]]).all()
    assert len(forecast) == 64


PRECISION = [
    ("万家", 1.1, "0.00", 11_000, 10_950, 11_050), ("万家", 1.1, "General", 11_000, 10_500, 11_500),
    ("万家", 1.10493, "0.0", 11_000, 10_500, 11_500), ("万家", 1.1, "0.##", 11_000, 10_500, 11_500),
    ("万家", "1.1049", "General", 11_049, 11_048.5, 11_049.5), ("千家", 11049, "#,##0,", 11_000, 10_500, 11_500),
    ("家", 11049, "#,##0", 11_049, 11_049, 11_049), ("家", 11049, "0.00", 11_049, 11_049, 11_049),
    ("家", 11049, '0"家"', 11_049, 11_049, 11_049), ("家", "1.1万", "General", 11_000, 10_500, 11_500),
    ("家", "4400余", "General", 4400, 4400, float("inf")), ("家", 1.1, '0.0"万家"', 11_000, 10_500, 11_500),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "cell", "shown", "value", "lower", "upper"), PRECISION)
def test_precision_is_what_the_cell_shows(tmp_path, unit, cell, shown, value, lower, upper):
    book = Workbook()
    worksheet = sheet(book, [[f"2015年{WORDS[SMES]}"], [f"单位：{unit}"], ["区县", "企业数"]])
    for name in NAMES.values():
        worksheet.append([name, cell])
        worksheet.cell(worksheet.max_row, 2).number_format = shown
    book.save(tmp_path / "a.xlsx")
    row = load_district_forecast(tmp_path / "a.xlsx").iloc[0]
    assert (row.value, row.lower, row.upper) == (value, lower, upper)


def test_all_problems_at_once_by_cell(tmp_path):
    lines = simple()[:-1]
    lines[1][0], lines[2][0] = "河西去", "和平区"
    lines[3][1], lines[4][1], lines[5][2], lines[6][2] = -4, 3.5, "abc", "12%"
    lines[7][0] = lines[8][0]
    found = problems(save(tmp_path / "a.xlsx", lines))
    reasons = {
        "表1!A2": "is not a district of the plan; did you mean 河西区?", "表1!B4": "is negative", "表1!B5": "is a fraction",
        "表1!C6": "cannot be read as a number", "表1!C7": "is a percentage", "表1!A9": "is a duplicate",
    }  # fmt: skip
    for place, reason in reasons.items():
        assert found[place].reason.startswith(reason), place
    assert found["表1!A2"].value == "河西去"
    assert found["表1"].value == "东丽区"  # replaced by the duplicate
    assert set(found) == {*reasons, "表1"}


UNREADABLE = ["1,2345", "约", "12.34.5", "#REF!", True, datetime.date(2015, 1, 1), 10**12, "壹佰"]


@pytest.mark.parametrize("cell", UNREADABLE, ids=str)
def test_unreadable_number_is_named(tmp_path, cell):
    lines = simple()
    lines[3][2] = cell
    assert "表1!C4" in problems(save(tmp_path / "a.xlsx", lines))


def test_formula_never_calculated_is_named(tmp_path):
    lines = simple()
    lines[3][2], lines[-1][1] = "=1000+49", "=SUM(B2:B17)"
    found = problems(save(tmp_path / "a.xlsx", lines))
    assert set(found) == {"表1!C4", "表1!B18"}
    assert found["表1!C4"].value == "=1000+49"
    assert "never calculated" in found["表1!C4"].reason


@pytest.mark.parametrize("inside", ['<x:note xmlns:x="urn:x"/>', "<!-- a remark -->"])
def test_formula_is_seen_whatever_stands_beside_it(tmp_path, inside):
    """A cell with a remark, or with a prefix declared for it, is parsed like any other."""
    lines = simple()
    lines[3][2] = "=1000+49"
    path = save(tmp_path / "a.xlsx", lines)
    content = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(path, "w") as target:
        for item in source.infolist():
            target.writestr(item, source.read(item).replace(b"</f>", b"</f>" + inside.encode()))
    assert set(problems(path)) == {"表1!C4"}


def test_formula_with_a_prefix_declared_above_reads(tmp_path):
    lines = simple()
    lines[1][1] = "=2999+1"
    path = with_results(save(tmp_path / "a.xlsx", lines), {"B2": 3000})
    content = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(path, "w") as target:
        for item in source.infolist():
            part = source.read(item)
            if item.filename.startswith("xl/worksheets/"):
                part = part.replace(b"<worksheet ", b'<worksheet xmlns:x="urn:x" ').replace(
                    b"<f>", b'<f x:y="1">'
                )
            target.writestr(item, part)
    assert held(load_district_forecast(path)) == expected()


def with_results(path, results):
    """Put results behind formulas, as a spreadsheet program does when it saves."""
    content = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(path, "w") as target:
        for item in source.infolist():
            part = source.read(item).decode() if item.filename.endswith(".xml") else source.read(item)
            if item.filename.startswith("xl/worksheets/"):
                for cell, result in results.items():
                    part = re.sub(rf'(<c r="{cell}"[^>]*><f>.*?</f>)<v\s*/>', rf"\g<1><v>{result}</v>", part)
            target.writestr(item, part)
    return path


def test_formula_with_its_result_reads(tmp_path):
    lines = simple()
    lines[1][1], lines[-1][1] = "=2999+1", "=SUM(B2:B17)"
    path = save(tmp_path / "a.xlsx", lines)
    with_results(path, {"B2": 3000, "B18": total(SMES, 2012)})
    assert held(load_district_forecast(path)) == expected()
    with_results(save(path, lines), {"B2": 3000, "B18": 1})
    assert set(problems(path)) == {"表1!B18"}


def test_balance_is_classified(tmp_path):
    """A gap is one keystroke, with the suspect, or unexplained; lenient reading keeps it as a warning."""
    lines = simple()
    lines[-1][1] = int(str(total(SMES, 2012))[::-1])
    lines[-1][2] = int(f"9{lines[-1][2]}")
    found = problems(save(tmp_path / "a.xlsx", lines))
    assert set(found) == {"表1!B18", "表1!C18"}
    assert "(unexplained)" in found["表1!B18"].reason
    assert "(one-digit slip); 表1!C18 may be" in found["表1!C18"].reason
    lenient = load_district_forecast(tmp_path / "a.xlsx", strict=False)
    assert held(lenient) == expected()
    assert len(lenient.attrs["warnings"]) == 2


def test_rounding_is_no_fault(tmp_path):
    lines = [
        [f"2015年{WORDS[SMES]}（万家）"],
        ["区县", "企业数"],
        *([name, "1.13"] for name in NAMES.values()),
    ]
    forecast = load_district_forecast(save(tmp_path / "a.xlsx", [*lines, ["合计", "18.1"]]))
    (warning,) = forecast.attrs["warnings"]
    assert "表1!B19: '181000'" in warning
    assert "(rounding)" in warning


def test_subtotal_that_does_not_balance_is_named(tmp_path):
    lines = with_groups()
    lines[7][2] += 5000
    assert "表1!C8" in problems(save(tmp_path / "a.xlsx", lines))


AMBIGUOUS = {
    "no year": ([["区县", WORDS[SMES]]], "表1!B1", "names no year"),
    "no indicator": ([["区县", "2015年企业数"]], "表1!B1", "names no indicator"),
    "two years": ([["区县", f"2012年、2015年{WORDS[SMES]}"]], "表1!B1", "more than one year (2012, 2015)"),
    "two indicators": ([["2015年科技型中小企业和科技小巨人企业"], ["区县", "数量"]], "表1!B2", "more than one indicator"),
    "additions": ([["2015年新增科技型中小企业"], ["区县", "数量"]], "表1!B2", "speaks of additions"),
    "rates": ([["2015年科技型中小企业增长率"], ["区县", "2015年"]], "表1!B2", "speaks of rates"),
    "a part": ([["区县", "2015年上市科技型中小企业"]], "表1!B1", "it says 上市 besides"),
    "unit of money": ([["2015年科技型中小企业"], ["单位：亿元"], ["区县", "数量"]], "表1!B3", "has the unit 亿元"),
    "unit somewhere else": ([["区县", "2015年科技型中小企业"], ["注：以下以百家计"]], "表1!A2", "speaks of 百家"),
    "no header": ([["各区县"]], "表1!A1", "no recognisable header"),
}  # fmt: skip


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_ambiguous_header_stops(tmp_path, case):
    """Nothing is guessed: the message names the cell and says what it saw."""
    head, place, reason = AMBIGUOUS[case]
    found = problems(save(tmp_path / "a.xlsx", [*head, *rows([(SMES, 2015)])]))
    assert reason in found[place].reason


def test_two_columns_of_the_same_are_ambiguous(tmp_path):
    lines = simple()
    lines[0][2] = lines[0][1]
    found = problems(save(tmp_path / "a.xlsx", lines))
    assert "column B" in found["表1!C1"].reason


def test_numbers_without_header_or_name_are_named(tmp_path):
    lines = simple()[:-1]
    lines[5].append(7)
    lines.insert(9, [None, 71, 72, 13, 14])
    assert {"表1!F6", "表1!B10"} <= set(problems(save(tmp_path / "a.xlsx", lines)))


def test_number_merged_over_two_districts_is_named(tmp_path):
    lines = simple()[:-1]
    lines[3][1] = None
    assert "is merged with 表1!B3" in problems(save(tmp_path / "a.xlsx", lines, ("B3:B4",)))["表1!B4"].reason


def test_several_sheets_name_the_sheet(tmp_path):
    book = Workbook()
    sheet(book, simple(), "甲")
    sheet(book, simple(), "乙")
    book.save(tmp_path / "a.xlsx")
    found = problems(tmp_path / "a.xlsx")
    assert "甲!B2" in found["乙!A2"].reason
    assert len(found) == 16


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_reads_in_every_encoding(tmp_path, encoding):
    text = "\r\n".join(
        ",".join("" if cell is None else str(cell) for cell in line) for line in [*TWO, *rows()]
    )
    path = tmp_path / "附件1.csv"
    path.write_bytes(text.encode(encoding))
    forecast = load_district_forecast(path)
    assert held(forecast) == expected()
    assert forecast.locator[0] == "附件1!B3"


def test_csv_as_spreadsheet_programs_export_it(tmp_path):
    """Numbers as ="3000" or '3000, tabs between the cells, and the name of a workbook."""
    lines = [line.copy() for line in simple()]
    lines[1][1], lines[1][2] = '="3000"', "'3030"
    path = tmp_path / "a.xls"
    path.write_text("\n".join("\t".join(map(str, line)) for line in lines), encoding="gb18030")
    assert held(load_district_forecast(path)) == expected()


def old_workbook(path):
    book = xlwt.Workbook()
    worksheet = book.add_sheet("表1")
    shown = xlwt.easyxf(num_format_str="0.00")
    worksheet.write_merge(0, 0, 0, 1, f"2015年{WORDS[SMES]}（万家）")
    worksheet.write_merge(1, 2, 0, 0, "区县")
    worksheet.write(1, 1, "数量")
    worksheet.write(2, 1, datetime.date(2015, 12, 31), xlwt.easyxf(num_format_str="YYYY-MM-DD"))
    for place, name in enumerate(NAMES.values(), start=3):
        worksheet.write(place, 0, name)
        worksheet.write(place, 1, 1.1, shown)
    book.save(str(path))
    return path


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx"])
def test_old_workbook_reads_whatever_its_name(tmp_path, name):
    row = load_district_forecast(old_workbook(tmp_path / name)).iloc[0]
    assert (row.year, row.value, row.lower, row.upper, row.locator) == (
        2015,
        11_000,
        10_950,
        11_050,
        "表1!B4",
    )


NOT_WORKBOOKS = {
    "empty": (b"", "is empty"),
    "text": (b"nothing to see here", "not a workbook"),
    "html": (b"<html><table><tr><td>1</td></tr></table></html>", "an HTML page"),
    "pdf": (b"%PDF-1.7 ...", "a PDF document"),
    "cut short": (b"PK\x03\x04" + b"\x00" * 100, "damaged"),
    "old header": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "damaged"),
    "password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
    "oversized": (b"PK" + b"\x00" * 20_000_001, "is larger than 20 MB"),
}  # fmt: skip


@pytest.mark.parametrize("kind", NOT_WORKBOOKS)
def test_no_workbook_is_one_clear_error(tmp_path, kind):
    content, reason = NOT_WORKBOOKS[kind]
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    (problem,) = problems(path).values()
    assert problem.path == str(path)
    assert reason in problem.reason


def test_missing_file_is_named(tmp_path):
    (problem,) = problems(tmp_path / "nowhere.xlsx").values()
    assert problem.reason == "cannot be read (No such file or directory)"


def test_binary_named_csv_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n\x00\x01,c\n")
    (problem,) = problems(path).values()
    assert "is not text" in problem.reason


def test_flipped_bytes_never_surprise(tmp_path):
    """Damage anywhere ends in the same frame or in a DataError."""
    content = save(tmp_path / "a.xlsx", simple()).read_bytes()
    for place in range(0, len(content), 97):
        path = tmp_path / "b.xlsx"
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            forecast = load_district_forecast(path)
        except DataError:
            continue
        assert held(forecast) == expected()


def test_stray_cell_at_the_end_of_the_sheet_is_oversized(tmp_path):
    book = Workbook()
    sheet(book, simple())["XFD1048576"] = "x"
    book.save(tmp_path / "a.xlsx")
    assert "XFD1048576" in next(iter(problems(tmp_path / "a.xlsx")))


def test_found_in_the_folder_of_raw_tables(raw_copy):
    """A workbook in annex1 takes the estimate's place; lock files and notes are passed over."""
    save(raw_copy / "annex1" / "附件1.xlsx", simple())
    (raw_copy / "annex1" / "~$附件1.xlsx").write_bytes(b"lock")
    (raw_copy / "annex1" / "说明.txt").write_text("来源：市科委", encoding="utf-8")
    assert find_workbook(raw_copy).name == "附件1.xlsx"
    forecast = load_district_forecast(folder=raw_copy)
    assert set(forecast.basis) == {"official"}
    save(raw_copy / "annex1" / "另一份.xlsx", simple())
    with pytest.raises(DataError, match="several workbooks"):
        load_district_forecast(folder=raw_copy)


# ---------------------------------------------------------------- many rows

LONG = {
    "titles above": lambda rows_: [[f"文字{place}无关"] for place in range(rows_)] + simple(),
    "texts in a column of their own": lambda rows_: [
        [*line, None] for line in simple()] + [[None] * 5 + [f"文字{place}无关"] for place in range(rows_)],
    "lines between two tables": lambda rows_: [
        HEAD[:3], *rows(COLUMNS[:2]), *([f"文字{place}无关"] for place in range(rows_)),
        [HEAD[0], *HEAD[3:]], *rows(COLUMNS[2:])],
    "a header on every page": lambda rows_: [
        line for place in range(rows_ // 4) for line in (["序号", *HEAD], *([place, *line] for line in rows()[:4]))],
    "titles without a year": lambda rows_: [
        line for place in range(rows_ // 3)
        for line in ([f"表{place}"], ["区县", "科技型中小企业"], [NAMES["heping"], place])],
    "unknown names": lambda rows_: [*simple(), *([f"某{place}平区", 1, 2, 3, 4] for place in range(rows_))],
    "totals never calculated": lambda rows_: [
        HEAD, *(line for _ in range(rows_ // 2) for line in ([NAMES["heping"]], ["合计", '=IF(COUNT(B2:B3)=0,"",SUM(B2:B3))']))],
    "levels of a header": lambda rows_: [
        *([None, *(f"文字{place}号{column}" for column in range(4))] for place in range(rows_)), *simple()],
}  # fmt: skip


def calls(path):
    """Functions called to read a workbook."""
    count = 0

    def counted(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        load_district_forecast(path)
    except DataError:
        pass
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("case", LONG)
def test_work_grows_with_the_rows(tmp_path, case):
    """Twice the rows are at most twice the work."""
    load_district_forecast(save(tmp_path / "first.xlsx", simple()))  # what is loaded and cached once
    once, twice = (calls(save(tmp_path / f"{count}.xlsx", LONG[case](count))) for count in (600, 1200))
    assert twice < 2.1 * once


def test_work_grows_with_titles_and_columns(tmp_path):
    """Not with their product, although each title may hold for every column."""
    load_district_forecast(save(tmp_path / "first.xlsx", simple()))
    once, twice = (
        calls(save(tmp_path / f"{count}.xlsx", [
            *([f"本年新增的文字{place}无关"] for place in range(4 * count)),
            ["区县", *(f"{column}号企业数" for column in range(count))],
            *([name] + [7] * count for name in NAMES.values()),
        ]))
        for count in (100, 200)
    )  # fmt: skip
    assert twice < 2.1 * once


def test_error_repeats_some_titles_only(tmp_path):
    titles = [[f"本年新增的文字{place}无关"] for place in range(30)]
    told = next(iter(problems(save(tmp_path / "a.xlsx", [*titles, *simple()])).values())).reason
    assert "本年新增的文字0无关 / 本年新增的文字1无关" in told
    assert told.endswith("本年新增的文字19无关 / …")


def test_as_many_districts_as_rows(tmp_path, raw_copy):
    """Of a plan with thousands of districts, in the plan's order; few mistyped names are searched for."""
    names = [f"{chr(0x5200 + place // 60)}{chr(0x5300 + place % 60)}区" for place in range(3000)]
    lines = [
        f"area_{place},{200_000 + place},,{name},,Name {place},group {place // 20},{1 + place // 20},{1 + place % 20}"
        for place, name in enumerate(names)
    ]
    with (raw_copy / "districts.csv").open("a", encoding="utf-8") as table:
        table.write("".join(f"{line}\n" for line in lines))
    head = ["序号", "区县", *(f"{year}年科技型中小企业（家）" for year in (2012, 2015))]
    every = [
        [place, name, 1000 + place, 2000 + place]
        for place, name in enumerate([*NAMES.values(), *names], start=1)
    ]
    total_ = [None, "合计", *(sum(line[column] for line in every) for column in (2, 3))]
    forecast = load_district_forecast(
        save(tmp_path / "a.xlsx", [head, *reversed(every), total_]), folder=raw_copy
    )
    assert forecast.name_zh.tolist() == [*NAMES.values(), *names] * 2
    assert forecast.value.tolist() == [start + place for start in (1000, 2000) for place in range(1, 3017)]
    mistyped = [
        [place, f"{name}丙丁" if place % 300 == 17 else name, *numbers] for place, name, *numbers in every
    ]
    found = problems(save(tmp_path / "b.xlsx", [head, *mistyped]), folder=raw_copy).values()
    refused = [problem.reason for problem in found if "is not a district" in problem.reason]
    assert len(refused) == 10
    assert [reason for reason in refused if "did you mean" in reason] == refused[:2]
