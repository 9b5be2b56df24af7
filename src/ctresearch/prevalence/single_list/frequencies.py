"""Whether a model of repeat counts fits: people seen once, twice, ... beside those it expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.single_list.count_model import CountModel
    from ctresearch.prevalence.single_list.repeat_cells import RepeatCells
    from ctresearch.stats.regression.jet import Floats

_FEWEST_EXPECTED = 5.0  # below this many expected people Pearson's statistic is not near chi-square (Cochran's rule)
_UNLIKELY = 0.05


def frequency_table(model: CountModel, cells: RepeatCells, beta: Floats) -> pd.DataFrame:
    """Table the people by how often they were seen, the tail in one row.

    Parameters
    ----------
    model : CountModel
        The model.
    cells : RepeatCells
        The people.
    beta : numpy.ndarray
        Its coefficients, shape (P,).

    Returns
    -------
    pandas.DataFrame
        Indexed by ``times``: ``observed`` and ``fitted``; in each row but a first and only one the model expects at
        least five people.
    """
    told = cells.counts >= model.least
    people, counts = cells.people[told], cells.counts[told]
    most = int(counts.max())
    fitted = people @ model.shares(most, cells.design.predictors(beta)[told])
    observed = np.bincount(counts, weights=people, minlength=most + 1)[model.least :]
    left = people.sum() - np.concatenate([[0.0], np.cumsum(fitted)])  # expected so often or more often
    last = int(np.flatnonzero(left >= _FEWEST_EXPECTED).max(initial=0))
    last = min(last, len(fitted))
    while last > 0 and last < len(fitted) and fitted[last - 1] < _FEWEST_EXPECTED:
        last -= 1
    names = [f"{model.least + i}" for i in range(last)] + [f"{model.least + last} or more"]
    return pd.DataFrame(
        {
            "observed": np.append(observed[:last], observed[last:].sum()),
            "fitted": np.append(fitted[:last], left[last]),
        },
        index=pd.Index(names, name="times", dtype="str"),
    )


def goodness_of_frequencies(table: pd.DataFrame, parameters: Sequence[int]) -> pd.DataFrame:
    """Hold frequencies against those a model expects.

    Parameters
    ----------
    table : pandas.DataFrame
        Of :func:`frequency_table`.
    parameters : sequence of int
        Coefficients that were fitted, by part of the model.

    Returns
    -------
    pandas.DataFrame
        ``pearson`` and ``likelihood ratio`` with degrees of freedom and p-value, NaN where no degree is left. With
        covariates a coefficient takes up less than a degree: only constants are taken off, and p is at most so large.
    """
    from scipy.special import chdtrc

    observed, fitted = table["observed"].to_numpy(dtype=float), table["fitted"].to_numpy(dtype=float)
    pearson = float(((observed - fitted) ** 2 / fitted).sum())
    there = observed > 0
    ratio = 2 * float((observed[there] * np.log(observed[there] / fitted[there])).sum())
    free = max(len(table) - 1 - len(parameters), 0)
    chances = [float(chdtrc(free, max(value, 0.0))) if free else float("nan") for value in (pearson, ratio)]
    return pd.DataFrame(
        {"value": [pearson, ratio], "df": free, "p_value": chances},
        index=pd.Index(["pearson", "likelihood ratio"], name="statistic", dtype="str"),
    )


def check_frequencies(goodness: pd.DataFrame) -> Check:
    """Say whether the frequencies contradict the model."""
    free, value = int(goodness["df"].iloc[0]), float(goodness["value"].iloc[0])
    chance = float(goodness["p_value"].iloc[0])
    if not free:
        return Check(
            "frequencies",
            "review",
            say("The model has as many coefficients as there are frequencies: its fit cannot be tested."),
            {"df": 0.0},
        )
    numbers = {"pearson": value, "df": float(free), "p_value": chance}
    said = say(
        "Pearson's statistic of the frequencies is {value:.1f} on {n} degree of freedom (p {chance:.2g})",
        many="Pearson's statistic of the frequencies is {value:.1f} on {n} degrees of freedom (p {chance:.2g})",
        value=value,
        n=free,
        chance=chance,
    )
    if chance >= _UNLIKELY:
        return Check("frequencies", "pass", say("{said}: they do not contradict the model.", said=said), numbers)
    return Check(
        "frequencies",
        "review",
        say(
            "{said}: they contradict the model, whose population is to be read beside those of models that fit.",
            said=said,
        ),
        numbers,
    )
