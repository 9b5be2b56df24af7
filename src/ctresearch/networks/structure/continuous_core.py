"""How far into the core each actor is: the continuous core-periphery model, two-sided where ties have a direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.errors import FitError
from ctresearch.core.meaning import model
from ctresearch.core.message import say
from ctresearch.core.random import generator, recorded_seed
from ctresearch.core.result import Result, estimates_table, table_field
from ctresearch.core.validate import one_of, whole_number
from ctresearch.networks.evidence.declared import ACTOR, ONE_PERSON
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.two_mode import modes_check, one_mode

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.random import Seed
    from ctresearch.networks.evidence.network import CriminalNetwork

_ROUNDS, _STILL = 5000, 1e-10
_SAME = 1e-6  # by how little two fits may differ and still be one


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ContinuousCoreResult(Result):
    """How far into the core each actor is. It names people: not for release.

    Parameters
    ----------
    members : pandas.DataFrame
        One row an actor: ``actor``, and ``core``, or ``out_core`` and ``in_core`` where ties have a direction; from 0,
        the largest of each is 1.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``correlation`` of the ties with the products,
        ``explained`` (share of the squared ties) and, for directed ties, ``sides``, the correlation of out- and
        in-core.

    Examples
    --------
    >>> import networkx as nx
    >>> continuous_core(nx.complete_graph(4)).members["core"].round(6).tolist()
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.FitError: all 4 actors have the same ties: there is no core to tell from a periphery
    """

    record_level: ClassVar[bool] = True

    members: pd.DataFrame = table_field(
        {
            "actor": ACTOR,
            "core": model("Place in the core"),
            "out_core": model("Place in the core by ties sent"),
            "in_core": model("Place in the core by ties received"),
        }
    )

    terms: ClassVar[Mapping[str, Meaning]] = {
        "correlation": model("Correlation of the ties with the products of places", headline=True),
        "explained": model("Share of the squared ties explained"),
        "sides": model("Correlation of the places by ties sent and by ties received"),
    }


def continuous_core(
    network: CriminalNetwork | nx.Graph[Any], *, weighted: bool = False, starts: int = 10, seed: Seed = 0
) -> ContinuousCoreResult:
    """Give each actor a place between periphery and core, so that ties come close to the product of two places [1]_.

    The places minimise the squared differences between ties and products over all pairs, leaving out the diagonal [2]_.
    Where ties have a direction an actor has two places: in the core of those who send and of those who receive.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        At least four actors.
    weighted : bool
        Use the strengths of ties in place of their presence.
    starts : int
        Random starts beside the one from the degrees.
    seed : int or SeedSequence
        Of the starts.

    Returns
    -------
    ContinuousCoreResult
        The places, and how well their products describe the ties.

    Raises
    ------
    DataError
        If there are fewer than four actors.
    SpecificationError
        If an option is out of range, or weights are asked for and not explained.
    FitError
        If there is no tie, or all actors have the same.

    References
    ----------
    .. [1] Borgatti, S. P. and Everett, M. G. (2000). Models of core/periphery structures. Social Networks 21, 375-395.
       https://doi.org/10.1016/S0378-8733(99)00019-2
    .. [2] Boyd, J. P., Fitzgerald, W. J., Mahutga, M. C. and Smith, D. A. (2010). Computing continuous core/periphery
       structures for social relations data with MINRES/SVD. Social Networks 32, 125-137.

    Examples
    --------
    >>> import networkx as nx
    >>> result = continuous_core(nx.star_graph(6))
    >>> result.members["core"].round(2).iloc[0], bool(result.members["core"].iloc[1:].max() < 1)
    (np.float64(1.0), True)
    """
    one_of("weighted", weighted, (True, False))
    whole_number("starts", starts, 0)
    found = one_mode(network, "core and periphery", at_least=4)
    ties = (found.matrix_as("strength") if weighted else found.adjacency).toarray().astype(float)
    off = ~np.eye(len(ties), dtype=bool)
    if np.ptp(ties[off]) == 0:
        raise FitError(f"all {len(ties)} actors have the same ties: there is no core to tell from a periphery")
    random, degrees = generator(seed), ties.sum(axis=0) + ties.sum(axis=1)
    firsts = [degrees / degrees.max(), *random.uniform(0.05, 1.0, (starts, len(ties)))]
    fits = [fit_places(ties, first, directed=found.directed) for first in firsts]
    best = min(fits, key=lambda fit: round(fit.lost, 12))
    agree = float(np.mean([fit.lost < best.lost * (1 + _SAME) + _SAME for fit in fits]))
    return _result(found, ties, best, agree, recorded_seed(seed))


@dataclass(frozen=True, slots=True)
class Places:
    """Places in the core.

    Parameters
    ----------
    sends, receives : numpy.ndarray
        By actor, shape (actors,); the same array where ties have no direction.
    lost : float
        Sum of the squared differences between ties and products.
    converged : bool
        Whether the places had stopped to move.

    Examples
    --------
    >>> Places(np.ones(2), np.ones(2), 0.0, True).lost
    0.0
    """

    sends: NDArray[np.float64]
    receives: NDArray[np.float64]
    lost: float
    converged: bool


def fit_places(ties: NDArray[np.float64], first: NDArray[np.float64], *, directed: bool) -> Places:
    """Minimise the squared differences of ties and products, one place at a time, so that the fit never gets worse.

    Parameters
    ----------
    ties : numpy.ndarray
        Ties without the diagonal, shape (actors, actors).
    first : numpy.ndarray
        Places to start from, above 0, shape (actors,).
    directed : bool
        Whether sending and receiving have places of their own.

    Returns
    -------
    Places
        A minimum near the start.

    Examples
    --------
    >>> true = np.array([1.0, 0.5, 0.5, 0.2])
    >>> ties = np.outer(true, true) * (1 - np.eye(4))
    >>> fit_places(ties, np.ones(4), directed=False).sends.round(4).tolist()
    [1.0, 0.5, 0.5, 0.2]
    """
    sends, receives = first.copy(), first.copy()
    if not directed:
        receives = sends
    converged = False
    for _ in range(_ROUNDS):
        before = np.concatenate([sends, receives])
        if directed:
            sends = _ratios(ties, receives)
            receives = _ratios(ties.T, sends)
            scale = float(np.sqrt(np.linalg.norm(receives) / max(float(np.linalg.norm(sends)), 1e-300)))
            sends, receives = sends * scale, receives / scale
        else:
            _one_by_one(ties, sends)
        if np.abs(np.concatenate([sends, receives]) - before).max() < _STILL:
            converged = True
            break
    missed = ties - np.outer(sends, receives)
    np.fill_diagonal(missed, 0.0)
    return Places(sends, receives, float((missed**2).sum()), converged)


def _ratios(ties: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give every actor the best place on one side, given those on the other."""
    squares = other @ other - other**2
    return np.asarray(ties @ other / np.where(squares > 0, squares, np.inf))


