"""The mean inverse chance of being seen under an identifying assumption, corrected by its efficient influence function.

Given covariates, the chances of groups of cells of people who were seen give the odds of being on no list as in
``assumptions.identification``. One plus these odds, averaged over people seen, is the population over the number seen.
The derivative of the odds by each chance gives the correction: errors of the chances enter it squared only.

References
----------
.. [1] Dulce Rubio, M. and Kennedy, E. H. (2024). Population size estimation with many lists and heterogeneity: a
   conditional log-linear model among the unobserved. https://doi.org/10.48550/arXiv.2407.03539
.. [2] Das, M., Kennedy, E. H. and Jewell, N. P. (2024). Doubly robust capture-recapture methods for estimating
   population size. Journal of the American Statistical Association 119, 1309-1321.
   https://doi.org/10.48550/arXiv.2104.14091
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.prevalence.covariates.inverse_capture import InverseCapture

if TYPE_CHECKING:
    from ctresearch.prevalence.assumptions.identification import Identification
    from ctresearch.prevalence.lists.cells import Array

_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Contributions:
    """What n people contribute to the mean inverse chance: ``fixed`` (n,), and ``asked`` (n,) times the interaction."""

    fixed: Array
    asked: Array
    parity: int

    def mean(self, ratio: float, folds: Array) -> InverseCapture:
        """Average the contributions, fold by fold.

        Parameters
        ----------
        ratio : float
            Exponential of the interaction assumed.
        folds : numpy.ndarray
            Fold of each person, shape (n,).

        Returns
        -------
        InverseCapture
            No bound is put on it: below 1 the assumption asks for fewer than nobody.
        """
        values = self.fixed + self.asked * ratio**self.parity
        parts = [values[folds == fold] for fold in np.unique(folds)]
        variance = float(np.mean([part.var(ddof=1) for part in parts])) / len(values)
        return InverseCapture(float(np.mean([part.mean() for part in parts])), variance)


def contributions(group: Array, chances: Array, by: Identification, margin: float) -> Contributions:
    """Work out each person's uncentred efficient influence function.

    Parameters
    ----------
    group : numpy.ndarray
        Group of the lists that each person is on, shape (n,).
    chances : numpy.ndarray
        Chance of each group given covariates and that the person was seen, shape (n, 2 ** k + 1).
    by : Identification
        The assumption.
    margin : float
        Smaller chances of groups that the odds are divided by are raised to it.

    Returns
    -------
    Contributions
        One and, for people of the groups that the assumption reads, the signed odds over their chance.

    Examples
    --------
    >>> from ctresearch.prevalence.assumptions.identification import identification
    >>> by, chances = identification(2, 3, 0), np.array([[0.0, 0.5, 0.25, 0.25, 0.0]] * 4)
    >>> contributions(np.array([1, 1, 2, 3]), chances, by, 0.005).mean(1.0, np.zeros(4)).value
    1.5
    """
    logs = np.log(np.maximum(chances, np.where(by.divisors, margin, _TINY)))
    used = by.signs != 0
    asked = logs[:, used] @ by.signs[used]
    own = np.take_along_axis(logs, group[:, None], axis=1)[:, 0]
    signed = by.signs[group] * np.exp(np.minimum(asked - own, 700.0))
    return Contributions(1.0 - (group == 0), signed, by.parity)
