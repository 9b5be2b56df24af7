"""Blocks: actors who have the same kind of ties, whether to each other or to the same others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import FitError
from ctresearch.core.meaning import key, mark, model, share
from ctresearch.core.message import say
from ctresearch.core.random import generator, recorded_seed
from ctresearch.core.result import Result, estimates_table, table_field
from ctresearch.core.validate import one_of, whole_number
from ctresearch.networks.evidence.declared import ACTOR, ONE_PERSON, headline, things
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.network import as_network
from ctresearch.networks.structure.block_em import BlockData, complete_likelihood, fit_blocks
from ctresearch.networks.structure.leiden import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.random import Seed
    from ctresearch.networks.evidence.network import CriminalNetwork
    from ctresearch.networks.structure.block_em import BlockFit

_SURE = 0.8


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BlockModelResult(Result):
    """The blocks of a network. It names people: not for release.

    Parameters
    ----------
    members : pandas.DataFrame
        One row an actor: ``actor``, ``block`` (from 0) and ``probability`` of that block.
    connectivity : pandas.DataFrame
        Blocks by blocks: probability of a tie; with degree correction, ties over those that the degrees alone give.
    ranking : pandas.DataFrame
        One row a model: ``degree_corrected``, ``blocks``, ``icl`` (the highest is chosen), ``bound`` and ``converged``.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``blocks``, ``icl`` and ``block_<i>``, the
        share of actors in each.

    Examples
    --------
    >>> import networkx as nx
    >>> block_model(nx.complete_bipartite_graph(6, 6), blocks=[1, 2, 3]).connectivity.round(2).to_numpy().tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """

    record_level: ClassVar[bool] = True

    members: pd.DataFrame = table_field(
        {"actor": ACTOR, "block": key("Block"), "probability": model("Probability of the block")}
    )
    connectivity: pd.DataFrame = table_field({"block": key("Block"), "*": model("Density of ties with a block")})
    ranking: pd.DataFrame = table_field(
        {
            "degree_corrected": mark("Corrected for degrees"),
            "blocks": things("Blocks", "blocks"),
            "icl": model("Integrated completed likelihood"),
            "bound": model("Variational bound of the log-likelihood"),
            "converged": mark("Converged"),
        }
    )

    terms: ClassVar[Mapping[str, Meaning]] = {
        "blocks": headline(things("Blocks", "blocks")),
        "icl": model("Integrated completed likelihood"),
        "*": share(),  # of the actors, in one block
    }


def block_model(
    network: CriminalNetwork | nx.Graph[Any],
    *,
    blocks: int | Iterable[int] | None = None,
    degree_corrected: bool | None = False,
    starts: int = 10,
    seed: Seed = 0,
) -> BlockModelResult:
    """Fit a stochastic block model and choose its number of blocks by the integrated completed likelihood [1]_.

    Unlike groups of high modularity, blocks may be dense inside or hollow, as couriers who deal with organisers but
    never with each other. The degree-corrected model [2]_ lets actors of one block differ in their number of ties.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The network; weights are left aside.
    blocks : int or iterable of int, optional
        Numbers of blocks to compare; 1 to 6 by default, as far as there are actors.
    degree_corrected : bool, optional
        Whether to correct for degrees; ``None`` compares both, ties of both under a Poisson law, where the degrees of a
        block's actors are integrated out over all ways to share its ties [3]_.
    starts : int
        Starts for each number: one from the eigenvectors, the others at random.
    seed : int or SeedSequence
        Of the starts.

    Returns
    -------
    BlockModelResult
        The blocks.

    Raises
    ------
    SpecificationError
        If a number of blocks is out of range.
    FitError
        If there is no tie.

    References
    ----------
    .. [1] Daudin, J.-J., Picard, F. and Robin, S. (2008). A mixture model for random graphs. Statistics and Computing
       18, 173-183. https://doi.org/10.1007/s11222-007-9046-7
    .. [2] Karrer, B. and Newman, M. E. J. (2011). Stochastic blockmodels and community structure in networks. Physical
       Review E 83, 016107. https://doi.org/10.1103/PhysRevE.83.016107
    .. [3] Peixoto, T. P. (2017). Nonparametric Bayesian inference of the microcanonical stochastic block model.
       Physical Review E 95, 012317. https://doi.org/10.1103/PhysRevE.95.012317

    Examples
    --------
    >>> import networkx as nx
    >>> planted = nx.planted_partition_graph(3, 20, 0.5, 0.05, seed=1)
    >>> int(block_model(planted, blocks=range(1, 5)).estimates.loc["blocks", "estimate"])
    3
    """
    one_of("degree_corrected", degree_corrected, (True, False, None))
    found = as_network(network, at_least=3)
    usual = range(1, min(7, len(found)))
    asked = usual if blocks is None else blocks if isinstance(blocks, Iterable) else [blocks]
    numbers = sorted({whole_number("blocks", number, 1, len(found) - 1) for number in asked})
    whole_number("starts", starts, 1)
    if not len(found.edges_index):
        raise FitError(f"the network has {len(found)} actors and no tie: there are no blocks to find")
    random, rows, fits = generator(seed), [], []
    for corrected in (False, True) if degree_corrected is None else (degree_corrected,):
        data = _data(found, corrected)
        for number in numbers:
            fit = _best_fit(data, number, starts, random)
            fits.append((data, fit))
            rows.append(
                {
                    "degree_corrected": corrected,
                    "blocks": number,
                    "icl": _icl(data, fit, counts=degree_corrected is None),
                    "bound": fit.bound,
                    "converged": fit.converged,
                }
            )
    ranking = pd.DataFrame(rows)
    data, fit = fits[int(ranking["icl"].argmax())]  # the first of equals: plain, and fewer blocks
    return _result(found, data, fit, ranking, recorded_seed(seed))


def _data(network: CriminalNetwork, corrected: bool) -> BlockData:
    """Lay out ties and degrees."""
    ties = network.adjacency.toarray().astype(float)
    one = np.ones(len(ties))
    sends, receives = (ties.sum(axis=1), ties.sum(axis=0)) if corrected else (one, one)
    return BlockData(ties, sends, receives, corrected, network.directed)


def _best_fit(data: BlockData, blocks: int, starts: int, random: np.random.Generator) -> BlockFit:
    """Keep the fit of highest bound, the first of equals."""
    first = [
        _spectral(data, blocks),
        *(random.dirichlet(np.full(blocks, 0.5), len(data.ties)) for _ in range(starts - 1)),
    ]
    fits = [fit_blocks(data, tau) for tau in (first if blocks > 1 else first[:1])]
    return max(fits, key=lambda fit: round(fit.bound, 9))


def _spectral(data: BlockData, blocks: int) -> NDArray[np.float64]:
    """Start from clusters of the leading eigenvectors of the ties, scaled by degrees where these are corrected for."""
    from sklearn.cluster import KMeans

    both = data.ties + data.ties.T
    if data.corrected:
        scale = 1 / np.sqrt(both.sum(axis=1) + both.sum() / len(both))
        both = scale[:, None] * both * scale
    values, vectors = np.linalg.eigh(both)
    leading = vectors[:, np.argsort(-np.abs(values), kind="stable")[:blocks]] * np.sign(vectors.sum(axis=0))[:blocks]
    labels = KMeans(blocks, n_init=4, random_state=0).fit_predict(leading)
    return np.asarray(0.9 * np.eye(blocks)[labels] + 0.1 / blocks)


def _icl(data: BlockData, fit: BlockFit, *, counts: bool) -> float:
    """Take the penalties off the log-likelihood of ties and likeliest blocks; with counts, by a Poisson law."""
    n, blocks = fit.tau.shape
    rates = blocks**2 if data.directed else blocks * (blocks + 1) / 2
    penalty = rates * np.log(data.pairs) / 2 + (blocks - 1) * np.log(n) / 2
    law = replace(data, corrected=True) if counts else data
    value = complete_likelihood(law, fit.labels, blocks) - float(penalty)
    if not data.corrected:
        return value
    sides = (data.sends, data.receives) if data.directed else (data.sends,)
    return value + sum(_degrees(side, fit.labels) for side in sides)


def _degrees(degree: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Give the factors of the degrees in the likelihood, the shares of actors in their block integrated out [3]_."""
    from scipy.special import gammaln

    total, size = np.bincount(labels, degree), np.bincount(labels).astype(float)
    total, size = total[size > 0], size[size > 0]
    own = total * np.log(np.maximum(total, 1.0)) + gammaln(size) - gammaln(total + size)
    return float(gammaln(degree + 1).sum() + own.sum())


