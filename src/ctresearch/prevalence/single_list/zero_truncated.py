"""Counts of how often people were seen, without those seen never: the truncated regressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError, FitError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.message import as_message, say
from ctresearch.core.random import seed_sequence
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.prevalence.single_list.count_model import CountModel
from ctresearch.prevalence.single_list.repeat_cells import read_repeats
from ctresearch.prevalence.single_list.repeat_fit import fit_repeats
from ctresearch.prevalence.single_list.repeat_population import CLOSED, COUNTED, Limits, estimate_repeats
from ctresearch.stats.regression.formula import formula_names

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.prevalence.single_list.count_model import Distribution, Ones
    from ctresearch.prevalence.single_list.repeat_cells import RepeatCells
    from ctresearch.prevalence.single_list.repeat_result import RepeatCountResult
    from ctresearch.stats.regression.jet import Floats

_NAMES: dict[Distribution, str] = {
    "poisson": "Poisson",
    "geometric": "geometric",
    "negative_binomial": "negative binomial",
}
_METHODS: dict[Ones, str] = {
    "as_others": "Zero-truncated {name} counts of one list",
    "truncated": "Zero-one-truncated {name} counts of one list",
    "inflated": "One-inflated zero-truncated {name} counts of one list",
    "inflated_after": "Zero-truncated one-inflated {name} counts of one list",
}
_SAME = "Being seen once changes nothing in the chance of being seen again."
_DIFFER = {
    "poisson": "People alike in the covariates have the same chance of being seen.",
    "geometric": (
        "The rates at which people alike in the covariates are seen have an exponential distribution; whoever has a "
        "rate near zero counts too."
    ),
    "negative_binomial": (
        "The rates at which people alike in the covariates are seen have a gamma distribution, which nothing seen "
        "can show near zero."
    ),
}
_ONES = {
    "as_others": (_SAME,),
    "truncated": ("Being seen once may change the chance of being seen again; whoever was seen twice was unchanged.",),
    "inflated": (
        "A share of all people is seen once and only once, for certain; the others are unchanged by being seen.",
    ),
    "inflated_after": ("A share of those seen once was kept from being seen again; whom nobody saw is not changed.",),
}
# Where a climb begins: logarithms of the dispersion and logits of the inflation that between them reach every maximum
# of the tables tried.
_STARTS = {"dispersion": (-1.5, 0.5, 2.0), "inflation": (-1.5, 0.5)}


class ZeroTruncated(Options):
    """Estimate a population from how often the people of one list were seen.

    Where being seen is a count of which zeros are missing, the counts of those seen tell the chance of a zero. Each
    person stands for one over the chance of being seen at all [1]_. Covariates make that chance differ; what they do
    not explain makes the Poisson estimate too low, and the geometric and negative binomial ones add rates that differ
    among people who look alike.

    Parameters
    ----------
    distribution : {"poisson", "geometric", "negative_binomial"}
        Of how often a person is seen.
    count : str
        Column that says how often, 1 at least.
    formula : str, optional
        Right-hand side for the logarithm of the mean, such as ``"age * C(sex)"``; a constant alone by default.
    ones : {"as_others", "truncated", "inflated", "inflated_after"}
        Those seen once follow the distribution as others do; are left out of the likelihood and stand for themselves;
        hold a share of all people who are seen once for certain; or a share of those seen who were kept from being
        seen again [3]_.
    dispersion_formula, inflation_formula : str, optional
        Right-hand sides for the logarithm of the dispersion of the negative binomial, whose variance is
        ``mean + dispersion * mean ** 2``, and for the logit of the share of ones.
    frequency : str, optional
        Column that says for how many people a row stands; each row is one person without it.
    offset : str, optional
        Column of the logarithm of how long a person could be seen.
    by : str, optional
        Column of groups whose populations are given apart.
    limits : {"lognormal", "normal"}
        Analytic limits; log-normal ones stay above the number of people seen.
    bootstrap : int
        Samples for error and percentile limits in place of analytic ones; 0 for none.
    level : float
        Coverage of the interval, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the stream of the bootstrap starts.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Variances have two parts, that of the coefficients and that of how many are seen at all [1]_. It fails where those
    seen are removed or warned (``ones=`` allows for that), where people who can hardly be seen look like others, and
    where the population changes. A maximum on the boundary, where the negative binomial gives any population however
    large, is refused. Frequencies beside the fitted ones show whether the distribution holds.

    References
    ----------
    .. [1] van der Heijden, P. G. M., Bustami, R., Cruyff, M., Engbersen, G. and van Houwelingen, H. C. (2003). Point
       and interval estimation of the population size using the truncated Poisson regression model. Statistical
       Modelling 3, 305-322. https://doi.org/10.1191/1471082X03st057oa
    .. [2] Cruyff, M. and van der Heijden, P. G. M. (2008). Point and interval estimation of the population size using
       a zero-truncated negative binomial regression model. Biometrical Journal 50, 1035-1050.
       https://doi.org/10.1002/bimj.200810455
    .. [3] Godwin, R. T. and Böhning, D. (2017). Estimation of the population size by using the one-inflated positive
       Poisson model. Journal of the Royal Statistical Society C 66, 425-448. https://doi.org/10.1111/rssc.12192

    Examples
    --------
    >>> import pandas as pd
    >>> seen = pd.DataFrame({"times": [1, 2, 3, 4], "people": [460, 130, 24, 4]})
    >>> result = ZeroTruncated(count="times", frequency="people").fit(seen)
    >>> row = result.estimates.loc["population"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people, if all are seen at one rate")
    1284 to 1624 people, if all are seen at one rate
    """

    def __init__(
        self,
        distribution: Literal["poisson", "geometric", "negative_binomial"] = "poisson",
        *,
        count: str = "count",
        formula: str | None = None,
        ones: Literal["as_others", "truncated", "inflated", "inflated_after"] = "as_others",
        dispersion_formula: str | None = None,
        inflation_formula: str | None = None,
        frequency: str | None = None,
        offset: str | None = None,
        by: str | None = None,
        limits: Literal["lognormal", "normal"] = "lognormal",
        bootstrap: int = 0,
        level: float = 0.95,
        seed: int | np.random.SeedSequence = 0,
    ) -> None:
        self.model = CountModel(
            one_of("distribution", distribution, tuple(_NAMES)), one_of("ones", ones, tuple(_METHODS))
        )
        self.count = column_name("count", count)
        given = {"mean": formula, "dispersion": dispersion_formula, "inflation": inflation_formula}
        for part, one in given.items():
            if one is not None:
                formula_names(one)
                if part not in self.model.parts:
                    raise SpecificationError(
                        f"{part}_formula == {one!r}, but {distribution!r} with ones == {ones!r} has no {part}: leave "
                        "it out"
                    )
        self.formulas = {part: given[part] for part in self.model.parts}
        self.columns = optional_columns(frequency=frequency, offset=offset, by=by)
        self.limits = read_limits(limits, level, bootstrap, seed)

    def fit(self, people: pd.DataFrame) -> RepeatCountResult:
        """Estimate the population from a table of people, or of frequencies.

        Parameters
        ----------
        people : pandas.DataFrame
            One row a person who was seen, or one row for people who are alike.

        Returns
        -------
        RepeatCountResult
            Terms ``population`` and ``unobserved``, in persons.

        Raises
        ------
        DataError
            If columns are missing or cannot be read, or nobody was seen more often than the model needs.
        FitError
            If the likelihood has no maximum inside the model.

        Examples
        --------
        >>> import pandas as pd
        >>> seen = pd.DataFrame({"times": [1] * 46 + [2] * 13 + [3] * 2, "sex": ["f", "m", "m"] * 20 + ["f"]})
        >>> result = ZeroTruncated(count="times", formula="sex", by="sex").fit(seen)
        >>> result.groups["people"].tolist()
        [21.0, 40.0]
        """
        cells = read_repeats(people, self.count, self.formulas, **self.columns)
        _require_repeats(cells, self.model)
        return estimate_repeats(
            self.model,
            cells,
            self.limits,
            start=_best_start(self.model, cells),
            method=say(_METHODS[self.model.ones], name=as_message(_NAMES[self.model.distribution])),
            assumptions=(CLOSED, COUNTED, _DIFFER[self.model.distribution], *_ONES[self.model.ones]),
            references=references(ZeroTruncated),
        )


def optional_columns(**columns: str | None) -> dict[str, Any]:
    """Return columns that may be left out, checked."""
    return {name: None if one is None else column_name(name, one) for name, one in columns.items()}


def read_limits(limits: str, level: float, bootstrap: int, seed: int | np.random.SeedSequence) -> Limits:
    """Return how limits are made, checked."""
    kind = one_of("limits", limits, ("lognormal", "normal"))
    if whole_number("bootstrap", bootstrap, 0) and bootstrap < 50:
        raise SpecificationError(f"bootstrap == {bootstrap}, must be 0 or at least 50")
    seed_sequence(seed)
    return Limits(kind, is_level(level), bootstrap, seed)


def _require_repeats(cells: RepeatCells, model: CountModel) -> None:
    """Refuse a table in which the counts that the model explains do not differ."""
    told = cells.counts[cells.counts >= model.least]
    need = model.least + (len(model.parts) if model.ones == "as_others" else len(model.parts) - (model.least == 1))
    if not len(told) or int(told.max()) < max(need, model.least + 1):
        raise DataError(
            f"nobody was seen {max(need, model.least + 1)} times or more often, which the model needs: take a longer "
            "period, or a model with fewer parts"
        )


def _best_start(model: CountModel, cells: RepeatCells) -> Floats:
    """Return the start from which the likelihood becomes highest; that of the mean is one that no climb misses."""
    sizes = [matrix.shape[1] for matrix in cells.design.matrices]
    choices: list[tuple[float, ...]] = [()]
    for part in model.parts[1:]:
        choices = [(*one, value) for one in choices for value in _STARTS[part]]
    told = cells.counts >= model.least
    mean = float(cells.counts[told] @ cells.people[told] / cells.people[told].sum())
    first = np.log(max(mean - model.least, 0.05)) - float(np.average(cells.design.offset, weights=cells.people))
    found: list[tuple[float, Floats]] = []
    refused: FitError | None = None
    for more in choices:
        start = np.concatenate([np.zeros(size) for size in sizes])
        firsts = np.cumsum([0, *sizes[:-1]])
        start[firsts] = [first, *more]
        if len(choices) == 1:
            return start
        try:
            fit = fit_repeats(model, cells, start=start)
        except FitError as error:
            refused = error
            continue
        found.append((fit.log_likelihood, fit.beta))
    if not found:
        assert refused is not None
        raise refused
    return max(found, key=lambda one: one[0])[1]
