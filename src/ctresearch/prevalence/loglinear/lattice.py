"""The hierarchical models of up to six lists as a lattice of bit masks, for a search that need not write all down."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from ctresearch.prevalence.lists.cells import Array, canonical_order, members
from ctresearch.prevalence.loglinear.model_terms import interactions

_SIX_LISTS = {3: 3_702_013, 4: 7_741_776, 5: 7_785_061}


class Lattice(NamedTuple):
    """Models of terms up to an order, as masks: bit ``t`` stands for term ``t``.

    ``terms`` (P,) all terms in canonical order; ``within`` (C,) the mask of a term and all it contains; ``beyond``
    (C,) that of all terms that contain it, but for itself; ``least`` the mask of main effects; ``most`` that of all
    terms.
    """

    terms: Array
    within: Array
    beyond: Array
    least: np.uint64
    most: np.uint64


@cache
def lattice(lists: int, order: int) -> Lattice:
    """Return the lattice of the models that hold all main effects and no term beyond an order.

    Parameters
    ----------
    lists : int
        Number of lists, at most 6.
    order : int
        Largest number of lists that a term may link.

    Returns
    -------
    Lattice
        Its masks.

    Examples
    --------
    >>> lattice(3, 2).terms.tolist()
    [0, 1, 2, 4, 3, 5, 6]
    """
    cells = range(1 << lists)
    terms = np.array([t for t in cells if t.bit_count() <= order], dtype=np.int64)
    return Lattice(
        terms=terms[canonical_order(terms, lists)],
        within=np.array([sum(1 << s for s in cells if s & t == s) for t in cells], dtype=np.uint64),
        beyond=np.array([sum(1 << s for s in cells if s & t == t and s != t) for t in cells], dtype=np.uint64),
        least=np.uint64(1 | sum(1 << (1 << i) for i in range(lists))),
        most=np.uint64(sum(1 << int(t) for t in terms)),
    )


def count_models(lists: int, order: int) -> int:
    """Count the models of a lattice.

    Parameters
    ----------
    lists, order : int
        As for :func:`lattice`.

    Returns
    -------
    int
        How many there are. All of six lists are the simplicial complexes on six points but the full one.

    References
    ----------
    .. [1] The On-Line Encyclopedia of Integer Sequences, A307249. https://oeis.org/A307249

    Examples
    --------
    >>> count_models(6, 5)
    7785061
    """
    from ctresearch.prevalence.loglinear.hierarchy import MAX_LISTS, all_models

    return _SIX_LISTS[order] if lists == MAX_LISTS and order in _SIX_LISTS else len(all_models(lists, order))


def mask_of(terms: Array) -> int:
    """Return the mask of some terms.

    Parameters
    ----------
    terms : numpy.ndarray
        Patterns below 64.

    Returns
    -------
    int
        Bit ``t`` stands for term ``t``.

    Examples
    --------
    >>> mask_of(np.array([0, 1, 2]))
    7
    """
    return sum(1 << int(term) for term in terms)


def model_place(mask: int, lists: int) -> int:
    """Return a number that sorts models as :func:`ctresearch.prevalence.loglinear.hierarchy.all_models` lists them.

    Parameters
    ----------
    mask : int
        A model.
    lists : int
        Number of lists.

    Returns
    -------
    int
        Its pairs of lists as binary digits, then its triples, and so on.

    Examples
    --------
    >>> sorted([0b11111, 0b10111], key=lambda mask: model_place(mask, 3))
    [23, 31]
    """
    place = 0
    for size in range(2, lists):
        faces = [t for t in interactions(lists, size).tolist() if len(members(t)) == size]
        place = place << len(faces) | sum((mask >> t & 1) << i for i, t in enumerate(faces))
    return place
