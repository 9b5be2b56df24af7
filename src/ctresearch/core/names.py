"""When two names are one: the rule that every reader of lists, sources, actors, groups and codes shares.

``"Police"``, ``"police "`` and ``"Pólice"`` are one agency to a reader and three to a computer, and a table that holds
all three gives a wrong number in silence. Names with the same key are refused, or merged where the user asks for it,
and that is said. No message repeats a name: in a table of people it would be one of theirs.
"""

from __future__ import annotations

import numbers
import re
import unicodedata
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctresearch.core.cells import row_words, wrong_cells
from ctresearch.core.check import Check
from ctresearch.core.errors import CellError
from ctresearch.core.message import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

# Marks that sit above or below a letter, and the short vowels of Arabic and Hebrew. The signs of Indian scripts that
# make another syllable (classes 0, 7 and 9) and the voicing marks of Japanese (8) are letters, not accents.
_ACCENTS = frozenset(range(10, 36)) | frozenset(range(200, 241))
_ALIKE = str.maketrans(
    {
        "\u2019": "'",
        "\u2018": "'",
        "\u02bc": "'",
        "`": "'",
        "\u2010": "-",
        "\u2011": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
    }
)


# A whole number as text once it was a float: the "1.0" that a column of identifiers with a gap is cast to.
_WHOLE = re.compile(r"(-?\d+)\.0+")


