"""Speed as ratios to floors that are measured in the same run; prints one table."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import openpyxl

from xjranalysis import Triangular, load_district_forecast, load_districts, simulate_stock_flow
from xjranalysis.resources import NOTEBOOKS

LEVERS = {"founded": 10_000.0, "attracted": 12_000.0, "upgraded": 8_000.0}
EXITS, DELIVERY = Triangular(0.02, 0.045, 0.08), Triangular(0.7, 1, 1.3)
DRAWS = 10_000

LOADS = """
import time
import pandas, xjranalysis
begin = time.perf_counter()
for name in dir(xjranalysis):
    if name.startswith("load_"):
        getattr(xjranalysis, name)()
print(time.perf_counter() - begin)
"""


def best(function: Callable[[], object], repeats: int = 15) -> float:
    """Return the shortest of several runs in seconds, after one to warm up."""
    function()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    return min(times)


def draw_alone(areas: int) -> None:
    """Draw the random numbers of the simulation, and do nothing with them."""
    random, shape = np.random.default_rng(0), (areas, DRAWS)
    random.triangular(EXITS.low, EXITS.mode, EXITS.high, shape)
    for _ in LEVERS:
        random.triangular(DELIVERY.low, DELIVERY.mode, DELIVERY.high, shape)


def simulate(areas: int, periods: int) -> None:
    """Simulate so many areas over so many periods."""
    additions = {name: amount / areas for name, amount in LEVERS.items()}
    start, names = np.full(areas, 34_200 / areas), [str(area) for area in range(areas)]
    years = tuple(range(2013, 2013 + periods))
    simulate_stock_flow(start, additions, EXITS, DELIVERY, years, draws=DRAWS, areas=names, target=3750)


def python(code: str) -> float:
    """Seconds that a fresh interpreter takes for some code."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begin


def shortest(code: str, repeats: int = 7) -> float:
    """Seconds that code takes beyond the start of the interpreter."""
    return min(python(code) for _ in range(repeats)) - min(python("") for _ in range(repeats))


def loads() -> float:
    """Seconds that all load functions take together, in a fresh interpreter after the imports."""
    run = [sys.executable, "-c", LOADS]
    return min(
        float(subprocess.run(run, check=True, capture_output=True, text=True).stdout) for _ in range(7)
    )


def command(*words: str) -> float:
    """Seconds that a command of this environment takes."""
    begin = time.perf_counter()
    subprocess.run([str(Path(sys.executable).parent / words[0]), *words[1:]], check=True, capture_output=True)
    return time.perf_counter() - begin


def builds(folder: Path) -> list[tuple[str, float, str, float, float]]:
    """Build the reports, and build them again, against nbconvert on the same notebooks once."""
    paths = [str(path) for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))]
    floor = command(
        "jupyter", "nbconvert", "--execute", "--to", "html", "--output-dir", str(folder / "n"), *paths
    )
    report = ("xjr", "report", "--out", str(folder / "reports"))
    return [
        ("xjr report, both languages", command(*report), "nbconvert once", floor, 1.0),
        ("xjr report, nothing changed", command(*report), "nbconvert once", floor, 0.05),
    ]


def workbook(path: Path, rows: int) -> Path:
    """Write a fixture: a district table with so many rows, most of them remarks below it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["序号", "区县", *(f"{year}年科技型中小企业（家）" for year in range(2012, 2016))])
    for place, name in enumerate(load_districts()["name_zh"]):
        sheet.append([place, name, *(1000 + place + year for year in range(4))])
    for place in range(rows - 16):
        sheet.append([None, f"说明{place}", "一", "二", "三", "四"])
    book.save(path)
    return path


def iterate(path: Path) -> None:
    """Iterate the cells of a workbook, and do nothing with them."""
    for sheet in openpyxl.load_workbook(path):
        for row in sheet.iter_rows():
            for cell in row:
                _ = cell.value


def main() -> None:
    """Print the table."""
    print(f"{'what':58} {'seconds':>9} {'floor':>16} {'seconds':>9} {'ratio':>6} {'bound':>6}")

    def told(what: str, seconds: float, floor_name: str, least: float, bound: float) -> None:
        print(f"{what:58} {seconds:9.4f} {floor_name:>16} {least:9.4f} {seconds / least:6.2f} {bound:6.2f}")

    pandas = shortest("import pandas")
    told("import xjranalysis", shortest("import xjranalysis"), "import pandas", pandas, 1.1)
    told("all load functions", loads(), "import pandas", pandas, 0.3)
    for areas, periods, repeats in ((16, 3, 15), (3000, 12, 1)):
        what = f"simulate_stock_flow, {areas:,} areas, 10,000 draws, {periods} periods"
        seconds = best(partial(simulate, areas, periods), repeats)
        told(what, seconds, "drawing alone", best(partial(draw_alone, areas), repeats), 2.0)
    with tempfile.TemporaryDirectory() as name:
        for count in (16, 300, 3000, 30_000):
            path, repeats = workbook(Path(name) / f"{count}.xlsx", count), 15 if count < 10_000 else 2
            seconds = best(partial(load_district_forecast, path), repeats)
            what = f"load_district_forecast, {count:,} rows"
            told(what, seconds, "openpyxl alone", best(partial(iterate, path), repeats), 1.5)
        for row in builds(Path(name)):
            told(*row)


if __name__ == "__main__":
    main()
