"""The question asked of every Markov chain, whether its draws may be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say
from ctresearch.stats.chains.mcmc import ess_bulk, ess_tail, rhat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

# What Vehtari et al. ask for: below 1.01, and 100 effective draws for each of four chains, without which the estimates
# of R-hat and of the effective draws are themselves too rough to rely on.
RHAT_BELOW = 1.01
ESS_AT_LEAST = 400


def check_mixing(quantities: Mapping[str, ArrayLike]) -> Check:
    """Say whether the chains of every quantity have mixed and hold enough effective draws.

    Parameters
    ----------
    quantities : mapping of str to array_like
        Name to draws, shape (chains, draws), at least 4 a chain.

    Returns
    -------
    Check
        Fails where an R-hat is not below 1.01 or an effective sample size, bulk or tail, is below 400, and where
        draws are constant or not finite. The numbers are the worst of each.

    Raises
    ------
    DataError
        If draws have not that shape.

    References
    ----------
    .. [1] Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. and Bürkner, P.-C. (2021). Rank-normalization, folding,
       and localization: an improved R-hat for assessing convergence of MCMC. Bayesian Analysis 16, 667-718.
       https://doi.org/10.1214/20-BA1221

    Examples
    --------
    >>> import numpy as np
    >>> check_mixing({"population": np.random.default_rng(1).normal(size=(4, 1000))}).status
    'pass'
    """
    found = {name: (rhat(draws), ess_bulk(draws), ess_tail(draws)) for name, draws in quantities.items()}
    bad = [name for name, (r, bulk, tail) in found.items() if not (r < RHAT_BELOW and min(bulk, tail) >= ESS_AT_LEAST)]
    # numpy's extremes, since those of Python pass over a NaN that is not the first
    rhats, bulks, tails = np.array(list(found.values())).T
    numbers = {"rhat": float(rhats.max()), "ess_bulk": float(bulks.min()), "ess_tail": float(tails.min())}
    figures = say(
        "R-hat {rhat:.3f}, effective draws {ess_bulk:,.0f} (bulk), {ess_tail:,.0f} (tail)",
        rhat=numbers["rhat"],
        ess_bulk=numbers["ess_bulk"],
        ess_tail=numbers["ess_tail"],
    )
    if not bad:
        return Check("mixing", "pass", say("The chains have mixed: {figures}.", figures=figures), numbers)
    made = max(int(np.size(draws)) for draws in quantities.values())
    if numbers["rhat"] < RHAT_BELOW and made <= 2 * ESS_AT_LEAST:
        said = say(
            "{made:,} draws are too few to judge by ({figures}; needed are {enough} effective draws): ask for more.",
            made=made,
            figures=figures,
            enough=ESS_AT_LEAST,
        )
        return Check("mixing", "fail", said, numbers, voids=True)
    return Check(
        "mixing",
        "fail",
        say(
            "The chains of {quantities} have not mixed ({figures}; needed are R-hat below {rhat_below} and {enough} "
            "effective draws): run longer chains, and distrust the model if that does not help.",
            quantities=bad,
            figures=figures,
            rhat_below=RHAT_BELOW,
            enough=ESS_AT_LEAST,
        ),
        numbers,
        voids=True,
    )
