"""Whether a method finds the size of each list, which is known, from the other lists alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core import plot
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import CtResearchError, DataError, FitError, SpecificationError
from ctresearch.core.estimator import Estimator
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, model, text
from ctresearch.core.message import say
from ctresearch.core.result import COLUMNS, Result, value_field
from ctresearch.prevalence.lists.declared import LISTS
from ctresearch.prevalence.lists.estimable import require_histories
from ctresearch.prevalence.lists.histories import CaptureHistories
from ctresearch.prevalence.lists.table_checks import checks_of
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

_NUMBERS = COLUMNS[:4]
_FAR = 0.25
KNOWN = count("True size of the list")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ValidityResult(Result):
    """Size of each list as the other lists predict it.

    Parameters
    ----------
    lists : tuple of str
        Names of the lists, the terms of ``estimates``.
    known : tuple of int
        Their true sizes.
    notes : tuple of str
        Why there is no prediction, empty where there is one.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LogLinear, internal_validity
    >>> taiwan = CaptureHistories.from_published("hav-taiwan")
    >>> internal_validity(taiwan, LogLinear("fixed", model="[1,2]")).known
    (135, 122, 126)
    """

    lists: tuple[str, ...] = value_field(LISTS)
    known: tuple[int, ...] = value_field(KNOWN)
    notes: tuple[str, ...] = value_field(text("Why there is no prediction"))
    terms: ClassVar[Mapping[str, Meaning]] = {"*": model("", "persons")}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each prediction with its limits beside the true size.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The picture; crosses are true sizes.

        Examples
        --------
        >>> from ctresearch.prevalence import CaptureHistories, LogLinear, internal_validity
        >>> taiwan = CaptureHistories.from_published("hav-taiwan")
        >>> internal_validity(taiwan, LogLinear("fixed", model="[1,2]")).plot().get_xlabel()
        'size of the list (persons): dot predicted, cross true'
        """
        label = "size of the list (persons): dot predicted, cross true"
        ax = plot.forest(self.estimates, title=self.method, label=label, ax=ax)
        ax.plot(self.known, np.arange(len(self.known))[::-1], "x", color=plot.VERMILION, markersize=8, zorder=3)
        return plot.shows(ax, self.estimates.assign(known=self.known), self.roles() | {"known": KNOWN})


def internal_validity(histories: CaptureHistories, estimator: Estimator) -> ValidityResult:
    """Take the people of each list as a population of known size and estimate it from the other lists.

    People on the list but on no other play the part of those never seen. A method that misses sizes that are known
    should not be trusted with one that is not; one that finds them may still fail, for people on no list need not be
    like those on one.

    Parameters
    ----------
    histories : CaptureHistories
        The table, of at least three lists.
    estimator : Estimator
        Any that fits tables with one list fewer and has the term ``population``.

    Returns
    -------
    ValidityResult
        One term a list.

    Raises
    ------
    DataError
        If there are fewer than three lists.
    FitError
        If no list can be predicted.

    References
    ----------
    .. [1] Hook, E. B. and Regal, R. R. (1995). Internal validity analysis: a method for adjusting capture-recapture
       estimates of prevalence. American Journal of Epidemiology 142, S48-S52.
    .. [2] Binette, O. and Steorts, R. C. (2022). On the reliability of multiple systems estimation for the
       quantification of modern slavery. Journal of the Royal Statistical Society A 185, 640-676.
       https://doi.org/10.1111/rssa.12803

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LogLinear
    >>> taiwan = CaptureHistories.from_published("hav-taiwan")
    >>> result = internal_validity(taiwan, LogLinear("fixed", model="[1,2]"))
    >>> result.estimates["estimate"].round().to_dict()
    {'L1': 79.0, 'L2': 80.0, 'L3': 74.0}
    """
    table = require_histories(histories)
    if not isinstance(estimator, Estimator):
        raise SpecificationError(f"estimator == {estimator!r}, must have a method fit, such as LogLinear('stepwise')")
    if len(table.lists) < 3:
        raise DataError(
            f"the table has {len(table.lists)} lists, must have at least 3: one to predict and two to do it"
        )
    predicted = [_predict(table, name, estimator) for name in table.lists]
    notes = tuple(note for _, note in predicted)
    if all(notes):
        raise FitError(f"no list can be predicted from the others; of the first: {notes[0]}")
    names = pd.Index(table.lists, name="term", dtype="str")
    estimates = pd.DataFrame([row for row, _ in predicted], columns=list(_NUMBERS), index=names).assign(unit="persons")
    known = tuple(int(size) for size in np.diag(table.overlaps().to_numpy()))
    return ValidityResult(
        method=say("Internal validity of {name}", name=type(estimator).__name__),
        estimates=estimates,
        n=table.n_observed,
        level=float(getattr(estimator, "level", 0.95)),
        scope=table.scope,
        checks=(_check_validity(estimates, known, notes), *checks_of(table)),
        assumptions=("People on a list depend on the other lists as people on none do.",),
        references=(*table.references, *references(internal_validity)),
        inputs=record(table.counts),
        smallest_group=smallest_of([*known, *(members_of(table, name).n_observed for name in table.lists)]),
        lists=table.lists,
        known=known,
        notes=notes,
    )


