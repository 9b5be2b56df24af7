"""Which actor is removed next: the strategies of disruption."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.errors import SpecificationError
from ctresearch.core.render import as_card
from ctresearch.core.validate import one_of, whole_number

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork

Kind = Literal["degree", "betweenness", "collective_influence", "optimal", "random", "role", "value"]
KINDS: tuple[Kind, ...] = ("degree", "betweenness", "collective_influence", "optimal", "random", "role", "value")
WEIGHTED = {"degree": "strength", "collective_influence": "strength", "betweenness": "distance"}
"""What a strategy takes weights for."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """A rule by which actors are removed.

    Parameters
    ----------
    kind : str
        ``"degree"``, ``"betweenness"``, ``"collective_influence"``; ``"optimal"``, the single removal that cuts most
        pairs apart at each step (for sets that are best together see :func:`ctresearch.networks.removal.key_players`);
        ``"random"``; ``"role"``, actors in ``roles`` by degree; ``"value"``, by a column of market value or human
        capital.
    weighted : bool
        Use the weights: as strengths for degree and collective influence, as distances for betweenness. The network
        says which of the two they are, and the other is their inverse.
    radius : int
        Steps to the edge of the ball of collective influence.
    roles : tuple
        Roles that are removed, for ``"role"``.
    column : str, optional
        Attribute of the actors: the role for ``"role"`` (``"role"`` by default), the value for ``"value"``.

    Raises
    ------
    SpecificationError
        If an option is unknown or one that the kind needs is missing.

    References
    ----------
    .. [1] Duijn, P. A. C., Kashirin, V. and Sloot, P. M. A. (2014). The relative ineffectiveness of criminal network
       disruption. Scientific Reports 4, 4238. https://doi.org/10.1038/srep04238
    .. [2] Morone, F. and Makse, H. A. (2015). Influence maximization in complex networks through optimal percolation.
       Nature 524, 65-68. https://doi.org/10.1038/nature14604

    Examples
    --------
    >>> str(Strategy("role", roles=("transporter",)))
    'role (transporter)'
    """

    kind: Kind = "degree"
    weighted: bool = False
    radius: int = 1
    roles: tuple[Hashable, ...] = ()
    column: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        one_of("strategy", self.kind, KINDS)
        one_of("weighted", self.weighted, (True, False))
        whole_number("radius", self.radius, low=1)
        if self.weighted and self.kind not in WEIGHTED:
            raise SpecificationError(f"weighted == True, but the strategy {self.kind!r} uses no weights: leave it out")
        if self.kind == "role" and not self.roles:
            raise SpecificationError(
                f"roles == {self.roles!r}, must name the roles to remove, as in Strategy('role', roles=('host',))"
            )
        if self.kind == "value" and self.column is None:
            raise SpecificationError(
                "column == None, must name the column of values, as in Strategy('value', column='value')"
            )

    def __str__(self) -> str:
        detail = ", ".join(map(str, self.roles)) or (f"weights as {WEIGHTED[self.kind]}s" if self.weighted else "")
        return self.kind.replace("_", " ") + (f" ({detail})" if detail else "")

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["kind", "weighted", "radius"])


def tie_weights(network: CriminalNetwork, strategy: Strategy) -> NDArray[np.float64]:
    """Return the weight of each tie that a strategy works with.

    Parameters
    ----------
    network : CriminalNetwork
        The network.
    strategy : Strategy
        The strategy.

    Returns
    -------
    numpy.ndarray
        Ones where it uses no weights, shape (M,).

    Raises
    ------
    SpecificationError
        If weights are wanted and the network has none, or does not say what they mean.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks import as_network
    >>> tie_weights(as_network(nx.path_graph(3)), Strategy()).tolist()
    [1.0, 1.0]
    """
    if not strategy.weighted:
        return np.ones(len(network.edges_index))
    return network.weights_as("strength" if WEIGHTED[strategy.kind] == "strength" else "distance")


def fixed_scores(network: CriminalNetwork, strategy: Strategy) -> NDArray[np.float64]:
    """Return what a strategy knows of each actor before the first removal.

    Parameters
    ----------
    network : CriminalNetwork
        The network.
    strategy : Strategy
        The strategy.

    Returns
    -------
    numpy.ndarray
        Values for ``"value"``; 1 for the roles of ``"role"`` and 0 for others; zeros for the rest; shape (N,).

    Raises
    ------
    SpecificationError
        If the column is missing, a value is no number, or nobody has such a role.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks import as_network
    >>> fixed_scores(as_network(nx.path_graph(3)), Strategy()).tolist()
    [0.0, 0.0, 0.0]
    """
    if strategy.kind == "value":
        values = numbers(attribute(network, strategy.column or "value"))
        if np.isnan(values).any():
            raise SpecificationError(
                f"column {strategy.column!r} has no value for {int(np.isnan(values).sum())} actors, every one needs one"
            )
        return values
    if strategy.kind == "role":
        is_target = attribute(network, strategy.column or "role").isin(list(strategy.roles)).to_numpy()
        if not is_target.any():
            raise SpecificationError(f"roles == {strategy.roles!r}, but no actor has such a role")
        return is_target.astype(float)
    return np.zeros(len(network))


def attribute(network: CriminalNetwork, column: str) -> pd.Series[Any]:
    """Return one attribute of the actors.

    Parameters
    ----------
    network : CriminalNetwork
        The network.
    column : str
        Its name.

    Returns
    -------
    pandas.Series
        By actor.

    Raises
    ------
    SpecificationError
        If there is no such attribute.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks import as_network
    >>> attribute(as_network(nx.karate_club_graph()), "club").iloc[0]
    'Mr. Hi'
    """
    actors = network.actors
    if column not in actors.columns:
        raise SpecificationError(
            f"column == {column!r}, but the actors' attributes are {list(map(str, actors.columns))}: pass actors= when "
            "the network is built"
        )
    return actors[column]


def numbers(column: pd.Series[Any]) -> NDArray[np.float64]:
    """Read a column of numbers.

    Parameters
    ----------
    column : pandas.Series
        Cells; text that is a number counts as one.

    Returns
    -------
    numpy.ndarray
        Shape (rows,); NaN where a cell is empty.

    Raises
    ------
    CellError
        If a cell is something else; the message shows none.

    Examples
    --------
    >>> numbers(pd.Series([1, "2.5", None])).tolist()
    [1.0, 2.5, nan]
    """
    read = pd.to_numeric(column, errors="coerce")
    wrong = read.isna() & column.notna()
    refuse_cells(column, wrong, "must be numbers")
    return np.asarray(read.to_numpy(dtype=float, na_value=np.nan))
