"""Gravity models of flows whose counts are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table, reach
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level, one_of, require_extra
from ctresearch.routes.counts.likelihood import read_ranges
from ctresearch.routes.gravity.effects_solver import read_effects
from ctresearch.routes.gravity.gravity_data import CLUSTERS, Columns, read_gravity, read_kinds
from ctresearch.routes.gravity.gravity_errors import clustered_variance
from ctresearch.routes.gravity.gravity_fit import GravityFit, fit_gravity, refuse_run_off, refuse_separated, with_errors
from ctresearch.routes.gravity.gravity_result import Fitted, GravityResult
from ctresearch.routes.gravity.weidner_zylkin import as_pairs, bias_and_variance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.routes.gravity.effects_solver import Effects
    from ctresearch.routes.gravity.gravity_data import GravityData

    Floats = NDArray[np.float64]

ASSUMPTIONS = (
    "The mean of a flow is the exponential of effects of its places and years and of a linear score of the covariates.",
    "Flows that nobody found are missing for reasons that the effects and covariates account for.",
)
THREE_WAY = {"origin-year", "destination-year", "pair"}
TWO_WAY = {"origin-year", "destination-year"}
_OWN_ROWS = 200_000  # from here on pyfixest's compiled code is worth its import
FEW_CLUSTERS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """Coefficients (K,), their variance (K, K) and the degrees of freedom, and the bias (K,) that was taken out."""

    beta: Floats
    variance: Floats
    df: float
    bias: Floats
    plain_variance: Floats
    known: bool


class Gravity(Options):
    """Fit a gravity model by Poisson pseudo-maximum likelihood with fixed effects.

    Parameters
    ----------
    covariates : sequence of str
        Columns of the covariates: distance in logarithms, a common border, a visa.
    flow : str
        Column of the flow, at least 0. Where counts are masked, use :class:`IntervalGravity`.
    origin, destination : str
        Columns of the places. A flow within one place is a row like any other.
    year : str, optional
        Column of the year.
    effects : sequence of str
        Kinds of fixed effects: ``"origin-year"``, ``"destination-year"``, ``"origin"``, ``"destination"``, ``"year"``,
        ``"pair"``, or columns of the data.
    cluster : {"pair", "origin", "destination", "both", "none"}
        Within what errors may depend on one another.
    corrected : bool
        Take out the bias that effects of origin-year, destination-year and pair leave, and the bias of the errors
        clustered by pair that these or the first two leave.
    engine : {"auto", "own", "pyfixest"}
        What fits: pyfixest needs the extra ``panels`` and pays from 200,000 rows on; both give the same.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the flows count.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.
    MissingExtraError
        If pyfixest is asked for and not there.

    Notes
    -----
    Rows of an effect whose flows are all zero tell nothing and are left out, which a check counts. The coverage of
    plain and corrected limits is simulated by ``benchmarks/coverage_gravity.py``.

    References
    ----------
    .. [1] Santos Silva, J. M. C. and Tenreyro, S. (2006). The log of gravity. Review of Economics and Statistics 88,
       641-658. https://doi.org/10.1162/rest.88.4.641
    .. [2] Weidner, M. and Zylkin, T. (2021). Bias and consistency in three-way gravity models. Journal of International
       Economics 132, 103513. https://doi.org/10.1016/j.jinteco.2021.103513
    .. [3] Correia, S., Guimaraes, P. and Zylkin, T. (2020). Fast Poisson estimation with high-dimensional fixed
       effects. The Stata Journal 20, 95-115. https://doi.org/10.1177/1536867X20909691

    Examples
    --------
    >>> from ctresearch.data.synthetic import flows
    >>> frame = flows(20, 3, distance=-1.2, seed=1).frame
    >>> result = Gravity(["log_distance", "border"], year="year").fit(frame)
    >>> row = result.estimates.loc["log_distance"]
    >>> print(f"a corridor twice as long carries {2 ** row['estimate']:.0%} of the people found")
    a corridor twice as long carries 36% of the people found
    """

    def __init__(
        self,
        covariates: Sequence[str],
        *,
        flow: str = "flow",
        origin: str = "origin",
        destination: str = "destination",
        year: str | None = None,
        effects: Sequence[str] = ("origin-year", "destination-year"),
        cluster: Literal["pair", "origin", "destination", "both", "none"] = "pair",
        corrected: bool = True,
        engine: Literal["auto", "own", "pyfixest"] = "auto",
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.covariates = column_names("covariates", covariates, least=1)
        self.flow = column_name("flow", flow)
        self.origin, self.destination = column_name("origin", origin), column_name("destination", destination)
        self.year = None if year is None else column_name("year", year)
        self.effects = read_kinds(effects, year)
        self.cluster = one_of("cluster", cluster, CLUSTERS)
        self.corrected = one_of("corrected", corrected, (True, False))
        self.engine = one_of("engine", engine, ("auto", "own", "pyfixest"))
        self.level, self.scope = is_level(level), scope or Scope()
        if engine == "pyfixest":
            require_extra("pyfixest", "panels")

    def fit(self, frame: pd.DataFrame) -> GravityResult:
        """Fit the model.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a pair and year.

        Returns
        -------
        GravityResult
            A term a covariate, on the scale of the log flow.

        Raises
        ------
        DataError
            If a column is missing, or a flow is negative.
        SpecificationError
            If the effects explain a covariate.
        FitError
            If the effects do not settle.

        Examples
        --------
        >>> from ctresearch.data.synthetic import flows
        >>> frame = flows(12, 3, seed=1).frame
        >>> three_way = Gravity(["visa"], year="year", effects=["origin-year", "destination-year", "pair"])
        >>> three_way.fit(frame).coefficients["bias"].abs().item() > 0
        True
        """
        columns = Columns((self.flow, self.flow), self.origin, self.destination, self.year, self.covariates)
        data = read_gravity(frame, columns, self.effects)
        fit = self._fit(data)
        found = _correct(data, fit, self.effects, self.cluster, wanted=self.corrected)
        known = found.known and self.corrected
        checks = (
            check_converged(converged=fit.converged),
            check_left_out(data.left_out, len(frame)),
            *check_repeated(data.repeated),
            check_domestic(data.domestic),
            check_clusters(found.df, self.cluster),
            _check_correction(self.effects, known=known, wanted=self.corrected, repeated=bool(data.repeated)),
        )
        spread = float(((data.low - fit.mean) ** 2 - fit.mean).sum() / (fit.mean**2).sum())
        return gravity_result(
            data,
            fit,
            found,
            columns=columns,
            kinds=self.effects,
            spread=max(0.0, spread),
            method=say("Gravity model, Poisson pseudo-maximum likelihood"),
            references=references(Gravity),
            checks=checks,
            level=self.level,
            scope=self.scope,
            frame=frame,
        )

    def _fit(self, data: GravityData) -> GravityFit:
        """Fit by our own code or by pyfixest."""
        own = self.engine == "own" or (self.engine == "auto" and len(data.low) < _OWN_ROWS)
        if not own and (self.engine == "pyfixest" or _is_there("pyfixest")):
            effects = read_effects(data.effects)
            refuse_separated(read_ranges(data.low, data.high), data.design, effects)
            fit = _fit_by_pyfixest(data, effects)
            refuse_run_off(data.design, effects, fit)
            return with_errors(fit)
        return fit_gravity(read_ranges(data.low, data.high), data.design, read_effects(data.effects))


def _is_there(package: str) -> bool:
    """Say whether a package can be imported, without doing so."""
    from importlib.util import find_spec

    return find_spec(package) is not None


def _fit_by_pyfixest(data: GravityData, effects: Effects) -> GravityFit:
    """Fit by pyfixest, and return the same as our own code does; separated rows are out by then."""
    pyfixest = require_extra("pyfixest", "panels")
    from ctresearch.routes.gravity.effects_solver import fitted_effects

    columns = {f"x{i}": column for i, column in enumerate(data.design.T)}
    columns |= {f"f{i}": codes for i, codes in enumerate(data.effects)}
    table = pd.DataFrame({"y": data.low, **columns})
    formula = f"y ~ {' + '.join(f'x{i}' for i in range(data.design.shape[1]))}"
    formula += f" | {' + '.join(f'f{i}' for i in range(len(data.effects)))}"
    fitted = pyfixest.fepois(
        formula,
        table,
        vcov="iid",
        iwls_tol=1e-10,
        iwls_maxiter=100,
        fixef_rm="none",
        separation_check=[],
        store_data=False,
        copy_data=False,
    )
    mean = np.asarray(fitted._Y_hat_response, dtype=float).ravel()
    eta = np.log(mean)
    levels = fitted_effects(np.column_stack([data.design, eta]), mean, effects)
    within = data.design - effects.design @ levels[:, :-1]
    beta = np.asarray(fitted.coef(), dtype=float)
    return GravityFit(
        beta=beta,
        mean=mean,
        within=within,
        slope=data.low - mean,
        curvature=mean,
        covariate_levels=levels[:, :-1],
        levels=levels[:, -1] - levels[:, :-1] @ beta,
        size=float("inf"),
        value=float(fitted._loglik),
        converged=bool(fitted._convergence),
    )


def _correct(data: GravityData, fit: GravityFit, kinds: Sequence[str], cluster: str, *, wanted: bool) -> Corrected:
    """Take the bias of many effects out of coefficients and errors where it is known and wanted."""
    variance, df = clustered_variance(fit.within, fit.curvature, fit.slope, data.clusters(cluster), data.effects)
    zero = np.zeros(len(fit.beta))
    known = set(kinds) in (THREE_WAY, TWO_WAY) and not data.repeated
    if not (known and wanted):
        return Corrected(fit.beta, variance, df, zero, variance, known)
    ends = data.origin, data.destination
    pairs = as_pairs(data.low, fit.mean, fit.within, data.pair, data.year, ends)
    bias, by_pair = bias_and_variance(pairs, three_way=set(kinds) == THREE_WAY)
    if cluster == "pair":
        groups = df + 1
        by_pair = by_pair * groups / max(groups - 1, 1)
    return Corrected(fit.beta - bias, by_pair if cluster == "pair" else variance, df, bias, variance, known)


def gravity_result(
    data: GravityData,
    fit: GravityFit,
    found: Corrected,
    *,
    columns: Columns,
    kinds: tuple[str, ...],
    spread: float,
    method: str,
    references: tuple[str, ...],
    checks: tuple[Check, ...],
    level: float,
    scope: Scope,
    frame: pd.DataFrame,
) -> GravityResult:
    """Put a fit into the shape of a result."""
    error = np.sqrt(np.diag(found.variance))
    away = reach(level, found.df) * error
    rows = np.column_stack([found.beta, error, found.beta - away, found.beta + away])
    terms = columns.covariates
    levels = _levels(data, fit, kinds)
    table = pd.DataFrame(
        {
            "term": list(terms),
            "estimate": found.beta,
            "uncorrected": found.beta + found.bias,
            "bias": found.bias,
            "std_error": error,
            "std_error_uncorrected": np.sqrt(np.diag(found.plain_variance)),
        }
    )
    used = [columns.origin, columns.destination, *([columns.year] if columns.year else []), *terms, *columns.flow]
    return GravityResult(
        method=method,
        estimates=estimates_table({term: tuple(row) for term, row in zip(terms, rows.tolist(), strict=True)}),
        n=len(data.low),
        level=level,
        interval="t",
        scale="log",
        scope=scope,
        checks=checks,
        assumptions=ASSUMPTIONS,
        references=references,
        inputs=record(frame[list(dict.fromkeys(used))], packages=("numpy", "scipy")),
        coefficients=table.set_index("term"),
        effects=kinds,
        dispersion=spread,
        loglik=fit.value,
        raw=None if levels is None else Fitted(fit.beta, levels, spread, data.places, columns),
    )


def _levels(data: GravityData, fit: GravityFit, kinds: Sequence[str]) -> dict[str, pd.Series[float]] | None:
    """Return the effects by place and year; none where an effect is of something else."""
    if any(set(kind.split("-")) - {"origin", "destination", "year", "pair"} for kind in kinds):
        return None
    sizes = [int(codes.max()) + 1 for codes in data.effects]
    parts = np.split(fit.levels, np.cumsum(sizes)[:-1])
    return {kind: pd.Series(part, index=key) for kind, part, key in zip(kinds, parts, data.keys, strict=True)}


def check_converged(*, converged: bool) -> Check:
    """Say whether the fit settled."""
    if converged:
        return Check("convergence", "pass", say("The fit settled."), voids=True)
    return Check("convergence", "fail", say("The fit did not settle: there is no estimate."), voids=True)


def check_left_out(left_out: int, rows: int, *, least: int = 0) -> Check:
    """Say how many rows tell nothing."""
    message = (
        say(
            "{left_out:,} of {rows:,} rows are of places or years whose flows are all of one person, or may be: they "
            "tell nothing of the coefficients and are left out.",
            left_out=left_out,
            rows=rows,
        )
        if least
        else say(
            "{left_out:,} of {rows:,} rows are of places or years whose flows are all zero, or may be: they tell "
            "nothing of the coefficients and are left out.",
            left_out=left_out,
            rows=rows,
        )
    )
    return Check(
        "separation", "review" if left_out > rows / 2 else "pass", message, {"left_out": left_out, "rows": rows}
    )


def check_repeated(repeated: int) -> tuple[Check, ...]:
    """Say that pairs have several rows a year, where they have."""
    if not repeated:
        return ()
    message = say(
        "{repeated:,} rows are of a pair and year that another row is of: they are taken for parts of it, such as "
        "forms or ages.",
        repeated=repeated,
    )
    return (Check("repeated rows", "review", message, {"repeated": repeated}),)


def check_domestic(domestic: NDArray[np.bool_]) -> Check:
    """Say whether flows within places are among those fitted to."""
    found = int(domestic.sum())
    if found:
        message = say("{n:,} of {rows:,} rows are of flows within one place.", n=found, rows=len(domestic))
        return Check("domestic flows", "pass", message, {"domestic": found})
    message = say("No row is of a flow within one place: what keeps people at home is not seen.")
    return Check("domestic flows", "review", message, {"domestic": 0})


def check_clusters(df: float, cluster: str) -> Check:
    """Say whether there are enough clusters to tell errors by."""
    few = cluster != "none" and df + 1 < FEW_CLUSTERS
    message = say("Errors rest on {clusters:,.0f} clusters.", clusters=df + 1 if cluster != "none" else df)
    return Check("clusters", "review" if few else "pass", message, {"clusters": df + 1})


def _check_correction(kinds: Sequence[str], *, known: bool, wanted: bool, repeated: bool) -> Check:
    """Say whether the bias of many effects was taken out."""
    if known:
        message = say("What many fixed effects leave in coefficients and errors was taken out.")
        return Check("incidental effects", "pass", message)
    message = (
        say("What many fixed effects leave in coefficients and errors is not known for these, and stands.")
        if wanted
        else say("What many fixed effects leave in coefficients and errors was not taken out.")
    )
    doubtful = "pair" in kinds or not wanted or (repeated and set(kinds) >= TWO_WAY)
    return Check("incidental effects", "review" if doubtful else "pass", message)
