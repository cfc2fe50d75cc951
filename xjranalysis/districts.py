"""The plan's Annex 1, a forecast by district: the official workbook where there is one, else an estimate.

The annex is announced in the plan but was not found in any public copy. A workbook placed in the folder
``annex1`` of the raw tables is used everywhere in place of the estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .data import Folder, raw_tables
from .errors import DataError, ModelError, Problem
from .raking import largest_remainder
from .resources import plan_folder
from .rounding import Bounds
from .stockflow import break_even_exit_rate, closed_form

if TYPE_CHECKING:
    from .sheets import Sheet

# What the official form counts, and what it calls it.
HEADS = {
    "technology_smes": ("Technology SMEs", "科技型中小企业"),
    "little_giants": ("Little giants", "科技小巨人企业"),
}
INDICATORS = tuple(HEADS)
# What counts as a workbook in the folder annex1, beside notes.
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".csv")
COLUMNS = ["area", "name_zh", "name_en", "indicator", "year", "value", "lower", "upper", "basis", "locator"]


def load_district_forecast(
    path: str | PathLike[str] | None = None, folder: Folder = None, strict: bool = True
) -> pd.DataFrame:
    """Load the forecast of technology SMEs and little giants by district.

    Parameters
    ----------
    path : path, optional
        The official workbook: .xlsx, .xlsm, .xls, or .csv (UTF-8, UTF-16 or GB18030). If omitted, the one in
        the folder ``annex1`` of the raw tables; if there is none, :func:`estimate_districts`.
    folder : path, optional
        Folder of raw tables, which name the districts; the bundled plan's if omitted.
    strict : bool
        Whether totals that do not balance stop the reading; else they are kept in ``.attrs["warnings"]``.

    Returns
    -------
    DataFrame
        One row a district, indicator and year: area, name_zh, name_en, indicator (technology_smes,
        little_giants), year (its end), value (firms) with lower and upper (what the cell's precision, or the
        estimate, leaves open; a missing figure stays missing), basis (``official`` or ``estimated``) and
        locator (``sheet!cell``; of an estimate the published figure that was kept, if any).
        ``.attrs`` holds basis, source (the file's name), warnings (totals that do not balance, by rounding
        or otherwise) and skipped (sheets, columns and rows that were recognised and left out).

    Raises
    ------
    DataError
        Lists every problem by cell: names that are no district, missing and duplicate districts, numbers
        that cannot be read, negative or fractional firms, formulas never calculated, totals that do not
        balance, no header or an ambiguous one; or that the file is no workbook that can be read.

    Examples
    --------
    >>> forecast = load_district_forecast()
    >>> forecast.basis.unique().tolist()
    ['estimated']
    >>> forecast.groupby(["indicator", "year"]).value.sum().astype(int).loc["little_giants"].to_dict()
    {2012: 1779, 2013: 2118, 2014: 2520, 2015: 3000}
    """
    if path is None:
        path = find_workbook(folder)
    if path is None:
        from .estimate import estimate_districts  # it uses this module

        return estimate_districts(folder)
    return _read(Path(path), folder, strict)


def find_workbook(folder: Folder = None) -> Path | None:
    """Find the official workbook in the folder ``annex1`` of the raw tables.

    Parameters
    ----------
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    Path or None
        None if there is no workbook.

    Raises
    ------
    DataError
        If there are several.

    Examples
    --------
    >>> find_workbook() is None
    True
    """
    place = plan_folder(folder) / "annex1"
    # A spreadsheet program keeps a lock file, ~$name, beside an open workbook.
    found = sorted(
        path
        for path in (place.iterdir() if place.is_dir() else ())
        if path.suffix.lower() in WORKBOOKS and not path.name.startswith(("~$", "."))
    )
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise DataError([Problem(str(place), "", names, "holds several workbooks; expected one")])
    return found[0] if found else None


def has_forecast(folder: Folder = None) -> bool:
    """Whether there is a district table: an official workbook, or the figures that its estimate rests on.

    Examples
    --------
    >>> has_forecast()
    True
    """
    try:
        load_district_forecast(folder=folder)
    except ModelError:
        return False
    return True


def basis_of(forecast: pd.DataFrame) -> str:
    """Say whether a district table is ``official`` or ``estimated``.

    Parameters
    ----------
    forecast : DataFrame
        From :func:`load_district_forecast`.

    Returns
    -------
    str
        ``official`` if every row is, else ``estimated``.

    Examples
    --------
    >>> basis_of(load_district_forecast())
    'estimated'
    """
    return "official" if (forecast["basis"] == "official").all() else "estimated"


def _read(path: Path, folder: Folder, strict: bool) -> pd.DataFrame:
    # What reading a workbook needs is not loaded with the package.
    from .labels import Names
    from .layout import read_table
    from .sheets import read_sheets

    tables, sheets = raw_tables(folder), read_sheets(path)
    _rename(sheets, _heads(tables.rows("indicators")))
    districts = tables.rows("districts")
    table = read_table(str(path), sheets, Names(districts, tables.rows("areas")))
    imbalances = list(table.imbalances())
    # A gap that rounding explains is no fault of the table, but is kept to be seen.
    warnings = [problem for kind, problem in imbalances if not strict or kind == "rounding"]
    problems = [*table.problems, *(problem for kind, problem in imbalances if strict and kind != "rounding")]
    if problems:
        raise DataError(problems)
    entries = table.entries.values()
    numbers = [entry.number or _UNKNOWN for entry in entries]
    rows = {name: [getattr(entry, name) for entry in entries] for name in ("area", "indicator", "year")}
    rows |= {name: [getattr(number, name) for number in numbers] for name in ("value", "lower", "upper")}
    forecast = tidy(rows | {"locator": [entry.place for entry in entries]}, districts, "official")
    forecast.attrs |= {"source": path.name, "warnings": [str(problem) for problem in warnings]}
    forecast.attrs |= {"skipped": list(dict.fromkeys(table.skipped))}
    return forecast


def _rename(sheets: list[Sheet], named: dict[str, tuple[str, str]]) -> None:
    """Put the usual names of the indicators in place of the plan's own, where a line of a cell is one."""
    own = {named[name][part]: HEADS[name][part] for name in HEADS for part in (0, 1)}
    if all(name == usual for name, usual in own.items()):
        return
    for sheet in sheets:
        for cells in sheet.rows.values():
            for column, value in cells.items():
                if isinstance(value, str):
                    cells[column] = "\n".join(own.get(line, line) for line in value.split("\n"))


