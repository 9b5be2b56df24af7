"""Pajek's network files: vertices, and arcs, edges, lists of neighbours or a matrix [1]_.

References
----------
.. [1] de Nooy, W., Mrvar, A. and Batagelj, V. (2018). Exploratory Social Network Analysis with Pajek, third edition.
   Cambridge University Press. https://doi.org/10.1017/9781108565691
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import networkx as nx

from ctresearch.core.errors import DataError
from ctresearch.networks.files.fields import number_at, split_fields

_ONE_WAY = ("arcs", "arcslist", "matrix")
_PARTS = (*_ONE_WAY, "edges", "edgeslist")

Tie = tuple[int, int, float]


def parse_pajek(text: str) -> nx.Graph[Any]:
    r"""Read the text of a Pajek file.

    Parameters
    ----------
    text : str
        The text: ``*Vertices``, then any of ``*Arcs``, ``*Edges``, ``*Arcslist``, ``*Edgeslist`` and ``*Matrix``, in
        any order. A line of ``%`` is a comment; a vertex without a label is called by its number.

    Returns
    -------
    networkx.MultiGraph or networkx.MultiDiGraph
        Directed where there are arcs or a matrix; an edge is then a tie in both directions. Edges have a ``weight``, 1
        where the file says none; zeros are no ties.

    Raises
    ------
    DataError
        If the text is not such a file, holds two modes, several relations or a label twice, or its numbers do not fit.

    Examples
    --------
    >>> found = parse_pajek('*Vertices 3\n1 "a"\n2 "b"\n3 "c"\n*Arcslist\n1 2 3\n*Edges\n2 3 4')
    >>> sorted(found.edges(data="weight"))
    [('a', 'b', 1.0), ('a', 'c', 1.0), ('b', 'c', 4.0), ('c', 'b', 4.0)]
    """
    parts = _parts(text)
    labels = _labels(*parts.pop(0))
    relations = {rest.split()[0] for _, rest, _ in parts if rest.startswith(":")}
    if len(relations) > 1:
        raise DataError(
            f"the Pajek file holds {len(relations)} relations, must hold one: save each in a file of its own"
        )
    directed = any(name in _ONE_WAY for name, _, _ in parts)
    graph: nx.Graph[Any] = nx.MultiDiGraph() if directed else nx.MultiGraph()
    graph.add_nodes_from(labels)
    for name, _, lines in parts:
        for one, two, weight in _ties(name, lines, len(labels)):
            graph.add_edge(labels[one], labels[two], weight=weight)
            if directed and name not in _ONE_WAY and one != two:
                graph.add_edge(labels[two], labels[one], weight=weight)
    return graph


def _parts(text: str) -> list[tuple[str, str, list[str]]]:
    """Split a text at its stars: name, what stands beside it, and the lines below."""
    parts: list[tuple[str, str, list[str]]] = []
    for place, line in enumerate(map(str.strip, text.splitlines()), start=1):
        if not line or line.startswith("%"):
            continue
        if line.startswith("*"):
            name, _, rest = line[1:].strip().partition(" ")
            name, colon, relation = name.partition(":")
            parts.append((name.lower(), f"{colon}{relation} {rest}".strip(), []))
        elif parts:
            parts[-1][2].append(line)
        else:
            raise DataError(
                f"line {place} of the file begins with something else than '*Vertices': it is no Pajek file"
            )
    parts = [part for part in parts if part[0] != "network"]
    names = [name for name, _, _ in parts]
    unknown = [name for name in names[1:] if name not in _PARTS]
    if names[:1] != ["vertices"] or unknown:
        raise DataError(
            f"the Pajek file has {len(names)} parts, {len(unknown)} of them unknown, must have 'vertices' first and "
            f"then {', '.join(_PARTS)}: save the network alone"
        )
    return parts


def _labels(_: str, size: str, lines: list[str]) -> list[str]:
    """Read the vertices."""
    numbers = size.split()
    if len(numbers) > 1:
        raise DataError(
            f"the Pajek file says {len(numbers)} things behind '*Vertices', which is two modes, must hold one: read two"
            " modes as a table with CriminalNetwork.from_incidence"
        )
    if len(numbers) != 1 or not numbers[0].isdecimal():
        raise DataError(
            f"the Pajek file says {len(numbers)} words and no number behind '*Vertices', must say how many vertices "
            "there are"
        )
    labels = [str(i + 1) for i in range(int(numbers[0]))]
    for line in lines:
        fields = split_fields(line)
        if len(fields) > 1:
            labels[_vertex(fields[0], len(labels))] = fields[1]
    twice = [label for label, times in Counter(labels).items() if times > 1]
    if twice:
        raise DataError(
            f"{len(twice)} labels of the Pajek file stand at several vertices, each must stand once: name them apart"
        )
    return labels


def _ties(name: str, lines: list[str], size: int) -> list[Tie]:
    """Read the ties of one part, zeros left out."""
    if name == "matrix":
        return _matrix(lines, size)
    ties = []
    for place, line in enumerate(lines, start=1):
        fields, where = split_fields(line), f"line {place} of the part {name!r} of the Pajek file"
        if len(fields) < 2:
            raise DataError(f"{where} has {len(fields)} entry, must have two vertices at least")
        one = _vertex(fields[0], size)
        if name.endswith("list"):
            ties += [(one, _vertex(other, size), 1.0) for other in fields[1:]]
        else:
            ties.append((one, _vertex(fields[1], size), number_at(fields[2], where) if len(fields) > 2 else 1.0))
    return [tie for tie in ties if tie[2]]


def _matrix(lines: list[str], size: int) -> list[Tie]:
    """Read a matrix, row by row."""
    cells = [
        number_at(field, f"line {place} of the matrix of the Pajek file")
        for place, line in enumerate(lines, start=1)
        for field in split_fields(line)
    ]
    if len(cells) != size * size:
        raise DataError(
            f"the matrix of the Pajek file has {len(cells)} entries, must have {size * size} for {size} vertices"
        )
    return [(place // size, place % size, value) for place, value in enumerate(cells) if value]


def _vertex(field: str, size: int) -> int:
    """Read the number of a vertex, counted from 0."""
    if not field.isdecimal() or not 1 <= int(field) <= size:
        raise DataError(f"the Pajek file names a vertex by something else than a number from 1 to {size}: correct it")
    return int(field) - 1
