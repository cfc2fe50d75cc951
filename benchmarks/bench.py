"""Speed as ratios to floors that are measured in the same run; prints one table."""

from __future__ import annotations

import csv
import gc
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import nbformat
import numpy as np
import openpyxl
import pandas as pd
from jupyter_client.manager import start_new_kernel

from xjranalysis import (
    Flows,
    Triangular,
    backtest,
    check_consistency,
    load_district_forecast,
    load_districts,
    load_figures,
    project,
    simulate_stock_flow,
)
from xjranalysis.resources import NOTEBOOKS, RAW
from xjranalysis.schema import TABLES

LEVERS = {"founded": 10_000.0, "attracted": 12_000.0, "upgraded": 8_000.0}
EXITS, DELIVERY = Triangular(0.02, 0.045, 0.08), Triangular(0.7, 1, 1.3)

LOADS = """
import time
import pandas, xjranalysis
begin = time.perf_counter()
for name in dir(xjranalysis):
    if name.startswith("load_"):
        getattr(xjranalysis, name)()
print(time.perf_counter() - begin)
"""

# The most memory that a process of its own has held, in MiB: Linux tells it under this name.
PEAK = """
import re, sys
from pathlib import Path
sys.path.insert(0, {folder!r})
import bench
bench.simulate({areas}, {draws}, {periods})
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024)
"""


class Row(NamedTuple):
    """One line of the table: what was measured, and the floor that it is held against."""

    what: str
    measured: float
    floor_name: str
    floor: float
    bound: float

    def __str__(self) -> str:
        """Lay out the line, with the ratio."""
        ratio = self.measured / self.floor
        numbers = (
            f"{self.measured:9.4f} {self.floor_name:>22} {self.floor:9.4f} {ratio:6.2f} {self.bound:6.2f}"
        )
        return f"{self.what:64} {numbers}{'' if ratio <= self.bound else '  missed'}"


def best(*functions: Callable[[], object], repeats: int = 15) -> list[float]:
    """Return the shortest of several runs of each in seconds, after one to warm up.

    They run in turns, so that a machine that slows down slows all of them.
    """
    times = []
    for _ in range(repeats + 1):
        times.append([seconds(function) for function in functions])
    return list(map(min, zip(*times[1:], strict=True)))


def seconds(function: Callable[[], object]) -> float:
    """Seconds of one run."""
    gc.collect()  # what another one left behind is not this one's
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def python(code: str) -> None:
    """Run some code in a fresh interpreter."""
    subprocess.run([sys.executable, "-c", code], check=True)


def told(code: str) -> float:
    """Number that code prints in a fresh interpreter."""
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(run.stdout)


def imports() -> Iterator[Row]:
    """Import the package, and load everything."""
    codes = ("", "import pandas", "import xjranalysis")
    nothing, pandas, package = best(*(partial(python, code) for code in codes))
    yield Row("import xjranalysis", package - nothing, "import pandas", pandas - nothing, 1.1)
    loads = min(told(LOADS) for _ in range(7))
    yield Row("all load functions", loads, "import pandas", pandas - nothing, 0.3)


def draw_alone(areas: int, draws: int) -> None:
    """Draw the random numbers of the simulation, and do nothing with them."""
    random, shape = np.random.default_rng(0), (areas, draws)
    random.triangular(EXITS.low, EXITS.mode, EXITS.high, shape)
    for _ in LEVERS:
        random.triangular(DELIVERY.low, DELIVERY.mode, DELIVERY.high, shape)


def simulate(areas: int, draws: int, periods: int) -> None:
    """Simulate so many areas over so many periods."""
    additions = {name: amount / areas for name, amount in LEVERS.items()}
    start, names = np.full(areas, 34_200 / areas), [str(area) for area in range(areas)]
    years = tuple(range(2013, 2013 + periods))
    simulate_stock_flow(start, additions, EXITS, DELIVERY, years, draws=draws, areas=names, target=3750)


def simulations() -> Iterator[Row]:
    """Simulate few and many areas; twice the areas and twice the draws take twice the time."""
    sizes, taken = ((16, 10_000, 3), (3000, 10_000, 12), (6000, 10_000, 12), (3000, 20_000, 12)), {}
    for areas, draws, periods in sizes:
        runs = partial(simulate, areas, draws, periods), partial(draw_alone, areas, draws)
        taken[areas, draws], floor = best(*runs, repeats=15 if areas == 16 else 2)
        what = f"simulate_stock_flow, {areas:,} × {draws:,} × {periods}"
        yield Row(what, taken[areas, draws], "drawing alone", floor, 2.0)
    once = taken[3000, 10_000]
    yield Row("twice the areas", taken[6000, 10_000], "3,000 × 10,000 × 12", once, 2.3)
    yield Row("twice the draws", taken[3000, 20_000], "3,000 × 10,000 × 12", once, 2.3)
    for areas, draws, periods in sizes:
        code = PEAK.format(folder=str(Path(__file__).parent), areas=areas, draws=draws, periods=periods)
        yield Row(f"its memory (MiB), {areas:,} × {draws:,} × {periods}", told(code), "1 GiB", 1024, 1.0)


def many(areas: int) -> pd.DataFrame:
    """Fixture: yearly numbers of so many areas, from 2010 to 2015."""
    growth = np.array([1, 1.6, 2.4, 3.0, 3.5, 3.9])
    values = np.random.default_rng(2013).integers(100, 10_000, (areas, 1)) * growth
    names = np.repeat([f"area {number}" for number in range(areas)], growth.size)
    frame = pd.DataFrame(
        {"area": names, "value": values.ravel()}, index=np.tile(np.arange(2010, 2016), areas)
    )
    return frame.assign(lower=frame["value"] - 0.5, upper=frame["value"] + 0.5)


