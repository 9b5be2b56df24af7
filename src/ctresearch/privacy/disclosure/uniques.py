"""From uniques in a sample to uniques in the population.

Pitman's sampling formula describes how classes of equal records grow with the number of records; fitted to the sample,
it says how many people would be alone in the whole population.

References
----------
.. [1] Pitman, J. (1995). Exchangeable and partially exchangeable random partitions. Probability Theory and Related
   Fields, 102(2), 145-158. https://doi.org/10.1007/BF01213386
.. [2] Skinner, C. J. and Elliot, M. J. (2002). A measure of disclosure risk for microdata. Journal of the Royal
   Statistical Society B, 64(4), 855-867. https://doi.org/10.1111/1467-9868.00365
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PopulationUniques:
    """How many people would be alone in the population.

    Parameters
    ----------
    expected : float
        Expected number of population uniques; ``NaN`` where the model does not fit.
    match : float
        Probability that a match with a sample unique is the right person.
    alpha, theta : float
        Parameters of Pitman's formula.
    """

    expected: float
    match: float
    alpha: float
    theta: float


def population_uniques(class_sizes: NDArray[np.int64], fraction: float) -> PopulationUniques:
    """Estimate the population uniques behind a sample.

    Parameters
    ----------
    class_sizes : numpy.ndarray of int, shape (classes,)
        Rows in each class of the sample.
    fraction : float
        Share of the population that is in the sample.

    Returns
    -------
    PopulationUniques
        The estimate, and the probability of a correct match of Skinner and Elliot.

    References
    ----------
    .. [1] Pitman, J. (1995). Exchangeable and partially exchangeable random partitions. Probability Theory and Related
       Fields, 102(2), 145-158. https://doi.org/10.1007/BF01213386
    .. [2] Skinner, C. J. and Elliot, M. J. (2002). A measure of disclosure risk for microdata. Journal of the Royal
       Statistical Society B, 64(4), 855-867. https://doi.org/10.1111/1467-9868.00365

    Examples
    --------
    >>> import numpy as np
    >>> population_uniques(np.array([1, 1, 2, 5, 9, 14]), 1.0).expected
    2.0
    """
    size, frequency = np.unique(class_sizes, return_counts=True)
    ones = float(frequency[size == 1].sum())
    twos = float(frequency[size == 2].sum())
    weight = fraction * ones + 2 * (1 - fraction) * twos
    match = fraction * ones / weight if weight else np.nan
    if fraction == 1 or not ones:
        return PopulationUniques(expected=ones, match=1.0 if ones else np.nan, alpha=np.nan, theta=np.nan)
    alpha, theta, converged = _fit(size.astype(float), frequency.astype(float))
    population = float((size * frequency).sum()) / fraction
    expected = population * np.exp(
        gammaln(theta + alpha + population - 1)
        - gammaln(theta + alpha)
        - gammaln(theta + population)
        + gammaln(theta + 1)
    )
    return PopulationUniques(float(expected) if converged else np.nan, match, alpha, theta)


def _fit(size: NDArray[np.float64], frequency: NDArray[np.float64]) -> tuple[float, float, bool]:
    """Maximise the likelihood of Pitman's formula over 0 < alpha < 1 and theta > 0."""
    records, groups = float((size * frequency).sum()), float(frequency.sum())
    steps = np.arange(1, groups)

    def loss(x: NDArray[np.float64]) -> float:
        """Give minus the log-likelihood at the logit of alpha and the log of theta."""
        alpha, theta = 1 / (1 + np.exp(-x[0])), np.exp(x[1])
        growth = np.log(theta + steps * alpha).sum() - gammaln(theta + records) + gammaln(theta + 1)
        within = (frequency * (gammaln(size - alpha) - gammaln(1 - alpha))).sum()
        return float(-(growth + within))

    start = np.array([0.0, np.log(groups)])
    # the solver's own first triangle is a four-thousandth wide where a start is 0, and may then crawl and never arrive
    first = start + np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    best = minimize(
        loss, x0=start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-8, "initial_simplex": first}
    )
    alpha, theta = 1 / (1 + np.exp(-best.x[0])), np.exp(best.x[1])
    return float(alpha), float(theta), bool(best.success)
