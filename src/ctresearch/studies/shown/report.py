"""The HTML report of a run: one file that opens offline, on a screen and on paper.

The answer stands first, with the checks that it did not pass; then a line, and below it what the notebook says, which
can neither reach above that line nor look like what stands there. Code is folded away. The page holds no script and
fetches nothing, and its bytes depend on the notebook, the published results and what went into the run alone.
"""

from __future__ import annotations

import html
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

from ctresearch.core.message import Message, as_message, say, together
from ctresearch.core.tongue import ENGLISH
from ctresearch.studies.asked.identity import SHORT
from ctresearch.studies.shown import labels
from ctresearch.studies.shown.blocks import Block, notebook_blocks
from ctresearch.studies.shown.contract import NO_CONTRACT
from ctresearch.studies.shown.first_page import first_page_html, read_first_page
from ctresearch.studies.shown.headline import headline
from ctresearch.studies.shown.normalise import FOOTER_ID
from ctresearch.studies.shown.sanitise import clean_text
from ctresearch.studies.shown.standing import WORDS, check_heading, check_words, data_words, graded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from ctresearch.core.tongue import Tongue
    from ctresearch.studies.asked.manifest import Study
    from ctresearch.studies.shown.contract import Contract

_WIDE = '<div class="wide" tabindex="0">'  # what scrolls must be reached by keyboard
_CODE = '<details class="code">'
_TITLE = re.compile(r"<h1[^>]*>.*?</h1>\s*", re.DOTALL)
_FIRST_LEVEL = re.compile(r"(</?)h1\b")
_FOURTH_LEVEL = re.compile(r"(</?)h4\b")
_HEADING = re.compile(r"<h2>(?P<words>.*?)</h2>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_ONE = r"(?:[−-]?[\d,\u202f]*\.?\d+(?:e[+-]?\d+)?\s*%?|−?∞)"
_NUMBER = re.compile(rf"{_ONE}(?: (?:to|à|a) {_ONE})?|–|nan", re.IGNORECASE)
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_COLOURS = {"Keyword": "k", "Literal.String": "s", "Comment": "c", "Literal.Number": "n"}


def write_html(
    nb: Mapping[str, Any],
    path: Path,
    document: Mapping[str, Any],
    byline: str = "",
    contract: Contract = NO_CONTRACT,
    *,
    tongue: Tongue = ENGLISH,
) -> None:
    """Write the report of a run.

    Parameters
    ----------
    nb : mapping
        The executed notebook, normalised.
    path : pathlib.Path
        Where to write.
    document : mapping
        ``results.json``: title, run id, estimates and checks, as the release gate passed them.
    byline : str
        What stands beside the run id, from :func:`byline`.
    contract : Contract
        Which output is the answer, as the study marks it.
    tongue : Tongue
        Language of the page; the notebook below it keeps its own.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> page = pathlib.Path(tempfile.mkdtemp()) / "report.html"
    >>> write_html({"cells": []}, page, {"title": "How many?", "run_id": "ab12", "estimates": {}, "checks": []})
    >>> "<title>How many?</title>" in page.read_text(encoding="utf-8")
    True
    """
    path.write_text(html_page(nb, document, byline, contract, tongue=tongue), encoding="utf-8", newline="\n")


def html_page(
    nb: Mapping[str, Any],
    document: Mapping[str, Any],
    byline: str = "",
    contract: Contract = NO_CONTRACT,
    *,
    tongue: Tongue = ENGLISH,
) -> str:
    """Set the report of a run as one page.

    Parameters
    ----------
    nb, document, byline, contract, tongue
        As for :func:`write_html`.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> page = html_page({"cells": []}, {"title": "How many?", "run_id": "ab12", "estimates": {}, "checks": []})
    >>> page.count("ab12")
    2
    """
    shown = [cell for cell in nb["cells"] if cell.get("id") != FOOTER_ID]
    body, headings = _body(notebook_blocks({"cells": shown}, tongue), tongue)
    name = html.escape(tongue.write(as_message(document["title"])))
    style = resources.files("ctresearch.studies.shown").joinpath("report.css").read_text(encoding="utf-8")
    told = data_words(document, judged=not any(cell.get("outputs") for cell in shown))
    notice = f'<p class="replaced">{html.escape(tongue.write(told))}</p>\n' if told else ""
    first = first_page_html(read_first_page(document, contract), tongue)
    head = notice + first + headline(document, contract, tongue) + _checks(document["checks"], tongue)
    below = html.escape(tongue.write(labels.below(tongue.code)))
    meta = html.escape(tongue.write(together((say("Run {run}", run=document["run_id"][:SHORT]), byline), " · ")))
    page = f"""<!DOCTYPE html>
<html lang="{tongue.code}">
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
<p class="meta">{meta}</p>
{head}</header>
<main>
<p class="below">{below}</p>
{_contents(headings, tongue)}{body}</main>
<footer>{html.escape(tongue.write(_footer(document["run_id"])))}</footer>
</body>
</html>
"""
    return clean_text(page)


def byline(study: Study, components: Mapping[str, Any]) -> Message:
    """Say with what and by whom a run was made; no day, which is no part of what went in.

    Parameters
    ----------
    study : Study
        The manifest, for its authors.
    components : mapping
        What the run id is made from.

    Returns
    -------
    Message
        Version of ctresearch, of Python, seed and authors.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> parts = {"packages": {"ctresearch": "1.0"}, "python": "3.11", "seed": 7}
    >>> byline(SimpleNamespace(authors=[SimpleNamespace(name="A. Author")]), parts)
    'ctresearch 1.0 · Python 3.11 · seed 7 · A. Author'
    """
    version = components["packages"].get("ctresearch", "")
    words = [as_message(f"ctresearch {version}".strip()), as_message(f"Python {components['python']}")]
    seed = say("seed {seed}", seed=str(components["seed"]))
    return together([*words, seed, ", ".join(author.name for author in study.authors)], " · ")


def _footer(run: str) -> Message:
    """Say which run this is."""
    told = say("The same notebook, parameters, data, packages and seed give this page again, byte for byte.")
    return together([say("Run {run}.", run=run), told])


def _checks(checks: Sequence[Mapping[str, Any]], tongue: Tongue = ENGLISH) -> str:
    """List the checks that did not pass, the gravest first; what several outputs share stands once."""
    if not checks:
        return ""
    if all(check["status"] == "pass" for check in checks):
        told = say("The one check passed.", many="All {n} checks passed.", n=len(checks))
        return f'<p class="checks pass">{html.escape(tongue.write(told))}</p>\n'
    shared: dict[tuple[str, str, str], list[str]] = {}
    counts = dict.fromkeys(WORDS, 0)
    for grade, check in graded(checks):
        counts[grade] += 1
        if grade != "pass":
            shared.setdefault((grade, check["name"], check_words(check)), []).append(check["output"].replace("_", " "))
    items = "".join(
        f'<li class="{grade}"><b>{html.escape(tongue.write(check_heading(grade, name, outputs)))}</b> '
        f"{html.escape(tongue.write(message))}</li>\n"
        for (grade, name, message), outputs in shared.items()
    )
    counted = together([say("{n} {what}", n=n, what=WORDS[one].counted) for one, n in counts.items() if n], ", ")
    summary = html.escape(tongue.write(say("Checks: {summary}", summary=counted)))
    return f'<details class="checks" open><summary>{summary}</summary>\n<ul>\n{items}</ul></details>\n'


def _contents(headings: Sequence[str], tongue: Tongue = ENGLISH) -> str:
    """Write the list of contents, where there is something to list."""
    if len(headings) < 3:
        return ""
    items = "".join(f'<li><a href="#s{place}">{words}</a></li>' for place, words in enumerate(headings, 1))
    return f'<nav aria-label="{html.escape(tongue.write(labels.CONTENTS))}"><ol>{items}</ol></nav>\n'


def _body(blocks: Iterable[Block], tongue: Tongue = ENGLISH) -> tuple[str, list[str]]:
    """Set the blocks one under another; the notebook's own first title gives way to that of the page."""
    parts: list[str] = []
    headings: list[str] = []
    for block in blocks:
        if block.kind == "code":
            code = _highlight(block.content)
            if parts and parts[-1].startswith(_CODE):
                parts[-1] = parts[-1].removesuffix("</details>") + code + "</details>"
            else:
                parts.append(f"{_CODE}<summary>{html.escape(tongue.write(labels.CODE))}</summary>{code}</details>")
            continue
        content = block.content
        if block.kind == "prose":
            if not any(part for part in parts if not part.startswith(_CODE)):
                content = _TITLE.sub("", content, count=1)
            content = _number_headings(_FIRST_LEVEL.sub(r"\1h2", content), headings)
        parts.append(_tables(_settled(content) if block.kind == "output" else content).strip())
    return "\n".join(part for part in parts if part) + "\n", headings


def _settled(content: str) -> str:
    """Fit what a cell displayed into the page: its headings below those of the text, and nothing folded away."""
    content = _FIRST_LEVEL.sub(r"\1h2", content)
    if "<h3" not in content:
        content = _FOURTH_LEVEL.sub(r"\1h3", content)
    return content.replace("<details>", "<details open>")


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
        return f"{_WIDE}{content}</div>"
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(content, "html.parser")
    columns: dict[int, list[Any]] = {}
    for row in soup.find_all("tr"):
        place = 0
        for cell in row.find_all(["td", "th"], recursive=False):
            said = str(cell.get("colspan", "1"))
            span = int(said) if said.isdecimal() else 1
            if span == 1:
                columns.setdefault(place, []).append(cell)
            place += span
    for cells in columns.values():
        body = [cell for cell in cells if cell.find_parent("thead") is None]
        filled = [text for cell in body if (text := cell.get_text().strip())]
        if filled and all(_NUMBER.fullmatch(text) for text in filled):
            for cell in cells:
                cell["class"] = "number"
    for cell in soup.find_all("th"):
        if not cell.get_text().strip():
            cell.name = "td"  # a head without words is none to a screen reader
    return f"{_WIDE}{soup}</div>"


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
