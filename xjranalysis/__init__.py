"""Figures, checks and projections for Tianjin's technology little giants plan, 2013-2015.

Load the plan's printed figures with ``load_review``, ``load_targets`` and ``load_measures``, what
happened with ``load_outcomes``, and search them all with ``find`` and ``info``.
"""

from .audit import audit
from .balance import balance
from .checks import annex_readings, check_consistency
from .data import (
    check_tables,
    find,
    info,
    load_areas,
    load_departments,
    load_district_facts,
    load_districts,
    load_figures,
    load_indicators,
    load_measures,
    load_outcomes,
    load_review,
    load_sources,
    load_targets,
    load_tasks,
    series,
)
from .errors import DataError, ModelError, PrintError, Problem, XjrError
from .growth import cagr, doubling_time
from .rounding import Bounds, PublishedNumber, parse_printed, propagate

__all__ = [
    "Bounds",
    "DataError",
    "ModelError",
    "PrintError",
    "Problem",
    "PublishedNumber",
    "XjrError",
    "annex_readings",
    "audit",
    "balance",
    "cagr",
    "check_consistency",
    "check_tables",
    "doubling_time",
    "find",
    "info",
    "load_areas",
    "load_departments",
    "load_district_facts",
    "load_districts",
    "load_figures",
    "load_indicators",
    "load_measures",
    "load_outcomes",
    "load_review",
    "load_sources",
    "load_targets",
    "load_tasks",
    "parse_printed",
    "propagate",
    "series",
]
