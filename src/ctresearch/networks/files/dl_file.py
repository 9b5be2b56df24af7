"""UCINET's DL files: one network as a matrix, a list of ties, or a list of neighbours [1]_.

References
----------
.. [1] Borgatti, S. P., Everett, M. G. and Freeman, L. C. (2002). UCINET for Windows: software for social network
   analysis. Analytic Technologies.
"""

from __future__ import annotations

import re

from ctresearch.core.cells import row_words
from ctresearch.core.errors import DataError
from ctresearch.networks.files.fields import number_at, split_fields

_PART = re.compile(r"(?im)^\s*(labels(?:\s+embedded)?|data)\s*:\s*")
_OPTION = re.compile(r"(?i)\b(n|nr|nc|nm|format)\s*=\s*([\w]+)")
_FORMATS = ("fullmatrix", "edgelist1", "nodelist1")


def parse_dl(text: str) -> tuple[list[str], list[tuple[str, str, float]]]:
    """Read the text of a DL file.

    Parameters
    ----------
    text : str
        The text, which begins with ``dl``; formats ``fullmatrix``, ``edgelist1`` and ``nodelist1``, with labels
        given, embedded or absent.

    Returns
    -------
    tuple
        Actors, and ties as source, target and value; zeros of a matrix are no ties.

    Raises
    ------
    DataError
        If the text is not such a file, holds several networks or two modes, or its numbers do not fit.

    Examples
    --------
    >>> parse_dl("dl n=2 labels: a, b data: 0 3 0 0")
    (['a', 'b'], [('a', 'b', 3.0)])
    """
    if not re.match(r"(?i)\s*dl\b", text):
        raise DataError(
            f"the file of {len(text.splitlines()):,} lines begins with something else than 'dl': it is no DL file"
        )
    text = re.sub(r"(?i)(labels(?:\s+embedded)?|data)\s*:", r"\n\1:\n", text)
    parts = _PART.split(text)
    options = {name.lower(): value.lower() for name, value in _OPTION.findall(parts[0])}
    sections = {name.lower(): body for name, body in zip(parts[1::2], parts[2::2], strict=True)}
    layout = options.get("format", "fullmatrix")
    if layout not in _FORMATS or "nr" in options or "nc" in options or options.get("nm", "1") != "1":
        raise DataError(
            "the DL file has a format, a number of networks or two modes that are not read, must hold one network of "
            f"one mode as {', '.join(_FORMATS)}: read two modes as a table with CriminalNetwork.from_incidence"
        )
    if "data" not in sections or not options.get("n", "").isdigit():
        raise DataError(
            f"the DL file says n={'a number' if options.get('n', '').isdigit() else 'no number'} and has "
            f"{len(sections)} parts, must say n=... and have 'data:'"
        )
    size = int(options["n"])
    embedded = any(name.startswith("labels") and "embedded" in name for name in sections)
    labels = split_fields(sections.get("labels", ""), commas=True) or (
        [] if embedded else [str(i + 1) for i in range(size)]
    )
    if labels and len(labels) != size:
        raise DataError(f"the DL file names {len(labels)} actors and says n={size}: correct one of them")
    if layout == "fullmatrix":
        return _matrix(split_fields(sections["data"], commas=True), labels, size, embedded=embedded)
    return _lists(sections["data"], labels, layout, embedded=embedded)


def _matrix(
    fields: list[str], labels: list[str], size: int, *, embedded: bool
) -> tuple[list[str], list[tuple[str, str, float]]]:
    """Read a matrix, row by row."""
    expected = size * size + (2 * size if embedded else 0)
    if len(fields) != expected:
        raise DataError(f"the matrix of the DL file has {len(fields)} entries, must have {expected} for n={size}")
    if embedded:
        labels, width = fields[:size], size + 1
        fields = [f for i, f in enumerate(fields[size:]) if i % width]
    values = [number_at(field, f"row {k // size + 1} of the matrix of the DL file") for k, field in enumerate(fields)]
    ties = [(labels[k // size], labels[k % size], value) for k, value in enumerate(values) if value]
    return labels, ties


def _lists(
    text: str, labels: list[str], layout: str, *, embedded: bool
) -> tuple[list[str], list[tuple[str, str, float]]]:
    """Read one tie a line, or one actor and those it points to."""
    ties = []
    for place, line in enumerate(filter(None, map(str.strip, text.splitlines())), start=1):
        fields = split_fields(line, commas=True)
        if layout == "edgelist1":
            if len(fields) not in (2, 3):
                raise DataError(
                    f"line {place} of the data of the DL file has {len(fields)} entries, must have two actors and at "
                    "most a value"
                )
            where = f"line {place} of the data of the DL file"
            ties.append((fields[0], fields[1], number_at(fields[2], where) if len(fields) == 3 else 1.0))
        else:
            ties.extend((fields[0], other, 1.0) for other in fields[1:])
    names = {str(i + 1): label for i, label in enumerate(labels)}
    if not embedded:
        unknown = [place for place, tie in enumerate(ties, start=1) if tie[0] not in names or tie[1] not in names]
        if unknown:
            raise DataError(
                f"{len(unknown)} ties of the DL file (numbers {row_words(unknown)}) name an actor by something else "
                f"than a number from 1 to {len(labels)}: correct them, or embed the labels"
            )
        ties = [(names[source], names[target], value) for source, target, value in ties]
    actors = labels or list(dict.fromkeys(end for source, target, _ in ties for end in (source, target)))
    return actors, [tie for tie in ties if tie[2]]
