"""What a log-linear model says about a population."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.meaning import model as model_figure
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.prevalence.lists.declared import CELLS, COEFFICIENTS, GOODNESS, LISTS, MODEL, MODELS, POPULATION
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.loglinear.bca import bca_limits
from ctresearch.prevalence.loglinear.coefficients import odds_ratios
from ctresearch.prevalence.loglinear.model_terms import read_model
from ctresearch.prevalence.loglinear.profile_interval import profile_interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LogLinearResult(Result):
    """Population size from a log-linear model, with the model and its rivals.

    Parameters
    ----------
    model : str
        The chosen model by its generators, such as ``"[12,13,4]"``.
    models : pandas.DataFrame
        All models that were considered, the chosen one first; of six lists beyond pairs those within 10 units of the
        best, at most 250. ``estimate``, ``bic``, ``aic``, ``parameters``, ``order`` and ``status``, and ``p_value``
        for a stepwise choice. ``status`` is ``ok``; ``ok_extended``, terms
        without people were removed and the rest has an estimate; ``no_mle`` or ``not_identified``, without one.
    goodness_of_fit : pandas.DataFrame
        Deviance and Pearson's statistic of the chosen model.
    fitted : pandas.DataFrame
        Observed and fitted counts by pattern, with Pearson residuals.
    lists : tuple of str
        Names of the lists; digits in a model count them from 1.
    acceleration : float
        Acceleration of the BCa interval, NaN without a bootstrap.
    coefficients : pandas.DataFrame, optional
        Of the chosen model, on the log scale, indexed by ``term`` with the ``intercept`` first: ``lists``, ``order``
        (how many), ``estimate``, ``std_error`` and Wald limits ``ci_low`` and ``ci_high``. They take the model as
        given: where it was chosen from the same table, errors are too small. A term that was removed because nobody is
        on all its lists has the estimate minus infinity and no error, and the others are those of the table without the
        cells it empties.
    log_likelihood : float
        Of the chosen model: Poisson, over the observed cells, factorials included.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LogLinear
    >>> table = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60, 40, 20]})
    >>> result = LogLinear(select="fixed", model="[1,2]").fit(CaptureHistories.from_counts(table))
    >>> result.model, round(float(result.estimates.loc["population", "estimate"]))
    ('[1,2]', 240)
    """

    model: str = value_field(MODEL)
    models: pd.DataFrame = table_field(MODELS)
    goodness_of_fit: pd.DataFrame = table_field(GOODNESS)
    fitted: pd.DataFrame = table_field(CELLS)
    lists: tuple[str, ...] = value_field(LISTS)
    acceleration: float = value_field(model_figure("Acceleration of the interval"), default=float("nan"))
    coefficients: pd.DataFrame | None = table_field(COEFFICIENTS, optional=True)
    log_likelihood: float = value_field(model_figure("Log-likelihood"), default=float("nan"))
    terms: ClassVar[Mapping[str, Meaning]] = POPULATION

    @property
    def odds_ratios(self) -> pd.DataFrame:
        """How being on some lists multiplies the odds of being on others, by interaction of the chosen model.

        Indexed by ``term``: ``lists``, ``odds_ratio``, ``ci_low`` and ``ci_high``. For two lists it is their odds ratio
        among people on none of the others, 0 where they share nobody; for three, the ratio of two such odds ratios.
        """
        return odds_ratios(self.coefficients, self.method)

    def estimates_only(self) -> Result:
        """Return population and number on no list alone, which rest on everybody unless the model has no rest.

        Returns
        -------
        Result
            Without coefficients, fitted counts and the other models; its smallest group is that of an estimate which
            shows no coefficient, and of the smallest pattern where the model has as many parameters as patterns.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories, LogLinear
        >>> result = LogLinear().fit(CaptureHistories.from_published("korea"))
        >>> result.smallest_group, result.estimates_only().smallest_group
        (5, 123)
        """
        fitted, terms = self.fitted, self.coefficients
        bits = sum(fitted[name].to_numpy() << i for i, name in enumerate(self.lists))
        counts = np.zeros(1 << len(self.lists))
        counts[bits] = fitted["observed"]
        every = range(1, counts.size) if terms is None or len(terms) >= counts.size - 1 else ()
        return replace(super().estimates_only(), smallest_group=fewest_people(counts, every))

    def _limits(self, level: float) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Work BCa limits out from the draws that are kept, profile limits from the table."""
        draws = self.draws
        if self.interval == "bca" and draws is not None:
            estimate = float(self.estimates["estimate"]["population"])
            low, high = bca_limits(draws.loc["population"].to_numpy(), estimate, self.acceleration, level)
            if np.isnan(low):
                raise SpecificationError(
                    f"level == {level!r} needs at least {2 / (1 - level):,.0f} bootstrap draws and an acceleration that"
                    f" allows it; there are {draws.shape[1]:,}: fit with more, or ask for a lower level"
                )
        elif self.interval == "profile":
            cells = np.zeros(1 << len(self.lists))
            fitted = self.fitted
            patterns = sum(fitted[name].to_numpy() << i for i, name in enumerate(self.lists))
            cells[patterns] = fitted["observed"]
            profile = profile_interval(cells, read_model(self.model, self.lists), level)
            low, high = profile.low, profile.high
        else:
            return super()._limits(level)
        terms = self.estimates.index
        return pd.Series([low, low - self.n], index=terms), pd.Series([high, high - self.n], index=terms)
