"""Explorer of disruption: remove one actor more, and see what of the group still hangs together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ctresearch.core.message import say
from ctresearch.core.render import Explorer
from ctresearch.networks.removal.disruption import disrupt

if TYPE_CHECKING:
    import networkx as nx

    from ctresearch.core.random import Seed
    from ctresearch.networks.evidence.network import CriminalNetwork
    from ctresearch.networks.removal.strategies import Kind, Strategy


def explore_removal(
    network: CriminalNetwork | nx.Graph[Any],
    strategy: Kind | Strategy = "degree",
    *,
    steps: int | None = None,
    draws: int = 200,
    seed: Seed = 0,
) -> Explorer:
    """Remove actors one by one, and see what is left; it says how many, never who.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The group. Who is protected is never removed.
    strategy : str or Strategy
        As in :func:`disrupt`.
    steps : int, optional
        Removals; 10 by default, or as many as there are actors who may be removed.
    draws : int
        Simulated runs.
    seed : int or numpy.random.SeedSequence
        Where chance comes from.

    Returns
    -------
    Explorer
        A slider in JupyterLab, a table elsewhere.

    Raises
    ------
    DataError
        If the network has fewer than 2 actors.
    SpecificationError
        If an option is not allowed.

    Examples
    --------
    >>> import networkx as nx
    >>> explorer = explore_removal(nx.star_graph(9), steps=1)
    >>> explorer.table["estimate"].round(1).tolist()
    [100.0, 10.0]
    """
    found = disrupt(network, strategy, steps=steps, draws=draws, seed=seed)
    curve = found.curve("largest_component")[["estimate", "ci_low", "ci_high"]] * 100
    says = tuple(
        say(
            "After {removed} removals {share:.0f} % of the group still hang together, if nobody takes the place of who "
            "is gone and every tie is known.",
            removed=int(step),
            share=share,
        )
        for step, share in zip(curve.index.to_numpy(), curve["estimate"].to_numpy(float), strict=True)
    )
    return Explorer(
        question=say("How many removals does the group survive?"),
        moves=say("Actors removed"),
        axis=say("Largest connected part (% of the group)"),
        table=curve,
        says=says,
    )
