"""Show numbers, sentences and tables in the reader's language.

The language is that of the environment variable ``XJR_LANG`` (``en`` or ``zh``; English if it is
not set), so that one notebook makes the report of either language.
"""

from __future__ import annotations

import calendar
import html
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import pandas as pd

LANGUAGES = ("en", "zh")
_CHOSEN: ContextVar[str] = ContextVar("chosen", default="")

_SCALES = {
    "en": ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")),
    "zh": ((1e12, "万亿"), (1e8, "亿"), (1e4, "万")),
}

# What a base unit is called after a number; "" where the label says it.
_UNITS = {
    "firms": ("firms", "家"),
    "institutions": ("institutions", "家"),
    "CNY": ("yuan", "元"),
    "persons": ("persons", "人"),
    "patents": ("patents", "件"),
    "items": ("", "个"),
    "events": ("events", "场"),
    "occurrences": ("times", "次"),
    "visits": ("visits", "人次"),
    "services": ("services", "项次"),
    "policies": ("policies", "策"),
    "rank": ("", "位"),
    "years": ("years", "年"),
    "times": ("times", "倍"),
    "percent": ("%", "%"),
    "percentage points": ("percentage points", "个百分点"),
}
_PER = {
    "year": ("a year", "/年"),
    "month": ("a month", "/月"),
    "quarter": ("a quarter", "/季度"),
    "person": ("a person", "/人"),
    "firm": ("a firm", "/家"),
}


def language() -> str:
    """Return the language that output is in, ``en`` or ``zh``.

    Examples
    --------
    >>> language() in LANGUAGES
    True
    """
    chosen = _CHOSEN.get() or os.environ.get("XJR_LANG", "en")
    if chosen not in LANGUAGES:
        raise ValueError(f"XJR_LANG is {chosen!r}; expected one of {', '.join(LANGUAGES)}")
    return chosen


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Write in one language for a while, whatever the environment says.

    Examples
    --------
    >>> with speaking("zh"):
    ...     number(34200)
    '3.42万'
    """
    token = _CHOSEN.set(chosen)
    try:
        yield
    finally:
        _CHOSEN.reset(token)


def say(en: str, zh: str) -> str:
    """Return the text that is in the reader's language."""
    return zh if language() == "zh" else en


