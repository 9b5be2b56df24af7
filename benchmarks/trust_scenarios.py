"""Populations on which the status of a result is judged: half of them chosen before the rule was, half after it.

Each case says what is true, how many people there are, and how lists see them. ``half`` is ``"tuned"`` where the bounds
of the rule were looked at, ``"seen"`` where a rule before the present one was judged, and ``"judged"`` where nothing was:
those cases were written down after the rule but for one bound was set, and run once. ``"faint"`` are further ones that hardly
differ from benign ones, written down after that bound was. ``kind`` is ``"benign"`` where the assumptions of most
methods hold, ``"heterogeneous"``, ``"repelling"``, or ``"other"``.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import beta, t

from ctresearch.prevalence import CaptureHistories, Scenario
from ctresearch.prevalence.trust.power import independent_chances


@dataclass(frozen=True)
class Case:
    """A population, and a table drawn from it."""

    name: str
    half: str
    kind: str
    population: int
    chances: np.ndarray
    spoil: object = field(default=None)

    def draw(self, generator):
        """Draw the table that the lists would give."""
        counts = generator.multinomial(self.population, self.chances)
        if self.spoil is not None:
            counts = self.spoil(counts, generator)
        patterns = np.arange(1, len(counts))
        lists = len(counts).bit_length() - 1
        columns = {"ABCDEFGH"[i]: patterns >> i & 1 for i in range(lists)}
        return CaptureHistories.from_counts(pd.DataFrame(columns | {"count": counts[1:]}))


def mixed(shares, rows):
    """Chances where groups of people, each alike within, have chances of their own."""
    each = [share * independent_chances(np.array(row, dtype=float)) for share, row in zip(shares, rows, strict=True)]
    return np.sum(each, axis=0)


def linked(chances, effects):
    """Chances where the odds of being on both of two lists are multiplied."""
    patterns, found = np.arange(1 << len(chances)), independent_chances(np.array(chances, dtype=float))
    for first, second, ratio in effects:
        found = found * np.where((patterns >> first & 1) & (patterns >> second & 1), ratio, 1.0)
    return found / found.sum()


def continuous(chances, spread, points=41):
    """Chances where the log odds of people vary by a normal distribution."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(points)
    odds = np.log(np.array(chances) / (1 - np.array(chances)))
    return mixed(weights / weights.sum(), [1 / (1 + np.exp(-(odds + spread * node))) for node in nodes])


def loaded(chances, spreads, points=41):
    """Chances where the log odds of people vary by a normal distribution that some lists feel more than others."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(points)
    odds = np.log(np.array(chances) / (1 - np.array(chances)))
    return mixed(weights / weights.sum(), [1 / (1 + np.exp(-(odds + np.array(spreads) * node))) for node in nodes])


def gamma_rates(chances, shape):
    """Chances where the hazard of being listed varies by a gamma distribution of mean one."""
    quantiles = np.random.default_rng(1).gamma(shape, 1 / shape, 4000)
    hazards = -np.log1p(-np.array(chances))
    return np.mean([independent_chances(1 - np.exp(-one * hazards)) for one in quantiles], axis=0)


def even_odds(chances, reach, points=41):
    """Chances where the log odds of people lie evenly within so much of the middle, on either side."""
    odds = np.log(np.array(chances) / (1 - np.array(chances)))
    rows = [1 / (1 + np.exp(-(odds + one))) for one in np.linspace(-reach, reach, points)]
    return mixed(np.full(points, 1 / points), rows)


def skewed_odds(chances, spread, points=400):
    """Chances where the log odds of people vary by a Gumbel distribution: some are far likelier than the middle."""
    odds = np.log(np.array(chances) / (1 - np.array(chances)))
    away = -np.log(-np.log((np.arange(points) + 0.5) / points)) - np.euler_gamma
    return mixed(np.full(points, 1 / points), [1 / (1 + np.exp(-(odds + spread * one))) for one in away])


def beta_chances(chances, first, second, points=400):
    """Chances where how often people can be met at all is a share of beta distribution, the same for every list."""
    shares = beta.ppf((np.arange(points) + 0.5) / points, first, second)
    return mixed(np.full(points, 1 / points), np.outer(shares / (first / (first + second)), chances).clip(0, 0.98))


def lognormal_rates(chances, spread, points=41):
    """Chances where the hazard of being listed varies by a log-normal distribution of mean one."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(points)
    hazards = -np.log1p(-np.array(chances))
    return mixed(weights / weights.sum(), [1 - np.exp(-np.exp(spread * n - spread**2 / 2) * hazards) for n in nodes])


