"""Reports: complete or not there, in both languages, self-contained; failures are named."""

import csv
import html
import re
import shutil
from itertools import pairwise

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib import font_manager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from xjranalysis import Plan, kernels, load_sources, report, style
from xjranalysis.cli import main
from xjranalysis.resources import NOTEBOOKS, PLANS, RAW
from xjranalysis.starter import write_starter


def page(source, number="01"):
    """A small notebook, a fixture of these tests."""
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Title", id="t-en", metadata={"tags": ["lang-en"]}),
            new_markdown_cell("# 标题", id="t-zh", metadata={"tags": ["lang-zh"]}),
            new_code_cell(source, id="the-cell"),
        ]
    )
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return number, notebook


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """Put small notebooks where the report looks for them."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr(report, "NOTEBOOKS", folder)

    def put(*pages):
        for number, notebook in pages:
            nbformat.write(notebook, folder / f"{number}_page.ipynb")

    return put


def test_both_languages_and_contents(shelf, tmp_path):
    shelf(page("from xjranalysis.display import say, Prose\nProse('**Hello**', '**你好**')"))
    index = report.build(tmp_path / "reports")
    english = (tmp_path / "reports" / "en" / "01_page.html").read_text(encoding="utf-8")
    chinese = (tmp_path / "reports" / "zh" / "01_page.html").read_text(encoding="utf-8")
    assert "<strong>Hello</strong>" in english
    assert "标题" not in english
    assert '<html lang="zh-CN">' in chinese
    assert "<strong>你好</strong>" in chinese
    assert "Title</h1>" not in chinese
    assert 'href="../zh/01_page.html"' in english
    contents = index.read_text(encoding="utf-8")
    assert 'href="en/01_page.html">Title' in contents
    assert 'href="zh/01_page.html">标题' in contents
    assert (tmp_path / "reports" / "data" / "xjranalysis.xlsx").exists()


def test_code_that_shows_nothing_folds_with_what_follows(shelf, tmp_path):
    """One disclosure for the preparation and the result; a notebook's link becomes a page's."""
    number, notebook = page("value")
    notebook.cells.insert(2, new_code_cell("value = 'shown'", id="preparation"))
    link = new_markdown_cell("[on](02_page.ipynb)", id="l-en", metadata={"tags": ["lang-en"]})
    notebook.cells.append(link)
    shelf((number, notebook), page("1", "02"))
    report.build(tmp_path / "reports", ["en"])
    text = (tmp_path / "reports" / "en" / "01_page.html").read_text(encoding="utf-8")
    assert text.count("<details>") == 1
    assert "shown" in text
    assert 'href="02_page.html">on' in text


def test_title_is_taken_out_of_the_text_once_and_sections_stay(shelf, tmp_path):
    """A section that is called like the chapter keeps its heading."""
    number, notebook = page("1")
    notebook.cells.append(new_markdown_cell("## Title", id="s-en", metadata={"tags": ["lang-en"]}))
    shelf((number, notebook))
    report.build(tmp_path / "reports", ["en"])
    text = (tmp_path / "reports" / "en" / "01_page.html").read_text(encoding="utf-8")
    assert text.count("<h1>") == 1
    assert '<h2 id="s1">Title</h2>' in text


def test_failure_is_named_and_the_old_report_stays(shelf, tmp_path, capsys):
    shelf(page("1"))
    out = tmp_path / "reports"
    report.build(out, ["en"])
    before = {path: path.read_bytes() for path in sorted(out.rglob("*.*"))}
    shelf(page("raise KeyError('nothing here')"))
    assert main(["report", "--lang", "en", "--out", str(out)]) == 1
    message = capsys.readouterr().err
    assert "01_page.ipynb (English), cell the-cell: KeyError: 'nothing here'" in message
    assert "Traceback" not in message
    assert {path: path.read_bytes() for path in sorted(out.rglob("*.*"))} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebooks", "reports"]


def test_healthy_notebooks_are_not_blamed(shelf, tmp_path, capfd):
    """The failure names the failing notebook alone, however long the others take."""
    shelf(page("import time\ntime.sleep(3)", "01"), page("1/0", "02"))
    with pytest.raises(report.ReportError) as failed:
        report.build(tmp_path / "reports", ["en"])
    assert str(failed.value) == "02_page.ipynb (English), cell the-cell: ZeroDivisionError: division by zero"
    assert "Traceback" not in capfd.readouterr().err


def test_an_error_beside_running_kernels_stops_them(shelf, tmp_path, monkeypatch):
    """Data files are written while kernels run; if that fails, nobody waits for the kernels."""

    def full(*arguments):
        raise OSError("no space left")

    shelf(page("import time\ntime.sleep(500)"))
    monkeypatch.setattr(report, "write_frames", full)
    with pytest.raises(OSError, match="no space left"):
        report.build(tmp_path / "reports", ["en"])
    assert [path.name for path in tmp_path.iterdir()] == ["notebooks"]


def test_broken_notebook_file_is_named(shelf, tmp_path, capsys):
    shelf(page("1"))
    (tmp_path / "notebooks" / "02_broken.ipynb").write_text("{", encoding="utf-8")
    assert main(["report", "--out", str(tmp_path / "reports")]) == 1
    assert "02_broken.ipynb is not a notebook" in capsys.readouterr().err


def test_full_build_leaves_nothing_old(shelf, tmp_path):
    """A chapter that no longer exists goes with the next full build."""
    shelf(page("1"))
    out = tmp_path / "reports"
    report.build(out)
    (out / "en" / "09_old.html").write_text("old", encoding="utf-8")
    report.build(out)
    assert not (out / "en" / "09_old.html").exists()


def test_one_language_links_to_no_missing_page(shelf, tmp_path):
    shelf(page("1"))
    report.build(tmp_path / "reports", ["en"])
    assert "../zh/" not in (tmp_path / "reports" / "en" / "01_page.html").read_text(encoding="utf-8")


def test_unwritable_place_is_named(shelf, tmp_path, capsys):
    shelf(page("1"))
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["report", "--out", str(tmp_path / "file" / "reports")]) == 1
    message = capsys.readouterr().err
    assert str(tmp_path / "file") in message
    assert "Traceback" not in message


def test_only_one_chapter_keeps_the_others(shelf, tmp_path):
    shelf(page("1", "01"), page("2", "02"))
    out = tmp_path / "reports"
    report.build(out, ["en"])
    shelf(page("'changed'", "01"), page("'changed'", "02"))
    report.build(out, ["en"], only=["02"])
    assert "changed" not in (out / "en" / "01_page.html").read_text(encoding="utf-8")
    assert "changed" in (out / "en" / "02_page.html").read_text(encoding="utf-8")


def test_a_folder_that_is_no_report_is_left_alone(shelf, tmp_path):
    shelf(page("1"))
    precious = tmp_path / "thesis"
    precious.mkdir()
    (precious / "chapter.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(report.ReportError, match="is not a report folder"):
        report.build(precious)
    assert (precious / "chapter.txt").exists()


def test_unknown_notebook(shelf, tmp_path, capsys):
    shelf(page("1"))
    assert main(["report", "--only", "77", "--out", str(tmp_path / "reports")]) == 1
    assert "no notebook begins with '77'; there are 01_page" in capsys.readouterr().err


def test_time_limit(shelf, tmp_path, monkeypatch):
    shelf(page("import time\ntime.sleep(60)"))
    monkeypatch.setattr(kernels, "TIME_LIMIT", 1)
    with pytest.raises(report.ReportError, match=r"01_page\.ipynb \(English\)"):
        report.build(tmp_path / "reports", ["en"])


@pytest.fixture(scope="module", params=["bundled", "first_2011", "successor_2016", "starter"])
def plan(request, tmp_path_factory):
    """The plans that come with the package, and the example rows of a new one."""
    if request.param == "starter":
        return Plan(write_starter(tmp_path_factory.mktemp("starter") / "plan"))
    return Plan(RAW if request.param == "bundled" else PLANS / request.param)


@pytest.fixture(scope="module")
def real(plan, tmp_path_factory):
    """The real reports of a plan, built once for this module."""
    return report.build(tmp_path_factory.mktemp("built") / "reports", folder=plan).parent


def pages(real):
    return sorted(real.rglob("*.html"))


def test_pages_are_self_contained(real):
    """No script, no style sheet or picture from elsewhere, a policy that forbids both, a language."""
    for path in pages(real):
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "**" not in re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL)  # Markdown left as it is
        assert re.search(r'<html lang="(en|zh-CN)">', text)
        assert "default-src 'none'" in text
        assert re.search(r"<title>.+</title>", text)
        assert not re.search(r'(?:src|srcset)="(?!data:)', text)
        assert not re.search(r"<link|@import|url\(", text)
        assert path.stat().st_size < 1_500_000


def test_a_plan_has_the_chapters_that_its_tables_allow(plan, real):
    made = {language: {path.stem for path in (real / language).iterdir()} for language in ("en", "zh")}
    every = {path.stem for path in report.notebooks()}
    left_out = {
        "little_giants_2013": set(),
        "example": {"04_districts"},
    }.get(plan.name, {"04_districts", "05_task_register"})
    assert made["en"] == made["zh"] == every - left_out


def test_pages_name_their_plan(plan, real):
    """Another plan's pages do not speak of the bundled one, but where it is a source."""
    bundled = Plan(RAW)
    for path in chapters(real):
        text = path.read_text(encoding="utf-8")
        assert html.escape(plan.title_en if path.parent.name == "en" else plan.title_zh, quote=False) in text
        assert plan.name == bundled.name or bundled.title_en not in text
    contents = (real / "index.html").read_text(encoding="utf-8")
    assert plan.title_zh in contents


