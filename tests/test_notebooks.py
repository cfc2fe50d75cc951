"""Stored notebooks: run top to bottom, with outputs, in language pairs, without traces of a machine."""

import re

import nbformat
import pytest

from xjranalysis.report import notebooks

PATHS = notebooks()


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert "01_review_figures" in [path.stem for path in PATHS]


def test_run_from_a_clean_kernel_top_to_bottom(notebook):
    """A cell without a count is not compared by nbval, so it would check nothing."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_outputs_are_stored_without_errors_and_warnings(notebook):
    shown = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert len(shown) >= 0.8 * len(code_cells(notebook))
    assert {output.output_type for output in shown} <= {"execute_result", "display_data"}


def test_prose_comes_in_pairs(notebook):
    """Every English cell is followed by its Chinese one."""
    prose = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    for english, chinese in zip(prose[::2], prose[1::2], strict=True):
        own, others = english.metadata.tags, chinese.metadata.tags
        assert (own[0], others[0], own[1:]) == ("lang-en", "lang-zh", others[1:])
        assert english.id.removesuffix("-en") == chinese.id.removesuffix("-zh")
        assert re.match(r"#*", english.source)[0] == re.match(r"#*", chinese.source)[0]


def test_no_number_of_the_plan_is_typed(notebook):
    """Numbers in prose are computed; years, chapter and place numbers may stand there."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = re.sub(
                r"20\d\d|^#+ \d+|(?:part|section|Annex) \d|附件\d", "", cell.source, flags=re.MULTILINE
            )
            assert not re.search(r"\d", text), cell.id


def test_charts_carry_their_text(notebook):
    pictures = [
        output.data for cell in code_cells(notebook) for output in cell.outputs if "image/png" in output.data
    ]
    assert all(len(data["text/plain"]) > 80 for data in pictures)


def test_no_trace_of_a_machine(notebook):
    text = "".join(
        str(output.data.get("text/plain", "")) + str(output.data.get("text/html", ""))
        for cell in code_cells(notebook)
        for output in cell.outputs
    )
    assert not re.search(r"/(home|root|tmp|work|Users)/|0x[0-9a-f]{6}", text)
    assert notebook.metadata.language_info == {"name": "python"}
