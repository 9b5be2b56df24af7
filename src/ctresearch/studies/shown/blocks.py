"""A notebook as a sequence of blocks to show: prose, code and what the code displayed, all of it sanitised.

The HTML report and the PDF are two ways of setting the same blocks, so they cannot say different things.
"""

from __future__ import annotations

import hashlib
import html
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from ctresearch.core.message import say, together
from ctresearch.core.tongue import ENGLISH
from ctresearch.studies.shown import labels, sanitise
from ctresearch.studies.shown.figure_markup import figure_words
from ctresearch.studies.shown.formula import set_formulas

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ctresearch.core.tongue import Tongue

Kind = Literal["prose", "code", "output"]
_BEST_FIRST = ("image/svg+xml", "text/html", "image/png", "image/jpeg", "text/markdown", "text/latex", "text/plain")


@dataclass(frozen=True, slots=True)
class Block:
    """One thing to show.

    Parameters
    ----------
    kind : {"prose", "code", "output"}
        What it is.
    content : str
        Sanitised HTML; the plain source for code.

    Examples
    --------
    >>> Block("code", "1 + 1").kind
    'code'
    """

    kind: Kind
    content: str


def notebook_blocks(nb: Mapping[str, Any], tongue: Tongue = ENGLISH) -> Iterator[Block]:
    r"""Go through a notebook from top to bottom.

    Parameters
    ----------
    nb : mapping
        A notebook of format 4, normalised.
    tongue : Tongue
        Language of what pictures are called for those who hear the page.

    Yields
    ------
    Block
        Prose and code in their order, each output after its code.

    Examples
    --------
    >>> cells = [{"cell_type": "markdown", "source": "Two *lists*."}]
    >>> next(notebook_blocks({"cells": cells})).content
    '<p>Two <em>lists</em>.</p>\n'
    """
    for cell in nb["cells"]:
        if cell["cell_type"] == "markdown":
            yield Block("prose", markdown(cell["source"]))
        elif cell["cell_type"] == "code":
            if cell["source"].strip():
                yield Block("code", cell["source"])
            for output in cell["outputs"]:
                yield Block("output", _output(output, tongue))


def markdown(text: str) -> str:
    r"""Turn Markdown into sanitised HTML.

    Parameters
    ----------
    text : str
        Markdown with tables, footnotes, formulas and raw HTML.

    Returns
    -------
    str
        HTML of the allow-list.

    Examples
    --------
    >>> markdown("# How many?")
    '<h1>How many?</h1>\n'
    """
    return set_formulas(sanitise.clean_html(str(_parser()(text))))


@cache
def _parser() -> Any:
    """Build the Markdown parser once."""
    import mistune

    return mistune.create_markdown(escape=False, plugins=["table", "footnotes", "strikethrough", "math", "def_list"])


def _output(output: Mapping[str, Any], tongue: Tongue) -> str:
    """Show one output: what was printed, what went wrong, or what was displayed."""
    if output["output_type"] == "stream":
        stream = "stderr" if output["name"] == "stderr" else "stdout"
        return f'<pre class="{stream}">{html.escape(output["text"])}</pre>'
    if output["output_type"] == "error":
        return f'<pre class="stderr">{html.escape(output["ename"])}: {html.escape(output["evalue"])}</pre>'
    data = output["data"]
    mime = next((one for one in _BEST_FIRST if one in data), None)
    return "" if mime is None else _displayed(mime, data[mime], tongue)


def _displayed(mime: str, value: str, tongue: Tongue) -> str:
    """Show a displayed value in its richest safe form."""
    if mime == "image/svg+xml":
        return f"<figure>{_described(sanitise.clean_svg(value), value, tongue)}</figure>"
    if mime == "text/html":
        return sanitise.clean_html(value)
    if mime == "text/markdown":
        return markdown(value)
    if mime.startswith("image/"):
        name = html.escape(tongue.write(labels.FIGURE))
        image = f'<img alt="{name}" src="data:{mime};base64,{"".join(value.split())}">'
        return f"<figure>{sanitise.clean_html(image)}</figure>"
    return f"<pre>{html.escape(value)}</pre>"


def _described(picture: str, markup: str, tongue: Tongue) -> str:
    """Give a picture the title and the description that a screen reader reads, made of the words that stand in it."""
    title, along, within = figure_words(markup)
    said = [say("Along its axes: {words}.", words=", ".join(along))] if along else []
    said += [say("In it: {words}.", words=", ".join(within))] if within else []
    text = together([*said, say("Its numbers stand in the tables of this page or beside it.")])
    name = f"p{hashlib.sha256(markup.encode()).hexdigest()[:8]}"
    words = (
        f'<title id="{name}-title">{html.escape(title or tongue.write(labels.FIGURE))}</title>'
        f'<desc id="{name}-text">{html.escape(tongue.write(text))}</desc>'
    )
    head, closed, rest = picture.partition(">")
    head = f'{head.removesuffix("/").rstrip()} role="img" aria-labelledby="{name}-title {name}-text"'
    return f"{head}>{words}</svg>" if picture.endswith("/>") and not rest else f"{head}{closed}{words}{rest}"
