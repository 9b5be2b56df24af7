"""A graph while its text is read: nodes, arrows and roles, each arrow with one sign."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ctresearch.causes.text.graph_roles import roles_of, sign_of, turned
from ctresearch.core.names import name_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.causes.text.graph_tokens import Token


@dataclass(frozen=True, slots=True)
class GraphText:
    """What a text says.

    Parameters
    ----------
    edges : dict of tuple to int
        Cause and effect to sign: 1, -1, or 0 where none is stated.
    nodes : tuple of str
        All names, in order of appearance.
    latent, selected : frozenset of str
        Nodes nobody observes, and nodes that decide who enters the data.
    exposure, outcome, adjusted : frozenset of str
        Nodes that the text names as cause, as effect, and as adjusted for.

    Examples
    --------
    >>> from ctresearch.causes.text.graph_text import read_graph_text
    >>> read_graph_text("a -> b [+]").edges
    {('a', 'b'): 1}
    """

    edges: dict[tuple[str, str], int]
    nodes: tuple[str, ...]
    latent: frozenset[str]
    selected: frozenset[str]
    exposure: frozenset[str] = frozenset()
    outcome: frozenset[str] = frozenset()
    adjusted: frozenset[str] = frozenset()


NOTHING = GraphText({}, (), frozenset(), frozenset())


@dataclass(slots=True)
class Drawing:
    """A graph that grows statement by statement.

    Examples
    --------
    >>> drawing = Drawing()
    >>> drawing.finish().nodes
    ()
    """

    edges: dict[tuple[str, str], int] = field(default_factory=dict)
    nodes: dict[str, Token | None] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    roles: dict[str, dict[str, None]] = field(default_factory=dict)
    hidden: dict[frozenset[str], str] = field(default_factory=dict)

    def add_node(self, name: str, place: Token) -> bool:
        """Take a node in.

        Parameters
        ----------
        name : str
            Its name.
        place : Token
            Where it stands.

        Returns
        -------
        bool
            Whether it is new.

        Raises
        ------
        SpecificationError
            If it has no name, or another node differs from it in spelling alone.

        Examples
        --------
        >>> from ctresearch.causes.text.graph_tokens import Token
        >>> drawing = Drawing()
        >>> drawing.add_node("a", Token("name", "a", 1, 1)), drawing.add_node("a", Token("name", "a", 1, 8))
        (True, False)
        """
        if not name.strip():
            raise place.refuse("must be letters: give the node a name", "is no name")
        other = self.keys.setdefault(name_key(name), name)
        if other != name or name in self.hidden.values():
            fault = f"is another spelling of {other!r}" if other != name else "is the name of a hidden cause"
            raise place.refuse(
                "must be a name of its own: spell one node in one way, and give two nodes two names", fault
            )
        new = name not in self.nodes
        if new:
            self.nodes[name] = place
        return new

    def set_roles(self, name: str, attributes: Mapping[str, tuple[str | None, Token]]) -> None:
        """Give a node the roles that its attributes name.

        Parameters
        ----------
        name : str
            The node.
        attributes : mapping
            Key to value and place.

        Examples
        --------
        >>> from ctresearch.causes.text.graph_tokens import Token
        >>> drawing = Drawing()
        >>> drawing.set_roles("u", {"latent": (None, Token("name", "latent", 1, 4))})
        >>> drawing.roles
        {'latent': {'u': None}}
        """
        for role, has in roles_of(attributes).items():
            named = self.roles.setdefault(role, {})
            named[name] = None
            if not has:
                del named[name]

    def add_arrows(
        self,
        left: Sequence[str],
        arrow: Token,
        right: Sequence[str],
        attributes: Mapping[str, tuple[str | None, Token]],
    ) -> None:
        """Draw an arrow from each node on one side to each on the other.

        Parameters
        ----------
        left, right : sequence of str
            Nodes.
        arrow : Token
            Between them.
        attributes : mapping
            Key to value and place.

        Raises
        ------
        SpecificationError
            If an arrow is stated twice with different signs.

        Examples
        --------
        >>> from ctresearch.causes.text.graph_tokens import Token
        >>> drawing = Drawing()
        >>> drawing.add_arrows(["a"], Token("arrow", "->", 1, 3), ["b", "c"], {})
        >>> list(drawing.edges)
        [('a', 'b'), ('a', 'c')]
        """
        sign, meant = sign_of(attributes), turned(arrow.text, attributes)
        for a in left:
            for b in right:
                if meant == "<->":
                    self._hide(a, b, sign, arrow)
                else:
                    self._draw((a, b) if meant == "->" else (b, a), sign, arrow)

    def finish(self) -> GraphText:
        """Return what was read.

        Returns
        -------
        GraphText
            Nodes, arrows and roles.

        Examples
        --------
        >>> Drawing().finish().edges
        {}
        """
        sets = {role: frozenset(self.roles.get(role, ())) for role in ("selected", "exposure", "outcome", "adjusted")}
        latent = frozenset(self.roles.get("latent", ())) | frozenset(self.hidden.values())
        return GraphText(dict(self.edges), tuple(self.nodes), latent, **sets)

    def _hide(self, a: str, b: str, sign: int, place: Token) -> None:
        """Draw a common cause that nobody observes."""
        name = self.hidden.get(frozenset((a, b)))
        if name is None:
            name = f"U({a},{b})"
            if name_key(name) in self.keys:
                raise place.refuse(
                    "give that node another name", f"makes a hidden cause named {name!r}, as a node is already"
                )
            self.keys[name_key(name)], self.nodes[name] = name, None
            self.hidden[frozenset((a, b))] = name
        self._draw((name, a), abs(sign), place)
        self._draw((name, b), sign, place)

    def _draw(self, pair: tuple[str, str], sign: int, place: Token) -> None:
        """Draw one arrow."""
        if self.edges.setdefault(pair, sign) != sign:
            fault = f"states {pair[0]} -> {pair[1]} again; it is stated twice with different signs"
            raise place.refuse("must have one sign: keep one statement", fault)
