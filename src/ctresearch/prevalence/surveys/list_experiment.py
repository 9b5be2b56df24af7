"""List experiments: a share behind counts of items, of which the sensitive one is on half the lists."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ctresearch.core.cells import shown
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import has_columns, is_frame, is_level, one_of, whole_number
from ctresearch.prevalence.surveys.design_effect import check_design, design_test
from ctresearch.prevalence.surveys.list_likelihood import linear_fit, list_likelihood, nonlinear_fit
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
from ctresearch.stats.groups.smallest import smallest_of
from ctresearch.stats.regression.formula import formula_names

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.prevalence.surveys.survey_design import Floats

    Fitted = tuple[float, float, dict[str, tuple[Floats, Floats]], float]

_METHODS = {
    "linear": "List experiment, difference in means by regression",
    "nls": "List experiment, nonlinear least squares in two steps",
    "ml": "List experiment, maximum likelihood",
}
_EXTREME = 0.15  # of those with the sensitive item, at none or all of the items: such people feel seen through
ASSUMPTIONS = (
    "Lists were given at random.",
    "The sensitive item changes nothing in the answers to the others.",
    "People count the sensitive item truthfully.",
)
_BINOMIAL = (
    "Items other than the sensitive one apply independently, with one chance among people alike in the covariates."
)


class ListExperiment(Options):
    """Estimate a share from how many items of a list apply to people, the sensitive item being on some lists only.

    Nobody says which items apply, but the lists with one item more have a mean that is larger by its share. With
    covariates that difference is regressed on them, by least squares or by the likelihood of the counts [1]_.

    Parameters
    ----------
    answer : str
        Column of how many items apply.
    treatment : str
        Column that says whose list had the sensitive item.
    items : int
        Number of other items.
    control, sensitive : object
        Values of ``treatment`` for lists without and with it; rows with other values, of another sensitive item, are
        left out.
    method : {"linear", "nls", "ml"}
        ``"linear"`` without a formula is the difference in means.
    same_items : bool
        For ``"ml"``: whether other items apply alike to people with the sensitive trait and without it.
    formula : str, optional
        Right-hand side for all parts.
    weight, cluster : str, optional
        Columns of weights and of clusters; either makes the errors robust.
    level : float
        Coverage of the interval, as a proportion.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    A test asks whether the sensitive item changed the other answers [2]_. It fails where people lie all the same, and
    where nearly all or none of the other items apply, since the answer then tells.

    References
    ----------
    .. [1] Imai, K. (2011). Multivariate regression analysis for the item count technique. Journal of the American
       Statistical Association 106, 407-416. https://doi.org/10.1198/jasa.2011.ap10415
    .. [2] Blair, G. and Imai, K. (2012). Statistical analysis of list experiments. Political Analysis 20, 47-77.
       https://doi.org/10.1093/pan/mpr048

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> listed = pd.DataFrame({"long": np.arange(2000) % 2})
    >>> listed["n"] = rng.binomial(3, 0.4, 2000) + listed["long"] * rng.binomial(1, 0.15, 2000)
    >>> row = ListExperiment("n", treatment="long", items=3, method="ml").fit(listed).estimates.loc["prevalence"]
    >>> print(f"{row['ci_low']:.1%} to {row['ci_high']:.1%}; in truth 15%")
    11.5% to 25.2%; in truth 15%
    """

    def __init__(
        self,
        answer: str,
        *,
        treatment: str,
        items: int,
        control: Any = 0,
        sensitive: Any = 1,
        method: Literal["linear", "nls", "ml"] = "linear",
        same_items: bool = True,
        formula: str | None = None,
        weight: str | None = None,
        cluster: str | None = None,
        level: float = 0.95,
    ) -> None:
        self.answer, self.treatment = column_name("answer", answer), column_name("treatment", treatment)
        self.items = whole_number("items", items, 2)
        for name, value in (("control", control), ("sensitive", sensitive)):
            if value is None or not isinstance(value, Hashable):
                raise SpecificationError(f"{name} == {shown(value)}, must be one value of the treatment")
        self.control, self.sensitive = control, sensitive
        self.method = one_of("method", method, tuple(_METHODS))
        self.same_items = one_of("same_items", same_items, (True, False))
        self.formula = formula
        if formula is not None:
            formula_names(formula)
        self.weight, self.cluster = optional("weight", weight), optional("cluster", cluster)
        self.level = is_level(level)

    def fit(self, people: pd.DataFrame) -> SensitiveResult:
        """Estimate the share from answers.

        Parameters
        ----------
        people : pandas.DataFrame
            One row a person.

        Returns
        -------
        SensitiveResult
            The term ``prevalence``, coefficients by part and the test of the design.

        Raises
        ------
        DataError
            If columns are missing or cannot be read, or a list was given to fewer than two people.
        FitError
            If the likelihood has no maximum inside.

        Examples
        --------
        >>> import pandas as pd
        >>> listed = pd.DataFrame({"n": [0, 1, 2, 1, 1, 2, 3, 2] * 20, "long": [0, 0, 0, 0, 1, 1, 1, 1] * 20})
        >>> result = ListExperiment("n", treatment="long", items=3).fit(listed)
        >>> round(float(result.estimates.loc["prevalence", "estimate"]), 6)
        1.0
        """
        rows, treated = self._read(people)
        share, error, parts, _likelihood = getattr(self, f"_{self.method}")(rows, treated)
        tests = design_test(rows.answer, treated, self.items)
        limits = share_limits(share, error, self.level)
        normal = self.method == "linear"
        if normal:
            from scipy.special import ndtri

            reach = float(ndtri((1 + self.level) / 2)) * error
            limits = share - reach, share + reach
        words = (*ASSUMPTIONS, _BINOMIAL) if self.method == "ml" else ASSUMPTIONS
        return SensitiveResult(
            method=say(_METHODS[self.method]),
            estimates=estimates_table({"prevalence": (share, error, *limits)}),
            n=len(rows.frame),
            level=self.level,
            interval="normal" if normal else "logit",
            checks=(check_design(tests), _check_ends(rows, treated, self.items), _check_within(share)),
            assumptions=words,
            references=references(ListExperiment),
            inputs=record(rows.frame, packages=("numpy", "scipy", "formulaic")),
            smallest_group=min(fewest_answers(rows), smallest_of([int(treated.sum()), int((~treated).sum())])),
            coefficients=coefficient_table(parts, rows.names, self.level),
            tests=tests,
        )

    def _read(self, people: Any) -> tuple[SensitiveRows, NDArray[np.bool_]]:
        """Read the answers of both lists."""
        frame = is_frame("people", people)
        has_columns("people", frame, [self.treatment])
        chosen = frame[self.treatment].isin([self.control, self.sensitive])
        sizes = [int((frame[self.treatment] == one).sum()) for one in (self.control, self.sensitive)]
        if min(sizes) < 2:
            raise DataError(
                f"{sizes[0]} people had the list without the sensitive item and {sizes[1]} that with it, must be two "
                "of each at least: name the values of the treatment in control= and sensitive="
            )
        rows = read_answers(
            frame[chosen],
            self.answer,
            self.items + 1,
            formula=self.formula,
            weight=self.weight,
            cluster=self.cluster,
            more=(self.treatment,),
        )
        treated = (rows.frame[self.treatment] == self.sensitive).to_numpy(dtype=bool)
        beyond = int((rows.answer[~treated] > self.items).sum())
        if beyond:
            raise DataError(f"{beyond} people count more than {self.items} items on a list of so many: check items=")
        return rows, treated

    def _linear(self, rows: SensitiveRows, treated: NDArray[np.bool_]) -> Fitted:
        """Regress the answers on covariates and treatment."""
        beta, covariance = linear_fit(rows, treated)
        size, spread = rows.matrix.shape[1], np.sqrt(np.diag(covariance))
        middle = rows.weight @ rows.matrix / rows.weight.sum()
        share = float(middle @ beta[size:])
        error = float(np.sqrt(middle @ covariance[size:, size:] @ middle))
        parts = {"sensitive": (beta[size:], spread[size:]), "control": (beta[:size], spread[:size])}
        return share, error, parts, float("nan")

    def _nls(self, rows: SensitiveRows, treated: NDArray[np.bool_]) -> Fitted:
        """Regress in two steps."""
        beta, covariance = nonlinear_fit(rows, treated, self.items)
        size, spread = rows.matrix.shape[1], np.sqrt(np.diag(covariance))
        share, error = mean_share(rows, beta[size:], covariance[size:, size:])
        parts = {"sensitive": (beta[size:], spread[size:]), "control": (beta[:size], spread[:size])}
        return share, error, parts, float("nan")

    def _ml(self, rows: SensitiveRows, treated: NDArray[np.bool_]) -> Fitted:
        """Climb the likelihood."""
        size = rows.matrix.shape[1]
        names = ("sensitive", "control") if self.same_items else ("sensitive", "control without", "control with")
        start = np.zeros(size * len(names))
        mean = float(np.clip(rows.answer[~treated].mean() / self.items, 0.02, 0.98))
        start[size::size] = np.log(mean / (1 - mean))
        start[0] = np.log(0.2 / 0.8)

        def likelihood(predictors: Floats) -> Any:
            return list_likelihood(rows.answer, treated, self.items, predictors)

        top, design = climb_shares(likelihood, rows, names, start)
        covariance = rows.covariance(top, design, likelihood(design.predictors(top.beta)).slope)
        spread = np.sqrt(np.diag(covariance))
        share, error = mean_share(rows, top.beta[:size], covariance[:size, :size])
        parts = {
            name: (top.beta[i * size : (i + 1) * size], spread[i * size : (i + 1) * size])
            for i, name in enumerate(names)
        }
        return share, error, parts, top.log_likelihood


def _check_ends(rows: SensitiveRows, treated: NDArray[np.bool_], items: int) -> Check:
    """Say how many could be seen through: nothing or everything on the list applies to them."""
    answers = rows.answer[~treated]
    share = float(((answers == 0) | (answers == items)).mean())
    said = say("To {share:.0%} of those with the plain list none of its items or all apply", share=share)
    if share <= _EXTREME:
        return Check("ends", "pass", say("{said}.", said=said), {"share": share})
    return Check(
        "ends",
        "review",
        say("{said}: with the sensitive item they could be seen through.", said=said),
        {"share": share},
    )


def _check_within(share: float) -> Check:
    """Say whether the estimate is a share."""
    if 0 <= share <= 1:
        return Check("within", "pass", say("The estimate lies between 0 and 1."), {"estimate": share})
    return Check(
        "within", "review", say("The estimate lies outside 0 and 1, as chance can make it."), {"estimate": share}
    )
