"""Run notebooks, each in a fresh kernel that its languages share, several at a time."""

from __future__ import annotations

import asyncio
import atexit
import copy
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode, ValidationError
from nbformat.reader import NotJSONError
from nbformat.v4 import new_code_cell, new_notebook
from tqdm import tqdm

from .chapter import LANGUAGE_NAMES, Chapter, ReportError

TIME_LIMIT = 600  # seconds a cell may take


def read(path: Path) -> NotebookNode:
    """Read a notebook; a file that is none is named."""
    try:
        return nbformat.read(path, as_version=4)
    except (NotJSONError, ValidationError, UnicodeDecodeError) as error:
        raise ReportError(f"{path.name} is not a notebook: {str(error)[:200]}") from error


@contextmanager
def running(
    chapters: Sequence[Chapter],
    sources: Sequence[NotebookNode],
    environment: dict[str, str],
    jobs: int | None = None,
) -> Iterator[Iterator[tuple[Chapter, NotebookNode]]]:
    """Execute notebooks, each in a fresh kernel, several at a time, with a progress bar.

    The languages of a notebook share its kernel, one after the other with everything forgotten between them,
    so that it starts and imports only once.

    Parameters
    ----------
    chapters : sequence of Chapter
        In any order.
    sources : sequence of NotebookNode
        What to run, one a chapter; left as they are.
    environment : dict
        Variables for the kernels besides ``XJR_LANG``.
    jobs : int, optional
        How many run at a time; one more than there are processors if omitted, since a kernel that starts or
        ends mostly waits.

    Yields
    ------
    iterator of tuple of Chapter and NotebookNode
        What has been executed, each as soon as it is, while the others run on. When the block is left with an
        error, they are stopped.

    Raises
    ------
    ReportError
        By the iterator, when all have ended, if any of them failed.
    """
    begun: Future[Callable[[], object]] = Future()  # with what stops it
    tasks = list(zip(chapters, sources, strict=True))
    shared = [list(group) for _, group in groupby(sorted(tasks, key=_notebook), key=_notebook)]
    # The longest first, as far as their files tell, so that the processors end at about the same time.
    shared.sort(key=lambda group: group[0][0].notebook.stat().st_size, reverse=True)
    ended: SimpleQueue[list[tuple[Chapter, NotebookNode]] | None] = SimpleQueue()

    async def everything() -> list[BaseException | None]:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        begun.set_result(partial(loop.call_soon_threadsafe, task.cancel) if task else bool)
        places = asyncio.Semaphore(jobs or (os.cpu_count() or 1) + 1)

        async def one(group: Sequence[tuple[Chapter, NotebookNode]]) -> None:
            async with places:
                ended.put(await _execute(group, environment))
            bar.update(len(group))

        try:
            with tqdm(total=len(chapters), unit="notebook", disable=None) as bar:
                # The others run on when one fails: stopping their kernels would make them look broken too.
                return await asyncio.gather(*map(one, shared), return_exceptions=True)
        finally:
            ended.put(None)

    def executed() -> Iterator[tuple[Chapter, NotebookNode]]:
        for group in iter(ended.get, None):
            yield from group
        failures = [failure for failure in waiting.result() if failure]
        for failure in failures:
            if not isinstance(failure, ReportError):
                raise failure
        if failures:
            raise ReportError("\n".join(sorted(map(str, failures))))

    # In the main thread nbclient would take over Ctrl-C, and make an error of its own of it.
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(asyncio.run, everything())
        try:
            yield executed()
        except BaseException:
            with suppress(RuntimeError):  # all have ended
                begun.result()()
            raise


def _notebook(task: tuple[Chapter, NotebookNode]) -> str:
    return str(task[0].notebook)


async def _execute(
    group: Sequence[tuple[Chapter, NotebookNode]], environment: dict[str, str]
) -> list[tuple[Chapter, NotebookNode]]:
    """Execute the languages of one notebook, one after the other, in one kernel."""
    first, _ = group[0]
    whole = new_notebook(metadata=group[0][1].metadata)
    starts = []
    for chapter, notebook in group:
        if whole.cells:
            whole.cells.append(new_code_cell(_SWITCH.format(language=chapter.language)))
        starts.append(len(whole.cells))
        whole.cells += _blank(notebook)
    client = NotebookClient(
        whole,
        timeout=TIME_LIMIT,
        kernel_name="python3",
        record_timing=False,
        shutdown_kernel="immediate",  # nothing is left to do for a kernel when its last cell is done
        extra_arguments=["--log-level=ERROR", f"--IPKernelApp.exec_lines={_START}"],
        resources={"metadata": {"path": str(first.notebook.parent)}},
    )
    variables = os.environ | environment | {"XJR_LANG": first.language}
    error: Exception | None = None
    try:
        await client.async_execute(env=variables)
    except (CellExecutionError, CellTimeoutError, RuntimeError) as failed:  # RuntimeError: a dead kernel
        error = failed
    finally:
        # A client that is stopped while its kernel starts leaves it, and would complain when Python exits.
        atexit.unregister(client._cleanup_kernel)
        if client.km and client.km.has_kernel:
            await client._async_cleanup_kernel()
    executed = []
    for start, (_, notebook) in zip(starts, group, strict=True):
        executed.append(new_notebook(metadata=notebook.metadata))
        executed[-1].cells = whole.cells[start : start + len(notebook.cells)]
    if error:
        # The last language that began is the one that failed.
        place = max((place for place, part in enumerate(executed) if _begun(part)), default=0)
        raise ReportError(_failure(group[place][0], executed[place], error)) from error
    return list(zip((chapter for chapter, _ in group), executed, strict=True))


# A kernel lives for seconds; looking for garbage as often as usual takes a tenth of them, and finds little.
_START = "__import__('gc').set_threshold(100_000)"

# Forgets the names of the language before; a module that is imported stays so. Neither is what the language
# before left looked through for garbage, which would take longer than forgetting it.
_SWITCH = (
    "__import__('os').environ.__setitem__('XJR_LANG', '{language}'); __import__('gc').freeze();"
    " get_ipython().run_line_magic('reset', '-f')"
)


def _blank(notebook: NotebookNode) -> list[NotebookNode]:
    """Copy cells without what an earlier run left in them."""
    cells = copy.deepcopy(notebook.cells)
    for cell in cells:
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    return cells


def _begun(notebook: NotebookNode) -> bool:
    return any(cell.get("execution_count") or cell.get("outputs") for cell in notebook.cells)


def _failure(chapter: Chapter, notebook: NotebookNode, error: Exception) -> str:
    outputs = [
        (cell.id, output)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    what = f"{chapter.notebook.name} ({LANGUAGE_NAMES[chapter.language]})"
    if not outputs:
        return f"{what}: {type(error).__name__}: {error}"
    cell, output = outputs[0]
    return f"{what}, cell {cell}: {output.ename}: {output.evalue}"
