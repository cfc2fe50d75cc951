"""What a part of a report is made of, as a key: the same key stands for the same bytes."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .chapter import Chapter
from .plan import Plan
from .resources import PACKAGE


def digest(*parts: bytes | str) -> str:
    """Hash texts and bytes, each apart from the next.

    Examples
    --------
    >>> digest("ab", "c") == digest("a", "bc")
    False
    """
    hashed = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        hashed.update(len(content).to_bytes(8, "big") + content)
    return hashed.hexdigest()


@cache
def library() -> str:
    """Key of the code: this package, the others that are installed, and Python."""
    own = sorted(path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".css", ".j2", ".json"))
    installed = {path.name for place in sys.path for path in Path(place).glob("*.dist-info")}
    return digest(sys.version, *sorted(installed), *(path.read_bytes() for path in own))


def data(plan: Plan) -> str:
    """Key of a plan's figures, and of the code that reads them."""
    annex = plan.folder / "annex1"
    workbooks = sorted(path for path in annex.glob("*") if path.is_file()) if annex.is_dir() else []
    files = [*sorted(plan.folder.glob("*.csv")), *workbooks]
    named = (part for path in files for part in (path.name, path.read_bytes()))
    return digest(library(), str(plan.folder), *named)


def chapters(asked: Iterable[Chapter], shelf: Iterable[Path], plan: Plan) -> dict[Chapter, str]:
    """Key of each chapter: its notebook without outputs, the plan, the code, and the titles around it."""
    cells = {path: _cells(path) for path in shelf}
    titles = json.dumps({path.stem: list(filter(_is_title, own)) for path, own in cells.items()})
    return {
        chapter: digest(chapter.language, json.dumps(cells[chapter.notebook]), titles, data(plan))
        for chapter in asked
    }


def _cells(path: Path) -> list[Mapping[str, Any]]:
    """What of a notebook makes its page; of a file that is none, everything."""
    content = path.read_bytes()
    try:
        cells = json.loads(content)["cells"]
        return [
            {name: cell.get(name) for name in ("id", "cell_type", "source", "metadata")} for cell in cells
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [{"source": content.decode(errors="replace")}]


def _is_title(cell: Mapping[str, Any]) -> bool:
    return cell.get("cell_type") == "markdown" and "".join(cell["source"]).startswith("# ")
