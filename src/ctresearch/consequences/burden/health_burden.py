"""Disability-adjusted life years: healthy years lost to the conditions that survivors live with, and to deaths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.consequences.burden.present_value import years_counted
from ctresearch.consequences.burden.uncertain import Given, Uncertain, as_uncertain, read_limits, read_uncertain
from ctresearch.core import meaning as col
from ctresearch.core.cells import refuse_cells, wrong_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.names import name_key
from ctresearch.core.random import Seed, recorded_seed, seed_sequence, streams
from ctresearch.core.result import MAX_DRAWS, Result, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, in_range, is_frame, is_level, whole_number

if TYPE_CHECKING:
    from ctresearch.consequences.burden.uncertain import Shape
    from ctresearch.consequences.durations.durations import Floats

ASSUMPTIONS = (
    "The shares hold for all victims counted; those of people reached by services may differ from those of others.",
    "The shares are in excess of what people would have without trafficking, or all of it is laid to trafficking.",
    "Conditions strike independently: somebody with two loses less than the sum of both weights.",
)
SUMS = ("total", "disability", "deaths", "per_victim")
_COLUMNS: dict[str, tuple[float | None, Shape]] = {
    "share": (None, "beta"),
    "weight": (None, "beta"),
    "years": (1.0, "gamma"),
    "deaths": (0.0, "gamma"),
    "life_years": (0.0, "fixed"),
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BurdenResult(Result):
    """Years of healthy life lost, by condition.

    Parameters
    ----------
    n : int
        Conditions that are added up.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``total``, ``disability``, ``deaths``,
        ``per_victim`` and the conditions.

    Examples
    --------
    >>> import pandas as pd
    >>> conditions = pd.DataFrame({"condition": ["injury"], "share": [0.5], "weight": [0.2], "years": [2.0]})
    >>> HealthBurden(victims=10, draws=100).fit(conditions).n
    1
    """

    terms: ClassVar = {
        "total": col.model("Disability-adjusted life years", headline=True),
        "disability": col.model("Years lived with disability"),
        "deaths": col.model("Years of life lost to death"),
        "per_victim": col.model("Disability-adjusted life years per victim"),
        "*": col.model(),
    }

    n: int = value_field(col.count("Conditions", "conditions", of="nobody"))


class HealthBurden(Options):
    """Estimate the disability-adjusted life years that a number of victims lose.

    Each condition costs ``victims x share x weight x years`` of healthy life, and each death the years that were left.
    The total allows for people who have several conditions, whose weights multiply [2]_.

    Parameters
    ----------
    victims : float, tuple of float, or Result
        A number, a range, or an estimate of prevalence, whose draws are used where it has them.
    term : str
        Term of an estimate that counts the victims.
    discount : float, optional
        Rate a year; ``None`` counts all years in full, as the Global Burden of Disease has done since 2010.
    draws : int
        Monte Carlo draws, at most 4,000.
    level : float
        Coverage of the percentile limits, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the draws start.
    scope : Scope, optional
        Whom the result is about; by default those whom an estimate of ``victims`` counts.

    Raises
    ------
    SpecificationError
        If an option is not allowed.
    FitError
        If the estimate of victims has a failed check or no limits.

    References
    ----------
    .. [1] Murray, C. J. L. (1994). Quantifying the burden of disease: the technical basis for disability-adjusted life
       years. Bulletin of the World Health Organization 72, 429-445.
    .. [2] Vos, T. et al. (2012). Years lived with disability (YLDs) for 1160 sequelae of 289 diseases and injuries
       1990-2010: a systematic analysis for the Global Burden of Disease Study 2010. The Lancet 380, 2163-2196.
       https://doi.org/10.1016/S0140-6736(12)61729-2

    Examples
    --------
    >>> conditions = pd.DataFrame({"condition": ["depression"], "share": [0.612], "share_low": [0.582]})
    >>> conditions = conditions.assign(share_high=0.642, weight=0.4, weight_low=0.27, weight_high=0.53)
    >>> row = HealthBurden(victims=1000).fit(conditions).estimates.loc["total"]
    >>> limits = f"{row['ci_low']:.0f} to {row['ci_high']:.0f}"
    >>> print(f"{row['estimate']:.0f} healthy years lost a year by 1,000 people ({limits})")
    245 healthy years lost a year by 1,000 people (169 to 325)
    """

    def __init__(
        self,
        *,
        victims: Given,
        term: str = "population",
        discount: float | None = None,
        draws: int = MAX_DRAWS,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.victims = as_uncertain("victims", victims, term)
        self.scope = scope or (victims.scope if isinstance(victims, Result) else Scope())
        self.discount = None if discount is None else float(in_range("discount", discount, 0, 1))
        self.draws = whole_number("draws", draws, 2, MAX_DRAWS)
        self.level = is_level(level)
        self.seed = seed
        seed_sequence(seed)

    def fit(self, conditions: pd.DataFrame) -> Result:
        """Work the burden out.

        Parameters
        ----------
        conditions : pandas.DataFrame
            One row a condition: ``condition``, ``share`` of victims who have it, disability ``weight``; where wanted
            ``years`` it lasts (1 by default), ``deaths`` among the victims and ``life_years`` left at death. Each may
            have 95 % limits, such as ``share_low`` and ``share_high``: shares and weights are then beta, years and
            deaths gamma.

        Returns
        -------
        BurdenResult
            Terms ``total``, ``disability``, ``deaths`` and ``per_victim``, then each condition by itself, in DALYs.

        Raises
        ------
        DataError
            If a column is missing, a share or weight is not between 0 and 1, a number is negative, or a condition comes
            twice.

        Examples
        --------
        >>> conditions = pd.DataFrame({"condition": ["injury"], "share": [0.5], "weight": [0.2], "years": [2.0]})
        >>> round(float(HealthBurden(victims=10).fit(conditions).estimates.loc["total", "estimate"]), 9)
        2.0
        """
        names, inputs = _read(conditions)
        randoms = streams(self.seed, 1 + len(names) * len(_COLUMNS))
        people = self.victims.draw(randoms[0], self.draws)
        drawn = np.array([q.draw(r, self.draws) for q, r in zip(inputs, randoms[1:], strict=True)])
        central = np.array([[q.value] for q in inputs])
        draws = pd.DataFrame(self._terms(names, people, drawn)).T.rename_axis("term")
        values = self._terms(names, np.array([self.victims.value]), central)
        numbers = draws.to_numpy(dtype=float)
        low, high = np.quantile(numbers, [(1 - self.level) / 2, (1 + self.level) / 2], axis=1)
        columns = {"estimate": [float(v[0]) for v in values.values()], "std_error": numbers.std(axis=1, ddof=1)}
        table = pd.DataFrame(
            columns | {"ci_low": low, "ci_high": high}, index=pd.Index(list(values), name="term", dtype="str")
        )
        return BurdenResult(
            method=(
                say(
                    "Disability-adjusted life years, {discounting}",
                    discounting=say("discounted at {share:.2%} a year", share=self.discount)
                    if self.discount
                    else say("undiscounted"),
                )
            ),
            estimates=table.assign(unit="DALYs"),
            n=len(names),
            level=self.level,
            interval="percentile",
            scope=self.scope,
            checks=(_check_comorbidity(values, names),),
            assumptions=ASSUMPTIONS,
            references=references(HealthBurden),
            inputs=record(conditions, seed=recorded_seed(self.seed)),
            draws=draws,
        )

    def _terms(self, names: tuple[str, ...], people: Floats, drawn: Floats) -> dict[str, Floats]:
        """Work out all terms; rows of ``drawn`` are the five quantities of each condition in turn."""
        share, weight, years, deaths, life_years = drawn.reshape(len(names), len(_COLUMNS), -1).transpose(1, 0, 2)
        lost = share * weight
        each = people * lost * years_counted(years, self.discount)
        dead = deaths * years_counted(life_years, self.discount)
        disability = each.sum(axis=0) * _shared(lost)
        total = disability + dead.sum(axis=0)
        per_victim = np.divide(total, people, out=np.full(len(total), np.nan), where=people > 0)
        out = {"total": total, "disability": disability, "deaths": dead.sum(axis=0), "per_victim": per_victim}
        return out | {name: one + gone for name, one, gone in zip(names, each, dead, strict=True)}


def _shared(lost: Floats) -> Floats:
    """Return by what sums are to be multiplied where weights of several conditions combine, shape (draws,)."""
    plain = lost.sum(axis=0)
    together = 1 - np.prod(1 - lost, axis=0)
    return np.asarray(np.divide(together, plain, out=np.ones_like(plain), where=plain > 0), dtype=float)


def _read(frame: pd.DataFrame) -> tuple[tuple[str, ...], list[Uncertain]]:
    """Read the table of conditions: names, and their quantities, those of ``_COLUMNS`` in turn for each."""
    is_frame("conditions", frame)
    needed = ["condition", *(name for name, (default, _) in _COLUMNS.items() if default is None)]
    has_columns("conditions", frame, needed)
    refuse_missing(frame, needed)
    names = tuple(frame["condition"].astype(str))
    keys = frame["condition"].map(name_key)
    twice = keys.duplicated(keep=False) | keys.isin(SUMS)
    must = "comes twice, whatever its spelling, or bears the name of a sum; must come once: rename it"
    refuse_cells(frame["condition"], twice, must, name="condition")
    columns = [_quantities(frame, *item) for item in _COLUMNS.items()]
    return names, [quantity for row in zip(*columns, strict=True) for quantity in row]


def _quantities(frame: pd.DataFrame, column: str, how: tuple[float | None, Shape]) -> tuple[Uncertain, ...]:
    """Read one quantity of all conditions."""
    default, shape = how
    value = read_numbers(frame, column) if column in frame else np.full(len(frame), default or 0.0)
    low, high = (read_limits(frame, f"{column}_{end}", value) for end in ("low", "high"))
    most = 1.0 if shape == "beta" else np.inf
    for name, values in ((column, value), (f"{column}_low", low), (f"{column}_high", high)):
        wrong = (values < 0) | (values > most)
        if wrong.any():
            must = f"must be at least 0{' and at most 1' if most == 1 else ''}"
            raise wrong_cells(frame[name if name in frame else column], wrong, must, name=name)
    wide: Shape = "triangular" if shape == "fixed" else shape
    return read_uncertain(
        column, value, low, high, [wide if a < b else "fixed" for a, b in zip(low, high, strict=True)]
    )


def _check_comorbidity(values: dict[str, Floats], names: tuple[str, ...]) -> Check:
    """Say by how much people with several conditions lower the sum."""
    plain = float(sum(values[name][0] for name in names) - values["deaths"][0])
    share = float(values["disability"][0]) / plain if plain > 0 else 1.0
    numbers = {"sum": plain, "together": float(values["disability"][0])}
    said = say(
        "Years lived with disability come to {share:.1%} of the sum over conditions, some people having several.",
        share=share,
    )
    return Check("comorbidity", "review" if share < 0.8 else "pass", said, numbers)
