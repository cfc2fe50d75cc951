"""A chapter of the reports: one notebook in one language, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .errors import XjrError

LANGUAGE_NAMES = {"en": "English", "zh": "中文"}


class ReportError(XjrError):
    """A report that could not be built; names the notebook, the language, the cell and the error."""


@dataclass(frozen=True)
class Chapter:
    """One notebook in one language."""

    notebook: Path
    language: str

    @property
    def file(self) -> str:
        """Name of the page."""
        return f"{self.notebook.stem}.html"

    @property
    def part(self) -> str:
        """Name among the parts of a report."""
        return f"{self.language}/{self.notebook.stem}"
