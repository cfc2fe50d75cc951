"""Random damage with a fixed seed: the same numbers, a change just where one was made, or one clear error.

``XJR_FUZZ=20`` tries twenty times as many; ``pytest -s`` then shows what came of them.
"""

from __future__ import annotations

import csv
import io
import math
import os
import random
import re
from collections import Counter

import pytest
from damage import BOOK, RELS, SHEET, STRINGS, STYLES, TYPES, WATCH, packed, said, with_shared_strings
from openpyxl import Workbook
from workbooks import GIANTS, NAMES, SMES, WORDS, rows, save, sheet, totals

from xjranalysis import DataError, check_tables, load_district_forecast, load_figures
from xjranalysis.data import raw_tables
from xjranalysis.resources import RAW
from xjranalysis.schema import FIGURE_TABLES, TABLES

TIMES = float(os.environ.get("XJR_FUZZ", "1"))
SEED = 2013
MARKUP, BYTES, CELLS, RAW_BYTES = (round(TIMES * count) for count in (800, 600, 150, 100))

COUNTS: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def told():
    """Show how many inputs were tried, and what came of them."""
    yield
    print(f"\nfuzz, seed {SEED}: {sum(COUNTS.values())} inputs", dict(sorted(COUNTS.items())))


# ---------------------------------------------------------------- workbooks


def plain(path):
    """Two header rows, merged, with formats and a total."""
    columns = [(indicator, year) for indicator in WORDS for year in (2012, 2015)]
    head = [["区县", WORDS[SMES], None, WORDS[GIANTS], None], [None, "2012年", "2015年", "2012年", "2015年"]]
    book = Workbook()
    worksheet = sheet(
        book, [*head, *rows(columns), totals("合计", columns)], merged=("A1:A2", "B1:C1", "D1:E1")
    )
    for row in worksheet.iter_rows(min_row=3, min_col=2):
        for cell in row:
            cell.number_format = "#,##0"
    book.save(path)


def rounded(path):
    """One indicator in 万家, where the format says how precise a number is; no total."""
    lines = [[f"2015年{WORDS[SMES]}（万家）"], ["区县", "企业数"]]
    lines += [[name, 1 + place / 100] for place, name in enumerate(NAMES.values())]
    save(path, lines)


def numbers(forecast):
    """Value and bounds by area, indicator and year; None for a missing figure."""
    keys = zip(forecast["area"], forecast["indicator"], forecast["year"], strict=True)
    triples = forecast[["value", "lower", "upper"]].itertuples(index=False, name=None)
    return {key: None if math.isnan(triple[0]) else triple for key, triple in zip(keys, triples, strict=True)}


