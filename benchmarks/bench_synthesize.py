"""What synthetic microdata keep at epsilon 1, beside independent columns, and what making them costs.

``python benchmarks/bench_synthesize.py [--table FILE --target COLUMN]`` makes synthetic rows several times with fresh
noise, for a table of the user's own (a CSV of categories) and for two simulated ones on which nothing was tuned. Mean
and worst run go to ``benchmarks/results/synthesize.csv``. Figures are taken from the table as it is, and with "0"
joined to blank, as the published case data have it. Seconds are CPU seconds of one thread, without and with the report.
"""

import argparse
import math
import platform
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.privacy import microdata_quality, synthesize
from ctresearch.privacy.noise.entropy import entropy
from ctresearch.privacy.synthesis.accounting import rho_of
from ctresearch.privacy.synthesis.domain import encode
from ctresearch.privacy.synthesis.measurement import measure
from ctresearch.privacy.synthesis.synthesize import draw_rows

OUT = Path(__file__).parent / "results" / "synthesize.csv"
LIMITS = {"one_way": 0.01, "two_way": 0.06, "cramers_v": 0.05, "synthetic_auc": 0.93, "cpu_s": 30.0}
HIGHER_IS_BETTER = {"synthetic_auc", "real_auc"}


def simulated(n, seed, places, flags):
    """Simulate cases of four hidden kinds, with many places, flags that are missing together, and a target."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    share = 1 / np.arange(1, places + 1)
    origin = (rng.choice(places, n, p=share / share.sum()) + kind * 7 * (rng.random(n) < 0.7)) % places
    columns = {
        "origin": origin.astype(str),
        "destination": np.where(rng.random(n) < 0.5, (origin * 5 + 3) % 15, rng.integers(0, 15, n)).astype(str),
        "year": (2004 + np.minimum(rng.poisson(7 + kind), 18)).astype(str),
        "age": np.clip(rng.normal(3 + kind, 1.8, n).round(), 0, 8).astype(int).astype(str),
    }
    often, unreported = rng.beta(0.3, 0.5, (4, flags)), rng.random(n) < 0.4
    held = rng.random((n, flags)) < often[kind]
    for f in range(flags):
        told = held[:, f] & held[:, f - 1] if f % 5 == 4 else held[:, f]
        columns[f"flag{f}"] = np.where(unreported & (f >= flags // 2), "", told.astype(int).astype(str))
    columns["target"] = np.where((kind < 2) ^ (rng.random(n) < 0.01), "1", "0")
    return pd.DataFrame(columns)


def figures(quality):
    """Take the figures that limits are about, and those that explain them."""
    return {
        "one_way": quality.one_way,
        "two_way": quality.two_way,
        "cramers_v": quality.cramers_v,
        "synthetic_auc": quality.synthetic_auc,
        "real_auc": quality.real_auc,
        "propensity_auc": quality.propensity.auc,
        "invented_3": quality.combinations[2].invented,
        "lost_3": quality.combinations[2].lost,
        "copied_uniques": quality.copied_uniques,
    }


def core_seconds(frame):
    """CPU seconds for the rows alone: coding, noise, estimation and rows."""
    start = time.process_time()
    coded, draw = encode(frame), entropy()
    n = len(frame)
    coded.decode(draw_rows(measure(coded.codes, coded.sizes, rho_of(1.0, 1 / (n * math.log(n))), draw), None, draw))
    return time.process_time() - start


def run(name, frame, target, repeats):
    """Make synthetic rows several times and summarise."""
    joined = frame.replace({"0": ""})
    found = []
    for _ in range(repeats):
        start = time.process_time()
        made = synthesize(frame, epsilon=1.0, target=target)
        whole = time.process_time() - start
        shuffled = made.report.independent
        views = {"as it is": (made.report.synthetic, shuffled)}
        views['"0" joined to blank'] = (microdata_quality(joined, made.frame.replace({"0": ""}), target=target), None)
        seconds = {"cpu_s": whole, "cpu_s_without_report": core_seconds(frame)}
        for view, (good, chance) in views.items():
            base = figures(chance) if chance else {}
            found += [(view, k, v, base.get(k)) for k, v in (figures(good) | seconds).items()]
    rows = []
    frame_of = pd.DataFrame(found, columns=["view", "figure", "value", "chance"])
    for (view, figure), group in frame_of.groupby(["view", "figure"], sort=False):
        worst = group["value"].min() if figure in HIGHER_IS_BETTER else group["value"].max()
        rows.append(
            (
                name,
                *frame.shape,
                view,
                figure,
                repeats,
                group["value"].mean(),
                worst,
                group["chance"].mean(),
                LIMITS.get(figure),
            )
        )
    return rows


def main():
    """Run all tables and write what came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, help="CSV of categories, one row a person")
    parser.add_argument("--target", help="column of two categories to predict")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    tables = {
        "simulated, 60 places": (simulated(20_000, 501, 60, 20), "target"),
        "simulated, 100 places": (simulated(10_000, 502, 100, 24), "target"),
    }
    if options.table:
        tables = {
            options.table.stem: (pd.read_csv(options.table, dtype=str, keep_default_na=False), options.target)
        } | tables
    synthesize(tables["simulated, 60 places"][0].iloc[:200, :3], epsilon=1.0)
    rows = [row for name, (frame, target) in tables.items() for row in run(name, frame, target, options.repeats)]
    names = ["table", "rows", "columns", "view", "figure", "runs", "mean", "worst", "independent_columns", "limit"]
    stamp = {"date": datetime.now(UTC).date().isoformat(), "python": platform.python_version()}
    stamp |= {package: version(package) for package in ("numpy", "numba", "scikit-learn")}
    result = pd.DataFrame(rows, columns=names).round(4).assign(epsilon=1.0, **stamp)
    result.to_csv(OUT, index=False)
    print(result.iloc[:, :10].to_string())


if __name__ == "__main__":
    main()
