"""A cluster-randomised trial of an information campaign, with a known effect and intraclass correlation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.draws import bernoulli, betas, poissons, shuffled, uniforms
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.data.synthetic.draws import Floats, Integers


def campaign_trial(
    clusters: int = 40,
    size: int = 30,
    *,
    baseline: float = 0.35,
    effect: float = 0.12,
    icc: float = 0.04,
    attendance: float = 1.0,
    lost: float = 0.0,
    vary_size: bool = False,
    seed: Seed = 0,
) -> Synthetic:
    """Draw a trial in which half of the villages get an information campaign.

    The share of a village that can name the signs of a false job offer is beta distributed about the mean of its arm,
    with a variance that gives the intraclass correlation exactly.

    Parameters
    ----------
    clusters : int
        Number of villages; half, rounded down, are drawn into the campaign.
    size : int
        Respondents in each, or on average.
    baseline : float
        Share that can name the signs without a campaign.
    effect : float
        Difference that the campaign makes to the share among those who attend.
    icc : float
        Intraclass correlation of the outcome within an arm, below 1; exact where all or none attend.
    attendance : float
        Share that attends in campaign villages; nobody does elsewhere. Those who attend are like those who do not.
    lost : float
        Share lost to follow-up, at random.
    vary_size : bool
        Whether villages differ in size, as Poisson counts of at least 2.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: ``village``, ``campaign``, ``attended``, ``woman``, ``age``, ``knew_before`` and ``knows_signs``,
        missing for those lost. ``truth``: ``intention_to_treat``, ``effect_of_attending``, ``icc``, ``baseline``,
        ``design_effect`` for the mean size.

    Raises
    ------
    SpecificationError
        If an option is out of range, or the shares with the effect would leave 0 to 1.

    References
    ----------
    .. [1] Ridout, M. S., Demetrio, C. G. B. and Firth, D. (1999). Estimating intraclass correlation for binary data.
       Biometrics, 55(1), 137-148. https://doi.org/10.1111/j.0006-341X.1999.00137.x

    Examples
    --------
    >>> made = campaign_trial(20, 25, effect=0.1, attendance=0.8, seed=1)
    >>> made.frame.shape, round(made.truth["intention_to_treat"], 3)
    ((500, 7), 0.08)
    """
    clusters, size = whole_number("clusters", clusters, low=4), whole_number("size", size, low=2)
    in_range("baseline", baseline, 0, 1, open_ends=True)
    if not 0 < baseline + effect < 1:
        raise SpecificationError(f"effect == {effect!r}, must keep baseline + effect between 0 and 1 (both excluded)")
    for name, value in {"attendance": attendance, "lost": lost}.items():
        in_range(name, value, 0, 1)
    if in_range("icc", icc, 0, 1) == 1:
        raise SpecificationError(f"icc == {icc!r}, must be below 1")
    rng = generator(seed)
    campaign = np.zeros(clusters, dtype=np.int8)
    campaign[shuffled(rng, clusters)[: clusters // 2]] = 1
    sizes = np.maximum(poissons(rng, np.full(clusters, float(size))), 2) if vary_size else np.full(clusters, size)
    village = np.repeat(np.arange(clusters), sizes)
    attended = bernoulli(rng, attendance * campaign[village].astype(float))
    shares = _village_shares(rng, clusters, (baseline, baseline + effect), icc)
    knows = bernoulli(rng, shares[village, attended])
    frame = _frame(rng, village, campaign, attended, baseline)
    frame["knows_signs"] = pd.arrays.IntegerArray(knows, rng.random(len(knows)) < lost)
    truth = {
        "intention_to_treat": effect * attendance,
        "effect_of_attending": effect,
        "icc": icc,
        "baseline": baseline,
        "design_effect": 1 + (size - 1) * icc,
    }
    return Synthetic(name="campaign_trial", frame=frame, truth=truth, seed=recorded_seed(seed))


def _village_shares(rng: np.random.Generator, clusters: int, means: tuple[float, float], icc: float) -> Floats:
    """Draw the share of each village that knows, without and with the campaign, at one place in both distributions."""
    place = uniforms(rng, clusters)
    return np.column_stack([betas(place, np.full(clusters, mean), icc) for mean in means])


def _frame(
    rng: np.random.Generator, village: Integers, campaign: NDArray[np.int8], attended: NDArray[np.int8], baseline: float
) -> pd.DataFrame:
    """Lay out villages and respondents."""
    n, width = len(village), len(str(len(campaign)))
    names = np.array([f"v{i:0{width}d}" for i in range(1, len(campaign) + 1)])
    return pd.DataFrame(
        {
            "village": names[village],
            "campaign": campaign[village],
            "attended": attended,
            "woman": bernoulli(rng, np.full(n, 0.52)),
            "age": 18 + (rng.random(n) * 42).astype(np.int64),
            "knew_before": bernoulli(rng, np.full(n, baseline)),
        }
    )
