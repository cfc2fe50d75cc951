"""The raw tables, declared once: loading, `xjr check` and the data package all read this."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

YEARS = (1949, 2100)  # of a plan
AROUND = (-5, 10)  # years of figures: from so many before the years reviewed, to so many after the target
# The relations and units of checks, and what their explanation may add.
RELATIONS = ("=", ">=", "<=")


@dataclass(frozen=True)
class Column:
    """One column of a raw table.

    Parameters
    ----------
    name : str
    description : str
    kind : {'text', 'slug', 'integer', 'year', 'period', 'printed', 'published', 'list', 'formula'}
        ``period`` is a year or a month (``2012``, ``2012-09``) and means its end; ``published``
        may have a day too; ``list`` holds names separated by 、; ``formula``
        is one over the figures of the tables that it refers to (:func:`xjranalysis.formula.parse_formula`).
    required : bool
        Whether every row has a value.
    values : tuple of str
        The values allowed; any if empty.
    refers : tuple of str
        Tables of which one has to hold the value as its key.
    """

    name: str
    description: str
    kind: str = "text"
    required: bool = True
    values: tuple[str, ...] = ()
    refers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One raw table; its first column is its key, and `most` the number of rows that are read."""

    name: str
    description: str
    columns: tuple[Column, ...]
    most: int = 5_000

    @property
    def key(self) -> str:
        """Name of the first column, which no two rows may share."""
        return self.columns[0].name

    @cached_property
    def holds_figures(self) -> bool:
        """Whether its rows are printed figures."""
        return any(column.kind == "printed" for column in self.columns)


FIGURE = Column("figure", "Unique name of the printed figure", "slug")
FIGURE_COLUMNS = (
    Column("indicator", "What is counted or measured", "slug", refers=("indicators",)),
    Column("area", "Where", "slug", refers=("areas", "districts")),
    Column(
        "start_year",
        "Flows, changes and rates: the end of this year is where counting starts",
        "year",
        required=False,
    ),
    Column("year", "End of the period; a month (2012-09) for figures within a year", "period"),
    Column("printed", "The figure exactly as printed; … stands for words left out", "printed"),
    Column("status", "Measured or aimed at", values=("actual", "target")),
    Column("release", "Marked by the publisher as expected (预计)", required=False, values=("preliminary",)),
    Column("source", "Document that prints the figure", "slug", refers=("sources",)),
    Column("locator", "Place in the document: part, section, item, task, or the words around it"),
    Column("note_en", "What a reader has to know besides", required=False),
    Column("note_zh", "The same in Chinese", required=False),
)


FIGURE_TABLES = ("review", "targets", "measures", "outcomes", "district_facts")


def _figures(name: str, description: str, *extra: Column) -> Table:
    return Table(name, description, (FIGURE, *extra, *FIGURE_COLUMNS))


