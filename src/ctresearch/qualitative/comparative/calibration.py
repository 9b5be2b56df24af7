"""From measurements to memberships in sets: thresholds that a researcher states, and the shape between them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cells import shown
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.validate import in_range, one_of, whole_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Shape = Literal["logistic", "linear", "crisp"]


def calibrate(
    column: pd.Series[Any],
    thresholds: Sequence[float],
    *,
    shape: Shape = "logistic",
    degree: float = 0.95,
) -> pd.Series[Any]:
    """Turn measurements into memberships in a set.

    Parameters
    ----------
    column : pandas.Series
        Numbers, none missing.
    thresholds : sequence of float
        Three: full exclusion, crossover, full inclusion, rising or falling. Six: exclusion, crossover, inclusion,
        inclusion, crossover, exclusion, for a set whose members lie in the middle. For
        ``"crisp"`` any number of cut-offs: a value at or above a cut-off belongs to the higher class.
    shape : {"logistic", "linear", "crisp"}
        Between thresholds: the log odds of membership rise in proportion to the distance from the crossover [1]_, or
        membership itself does. Six thresholds are joined by straight lines.
    degree : float
        Membership at full inclusion, for ``"logistic"``; at full exclusion it is one minus that.

    Returns
    -------
    pandas.Series
        Memberships from 0 to 1; whole numbers from 0 for ``"crisp"``.

    Raises
    ------
    SpecificationError
        If thresholds are not as many or not in the order that they must be.
    CellError
        If a cell is no number.

    References
    ----------
    .. [1] Ragin, C. C. (2008). Redesigning social inquiry: fuzzy sets and beyond. University of Chicago Press.
       https://doi.org/10.7208/chicago/9780226702797.001.0001

    Examples
    --------
    >>> import pandas as pd
    >>> income = pd.Series([400.0, 550.0, 900.0], name="income")
    >>> calibrate(income, (400, 550, 900)).round(2).tolist()
    [0.05, 0.5, 0.95]
    """
    one_of("shape", shape, ("logistic", "linear", "crisp"))
    in_range("degree", degree, 0.5, 1, open_ends=True)
    if isinstance(thresholds, (str, Mapping)) or not isinstance(thresholds, Iterable):
        raise SpecificationError(f"thresholds == {shown(thresholds)}, must be numbers")
    cuts = [float(in_range("thresholds", one)) for one in thresholds]
    values = _numbers(column)
    if shape == "crisp":
        _refuse_unsorted(cuts, least=1)
        found: Any = np.searchsorted(np.array(cuts), values, side="right").astype(np.int64)
    elif len(cuts) == 3:
        found = _rising(values, cuts, shape, degree)
    elif len(cuts) == 6:
        _refuse_unsorted(cuts, least=6, ties=True)
        found = np.interp(values, cuts, [0.0, 0.5, 1.0, 1.0, 0.5, 0.0])
    else:
        raise SpecificationError(f"thresholds are {len(cuts)}, must be 3, or 6 for a set in the middle")
    return type(column)(found, index=column.index, name=column.name)


def _numbers(column: pd.Series[Any]) -> Floats:
    """Read a column of numbers, none missing."""
    if not isinstance(column, pd.Series):
        raise DataError(f"column is a {type(column).__name__}, must be a pandas Series")
    name = str(column.name) if column.name is not None else "the column"
    refuse_missing(frame := pd.DataFrame({name: column}), [name])
    return read_numbers(frame, name)


def _refuse_unsorted(cuts: list[float], *, least: int, ties: bool = False) -> None:
    """Refuse thresholds that do not rise."""
    wrong = any(b < a or (b == a and not ties) for a, b in itertools.pairwise(cuts))
    if len(cuts) < least or wrong:
        raise SpecificationError(f"thresholds == {tuple(cuts)}, must rise from the first to the last")


def _rising(values: Floats, cuts: list[float], shape: str, degree: float) -> Floats:
    """Return memberships between exclusion, crossover and inclusion."""
    out, middle, inside = cuts
    if not (out < middle < inside or out > middle > inside):
        raise SpecificationError(
            f"thresholds == {tuple(cuts)}, must be exclusion, crossover and inclusion, all rising or all falling"
        )
    sign = 1.0 if inside > out else -1.0
    x, e, c, i = sign * values, sign * out, sign * middle, sign * inside
    span = np.where(x >= c, i - c, c - e)
    if shape == "logistic":
        return np.asarray(1 / (1 + np.exp(-(x - c) * np.log(degree / (1 - degree)) / span)), dtype=float)
    return np.clip(0.5 + 0.5 * (x - c) / span, 0.0, 1.0)


def find_thresholds(column: pd.Series[Any], n: int = 1) -> tuple[float, ...]:
    """Propose thresholds where measurements leave gaps: halfway between clusters.

    Parameters
    ----------
    column : pandas.Series
        Numbers, none missing.
    n : int
        How many thresholds.

    Returns
    -------
    tuple of float
        Rising. Values are joined by complete linkage until ``n + 1`` clusters are left.

    Raises
    ------
    SpecificationError
        If there are fewer than ``n + 1`` different values.
    CellError
        If a cell is no number.

    Notes
    -----
    A gap in the cases at hand is no reason in theory. A threshold needs one; this is a place to start from.

    Examples
    --------
    >>> import pandas as pd
    >>> find_thresholds(pd.Series([1.0, 2.0, 10.0, 11.0], name="x"))
    (6.0,)
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    n = whole_number("n", n, low=1)
    values = _numbers(column)
    different = np.unique(values)
    if len(different) <= n:
        raise SpecificationError(f"n == {n}, must be below {len(different)}, the number of different values")
    values = np.sort(values)
    group = fcluster(linkage(values[:, None], "complete"), n + 1, criterion="maxclust")
    ends = np.flatnonzero(np.diff(group))
    return tuple(float((values[i] + values[i + 1]) / 2) for i in ends)
