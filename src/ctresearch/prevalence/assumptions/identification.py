"""What an identifying assumption says about people on no list, as a function of the cells of people who were seen.

One family holds the assumptions in use. Among people on none of some lists (``without``), and whatever further lists
they are on, a set of lists (``among``) has no interaction of all of them at once. With all lists in ``among`` that is
no highest-order interaction; with all others in ``without`` it is the conditional assumption; with none there, the
marginal one.

References
----------
.. [1] Aleshin-Guendel, S., Sadinle, M. and Wakefield, J. (2024). The central role of the identifying assumption in
   population size estimation. Biometrics 80, ujad028. https://doi.org/10.1093/biomtc/ujad028
.. [2] Dulce Rubio, M. and Kennedy, E. H. (2024). Population size estimation with many lists and heterogeneity: a
   conditional log-linear model among the unobserved. https://doi.org/10.48550/arXiv.2407.03539
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array


@dataclass(frozen=True, slots=True)
class Identification:
    """An assumption about K lists, k of which have no interaction of all of them.

    ``groups`` (2 ** K,) the group of each cell: its pattern on the k lists, or 2 ** k for people on a list of
    ``without``; ``signs`` (2 ** k + 1,) the power of each group in the number on no list, 0 for the first and the last;
    ``parity`` 1 if the assumed interaction multiplies that number, -1 if it divides it.
    """

    groups: Array
    signs: Array
    parity: int

    @property
    def divisors(self) -> Array:
        """Which groups the number on no list is divided by, shape (2 ** k + 1,)."""
        return np.asarray(self.signs < 0)


def identification(lists: int, among: int, without: int) -> Identification:
    """Write an assumption as groups of cells and their signs.

    Parameters
    ----------
    lists : int
        Number of lists, K.
    among, without : int
        Patterns of the lists without a common interaction, and of those that people are on none of.

    Returns
    -------
    Identification
        The assumption.

    Examples
    --------
    >>> found = identification(3, among=0b011, without=0b100)
    >>> found.groups.tolist(), found.signs.tolist(), found.parity
    ([0, 1, 2, 3, 4, 4, 4, 4], [0, 1, 1, -1, 0], 1)
    """
    cells = np.arange(1 << lists)
    places = [i for i in range(lists) if among >> i & 1]
    patterns = sum(((cells >> place & 1) << bit for bit, place in enumerate(places)), np.zeros_like(cells))
    size = 1 << len(places)
    groups = np.where(cells & without, size, patterns)
    signs = np.where(np.bitwise_count(np.arange(size)) & 1, 1, -1)
    signs[0] = 0
    return Identification(groups, np.append(signs, 0), -1 if len(places) & 1 else 1)


def grouped(counts: Array, by: Identification) -> Array:
    """Add people up by group.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** K,); the first is not used.
    by : Identification
        The assumption.

    Returns
    -------
    numpy.ndarray
        Shape (2 ** k + 1,).

    Examples
    --------
    >>> counts = np.array([0.0, 60, 40, 20, 30, 4, 8, 3])
    >>> grouped(counts, identification(3, 0b011, 0b100)).tolist()
    [0.0, 60.0, 40.0, 20.0, 45.0]
    """
    return np.bincount(by.groups[1:], weights=counts[1:], minlength=by.signs.size)


def identified(groups: Array, by: Identification, ratio: float = 1.0) -> tuple[Array, Array]:
    """Work out the number on no list.

    Parameters
    ----------
    groups : numpy.ndarray
        People, chances or weights by group, shape (..., 2 ** k + 1).
    by : Identification
        The assumption.
    ratio : float
        Exponential of the interaction assumed; 1 for none.

    Returns
    -------
    tuple of numpy.ndarray
        The number on none of ``among`` and ``without`` that the assumption asks for, and what is left of it for no
        list when those who were seen elsewhere are taken off, shape (...) each. The latter is negative where the
        assumption cannot hold; both are infinite or NaN where a divisor is empty.

    Examples
    --------
    >>> by = identification(3, 0b011, 0b100)
    >>> asked, left = identified(np.array([9.0, 60, 40, 20, 45]), by, ratio=2.0)
    >>> round(float(asked), 6), round(float(left), 6)
    (240.0, 231.0)
    """
    used = by.signs != 0
    with np.errstate(divide="ignore", invalid="ignore"):
        asked = np.exp(np.log(groups[..., used]) @ by.signs[used] + by.parity * np.log(ratio))
    return asked, asked - groups[..., 0]


def standard_error(groups: Array, by: Identification, asked: float) -> float:
    """Work out the standard error of the population by the delta method.

    Parameters
    ----------
    groups : numpy.ndarray
        People by group, all that are used above zero, shape (2 ** k + 1,).
    by : Identification
        The assumption.
    asked : float
        First value of :func:`identified`.

    Returns
    -------
    float
        Of the population, about its true size; that of the saturated log-linear model where no list is left out.

    Examples
    --------
    >>> by = identification(2, 0b11, 0)
    >>> groups = np.array([0.0, 60, 40, 20, 0])
    >>> round(standard_error(groups, by, 120.0), 3)
    37.947
    """
    used = by.signs != 0
    return float(np.sqrt(asked**2 * (1 / groups[used]).sum() + asked))
