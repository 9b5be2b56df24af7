"""Sanitised HTML as Typst, for the PDF.

Every word goes over as a quoted string, so nothing in a notebook can be read as a Typst command.
"""

from __future__ import annotations

import base64
import html
import re
from typing import Any

_WRAPPERS = {
    "b": "strong",
    "strong": "strong",
    "em": "emph",
    "i": "emph",
    "dfn": "emph",
    "sub": "sub",
    "sup": "super",
    "s": "strike",
    "del": "strike",
    "u": "underline",
}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = {
    "p",
    "div",
    "section",
    "figure",
    "figcaption",
    "blockquote",
    "details",
    "summary",
    "dl",
    "dt",
    "dd",
    "caption",
}
_STANDING = _BLOCKS | _HEADINGS.keys() | {"ul", "ol", "table", "pre", "hr", "br"}
_SVG = re.compile(r"<svg\b[^>]*/>|<svg\b.*?</svg>", re.DOTALL)
_FORMULA = re.compile(
    r'<svg [^>]*class="math"[^>]* height="(?P<height>[\d.]+)em" style="vertical-align:-(?P<depth>[\d.]+)em"'
)
_WORDS = re.compile(r"<(?:title|desc)\b[^>]*>(.*?)</(?:title|desc)>", re.DOTALL)
_SPACE = re.compile(r"[ \t\n]+")
_SPACES = "\n\t\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
_RIGHT = re.compile(r"[−-]?[\d,\u202f]*\.?\d+(e[+-]?\d+)?\s*%?|[–∞]|nan", re.IGNORECASE)


