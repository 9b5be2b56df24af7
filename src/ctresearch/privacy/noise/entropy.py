"""Where the randomness of protection comes from: the operating system, never a seed.

Whoever knows a seed can draw the same numbers and take the noise away again. A seed is therefore for tests only, and
everything drawn from one says so and is refused by the gate.
"""

from __future__ import annotations

import random

from ctresearch.core.check import Check
from ctresearch.core.validate import whole_number


def entropy(seed: int | None = None) -> random.Random:
    """Return a source of exactly uniform whole numbers.

    Parameters
    ----------
    seed : int, optional
        For tests; ``None`` draws from the operating system.

    Returns
    -------
    random.Random
        Its ``randrange`` draws without bias.

    Raises
    ------
    SpecificationError
        If the seed is no whole number of at least 0.

    Examples
    --------
    >>> entropy(1).randrange(10) == entropy(1).randrange(10)
    True
    """
    if seed is None:
        return random.SystemRandom()
    return random.Random(whole_number("seed", seed, low=0))  # noqa: S311 - for tests, and marked as such


def entropy_check(seed: int | None) -> Check:
    """Say whether what was drawn protects anyone.

    Parameters
    ----------
    seed : int or None
        As given to :func:`entropy`.

    Returns
    -------
    Check
        Named ``"entropy"``; the gate refuses what failed it.

    Examples
    --------
    >>> entropy_check(None).status, entropy_check(1).status
    ('pass', 'fail')
    """
    if seed is None:
        return Check("entropy", "pass", "Drawn from the operating system's entropy, once.")
    return Check("entropy", "fail", "Drawn from a seed, so it can be taken away again: not private, for tests only.")
