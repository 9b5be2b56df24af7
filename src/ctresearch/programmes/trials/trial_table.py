"""The table of a trial, read once: who was randomised together, to what, when, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.causes.table.study_table import design_matrix
from ctresearch.core.cells import refuse_cells
from ctresearch.core.columns import read_numbers
from ctresearch.core.errors import DataError
from ctresearch.core.groups import ALL, read_units
from ctresearch.core.names import read_names
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.programmes.trials.trial_refusals import refuse_design, refuse_order, refuse_perfect_fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.check import Check
    from ctresearch.stats.regression.generalized_linear import Floats
    from ctresearch.stats.regression.influence import Integers


@dataclass(frozen=True, slots=True)
class TrialTable:
    """Columns of a trial as arrays.

    Parameters
    ----------
    outcome, treatment : numpy.ndarray
        The outcome, and 0 or 1, shape (rows,).
    base : numpy.ndarray
        A constant, covariates, strata and periods as columns, without the treatment, rows by columns.
    names : tuple of str
        Of the columns of ``base``.
    words : tuple of str
        What messages call them, without the level of a category.
    clusters, periods : numpy.ndarray
        Cluster and period of each row from 0, shape (rows,); one period where the trial has no order in time.
    cluster_names : tuple of str
        By number.
    strata : numpy.ndarray
        Stratum of randomisation of each cluster, shape (clusters,).

    Examples
    --------
    >>> frame = pd.DataFrame({"village": list("aabbccdd"), "arm": [0, 0, 0, 0, 1, 1, 1, 1], "y": range(8)})
    >>> read_trial(frame, outcome="y", treatment="arm", cluster="village").sizes.tolist()
    [2, 2, 2, 2]
    """

    outcome: Floats
    treatment: Floats
    base: Floats
    names: tuple[str, ...]
    words: tuple[str, ...]
    clusters: Integers
    cluster_names: tuple[str, ...]
    periods: Integers
    strata: Integers

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.outcome)

    @property
    def sizes(self) -> Integers:
        """Rows of each cluster."""
        return np.asarray(np.bincount(self.clusters, minlength=len(self.cluster_names)), dtype=np.int64)

    @property
    def design(self) -> Floats:
        """Columns of the model; the treatment is the last."""
        return np.column_stack([self.base, self.treatment])

    @property
    def schedule(self) -> Floats:
        """Treatment by cluster and period, NaN where a cluster was not observed."""
        held = np.full((len(self.cluster_names), int(self.periods.max()) + 1), np.nan)
        held[self.clusters, self.periods] = self.treatment
        return held


def read_trial(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    cluster: str,
    period: str | None = None,
    covariates: Sequence[str] = (),
    strata: str | None = None,
) -> TrialTable:
    """Read a trial of one row a person, or a person and period.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    outcome, treatment, cluster : str
        Columns: a number, 0 or 1 as randomised, and what was randomised together.
    period : str, optional
        Column of periods of a stepped wedge, in numbers, dates or ordered categories.
    covariates : sequence of str
        Columns adjusted for, measured before the programme; text becomes indicators.
    strata : str, optional
        Column of strata or pairs within which clusters were randomised.

    Returns
    -------
    TrialTable
        The arrays.

    Raises
    ------
    DataError
        If a value is missing, the outcome is constant, the treatment is not of 0 and 1 or varies where it may not, or
        an arm or the clusters are too few.

    Examples
    --------
    >>> frame = pd.DataFrame({"village": list("aabbccdd"), "arm": [0, 0, 0, 0, 1, 1, 1, 1], "y": range(8)})
    >>> read_trial(frame, outcome="y", treatment="arm", cluster="village").cluster_names
    ('a', 'b', 'c', 'd')
    """
    frame, _ = trial_cells(
        frame,
        outcome=outcome,
        treatment=treatment,
        cluster=cluster,
        period=period,
        covariates=covariates,
        strata=strata,
    )
    y, treated = read_numbers(frame, outcome), read_numbers(frame, treatment)
    if treated.min() == treated.max():
        raise DataError(f"treatment {treatment!r} is {treated[0]:g} in all {len(frame):,} rows, must hold both 0 and 1")
    if y.min() == y.max():
        raise DataError(f"outcome {outcome!r} is the same in all {len(y):,} rows, must vary: there is no effect to see")
    clusters = read_units(frame, cluster)
    codes, names = clusters.codes, clusters.names
    times, time_names = (np.zeros(len(frame), np.int64), (ALL,)) if period is None else _periods(frame, period)
    held = _strata(frame, strata, codes, len(names))
    base, base_names, words = _base(frame, covariates, times, time_names, held[codes])
    table = TrialTable(y, treated, base, base_names, words, codes, names, times, held)
    refuse_perfect_fit(table, outcome=outcome, treatment=treatment)
    if period is None:
        refuse_design(table, treatment=treatment, cluster=cluster, strata=strata)
    else:
        refuse_order(table, time_names, treatment=treatment, cluster=cluster)
    return table


def trial_cells(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    cluster: str,
    period: str | None = None,
    covariates: Sequence[str] = (),
    strata: str | None = None,
    merge: bool = False,
) -> tuple[pd.DataFrame, tuple[Check, ...]]:
    """Look at every cell of a trial before its people are parted by age, so that errors name rows of the whole table.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    outcome, treatment, cluster, period, covariates, strata
        As :func:`read_trial` takes them.
    merge : bool
        Take spellings of one cluster for one.

    Returns
    -------
    tuple
        The table, in which each cluster has one spelling, and a check where spellings were merged.

    Raises
    ------
    DataError
        If a column or value is missing, a value is not what its column must hold, or names differ in their spelling
        alone.

    Examples
    --------
    >>> frame = pd.DataFrame({"village": ["V1", "v1 ", "V1"], "arm": [0, 0, 1], "y": [1.0, 2.0, 3.0]})
    >>> trial_cells(frame, outcome="y", treatment="arm", cluster="village", merge=True)[0]["village"].tolist()
    ['V1', 'V1', 'V1']
    """
    used = [outcome, treatment, cluster, *(c for c in (period, strata) if c is not None), *covariates]
    is_frame("frame", frame)
    has_columns("frame", frame, used)
    _refuse_missing(frame, used, outcome=outcome, cluster=cluster)
    read_numbers(frame, outcome)
    values = read_numbers(frame, treatment)
    other = ~np.isin(values, (0, 1))
    refuse_cells(frame[treatment], other, "must be 0 or 1 as randomised", name=treatment)
    refuse_spellings(frame, [*covariates, *([] if strata is None else [strata])])
    return one_spelling(frame, cluster, merge=merge)


def one_spelling(frame: pd.DataFrame, cluster: str, *, merge: bool) -> tuple[pd.DataFrame, tuple[Check, ...]]:
    """Give each cluster one name, or refuse names that differ in their spelling alone.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    cluster : str
        Column of clusters.
    merge : bool
        Take spellings of one cluster for one.

    Returns
    -------
    tuple
        The table, and a check where spellings were merged.

    Raises
    ------
    DataError
        If the column or a value is missing, or names differ in their spelling alone and ``merge`` is false.

    Examples
    --------
    >>> one_spelling(pd.DataFrame({"v": ["V1", "v1 ", "V1"]}), "v", merge=True)[1][0].status
    'review'
    """
    read = read_units(frame, cluster, merge=merge)
    if not read.checks:
        return frame, ()
    return frame.assign(**{cluster: np.array(read.names, dtype=object)[read.codes]}), read.checks


def refuse_spellings(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse categories whose levels differ in their spelling alone, and would be columns of their own.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    columns : sequence of str
        Covariates and strata; numbers are left alone.

    Raises
    ------
    CellError
        If two levels are one name.

    Examples
    --------
    >>> refuse_spellings(pd.DataFrame({"sex": ["f", "m"]}), ["sex"])
    """
    for name in columns:
        if not (pd.api.types.is_numeric_dtype(frame[name]) or pd.api.types.is_bool_dtype(frame[name])):
            read_names(frame[name], name, cure="")


