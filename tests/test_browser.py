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

pytestmark = pytest.mark.skipif(
    not (NODE and CHROMIUM and shutil.which("node")),
    reason="needs Chromium, Node.js and XJR_NODE (.ci/run installs them)",
)


@pytest.fixture(scope="module")
def visits(tmp_path_factory):
    """What the browser says of every page in every state."""
    folder = report.build(tmp_path_factory.mktemp("browser") / "reports").parent
    pages = sorted(map(str, folder.rglob("*.html")))
    run = subprocess.run(
        ["node", str(SCRIPT), CHROMIUM, *pages], capture_output=True, text=True, check=True, timeout=900
    )
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(found) == 4 * len(pages)
    return [visit | {"path": str(Path(visit["path"]).relative_to(folder))} for visit in found]


@pytest.mark.parametrize("kind", ["violations", "requests", "errors"])
def test_nothing_is_found(visits, kind):
    """axe-core finds nothing, no page asks for anything, no script runs."""
    assert [(visit["path"], visit["state"], visit[kind]) for visit in visits if visit[kind]] == []


def test_no_page_is_wider_than_the_window(visits):
    """Wide tables scroll by themselves."""
    assert [(visit["path"], visit["state"]) for visit in visits if visit["overflow"] > 0] == []
