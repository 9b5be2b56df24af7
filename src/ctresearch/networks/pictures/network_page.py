"""A drawing of a network to explore in a browser: one file that loads nothing, so that it opens off line."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.message import say
from ctresearch.core.render import framed, save_page
from ctresearch.core.validate import in_range, one_of
from ctresearch.networks.evidence.figure_caveats import CAVEATS
from ctresearch.networks.evidence.network import as_network
from ctresearch.networks.pictures.plot_network import COLOURS, layout, shown_roles

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork

LARGEST = 2_000
SIDE, EDGE = 1_000.0, 40.0
_PAGE = Path(__file__).with_name("network_page.html")
_MARKS = (  # one outline a role, around the middle, so that roles differ in shape as well as in colour
    "M-7,0A7,7 0 1 0 7,0A7,7 0 1 0 -7,0Z",
    "M-6,-6H6V6H-6Z",
    "M0,-8L7,5H-7Z",
    "M0,-8L8,0L0,8L-8,0Z",
    "M0,8L7,-5H-7Z",
    "M-3,-8H3V-3H8V3H3V8H-3V3H-8V-3H-3Z",
    "M-8,-5L-5,-8L0,-3L5,-8L8,-5L3,0L8,5L5,8L0,3L-5,8L-8,5L-3,0Z",
    "M0,-8L7.6,-2.5L4.7,6.5H-4.7L-7.6,-2.5Z",
)


@dataclass(frozen=True, slots=True, repr=False)
class NetworkPage:
    """A page about people: it stays in the room where the data are.

    Parameters
    ----------
    html : str
        The whole file.
    actors : int
        Marks in it.
    identified : bool
        Whether it holds the actors' identifiers.

    Examples
    --------
    >>> import networkx as nx
    >>> network_page(nx.path_graph(3))
    page of 3 actors without identifiers: not for release
    """

    record_level: ClassVar[bool] = True

    html: str
    actors: int
    identified: bool

    def save(self, path: str | Path) -> Path:
        """Write the file.

        Parameters
        ----------
        path : str or pathlib.Path
            Ends in ``.html``.

        Returns
        -------
        pathlib.Path
            Where it is.

        Raises
        ------
        SpecificationError
            If the name ends in something else.

        Examples
        --------
        >>> import networkx as nx, tempfile
        >>> network_page(nx.path_graph(3)).save(Path(tempfile.mkdtemp()) / "group.html").name
        'group.html'
        """
        return save_page(self.html, path)

    def __repr__(self) -> str:
        if self.identified:
            return say("page of {actors} actors with identifiers: not for release", actors=self.actors)
        return say("page of {actors} actors without identifiers: not for release", actors=self.actors)

    def _repr_html_(self) -> str:
        """Show the page in a notebook, in a frame of its own that may run its script and nothing else."""
        return framed(self.html, "Network", 760)


def network_page(
    network: CriminalNetwork | nx.Graph[Any],
    *,
    role: str | None = None,
    certain: float = 1.0,
    identifiers: bool = False,
    title: str = "Network",
    places: NDArray[np.float64] | None = None,
) -> NetworkPage:
    """Draw actors and ties in one HTML file that needs no connection: move, zoom, hide roles, point at neighbours.

    The file loads nothing and may send nothing: its content policy forbids it. Marks can be reached by keyboard, and a
    table below says the same for those who cannot see the drawing. Even without identifiers a drawing of every actor
    can give people away: :func:`ctresearch.networks.pictures.plot_roles` is the picture that may leave a study.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        At most 2,000 actors.
    role : str, optional
        Attribute that sets shape and colour, as in :func:`ctresearch.networks.pictures.plot_network`.
    certain : float
        Confidence from which a tie is drawn whole; below it is dashed.
    identifiers : bool
        Write the actors' identifiers; without, marks are numbered in the order of the drawing from left to right.
    title : str
        Heading of the page.
    places : numpy.ndarray, optional
        Coordinates, shape (N, 2).

    Returns
    -------
    NetworkPage
        The page; ``save(path)`` writes it.

    Raises
    ------
    SpecificationError
        If there is no such attribute, or there are too many actors.
    DataError
        If the places are not one an actor.

    Examples
    --------
    >>> import networkx as nx
    >>> page = network_page(nx.karate_club_graph(), role="club", title="A club <of two>")
    >>> "https://" in page.html, "A club &lt;of two&gt;" in page.html
    (False, True)
    """
    found = as_network(network)
    in_range("certain", certain, 0, 1)
    one_of("identifiers", identifiers, (True, False))
    if len(found) > LARGEST:
        raise SpecificationError(
            f"the network has {len(found):,} actors, a page takes {LARGEST:,} at most: take a part"
        )
    where = _on_page(layout(found) if places is None else np.asarray(places, dtype=float), len(found))
    roles = np.full(len(found), "actor", dtype=object) if role is None else shown_roles(found, role)
    named = list(dict.fromkeys(sorted(map(str, roles))))
    number = np.argsort(np.argsort(where[:, 0], kind="stable"), kind="stable") + 1
    labels: list[str] = (
        [str(actor) for actor in found.nodes] if identifiers else [say("actor {number}", number=i) for i in number]
    )
    parts = {
        "title": escape(title),
        "count": say("{actors} actors, {ties} ties", actors=len(found), ties=len(found.edges_index)),
        "caveats": "".join(f"<p>{escape(one)}</p>" for one in CAVEATS),
        "legend": "".join(_legend(kind, place) for place, kind in enumerate(named)),
        "ties": "".join(_ties(found, where, certain)),
        "actors": "".join(_actors(found, where, labels, [named.index(str(one)) for one in roles], named)),
        "rows": "".join(_rows(found, labels, roles, number)),
    }
    page = _PAGE.read_text(encoding="utf-8")
    for name, text in parts.items():
        page = page.replace(f"<!--{name}-->", text)
    return NetworkPage(page, len(found), identifiers)


def _on_page(places: NDArray[np.float64], actors: int) -> NDArray[np.float64]:
    """Bring coordinates onto a square page, up being up."""
    if places.shape != (actors, 2):
        raise DataError(f"places have the shape {places.shape}, must be {(actors, 2)}")
    middle, span = (places.min(axis=0) + places.max(axis=0)) / 2, max(float(np.ptp(places, axis=0).max()), 1e-9)
    on_page = SIDE / 2 + (places - middle) / span * (SIDE - 2 * EDGE)
    on_page[:, 1] = SIDE - on_page[:, 1]
    return np.asarray(on_page.round(1))


def _legend(kind: str, place: int) -> str:
    """Write the box that shows or hides a role."""
    shape, colour = _MARKS[place % len(_MARKS)], COLOURS[place % len(COLOURS)]
    mark = (
        f'<svg width="18" height="18" viewBox="-10 -10 20 20" aria-hidden="true"><path d="{shape}" '
        f'fill="{colour}"/></svg>'
    )
    return f'<label><input type="checkbox" checked data-role="{place}">{mark}{escape(kind)}</label>'


def _ties(network: CriminalNetwork, where: NDArray[np.float64], certain: float) -> list[str]:
    """Write a line a tie; those that are in doubt are dashed."""
    lines = []
    for (one, two), (_, _, data) in zip(network.edges_index.tolist(), network.graph.edges(data=True), strict=True):
        doubt = ' class="doubt"' if data.get("confidence", 1.0) < certain else ""
        arrow = ' marker-end="url(#arrow)"' if network.directed else ""
        (x1, y1), (x2, y2) = where[one], where[two]
        lines.append(f'<line{doubt} data-a="{one}" data-b="{two}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"{arrow}/>')
    return lines


def _actors(
    network: CriminalNetwork, where: NDArray[np.float64], labels: list[str], kinds: list[int], named: list[str]
) -> list[str]:
    """Write a mark an actor, with what is said of it."""
    degree = np.asarray(network.undirected_adjacency.sum(axis=1)).ravel().astype(int)
    marks = []
    for i, ((x, y), label, kind) in enumerate(zip(where, labels, kinds, strict=True)):
        said = escape(say("{label}: {role}, tied to {others}", label=label, role=named[kind], others=degree[i]))
        marks.append(
            f'<g class="actor" tabindex="0" role="img" aria-label="{said}" data-i="{i}" data-role="{kind}" '
            f'transform="translate({x},{y})"><title>{said}</title><path d="{_MARKS[kind % len(_MARKS)]}" '
            f'fill="{COLOURS[kind % len(COLOURS)]}"/></g>'
        )
    return marks


def _rows(
    network: CriminalNetwork, labels: list[str], roles: NDArray[np.object_], number: NDArray[np.int64]
) -> list[str]:
    """Write the table that says the same."""
    degree = np.asarray(network.undirected_adjacency.sum(axis=1)).ravel().astype(int)
    return [
        f"<tr><td>{escape(labels[i])}</td><td>{escape(str(roles[i]))}</td><td>{degree[i]}</td></tr>"
        for i in np.argsort(number, kind="stable")
    ]
