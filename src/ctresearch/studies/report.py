"""The HTML report of a run: one file that opens offline, on a screen and on paper.

What must not be missed stands first: failed checks, then those that a person must review. Code is folded away. The
page holds no script and fetches nothing, and its bytes depend on the notebook, the run id and the checks alone.
"""

from __future__ import annotations

import html
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

from ctresearch.studies.blocks import Block, notebook_blocks
from ctresearch.studies.normalise import FOOTER_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_LABELS = {"fail": "Failed", "review": "Review"}
_TITLE = re.compile(r"<h1[^>]*>.*?</h1>\s*", re.DOTALL)
_HEADING = re.compile(r"<h2>(?P<words>.*?)</h2>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_NUMBER = re.compile(r"[−-]?[\d,]*\.?\d+(e[+-]?\d+)?\s*%?|[–∞]|−∞|nan", re.IGNORECASE)
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_COLOURS = {"Keyword": "k", "Literal.String": "s", "Comment": "c", "Literal.Number": "n"}


def write_html(nb: Mapping[str, Any], path: Path, title: str, run_id: str, checks: Sequence[Mapping[str, Any]]) -> None:
    """Write the report of a run.

    Parameters
    ----------
    nb : mapping
        The executed notebook, normalised.
    path : pathlib.Path
        Where to write.
    title : str
        Title of the study.
    run_id : str
        Id of the run, shown at the head and the foot.
    checks : sequence of mapping
        Checks as ``results.json`` lists them: ``output``, ``name``, ``status``, ``message``.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> page = pathlib.Path(tempfile.mkdtemp()) / "report.html"
    >>> write_html({"cells": []}, page, "How many?", "ab12", [])
    >>> "<title>How many?</title>" in page.read_text(encoding="utf-8")
    True
    """
    path.write_text(html_page(nb, title, run_id, checks), encoding="utf-8", newline="\n")


def html_page(nb: Mapping[str, Any], title: str, run_id: str, checks: Sequence[Mapping[str, Any]]) -> str:
    """Set the report of a run as one page.

    Parameters
    ----------
    nb, title, run_id, checks
        As for :func:`write_html`.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> html_page({"cells": []}, "How many?", "ab12", []).count("ab12")
    2
    """
    shown = [cell for cell in nb["cells"] if cell.get("id") != FOOTER_ID]
    body, headings = _body(notebook_blocks({"cells": shown}))
    name = html.escape(title)
    style = resources.files("ctresearch.studies").joinpath("report.css").read_text(encoding="utf-8")
    run = html.escape(run_id)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{name}</h1>
<p class="meta">Run {run}</p>
{_callouts(checks)}{_contents(headings)}</header>
<main>
{body}</main>
<footer>Run {run}. The same notebook, parameters, data, packages and seed give this page again, byte for byte.</footer>
</body>
</html>
"""


def _callouts(checks: Sequence[Mapping[str, Any]]) -> str:
    """Write the checks that did not pass, the failed ones first."""
    lines = []
    for status, label in _LABELS.items():
        for check in (c for c in checks if c["status"] == status):
            name = html.escape(f"{check['output']}, {check['name']}")
            lines.append(f'<p class="callout {status}"><b>{label}: {name}.</b> {html.escape(check["message"])}</p>\n')
    if checks and not lines:
        return f'<p class="callout pass"><b>All {len(checks)} checks passed.</b></p>\n'
    return "".join(lines)


def _contents(headings: Sequence[str]) -> str:
    """Write the list of contents, where there is something to list."""
    if len(headings) < 3:
        return ""
    items = "".join(f'<li><a href="#s{place}">{words}</a></li>' for place, words in enumerate(headings, 1))
    return f'<nav aria-label="Contents"><ol>{items}</ol></nav>\n'


def _body(blocks: Iterable[Block]) -> tuple[str, list[str]]:
    """Set the blocks one under another; the notebook's own first title gives way to that of the page."""
    parts: list[str] = []
    headings: list[str] = []
    for block in blocks:
        if block.kind == "code":
            parts.append(f'<details class="code"><summary>Code</summary>{_highlight(block.content)}</details>')
            continue
        content = block.content
        if block.kind == "prose":
            if not any(part for part in parts if not part.startswith("<details")):
                content = _TITLE.sub("", content, count=1)
            content = _number_headings(content, headings)
        parts.append(_tables(content).strip())
    return "\n".join(part for part in parts if part) + "\n", headings


def _number_headings(content: str, headings: list[str]) -> str:
    """Give each second-level heading an anchor, and note its words."""

    def anchor(found: re.Match[str]) -> str:
        """Write one heading with its anchor."""
        headings.append(_TAG.sub("", found["words"]))
        return f'<h2 id="s{len(headings)}">{found["words"]}</h2>'

    return _HEADING.sub(anchor, content)


def _tables(content: str) -> str:
    """Let wide tables scroll on their own, and set columns of numbers flush right under their heads."""
    return _TABLE.sub(lambda found: _table(found.group()), content)


def _table(content: str) -> str:
    """Set one table; one that holds a formula keeps its columns as they are, since SVG must not pass an HTML parser."""
    if "<svg" in content:
        return f'<div class="wide">{content}</div>'
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(content, "html.parser")
    rows = [row.find_all(["td", "th"], recursive=False) for row in soup.find_all("tr")]
    for column in range(max(map(len, rows), default=0)):
        cells = [row[column] for row in rows if column < len(row)]
        body = [cell for cell in cells if cell.find_parent("thead") is None]
        filled = [text for cell in body if (text := cell.get_text().strip())]
        if filled and all(_NUMBER.fullmatch(text) for text in filled):
            for cell in cells:
                cell["class"] = "number"
    return f'<div class="wide">{soup}</div>'


def _highlight(source: str) -> str:
    """Colour Python source with four classes."""
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped, unused-ignore]

    parts = []
    for kind, text in PythonLexer(ensurenl=False).get_tokens(source):
        name = str(kind).removeprefix("Token.")
        colour = next((c for prefix, c in _COLOURS.items() if name.startswith(prefix)), None)
        escaped = html.escape(text, quote=False)
        parts.append(f'<span class="hl-{colour}">{escaped}</span>' if colour else escaped)
    return f"<pre><code>{''.join(parts)}</code></pre>"
