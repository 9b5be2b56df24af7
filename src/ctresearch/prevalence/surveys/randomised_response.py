"""Randomised response: a share behind answers that chance has coloured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import FitError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import in_range, is_level, one_of
from ctresearch.prevalence.surveys.sensitive_rows import (
    SensitiveResult,
    SensitiveRows,
    climb_shares,
    coefficient_table,
    fewest_answers,
    mean_share,
    optional,
    read_answers,
    share_limits,
)
from ctresearch.stats.regression.formula import formula_names
from ctresearch.stats.regression.jet import Jet, seeds

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.prevalence.surveys.survey_design import Floats

_METHODS = {
    "forced": "Randomised response, forced answers",
    "warner": "Randomised response after Warner",
    "unrelated": "Randomised response with an unrelated question",
}
ASSUMPTIONS = (
    "Everybody does as the device says, and answers the truth where it asks for that.",
    "The device works as stated, and nothing in the answer depends on anything but it and the truth.",
)


class RandomisedResponse(Options):
    """Estimate a share from a question that a die, a coin or a spinner answers for some.

    Nobody's answer tells, since chance may have given it, but of all answers the part that chance gives is known [1]_.
    With covariates the share's logit is linear in them, and the likelihood that of the answers [2]_.

    Parameters
    ----------
    answer : str
        Column of 0 and 1: who said yes.
    design : {"forced", "warner", "unrelated"}
        With chance ``truth`` one answers the truth and else yes or no as told; answers the sensitive question and else
        its opposite; or answers it and else a question whose share of yes is known.
    truth : float
        Chance of being asked for the truth, or the sensitive question.
    forced_yes : float, optional
        Chance of being told to say yes, of all; what is left is told to say no.
    unrelated_yes : float, optional
        Share of yes to the unrelated question.
    formula : str, optional
        Right-hand side for the logit of the share, such as ``"age * C(sex)"``.
    weight, cluster : str, optional
        Columns of weights and of clusters; either makes the errors robust.
    errors : {"information", "scores"}
        From the second derivatives of the likelihood, or from the products of its first ones, as R's rr has them.
    level : float
        Coverage of the interval, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not allowed, or the device gives nothing away at all.

    Notes
    -----
    It fails where people say no whatever the device tells them: the estimate is then too low. A share of yes below what
    the device alone gives is refused, and tells of that.

    References
    ----------
    .. [1] Warner, S. L. (1965). Randomized response: a survey technique for eliminating evasive answer bias. Journal of
       the American Statistical Association 60, 63-69. https://doi.org/10.1080/01621459.1965.10480775
    .. [2] Blair, G., Imai, K. and Zhou, Y.-Y. (2015). Design and analysis of the randomized response technique. Journal
       of the American Statistical Association 110, 1304-1319. https://doi.org/10.1080/01621459.2015.1050028

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"yes": [1] * 831 + [0] * 1604})
    >>> result = RandomisedResponse("yes", design="forced", truth=2 / 3, forced_yes=1 / 6).fit(answers)
    >>> row = result.estimates.loc["prevalence"]
    >>> print(f"{row['ci_low']:.1%} to {row['ci_high']:.1%}, if all did as the die said")
    23.5% to 29.1%, if all did as the die said
    """

    def __init__(
        self,
        answer: str,
        *,
        design: Literal["forced", "warner", "unrelated"] = "forced",
        truth: float,
        forced_yes: float | None = None,
        unrelated_yes: float | None = None,
        formula: str | None = None,
        weight: str | None = None,
        cluster: str | None = None,
        errors: Literal["information", "scores"] = "information",
        level: float = 0.95,
    ) -> None:
        self.answer = column_name("answer", answer)
        self.design = one_of("design", design, tuple(_METHODS))
        self.truth = float(in_range("truth", truth, 0, 1, open_ends=True))
        self.formula = formula
        if formula is not None:
            formula_names(formula)
        self.weight, self.cluster = optional("weight", weight), optional("cluster", cluster)
        self.errors = one_of("errors", errors, ("information", "scores"))
        if errors == "scores" and (weight is not None or cluster is not None):
            raise SpecificationError(
                f"errors == 'scores' with weight == {weight!r} and cluster == {cluster!r}, which have robust errors: "
                "leave errors out"
            )
        self.level = is_level(level)
        self.alone, self.passed = self._device(forced_yes, unrelated_yes)

    def _device(self, forced: float | None, unrelated: float | None) -> tuple[float, float]:
        """Return the chance of yes without the condition, and what the condition adds to it."""
        if (forced is not None) != (self.design == "forced") or (unrelated is not None) != (self.design == "unrelated"):
            raise SpecificationError(
                f"design == {self.design!r}, must come with forced_yes for 'forced', unrelated_yes for 'unrelated' and "
                "neither for 'warner'"
            )
        if self.design == "forced":
            return float(in_range("forced_yes", 0.0 if forced is None else forced, 0, 1 - self.truth)), self.truth
        if self.design == "unrelated":
            return (1 - self.truth) * float(
                in_range("unrelated_yes", 0.0 if unrelated is None else unrelated, 0, 1)
            ), self.truth
        if self.truth == 0.5:
            raise SpecificationError(
                f"truth == {self.truth:g}, must be another chance after Warner: a fair coin tells nothing"
            )
        return 1 - self.truth, 2 * self.truth - 1

    def fit(self, people: pd.DataFrame) -> SensitiveResult:
        """Estimate the share from answers.

        Parameters
        ----------
        people : pandas.DataFrame
            One row a person.

        Returns
        -------
        SensitiveResult
            The term ``prevalence``, and coefficients on the logit scale.

        Raises
        ------
        DataError
            If columns are missing or cannot be read.
        FitError
            If there are fewer yes, or more, than the device can give.

        Examples
        --------
        >>> import pandas as pd
        >>> answers = pd.DataFrame({"yes": [1] * 45 + [0] * 55})
        >>> result = RandomisedResponse("yes", design="warner", truth=0.7).fit(answers)
        >>> round(float(result.estimates.loc["prevalence", "estimate"]), 3)
        0.375
        """
        rows = read_answers(people, self.answer, 1, formula=self.formula, weight=self.weight, cluster=self.cluster)
        raw = (rows.mean(rows.answer.astype(float)) - self.alone) / self.passed
        if not 0 < raw < 1:
            raise FitError(
                f"the share of yes leads to a prevalence of {raw:.3f}, must be between 0 and 1: some did not do as the "
                "device said, or chance did it, and no share can be estimated"
            )
        start = np.zeros(rows.matrix.shape[1])
        start[0] = np.log(raw / (1 - raw))
        top, design = climb_shares(lambda eta: self._likelihood(rows, eta), rows, ("sensitive",), start)
        slope = self._likelihood(rows, design.predictors(top.beta)).slope
        scores = design.scores(slope)
        covariance = rows.covariance(top, design, slope)
        if self.errors == "scores":
            covariance = np.asarray(np.linalg.inv(scores.T @ scores), dtype=np.float64)
        share, error = mean_share(rows, top.beta, covariance)
        spread = np.sqrt(np.diag(covariance))
        return SensitiveResult(
            method=say(_METHODS[self.design]),
            estimates=estimates_table({"prevalence": (share, error, *share_limits(share, error, self.level))}),
            n=len(rows.frame),
            level=self.level,
            interval="logit",
            checks=(_check_device(self.passed, error, share, len(rows.frame)),),
            assumptions=ASSUMPTIONS,
            references=references(RandomisedResponse),
            inputs=record(rows.frame, packages=("numpy", "scipy", "formulaic")),
            smallest_group=min(fewest_answers(rows), max(1, int(min(rows.answer.sum(), (1 - rows.answer).sum())))),
            coefficients=coefficient_table({"sensitive": (top.beta, spread)}, rows.names, self.level),
        )

    def _likelihood(self, rows: SensitiveRows, predictors: Floats) -> Jet:
        """Return the log-likelihood by row."""
        (eta,) = seeds(predictors)
        yes = ((-eta).exp() + 1.0).inverse() * self.passed + self.alone
        return yes.log().where(rows.answer == 1, (1.0 - yes).log())


def _check_device(passed: float, error: float, share: float, people: int) -> Check:
    """Say what hiding the answers costs: how much larger the variance is than of a direct question."""
    factor = error**2 * people / (share * (1 - share))
    numbers = {"passed_on": passed, "variance_factor": factor}
    said = say("Hiding the answers multiplies the variance by about {factor:.1f}.", factor=factor)
    return Check("device", "pass" if factor < 10 else "review", said, numbers)
