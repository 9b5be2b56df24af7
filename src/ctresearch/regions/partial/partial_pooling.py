"""Random intercepts and slopes, nested or crossed: each unit's value drawn towards the mean as far as data say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed, streams
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, is_mapping, one_of, whole_number
from ctresearch.regions.from_results import common_unit, read_results
from ctresearch.regions.partial.partial_result import PartialPoolingResult
from ctresearch.regions.partial.tables import Made, drawn, likeliest, over_units
from ctresearch.regions.partial.units import FEWEST_LEVELS, UNIT, read_units, refuse_mixed
from ctresearch.regions.study_table import one_measure, read_unit, unit_on
from ctresearch.stats.chains.mixing import check_mixing
from ctresearch.stats.groups.smallest import smallest_of
from ctresearch.stats.mixed.likelihood import factor
from ctresearch.stats.mixed.posterior import CHAINS, sample_mixed
from ctresearch.stats.mixed.restricted import maximise
from ctresearch.stats.mixed.terms import cross_products
from ctresearch.stats.mixed.two_stage import sample_over_units
from ctresearch.stats.regression.formula import formula_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.core.result import Result, Scale
    from ctresearch.regions.partial.units import Units
    from ctresearch.stats.mixed.restricted import Maximum
    from ctresearch.stats.mixed.terms import Products

    Floats = NDArray[np.float64]

ENOUGH_LEVELS = 10
"""Levels below which limits that take the spread between levels as known are too narrow to be read as they stand."""
_MOST_DRAWN = 5_000_000  # numbers held for draws of levels: 40 MB
_EXACT = 1e-10
# Added to a sum of squares over known errors, so that outcomes that are all alike have a likelihood: it moves the log
# likelihood by a constant.
_ALIKE = 1e-9
_ASSUMPTIONS = (
    (
        "Levels of a grouping are alike but for what is in the model: their true values are drawn from one normal "
        "distribution."
    ),
    "Units are of people who do not overlap, and errors are normal and of the stated size, or alike in all rows.",
)
_PRIORS = (
    "Where draws are made, standard deviations of true values have half-Cauchy priors, correlations a uniform one, and "
    "means are flat."
)
Engine = Literal["auto", "reml", "sampler"]


class PartialPooling(Options):
    """Let units differ, and draw each towards the mean as far as its own data leave it open.

    Parameters
    ----------
    groups : str or sequence of str
        Columns within whose levels outcomes may differ, nested or crossed; none where each row is a unit by itself.
    slopes : mapping of str to sequence of str, optional
        Columns of numbers whose slopes vary over the levels of a group; they stand in the formula too.
    formula : str, optional
        What holds for all, such as ``"year + C(form)"``.
    outcome : str
        Column of estimates or outcomes.
    std_error : str, optional
        Column of standard errors; ``None`` for outcomes whose errors are alike and found from the data. With errors
        that are known, rows also differ within groups beyond them.
    term : str, optional
        Which estimate to take out of results, where :meth:`fit` is given a mapping of these.
    log : bool
        Take logarithms of the estimates of results.
    method : {"auto", "reml", "sampler"}
        Restricted maximum likelihood; draws by a sampler; or the likelihood unless it does not converge or is greatest
        where a spread is 0, from where errors would be too small.
    prior_scale : float, optional
        Scale of the half-Cauchy prior of each standard deviation, in the unit of the outcome (for a slope, over the
        size of its column). By default the larger of the standard deviation of the estimates and the median of their
        errors, or, for outcomes, the standard deviation of what is left.
    draws : int
        Draws kept, a multiple of 4, at most 4,000.
    scale : {"identity", "log", "logit"}
        What the estimates in the table already are.
    unit : str
        What the estimates are of before logarithms, such as ``"persons"``; that of results where they agree.
    measure, definition : str, optional
        Columns of what each row measures (stock, period, flow, lifetime) and under which definition; different ones are
        refused.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the units are about.
    seed : int or SeedSequence
        Where the random stream starts.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    The likelihood is that of Bates et al. [1]_, with errors of rows that may be known, which mixed models of
    statsmodels do not take; where these do apply, the suite holds both to one answer. Results of other rooms are pooled
    with the shape of their draws, after the two stages of Lunn et al. [2]_. Priors of spreads are those of Gelman [3]_.

    References
    ----------
    .. [1] Bates, D., Mächler, M., Bolker, B. and Walker, S. (2015). Fitting linear mixed-effects models using lme4.
       Journal of Statistical Software 67(1), 1-48. https://doi.org/10.18637/jss.v067.i01
    .. [2] Lunn, D., Barrett, J., Sweeting, M. and Thompson, S. (2013). Fully Bayesian hierarchical modelling in two
       stages, with application to meta-analysis. Journal of the Royal Statistical Society C 62, 551-572.
       https://doi.org/10.1111/rssc.12007
    .. [3] Gelman, A. (2006). Prior distributions for variance parameters in hierarchical models. Bayesian Analysis 1.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame(
    ...     {"estimate": [0.2, 0.3, 0.9, 1.0, 0.5], "std_error": [0.1, 0.1, 0.1, 0.1, 0.4]}, index=list("abcde")
    ... )
    >>> found = PartialPooling().fit(frame)
    >>> row = found.units.set_index("level").loc["e"]
    >>> print(f"e alone 0.5, beside the others {row['estimate']:.2f}, drawn {row['pooling']:.0%} of the way to them")
    e alone 0.5, beside the others 0.55, drawn 55% of the way to them
    """

    def __init__(
        self,
        *,
        groups: str | Sequence[str] = (),
        slopes: Mapping[str, Sequence[str]] | None = None,
        formula: str | None = None,
        outcome: str = "estimate",
        std_error: str | None = "std_error",
        term: str | None = None,
        log: bool = False,
        method: Engine = "auto",
        prior_scale: float | None = None,
        draws: int = 4000,
        scale: Scale = "identity",
        unit: str = "",
        measure: str | None = None,
        definition: str | None = None,
        level: float = 0.95,
        scope: Scope | None = None,
        seed: Seed = 0,
    ) -> None:
        self.groups = groups
        self._groups = (column_name("groups", groups),) if isinstance(groups, str) else column_names("groups", groups)
        self.slopes, self._slopes = slopes, _read_slopes(slopes, self._groups, formula)
        self.formula = formula
        self.outcome = column_name("outcome", outcome)
        self.std_error = None if std_error is None else column_name("std_error", std_error)
        self.term = None if term is None else column_name("term", term)
        self.log = one_of("log", log, (True, False))
        self.method: Engine = one_of("method", method, ("auto", "reml", "sampler"))
        self.prior_scale = None if prior_scale is None else in_range("prior_scale", prior_scale, 0, open_ends=True)
        self.draws = whole_number("draws", draws, low=400, high=4000)
        if draws % CHAINS:
            raise SpecificationError(f"draws == {draws}, must be a multiple of {CHAINS}, the number of chains")
        self.scale: Scale = one_of("scale", scale, ("identity", "log", "logit"))
        self.unit = read_unit(unit)
        self.measure = None if measure is None else column_name("measure", measure)
        self.definition = None if definition is None else column_name("definition", definition)
        self.level, self.scope, self.seed = is_level(level), scope or Scope(), seed
        generator(seed)
        if self.std_error is None and not self._groups:
            raise SpecificationError(
                "std_error is None and groups is empty: rows without error or group cannot be told"
            )

    def fit(self, data: pd.DataFrame | Mapping[str, Result]) -> PartialPoolingResult:
        """Pool partially.

        Parameters
        ----------
        data : pandas.DataFrame or mapping of str to Result
            One row a unit; or results of any room by name, of which ``term`` is taken, with its draws.

        Returns
        -------
        PartialPoolingResult
            Means, spreads, and the value of each level in ``units``.

        Raises
        ------
        DataError
            If something is missing, not to be pooled, or the same everywhere.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"y": [1.0, 2.0, 5.0, 6.5, 9.0, 9.5, 2.0, 3.5], "who": list("aabbccdd")})
        >>> found = PartialPooling(groups="who", outcome="y", std_error=None).fit(frame)
        >>> bool(found.estimates.loc["sd who", "estimate"] > 2)
        True
        """
        if isinstance(data, Mapping):
            return self._fit_results(data)
        if self.term is not None:
            raise DataError(f"data is a {type(data).__name__}, must be a mapping of results where term= is given")
        units = read_units(
            data,
            outcome=self.outcome,
            std_error=self.std_error,
            groups=self._groups,
            slopes=self._slopes,
            formula=self.formula,
        )
        one_measure(data, self.measure)
        refuse_mixed(data, self.definition)
        products = cross_products(units.y, units.design, units.terms, units.weights)
        known = self.std_error is not None
        if known:
            products.rest[-1, -1] += _ALIKE
        found = None if self.method == "sampler" else _search(products, known=known)
        if found is not None and (self.method == "reml" or (found.converged and not found.edge)):
            made = likeliest(units, products, found, known=known, level=self.level)
            checks: tuple[Check, ...] = (_check_maximum(found),)
        else:
            made, mixed = self._sampled(units, products, known=known)
            checks = (*_check_why(found), mixed)
        behind = [smallest_of(np.bincount(term.codes)) for term in units.terms] if not known else []
        return PartialPoolingResult(
            method=say("Partial pooling of {rows:,} rows: {engine}", rows=len(data), engine=_NAMES[made.engine]),
            estimates=_in_units(made.estimates, self.scale, self.unit),
            n=len(data),
            level=self.level,
            interval="normal" if made.engine == "reml" else "percentile",
            scale=self.scale,
            scope=self.scope,
            checks=(*checks, _check_levels(units, made.engine)),
            assumptions=_ASSUMPTIONS if made.engine == "reml" else (*_ASSUMPTIONS, _PRIORS),
            references=references(PartialPooling),
            inputs=record(
                data[list(units.used)],
                seed=None if made.engine == "reml" else recorded_seed(self.seed),
                packages=("numpy", "scipy"),
            ),
            draws=made.draws,
            smallest_group=min(behind) if behind else None,
            units=made.units,
            engine=made.engine,
            groups=len(units.groups),
            log_likelihood=made.log_likelihood,
            unit_draws=made.unit_draws,
        )

    def _sampled(self, units: Units, products: Products, *, known: bool) -> tuple[Made, Check]:
        """Draw everything, and ask whether the chains mixed."""
        total = sum(term.levels * term.width for term in units.terms) * self.draws
        if total > _MOST_DRAWN:
            raise DataError(
                f"{total // self.draws:,} levels and slopes by {self.draws:,} draws do not fit, must be at most "
                f"{_MOST_DRAWN:,} numbers: ask for fewer draws=, or use method='reml'"
            )
        usual = max(float(np.std(units.y)), 1.0) if known else 1.0
        scale = usual if self.prior_scale is None else self.prior_scale / units.size
        scales = [np.full(units.terms[i].width, scale) for i in products.order]
        random, further = streams(self.seed, 2)
        made = sample_mixed(products, scales, random, known=known, draws=self.draws // CHAINS, thin=_thin(products))
        walked = {f"number {i + 1}": made.walked[..., i] for i in range(made.walked.shape[-1])}
        return drawn(units, products, made, further, known=known, level=self.level), check_mixing(walked)

    def _fit_results(self, data: Mapping[str, Result]) -> PartialPoolingResult:
        """Pool results with the shape of their draws."""
        if self.term is None:
            raise SpecificationError("term is None, must be the estimate that is taken out of each result")
        if self._groups or self.formula is not None:
            raise SpecificationError(
                f"groups of {len(self._groups)} columns and formula == {self.formula!r} are given with results, "
                "of which nothing but estimates is known: take them out by result_table, and add columns"
            )
        table, draws, without = read_results(data, self.term, log=self.log)
        if len(table) < FEWEST_LEVELS:
            raise DataError(f"{len(table)} results, must be at least {FEWEST_LEVELS} to see how true values differ")
        y = table["estimate"].to_numpy(dtype=float)
        size = float(np.median(table["std_error"]))
        scale = max(float(np.std(y)), size) if self.prior_scale is None else self.prior_scale
        random, further = streams(self.seed, 2)
        found = sample_over_units(
            [(one - y.mean()) / size for one in draws],
            scale / size,
            random,
            kept=self.draws // CHAINS,
            thin=6,
        )
        mean = y.mean() + size * found.walked.reshape(-1, 2)[:, 0]
        spread = size * np.exp(found.walked.reshape(-1, 2)[:, 1])
        values = y.mean() + size * found.units
        made = over_units([str(one) for one in table.index], (mean, spread, values), further, self.level)
        scale_of: Scale = "log" if self.log else next(iter(data.values())).scale
        walked = {"mean": found.walked[..., 0], "spread": found.walked[..., 1]}
        return PartialPoolingResult(
            method=say("Partial pooling of {results} results with their draws", results=len(table)),
            estimates=_in_units(made.estimates, scale_of, self.unit or common_unit(data, self.term)),
            n=len(table),
            level=self.level,
            interval="percentile",
            scale=scale_of,
            scope=_common_scope(data, self.scope),
            checks=(
                check_mixing(walked),
                _check_count(len(table), UNIT, "sampler"),
                _check_shape(without, len(table)),
            ),
            assumptions=(*_ASSUMPTIONS, _PRIORS),
            references=references(PartialPooling),
            inputs=record(table, seed=recorded_seed(self.seed), packages=("numpy", "scipy")),
            draws=made.draws,
            units=made.units,
            engine="sampler",
            groups=1,
            log_likelihood=float("nan"),
            unit_draws=made.unit_draws,
        )


_NAMES = {"reml": say("restricted maximum likelihood"), "sampler": say("draws by a sampler")}


def _read_slopes(
    slopes: Mapping[str, Sequence[str]] | None, groups: tuple[str, ...], formula: str | None
) -> dict[str, tuple[str, ...]]:
    """Return the columns whose slopes vary, and refuse those that have no mean in the formula."""
    fixed = () if formula is None else formula_names(formula)
    read = {
        str(group): column_names(f"slopes[{group!r}]", some, least=1)
        for group, some in ({} if slopes is None else is_mapping("slopes", slopes)).items()
    }
    for group, some in read.items():
        one_of("slopes", group, groups)
        for one in some:
            if one not in fixed:
                raise SpecificationError(
                    f"slopes of {one!r} vary about a mean that is not in the model: add the column to formula="
                )
    return read


def _search(products: Products, *, known: bool) -> Maximum:
    """Search for the greatest restricted likelihood, and refuse outcomes of which nothing is left."""
    try:
        found = maximise(products, known=known)
        left = float(factor(products, [one[None] for one in found.triangles]).left[0])
    except np.linalg.LinAlgError:
        found, left = None, 0.0
    if found is None or (not known and left <= _EXACT * products.rows):
        raise DataError(f"{products.rows:,} outcomes lie on the model without any distance: leave terms out")
    return found


def _thin(products: Products) -> int:
    """Return how many steps of the walk there are to a draw: more where more numbers are walked through."""
    return 4 * sum(width * (width + 1) // 2 for width in products.widths)


def _in_units(estimates: pd.DataFrame, scale: Scale, unit: str) -> pd.DataFrame:
    """Say what the mean and a further level are measured in; spreads and slopes have units of their own."""
    word = unit_on(scale, unit)
    return estimates.assign(unit=[word if term in {"constant", "prediction"} else "" for term in estimates.index])


def _common_scope(data: Mapping[str, Result], given: Scope) -> Scope:
    """Return the scope that was given, else definition and measure that results have in common."""
    if given != Scope():
        return given
    scopes = [found.scope for found in data.values()]
    common = {
        name: getattr(scopes[0], name)
        for name in ("definition", "reference_period", "measure")
        if len({getattr(one, name) for one in scopes}) == 1
    }
    return Scope(**common)


def _check_maximum(found: Maximum) -> Check:
    """Say whether the likelihood has its maximum where the search ended."""
    if not found.converged:
        said = say("The search for spreads did not end at a maximum: there is no estimate. Use method='sampler'.")
        return Check("convergence", "fail", said, voids=True)
    if found.edge:
        said = say(
            "The likelihood is greatest where a spread between levels is 0 or a correlation is one: errors are too "
            "small. Use method='sampler'."
        )
        return Check("convergence", "review", said)
    return Check("convergence", "pass", say("The search for spreads ended at a maximum."))


def _check_why(found: Maximum | None) -> tuple[Check, ...]:
    """Say why draws stand in for the likelihood."""
    if found is None:
        return ()
    if found.edge:
        said = say(
            "The likelihood is greatest where a spread between levels is 0 or a correlation is one: draws under "
            "half-Cauchy priors stand in its place, and depend on these."
        )
    else:
        said = say(
            "The search for spreads did not end at a maximum: draws under half-Cauchy priors stand in its place, and "
            "depend on these."
        )
    return (Check("likelihood", "review", said),)


def _check_levels(units: Units, engine: str) -> Check:
    """Say whether there are enough levels to see how they differ."""
    least = min(range(len(units.terms)), key=lambda i: units.terms[i].levels)
    return _check_count(units.terms[least].levels, units.groups[least], engine)


def _check_count(levels: int, group: str, engine: str) -> Check:
    """Say whether so many levels tell how they differ."""
    numbers = {"levels": levels}
    if levels >= ENOUGH_LEVELS:
        said = say("{levels} levels of {group} are enough to see how they differ.", levels=levels, group=group)
        return Check("levels", "pass", said, numbers)
    if engine == "reml":
        said = say(
            "{levels} levels of {group} say little about how much they differ, and limits take that as known: use "
            "method='sampler'.",
            levels=levels,
            group=group,
        )
    else:
        said = say(
            "{levels} levels of {group} say little about how much they differ: limits depend on the prior of the "
            "spread.",
            levels=levels,
            group=group,
        )
    return Check("levels", "review", said, numbers)


def _check_shape(without: int, many: int) -> Check:
    """Say whether the shape of every result's uncertainty is known."""
    numbers = {"without": without}
    if without:
        said = say(
            "{without} of {results} results have no draws: a normal distribution stands in for what is not known of "
            "them.",
            without=without,
            results=many,
        )
        return Check("draws", "review", said, numbers)
    return Check("draws", "pass", say("All {results} results bring their draws.", results=many), numbers)