def _one_by_one(ties: NDArray[np.float64], places: NDArray[np.float64]) -> None:
    """Give one actor after the other the best place, given those of all others; in place."""
    square = float(places @ places)
    for i in range(len(places)):
        square -= places[i] ** 2
        places[i] = ties[i] @ places / square if square > 1e-300 else 0.0
        square += places[i] ** 2


def _result(
    network: CriminalNetwork, ties: NDArray[np.float64], fit: Places, agree: float, seed: int | None
) -> ContinuousCoreResult:
    """Put the places into words."""
    off, nan = ~np.eye(len(ties), dtype=bool), float("nan")
    products = np.outer(fit.sends, fit.receives)[off]
    varies = np.ptp(products) > 0
    rows = {
        "correlation": float(np.corrcoef(ties[off], products)[0, 1]) if varies else nan,
        "explained": 1 - fit.lost / float((ties[off] ** 2).sum()),
    }
    places = {"out_core": fit.sends, "in_core": fit.receives} if network.directed else {"core": fit.sends}
    if network.directed:
        rows["sides"] = float(np.corrcoef(fit.sends, fit.receives)[0, 1])
    stood = "The places had stopped to move." if fit.converged else "The places were still moving: do not use them."
    met = say("{agree:.0%} of the starts ended in this fit.", agree=agree)
    return ContinuousCoreResult(
        method="Core and periphery, continuous, least squares without the diagonal",
        estimates=estimates_table({term: (value, nan, nan, nan) for term, value in rows.items()}),
        n=len(network),
        smallest_group=ONE_PERSON,
        checks=(
            Check("convergence", "pass" if fit.converged else "fail", stood, voids=True),
            *network.checks,
            *modes_check(network),
            Check("starts", "pass" if agree >= 0.5 else "review", met, {"share": agree}),
        ),
        assumptions=(*CAVEATS, "There is one core: actors in two cores of their own are described badly."),
        references=references(continuous_core),
        inputs=recorded(network, seed=seed),
        members=pd.DataFrame(
            {
                "actor": pd.Series(list(network.nodes), dtype=object),
                **{name: one / float(one.max()) for name, one in places.items()},
            }
        ),
    )
