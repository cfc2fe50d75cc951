"""Run the notebooks and write them as self-contained HTML, in English and Chinese."""

from __future__ import annotations

import asyncio
import atexit
import copy
import errno
import glob
import html
import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import jinja2
import nbformat
import psutil
from markupsafe import Markup
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbconvert import HTMLExporter
from nbformat import NotebookNode, ValidationError
from nbformat.reader import NotJSONError
from pygments.formatters import HtmlFormatter
from tqdm import tqdm
from traitlets.config import Config

from .data import Folder
from .display import LANGUAGES
from .errors import XjrError
from .export import WORKBOOK, write_file, write_frames
from .plan import Plan
from .resources import NOTEBOOKS, RAW, TEMPLATES, plan_folder

TIME_LIMIT = 600  # seconds a cell may take
# Written into every report folder: only a folder that has it is ever replaced.
_MARK = ".xjranalysis-report"

_HTML_LANG = {"en": "en", "zh": "zh-CN"}
_NAMES = {"en": "English", "zh": "中文"}
_WORDS = {
    "en": {
        "navigation": "Pages",
        "skip": "Skip to the text",
        "sections": "In this chapter",
        "neighbours": "Next and previous chapter",
        "previous": "Previous: ",
        "next": "Next: ",
        "contents": "Contents",
        "data": "Data",
        "code": "Code",
        "figure": "Figure {}.",
        "csv": "Data behind it (CSV)",
        "footer": (
            "Figures are quoted as printed; estimates are marked as such. Made by xjranalysis from the"
            " plan's published text."
        ),
    },
    "zh": {
        "navigation": "页面",
        "skip": "跳到正文",
        "sections": "本章内容",
        "neighbours": "上一章和下一章",
        "previous": "上一章：",
        "next": "下一章：",
        "contents": "目录",
        "data": "数据",
        "code": "代码",
        "figure": "图{}",
        "csv": "图中数据（CSV）",
        "footer": "数字按原文引用，估计值均予注明。由 xjranalysis 根据已公开的计划文本生成。",
    },
}


class ReportError(XjrError):
    """A report that could not be built; names the notebook, the language, the cell and the error."""


@dataclass(frozen=True)
class Chapter:
    """One notebook in one language."""

    notebook: Path
    language: str

    @property
    def file(self) -> str:
        """Name of the page."""
        return f"{self.notebook.stem}.html"


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
) -> Path:
    """Run notebooks once a language and write the reports.

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
        How many notebooks run at a time; the number of processors if omitted.
    folder : path, optional
        Folder of raw tables; the bundled plan's if omitted.

    Returns
    -------
    Path
        The contents page.

    Raises
    ------
    ReportError
        If a notebook fails, or `out` holds something that is not a report.
    """
    out = out.resolve()
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / _MARK).exists())):
        raise ReportError(f"{out} is not a report folder; name an empty or a new one with --out")
    plan = Plan(plan_folder(folder).resolve())
    chapters = [Chapter(path, language) for language in languages for path in notebooks(only)]
    fitted = {path: fit(_read(path), plan) for path in notebooks(only)}
    chapters = [chapter for chapter in chapters if fitted[chapter.notebook].cells]
    out.parent.mkdir(parents=True, exist_ok=True)
    _sweep(out)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.{os.getpid()}.") as place:
        made = Path(place) / "reports"
        if out.exists() and (only or set(languages) != set(LANGUAGES)):
            shutil.copytree(out, made)
        variables = {"XJR_CHARTS": "svg", "XJR_FOLDER": str(plan.folder)}
        executed = run(chapters, [fitted[chapter.notebook] for chapter in chapters], variables, jobs)
        titles = _titles(made) | {
            chapter: title(notebook, chapter.language)
            for chapter, notebook in zip(chapters, executed, strict=True)
        }
        for chapter, notebook in zip(chapters, executed, strict=True):
            path = made / chapter.language / chapter.file
            write_file(path, render(chapter, notebook, titles, plan).encode())
            for name, content in chart_data(chapter, notebook).items():
                write_file(made / "data" / "charts" / name, content)
        write_frames(made / "data", plan)
        _write_lists(made, plan)
        write_file(made / _MARK, b"")
        _swap(made, out)
    return out / "index.html"


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


