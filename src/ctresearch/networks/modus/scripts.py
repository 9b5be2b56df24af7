"""Crime scripts: the steps by which offenders operate, from ordered events."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, row_words
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import CellError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import count, key, model, operational, share
from ctresearch.core.message import say
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.core.validate import has_columns, is_frame, is_level, one_of, whole_number
from ctresearch.networks.evidence.dates import read_dates
from ctresearch.networks.evidence.declared import headline
from ctresearch.networks.modus.item_codes import one_spelling_each
from ctresearch.networks.modus.medoids import Clusters, around_medoids
from ctresearch.networks.modus.sequence_distances import Substitution, code_sequences, sequence_distances
from ctresearch.networks.protection.marked_outputs import mark_tables
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.networks.evidence.dates import Order

START, END = "(start)", "(end)"
ASSUMPTIONS = (
    "The steps of a case are known in their order, and a step that is not recorded did not happen.",
    "Cases are independent; the limits come from drawing cases again.",
    "A script is how recorded cases went, not how a scheme must go, and no instruction: it is released in types only.",
)
_MOST_CLUSTERS, _WEAK = 6, 0.25


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ScriptsResult(Result):
    """The scripts of a table of events.

    Parameters
    ----------
    typical : pandas.DataFrame
        Indexed by ``cluster``: its typical ``script`` (the case nearest to all others, steps joined by arrows),
        ``cases``, ``share`` and ``silhouette`` (1: far from other clusters; 0: between them).
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Term ``transition`` with keys ``source`` and ``target``:
        the chance that one step follows another, with ``(start)`` and ``(end)``. ``raw`` is the cluster of each case,
        in this process only.

    Examples
    --------
    >>> events = pd.DataFrame({"case": [1, 1, 2, 2], "order": [1, 2, 1, 2], "act": ["recruit", "exploit"] * 2})
    >>> scripts(events, clusters=1).typical.loc[1, "script"]
    'recruit → exploit'
    """

    operational_detail: ClassVar[bool] = True
    """Ask the release gate to look at this with operational detail in mind."""

    n: int = value_field(count("Cases", "cases", of="case"))
    typical: pd.DataFrame = table_field(
        {
            "cluster": key("Cluster"),
            "script": operational("Typical script"),
            "cases": count("Cases", "cases", of="case"),
            "share": share("Share of cases"),
            "silhouette": model("How far the cluster stands apart"),
        }
    )

    terms: ClassVar[Mapping[str, Meaning]] = {
        "transition": headline(operational("Share that goes on to the next step"))
    }
    keys: ClassVar[Mapping[str, Meaning]] = {"source": operational("Step"), "target": operational("Next step")}

    def __post_init__(self) -> None:
        """Mark the tables, so that the gate knows them wherever they go."""
        super().__post_init__()
        mark_tables(self, "operational_detail")

    def transition_graph(self, *, at_least: float = 0.0) -> Any:
        """Return the steps as a directed graph.

        Parameters
        ----------
        at_least : float
            Chance below which a transition is left out.

        Returns
        -------
        networkx.DiGraph
            With ``probability`` on every edge.

        Examples
        --------
        >>> events = pd.DataFrame({"case": [1, 1], "order": [1, 2], "act": ["recruit", "exploit"]})
        >>> sorted(scripts(events, clusters=1).transition_graph().edges)
        [('(start)', 'recruit'), ('exploit', '(end)'), ('recruit', 'exploit')]
        """
        import networkx as nx

        table = self.estimates
        graph = nx.DiGraph(operational_detail=True)
        for source, target, chance in zip(
            table["source"], table["target"], table["estimate"].to_numpy(float), strict=True
        ):
            if chance >= at_least:
                graph.add_edge(source, target, probability=float(chance))
        return graph


def scripts(
    events: pd.DataFrame,
    *,
    case: str = "case",
    order: str = "order",
    act: str = "act",
    clusters: int | None = None,
    substitution: Substitution = "constant",
    dates: Order | None = None,
    merge_names: bool = False,
    draws: int = 1000,
    level: float = 0.95,
    seed: Seed = 0,
) -> ScriptsResult:
    """Find the steps that follow each other, and the typical scripts of groups of cases.

    Parameters
    ----------
    events : pandas.DataFrame
        One row a step of a case.
    case, order, act : str
        Columns of the case, of the place or time of the step, and of what was done.
    clusters : int, optional
        Number of groups of scripts; by default the one from 2 to 6 with the largest mean silhouette, or 1 where that is
        under a quarter.
    substitution : {"constant", "transition"}
        Costs of :func:`ctresearch.networks.modus.optimal_matching`.
    dates : {"day first", "month first", "iso"}, optional
        How text writes the order, where it is in dates; asked for where the day or the month could come first.
    merge_names : bool
        Take cases, and acts, whose names differ in case, accents, spaces or type alone for one; without it they are
        refused.
    draws : int
        Bootstrap draws of cases for the limits; 0 for none.
    level : float
        Coverage of the limits.
    seed : int or numpy.random.SeedSequence
        Where the draws come from.

    Returns
    -------
    ScriptsResult
        Chances of transitions, and typical scripts.

    Raises
    ------
    DataError
        If a column is missing or empty, or two steps of one case have the same place.
    SpecificationError
        If an option is not allowed.

    References
    ----------
    .. [1] Cornish, D. B. (1994). The procedural analysis of offending and its relevance for situational prevention.
       Crime Prevention Studies 3, 151-196.
    .. [2] Abbott, A. and Tsay, A. (2000). Sequence analysis and optimal matching methods in sociology. Sociological
       Methods and Research 29, 3-33. https://doi.org/10.1177/0049124100029001001

    Examples
    --------
    >>> long, short = ["recruit", "document", "move", "exploit"], ["recruit", "exploit"]
    >>> rows = [(c, i, a) for c in range(30) for i, a in enumerate(long if c < 20 else short)]
    >>> found = scripts(pd.DataFrame(rows, columns=["case", "order", "act"]))
    >>> for row in found.typical.itertuples():
    ...     print(f"{row.share:.0%}: {row.script}")
    67%: recruit → document → move → exploit
    33%: recruit → exploit
    """
    sequences, cases = ordered_steps(events, case, order, act, dates=dates, merge_names=merge_names)
    one_of("substitution", substitution, ("constant", "transition"))
    draws, level = whole_number("draws", draws, low=0), is_level(level)
    kinds, kind_of = _distinct(sequences)
    weights = np.bincount(kind_of).astype(float)
    distances = sequence_distances(code_sequences(kinds), substitution=substitution)
    found = _cluster(distances, weights, clusters)
    pairs = Counter(pair for sequence in sequences for pair in set(pairwise((START, *sequence, END))))
    typical = _typical(found, kinds, weights)
    return ScriptsResult(
        method=say(
            "Crime scripts of {cases} cases: transitions, and {n} cluster by optimal matching",
            many="Crime scripts of {cases} cases: transitions, and {n} clusters by optimal matching",
            cases=len(cases),
            n=len(found.medoids),
        ),
        estimates=_transitions(kinds, kind_of, draws, level, seed),
        n=len(cases),
        smallest_group=smallest_of(list(pairs.values()), typical["cases"]),
        level=level,
        interval="percentile of cases drawn again" if draws else "none",
        checks=(*one_spelling_each(events, [case, act], merge=merge_names)[1], *_checks(found, weights)),
        assumptions=ASSUMPTIONS,
        references=references(scripts),
        inputs=record(events[[case, order, act]], seed=recorded_seed(seed), packages=("numpy", "pandas", "numba")),
        raw=pd.Series(found.labels[kind_of] + 1, index=cases, name="cluster"),
        typical=typical,
    )


def ordered_steps(
    events: pd.DataFrame, case: str, order: str, act: str, *, dates: Order | None = None, merge_names: bool = False
) -> tuple[list[tuple[Any, ...]], pd.Index[Any]]:
    """Check the events and put the steps of each case in order.

    Parameters
    ----------
    events : pandas.DataFrame
        One row a step of a case.
    case, order, act : str
        Its columns.
    dates : {"day first", "month first", "iso"}, optional
        How text writes the order, where it is in dates.
    merge_names : bool
        Take spellings of one case or act for one.

    Returns
    -------
    tuple
        The steps of each case, and the cases.

    Raises
    ------
    DataError
        If a column is missing or empty, the order is neither numbers nor dates, cases or acts differ in their spelling
        alone, or two steps of one case have the same place.

    Examples
    --------
    >>> ordered_steps(pd.DataFrame({"case": [1, 1], "order": [2, 1], "act": ["b", "a"]}), "case", "order", "act")[0]
    [('a', 'b')]
    """
    is_frame("events", events)
    has_columns("events", events, (case, order, act))
    for column in (case, order, act):
        refuse_cells(events[column], events[column].isna(), "must be complete: complete or drop them")
    place, _ = read_dates(events[order], order, dates)
    steps = one_spelling_each(events, [case, act], merge=merge_names)[0].assign(**{order: place})
    doubled = steps.duplicated([case, order]).to_numpy(dtype=bool)
    if doubled.any():
        rows = (np.flatnonzero(doubled) + 1).tolist()
        raise CellError(
            f"column {order!r}: rows {row_words(rows)} have the same place as another step of their case, each needs "
            "its own: say which came first",
            column=order,
            rows=rows,
        )
    grouped = steps.sort_values([case, order]).groupby(case, sort=True)[act].agg(tuple)
    return list(grouped), grouped.index


def _distinct(sequences: list[tuple[Any, ...]]) -> tuple[list[tuple[Any, ...]], NDArray[np.int64]]:
    """List the different sequences and say which each case has."""
    codes, kinds = pd.factorize(pd.Series(sequences, dtype=object))
    return list(kinds), np.asarray(codes, dtype=np.int64)


def _cluster(distances: NDArray[np.float64], weights: NDArray[np.float64], clusters: int | None) -> Clusters:
    """Cluster the sequences, into as many groups as the silhouette favours if no number is given."""
    if clusters is not None:
        return around_medoids(distances, weights, whole_number("clusters", clusters, low=1, high=len(weights)))
    offered = [around_medoids(distances, weights, k) for k in range(2, min(_MOST_CLUSTERS, len(weights)) + 1)]
    best = max(offered, key=lambda c: c.silhouette, default=None)
    return best if best is not None and best.silhouette >= _WEAK else around_medoids(distances, weights, 1)


def _transitions(
    kinds: list[tuple[Any, ...]], kind_of: NDArray[np.int64], draws: int, level: float, seed: Seed
) -> pd.DataFrame:
    """Estimate how often one step follows another, with limits from cases drawn again."""
    pairs = [list(zip((START, *map(str, kind)), (*map(str, kind), END), strict=True)) for kind in kinds]
    names = sorted({pair for listed in pairs for pair in listed})
    place = {pair: i for i, pair in enumerate(names)}
    counts = np.zeros((len(kinds), len(names)))
    for row, listed in enumerate(pairs):
        np.add.at(counts[row], [place[pair] for pair in listed], 1.0)
    origin, _ = pd.factorize(pd.Series([source for source, _ in names]))
    same = (origin[:, None] == origin).astype(float)
    weights = np.bincount(kind_of).astype(float)
    frame = pd.DataFrame(names, columns=["source", "target"], index=pd.Index(["transition"] * len(names), name="term"))
    frame["estimate"] = (weights @ counts) / (weights @ counts @ same)
    frame[["std_error", "ci_low", "ci_high"]] = np.nan
    if draws:
        n = len(kind_of)
        again = generator(seed).multinomial(n, weights / n, size=draws) @ counts
        total = again @ same
        share = np.where(total > 0, again / np.where(total > 0, total, 1), np.nan)
        frame["std_error"] = np.nanstd(share, axis=0, ddof=1)
        frame["ci_low"], frame["ci_high"] = np.nanquantile(share, [(1 - level) / 2, (1 + level) / 2], axis=0)
        frame.loc[frame["std_error"] == 0, ["std_error", "ci_low", "ci_high"]] = np.nan
    return frame.assign(unit="proportion")


def _typical(found: Clusters, kinds: list[tuple[Any, ...]], weights: NDArray[np.float64]) -> pd.DataFrame:
    """Describe each cluster by its medoid."""
    sizes = np.bincount(found.labels, weights)
    widths = np.bincount(found.labels, weights * found.silhouettes) / sizes
    return pd.DataFrame(
        {
            "script": [" → ".join(map(str, kinds[m])) for m in found.medoids],
            "cases": sizes.astype(int),
            "share": sizes / sizes.sum(),
            "silhouette": widths if len(sizes) > 1 else np.nan,
        },
        index=pd.Index(np.arange(1, len(sizes) + 1), name="cluster"),
    )


def _checks(found: Clusters, weights: NDArray[np.float64]) -> tuple[Check, ...]:
    """Say whether the clusters stand apart and hold enough cases."""
    smallest = float(np.bincount(found.labels, weights).min())
    apart = len(found.medoids) == 1 or found.silhouette >= _WEAK
    width = say(
        "The mean silhouette of {n} cluster is {silhouette:.2f}",
        many="The mean silhouette of {n} clusters is {silhouette:.2f}",
        n=len(found.medoids),
        silhouette=found.silhouette,
    )
    held = say("The smallest cluster holds {n} case", many="The smallest cluster holds {n} cases", n=int(smallest))
    return (
        Check(
            "silhouette",
            "pass" if apart else "review",
            say("{said}.", said=width) if apart else say("{said}, under 0.25: they hardly stand apart.", said=width),
            {"silhouette": found.silhouette},
        ),
        Check(
            "sizes",
            "pass" if smallest >= 5 else "review",
            say("{said}.", said=held) if smallest >= 5 else say("{said}: too few to speak of a type.", said=held),
            {"cases": smallest},
        ),
    )