def members_of(histories: CaptureHistories, name: str) -> CaptureHistories:
    """Take the people of one list, by the other lists they are on; those on no other go unseen.

    Parameters
    ----------
    histories : CaptureHistories
        The table.
    name : str
        The list.

    Returns
    -------
    CaptureHistories
        A table of the other lists.

    Examples
    --------
    >>> members_of(CaptureHistories.from_published("korea"), "b").lists
    ('c', 'd')
    """
    rows = histories.counts
    others = [one for one in histories.lists if one != name]
    inside = rows[(rows[name] == 1) & rows[others].any(axis=1)]
    return CaptureHistories.from_counts(inside[[*others, "count"]], others, scope=histories.scope)


def _predict(table: CaptureHistories, name: str, estimator: Estimator) -> tuple[list[float], str]:
    """Estimate the size of one list, or say why that cannot be done."""
    try:
        result = estimator.fit(members_of(table, name))
    except CtResearchError as error:
        return [np.nan] * len(_NUMBERS), str(error)
    if not result.stands:
        return [np.nan] * len(_NUMBERS), "the estimate does not stand"
    rows = result.estimates
    numbers = [float(rows[column]["population"]) for column in _NUMBERS]
    return numbers, "" if np.isfinite(numbers[0]) else "the method gave no estimate"


def _check_validity(estimates: pd.DataFrame, known: tuple[int, ...], notes: tuple[str, ...]) -> Check:
    """Say how far predictions are from the truth."""
    truth, there = np.array(known, dtype=float), ~np.array([bool(note) for note in notes])
    ratio = (estimates["estimate"].to_numpy(dtype=float) / truth)[there]
    limits = estimates[["ci_low", "ci_high"]].to_numpy(dtype=float)
    with_limits = there & np.isfinite(limits[:, 0]) & ~np.isnan(limits[:, 1])
    inside = with_limits & (limits[:, 0] <= truth) & (truth <= limits[:, 1])
    off = float(np.exp(np.median(np.abs(np.log(ratio)))) - 1)
    missed = int(with_limits.sum() - inside.sum())
    numbers = {"predicted": there.sum(), "with_limits": with_limits.sum(), "inside": inside.sum(), "median_error": off}
    return Check(
        "internal validity",
        "review" if off > _FAR or missed or not there.all() else "pass",
        say(
            "{predicted} of {lists} lists can be predicted from the others; the median prediction is off by {off:.0%} "
            "(predicted over true size from {smallest:.2f} to {largest:.2f}), and {inside} of {intervals} intervals "
            "hold the true size.",
            predicted=there.sum(),
            lists=len(known),
            off=off,
            smallest=ratio.min(),
            largest=ratio.max(),
            inside=inside.sum(),
            intervals=with_limits.sum(),
        ),
        numbers,
    )
