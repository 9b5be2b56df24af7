"""What can go wrong with a run, beyond a wrong specification."""

from __future__ import annotations

from ctresearch.core.errors import CtResearchError


class NotebookError(CtResearchError, RuntimeError):
    """The notebook did not run to its end: an exception, a dead kernel, a limit, an output that was promised.

    ``what`` happened, what is ``to_do`` and where the notebook is ``kept`` stand apart for who shows them on lines of
    their own; each is empty where it is not known.
    """

    what: str = ""
    to_do: str = ""
    kept: str = ""


class NotebookInputError(NotebookError):
    """A cell refused what it was given: data or options that the library does not take."""


class IntegrityError(CtResearchError, RuntimeError):
    """Bytes are not those that were recorded: a changed file, a run that gives other bytes than before."""