def _refuse_missing(frame: pd.DataFrame, used: Sequence[str], *, outcome: str, cluster: str) -> None:
    """Refuse missing values with the cure that fits the column."""
    cures = {
        outcome: "people lost to follow-up need bounds or weights, so use FollowUp, or drop them knowingly",
        cluster: (
            "a row without its cluster cannot be placed in the design, so find the cluster or drop the row knowingly"
        ),
    }
    for name in used:
        missing = int(frame[name].isna().sum())
        if missing:
            cure = cures.get(name, "drop the rows knowingly, or impute")
            raise DataError(f"column {name!r} has {missing:,} missing values of {len(frame):,}, must have none: {cure}")


def _periods(frame: pd.DataFrame, period: str) -> tuple[Integers, tuple[str, ...]]:
    """Give each period its number in time."""
    column = frame[period]
    ordered = isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered
    if not (ordered or pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column)):
        raise DataError(
            f"period {period!r} is of type {column.dtype}, whose order in time is not known: give numbers, dates or an "
            "ordered category"
        )
    codes, levels = pd.factorize(column, sort=True)
    return codes.astype(np.int64), tuple(str(level) for level in levels)


def _strata(frame: pd.DataFrame, strata: str | None, codes: Integers, clusters: int) -> Integers:
    """Return the stratum of each cluster."""
    if strata is None:
        return np.zeros(clusters, np.int64)
    found = read_units(frame, strata).codes
    held = np.zeros(clusters, np.int64)
    held[codes] = found
    mixed = len(np.unique(codes[held[codes] != found]))
    if mixed:
        raise DataError(
            f"{mixed:,} of {clusters:,} clusters lie in more than one {strata!r}, each must lie in one: clusters are "
            "randomised whole, so correct the labels"
        )
    return held


