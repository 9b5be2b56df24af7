"""What every estimate of causes asks of its columns: one role each, and finite numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError, SpecificationError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ctresearch.stats.regression.generalized_linear import Floats


def refuse_shared_roles(own: Mapping[str, str], **others: str | Collection[str] | None) -> None:
    """Refuse a column with two roles, as where the outcome is adjusted for.

    Parameters
    ----------
    own : mapping of str to str
        Role and column of what must stand alone, such as treatment and outcome.
    **others : str or collection of str
        Further roles, which may share columns among themselves; None and an empty list take no part.

    Raises
    ------
    SpecificationError
        If a column of ``own`` has another role too.

    Examples
    --------
    >>> refuse_shared_roles({"treatment": "debt", "outcome": "exploited"}, covariates=("age", "sex"), by="sex")
    """
    seen: dict[str, str] = {}
    for role, name in own.items():
        if name in seen:
            raise _two_roles(name, seen[name], role)
        seen[name] = role
    for role, value in others.items():
        for name in (value,) if isinstance(value, str) else value or ():
            if name in seen:
                raise _two_roles(name, seen[name], role)


def _two_roles(name: str, one: str, other: str) -> SpecificationError:
    """Put it into words."""
    return SpecificationError(
        f"column {name!r} is named as {one} and as {other}, must have one role: name another column"
    )


def refuse_infinity(name: str, values: Floats) -> None:
    """Refuse a covariate that holds infinity, as from a division by 0.

    Parameters
    ----------
    name : str
        The column, for the message.
    values : numpy.ndarray
        Shape (rows,); missing values may be among them.

    Raises
    ------
    DataError
        If a value is infinite.

    Examples
    --------
    >>> refuse_infinity("age", np.array([15.0, np.nan]))
    """
    infinite = int(np.isinf(values).sum())
    if infinite:
        raise DataError(
            f"column {name!r} holds {infinite:,} infinite values of {len(values):,}, must be finite: correct these "
            "rows, or make them missing and impute"
        )
