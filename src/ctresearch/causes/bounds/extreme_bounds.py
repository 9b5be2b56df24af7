"""Extreme bounds: which causes keep their sign whatever else is controlled for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from math import comb
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.causes.bounds.bounds_summary import BoundsSummary, summarise_bounds
from ctresearch.causes.bounds.normal_limits import check_normal_limits
from ctresearch.causes.bounds.subset_regressions import SubsetFits, choices, fit_by_rows, fit_complete
from ctresearch.causes.graph.detection import Detected, check_detected, graph_checks
from ctresearch.causes.graph.graph_columns import column_checks
from ctresearch.causes.table.checkpoint import Checkpoint
from ctresearch.causes.table.column_rules import refuse_infinity
from ctresearch.causes.table.perfect_fit import refuse_copies
from ctresearch.causes.table.study_table import record_columns, refuse_constant
from ctresearch.core import meaning as col
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_names
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.names import read_names
from ctresearch.core.parallel import map_chunks, split
from ctresearch.core.result import Result, estimates_table, table_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level, one_of, whole_number
from ctresearch.stats.groups.smallest import smallest_level
from ctresearch.stats.regression.influence import check_clusters

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ctresearch.causes.graph.graph import CausalGraph
    from ctresearch.stats.regression.generalized_linear import Floats
    from ctresearch.stats.regression.influence import Integers

Missing = Literal["complete", "per_model"]
Errors = Literal["classical", "robust"]
Weights = Literal["likelihood", "equal"]
CHUNK = 20_000


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ExtremeBoundsResult(Result):
    """Extreme bounds of each variable, with the distribution of its coefficient.

    Parameters
    ----------
    bounds : pandas.DataFrame
        By variable: ``mean``, ``low``, ``high``, ``robust`` (the bounds have one sign), ``share_positive``,
        ``share_significant``, ``cdf_normal``, ``cdf_generic``, ``regressions``, ``skipped``.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. ``estimate`` is the weighted mean of the coefficient and
        its limits are the extreme bounds; it has no standard error.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.normal(size=(60, 4)), columns=["y", "a", "b", "c"])
    >>> result = ExtremeBounds(outcome="y", candidates=["a", "b", "c"], size=1).fit(frame)
    >>> result.bounds["regressions"].tolist()
    [2, 2, 2]
    """

    terms: ClassVar = {"*": col.model()}

    bounds: pd.DataFrame = table_field(
        {
            "variable": col.key("Variable"),
            "mean": col.model("Weighted mean of the coefficient"),
            "low": col.model("Lower extreme bound"),
            "high": col.model("Upper extreme bound"),
            "robust": col.mark("Bounds of one sign"),
            "share_positive": col.model("Share of regressions with a positive coefficient"),
            "share_significant": col.model("Share of regressions whose interval leaves out zero"),
            "cdf_normal": col.model("Mass on one side of zero, normal"),
            "cdf_generic": col.model("Mass on one side of zero, generic"),
            "regressions": col.count("Regressions", "regressions", of="nobody"),
            "skipped": col.count("Regressions that could not be fitted", "regressions", of="nobody"),
        }
    )


class ExtremeBounds(Options):
    """Regress an outcome on each candidate cause with every choice of a few of the others.

    Parameters
    ----------
    outcome : str
        Column of numbers.
    candidates : sequence of str
        Columns that may be causes.
    focus : sequence of str, optional
        Those to report on; all candidates by default.
    fixed : sequence of str
        Columns in every regression.
    size : int
        How many other candidates each regression has; 3 is customary [3]_.
    missing : {"complete", "per_model"}
        Use the rows complete in every column, or in each regression the rows it has.
    errors : {"classical", "robust"}
        Standard errors; with clusters they are clustered.
    cluster : str, optional
        Column of cluster labels.
    weights : {"likelihood", "equal"}, optional
        Of the regressions, in the mean and distribution; by default likelihood on complete rows and equal otherwise,
        where likelihoods of different rows cannot be compared.
    graph : CausalGraph, optional
        What is assumed; each focus is held to it, with ``fixed`` as what is adjusted for.
    detected : {"outcome", "sample"}, optional
        How detection enters: the outcome counts detected cases only, or the rows are detected cases only.
    checkpoint : str or pathlib.Path, optional
        Folder that keeps finished chunks, so that a killed run goes on.
    level : float
        Of each regression's interval, as a proportion.
    scope : Scope, optional
        Whom the estimates are about.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed, or does not go with the others.

    Notes
    -----
    Robust means that no regression doubts the sign, not that the variable is a cause: where a candidate follows from
    another, controlling for it hides an effect. Draw a :class:`CausalGraph` first.

    Limits of the single regressions are normal, also with few rows or clusters, so that bounds are those that published
    analyses of this kind report [1]_ [2]_. The bounds have no coverage that Student's t would keep: they are the ends
    of all these limits, and reach as far as the most unlike regressions. Whoever wants each of them to reach as far as
    Student's with few degrees of freedom raises ``level``: to .963 for 20 of them, to .979 for 8. The check ``limits``
    says how far they fall short, and the level for the rows or clusters at hand.

    References
    ----------
    .. [1] Leamer, E. E. (1985). Sensitivity analyses would help. American Economic Review 75 (3), 308-313.
    .. [2] Sala-i-Martin, X. X. (1997). I just ran two million regressions. American Economic Review 87 (2), 178-183.
    .. [3] Cho, S.-Y. (2015). Modeling for determinants of human trafficking: an empirical analysis. Social Inclusion 3
       (1), 2-21. https://doi.org/10.17645/si.v3i1.125

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> frame = pd.DataFrame(rng.normal(size=(300, 6)), columns=list("abcdef"))
    >>> frame["y"] = 0.8 * frame["a"] + rng.normal(size=300)
    >>> result = ExtremeBounds(outcome="y", candidates=list("abcdef"), size=2).fit(frame)
    >>> print("the sign holds in every regression for", list(result.bounds.index[result.bounds["robust"]]))
    the sign holds in every regression for ['a']
    """

    def __init__(
        self,
        *,
        outcome: str,
        candidates: Sequence[str],
        focus: Sequence[str] | None = None,
        fixed: Sequence[str] = (),
        size: int = 3,
        missing: Missing = "complete",
        errors: Errors = "classical",
        cluster: str | None = None,
        weights: Weights | None = None,
        graph: CausalGraph | None = None,
        detected: Detected | None = None,
        checkpoint: str | Path | None = None,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.outcome = outcome
        self.candidates = column_names("candidates", candidates, least=2)
        self.focus = self.candidates if focus is None else column_names("focus", focus, least=1)
        self.fixed = column_names("fixed", fixed)
        self._refuse_double_roles()
        self.size = whole_number("size", size, low=0, high=len(self.candidates) - 1)
        self.missing: Missing = one_of("missing", missing, ("complete", "per_model"))
        self.errors: Errors = one_of("errors", errors, ("classical", "robust"))
        self.cluster, self.graph, self.checkpoint = cluster, graph, checkpoint
        self.by_rows = missing == "per_model" or errors == "robust" or cluster is not None
        self.weights = self._choose_weights(weights)
        self.detected = check_detected(detected)
        self.level, self.scope = is_level(level), scope or Scope()
        found = [c for one in self.focus for c in graph_checks(graph, detected, one, outcome, self.fixed, voids=False)]
        self._graph_checks = tuple({check.message: check for check in found}.values())

    @property
    def regressions(self) -> int:
        """How many regressions there are."""
        return len(self.focus) * comb(len(self.candidates) - 1, self.size)

    def fit(self, frame: pd.DataFrame) -> ExtremeBoundsResult:
        """Run the regressions.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a unit, with columns of numbers; missing values are allowed.

        Returns
        -------
        ExtremeBoundsResult
            One term a focus variable.

        Raises
        ------
        DataError
            If the table does not hold what the options name, the outcome is constant, or too few rows are complete.

        Examples
        --------
        >>> frame = pd.DataFrame({"y": [1.0, 2, 3, 5, 4, 6], "a": [1.0, 2, 3, 4, 5, 6], "b": [0.0, 1, 0, 1, 1, 0]})
        >>> result = ExtremeBounds(outcome="y", candidates=["a", "b"], size=1).fit(frame)
        >>> bool(result.bounds.loc["a", "robust"])
        True
        """
        used = [self.outcome, *self.fixed, *self.candidates, *([self.cluster] if self.cluster else [])]
        is_frame("frame", frame)
        has_columns("frame", frame, used)
        values, kept = self._kept(frame)
        rows = len(values)
        groups = np.arange(rows)
        if self.cluster is not None:
            groups = pd.factorize(read_names(frame[self.cluster], self.cluster, cure="").codes[kept])[0]
        inputs = record_columns(frame, used)
        summaries = self._summaries(values, groups.astype(np.int64), inputs.digest)
        table = pd.DataFrame(
            {name: asdict(s) | {"robust": s.robust} for name, s in summaries.items()}
        ).T.infer_objects()
        nan = float("nan")
        return ExtremeBoundsResult(
            method=(
                say(
                    "Extreme bounds, {regressions:,} regressions with {size} of {candidates} others",
                    regressions=self.regressions,
                    size=self.size,
                    candidates=len(self.candidates) - 1,
                )
            ),
            estimates=estimates_table({name: (s.mean, nan, s.low, s.high) for name, s in summaries.items()}),
            n=rows,
            smallest_group=smallest_level(values.T, rows),
            level=self.level,
            interval="extreme",
            scope=self.scope,
            checks=(
                *self._graph_checks,
                *column_checks(self.graph, frame, voids=False),
                _check_rows(rows, len(frame)),
                _check_skipped(summaries),
                *check_clusters(None if self.cluster is None else groups),
                self._check_limits(groups),
            ),
            assumptions=("No candidate follows from a focus variable: controlling for consequences hides effects.",),
            references=references(ExtremeBounds),
            inputs=inputs,
            bounds=table.rename_axis("variable"),
        )

    def _check_limits(self, groups: Integers) -> Check:
        """Say what the limits of each regression are, with so many rows or clusters."""
        clustered = self.cluster is not None
        units = int(groups.max()) if clustered else len(groups) - len(self.fixed) - self.size - 2
        return check_normal_limits(max(units, 1), self.level, clustered=clustered)

    def _kept(self, frame: pd.DataFrame) -> tuple[Floats, NDArray[np.bool_]]:
        """Return the columns of the rows that are used, and which rows these are."""
        values = self._values(frame)
        present = np.isfinite(values)
        kept: NDArray[np.bool_] = np.asarray(present.all(axis=1) if self.missing == "complete" else present[:, 1])
        if self.cluster is not None:
            kept &= frame[self.cluster].notna().to_numpy()
        values, rows = values[kept], int(kept.sum())
        if rows < values.shape[1] + 2 and self.missing == "complete":
            raise DataError(
                f"{rows} of {len(frame)} rows are complete in all {values.shape[1]} columns: use missing='per_model'"
            )
        refuse_constant(self.outcome, values[:, 1])
        self._refuse_copies(values)
        return values, kept

    def _refuse_double_roles(self) -> None:
        """Refuse a focus that is no candidate, and a column with two roles."""
        if not set(self.focus) <= set(self.candidates):
            raise SpecificationError(f"focus == {self.focus!r}, must be among candidates {self.candidates!r}")
        fixed, candidates = set(self.fixed), set(self.candidates)
        overlap = (({self.outcome} | fixed) & candidates) | ({self.outcome} & fixed)
        if overlap:
            raise SpecificationError(
                f"column {sorted(overlap)[0]!r} has two roles, must have one: outcome, fixed or candidate"
            )

    def _choose_weights(self, weights: Weights | None) -> Weights:
        """Return how regressions are weighted, where rows and errors allow it."""
        if self.missing == "complete":
            return "likelihood" if weights is None else one_of("weights", weights, ("likelihood", "equal"))
        if self.errors == "classical" and self.cluster is None:
            raise SpecificationError(
                f"missing == {self.missing!r} with errors == {self.errors!r}, must be with 'robust' or a cluster"
            )
        if weights not in (None, "equal"):
            raise SpecificationError(
                f"weights == {weights!r} with missing == 'per_model', must be 'equal': rows differ"
            )
        return "equal"

    def _values(self, frame: pd.DataFrame) -> Floats:
        """Return constant, outcome, fixed and candidate columns as floats, with NaN where values are missing."""
        columns = [np.ones(len(frame))]
        for name in (self.outcome, *self.fixed, *self.candidates):
            if not pd.api.types.is_numeric_dtype(frame[name]):
                raise DataError(
                    f"column {name!r} is of type {frame[name].dtype}, must hold numbers: make indicators of it"
                )
            columns.append(frame[name].to_numpy(dtype=float, na_value=np.nan))
            refuse_infinity(name, columns[-1])
        return np.column_stack(columns)

    def _refuse_copies(self, values: Floats) -> None:
        """Refuse a column that is the outcome again, among the rows that have both."""
        for place, name in enumerate((*self.fixed, *self.candidates), start=2):
            both = values[np.isfinite(values[:, place])]
            refuse_copies(both[:, [0, place]], ("constant", name), both[:, 1], self.outcome, "outcome")

    def _summaries(self, values: Floats, groups: Integers, digest: str) -> dict[str, BoundsSummary]:
        """Run all regressions, chunk by chunk, and summarise each focus variable."""
        from scipy.special import ndtri

        count = comb(len(self.candidates) - 1, self.size)
        parts = split(count, CHUNK)
        work = [(place, part) for place in range(len(self.focus)) for part in parts]
        kept = None if self.checkpoint is None else Checkpoint(self.checkpoint, self._key(digest))

        def run(chunk: int) -> Floats:
            place, part = work[chunk]
            done = None if kept is None else kept.load(chunk)
            if done is None:
                fits = self._fit_part(values, groups, self.focus[place], part)
                done = np.stack([fits.estimate, fits.std_error, fits.log_likelihood])
                if kept is not None:
                    kept.save(chunk, done)
            return done

        found = map_chunks(run, range(len(work)), progress="extreme bounds")
        critical = float(ndtri((1 + self.level) / 2))
        out = {}
        for place, name in enumerate(self.focus):
            joined = np.hstack(found[place * len(parts) : (place + 1) * len(parts)])
            fits = SubsetFits(joined[0], joined[1], joined[2])
            out[name] = summarise_bounds(fits, critical, by_likelihood=self.weights == "likelihood")
        return out

    def _fit_part(self, values: Floats, groups: Integers, focus: str, part: range) -> SubsetFits:
        """Fit some of the regressions of one focus variable."""
        first = 2 + len(self.fixed)
        here = first + self.candidates.index(focus)
        pool = [first + i for i, name in enumerate(self.candidates) if name != focus]
        order = [0, *range(2, first), here, 1, *pool]
        picks = choices(len(pool), self.size, part.start, len(part))
        chosen = np.ascontiguousarray(values[:, order])
        if self.by_rows:
            columns = np.ascontiguousarray(chosen.T)
            return fit_by_rows(columns, np.isfinite(columns), first - 1, groups, picks)
        return fit_complete(chosen.T @ chosen, len(chosen), first - 1, picks)

    def _key(self, digest: str) -> str:
        """Name the work that a checkpoint belongs to."""
        options = [
            self.outcome,
            self.candidates,
            self.focus,
            self.fixed,
            self.size,
            self.missing,
            self.errors,
            self.cluster,
        ]
        return hashlib.sha256(json.dumps([digest, options, CHUNK]).encode()).hexdigest()


def _check_rows(rows: int, total: int) -> Check:
    """Say how many rows were lost to missing values."""
    numbers = {"rows": rows, "dropped": total - rows}
    if rows < 0.8 * total:
        said = say(
            "{dropped:,} of {total:,} rows are dropped for missing values: those left may differ.",
            dropped=total - rows,
            total=total,
        )
        return Check("missing values", "review", said, numbers)
    return Check(
        "missing values",
        "pass",
        say("{dropped:,} of {total:,} rows are dropped for missing values.", dropped=total - rows, total=total),
        numbers,
    )


def _check_skipped(summaries: dict[str, BoundsSummary]) -> Check:
    """Say how many regressions could not be fitted."""
    skipped, fitted = sum(s.skipped for s in summaries.values()), sum(s.regressions for s in summaries.values())
    numbers = {"skipped": skipped, "fitted": fitted}
    nothing = [name for name, s in summaries.items() if s.regressions == 0]
    if nothing:
        said = say(
            "No regression could be fitted for {nothing}: they are collinear, constant or rarely observed.",
            nothing=", ".join(nothing),
        )
        return Check("estimable", "fail", said, numbers, voids=len(nothing) == len(summaries))
    if skipped:
        return Check(
            "estimable",
            "review",
            say(
                "{skipped:,} of {specifications:,} regressions are collinear or lack rows.",
                skipped=skipped,
                specifications=skipped + fitted,
            ),
            numbers,
        )
    return Check("estimable", "pass", say("All {fitted:,} regressions could be fitted.", fitted=fitted), numbers)
