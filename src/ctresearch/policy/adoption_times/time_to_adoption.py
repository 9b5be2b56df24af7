"""When countries adopt a law: hazards with diffusion and lags that cannot cross countries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.consequences import HazardModel, HazardResult
from ctresearch.core import meaning as col
from ctresearch.core.cells import shown
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.result import table_field, value_field
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.policy.adoption_times.diffusion import adopted_state, read_ties, share_adopted
from ctresearch.policy.panels.panel import Panel, require_panel
from ctresearch.stats.regression.formula import formula_names

if TYPE_CHECKING:
    from ctresearch.core.meaning import Meaning

_FROM, _TO, _ADOPTS, _UNIT = "from_period", "to_period", "adopts_the_law", "unit_of_the_panel"
_LOST = 0.2  # share of adoptions without covariates above which the rest may be another set of countries


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AdoptionResult(HazardResult):
    """Log hazard ratios of adopting a law.

    Parameters
    ----------
    outcome_kind : str
        Adoption of a law, or a response.
    at_risk : pandas.DataFrame
        By ``time``: units ``at_risk`` and ``adopted`` among the rows used.
    units : int
        Units at risk at any time.
    **fields
        Everything that :class:`ctresearch.consequences.HazardResult` holds.

    Examples
    --------
    >>> laws = {"A": 2003, "B": 2004, "C": 2005, "D": 2007, "E": 2004}
    >>> rows = [(c, t, int(t >= law), (ord(c) * t) % 5) for c, law in laws.items() for t in range(2001, 2007)]
    >>> frame = pd.DataFrame(rows, columns=["country", "year", "law", "aid"])
    >>> panel = Panel.from_frame(
    ...     frame, unit="country", time="year", outcome="law", covariates=["aid"], outcome_kind="adoption of a law"
    ... )
    >>> TimeToAdoption("aid").fit(panel).events
    4
    """

    n: int = value_field(col.count("Units and periods at risk", "rows", of="nobody"))
    events: int = value_field(col.count("Adoptions", "adoptions", of="nobody"))
    baseline: pd.DataFrame = table_field(
        {
            "stratum": col.key("Stratum"),
            "time": col.date("Period"),
            "events": col.count("Adoptions then", "adoptions", of="nobody"),
            "cumulative_hazard": col.model("Cumulative baseline hazard"),
        }
    )
    outcome_kind: str = value_field(col.mark("What was measured"))
    at_risk: pd.DataFrame = table_field(
        {
            "time": col.date("Period"),
            "at_risk": col.count("Units at risk", "units", of="nobody"),
            "adopted": col.count("Adoptions", "adoptions", of="nobody"),
        }
    )
    units: int = value_field(col.count("Units at risk", "units", of="nobody"))
    terms: ClassVar[dict[str, Meaning]] = {"*": col.model(reader="ratio")}


class TimeToAdoption(Options):
    """Estimate how covariates, and what others did, multiply the rate at which units adopt a law.

    Parameters
    ----------
    formula : str
        ``"treatment"``, covariates of the panel and terms of ``diffusion``, such as ``"treatment + aid + near"``.
    lags : int
        How many periods earlier covariates are taken, in the same unit; 0 where they were lagged before.
    since : int, optional
        First period at risk; by default the first that has lags. Units that had adopted before are left out.
    diffusion : mapping, optional
        Name of a term to whose adoptions it counts: ``"cluster"`` (of the panel), a covariate that numbers groups, or a
        table of weights of units by units, such as borders or shared treaty bodies. The term is the share
        of those others that had adopted, lagged as the covariates are, by one period at least, and never counting the
        unit itself.
    ties : {"efron", "breslow", "exact"}
        How adoptions in one period are handled; yearly data have many, and ``"exact"`` is right where a year is
        all that is known. It goes without errors by unit.
    level : float
        Coverage of the limits, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    A unit is at risk in a period from its end before to its end, so that a covariate of the year of adoption never
    meets the risk set of another year (the trap of software that keeps rows whose entry equals the event time). Limits
    are by units. A law is one outcome and its effect another: nothing here says what a law did for anybody.

    References
    ----------
    .. [1] Kelley, J. G. and Simmons, B. A. (2015). Politics by number: indicators as social pressure in international
       relations. American Journal of Political Science 59, 55-70. https://doi.org/10.1111/ajps.12119
    .. [2] Lin, D. Y. and Wei, L. J. (1989). The robust inference for the Cox proportional hazards model. Journal of the
       American Statistical Association 84, 1074-1078. https://doi.org/10.1080/01621459.1989.10478874

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rows = []
    >>> for country in range(400):
    ...     scrutiny, law = 0, 0
    ...     for year in range(2000, 2012):
    ...         law = int(law or rng.random() < 0.05 * np.exp(0.9 * scrutiny))
    ...         scrutiny = int(scrutiny or rng.random() < 0.2)
    ...         rows.append((country, year, scrutiny, law))
    >>> frame = pd.DataFrame(rows, columns=["country", "year", "scrutiny", "law"])
    >>> panel = Panel.from_frame(
    ...     frame, unit="country", time="year", outcome="law", treatment="scrutiny", outcome_kind="adoption of a law"
    ... )
    >>> row = TimeToAdoption("treatment").fit(panel).to_frame(exponentiate=True).loc["treatment"]
    >>> print(f"under scrutiny {row['estimate']:.1f} times as fast ({row['ci_low']:.1f} to {row['ci_high']:.1f})")
    under scrutiny 2.6 times as fast (1.9 to 3.6)
    """

    def __init__(
        self,
        formula: str,
        *,
        lags: int = 1,
        since: int | None = None,
        diffusion: Mapping[str, object] | None = None,
        ties: Literal["efron", "breslow", "exact"] = "efron",
        level: float = 0.95,
    ) -> None:
        self.formula = column_name("formula", formula)
        self.lags = whole_number("lags", lags, 0, 100)
        self.since = None if since is None else whole_number("since", since)
        if diffusion is not None and (
            not isinstance(diffusion, Mapping) or not all(isinstance(one, str) and one for one in diffusion)
        ):
            raise SpecificationError(
                f"diffusion == {shown(diffusion)}, must be a mapping of names of terms to whose adoptions they count"
            )
        self.diffusion = diffusion
        self.ties: Literal["efron", "breslow", "exact"] = one_of("ties", ties, ("efron", "breslow", "exact"))
        self.level = is_level(level)

    def fit(self, panel: Panel) -> AdoptionResult:
        """Estimate the hazard ratios.

        Parameters
        ----------
        panel : Panel
            Whose outcome is 0 before a law and above 0 from its adoption.

        Returns
        -------
        AdoptionResult
            One term a column of the model, on the log-hazard scale.

        Raises
        ------
        DataError
            If the outcome is no adoption, nobody adopts, or no row has every covariate.
        SpecificationError
            If the formula names what the panel does not hold.
        FitError
            If the likelihood has no maximum.

        Examples
        --------
        >>> laws = {"A": 2003, "B": 2004, "C": 2005, "D": 2007, "E": 2004}
        >>> rows = [(c, t, int(t >= law), (ord(c) * t) % 5) for c, law in laws.items() for t in range(2001, 2007)]
        >>> frame = pd.DataFrame(rows, columns=["country", "year", "law", "aid"])
        >>> panel = Panel.from_frame(
        ...     frame, unit="country", time="year", outcome="law", covariates=["aid"], outcome_kind="adoption of a law"
        ... )
        >>> near = pd.DataFrame(1 - np.eye(5), index=list("ABCDE"), columns=list("ABCDE")) * [1, 2, 1, 1, 3]
        >>> result = TimeToAdoption("aid + others", diffusion={"others": near}).fit(panel)
        >>> result.at_risk["adopted"].tolist()
        [0, 1, 2, 1, 0]
        """
        panel = require_panel(panel)
        if panel.rule.kind not in {"adoption of a law", "response"}:
            raise DataError(
                f"the panel's outcome_kind == {panel.rule.kind!r}, must be 'adoption of a law' or 'response': time to "
                "adoption is about what states do"
            )
        state = adopted_state(panel.outcome)
        names = formula_names(self.formula)
        rows, lost, told = self._rows(panel, state, names)
        cluster = None if self.ties == "exact" else _UNIT
        model = HazardModel(
            self.formula,
            duration=_TO,
            event=_ADOPTS,
            entry=_FROM,
            cluster=cluster,
            ties=self.ties,
            level=self.level,
            scope=panel.scope,
        )
        found = model.fit(rows)
        held = {one.name: getattr(found, one.name) for one in fields(HazardResult) if one.init}
        counted = rows.groupby(_TO)[_ADOPTS].agg(["size", "sum"])
        assumptions = [panel.rule.assumption, *found.assumptions]
        if self.diffusion:
            assumptions.append(
                say("Others who adopt at the same time do so because of one another, not for a reason that all share.")
            )
        held |= {
            "smallest_group": None,
            "checks": (told, lost, *panel.checks[:2], *found.checks, *panel.rule.checks()),
            "assumptions": tuple(assumptions),
            "references": references(TimeToAdoption),
            "inputs": replace(panel.inputs, versions=found.inputs.versions),
            "outcome_kind": panel.rule.kind,
            "at_risk": pd.DataFrame(
                {"at_risk": counted["size"].to_numpy(), "adopted": counted["sum"].to_numpy()},
                index=pd.Index(counted.index, name="time"),
            ),
            "units": int(rows[_UNIT].nunique()),
        }
        return AdoptionResult(**held)

    def _rows(self, panel: Panel, state: np.ndarray, names: tuple[str, ...]) -> tuple[pd.DataFrame, Check, Check]:
        """Return the rows at risk, and what was lost on the way."""
        since = int(panel.times[min(self.lags, len(panel.times) - 1)]) if self.since is None else self.since
        if not panel.times[0] <= since <= panel.times[-1]:
            raise SpecificationError(f"since == {since}, must be a period of the panel")
        columns = self._columns(panel, state, names)
        first = np.where((state == 1).any(axis=1), panel.times[(state == 1).argmax(axis=1)], np.inf)
        start = np.where(np.isfinite(state).any(axis=1), panel.times[np.isfinite(state).argmax(axis=1)], np.inf)
        before = first <= np.maximum(start, since - panel.every)
        at_risk = (panel.times >= since) & (panel.times <= first[:, None]) & np.isfinite(state)
        at_risk &= (panel.times > start[:, None]) | (start[:, None] >= since)
        at_risk[before] = False
        known = np.ones(state.shape, dtype=bool)
        for one in columns.values():
            known &= np.isfinite(one)
        i, j = np.nonzero(at_risk & known)
        event = (panel.times[j] == first[i]).astype(np.int64)
        adoptions = int((at_risk & (panel.times == first[:, None])).sum())
        if not event.any():
            raise DataError(
                f"none of {len(event):,} rows at risk with every covariate is an adoption, must be some: look at "
                "since=, lags= and covariates with missing cells"
            )
        frame = pd.DataFrame(
            {_FROM: panel.times[j] - panel.every, _TO: panel.times[j], _ADOPTS: event, _UNIT: i}
            | {name: one[i, j] for name, one in columns.items()}
        )
        gap = _after_gap(state, first, panel)
        lost = _check_lost(int((at_risk & ~known).sum()), adoptions - int(event.sum()), int(at_risk.sum()), adoptions)
        return frame, lost, _check_entry(int(before.sum()), gap, len(panel.units))

    def _columns(self, panel: Panel, state: np.ndarray, names: tuple[str, ...]) -> dict[str, np.ndarray]:
        """Return the columns of the formula, lagged within units."""
        known = {"treatment": panel.treatment, **panel.covariates}
        terms = dict(self.diffusion or {})
        twice = sorted(set(terms) & set(known))
        if twice:
            raise SpecificationError(f"diffusion names {twice[0]!r}, which the panel holds already: take another name")
        known |= {name: share_adopted(state, read_ties(panel, name, given)) for name, given in terms.items()}
        missing = [one for one in names if one not in known]
        if missing:
            raise SpecificationError(
                f"formula names {missing[0]!r}, must name 'treatment', covariates of the panel or terms of "
                f"diffusion: {', '.join(known)}"
            )
        made = {}
        for name in names:
            values = known[name]
            lags = max(self.lags, 1) if name in terms else self.lags
            if lags:
                moved = np.full(values.shape, np.nan)
                moved[:, lags:] = values[:, :-lags]
                values = moved
            made[name] = values
        return made


def _after_gap(state: np.ndarray, first: np.ndarray, panel: Panel) -> int:
    """Count units whose first known period with a law follows one in which nothing is known."""
    adopts = np.isfinite(first) & (first > panel.times[0])
    units = np.flatnonzero(adopts)
    place = np.searchsorted(panel.times, first[units])
    return int((~np.isfinite(state[units, place - 1])).sum())


def _check_entry(before: int, gap: int, units: int) -> Check:
    """Say who was never seen at risk, and whose adoption nobody dated."""
    numbers = {"adopted_before": before, "undated": gap}
    if before + gap == 0:
        said = say("All {units:,} units were seen without the law before they adopted it.", units=units)
        return Check("entry", "pass", said, numbers)
    said = say(
        "{before:,} of {units:,} units had adopted before they were first seen at risk and are left out; of {gap:,} "
        "the period before adoption is not known.",
        before=before,
        units=units,
        gap=gap,
    )
    return Check("entry", "review", said, numbers)


def _check_lost(rows: int, events: int, at_risk: int, adoptions: int) -> Check:
    """Say how much is left out for want of covariates."""
    numbers = {"rows_lost": rows, "adoptions_lost": events}
    if rows == 0:
        said = say("All {at_risk:,} units and periods at risk have every covariate.", at_risk=at_risk)
        return Check("covariates", "pass", said, numbers)
    said = say(
        "{rows:,} of {at_risk:,} units and periods at risk, with {events:,} of {adoptions:,} adoptions, lack a "
        "covariate and are left out.",
        rows=rows,
        at_risk=at_risk,
        events=events,
        adoptions=adoptions,
    )
    return Check("covariates", "fail" if events > _LOST * adoptions else "review", said, numbers)
