"""What a build leaves behind that is stopped, killed, out of space, or not alone."""

import os
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals and limits of POSIX")

BUILD = """
import resource, sys
from pathlib import Path
from xjranalysis import report
from xjranalysis.cli import main
shelf, out, limit = sys.argv[1:]
report.NOTEBOOKS = Path(shelf)
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
sys.exit(main(["report", "--lang", "en", "--out", out]))
"""


@pytest.fixture
def shelf(tmp_path):
    """Write the one notebook of a shelf, a fixture, with some code."""
    folder = tmp_path / "notebooks"
    folder.mkdir()

    def put(source):
        cells = [
            new_markdown_cell("# Title", id="t-en", metadata={"tags": ["lang-en"]}),
            new_markdown_cell("# 标题", id="t-zh", metadata={"tags": ["lang-zh"]}),
            new_code_cell(source, id="cell"),
        ]
        notebook = new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        nbformat.write(notebook, folder / "01_page.ipynb")
        return folder

    return put


def build(shelf, out, limit=0):
    command = [sys.executable, "-c", BUILD, str(shelf), str(out), str(limit)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process):
    """Exit status and what it said."""
    _, told = process.communicate(timeout=120)
    return process.returncode, told


def held(out):
    return {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.fixture
def before(shelf, tmp_path):
    """A report that is there already, and what it holds."""
    out = tmp_path / "made" / "reports"
    assert ended(build(shelf("'whole'"), out))[0] == 0
    return out, held(out)


def hanging(shelf, tmp_path):
    """A notebook that says when it runs, and then does not end."""
    mark = tmp_path / "running"
    return shelf(f"import pathlib, time\npathlib.Path({str(mark)!r}).touch()\ntime.sleep(300)"), mark


def wait_for(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_stopped_build_leaves_the_old_report_and_no_kernel(shelf, tmp_path, before, stop):
    out, whole = before
    folder, mark = hanging(shelf, tmp_path)
    process = build(folder, out)
    wait_for(mark.exists)
    kernels = psutil.Process(process.pid).children(recursive=True)
    assert kernels
    process.send_signal(stop)
    status, told = ended(process)
    assert status == (130 if stop == signal.SIGINT else -signal.SIGKILL)
    assert ("xjr report: stopped; nothing was written" in told) == (stop == signal.SIGINT)
    assert "Traceback" not in told
    assert held(out) == whole
    # A kernel looks every second whether its parent is still there.
    wait_for(lambda: not any(kernel.is_running() for kernel in kernels), 20)


def test_what_a_killed_build_left_is_removed_by_the_next(shelf, tmp_path, before):
    out, _ = before
    folder, mark = hanging(shelf, tmp_path)
    process = build(folder, out)
    wait_for(mark.exists)
    process.kill()
    ended(process)
    assert len(list(out.parent.iterdir())) == 2
    assert ended(build(shelf("'again'"), out))[0] == 0
    assert [path.name for path in out.parent.iterdir()] == ["reports"]
    assert b"again" in held(out)[next(path for path in held(out) if path.name == "01_page.html")]


def test_full_disk_is_told_with_the_file(shelf, before):
    """The workbook is larger than what the limit lets a file be."""
    out, whole = before
    status, told = ended(build(shelf("'new'"), out, limit=200_000))
    assert status == 1
    assert "File too large" in told
    assert "xjranalysis.xlsx" in told
    assert "Traceback" not in told
    assert held(out) == whole
    assert [path.name for path in out.parent.iterdir()] == ["reports"]


def test_two_builds_at_once_leave_one_whole_report(shelf, before):
    out, whole = before
    folder = shelf("'whole'")
    assert [ended(process)[0] for process in [build(folder, out) for _ in range(3)]] == [0, 0, 0]
    assert held(out) == whole
    assert [path.name for path in out.parent.iterdir()] == ["reports"]


def test_a_folder_that_nobody_may_write_into_is_told(shelf, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    status, told = ended(build(shelf("1"), locked / "reports"))
    assert (status, "Permission denied" in told) == (1, True)