def store(only: Sequence[str] = (), jobs: int | None = None) -> list[Path]:
    """Run notebooks in English and store their outputs in them.

    Parameters
    ----------
    only, jobs
        As in :func:`build`.

    Returns
    -------
    list of Path
        The notebooks written.
    """
    chapters = [Chapter(path, "en") for path in notebooks(only)]
    written = []
    read = [_read(chapter.notebook) for chapter in chapters]
    for chapter, notebook in zip(chapters, run(chapters, read, {}, jobs), strict=True):
        # What the machine adds (version of Python, state of widgets) is not part of the notebook.
        notebook.metadata["language_info"] = {"name": "python"}
        notebook.metadata.pop("widgets", None)
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
            for output in cell.get("outputs", []):
                output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
        written.append(write_file(chapter.notebook, (nbformat.writes(notebook) + "\n").encode()))
    return written


def run(
    chapters: Sequence[Chapter],
    sources: Sequence[NotebookNode],
    environment: dict[str, str],
    jobs: int | None = None,
) -> list[NotebookNode]:
    """Execute notebooks, each in a fresh kernel, several at a time, with a progress bar.

    Parameters
    ----------
    chapters : sequence of Chapter
    sources : sequence of NotebookNode
        What to run, one a chapter.
    environment : dict
        Variables for the kernels besides ``XJR_LANG``.
    jobs : int, optional
        How many run at a time; the number of processors if omitted.

    Returns
    -------
    list of NotebookNode
        In the order of `chapters`.

    Raises
    ------
    ReportError
        If any of them fails.
    """

    stop: Callable[[], object] = bool

    async def everything() -> list[NotebookNode | BaseException]:
        nonlocal stop
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task:
            stop = partial(loop.call_soon_threadsafe, task.cancel)
        places = asyncio.Semaphore(jobs or os.cpu_count() or 1)
        with tqdm(total=len(chapters), unit="notebook", disable=None) as bar:

            async def one(chapter: Chapter, notebook: NotebookNode) -> NotebookNode:
                async with places:
                    executed = await _execute(chapter, notebook, environment)
                bar.update()
                return executed

            # The others run on when one fails: stopping their kernels would make them look broken too.
            pairs = zip(chapters, map(copy.deepcopy, sources), strict=True)
            return await asyncio.gather(*(one(*pair) for pair in pairs), return_exceptions=True)

    # In the main thread nbclient would take over Ctrl-C, and make an error of its own of it.
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(asyncio.run, everything())
        try:
            results = waiting.result()
        except BaseException:
            stop()  # the kernels, before the pool's thread ends
            raise
    failures = [result for result in results if isinstance(result, BaseException)]
    for failure in failures:
        if not isinstance(failure, ReportError):
            raise failure
    if failures:
        raise ReportError("\n".join(map(str, failures)))
    return [result for result in results if isinstance(result, NotebookNode)]


def _read(path: Path) -> NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except (NotJSONError, ValidationError, UnicodeDecodeError) as error:
        raise ReportError(f"{path.name} is not a notebook: {str(error)[:200]}") from error


def fit(notebook: NotebookNode, plan: Plan) -> NotebookNode:
    """Keep the cells that a report on a plan has.

    Parameters
    ----------
    notebook : NotebookNode
        Left as it is.
    plan : Plan

    Returns
    -------
    NotebookNode
        Without the cells tagged ``interactive``, which live in JupyterLab only; those tagged ``own``, which
        tell of the bundled plan, if this is another; and those tagged ``needs-`` and a table (or
        ``needs-district_table``, ``needs-levers`` …) if the plan's has no rows. No cells at all if the title
        goes: then the chapter is not for this plan.
    """
    bundled = plan.name == Plan(RAW).name

    def kept(cell: NotebookNode) -> bool:
        tags = cell.metadata.get("tags", [])
        needs = [tag.removeprefix("needs-") for tag in tags if tag.startswith("needs-")]
        return "interactive" not in tags and (bundled or "own" not in tags) and all(map(plan.has, needs))

    fitted = copy.deepcopy(notebook)
    whole = all(map(kept, filter(_is_title, notebook.cells)))
    fitted.cells = [cell for cell in fitted.cells if kept(cell)] if whole else []
    return fitted


