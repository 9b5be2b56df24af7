"""The cells of a notebook one by one: which rule what they say, show or assign breaks, if any."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ctresearch.privacy.reading.reading import read_grids
from ctresearch.privacy.words.counting_columns import small_counts
from ctresearch.privacy.words.identifiers import column_words, identifiers_in_text
from ctresearch.privacy.words.person_names import looks_like_a_person, quoted_name
from ctresearch.privacy.words.prose import row_level_text, small_counts_text
from ctresearch.privacy.words.record_tables import KINDS, row_level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctresearch.privacy.reading.grid import Grid
    from ctresearch.privacy.verdicts.policy import Level

    Trouble = tuple[str, str] | None

_READABLE = {"text/plain", "text/html", "text/markdown", "text/latex", "application/json"}
_SHOWN = {"stream", "display_data", "execute_result", "update_display_data"}
_EMAIL = "an e-mail address"
_EMBEDDED = re.compile(
    r"(?i)\bdata:[\w.+-]+/[\w.+-]+[^,\s]{0,40};base64,|!\[[^\]]*\]\(attachment:|<(?:iframe|object|embed)\b"
)


def judge_output(output: Any, threshold: int, level: Level) -> Trouble:
    """Name the first rule that an output of a cell breaks, and with what.

    Parameters
    ----------
    output : mapping
        An output, as a notebook of format 4 holds it.
    threshold : int
        Smallest number of people that may be shown.
    level : {"public", "restricted", "record"}
        Level of the data it ran on.

    Returns
    -------
    tuple of str, or None
        The rule and what breaks it; ``None`` where nothing does.

    Examples
    --------
    >>> judge_output({"output_type": "stream", "text": "n = 3"}, 5, "restricted")
    ('small_cells', '5')
    """
    kind = output.get("output_type") if isinstance(output, Mapping) else None
    if kind == "error":
        return "traceback", ""
    if kind not in _SHOWN:
        return "unseen", "an output of no known kind"
    data = output.get("data", {"text/plain": output.get("text", "")})
    if not isinstance(data, Mapping):
        return "unseen", "an output of no known kind"
    unseen = sorted(str(mime) for mime in data if mime not in _READABLE)
    readable = _READABLE | ({"image/svg+xml"} if level != "public" else set(data) - {"image/png", "image/jpeg"})
    texts = [joined(value) for mime, value in data.items() if mime in readable]
    for text in (*texts, joined(output.get("metadata") or "")):
        found = judge_text(text, threshold, level)
        if found is not None:
            return found
    return ("unseen", unseen[0]) if unseen and level != "public" else None


def judge_text(text: str, threshold: int, level: Level, *, authored: bool = False) -> Trouble:
    """Name the first rule that a text breaks.

    Parameters
    ----------
    text : str
        What a cell shows, or says.
    threshold : int
        Smallest number of people that may be shown.
    level : {"public", "restricted", "record"}
        Level of the data.
    authored : bool
        Whether its author wrote it, who may give an address.

    Returns
    -------
    tuple of str, or None
        The rule and what breaks it; ``None`` where nothing does.

    Examples
    --------
    >>> judge_text("someone@example.org", 5, "public"), judge_text("someone@example.org", 5, "public", authored=True)
    (('identifier', 'an e-mail address'), None)
    """
    if "Traceback (most recent call last)" in text:
        return "traceback", ""
    grids = read_grids(text)
    kinds = [kind for kind in identifiers_in_text(text) if not (authored and kind == _EMAIL)]
    kinds += [f"a column {words}" for grid in grids for words in column_words(grid, named=False)]
    if kinds:
        return "identifier", kinds[0]
    if level == "public":
        return None
    if row_level_text(text) or any(map(row_level, grids)):
        return "records", ""
    if any(small_counts(grid, threshold, guess=True) for grid in grids) or small_counts_text(text, threshold):
        return "small_cells", str(threshold)
    return ("unseen", "a file within its text") if _EMBEDDED.search(text) else None


def judge_code(source: str, threshold: int, level: Level) -> Trouble:
    """Name the first rule that the code of a cell breaks: its comments, its texts, and the values it spells out.

    Parameters
    ----------
    source : str
        Python.
    threshold : int
        Smallest number of people that may be shown.
    level : {"public", "restricted", "record"}
        Level of the data.

    Returns
    -------
    tuple of str, or None
        The rule and what breaks it; ``None`` where nothing does.

    Examples
    --------
    >>> judge_code("counts = {'women': 40, 'men': 3}", 5, "restricted")
    ('small_cells', '5')
    >>> judge_code("colours = {'low': 1, 'high': 3}", 5, "restricted")
    """
    kinds = [kind for kind in identifiers_in_text(source) if kind != _EMAIL]
    if kinds:
        return "identifier", kinds[0]
    tree = parsed(source)
    kinds = [kind for value, _ in texts_of(tree) for kind in identifiers_in_text(value)]
    named = any(looks_like_a_person(value, variable) for value, variable in texts_of(tree))
    if kinds or named or any(map(quoted_name, _sentences(tree))):
        return "identifier", kinds[0] if kinds else "a person's name"
    if level == "public":
        return None
    if row_level_text(source):
        return "records", ""
    if any(small_counts_text(text, threshold) for text in (*_comments(source), *_sentences(tree))):
        return "small_cells", str(threshold)
    return next((found for value in _spelt_out(tree) if (found := _judge_value(value, threshold))), None)


def joined(value: Any) -> str:
    r"""Read what a notebook holds as text: it keeps long text as a list of lines, and JSON as it is.

    Parameters
    ----------
    value : object
        A source, a text or values.

    Returns
    -------
    str
        The text.

    Examples
    --------
    >>> joined(["a\n", "b"]), joined({"n": 4})
    ('a\nb', '{"n": 4}')
    """
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return "".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def parsed(source: str) -> ast.Module:
    r"""Parse a cell; lines that begin with a percent sign or an exclamation mark are for the shell that runs it.

    Parameters
    ----------
    source : str
        Python, perhaps with such lines.

    Returns
    -------
    ast.Module
        Empty if it is no Python.

    Examples
    --------
    >>> len(parsed("%matplotlib inline\nx = 3").body), len(parsed("no python").body)
    (1, 0)
    """
    plain = "\n".join("" if line.lstrip()[:1] in {"%", "!", "?"} else line for line in source.splitlines())
    try:
        return ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def texts_of(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield every text that code spells out, with the name it is given to.

    Parameters
    ----------
    tree : ast.Module
        Code.

    Yields
    ------
    tuple of str
        The text, and the variable, key or keyword; empty where it has none.

    Examples
    --------
    >>> list(texts_of(parsed("victim = 'x'; f(name='y'); {'who': 'z'}")))
    [('x', 'victim'), ('z', 'who'), ('y', 'name')]
    >>> list(texts_of(parsed("rows[rows.victim == 'x']")))
    [('x', 'victim')]
    """
    for node in ast.walk(tree):
        pairs: list[tuple[ast.AST | None, str]] = []
        if isinstance(node, ast.Assign):
            pairs = [(node.value, target.id if isinstance(target, ast.Name) else "") for target in node.targets[:1]]
        elif isinstance(node, ast.AnnAssign):
            pairs = [(node.value, node.target.id if isinstance(node.target, ast.Name) else "")]
        elif isinstance(node, ast.keyword):
            pairs = [(node.value, node.arg or "")]
        elif isinstance(node, ast.Dict):
            pairs = [(v, _word(k)) for k, v in zip(node.keys, node.values, strict=True)]
        elif isinstance(node, ast.Compare):
            pairs = [(right, _called(node.left)) for right in node.comparators]
        for value, name in pairs:
            parts = value.elts if isinstance(value, (ast.List, ast.Tuple, ast.Set)) else [value]
            yield from ((p.value, name) for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str))


