"""HTML made safe to open: an allow-list, no scripts, nothing fetched from anywhere, nothing laid over the page.

A notebook may come from a stranger and its outputs may hold any markup. What is not on the lists below is dropped:
scripts, style sheets, frames, forms and event handlers with their content, every address but links to follow, every
style that could move, cover or hide, and every class, since the report marks its own blocks by class. Ids get a space
of their own, so that none is one of the page's anchors.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from ctresearch.studies.shown.figure_markup import clean_svg

if TYPE_CHECKING:
    from collections.abc import Callable

    import nh3

__all__ = ["clean_html", "clean_svg", "clean_text"]

_DROPPED_LISTED = """
    audio base button embed form head iframe link math meta noscript object script select style svg template textarea
    title video
"""
_DROPPED_WHOLE = frozenset(_DROPPED_LISTED.split())
_TAGS_LISTED = """
    a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4
    h5 h6 hr i img li ol p pre q s section small span strong sub summary sup table tbody td tfoot th thead tr
    u ul
"""
_TAGS = frozenset(_TAGS_LISTED.split())
_ATTRIBUTES = {
    "*": {"class", "title", "style", "id"},
    "a": {"href"},
    "img": {"alt", "src"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "details": {"open"},
}
_LENGTH = r"(?:0|\d?\.?\d(?:px|em|rem))"  # two digits and no sign, so that nothing is pulled over its neighbours
_COLOUR = r"#(?:[0-9a-f]{3}|[0-9a-f]{6})"
_STYLES = {
    "border-left": re.compile(rf"{_LENGTH} (?:solid|dotted|dashed) {_COLOUR}"),
    "color": re.compile(_COLOUR),
    "font-style": re.compile("normal|italic"),
    "font-weight": re.compile("normal|bold|[1-9]00"),
    "margin": re.compile(rf"{_LENGTH}(?: {_LENGTH}){{0,3}}"),
    "padding-left": re.compile(_LENGTH),
    "text-align": re.compile("left|right|center|justify"),
}
_FORMULA = "math"  # the one class that Markdown sets and the setter of formulas reads
_IMAGE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+\Z")
_LINK = re.compile(r"(?:https?://|mailto:|#)[^\s\\]*\Z", re.IGNORECASE)
OWN_SPACE = "nb-"
_TURNERS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_MARKS = 4  # combining marks on one letter; more pile up over the lines around them
_RUN = re.compile(rf"[^\x00-\u02ff]{{{_MARKS + 1},}}")


def clean_html(markup: str) -> str:
    """Return HTML that runs nothing, fetches nothing and stays in its place.

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
    >>> clean_html('<p onclick="steal()" class="checks">Fine<script>steal()</script></p>')
    '<p>Fine</p>'
    """
    # HTML has no value for `open`; the parser's writer gives every attribute one.
    return _cleaner().clean(markup).replace('<details open="">', "<details open>")


def clean_text(page: str) -> str:
    r"""Take out of a page the characters that turn, hide or pile up what stands around them.

    Parameters
    ----------
    page : str
        Text or HTML.

    Returns
    -------
    str
        The same without marks that set the direction of writing, and with at most four combining marks on a letter.

    Examples
    --------
    >>> clean_text("a\u202eb" + "e" + "\u0301" * 9) == "ab" + "e" + "\u0301" * 4
    True
    """
    return _RUN.sub(_unpiled, page.translate(_TURNERS))


def _unpiled(found: re.Match[str]) -> str:
    """Keep the first few of the combining marks that stand on one letter."""
    kept, marks = [], 0
    for letter in found.group():
        marks = marks + 1 if unicodedata.category(letter) in {"Mn", "Me"} else 0
        if marks <= _MARKS:
            kept.append(letter)
    return "".join(kept)


@cache
def _cleaner() -> nh3.Cleaner:
    """Build the allow-list cleaner once; it reads the markup as a browser does, so that both see the same elements."""
    import nh3

    return nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED_WHOLE),
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel=None,
    )


def _kept(tag: str, name: str, value: str) -> str | None:
    """Return what stays of a listed attribute; None where its value is none of those allowed."""
    plain = value.replace("<", "").replace(">", "")
    if name in _READERS:
        return _READERS[name](tag, plain) or None
    return "" if name == "open" else plain or None


def _kept_class(tag: str, value: str) -> str:
    """Keep the class that marks a formula, on what Markdown sets it."""
    return value if value == _FORMULA and tag in {"span", "div"} else ""


def _kept_source(_: str, value: str) -> str:
    """Keep an image that the page itself carries."""
    return value if _IMAGE.match(value) else ""


def _kept_link(_: str, value: str) -> str:
    """Keep an address to follow; one inside the page leads into the notebook's own space."""
    address = value if _LINK.match(value) else ""
    return f"#{OWN_SPACE}{address[1:]}" if address.startswith("#") else address


def _kept_id(_: str, value: str) -> str:
    """Put an id into the notebook's own space."""
    return OWN_SPACE + "".join(value.split())


def _kept_styles(_: str, value: str) -> str:
    """Return the declarations whose property and value are on the list."""
    pairs = [[part.strip() for part in one.partition(":")[::2]] for one in value.split(";")]
    kept = [f"{name}: {said};" for name, said in pairs if name in _STYLES and _STYLES[name].fullmatch(said.lower())]
    return " ".join(kept)


_READERS: dict[str, Callable[[str, str], str]] = {
    "class": _kept_class,
    "style": _kept_styles,
    "id": _kept_id,
    "href": _kept_link,
    "src": _kept_source,
}
