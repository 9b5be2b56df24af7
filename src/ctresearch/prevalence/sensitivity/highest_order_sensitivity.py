"""The population as a function of the interaction of all lists at once, which every method sets to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.message import say
from ctresearch.prevalence.lists.estimable import require_histories
from ctresearch.prevalence.loglinear.model_terms import complete, interactions, read_model
from ctresearch.prevalence.sensitivity.assumed_interactions import DEFAULT_RATIOS, Assumption, check_ratios, vary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.histories import CaptureHistories
    from ctresearch.prevalence.sensitivity.sensitivity_result import SensitivityResult


def highest_order_sensitivity(
    histories: CaptureHistories,
    *,
    factors: Sequence[float] = DEFAULT_RATIOS,
    model: str | Sequence[str] | None = None,
    level: float = 0.95,
) -> SensitivityResult:
    """Estimate the population for a range of interactions of all lists.

    For two lists the interaction is their odds ratio, for three the ratio of the odds ratios of two among people on the
    third and among people not on it, and so on. That it is 1 can never be tested. With all other interactions
    estimated, the number on no list is multiplied or, for an odd number of lists, divided by the factor.

    Parameters
    ----------
    histories : CaptureHistories
        The table, of at most ten lists.
    factors : sequence of float
        Values to assume for the exponential of the interaction, from 0.001 to 1,000.
    model : str or list of str, optional
        Interactions that are estimated, as in :class:`LogLinear`; by default all but the highest.
    level : float
        Coverage of the profile-likelihood limits, given the interaction.

    Returns
    -------
    SensitivityResult
        The term ``population`` by ``factor``.

    Raises
    ------
    DataError
        If the table cannot tell anything about people on no list.
    SpecificationError
        If the factors are not positive numbers, or the model estimates what is assumed.
    FitError
        If the estimate does not exist or is not identified.

    References
    ----------
    .. [1] Aleshin-Guendel, S., Sadinle, M. and Wakefield, J. (2024). The central role of the identifying assumption in
       population size estimation. Biometrics 80, ujad028. https://doi.org/10.1093/biomtc/ujad028
    .. [2] Gerritse, S. C., van der Heijden, P. G. M. and Bakker, B. F. M. (2015). Sensitivity of population size
       estimation for violating parametric assumptions in log-linear models. Journal of Official Statistics 31, 357-379.
       https://doi.org/10.1515/jos-2015-0022

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> taiwan = CaptureHistories.from_published("hav-taiwan")
    >>> rows = highest_order_sensitivity(taiwan, factors=[0.5, 1, 2]).estimates
    >>> unseen = rows["estimate"] - taiwan.n_observed
    >>> (unseen / unseen.iloc[1]).round(6).tolist()
    [2.0, 1.0, 0.5]
    """
    lists = require_histories(histories).lists
    everything = (1 << len(lists)) - 1
    highest = Assumption(
        "factor", say("interaction of all lists (ratio)"), everything, check_ratios("factors", factors)
    )
    below = interactions(len(lists), len(lists) - 1).tolist() if len(lists) > 2 else []
    terms = complete(below, len(lists)) if model is None else read_model(model, lists)
    return vary(histories, terms, [highest], level, highest_order_sensitivity)
