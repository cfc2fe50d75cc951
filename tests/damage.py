"""Ways to damage a workbook, and a watch over what reading it does."""

from __future__ import annotations

import io
import re
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xjranalysis import DataError

SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
BOOK, RELS, TYPES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
Parts = dict[str, bytes]
SECONDS = 5.0  # of processor time, whatever else the machine does


def unpacked(content: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Parts, more: Sequence[tuple[str | zipfile.ZipInfo, bytes]] = (), method: int = 8) -> bytes:
    """Pack parts into a workbook, with more entries behind them."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, part in (*parts.items(), *more):
            archive.writestr(name, part)
    return target.getvalue()


def with_shared_strings(content: bytes) -> Parts:
    """Parts of a workbook of openpyxl, with its texts in a part of their own, as Excel writes them."""
    parts, strings = unpacked(content), []

    def shared(match: re.Match[bytes]) -> bytes:
        if match[2] not in strings:
            strings.append(match[2])
        return b'<c r="%s" t="s"><v>%d</v></c>' % (match[1], strings.index(match[2]))

    cell = rb'<c r="([A-Z]+\d+)" t="inlineStr"><is><t>(.*?)</t></is></c>'
    parts[SHEET] = re.sub(cell, shared, parts[SHEET])
    items = b"".join(b"<si><t>%s</t></si>" % text for text in strings)
    parts[STRINGS] = b'<sst xmlns="%s" count="%d">%s</sst>' % (MAIN.encode(), len(strings), items)
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    entry = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind
    parts[TYPES] = parts[TYPES].replace(b"</Types>", entry)
    return parts


def edited(name: str, old: str | bytes, new: str | bytes, count: int = 1) -> Callable[[Parts], bytes]:
    """Make a builder that replaces what a pattern matches in one part, and packs the workbook again."""
    old, new = (text.encode() if isinstance(text, str) else text for text in (old, new))

    def build(parts: Parts) -> bytes:
        changed, found = re.subn(old, lambda _: new, parts[name], count=count, flags=re.DOTALL)
        assert found, (name, old)
        return packed(parts | {name: changed})

    return build


class Watch:
    """What a piece of code did outside a folder: files opened to write, connections, programs started."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.seen: list[Any] = []
        sys.addaudithook(self.hear)  # cannot be taken away again

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.folder is None:
            return
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            path, mode, flags = arguments
            writes = set(mode or "") & set("wax+") or (flags or 0) & 0o1103
            inside = str(path).startswith(str(self.folder)) or "__pycache__" in str(path)
            if writes and not inside:
                self.seen.append((event, path, mode))
        elif event.partition(".")[0] in (
            "socket",
            "subprocess",
            "ctypes",
            "webbrowser",
            "urllib",
            "shutil",
        ) or event in (
            "os.system",
            "os.exec",
            "os.fork",
            "os.posix_spawn",
            "os.symlink",
            "os.link",
            "os.mkdir",
            "os.rename",
            "os.remove",
        ):
            self.seen.append((event, arguments))

    @contextmanager
    def over(self, folder: Path, seconds: float = SECONDS) -> Iterator[None]:
        """Fail if the code inside takes too long, or does something outside the folder."""
        self.folder, self.seen = folder, []
        begin = time.process_time()
        try:
            yield
        finally:
            self.folder = None
        assert time.process_time() - begin < seconds
        assert not self.seen


WATCH = Watch()


def said(error: DataError, path: Path) -> str:
    """What an error says; it has to name a reason and the file, or one in the folder, for every problem."""
    assert error.problems
    for problem in error.problems:
        assert problem.path.startswith(str(path))
        assert problem.reason
    assert len(str(error)) < 3_000_000
    return str(error)
