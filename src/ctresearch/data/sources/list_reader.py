"""Read a table of lists from a file, or refuse it in one sentence that names no cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.cells import row_words
from ctresearch.core.errors import CellError, DataError
from ctresearch.data.sources.list_table import COUNT
from ctresearch.data.sources.load import load_lists

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ctresearch.data.sources.loaded import Loaded


def read_list_table(
    path: str | Path, lists: Sequence[str] | None = None, count: str = COUNT, *, alike: bool = False
) -> Loaded:
    r"""Read a file of lists, and refuse it if a single cell is wrong.

    Parameters
    ----------
    path : str or pathlib.Path
        Any file that :func:`ctresearch.data.sources.load` reads.
    lists : sequence of str, optional
        The lists; by default every column but the counts.
    count : str
        The column of counts; without one each row is one person.
    alike : bool
        Let lists stand whose names differ in their spelling alone, for a caller who merges them.

    Returns
    -------
    Loaded
        Lists as 0 and 1, counts as whole numbers, other columns as text.

    Raises
    ------
    DataError
        If the file is no such table; a message names no cell.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "lists.csv")
    >>> _ = file.write_text("police;NGO;count\n1;0;60\n0;1;40\n1;1;20\n")
    >>> read_list_table(file).frame["count"].tolist()
    [60, 40, 20]
    """
    if isinstance(lists, str):
        raise DataError(f"lists == {lists!r} is one text, must be several names such as ['police', 'charity']")
    loaded = load_lists(path, lists, count, alike=alike)
    found = loaded.report.violations
    if len(found):
        name, rule, must = found.iloc[0][["column", "rule", "allowed"]]
        same = found[(found["column"] == name) & (found["rule"] == rule)]
        lines = same["line"].dropna().astype(int).tolist()
        n = int(loaded.report.counts.set_index(["column", "rule"])["n"].sort_index().loc[(name, rule)].sum())
        rest = loaded.report.n_violations - n
        raise CellError(
            f"{loaded.report.file}, column {name!r}: {n:,} of {loaded.report.rows:,} cells {'is' if n == 1 else 'are'} "
            f"{' or '.join(sorted(set(same['kind'])))} ({rule.replace('_', ' ')}, line{'s' * (n > 1)} "
            f"{row_words(lines)}), must be {must}"
            + (f"; {rest:,} more cells break a rule" if rest else "")
            + _advice(str(rule)),
            column=str(name),
            rows=lines,
        )
    return loaded


def _advice(rule: str) -> str:
    """Say what to do where a column may be no list."""
    return "; a column that is no list is kept apart by naming the lists: lists=[...]" if rule == "flag" else ""
