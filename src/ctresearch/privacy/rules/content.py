"""The rules that look into what an output shows: identifiers, rows about people, small counts, seeded noise."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ctresearch.privacy.noise.protection_seal import declared_private, protection, seeded
from ctresearch.privacy.reading.plain_values import is_frame, plain, unread
from ctresearch.privacy.reading.reading import decoded, read_grids, unread_figures
from ctresearch.privacy.rules.counts_beside import small_beside
from ctresearch.privacy.rules.prose import row_level_text, small_counts_text
from ctresearch.privacy.rules.records import row_level, small_counts
from ctresearch.privacy.rules.shares import small_shares
from ctresearch.privacy.rules.unnamed_counts import small_steps
from ctresearch.privacy.verdicts.marks import carries_mark
from ctresearch.privacy.verdicts.verdict import Finding
from ctresearch.privacy.words.identifiers import column_words, identifiers_in_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ctresearch.privacy.reading.grid import Grid
    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.policy import Policy


def content_rules(output: Output, policy: Policy) -> Iterator[Finding]:
    """Look into an output.

    Parameters
    ----------
    output : Output
        What wants to leave.
    policy : Policy
        The thresholds.

    Yields
    ------
    Finding
        One for each rule that is broken: ``unreadable``, ``identifier``, ``records``, ``small_cells``,
        ``seeded_noise``.

    Examples
    --------
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> from ctresearch.privacy.verdicts.policy import Policy
    >>> letter = Output("letter", "file", "public", content=b"from someone@example.org", citation="A report (2020).")
    >>> [finding.sentence for finding in content_rules(letter, Policy())]
    ['It holds an e-mail address.']
    """
    content = plain_content(output.content)
    yield from _unreadable(output, content)
    yield from _identifiers(content)
    if seeded(output.content):
        yield Finding(
            "seeded_noise",
            "fail",
            "Its noise or rounding came from a seed, so anyone who has the seed can take it away.",
            "Make it again without seed=, once, and keep the artefact.",
        )
    if output.level != "public":
        yield from _people(output, content, policy)


def plain_content(content: Any) -> Any:
    """Return a result as its dict, a rounded or noised table as the table, and anything else as it is.

    Parameters
    ----------
    content : object
        Content of an output.

    Returns
    -------
    object
        The same without behaviour.

    Examples
    --------
    >>> plain_content({"n": 4})
    {'n': 4}
    """
    return plain(content.table if hasattr(content, "table") and hasattr(content, "check") else content)


def _unreadable(output: Output, content: Any) -> Iterator[Finding]:
    """Say what nobody has looked into; published data, and pictures of known people, may hold it."""
    kinds = sorted(set(unread(content)))
    text = decoded(content) if isinstance(content, bytes) else content
    if kinds:
        what = f"It holds what cannot be looked into: {', '.join(kinds)}."
    elif isinstance(content, bytes) and text is None:
        what = "It is a file that cannot be looked into."
    elif isinstance(text, str) and unread_figures(text):
        what = "It is a text with figures in a layout that cannot be read."
    else:
        return
    if output.level == "public" or (output.kind == "figure" and not kinds):
        return
    cure = "Hand the table itself to the gate, or sign an override that says who looked into the file."
    yield Finding("unreadable", "review", what, cure)


def class_sizes(content: Any) -> list[int] | None:
    r"""Count, for each row of record-level content, the rows that are the same in every column.

    Parameters
    ----------
    content : object
        A table, or the bytes or text of one.

    Returns
    -------
    list of int or None
        One number a row; ``None`` if no table can be read.

    Examples
    --------
    >>> class_sizes("sex,age\nWoman,9--17\nWoman,9--17\nMan,9--17\n")
    [2, 2, 1]
    """
    grids = read_grids(content)
    if not grids:
        return None
    sizes = [Counter(grid.rows) for grid in grids]
    return [size[row] for size, grid in zip(sizes, grids, strict=True) for row in grid.rows]


def _identifiers(content: Any) -> Iterator[Finding]:
    """Direct identifiers, at any level."""
    columns = [words for grid in read_grids(content) for words in column_words(grid, named=is_frame(content))]
    kinds = identifiers_in_text(_text(content))
    if columns:
        yield Finding(
            "identifier",
            "fail",
            f"It has columns that name or locate people: {', '.join(columns)}.",
            "Drop them, or rename a column that names something else, such as a country.",
            {"columns": len(columns)},
        )
    elif kinds:
        cure = "Remove it; link people by keyed pseudonyms at the custodian."
        yield Finding("identifier", "fail", f"It holds {' and '.join(kinds)}.", cure, {"kinds": len(kinds)})


def _people(output: Output, content: Any, policy: Policy) -> Iterator[Finding]:
    """Rows about people and small counts in what is shown."""
    grids = read_grids(content)
    marked = carries_mark(output.content, "record_level")
    one_by_one = marked or any(row_level(grid, counted=_counted(output, grid)) for grid in grids)
    if output.level != "record" and (one_by_one or row_level_text(_text(content))):
        yield Finding(
            "records",
            "fail",
            "It describes people one by one.",
            "Count or summarise them; record-level data leave at level 'record' only, k-anonymous.",
            {"tables": len(grids)},
        )
        return
    if protection(output.content, policy) is None:  # else the rule of the threshold names what protects it
        yield from _few(output, content, grids, policy.threshold(output.level))


def _counted(output: Output, grid: Grid) -> bool:
    """Say whether the people behind each row of a table are counted, so that a row is a group."""
    people = output.people
    return people is not None and people.size > 1 and people.shape[0] == len(grid.rows)


def _few(output: Output, content: Any, grids: Sequence[Grid], threshold: int) -> Iterator[Finding]:
    """Small counts: those that are called counts, and those that whole numbers beside them may be."""
    people = output.people
    tables = output.kind in {"table", "figure", "file"} and output.level != "record"
    guess = tables and (people is None or people.size == 1)
    below = sum(small_counts(grid, threshold, guess=guess) for grid in grids)
    below += sum(small_counts_text(text, threshold) for text in _prose(content))
    behind = None if declared_private(output.content) else people  # rounded figures are no parts of the true ones
    beside = sum(small_beside(grid, behind, threshold) for grid in grids) if tables and not below else 0
    if output.level != "record" and not below:
        beside += sum(small_shares(grid, people, threshold) + small_steps(grid, threshold) for grid in grids)
    cure = "Mask them and enough others, or join categories (suppress)."
    numbers = {"below": below or beside, "threshold": threshold}
    if below:
        sentence = f"It shows {below} count{'s' if below > 1 else ''} of fewer than {threshold} people."
        yield Finding("small_cells", "fail", sentence, cure, numbers)
    elif beside:
        places = f"{beside} place{'s' if beside > 1 else ''}"
        sentence = f"Numbers or shares in {places} may show, or leave over, fewer than {threshold} people."
        cure += " If they count no people, rename the column or say so in an override."
        yield Finding("small_cells", "review", sentence, cure, numbers)


def _prose(content: Any) -> Iterator[str]:
    """Yield a text, the sentences in the cells of a table, and those in nested values."""
    if isinstance(content, (str, bytes)):
        yield _text(content)
    elif is_frame(content):
        yield from (
            cell for grid in read_grids(content) for row in (grid.header, *grid.rows) for cell in row if " " in cell
        )
    elif isinstance(content, (dict, list)):
        for one in content.values() if isinstance(content, dict) else content:
            yield from _prose(one)


def _text(content: Any) -> str:
    """Everything in a content that can be read as text."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, (bytes, bytearray)):
        return decoded(bytes(content)) or ""
    if isinstance(content, (Mapping, list, tuple)):
        return json.dumps(content, ensure_ascii=False, default=str)
    lines = [" ; ".join((*grid.header, *row)) for grid in read_grids(content) for row in grid.rows]
    return "\n".join([*lines, *_beside_a_table(content)])


def _beside_a_table(frame: Any) -> Iterator[str]:
    """Yield what a table carries unseen: its marks, and categories that no row has."""
    if getattr(frame, "attrs", None):
        yield json.dumps(plain(dict(frame.attrs)), ensure_ascii=False, default=str)
    columns = [frame.iloc[:, i] for i in range(frame.shape[1])] if hasattr(frame, "columns") else [frame]
    for column in columns:
        if hasattr(column, "cat"):
            yield "\n".join(map(str, column.cat.categories))
