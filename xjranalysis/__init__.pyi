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
from .districts import (
    concentration,
    district_additions,
    district_growth,
    load_district_forecast,
    what_if,
)
from .errors import DataError, ModelError, PrintError, Problem, XjrError
from .estimate import against_published, district_readings, estimate_districts
from .growth import cagr, crossing, doubling_time, required_rate, target_path
from .plan import Plan
from .progress import assess_progress, progress_table
from .projection import Flows, backtest, carrying_capacity, prediction_intervals, project
from .raking import Raked, largest_remainder, rake
from .rounding import Bounds, PublishedNumber, parse_printed, propagate
from .stockflow import StockFlow, Triangular, break_even_exit_rate, simulate_stock_flow

__all__ = [
    "Bounds",
    "DataError",
    "Flows",
    "ModelError",
    "Plan",
    "PrintError",
    "Problem",
    "PublishedNumber",
    "Raked",
    "StockFlow",
    "Triangular",
    "XjrError",
    "against_published",
    "annex_readings",
    "assess_progress",
    "audit",
    "backtest",
    "balance",
    "break_even_exit_rate",
    "cagr",
    "carrying_capacity",
    "check_consistency",
    "check_tables",
    "concentration",
    "crossing",
    "district_additions",
    "district_growth",
    "district_readings",
    "doubling_time",
    "estimate_districts",
    "find",
    "info",
    "largest_remainder",
    "load_areas",
    "load_departments",
    "load_district_facts",
    "load_district_forecast",
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
    "prediction_intervals",
    "progress_table",
    "project",
    "propagate",
    "rake",
    "required_rate",
    "series",
    "simulate_stock_flow",
    "target_path",
    "what_if",
]
