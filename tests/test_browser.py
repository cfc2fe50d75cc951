"""Report pages in a browser: accessible, no wider than the window, no request, on screen, phone and paper."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from xjranalysis import report

NODE = os.environ.get(
    "XJR_NODE", ""
)  # folder in which the packages of tests/browser/package.json are installed
CHROMIUM = shutil.which("chromium")
SCRIPT = Path(__file__).parent / "browser" / "pages.mjs"

needs_browser = pytest.mark.skipif(
    not (NODE and CHROMIUM and shutil.which("node")),
    reason="needs Chromium, Node.js and XJR_NODE (.ci/run installs them)",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The real reports."""
    return report.build(tmp_path_factory.mktemp("browser") / "reports").parent


@pytest.fixture(scope="module")
def visits(folder):
    """What the browser says of every page in every state."""
    pages = sorted(map(str, folder.rglob("*.html")))
    run = subprocess.run(
        ["node", str(SCRIPT), CHROMIUM, *pages], capture_output=True, text=True, check=True, timeout=900
    )
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(found) == 4 * len(pages)
    return [visit | {"path": str(Path(visit["path"]).relative_to(folder))} for visit in found]


@needs_browser
@pytest.mark.parametrize("kind", ["violations", "requests", "errors"])
def test_nothing_is_found(visits, kind):
    """axe-core finds nothing, no page asks for anything, no script runs."""
    assert [(visit["path"], visit["state"], visit[kind]) for visit in visits if visit[kind]] == []


@needs_browser
def test_no_page_is_wider_than_the_window(visits):
    """Wide tables scroll by themselves."""
    assert [(visit["path"], visit["state"]) for visit in visits if visit["overflow"] > 0] == []


@needs_browser
def test_the_keyboard_reaches_everything(visits):
    """Links, tables that scroll and folded code, in the order of the page, in view and marked."""
    assert [(visit["path"], visit["unreached"]) for visit in visits if visit.get("unreached")] == []


@needs_browser
def test_prints_on_a4_without_torn_charts_and_rows(visits):
    printed = [visit for visit in visits if visit["state"] == "paper"]
    assert [(visit["path"], visit["torn"]) for visit in printed if visit["torn"]] == []
    assert {tuple(size) for visit in printed for size in visit["sizes"]} == {(595, 842)}  # points


@pytest.mark.skipif(
    not (NODE and shutil.which("java")), reason="needs Java and XJR_NODE (.ci/run installs them)"
)
def test_pages_are_valid_html(folder):
    """By the Nu Html Checker. (Its warning that the policy forbids the pages' own pictures is mistaken.)"""
    checker = Path(NODE) / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    pages = sorted(map(str, folder.rglob("*.html")))
    run = subprocess.run(
        ["java", "-jar", str(checker), "--errors-only", *pages], capture_output=True, text=True, timeout=300
    )
    assert (run.returncode, run.stderr) == (0, "")