def heavy_odds(chances, spread, points=400):
    """Chances where the log odds of people vary by a t distribution of five degrees of freedom."""
    odds = np.log(np.array(chances) / (1 - np.array(chances)))
    away = t.ppf((np.arange(points) + 0.5) / points, 5) / np.sqrt(5 / 3)
    return mixed(np.full(points, 1 / points), [1 / (1 + np.exp(-(odds + spread * one))) for one in away])


def taken_for_one(share):
    """Errors of linkage: some people of the first list alone are taken for people of the second alone."""

    def spoil(counts, generator):
        found = counts.copy()
        pairs = generator.binomial(min(counts[1], counts[2]), share)
        found[1] -= pairs
        found[2] -= pairs
        found[3] += pairs
        return found

    return spoil


def inside(chances, share):
    """Chances where the second list holds some of the people of the first and nobody else."""
    found = np.zeros(1 << len(chances))
    for on in (0, 1):
        row = np.array(chances, dtype=float)
        row[0], row[1] = on, share * on
        found += (chances[0] if on else 1 - chances[0]) * independent_chances(row)
    return found


def copied(chances, differ):
    """Chances where the second list is the first but for some people on either."""
    found = np.zeros(1 << len(chances))
    for on in (0, 1):
        row = np.array(chances, dtype=float)
        row[0], row[1] = on, 1 - differ if on else differ * chances[0] / (1 - chances[0])
        found += (chances[0] if on else 1 - chances[0]) * independent_chances(row)
    return found


def split_people(share):
    """Errors of linkage: some people on two lists or more are counted as one person a list."""

    def spoil(counts, generator):
        found = counts.copy()
        for pattern in range(1, len(counts)):
            if pattern & (pattern - 1):
                lost = generator.binomial(counts[pattern], share)
                found[pattern] -= lost
                for i in range(pattern.bit_length()):
                    if pattern >> i & 1:
                        found[1 << i] += lost
        return found

    return spoil


def entered_twice(share):
    """Duplicates: some people of the last list stand on it once more, under a name that matches nobody."""

    def spoil(counts, generator):
        found, last = counts.copy(), len(counts) >> 1
        found[last] += generator.binomial(counts[last:].sum(), share)
        return found

    return spoil


FOUR = (0.08, 0.12, 0.16, 0.20)
FIVE = (0.05, 0.07, 0.09, 0.11, 0.14)
KINDS = (0.1, 0.3, 0.6), np.outer((3.2, 1.4, 0.433), FOUR)
THREE_PLACES = [[0.25, 0.05, 0.10, 0.20], [0.05, 0.25, 0.10, 0.05], [0.10, 0.08, 0.25, 0.10]]


def _named(name):
    return Scenario.named(name).chances


