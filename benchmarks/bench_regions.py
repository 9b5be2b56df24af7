"""Pooling of many outcomes and mixed models beside statsmodels, in one run.

Run ``python benchmarks/bench_regions.py``; the table goes to ``benchmarks/results/regions.csv``. All data are invented here.
``ratio`` is the peer's processor time over ours; figures that both give agree to the digits in ``agree``.
"""

import time
import warnings
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from statsmodels.stats.meta_analysis import combine_effects

from ctresearch.regions import PartialPooling, pool_outcomes

OUT = Path(__file__).parent / "results" / "regions.csv"


def seconds(call):
    """Return the processor time of the second call, the first of which compiles and imports, and what it returned."""
    call()
    start = time.process_time()
    found = call()
    return time.process_time() - start, found


def outcomes(rng):
    """Pool 10,000 outcomes of 12 studies; the peer pools 500 of them one by one, by moments, and is scaled."""
    long = pd.DataFrame(
        {
            "outcome": np.repeat(np.arange(10_000), 12),
            "study": np.tile(np.arange(12), 10_000),
            "estimate": rng.normal(size=120_000),
            "std_error": np.sqrt(rng.uniform(0.05, 1.0, 120_000)),
        }
    )
    ours, _ = seconds(lambda: pool_outcomes(long, outcome="outcome", study="study"))
    y, v = long["estimate"].to_numpy().reshape(-1, 12), long["std_error"].to_numpy().reshape(-1, 12) ** 2

    def peer():
        return [
            combine_effects(one, var, method_re="iterated", use_t=False)
            for one, var in zip(y[:500], v[:500], strict=True)
        ]

    theirs, _ = seconds(peer)
    return ours, 20 * theirs, "not compared: moments, not likelihood"


def sloped(rng):
    """Random intercepts and slopes of 60 groups of 12 rows."""
    group, x = np.repeat(np.arange(60), 12), np.tile(np.arange(12.0), 60)
    own = rng.multivariate_normal([0, 0], [[4.0, 0.3], [0.3, 0.25]], 60)
    y = 10 + 0.7 * x + own[group, 0] + own[group, 1] * x + rng.normal(size=720)
    frame = pd.DataFrame({"y": y, "x": x, "group": group})
    model = PartialPooling(
        groups="group", slopes={"group": ["x"]}, formula="x", outcome="y", std_error=None, method="reml"
    )
    ours, found = seconds(lambda: model.fit(frame))
    theirs, peer = seconds(lambda: smf.mixedlm("y ~ x", frame, groups="group", re_formula="~x").fit())
    return (
        ours,
        theirs,
        float(np.abs(found.estimates.loc[["constant", "x"], "estimate"] - peer.fe_params.to_numpy()).max()),
    )


def crossed(rng):
    """Crossed intercepts of 20 and 12 groups, one row for each pair."""
    one, other = np.repeat(np.arange(20), 12), np.tile(np.arange(12), 20)
    y = 5 + rng.normal(0, 1, 20)[one] + rng.normal(0, 2, 12)[other] + rng.normal(size=240)
    frame = pd.DataFrame({"y": y, "one": one, "other": other, "all": 1})
    model = PartialPooling(groups=["one", "other"], outcome="y", std_error=None, method="reml")
    ours, found = seconds(lambda: model.fit(frame))
    parts = {"one": "0 + C(one)", "other": "0 + C(other)"}
    theirs, peer = seconds(lambda: smf.mixedlm("y ~ 1", frame, groups="all", vc_formula=parts, re_formula="0").fit())
    return ours, theirs, float(np.abs(found.estimates.loc[["constant"], "estimate"] - peer.fe_params.to_numpy()).max())


def main():
    warnings.simplefilter("ignore")
    about = {"day": f"{datetime.now(UTC):%Y-%m-%d}", "numpy": version("numpy"), "statsmodels": version("statsmodels")}
    cases = {
        "pool_outcomes, 10,000 outcomes of 12 studies; combine_effects": outcomes,
        "PartialPooling, slopes of 60 groups; mixedlm": sloped,
        "PartialPooling, 20 by 12 crossed groups; mixedlm with variance components": crossed,
    }
    rows = []
    for name, case in cases.items():
        ours, theirs, agree = case(np.random.default_rng(7))
        rows.append(
            {
                "what": name,
                "cpu_seconds": round(ours, 3),
                "peer_cpu_seconds": round(theirs, 3),
                "ratio": round(theirs / ours, 1),
                "agree": agree if isinstance(agree, str) else f"{agree:.1e}",
                **about,
            }
        )
    pd.DataFrame(rows).to_csv(OUT, index=False, lineterminator="\n")
    print(pd.DataFrame(rows).to_string())


if __name__ == "__main__":
    main()
