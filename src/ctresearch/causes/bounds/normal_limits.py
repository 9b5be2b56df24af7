"""How far normal limits of single regressions fall short of Student's, where rows or clusters are few."""

from __future__ import annotations

from ctresearch.core.check import Check
from ctresearch.core.message import say

_TOO_SHORT = 0.05  # of the half-width: 25 degrees of freedom or fewer at a level of .95
_NO_LEVEL = 0.9995  # what is written as 1.000


def check_normal_limits(df: int, level: float, *, clustered: bool) -> Check:
    """Say how much further Student's limits would reach, and at which level normal ones reach as far.

    Parameters
    ----------
    df : int
        Clusters less one, or rows beyond the columns of a regression.
    level : float
        Of each regression's interval, as a proportion.
    clustered : bool
        Which of the two it is.

    Returns
    -------
    Check
        ``limits``; for review where Student's reach a twentieth further.

    Examples
    --------
    >>> check = check_normal_limits(5, 0.95, clustered=True)
    >>> check.status, round(check.numbers["level"], 3)
    ('review', 0.99)
    """
    from scipy.special import ndtr, ndtri, stdtrit

    normal, student = float(ndtri((1 + level) / 2)), float(stdtrit(df, (1 + level) / 2))
    further, as_far = student / normal - 1, float(2 * ndtr(student) - 1)
    short = further > _TOO_SHORT
    what = (
        say("{clusters:,} clusters", clusters=df + 1)
        if clustered
        else say("{df:,} rows beyond the columns of each", df=df)
    )
    reach = say(
        "Limits of the single regressions are normal; with {what} Student's reach {further:.0%} further",
        what=what,
        further=further,
    )
    if short and as_far > _NO_LEVEL:
        said = say("{reach}: they are too few for limits.", reach=reach)
    elif short:
        said = say("{reach}: level={as_far:.3f} makes these as wide.", reach=reach, as_far=as_far)
    else:
        said = say("{reach}.", reach=reach)
    return Check("limits", "review" if short else "pass", said, {"df": df, "further": further, "level": as_far})
