"""How a sample was drawn, read from its rows: weights, strata, clusters in stages, finite populations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.columns import column_name, column_names, refuse_missing
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import read_names
from ctresearch.core.validate import has_columns, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LONE = ("refuse", "certainty", "adjust")


@dataclass(frozen=True, slots=True)
class DesignColumns:
    """Columns that say how a sample was drawn, checked.

    ``cluster`` and ``population`` hold one name a stage. ``lone`` says what is done about a stratum with one cluster.
    """

    weight: str | None
    strata: str | None
    cluster: tuple[str, ...]
    population: tuple[str, ...]
    lone: str

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(n for n in (self.weight, self.strata, *self.cluster, *self.population) if n is not None)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of sampling, by row of the sample.

    ``unit`` (n,) are codes of what was drawn, ``stratum`` (n,) of what it was drawn from, and ``fraction`` (strata,)
    the share of it that was drawn, 0 where that is not known.
    """

    unit: Ints
    stratum: Ints
    fraction: Floats


@dataclass(frozen=True, slots=True)
class SurveyDesign:
    """A sample of n rows with their ``weight`` (n,) and the stages in which they were drawn."""

    weight: Floats
    stages: tuple[Stage, ...]
    lone: str
    weighted: bool

    @property
    def units(self) -> int:
        """Clusters of the first stage."""
        return int(self.stages[0].unit.max()) + 1

    @property
    def freedom(self) -> int:
        """Degrees of freedom: clusters of the first stage less strata."""
        return self.units - (int(self.stages[0].stratum.max()) + 1)

    def variance(self, values: Floats) -> Floats:
        """Estimate the covariance of sums over the sample.

        Parameters
        ----------
        values : numpy.ndarray
            What each row adds to each sum, shape (n, sums), weights included.

        Returns
        -------
        numpy.ndarray
            Shape (sums, sums): of each stage that between its units within strata, times the share that was drawn of
            the stages above.
        """
        whole = np.zeros((values.shape[1], values.shape[1]))
        share = np.ones(len(values))
        for stage in self.stages:
            whole += _between(values, stage, share, self.lone)
            share = share * stage.fraction[stage.stratum]
            if not share.any():
                break
        return whole


def design_columns(
    weight: str | None = None,
    strata: str | None = None,
    cluster: str | Sequence[str] | None = None,
    population: str | Sequence[str] | None = None,
    *,
    lone: str = "refuse",
) -> DesignColumns:
    """Check the options of a design.

    Parameters
    ----------
    weight, strata : str, optional
        Columns.
    cluster, population : str or sequence of str, optional
        Columns, one a stage.
    lone : {"refuse", "certainty", "adjust"}
        What is done about a stratum with one cluster.

    Returns
    -------
    DesignColumns
        The options.

    Raises
    ------
    SpecificationError
        If one is not allowed.

    Examples
    --------
    >>> design_columns("w", cluster="village").cluster
    ('village',)
    """
    stages = _stages("cluster", cluster), _stages("population", population)
    if len(stages[1]) > max(len(stages[0]), 1):
        raise SpecificationError(
            f"population names {len(stages[1])} columns and cluster {len(stages[0])}, must be one a stage: name the "
            "column that tells the people apart as the last cluster"
        )
    return DesignColumns(
        weight=None if weight is None else column_name("weight", weight),
        strata=None if strata is None else column_name("strata", strata),
        cluster=stages[0],
        population=stages[1],
        lone=one_of("lone", lone, LONE),
    )


def read_design(frame: pd.DataFrame, columns: DesignColumns) -> SurveyDesign:
    """Read a design from the rows of a sample.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    columns : DesignColumns
        Where it stands.

    Returns
    -------
    SurveyDesign
        The design.

    Raises
    ------
    DataError
        If it cannot be used; the message says why.

    Examples
    --------
    >>> frame = pd.DataFrame({"village": ["a", "a", "b"], "villages": [10, 10, 10]})
    >>> design = read_design(frame, design_columns(cluster="village", population="villages"))
    >>> design.weight.tolist(), design.freedom
    ([5.0, 5.0, 5.0], 1)
    """
    has_columns("sample", frame, columns.names)
    refuse_missing(frame, columns.names)
    stages = _read_stages(frame, columns)
    if columns.weight is None and len(columns.population) >= max(len(columns.cluster), 1):
        weight = np.ones(len(frame))
        for stage in stages:
            weight = weight / stage.fraction[stage.stratum]
    else:
        weight = np.ones(len(frame)) if columns.weight is None else read_weights(frame[columns.weight])
    weighted = columns.weight is not None or bool(columns.population)
    design = SurveyDesign(weight, stages, columns.lone, weighted)
    _refuse_lone(design, columns)
    return design


