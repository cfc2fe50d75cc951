"""Formulas over printed figures, as the tables of checks write them: ``{review.revenue.2012} / 2``.

A formula is written once, to be shown with the figures as printed and to be computed with their bounds.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .rounding import Bounds, propagate

_LONGEST = 1000  # characters
_MOST = 12  # figures: bounds take all combinations of their ends
_FIGURE = re.compile(r"least\(\{([a-z0-9][a-z0-9_.-]*)\}\)|\{([a-z0-9][a-z0-9_.-]*)\}")
# What each operator does, its sign, and how tightly it binds.
_OPERATORS: dict[type[ast.operator], tuple[Callable[[Any, Any], Any], str, int]] = {
    ast.Add: (operator.add, " + ", 1),
    ast.Sub: (operator.sub, " − ", 1),
    ast.Mult: (operator.mul, " × ", 2),
    ast.Div: (operator.truediv, " ÷ ", 2),
    ast.Pow: (operator.pow, "^", 3),
}
_POWERS = {"^2": "²", "^3": "³", "^(1 ÷ 2)": "^½", "^(1 ÷ 3)": "^⅓"}
_PERCENT = ("percent", "percentage points")


class FormulaError(ValueError):
    """A formula that cannot be read; says what is wrong with it."""


@dataclass(frozen=True)
class Term:
    """A figure in a formula; `least`: of a target of the form 以上, only the least that it asks for."""

    figure: str
    least: bool

    def bounds(self, figures: pd.DataFrame) -> Bounds:
        """Take the figure's value and bounds; percentages as what they mean."""
        row = figures.loc[self.figure]
        scale = 100 if row["unit"] in _PERCENT else 1
        value, lower, upper = (row[name] / scale for name in ("value", "lower", "upper"))
        return Bounds(lower, lower, lower) if self.least else Bounds(value, lower, upper)


@dataclass(frozen=True)
class Formula:
    """An arithmetic expression over printed figures, read by :func:`parse_formula`.

    Parameters
    ----------
    parts : tuple of ast.expr
        Expressions that are added up: one, or those that overlap.
    terms : mapping of str to Term
        The figures, by their name in the expressions.
    overlaps : bool
        Whether the parts may count the same things.
    """

    parts: tuple[ast.expr, ...]
    terms: Mapping[str, Term]
    overlaps: bool

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the figures, each once, in the order of the formula."""
        return tuple(dict.fromkeys(term.figure for term in self.terms.values()))

    @property
    def is_figure(self) -> bool:
        """Whether it is one figure and nothing else."""
        return len(self.parts) == 1 and isinstance(self.parts[0], ast.Name)

    @property
    def is_sum(self) -> bool:
        """Whether it is a plain sum of figures, in which a slip can be searched for."""
        if self.overlaps or self.is_figure:
            return False
        nodes = [node for node in ast.walk(self.parts[0]) if isinstance(node, ast.expr)]
        return all(isinstance(getattr(node, "op", node), (ast.Add, ast.Name)) for node in nodes)

    def bounds(self, figures: pd.DataFrame) -> Bounds:
        """Compute the value and its bounds from a frame of figures, or of arrays, a number an area."""
        terms = [term.bounds(figures) for term in self.terms.values()]

        def total(*values: Any) -> Any:
            numbers = dict(zip(self.terms, values, strict=True))
            return sum(_computed(part, numbers) for part in self.parts)

        result = propagate(total, *terms)
        if self.overlaps:
            return Bounds(result.value, np.maximum.reduce([term.lower for term in terms]), result.upper)
        return result

    def shown(self, figures: pd.DataFrame) -> str:
        """Write the formula with the figures as printed."""
        prints = {name: figures.loc[term.figure, "printed"] for name, term in self.terms.items()}
        return " + ".join(_written(part, prints) for part in self.parts)


def parse_formula(text: str) -> Formula:
    """Read a formula.

    Parameters
    ----------
    text : str
        Figures in braces, numbers, ``+ - * / **`` and parentheses. ``least({figure})`` is what a target of
        the form 以上 asks for at least. ``overlap({figure}, {figure})``, by itself, is what figures come to
        that may count the same things: anything from the largest of them to their sum. Percentages count
        as what they mean, 36.8% as 0.368.

    Returns
    -------
    Formula

    Raises
    ------
    FormulaError
        If the text is no such formula.

    Notes
    -----
    The formula has to be monotone in every figure, so that the end points give exact bounds (see
    :func:`xjranalysis.propagate`).

    Examples
    --------
    >>> from xjranalysis import load_figures
    >>> formula = parse_formula("{review.technology_smes.2012} / {review.technology_smes_share.2012}")
    >>> formula.shown(load_figures())
    '3.42万家 ÷ 16%'
    >>> [round(float(total), -2) for total in formula.bounds(load_figures())]
    [213800.0, 207000.0, 221000.0]
    """
    overlapping = re.fullmatch(r"overlap(\(.*\))", text)
    rest = overlapping[1] if overlapping else text
    bare = _FIGURE.sub("", rest)
    if len(text) > _LONGEST or not re.fullmatch(r"[0-9. +*/(),-]*", bare):
        raise FormulaError("may hold only figures in braces, numbers, + - * / ** ( ), least() and overlap()")
    if re.search(r"[0-9]{16}", bare):
        raise FormulaError("has a number of more than 15 digits")
    names: dict[Term, str] = {}  # a figure that stands twice is one variable

    def variable(match: re.Match[str]) -> str:
        term = Term(match[1] or match[2], least=bool(match[1]))
        return f" {names.setdefault(term, f'_{len(names)}')} "  # 2{figure} is not the number 2_0

    try:
        tree = ast.parse(_FIGURE.sub(variable, rest).strip(), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        raise FormulaError("is not a formula such as {figure} + 2 * {figure}") from None
    parts = tuple(tree.elts) if overlapping and isinstance(tree, ast.Tuple) else (tree,)
    if not names or not all(_arithmetic(node) for part in parts for node in ast.walk(part)):
        raise FormulaError("is not a formula such as {figure} + 2 * {figure}")
    if len(names) > _MOST:
        raise FormulaError(f"has {len(names)} figures; at most {_MOST}")
    return Formula(parts, {name: term for term, name in names.items()}, bool(overlapping))


def _arithmetic(node: ast.AST) -> bool:
    return isinstance(node, (ast.BinOp, ast.Constant, ast.Name, ast.Load, *_OPERATORS))


def _computed(node: ast.expr, values: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.BinOp):
        compute, _, _ = _OPERATORS[type(node.op)]
        return compute(_computed(node.left, values), _computed(node.right, values))
    return values[node.id] if isinstance(node, ast.Name) else np.float64(ast.literal_eval(node))


def _written(node: ast.expr, prints: Mapping[str, str], binding: int = 0) -> str:
    if not isinstance(node, ast.BinOp):
        return prints[node.id] if isinstance(node, ast.Name) else str(ast.literal_eval(node))
    _, sign, own = _OPERATORS[type(node.op)]
    # The right side of − and ÷, and both sides of a power, need parentheses at the same binding too.
    left = _written(node.left, prints, own + (own == 3))
    right = _written(node.right, prints, own + 1)
    shown = left + _POWERS.get(sign + right, sign + right)
    return f"({shown})" if own < binding else shown
