"""Interviews that are alike in their codes, and codes over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core.cells import wrong_cells
from ctresearch.core.columns import column_name, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.validate import has_columns, is_frame, whole_number
from ctresearch.qualitative.themes.presence import read_presence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.meaning import Meaning

CLUSTER_ROLES: dict[str, Meaning] = {
    "cluster": col.key("Cluster of interviews"),
    "interviews": col.count("Interviews", "interviews"),
    "*": col.share("Share of the cluster's interviews with the code", "interviews"),
}
TIMELINE_ROLES: dict[str, Meaning] = {
    "period": col.date("Period"),
    "interviews": col.count("Interviews", "interviews"),
    "*": col.count("Interviews with the code", "interviews", base="interviews"),
}


def case_clusters(
    interviews: pd.DataFrame, clusters: int, *, codes: Sequence[str] | None = None
) -> tuple[pd.DataFrame, pd.Series[int]]:
    """Put interviews that share codes into clusters: Ward's method on zeros and ones.

    Parameters
    ----------
    interviews : pandas.DataFrame
        One row an interview, one column a code, 0 or 1.
    clusters : int
        How many.
    codes : sequence of str, optional
        Columns of codes; all by default.

    Returns
    -------
    table : pandas.DataFrame
        One row a cluster, the largest first: ``cluster``, ``interviews`` and the share of them with each code. Its
        roles for ``run.save`` are ``CLUSTER_ROLES``.
    member : pandas.Series
        Cluster of each interview; it speaks of people one by one, so it is no output.

    Raises
    ------
    DataError
        If cells are not 0 or 1, or there are fewer interviews than clusters.

    Examples
    --------
    >>> coded = pd.DataFrame({"debt": [1, 1, 1, 0, 0], "threat": [1, 1, 1, 0, 0], "way out": [0, 0, 0, 1, 1]})
    >>> table, member = case_clusters(coded, 2)
    >>> table["interviews"].tolist(), member.tolist()
    ([3, 2], [1, 1, 1, 2, 2])
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    wanted = whole_number("clusters", clusters, low=2)
    read = read_presence(interviews, codes)
    if len(read.there) < wanted:
        raise DataError(f"interviews has {len(read.there)} rows, must have at least the {wanted} clusters")
    found = fcluster(linkage(read.there.astype(float), "ward"), wanted, criterion="maxclust")
    sizes = np.bincount(found)[1:]
    order = np.argsort(-sizes, kind="stable")
    place = np.empty(len(sizes), dtype=np.int64)
    place[order] = np.arange(1, len(sizes) + 1)
    member = pd.Series(place[found - 1], index=interviews.index, name="cluster")
    _refuse_taken(read.codes, ("cluster", "interviews"))
    shares = pd.DataFrame(read.there, columns=list(read.codes), index=interviews.index).groupby(member).mean()
    table = shares.rename_axis("cluster").reset_index()
    table.insert(1, "interviews", member.value_counts().reindex(table["cluster"]).to_numpy())
    return table, member


def code_timeline(
    interviews: pd.DataFrame, period: str, *, codes: Sequence[str] | None = None
) -> tuple[pd.DataFrame, dict[str, Meaning]]:
    """Count the interviews with each code by period, such as the year of an interview or the phase of a story.

    Parameters
    ----------
    interviews : pandas.DataFrame
        One row an interview: a column of periods, and one a code, 0 or 1.
    period : str
        Column of periods.
    codes : sequence of str, optional
        Columns of codes; all others by default.

    Returns
    -------
    tuple
        ``period``, ``interviews`` and the count of each code, and the roles for ``run.save``.

    Raises
    ------
    DataError
        If a period is missing, or cells are not 0 or 1.

    Examples
    --------
    >>> coded = pd.DataFrame({"year": [2020, 2020, 2021], "debt": [1, 0, 1]})
    >>> code_timeline(coded, "year")[0].to_numpy().tolist()
    [[2020, 2, 1], [2021, 1, 1]]
    """
    has_columns("interviews", is_frame("interviews", interviews), [column_name("period", period)])
    refuse_missing(interviews, [period])
    names = [one for one in interviews.columns if one != period] if codes is None else codes
    read = read_presence(interviews, names, least=1)
    _refuse_taken(read.codes, ("period", "interviews"))
    times = interviews[period]
    try:
        sorted(times.unique())  # pandas would put words behind numbers, and say nothing
    except TypeError:
        raise wrong_cells(
            times, [type(one) is not type(times.iloc[0]) for one in times], "must be periods of one kind"
        ) from None
    groups = pd.DataFrame(read.there, columns=list(read.codes)).groupby(times.to_numpy())
    table = groups.sum().astype(int).rename_axis("period").reset_index()
    table.insert(1, "interviews", groups.size().to_numpy())
    return table, dict(TIMELINE_ROLES)


def _refuse_taken(codes: Sequence[str], taken: Sequence[str]) -> None:
    """Refuse codes that are called as another column of their table."""
    if set(codes) & set(taken):
        raise DataError(f"a code is named {' or '.join(map(repr, taken))}, as a column of the table: rename it")