def _called(node: ast.AST) -> str:
    """Read the name of what is compared: a variable, a column or an attribute."""
    if isinstance(node, ast.Subscript):
        return _word(node.slice)
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _word(key: ast.AST | None) -> str:
    """Read the key of a dictionary that code spells out."""
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""


def _comments(source: str) -> Iterator[str]:
    """Yield the comments of a cell."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                yield token.string.lstrip("# ")
    except (tokenize.TokenError, SyntaxError, IndentationError):
        yield from (line.split("#", 1)[1] for line in source.splitlines() if "#" in line)


def _sentences(tree: ast.Module) -> Iterator[str]:
    """Yield the texts of more than one word that code spells out: titles, labels, what it prints, what explains it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value


def _spelt_out(tree: ast.Module) -> Iterator[Any]:
    """Yield the values of dictionaries and lists that code spells out."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Dict, ast.List, ast.Tuple, ast.Set)):
            try:
                value = ast.literal_eval(node)
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                continue
            if isinstance(value, dict) or any(isinstance(v, (dict, list, tuple)) for v in value):
                yield value


def _has_a_person(grid: Grid) -> bool:
    """Say whether a table in code holds the sex or age of somebody, and is not a list of words for columns."""
    return any(KINDS[kind].match(cell) for row in grid.rows for cell in row for kind in ("sex", "age"))


def _judge_value(value: Any, threshold: int) -> Trouble:
    """Name the rule that a value in code breaks; its numbers count people only where their names say so."""
    grids = read_grids(value)
    if any(row_level(grid) and _has_a_person(grid) for grid in grids):
        return "records", ""
    said = "\n".join(f"{key}: {number}" for key, number in value.items()) if isinstance(value, dict) else ""
    few = any(small_counts(grid, threshold) for grid in grids) or small_counts_text(said, threshold)
    return ("small_cells", str(threshold)) if few else None