def _is_title(cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown" and cell.source.startswith("# ")


async def _execute(chapter: Chapter, notebook: NotebookNode, environment: dict[str, str]) -> NotebookNode:
    client = NotebookClient(
        notebook,
        timeout=TIME_LIMIT,
        kernel_name="python3",
        record_timing=False,
        shutdown_kernel="immediate",  # nothing is left to do for a kernel when its last cell is done
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(chapter.notebook.parent)}},
    )
    variables = os.environ | environment | {"XJR_LANG": chapter.language}
    try:
        return await client.async_execute(env=variables)
    except (CellExecutionError, CellTimeoutError, RuntimeError) as error:  # RuntimeError: a dead kernel
        raise ReportError(_failure(chapter, notebook, error)) from error
    finally:
        # A client that is stopped while its kernel starts would complain when the interpreter exits.
        atexit.unregister(client._cleanup_kernel)


def _failure(chapter: Chapter, notebook: NotebookNode, error: Exception) -> str:
    outputs = [
        (cell.id, output)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    what = f"{chapter.notebook.name} ({_NAMES[chapter.language]})"
    if not outputs:
        return f"{what}: {type(error).__name__}: {error}"
    cell, output = outputs[0]
    return f"{what}, cell {cell}: {output.ename}: {output.evalue}"


def chart_data(chapter: Chapter, notebook: NotebookNode) -> dict[str, bytes]:
    """Collect what the charts of an executed notebook draw.

    Parameters
    ----------
    chapter : Chapter
    notebook : NotebookNode
        Executed for a report.

    Returns
    -------
    dict of bytes
        CSV by file name.
    """
    return {
        _chart_file(chapter, cell): output.data["text/csv"].encode("utf-8-sig")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "text/csv" in output.get("data", {})
    }


def _chart_file(chapter: Chapter, cell: NotebookNode) -> str:
    return f"{chapter.notebook.stem}.{cell.id}.{chapter.language}.csv"


def render(
    chapter: Chapter,
    notebook: NotebookNode,
    titles: dict[Chapter, str] | None = None,
    plan: Plan | None = None,
) -> str:
    """Turn an executed notebook into one self-contained page.

    Parameters
    ----------
    chapter : Chapter
    notebook : NotebookNode
        Executed in the chapter's language.
    titles : dict of str, optional
        Titles of all chapters that the page may link to: itself in the other language, its neighbours, and
        those that its text names; links to others become plain text.
    plan : Plan, optional
        What the page is about; the bundled plan if omitted.

    Returns
    -------
    str
        HTML without scripts and without requests to anywhere.
    """
    language = chapter.language
    heading = title(notebook, language)
    notebook = _gathered(_without_title(notebook, heading))
    if language == "zh":
        notebook = _joined(notebook)
    other = _other(language)
    titles = titles or {}
    paired = Chapter(chapter.notebook, other) in titles
    drawn = [cell for cell in notebook.cells if "text/csv" in _output_kinds(cell)]
    page = {
        "html_lang": _HTML_LANG[language],
        "title": heading,
        "plan": getattr(plan or Plan(RAW), f"title_{language}"),
        "file": chapter.file,
        "words": _WORDS[language],
        "other": {"folder": other, "html_lang": _HTML_LANG[other], "name": _NAMES[other]} if paired else None,
        "sections": _sections(notebook, language),
        "neighbours": _neighbours(chapter, titles),
        "figures": {
            cell.id: {
                "name": _WORDS[language]["figure"].format(number),
                "file": f"../data/charts/{_chart_file(chapter, cell)}",
            }
            for number, cell in enumerate(drawn, start=1)
        },
        "running_head": _css_text(heading),
        "style": _style() + HtmlFormatter(nobackground=True).get_style_defs(".highlight"),
    }
    settings = Config()
    settings.TagRemovePreprocessor.enabled = True
    settings.TagRemovePreprocessor.remove_cell_tags = {f"lang-{other}"}
    settings.NbConvertBase.display_data_priority = [
        "image/svg+xml",
        "image/png",
        "text/html",
        "text/markdown",
        "text/plain",
    ]
    exporter = HTMLExporter(
        config=settings,
        template_name="xjr",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_anchor_links=True,
    )
    html_ = exporter.from_notebook_node(notebook, resources={"page": page})[0]
    numbers = itertools.count(1)
    html_ = re.sub("<h2>", lambda _: f'<h2 id="s{next(numbers)}">', html_)
    made = {c.notebook.stem for c in titles if c.language == language}

    def page_link(link: re.Match[str]) -> str:
        # A notebook links to another notebook, a page to its page, if the plan has that chapter.
        return f'<a href="{link[1]}.html">{link[2]}</a>' if link[1] in made else link[2]

    return re.sub(r'<a href="([\w-]+)\.ipynb">(.*?)</a>', page_link, html_)


def _sections(notebook: NotebookNode, language: str) -> list[dict[str, str]]:
    """Second-level headings of a language, with the anchors that they get."""
    sources = [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "markdown" and f"lang-{_other(language)}" not in cell.metadata.get("tags", [])
    ]
    headings = re.findall(r"^## (.+)$", "\n".join(sources), flags=re.MULTILINE)
    return [{"anchor": f"s{number}", "text": text} for number, text in enumerate(headings, start=1)]


def _neighbours(chapter: Chapter, titles: dict[Chapter, str]) -> dict[str, dict[str, str]]:
    """Chapters before and after in the same language, of those that exist."""
    own = sorted((c for c in titles if c.language == chapter.language), key=lambda c: c.notebook.name)
    place = own.index(chapter) if chapter in own else None
    if place is None:
        return {}
    found = {
        "previous": own[place - 1] if place else None,
        "next": own[place + 1] if own[place + 1 :] else None,
    }
    return {name: {"file": c.file, "title": titles[c]} for name, c in found.items() if c}


def _titles(made: Path) -> dict[Chapter, str]:
    """Titles of the chapters that a report folder holds already."""
    found = {}
    for language, path in itertools.product(LANGUAGES, notebooks()):
        page = made / language / Chapter(path, language).file
        if page.exists():
            # From the page itself: a title may be computed, and the page may come from an earlier run.
            heading = re.search(r"<title>(.*?)</title>", page.read_text(encoding="utf-8"), flags=re.DOTALL)
            found[Chapter(path, language)] = html.unescape(heading[1]) if heading else page.stem
    return found


def _output_kinds(cell: NotebookNode) -> set[str]:
    return {kind for output in cell.get("outputs", []) for kind in output.get("data", {})}


def _css_text(text: str) -> str:
    """Write a text as a string of a style sheet."""
    return '"' + re.sub(r'["\\\\<>&\n]', lambda match: f"\\{ord(match[0]):x} ", text) + '"'


def _other(language: str) -> str:
    return next(code for code in LANGUAGES if code != language)


def _joined(notebook: NotebookNode) -> NotebookNode:
    """Join the lines of Chinese paragraphs, which a browser would part by a space."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"(?<=[，。；：、？！）”])\n(?=[\u4e00-\u9fff“（])", "", cell.source)
    return notebook


def title(notebook: NotebookNode, language: str) -> str:
    """Return a notebook's title: the first heading in the language, written or computed."""
    for cell in notebook.cells:
        tagged = f"lang-{language}" in cell.metadata.get("tags", [])
        texts = [cell.source] if tagged else [_markdown(output) for output in cell.get("outputs", [])]
        for text in texts:
            if heading := re.match(r"# (.+)", text):
                return heading[1].strip()
    raise ReportError(f"a notebook has no heading (# …) in a cell tagged lang-{language} or in its output")


def _without_title(notebook: NotebookNode, heading: str) -> NotebookNode:
    """Take the title out of the cells: the page shows it before everything, also before code."""
    notebook = copy.deepcopy(notebook)
    line = re.compile(rf"^# {re.escape(heading)}\s*$\n*", flags=re.MULTILINE)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = line.sub("", cell.source, count=1)
        for output in cell.get("outputs", []):
            if text := _markdown(output):
                output.data["text/markdown"] = line.sub("", text, count=1)
    return notebook


def _gathered(notebook: NotebookNode) -> NotebookNode:
    """Put code that shows nothing in front of the next code that does, so that a page folds it only once."""
    cells, held = [], []
    for cell in notebook.cells:
        if cell.cell_type == "code" and not cell.outputs:
            held.append(cell)
            continue
        if cell.cell_type == "code" and held:
            cell.source = "\n\n".join(part.source for part in (*held, cell))
            held = []
        cells.append(cell)
    notebook.cells = [*cells, *held]
    return notebook


def _markdown(output: NotebookNode) -> str:
    return str(output.get("data", {}).get("text/markdown", ""))


@cache
def _style() -> str:
    return (TEMPLATES / "xjr" / "style.css").read_text(encoding="utf-8")


def _write_lists(made: Path, plan: Plan) -> None:
    """Write the contents page and the page of data files from what is in the folder."""
    texts = {
        "en": (
            "Findings, and the chapters",
            "Each chapter is one page that needs no network and can be printed.",
        ),
        "zh": ("主要发现及各章", "每章一页，无需联网，可直接打印。"),
    }
    sections = [
        {
            "html_lang": _HTML_LANG[code],
            "title": texts[code][0],
            "summary": _summary(made, code),
            "text": texts[code][1],
            "links": links,
        }
        for code in ("zh", "en")
        if (links := _chapter_links(made, code))
    ]
    link = {"href": "data/index.html", "text": "数据文件 · Data files"}
    text = "全部数字及其来源。All figures with their sources."
    sections.append({"html_lang": "zh-CN", "title": "数据 · Data", "text": text, "links": [link]})
    _write_list(made / "index.html", f"{plan.title_zh} · {plan.title_en}", sections)
    files = [WORKBOOK, *sorted(path.name for path in (made / "data").glob("*.csv"))]
    text = "一个工作簿收全部表格，另每表一个CSV文件。One workbook with everything, and one CSV file a table."
    links = [{"href": name, "text": name} for name in files]
    back = {"href": "../index.html", "text": "目录 · Contents"}
    section = {"html_lang": "zh-CN", "title": "文件 · Files", "text": text, "links": [*links, back]}
    _write_list(made / "data" / "index.html", "数据 · Data", [section])


def _summary(made: Path, language: str) -> Markup:
    """Findings of the opening chapter (its cell tagged summary), with links for the contents page."""
    page = made / language / f"{notebooks()[0].stem}.html"
    found = page.exists() and re.search(
        r'<div id="summary">(.*?)</div>', page.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    # The page escaped what came from outside when it was made.
    return Markup(re.sub(r'href="(?=\w)', f'href="{language}/', found[1]) if found else "")


def _chapter_links(made: Path, language: str) -> list[dict[str, str]]:
    return [
        {"href": f"{language}/{chapter.file}", "text": text}
        for chapter, text in _titles(made).items()
        if chapter.language == language
    ]


def _write_list(path: Path, heading: str, sections: list[dict[str, Any]]) -> None:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True
    )
    page = environment.get_template("xjr/list.html.j2").render(
        html_lang="zh-CN", title=heading, sections=sections, style=Markup(_style())
    )
    write_file(path, page.encode())
