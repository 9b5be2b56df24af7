"""Questions asked of every log-linear estimate, and their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say
from ctresearch.prevalence.loglinear.model_terms import write_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.loglinear.existence import FittedModel
    from ctresearch.prevalence.loglinear.goodness import Fit

# The expected count below which chi-squared approximations are commonly doubted.
SPARSE = 5
# Burnham and Anderson's rule of thumb: models within 2 units are as good as the best, beyond 10 they have no support.
CLOSE, PLAUSIBLE = 2, 10
# A factor between estimates that a reader must hear of; a convention, given with its numbers.
WIDE = 1.5
UNSTABLE = 0.5
# 1 %, not 5 %: the chi-squared approximation is rough in sparse tables, and one table in twenty would be named for
# nothing.
POOR_FIT = 0.01


def check_existence(model: FittedModel) -> Check:
    """Say in which sense the estimate exists.

    Parameters
    ----------
    model : FittedModel
        The chosen model, with an estimate.

    Returns
    -------
    Check
        Passes; a model without an estimate never gets here.
    """
    removed = len(model.terms) - len(model.kept)
    numbers = {"parameters": len(model.terms), "removed": removed}
    if removed == 0:
        return Check("existence", "pass", "The maximum-likelihood estimate exists and is identified.", numbers)
    return Check(
        "existence",
        "pass",
        say(
            "The extended maximum-likelihood estimate exists and is identified, after removing {n} interaction that "
            "links lists with nobody in common.",
            many="The extended maximum-likelihood estimate exists and is identified, after removing {n} interactions "
            "that link lists with nobody in common.",
            n=removed,
        ),
        numbers,
    )


def check_boundary(model: FittedModel) -> Check:
    """Say whether coefficients lie at minus infinity or the unobserved number at zero.

    Parameters
    ----------
    model : FittedModel
        The chosen model.

    Returns
    -------
    Check
        In review where either is so.
    """
    removed = len(model.terms) - len(model.kept)
    numbers = {"at_infinity": removed, "unobserved": model.unobserved}
    if model.unobserved < 1:
        return Check("boundary", "review", "The model leaves less than one person unobserved.", numbers)
    if removed:
        return Check(
            "boundary",
            "review",
            say(
                "{n} coefficient lies at minus infinity: the overlap is empty by the model.",
                many="{n} coefficients lie at minus infinity: the overlap is empty by the model.",
                n=removed,
            ),
            numbers,
        )
    return Check("boundary", "pass", "All coefficients are finite.", numbers)


def check_overlaps(overlaps: pd.DataFrame) -> Check:
    """Say how many pairs of lists hardly overlap.

    Parameters
    ----------
    overlaps : pandas.DataFrame
        People in common, lists by lists.

    Returns
    -------
    Check
        In review where a pair shares fewer than 5 people.
    """
    pairs = overlaps.to_numpy()[np.triu_indices(len(overlaps), 1)]
    empty, sparse = int((pairs == 0).sum()), int((pairs < SPARSE).sum())
    numbers = {"pairs": len(pairs), "empty": empty, "below_5": sparse}
    return Check(
        "overlaps",
        "review" if sparse else "pass",
        say(
            "Of {pairs} pairs of lists, {empty} share nobody and {sparse} fewer than {enough} people.",
            pairs=len(pairs),
            empty=empty,
            sparse=sparse,
            enough=SPARSE,
        ),
        numbers,
    )


def check_fit(fit: Fit) -> Check:
    """Say whether the model fits the table.

    Parameters
    ----------
    fit : Fit
        Deviance and its degrees of freedom.

    Returns
    -------
    Check
        In review where the deviance is larger than chance allows or nothing is left to judge by.
    """
    frame = fit.to_frame()
    numbers = {"deviance": fit.deviance, "df": fit.df}
    if fit.df <= 0:
        return Check("fit", "review", "The model has as many parameters as cells: its fit cannot be judged.", numbers)
    p_value = float(frame["p_value"]["deviance"])
    said = say(
        "Deviance {deviance:.1f} on {df} degrees of freedom (p = {p_value:.2g})",
        deviance=fit.deviance,
        df=fit.df,
        p_value=p_value,
    )
    if p_value < POOR_FIT:
        return Check(
            "fit",
            "review",
            say("{said}: the model misses part of the table.", said=said),
            numbers | {"p_value": p_value},
        )
    return Check("fit", "pass", say("{said}; rough where counts are small.", said=said), numbers | {"p_value": p_value})


def check_search(models: int, visited: int) -> Check:
    """Say that no better model is left.

    Parameters
    ----------
    models : int
        How many there are in all.
    visited : int
        Those whose likelihood was bounded.

    Returns
    -------
    Check
        Passes: the search ends with a proof or not at all.
    """
    return Check(
        "search",
        "pass",
        say(
            "The model is the best of all {models:,} hierarchical models: the likelihoods of {visited:,} were bounded, "
            "and those bounds exclude the others.",
            models=models,
            visited=visited,
        ),
        {"models": models, "visited": visited},
    )


def check_rivals(models: pd.DataFrame, criterion: str, complete: float = np.inf) -> Check:
    """Say how far apart the estimates of models of nearly the same criterion are.

    Parameters
    ----------
    models : pandas.DataFrame
        Models with ``estimate`` and the criterion.
    criterion : {"bic", "aic"}
        What they were chosen by.
    complete : float
        How many units behind the best no model is missing; beyond, none is looked at.

    Returns
    -------
    Check
        In review where the largest estimate within 10 units is over one and a half times the smallest.
    """
    behind = models[criterion] - models[criterion].min()
    close, plausible = (min(reach, np.floor(10 * complete) / 10) for reach in (CLOSE, PLAUSIBLE))
    near, far = (models.loc[behind <= reach, "estimate"] for reach in (close, plausible))
    ratio = float(far.max() / far.min())
    numbers = {
        "within_2": len(near),
        "within_2_low": near.min(),
        "within_2_high": near.max(),
        "within_10": len(far),
        "within_10_low": far.min(),
        "within_10_high": far.max(),
    }
    said = say(
        "{n} model within {close} units of {criterion} say {near_low:,.0f} to {near_high:,.0f}, {far} within "
        "{plausible} units {far_low:,.0f} to {far_high:,.0f}.",
        many="{n} models within {close} units of {criterion} say {near_low:,.0f} to {near_high:,.0f}, {far} within "
        "{plausible} units {far_low:,.0f} to {far_high:,.0f}.",
        n=len(near),
        close=f"{close:g}",
        criterion=criterion.upper(),
        near_low=near.min(),
        near_high=near.max(),
        far=len(far),
        plausible=f"{plausible:g}",
        far_low=far.min(),
        far_high=far.max(),
    )
    return Check("rivals", "review" if ratio > WIDE else "pass", said, numbers)


def check_draws(
    estimates: Array, winners: Mapping[bytes, int], chosen: FittedModel, lists: Sequence[str], level: float
) -> Check:
    """Say how stable the choice was over bootstrap tables.

    Parameters
    ----------
    estimates : numpy.ndarray
        Bootstrap estimates, NaN where there was none.
    winners : mapping of bytes to int
        How often each model won.
    chosen : FittedModel
        The model chosen from the data.
    lists : sequence of str
        Names of the lists.
    level : float
        Coverage of the interval.

    Returns
    -------
    Check
        Fails where so many tables give no estimate that a limit is not determined; in review where any gives none or
        the chosen model won fewer than half.
    """
    tables = len(estimates)
    missing = int(np.isnan(estimates).sum())
    kept = winners.get(chosen.terms.tobytes(), 0) / tables
    leader = max(winners, key=lambda key: winners[key], default=chosen.terms.tobytes())
    numbers = {"tables": tables, "without_estimate": missing, "chosen_share": kept, "models": len(winners)}
    if missing > tables * (1 - level) / 2:
        return Check(
            "bootstrap",
            "fail",
            say(
                "{missing:,} of {tables:,} bootstrap tables give no estimate, so a limit at {level:g} is "
                "not determined.",
                missing=missing,
                tables=tables,
                level=level,
            ),
            numbers,
            voids=True,
        )
    name = write_model(np.frombuffer(leader, dtype=np.int64), lists)
    said = say(
        "The chosen model won in {kept:.0%} of {tables:,} bootstrap tables; {winners:,} models won at least once, "
        "{name} most often ({most:.0%}); {missing:,} tables gave no estimate.",
        kept=kept,
        tables=tables,
        winners=len(winners),
        name=name,
        most=winners.get(leader, 0) / tables,
        missing=missing,
    )
    return Check("bootstrap", "review" if missing or kept < UNSTABLE else "pass", said, numbers)


def check_limits(low: float, high: float, interval: str) -> Check:
    """Say whether there are limits, and whether they are finite.

    Parameters
    ----------
    low, high : float
        Limits of the population size.
    interval : str
        Kind of the limits.

    Returns
    -------
    Check
        In review without limits for want of a bootstrap or with an infinite one; fails where they could not be made.
    """
    if interval == "none":
        return Check(
            "limits",
            "review",
            "No limits are given: those of one model ignore that it was chosen; ask for them with bootstrap=1000.",
        )
    if np.isnan(low) or np.isnan(high):
        return Check(
            "limits",
            "fail",
            "The limits are not determined by the bootstrap: too few draws for the level, or too few with an estimate.",
        )
    if np.isinf(high):
        return Check("limits", "review", "The likelihood never rules out large populations: no upper limit.")
    return Check("limits", "pass", "Both limits are finite.", {"low": low, "high": high})
