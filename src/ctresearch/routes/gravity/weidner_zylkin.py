"""The bias that many fixed effects leave in a gravity model, and in its errors, taken out analytically.

With effects of origin-year, destination-year and pair, Poisson estimates are consistent, but their bias is of the same
order as their error, and errors clustered by pair are too small. Both follow from an expansion in the effects. For a
pair, ``S`` is the score of its T years after the pair's own effect is profiled out, ``H`` its Hessian and ``G`` its
third derivative, and ``x`` what the effects leave of a covariate. For the origins i, with sums over their pairs ij,

    b = sum_i { -tr[(sum H)^+ sum H x S'] + 1/2 tr[(sum G x) (sum H)^+ (sum S S') (sum H)^+] },

the same for destinations, and the bias is W^-1 (b + d) with W the sum of x'Hx. The score that is left in a fit has
less variance than the true one by the share ``H [x W^-1 x' + (sum_i H)^+ + (sum_j H)^+]`` of each pair, which is put
back. With effects of origin-year and destination-year alone there is no bias, and the share is the same with the
ordinary Poisson score.

References
----------
.. [1] Weidner, M. and Zylkin, T. (2021). Bias and consistency in three-way gravity models. Journal of International
   Economics 132, 103513. https://doi.org/10.1016/j.jinteco.2021.103513
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

_RANK = 1e-9  # eigenvalues below this share of the greatest belong to the constant that the pair's effect takes up

_MOST_TAKEN = 0.9  # the sum of three shares may pass 1 where places are few, which no share of a variance can


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Flows of P pairs in T years: ``y``, ``mean`` (P, T), ``x`` (P, T, K), ``origin`` and ``destination`` (P,).

    Years that a pair does not have hold 0 throughout.
    """

    y: Floats
    mean: Floats
    x: Floats
    origin: Codes
    destination: Codes


def as_pairs(  # noqa: PLR0917 - columns of one table
    y: Floats, mean: Floats, within: Floats, pair: Codes, year: Codes, ends: tuple[Codes, Codes]
) -> Pairs:
    """Set up flows by pair and year; each pair and year once."""
    shape = (int(pair.max()) + 1, int(year.max()) + 1)
    table_y, table_mean = np.zeros(shape), np.zeros(shape)
    table_x = np.zeros((*shape, within.shape[1]))
    table_y[pair, year], table_mean[pair, year], table_x[pair, year] = y, mean, within
    origin, destination = np.zeros(shape[0], dtype=np.int64), np.zeros(shape[0], dtype=np.int64)
    origin[pair], destination[pair] = ends
    return Pairs(table_y, table_mean, table_x, origin, destination)


