"""Numbers as continental Europe writes them: ``1.234`` for a thousand and more, ``2,5`` for two and a half.

A file whose fields are parted by semicolons is written so, since its commas are needed for decimals. What could still
be read in two ways is left as it stands, and breaks the rule of its column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.data.contents.numbers import has_decimal_point, without_points
from ctresearch.data.contents.report import REPAIR_COLUMNS, table

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.data.contents.schema import Schema

_WHOLE = ("count", "integer")
_WHY = "number with points between thousands or a decimal comma"


def read_points(raw: pd.DataFrame, schema: Schema) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write the numbers of a file with semicolons the way the rules of a schema expect.

    Parameters
    ----------
    raw : pandas.DataFrame
        Cells as text, names as in the schema.
    schema : Schema
        Which columns hold numbers.

    Returns
    -------
    tuple of pandas.DataFrame
        The table, and the repairs: ``column``, ``value``, ``repaired``, ``n``, ``why``. A column of decimals that has a
        decimal point somewhere (``12.5``) is left as it is; so is ``1,234``, which may be a decimal or a thousand.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.data.contents.schema import schema
    >>> read_points(pd.DataFrame({"year": ["2020"], "count": ["1.000"]}), schema("hotline"))[0]["count"].tolist()
    ['1000']
    """
    out, repairs = raw.copy(), []
    for column in schema.columns:
        if column.name not in raw or column.kind not in (*_WHOLE, "number"):
            continue
        counts = raw[column.name].value_counts()
        decimals = column.kind == "number"
        if decimals and any(has_decimal_point(str(text)) for text in counts.index):
            continue
        meant = {text: without_points(str(text), decimals=decimals) for text in counts.index}
        changed = {text: new for text, new in meant.items() if new != text}
        if changed:
            out[column.name] = raw[column.name].map(meant).astype("str")
        repairs += [(column.name, text, new, int(counts[text]), _WHY) for text, new in changed.items()]
    return out, table(REPAIR_COLUMNS, repairs)
