"""Where the package's own data and notebooks lie, in a checkout and in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# The wheel carries data/ and notebooks/ inside the package; a checkout has them beside it.
_BUNDLE = _PACKAGE / "bundle"
ROOT = _BUNDLE if _BUNDLE.is_dir() else _PACKAGE.parent

RAW = ROOT / "data" / "raw"
NOTEBOOKS = ROOT / "notebooks"
TEMPLATES = _PACKAGE / "templates"
