"""What each column of a table is to an analysis: named once, checked once, read once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.causes.graph.detection import Detected, check_detected, graph_checks
from ctresearch.causes.graph.graph_columns import column_checks
from ctresearch.causes.table.column_rules import refuse_shared_roles
from ctresearch.causes.table.study_table import (
    StudyTable,
    read_clusters,
    read_design,
    read_weights,
    record_columns,
    refuse_constant,
    refuse_other_than,
)
from ctresearch.core.columns import column_names, read_numbers, refuse_missing
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level
from ctresearch.stats.regression.formula import formula_names, read_formula

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from ctresearch.causes.graph.graph import CausalGraph
    from ctresearch.core.check import Check
    from ctresearch.stats.regression.generalized_linear import Floats

Design = tuple["Floats", tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Roles:
    """Roles of columns, with what is assumed of them and how they are reported.

    Parameters
    ----------
    outcome : str
        Column of what came of it.
    covariates : sequence of str or str
        Columns adjusted for; or a formula, where ``formulas`` are taken.
    treatment : str, optional
        Column of who was treated, 0 or 1; of a regression, whose coefficient is asked about.
    weights, cluster : str, optional
        Columns of survey weights and of cluster labels.
    graph : CausalGraph, optional
        What is assumed; the roles are held to it.
    detected : {"outcome", "sample"}, optional
        How detection enters.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the estimate is about.
    others : mapping of str to str
        Further columns that must be there without missing values, such as person-time; their values are for the method.
    apart : mapping of str to (str or sequence of str)
        Further columns that the method itself looks for.
    least : int
        How many covariates there must be.
    formulas : bool
        Whether a formula is taken.
    regression : bool
        Whether the treatment is one of the regression's columns like the covariates, the first of them by default.

    Raises
    ------
    SpecificationError
        If a role is no column, a column has two roles, or the graph forbids a covariate.

    Examples
    --------
    >>> import pandas as pd
    >>> roles = Roles(treatment="debt", outcome="hours", covariates=["age"])
    >>> roles.read(pd.DataFrame({"debt": [0, 1, 0], "hours": [8.0, 11, 9], "age": [30, 31, 25]})).names
    ('constant', 'age')
    """

    outcome: str
    covariates: Sequence[str] | str
    treatment: str | None = None
    weights: str | None = None
    cluster: str | None = None
    graph: CausalGraph | None = None
    detected: Detected | None = None
    level: float = 0.95
    scope: Scope | None = None
    others: Mapping[str, str | None] = field(default_factory=dict)
    apart: Mapping[str, str | Sequence[str] | None] = field(default_factory=dict)
    least: int = 0
    formulas: bool = False
    regression: bool = False
    formula: str | None = field(init=False)
    names: tuple[str, ...] = field(init=False)
    treated: str | None = field(init=False)
    _graph_checks: tuple[Check, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Check every role, and hold them to the graph."""
        formula = self.covariates if self.formulas and isinstance(self.covariates, str) else None
        if formula is None:
            names = column_names("covariates", self.covariates, least=self.least)
        else:
            names = formula_names(formula)
        if self.regression and self.treatment is not None and self.treatment not in names:
            names = (self.treatment, *names)
            formula = None if formula is None else f"`{self.treatment}` + {formula}"
        treated = names[0] if self.regression and self.treatment is None else self.treatment
        own = {"treatment": None if self.regression else treated, "outcome": self.outcome}
        known = {role: name for role, name in own.items() if name is not None}
        refuse_shared_roles(known, covariates=names, weights=self.weights, **self.others, **self.apart)
        is_level(self.level)
        for name, value in (
            ("formula", formula),
            ("names", names),
            ("treated", treated),
            ("scope", self.scope or Scope()),
        ):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_graph_checks", self._held_to_graph())

    @property
    def columns(self) -> list[str]:
        """All columns that are read, each once."""
        own = [] if self.regression or self.treatment is None else [self.treatment]
        named = [*own, self.outcome, *self.names, *self.others.values(), self.weights, self.cluster]
        return list(dict.fromkeys(name for name in named if name is not None))

    def read(
        self,
        frame: pd.DataFrame,
        *,
        seed: int | None = None,
        outcome: Callable[[pd.DataFrame], Floats] | None = None,
        compared: Callable[[Floats], Floats] | None = None,
    ) -> StudyTable:
        """Read a table of one row a unit.

        Parameters
        ----------
        frame : pandas.DataFrame
            The data.
        seed : int, optional
            Recorded with the digest.
        outcome : callable, optional
            Reads the outcome from the table; numbers that vary by default.
        compared : callable, optional
            Turns the outcome into what no covariate may be a copy of, such as a rate.

        Returns
        -------
        StudyTable
            The arrays.

        Raises
        ------
        DataError
            If a column is missing or holds missing values, the treatment is not of 0 and 1 or does not vary, the
            outcome is constant, covariates give treatment or outcome exactly, a weight is negative, or there is one
            cluster only.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"a": [0, 1, 0, 1], "y": [1.0, 2, 3, 4]})
        >>> Roles(treatment="a", outcome="y", covariates=[]).read(frame).n
        4
        """
        used = self.columns
        is_frame("frame", frame)
        has_columns("frame", frame, used)
        refuse_missing(frame, used)
        a = np.zeros(0)
        if not self.regression and self.treatment is not None:
            a = read_numbers(frame, self.treatment)
            refuse_other_than(frame, self.treatment, "treatment")
        y = self._numbers(frame) if outcome is None else outcome(frame)
        table = StudyTable(
            a,
            y,
            *self.design(frame),
            read_weights(frame, self.weights),
            read_clusters(frame, self.cluster),
            record_columns(frame, used, seed),
        )
        table.refuse_copies(self.treatment or "", self.outcome, y if compared is None else compared(y))
        return table

    def design(self, frame: pd.DataFrame) -> Design:
        """Return a constant and what is adjusted for as columns of numbers, with what each column comes from.

        Parameters
        ----------
        frame : pandas.DataFrame
            Without missing values in the covariates.

        Returns
        -------
        tuple
            Rows by columns, the names of the columns, and the covariate or term of each.

        Examples
        --------
        >>> import pandas as pd
        >>> roles = Roles(outcome="y", covariates="age * sex", formulas=True)
        >>> roles.design(pd.DataFrame({"age": [30, 31, 25], "sex": ["f", "m", "f"]}))[1]
        ('constant', 'age', 'sex[m]', 'age:sex[m]')
        """
        if self.formula is None:
            return read_design(frame, self.names)
        found = read_formula(frame, self.formula)
        columns = np.column_stack([np.ones(len(frame)), found.columns])
        return columns, ("constant", *found.names), ("constant", *found.terms)

    def checks(self, frame: pd.DataFrame) -> tuple[Check, ...]:
        """Return what the graph and detection say of the question and of the table.

        Parameters
        ----------
        frame : pandas.DataFrame
            The data.

        Returns
        -------
        tuple of Check
            Empty where neither a graph nor detection was named.

        Examples
        --------
        >>> import pandas as pd
        >>> Roles(treatment="a", outcome="y", covariates=[]).checks(pd.DataFrame({"a": [0, 1], "y": [1, 2]}))
        ()
        """
        return (*self._graph_checks, *column_checks(self.graph, frame))

    def about(self, table: StudyTable) -> dict[str, Any]:
        """Return what every result says of the roles and the table.

        Parameters
        ----------
        table : StudyTable
            What was read.

        Returns
        -------
        dict
            Fields of a result.

        Examples
        --------
        >>> import pandas as pd
        >>> roles = Roles(treatment="a", outcome="y", covariates=[])
        >>> sorted(roles.about(roles.read(pd.DataFrame({"a": [0, 1, 1], "y": [1, 2, 5]}))))
        ['inputs', 'level', 'n', 'scope', 'smallest_group']
        """
        return {
            "n": table.n,
            "level": self.level,
            "scope": self.scope,
            "inputs": table.inputs,
            "smallest_group": table.smallest_group,
        }

    def _numbers(self, frame: pd.DataFrame) -> Floats:
        """Read an outcome of numbers."""
        y = read_numbers(frame, self.outcome)
        refuse_constant(self.outcome, y)
        return y

    def _held_to_graph(self) -> tuple[Check, ...]:
        """Hold the question to the graph: for a mediator also from it to the outcome."""
        detected = check_detected(self.detected)
        others = [name for name in self.names if name != self.treated]
        if self.treated is None:
            return ()
        checks = graph_checks(self.graph, detected, self.treated, self.outcome, others)
        mediator = self.others.get("mediator")
        if self.graph is not None and mediator is not None:
            checks += graph_checks(self.graph, detected, mediator, self.outcome, (self.treated, *others))
        return tuple({check.message: check for check in checks}.values())
