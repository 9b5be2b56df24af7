"""Strata or years that share how their lists depend on one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cells import row_words
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, FitError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import ALL
from ctresearch.core.inputs import record
from ctresearch.core.meaning import key
from ctresearch.core.meaning import model as model_figure
from ctresearch.core.message import say
from ctresearch.core.names import unknown_names
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.result import COLUMNS, MAX_DRAWS, Result, table_field, value_field
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.prevalence.diagnostics.verdict import FEW_REPEATS
from ctresearch.prevalence.lists.cells import set_size
from ctresearch.prevalence.lists.declared import BY_STRATUM, COEFFICIENTS, MODEL, STRATUM
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.loglinear.coefficients import odds_ratios, term_table
from ctresearch.prevalence.loglinear.model_terms import numbered, read_model, split_model, write_model, write_term
from ctresearch.prevalence.strata.pooled_fit import (
    PooledDesign,
    PooledFit,
    draw_unobserved,
    fit_pooled,
    pooled_design,
    sums_of_coefficients,
)
from ctresearch.prevalence.strata.stratified import plot_strata, read_strata_tables, whole_scope
from ctresearch.prevalence.trust.strata_diagnosis import diagnose_strata
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.lists.histories import CaptureHistories

Pooling = Literal["partial", "complete"]
# Weight of the last value of the grid over its even share: twice as much says that the likelihood goes on beyond the
# grid.
_PILED = 2.0
ASSUMPTIONS = (
    "The population of each stratum is closed: nobody enters or leaves it in its reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "There is no interaction beyond those of the model, and none of all lists at once; no table can test that.",
)
_SHARED = {
    "complete": "Lists depend on one another in the same way in every stratum.",
    "partial": "Interactions of the strata scatter normally around a common value, all with one standard deviation.",
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PooledResult(Result):
    """Population by stratum, from a log-linear model of all strata at once.

    Parameters
    ----------
    model : str
        The model by its generators.
    strata : tuple of str
        Names of the strata.
    interactions : pandas.DataFrame
        Indexed by ``interaction``: ``mean``, the common value on the log scale, minus infinity where lists share nobody
        in any stratum, and its ``std_error``.
    tau : float
        Standard deviation of interactions between strata, averaged over what the tables allow; 0 for complete pooling.
    coefficients : pandas.DataFrame, optional
        Of every ``stratum``, indexed by ``term`` with the ``intercept`` first, as in :class:`LogLinearResult`. An
        interaction is the common value and what the stratum departs from it by.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. The term ``population`` has one row a ``stratum``; the
        term ``total``, with stratum ``all``, is there unless strata overlap.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, PooledStrata
    >>> table = CaptureHistories.from_published("hav-taiwan")
    >>> result = PooledStrata("[12,3]", pooling="complete").fit({"one": table, "two": table})
    >>> result.interactions["mean"].round(3).to_dict()
    {'12': 0.485}
    """

    model: str = value_field(MODEL)
    strata: tuple[str, ...] = value_field(key("Strata"))
    interactions: pd.DataFrame = table_field(
        {
            "interaction": key("Interaction"),
            "mean": model_figure("Common value", "log odds", reader="ratio"),
            "std_error": model_figure("Standard error", "log odds"),
        }
    )
    tau: float = value_field(model_figure("Standard deviation of interactions between strata", "log odds"))
    coefficients: pd.DataFrame | None = table_field({**COEFFICIENTS, "stratum": STRATUM}, optional=True)
    terms: ClassVar[Mapping[str, Meaning]] = BY_STRATUM
    keys: ClassVar[Mapping[str, Meaning]] = {"stratum": STRATUM}

    @property
    def odds_ratios(self) -> pd.DataFrame:
        """How being on some lists multiplies the odds of being on others, by stratum.

        Indexed by ``term``: ``lists``, ``stratum``, ``odds_ratio``, ``ci_low`` and ``ci_high``.
        """
        return odds_ratios(self.coefficients, self.method)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the strata with their limits, and the total.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The picture, on a logarithmic axis.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories, PooledStrata
        >>> table = CaptureHistories.from_published("hav-taiwan")
        >>> PooledStrata("[12,3]", pooling="complete").fit({"one": table, "two": table}).plot().get_xlabel()
        'persons'
        """
        return plot_strata(self, ax)


