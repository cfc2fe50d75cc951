"""Does the plan add up? Its arithmetic claims, held against the rounding bounds of its figures.

A check is one entry of `CHECKS`: a statement in both languages, a left and a right side, and the
relation that should hold between them. A side is a formula over printed figures, written once to be
shown and once to be computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from .balance import Balance, balance
from .data import Folder, load_figures
from .display import LANGUAGES, amount, interval, number, percent, place, say, span, speaking
from .growth import cagr
from .rounding import Bounds, propagate

RELATIONS = {"=": "=", ">=": "≥", "<=": "≤"}


@dataclass(frozen=True)
class Side:
    """One side of a check: a formula over printed figures.

    Parameters
    ----------
    formula : str
        As shown, with ``{}`` for each figure's print.
    compute : callable
        The same over numbers; monotone in each and using each once, so that the end points give exact
        bounds (see :func:`xjranalysis.propagate`).
    figures : tuple of str
        Names of the figures, in the order of the formula.
    kind : {'range', 'sum', 'overlap', 'floor'}
        ``sum``: a plain sum of figures, so that a failing balance can be searched for a slip.
        ``overlap``: the figures may count the same firms, so that the side is anything from the largest
        of them to their sum. ``floor``: of targets of the form 以上 only the least they ask for counts.
    """

    formula: str
    compute: Callable[..., Any]
    figures: tuple[str, ...]
    kind: str = "range"

    def bounds(self, figures: pd.DataFrame) -> Bounds:
        """Compute the side's value and bounds from a frame of figures."""
        rows = [figures.loc[name] for name in self.figures]
        if self.kind == "floor":
            return propagate(self.compute, *(_exactly(row["lower"]) for row in rows))
        result = propagate(self.compute, *rows)
        if self.kind == "overlap":
            return Bounds(result.value, max(row["lower"] for row in rows), result.upper)
        return result

    def shown(self, figures: pd.DataFrame) -> str:
        """Write the formula with the figures as printed."""
        return self.formula.format(*(figures.loc[name, "printed"] for name in self.figures))


@dataclass(frozen=True)
class Check:
    """A relation that the plan states or implies.

    Parameters
    ----------
    name : str
    topic : str
        Key of `TOPICS`.
    en, zh : str
        The statement.
    left, right : Side
    relation : {'=', '>=', '<='}
    unit : str
        Base unit of both sides.
    meaning : callable, optional
        Takes both sides' bounds and returns one more sentence, in the language being written.
    """

    name: str
    topic: str
    en: str
    zh: str
    left: Side
    relation: str
    right: Side
    unit: str = "firms"
    meaning: Callable[[Bounds, Bounds], str] | None = None


