"""Questions asked of every estimate from samples that follow links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.prevalence.traced.linked_samples import LinkedSamples
    from ctresearch.prevalence.traced.overlap import Overlap
    from ctresearch.prevalence.traced.reorderings import Walk

    Array = NDArray[Any]

# Robson and Regier (1964): with seven people in common or more the bias of the ratio is negligible.
_FEW = 7
_UNLIKELY = 0.05


def check_common(several: int, common: Array) -> Check:
    """Say whether enough people are in two samples.

    Parameters
    ----------
    several : int
        Rows of people beyond their first.
    common : numpy.ndarray
        People in common among those met at random, by draw of the orders.

    Returns
    -------
    Check
        Fails, and voids, where no order has anybody in common: the size then has no upper limit.
    """
    said = say("{n} person was met again.", many="{n} people were met again.", n=several)
    if not common.any():
        more = say("{said} In no order is anybody met at random twice, so that there is no upper limit.", said=said)
        return Check("overlap", "fail", more, {"overlap": several}, voids=True)
    if several >= _FEW:
        return Check("overlap", "pass", said, {"overlap": several})
    more = say("{said} With fewer than {few} the estimate leans on single people.", said=said, few=_FEW)
    return Check("overlap", "review", more, {"overlap": several})


def check_orders(walks: Sequence[Sequence[Walk]]) -> Check:
    """Say whether there are other orders.

    Parameters
    ----------
    walks : sequence of sequence of Walk
        By sample and chain.

    Returns
    -------
    Check
        Review where a sample has none: following links then added nothing.
    """
    moved = [any((one.initial != chain[0].initial[0]).any() for one in chain) for chain in walks]
    numbers = {"samples": len(moved), "moved": sum(moved)}
    said = say(
        "In {moved} of {samples} samples others than those observed could have been met at random.",
        moved=sum(moved),
        samples=len(moved),
    )
    if all(moved):
        return Check("orders", "pass", said, numbers)
    more = say("{said} Where nobody else could, following links adds nothing to the estimate.", said=said)
    return Check("orders", "review", more, numbers)


def check_start(samples: LinkedSamples, walks: Sequence[Sequence[Walk]], observed: Overlap, common: Array) -> Check:
    """Say whether those who were met at random look like a draw of the orders that tracing allows.

    If samples started at random and links were followed as was said, the observed order is one more draw. Two figures
    are held against the others: how many people those met at random know on average, and how many of them were met
    twice.

    Parameters
    ----------
    samples : LinkedSamples
        The samples.
    walks : sequence of sequence of Walk
        By sample and chain.
    observed : Overlap
        Of the people who were met at random.
    common : numpy.ndarray
        People in common among those met at random, by draw of the orders.

    Returns
    -------
    Check
        Review where twice the smaller of both p-values is below one in twenty.
    """
    known = np.concatenate(
        [
            sum(one.initial @ sample.degree for one, sample in zip(chain, samples.samples, strict=True))
            for chain in zip(*walks, strict=True)
        ]
    )
    there = sum(float(sample.degree[: sample.initial].sum()) for sample in samples.samples)
    chances = [_two_sided(known, there), _two_sided(common, float(observed.common[0]))]
    chance = min(1.0, 2 * min(chances))
    met = sum(sample.initial for sample in samples.samples)
    numbers = {"p_value": chance, "degree": there / met, "degree_of_orders": float(known.mean()) / met}
    said = say(
        "People met at random know {there:.1f} others on average, {known:.1f} in the orders that tracing allows "
        "(p {chance:.2g})",
        there=numbers["degree"],
        known=numbers["degree_of_orders"],
        chance=chance,
    )
    if chance >= _UNLIKELY:
        return Check("start", "pass", say("{said}.", said=said), numbers)
    more = say("{said}: they were not met at random, or links were followed in another way.", said=said)
    return Check("start", "review", more, numbers)


def check_error(variance: float, whole: float) -> Check:
    """Say whether the variance could be told.

    Parameters
    ----------
    variance : float
        The difference of both parts.
    whole : float
        Its first part.

    Returns
    -------
    Check
        Review where the difference is not above zero.
    """
    numbers = {"variance": variance, "first_part": whole}
    if variance > 0:
        said = say("Averaging over orders leaves {share:.0%} of the variance.", share=variance / whole)
        return Check("error", "pass", said, numbers)
    said = say("The variance left by averaging over orders is not above zero; that before it stands in its place.")
    return Check("error", "review", said, numbers)


def _two_sided(drawn: Array, observed: float) -> float:
    """Return the chance that a draw lies as far out as what was observed, which counts as a draw."""
    above = (1 + float((drawn >= observed).sum())) / (1 + drawn.size)
    below = (1 + float((drawn <= observed).sum())) / (1 + drawn.size)
    return min(1.0, 2 * min(above, below))
