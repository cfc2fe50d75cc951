"""The package as it is installed: what an import loads, what the files of the project agree on."""

import re
import subprocess
import sys
import tomllib

import pytest
import yaml

import xjranalysis as xjr
from xjranalysis.resources import ROOT

PROJECT = ROOT / "pyproject.toml"
in_checkout = pytest.mark.skipif(not PROJECT.exists(), reason="needs the checkout")


def test_import_loads_pandas_and_nothing_heavier():
    heavy = ["matplotlib", "seaborn", "openpyxl", "nbconvert", "IPython", "scipy"]
    code = f"import sys, xjranalysis; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_public_names_exist_and_are_documented():
    for name in xjr.__all__:
        assert getattr(xjr, name).__doc__, name


@in_checkout
def test_conda_environment_equals_pyproject():
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = {*project["dependencies"], *extras["lab"], *extras["test"]}
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    pip = listed.pop()["pip"]
    # What Binder needs: one minor version of Python, which pyproject.toml allows, and the package itself.
    (python,) = (entry for entry in listed if entry.startswith("python="))
    minor = tuple(map(int, python.removeprefix("python=").split(".")))
    assert minor >= (3, 11)
    assert project["requires-python"] == ">=3.11"
    assert {*listed, *pip} - {python, "pip", "-e ."} == wanted


def pinned(path):
    """Versions of a file that holds nothing else."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line) for line in lines)
    return {name.lower().replace("_", "-"): version for name, version in (line.split("==") for line in lines)}


def required(*extras):
    """Requirements of pyproject.toml: lowest version by name."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    entries = [
        *project["dependencies"],
        *(entry for extra in extras for entry in project["optional-dependencies"][extra]),
    ]
    return dict(entry.lower().split(">=") for entry in entries)


@in_checkout
def test_constraints_are_names_and_versions_only():
    assert required("lab", "test").keys() <= pinned(ROOT / "constraints.txt").keys()


@in_checkout
def test_oldest_versions_are_those_that_pyproject_allows():
    oldest = pinned(ROOT / "tests" / "oldest.txt")
    assert {name: f"{oldest[name]}."[: len(low) + 1] for name, low in required("test").items()} == {
        name: f"{low}." for name, low in required("test").items()
    }


@in_checkout
def test_readmes_name_the_same_commands():
    """Both languages tell the same commands in the same order."""
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
    commands = re.compile(r"^ *(?:make|xjr|pip|git) .*$", re.MULTILINE)
    assert commands.findall(english) == commands.findall(chinese) != []


@in_checkout
@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_readme_code_runs(name, tmp_path, monkeypatch):
    """What the README shows in Python works as it stands; ten lines lead from import to a chart."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    (chart,) = (block for block in blocks if "charts.lines" in block)
    assert len(list(filter(None, chart.split("\n")))) <= 10
    for block in blocks:
        exec(compile(block, name, "exec"), {})
