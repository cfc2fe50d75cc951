"""What the labels of a district table mean: districts, years, indicators and units as offices write them."""

from __future__ import annotations

import datetime
import difflib
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from .rounding import MAGNITUDES, UNITS
from .schema import YEARS

# How the plan's offices call each group of districts; its English name is that of districts.csv.
_GROUPS = {
    "central six": ("市内六区", "中心六区", "市区六区", "内六区", "中心城区", "市内6区"),
    "ring four": ("环城四区", "近郊四区", "新四区", "环城4区"),
    "outer five": ("远郊五区县", "远郊区县", "远郊五区", "两区三县", "二区三县", "五区县", "远郊5区县"),
}
_TOTAL = re.compile(
    r"(?:全市|天津市?|全部|各区县?|各区、县)?(?:合计|总计|共计|总数|总和)|全市|(?:grand|city)?total"
)
_SUBTOTAL = re.compile(r"(?P<group>.*?)(?:小计|合计|subtotal)")
# Names of development zones end like this; inside Binhai they are parts of a district, not districts.
_ZONE = re.compile(
    r".*(?:开发区|高新区|保税区|港区|港保税区|生态城|功能区|商务区|经济区|工业区|示范区|园区|新城)"
)

_INDICATOR_WORDS = {
    "little_giants": re.compile(r"小巨人|little-?giant"),
    "technology_smes": re.compile(r"科技型?(?:中小)?(?:型)?企业|中小企业|科技型|tech(?:nology)?(?:firm|sme)"),
}
# Columns and rows that count something else: changes, shares, ranks, money, people, remarks.
OTHER = re.compile(
    r"增长|增幅|增速|增加|新增|净增|增量|占|比重|比例|比上年|比20|同比|排名|位次|序号|^序$|编号|代码|电话|联系|备注|说明"
    r"|^注|负责|完成|收入|产值|利润|税|专利|人员|人数|就业|资金|投入|孵化|领军|高新技术|growth|increase|share|rank|remark"
    r"|^notes?$|^code$|^no\.?$|revenue"
)
FLOW = re.compile(r"新增|净增|增加数|增量")
STOCK = re.compile(r"存量|总数|总量|累计|年末|年底|规模")
COUNT = re.compile(
    r"数|目标|预测|预计|计划|实际|现状|规模|总量|number|firms|count|forecast|target|actual|plan"
)
NAMING = re.compile(
    r"区县|区、县|地区|区域|区划|名称|单位|辖区|项目|指标|年份|年度|district|county|area|region"
)
DATED = re.compile(r"填报|制表|填表|日期|打印|印发|更新|时间")
YEAR_HEAD = re.compile(r"年份?|年度|年末|years?")
INDICATOR_HEAD = re.compile(r"指标(?:名称)?|项目|类别|indicator")

MISSING = re.compile(r"[-—–―─/\\.…·]*|n/?a|无|无数据|缺|未统计")
_NUMERALS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_RANGE = re.compile(r"20\d\d年?[-—–~～至到]+(?:20)?\d\d年?")
_YEAR = re.compile(
    r"(?<!\d)(20\d\d)(?!\d)(?!年?(?:上半年|[一二三]季|前))(?:(?:年|[./-])(\d{1,2})(?:月|[./-]|$))?"
)
UNIT_CELL = re.compile(r"(?:^|[\s(,;])(?:计量)?(?:单位|units?)\s*:\s*([^\s();。]+)", re.IGNORECASE)
_COUNTED = re.compile(rf"({'|'.join(MAGNITUDES)})?\s*(?:[家户个企]|firms|enterprises|companies)")
_OTHER_UNITS = [re.escape(word) for word, unit in UNITS.items() if unit not in ("firms", "items")]
_MEASURED = re.compile(rf"[万亿千百]*(?:{'|'.join(_OTHER_UNITS)}|平方公里|亩|‰)")


def half_width(text: str) -> str:
    """Full-width letters, digits and marks as half-width ones."""
    return unicodedata.normalize("NFKC", text)


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """Half-width, lower case, without any white space: 和　平 区 is 和平区."""
    return re.sub(r"\s+", "", half_width(text)).lower()


def years_named(value: Any) -> set[int]:
    """Ends of years that a cell names: 2015, "2015年底", 二〇一五年, a date; periods and months are none."""
    if isinstance(value, bool):
        return set()
    if isinstance(value, (int, float)):
        return {int(value)} if value in range(YEARS[0], YEARS[1] + 1) else set()
    if isinstance(value, (datetime.datetime, datetime.date)):
        # A date typed for a year is its first or its last day.
        return {value.year} if value.month == 12 or (value.month, value.day) == (1, 1) else set()
    text = plain(str(value))
    text = re.sub(r"[〇○零一二三四五六七八九]{4}(?=年)", lambda match: match[0].translate(_NUMERALS), text)
    text = _RANGE.sub(" ", text)
    found = {int(match[1]) for match in _YEAR.finditer(text) if match[2] in (None, "12")}
    return {year for year in found if YEARS[0] <= year <= YEARS[1]}


