"""From being detected to completing assistance: who comes how far, how long it takes, and who does not want it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.consequences.durations.durations import NONINFORMATIVE
from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.estimator import Options
from ctresearch.core.groups import read_units
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.names import name_key, read_names
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, in_range, is_frame, is_level, one_of
from ctresearch.programmes.groups.age_groups import AGE, age_groups
from ctresearch.programmes.referral.cascade_curves import followed_to, share_at, waiting_curves
from ctresearch.programmes.referral.cascade_result import STEP, WHOLE, CascadeResult
from ctresearch.programmes.referral.cascade_table import REACHED, CascadeTable, read_cascade, refuse_unknown_label
from ctresearch.programmes.referral.cascade_waits import median_wait

if TYPE_CHECKING:
    from collections.abc import Sequence

STAGES = ("detected", "referred", "presumed", "identified", "offered", "accepted", "completed")
DETECTED = (
    "People are those who were detected. Who is never detected is not among them, so shares say how a mechanism treats "
    "the people it sees, not how many victims it reaches."
)
CHOICE = "An adult who refuses consent chooses, and is counted apart: a refusal is not a failure of the programme."
# limits are normal on the log-log scale, which fewer events do not bear out
_FEW = 5


class ReferralCascade(Options):
    """Shares of people who come from stage to stage of a referral mechanism within a time, against all that may end it.

    Parameters
    ----------
    stages : sequence of str
        Columns of times or dates at which each stage was reached, in order; missing where it was not.
    end, reason : str
        Columns of when and why observation ended; not read for those who reached the last stage.
    refused : str
        Reason of those who refused consent.
    censored : str, optional
        Reason of those who were still in the mechanism when the data ended.
    age : str or None
        Column of ages, by which children (under 18) are analysed apart; None keeps all together. A role of its own and
        no ``by``: children are never pooled with adults unless that is said.
    horizon : float, optional
        Time after a stage at which shares are reported, in days where the columns are dates; by default the shortest of
        the longest waits seen.
    person : str, optional
        Column that names the person, who may then come once.
    merge_names : bool
        Take reasons and persons that differ in case, accents, spaces or type alone for one; they are refused otherwise.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the estimate is about.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Refusal, a negative decision and leaving compete with coming on; one less a Kaplan-Meier curve would overstate the
    shares. A person of whom nothing is known after the end of the data is censored, and not counted as having left.

    References
    ----------
    .. [1] Aalen, O. O. and Johansen, S. (1978). An empirical transition matrix for non-homogeneous Markov chains based
       on censored observations. Scandinavian Journal of Statistics 5, 141-150.
    .. [2] Putter, H., Fiocco, M. and Geskus, R. B. (2007). Tutorial in biostatistics: competing risks and multi-state
       models. Statistics in Medicine 26, 2389-2430. https://doi.org/10.1002/sim.2712

    Examples
    --------
    >>> from ctresearch.data.synthetic import referral_paths
    >>> result = ReferralCascade(horizon=180).fit(referral_paths(2000, seed=1).frame)
    >>> adults = result.estimates.query("group == 'adults' and since == 'detected'").loc["referred"]
    >>> for row in adults.itertuples():
    ...     print(f"{row.outcome}: {row.estimate:.0%} of adults within 180 days of being detected")
    reached: 75% of adults within 180 days of being detected
    left: 1% of adults within 180 days of being detected
    refused: 24% of adults within 180 days of being detected
    """

    def __init__(
        self,
        *,
        stages: Sequence[str] = STAGES,
        end: str = "end",
        reason: str = "reason",
        refused: str = "refused",
        censored: str | None = "censor",
        age: str | None = AGE,
        horizon: float | None = None,
        person: str | None = None,
        merge_names: bool = False,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.stages = column_names("stages", stages, least=2)
        self.end, self.reason = column_name("end", end), column_name("reason", reason)
        self.refused, self.censored = (
            column_name("refused", refused),
            None if censored is None else column_name("censored", censored),
        )
        self.age = None if age is None else column_name("age", age)
        self.horizon = None if horizon is None else float(in_range("horizon", horizon, 0, open_ends=True))
        self.person = None if person is None else column_name("person", person)
        self.merge_names = one_of("merge_names", merge_names, (True, False))
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> CascadeResult:
        """Estimate the shares, for adults and children apart.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person.

        Returns
        -------
        CascadeResult
            One term a stage, from the stage before and from the first.

        Raises
        ------
        DataError
            If a column is missing, somebody skips a stage or goes back in time, or has no end or reason.

        Examples
        --------
        >>> frame = pd.DataFrame({
        ...     "detected": [0, 0, 0, 0], "referred": [3, 5, None, None], "end": [20, 20, 8, 20],
        ...     "reason": ["censor", "censor", "refused", "censor"],
        ... })
        >>> found = ReferralCascade(stages=["detected", "referred"], age=None, horizon=6).fit(frame)
        >>> found.estimates["estimate"].tolist()
        [0.5, 0.0]
        """
        is_frame("frame", frame)
        cells, named = self._one_spelling(frame)
        groups = age_groups(cells, self.age)
        self._read(cells)  # all together first, so that times count from one start and errors count all
        refuse_unknown_label(frame, stages=self.stages, reason=self.reason, censored=self.censored)
        rows: list[dict[str, Any]] = []
        steps, curves, checks = [], [], []
        for name, part in groups.parts:
            table = self._read(part)
            checks += [self._check_consent(table, name)]
            for place in range(1, len(self.stages)):
                for since in dict.fromkeys((place - 1, 0)):
                    found, curve, known, check = self._step(table, name, place, since)
                    rows += found
                    checks += check
                    if since == place - 1:
                        curves.append(curve.assign(group=name, stage=self.stages[place]))
                        steps.append(self._counts(table, name, place, curve, found) | {"followed": known})
        keys = ["estimate", "std_error", "ci_low", "ci_high", "unit", "group", "since", "outcome", "time"]
        estimates = pd.DataFrame(rows).set_index("term")[keys]
        estimates.index = estimates.index.astype("str")
        used = [*self.stages, self.end, self.reason, *([] if self.person is None else [self.person])]
        used += [self.age] if self.age is not None and self.age in frame.columns else []
        return CascadeResult(
            method="Referral cascade: cumulative incidence of each stage against other ends (Aalen-Johansen)",
            estimates=estimates,
            n=len(frame),
            smallest_group=groups.smallest(None, self.reason),
            level=self.level,
            interval="log-log",
            scope=self.scope,
            checks=(*groups.checks, *named, *checks),
            assumptions=(DETECTED, CHOICE, NONINFORMATIVE),
            references=references(ReferralCascade),
            inputs=record(frame[used]),
            steps=pd.DataFrame(steps),
            curve=pd.concat(curves, ignore_index=True),
        )

    def _one_spelling(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Check, ...]]:
        """Give each reason one spelling for all age groups, and refuse persons that come twice."""
        has_columns("frame", frame, [self.reason])
        read = read_names(frame[self.reason], self.reason, merge=self.merge_names)
        reasons = read.checks(f"reasons in {self.reason!r}")
        if reasons:
            frame = frame.assign(**{self.reason: np.array([*read.spellings, None], dtype=object)[read.codes]})
        if self.person is None:
            return frame, reasons
        persons = read_units(frame, self.person, merge=self.merge_names)
        twice = np.bincount(persons.codes)[persons.codes] > 1
        refuse_cells(frame[self.person], twice, "must name each person once: keep one row a person", name=self.person)
        return frame, (*reasons, *persons.checks)

    def _read(self, frame: pd.DataFrame) -> CascadeTable:
        """Read some people's paths."""
        return read_cascade(frame, stages=self.stages, end=self.end, reason=self.reason, censored=self.censored)

    def _step(
        self, table: CascadeTable, group: str, place: int, since: int
    ) -> tuple[list[dict[str, Any]], pd.DataFrame, float, list[Check]]:
        """Estimate one wait."""
        data = table.step(place, since=since)
        known = followed_to(data) if data.rows.n else 0.0
        curve = waiting_curves(data, self.level)
        longest = float(data.rows.stop.max()) if data.rows.n else 0.0
        time = longest if self.horizon is None else self.horizon
        stage, begun = self.stages[place], self.stages[since]
        outcomes = [REACHED, *sorted({*data.causes} - {REACHED})]
        checks = []
        if time > known or not data.rows.n:
            said = say(
                "From {begun!r}, {group} were followed for {known:g} and not to {time:g}: no share there, "
                "choose an earlier horizon.",
                begun=begun,
                group=group,
                known=known,
                time=time,
            )
            checks.append(Check(f"follow-up of {stage}", "review", said, {"followed": known, "horizon": time}))
        elif since == place - 1:
            checks += self._check_events(data, group, stage)
        shown = [
            share_at(curve, one, time) if time <= known and data.rows.n else (float("nan"),) * 4 for one in outcomes
        ]
        rows = [
            {
                "term": stage,
                "estimate": v[0],
                "std_error": v[1],
                "ci_low": v[2],
                "ci_high": v[3],
                "unit": STEP if since == place - 1 else WHOLE,
                "group": group,
                "since": begun,
                "outcome": one,
                "time": time,
            }
            for one, v in zip(outcomes, shown, strict=True)
        ]
        return rows, curve, known, checks

    def _counts(
        self,
        table: CascadeTable,
        group: str,
        place: int,
        curve: pd.DataFrame,
        rows: list[dict[str, Any]],
    ) -> dict[str, Any]:
        """Count how a wait ended."""
        entered = table.entered(place - 1)
        moved = table.entered(place)
        stopped = entered & ~moved
        refused = stopped & (table.reason == self._refusal(table))
        waiting = stopped & (table.reason == table.censored)
        shares = {row["outcome"]: row["estimate"] for row in rows}
        half, early, late = median_wait(curve)
        consenting = 1 - shares.get(self._refusal(table), 0.0)
        return {
            "group": group,
            "stage": self.stages[place],
            "entered": int(entered.sum()),
            "reached": int(moved.sum()),
            "refused": int(refused.sum()),
            "other_ends": int((stopped & ~refused & ~waiting).sum()),
            "waiting": int(waiting.sum()),
            "median_wait": half,
            "median_low": early,
            "median_high": late,
            "share_of_consenting": shares[REACHED] / consenting if consenting > 0 else np.nan,
        }

    def _refusal(self, table: CascadeTable) -> str:
        """Return the word for refusing consent as the table spells it."""
        return next((str(one) for one in set(table.reason) if name_key(one) == name_key(self.refused)), self.refused)

    def _check_consent(self, table: CascadeTable, group: str) -> Check:
        """Count refusals; a child's is a sign of a wrong record, since consent is not what decides there."""
        count = int((table.reason == self._refusal(table)).sum())
        numbers = {"refused": count, "persons": len(table.end)}
        if group == "children" and count:
            said = say(
                "{count} children are recorded as refusing consent, which is not what decides for a child: "
                "check the records.",
                count=count,
            )
            return Check("consent, children", "review", said, numbers)
        others = sorted({str(one) for one in table.reason} - {"completed", str(self.censored)})
        if not count and others and group != "children":
            said = say(
                "Nobody's reason is {refused!r}, there are {reasons}: if one of these is refusing consent, name "
                "it in refused=.",
                refused=self.refused,
                reasons=", ".join(map(repr, others[:8])),
            )
            return Check(f"consent, {group}", "review", said, numbers)
        if group == "children":
            said = say(
                "None of {end:,} children is recorded as refusing consent, which is not what decides for a child.",
                end=len(table.end),
            )
        else:
            said = say(
                "{count} of {end:,} {group} refused consent: their choice, counted apart.",
                count=count,
                end=len(table.end),
                group=group,
            )
        return Check(f"consent, {group}", "pass", said, numbers)

    def _check_events(self, data: Any, group: str, stage: str) -> list[Check]:
        """Say where few people came on."""
        count = int((data.kind == data.causes.index(REACHED) + 1).sum()) if REACHED in data.causes else 0
        if count >= _FEW:
            return []
        said = say(
            "{count} {group} came to {stage!r}: with fewer than {few}, limits are rough.",
            count=count,
            group=group,
            stage=stage,
            few=_FEW,
        )
        return [Check(f"few at {stage}", "review", said, {"reached": count})]
