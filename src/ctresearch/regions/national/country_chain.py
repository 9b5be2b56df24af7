"""Country effects integrated out of a binomial model, and drawn given everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.stats.mixed.metropolis import walk
from ctresearch.stats.mixed.posterior import CHAINS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# of Gauss and Hermite, about the mode: nine nodes give log marginals right to 1e-5 with counts of a few
_RULE = np.stack(np.polynomial.hermite_e.hermegauss(9))
_LEVEL_SD = 10.0  # of the prior of the level on the logit scale, which leaves it open
_SLOPE_SD = 1.0  # of slopes of covariates over their spread, and of cells: odds three times as high are not unusual


@dataclass(frozen=True, slots=True)
class CountryModel:
    """Numbers of a model of countries.

    Parameters
    ----------
    design : numpy.ndarray
        The constant and standardised covariates, shape (countries, covariates + 1).
    traits : numpy.ndarray
        What is known of each cell, shape (cells, traits).
    cases, interviewed : numpy.ndarray
        Shape (countries, cells); zeros where there is no survey.
    spread : float
        Scale of the half-normal prior of the spread between countries, on the logit scale.
    """

    design: Floats
    traits: Floats
    cases: Floats
    interviewed: Floats
    spread: float


@kernel
def _mode(survey: Floats, shift: Floats, mean: float, spread: float) -> tuple[float, float]:
    """Return the likeliest level of a country and its standard deviation, by Newton's steps of bounded length."""
    at = mean
    curve = 1.0 / spread**2
    for _ in range(60):
        slope = (mean - at) / spread**2
        curve = 1.0 / spread**2
        for c in range(len(shift)):
            share = 1.0 / (1.0 + np.exp(-(at + shift[c])))
            slope += survey[0, c] - survey[1, c] * share
            curve += survey[1, c] * share * (1.0 - share)
        step = min(max(slope / curve, -1.5), 1.5)
        at += step
        if abs(step) < 1e-9:
            break
    return at, 1.0 / np.sqrt(curve)


@kernel
def _height(at: float, survey: Floats, shift: Floats, mean: float, spread: float) -> float:
    """Return the log of likelihood times normal density, at one level."""
    out: float = -0.5 * ((at - mean) / spread) ** 2 - np.log(spread) - 0.9189385332046727
    for c in range(len(shift)):
        line = at + shift[c]
        out += survey[0, c] * line - survey[1, c] * (max(line, 0.0) + np.log1p(np.exp(-abs(line))))
    return out


@kernel
def _marginals(means: Floats, shifts: Floats, spreads: Floats, surveys: Floats, rule: Floats) -> Floats:
    """Integrate each country's level out; shape (points, countries), 0 for a country without a survey."""
    out = np.zeros((len(means), len(surveys)))
    for i in range(len(means)):
        for j in range(len(surveys)):
            if surveys[j, 1].sum() == 0.0:
                continue
            at, sd = _mode(surveys[j], shifts[i], means[i, j], spreads[i])
            top = _height(at, surveys[j], shifts[i], means[i, j], spreads[i])
            total = 0.0
            for k in range(rule.shape[1]):
                there = _height(at + sd * rule[0, k], surveys[j], shifts[i], means[i, j], spreads[i])
                total += rule[1, k] * np.exp(there - top + 0.5 * rule[0, k] ** 2)
            out[i, j] = top + np.log(total * sd)
    return out


@kernel
def _levels(means: Floats, shifts: Floats, spreads: Floats, surveys: Floats, noise: Floats) -> Floats:
    """Draw each country's level given the rest, by its distribution on a fine grid; shape (points, countries)."""
    out = np.empty((len(means), len(surveys)))
    size = 49
    ladder = np.empty(size)
    for i in range(len(means)):
        for j in range(len(surveys)):
            if surveys[j, 1].sum() == 0.0:
                out[i, j] = means[i, j] + spreads[i] * noise[1, i, j]
                continue
            at, sd = _mode(surveys[j], shifts[i], means[i, j], spreads[i])
            top = _height(at, surveys[j], shifts[i], means[i, j], spreads[i])
            total = 0.0
            for k in range(size):
                there = at + sd * (k - 24) / 4.0
                total += np.exp(_height(there, surveys[j], shifts[i], means[i, j], spreads[i]) - top)
                ladder[k] = total
            wanted = noise[0, i, j] * total
            k = 0
            while k < size - 1 and ladder[k] < wanted:
                k += 1
            before = ladder[k - 1] if k > 0 else 0.0
            part = (wanted - before) / max(ladder[k] - before, 1e-300)
            out[i, j] = at + sd * (k - 24.5 + part) / 4.0
    return out


