"""A folder of raw tables to begin another plan with: every table with an example row, and a README."""

from __future__ import annotations

import csv
import io
import tempfile
from collections import deque
from pathlib import Path

from .errors import DataError, Problem
from .resources import RAW
from .schema import TABLES
from .tables import Row, cell_names, open_tables

# Rows of the bundled plan that show each table; what they refer to comes along.
_SHOWN = {
    "plan": ("little_giants_2013",),
    "levers": ("founded", "attracted", "upgraded"),
    "review": ("review.technology_smes.2012", "review.technology_smes_increase.2012"),
    "targets": ("targets.technology_smes.2015",),
    "measures": ("measures.9.upgrade_roadmaps",),
    "outcomes": ("outcomes.technology_smes.2013",),
    "district_facts": ("districts.binhai.technology_smes.2012",),
    "headings": ("1",),
    "checks": ("smes_doubled",),
    "readings": ("upgraded.1",),
}
_NAMES = {
    "plan": "example",
    "name_en": "Example rows of Tianjin’s plan 2013–2015, to be replaced",
    "name_zh": "示例行（取自天津市2013—2015年计划），请替换",
    "stocks": "technology_smes",
}


def write_starter(folder: Path) -> Path:
    """Write a valid folder of raw tables, with example rows of the bundled plan and a README.

    Parameters
    ----------
    folder : Path
        New, or empty.

    Returns
    -------
    Path
        The folder; complete, or not written at all.

    Raises
    ------
    DataError
        If there is something in the folder already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError([Problem(str(folder), "", "", "is not empty; name a new folder")])
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as place:
        made = Path(place) / folder.name
        made.mkdir()
        for name, rows in _rows().items():
            (made / f"{name}.csv").write_text(_csv(name, rows), encoding="utf-8", newline="")
        (made / "README.md").write_text(_readme(), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    return folder


def _rows() -> dict[str, list[Row]]:
    """Rows of every table: those shown, and all that they refer to, in the order of the bundled tables."""
    bundled = open_tables(RAW)
    every = {name: {row[table.key]: row for row in bundled.rows(name)} for name, table in TABLES.items()}
    every["plan"] = {key: row | _NAMES for key, row in every["plan"].items()}
    wanted: dict[str, set[str]] = {name: set() for name in TABLES}
    waiting = deque((name, key) for name, keys in _SHOWN.items() for key in keys)
    # Additions have their goals in another table than the one that the levers refer to.
    waiting += [("targets", f"targets.{row['indicator']}.2015") for row in every["levers"].values()]
    while waiting:
        name, key = waiting.popleft()
        if key in every[name] and key not in wanted[name]:
            wanted[name].add(key)
            row = every[name][key]
            for column in TABLES[name].columns:
                if column.refers and row[column.name]:
                    others = cell_names(column, row[column.name])
                    waiting += [(table, other) for table in column.refers for other in others]
    return {name: [row for key, row in rows.items() if key in wanted[name]] for name, rows in every.items()}


def _csv(name: str, rows: list[Row]) -> str:
    text = io.StringIO(newline="")
    names = [column.name for column in TABLES[name].columns]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _readme() -> str:
    tables = "\n".join(f"| `{name}.csv` | {table.description} |" for name, table in TABLES.items())
    return f"""# Raw tables of a plan · 计划的原始数据表

The rows in the tables are examples from Tianjin's plan of 2013–2015. Replace them by your plan's figures, as
printed, and keep the first line of each file as it is. A table that your plan has no figures for keeps its
first line only.

表中各行是天津市2013—2015年计划的示例，请换成本计划的数字，照原文填写；每个文件的首行不要改动。
没有相应数字的表只保留首行。

    xjr check --folder FOLDER
    xjr report --folder FOLDER --out reports
    xjr notebooks --folder FOLDER --out notebooks

`xjr check` names file, row, column and value of whatever is wrong; `xjr report` writes the reports in both
languages; `xjr notebooks` writes the chapters that apply to the plan, executed, to be opened in JupyterLab.
The handbook, the folder `docs` of the project, says what goes into which table, how a print is read and which
units are known (`tables.md`), and how to write checks (`extend.md`).
In Python: `plan = xjranalysis.Plan("FOLDER")`, then `xjranalysis.load_review(plan)` and the like.
An official district table (.xlsx, .xls) goes into a folder `annex1` beside the tables.

`xjr check` 指出每处错误的文件、行、列和数值；`xjr report` 生成中英文报告；
`xjr notebooks` 生成适用于本计划的各章 notebook（已运行），可用 JupyterLab 打开。
各表的填法、数字的读法和可用的单位见手册，即项目的 `docs` 文件夹中的 `tables.md`；检验和公式见 `extend.md`。
正式的区县表（.xlsx、.xls）放入同级的 `annex1` 文件夹。

| table · 表 | content · 内容 |
|---|---|
{tables}
"""