def name_key(name: Any) -> str:
    """Return what two spellings of one name have in common.

    Unicode form, case, accents, invisible characters, kinds of dash and apostrophe and spaces are taken away; a whole
    number and its digits are one name.

    Parameters
    ----------
    name : object
        A name as a table holds it.

    Returns
    -------
    str
        The key; names are the same where their keys are.

    Examples
    --------
    >>> name_key("Police  Judiciaire ") == name_key("police judiciaire"), name_key(1.0) == name_key("1")
    (True, True)
    """
    # Plain ASCII has no accents, no other forms and one apostrophe to turn, and most names are such: a seventh of the
    # time, which a table of 50,000 names notices.
    if type(name) is str and name.isascii():
        plain = " ".join(name.replace("`", "'").lower().split())
        whole = _WHOLE.fullmatch(plain) if plain.endswith("0") else None
        return whole[1] if whole else plain
    if isinstance(name, numbers.Real) and not isinstance(name, numbers.Integral) and float(name).is_integer():
        return str(int(float(name)))
    letters = unicodedata.normalize("NFKD", str(name).translate(_ALIKE)).casefold()
    kept = "".join(c for c in letters if unicodedata.combining(c) not in _ACCENTS and unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFKC", " ".join(kept.split()))


@dataclass(frozen=True, slots=True)
class Names:
    """A column of names in which each name has one spelling.

    Parameters
    ----------
    codes : numpy.ndarray
        Shape (rows,): which of ``spellings`` each row holds, -1 where it holds none.
    spellings : tuple
        One spelling a name, in order of first appearance: the commonest, the first one where several are.
    merged : int
        How many names had more than one spelling.

    Examples
    --------
    >>> import pandas as pd
    >>> read_names(pd.Series(["NGO", "ngo", "police"]), "source", merge=True).merged
    1
    """

    codes: NDArray[np.int64]
    spellings: tuple[Any, ...]
    merged: int

    def checks(self, what: str) -> tuple[Check, ...]:
        """Say that spellings were merged, where they were.

        Parameters
        ----------
        what : str
            What was named, in the plural: ``"lists"``.

        Returns
        -------
        tuple of Check
            Empty where nothing was merged.

        Examples
        --------
        >>> import pandas as pd
        >>> print(*read_names(pd.Series(["NGO", "ngo"]), "source", merge=True).checks("lists"))
        ? names: 1 of 1 lists was spelled in more than one way; as asked, spellings were merged.
        """
        if not self.merged:
            return ()
        message = say(
            "{n:,} of {spellings:,} {what} was spelled in more than one way; as asked, spellings were merged.",
            many="{n:,} of {spellings:,} {what} were spelled in more than one way; as asked, spellings were merged.",
            n=self.merged,
            spellings=len(self.spellings),
            what=what,
        )
        return (Check("names", "review", message, {"merged": self.merged, "names": len(self.spellings)}),)


def read_names(column: pd.Series[Any], name: str, *, merge: bool = False, cure: str = "merge_names=True") -> Names:
    """Read a column of names, and refuse those that differ in their spelling alone.

    Parameters
    ----------
    column : pandas.Series
        The names.
    name : str
        What the column is called, for the message.
    merge : bool
        Take spellings of one name for one.
    cure : str
        The option that merges, for the message; empty where there is none.

    Returns
    -------
    Names
        Codes, spellings, and how many names were merged.

    Raises
    ------
    CellError
        If two names are the same but for spelling, and ``merge`` is false.

    Examples
    --------
    >>> import pandas as pd
    >>> read_names(pd.Series(["police", "NGO"]), "source").spellings
    ('police', 'NGO')
    """
    import numpy as np
    import pandas as pd

    try:
        raw, found = pd.factorize(column.astype(object))
    except TypeError:
        wrong = [not isinstance(one, Hashable) for one in column]
        raise wrong_cells(column, wrong, "must be names or numbers", name=name) from None
    spellings = list(found)
    codes, keys = pd.factorize(pd.Series([name_key(one) for one in spellings], dtype=object))
    if len(keys) == len(spellings):
        return Names(raw.astype(np.int64), tuple(spellings), 0)
    doubled = np.bincount(codes) > 1
    if not merge:
        rows = [int(np.flatnonzero(raw == i)[0]) + 1 for i in np.flatnonzero(doubled[codes])]
        raise CellError(_clash(name, int(doubled.sum()), rows, cure), column=name, rows=rows)
    uses = np.bincount(raw[raw >= 0], minlength=len(spellings))
    kept = tuple(spellings[max(np.flatnonzero(codes == key), key=lambda i: (uses[i], -i))] for key in range(len(keys)))
    return Names(np.where(raw >= 0, codes[raw], -1).astype(np.int64), kept, int(doubled.sum()))


def refuse_alike(names: Sequence[Any], what: str) -> None:
    """Refuse names that differ in their spelling alone, such as headers of two columns or keys of a mapping.

    Parameters
    ----------
    names : sequence
        The names, each once.
    what : str
        What is named, in the plural, for the message.

    Raises
    ------
    CellError
        If two have the same key; the message gives their places and not their names.

    Examples
    --------
    >>> refuse_alike(["police", "NGO"], "lists")
    """
    places: dict[str, list[int]] = {}
    for place, one in enumerate(names, start=1):
        places.setdefault(name_key(one), []).append(place)
    alike = sorted(place for found in places.values() if len(found) > 1 for place in found)
    if alike:
        raise CellError(
            f"{len(alike)} of {len(names)} {what} (numbers {row_words(alike)}) differ from one another in case, "
            "accents, spaces or type alone: give each a name of its own, or join them",
            rows=alike,
        )


def unknown_names(given: Iterable[Any], known: Iterable[Any]) -> list[int]:
    """Return the places of those given names that match none of the known ones.

    Parameters
    ----------
    given, known : iterable
        Names, compared as they are.

    Returns
    -------
    list of int
        Places among ``given``, counted from 1.

    Examples
    --------
    >>> unknown_names(["Ana", "Bo"], ["Ana"])
    [2]
    """
    there = set(known)
    return [place for place, one in enumerate(given, start=1) if one not in there]


def _clash(name: str, clashes: int, rows: Sequence[int], cure: str) -> str:
    """Say which rows hold names that are one."""
    names = "name is" if clashes == 1 else "names are"
    return (
        f"column {name!r}: {clashes:,} {names} spelled in more than one way, different in case, accents, spaces or type"
        f" alone (first seen in rows {row_words(rows)}): spell each in one way"
        + (f", or pass {cure} to take them as one" if cure else "")
    )