class PooledStrata(Options):
    """Estimate strata together, so that small ones borrow from the others how their lists depend on one another.

    Each stratum has a size and list coverages of its own. Interactions are common to all, or scatter around common
    values as far as the tables say; the standard deviation of the scatter is averaged over, with a uniform prior up to
    2. Lists that some strata do not have count there as absent, not as empty.

    Parameters
    ----------
    model : str or list of str
        The interactions, as in :class:`LogLinear`.
    pooling : {"partial", "complete"}
        Whether interactions may differ between strata.
    absent : mapping of str to sequence of str, optional
        By stratum, the lists that did not exist there or could not have seen its people.
    overlapping : bool
        Whether a person may be in several strata, as with years: numbers then do not add up, and no total is given.
    draws : int
        Draws for the limits, at most 4,000.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the random stream starts.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    Notes
    -----
    Limits come from a normal approximation of the coefficients and Poisson numbers on no list. It is rough where an
    overlap holds a handful of people over all strata. Two or three strata hardly say how much they differ, and the
    prior decides. Strata in which lists depend on one another in ways the others do not know are pulled towards the
    others: that is what pooling means, and a check says how much they differ.

    References
    ----------
    .. [1] Sutherland, J. M., Schwarz, C. J. and Rivest, L.-P. (2007). Multilist population estimation with incomplete
       and partial stratification. Biometrics 63, 910-916. https://doi.org/10.1111/j.1541-0420.2007.00767.x
    .. [2] Rue, H., Martino, S. and Chopin, N. (2009). Approximate Bayesian inference for latent Gaussian models by
       using integrated nested Laplace approximations. Journal of the Royal Statistical Society B 71, 319-392.
       https://doi.org/10.1111/j.1467-9868.2008.00700.x

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> table = CaptureHistories.from_published("hav-taiwan")
    >>> result = PooledStrata("[12,3]", pooling="complete").fit({"one": table, "two": table})
    >>> result.estimates.set_index("stratum")["estimate"].round().to_dict()
    {'one': 416.0, 'two': 416.0, 'all': 832.0}
    """

    def __init__(
        self,
        model: str | Sequence[str],
        *,
        pooling: Pooling = "partial",
        absent: Mapping[str, Sequence[str]] | None = None,
        overlapping: bool = False,
        draws: int = MAX_DRAWS,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        split_model(model)
        self.model = model if isinstance(model, str) else tuple(model)
        self.pooling: Pooling = one_of("pooling", pooling, ("partial", "complete"))
        self.absent = {} if absent is None else {str(name): tuple(lists) for name, lists in absent.items()}
        self.overlapping = one_of("overlapping", overlapping, (True, False))
        self.draws = whole_number("draws", draws, low=500, high=MAX_DRAWS)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, strata: Mapping[str, CaptureHistories]) -> PooledResult:
        """Estimate all strata.

        Parameters
        ----------
        strata : mapping of str to CaptureHistories
            Tables of the same lists by stratum, such as from :meth:`CaptureHistories.by`.

        Returns
        -------
        PooledResult
            Terms ``population`` by ``stratum`` and, unless strata overlap, ``total``.

        Raises
        ------
        DataError
            If these are not tables of the same lists, or people are on a list that is absent.
        SpecificationError
            If the model or the absent lists do not go with the tables.
        FitError
            If the estimate does not exist or is not identified.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> table = CaptureHistories.from_published("hav-taiwan")
        >>> PooledStrata("[12,3]", draws=500).fit({"one": table, "two": table}).estimates.index.tolist()
        ['population', 'population', 'total']
        """
        tables = _require_strata(strata)
        lists = next(iter(tables.values())).lists
        terms = read_model(self.model, lists)
        missing = _absent_patterns(self.absent, tables)
        counts = [table.cell_counts() for table in tables.values()]
        design = pooled_design(counts, missing, terms, deviations=self.pooling == "partial")
        fitted = _require_fit(fit_pooled(design), write_model(terms, numbered(lists)))
        people = np.array([table.n_observed for table in tables.values()], dtype=float)
        drawn = people[:, None] + draw_unobserved(fitted, design.intercepts, self.draws, generator(self.seed))
        estimates, draws = self._tabulate(people + np.exp(fitted.mean()[design.intercepts]), drawn, list(tables))
        tau = float(fitted.weights @ fitted.taus)
        return PooledResult(
            method=say(
                "Log-linear model {model} of {strata} strata, complete pooling"
                if self.pooling == "complete"
                else "Log-linear model {model} of {strata} strata, partial pooling",
                model=write_model(terms, lists),
                strata=len(tables),
            ),
            estimates=estimates,
            n=int(people.sum()),
            level=self.level,
            interval="percentile",
            scope=whole_scope(list(tables.values())),
            checks=(
                _check_sizes(tables),
                _check_scatter(fitted, self.pooling, len(design.terms)),
                *diagnose_strata(tables, allows=["pairs"]),
                *checks_of(*tables.values()),
            ),
            assumptions=(*ASSUMPTIONS, _SHARED[self.pooling]),
            references=references(PooledStrata),
            inputs=record(
                pd.concat([table.counts.assign(stratum=name) for name, table in tables.items()]),
                seed=recorded_seed(self.seed),
                packages=("numpy", "scipy"),
            ),
            smallest_group=_fewest(tables, terms),
            draws=draws,
            model=write_model(terms, lists),
            strata=tuple(tables),
            interactions=_interactions(design, fitted, lists),
            tau=tau,
            coefficients=_coefficients(design, fitted, tables, missing, self.level),
        )

    def _tabulate(self, estimate: Array, drawn: Array, names: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Table estimates with their limits, and the draws; with a total unless strata overlap."""
        terms = ["population"] * len(names)
        if not self.overlapping:
            estimate, drawn = np.append(estimate, estimate.sum()), np.vstack([drawn, drawn.sum(axis=0)])
            terms, names = [*terms, "total"], [*names, ALL]
        low, high = np.quantile(drawn, [(1 - self.level) / 2, (1 + self.level) / 2], axis=1)
        columns = dict(zip(COLUMNS, (estimate, drawn.std(axis=1, ddof=1), low, high, "persons"), strict=True))
        frame = pd.DataFrame(columns | {"stratum": names}, index=pd.Index(terms, name="term", dtype="str"))
        index = pd.MultiIndex.from_arrays([terms, names], names=["term", "stratum"])
        return frame, pd.DataFrame(drawn, index=index)


def _require_strata(strata: Any) -> dict[str, CaptureHistories]:
    """Return the tables by name if they are of the same lists and each holds somebody."""
    if not hasattr(strata, "items") or len(strata) < 2:
        raise DataError(f"a {type(strata).__name__} was given, must be two tables or more by name, as from .by(column)")
    tables = read_strata_tables(strata)
    first = next(iter(tables.values())).lists
    for place, table in enumerate(tables.values(), start=1):
        if table.lists != first:
            raise DataError(
                f"stratum {place} of {len(tables)} has other lists than the first: use the same lists, and name "
                "those that a stratum does not have in absent"
            )
        if table.n_observed == 0:
            raise DataError(f"stratum {place} of {len(tables)} holds nobody: merge it with another")
    return tables


def _absent_patterns(absent: Mapping[str, Sequence[str]], tables: Mapping[str, CaptureHistories]) -> list[int]:
    """Return the pattern of the lists that each stratum does not have, and check those it has."""
    unknown = unknown_names(absent, tables)
    if unknown:
        raise SpecificationError(
            f"absent names {len(absent)} strata, of which number {row_words(unknown)} is none of the "
            f"{len(tables)} strata given"
        )
    patterns = []
    for place, (name, table) in enumerate(tables.items(), start=1):
        gone, sizes = absent.get(name, ()), np.diag(table.overlaps().to_numpy())
        for one in gone:
            if one not in table.lists:
                raise SpecificationError(f"absent names {one!r}, which is none of the {len(table.lists)} lists")
        for number, (one, size) in enumerate(zip(table.lists, sizes, strict=True), start=1):
            if one in gone and size:
                raise DataError(
                    f"absent says that stratum {place} does not have list {number}, but {size} people are on it"
                )
            if one not in gone and not size:
                raise DataError(
                    f"list {number} of {len(table.lists)} is empty in stratum {place}: name it in "
                    "absent={stratum: [list]} if it could not see anybody there, or merge strata"
                )
        if len(table.lists) - len(gone) < 2:
            raise DataError(
                f"stratum {place} has {len(table.lists) - len(gone)} list, must have at least 2: leave it out"
            )
        patterns.append(sum(1 << table.lists.index(one) for one in gone))
    return patterns


def _require_fit(fitted: PooledFit, model: str) -> PooledFit:
    """Return the fit if there is an estimate."""
    status = fitted.fits[0].status
    if status in ("no_mle", "not_identified"):
        raise FitError(
            f"the estimate of model {model} for these strata "
            f"{'does not exist' if status == 'no_mle' else 'is not identified'}: leave interactions out, or merge "
            "strata"
        )
    return fitted


def _interactions(design: PooledDesign, fitted: PooledFit, lists: Sequence[str]) -> pd.DataFrame:
    """Table the common interactions, with the scatter over ``tau`` in their standard errors."""
    names = pd.Index([write_term(int(term), lists) for term in design.terms], name="interaction", dtype="str")
    mean = fitted.mean()[design.common]
    within = np.array([np.diag(one.covariance)[design.common] for one in fitted.fits])
    each = np.array([np.where(np.isfinite(mean), one.beta[design.common], 0.0) for one in fitted.fits])
    between = fitted.weights @ (each - fitted.weights @ each) ** 2
    return pd.DataFrame({"mean": mean, "std_error": np.sqrt(fitted.weights @ within + between)}, index=names)


def _coefficients(
    design: PooledDesign,
    fitted: PooledFit,
    tables: Mapping[str, CaptureHistories],
    absent: Sequence[int],
    level: float,
) -> pd.DataFrame:
    """Table the coefficients of every stratum."""
    lists = next(iter(tables.values())).lists
    parts, moved = [], 0
    for name, gone, first in zip(tables, absent, design.intercepts, strict=True):
        alone = np.array([0, *(1 << i for i in range(len(lists)) if not gone >> i & 1)])
        linking = np.flatnonzero((design.terms & gone) == 0)
        columns = np.zeros((len(alone) + len(linking), design.table.design.shape[1]))
        columns[np.arange(len(alone)), first + np.arange(len(alone))] = 1.0
        columns[len(alone) + np.arange(len(linking)), design.common[linking]] = 1.0
        if len(design.own):
            columns[len(alone) + np.arange(len(linking)), design.own[moved : moved + len(linking)]] = 1.0
            moved += len(linking)
        estimate, std_error = sums_of_coefficients(fitted, columns)
        terms = np.concatenate([alone, design.terms[linking]])
        parts.append(term_table(terms, lists, estimate, std_error, level, stratum=name))
    return pd.concat(parts)


def _fewest(tables: Mapping[str, CaptureHistories], terms: Array) -> int:
    """Return the fewest people behind one number: of a stratum, or of a cell that a common interaction follows from."""
    counts = [table.cell_counts() for table in tables.values()]
    together = fewest_people(np.sum(counts, axis=0), terms)
    return smallest_of([together, *(fewest_people(one) for one in counts), *_repeats(tables).values()])


def _repeats(tables: Mapping[str, CaptureHistories]) -> dict[str, int]:
    """Count the people of each stratum who are on more than one list."""
    return {name: int(table.frequencies[set_size(table.patterns) > 1].sum()) for name, table in tables.items()}


def _check_sizes(tables: Mapping[str, CaptureHistories]) -> Check:
    """Say which strata hardly speak for themselves."""
    repeats = _repeats(tables)
    few = [name for name, number in repeats.items() if number < FEW_REPEATS]
    numbers = {"strata": len(tables), "few_repeats": len(few), "fewest": min(repeats.values())}
    if few:
        said = say(
            "Strata {names} have fewer than {enough} people on more than one list: they rest on the others.",
            names=few,
            enough=FEW_REPEATS,
        )
        return Check("strata", "review", said, numbers)
    return Check(
        "strata",
        "pass",
        say("Every stratum has at least {enough} people on more than one list.", enough=FEW_REPEATS),
        numbers,
    )


def _check_scatter(fitted: PooledFit, pooling: Pooling, interactions: int) -> Check:
    """Say how much interactions differ between strata."""
    if not interactions:
        return Check("scatter", "pass", "The model has no interactions.")
    if pooling == "complete":
        return Check("scatter", "review", "Interactions are taken to be the same in all strata: try pooling='partial'.")
    tau, edge = float(fitted.weights @ fitted.taus), float(fitted.weights[-1] * len(fitted.weights))
    numbers = {"tau": tau, "edge": edge}
    said = say(
        "Interactions differ between strata by a standard deviation of {tau:.2f}, a factor of {factor:.1f}",
        tau=tau,
        factor=np.exp(tau),
    )
    if edge > _PILED:
        return Check(
            "scatter", "fail", say("{said}, or more: the strata are too unlike to be pooled.", said=said), numbers
        )
    if tau > np.log(2):
        return Check(
            "scatter", "review", say("{said}: the strata are not alike, look at them one by one.", said=said), numbers
        )
    return Check("scatter", "pass", say("{said}.", said=said), numbers)
