"""Hold partial pooling against values that lme4 and metafor gave, and write what came and what they gave.

``python benchmarks/outside_values_regions.py FOLDER`` with a folder of reference files, which may not be passed on. The
table ``benchmarks/results/outside_values_regions.csv`` keeps the numbers alone. Where lme4 stopped at its default, short
of the maximum (its deviance is above ours), the tolerance is what its own stopping leaves open.
"""

import json
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.regions import PartialPooling

OUT = Path(__file__).parent / "results" / "outside_values_regions.csv"
ROWS = []


def pin(program, what, ours, theirs, tolerance):
    """Keep the largest relative difference."""
    ours, theirs = np.ravel(ours).astype(float), np.ravel(theirs).astype(float)
    gap = float((np.abs(ours - theirs) / np.abs(theirs)).max())
    ROWS.append({"program": program, "what": what, "values": len(ours), "first_ours": ours[0], "first_theirs": theirs[0],
                 "largest_difference": gap, "tolerance": tolerance, "held": gap <= tolerance})  # fmt: skip


def sleepstudy(folder):
    told = json.loads((folder / "policy/lme4_sleepstudy.json").read_text())
    frame = pd.read_csv(folder / "policy/lme4_sleepstudy.csv")
    model = PartialPooling(
        groups="Subject",
        slopes={"Subject": ["Days"]},
        formula="Days",
        outcome="Reaction",
        std_error=None,
        method="reml",
    )
    found = model.fit(frame)
    table = found.estimates
    pin("lme4", "sleepstudy, fixed coefficients", table["estimate"].iloc[:2], list(told["fixef"].values()), 1e-9)
    pin("lme4", "sleepstudy, their errors", table["std_error"].iloc[:2], list(told["se"].values()), 1e-5)
    spreads = table["estimate"].iloc[[2, 3, 5]]
    pin("lme4", "sleepstudy, standard deviations", spreads, [told["vc"][i]["sdcor"] for i in (0, 1, 3)], 1e-5)
    pin("lme4", "sleepstudy, REML criterion", -2 * found.log_likelihood, told["reml"], 1e-9)
    own = found.units.loc[found.units["level"] == "308", "estimate"]
    pin("lme4", "sleepstudy, values of subject 308", own, list(told["blup_308"].values()), 1e-6)


def penicillin(folder):
    told = json.loads((folder / "regions/lme4_penicillin_crossed.json").read_text())
    frame = pd.read_csv(folder / "regions/penicillin.csv")
    found = PartialPooling(groups=["plate", "sample"], outcome="diameter", std_error=None, method="reml").fit(frame)
    table, reml = found.estimates, told["REML"]
    pin("lme4", "Penicillin, mean", table.loc["constant", "estimate"], list(reml["fixef"].values()), 1e-9)
    pin("lme4", "Penicillin, its error", table.loc["constant", "std_error"], list(reml["se"].values()), 1e-6)
    spreads = table["estimate"].iloc[1:4]
    pin("lme4", "Penicillin, standard deviations", spreads, [one["sdcor"] for one in reml["vc"]], 1e-6)
    pin("lme4", "Penicillin, log likelihood", found.log_likelihood, reml["logLik"], 1e-9)
    for group, told_group in told["ranef_REML"].items():
        own = found.units[found.units["group"] == group].set_index("level")
        values = told_group["value"]["(Intercept)"]
        pin("lme4", f"Penicillin, {group}", own.loc[told_group["level"], "deviation"], values, 1e-5)
        pin(
            "lme4",
            f"Penicillin, variances of {group}",
            own.loc[told_group["level"], "deviation_error"] ** 2,
            told_group["condVar"],
            1e-5,
        )


def schools(folder):
    frame = pd.read_csv(folder / "regions/konstantopoulos2011.csv")
    told = json.loads((folder / "regions/metafor_multilevel_konstantopoulos2011.json").read_text())["three_level"]
    model = PartialPooling(groups="district", outcome="yi", std_error="se", method="reml")
    table = model.fit(frame.assign(se=np.sqrt(frame["vi"]))).estimates
    pin("metafor", "schools in districts, mean", table.loc["constant", "estimate"], told["b"]["intrcpt"], 1e-6)
    pin("metafor", "schools in districts, its error", table.loc["constant", "std_error"], told["se"], 1e-5)
    variances = table.loc[["sd district", "sd unit"], "estimate"] ** 2
    pin("metafor", "schools in districts, variances", variances, told["sigma2"], 1e-5)


def main():
    folder = Path(sys.argv[1])
    sleepstudy(folder)
    penicillin(folder)
    schools(folder)
    about = {"day": f"{datetime.now(UTC):%Y-%m-%d}", "numpy": version("numpy"), "scipy": version("scipy")}
    pd.DataFrame(ROWS).assign(**about).to_csv(OUT, index=False, lineterminator="\n")
    print(pd.DataFrame(ROWS).to_string())


if __name__ == "__main__":
    main()
