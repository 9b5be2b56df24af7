"""The population as a function of how strongly two lists depend on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.prevalence.lists.estimable import require_histories
from ctresearch.prevalence.loglinear.model_terms import complete, interactions, read_model
from ctresearch.prevalence.sensitivity.assumed_interactions import DEFAULT_RATIOS, Assumption, check_ratios, vary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories
    from ctresearch.prevalence.sensitivity.sensitivity_result import SensitivityResult


def odds_ratio_sensitivity(
    histories: CaptureHistories,
    pair: tuple[str, str],
    *,
    second: tuple[str, str] | None = None,
    odds_ratios: Sequence[float] = DEFAULT_RATIOS,
    model: str | Sequence[str] | None = None,
    level: float = 0.95,
) -> SensitivityResult:
    """Estimate the population for a range of odds ratios between two lists.

    With two lists independence is an assumption that nothing can test, and the estimate of people on no list is in
    proportion to the odds ratio assumed. With more lists the odds ratio is that among people on none of the others.

    Parameters
    ----------
    histories : CaptureHistories
        The table, of at most ten lists.
    pair : tuple of str
        The two lists.
    second : tuple of str, optional
        Another pair whose odds ratio is assumed too; the result is then a table over both, drawn as contours.
    odds_ratios : sequence of float
        Values to assume, from 0.001 to 1,000: above 1, who is on one list is likelier to be on the other.
    model : str or list of str, optional
        Interactions that are estimated, as in :class:`LogLinear`; by default all other pairs.
    level : float
        Coverage of the profile-likelihood limits, given the odds ratio; there are none where two are assumed.

    Returns
    -------
    SensitivityResult
        The term ``population`` by ``odds_ratio`` and, for two pairs, ``second_odds_ratio``.

    Raises
    ------
    DataError
        If the table cannot tell anything about people on no list.
    SpecificationError
        If the pair is not two of the lists, or the model estimates its interaction.
    FitError
        If the estimate does not exist or is not identified.

    References
    ----------
    .. [1] Gerritse, S. C., van der Heijden, P. G. M. and Bakker, B. F. M. (2015). Sensitivity of population size
       estimation for violating parametric assumptions in log-linear models. Journal of Official Statistics 31, 357-379.
       https://doi.org/10.1515/jos-2015-0022

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.prevalence import CaptureHistories
    >>> table = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60, 40, 20]})
    >>> histories = CaptureHistories.from_counts(table)
    >>> rows = odds_ratio_sensitivity(histories, ("police", "charity"), odds_ratios=[0.5, 1, 2]).estimates
    >>> rows.set_index("odds_ratio")["estimate"].round().to_dict()
    {0.5: 180.0, 1.0: 240.0, 2.0: 360.0}
    """
    lists = require_histories(histories).lists
    ratios = check_ratios("odds_ratios", odds_ratios)
    pairs = {"odds_ratio": pair} | ({} if second is None else {"second_odds_ratio": second})
    patterns = [pattern_of(one, lists) for one in pairs.values()]
    if len(set(patterns)) < len(patterns):
        raise SpecificationError(f"second == {second!r} is the pair itself, must be another")
    label = "odds ratio of {one} and {other}"
    if len(lists) > 2:
        label = "odds ratio of {one} and {other} among people on no other list"
    assumptions = [
        Assumption(name, say(label, one=pair[0], other=pair[1]), pattern, ratios)
        for (name, pair), pattern in zip(pairs.items(), patterns, strict=True)
    ]
    terms = other_pairs(patterns, len(lists)) if model is None else read_model(model, lists)
    return vary(histories, terms, assumptions, level, odds_ratio_sensitivity)


def pattern_of(pair: tuple[str, str], lists: tuple[str, ...]) -> int:
    """Return the pattern of two lists.

    Parameters
    ----------
    pair : tuple of str
        Their names.
    lists : tuple of str
        All lists.

    Returns
    -------
    int
        Bits of the two.

    Raises
    ------
    SpecificationError
        If they are not two different lists.

    Examples
    --------
    >>> pattern_of(("a", "c"), ("a", "b", "c"))
    5
    """
    if not isinstance(pair, (tuple, list)) or len({*map(str, pair)}) != 2 or any(name not in lists for name in pair):
        raise SpecificationError(f"pair == {pair!r}, must be two of the {len(lists)} lists of the table")
    return sum(1 << lists.index(name) for name in pair)


def other_pairs(assumed: Sequence[int], lists: int) -> Array:
    """Return the model with all pairs of lists but some.

    Parameters
    ----------
    assumed : sequence of int
        Patterns of the pairs to leave out.
    lists : int
        Number of lists.

    Returns
    -------
    numpy.ndarray
        Terms in canonical order.

    Examples
    --------
    >>> other_pairs([3], 3).tolist()
    [0, 1, 2, 4, 5, 6]
    """
    pairs = interactions(lists, 2).tolist() if lists > 2 else []
    return complete([one for one in pairs if one not in assumed], lists)
