"""Agreement of coders beyond chance: eight coefficients, with limits, missing ratings and any number of coders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import shown
from ctresearch.core.cite import references
from ctresearch.core.columns import column_names
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import ALL, refuse_reserved
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.random import recorded_seed, seed_sequence
from ctresearch.core.result import estimates_table, reach
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.qualitative.coders import agreement_checks as checks
from ctresearch.qualitative.coders.agreement_result import AgreementResult
from ctresearch.qualitative.coders.disagreement import disagreement_table, pair_table
from ctresearch.qualitative.coders.read_ratings import Ratings, read_ratings
from ctresearch.qualitative.coders.which_weights import ChosenWeights, check_asked, choose_weights
from ctresearch.stats.agreement.coded_units import CodedUnits, join_units
from ctresearch.stats.agreement.coefficients import STATISTICS, Ready
from ctresearch.stats.agreement.resampling import bootstrap_draws, jackknife_error, linear_error
from ctresearch.stats.agreement.weights import IdentityWeights
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.core.random import Seed
    from ctresearch.qualitative.coders.which_weights import Asked

    Floats = NDArray[np.float64]

INTERVALS = ("analytic", "jackknife", "bootstrap")
_NO_SPREAD = 1e-9  # a standard error this small says that no unit differs from another, not that all is known
_TWO_CODERS = ("cohen", "scott")
_TITLES = {
    "percent": say("Percent agreement"),
    "cohen": say("Cohen's kappa"),
    "scott": say("Scott's pi"),
    "fleiss": say("Fleiss' kappa"),
    "conger": say("Conger's kappa"),
    "krippendorff": say("Krippendorff's alpha"),
    "gwet": say("Gwet's AC"),
    "brennan-prediger": say("Brennan and Prediger's kappa"),
}
ASSUMPTIONS = (
    say("Coders worked alone, with one codebook, on units that were cut before they began."),
    say("The units coded twice are like those that were coded once, and units are independent of one another."),
    say("Agreement says that coders see the same; it does not say that what they see is there."),
)


@dataclass(frozen=True, slots=True)
class Estimated:
    """One coefficient with its limits: ``row`` is estimate, error, low, high; ``draws`` of the bootstrap."""

    row: tuple[float, float, float, float]
    observed: float
    expected: float
    draws: Floats
    df: float


class Agreement(Options):
    """Measure how far coders agree beyond chance.

    Parameters
    ----------
    statistic : str
        ``"percent"``; ``"cohen"`` and ``"scott"`` for two coders, over the units that both coded; ``"fleiss"`` (many
        coders who are alike), ``"conger"`` (many coders, each with shares of its own), ``"krippendorff"``, ``"gwet"``
        (AC1, and AC2 with weights), ``"brennan-prediger"``.
    weights : str, DataFrame or callable
        How much two codes agree: ``"nominal"`` (or ``"identity"``), ``"linear"``, ``"quadratic"`` (or ``"interval"``),
        ``"ordinal"``, ``"radical"``, ``"ratio"``, ``"circular"``, ``"bipolar"``; ``"masi"`` or
        ``"jaccard"`` for sets of codes; a table of the agreement of each two codes, from 0 to 1; or a function that
        gives the distance of two codes. ``"ordinal"`` means Krippendorff's metric for his alpha and Gwet's weights for
        all others; ``"ordinal-ranks"`` and ``"ordinal-gwet"`` say it outright, and the result names which it was.
    coders : sequence of str, optional
        Columns of the coders; every column by default.
    categories : sequence, optional
        Every code that could be given, from least to most; those that occur by default. Gwet's and Brennan and
        Prediger's coefficients depend on it.
    separator : str, optional
        What stands between several codes in one cell, as in ``"debt|threat"``.
    per_code : bool
        Add a row for each code, against all others.
    interval : {"analytic", "jackknife", "bootstrap"}
        Linearised (Gwet's; for two coders Fleiss, Cohen and Everitt's), leaving out one unit at a time, or drawing
        units anew.
    draws : int
        Samples of the bootstrap.
    circle : float, optional
        Length of the circle of ``"circular"`` weights, such as 24 for hours.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the bootstrap starts.
    scope : Scope, optional
        What was coded.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Units that one coder rated alone count towards the shares of codes by Gwet's, Fleiss's and Conger's definitions, and
    are left out by Krippendorff's. Memory is a few times the table; units that show the same codes are joined.

    References
    ----------
    .. [1] Krippendorff, K. (2004). Content Analysis: An Introduction to Its Methodology, 2nd edition. Sage.
    .. [2] Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement.
       British Journal of Mathematical and Statistical Psychology 61, 29-48. https://doi.org/10.1348/000711006X126600
    .. [3] Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin 76,
       378-382. https://doi.org/10.1037/h0031619
    .. [4] Conger, A. J. (1980). Integration and generalization of kappas for multiple raters. Psychological Bulletin
       88, 322-328. https://doi.org/10.1037/0033-2909.88.2.322
    .. [5] Fleiss, J. L., Cohen, J. and Everitt, B. S. (1969). Large sample standard errors of kappa and weighted kappa.
       Psychological Bulletin 72, 323-327. https://doi.org/10.1037/h0028106

    Examples
    --------
    >>> coded = pd.DataFrame({"anna": ["debt", "debt", "threat", "none"] * 10, "ben": ["debt", "none"] * 20})
    >>> alpha = Agreement("krippendorff").fit(coded).estimates.loc["agreement", "estimate"]
    >>> print(f"alpha {alpha:.2f}: the codebook needs work before coding goes on")
    alpha 0.17: the codebook needs work before coding goes on
    """

    def __init__(
        self,
        statistic: str = "krippendorff",
        *,
        weights: Asked = "nominal",
        coders: Sequence[str] | None = None,
        categories: Sequence[Any] | None = None,
        separator: str | None = None,
        per_code: bool = False,
        interval: str = "analytic",
        draws: int = 1000,
        circle: float | None = None,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.statistic = one_of("statistic", statistic, STATISTICS)
        self.weights = check_asked(statistic, weights)
        self.coders = coders if coders is None else column_names("coders", coders, least=2)
        self.categories, self.separator = categories, separator
        self.per_code = one_of("per_code", per_code, (True, False))
        self.interval = one_of("interval", interval, INTERVALS)
        self.draws = whole_number("draws", draws, low=100, high=1_000_000)
        self.circle = None if circle is None else in_range("circle", circle, 0, open_ends=True)
        self.level, self.seed, self.scope = is_level(level), seed, scope or Scope()
        if separator is not None and (not isinstance(separator, str) or not separator):
            raise SpecificationError(
                f"separator == {shown(separator)}, must be the text between two codes in a cell, such as '|'"
            )
        seed_sequence(seed)

    def fit(self, ratings: pd.DataFrame) -> AgreementResult:
        """Measure the agreement.

        Parameters
        ----------
        ratings : pandas.DataFrame
            One row a unit, one column a coder; empty cells where a coder did not rate a unit.

        Returns
        -------
        AgreementResult
            The term ``agreement``; with ``per_code`` one row more for each ``code``.

        Raises
        ------
        DataError
            If there are fewer than two coders, no two coders rated one unit, or codes differ in spelling alone.
        SpecificationError
            If two-coder statistics meet more coders, or weights do not fit the codes.

        Examples
        --------
        >>> coded = pd.DataFrame({"a": [1, 1, 2, 2], "b": [1, 1, 2, 1]})
        >>> Agreement("cohen").fit(coded).estimates.loc["agreement", "estimate"]
        np.float64(0.5)
        """
        read = read_ratings(ratings, self.coders, categories=self.categories, separator=self.separator)
        if self.statistic in _TWO_CODERS and len(read.coders) != 2:
            raise SpecificationError(
                f"statistic == {self.statistic!r} with {len(read.coders)} coders, must be two: take 'conger' or "
                "'fleiss', or name two with coders=[...]"
            )
        read = _usable(read, both=self.statistic in _TWO_CODERS)
        chosen = choose_weights(read, self.weights, self.circle)
        units = join_units(read.codes, len(read.categories), coders_apart=True)
        whole = self._estimate(units, chosen)
        paired = int(units.times[units.rated >= 2].sum())
        table = estimates_table({"agreement": whole.row}, unit=say("coefficient"))
        if self.per_code:
            table = self._with_codes(table, read, units)
        return AgreementResult(
            method=_TITLES[self.statistic],
            estimates=table,
            n=paired,
            smallest_group=smallest_of((units.counts() > 0).astype(np.float64).T @ units.times),
            level=self.level,
            interval="percentile" if self.interval == "bootstrap" else self.interval,
            scope=self.scope,
            checks=self._checks(units, whole, paired),
            assumptions=ASSUMPTIONS,
            references=references(Agreement),
            inputs=record(_coded(read), seed=recorded_seed(self.seed) if self.interval == "bootstrap" else None),
            draws=self._kept_draws(whole),
            statistic=self.statistic,
            weights=chosen.said,
            observed=whole.observed,
            expected=whole.expected,
            coders=len(read.coders),
            df=whole.df,
            pairs=pair_table(units, read.coders, lambda two: self._point(two, chosen)),
            disagreements=disagreement_table(units.without_coders(), read.labels),
        )

    def _ready(self, units: CodedUnits, chosen: ChosenWeights) -> Ready:
        """Make the units ready for the coefficient."""
        units = units if self.statistic in {"cohen", "conger"} else units.without_coders()
        if self.statistic == "krippendorff":
            units = units.where(units.rated >= 2)
        return Ready(units, self.statistic, chosen.weights)

    def _point(self, units: CodedUnits, chosen: ChosenWeights) -> float:
        """Return the coefficient alone."""
        ready = self._ready(units, chosen)
        return float(ready.agreement(ready.units.times[None, :]).estimate[0]) if len(ready.units.times) else np.nan

    def _estimate(self, units: CodedUnits, chosen: ChosenWeights) -> Estimated:
        """Estimate with limits."""
        ready = self._ready(units, chosen)
        now = ready.agreement(ready.units.times[None, :])
        estimate, observed, expected = (float(one[0]) for one in (now.estimate, now.observed, now.expected))
        classical = self.statistic in _TWO_CODERS
        df = np.inf if classical and self.interval == "analytic" else float(ready.units.units - 1)
        none = np.empty(0)
        if np.isnan(estimate):
            return Estimated((np.nan, np.nan, np.nan, np.nan), observed, expected, none, df)
        if self.interval == "bootstrap":
            drawn = bootstrap_draws(ready, self.draws, self.seed)
            held = drawn[~np.isnan(drawn)]
            error = float(held.std(ddof=1)) if len(held) > 1 else np.nan
            spread = error > _NO_SPREAD
            low, high = np.quantile(held, [(1 - self.level) / 2, (1 + self.level) / 2]) if spread else (np.nan,) * 2
            error = error if spread else np.nan
            return Estimated((estimate, error, float(low), float(high)), observed, expected, drawn, df)
        error = jackknife_error(ready) if self.interval == "jackknife" else linear_error(ready, unbiased=not classical)
        if not error > _NO_SPREAD:
            return Estimated((estimate, np.nan, np.nan, np.nan), observed, expected, none, df)
        away = float(reach(self.level, df)) * error
        return Estimated((estimate, error, estimate - away, min(estimate + away, 1.0)), observed, expected, none, df)

    def _with_codes(self, table: pd.DataFrame, read: Ratings, units: CodedUnits) -> pd.DataFrame:
        """Add a row for each code against all others."""
        rows = [table.assign(code=ALL, units=units.units)]
        there = units.rows >= 0
        for name, marked in _each_code(read):
            refuse_reserved(name, "a code")
            codes = np.where(there, marked[np.maximum(units.rows, 0)], -1).astype(np.int64)
            two = CodedUnits(codes, units.times, units.pattern, 2)
            one = self._estimate(two, ChosenWeights("identity", IdentityWeights()))
            row = estimates_table({"agreement": one.row}, unit=say("coefficient"))
            rows.append(row.assign(code=name, units=int(units.times[(codes == 1).any(axis=1)].sum())))
        return pd.concat(rows)

    def _kept_draws(self, whole: Estimated) -> pd.DataFrame | None:
        """Return up to 4,000 draws of the bootstrap."""
        held = whole.draws[~np.isnan(whole.draws)][:4000]
        if self.per_code or not len(held) or self.draws > 4000:
            return None
        return pd.DataFrame([held], index=pd.Index(["agreement"], name="term"))

    def _checks(self, units: CodedUnits, whole: Estimated, paired: int) -> tuple[Any, ...]:
        """Gather the checks."""
        asked = [
            checks.check_variation(units, exists=not np.isnan(whole.row[0])),
            checks.check_units(units, paired),
            checks.check_apart(units),
            checks.check_shared_codes(units),
        ]
        if np.isnan(whole.row[1]) and not np.isnan(whole.row[0]):
            asked.append(checks.no_limits(paired))
        if len(whole.draws):
            asked.append(checks.check_draws(self.draws, int(np.isnan(whole.draws).sum())))
        return tuple(asked)


def agreement(ratings: pd.DataFrame, statistic: str = "krippendorff", **options: Any) -> AgreementResult:
    """Measure how far coders agree beyond chance, in one call.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row a unit, one column a coder; empty cells where a coder did not rate a unit.
    statistic : str
        Which coefficient, as :class:`Agreement` lists them.
    **options
        Everything else that :class:`Agreement` takes: ``weights``, ``per_code``, ``interval``, ...

    Returns
    -------
    AgreementResult
        The term ``agreement``.

    Raises
    ------
    DataError
        If the table cannot be used.
    SpecificationError
        If an option is not allowed.

    Examples
    --------
    >>> coded = pd.DataFrame({"anna": [1, 2, 3, 3, 2], "ben": [1, 2, 3, 3, 1], "cleo": [None, 2, 3, 3, 2]})
    >>> found = agreement(coded, "krippendorff", weights="ordinal")
    >>> found.weights
    "Krippendorff's ordinal metric: by how many ratings lie between two codes"
    >>> round(found.estimates.loc["agreement", "estimate"], 3)
    np.float64(0.925)
    """
    return Agreement(statistic, **options).fit(ratings)


def _usable(read: Ratings, *, both: bool) -> Ratings:
    """Keep coders who rated something, and for coefficients of two coders the units that both rated."""
    codes = read.codes
    if both:
        codes = np.asarray(np.where(np.asarray((codes >= 0).all(axis=1))[:, None], codes, -1), dtype=np.int64)
    given = np.asarray(codes >= 0)
    rated = np.asarray(given.any(axis=0))
    pairs = int((given.sum(axis=1) >= 2).sum())
    if pairs < 2:
        raise DataError(
            f"{pairs} units were rated by two coders or more, must be at least 2: agreement needs the same units coded "
            "twice, one row a unit and one column a coder"
        )
    names = tuple(name for name, there in zip(read.coders, rated.tolist(), strict=True) if there)
    return replace(read, codes=np.ascontiguousarray(np.compress(rated, codes, axis=1)), coders=names)


def _each_code(read: Ratings) -> list[tuple[str, NDArray[np.int64]]]:
    """Yield each code that was given with a mark for the categories that hold it."""
    given = (np.bincount(read.codes[read.codes >= 0], minlength=len(read.categories)) > 0).tolist()
    if not read.sets:
        eye = np.eye(len(read.categories), dtype=np.int64)
        return [(name, eye[i]) for i, name in enumerate(read.labels) if given[i]]
    words = sorted({word for one, there in zip(read.categories, given, strict=True) if there for word in one})
    return [(word, np.array([int(word in one) for one in read.categories])) for word in words]


def _coded(read: Ratings) -> pd.DataFrame:
    """Return the codes as numbers, for the digest."""
    return pd.DataFrame(read.codes, columns=[f"coder {i + 1}" for i in range(len(read.coders))])
