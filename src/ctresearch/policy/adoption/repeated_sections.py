"""Repeated cross-sections: a table of other people each time, read once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.cells import refuse_cells
from ctresearch.core.columns import column_names, columns_by_role, read_numbers, refuse_missing
from ctresearch.core.groups import read_units
from ctresearch.core.inputs import Inputs, record
from ctresearch.core.render import as_card
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, one_of
from ctresearch.policy.outcomes.outcome_rule import OutcomeRule

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.policy.adoption.group_time import Integers
    from ctresearch.policy.adoption.two_periods import Floats
    from ctresearch.policy.outcomes.outcome_rule import OutcomeKind


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RepeatedSections:
    """People asked once each, in places that adopt a policy at some time or never.

    Made by :meth:`from_frame`.

    Parameters
    ----------
    outcome, time, first : numpy.ndarray
        Outcome, time and time of adoption of each row, infinite for never, shape (rows,).
    weights : numpy.ndarray
        Of mean 1, shape (rows,).
    clusters : numpy.ndarray
        Cluster of each row from 0, shape (rows,).
    covariates : numpy.ndarray
        Rows by covariates.
    rule : OutcomeRule
        What the outcome is.
    inputs : Inputs
        Digest of the columns used.
    scope : Scope
        Whom the outcome is about.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"year": [1, 1, 2, 2], "y": [0.0, 1, 3, 1], "law": [2, None, 2, None]})
    >>> RepeatedSections.from_frame(frame, time="year", outcome="y", adopted="law", outcome_kind="response")
    Repeated cross-sections of 4 rows at 2 times
    """

    outcome: Floats
    time: Floats
    first: Floats
    weights: Floats
    clusters: Integers
    covariates: Floats
    rule: OutcomeRule
    inputs: Inputs = field(default_factory=Inputs)
    scope: Scope = field(default_factory=Scope)

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for one in (self.outcome, self.time, self.first, self.weights, self.clusters, self.covariates):
            one.setflags(write=False)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        time: str,
        outcome: str,
        adopted: str,
        outcome_kind: OutcomeKind,
        covariates: Sequence[str] = (),
        weight: str | None = None,
        cluster: str | None = None,
        logged: bool = False,
        merge_names: bool = False,
        scope: Scope | None = None,
    ) -> RepeatedSections:
        """Read a table of one row a person.

        Parameters
        ----------
        frame : pandas.DataFrame
            The table.
        time, outcome : str
            Columns of numbers.
        adopted : str
            Column of the time at which the person's place adopted; missing where it never did.
        outcome_kind : str
            What the outcome measures, as :class:`ctresearch.policy.OutcomeRule` has it.
        covariates : sequence of str
            Columns of numbers.
        weight : str, optional
            Column of numbers above 0.
        cluster : str, optional
            Column of places within which errors go together, such as those that adopt; without it every row is its own,
            which is right only where adoption itself is not by place.
        logged : bool
            Whether the outcome is a logarithm.
        merge_names : bool
            Take names of clusters that differ in case, accents, spaces or type alone for one; they are refused
            otherwise.
        scope : Scope, optional
            Whom the outcome is about.

        Returns
        -------
        RepeatedSections
            Frozen.

        Raises
        ------
        DataError
            If a column is missing, or a cell is missing or no number.
        SpecificationError
            If an option is not one of those allowed.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"year": [1, 1, 2, 2], "y": [0.0, 1, 3, 1], "law": [2, None, 2, None]})
        >>> read = RepeatedSections.from_frame(frame, time="year", outcome="y", adopted="law", outcome_kind="response")
        >>> read.first.tolist()
        [2.0, inf, 2.0, inf]
        """
        rule = OutcomeRule(outcome_kind, None, logged)
        needed = {"time": time, "outcome": outcome, "adopted": adopted}
        named = columns_by_role(needed, weight=weight, cluster=cluster)
        controls = column_names("covariates", covariates)
        one_of("merge_names", merge_names, (True, False))
        used = list(dict.fromkeys([*named.values(), *controls]))
        has_columns("frame", is_frame("frame", frame), used)
        refuse_missing(frame, [one for one in used if one != adopted])
        dates = frame[adopted]
        first = np.full(len(frame), np.inf)
        dated = dates.notna().to_numpy()
        if dated.any():
            first[dated] = read_numbers(frame[dated], adopted)
        weights = np.ones(len(frame)) if weight is None else read_numbers(frame, weight)
        if weight is not None:
            refuse_cells(frame[weight], weights <= 0, "must be above 0", name=weight)
        clusters = np.arange(len(frame), dtype=np.int64)
        if cluster is not None:
            clusters = np.asarray(read_units(frame, cluster, merge=merge_names).codes, dtype=np.int64)
        return cls(
            outcome=read_numbers(frame, outcome),
            time=read_numbers(frame, time),
            first=first,
            weights=weights / weights.mean(),
            clusters=clusters,
            covariates=np.column_stack([read_numbers(frame, one) for one in controls] or [np.zeros((len(frame), 0))]),
            rule=rule,
            inputs=record(frame[used]),
            scope=scope or Scope(),
        )

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self.outcome)

    def __repr__(self) -> str:
        return f"Repeated cross-sections of {self.n:,} rows at {len(np.unique(self.time)):,} times"

    def _repr_html_(self) -> str:
        return as_card(self, says=[], people={"rows": self.n})