@pytest.fixture(scope="module", params=[plain, rounded], ids=lambda make: make.__name__)
def workbook(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / "a.xlsx"
    request.param(path)
    parts = with_shared_strings(path.read_bytes())
    path.write_bytes(packed(parts))
    forecast = load_district_forecast(path)
    places = dict(zip(forecast["locator"].str.partition("!")[2], numbers(forecast), strict=True))
    return parts, numbers(forecast), places


CELL = re.compile(r'<c r="([A-Z]+\d+)"[^>]*?(?:/>|>.*?</c>)')


def mutated(rng, parts):
    """Change one thing in the markup; say which cells it may change, or None for every one."""
    name = rng.choice([SHEET] * 12 + [STRINGS, STRINGS, STYLES, BOOK, RELS, TYPES])
    text = parts[name].decode()
    cells = list(CELL.finditer(text)) if name == SHEET else []
    touched = None if name == STYLES else set()

    def splice(match, new):
        return text[: match.start()] + new + text[match.end() :]

    kind = rng.randrange(9 if cells else 3)
    if kind == 0:  # another value of any attribute
        match = rng.choice(list(re.finditer(r'="([^"]*)"', text)))
        new = rng.choice(['=""', '="-1"', '="0"', '="1"', '="7"', '="99999999"', '="A1"', '="s"', '="n"', '="str"',
                          '="b"', '="e"', '="inlineStr"', '="1e9"', '="B3:C3"', '="A1:E9"', '="hidden"'])  # fmt: skip
        around = next((cell for cell in cells if cell.start() <= match.start() < cell.end()), None)
        touched = touched if touched is None or around is None else {around[1]}
        changed = splice(match, new)
    elif kind == 1:  # a tag away, or twice
        match = rng.choice(list(re.finditer(r"<[^>]*>", text)))
        changed = splice(match, rng.choice(["", match[0] * 2]))
    elif kind == 2:  # any number in the part
        found = list(re.finditer(r"(?<=[>\"])\d+(?=[<\"])", text)) or [re.search("<", text)]
        match = rng.choice(found)
        new = rng.choice(["0", "1", "-1", "17", "1e400", "NaN", "3_0", " 5 ", "", "4611686018427387904"])
        around = next((cell for cell in cells if cell.start() <= match.start() < cell.end()), None)
        touched = touched if touched is None or around is None else {around[1]}
        changed = splice(match, new + match[0][1:] * (match[0][0] == "<"))
    elif kind == 3:  # a cell away
        match = rng.choice(cells)
        touched, changed = {match[1]}, splice(match, "")
    elif kind == 4:  # a cell twice, here or elsewhere
        match, other = rng.choice(cells), rng.choice(cells)
        changed = text[: other.end()] + match[0] + text[other.end() :]
    elif kind == 5:  # two cells exchange their addresses
        first, second = sorted(rng.sample(cells, 2), key=lambda match: match.start())
        swapped = [
            match[0].replace(f'r="{match[1]}"', f'r="{other[1]}"')
            for match, other in ((first, second), (second, first))
        ]
        changed = text[: first.start()] + swapped[0] + text[first.end() : second.start()] + swapped[1]
        changed += text[second.end() :]
    elif kind == 6:  # two cells exchange what they hold
        first, second = sorted(rng.sample(cells, 2), key=lambda match: match.start())
        swapped = [
            other[0].replace(f'r="{other[1]}"', f'r="{match[1]}"')
            for match, other in ((first, second), (second, first))
        ]
        changed = text[: first.start()] + swapped[0] + text[first.end() : second.start()] + swapped[1]
        changed, touched = changed + text[second.end() :], {first[1], second[1]}
    elif kind == 7:  # another number
        match = rng.choice([cell for cell in cells if "<v>" in cell[0] and 't="s"' not in cell[0]])
        touched = {match[1]}
        changed = splice(match, re.sub("<v>[^<]*", f"<v>{rng.choice([0, 7, 12345, 1.5, -3])}", match[0]))
    else:  # a row away
        match = rng.choice(list(re.finditer(r'<row r="(\d+)".*?</row>', text)))
        touched = {cell[1] for cell in CELL.finditer(match[0])}
        changed = splice(match, "")
    return parts | {name: changed.encode()}, touched


def row_of(place):
    return place.lstrip("ABCDE")


def column_of(place):
    return place.rstrip("0123456789")


def judge(path, before, places, touched):
    """Read a damaged workbook; what it reads to may differ from before only in the cells touched."""
    with WATCH.over(path.parent):
        try:
            after = numbers(load_district_forecast(path))
        except DataError as error:
            said(error, path)
            return "error"
    moved = {key for key in before if after.get(key) != before[key]}
    assert set(after) <= set(before), "numbers from nowhere"
    if touched is None:  # formats say how a number is rounded, not which one it is
        assert all(after[key] and math.isclose(after[key][0], before[key][0], rel_tol=0.5) for key in moved)
        return "another number" if moved else "same"
    own = {places[place] for place in touched & places.keys()}
    # A name or a header that is changed may take its numbers with it, or exchange them with another.
    rows_, columns = ({part(place) for place in touched - places.keys()} for part in (row_of, column_of))
    columns |= {
        chr(ord(column_of(place)) + 1) for place in touched if row_of(place) == "1"
    }  # merged over two
    led = {key for place, key in places.items() if row_of(place) in rows_ or column_of(place) in columns}
    assert moved <= own | led, (moved, touched)
    exchanged = [before[key] for key in led] if len(touched) == 2 else []
    assert all(after.get(key) is None or after[key] in exchanged for key in moved - own), (moved, touched)
    return "another number" if moved else "same"


def test_markup(workbook, tmp_path):
    parts, before, places = workbook
    rng = random.Random(SEED)
    path = tmp_path / "a.xlsx"
    for number in range(MARKUP):
        damaged, touched = mutated(rng, parts)
        path.write_bytes(packed(damaged))
        try:
            COUNTS[f"markup: {judge(path, before, places, touched)}"] += 1
        except AssertionError as error:
            pytest.fail(f"input {number}: {error}")


def scrambled(rng, content):
    """Change, cut or insert bytes."""
    at = rng.randrange(len(content))
    kind = rng.randrange(5)
    if kind == 0:
        return content[:at]
    if kind == 1:
        return content[:at] + rng.randbytes(rng.choice((1, 3, 100))) + content[at:]
    if kind == 2:
        return content[:at] + content[at + rng.choice((1, 3, 100)) :]
    damaged = bytearray(content)
    for _ in range(rng.choice((1, 1, 5, 50))):
        place = rng.randrange(len(content))
        damaged[place] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def test_bytes(workbook, tmp_path):
    """Checksums leave nothing unseen: the frame is the same or there is none."""
    parts, before, places = workbook
    content, rng = packed(parts), random.Random(SEED)
    path = tmp_path / "a.xlsx"
    for _ in range(BYTES):
        path.write_bytes(scrambled(rng, content))
        COUNTS[f"bytes: {judge(path, before, places, set())}"] += 1


# ---------------------------------------------------------------- raw tables


def outcome(folder):
    """Check and load the raw tables: the figures, or None if something is wrong with them."""
    with WATCH.over(folder):
        problems = check_tables(folder)
        assert problems["path"].str.startswith(str(folder)).all()
        assert (problems["reason"] != "").all()
        try:
            figures = load_figures(folder)
        except DataError:
            assert not problems.empty
            return None
        raw_tables(folder)
    return figures if problems.empty else None


VALUES = ["", " ", "0", "-1", "99999", "2012", "2012-13", "NaN", "1e400", "3.42万家", "翻一番", "\0", "x" * 5000, "=1+1", "９",
          "{review.patents.2012}", "2 ** 9 ** 9 ** 9 * {review.patents.2012}", "{review.patents.2012} / 0", "、", "a、b"]  # fmt: skip


def test_cells(raw_copy):
    """One cell changed, deleted, or exchanged with another: only figures of its row may be others."""
    rng, before = random.Random(SEED), load_figures(RAW)
    texts = {name: (raw_copy / f"{name}.csv").read_text(encoding="utf-8-sig") for name in TABLES}
    tables = {name: list(csv.reader(io.StringIO(text, newline=""))) for name, text in texts.items()}
    for _ in range(CELLS):
        name = rng.choice(list(TABLES))
        lines = [line.copy() for line in tables[name]]
        row, column = rng.randrange(len(lines)), rng.randrange(len(lines[0]))
        kind = rng.randrange(4)
        if kind == 0:
            lines[row][column] = rng.choice(VALUES)
        elif kind == 1:
            other = rng.randrange(len(lines))
            lines[row][column], lines[other][column] = lines[other][column], lines[row][column]
        elif kind == 2:
            lines.insert(rng.randrange(len(lines)), lines[row])
        else:
            del lines[row][column]
        path = raw_copy / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
        figures = outcome(raw_copy)
        if figures is None:
            COUNTS["cells: error"] += 1
        else:
            same = figures.reindex(before.index)[["value", "lower", "upper"]].eq(
                before[["value", "lower", "upper"]]
            )
            moved = set(before.index[~same.all(axis=1)])
            own = {line[0] for line in (tables[name][row], *lines) if name in FIGURE_TABLES}
            assert len(moved) <= 2
            assert moved <= own or name in ("indicators", "tasks", "plan")
            COUNTS["cells: another number" if moved else "cells: same"] += 1
        path.write_text(texts[name], encoding="utf-8", newline="")


def test_raw_bytes(raw_copy):
    """A changed byte may make another number of a figure, which nothing can tell; never of many."""
    rng, before = random.Random(SEED), load_figures(RAW)
    for _ in range(RAW_BYTES):
        path = raw_copy / f"{rng.choice(list(TABLES))}.csv"
        content = path.read_bytes()
        damaged = bytearray(content)
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged if rng.randrange(2) else scrambled(rng, content))
        figures = outcome(raw_copy)
        if figures is None:
            COUNTS["raw bytes: error"] += 1
        else:
            kept = figures.index.intersection(before.index)
            moved = (figures.loc[kept, "value"] != before.loc[kept, "value"]).sum()
            assert moved <= 3
            COUNTS["raw bytes: another number" if moved else "raw bytes: same"] += 1
        path.write_bytes(content)
