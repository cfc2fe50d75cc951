"""Build the handbook: renew the generated parts of its Markdown pages, and write all pages as HTML."""

import argparse
import ast
import inspect
import re
from pathlib import Path

import jinja2
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

import xjranalysis as xjr
from xjranalysis.cli import _parser
from xjranalysis.resources import TEMPLATES
from xjranalysis.rounding import MEASURED, PERIODS, UNITS
from xjranalysis.schema import TABLES, Column, Table

DOCS = Path(__file__).resolve().parent
OUT = DOCS.parent / "build" / "docs"
PAGES = ("index", "install", "tour", "tables", "methods", "extend", "commands", "api", "zh")
_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Renew the Markdown and write the pages."""
    texts = {name: renewed((DOCS / f"{name}.md").read_text(encoding="utf-8")) for name in PAGES}
    OUT.mkdir(parents=True, exist_ok=True)
    for name, page in rendered(texts).items():
        (DOCS / f"{name}.md").write_text(texts[name], encoding="utf-8", newline="")
        (OUT / f"{name}.html").write_text(page, encoding="utf-8", newline="")
    print(OUT / "index.html")


def renewed(text: str) -> str:
    """Write the generated parts of a page anew."""
    return _PART.sub(lambda part: f"{part[1]}\n{GENERATED[part[2]]()}\n\n{part[3]}", text)


def slug(heading: str) -> str:
    """Name the anchor of a heading, as code hosting sites do."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def rendered(texts: dict[str, str]) -> dict[str, str]:
    """Turn the pages into HTML that needs nothing else: no script, no request."""
    loader = jinja2.FileSystemLoader([DOCS, TEMPLATES])
    files = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True)
    titles = {name: text.partition("\n")[0].lstrip("# ") for name, text in texts.items()}
    shared = {"titles": titles, "code_style": HtmlFormatter(nobackground=True).get_style_defs(".highlight")}
    page = files.get_template("page.html.j2", globals=shared)
    return {name: page.render(name=name, text=_body(text)) for name, text in texts.items()}


def _body(text: str) -> str:
    text = text.replace("```python\n>>>", "```pycon\n>>>")
    page = MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(text)
    page = re.sub(r"<h([23])>(.*?)</h", lambda head: f'<h{head[1]} id="{slug(head[2])}">{head[2]}</h', page)
    page = re.sub(r'href="([\w-]+)\.md(?=["#])', r'href="\1.html', page)
    page = page.replace('href="../', 'href="../../')  # the pages lie one folder deeper than their sources
    wide = r'<div class="table" role="region" tabindex="0">\g<0></div>'
    return re.sub("(?s)<table>.*?</table>", wide, page)


def _tables() -> str:
    """Every raw table with its columns; tables with the same columns together."""
    alike: dict[tuple[Column, ...], list[Table]] = {}
    for table in TABLES.values():
        alike.setdefault(table.columns, []).append(table)
    headings = {columns: ", ".join(f"{table.name}.csv" for table in alike[columns]) for columns in alike}
    parts = []
    for columns, group in alike.items():
        rows = ["| column | what it holds | kind | allowed |", "|---|---|---|---|"]
        for column in columns:
            others = [f"[{name}](#{slug(headings[TABLES[name].columns])})" for name in column.refers]
            allowed = ", ".join(f"`{value}`" for value in column.values) or " or ".join(others)
            kind = f"{column.kind}{'' if column.required else ', may be empty'}"
            rows.append(f"| `{column.name}` | {column.description} | {kind} | {allowed} |")
        told = [f"`{table.name}.csv`: {table.description}." for table in group]
        parts += [f"### {headings[columns]}", *told, "\n".join(rows)]
    return "\n\n".join(parts)


def _units() -> str:
    """Every base unit with the words that stand for it."""
    words: dict[str, list[str]] = {}
    for word, unit in UNITS.items():
        words.setdefault(unit, []).append(word)
    rows = ["| base unit | words in prints | whole numbers are |", "|---|---|---|"]
    for unit, known in words.items():
        rows.append(f"| `{unit}` | {', '.join(known)} | {'rounded' if unit in MEASURED else 'counts'} |")
    periods = ", ".join(f"{word} `/{period}`" for word, period in PERIODS.items())
    return "\n".join([*rows, "", f"A word in front makes the unit one of a time or a person: {periods}."])


def _commands(parser: argparse.ArgumentParser | None = None, name: str = "xjr") -> str:
    """Every command with its arguments and options, from the parser."""
    parts, options = [], []
    for action in (parser or _parser())._actions:
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                inner = _commands(action.choices[choice.dest], f"{name} {choice.dest}")
                parts += [f"### {name} {choice.dest}", f"{choice.help[0].upper()}{choice.help[1:]}.", inner]
        elif action.dest != "help":
            value = "|".join(action.choices or ()) or action.metavar or action.dest.upper()
            shown = " ".join([*action.option_strings, *([value] if action.nargs != 0 else [])])
            told = action.help or (f"default: {action.default}" if action.default else "")
            options.append(f"- `{shown}`{': ' if told else ''}{told}")
    return "\n\n".join(filter(None, ["\n".join(options), *parts]))


def _api() -> str:
    """One line a public name, from the first line of its docstring."""
    lines = []
    for name, item in ((name, getattr(xjr, name)) for name in xjr.__all__):
        call = f"({', '.join(inspect.signature(item).parameters)})" if inspect.isfunction(item) else ""
        lines.append(f"- `{name}{call}`: {item.__doc__.strip().splitlines()[0]}")
    return "\n".join(lines)


def _modules() -> str:
    """One line a module, from its docstring."""
    files = sorted(Path(xjr.__file__).parent.glob("[a-z]*.py"))
    trees = {file.stem: ast.parse(file.read_bytes()) for file in files}
    return "\n".join(f"- `{name}`: {ast.get_docstring(tree).splitlines()[0]}" for name, tree in trees.items())


GENERATED = {"tables": _tables, "units": _units, "commands": _commands, "api": _api, "modules": _modules}

if __name__ == "__main__":
    main()
