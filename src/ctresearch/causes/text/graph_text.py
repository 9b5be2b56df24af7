"""Read a causal graph from text: arrows one a line, DOT as Graphviz writes it, or dagitty.

``poverty -> trafficked [+]`` is an arrow with a sign, ``a <-> b`` a hidden common cause, ``{a b} -> c`` two arrows;
``latent: u``, ``selected: detected``, ``exposure:``, ``outcome:`` and ``adjusted:`` declare nodes, ``#`` begins a
comment. ``digraph { ... }`` is DOT and ``dag { ... }`` dagitty: both are read whole, and what they cannot say is
refused with its line and column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.causes.text.graph_roles import ROLES
from ctresearch.causes.text.graph_statements import Statements
from ctresearch.causes.text.graph_tokens import read_tokens
from ctresearch.causes.text.spelling import near_miss
from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    from ctresearch.causes.text.graph_drawing import GraphText
    from ctresearch.causes.text.graph_tokens import Token

_DIRECTED = {"digraph": "dot", "dag": "dagitty"}
_UNDIRECTED = {
    "graph": "an undirected graph has no causes and no effects: write 'digraph' and '->'",
    "pdag": "some of its lines have no direction: choose one graph of the class, and write 'dag'",
    "mag": "its arrows stand for ancestors: draw hidden causes as 'a <-> b' or as latent nodes, and write 'dag'",
    "pag": "some of its ends are not known: choose one graph of the class, and write 'dag'",
}


def read_graph_text(text: str) -> GraphText:
    """Read the text of a graph.

    Parameters
    ----------
    text : str
        Arrows on lines of their own or parted by semicolons, DOT, or dagitty.

    Returns
    -------
    GraphText
        Nodes, arrows and roles.

    Raises
    ------
    SpecificationError
        If something is not understood, with its line and column; or an arrow is stated twice with different signs.

    Examples
    --------
    >>> read_graph_text("debt -> exploited; selected: detected; exploited -> detected").nodes
    ('debt', 'exploited', 'detected')
    >>> sorted(read_graph_text('dag { debt [exposure,pos="0,1"] u [latent] u -> {debt exploited} }').latent)
    ['u']
    """
    found = _read(text)
    _refuse_slips(found)
    return found


def _read(text: str) -> GraphText:
    """Find out which language the text is in, and read it."""
    tokens = read_tokens(text)
    words = [token for token in tokens if token.kind != "line"]
    strict = _word(words[0]) == "strict" and len(words) > 1
    head = words[1] if strict else words[0]
    after = words[2 if strict else 1 :]
    if not _opens(head, after):
        return Statements(tokens, "arrows").read()
    if _word(head) in _UNDIRECTED:
        raise head.refuse(_UNDIRECTED[_word(head)], "is no graph of causes")
    dialect = _DIRECTED[_word(head)]
    tokens = read_tokens(text, hash_anywhere=dialect != "dot")
    opening = next(i for i, token in enumerate(tokens) if token.kind == "sign" and token.text == "{")
    return Statements(tokens, "dot" if dialect == "dot" else "dagitty", opening).read()


def _word(token: Token) -> str:
    """Return a word that may head a graph."""
    return token.text.casefold() if token.kind == "name" else ""


def _opens(head: Token, after: list[Token]) -> bool:
    """Say whether a graph begins here: a word for its kind, perhaps a name, and a brace."""
    if _word(head) not in _DIRECTED.keys() | _UNDIRECTED.keys():
        return False
    named = bool(after) and after[0].kind in {"name", "quoted"}
    rest = after[1:] if named else after
    return bool(rest) and rest[0].kind == "sign" and rest[0].text == "{"


def _refuse_slips(found: GraphText) -> None:
    """Refuse a node that has a role, no arrow, and almost the name of another."""
    joined = {node for pair in found.edges for node in pair}
    for role in dict.fromkeys(ROLES.values()):
        for name in sorted(getattr(found, role) - joined):
            meant = near_miss(name, sorted(joined))
            if meant is not None:
                raise SpecificationError(
                    f"node {name!r} is declared as {role} and has no arrow: did you mean {meant!r}?"
                )
