"""The words that the rules of the gate look for: lists in data files, read once when the first rule needs one.

An entry is a word or several; ``*`` at its end or within it stands for any letters and digits. In names of columns a
space stands for an underscore that may be missing. What a rule makes of the lists is the rule's own business.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

_FILES = ("people", "given_names", "columns", "phrases")


@lru_cache(maxsize=1)
def _lists() -> dict[str, tuple[str, ...]]:
    """Read every list, under the name of its table and its own."""
    found = {}
    for name in _FILES:
        text = files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
        for table, lists in tomllib.loads(text).items():
            for key, entries in lists.items():
                found[f"{table}.{key}"] = tuple(entries.split()) if isinstance(entries, str) else tuple(entries)
    return found


def listed(*names: str) -> tuple[str, ...]:
    """Return the entries of some lists.

    Parameters
    ----------
    *names : str
        Table and list, such as ``"one.harmed"``; or a table, for all its lists.

    Returns
    -------
    tuple of str
        Each entry once, in the order of the files.

    Examples
    --------
    >>> listed("one.harmed")
    ('victim', 'survivor')
    """
    lists = _lists()
    found: dict[str, None] = {}
    for name in names:
        keys = [name] if "." in name else [key for key in lists if key.startswith(f"{name}.")]
        for key in keys:
            found.update(dict.fromkeys(lists[key]))
    return tuple(found)


def any_of(*names: str, plural: bool = False) -> str:
    """Write the pattern of any one entry of some lists.

    Parameters
    ----------
    *names : str
        As for :func:`listed`.
    plural : bool
        Whether an ``s`` may follow.

    Returns
    -------
    str
        A group that captures nothing.

    Examples
    --------
    >>> any_of("one.harmed")
    '(?:victim|survivor)'
    """
    return f"(?:{'|'.join(map(_pattern, listed(*names)))})" + ("s?" if plural else "")


def capitalised(*names: str, either: bool = False) -> str:
    """Write the pattern of any one entry that begins with a capital.

    Parameters
    ----------
    *names : str
        As for :func:`listed`.
    either : bool
        Whether it may begin without one as well.

    Returns
    -------
    str
        A group that captures nothing.

    Examples
    --------
    >>> capitalised("one.harmed"), capitalised("one.harmed", either=True)
    ('(?:Victim|Survivor)', '(?:[Vv]ictim|[Ss]urvivor)')
    """
    begin = "[{0}{1}]{2}" if either else "{0}{2}"
    return f"(?:{'|'.join(begin.format(w[0].upper(), w[0], _pattern(w[1:])) for w in listed(*names))})"


def column(*names: str, plural: bool = False) -> str:
    """Write the pattern of any one entry as it stands in the name of a column.

    Parameters
    ----------
    *names : str
        As for :func:`listed`.
    plural : bool
        Whether an ``s`` may follow.

    Returns
    -------
    str
        A group that captures nothing; spaces are underscores that may be missing.

    Examples
    --------
    >>> column("identifiers.birth")[:22]
    '(?:dob|date_?of_?birth'
    """
    return any_of(*names, plural=plural).replace(r"\ ", "_?")


def whole_column(*names: str) -> re.Pattern[str]:
    """Compile what finds columns that are called as an entry is.

    Parameters
    ----------
    *names : str
        As for :func:`listed`.

    Returns
    -------
    re.Pattern
        For names in lower case with underscores.

    Examples
    --------
    >>> found = whole_column("identifiers.birth")
    >>> found.match("dateofbirth") is not None, found.match("date_of_birth_known") is not None
    (True, False)
    """
    return re.compile(f"^{column(*names)}$")


def in_column(*names: str, plural: bool = False, also: str = "") -> re.Pattern[str]:
    """Compile what finds columns that have an entry among the parts of their name.

    Parameters
    ----------
    *names : str
        As for :func:`listed`.
    plural : bool
        Whether an ``s`` may follow an entry.
    also : str
        A further pattern, for what is no word.

    Returns
    -------
    re.Pattern
        For names in lower case with underscores.

    Examples
    --------
    >>> found = in_column("identifiers.birth")
    >>> found.search("her_dob_known") is not None, found.search("dobson") is not None
    (True, False)
    """
    one = column(*names, plural=plural)
    one = f"(?:{one}|{also})" if also else one
    return re.compile(f"(?:^|_){one}(?:_|$)")


def _pattern(entry: str) -> str:
    """Write one entry as a pattern."""
    return re.escape(entry).replace(r"\*", r"\w*").replace(r"\-", "-")
