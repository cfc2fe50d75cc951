"""What the labels of a district table mean: districts, years, indicators and units as offices write them."""

from __future__ import annotations

import datetime
import difflib
import re
import unicodedata
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any, NamedTuple

from .rounding import MAGNITUDES, UNITS
from .schema import YEARS

# How Tianjin's offices call each group of its districts; its English name is that of districts.csv. Other
# groups go by the name that they have there.
_GROUPS = {
    "central six": ("市内六区", "中心六区", "市区六区", "内六区", "中心城区", "市内6区"),
    "ring four": ("环城四区", "近郊四区", "新四区", "环城4区"),
    "outer five": ("远郊五区县", "远郊区县", "远郊五区", "两区三县", "二区三县", "五区县", "远郊5区县"),
}
_TOTAL = re.compile(
    r"(?:全市|全部)?(?:(?:\d{1,2}|十[一二三四五六七八九]?|各)?个?区[、,]?县?)?(?:合计|总计|共计|总数|总和)数?(?:\(?total\)?)?"
    r"|全市|天津|(?:\d{1,2}|十[一二三四五六七八九]?|各)?个?区县?小计|(?:grand|city)?total"
)
_SUBTOTAL = ("小计", "合计", "subtotal")
# Names of development zones end like this; inside Binhai they are parts of a district, not districts.
_ZONE = (
    "开发区", "高新区", "保税区", "港区", "生态城", "功能区",
    "商务区", "经济区", "工业区", "示范区", "园区", "新城",
)  # fmt: skip
# Rows about the table, the year before, or the people who filled it in; of use to nobody here.
_ASIDE = re.compile(
    r"不含|除外|上年|去年|同期|同比|增长|增幅|增速|比重|占比|占全|平均|人均|差额|校验|核对|检查|全市目标"
    r"|注\d*[:.]|^注$|说明|备注|来源|填报|填表|制表|审核|负责人|联系|电话|传真|邮编|日期|合计不"
)

_INDICATOR_WORDS = {
    "little_giants": re.compile(r"(?:科技)?型?(?:企业)?[“\"]?小巨人[”\"]?(?:企业)?|little-?giants?"),
    "technology_smes": re.compile(
        r"科技型?(?:中小)?(?:型)?企业|中小企业|科技型(?!小巨人)|tech(?:nology)?(?:firm|sme)s?"
    ),
}
# Columns that count something else: changes, shares, ranks, money, people, remarks.
OTHER = re.compile(
    r"率|增长|增幅|增速|增加|新增|净增|增量|占|比重|比例|百分比|比上年|比20|同比|排名|位次|序号|^序$|编号|代码|电话|联系"
    r"|备注|说明|^注|负责|收入|产值|利润|税|专利|人员|人数|就业|资金|投入|孵化|领军|高新技术|growth|increase|share|rank"
    r"|remark|^notes?$|^code$|^no\.?$|revenue"
)
# Of these, what a title may speak of beside the firms' number.
SUBJECT = re.compile(r"收入|产值|利润|税|专利|人员|人数|就业|资金|投入|孵化|高新技术|revenue")
FLOW = re.compile(r"新增|净增|增加数|增量")
RATE = re.compile(r"率|增速|增幅|增长|占比|比重|比例|growth|share")
STOCK = re.compile(r"存量|总数|总量|累计|年末|年底|规模")
COUNT = re.compile(
    r"数|目标|预测|预计|计划|实际|现状|规模|总量|number|firms|count|forecast|target|actual|plan"
)
# What a header may say beside indicator, year and unit without counting anything else.
_HARMLESS = re.compile(
    r"企业户数|企业|公司|家数|个数|数量|总数|总量|数|规模|总体|目标|任务|预测|预计|预期|计划|规划|实际|现状|完成|实现|达到|累计|存量"
    r"|发展|年末|全年|年度|当年|年|期末|末|底|总|合计|小计|值|情况|其中|约|各|区县|截至|截止|到|至|的|和|及|[efp]|[\W_]"
    r"|\d{1,2}月|[一二三四1-4]季度|forecast|target|actual|plan(?:ned)?|expected|estimated?|number|count|total|stock|goal"
    r"|endof|end|firms?|enterprises?|companies|of|at|the|in|by|year"
)
NAMING = re.compile(
    r"区县|区、县|地区|区域|区划|名称|单位|辖区|项目|指标|年份|年度|^区$|district|county|area|region"
)
DATED = re.compile(r"填报|制表|填表|日期|打印|印发|更新|时间|编制|报送|发布|〔\d{4}〕|\[\d{4}\]|\d号$")
_WHOLE_DATE = re.compile(r"20\d\d[年./-]\d{1,2}[月./-]\d{1,2}日?")
_DATE = re.compile(r"20\d\d(?:\.0|[年./-]\d{1,2}(?:-\d{1,2})?(?:[月./-](?:\d{1,2}日?)?)?)?(?!\d)")
NOTE = re.compile(r"^(?:注\d*|说明|备注|来源|资料来源|数据来源|数据截[止至])(?:$|[:,.、]|\d|20)|^注")
YEAR_HEAD = re.compile(r"年份?|年度|年末|years?")
INDICATOR_HEAD = re.compile(r"指标(?:名称)?|项目|类别|企业类型|indicator")
UNIT_HEAD = re.compile(r"(?:计量)?单位|units?")

