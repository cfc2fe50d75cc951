"""Speed as ratios to floors that are measured in the same run; prints one table."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl

from xjranalysis import Triangular, load_district_forecast, load_districts, simulate_stock_flow

LEVERS = {"founded": 10_000.0, "attracted": 12_000.0, "upgraded": 8_000.0}
EXITS, DELIVERY = Triangular(0.02, 0.045, 0.08), Triangular(0.7, 1, 1.3)
AREAS, DRAWS = 16, 10_000


def best(function: Callable[[], object], repeats: int = 15) -> float:
    """Return the shortest of several runs in seconds, after one to warm up."""
    function()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    return min(times)


def draw_alone() -> None:
    """Draw the random numbers of the simulation, and do nothing with them."""
    random, shape = np.random.default_rng(0), (AREAS, DRAWS)
    random.triangular(EXITS.low, EXITS.mode, EXITS.high, shape)
    for _ in LEVERS:
        random.triangular(DELIVERY.low, DELIVERY.mode, DELIVERY.high, shape)


def simulate() -> None:
    """Simulate 16 areas over three years."""
    additions = {name: amount / AREAS for name, amount in LEVERS.items()}
    start, names = np.full(AREAS, 34_200 / AREAS), [str(area) for area in range(AREAS)]
    simulate_stock_flow(
        start, additions, EXITS, DELIVERY, (2013, 2014, 2015), draws=DRAWS, areas=names, target=3750
    )


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
    rows = [
        ("simulate_stock_flow, 16 areas, 10,000 draws, 3 years", simulate, "drawing alone", draw_alone, 2.0)
    ]
    folder = tempfile.TemporaryDirectory()
    for count in (300, 3000):
        path = workbook(Path(folder.name) / f"{count}.xlsx", count)
        name = f"load_district_forecast, {count:,} rows"
        rows.append((name, lambda path=path: load_district_forecast(path), "openpyxl alone",
                     lambda path=path: iterate(path), 1.5))  # fmt: skip
    print(f"{'what':55} {'seconds':>9} {'floor':>16} {'seconds':>9} {'ratio':>6} {'bound':>6}")
    for what, run, floor_name, floor, bound in rows:
        seconds, least = best(run), best(floor)
        print(f"{what:55} {seconds:9.4f} {floor_name:>16} {least:9.4f} {seconds / least:6.2f} {bound:6.2f}")


if __name__ == "__main__":
    main()
