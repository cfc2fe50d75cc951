"""Where the package's own data and notebooks lie, in a checkout and in an installed wheel."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
# The wheel carries data/ and notebooks/ inside the package; a checkout has them beside it.
_BUNDLE = PACKAGE / "bundle"
ROOT = _BUNDLE if _BUNDLE.is_dir() else PACKAGE.parent

RAW = ROOT / "data" / "raw"
# Further plans that come with the package, a folder each.
PLANS = ROOT / "data" / "plans"
NOTEBOOKS = ROOT / "notebooks"
TEMPLATES = PACKAGE / "templates"


def plan_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of raw tables to read: that named, that of ``XJR_FOLDER``, or the bundled plan's.

    Examples
    --------
    >>> plan_folder("elsewhere").name, plan_folder().name
    ('elsewhere', 'raw')
    """
    return Path(folder or os.environ.get("XJR_FOLDER") or RAW)
