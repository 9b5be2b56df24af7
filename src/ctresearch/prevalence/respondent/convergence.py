"""Whether estimates settle as a sample grows, and whether its trees agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, model, statistic
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table, table_field
from ctresearch.core.validate import whole_number
from ctresearch.prevalence.respondent.recruitment_checks import check_left_out, check_trees
from ctresearch.prevalence.respondent.shares import weighted_shares
from ctresearch.prevalence.respondent.trait_fit import ASSUMPTIONS, ask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.prevalence.respondent.respondent_sample import RespondentSample
    from ctresearch.prevalence.respondent.trait import Trait

    Array = NDArray[Any]

# Two steps apart tell of the people between them, so there are never fewer.
_LEAST_STEP = 10
_STEPS = 20
_SETTLED = 0.02
_PEOPLE = {"people": count("People so far")}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ConvergenceResult(Result):
    """RDS-II estimates as the sample grew.

    Parameters
    ----------
    trees : pandas.DataFrame
        For trees of twice the step or more, the same within each: ``tree``, ``term``, ``people`` so far, ``estimate``.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are the levels, or the name of a measured trait, by
        ``people`` so far.

    Examples
    --------
    >>> from ctresearch.data.synthetic import respondent_sample
    >>> from ctresearch.prevalence import RespondentSample, convergence
    >>> sample = RespondentSample.from_frame(respondent_sample(200, seed=3).frame, traits=["exploited"])
    >>> convergence(sample, "exploited").estimates["people"].max()
    np.int64(200)
    """

    trees: pd.DataFrame = table_field(
        {
            "tree": key("Tree"),
            "term": key("Term"),
            "estimate": statistic("Estimate within the tree", base="people"),
            **_PEOPLE,
        }
    )
    terms: ClassVar[Mapping[str, Meaning]] = {"*": model("Share of the population", reader="percent")}
    keys: ClassVar[Mapping[str, Meaning]] = _PEOPLE

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw estimates against people so far, with the last as a line across.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture.
        """
        from ctresearch.core import plot

        ax = ax if ax is not None else plot.new_axes()
        table = self.estimates
        for i, (term, part) in enumerate(table.groupby(level="term", sort=False)):
            colour = plot.PALETTE[i % len(plot.PALETTE)]
            ax.plot(part["people"], part["estimate"], color=colour, marker="o", markersize=3, label=str(term))
            ax.axhline(part["estimate"].iloc[-1], color=colour, linestyle=":", linewidth=1)
        _finish(ax)
        return plot.shows(ax, table, self.roles())

    def plot_bottleneck(self, term: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw one term within each tree: lines that stay apart tell of a bottleneck.

        Parameters
        ----------
        term : str, optional
            The term; the last by default.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
            The picture.
        """
        from ctresearch.core import plot

        ax = ax if ax is not None else plot.new_axes()
        chosen = self.estimates.index[-1] if term is None else term
        table = self.trees[self.trees["term"] == chosen]
        for i, (tree, part) in enumerate(table.groupby("tree")):
            style = ("-", "--", "-.", ":")[i % 4]
            ax.plot(part["people"], part["estimate"], linestyle=style, marker="o", markersize=3, label=str(tree))
        _finish(ax)
        return plot.shows(ax, table, self.roles("trees"))


def convergence(sample: RespondentSample, trait: str, *, step: int | None = None) -> ConvergenceResult:
    """Estimate again and again as the sample grows, and within each tree.

    Parameters
    ----------
    sample : RespondentSample
        The sample; where the order of interviews is not known, it grows wave by wave.
    trait : str
        A trait in levels, or measured.
    step : int, optional
        People from one estimate to the next, 10 at least, since two estimates tell of the people between them; a
        twentieth of the sample by default.

    Returns
    -------
    ConvergenceResult
        RDS-II estimates by people so far, without limits.

    Raises
    ------
    SpecificationError
        If the step is too small.
    DataError
        If it is no sample, all are seeds, or the trait cannot be used.

    References
    ----------
    .. [1] Gile, K. J., Johnston, L. G. and Salganik, M. J. (2015). Diagnostics for respondent-driven sampling. Journal
       of the Royal Statistical Society Series A 178, 241-269. https://doi.org/10.1111/rssa.12059

    Examples
    --------
    >>> from ctresearch.data.synthetic import respondent_sample
    >>> from ctresearch.prevalence import RespondentSample
    >>> sample = RespondentSample.from_frame(respondent_sample(200, seed=3).frame, traits=["exploited"])
    >>> convergence(sample, "exploited", step=50).estimates.loc["1", "people"].tolist()
    [50, 100, 150, 200]
    """
    asked = ask(sample, trait)
    every = max(_LEAST_STEP, sample.n // _STEPS) if step is None else whole_number("step", step, low=_LEAST_STEP)
    order = np.argsort(sample.wave, kind="stable") if sample.order is None else sample.order
    found = _growing(sample, asked.trait, order, every)
    terms = np.repeat(np.array(asked.trait.terms, dtype=object), len(found))
    people = np.tile(found["people"].to_numpy(), len(asked.trait.terms))
    values = np.concatenate([found[term].to_numpy() for term in asked.trait.terms])
    table = estimates_table({i: (one, np.nan, np.nan, np.nan) for i, one in enumerate(values)})  # type: ignore[misc]
    table = table.set_index(pd.Index(terms, name="term", dtype="str")).assign(
        unit="" if asked.trait.measured else "share of the population", people=people
    )
    return ConvergenceResult(
        method=say("RDS-II as the sample grows by {step} people", step=every),
        estimates=table,
        n=sample.n,
        scope=sample.scope,
        checks=(_check_settled(found, asked.trait), check_trees(sample, asked.trait), *check_left_out(sample)),
        assumptions=ASSUMPTIONS,
        references=references(convergence),
        inputs=record(pd.DataFrame({"degree": sample.degree, "trait": asked.trait.values[:, -1]})),
        smallest_group=asked.trait.fewest(),
        declaration=Declaration({"*": model("Mean over the population")}, _PEOPLE) if asked.trait.measured else None,
        trees=_within_trees(sample, asked.trait, order, every),
    )


def _growing(sample: RespondentSample, trait: Trait, order: Array, step: int) -> pd.DataFrame:
    """Estimate from the first people in some order, at even steps and at the end; columns are people and terms."""
    ends = sorted({*range(step, order.size - step + 1, step), order.size})
    degree = sample.degree[order]
    inverse = np.where(np.isfinite(degree), 1 / np.where(np.isfinite(degree), degree, 1.0), 0.0)
    weights = np.where(np.arange(order.size) < np.array(ends)[:, None], inverse, 0.0)
    shares = weighted_shares(trait.values[order], weights)
    return pd.DataFrame(shares, columns=list(trait.terms)).assign(people=ends)


def _within_trees(sample: RespondentSample, trait: Trait, order: Array, step: int) -> pd.DataFrame:
    """Estimate within each tree that has two steps or more; numbers of trees are places by size."""
    sizes = np.bincount(sample.tree)
    parts = []
    for place, tree in enumerate(np.argsort(-sizes, kind="stable"), start=1):
        if sizes[tree] >= 2 * step:
            found = _growing(sample, trait, order[sample.tree[order] == tree], step)
            long = found.melt(id_vars="people", var_name="term", value_name="estimate")
            parts.append(long.assign(tree=place)[["tree", "term", "people", "estimate"]])
    empty = pd.DataFrame({"tree": [], "term": [], "people": [], "estimate": []})
    return pd.concat(parts, ignore_index=True) if parts else empty


def _check_settled(found: pd.DataFrame, trait: Trait) -> Check:
    """Say whether estimates moved over the second half of the sample."""
    late = found[found["people"] >= found["people"].max() / 2]
    values = late[list(trait.terms)]
    moved = float((values.max() - values.min()).max())
    scale = float(trait.values.std()) if trait.measured else 1.0
    said = say("Over the second half of the sample an estimate moved by {moved:.3f} at most.", moved=moved)
    return Check("settled", "pass" if moved <= 2 * _SETTLED * scale else "review", said, {"moved": moved})


def _finish(ax: Axes) -> None:
    """Label a picture of estimates by people."""
    ax.set_xlabel("people so far")
    ax.set_ylabel("estimate")
    if ax.lines:
        ax.legend()
