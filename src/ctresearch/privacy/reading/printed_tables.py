"""Tables as they are printed: by pandas, by LaTeX, in Markdown, with lines drawn around them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ctresearch.privacy.reading.grid import Grid
from ctresearch.privacy.reading.numbers import is_number
from ctresearch.privacy.vocabulary.vocabulary import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

_DTYPES = frozenset(listed("marks.dtypes"))
_FOOTER = re.compile(r"^(?:Name: (?P<name>[^,]*), )?(?:Length: \d+, )?dtype: (?P<dtype>\S+)$")
_RULES = re.compile(
    r"\\(?:begin\{\w+\*?\}(?:\[\w*\])?\{[^{}\n]*\}|\w*rule\b|hline\b|cline\{[^{}]*\})|^[^&]*\n(?=[^\n]*&)"
)
_SECTION = re.compile(r"^#{1,6} \d+\.?(?:\d+\.?)* [^\W\d_]")  # a numbered heading is no header
_WIDE = 4  # words; a header of more, with a comma or a semicolon behind one, is a line of prose
_DRAWN = str.maketrans(dict.fromkeys("│┃║┆┊", "|") | dict.fromkeys("┏┓┗┛┡┩┳┻╇╈┌┐└┘├┤┬┴┼╞╡╪━─═╔╗╚╝╠╣╬"))


def printed_grids(text: str) -> list[Grid]:
    r"""Read every printed table of a text.

    Parameters
    ----------
    text : str
        What a cell or a program printed.

    Returns
    -------
    list of Grid
        Empty where there is none.

    Examples
    --------
    >>> printed_grids("By sex:\nsex\nWoman    12\nMan       3\nName: count, dtype: int64")[0].counts
    True
    >>> printed_grids("| sex | n |\n|---|---|\n| Man | 3 |")[0].rows
    (('Man', '3'),)
    """
    grids = [Grid.of(rows[0], rows[1:]) for rows in (_latex_rows(text), _piped_rows(text)) if len(rows) > 1]
    if grids:
        return grids
    for block in _blocks(text):
        grids += _from_lines(block)
    return grids


def _latex_rows(text: str) -> list[list[str]]:
    """Read the rows of a tabular."""
    rows = re.split(r"\\\\(?:\[[^\]\n]*\])?", text) if "\\\\" in text else []
    return [_RULES.sub(" ", row).strip().split("&") for row in rows if "&" in row]


def _piped_rows(text: str) -> list[list[str]]:
    """Read rows between bars, however they are drawn."""
    lines = [line.translate(_DRAWN).strip() for line in text.splitlines()]
    barred = [line.strip("|") for line in lines if line.count("|") > 1 and not re.match(r"^[|\s:-]*$", line)]
    return [line.split("|") for line in barred] if len({line.count("|") for line in barred}) == 1 else []


def _blocks(text: str) -> list[list[str]]:
    """Cut a text at blank lines and after the footer of a series."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip() and not _SECTION.match(line):
            blocks[-1].append(line.rstrip(" \\"))
        if not line.strip() or _SECTION.match(line) or _FOOTER.match(line.strip()):
            blocks.append([])
    return [block for block in blocks if len(block) > 1]


def _from_lines(lines: Sequence[str]) -> list[Grid]:
    """Read a table that may have a title of one or two lines; where it is open which line is the header, try each."""
    found: list[Grid] = []
    untitled = lines[0][0].isspace() or _FOOTER.match(lines[-1].strip())
    for start in range(1 if untitled else min(3, len(lines) - 1)):
        grid = _from_block(lines[start:])
        names = [] if grid is None else [name for name in grid.header if name not in {"", "..."}]
        if grid is not None and not (found and (len(names) < 2 or any(map(is_number, names)))):
            found.append(grid)
    return found


def _from_block(lines: Sequence[str]) -> Grid | None:
    """Read one printed table: a series with its footer, or columns."""
    footer = _FOOTER.match(lines[-1].strip())
    if footer:
        return _from_series(lines[:-1], footer)
    parted = [re.split(r"\s{2,}", line.strip()) for line in lines]
    if (
        len(lines) > 2
        and len(parted[0]) > 1
        and all(len(row) == len(parted[0]) for row in parted)
        and " " in lines[0].strip()
    ):
        return Grid.of(parted[0], parted[1:])
    header = lines[0].split()
    if len(header) > _WIDE and any(word.endswith((",", ";")) for word in header):
        return None  # a line of a sentence
    rows = [line.rsplit(maxsplit=len(header)) for line in lines[1:]]
    if len(rows) > 1 and len(rows[0]) < len(rows[1]):
        rows = rows[1:]  # the line that names the index
    width = max(len(row) for row in rows)
    even = sum(len(row) == width for row in rows) > len(rows) / 2
    if width not in {len(header), len(header) + 1} or width < 2 or not even:
        return None
    return Grid.of([""] * (width - len(header)) + header, rows)


def _from_series(lines: Sequence[str], footer: re.Match[str]) -> Grid | None:
    """Read a printed series: counts by label, or one row of a table standing upright."""
    pairs = [(parts[0], parts[1]) for line in lines if len(parts := line.rsplit(maxsplit=1)) == 2]
    if footer["dtype"].startswith(("int", "float")):
        pairs = [(label, value) for label, value in pairs if is_number(value) or value == "NaN"]
    if not pairs or all(value in _DTYPES for _, value in pairs):
        return None
    whole = footer["dtype"].startswith("int") and (footer["name"] or "count") in {"count", "size", "n"}
    if whole or all(is_number(value) or value == "NaN" for _, value in pairs):
        return Grid.of(["", footer["name"] or ""], pairs, counts=whole)
    return Grid.of([label.strip() for label, _ in pairs], [[value for _, value in pairs]])
