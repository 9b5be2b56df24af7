"""Independences that a causal graph implies, and their test on data.

References
----------
.. [1] Shipley, B. (2000). A new inferential test for path models based on directed acyclic graphs. Structural Equation
   Modeling 7, 206-218. https://doi.org/10.1207/S15328007SEM0702_4
.. [2] Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6,
   65-70.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from ctresearch.causes.table.study_table import design_matrix, record_columns
from ctresearch.core import meaning as col
from ctresearch.core.check import Check
from ctresearch.core.columns import read_numbers
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import DataError
from ctresearch.core.message import say
from ctresearch.core.render import as_card
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.validate import is_frame, is_level

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd

    from ctresearch.stats.regression.generalized_linear import Floats

REFUTED = 0.05

_DECLARED = Declaration({"*": col.model("", "partial correlation")})


@dataclass(frozen=True, slots=True)
class Independence:
    """Two variables that must be independent given others.

    Parameters
    ----------
    one, other : str
        The pair.
    given : tuple of str
        What is held fixed.

    Examples
    --------
    >>> str(Independence("a", "b", ()))
    'a independent of b'
    """

    one: str
    other: str
    given: tuple[str, ...]

    def __str__(self) -> str:
        held = f" given {', '.join(self.given)}" if self.given else ""
        return f"{self.one} independent of {self.other}{held}"

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["one", "other", "given"])


def implied_independences(
    graph: nx.DiGraph[str], observed: Collection[str], selected: Collection[str]
) -> tuple[Independence, ...]:
    """List one independence for each pair of observed nodes that an observed set separates.

    Parameters
    ----------
    graph : networkx.DiGraph
        Without cycles.
    observed, selected : collection of str
        What data can hold, and what is conditioned on in any case.

    Returns
    -------
    tuple of Independence
        In the order of the names; each set is minimal.

    Examples
    --------
    >>> [str(i) for i in implied_independences(nx.DiGraph([("a", "c"), ("b", "c")]), ["a", "b", "c"], [])]
    ['a independent of b']
    """
    found = []
    for one, other in combinations(sorted(observed), 2):
        if graph.has_edge(one, other) or graph.has_edge(other, one):
            continue
        usable = (set(observed) | set(selected)) - {one, other}
        given = nx.find_minimal_d_separator(graph, {one}, {other}, included=set(selected), restricted=usable)
        if given is not None:
            found.append(Independence(one, other, tuple(sorted(set(given) - set(selected)))))
    return tuple(found)


def check_independences(
    independences: Sequence[Independence], frame: pd.DataFrame, level: float, *, checks: tuple[Check, ...] = ()
) -> Result:
    """Test implied independences by partial correlations.

    Parameters
    ----------
    independences : sequence of Independence
        What the graph implies.
    frame : pandas.DataFrame
        Columns named like the nodes; text and categories count by the order of their levels.
    level : float
        Coverage of the limits, as a proportion.
    checks : tuple of Check
        Made before, to stand beside the test.

    Returns
    -------
    Result
        A partial correlation each, with Fisher's limits.

    Raises
    ------
    DataError
        If none can be tested with these columns.

    Examples
    --------
    >>> import pandas as pd
    >>> a, b = np.random.default_rng(1).normal(size=(2, 100))
    >>> frame = pd.DataFrame({"a": a, "b": b + a})
    >>> check_independences([Independence("a", "b", ())], frame, 0.95).status
    'fail'
    """
    from scipy.stats import norm

    is_frame("frame", frame)
    is_level(level)
    tested = [i for i in independences if {i.one, i.other, *i.given} <= set(frame.columns)]
    if not tested:
        raise DataError(
            f"none of {len(independences)} implied independences has all its columns in the table: add columns"
        )
    used = sorted({name for i in tested for name in (i.one, i.other, *i.given)})
    complete = frame.loc[frame[used].notna().all(axis=1), used]
    rows, p_values = {}, []
    for one in tested:
        correlation, spread = _partial_correlation(complete, one)
        centre, reach = np.arctanh(correlation), norm.ppf((1 + level) / 2) * spread
        rows[str(one)] = (correlation, spread * (1 - correlation**2), np.tanh(centre - reach), np.tanh(centre + reach))
        p_values.append(2 * norm.sf(abs(centre) / spread))
    return Result(
        declaration=_DECLARED,
        method="Independences implied by a causal graph, partial correlations",
        estimates=estimates_table(rows, unit="partial correlation"),
        n=len(complete),
        smallest_group=len(complete),
        level=level,
        interval="fisher",
        checks=(*checks, _holm_check(tested, np.array(p_values))),
        assumptions=("The correlations are linear; no refutation does not prove the graph.",),
        inputs=record_columns(complete, used),
    )


def _partial_correlation(frame: pd.DataFrame, independence: Independence) -> tuple[float, float]:
    """Return a partial correlation and the spread of its Fisher transform."""
    design = design_matrix(frame, independence.given)[0]
    free = len(frame) - design.shape[1] - 2
    if free < 1:
        raise DataError(
            f"{len(frame)} complete rows are too few to test '{independence}', must be at least {len(frame) - free + 1}"
        )
    pair = np.column_stack([_scores(frame, independence.one), _scores(frame, independence.other)])
    left: Floats = pair - design @ np.linalg.lstsq(design, pair, rcond=None)[0]
    size = np.sqrt((left**2).sum(axis=0))
    if (size < 1e-9 * np.sqrt((pair**2).sum(axis=0))).any():
        raise DataError(f"'{independence}' cannot be tested: one of the pair does not vary given the others")
    bound = 1 - 1e-12
    return float(np.clip(left[:, 0] @ left[:, 1] / size.prod(), -bound, bound)), float(1 / np.sqrt(free))


def _scores(frame: pd.DataFrame, name: str) -> Floats:
    """Return a column as numbers; text and categories by the order of their levels."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(frame[name]) or pd.api.types.is_bool_dtype(frame[name]):
        return read_numbers(frame, name)
    return np.asarray(pd.factorize(frame[name], sort=True)[0], dtype=float)


def _holm_check(tested: Sequence[Independence], p_values: Floats) -> Check:
    """Say which independences are refuted after Holm's correction."""
    order = np.argsort(p_values)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1)), 1)
    refuted = np.flatnonzero(adjusted < REFUTED)
    numbers = {"tested": len(tested), "refuted": len(refuted), "smallest_adjusted_p": float(adjusted.min())}
    if len(refuted) == 0:
        return Check(
            "implications",
            "pass",
            say("None of {tested} implied independences is refuted.", tested=len(tested)),
            numbers,
        )
    shown = "; ".join(str(tested[i]) for i in refuted[:5])
    said = say(
        "{refuted} of {tested} implied independences are refuted ({shown}): an arrow is missing or turned.",
        refuted=len(refuted),
        tested=len(tested),
        shown=shown,
    )
    return Check("implications", "fail", said, numbers)