def quoted(text: str) -> str:
    r"""Write text as a Typst string.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        A string literal.

    Examples
    --------
    >>> print(quoted('a "b" #c'))
    "a \"b\" #c"
    """
    kept = "".join(letter for letter in text if letter.isprintable() or letter in _SPACES)
    return '"' + kept.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def from_html(markup: str) -> str:
    """Turn sanitised HTML into Typst content.

    Parameters
    ----------
    markup : str
        HTML of the allow-list; inline SVG and data images become pictures.

    Returns
    -------
    str
        Typst markup.

    Examples
    --------
    >>> print(from_html("<p>Two <em>lists</em>.</p>"))
    #block[#text("Two ")#emph[#text("lists")]#text(".")]
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(_SVG.sub(_as_image, markup), "html.parser")
    return "".join(_node(child) for child in soup.children)


def _as_image(found: re.Match[str]) -> str:
    """Turn inline SVG into an image of its own, since an HTML parser writes the names of SVG in lower case."""
    source = base64.b64encode(found.group().encode()).decode()
    formula = _FORMULA.match(found.group())
    inline = "" if formula is None else f' data-height="{formula["height"]}" data-depth="{formula["depth"]}"'
    words = " ".join(html.unescape(one) for one in _WORDS.findall(found.group())) if formula is None else ""
    return f'<img src="data:image/svg+xml;base64,{source}"{inline} alt="{html.escape(words)}">'


def _node(node: Any) -> str:
    """Set one node of the tree."""
    if node.name is None:
        text = _SPACE.sub(" ", str(node))
        around = (node.previous_sibling, node.next_sibling)
        between_words = all(one is not None and one.name not in _STANDING for one in around)
        return f"#text({quoted(text)})" if text.strip() or between_words else ""
    setter = _SETTERS.get(node.name)
    if setter is not None:
        return setter(node)
    if node.name in _WRAPPERS:
        return f"#{_WRAPPERS[node.name]}[{_inside(node)}]"
    if node.name in _HEADINGS:
        return f"#heading(level: {_HEADINGS[node.name]})[{_inside(node)}]\n"
    if node.name in _BLOCKS:
        inside = f"text(size: 13pt)[{_inside(node)}]" if "told" in node.get("class", ()) else f"[{_inside(node)}]"
        return f"#block({inside})\n" if inside.startswith("text") else f"#block{inside}" + "\n" * (node.name != "p")
    return _inside(node)


def _inside(node: Any) -> str:
    """Set what is inside a node."""
    return "".join(_node(child) for child in node.children)


def _division(node: Any) -> str:
    """Set a part of the page; a formula of its own stands in the middle."""
    return f"#{'align(center)' if 'formula' in node.get('class', ()) else 'block'}[{_inside(node)}]\n"


def _list(node: Any) -> str:
    """Set a list."""
    items = [f"[{_inside(child)}]" for child in node.find_all("li", recursive=False)]
    return f"#{'enum' if node.name == 'ol' else 'list'}({', '.join(items)})\n" if items else ""


def _pairs(node: Any) -> str:
    """Set a list of terms, each beside what is said of it."""
    cells = [f"[{_inside(child)}]" for child in node.find_all(["dt", "dd"], recursive=False)]
    return f"#pairs({', '.join(cells)})\n" if cells else ""


def _link(node: Any) -> str:
    """Set a link that can be followed; one inside the page is just its words."""
    target = str(node.get("href", ""))
    if not target.startswith(("http://", "https://", "mailto:")):
        return "" if target.startswith("#fnref") else _inside(node)
    return f"#link({quoted(target)})[{_inside(node)}]"


def _code(node: Any) -> str:
    """Set code in a line."""
    return f"#raw({quoted(node.get_text())})"


def _pre(node: Any) -> str:
    """Set a block of code or of printed output."""
    return f"#block(width: 100%, fill: luma(246), inset: 6pt, raw({quoted(node.get_text().rstrip())}))\n"


def _image(node: Any) -> str:
    """Set a figure from a data image."""
    kind, _, content = str(node.get("src", "")).removeprefix("data:image/").partition(";base64,")
    if not content:
        return ""
    if node.get("data-height"):
        picture = (
            f'image(bytes({quoted(base64.b64decode(content).decode())}), format: "svg", height:'
            f" {node['data-height']}em)"
        )
        return f"#box(baseline: {node['data-depth']}em, {picture})"
    if kind == "svg+xml":
        alt = f", alt: {quoted(str(node['alt']))}" if node.get("alt") else ""
        return f'#picture(bytes({quoted(base64.b64decode(content).decode())}), "svg"{alt})\n'
    numbers = ",".join(map(str, base64.b64decode(content)))
    return f"#picture(bytes(({numbers})), {quoted({'jpeg': 'jpg'}.get(kind, kind))})\n"


def _table(node: Any) -> str:
    """Set a table with rules above, below and under its head."""
    rows = [row.find_all(["td", "th"], recursive=False) for row in node.find_all("tr")]
    width = max((len(row) for row in rows), default=0)
    if not width:
        return ""
    heads = [row for row in node.find_all("tr") if row.find_parent("thead")]
    numeric = ["right" if _is_numeric(rows[len(heads) :], column) else "left" for column in range(width)]
    cells = [_cell(row[column] if column < len(row) else None) for row in rows for column in range(width)]
    above, below = cells[: len(heads) * width], cells[len(heads) * width :]
    header = f"table.header({', '.join(above)}), table.hline(stroke: 0.5pt)," if above else ""
    return (
        f"#data-table(({', '.join(numeric)},), table.hline(stroke: 1pt), {header}"
        f"{', '.join(below)}{',' if below else ''} table.hline(stroke: 1pt))\n"
    )


def _cell(node: Any) -> str:
    """Set one cell."""
    if node is None:
        return "[]"
    return f"[#strong[{_inside(node)}]]" if node.name == "th" and node.find_parent("thead") else f"[{_inside(node)}]"


def _is_numeric(rows: list[Any], column: int) -> bool:
    """Say whether a column holds numbers alone."""
    texts = [row[column].get_text().strip() for row in rows if column < len(row)]
    filled = [text for text in texts if text]
    return bool(filled) and all(_RIGHT.fullmatch(text) for text in filled)


def _rule(_node: Any) -> str:
    """Set a line across."""
    return "#line(length: 100%, stroke: 0.5pt + luma(200))\n"


def _break(_node: Any) -> str:
    """Set the break of a line."""
    return "#linebreak()"


_SETTERS = {
    "div": _division,
    "dl": _pairs,
    "ul": _list,
    "ol": _list,
    "a": _link,
    "code": _code,
    "pre": _pre,
    "img": _image,
    "table": _table,
    "hr": _rule,
    "br": _break,
}
