"""All hierarchical models of a few lists, as bit masks of terms.

Bit ``t`` of a mask says that term ``t`` is in the model, so up to six lists fit into 64 bits. There are 8 models of
three lists with pairs, 113 of four lists up to triples, 6,212 of five lists up to triples and 6,893 up to fours, and
32,768 of six lists with pairs.
"""

from __future__ import annotations

from functools import cache
from itertools import compress

import numpy as np

from ctresearch.prevalence.lists.cells import Array, canonical_order, members, set_size
from ctresearch.prevalence.loglinear.model_terms import interactions, write_term

MAX_LISTS = 6


@cache
def all_models(lists: int, order: int) -> Array:
    """Enumerate the hierarchical models that hold all main effects and no term beyond an order.

    Parameters
    ----------
    lists : int
        Number of lists, at most 6.
    order : int
        Largest number of lists that a term may link.

    Returns
    -------
    numpy.ndarray
        One 64-bit mask a model, shape (models,), read-only.

    Examples
    --------
    >>> [len(all_models(*n)) for n in ((3, 2), (4, 3), (5, 3), (5, 4), (6, 2))]
    [8, 113, 6212, 6893, 32768]
    """
    models = np.array([1 | sum(1 << (1 << i) for i in range(lists))], dtype=np.uint64)
    for size in range(2, order + 1):
        faces = [t for t in interactions(lists, size).tolist() if t.bit_count() == size]
        sides = [np.uint64(sum(1 << (t ^ (1 << i)) for i in members(t))) for t in faces]
        allowed = np.array([(models & side) == side for side in sides]).T.reshape(len(models), len(faces))
        models = np.concatenate([_with_any(m, ok, faces) for m, ok in zip(models, allowed, strict=True)])
    models.setflags(write=False)
    return models


@cache
def model_names(lists: int, order: int) -> tuple[str, ...]:
    """Write the generators of every model of :func:`all_models`.

    Parameters
    ----------
    lists, order : int
        As in :func:`all_models`.

    Returns
    -------
    tuple of str
        Names in the same order.

    Examples
    --------
    >>> model_names(3, 2)[-1]
    '[12,13,23]'
    """
    models = all_models(lists, order)
    terms = np.array([1 << i for i in range(lists)] + interactions(lists, order).tolist(), dtype=np.int64)
    terms = terms[np.argsort(-set_size(terms), kind="stable")]
    above = [np.uint64(sum(1 << int(o) for o in terms if o != t and o & t == t)) for t in terms]
    is_top = np.array(
        [
            (models >> np.uint64(t) & np.uint64(1)).astype(bool) & ((models & a) == 0)
            for t, a in zip(terms, above, strict=True)
        ]
    ).T
    words = [write_term(int(t), [""] * lists) for t in terms]
    return tuple("[" + ",".join(compress(words, row)) + "]" for row in is_top.tolist())


def mask_terms(mask: int) -> Array:
    """Return the terms of one mask.

    Parameters
    ----------
    mask : int
        A model of :func:`all_models`.

    Returns
    -------
    numpy.ndarray
        Patterns in canonical order.

    Examples
    --------
    >>> mask_terms(0b11111).tolist()
    [0, 1, 2, 4, 3]
    """
    terms = np.array(members(int(mask)), dtype=np.int64)
    return terms[canonical_order(terms, MAX_LISTS)]


def _with_any(model: np.uint64, allowed: Array, faces: list[int]) -> Array:
    """Return a model with every subset of the faces it may take on."""
    grown = np.array([model], dtype=np.uint64)
    for face, ok in zip(faces, allowed, strict=True):
        if ok:
            grown = np.concatenate([grown, grown | np.uint64(1 << face)])
    return grown
