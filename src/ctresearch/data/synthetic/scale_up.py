"""A network scale-up survey: how many people respondents know in groups of known size and in the hidden one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.draws import gammas, normals, poissons
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from collections.abc import Mapping

KNOWN: Mapping[str, int] = MappingProxyType(
    {
        "teachers": 24_000,
        "nurses": 18_000,
        "fishers": 9_500,
        "bus drivers": 6_200,
        "prisoners": 4_100,
        "bakers": 3_000,
        "midwives": 1_900,
        "postal workers": 1_400,
    }
)
"""Group to its size."""


def scale_up_survey(
    n: int = 500,
    *,
    hidden: int = 5_000,
    population: int = 1_000_000,
    known: Mapping[str, int] = KNOWN,
    mean_degree: float = 300.0,
    spread: float = 0.7,
    transmission: float = 1.0,
    barrier: float = 0.0,
    seed: Seed = 0,
) -> Synthetic:
    """Draw a survey that asks how many people one knows in each group.

    Parameters
    ----------
    n : int
        Number of respondents.
    hidden : int
        Size of the hidden group.
    population : int
        Size of the population that respondents know people in.
    known : mapping of str to int
        Groups of known size.
    mean_degree : float
        Mean number of people a respondent knows.
    spread : float
        Standard deviation of the log of that number.
    transmission : float
        Share of the hidden ties that a respondent is aware of; below 1 the basic estimate comes out too small.
    barrier : float
        Variance of a gamma factor on each count: how unevenly groups are known; 0 for none.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: ``respondent``, one column a known group, and ``hidden``. ``tables["known"]``: ``group`` and
        ``size``. ``truth``: ``hidden``, ``population``, ``mean_degree`` (of those drawn), ``transmission``.

    Raises
    ------
    SpecificationError
        If an option is out of range or a group is larger than the population.

    References
    ----------
    .. [1] Killworth, P. D., McCarty, C., Bernard, H. R., Shelley, G. A. and Johnsen, E. C. (1998). Estimation of
       seroprevalence, rape, and homelessness in the United States using a social network approach. Evaluation Review,
       22(2), 289-308. https://doi.org/10.1177/0193841X9802200205

    Examples
    --------
    >>> made = scale_up_survey(200, hidden=4_000, seed=1)
    >>> reach = made.frame["hidden"].sum() / made.frame.drop(columns=["respondent", "hidden"]).to_numpy().sum()
    >>> bool(abs(reach * made.tables["known"]["size"].sum() - 4_000) < 800)
    True
    """
    n, population = whole_number("n", n, low=1), whole_number("population", population, low=1)
    sizes = {"hidden": hidden, **known}
    for name, size in sizes.items():
        whole_number(f"size of {name!r}", size, low=1, high=population)
    if "hidden" in known or "respondent" in known:
        raise SpecificationError(f"known == {list(known)}, must not hold a group called 'hidden' or 'respondent'")
    in_range("mean_degree", mean_degree, 0, open_ends=True)
    in_range("spread", spread, 0)
    in_range("transmission", transmission, 0, 1)
    in_range("barrier", barrier, 0)
    rng = generator(seed)
    degree = mean_degree * np.exp(spread * normals(rng, n) - spread**2 / 2)
    seen = {name: (transmission if name == "hidden" else 1.0) * size / population for name, size in sizes.items()}
    counts = {}
    for name, share in seen.items():
        factor = gammas(rng, 1 / barrier, n) if barrier else np.ones(n)
        counts[name] = poissons(rng, degree * share * factor)
    frame = pd.DataFrame({"respondent": np.arange(1, n + 1), **{name: counts[name] for name in [*known, "hidden"]}})
    groups = pd.DataFrame({"group": list(known), "size": list(known.values())})
    truth = {
        "hidden": hidden,
        "population": population,
        "mean_degree": float(degree.mean()),
        "transmission": transmission,
    }
    return Synthetic(
        name="scale_up_survey", frame=frame, tables={"known": groups}, truth=truth, seed=recorded_seed(seed)
    )
