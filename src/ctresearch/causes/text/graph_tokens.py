"""Words and signs of the text of a graph, each with its place, so that a message can point at it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["name", "quoted", "html", "arrow", "sign", "line", "end"]

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_BLANK = re.compile(r"[^\S\n]+|\\\n")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_NUMBER = re.compile(r"-?(?:\.\d+|\d+(?:\.\d+)?)(?![\w.])")
_ARROW = re.compile(r"<->|->|<-|--")
_SIGN = re.compile(r"[{}\[\];,:=+?−-]")
NAMES = 'names are of letters, digits and _; put any other name in quotation marks, as in "my debt"'
_RUN = re.compile(r"[-<>@|~][-<>=@|~*]*|=>+")


@dataclass(frozen=True, slots=True)
class Token:
    """One word or sign.

    Parameters
    ----------
    kind : {"name", "quoted", "html", "arrow", "sign", "line", "end"}
        What it is; ``"line"`` is the end of a line, ``"end"`` that of the text.
    text : str
        What it says, without quotation marks.
    line, column : int
        Where it begins, counted from 1.

    Examples
    --------
    >>> [token.text for token in read_tokens("a -> b")][:3]
    ['a', '->', 'b']
    """

    kind: Kind
    text: str
    line: int
    column: int

    @property
    def shown(self) -> str:
        """What a message calls it."""
        return {"line": "the end of the line", "end": "the end of the text"}.get(self.kind, repr(self.text))

    def refuse(self, cure: str, fault: str = "is not understood") -> SpecificationError:
        """Return the error that points here.

        Parameters
        ----------
        cure : str
            What may stand here.
        fault : str
            What is wrong with what does.

        Returns
        -------
        SpecificationError
            To be raised.

        Examples
        --------
        >>> print(Token("name", "b", 2, 5).refuse("an arrow must stand between two nodes"))
        graph text, line 2, column 5: 'b' is not understood, an arrow must stand between two nodes
        """
        return SpecificationError(f"graph text, line {self.line}, column {self.column}: {self.shown} {fault}, {cure}")


def read_tokens(text: str, *, hash_anywhere: bool = True) -> list[Token]:
    """Cut the text of a graph into words and signs; comments fall away.

    Parameters
    ----------
    text : str
        Arrows, DOT or dagitty.
    hash_anywhere : bool
        Whether ``#`` begins a comment anywhere, or at the beginning of a line alone, as in DOT.

    Returns
    -------
    list of Token
        The last one is of kind ``"end"``.

    Raises
    ------
    SpecificationError
        If a character belongs to none.

    Examples
    --------
    >>> [token.kind for token in read_tokens('"my debt" # what is owed')]
    ['quoted', 'end']
    """
    return list(_tokens(text, hash_anywhere=hash_anywhere))


def _tokens(text: str, *, hash_anywhere: bool) -> Iterator[Token]:
    """Yield the tokens one by one."""
    place, line, start = 0, 1, 0
    while place < len(text):
        end = _skipped(text, place, free=hash_anywhere or not text[start:place].strip())
        if end == place:
            token, end = _one(text, place, line, place - start + 1)
            yield token
        breaks = text.count("\n", place, end)
        if breaks:
            line, start = line + breaks, text.rindex("\n", place, end) + 1
        place = end
    yield Token("end", "", line, place - start + 1)


def _skipped(text: str, place: int, *, free: bool) -> int:
    """Return where blanks or a comment at a place end, the place itself where there are none."""
    if text[place] == "#" and free:
        end = text.find("\n", place)
        return len(text) if end < 0 else end
    found = _COMMENT.match(text, place) or _BLANK.match(text, place)
    return place if found is None else found.end()


def _one(text: str, place: int, line: int, column: int) -> tuple[Token, int]:
    """Read the token at a place, and say where it ends."""
    letter = text[place]
    if letter == "\n":
        return Token("line", "", line, column), place + 1
    if letter == '"':
        return _quoted(text, place, line, column)
    number = _NUMBER.match(text, place)
    end = number.end() if number else _name_end(text, place)
    if end > place:
        return Token("name", text[place:end], line, column), end
    run = _RUN.match(text, place)
    if run is not None and _ARROW.fullmatch(run.group()):
        return Token("arrow", run.group(), line, column), run.end()
    if letter == "<" and (html := _html_end(text, place)):
        return Token("html", text[place:html], line, column), html
    if run is not None and run.group() != "-":
        raise Token("sign", run.group(), line, column).refuse("arrows are '->', '<-' and '<->'")
    if _SIGN.match(letter) is None:
        raise Token("sign", letter, line, column).refuse(NAMES)
    return Token("sign", letter, line, column), place + 1


def _name_end(text: str, place: int) -> int:
    """Return where a name ends: letters, digits and _, in any script, with dots between."""
    here = place
    if not text[here].isidentifier():
        return place
    while here < len(text):
        dotted = text[here] == "." and f"_{text[here + 1 : here + 2]}".isidentifier() and here + 1 < len(text)
        if not dotted and not f"_{text[here]}".isidentifier():
            break
        here += 1
    return here


def _quoted(text: str, place: int, line: int, column: int) -> tuple[Token, int]:
    """Read words in quotation marks."""
    found = _QUOTED.match(text, place)
    if found is None:
        raise Token("sign", '"', line, column).refuse("a quotation mark must be closed by another")
    said = found.group(1).replace("\\\n", "").replace('\\"', '"')
    return Token("quoted", said, line, column), found.end()


def _html_end(text: str, place: int) -> int:
    """Return where markup in angle brackets ends, 0 where it is none."""
    depth = 0
    for here in range(place, len(text)):
        depth += (text[here] == "<") - (text[here] == ">")
        if depth == 0:
            return here + 1
    return 0
