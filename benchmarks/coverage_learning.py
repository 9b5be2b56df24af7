"""Coverage of the limits of a class's gain between two tests, over simulated classes, by their size and their number.

Run ``python benchmarks/coverage_learning.py [RUNS]``; the table of ``LearningGain`` goes to
``benchmarks/results/coverage_learning.csv``. Everybody has a level of knowledge, each of ten questions a difficulty, and
the chance of a right answer is logistic in the difference; lessons raise the level by an amount that differs from person to
person and, with several classes, from class to class. The truth is the mean gain of 400,000 people.
"""

import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.core.random import streams
from ctresearch.teaching.learning_gain import mean_limits

OUT = Path(__file__).parent / "results" / "coverage_learning.csv"
DIFFICULTY = np.linspace(-1, 1.5, 10)
CLASSES = [(1, 6), (1, 10), (1, 18), (1, 30), (4, 15), (8, 15), (15, 15)]  # how many, and of how many people
EFFECTS = {"none": 0.0, "middling": 1.0, "large": 2.5}


def changes(rng, classes, people, effect):
    """Draw each person's change in the share of right answers, and the class of each."""
    group = np.repeat(np.arange(classes), people)
    level = rng.normal(-0.5, 0.8, classes * people)
    own = effect + rng.normal(0, 0.5, classes * people) * (effect > 0)
    own += rng.normal(0, 0.5, classes)[group] * (classes > 1)  # a good day of one class is no other's
    chances = [1 / (1 + np.exp(DIFFICULTY - at[:, None])) for at in (level, level + own)]
    before, after = ((rng.random(one.shape) < one).mean(axis=1) for one in chances)
    return 100 * (after - before), group


def coverage(classes, people, effect, runs, seeds):
    """Return how often the limits held the truth, and how often there were any."""
    crowd = (400_000, 1) if classes > 1 else (1, 400_000)
    truth = float(changes(np.random.default_rng(seeds[0]), *crowd, effect)[0].mean())
    held, there = 0, 0
    for seed in seeds[1 : runs + 1]:
        drawn, group = changes(np.random.default_rng(seed), classes, people, effect)
        (_, _, low, high), _ = mean_limits(drawn, group if classes > 1 else None, 0.95)
        there += np.isfinite(low)
        held += low <= truth <= high
    return truth, held, there


def main(runs=1000):
    """Write the table."""
    rows = []
    for classes, people in CLASSES:
        for name, effect in EFFECTS.items():
            seeds = streams(classes * 1000 + people, runs + 1)
            truth, held, there = coverage(classes, people, effect, runs, seeds)
            share = held / there
            rows.append(
                {"method": "LearningGain", "classes": classes, "people": people, "effect": name, "truth": round(truth, 2),
                 "runs": int(there), "coverage": round(share, 4), "mc_error": round((share * (1 - share) / there) ** 0.5, 4)}
            )  # fmt: skip
            print(rows[-1], flush=True)
    table = pd.DataFrame(rows).assign(day=datetime.now(UTC).date().isoformat(), numpy=version("numpy"))
    table.to_csv(OUT, index=False)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
