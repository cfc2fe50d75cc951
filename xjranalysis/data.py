"""Load the tables as tidy pandas frames, and search them.

Every function takes the folder of another plan's tables; the bundled plan is the default.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from decimal import Decimal
from operator import itemgetter
from os import PathLike
from typing import Any

import pandas as pd

from .errors import DataError, PrintError, Problem
from .resources import plan_folder
from .rounding import parse_printed
from .schema import FIGURE_TABLES, TABLES
from .tables import RawTables, open_tables, read_print

Folder = str | PathLike[str] | None

FIGURE_FRAME = [
    *("indicator", "label_en", "label_zh", "area", "start_year", "year", "printed", "value", "unit"),
    *(
        "lower",
        "upper",
        "qualifier",
        "status",
        "source",
        "locator",
        "kind",
        "release",
        "date",
        "note_en",
        "note_zh",
    ),
]
_NUMBERS = {
    "task": "int64",
    "start_year": "Int64",
    "year": "int64",
    "value": "float64",
    "lower": "float64",
    "upper": "float64",
}

_TASK_FRAME = (
    *("work_area_en", "work_area_zh", "key_work_en", "key_work_zh", "title_en", "title_zh"),
    *("departments", "lead", "measures"),
)

# Best first: where sources disagree about a year, `series` prefers the earlier entry.
TIERS = ("official", "press", "repost")
QUALIFIERS = ("exact", "rounded", "about", "nearly", "more_than", "at_least")


def load_review(folder: Folder = None) -> pd.DataFrame:
    """Load the plan's review of the years before it (part 1).

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        One row a printed figure, indexed by ``figure``, with the columns indicator, label_en,
        label_zh, area, start_year, year, printed, value, unit, lower, upper, qualifier, status,
        source, locator, kind, release (``preliminary`` if the publisher calls it expected, else empty),
        date, note_en, note_zh. Values are in base units (firms, CNY, persons,
        patents; percent stays percent). A flow, change or rate counts from the end of
        ``start_year`` to ``date``, the end of its period.

    Raises
    ------
    DataError
        If a table breaks its declaration; lists every problem.

    Examples
    --------
    >>> smes = load_review().loc["review.technology_smes.2012"]
    >>> smes.printed, int(smes.value), int(smes.lower), int(smes.upper)
    ('3.42万家', 34200, 34150, 34250)
    """
    return _figures("review", raw_tables(folder))


def load_targets(folder: Folder = None) -> pd.DataFrame:
    """Load parts 2 to 4 of the plan: goals, tasks and working requirements.

    Parameters and columns are those of :func:`load_review`.

    Examples
    --------
    >>> goal = load_targets().loc["targets.technology_smes.2015"]
    >>> int(goal.value), goal.qualifier
    (60000, 'exact')
    """
    return _figures("targets", raw_tables(folder))


def load_measures(folder: Folder = None) -> pd.DataFrame:
    """Load every quantified measure of Annex 2.

    Parameters and columns are those of :func:`load_review`, with ``task``, its number, in front.

    Examples
    --------
    >>> measures = load_measures()
    >>> measures.loc[measures.task == 16, "printed"].tolist()
    ['3000项', '300个', '100项', '200项']
    """
    return _figures("measures", raw_tables(folder))


def load_outcomes(folder: Folder = None) -> pd.DataFrame:
    """Load what other documents print for the city: results, earlier and later targets.

    Parameters and columns are those of :func:`load_review`. Sources that disagree keep a row each.

    Examples
    --------
    >>> outcomes = load_outcomes()
    >>> giants = outcomes[(outcomes.indicator == "little_giants") & (outcomes.year == 2010)]
    >>> giants.printed.tolist(), giants.source.tolist()
    (['720家', '726家'], ['xinhua_2016', 'people_2016'])
    """
    return _figures("outcomes", raw_tables(folder))


def load_district_facts(folder: Folder = None) -> pd.DataFrame:
    """Load what other documents print for districts and zones, and weights for all districts.

    Parameters and columns are those of :func:`load_review`.

    Examples
    --------
    >>> int(load_district_facts().loc["districts.binhai.technology_smes.2012", "value"])
    11049
    """
    return _figures("district_facts", raw_tables(folder))


def load_figures(folder: Folder = None) -> pd.DataFrame:
    """Load the figures of all tables, the plan's first, under the name of their table.

    Parameters and columns are those of :func:`load_review`, with ``table`` in front.

    Examples
    --------
    >>> load_figures().table.unique().tolist()
    ['review', 'targets', 'measures', 'outcomes', 'district_facts']
    """
    tables = raw_tables(folder)
    if "figures" not in tables.frames:
        tables.frames["figures"] = _figure_frame(FIGURE_TABLES, ["table", *FIGURE_FRAME], tables)
    return tables.frames["figures"].copy()


def load_sources(folder: Folder = None) -> pd.DataFrame:
    """Load the documents that print the figures, indexed by ``source``.

    Returns
    -------
    DataFrame
        title_zh, title_en, publisher, published, url and tier (official, press, repost); the
        address of a repost is that of a copy.

    Examples
    --------
    >>> load_sources().loc["plan_2013", "published"]
    '2013'
    """
    return _plain("sources", raw_tables(folder))


def load_indicators(folder: Folder = None) -> pd.DataFrame:
    """Load what the figures count or measure, indexed by ``indicator``.

    Returns
    -------
    DataFrame
        name_en, name_zh, unit, kind (stock, flow, share, rate, level) and definition.

    Examples
    --------
    >>> load_indicators().loc["little_giants", "unit"]
    'firms'
    """
    return _plain("indicators", raw_tables(folder))


def load_districts(folder: Folder = None) -> pd.DataFrame:
    """Load the districts as of the plan, indexed by ``area``.

    Returns
    -------
    DataFrame
        code (GB/T 2260), former_zh, name_zh, later_zh, name_en, group, and tile_row and tile_column, its
        rough position on a map of tiles (text of whole numbers; drawn by this project).

    Examples
    --------
    >>> load_districts().group.value_counts().to_dict()
    {'central six': 6, 'outer five': 5, 'ring four': 4, 'Binhai': 1}
    """
    return _plain("districts", raw_tables(folder))


def load_areas(folder: Folder = None) -> pd.DataFrame:
    """Load the names of every area: city, districts, zones and groups; indexed by ``area``.

    Returns
    -------
    DataFrame
        name_zh, name_en and within (the area that a zone or group belongs to, else empty).

    Examples
    --------
    >>> load_areas().loc[["tianjin", "binhai"], "name_zh"].tolist()
    ['天津市', '滨海新区']
    """
    tables = raw_tables(folder)
    frame = pd.concat([_plain("areas", tables), _plain("districts", tables)])
    return frame[["name_zh", "name_en", "within"]].fillna("")


def load_departments(folder: Folder = None) -> pd.DataFrame:
    """Load the departments that answer for the tasks, indexed by their printed name.

    Examples
    --------
    >>> load_departments().loc["市科委", "name_en"]
    'Science and Technology Commission'
    """
    return _plain("departments", raw_tables(folder))


def load_tasks(folder: Folder = None) -> pd.DataFrame:
    """Load the tasks of Annex 2, indexed by ``task``.

    Returns
    -------
    DataFrame
        work_area_en, work_area_zh, key_work_en, key_work_zh, title_en, title_zh (short, in this
        project's words), departments (tuple of printed names in order), lead (the first of them),
        measures (number of quantified measures; the length of the plan, which one task repeats, is
        none) and has_measure.

    Examples
    --------
    >>> tasks = load_tasks()
    >>> len(tasks), tasks.loc[33, "departments"]
    (56, ('市科委', '相关区县人民政府'))
    """
    tables = raw_tables(folder)
    headings = {row["heading"]: row for row in tables.rows("headings")}
    measures = [row for row in tables.rows("measures") if row["indicator"] != "plan_period"]
    counts = Counter(int(row["task"]) for row in measures)
    records = []
    for row in tables.rows("tasks"):
        area, key_work = headings[row["heading"].partition(".")[0]], headings[row["heading"]]
        departments = tuple(row["departments"].split("、"))
        records.append(
            {
                "task": int(row["task"]),
                "work_area_en": area["name_en"],
                "work_area_zh": area["name_zh"],
                "key_work_en": key_work["name_en"],
                "key_work_zh": key_work["name_zh"],
                "title_en": row["title_en"],
                "title_zh": row["title_zh"],
                "departments": departments,
                "lead": departments[0],
                "measures": counts[int(row["task"])],
            }
        )
    frame = pd.DataFrame(records, columns=["task", *_TASK_FRAME]).set_index("task")
    return frame.assign(has_measure=frame["measures"] > 0)


def series(indicator: str, area: str | None = None, folder: Folder = None) -> pd.DataFrame:
    """One indicator's yearly actuals, the best source a year.

    Parameters
    ----------
    indicator : str
        Name from :func:`load_indicators`.
    area : str, optional
        Name from :func:`load_areas`; what the plan is for, the city, if omitted.
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        Indexed by year: value, lower, upper, printed, qualifier, source, figure. Only figures
        for the end of a year or a whole year; a flow whose beginning is not printed is none. A final
        figure goes before a preliminary one, an official source before the press and the press before
        a copy; then the stronger qualifier, the finer print and the earlier publication count.
        ``.attrs["conflicts"]`` lists each figure that was passed over although its number differs.

    Raises
    ------
    DataError
        If there is no such indicator, or no yearly figure for it.

    Examples
    --------
    >>> giants = series("little_giants")
    >>> giants.loc[2010:2012, "value"].tolist()
    [726.0, 1063.0, 1779.0]
    >>> [(row["year"], row["printed"]) for row in giants.attrs["conflicts"]][0]
    (2010, '720家')
    """
    figures = load_figures(folder)
    area = area or raw_tables(folder).rows("plan")[0]["area"]
    _known(indicator, ["indicators"], folder)
    _known(area, ["areas", "districts"], folder)
    rows = figures[(figures["indicator"] == indicator) & (figures["area"] == area)]
    standing = rows["start_year"].isna() & ~rows["kind"].isin(["flow", "rate"])
    yearly = standing | (rows["start_year"] == rows["year"] - 1).fillna(False)
    rows = rows[yearly & (rows["status"] == "actual") & (rows["date"].dt.month == 12)]
    if rows.empty:
        reason = f"no yearly actual figure for {indicator} in {area}"
        raise DataError([Problem(str(plan_folder(folder)), "", indicator, reason)])
    columns = ["year", "value", "lower", "upper", "printed", "qualifier", "source"]
    ordered = ranked(rows, load_sources(folder))[columns].reset_index(names="figure").to_dict("records")
    best: dict[int, dict[str, Any]] = {}
    for row in ordered:
        best.setdefault(row["year"], row)
    chosen = [best[year] for year in sorted(best)]
    result = pd.DataFrame(chosen, columns=[*columns, "figure"]).set_index("year")
    conflicts = [row for row in ordered if row["value"] != best[row["year"]]["value"]]
    result.attrs = {
        "indicator": indicator,
        "area": area,
        "conflicts": sorted(conflicts, key=itemgetter("year")),
    }
    return result


_YEARS = {str(year) for year in range(2005, 2101)}  # words that ask for a year


def find(query: str | float, folder: Folder = None) -> pd.DataFrame:
    """Search everything printed, by words in Chinese or English or by number.

    Parameters
    ----------
    query : str or number
        Words that all have to occur (专利, "patent share", 新华社), or a number in any form that prints
        have (34200, 34,200, 3.42万, 50%); with a unit, only figures in that unit are found. A word that is
        a year, 2005 to 2100, finds the figures of that year too (小巨人 2012).
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    DataFrame
        The figures found: table, label_en, label_zh, area, year, printed, status, source, locator.

    Examples
    --------
    >>> find("3.42万").index.tolist()
    ['review.technology_smes.2012']
    >>> find("有效专利 占全市").printed.tolist()
    ['78.5%', '53.4%', '60%以上']
    >>> find("patents 2012").index[0]
    'review.patents.2012'
    """
    figures = load_figures(folder)
    areas = load_areas(folder)[["name_zh", "name_en"]].agg(" ".join, axis="columns")
    sources = load_sources(folder)[["title_zh", "title_en", "publisher"]].agg(" ".join, axis="columns")
    own = ["printed", "indicator", "label_en", "label_zh", "note_en", "note_zh", "locator"]
    searched = figures[own].assign(
        figure=figures.index, area=figures["area"].map(areas), source=figures["source"].map(sources)
    )
    texts = searched.agg("\n".join, axis="columns").str.casefold()
    words = str(query).casefold().split()
    found = pd.Series(bool(words), index=figures.index)
    for word in words:
        in_year = figures["year"].eq(int(word)) if word in _YEARS else False
        found &= texts.str.contains(word, regex=False) | in_year
    with suppress(PrintError):
        number = parse_printed(str(query))
        same_unit = figures["unit"].eq(number.unit) | (number.unit == "")
        found |= (figures["value"] == number.value) & same_unit
    columns = ["table", "label_en", "label_zh", "area", "year", "printed", "status", "source", "locator"]
    return figures.loc[found, columns]


def info(figure: str | None = None, folder: Folder = None) -> pd.Series | pd.DataFrame:
    """List what there is, or describe one printed figure with its indicator and its source.

    Parameters
    ----------
    figure : str, optional
        Name of the figure, such as ``review.patents.2012``; every table if omitted.
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    Series or DataFrame
        Of a figure: every column of the figure frame, the indicator's definition, and title, publisher,
        date, address and tier of the source. Without one: a row a table, with how many rows it has, the
        function that loads it and what it holds.

    Raises
    ------
    DataError
        If there is no such figure; names the nearest ones.

    Examples
    --------
    >>> described = info("review.patents.2012")
    >>> described["printed"], described["locator"], described["title_en"]
    ('21370件', 'part 1, section 3', 'Tianjin technology little giants three-year action plan (2013-2015)')
    >>> info().loc["tasks", ["rows", "load", "content"]].astype(str).tolist()
    ['56', 'load_tasks', 'Tasks of Annex 2']
    """
    if figure is None:
        return _contents(raw_tables(folder))
    figures = load_figures(folder)
    _known(figure, FIGURE_TABLES, folder)
    row = figures.loc[figure]
    definition = load_indicators(folder).loc[[row["indicator"]], "definition"].iloc[0]
    source = load_sources(folder).loc[row["source"]]
    return pd.concat([row, pd.Series({"definition": definition}), source]).rename(figure)


def check_tables(folder: Folder = None) -> pd.DataFrame:
    """Hold every raw table against its declaration.

    Returns
    -------
    DataFrame
        One row a problem: path, place, value, reason. Empty if all is well.

    Examples
    --------
    >>> check_tables().empty
    True
    """
    return pd.DataFrame(
        [asdict(problem) for problem in raw_tables(folder).problems()],
        columns=["path", "place", "value", "reason"],
    )


def raw_tables(folder: Folder) -> RawTables:
    """Open the raw tables of a folder; the bundled plan's if none is given."""
    return open_tables(plan_folder(folder))


# Tables that are not loaded by themselves: headings, for one, come with the tasks under them.
_READERS = {
    "plan": "Plan",
    "levers": "Plan",
    "headings": "load_tasks",
    "checks": "check_consistency",
    "readings": "annex_readings",
}


def _contents(tables: RawTables) -> pd.DataFrame:
    rows = [
        (name, len(tables.rows(name)), _READERS.get(name, f"load_{name}"), table.description)
        for name, table in TABLES.items()
    ]
    return pd.DataFrame(rows, columns=["table", "rows", "load", "content"]).set_index("table")


def _plain(name: str, tables: RawTables) -> pd.DataFrame:
    rows = tables.rows(name)
    columns = [column.name for column in TABLES[name].columns]
    return pd.DataFrame(rows, columns=columns, dtype="str").set_index(columns[0])


def _figures(name: str, tables: RawTables) -> pd.DataFrame:
    """Take a figure table's frame; its caller may change it."""
    if name not in tables.frames:
        columns = [*(["task"] if name == "measures" else []), *FIGURE_FRAME]
        tables.frames[name] = _figure_frame([name], columns, tables)
    return tables.frames[name].copy()


def _figure_frame(names: Sequence[str], columns: list[str], tables: RawTables) -> pd.DataFrame:
    indicators = {row["indicator"]: row for row in tables.rows("indicators")}
    records: list[dict[str, Any]] = []
    for table, row in ((name, row) for name in names for row in tables.rows(name)):
        indicator = indicators[row["indicator"]]
        number = read_print(row, indicator["unit"])
        records.append(
            row
            | {
                "table": table,
                "label_en": indicator["name_en"],
                "label_zh": indicator["name_zh"],
                "kind": indicator["kind"],
                "unit": number.unit,
                "value": number.value,
                "lower": number.lower,
                "upper": number.upper,
                "qualifier": number.qualifier,
                "year": int(row["year"][:4]),
                "start_year": int(row["start_year"]) if row["start_year"] else None,
                "date": row["year"] if "-" in row["year"] else f"{row['year']}-12",
            }
        )
    # Typed column by column: converting a whole frame afterwards takes as long again.
    typed = {
        column: pd.Series([record[column] for record in records], dtype=_NUMBERS.get(column, "str")).array
        for column in columns
    }
    frame = pd.DataFrame(typed, index=pd.Index([record["figure"] for record in records], name="figure"))
    frame["date"] = pd.to_datetime(frame["date"], format="%Y-%m") + pd.offsets.MonthEnd(0)
    return frame


def ranked(rows: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Order figures for the same time from the best to the least, keeping the tables' order in ties."""
    tiers, published = sources["tier"].to_dict(), sources["published"].to_dict()
    keys = [
        (
            release == "preliminary",
            TIERS.index(tiers[source]),
            QUALIFIERS.index(qualifier),
            _coarseness(value),
            published[source] or "9999",
        )
        for release, source, qualifier, value in zip(
            rows["release"], rows["source"], rows["qualifier"], rows["value"], strict=True
        )
    ]
    return rows.iloc[sorted(range(len(keys)), key=keys.__getitem__)]


def _coarseness(value: float) -> int:
    """Place of the last digit that is not zero: 720 may have been rounded where 726 was not."""
    return int(Decimal(str(value)).normalize().as_tuple().exponent)


def _known(name: str, tables: Sequence[str], folder: Folder) -> None:
    """Refuse a name that is no key of these tables, with those that are near it."""
    raw = raw_tables(folder)
    names = {row[TABLES[table].key]: None for table in tables for row in raw.rows(table)}
    if name in names:
        return
    import difflib  # only a wrong name needs it

    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    where = " or ".join(f"{table}.csv" for table in tables)
    raise DataError([Problem(str(plan_folder(folder)), "", name, f"is not in {where}{hint}")])
