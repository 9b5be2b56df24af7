"""Test that a hazard ratio holds over time: the score test of Grambsch and Therneau.

References
----------
.. [1] Grambsch, P. M. and Therneau, T. M. (1994). Proportional hazards tests and diagnostics based on weighted
   residuals. Biometrika 81, 515-526. https://doi.org/10.1093/biomet/81.3.515
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.consequences.durations.life_table import life_table
from ctresearch.consequences.hazards.strata import joint_likelihood
from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.consequences.durations.durations import Durations, Floats
    from ctresearch.consequences.hazards.strata import Stratum

_SMALL = 0.05
# variance of the clock over its largest square: times within a share of 1e-5 are one time but for rounding
_STILL = 1e-10


def proportionality_tests(
    rows: Durations,
    strata: Sequence[Stratum],
    point: Floats,
    names: tuple[str, ...],
    *,
    efron: bool,
    exact: bool = False,
) -> pd.DataFrame:
    """Test whether coefficients change with the share that has had the event.

    Parameters
    ----------
    rows : Durations
        When each was observed.
    strata : sequence of Stratum
        The same rows by stratum.
    point : numpy.ndarray
        Coefficients at the maximum, shape (columns,).
    names : tuple of str
        Names of the columns.
    efron : bool
        Whether ties followed Efron; otherwise Breslow.
    exact : bool
        Whether they were exact, whatever ``efron`` says.

    Returns
    -------
    pandas.DataFrame
        Indexed by term, the last one ``"all"``: ``chi_square``, ``df``, ``p_value``; empty where events stand at too
        few times to tell a change over time from none.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(4, -np.inf), np.array([1.0, 2, 3, 4]), np.ones(4, bool))
    >>> from ctresearch.consequences.hazards.strata import split_strata
    >>> strata = split_strata(rows, np.array([[1.0], [0.0], [0.0], [1.0]]))
    >>> proportionality_tests(rows, strata, np.zeros(1), ("x",), efron=True)["df"].tolist()
    [1, 1]
    """
    from scipy.stats import chi2

    table = life_table(rows)
    clocks = [1 - table.before[np.searchsorted(table.times, s.sets.times)] for s in strata]
    plain, once, twice = (
        joint_likelihood(strata, point, efron=efron, exact=exact, clocks=[clock**power for clock in clocks])
        for power in (0, 1, 2)
    )
    left = once.information @ np.linalg.inv(plain.information)
    score = once.score - left @ plain.score
    spread = twice.information - left @ once.information
    if not _moves(spread, plain.information, max(float(clock.max(initial=0.0)) for clock in clocks)):
        return pd.DataFrame(columns=["chi_square", "df", "p_value"], dtype=float).rename_axis("term")
    each = score**2 / np.diag(spread)
    chi_square = np.append(each, score @ np.linalg.solve(spread, score))
    df = [1] * len(names) + [len(names)]
    return pd.DataFrame(
        {"chi_square": chi_square, "df": df, "p_value": chi2.sf(chi_square, df)},
        index=pd.Index([*names, "all"], name="term", dtype="str"),
    )


def _moves(spread: Floats, information: Floats, longest: float) -> bool:
    """Say whether the clock varies over the events that tell of each combination of columns."""
    from scipy.linalg import eigh

    try:
        variances = eigh(spread, information, eigvals_only=True)
    except np.linalg.LinAlgError:  # the columns are so close to collinear that rounding decides
        return False
    return bool(longest > 0 and variances.min() > _STILL * longest**2)


def check_proportionality(tests: pd.DataFrame) -> Check:
    """Say in words what the tests of proportionality say.

    Parameters
    ----------
    tests : pandas.DataFrame
        What :func:`proportionality_tests` returned.

    Returns
    -------
    Check
        A review where the joint test, or that of a term after Bonferroni, falls below 5 %, or there is no test.

    Examples
    --------
    >>> table = pd.DataFrame({"p_value": [0.4, 0.5]}, index=["age", "all"])
    >>> check_proportionality(table).status
    'pass'
    """
    if tests.empty:
        said = (
            "Whether hazard ratios change over time could not be tested: the events stand at too few different times "
            "for the terms. Use finer times, or fewer terms."
        )
        return Check("proportional hazards", "review", said)
    each, joint = tests["p_value"].iloc[:-1], float(tests["p_value"].iloc[-1])
    numbers = {"p_value": joint, "smallest": float(each.min())}
    moving = each[each < _SMALL / len(each)]
    if joint >= _SMALL and moving.empty:
        said = say("No sign that hazard ratios change over time (score test, p = {joint:.3g}).", joint=joint)
        return Check("proportional hazards", "pass", said, numbers)
    which = ", ".join(map(str, moving.index)) or str(each.idxmin())
    said = say(
        "Hazard ratios change over time (joint p = {joint:.3g}; most clearly {which}): a single "
        "ratio is an average over follow-up. Let the effect differ by period, with rows split at "
        "times.",
        joint=joint,
        which=which,
    )
    return Check("proportional hazards", "review", said, numbers)
