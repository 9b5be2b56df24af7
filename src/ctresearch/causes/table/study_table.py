"""The table of a study, read once: who was treated, what came of it, and what is adjusted for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.causes.table.column_rules import refuse_infinity
from ctresearch.causes.table.perfect_fit import refuse_copies
from ctresearch.core.cells import refuse_cells
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.inputs import Inputs, record
from ctresearch.core.names import read_names
from ctresearch.core.validate import has_columns
from ctresearch.stats.groups.smallest import smallest_cell, smallest_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.stats.regression.generalized_linear import Floats
    from ctresearch.stats.regression.influence import Integers

PACKAGES = ("numpy", "pandas", "scipy")


@dataclass(frozen=True, slots=True)
class StudyTable:
    """Columns of a study as arrays.

    Parameters
    ----------
    treatment : numpy.ndarray
        0 or 1, shape (rows,); empty where the treatment is one of the columns of a regression.
    outcome : numpy.ndarray
        Shape (rows,).
    design : numpy.ndarray
        A constant, then the covariates with text as indicators, rows by columns.
    names : tuple of str
        The columns of ``design``.
    sources : tuple of str
        The covariate that each column of ``design`` comes from.
    weights : numpy.ndarray
        Survey weights scaled to mean 1, shape (rows,).
    clusters : numpy.ndarray or None
        Cluster of each row from 0, shape (rows,).
    inputs : Inputs
        Digest of the columns used.

    Examples
    --------
    >>> from ctresearch.causes.graph.roles import Roles
    >>> frame = pd.DataFrame({"a": [0, 1, 0, 1], "y": [1.0, 2, 3, 4], "sex": ["f", "m", "m", "f"]})
    >>> Roles(treatment="a", outcome="y", covariates=["sex"]).read(frame).names
    ('constant', 'sex[m]')
    """

    treatment: Floats
    outcome: Floats
    design: Floats
    names: tuple[str, ...]
    sources: tuple[str, ...]
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

    @property
    def smallest_group(self) -> int:
        """The fewest rows of one arm and one outcome of two, or of one level of a covariate."""
        arms = self.treatment if self.treatment.size else np.zeros(self.n)
        return min(smallest_cell(arms, self.outcome), smallest_level(self.design.T, self.n))

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
        >>> from ctresearch.causes.graph.roles import Roles
        >>> frame = pd.DataFrame({"a": [0, 1], "y": [1.0, 2], "sex": ["f", "m"], "age": [3, 4]})
        >>> table = Roles(treatment="a", outcome="y", covariates=["sex", "age"]).read(frame)
        >>> table.columns_of(["sex"]).tolist()
        [[1.0, 0.0], [1.0, 1.0]]
        """
        wanted = {"constant", *covariates}
        kept = [i for i, source in enumerate(self.sources) if source in wanted]
        return self.design if len(kept) == len(self.names) else self.design[:, kept]

    def refuse_copies(self, treatment: str, outcome: str, compared: Floats) -> None:
        """Refuse covariates that give treatment or outcome exactly, and a treatment that gives the outcome.

        Parameters
        ----------
        treatment, outcome : str
            Their columns, for messages.
        compared : numpy.ndarray
            The outcome, or the rate that is made of it, shape (rows,).

        Raises
        ------
        DataError
            If one is given.

        Examples
        --------
        >>> from ctresearch.causes.graph.roles import Roles
        >>> frame = pd.DataFrame({"a": [0, 1, 0], "y": [1.0, 2, 4]})
        >>> table = Roles(treatment="a", outcome="y", covariates=[]).read(frame)
        >>> table.refuse_copies("a", "y", table.outcome)
        """
        if len(self.treatment):
            refuse_copies(self.design, self.sources, self.treatment, treatment, "treatment", self.weights)
        refuse_copies(self.design, self.sources, compared, outcome, "outcome", self.weights)
        if len(self.treatment):
            own = np.column_stack([self.design, self.treatment])  # an outcome may be a covariate plus the treatment
            refuse_copies(own, (*self.sources, treatment), compared, outcome, "outcome", self.weights)


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
        If a covariate holds infinity, or levels that differ in their spelling alone.

    Examples
    --------
    >>> design_matrix(pd.DataFrame({"x": [2, 3]}), ["x"])[0].tolist()
    [[1.0, 2.0], [1.0, 3.0]]
    """
    return read_design(frame, covariates)[:2]


def read_design(frame: pd.DataFrame, covariates: Sequence[str]) -> tuple[Floats, tuple[str, ...], tuple[str, ...]]:
    """Return a constant and the covariates as columns of numbers, with what each column comes from.

    Parameters
    ----------
    frame : pandas.DataFrame
        Without missing values in the covariates.
    covariates : sequence of str
        Columns; the first level of a text or category is the reference.

    Returns
    -------
    tuple
        Rows by columns, the names of the columns, and the covariate of each.

    Raises
    ------
    DataError
        If a covariate holds infinity, or levels that differ in their spelling alone.

    Examples
    --------
    >>> read_design(pd.DataFrame({"sex": ["f", "m"]}), ["sex"])[1:]
    (('constant', 'sex[m]'), ('constant', 'sex'))
    """
    parts: list[tuple[str, str, Any]] = [("constant", "constant", 1.0)]
    for name in covariates:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column):
            values = column.to_numpy(dtype=float)
            refuse_infinity(name, values)
            parts.append((name, name, values))
            continue
        codes, levels = read_levels(column, name)
        parts += [(f"{name}[{level}]", name, codes == i) for i, level in enumerate(levels) if i > 0]
    design = np.empty((len(frame), len(parts)))
    for i, (_, _, values) in enumerate(parts):
        design[:, i] = values
    return design, tuple(name for name, _, _ in parts), tuple(source for _, source, _ in parts)


def read_levels(column: pd.Series[Any], name: str) -> tuple[Integers, tuple[Any, ...]]:
    """Return the levels of a text or category, of which none is another in a different spelling.

    Parameters
    ----------
    column : pandas.Series
        Without missing values.
    name : str
        What it is called, for the message.

    Returns
    -------
    tuple
        Which level each row has from 0, and the levels: categories as they stand, the rest sorted.

    Raises
    ------
    CellError
        If two levels are the same but for case, accents, spaces or type.

    Examples
    --------
    >>> read_levels(pd.Series(["m", "f", "m"]), "sex")[1]
    ('f', 'm')
    """
    read_names(column, name, cure="")
    try:
        codes, levels = pd.factorize(column, sort=True)
    except TypeError:  # numbers and text in one column have no order of their own
        plain, found = pd.factorize(column.astype(object))
        order = sorted(range(len(found)), key=lambda i: str(found[i]))
        return np.argsort(order)[plain].astype(np.int64), tuple(found[i] for i in order)
    return np.asarray(codes, dtype=np.int64), tuple(levels)


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
    refuse_cells(frame[name], values < 0, "must be weights of at least 0")
    if values.max() == 0:
        raise DataError(f"weights {name!r} are 0 in all {len(values):,} rows, must be above 0 in some")
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
        If there is one cluster only, a label is missing, or labels differ in their spelling alone.

    Examples
    --------
    >>> read_clusters(pd.DataFrame({"village": ["b", "a", "b"]}), "village").tolist()
    [0, 1, 0]
    """
    if name is None:
        return None
    has_columns("frame", frame, [name])
    refuse_missing(frame, [name])
    column = frame[name]
    numeric = pd.api.types.is_numeric_dtype(column)  # numbers of one type have one spelling each
    codes = pd.factorize(column)[0] if numeric else read_names(column, name, cure="").codes
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
            f"outcome {name!r} is the same in all {len(values):,} rows, must vary: there is no effect to see"
        )


