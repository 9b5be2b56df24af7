"""Respondent-driven estimates beside those of the R packages RDS 0.9-10 and sspse 1.1.0-6, and how long they take.

Run ``python benchmarks/check_respondent.py FOLDER``, where FOLDER holds the simulated samples ``fauxmadrona.csv`` and
``faux.csv`` of the package RDS, ``rds_fauxmadrona_added_traits.csv`` and the values made from them
(``values_rds_fauxmadrona.json``, ``rds_weights_fauxmadrona.json``, ``rds_traits_fauxmadrona.json``,
``sspse_fauxmadrona.json``). They are not part of this project. ``results/respondent.csv`` has one row a figure with what
it may differ by, and one row a time. Times are of one processor, after a first call that compiles.

The means of sspse depend on the largest size it looks at, which its values do not say; ours are at three times the guess.
"""

import csv
import datetime
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ctresearch.core.parallel import workers
from ctresearch.prevalence import (
    RespondentSample,
    SalganikHeckathorn,
    SuccessiveSampling,
    SuccessiveSamplingPopulation,
    VolzHeckathorn,
    describe_recruitment,
)

OUT = Path(__file__).parent / "results" / "respondent.csv"
EXACT = 1e-10


def read(folder):
    words = {"id": str, "recruiter.id": str}
    madrona = pd.read_csv(folder / "fauxmadrona.csv", dtype=words)
    madrona = madrona.merge(pd.read_csv(folder / "rds_fauxmadrona_added_traits.csv", dtype={"id": str}), on="id")
    faux = pd.read_csv(folder / "faux.csv", dtype=words)
    roles = {"person": "id", "recruiter": "recruiter.id", "seed_word": "seed"}
    return (
        RespondentSample.from_frame(madrona, degree="degree", traits=["disease", "band", "score"], **roles),
        RespondentSample.from_frame(faux, degree="network.size", traits=["X"], **roles),
    )


def shares(kind, trait, sample, **options):
    return kind(trait, **options).fit(sample).estimates["estimate"]


def figures(folder):
    """Yield what is compared, ours, theirs and by how much they may differ."""
    sample, faux = read(folder)
    load = lambda name: json.loads((folder / name).read_text())  # noqa: E731
    values, traits = load("values_rds_fauxmadrona.json")["results"], load("rds_traits_fauxmadrona.json")
    weights = load("rds_weights_fauxmadrona.json")["fauxmadrona"]
    for name, kind in (("RDS-I", SalganikHeckathorn), ("RDS-II", VolzHeckathorn)):
        theirs = values[f"fauxmadrona disease {name}"]["result"]["1"]["point"]
        yield f"{name}, disease", shares(kind, "disease", sample)["1"], theirs, EXACT
        for level, one in traits[f"band_{name.replace('-', '')}"]["estimate"].items():
            yield f"{name}, band {level}", shares(kind, "band", sample)[level], one, EXACT
        squares = float((kind("disease").fit(sample).weights ** 2).sum())
        yield f"{name}, sum of squared weights", squares, weights["weights " + name]["sum_of_squares"], EXACT
    yield "RDS-I, faux X blue", shares(SalganikHeckathorn, "X", faux)["blue"], 0.31091328556386, EXACT
    yield "RDS-II, faux X blue", shares(VolzHeckathorn, "X", faux)["blue"], 0.31033411277845, EXACT
    yield "RDS-II, score", shares(VolzHeckathorn, "score", sample)["score"], traits["score_mean_by_hand"], EXACT
    described = describe_recruitment(sample, "disease")
    found = described.estimates["estimate"]
    yield "homophily", found["homophily"], weights["homophily"]["value"], EXACT
    yield "differential activity", found["activity 1"], weights["differential_activity"]["value"][0], EXACT
    pairs = described.recruitment.set_index(["recruiter", "recruit"])["people"]
    for one in weights["recruits_by_group"]:
        yield (
            f"recruits {one['recruiter']} to {one['recruit']}",
            pairs[one["recruiter"], one["recruit"]],
            one["Freq"],
            0,
        )
    for wave, people in weights["waves"].items():
        yield f"people of wave {wave}", sample.waves[int(wave)], people, 0
    successive = SuccessiveSampling("disease", population=1000).fit(sample)
    # 50,000 x 10 samples: the deviation of default runs over 20 seeds is .00025, theirs is that over its square root
    ours = successive.estimates.loc["1", "estimate"]
    yield "successive sampling, disease", ours, 0.194390388878, 3 * 0.00025
    by_degree = dict(zip(sample.degree, successive.weights, strict=True))
    gile = weights["gile"]
    for degree, mean, deviation in zip(gile["degree"], gile["weight_mean"], gile["weight_sd"], strict=True):
        yield f"successive sampling, weight at degree {degree}", by_degree[degree], mean, 4 * deviation
    for name, guess in (("fauxmadrona", 1000), ("fauxmadrona_prior700", 700)):
        theirs = load("sspse_fauxmadrona.json")[name]
        ours = SuccessiveSamplingPopulation(prior_size=guess, seed=1).fit(sample).sizes.loc["posterior", "mean"]
        allowed = 4 * theirs["N_sd"] / theirs["effective_size"] ** 0.5
        yield f"posterior mean of the size, guess {guess}", ours, theirs["N_mean"], allowed


def times(folder):
    """Yield what is timed, the seconds it takes and those of R."""
    sample, _ = read(folder)
    work = {
        "Salganik bootstrap of 1,000, RDS-I": (SalganikHeckathorn, {"trait": "disease", "bootstrap": "salganik"}, 40.3),
        "tree bootstrap of 1,000, RDS-II": (VolzHeckathorn, {"trait": "disease", "bootstrap": "tree"}, 24.9),
        "neighbourhood bootstrap of 1,000, RDS-II": (
            VolzHeckathorn,
            {"trait": "disease", "bootstrap": "neighbourhood"},
            None,
        ),
        "Gile bootstrap of 1,000": (
            SuccessiveSampling,
            {"trait": "disease", "population": 1000, "bootstrap": "gile"},
            1.0,
        ),
        "size, 4 chains of 10,000 kept": (SuccessiveSamplingPopulation, {"prior_size": 1000, "draws": 10_000}, None),
    }
    for name, (kind, options, theirs) in work.items():
        with workers(1):
            kind(**options).fit(sample)
            start = time.perf_counter()
            kind(**options).fit(sample)
        yield name, time.perf_counter() - start, theirs


def main(folder):
    stamp = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "ctresearch": version("ctresearch"),
        "numpy": version("numpy"),
        "numba": version("numba"),
    }
    rows = [
        {**stamp, "what": what, "ours": ours, "theirs": theirs, "difference": abs(ours - theirs), "allowed": allowed}
        | {"within": abs(ours - theirs) <= allowed}
        for what, ours, theirs, allowed in figures(folder)
    ]
    rows += [
        {**stamp, "what": f"seconds: {what}", "ours": round(ours, 3), "theirs": theirs}
        for what, ours, theirs in times(folder)
    ]
    with OUT.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    outside = [row["what"] for row in rows if row.get("within") is False]
    print("\n".join(f"{row['what']}: {row['ours']} ({row['theirs']})" for row in rows))
    print("outside:", outside)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
