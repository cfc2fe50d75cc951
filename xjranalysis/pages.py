"""Turn executed notebooks into self-contained pages, and list them."""

from __future__ import annotations

import copy
import html
import itertools
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from nbconvert import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from .chapter import LANGUAGE_NAMES, Chapter, ReportError
from .display import LANGUAGES
from .export import WORKBOOK, write_file
from .plan import Plan
from .resources import NOTEBOOKS, RAW, TEMPLATES

_HTML_LANG = {"en": "en", "zh": "zh-CN"}
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


@dataclass(frozen=True)
class Page:
    """What a chapter's page holds, but for what the other chapters tell."""

    chapter: Chapter
    title: str
    sections: list[dict[str, str]]
    text: str
    charts: dict[str, bytes]


def page(chapter: Chapter, notebook: NotebookNode) -> Page:
    """Turn an executed notebook into what its page holds.

    Parameters
    ----------
    chapter : Chapter
    notebook : NotebookNode
        Executed in the chapter's language for a report.

    Returns
    -------
    Page
        With what the charts draw, as CSV by file name.
    """
    language = chapter.language
    heading = title(notebook, language)
    notebook = _gathered(_without_title(notebook, heading))
    if language == "zh":
        notebook = _joined(notebook)
    charts = {
        cell.id: output.data["text/csv"].encode("utf-8-sig")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "text/csv" in output.get("data", {})
    }
    files = {cell: f"{chapter.notebook.stem}.{cell}.{language}.csv" for cell in charts}
    figures = {
        cell: {"name": _WORDS[language]["figure"].format(number), "file": f"../data/charts/{file}"}
        for number, (cell, file) in enumerate(files.items(), start=1)
    }
    # HTMLExporter's own reads the finished page again, for pictures without a description and for parts of
    # JupyterLab's template: pages have neither, and that reading takes longer than all the rest.
    text, _ = TemplateExporter.from_notebook_node(
        _exporter(language), notebook, resources={"words": _WORDS[language], "figures": figures}
    )
    numbers = itertools.count(1)
    text = re.sub("<h2>", lambda _: f'<h2 id="s{next(numbers)}">', text)
    return Page(
        chapter,
        heading,
        _sections(notebook, language),
        text,
        {files[cell]: content for cell, content in charts.items()},
    )


def render(page: Page, titles: dict[Chapter, str] | None = None, plan: Plan | None = None) -> str:
    """Write a self-contained page.

    Parameters
    ----------
    page : Page
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
    chapter, titles = page.chapter, titles or {}
    language = chapter.language
    other = _other(language)
    paired = Chapter(chapter.notebook, other) in titles
    made = {c.notebook.stem for c in titles if c.language == language}

    def page_link(link: re.Match[str]) -> str:
        # A notebook links to another notebook, a page to its page, if the plan has that chapter.
        return f'<a href="{link[1]}.html">{link[2]}</a>' if link[1] in made else link[2]

    return _template("page").render(
        page=page,
        text=Markup(re.sub(r'<a href="([\w-]+)\.ipynb">(.*?)</a>', page_link, page.text)),
        html_lang=_HTML_LANG[language],
        plan=getattr(plan or Plan(RAW), f"title_{language}"),
        words=_WORDS[language],
        other={"folder": other, "html_lang": _HTML_LANG[other], "name": LANGUAGE_NAMES[other]}
        if paired
        else None,
        neighbours=_neighbours(chapter, titles),
        running_head=Markup(_css_text(page.title)),
        style=Markup(_style() + HtmlFormatter(nobackground=True).get_style_defs(".highlight")),
    )


@cache
def _exporter(language: str) -> HTMLExporter:
    """Make what writes the pages of a language."""
    settings = Config()
    settings.TagRemovePreprocessor.enabled = True
    settings.TagRemovePreprocessor.remove_cell_tags = {f"lang-{_other(language)}"}
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
    exporter.register_filter("highlight_code", _highlighted)
    return exporter


@cache
def _highlighted(source: str) -> str:
    """Colour code, which is the same in every language."""
    return str(Highlight2HTML(pygments_lexer="ipython3")(source))


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


def titles_of(made: Path, shelf: Path = NOTEBOOKS) -> dict[Chapter, str]:
    """Titles of the chapters that a report folder holds already."""
    found = {}
    for language in LANGUAGES:
        for page in sorted((made / language).glob("*.html")):
            # From the page itself: a title may be computed, and the page may come from an earlier run.
            heading = re.search(r"<title>(.*?)</title>", page.read_text(encoding="utf-8"), flags=re.DOTALL)
            chapter = Chapter(shelf / f"{page.stem}.ipynb", language)
            found[chapter] = html.unescape(heading[1]) if heading else page.stem
    return found


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
def _template(name: str) -> jinja2.Template:
    loader = jinja2.FileSystemLoader(TEMPLATES / "xjr")
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True)
    return environment.get_template(f"{name}.html.j2")


@cache
def _style() -> str:
    return (TEMPLATES / "xjr" / "style.css").read_text(encoding="utf-8")


def write_lists(made: Path, plan: Plan) -> list[Path]:
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
    contents = _write_list(made / "index.html", f"{plan.title_zh} · {plan.title_en}", sections)
    files = [WORKBOOK, *sorted(path.name for path in (made / "data").glob("*.csv"))]
    text = "一个工作簿收全部表格，另每表一个CSV文件。One workbook with everything, and one CSV file a table."
    links = [{"href": name, "text": name} for name in files]
    back = {"href": "../index.html", "text": "目录 · Contents"}
    section = {"html_lang": "zh-CN", "title": "文件 · Files", "text": text, "links": [*links, back]}
    return [contents, _write_list(made / "data" / "index.html", "数据 · Data", [section])]


def _summary(made: Path, language: str) -> Markup:
    """Findings of the opening chapter (its cell tagged summary), with links for the contents page."""
    opening = min((made / language).glob("*.html"))
    found = re.search(r'<div id="summary">(.*?)</div>', opening.read_text(encoding="utf-8"), flags=re.DOTALL)
    # The page escaped what came from outside when it was made.
    return Markup(re.sub(r'href="(?=\w)', f'href="{language}/', found[1]) if found else "")


def _chapter_links(made: Path, language: str) -> list[dict[str, str]]:
    return [
        {"href": f"{language}/{chapter.file}", "text": text}
        for chapter, text in titles_of(made).items()
        if chapter.language == language
    ]


def _write_list(path: Path, heading: str, sections: list[dict[str, Any]]) -> Path:
    made = _template("list").render(
        html_lang="zh-CN", title=heading, sections=sections, style=Markup(_style())
    )
    return write_file(path, made.encode())