@kernel
def _density(point: Floats, design: Floats, traits: Floats, surveys: Floats, rule: Floats) -> float:
    """Return the log posterior of one point; the last of ``rule`` is the scale of the prior of the spread."""
    p, size = design.shape[1], len(point)
    spread = np.exp(point[size - 1])
    out = point[size - 1] - 0.5 * (spread / rule[2, 0]) ** 2 - 0.5 * (point[0] / _LEVEL_SD) ** 2
    for i in range(1, size - 1):
        out -= 0.5 * (point[i] / _SLOPE_SD) ** 2
    if spread > 50.0 or spread < 1e-6:
        return -np.inf
    means, shift = np.zeros((1, len(design))), np.zeros((1, len(traits)))
    for j in range(len(design)):
        for i in range(p):
            means[0, j] += design[j, i] * point[i]
        if abs(means[0, j]) > 50.0:
            return -np.inf
    for c in range(len(traits)):
        for i in range(traits.shape[1]):
            shift[0, c] += traits[c, i] * point[p + i]
    whole: float = out + _marginals(means, shift, np.full(1, spread), surveys, rule).sum()
    return whole


@kernel
def _advance(
    here: Floats,
    density: Floats,
    noise: tuple[Floats, Floats],
    matrices: tuple[Floats, Floats],
    data: tuple[Floats, Floats],
) -> tuple[Floats, Floats]:
    """Take many steps at once, as ``stepping`` does."""
    jumps, logs = noise
    visited = np.empty(jumps.shape)
    here, density = here.copy(), density.copy()
    for i in range(len(jumps)):
        for chain in range(len(here)):
            new = here[chain] + jumps[i, chain]
            there = _density(new, matrices[0], matrices[1], data[0], data[1])
            if logs[i, chain] < there - density[chain]:
                here[chain] = new
                density[chain] = there
            visited[i, chain] = here[chain]
    return visited, density


@dataclass(frozen=True, slots=True)
class CountryDraws:
    """Draws, chain after chain.

    Parameters
    ----------
    walked : numpy.ndarray
        Level, slopes, cells and logarithm of the spread, shape (chains, draws, numbers).
    means : numpy.ndarray
        What the model says of each country's level, shape (draws, countries).
    shifts : numpy.ndarray
        Of cells, shape (draws, cells).
    spreads : numpy.ndarray
        Shape (draws,).
    levels : numpy.ndarray
        Of each country, its survey taken into account, shape (draws, countries).
    """

    walked: Floats
    means: Floats
    shifts: Floats
    spreads: Floats
    levels: Floats


def sample_countries(made: CountryModel, random: np.random.Generator, *, draws: int, thin: int) -> CountryDraws:
    """Draw from the posterior.

    Parameters
    ----------
    made : CountryModel
        The model.
    random : numpy.random.Generator
        The stream.
    draws, thin : int
        Draws kept of each of four chains, one in ``thin``.

    Returns
    -------
    CountryDraws
        4 times ``draws``.
    """
    size = made.design.shape[1] + made.traits.shape[1] + 1

    rule = np.vstack([_RULE, np.full((1, _RULE.shape[1]), made.spread)])
    matrices, data = (made.design, made.traits), (_surveys(made), rule)

    def target(points: Floats) -> Floats:
        return np.array([_density(one, *matrices, *data) for one in points])

    def advance(here: Floats, density: Floats, jumps: Floats, logs: Floats) -> tuple[Floats, Floats]:
        return _advance(here, density, (jumps, logs), matrices, data)

    share = made.cases.sum() / made.interviewed.sum()
    start = 0.2 * random.standard_normal((CHAINS, size))
    start[:, 0] += np.log(share / (1 - share))
    start[:, -1] = np.log(made.spread) + random.uniform(np.log(0.2), np.log(1.2), CHAINS)
    walked = walk(target, start, random, draws=draws, thin=thin, advance=advance).draws
    means, shifts, spreads = parts(made, walked.reshape(-1, size))
    uniform, normal = random.random(means.shape), random.standard_normal(means.shape)
    levels = _levels(means, shifts, spreads, _surveys(made), np.stack([uniform, normal]))
    return CountryDraws(walked, means, shifts, spreads, levels)


def parts(made: CountryModel, points: Floats) -> tuple[Floats, Floats, Floats]:
    """Return country means, shifts of cells and spreads that points stand for.

    Parameters
    ----------
    made : CountryModel
        The model.
    points : numpy.ndarray
        Shape (points, numbers).

    Returns
    -------
    tuple of numpy.ndarray
        Shapes (points, countries), (points, cells) and (points,).
    """
    p = made.design.shape[1]
    means = points[:, :p] @ made.design.T
    shifts = points[:, p:-1] @ made.traits.T
    return np.ascontiguousarray(means), np.ascontiguousarray(shifts), np.exp(points[:, -1])


def marginals(made: CountryModel, means: Floats, shifts: Floats, spreads: Floats) -> Floats:
    """Return the log likelihood of each country's survey with its own level integrated out.

    Parameters
    ----------
    made : CountryModel
        The model.
    means, shifts, spreads : numpy.ndarray
        As :func:`parts` returns them.

    Returns
    -------
    numpy.ndarray
        Shape (points, countries).
    """
    return np.asarray(_marginals(means, shifts, spreads, _surveys(made), _RULE), dtype=np.float64)


def _surveys(made: CountryModel) -> Floats:
    """Return cases and interviews side by side, shape (countries, 2, cells)."""
    return np.stack([made.cases, made.interviewed], axis=1)
