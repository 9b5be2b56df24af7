"""The errors a user may see.

Every message says what came, what is allowed and how to put it right. All derive from :class:`CtResearchError`, so
that the command line can turn a user's mistake into one sentence and let a true fault keep its traceback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class CtResearchError(Exception):
    """Base of every error that ctresearch raises on purpose.

    Examples
    --------
    >>> from ctresearch.prevalence import LogLinear
    >>> try:
    ...     LogLinear(level=2)
    ... except CtResearchError as error:
    ...     print(type(error).__name__)
    SpecificationError
    """


class DataError(CtResearchError, ValueError):
    """The data cannot be used as given: a column is missing, a count is negative, a file is not what it says.

    Examples
    --------
    >>> issubclass(DataError, CtResearchError), issubclass(DataError, ValueError)
    (True, True)
    """


class CellError(DataError):
    """Cells of a table cannot be used: the message says where, of what kind and how many, never what they hold.

    ``column`` and ``rows`` (counted from 1) let a caller point at them; both may be empty.

    Parameters
    ----------
    message : str
        What is wrong, without a cell's content.
    column : str
        Name of the column.
    rows : sequence of int
        Rows, counted from 1.

    Examples
    --------
    >>> error = CellError("column count: 1 cell is no number, in row 3", column="count", rows=[3])
    >>> error.column, error.rows
    ('count', (3,))
    """

    def __init__(self, message: str, *, column: str = "", rows: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.column = column
        self.rows = tuple(rows)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_cell_error, (str(self), self.column, self.rows))


class SpecificationError(CtResearchError, ValueError):
    """An option, a model formula, a parameter or a manifest is not one of those allowed.

    Examples
    --------
    >>> from ctresearch.prevalence import LogLinear
    >>> LogLinear(select="best")
    Traceback (most recent call last):
        ...
    ctresearch.core.errors.SpecificationError: ...
    """


class UnknownOptionError(SpecificationError, TypeError):
    """An option has a name that the estimator does not know; the message names the nearest one it knows."""


class FitError(CtResearchError, RuntimeError):
    """The estimate does not exist, is not identified or did not converge.

    Examples
    --------
    >>> issubclass(FitError, CtResearchError), issubclass(FitError, RuntimeError)
    (True, True)
    """


class DisclosureError(CtResearchError, RuntimeError):
    """The release gate refused an output that could expose a person.

    Examples
    --------
    >>> from ctresearch.privacy import Output, release
    >>> try:
    ...     release([Output("people", "table", "restricted", content=[[1, 2]], counts=[[1, 2]])]).require()
    ... except DisclosureError:
    ...     print("kept back")
    kept back
    """


class MissingExtraError(CtResearchError, ImportError):
    """An optional package is not installed; the message names the extra that brings it.

    Parameters
    ----------
    package : str
        Name of the package that is missing.
    extra : str
        Extra of ctresearch that brings it.

    Examples
    --------
    >>> print(MissingExtraError("igraph", "networks"))
    this needs the package 'igraph', which is not installed: run `pip install 'ctresearch[networks]'`
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"this needs the package {package!r}, which is not installed: run `pip install 'ctresearch[{extra}]'`"
        )


def _cell_error(message: str, column: str, rows: tuple[int, ...]) -> CellError:
    """Build the error again where another process raised it."""
    return CellError(message, column=column, rows=rows)