def _base(
    frame: pd.DataFrame, covariates: Sequence[str], times: Integers, time_names: tuple[str, ...], strata: Integers
) -> tuple[Floats, tuple[str, ...], tuple[str, ...]]:
    """Return the columns of the model but the treatment's, their names and what messages call them."""
    design, names = design_matrix(frame, covariates)
    words = plain_words(names, covariates)
    for label, codes, levels in (
        ("period", times, time_names),
        ("stratum", strata, tuple(str(s) for s in range(int(strata.max()) + 1))),
    ):
        extra = [(codes == i).astype(float) for i in range(1, len(levels))]
        design = np.column_stack([design, *extra])
        names += tuple(f"{label}[{level}]" for level in levels[1:])
        words += tuple(f"{label} {i + 1} of {len(levels)}" for i in range(1, len(levels)))
    return np.asarray(design, dtype=float), names, words


def plain_words(names: Sequence[str], covariates: Sequence[str]) -> tuple[str, ...]:
    """Call the columns of a design by their covariate and a number, so that a message shows no level of a category.

    Parameters
    ----------
    names : sequence of str
        Names of the columns, as ``design_matrix`` made them.
    covariates : sequence of str
        The covariates, in the order of the columns.

    Returns
    -------
    tuple of str
        One a column.

    Examples
    --------
    >>> plain_words(["constant", "sex[m]", "age"], ["sex", "age"])
    ('constant', 'sex, level 2', 'age')
    """
    out, rest, level = [], list(covariates), 1
    for name in names:
        while rest and name != rest[0] and not name.startswith(f"{rest[0]}[") and name != "constant":
            rest, level = rest[1:], 1
        if rest and name.startswith(f"{rest[0]}["):
            level += 1
            out.append(f"{rest[0]}, level {level}")
        else:
            out.append(name)
    return tuple(out)
