"""The notebook client: nbclient with one deadline for the whole notebook and a limit on its output."""

from __future__ import annotations

import time
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from ctresearch.studies.base.errors import NotebookError


class OutputLimitError(NotebookError):
    """A notebook printed or showed more than it may."""


class StudyClient(NotebookClient):
    """Runs cells until the deadline, as long as their output stays within the limit.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        The notebook; outputs are written into it.
    deadline : float
        Reading of the monotonic clock at which the run is stopped.
    output_limit : int
        Characters of output that the whole notebook may hold.
    **options
        Options of :class:`nbclient.NotebookClient`.

    Examples
    --------
    >>> import nbformat
    >>> StudyClient(nbformat.v4.new_notebook(), deadline=time.monotonic() + 60, output_limit=1000).record_timing
    True
    """

    def __init__(self, nb: Any, *, deadline: float, output_limit: int, **options: Any) -> None:
        super().__init__(nb, timeout_func=lambda _: max(1, round(deadline - time.monotonic())), **options)
        self._room, self._limit = output_limit, output_limit
        self._too_much: OutputLimitError | None = None

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """Take one message from the kernel, if there is room for it.

        Parameters
        ----------
        msg : dict
            The message.
        cell : nbformat.NotebookNode
            The cell that is running.
        cell_index : int
            Its position.

        Returns
        -------
        nbformat.NotebookNode or None
            The output it became.

        Raises
        ------
        NotebookError
            If the notebook's output would pass the limit.

        Examples
        --------
        >>> import nbformat
        >>> client = StudyClient(nbformat.v4.new_notebook(), deadline=time.monotonic(), output_limit=1)
        >>> cell = nbformat.v4.new_code_cell("print('ab')")
        >>> client.process_message({"msg_type": "stream", "content": {"text": "ab"}}, cell, 0)
        Traceback (most recent call last):
        ...
        ctresearch.studies.kernel.notebook_client.OutputLimitError: the notebook has more than 0 MB of output, ...
        """
        self._room -= _size(msg)
        if self._room < 0:
            self._too_much = OutputLimitError(
                f"the notebook has more than {self._limit // 10**6} MB of output, the most that limits.output_mb "
                "allows: print less, or save it as a file"
            )
            waiting = getattr(self, "task_poll_for_reply", None)
            if waiting is None:
                raise self._too_much
            waiting.cancel()  # the kernel waits for its output to be taken, and would never reply
            return None
        return super().process_message(msg, cell, cell_index)

    def execute_cell(self, cell: Any, cell_index: int, **options: Any) -> Any:
        """Run one cell.

        Parameters
        ----------
        cell : nbformat.NotebookNode
            The cell.
        cell_index : int
            Its position.
        **options
            Options of :meth:`nbclient.NotebookClient.execute_cell`.

        Returns
        -------
        nbformat.NotebookNode
            The cell, with its outputs.

        Raises
        ------
        OutputLimitError
            If the notebook's output passed the limit.

        Examples
        --------
        >>> StudyClient.execute_cell.__name__
        'execute_cell'
        """
        try:
            done = super().execute_cell(cell, cell_index, **options)
        except DeadKernelError:
            if self._too_much is None:
                raise
        if self._too_much is not None:
            raise self._too_much
        return done


def _size(msg: dict[str, Any]) -> int:
    """Count the characters of output in a message."""
    if msg["msg_type"] == "stream":
        return len(msg["content"]["text"])
    return sum(len(str(value)) for value in msg["content"].get("data", {}).values())
