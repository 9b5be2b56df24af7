"""What reaches a cluster from its neighbours, and with what chance under the design that was randomised.

References
----------
.. [1] Aronow, P. M. and Samii, C. (2017). Estimating average causal effects under general interference, with
   application to a social network experiment. Annals of Applied Statistics 11, 1912-1947.
   https://doi.org/10.1214/16-AOAS1005
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.groups import read_units
from ctresearch.core.names import name_key
from ctresearch.core.random import Seed, generator
from ctresearch.core.validate import has_columns, in_range, is_frame

if TYPE_CHECKING:
    from ctresearch.consequences.durations.durations import Booleans
    from ctresearch.stats.regression.generalized_linear import Floats
    from ctresearch.stats.regression.influence import Integers

UNTOUCHED, SPILL_OVER, PROGRAMME = 0, 1, 2
EXPOSURES = ("untouched", "spill-over", "programme")


@dataclass(frozen=True, slots=True)
class Contrast:
    """Difference of the means under two exposures.

    Parameters
    ----------
    estimate, std_error : float
        NaN where an exposure has fewer than two clusters.
    used : tuple of int
        Clusters that had each of the two exposures, among those that could have had either.
    left_out : int
        Clusters that could have had one of the two alone.

    Examples
    --------
    >>> Contrast(0.1, 0.05, (6, 7), 1).used
    (6, 7)
    """

    estimate: float
    std_error: float
    used: tuple[int, int]
    left_out: int


def neighbours_within(
    frame: pd.DataFrame, *, cluster: str, east: str, north: str, radius: float, merge_names: bool = False
) -> tuple[tuple[str, str], ...]:
    """Return the pairs of clusters that lie within a distance of one another.

    Parameters
    ----------
    frame : pandas.DataFrame
        With a place for each cluster; rows of one cluster are averaged.
    cluster, east, north : str
        Columns: the cluster, and its place on a plane, in the unit of ``radius``.
    radius : float
        Largest distance.
    merge_names : bool
        Take names of clusters that differ in case, accents, spaces or type alone for one; they are refused otherwise.

    Returns
    -------
    tuple of tuple of str
        Each pair once, for the option ``neighbours`` of :class:`SpillOver`.

    Raises
    ------
    DataError
        If a column or a place is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> places = pd.DataFrame({"village": ["a", "b", "c"], "x": [0, 3, 9], "y": [0, 4, 9]})
    >>> neighbours_within(places, cluster="village", east="x", north="y", radius=5)
    (('a', 'b'),)
    """
    in_range("radius", radius, 0)
    is_frame("frame", frame)
    has_columns("frame", frame, [cluster, east, north])
    refuse_missing(frame, [cluster, east, north])
    units = read_units(frame, cluster, merge=merge_names)
    names = units.names
    places = pd.DataFrame({name: read_numbers(frame, name) for name in (east, north)}).groupby(units.codes).mean()
    x = places.to_numpy(dtype=float)
    near = np.argwhere(np.triu(np.hypot(*(x[:, None] - x[None]).transpose(2, 0, 1)) <= radius, k=1))
    return tuple((names[i], names[j]) for i, j in near)


def adjacency(names: tuple[str, ...], neighbours: tuple[tuple[str, str], ...]) -> Floats:
    """Return who is whose neighbour as a matrix.

    Parameters
    ----------
    names : tuple of str
        Clusters of the trial.
    neighbours : tuple of tuple of str
        Pairs, in either order.

    Returns
    -------
    numpy.ndarray
        Symmetric, of 0 and 1, clusters by clusters; pairs with a cluster that is not in the trial count for nothing.

    Raises
    ------
    DataError
        If no pair is of two clusters of the trial.

    Examples
    --------
    >>> adjacency(("a", "b"), (("b", "a"),)).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    number = {name_key(name): i for i, name in enumerate(names)}
    out = np.zeros((len(names), len(names)))
    for one, other in ((name_key(a), name_key(b)) for a, b in neighbours):
        if one in number and other in number and one != other:
            out[number[one], number[other]] = out[number[other], number[one]] = 1.0
    if not out.any():
        raise DataError(
            f"none of the {len(neighbours):,} pairs of neighbours is of two clusters of the trial, some must be: give "
            "pairs of labels as the column of clusters holds them, or a larger radius"
        )
    return out


def exposures(arms: Floats, near: Floats) -> Integers:
    """Return the exposure of each cluster under some allocations.

    Parameters
    ----------
    arms : numpy.ndarray
        0 and 1, allocations by clusters.
    near : numpy.ndarray
        From :func:`adjacency`.

    Returns
    -------
    numpy.ndarray
        0 untouched, 1 spill-over (a neighbour has the programme), 2 programme, allocations by clusters.

    Examples
    --------
    >>> exposures(np.array([[1.0, 0, 0]]), np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 0]])).tolist()
    [[2, 1, 0]]
    """
    return np.where(arms == 1, PROGRAMME, np.where(arms @ near > 0, SPILL_OVER, UNTOUCHED)).astype(np.int64)


