"""Questions asked of every estimate from a respondent-driven sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.prevalence.respondent.respondent_sample import RespondentSample
    from ctresearch.prevalence.respondent.trait import Trait

    Array = NDArray[Any]

# Heckathorn (1997) calls recruitment settled where each share is within two points of those it tends to.
_SETTLED = 0.02
_MOST_WAVES = 1000
# Trees of so many people are compared; at fewer, a share is a few persons'.
_TREE = 20
# Three standard errors: with ten trees, chance alone goes beyond it in one sample of forty.
_APART = 3.0
# Where resamples without an estimate are more than one in twenty, those that have one are a choice among samples.
_LOST = 0.05


def check_waves(sample: RespondentSample, moves: Array, share: Array) -> Check:
    """Say whether recruitment went on for long enough to forget where it began.

    Parameters
    ----------
    sample : RespondentSample
        The sample.
    moves : numpy.ndarray
        Recruitments from group to group, shape (G, G).
    share : numpy.ndarray
        Shares of the groups that recruitment tends to, shape (G,); ``NaN`` where there are none.

    Returns
    -------
    Check
        Review where half the people come from waves before that.
    """
    reached = int(np.median(sample.wave))
    needed = _waves_needed(moves, share)
    numbers = {"needed": needed, "median_wave": reached}
    if needed >= _MOST_WAVES:
        return Check("waves", "review", say("Recruitment between the levels settles on no shares."), numbers)
    said = say(
        "From whichever level it starts, recruitment comes within two points of where it settles after {n} wave; half "
        "the people come from wave {reached} or later.",
        many="From whichever level it starts, recruitment comes within two points of where it settles after {n} waves; "
        "half the people come from wave {reached} or later.",
        n=needed,
        reached=reached,
    )
    return Check("waves", "pass" if reached >= needed else "review", said, numbers)


def check_trees(sample: RespondentSample, trait: Trait) -> Check:
    """Say whether the trees of different seeds tell of one population.

    Parameters
    ----------
    sample : RespondentSample
        The sample.
    trait : Trait
        The trait.

    Returns
    -------
    Check
        Review where a large tree is further from the others than chance among single people would have it.
    """
    sizes = np.bincount(sample.tree)
    large = np.flatnonzero(sizes >= _TREE)
    if large.size < 2:
        said = say(
            "{n} tree has {least} people or more: whether trees agree cannot be told.",
            many="{n} trees have {least} people or more: whether trees agree cannot be told.",
            n=int(large.size),
            least=_TREE,
        )
        return Check("bottleneck", "review", said, {"trees": int(large.size)})
    whole, spread = trait.values.mean(axis=0), trait.values.std(axis=0)
    means = np.array([trait.values[sample.tree == tree].mean(axis=0) for tree in large])
    errors = spread * np.sqrt(1 / sizes[large] - 1 / sample.n)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = float(np.nanmax(np.abs(means - whole) / errors))
    numbers = {"trees": int(large.size), "apart": apart}
    said = say(
        "Of {trees} trees with {least} people or more the one that differs most is {apart:.1f} standard errors from "
        "the whole sample.",
        trees=int(large.size),
        least=_TREE,
        apart=apart,
    )
    if apart <= _APART:
        return Check("bottleneck", "pass", said, numbers)
    more = say("{said} Recruitment may not pass between parts of the population.", said=said)
    return Check("bottleneck", "review", more, numbers)


def check_left_out(sample: RespondentSample) -> tuple[Check, ...]:
    """Say how many are left out since their degree is not known.

    Parameters
    ----------
    sample : RespondentSample
        The sample.

    Returns
    -------
    tuple of Check
        Empty where nobody is.
    """
    gone = int(np.isnan(sample.degree).sum())
    if not gone:
        return ()
    said = say(
        "{n} person whose degree is not known is left out of the estimate.",
        many="{n} people whose degree is not known are left out of the estimate.",
        n=gone,
    )
    return (Check("degrees", "review", said, {"left_out": gone}),)


def check_resamples(draws: Array | None) -> Check:
    """Say whether there is an interval, and whether all resamples had an estimate.

    Parameters
    ----------
    draws : numpy.ndarray, optional
        Estimates of the resamples, shape (terms, B).

    Returns
    -------
    Check
        Review where no interval was asked for; fails, and voids, where over a twentieth of resamples have no estimate.
    """
    if draws is None:
        return Check("interval", "review", say("No interval was asked for: bootstrap='tree' gives one."))
    lost = int((~np.isfinite(draws)).any(axis=0).sum())
    numbers = {"resamples": draws.shape[1], "lost": lost}
    said = say("{lost:,} of {made:,} resamples have no estimate.", lost=lost, made=draws.shape[1])
    if lost <= _LOST * draws.shape[1]:
        return Check("interval", "pass", said, numbers)
    return Check("interval", "fail", said, numbers, voids=True)


def _waves_needed(moves: Array, share: Array) -> int:
    """Count waves until every start is within two points of the shares it tends to."""
    if not np.isfinite(share).all():
        return _MOST_WAVES
    chance = moves / moves.sum(axis=1, keepdims=True)
    state = np.eye(share.size)
    for wave in range(_MOST_WAVES):
        if np.abs(state - share).max() <= _SETTLED:
            return wave
        state = state @ chance
    return _MOST_WAVES
