"""Capture histories: who of a known population is seen on which lists.

A person's pattern of lists is drawn from a log-linear model: each list has a chance of its own, pairs and triples of
lists depend on one another, and people differ, in classes, by a normal trait or by covariates.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import logit

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.draws import categories, is_distribution, normals
from ctresearch.data.synthetic.generated import Synthetic
from ctresearch.data.synthetic.people import Covariates, linear_predictor, people

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.data.synthetic.draws import Floats

MOST_LISTS = 15
_CELLS_AT_ONCE = 1 << 22
_NEVER = -1e3


@dataclass(frozen=True, slots=True)
class CaptureModel:
    """The log-linear model of one population.

    Parameters
    ----------
    lists : tuple of str
        Names of the lists.
    weights : numpy.ndarray
        Share of each latent class, shape (classes,).
    intercepts : numpy.ndarray
        Log-odds of each list for a person on no other list, shape (classes, lists).
    interactions : mapping of tuple of int to float
        Sets of lists to their log-linear interaction.
    """

    lists: tuple[str, ...]
    weights: Floats
    intercepts: Floats
    interactions: Mapping[tuple[int, ...], float]


def capture_histories(
    n: int = 5_000,
    lists: int | Sequence[str] = 4,
    *,
    capture: float | Sequence[float] = 0.2,
    dependence: Mapping[str, float] | None = None,
    classes: Sequence[tuple[float, Sequence[float]]] | None = None,
    heterogeneity: float = 0.0,
    covariates: Covariates | None = None,
    effects: Mapping[str, Mapping[str, float]] | None = None,
    unreachable: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    seed: Seed = 0,
) -> Synthetic:
    """Draw who of a known population stands on which lists.

    Parameters
    ----------
    n : int
        Size of the population, seen and unseen.
    lists : int or sequence of str
        Number of lists, called A, B, C, ..., or their names; 2 to 15.
    capture : float or sequence of float
        Chance of being on each list, for a reference person who is on no other list.
    dependence : mapping of str to float, optional
        Log-linear interactions, such as ``{"A:B": 0.8, "A:B:C": -0.3}``; 0.8 multiplies the odds by 2.2.
    classes : sequence of (float, sequence of float), optional
        Latent classes: share and chances of each, in place of ``capture``.
    heterogeneity : float
        Standard deviation of a normal trait that raises a person's log-odds on every list alike.
    covariates : mapping, optional
        Name to shares by level, or to ``(mean, standard deviation)`` of a normal covariate.
    effects : mapping of str to mapping, optional
        List to coefficients on the log-odds, such as ``{"A": {"sex=woman": 0.5, "age": -0.02}}``.
    unreachable : mapping of str to mapping, optional
        Structural zeros: list to the levels it cannot see, such as ``{"B": {"region": ["north"]}}``.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: one row a person on at least one list, a 0/1 column for each list and the covariates.
        ``tables["counts"]``: the same people by pattern. ``truth``: ``population``, ``observed``, ``unobserved``,
        ``list_sizes`` and ``coefficients``.

    Raises
    ------
    SpecificationError
        If an option is out of range or names no list, covariate or level.

    References
    ----------
    .. [1] Fienberg, S. E. (1972). The multiple recapture census for closed populations and incomplete 2^k
       contingency tables. Biometrika, 59(3), 591-603. https://doi.org/10.1093/biomet/59.3.591
    .. [2] Manrique-Vallier, D. (2016). Bayesian population size estimation using Dirichlet process mixtures.
       Biometrics, 72(4), 1246-1254. https://doi.org/10.1111/biom.12502

    Examples
    --------
    The lists saw 553 of 1,000 people; an estimate from the frame should come back to 1,000.

    >>> made = capture_histories(1_000, ["police", "charity", "shelter"], capture=0.25, seed=1)
    >>> made.truth["population"], made.truth["observed"], made.truth["unobserved"]
    (1000, 553, 447)
    """
    n = whole_number("n", n, low=1)
    in_range("heterogeneity", heterogeneity, 0)
    covariates = covariates or {}
    model = _model(_names(lists), capture, dependence or {}, classes)
    rng = generator(seed)
    who = people(rng, n, covariates)
    log_odds = model.intercepts[categories(rng, model.weights, n)]
    log_odds = log_odds + heterogeneity * normals(rng, n)[:, None]
    for name, coefficients in (effects or {}).items():
        log_odds[:, _position(name, model.lists)] += linear_predictor(who, coefficients, covariates)
    for name, levels in (unreachable or {}).items():
        log_odds[_out_of_reach(who, levels), _position(name, model.lists)] = _NEVER
    patterns = pd.DataFrame(draw_patterns(rng, log_odds, model.interactions), columns=list(model.lists))
    seen = patterns.any(axis=1)
    frame = pd.concat([patterns, who], axis=1)[seen].reset_index(drop=True)
    counts = frame.groupby(list(model.lists), as_index=False).size().rename(columns={"size": "count"})
    return Synthetic(
        name="capture_histories",
        frame=frame,
        tables={"counts": counts},
        seed=recorded_seed(seed),
        truth=_truth(model, patterns, n=n, seen=int(seen.sum()), effects=effects or {}, heterogeneity=heterogeneity),
    )


def draw_patterns(
    rng: np.random.Generator, log_odds: Floats, interactions: Mapping[tuple[int, ...], float]
) -> NDArray[np.int8]:
    """Draw patterns of lists from log-linear models that differ between people in their main effects.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    log_odds : numpy.ndarray
        Main effects, shape (people, lists).
    interactions : mapping of tuple of int to float
        Sets of lists to their interaction, the same for all.

    Returns
    -------
    numpy.ndarray
        0 and 1, shape (people, lists).

    Examples
    --------
    >>> draw_patterns(np.random.Generator(np.random.PCG64(1)), np.array([[-900.0, 900.0]]), {}).tolist()
    [[0, 1]]
    """
    cells = np.array(list(itertools.product((0, 1), repeat=log_odds.shape[1])), dtype=np.int8)
    shared = sum(
        (value * cells[:, list(members)].all(axis=1) for members, value in interactions.items()), np.zeros(len(cells))
    )
    step = max(1, _CELLS_AT_ONCE // len(cells))
    drawn = []
    for start in range(0, len(log_odds), step):
        score = log_odds[start : start + step] @ cells.T + shared
        drawn.append(categories(rng, np.exp(score - score.max(axis=1, keepdims=True))))
    return np.asarray(cells[np.concatenate(drawn)], dtype=np.int8)


def _names(lists: int | Sequence[str]) -> tuple[str, ...]:
    """Name the lists."""
    if isinstance(lists, int):
        return tuple("ABCDEFGHIJKLMNO"[: whole_number("lists", lists, low=2, high=MOST_LISTS)])
    names = tuple(lists)
    if isinstance(lists, str) or not 2 <= len(names) <= MOST_LISTS or len(set(names)) < len(names):
        raise SpecificationError(f"lists == {lists!r}, must be 2 to {MOST_LISTS} different names")
    return names


def _model(
    lists: tuple[str, ...],
    capture: float | Sequence[float],
    dependence: Mapping[str, float],
    classes: Sequence[tuple[float, Sequence[float]]] | None,
) -> CaptureModel:
    """Read the options into a model."""
    shares = [share for share, _ in classes] if classes else [1.0]
    chances = [row for _, row in classes] if classes else [capture]
    rows = [_chances(row, lists) for row in chances]
    interactions = {_members(term, lists): in_range(f"dependence[{term!r}]", v) for term, v in dependence.items()}
    return CaptureModel(lists, is_distribution("shares of classes", shares), logit(np.array(rows)), interactions)


def _chances(capture: float | Sequence[float], lists: tuple[str, ...]) -> list[float]:
    """Read one chance for each list."""
    values = list(capture) if isinstance(capture, Sequence) else [capture] * len(lists)
    if len(values) != len(lists):
        raise SpecificationError(f"capture == {values}, must be one chance or {len(lists)}, one for each list")
    return [in_range("capture", value, 0, 1, open_ends=True) for value in values]


def _members(term: str, lists: tuple[str, ...]) -> tuple[int, ...]:
    """Read an interaction such as ``A:B``."""
    members = tuple(sorted(_position(name, lists) for name in term.split(":")))
    if len(set(members)) < max(2, len(members)):
        raise SpecificationError(f"dependence == {term!r}, must name two or more different lists, such as 'A:B'")
    return members


def _position(name: str, lists: tuple[str, ...]) -> int:
    """Find a list by its name."""
    if name not in lists:
        raise SpecificationError(f"list == {name!r}, must be one of {', '.join(lists)}")
    return lists.index(name)


def _out_of_reach(who: pd.DataFrame, levels: Mapping[str, Sequence[str]]) -> NDArray[np.bool_]:
    """Say which people a list cannot see."""
    hidden = np.zeros(len(who), dtype=bool)
    for name, values in levels.items():
        if name not in who:
            raise SpecificationError(f"unreachable == {name!r}, must name a covariate: {', '.join(who.columns) or '-'}")
        hidden |= who[name].isin(list(values)).to_numpy()
    return hidden


def _truth(model: CaptureModel, patterns: pd.DataFrame, *, n: int, seen: int, **options: Any) -> dict[str, Any]:
    """Say what the data were made from."""
    terms = {":".join(model.lists[i] for i in members): value for members, value in model.interactions.items()}
    classes = pd.DataFrame(model.intercepts, columns=list(model.lists)).assign(share=model.weights)
    return {
        "population": n,
        "observed": seen,
        "unobserved": n - seen,
        "list_sizes": patterns.sum().rename("persons"),
        "coefficients": pd.Series(terms, name="interaction", dtype=float),
        "classes": classes,
        **options,
    }