def printed(areas: int) -> pd.DataFrame:
    """Fixture: the plan's own figures, for so many areas."""
    own = load_figures()[["value", "lower", "upper"]]
    return pd.concat([own.assign(area=f"area {number}") for number in range(areas)])


def areas_at_once() -> Iterator[Row]:
    """Check, project and hold against what came: 3,000 areas against one."""
    flows = Flows(30.0, (0.02, 0.045, 0.08))
    taken: dict[str, list[float]] = {"check_consistency": [], "project": [], "backtest": []}
    for areas, repeats in ((1, 15), (3000, 3)):
        figures, series = printed(areas), many(areas)
        past = series[series.index <= 2012]
        projection = project(past, 2015, flows=flows)
        runs: dict[str, Callable[[], object]] = {
            "check_consistency": partial(check_consistency, figures=figures),
            "project": partial(project, past, 2015, flows=flows),
            "backtest": partial(backtest, projection, series),
        }
        for name, run in runs.items():
            taken[name] += best(run, repeats=repeats)
    for name, (one, all_) in taken.items():
        yield Row(f"{name}, 3,000 areas", all_, "one area", one, 50.0)


def remarks(path: Path, rows: int) -> Path:
    """Write a fixture: a district table with so many rows, most of them remarks below it."""
    names = load_districts()["name_zh"].tolist()
    return workbook(
        path, names, [[None, f"说明{place}", "一", "二", "三", "四"] for place in range(rows - 16)]
    )


def plan(folder: Path, count: int) -> tuple[Path, Path]:
    """Write a fixture: the raw tables of a place with so many districts, and the workbook that lists them."""
    shutil.copytree(RAW, folder)
    areas = ["binhai", *(f"area{place}" for place in range(1, count))]  # areas.csv has zones of Binhai
    names = [f"第{place}区" for place in range(count)]
    with (folder / "districts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [column.name for column in TABLES["districts"].columns], restval="")
        writer.writeheader()
        for place, name in enumerate(names):
            area = {
                "area": areas[place],
                "code": f"{200_000 + place}",
                "name_zh": name,
                "name_en": f"{place}",
            }
            writer.writerow(area | {"group": "all", "tile_row": 1, "tile_column": 1})
    return folder, workbook(folder / "districts.xlsx", names)


def workbook(path: Path, names: list[str], below: Iterable[list[str | None]] = ()) -> Path:
    """Write a fixture: a district table."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["序号", "区县", *(f"{year}年科技型中小企业（家）" for year in range(2012, 2016))])
    for place, name in enumerate(names):
        sheet.append([place, name, *(1000 + place + year for year in range(4))])
    for row in below:
        sheet.append(row)
    book.save(path)
    return path


def iterate(path: Path) -> None:
    """Iterate the cells of a workbook, and do nothing with them."""
    for sheet in openpyxl.load_workbook(path):
        for row in sheet.iter_rows():
            for cell in row:
                _ = cell.value


def workbooks(folder: Path) -> Iterator[Row]:
    """Read district tables of growing length: with remarks below, and of places with ever more districts."""
    for count in (16, 300, 3000, 30_000):
        path = remarks(folder / f"{count}.xlsx", count)
        yield read(f"load_district_forecast, {count:,} rows", path, None, count)
    for count in (300, 3000, 30_000):
        tables, path = plan(folder / str(count), count)
        yield read(f"load_district_forecast, {count:,} districts", path, tables, count)


def read(what: str, path: Path, tables: Path | None, rows: int) -> Row:
    """Read a workbook, against iterating over its cells."""
    runs = partial(load_district_forecast, path, tables), partial(iterate, path)
    ours, floor = best(*runs, repeats=15 if rows < 10_000 else 2)
    return Row(what, ours, "openpyxl alone", floor, 1.5)


def command(*words: str) -> None:
    """Run a command of this environment."""
    subprocess.run([str(Path(sys.executable).parent / words[0]), *words[1:]], check=True, capture_output=True)


def builds(folder: Path) -> Iterator[Row]:
    """Build the reports, and build them again, against nbconvert on the same notebooks once."""
    paths = [str(path) for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))]
    convert = ("jupyter", "nbconvert", "--execute", "--to", "html", "--output-dir", str(folder / "n"), *paths)
    report = ("xjr", "report", "--out", str(folder / "reports"))
    floor, build, nothing = (seconds(partial(command, *words)) for words in (convert, report, report))
    yield Row("xjr report, both languages", build, "nbconvert once", floor, 1.0)
    yield Row("xjr report, nothing changed", nothing, "nbconvert once", floor, 0.05)


def execute(path: Path) -> None:
    """Start a bare kernel, run the code of a notebook, and stop."""
    # Quiet about the connection, as nbval's is.
    manager, client = start_new_kernel(extra_arguments=["--log-level=ERROR"], cwd=str(path.parent))
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            client.execute_interactive(cell.source, output_hook=lambda message: None)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def tests() -> Iterator[Row]:
    """Hold all notebooks against their stored outputs."""
    floor = sum(seconds(partial(execute, path)) for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")))
    nbval = seconds(partial(command, "python", "-m", "pytest", "--nbval", str(NOTEBOOKS)))
    yield Row("pytest --nbval, all notebooks", nbval, "kernels and code", floor, 1.3)


def main() -> None:
    """Print the table."""
    print(f"{'what':50} {'measured':>9} {'floor':>22} {'measured':>9} {'ratio':>6} {'bound':>6}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for group in (imports(), simulations(), areas_at_once(), workbooks(folder), builds(folder), tests()):
            for row in group:
                print(row, flush=True)


if __name__ == "__main__":
    main()
