"""Coded testimony of offenders by two coders, with known shares and known agreement: codes alone, and no words."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.draws import bernoulli
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from collections.abc import Mapping

THEMES: Mapping[str, float] = MappingProxyType(
    {
        "own_debts": 0.45,
        "easy_money": 0.6,
        "fear_of_arrest": 0.35,
        "fear_of_losing_assets": 0.2,
        "cost_of_papers": 0.25,
        "victimised_before": 0.3,
    }
)
"""Theme to the share of offenders who speak of it."""


def coded_testimony(
    n: int = 150, *, themes: Mapping[str, float] = THEMES, accuracy: float = 0.92, uncoded: float = 0.04, seed: Seed = 0
) -> Synthetic:
    """Draw what offenders speak of, as two coders who work alone have coded it.

    A coder recognises whether a theme was spoken of, with a known chance, or guesses by its share. So the share of each
    coder is the true one in expectation, and Cohen's kappa is the square of the chance.

    Parameters
    ----------
    n : int
        Number of offenders.
    themes : mapping of str to float
        Theme to the share of offenders who speak of it; themes are independent of one another.
    accuracy : float
        Chance that a coder recognises rather than guesses.
    uncoded : float
        Share of testimonies that a coder leaves out, theme by theme.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: one row an offender, a column for each theme with the first coder's code, 1, 0 or missing, and one
        that ends in ``_again`` with the second's. ``truth``: ``shares`` by theme, and ``kappa``.

    Raises
    ------
    SpecificationError
        If an option is out of range, or there is no theme.

    References
    ----------
    .. [1] Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement.
       British Journal of Mathematical and Statistical Psychology, 61(1), 29-48.
       https://doi.org/10.1348/000711006X126600

    Examples
    --------
    >>> made = coded_testimony(40, seed=1)
    >>> made.frame.shape, round(made.truth["kappa"], 4)
    ((40, 12), 0.8464)
    """
    n = whole_number("n", n, low=1)
    if not themes:
        raise SpecificationError(f"themes == {themes!r}, must name at least one theme and its share")
    for name, value in {"accuracy": accuracy, "uncoded": uncoded}.items():
        in_range(name, value, 0, 1)
    rng = generator(seed)
    columns = {}
    for theme, share in themes.items():
        in_range(f"themes[{theme!r}]", share, 0, 1)
        spoken = bernoulli(rng, np.full(n, share))
        for name in (theme, f"{theme}_again"):
            guess, knows = bernoulli(rng, np.full(n, share)), rng.random(n) < accuracy
            code = np.where(knows, spoken, guess).astype(np.int64)
            columns[name] = pd.arrays.IntegerArray(code, rng.random(n) < uncoded)
    truth = {"shares": pd.Series(dict(themes)), "kappa": accuracy**2}
    return Synthetic(name="coded_testimony", frame=pd.DataFrame(columns), truth=truth, seed=recorded_seed(seed))
