"""Standard error and degrees of freedom of a mixed model's effect by Kenward and Roger.

The usual standard error takes the estimated variances for the true ones; here what their error adds is put back, and
the degrees of freedom rest on the expected information of all variances, also of one that was estimated as 0 [1]_.

References
----------
.. [1] Kenward, M. G. and Roger, J. H. (1997). Small sample inference for fixed effects from restricted maximum
   likelihood. Biometrics 53, 983-997. https://doi.org/10.2307/2533558
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ctresearch.core.errors import SpecificationError
from ctresearch.core.validate import one_of

if TYPE_CHECKING:
    from ctresearch.stats.regression.generalized_linear import Floats

Df = Literal["satterthwaite", "kenward-roger"]
DFS: tuple[Df, ...] = ("satterthwaite", "kenward-roger")


def degrees_of_freedom(df: Any, method: str) -> Df:
    """Check the option ``df`` of a trial.

    Parameters
    ----------
    df : object
        What came.
    method : {"gee", "mixed"}
        How the trial is analysed.

    Returns
    -------
    str
        The option.

    Raises
    ------
    SpecificationError
        If there is no such way, or not with that method.

    Examples
    --------
    >>> degrees_of_freedom("kenward-roger", "mixed")
    'kenward-roger'
    """
    found: Df = one_of("df", df, DFS)
    if found == "kenward-roger" and method != "mixed":
        raise SpecificationError(f"df == {df!r} with method={method!r}, must be 'satterthwaite': use method='mixed'")
    return found


def kenward_roger(covariance: Floats, pushes: Floats, pairs: Floats, traces: Floats) -> tuple[float, float]:
    """Return standard error and degrees of freedom of the last coefficient.

    Parameters
    ----------
    covariance : numpy.ndarray
        Of the coefficients, the variances taken as known, columns by columns.
    pushes : numpy.ndarray
        X'V⁻KV⁻X for the shape K of each variance, variances by columns by columns.
    pairs : numpy.ndarray
        X'V⁻KV⁻LV⁻X for the shapes K and L of two variances, variances by variances by columns by columns.
    traces : numpy.ndarray
        Trace of V⁻KV⁻L, variances by variances.

    Returns
    -------
    tuple of float
        Standard error and degrees of freedom.

    Notes
    -----
    The variance must be a sum of known shapes times variances, as a mixed model's is. For one coefficient the factor of
    Kenward and Roger's F statistic is 1, and the degrees of freedom come out as Satterthwaite's with the expected
    information in place of the observed one.

    Examples
    --------
    Ten rows of variance 1, and their mean:

    >>> error, df = kenward_roger(np.array([[0.1]]), np.array([[[10.0]]]), np.array([[[[10.0]]]]), np.array([[10.0]]))
    >>> round(error**2, 6), round(df, 6)
    (0.1, 9.0)
    """
    count = len(pushes)
    information = np.zeros((count, count))
    for i in range(count):
        for j in range(count):
            fitted = np.sum((covariance @ pushes[i]) * (covariance @ pushes[j]).T)
            information[i, j] = (traces[i, j] - 2 * np.sum(covariance * pairs[i, j].T) + fitted) / 2
    spread = np.linalg.pinv(information, hermitian=True)
    between = np.einsum("iab,bc,jcd->ijad", pushes, covariance, pushes)
    added = covariance @ np.einsum("ij,ijab->ab", spread, pairs - between) @ covariance
    variance = float(covariance[-1, -1])
    gradient = covariance[-1] @ pushes @ covariance[-1]
    df = 2 * variance**2 / float(gradient @ spread @ gradient)
    return float(np.sqrt(variance + 2 * added[-1, -1])), df
