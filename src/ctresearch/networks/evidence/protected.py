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

import numpy as np
import pandas as pd

from ctresearch.core.cells import row_words
from ctresearch.core.check import Check
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say, together
from ctresearch.core.names import unknown_names
from ctresearch.core.validate import one_of
from ctresearch.networks.evidence.network import as_network
from ctresearch.networks.protection.protected_words import (
    column_says,
    is_blank,
    is_born_late,
    is_marked,
    is_status,
    is_young,
    plain_words,
    read_status,
    tells_an_age,
    year_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork
    from ctresearch.networks.protection.protected_words import Answer

_NOBODY_SAYS = say("Nothing says who is a victim, a victim-defendant or a child: mark them in the attribute 'status'.")


def protected_actors(network: CriminalNetwork | nx.Graph[Any]) -> frozenset[Hashable]:
    """Return the actors who are marked as victims, victim-defendants or children.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        Marked by an attribute that describes a person, such as ``status``, ``role``, ``category`` or ``person_type``,
        and speaks of a victim, a survivor or a child in whatever words (``"Victim-defendant"``, ``"child recruiter"``,
        ``"recruiter, former victim"``; not ``"victim support"`` or ``"not a victim"``); by one such as ``victim``,
        ``victim_status``, ``survivor``, ``trafficked``, ``child`` or ``minor`` that is true; by an age, in years or as
        a group, that begins under 18; or by a birth that leaves it open whether they were 18 in the year of the first
        dated evidence (without dates every birth does). Capitals, spaces, hyphens and accents do not matter.

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
    marked = np.zeros(len(found), dtype=bool)
    for answers in _answers(found).values():
        marked |= answers.eq("protected").to_numpy(dtype=bool)
    return frozenset(found.actors.index[marked])


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
    listed = list(exclude or ())
    strangers = unknown_names(listed, network.graph)
    if strangers:
        raise SpecificationError(
            f"exclude holds {len(strangers)} of {len(listed)} actors who are not in the network (numbers "
            f"{row_words(strangers)}): correct it"
        )
    named = frozenset(listed)
    return named | protected_actors(network) if protect else named


def protection_check(name: str, network: CriminalNetwork, kept: frozenset[Hashable]) -> Check:
    """Say who was kept out, and ask for a review where attributes do not tell of everybody who is protected.

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
        ``"fail"`` where somebody protected was not kept out, attributes match no actor, or somebody who was kept out
        has no tie and may be in the network under another name; ``"review"`` where no
        attribute tells who is protected, where values are not understood (how many, in which column and on which rows
        of ``network.actors``), or where a status tells of some actors and is empty for others.

    Examples
    --------
    >>> import networkx as nx
    >>> protection_check("protection", as_network(nx.path_graph(3)), frozenset()).status
    'review'
    """
    open_to_choice = protected_actors(network) - kept
    said = say("{n} actor was kept out of the choice.", many="{n} actors were kept out of the choice.", n=len(kept))
    numbers = {"excluded": len(kept), "unprotected": len(open_to_choice)}
    if open_to_choice:
        message = say(
            "{n} victim, victim-defendant or child could be chosen: leave out protect=False.",
            many="{n} victims, victim-defendants or children could be chosen: leave out protect=False.",
            n=len(open_to_choice),
        )
        return Check(name, "fail", message, numbers)
    unmatched = [check for check in network.checks if check.status == "fail"]
    if unmatched:
        return Check(name, "fail", together([said, unmatched[0].message]), numbers)
    elsewhere = _under_another_name(network, kept)
    if elsewhere:
        return Check(name, "fail", together([said, elsewhere]), numbers)
    doubts = _doubts(network, kept)
    if not doubts:
        return Check(name, "pass", said, numbers)
    return Check(name, "review", together([*([said] if kept else []), *doubts]), numbers)


def says_who_is_protected(network: CriminalNetwork) -> bool:
    """Say whether any attribute tells that an actor is protected or is not; a role or an age alone does not.

    Parameters
    ----------
    network : CriminalNetwork
        The network.

    Returns
    -------
    bool
        True with a status or a mark of its own that is understood somewhere, or where words name a victim or a child.

    Examples
    --------
    >>> import networkx as nx
    >>> says_who_is_protected(as_network(nx.path_graph(2)))
    False
    """
    answers = _answers(network)
    told = any(bool(answers[name].isin(("protected", "other")).any()) for name in answers if _decides(name))
    texts = [name for name in answers if column_says(name) == "text"]
    return told or any(bool(answers[name].eq("protected").any()) for name in texts)


def _answers(network: CriminalNetwork) -> dict[Any, pd.Series[Any]]:
    """Read what each attribute that could tell says of each actor."""
    year = _year_of_evidence(network)
    reads: dict[Any, Callable[[Any], Answer]] = {
        "mark": _read_mark,
        "age": _read_age,
        "birth": partial(_read_birth, year=year),
    }
    found = {}
    for column, values in network.actors.items():
        says = column_says(column)
        if says is not None:
            cells = values.astype(object).map(lambda cell: cell if pd.api.types.is_scalar(cell) else str(cell))
            found[column] = cells.map(reads.get(says, read_status)).astype(object)
    return found


def _decides(column: Any) -> bool:
    """Say whether an attribute is meant to tell of everybody who is a victim."""
    return column_says(column) == "mark" or is_status(column)


def _doubts(network: CriminalNetwork, kept: frozenset[Hashable]) -> list[str]:
    """Say in sentences what keeps the attributes from telling who is protected."""
    answers = _answers(network)
    doubts = [
        _unread(column, answers[column].eq("not understood").to_numpy(dtype=bool))
        for column in answers
        if (_decides(column) or column_says(column) in ("age", "birth")) and answers[column].eq("not understood").any()
    ]
    if not says_who_is_protected(network):
        return [*doubts, _NOBODY_SAYS]
    silent = _silent(network, answers, kept)
    return [*doubts, silent] if silent else doubts


def _under_another_name(network: CriminalNetwork, kept: frozenset[Hashable]) -> str:
    """Say that somebody kept out has no tie while nothing is known of somebody who has: they may be one person."""
    alone = [actor for actor in kept if actor in network.graph and not network.graph.degree(actor)]
    actors = network.actors
    unknown = actors.isna().all(axis=1).to_numpy(dtype=bool) if actors.shape[1] else np.zeros(len(actors), dtype=bool)
    tied = np.array([network.graph.degree(actor) > 0 for actor in actors.index], dtype=bool)
    strangers = np.flatnonzero(unknown & tied) + 1
    if not alone or not len(strangers):
        return ""
    return say(
        "{alone:,} of the {kept:,} kept out have no tie, and nothing is known of {strangers:,} actors who have (rows "
        "{rows} of the network's actors): they may be one person under two names, as 'Silva, Ana' and 'Ana Silva' are; "
        "give each the same name in ties and attributes.",
        alone=len(alone),
        kept=len(kept),
        strangers=len(strangers),
        rows=row_words(strangers.tolist()),
    )


def _silent(network: CriminalNetwork, answers: dict[Any, pd.Series[Any]], kept: frozenset[Hashable]) -> str:
    """Count actors of whom nothing says whether they are protected, where it is said of others that they are not.

    Where only the protected are marked and nobody else has a status, an empty cell means that somebody is not marked.
    """
    telling = [answers[column] for column in answers if _decides(column)]
    if not any(bool(one.isin(("other", "not understood")).any()) for one in telling):
        return ""
    blank = np.ones(len(network), dtype=bool)
    for one in telling:
        blank &= one.eq("blank").to_numpy(dtype=bool)
    blank &= ~network.actors.index.isin(list(kept))
    if not blank.any():
        return ""
    return say(
        "Nothing says of {silent:,} of {actors:,} actors whether they are victims (rows {rows} of the network's "
        "actors): complete their status.",
        silent=int(blank.sum()),
        actors=len(network),
        rows=row_words((np.flatnonzero(blank) + 1).tolist()),
    )


def _unread(column: Any, unread: NDArray[np.bool_]) -> str:
    """Say how many values of a column are not understood and where they stand."""
    return say(
        "Column {column!r}: {n:,} of {every:,} values is not understood (row {rows} of the network's actors): say in "
        "words such as 'victim', 'child' or 'suspect' who must be kept out, or name them in exclude.",
        many="Column {column!r}: {n:,} of {every:,} values are not understood (rows {rows} of the network's actors): "
        "say in words such as 'victim', 'child' or 'suspect' who must be kept out, or name them in exclude.",
        column=str(column),
        n=int(unread.sum()),
        every=len(unread),
        rows=row_words((np.flatnonzero(unread) + 1).tolist()),
    )


def _read_mark(value: Any) -> Answer:
    """Read a mark that is set or not."""
    if pd.isna(value) or (isinstance(value, str) and not plain_words(value)):
        return "blank"
    return "protected" if is_marked(value) else "other"


def _read_age(value: Any) -> Answer:
    """Read an age."""
    if is_blank(value):
        return "blank"
    if not tells_an_age(value):
        return "not understood"
    return "protected" if is_young(value) else "other"


def _read_birth(value: Any, year: int | None) -> Answer:
    """Read a birth."""
    if is_blank(value):
        return "blank"
    if year_of(value) is None:
        return "not understood"
    return "protected" if is_born_late(value, year) else "other"


def _year_of_evidence(network: CriminalNetwork) -> int | None:
    """Return the year of the first dated evidence, if there is one: who was a child then is protected."""
    dates = network.ties["date"].dropna().unique() if "date" in network.ties else ()
    return min((year for year in map(year_of, dates) if year is not None), default=None)
