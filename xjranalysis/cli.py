"""The command ``xjr``."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from .errors import DataError, Problem, XjrError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``xjr``; those of the process if omitted.

    Returns
    -------
    int
        Exit status: 0 if all is well, 1 if something was found wrong, 2 for a wrong call, 130 if stopped.
    """
    options = _parser().parse_args(arguments)
    folder = getattr(options, "folder", None)
    try:
        if folder and not folder.is_dir():
            raise DataError([Problem(str(folder), "", "", "is no folder")])
        return options.run(options)
    except XjrError as error:
        message = str(error)
    except shutil.Error as error:  # everything that could not be copied
        message = "\n".join(str(reason) for *_, reason in error.args[0])
    except OSError as error:
        message = f"{error.filename}: {error.strerror}"
    except KeyboardInterrupt:
        print(f"xjr {options.command}: stopped; nothing was written", file=sys.stderr)
        return 130
    print(f"xjr {options.command}: {message}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xjr", description="Figures, checks and reports on a plan: the bundled one, or another folder's."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    report = commands.add_parser("report", help="run the notebooks and write the HTML reports")
    report.add_argument("--lang", choices=("en", "zh", "both"), default="both")
    report.add_argument("--out", type=Path, default=Path("reports"), help="folder (default: reports)")
    report.add_argument("--force", action="store_true", help="run every notebook, changed or not")
    report.set_defaults(run=_report)
    stored = commands.add_parser("notebooks", help="run the notebooks and store their outputs in them")
    stored.add_argument("--out", type=Path, help="folder for copies about the plan of --folder")
    stored.set_defaults(run=_notebooks)
    for command in (report, stored):
        command.add_argument(
            "--only", action="append", default=[], metavar="03", help="beginning of a notebook's name"
        )
        command.add_argument("--jobs", type=_positive, metavar="N", help="how many notebooks run at a time")

    data = commands.add_parser("data", help="rewrite processed data and datapackage.json from the raw tables")
    data.add_argument("--out", type=Path, default=Path("data"), help="folder (default: data)")
    data.set_defaults(run=_data)

    new = commands.add_parser("new", help="write a folder of raw tables to begin another plan with")
    new.add_argument("new_folder", type=Path, metavar="FOLDER", help="folder to write, new or empty")
    new.set_defaults(run=_new)

    plans = commands.add_parser("plans", help="list the plans that come with the package, and their folders")
    plans.set_defaults(run=_plans)

    check = commands.add_parser("check", help="hold the raw tables against their declaration")
    check.set_defaults(run=_check)

    audit = commands.add_parser("audit", help="list the numbers of a plan's text that the tables do not hold")
    audit.add_argument("text", type=Path, metavar="PLAN.txt", help="the plan's text, UTF-8")
    audit.set_defaults(run=_audit)

    districts = commands.add_parser(
        "districts", help="read the official district table, or write a blank form"
    )
    actions = districts.add_subparsers(dest="action", required=True, metavar="ACTION")
    read = actions.add_parser("read", help="read a district table (.xlsx, .xls, .csv) and show it")
    read.add_argument("file", type=Path, metavar="FILE", help="the district table")
    read.add_argument("--out", type=Path, metavar="OUT.csv", help="also write the tidy table")
    read.add_argument(
        "--lenient", action="store_true", help="warn of totals that do not balance instead of stopping"
    )
    read.set_defaults(run=_read_districts)
    form = actions.add_parser("template", help="write the blank form for an office to fill in")
    form.add_argument("out", type=Path, metavar="OUT.xlsx", help="the form to write")
    form.set_defaults(run=_write_form)

    for command in (report, stored, data, check, audit, read, form):
        command.add_argument("--folder", type=Path, help="folder of raw tables (default: the bundled plan's)")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _report(options: argparse.Namespace) -> int:
    from . import report
    from .display import LANGUAGES

    languages = LANGUAGES if options.lang == "both" else (options.lang,)
    print(report.build(options.out, languages, options.only, options.jobs, options.folder, options.force))
    return 0


def _notebooks(options: argparse.Namespace) -> int:
    from . import report

    for path in report.store(options.only, options.jobs, options.folder, options.out):
        print(path)
    return 0


def _data(options: argparse.Namespace) -> int:
    from . import export

    for path in export.write_data(options.out, options.folder):
        print(path)
    return 0


def _new(options: argparse.Namespace) -> int:
    from .starter import write_starter

    print(write_starter(options.new_folder))
    return 0


def _plans(options: argparse.Namespace) -> int:
    from .plan import Plan
    from .resources import PLANS, RAW

    for plan in map(Plan, (RAW, *sorted(PLANS.iterdir()))):
        print(plan.folder, plan.title_en, plan.title_zh, sep="\n  ")
    return 0


def _check(options: argparse.Namespace) -> int:
    from .data import check_tables
    from .districts import find_workbook, load_district_forecast

    problems = [Problem(*row) for row in check_tables(options.folder).itertuples(index=False)]
    try:
        if not problems and (official := find_workbook(options.folder)):
            load_district_forecast(official, options.folder)
    except DataError as error:
        problems += error.problems
    if problems:
        raise DataError(problems)
    print("0 problems")
    return 0


def _audit(options: argparse.Namespace) -> int:
    from .audit import audit

    try:
        text = options.text.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError([Problem(str(options.text), "", "", f"cannot be read ({error.strerror})")]) from None
    except UnicodeDecodeError as error:
        raise DataError([Problem(str(options.text), f"byte {error.start + 1}", "", "is not UTF-8")]) from None
    numbers = audit(text, options.folder)
    for status, count in numbers["status"].value_counts().items():
        print(f"{count:5} {status}")
    missing = numbers[numbers["status"] == "missing"]
    lines = [text.count("\n", 0, position) + 1 for position in missing["position"]]
    problems = [
        Problem(str(options.text), f"line {line} ({row.place})", row.token, "is in no table at this place")
        for line, row in zip(lines, missing.itertuples(), strict=True)
    ]
    problems += [
        Problem(str(options.text), "", figure, "is not printed at its place, or captured twice")
        for figure in numbers.attrs["not_found"]
    ]
    if problems:
        raise DataError(problems)
    print("    0 missing")
    return 0


def _read_districts(options: argparse.Namespace) -> int:
    from pandas import option_context

    from .districts import load_district_forecast
    from .export import csv_bytes, write_file

    forecast = load_district_forecast(options.file, options.folder, strict=not options.lenient)
    numbers = forecast.set_index(["name_zh", "indicator", "year"])["value"]
    wide = numbers.unstack(["indicator", "year"]).rename_axis("")  # noqa: PD010
    # In the order of the table. (unstack's own sort=False moves values to other columns in pandas 2.2.)
    wide = wide.loc[forecast["name_zh"].unique(), forecast["indicator"].unique()]
    wide.loc["各区县相加"] = wide.sum(skipna=False)
    with option_context("display.unicode.east_asian_width", True):
        print(wide.to_string(na_rep="–", float_format=lambda value: f"{value:.0f}"))
    for note in (*forecast.attrs["warnings"], *forecast.attrs["skipped"]):
        print(f"note: {note}")
    if options.out:
        print(write_file(options.out, csv_bytes(forecast)))
    return 0


def _write_form(options: argparse.Namespace) -> int:
    from .form import write_form

    print(write_form(options.out, options.folder))
    return 0