def indicators_named(text: str) -> set[str]:
    """Indicators that a text names; what stands in parentheses behind 含 is not meant."""
    own = re.sub(r"\(含[^)]*\)", "", plain(text))
    return {name for name, words in _INDICATOR_WORDS.items() if words.search(own)}


def units_named(text: str) -> set[str]:
    """Units that a text states, in parentheses or behind 单位: words of magnitude, "" for plain firms."""
    normal = half_width(text)
    found = set()
    for stated in UNIT_CELL.findall(normal) + re.findall(r"\(([^()]*)\)", normal):
        for word in re.split(r"[、,/和及]", stated.lower()):
            if match := _COUNTED.fullmatch(word.strip()):
                found.add(match[1] or "")
            elif _MEASURED.fullmatch(word.strip()):
                found.add(word.strip())
    return found


def is_count_unit(unit: str) -> bool:
    """Whether a unit from :func:`units_named` counts firms."""
    return not unit or unit in MAGNITUDES


class Who(NamedTuple):
    """Whom a label names: a district, a zone inside one, a subtotal (of a group), or the city's total."""

    kind: str
    name: str


class Names:
    """The names that districts, zones and groups go by.

    Parameters
    ----------
    districts : list of dict
        Rows of ``districts.csv``.
    areas : list of dict
        Rows of ``areas.csv``: area, name_zh, name_en and within.
    """

    def __init__(self, districts: list[dict[str, str]], areas: list[dict[str, str]]):
        self.names = {row["area"]: row["name_zh"] for row in districts}
        self.groups: dict[str, list[str]] = {}
        self.labels: dict[str, Who] = {}
        self._known: dict[str, Who | None] = {}
        self._suggested = 0
        cities = {row["within"] for row in areas} - self.names.keys()
        for row in areas:
            if row["area"] in cities or row["within"] in self.names:
                who = Who("total" if row["area"] in cities else "zone", "")
                self.labels |= dict.fromkeys((plain(row["name_zh"]), plain(row["name_en"])), who)
        self._cities = tuple(label for label, who in self.labels.items() if who.kind == "total")
        for group, words in _GROUPS.items():
            spellings = (*words, *(f"{word}小计" for word in words), f"{group.replace(' ', '')}districts")
            self.labels |= dict.fromkeys(spellings, Who("subtotal", group))
        for row in districts:
            self.groups.setdefault(row["group"], []).append(row["area"])
            former = row["former_zh"].split("、") if row["former_zh"] else []
            # Several former names are districts that were merged: parts of the district today.
            if len(former) > 1:
                parts = (part for name in former for part in _spellings(name))
                self.labels |= dict.fromkeys(parts, Who("zone", ""))
            names = [row["name_zh"], row["later_zh"], *(former if len(former) == 1 else [])]
            spellings = {word for name in names if name for word in _spellings(name)}
            english = plain(row["name_en"])
            spellings |= {english, *(english + word for word in ("district", "county", "newarea"))}
            self.labels |= dict.fromkeys(spellings, Who("district", row["area"]))

    def who(self, text: str) -> Who | None:
        """Say whom a label names; None if it names nobody known."""
        if text not in self._known:
            self._known[text] = self.labels.get(plain(text)) or self._who(text)
        return self._known[text]

    def _who(self, text: str) -> Who | None:
        label = re.sub(r"[①-⑳*＊#]+$|^[#*＊※●]+", "", text.strip())
        label = re.sub(r"\((?:注\d*|\d+)\)$|\[\d+\]$", "", plain(label)).rstrip(":")
        inside = label.startswith("其中")
        label = re.sub(
            r"^其中:?|^\(?(?:\d{1,2}|[一二三四五六七八九十]{1,3})(?:[)、.]|(?<=\d)(?=[^\d]))", "", label
        )
        city = next((name for name in self._cities if label.startswith(name) and label != name), "")
        for spelling in (label, label.removeprefix(city)):
            if spelling in self.labels:
                return self.labels[spelling]
        bare = re.sub(r"\([^()]*\)", "", label)
        if _TOTAL.fullmatch(bare):
            return Who("total", "")
        if match := _SUBTOTAL.fullmatch(bare):
            named = self.labels.get(match["group"])
            # 滨海新区小计 over its zones is the district itself.
            return named if named and named.kind in ("district", "subtotal") else Who("subtotal", "")
        return Who("zone", "") if label and (inside or _ZONE.fullmatch(label)) else None

    def near(self, text: str) -> str:
        """Name the districts that a label nearly spells."""
        self._suggested += 1
        if self._suggested > 20:  # a search through all names, of use to somebody who mistyped a few
            return ""
        spellings = [name for name, who in self.labels.items() if who.kind == "district"]
        close = difflib.get_close_matches(plain(text), spellings, n=3, cutoff=0.5)
        names = dict.fromkeys(self.names[self.labels[name].name] for name in close)
        return f"; did you mean {' or '.join(names)}?" if names else ""


def _spellings(name: str) -> Iterator[str]:
    full = plain(name)
    yield full
    short = re.sub(r"(?:新区|区|县|市)$", "", full)
    if len(short) > 1:
        yield short
