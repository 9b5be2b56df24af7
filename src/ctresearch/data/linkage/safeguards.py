"""What must be said and kept apart before names are touched."""

from __future__ import annotations

import re
from pathlib import Path

from ctresearch.core.errors import SpecificationError
from ctresearch.core.pseudonym import load_key

_FEWEST_WORDS, _KEY_BYTES = 3, 32
_PROJECT_SIGNS = (".git", "study.toml", "pyproject.toml")


def in_words(name: str, value: object) -> str:
    """Return a statement if it says something.

    Parameters
    ----------
    name : str
        Name of the option, for the message.
    value : object
        What the user gave.

    Returns
    -------
    str
        The statement.

    Raises
    ------
    SpecificationError
        If it is not text of three words or more.

    Examples
    --------
    >>> in_words("purpose", "size of the population")
    'size of the population'
    """
    if not isinstance(value, str) or len(re.findall(r"\w{2,}", value)) < _FEWEST_WORDS:
        raise SpecificationError(
            f"{name} == {value!r}, must say in {_FEWEST_WORDS} words or more what is done: lists of persons are not "
            "linked without a recorded purpose and a recorded separation from immigration enforcement"
        )
    return value.strip()


def custodian_key(key: str | Path | bytes | None) -> bytes:
    """Return the custodian's key, kept outside the study.

    Parameters
    ----------
    key : str, pathlib.Path, bytes or None
        File of the key, the key itself, or ``None`` for the file that ``CTRESEARCH_KEY_FILE`` names.

    Returns
    -------
    bytes
        32 bytes.

    Raises
    ------
    SpecificationError
        If the key has another length, or its file lies within a study or a repository.
    DataError
        If the file cannot be read.

    Examples
    --------
    >>> len(custodian_key(b"k" * 32))
    32
    """
    if isinstance(key, bytes):
        if len(key) != _KEY_BYTES:
            raise SpecificationError(f"key has {len(key)} bytes, must have {_KEY_BYTES}: make one with create_key()")
        return key
    if key is not None:
        folders = Path(key).expanduser().resolve().parents
        inside = next((p for p in folders if any((p / sign).exists() for sign in _PROJECT_SIGNS)), None)
        if inside is not None:
            raise SpecificationError(
                f"the key {Path(key).name!r} lies within {inside.name!r}, which is a study or a repository: the key "
                "must stay with the custodian, outside of both"
            )
    return load_key(key)
