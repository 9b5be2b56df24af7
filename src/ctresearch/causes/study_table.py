"""The table of a study, read once: who was treated, what came of it, and what is adjusted for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.causes.column_rules import refuse_infinity
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.inputs import Inputs, record
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.causes.generalized_linear import Floats
    from ctresearch.causes.influence import Integers

PACKAGES = ("numpy", "pandas", "scipy")


@dataclass(frozen=True, slots=True)
class StudyTable:
    """Columns of a study as arrays.

    Parameters
    ----------
    treatment : numpy.ndarray
        0 or 1, shape (rows,).
    outcome : numpy.ndarray
        Shape (rows,).
    design : numpy.ndarray
        A constant, then the covariates with text as indicators, rows by columns.
    names : tuple of str
        The columns of ``design``.
    weights : numpy.ndarray
        Survey weights scaled to mean 1, shape (rows,).
    clusters : numpy.ndarray or None
        Cluster of each row from 0, shape (rows,).
    inputs : Inputs
        Digest of the columns used.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [0, 1, 0, 1], "y": [1.0, 2, 3, 4], "sex": ["f", "m", "m", "f"]})
    >>> read_study(frame, treatment="a", outcome="y", covariates=["sex"]).names
    ('constant', 'sex[m]')
    """

    treatment: Floats
    outcome: Floats
    design: Floats
    names: tuple[str, ...]
    weights: Floats
    clusters: Integers | None
    inputs: Inputs

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.outcome)

    @property
    def survey(self) -> Floats | None:
        """The weights, or None where every row weighs the same."""
        return None if bool((self.weights == 1).all()) else self.weights

    @property
    def binary(self) -> bool:
        """Whether the outcome is 0 or 1 throughout."""
        return bool(((self.outcome == 0) | (self.outcome == 1)).all())

    def columns_of(self, covariates: Sequence[str]) -> Floats:
        """Return the constant and the columns of some covariates.

        Parameters
        ----------
        covariates : sequence of str
            Some or all of those read.

        Returns
        -------
        numpy.ndarray
            Rows by columns; the design itself where all are asked for.

        Examples
        --------
        >>> frame = pd.DataFrame({"a": [0, 1], "y": [1.0, 2], "sex": ["f", "m"], "age": [3, 4]})
        >>> table = read_study(frame, treatment="a", outcome="y", covariates=["sex", "age"])
        >>> table.columns_of(["sex"]).tolist()
        [[1.0, 0.0], [1.0, 1.0]]
        """
        wanted = {"constant", *covariates}
        kept = [i for i, name in enumerate(self.names) if name in wanted or name.rpartition("[")[0] in wanted]
        return self.design if len(kept) == len(self.names) else self.design[:, kept]


def read_study(
    frame: pd.DataFrame, *, treatment: str, outcome: str, covariates: Sequence[str], weights: str | None = None,
    cluster: str | None = None, seed: int | None = None,
) -> StudyTable:  # fmt: skip
    """Read a table of one row a unit.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    treatment, outcome : str
        Columns: 0 or 1, and a number.
    covariates : sequence of str
        Columns adjusted for; text, booleans and categories become indicators.
    weights, cluster : str, optional
        Columns of survey weights and of cluster labels.
    seed : int, optional
        Recorded with the digest.

    Returns
    -------
    StudyTable
        The arrays.

    Raises
    ------
    DataError
        If a column is missing or holds missing values, the treatment is not of 0 and 1 or does not vary, the outcome is
        constant, a weight is negative, or there is one cluster only.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [0, 1, 0, 1], "y": [1.0, 2, 3, 4]})
    >>> read_study(frame, treatment="a", outcome="y", covariates=[]).n
    4
    """
    used = [treatment, outcome, *covariates, *(name for name in (weights, cluster) if name is not None)]
    is_frame("frame", frame)
    has_columns("frame", frame, used)
    refuse_missing(frame, used)
    a, y = read_numbers(frame, treatment), read_numbers(frame, outcome)
    if not ((a == 0) | (a == 1)).all() or a.min() == a.max():
        shown = ", ".join(f"{v:g}" for v in np.unique(a)[:5])
        raise DataError(f"treatment {treatment!r} holds the values {shown}, must hold both 0 and 1 and nothing else")
    refuse_constant(outcome, y)
    design, names = design_matrix(frame, covariates)
    return StudyTable(
        a,
        y,
        design,
        names,
        read_weights(frame, weights),
        read_clusters(frame, cluster),
        record_columns(frame, used, seed),
    )


def design_matrix(frame: pd.DataFrame, covariates: Sequence[str]) -> tuple[Floats, tuple[str, ...]]:
    """Return a constant and the covariates as columns of numbers.

    Parameters
    ----------
    frame : pandas.DataFrame
        Without missing values in the covariates.
    covariates : sequence of str
        Columns; the first level of a text or category is the reference.

    Returns
    -------
    tuple
        Rows by columns, and the names of the columns.

    Raises
    ------
    DataError
        If a covariate holds infinity.

    Examples
    --------
    >>> design_matrix(pd.DataFrame({"x": [2, 3]}), ["x"])[0].tolist()
    [[1.0, 2.0], [1.0, 3.0]]
    """
    parts: list[tuple[str, Any]] = [("constant", 1.0)]
    for name in covariates:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column):
            values = column.to_numpy(dtype=float)
            refuse_infinity(name, values)
            parts.append((name, values))
            continue
        codes, levels = pd.factorize(column, sort=True)
        parts += [(f"{name}[{level}]", codes == i) for i, level in enumerate(levels) if i > 0]
    design = np.empty((len(frame), len(parts)))
    for i, (_, values) in enumerate(parts):
        design[:, i] = values
    return design, tuple(name for name, _ in parts)


def read_weights(frame: pd.DataFrame, name: str | None) -> Floats:
    """Return survey weights scaled to mean 1.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    name : str or None
        The column; without one every row weighs 1.

    Returns
    -------
    numpy.ndarray
        Shape (rows,).

    Raises
    ------
    DataError
        If a weight is negative or all are 0.

    Examples
    --------
    >>> read_weights(pd.DataFrame({"w": [1, 3]}), "w").tolist()
    [0.5, 1.5]
    """
    if name is None:
        return np.ones(len(frame))
    values = read_numbers(frame, name)
    if values.min() < 0 or values.max() == 0:
        raise DataError(
            f"weights {name!r} run from {values.min():g} to {values.max():g}, must be at least 0, and some above"
        )
    return np.asarray(values / values.mean(), dtype=float)


def read_clusters(frame: pd.DataFrame, name: str | None) -> Integers | None:
    """Return the cluster of each row as a number from 0.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    name : str or None
        The column.

    Returns
    -------
    numpy.ndarray or None
        Shape (rows,).

    Raises
    ------
    DataError
        If there is one cluster only.

    Examples
    --------
    >>> read_clusters(pd.DataFrame({"village": ["b", "a", "b"]}), "village").tolist()
    [0, 1, 0]
    """
    if name is None:
        return None
    codes = pd.factorize(frame[name])[0].astype(np.int64)
    if codes.max() == 0:
        raise DataError(f"cluster {name!r} holds 1 group, must hold at least 2: leave cluster out")
    return np.asarray(codes, dtype=np.int64)


def refuse_constant(name: str, values: Floats) -> None:
    """Refuse an outcome that does not vary.

    Parameters
    ----------
    name : str
        The column, for the message.
    values : numpy.ndarray
        The outcome.

    Raises
    ------
    DataError
        If all values are the same.

    Examples
    --------
    >>> refuse_constant("y", np.array([0.0, 1.0]))
    """
    if values.min() == values.max():
        raise DataError(
            f"outcome {name!r} is {values[0]:g} in all {len(values):,} rows, must vary: there is no effect to see"
        )


def record_columns(frame: pd.DataFrame, used: Sequence[str], seed: int | None = None) -> Inputs:
    """Record the columns an estimate rests on.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    used : sequence of str
        Columns that count.
    seed : int, optional
        Seed of the method.

    Returns
    -------
    Inputs
        The record; the order of the rows counts.

    Examples
    --------
    >>> len(record_columns(pd.DataFrame({"a": [1, 2]}), ["a"]).digest)
    64
    """
    return record(frame[list(used)], seed=seed, packages=PACKAGES)
