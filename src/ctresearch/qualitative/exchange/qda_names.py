"""Words of REFI-QDA: namespaces, elements, identifiers, and a code's texts in one description."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from ctresearch.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

PROJECT = "urn:QDA-XML:project:1.0"
CODEBOOK = "urn:QDA-XML:codebook:1.0"
SOURCES = {
    "TextSource": "text",
    "PDFSource": "pdf",
    "PictureSource": "picture",
    "AudioSource": "audio",
    "VideoSource": "video",
}
_GUID = re.compile(r"\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?")
_OURS = uuid.UUID("5b0f1e0a-2b7e-5c55-9c5e-0d5a2f5b7a11")
_PARTS = (("include", "Include: "), ("exclude", "Exclude: "), ("example", "Example: "))


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def named(element: Element, name: str) -> Iterator[Element]:
    """Yield the children of that name, whatever their namespace."""
    return (one for one in element if local(one) == name)


def inside(element: Element, *path: str) -> list[Element]:
    """Return what stands below a path of names."""
    level = [element]
    for name in path:
        level = [child for one in level for child in named(one, name)]
    return level


def guid(element: Element) -> str:
    """Return the identifier of an element in one spelling."""
    return plain_guid(element.get("guid", ""))


def plain_guid(text: str) -> str:
    """Return an identifier without braces, in small letters."""
    return text.strip().strip("{}").lower()


def is_guid(text: str) -> bool:
    """Say whether a text is an identifier of 32 hexadecimal digits."""
    return bool(_GUID.fullmatch(text.strip()))


def make_guid(*words: str) -> str:
    """Return an identifier that the same words always get."""
    return str(uuid.uuid5(_OURS, "\x1f".join(words)))


def description(code: object) -> str:
    """Write the texts of a code as one description, which is all that the standard has room for."""
    parts = [str(getattr(code, "definition"))]  # noqa: B009
    parts += [head + text for field, head in _PARTS if (text := str(getattr(code, field)))]
    return "\n".join(part for part in parts if part)


def read_description(text: str) -> dict[str, str]:
    """Read the texts of a code back from its description."""
    found = {"definition": "", **{field: "" for field, _ in _PARTS}}
    field = "definition"
    for line in text.split("\n"):
        started = next(((one, head) for one, head in _PARTS if line.startswith(head)), None)
        if started is not None and not found[started[0]]:
            field, line = started[0], line[len(started[1]) :]  # noqa: PLW2901
        found[field] += ("\n" if found[field] else "") + line
    return found


def text_of(element: Element | None) -> str:
    """Return the text of an element, or nothing."""
    return "" if element is None else (element.text or "")


def first(element: Element, name: str) -> Element | None:
    """Return the first child of that name."""
    return next(named(element, name), None)


def check_root(root: Element, name: str, namespace: str, what: str) -> None:
    """Refuse a document of another kind."""
    if root.tag != f"{{{namespace}}}{name}":
        raise DataError(f"{what} is no REFI-QDA {name.lower()} of version 1.0: export it as such from the tool")
