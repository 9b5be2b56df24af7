"""Strategies side by side: which leaves least of a group, and by how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.check import worst
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import SpecificationError
from ctresearch.core.meaning import key, model
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.result import Result
from ctresearch.networks.evidence.figure_caveats import recorded
from ctresearch.networks.evidence.two_mode import one_mode
from ctresearch.networks.removal.disruption import ASSUMPTIONS, disrupt

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork
    from ctresearch.networks.removal.disruption_result import DisruptionResult
    from ctresearch.networks.removal.recovery import Recovery, Rule
    from ctresearch.networks.removal.strategies import Kind, Strategy

_TERMS = {
    "robustness": model("Largest component over the removals", "share of the start", headline=True),
    "difference": model("Difference from the first strategy", "share of the start"),
    "recovered": model("Runs in which efficiency came back", "share of runs"),
}


def compare_strategies(
    network: CriminalNetwork | nx.Graph[Any],
    strategies: Sequence[Kind | Strategy],
    recovery: Rule | Recovery | None = None,
    *,
    draws: int = 200,
    level: float = 0.95,
    seed: Seed = 0,
    **options: Any,
) -> Result:
    """Disrupt a group by several strategies and compare what holds together.

    Robustness is the mean share of the starting largest component over the removals [1]_: the lower, the more a
    strategy breaks up.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The group.
    strategies : sequence of str or Strategy
        At least two, each once; differences are taken from the first.
    recovery : str or Recovery, optional
        As in :func:`ctresearch.networks.disrupt`.
    draws : int
        Simulated runs of each.
    level : float
        Share of the runs, and of the differences of runs, inside the limits.
    seed : int or numpy.random.SeedSequence
        Each strategy takes its own stream from it.
    **options
        Further options of :func:`ctresearch.networks.disrupt`.

    Returns
    -------
    Result
        Terms ``robustness``, ``difference`` (from the first strategy) and, with a recovery, ``recovered``: the share of
        runs back at their level within the horizon. Key column ``strategy``.

    Raises
    ------
    SpecificationError
        If there are fewer than two strategies or one stands twice.

    References
    ----------
    .. [1] Schneider, C. M., Moreira, A. A., Andrade, J. S., Havlin, S. and Herrmann, H. J. (2011). Mitigation of
       malicious attacks on networks. Proceedings of the National Academy of Sciences 108, 3838-3841.
       https://doi.org/10.1073/pnas.1009440108

    Examples
    --------
    >>> import networkx as nx
    >>> table = compare_strategies(nx.karate_club_graph(), ["random", "betweenness"], steps=5).estimates
    >>> row = table[table["strategy"] == "betweenness"].loc["difference"]
    >>> low, high = -row["ci_high"], -row["ci_low"]
    >>> print(f"betweenness leaves {-row['estimate']:.0%} less than chance ({low:.0%} to {high:.0%})")
    betweenness leaves 36% less than chance (21% to 38%)
    """
    found = one_mode(network, "disruption", at_least=2)
    children = seed_sequence(seed).spawn(len(strategies))
    made = [
        disrupt(found, strategy, recovery, draws=draws, level=level, seed=child, **options)
        for strategy, child in zip(strategies, children, strict=True)
    ]
    names = [result.strategy for result in made]
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise SpecificationError(f"strategies == {names}, must be at least two, each of them once")
    return Result(
        method=say(
            "Comparison of {strategies} strategies of disruption, recovery: {recovery}",
            strategies=len(made),
            recovery=made[0].recovery,
        ),
        estimates=_table(made, draws, level, has_recovery=recovery is not None),
        n=len(found),
        smallest_group=len(found),
        level=level,
        interval="percentile of runs",
        checks=tuple(check for result in made for check in result.checks if worst([check]) != "pass"),
        assumptions=ASSUMPTIONS,
        references=(*references(compare_strategies), *made[0].references),
        inputs=recorded(found, seed=recorded_seed(seed), packages=("numba",)),
        declaration=Declaration(_TERMS, keys={"strategy": key("Strategy")}),
    )


def _table(made: Sequence[DisruptionResult], draws: int, level: float, *, has_recovery: bool) -> pd.DataFrame:
    """Lay robustness, differences and recovery out by strategy."""
    rows = []
    runs = [_repeated(result.runs["robustness"].to_numpy(), draws) for result in made]
    for result, values in zip(made, runs, strict=True):
        rows.append(("robustness", result.strategy, *_summary(values, level)))
    for result, values in zip(made[1:], runs[1:], strict=True):
        rows.append(("difference", result.strategy, *_summary(values - runs[0], level)))
    if has_recovery:
        for result in made:
            share = float(result.runs["time_to_recover"].notna().mean())
            rows.append(("recovered", result.strategy, share, np.nan, np.nan, np.nan))
    frame = pd.DataFrame(rows, columns=["term", "strategy", "estimate", "std_error", "ci_low", "ci_high"])
    return frame.set_index("term").assign(unit="proportion")


def _repeated(values: NDArray[np.float64], draws: int) -> NDArray[np.float64]:
    """Repeat the one run of a strategy without chance, so that it can be set against many."""
    return np.repeat(values, draws) if len(values) == 1 else values


def _summary(values: NDArray[np.float64], level: float) -> tuple[float, float, float, float]:
    """Return mean, standard deviation and quantiles; no limits where nothing varies by chance."""
    if np.ptp(values) == 0:
        return float(values[0]), np.nan, np.nan, np.nan
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(values.mean()), float(values.std(ddof=1)), float(low), float(high)
