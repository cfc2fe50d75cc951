"""Key results of every chapter, worked out again from the prints with the standard library alone.

Three parties are held against each other: what this module derives from the CSV files by the formulas of
docs/methods.md, what the library returns, and what the stored notebooks say in English. Derivations use
nothing of the library; a disagreement means that one of the three is wrong.
"""

import ast
import csv
import json
import math
import operator
import random
import re
import statistics
from collections import Counter
from fractions import Fraction
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise, product
from pathlib import Path
from typing import NamedTuple

import pytest

import xjranalysis as xjr
from xjranalysis import districts, estimate, register, review
from xjranalysis.checks import judge
from xjranalysis.explore import Scenario
from xjranalysis.projection import Flows

ROOT = Path(__file__).resolve().parents[1]
RAW, PLANS = ROOT / "data" / "raw", ROOT / "data" / "plans"
SMES, GIANTS, REVENUE = "technology_smes", "little_giants", "revenue"
TITLES = {SMES: "Technology SMEs", GIANTS: "Little giants", REVENUE: "Main-business revenue"}
NAMES = {SMES: "technology SMEs", GIANTS: "little giants"}
LEVERS = ("founded", "attracted", "upgraded")
# The assumptions that the report states (chapter 3): they are chosen, so they cannot be derived.
EXITS, DELIVERED, PACE = (0.02, 0.045, 0.08), (0.7, 1.0, 1.3), (0.5, 1.0, 1.25)
DAMPING = (0.8, 0.9, 0.98)


# ---------------------------------------------------------------- prints and what rounding leaves open


class Num(NamedTuple):
    """A number with what rounding leaves open."""

    value: Fraction | float
    low: Fraction | float
    high: Fraction | float


MAGNITUDES = {"": 1, "万": 10**4, "亿": 10**8, "万亿": 10**12, "billion": 10**9}
IN_WORDS = {"翻一番": 2, "一企一策": 1, "两年": 2, "三年": 3, "一线": 1, "两带": 2, "前三位": 3}
IN_WORDS |= {"千企": 1000, "万家": 10_000, "每年": 1, "每月": 1, "每季度": 1}
AT_LEAST_ONE = ("每人至少…一家", "每月至少…一次")


def read(text, status="actual"):
    """Read a print by the table in docs/tables.md: half a unit of the last digit is open, but of no count."""
    text = text.translate(str.maketrans("萬億餘過", "万亿余过")).replace(",", "")
    if text in IN_WORDS:
        return Num(*[Fraction(IN_WORDS[text])] * 3)
    if text in AT_LEAST_ONE:
        return Num(Fraction(1), Fraction(1), math.inf)
    digits, decimals, word = re.search(r"(\d+(?:\.(\d+))?)[多余]? ?(万亿|亿|万|billion)?", text).groups("")
    value, step = Fraction(digits) * MAGNITUDES[word], Fraction(MAGNITUDES[word], 10 ** len(decimals))
    if re.search("以上|[多余]|超过|突破|more than", text):
        return Num(value, value, math.inf)
    if re.search("近|nearly", text):
        return Num(value, value - last_digit(value), value)
    if re.search("约|左右", text):
        return Num(value, value - last_digit(value) / 2, value + last_digit(value) / 2)
    measured = word or decimals or re.search("元|%|百分点|percent", text)
    half = step / 2 if measured and status == "actual" else 0
    return Num(value, value - half, value + half)


def last_digit(value):
    """One unit of the last digit that is not zero: 100 for 3100."""
    unit = Fraction(10**15)
    while value % unit:
        unit /= 10
    return unit


def spread(formula, *inputs):
    """Evaluate at the values and at all combinations of the ends: exact where each input acts one way."""
    corners = [formula(*ends) for ends in product(*[{number.low, number.high} for number in inputs])]
    return Num(formula(*(number.value for number in inputs)), min(corners), max(corners))


@cache
def rows(table, folder=RAW):
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


FIGURE_TABLES = ("review", "targets", "measures", "outcomes", "district_facts")


@cache
def figures(folder=RAW):
    """All figure rows by name."""
    return {row["figure"]: row for table in FIGURE_TABLES for row in rows(table, folder)}


def fig(name, folder=RAW):
    """A printed figure as a number; percentages as what they mean."""
    row = figures(folder)[name]
    percent = re.search("%|百分点|percent", row["printed"])
    return Num(*(bound / (100 if percent else 1) for bound in read(row["printed"], row["status"])))


def least(name, folder=RAW):
    """What a goal of the form 以上 asks for at least, as an exact number."""
    return Num(*[fig(name, folder).low] * 3)


# ---------------------------------------------------------------- what the notebooks say

SCALES = {"": 1, "million": 10**6, "billion": 10**9, "trillion": 10**12}
NUMBER = re.compile(r"(?<![\w.,])([−-]?\d[\d,]*+(?:\.\d++)?+)(?: (million|billion|trillion)| ?(%))?+(?!\w)")


def numbers(text):
    """Numbers written in English, percentages as fractions; numbers in Chinese prints are passed over."""
    text = re.sub(r"\]\([^)]*\)", "]", text)  # no numbers of files linked to
    found = []
    for match in NUMBER.finditer(text):
        number, scale, percent = match.groups("")
        following = re.match(r" to [\d,.]+ (million|billion|trillion)", text[match.end() :])
        scale = scale or (following[1] if following else "")  # 0.9163 to 0.9164 trillion
        value = Fraction(number.replace("−", "-").replace(",", "")) * SCALES[scale]
        found.append(value / 100 if percent else value)
    return found


def rounds_to(written, value, digits):
    """Say whether a written number is the value, rounded correctly to so many digits or more."""
    if not value:
        return written == 0
    top = math.floor(math.log10(abs(value))) + 1
    for kept in range(digits, 14):
        unit = Fraction(10) ** (top - kept)
        if written % unit == 0 and abs(written - Fraction(value)) <= unit / 2 * (1 + Fraction(1, 10**6)):
            return True
    return False


def agree(text, *values, digits=3):
    """Hold a cell's numbers against the values, all of them and in order; equal bounds are written once."""
    found, wanted = numbers(text), [value for value in values if math.isfinite(value)]
    if len(found) == 1:
        found *= len(wanted)
    same = len(found) == len(wanted) and all(
        rounds_to(written, value, digits) for written, value in zip(found, wanted, strict=True)
    )
    assert same, f"{text!r} does not say {[float(value) for value in wanted]}"


class _Html(HTMLParser):
    """Caption, head and rows of the tables of a page."""

    def __init__(self):
        super().__init__()
        self.tables, self.into = [], None

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append({"caption": "", "rows": []})
        elif tag == "tr":
            self.tables[-1]["rows"].append([])
        elif tag in ("td", "th"):
            self.tables[-1]["rows"][-1].append("")
        self.into = tag if tag in ("caption", "td", "th") else self.into

    def handle_endtag(self, tag):
        self.into = None if tag == self.into else self.into

    def handle_data(self, data):
        if self.into == "caption":
            self.tables[-1]["caption"] += data
        elif self.into:
            self.tables[-1]["rows"][-1][-1] += data


