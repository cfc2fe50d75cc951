"""What a plan is: its name, its years, the stocks it is about, and the ways it means to add to them."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from .data import Folder, load_indicators, load_targets, raw_tables
from .display import say
from .districts import has_forecast
from .errors import DataError, Problem
from .resources import plan_folder


class Plan:
    """A plan, as one folder of raw tables tells it.

    A plan can stand wherever a function takes a folder: ``xjr.load_review(plan)``.

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Attributes
    ----------
    folder : Path
    name : str
        Unique name.
    title_en, title_zh : str
    source, area : str
        Document that prints it, and the area that it is for.
    review_year : int or None
        The plan's review compares the end of this year with that of `base_year`.
    base_year, target_year : int
        Ends of the years from which and to which the plan runs.
    stocks : tuple of str
        Indicators whose goals it is about.

    Raises
    ------
    DataError
        If a table breaks its declaration; lists every problem.

    Examples
    --------
    >>> plan = Plan()
    >>> plan
    Plan('little_giants_2013', 2012 to 2015: technology_smes, little_giants)
    >>> plan.goal("technology_smes"), plan.additions("technology_smes").to_dict()
    (60000.0, {'founded': 10000.0, 'attracted': 12000.0, 'upgraded': 8000.0})
    """

    def __init__(self, folder: Folder = None):
        self.folder = plan_folder(folder)
        (row,) = raw_tables(folder).rows("plan")
        self.name, self.source, self.area = row["plan"], row["source"], row["area"]
        self.title_en, self.title_zh = row["name_en"], row["name_zh"]
        self.review_year = int(row["review_year"]) if row["review_year"] else None
        self.base_year, self.target_year = int(row["base_year"]), int(row["target_year"])
        self.stocks = tuple(row["stocks"].split("、"))

    def __fspath__(self) -> str:
        return str(self.folder)

    def __repr__(self) -> str:
        years = f"{self.base_year} to {self.target_year}"
        return f"{type(self).__name__}({self.name!r}, {years}: {', '.join(self.stocks)})"

    def _repr_markdown_(self) -> str:
        names = load_indicators(self)[say("name_en", "name_zh")]
        goals = "\n".join(
            f"| {names[stock]} | {self._goals.loc[stock, 'printed']} |" for stock in self.stocks
        )
        heads = say(f"Stock | Goal for {self.target_year}", f"存量 | {self.target_year}年目标")
        return f"**{self.title}**\n\n| {heads} |\n|---|---|\n{goals}"

    @property
    def title(self) -> str:
        """The name, in the language being written."""
        return say(self.title_en, self.title_zh)

    @property
    def years(self) -> int:
        """How many years the plan runs."""
        return self.target_year - self.base_year

    @cached_property
    def levers(self) -> pd.DataFrame:
        """How the plan means to add to its stocks, by lever: stock, indicator, name_en, name_zh."""
        columns = ["lever", "stock", "indicator", "name_en", "name_zh"]
        return pd.DataFrame(raw_tables(self).rows("levers"), columns=columns).set_index("lever")

    @cached_property
    def _goals(self) -> pd.DataFrame:
        rows = load_targets(self)
        chosen = (rows["area"] == self.area) & (rows["year"] == self.target_year)
        return rows[chosen].drop_duplicates("indicator").set_index("indicator")

    def has(self, table: str) -> bool:
        """Whether a raw table has rows, or there is a district table (``district_table``)."""
        return has_forecast(self) if table == "district_table" else bool(raw_tables(self).rows(table))

    def goal(self, indicator: str) -> float:
        """Value of the plan's goal for the end of the target year, in the indicator's base unit.

        Raises
        ------
        DataError
            If the plan sets none.
        """
        if indicator not in self._goals.index:
            reason = f"the plan sets no goal for {self.target_year}"
            raise DataError([Problem(str(self.folder / "targets.csv"), "", indicator, reason)])
        return float(self._goals.loc[indicator, "value"])

    def additions(self, stock: str) -> pd.Series:
        """What the plan means to add to a stock until the target year, by lever; empty if it says nothing."""
        own = self.levers[self.levers["stock"] == stock]
        return own["indicator"].map(self.goal).astype(float).rename("value")
