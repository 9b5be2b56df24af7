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
from typing import TYPE_CHECKING, Any

from ctresearch.studies.shown.figure_markup import clean_svg

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["clean_html", "clean_svg", "clean_text"]

_DROPPED_WHOLE = (
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "noscript",
    "template",
    "form",
    "link",
    "meta",
    "svg",
    "math",
    "title",
    "head",
    "base",
    "textarea",
    "select",
    "button",
    "video",
    "audio",
)
_TAGS_LISTED = """
    a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4
    h5 h6 hr i img li ol p pre q s section small span strong sub summary sup table tbody td tfoot th thead tr
    u ul
"""
_TAGS = frozenset(_TAGS_LISTED.split())
_ATTRIBUTES = {
    "*": ["class", "title", "style", "id"],
    "a": ["href"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
    "ol": ["start"],
    "details": ["open"],
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
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(markup, "html.parser")
    for element in soup.find_all(_DROPPED_WHOLE):
        element.decompose()
    return str(_cleaner().clean(str(soup)))


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
def _cleaner() -> Any:
    """Build the allow-list cleaner once."""
    from bleach.css_sanitizer import CSSSanitizer  # type: ignore[import-untyped, unused-ignore]
    from bleach.html5lib_shim import Filter  # type: ignore[import-untyped, unused-ignore]
    from bleach.sanitizer import Cleaner  # type: ignore[import-untyped, unused-ignore]

    class InItsPlace(Filter):  # type: ignore[misc, unused-ignore]
        """Holds what is left of each element's attributes to the values that cannot reach outside of it."""

        def __iter__(self) -> Iterator[Any]:
            """Go through the elements and words."""
            for token in super().__iter__():
                if token["type"] in {"StartTag", "EmptyTag"}:
                    kept = ((key, _kept(token["name"], key[1], value)) for key, value in token["data"].items())
                    token["data"] = {key: value for key, value in kept if value}
                yield token

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
        filters=[InItsPlace],
    )


def _kept(tag: str, name: str, value: str) -> str:
    """Return what stays of an attribute; nothing where its value is none of those allowed."""
    if name == "class":
        return value if value == _FORMULA and tag in {"span", "div"} else ""
    if name == "style":
        return _kept_styles(value)
    if name == "id":
        return OWN_SPACE + "".join(value.split())
    if name == "href":
        address = value if _LINK.match(value) else ""
        return f"#{OWN_SPACE}{address[1:]}" if address.startswith("#") else address
    if name == "open":
        return "open"
    return value.replace("<", "").replace(">", "")


def _kept_styles(value: str) -> str:
    """Return the declarations whose property and value are on the list."""
    pairs = [[part.strip() for part in one.partition(":")[::2]] for one in value.split(";")]
    kept = [f"{name}: {said};" for name, said in pairs if name in _STYLES and _STYLES[name].fullmatch(said.lower())]
    return " ".join(kept)
