"""Qualitative comparative analysis: from cases to the combinations of conditions that go with an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names, read_numbers, refuse_missing
from ctresearch.core.errors import CellError, DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, in_range, is_frame, is_mapping, one_of, whole_number
from ctresearch.qualitative.comparative.necessary import necessary_expressions
from ctresearch.qualitative.comparative.qca_result import ComparativeResult
from ctresearch.qualitative.comparative.sets import membership, sufficiency, term_name, union
from ctresearch.qualitative.comparative.solutions import (
    complex_solution,
    contradictory_assumptions,
    intermediate_solutions,
    parsimonious_solution,
    simultaneous_rows,
)
from ctresearch.qualitative.comparative.truth_table import truth_table

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from ctresearch.qualitative.comparative.sets import Term
    from ctresearch.qualitative.comparative.solutions import Intermediate, Solution
    from ctresearch.qualitative.comparative.truth_table import TruthTable

    Floats = NDArray[np.float64]

Kind = Literal["complex", "parsimonious", "intermediate"]
_MOST_CONDITIONS = 12  # 4,096 rows: no field has the cases to fill a tenth of them
_WEAK = 0.75  # consistency below which a solution is not taken for sufficient (Schneider and Wagemann)
_TAKEN = {"row", "cases", "consistency", "pri", "out", "parsimonious", "intermediate", "contradictory"}
_ASSUMPTIONS = (
    "Thresholds and calibration say what membership means; another researcher could defend other ones.",
    "Cases are compared as they are: nothing here says that a combination brings about the outcome.",
)
_ABOUT_REMAINDERS = "Combinations that no case shows would go with the outcome where the solution uses them."


@dataclass(frozen=True, slots=True)
class _Read:
    """Cases as numbers."""

    data: Floats
    outcome: Floats
    names: tuple[str, ...]
    levels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """Everything that the analysis found."""

    table: TruthTable
    solutions: dict[str, Solution]
    intermediate: list[Intermediate]
    contradictory: tuple[int, ...]
    simultaneous: tuple[int, ...]


class QualitativeComparative(Options):
    """Find which combinations of conditions go with an outcome, across few to many cases.

    Crisp sets (0 and 1), fuzzy sets (memberships from 0 to 1) and conditions with several values may stand side by side
    [1]_. Every case belongs to one row of the truth table; rows whose cases are consistently in the outcome are joined
    to the shortest combinations.

    Parameters
    ----------
    outcome : str
        Column of the outcome, a crisp or a fuzzy set.
    conditions : sequence of str
        Columns of the conditions, two to twelve: memberships from 0 to 1, or whole numbers from 0 for several values.
    negated : bool
        Whether to explain the absence of the outcome, which is a question of its own.
    consistency : float or pair of float
        From which consistency on a row goes with the outcome; of two, below the second it does not, and between them it
        is a contradiction.
    pri : float
        Least proportional reduction in inconsistency of such a row: below one half it goes rather with the absence.
    cases : int
        Fewest cases of a row that is no remainder.
    solution : {"intermediate", "parsimonious", "complex"}
        Which solution the estimates are of; all are in the result.
    expected : mapping of str to int, sequence of int or bool, optional
        Condition to its values that theory expects to go with the outcome: remainders that agree are easy
        counterfactuals, and the intermediate solution uses no others. Without expectations it equals the parsimonious
        one, which the result says.
    exclude : {"untenable", "none"} or sequence of int
        ``"untenable"`` is the enhanced standard analysis [2]_: no remainder is used that is assumed to go with the
        outcome and with its absence. Numbers name rows of the truth table, counted from 1, that cannot be.
    scope : Scope, optional
        Which cases are compared.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    References
    ----------
    .. [1] Ragin, C. C. (2008). Redesigning social inquiry: fuzzy sets and beyond. University of Chicago Press.
       https://doi.org/10.7208/chicago/9780226702797.001.0001
    .. [2] Schneider, C. Q. and Wagemann, C. (2013). Doing justice to logical remainders in QCA: moving beyond the
       standard analysis. Political Research Quarterly 66, 211-220. https://doi.org/10.1177/1065912912468269
    .. [3] Duşa, A. and Thiem, A. (2015). Enhancing the minimization of Boolean and multivalue output functions with
       eQMC. Journal of Mathematical Sociology 39, 92-108. https://doi.org/10.1080/0022250X.2014.897949

    Examples
    --------
    Lipset's question, which countries of Europe stayed democracies between the wars, in short:

    >>> cases = pd.DataFrame({"rich": [1, 1, 1, 0, 0], "stable": [1, 1, 0, 1, 0], "survived": [1, 1, 0, 0, 0]})
    >>> result = QualitativeComparative(outcome="survived", conditions=["rich", "stable"], consistency=1.0).fit(cases)
    >>> result.formula
    'rich*stable -> survived'

    In these five cases democracy survived where a country was both rich and stable, and nowhere else.
    """

    def __init__(
        self,
        *,
        outcome: str,
        conditions: Sequence[str],
        negated: bool = False,
        consistency: float | tuple[float, float] = 0.8,
        pri: float = 0.0,
        cases: int = 1,
        solution: Kind = "intermediate",
        expected: Mapping[str, Any] | None = None,
        exclude: Literal["untenable", "none"] | Sequence[int] = "none",
        scope: Scope | None = None,
    ) -> None:
        self.outcome = column_name("outcome", outcome)
        self.conditions = column_names("conditions", conditions, least=2)
        if len(self.conditions) > _MOST_CONDITIONS:
            raise SpecificationError(
                f"conditions are {len(self.conditions)}, must be at most {_MOST_CONDITIONS}: the cases cannot fill so "
                "many combinations"
            )
        if outcome in self.conditions:
            raise SpecificationError(f"outcome == {outcome!r} is among the conditions, must be another column")
        taken = sorted({*self.conditions} & _TAKEN)
        if taken:
            raise SpecificationError(f"conditions name {taken[0]!r}, as a column of the truth table: rename it")
        self.negated = one_of("negated", negated, (True, False))
        self.consistency = _cuts(consistency)
        self.pri = in_range("pri", pri, 0, 1)
        self.cases = whole_number("cases", cases, low=1)
        self.solution: Kind = one_of("solution", solution, ("intermediate", "parsimonious", "complex"))
        self.expected = {} if expected is None else _expectations(is_mapping("expected", expected), self.conditions)
        self.exclude = (
            tuple(whole_number("exclude", i, low=1) for i in exclude)
            if isinstance(exclude, (tuple, list))
            else one_of("exclude", exclude, ("untenable", "none"))
        )
        self.scope = scope or Scope()

    def fit(self, frame: pd.DataFrame) -> ComparativeResult:
        """Compare the cases.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a case.

        Returns
        -------
        ComparativeResult
            Terms ``consistency``, ``pri`` and ``coverage`` of the solution asked for. There are no intervals: cases are
            compared, not sampled.

        Raises
        ------
        DataError
            If a column is missing, a membership lies outside 0 to 1, or a value of several is no whole number.
        FitError
            If there are more solutions than can be listed.

        Examples
        --------
        >>> cases = pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 0, 1, 0], "y": [1, 1, 1, 0]})
        >>> QualitativeComparative(outcome="y", conditions=["a", "b"]).fit(cases).formula
        'a + b -> y'
        """
        read = self._read(frame)
        found = self._analyse(read)
        chosen = self._models(found)
        first = chosen[0] if chosen else ()
        fit = sufficiency(union(read.data, first, read.levels), read.outcome)
        nan = float("nan")
        rows = {"consistency": fit.consistency, "pri": fit.pri, "coverage": fit.coverage}
        there = found.table.n[found.table.n > 0]
        return ComparativeResult(
            method=say("Qualitative comparative analysis: {kind} solution", kind=_KINDS[self.solution]),
            estimates=estimates_table({name: (value, nan, nan, nan) for name, value in rows.items()}),
            n=len(read.data),
            scope=self.scope,
            checks=self._checks(read, found, chosen, fit.consistency),
            assumptions=(*_ASSUMPTIONS, *((_ABOUT_REMAINDERS,) if self.solution != "complex" else ())),
            references=references(type(self)),
            inputs=record(frame[[*self.conditions, self.outcome]]),
            smallest_group=int(there.min()) if len(there) else 1,
            formula=self._formula(read, first),
            solutions=_solution_rows(read, found),
            truth_table=_table_rows(read, found.table),
            remainders=_remainder_rows(read, found),
            necessary=necessary_expressions(read.data, read.outcome, read.names, read.levels).reset_index(),
        )

    def _read(self, frame: pd.DataFrame) -> _Read:
        """Read cases as numbers."""
        is_frame("cases", frame)
        has_columns("cases", frame, [*self.conditions, self.outcome])
        refuse_missing(frame, [*self.conditions, self.outcome])
        columns = [read_numbers(frame, name) for name in self.conditions]
        levels = tuple(_levels(values, name) for values, name in zip(columns, self.conditions, strict=True))
        outcome = read_numbers(frame, self.outcome)
        _refuse_outside(outcome, self.outcome)
        if len(frame) < 2 or np.ptp(outcome) == 0:
            raise DataError(
                f"{self.outcome!r} is the same in all {len(frame):,} cases, must differ: without cases of both kinds "
                "there is nothing to compare"
            )
        several = {i: values for i, values in self._expected_values().items() if max(values) >= levels[i]}
        if several:
            raise SpecificationError(
                f"expected names a value of {self.conditions[min(several)]!r} that no case has, must be below "
                f"{levels[min(several)]}"
            )
        y = 1 - outcome if self.negated else outcome
        return _Read(np.column_stack(columns), y, self.conditions, levels)

    def _expected_values(self) -> dict[int, tuple[int, ...]]:
        """Return expectations by the place of their condition."""
        return {self.conditions.index(name): values for name, values in self.expected.items()}

    def _analyse(self, read: _Read) -> _Found:
        """Make the truth table and its solutions."""
        options: Any = {"consistency": self.consistency, "pri": self.pri, "cases": self.cases}
        table = truth_table(read.data, read.outcome, read.levels, **options)
        negated = truth_table(read.data, 1 - read.outcome, read.levels, **options)
        simultaneous = simultaneous_rows(table, negated)
        free = parsimonious_solution(table)
        contradictory = contradictory_assumptions(free, parsimonious_solution(negated))
        exclude: Collection[int] = ()
        if self.exclude == "untenable":
            exclude = (*contradictory, *simultaneous)
        elif not isinstance(self.exclude, str):
            exclude = self._excluded(table)
        short = parsimonious_solution(table, exclude) if exclude else free
        long = complex_solution(table)
        between = intermediate_solutions(table, long, short, self._expected_values(), exclude)
        return _Found(table, {"complex": long, "parsimonious": short}, between, contradictory, simultaneous)

    def _excluded(self, table: TruthTable) -> tuple[int, ...]:
        """Return the rows that a user rules out."""
        rows = tuple(i - 1 for i in self.exclude if isinstance(i, int))
        wrong = [i + 1 for i in rows if i >= len(table.rows) or table.out[i] != "?"]
        if wrong:
            raise SpecificationError(
                f"exclude names row {wrong[0]}, must name remainders of the {len(table.rows):,} rows, those with '?'"
            )
        return rows

    def _models(self, found: _Found) -> list[tuple[Term, ...]]:
        """Return the models of the solution asked for."""
        if self.solution != "intermediate":
            return list(found.solutions[self.solution].models)
        models = [model for one in found.intermediate for model in one.solution.models]
        return list(dict.fromkeys(models))

    def _formula(self, read: _Read, terms: tuple[Term, ...]) -> str:
        """Write the first model."""
        goes = f"~{self.outcome}" if self.negated else self.outcome
        return f"{' + '.join(term_name(t, read.names, read.levels) for t in terms) or 'nothing'} -> {goes}"

    def _checks(
        self, read: _Read, found: _Found, models: list[tuple[Term, ...]], consistency: float
    ) -> tuple[Check, ...]:
        """Ask what may be wrong."""
        return (
            _check_solved(found.table, consistency),
            _check_ambiguous(models),
            _check_contradictions(found.table),
            _check_diversity(found.table),
            _check_assumptions(found, self.solution),
            _check_halves(found.table),
        )


_KINDS = {
    "complex": say("complex"),
    "parsimonious": say("parsimonious"),
    "intermediate": say("intermediate"),
}


def _cuts(consistency: float | tuple[float, float]) -> tuple[float, float]:
    """Read one or two cut-offs."""
    both = consistency if isinstance(consistency, (tuple, list)) else (consistency, consistency)
    if len(both) != 2:
        raise SpecificationError(f"consistency has {len(both)} numbers, must be one or two")
    high, low = (in_range("consistency", one, 0, 1) for one in both)
    if low > high:
        raise SpecificationError(f"consistency == {tuple(both)}, must fall: the first is where rows begin to go along")
    return high, low


def _expectations(expected: Mapping[str, Any], conditions: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Read what theory expects."""
    found = {}
    for name, values in expected.items():
        one_of("expected", name, conditions)
        several = values if isinstance(values, (tuple, list)) else [values]
        found[name] = tuple(whole_number("expected", int(v) if isinstance(v, bool) else v, low=0) for v in several)
    return found


