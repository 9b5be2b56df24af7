"""Scale-up with how many people each respondent knows, barriers and transmission in the model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cells import shown
from ctresearch.core.cite import references
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.parallel import map_chunks
from ctresearch.core.random import Seed, recorded_seed, seed_sequence, streams
from ctresearch.core.result import MAX_DRAWS, estimates_table
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.prevalence.scale_up import scale_up_checks as checks
from ctresearch.prevalence.scale_up.bayesian_result import BayesianScaleUpResult, posterior_table, quantile_rows
from ctresearch.prevalence.scale_up.count_likelihood import Rounds
from ctresearch.prevalence.scale_up.degree_chain import DegreePrior, run_degrees, start_degrees
from ctresearch.prevalence.scale_up.overdispersed_chain import run_counts, start_counts
from ctresearch.prevalence.scale_up.relational_data import RelationalData, read_known, read_relational
from ctresearch.stats.chains.mixing import check_mixing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.prevalence.scale_up.survey_design import Floats

_METHODS = {
    "random degree": "Bayesian network scale-up, random degrees (Maltiel et al.)",
    "barrier": "Bayesian network scale-up, random degrees with barriers (Maltiel et al.)",
    "transmission": "Bayesian network scale-up, random degrees with a transmission rate (Maltiel et al.)",
    "combined": "Bayesian network scale-up, random degrees with barriers and a transmission rate (Maltiel et al.)",
    "overdispersed": "Bayesian network scale-up, overdispersed counts (Zheng, Salganik and Gelman)",
}
_UNITS = {"population": "persons", "prevalence": "share of all people", "mean_degree": "persons", "transmission": ""}
_NO_DESIGN = {"weight": None, "strata": None, "cluster": None}
_COMMON = (
    "Respondents are drawn at random from all whom the population counts; weights and clusters play no part.",
    "Respondents recall how many people they know in each group, and the sizes of the known groups are right.",
)
_MODEL = {
    "degrees": "The logarithm of how many people one knows is normal among respondents.",
    "even": "Respondents know people of each group in proportion to how many people they know, and nothing else.",
    "barrier": "How much more or less often a respondent meets people of a group is drawn anew for each group, and the "
    "hidden group is on average met as often as others.",
    "open": "Who knows somebody of the hidden group is aware of it and says so.",
    "rate": "The share of ties to hidden people that respondents are aware of is as its prior says: the answers cannot "
    "tell it.",
    "negative binomial": "Numbers of people known are negative binomial, and the known groups together are known as "
    "often as their sizes say.",
}
_ASSUMED = {
    "random degree": ("degrees", "even", "open"),
    "barrier": ("degrees", "barrier", "open"),
    "transmission": ("degrees", "even", "rate"),
    "combined": ("degrees", "barrier", "rate"),
    "overdispersed": ("negative binomial", "open"),
}


class BayesianScaleUp(Options):
    """Estimate a hidden population by a model of whom people know, sampled by Markov chains.

    Killworth's estimate takes for granted that everybody meets people of each group in proportion to how many people
    one knows. These models let it vary: degrees are random, and by *barriers* respondents meet each group more or less
    often than that [1]_; or counts are overdispersed, each group by as much as the answers say [2]_. By *transmission*
    a share of the ties to hidden people is not known to the respondent, as the prior says.

    Parameters
    ----------
    model : {"barrier", "random degree", "transmission", "combined", "overdispersed"}
        Which; ``"combined"`` has barriers and transmission.
    hidden : str
        Column: how many people of the hidden group each respondent knows.
    known : mapping of str to float
        Column to size of the group, for the groups of known size.
    population : float
        Number of people whom respondents could know.
    transmission : tuple of float, optional
        Mean and standard deviation of the beta prior of the transmission rate; needed where the model has one, and
        refused where it has none. Ask for it in a study among hidden people: the answers of respondents cannot tell it.
    mean_range, spread_range : tuple of float
        Ranges of the uniform priors of mean and standard deviation of the logarithm of degrees; the paper's by default.
    size_range : tuple of float, optional
        Range of the hidden population, in whose logarithm the prior is uniform; 1 to ``population`` by default.
    scale_by : sequence of str, optional
        By the overdispersed model: known groups whose sizes together scale the result, all by default; best rare ones,
        which are recalled in full.
    offset_by : tuple of sequences of str, optional
        By the overdispersed model: two sets of known groups. Half of the log ratio of the second's prevalence to its
        size, over that of the first, is taken off the scale, as the paper does for men's and women's names.
    iterations : int
        Rounds a chain after warming up.
    warmup : int, optional
        Rounds before them that are not kept; by default half of ``iterations``.
    thin : int
        One round in so many is kept.
    chains : int
        Independent chains, at least 2, so that R-hat can compare them.
    level : float
        Posterior probability of the interval.
    seed : int or numpy.random.SeedSequence
        Where the random streams start.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Barriers are integrated out, so that counts are beta-binomial. Under the overdispersed model priors of means and
    spreads are wide and proper where the paper has flat ones. Intervals hold what the model does not know, and neither
    the design of the survey nor what the model leaves out: with clusters or weights compare with `ScaleUp`. Where R-hat
    is over 1.01 or fewer than 400 draws are effective there is no estimate.

    References
    ----------
    .. [1] Maltiel, R., Raftery, A. E., McCormick, T. H. and Baraff, A. J. (2015). Estimating population size using the
       network scale up method. Annals of Applied Statistics 9, 1247-1277. https://doi.org/10.1214/15-AOAS827
    .. [2] Zheng, T., Salganik, M. J. and Gelman, A. (2006). How many people do you know in prison? Using overdispersion
       in count data to estimate social structure in networks. Journal of the American Statistical Association 101,
       409-423. https://doi.org/10.1198/016214505000001168

    Examples
    --------
    >>> from ctresearch.data.synthetic import scale_up_survey
    >>> made = scale_up_survey(200, hidden=4_000, barrier=0.5, seed=5)
    >>> sizes = made.tables["known"].set_index("group")["size"].to_dict()
    >>> model = BayesianScaleUp("barrier", hidden="hidden", known=sizes, population=1_000_000, iterations=1500, seed=1)
    >>> row = model.fit(made.frame).estimates.loc["population"]
    >>> bool(row["ci_low"] < 4_000 < row["ci_high"])
    True
    """

    def __init__(
        self,
        model: Literal["barrier", "random degree", "transmission", "combined", "overdispersed"] = "barrier",
        *,
        hidden: str,
        known: Mapping[str, float],
        population: float,
        transmission: tuple[float, float] | None = None,
        mean_range: tuple[float, float] = (3.0, 8.0),
        spread_range: tuple[float, float] = (0.25, 2.0),
        size_range: tuple[float, float] | None = None,
        scale_by: Sequence[str] | None = None,
        offset_by: tuple[Sequence[str], Sequence[str]] | None = None,
        iterations: int = 4000,
        warmup: int | None = None,
        thin: int = 1,
        chains: int = 4,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.model = one_of("model", model, tuple(_METHODS))
        self.known = read_known(known, hidden, population)
        self.hidden, self.population = hidden, population
        self.prior = self._prior(transmission, mean_range, spread_range, size_range)
        self.scaling = self._scaling(scale_by, offset_by)
        self.thin = whole_number("thin", thin, low=1)
        self.iterations = whole_number("iterations", iterations, low=4 * self.thin)
        self.warmup = iterations // 2 if warmup is None else whole_number("warmup", warmup, low=0)
        self.chains = whole_number("chains", chains, low=2, high=100)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, survey: pd.DataFrame) -> BayesianScaleUpResult:
        """Draw from the posterior of a survey.

        Parameters
        ----------
        survey : pandas.DataFrame
            One row a respondent, with the numbers of people known.

        Returns
        -------
        BayesianScaleUpResult
            Terms ``population`` and ``mean_degree``, in persons, ``prevalence``, and ``transmission`` where the model
            has it; ``NaN`` where the chains have not mixed.

        Raises
        ------
        DataError
            If a column is missing or holds something else, nobody knows anybody of a group, or there are more
            respondents than people.

        Examples
        --------
        >>> survey = pd.DataFrame({"hidden": [0, 1, 1, 0] * 9, "teachers": [3, 5, 2, 6] * 9})
        >>> model = BayesianScaleUp(hidden="hidden", known={"teachers": 1600}, population=100_000, iterations=20)
        >>> short = model.fit(survey)
        >>> short.status, float(short.estimates.loc["population", "estimate"])
        ('fail', nan)
        """
        read = read_relational(survey, self.hidden, self.known, self.population, dict(_NO_DESIGN))
        draws, uneven = self._draw(read)
        mixing = check_mixing({name: one for name, one in draws.items() if name != "transmission"})
        rows = quantile_rows(draws, self.level)
        if not mixing.stands:
            rows = dict.fromkeys(rows, (np.nan,) * 4)
        kept = {name: _thinned(one) for name, one in draws.items()}
        index = pd.Index(list(draws), name="term", dtype="str")
        return BayesianScaleUpResult(
            method=say(_METHODS[self.model]),
            estimates=estimates_table(rows).assign(unit=[_UNITS[name] for name in rows]),
            n=len(read.frame),
            level=self.level,
            interval="percentile",
            checks=(mixing, checks.check_reports(read), checks.check_degrees(read.degree)),
            assumptions=(*_COMMON, *(_MODEL[name] for name in _ASSUMED[self.model])),
            references=references(BayesianScaleUp),
            inputs=record(read.frame, seed=recorded_seed(self.seed), packages=("numpy", "scipy", "numba")),
            smallest_group=read.fewest,
            draws=pd.DataFrame(np.stack(list(kept.values())), index=index) if mixing.stands else None,
            posterior=posterior_table(draws),
            groups=_groups_table(uneven, [*read.names, self.hidden], self.level),
            chains=self.chains,
        )

    def _draw(self, read: RelationalData) -> tuple[dict[str, Floats], Floats | None]:
        """Run the chains; return draws by term, and of each group how unevenly it is known."""
        counts = np.ascontiguousarray(np.column_stack([read.known, read.hidden]))
        shares = read.sizes / read.population
        work = partial(one_chain, counts, shares, self.prior, (self.warmup, self.iterations, self.thin))
        kept = np.stack(map_chunks(work, streams(self.seed, self.chains), progress="Scale-up chains"))
        if self.prior is None:
            return self._scaled(kept, shares)
        share = np.exp(kept[:, :, 2])
        draws = {"population": share * read.population, "prevalence": share, "mean_degree": kept[:, :, 4]}
        more = {"transmission": kept[:, :, 3]} if self.prior.transmission else {}
        return draws | more, kept[:, :, 5:] if self.prior.barrier else None

    def _scaled(self, kept: Floats, shares: Floats) -> tuple[dict[str, Floats], Floats]:
        """Scale draws of the overdispersed model by the known groups."""
        groups = shares.size + 1
        prevalence = kept[:, :, 4 : 4 + groups]
        scale = scale_of(prevalence[:, :, :-1], shares, self.scaling)
        share = np.exp(prevalence[:, :, -1] - scale)
        degree = kept[:, :, 3] * np.exp(scale)
        draws = {"population": share * self.population, "prevalence": share, "mean_degree": degree}
        return draws, kept[:, :, 4 + groups :]

    def _prior(
        self,
        transmission: tuple[float, float] | None,
        mean: tuple[float, float],
        spread: tuple[float, float],
        size: tuple[float, float] | None,
    ) -> DegreePrior | None:
        """Check the priors; the overdispersed model has none of them."""
        asked = self.model in {"transmission", "combined"}
        if (transmission is not None) != asked:
            need = (
                "needs transmission=, mean and standard deviation" if asked else "has no transmission rate, leave out"
            )
            raise SpecificationError(f"transmission == {shown(transmission)}, but model == {self.model!r} {need} of it")
        low, high = _range("size_range", size or (1.0, float(self.population)), 0.0, float(self.population))
        ends = (*_range("mean_range", mean, 0.0, 20.0), *_range("spread_range", spread, 0.0, 10.0))
        yes, no = _beta(transmission) if transmission is not None else (1.0, 1.0)
        logs = (float(np.log(low / self.population)), float(np.log(high / self.population)))
        barrier = self.model in {"barrier", "combined"}
        return None if self.model == "overdispersed" else DegreePrior(*ends, *logs, barrier, asked, yes, no)

    def _scaling(
        self, scale_by: Sequence[str] | None, offset_by: tuple[Sequence[str], Sequence[str]] | None
    ) -> tuple[list[int], list[int], list[int]]:
        """Check which known groups scale the overdispersed model; return their places."""
        if self.model != "overdispersed" and (scale_by is not None or offset_by is not None):
            raise SpecificationError(
                f"scale_by and offset_by are options of model='overdispersed', got them with model == {self.model!r}"
            )
        if offset_by is not None and (not isinstance(offset_by, tuple) or len(offset_by) != 2):
            raise SpecificationError(f"offset_by == {shown(offset_by)}, must be two lists of known groups")
        names = list(self.known)
        sets = (names if scale_by is None else scale_by, *(((), ()) if offset_by is None else offset_by))
        for place, one in enumerate(sets):
            empty = not len(one) and (place == 0 or offset_by is not None)
            if isinstance(one, str) or empty or any(name not in names for name in one):
                raise SpecificationError(
                    f"scale_by and offset_by name {shown(one)}, must be lists of known groups, which are "
                    f"{', '.join(map(repr, names))}"
                )
        primary, first, second = ([names.index(name) for name in one] for one in sets)
        return primary, first, second


def one_chain(
    counts: Floats,
    shares: Floats,
    prior: DegreePrior | None,
    rounds: tuple[int, int, int],
    rng: np.random.Generator,
) -> Floats:
    """Run one chain of either sampler.

    Parameters
    ----------
    counts : numpy.ndarray
        Numbers of people known, shape (n, groups), those of the hidden group last.
    shares : numpy.ndarray
        Of the known groups in the population, shape (groups - 1,).
    prior : DegreePrior or None
        Priors of the models with random degrees; ``None`` for the overdispersed model.
    rounds : tuple of int
        Rounds for warming up, rounds after it, and one in how many is kept.
    rng : numpy.random.Generator
        The stream.

    Returns
    -------
    numpy.ndarray
        What the sampler keeps, shape (draws, columns).

    Examples
    --------
    >>> counts = np.array([[4.0, 1.0], [2.0, 0.0], [5.0, 0.0]])
    >>> one_chain(counts, np.array([0.02]), None, (10, 20, 2), np.random.default_rng(1)).shape
    (10, 8)
    """
    warmup, iterations, thin = rounds
    if prior is None:
        state = start_counts(counts, rng)
        run_counts(rng, counts, state, Rounds(warmup, 1, True))
        return np.asarray(run_counts(rng, counts, state, Rounds(iterations, thin, False)))
    start = start_degrees(counts, shares, prior, rng)
    run_degrees(rng, counts, prior, start, Rounds(warmup, 1, True))
    return np.asarray(run_degrees(rng, counts, prior, start, Rounds(iterations, thin, False)))


def scale_of(prevalence: Floats, shares: Floats, scaling: tuple[list[int], list[int], list[int]]) -> Floats:
    """Return the constant that takes log prevalences to log shares of the population.

    Parameters
    ----------
    prevalence : numpy.ndarray
        Log prevalences of the known groups, shape (..., groups).
    shares : numpy.ndarray
        Of the known groups in the population, shape (groups,).
    scaling : tuple of list of int
        Places of the groups that scale, and of the two sets whose difference is halved and added.

    Returns
    -------
    numpy.ndarray
        Shape (...).

    Examples
    --------
    >>> scale_of(np.log([[2.0, 3.0]]), np.array([0.1, 0.4]), ([0, 1], [], [])).round(4).tolist()
    [2.3026]
    """
    primary, first, second = scaling

    def over(places: list[int]) -> Floats:
        return np.asarray(np.log(np.exp(prevalence[..., places]).sum(axis=-1) / shares[places].sum()))

    return over(primary) + (0.5 * (over(second) - over(first)) if first else 0.0)


def _range(name: str, given: tuple[float, float], low: float, high: float) -> tuple[float, float]:
    """Return the ends of a range."""
    if not isinstance(given, tuple) or len(given) != 2:
        raise SpecificationError(f"{name} == {shown(given)}, must be two numbers, the lower one first")
    ends = in_range(f"lower end of {name}", given[0], low), in_range(f"upper end of {name}", given[1], low, high)
    if ends[0] >= ends[1] or ends[1] <= 0 or (name == "size_range" and ends[0] <= 0):
        raise SpecificationError(f"{name} == {given!r}, must be two numbers above 0, the lower one first")
    return float(ends[0]), float(ends[1])


def _beta(given: tuple[float, float]) -> tuple[float, float]:
    """Return the parameters of a beta distribution with this mean and standard deviation."""
    if not isinstance(given, tuple) or len(given) != 2:
        raise SpecificationError(f"transmission == {shown(given)}, must be a mean and a standard deviation")
    mean = in_range("mean of transmission", given[0], 0, 1, open_ends=True)
    spread = in_range("standard deviation of transmission", given[1], 0, open_ends=True)
    size = mean * (1 - mean) / spread**2 - 1
    if size <= 0:
        raise SpecificationError(
            f"transmission == {given!r}, must have a standard deviation below {np.sqrt(mean * (1 - mean)):.3g}"
        )
    return mean * size, (1 - mean) * size


def _thinned(draws: Floats) -> Floats:
    """Return draws in a row, chain after chain, at most as many as a result may hold."""
    chains, length = draws.shape
    kept = np.linspace(0, length - 1, min(length, MAX_DRAWS // chains)).astype(np.int64)
    return np.asarray(draws[:, kept].ravel())


def _groups_table(uneven: Floats | None, names: Sequence[str], level: float) -> pd.DataFrame:
    """Table how unevenly each group is known."""
    index = pd.Index(list(names), name="group", dtype="str")
    columns = ["estimate", "std_error", "ci_low", "ci_high"]
    if uneven is None:
        return pd.DataFrame(columns=columns, index=index[:0], dtype=float)
    rows = quantile_rows({name: uneven[:, :, k] for k, name in enumerate(names)}, level)
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).set_axis(index)