_UNKNOWN = Bounds(*(float("nan"),) * 3)


def tidy(
    rows: pd.DataFrame | dict[str, Sequence[Any]], districts: list[dict[str, str]], basis: str
) -> pd.DataFrame:
    """Make a district table of columns area, indicator, year, value, lower, upper and locator."""
    order = {row["area"]: place for place, row in enumerate(districts)}
    areas = np.array([order[area] for area in rows["area"]])
    indicators = [INDICATORS.index(name) for name in rows["indicator"]]
    years = np.asarray(rows["year"], dtype="int64")
    sorted_ = np.lexsort((areas, years, np.array(indicators)))
    # The frame is made once, of columns that are sorted already: for a small table the calls of pandas cost
    # more than all the rest.
    columns = {name: np.array([row[name] for row in districts], dtype=object)[areas] for name in _NAMES}
    columns |= {name: np.asarray(rows[name], dtype=object) for name in ("indicator", "locator")}
    columns |= {name: np.asarray(rows[name], dtype="float64") for name in ("value", "lower", "upper")}
    columns |= {"year": years, "basis": np.full(len(areas), basis, dtype=object)}
    forecast = pd.DataFrame({name: columns[name][sorted_] for name in COLUMNS})
    forecast.attrs = {"basis": basis}
    return forecast


_NAMES = ("area", "name_zh", "name_en")


def heads(folder: Folder = None) -> dict[str, tuple[str, str]]:
    """Say what the plan calls the indicators of a district table, in English and Chinese; else :data:`HEADS`.

    Examples
    --------
    >>> heads()["little_giants"]
    ('Little giants', '科技小巨人企业')
    """
    return _heads(raw_tables(folder).rows("indicators"))


