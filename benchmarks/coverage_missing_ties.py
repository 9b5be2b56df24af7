"""Simulated coverage of the 95 % intervals of missing_ties, when three ties in ten are not seen.

Run ``python benchmarks/coverage_missing_ties.py`` (an hour or two on one core; fewer ``--groups``, or one ``--model``,
take less); rows of the same model in the table are replaced. The table goes to
``benchmarks/results/coverage_missing_ties.csv``. The *block* groups hold 60 actors in three blocks, a small one that is
tied to all; the *staged* groups are those of ``ctresearch.data.synthetic.criminal_network``, whose ties depend on
stage, cell and core at once, so that no block model is quite right for them; the *clustered* groups are ten cliques of
six, one tie in five of which leads elsewhere. Ties go missing *at random*, or by the *attention* of police: the chance
of a tie to be missed falls with the ties of its two actors, and is three in ten on average. A figure without limits
covers if it is the true one; *settled* is the share of groups whose chains pass the check ``mixing``.
"""

import argparse
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import product
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
from tqdm import tqdm

from ctresearch.core.parallel import workers
from ctresearch.core.random import streams
from ctresearch.data.synthetic import criminal_network
from ctresearch.networks import missing_ties
from ctresearch.networks.missing.whole_statistics import STATISTICS, rows_of, whole_statistics

RATE, ACTORS, STREAM = 0.3, 60, 20_262
BLOCKS = np.array([[0.5, 0.15, 0.15], [0.15, 0.12, 0.02], [0.15, 0.02, 0.12]])
OUT = Path(__file__).parent / "results" / "coverage_missing_ties.csv"


def block(rng):
    kind = rng.choice(3, ACTORS, p=[0.2, 0.4, 0.4])
    return np.argwhere(np.triu(rng.random((ACTORS, ACTORS)) < BLOCKS[kind][:, kind], 1))


def staged(rng):
    made = criminal_network(ACTORS, mean_degree=8.0, seed=int(rng.integers(2**31)))
    names = pd.Index(made.tables["actors"]["actor"])
    return np.column_stack([names.get_indexer(made.frame[end]) for end in ("source", "target")])


def clustered(rng):
    ends = np.array(nx.relaxed_caveman_graph(ACTORS // 6, 6, 0.2, seed=int(rng.integers(2**31))).edges())
    return ends[ends[:, 0] != ends[:, 1]]  # a tie that is led elsewhere may end where it begins


def seen_at_random(pairs, rng):
    return pairs[rng.random(len(pairs)) >= RATE]


def seen_by_attention(pairs, rng):
    degree = np.bincount(pairs.ravel(), minlength=ACTORS)
    obscurity = 1 / degree[pairs].sum(axis=1) ** 2
    chance = RATE * obscurity / obscurity.mean()
    for _ in range(50):
        chance = np.minimum(chance * RATE / chance.mean(), 1)
    return pairs[rng.random(len(pairs)) >= chance]


def table(pairs):
    out = np.zeros((ACTORS, ACTORS), np.uint8)
    out[pairs[:, 0], pairs[:, 1]] = out[pairs[:, 1], pairs[:, 0]] = 1
    return out


def covered(pairs, seen, seed, draws, model):
    truth = whole_statistics(*rows_of(table(pairs)))
    result = missing_ties(nx.from_numpy_array(table(seen)), RATE, model=model, draws=draws, seed=seed)
    rows = result.estimates
    low, high = (rows[c].fillna(rows["estimate"]).to_numpy() for c in ("ci_low", "ci_high"))
    settled = not any(check.name == "mixing" and check.status == "fail" for check in result.checks)
    return [*((low <= truth + 1e-12) & (truth <= high + 1e-12)), settled]


def cell(group, missing, model, groups, draws):
    hits = []
    for seed, rng in enumerate(tqdm(streams(STREAM, groups), desc=f"{model}: {group}, {missing}")):
        pairs = GROUPS[group](rng)
        hits.append(covered(pairs, LOOKS[missing](pairs, rng), seed, draws, model))
    shares = np.mean(hits, axis=0).round(3)
    return [
        {
            "group": group,
            "missing": missing,
            "model": model,
            "term": term,
            "coverage": share,
            "settled": shares[-1],
            "groups": groups,
            "draws": draws,
        }
        for term, share in zip(STATISTICS, shares[:-1], strict=True)
    ]


def main(groups, draws, models, looks, kinds):
    where = {"ctresearch": version("ctresearch"), "python": platform.python_version(), "machine": platform.machine()}
    OUT.parent.mkdir(exist_ok=True)
    for model, missing, group in product(models, looks, kinds):
        made = pd.DataFrame(cell(group, missing, model, groups, draws))
        made = made.assign(**where, date=datetime.now(UTC).date().isoformat())
        before = pd.read_csv(OUT) if OUT.exists() else made[:0]
        if "model" not in before:
            before.insert(2, "model", "blocks")
        same = (before["model"] == model) & (before["missing"] == missing) & (before["group"] == group)
        pd.concat([before[~same], made]).to_csv(OUT, index=False)


GROUPS = {"block": block, "staged": staged, "clustered": clustered}
LOOKS = {"at random": seen_at_random, "attention": seen_by_attention}
MODELS = ("blocks", "shared partners")

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", type=int, default=200)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--model", choices=MODELS)
    parser.add_argument("--group", choices=tuple(GROUPS))
    parser.add_argument("--missing", choices=tuple(LOOKS))
    given = parser.parse_args()
    models = [given.model] if given.model else MODELS
    looks = [given.missing] if given.missing else LOOKS
    with workers(1):
        main(given.groups, given.draws, models, looks, [given.group] if given.group else GROUPS)