@cache
def outputs(chapter):
    (path,) = (ROOT / "notebooks").glob(f"{chapter}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    shown = [output["data"] for cell in cells for output in cell.get("outputs", ())]
    return [{kind: "".join(part) for kind, part in data.items() if kind.startswith("text/")} | {
        "chart": "image/png" in data} for data in shown]  # fmt: skip


@cache
def sheets(chapter):
    page = _Html()
    page.feed("\n".join(data.get("text/html", "") for data in outputs(chapter)))
    return page.tables


def sheet(chapter, *words):
    """Find the one table whose caption holds all the words."""
    found = [table for table in sheets(chapter) if all(word in table["caption"] for word in words)]
    assert len(found) == 1, f"{len(found)} tables of chapter {chapter} with {words} in the caption"
    return found[0]


def line(table, *start):
    """Cells by head of the one row that begins with these cells (or, of the first, with this text)."""
    head, *body = table["rows"]
    found = [row for row in body if row[: len(start)] == list(start)] or [
        row for row in body if row[0].startswith(start[0]) and row[1 : len(start)] == list(start[1:])
    ]
    assert len(found) == 1, f"{len(found)} rows {start} in {table['caption']!r}"
    return dict(zip(head, found[0], strict=True))


def paragraphs(chapter):
    """Paragraphs and items of lists, without their marks."""
    texts = [data["text/markdown"] for data in outputs(chapter) if "text/markdown" in data]
    return [part for text in texts for part in re.sub(r"\*\*|^1\. ", "", text, flags=re.M).split("\n")]


def says(chapter, words, *values, digits=3):
    """Find the values, in order, among the numbers of a paragraph that holds all the words."""
    near_by = [text for text in paragraphs(chapter) if all(word in text for word in words)]
    assert near_by, f"chapter {chapter} has no paragraph with {words}"
    for text in near_by:
        left = iter(numbers(text))
        if all(any(rounds_to(number, value, digits) for number in left) for value in values):
            return
    raise AssertionError(f"{near_by} do not say {[float(value) for value in values]}")


def chart(chapter, *words):
    """Texts by label of the one chart whose description holds all the words."""
    texts = [data["text/plain"] for data in outputs(chapter) if data["chart"]]
    found = [text for text in texts if all(word in text for word in words)]
    assert len(found) == 1, f"{len(found)} charts of chapter {chapter} with {words}"
    points = [item.rpartition(": ") for item in found[0].partition(". Source: ")[0].split("; ")]
    return {label.rpartition(". ")[2]: text for label, _, text in points}


def near(value, bounds, rel=1e-9):
    """Hold a library's value, lower and upper bound against derived ones."""
    assert [float(number) for number in value] == pytest.approx([float(b) for b in bounds], rel=rel)


def of_row(row, name=""):
    """Take value, lower and upper out of a library's row."""
    lower, upper = (f"{name}_{end}" if name else end for end in ("lower", "upper"))
    return row[name or "value"], row[lower], row[upper]


# ---------------------------------------------------------------- the prints themselves


def test_the_reader_of_this_module():
    assert read("3.42万家") == (34_200, 34_150, 34_250)
    assert read("36.8%") == (Fraction(184, 5), Fraction(147, 4), Fraction(737, 20))
    assert read("9164亿元") == (916_400_000_000, 916_350_000_000, 916_450_000_000)
    assert read("1779家") == (1779, 1779, 1779)
    assert read("6万家", "target") == (60_000, 60_000, 60_000)
    assert read("约3100亿元") == (310_000_000_000, 305_000_000_000, 315_000_000_000)


@pytest.mark.parametrize(
    "folder", [RAW, PLANS / "first_2011", PLANS / "successor_2016"], ids=lambda f: f.name
)
def test_every_print_is_read_alike(folder):
    frame = xjr.load_figures(folder)
    assert set(frame.index) == set(figures(folder))
    for name, row in figures(folder).items():
        found = tuple(float(frame.loc[name, column]) for column in ("value", "lower", "upper"))
        assert found == pytest.approx(tuple(map(float, read(row["printed"], row["status"])))), name


def test_sheets_say_the_same_as_plain_text():
    """Readers of a page and of a terminal get the same cells."""
    for chapter in ("01", "02", "03", "04", "05", "06", "07"):
        for data in outputs(chapter):
            if "text/html" in data and "<table" in data["text/html"]:
                page = _Html()
                page.feed(data["text/html"])
                for cells in page.tables[0]["rows"]:
                    assert " | ".join(cells) in data["text/plain"]


# ---------------------------------------------------------------- what several chapters rest on

SMES_2012, GIANTS_2012 = fig("review.technology_smes.2012"), fig("review.little_giants.2012")
ENDS = {SMES: SMES_2012, GIANTS: GIANTS_2012, REVENUE: fig("review.revenue.2012")}
GOALS = {stock: least(f"targets.{stock}.2015").value for stock in ENDS}
ADDED = {lever: fig(f"targets.technology_smes_{lever}.2015").value for lever in LEVERS}
YEARLY = sum(ADDED.values()) / 3

# Value of 2010 (start) and multiple since: the increase taken off, the printed share, the growth undone.
# An increase d to an end e gives the multiple 1 / (1 − d/e), in which each stands once.
STARTS = {
    SMES: spread(lambda e, d: e - d, SMES_2012, fig("review.technology_smes_increase.2012")),
    GIANTS: spread(lambda e, d: e - d, GIANTS_2012, fig("review.little_giants_increase.2012")),
    "technology_smes_share": fig("review.technology_smes_share.2010"),
    REVENUE: spread(
        lambda e, g: e / (1 + g) ** 2, fig("review.revenue.2012"), fig("review.revenue_growth.2012")
    ),
    "st_intensity": spread(
        lambda e, d: e - d, fig("review.st_intensity.2012"), fig("review.st_intensity_increase.2012")
    ),
}
MULTIPLES = {
    stock: spread(
        lambda e, d: 1 / (1 - d / e), fig(f"review.{stock}.2012"), fig(f"review.{stock}_increase.2012")
    )
    for stock in (SMES, GIANTS, "st_intensity")
}
MULTIPLES |= {
    "technology_smes_share": spread(
        lambda e, s: e / s,
        fig("review.technology_smes_share.2012"),
        fig("review.technology_smes_share.2010"),
    ),
    REVENUE: spread(lambda g: (1 + g) ** 2, fig("review.revenue_growth.2012")),
}
GROWTH = {name: spread(lambda m: float(m) ** 0.5 - 1, number) for name, number in MULTIPLES.items()}
KNOWN = {
    stock: {2010: STARTS[stock], 2011: fig(f"outcomes.{stock}.2011"), 2012: ENDS[stock]}
    for stock in (SMES, GIANTS)
} | {REVENUE: {2010: STARTS[REVENUE], 2012: ENDS[REVENUE]}}
CAME = {
    stock: {year: fig(f"outcomes.{stock}.{year}") for year in range(2013, 2018)} for stock in (SMES, GIANTS)
}


def yearly_rate(start, end, years):
    """Compound annual growth rate."""
    return (float(end) / float(start)) ** (1 / years) - 1


NEEDED = {stock: yearly_rate(ENDS[stock].value, GOALS[stock], 3) for stock in ENDS}
DOUBLING = 2 ** (1 / 3) - 1


def stock_flow(start, yearly, rate, years):
    """Stock · (1 − e) + a, year by year."""
    for _ in range(years):
        start = start * (1 - rate) + yearly
    return start


def break_even(start, yearly, target, years):
    """Exit rate at which stock and additions meet the target, by bisection of Fractions."""
    low, high = Fraction(0), Fraction(1)
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if stock_flow(start, yearly, middle, years) > target else (low, middle)
        low, high = (Fraction(round(end * 2**52), 2**52) for end in (low, high))
    return low


# ---------------------------------------------------------------- 01 review figures

GROWN = {
    SMES: "Technology SMEs",
    GIANTS: "Little giants",
    "technology_smes_share": "Technology SMEs' share of all enterprises",
    REVENUE: "Main-business revenue of technology SMEs",
    "st_intensity": "Science and technology input as a share of revenue",
}


@pytest.mark.parametrize("row", rows("review"), ids=lambda row: row["figure"])
def test_01_figures_and_what_they_stand_for(row):
    """The six tables of printed figures, row by row."""
    name = next(item["name_en"] for item in rows("indicators") if item["indicator"] == row["indicator"])
    one_year = row["start_year"] in ("", str(int(row["year"]) - 1))
    key = (row["year"] if one_year else f"{row['start_year']}–{row['year']}", row["printed"], row["locator"])
    found = [
        cells
        for table in sheets("01")
        for cells in table["rows"]
        if len(cells) == 6 and cells[0].startswith(name) and (cells[1], cells[2], cells[5]) == key
    ]
    assert len(found) == 1
    number = fig(row["figure"])
    scale = 100 if "百分点" in row["printed"] else 1
    agree(found[0][3], number.value * scale, digits=4)
    agree(found[0][4], number.low * scale, number.high * scale, digits=4)


@pytest.mark.parametrize("name", GROWN)
def test_01_growth(name):
    row = line(sheet("01", "Growth 2010"), GROWN[name])
    start, growth = STARTS[name], GROWTH[name]
    agree(row["2010"], start.low, start.high)
    agree(row["Growth a year"], growth.value, digits=4)
    agree(row["Bounds of growth"], growth.low, growth.high, digits=4)
    months = spread(lambda g: 12 * math.log(2) / math.log(1 + g), growth)
    agree(row["Time to double (months)"], months.low, months.high)
    agree(chart("01", "2012 as a multiple of 2010")[GROWN[name]].replace(" ×", ""), MULTIPLES[name].value)
    ours = review.changes().loc[name]
    scale = 100 if name in ("technology_smes_share", "st_intensity") else 1
    near(of_row(ours, "start"), [bound * scale for bound in start])
    near(of_row(ours, "multiple"), MULTIPLES[name])
    near(of_row(ours, "growth"), growth)


TOTALS = {
    "technology_smes_share": ("All enterprises", "technology_smes"),
    "industrial_output_share": ("Industrial output", "industrial_output"),
    "patents_share_of_enterprises": ("Valid patents of enterprises", "patents"),
    "patents_share": ("Valid patents, all holders", "patents"),
    "employment_share": ("Employed persons", "employment"),
    "taxes_share": ("Taxes and fees", "taxes_paid"),
}


def whole(part, share):
    """The total that a part and its share imply."""
    return spread(lambda p, s: p / s, part, share)


ENTERPRISES = whole(SMES_2012, fig("review.technology_smes_share.2012"))
ENTERPRISES_2010 = whole(STARTS[SMES], fig("review.technology_smes_share.2010"))


@pytest.mark.parametrize("share", TOTALS)
def test_01_totals_implied_by_shares(share):
    label, part = TOTALS[share]
    total = whole(fig(f"review.{part}.2012"), fig(f"review.{share}.2012"))
    row = line(sheet("01", "implied by shares"), label)
    agree(row["Implied total"], total.value, digits=4)
    agree(row["Bounds"], total.low, total.high, digits=4)
    near(of_row(review.implied_totals().loc[share]), total)


def test_01_enterprises_of_2010_and_their_rise():
    row = line(sheet("01", "implied by shares"), "All enterprises, 2010")
    agree(row["Implied total"], ENTERPRISES_2010.value, digits=4)
    agree(row["Bounds"], ENTERPRISES_2010.low, ENTERPRISES_2010.high, digits=4)
    near(of_row(review.implied_totals().loc["technology_smes_share.2010"]), ENTERPRISES_2010)
    rise = spread(lambda late, early: late / early - 1, ENTERPRISES, ENTERPRISES_2010)
    ends = (ENTERPRISES_2010.value, ENTERPRISES.value)
    says("01", ["all enterprises went from"], *ends)
    says("01", ["all enterprises went from"], *rise, digits=2)


@pytest.mark.parametrize("whole_", ["technology_smes", "employment"])
def test_01_averages(whole_):
    parts = ("revenue", "industrial_output", "taxes_paid", "employment", "patents")
    words = dict(zip(parts, ("Revenue", "Industrial output", "Taxes and fees", "Employed persons", "Valid patents")))  # noqa: B905  # fmt: skip
    per = "technology SME" if whole_ == "technology_smes" else "employed person"
    for part in parts if whole_ == "technology_smes" else parts[:3]:
        average = spread(lambda p, w: p / w, fig(f"review.{part}.2012"), fig(f"review.{whole_}.2012"))
        row = line(sheet("01", "Per firm"), f"{words[part]} per {per}")
        agree(row["Value"], average.value, digits=4)
        agree(row["Bounds"], average.low, average.high, digits=4)
        near(of_row(review.ratios().loc[f"{part}/{whole_}"]), average)


def test_01_what_the_text_says():
    says("01", ["Technology SMEs", "at the end of 2012"], 34_200, MULTIPLES[SMES].value)
    for stock in (SMES, GIANTS):
        months = 12 * math.log(2) / math.log(1 + GROWTH[stock].value)
        says("01", [TITLES[stock], "would double"], ENDS[stock].value, MULTIPLES[stock].value)
        says("01", [TITLES[stock], "would double"], months, digits=2)
    read_all = [read(row["printed"], row["status"]) for row in rows("review")]
    says("01", ["Figures on record"], len(read_all), sum(number.low != number.high for number in read_all))
    per_firm = {
        2010: spread(lambda r, n: r / n, STARTS[REVENUE], STARTS[SMES]),
        2012: spread(lambda r, n: r / n, ENDS[REVENUE], SMES_2012),
    }
    says(
        "01",
        ["revenue per firm"],
        GROWTH[REVENUE].value,
        GROWTH[SMES].value,
        *per_firm[2010],
        *per_firm[2012],
    )
    part = spread(
        lambda of_all, of_firms: of_all / of_firms,
        fig("review.patents_share.2012"),
        fig("review.patents_share_of_enterprises.2012"),
    )
    patents = fig("review.patents.2012")
    says("01", ["valid patents", "enterprises held"],
         whole(patents, fig("review.patents_share.2012")).value,
         whole(patents, fig("review.patents_share_of_enterprises.2012")).value, *part)  # fmt: skip
    for stock in (SMES, GIANTS):
        says("01", ["By these figures"], *STARTS[stock][: 1 if stock == GIANTS else 3])
    loans = fig("review.commercial_loans.2012").low / fig("review.fiscal_input.2012").value
    assert f"More than {math.floor(loans)} yuan of loans" in str(outputs("01"))


# ---------------------------------------------------------------- 02 consistency

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
OPERATORS |= {ast.Pow: operator.pow, ast.USub: operator.neg}
FIGURE = re.compile(r"\{([^}]*)\}")


def formula(text, folder=RAW):
    """A side of a check with its bounds: the formula at all ends of its figures, in Fractions."""
    names = list(dict.fromkeys(FIGURE.findall(text)))
    plain = FIGURE.sub(lambda match: f"f{names.index(match[1])}", text)
    # 以上 asks for its lower bound at least; what stands in least() is exact.
    at_least = set(re.findall(r"least\(f(\d+)\)", plain))
    inputs = [least(n, folder) if str(i) in at_least else fig(n, folder) for i, n in enumerate(names)]
    tree = ast.parse(plain, mode="eval").body

    def compute(node, values, overlapping):
        if isinstance(node, ast.Call):  # overlap(): from the largest item to the sum of all
            parts = [compute(part, values, overlapping) for part in node.args]
            return {"least": min, "overlap": overlapping}[node.func.id](parts)
        if isinstance(node, ast.BinOp):
            sides = (compute(side, values, overlapping) for side in (node.left, node.right))
            return OPERATORS[type(node.op)](*sides)
        return values[int(node.id[1:])] if isinstance(node, ast.Name) else Fraction(node.value)

    together, apart = (
        spread(lambda *values, how=how: compute(tree, values, how), *inputs) for how in (max, sum)
    )
    return Num(apart.value, together.low, apart.high)


def verdict(left, relation, right):
    """The table in docs/methods.md; bounds that just touch may be equal."""
    if relation == "<=":
        left, relation, right = right, ">=", left
    if relation == ">=":
        return "inconsistent" if left.high < right.low else "consistent" if left.low >= right.high else "undecidable"  # fmt: skip
    if left.high < right.low or right.high < left.low:
        return "inconsistent"
    return "consistent" if math.isfinite(left.high) and math.isfinite(right.high) else "undecidable"


@cache
def judged(folder=RAW):
    """Every declared check by name: left, right, verdict."""
    found = {}
    for row in rows("checks", folder):
        left, right = formula(row["left"], folder), formula(row["right"], folder)
        found[row["check"]] = (left, right, verdict(left, row["relation"], right))
    return found


def repeated(folder=RAW):
    """Verdicts on goals that the plan prints several times: what each asks for at least is the same."""
    printed = {}
    for row in rows("targets", folder) + rows("measures", folder):
        key = tuple(row[name] for name in ("indicator", "area", "start_year", "year"))
        printed.setdefault(key, []).append(read(row["printed"], row["status"]).low)
    pairs = [pair for values in printed.values() for pair in pairwise(values)]
    return ["consistent" if first == second else "inconsistent" for first, second in pairs]


CHECKS = {row["check"]: row for row in rows("checks")}
VERDICTS = Counter(found for *_, found in judged().values()) + Counter(repeated())


@pytest.fixture(scope="module")
def checks():
    return xjr.check_consistency()


@pytest.mark.parametrize("name", CHECKS)
def test_02_checks(name, checks):
    left, right, found = judged()[name]
    ours, scale = checks.loc[name], 100 if CHECKS[name]["unit"] == "percent" else 1
    near((ours.left_lower, ours.left_upper), [left.low * scale, left.high * scale])
    near((ours.right_lower, ours.right_upper), [right.low * scale, right.high * scale])
    assert ours.verdict == found
    captions = {"consistent": "Relations that hold", "inconsistent": "Relations that fail"}
    row = line(sheet("02", captions.get(found, "cannot be decided")), CHECKS[name]["statement_en"])
    if found == "consistent":
        return
    # Numbers between "Left:" and "Right:", and from there to the next sentence: the ends of both sides.
    text = row["Numbers"]
    sides = re.match(r"Left: (.*?)\. Right: (.*?)\. (?=[A-Z])", text).groups()
    for side, bounds in zip(sides, (left, right), strict=True):
        shown = side.rpartition("that is " if "that is" in side else "at most" if "at most" in side else "(")[
            2
        ]
        agree(shown, *[end for end in bounds[1:] if end], digits=3)
    if differ := re.search(r"differ by (?:at least )?([^,]*?(?:,\d{3})*[^,]*?)(?:, more|\.(?:\s|$))", text):
        gap = max(left.low - right.high, right.low - left.high)
        (written,) = numbers(differ[1].replace("percentage points", "% "))
        # It is a least difference, so it is rounded down, and not by more than its third digit.
        assert 0.99 * gap <= written <= gap * (1 + Fraction(1, 10**9))
    if exits := re.search(r"exits of (.*?) firms", text):
        agree(exits[1], left.low - right.high, left.high - right.low)
    if yearly := re.search(r"That is (.*?) firms a year", text):
        agree(yearly[1], *((gap / 3) for gap in (left.low - right.high, left.high - right.low)), digits=4)


def test_02_counts(checks):
    assert checks.verdict.value_counts().to_dict() == dict(VERDICTS)
    assert len(checks) == VERDICTS.total() == len(CHECKS) + len(repeated())
    words = {"consistent": "Hold", "inconsistent": "Fail", "undecidable": "Cannot be decided"}
    counts = [VERDICTS[found] for found in words]
    says("02", ["Relations checked", *words.values()], VERDICTS.total(), *counts)
    topics = Counter(
        CHECKS[name]["topic"] for name, (*_, found) in judged().items() if found == "inconsistent"
    )
    titles = {"stocks": "Stocks and increments", "revenue": "Revenue", "totals": "Against totals"}
    titles |= {"doubling": "Doubling", "additions": "New firms", "structure": "Groups", "money": "Funds"}
    titles |= {"annex": "Body against annex"}
    says("02", ["Failing relations by topic", *titles.values()], *(topics[topic] for topic in titles))
    assert sum(topics.values()) == VERDICTS["inconsistent"]
    assert len(sheet("02", "Relations that hold")["rows"]) - 1 == VERDICTS["consistent"]
    assert len(sheet("02", "Relations that fail")["rows"]) - 1 == VERDICTS["inconsistent"]


RANGES = [Num(low, low, high) for low in (1, 2, 3) for high in (low, low + 1, math.inf)]


@pytest.mark.parametrize("relation", ["=", ">=", "<="])
def test_02_verdicts_of_all_kinds_of_ranges(relation):
    """Touching, apart, nested and open ranges, more kinds than the checks have."""
    for left, right in product(RANGES, repeat=2):
        ours = judge(xjr.Bounds(*left), relation, xjr.Bounds(*right))
        assert ours == verdict(left, relation, right), (left, relation, right)


def slips(name):
    """Numbers that one wrong keystroke could have made of this print: replaced, dropped, added or swapped.

    As the library has it, the print keeps its decimals: 1.2万 is not tried for 1.26万.
    """
    printed = figures()[name]["printed"]
    digits = re.search(r"[\d.]+", printed)[0]
    edits = {digits[:i] + digits[i + 1 :] for i in range(len(digits))}
    edits |= {
        digits[:i] + d + digits[i + k :] for i in range(len(digits) + 1) for d in "0123456789" for k in (0, 1)
    }
    edits |= {digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in range(len(digits) - 1)}
    decimals = len(digits.partition(".")[2])
    kept = re.compile(r"(0|[1-9]\d*)" + (rf"\.\d{{{decimals}}}" if decimals else ""))
    sound = [edit for edit in edits if edit != digits and kept.fullmatch(edit)]
    return [read(printed.replace(digits, edit), figures()[name]["status"]) for edit in sound]


@pytest.mark.parametrize("check", ["new_firms_and_goal", "stock_2012_q3", "stock_2013_h1", "giants_2014"])
def test_02_slips(check, checks):
    """A slip explains a sum that fails if the corrected ranges meet."""
    *parts, total = names = FIGURE.findall(CHECKS[check]["left"]) + FIGURE.findall(CHECKS[check]["right"])
    fits = set()
    for name in names:
        for slip in slips(name):
            number = {other: slip if other == name else fig(other) for other in names}
            low, high = (sum(number[part][end] for part in parts) for end in (1, 2))
            if low <= number[total].high and number[total].low <= high:
                fits.add(slip.value)
    text = line(sheet("02", "Relations that fail"), CHECKS[check]["statement_en"])["Numbers"]
    named = {
        number
        for found in re.findall(r"([\d,]+(?: or [\d,]+)*) instead of", text)
        for number in numbers(found)
    }
    assert named == fits
    assert checks.failure[check] == ("one-digit slip" if fits else "unexplained")
    assert ("No single mistyped digit" in text) == (not fits)


def test_02_what_the_text_says():
    says("02", ["Goals for 2015 against"], *(GOALS[stock] / ENDS[stock].value for stock in (SMES, GIANTS)))
    says("02", ["Neither goal is a doubling"], 2 * SMES_2012.value, 2 * GIANTS_2012.value, digits=4)
    left, right, _ = judged()["new_firms_and_goal"]
    says("02", ["more than the goal"], left.low - right.high, left.high - right.low)
    left, right, _ = judged()["annex_attracted"]
    says("02", ["attract at most"], left.high, right.value)
    left, right, _ = judged()["patents_of_the_city"]
    says("02", ["valid patents of 2012"], left.value, right.value)
    goals = chart("02", "goal for 2015 as a multiple of 2012")
    for stock in ENDS:
        label = next(label for label in goals if label.startswith(TITLES[stock]))
        agree(goals[label].replace(" ×", ""), GOALS[stock] / ENDS[stock].value)


@pytest.mark.parametrize("row", rows("readings"), ids=lambda row: row["reading"])
def test_02_measures_against_goals(row):
    """Sums of the annex's measures, read straight off its figures."""
    total = sum(fig(name).value for name in FIGURE.findall(row["formula"]))
    share = total / ADDED[row["lever"]]
    how = {"founded": "newly founded"}.get(row["lever"], row["lever"])
    cells = line(sheet("02", "Sums of the measures"), row["reading_en"], how)
    agree(cells["Sum"], total)
    agree(cells["Goal"], ADDED[row["lever"]])
    agree(cells["Sum as % of goal"], share, digits=3 if share >= 1 else 2)
    readings = xjr.annex_readings()
    ours = readings[(readings.lever == row["lever"]) & (readings.reading_en == row["reading_en"])].iloc[0]
    assert (ours.total, ours.coverage) == pytest.approx((float(total), float(share)))


# ---------------------------------------------------------------- 03 trajectories


def logistic(points, ahead, _):
    """Through three points towards K (methods.md): with x = K/P − 1, x falls by the same factor each year."""
    first, second, third = points
    top = 2 * first * second * third - second**2 * (first + third)
    ceiling = top / (first * third - second**2)
    factor = (ceiling / third - 1) / (ceiling / second - 1)
    return ceiling / (1 + (ceiling / third - 1) * factor**ahead)


def mean_step(points):
    """Average yearly increase over the two years before 2012."""
    return (points[-1] - points[0]) / 2


# Each of points (2010 … 2012), years ahead, and the model's assumption.
MODELS = {
    "last value": lambda p, h, _: p[-1],
    "drift": lambda p, h, _: p[-1] + h * mean_step(p),
    "constant growth": lambda p, h, _: float(p[-1]) * float(p[-1] / p[0]) ** (h / 2),
    "damped trend": lambda p, h, phi: (
        float(p[-1]) + float(mean_step(p)) * sum(phi**k for k in range(1, h + 1))
    ),
    "logistic": logistic,
    "stock-flow": lambda p, h, e: stock_flow(float(p[-1]), float(YEARLY), e, h),
}
ASSUMED = {"damped trend": DAMPING, "stock-flow": EXITS}
APPLIES = {
    SMES: tuple(MODELS),
    GIANTS: ("last value", "drift", "constant growth", "damped trend"),
    REVENUE: ("last value", "drift", "constant growth", "damped trend"),
}
CASES = [(stock, model) for stock, models in APPLIES.items() for model in models]


def projected(stock, model, ahead):
    low, middle, high = ASSUMED.get(model, (0, 0, 0))
    points = list(KNOWN[stock].values())
    found = [spread(lambda *p, end=end: MODELS[model](p, ahead, end), *points) for end in {low, high}]
    value = MODELS[model]([point.value for point in points], ahead, middle)
    return Num(value, min(number.low for number in found), max(number.high for number in found))


@pytest.fixture(scope="module")
def projections():
    flows = {SMES: Flows(float(YEARLY), EXITS)}
    return {stock: xjr.project(review.as_known(stock), 2015, flows=flows.get(stock)) for stock in KNOWN}


@pytest.mark.parametrize(("stock", "model"), CASES)
def test_03_projections(stock, model, projections):
    number = projected(stock, model, 3)
    label = next(
        row[0] for row in sheet("03", "Projections for 2015")["rows"] if row[0].startswith(TITLES[stock])
    )
    row = line(sheet("03", "Projections for 2015"), label, model)
    agree(row["2015"], number.value, digits=4)
    agree(row["Bounds"], number.low, number.high, digits=4)
    goal = GOALS[stock]
    reaches = "yes" if number.low >= goal else "no" if number.high < goal else "uncertain"
    assert row["Reaches the goal"] == reaches
    frame = projections[stock]
    for ahead in (1, 2, 3):
        ours = frame[
            (frame.model == model.replace(" ", "_").replace("-", "_")) & (frame.year == 2012 + ahead)
        ]
        near(of_row(ours.iloc[0]), projected(stock, model, ahead))


@pytest.mark.parametrize(("stock", "model"), CASES)
def test_03_years_of_doubling(stock, model):
    """Doubling is reached in the first year-end at twice the stock of 2012; bounds give soonest and latest."""
    twice = 2 * ENDS[stock].value
    numbers_ = {2012 + ahead: projected(stock, model, ahead) for ahead in range(1, 29)}
    soonest, latest = (
        next((year for year, number in numbers_.items() if number[end] >= twice), None) for end in (2, 1)
    )
    label = next(
        row[0] for row in sheet("03", "Projections for 2015")["rows"] if row[0].startswith(TITLES[stock])
    )
    text = line(sheet("03", "Projections for 2015"), label, model)["Doubles by the end of"]
    if soonest is None:
        assert text == "not by 2040"
    else:
        years = [str(year) for year in dict.fromkeys((soonest, latest)) if year]
        assert re.findall(r"\d{4}", text) == years


def test_03_models_that_do_not_apply(projections):
    """A logistic curve needs growth that slows down: P0 · P2 below P1²."""
    first, second, third = (number.value for number in KNOWN[GIANTS].values())
    assert first * third > second**2
    first, second, third = (number.value for number in KNOWN[SMES].values())
    assert first * third < second**2
    refused = {stock: set(frame.model[frame.reason != ""]) for stock, frame in projections.items()}
    assert refused == {SMES: set(), GIANTS: {"logistic", "stock_flow"}, REVENUE: {"logistic", "stock_flow"}}


@pytest.mark.parametrize("stock", ENDS)
def test_03_growth_needed(stock):
    row = line(sheet("03", "Average yearly growth"), TITLES[stock])
    agree(row["2012"], ENDS[stock].value, digits=4)
    agree(row["Goal for 2015"], GOALS[stock], digits=4)
    agree(row["Goal over 2012 (times)"], GOALS[stock] / ENDS[stock].value)
    agree(row["Achieved a year"], GROWTH[stock].value)
    agree(row["Needed a year"], NEEDED[stock])
    ours = xjr.required_rate(float(ENDS[stock].value), float(GOALS[stock]), 3)
    assert float(ours) == pytest.approx(NEEDED[stock])
    if stock != REVENUE:
        says(
            "03", ["Growth that the goals ask for", "Doubling in 3 years"], NEEDED[stock], GROWTH[stock].value
        )
        says("03", ["Growth that the goals ask for"], DOUBLING)


@pytest.mark.parametrize("stock", ENDS)
def test_03_paths(stock):
    """Constant growth to the goal and to twice the stock."""
    points = chart("03", f"{TITLES[stock]}", "projections are estimates")
    for name, end in (("goal", GOALS[stock]), ("doubling", 2 * ENDS[stock].value)):
        rate = yearly_rate(ENDS[stock].value, end, 3)
        path = xjr.target_path(float(ENDS[stock].value), 2012, float(end), 2015)
        for ahead in (1, 2, 3):
            value = float(ENDS[stock].value) * (1 + rate) ** ahead
            agree(points[f"{name}, {2012 + ahead}"], value, digits=4)
            assert path[2012 + ahead] == pytest.approx(value)


MULTIPLIERS = {
    # Of a t distribution with one degree of freedom (Cauchy) the quantile is tan(π(p − 1/2)).
    ("normal", level): statistics.NormalDist().inv_cdf((1 + level) / 2)
    for level in (0.8, 0.95)
} | {("Student's t", level): math.tan(math.pi * level / 2) for level in (0.8, 0.95)}


@pytest.mark.parametrize("stock", [SMES, GIANTS])
@pytest.mark.parametrize(("basis", "level"), MULTIPLIERS)
def test_03_prediction_intervals(stock, basis, level):
    """σ of two yearly changes about their mean, on one degree of freedom; h years ahead σ·√(h(1 + h/2))."""
    points = [float(number.value) for number in KNOWN[stock].values()]
    sigma = statistics.stdev(later - earlier for earlier, later in pairwise(points))
    half = MULTIPLIERS[basis, level] * sigma * math.sqrt(3 * (1 + 3 / 2))
    middle = points[-1] + 3 * mean_step(points)
    row = line(sheet("03", "Prediction intervals"), f"{TITLES[stock]} (firms)", f"{level:.0%}", basis)
    assert row["Degrees of freedom"] == "1"
    agree(row["Multiplier (standard errors)"], MULTIPLIERS[basis, level])
    agree(row["Interval for 2015"], middle - half, middle + half)
    frame = xjr.prediction_intervals(review.as_known(stock), 2015, level)
    ours = frame[
        (frame.model == "drift")
        & (frame.basis == {"normal": "normal"}.get(basis, "t"))
        & (frame.year == 2015)
    ]
    near((ours.iloc[0].lower, ours.iloc[0].upper), (middle - half, middle + half))


@cache
def simulated():
    """Our own draws of the stock of 2013 to 2015, and of twice its start."""
    chance = random.Random(4)
    draws = []
    for _ in range(60_000):
        start = chance.uniform(float(SMES_2012.low), float(SMES_2012.high))
        rate = chance.triangular(EXITS[0], EXITS[2], EXITS[1])
        yearly = sum(
            float(added) / 3 * chance.triangular(DELIVERED[0], DELIVERED[2], DELIVERED[1])
            for added in ADDED.values()
        )
        draws.append((*(stock_flow(start, yearly, rate, years) for years in (1, 2, 3)), 2 * start))
    return draws


def within_noise(share, other, rounding=0.0):
    """Four standard errors of a simulation of 10,000 draws and ours, and what rounding takes."""
    noise = math.sqrt(other * (1 - other) * (1 / 10_000 + 1 / len(simulated())))
    return abs(share - other) <= 4 * noise + rounding


CHANCE = sum(draw[2] >= GOALS[SMES] for draw in simulated()) / len(simulated())
CHANCE_OF_DOUBLING = sum(draw[2] >= draw[3] for draw in simulated()) / len(simulated())


def triangular_share(low, mode, high, value):
    """Share of a triangular distribution below a value."""
    if value <= mode:
        return (value - low) ** 2 / ((high - low) * (mode - low))
    return 1 - (high - value) ** 2 / ((high - low) * (high - mode))


def triangular_quantile(low, mode, high, share):
    if share <= (mode - low) / (high - low):
        return low + math.sqrt(share * (high - low) * (mode - low))
    return high - math.sqrt((1 - share) * (high - low) * (high - mode))


NET = float(MULTIPLES[GIANTS].value - 1) * float(STARTS[GIANTS].value) / 2  # a year, 2010 to 2012
# One input moves the little giants, so that the chance is that of the share of the increase it takes.
GIANTS_CHANCE, GIANTS_DOUBLING = (
    1 - triangular_share(*PACE, (end - float(GIANTS_2012.value)) / (3 * NET))
    for end in (float(GOALS[GIANTS]), 2 * float(GIANTS_2012.value))
)


def after(chapter, words, value):
    """Numbers that follow a value in the first paragraph that holds all the words."""
    text = next(text for text in paragraphs(chapter) if all(word in text for word in words))
    found = numbers(text)
    return [float(number) for number in found[found.index(value) + 1 :]]


def test_03_chances():
    """A chance is written in whole percent, and one below a half as less than 1%."""
    reached, doubled = after("03", ["additions", "technology SMEs", "chance"], GOALS[SMES])
    assert within_noise(reached, CHANCE, rounding=0.005)
    assert (doubled, CHANCE_OF_DOUBLING < 0.005) == (0.01, True)
    reached, doubled = after("03", ["increase", "little giants", "chance"], GOALS[GIANTS])
    assert within_noise(reached, GIANTS_CHANCE, rounding=0.005)
    assert within_noise(doubled, GIANTS_DOUBLING, rounding=0.005)
    smes = xjr.simulate_stock_flow(
        xjr.Bounds(*map(float, SMES_2012)),
        {lever: float(added) for lever, added in ADDED.items()},
        xjr.Triangular(*EXITS),
        xjr.Triangular(*DELIVERED),
        (2013, 2014, 2015),
        seed=2013,
        target=float(GOALS[SMES]),
    ).chances.iloc[0]
    assert within_noise(smes.target, CHANCE)
    assert within_noise(smes.doubling, CHANCE_OF_DOUBLING + 1e-4)


@pytest.mark.parametrize("year", [2013, 2014, 2015])
def test_03_quantiles(year):
    """Of little giants in closed form, of technology SMEs by our own draws; 1 % is far above their noise."""
    ours = sorted(draw[year - 2013] for draw in simulated())
    for share in (0.05, 0.25, 0.5, 0.75, 0.95):
        head = f"{share:.0%} quantile"
        giants = float(GIANTS_2012.value) + (year - 2012) * NET * triangular_quantile(*PACE, share)
        smes = ours[round(share * (len(ours) - 1))]
        for stock, value in ((GIANTS, giants), (SMES, smes)):
            row = line(sheet("03", "Simulated stocks"), f"{TITLES[stock]} (firms)", str(year))
            (written,) = numbers(row[head])
            assert float(written) == pytest.approx(value, rel=0.01)


def test_03_break_even_exit_rate():
    rate = break_even(SMES_2012.value, YEARLY, GOALS[SMES], 3)
    ends = [break_even(start, YEARLY, GOALS[SMES], 3) for start in (SMES_2012.low, SMES_2012.high)]
    assert float(rate) == pytest.approx(xjr.break_even_exit_rate(34_200, 10_000, 60_000, 3))
    says("03", ["Planned additions and goal agree"], *ends, digits=2)
    says("00", ["just reaches the goal"], YEARLY, rate, digits=2)


def test_03_what_drives_the_result():
    """One input at its 10 % and 90 % quantile, the others at their medians."""
    median = triangular_quantile(*EXITS, 0.5)
    points = chart("03", "the exit rate matters most")
    for name in ("exit rate", *LEVERS):
        ends = []
        for share in (0.1, 0.9):
            rate = triangular_quantile(*EXITS, share) if name == "exit rate" else median
            delivered = dict.fromkeys(LEVERS, 1.0) | {name: triangular_quantile(*DELIVERED, share)}
            yearly = sum(float(ADDED[lever]) / 3 * delivered[lever] for lever in LEVERS)
            ends.append(stock_flow(float(SMES_2012.value), yearly, rate, 3))
        label = next(label for label in points if label.endswith(name))
        agree(points[label], *sorted(ends), digits=4)


def test_03_exits_that_were_reported():
    """What is missing of stock and new firms, as a share of the stock before; nine months made a year."""
    texts = []
    for name, before, months in (("stock_2011", STARTS[SMES], 12), ("stock_2012_q3", KNOWN[SMES][2011], 9)):
        left, right, _ = judged()[name]
        gaps = (left.low - right.high, left.high - right.low)
        texts += [1 - float(1 - gap / before.value) ** (12 / months) for gap in gaps]
    says("03", ["technology SMEs exited in 2011"], *texts, digits=2)


# ---------------------------------------------------------------- 04 districts

DISTRICTS = {row["area"]: row["name_en"] for row in rows("districts")}
YEARS = (2012, 2013, 2014, 2015)
CITY = {
    stock: {
        year: round(float(ENDS[stock].value) * float(GOALS[stock] / ENDS[stock].value) ** ((year - 2012) / 3))
        for year in YEARS
    }
    for stock in (SMES, GIANTS)
}


def district(name, what):
    return float(fig(f"districts.{name}.{what}").value)


def binhai_shares(stock):
    """Binhai's share at the end of 2012, at the end of 2011 (August less the new firms), of the increase."""
    now = district("binhai", f"{stock}.2012")
    before = district("binhai", f"{stock}.2012-08") - district("binhai", f"{stock}_new.2012-08")
    city, city_before = float(ENDS[stock].value), float(fig(f"outcomes.{stock}.2011").value)
    return now / city, before / city_before, (now - before) / (city - city_before)


def scaled(weights, total, kept):
    """Spread what the kept districts leave of a total by weights: raking to one total and single cells."""
    rest = total - sum(kept.values())
    of = sum(weight for area, weight in weights.items() if area not in kept)
    return {area: kept.get(area, weight / of * rest) for area, weight in weights.items()}


def whole_firms(shares, total):
    """Largest remainder: all down, then the largest remainders up, of equal ones the first."""
    of = sum(shares.values())
    quotas = {area: round(share * total / of, 6) for area, share in shares.items()}
    down = {area: math.floor(quota) for area, quota in quotas.items()}
    order = sorted(quotas, key=lambda area: down[area] - quotas[area])
    for area in order[: total - sum(down.values())]:
        down[area] += 1
    return down


def district_table(stock, seeds, share):
    """Real numbers by year and district: both ends spread, constant growth between, scaled to the city."""
    kept = {
        2012: {area: district(area, f"{stock}.2012") for area in ("binhai", "beichen")},
        2015: {
            "binhai": share * CITY[stock][2015],
            "beichen": district("beichen", f"{stock}.2015.target"),
        },
    }
    ends = {year: scaled(seeds[year], CITY[stock][year], kept[year]) for year in kept}
    found = {}
    for year in YEARS:
        path = {a: ends[2012][a] * (ends[2015][a] / ends[2012][a]) ** ((year - 2012) / 3) for a in DISTRICTS}
        found[year] = scaled(path, CITY[stock][year], {})
    return found


@cache
def district_tables(stock):
    """The centre, and all readings: two weightings by three shares of Binhai."""
    weights = [
        {area: district(area, figure) for area in DISTRICTS}
        for figure in ("population_census.2010", "smes_national_list.2022-05")
    ]
    shares = binhai_shares(stock)
    tables = [district_table(stock, dict.fromkeys((2012, 2015), w), s) for s in shares for w in weights]
    middle = {
        year: {area: math.sqrt(tables[0][year][area] * tables[1][year][area]) for area in DISTRICTS}
        for year in (2012, 2015)
    }
    centre = district_table(stock, middle, shares[0])
    return [
        {year: whole_firms(table[year], CITY[stock][year]) for year in YEARS} for table in (centre, *tables)
    ]


@pytest.fixture(scope="module")
def forecast():
    return xjr.estimate_districts()


@pytest.mark.parametrize("stock", [SMES, GIANTS])
def test_04_city_totals(stock, forecast):
    row = line(sheet("04", f"{TITLES[stock]} by district"), "City")
    own = forecast[forecast.indicator == stock]
    for year in YEARS:
        agree(row[str(year)], CITY[stock][year], digits=5)
        assert own[own.year == year].value.sum() == CITY[stock][year]
        column = [
            numbers(line(sheet("04", f"{TITLES[stock]} by district"), name)[str(year)])[0]
            for name in DISTRICTS.values()
        ]
        assert sum(column) == CITY[stock][year]


@pytest.mark.parametrize("area", DISTRICTS)
@pytest.mark.parametrize("stock", [SMES, GIANTS])
def test_04_district_numbers(stock, area, forecast):
    centre, *_ = tables = district_tables(stock)
    row = line(sheet("04", f"{TITLES[stock]} by district"), DISTRICTS[area])
    own = forecast[(forecast.indicator == stock) & (forecast.area == area)].set_index("year")
    for year in YEARS:
        agree(row[str(year)], centre[year][area], digits=6)
        low, high = (end(table[year][area] for table in tables) for end in (min, max))
        high = math.inf if area == "beichen" and year > 2012 else high  # 4400余家, 300余家
        near(of_row(own.loc[year]), (centre[year][area], low, high))
        if f"Bounds {year}" in row:
            agree(row[f"Bounds {year}"], low, high, digits=6)


@pytest.mark.parametrize("stock", [SMES, GIANTS])
def test_04_share_of_binhai_and_concentration(stock, forecast):
    spread_ = districts.concentration(forecast, estimate.district_readings())
    for year in (2012, 2015):
        found = []
        for table in district_tables(stock):
            total = sum(table[year].values())
            parts = [Fraction(firms, total) for firms in table[year].values()]
            found.append((max(parts), sum(part**2 for part in parts)))
        largest, squares = (Num(values[0], min(values), max(values)) for values in zip(*found, strict=True))
        row = line(sheet("04", "Concentration"), TITLES[stock], str(year))
        assert row["Largest district"] == "Binhai"
        agree(row["Its share"], largest.value)
        agree(row["Bounds of the share"], largest.low, largest.high)
        agree(row["Herfindahl index (0 to 1)"], squares.value)
        agree(row["Bounds of the index (0 to 1)"], squares.low, squares.high)
        agree(row["Equal districts (number)"], 1 / squares.value, digits=2)
        near(of_row(spread_.loc[stock, year], "share"), largest)
        near(of_row(spread_.loc[stock, year], "herfindahl"), squares)
    says("04", ["Binhai had", NAMES[stock]], largest.value, largest.low, largest.high)
    first, second, third = binhai_shares(stock)
    (told,) = (d["text/markdown"] for d in outputs("04") if "Binhai in 2015" in d.get("text/markdown", ""))
    written = numbers(told.rpartition("Binhai in 2015")[2])
    place = {SMES: 0, GIANTS: 1}[stock]
    percents = [number for number in written if number < 1]
    assert [rounds_to(percents[place + 2 * k], share, 2) for k, share in enumerate((first, second, third))] == [True] * 3  # fmt: skip


def test_04_growth_needed(forecast):
    """Beichen's own numbers, Binhai with the city, the rest what is left."""
    growth = xjr.district_growth(forecast).growth
    for stock in (SMES, GIANTS):
        points = chart("04", f"{TITLES[stock]}: growth a year")
        beichen = yearly_rate(
            district("beichen", f"{stock}.2012"), district("beichen", f"{stock}.2015.target"), 3
        )
        rest = [
            CITY[stock][year]
            - share
            - district("beichen", f"{stock}.2012" if year == 2012 else f"{stock}.2015.target")
            for year, share in (
                (2012, district("binhai", f"{stock}.2012")),
                (2015, binhai_shares(stock)[0] * CITY[stock][2015]),
            )
        ]
        agree(points["Beichen"], beichen)
        agree(points["Binhai"], NEEDED[stock])
        agree(points["The other 14 districts"].replace("14", ""), yearly_rate(*rest, 3))
        assert growth["beichen", stock] == pytest.approx(beichen)
        assert growth["binhai", stock] == pytest.approx(NEEDED[stock], abs=2e-3)  # whole firms
    multiple = district("beichen", "technology_smes.2015.target") / district(
        "beichen", "technology_smes.2012"
    )
    says("04", ["None of the 16 districts", "Beichen grows fastest"], multiple)


def test_04_firms_to_be_added(forecast):
    """Additions that lead from a district's start to its end, at the exit rate of the city."""
    rate = float(break_even(SMES_2012.value, YEARLY, GOALS[SMES], 3))
    left, accrued = (1 - rate) ** 3, sum((1 - rate) ** k for k in range(3))
    centre = district_tables(SMES)[0]
    points, total = chart("04", "firms to be added"), float(sum(ADDED.values()))
    ours = xjr.district_additions(forecast, total)
    for area, name in DISTRICTS.items():
        added = (centre[2015][area] - centre[2012][area] * left) / accrued * 3
        agree(points[name], added, added / total, digits=2 if added / total < 0.1 else 3)
        assert numbers(points[name])[0] == round(added)
        assert ours.added[area] == pytest.approx(added)
        assert ours.share[area] == pytest.approx(added / total)


def test_04_against_what_districts_published():
    """The table's number, scaled to what the city came to; a time within a year lies on a straight line."""

    def error(stock, area, year, months, figure):
        centre = district_tables(stock)[0]
        came = {2014: fig(f"outcomes.{stock}.2014").value, 2015: fig(f"outcomes.{stock}.2015").value}
        part = Fraction(months, 12)

        def at(values):
            return values[year - 1] * (1 - part) + values[year] * part

        city = at(came) / at({y: CITY[stock][y] for y in (2014, 2015)})
        number = at({y: centre[y][area] for y in (2014, 2015)}) * city
        return number, number / fig(figure).value - 1

    cases = [
        (SMES, "binhai", 6, "districts.binhai.technology_smes.2015-06", "2015-06"),
        (SMES, "dongli", 12, "districts.dongli.technology_smes.2015", "2015-12"),
        (GIANTS, "dongli", 12, "districts.dongli.little_giants.2015", "2015-12"),
        (SMES, "jixian", 12, "districts.jixian.technology_smes.2015", "2015-12"),
    ]
    checked = xjr.against_published(xjr.estimate_districts())
    for stock, area, months, figure, date in cases:
        number, off = error(stock, area, 2015, months, figure)
        row = line(sheet("04", "districts published"), f"{DISTRICTS[area]}, {NAMES[stock]}", date)
        agree(row["Table, scaled"], number)
        agree(row["Error"].replace("+", ""), off, digits=1 if abs(off) < 0.1 else 2)
        assert checked.pct_error[figure] == pytest.approx(float(100 * off))


@pytest.mark.parametrize("area", [area for area in DISTRICTS if area != "binhai"])
def test_04_weights(area):
    shares = []
    for figure in ("population_census.2010", "smes_national_list.2022-05"):
        of = sum(fig(f"districts.{other}.{figure}").value for other in DISTRICTS if other != "binhai")
        shares.append(fig(f"districts.{area}.{figure}").value / of)
    row = line(sheet("04", "Shares used as weights"), DISTRICTS[area])
    agree(row["Residents, 2010"], shares[0], digits=2)
    agree(row["National list, January to May 2022"], shares[1], digits=2)
    agree(row["List over residents (times)"], shares[1] / shares[0], digits=2)


def test_04_what_if(forecast):
    """Dongli with its own number, Beichen kept, the others less in proportion."""
    before = district_tables(SMES)[0][2015]
    after = {"dongli": int(district("dongli", "technology_smes.2015")), "beichen": before["beichen"]}
    others = {area: firms for area, firms in before.items() if area not in after}
    after |= whole_firms(others, CITY[SMES][2015] - sum(after.values()))
    ours = xjr.what_if(forecast, "dongli", after["dongli"]).after
    for area, name in DISTRICTS.items():
        row = line(sheet("04", "If Dongli"), name)
        agree(row["What if"], after[area], digits=6)
        assert ours[area] == after[area]


# ---------------------------------------------------------------- 05 task register

TASKS = {row["task"]: row["departments"].split("、") for row in rows("tasks")}
AREAS = {row["heading"]: row["name_en"] for row in rows("headings") if "." not in row["heading"]}
MEASURES = [row for row in rows("measures") if row["indicator"] != "plan_period"]  # 三年 is the plan's length
ROLES = Counter((dept, place == 0) for depts in TASKS.values() for place, dept in enumerate(depts))
DEPARTMENTS = {row["department"]: row["name_en"] for row in rows("departments")}


def kind_of_measure(row):
    """What a measure counts, read off its print and years."""
    if re.match("每[年月季]", row["printed"]):
        return "recurring"
    if row["printed"] == "一企一策":
        return "rule"
    return {"": "end-2015 level", "2014": "one year", "2012": "total 2013–2015"}[row["start_year"]]


def test_05_tasks_and_measures():
    measured = {row["task"] for row in MEASURES}
    says(
        "05",
        ["tasks carry"],
        len(TASKS),
        len(MEASURES),
        len(measured),
        Fraction(len(measured), len(TASKS)),
        digits=2,
    )
    kinds = Counter(map(kind_of_measure, MEASURES))
    recurring = kinds["recurring"] + kinds["one year"]
    says("05", ["totals over 2013 to 2015"], len(MEASURES), kinds["total 2013–2015"], 2013, 2015,
         kinds["end-2015 level"], 2015, recurring, kinds["rule"])  # fmt: skip
    shown = Counter(row[1] for row in sheet("05", "what they count")["rows"][1:])
    assert shown == kinds
    tasks = xjr.load_tasks()
    assert (len(tasks), int(tasks.has_measure.sum())) == (len(TASKS), len(measured))
    assert register.horizons(xjr.load_measures()).value_counts().to_dict() == {
        "cumulative": kinds["total 2013–2015"],
        "level": kinds["end-2015 level"],
        "recurring": kinds["recurring"],
        "yearly": kinds["one year"],
        "rule": kinds["rule"],
        "period": 1,
    }


@pytest.mark.parametrize("heading", AREAS)
def test_05_areas_of_work(heading):
    own = {row["task"] for row in rows("tasks") if row["heading"].startswith(f"{heading}.")}
    measured = {row["task"] for row in MEASURES} & own
    row = line(sheet("05", "by area of work"), AREAS[heading])
    assert (row["Tasks"], row["Quantified tasks"]) == (str(len(own)), str(len(measured)))
    assert row["Measures"] == str(sum(measure["task"] in own for measure in MEASURES))
    agree(row["Share quantified"], Fraction(len(measured), len(own)), digits=2)
    ours = register.by_work_area(xjr.load_tasks()).iloc[int(heading) - 1]
    assert (ours.tasks, ours.quantified) == (len(own), len(measured))


@pytest.mark.parametrize("name", DEPARTMENTS)
def test_05_departments(name):
    led, joined = ROLES[name, True], ROLES[name, False]
    row = line(sheet("05", "by department"), DEPARTMENTS[name], name)
    assert (row["Tasks"], row["Tasks led"], row["Tasks joined"]) == tuple(
        map(str, (led + joined, led, joined))
    )
    in_tasks = sum(name in TASKS[measure["task"]] for measure in MEASURES)
    in_led = sum(TASKS[measure["task"]][0] == name for measure in MEASURES)
    assert (row["Measures in its tasks"], row["Measures in tasks led"]) == (str(in_tasks), str(in_led))
    ours = register.by_department(xjr.load_tasks()).loc[name]
    assert (ours.tasks, ours.leads, ours.joins) == (led + joined, led, joined)


def test_05_the_first_department():
    commission = "市科委"
    led, joined = ROLES[commission, True], ROLES[commission, False]
    says(
        "05",
        ["Science and Technology Commission", "led"],
        led,
        joined,
        Fraction(led + joined, len(TASKS)),
        digits=2,
    )
    partners = {dept for depts in TASKS.values() if commission in depts for dept in depts} - {commission}
    text = str([data["text/plain"] for data in outputs("05") if data["chart"]])
    assert f"tasks shared with {len(partners)} of the {len(DEPARTMENTS) - 1} other" in text
    shared = sum({commission, "市教委"} <= set(depts) for depts in TASKS.values())
    assert register.together(xjr.load_tasks()).loc[commission, "市教委"] == shared


def test_05_an_even_split():
    """Sums, levels and yearly numbers of the tasks of all districts, over sixteen; shares and rules are not split."""
    everybody = "各区县人民政府"
    split = [
        row
        for row in MEASURES
        if everybody in TASKS[row["task"]]
        and kind_of_measure(row) not in ("recurring", "rule")
        and "%" not in row["printed"]
        and not row["printed"].startswith("每人")
    ]
    table = sheet("05", "Even split among 16 districts")
    assert len(table["rows"]) - 1 == len(split)
    ours = register.per_district(xjr.load_tasks(), xjr.load_measures(), len(DISTRICTS))
    for cells, row in zip(table["rows"][1:], split, strict=True):
        average = read(row["printed"], "target").value / len(DISTRICTS)
        role = "lead" if TASKS[row["task"]][0] == everybody else "join"
        assert cells[1:4] == [row["task"], role, row["printed"]]
        agree(cells[4], average, digits=1 if average < 1 else 2 if average < 10 else 3)
        assert ours.average[row["figure"]] == pytest.approx(float(average))


# ---------------------------------------------------------------- 06 outcomes and backtest


@pytest.mark.parametrize(("stock", "model"), [case for case in CASES if case[0] != REVENUE])
def test_06_backtest(stock, model, projections):
    """Errors, MAE with its bounds, MAPE, and the MAE over that of the last value."""
    actual = {year: CAME[stock][year] for year in (2013, 2014, 2015)}
    value = {year: projected(stock, model, year - 2012).value for year in actual}
    errors = {year: float(value[year] - actual[year].value) for year in actual}
    ends = {
        year: sorted(
            (abs(float(value[year] - actual[year].low)), abs(float(value[year] - actual[year].high)))
        )
        for year in actual
    }
    nearest = [0 if actual[y].low <= value[y] <= actual[y].high else ends[y][0] for y in actual]
    mae = Num(
        statistics.mean(map(abs, errors.values())),
        statistics.mean(nearest),
        statistics.mean(end[1] for end in ends.values()),
    )
    mape = statistics.mean(abs(errors[year]) / float(actual[year].value) for year in actual)
    naive = statistics.mean(abs(float(ENDS[stock].value - number.value)) for number in actual.values())
    row = line(sheet("06", "Errors of the projections"), TITLES[stock], model)
    for year, error in errors.items():
        agree(row[str(year)].replace("+", ""), error, digits=3 if abs(error) >= 100 else 2)
    agree(row["Mean absolute error"], mae.value)
    agree(row["Its bounds"], mae.low, mae.high)
    agree(row["Mean absolute error, %"], mape, digits=2)
    agree(row["Ratio to last value"], mae.value / naive, digits=2 if mae.value > naive / 10 else 1)
    tested = xjr.backtest(projections[stock], xjr.series(stock).loc[2013:2015])
    ours = tested[tested.model == model.replace(" ", "_").replace("-", "_")].iloc[0]
    near(of_row(ours, "mae"), mae)
    assert (ours.mape, ours.mase) == pytest.approx((100 * mape, mae.value / naive))


def errors_of(stock):
    """Mean absolute error and percentage error of every model of 2013 to 2015."""
    found = {}
    for model in APPLIES[stock]:
        pairs = [
            (float(projected(stock, model, y - 2012).value), float(CAME[stock][y].value))
            for y in (2013, 2014, 2015)
        ]
        found[model] = tuple(
            statistics.mean(
                abs(value - actual) / scale for value, actual in pairs for scale in [scale_of(actual)]
            )
            for scale_of in (lambda _: 1, lambda actual: actual)
        )
    return found


@pytest.mark.parametrize("stock", [SMES, GIANTS])
def test_06_closest_and_furthest_model(stock):
    errors = errors_of(stock)
    best, worst = min(errors, key=errors.get), max(errors, key=errors.get)
    off = float(projected(stock, worst, 3).value) / float(CAME[stock][2015].value) - 1
    says("06", [NAMES[stock], f"“{best}”", f"“{worst}”", "off by"], errors[best][1], digits=1)
    says("06", [NAMES[stock], "Furthest off"], 2015, off, digits=3)
    says("00", ["closest model", f"“{best}”"], errors[best][0])


@pytest.mark.parametrize("stock", [SMES, GIANTS])
def test_06_increases(stock):
    """Of the published numbers: that of 2010 is the one published later, not the one the plan implies."""
    published = {SMES: "outcomes.technology_smes.2010", GIANTS: "outcomes.little_giants.2010.2"}
    known = KNOWN[stock] | {2010: fig(published[stock])}
    known |= {year: CAME[stock][year] for year in (2013, 2014, 2015)}
    rises, rates = [], []
    for year in range(2011, 2016):
        rise = spread(lambda late, early: late - early, known[year], known[year - 1])
        rate = spread(lambda late, early: late / early - 1, known[year], known[year - 1])
        row = line(sheet("06", "Yearly increase"), TITLES[stock], str(year))
        agree(row["Increase"], rise.value)
        agree(row["Bounds of increase"], rise.low, rise.high)
        agree(row["Growth rate"], rate.value)
        agree(row["Bounds of growth rate"], rate.low, rate.high)
        rises.append(float(rise.value))
        rates.append(float(rate.value))
    variation = [statistics.stdev(steps) / statistics.mean(steps) for steps in (rises, rates)]
    says("06", [TITLES[stock], "standard deviation"], *variation, digits=2)


MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@pytest.mark.parametrize("level", ["goal for 2015", "twice the stock of 2012"])
@pytest.mark.parametrize("stock", [SMES, GIANTS])
def test_06_when_levels_were_reached(stock, level):
    aim = GOALS[stock] if level.startswith("goal") else 2 * ENDS[stock].value
    known = {2012: ENDS[stock].value} | {year: number.value for year, number in CAME[stock].items()}
    year = next(year for year, value in known.items() if value >= aim)
    # On the straight line from the year before; a date is the month in which the line crosses.
    part = (aim - known[year - 1]) / (known[year] - known[year - 1])
    month = MONTHS[min(math.floor(part * 12), 11)]
    when = f"end of {year}" if part == 1 else f"{month} {year}"
    row = line(sheet("06", "goals were met"), TITLES[stock], level)
    agree(row["Number"], aim, digits=4)
    assert row["Reached by the end of"] == str(year)
    assert row["Interpolated date"] == when
    agree(
        row["Latest stock up to 2015 is"].partition(" ")[0],
        known[2015] / aim,
        digits=3 if known[2015] >= aim else 2,
    )
    assert xjr.crossing(xjr.series(stock).value.loc[2012:], float(aim)) == pytest.approx(
        float(year - 1 + part)
    )
    says("06", ["reached their goal", NAMES[stock]], GOALS[stock], CAME[stock][2015].value,
         CAME[stock][2015].value / ENDS[stock].value)  # fmt: skip


def escap_forecast(history, until):
    """Linear trend by least squares, weighted 1, 2, … towards the latest year."""
    points = [(weight, Fraction(year), value) for weight, (year, value) in enumerate(history.items(), 1)]
    total = sum(weight for weight, *_ in points)
    mean_year = sum(weight * year for weight, year, _ in points) / total
    mean = sum(weight * value for weight, _, value in points) / total
    slope = sum(w * (y - mean_year) * (v - mean) for w, y, v in points)
    slope /= sum(w * (y - mean_year) ** 2 for w, y, _ in points)
    return mean + slope * (until - mean_year)


CUTOFFS = {
    "Eurostat / Open SDG": [(0.95, "on track"), (0.6, "acceleration needed"), (0, "limited progress"), (-9, "deterioration")],
    "UN Statistics Division": [(0.95, "substantial progress"), (0.1, "fair progress"), (-9, "limited or no progress")],
    "SDG Index (SDSN)": [(1, "on track"), (0.5, "moderately improving"), (0, "stagnating"), (-9, "decreasing")],
    "UN ESCAP": [(0.9, "maintain"), (0, "accelerate"), (-9, "reverse")],
}  # fmt: skip
HOUSES = dict(zip(("eurostat", "unsd", "sdsn", "escap"), CUTOFFS, strict=True))


def progress(stock, aim, year):
    """Ratios of the four houses by docs/methods.md, from the base of 2012 to the aim of 2015."""
    base, now = ENDS[stock].value, CAME[stock][year].value
    gap, passed, left = aim - base, year - 2012, 2015 - year
    observed, required = yearly_rate(base, now, passed), yearly_rate(base, aim, 3)
    history = {2012: base} | {y: CAME[stock][y].value for y in range(2013, year + 1)}
    return {
        "Eurostat / Open SDG": observed / abs(required),
        "UN Statistics Division": (float(now) * (1 + observed) ** left - float(base)) / float(gap),
        "SDG Index (SDSN)": float((now - base) / passed / (gap / 3)),
        "UN ESCAP": float((escap_forecast(history, 2015) - base) / gap),
    }, 10 * (now - base) / gap


@pytest.mark.parametrize("year", [2013, 2014, 2015])
@pytest.mark.parametrize("level", ["goal", "doubling"])
@pytest.mark.parametrize("stock", [SMES, GIANTS])
def test_06_progress_by_four_methods(stock, level, year):
    aim = GOALS[stock] if level == "goal" else 2 * ENDS[stock].value
    ratios, index = progress(stock, aim, year)
    row = line(sheet("06", "Verdicts and ratios"), level, TITLES[stock], str(year))
    ours = xjr.progress_table(
        float(ENDS[stock].value), 2012, float(CAME[stock][year].value), year, float(aim), 2015,
        direction="increase", history=xjr.series(stock).value.loc[2012:year],
    )  # fmt: skip
    for key, house in HOUSES.items():
        found = next(name for floor, name in CUTOFFS[house] if ratios[house] >= floor)
        if house.startswith("Eurostat") and CAME[stock][year].value >= aim:
            found = "target met"
        text, _, brackets = row[house].partition(" (")
        assert text == found
        agree(brackets.partition(";")[0].rstrip(") *"), ratios[house], digits=2 if ratios[house] < 1 else 3)
        assert ours.ratio[key] == pytest.approx(ratios[house])
        assert ours.verdict[key] == {"target met": "target_achieved"}.get(found, found.replace(" ", "_"))
    assert rounds_to(numbers(row["UN ESCAP"])[1], index, 3 if index >= 10 else 2)
    assert ours.status_index["escap"] == pytest.approx(float(index))


def test_06_ratios_in_the_text():
    for year in (2013, 2015):
        ratios = [
            ratio for stock in (SMES, GIANTS) for ratio in progress(stock, GOALS[stock], year)[0].values()
        ]
        assert min(ratios) >= 1
        says("06", [f"At the end of {year}, all {len(ratios)} assessments"], min(ratios), max(ratios))
    ratios = progress(GIANTS, 2 * GIANTS_2012.value, 2015)[0].values()
    says("06", ["On the doubling of little giants"], 2015, min(ratios), max(ratios), digits=2)


def test_06_after_the_plan():
    """What was published of 2017, against the goals for 2020."""
    title = next(
        d["text/plain"] for d in outputs("06") if d["chart"] and "At the end of 2017" in d["text/plain"]
    )
    for indicator in (GIANTS, "high_tech_enterprises"):
        share = fig(f"outcomes.{indicator}.2017").value / fig(f"outcomes.{indicator}.2020.target").value
        assert f"at {float(share):.0%}" in title
    conflicts = sheet("06", "sources disagree")["rows"][1:]
    assert [row[2:4] for row in conflicts] == [
        ["超过9.69万家", "97,000"],
        ["726家", "720家"],
        ["3410家", "3400余家"],
    ]


# ---------------------------------------------------------------- 07 scenarios


@pytest.mark.parametrize(
    ("until", "rate", "share"), [(2015, Fraction(45, 1000), 1), (2016, Fraction(6, 100), Fraction(8, 10))]
)
def test_07_scenarios(until, rate, share):
    """The plan's additions, so much of them delivered, and so much of the stock exits a year."""
    table = sheet("07", f"Scenario to {until}")
    frame = Scenario(
        exit_rate=float(rate), until=until, delivery=dict.fromkeys(LEVERS, float(share))
    ).frame().set_index("year")  # fmt: skip
    for year in range(2010, until + 1):
        number = KNOWN[SMES].get(year) or spread(
            lambda start, years=year - 2012: stock_flow(start, YEARLY * share, rate, years), SMES_2012
        )
        row = line(table, str(year))
        agree(row["Stock"], number.value, digits=5)
        agree(row["Bounds"], number.low, number.high, digits=5)
        agree(row["Of the target"], number.value / GOALS[SMES])
        agree(row["Of 2012"], number.value / SMES_2012.value)
        near(of_row(frame.loc[year]), number)
    captions = numbers(table["caption"].partition("exit")[0])
    assert captions[-1] == rate


def test_07_the_default_is_the_stock_flow_model():
    number = projected(SMES, "stock-flow", 3).value
    assert Scenario().frame().value.iloc[-1] == pytest.approx(number)
    agree(chart("07", "Scenario to 2015")["scenario, 2015"], number, digits=4)


# ---------------------------------------------------------------- 00 highlights


def test_00_data():
    published = [row["published"][:4] for row in rows("sources") if row["published"]]
    says("00", ["published figures from"], len(figures()), len(rows("sources")), int(max(published)))


def test_00_the_plan():
    counts = [ENDS[SMES].value, ENDS[GIANTS].value]
    multiples = [MULTIPLES[SMES].value, MULTIPLES[GIANTS].value]
    says("00", ["existed at the end of 2012"], *counts, 2012, *multiples, 2010, digits=3)
    over = [GOALS[stock] / ENDS[stock].value for stock in (SMES, GIANTS)]
    rates = [NEEDED[SMES], NEEDED[GIANTS], DOUBLING]
    says("00", ["is the aim for the end of 2015", "less than a doubling"], *over, 2012, 2015,
         GOALS[SMES], GOALS[GIANTS], *rates)  # fmt: skip
    assert max(over) < 2
    reached, goal, _, doubled = numbers(next(text for text in paragraphs("00") if "estimated chance" in text))
    assert within_noise(float(reached), CHANCE, rounding=0.005)
    assert (goal, doubled, CHANCE_OF_DOUBLING < 0.005) == (GOALS[SMES], Fraction(1, 100), True)


def test_00_outcomes():
    came = {stock: CAME[stock][2015].value for stock in (SMES, GIANTS)}
    says("00", ["existed at the end of 2015"], *came.values(), 2015,
         *(came[stock] / ENDS[stock].value for stock in came), 2012, 2014)  # fmt: skip
    for stock in came:
        reached = [year for year, number in CAME[stock].items() if number.value >= GOALS[stock]]
        assert reached[0] == 2014
    says("00", ["by the published numbers of 2013 to 2015"],
         *(errors_of(stock)[best][0] for stock, best in ((SMES, "logistic"), (GIANTS, "drift"))))  # fmt: skip
    says("00", ["sources disagree"], fig("outcomes.little_giants.2010").value, STARTS[GIANTS].value, 2010)


def test_00_checks_districts_and_tasks():
    says("00", ["relations between published numbers fail"],
         VERDICTS["inconsistent"], VERDICTS.total(), VERDICTS["undecidable"])  # fmt: skip
    bars = chart("00", "relations fail")
    assert {name: int(text) for name, text in bars.items()} == {
        "hold": VERDICTS["consistent"],
        "cannot be decided": VERDICTS["undecidable"],
        "fail": VERDICTS["inconsistent"],
    }
    shares = [Fraction(table[2015]["binhai"], CITY[SMES][2015]) for table in district_tables(SMES)]
    says("00", ["are in Binhai"], shares[0], 2015, min(shares), max(shares), digits=2)
    commission = ROLES["市科委", True] + ROLES["市科委", False]
    measured = len({row["task"] for row in MEASURES})
    says("00", ["tasks can be measured"], measured, len(TASKS), commission, len(TASKS))


@pytest.mark.parametrize("stock", [SMES, GIANTS])
def test_00_pictures(stock):
    points = chart("00", f"{TITLES[stock]} came to")
    for year, number in (KNOWN[stock] | {year: CAME[stock][year] for year in (2013, 2014, 2015)}).items():
        agree(points[f"actual, {year}"], number.value, digits=4)
    for ahead in (1, 2, 3):
        for name, rate in (("goal", NEEDED[stock]), ("doubling", DOUBLING)):
            agree(points[f"{name}, {2012 + ahead}"], float(ENDS[stock].value) * (1 + rate) ** ahead, digits=4)


# ---------------------------------------------------------------- the two other plans


@pytest.mark.parametrize("name", ["first_2011", "successor_2016"])
def test_other_plans_checks(name):
    folder = PLANS / name
    ours = xjr.check_consistency(folder)
    for check, (left, right, found) in judged(folder).items():
        assert ours.verdict[check] == found, check
        near((ours.left_lower[check], ours.left_upper[check]), left[1:])
        near((ours.right_lower[check], ours.right_upper[check]), right[1:])
    counts = Counter(found for *_, found in judged(folder).values()) + Counter(repeated(folder))
    assert ours.verdict.value_counts().to_dict() == dict(counts)


@pytest.mark.parametrize(
    ("name", "stock", "growth", "multiple"),
    [
        # 1.25万 to 3万 and 1100 to 4500 in six years; 7.18万 to 10万 and 3410 to 5000 in five.
        ("first_2011", SMES, (30_000 / 12_500) ** (1 / 6) - 1, 2.4),
        ("first_2011", "above_scale_technology_smes", (4500 / 1100) ** (1 / 6) - 1, 4500 / 1100),
        ("successor_2016", SMES, (100_000 / 71_800) ** (1 / 5) - 1, 1000 / 718),
        ("successor_2016", GIANTS, (5000 / 3410) ** (1 / 5) - 1, 500 / 341),
    ],
)
def test_other_plans_goals(name, stock, growth, multiple):
    folder = PLANS / name
    (plan,) = rows("plan", folder)
    base, end = int(plan["base_year"]), int(plan["target_year"])
    start, goal = (
        fig(f"{table}.{stock}.{year}", folder).value for table, year in (("review", base), ("targets", end))
    )
    assert yearly_rate(start, goal, end - base) == pytest.approx(growth)
    assert float(goal / start) == pytest.approx(multiple)
    ours = xjr.Plan(folder)
    known = review.as_known(stock, folder).value
    assert (known[base], ours.goal(stock)) == (start, goal)
    assert float(xjr.required_rate(known[base], ours.goal(stock), ours.years)) == pytest.approx(growth)


@pytest.mark.parametrize(
    ("name", "stock", "year", "share"),
    [
        ("first_2011", SMES, 2012, Fraction(342, 300)),  # the goal for 2015 was passed in 2012
        ("first_2011", SMES, 2015, Fraction(718, 300)),
        ("successor_2016", SMES, 2017, Fraction(969, 1000)),
        ("successor_2016", GIANTS, 2017, Fraction(42, 50)),
    ],
)
def test_other_plans_share_of_the_goal(name, stock, year, share):
    folder = PLANS / name
    (plan,) = rows("plan", folder)
    goal = fig(f"targets.{stock}.{plan['target_year']}", folder).value
    assert fig(f"outcomes.{stock}.{year}", folder).value / goal == share
    ours = xjr.series(stock, folder=folder).value[year] / xjr.Plan(folder).goal(stock)
    assert ours == pytest.approx(float(share))


def test_the_successor_needs_less_growth_than_was_achieved():
    """From 2012 to 2015 technology SMEs grew 28 % a year; the goal for 2020 takes 7 %."""
    folder = PLANS / "successor_2016"
    ours = review.changes(folder).loc[SMES]
    grown = spread(
        lambda late, early: float(late / early) ** (1 / 3) - 1,
        fig("review.technology_smes.2015", folder),
        fig("review.technology_smes.2012", folder),
    )
    near(of_row(ours, "growth"), grown)
    assert grown.low > yearly_rate(71_800, 100_000, 5)
