"""Prevalence behind the positives of an imperfect test: from a sample, or from any result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, read_numbers
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import key, model
from ctresearch.core.message import say, together
from ctresearch.core.result import Result, estimates_table, value_field
from ctresearch.core.validate import has_columns, is_frame, is_level, one_of
from ctresearch.prevalence.surveys.binomial_limits import EXACT, binomial_limits
from ctresearch.prevalence.surveys.linearised import Statistic
from ctresearch.prevalence.surveys.screening import check_inside, check_test, read_screening
from ctresearch.prevalence.surveys.survey_design import design_columns, read_design
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.surveys.screening import Screening

ASSUMPTION = "The test errs in this population as where its sensitivity and specificity were found, whoever is tested."


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ScreenedResult(Result):
    """A prevalence corrected for the errors of a test.

    Parameters
    ----------
    sensitivity, specificity : float
        Of the test.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``prevalence`` and ``positive``, the share
        before the correction, or those of the result that was corrected.

    Examples
    --------
    >>> from ctresearch.prevalence import ScreenedPrevalence
    >>> import pandas as pd
    >>> tested = pd.DataFrame({"positive": [1] * 23 + [0] * 177})
    >>> result = ScreenedPrevalence("positive", sensitivity=0.65, specificity=0.98).fit(tested)
    >>> round(float(result.estimates.loc["prevalence", "estimate"]), 3)
    0.151
    """

    sensitivity: float = value_field(model("Sensitivity of the test", reader="percent"), default=float("nan"))
    specificity: float = value_field(model("Specificity of the test", reader="percent"), default=float("nan"))
    terms: ClassVar[Mapping[str, Meaning]] = {
        "prevalence": model("Prevalence", reader="percent", headline=True),
        "positive": model("Share of positives", reader="percent"),
        "*": model("Corrected share", reader="percent"),
    }
    keys: ClassVar[Mapping[str, Meaning]] = {"group": key("Group")}


class ScreenedPrevalence(Options):
    """Estimate a prevalence from an imperfect test or a screening questionnaire.

    Of the share of positives, ``1 - specificity`` of those without and ``sensitivity`` of those with the condition are
    its two parts; turned round, that is Rogan and Gladen's estimate [1]_. What is not known of the test widens the
    limits [2]_, as a design does.

    Parameters
    ----------
    outcome : str
        Column of 0 and 1: who is positive.
    sensitivity, specificity : float or pair of int
        Known shares, or how many of how many were told right where the test was tried.
    weight, strata, cluster, population, lone
        The design, as for :class:`SurveyTotal`.
    limits : {"lang_reiczigel", "clopper_pearson", "wilson", "blaker", "sterne"}
        The first take everything into account; the others are for a simple random sample and a test that is known, and
        turn limits of the share of positives round [3]_.
    level : float
        Coverage of the interval, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not allowed, or the test tells no more than chance.

    Notes
    -----
    Estimate and limits are held within 0 and 1; a check says where fewer are positive than errors of the test alone
    would make. It fails where the test was tried on clearer cases than those surveyed: the prevalence is then too low.

    References
    ----------
    .. [1] Rogan, W. J. and Gladen, B. (1978). Estimating prevalence from the results of a screening test. American
       Journal of Epidemiology 107, 71-76. https://doi.org/10.1093/oxfordjournals.aje.a112510
    .. [2] Lang, Z. and Reiczigel, J. (2014). Confidence limits for prevalence of disease adjusted for estimated
       sensitivity and specificity. Preventive Veterinary Medicine 113, 13-22.
       https://doi.org/10.1016/j.prevetmed.2013.09.015
    .. [3] Reiczigel, J., Földi, J. and Ózsvári, L. (2010). Exact confidence limits for prevalence of a disease with an
       imperfect diagnostic test. Epidemiology and Infection 138, 1674-1678. https://doi.org/10.1017/S0950268810000385

    Examples
    --------
    >>> import pandas as pd
    >>> tested = pd.DataFrame({"positive": [1] * 150 + [0] * 850})
    >>> result = ScreenedPrevalence("positive", sensitivity=(80, 100), specificity=(270, 300)).fit(tested)
    >>> row = result.estimates.loc["prevalence"]
    >>> print(f"{row['ci_low']:.1%} to {row['ci_high']:.1%}, where 15.0% are positive")
    1.2% to 12.6%, where 15.0% are positive
    """

    def __init__(
        self,
        outcome: str,
        *,
        sensitivity: float | Sequence[int],
        specificity: float | Sequence[int],
        weight: str | None = None,
        strata: str | None = None,
        cluster: str | Sequence[str] | None = None,
        population: str | Sequence[str] | None = None,
        lone: Literal["refuse", "certainty", "adjust"] = "refuse",
        limits: Literal["lang_reiczigel", "clopper_pearson", "wilson", "blaker", "sterne"] = "lang_reiczigel",
        level: float = 0.95,
    ) -> None:
        self.outcome = column_name("outcome", outcome)
        self.screening = read_screening(sensitivity, specificity)
        self.columns = design_columns(weight, strata, cluster, population, lone=lone)
        self.limits = one_of("limits", limits, ("lang_reiczigel", *EXACT))
        self.level = is_level(level)
        if limits in EXACT and (self.columns.names or not self.screening.known):
            raise SpecificationError(
                f"limits == {limits!r} are for a simple random sample and a test that is known: use 'lang_reiczigel'"
            )

    def fit(self, sample: pd.DataFrame) -> ScreenedResult:
        """Estimate the prevalence from the people of a sample.

        Parameters
        ----------
        sample : pandas.DataFrame
            One row a person who was tested.

        Returns
        -------
        ScreenedResult
            Terms ``prevalence`` and ``positive``.

        Raises
        ------
        DataError
            If columns are missing or cannot be read, or the design cannot be that of these rows.

        Examples
        --------
        >>> import pandas as pd
        >>> tested = pd.DataFrame({"positive": [1] * 4 + [0] * 76})
        >>> result = ScreenedPrevalence("positive", sensitivity=0.9, specificity=0.95, limits="wilson").fit(tested)
        >>> result.estimates.loc["prevalence", ["estimate", "ci_high"]].round(3).tolist()
        [0.0, 0.084]
        """
        frame = is_frame("sample", sample)
        has_columns("sample", frame, [self.outcome, *self.columns.names])
        frame = frame[list(dict.fromkeys([self.outcome, *self.columns.names]))].reset_index(drop=True)
        positive = read_numbers(frame, self.outcome)
        if not np.isin(positive, [0.0, 1.0]).all() or len(frame) < 2:
            raise DataError(f"column {self.outcome!r} must hold 0 and 1 for two people at least")
        design = read_design(frame, self.columns)
        asked, everybody = Statistic("mean", positive, np.ones(len(frame)), None), np.ones(len(frame), dtype=bool)
        share = asked.estimate(design.weight, everybody)
        variance = float(design.variance((design.weight * asked.adds(design.weight, everybody))[:, None])[0, 0])
        if not self.columns.names:
            variance = share * (1 - share) / len(frame)
        return self._result(frame, positive, share, variance)

    def _result(self, frame: pd.DataFrame, positive: object, share: float, variance: float) -> ScreenedResult:
        """Return the result, given the share of positives and its variance."""
        hits, test = int(np.sum(np.asarray(positive) == 1)), self.screening
        size = share * (1 - share) / variance if variance > 0 else float(len(frame))
        if self.limits == "lang_reiczigel":
            ends = test.limits(share, size, self.level)
        else:
            raw = binomial_limits(self.limits, hits, len(frame), self.level)
            ends = tuple(min(max(test.prevalence(one), 0.0), 1.0) for one in raw)  # type: ignore[assignment]
        raw_estimate = test.prevalence(share)
        rows = {
            "prevalence": (min(max(raw_estimate, 0.0), 1.0), test.std_error(share, variance), *ends),
            "positive": (share, float(np.sqrt(variance)), float("nan"), float("nan")),
        }
        return ScreenedResult(
            method=say("Prevalence corrected for the errors of a test (Rogan and Gladen)"),
            estimates=estimates_table(rows),
            n=len(frame),
            level=self.level,
            interval=self.limits,
            checks=(check_test(test), check_inside(raw_estimate)),
            assumptions=(ASSUMPTION, "Those tested are a random sample, drawn as the design says."),
            references=references(ScreenedPrevalence),
            inputs=record(frame, packages=("numpy", "scipy")),
            smallest_group=smallest_of([hits, len(frame) - hits]),
            sensitivity=test.sensitivity,
            specificity=test.specificity,
        )


def carry_screening(
    result: Result,
    *,
    sensitivity: float | Sequence[int],
    specificity: float | Sequence[int],
    terms: Sequence[str] | None = None,
) -> ScreenedResult:
    """Carry the errors of a test into any result that holds shares: of a survey, of respondent-driven sampling, ...

    Parameters
    ----------
    result : Result
        Shares of positives with standard errors.
    sensitivity, specificity : float or pair of int
        Known shares, or how many of how many were told right.
    terms : sequence of str, optional
        Terms that are shares of positives; all of them by default.

    Returns
    -------
    ScreenedResult
        The same terms, corrected, with Lang and Reiczigel's limits at the effective sample size.

    Raises
    ------
    SpecificationError
        If the test tells no more than chance, or a term is none of the result's.
    DataError
        If a term is no share with a standard error.

    Examples
    --------
    >>> from ctresearch.prevalence import SurveyTotal
    >>> import pandas as pd
    >>> sample = pd.DataFrame({"positive": [1, 0, 0, 0, 0] * 60, "w": [1.0, 2.0] * 150})
    >>> survey = SurveyTotal("positive", statistic="mean", weight="w").fit(sample)
    >>> corrected = carry_screening(survey, sensitivity=0.9, specificity=0.95)
    >>> round(float(corrected.estimates.loc["mean", "estimate"]), 3)
    0.176
    """
    if not isinstance(result, Result):
        raise DataError(f"result is a {type(result).__name__}, must be a result of this library")
    test, table = read_screening(sensitivity, specificity), result.estimates
    chosen = table if terms is None else table[table.index.isin(list(terms))]
    if terms is not None and not set(terms) <= set(table.index):
        raise SpecificationError(f"terms == {list(terms)!r}, must be among those of the result: {list(table.index)}")
    share, error = chosen["estimate"].to_numpy(dtype=float), chosen["std_error"].to_numpy(dtype=float)
    usable = (share >= 0) & (share <= 1) & np.isfinite(error) & (error > 0)
    if not usable.all():
        raise DataError(
            f"terms {[str(term) for term in chosen.index[~usable]]} are no shares with an error, each must be "
            "from 0 to 1 with a standard error above 0: name those that are in terms="
        )
    rows = [_corrected(test, one, spread, result.level) for one, spread in zip(share, error, strict=True)]
    worst = min((test.prevalence(one) for one in share), key=lambda raw: min(raw, 1 - raw))
    columns = dict(zip(("estimate", "std_error", "ci_low", "ci_high"), np.array(rows).T, strict=True))
    return ScreenedResult(
        method=together([say("{method}, corrected for the errors of a test", method=result.method)]),
        estimates=chosen.assign(**columns, unit=""),
        n=result.n,
        level=result.level,
        interval="lang_reiczigel",
        scope=result.scope,
        checks=(check_test(test), check_inside(worst), *result.checks),
        assumptions=(ASSUMPTION, *result.assumptions),
        references=(*references(ScreenedPrevalence), *result.references),
        inputs=result.inputs,
        smallest_group=result.smallest_group,
        sensitivity=test.sensitivity,
        specificity=test.specificity,
    )


def _corrected(test: Screening, share: float, error: float, level: float) -> tuple[float, float, float, float]:
    """Return estimate, error and limits behind a share."""
    size = share * (1 - share) / error**2
    ends = test.limits(share, size, level)
    return min(max(test.prevalence(share), 0.0), 1.0), test.std_error(share, error**2), *ends
