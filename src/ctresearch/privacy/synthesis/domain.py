"""A table as whole numbers: which values each column may have, and where in that list each row stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_hashable

from ctresearch.core.cells import refuse_cells
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.privacy.disclosure.classes import single_values
from ctresearch.privacy.masks.counts import alike, refuse_alike_values

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

_MOST = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A table of categories as whole numbers.

    Parameters
    ----------
    names : tuple
        Names of the columns.
    categories : tuple of tuple
        What each column may hold; ``None`` stands for a missing value.
    codes : numpy.ndarray
        Shape (columns, rows): positions in the categories.
    """

    names: tuple[Hashable, ...]
    categories: tuple[tuple[Any, ...], ...]
    codes: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of categories of each column."""
        return np.array([len(c) for c in self.categories], dtype=np.int64)

    def decode(self, codes: NDArray[np.int64]) -> pd.DataFrame:
        """Turn whole numbers into a table with the same columns.

        Parameters
        ----------
        codes : numpy.ndarray
            Shape (columns, rows).

        Returns
        -------
        pandas.DataFrame
            One row a column of ``codes``.

        Examples
        --------
        >>> import pandas as pd
        >>> coded = encode(pd.DataFrame({"sex": ["Woman", "Man", None]}))
        >>> coded.decode(np.array([[0, 1]]))["sex"].tolist()
        ['Man', 'Woman']
        """
        columns = zip(self.names, self.categories, codes, strict=True)
        return pd.DataFrame({name: pd.Series(list(c)).take(at).reset_index(drop=True) for name, c, at in columns})


def encode(frame: pd.DataFrame, domain: Mapping[Any, Sequence[Any]] | None = None) -> Coded:
    """Turn a table into whole numbers.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person, every column made of categories.
    domain : mapping of column to sequence, optional
        All values each column may hold, from a code list; ``None`` in it stands for a missing value. Without it they
        are learned from the table, which is not private.

    Returns
    -------
    Coded
        Columns in the order of the table.

    Raises
    ------
    DataError
        If a value is not in the domain, a cell holds several values, or a column has more than 2,000 categories.
    SpecificationError
        If the domain does not list exactly the columns of the table, or a value twice.

    Examples
    --------
    >>> import pandas as pd
    >>> encode(pd.DataFrame({"sex": ["Woman", "Man", None]})).categories
    (('Man', 'Woman', None),)
    """
    is_frame("frame", frame)
    single_values(frame, frame.columns)
    if domain is not None:
        _check_domain(frame, domain)
    else:
        refuse_alike_values(frame, list(frame.columns))
    categories, codes = [], []
    for name in frame.columns:
        values = frame[name].astype(object)
        values = values.where(values.notna(), None)
        allowed = _learned(values) if domain is None else tuple(None if pd.isna(v) else v for v in domain[name])
        if len(allowed) > _MOST:
            raise DataError(
                f"{name!r} has {len(allowed)} categories, must have at most {_MOST}: group its values first"
            )
        where = {value: i for i, value in enumerate(allowed)}
        unknown = [v not in where for v in values]
        refuse_cells(values, unknown, "must be in its domain: add it, or map it to a value that is", name=str(name))
        categories.append(allowed)
        codes.append(np.fromiter((where[v] for v in values), dtype=np.int64, count=len(values)))
    return Coded(tuple(frame.columns), tuple(categories), np.stack(codes))


def _check_domain(frame: pd.DataFrame, domain: Mapping[Any, Sequence[Any]]) -> None:
    """Refuse a domain that does not belong to the table."""
    if not isinstance(domain, Mapping):
        raise SpecificationError(f"domain is a {type(domain).__name__}, must be a mapping of column to its values")
    has_columns("frame", frame, domain)
    missing = [c for c in frame.columns if c not in domain]
    if missing:
        raise SpecificationError(f"domain has no entry for {missing[0]!r}, must list every column of the table")
    for name, values in domain.items():
        if isinstance(values, str) or not isinstance(values, Collection) or not all(map(is_hashable, values)):
            raise SpecificationError(f"domain[{name!r}] is a {type(values).__name__}, must be a list of single values")
        if len(values) == 0 or len(set(values)) != len(values):
            raise SpecificationError(
                f"domain[{name!r}] has {len(values)} values, {len(set(values))} of them different: must be different "
                "values and at least one"
            )
        alike(values, f"values of domain[{name!r}]")


def _learned(values: pd.Series[Any]) -> tuple[Any, ...]:
    """Collect the categories of a column in an order that tells nothing about the rows."""
    present = [v for v in values.unique() if v is not None]
    missing = (None,) if values.isna().any() else ()
    return (*sorted(present, key=lambda v: (str(v), str(type(v)))), *missing)
