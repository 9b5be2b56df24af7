"""Runs a notebook from its first cell to its last, or says which cell stopped it and why.

Papermill does the run, with an engine of our own over nbclient: a fresh kernel for each notebook, no timings in the
notebook, and every code cell must complete. ``sys.exit(0)`` in a cell, a dead kernel, lost output and each limit are
failures, and the notebook as far as it got is kept.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from ctresearch.core import errors
from ctresearch.studies.base.errors import NotebookError, NotebookInputError
from ctresearch.studies.base.schemas import without_iri_grammar
from ctresearch.studies.kernel import landlock
from ctresearch.studies.kernel.caches import keep_compiled, lent_caches
from ctresearch.studies.kernel.kernel import CODE, ROOT, kernel_manager
from ctresearch.studies.kernel.kernel_errors import VARIABLE
from ctresearch.studies.kernel.memory import MemoryWatch
from ctresearch.studies.kernel.opened import Opened
from ctresearch.studies.kernel.pace import Taken, count_taken
from ctresearch.studies.kernel.seal import Seal, rungs
from ctresearch.studies.kernel.undeclared import undeclared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ctresearch.studies.asked.manifest import Limits

ENGINE = "ctresearch"
_KERNEL_SPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}
_OUTPUT_SECONDS = 60
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_SHOWN = 400
_KEPT = 100_000
_REFUSALS = frozenset(  # the library's own words for wrong input
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, (errors.DataError, errors.SpecificationError))
)


@dataclass(frozen=True, slots=True)
class CellEvent:
    """A cell is about to run.

    Parameters
    ----------
    position, total : int
        Which code cell of how many, from 1.
    heading : str
        The last heading above it.

    Examples
    --------
    >>> CellEvent(3, 12, "Overlaps").heading
    'Overlaps'
    """

    position: int
    total: int
    heading: str


Watch = Callable[[CellEvent], None]


@dataclass(slots=True)
class Execution:
    """One notebook on its way through the kernel.

    Parameters
    ----------
    private : pathlib.Path
        The kernel's own folder; the notebook runs in ``work`` below it.
    environment : mapping of str to str
        The kernel's environment variables.
    limits : Limits
        Minutes, megabytes of memory and of output.
    watch : callable, optional
        Told of each code cell before it runs.
    opened : Opened
        What is opened for the notebook beside the kernel's own folder.
    near : tuple of pathlib.Path
        Folders in which a file that was not opened is looked for, to be named in the message.
    port : int, optional
        Port of the scheduler of a cluster, where the work of the notebook goes to one.
    seal : Seal, optional
        How the kernel was sealed; ``None`` before it started.
    refused : dict
        Why stronger rungs of the seal could not be had.
    notebook : dict
        The notebook as far as it got.
    peak_mb : float
        Most memory that was seen in use.
    cpu_seconds : float
        What the kernel and the processes it waited for took.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.manifest import Limits
    >>> Execution(Path("private"), {}, Limits()).notebook
    {}
    """

    private: Path
    environment: Mapping[str, str]
    limits: Limits
    watch: Watch | None = None
    opened: Opened = field(default_factory=Opened)
    near: tuple[Path, ...] = ()
    port: int | None = None
    seal: Seal | None = None
    refused: dict[str, str] = field(default_factory=dict)
    notebook: dict[str, Any] = field(default_factory=dict)
    peak_mb: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def withholds(self) -> bool:
        """Whether the kernel keeps to itself what an error may repeat of the data."""
        return self.environment.get(VARIABLE) == "1"

    def asked(self) -> dict[str, Any]:
        """Return what the server of kernels is told of the seal.

        Returns
        -------
        dict
            Rungs to try, what is opened, where a root can be built, and the port of a cluster.

        Examples
        --------
        >>> from pathlib import Path
        >>> from ctresearch.studies.asked.manifest import Limits
        >>> Execution(Path("private"), {}, Limits()).asked()["write"]
        ['private']
        """
        return {
            "rungs": rungs(cluster=self.port is not None),
            "read": [*self.opened.read],
            "write": [*self.opened.write, str(self.private)],
            "root": str(self.private / ROOT),
            "port": self.port,
        }

    def undeclared(self) -> str | None:
        """Say what the cell that failed asked for and the study does not declare.

        Returns
        -------
        str or None
            A sentence; ``None`` where its error is of another kind.

        Examples
        --------
        >>> from pathlib import Path
        >>> from ctresearch.studies.asked.manifest import Limits
        >>> Execution(Path("private"), {}, Limits()).undeclared() is None
        True
        """
        code = "\n".join(str(cell["source"]) for cell in self.notebook.get("cells", ()))
        return undeclared(self.private, self.opened, self.near, code if self.withholds else None)

    def run(self, notebook: Mapping[str, Any]) -> None:
        r"""Run every cell; the outcome is in :attr:`notebook`, however it ends.

        Parameters
        ----------
        notebook : mapping
            The notebook to run; it is not changed.

        Raises
        ------
        NotebookError
            If a cell did not complete; the message names the cell and what stopped it.

        Examples
        --------
        >>> from ctresearch.studies.kernel.kernel import environment, private_folder
        >>> from ctresearch.studies.asked.manifest import Limits
        >>> cell = {"cell_type": "code", "source": "print(6 * 7)", "metadata": {}, "outputs": [], "id": "a"}
        >>> notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        >>> with private_folder() as private:
        ...     execution = Execution(private, environment(private, private), Limits())
        ...     execution.run(notebook)
        >>> execution.notebook["cells"][0]["outputs"][0]["text"]
        '42\n'
        """
        papermill = load_papermill()
        import nbformat  # after papermill, which is loaded without the grammar of addresses that jsonschema would build

        metadata = {**notebook.get("metadata", {}), "kernelspec": _KERNEL_SPEC}
        content = {**notebook, "metadata": metadata, "cells": [dict(cell) for cell in notebook["cells"]]}
        node = nbformat.from_dict(content)  # type: ignore[no-untyped-call]
        papermill.execute_notebook(
            node, None, engine_name=ENGINE, kernel_name="python3", language="python", progress_bar=False, execution=self
        )


@cache
def load_papermill() -> Any:
    """Import papermill and make our engine known to it.

    Returns
    -------
    module
        ``papermill``.

    Examples
    --------
    >>> load_papermill().__name__
    'papermill'
    """
    with without_iri_grammar():
        import papermill
        from papermill.engines import Engine, papermill_engines

        from ctresearch.studies.kernel.notebook_client import StudyClient

    class StudyEngine(Engine):  # type: ignore[misc, unused-ignore]
        """Our way of running a notebook, as papermill wants it."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:
            """Run the cells of one notebook."""
            _run_cells(nb_man, options["execution"], StudyClient)

    papermill_engines.register(ENGINE, StudyEngine)
    return papermill


