"""Random numbers by inversion of uniforms, the same on every platform and with every version of numpy.

numpy promises the stream of its bit generators and not that of ``Generator.poisson`` and its like. So every number is
made from ``Generator.random`` alone, one uniform each, through the inverse of its distribution function.

References
----------
.. [1] Devroye, L. (1986). Non-Uniform Random Variate Generation. New York: Springer. Chapter 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

_HALF_STEP = 2.0**-54
_SUM_TOLERANCE = 1e-9


def uniforms(rng: np.random.Generator, shape: int | tuple[int, ...]) -> Floats:
    """Draw uniforms that are never 0 or 1.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    shape : int or tuple of int
        Shape of the answer.

    Returns
    -------
    numpy.ndarray
        Numbers strictly between 0 and 1.

    Examples
    --------
    >>> uniforms(np.random.Generator(np.random.PCG64(1)), 2).round(4)
    array([0.5118, 0.9505])
    """
    return rng.random(shape) + _HALF_STEP


def bernoulli(rng: np.random.Generator, probability: ArrayLike) -> NDArray[np.int8]:
    """Draw 0 or 1 for each probability.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    probability : array-like
        Probabilities of a 1, any shape.

    Returns
    -------
    numpy.ndarray
        0 and 1, in the shape of ``probability``.

    Examples
    --------
    >>> bernoulli(np.random.Generator(np.random.PCG64(1)), [0.0, 1.0]).tolist()
    [0, 1]
    """
    chance = np.asarray(probability, dtype=float)
    return (rng.random(chance.shape) < chance).astype(np.int8)


def categories(rng: np.random.Generator, probability: ArrayLike, size: int | None = None) -> Integers:
    """Draw the index of a category.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    probability : array-like
        One row of probabilities, shape (k,), with ``size``; or a row for each draw, shape (n, k).
    size : int, optional
        Number of draws from one row.

    Returns
    -------
    numpy.ndarray
        Indices from 0 to k - 1, shape (n,).

    Examples
    --------
    >>> categories(np.random.Generator(np.random.PCG64(1)), [0.0, 1.0], size=3).tolist()
    [1, 1, 1]
    """
    cumulative = np.cumsum(np.asarray(probability, dtype=float), axis=-1)
    last = cumulative.shape[-1] - 1
    if cumulative.ndim == 1:
        found = np.searchsorted(cumulative / cumulative[-1], rng.random(size), side="right")
    else:
        found = (rng.random(len(cumulative))[:, None] >= cumulative / cumulative[:, [-1]]).sum(axis=1)
    return np.asarray(np.minimum(found, last), dtype=np.int64)


def normals(rng: np.random.Generator, shape: int | tuple[int, ...]) -> Floats:
    """Draw standard normals.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    shape : int or tuple of int
        Shape of the answer.

    Returns
    -------
    numpy.ndarray
        Standard normal numbers.

    Examples
    --------
    >>> normals(np.random.Generator(np.random.PCG64(1)), 2).round(4)
    array([0.0296, 1.6494])
    """
    return np.asarray(special.ndtri(uniforms(rng, shape)), dtype=float)


def exponentials(rng: np.random.Generator, shape: int | tuple[int, ...]) -> Floats:
    """Draw from the exponential distribution of mean 1.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    shape : int or tuple of int
        Shape of the answer.

    Returns
    -------
    numpy.ndarray
        Positive numbers.

    Examples
    --------
    >>> exponentials(np.random.Generator(np.random.PCG64(1)), 2).round(4)
    array([0.7171, 3.005 ])
    """
    return np.asarray(-np.log1p(-uniforms(rng, shape)), dtype=float)


def gammas(rng: np.random.Generator, shape: float, size: int) -> Floats:
    """Draw from the gamma distribution of mean 1.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    shape : float
        Shape; the variance is its inverse.
    size : int
        Number of draws.

    Returns
    -------
    numpy.ndarray
        Positive numbers, shape (size,).

    Examples
    --------
    >>> gammas(np.random.Generator(np.random.PCG64(1)), 2.0, 2).round(4)
    array([0.8582, 2.3776])
    """
    return np.asarray(special.gammaincinv(shape, uniforms(rng, size)) / shape, dtype=float)


def betas(level: ArrayLike, mean: ArrayLike, correlation: float) -> Floats:
    """Turn uniforms into probabilities with beta distributions given by mean and intraclass correlation.

    Parameters
    ----------
    level : array-like
        Uniforms, shape (n,).
    mean : array-like
        Means, shape (n,).
    correlation : float
        Correlation of two outcomes that share a draw; 0 gives the means themselves.

    Returns
    -------
    numpy.ndarray
        Probabilities, shape (n,).

    Examples
    --------
    >>> betas([0.5, 0.9], [0.3, 0.3], 0.1).round(4)
    array([0.2847, 0.5004])
    """
    centre = np.asarray(mean, dtype=float)
    if correlation == 0:
        return centre
    size = (1 - correlation) / correlation
    return np.asarray(special.betaincinv(centre * size, (1 - centre) * size, level), dtype=float)


def poissons(rng: np.random.Generator, mean: ArrayLike) -> Integers:
    """Draw Poisson counts.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    mean : array-like
        Means of 0 or more, any shape.

    Returns
    -------
    numpy.ndarray
        Counts, in the shape of ``mean``.

    Examples
    --------
    >>> poissons(np.random.Generator(np.random.PCG64(1)), [2.0, 0.0]).tolist()
    [2, 0]
    """
    expected = np.asarray(mean, dtype=float)
    level = uniforms(rng, expected.shape)
    positive = np.maximum(expected, np.finfo(float).tiny)
    above = np.maximum(np.ceil(special.pdtrik(level, positive)), 0.0)
    above = np.where(np.isnan(above), 0.0, above)
    below = np.maximum(above - 1, 0.0)
    found = np.where(special.pdtr(below, positive) >= level, below, above)
    return np.where(expected == 0, 0, found).astype(np.int64)


def shuffled(rng: np.random.Generator, size: int) -> Integers:
    """Put the numbers from 0 to ``size - 1`` in random order.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    size : int
        How many.

    Returns
    -------
    numpy.ndarray
        A permutation, shape (size,); its first ``k`` are a sample without replacement.

    Examples
    --------
    >>> sorted(shuffled(np.random.Generator(np.random.PCG64(1)), 3).tolist())
    [0, 1, 2]
    """
    return np.argsort(rng.random(size), kind="stable")


def is_distribution(name: str, weights: Sequence[float]) -> Floats:
    """Return weights as an array if they are probabilities that add up to 1.

    Parameters
    ----------
    name : str
        Name of the option, for the message.
    weights : sequence of float
        What the user gave.

    Returns
    -------
    numpy.ndarray
        The probabilities.

    Raises
    ------
    SpecificationError
        If one is negative or they do not add up to 1.

    Examples
    --------
    >>> is_distribution("roles", [0.25, 0.75])
    array([0.25, 0.75])
    """
    values: Any = np.asarray(weights, dtype=float)
    usable = values.ndim == 1 and np.isfinite(values).all() and (values >= 0).all()
    if not usable or abs(values.sum() - 1) > _SUM_TOLERANCE:
        raise SpecificationError(f"{name} == {list(weights)}, must be probabilities that add up to 1")
    return np.asarray(values, dtype=float)
