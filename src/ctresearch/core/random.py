"""Seeds and independent streams.

Randomness enters through ``seed=`` and nowhere else: nothing uses numpy's global generator. A method that works in
parallel asks for one stream a chunk of work, so that the same seed gives the same bytes however many workers share
the chunks. Noise that protects privacy is the one exception and never comes from here.
"""

from __future__ import annotations

import numpy as np

from ctresearch.core.cells import shown
from ctresearch.core.errors import SpecificationError

Seed = int | np.random.SeedSequence


def seed_sequence(seed: Seed) -> np.random.SeedSequence:
    """Turn a seed into a fresh :class:`numpy.random.SeedSequence`.

    Parameters
    ----------
    seed : int or numpy.random.SeedSequence
        A non-negative whole number, or a sequence whose own state is left untouched.

    Returns
    -------
    numpy.random.SeedSequence
        A sequence that has spawned no children yet.

    Raises
    ------
    SpecificationError
        If ``seed`` is negative or of another type; ``None`` is refused, since such a result cannot be reproduced.

    Examples
    --------
    >>> seed_sequence(7).entropy
    7
    """
    if isinstance(seed, np.random.SeedSequence):
        return np.random.SeedSequence(seed.entropy, spawn_key=seed.spawn_key, pool_size=seed.pool_size)
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise SpecificationError(f"seed == {shown(seed)}, must be a whole number of at least 0 or a numpy SeedSequence")
    return np.random.SeedSequence(int(seed))


def recorded_seed(seed: Seed) -> int | None:
    """Return the whole number by which a seed is written into a record.

    Parameters
    ----------
    seed : int or numpy.random.SeedSequence
        What the user gave.

    Returns
    -------
    int or None
        The number, or the entropy of a sequence; ``None`` for a child of one, which a number alone cannot name.

    Examples
    --------
    >>> recorded_seed(np.int64(3)), recorded_seed(np.random.SeedSequence(4))
    (3, 4)
    """
    sequence = seed_sequence(seed)
    return int(sequence.entropy) if isinstance(sequence.entropy, int) and not sequence.spawn_key else None


def generator(seed: Seed) -> np.random.Generator:
    """Return one generator for work that is done in order.

    Parameters
    ----------
    seed : int or numpy.random.SeedSequence
        Where its stream starts.

    Returns
    -------
    numpy.random.Generator
        A PCG64 generator.

    Examples
    --------
    >>> bool(generator(7).random() == generator(7).random())
    True
    """
    return np.random.Generator(np.random.PCG64(seed_sequence(seed)))


def streams(seed: Seed, count: int) -> list[np.random.Generator]:
    """Return ``count`` independent generators, one for each chunk of parallel work.

    Parameters
    ----------
    seed : int or numpy.random.SeedSequence
        Where the streams start.
    count : int
        How many chunks there are; the number of workers plays no part.

    Returns
    -------
    list of numpy.random.Generator
        Stream ``i`` depends on ``seed`` and ``i`` alone.

    Examples
    --------
    >>> one, two = streams(7, 2)
    >>> bool(one.random() == two.random())
    False
    """
    return [np.random.Generator(np.random.PCG64(child)) for child in seed_sequence(seed).spawn(count)]