def refuse_other_than(frame: pd.DataFrame, name: str, role: str) -> None:
    """Refuse a column that is not of 0 and 1, both of them.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data, with numbers in the column.
    name : str
        The column.
    role : str
        What it is in the analysis, for the message.

    Raises
    ------
    DataError
        If a cell is neither, or all are the same; the message gives rows and no cell.

    Examples
    --------
    >>> refuse_other_than(pd.DataFrame({"a": [0, 1]}), "a", "treatment")
    """
    values = read_numbers(frame, name)
    other = (values != 0) & (values != 1)
    refuse_cells(frame[name], other, f"must be 0 or 1 as {role}")
    if values.min() == values.max():
        raise DataError(f"{role} {name!r} is the same in all {len(values):,} rows, must hold both 0 and 1")


def refuse_negative(frame: pd.DataFrame, name: str, must: str) -> None:
    """Refuse a column with numbers below 0.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data, with numbers in the column.
    name : str
        The column.
    must : str
        What must stand there, and what to do.

    Raises
    ------
    CellError
        If a cell is below 0; the message gives rows and no cell.

    Examples
    --------
    >>> refuse_negative(pd.DataFrame({"y": [0, 3]}), "y", "must be counts")
    """
    below = read_numbers(frame, name) < 0
    refuse_cells(frame[name], below, must)


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