MISSING = re.compile(r"[-—–―─/\\.…·×]*|n/?a|nan|null|none|无|无数据|缺|暂缺|空|未填|未统计|待统计")
_NUMERALS = str.maketrans("〇○零oO一二三四五六七八九", "00000123456789")
_RANGE = re.compile(r"20\d\d年?[-—–~～至到]+(?:20\d\d|1[3-9]|\d\d(?=年))年?")
_YEAR = re.compile(
    r"(?<!\d)(20\d\d)(?!\d)(?!年?(?:上半年|[一二三]季|前))(?:(?:年|[./-])(\d{1,2})(?:月|[./-]|$))?"
)
UNIT_CELL = re.compile(
    r"(?:^|[\s(,;])(?:计量|企业数|数量|数据|金额)?(?:单\s*位|units?)\s*[:为]\s*([^();。]+?)(?=\s\s|\s*[();。]|\s+[A-Za-z\u4e00-\u9fff]*单|$|\s+unit)",
    re.IGNORECASE,
)
_COUNTED = re.compile(rf"({'|'.join(MAGNITUDES)})?\s*(?:[家户个企]|firms|enterprises|companies)")
_OTHER_UNITS = [re.escape(word) for word, unit in UNITS.items() if unit not in ("firms", "items")]
_MEASURED = re.compile(rf"[万亿千百]*(?:{'|'.join(_OTHER_UNITS)}|平方公里|亩|‰)")
# A word of magnitude before a counting word, or behind 单位, that is no number: 百家, 单位：百, not 3.42万家.
_MAGNITUDE_TOLD = re.compile(
    r"(?<![\d.余多一二三四五六七八九十几数百千万])([百千万])(?:家|户|个(?!百分)|企(?!业))|单位[:为]?([百千万])(?![元人亿])|\(([百千万])\)"
)
# Without one of these no unit is stated.
_UNIT_TOLD = re.compile(r"[家户个企(]|单\s*位|unit|firms|enterprises|companies", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_BRACKETS = str.maketrans("【】〖〗[]{}", "()()()()")


def half_width(text: str) -> str:
    """Full-width letters, digits and marks as half-width ones, without invisible characters."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff]")


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """Half-width, lower case, without any white space: 和　平 区 is 和平区."""
    return "".join(half_width(text).split()).lower()


def unmarked(text: str) -> str:
    """Take marks of footnotes away: ①, ², *, [注1]."""
    return _FOOTNOTE.sub("", _FOOTNOTE_SIGN.sub("", text).strip())


_FOOTNOTE_SIGN = re.compile(r"[①-⑳⑴-⒇¹²³⁴-⁹*＊#※●]")
_FOOTNOTE = re.compile(r"[\[［(（]注?\d{1,2}[\]］)）]$|[\[［][^\[\]［］]*[\]］]$")


def years_named(value: Any) -> set[int]:
    """Ends of years that a cell names: 2015, "2015年底", 二〇一五年, a date; periods and months are none."""
    if isinstance(value, bool):
        return set()
    if isinstance(value, (int, float)):
        return {int(value)} if value in range(YEARS[0], YEARS[1] + 1) else set()
    if isinstance(value, (datetime.datetime, datetime.date)):
        # A date typed for a year is its first or its last day.
        return {value.year} if value.month == 12 or (value.month, value.day) == (1, 1) else set()
    text = str(value)
    if not _TWO.search(plain(text)):
        return set()  # every year begins with it; most texts end here
    text = plain(unmarked(text))
    text = re.sub(r"[〇○零o一二三四五六七八九]{4}(?=年|$)", lambda match: match[0].translate(_NUMERALS), text)
    text = _RANGE.sub(" ", text)
    found = {int(match[1]) for match in _YEAR.finditer(text) if match[2] in (None, "12")}
    return {year for year in found if YEARS[0] <= year <= YEARS[1]}


_TWO = re.compile("[2二]")


def title_of(text: str) -> str:
    """What a line above a table says of it: nothing if it only says who wrote it, and when."""
    text = re.sub(r"[(（][^()（）]*[)）]", lambda match: "" if DATED.search(match[0]) else match[0], text)
    return (
        "" if DATED.search(text) or NOTE.search(text.strip()) or _WHOLE_DATE.fullmatch(plain(text)) else text
    )


def indicators_named(text: str) -> set[str]:
    """Indicators that a text names; what stands in parentheses is not meant."""
    whole = plain(text)
    own = re.sub(r"\([^)]*\)", "", whole) or whole
    found = {name for name, words in _INDICATOR_WORDS.items() if words.search(own)}
    # 科技企业“小巨人” is one name, unless the text counts up several.
    if len(found) == 2 and "中小" not in own and not re.search(r"[和及与、/,]|sme", own):
        return {"little_giants"}
    return found


def remainder(text: str) -> str:
    """What a header says besides indicator, year, unit and words that change nothing."""
    rest = _IN_BRACKETS.sub("", plain(unmarked(text)).translate(_BRACKETS))
    rest = re.sub(r"[:,/]?[百千万]{0,4}[家户个]$|^[百千万]*[家户个]", "", rest)
    for words in (
        *_INDICATOR_WORDS.values(),
        _RANGE,
        _DATE,
        re.compile(r"[〇○零o一二三四五六七八九]{4}(?:年|$)"),
    ):
        rest = words.sub("", rest)
    return _HARMLESS.sub("", rest)


def units_named(text: str) -> set[str]:
    """Units that a text states alone, in parentheses or behind 单位: a word of magnitude, "" for firms."""
    normal = half_width(text).translate(_BRACKETS)
    found: set[str] = set()
    if not _UNIT_TOLD.search(normal):
        return found  # most texts end here
    for stated in (normal, *UNIT_CELL.findall(normal), *re.findall(r"\(([^()]*)\)", normal)):
        for word in re.split(r"[、,/和及]", re.sub(r"\s+", "", stated.lower()).removeprefix("单位为")):
            if match := _COUNTED.fullmatch(word):
                found.add(match[1] or "")
            elif stated is not normal and _MEASURED.fullmatch(word):
                found.add(word)
    return found


def magnitudes_told(text: str) -> set[str]:
    """Words of magnitude that a text ties to firms, in whatever form."""
    normal = plain(text).translate(_BRACKETS)
    return {next(filter(None, groups)) for groups in _MAGNITUDE_TOLD.findall(normal)}


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
        self.group_of = {row["area"]: row["group"] for row in districts}
        self.groups: dict[str, list[str]] = {}
        self.labels: dict[str, Who] = {}
        self._known: dict[str, Who | None] = {}
        self._suggested = self._compared = 0
        cities = {row["within"] for row in areas} - self.names.keys()
        for row in areas:
            if row["area"] in cities or row["within"] in self.names:
                who = Who("total" if row["area"] in cities else "zone", "")
                self.labels |= dict.fromkeys((plain(row["name_zh"]), plain(row["name_en"])), who)
        totals = [label for label, who in self.labels.items() if who.kind == "total"]
        self._cities = (*totals, *(label.removesuffix("市") for label in totals))
        known = {row[name] for row in districts for name in ("name_zh", "name_en")}
        own = {row["group"]: (plain(row["group"]),) for row in districts if row["group"] not in known}
        for group, words in (own | _GROUPS).items():
            headings = (*words, *(f"{word}小计" for word in words), f"{group.replace(' ', '')}districts")
            self.labels |= dict.fromkeys(headings, Who("subtotal", group))
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
        self._pairs = set(chain.from_iterable(map(pairwise, self.labels)))

    def who(self, text: str) -> Who | None:
        """Say whom a label names; None if it names nobody known."""
        if text not in self._known:
            self._known[text] = self.labels.get(plain(text)) or self._who(text)
        return self._known[text]

    def _who(self, text: str) -> Who | None:
        label = plain(unmarked(text)).rstrip(":")
        inside = label.startswith("其中")
        label = label.removeprefix("其中").removeprefix(":") if inside else label
        if who := self._spelled(label):
            return who
        bare = _IN_BRACKETS.sub("", label)
        if _ASIDE.search(label) and not inside:
            return Who("aside", "")
        if _TOTAL.fullmatch(bare):
            return Who("total", "")
        counted = bare or label.strip("()")
        if ending := next(filter(counted.endswith, _SUBTOTAL), ""):
            named = self._spelled(counted.removesuffix(ending))
            # 滨海新区小计 over its zones is the district itself.
            return named if named and named.kind in ("district", "subtotal") else Who("subtotal", "")
        return Who("zone", "") if label and (inside or label.endswith(_ZONE)) else None

    def _spelled(self, label: str) -> Who | None:
        """Find a name behind a number, the city's name, a second spelling or a remark in parentheses."""
        if self._pairs.isdisjoint(pairwise(label)):
            return None  # no name can be in it; most texts of a workbook end here
        bare = _IN_BRACKETS.sub("", label)
        numbered = re.sub(r"^\(?(?:\d{1,6}|[一二三四五六七八九十]{1,3})[)、.]?(?=[^\d)、.])", "", bare)
        chinese = re.sub(r"[a-z ,.'-]+", "", numbered)
        tried = (
            label,
            bare,
            re.sub(r"^(?:[一二三四五六七八九十]{1,3}|\d+)[、.]", "", bare),
            numbered,
            chinese,
        )
        for spelling in tried:
            city = next((name for name in self._cities if spelling.startswith(name) and spelling != name), "")
            for name in (spelling, spelling.removeprefix(city)):
                if name in self.labels:
                    return self.labels[name]
        parts = {self.labels.get(part) for part in bare.split("/")}
        return parts.pop() if len(parts) == 1 else None

    def near(self, text: str) -> str:
        """Name the districts that a label nearly spells."""
        # A search through all names, of use to somebody who mistyped a few.
        if self._suggested == _MOST_SUGGESTED or self._compared > _MOST_COMPARED:
            return ""
        self._suggested += 1
        self._compared += len(self.labels)
        label = plain(text)
        shared = set(label).__contains__
        # What shares less than a quarter of all characters is never as near as the cutoff says.
        spellings = [
            name
            for name, who in self.labels.items()
            if who.kind == "district" and 4 * sum(map(shared, name)) >= len(label) + len(name)
        ]
        close = difflib.get_close_matches(label, spellings, n=3, cutoff=0.5)
        names = dict.fromkeys(self.names[self.labels[name].name] for name in close)
        return f"; did you mean {' or '.join(names)}?" if names else ""


_MOST_SUGGESTED, _MOST_COMPARED = 20, 20_000  # labels, and names that they are compared with


def _spellings(name: str) -> tuple[str, str, str]:
    full = plain(name)
    return full, _KIND.sub("", full), _LAST_OF_KIND.sub("", full)


_KIND = re.compile(r"(?:新区|区|县|市)$")
_LAST_OF_KIND = re.compile(r"(?:区|县|市)$")
