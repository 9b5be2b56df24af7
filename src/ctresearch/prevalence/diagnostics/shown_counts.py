"""Which counts of a table of lists may be shown, where some patterns are of few people.

The estimate of a Poisson log-linear model follows from the margins of its terms: how many people are on all lists of
each. Whoever sees the estimate of a model is therefore taken to know these, whether or not they are shown, besides the
people on each list and the patterns that are shown. Models are let out in order, and patterns are masked, as far as
nobody who adds and subtracts what he knows learns that a masked pattern holds few.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from ctresearch.core.render import as_card
from ctresearch.core.validate import whole_number
from ctresearch.prevalence.lists.fewest_people import fewest_people
from ctresearch.prevalence.loglinear.model_terms import read_model
from ctresearch.privacy.recovery.attacker import Attacker
from ctresearch.privacy.verdicts.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.core.result import Result
    from ctresearch.prevalence.lists.histories import CaptureHistories

    Patterns = NDArray[np.int64]

_MOST_PATTERNS = 100  # beyond, an attack on every pattern takes minutes: they are masked together
_DIGITS = 3
_ROUNDED = ("estimate", "std_error", "ci_low", "ci_high", "rse")


@dataclass(frozen=True, slots=True, eq=False)
class ShownCounts:
    """A table of lists as it may be shown.

    Parameters
    ----------
    patterns : pandas.DataFrame
        One row a pattern that somebody has: a column of 0 and 1 a list, and ``count``, ``NaN`` where it is masked.
    overlaps : pandas.DataFrame
        Lists by lists, as :meth:`CaptureHistories.overlaps`; ``NaN`` where masked.
    masked : int
        Patterns whose count is masked; 0 where no pattern is of few people, and then everything is shown.
    margins : frozenset of int
        Terms whose margins may be known, as bits of the lists.
    lists : tuple of str
        The lists.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> shown_counts(CaptureHistories.from_published("korea")).masked
    0
    """

    patterns: pd.DataFrame
    overlaps: pd.DataFrame
    masked: int
    margins: frozenset[int]
    lists: tuple[str, ...]

    def allows(self, model: str) -> bool:
        """Say whether the estimate of a model may stand beside the others.

        Parameters
        ----------
        model : str
            By its generators, such as ``"[12,3]"``.

        Returns
        -------
        bool
            Whether what it follows from may be known.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories
        >>> shown_counts(CaptureHistories.from_published("korea")).allows("[12,3]")
        True
        """
        return not self.masked or {*_terms(model, self.lists)} <= self.margins

    def figures(self, table: pd.DataFrame) -> pd.DataFrame:
        """Round estimates as far as keeps them from being a key to the table they come from.

        Parameters
        ----------
        table : pandas.DataFrame
            With columns such as ``estimate`` and limits.

        Returns
        -------
        pandas.DataFrame
            Estimates and limits to three digits; the table itself where nothing is masked.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.prevalence import CaptureHistories
        >>> shown = shown_counts(CaptureHistories.from_published("uk-2013"))
        >>> shown.figures(pd.DataFrame({"estimate": [11418.4]}))["estimate"].tolist()
        [11400.0]
        """
        names = [name for name in _ROUNDED if name in table] if self.masked else []
        return table.assign(**{name: [_rounded(value) for value in table[name]] for name in names})

    def result(self, result: Result) -> Result:
        """Return an estimate as it may be shown.

        Parameters
        ----------
        result : Result
            An estimate of the same table.

        Returns
        -------
        Result
            Itself where nothing is masked; else its population alone to three digits, without draws, coefficients and
            fitted counts.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories, LogLinear
        >>> table = CaptureHistories.from_published("uk-2013")
        >>> estimate = LogLinear("fixed", model=list(table.lists)).fit(table)
        >>> float(shown_counts(table).result(estimate).estimates.loc["population", "estimate"]) % 10
        0.0
        """
        if not self.masked:
            return result
        plain = result.estimates_only()
        rounded = self.figures(plain.estimates)
        limits = ["estimate", "ci_low", "ci_high"]
        # what is on no list follows from the rounded population, so that both together tell no further digit
        rounded.loc["unobserved", limits] = rounded.loc["population", limits].astype(float) - plain.n
        return replace(plain, estimates=rounded, draws=None)

    def _repr_html_(self) -> str:
        tables = [table.astype(object).where(table.notna(), "masked") for table in (self.patterns, self.overlaps)]
        return as_card(self, says=[], show=["masked"], tables=tables)


def shown_counts(
    histories: CaptureHistories,
    models: Sequence[str] = (),
    *,
    policy: Policy | None = None,
    threshold: int | None = None,
) -> ShownCounts:
    """Mask a table of lists so that no pattern of few people can be worked out from what is shown.

    Parameters
    ----------
    histories : CaptureHistories
        The table.
    models : sequence of str
        Models whose estimates are to be shown, by their generators, the foremost first; each is let out if those before
        it still hide what is small.
    policy : Policy, optional
        The owner's policy, such as ``current_run().policy``; that of this library by default.
    threshold : int, optional
        Smallest number of people that may be shown, where it is to be more than the policy asks for.

    Returns
    -------
    ShownCounts
        Patterns and overlaps, masked, and which models may be shown. Where not even the first may stand beside the
        people on each list, everything is masked and no other is allowed: the first then shows a population alone.

    Raises
    ------
    SpecificationError
        If the threshold is below that of the policy, or a model does not go with the lists.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.prevalence import CaptureHistories
    >>> table = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": [60, 40, 2]})
    >>> shown = shown_counts(CaptureHistories.from_counts(table))
    >>> shown.masked, shown.allows("[1,2]")
    (3, False)
    """
    least = (policy or Policy()).threshold("restricted")
    threshold = least if threshold is None else whole_number("threshold", threshold, low=least)
    counts, overlaps, lists = (
        histories.counts.query("count > 0").reset_index(drop=True),
        histories.overlaps(),
        histories.lists,
    )
    people = counts["count"].to_numpy(dtype=np.float64)
    if (people >= threshold).all():
        return ShownCounts(counts, overlaps, 0, frozenset(), lists)
    patterns = (counts[list(lists)].to_numpy() @ (1 << np.arange(len(lists)))).astype(np.int64)
    known = _known(histories.cell_counts(), patterns, people, [_terms(one, lists) for one in models], threshold)
    hidden = np.ones(len(people), dtype=np.bool_) if not known else _hidden(patterns, people, known, threshold)
    shown = counts.assign(count=np.where(hidden, np.nan, people))
    told = np.array([[1 << i | 1 << j in known for j in range(len(lists))] for i in range(len(lists))])
    return ShownCounts(shown, overlaps.where(told), int(hidden.sum()), known, lists)


def _terms(model: str, lists: tuple[str, ...]) -> list[int]:
    """Return the terms of a model as bits."""
    return [int(term) for term in read_model(model, lists) if term]


def _known(
    cells: NDArray[np.float64],
    patterns: Patterns,
    people: NDArray[np.float64],
    models: Sequence[Sequence[int]],
    threshold: int,
) -> frozenset[int]:
    """Let models out one after the other; none where the first cannot stand beside the people on each list."""
    lists = range(int(np.log2(cells.size)))
    known, everything = frozenset(1 << i for i in lists), np.ones(len(people), dtype=np.bool_)
    for place, model in enumerate([(), *models]):
        more = known | {*model}
        if place and more == known:
            continue
        few = fewest_people(cells, more) < threshold
        if not few and _holds(_wholes(patterns, more), people, everything, threshold):
            known = more
        elif place < 2:
            return frozenset()
    return known


def _wholes(patterns: Patterns, margins: Iterable[int]) -> NDArray[np.float64]:
    """Return which patterns everybody, and each margin, adds up."""
    return np.array([np.ones(len(patterns)), *((patterns & term == term).astype(float) for term in sorted(margins))])


def _hidden(
    patterns: Patterns, people: NDArray[np.float64], known: frozenset[int], threshold: int
) -> NDArray[np.bool_]:
    """Mask small patterns and, from the smallest on, as many others as hide them."""
    if len(patterns) > _MOST_PATTERNS:
        return np.ones(len(patterns), dtype=np.bool_)
    order = [int(at) for at in np.argsort(people, kind="stable") if people[at] >= threshold]
    hidden, whole = people < threshold, _wholes(patterns, known)
    while order and not _holds(whole, people, hidden, threshold):
        hidden = hidden.copy()
        hidden[order.pop(0)] = True
    return hidden


def _holds(whole: NDArray[np.float64], people: NDArray[np.float64], hidden: NDArray[np.bool_], threshold: int) -> bool:
    """Say whether neither an outsider nor somebody in a masked pattern learns that another holds few."""
    rows = whole[:, hidden]
    right = whole @ people - whole[:, ~hidden] @ people[~hidden]
    n = int(hidden.sum())
    # a row of the table says that somebody has the pattern
    attacker = Attacker(csr_array(rows), right, np.ones(n), np.full(n, np.inf), np.full(n, float(threshold)))
    found = attacker.unsafe()
    return not found.outsider and not found.contributor


def _rounded(value: float) -> float:
    """Round to three digits; what is no number stays."""
    return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else float(value)
