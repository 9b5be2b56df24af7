"""Parameters that papermill injected into a notebook: taken where the study declares them, refused where it does not.

Papermill writes a cell of assignments into the notebook, which our notebooks never read: they ask their run. What such
a cell assigns is therefore read from the cells that the kernel has executed, and becomes part of the run.
"""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import SpecificationError
from ctresearch.studies.asked.parameters import known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.studies.asked.parameters import Parameter, Value

COMMENT = "# Parameters"
TAG = "injected-parameters"
_OWN = "PAPERMILL_"  # papermill's own words for where the notebook lies


def injected_values() -> dict[str, Any]:
    """Read what papermill assigned in the notebook of this kernel.

    Returns
    -------
    dict
        Name to value; empty where nothing was injected.

    Examples
    --------
    >>> injected_values()
    {}
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    cells = list(shell.user_ns.get("In", ())) if shell is not None else []
    found = [values for values in map(read_cell, cells) if values is not None]
    return found[-1] if found else {}


def read_cell(source: str) -> dict[str, Any] | None:
    r"""Read a cell as papermill writes it: a comment, and assignments of plain values.

    Parameters
    ----------
    source : str
        Source of a cell.

    Returns
    -------
    dict or None
        Name to value; ``None`` for any other cell.

    Examples
    --------
    >>> read_cell("# Parameters\ndraws = 50\nday = \"2013-01-31\"\n")
    {'draws': 50, 'day': '2013-01-31'}
    >>> read_cell("draws = 50") is None
    True
    """
    if source.split("\n", 1)[0].rstrip() != COMMENT:
        return None
    try:
        statements = ast.parse(source).body
        pairs = [(one.targets[0].id, _plain(one.value)) for one in statements]  # type: ignore[attr-defined]
    except (SyntaxError, ValueError, AttributeError, RecursionError, MemoryError):
        return None
    return {name: value for name, value in pairs if not name.startswith(_OWN)}


def accepted(declared: Mapping[str, Parameter], values: Mapping[str, Any]) -> dict[str, Value]:
    """Hold injected values to what a study declares.

    Parameters
    ----------
    declared : mapping of str to Parameter
        The parameters of the study.
    values : mapping
        What was injected.

    Returns
    -------
    dict
        The values, of the types that are declared.

    Raises
    ------
    SpecificationError
        If a value does not fit, or a name is unknown. In a notebook that somebody has open a cell of assignments may be
        their own: there, names that the study does not declare are left alone.

    Examples
    --------
    >>> from ctresearch.studies.asked.parameters import Parameter
    >>> accepted({"draws": Parameter(type="int", value=10, min=1)}, {"draws": 50})
    {'draws': 50}
    """
    if _by_hand():
        values = {name: value for name, value in values.items() if name in declared}
    try:
        return {name: known(name, declared).accept(name, value) for name, value in values.items()}
    except SpecificationError as error:
        raise SpecificationError(f"papermill injected a value that this study does not take: {error}") from None


def _by_hand() -> bool:
    """Say whether somebody has the notebook open, and no papermill runs it."""
    if "JPY_SESSION_NAME" not in os.environ:
        return False
    try:
        return b"papermill" not in Path(f"/proc/{os.getppid()}/cmdline").read_bytes()
    except OSError:
        return True


def _plain(node: ast.expr) -> Any:
    """Read a value as papermill writes it; numbers that are not finite are calls of float."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "float"
        and len(node.args) == 1
    ):
        return float(ast.literal_eval(node.args[0]))
    return ast.literal_eval(node)