def _levels(values: Floats, name: str) -> int:
    """Say how many values a condition has: two for a set."""
    if values.min() >= 0 and values.max() <= 1:
        return 2
    whole = (values == np.round(values)) & (values >= 0)
    if not whole.all() or values.max() > 20:
        raise CellError(
            f"column {name!r}: {int((~whole).sum()):,} of {len(values):,} cells are neither memberships from 0 to 1 "
            "nor whole numbers from 0 to 20: calibrate it first, with calibrate()",
            column=name,
        )
    return int(values.max()) + 1


def _refuse_outside(values: Floats, name: str) -> None:
    """Refuse an outcome that is no set."""
    outside = (values < 0) | (values > 1)
    if outside.any():
        raise CellError(
            f"column {name!r}: {int(outside.sum()):,} of {len(values):,} cells are no memberships, must lie from 0 to "
            "1: calibrate it first, with calibrate()",
            column=name,
        )


def _solution_rows(read: _Read, found: _Found) -> pd.DataFrame:
    """Table every model of every solution."""
    rows = []
    kinds: dict[str, list[tuple[Term, ...]]] = {kind: list(one.models) for kind, one in found.solutions.items()}
    kinds["intermediate"] = list(dict.fromkeys(m for one in found.intermediate for m in one.solution.models))
    for kind, models in kinds.items():
        for number, model in enumerate(models, start=1):
            whole = np.minimum(union(read.data, model, read.levels), read.outcome).sum()
            for term in model:
                held = membership(read.data, term, read.levels)
                fit = sufficiency(held, read.outcome)
                rest = union(read.data, [t for t in model if t != term], read.levels)
                unique = (whole - np.minimum(rest, read.outcome).sum()) / read.outcome.sum()
                name = term_name(term, read.names, read.levels)
                inside = int((held > 0.5).sum())
                rows.append((kind, number, name, fit.consistency, fit.pri, fit.coverage, unique, inside))
    columns = ["solution", "model", "term", "consistency", "pri", "coverage", "unique_coverage", "cases"]
    return pd.DataFrame(rows, columns=columns)


