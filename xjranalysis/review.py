"""What the figures of the plan's review imply: growth before the plan, totals, figures per firm."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from .data import Folder, load_review, series
from .errors import DataError, Problem
from .growth import doubling_time
from .plan import Plan
from .rounding import Bounds, propagate
from .stockflow import Triangular

# Assumed share of the stock of technology SMEs that exits a year: what reports known by early 2013 imply
# for 2011 and 2012 (see the check stock_2011) with room on either side. An assumption, not a figure.
ASSUMED_EXITS = Triangular(0.02, 0.045, 0.08)

# A part and its share give the whole: name, part, share, what the whole is in both languages.
_TOTALS = (
    ("technology_smes", "technology_smes_share", "All enterprises", "全部企业"),
    ("industrial_output", "industrial_output_share", "Industrial output", "工业总产值"),
    ("patents", "patents_share_of_enterprises", "Valid patents of enterprises", "企业有效专利"),
    ("patents", "patents_share", "Valid patents, all holders", "全部有效专利"),
    ("employment", "employment_share", "Employed persons", "就业人数"),
    ("taxes_paid", "taxes_share", "Taxes and fees", "上缴税费"),
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


def changes(folder: Folder = None) -> pd.DataFrame:
    """Growth from the review year to the base year, of every indicator whose change the review tells.

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        Indexed by indicator: label_en, label_zh, unit, basis (``printed``: the review prints both
        years; ``increase``: end minus the printed increase; ``rate``: end taken back at the
        printed growth rate), and for start (review year), end (base year), growth (fraction a year), multiple
        (end over start) and doubling_time (years at that growth; infinite without growth) the value and its
        bounds, such as growth, growth_lower, growth_upper. No rows if the review looks at one year only.

    Notes
    -----
    An indicator's increase is the indicator ``…_increase`` and its yearly growth ``…_growth``, both counted
    from the review year. Where an increase d and an end value e are printed, the multiple is 1 / (1 - d/e).

    Examples
    --------
    >>> smes = changes().loc["technology_smes"]
    >>> int(smes.start), int(smes.start_lower), int(smes.start_upper)
    (12500, 12400, 12600)
    """
    ends = reviewed(Plan(folder).base_year, folder)
    return _changes(ends, ends, folder)


def _changes(told: pd.DataFrame, ends: pd.DataFrame, folder: Folder) -> pd.DataFrame:
    """Growth of some of the indicators that the review tells at the end of the base year."""
    plan = Plan(folder)
    starts, since = reviewed(plan.review_year, folder), ends[ends["start_year"] == plan.review_year]
    records = []
    for indicator, end in told.iterrows():
        for basis, known in (
            ("increase", since.reindex([f"{indicator}_increase"])),
            ("printed", starts.reindex([indicator])),
            ("rate", since.reindex([f"{indicator}_growth"])),
        ):
            if plan.review_year and known["value"].notna().all():
                record = _change(end, known.iloc[0], basis, plan.base_year - plan.review_year)
                records.append({"indicator": indicator, **end[["label_en", "label_zh", "unit"]], **record})
                break
    return _frame(records, _CHANGE)


_CHANGE = ["indicator", "label_en", "label_zh", "unit", "basis"] + [
    f"{name}{bound}"
    for name in ("start", "end", "multiple", "growth", "doubling_time")
    for bound in ("", "_lower", "_upper")
]


_TEXT = {"label_en", "label_zh", "unit", "basis", "part", "share"}


def _frame(records: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    """Make a frame named by its first column; without rows it has the same types."""
    frame = pd.DataFrame(records, columns=columns).set_index(columns[0])
    return frame.astype(dict.fromkeys(frame.columns.difference(list(_TEXT)), float))


def _change(end: pd.Series, known: pd.Series, basis: str, years: int) -> dict[str, Any]:
    start, multiple = _BASES[basis](end, known, years)
    growth = propagate(lambda factor: factor ** (1 / years) - 1, multiple)
    record: dict[str, Any] = {"basis": basis}
    for name, result in {
        "start": start,
        "end": end,
        "multiple": multiple,
        "growth": growth,
        "doubling_time": propagate(_doubling_time, growth),
    }.items():
        record |= _columns(name, result)
    return record


def _doubling_time(rate: float) -> float:
    if np.isinf(rate):
        return 0.0
    return doubling_time(rate) if rate > 0 else np.inf


def implied_totals(folder: Folder = None) -> pd.DataFrame:
    """What each printed share implies for the total of the plan's area at the end of the base year.

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        Indexed by the share's indicator: label_en, label_zh, unit (of the total), part and share as
        printed, value, lower, upper. Shares whose part is not printed have no row. The last row is the number
        of enterprises in the review year, from the SMEs of that year and their share; its part is empty if
        it is computed.

    Examples
    --------
    >>> total = implied_totals().loc["patents_share"]
    >>> round(total.value), round(total.lower), round(total.upper)
    (40019, 39981, 40056)
    """
    plan = Plan(folder)
    printed, earlier = reviewed(plan.base_year, folder), reviewed(plan.review_year, folder)
    records = [
        _total(share, label_en, label_zh, printed.loc[part], printed.loc[share], printed.printed[part])
        for part, share, label_en, label_zh in _TOTALS
        if {part, share} <= set(printed.index)
    ]
    before = changes(folder)
    if "technology_smes_share" in earlier.index and "technology_smes" in before.index:
        smes, share = before.loc["technology_smes"], earlier.loc["technology_smes_share"]
        name = f"technology_smes_share.{plan.review_year}"
        label = f"All enterprises, {plan.review_year}", f"{plan.review_year}年全部企业"
        part = earlier.printed["technology_smes"] if smes["basis"] == "printed" else ""
        records.append(_total(name, *label, bounds(smes, "start"), share, part) | {"unit": smes["unit"]})
    return _frame(records, ["name", "label_en", "label_zh", "unit", "part", "share", *Bounds._fields])


def ratios(folder: Folder = None) -> pd.DataFrame:
    """Figures per firm and per employed person at the end of the base year.

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        Indexed by ``numerator/denominator``: label_en, label_zh, unit (of the numerator), value,
        lower, upper. Pairs that are not printed have no row.

    Examples
    --------
    >>> per_worker = ratios().loc["revenue/employment"]
    >>> print(round(per_worker.value), round(per_worker.lower), round(per_worker.upper))
    566378 566172 566584
    """
    printed = reviewed(Plan(folder).base_year, folder)
    records = []
    for over, under, label_en, label_zh in _RATIOS:
        if {over, under} <= set(printed.index):
            numerator, denominator = printed.loc[over], printed.loc[under]
            ratio = propagate(lambda whole, count: whole / count, numerator, denominator)
            record = {"name": f"{over}/{under}", "label_en": label_en, "label_zh": label_zh}
            records.append(record | {"unit": numerator["unit"]} | ratio._asdict())
    return _frame(records, ["name", "label_en", "label_zh", "unit", *Bounds._fields])


def as_known(indicator: str, folder: Folder = None) -> pd.DataFrame:
    """What was known of a yearly indicator when the plan came out.

    Parameters
    ----------
    indicator : str
        Name from :func:`xjranalysis.load_indicators`.
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        Indexed by year, from the review year to the base year: value, lower, upper. The ends are those that
        the plan's review prints or implies, if it does; the years between, and ends that it does not tell,
        are from :func:`xjranalysis.series`, whose sources may be of any date.

    Raises
    ------
    DataError
        If nothing tells the value for the end of the base year.

    Examples
    --------
    >>> as_known("technology_smes").loc[2010].astype(int).tolist()
    [12500, 12400, 12600]
    """
    plan, columns = Plan(folder), ["value", "lower", "upper"]
    printed = reviewed(plan.base_year, folder)
    known: dict[int | None, Any] = {}
    if indicator in printed.index:
        known[plan.base_year] = printed.loc[indicator, columns].tolist()
    if indicator in (before := _changes(printed[printed.index == indicator], printed, folder)).index:
        known[plan.review_year] = bounds(before.loc[indicator], "start")
    ends = pd.DataFrame.from_dict(known, orient="index", columns=columns)
    with suppress(DataError):  # an indicator without a yearly series, such as revenue
        later = series(indicator, folder=folder)
        within = later.loc[plan.review_year or plan.base_year : plan.base_year, columns]
        ends = pd.concat([ends, within[~within.index.isin(ends.index)]])
    if plan.base_year not in ends.index:
        reason = f"no figure for the end of {plan.base_year}, from which the plan starts"
        raise DataError([Problem(str(plan.folder), "", indicator, reason)])
    return ends.sort_index().rename_axis("year").astype(float)


def reviewed(year: int | None, folder: Folder = None) -> pd.DataFrame:
    """Take the figures of the review on the end of a year, for the plan's area; the first of each indicator.

    Parameters
    ----------
    year : int or None
        No rows if None.
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        Rows of :func:`xjranalysis.load_review` by indicator, without goals.

    Examples
    --------
    >>> reviewed(2010).printed.to_dict()
    {'technology_smes_share': '9%'}
    """
    review = load_review(folder)
    rows = review[
        (review["area"] == Plan(folder).area)
        & (review["status"] == "actual")
        & (review["date"].dt.month == 12)
        & (review["year"] == year)
    ]
    return rows.drop_duplicates("indicator").set_index("indicator")


def bounds(row: pd.Series, name: str) -> Bounds:
    """Take a computed value and its bounds out of a row of :func:`changes`.

    Examples
    --------
    >>> print(bounds(pd.Series({"start": 2, "start_lower": 1, "start_upper": 3}), "start").upper)
    3
    """
    return Bounds(row[name], row[f"{name}_lower"], row[f"{name}_upper"])


def _from_increase(end: Any, increase: Any, years: int) -> tuple[Bounds, Bounds]:
    start = propagate(lambda last, rise: last - rise, end, increase)
    return start, propagate(lambda last, rise: 1 / (1 - rise / last), end, increase)


def _from_printed(end: Any, start: Any, years: int) -> tuple[Bounds, Bounds]:
    multiple = propagate(lambda last, first: last / first, end, start)
    return Bounds(start["value"], start["lower"], start["upper"]), multiple


def _from_rate(end: Any, rate: Any, years: int) -> tuple[Bounds, Bounds]:
    start = propagate(lambda last, percent: last / (1 + percent / 100) ** years, end, rate)
    return start, propagate(lambda percent: (1 + percent / 100) ** years, rate)


_BASES = {"increase": _from_increase, "printed": _from_printed, "rate": _from_rate}


def _columns(name: str, result: Any) -> dict[str, float]:
    return {name: result.value, f"{name}_lower": result.lower, f"{name}_upper": result.upper}


def _total(name: str, label_en: str, label_zh: str, part: Any, share: Any, printed: str) -> dict[str, Any]:
    total = propagate(lambda amount, percent: amount / (percent / 100), part, share)
    labels = {"name": name, "label_en": label_en, "label_zh": label_zh}
    origin = {"unit": getattr(part, "unit", ""), "part": printed, "share": share["printed"]}
    return labels | origin | total._asdict()
