"""SVG made safe to stand inside a page: no scripts, nothing fetched, and nothing drawn outside its own frame.

Elements, attributes and styles are allow-lists. The outermost element keeps its size and its paint alone, since the
page lays it out: what could move it goes. Ids are made the figure's own, so that no figure draws with parts of another
or of the page, and one element that is drawn many times may not itself draw others many times.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from ctresearch.core.errors import DataError

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_TAGS_LISTED = """
    g defs path rect circle ellipse line polyline polygon text tspan use clipPath title desc linearGradient
    radialGradient stop marker pattern symbol mask image
"""
_TAGS = frozenset(_TAGS_LISTED.split())
_PAINT_LISTED = """
    clip-rule fill fill-opacity fill-rule font font-family font-size font-style font-weight image-rendering opacity
    stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin
    stroke-miterlimit stroke-opacity stroke-width text-anchor
"""
_PAINT = frozenset(_PAINT_LISTED.split())
_ATTRIBUTES_LISTED = """
    clip-path clipPathUnits cx cy d dx dy gradientTransform gradientUnits height href id markerHeight markerUnits
    markerWidth mask offset orient patternTransform patternUnits points preserveAspectRatio r refX refY rx ry style
    transform version viewBox width x x1 x2 y y1 y2
"""
_ATTRIBUTES = _PAINT | frozenset(_ATTRIBUTES_LISTED.split())
_OUTERMOST = _PAINT | {"height", "preserveAspectRatio", "style", "version", "viewBox", "width"}
_MATPLOTLIB_JOINS = "*{stroke-linejoin: round; stroke-linecap: butt}"
_FETCHES = re.compile(r"url\s*\(\s*['\"]?\s*(?!#)|expression|@import|javascript:|\\", re.IGNORECASE)
_REFERENCE = re.compile(r"url\(\s*['\"]?#([^'\")\s]*)['\"]?\s*\)")
_STYLE_VALUE = re.compile(r"[\w #%.,()'+-]*")
_IMAGE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+\Z")


def clean_svg(markup: str) -> str:
    """Return an SVG figure that runs nothing, fetches nothing and stays in its frame, ready to stand inside a page.

    Parameters
    ----------
    markup : str
        An SVG document.

    Returns
    -------
    str
        One ``<svg>`` element without declaration, comments, scripts, handlers, metadata or outside references.

    Raises
    ------
    DataError
        If it is not well-formed XML with ``svg`` as its root, or declares entities.

    Examples
    --------
    >>> clean_svg('<svg xmlns="http://www.w3.org/2000/svg" onload="steal()" style="position: fixed"><script/></svg>')
    '<svg xmlns="http://www.w3.org/2000/svg" />'
    """
    from xml.etree import ElementTree

    from defusedxml import DefusedXmlException  # type: ignore[import-untyped, unused-ignore]
    from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped, unused-ignore]

    try:
        root = fromstring(markup)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        kind = type(error).__name__
        raise DataError(f"an SVG figure cannot be read as plain XML ({kind}): save it again with run.save()") from None
    if root.tag != f"{{{_SVG}}}svg":
        raise DataError(f"the root of an SVG figure is {root.tag!r}, must be 'svg'")
    space = f"f{hashlib.sha256(markup.encode()).hexdigest()[:8]}-"
    _prune(root, _OUTERMOST, space)
    _unnest(root)
    if _MATPLOTLIB_JOINS in markup:  # matplotlib says this in a style sheet, which does not pass
        root.attrib |= {"stroke-linejoin": "round", "stroke-linecap": "butt"}
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    return ElementTree.tostring(root, encoding="unicode")


def _prune(element: Any, allowed: frozenset[str], space: str) -> None:
    """Drop every child and attribute of an SVG element that is not on the lists, and make its ids the figure's own."""
    is_image = element.tag == f"{{{_SVG}}}image"
    for key, value in list(element.attrib.items()):
        name = key.rpartition("}")[2]
        said = _kept(name, value, space, is_image=is_image) if name in allowed else ""
        if said:
            element.attrib[key] = said
        else:
            del element.attrib[key]
    for child in list(element):
        namespace, _, name = str(child.tag).rpartition("}")
        if namespace != "{" + _SVG or name not in _TAGS:
            element.remove(child)
        else:
            child.tail = None if not (child.tail or "").strip() else child.tail
            _prune(child, _ATTRIBUTES, space)