def test_outside_addresses_are_those_of_the_sources(plan, real):
    """A page names no address but a document's, and only as a link that the reader may follow."""
    known = {html.escape(url) for url in load_sources(plan)["url"]}
    for path in pages(real):
        shown = re.sub(r"<details>.*?</details>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        linked = re.findall(r'<a href="(https?:[^"]+)">\1</a>', shown)
        assert set(linked) <= known, path.name
        assert len(re.findall(r"https?://", shown)) == 2 * len(linked), path.name


def test_links_and_anchors_lead_somewhere(real):
    for path in pages(real):
        text = path.read_text(encoding="utf-8")
        for target in re.findall(r'href="(?!https?:)([^"]+)"', text):
            place, _, anchor = target.partition("#")
            assert (path.parent / place).resolve().exists(), f"{path.name}: {target}"
            assert not anchor or f'id="{anchor}"' in text, f"{path.name}: {target}"


def chapters(real):
    return [path for path in pages(real) if path.parent.name in ("en", "zh")]


def test_headings_descend_by_one_and_are_listed(real):
    """One first heading, no level left out, and every second-level heading in the chapter's contents."""
    for path in chapters(real):
        text = path.read_text(encoding="utf-8")
        levels = list(map(int, re.findall(r"<h([1-6])[ >]", text)))
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), path.name
        listed = re.findall(r'<li><a href="#(s\d+)">(.*?)</a>', text)
        headings = re.findall(r'<h2 id="(s\d+)">(.*?)</h2>', text)
        assert listed == (headings if len(headings) > 2 else []), path.name


def test_every_chart_has_its_data_one_click_away(real):
    """A caption with a number, and the CSV of what is drawn."""
    for path in chapters(real):
        text = path.read_text(encoding="utf-8")
        figures = re.findall(r"<figure>.*?</figure>", text, flags=re.DOTALL)
        linked = [re.search(r'<figcaption>(.*?) <a href="([^"]+\.csv)"', figure) for figure in figures]
        assert all(linked), path.name
        for number, found in enumerate(linked, start=1):
            assert str(number) in found[1]
            table = pd.read_csv(path.parent / found[2])
            assert len(table), found[2]


def test_tables_have_caption_scope_and_a_name(real):
    for path in chapters(real):
        tables = re.findall(
            r'<div class="table".*?</table>', path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        assert tables or "highlights" in path.name
        for table in tables:
            caption = re.search(r"<caption>(.+?)</caption>", table)
            assert caption
            assert caption[1].startswith(re.search(r'aria-label="(.+?)"', table)[1])
            assert not re.findall(r"<th(?!ead)(?! scope)", table)
            assert '<th scope="col"></th>' not in table


IN_BRACKETS = re.compile(r"[(（](?!估计|estimate)[^()（）]+[)）]$")
UNIT_OR_YEAR = re.compile(r"[^\d\s.,–+−≥±~～×]|^(?:19|20)\d\d$")


def bare_columns(table):
    """Columns whose numbers have no unit: in the caption, in the head, in the row's name or in every cell."""
    if IN_BRACKETS.search(table.caption.get_text()):
        return []
    heads, *rows = (list(row.find_all(["th", "td"])) for row in table.find_all("tr"))
    if all(IN_BRACKETS.search(row[0].get_text()) for row in rows):
        return []
    columns = [
        (head.get_text(), [cell.get_text() for cell in cells if "number" in cell.get("class", [])])
        for head, *cells in zip(heads, *rows, strict=True)
    ]
    return [
        (head, cell)
        for head, cells in columns
        for cell in cells
        if re.search(r"\d", cell) and not UNIT_OR_YEAR.search(cell) and not IN_BRACKETS.search(head)
    ]


def test_every_number_of_a_table_has_a_unit_and_every_table_a_source(real):
    found = [
        (path.parent.name, path.stem, table)
        for path in chapters(real)
        for table in BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").find_all("table")
    ]
    notes = [table.find_parent("div").find_next_sibling().get_text() for *_, table in found]
    assert all(re.match(r"Source: |资料来源：", note) for note in notes)
    bare = [
        (*place, table.caption.get_text(), bare_columns(table)[:2])
        for *place, table in found
        if bare_columns(table)
    ]
    assert bare == []


def test_every_character_of_the_pages_can_be_drawn(real):
    """The fonts that the charts use, a common choice of letters, hold every character of every page."""
    style.styled()
    entries = [
        entry for entry in font_manager.fontManager.ttflist if entry.name in ("DejaVu Sans", "Noto Sans SC")
    ]
    assert {entry.name for entry in entries} == {"DejaVu Sans", "Noto Sans SC"}
    drawn = set().union(*(font_manager.get_font(entry.fname).get_charmap() for entry in entries))
    for path in pages(real):
        text = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").body.get_text()
        missing = {letter for letter in text if ord(letter) not in drawn and letter not in "\n\t"}
        assert not missing, f"{path.name}: {missing}"


def test_contents_page_has_the_findings(plan, real):
    """What matters is read without a click, in both languages, and leads to its chapter."""
    text = (real / "index.html").read_text(encoding="utf-8")
    for language in ("en", "zh"):
        opening = (real / language / "00_highlights.html").read_text(encoding="utf-8")
        findings = re.search(r'<div id="summary">(.*?)</div>', opening, flags=re.DOTALL)[1]
        count = findings.count("<li>")
        assert count == 10 if plan.name == "little_giants_2013" else count >= 3
        assert "<ol>" in findings
        assert re.sub(r'href="', f'href="{language}/', findings) in text


def test_neighbours_follow_the_order_of_the_notebooks(real):
    names = sorted(path.stem for path in (real / "en").iterdir())
    for place, name in enumerate(names):
        text = (real / "en" / f"{name}.html").read_text(encoding="utf-8")
        linked = dict(re.findall(r'<a class="(previous|next)" href="([^"]+)\.html"', text))
        around = {
            "previous": names[place - 1] if place else None,
            "next": names[place + 1] if names[place + 1 :] else None,
        }
        assert linked == {key: value for key, value in around.items() if value}


def test_no_cell_of_a_csv_runs_as_a_formula(real):
    for path in real.rglob("*.csv"):
        assert not formulas(path), path.name


def formulas(path):
    rows = csv.reader(path.read_text(encoding="utf-8-sig").splitlines())
    return [cell for row in rows for cell in row if re.match(r"[=@\t]|[+-](?![\d.])", cell)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_from_outside_do_nothing(tmp_path, raw_copy, language):
    """A script, a formula or Markdown typed as a district's name or a note is shown as it was typed."""
    script, formula, markup = (
        "<script>alert(1)</script>",
        '=HYPERLINK("http://x.cn","点")',
        "**a** [b](http://x.cn) `c|",
    )
    path = raw_copy / "districts.csv"
    districts = pd.read_csv(path, dtype=str, keep_default_na=False)
    names = [script, formula, markup, "<img src=x onerror=alert(1)>"]
    places = districts.index[districts["area"].isin(["heping", "nankai", "beichen", "binhai"])]
    districts.loc[places, ["name_en", "name_zh"]] = [[name, name] for name in names]
    districts.to_csv(path, index=False)
    path = raw_copy / "review.csv"
    review = pd.read_csv(path, dtype=str, keep_default_na=False)
    review.loc[review["note_zh"] != "", ["note_en", "note_zh"]] = [script, markup]
    review.to_csv(path, index=False)

    made = report.build(tmp_path / "reports", [language], ["00", "01", "04"], folder=raw_copy).parent
    shown = {
        path.stem[:2]: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in pages(made)
    }
    for page in shown.values():
        assert not page.find_all(["script"])
        assert not page.find_all("a", href=re.compile("x.cn"))
        assert not [image for image in page.find_all("img") if not image["src"].startswith("data:")]
    text = re.sub(r"\s+", " ", shown["04"].main.get_text())
    assert all(name in text for name in names)
    assert (script if language == "en" else markup) in shown["01"].main.get_text()
    assert names[-1] in shown["00"].main.get_text()
    assert names[-1] in shown["in"].main.get_text()
    assert not [found for path in made.rglob("*.csv") for found in formulas(path)]


def test_charts_have_their_text(real):
    for path in pages(real):
        images = re.findall(r"<img [^>]*>", path.read_text(encoding="utf-8"))
        assert all(len(re.search(r'alt="([^"]*)"', image)[1]) > 40 for image in images)


def test_stored_notebooks_are_written_back_unchanged(tmp_path, monkeypatch):
    """Running a stored notebook again gives the same file: same ids, same outputs, no traces."""
    source = NOTEBOOKS / "01_review_figures.ipynb"
    shutil.copy(source, tmp_path)
    monkeypatch.setattr(report, "NOTEBOOKS", tmp_path)
    (written,) = report.store()
    again, stored = (nbformat.read(path, as_version=4) for path in (written, source))
    for one, other in zip(again.cells, stored.cells, strict=True):
        for output in [*one.get("outputs", []), *other.get("outputs", [])]:
            output.get("data", {}).pop("image/png", None)
        assert one == other


def test_kernel_that_does_not_start_is_named(shelf, tmp_path, monkeypatch):
    """Whatever keeps a kernel from starting ends in one error that names the notebook."""

    async def fail(*arguments, **options):
        raise RuntimeError("Kernel died before replying to kernel_info")

    shelf(page("1"))
    monkeypatch.setattr(kernels.NotebookClient, "async_execute", fail)
    with pytest.raises(report.ReportError, match=r"01_page\.ipynb \(English\): RuntimeError: Kernel died"):
        report.build(tmp_path / "reports", ["en"])


def counted(monkeypatch):
    """Collect the chapters that run."""
    ran = []
    run = kernels.running

    def counting(chapters, *rest):
        ran.extend(chapter.part for chapter in chapters)
        return run(chapters, *rest)

    monkeypatch.setattr(kernels, "running", counting)
    return ran


def test_only_what_has_changed_runs_again(shelf, tmp_path, raw_copy, monkeypatch):
    """Nothing runs if nothing has changed; of two notebooks only the one that has; all of them if the data has."""
    ran, out = counted(monkeypatch), tmp_path / "reports"
    shelf(page("1"), page("'two'", "02"))

    def built(**options):
        ran.clear()
        report.build(out, folder=raw_copy, **options)
        return sorted(ran)

    both = ["en/01_page", "en/02_page", "zh/01_page", "zh/02_page"]
    assert built() == both
    before = {path: path.read_bytes() for path in out.rglob("*.*")}
    assert built() == []
    assert {path: path.read_bytes() for path in out.rglob("*.*")} == before
    shelf(page("'other'", "02"))
    assert built() == ["en/02_page", "zh/02_page"]
    assert "other" in (out / "en" / "02_page.html").read_text(encoding="utf-8")
    assert built(force=True) == both
    (out / "zh" / "01_page.html").write_text("spoilt", encoding="utf-8")
    assert built() == ["zh/01_page"]
    (out / "data" / "review.csv").unlink()
    assert (built(), (out / "data" / "review.csv").exists()) == ([], True)
    (out / "index.html").unlink()
    assert (built(), (out / "index.html").exists()) == ([], True)
    path = raw_copy / "sources.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("press", "official", 1), encoding="utf-8")
    assert built() == both


def test_a_partial_build_does_not_hide_what_was_changed_or_removed(shelf, tmp_path, monkeypatch):
    """Pages that it keeps are still held against what was written."""
    ran, out = counted(monkeypatch), tmp_path / "reports"
    shelf(page("1"), page("2", "02"))
    report.build(out)
    (out / "en" / "01_page.html").write_text("spoilt", encoding="utf-8")
    (out / "zh" / "01_page.html").unlink()
    report.build(out, ["en"], only=["02"], force=True)
    ran.clear()
    report.build(out)
    assert sorted(ran) == ["en/01_page", "zh/01_page"]
    assert "spoilt" not in (out / "en" / "01_page.html").read_text(encoding="utf-8")


def test_new_code_or_another_title_makes_every_page_anew(shelf, tmp_path, monkeypatch):
    ran, out = counted(monkeypatch), tmp_path / "reports"
    shelf(page("1"), page("2", "02"))
    report.build(out, ["en"])
    number, notebook = page("2", "02")
    notebook.cells[0].source = "# Another title"
    shelf((number, notebook))
    report.build(out, ["en"])
    assert ran == ["en/01_page", "en/02_page"] * 2
    monkeypatch.setattr(report.fingerprint, "library", lambda: "another version")
    report.build(out, ["en"])
    assert ran == ["en/01_page", "en/02_page"] * 3


def test_stored_outputs_are_no_change(shelf, tmp_path, monkeypatch):
    ran, out = counted(monkeypatch), tmp_path / "reports"
    shelf(page("1"))
    report.build(out, ["en"])
    report.store()
    ran.clear()
    report.build(out, ["en"])
    assert ran == []


def test_pages_of_two_plans_are_not_mixed(shelf, tmp_path):
    shelf(page("1"), page("2", "02"))
    out = tmp_path / "reports"
    report.build(out, ["en"])
    report.build(out, ["en"], only=["02"], folder=PLANS / "first_2011")
    assert [path.name for path in (out / "en").iterdir()] == ["02_page.html"]


def test_languages_share_a_kernel_and_no_names(shelf, tmp_path):
    """What the first language defined is unknown to the second; the error names the second."""
    source = "try:\n    found = 'left ' + known\nexcept NameError:\n    found = 'first time'\nknown = 'over'\nfound"
    shelf(page(source))
    out = tmp_path / "reports"
    report.build(out)
    for language in ("en", "zh"):
        text = (out / language / "01_page.html").read_text(encoding="utf-8")
        assert "<pre>'first time" in html.unescape(text)
    shelf(page("from xjranalysis.display import language\nassert language() == 'en'"))
    with pytest.raises(report.ReportError, match=r"01_page\.ipynb \(中文\), cell the-cell: AssertionError"):
        report.build(out)


def test_copies_for_another_plan_say_which(tmp_path, capsys):
    """They hold the cells that the plan needs, and run wherever they are opened."""
    pytest.importorskip("ipywidgets")
    out = tmp_path / "copies"
    plan = PLANS / "successor_2016"
    assert main(["notebooks", "--only", "07", "--only", "05", "--folder", str(plan), "--out", str(out)]) == 0
    assert [path.name for path in out.iterdir()] == ["07_explore.ipynb"]
    notebook = nbformat.read(out / "07_explore.ipynb", as_version=4)
    assert str(plan) in notebook.cells[0].source
    assert any("interactive" in cell.metadata.get("tags", []) for cell in notebook.cells)
    assert "2020" in str(notebook.cells)


def test_other_plans_outputs_do_not_go_into_the_notebooks(capsys, monkeypatch):
    before = {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")}
    assert main(["notebooks", "--folder", str(PLANS / "first_2011")]) == 1
    assert "name a folder with --out" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")} == before
