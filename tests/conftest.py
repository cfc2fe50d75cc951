"""Fixtures that several test modules share."""

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from xjranalysis.resources import RAW

# A machine that is busy with something else is no failure; all other settings stay as they are.
settings.register_profile("patient", settings(), deadline=None)
settings.load_profile("patient")


@pytest.fixture
def raw_copy(tmp_path: Path) -> Path:
    """A copy of the bundled raw tables that a test may damage."""
    return Path(shutil.copytree(RAW, tmp_path / "raw"))


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Output in English unless a test asks for Chinese."""
    monkeypatch.delenv("XJR_LANG", raising=False)
    monkeypatch.delenv("XJR_CHARTS", raising=False)