TOPICS = {
    "stocks": ("Stocks and increments", "存量与增量"),
    "shares": ("Share of all enterprises", "占全市企业比重"),
    "revenue": ("Revenue", "主营业务收入"),
    "totals": ("Against totals of the city", "与全市总量对照"),
    "doubling": ("Doubling", "翻番"),
    "additions": ("New firms and exits", "新增与退出"),
    "structure": ("Giants, clusters, leading firms", "小巨人、集群与领军企业"),
    "money": ("Funds", "资金"),
    "annex": ("Body against Annex 2", "正文与附件2"),
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


def check_consistency(folder: Folder = None) -> pd.DataFrame:
    """Hold every arithmetic relation that the plan states or implies against its rounding bounds.

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        Indexed by check: topic, statement_en, statement_zh, left_formula, left, left_lower,
        left_upper, relation, right_formula, right, right_lower, right_upper, unit, verdict (consistent,
        inconsistent, undecidable), failure (of a printed total that its parts miss: ``one-digit slip``
        or ``unexplained``, see :func:`xjranalysis.balance`; else empty), explanation_en, explanation_zh
        (built from the deciding numbers) and figures (names of the figures used).

    Notes
    -----
    See :func:`judge` for the verdicts. Relations between figures of the same indicator, years and status
    that the plan prints in several places are added by themselves, under the topic ``repeated``.

    Examples
    --------
    >>> doubled = check_consistency().loc["giants_doubled"]
    >>> doubled.verdict, int(doubled.left), int(doubled.right)
    ('inconsistent', 3000, 3558)
    """
    figures = load_figures(folder)
    # A figure that another plan's tables do not have cannot be checked; the check is left out there.
    checks = [check for check in CHECKS if set(_names(check)) <= set(figures.index)]
    rows = [_row(check, figures) for check in (*checks, *_repeated(figures))]
    return pd.DataFrame(rows).set_index("check")


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
    >>> left, right, verdict = evaluate(CHECKS[0], load_figures())
    >>> print(left.lower, left.upper, verdict)
    12400.0 12600.0 consistent
    """
    left, right = check.left.bounds(figures), check.right.bounds(figures)
    return left, right, judge(left, check.relation, right)


def _names(check: Check) -> tuple[str, ...]:
    return (*check.left.figures, *check.right.figures)


def _row(check: Check, figures: pd.DataFrame) -> dict[str, Any]:
    left, right, verdict = evaluate(check, figures)
    failed = _failed_balance(check, verdict, figures)
    row = {
        "check": check.name,
        "topic": check.topic,
        "statement_en": check.en,
        "statement_zh": check.zh,
        "left_formula": check.left.shown(figures),
        "left": left.value,
        "left_lower": left.lower,
        "left_upper": left.upper,
        "relation": RELATIONS[check.relation],
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
            row[f"explanation_{language}"] = _explanation(check, left, right, verdict, failed, figures)
    return row | {"figures": _names(check)}


def _explanation(
    check: Check, left: Bounds, right: Bounds, verdict: str, failed: Balance | None, figures: pd.DataFrame
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
    if check.meaning:
        sentences.append(check.meaning(left, right))
    return say(" ", "").join(sentences)


def _side(side: Side, bounds: Bounds, unit: str, figures: pd.DataFrame) -> str:
    shown = side.shown(figures)
    written = interval(bounds.lower, bounds.upper, unit, {"firms": 5, "times": 3}.get(unit, 4))
    if bounds.lower == 0:
        upper = amount(bounds.upper, unit)
        return say(f"{shown}, at most {upper}", f"{shown}，不超过{upper}")
    if side.formula == "{}":
        return shown if shown == written else say(f"{shown} ({written})", f"{shown}（{written}）")
    return say(f"{shown}, that is {written}", f"{shown}，即{written}")


def _failed_balance(check: Check, verdict: str, figures: pd.DataFrame) -> Balance | None:
    """Search a printed total that its parts miss; None for every other check."""
    if verdict != "inconsistent" or check.relation != "=" or check.left.kind != "sum":
        return None
    return balance(figures.loc[check.right.figures[0]], [figures.loc[name] for name in check.left.figures])


def _slips(check: Check, failed: Balance, figures: pd.DataFrame) -> str:
    if not failed.slips:
        return say("No single mistyped digit explains it.", "单个数字误印也不能解释。")
    names = (*check.left.figures, check.right.figures[0])
    cells = [
        f"{figures.loc[names[slip.cell], 'printed']} → {amount(slip.corrected, check.unit, 9)}"
        for slip in failed.slips
    ]
    return say(
        f"One mistyped digit could explain it: {', or '.join(cells)}.",
        f"若误印一个数字，可以解释：{'，或'.join(cells)}。",
    )


def _reason(check: Check, left: Bounds, right: Bounds, verdict: str) -> str:
    if verdict == "inconsistent":
        unit = "percentage points" if check.unit == "percent" else check.unit
        gap = max(left.lower - right.upper, right.lower - left.upper)
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


def _figure(name: str) -> Side:
    return Side("{}", lambda value: value, (name,))


def _exactly(value: float) -> Bounds:
    return Bounds(value, value, value)


def _repeated(figures: pd.DataFrame) -> Iterator[Check]:
    """Pair the figures that the plan prints for the same thing in several places."""
    targets = figures[figures["table"].isin(("targets", "measures"))]
    meaning = ["indicator", "area", "start_year", "year"]
    for _, group in targets.groupby(meaning, sort=False, dropna=False):
        for count, ((name, row), (other, again)) in enumerate(pairwise(group.iterrows()), start=1):
            with speaking("zh"):
                places = place(row["locator"]), place(again["locator"])
            yield Check(
                f"repeated.{row['indicator']}.{count}",
                "repeated",
                f"{row['label_en']}: {row['locator']} and {again['locator']} agree",
                f"{row['label_zh']}：{places[0]}与{places[1]}一致",
                _floor(name),
                "=",
                _floor(other),
                row["unit"],
            )


def _floor(name: str) -> Side:
    return Side("{}", lambda goal: goal, (name,), "floor")


def _sum(*names: str, kind: str = "sum") -> Side:
    return Side(" + ".join(["{}"] * len(names)), lambda *values: sum(values), names, kind)


def _ratio(over: str, under: str, factor: float = 1) -> Side:
    return Side("{} ÷ {}", lambda part, whole: factor * part / whole, (over, under))


def _total(part: str, share: str) -> Side:
    """The whole that a part and its share in percent imply."""
    return _ratio(part, share, 100)


def _per_year(name: str, years: int) -> Side:
    return Side(f"{{}} ÷ {years}", lambda value: value / years, (name,))


def _exits(left: Bounds, right: Bounds) -> str:
    low, high = left.lower - right.upper, left.upper - right.lower
    if high < 0:
        return say(
            f"The stock rose by {span(number(-high), number(-low))} firms more than were reported as new.",
            f"存量的增加比报道的新增数多{span(number(-high), number(-low))}家。",
        )
    return say(
        f"The difference would mean {span(number(low), number(high))} exits.",
        f"差额意味着退出{span(number(low), number(high))}家。",
    )


def _exits_a_year(left: Bounds, right: Bounds) -> str:
    low, high = (left.lower - right.upper) / 3, (left.upper - right.lower) / 3
    return _exits(left, right) + say(
        f" That is {span(number(low), number(high))} a year.",
        f"平均每年退出{span(number(low), number(high))}家。",
    )


def _multiple(left: Bounds, right: Bounds) -> str:
    times = interval(2 * left.value / right.upper, 2 * left.value / right.lower, "times", 3)
    short = interval(right.lower - left.value, right.upper - left.value, "firms")
    return say(
        f"The goal is {times} the number of 2012, {short} short of doubling.",
        f"目标相当于2012年的{times}，比翻番少{short}。",
    )


def _growth(left: Bounds, right: Bounds) -> str:
    rise = propagate(lambda late, early: late / early - 1, left, right)
    bounds = span(percent(rise.lower, 0), percent(rise.upper, 0))
    return say(f"The rise is {bounds}.", f"增幅为{bounds}。")


def _selected_again(left: Bounds, right: Bounds) -> str:
    return say(
        "Both can be true only if a firm can be selected more than once.",
        "只有同一企业可以多次入选，两者才能同时成立。",
    )


def _readings(left: Bounds, right: Bounds) -> str:
    low, high = amount(left.lower, "firms"), amount(left.upper, "firms")
    return say(
        f"The left side is {low} if the largest measure includes all the others, {high} if none overlap."
        " Task 6 counts research institutes too. Task 56 adds at least one firm per official; as the number"
        " of officials is not published, it cannot be said whether that would be enough.",
        f"若最大一项包含其他各项，左侧为{low}；若互不重叠，为{high}。第6项任务还包括科研院所。"
        "第56项任务另要求每名干部至少帮助一家，因未公布干部人数，能否补足无法判定。",
    )


def _share(left: Bounds, right: Bounds) -> str:
    part = propagate(lambda some, whole: some / whole, left, right)
    return say(
        f"The left side is {span(percent(part.lower), percent(part.upper))} of the right.",
        f"左侧相当于右侧的{span(percent(part.lower), percent(part.upper))}。",
    )


_SMES_2012, _GIANTS_2012 = "review.technology_smes.2012", "review.little_giants.2012"
_SMES_2015, _GIANTS_2015 = "targets.technology_smes.2015", "targets.little_giants.2015"
_REVENUE = "review.revenue.2012"
_SMES_2010 = Side(
    "{} − {}", lambda end, rise: end - rise, (_SMES_2012, "review.technology_smes_increase.2012")
)
_GIANTS_2010 = Side(
    "{} − {}", lambda end, rise: end - rise, (_GIANTS_2012, "review.little_giants_increase.2012")
)
_REVENUE_2010 = Side(
    "{} ÷ (1 + {})²", lambda end, rate: end / (1 + rate / 100) ** 2, (_REVENUE, "review.revenue_growth.2012")
)
_ENTERPRISES_2012 = _total(_SMES_2012, "review.technology_smes_share.2012")
_ENTERPRISES_2010 = Side(
    "({} − {}) ÷ {}",
    lambda end, rise, share: (end - rise) / share * 100,
    (*_SMES_2010.figures, "review.technology_smes_share.2010"),
)
_FOUNDING = tuple(
    f"measures.{name}"
    for name in (
        "1.founded_by_researchers",
        "7.founded_by_project_teams",
        "8.founded_with_institutes",
        "26.incubated_by_carriers",
        "27.incubated_by_incubators",
        "29.founded_in_youth_parks",
    )
)
_ATTRACTING = tuple(
    f"measures.{name}"
    for name in (
        "4.overseas_acquisitions",
        "6.attracted_by_recruitment",
        "7.founded_by_project_teams",
        "8.founded_with_institutes",
    )
)

CHECKS: tuple[Check, ...] = (
    Check(
        "smes_2010", "stocks",
        "Technology SMEs of 2012 less the increase are the technology SMEs published later for 2010",
        "科技型中小企业2012年末数减去增量，等于后来公布的2010年数",
        _SMES_2010, "=", _figure("outcomes.technology_smes.2010"),
    ),
    Check(
        "giants_2010_726", "stocks",
        "Little giants of 2012 less the increase are the little giants that one source gives for 2010",
        "科技小巨人企业2012年末数减去增量，等于一种来源的2010年数",
        _GIANTS_2010, "=", _figure("outcomes.little_giants.2010.2"),
    ),
    Check(
        "giants_2010_720", "stocks",
        "Little giants of 2012 less the increase are the little giants that another source gives for 2010",
        "科技小巨人企业2012年末数减去增量，等于另一种来源的2010年数",
        _GIANTS_2010, "=", _figure("outcomes.little_giants.2010"),
    ),
    Check(
        "smes_2010_from_growth", "stocks",
        "The stock of 2011, taken back at its published growth, is the plan's stock of 2010",
        "2011年存量按公布增速倒推，等于由计划推算的2010年存量",
        Side("{} ÷ (1 + {})", lambda end, rate: end / (1 + rate / 100),
             ("outcomes.technology_smes.2011", "outcomes.technology_smes_growth.2011")),
        "=", _SMES_2010,
    ),
    Check(
        "smes_2010_against_2009", "stocks",
        "The stock published for 2010 is no less than that published for 2009",
        "公布的2010年存量不低于2009年",
        _figure("outcomes.technology_smes.2010"), ">=", _figure("outcomes.technology_smes.2009"),
    ),
    Check(
        "first_plan_goal_reached", "stocks",
        "The first plan's goal for 2015 was reached by 2012",
        "第一期计划2015年目标在2012年已经达到",
        _figure(_SMES_2012), ">=", _figure("review.technology_smes.2015"),
    ),
    Check(
        "first_plan_goal_as_reported", "stocks",
        "The plan and the press give the same goal of the first plan",
        "计划与媒体报道的第一期计划目标一致",
        _figure("review.technology_smes.2015"), "=", _figure("outcomes.technology_smes.2015.target"),
    ),
    Check(
        "enterprises_grew", "shares",
        "By the two shares, the number of all enterprises did not fall from 2010 to 2012",
        "按两个年份的比重推算，2010—2012年全市企业数没有减少",
        _ENTERPRISES_2012, ">=", _ENTERPRISES_2010, meaning=_growth,
    ),
    Check(
        "enterprises_of_2009", "shares",
        "All SMEs of 2009 (first plan) are no more than all enterprises of 2010 (this plan)",
        "2009年中小企业总数（第一期计划）不多于2010年全市企业总数（本计划）",
        _total("outcomes.technology_smes.2009", "outcomes.technology_smes_share_of_smes.2009"),
        "<=", _ENTERPRISES_2010,
    ),
    Check(
        "enterprises_of_2014", "shares",
        "By the share reported for 2014, there were at least as many enterprises as SMEs",
        "按2014年报道的比重推算，全市企业数不少于中小企业户数",
        _total("outcomes.technology_smes.2014", "outcomes.technology_smes_share.2014"),
        ">=", _figure("outcomes.smes.2014"),
    ),
    Check(
        "share_of_2015", "shares",
        "The share of 2010 plus the rise reported for 2015 is at least the share reported for 2014",
        "2010年比重加上报道的2015年提高幅度，不低于报道的2014年比重",
        _sum("review.technology_smes_share.2010", "outcomes.technology_smes_share_increase.2015"),
        ">=", _figure("outcomes.technology_smes_share.2014"), "percent",
    ),
    Check(
        "revenue_after_2009", "revenue",
        "Revenue of 2010, taken back from 2012, is at least the sales of 2009 in the first plan",
        "由2012年倒推的2010年收入不低于第一期计划所列2009年销售收入",
        _REVENUE_2010, ">=", _figure("outcomes.sales_revenue.2009"), "CNY", _growth,
    ),
    Check(
        "revenue_of_2011", "revenue",
        "Revenue of 2011, from the little giants' revenue and share, is no less than that of 2010",
        "由小巨人收入及占比推算的2011年收入不低于2010年",
        _total("outcomes.little_giants_revenue.2011", "outcomes.little_giants_sales_share.2011"),
        ">=", _REVENUE_2010, "CNY", _growth,
    ),
    Check(
        "revenue_path", "revenue",
        "At the growth of 2010 to 2012, revenue reaches the goal for 2015",
        "按2010—2012年增速，2015年主营业务收入可以达到目标",
        Side("{} × (1 + {})³", lambda end, rate: end * (1 + rate / 100) ** 3,
             (_REVENUE, "review.revenue_growth.2012")),
        ">=", _floor("targets.revenue.2015"), "CNY",
    ),
    Check(
        "revenue_rate", "revenue",
        "The yearly growth that the goal for 2015 asks for is no more than the growth achieved",
        "2015年目标要求的年均增速不高于已实现的年均增速",
        Side("({} ÷ {})^⅓ − 1", lambda goal, end: 100 * cagr(end, goal, 3),
             ("targets.revenue.2015", _REVENUE), "floor"),
        "<=", _figure("review.revenue_growth.2012"), "percent",
    ),
    Check(
        "revenue_per_firm", "revenue",
        "The goals imply at least as much revenue per firm in 2015 as in 2012",
        "按目标推算，2015年户均收入不低于2012年",
        Side("{} ÷ {}", lambda goal, firms: goal / firms, ("targets.revenue.2015", _SMES_2015), "floor"),
        ">=", _ratio(_REVENUE, _SMES_2012), "CNY", _growth,
    ),
    Check(
        "revenue_per_firm_since_2010", "revenue",
        "From 2010 to 2012 revenue grew at least as fast as the number of firms",
        "2010—2012年收入增速不低于企业数量增速",
        Side("(1 + {})²", lambda rate: (1 + rate / 100) ** 2, ("review.revenue_growth.2012",)),
        ">=", Side("{0} ÷ ({0} − {1})", lambda end, rise: 1 / (1 - rise / end), _SMES_2010.figures), "times",
    ),
    Check(
        "output_and_revenue", "revenue",
        "Industrial output is no more than revenue",
        "工业总产值不高于主营业务收入",
        _figure("review.industrial_output.2012"), "<=", _figure(_REVENUE), "CNY", _share,
    ),
    Check(
        "income_and_revenue", "revenue",
        "Income paid to the employed is no more than revenue",
        "就业人员收入总额不高于主营业务收入",
        Side("{} × {}", lambda persons, income: persons * income,
             ("review.employment.2012", "review.income_per_worker.2012")),
        "<=", _figure(_REVENUE), "CNY", _share,
    ),
    Check(
        "revenue_per_worker", "revenue",
        "Revenue per employed person is at least the income per employed person",
        "人均主营业务收入不低于人均年收入",
        _ratio(_REVENUE, "review.employment.2012"), ">=", _figure("review.income_per_worker.2012"), "CNY",
    ),
    Check(
        "taxes_and_revenue", "revenue",
        "Taxes and fees are no more than revenue",
        "上缴税费不高于主营业务收入",
        _figure("review.taxes_paid.2012"), "<=", _figure(_REVENUE), "CNY", _share,
    ),
    Check(
        "patents_of_enterprises", "totals",
        "Enterprises hold no more patents than all holders together",
        "企业有效专利不多于全市有效专利",
        _total("review.patents.2012", "review.patents_share_of_enterprises.2012"),
        "<=", _total("review.patents.2012", "review.patents_share.2012"), "patents", _share,
    ),
    Check(
        "patents_of_the_city", "totals",
        "The city's patents implied by the share equal those of 2013 taken back at their published growth",
        "由比重推算的全市有效专利，等于2013年数按公布增速倒推的结果",
        _total("review.patents.2012", "review.patents_share.2012"),
        "=",
        Side("{} ÷ (1 + {})", lambda end, rate: end / (1 + rate / 100),
             ("outcomes.valid_patents.2013", "outcomes.valid_patents_growth.2013")),
        "patents",
    ),
    Check(
        "patent_goal", "totals",
        "The goal for the share of patents is no less than the share of 2012",
        "专利占比目标不低于2012年占比",
        _figure("targets.patents_share.2015"), ">=", _figure("review.patents_share.2012"), "percent",
    ),
    Check(
        "employment_of_the_city", "totals",
        "The employment implied by the share is no more than the resident population of 2010 (persons)",
        "由比重推算的全市就业人数不多于2010年常住人口（人）",
        _total("review.employment.2012", "review.employment_share.2012"),
        "<=", _figure("districts.tianjin.population_census.2010"), "persons", _share,
    ),
    Check(
        "taxes_of_the_city", "totals",
        "The city's taxes and fees implied by the share are no more than its gross domestic product",
        "由比重推算的全市税费不高于地区生产总值",
        _total("review.taxes_paid.2012", "review.taxes_share.2012"),
        "<=", _figure("outcomes.gdp.2012"), "CNY", _share,
    ),
    Check(
        "output_of_the_city", "totals",
        "The city's gross industrial output implied by the share is at least its gross domestic product",
        "由比重推算的全市工业总产值不低于地区生产总值（总产值含中间投入）",
        _total("review.industrial_output.2012", "review.industrial_output_share.2012"),
        ">=", _figure("outcomes.gdp.2012"), "CNY",
    ),
    Check(
        "research_of_the_city", "totals",
        "What technology SMEs put into science in 2012 is no more than the whole city's R&D in 2015",
        "2012年科技型中小企业科技投入不高于2015年全市R&D经费支出",
        Side("{} × {}", lambda share, revenue: share / 100 * revenue, ("review.st_intensity.2012", _REVENUE)),
        "<=", _figure("outcomes.rd_expenditure.2015"), "CNY", _share,
    ),
    Check(
        "science_input_grew", "totals",
        "Technology SMEs put at least as much into science in 2012 as in 2010",
        "2012年科技型中小企业科技投入不低于2010年",
        Side("{} × {}", lambda share, revenue: share / 100 * revenue, ("review.st_intensity.2012", _REVENUE)),
        ">=",
        Side("({} − {}) × {} ÷ (1 + {})²",
             lambda share, rise, revenue, rate: (share - rise) / 100 * revenue / (1 + rate / 100) ** 2,
             ("review.st_intensity.2012", "review.st_intensity_increase.2012", *_REVENUE_2010.figures)),
        "CNY", _growth,
    ),
    Check(
        "smes_doubled", "doubling",
        "The goal for technology SMEs is twice the number of 2012",
        "科技型中小企业目标为2012年的两倍",
        _figure(_SMES_2015), "=", Side("2 × {}", lambda stock: 2 * stock, (_SMES_2012,)),
        meaning=_multiple,
    ),
    Check(
        "giants_doubled", "doubling",
        "The goal for little giants is twice the number of 2012",
        "科技小巨人企业目标为2012年的两倍",
        _figure(_GIANTS_2015), "=", Side("2 × {}", lambda stock: 2 * stock, (_GIANTS_2012,)),
        meaning=_multiple,
    ),
    Check(
        "revenue_doubled", "doubling",
        "The goal for revenue is at least twice the revenue of 2012",
        "主营业务收入目标不低于2012年的两倍",
        _floor("targets.revenue.2015"),
        ">=", Side("2 × {}", lambda flow: 2 * flow, (_REVENUE,)), "CNY",
    ),
    Check(
        "new_firms_by_origin", "additions",
        "Founded, attracted and upgraded firms add up to the new firms",
        "新创办、引进、转型升级之和等于新增总数",
        _sum("targets.technology_smes_founded.2015", "targets.technology_smes_attracted.2015",
             "targets.technology_smes_upgraded.2015"),
        "=", _figure("targets.technology_smes_new.2015"),
    ),
    Check(
        "new_firms_and_goal", "additions",
        "The stock of 2012 and the new firms add up to the goal, without exits",
        "2012年存量加新增等于目标（无退出）",
        _sum(_SMES_2012, "targets.technology_smes_new.2015"), "=", _figure(_SMES_2015), meaning=_exits_a_year,
    ),
    Check(
        "pace_of_smes", "additions",
        "The yearly net increase that the goal asks for is no more than in 2010 to 2012",
        "目标要求的年均净增不高于2010—2012年年均净增",
        Side("({} − {}) ÷ 3", lambda goal, stock: (goal - stock) / 3, (_SMES_2015, _SMES_2012)),
        "<=", _per_year("review.technology_smes_increase.2012", 2),
    ),
    Check(
        "pace_of_giants", "additions",
        "The yearly net increase of little giants that the goal asks for is no more than in 2010 to 2012",
        "目标要求的小巨人年均净增不高于2010—2012年年均净增",
        Side("({} − {}) ÷ 3", lambda goal, stock: (goal - stock) / 3, (_GIANTS_2015, _GIANTS_2012)),
        "<=", _per_year("review.little_giants_increase.2012", 2),
    ),
    Check(
        "stock_2012_q3", "additions",
        "The stock of 2011 and the new firms of nine months give the stock of September 2012",
        "2011年存量加前三季度新增等于2012年9月存量",
        _sum("outcomes.technology_smes.2011", "outcomes.technology_smes_new.2012-09"),
        "=", _figure("outcomes.technology_smes.2012-09"), meaning=_exits,
    ),
    Check(
        "stock_2011", "additions",
        "The stock of 2010 and the new firms of 2011 give the stock of 2011",
        "2010年存量加2011年新增等于2011年存量",
        Side("{} − {} + {}", lambda end, rise, new: end - rise + new,
             (*_SMES_2010.figures, "outcomes.technology_smes_new.2011")),
        "=", _figure("outcomes.technology_smes.2011"), meaning=_exits,
    ),
    Check(
        "stock_2013_h1", "additions",
        "The plan's stock of 2012 and the new firms of six months give the stock of June 2013",
        "计划所列2012年存量加上半年新增等于2013年6月存量",
        _sum(_SMES_2012, "outcomes.technology_smes_new.2013-06"),
        "=", _figure("outcomes.technology_smes.2013-06"), meaning=_exits,
    ),
    Check(
        "stock_2014", "additions",
        "The stock of 2013 and the new firms of 2014 give the stock of 2014",
        "2013年存量加2014年新增等于2014年存量",
        _sum("outcomes.technology_smes.2013", "outcomes.technology_smes_new.2014"),
        "=", _figure("outcomes.technology_smes.2014"),
    ),
    Check(
        "giants_2014", "additions",
        "The little giants of 2013 and the new ones of 2014 give those of 2014",
        "2013年小巨人数加2014年新增等于2014年小巨人数",
        _sum("outcomes.little_giants.2013", "outcomes.little_giants_new.2014"),
        "=", _figure("outcomes.little_giants.2014"), meaning=_exits,
    ),
    Check(
        "giants_share", "structure",
        "Little giants are to be at least as large a part of technology SMEs in 2015 as in 2012",
        "2015年小巨人占科技型中小企业的比重不低于2012年",
        _ratio(_GIANTS_2015, _SMES_2015, 100), ">=", _ratio(_GIANTS_2012, _SMES_2012, 100), "percent",
    ),
    Check(
        "clusters_hold", "structure",
        "Firms in clusters are no more than all technology SMEs",
        "集群聚集企业不多于科技型中小企业总数",
        _floor("targets.smes_in_clusters.2015"),
        "<=", _figure(_SMES_2015), meaning=_share,
    ),
    Check(
        "leading_firms_of_giants", "structure",
        "Leading firms are no more than the little giants they are chosen from",
        "领军企业不多于科技小巨人企业",
        _figure("targets.leading_firms.2015"), "<=", _figure(_GIANTS_2015), meaning=_share,
    ),
    Check(
        "leading_firms_selected", "structure",
        "Three yearly selections yield no more firms than there are to be leading firms",
        "三年累计遴选数不多于领军企业目标数",
        Side("3 × {}", lambda selected: 3 * selected, ("targets.leading_firms_selected.2015",)),
        "<=", _figure("targets.leading_firms.2015"), meaning=_selected_again,
    ),
    Check(
        "leading_firms_revenue", "structure",
        "The least revenue of all leading firms is no more than the goal for all technology SMEs",
        "领军企业收入下限合计不高于科技型中小企业收入目标",
        Side("{} × {}", lambda firms, each: firms * each,
             ("targets.leading_firms.2015", "targets.leading_firm_revenue_threshold.2015"), "floor"),
        "<=", _floor("targets.revenue.2015"), "CNY", _share,
    ),
    Check(
        "loans_a_year", "money",
        "The financing to be arranged a year is at least the loans arranged a year in 2011 and 2012",
        "今后每年落实融资不低于2011—2012年年均落实贷款",
        _per_year("targets.financing.2015", 3), ">=", _per_year("review.commercial_loans.2012", 2), "CNY",
    ),
    Check(
        "budgets_a_year", "money",
        "District budgets a year are to be at least city and district budgets a year in 2011 and 2012",
        "今后每年区县财政投入不低于2011—2012年市和区县财政年均投入",
        _per_year("measures.52.district_fiscal_input", 3),
        ">=", _per_year("review.fiscal_input.2012", 2), "CNY",
    ),
    Check(
        "budgets_of_2011", "money",
        "The districts' input of 2011 is no more than city and district budgets of 2011 and 2012",
        "2011年区县科技投入不高于2011—2012年市和区县财政投入",
        _figure("outcomes.district_st_input.2011"), "<=", _figure("review.fiscal_input.2012"), "CNY", _share,
    ),
    Check(
        "annex_founded", "annex",
        "The annex's counted founding measures, without task 56, reach the goal for founded firms",
        "附件2已量化的创办、孵化类指标（不含第56项任务）合计可达到新创办目标",
        _sum(*_FOUNDING, kind="overlap"), ">=", _figure("targets.technology_smes_founded.2015"),
        meaning=_readings,
    ),
    Check(
        "annex_attracted", "annex",
        "The annex's counted attracting measures, without task 56, reach the goal for attracted firms",
        "附件2已量化的引进类指标（不含第56项任务）合计可达到引进目标",
        _sum(*_ATTRACTING, kind="overlap"), ">=", _figure("targets.technology_smes_attracted.2015"),
        meaning=_readings,
    ),
    Check(
        "annex_upgraded", "annex",
        "Firms with an upgrading roadmap are at least the firms to be upgraded",
        "制定转型升级路线图的企业不少于转型升级目标",
        _figure("measures.9.upgrade_roadmaps"), ">=", _figure("targets.technology_smes_upgraded.2015"),
    ),
    Check(
        "annex_founded_and_attracted", "annex",
        "All counted founding and attracting measures, without task 56, reach the two goals together",
        "附件2已量化的创办、孵化、引进类指标（不含第56项任务）合计可达到两项目标之和",
        _sum(*dict.fromkeys((*_FOUNDING, *_ATTRACTING)), kind="overlap"),
        ">=", _sum("targets.technology_smes_founded.2015", "targets.technology_smes_attracted.2015"),
        meaning=_readings,
    ),
    Check(
        "annex_clusters", "annex",
        "The strategic emerging clusters (annex) are as many as the innovation clusters (body)",
        "附件2战略性新兴产业集群数与正文创新型产业集群数一致",
        _figure("measures.32.emerging_industry_clusters"),
        "=", _figure("targets.innovation_clusters.2015"), "items",
    ),
    Check(
        "annex_leading_firms", "annex",
        "The firms selected each year (annex) are as many as the leading firms of 2015 (body)",
        "附件2每年遴选企业数与正文领军企业目标一致",
        _figure("measures.15.leading_firms_selected"),
        "=", _figure("targets.leading_firms.2015"),
    ),
    Check(
        "annex_governance", "annex",
        "Little giants with a modern enterprise system (task 24) are as many as the goal for little giants",
        "建立现代企业制度的小巨人数（第24项任务）与小巨人目标一致",
        _figure("measures.24.modern_governance"), "=", _figure(_GIANTS_2015),
    ),
    Check(
        "annex_services", "annex",
        "Little giants with tailored services (task 38) are as many as the goal for little giants",
        "获得高端定制服务的小巨人数（第38项任务）与小巨人目标一致",
        _figure("measures.38.giants_with_premium_services"), "=", _figure(_GIANTS_2015),
    ),
    Check(
        "annex_ip_strategies", "annex",
        "The intellectual-property project's name and its measure agree on firms with a strategy",
        "“千企万家”工程名称与实施知识产权战略企业数一致",
        _figure("measures.21.ip_project_strategies"), "=", _figure("measures.21.ip_strategies"),
    ),
    Check(
        "annex_ip_holders", "annex",
        "The intellectual-property project's name and its measure agree on firms that hold patents",
        "“千企万家”工程名称与拥有专利企业数一致",
        _figure("measures.21.ip_project_holders"), "=", _figure("measures.21.patent_holding_smes"),
    ),
)  # fmt: skip

# What the annex's measures come to under stated readings of which of them count the same firms.
_READINGS = (
    ("founded", "Every measure counts different firms", "各项指标互不重叠", _FOUNDING),
    (
        "founded",
        "Firms incubated by carriers are among those of the incubators",
        "载体孵化企业包含在孵化器孵化企业之内",
        tuple(name for name in _FOUNDING if name != "measures.26.incubated_by_carriers"),
    ),
    (
        "founded",
        "Firms of researchers and youth parks are among those incubated",
        "科技人员创办和青年创业园企业包含在孵化企业之内",
        _FOUNDING[1:5],
    ),
    (
        "founded",
        "All others are among the firms of the incubators",
        "其余均包含在孵化器孵化企业之内",
        _FOUNDING[4:5],
    ),
    ("attracted", "Every measure counts different firms", "各项指标互不重叠", _ATTRACTING),
    (
        "attracted",
        "Firms of teams and institutes count as founded, not attracted",
        "团队和院所创办的企业计入新创办而非引进",
        _ATTRACTING[:2],
    ),
    (
        "attracted",
        "All others are among the firms recruited",
        "其余均包含在招商引进企业之内",
        _ATTRACTING[1:2],
    ),
    (
        "upgraded",
        "Every firm with a roadmap is upgraded",
        "制定路线图的企业全部实现转型升级",
        ("measures.9.upgrade_roadmaps",),
    ),
)


def annex_readings(folder: Folder = None) -> pd.DataFrame:
    """Add up the annex's measures for new firms under stated readings of their overlap.

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        One row a reading: origin (founded, attracted, upgraded), reading_en, reading_zh, formula (as
        printed), total, goal (firms) and coverage (total over goal). No measure of the annex counts
        upgraded firms; its roadmaps are the nearest.

    Examples
    --------
    >>> readings = annex_readings()
    >>> readings.loc[readings.origin == "founded", "total"].astype(int).tolist()
    [11400, 8400, 7400, 4000]
    """
    figures = load_figures(folder)
    rows = []
    for origin, en, zh, names in _READINGS:
        side = _sum(*names)
        total, goal = (
            side.bounds(figures).value,
            figures.loc[f"targets.technology_smes_{origin}.2015", "value"],
        )
        row = {"origin": origin, "reading_en": en, "reading_zh": zh, "formula": side.shown(figures)}
        rows.append(row | {"total": total, "goal": goal, "coverage": total / goal})
    return pd.DataFrame(rows)
