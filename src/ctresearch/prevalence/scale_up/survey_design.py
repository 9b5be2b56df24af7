"""The design of a survey: weights, strata and clusters, and the rescaled bootstrap that every interval here rests on.

In each replicate one cluster fewer than there are is drawn with replacement in each stratum, and the weights of those
drawn are raised so that totals stay what they are on average [1]_, [2]_. Its variance of a total is that between
clusters within strata, and statistics that are no totals are carried along.

References
----------
.. [1] Rao, J. N. K. and Wu, C. F. J. (1988). Resampling inference with complex survey data. Journal of the American
   Statistical Association 83, 231-241. https://doi.org/10.1080/01621459.1988.10478591
.. [2] Rust, K. F. and Rao, J. N. K. (1996). Variance estimation for complex surveys using replication techniques.
   Statistical Methods in Medical Research 5, 283-310. https://doi.org/10.1177/096228029600500305
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SurveyDesign:
    """Who of a survey stands for how many, and which clusters were drawn together.

    Parameters
    ----------
    weight : numpy.ndarray
        How many people each stands for, up to one factor, shape (n,).
    cluster : numpy.ndarray
        Number of the cluster of each, shape (n,).
    stratum : numpy.ndarray
        Number of the stratum of each *cluster*, shape (clusters,).

    Examples
    --------
    >>> design = SurveyDesign(np.ones(4), np.arange(4), np.zeros(4, dtype=np.int64))
    >>> design.freedom, design.totals(np.array([[1.0], [2.0], [0.0], [4.0]])).ravel().tolist()
    (3, [1.0, 2.0, 0.0, 4.0])
    """

    weight: Floats
    cluster: Integers
    stratum: Integers

    @property
    def freedom(self) -> int:
        """Degrees of freedom: clusters less strata."""
        return int(self.stratum.size - (self.stratum.max() + 1))

    def totals(self, values: Floats) -> Floats:
        """Add weighted values up by cluster.

        Parameters
        ----------
        values : numpy.ndarray
            Shape (n, columns).

        Returns
        -------
        numpy.ndarray
            Shape (clusters, columns).

        Examples
        --------
        >>> design = SurveyDesign(np.array([1.0, 3.0]), np.array([0, 0]), np.array([0]))
        >>> design.totals(np.array([[1.0], [2.0]])).tolist()
        [[7.0]]
        """
        summed = np.zeros((self.stratum.size, values.shape[1]))
        np.add.at(summed, self.cluster, self.weight[:, None] * values)
        return summed

    def replicates(self, values: Floats, bootstrap: int, rng: np.random.Generator) -> Floats:
        """Draw weighted totals again and again, by the rescaled bootstrap.

        Parameters
        ----------
        values : numpy.ndarray
            Shape (n, columns).
        bootstrap : int
            Number of replicates.
        rng : numpy.random.Generator
            The stream.

        Returns
        -------
        numpy.ndarray
            Totals, shape (bootstrap, columns).

        Examples
        --------
        >>> design = SurveyDesign(np.ones(2), np.arange(2), np.zeros(2, dtype=np.int64))
        >>> drawn = design.replicates(np.array([[1.0], [2.0]]), 50, np.random.default_rng(1))
        >>> sorted(set(drawn.ravel().tolist()))
        [2.0, 4.0]
        """
        factors = rescaled_factors(self.stratum, bootstrap, rng)
        return np.asarray(factors @ self.totals(values))


def rescaled_factors(stratum: Integers, bootstrap: int, rng: np.random.Generator) -> Floats:
    """Draw the factors on the weights of clusters, replicate by replicate.

    Parameters
    ----------
    stratum : numpy.ndarray
        Stratum of each cluster, shape (clusters,); at least two clusters in each.
    bootstrap : int
        Number of replicates.
    rng : numpy.random.Generator
        The stream.

    Returns
    -------
    numpy.ndarray
        Shape (bootstrap, clusters); the mean of the factors of a stratum is 1 in every replicate.

    Examples
    --------
    >>> rescaled_factors(np.array([0, 0, 0]), 2, np.random.default_rng(1)).sum(axis=1).tolist()
    [3.0, 3.0]
    """
    factors = np.empty((bootstrap, stratum.size))
    for number in range(int(stratum.max()) + 1):
        there = np.flatnonzero(stratum == number)
        drawn = rng.multinomial(there.size - 1, np.full(there.size, 1 / there.size), size=bootstrap)
        factors[:, there] = drawn * there.size / (there.size - 1)
    return factors


def existing(draws: Floats) -> tuple[Floats, float]:
    """Return the replicates in which every ratio exists, and the share of those in which one does not.

    Parameters
    ----------
    draws : numpy.ndarray
        Statistics, shape (replicates, columns).

    Returns
    -------
    tuple
        The rows that are finite, and the share of the others.

    Examples
    --------
    >>> existing(np.array([[1.0], [np.inf], [2.0], [np.nan]]))[1]
    0.5
    """
    finite = np.isfinite(draws).all(axis=1)
    return draws[finite], float(1 - finite.mean())


def spread_of(draws: Floats) -> Floats:
    """Return the standard deviation of each statistic over the replicates in which it exists.

    Parameters
    ----------
    draws : numpy.ndarray
        Shape (replicates, columns).

    Returns
    -------
    numpy.ndarray
        Shape (columns,); ``NaN`` where fewer than two replicates have it.

    Examples
    --------
    >>> spread_of(np.array([[1.0], [np.inf], [3.0]])).round(3).tolist()
    [1.414]
    """
    finite = np.isfinite(draws)
    number = finite.sum(axis=0)
    safe = np.where(finite, draws, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = safe.sum(axis=0) / number
        squares = (np.where(finite, safe - mean, 0.0) ** 2).sum(axis=0)
        return np.asarray(np.sqrt(np.where(number > 1, squares / (number - 1), np.nan)))


def design_columns(weight: str | None, strata: str | None, cluster: str | None) -> dict[str, str | None]:
    """Check the names of the columns of a design.

    Parameters
    ----------
    weight, strata, cluster : str, optional
        Names of columns.

    Returns
    -------
    dict
        Role to column, or ``None``.

    Raises
    ------
    SpecificationError
        If one is no name of a column.

    Examples
    --------
    >>> design_columns("w", None, None)["weight"]
    'w'
    """
    given = {"weight": weight, "strata": strata, "cluster": cluster}
    return {role: None if name is None else column_name(role, name) for role, name in given.items()}


def read_design(frame: pd.DataFrame, columns: dict[str, str | None]) -> SurveyDesign:
    """Read weights, strata and clusters; each person is a cluster where none is named.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person of the survey, with the columns named.
    columns : dict
        What :func:`design_columns` made.

    Returns
    -------
    SurveyDesign
        The design.

    Raises
    ------
    DataError
        If a cell is missing, a weight is not above 0, or a stratum holds a single cluster.

    Examples
    --------
    >>> read_design(pd.DataFrame({"town": [1, 1, 2]}), design_columns(None, None, "town")).stratum.tolist()
    [0, 0]
    """
    for name in columns.values():
        if name is not None:
            refuse_cells(frame[name], frame[name].isna(), "must be known of everybody in the survey")
    weight, strata, cluster = columns["weight"], columns["strata"], columns["cluster"]
    weights = np.ones(len(frame)) if weight is None else _weights(frame[weight])
    stratum = np.zeros(len(frame), dtype=np.int64) if strata is None else pd.factorize(frame[strata], sort=True)[0]
    groups = np.arange(len(frame))
    if cluster is not None:
        groups = pd.factorize(pd.MultiIndex.from_arrays([stratum, frame[cluster]]))[0]
    owner = np.zeros(int(groups.max()) + 1, dtype=np.int64)
    owner[groups] = stratum
    alone = int((np.bincount(owner) < 2).sum())
    if alone:
        what = "person" if cluster is None else "cluster"
        raise DataError(
            f"{alone} of {int(owner.max()) + 1} strata hold one {what} of the survey, must hold at least two: merge "
            "strata that are alike"
        )
    return SurveyDesign(weights, np.asarray(groups, dtype=np.int64), owner)


def _weights(column: pd.Series[Any]) -> Floats:
    """Return the weights."""
    column = column.astype(object).infer_objects() if column.dtype.kind == "O" else column
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~(np.isfinite(values) & (values > 0)) | np.full(len(values), column.dtype.kind not in "fiu")
    refuse_cells(column, wrong, "must be weights above 0")
    return np.asarray(values)
