"""Models that have no estimate for a table and would otherwise leave a choice or an average without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say
from ctresearch.prevalence.loglinear.model_terms import read_model
from ctresearch.prevalence.trust.explanations import least_deviance

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.prevalence.lists.cells import Array

# All models of four lists take a tenth of a second; of five there are thousands, and they are counted only.
_MOST_LISTS = 4
# As in the interval, a twentieth is what a reader need not be told of.
_HEARD = 0.05


def check_silent(counts: Array, models: pd.DataFrame, criterion: str, lists: Sequence[str]) -> Check:
    """Say how many models have no estimate, and what weight they would have.

    The likelihood of a model without an estimate has no maximum, but it has a bound that it comes as near to as one
    likes; with that in its place the model has a criterion like the others.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    models : pandas.DataFrame
        All models by name with ``estimate``, ``parameters`` and the criterion.
    criterion : {"bic", "aic"}
        What weighs.
    lists : sequence of str
        Names of the lists.

    Returns
    -------
    Check
        In review where they would have more than a twentieth of the weight or, of five lists and more, are more than a
        twentieth of the models.

    Examples
    --------
    >>> from ctresearch.prevalence.loglinear.search import search_all
    >>> counts = np.array([0.0, 1, 0, 80, 90, 0, 4, 20])
    >>> check_silent(counts, search_all(counts, "ABC", 2, "bic", None).models, "bic", "ABC").status
    'review'
    """
    silent = models[models["estimate"].isna()]
    share = len(silent) / len(models)
    numbers = {"models": len(models), "silent": len(silent)}
    if silent.empty:
        return Check("silent models", "pass", say("All {models} models have an estimate.", models=len(models)), numbers)
    if len(lists) > _MOST_LISTS:
        words = say(
            "{silent:,} of {models:,} models have no estimate and are left out; what weight they would have is not "
            "worked out for so many lists.",
            silent=len(silent),
            models=len(models),
        )
        return Check("silent models", "review" if share > _HEARD else "pass", words, numbers)
    weight = _weight(counts, models, silent, criterion, lists)
    words = say(
        "{silent} of {models} models have no estimate and are left out; by {criterion} they would have {weight:.0%} of "
        "the weight.",
        silent=len(silent),
        models=len(models),
        criterion=criterion.upper(),
        weight=weight,
    )
    return Check("silent models", "review" if weight > _HEARD else "pass", words, numbers | {"weight": weight})


def _weight(counts: Array, models: pd.DataFrame, silent: pd.DataFrame, criterion: str, lists: Sequence[str]) -> float:
    """Return the share of weight of models without an estimate, their likelihood at its bound."""
    penalty = np.log(counts.sum()) if criterion == "bic" else 2.0
    known = models[models["estimate"].notna()]
    behind = [_height(counts, str(name), lists, penalty) for name in silent.index]
    first = known[criterion].idxmin()
    best = _height(counts, str(first), lists, penalty)
    heard = np.exp(-(known[criterion] - known[criterion].min()) / 2).sum()
    unheard = float(np.exp(-(np.array(behind) - best) / 2).sum())
    return unheard / (unheard + float(heard))


def _height(counts: Array, name: str, lists: Sequence[str], penalty: float) -> float:
    """Return deviance and penalty of a model, by which it is ranked as by its criterion."""
    terms = read_model(name, lists)
    cells = np.arange(1, len(counts))
    design = ((cells[:, None] & terms[None, :]) == terms[None, :]).astype(np.float64)
    return least_deviance(design, counts[1:].astype(np.float64)) + penalty * len(terms)
