"""Reports: complete or not there, in both languages, self-contained; failures are named."""

import re
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from xjranalysis import report
from xjranalysis.cli import main
from xjranalysis.resources import NOTEBOOKS


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
    monkeypatch.setattr(report, "TIME_LIMIT", 1)
    with pytest.raises(report.ReportError, match=r"01_page\.ipynb \(English\)"):
        report.build(tmp_path / "reports", ["en"])


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The real reports, built once for this module."""
    return report.build(tmp_path_factory.mktemp("built") / "reports").parent


def pages(real):
    return sorted(real.rglob("*.html"))


def test_pages_are_self_contained(real):
    """No script, no style sheet or picture from elsewhere, a policy that forbids both, a language."""
    assert len(pages(real)) == 2 + 2 * len(list(NOTEBOOKS.glob("0*.ipynb")))
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


def test_links_lead_somewhere(real):
    for path in pages(real):
        for target in re.findall(r'href="([^"]+)"', path.read_text(encoding="utf-8")):
            assert (path.parent / target).resolve().exists(), f"{path.name}: {target}"


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
    monkeypatch.setattr(report.NotebookClient, "async_execute", fail)
    with pytest.raises(report.ReportError, match=r"01_page\.ipynb \(English\): RuntimeError: Kernel died"):
        report.build(tmp_path / "reports", ["en"])
