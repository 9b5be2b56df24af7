"""XML from a stranger: no entities, no types of its own, no depth without end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.errors import DataError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_BYTES, MOST_DEPTH = 500_000_000, 200


def read_xml(content: bytes, what: str) -> Element:
    """Read an XML document.

    Parameters
    ----------
    content : bytes
        The document.
    what : str
        What it is, for the message.

    Returns
    -------
    xml.etree.ElementTree.Element
        Its root.

    Raises
    ------
    DataError
        If it is not well formed, declares entities or a document type, is in an encoding that it does not say, or
        nests too deep.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    if len(content) > MOST_BYTES:
        raise DataError(f"{what} is {len(content):,} bytes long, must be at most {MOST_BYTES:,}")
    try:
        root: Element = fromstring(content, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise DataError(f"{what} declares a document type or entities, must have none: do not trust it") from None
    except (ParseError, ValueError, LookupError, UnicodeError):
        raise DataError(f"{what} is no well-formed XML, or not in the encoding it says: export it again") from None
    level, deep = [root], 0
    while level:
        deep += 1
        if deep > MOST_DEPTH:
            raise DataError(f"{what} nests deeper than {MOST_DEPTH} levels: do not trust it")
        level = [child for one in level for child in one]
    return root
