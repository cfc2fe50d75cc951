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
    wanted = {
        *project["dependencies"],
        *extras["lab"],
        *extras["test"],
        f"python{project['requires-python']}",
    }
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    pip = listed.pop()["pip"]
    assert {*listed, *pip} - {"pip", "--editable ."} == wanted


@in_checkout
def test_constraints_are_names_and_versions_only():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line) for line in lines)
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = {
        re.match(r"[\w-]+", entry)[0] for entry in [*project["dependencies"], *extras["lab"], *extras["test"]]
    }
    assert wanted <= pinned


@in_checkout
def test_readmes_name_the_same_commands():
    """Both languages tell the same commands in the same order."""
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
    commands = re.compile(r"^ *(?:make|xjr|pip|git) .*$", re.MULTILINE)
    assert commands.findall(english) == commands.findall(chinese) != []


@in_checkout
@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_readme_code_runs(name):
    """What the README shows in Python works as it stands."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, name, "exec"), {})