def _table_rows(read: _Read, table: TruthTable) -> pd.DataFrame:
    """Table the rows that hold cases."""
    there = np.flatnonzero(table.n > 0)
    frame = pd.DataFrame([table.rows[i] for i in there], columns=list(read.names))
    return frame.assign(
        row=there + 1,
        cases=table.n[there],
        consistency=table.consistency[there],
        pri=table.pri[there],
        out=[table.out[i] for i in there],
    )


def _remainder_rows(read: _Read, found: _Found) -> pd.DataFrame:
    """Table the remainders that a solution uses."""
    short = {i for used in found.solutions["parsimonious"].assumed for i in used}
    between = {i for one in found.intermediate for used in one.solution.assumed for i in used}
    used = sorted(short | between)
    frame = pd.DataFrame([found.table.rows[i] for i in used], columns=list(read.names), dtype=np.int64)
    return frame.assign(
        row=np.array(used, dtype=np.int64) + 1,
        parsimonious=[i in short for i in used],
        intermediate=[i in between for i in used],
        contradictory=[i in found.contradictory for i in used],
    )


def _check_solved(table: TruthTable, consistency: float) -> Check:
    """Say whether there is a solution, and a consistent one."""
    rows, there = len(table.having("1")), int((table.n > 0).sum())
    numbers = {"rows": float(rows), "rows_with_cases": float(there)}
    if not rows:
        words = say("No row of the truth table goes with the outcome: there is no solution at this consistency.")
        return Check("solution", "fail", words, numbers, voids=True)
    if rows == len([i for i in range(len(table.rows)) if table.out[i] != "?"]):
        words = say("Every row with cases goes with the outcome: conditions that all cases share explain nothing.")
        return Check("solution", "fail", words, numbers, voids=True)
    if consistency < _WEAK:
        words = say(
            "Consistency of the solution is {consistency:.2f}: below {least} it is not sufficient.",
            consistency=consistency,
            least=_WEAK,
        )
        return Check("solution", "review", words, numbers)
    words = say(
        "{n} rows of {there} go with the outcome, consistency {consistency:.2f}.",
        n=rows,
        there=there,
        consistency=consistency,
    )
    return Check("solution", "pass", words, numbers)


