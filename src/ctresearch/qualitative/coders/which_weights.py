"""Which weights are meant: names, tables and distances, and the words by which a result says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import shown
from ctresearch.core.errors import SpecificationError
from ctresearch.stats.agreement.weights import MOST_WEIGHED, RANKS, SYSTEMS, MatrixWeights, weigh

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ctresearch.qualitative.coders.read_ratings import Ratings
    from ctresearch.stats.agreement.weights import Weights

    Floats = NDArray[np.float64]
    Asked = str | pd.DataFrame | Callable[[Any, Any], float]

SAME = {"nominal": "identity", "interval": "quadratic", "ordinal-gwet": "ordinal"}
OF_SETS = ("masi", "jaccard")
NAMES = (*SAME, *SYSTEMS, RANKS, *OF_SETS)
_SAID = {
    "identity": "identity (nominal): two codes agree or do not",
    "linear": "linear: by the distance of two values",
    "quadratic": "quadratic (interval): by the squared distance of two values",
    "ordinal": "Gwet's ordinal weights: by the places of two codes",
    RANKS: "Krippendorff's ordinal metric: by how many ratings lie between two codes",
    "radical": "radical: by the root of the distance of two values",
    "ratio": "ratio: by the squared difference relative to the sum",
    "circular": "circular: by the angle between two values on a circle",
    "bipolar": "bipolar: by the distance relative to the two ends",
    "masi": "MASI of sets (Passonneau 2006)",
    "jaccard": "Jaccard: by the share of codes that two sets have in common",
    "table": "a table of one's own",
    "distance": "a distance of one's own",
}


@dataclass(frozen=True, slots=True)
class ChosenWeights:
    """Weights that were chosen, and their name.

    Parameters
    ----------
    name : str
        What they are called.
    weights : Weights or None
        ``None`` for Krippendorff's ranks, which the ratings make.

    Examples
    --------
    >>> ChosenWeights("identity", None).said
    'identity (nominal): two codes agree or do not'
    """

    name: str
    weights: Weights | None

    @property
    def said(self) -> str:
        """What they are, in words."""
        return _SAID[self.name]


def check_asked(statistic: str, asked: Any) -> Any:
    """Check what was asked as weights, and return the name that it stands for, or the table or function itself.

    ``"ordinal"`` means Krippendorff's metric for his alpha and Gwet's weights for all others, since that is what each
    author calls so; ``"ordinal-gwet"`` and ``"ordinal-ranks"`` say it outright.
    """
    if isinstance(asked, pd.DataFrame) or (callable(asked) and not isinstance(asked, (str, type))):
        return asked
    if not isinstance(asked, str) or asked not in NAMES:
        raise SpecificationError(
            f"weights == {shown(asked)}, must be one of {', '.join(map(repr, NAMES))}, a table of agreement of each "
            "pair of codes, or a function that gives the distance of two codes"
        )
    name = SAME.get(asked, asked)
    if asked == "ordinal" and statistic == "krippendorff":
        name = RANKS
    if name == RANKS and statistic != "krippendorff":
        raise SpecificationError(
            f"weights == {asked!r} with statistic {statistic!r}: Krippendorff's ranks belong to his alpha; take "
            "weights='ordinal' or statistic='krippendorff'"
        )
    return name


def choose_weights(ratings: Ratings, asked: Any, circle: float | None) -> ChosenWeights:
    """Return the weights for some ratings."""
    if isinstance(asked, pd.DataFrame):
        return ChosenWeights("table", MatrixWeights(_table(ratings, asked)))
    if not isinstance(asked, str):
        return ChosenWeights("distance", MatrixWeights(_distances(ratings, asked)))
    if asked in OF_SETS:
        if not ratings.sets:
            raise SpecificationError(
                f"weights == {asked!r}, but ratings are single codes: give sets, or separator='|' for cells such as "
                "'debt|threat'"
            )
        _few(ratings)
        return ChosenWeights(asked, MatrixWeights(_of_sets(ratings, asked)))
    if asked != "identity" and not ratings.ordered:
        raise SpecificationError(
            f"weights == {asked!r}, but the codes have no order: give categories=[...] from least to most, or "
            "weights='nominal'"
        )
    if asked == RANKS:
        return ChosenWeights(asked, None)
    return ChosenWeights(asked, weigh(asked, ratings.values, circle=circle))


def _few(ratings: Ratings) -> None:
    """Refuse more codes than a matrix holds."""
    if len(ratings.categories) > MOST_WEIGHED:
        raise SpecificationError(
            f"weights for {len(ratings.categories):,} different codes, must be at most {MOST_WEIGHED:,}: join some"
        )


def _of_sets(ratings: Ratings, name: str) -> Floats:
    """Return the agreement of each pair of sets."""
    sets = ratings.categories
    found = np.ones((len(sets), len(sets)))
    for i, one in enumerate(sets):
        for j, other in enumerate(sets[:i]):
            found[i, j] = found[j, i] = set_agreement(one, other, name)
    return found


def set_agreement(one: frozenset[str], other: frozenset[str], name: str) -> float:
    """Return how far two sets of codes agree: their Jaccard share, for MASI times what one has of the other.

    References
    ----------
    .. [1] Passonneau, R. (2006). Measuring agreement on set-valued items (MASI) for semantic and pragmatic annotation.
       Proceedings of LREC 2006, 831-836.
    """
    both, either = one & other, one | other
    if not either or one == other:
        return 1.0
    shared = len(both) / len(either)
    if name == "jaccard":
        return shared
    part = 2 / 3 if one <= other or other <= one else 1 / 3
    return shared * part


def _table(ratings: Ratings, table: pd.DataFrame) -> Floats:
    """Return a table of agreement in the order of the codes."""
    labels = list(ratings.labels)
    plain = table.set_axis(table.index.map(str), axis=0).set_axis(table.columns.map(str), axis=1)
    lacks = set(labels) - (set(plain.index) & set(plain.columns))
    if lacks:
        raise SpecificationError(
            f"weights is a table that lacks {len(lacks)} of the {len(labels)} codes, must have each code as a row and "
            "as a column"
        )
    found = plain.loc[labels, labels].to_numpy(dtype=float)
    fine = np.isfinite(found).all() and (found == found.T).all() and (np.diag(found) == 1).all()
    if not fine or found.min() < 0 or found.max() > 1:
        raise SpecificationError(
            "weights is a table that is not symmetric with ones on its diagonal and values from 0 to 1 elsewhere, but "
            f"from {found.min():g} to {found.max():g}, must be: 1 is full agreement"
        )
    return np.asarray(found, dtype=np.float64)


def _distances(ratings: Ratings, distance: Callable[[Any, Any], float]) -> Floats:
    """Return agreement from a distance, relative to the greatest there is."""
    _few(ratings)
    codes = ratings.categories
    try:
        found = np.array([[float(distance(one, other)) for other in codes] for one in codes])
    except (TypeError, ValueError):
        found = np.full((1, 1), np.nan)
    if not np.isfinite(found).all() or (found < 0).any() or (np.diag(found) != 0).any() or (found != found.T).any():
        raise SpecificationError(
            "weights is a function that is no distance of two codes, must give 0 for a code with itself, the same in "
            "both directions, and nowhere less than 0"
        )
    return np.asarray(1 - found / max(found.max(), 1e-300), dtype=np.float64)
