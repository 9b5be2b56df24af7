"""Whether a graph and a table speak of the same variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.causes.text.spelling import near_miss
from ctresearch.core.check import Check
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.validate import is_frame

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.causes.graph.graph import CausalGraph

NAME = "columns of the graph"


def column_checks(graph: CausalGraph | None, frame: pd.DataFrame, *, voids: bool = True) -> tuple[Check, ...]:
    """Hold the nodes of a graph to the columns of the table that it is used with.

    Parameters
    ----------
    graph : CausalGraph or None
        What is assumed.
    frame : pandas.DataFrame
        The data, with every column and not those alone that the analysis uses.
    voids : bool
        Whether an estimate falls with a node that nobody measured.

    Returns
    -------
    tuple of Check
        None without a graph. The check fails where a node that is neither latent nor selected is no column: what the
        graph takes for observed was not observed.

    Raises
    ------
    SpecificationError
        If a node is no column, and almost one.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.causes import CausalGraph
    >>> graph = CausalGraph("debt -> hurt; debt -> work; work -> hurt")
    >>> print(column_checks(graph, pd.DataFrame({"debt": [0, 1], "hurt": [0, 1]}))[0].label)
    Does not stand
    """
    if graph is None:
        return ()
    columns = [str(name) for name in is_frame("frame", frame).columns]
    lacking = sorted(graph.observed - set(columns))
    free = [name for name in columns if name not in graph.graph]
    for name in (*lacking, *sorted(graph.selected - set(columns))):
        meant = near_miss(name, free)
        if meant is not None:
            raise SpecificationError(f"node {name!r} of the graph is no column of frame: did you mean {meant!r}?")
    if not lacking:
        return (Check(NAME, "pass", "Every node of the graph that is taken for observed is a column of the table."),)
    said = say(
        "{lacking} of {observed} nodes that the graph takes for observed are no columns of the "
        "table ({names}): add them, or declare what nobody measured, as in 'latent: "
        "{first}'.",
        lacking=len(lacking),
        observed=len(graph.observed),
        names=", ".join(lacking),
        first=lacking[0],
    )
    return (Check(NAME, "fail", said, {"lacking": len(lacking)}, voids=voids),)
