"""Public files go into a bundle as they are, so somebody must have said what their rows are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.errors import DisclosureError
from ctresearch.privacy.reading.reading import decoded, read_grids
from ctresearch.privacy.words.identifiers import identifiers_in_text, identifying_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ctresearch.studies.asked.manifest import Study

LOOKED_AT = 2_000_000  # characters of a file that are searched for names, phone numbers and papers
_READ_AS_TEXT = {".csv", ".tsv", ".txt", ".json", ".md", ".toml", ".graphml", ".gexf", ".net", ".dl", ".html", ".xml"}


def shared_inputs(study: Study, data: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    """List the files of a study's inputs that a bundle carries.

    Parameters
    ----------
    study : Study
        The study.
    data : mapping of str to pathlib.Path
        Files that were given for inputs, by name.

    Yields
    ------
    tuple
        Name of the input and its file: public ones, unless they are to be had elsewhere.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.manifest import DataInput, Study
    >>> data = {"lists": DataInput(source="lists.csv", level="public")}
    >>> data["uk"] = DataInput(source="published:x", level="public")
    >>> study = Study(name="demo", folder=Path("demo"), title="T", notebook="n", seed=1, data=data)
    >>> [name for name, _ in shared_inputs(study, {})]
    ['lists']
    """
    for name, declared in study.data.items():
        if declared.level != "public" or declared.bundle is not None:
            continue  # what another released is cited by its digest
        if name in data and declared.access is None:
            yield name, data[name]
        elif declared.own_file and name not in data:
            yield name, study.folder / declared.own_file


def refuse_people(study: Study, data: Mapping[str, Path]) -> None:
    """Refuse to put a file into a bundle of which nobody has said what its rows are, or that names people.

    Parameters
    ----------
    study : Study
        The study.
    data : mapping of str to pathlib.Path
        Files that were given for inputs, by name.

    Raises
    ------
    DisclosureError
        If an input does not say ``rows``, or its file holds a name, an address, a phone number or a paper.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.manifest import DataInput, Study
    >>> lists = DataInput(source="lists.csv", level="public")
    >>> study = Study(name="demo", folder=Path("demo"), title="T", notebook="n", seed=1, data={"lists": lists})
    >>> refuse_people(study, {})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DisclosureError: input 'lists' is public, so the bundle would carry its file, ...
    """
    for name, path in shared_inputs(study, data):
        if study.data[name].rows is None:
            raise DisclosureError(
                f"input {name!r} is public, so the bundle would carry its file, and nobody says what its rows are: "
                "write "
                f'rows = "aggregates", "published" or "invented" under [data.{name}] of study.toml; where rows are real'
                " people, "
                'set level = "restricted", say access and [ethics], leave source out and give the file with --data'
            )
        found = _identifying(path)
        if found:
            raise DisclosureError(
                f"input {name!r} is public, so the bundle would carry {path.name}, which holds {found}: take it out of"
                ' the file, or set level = "restricted" and give the file with --data'
            )


def _identifying(path: Path) -> str:
    """Say what in a file names or locates a person, in words without a value; empty for nothing."""
    if path.suffix.lower() not in _READ_AS_TEXT:
        return ""
    text = (decoded(path.read_bytes()) or "")[:LOOKED_AT]
    columns = [column for grid in read_grids(text) for column in identifying_columns(grid)]
    if columns:
        return f"a column {columns[0]!r} that names or locates people"
    return " and ".join(identifiers_in_text(text))
