"""Balances: what rounding explains, what one keystroke explains, and what nothing does."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from xjranalysis import balance, parse_printed

COUNTS = st.lists(st.integers(10, 99_999), min_size=2, max_size=12)


def printed(count):
    return parse_printed(f"{count}家")


@given(COUNTS)
def test_counts_that_add_up(counts):
    assert balance(printed(sum(counts)), [printed(count) for count in counts]).kind == "exact"


@given(COUNTS)
def test_rounding_never_fails_a_balance(counts):
    """Parts and total of a consistent table, each rounded to hundreds (x.xx万), still balance."""
    parts = [parse_printed(f"{count / 10_000:.2f}万家") for count in counts]
    total = parse_printed(f"{sum(counts) / 10_000:.2f}万家")
    assert balance(total, parts).kind in ("exact", "rounding")


@given(COUNTS, st.data())
def test_a_slip_is_found(counts, data):
    """The cell and the value that the test spoiled are among the suspects."""
    cell = data.draw(st.integers(0, len(counts) - 1))
    text = str(counts[cell])
    place = data.draw(st.integers(0, len(text) - 1))
    digit = data.draw(st.sampled_from("0123456789"))
    spoiled = text[:place] + digit + text[place + 1 :]
    assume(spoiled != text and spoiled[0] != "0")
    parts = [printed(count) for count in counts]
    parts[cell] = printed(spoiled)
    found = balance(printed(sum(counts)), parts)
    assert found.kind == "one-digit slip"
    assert (cell, counts[cell]) in [(slip.cell, slip.corrected) for slip in found.slips]


@pytest.mark.parametrize(
    ("total", "wrong"), [("3341", "3431"), ("3341", "341"), ("3341", "33341"), ("3341", "3342")]
)
def test_slips_of_the_total(total, wrong):
    """Swapped, left out, doubled and replaced digits."""
    found = balance(printed(wrong), [printed(1024), printed(2000), printed(317)])
    assert (-1, int(total)) in [(slip.cell, slip.corrected) for slip in found.slips]


def test_what_nothing_explains():
    found = balance(printed(9999), [printed(1111), printed(2222)])
    assert (found.kind, found.gap, found.tolerance, found.slips) == ("unexplained", 6666, 0, ())


def test_slip_keeps_to_the_printed_digits():
    """3.42万 may be a slip of 3.46万, never of 34,153."""
    found = balance(parse_printed("4.25万家"), [parse_printed("3.42万家"), printed(7863)])
    assert all(slip.corrected % 100 == 0 for slip in found.slips if slip.cell != 1)


def test_tolerance_counts_every_rounded_cell():
    found = balance(parse_printed("6万家"), [parse_printed("5万家"), parse_printed("1.4万家")])
    assert (found.kind, found.gap, found.tolerance) == ("rounding", -4000, 10_500)
