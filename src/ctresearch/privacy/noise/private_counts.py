"""Differentially private counts, histograms and means.

Neighbouring data sets differ by one person who is in one and not in the other. The noise is discrete and exact, comes
from the operating system, and is drawn once: the noised table is an artefact, and a second drawing is a second payment.

References
----------
.. [1] Canonne, C. L., Kamath, G. and Steinke, T. (2022). The discrete Gaussian for differential privacy. Journal of
   Privacy and Confidentiality, 12(1). https://doi.org/10.29012/jpc.784
.. [2] Bun, M. and Steinke, T. (2016). Concentrated differential privacy: simplifications, extensions, and lower bounds.
   TCC, LNCS 9985, 635-658. https://doi.org/10.1007/978-3-662-53641-4_24
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import name_key
from ctresearch.core.validate import in_range, one_of, whole_number
from ctresearch.privacy.masks.counts import alike, read_counts
from ctresearch.privacy.noise.entropy import entropy
from ctresearch.privacy.noise.noise import discrete_gaussian, discrete_laplace
from ctresearch.privacy.noise.noised_table import Noised, noised_table
from ctresearch.privacy.noise.opendp_noise import opendp_mechanism

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from ctresearch.privacy.noise.budget import PrivacyBudget
    from ctresearch.privacy.noise.noised_table import Mechanism

    Counts = pd.DataFrame | pd.Series[int]

_FINEST = 10**9


def private_counts(
    counts: Counts,
    *,
    epsilon: float,
    delta: float = 0.0,
    cells_per_person: int = 1,
    budget: PrivacyBudget | None = None,
    seed: int | None = None,
    backend: Literal["exact", "opendp"] = "exact",
) -> Noised:
    """Add noise to counts so that one person's presence hardly shows.

    Parameters
    ----------
    counts : pandas.DataFrame or pandas.Series
        Whole numbers, zeros included: which cells exist must not depend on the data.
    epsilon : float
        Privacy loss; smaller is more private.
    delta : float
        0 for discrete Laplace noise; above 0, and well below one over the number of people, for discrete Gaussian
        noise.
    cells_per_person : int
        In how many cells one person may be counted.
    budget : PrivacyBudget, optional
        Where the loss is paid, before any noise is drawn.
    seed : int, optional
        For tests only: the table is then marked as not private, and the gate refuses it.
    backend : {"exact", "opendp"}
        Who draws the noise: this library, or OpenDP (extra ``dp``), which takes no seed.

    Returns
    -------
    Noised
        Noised counts, which may be negative: cutting them off at zero would bias every sum.

    Raises
    ------
    DataError
        If counts are negative, missing or not whole.
    DisclosureError
        If the budget does not hold as much.
    MissingExtraError
        If OpenDP is asked for and not installed.
    SpecificationError
        If an option is out of range, or a seed is given to OpenDP.

    Notes
    -----
    One person more or less changes at most ``cells_per_person`` counts by 1 each: the sensitivity is that number in the
    sum of absolute changes, and its square root in Euclidean distance. Laplace noise of scale sensitivity / epsilon
    gives epsilon-differential privacy; Gaussian noise of variance sensitivity^2 / (2 rho) gives rho-concentrated
    privacy, which is (epsilon, delta) with epsilon = rho + 2 sqrt(rho log(1 / delta)).

    References
    ----------
    .. [1] Canonne, C. L., Kamath, G. and Steinke, T. (2022). The discrete Gaussian for differential privacy. Journal of
       Privacy and Confidentiality, 12(1). https://doi.org/10.29012/jpc.784
    .. [2] Bun, M. and Steinke, T. (2016). Concentrated differential privacy: simplifications, extensions, and lower
       bounds. TCC, LNCS 9985, 635-658. https://doi.org/10.1007/978-3-662-53641-4_24

    Examples
    --------
    >>> import pandas as pd
    >>> noised = private_counts(pd.Series({"Woman": 1210, "Man": 403}), epsilon=1.0)
    >>> noised.mechanism, noised.private, round(noised.noise_sd, 2)
    ('laplace', True, 1.36)
    """
    values = _whole_counts(counts)
    whole_number("cells_per_person", cells_per_person, low=1)
    sample, noise_sd, mechanism = _noise(epsilon, delta, sensitivity=cells_per_person, squared=cells_per_person)
    if one_of("backend", backend, ("exact", "opendp")) == "opendp":
        if seed is not None:
            raise SpecificationError(f"seed == {seed!r}, must be None with backend='opendp', whose noise takes no seed")
        add_noise = opendp_mechanism(mechanism, noise_sd if mechanism == "gaussian" else cells_per_person / epsilon)
    else:
        add_noise = _own_mechanism(sample, seed)
    if budget is not None:
        budget.spend(epsilon, delta, purpose=f"{counts.size} counts")
    table = counts.astype(np.int64) + (add_noise(values) - values)
    return noised_table(table, (float(epsilon), float(delta)), mechanism, noise_sd, seed)


def private_histogram(
    values: Sequence[str] | pd.Series[str],
    categories: Sequence[str],
    *,
    epsilon: float,
    delta: float = 0.0,
    budget: PrivacyBudget | None = None,
    seed: int | None = None,
) -> Noised:
    """Count people by category, with noise; each person has one value.

    Parameters
    ----------
    values : sequence or pandas.Series
        One value a person.
    categories : sequence
        All categories there may be, from a code list and not from the data; every other value, and a missing one, is
        counted in none.
    epsilon, delta, budget, seed
        As for :func:`private_counts`.

    Returns
    -------
    Noised
        A series over the categories.

    Raises
    ------
    SpecificationError
        If a category stands twice, or an option is out of range.
    DisclosureError
        If the budget does not hold as much.

    Notes
    -----
    A person is in at most one category, so the sensitivity is 1.

    References
    ----------
    .. [1] Canonne, C. L., Kamath, G. and Steinke, T. (2022). The discrete Gaussian for differential privacy. Journal of
       Privacy and Confidentiality, 12(1). https://doi.org/10.29012/jpc.784

    Examples
    --------
    >>> noised = private_histogram(["Woman"] * 90 + ["Man"] * 40, ["Woman", "Man", "Trans"], epsilon=1.0)
    >>> list(noised.table.index)
    ['Woman', 'Man', 'Trans']
    """
    if len(set(categories)) != len(categories) or not len(categories):
        raise SpecificationError(
            f"categories has {len(categories)} entries, {len(set(categories))} of them different: must be different "
            "from one another and at least one"
        )
    column = pd.Series(list(values), dtype=object)
    _refuse_other_spellings(column, categories)
    counted = column.value_counts().reindex(pd.Index(categories), fill_value=0)
    return private_counts(counted, epsilon=epsilon, delta=delta, budget=budget, seed=seed)


def private_mean(
    values: ArrayLike,
    *,
    lower: float,
    upper: float,
    epsilon: float,
    steps: int = 1000,
    budget: PrivacyBudget | None = None,
    seed: int | None = None,
) -> Noised:
    """Estimate a mean with noise, one value a person.

    Parameters
    ----------
    values : array-like
        Numbers without missing ones; values outside the limits are moved to them.
    lower, upper : float
        Limits that are known without looking at the data.
    epsilon : float
        Privacy loss, one half for the number of people and one half for the sum.
    steps : int
        The range is cut into this many steps, an even number, and each value goes to the nearest.
    budget, seed
        As for :func:`private_counts`.

    Returns
    -------
    Noised
        A series with ``mean`` and the noised number of people ``n``. ``noise_sd`` is that of ``n``.

    Raises
    ------
    DataError
        If a value is missing.
    DisclosureError
        If the budget does not hold as much.
    SpecificationError
        If an option is out of range.

    Notes
    -----
    Values become whole numbers from -steps / 2 to steps / 2, so one person more or less changes the sum by at most
    steps / 2 and the number of people by 1. Each of the two gets Laplace noise for half of epsilon; the losses add up.
    The mean is their ratio, taken after the noise, which costs nothing, and moved into the limits.

    References
    ----------
    .. [1] Dwork, C. and Roth, A. (2014). The algorithmic foundations of differential privacy. Foundations and Trends in
       Theoretical Computer Science, 9(3-4), 211-407. https://doi.org/10.1561/0400000042

    Examples
    --------
    >>> months = [6, 12, 3, 24] * 500
    >>> noised = private_mean(months, lower=0, upper=60, epsilon=1.0)
    >>> bool(abs(noised.table["mean"] - 11.25) < 2)
    True
    """
    in_range("lower", lower)
    in_range("upper", upper, lower, open_ends=True)
    if whole_number("steps", steps, low=2) % 2:
        raise SpecificationError(f"steps == {steps!r}, must be even")
    numbers = _numbers(values)
    half = steps // 2
    middle, width = (lower + upper) / 2, (upper - lower) / steps
    whole = np.clip(np.round((np.clip(numbers, lower, upper) - middle) / width), -half, half).astype(np.int64)
    count_noise, noise_sd, mechanism = _noise(epsilon / 2, 0.0, sensitivity=1, squared=1)
    sum_noise, _, _ = _noise(epsilon / 2, 0.0, sensitivity=half, squared=half**2)
    if budget is not None:
        budget.spend(epsilon, purpose="a mean")
    draw = entropy(seed)
    n = len(whole) + count_noise(draw)
    total = int(whole.sum()) + sum_noise(draw)
    mean = min(max(middle + width * total / max(n, 1), lower), upper)
    return noised_table(pd.Series({"mean": mean, "n": float(n)}), (float(epsilon), 0.0), mechanism, noise_sd, seed)


def _whole_counts(counts: Counts) -> NDArray[np.int64]:
    """Return counts as an array, or refuse what is none."""
    return read_counts(counts).astype(np.int64)


def _numbers(values: ArrayLike) -> NDArray[np.float64]:
    """Read values that are numbers, none missing."""
    try:
        numbers = np.asarray(values, dtype=float).ravel()
    except (TypeError, ValueError):
        raise DataError(
            f"values are a {type(values).__name__} that holds what is no number, must be numbers, none missing"
        ) from None
    if np.isnan(numbers).any():
        raise DataError(f"{int(np.isnan(numbers).sum())} values are missing, must be dropped before and said to be so")
    return numbers


def _refuse_other_spellings(values: pd.Series[Any], categories: Sequence[Any]) -> None:
    """Refuse values that are a category but for their spelling: they would be counted nowhere."""
    alike(categories, "categories")
    keys, known = {name_key(c) for c in categories}, set(categories)
    near = [v == v and v not in known and name_key(v) in keys for v in values]  # noqa: PLR0124
    refuse_cells(values, near, "must be spelled as the category it is", name="values")


def _own_mechanism(
    sample: Callable[[random.Random], int], seed: int | None
) -> Callable[[NDArray[np.int64]], NDArray[np.int64]]:
    """Return what adds exact noise to counts."""
    draw = entropy(seed)

    def noised(values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Add the noise, keeping the shape."""
        return values + np.array([sample(draw) for _ in range(values.size)], dtype=np.int64).reshape(values.shape)

    return noised


def _noise(
    epsilon: float, delta: float, *, sensitivity: int, squared: int
) -> tuple[Callable[[random.Random], int], float, Mechanism]:
    """Choose the noise for a privacy loss: how to draw it, its standard deviation, its name."""
    in_range("epsilon", epsilon, 1e-6, 100)
    in_range("delta", delta, 0, 0.5)
    if delta == 0:
        scale = Fraction(sensitivity) / Fraction(math.floor(epsilon * _FINEST), _FINEST)
        decay = math.exp(-1 / float(scale))
        return lambda draw: discrete_laplace(scale, draw), math.sqrt(2 * decay) / (1 - decay), "laplace"
    need = math.log(1 / delta)
    rho = (math.sqrt(need + epsilon) - math.sqrt(need)) ** 2
    variance = Fraction(math.ceil(squared / (2 * rho) * 10**6), 10**6)
    return lambda draw: discrete_gaussian(variance, draw), math.sqrt(float(variance)), "gaussian"
