"""Invented data with the shape of the classical yardstick: a skewed outcome, confounding, a binary treatment."""

import numpy as np
import pandas as pd

COVARIATES = ["age", "school", "married"]
EFFECT = 2.0


def confounded(n, seed, *, effect=EFFECT, hidden=0.0):
    """Draw units whose covariates move both treatment and outcome; ``hidden`` adds a common cause nobody sees."""
    rng = np.random.default_rng(seed)
    age, school, married, unseen = rng.normal(size=n), rng.normal(size=n), rng.integers(0, 2, n), rng.normal(size=n)
    chance = 1 / (1 + np.exp(-(-0.4 + 0.8 * age - 0.5 * school + 0.4 * married + hidden * unseen)))
    treated = (rng.random(n) < chance) * 1
    outcome = 1 + effect * treated + 1.5 * age - school + 0.5 * married + hidden * unseen + rng.normal(size=n)
    return pd.DataFrame({"age": age, "school": school, "married": married, "treated": treated, "outcome": outcome})
