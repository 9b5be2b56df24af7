"""Countries and years, or any units and periods: read once, gaps named, nothing shifted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ctresearch.core.cells import shown
from ctresearch.core.columns import column_names, columns_by_role
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.inputs import Inputs, record
from ctresearch.core.render import as_card
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, one_of, whole_number
from ctresearch.policy.outcomes.outcome_rule import OutcomeKind, OutcomeRule, Range
from ctresearch.policy.panels.crosswalk import Join, check_crosswalk, join_units
from ctresearch.policy.panels.panel_checks import panel_checks
from ctresearch.policy.panels.panel_columns import (
    Cells,
    Floats,
    Integers,
    read_adoption,
    read_cells,
    read_clusters,
    read_values,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from ctresearch.core.check import Check

Flags = NDArray[np.bool_]
_POSITIVE = "must be numbers above 0, or missing"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Panel:
    """Units seen over periods: matrices of one row a unit and one column a period.

    Made by :meth:`from_frame`. Units are areas such as countries; nobody's own record is a unit.

    Parameters
    ----------
    units : tuple of str
        Names of the units, sorted.
    times : numpy.ndarray
        Every period from the first to the last, whether seen or not, shape (times,).
    outcome : numpy.ndarray
        Units by times; NaN where there is no row or no value.
    treatment : numpy.ndarray
        Units by times: 0 and 1, or a dose; NaN where it is not known. All 0 where no treatment was named.
    first_treated : numpy.ndarray
        Shape (units,): first period in which the treatment is not 0, infinity for never. Before the first period for
        units treated already, after the last for those that adopt later.
    covariates : mapping of str to numpy.ndarray
        Units by times, NaN where missing.
    present : numpy.ndarray
        Units by times: whether the table has a row.
    rule : OutcomeRule
        What the outcome is, and what it cannot say.
    every : int
        Distance between two periods.
    weights, population : numpy.ndarray or None
        Units by times.
    clusters : numpy.ndarray
        Shape (units,): number of the cluster, from 0; each unit its own where none was named.
    names : mapping of str to str
        Role (``unit``, ``time``, ``outcome``, ``treatment``, ...) to column.
    checks : tuple of Check
        On gaps, units that come and go, dates of adoption, and what was joined.
    inputs : Inputs
        Digest of the columns used.
    scope : Scope
        Whom the outcome is about.

    Examples
    --------
    >>> frame = pd.DataFrame(
    ...     {"country": list("AAABBB"), "year": [2001, 2002, 2003] * 2, "law": [2002] * 3 + [None] * 3, "y": range(6)}
    ... )
    >>> panel = Panel.from_frame(
    ...     frame, unit="country", time="year", outcome="y", adopted="law", outcome_kind="response"
    ... )
    >>> panel
    Panel of 2 units and 3 periods (2001 to 2003), outcome 'y' (response), 1 unit treated
    >>> panel.treatment.tolist()
    [[0.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    """

    units: tuple[str, ...]
    times: Integers
    outcome: Floats
    treatment: Floats
    first_treated: Floats
    covariates: Mapping[str, Floats]
    present: Flags
    rule: OutcomeRule
    every: int = 1
    weights: Floats | None = None
    population: Floats | None = None
    clusters: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    names: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    inputs: Inputs = field(default_factory=Inputs)
    scope: Scope = field(default_factory=Scope)

    def __post_init__(self) -> None:
        """Freeze the matrices."""
        clusters = self.clusters if len(self.clusters) else np.arange(len(self.units), dtype=np.int64)
        object.__setattr__(self, "clusters", clusters)
        object.__setattr__(self, "covariates", MappingProxyType(dict(self.covariates)))
        object.__setattr__(self, "names", MappingProxyType(dict(self.names)))
        arrays = (self.times, self.outcome, self.treatment, self.first_treated, self.present, clusters)
        for one in (*arrays, *self.covariates.values(), self.weights, self.population):
            if one is not None:
                one.setflags(write=False)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        unit: str,
        time: str,
        outcome: str,
        outcome_kind: OutcomeKind = "not said",
        adopted: str | None = None,
        treatment: str | None = None,
        covariates: Sequence[str] = (),
        weight: str | None = None,
        population: str | None = None,
        cluster: str | None = None,
        never: Sequence[float] = (),
        every: int | None = None,
        crosswalk: Mapping[str, str] | None = None,
        joined: Mapping[str, Join] | None = None,
        detection: tuple[Range, Range] | None = None,
        logged: bool = False,
        merge_names: bool = False,
        scope: Scope | None = None,
    ) -> Panel:
        """Read a table of one row a unit and period, in any order.

        Parameters
        ----------
        frame : pandas.DataFrame
            The table.
        unit, time, outcome : str
            Columns: the unit, its period as a whole number, and a number.
        outcome_kind : {"adoption of a law", "detection", "response", "harm to victims", "occurrence", "not said"}
            What the outcome measures, since detected cases are not what occurred; estimates of a panel that does not
            say fail the check *outcome*.
        adopted : str, optional
            Column of the period of adoption, the same in all rows of a unit and missing where it never did.
        treatment : str, optional
            In place of ``adopted``, a column of 0 and 1 or of doses, which may rise and fall.
        covariates : sequence of str
            Columns of numbers.
        weight, population : str, optional
            Columns of numbers above 0: weights of rows, and people behind each.
        cluster : str, optional
            Column of groups within which errors go together, such as regions; it must not change within a unit.
        never : sequence of float
            Numbers in ``adopted`` that mean "never", such as 0 or 9999.
        every : int, optional
            Distance between periods; by default the largest that all periods of the table are multiples of.
        crosswalk, joined : mapping, optional
            Units that split or merge: unit as the table names it to unit of the panel, and for each column that differs
            between rows that become one, ``"sum"``, ``"mean"``, ``"population mean"``, ``"min"`` or ``"max"``.
        detection : tuple, optional
            Of detected cases, the least and greatest chance of detection without the policy, then with it.
        logged : bool
            Whether the outcome is a logarithm.
        merge_names : bool
            Take names that differ in case, accents, spaces or type alone for one; they are refused otherwise.
        scope : Scope, optional
            Whom the outcome is about.

        Returns
        -------
        Panel
            Frozen.

        Raises
        ------
        DataError
            If a column is missing, a unit has two rows of one period, a date of adoption changes within a unit, or a
            cell is of the wrong kind.
        SpecificationError
            If an option is not one of those allowed.

        Examples
        --------
        >>> frame = pd.DataFrame({"country": list("AABB"), "year": [1, 2] * 2, "tier": [0, 1, 1, 0], "y": [3, 4, 5, 6]})
        >>> panel = Panel.from_frame(
        ...     frame, unit="country", time="year", outcome="y", treatment="tier", outcome_kind="response"
        ... )
        >>> panel.switches_off, panel.first_treated.tolist()
        (True, [2.0, 1.0])
        """
        rule = OutcomeRule(outcome_kind, detection, logged)
        needed = {"unit": unit, "time": time, "outcome": outcome}
        others = {"adopted": adopted, "treatment": treatment, "weight": weight, "population": population}
        named = columns_by_role(needed, **others, cluster=cluster)
        if adopted is not None and treatment is not None:
            raise SpecificationError(
                f"adopted == {adopted!r} and treatment == {treatment!r}, must be one of them: dates, or doses by row"
            )
        controls = column_names("covariates", covariates)
        _check_options(never, every, crosswalk, joined, merge_names)
        used = list(dict.fromkeys([*named.values(), *controls]))
        has_columns("frame", is_frame("frame", frame), used)
        told: tuple[Check, ...] = ()
        inputs = record(frame[used])
        if crosswalk is not None:
            joint = join_units(frame, crosswalk, joined or {}, named, columns=used)
            frame, told = joint[0], joint[1:]
        cells = read_cells(frame, unit=unit, time=time, every=every, merge=merge_names)
        first, doses = _read_treatment(frame, cells, adopted, treatment, never)
        made = cls(
            units=cells.units,
            times=cells.grid,
            outcome=cells.matrix(read_values(frame, outcome)),
            treatment=doses,
            first_treated=first,
            covariates={name: cells.matrix(read_values(frame, name)) for name in controls},
            present=np.isfinite(cells.matrix(np.ones(len(frame)))),
            rule=rule,
            every=int(cells.grid[1] - cells.grid[0]),
            weights=_read_positive(frame, weight, cells),
            population=_read_positive(frame, population, cells),
            clusters=read_clusters(frame, cluster, cells, merge=merge_names),
            names=named,
            inputs=inputs,
            scope=scope or Scope(),
        )
        return replace(made, checks=(*cells.checks, *told, *panel_checks(made)))

    def __repr__(self) -> str:
        treated = int(np.isfinite(self.first_treated).sum())
        span, outcome = f"{self.times[0]} to {self.times[-1]}", f"{self.names['outcome']!r} ({self.rule.kind})"
        return (
            f"Panel of {len(self.units):,} units and {len(self.times):,} periods ({span}), outcome {outcome}, "
            f"{treated:,} unit{'s' * (treated != 1)} treated"
        )

    @property
    def seen(self) -> Flags:
        """Units by times: whether outcome, treatment and every covariate are known."""
        known = np.isfinite(self.outcome) & np.isfinite(self.treatment)
        for one in self.covariates.values():
            known &= np.isfinite(one)
        return known

    @property
    def is_balanced(self) -> bool:
        """Whether every unit is seen in every period."""
        return bool(self.seen.all())

    @property
    def switches_off(self) -> bool:
        """Whether a treatment falls in some unit."""
        return bool((_changes(self.treatment) < 0).any())

    @property
    def is_dose(self) -> bool:
        """Whether the treatment takes other values than 0 and 1."""
        known = self.treatment[np.isfinite(self.treatment)]
        return not bool(np.isin(known, (0.0, 1.0)).all())

    @property
    def first_change(self) -> Floats:
        """First period in which the treatment differs from the first one known, infinity for never; shape (units,)."""
        known = np.isfinite(self.treatment)
        start = self.treatment[np.arange(len(self.units)), known.argmax(axis=1)]
        moved = known & (self.treatment != start[:, None])
        return np.where(moved.any(axis=1), self.times[moved.argmax(axis=1)], np.inf).astype(np.float64)

    def cohorts(self) -> pd.DataFrame:
        """Count the units by the period in which they were first treated.

        Returns
        -------
        pandas.DataFrame
            ``first_treated`` (infinity for never), ``units``, and ``seen``, their periods with all values known.

        Examples
        --------
        >>> frame = pd.DataFrame({"c": list("AABB"), "t": [1, 2] * 2, "law": [2, 2, None, None], "y": [3, 4, 5, 6]})
        >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", adopted="law", outcome_kind="response")
        >>> panel.cohorts()["units"].tolist()
        [1, 1]
        """
        first, code = np.unique(self.first_treated, return_inverse=True)
        rows = {"first_treated": first, "units": np.bincount(code), "seen": np.bincount(code, self.seen.sum(axis=1))}
        return pd.DataFrame(rows).astype({"seen": np.int64})

    def gaps(self) -> pd.DataFrame:
        """Name every unit and period that is not seen, and why.

        Returns
        -------
        pandas.DataFrame
            ``unit``, ``time``, and ``what``: ``"no row"``, or the column that is missing first.

        Examples
        --------
        >>> frame = pd.DataFrame({"c": list("AAB"), "t": [1, 2, 1], "y": [3, None, 5]})
        >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", outcome_kind="response")
        >>> panel.gaps().to_numpy().tolist()
        [['A', 2, 'y'], ['B', 2, 'no row']]
        """
        what = np.full(self.outcome.shape, "", dtype=object)
        for name, one in reversed([(self.names["outcome"], self.outcome), *self.covariates.items()]):
            what[~np.isfinite(one)] = name
        what[~np.isfinite(self.treatment)] = self.names.get("treatment", "")
        what[~self.present] = "no row"
        i, j = np.nonzero(what != "")
        return pd.DataFrame({"unit": np.array(self.units, dtype=object)[i], "time": self.times[j], "what": what[i, j]})

    def keep(self, units: Flags | None = None, times: Flags | None = None) -> Panel:
        """Return the panel of some units and periods; periods must follow one another.

        Parameters
        ----------
        units, times : numpy.ndarray of bool, optional
            Which to keep.

        Returns
        -------
        Panel
            With the checks made anew.

        Raises
        ------
        DataError
            If no unit or fewer than two periods are left, or periods between are left out.

        Examples
        --------
        >>> frame = pd.DataFrame({"c": list("AABB"), "t": [1, 2] * 2, "y": [3, 4, 5, 6]})
        >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", outcome_kind="response")
        >>> panel.keep(units=np.array([True, False])).units
        ('A',)
        """
        i = np.ones(len(self.units), dtype=bool) if units is None else np.asarray(units, dtype=bool)
        j = np.ones(len(self.times), dtype=bool) if times is None else np.asarray(times, dtype=bool)
        place = np.flatnonzero(j)
        if not i.any() or len(place) < 2 or place[-1] - place[0] >= len(place):
            raise DataError(
                f"{int(i.sum())} units and {len(place)} periods would be left, must be at least one unit and two "
                "periods that follow one another"
            )

        def cut(one: Floats | None) -> Floats | None:
            return None if one is None else one[np.ix_(i, j)].copy()

        made = replace(
            self,
            units=tuple(np.array(self.units, dtype=object)[i]),
            times=self.times[j].copy(),
            outcome=self.outcome[np.ix_(i, j)].copy(),
            treatment=self.treatment[np.ix_(i, j)].copy(),
            first_treated=self.first_treated[i].copy(),
            covariates={name: one[np.ix_(i, j)].copy() for name, one in self.covariates.items()},
            present=self.present[np.ix_(i, j)].copy(),
            weights=cut(self.weights),
            population=cut(self.population),
            clusters=np.unique(self.clusters[i], return_inverse=True)[1].astype(np.int64),
            checks=(),
        )
        kept = tuple(check for check in self.checks if check.name in {"names", "units that split or merge"})
        return replace(made, checks=(*kept, *panel_checks(made)))

    def balanced(self, drop: Literal["units", "periods"] = "units") -> Panel:
        """Return the largest part in which every unit is seen in every period.

        Parameters
        ----------
        drop : {"units", "periods"}
            What gives way: units with a gap, or periods at either end in which some unit has one.

        Returns
        -------
        Panel
            Without gaps.

        Raises
        ------
        DataError
            If nothing is left, or a period with a gap stands between others.

        Examples
        --------
        >>> frame = pd.DataFrame({"c": list("AAB"), "t": [1, 2, 1], "y": [3, 4, 5]})
        >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", outcome_kind="response")
        >>> panel.balanced().units
        ('A',)
        """
        one_of("drop", drop, ("units", "periods"))
        seen = self.seen
        if drop == "units":
            if not seen.all(axis=1).any():
                raise DataError(
                    f"none of {len(self.units)} units is seen in all {len(self.times)} periods, so no balanced panel "
                    "is left: keep fewer periods first, or fewer covariates"
                )
            return self.keep(units=np.asarray(seen.all(axis=1)))
        return self.keep(times=np.asarray(seen.all(axis=0)))

    def lag(self, name: str, periods: int = 1) -> Floats:
        """Return a matrix of the panel some periods earlier, in the same unit.

        Parameters
        ----------
        name : str
            ``"outcome"``, ``"treatment"`` or a covariate.
        periods : int
            How many periods earlier, as the panel's ``times`` count them.

        Returns
        -------
        numpy.ndarray
            Units by times; NaN where the earlier period is before the panel or missing.

        Raises
        ------
        SpecificationError
            If there is no such matrix.

        Examples
        --------
        >>> frame = pd.DataFrame({"c": list("AABB"), "t": [1, 2] * 2, "y": [3, 4, 5, 6]})
        >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", outcome_kind="response")
        >>> panel.lag("outcome").tolist()
        [[nan, 3.0], [nan, 5.0]]
        """
        whole_number("periods", periods, 1, len(self.times) - 1)
        known = {"outcome": self.outcome, "treatment": self.treatment, **self.covariates}
        one_of("name", name, tuple(known))
        made = np.full(self.outcome.shape, np.nan)
        made[:, periods:] = known[name][:, :-periods]
        return made

    def ratios(self, effect: float, low: float, high: float) -> tuple[float, Range | None]:
        """Return an effect and its limits as ratios of the outcome with the treatment to that without it.

        Parameters
        ----------
        effect, low, high : float
            On the scale of the outcome.

        Returns
        -------
        ratio : float
            NaN where there is none.
        limits : tuple of float or None
            Of the ratio.

        Examples
        --------
        >>> frame = pd.DataFrame({"c": list("AABB"), "t": [1, 2] * 2, "law": [2, 2, None, None], "y": [3, 6, 5, 6]})
        >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", adopted="law", outcome_kind="response")
        >>> panel.ratios(2.0, 1.0, 3.0)
        (1.5, (1.25, 1.75))
        """
        under = np.isfinite(self.outcome) & np.isfinite(self.treatment) & (self.treatment != 0)
        mean = float(self.outcome[under].mean()) - effect if under.any() else np.nan
        ratio, *limits = (self.rule.ratio(one, mean) for one in (effect, low, high))
        return ratio, (limits[0], limits[1]) if np.isfinite(limits).all() else None

    def to_frame(self) -> pd.DataFrame:
        """Return the rows of the panel, one a unit and period that the table held.

        Returns
        -------
        pandas.DataFrame
            ``unit``, ``time``, ``outcome``, ``treatment``, ``first_treated``, covariates by their names, ``cluster``,
            and ``weight`` and ``population`` where they were named.

        Examples
        --------
        >>> frame = pd.DataFrame({"c": list("BA"), "t": [2, 1], "y": [3, 4]})
        >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", outcome_kind="response")
        >>> panel.to_frame()["unit"].tolist()
        ['A', 'B']
        """
        i, j = np.nonzero(self.present)
        rows = {
            "unit": np.array(self.units, dtype=object)[i],
            "time": self.times[j],
            "outcome": self.outcome[i, j],
            "treatment": self.treatment[i, j],
            "first_treated": self.first_treated[i],
            **{name: one[i, j] for name, one in self.covariates.items()},
            "cluster": self.clusters[i],
        }
        more = {"weight": self.weights, "population": self.population}
        return pd.DataFrame(rows | {name: one[i, j] for name, one in more.items() if one is not None})

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw who was treated when, one row a unit.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            Units by periods: pale before treatment, dark under it, crossed where there is no value.

        Examples
        --------
        >>> frame = pd.DataFrame({"c": list("AABB"), "t": [1, 2] * 2, "law": [2, 2, None, None], "y": [3, 4, 5, 6]})
        >>> panel = Panel.from_frame(frame, unit="c", time="t", outcome="y", adopted="law", outcome_kind="response")
        >>> panel.plot().get_ylabel()
        'Unit'
        """
        from ctresearch.policy.panels.plot_treatment import plot_treatment

        return plot_treatment(self, ax)

    def _repr_html_(self) -> str:
        return as_card(self)


def require_panel(value: object) -> Panel:
    """Return a panel, and refuse what is none.

    Parameters
    ----------
    value : object
        What was given to ``fit``.

    Returns
    -------
    Panel
        The same.

    Raises
    ------
    DataError
        If it is something else.

    Examples
    --------
    >>> frame = pd.DataFrame({"c": list("AAB"), "t": [1, 2, 1], "y": [3, 4, 5]})
    >>> require_panel(Panel.from_frame(frame, unit="c", time="t", outcome="y", outcome_kind="response")).units
    ('A', 'B')
    """
    if not isinstance(value, Panel):
        raise DataError(f"panel is a {type(value).__name__}, must be a Panel: read the table by Panel.from_frame first")
    return value


def _check_options(
    never: Sequence[float],
    every: int | None,
    crosswalk: Mapping[str, str] | None,
    joined: Mapping[str, Join] | None,
    merge_names: bool,
) -> None:
    """Refuse options that are not allowed."""
    if isinstance(never, str) or not all(isinstance(one, (int, float)) for one in _listed(never)):
        raise SpecificationError(f"never == {shown(never)}, must be a list of numbers that mean 'never', such as [0]")
    if every is not None:
        whole_number("every", every, 1, 10_000)
    check_crosswalk(crosswalk, joined)
    one_of("merge_names", merge_names, (True, False))


def _listed(given: object) -> list[object]:
    """Return what was given as a list; what is no list fails the test of its elements."""
    return list(given) if isinstance(given, (list, tuple, set)) else [given if isinstance(given, str) else "no list"]


def _read_positive(frame: pd.DataFrame, name: str | None, cells: Cells) -> Floats | None:
    """Read numbers above 0, or missing, by unit and time."""
    return None if name is None else cells.matrix(read_values(frame, name, least=0.0, words=_POSITIVE))


def _read_treatment(
    frame: pd.DataFrame, cells: Cells, adopted: str | None, treatment: str | None, never: Sequence[float]
) -> tuple[Floats, Floats]:
    """Return when each unit was first treated, and the treatment of every unit and period."""
    if treatment is not None:
        doses = cells.matrix(read_values(frame, treatment))
        return _first_positive(doses, cells.grid), doses
    first = np.full(len(cells.units), np.inf)
    if adopted is not None:
        first = read_adoption(frame, adopted, cells.codes, cells.grid, never)
    return first, (cells.grid[None, :] >= first[:, None]).astype(np.float64)


def _first_positive(doses: Floats, grid: Integers) -> Floats:
    """Return the first period in which the treatment is known not to be 0."""
    treated = np.isfinite(doses) & (doses != 0)
    return np.where(treated.any(axis=1), grid[treated.argmax(axis=1)], np.inf).astype(np.float64)


def _changes(treatment: Floats) -> Floats:
    """Return changes between known neighbours in time, gaps skipped; 0 where there is none."""
    held = pd.DataFrame(treatment).ffill(axis=1).to_numpy()
    return np.nan_to_num(np.diff(held, axis=1))
