"""Write the tidy frames as files: CSV, the workbook, and the description of the raw tables."""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from . import data
from .data import Folder
from .districts import basis_of, find_workbook, has_forecast, load_district_forecast
from .plan import Plan
from .resources import plan_folder
from .schema import TABLES, data_package

WORKBOOK = "xjranalysis.xlsx"
_LOADERS: dict[str, Callable[[Folder], pd.DataFrame]] = {
    "review": data.load_review,
    "targets": data.load_targets,
    "measures": data.load_measures,
    "tasks": data.load_tasks,
    "outcomes": data.load_outcomes,
    "district_facts": data.load_district_facts,
    "districts": data.load_districts,
    "indicators": data.load_indicators,
    "sources": data.load_sources,
}


def frames(folder: Folder = None) -> dict[str, pd.DataFrame]:
    """Load every frame that is published as a file, by name.

    Examples
    --------
    >>> list(frames())[:3]
    ['review', 'targets', 'measures']
    """
    found = {name: load(folder) for name, load in _LOADERS.items()}
    if has_forecast(folder):
        forecast = load_district_forecast(folder=folder)
        # The name says what the numbers are, so that nobody takes an estimate for the official table.
        name = {"official": "district_forecast_official", "estimated": "district_forecast_estimate"}
        found[name[basis_of(forecast)]] = forecast
    return found


def write_data(out: Path, folder: Folder = None) -> list[Path]:
    """Write ``processed/`` (CSV and workbook) and ``datapackage.json`` with its tables below a folder.

    Parameters
    ----------
    out : Path
        Folder to write into, such as ``data``; made if it is missing.
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    list of Path
        The files written. Each is complete or not written at all.
    """
    package = json.dumps(data_package(Plan(folder).title_en), ensure_ascii=False, indent=2) + "\n"
    written = write_frames(out / "processed", folder)
    raw = plan_folder(folder)
    if raw.resolve() != (out / "raw").resolve():
        official = find_workbook(folder)
        names = [*_raw_files(), *([f"annex1/{official.name}"] if official else [])]
        written += [write_file(out / "raw" / name, (raw / name).read_bytes()) for name in names]
    return [*written, write_file(out / "datapackage.json", package.encode())]


def _raw_files() -> list[str]:
    return [f"{name}.csv" for name in TABLES]


def write_frames(out: Path, folder: Folder = None) -> list[Path]:
    """Write every frame as CSV, and all of them as one workbook, into a folder."""
    from .workbook import workbook_bytes  # with openpyxl, which charts do not need

    tables = {name: _flat(frame) for name, frame in frames(folder).items()}
    written = [write_file(out / f"{name}.csv", csv_bytes(table)) for name, table in tables.items()]
    for stale in set(out.glob("district_forecast_*.csv")) - set(written):
        stale.unlink()  # the estimate goes when the official table comes
    return [*written, write_file(out / WORKBOOK, workbook_bytes(tables))]


def csv_bytes(table: pd.DataFrame) -> bytes:
    r"""Write a frame of plain cells as CSV, with the mark by which spreadsheet programs know UTF-8.

    Examples
    --------
    >>> csv_bytes(pd.DataFrame({"a": ["津"]})).decode("utf-8-sig")
    'a\n津\n'
    """
    return csv_text(table).encode("utf-8-sig")


def csv_text(table: pd.DataFrame) -> str:
    r"""Write a frame of plain cells as CSV that no spreadsheet program runs.

    Parameters
    ----------
    table : DataFrame
        Cells are numbers or text.

    Returns
    -------
    str
        Numbers to fifteen digits, so that 829 firms are not written as 829.0. A text that a spreadsheet would
        run as a formula has an apostrophe in front, which such programs take for "text".

    Examples
    --------
    >>> csv_text(pd.DataFrame({"a": ["=1+1", "−3"], "b": [829.0, 0.5]}))
    "a,b\n'=1+1,829\n−3,0.5\n"
    """
    texts = table.select_dtypes(exclude="number").columns
    inert = table.assign(**{name: table[name].map(_inert) for name in texts})
    return inert.to_csv(index=False, lineterminator="\n", float_format="%.15g")


FORMULA = ("=", "+", "-", "@", "\t", "\r")  # beginnings of what a spreadsheet program runs


def _inert(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def write_file(path: Path, content: bytes) -> Path:
    """Write a file under a temporary name and rename it, so that it is never half there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno:
            error.filename = str(path)  # a full disk is not named by the system
        raise
    return path


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Make a frame of plain cells: a named index a column, lists joined, dates as text."""
    flat = frame.reset_index(drop=frame.index.name is None)
    for name in flat.columns:
        if pd.api.types.is_datetime64_any_dtype(flat[name]):
            flat[name] = flat[name].dt.strftime("%Y-%m-%d")
        elif flat[name].map(lambda value: isinstance(value, tuple)).any():
            flat[name] = flat[name].map("、".join)
    return flat


def without_clock(content: bytes) -> bytes:
    """Take time and version of the writing out of a workbook, which is then stored without compression.

    Examples
    --------
    >>> from xjranalysis.workbook import workbook_bytes
    >>> first, second = (workbook_bytes({"sheet": pd.DataFrame({"a": [1]})}) for _ in range(2))
    >>> first == second
    True
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for item in source.infolist():
            part = _PROPERTIES.get(item.filename) or source.read(item)
            # Stored, because what zlib makes of the same bytes differs between its versions.
            target.writestr(zipfile.ZipInfo(item.filename, (1980, 1, 1, 0, 0, 0)), part)
    return buffer.getvalue()


# Neither the time of writing nor the version of the writer.
_PROPERTIES = {
    "docProps/app.xml": b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-'
    b'properties"><Application>xjranalysis</Application></Properties>',
    "docProps/core.xml": b'<?xml version="1.0" encoding="UTF-8"?>\n<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/'
    b'package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    b"<dc:creator>xjranalysis</dc:creator></cp:coreProperties>",
}
