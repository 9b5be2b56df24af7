"""Limits from populations that are drawn anew: how many are seen, and who these are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import FitError
from ctresearch.core.message import say
from ctresearch.core.random import generator
from ctresearch.prevalence.single_list.repeat_fit import fit_repeats

if TYPE_CHECKING:
    from ctresearch.core.check import Status
    from ctresearch.prevalence.single_list.repeat_cells import RepeatCells
    from ctresearch.prevalence.single_list.repeat_fit import Model, RepeatFit

_SOME, _MANY = 0.01, 0.05  # of samples without an estimate, of which a limit at 95 % leaves 2.5 % outside


def draw_populations(
    model: Model, cells: RepeatCells, fit: RepeatFit, bootstrap: int, seed: int | np.random.SeedSequence
) -> tuple[pd.DataFrame, int]:
    """Fit the model to samples of the people.

    In each sample as many people are seen as a binomial of the estimated population gives, and they are drawn from
    those who were seen, so that both parts of the variance are repeated.

    Parameters
    ----------
    model : CountModel or OnceOrTwice
        The model.
    cells : RepeatCells
        The people.
    fit : RepeatFit
        The model at its maximum.
    bootstrap : int
        Number of samples.
    seed : int or numpy.random.SeedSequence
        Where the stream starts.

    Returns
    -------
    draws : pandas.DataFrame
        Terms ``population`` and ``unobserved`` by sample; samples without an estimate are left out.
    failed : int
        How many those are.
    """
    rng = generator(seed)
    whole, shares = round(fit.population), cells.people / cells.people.sum()
    chance = min(cells.people.sum() / fit.population, 1.0)
    found: list[tuple[float, float]] = []
    for _ in range(bootstrap):
        seen = int(rng.binomial(whole, chance))
        people = rng.multinomial(seen, shares).astype(float)
        try:
            population = fit_repeats(model, cells, people=people, start=fit.beta).population
        except FitError:
            continue
        found.append((population, population - seen))
    kept = np.array(found, dtype=float).reshape(-1, 2).T
    return pd.DataFrame(kept, index=pd.Index(["population", "unobserved"], name="term")), bootstrap - len(found)


def check_draws(bootstrap: int, failed: int) -> Check:
    """Say whether enough samples have an estimate for limits to be read from them."""
    share = failed / bootstrap
    numbers = {"samples": float(bootstrap), "without": float(failed)}
    said = say("{failed:,} of {samples:,} bootstrap samples have no estimate.", failed=failed, samples=bootstrap)
    status: Status = "pass" if share <= _SOME else "review" if share <= _MANY else "fail"
    return Check("bootstrap", status, said, numbers, voids=True)