def _kept(name: str, value: str, space: str, *, is_image: bool) -> str:
    """Return what stays of an attribute; nothing where its value is none of those allowed."""
    if name == "href":
        if value.startswith("#"):
            return f"#{space}{value[1:]}"
        return value if is_image and _IMAGE.match(value) else ""
    if name == "id":
        return space + value
    if name == "style":
        return _kept_styles(value, space)
    if _FETCHES.search(value):
        return ""
    return _own_references(value, space)


def _own_references(value: str, space: str) -> str:
    """Point the references of a value at the figure's own ids."""
    return _REFERENCE.sub(rf"url(#{space}\1)", value)


def _kept_styles(value: str, space: str) -> str:
    """Return the declarations that paint; those that lay out, move or fetch go."""
    pairs = [[part.strip() for part in one.partition(":")[::2]] for one in value.split(";")]
    kept = [
        f"{name}: {_own_references(said, space)}"
        for name, said in pairs
        if name in _PAINT and _STYLE_VALUE.fullmatch(said) and not _FETCHES.search(said)
    ]
    return "; ".join(kept)


def _unnest(root: Any) -> None:
    """Drop each ``use`` of an element that holds a ``use`` itself: a few of them nested draw billions of elements."""
    use = f"{{{_SVG}}}use"
    nested = {
        one.get("id") for one in root.iter() if one.get("id") and (one.tag == use or one.find(f".//{use}") is not None)
    }
    for parent in list(root.iter()):
        for child in list(parent):
            target = child.get("href") or child.get(f"{{{_XLINK}}}href") or ""
            if child.tag == use and target[1:] in nested:
                parent.remove(child)


def figure_words(markup: str) -> tuple[str, list[str], list[str]]:
    """Return the words that stand in a figure, which a picture made of outlines keeps as comments.

    Parameters
    ----------
    markup : str
        An SVG document that :func:`clean_svg` takes.

    Returns
    -------
    title : str
        The last words that belong to no axis and no legend; empty where there are none.
    along : list of str
        Words along its axes, numbers left out.
    within : list of str
        All other words.

    Examples
    --------
    >>> figure_words('<svg xmlns="http://www.w3.org/2000/svg"><g id="axes_1"><!-- Lists and people --></g></svg>')
    ('Lists and people', [], [])
    """
    from xml.etree import ElementTree

    parser = ElementTree.XMLParser(  # noqa: S314  (clean_svg has refused what is dangerous)
        target=ElementTree.TreeBuilder(insert_comments=True)
    )
    along: list[str] = []
    within: list[str] = []
    legend: list[str] = []
    _gather(ElementTree.fromstring(markup, parser=parser), within, along, legend)  # noqa: S314
    title = within.pop() if within else ""
    return title, list(dict.fromkeys(along)), list(dict.fromkeys([*within, *legend]))


def _gather(element: Any, into: list[str], along: list[str], legend: list[str]) -> None:
    """Walk through a figure and sort its words by where they stand."""
    name = str(element.get("id", "")) if isinstance(element.tag, str) else ""
    into = along if name.startswith("matplotlib.axis") else legend if name.startswith("legend") else into
    words = " ".join((element.text or "").split())
    said = not isinstance(element.tag, str) or element.tag in (f"{{{_SVG}}}text", f"{{{_SVG}}}tspan")
    if said and any(letter.isalpha() for letter in words):
        into.append(words)
    for child in element:
        _gather(child, into, along, legend)
