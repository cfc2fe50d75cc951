"""What the figures of the plan's review imply: growth since 2010, city totals, figures per firm."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .growth import cagr, doubling_time
from .rounding import Bounds, propagate
from .stockflow import Triangular

# Assumed share of the stock of technology SMEs that exits a year: what reports known by early 2013 imply
# for 2011 and 2012 (see the check stock_2011) with room on either side. An assumption, not a figure.
ASSUMED_EXITS = Triangular(0.02, 0.045, 0.08)

YEARS = 2  # The review compares the end of 2012 with the end of 2010.

# What is known about 2010, by indicator: the figure, and how it leads to the value of 2010.
_CHANGES = (
    ("technology_smes", "technology_smes_increase.2012", "increase"),
    ("little_giants", "little_giants_increase.2012", "increase"),
    ("technology_smes_share", "technology_smes_share.2010", "printed"),
    ("revenue", "revenue_growth.2012", "rate"),
    ("st_intensity", "st_intensity_increase.2012", "increase"),
)

# A part and its share give the whole: name, part, share, what the whole is in both languages.
_TOTALS = (
    ("technology_smes", "technology_smes_share", "All enterprises", "全市企业"),
    ("industrial_output", "industrial_output_share", "Industrial output", "全市工业总产值"),
    ("patents", "patents_share_of_enterprises", "Valid patents of enterprises", "全市企业有效专利"),
    ("patents", "patents_share", "Valid patents, all holders", "全市有效专利"),
    ("employment", "employment_share", "Employed persons", "全市就业人数"),
    ("taxes_paid", "taxes_share", "Taxes and fees", "全市上缴税费"),
)

# Numerator, denominator, what the ratio is in both languages.
_RATIOS = (
    ("revenue", "technology_smes", "Revenue per technology SME", "每家主营业务收入"),
    ("industrial_output", "technology_smes", "Industrial output per technology SME", "每家工业总产值"),
    ("taxes_paid", "technology_smes", "Taxes and fees per technology SME", "每家上缴税费"),
    ("employment", "technology_smes", "Employed persons per technology SME", "每家就业人数"),
    ("patents", "technology_smes", "Valid patents per technology SME", "每家有效专利"),
    ("revenue", "employment", "Revenue per employed person", "人均主营业务收入"),
    ("industrial_output", "employment", "Industrial output per employed person", "人均工业总产值"),
    ("taxes_paid", "employment", "Taxes and fees per employed person", "人均上缴税费"),
)


def changes(review: pd.DataFrame) -> pd.DataFrame:
    """Growth 2010-2012 of every indicator for which the plan gives a change.

    Parameters
    ----------
    review : DataFrame
        From :func:`xjranalysis.load_review`.

    Returns
    -------
    DataFrame
        Indexed by indicator: label_en, label_zh, unit, basis (``printed``: the plan prints both
        years; ``increase``: 2012 minus the printed increase; ``rate``: 2012 taken back at the
        printed growth rate), and for start (2010), end (2012), growth (fraction a year), multiple
        (2012 over 2010) and doubling_time (years at that growth) the value and its bounds, such as
        growth, growth_lower, growth_upper.

    Notes
    -----
    Where the plan prints an increase d and an end value e, the multiple is 1 / (1 - d/e), which uses
    each figure once, so that the end points give exact bounds.

    Examples
    --------
    >>> from xjranalysis import load_review
    >>> smes = changes(load_review()).loc["technology_smes"]
    >>> int(smes.start), int(smes.start_lower), int(smes.start_upper)
    (12500, 12400, 12600)
    """
    records = []
    for indicator, base, basis in _CHANGES:
        end, known = _figure(review, f"{indicator}.2012"), _figure(review, base)
        start, multiple = _BASES[basis](end, known)
        growth = propagate(lambda factor: cagr(1.0, factor, YEARS), multiple)
        record = {name: end[name] for name in ("indicator", "label_en", "label_zh", "unit")}
        record["basis"] = basis
        for name, result in {
            "start": start,
            "end": end,
            "multiple": multiple,
            "growth": growth,
            "doubling_time": propagate(doubling_time, growth),
        }.items():
            record |= _columns(name, result)
        records.append(record)
    return pd.DataFrame(records).set_index("indicator")


def implied_totals(review: pd.DataFrame) -> pd.DataFrame:
    """What each printed share implies for the city total in 2012.

    Parameters
    ----------
    review : DataFrame
        From :func:`xjranalysis.load_review`.

    Returns
    -------
    DataFrame
        Indexed by the share's indicator: label_en, label_zh, unit (of the total), part and share as
        printed, value, lower, upper, and the figures they come from. The last row is the number of
        enterprises in 2010, from the SMEs of 2010 and their share.

    Examples
    --------
    >>> from xjranalysis import load_review
    >>> total = implied_totals(load_review()).loc["patents_share"]
    >>> round(total.value), round(total.lower), round(total.upper)
    (40019, 39981, 40056)
    """
    records = []
    for part_name, share_name, label_en, label_zh in _TOTALS:
        part, share = _figure(review, f"{part_name}.2012"), _figure(review, f"{share_name}.2012")
        records.append(_total(share_name, label_en, label_zh, part, share, part["printed"]))
    smes = changes(review).loc["technology_smes"]
    start = bounds(smes, "start")
    share = _figure(review, "technology_smes_share.2010")
    record = _total("technology_smes_share.2010", "All enterprises, 2010", "2010年全市企业", start, share, "")
    return pd.DataFrame([*records, record | {"unit": smes["unit"]}]).set_index("name")


def ratios(review: pd.DataFrame) -> pd.DataFrame:
    """Figures per firm and per employed person in 2012.

    Parameters
    ----------
    review : DataFrame
        From :func:`xjranalysis.load_review`.

    Returns
    -------
    DataFrame
        Indexed by ``numerator/denominator``: label_en, label_zh, unit (of the numerator), value,
        lower, upper.

    Examples
    --------
    >>> from xjranalysis import load_review
    >>> per_worker = ratios(load_review()).loc["revenue/employment"]
    >>> print(round(per_worker.value), round(per_worker.lower), round(per_worker.upper))
    566378 566172 566584
    """
    records = []
    for over, under, label_en, label_zh in _RATIOS:
        numerator, denominator = _figure(review, f"{over}.2012"), _figure(review, f"{under}.2012")
        ratio = propagate(lambda whole, count: whole / count, numerator, denominator)
        record = {"name": f"{over}/{under}", "label_en": label_en, "label_zh": label_zh}
        records.append(record | {"unit": numerator["unit"]} | ratio._asdict())
    return pd.DataFrame(records).set_index("name")


def as_known(indicator: str, review: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """What was known of a yearly indicator when the plan came out, early in 2013.

    Parameters
    ----------
    indicator : str
        One of those that :func:`changes` covers.
    review : DataFrame
        From :func:`xjranalysis.load_review`.
    later : DataFrame
        From :func:`xjranalysis.series`, for the years between; sources of any date for 2011.

    Returns
    -------
    DataFrame
        Indexed by year, 2010 to 2012: value, lower, upper. 2010 is what the plan implies, not what
        was printed in 2016.

    Examples
    --------
    >>> from xjranalysis import load_review, series
    >>> known = as_known("technology_smes", load_review(), series("technology_smes"))
    >>> known.loc[2010].astype(int).tolist()
    [12500, 12400, 12600]
    """
    row = changes(review).loc[indicator]
    columns = ["value", "lower", "upper"]
    ends = pd.DataFrame([bounds(row, "start"), bounds(row, "end")], columns=columns, index=[2010, 2012])
    between = later.loc[later.index == 2011, columns]
    return pd.concat([ends, between]).sort_index().rename_axis("year").astype(float)


def bounds(row: pd.Series, name: str) -> Bounds:
    """Take a computed value and its bounds out of a row of :func:`changes`.

    Examples
    --------
    >>> print(bounds(pd.Series({"start": 2, "start_lower": 1, "start_upper": 3}), "start").upper)
    3
    """
    return Bounds(row[name], row[f"{name}_lower"], row[f"{name}_upper"])


def _figure(review: pd.DataFrame, name: str) -> pd.Series:
    return review.loc[f"review.{name}"]


def _from_increase(end: Any, increase: Any) -> tuple[Bounds, Bounds]:
    start = propagate(lambda last, rise: last - rise, end, increase)
    return start, propagate(lambda last, rise: 1 / (1 - rise / last), end, increase)


def _from_printed(end: Any, start: Any) -> tuple[Bounds, Bounds]:
    multiple = propagate(lambda last, first: last / first, end, start)
    return Bounds(start["value"], start["lower"], start["upper"]), multiple


def _from_rate(end: Any, rate: Any) -> tuple[Bounds, Bounds]:
    start = propagate(lambda last, percent: last / (1 + percent / 100) ** YEARS, end, rate)
    return start, propagate(lambda percent: (1 + percent / 100) ** YEARS, rate)


_BASES = {"increase": _from_increase, "printed": _from_printed, "rate": _from_rate}


def _columns(name: str, result: Any) -> dict[str, float]:
    return {name: result.value, f"{name}_lower": result.lower, f"{name}_upper": result.upper}


def _total(name: str, label_en: str, label_zh: str, part: Any, share: Any, printed: str) -> dict[str, Any]:
    total = propagate(lambda amount, percent: amount / (percent / 100), part, share)
    labels = {"name": name, "label_en": label_en, "label_zh": label_zh}
    origin = {"unit": getattr(part, "unit", ""), "part": printed, "share": share["printed"]}
    return labels | origin | total._asdict()
