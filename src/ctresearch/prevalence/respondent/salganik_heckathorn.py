"""RDS-I: shares from how groups recruit one another and how many people their members know."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError
from ctresearch.core.message import say
from ctresearch.prevalence.respondent.shares import salganik_heckathorn_shares
from ctresearch.prevalence.respondent.trait_fit import Resampled, ask, conclude

if TYPE_CHECKING:
    from ctresearch.prevalence.respondent.respondent_result import RespondentResult
    from ctresearch.prevalence.respondent.respondent_sample import RespondentSample

ASSUMPTIONS = ("Recruitment is a chain with replacement: the sample is a small part of the population.",)


class SalganikHeckathorn(Resampled):
    """Estimate shares from recruitment between groups and their mean degrees (RDS-I).

    Ties go both ways, so those that lead from one group to another are as many as those that lead back. How often each
    group recruits each other and how many people its members know on average then give the groups' sizes [1]_.

    Parameters
    ----------
    trait : str
        A trait in levels.
    bootstrap : {None, "salganik", "tree", "neighbourhood"}
        How to resample for an interval: :class:`VolzHeckathorn` says how. None by default, and then no interval.
    n_boot : int
        Resamples, 20 to 4,000.
    level : float
        Coverage of the interval, as a proportion.
    seed : int or SeedSequence
        Where the random streams start.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    With more than two groups, shares are those at which recruitment settles, over harmonic mean degrees. Where the
    groups do not all reach one another by recruitment nothing is identified, and that is refused. It fails where
    people of one group are likelier to come when they are asked.

    References
    ----------
    .. [1] Salganik, M. J. and Heckathorn, D. D. (2004). Sampling and estimation in hidden populations using
       respondent-driven sampling. Sociological Methodology 34, 193-240.
       https://doi.org/10.1111/j.0081-1750.2004.00152.x
    .. [2] Salganik, M. J. (2006). Variance estimation, design effects, and sample size calculations for
       respondent-driven sampling. Journal of Urban Health 83 (Suppl. 1), 98-112.
       https://doi.org/10.1007/s11524-006-9106-x

    Examples
    --------
    >>> from ctresearch.data.synthetic import respondent_sample
    >>> from ctresearch.prevalence import RespondentSample
    >>> sample = RespondentSample.from_frame(respondent_sample(400, seed=3).frame, traits=["exploited"])
    >>> share = SalganikHeckathorn("exploited", bootstrap="salganik", seed=1).fit(sample).estimates.loc["1"]
    >>> print(f"{share['ci_low']:.0%} to {share['ci_high']:.0%} are exploited; in truth 30%")
    17% to 30% are exploited; in truth 30%
    """

    def fit(self, sample: RespondentSample) -> RespondentResult:
        """Estimate the share of each level.

        Parameters
        ----------
        sample : RespondentSample
            The sample.

        Returns
        -------
        RespondentResult
            Terms are the levels, as shares of the population.

        Raises
        ------
        DataError
            If it is no sample, all are seeds, or the trait cannot be used.
        FitError
            If the trait is measured, or its levels do not all reach one another by recruitment.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.prevalence import RespondentSample
        >>> frame = pd.DataFrame({"id": [1, 2, 3, 4], "recruiter": [None, 1, 2, 3], "degree": 4, "debt": [1, 0, 1, 1]})
        >>> sample = RespondentSample.from_frame(frame, traits=["debt"])
        >>> SalganikHeckathorn("debt").fit(sample).estimates["estimate"].round(3).tolist()
        [0.333, 0.667]
        """
        asked = ask(sample, self.trait)
        if asked.trait.measured:
            raise FitError(
                f"trait {self.trait!r} is measured, and RDS-I counts recruitment between levels: cut it into levels, "
                "or use VolzHeckathorn"
            )
        group, degree = asked.trait.codes, asked.sample.degree
        estimate = partial(salganik_heckathorn_shares, group=group, degree=degree)
        point = estimate(np.ones((1, group.size)), asked.forest.moves[None])[0]
        if not np.isfinite(point).all():
            raise FitError(
                f"the {point.size} levels of trait {self.trait!r} do not all reach one another by recruitment, so that "
                "RDS-I is not identified: join levels, or use VolzHeckathorn"
            )
        known = np.isfinite(degree)
        weights = np.where(known, (point / np.bincount(group[known], minlength=point.size))[group], 0.0)
        method = say("Shares from recruitment between groups and their mean degrees (RDS-I)")
        said = (SalganikHeckathorn, method, ASSUMPTIONS)
        return conclude(asked, estimate, self._resampling, weights, said)
