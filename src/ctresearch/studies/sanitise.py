"""HTML and SVG made safe to open: allow-lists, no scripts, nothing fetched from anywhere.

A notebook may come from a stranger and its outputs may hold any markup. What is not on the lists below is dropped:
scripts, style sheets, frames, forms and event handlers with their content, every address but links to follow.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from ctresearch.core.errors import DataError

_DROPPED_WHOLE = ("script", "style", "iframe", "object", "embed", "noscript", "template", "form", "link", "meta", "svg",
                  "math", "title", "head", "base", "textarea", "select", "button", "video", "audio")  # fmt: skip
_TAGS_LISTED = """
    a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4
    h5 h6 hr i img li ol p pre q s section small span strong sub summary sup table tbody td tfoot th thead tr
    u ul
"""
_TAGS = frozenset(_TAGS_LISTED.split())
_ATTRIBUTES = {"*": ["class", "title", "style", "id"], "a": ["href"], "td": ["colspan", "rowspan"],
               "th": ["colspan", "rowspan", "scope"], "ol": ["start"], "details": ["open"]}  # fmt: skip
_STYLES = ("border-left", "color", "font-style", "font-weight", "margin", "padding-left", "text-align")
_IMAGE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+\Z")

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_SVG_TAGS_LISTED = """
    g defs path rect circle ellipse line polyline polygon text tspan use clipPath title desc linearGradient
    radialGradient stop marker pattern symbol mask image
"""
_SVG_TAGS = frozenset(_SVG_TAGS_LISTED.split())
_SVG_ATTRIBUTES_LISTED = """
    class clip-path clip-rule clipPathUnits cx cy d dx dy fill fill-opacity fill-rule font-family font-size
    font-style font-weight gradientTransform gradientUnits height href id markerHeight markerUnits markerWidth
    mask offset opacity orient patternTransform patternUnits points preserveAspectRatio r refX refY rx ry
    stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin
    stroke-miterlimit stroke-opacity stroke-width style text-anchor transform version viewBox width x x1 x2 y
    y1 y2
"""
_SVG_ATTRIBUTES = frozenset(_SVG_ATTRIBUTES_LISTED.split())
_MATPLOTLIB_JOINS = "*{stroke-linejoin: round; stroke-linecap: butt}"
_FETCHES = re.compile(r"url\s*\(\s*['\"]?\s*(?!#)|expression|@import|javascript:|\\", re.IGNORECASE)


def clean_html(markup: str) -> str:
    """Return HTML that runs nothing and fetches nothing.

    Parameters
    ----------
    markup : str
        HTML from a Markdown cell or an output.

    Returns
    -------
    str
        The markup of the allow-list; the text of other elements stays, scripts and style sheets go with their content.

    Examples
    --------
    >>> clean_html('<p onclick="steal()">Fine<script>steal()</script></p>')
    '<p>Fine</p>'
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(markup, "html.parser")
    for element in soup.find_all(_DROPPED_WHOLE):
        element.decompose()
    return str(_cleaner().clean(str(soup)))


def clean_svg(markup: str) -> str:
    """Return an SVG figure that runs nothing and fetches nothing, ready to stand inside a page.

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
    >>> clean_svg('<svg xmlns="http://www.w3.org/2000/svg" onload="steal()"><script>steal()</script></svg>')
    '<svg xmlns="http://www.w3.org/2000/svg" />'
    """
    from xml.etree import ElementTree

    from defusedxml import DefusedXmlException  # type: ignore[import-untyped, unused-ignore]
    from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped, unused-ignore]

    try:
        root = fromstring(markup)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise DataError(f"an SVG figure cannot be read as plain XML: {error}; save it again with run.save()") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise DataError(f"the root of an SVG figure is {root.tag!r}, must be 'svg'")
    _prune(root)
    if _MATPLOTLIB_JOINS in markup:  # matplotlib says this in a style sheet, which does not pass
        root.attrib |= {"stroke-linejoin": "round", "stroke-linecap": "butt"}
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    return ElementTree.tostring(root, encoding="unicode")


@cache
def _cleaner() -> Any:
    """Build the allow-list cleaner once."""
    from bleach.css_sanitizer import CSSSanitizer  # type: ignore[import-untyped, unused-ignore]
    from bleach.sanitizer import Cleaner  # type: ignore[import-untyped, unused-ignore]

    def allowed(tag: str, name: str, value: str) -> bool:
        """Allow images that the page itself carries, and the listed attributes."""
        if tag == "img":
            return name == "alt" or (name == "src" and _IMAGE.match(value) is not None)
        return name in _ATTRIBUTES["*"] or name in _ATTRIBUTES.get(tag, ())

    return Cleaner(
        tags=_TAGS,
        attributes=allowed,
        protocols=["http", "https", "mailto", "data"],
        strip=True,
        css_sanitizer=CSSSanitizer(allowed_css_properties=list(_STYLES)),
    )


def _prune(element: Any) -> None:
    """Drop every child and attribute of an SVG element that is not on the lists."""
    for key, value in list(element.attrib.items()):
        name = key.rpartition("}")[2]
        is_reference = name == "href"
        inside = value.startswith("#") or (element.tag == f"{{{_SVG}}}image" and _IMAGE.match(value) is not None)
        if name not in _SVG_ATTRIBUTES or _FETCHES.search(value) or (is_reference and not inside):
            del element.attrib[key]
    for child in list(element):
        namespace, _, name = str(child.tag).rpartition("}")
        if namespace != "{" + _SVG or name not in _SVG_TAGS:
            element.remove(child)
        else:
            child.tail = None if not (child.tail or "").strip() else child.tail
            _prune(child)
