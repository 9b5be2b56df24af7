"""What the text of a graph says of nodes and arrows beside their names: roles, signs and ways of drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.causes.text.graph_tokens import Token

ROLES = {
    "latent": "latent",
    "unobserved": "latent",
    "selected": "selected",
    "exposure": "exposure",
    "outcome": "outcome",
    "adjusted": "adjusted",
}
SIGNS = {"+": 1, "-": -1, "−": -1, "?": 0}
_NUMBERS = {"1": 1, "-1": -1, "0": 0}
_SAID = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
Attributes = dict[str, "tuple[str | None, Token]"]
"""Key to value and place; a word that stands alone, such as ``latent``, has no value."""


def roles_of(attributes: Mapping[str, tuple[str | None, Token]]) -> dict[str, bool]:
    """Return which roles the attributes of a node give or take.

    Parameters
    ----------
    attributes : mapping
        Key to value and place.

    Returns
    -------
    dict of str to bool
        Role to whether the node has it.

    Raises
    ------
    SpecificationError
        If a word alone is no role, or a role has a value that says neither yes nor no.

    Examples
    --------
    >>> from ctresearch.causes.text.graph_tokens import Token
    >>> roles_of({"unobserved": (None, Token("name", "unobserved", 1, 4))})
    {'latent': True}
    """
    found = {}
    for key, (value, place) in attributes.items():
        word = key.casefold()
        if value is None and word not in ROLES:
            raise place.refuse(f"a word alone in brackets behind a node is one of {', '.join(ROLES)}")
        if word in ROLES or word == "observed":
            said = True if value is None else _SAID.get(value.strip().casefold())
            if said is None:
                raise place.refuse(f"{key} is either true or false")
            found[ROLES.get(word, "latent")] = said != (word == "observed")
    return found


def sign_of(attributes: Mapping[str, tuple[str | None, Token]]) -> int:
    """Return the sign of an arrow.

    Parameters
    ----------
    attributes : mapping
        Key to value and place; a sign alone, a ``sign``, or a ``label`` that is nothing but a sign.

    Returns
    -------
    int
        1, -1, or 0 where none is stated.

    Raises
    ------
    SpecificationError
        If it is another word, or two signs disagree.

    Examples
    --------
    >>> from ctresearch.causes.text.graph_tokens import Token
    >>> sign_of({"label": ("+", Token("name", "label", 1, 9))})
    1
    """
    found: set[int] = set()
    for key, (value, place) in attributes.items():
        if value is None:
            if key not in SIGNS:
                raise place.refuse("a word alone in brackets behind an arrow is one of +, - and ?")
            found.add(SIGNS[key])
        elif key == "sign":
            if value.strip() not in SIGNS | _NUMBERS:
                raise place.refuse("a sign is one of +, - and ?")
            found.add((SIGNS | _NUMBERS)[value.strip()])
        elif key == "label" and value.strip() in SIGNS:
            found.add(SIGNS[value.strip()])
        if len(found) > 1:
            raise place.refuse("must agree: keep one sign", "is a second sign of one arrow")
    return found.pop() if found else 0


# Heads that point from cause to effect. A turned one (inv), a bar (tee), a foot (crow) or a dot say something else.
_HEADS = frozenset({"normal", "empty", "open", "vee", "halfopen", "onormal"})


def turned(arrow: str, attributes: Mapping[str, tuple[str | None, Token]]) -> str:
    """Return the arrow that is meant, where DOT draws heads elsewhere than ``->`` says.

    Parameters
    ----------
    arrow : str
        As it stands in the text.
    attributes : mapping
        Key to value and place; ``dir`` moves the head.

    Returns
    -------
    str
        ``"->"``, ``"<-"`` or ``"<->"``.

    Raises
    ------
    SpecificationError
        If the line is drawn without a head or not at all.

    Examples
    --------
    >>> from ctresearch.causes.text.graph_tokens import Token
    >>> turned("->", {"dir": ("back", Token("name", "dir", 1, 9))})
    '<-'
    """
    for key in ("arrowhead", "arrowtail", "style"):
        value, place = attributes.get(key, ("", None))
        if place is not None and value is not None and ("none" in value or "invis" in value):
            fault = "makes a line without a head, or one that nobody sees"
            raise place.refuse("must be an arrow from cause to effect: leave the line out", fault)
        if key != "style" and place is not None and value not in _HEADS:
            fault = "draws a head that says something else than that a cause has an effect"
            raise place.refuse(f"must be one of {', '.join(sorted(_HEADS))}: leave it out", fault)
    value, place = attributes.get("dir", ("forward", None))
    meant = {"forward": arrow, "back": "<-", "both": "<->"}.get(value or "")
    if meant is None and place is not None:
        raise place.refuse("must be forward, back or both", "leaves open what is cause and what effect")
    return meant or arrow
