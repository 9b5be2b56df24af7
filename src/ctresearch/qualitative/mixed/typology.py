"""Types of cases, as a variable for a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.columns import column_names, read_numbers, refuse_missing
from ctresearch.core.errors import CellError
from ctresearch.core.validate import has_columns, is_frame, whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

REST = "other types"


def typology(frame: pd.DataFrame, conditions: Sequence[str], *, least: int = 5) -> pd.Series[Any]:
    """Sort cases into types by the conditions that they are more in than out of.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a case.
    conditions : sequence of str
        Columns of codes or memberships, from 0 to 1; one half is on neither side.
    least : int
        Fewest cases of a type; rarer types are put together as ``"other types"``.

    Returns
    -------
    pandas.Series
        Category of each case, such as ``"debt*~threats"``, the commonest type first, so that a model takes it for its
        base. Missing where a case is at one half.

    Raises
    ------
    DataError
        If a column or a value is missing.
    CellError
        If a value lies outside 0 to 1.

    Examples
    --------
    >>> cases = pd.DataFrame({"debt": [1, 1, 1, 0, 0], "threats": [0, 0, 0, 1, 1]})
    >>> typology(cases, ["debt", "threats"], least=2).value_counts().to_dict()
    {'debt*~threats': 3, '~debt*threats': 2}
    """
    names = column_names("conditions", conditions, least=1)
    least = whole_number("least", least, low=1)
    is_frame("cases", frame)
    has_columns("cases", frame, names)
    refuse_missing(frame, names)
    data = np.column_stack([read_numbers(frame, name) for name in names])
    outside = (data < 0) | (data > 1)
    if outside.any():
        name = names[int(outside.any(axis=0).argmax())]
        raise CellError(
            f"column {name!r}: {int(outside.any(axis=1).sum()):,} of {len(data):,} cells lie outside 0 to 1, must be "
            "codes or memberships",
            column=name,
        )
    told = ["*".join(n if v > 0.5 else f"~{n}" for n, v in zip(names, case, strict=True)) for case in data]
    found = pd.Series(told, index=frame.index, dtype="object").mask((data == 0.5).any(axis=1))
    sizes = found.value_counts()
    found = found.where(found.isna() | ~found.isin(sizes.index[sizes < least]), REST)
    order = sorted(found.dropna().unique(), key=lambda one: (one == REST, -int((found == one).sum()), one))
    return found.astype(pd.CategoricalDtype(order)).rename("type")
