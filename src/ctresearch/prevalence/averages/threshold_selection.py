"""Choosing interactions by how far from zero their posterior lies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.errors import FitError
from ctresearch.core.message import say
from ctresearch.prevalence.averages.poisson_chains import centre_of, design_of, run_chains
from ctresearch.prevalence.averages.poisson_posterior import Target
from ctresearch.prevalence.lists.cells import Array, canonical_order, set_size
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.model_terms import can_enter, interactions
from ctresearch.prevalence.loglinear.poisson import ESTIMATED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A standard deviation of 100 on the log scale: flat for main effects, which are never tested, and yet proper.
MAIN_PRECISION = 1e-4
# With 400 effective draws a Monte Carlo error is a twentieth of the standard deviation.
EFFECTIVE = 400
_FIRST, _MOST, _BATCHES = 2000, 64_000, 10
# Monte Carlo errors within which a statistic may fall on either side of the threshold: more draws are then taken.
_NEAR = 3.0


@dataclass(frozen=True, slots=True)
class Thresholding:
    """Rule of the method and the table it is applied to.

    ``counts`` (2 ** lists,) people by cell; ``lists`` their number; ``precision`` prior precision of interactions, 0
    for an improper prior; ``threshold`` on the absolute posterior mean over standard deviation; ``max_order`` of an
    interaction; ``own`` prior precisions of interactions that have one of their own.
    """

    counts: Array
    lists: int
    precision: float
    threshold: float
    max_order: int
    own: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stage:
    """The posterior of a model whose interactions of one order were held against the threshold.

    ``terms`` (P,) of the model; ``mean``, ``std_dev`` and ``error`` (P,) posterior means, standard deviations and the
    Monte Carlo standard error of their ratio; ``tested`` (P,) says which terms were held against the threshold;
    ``removed`` which interactions stand at minus infinity because nobody is on their lists; ``unobserved`` the
    posterior mean of the number on no list; ``effective`` how many independent draws would give
    ratios as good as the worst of these.
    """

    terms: Array
    mean: Array
    std_dev: Array
    error: Array
    tested: Array
    removed: Array
    unobserved: float
    effective: float

    @property
    def statistic(self) -> Array:
        """Absolute mean over standard deviation, shape (P,)."""
        return np.abs(self.mean) / self.std_dev


@dataclass(frozen=True, slots=True)
class Selected:
    """What was kept: ``terms`` of the model, its posterior ``target``, and the ``stages`` that led there."""

    terms: Array
    target: Target
    stages: tuple[Stage, ...]


def select_by_threshold(rule: Thresholding, randoms: Sequence[np.random.Generator]) -> Selected:
    """Explore the model with all interactions of an order, drop those near zero, and go on to the next order.

    Parameters
    ----------
    rule : Thresholding
        Table and options.
    randoms : sequence of numpy.random.Generator
        Independent streams; they move on.

    Returns
    -------
    Selected
        The model that is left.

    Raises
    ------
    FitError
        If the prior is improper and so is the posterior of a model.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories
    >>> counts = CaptureHistories.from_published("korea").cell_counts()
    >>> rule = Thresholding(counts, 3, precision=1.0, threshold=2.0, max_order=2)
    >>> select_by_threshold(rule, [np.random.default_rng(i) for i in range(4)]).terms.tolist()
    [0, 1, 2, 4, 3, 6]
    """
    kept = np.array([0, *(1 << i for i in range(rule.lists))], dtype=np.int64)
    stages: list[Stage] = []
    for order in range(2, rule.max_order + 1):
        candidates = interactions(rule.lists, order)
        entering = can_enter(kept, candidates[set_size(candidates) == order])
        if entering.size == 0:
            break
        stage = _explore(rule, np.concatenate([kept, entering]), entering, randoms)
        stages.append(stage)
        dropped = stage.terms[stage.tested & (stage.statistic < rule.threshold)]
        kept = np.setdiff1d(np.concatenate([kept, entering]), dropped)
    terms = kept[canonical_order(kept, rule.lists)]
    left, target = _target(rule, terms)
    return Selected(left, target, tuple(stages))


def check_threshold(stages: Sequence[Stage], threshold: float) -> Check:
    """Say whether chance in the draws may have decided about an interaction.

    Parameters
    ----------
    stages : sequence of Stage
        What was explored.
    threshold : float
        Least ratio that is kept.

    Returns
    -------
    Check
        Fails where the draws are worth fewer than 400 independent ones; in review where a statistic lies within three
        Monte Carlo standard errors of the threshold.
    """
    value = np.concatenate([stage.statistic[stage.tested] for stage in stages])
    distance = np.abs(value - threshold) / np.concatenate([stage.error[stage.tested] for stage in stages])
    nearest, near = int(distance.argmin()), int((distance < _NEAR).sum())
    effective = min(stage.effective for stage in stages)
    numbers = {"nearest": value[nearest], "standard_errors": distance[nearest], "near": near, "effective": effective}
    said = say(
        "Of {interactions} interactions held against the threshold {threshold:g}, the nearest has {nearest:.3f}, "
        "{distance:.1f} Monte Carlo standard errors away",
        interactions=value.size,
        threshold=threshold,
        nearest=value[nearest],
        distance=distance[nearest],
    )
    if effective < EFFECTIVE:
        return Check(
            "threshold",
            "fail",
            say(
                "{said}; but all of this rests on {effective:.0f} effective draws, needed are {needed}: use "
                "prior='proper' or merge small lists.",
                said=said,
                effective=effective,
                needed=EFFECTIVE,
            ),
            numbers,
            voids=True,
        )
    if near:
        return Check("threshold", "review", say("{said}: show the estimate with and without it.", said=said), numbers)
    return Check("threshold", "pass", say("{said}.", said=said), numbers)


def _target(rule: Thresholding, terms: Array) -> tuple[Array, Target]:
    """Return the terms that are finite, and their posterior."""
    cells, kept = np.arange(1, rule.counts.size), terms
    if rule.precision == 0:
        fitted = fit_model(rule.counts, terms)
        if fitted.verdict != ESTIMATED:
            raise FitError(
                f"the posterior of the model with {len(terms)} terms is improper under prior='improper', since its "
                "estimate does not exist or is not identified: use prior='proper' or merge lists"
            )
        kept, cells = fitted.kept, cells[fitted.means[1:] > 0]
    precision = np.where(set_size(kept) > 1, rule.precision, MAIN_PRECISION if rule.precision else 0.0)
    precision = np.array([rule.own.get(term, value) for term, value in zip(kept.tolist(), precision, strict=True)])
    return kept, Target(design_of(kept, cells), rule.counts[cells], precision, 0.0, 0.0)


def _explore(rule: Thresholding, terms: Array, entering: Array, randoms: Sequence[np.random.Generator]) -> Stage:
    """Explore the posterior of one model, with more draws while a statistic is near the threshold or poorly known."""
    kept, target = _target(rule, terms)
    centre, tested = centre_of(target, randoms), np.isin(kept, entering)
    betas = np.empty((len(randoms), 0, kept.size))
    while True:
        more = run_chains(target, centre, max(_FIRST, betas.shape[1]), randoms).betas
        betas = np.concatenate([betas, more], axis=1)
        stage = _summarise(betas, kept, tested, np.setdiff1d(terms, kept))
        near = np.abs(stage.statistic - rule.threshold) < _NEAR * stage.error
        if betas.shape[1] >= _MOST or not ((near & tested).any() or stage.effective < EFFECTIVE):
            return stage


def _summarise(betas: Array, terms: Array, tested: Array, removed: Array) -> Stage:
    """Work out moments, and the error of their ratio by the delta method over batches of each chain."""
    mean, std_dev = betas.mean(axis=(0, 1)), betas.std(axis=(0, 1))
    ratio, scaled = mean / std_dev, (betas - mean) / std_dev
    influence = scaled - ratio / 2 * (scaled**2 - 1)
    batches = influence.reshape(len(betas) * _BATCHES, -1, terms.size).mean(axis=1)
    error = batches.std(axis=0, ddof=1) / np.sqrt(len(batches))
    effective = float(np.min(((1 + ratio**2 / 2) / error**2)[tested]))
    unobserved = float(np.exp(betas[:, :, 0]).mean())
    return Stage(terms, mean, std_dev, error, tested, removed, unobserved, effective)
