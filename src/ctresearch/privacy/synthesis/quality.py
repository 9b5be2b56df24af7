"""How far a synthetic table is from the real one: distances, associations, learning, combinations, copied rows.

References
----------
.. [1] Snoke, J., Raab, G. M., Nowok, B., Dibben, C. and Slavkovic, A. (2018). General and specific utility measures for
   synthetic data. Journal of the Royal Statistical Society A, 181, 663-688. https://doi.org/10.1111/rssa.12358
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.core.random import generator
from ctresearch.core.render import as_card
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.privacy.masks.counts import refuse_alike_values
from ctresearch.privacy.synthesis.combinations import Combinations, compare_combinations
from ctresearch.privacy.synthesis.learning import Propensity, propensity, transfer

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

_ABSENT = ("", "0", 0, False)


QUALITIES = ("rows", "one_way", "two_way", "cramers_v", "propensity", "target", "combinations")


@dataclass(frozen=True, slots=True)
class MicrodataQuality:
    """How far a synthetic table is from the real one.

    Every figure but the first was computed from the real records without noise, so it is **not private**.

    Parameters
    ----------
    rows : int
        Number of synthetic rows.
    one_way, one_way_max : float
        Total-variation distance of single columns, mean and largest.
    two_way, two_way_max : float
        Total-variation distance of pairs of columns, mean and largest.
    cramers_v, cramers_v_max : float
        Absolute change in Cramer's V of pairs of columns, mean and largest.
    propensity : Propensity
        How well a classification tree tells synthetic from real.
    target : str
        The column that is predicted for the next two.
    real_auc, synthetic_auc : float
        Area under the curve on held-out real rows of a model that learned from other real rows, and from the synthetic
        ones.
    combinations : tuple of Combinations
        Combinations of one, two and three values that were invented or lost.
    copied_uniques : float
        Share of the real rows that are unique which also stand in the synthetic table.

    Examples
    --------
    >>> frame = pd.DataFrame({"sex": ["Woman", "Man"] * 500, "debt": ["yes", "no"] * 500})
    >>> type(microdata_quality(frame, frame)).__name__
    'MicrodataQuality'
    """

    rows: int
    one_way: float
    one_way_max: float
    two_way: float
    two_way_max: float
    cramers_v: float
    cramers_v_max: float
    propensity: Propensity
    target: str
    real_auc: float
    synthetic_auc: float
    combinations: tuple[Combinations, ...]
    copied_uniques: float

    def to_series(self) -> pd.Series[Any]:
        """Return the figures by name.

        Returns
        -------
        pandas.Series
            Of numbers.

        Examples
        --------
        >>> frame = pd.DataFrame({"sex": ["Woman", "Man"] * 20, "adult": ["yes", "no"] * 20})
        >>> microdata_quality(frame, frame).to_series()["one-way distance, mean"]
        np.float64(0.0)
        """
        figures = {
            "one-way distance, mean": self.one_way,
            "one-way distance, largest": self.one_way_max,
            "two-way distance, mean": self.two_way,
            "two-way distance, largest": self.two_way_max,
            "change in Cramer's V, mean": self.cramers_v,
            "change in Cramer's V, largest": self.cramers_v_max,
            "propensity, AUC": self.propensity.auc,
            "propensity, mean square": self.propensity.mean_square,
            f"train on real, test on real: AUC for {self.target}": self.real_auc,
            f"train on synthetic, test on real: AUC for {self.target}": self.synthetic_auc,
        }
        for c in self.combinations:
            figures[f"combinations of {c.size}: invented, share"] = c.invented
            figures[f"combinations of {c.size}: lost, share"] = c.lost
            figures[f"combinations of {c.size}: lost among frequent, share"] = c.lost_frequent
        return pd.Series(figures | {"unique real rows copied, share": self.copied_uniques}, dtype=float)

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=QUALITIES, people={"copied_uniques": self.copied_uniques})


def microdata_quality(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    *,
    target: str | None = None,
    absent: Collection[Any] = _ABSENT,
    seed: int = 0,
) -> MicrodataQuality:
    """Compare a synthetic table with the real one.

    Parameters
    ----------
    real, synthetic : pandas.DataFrame
        Tables of categories with the same columns; missing is a category.
    target : str, optional
        Column whose most frequent category is predicted; by default the column of two
        categories that is nearest to one half.
    absent : collection
        Values beside the missing ones that say nothing in a combination: blank, and "no".
    seed : int
        For the splits into halves.

    Returns
    -------
    MicrodataQuality
        Distances of 0 are best, a propensity AUC of one half, and a synthetic AUC as large as the real one.

    Raises
    ------
    DataError
        If a table is empty, the columns differ, or the target is none of them.

    References
    ----------
    .. [1] Snoke, J., Raab, G. M., Nowok, B., Dibben, C. and Slavkovic, A. (2018). General and specific utility measures
       for synthetic data. Journal of the Royal Statistical Society A, 181, 663-688. https://doi.org/10.1111/rssa.12358

    Examples
    --------
    >>> real = pd.DataFrame({"sex": ["Woman", "Man"] * 50, "adult": ["yes", "yes", "no", "no"] * 25})
    >>> quality = microdata_quality(real, real.assign(sex="Woman"))
    >>> quality.one_way, quality.two_way
    (0.25, 0.5)
    """
    is_frame("real", real)
    is_frame("synthetic", synthetic)
    has_columns("synthetic", synthetic, real.columns)
    has_columns("real", real, [*synthetic.columns, *([] if target is None else [target])])
    one, two, present = _coded(real, synthetic[real.columns], absent)
    sizes = np.array([len(p) for p in present])
    at, positive = _target(one, sizes, None if target is None else list(real.columns).index(target))
    held_out, other = np.array_split(generator(seed).permutation(one.shape[1]), 2)
    distances, changes = _pairs(one, two, sizes)
    single = _columns(one, two, sizes)
    return MicrodataQuality(
        rows=len(synthetic),
        one_way=float(np.mean(single)),
        one_way_max=max(single),
        two_way=float(np.mean(distances)) if distances else float("nan"),
        two_way_max=max(distances, default=float("nan")),
        cramers_v=float(np.mean(changes)) if changes else float("nan"),
        cramers_v_max=max(changes, default=float("nan")),
        propensity=propensity(one, two, sizes, seed=seed),
        target=str(real.columns[at]),
        real_auc=transfer(one[:, other], one[:, held_out], sizes, at, positive),
        synthetic_auc=transfer(two, one[:, held_out], sizes, at, positive),
        combinations=compare_combinations(one, two, present),
        copied_uniques=_copied(one, two),
    )


def cramers_v(table: NDArray[Any]) -> float:
    """Return Cramer's V of a table of counts, without correction for bias.

    Parameters
    ----------
    table : numpy.ndarray
        Shape (rows, columns); empty rows and columns are left out.

    Returns
    -------
    float
        From 0, independence, to 1; 0 if only one row or column is left.

    References
    ----------
    .. [1] Cramer, H. (1946). Mathematical Methods of Statistics. Princeton University Press, section 21.9.

    Examples
    --------
    >>> cramers_v(np.array([[30, 0], [0, 20]]))
    1.0
    """
    table = table[table.sum(1) > 0][:, table.sum(0) > 0].astype(float)
    least = min(table.shape) - 1
    if least < 1:
        return 0.0
    n = table.sum()
    expected = np.outer(table.sum(1), table.sum(0)) / n
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / (n * least)))


def _coded(
    real: pd.DataFrame, synthetic: pd.DataFrame, absent: Collection[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[NDArray[np.bool_]]]:
    """Write both tables as whole numbers with the same meaning, and say which of them tell something."""
    one, two, present = [], [], []
    for name in real.columns:
        both = pd.concat([real[name].astype(object), synthetic[name].astype(object)], ignore_index=True)
        refuse_alike_values(both.infer_objects().to_frame(name), [name])
        codes, values = pd.factorize(both.where(both.notna(), None), use_na_sentinel=False)
        one.append(codes[: len(real)])
        two.append(codes[len(real) :])
        present.append(np.array([not (pd.isna(v) or v in absent) for v in values]))
    if not one:
        raise DataError(f"real has {len(real.columns)} columns, must have at least one")
    return np.array(one, dtype=np.int64), np.array(two, dtype=np.int64), present


def _target(codes: NDArray[np.int64], sizes: NDArray[np.int64], at: int | None) -> tuple[int, int]:
    """Choose the column and the category to predict."""
    counts = [np.bincount(c, minlength=k) for c, k in zip(codes, sizes, strict=True)]
    if at is None:
        at = int(np.argmin([abs(c.max() / c.sum() - 0.5) + (len(c) != 2) for c in counts]))
    return at, int(counts[at].argmax())


def _columns(one: NDArray[np.int64], two: NDArray[np.int64], sizes: NDArray[np.int64]) -> list[float]:
    """Distance of every column."""
    columns = zip(one, two, sizes, strict=True)
    return [_distance(np.bincount(a, minlength=k), np.bincount(b, minlength=k)) for a, b, k in columns]


def _pairs(one: NDArray[np.int64], two: NDArray[np.int64], sizes: NDArray[np.int64]) -> tuple[list[float], list[float]]:
    """Distance and change in Cramer's V of every pair of columns."""
    distances, changes = [], []
    for i, j in combinations(range(len(sizes)), 2):
        shape = sizes[i], sizes[j]
        tables = [np.bincount(c[i] * shape[1] + c[j], minlength=shape[0] * shape[1]).reshape(shape) for c in (one, two)]
        distances.append(_distance(*tables))
        changes.append(abs(cramers_v(tables[0]) - cramers_v(tables[1])))
    return distances, changes


def _distance(one: NDArray[np.int64], two: NDArray[np.int64]) -> float:
    """Total-variation distance of two tables of counts."""
    return float(np.abs(one / one.sum() - two / two.sum()).sum() / 2)


def _copied(one: NDArray[np.int64], two: NDArray[np.int64]) -> float:
    """Share of the unique real rows that stand in the synthetic table."""
    rows, counts = np.unique(one.T, axis=0, return_counts=True)
    unique = {row.tobytes() for row in rows[counts == 1]}
    return len(unique & {row.tobytes() for row in np.ascontiguousarray(two.T)}) / len(unique) if unique else 0.0