def _check_ambiguous(models: list[tuple[Term, ...]]) -> Check:
    """Say whether one solution fits alone."""
    numbers = {"models": float(len(models))}
    if len(models) > 1:
        words = say(
            "{n} models are as short and fit the cases alike: report all of them, not the first.", n=len(models)
        )
        return Check("ambiguity", "review", words, numbers)
    return Check("ambiguity", "pass", say("One model alone is the shortest."), numbers)


def _check_contradictions(table: TruthTable) -> Check:
    """Say whether cases alike in all conditions differ in the outcome."""
    rows = len(table.having("C"))
    mixed = [i for i in table.having("1") if table.pri[i] < 0.5]
    numbers = {"contradictions": float(rows), "low_pri": float(len(mixed))}
    if rows or mixed:
        words = say(
            "{rows} rows are contradictions and {mixed} that go with the outcome go as much with its absence: a "
            "condition is missing, or a threshold is wrong.",
            rows=rows,
            mixed=len(mixed),
        )
        return Check("contradictions", "review", words, numbers)
    return Check("contradictions", "pass", say("No row is a contradiction."), numbers)


def _check_diversity(table: TruthTable) -> Check:
    """Say how much of what could be is seen."""
    seen, whole = len(table.rows) - len(table.having("?")), len(table.rows)
    numbers = {"rows_seen": float(seen), "rows": float(whole)}
    words = say("{seen} of {rows} combinations hold cases enough to tell.", seen=seen, rows=whole)
    return Check("diversity", "pass" if 2 * seen >= whole else "review", words, numbers)


