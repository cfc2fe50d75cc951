"""Does the plan add up? Its arithmetic claims, held against the rounding bounds of its figures.

The checks are rows of ``checks.csv``: a statement in both languages, a left and a right side, and the
relation that should hold between them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from .areas import bounded, numbered
from .balance import Balance, balance
from .data import Folder, load_figures, load_indicators, load_sources, raw_tables
from .display import LANGUAGES, amount, interval, number, percent, place, say, span, speaking
from .errors import DataError, Problem
from .formula import Formula, parse_formula
from .plan import Plan
from .rounding import Bounds, propagate

SIGNS = {"=": "=", ">=": "≥", "<=": "≤"}


@dataclass(frozen=True)
class Check:
    """A relation that the plan states or implies.

    Parameters
    ----------
    name : str
    topic : str
        Key of `TOPICS`.
    statement : tuple of str
        In English and Chinese.
    left, right : Formula
    relation : {'=', '>=', '<='}
    unit : str
        Base unit of both sides.
    meaning : str
        What the explanation adds, one of the column ``meaning`` of ``checks.csv``; nothing if empty.
    note : tuple of str
        One more sentence, in English and Chinese, or empty.
    """

    name: str
    topic: str
    statement: tuple[str, str]
    left: Formula
    relation: str
    right: Formula
    unit: str
    meaning: str = ""
    note: tuple[str, str] = ("", "")

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the figures, of the left side first."""
        return (*self.left.figures, *self.right.figures)

    def side(self, formula: Formula, figures: pd.DataFrame) -> Bounds:
        """Compute a side in the check's unit."""
        bounds = formula.bounds(figures)
        return Bounds(*(100 * bound for bound in bounds)) if self.unit == "percent" else bounds


TOPICS = {
    "stocks": ("Stocks and increments", "存量与增量"),
    "shares": ("Share of all enterprises", "占全部企业比重"),
    "revenue": ("Revenue", "主营业务收入"),
    "totals": ("Against totals of the area", "与地区总量对照"),
    "doubling": ("Doubling", "翻番"),
    "additions": ("New firms and exits", "新增与退出"),
    "structure": ("Groups of firms", "企业构成"),
    "money": ("Funds", "资金"),
    "annex": ("Body against annex", "正文与附件"),
    "repeated": ("Printed more than once", "多处列出的数字"),
}


def judge(left: Bounds, relation: str, right: Bounds) -> Any:
    """Say whether a relation can hold between two numbers known within bounds.

    Parameters
    ----------
    left, right : Bounds
        Numbers or arrays. Bounds count as included: sides that just touch may be equal.
    relation : {'=', '>=', '<='}

    Returns
    -------
    str or array of str
        ``consistent``: an equality can hold, an inequality must hold. ``inconsistent``: it cannot
        hold. ``undecidable``: the prints leave both open; an equality is undecidable where it can
        hold only because a side has no upper bound (以上, 多).

    Notes
    -----
    The three verdicts are those of the R package scrutiny, on interval arithmetic instead of grids.

    Examples
    --------
    >>> judge(Bounds(12_500, 12_400, 12_600), "=", Bounds(12_500, 12_450, 12_550))
    'consistent'
    >>> judge(Bounds(16, 15.5, 16.5), ">=", Bounds(16, 16, 16))
    'undecidable'
    """
    if relation == "<=":
        return judge(right, ">=", left)
    if relation == ">=":
        impossible = np.less(left.upper, right.lower)
        certain = np.greater_equal(left.lower, right.upper)
    else:
        impossible = np.less(left.upper, right.lower) | np.less(right.upper, left.lower)
        certain = np.isfinite(left.upper) & np.isfinite(right.upper)
    verdict = np.where(impossible, "inconsistent", np.where(certain, "consistent", "undecidable"))
    return verdict.item() if verdict.ndim == 0 else verdict


