"""Hold the text of a plan against the tables: is every number that it prints captured, and once?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

import pandas as pd

from .data import Folder, load_figures
from .rounding import MAGNITUDES, NUMERAL_CHARACTERS
from .schema import PLAN_TABLES

_CHINESE = r"[一二三四五六七八九十]"
_LIST_NUMBER = r"(?:[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])"

# The patterns are compiled when they are first used, which most who import the package never do.
# Structure of a plan: 一、 part; （一） section; 1. item of the body or task of the annex.
_HEADING = rf"""(?xm)
    (?P<annexes>^\s*附件(?=[：:]))
    | (?P<annex>^(?!\s*\d)[^\n]*任务分解表\s*$)
    | ^\s*(?P<part>{_LIST_NUMBER})、
    | ^\s*[（(](?P<section>{_LIST_NUMBER})[）)]
    | (?:^[ ]*|[\t\u3000]+|(?<=附件)[：:])(?P<item>\d+)[.．](?=\D|(?:19|20)\d\d年)
    """

_ARABIC = rf"\d[\d,，.]*(?:[多余])?(?:{'|'.join(word for word in MAGNITUDES if not word.isascii())})?"
_NUMERAL = rf"[{NUMERAL_CHARACTERS}]+"

# In this order, because 一批 would otherwise be read as a number and 2010年 as a quantity.
_TOKEN = rf"""(?x)
    (?P<none>进一步|(?:作为|是)一[项个种]|[一整大]+(?:批|套|体|系列)|百分[点之]|统一|一定|一致|一起|万一|两会|三农)
    | (?P<ordinal>〔\d{{4}}〕\d+号 | 第(?:\d+|{_NUMERAL}) | {_CHINESE}+大(?=[^型量批力])
        | {_CHINESE}{{1,2}}五(?=[”"’'规时期]) | 新三板 | 二次开发)
    | (?P<date>(?:19|20)\d{{2}}(?:年|[-—–－至](?:19|20)\d{{2}}年?)(?:\d{{1,2}}月)?(?:\d{{1,2}}日)?
        | \d{{1,2}}月(?:\d{{1,2}}日)?)
    | (?P<number>{_ARABIC} | 每(?:年|季度|月|周|天) | 翻{_CHINESE}番 | {_NUMERAL})
    """


class _Span(NamedTuple):
    start: int
    end: int


class _Place(NamedTuple):
    """A stretch of text that one locator names; `heading` is its own number (二, 16), if any."""

    name: str
    heading: _Span | None
    body: _Span


def audit(text: str, folder: Folder = None) -> pd.DataFrame:
    r"""List every number of a plan's text, and the figure of the tables that holds it.

    Parameters
    ----------
    text : str
        The plan: parts (一、), sections (（一）), items (1.), the list of annexes (附件：) and the
        task table with one task (1.) a line, cells separated by tabs.
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        One row a number, in words (两年, 每季度, 翻一番) or digits: token, position (characters before
        it), place, status (captured, date, ordinal, missing) and figure. ``ordinal`` covers list and
        document numbers; ``missing`` means in no table at this place, though maybe at another: without
        headings all of a text is the place ``preamble``. ``.attrs["not_found"]`` lists the figures whose
        place is in the text but whose print is not there, or is held by another figure of the same place
        already.

    Notes
    -----
    A figure holds a number if the figure's locator is the number's place and the number lies within
    the figure's print. Figures with the same print in one place hold one occurrence each, in
    the tables' order. The frequency in front of … (每年…100家) may serve several figures.

    Examples
    --------
    >>> audit("一、回顾\n企业总数达到3.42万家，比2010年增加9万家。")[["token", "status"]].values.tolist()
    [['一', 'ordinal'], ['3.42万', 'captured'], ['2010年', 'date'], ['9万', 'missing']]
    """
    places = list(_places(text))
    figures = load_figures(folder)
    figures = figures[figures["table"].isin(PLAN_TABLES)]
    claims, not_found = _claims(text, places, figures)
    tokens = pd.DataFrame(
        [token for place in places for token in _tokens(text, place, claims)],
        columns=["token", "position", "place", "status", "figure"],
    )
    tokens.attrs["not_found"] = not_found
    return tokens


def _places(text: str) -> Iterator[_Place]:
    part = section = ""
    marks = list(re.finditer(_HEADING, text))
    yield _Place("preamble", None, _Span(0, marks[0].start() if marks else len(text)))
    for mark, following in zip_longest(marks, marks[1:]):
        if mark["annexes"]:
            part, section = "list of annexes", ""
        elif mark["annex"]:
            part, section = "annex 2", ""
        elif mark["part"]:
            part, section = f"part {_ordinal(mark['part'])}", ""
        elif mark["section"]:
            section = f", section {_ordinal(mark['section'])}"
        numbered = mark.lastgroup if mark.lastgroup in ("part", "section", "item") else None
        yield _Place(
            name=part + section + _item(part, mark["item"]),
            heading=_Span(*mark.span(numbered)) if numbered else None,
            body=_Span(
                mark.end() if numbered else mark.start(), following.start() if following else len(text)
            ),
        )


def _item(part: str, number: str | None) -> str:
    if number is None or part == "list of annexes":
        return ""
    return f", task {number}" if part == "annex 2" else f", item {number}"


def _ordinal(numeral: str) -> int:
    ones = "零一二三四五六七八九"
    tens, has_ten, rest = numeral.rpartition("十")
    return (ones.index(tens or "一") * 10 if has_ten else 0) + ones.index(rest or "零")


def _claims(
    text: str, places: list[_Place], figures: pd.DataFrame
) -> tuple[list[tuple[_Span, str]], list[str]]:
    """Find each figure's print in its place; what stands there once is claimed once."""
    claims: list[tuple[_Span, str]] = []
    not_found = []
    for figure, locator, printed in zip(figures.index, figures["locator"], figures["printed"], strict=True):
        bodies = [place.body for place in places if place.name == locator]
        found = _occurrences(text, printed, bodies, [span for span, _ in claims])
        claims += [(span, figure) for span in found]
        if bodies and not found:
            not_found.append(figure)
    return claims, not_found


def _occurrences(text: str, printed: str, bodies: list[_Span], taken: list[_Span]) -> list[_Span]:
    """First free occurrence of a print, and of the frequency in front of its …; [] if there is none."""
    head, _, tail = printed.rpartition("…")
    # A print may not begin or end within a longer number: 500家 is not in 3500家.
    begin = r"(?<![\d.,])" if tail[0].isdigit() else ""
    pattern = re.compile(begin + re.escape(tail) + (r"(?![\d.])" if tail[-1].isdigit() else ""))
    for body in bodies:
        for match in pattern.finditer(text[body.start : body.end]):
            span = _Span(body.start + match.start(), body.start + match.end())
            if any(span.start < other.end and other.start < span.end for other in taken):
                continue
            start = text.rfind(head, body.start, span.start)
            if start >= 0:
                return [span, _Span(start, start + len(head))]
    return []


def _tokens(
    text: str, place: _Place, claims: list[tuple[_Span, str]]
) -> Iterator[tuple[str, int, str, str, str]]:
    if place.heading:
        yield text[slice(*place.heading)], place.heading.start, place.name, "ordinal", ""
    for match in re.finditer(_TOKEN, text[slice(*place.body)]):
        if match.lastgroup == "none":
            continue
        start, end = place.body.start + match.start(), place.body.start + match.end()
        figure = next((name for span, name in claims if start < span.end and span.start < end), "")
        kind = match.lastgroup if match.lastgroup != "number" else "missing"
        yield match[0], start, place.name, "captured" if figure else str(kind), figure
