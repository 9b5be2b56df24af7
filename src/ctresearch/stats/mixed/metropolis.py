"""Random walks through a density of few dimensions, several at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Advance = Callable[[Floats, Floats, Floats, Floats], tuple[Floats, Floats]]

_AT_ONCE = 250  # draws for which noise is made at a time
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
    advance: Advance | None = None,
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
    advance : callable, optional
        Takes many steps at once, as :func:`stepping` does, where the target is compiled.

    Returns
    -------
    Walks
        Draws, chain by chain. Jumps are fixed after the warm-up, so the walk has the target for its law.
    """
    chains, size = start.shape
    step = stepping(target) if advance is None else advance
    here, density = start, target(start)
    jump, reach = np.eye(size) * 0.3, 1.0
    seen: list[Floats] = []
    for _ in range(warm_up // _LEARN):
        visited, density = step(here, density, *_noise(random, (_LEARN, chains, size), reach * jump))
        seen.append(visited)
        moved = (np.diff(visited, axis=0, prepend=here[None]) != 0).any(axis=2)
        here = visited[-1]
        reach *= float(np.exp(2 * (moved.mean() - _WANTED)))
        jump, reach = _learnt(seen, jump, reach)
    kept = np.empty((chains, draws, size))
    done, taken = 0, 0.0
    while done < draws:
        some = min(_AT_ONCE, draws - done)
        visited, density = step(here, density, *_noise(random, (some * thin, chains, size), reach * jump))
        taken += float((np.diff(visited, axis=0, prepend=here[None]) != 0).any(axis=2).sum())
        here = visited[-1]
        kept[:, done : done + some] = visited[thin - 1 :: thin].transpose(1, 0, 2)
        done += some
    return Walks(kept, taken / (draws * thin * chains))


def stepping(target: Callable[[Floats], Floats]) -> Advance:
    """Return what takes many steps through a target.

    Parameters
    ----------
    target : callable
        As :func:`walk` takes it.

    Returns
    -------
    callable
        Of points, their log densities, jumps, shape (steps, chains, dimensions), and logarithms of uniform numbers,
        shape (steps, chains): returns all points that were visited and the last densities.
    """

    def advance(here: Floats, density: Floats, jumps: Floats, logs: Floats) -> tuple[Floats, Floats]:
        here, density = here.copy(), density.copy()
        visited = np.empty(jumps.shape)
        for i, (jump, log) in enumerate(zip(jumps, logs, strict=True)):
            there = target(here + jump)
            moved = log < there - density
            here[moved] += jump[moved]
            density[moved] = there[moved]
            visited[i] = here
        return visited, density

    return advance


def _noise(random: np.random.Generator, shape: tuple[int, int, int], jump: Floats) -> tuple[Floats, Floats]:
    """Draw jumps and the logarithms of uniform numbers."""
    return random.standard_normal(shape) @ jump.T, np.log(random.random(shape[:2]))


def _learnt(seen: list[Floats], jump: Floats, reach: float) -> tuple[Floats, float]:
    """Return the factor of jumps that have the shape of what was seen lately."""
    if len(seen) % 4:
        return jump, reach
    late = np.concatenate(seen[len(seen) // 2 :]).reshape(-1, len(jump))
    spread = np.atleast_2d(np.cov(late.T)) + 1e-8 * np.eye(late.shape[1])
    new = np.asarray(np.linalg.cholesky(spread), dtype=np.float64)
    same = float(np.exp(np.log(np.diag(jump)).mean() - np.log(np.diag(new)).mean()))
    return new, reach * same
