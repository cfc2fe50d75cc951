"""What a printed figure stands for: its value, its unit and the bounds that rounding leaves open.

A published figure is kept as it was printed; everything else is derived from the print, so that
1.40 is never mistaken for 1.4 and 3.42万 never for 34,200 counted firms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from .errors import PrintError

MAGNITUDES = {
    "万亿": 10**12,
    "千亿": 10**11,
    "百亿": 10**10,
    "亿": 10**8,
    "千万": 10**7,
    "百万": 10**6,
    "万": 10**4,
    "千": 10**3,
    "百": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}

# Measure words and the base unit that each stands for. 家 counts firms and other organisations.
UNITS = {
    "家": "firms",
    "户": "firms",
    "企": "firms",
    "firms": "firms",
    "enterprises": "firms",
    "companies": "firms",
    "元": "CNY",
    "人民币": "CNY",
    "yuan": "CNY",
    "人": "persons",
    "名": "persons",
    "people": "persons",
    "persons": "persons",
    "件": "patents",
    "patents": "patents",
    "项": "items",
    "个": "items",
    "线": "items",
    "带": "items",
    "场": "events",
    "次": "occurrences",
    "人次": "visits",
    "项次": "services",
    "位": "rank",
    "年": "years",
    "倍": "times",
    "times": "times",
    "%": "percent",
    "percent": "percent",
    "per cent": "percent",
    "个百分点": "percentage points",
    "百分点": "percentage points",
    "percentage points": "percentage points",
}

# Quantities that are measured on a scale, not counted: an integer print is still a rounded one.
MEASURED = {"CNY", "percent", "percentage points", "times"}

PERIODS = {"每年": "year", "每月": "month", "每季度": "quarter", "每人": "person"}

PREFIXES = {
    "约": "about",
    "大约": "about",
    "about": "about",
    "around": "about",
    "近": "nearly",
    "将近": "nearly",
    "接近": "nearly",
    "nearly": "nearly",
    "almost": "nearly",
    "超过": "more_than",
    "突破": "more_than",
    "逾": "more_than",
    "more than": "more_than",
    "over": "more_than",
    "至少": "at_least",
    "不少于": "at_least",
    "不低于": "at_least",
    "at least": "at_least",
}
SUFFIXES = {
    "以上": "at_least",
    "or more": "at_least",
    "左右": "about",
    "上下": "about",
    "余": "more_than",
    "多": "more_than",
}

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
PLACES = {"十": 10, "百": 100, "千": 1000}
NUMERAL_CHARACTERS = "".join(DIGITS) + "".join(PLACES) + "万"

_TRADITIONAL = str.maketrans("萬億餘約過達兩個項戶場將萬", "万亿余约过达两个项户场将万")


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_NUMBER = rf"\d{{1,3}}(?:,\d{{3}}){{1,4}}(?:\.\d{{1,6}})?|\d{{1,15}}(?:\.\d{{1,6}})?|[{NUMERAL_CHARACTERS}]+"
_PRINT = re.compile(
    rf"""
    (?P<period>{_alternatives(PERIODS)})?
    (?P<prefix>{_alternatives(PREFIXES)})?\ ?
    …?
    (?P<top>前)?
    (?P<number>{_NUMBER})
    (?P<inner>[多余])?\ ?
    (?P<magnitude>{_alternatives(MAGNITUDES)})?
    (?P<outer>[多余])?\ ?
    (?P<unit>{_alternatives(UNITS)})?\ ?
    (?P<suffix>{_alternatives(SUFFIXES)})?
    """,
    re.VERBOSE,
)
# The same with a word that is no measure word: 500千瓦, 3 million tonnes, 20万亩以上. Compiled when needed.
_UNKNOWN_UNIT = rf"""(?x)
    (?:{_alternatives(PERIODS)})?
    (?:{_alternatives(PREFIXES)})?\ ?
    …?
    (?:{_NUMBER})[多余]?\ ?
    (?:{_alternatives(MAGNITUDES.keys() - {"百", "千"})})?[多余]?\ ?
    (?!{_alternatives([*UNITS, *SUFFIXES, "几", "万", "亿"])})
    (?P<unit>[^\W\d_]{{1,20}}?(?:\ [^\W\d_]{{1,20}}){{0,2}}?)\ ?
    (?:{_alternatives(SUFFIXES)})?
    """


@dataclass(frozen=True)
class PublishedNumber:
    """A printed figure with the values that it may stand for.

    Parameters
    ----------
    value : float
        The number as printed, in base units (firms, CNY, persons, patents; percent stays percent).
    lower, upper : float
        Bounds of the unrounded number. ``rounded`` is half-open, ``[lower, upper)``; ``more_than``
        and ``nearly`` exclude their lower bound.
    unit : str
        Base unit; empty if the print names none. ``firms/year`` for a print such as 每年…100家.
    qualifier : {'exact', 'rounded', 'at_least', 'more_than', 'about', 'nearly'}
    step : float
        One unit of the last printed digit, in base units; 0 for a doubling or the like.
    """

    value: float
    lower: float
    upper: float
    unit: str
    qualifier: str
    step: float

    def _repr_markdown_(self) -> str:
        from .display import amount, interval  # the words are in a module that uses pandas

        bounds = interval(self.lower, self.upper, self.unit, 6)
        return f"**{amount(self.value, self.unit, 6)}** ({bounds})"


class Bounds(NamedTuple):
    """A computed number with the bounds that the rounding of its inputs leaves open."""

    value: Any
    lower: Any
    upper: Any


def parse_printed(text: str, status: str = "actual", unit: str = "") -> PublishedNumber:
    """Read one printed figure.

    Parameters
    ----------
    text : str
        The figure as printed, in Chinese (3.42万家, 1000多亿元, 翻一番, 前三位) or English
        (167.7 billion yuan). An ellipsis stands for words left out between the frequency and the
        number (每年…20场左右).
    status : {'actual', 'target'}
        A measured figure was rounded before it was printed; a target was set, so it is exact.
    unit : str
        Base unit that the head of the table or column gives, for prints that name none (799,157). It
        may also say what 家 counts: ``institutions`` instead of ``firms``.

    Returns
    -------
    PublishedNumber

    Raises
    ------
    PrintError
        If the print fits no rule; the message shows the print, and the unit if only that is unknown.

    Notes
    -----
    Half a unit of the last printed digit, times the magnitude word, is what rounding leaves open. A
    count that is printed without a magnitude word is a count. 约 and 左右 leave half a unit of
    the last non-zero digit, 近 and 接近 one unit below. The rule follows ``unround`` of the R
    package roundwork, which also takes precision from the text.

    Examples
    --------
    >>> parse_printed("3.42万家")
    PublishedNumber(value=34200, lower=34150, upper=34250, unit='firms', qualifier='rounded', step=100)
    >>> parse_printed("1779家").qualifier
    'exact'
    >>> parse_printed("6万家", status="target").qualifier
    'exact'
    >>> revenue = parse_printed("2万亿元以上")
    >>> revenue.value, revenue.upper, revenue.unit, revenue.qualifier
    (2000000000000, inf, 'CNY', 'at_least')
    >>> parse_printed("翻一番").value
    2
    """
    if status not in ("actual", "target"):
        raise ValueError(f"status {status!r} is not one of actual, target")
    if any(unicodedata.category(char) == "No" for char in text):
        raise PrintError(f"{text!r} has a superscript, a fraction or a circled digit")
    print_ = _normalise(text)
    worded = _parse_worded(print_)
    if worded is not None:
        return worded
    match = _PRINT.fullmatch(print_)
    if match is None:
        raise PrintError(f"{text!r} is not a printed figure that any rule reads{_unknown_unit(print_)}")
    part = match.groupdict()
    in_words = not part["number"][0].isdigit()
    digits = _from_numeral(part["number"], text) if in_words else Decimal(part["number"].replace(",", ""))
    magnitude = MAGNITUDES.get(part["magnitude"], 1)
    value = digits * magnitude
    found = _unit(part, value, unit, text)
    measured = found.partition("/")[0] in MEASURED
    # Two trillion in words says no more than its one digit; a count in words is a count.
    step = _last_nonzero_digit(value) if in_words and measured else _last_digit(digits) * magnitude
    counted = not measured and (in_words or (not part["magnitude"] and step == 1))
    return _bounded(value, found, _qualifier(part, status, counted, text), step)


def propagate(function: Callable[..., Any], *inputs: Any) -> Bounds:
    """Evaluate a function together with the bounds that rounding puts on its result.

    Parameters
    ----------
    function : callable
        Monotone in each input, and using each input once (a ratio, a share, a growth rate, a
        sum); for such a function the end points give exact bounds (Moore, Kearfott and Cloud,
        *Introduction to Interval Analysis*, 2009, section 5).
    *inputs
        Numbers, arrays, or anything that has ``value``, ``lower`` and ``upper``: a
        `PublishedNumber`, `Bounds`, one row of a figure frame, or a whole frame.

    Returns
    -------
    Bounds

    Examples
    --------
    >>> revenue, firms = parse_printed("9164亿元"), parse_printed("3.42万家")
    >>> per_firm = propagate(lambda total, count: total / count, revenue, firms)
    >>> [round(number / 1e4) for number in per_firm]
    [2680, 2675, 2684]
    """
    values = [_numeric(getattr(item, "value", item)) for item in inputs]
    ends = [
        (_numeric(item.lower), _numeric(item.upper)) if hasattr(item, "lower") else (_numeric(item),)
        for item in inputs
    ]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        corners = (function(*corner) for corner in product(*ends))
        low = high = next(corners)
        for corner in corners:
            # A corner such as ∞ ÷ ∞ has no value; of a monotone function none of the extremes lies there.
            low, high = np.fmin(low, corner), np.fmax(high, corner)
        return Bounds(function(*values), low, high)


def _numeric(value: Any) -> Any:
    """NumPy's numbers divide by zero to infinity where Python's raise."""
    return np.float64(value) if isinstance(value, (int, float, np.number)) else value


def _normalise(text: str) -> str:
    """Full-width to half-width, traditional to simplified, spaces inside numbers away."""
    plain = unicodedata.normalize("NFKC", text.replace("…", "\ue000")).replace("\ue000", "…")
    plain = plain.translate(_TRADITIONAL).strip()
    return re.sub(r"(?<!\d)\d{1,3}(?:\s\d{3})+(?!\d)", lambda match: re.sub(r"\s", "", match[0]), plain)


def _parse_worded(print_: str) -> PublishedNumber | None:
    """Read the prints that state a number without a unit of their own."""
    if match := re.fullmatch(r"翻([一两二三四])番", print_):
        times = 2 ** DIGITS[match[1]]
        return PublishedNumber(times, times, times, "times", "exact", 0)
    if print_ in PERIODS and print_ != "每人":
        return PublishedNumber(1, 1, 1, f"occurrences/{PERIODS[print_]}", "exact", 1)
    if print_ == "一企一策":
        return PublishedNumber(1, 1, 1, "policies/firm", "exact", 1)
    return None


def _unknown_unit(print_: str) -> str:
    """Name the unit that is in the way, if the number itself reads."""
    match = re.fullmatch(_UNKNOWN_UNIT, print_)
    known = "known ones: Units in the handbook's tables.md, or xjranalysis.rounding.UNITS"
    return f": unit {match['unit']} is unknown ({known})" if match else ""


def _from_numeral(numeral: str, text: str) -> Decimal:
    """Read a Chinese numeral below a hundred million (三十, 两千五百, 一万二千, 千)."""
    total = section = digit = 0
    for char in numeral:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char == "万":
            total, section, digit = total + (section + digit or 1) * 10_000, 0, 0
        else:
            section, digit = section + (digit or 1) * PLACES[char], 0
    value = total + section + digit
    # Colloquial forms (一万二 for 12,000) and slips would be read wrongly, so only the full form counts.
    full = numeral.replace("两", "二").replace("〇", "零")
    if numeral not in _ROUND and full not in (_numeral(value), _numeral(value).removeprefix("一")):
        raise PrintError(f"{text!r} has {numeral}, which is not a numeral in full form")
    return Decimal(value)


_ROUND = ("百", "千", "万")  # 千企, 万家: a round number without its 一


def _numeral(value: int) -> str:
    """Write a number below a hundred million in Chinese, in full form."""
    myriads, rest = divmod(value, 10_000)
    if not myriads:
        return _section(rest)
    gap = "零" if 0 < rest < 1000 else ""
    return f"{_section(myriads)}万{gap}{_section(rest) if rest else ''}"


def _section(value: int) -> str:
    characters = "零一二三四五六七八九"
    text = "".join(
        characters[int(digit)] + (place if digit != "0" else "")
        for digit, place in zip(f"{value:04d}", ("千", "百", "十", ""), strict=True)
    )
    return re.sub("零+", "零", text).strip("零") or "零"


def _last_digit(digits: Decimal) -> Decimal:
    """One unit of the last printed digit, before the magnitude word."""
    return Decimal(1).scaleb(min(int(digits.as_tuple().exponent), 0))


def _unit(part: dict[str, str | None], value: Decimal, head: str, text: str) -> str:
    unit = UNITS.get(part["unit"] or "", head)
    if unit == "firms" and head == "institutions":
        return head
    if unit == "years" and value >= 1000:
        raise PrintError(f"{text!r} is a calendar year, not a number of years")
    if unit == "years" and part["prefix"] in ("近", "将近"):
        raise PrintError(f"{text!r} means the past years, not nearly so many")
    if (unit == "rank" and not part["top"]) or (part["top"] and part["unit"] not in ("位", "名", None)):
        raise PrintError(f"{text!r} is not a rank such as 前三位")
    if part["top"]:
        unit = "rank"
    return f"{unit}/{PERIODS[part['period']]}" if part["period"] else unit


def _qualifier(part: dict[str, str | None], status: str, counted: bool, text: str) -> str:
    stated = [PREFIXES[part["prefix"]]] if part["prefix"] else []
    stated += [SUFFIXES[word] for word in (part["inner"], part["outer"], part["suffix"]) if word]
    if len(stated) > 1:
        raise PrintError(f"{text!r} has more than one qualifier ({', '.join(stated)})")
    if stated:
        return stated[0]
    return "exact" if status == "target" or counted else "rounded"


def _bounded(value: Decimal, unit: str, qualifier: str, step: Decimal) -> PublishedNumber:
    coarse = _last_nonzero_digit(value)
    lower, upper = {
        "exact": (value, value),
        "rounded": (value - step / 2, value + step / 2),
        "at_least": (value, Decimal("Infinity")),
        "more_than": (value, Decimal("Infinity")),
        "about": (value - coarse / 2, value + coarse / 2),
        "nearly": (value - coarse, value),
    }[qualifier]
    return PublishedNumber(_plain(value), _plain(lower), _plain(upper), unit, qualifier, _plain(step))


def _last_nonzero_digit(value: Decimal) -> Decimal:
    """One unit of the last digit of `value` that is not zero (100 for 3100, 10 for 20)."""
    return Decimal(1).scaleb(int(value.normalize().as_tuple().exponent))


def _plain(number: Decimal) -> float:
    """An int where the number is whole, so that counts print as counts."""
    return int(number) if number.is_finite() and number == number.to_integral_value() else float(number)
