"""Build the reports: what has changed is run and written again, in English and Chinese."""

from __future__ import annotations

import copy
import errno
import glob
import itertools
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from . import fingerprint
from .chapter import Chapter, ReportError
from .data import Folder
from .display import LANGUAGES
from .export import write_file, write_frames
from .plan import Plan
from .resources import NOTEBOOKS, RAW, plan_folder

# What runs and writes notebooks is imported where it is needed: looking whether anything changed is quick.
if TYPE_CHECKING:
    from nbformat import NotebookNode

# In every report folder; only a folder that has it is ever replaced.
_MARK = ".xjranalysis-report"


@dataclass
class Record:
    """What a report folder holds, kept in it.

    Parameters
    ----------
    plan : str
    keys : dict
        Key of every part (``en/03_…``, ``data``, ``lists``), from :mod:`xjranalysis.fingerprint`.
    files : dict
        The files of every part, with the hash of each.
    """

    plan: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    files: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, out: Path) -> Record:
        """Read that of a folder; an empty one if there is none."""
        try:
            return cls(**json.loads((out / _MARK).read_bytes()))
        except (OSError, ValueError, TypeError):
            return cls()

    def holds(self, out: Path, part: str, key: str) -> bool:
        """Whether a part was made under this key, and its files are as they were written."""
        files = self.files.get(part, {})
        return self.keys.get(part) == key and all(_hash(out / name) == made for name, made in files.items())

    def whole(self, out: Path) -> bool:
        """Whether the folder holds these files, and no others."""
        there = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
        return there == {_MARK, *(name for files in self.files.values() for name in files)}

    def add(self, out: Path, part: str, key: str, paths: Iterable[Path]) -> None:
        """Note a part that was made."""
        self.keys[part] = key
        self.files[part] = {path.relative_to(out).as_posix(): _hash(path) for path in paths}


def _hash(path: Path) -> str:
    return fingerprint.digest(path.read_bytes()) if path.is_file() else ""


def notebooks(only: Sequence[str] = ()) -> list[Path]:
    """List the notebooks in their order.

    Parameters
    ----------
    only : sequence of str
        Beginnings of names, such as ``03``; all notebooks if empty.

    Raises
    ------
    ReportError
        If a beginning fits no notebook; lists what there is.
    """
    every = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
    for start in only:
        if not any(path.stem.startswith(start) for path in every):
            known = ", ".join(path.stem for path in every)
            raise ReportError(f"no notebook begins with {start!r}; there are {known}")
    return [path for path in every if not only or path.stem.startswith(tuple(only))]