def draw_arms(arms: Floats, strata: Integers, draws: int, seed: Seed) -> Floats:
    """Draw allocations as they were randomised: arms change places within strata; the one that happened is the first.

    Parameters
    ----------
    arms : numpy.ndarray
        0 and 1, shape (clusters,).
    strata : numpy.ndarray
        Stratum of each cluster from 0.
    draws : int
        Number of allocations.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    numpy.ndarray
        Allocations by clusters.

    Examples
    --------
    >>> draw_arms(np.array([0.0, 1, 0, 1]), np.zeros(4, int), 50, 1).sum(axis=1).tolist() == [2.0] * 50
    True
    """
    rng = generator(seed)
    out = np.tile(arms, (draws, 1))
    for one in range(int(strata.max()) + 1):
        group = np.flatnonzero(strata == one)
        order = np.argsort(rng.random((draws - 1, len(group))), axis=1)
        out[1:, group] = arms[group][order]
    return out


def exposure_contrast(totals: Floats, sizes: Floats, drawn: Integers, pair: tuple[int, int]) -> Contrast:
    """Compare two exposures, each cluster weighted by the inverse of its chance of the exposure it had [1]_.

    Parameters
    ----------
    totals, sizes : numpy.ndarray
        Sum of the outcomes and number of people of each cluster, shape (clusters,) each.
    drawn : numpy.ndarray
        Exposures under the allocations, the one that happened first, allocations by clusters.
    pair : tuple of int
        Exposures compared, the first less the second.

    Returns
    -------
    Contrast
        The variance is the conservative one of Aronow and Samii, for means normalised by their weights.

    Examples
    --------
    >>> drawn = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 1], [0, 1, 1, 0]])
    >>> exposure_contrast(np.array([3.0, 5, 1, 1]), np.ones(4), drawn, (1, 0)).estimate
    3.0
    """
    had = [(drawn == one).astype(float) for one in pair]
    possible = (had[0].mean(axis=0) > 0) & (had[1].mean(axis=0) > 0)
    had = [h[:, possible] for h in had]
    used = (int(had[0][0].sum()), int(had[1][0].sum()))
    left_out = int((had_any(drawn[0], pair) & ~possible).sum())
    if min(used) < 2:
        return Contrast(float("nan"), float("nan"), used, left_out)
    y, n = totals[possible], sizes[possible]
    means, errors = [], []
    for h in had:
        weight = h[0] / h.mean(axis=0)
        mean = float(weight @ y / (weight @ n))
        means.append(mean)
        errors.append((y - mean * n) / n.sum())
    variance = (
        _spread(errors[0], errors[0], had[0], had[0], same=True)
        + _spread(errors[1], errors[1], had[1], had[1], same=True)
        - 2 * _spread(errors[0], errors[1], had[0], had[1], same=False)
    )
    return Contrast(means[0] - means[1], float(np.sqrt(max(variance, 0.0))), used, left_out)


def had_any(observed: Integers, pair: tuple[int, int]) -> Booleans:
    """Say which clusters had one of two exposures.

    Parameters
    ----------
    observed : numpy.ndarray
        Exposure of each cluster.
    pair : tuple of int
        The exposures.

    Returns
    -------
    numpy.ndarray
        Of truth values, shape (clusters,).

    Examples
    --------
    >>> had_any(np.array([0, 1, 2]), (0, 2)).tolist()
    [True, False, True]
    """
    return np.asarray(np.isin(observed, pair), dtype=bool)


def _spread(one: Floats, other: Floats, had_one: Floats, had_other: Floats, *, same: bool) -> float:
    """Return the estimated variance of a mean, or covariance of two; pairs never seen together are bounded."""
    chance_one, chance_other = had_one.mean(axis=0), had_other.mean(axis=0)
    joint = had_one.T @ had_other / len(had_one)
    seen = np.outer(had_one[0], had_other[0])
    product = np.outer(one / chance_one, other / chance_other)
    apart = joint - np.outer(chance_one, chance_other)
    known = joint > 0
    inside = float((seen * np.where(known, apart / np.where(known, joint, 1.0), 0.0) * product)[known].sum())
    bound = had_one[0] * one**2 / (2 * chance_one), had_other[0] * other**2 / (2 * chance_other)
    never = float((np.add.outer(bound[0], bound[1]))[~known].sum())
    return inside + never if same else inside - never
