"""Names of lists that differ in their spelling alone, or in a letter, as a slip of the pen makes them."""

from __future__ import annotations

import difflib
import itertools
from typing import TYPE_CHECKING

from ctresearch.core.names import name_key

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORT = 4  # shorter words differ in a letter as a rule: IOM and ICM, nord and nora


def near_names(names: Sequence[str]) -> list[tuple[int, int]]:
    """Find pairs of names that may be one.

    Parameters
    ----------
    names : sequence of str
        Names, each once.

    Returns
    -------
    list of tuple of int
        Places of pairs, from 0. Names that differ in a number, or in a word of few letters, are two.

    Examples
    --------
    >>> near_names(["Caritas", "Cáritas", "Carritas", "List 1", "List 2", "police"])
    [(0, 1), (0, 2), (1, 2)]
    """
    keys = [name_key(name) for name in names]
    return [(i, j) for i, j in itertools.combinations(range(len(keys)), 2) if _near(keys[i], keys[j])]


def _near(one: str, other: str) -> bool:
    """Say whether two keys are the same but for a letter."""
    if one == other:
        return True
    words, others = one.split(), other.split()
    if len(words) != len(others):
        return _one_letter(one.replace(" ", ""), other.replace(" ", ""), least=2 * _SHORT)
    apart = [(a, b) for a, b in zip(words, others, strict=True) if a != b]
    return len(apart) == 1 and _one_letter(*apart[0], least=_SHORT + 1)


def _one_letter(one: str, other: str, least: int) -> bool:
    """Say whether two long words differ in one letter, or in two that changed places."""
    if min(len(one), len(other)) < least or abs(len(one) - len(other)) > 1:
        return False
    if any(c.isdigit() for c in one + other):
        return False
    changes = [op for op in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes() if op[0] != "equal"]
    letters = sum(max(op[2] - op[1], op[4] - op[3]) for op in changes)
    swapped = len(one) == len(other) and sorted(one) == sorted(other) and letters <= 2
    return letters <= 1 or swapped


def groups_of(names: Sequence[str], uses: Sequence[int] | None = None) -> list[int]:
    """Put near names into groups.

    Parameters
    ----------
    names : sequence of str
        Names, each once.
    uses : sequence of int, optional
        How many rows hold each.

    Returns
    -------
    list of int
        For each name the place of the commonest one of its group, the first where none is commoner.

    Examples
    --------
    >>> groups_of(["police", "NGO", "polices"])
    [0, 1, 0]
    >>> groups_of(["polices", "police"], [1, 9])
    [1, 1]
    """
    first = list(range(len(names)))
    for i, j in near_names(names):
        low, high = sorted((first[i], first[j]))
        first = [low if one == high else one for one in first]
    if uses is None:
        return first
    best = {one: max((k for k in range(len(names)) if first[k] == one), key=lambda k: (uses[k], -k)) for one in first}
    return [best[one] for one in first]