def check_consistency(folder: Folder = None, figures: pd.DataFrame | None = None) -> pd.DataFrame:
    """Hold every arithmetic relation that the plan states or implies against its rounding bounds.

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.
    figures : DataFrame, optional
        The same figures of other areas, to hold all of them against these relations at once: indexed by
        figure (a name of :func:`xjranalysis.load_figures`), with ``area``, ``value`` in that figure's unit
        and, if known, ``lower`` and ``upper``; without them numbers are exact.

    Returns
    -------
    DataFrame
        Indexed by check: topic, statement_en, statement_zh, left_formula, left, left_lower,
        left_upper, relation, right_formula, right, right_lower, right_upper, unit, verdict (consistent,
        inconsistent, undecidable), failure (of a printed total that its parts miss: ``one-digit slip``
        or ``unexplained``, see :func:`xjranalysis.balance`; else empty), explanation_en, explanation_zh
        (built from the deciding numbers) and figures (names of the figures used).
        With `figures`, one row a check and area: area, left, left_lower, left_upper, relation, right,
        right_lower, right_upper, unit and verdict, which is missing where the area lacks a figure. Checks
        with a figure that no area has are left out.

    Raises
    ------
    DataError
        If a table breaks its declaration, or `figures` has a name that the plan has not, a figure twice
        for an area, a number that is none or not within its bounds, or no check's figures together; lists
        every problem.

    Notes
    -----
    See :func:`judge` for the verdicts. Relations between figures of the same indicator, years and status
    that the plan prints in several places are added by themselves, under the topic ``repeated``.

    Examples
    --------
    >>> doubled = check_consistency().loc["giants_doubled"]
    >>> doubled.verdict, int(doubled.left), int(doubled.right)
    ('inconsistent', 3000, 3558)

    Two areas that set out to double their little giants:

    >>> names = ["review.little_giants.2012", "targets.little_giants.2015"]
    >>> figures = pd.DataFrame({"area": list("aabb"), "value": [50, 100, 50, 90]}, index=names * 2)
    >>> check_consistency(figures=figures).set_index("area", append=True).verdict["giants_doubled"].to_dict()
    {'a': 'consistent', 'b': 'inconsistent'}
    """
    own, plan = load_figures(folder), Plan(folder)
    checks = [*declared_checks(folder), *_repeated(own, load_sources(folder))]
    if figures is not None:
        return _by_area(checks, own, figures)
    rows = [_row(check, own, plan) for check in checks]
    return pd.DataFrame(rows, columns=_COLUMNS).set_index("check")


