"""People who differ in a way that is not chosen: the range over the ways that the table does not rule out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import FitError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, model
from ctresearch.core.message import say
from ctresearch.core.result import Result, table_field
from ctresearch.core.validate import is_level
from ctresearch.prevalence.closed.closed_population import ClosedPopulation
from ctresearch.prevalence.closed.normal_odds import PARAMETERS as OF_NORMAL
from ctresearch.prevalence.closed.normal_odds import fit_normal_odds
from ctresearch.prevalence.closed.two_kinds import PARAMETERS as OF_KINDS
from ctresearch.prevalence.closed.two_kinds import fit_two_kinds
from ctresearch.prevalence.lists.declared import POPULATION
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.population_table import population_table
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.prevalence.loglinear.loglinear_checks import check_overlaps
from ctresearch.prevalence.trust.diagnose import diagnose
from ctresearch.prevalence.trust.diagnosis import diagnosis_of
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.closed.closed_design import Heterogeneity
    from ctresearch.prevalence.closed.closed_result import ClosedPopulationResult
    from ctresearch.prevalence.closed.open_size import OpenSize
    from ctresearch.prevalence.lists.histories import CaptureHistories

SHAPES: tuple[Heterogeneity, ...] = ("poisson", "darroch", "gamma")
ASSUMPTIONS = (
    "The population is closed: nobody enters or leaves it in the reference period.",
    "People are matched across lists without error, and everybody on a list belongs to the population.",
    "Lists depend on one another only because people differ, in one of the ways that are tried.",
    "Nobody is out of reach of all lists.",
)
# A quantile of chi-squared with one degree of freedom at 99 %. At 95 % the right way to differ, which has to hold its
# place beside all others at once, was left out of one table in ten whose log odds vary widely.
_RULED_OUT = 6.63
# Two ways that agree, with lighter and heavier tails ruled out, are nearly one model, and people who differ in between
# lie outside of its limits: in populations of known size most misses were there. Three span what lies between them.
_SPAN = 3
# Beyond, the ways say populations that are not the same answer, and their mean is none.
_APART = 3.0
# Of three lists, further ways take more than the numbers on one, two and three lists can tell.
_LISTS_FOR_MORE = 4
_POOR_FIT = 0.05
# What one more parameter costs by Akaike's criterion.
_PENALTY = 2.0
KINDS, NORMAL, HEAVY = "two kinds", "normal log odds", "heavy gamma"
_FURTHER = (NORMAL, KINDS)
# Between the 3.5 that the literature takes and a shape so heavy that nothing bounds the people who are never seen; a
# table that would show that people differ, and does not clearly, shows still less how they do. One that could not show
# it bounds nobody by a heavy tail, and is left to the usual ways.
_HEAVY_THETA = {True: 2.0, False: 1.5}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class HeterogeneityRangeResult(Result):
    """Population size over several ways in which people differ.

    Parameters
    ----------
    shapes : pandas.DataFrame
        Indexed by ``shape``: ``estimate``, ``ci_low``, ``ci_high``, ``deviance`` of its fit with ``df``, and
        ``weight``, 0 where the table rules the shape out.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, HeterogeneityRange
    >>> HeterogeneityRange().fit(CaptureHistories.from_published("hav-taiwan")).shapes["weight"].round(2).to_dict()
    {'poisson': 0.33, 'darroch': 0.33, 'gamma': 0.33}
    """

    shapes: pd.DataFrame = table_field(
        {
            "shape": key("How people differ"),
            "estimate": model("Estimated population", "persons"),
            "ci_low": model("Lower limit", "persons"),
            "ci_high": model("Upper limit", "persons"),
            "deviance": model("Deviance"),
            "df": count("Degrees of freedom", "degrees", of="nobody"),
            "weight": model("Weight in the estimate", reader="percent"),
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = POPULATION


class HeterogeneityRange(Options):
    """Estimate a population of people who differ, without choosing how they do.

    Three models of people who differ, with ever heavier tails, are fitted: those of ``ClosedPopulation("Mth")`` with
    Poisson, Darroch and gamma heterogeneity. Tables of lists hardly tell them apart, and their estimates differ by half
    and more [1]_, [2]_. With four lists or more a gamma model of heavier tail is set beside them (its shape 2 in place
    of 3.5, or 1.5 where the table would show that people differ and does not clearly). Where they clearly do, two more:
    log odds that vary by a normal distribution [3]_, and two kinds of people, the odds of the one 1.5 to 30 times those
    of the other on every list, as where a few are known to everybody. Limits go from the lowest to the highest limit of
    the models that the table does not rule out, those within 6.63 units of the smallest deviance (99 %), where two more
    are asked of two kinds for their further parameter; the estimate is their mean on the log scale, weighted by
    likelihood.

    Parameters
    ----------
    level : float
        Coverage of the profile-likelihood limits of each model, as a proportion.

    Raises
    ------
    SpecificationError
        If the level is no proportion.

    Notes
    -----
    It fails where lists refer people to one another or repel, and where some people are out of reach of all lists.
    Heavier tails than those of the gamma model exist, and give more people yet: where people clearly differ, the check
    ``shapes`` asks for care, however well the ways that were tried agree [1]_. How often it held the truth in
    populations of known size is in ``benchmarks/results/verdict_status.csv``.

    References
    ----------
    .. [1] Link, W. A. (2003). Nonidentifiability of population size from capture-recapture data with heterogeneous
       detection probabilities. Biometrics 59, 1123-1130. https://doi.org/10.1111/j.0006-341X.2003.00129.x
    .. [2] Rivest, L.-P. and Baillargeon, S. (2007). Applications and extensions of Chao's moment estimator for the
       size of a closed population. Biometrics 63, 999-1006.
    .. [3] Coull, B. A. and Agresti, A. (1999). The use of mixed logit models to reflect heterogeneity in
       capture-recapture studies. Biometrics 55, 294-301.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> result = HeterogeneityRange().fit(CaptureHistories.from_published("hav-taiwan"))
    >>> print(result.estimates.loc["population", ["ci_low", "ci_high"]].astype(float).round(-1).tolist())
    [500.0, 8960.0]
    """

    def __init__(self, *, level: float = 0.95) -> None:
        self.level = is_level(level)

    def fit(self, histories: CaptureHistories) -> HeterogeneityRangeResult:
        """Estimate the population from a table of lists.

        Parameters
        ----------
        histories : CaptureHistories
            The table, of at least three lists.

        Returns
        -------
        HeterogeneityRangeResult
            Terms ``population`` and ``unobserved``, in persons, and ``.shapes``.

        Raises
        ------
        DataError
            If the table cannot tell anything about people on no list.
        SpecificationError
            If there are fewer than three lists.
        FitError
            If no model has an estimate.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> HeterogeneityRange().fit(CaptureHistories.from_published("hav-taiwan")).interval
        'range'
        """
        table = require_estimable(histories)
        if len(table.lists) < 3:
            raise SpecificationError(
                f"people who differ need at least 3 lists, the table has {len(table.lists)}: take Chapman or "
                "ClosedPopulation('Mt'), which take people to be alike"
            )
        found = diagnosis_of(table)
        many, clearly = len(table.lists) >= _LISTS_FOR_MORE, found.clearly
        shows = clearly or (found.power is not None and found.power.shows)
        smooth = (*SHAPES, HEAVY) if many and shows else SHAPES
        fitted = self._fit(table, smooth, _HEAVY_THETA[clearly])
        more = self._further(table) if many and clearly else {}
        tried = len(smooth) + len(_FURTHER) * (many and clearly)
        shapes = _weighed(_table_of(fitted), more)
        kept = shapes[shapes["weight"] > 0]
        people, weight = table.n_observed, kept["weight"].to_numpy()
        estimate = float(np.exp(weight @ np.log(kept["estimate"].to_numpy())))
        errors = kept["std_error"].to_numpy()
        spread = float(np.sqrt(weight @ (errors**2 + (kept["estimate"].to_numpy() - estimate) ** 2)))
        limits = float(kept["ci_low"].min()), float(kept["ci_high"].max())
        return HeterogeneityRangeResult(
            method=say(
                "People who differ, range over {n} model", many="People who differ, range over {n} models", n=len(kept)
            ),
            estimates=population_table(people, estimate - people, spread, limits),
            n=people,
            level=self.level,
            interval="range",
            scope=table.scope,
            checks=(
                check_overlaps(table.overlaps()),
                _check_shapes(shapes, tried=tried, clearly=clearly),
                _check_fit(kept),
                *diagnose(table, allows=["any difference"]),
                *checks_of(table),
            ),
            assumptions=ASSUMPTIONS,
            references=(*table.references, *references(HeterogeneityRange)),
            inputs=record(table.counts, packages=("numpy", "scipy", "numba")),
            smallest_group=smallest_of([one.smallest_group or 0 for one in fitted.values()]),
            shapes=shapes.drop(columns="std_error"),
        )

    def _fit(self, table: CaptureHistories, shapes: tuple[str, ...], heavy: float) -> dict[str, ClosedPopulationResult]:
        """Fit the models that have an estimate."""
        fitted: dict[str, ClosedPopulationResult] = {}
        reason = ""
        for shape in shapes:
            kind: Heterogeneity = "gamma" if shape == HEAVY else cast("Heterogeneity", shape)
            theta = heavy if shape == HEAVY else None
            try:
                fitted[shape] = ClosedPopulation("Mth", heterogeneity=kind, theta=theta, level=self.level).fit(table)
            except FitError as error:
                reason = str(error)
        if not fitted:
            raise FitError(
                f"none of {len(shapes)} models of people who differ has an estimate; the last says: {reason}"
            )
        return fitted

    def _further(self, table: CaptureHistories) -> dict[str, dict[str, float]]:
        """Fit normal log odds and two kinds of people, each where the table bounds it from above."""
        from scipy.special import ndtri

        lists, counts = len(table.lists), table.cell_counts()
        reach = 2 * float(ndtri((1 + self.level) / 2))
        fits: dict[str, tuple[OpenSize, int]] = {
            NORMAL: (fit_normal_odds(counts, self.level), OF_NORMAL),
            KINDS: (fit_two_kinds(counts, self.level), OF_KINDS),
        }
        return {
            name: {
                "estimate": found.population,
                "ci_low": found.low,
                "ci_high": found.high,
                "std_error": (found.high - found.low) / reach,
                "deviance": found.deviance,
                "df": (1 << lists) - 1 - lists - parameters,
            }
            for name, (found, parameters) in fits.items()
            if np.isfinite(found.high)
        }


def _table_of(fitted: Mapping[str, ClosedPopulationResult]) -> pd.DataFrame:
    """Set the models beside one another."""
    rows = {}
    for name, one in fitted.items():
        population = one.estimates.loc["population", ["estimate", "ci_low", "ci_high", "std_error"]].astype(float)
        fit = one.goodness_of_fit
        rows[name] = population.to_dict() | {"deviance": float(fit["value"]["deviance"]), "df": fit["df"]["deviance"]}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("shape")


def _weighed(smooth: pd.DataFrame, further: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Add further ways where they are asked for, and give each way its weight."""
    table = pd.concat([smooth, pd.DataFrame.from_dict(further, orient="index")]) if further else smooth
    table = table.rename_axis("shape").astype({"df": int})
    lack = table["deviance"] + _PENALTY * (table.index == KINDS)
    behind = lack - lack.min()
    weight = np.exp(-behind / 2).where(behind <= _RULED_OUT, 0.0)
    return table.assign(weight=weight / weight.sum())


