"""Whether people seem to differ in their chance of being listed, which makes log-linear estimates too low.

References
----------
.. [1] Darroch, J. N., Fienberg, S. E., Glonek, G. F. V. and Junker, B. W. (1993). A three-sample multiple-recapture
   approach to census population estimation with heterogeneous catchability. Journal of the American Statistical
   Association 88, 1137-1148.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say
from ctresearch.prevalence.lists.cells import set_size, table_margins

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.loglinear.existence import FittedModel

SIMULATED_COVERAGE = {"bic": 0.006, "aic": 0.6, "stepwise": 0.002}
"""Share of 500 populations of two classes of people that the 95 % interval covered, by how the model was chosen.

From ``benchmarks/coverage_loglinear.py``; without such classes all three cover at least 98 %.
"""
_SUSPECT = 1.645
_MANY_PAIRS = 3


def heterogeneity_score(counts: Array, model: FittedModel) -> float:
    """Test for one interaction common to all pairs of lists, beyond those of the model.

    That is what differences between people add in the simplest model of them. The statistic is the score divided by
    its standard error, standard normal where the model holds and positive where people differ.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    model : FittedModel
        A model with an estimate.

    Returns
    -------
    float
        The statistic, NaN where the model leaves no room for such an interaction.

    Examples
    --------
    >>> from ctresearch.prevalence.loglinear.existence import fit_model
    >>> counts = np.array([0, 69, 55, 21, 63, 17, 18, 28])
    >>> round(heterogeneity_score(counts, fit_model(counts, np.array([0, 1, 2, 4]))), 1)
    5.1
    """
    size = set_size(np.arange(counts.size))
    pairs = np.where(model.means > 0, size * (size - 1) / 2, 0.0)
    sums = table_margins(model.means)
    information = sums[model.kept[:, None] | model.kept[None, :]]
    shared = table_margins(model.means * pairs)[model.kept]
    whole = float(model.means @ pairs**2)
    left = whole - float(shared @ np.linalg.solve(information, shared))
    if left <= 1e-8 * whole:
        return float("nan")
    return float(pairs @ (counts - model.means)) / float(np.sqrt(left))


def check_heterogeneity(counts: Array, model: FittedModel, select: str) -> Check:
    """Say whether a result looks like those whose simulated intervals miss the truth.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    model : FittedModel
        The chosen model.
    select : {"bic", "aic", "stepwise"}
        How it was chosen.

    Returns
    -------
    Check
        In review where overlaps exceed the model across the board (score above 1.645), or the model itself says that
        three or more pairs of lists all attract one another. In the simulation that finds 93 % of the tables of two
        classes under BIC and stepwise selection and 79 % under AIC, and 5 to 10 % of those without classes.
    """
    score = heterogeneity_score(counts, model)
    interactions = model.beta[set_size(model.kept) == 2]
    attract = len(interactions) >= _MANY_PAIRS and bool((interactions > 0).all())
    covered = SIMULATED_COVERAGE[select]
    numbers = {"score": score, "pairs_in_model": len(interactions)}
    if score > _SUSPECT or attract:
        return Check(
            "heterogeneity",
            "review",
            say(
                "The lists overlap as if some people were likelier to be listed than others. In simulated "
                "tables of that kind the 95 % interval of this method covered the truth in {covered:.3g} % "
                "of 500 populations, and where it did not it lay below: read the estimate as a lower bound. "
                "One in ten to one in twenty tables without such differences looks like this as well.",
                covered=100 * covered,
            ),
            numbers | {"simulated_coverage": covered},
        )
    return Check(
        "heterogeneity",
        "pass",
        "The overlaps do not show that some people are likelier to be listed, nor do they rule it out.",
        numbers,
    )