def build(
    out: Path,
    languages: Sequence[str] = LANGUAGES,
    only: Sequence[str] = (),
    jobs: int | None = None,
    folder: Folder = None,
    force: bool = False,
) -> Path:
    """Run the notebooks of which anything has changed, and write their reports.

    Parameters
    ----------
    out : Path
        Folder of the reports; replaced as a whole when everything is done, and left as it is when
        anything fails. With `only` or one language, the other chapters in it are kept.
    languages : sequence of str
        Of ``en`` and ``zh``.
    only : sequence of str
        Beginnings of notebook names.
    jobs : int, optional
        How many notebooks run at a time; one more than there are processors if omitted.
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.
    force : bool
        Whether to run all of them.

    Returns
    -------
    Path
        The contents page.

    Raises
    ------
    ReportError
        If a notebook fails, or `out` holds something that is not a report.

    Notes
    -----
    A page is made anew if its notebook (but for stored outputs), the titles around it, the plan's tables,
    this package, another package that is installed, Python, or the page itself has changed.
    """
    out = out.resolve()
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / _MARK).exists())):
        raise ReportError(f"{out} is not a report folder; name an empty or a new one with --out")
    plan = Plan(plan_folder(folder).resolve())
    asked = [Chapter(path, language) for language in languages for path in notebooks(only)]
    keys = fingerprint.chapters(asked, notebooks(), plan)
    old = Record.of(out)
    if old.plan != plan.name:
        old = Record()  # another plan's pages are not mixed with this one's
    stale = [chapter for chapter in asked if force or not old.holds(out, chapter.part, keys[chapter])]
    partial = bool(only) or set(languages) != set(LANGUAGES)
    kept = {part for part in old.keys if partial or part in {chapter.part for chapter in asked}}
    kept -= {"data", "lists", *(chapter.part for chapter in stale)}
    wanted = {part: old.keys[part] for part in kept} | {chapter.part: keys[chapter] for chapter in stale}
    lists = fingerprint.digest(json.dumps(sorted(wanted.items())))
    data = fingerprint.data(plan)
    if not stale and old.holds(out, "data", data) and old.holds(out, "lists", lists) and old.whole(out):
        return out / "index.html"
    out.parent.mkdir(parents=True, exist_ok=True)
    _sweep(out)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.{os.getpid()}.") as place:
        made = Path(place) / "reports"
        record = Record(plan.name)
        for part in sorted(kept):
            _copy(out, made, old.files[part])
            # As they were written, not as they are: what somebody changed or removed is still seen later.
            record.keys[part], record.files[part] = old.keys[part], old.files[part]
        for part, paths in _parts(stale, made, plan, jobs).items():
            record.add(made, part, data if part == "data" else wanted[part], paths)
        from . import pages

        record.add(made, "lists", lists, pages.write_lists(made, plan))
        write_file(made / _MARK, json.dumps(asdict(record), indent=1).encode())
        _swap(made, out)
    return out / "index.html"


def _copy(out: Path, made: Path, names: Iterable[str]) -> None:
    for name in filter(lambda name: (out / name).is_file(), names):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(out / name, made / name)


def _parts(chapters: Sequence[Chapter], made: Path, plan: Plan, jobs: int | None) -> dict[str, list[Path]]:
    """Write data files, and run chapters and write their pages and what their charts draw; by part.

    Of a chapter that is not for the plan, nothing is written.
    """
    if not chapters:
        return {"data": write_frames(made / "data", plan)}
    # nbformat loads jsonschema, which with this package (JupyterLab brings it) would compile a grammar of web
    # addresses first: that takes longer than all other imports together, and notebooks are checked for none.
    with _absent("rfc3987_syntax"):
        from . import kernels

    fitted = {path: fit(kernels.read(path), plan) for path in {chapter.notebook for chapter in chapters}}
    asked = [chapter for chapter in chapters if fitted[chapter.notebook].cells]
    variables = {"XJR_CHARTS": "svg", "XJR_FOLDER": str(plan.folder)}
    sources = [fitted[chapter.notebook] for chapter in asked]
    with kernels.running(asked, sources, variables, jobs) as executed:
        from . import pages

        frames = write_frames(made / "data", plan)
        ready = {chapter: pages.page(chapter, notebook) for chapter, notebook in executed}
    titles = pages.titles_of(made, NOTEBOOKS) | {chapter: page.title for chapter, page in ready.items()}
    written: dict[str, list[Path]] = {chapter.part: [] for chapter in chapters}
    for chapter in asked:
        page = ready[chapter]
        text = pages.render(page, titles, plan)
        written[chapter.part] = [
            write_file(made / chapter.language / chapter.file, text.encode()),
            *(write_file(made / "data" / "charts" / name, drawn) for name, drawn in page.charts.items()),
        ]
    return written | {"data": frames}


