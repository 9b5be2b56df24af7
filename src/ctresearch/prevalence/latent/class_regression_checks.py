"""What must be asked of latent classes with covariates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say
from ctresearch.prevalence.latent.class_likelihood import Parameters, chances_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.prevalence.latent.class_fit import ClassFit
    from ctresearch.prevalence.latent.class_likelihood import ClassData

_CLOSE = 2.0
"""Criteria that differ by less hardly tell two numbers of classes apart."""
_RARE, _HIDDEN = 0.05, 0.005
"""Of a class seen with a chance of 5 %, nineteen of twenty people rest on the model."""
_FAR = 3.5
"""Standard errors: the largest of all cells is looked at, so three would be passed by chance too often."""


def check_maximum(fit: ClassFit) -> Check:
    """Say whether a maximum was found, and by how many of the starts.

    Parameters
    ----------
    fit : ClassFit
        The fit.

    Returns
    -------
    Check
        Voids where there is none.
    """
    numbers = {"score": fit.score, "reached": fit.reached, "followed": fit.followed}
    if not fit.converged:
        said = say(
            "The climb ended where the likelihood is not at a maximum (largest derivative {score:.1g}).",
            score=fit.score,
        )
        return Check("maximum", "fail", said, numbers, voids=True)
    said = say(
        "{reached} of the {followed} best starts came to the same maximum",
        reached=fit.reached,
        followed=fit.followed,
    )
    if fit.followed > 1 and fit.reached == 1:
        more = say("{said}: there may be a higher one; raise starts.", said=said)
        return Check("maximum", "review", more, numbers)
    return Check("maximum", "pass", say("{said}.", said=said), numbers)


def check_identified(fit: ClassFit) -> Check:
    """Say whether the likelihood is curved in every direction.

    Parameters
    ----------
    fit : ClassFit
        The fit.

    Returns
    -------
    Check
        Voids where parameters are not identified.
    """
    numbers = {"rank": fit.rank, "parameters": fit.parameters}
    if fit.identified:
        return Check("identified", "pass", say("The lists tell all {n} parameters.", n=fit.parameters), numbers)
    said = say(
        "The lists do not tell the {parameters} parameters apart: other values, and other populations, fit as well. "
        "Take fewer classes, fewer pairs of lists or fewer covariates.",
        parameters=fit.parameters,
    )
    return Check("identified", "fail", said, numbers, voids=True)


def check_edge(fit: ClassFit) -> Check:
    """Say whether chances ran to nothing or all.

    Parameters
    ----------
    fit : ClassFit
        The fit.

    Returns
    -------
    Check
        Review where some did.
    """
    edge = int(fit.edge.sum())
    if not edge:
        return Check("edge", "pass", say("No chance ran to nothing or to all."), {"edge": 0})
    said = say(
        "{n} of {parameters} parameters ran to the edge, where a class is never or always on a list: its error is "
        "unknown, and limits take it as given.",
        many="{n} of {parameters} parameters ran to the edge, where a class is never or always on a list: their errors "
        "are unknown, and limits take them as given.",
        n=edge,
        parameters=fit.parameters,
    )
    return Check("edge", "review", said, {"edge": edge})


def check_reach(classes: pd.DataFrame) -> Check:
    """Say whether a class is hardly ever seen.

    Parameters
    ----------
    classes : pandas.DataFrame
        With ``share`` and ``seen``.

    Returns
    -------
    Check
        Voids where a class is all but out of sight.
    """
    seen = classes["seen"].to_numpy(dtype=float)
    least, share = float(seen.min()), float(classes["share"].to_numpy(dtype=float)[seen.argmin()])
    numbers = {"least": least, "share": share}
    said = say(
        "The class that is hardest to see is on a list with a chance of {least:.1%} and makes up {share:.0%} of the "
        "estimate",
        least=least,
        share=share,
    )
    if least < _HIDDEN:
        gone = say("{said}: its size is not known. Take fewer classes.", said=said)
        return Check("reach", "fail", gone, numbers, voids=True)
    if least < _RARE:
        return Check("reach", "review", say("{said}: nearly all of it rests on the model.", said=said), numbers)
    return Check("reach", "pass", say("{said}.", said=said), numbers)


def check_number(fits: Sequence[ClassFit], chosen: ClassFit, people: float) -> Check:
    """Say whether another number of classes fits about as well.

    Parameters
    ----------
    fits : sequence of ClassFit
        All that were tried.
    chosen : ClassFit
        The one with the smallest BIC among those with an estimate, or the one that was stated.
    people : float
        People seen.

    Returns
    -------
    Check
        Review where one is close, one with no estimate fits better, or AIC, which asks less of a further class than
        BIC, prefers more classes.
    """
    others = [one for one in fits if one is not chosen]
    gaps = [one.bic(people) - chosen.bic(people) for one in others]
    close = [one for one, gap in zip(others, gaps, strict=True) if gap < _CLOSE]
    numbers = {"classes": chosen.classes, "tried": len(fits), "close": len(close)}
    more = [one.classes for one in others if one.classes > chosen.classes and one.aic() < chosen.aic()]
    if more:
        said = say(
            "AIC prefers {others} classes to {chosen}: a class that is hardly ever on a list changes the estimate more "
            "than the fit.",
            others=more[0],
            chosen=chosen.classes,
        )
        return Check("number", "review", said, numbers)
    if not close:
        said = say("BIC prefers {n} class.", many="BIC prefers {n} classes.", n=chosen.classes)
        return Check("number", "pass", said, numbers)
    said = say(
        "BIC hardly tells {chosen} classes from {others}, which would give {estimates:,.0f}.",
        chosen=chosen.classes,
        others=close[0].classes,
        estimates=close[0].population,
    )
    if not close[0].usable:
        said = say(
            "{others} classes fit about as well or better than {chosen}, and have no estimate.",
            chosen=chosen.classes,
            others=close[0].classes,
        )
    return Check("number", "review", said, numbers)


def check_cells(fit: ClassFit, data: ClassData) -> Check:
    """Compare the people of every pattern of lists with what the model expects.

    Parameters
    ----------
    fit : ClassFit
        The fit.
    data : ClassData
        The people.

    Returns
    -------
    Check
        Review where one is far off.
    """
    chances = chances_of(Parameters.read(fit.vector, fit.classes, data), data)
    seen = data.counts.sum(axis=1) / (1 - chances.unseen)
    expected = (seen @ chances.overall)[1:]
    residual = (data.counts.sum(axis=0)[1:] - expected) / np.sqrt(np.maximum(expected, 1.0))
    worst = float(np.abs(residual).max())
    said = say(
        "The pattern of lists that fits worst is {worst:.1f} standard deviations from what the model expects.",
        worst=worst,
    )
    return Check("fit", "review" if worst > _FAR else "pass", said, {"largest": worst})
