"""What must be said and kept apart before names are touched."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ctresearch.core.errors import SpecificationError
from ctresearch.core.pseudonym import KEY_VARIABLE, load_key

_FEWEST_WORDS, _KEY_BYTES, _FEWEST_BYTES = 3, 32, 8
_PROJECT_SIGNS = (".git", "study.toml", "pyproject.toml")
_SAFEGUARD = r"(separat\w+|safeguards?|agreement|purpose|protection|firewall|arrangements?|measures?|rules?)"
_BEGINS = r"none|n\s*[/.]?\s*a|nil|null|nothing|unknown|undecided|unclear|tb[dac]|todo|to be \w+|no|not|yes|test|x+"
_SAYS_SOMETHING = r"data|names?|records?|persons?|people|offices?|lists?|access|authority|agency|police|one|linked"
_STATE = r"apart|separate|agreed|decided|applicable|needed|required|relevant"
_DENIALS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^\W*({_BEGINS})\b(?! ({_SAYS_SOMETHING})\b)",
        rf"\b(no|without|lack of|lacks|missing)\s+(any\s+|such\s+|formal\s+|special\s+)?{_SAFEGUARD}\b",
        rf"(\bnot|n't|\bnever)\s+(yet\s+|been\s+|be\s+|really\s+|currently\s+|kept\s+)*({_SAFEGUARD}|{_STATE})\b",
    )
)


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
        If it is not text of three different words or more, or says that there is none: ``"none at the moment"``,
        ``"there is no separation"``. What is said is recorded and stays the custodian's word; no check can prove it.

    Examples
    --------
    >>> in_words("purpose", "size of the population")
    'size of the population'
    """
    words = set(re.findall(r"\w{2,}", value.casefold())) if isinstance(value, str) else set()
    if len(words) < _FEWEST_WORDS or any(one.search(str(value)) for one in _DENIALS):
        raise SpecificationError(
            f"{name} == {value!r}, must say in {_FEWEST_WORDS} words or more what is done: lists of persons are not "
            "linked without a recorded purpose and a recorded separation from immigration enforcement"
        )
    return str(value).strip()


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
        If the key has another length or is no random one, or its file lies within a study or a repository.
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
    named = key or os.environ.get(KEY_VARIABLE)
    if named:
        folders = Path(named).expanduser().resolve().parents
        inside = next((p for p in folders if any((p / sign).exists() for sign in _PROJECT_SIGNS)), None)
        if inside is not None:
            raise SpecificationError(
                f"the key {Path(named).name!r} lies within {inside.name!r}, which is a study or a repository: the key "
                "must stay with the custodian, outside of both"
            )
    secret = load_key(key)
    if len(set(secret)) < _FEWEST_BYTES:
        raise SpecificationError(
            f"the key file holds {len(set(secret))} different bytes, a random key has many more: make one with "
            "create_key()"
        )
    return secret
