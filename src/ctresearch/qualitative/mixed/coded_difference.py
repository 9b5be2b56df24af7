"""A code as a variable: a difference that coders' errors make smaller, put right by how well they agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, read_numbers, refuse_missing
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, model
from ctresearch.core.message import say
from ctresearch.core.random import generator, recorded_seed, seed_sequence
from ctresearch.core.result import Result, estimates_table, value_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level, whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.random import Seed

    Floats = NDArray[np.float64]

_NO_SPREAD = 1e-9  # relative: an error this small says that no sample differs, not that all is known


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CodedDifferenceResult(Result):
    """A difference between cases with a code and cases without it.

    Parameters
    ----------
    coded : int
        Cases to which both coders gave the code.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> import pandas as pd
    >>> codes = {"a": [1, 1, 1, 0, 0, 0, 0, 1] * 9, "b": [1, 1, 1, 0, 0, 0, 1, 0] * 9}
    >>> cases = pd.DataFrame({**codes, "months": [9, 8, 9, 2, 3, 2, 4, 7] * 9})
    >>> result = CodedDifference(first="a", second="b", outcome="months", bootstrap=100).fit(cases)
    >>> sorted(result.estimates.index)
    ['as_coded', 'difference', 'kappa']
    """

    n: int = value_field(count("Cases", "cases", of="person"))
    coded: int = value_field(count("Cases with the code by both coders", "cases"), default=0)
    terms: ClassVar[Mapping[str, Meaning]] = {
        "difference": model("Difference, coders' errors taken into account", headline=True),
        "as_coded": model("Difference as coded"),
        "kappa": model("Agreement of the coders (kappa)"),
    }


class CodedDifference(Options):
    """Compare cases with and without a code, taking into account that coders err.

    A coder either recognises what is there or guesses by how common the code is. Then kappa of two coders is the square
    of the chance that they recognise, a difference between coded and uncoded cases is smaller than the true one by that
    chance, and dividing by the root of kappa puts it right; a share is not changed at all. This holds the other way
    round too: a difference in the share of a code between two groups, with the group as ``outcome``.

    Parameters
    ----------
    first, second : str
        Columns of the code by two coders who worked alone: 0 or 1.
    outcome : str
        Column of numbers that is compared.
    bootstrap : int
        Samples of cases for error and percentile limits, which count the error of kappa too.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or numpy.random.SeedSequence
        Where the stream of the bootstrap starts.
    scope : Scope, optional
        Whose cases they are.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Coders' errors must not depend on the outcome: whoever codes must not know it.
    ``benchmarks/results/coded_difference.csv`` holds the coverage of the limits.

    References
    ----------
    .. [1] Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement.
       British Journal of Mathematical and Statistical Psychology 61, 29-48. https://doi.org/10.1348/000711006X126600
    .. [2] Spearman, C. (1904). The proof and measurement of association between two things. American Journal of
       Psychology 15, 72-101. https://doi.org/10.2307/1412159

    Examples
    --------
    >>> import pandas as pd
    >>> months = [9, 8, 9, 2, 3, 2, 4, 7] * 9
    >>> codes = {"a": [1, 1, 1, 0, 0, 0, 0, 1] * 9, "b": [1, 1, 1, 0, 0, 0, 1, 0] * 9}
    >>> cases = pd.DataFrame({**codes, "months": months})
    >>> result = CodedDifference(first="a", second="b", outcome="months", bootstrap=100).fit(cases)
    >>> result.estimates["estimate"].astype(float).round(2).to_dict()
    {'difference': 6.72, 'as_coded': 4.75, 'kappa': 0.5}

    Cases with the code last about seven months longer; as coded it would have seemed five.
    """

    def __init__(
        self,
        *,
        first: str,
        second: str,
        outcome: str,
        bootstrap: int = 1000,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.first, self.second = column_name("first", first), column_name("second", second)
        self.outcome = column_name("outcome", outcome)
        if len({first, second, outcome}) < 3:
            raise SpecificationError(
                f"first == {first!r}, second == {second!r} and outcome == {outcome!r}, must be three columns"
            )
        self.bootstrap = whole_number("bootstrap", bootstrap, low=50, high=100_000)
        self.level, self.seed, self.scope = is_level(level), seed, scope or Scope()
        seed_sequence(seed)

    def fit(self, frame: pd.DataFrame) -> CodedDifferenceResult:
        """Compare.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a case that both coders read.

        Returns
        -------
        CodedDifferenceResult
            Terms ``difference``, ``as_coded`` and ``kappa``.

        Raises
        ------
        DataError
            If a column or a value is missing, a code is not 0 or 1, or a coder gave every case the same.

        Examples
        --------
        >>> import pandas as pd
        >>> cases = pd.DataFrame({"a": [1, 0] * 20, "b": [1, 0] * 20, "y": [3, 1] * 20})
        >>> result = CodedDifference(first="a", second="b", outcome="y").fit(cases)
        >>> float(result.estimates.loc["difference", "estimate"])
        2.0
        """
        columns = [self.first, self.second, self.outcome]
        is_frame("cases", frame)
        has_columns("cases", frame, columns)
        refuse_missing(frame, columns)
        a, b = (_codes(frame, name) for name in (self.first, self.second))
        y = read_numbers(frame, self.outcome)
        alike = [name for name, code in ((self.first, a), (self.second, b)) if code.min() == code.max()]
        if alike:
            raise DataError(f"{alike[0]!r} is the same in all {len(a):,} cases, must differ to be compared")
        point = _measure(a, b, y)
        rng = generator(self.seed)
        drawn = rng.integers(0, len(a), (self.bootstrap, len(a)))
        samples = np.array([_measure(a[at], b[at], y[at]) for at in drawn])
        samples = samples[np.isfinite(samples).all(axis=1)]
        lost = self.bootstrap - len(samples)
        stands = np.isfinite(point[0])
        rows = {}
        for i, name in enumerate(("difference", "as_coded", "kappa")):
            rows[name] = (point[i], *_limits(samples[:, i], self.level if np.isfinite(point[i]) else None))
        groups = np.bincount((a + b).astype(int), minlength=3)
        return CodedDifferenceResult(
            method=say("Difference by a code of two coders"),
            estimates=estimates_table(rows),
            n=len(a),
            level=self.level,
            interval="percentile",
            scope=self.scope,
            checks=(_check_agreement(point[2], stands), _check_samples(lost, self.bootstrap)),
            assumptions=(
                "Coders recognise or guess by how common the code is, both as well, and neither knows the outcome.",
                "Cases are independent.",
            ),
            references=references(type(self)),
            inputs=record(frame[columns], seed=recorded_seed(self.seed)),
            smallest_group=max(int(groups[[0, 2]].min()), 1),
            coded=int(groups[2]),
        )


def _codes(frame: pd.DataFrame, name: str) -> Floats:
    """Read a column of 0 and 1."""
    values = read_numbers(frame, name)
    wrong = ~np.isin(values, (0.0, 1.0))
    refuse_cells(frame[name], wrong, "must be 0 or 1")
    return values


def _measure(a: Floats, b: Floats, y: Floats) -> tuple[float, float, float]:
    """Return the difference put right, as coded, and kappa; NaN where coders agree no more than by chance."""
    differences = [_difference(code, y) for code in (a, b)]
    shared = (a.mean() + b.mean()) / 2
    chance = shared**2 + (1 - shared) ** 2  # of coders with the same shares, as the correction takes them to be
    kappa = float(((a == b).mean() - chance) / (1 - chance)) if chance < 1 else float("nan")
    coded = float(np.mean(differences))
    return (coded / np.sqrt(kappa) if kappa > 0 else float("nan")), coded, kappa


def _limits(drawn: Floats, level: float | None) -> tuple[float, float, float]:
    """Return error and percentile limits; none without an estimate, or where no sample differs from another."""
    if level is None or len(drawn) < 2:
        return np.nan, np.nan, np.nan
    error = float(drawn.std(ddof=1))
    if not error > _NO_SPREAD * max(1.0, float(np.abs(drawn).max())):
        return np.nan, np.nan, np.nan
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return error, float(low), float(high)


def _difference(code: Floats, y: Floats) -> float:
    """Return the mean with a code minus that without."""
    n = code.sum()
    if n in (0, len(code)):
        return float("nan")
    return float((code @ y) / n - ((1 - code) @ y) / (len(code) - n))


def _check_agreement(kappa: float, stands: Any) -> Check:
    """Say whether coders agree well enough for a correction."""
    numbers = {"kappa": kappa}
    if not stands:
        return Check(
            "agreement",
            "fail",
            say("The coders agree no more than by chance: the code measures nothing."),
            numbers,
            voids=True,
        )
    words = say("Kappa of the coders is {kappa:.2f}.", kappa=kappa)
    return Check("agreement", "pass" if kappa >= 0.4 else "review", words, numbers)


def _check_samples(lost: int, samples: int) -> Check:
    """Say whether samples were lost."""
    words = say("{n} of {samples} samples gave no estimate.", n=lost, samples=samples)
    return Check(
        "samples",
        "pass" if lost <= 0.01 * samples else "fail",
        words,
        {"lost": float(lost)},
        voids=lost > 0.2 * samples,
    )
