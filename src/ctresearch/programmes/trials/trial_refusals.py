"""What a trial must be for its effect to be estimated: said in one sentence where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError, FitError

if TYPE_CHECKING:
    from ctresearch.programmes.trials.trial_table import TrialTable
    from ctresearch.stats.regression.influence import Integers

# what is left of the squares of an outcome, and of a correlation of 1, by rounding alone
_EXACT, _COPY = 1e-20, 1e-10


def refuse_design(table: TrialTable, *, treatment: str, cluster: str, strata: str | None) -> None:
    """Refuse a parallel trial whose clusters or arms do not carry an estimate.

    Parameters
    ----------
    table : TrialTable
        The trial.
    treatment, cluster : str
        Names of the columns, for messages.
    strata : str or None
        Likewise.

    Raises
    ------
    DataError
        If clusters hold one row each, a cluster lies in both arms, an arm has one cluster, or a stratum one arm.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.programmes.trials.trial_table import read_trial
    >>> frame = pd.DataFrame({"v": list("abcd"), "arm": [0, 0, 1, 1], "y": range(4)})
    >>> try:
    ...     read_trial(frame, outcome="y", treatment="arm", cluster="v")
    ... except DataError as error:
    ...     print(str(error)[:30])
    all 4 clusters of 'v' hold one
    """
    _refuse_single_rows(table, cluster)
    lowest, highest = np.ones(len(table.cluster_names)), np.zeros(len(table.cluster_names))
    np.minimum.at(lowest, table.clusters, table.treatment)
    np.maximum.at(highest, table.clusters, table.treatment)
    both = np.flatnonzero(lowest < highest)
    if len(both):
        raise DataError(
            f"{treatment!r} is 0 and 1 within {len(both):,} of {len(lowest):,} clusters of {cluster!r}; a cluster is "
            "randomised whole: give the arm as randomised and who took part in ComplierEffect, or use SteppedWedge"
        )
    for value in (0, 1):
        count = int((highest == value).sum())
        if count < 2:
            raise DataError(
                f"arm {value} has {count} cluster, must have at least 2: with one, the programme and the place cannot "
                "be told apart, so add clusters, or describe without an effect"
            )
    for one in range(int(table.strata.max()) + 1):
        if len(np.unique(highest[table.strata == one])) < 2:
            raise DataError(
                f"a stratum of {strata!r} has clusters of one arm only, each must have both: merge strata, or leave "
                "stratum out"
            )


def refuse_order(table: TrialTable, periods: tuple[str, ...], *, treatment: str, cluster: str) -> None:
    """Refuse a stepped wedge whose order in time is not one.

    Parameters
    ----------
    table : TrialTable
        The trial.
    periods : tuple of str
        Names of the periods, in order.
    treatment, cluster : str
        Names of the columns, for messages.

    Raises
    ------
    DataError
        If clusters hold one row each, the arm differs within a cluster and period, a cluster goes back to control, all
        clusters cross at one time, or there are fewer than three clusters or two periods.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.programmes.trials.trial_table import read_trial
    >>> crossing = [0, 1, 0, 0, 0, 1, 0, 1, 1]
    >>> frame = pd.DataFrame({"v": list("aaabbbccc"), "t": [1, 2, 3] * 3, "arm": crossing, "y": range(9)})
    >>> try:
    ...     read_trial(frame, outcome="y", treatment="arm", cluster="v", period="t")
    ... except DataError as error:
    ...     print(str(error).partition(' in time')[0])
    1 of 3 clusters of 'v' go back from 'arm' == 1 to 0
    """
    _refuse_single_rows(table, cluster)
    if len(periods) < 2 or len(table.cluster_names) < 3:
        raise DataError(
            f"there are {len(table.cluster_names)} clusters in {len(periods)} periods, a stepped wedge needs at least 3"
            " in 2"
        )
    schedule = table.schedule
    split = np.flatnonzero(schedule[table.clusters, table.periods] != table.treatment)
    if len(split):
        mixed = len({(table.clusters[row], table.periods[row]) for row in split})
        raise DataError(
            f"{treatment!r} is 0 and 1 within {mixed:,} periods of a cluster; a cluster crosses whole: give the arm as "
            "randomised, or shorter periods"
        )
    back = sum(bool((np.diff(line[~np.isnan(line)]) < 0).any()) for line in schedule)
    if back:
        raise DataError(
            f"{back:,} of {len(schedule):,} clusters of {cluster!r} go back from {treatment!r} == 1 to 0 in time, "
            "which a stepped wedge does not: check the order of the periods and the dates of crossing"
        )
    if len({tuple(line) for line in np.nan_to_num(schedule, nan=-1.0)}) < 2:
        raise DataError(
            f"all {len(schedule):,} clusters of {cluster!r} cross in the same period, so the programme and the time "
            "cannot be told apart: clusters must cross at different times"
        )


def refuse_perfect_fit(table: TrialTable, *, outcome: str, treatment: str) -> None:
    """Refuse columns that leave no error in the outcome: a copy of it, or an arm that is the outcome.

    Parameters
    ----------
    table : TrialTable
        The trial.
    outcome, treatment : str
        Names of the columns, for messages.

    Raises
    ------
    FitError
        If the outcome is a linear function of the columns, so that the error of an effect would be 0.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.core import FitError
    >>> from ctresearch.programmes.trials.trial_table import read_trial
    >>> frame = pd.DataFrame({"v": list("aabbccdd"), "arm": [0] * 4 + [1] * 4, "y": range(8), "twice": range(0, 16, 2)})
    >>> try:
    ...     read_trial(frame, outcome="y", treatment="arm", cluster="v", covariates=["twice"])
    ... except FitError as error:
    ...     print(str(error)[:32])
    'twice' is a copy of the outcome
    """
    spread = table.outcome - table.outcome.mean()
    left = spread - table.design @ np.linalg.lstsq(table.design, spread, rcond=None)[0]
    if float(left @ left) > _EXACT * float(spread @ spread):
        return
    words = (*table.words, treatment)
    for word, column in zip(words, table.design.T, strict=True):
        if np.ptp(column) > 0 and abs(np.corrcoef(column, spread)[0, 1]) > 1 - _COPY:
            raise FitError(
                f"{word!r} is a copy of the outcome {outcome!r}, which leaves no error to judge an effect by: leave "
                "it out"
                if word != treatment
                else (
                    f"the outcome {outcome!r} is the treatment {treatment!r} itself, which leaves no error to judge an "
                    "effect by: name another"
                )
            )
    raise FitError(
        f"the {len(words)} columns of the model explain the outcome {outcome!r} without any error, so none is left to "
        "judge an effect by: use fewer columns"
    )


def refuse_empty_arm(table: TrialTable, *, family: str, outcome: str, treatment: str) -> None:
    """Refuse a ratio where nobody in an arm has the outcome, or, of odds, everybody.

    Parameters
    ----------
    table : TrialTable
        The trial.
    family : str
        Of the outcome; differences of a linear model exist all the same.
    outcome, treatment : str
        Names of the columns, for messages.

    Raises
    ------
    FitError
        If the ratio is 0 or infinite.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.programmes.trials.trial_table import read_trial
    >>> frame = pd.DataFrame({"v": list("aabbccdd"), "arm": [0] * 4 + [1] * 4, "y": [0, 1] * 4})
    >>> table = read_trial(frame, outcome="y", treatment="arm", cluster="v")
    >>> refuse_empty_arm(table, family="logistic", outcome="y", treatment="arm")
    """
    if family == "linear":
        return
    for value in (0, 1):
        here = table.outcome[table.treatment == value]
        everybody = family == "logistic" and here.min() == 1
        if here.max() == 0 or everybody:
            raise FitError(
                f"{'everybody' if everybody else 'nobody'} with {treatment!r} == {value} has the outcome {outcome!r} "
                f"({len(here):,} people), so the {'odds ratio' if family == 'logistic' else 'ratio'} of the programme "
                "is 0 or infinite: take family='linear', whose difference exists, and read its test by randomisation"
            )


def _refuse_single_rows(table: TrialTable, cluster: str) -> None:
    """Refuse clusters that are no clusters."""
    sizes: Integers = table.sizes
    if sizes.max() == 1:
        raise DataError(
            f"all {len(sizes):,} clusters of {cluster!r} hold one row, must hold several: name the column of what was "
            "randomised together"
        )
