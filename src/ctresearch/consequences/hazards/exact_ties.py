"""Cox's exact partial likelihood where events are tied: the chance that just these of those at risk have them [1]_.

The sum over all sets of as many people at risk runs by recursion, person by person [2]_. Odds are tilted first, so that
the expected number of events is the one seen: the terms are then chances of a sum of independent events, which neither
overflow nor cancel. Gradient and information come from the mean and the spread of the covariates' sum, given that
number.

References
----------
.. [1] Cox, D. R. (1972). Regression models and life-tables. Journal of the Royal Statistical Society B 34, 187-220.
   https://doi.org/10.1111/j.2517-6161.1972.tb00899.x
.. [2] Gail, M. H., Lubin, J. H. and Rubinstein, L. V. (1981). Likelihood calculations for matched case-control studies
   and survival studies with tied death times. Biometrika 68, 703-707. https://doi.org/10.1093/biomet/68.3.703
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.consequences.durations.life_table import count_at
from ctresearch.core.compile import kernel
from ctresearch.core.errors import DataError
from ctresearch.stats.regression.newton import Local

if TYPE_CHECKING:
    from ctresearch.consequences.durations.durations import Booleans, Durations, Floats, Integers
    from ctresearch.consequences.hazards.partial_likelihood import RiskSets

# some seconds of work; Efron's approximation answers the same question at once where there is more
MOST_STEPS = 1e9
"""Steps of the recursion, times columns and pairs of columns, up to which the exact likelihood is worked out."""


def require_exact(rows: Durations, codes: Integers | None, columns: int) -> None:
    """Refuse sets of ties that are too large for the exact likelihood.

    Parameters
    ----------
    rows : Durations
        When each was observed.
    codes : numpy.ndarray or None
        Stratum of each row from 0.
    columns : int
        Columns of the model.

    Raises
    ------
    DataError
        If the recursion would take more than ``MOST_STEPS``.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> require_exact(Durations(np.full(2, -np.inf), np.ones(2), np.ones(2, bool)), None, 1)
    """
    total, worst = 0.0, (0.0, 0, 0)
    for code in range(1 if codes is None else int(codes.max()) + 1):
        here = rows if codes is None else rows.where(codes == code)
        times = np.unique(here.stop[here.event])
        at_risk, (deaths,) = count_at(here, times, (here.event,))
        steps = deaths * (at_risk - deaths + 1.0)
        total += float(steps.sum())
        if len(times) and steps.max() > worst[0]:
            k = int(np.argmax(steps))
            worst = (float(steps[k]), int(deaths[k]), int(at_risk[k]))
    work = total * (1 + columns + columns * (columns + 1) / 2)
    if work > MOST_STEPS:
        raise DataError(
            f"exact ties need {work:.1e} steps, must be at most {MOST_STEPS:.0e}: the largest set has {worst[1]:,} of "
            f"{worst[2]:,} at risk; take ties='efron', or record times more finely"
        )


def exact_likelihood(sets: RiskSets, entry: Floats, point: Floats, *, weight: Floats | None = None) -> Local:
    """Return the exact log partial likelihood, its gradient and its information.

    Parameters
    ----------
    sets : RiskSets
        Rows in order of the sweep.
    entry : numpy.ndarray
        When each row entered, in the order of the table, shape (rows,).
    point : numpy.ndarray
        Coefficients, shape (columns,).
    weight : numpy.ndarray, optional
        What each event time counts, shape (times,); 1 by default. Functions of time give tests of proportionality.

    Returns
    -------
    Local
        At ``point``.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> from ctresearch.consequences.hazards.partial_likelihood import risk_sets
    >>> rows = Durations(np.full(3, -np.inf), np.array([1.0, 1.0, 2.0]), np.array([True, True, False]))
    >>> here = exact_likelihood(risk_sets(rows, np.array([[1.0], [0.0], [0.0]])), rows.entry, np.zeros(1))
    >>> round(float(np.exp(here.value)), 6)
    0.333333
    """
    linear = sets.columns @ point
    scale = np.ones(len(sets.times)) if weight is None else weight
    value, score, lower = _sweep(
        sets.columns, linear - linear.max(), entry[sets.order], sets.died, sets.times, sets.begin, sets.end, scale
    )
    return Local(value, score, lower + np.tril(lower, -1).T)


@kernel
def _sweep(  # noqa: PLR0917
    columns: Floats,
    linear: Floats,
    entry: Floats,
    died: Booleans,
    times: Floats,
    begin: Integers,
    end: Integers,
    scale: Floats,
) -> tuple[float, Floats, Floats]:
    """Add up over event times; those at risk are the places up to the last that ends here, less those not yet in."""
    width = columns.shape[1]
    score, information = np.zeros(width), np.zeros((width, width))
    risk, odds, at_risk = np.exp(linear), np.empty(len(linear)), np.empty(len(linear), np.int64)
    value = 0.0
    for k in range(len(times)):
        count, deaths, own = 0, 0, 0.0
        for row in range(end[k]):
            if entry[row] < times[k]:
                odds[count] = risk[row]
                at_risk[count] = row
                count += 1
        for row in range(begin[k], end[k]):
            if died[row]:
                deaths += 1
                own += linear[row]
        if deaths == count:
            continue
        tilt = _tilt(odds[:count], deaths)
        logs, centre, first, second = _given_number(columns, at_risk[:count], odds[:count] * tilt, deaths)
        value += scale[k] * (own - logs + deaths * np.log(tilt))
        for row in range(begin[k], end[k]):
            if died[row]:
                score += scale[k] * (columns[row] - centre)
        for a in range(width):
            score[a] -= scale[k] * first[a]
            for b in range(a + 1):
                information[a, b] += scale[k] * (second[a, b] - first[a] * first[b])
    return value, score, information


@kernel
def _tilt(odds: Floats, deaths: int) -> float:
    """Return the factor of all odds under which about as many events are expected as were seen."""
    low: float = deaths / odds.sum()
    high = low
    for _ in range(2000):  # doubling covers all of double precision in that many
        if (high * odds / (1 + high * odds)).sum() >= deaths or not np.isfinite(high):
            break
        high *= 2
    for _ in range(40):
        middle = 0.5 * (low + high)
        expected = (middle * odds / (1 + middle * odds)).sum()
        if abs(expected - deaths) < 0.5:  # near enough: any tilt is exact, this one keeps chances far from underflow
            return middle
        if expected < deaths:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@kernel
def _given_number(
    columns: Floats, at_risk: Integers, odds: Floats, deaths: int
) -> tuple[float, Floats, Floats, Floats]:
    """Return the log of the sum over sets, and mean and second moment of their centred sum of covariates."""
    width, count = columns.shape[1], len(at_risk)
    chance = odds / (1 + odds)
    centre = np.zeros(width)
    for i in range(count):
        centre += chance[i] * columns[at_risk[i]]
    centre /= chance.sum()
    zero = np.zeros(deaths + 1)
    first, second = np.zeros((deaths + 1, width)), np.zeros((deaths + 1, width, width))
    zero[0] = 1.0
    x = np.empty(width)
    for i in range(count):
        p, q = chance[i], 1 / (1 + odds[i])
        for a in range(width):
            x[a] = columns[at_risk[i], a] - centre[a]
        fewest = max(0, deaths - (count - i - 1))
        for j in range(min(deaths, i + 1), fewest - 1, -1):
            if j == 0:
                zero[0] *= q
                continue
            for a in range(width):
                for b in range(a + 1):
                    joined = x[a] * first[j - 1, b] + x[b] * first[j - 1, a] + x[a] * x[b] * zero[j - 1]
                    second[j, a, b] = q * second[j, a, b] + p * (second[j - 1, a, b] + joined)
            for a in range(width):
                first[j, a] = q * first[j, a] + p * (first[j - 1, a] + x[a] * zero[j - 1])
            zero[j] = q * zero[j] + p * zero[j - 1]
    logs = np.log(zero[deaths]) + np.log1p(odds).sum()
    return logs, centre, first[deaths] / zero[deaths], second[deaths] / zero[deaths]
