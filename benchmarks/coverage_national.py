"""Coverage of national estimates for countries without a survey, by how many countries have one.

Run ``python benchmarks/coverage_national.py [RUNS [EFFECTS SURVEYED]]``; its rows in
``benchmarks/results/coverage_national.csv``, all of them or those of one scene, are written anew. A region has so many countries with a survey of 1,500 people, and six without. Log odds are a line in one covariate, about
one in a hundred, with a slope of .5; countries differ beyond it with a standard deviation of .5, normally or as a t
distribution of four degrees of freedom. ``countries`` is the coverage of 95 % limits of the true prevalence of the six,
``surveyed`` that of the others, ``region`` that of the number of people in all; Monte Carlo errors are those of the mean
over regions, since the six of one region share what is wrong with it. ``factor`` is by how many times the six are missed
(root mean square of the log ratio), ``width`` the median ratio of upper to lower limit. Limits are from 1,600 draws of the
sampler that ``NationalEstimates`` uses, with its priors.
"""

import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.core.random import streams
from ctresearch.regions.national.country_chain import CountryModel, sample_countries

OUT = Path(__file__).parent / "results" / "coverage_national.csv"
WITHOUT, ASKED, SPREAD = 6, 1_500, 0.5
SCENES = [("normal", many) for many in (5, 8, 12, 20, 30)] + [("heavy tails", many) for many in (12, 20, 30)]


def one_region(rng, surveyed, scene):
    """Draw a region, estimate it, and say what holds."""
    many = surveyed + WITHOUT
    x = rng.normal(size=many)
    noise = rng.normal(size=many) if scene == "normal" else rng.standard_t(4, size=many) / np.sqrt(2)
    truth = 1 / (1 + np.exp(-(-4.6 + 0.5 * x + SPREAD * noise)))
    people = rng.uniform(1e6, 2e7, many)
    asked = np.where(np.arange(many) < surveyed, ASKED, 0.0)
    cases = rng.binomial(asked.astype(int), truth).astype(float)
    own = x[:surveyed]
    design = np.column_stack([np.ones(many), (x - own.mean()) / own.std()])
    model = CountryModel(design, np.zeros((1, 0)), cases[:, None], asked[:, None], 1.0)
    found = sample_countries(model, rng, draws=400, thin=3)
    rate = 1 / (1 + np.exp(-found.levels))
    low, middle, high = np.quantile(rate, [0.025, 0.5, 0.975], axis=0)
    held = (low <= truth) & (truth <= high)
    total = np.quantile(rate @ people, [0.025, 0.975])
    return {
        "countries": held[surveyed:].mean(),
        "surveyed": held[:surveyed].mean(),
        "region": total[0] <= truth @ people <= total[1],
        "factor": (np.log(middle / truth)[surveyed:] ** 2).mean(),
        "width": np.median((high / low)[surveyed:]),
    }


def scene_row(scene, surveyed, runs):
    """Return the row of one scene."""
    made = pd.DataFrame([one_region(rng, surveyed, scene) for rng in streams(1900 + surveyed, runs)]).astype(float)
    row = {"effects": scene, "surveyed_countries": surveyed, "left_out_countries": WITHOUT, "runs": runs}
    for name in ("countries", "surveyed", "region"):
        row[name] = round(float(made[name].mean()), 4)
        row[f"{name}_mc_error"] = round(float(made[name].std() / np.sqrt(runs)), 4)
    row["factor"] = round(float(np.exp(np.sqrt(made["factor"].mean()))), 3)
    row["width"] = round(float(made["width"].median()), 2)
    return row | {"day": f"{datetime.now(UTC):%Y-%m-%d}", "numpy": version("numpy"), "numba": version("numba")}


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 120
    asked = [(sys.argv[2], int(sys.argv[3]))] if len(sys.argv) > 3 else SCENES
    rows = pd.read_csv(OUT).to_dict("records") if OUT.exists() else []
    held = {(row["effects"], row["surveyed_countries"]): row for row in rows}
    for scene, surveyed in asked:
        held[scene, surveyed] = scene_row(scene, surveyed, runs)
        table = [held[one] for one in SCENES if one in held]
        pd.DataFrame(table).to_csv(OUT, index=False, lineterminator="\n")
        print(held[scene, surveyed], flush=True)


if __name__ == "__main__":
    main()