def _heads(indicators: list[dict[str, str]]) -> dict[str, tuple[str, str]]:
    known = {row["indicator"]: row for row in indicators}
    return {
        name: (known[name]["name_en"], known[name]["name_zh"]) if name in known else words
        for name, words in HEADS.items()
    }


def district_growth(forecast: pd.DataFrame, readings: pd.DataFrame | None = None) -> pd.DataFrame:
    """Growth that each district needs from the first to the last year of a district table.

    Parameters
    ----------
    forecast : DataFrame
        From :func:`load_district_forecast`, with at least two years an indicator.
    readings : DataFrame, optional
        From :func:`xjranalysis.district_readings`. Where both years are estimated, the bounds span them,
        because an estimate's two years move together. Elsewhere they come from the rows' own bounds.

    Returns
    -------
    DataFrame
        Indexed by area and indicator: start_year, end_year, start, end, multiple (end over start) with
        multiple_lower and multiple_upper, growth (fraction a year) with growth_lower and growth_upper, and
        doubles: True or False where the bounds leave no doubt, else missing. Missing also where a number is
        missing or the start is 0; an end that is open upwards (4400余) leaves the upper bounds infinite.

    Raises
    ------
    ModelError
        If an indicator has fewer than two years.

    Examples
    --------
    >>> growth = district_growth(load_district_forecast())
    >>> round(float(growth.growth["beichen", "technology_smes"]), 3)
    0.245
    """
    start, end = ends(forecast)
    grown = start.add_suffix("_0").join(end.add_suffix("_1"))
    years = grown["year_1"] - grown["year_0"]
    multiple = grown["value_1"] / grown["value_0"].where(grown["value_0"] > 0)
    lower = grown["lower_1"] / grown["upper_0"].where(grown["value_0"] > 0)
    upper = grown["upper_1"] / grown["lower_0"].where(grown["value_0"] > 0)
    lower, upper = _spanned(
        forecast, readings, multiple, lower, upper, lambda table: district_growth(table)["multiple"]
    )
    result = pd.DataFrame(
        {
            "start_year": grown["year_0"],
            "end_year": grown["year_1"],
            "start": grown["value_0"],
            "end": grown["value_1"],
            "multiple": multiple,
            "multiple_lower": lower,
            "multiple_upper": upper,
        }
    )
    for bound in ("", "_lower", "_upper"):
        result[f"growth{bound}"] = result[f"multiple{bound}"] ** (1 / years) - 1
    doubles = pd.Series(pd.NA, index=result.index, dtype="boolean")
    return result.assign(doubles=doubles.mask(lower >= 2, True).mask(upper < 2, False))


