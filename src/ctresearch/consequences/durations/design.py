"""A model formula turned into columns of numbers, standardised for the fit and brought back after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.stats.regression.formula import read_formula

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.consequences.durations.durations import Floats


@dataclass(frozen=True, slots=True)
class Design:
    """Columns of a model without a constant.

    Parameters
    ----------
    names : tuple of str
        Names of the columns.
    words : tuple of str
        What a message calls each column: the term of the formula and a number, never the level of a category.
    standard : numpy.ndarray
        Columns with mean 0 and standard deviation 1, rows by columns.
    centre, spread : numpy.ndarray
        Means and standard deviations that were taken out, shape (columns,) each.
    used : tuple of str
        Columns of the table that the formula names.

    Examples
    --------
    >>> import pandas as pd
    >>> read_design(pd.DataFrame({"age": [1.0, 3.0]}), "age").standard.ravel().tolist()
    [-1.0, 1.0]
    """

    names: tuple[str, ...]
    words: tuple[str, ...]
    standard: Floats
    centre: Floats
    spread: Floats
    used: tuple[str, ...]

    def covariance(self, standard: Floats) -> Floats:
        """Bring a covariance of coefficients back to the columns' own units.

        Parameters
        ----------
        standard : numpy.ndarray
            Covariance for the standardised columns, columns by columns.

        Returns
        -------
        numpy.ndarray
            For the columns as they came, columns by columns.

        Examples
        --------
        >>> import pandas as pd
        >>> read_design(pd.DataFrame({"age": [1.0, 5.0]}), "age").covariance(np.eye(1)).tolist()
        [[0.25]]
        """
        return np.asarray(standard / np.outer(self.spread, self.spread), dtype=float)


def read_design(frame: pd.DataFrame, formula: str) -> Design:
    """Read the columns that the right-hand side of a formula asks for.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    formula : str
        Such as ``"age + C(sex)"``; the constant is dropped, since a baseline takes its place. A name with a dot or a
        space stands in backticks.

    Returns
    -------
    Design
        The columns; the first level of a category is the reference.

    Raises
    ------
    SpecificationError
        If the formula cannot be read.
    DataError
        If it names a column that is not there, a value is missing or not finite, a column is constant, or one is a
        combination of the others.

    Examples
    --------
    >>> import pandas as pd
    >>> read_design(pd.DataFrame({"age": [1.0, 3.0, 2.0], "sex": ["f", "m", "f"]}), "age + sex").names
    ('age', 'sex[m]')
    """
    found = read_formula(frame, formula)
    if not found.names:
        raise SpecificationError(
            f"formula == {formula!r} names no column, must name at least one: Survival needs no formula"
        )
    return _standardise(found.names, found.words, found.columns, tuple(sorted(found.used)))


def _standardise(names: tuple[str, ...], words: tuple[str, ...], columns: Floats, used: tuple[str, ...]) -> Design:
    """Take out means and standard deviations, and refuse columns that no fit can tell apart."""
    centre, spread = columns.mean(axis=0), columns.std(axis=0)
    # a constant column differs from its mean by rounding alone
    flat = spread <= 1e-12 * np.maximum(1, np.abs(centre))
    if flat.any():
        raise DataError(f"term {words[int(np.argmax(flat))]!r} is the same in all rows, must vary: leave it out")
    standard = np.ascontiguousarray((columns - centre) / spread)
    # what is left of a standardised column once those before it are taken out; below 1e-7 it is their rounding
    corner = np.abs(np.diag(np.linalg.qr(standard, mode="r"))) / np.sqrt(len(standard))
    if len(corner) < len(names) or corner.min() < 1e-7:
        worst = words[int(np.argmin(corner))] if len(corner) == len(names) else words[-1]
        raise DataError(f"term {worst!r} is a combination of the terms before it: leave it out")
    return Design(names, words, standard, centre, spread, used)