CASES = (
    Case("independence", "tuned", "benign", 2000, _named("independence")),
    Case("referral", "tuned", "benign", 2000, _named("positive")),
    Case("two classes", "tuned", "heterogeneous", 2000, _named("heterogeneous")),
    Case("mild classes", "tuned", "heterogeneous", 3000, mixed((0.4, 0.6), 1.0 * np.outer((1.6, 0.6), FOUR))),
    Case("one pair repels", "tuned", "repelling", 2000, _named("negative")),
    Case("three strata", "tuned", "repelling", 6000, mixed([1 / 3] * 3, THREE_PLACES)),
    Case("nested list", "tuned", "other", 2000, inside((0.2, 0.08, 0.12, 0.16), 0.5)),
    Case("sparse", "tuned", "other", 2000, _named("sparse")),
    Case("list of one place", "tuned", "other", 2000, _named("half_covered")),
    Case(
        "growth",
        "tuned",
        "heterogeneous",
        3000,
        mixed(
            (0.55, 0.15, 0.15, 0.15),
            np.array([[1, 1, 1, 1], [0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]]) * (0.15, 0.15, 0.15, 0.2),
        ),
    ),
    Case("a tenth are hubs", "tuned", "heterogeneous", 3000, mixed((0.1, 0.9), np.outer((4.0, 2 / 3), FOUR))),
    Case("three kinds of people", "tuned", "heterogeneous", 5000, mixed(*KINDS)),
    Case("large and independent", "seen", "benign", 8000, independent_chances(np.array((0.06, 0.1, 0.1, 0.14)))),
    Case("three independent lists", "seen", "benign", 3000, independent_chances(np.array((0.15, 0.2, 0.25)))),
    Case("referral to the last", "seen", "benign", 4000, linked(FOUR, [(1, 3, 3.0)])),
    Case("gamma rates", "seen", "heterogeneous", 6000, gamma_rates(FOUR, 1.0)),
    Case("normal log odds", "seen", "heterogeneous", 10000, continuous((0.06, 0.08, 0.1, 0.14), 1.0)),
    Case(
        "a third three times as likely",
        "seen",
        "heterogeneous",
        10000,
        mixed((1 / 3, 2 / 3), 0.6 * np.outer((3, 1), FOUR)),
    ),
    Case("rare hubs", "seen", "heterogeneous", 4000, mixed((0.15, 0.85), np.outer((3.5, 0.55), FOUR))),
    Case(
        "hubs that one list misses",
        "seen",
        "heterogeneous",
        5000,
        mixed((0.2, 0.8), [[0.35, 0.4, 0.45, 0.12], [0.06, 0.07, 0.09, 0.12]]),
    ),
    Case("lists that weigh people differently", "seen", "heterogeneous", 6000, loaded(FOUR, (0.4, 0.8, 1.2, 1.6))),
    Case("normal log odds, five lists", "seen", "heterogeneous", 4000, continuous(FIVE, 1.2)),
    Case("gamma rates, five lists", "seen", "heterogeneous", 6000, gamma_rates(FIVE, 0.8)),
    Case("strong normal log odds", "seen", "heterogeneous", 5000, continuous(FOUR, 1.6)),
    Case("even log odds, five lists", "seen", "heterogeneous", 5000, even_odds(FIVE, 2.2)),
    Case(
        "five independent lists", "seen", "benign", 3000, independent_chances(np.array((0.05, 0.06, 0.1, 0.12, 0.16)))
    ),
    Case("referral, five lists", "seen", "benign", 4000, linked(FIVE, [(0, 4, 3.0)])),
    Case("two pairs repel", "seen", "repelling", 5000, linked((0.12, 0.15, 0.1, 0.18), [(0, 1, 0.3), (2, 3, 0.3)])),
    Case(
        "two places", "seen", "repelling", 4000, mixed((0.5, 0.5), [[0.25, 0.06, 0.2, 0.08], [0.06, 0.25, 0.08, 0.2]])
    ),
    Case("two referrals", "seen", "other", 4000, linked(FOUR, [(0, 1, 5.0), (2, 3, 4.0)])),
    Case("copied list", "seen", "other", 2000, copied((0.15, 0.15, 0.12, 0.2), 0.01)),
    Case("late list", "seen", "other", 4000, mixed((0.4, 0.6), [[0.05, 0.08, 0.1, 0.0], [0.15, 0.2, 0.25, 0.3]])),
    Case("duplicates", "seen", "other", 2500, independent_chances(np.array(FOUR)), entered_twice(0.15)),
    Case("linkage error", "seen", "other", 2500, independent_chances(np.array(FOUR)), split_people(0.15)),
    Case("log-normal rates", "seen", "heterogeneous", 7000, lognormal_rates((0.05, 0.1, 0.15, 0.2), 1.0)),
    Case("beta chances", "seen", "heterogeneous", 5000, beta_chances((0.1, 0.12, 0.14, 0.16), 1.5, 4.0)),
    Case("even chances, five lists", "seen", "heterogeneous", 4000, beta_chances(FIVE, 1.0, 1.0)),
    Case("skewed log odds", "seen", "heterogeneous", 8000, skewed_odds((0.04, 0.07, 0.1, 0.15), 0.9)),
    Case("normal log odds, six lists", "seen", "heterogeneous", 5000, continuous((0.04, *FIVE), 1.4)),
    Case("even log odds", "seen", "heterogeneous", 6000, even_odds((0.06, 0.1, 0.14, 0.18), 1.8)),
    Case("log-normal rates, five lists", "seen", "heterogeneous", 9000, lognormal_rates(FIVE, 1.2)),
    Case(
        "three kinds, five lists",
        "seen",
        "heterogeneous",
        6000,
        mixed((0.06, 0.34, 0.6), np.outer((5.0, 1.6, 0.4), FIVE)),
    ),
    Case("a pair repels, five lists", "seen", "repelling", 4000, linked((0.08, 0.1, 0.12, 0.14, 0.16), [(1, 3, 0.2)])),
    Case(
        "four places",
        "seen",
        "repelling",
        8000,
        mixed([0.25] * 4, 0.06 + np.diag([0.2, 0.2, 0.25, 0.15])),
    ),
    Case("four small independent lists", "seen", "benign", 1500, independent_chances(np.array((0.1, 0.14, 0.18, 0.2)))),
    Case("five large independent lists", "seen", "benign", 9000, independent_chances(np.array(FIVE))),
    Case("referral of the first two", "seen", "benign", 3000, linked((0.1, 0.12, 0.16, 0.2), [(0, 1, 4.0)])),
    Case("inside, five lists", "seen", "other", 3000, inside((0.2, 0.08, 0.1, 0.12, 0.14), 0.6)),
    Case("a chain of referrals", "seen", "other", 5000, linked(FOUR, [(0, 1, 3.0), (1, 2, 3.0), (2, 3, 3.0)])),
    Case("two taken for one", "seen", "other", 3000, independent_chances(np.array(FOUR)), taken_for_one(0.1)),
    Case(
        "an office that opened late",
        "seen",
        "other",
        5000,
        mixed((0.3, 0.7), [[0.1, 0.12, 0.15, 0.0], [0.1, 0.12, 0.15, 0.2]]),
    ),
    Case("normal log odds, uneven lists", "judged", "heterogeneous", 8000, continuous((0.03, 0.06, 0.12, 0.24), 1.2)),
    Case("normal log odds, six uneven lists", "judged", "heterogeneous", 7000, continuous((0.02, 0.03, *FOUR), 1.0)),
    Case("heavy log odds", "judged", "heterogeneous", 6000, heavy_odds((0.07, 0.09, 0.13, 0.17), 1.2)),
    Case("gamma rates, six lists", "judged", "heterogeneous", 6000, gamma_rates((0.04, *FIVE), 1.2)),
    Case("even chances", "judged", "heterogeneous", 3500, beta_chances((0.12, 0.15, 0.18, 0.22), 1.0, 1.0)),
    Case("mild normal log odds, five lists", "judged", "heterogeneous", 5000, continuous(FIVE, 0.6)),
    Case(
        "few hubs, five lists",
        "judged",
        "heterogeneous",
        5000,
        mixed((0.08, 0.92), np.outer((5.0, 0.65), FIVE)),
    ),
    Case(
        "half are half as likely",
        "judged",
        "heterogeneous",
        4000,
        mixed((0.5, 0.5), np.outer((1.33, 0.67), (0.1, 0.14, 0.18, 0.12))),
    ),
    Case(
        "two pairs repel, five lists",
        "judged",
        "repelling",
        6000,
        linked((0.1, 0.12, 0.1, 0.14, 0.12), [(0, 2, 0.25), (1, 4, 0.35)]),
    ),
    Case(
        "three places, five lists",
        "judged",
        "repelling",
        7000,
        mixed(
            [0.4, 0.35, 0.25],
            [[0.2, 0.04, 0.1, 0.06, 0.1], [0.04, 0.2, 0.06, 0.1, 0.1], [0.06, 0.06, 0.2, 0.1, 0.05]],
        ),
    ),
    Case("two places far apart", "judged", "repelling", 3000, mixed((0.6, 0.4), [[0.3, 0.03, 0.2], [0.03, 0.3, 0.1]])),
    Case("four independent lists of one size", "judged", "benign", 2500, independent_chances(np.full(4, 0.15))),
    Case("six independent lists", "judged", "benign", 3000, independent_chances(np.array((0.04, *FIVE)))),
    Case("referral of the middle two", "judged", "benign", 5000, linked((0.08, 0.1, 0.12, 0.16), [(1, 2, 3.5)])),
    Case("even chances, uneven lists", "faint", "heterogeneous", 4000, beta_chances((0.08, 0.14, 0.2, 0.26), 1.0, 1.0)),
    Case("beta chances, five lists", "faint", "heterogeneous", 6000, beta_chances(FIVE, 2.0, 3.0)),
    Case("mild gamma rates", "faint", "heterogeneous", 3000, gamma_rates((0.12, 0.15, 0.18, 0.2), 3.0)),
    Case("mild normal log odds", "faint", "heterogeneous", 4000, continuous((0.1, 0.12, 0.16, 0.2), 0.5)),
    Case("five lists of places", "faint", "repelling", 4000, mixed([0.2] * 5, 0.08 + np.diag([0.12] * 5))),
)