def _run_cells(nb_man: Any, execution: Execution, client_class: Any) -> None:
    """Start a kernel, run every cell in it, and end it."""
    notebook = execution.notebook = nb_man.nb
    limits = execution.limits
    client = client_class(
        notebook,
        km=kernel_manager(execution.private),
        deadline=time.monotonic() + 60 * limits.minutes,
        output_limit=limits.output_mb * 10**6,
        iopub_timeout=_OUTPUT_SECONDS,
        raise_on_iopub_timeout=True,
        record_timing=False,
        force_raise_errors=True,
        skip_cells_with_tag="",
        shutdown_kernel="immediate",
    )
    client.owns_km = True
    with _started(client, execution), MemoryWatch(client.km.provisioner.pid, limits.memory_mb) as memory:
        try:
            for event, index in _code_cells(notebook):
                if execution.watch is not None:
                    execution.watch(event)
                _run_cell(client, nb_man, (event, index), memory, execution)
        finally:
            execution.peak_mb = memory.peak_mb
        info = client.wait_for_reply(client.kc.kernel_info())
        notebook.metadata["language_info"] = info["content"]["language_info"]
        client.set_widgets_metadata()


@contextmanager
def _started(client: Any, execution: Execution) -> Iterator[None]:
    """Start the kernel, and end it afterwards; what it writes past the notebook goes to a file of its own."""

    def keep(kind: type[BaseException] | None, *_: object) -> None:
        """Keep for the next runs what this one compiled, unless somebody waits for the end."""
        if kind is None or issubclass(kind, NotebookError):
            keep_compiled(execution.private)

    with ExitStack() as stack:
        stack.push(keep)
        log = stack.enter_context((execution.private / "kernel.log").open("wb"))
        options: dict[str, Any] = {"env": dict(execution.environment), "cwd": str(execution.private / "work")}
        taken = Taken(execution.private)
        stack.enter_context(lent_caches(execution.private, options["env"]))
        more = {"seal": execution.asked(), "code": [str(execution.private / CODE)]}
        try:
            stack.enter_context(client.setup_kernel(**options, stdout=log, stderr=log, more=more))
        except RuntimeError as error:
            words = (execution.private / "kernel.log").read_text(encoding="utf-8", errors="replace").strip()
            last = words.rpartition("\n")[2]
            raise NotebookError(f"the kernel did not start: {last or error}") from None
        count_taken(client.kc.iopub_channel, taken)
        process = client.km.provisioner.process
        execution.seal = Seal(process.rung, landlock.version(), cluster=execution.port is not None)
        execution.refused = process.refused
        yield
    execution.cpu_seconds = process.cpu_seconds