def _by_area(checks: list[Check], own: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    """Hold the figures of many areas against checks, all areas at once."""
    areas, table = _table(own, figures)
    held = [check for check in checks if set(check.figures) <= set(table.index)]
    if not held:
        reason = "together hold no check's figures"
        raise DataError([Problem("figures", "", ", ".join(table.index), reason)])
    frames = []
    for check in held:
        left, right, verdict = evaluate(check, table)
        columns = {
            "check": check.name,
            "area": areas,
            "left": left.value,
            "left_lower": left.lower,
            "left_upper": left.upper,
            "relation": SIGNS[check.relation],
            "right": right.value,
            "right_lower": right.lower,
            "right_upper": right.upper,
            "unit": check.unit,
            "verdict": pd.Series(verdict, dtype="str").mask(np.isnan(left.value + right.value)),
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames).set_index("check")


def _table(own: pd.DataFrame, figures: pd.DataFrame) -> tuple[list[Any], pd.DataFrame]:
    """Areas, and by figure their numbers: value, lower and upper are arrays, one number an area."""
    numbers = bounded(figures, "figures")
    if "area" not in figures:
        raise DataError([Problem("figures", "", ", ".join(figures.columns), "has no column area")])
    codes, areas = numbered(figures["area"])
    rows, names = numbered(figures.index.to_series())
    problems = list(_figure_faults(own, figures, numbers))
    if problems:
        raise DataError(problems)
    table = {}
    for column, given in numbers.items():
        table[column] = np.full((len(names), len(areas)), np.nan)
        table[column][rows, codes] = given
    return areas, pd.DataFrame(
        {column: list(matrix) for column, matrix in table.items()}
        | {"unit": own["unit"].reindex(names).array},
        index=names,
    )


def _figure_faults(
    own: pd.DataFrame, figures: pd.DataFrame, numbers: dict[str, np.ndarray]
) -> Iterator[Problem]:
    """What is wrong with the figures of areas, row by row; a missing figure is no fault."""
    value, lower, upper = numbers.values()
    given, there = figures["value"], figures["value"].notna().to_numpy()
    unreadable = there & ~np.isfinite(value)
    kinds = (
        (~figures.index.isin(own.index), "is no figure of the plan"),
        (pd.MultiIndex.from_arrays([figures.index, figures["area"]]).duplicated(), "stands there twice"),
        (unreadable, "is not a finite number"),
        (there & ~unreadable & ~((lower <= value) & (value <= upper)), "is not within its bounds"),
    )
    for row in np.flatnonzero(np.logical_or.reduce([rows for rows, _ in kinds])).tolist():
        place = f"{figures.index[row]} of {figures['area'].iloc[row]}"
        for rows, reason in kinds:
            if rows[row]:
                yield Problem("figures", place, str(given.iloc[row]), reason)


_COLUMNS = [
    *("check", "topic", "statement_en", "statement_zh"),
    *("left_formula", "left", "left_lower", "left_upper", "relation"),
    *("right_formula", "right", "right_lower", "right_upper", "unit", "verdict", "failure"),
    *("explanation_en", "explanation_zh", "figures"),
]


def declared_checks(folder: Folder = None) -> list[Check]:
    """Read the checks of ``checks.csv``.

    Examples
    --------
    >>> declared_checks()[0].statement[0]
    'Technology SMEs of 2012 less the increase are the technology SMEs published later for 2010'
    """
    return [
        Check(
            row["check"],
            row["topic"],
            (row["statement_en"], row["statement_zh"]),
            parse_formula(row["left"]),
            row["relation"],
            parse_formula(row["right"]),
            row["unit"],
            row["meaning"],
            (row["note_en"], row["note_zh"]),
        )
        for row in raw_tables(folder).rows("checks")
    ]


def evaluate(check: Check, figures: pd.DataFrame) -> tuple[Bounds, Bounds, str]:
    """Compute both sides of a check and its verdict.

    Parameters
    ----------
    check : Check
    figures : DataFrame
        Figure frame that holds the figures of the check.

    Returns
    -------
    tuple of Bounds, Bounds and str
        Left side, right side, verdict.

    Examples
    --------
    >>> left, right, verdict = evaluate(declared_checks()[0], load_figures())
    >>> print(left.lower, left.upper, verdict)
    12400.0 12600.0 consistent
    """
    left, right = check.side(check.left, figures), check.side(check.right, figures)
    return left, right, judge(left, check.relation, right)


def _row(check: Check, figures: pd.DataFrame, plan: Plan) -> dict[str, Any]:
    left, right, verdict = evaluate(check, figures)
    failed = _failed_balance(check, verdict, figures)
    row = {
        "check": check.name,
        "topic": check.topic,
        "statement_en": check.statement[0],
        "statement_zh": check.statement[1],
        "left_formula": check.left.shown(figures),
        "left": left.value,
        "left_lower": left.lower,
        "left_upper": left.upper,
        "relation": SIGNS[check.relation],
        "right_formula": check.right.shown(figures),
        "right": right.value,
        "right_lower": right.lower,
        "right_upper": right.upper,
        "unit": check.unit,
        "verdict": verdict,
        "failure": failed.kind if failed else "",
    }
    for language in LANGUAGES:
        with speaking(language):
            row[f"explanation_{language}"] = _explanation(check, left, right, verdict, failed, figures, plan)
    return row | {"figures": check.figures}


def _explanation(
    check: Check,
    left: Bounds,
    right: Bounds,
    verdict: str,
    failed: Balance | None,
    figures: pd.DataFrame,
    plan: Plan,
) -> str:
    first, second = (
        _side(side, bounds, check.unit, figures)
        for side, bounds in ((check.left, left), (check.right, right))
    )
    sentences = [
        say(f"Left: {first}. Right: {second}.", f"左侧：{first}。右侧：{second}。"),
        _reason(check, left, right, verdict),
    ]
    if failed:
        sentences.append(_slips(check, failed, figures))
    if check.left.overlaps:
        sentences.append(_overlap(left, check.unit))
    if check.meaning:
        sentences.append(_MEANINGS[check.meaning](left, right, check.unit, plan))
    sentences.append(say(*check.note))
    return say(" ", "").join(filter(None, sentences))


def _side(side: Formula, bounds: Bounds, unit: str, figures: pd.DataFrame) -> str:
    shown = side.shown(figures)
    written = interval(bounds.lower, bounds.upper, unit, {"firms": 5, "times": 3}.get(unit, 4))
    if bounds.lower == 0 < bounds.upper:
        upper = amount(bounds.upper, unit)
        return say(f"{shown}, at most {upper}", f"{shown}，不超过{upper}")
    if side.is_figure:
        return shown if shown == written else say(f"{shown} ({written})", f"{shown}（{written}）")
    return say(f"{shown}, that is {written}", f"{shown}，即{written}")


def _failed_balance(check: Check, verdict: str, figures: pd.DataFrame) -> Balance | None:
    """Search a printed total that its parts miss; None for every other check."""
    sums = check.relation == "=" and check.left.is_sum and check.right.is_figure
    if verdict != "inconsistent" or not sums:
        return None
    return balance(figures.loc[check.right.figures[0]], [figures.loc[name] for name in check.left.figures])


def _slips(check: Check, failed: Balance, figures: pd.DataFrame) -> str:
    if not failed.slips:
        return say("No single mistyped digit explains it.", "单个数字误印也不能解释。")
    names = (*check.left.figures, check.right.figures[0])
    fits: dict[str, list[float]] = {}
    for slip in failed.slips:
        fits.setdefault(names[slip.cell], []).append(slip.corrected)
    cells = []
    for name, corrected in fits.items():
        printed, value = figures.loc[name, "printed"], amount(figures.loc[name, "value"], check.unit, 9)
        english = " or ".join(number(fit, 9) for fit in corrected)
        chinese = "或".join(amount(fit, check.unit, 9) for fit in corrected)
        cells.append(say(f"{english} instead of {value} ({printed})", f"“{printed}”实为{chinese}"))
    return say(
        f"One mistyped digit could explain it: {'; or '.join(cells)}.",
        f"若误印一个数字，可以解释：{'；或'.join(cells)}。",
    )


def _reason(check: Check, left: Bounds, right: Bounds, verdict: str) -> str:
    if verdict == "inconsistent":
        unit, gap = _of_difference(check.unit), max(left.lower - right.upper, right.lower - left.upper)
        if left.lower == left.upper and right.lower == right.upper:
            exactly = amount(gap, unit, 6 if float(gap).is_integer() else 3)
            return say(f"They differ by {exactly}.", f"两者相差{exactly}。")
        least = amount(_rounded_down(gap), unit, 3)
        return say(
            f"They differ by at least {least}, more than rounding explains.",
            f"两者至少相差{least}，超出四舍五入的影响。",
        )
    if verdict == "undecidable":
        return say(
            "The published numbers allow both answers.",
            "仅凭公布的数字，成立与否都有可能。",
        )
    if check.relation == "=":
        exact = left.lower == left.upper == right.lower == right.upper
        return say("They are equal.", "两者相等。") if exact else say("The ranges overlap.", "两个区间相交。")
    return say("It holds whatever the unrounded numbers are.", "无论舍入前的数值如何，关系均成立。")


def _rounded_down(gap: float) -> float:
    """Keep three digits of a gap, never more than it is; whole numbers below 10,000 keep all of theirs."""
    if gap < 10_000 and float(gap).is_integer():
        return gap
    places = 2 - math.floor(math.log10(gap))
    # What lies within the noise of binary arithmetic below a step counts as that step.
    steps = math.floor(gap * 10.0**places + 1e-6)
    return round(steps / 10.0**places, places)


def _repeated(figures: pd.DataFrame, sources: pd.DataFrame) -> Iterator[Check]:
    """Pair the goals that are printed for the same thing in several places."""
    targets = figures[figures["table"].isin(("targets", "measures"))]
    meaning = ["indicator", "area", "start_year", "year"]
    for _, group in targets.groupby(meaning, sort=False, dropna=False):
        for count, ((name, row), (other, again)) in enumerate(pairwise(group.iterrows()), start=1):
            places = {}
            for language in LANGUAGES:
                with speaking(language):
                    places[language] = _places(row, again, sources)
            yield Check(
                f"repeated.{row['indicator']}.{count}",
                "repeated",
                (
                    f"{row['label_en']}: {' and '.join(places['en'])} agree",
                    f"{row['label_zh']}：{'与'.join(places['zh'])}一致",
                ),
                parse_formula(f"least({{{name}}})"),
                "=",
                parse_formula(f"least({{{other}}})"),
                row["unit"],
            )


def _places(row: pd.Series, again: pd.Series, sources: pd.DataFrame) -> list[str]:
    """Name two places in the reader's language: of one document, or the documents."""
    if row["source"] == again["source"]:
        return [place(row["locator"]), place(again["locator"])]
    titles = sources.loc[[row["source"], again["source"]], say("title_en", "title_zh")]
    return [say(f"“{title}”", f"《{title}》") for title in titles]


def _exits(left: Bounds, right: Bounds, unit: str, plan: Plan) -> str:
    least, most = left.lower - right.upper, left.upper - right.lower
    if most < 0:
        more = interval(-most, -least, unit)
        return say(
            f"The right side is larger by {more}, which exits cannot explain.",
            f"右侧多出{more}，退出无法解释。",
        )
    if least < 0:
        room = amount(most, unit)
        return say(f"There is room for exits of at most {room}.", f"差额至多可容退出{room}。")
    gone = interval(least, most, unit)
    return say(f"The difference would mean exits of {gone}.", f"差额意味着退出{gone}。")


def _exits_a_year(left: Bounds, right: Bounds, unit: str, plan: Plan) -> str:
    least, most = left.lower - right.upper, left.upper - right.lower
    text = _exits(left, right, unit, plan)
    if least < 0:
        return text
    yearly = interval(least / plan.years, most / plan.years, unit)
    return text + say(f" That is {yearly} a year.", f"平均每年退出{yearly}。")


def _multiple(left: Bounds, right: Bounds, unit: str, plan: Plan) -> str:
    times = propagate(lambda goal, twice: 2 * goal / twice, left, right)
    shown = interval(times.lower, times.upper, "times", 3)
    text = say(f"The goal is {shown} the level of {plan.base_year}", f"目标为{plan.base_year}年的{shown}")
    least, most = right.lower - left.upper, right.upper - left.lower
    if least <= 0:
        return text + say(".", "。")
    short = interval(least, most, _of_difference(unit))
    return text + say(f", {short} short of doubling.", f"，比翻番少{short}。")


def _growth(left: Bounds, right: Bounds, unit: str, plan: Plan) -> str:
    change = propagate(lambda late, early: late / early - 1, left, right)
    shown = _percents(change, 0)
    if change.lower < 0:
        return say(f"The change is {shown}.", f"变动幅度为{shown}。")
    return say(f"The rise is {shown}.", f"增幅为{shown}。")


def _share(left: Bounds, right: Bounds, unit: str, plan: Plan) -> str:
    part = _percents(propagate(lambda some, whole: some / whole, left, right), 1)
    return say(f"The left side is {part} of the right.", f"左侧相当于右侧的{part}。")


def _percents(share: Bounds, decimals: int) -> str:
    low = percent(share.lower, decimals)
    if math.isinf(share.upper):
        return say(f"{low} or more", f"{low}及以上")
    return span(low, percent(share.upper, decimals))


def _overlap(side: Bounds, unit: str) -> str:
    low = amount(side.lower, unit)
    if math.isinf(side.upper):
        return say(
            f"The left side is at least {low}, more if not all overlap.",
            f"左侧不少于{low}，未全部重叠时更多。",
        )
    high = amount(side.upper, unit)
    return say(
        f"The left side is {low} if the largest item includes all the others, {high} if none overlap.",
        f"若最大一项包含其他各项，左侧为{low}；若互不重叠，为{high}。",
    )


def _of_difference(unit: str) -> str:
    return "percentage points" if unit == "percent" else unit


_MEANINGS = {
    "growth": _growth,
    "share": _share,
    "exits": _exits,
    "exits_a_year": _exits_a_year,
    "multiple": _multiple,
}


def annex_readings(folder: Folder = None) -> pd.DataFrame:
    """Add up the annex's measures for new firms under stated readings of their overlap.

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        One row a reading: lever, reading_en, reading_zh, formula (as
        printed), total, goal, unit (of both) and coverage (total over goal).

    Examples
    --------
    >>> readings = annex_readings()
    >>> readings.loc[readings.lever == "founded", "total"].astype(int).tolist()
    [11400, 8400, 7400, 4000]
    """
    figures, plan, units = load_figures(folder), Plan(folder), load_indicators(folder)["unit"]
    records = []
    for row in raw_tables(folder).rows("readings"):
        formula = parse_formula(row["formula"])
        lever = plan.levers.loc[row["lever"]]
        total, goal = formula.bounds(figures).value, plan.additions(lever["stock"])[row["lever"]]
        record = {name: row[name] for name in ("lever", "reading_en", "reading_zh")}
        records.append(
            record
            | {
                "formula": formula.shown(figures),
                "total": total,
                "goal": goal,
                "unit": units[lever["indicator"]],
                "coverage": total / goal,
            }
        )
    columns = ["lever", "reading_en", "reading_zh", "formula", "total", "goal", "unit", "coverage"]
    return pd.DataFrame(records, columns=columns)