def _check_assumptions(found: _Found, kind: str) -> Check:
    """Say whether the solution asked for assumes what cannot be."""
    used: set[int] = set()
    if kind == "parsimonious":
        used = {i for one in found.solutions["parsimonious"].assumed for i in one}
    elif kind == "intermediate":
        used = {i for one in found.intermediate for rows in one.solution.assumed for i in rows}
    both = len(used & set(found.contradictory)) + len(found.simultaneous)
    numbers = {"assumed": float(len(used)), "contradictory": float(both)}
    if both:
        words = say(
            "{n} rows are taken to go with the outcome and with its absence: exclude them, with exclude='untenable'.",
            n=both,
        )
        return Check("untenable assumptions", "fail", words, numbers)
    words = say("No row is taken to go with the outcome and with its absence; {n} remainders are used.", n=len(used))
    return Check("untenable assumptions", "pass", words, numbers)


def _check_halves(table: TruthTable) -> Check:
    """Say whether cases stand in no row."""
    lost = int((table.row_of < 0).sum())
    numbers = {"cases": float(lost)}
    if lost:
        words = say("{n} cases are at one half in a condition and stand in no row: move the crossover.", n=lost)
        return Check("halves", "fail", words, numbers)
    return Check("halves", "pass", say("Every case stands in one row."), numbers)
