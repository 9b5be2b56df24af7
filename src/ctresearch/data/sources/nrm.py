"""National Referral Mechanism: marks of notes in square brackets, as statistics of the British government use them.

A cell that is a mark alone (``[c]``) is a value that is not published. A mark after a value (``4 [r]``, ``Child [note
2]``) belongs to the note and not to the value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ctresearch.data.contents.report import REPAIR_COLUMNS, table

if TYPE_CHECKING:
    import pandas as pd

_NOTE = re.compile(r"(?<=\S)(\s*\[[^\[\]]{1,12}\])+\s*$")
_WHY = "mark of a note"


def strip_notes(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the marks of notes off the values they follow.

    Parameters
    ----------
    raw : pandas.DataFrame
        Cells as text.

    Returns
    -------
    tuple of pandas.DataFrame
        The table, and the repairs: ``column``, ``value``, ``repaired``, ``n``, ``why``.

    Examples
    --------
    >>> import pandas as pd
    >>> strip_notes(pd.DataFrame({"count": ["4 [r]", "[c]"], "stage": ["RG [note 1]", "RG"]}))[0].values.tolist()
    [['4', 'RG'], ['[c]', 'RG']]
    """
    out, repairs = raw.copy(), []
    for name in raw.columns:
        counts = raw[name].value_counts()
        changed = {str(text): _NOTE.sub("", str(text)) for text in counts.index if _NOTE.search(str(text))}
        if changed:
            out[name] = raw[name].map(lambda text, changed=changed: changed.get(text, text))
        repairs += [(name, text, new, int(counts[text]), _WHY) for text, new in changed.items()]
    return out, table(REPAIR_COLUMNS, repairs)