_DECLARED = (
    Table(
        "plan",
        "The plan itself, in one row",
        (
            Column("plan", "Unique name of the plan", "slug"),
            Column("name_zh", "Name in Chinese, as a title"),
            Column("name_en", "Name in English, as a title"),
            Column("source", "The plan's text", "slug", refers=("sources",)),
            Column("area", "What the plan is for", "slug", refers=("areas",)),
            Column(
                "review_year",
                "End of the year with which the plan's review compares; empty if it looks at one year only",
                "year",
                required=False,
            ),
            Column("base_year", "End of the year from which the plan starts", "year"),
            Column("target_year", "End of the year for which its goals are set", "year"),
            Column(
                "stocks",
                "Indicators whose goals the plan is about; each has a target",
                "list",
                refers=("indicators",),
            ),
        ),
    ),
    Table(
        "levers",
        "How the plan means to add to a stock",
        (
            Column("lever", "Unique name", "slug"),
            Column("stock", "Indicator that it adds to", "slug", refers=("indicators",)),
            Column(
                "indicator",
                "Indicator of the planned additions over the whole plan; it has a target",
                "slug",
                refers=("indicators",),
            ),
            Column("name_en", "Name in English, as a word in a sentence"),
            Column("name_zh", "Name in Chinese"),
        ),
    ),
    Table(
        "sources",
        "Documents that print the figures",
        (
            Column("source", "Unique name of the document", "slug"),
            Column("title_zh", "Title; 〔…〕 where the page's own title was not seen"),
            Column("title_en", "Title in English, translated by this project"),
            Column("publisher", "Who published it, and who copied it"),
            Column("published", "Day, month or year of publication", "published", required=False),
            Column("url", "Address; of a copy where the tier is repost"),
            Column(
                "tier",
                "Publisher's own page, press, or somebody's copy",
                values=("official", "press", "repost"),
            ),
        ),
    ),
    Table(
        "indicators",
        "What the figures count or measure",
        (
            Column("indicator", "Unique name", "slug"),
            Column("name_en", "Name in English"),
            Column("name_zh", "Name in Chinese"),
            Column("unit", "Base unit of the values"),
            Column("kind", "Kind of quantity", values=("stock", "flow", "share", "rate", "level")),
            Column("definition", "What belongs to it"),
        ),
    ),
    Table(
        "areas",
        "Areas other than the districts",
        (
            Column("area", "Unique name", "slug"),
            Column("name_zh", "Name in Chinese"),
            Column("name_en", "Name in English"),
            Column(
                "within", "Area that it belongs to", "slug", required=False, refers=("areas", "districts")
            ),
        ),
    ),
    Table(
        "districts",
        "Districts as of the plan",
        (
            Column("area", "Unique name", "slug"),
            Column("code", "Code of GB/T 2260 as of the plan"),
            Column("former_zh", "Earlier names", "list", required=False),
            Column("name_zh", "Name as of the plan"),
            Column("later_zh", "Name after the plan, if it changed", required=False),
            Column("name_en", "Name in English"),
            Column("group", "Group of districts"),
            Column("tile_row", "Row on the tile map, from the north; drawn here", "integer", required=False),
            Column("tile_column", "Column on it, from the west; drawn here", "integer", required=False),
        ),
        most=30_000,
    ),
    Table(
        "headings",
        "Areas of work (1) and key work (1.1) of Annex 2",
        (
            Column("heading", "Number: area of work, or area of work and key work"),
            Column("name_zh", "As printed"),
            Column("name_en", "In English"),
        ),
    ),
    Table(
        "departments",
        "Departments that answer for the tasks",
        (
            Column("department", "Name as printed"),
            Column("name_en", "Name in English"),
            Column(
                "level",
                "Kind of department",
                values=("city", "party", "media", "office", "districts", "zones", "unspecified"),
            ),
        ),
    ),
    Table(
        "tasks",
        "Tasks of Annex 2",
        (
            Column("task", "Number of the task", "integer"),
            Column("heading", "Key work that it belongs to", refers=("headings",)),
            Column("title_en", "Short title in English, by this project"),
            Column("title_zh", "Short title in Chinese, by this project"),
            Column("departments", "In the order printed; the first leads", "list", refers=("departments",)),
        ),
    ),
    _figures("review", "Part 1 of the plan: review of the years before it"),
    _figures("targets", "Parts 2-4 of the plan: goals, tasks, working requirements"),
    _figures(
        "measures",
        "Quantified measures of Annex 2",
        Column("task", "Number of the task", "integer", refers=("tasks",)),
    ),
    _figures("outcomes", "What other documents print for the city: results, earlier and later targets"),
    _figures("district_facts", "What other documents print for districts and zones, and weights"),
    Table(
        "checks",
        "Relations that the plan states or implies between printed figures",
        (
            Column("check", "Unique name", "slug"),
            Column(
                "topic",
                "What it is about",
                values=(
                    *("stocks", "shares", "revenue", "totals", "doubling", "additions", "structure", "money"),
                    "annex",
                ),
            ),
            Column("statement_en", "The relation in words"),
            Column("statement_zh", "The same in Chinese"),
            Column("left", "Formula of the left side", "formula", refers=FIGURE_TABLES),
            Column("relation", "What should hold between the sides", values=RELATIONS),
            Column("right", "Formula of the right side", "formula", refers=FIGURE_TABLES),
            Column("unit", "Base unit of both sides"),
            Column(
                "meaning",
                "What the explanation adds: growth (left over right), share (left of right), exits (left"
                " less right), exits_a_year (of the plan), multiple (left is a goal, right twice a stock)",
                required=False,
                values=("growth", "share", "exits", "exits_a_year", "multiple"),
            ),
            Column("note_en", "One more sentence for the explanation", required=False),
            Column("note_zh", "The same in Chinese", required=False),
        ),
    ),
    Table(
        "readings",
        "Readings of which measures of Annex 2 count towards a lever",
        (
            Column("reading", "Unique name", "slug"),
            Column("lever", "Lever whose goal it is held against", "slug", refers=("levers",)),
            Column("reading_en", "The reading in words"),
            Column("reading_zh", "The same in Chinese"),
            Column("formula", "What the measures come to", "formula", refers=FIGURE_TABLES),
        ),
    ),
)

TABLES = {table.name: table for table in _DECLARED}
PLAN_TABLES = ("review", "targets", "measures")


def data_package(title: str) -> dict[str, Any]:
    """Describe all raw tables as a Frictionless data package.

    Parameters
    ----------
    title : str
        Name of the plan.

    Returns
    -------
    dict
        A descriptor after the Data Package standard, version 1, with paths relative to ``data/``.
    """
    return {
        "name": "xjranalysis",
        "title": f"{title}: published figures",
        "profile": "tabular-data-package",
        "resources": [_resource(table) for table in TABLES.values()],
    }


def _resource(table: Table) -> dict[str, Any]:
    single = [column for column in table.columns if len(column.refers) == 1 and column.kind != "list"]
    schema = {
        "fields": [_field(column) for column in table.columns],
        "primaryKey": table.key,
        "missingValues": [""],
    }
    if single:
        schema["foreignKeys"] = [
            {
                "fields": column.name,
                "reference": {"resource": column.refers[0], "fields": TABLES[column.refers[0]].key},
            }
            for column in single
        ]
    return {
        "name": table.name,
        "path": f"raw/{table.name}.csv",
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
        "description": table.description,
        "schema": schema,
    }


PATTERNS = {
    "slug": r"[a-z0-9][a-z0-9_.-]*",
    "year": r"[0-9]{4}",
    "period": r"[0-9]{4}(-(0[1-9]|1[0-2]))?",
    "published": r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?",
}


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": column.required}
    if column.values:
        constraints["enum"] = list(column.values)
    if column.kind in PATTERNS:
        constraints["pattern"] = PATTERNS[column.kind]
    return {
        "name": column.name,
        "type": "integer" if column.kind == "integer" else "string",
        "description": column.description,
        "constraints": constraints,
    }