def bias_and_variance(pairs: Pairs, *, three_way: bool) -> tuple[Floats, Floats]:
    """Return the bias of the coefficients and their variance, clustered by pair.

    Parameters
    ----------
    pairs : Pairs
        Flows, means and covariates with the effects taken out.
    three_way : bool
        Whether pairs have effects of their own.

    Returns
    -------
    tuple of numpy.ndarray
        Bias (K,), to be subtracted, and variance (K, K).

    Examples
    --------
    >>> ones = np.ones((2, 2))
    >>> pairs = Pairs(ones, ones, np.array([[[1.0], [-1.0]], [[-1.0], [1.0]]]), np.arange(2), np.arange(2))
    >>> bias_and_variance(pairs, three_way=True)[0].tolist()
    [0.0]
    """
    share = pairs.mean / np.maximum(pairs.mean.sum(axis=1, keepdims=True), 1e-300)
    score = pairs.y - share * pairs.y.sum(axis=1, keepdims=True) if three_way else pairs.y - pairs.mean
    crossed = np.einsum("pt,ptk,ptl->kl", pairs.mean, pairs.x, pairs.x)
    bread = np.linalg.inv(crossed)
    total = np.zeros(pairs.x.shape[2])
    inverses = []
    for codes in (pairs.origin, pairs.destination):
        if not three_way:
            inverses.append(_inverse_sums(pairs.mean, codes))
            continue
        inverse = np.zeros((int(codes.max()) + 1, *2 * pairs.y.shape[1:]))
        order = np.argsort(codes, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
            hessian = _hessians(pairs.mean[rows], share[rows], three_way=True).sum(axis=0)
            inverse[codes[rows[0]]] = np.linalg.pinv(hessian, rcond=_RANK, hermitian=True)
            total += _bias_of(pairs, score, share, rows, inverse[codes[rows[0]]])
        inverses.append(inverse)
    meat = _meat(pairs, score, share, bread, inverses, three_way=three_way)
    return np.asarray(bread @ total, dtype=np.float64), np.asarray(bread @ meat @ bread, dtype=np.float64)


def _inverse_sums(mean: Floats, codes: Codes) -> Floats:
    """Return the inverse of each place's expected Hessian where pairs have no effects, diagonal, (places, T, T)."""
    whole = np.zeros((int(codes.max()) + 1, mean.shape[1]))
    np.add.at(whole, codes, mean)
    there = whole > _RANK * whole.max(axis=1, keepdims=True)
    return np.asarray(np.where(there, 1 / np.where(there, whole, 1.0), 0.0)[:, :, None] * np.eye(mean.shape[1]))


def _hessians(mean: Floats, share: Floats, *, three_way: bool) -> Floats:
    """Return the expected Hessian of each pair, (P, T, T)."""
    diagonal = np.einsum("pt,ts->pts", mean, np.eye(mean.shape[1]))
    taken = np.einsum("pt,ps->pts", mean, share)
    return np.asarray(diagonal - taken if three_way else diagonal, dtype=np.float64)


def _bias_of(pairs: Pairs, score: Floats, share: Floats, rows: Codes, inverse: Floats) -> Floats:
    """Return what the effects of one origin or destination add to the scores of the coefficients."""
    x, s, theta, whole = pairs.x[rows], score[rows], share[rows], pairs.y[rows].sum(axis=1)
    centred = x - np.einsum("pt,ptk->pk", theta, x)[:, None, :]
    seen = whole[:, None, None] * theta[:, :, None] * centred  # the observed Hessian times each covariate
    first = np.einsum("ts,ptk,ps->k", inverse, seen, s)
    middle = inverse @ (s.T @ s) @ inverse
    mean = pairs.mean[rows].sum(axis=1)[:, None, None] * theta[:, :, None] * centred
    bent = np.einsum("ptk,ts->kts", mean, np.eye(theta.shape[1]))
    cross = np.einsum("ptk,ps->kts", mean, theta)
    third = -(bent - cross - np.swapaxes(cross, 1, 2))
    return np.asarray(-first + 0.5 * np.einsum("kts,st->k", third, middle), dtype=np.float64)


def _meat(
    pairs: Pairs, score: Floats, share: Floats, bread: Floats, inverses: list[Floats], *, three_way: bool
) -> Floats:
    """Return the crossed scores of pairs, with the share that the fit took up put back."""
    k = pairs.x.shape[2]
    out = np.zeros((k, k))
    for rows in np.array_split(np.arange(len(score)), max(1, len(score) // 2000)):
        x, s = pairs.x[rows], score[rows]
        hessian = _hessians(pairs.mean[rows], share[rows], three_way=three_way)
        taken = x @ bread @ np.swapaxes(x, 1, 2)
        taken = taken + inverses[0][pairs.origin[rows]] + inverses[1][pairs.destination[rows]]
        full = _put_back(hessian, taken, s)
        out += np.einsum("ptk,pt->pk", x, full).T @ np.einsum("ptk,pt->pk", x, s)
    return (out + out.T) / 2


def _put_back(hessian: Floats, taken: Floats, score: Floats) -> Floats:
    """Return ``(I - H M)^-1 s`` of each pair, with no more put back than a share of :data:`_MOST_TAKEN` asks for."""
    values, vectors = np.linalg.eigh(hessian)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    share, axes = np.linalg.eigh(root @ taken @ root)
    share = np.minimum(share, _MOST_TAKEN)
    along = np.swapaxes(axes, 1, 2) @ (root @ (taken @ score[:, :, None]))
    return np.asarray(score + (root @ (axes @ (along / (1 - share)[:, :, None])))[:, :, 0], dtype=np.float64)
