"""Whether a model that puts unseen ties in can be relied on, from what it makes of the ties that were seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Table = NDArray[np.uint8]

_UNLIKELY = 0.1
_ROUNDING = 1e-12  # shares are ratios of whole numbers below ten to the eight: closer ones are equal


def check_ties(seen: Table) -> Check:
    """Say whether enough ties were seen to learn from.

    Parameters
    ----------
    seen : numpy.ndarray
        Symmetric ties, shape (N, N).

    Returns
    -------
    Check
        Failed without any tie, under review with fewer than half as many as actors.

    Examples
    --------
    >>> check_ties(np.zeros((3, 3), np.uint8)).status
    'fail'
    """
    ties = int(seen.sum()) // 2
    if ties == 0:
        return Check(
            "ties", "fail", "No tie was seen: nothing can be learnt about those that were not.", {"ties": 0}, voids=True
        )
    enough = ties >= len(seen) / 2
    return Check(
        "ties",
        "pass" if enough else "review",
        say("{ties} ties were seen among {actors} actors.", ties=ties, actors=len(seen))
        if enough
        else say(
            "{ties} ties were seen among {actors} actors: the model has little to learn from.",
            ties=ties,
            actors=len(seen),
        ),
        {"ties": ties},
    )


def check_triangles(seen: float, anew: Floats, model: str = "blocks") -> Check:
    """Say whether a model makes as many triangles as were seen.

    Parameters
    ----------
    seen : float
        Share of triples with two ties that have the third, in what was seen.
    anew : numpy.ndarray
        The same in networks drawn from the model and thinned as the one that was seen, shape (networks,).
    model : {"blocks", "shared partners"}
        Where they were drawn from.

    Returns
    -------
    Check
        Under review if fewer than one in ten of the networks close as many triples, or, for shared partners, as few.

    Examples
    --------
    >>> check_triangles(0.5, np.array([0.1, 0.2])).status, check_triangles(0.2, np.array([0.1, 0.2])).status
    ('review', 'pass')
    """
    there = anew[np.isfinite(anew)]
    if np.isnan(seen) or not len(there):
        return Check("triangles", "pass", "No actor has two ties: there is no triangle to compare.")
    share = float((there >= seen - _ROUNDING).mean())
    numbers = {"seen": seen, "model": float(there.mean()), "share": share}
    if model != "blocks":
        return _check_closure(min(share, float((there <= seen + _ROUNDING).mean())), numbers)
    if share >= _UNLIKELY:
        return Check(
            "triangles",
            "pass",
            "Blocks make about as many triangles as were seen; a small lack of them would not show.",
            numbers,
        )
    message = say(
        "Of triples with two ties {seen:.0%} are closed, of those that the blocks make {made:.0%}: "
        "ties hang together beyond the blocks, and the intervals of transitivity and efficiency are "
        "too narrow; take model='shared partners'.",
        seen=seen,
        made=there.mean(),
    )
    return Check("triangles", "review", message, numbers)


def _check_closure(share: float, numbers: dict[str, float]) -> Check:
    """Say whether shared partners close as many triples as were seen, neither many more nor many fewer."""
    told = say(
        "Of triples with two ties {seen:.0%} are closed, of those the model makes {made:.0%}",
        seen=numbers["seen"],
        made=numbers["model"],
    )
    if share >= _UNLIKELY / 2:
        return Check("triangles", "pass", say("{told}, when thinned alike.", told=told), numbers)
    message = say(
        "{told}: ties hang together in a way that shared partners do not make; do not rely on transitivity.", told=told
    )
    return Check("triangles", "review", message, numbers)
