"""Who has to deliver what: the plan's tasks by department, area of work and measure."""

from __future__ import annotations

import pandas as pd

# The department that stands for all districts, such as 各区县人民政府; 相关区县 (those concerned) are a
# number that is not printed, and 各功能区管委会 are no districts.
DISTRICTS = r"各[区县市旗、（）]+(?:人民)?政府"


def memberships(tasks: pd.DataFrame) -> pd.DataFrame:
    """One row for every department of every task.

    Parameters
    ----------
    tasks : DataFrame
        From :func:`xjranalysis.load_tasks`.

    Returns
    -------
    DataFrame
        task, department, role (``leads`` for the first named, else ``joins``), work_area_en,
        work_area_zh and measures (of the task).

    Examples
    --------
    >>> from xjranalysis import load_tasks
    >>> rows = memberships(load_tasks())
    >>> rows[rows.task == 33][["department", "role"]].values.tolist()
    [['市科委', 'leads'], ['相关区县人民政府', 'joins']]
    """
    columns = ["task", "departments", "work_area_en", "work_area_zh", "measures"]
    rows = tasks.reset_index()[columns].explode("departments", ignore_index=True)
    rows = rows.rename(columns={"departments": "department"})
    first = ~rows["task"].duplicated()
    return rows.assign(role=first.map({True: "leads", False: "joins"}))


def by_department(tasks: pd.DataFrame) -> pd.DataFrame:
    """Count the tasks and measures that each department leads and joins.

    Parameters
    ----------
    tasks : DataFrame
        From :func:`xjranalysis.load_tasks`.

    Returns
    -------
    DataFrame
        Indexed by department, the busiest first: tasks, leads, joins, measures (of all its tasks),
        measures_led.

    Examples
    --------
    >>> from xjranalysis import load_tasks
    >>> by_department(load_tasks()).loc["市科委", ["tasks", "leads"]].tolist()
    [36, 18]
    """
    rows = memberships(tasks)
    leads = rows["role"] == "leads"
    counts = pd.DataFrame(
        {
            "tasks": rows.groupby("department").size(),
            "leads": rows[leads].groupby("department").size(),
            "joins": rows[~leads].groupby("department").size(),
            "measures": rows.groupby("department")["measures"].sum(),
            "measures_led": rows[leads].groupby("department")["measures"].sum(),
        }
    )
    counts = counts.fillna(0).astype("int64").rename_axis("department").reset_index()
    order = ["tasks", "leads", "measures", "department"]
    return counts.sort_values(order, ascending=[False, False, False, True]).set_index("department")


def by_work_area(tasks: pd.DataFrame) -> pd.DataFrame:
    """Count tasks, quantified tasks and measures by area of work, in the plan's order.

    Parameters
    ----------
    tasks : DataFrame
        From :func:`xjranalysis.load_tasks`.

    Returns
    -------
    DataFrame
        Indexed by work_area_zh: work_area_en, tasks, quantified (tasks with a measure), measures, share
        (quantified over tasks, a fraction).

    Examples
    --------
    >>> from xjranalysis import load_tasks
    >>> by_work_area(load_tasks()).quantified.tolist()
    [10, 7, 8, 7, 5]
    """
    groups = tasks.groupby("work_area_zh", sort=False)
    counts = groups.agg(
        work_area_en=("work_area_en", "first"),
        tasks=("has_measure", "size"),
        quantified=("has_measure", "sum"),
        measures=("measures", "sum"),
    )
    return counts.assign(share=counts["quantified"] / counts["tasks"])


def department_matrix(tasks: pd.DataFrame) -> pd.DataFrame:
    """Count tasks by department (rows, the busiest first) and area of work (columns, plan's order).

    Examples
    --------
    >>> from xjranalysis import load_tasks
    >>> department_matrix(load_tasks()).loc["市科委"].tolist()
    [7, 6, 10, 9, 4]
    """
    rows = memberships(tasks)
    matrix = pd.crosstab(rows["department"], rows["work_area_zh"])
    return matrix.loc[by_department(tasks).index, tasks["work_area_zh"].unique()]


def together(tasks: pd.DataFrame) -> pd.DataFrame:
    """Count the tasks that each pair of departments shares; the diagonal holds each one's own tasks.

    Returns
    -------
    DataFrame
        Square and symmetric, departments in the order of :func:`by_department`.

    Examples
    --------
    >>> from xjranalysis import load_tasks
    >>> int(together(load_tasks()).loc["市科委", "市教委"])
    7
    """
    rows = memberships(tasks)
    present = pd.crosstab(rows["task"], rows["department"])[by_department(tasks).index]
    shared = present.T @ present
    return shared.rename_axis(index="department", columns="with")


def horizons(measures: pd.DataFrame) -> pd.Series:
    """Say what each measure's number counts: a level to be reached, a sum, or something recurring.

    Parameters
    ----------
    measures : DataFrame
        From :func:`xjranalysis.load_measures`.

    Returns
    -------
    Series
        ``recurring`` (a number or an act every year, quarter or month), ``yearly`` (a number for one
        year), ``cumulative`` (a sum over the years from its start to its end, or for each official),
        ``rule`` (so much for every firm) or ``level`` (a number or state to be reached by the end of its
        year); ``period`` for the length of the plan itself.

    Examples
    --------
    >>> from xjranalysis import load_measures
    >>> horizons(load_measures()).value_counts().to_dict()
    {'cumulative': 33, 'level': 20, 'recurring': 8, 'rule': 1, 'yearly': 1, 'period': 1}
    """
    found = pd.Series("level", index=measures.index)
    found[measures["start_year"].notna()] = "cumulative"
    found[measures["start_year"] == measures["year"] - 1] = "yearly"
    found[measures["unit"].str.contains("/year|/quarter|/month", regex=True)] = "recurring"
    found[measures["unit"].str.endswith("/firm")] = "rule"
    found[measures["unit"] == "years"] = "period"
    return found


def per_district(tasks: pd.DataFrame, measures: pd.DataFrame, districts: int) -> pd.DataFrame:
    """What one district on average has to deliver of the measures that districts answer for.

    Parameters
    ----------
    tasks, measures : DataFrame
        From :func:`xjranalysis.load_tasks` and :func:`xjranalysis.load_measures`.
    districts : int
        Number of districts.

    Returns
    -------
    DataFrame
        The measures with a number to share out (a sum, a stock or a yearly number) of the tasks that all
        districts lead or join: task, label_en, label_zh, printed, unit, role, average, and its
        bounds lower and upper. An average says what an even split would be, not what any district
        was told.

    Examples
    --------
    >>> from xjranalysis import load_measures, load_tasks
    >>> shares = per_district(load_tasks(), load_measures(), 16)
    >>> float(shares.loc["measures.27.incubated_by_incubators", "average"])
    250.0
    """
    rows = memberships(tasks)
    roles = rows[rows["department"].str.fullmatch(DISTRICTS)].groupby("task")["role"].first()
    horizon = horizons(measures)
    # What recurs, or is a share, a rule or a period, is not split: every district does all of it.
    countable = horizon.isin(["cumulative", "level", "yearly"]) & ~measures["unit"].isin(
        ["percent", "firms/person"]
    )
    chosen = measures[measures["task"].isin(roles.index) & countable]
    shares = chosen[["task", "label_en", "label_zh", "printed", "unit"]].assign(
        role=chosen["task"].map(roles)
    )
    parts = chosen[["value", "lower", "upper"]].rename(columns={"value": "average"}) / districts
    return pd.concat([shares, parts], axis=1)
