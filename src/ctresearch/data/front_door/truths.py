"""Which columns of a table hold yes and no, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.names import name_key
from ctresearch.data.front_door.vocabulary import letter_pairs, truth_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

_MANY = 40  # a column of more different cells holds no yes and no
_STRAY = 4


@dataclass(frozen=True, slots=True)
class Truths:
    """Columns of yes and no.

    Parameters
    ----------
    columns : tuple of str
        Their names, in the order of the table.
    yes, no : tuple of str
        The words that they use, in the order of the alphabet.
    coded : tuple of str
        Columns of 1 and 2 alone, of which nobody knows which is yes.
    one_word : bool
        Whether they mark yes alone and leave no blank.
    gaps : bool
        Whether they have blank cells.

    Examples
    --------
    >>> Truths(("police",), ("oui",), ("non",)).one_word
    False
    """

    columns: tuple[str, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    coded: tuple[str, ...] = ()
    one_word: bool = False
    gaps: bool = False


def find_truths(frame: pd.DataFrame, yes: Iterable[str] = (), no: Iterable[str] = ()) -> Truths:
    """Find the columns of yes and no.

    Parameters
    ----------
    frame : pandas.DataFrame
        A table of text.
    yes, no : iterable of str
        Words that somebody has said the meaning of.

    Returns
    -------
    Truths
        A column counts as one if its cells are such words; a few that are none, in a column of many that are, do not
        hide it, and are refused where it is read.

    Examples
    --------
    >>> import pandas as pd
    >>> found = find_truths(pd.DataFrame({"police": ["oui", "non"], "ONG": ["oui", "oui"], "age": ["12", "30"]}))
    >>> found.columns, found.yes, found.no
    (('police', 'ONG'), ('oui',), ('non',))
    """
    said = {**{name_key(word): True for word in yes}, **{name_key(word): False for word in no}}
    cells = {name: frame[name].value_counts() for name in frame.columns}
    few = {name: one for name, one in cells.items() if len(one) <= _MANY}
    kinds = {name: {name_key(str(v)): int(n) for v, n in one.items() if v != ""} for name, one in few.items()}
    kinds = {name: one for name, one in kinds.items() if one}
    words = {**truth_words(), **_letters(kinds), **said}
    columns = tuple(name for name, one in kinds.items() if _is_truth(one, words))
    met = {key for name in columns for key in kinds[name] if key in words}
    said_both = any(word in said for word in ("1", "2"))
    coded = tuple(name for name, one in kinds.items() if set(one) == {"1", "2"} and not said_both)
    yes_words, no_words = (tuple(sorted(k for k in met if words[k] is meaning)) for meaning in (True, False))
    gaps = any((frame[name] == "").any() for name in columns)
    return Truths(columns, yes_words, no_words, coded, one_word=bool(yes_words) and not no_words, gaps=gaps)


def read_truth(column: pd.Series, yes: Iterable[str], no: Iterable[str]) -> NDArray[np.int8]:
    """Read a column of yes and no.

    Parameters
    ----------
    column : pandas.Series
        Text.
    yes, no : iterable of str
        Words.

    Returns
    -------
    numpy.ndarray
        Shape (rows,): 1, 0, -1 for a blank and -2 for a cell that is no such word.

    Examples
    --------
    >>> import pandas as pd
    >>> read_truth(pd.Series(["Oui", "non", "", "?"]), ["oui"], ["non"]).tolist()
    [1, 0, -1, -2]
    """
    import pandas as pd

    meaning = {**{name_key(w): 1 for w in yes}, **{name_key(w): 0 for w in no}, "": -1}
    codes, values = pd.factorize(column.astype(object))
    read = np.array([meaning.get(_key(str(value)), -2) for value in values], dtype=np.int8)
    return read[codes] if len(values) else np.zeros(0, dtype=np.int8)


def _key(text: str) -> str:
    """Return the key of a cell; blank for a blank."""
    return name_key(text) if text else ""


def _is_truth(kinds: Mapping[str, int], words: Mapping[str, bool]) -> bool:
    """Say whether cells are yes and no, but for a few."""
    stray = {key: n for key, n in kinds.items() if key not in words}
    if not stray:
        return True
    known = sum(kinds.values()) - sum(stray.values())
    few = len(stray) <= _STRAY and sum(stray.values()) * 10 <= known
    # numbers beside 0 and 1 are counts or codes, not slips of the pen
    return few and not all(key.replace(".", "").isdigit() for key in stray) and len(kinds) - len(stray) >= 1


def _letters(kinds: Mapping[str, Mapping[str, int]]) -> dict[str, bool]:
    """Return the letters that mean yes and no in two columns or more."""
    for yes, no in letter_pairs():
        whole = sum(set(one) == {yes, no} for one in kinds.values())
        within = sum(set(one) <= {yes, no} for one in kinds.values())
        if whole >= 1 and within >= 2:
            return {yes: True, no: False}
    return {}
