"""The package's one family of errors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


class XjrError(Exception):
    """Base of every error that this package raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input, and where.

    Parameters
    ----------
    path : str
        File that holds the value.
    place : str
        Cell (``Sheet1!C7``) or row and column (``row 5, column printed``); empty if the whole
        file is meant.
    value : str
        The offending value as it stands in the file.
    reason : str
        What is wrong and what was expected.
    """

    path: str
    place: str
    value: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.path}: {self.place}" if self.place else self.path
        return f"{where}: {self.value!r}: {self.reason}" if self.value else f"{where}: {self.reason}"


class DataError(XjrError, ValueError):
    """An input is not what it has to be; carries every problem found, not just the first.

    Attributes
    ----------
    problems : tuple of Problem
        In the order in which they stand in the input.

    Examples
    --------
    >>> error = DataError([Problem("review.csv", "row 2, column year", "1066", "not in 2005-2025")])
    >>> print(error)
    1 problem
      review.csv: row 2, column year: '1066': not in 2005-2025
    """

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        count = len(self.problems)
        heading = f"{count} problem" if count == 1 else f"{count} problems"
        super().__init__("\n  ".join([heading, *map(str, self.problems)]))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems,)


class PrintError(XjrError, ValueError):
    """A printed figure that fits no rule of :func:`xjranalysis.parse_printed`."""


class ModelError(XjrError, ValueError):
    """A model or formula that cannot be applied to the numbers it was given.

    Parameters
    ----------
    model : str
        Name of the model or function.
    reason : str
        Which value is in the way, and why.
    """

    def __init__(self, model: str, reason: str):
        self.model = model
        self.reason = reason
        super().__init__(f"{model}: {reason}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.model, self.reason)
