"""A stated number of latent classes with covariates and local dependence, by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.columns import column_names
from ctresearch.core.errors import FitError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence, streams
from ctresearch.core.result import MAX_DRAWS
from ctresearch.core.validate import has_columns, is_frame, is_level, whole_number
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.covariates.conditional_likelihood import MOST_LISTS, read_columns
from ctresearch.prevalence.latent import class_regression_checks as checks
from ctresearch.prevalence.latent.class_fit import ClassFit, fit_classes, refit_classes
from ctresearch.prevalence.latent.class_likelihood import ClassData, class_data, size_of
from ctresearch.prevalence.latent.class_regression_result import (
    LatentClassRegressionResult,
    Named,
    chance_table,
    class_table,
    coefficient_rows,
    fit_table,
)
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.fewest_people import fewest_in_design
from ctresearch.prevalence.lists.histories import CaptureHistories
from ctresearch.prevalence.lists.population_table import population_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.check import Check
    from ctresearch.prevalence.lists.cells import Array

MOST_CLASSES = 6
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "People fall into the stated number of classes, with chances that depend on the covariates as the formula says.",
    "Every class has some of its people on the lists: a class that no list reaches cannot be seen.",
)
INDEPENDENT = "Given class and covariates, lists are independent of one another."
DEPENDENT = "Given class and covariates, lists are independent of one another but for {pairs}."


class LatentClassRegression(Options):
    """Estimate a population of a few latent classes whose weights and chances depend on covariates.

    People fall into classes; the class has a chance that is multinomial logistic in covariates, and every list a chance
    of its own in every class, moved by covariates alike in all. Named pairs of lists may depend on one another within
    classes. Parameters are fitted to people on a list, and everybody seen counts for as many as have the same
    covariates and were not.

    Parameters
    ----------
    classes : int, optional
        Number of classes, up to six; by default the one with the smallest BIC.
    lists : sequence of str
        Columns of 0 and 1, from two to eight.
    formula : str
        Columns that the class depends on, such as ``"age + C(sex)"``; ``"1"`` for none.
    list_formula : str
        Columns that the chances of lists depend on, with coefficients of its own for each list.
    dependent : sequence of tuple of str
        Pairs of lists that depend on one another within classes.
    max_classes : int
        Most classes that BIC may choose.
    starts : int
        Random starts; the best three after a short climb are followed to the end.
    bootstrap : int
        Samples for percentile limits, in which the choice of the number of classes is repeated. 0 makes none: a stated
        number then has log-normal limits, a chosen one has none, since those of one number ignore the choice.
    level : float
        Coverage of the interval, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the random streams start.

    Raises
    ------
    SpecificationError
        If an option is not allowed or does not go with the others.

    Notes
    -----
    With two classes or more the number on no list rests on the shape of the mixture: classes that no list tells apart
    from others fit as well and give other populations. Where parameters are not identified, no maximum was found, or a
    class is all but out of sight, there is no estimate. Where classes are stated, one more is fitted for the check
    ``number``: on 44 tables of each kind (five lists) it passed 30 with the two classes that were stated, and asked in
    25 with a third that was hardly ever on a list, which no interval held. Standard errors are those of the
    conditional likelihood, with the sampling of people given their chances.

    References
    ----------
    .. [1] Bartolucci, F. and Forcina, A. (2006). A class of latent marginal models for capture-recapture data with
       continuous covariates. Journal of the American Statistical Association 101, 786-794.
    .. [2] Bartolucci, F. and Forcina, A. (2024). Estimating the size of a closed population by modeling latent and
       observed heterogeneity. Biometrics 80, ujae017. https://doi.org/10.1093/biomtc/ujae017

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> sex, hidden = rng.integers(0, 2, 4000), rng.random(4000)
    >>> chance = np.where(hidden < 0.3 + 0.3 * sex, 0.2, 0.6)
    >>> frame = pd.DataFrame((rng.random((4000, 5)) < chance[:, None]) * 1, columns=list("abcde")).assign(sex=sex)
    >>> seen = frame[frame[list("abcde")].any(axis=1)]
    >>> row = LatentClassRegression(2, lists=list("abcde"), formula="sex").fit(seen).estimates.loc["population"]
    >>> print(f"{row['ci_low']:.0f} to {row['ci_high']:.0f} people; in truth 4000")
    3789 to 4075 people; in truth 4000
    """

    def __init__(
        self,
        classes: int | None = None,
        *,
        lists: Sequence[str],
        formula: str = "1",
        list_formula: str = "1",
        dependent: Sequence[tuple[str, str]] = (),
        max_classes: int = 3,
        starts: int = 10,
        bootstrap: int = 0,
        level: float = 0.95,
        seed: Seed = 0,
    ) -> None:
        self.classes = None if classes is None else whole_number("classes", classes, low=1, high=MOST_CLASSES)
        self.lists = column_names("lists", lists, least=2)
        if len(self.lists) > MOST_LISTS:
            raise SpecificationError(f"lists has {len(self.lists)} columns, must have from 2 to {MOST_LISTS}")
        self.formula, self.list_formula = _formula("formula", formula), _formula("list_formula", list_formula)
        self.dependent = _pairs(dependent, self.lists)
        self.max_classes = whole_number("max_classes", max_classes, low=1, high=MOST_CLASSES)
        self.starts = whole_number("starts", starts, low=1, high=1000)
        self.bootstrap = whole_number("bootstrap", bootstrap, low=0, high=100_000)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, people: pd.DataFrame) -> LatentClassRegressionResult:
        """Estimate the population from a table of the people seen.

        Parameters
        ----------
        people : pandas.DataFrame
            One row a person who is on a list.

        Returns
        -------
        LatentClassRegressionResult
            Terms ``population`` and ``unobserved``, in persons; ``NaN`` where there is no estimate.

        Raises
        ------
        DataError
            If columns are missing or have gaps, somebody is on no list, or the lists do not overlap.
        SpecificationError
            If a formula cannot be read.
        FitError
            If the lists and covariates have fewer cells than the model has parameters.

        Examples
        --------
        >>> frame = pd.DataFrame({"a": [1, 0, 1] * 20, "b": [0, 1, 1] * 20})
        >>> LatentClassRegression(1, lists=["a", "b"]).fit(frame).estimates["estimate"].round().tolist()
        [80.0, 20.0]
        """
        frame = is_frame("people", people)
        has_columns("people", frame, self.lists)
        table = require_estimable(CaptureHistories.from_records(frame[list(self.lists)], list(self.lists)))
        read = _read(frame, self)
        fitting, drawing = streams(self.seed, 2)
        fits = self._fits(read.data, fitting)
        usable = [one for one in fits if one.usable]
        chosen = min(usable or fits, key=lambda one: one.bic(read.data.people))
        classes = class_table(chosen, read.data)
        beside = fits if self.classes is None else [*fits, *self._one_more(read.data, fitting)]
        asked = self._checks(beside, chosen, read.data, classes)
        stands = all(check.stands for check in asked)
        unseen = chosen.population - table.n_observed if stands else np.nan
        drawn = self._bootstrap(fits, read.data, drawing) if stands and self.bootstrap else None
        error, limits, kind = self._spread(chosen, table.n_observed, drawn, stands=stands)
        return LatentClassRegressionResult(
            method=say(
                "Latent classes with covariates by maximum likelihood, number of classes: {n}", n=chosen.classes
            ),
            estimates=population_table(table.n_observed, unseen, error, limits),
            n=table.n_observed,
            level=self.level,
            interval=kind,
            scope=table.scope,
            checks=asked,
            assumptions=(*ASSUMPTIONS, self._independence()),
            references=references(LatentClassRegression),
            inputs=record(
                frame[[*self.lists, *read.used]],
                seed=recorded_seed(self.seed),
                packages=("numpy", "scipy", "formulaic"),
            ),
            smallest_group=read.fewest,
            draws=None if drawn is None else _draws(drawn, table.n_observed),
            classes=_shown(classes, stands=stands),
            list_chances=_shown(chance_table(chosen, read.data, self.lists), stands=stands),
            coefficients=_shown(coefficient_rows(chosen, read.data, read.names), stands=stands),
            fits=fit_table(fits, read.data.people),
            loglik=chosen.loglik,
        )

    def _fits(self, data: ClassData, random: np.random.Generator) -> list[ClassFit]:
        """Fit the stated number of classes, or every number for which there are cells enough."""
        free = len(data.counts) * (data.counts.shape[1] - 2)
        wanted = range(1, self.max_classes + 1) if self.classes is None else [self.classes]
        numbers = [number for number in wanted if size_of(number, data) <= free]
        if not numbers:
            least = size_of(wanted[0], data)
            raise FitError(
                f"a model with {wanted[0]} classes has {least} parameters for {free} free cells, must have no more: "
                "take fewer classes, pairs or covariates"
            )
        return [fit_classes(data, number, self.starts, random) for number in numbers]

    def _one_more(self, data: ClassData, random: np.random.Generator) -> list[ClassFit]:
        """Fit one class more than was stated, for the check that asks for it, where cells allow."""
        number = int(self.classes or 0) + 1
        if size_of(number, data) > len(data.counts) * (data.counts.shape[1] - 2):
            return []
        return [fit_classes(data, number, self.starts, random)]

    def _checks(
        self, fits: list[ClassFit], chosen: ClassFit, data: ClassData, classes: pd.DataFrame
    ) -> tuple[Check, ...]:
        """Ask the questions."""
        asked = [checks.check_maximum(chosen), checks.check_identified(chosen), checks.check_edge(chosen)]
        asked += [checks.check_reach(classes), checks.check_cells(chosen, data)]
        return (*asked, checks.check_number(fits, chosen, data.people)) if len(fits) > 1 else tuple(asked)

    def _bootstrap(self, fits: list[ClassFit], data: ClassData, random: np.random.Generator) -> Array:
        """Draw people anew and estimate, with the choice of the number of classes repeated."""
        usable = [one for one in fits if one.usable]
        best = min(usable, key=lambda one: one.bic(data.people))
        share = (data.counts / data.people).ravel()
        drawn = np.empty(self.bootstrap)
        for row in range(self.bootstrap):
            people = random.binomial(round(best.population), data.people / best.population)
            counts = random.multinomial(people, share).reshape(data.counts.shape).astype(np.float64)
            drawn[row] = min(refit_classes(data.resampled(counts), one) for one in usable)[1]
        return drawn

    def _spread(
        self, chosen: ClassFit, people: int, drawn: Array | None, *, stands: bool
    ) -> tuple[float, tuple[float, float], str]:
        """Return standard error, limits and their kind."""
        if drawn is not None:
            low, high = np.quantile(drawn, [(1 - self.level) / 2, (1 + self.level) / 2])
            return float(drawn.std(ddof=1)), (float(low), float(high)), "percentile"
        if self.classes is None or not stands:
            return np.nan, (np.nan, np.nan), "none"
        error = chosen.std_error
        return error, lognormal_limits(people, chosen.population - people, error, self.level), "lognormal"

    def _independence(self) -> str:
        """Say what is assumed of lists within classes."""
        if not self.dependent:
            return INDEPENDENT
        return say(DEPENDENT, pairs=[f"{one} and {other}" for one, other in self.dependent])


@dataclass(frozen=True, slots=True)
class _Read:
    """People by kind, the names behind the parameters, columns used, and the fewest people one number describes."""

    data: ClassData
    names: Named
    used: tuple[str, ...]
    fewest: int


def _read(frame: pd.DataFrame, model: LatentClassRegression) -> _Read:
    """Read lists and covariates, scale the latter, and add up people who are alike."""
    weight_names, weights, used = read_columns(frame, model.formula)
    effect_names, effects, more = read_columns(frame, model.list_formula)
    effect_names, effects = effect_names[1:], effects[:, 1:]
    member = frame[list(model.lists)].to_numpy().astype(np.int64)
    sides = [side for on in member.T for side in (on == 1, on == 0) if side.any()]
    fewest = min(fewest_in_design(side * 1, np.hstack([weights, effects])) for side in sides)
    weight_scale, effect_scale = (np.abs(columns).max(axis=0, initial=1e-300) for columns in (weights, effects))
    both = np.hstack([weights / weight_scale, effects / effect_scale])
    kinds, place = np.unique(both, axis=0, return_inverse=True)
    counts = np.zeros((len(kinds), 1 << len(model.lists)))
    np.add.at(counts, (place.ravel(), member @ (1 << np.arange(len(model.lists)))), 1)
    patterns = [sum(1 << model.lists.index(one) for one in pair) for pair in model.dependent]
    pairs = tuple(f"{one}:{other}" for one, other in model.dependent)
    names = Named(model.lists, weight_names, weight_scale, effect_names, effect_scale, pairs)
    split = len(weight_names)
    return _Read(class_data(counts, kinds[:, :split], kinds[:, split:], patterns), names, tuple({*used, *more}), fewest)


def _formula(name: str, formula: str) -> str:
    """Check a formula."""
    if not isinstance(formula, str) or not formula.strip() or "~" in formula:
        raise SpecificationError(f"{name} == {formula!r}, must be columns joined by +, without a left side")
    return formula


def _pairs(dependent: Sequence[tuple[str, str]], lists: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Check the pairs of lists."""
    found = []
    for pair in dependent:
        if not isinstance(pair, (tuple, list)) or len(set(pair)) != 2 or any(one not in lists for one in pair):
            raise SpecificationError(f"dependent holds {pair!r}, must hold pairs of different lists such as ('a', 'b')")
        first, second = sorted(pair, key=lists.index)
        found.append((first, second))
    if len(set(found)) < len(found):
        raise SpecificationError(f"dependent == {dependent!r} holds a pair twice, must hold each once")
    return tuple(found)


def _shown(table: pd.DataFrame, *, stands: bool) -> pd.DataFrame:
    """Return a table, without the figures of a model where there is no estimate."""
    figures = table.select_dtypes("float").columns
    return table if stands else table.assign(**dict.fromkeys(figures, np.nan))


def _draws(drawn: Array, people: int) -> pd.DataFrame:
    """Build the table of draws."""
    kept = drawn[:MAX_DRAWS]
    return pd.DataFrame([kept, kept - people], index=pd.Index(["population", "unobserved"], name="term", dtype="str"))