def number(value: float, digits: int = 4) -> str:
    """Write a number to so many significant digits, in words of scale that the reader expects.

    Parameters
    ----------
    value : float
        Any number; ``inf`` is written ∞ and a missing value as an en dash.
    digits : int
        Significant digits; whole numbers below 10,000 keep all of theirs.

    Returns
    -------
    str
        ``34,200`` or ``916.4 billion`` in English, ``3.42万`` or ``9164亿`` in Chinese.

    Examples
    --------
    >>> number(34200), number(9.164e11), number(1779), number(0.62485, 2)
    ('34,200', '916.4 billion', '1,779', '0.62')
    """
    if pd.isna(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    rounded = _significant(value, digits)
    size, word = _scale(rounded)
    if size == 1 and value == int(value) and abs(value) < 10_000:
        rounded = value
    decimals = max(0, digits - 1 - _exponent(rounded / size))
    text = f"{abs(rounded) / size:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if language() == "zh":
        text = text.replace(",", "")
    return f"{'−' if rounded < 0 else ''}{text}{word}"


def numbers(values: pd.Series, digits: int = 4) -> pd.Series:
    """Write a column of numbers to one scale and one count of decimals.

    Parameters
    ----------
    values : Series
        Numbers of one unit.
    digits : int
        Significant digits of the largest; where no word of scale is used, whole numbers keep all of theirs.

    Returns
    -------
    Series of str
        With the index of `values`; a missing value is an en dash.

    Examples
    --------
    >>> numbers(pd.Series([9.164e11, 2e12, None])).tolist()
    ['0.916 trillion', '2.000 trillion', '–']
    """
    known = values.dropna()
    size, word = _scale(_significant(known.abs().max(), digits)) if len(known) else (1, "")
    # As few decimals as tell the scaled numbers, each rounded to the digits of the largest.
    most = max(0, digits - 1 - _exponent(known.abs().max() / size)) if len(known) else 0
    scaled = (known / size).round(most)
    decimals = next((count for count in range(most) if (scaled.round(count) == scaled).all()), most)
    return values.map(lambda value: "–" if pd.isna(value) else fixed(value / size, decimals) + word)


def amount(value: float, unit: str, digits: int = 4) -> str:
    """Write a number with its unit.

    Examples
    --------
    >>> amount(9.164e11, "CNY"), amount(36.8, "percent"), amount(34200, "firms")
    ('916.4 billion yuan', '36.8%', '34,200 firms')
    """
    counted, _, per = unit.partition("/")
    if counted == "occurrences" and value == 1 and per and language() == "en":
        return f"once {_PER[per][0]}"
    word = say(*_UNITS.get(counted, (counted, counted)))
    gap = "" if word in ("", "%") or language() == "zh" else " "
    each = say(f" {_PER[per][0]}", _PER[per][1]) if per else ""
    return f"{number(value, digits)}{gap}{word}{each}"


def unit_name(unit: str) -> str:
    """Name a base unit without a number, as for the axis of a chart; "" if it has no name.

    Examples
    --------
    >>> unit_name("firms"), unit_name("CNY"), unit_name("items")
    ('firms', 'yuan', '')
    """
    return say(*_UNITS.get(unit, (unit, unit)))


_HEDGES = {
    "at_least": ("at least ", "不少于"),
    "more_than": ("more than ", "超过"),
    "about": ("about ", "约"),
    "nearly": ("nearly ", "近"),
}


def hedged(text: str, qualifier: str) -> str:
    """Put before a number what its print says of it.

    Examples
    --------
    >>> hedged("96,900", "more_than"), hedged("88,000", "rounded")
    ('more than 96,900', '88,000')
    """
    return say(*_HEDGES.get(qualifier, ("", ""))) + text


def percent(fraction: float, decimals: int = 1) -> str:
    """Write a fraction as a percentage.

    Examples
    --------
    >>> percent(0.6541)
    '65.4%'
    """
    return f"{fraction * 100:.{decimals}f}%".replace("-", "−")


def fixed(value: float, decimals: int = 2) -> str:
    """Write a number with a fixed count of decimals.

    Thousands are parted by commas in English only: Chinese counts in ten thousands.

    Examples
    --------
    >>> fixed(2.736), fixed(11049, 0)
    ('2.74', '11,049')
    """
    text = f"{value:,.{decimals}f}".replace("-", "−")
    return text if language() == "en" else text.replace(",", "")


def in_sentence(name: str) -> str:
    """Write a name as it stands inside a sentence; what begins with several capitals or a sign keeps them.

    Examples
    --------
    >>> in_sentence("Technology SMEs"), in_sentence("R&D expenditure"), in_sentence("科技小巨人企业")
    ('technology SMEs', 'R&D expenditure', '科技小巨人企业')
    """
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def joined(texts: Iterable[str]) -> str:
    """Write a list of words as in a sentence.

    Examples
    --------
    >>> joined(["Heping", "Hexi", "Nankai"]), joined(["Heping"])
    ('Heping, Hexi and Nankai', 'Heping')
    """
    *most, last = [*texts] or [""]
    return say(", ", "、").join(most) + say(" and ", "和") + last if most else last


def span(lower: str, upper: str) -> str:
    """Write bounds; the same text twice means that nothing was rounded away.

    An English word of scale stands behind the second only, if both have the same.

    Examples
    --------
    >>> span("34,150", "34,250"), span("1,779", "1,779"), span("1.5 billion", "2 billion yuan")
    ('34,150 to 34,250', '1,779', '1.5 to 2 billion yuan')
    """
    for _, word in _SCALES["en"]:
        if lower != upper and lower.endswith(word) and word in upper:
            lower = lower.removesuffix(word)
    return lower if lower == upper else say(f"{lower} to {upper}", f"{lower}～{upper}")


def ranges(
    frame: pd.DataFrame,
    name: str = "",
    write: Callable[[float, int], str] | None = None,
    digits: int = 4,
) -> list[str]:
    """Write the bounds of each row of a computed frame.

    Parameters
    ----------
    frame : DataFrame
        Has the columns ``{name}_lower`` and ``{name}_upper``; ``lower`` and ``upper`` if no name is given.
    name : str
        Name of the computed column.
    write : callable, optional
        Writes one number to so many decimals, such as :func:`percent`; :func:`amount` in the row's unit
        if omitted.
    digits : int
        Decimals that `write` begins with, or significant digits of the amounts.

    Returns
    -------
    list of str

    Examples
    --------
    >>> ranges(pd.DataFrame({"lower": [12400], "upper": [12600], "unit": ["firms"]}))
    ['12,400 to 12,600 firms']
    """
    prefix = f"{name}_" if name else ""
    bounds = zip(frame["unit"], frame[f"{prefix}lower"], frame[f"{prefix}upper"], strict=True)
    if write:
        return [_written(lower, upper, write, digits) for _, lower, upper in bounds]
    return [interval(lower, upper, unit, digits) for unit, lower, upper in bounds]


def interval(lower: float, upper: float, unit: str, digits: int = 4) -> str:
    """Write bounds with their unit, to as many digits as tell them apart.

    Examples
    --------
    >>> interval(12400, 12600, "firms"), interval(2e12, math.inf, "CNY"), interval(726, 726, "firms")
    ('12,400 to 12,600 firms', '2 trillion yuan or more', '726 firms')
    """
    if math.isinf(upper):
        least = amount(lower, unit, digits)
        return say(f"{least} or more", f"{least}及以上")
    if lower == upper or math.isnan(lower) or math.isnan(upper):
        return amount(upper, unit, digits)
    # Bounds that differ have to read differently, however close they are.
    while number(lower, digits) == number(upper, digits):
        digits += 1
    if unit == "percent":  # 8.21% to 12.19%, not 8.211% to 12.190%
        rounded = round(lower, max(0, digits - 1 - _exponent(upper)))
        lower = lower if number(rounded, digits) == number(upper, digits) else rounded
    # 4000家～1.14万家, not 4000～1.14万家: the scale word would seem to hold for both.
    alike = _scale(_significant(lower, digits)) == _scale(_significant(upper, digits))
    whole = unit == "percent" or (language() == "zh" and not alike)
    first, second = (
        amount(lower, unit, digits) if whole else number(lower, digits),
        amount(upper, unit, digits),
    )
    return span(*_evened(first, second)) if alike else span(first, second)


def _evened(*texts: str) -> list[str]:
    """Give the number that each text begins with as many decimals as the longest has."""
    parts = [re.fullmatch(r"(\D?[\d,]+)(?:\.(\d+))?(.*)", text) for text in texts]
    found = [part.groups("") for part in parts if part]
    most = max(len(decimals) for _, decimals, _ in found)
    return [
        f"{whole}.{decimals:0<{most}}{rest}" if most else f"{whole}{rest}" for whole, decimals, rest in found
    ]


def _written(lower: float, upper: float, write: Callable[[float, int], str], decimals: int) -> str:
    # Beyond twelve decimals lies the noise of binary arithmetic.
    while write(lower, decimals) == write(upper, decimals) and not math.isclose(lower, upper, rel_tol=1e-12):
        decimals += 1
    return span(write(lower, decimals), write(upper, decimals))


def place(locator: str) -> str:
    """Name a place of the plan in the reader's language.

    Examples
    --------
    >>> place("part 2, section 2, item 1")
    'part 2, section 2, item 1'
    """
    if language() == "en":
        return locator
    numerals = "零一二三四五六七八九十"
    text = re.sub(r"part (\d+)", lambda match: f"第{numerals[int(match[1])]}部分", locator)
    text = re.sub(r", section (\d+)", lambda match: f"（{numerals[int(match[1])]}）", text)
    text = re.sub(r", item (\d+)", r"第\1条", text)
    text = re.sub(r", task (\d+)", r"第\1项任务", text)
    text = text.removeprefix("at ")  # at “…”: the words of the text that hold the figure
    return re.sub(r"annex (\d+)", r"附件\1", text).replace("list of annexes", "附件目录")


def escaped(text: str) -> str:
    """Write a text that came from outside so that Markdown shows it as it is: no markup, no HTML.

    Examples
    --------
    >>> escaped("<b>_a_")
    '&lt;b&gt;&#95;a&#95;'
    """
    return re.sub(r"[\\\\`*_{}\[\]()#+.!|~:/@-]", lambda match: f"&#{ord(match[0])};", html.escape(text))


@dataclass(frozen=True)
class Prose:
    """Sentences with computed numbers, in Markdown, shown in the reader's language.

    Examples
    --------
    >>> Prose(en="Stocks **doubled**.", zh="存量**翻番**。")
    Stocks **doubled**.
    """

    en: str
    zh: str

    def __repr__(self) -> str:
        return say(self.en, self.zh)

    def _repr_markdown_(self) -> str:
        return say(self.en, self.zh)


def bullets(*items: Prose, mark: str = "-") -> Prose:
    """Set several findings as one list; with the mark ``1.`` they are numbered.

    Examples
    --------
    >>> bullets(Prose("one", "一"), Prose("two", "二"))
    - one
    - two
    """
    return Prose(*("\n".join(f"{mark} {getattr(item, name)}" for item in items) for name in LANGUAGES))


@dataclass(frozen=True)
class Table:
    """A statistical table: caption, unit, column heads, rows named by their first cell, source, note.

    Parameters
    ----------
    frame : DataFrame
        Cells as they are to be read (text); column names are the heads, the first column names
        the row. A cell that is a web address becomes a link.
    caption : str
        What the table shows.
    source : str
        Where its content comes from.
    unit : str
        What the numbers count, if neither the cells nor the heads say it.
    note : str
        Remarks.
    words : tuple of str
        Columns of words, set left; the others hold numbers and are set right.
    """

    frame: pd.DataFrame
    caption: str
    source: str
    unit: str = ""
    note: str = ""
    words: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """Caption and unit."""
        return self.caption + (say(f" ({self.unit})", f"（单位：{self.unit}）") if self.unit else "")

    @property
    def foot(self) -> str:
        """Source and note."""
        source = say(f"Source: {self.source}.", f"资料来源：{self.source}。")
        return say(" ", "").join([source, *([self.note] if self.note else [])])

    def __repr__(self) -> str:
        rows = [list(self.frame.columns), *self.frame.to_numpy().tolist()]
        return "\n".join([self.heading, *(" | ".join(map(str, row)) for row in rows), self.foot])

    def _repr_html_(self) -> str:
        heads = "".join(
            f'<th scope="col"{self._kind(name, name)}>{_text(name)}</th>' for name in self.frame.columns
        )
        rows = "\n".join(self._row(row) for row in self.frame.to_numpy().tolist())
        return (
            # Wide tables scroll by themselves; so that the keyboard can scroll them, they take the focus.
            f'<div class="table" role="region" tabindex="0" aria-label="{_text(self.caption)}">'
            f"<table>\n<caption>{_text(self.heading)}</caption>\n"
            f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>\n"
            f'<p class="note">{_text(self.foot)}</p>'
        )

    def _row(self, row: list[Any]) -> str:
        first, *rest = zip(self.frame.columns, row, strict=True)
        cells = "".join(f"<td{self._kind(name, cell)}>{_linked(cell)}</td>" for name, cell in rest)
        return f'<tr><th scope="row"{self._kind(*first)}>{_text(first[1])}</th>{cells}</tr>'

    def _kind(self, name: str, cell: Any) -> str:
        number = name not in self.words and name != self.frame.columns[0]
        # A date, or a name of a few characters, is not broken over two lines.
        kinds = [*(["number"] if number else []), *(["short"] if display_width(str(cell)) <= 14 else [])]
        return f' class="{" ".join(kinds)}"' if kinds else ""


def display_width(text: str) -> int:
    """Count the columns that a text takes; a Chinese character takes two.

    Examples
    --------
    >>> display_width("3.42万")
    6
    """
    return sum(1 if char.isascii() else 2 for char in text)


def figure_table(figures: pd.DataFrame, caption: str, source: str, note: str = "") -> Table:
    """Tabulate printed figures: what is printed where, and what rounding leaves open.

    Parameters
    ----------
    figures : DataFrame
        Rows of a figure frame, such as :func:`xjranalysis.load_review` returns.
    caption, source, note : str
        As in :class:`Table`.

    Returns
    -------
    Table
    """
    heads = (
        say("Figure", "指标"),
        say("Year", "年份"),
        say("As printed", "原文"),
        say("Value", "数值"),
        say("Stands for", "取值区间"),
        say("Place", "出处"),
    )
    cells = [
        (
            row[say("label_en", "label_zh")] + _standing(row),
            _period(row),
            row["printed"],
            _as_counted(_value(row), row),
            _as_counted(_stands_for(row), row),
            place(row["locator"]),
        )
        for _, row in figures.iterrows()
    ]
    frame = pd.DataFrame(cells, columns=list(heads))
    remarks = [
        say(f"{row['printed']}: {row['note_en']}.", f"{row['printed']}：{row['note_zh']}。")
        for _, row in figures.iterrows()
        if row["note_en"]
    ]
    notes = say(" ", "").join([*([note] if note else []), *remarks])
    return Table(frame, caption, source, note=notes, words=(heads[1], heads[2], heads[5]))


def _standing(row: pd.Series) -> str:
    """What a reader must not overlook about a figure: a goal, or not final."""
    words = []
    if row["status"] == "target":
        words.append(say("target", "目标"))
    if row["release"] == "preliminary":
        words.append(say("preliminary", "初步数"))
    return say(f" ({', '.join(words)})", f"（{'、'.join(words)}）") if words else ""


def district_table(
    forecast: pd.DataFrame, indicator: str, caption: str, source: str, note: str = ""
) -> Table:
    """Tabulate a district table: every year's number, bounds of the first and the last, and what it rests on.

    Of an estimate the last column names the years that were published; all others are estimated.

    Parameters
    ----------
    forecast : DataFrame
        From :func:`xjranalysis.load_district_forecast`.
    indicator : str
        The one to show.
    caption, source, note : str
        As in :class:`Table`.

    Returns
    -------
    Table
        One row a district, and the city's total.
    """
    rows = forecast[forecast["indicator"] == indicator]
    years = sorted(rows["year"].unique())
    names = rows.drop_duplicates("area").set_index("area")[say("name_en", "name_zh")]
    wide = {
        name: rows.set_index(["area", "year"])[name].unstack("year").loc[names.index]  # noqa: PD010
        for name in ("value", "lower", "upper", "basis", "locator")
    }
    columns = {say("District", "区县"): [*names, say("City", "全市")]}
    for year in years:
        values = wide["value"][year]
        columns[str(year)] = [*map(_whole_firms, values), _whole_firms(values.sum(skipna=False))]
        if year in (years[0], years[-1]) and (wide["lower"][year] < wide["upper"][year]).any():
            bounds = zip(wide["lower"][year], wide["upper"][year], strict=True)
            columns[say(f"Bounds {year}", f"{year}年区间")] = [*(_firm_bounds(*ends) for ends in bounds), ""]
    columns[say("Basis", "依据")] = [*(_district_basis(wide, area) for area in names.index), ""]
    return Table(
        pd.DataFrame(columns), caption, source, say("firms", "家"), note, words=(say("Basis", "依据"),)
    )


def _whole_firms(value: float) -> str:
    return "–" if pd.isna(value) else fixed(value, 0)


def _firm_bounds(lower: float, upper: float) -> str:
    if math.isinf(upper):
        return say(f"{_whole_firms(lower)} or more", f"{_whole_firms(lower)}及以上")
    return span(_whole_firms(lower), _whole_firms(upper))


def _district_basis(wide: dict[str, pd.DataFrame], area: str) -> str:
    """Say what a district's row rests on: official cells, years published elsewhere, or an estimate."""
    basis, locator = wide["basis"].loc[area], wide["locator"].loc[area]
    official, separator = basis == "official", say(", ", "、")
    parts = []
    if official.any():
        cells = locator[official].tolist()
        parts.append(
            "–".join(dict.fromkeys((cells[0], cells[-1].rpartition("!")[2]))) if cells[1:] else cells[0]
        )
    published = separator.join(map(str, basis.index[~official & (locator != "")]))
    estimated = separator.join(map(str, basis.index[~official & (locator == "")]))
    if published:
        parts.append(say(f"published {published}", f"{published}年已公布"))
    if estimated and official.any():
        parts.append(say(f"estimate {estimated}", f"{estimated}年估计"))
    return say("; ", "；").join(parts or [say("estimate", "估计")])


def source_table(sources: pd.DataFrame, caption: str) -> Table:
    """Tabulate documents: title, publisher, date, address and what kind of page it is.

    Parameters
    ----------
    sources : DataFrame
        Rows of :func:`xjranalysis.load_sources`.
    caption : str
        As in :class:`Table`.

    Returns
    -------
    Table
    """
    tiers = {
        "official": say("publisher's own page", "发布机构网页"),
        "press": say("press", "新闻媒体"),
        "repost": say("copy on another page", "转载"),
    }
    heads = {
        "title": say("Document", "文献"),
        "publisher": say("Publisher", "发布者"),
        "published": say("Published", "发布日期"),
        "tier": say("Kind of page", "页面类型"),
        "url": say("Address", "网址"),
    }
    frame = sources.assign(title=sources[say("title_en", "title_zh")], tier=sources["tier"].map(tiers))
    source = say(
        "the register of documents, sources.csv among the data files", "数据文件中的文献清单sources.csv"
    )
    return Table(frame[list(heads)].rename(columns=heads), caption, source, words=tuple(heads.values()))


def _value(row: pd.Series) -> str:
    if row["qualifier"] == "more_than":
        return _stands_for(row)
    text = amount(row["value"], row["unit"], 5)
    counted = f"{row['value']:.0f}"
    if language() == "zh" and re.match(rf"{counted}(?![\d.])", row["printed"]):
        return text.replace(number(row["value"], 5), counted)  # 21370件 was counted, 2.137万件 was not
    return text


def _as_counted(text: str, row: pd.Series) -> str:
    """Count firms by the word that the print has: 24.98万户, not 24.98万家."""
    return text.replace("家", "户") if row["unit"] == "firms" and "户" in row["printed"] else text


def _stands_for(row: pd.Series) -> str:
    if row["qualifier"] == "more_than":
        least = amount(row["lower"], row["unit"], 5)
        return say(f"more than {least}", f"超过{least}")
    if row["lower"] == row["upper"]:
        return _value(row)
    return interval(row["lower"], row["upper"], row["unit"], 5)


def _period(row: pd.Series) -> str:
    start, year, month = row["start_year"], row["year"], row["date"].month
    whole = month == 12
    end = str(year) if whole else say(f"{calendar.month_name[month]} {year}", f"{year}年{month}月")
    if pd.isna(start) or (whole and start == year - 1):
        return end
    if start < year - 1:
        return f"{start}{say('–', '—')}{end}"
    return say(f"January–{end}", f"{year}年1—{month}月")


def _text(value: Any) -> str:
    return html.escape(str(value))


def _linked(value: Any) -> str:
    text = _text(value)
    return f'<a href="{text}">{text}</a>' if re.fullmatch(r"https?://\S+", text) else text


def _scale(value: float) -> tuple[float, str]:
    return next((scale for scale in _SCALES[language()] if abs(value) >= scale[0]), (1, ""))


def _exponent(value: float) -> int:
    return math.floor(math.log10(abs(value))) if value else 0


def _significant(value: float, digits: int) -> float:
    return round(value, digits - 1 - _exponent(value))
