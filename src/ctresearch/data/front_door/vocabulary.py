"""The words by which a table of somebody's own is recognised, as data in many languages."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from ctresearch.core.names import name_key


def is_called(name: str, kind: str) -> bool:
    """Say whether a column is called by a word of a kind.

    Parameters
    ----------
    name : str
        Name of the column.
    kind : {"count", "person", "source", "date", "note", "attribute", "agency", "cases", "interviews"}
        What it may be.

    Returns
    -------
    bool
        Whether the whole name is such a word, or reads ``person_id`` for ``person id``.

    Examples
    --------
    >>> is_called("Fuente ", "source"), is_called("PERSON_ID", "person"), is_called("police", "person")
    (True, True, False)
    """
    return column_key(name) in column_words(kind)


def column_key(name: str) -> str:
    """Return what two ways to write the name of a column have in common.

    Parameters
    ----------
    name : str
        Name of the column.

    Returns
    -------
    str
        Its key, words parted by blanks.

    Examples
    --------
    >>> column_key("Case_ID ") == column_key("case id")
    True
    """
    return name_key(name.replace("_", " ").replace(".", " ").strip(" :*"))


@cache
def column_words(kind: str) -> frozenset[str]:
    """Return the keys of the words of a kind.

    Parameters
    ----------
    kind : str
        As in :func:`is_called`.

    Returns
    -------
    frozenset of str
        Keys.

    Examples
    --------
    >>> "effectif" in column_words("count")
    True
    """
    tables = vocabulary()
    return frozenset(map(column_key, tables["columns"].get(kind) or tables["kinds"][kind]))


@cache
def truth_words() -> dict[str, bool]:
    """Return what each word for yes and no means.

    Returns
    -------
    dict of str to bool
        Key of the word to its meaning; a word that would mean both stands in a test that fails.

    Examples
    --------
    >>> truth_words()["oui"], truth_words()["khong"]
    (True, False)
    """
    tables = vocabulary()
    return {
        name_key(word): meaning
        for kind, meaning in (("yes", True), ("no", False))
        for words in tables[kind].values()
        for word in words
    }


@cache
def letter_pairs() -> tuple[tuple[str, str], ...]:
    """Return the letters that stand for yes and no in one language.

    Returns
    -------
    tuple of tuple of str
        Yes and no.

    Examples
    --------
    >>> ("o", "n") in letter_pairs()
    True
    """
    return tuple((name_key(yes), name_key(no)) for yes, no in vocabulary()["letters"]["pairs"])


@cache
def total_words() -> frozenset[str]:
    """Return the keys of the words that head a row of totals.

    Returns
    -------
    frozenset of str
        Keys.

    Examples
    --------
    >>> "ensemble" in total_words()
    True
    """
    return frozenset(map(name_key, vocabulary()["rows"]["total"]))


@cache
def below_words() -> tuple[str, ...]:
    """Return the words that say that a count is only known to be smaller, the longest first.

    Returns
    -------
    tuple of str
        Keys.

    Examples
    --------
    >>> "moins de" in below_words()
    True
    """
    return tuple(sorted(map(name_key, vocabulary()["below"]["words"]), key=len, reverse=True))


@cache
def edge_names() -> tuple[frozenset[str], ...]:
    """Return the pairs of columns that make a list of ties.

    Returns
    -------
    tuple of frozenset of str
        Keys, two by two.

    Examples
    --------
    >>> frozenset({"source", "target"}) in edge_names()
    True
    """
    return tuple(frozenset(map(column_key, pair)) for pair in vocabulary()["edges"]["pairs"])


@cache
def vocabulary() -> dict[str, Any]:
    """Read the file of words.

    Returns
    -------
    dict
        As the file has it.

    Examples
    --------
    >>> sorted(vocabulary())[:3]
    ['below', 'columns', 'edges']
    """
    text = (files("ctresearch.data.front_door") / "vocabulary.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
