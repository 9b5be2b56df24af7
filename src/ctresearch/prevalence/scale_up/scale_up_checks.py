"""Questions to a scale-up survey: do known groups come back, is recall even, are there enough answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.prevalence.scale_up.relational_data import RelationalData
    from ctresearch.prevalence.scale_up.survey_design import Floats

# A group that comes back at twice or half its size says that other such groups may, the hidden one among them.
_FAR = 2.0
# Five groups are the fewest through whose sizes a slope has three degrees of freedom.
_ENOUGH_GROUPS = 5
_DOUBTFUL = 0.05
_FEW_REPORTS = 10
_FEW_CLUSTERS = 12
_FEW_LOST = 0.01
_MANY_ALONE = 0.05


def check_back_estimates(known: pd.DataFrame) -> Check:
    """Say whether the known groups are found again by the others.

    Parameters
    ----------
    known : pandas.DataFrame
        Known groups with their ``ratio``.

    Returns
    -------
    Check
        To be reviewed where one is off by a factor of two, or there is only one.

    Examples
    --------
    >>> import pandas as pd
    >>> check_back_estimates(pd.DataFrame({"ratio": [0.9, 2.4]}, index=["teachers", "bakers"])).status
    'review'
    """
    ratio = known["ratio"].to_numpy(dtype=float)
    if len(ratio) < 2:
        said = say("There is one known group, so that none can be found again by others: ask about more.")
        return Check("known groups", "review", said, {"groups": len(ratio)})
    off = np.abs(np.log(ratio))
    place = int(off.argmax())
    said = say(
        "Of {groups} known groups {name} comes back worst, at {ratio:.2f} of its size.",
        groups=len(ratio),
        name=str(known.index[place]),
        ratio=ratio[place],
    )
    bad = bool(off[place] > np.log(_FAR))
    return Check("known groups", "review" if bad else "pass", said, {"ratio": ratio[place], "groups": len(ratio)})


def check_recall(known: pd.DataFrame) -> Check:
    """Say whether large groups are recalled as fully as small ones.

    Parameters
    ----------
    known : pandas.DataFrame
        Known groups with ``size`` and ``ratio``.

    Returns
    -------
    Check
        To be reviewed where the slope of log ratio on log size differs from 0, or cannot be told.

    Examples
    --------
    >>> import pandas as pd
    >>> sizes = [1e3, 2e3, 4e3, 8e3, 16e3]
    >>> check_recall(pd.DataFrame({"size": sizes, "ratio": [2.0, 1.5, 1.1, 0.8, 0.6]})).status
    'review'
    """
    from scipy.special import stdtr

    size, ratio = (np.log(known[name].to_numpy(dtype=float)) for name in ("size", "ratio"))
    if len(size) < _ENOUGH_GROUPS or np.ptp(size) == 0:
        said = say(
            "Whether large groups are recalled less fully than small ones cannot be told from {groups} known groups of "
            "such sizes: ask about {enough} or more of different sizes.",
            groups=len(size),
            enough=_ENOUGH_GROUPS,
        )
        return Check("recall", "review", said, {"groups": len(size)})
    centred = size - size.mean()
    slope = float(centred @ ratio / (centred @ centred))
    rest = ratio - ratio.mean() - slope * centred
    freedom = len(size) - 2
    error = float(np.sqrt(rest @ rest / freedom / (centred @ centred)))
    p_value = 2 * float(stdtr(freedom, -abs(slope) / error)) if error > 0 else float(slope == 0)
    numbers = {"slope": slope, "p_value": p_value}
    if p_value >= _DOUBTFUL:
        said = say("Large groups are recalled as fully as small ones (p {p_value:.2g}).", p_value=p_value)
        return Check("recall", "pass", said, numbers)
    said = say(
        "A group twice as large comes back at {factor:.2f} of what a smaller one does (p {p_value:.2g}): recall is "
        "uneven, so scale up by groups about as large as the hidden one.",
        factor=2**slope,
        p_value=p_value,
    )
    return Check("recall", "review", said, numbers)


def check_reports(read: RelationalData) -> Check:
    """Say whether enough respondents know somebody of the hidden group.

    Parameters
    ----------
    read : RelationalData
        The answers.

    Returns
    -------
    Check
        To be reviewed below ten respondents.
    """
    number = int((read.hidden > 0).sum())
    said = say(
        "{n} respondent knows somebody of the hidden group.",
        many="{n} respondents know somebody of the hidden group.",
        n=number,
    )
    if number >= _FEW_REPORTS:
        return Check("reports", "pass", said, {"respondents": number})
    few = say("{said} With fewer than {few} the estimate leans on single answers.", said=said, few=_FEW_REPORTS)
    return Check("reports", "review", few, {"respondents": number})


def check_degrees(degree: Floats) -> Check:
    """Say whether the known groups are many enough to tell how many people each respondent knows.

    Parameters
    ----------
    degree : numpy.ndarray
        People each respondent knows by the known groups, shape (n,).

    Returns
    -------
    Check
        To be reviewed where over a twentieth know nobody of any known group.

    Examples
    --------
    >>> check_degrees(np.array([0.0, 300.0, 200.0])).status
    'review'
    """
    alone = int((degree == 0).sum())
    share = alone / degree.size
    said = say("{alone} of {people} respondents know nobody of any known group.", alone=alone, people=int(degree.size))
    if share <= _MANY_ALONE:
        return Check("degrees", "pass", said, {"share": share})
    more = say("{said} The known groups are too few or too small to tell how many people one knows.", said=said)
    return Check("degrees", "review", more, {"share": share})


def check_visibility() -> Check:
    """Say that a survey of respondents alone cannot tell how visible hidden people are.

    Returns
    -------
    Check
        Always to be reviewed.

    Examples
    --------
    >>> check_visibility().status
    'review'
    """
    said = say(
        "Nobody was asked what share of the ties to hidden people is known to be such: the estimate falls short by the "
        "share that is not. Ask hidden people who is aware of them, or give the share to a model."
    )
    return Check("visibility", "review", said)


def check_replicates(lost: float) -> tuple[Check, ...]:
    """Say how often a sample like this one would have no estimate.

    Parameters
    ----------
    lost : float
        Share of the replicates in which a ratio does not exist.

    Returns
    -------
    tuple of Check
        None where there is no such replicate; a failure that voids the limits above one in a hundred.

    Examples
    --------
    >>> [check.status for lost in (0.0, 0.005, 0.2) for check in check_replicates(lost)]
    ['review', 'fail']
    """
    if not lost:
        return ()
    said = say("In {lost:.1%} of the replicates nobody knows anybody of the known groups.", lost=lost)
    if lost <= _FEW_LOST:
        return (Check("replicates", "review", said, {"lost": lost}),)
    more = say("{said} So small a sample has no interval: ask more people.", said=said)
    return (Check("replicates", "fail", more, {"lost": lost}, voids=True),)


def check_clusters(freedom: int) -> Check:
    """Say whether enough clusters were drawn for the bootstrap to tell their spread.

    Parameters
    ----------
    freedom : int
        Clusters less strata.

    Returns
    -------
    Check
        To be reviewed below twelve.

    Examples
    --------
    >>> check_clusters(5).status
    'review'
    """
    said = say("The design leaves {freedom} degrees of freedom.", freedom=freedom)
    if freedom >= _FEW_CLUSTERS:
        return Check("design", "pass", said, {"freedom": freedom})
    few = say(
        "{said} With fewer than {few} the spread between clusters is itself a guess.", said=said, few=_FEW_CLUSTERS
    )
    return Check("design", "review", few, {"freedom": freedom})
