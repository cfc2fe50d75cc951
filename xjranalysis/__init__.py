"""Figures, checks and projections for Tianjin's technology little giants plan, 2013-2015.

Load the plan's printed figures with ``load_review``, ``load_targets`` and ``load_measures``, what
happened with ``load_outcomes``, and search them all with ``find`` and ``info``.
"""

import lazy_loader

# A function that is called like its module is imported here: the module would hide it later.
from .audit import audit as audit
from .balance import balance as balance

# The other names are imported when they are first used; what they are, __init__.pyi says.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
