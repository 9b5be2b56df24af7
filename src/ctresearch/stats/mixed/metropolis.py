"""Random walks through a density of few dimensions, several at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_LEARN = 50  # steps between two looks at how far to jump
_WANTED = 0.3  # share of jumps taken that is best in few dimensions (Roberts, Gelman and Gilks 1997 give .23 to .44)


@dataclass(frozen=True, slots=True)
class Walks:
    """What was visited.

    Parameters
    ----------
    draws : numpy.ndarray
        Shape (chains, draws, dimensions).
    taken : float
        Share of jumps taken once the walks had learnt how far to jump.
    """

    draws: Floats
    taken: float


def walk(
    target: Callable[[Floats], Floats],
    start: Floats,
    random: np.random.Generator,
    *,
    draws: int,
    thin: int,
    warm_up: int = 1_500,
) -> Walks:
    """Walk, learning how far to jump in a warm-up that is thrown away.

    Parameters
    ----------
    target : callable
        Log density of points, shape (chains, dimensions), up to a constant; ``-inf`` where there is none.
    start : numpy.ndarray
        Where each walk starts, apart from each other, shape (chains, dimensions).
    random : numpy.random.Generator
        The stream.
    draws, thin : int
        Draws kept of each chain, one in ``thin``.
    warm_up : int
        Steps before these.

    Returns
    -------
    Walks
        Draws, chain by chain. Jumps are fixed after the warm-up, so the walk has the target for its law.
    """
    chains, size = start.shape
    here, density = start.copy(), target(start)
    jump, reach = np.eye(size) * 0.3, 1.0
    seen: list[Floats] = []
    kept = np.empty((chains, draws, size))
    taken = recent = 0.0
    for step in range(warm_up + draws * thin):
        new = here + reach * random.standard_normal(here.shape) @ jump.T
        there = target(new)
        moved = np.log(random.random(chains)) < there - density
        here[moved], density[moved] = new[moved], there[moved]
        if step < warm_up:
            seen.append(here.copy())
            recent += float(moved.mean())
            if (step + 1) % _LEARN == 0:
                reach *= float(np.exp(2 * (recent / _LEARN - _WANTED)))
                recent = 0.0
                jump, reach = _learnt(seen, jump, reach)
            continue
        taken += float(moved.mean())
        if (step - warm_up) % thin == thin - 1:
            kept[:, (step - warm_up) // thin] = here
    return Walks(kept, taken / (draws * thin))


def _learnt(seen: list[Floats], jump: Floats, reach: float) -> tuple[Floats, float]:
    """Return the factor of jumps that have the shape of what was seen lately."""
    if len(seen) % (4 * _LEARN):
        return jump, reach
    late = np.concatenate(seen[len(seen) // 2 :])
    spread = np.atleast_2d(np.cov(late.T)) + 1e-8 * np.eye(late.shape[1])
    new = np.asarray(np.linalg.cholesky(spread), dtype=np.float64)
    same = float(np.exp(np.log(np.diag(jump)).mean() - np.log(np.diag(new)).mean()))
    return new, reach * same
