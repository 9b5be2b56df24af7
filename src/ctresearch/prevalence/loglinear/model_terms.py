"""Hierarchical models as sets of terms: reading, writing and completing them.

A model is written by its generators, the terms that no other term of it contains: ``[12,13,23]`` has all pairs of
three lists, ``[123,4]`` all interactions of the first three lists and the fourth list by itself. Every list has its
main effect in every model.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.cells import shown
from ctresearch.core.errors import SpecificationError
from ctresearch.prevalence.lists.cells import Array, canonical_order, members, set_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DIGITS = 9


def complete(generators: Iterable[int], lists: int) -> Array:
    """Return the terms of the smallest hierarchical model with these generators and all main effects.

    Parameters
    ----------
    generators : iterable of int
        Patterns of lists.
    lists : int
        Number of lists.

    Returns
    -------
    numpy.ndarray
        Terms in canonical order, the intercept first.

    Examples
    --------
    >>> complete([3], 3).tolist()
    [0, 1, 2, 4, 3]
    """
    terms = {0, *(1 << i for i in range(lists))}
    for generator in generators:
        subset = generator
        while subset:
            terms.add(subset)
            subset = (subset - 1) & generator
    found = np.array(sorted(terms), dtype=np.int64)
    return found[canonical_order(found, lists)]


def interactions(lists: int, order: int) -> Array:
    """Return all terms that link two to ``order`` lists, in canonical order.

    Parameters
    ----------
    lists, order : int
        Number of lists, and how many of them a term may link.

    Returns
    -------
    numpy.ndarray
        Patterns.

    Examples
    --------
    >>> interactions(3, 2).tolist()
    [3, 5, 6]
    """
    from itertools import combinations

    return np.array(
        [sum(1 << i for i in c) for size in range(2, order + 1) for c in combinations(range(lists), size)],
        dtype=np.int64,
    )


def can_enter(terms: Array, candidates: Array) -> Array:
    """Return the candidates whose addition keeps a model hierarchical.

    Parameters
    ----------
    terms : numpy.ndarray
        Terms of the model.
    candidates : numpy.ndarray
        Patterns that may be added.

    Returns
    -------
    numpy.ndarray
        Those that are not in the model while all terms one list smaller are, in the order they came.

    Examples
    --------
    >>> can_enter(np.array([0, 1, 2, 4, 3]), np.array([3, 5, 6, 7])).tolist()
    [5, 6]
    """
    there = set(terms.tolist())
    return np.array(
        [c for c in candidates.tolist() if c not in there and all(c ^ (1 << i) in there for i in members(c))],
        dtype=np.int64,
    )


def generators_of(terms: Array) -> Array:
    """Return the terms that no other term contains, the largest first.

    Parameters
    ----------
    terms : numpy.ndarray
        Terms of a hierarchical model in canonical order.

    Returns
    -------
    numpy.ndarray
        Generators, in the order in which a model is written.

    Examples
    --------
    >>> generators_of(complete([6], 3)).tolist()
    [6, 1]
    """
    contained = ((terms[:, None] & terms[None, :]) == terms[:, None]) & (terms[:, None] != terms[None, :])
    top = terms[~contained.any(axis=1)]
    ordered: Array = top[np.argsort(-set_size(top), kind="stable")]
    return ordered


def write_model(terms: Array, lists: Sequence[str]) -> str:
    """Write a model by its generators.

    Parameters
    ----------
    terms : numpy.ndarray
        Terms of a hierarchical model in canonical order.
    lists : sequence of str
        Names of the lists; up to nine are written as digits, more by their names.

    Returns
    -------
    str
        Such as ``"[12,3]"`` or, for ten lists and more, ``"[A:B,C,...]"``.

    Examples
    --------
    >>> write_model(complete([3], 3), ["police", "charity", "court"])
    '[12,3]'
    """
    return "[" + ",".join(write_term(int(g), lists) for g in generators_of(terms)) + "]"


def write_term(term: int, lists: Sequence[str]) -> str:
    """Write one term as :func:`write_model` does.

    Parameters
    ----------
    term : int
        Pattern of lists.
    lists : sequence of str
        Names of the lists.

    Returns
    -------
    str
        Digits, or names joined by colons.

    Examples
    --------
    >>> write_term(5, ["a", "b", "c"])
    '13'
    """
    if len(lists) <= DIGITS:
        return "".join(str(i + 1) for i in members(term))
    return ":".join(lists[i] for i in members(term))


def numbered(lists: Sequence[str]) -> tuple[str, ...]:
    """Name lists by their numbers, for an error: names may be cells of the table they come from.

    Parameters
    ----------
    lists : sequence of str
        Names of the lists.

    Returns
    -------
    tuple of str
        Their numbers, from 1.

    Examples
    --------
    >>> numbered(["police", "charity"])
    ('1', '2')
    """
    return tuple(str(place) for place in range(1, len(lists) + 1))


def read_model(model: str | Sequence[str], lists: Sequence[str]) -> Array:
    """Read a model that a user wrote.

    Parameters
    ----------
    model : str or sequence of str
        Generators as ``"[12,13,23]"``, or terms by the names of lists as ``"[A:B,C]"`` or ``["A", "B", "A:B"]``.
    lists : sequence of str
        Names of the lists.

    Returns
    -------
    numpy.ndarray
        All terms of the model in canonical order.

    Raises
    ------
    SpecificationError
        If it does not parse, names an unknown list or leaves a list out.

    Examples
    --------
    >>> read_model("[12,3]", ["A", "B", "C"]).tolist() == read_model(["A:B", "C"], ["A", "B", "C"]).tolist()
    True
    """
    words = split_model(model)
    by_number = isinstance(model, str) and len(lists) <= DIGITS and words[0].isdecimal()
    terms = [_read_digits(w, len(lists)) if by_number else _read_names(w, lists) for w in words]
    seen = 0
    for term in terms:
        seen |= term
    left_out = [i + 1 for i in range(len(lists)) if not seen >> i & 1]
    if left_out:
        raise SpecificationError(
            f"model == {shown(model)} leaves out list {left_out[0]} of {len(lists)}; every list has a main effect: name"
            " it at least by itself"
        )
    return complete(terms, len(lists))


def read_term(word: str, lists: Sequence[str]) -> int:
    """Read one interaction that a user wrote.

    Parameters
    ----------
    word : str
        Names of lists joined by colons, or numbers of lists in digits.
    lists : sequence of str
        Names of the lists.

    Returns
    -------
    int
        Pattern of the lists.

    Raises
    ------
    SpecificationError
        If it does not parse or names an unknown list.

    Examples
    --------
    >>> read_term("police:court", ["police", "charity", "court"]), read_term("13", ["police", "charity", "court"])
    (5, 5)
    """
    by_number = word.isdecimal() and len(lists) <= DIGITS and word not in lists
    return _read_digits(word, len(lists)) if by_number else _read_names(word, lists)


def given_model(select: str, model: Any) -> str | tuple[str, ...] | None:
    """Check that a model is given when, and only when, it is fixed.

    Parameters
    ----------
    select : str
        How the model is chosen.
    model : str or sequence of str, optional
        What the user gave.

    Returns
    -------
    str, tuple of str or None
        The model, to be read when the table is known.

    Raises
    ------
    SpecificationError
        If there is a model that would not be used, none that is needed, or it cannot be split into terms.

    Examples
    --------
    >>> given_model("fixed", ["A", "B", "A:B"])
    ('A', 'B', 'A:B')
    """
    if select == "fixed":
        if model is None:
            raise SpecificationError(f"select == {select!r} needs a model, such as model='[12,13,23]'")
        split_model(model)
        return model if isinstance(model, str) else tuple(model)
    if model is not None:
        raise SpecificationError(f"model == {model!r} goes with select='fixed', not with select={select!r}")
    return None


def split_model(model: str | Sequence[str]) -> list[str]:
    """Split a model into its terms, before any table is known.

    Parameters
    ----------
    model : str or sequence of str
        What the user gave.

    Returns
    -------
    list of str
        The terms as written.

    Raises
    ------
    SpecificationError
        If it is neither text in brackets nor a list of terms.

    Examples
    --------
    >>> split_model("[12, 3]")
    ['12', '3']
    """
    if isinstance(model, str):
        inside = re.fullmatch(r"\s*\[(.+)\]\s*", model)
        words = inside[1].split(",") if inside else []
    else:
        words = list(model) if isinstance(model, (list, tuple)) else []
    if not words or not all(isinstance(word, str) and word.strip() for word in words):
        raise SpecificationError(
            f"model == {shown(model)}, must be generators in digits such as '[12,13,23]' or, for ten lists and more, "
            "terms by name such as ['A', 'B', 'A:B']"
        )
    return [word.strip() for word in words]


def _read_digits(word: str, lists: int) -> int:
    """Read one generator in digits."""
    if not re.fullmatch("[1-9]+", word):
        raise SpecificationError(f"model names {word!r}, must be numbers of lists from 1 to {lists}, as in '[12,3]'")
    beyond = [digit for digit in word if int(digit) > lists]
    if beyond:
        raise SpecificationError(f"model names list {beyond[0]} in the term {word!r}, but the table has {lists} lists")
    if len(set(word)) < len(word):
        raise SpecificationError(f"model names a list twice in the term {word!r}")
    return sum(1 << (int(digit) - 1) for digit in word)


def _read_names(word: str, lists: Sequence[str]) -> int:
    """Read one term by the names of its lists."""
    names = [word] if word in lists else [name.strip() for name in word.split(":")]
    unknown = [name for name in names if name not in lists]
    if unknown:
        raise SpecificationError(
            f"model names {unknown[0]!r} in the term {word!r}, which is none of the {len(lists)} lists; "
            "write '[12,3]' with their numbers or ['A:B', 'C'] with their names"
        )
    if len(set(names)) < len(names):
        raise SpecificationError(f"model names a list twice in the term {word!r}")
    return sum(1 << list(lists).index(name) for name in names)
