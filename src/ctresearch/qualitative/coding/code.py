"""One code of a codebook."""

from __future__ import annotations

from dataclasses import dataclass

from ctresearch.core.render import as_card

SEPARATOR = " > "
"""Stands between a code and the code above it, in the key that names a code: ``"means > deception"``."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code: where it stands, what it means, and when it is given.

    Parameters
    ----------
    name : str
        What coders call it.
    parent : str
        Key of the code above it; empty for a code at the top.
    definition : str
        What it means.
    include, exclude : str
        When it is given though one might doubt it, and when it is not.
    example : str
        An invented or consented example.
    colour : str
        As ``"#1F77B4"``; empty where none was chosen.
    codable : bool
        Whether it may be given, or only heads others.
    guid : str
        Identifier under which tools exchange it; empty where none was given.

    Examples
    --------
    >>> Code("deception", parent="means").key
    'means > deception'
    """

    name: str
    parent: str = ""
    definition: str = ""
    include: str = ""
    exclude: str = ""
    example: str = ""
    colour: str = ""
    codable: bool = True
    guid: str = ""

    @property
    def key(self) -> str:
        """What names it alone: the codes above it and its own name."""
        return f"{self.parent}{SEPARATOR}{self.name}" if self.parent else self.name

    @property
    def depth(self) -> int:
        """How many codes stand above it."""
        return self.parent.count(SEPARATOR) + 1 if self.parent else 0

    def _repr_html_(self) -> str:
        return as_card(self, says=[self.definition], show=["name", "parent", "codable"])
