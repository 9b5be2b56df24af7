"""How precisely a trial over several periods estimates an effect.

References
----------
.. [1] Hooper, R., Teerenstra, S., de Hoop, E. and Eldridge, S. (2016). Sample size calculation for stepped wedge and
   other longitudinal cluster randomised trials. Statistics in Medicine 35, 4718-4728. https://doi.org/10.1002/sim.7028
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    from ctresearch.stats.regression.generalized_linear import Floats


def wedge_error(schedule: Floats, size: float, icc: float, autocorrelation: float = 1.0) -> float:
    """Return the standard error of the effect in a trial over periods, for an outcome of variance 1.

    Parameters
    ----------
    schedule : numpy.ndarray
        Who has the programme when, 0 and 1, clusters by periods.
    size : float
        People in each cluster and period.
    icc : float
        Correlation of two people of one cluster and period.
    autocorrelation : float
        Correlation of a cluster's effects in two periods.

    Returns
    -------
    float
        By generalised least squares with an effect of each period.

    Raises
    ------
    SpecificationError
        If the schedule cannot tell the programme from time.

    Examples
    --------
    >>> round(wedge_error(np.array([[0.0, 1, 1], [0, 0, 1]]), 10, 0.0), 4)
    0.4472
    """
    schedule = np.asarray(schedule, dtype=float)
    clusters, periods = schedule.shape
    lasting, passing = icc * autocorrelation, icc * (1 - autocorrelation)
    variance = np.full((periods, periods), lasting) + np.eye(periods) * (passing + (1 - icc) / size)
    inverse = np.linalg.pinv(variance) if icc == 1 else np.linalg.inv(variance)
    information = np.einsum("ct,ts,cs->", schedule, inverse, schedule)
    total = schedule.sum(axis=0)
    information -= float(total @ inverse @ total) / clusters
    if information <= 1e-12:
        raise SpecificationError(
            f"schedule gives all {clusters:,} clusters the programme at one time of {periods}, must let them cross at "
            "different times"
        )
    return float(1 / np.sqrt(information))
