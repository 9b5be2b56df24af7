"""RDS-II: means weighted by one over the degree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.message import say
from ctresearch.prevalence.respondent.shares import weighted_shares
from ctresearch.prevalence.respondent.trait_fit import Resampled, ask, conclude

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.prevalence.respondent.respondent_result import RespondentResult
    from ctresearch.prevalence.respondent.respondent_sample import RespondentSample

    Array = NDArray[Any]

ASSUMPTIONS = (
    "People enter in proportion to how many they know, with replacement: the sample is a small part of the population.",
)


class VolzHeckathorn(Resampled):
    """Estimate shares or a mean, each person weighted by one over their degree (RDS-II).

    Long chains of recruitment meet people in proportion to how many others they know, so those who know few stand for
    more [1]_.

    Parameters
    ----------
    trait : str
        A trait in levels, or measured.
    bootstrap : {None, "tree", "neighbourhood", "salganik"}
        How to resample for an interval; None by default, and then no interval. ``"tree"`` draws seeds, and then the
        recruits of each person, with replacement [2]_: it covers, and is often wide. ``"neighbourhood"`` draws
        recruiters with replacement, each with all their recruits, after [3]_: narrower, and it covered 87 % in place
        of 95 % in simulation. ``"salganik"`` draws chains that step
        from level to level [4]_: known to be too narrow where trees branch.
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
    Where the sample is a large part of the population people who know many run out, and the weights overstate those who
    know few: :class:`SuccessiveSampling` corrects that, for a population whose size is given.

    The neighbourhood bootstrap takes seeds with replacement among seeds, so that everybody is expected once.

    References
    ----------
    .. [1] Volz, E. and Heckathorn, D. D. (2008). Probability based estimation theory for respondent driven sampling.
       Journal of Official Statistics 24, 79-97.
    .. [2] Baraff, A. J., McCormick, T. H. and Raftery, A. E. (2016). Estimating uncertainty in respondent-driven
       sampling using a tree bootstrap method. Proceedings of the National Academy of Sciences 113, 14668-14673.
       https://doi.org/10.1073/pnas.1617258113
    .. [3] Yauck, M., Moodie, E. E. M., Apelian, H. et al. (2022). Neighborhood bootstrap for respondent-driven
       sampling. Journal of Survey Statistics and Methodology. https://doi.org/10.1093/jssam/smab057
    .. [4] Salganik, M. J. (2006). Variance estimation, design effects, and sample size calculations for
       respondent-driven sampling. Journal of Urban Health 83 (Suppl. 1), 98-112.
       https://doi.org/10.1007/s11524-006-9106-x

    Examples
    --------
    >>> from ctresearch.data.synthetic import respondent_sample
    >>> from ctresearch.prevalence import RespondentSample
    >>> sample = RespondentSample.from_frame(respondent_sample(400, seed=3).frame, traits=["exploited"])
    >>> share = VolzHeckathorn("exploited", bootstrap="tree", seed=1).fit(sample).estimates.loc["1"]
    >>> print(f"{share['ci_low']:.0%} to {share['ci_high']:.0%} are exploited; in truth 30%")
    14% to 34% are exploited; in truth 30%
    """

    def fit(self, sample: RespondentSample) -> RespondentResult:
        """Estimate the share of each level, or the mean of a measured trait.

        Parameters
        ----------
        sample : RespondentSample
            The sample.

        Returns
        -------
        RespondentResult
            Terms are the levels, or the name of a measured trait.

        Raises
        ------
        DataError
            If it is no sample, all are seeds, or the trait cannot be used.
        FitError
            If Salganik's bootstrap is asked for where it cannot go on.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.prevalence import RespondentSample
        >>> frame = pd.DataFrame({"id": [1, 2, 3], "recruiter": [None, 1, 2], "degree": [4, 2, 4], "debt": [1, 0, 1]})
        >>> sample = RespondentSample.from_frame(frame, traits=["debt"])
        >>> VolzHeckathorn("debt").fit(sample).estimates["estimate"].tolist()
        [0.5, 0.5]
        """
        asked = ask(sample, self.trait)
        degree = asked.sample.degree
        known = np.isfinite(degree)
        weights = np.where(known, 1 / np.where(known, degree, 1.0), 0.0)

        def estimate(times: Array, _moves: Array) -> Array:
            return weighted_shares(asked.trait.values, times * weights)

        method = say("Means weighted by one over the degree (RDS-II)")
        said = (VolzHeckathorn, method, ASSUMPTIONS)
        return conclude(asked, estimate, self._resampling, weights, said)
