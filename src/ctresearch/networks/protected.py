"""Who is kept out of every set of targets: victims, victim-defendants and children.

References
----------
.. [1] UNODC (2020). Female victims of trafficking for sexual exploitation as defendants: a case law analysis. Vienna.
.. [2] Inter-Agency Coordination Group against Trafficking in Persons (2020). Non-punishment of victims of trafficking.
   ICAT Issue Brief 8.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import SpecificationError
from ctresearch.core.validate import one_of
from ctresearch.networks.network import as_network
from ctresearch.networks.protected_words import (
    column_says,
    describes_protected,
    is_born_late,
    is_marked,
    is_young,
    plain_words,
    year_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    import networkx as nx

    from ctresearch.networks.network import CriminalNetwork


def protected_actors(network: CriminalNetwork | nx.Graph[Any]) -> frozenset[Hashable]:
    """Return the actors who are marked as victims, victim-defendants or children.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        Marked by an attribute that describes a person, such as ``status``, ``role``, ``category`` or ``person_type``, and
        speaks of a victim, a survivor or a child in whatever words (``"Victim-defendant"``, ``"child recruiter"``,
        ``"recruiter, former victim"``; not ``"victim support"`` or ``"not a victim"``); by one such as ``victim``,
        ``victim_status``, ``survivor``, ``trafficked``, ``child`` or ``minor`` that is true; by an age, in years or as a
        group, that begins under 18; or by a birth that leaves it open whether they were 18 in the year of the first dated
        evidence (without dates every birth does). Capitals, spaces, hyphens and accents do not matter.

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
    found = as_network(network)
    year = _year_of_evidence(found)
    tells: dict[str, Callable[[Any], bool]] = {
        "text": describes_protected, "mark": is_marked, "age": is_young, "birth": partial(is_born_late, year=year),
    }  # fmt: skip
    marked = pd.Series(False, index=found.actors.index)
    for column, values in found.actors.items():
        says = column_says(column)
        if says is not None:
            marked |= values.map(tells[says]).to_numpy(dtype=bool)
    return frozenset(marked.index[marked.to_numpy(dtype=bool)])


def kept_out(network: CriminalNetwork, exclude: Iterable[Hashable] | None, *, protect: bool) -> frozenset[Hashable]:
    """Return who must not be chosen: those excluded by hand and those protected, together.

    Parameters
    ----------
    network : CriminalNetwork
        The network.
    exclude : iterable of actors, optional
        Further actors.
    protect : bool
        Whether :func:`protected_actors` are kept out; ``False`` drops that, and :func:`protection_check` fails.

    Returns
    -------
    frozenset
        The actors.

    Raises
    ------
    SpecificationError
        If somebody excluded is no actor of the network.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.path_graph(4)
    >>> graph.nodes[1]["status"] = "victim"
    >>> sorted(kept_out(as_network(graph), [3], protect=True))
    [1, 3]
    """
    one_of("protect", protect, (True, False))
    named = frozenset(exclude or ())
    strangers = sorted((actor for actor in named if actor not in network.graph), key=str)
    if strangers:
        raise SpecificationError(
            f"exclude holds {len(strangers)} actors who are not in the network, first {strangers[0]!r}: correct it"
        )
    return named | protected_actors(network) if protect else named


def protection_check(name: str, network: CriminalNetwork, kept: frozenset[Hashable]) -> Check:
    """Say who was kept out, and ask for a review where nothing tells who is protected.

    Parameters
    ----------
    name : str
        Name of the check.
    network : CriminalNetwork
        The network.
    kept : frozenset
        Who was kept out.

    Returns
    -------
    Check
        ``"fail"`` where somebody protected was not kept out, ``"review"`` where no attribute tells who is protected.

    Examples
    --------
    >>> import networkx as nx
    >>> protection_check("protection", as_network(nx.path_graph(3)), frozenset()).status
    'review'
    """
    open_to_choice, said = protected_actors(network) - kept, f"{len(kept)} actors were kept out of the choice."
    numbers = {"excluded": len(kept), "unprotected": len(open_to_choice)}
    if open_to_choice:
        message = (
            f"{len(open_to_choice)} victims, victim-defendants or children could be chosen: leave out protect=False."
        )
        return Check(name, "fail", message, numbers)
    if says_who_is_protected(network):
        return Check(name, "pass", said, numbers)
    message = "Nothing says who is a victim, a victim-defendant or a child: mark them in the attribute 'status'."
    return Check(name, "review", f"{said} {message}" if kept else message, numbers)


def says_who_is_protected(network: CriminalNetwork) -> bool:
    """Say whether any attribute could tell that an actor is protected; a role alone does not.

    Parameters
    ----------
    network : CriminalNetwork
        The network.

    Returns
    -------
    bool
        True with a status, an age or birth, or a mark of its own, or where somebody is protected.

    Examples
    --------
    >>> import networkx as nx
    >>> says_who_is_protected(as_network(nx.path_graph(2)))
    False
    """
    says = {name: column_says(name) for name in network.actors}
    plain = any(kind in ("mark", "age", "birth") or plain_words(name) == ["status"] for name, kind in says.items())
    return plain or bool(protected_actors(network))


def _year_of_evidence(network: CriminalNetwork) -> int | None:
    """Return the year of the first dated evidence, if there is one: who was a child then is protected."""
    dates = network.ties["date"].dropna().unique() if "date" in network.ties else ()
    return min((year for year in map(year_of, dates) if year is not None), default=None)
