"""A log-linear model of lists whose counts were shared with noise that protects people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check, Status
from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import key
from ctresearch.core.meaning import model as model_figure
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.result import Result, estimates_table, table_field, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.prevalence.imperfect.noised_cells import Noise, NoisedFit, fit_noised, moments
from ctresearch.prevalence.imperfect.noised_table import NoisedTable, read_noised
from ctresearch.prevalence.lists.cells import canonical_order
from ctresearch.prevalence.lists.declared import LISTS, MODEL, POPULATION
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.model_terms import complete, given_model, interactions, read_model, write_model
from ctresearch.prevalence.loglinear.poisson import ESTIMATED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.privacy.noise.noised_table import Noised

_UNLIKELY = 0.01
# More than half of the variance from noise is worth a look; beyond nine tenths the answer is the noise's.
_HALF, _DROWNED = 0.5, 0.9
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    (
        "People were matched across lists without error before the noise was added, and everybody on a list belongs to "
        "the population."
    ),
    "The interactions of the model describe how lists depend on one another, for people on no list too.",
    "There is no interaction of all lists at once; no table can test that.",
    "The noise has the distribution and the spread that were declared, drawn for each count by itself.",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NoisedResult(Result):
    """Population size from noised counts.

    Parameters
    ----------
    model : str
        The model by its generators.
    cells : pandas.DataFrame
        One row a pattern: the ``noised`` count, the count ``expected`` given it and the model, with ``std_error``, and
        ``fitted``, the mean of the model.
    coefficients : pandas.DataFrame
        On the log scale: ``term``, ``estimate`` and ``std_error``.
    noise_sd : float
        Standard deviation of the noise of a count.
    as_it_is : float
        The population by the same model from the noised counts as if they were true, those below zero as zero; NaN
        where that has none.
    log_likelihood : float
        Of the noised counts.
    lists : tuple of str
        Names of the lists.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population``, ``unobserved`` and ``seen``,
        people on at least one list, whose number is noised too.

    Examples
    --------
    >>> from ctresearch.prevalence import NoisedLogLinear
    >>> frame = pd.DataFrame({"police": [1, 0, 1], "ngo": [0, 1, 1], "count": [603, 398, 205]})
    >>> NoisedLogLinear(epsilon=1.0).fit(frame).model
    '[1,2]'
    """

    model: str = value_field(MODEL)
    cells: pd.DataFrame = table_field(
        {
            "*": key(),
            "noised": model_figure("Noised count", "persons"),
            "expected": model_figure("People expected given the noised count", "persons"),
            "std_error": model_figure("Standard error", "persons"),
            "fitted": model_figure("People expected by the model", "persons"),
        }
    )
    coefficients: pd.DataFrame = table_field(
        {"term": key("Term"), "estimate": model_figure("Coefficient"), "std_error": model_figure("Standard error")}
    )
    noise_sd: float = value_field(model_figure("Standard deviation of the noise", "persons"))
    as_it_is: float = value_field(model_figure("Population from the noised counts as they are", "persons"))
    log_likelihood: float = value_field(model_figure("Log-likelihood"))
    lists: tuple[str, ...] = value_field(LISTS)
    terms: ClassVar[Mapping[str, Meaning]] = {
        **POPULATION,
        "seen": model_figure("Estimated number on a list", "persons"),
    }


class NoisedLogLinear(Options):
    """Estimate a population from overlaps of lists that were shared with noise.

    Offices that may not share who is on their lists can share how many people have each pattern of lists, with noise of
    a known spread, as :func:`ctresearch.privacy.private_counts` adds it. Taken as true, noised counts give an interval
    that is too narrow, and small overlaps a wrong estimate. Here the likelihood of each noised count is summed over all
    true counts it may stand for [1]_.

    Parameters
    ----------
    model : str or list of str, optional
        The model, as :class:`LogLinear` takes it; all pairs of lists by default, and none where there are two lists.
    lists : sequence of str, optional
        Columns of 0 and 1; by default all but the counts.
    count : str
        The column of noised counts.
    epsilon : float, optional
        Privacy loss of discrete Laplace noise where a person is in one count; or ``noise_sd``. Neither where the result
        of ``private_counts`` itself is given, which knows.
    noise_sd : float, optional
        Standard deviation of the noise of a count.
    mechanism : {"laplace", "gaussian"}
        Discrete Laplace or discrete Gaussian noise.
    draws : int
        Draws behind the interval.
    level : float
        Coverage of the interval, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the random stream starts.

    Raises
    ------
    SpecificationError
        If an option is not allowed, or options do not go together.

    Notes
    -----
    Draws take coefficients from their normal distribution, true counts given the noised ones and people on no list from
    theirs. All patterns must be there, those of nobody too: a table from which small counts were left out tells more
    than its noise allows, and its noise is no longer known.

    References
    ----------
    .. [1] Rinott, Y., O'Keefe, C. M., Shlomo, N. and Skinner, C. (2018). Confidentiality and differential privacy in
       the dissemination of frequency tables. Statistical Science 33, 358-385. https://doi.org/10.1214/17-STS641
    .. [2] Canonne, C. L., Kamath, G. and Steinke, T. (2022). The discrete Gaussian for differential privacy. Journal of
       Privacy and Confidentiality, 12(1). https://doi.org/10.29012/jpc.784

    Examples
    --------
    >>> from ctresearch.privacy import private_counts
    >>> rows = pd.MultiIndex.from_tuples([(1, 0), (0, 1), (1, 1)], names=["police", "ngo"])
    >>> shared = private_counts(pd.Series([240, 320, 80], index=rows), epsilon=0.2, seed=1)  # a seed protects nobody
    >>> row = NoisedLogLinear(seed=1).fit(shared).estimates.loc["population"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people; the true counts say 1600")
    1323 to 1900 people; the true counts say 1600
    """

    def __init__(
        self,
        model: str | Sequence[str] | None = None,
        *,
        lists: Sequence[str] | None = None,
        count: str = "count",
        epsilon: float | None = None,
        noise_sd: float | None = None,
        mechanism: Literal["laplace", "gaussian"] = "laplace",
        draws: int = 2000,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.model = None if model is None else given_model("fixed", model)
        self.lists = None if lists is None else tuple(lists)
        self.count = count
        self.epsilon = None if epsilon is None else in_range("epsilon", epsilon, 1e-6, 100)
        self.noise_sd = None if noise_sd is None else in_range("noise_sd", noise_sd, 1e-6, 1e5)
        self.mechanism = one_of("mechanism", mechanism, ("laplace", "gaussian"))
        if epsilon is not None and (noise_sd is not None or mechanism == "gaussian"):
            raise SpecificationError(
                f"epsilon == {epsilon:g} stands for Laplace noise, but noise_sd == {noise_sd} and mechanism == "
                f"{mechanism!r}: leave epsilon out, or both of them"
            )
        self.draws = whole_number("draws", draws, low=200, high=4000)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, counts: pd.DataFrame | Noised) -> NoisedResult:
        """Estimate the population from noised counts.

        Parameters
        ----------
        counts : pandas.DataFrame or Noised
            One row a pattern, with columns of 0 and 1 and noised counts; or what ``private_counts`` gave, of a column
            whose index holds the lists.

        Returns
        -------
        NoisedResult
            Terms ``population``, ``unobserved`` and ``seen``, in persons.

        Raises
        ------
        DataError
            If a pattern is missing or repeated, or counts are not whole numbers.
        FitError
            If the estimate does not exist.
        SpecificationError
            If the noise is not known.

        Examples
        --------
        >>> frame = pd.DataFrame({"police": [1, 0, 1], "ngo": [0, 1, 1], "count": [603, 398, 205]})
        >>> NoisedLogLinear(epsilon=1.0).fit(frame).estimates["estimate"].round().astype(int).tolist()
        [2377, 1171, 1206]
        """
        table = read_noised(counts, self.lists, self.count, self._declared())
        lists = len(table.lists)
        terms = self._terms(table.lists)
        patterns = np.arange(1, 1 << lists)
        if terms.size > patterns.size:
            raise SpecificationError(
                f"the model has {terms.size} terms, more than the {patterns.size} patterns of the table"
            )
        design = ((patterns[:, None] & terms) == terms).astype(float)
        noised = table.counts[1:]
        weight = np.maximum(noised, 0.0) + 0.5
        start = np.linalg.lstsq(design * np.sqrt(weight)[:, None], np.sqrt(weight) * np.log(weight), rcond=None)[0]
        fitted = fit_noised(design, noised, table.noise, start)
        drawn = self._draw(design, noised, table.noise, fitted)
        spread = _std_error(design, fitted)
        return self._result(table, terms, fitted, design=design, drawn=drawn, spread=spread)

    def _result(
        self, table: NoisedTable, terms: Array, fitted: NoisedFit, *, design: Array, drawn: pd.DataFrame, spread: Array
    ) -> NoisedResult:
        """Put the parts together."""
        unobserved, seen = float(np.exp(fitted.beta[0])), float(fitted.expected.sum())
        points = {"population": seen + unobserved, "unobserved": unobserved, "seen": seen}
        tail = (1 - self.level) / 2
        ends = drawn.quantile([tail, 1 - tail], axis=1)
        rows = {
            term: (points[term], float(error), float(ends[term].iloc[0]), float(ends[term].iloc[1]))
            for term, error in zip(points, spread, strict=True)
        }
        written = write_model(terms, table.lists)
        return NoisedResult(
            method=say("Log-linear model {model} of noised counts", model=written),
            estimates=estimates_table(rows, unit="persons"),
            n=max(round(seen), 1),
            level=self.level,
            interval="percentile",
            scope=Scope(),
            checks=self._checks(table, design, fitted, spread),
            assumptions=ASSUMPTIONS,
            references=references(NoisedLogLinear),
            inputs=record(table.frame, seed=recorded_seed(self.seed), packages=("numpy", "scipy", "numba")),
            smallest_group=_fewest(table, terms, seen),
            draws=drawn,
            model=written,
            cells=_cell_table(table, fitted),
            coefficients=_coefficient_table(terms, table.lists, fitted),
            noise_sd=float(np.sqrt(table.noise.variance)),
            as_it_is=_as_it_is(table.counts, terms),
            log_likelihood=fitted.loglik,
            lists=table.lists,
        )

    def _declared(self) -> Noise | None:
        """Return the noise that the options declare."""
        if self.epsilon is not None:
            return Noise(gaussian=False, scale=1.0 / self.epsilon)
        if self.noise_sd is not None:
            return Noise.of_spread(self.noise_sd, gaussian=self.mechanism == "gaussian")
        return None

    def _terms(self, lists: tuple[str, ...]) -> Array:
        """Return the terms of the model."""
        if self.model is not None:
            return read_model(self.model, lists)
        return complete(interactions(len(lists), 2).tolist() if len(lists) > 2 else [], len(lists))

    def _draw(self, design: Array, noised: Array, noise: Noise, fitted: NoisedFit) -> pd.DataFrame:
        """Draw coefficients, true counts and people on no list."""
        random = generator(self.seed)
        factor = np.linalg.cholesky(np.linalg.inv(fitted.information))
        beta = fitted.beta + random.standard_normal((self.draws, fitted.beta.size)) @ factor.T
        means = np.exp(np.clip(beta @ design.T, -50.0, 16.0))
        _, expected, variance = moments(noised, means, noise)
        whole = expected.sum(axis=1) + np.sqrt(variance.sum(axis=1)) * random.standard_normal(self.draws)
        missing = random.poisson(np.exp(np.minimum(beta[:, 0], 25.0))).astype(float)
        index = pd.Index(["population", "unobserved", "seen"], name="term")
        return pd.DataFrame([whole + missing, missing, whole], index=index)

    def _checks(self, table: NoisedTable, design: Array, fitted: NoisedFit, spread: Array) -> tuple[Check, ...]:
        """Ask how much of the doubt comes from the noise, and whether the model fits."""
        whole = design.T @ (fitted.means[:, None] * design)
        unobserved = float(np.exp(fitted.beta[0]))
        without = unobserved + unobserved**2 * float(np.linalg.inv(whole)[0, 0])
        share = max(1.0 - without / float(spread[0]) ** 2, 0.0)
        said = say("The noise makes up {share:.0%} of the variance of the estimate.", share=share)
        status: Status = "fail" if share > _DROWNED else "review" if share > _HALF else "pass"
        return (Check("noise", status, said, {"share": share}), _check_fit(table, design, fitted))


def _std_error(design: Array, fitted: NoisedFit) -> Array:
    """Return the standard errors of the population, of those on no list and of those on one."""
    unobserved = float(np.exp(fitted.beta[0]))
    covariance = np.linalg.inv(fitted.information)
    seen = design.T @ fitted.variance
    none = np.zeros(fitted.beta.size)
    none[0] = unobserved
    own = (float(fitted.variance.sum()) + unobserved, unobserved, float(fitted.variance.sum()))
    slopes = (seen + none, none, seen)
    return np.sqrt([count + float(slope @ covariance @ slope) for count, slope in zip(own, slopes, strict=True)])


def _fewest(table: NoisedTable, terms: Array, seen: float) -> int:
    """Return the fewest people behind a number: all of them where noise from the operating system protects each.

    What is worked out from counts with such noise tells no more of anybody than these do. Where the noise came from a
    seed, or its origin is not known, the cells count as they are.
    """
    if table.private:
        return max(round(seen), 1)
    return max(fewest_people(np.maximum(table.counts, 0.0), terms.tolist()), 1)


def _as_it_is(counts: Array, terms: Array) -> float:
    """Return the population by the same model from the counts as if they were true."""
    plain = np.maximum(counts, 0.0)
    found = fit_model(plain, terms)
    return float(plain.sum() + found.unobserved) if found.verdict == ESTIMATED else float("nan")


def _cell_table(table: NoisedTable, fitted: NoisedFit) -> pd.DataFrame:
    """Table noised, expected and fitted counts in canonical order."""
    patterns = np.arange(1, table.counts.size)
    patterns = patterns[canonical_order(patterns, len(table.lists))]
    columns: dict[str, Any] = {name: patterns >> i & 1 for i, name in enumerate(table.lists)}
    columns |= {
        "noised": table.counts[patterns],
        "expected": fitted.expected[patterns - 1],
        "std_error": np.sqrt(fitted.variance[patterns - 1]),
        "fitted": fitted.means[patterns - 1],
    }
    return pd.DataFrame(columns)


def _coefficient_table(terms: Array, lists: tuple[str, ...], fitted: NoisedFit) -> pd.DataFrame:
    """Table the coefficients by term."""
    names = ["intercept" if t == 0 else ":".join(n for i, n in enumerate(lists) if t >> i & 1) for t in terms.tolist()]
    error = np.sqrt(np.diag(np.linalg.inv(fitted.information)))
    return pd.DataFrame({"term": names, "estimate": fitted.beta, "std_error": error})


def _check_fit(table: NoisedTable, design: Array, fitted: NoisedFit) -> Check:
    """Judge the fit by the distance of noised counts from the model, in which both kinds of chance play."""
    from scipy.special import chdtrc

    free = design.shape[0] - design.shape[1]
    if free == 0:
        words = say("The model has as many terms as there are patterns, so that nothing is left to judge it by.")
        return Check("fit", "review", words)
    squares = (table.counts[1:] - fitted.means) ** 2 / (fitted.means + table.noise.variance)
    statistic = float(squares.sum())
    chance = float(chdtrc(free, statistic))
    said = say(
        "The model fits the noised counts with Pearson's statistic {statistic:.1f} on {free} degrees of freedom.",
        statistic=statistic,
        free=free,
    )
    return Check("fit", "review" if chance < _UNLIKELY else "pass", said, {"statistic": statistic, "p_value": chance})
