"""The rules that look into what an output shows: identifiers, rows about people, small counts, seeded noise."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ctresearch.privacy.identifiers import identifiers_in_text, identifying_columns
from ctresearch.privacy.reading import decoded, read_grids
from ctresearch.privacy.records import row_level, row_level_text, small_counts, small_counts_text
from ctresearch.privacy.verdict import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctresearch.privacy.output import Output
    from ctresearch.privacy.policy import Policy


_CHECK = frozenset({"name", "status", "message", "numbers"})


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
    >>> from ctresearch.privacy.output import Output
    >>> from ctresearch.privacy.policy import Policy
    >>> letter = Output("letter", "file", "public", content=b"from someone@example.org", citation="A report (2020).")
    >>> [finding.sentence for finding in content_rules(letter, Policy())]
    ['It holds an e-mail address.']
    """
    content = plain_content(output.content)
    if isinstance(content, bytes) and decoded(content) is None and output.kind != "figure" and output.level != "public":
        cure = "Hand the table itself to the gate, or sign an override that says who looked into the file."
        yield Finding("unreadable", "review", "It is a file that cannot be looked into.", cure)
    yield from _identifiers(content)
    yield from _seeded(content)
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
    if hasattr(content, "estimates") and hasattr(content, "to_dict"):
        return content.to_dict()
    return content.table if hasattr(content, "table") and hasattr(content, "check") else content


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
    unnamed = _without_check_names(content)
    columns = [name for grid in read_grids(unnamed) for name in identifying_columns(grid)]
    kinds = identifiers_in_text(_text(unnamed))
    if columns:
        shown = ", ".join(map(repr, columns))
        yield Finding(
            "identifier",
            "fail",
            f"It has columns that name or locate people: {shown}.",
            "Drop them, or rename a column that names something else, such as a country.",
            {"columns": len(columns)},
        )
    elif kinds:
        cure = "Remove it; link people by keyed pseudonyms at the custodian."
        yield Finding("identifier", "fail", f"It holds {' and '.join(kinds)}.", cure, {"kinds": len(kinds)})


def _without_check_names(content: Any) -> Any:
    """Leave out what the checks of a result are called, as "Silverman Sequence" names nobody; all else stays."""
    if not (
        isinstance(content, Mapping) and "estimates" in content and isinstance(content.get("checks"), (list, tuple))
    ):
        return content
    checks = [
        {key: value for key, value in check.items() if key != "name"}
        if isinstance(check, Mapping) and set(check) == _CHECK
        else check
        for check in content["checks"]
    ]
    return {**content, "checks": checks}


def _seeded(content: Any) -> Iterator[Finding]:
    """Noise or rounding that was drawn from a seed protects nobody: the seed takes it away again."""
    marks = getattr(content, "attrs", None) or {}
    checks = content.get("checks", ()) if isinstance(content, Mapping) else ()
    failed = any(isinstance(c, Mapping) and c.get("name") == "entropy" and c.get("status") == "fail" for c in checks)
    if failed or (isinstance(marks, Mapping) and marks.get("private") is False):
        yield Finding(
            "seeded_noise",
            "fail",
            "Its noise or rounding came from a seed, so anyone who has the seed can take it away.",
            "Make it again without seed=, once, and keep the artefact.",
        )


def _people(output: Output, content: Any, policy: Policy) -> Iterator[Finding]:
    """Rows about people and small counts in what is shown."""
    grids = read_grids(content)
    marked = isinstance(content, Mapping) and content.get("record_level") is True
    if output.level != "record" and (marked or any(map(row_level, grids)) or row_level_text(_text(content))):
        yield Finding(
            "records",
            "fail",
            "It describes people one by one.",
            "Count or summarise them; record-level data leave at level 'record' only, k-anonymous.",
            {"tables": len(grids)},
        )
        return
    threshold, people = policy.threshold(output.level), output.people
    guess = (
        (people is None or people.size == 1) and output.kind in {"table", "figure", "file"} and output.level != "record"
    )
    below = sum(small_counts(grid, threshold, guess=guess) for grid in grids)
    if isinstance(content, (str, bytes)):
        below += small_counts_text(_text(content), threshold)
    if below:
        numbers = {"below": below, "threshold": threshold}
        sentence = f"It shows {below} count{'s' if below > 1 else ''} of fewer than {threshold} people."
        yield Finding(
            "small_cells", "fail", sentence, "Mask them and enough others, or join categories (suppress).", numbers
        )


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
    return "\n".join(" ; ".join((*grid.header, *row)) for grid in read_grids(content) for row in grid.rows)
