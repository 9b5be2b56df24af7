"""Krippendorff's ordinal alpha for many samples at once: each sample ranks the codes anew, so this loop is compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@kernel
def ranked_parts(rows: Integers, categories: int, times: Floats) -> tuple[Floats, Floats]:
    """Return observed and expected agreement with Krippendorff's ordinal metric, for each sample.

    Parameters
    ----------
    rows : numpy.ndarray
        Shape (patterns, coders): codes from 0 in rising order, -1 for none; at least two a row.
    categories : int
        How many codes there are.
    times : numpy.ndarray
        Shape (samples, patterns): how often each pattern is in each sample.

    Returns
    -------
    tuple of numpy.ndarray
        Each of shape (samples,), relative to the greatest distance of two codes that were given.
    """
    samples, (patterns, coders) = len(times), rows.shape
    observed, expected = np.ones(samples), np.ones(samples)
    margins, ranks = np.empty(categories), np.empty(categories)
    for s in range(samples):
        margins[:] = 0.0
        for p in range(patterns):
            for c in range(coders):
                if rows[p, c] >= 0:
                    margins[rows[p, c]] += times[s, p]
        below, low, high, whole, first, second = 0.0, np.inf, -np.inf, 0.0, 0.0, 0.0
        for k in range(categories):
            ranks[k] = below + margins[k] / 2
            below += margins[k]
            if margins[k] > 0:
                low, high = min(low, ranks[k]), max(high, ranks[k])
        middle, span = (low + high) / 2, high - low
        if not span > 0:
            continue
        for k in range(categories):
            ranks[k] = (ranks[k] - middle) / span
            whole += margins[k]
            first += margins[k] * ranks[k]
            second += margins[k] * ranks[k] ** 2
        apart = 0.0
        for p in range(patterns):
            if times[s, p] > 0:
                held, own, square = 0, 0.0, 0.0
                for c in range(coders):
                    if rows[p, c] >= 0:
                        held += 1
                        own += ranks[rows[p, c]]
                        square += ranks[rows[p, c]] ** 2
                apart += times[s, p] * 2 * (held * square - own * own) / (held - 1)
        observed[s] = 1 - apart / whole
        expected[s] = 1 - 2 * (whole * second - first * first) / (whole * (whole - 1))
    return observed, expected
