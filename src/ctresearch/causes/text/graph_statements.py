"""The grammar of graphs in text, which the three ways of writing them share but for a few rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ctresearch.causes.text.graph_drawing import Drawing
from ctresearch.causes.text.graph_roles import ROLES, SIGNS
from ctresearch.causes.text.graph_tokens import NAMES

if TYPE_CHECKING:
    from ctresearch.causes.text.graph_drawing import GraphText
    from ctresearch.causes.text.graph_roles import Attributes
    from ctresearch.causes.text.graph_tokens import Token

Dialect = Literal["arrows", "dot", "dagitty"]
_KEYWORDS = frozenset({"node", "edge", "graph", "digraph", "subgraph", "strict"})
_LIKE = "a statement reads like 'a -> b', 'a <-> b', 'a -> {b c}', 'latent: u' or 'selected: s'"


class Statements:
    """Read the statements of one graph.

    Parameters
    ----------
    tokens : list of Token
        Of the whole text.
    dialect : {"arrows", "dot", "dagitty"}
        What the text is written in.
    opening : int, optional
        Place of the brace that opens the graph; None where the text has none.

    Examples
    --------
    >>> from ctresearch.causes.text.graph_tokens import read_tokens
    >>> list(Statements(read_tokens("a -> {b c}"), "arrows").read().edges)
    [('a', 'b'), ('a', 'c')]
    """

    def __init__(self, tokens: list[Token], dialect: Dialect, opening: int | None = None) -> None:
        self.tokens, self.dialect, self.place = tokens, dialect, 0 if opening is None else opening
        self.braced = opening is not None
        self.depth = 0  # of braces and brackets, in which a line may end anywhere
        self.drawing = Drawing()
        self.open_groups: list[dict[str, None]] = []
        self.named_groups: dict[str, list[str]] = {}
        self.defaults: list[dict[str, Attributes]] = [{"node": {}, "edge": {}, "graph": {}}]

    def read(self) -> GraphText:
        """Read all statements.

        Returns
        -------
        GraphText
            Nodes, arrows and roles.

        Raises
        ------
        SpecificationError
            If something is not understood.

        Examples
        --------
        >>> from ctresearch.causes.text.graph_tokens import read_tokens
        >>> Statements(read_tokens("a"), "arrows").read().nodes
        ('a',)
        """
        if self.braced:
            self._braces()
        else:
            self._lines()
        while self._peek().kind == "line" or self._at(";"):
            self._next()
        if self._peek().kind != "end":
            raise self._peek().refuse(
                "must end with the last brace: one text holds one graph", "stands behind the graph"
            )
        return self.drawing.finish()

    def _lines(self) -> None:
        """Read statements that lines or semicolons part."""
        while self._peek().kind != "end":
            if self._peek().kind == "line" or self._at(";"):
                self._next()
                continue
            self._statement()
            if self._peek().kind not in {"line", "end"} and not self._at(";"):
                raise self._peek().refuse(_LIKE)

    def _braces(self) -> None:
        """Read statements in braces."""
        opening = self._next()
        self.depth += 1
        self.defaults.append({kind: dict(values) for kind, values in self.defaults[-1].items()})
        while not self._at("}"):
            if self._peek().kind == "end":
                raise opening.refuse("must be closed by '}'", "is not closed")
            if self._at(";") or (self._at(",") and self.open_groups):
                self._next()
            else:
                self._statement()
        self.defaults.pop()
        self.depth -= 1
        self._next()

    def _statement(self) -> None:
        """Read one statement."""
        first, second = self._peek(), self._peek(1)
        word = first.text.casefold() if first.kind == "name" else ""
        if self.dialect == "arrows" and word in ROLES and (second.kind, second.text) == ("sign", ":"):
            self._declaration(ROLES[word])
        elif (
            self.dialect != "arrows"
            and (second.kind, second.text) == ("sign", "=")
            and first.kind in {"name", "quoted"}
        ):
            self._next(), self._next()
            self._value()
        elif (
            self.dialect != "arrows"
            and word in {"node", "edge", "graph"}
            and (second.kind, second.text) == ("sign", "[")
        ):
            self._next()
            self.defaults[-1][word].update(self._attributes())
        else:
            self._chain()

    def _declaration(self, role: str) -> None:
        """Read the nodes that have a role."""
        place = self._next()
        self._next()
        while True:
            self.drawing.set_roles(self._node(), {role: (None, place)})
            if not self._at(","):
                return
            self._next()

    def _chain(self) -> None:
        """Read a node or a chain of arrows, with what stands in brackets behind it."""
        begin = self._peek()
        sides, arrows = [self._side()], []
        while self._peek().kind == "arrow":
            arrows.append(self._arrow())
            sides.append(self._side())
        grouped = begin.kind == "sign" or begin.text.casefold() == "subgraph"
        here = self._peek()
        attributes = self._attributes()
        if arrows:
            attributes = {**self.defaults[-1]["edge"], **attributes}
            for left, arrow, right in zip(sides, arrows, sides[1:], strict=False):
                self.drawing.add_arrows(left, arrow, right, attributes)
        elif attributes and grouped:
            raise here.refuse("brackets stand behind one node or behind arrows")
        else:
            self.drawing.set_roles(sides[0][0], attributes) if attributes else None

    def _arrow(self) -> Token:
        """Read an arrow that the dialect has."""
        arrow = self._next()
        if arrow.text == "--":
            raise arrow.refuse("must be '->'", "has no head, so no cause and no effect")
        if self.dialect == "dot" and arrow.text != "->":
            cure = "write b -> a" if arrow.text == "<-" else "write a -> b [dir=both], or a latent node of its own"
            raise arrow.refuse(f"must be '->': {cure}", "is no arrow of DOT")
        return arrow

    def _side(self) -> list[str]:
        """Read what stands on one side of an arrow: a node, or several in braces."""
        token = self._peek()
        keyword = self.dialect != "arrows" and token.kind == "name" and token.text.casefold() == "subgraph"
        if not keyword and not self._at("{"):
            return [self._node()]
        name = None
        if keyword:
            self._next()
            name = None if self._at("{") else self._identifier()
        if self._at("{"):
            self.open_groups.append({})
            self._braces()
            nodes = list(self.open_groups.pop())
        elif name in self.named_groups:
            nodes = self.named_groups[name]
        else:
            raise self._peek().refuse("a subgraph has its nodes in braces")
        if name is not None:
            self.named_groups[name] = list(dict.fromkeys([*self.named_groups.get(name, []), *nodes]))
        return nodes

    def _node(self) -> str:
        """Read a node, take it in, and step over its port."""
        token = self._peek()
        if token.kind == "name" and self.dialect != "arrows" and token.text.casefold() in _KEYWORDS:
            raise token.refuse("must stand in quotation marks as the name of a node", "is a word of the language")
        name = self._identifier()
        if self.dialect == "dot" and self._at(":"):
            self._port(token)
        if self.drawing.add_node(name, token):
            self.drawing.set_roles(name, self.defaults[-1]["node"])
        for group in self.open_groups:
            group[name] = None
        return name

    def _port(self, node: Token) -> None:
        """Step over the place at which an arrow meets a node of DOT."""
        if node.kind == "name" and node.text.casefold() in ROLES:
            raise node.refuse(f"must be written as u [{node.text}=true]", "declares no node in DOT")
        for _ in range(2):
            if self._at(":"):
                self._next()
                self._identifier()

    def _identifier(self) -> str:
        """Read a name."""
        token = self._next()
        numeral = token.kind == "name" and not token.text[0].isidentifier()
        below = token.text.startswith("-")  # no column is called -1: a dash is what is left of an arrow
        odd = (numeral and (below or (not token.text.isdigit() and self.dialect != "dot"))) or (
            token.kind == "name" and not numeral and "." in token.text and self.dialect == "dot"
        )
        if odd:
            raise token.refuse(NAMES)
        if token.kind not in {"name", "quoted"}:
            raise token.refuse(_LIKE if self.dialect == "arrows" else "the name of a node must stand here")
        return self._joined(token)

    def _joined(self, token: Token) -> str:
        """Join what DOT writes as ``"a" + "b"``."""
        said = token.text
        while token.kind == "quoted" and self._at("+"):
            self._next()
            token = self._next()
            if token.kind != "quoted":
                raise token.refuse("+ joins words in quotation marks")
            said += token.text
        return said

    def _attributes(self) -> Attributes:
        """Read what stands in brackets, perhaps several times."""
        found: Attributes = {}
        while self._at("["):
            opening = self._next()
            self.depth += 1
            while not self._at("]"):
                if self._peek().kind == "end":
                    raise opening.refuse("must be closed by ']'", "is not closed")
                self._attribute(found)
            self.depth -= 1
            self._next()
        return found

    def _attribute(self, found: Attributes) -> None:
        """Read one word or one pair in brackets."""
        key = self._next()
        if key.kind not in {"name", "quoted"} and not (key.kind == "sign" and key.text in SIGNS):
            raise key.refuse('in brackets stand words such as latent, signs such as +, and pairs such as sign="+"')
        value = None
        if key.kind != "sign" and self._at("="):
            self._next()
            value = self._value()
        found[key.text] = (value, key)
        if self._at(",") or self._at(";"):
            self._next()

    def _value(self) -> str:
        """Read what stands behind an equals sign."""
        token = self._next()
        if token.kind not in {"name", "quoted", "html"}:
            raise token.refuse("a value must stand here, in quotation marks if it is more than one word")
        return self._joined(token)

    def _skip_lines(self) -> None:
        """Step over the ends of lines where they mean nothing."""
        while self.depth and self.tokens[self.place].kind == "line":
            self.place += 1

    def _peek(self, ahead: int = 0) -> Token:
        """Return the next token, or one behind it, without taking it."""
        self._skip_lines()
        place = self.place
        for _ in range(ahead):
            place = min(place + 1, len(self.tokens) - 1)
            while self.depth and self.tokens[place].kind == "line":
                place += 1
        return self.tokens[place]

    def _next(self) -> Token:
        """Take the next token."""
        token = self._peek()
        if token.kind != "end":
            self.place += 1
        return token

    def _at(self, sign: str) -> bool:
        """Say whether a sign comes next."""
        token = self._peek()
        return token.kind == "sign" and token.text == sign