def _run_cell(
    client: Any, nb_man: Any, place: tuple[CellEvent, int], memory: MemoryWatch, execution: Execution
) -> None:
    """Run one cell, and turn whatever stops it into one sentence."""
    from nbclient.exceptions import CellControlSignal, DeadKernelError

    from ctresearch.studies.kernel.notebook_client import OutputLimitError

    event, index = place
    where = f"cell {event.position} of {event.total}" + (f" ({event.heading})" if event.heading else "")
    cell = nb_man.nb.cells[index]
    nb_man.cell_start(cell, index)
    try:
        client.execute_cell(cell, index)
    except (CellControlSignal, DeadKernelError, NotebookError) as error:
        nb_man.cell_exception(cell, cell_index=index)
        if memory.exceeded:
            held = f"{memory.peak_mb:,.0f} MB"
            raise NotebookError(
                f"{where}: the kernel held {held}, more than limits.memory_mb allows: use less, or raise it"
            ) from None
        if isinstance(error, OutputLimitError):
            _cut_output(nb_man.nb)
        asked = execution.undeclared() if hasattr(error, "ename") else None
        refused = asked is not None or getattr(error, "ename", "") in _REFUSALS
        why = asked or _reason(error, cell, execution.withholds)
        raise (NotebookInputError if refused else NotebookError)(f"{where}: {why}") from None
    finally:
        nb_man.cell_complete(cell, cell_index=index)
    if cell.get("execution_count") is None:
        raise NotebookError(f"{where}: it did not complete, must run to its end")


def _cut_output(notebook: Any) -> None:
    """Cut what each cell showed to the length that is kept of a notebook that showed too much."""
    for cell in notebook.cells:
        room, kept = _KEPT, []
        for one in cell.get("outputs", ()):
            if one["output_type"] == "stream" and room > 0:
                kept.append({**one, "text": one["text"][:room]})
                room -= len(one["text"])
        if room < 0:
            kept.append(
                {"output_type": "stream", "name": "stdout", "text": "\n[cut here: there is more than may be]\n"}
            )
            cell["outputs"] = kept


def _reason(error: Any, cell: Any, withhold: bool) -> str:
    """Say what stopped a cell, in the words of the kernel alone where messages are withheld."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    if isinstance(error, (NotebookError, DeadKernelError)):
        died = "the kernel died; it ran out of memory, or compiled code crashed or ended the process"
        return str(error) if isinstance(error, NotebookError) else died
    if isinstance(error, CellTimeoutError):
        late = f"its output did not arrive within {_OUTPUT_SECONDS} s and may be incomplete"
        return late if "IOPub" in str(error) else "the run took longer than limits.minutes allows: do less, or raise it"
    if withhold:
        return _told(cell)
    if error.ename == "SystemExit":
        return f"it called sys.exit({error.evalue}), but every cell must run to its end"
    text = _ANSI.sub("", f"{error.ename}: {error.evalue}").strip()
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " ..."


def _told(cell: Any) -> str:
    """Return what a kernel that withholds messages told of the error of a cell."""
    told = [one["evalue"] for one in cell["outputs"] if one["output_type"] == "error"]
    return _ANSI.sub("", told[-1]) if told else "it stopped; its message may repeat a cell of the data and is withheld"


def _code_cells(notebook: Any) -> Iterator[tuple[CellEvent, int]]:
    """Go through the code cells, each with the last heading above it."""
    runnable = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()]
    heading, position = "", 0
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            found = re.findall(r"^#+\s+(.+?)\s*$", cell.source, re.MULTILINE)
            heading = found[-1] if found else heading
        elif index in runnable:
            position += 1
            yield CellEvent(position, len(runnable), heading), index