@contextmanager
def _absent(package: str) -> Iterator[None]:
    """Import something as if an optional package was not installed."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]


def _sweep(out: Path) -> None:
    """Remove what builds left beside a report folder that were killed."""
    for place in out.parent.glob(f".{glob.escape(out.name)}.*.*"):
        owner = place.name.removeprefix(f".{out.name}.").partition(".")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(place, ignore_errors=True)


def _swap(made: Path, out: Path) -> None:
    """Put a finished folder in its place; of two builds that finish at once, the later one stays."""
    for attempt in itertools.count(1):
        try:
            if out.exists():
                out.rename(made.parent / f"replaced{attempt}")
            made.rename(out)
            return
        except OSError as error:
            # Another build's folder came or went between the two steps.
            if attempt == 5 or error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                raise


def store(
    only: Sequence[str] = (), jobs: int | None = None, folder: Folder = None, out: Path | None = None
) -> list[Path]:
    """Run notebooks in English and store their outputs in them.

    Parameters
    ----------
    only, jobs
        As in :func:`build`.
    folder : path, optional
        Folder of raw tables of the plan that copies are about; the bundled plan's if omitted.
    out : path, optional
        Folder for copies that have only the cells that the plan needs (:func:`fit`, but for the interactive
        ones, which stay), and say in their first cell which folder they read. If omitted, the bundled plan's
        notebooks themselves are written.

    Returns
    -------
    list of Path
        The notebooks written.

    Raises
    ------
    ReportError
        If a notebook fails, or another plan is named without `out`.
    """
    import nbformat

    from . import kernels

    plan = Plan((plan_folder(folder) if out else Path(folder or RAW)).resolve())
    if not out and plan.folder != RAW.resolve():
        raise ReportError("another plan's outputs do not go into these notebooks; name a folder with --out")
    chapters = [Chapter(path, "en") for path in notebooks(only)]
    sources = {chapter: kernels.read(chapter.notebook) for chapter in chapters}
    if out:
        sources = {chapter: _own_copy(source, plan) for chapter, source in sources.items()}
    chapters = [chapter for chapter in chapters if sources[chapter].cells]
    variables = {"XJR_FOLDER": str(plan.folder)}
    with kernels.running(chapters, [sources[chapter] for chapter in chapters], variables, jobs) as running:
        executed = dict(running)
    written = []
    for chapter in chapters:
        notebook = executed[chapter]
        # What the machine adds (version of Python, state of widgets) is not part of the notebook.
        notebook.metadata["language_info"] = {"name": "python"}
        notebook.metadata.pop("widgets", None)
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
            for output in cell.get("outputs", []):
                output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
        path = out / chapter.notebook.name if out else chapter.notebook
        written.append(write_file(path, (nbformat.writes(notebook) + "\n").encode()))
    return written


def _own_copy(notebook: NotebookNode, plan: Plan) -> NotebookNode:
    """A plan's own copy of a notebook, which reads its folder wherever it is opened; maybe without cells."""
    from nbformat.v4 import new_code_cell

    copied = fit(notebook, plan, interactive=True)
    if copied.cells:
        # By name, so that a copy opened in JupyterLab does not fall back to the bundled plan.
        source = f'import os\n\nos.environ["XJR_FOLDER"] = {str(plan.folder)!r}'
        copied.cells.insert(0, new_code_cell(source, id="folder"))
    return copied


def fit(notebook: NotebookNode, plan: Plan, interactive: bool = False) -> NotebookNode:
    """Keep the cells that a report on a plan has.

    Parameters
    ----------
    notebook : NotebookNode
        Left as it is.
    plan : Plan
    interactive : bool
        Whether the cells tagged ``interactive`` stay, which live in JupyterLab only.

    Returns
    -------
    NotebookNode
        Without interactive cells, unless they stay; those tagged ``own``, which
        tell of the bundled plan, if this is another; and those tagged ``needs-`` and a table (or
        ``needs-district_table``, ``needs-levers`` …) if the plan's has no rows. No cells at all if the title
        goes: then the chapter is not for this plan.
    """
    bundled = plan.name == Plan(RAW).name

    def kept(cell: NotebookNode) -> bool:
        tags = cell.metadata.get("tags", [])
        needs = [tag.removeprefix("needs-") for tag in tags if tag.startswith("needs-")]
        lives = interactive or "interactive" not in tags
        return lives and (bundled or "own" not in tags) and all(map(plan.has, needs))

    fitted = copy.deepcopy(notebook)
    whole = all(map(kept, filter(_is_title, notebook.cells)))
    fitted.cells = [cell for cell in fitted.cells if kept(cell)] if whole else []
    return fitted


def _is_title(cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown" and cell.source.startswith("# ")