def read_weights(column: pd.Series[Any]) -> Floats:
    """Return a column of weights, all above 0.

    Parameters
    ----------
    column : pandas.Series
        The column.

    Returns
    -------
    numpy.ndarray
        Shape (rows,).

    Raises
    ------
    DataError
        If a cell is no number above 0.

    Examples
    --------
    >>> read_weights(pd.Series([1, 2.5], name="w")).tolist()
    [1.0, 2.5]
    """
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~(np.isfinite(values) & (values > 0)) | np.full(len(values), column.dtype.kind not in "fiu")
    refuse_cells(column, wrong, "must be weights above 0: who could not be drawn is not in the sample")
    return values


def _stages(option: str, given: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the columns of all stages."""
    if given is None:
        return ()
    return (column_name(option, given),) if isinstance(given, str) else column_names(option, given, least=1)


def _read_stages(frame: pd.DataFrame, columns: DesignColumns) -> tuple[Stage, ...]:
    """Read all stages; people are the units where no cluster is named."""
    rows = np.arange(len(frame), dtype=np.int64)
    within = _codes(frame[columns.strata]) if columns.strata else np.zeros(len(frame), dtype=np.int64)
    stages = []
    for place in range(max(len(columns.cluster), 1)):
        unit = _nested(within, _codes(frame[columns.cluster[place]])) if columns.cluster else rows
        size = columns.population[place] if place < len(columns.population) else None
        fraction = np.zeros(int(within.max()) + 1) if size is None else _fractions(frame[size], unit, within)
        stages.append(Stage(unit, within, fraction))
        within = unit
    return tuple(stages)


def _codes(column: pd.Series[Any]) -> Ints:
    """Return codes of names, of which no two differ in their spelling alone."""
    return read_names(column, str(column.name), cure="").codes


def _nested(outer: Ints, inner: Ints) -> Ints:
    """Return codes of units that have names within others."""
    return np.asarray(pd.factorize(pd.MultiIndex.from_arrays([outer, inner]))[0], dtype=np.int64)


def _fractions(column: pd.Series[Any], unit: Ints, stratum: Ints) -> Floats:
    """Return the share of each stratum that was drawn, from how many units it has."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~(np.isfinite(values) & (values >= 1)) | np.full(len(values), column.dtype.kind not in "fiu")
    refuse_cells(column, wrong, "must say of how many the stratum or cluster consists, 1 at least")
    by = pd.Series(values).groupby(stratum)
    if (by.max() > by.min() * (1 + 1e-9)).any():
        raise DataError(f"column {str(column.name)!r} differs within a stratum or cluster, must be one number in each")
    drawn = pd.Series(unit).groupby(stratum).nunique().to_numpy(dtype=float)
    size = by.max().to_numpy(dtype=float)
    if (drawn > size * (1 + 1e-9)).any():
        raise DataError(
            f"{int((drawn > size).sum())} of {len(size)} strata hold more sampled units than column "
            f"{str(column.name)!r} says there are, must hold at most so many: count units there, not people"
        )
    return np.asarray(np.minimum(drawn / size, 1.0), dtype=np.float64)


def _refuse_lone(design: SurveyDesign, columns: DesignColumns) -> None:
    """Refuse strata with one unit, between which nothing can be told, unless somebody says what to do."""
    for place, stage in enumerate(design.stages):
        lone = _units(stage)[1] == 1
        lone &= (stage.fraction < 1) | (place == 0)
        if place and not _matters(design, place):
            return
        if lone.any() and (design.lone == "refuse" or len(lone) == int(lone.sum()) == 1):
            what = "cluster" if columns.cluster else "person"
            raise DataError(
                f"{int(lone.sum())} of {len(lone)} strata hold one {what} of the sample, must hold at least two: merge "
                "strata that are alike, or say lone='certainty' where it was sure to be drawn, or lone='adjust'"
            )


def _matters(design: SurveyDesign, place: int) -> bool:
    """Say whether a later stage adds to the variance: only where the stages above it have finite populations."""
    return all(bool(stage.fraction.any()) for stage in design.stages[:place])


def _units(stage: Stage) -> tuple[Ints, Ints]:
    """Return the stratum of each unit and the number of units of each stratum."""
    stratum = np.zeros(int(stage.unit.max()) + 1, dtype=np.int64)
    stratum[stage.unit] = stage.stratum
    return stratum, np.bincount(stratum)


def _between(values: Floats, stage: Stage, share: Floats, lone: str) -> Floats:
    """Return the covariance between units of a stage within strata."""
    stratum, units = _units(stage)
    totals = np.column_stack([np.bincount(stage.unit, weights=column) for column in values.T])
    mean = np.column_stack([np.bincount(stratum, weights=column) / units for column in totals.T])
    apart = totals - mean[stratum]
    scale = (1 - stage.fraction) * units / np.maximum(units - 1, 1)
    alone = (units == 1)[stratum]
    if lone == "adjust":
        apart = np.where(alone[:, None], totals - totals.mean(axis=0), apart)
    reached = np.zeros(len(totals))
    reached[stage.unit] = share
    weighted = apart * (scale[stratum] * reached)[:, None]
    return np.asarray(weighted.T @ apart, dtype=np.float64)
