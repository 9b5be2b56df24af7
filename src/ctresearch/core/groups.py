"""Groups of a table: one reader for every ``by=``, and the one word that no group may have.

Results of groups carry a row for all of them together, called ``"all"``. A group of that name would replace the overall
row without a word, and labels such as ``1`` and ``"1"`` would fall on one another, so both are refused here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctresearch.core.cells import row_words
from ctresearch.core.columns import column_name, refuse_missing
from ctresearch.core.errors import CellError
from ctresearch.core.names import name_key, read_names
from ctresearch.core.render import as_card
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.core.check import Check
    from ctresearch.core.names import Names

ALL = "all"


@dataclass(frozen=True, slots=True)
class Groups:
    """Which group each row belongs to.

    Parameters
    ----------
    codes : numpy.ndarray
        Shape (rows,): number of the group, from 0.
    names : tuple of str
        Labels, in sorted order of the values: numbers by size, text by letter.
    checks : tuple of Check
        That spellings were merged, where they were.

    Examples
    --------
    >>> import pandas as pd
    >>> read_groups(pd.DataFrame({"sex": ["m", "f", "m"]}), "sex").names
    ('f', 'm')
    """

    codes: NDArray[np.int64]
    names: tuple[str, ...]
    checks: tuple[Check, ...] = ()

    def rows(self, *, overall: bool = False) -> dict[str, NDArray[np.bool_]]:
        """Return which rows each group holds.

        Parameters
        ----------
        overall : bool
            Put all rows first, under the name ``"all"``.

        Returns
        -------
        dict of str to numpy.ndarray
            One array of shape (rows,) a group.

        Examples
        --------
        >>> import pandas as pd
        >>> groups = read_groups(pd.DataFrame({"sex": ["m", "f"]}), "sex")
        >>> {name: int(rows.sum()) for name, rows in groups.rows(overall=True).items()}
        {'all': 2, 'f': 1, 'm': 1}
        """
        import numpy as np

        whole = {ALL: np.ones(len(self.codes), dtype=bool)} if overall else {}
        return whole | {name: self.codes == i for i, name in enumerate(self.names)}

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["names"], checks=self.checks)


def refuse_reserved(name: object, what: str) -> None:
    """Refuse the name that stands for all groups together.

    Parameters
    ----------
    name : object
        Label of a group, a stratum or a list.
    what : str
        What bears it, for the message.

    Raises
    ------
    CellError
        If it reads ``"all"``, however it is written.

    Examples
    --------
    >>> refuse_reserved("north", "a stratum")
    """
    if name_key(name) == ALL:
        raise CellError(f"{what} is named {ALL!r}, which stands for all of them together: give it another name")


def read_groups(frame: pd.DataFrame, by: str) -> Groups:
    """Read the column that says which group each row belongs to.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    by : str
        Column of labels: text, numbers, yes or no, or categories.

    Returns
    -------
    Groups
        Codes and labels.

    Raises
    ------
    DataError
        If the column or one of its values is missing, labels differ in their spelling alone, or one reads ``"all"``.

    Examples
    --------
    >>> import pandas as pd
    >>> read_groups(pd.DataFrame({"wave": [10, 9, 10]}), "wave").names
    ('9', '10')
    """
    import numpy as np

    has_columns("frame", is_frame("frame", frame), [column_name("by", by)])
    refuse_missing(frame, [by])
    read = read_names(frame[by], by, cure="")
    reserved = [i for i, one in enumerate(read.spellings) if name_key(one) == ALL]
    if reserved:
        rows = (np.flatnonzero(np.isin(read.codes, reserved)) + 1).tolist()
        raise CellError(
            f"column {by!r} has a group named {ALL!r} (rows {row_words(rows)}), which stands for all groups together: "
            "give it another name",
            column=by,
            rows=rows,
        )
    return _sorted_groups(frame[by], read, ())


def read_units(frame: pd.DataFrame, name: str, *, merge: bool = False) -> Groups:
    """Read which person, cluster or site each row is of: no result has a row for all of them, so no word is taken.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    name : str
        Column of their names or numbers.
    merge : bool
        Take spellings of one name for one, as ``merge_names=True`` asks.

    Returns
    -------
    Groups
        Codes and names, and a check where spellings were merged.

    Raises
    ------
    DataError
        If the column or one of its values is missing, or names differ in their spelling alone and ``merge`` is false.

    Examples
    --------
    >>> import pandas as pd
    >>> read_units(pd.DataFrame({"village": ["V1", "v1 ", "V1", "V2"]}), "village", merge=True).names
    ('V1', 'V2')
    """
    has_columns("frame", is_frame("frame", frame), [name])
    refuse_missing(frame, [name])
    read = read_names(frame[name], name, merge=merge)
    return _sorted_groups(frame[name], read, read.checks(f"names in {name!r}"))


def _sorted_groups(column: pd.Series[Any], read: Names, checks: tuple[Check, ...]) -> Groups:
    """Put groups in the order of their labels."""
    import numpy as np

    ordered = _in_order(column, read.spellings)
    place = np.empty(len(ordered), dtype=np.int64)
    place[ordered] = np.arange(len(ordered))
    return Groups(place[read.codes], tuple(str(read.spellings[i]) for i in ordered), checks)


def _in_order(column: pd.Series[Any], spellings: tuple[Any, ...]) -> list[int]:
    """Sort labels: ordered categories as they stand, numbers by size, the rest by letter."""
    import pandas as pd

    places = range(len(spellings))
    if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
        rank = {one: i for i, one in enumerate(column.cat.categories)}
        return sorted(places, key=lambda i: rank[spellings[i]])
    try:
        return sorted(places, key=lambda i: spellings[i])
    except TypeError:  # numbers and text in one column
        return sorted(places, key=lambda i: str(spellings[i]))
