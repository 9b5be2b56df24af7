"""People on lists and people in a designed sample, read and checked: one row a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.errors import DataError
from ctresearch.core.names import refuse_alike
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array


@dataclass(frozen=True, slots=True)
class SampleRows:
    """Whoever is on a list or in the sample.

    ``listed`` (n, lists) and ``on_any`` (n,) are true for people on lists, ``sampled`` (n,) for those in the sample. Of
    the S people in the sample, ``weight`` (S,) is how many each stands for, ``stratum`` and ``cluster`` (S,) are codes
    of the design; ``weighted`` and ``clustered`` say whether these were given. ``frame`` are the columns read.
    """

    listed: Array
    on_any: Array
    sampled: Array
    weight: Array
    stratum: Array
    cluster: Array
    weighted: bool
    clustered: bool
    frame: pd.DataFrame

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the design: clusters less strata."""
        return int(self.cluster.max()) + 1 - (int(self.stratum.max()) + 1)

    def spread(self, values: Array, *, fraction: Array | float = 0.0) -> float:
        """Estimate the variance of a sum over the sample.

        Parameters
        ----------
        values : numpy.ndarray
            What each person of the sample adds, shape (S,).
        fraction : float or numpy.ndarray
            Share of the population that was sampled, by stratum or of all; 0 for a sample of few.

        Returns
        -------
        float
            Between clusters within strata.
        """
        totals = np.bincount(self.cluster, weights=values)
        stratum = np.zeros(totals.size, dtype=np.int64)
        stratum[self.cluster] = self.stratum
        clusters = np.bincount(stratum)
        mean = np.bincount(stratum, weights=totals) / clusters
        within = np.bincount(stratum, weights=(totals - mean[stratum]) ** 2)
        return float((within * clusters / (clusters - 1) * (1 - np.asarray(fraction))).sum())

    def fractions(self) -> Array:
        """Return the share of each stratum that was sampled, where weights are people, shape (strata,)."""
        people = np.bincount(self.stratum, weights=self.weight)
        return np.asarray(np.minimum(np.bincount(self.stratum) / people, 1.0))


def read_sample(
    people: Any,
    lists: Sequence[str],
    sample: str,
    *,
    weight: str | None = None,
    strata: str | None = None,
    cluster: str | None = None,
) -> SampleRows:
    """Read a table of people.

    Parameters
    ----------
    people : pandas.DataFrame
        One row a person who is on a list or in the sample.
    lists : sequence of str
        Columns of 0 and 1.
    sample : str
        Column of 0 and 1.
    weight, strata, cluster : str, optional
        Columns that hold something for everybody in the sample.

    Returns
    -------
    SampleRows
        The table.

    Raises
    ------
    DataError
        If it cannot be used; the message says why.

    Examples
    --------
    >>> frame = pd.DataFrame({"police": [1, 1, 0], "survey": [0, 1, 1]})
    >>> read_sample(frame, ["police"], "survey").weight.tolist()
    [1.0, 1.0]
    """
    frame = is_frame("people", people)
    design = [name for name in (weight, strata, cluster) if name is not None]
    has_columns("people", frame, [*lists, sample, *design])
    refuse_alike([*lists, sample], "lists")
    kept = frame[[*lists, sample, *dict.fromkeys(design)]].reset_index(drop=True)
    for name in (*lists, sample):
        wrong = ~kept[name].isin([0, 1])
        refuse_cells(kept[name], wrong, "must be 1 for a person who is on it and 0 otherwise")
    listed, sampled = kept[list(lists)].to_numpy(dtype=bool), kept[sample].to_numpy(dtype=bool)
    nowhere = int((~listed.any(axis=1) & ~sampled).sum())
    if nowhere:
        raise DataError(f"{nowhere} of {len(kept)} people are on no list and not in the sample: drop them")
    if not listed.any() or not sampled.any():
        raise DataError(
            f"{int(listed.any(axis=1).sum())} people are on a list and {int(sampled.sum())} in the sample, must be "
            "some of both"
        )
    chosen = kept[sampled]
    for name in design:
        gone = chosen[name].isna()
        refuse_cells(chosen[name], gone, f"must be known of everybody with {sample!r} == 1")
    stratum, groups = _design(chosen, strata, cluster)
    weights = _weights(chosen[weight]) if weight else np.ones(len(chosen))
    given = (weight is not None, cluster is not None)
    return SampleRows(listed, np.asarray(listed.any(axis=1)), sampled, weights, stratum, groups, *given, kept)


def _weights(column: pd.Series[Any]) -> Array:
    """Return the weights."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~(np.isfinite(values) & (values > 0)) | np.full(len(values), column.dtype.kind not in "fiu")
    refuse_cells(column, wrong, "must be weights above 0")
    return values


def _design(chosen: pd.DataFrame, strata: str | None, cluster: str | None) -> tuple[Array, Array]:
    """Return the codes of strata and clusters; each person is a cluster where none is named."""
    stratum = pd.factorize(chosen[strata])[0] if strata else np.zeros(len(chosen), dtype=np.int64)
    groups = np.arange(len(chosen))
    if cluster:
        groups = pd.factorize(pd.MultiIndex.from_arrays([stratum, chosen[cluster]]))[0]
    alone = int((pd.Series(groups).groupby(stratum).nunique() < 2).sum())
    if alone:
        raise DataError(
            f"{alone} of {int(stratum.max()) + 1} strata hold one {'cluster' if cluster else 'person'} of the sample, "
            "must hold at least two: merge strata that are alike"
        )
    return np.asarray(stratum, dtype=np.int64), np.asarray(groups, dtype=np.int64)