def _result(
    network: CriminalNetwork, data: BlockData, fit: BlockFit, ranking: pd.DataFrame, seed: int | None
) -> BlockModelResult:
    """Order the blocks by first appearance, leave out empty ones, and put them into words."""
    labels = canonical(fit.labels)
    order = [int(fit.labels[labels == q][0]) for q in range(labels.max() + 1)]
    rates = fit.rates[np.ix_(order, order)] * (data.ties.sum() if data.corrected else 1.0)
    share, nan = np.bincount(labels) / len(labels), float("nan")
    icl = float(ranking["icl"].max())
    rows = {"blocks": float(len(order)), "icl": icl} | {f"block_{q}": float(one) for q, one in enumerate(share)}
    probability = fit.tau.max(axis=1)
    unsure = float((probability < _SURE).mean())
    names = pd.RangeIndex(len(order), name="block")
    return BlockModelResult(
        method=say("Stochastic block model, degree-corrected, variational EM")
        if data.corrected
        else say("Stochastic block model, variational EM"),
        estimates=estimates_table({term: (one, nan, nan, nan) for term, one in rows.items()}),
        n=len(network),
        smallest_group=ONE_PERSON,
        checks=(*network.checks, *_checks(ranking, fit, unsure)),
        assumptions=(*CAVEATS, "Ties are independent, given the blocks of their ends."),
        references=references(block_model),
        inputs=recorded(network, seed=seed, packages=("scikit-learn",)),
        members=pd.DataFrame(
            {"actor": pd.Series(list(network.nodes), dtype=object), "block": labels, "probability": probability}
        ),
        connectivity=pd.DataFrame(np.where(rates < 1e-9, 0.0, rates), index=names, columns=names),
        ranking=ranking,
    )


def _checks(ranking: pd.DataFrame, fit: BlockFit, unsure: float) -> tuple[Check, Check, Check]:
    """Say whether the fit stands, the number of blocks lies inside those compared, and the blocks are sure."""
    several = bool((ranking["blocks"] != ranking["blocks"].iloc[0]).any())
    edge = several and fit.tau.shape[1] == ranking["blocks"].max()
    stood = (
        "The bound had stopped to rise."
        if fit.converged
        else "The bound was still rising: the blocks must not be used."
    )
    inside = "More blocks were not compared." if edge else "More blocks do not describe the ties better."
    inside = inside if several else "The number of blocks was given."
    return (
        Check("convergence", "pass" if fit.converged else "fail", stood, {"bound": fit.bound}, voids=True),
        Check("number", "review" if edge else "pass", inside, {"blocks": fit.tau.shape[1]}),
        Check(
            "certainty",
            "review" if unsure > 0.1 else "pass",
            say("{unsure:.0%} of actors have no block at 80 %.", unsure=unsure),
            {"share": unsure},
        ),
    )