def _check_fit(kept: pd.DataFrame) -> Check:
    """Say whether any way in which people may differ fits the table."""
    from scipy.special import chdtrc

    known = kept[kept["df"] > 0]
    if known.empty:
        words = say("The table leaves no degrees of freedom by which to judge how any way to differ fits.")
        return Check("fit", "pass", words, {"p_value": np.nan})
    p_value = float(chdtrc(known["df"].to_numpy(float), known["deviance"].to_numpy()).max())
    numbers = {"p_value": p_value}
    if p_value >= _POOR_FIT:
        words = say("The way to differ that fits best has p = {p:.2g}.", p=p_value)
        return Check("fit", "pass", words, numbers)
    words = say(
        "None of the ways in which people may differ fits the table (p = {p:.2g}): they differ in yet another, or "
        "lists depend on one another besides.",
        p=p_value,
    )
    return Check("fit", "review", words, numbers)


def _check_shapes(shapes: pd.DataFrame, *, tried: int, clearly: bool) -> Check:
    """Say how far the estimate depends on how people differ, and whether enough ways are left to span what may be.

    Where people clearly differ, how they do is not in the table: in populations of known size, ways that were not tried
    fitted it as well and lay outside of every limit.
    """
    kept = shapes[shapes["weight"] > 0]
    missing = tried - len(shapes)
    low, high = float(kept["estimate"].min()), float(kept["estimate"].max())
    numbers = {"kept": len(kept), "without_estimate": missing, "factor": high / low}
    told: dict[str, Any] = {"kept": len(kept), "shapes": tried, "low": low, "high": high}
    few = len(kept) < _SPAN
    if missing or not (few or clearly):
        said = say(
            "{kept} of {shapes} ways in which people may differ fit the table, and say {low:,.0f} to {high:,.0f}; "
            "{missing} have no estimate.",
            missing=missing,
            **told,
        )
        return Check("shapes", "review" if missing or high > _APART * low else "pass", said, numbers)
    if few:
        said = say(
            "The table leaves {kept} of {shapes} ways in which people may differ, which say {low:,.0f} to {high:,.0f}: "
            "too few to span the ways in between, so that the limits may be too narrow.",
            **told,
        )
        return Check("shapes", "review", said, numbers)
    said = say(
        "People clearly differ, and {kept} of {shapes} ways to differ fit the table and say {low:,.0f} to {high:,.0f}: "
        "which is right is not in the table, and ways that were not tried would say other numbers.",
        **told,
    )
    return Check("shapes", "review", said, numbers)
