"""The errors a user may see.

Every message says what came, what is allowed and how to put it right. All derive from :class:`CtResearchError`, so
that the command line can turn a user's mistake into one sentence and let a true fault keep its traceback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class CtResearchError(Exception):
    """Base of every error that ctresearch raises on purpose."""


class DataError(CtResearchError, ValueError):
    """The data cannot be used as given: a column is missing, a count is negative, a file is not what it says."""


class CellError(DataError):
    """Cells of a table cannot be used: the message says where, of what kind and how many, never what they hold.

    ``column`` and ``rows`` (counted from 1) let a caller point at them; both may be empty.
    """

    def __init__(self, message: str, *, column: str = "", rows: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.column = column
        self.rows = tuple(rows)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_cell_error, (str(self), self.column, self.rows))


class SpecificationError(CtResearchError, ValueError):
    """An option, a model formula, a parameter or a manifest is not one of those allowed."""


class UnknownOptionError(SpecificationError, TypeError):
    """An option has a name that the estimator does not know; the message names the nearest one it knows."""


class FitError(CtResearchError, RuntimeError):
    """The estimate does not exist, is not identified or did not converge."""


class DisclosureError(CtResearchError, RuntimeError):
    """The release gate refused an output that could expose a person."""


class MissingExtraError(CtResearchError, ImportError):
    """An optional package is not installed; the message names the extra that brings it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"this needs the package {package!r}, which is not installed: run `pip install 'ctresearch[{extra}]'`"
        )


def _cell_error(message: str, column: str, rows: tuple[int, ...]) -> CellError:
    """Build the error again where another process raised it."""
    return CellError(message, column=column, rows=rows)