def district_additions(
    forecast: pd.DataFrame, additions: float, readings: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What each district would have to add of the technology SMEs that the plan wants added in the city.

    Parameters
    ----------
    forecast : DataFrame
        From :func:`load_district_forecast`, with no number of technology SMEs missing.
    additions : float
        Firms that the city is to add between the first and the last year (30,000).
    readings : DataFrame, optional
        As for :func:`district_growth`.

    Returns
    -------
    DataFrame
        Indexed by area: net (stock of the last less that of the first year), added with added_lower and
        added_upper (firms, summing to `additions`), share (of `additions`, a fraction) and exit_rate (the one
        at which the city's stocks and additions agree, the same in every district).

    Raises
    ------
    ModelError
        If a number is missing, or no exit rate makes the city's numbers agree.

    Notes
    -----
    The plan's stock-flow model, :func:`xjranalysis.stockflow.closed_form`, solved for the additions. Bounds
    from the rows' own bounds hold the exit rate fixed; an end that is open upwards leaves them infinite.

    Examples
    --------
    >>> added = district_additions(load_district_forecast(), 30_000)
    >>> round(added.added.sum()), round(float(added.share["binhai"]), 3)
    (30000, 0.323)
    """
    start, end = (side.xs("technology_smes", level="indicator") for side in ends(forecast))
    if start["value"].isna().any() or end["value"].isna().any():
        raise ModelError("district_additions", "a number of technology SMEs is missing")
    years = int((end["year"] - start["year"]).iloc[0])
    totals = start["value"].sum(), end["value"].sum()
    rate = break_even_exit_rate(totals[0], additions / years, totals[1], years)
    left = closed_form(1.0, 0.0, rate, years)  # of one firm of the first year
    accrued = closed_form(0.0, 1.0, rate, years)  # of one firm added every year
    added = (end["value"] - start["value"] * left) / accrued * years
    result = pd.DataFrame({"net": end["value"] - start["value"], "added": added})
    lower = (end["lower"] - start["upper"] * left) / accrued * years
    upper = (end["upper"] - start["lower"] * left) / accrued * years
    smes = forecast[forecast["indicator"] == "technology_smes"]
    result["added_lower"], result["added_upper"] = _spanned(
        smes, readings, added, lower, upper, lambda table: district_additions(table, additions)["added"]
    )
    return result.assign(share=result["added"] / additions, exit_rate=rate)


def concentration(forecast: pd.DataFrame, readings: pd.DataFrame | None = None) -> pd.DataFrame:
    """How unevenly the firms are spread over the districts.

    Parameters
    ----------
    forecast : DataFrame
        From :func:`load_district_forecast`.
    readings : DataFrame, optional
        As for :func:`district_growth`.

    Returns
    -------
    DataFrame
        Indexed by indicator and year: largest (area), share (of the largest district, a fraction) and
        herfindahl (sum of squared shares; 1/16 if 16 districts are equal, 1 if one has all), each with
        _lower and _upper; missing where a number is missing, the bounds also where one is open (4400余).

    Notes
    -----
    A. O. Hirschman, The paternity of an index, *American Economic Review* 54 (1964). Estimated years span
    the readings, if they are given. Else the bounds are those of the tables in which the larger districts
    have one end of their bounds and the smaller ones the other, which for bounds as narrow as rounding are
    the extreme ones but for a district whose share is near the index itself.

    Examples
    --------
    >>> spread = concentration(load_district_forecast()).loc[("technology_smes", 2012)]
    >>> spread.largest, round(float(spread.share), 3), round(float(spread.herfindahl), 3)
    ('binhai', 0.323, 0.139)
    """
    result = _concentration(forecast)
    estimated = forecast.groupby(["indicator", "year"])["basis"].agg(
        lambda basis: (basis == "estimated").all()
    )
    for use_readings in (False, True):
        chosen = result.index[estimated.reindex(result.index) == use_readings]
        others = _tables(readings) if use_readings and readings is not None else _alternatives(forecast)
        spans = [_concentration(table).reindex(chosen) for table in others]
        for name in ("share", "herfindahl"):
            columns = pd.concat([result.loc[chosen, name], *(span[name] for span in spans)], axis=1)
            known = columns.notna().all(axis=1)
            result.loc[chosen, f"{name}_lower"] = columns.min(axis=1).where(known)
            result.loc[chosen, f"{name}_upper"] = columns.max(axis=1).where(known)
    return result


def what_if(
    forecast: pd.DataFrame,
    area: str,
    value: float,
    indicator: str = "technology_smes",
    year: int | None = None,
) -> pd.DataFrame:
    """Put one district's number into a table, and spread the rest of the city's total over the others.

    Parameters
    ----------
    forecast : DataFrame
        From :func:`load_district_forecast`.
    area : str
        District, such as ``dongli``.
    value : float
        Its number of firms: whole, from 0 to the city's total less what an estimate keeps as published.
    indicator : str
        The table's, ``technology_smes`` or ``little_giants``.
    year : int, optional
        Its end; the last one of the table if omitted.

    Returns
    -------
    DataFrame
        Indexed by area: name_zh, name_en, before, after (whole numbers, both summing to the city's total) and
        change. What an estimate kept as published stays; the other districts keep their proportions.

    Raises
    ------
    ModelError
        If the table has no such district, indicator or year, a number of it is missing, or the value does not
        fit.

    Examples
    --------
    >>> changed = what_if(load_district_forecast(), "dongli", 6025)
    >>> changed.loc["dongli", ["before", "after"]].tolist(), int(changed.after.sum())
    ([3062, 6025], 60000)
    """
    year = forecast["year"].max() if year is None else year
    rows = forecast[(forecast["indicator"] == indicator) & (forecast["year"] == year)].set_index("area")
    if area not in rows.index or rows["value"].isna().any():
        reason = f"the table has no complete {indicator} {year} with a district {area!r}"
        raise ModelError("what_if", reason)
    fixed = (rows["basis"] == "estimated") & (rows["locator"] != "")
    after = rows["value"].where(fixed, 0)
    after[area] = 0
    left = int(rows["value"].sum() - after.sum())
    if not (0 <= value <= left and value == int(value)):
        raise ModelError(
            "what_if", f"{value:g} is not a whole number from 0 to what is left of the city, {left}"
        )
    others = rows["value"].where(~fixed & (rows.index != area), 0)
    after = (after + largest_remainder(others, left - int(value))).astype(int)
    after[area] = int(value)
    before = rows["value"].astype(int)
    return rows[["name_zh", "name_en"]].assign(before=before, after=after, change=after - before)


def ends(forecast: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the first and of the last year of each indicator.

    Parameters
    ----------
    forecast : DataFrame
        From :func:`load_district_forecast`.

    Returns
    -------
    tuple of DataFrame
        First and last, indexed by area and indicator: year, value, lower, upper.

    Raises
    ------
    ModelError
        If an indicator has fewer than two years.

    Examples
    --------
    >>> first, last = ends(load_district_forecast())
    >>> first.year.unique().tolist(), last.year.unique().tolist()
    ([2012], [2015])
    """
    years = forecast.groupby("indicator")["year"].agg(["min", "max"])
    if (single := years.index[years["min"] == years["max"]]).size:
        raise ModelError("districts", f"the table has only one year of {', '.join(single)}; growth needs two")
    sides = (forecast[forecast["year"] == forecast["indicator"].map(years[end])] for end in ("min", "max"))
    first, last = (
        side.set_index(["area", "indicator"])[["year", "value", "lower", "upper"]] for side in sides
    )
    return first, last


def _tables(readings: pd.DataFrame) -> list[pd.DataFrame]:
    """Part readings into tables with the columns of a forecast that the measures use."""
    exact = readings.assign(lower=readings["value"], upper=readings["value"])
    return [table for _, table in exact.groupby(["weights", "share"], sort=False)]


def _spanned(
    forecast: pd.DataFrame,
    readings: pd.DataFrame | None,
    value: pd.Series,
    lower: pd.Series,
    upper: pd.Series,
    measure: Callable[[pd.DataFrame], pd.Series],
) -> tuple[pd.Series, pd.Series]:
    """Bounds of a measure: the span of the readings where all is estimated, else those given."""
    if readings is None:
        return lower, upper
    found = pd.concat([value, *(measure(table) for table in _tables(readings))], axis=1).reindex(value.index)
    keys = list(value.index.names)
    estimated = (
        forecast.groupby(keys)["basis"].agg(lambda basis: (basis == "estimated").all()).reindex(value.index)
    )
    # A published end that is open upwards stays so: 4400余家 is more than 4,400.
    return lower.mask(estimated, found.min(axis=1)), upper.mask(
        estimated & np.isfinite(upper), found.max(axis=1)
    )


def _concentration(table: pd.DataFrame) -> pd.DataFrame:
    wide = table.set_index(["indicator", "year", "area"])["value"].unstack("area")  # noqa: PD010
    shares = wide.div(wide.sum(axis=1, skipna=False), axis=0)
    known = shares.dropna()
    return pd.DataFrame(
        {
            "largest": known.idxmax(axis=1).reindex(shares.index),
            "share": known.max(axis=1).reindex(shares.index),
            "herfindahl": (known**2).sum(axis=1).reindex(shares.index),
        }
    )


def _alternatives(forecast: pd.DataFrame) -> list[pd.DataFrame]:
    """Tables with the k largest districts at one end of their bounds and the others at the other end."""
    rank = forecast.groupby(["indicator", "year"])["value"].rank(ascending=False, method="first")
    return [
        forecast.assign(value=forecast[large].where(rank <= count, forecast[small]))
        for count in range(forecast["area"].nunique() + 1)
        for large, small in (("lower", "upper"), ("upper", "lower"))
    ]
