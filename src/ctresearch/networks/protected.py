"""Who is kept out of every set of targets: victims, victim-defendants and children.

References
----------
.. [1] UNODC (2020). Female victims of trafficking for sexual exploitation as defendants: a case law analysis. Vienna.
.. [2] Inter-Agency Coordination Group against Trafficking in Persons (2020). Non-punishment of victims of trafficking.
   ICAT Issue Brief 8.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.networks.network import as_network

if TYPE_CHECKING:
    from collections.abc import Hashable

    import networkx as nx

    from ctresearch.networks.network import CriminalNetwork

STATUS = "status"
PROTECTED = ("victim", "victim_defendant", "child", "minor")
_AGES = ("age", "age_group", "age_band", "agebroad")
_VICTIM = re.compile(r"victim|vitima|vittim|opfer|survivor")  # as English and its neighbours write it
_NOT = ("no", "non", "not", "never", "kein")
_HELPS = ("support", "supporter", "service", "services", "assistance", "advocate", "lawyer", "worker")
_ADULT = 18


def protected_actors(network: CriminalNetwork | nx.Graph[Any]) -> frozenset[Hashable]:
    """Return the actors who are marked as victims, victim-defendants or children.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        Marked by an attribute ``status`` or ``role`` that speaks of a victim or survivor in whatever words
        (``"Victim-defendant"``, ``"recruiter, former victim"``; not ``"victim support"`` or ``"not a victim"``) or is
        ``"child"`` or ``"minor"``; by attributes ``victim``, ``victim_defendant``, ``child`` or ``minor`` that are true;
        or by an ``age``, in years or as a group, that begins under 18. Capitals, spaces, hyphens and accents do not matter.

    Returns
    -------
    frozenset
        The actors; where the words leave a doubt, they are protected.

    References
    ----------
    .. [1] UNODC (2020). Female victims of trafficking for sexual exploitation as defendants: a case law analysis.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.path_graph(3)
    >>> graph.nodes[1]["status"] = "Victim-defendant"
    >>> graph.nodes[2]["age"] = "15-17"
    >>> sorted(protected_actors(graph))
    [1, 2]
    """
    actors = as_network(network).actors
    marked = pd.Series(False, index=actors.index)
    for column in actors:
        name = "_".join(_words(column)).removeprefix("is_")
        if name in (STATUS, "role"):
            marked |= actors[column].map(_is_protected)
        elif name in PROTECTED:
            marked |= actors[column].map(_is_true)
        elif name in _AGES:
            marked |= actors[column].map(_is_young)
    return frozenset(marked.index[marked.to_numpy(dtype=bool)])


def says_who_is_protected(network: CriminalNetwork) -> bool:
    """Say whether any attribute could tell that an actor is protected; a role alone does not.

    Parameters
    ----------
    network : CriminalNetwork
        The network.

    Returns
    -------
    bool
        True with a status, an age, or a mark of its own.

    Examples
    --------
    >>> import networkx as nx
    >>> says_who_is_protected(as_network(nx.path_graph(2)))
    False
    """
    names = {"_".join(_words(column)).removeprefix("is_") for column in network.actors}
    return bool(names & {STATUS, *PROTECTED, *_AGES})


def _words(text: Any) -> list[str]:
    """Split a text into words, without capitals and accents."""
    plain = unicodedata.normalize("NFKD", str(text)).encode("ascii", "ignore").decode().lower()
    return [word for word in re.split(r"[^a-z0-9]+", plain) if word]


def _is_protected(status: Any) -> bool:
    """Say whether a status or role names someone protected."""
    words = [word for word in _words(status) if word not in ("a", "the")]
    if words in (["child"], ["minor"], ["children"]) or _is_child(words):
        return True
    around = list(pairwise(["", *words, ""]))
    before, after = [one for one, _ in around], [two for _, two in around[1:]]
    return any(
        _VICTIM.match(word) and one not in _NOT and two not in _HELPS
        for one, word, two in zip(before, words, after, strict=False)
    )


def _is_child(words: list[str]) -> bool:
    """Say whether words speak of somebody under age."""
    return any(pair in {("under", "age"), ("under", "18")} for pair in pairwise(words)) or "underage" in words


def _is_true(value: Any) -> bool:
    """Say whether a mark is set; words that say no are not."""
    if pd.isna(value):
        return False
    return (
        _words(value) not in ([], ["0"], ["no"], ["n"], ["false"], ["0", "0"])
        if isinstance(value, str)
        else bool(value)
    )


def _is_young(age: Any) -> bool:
    """Say whether an age, or a group of ages, begins under 18."""
    numbers = [float(one) for one in re.findall(r"\d+(?:\.\d+)?", str(age))]
    text = str(age).lower()
    below = any(word in text for word in ("under", "below", "<"))
    return bool(numbers) and not pd.isna(age) and (numbers[0] < _ADULT or (below and numbers[0] <= _ADULT))
