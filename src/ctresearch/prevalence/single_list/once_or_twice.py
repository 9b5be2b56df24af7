"""Zelterman's estimate and Chao's lower bound: those seen once and twice alone, with covariates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.prevalence.single_list.count_model import OnceOrTwice
from ctresearch.prevalence.single_list.repeat_cells import read_repeats
from ctresearch.prevalence.single_list.repeat_population import CLOSED, COUNTED, estimate_repeats
from ctresearch.prevalence.single_list.zero_truncated import optional_columns, read_limits
from ctresearch.stats.regression.formula import formula_names

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.prevalence.single_list.repeat_cells import RepeatCells
    from ctresearch.prevalence.single_list.repeat_result import RepeatCountResult

_LOW = "Among people alike in the covariates, those seen once and twice tell the rate of those never seen."
_BOUND = "The estimate is a lower bound of the population where rates differ among people alike in the covariates."
_SAME = "Being seen once changes nothing in the chance of being seen again."


class _OnesAndTwos(Options):
    """What both estimators are told."""

    def __init__(
        self,
        *,
        count: str = "count",
        formula: str | None = None,
        frequency: str | None = None,
        offset: str | None = None,
        by: str | None = None,
        limits: Literal["lognormal", "normal"] = "lognormal",
        bootstrap: int = 0,
        level: float = 0.95,
        seed: int | np.random.SeedSequence = 0,
    ) -> None:
        self.count, self.formulas = _model(count, formula)
        self.columns = optional_columns(frequency=frequency, offset=offset, by=by)
        self.limits = read_limits(limits, level, bootstrap, seed)


class Zelterman(_OnesAndTwos):
    """Estimate a population from those of one list who were seen once and twice, robustly.

    The rate at which people are seen is that which the twos and ones tell; each person seen stands for one over the
    chance of being seen at that rate [1]_. With covariates it is a logistic regression of twice against once [2]_.

    Parameters
    ----------
    count : str
        Column that says how often a person was seen, 1 at least.
    formula : str, optional
        Right-hand side for the logit of twice against once, which is the logarithm of half the rate.
    frequency, offset, by : str, optional
        As for :class:`ZeroTruncated`.
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
    It lies above Chao's bound, and can lie above the truth where rates differ much or where ones are too many, as where
    those seen once are removed.

    References
    ----------
    .. [1] Zelterman, D. (1988). Robust estimation in truncated discrete distributions with application to
       capture-recapture experiments. Journal of Statistical Planning and Inference 18, 225-237.
       https://doi.org/10.1016/0378-3758(88)90007-9
    .. [2] Böhning, D. and van der Heijden, P. G. M. (2009). A covariate adjustment for zero-truncated approaches to
       estimating the size of hidden and elusive populations. Annals of Applied Statistics 3, 595-610.
       https://doi.org/10.1214/08-AOAS214

    Examples
    --------
    >>> import pandas as pd
    >>> seen = pd.DataFrame({"times": [1, 2, 3], "people": [460, 130, 28]})
    >>> result = Zelterman(count="times", frequency="people").fit(seen)
    >>> round(float(result.estimates.loc["population", "estimate"]))
    1431
    """

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
            If columns are missing or cannot be read, or nobody was seen once or twice.
        FitError
            If nobody with some covariate was seen twice.

        Examples
        --------
        >>> import pandas as pd
        >>> Zelterman(count="times").fit(pd.DataFrame({"times": [1] * 40 + [2] * 10})).n
        50
        """
        cells = _read(people, self.count, self.formulas, self.columns)
        return estimate_repeats(
            OnceOrTwice(everybody=True),
            cells,
            self.limits,
            start=np.zeros(cells.design.matrices[0].shape[1]),
            method=say("Zelterman's estimate from those seen once and twice"),
            assumptions=(CLOSED, COUNTED, _SAME, _LOW),
            references=references(Zelterman),
        )


class ChaoLowerBound(_OnesAndTwos):
    """Bound a population from below by those of one list who were seen once and twice.

    However rates differ, at least ``f1 ** 2 / (2 * f2)`` people were never seen, where ``f1`` were seen once and ``f2``
    twice [1]_. With covariates that holds among people who are alike in them, and the sum is a higher bound [2]_.

    Parameters
    ----------
    count : str
        Column that says how often a person was seen, 1 at least.
    formula : str, optional
        Right-hand side for the logit of twice against once, which is the logarithm of half the rate.
    frequency, offset, by : str, optional
        As for :class:`ZeroTruncated`.
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
    It is no bound where being seen once makes being seen again less likely, as where people are deported or warned:
    ones are then too many and the estimate too high. It says nothing about an upper limit.

    References
    ----------
    .. [1] Chao, A. (1987). Estimating the population size for capture-recapture data with unequal catchability.
       Biometrics 43, 783-791. https://doi.org/10.2307/2531532
    .. [2] Böhning, D., Vidal-Diez, A., Lerdsuwansri, R., Viwatwongkasem, C. and Arnold, M. (2013). A generalization of
       Chao's estimator for covariate information. Biometrics 69, 1033-1042. https://doi.org/10.1111/biom.12082

    Examples
    --------
    >>> import pandas as pd
    >>> seen = pd.DataFrame({"times": [1, 2, 3], "people": [460, 130, 28]})
    >>> result = ChaoLowerBound(count="times", frequency="people").fit(seen)
    >>> print(f"at least {result.estimates.loc['population', 'estimate']:.0f} people, were there no sampling error")
    at least 1432 people, were there no sampling error
    """

    def fit(self, people: pd.DataFrame) -> RepeatCountResult:
        """Bound the population of a table of people, or of frequencies.

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
            If columns are missing or cannot be read, or nobody was seen once or twice.
        FitError
            If nobody with some covariate was seen twice.

        Examples
        --------
        >>> import pandas as pd
        >>> bound = ChaoLowerBound(count="times").fit(pd.DataFrame({"times": [1] * 40 + [2] * 10}))
        >>> bound.estimates["estimate"].round(6).tolist()
        [130.0, 80.0]
        """
        cells = _read(people, self.count, self.formulas, self.columns)
        found = estimate_repeats(
            OnceOrTwice(everybody=False),
            cells,
            self.limits,
            start=np.zeros(cells.design.matrices[0].shape[1]),
            method=say("Chao's lower bound from those seen once and twice"),
            assumptions=(CLOSED, COUNTED, _SAME, _BOUND),
            references=references(ChaoLowerBound),
        )
        # No data tell how far above the bound the truth lies, so that no reader may take it for the population.
        return replace(found, checks=(*found.checks, Check("lower bound", "review", say(_BOUND))))


def _model(count: str, formula: str | None) -> tuple[str, dict[str, str | None]]:
    """Return column and formula, checked."""
    if formula is not None:
        formula_names(formula)
    return column_name("count", count), {"twice": formula}


def _read(people: Any, count: str, formulas: dict[str, str | None], columns: dict[str, Any]) -> RepeatCells:
    """Read a table in which some were seen once and some twice."""
    cells = read_repeats(people, count, formulas, **columns)
    once, twice = (int(cells.people[cells.counts == k].sum()) for k in (1, 2))
    if not once or not twice:
        raise DataError(
            f"{once:,} people were seen once and {twice:,} twice, must be some of both: take a longer period"
        )
    return cells
