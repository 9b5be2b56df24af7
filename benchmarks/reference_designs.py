"""Hold one list and surveys against other packages on data that may not be passed on.

Run: ``python benchmarks/reference_designs.py FOLDER``, with a folder that holds the values of singleRcapture, survey, list, rr
and sae beside their data; writes ``results/reference_designs.csv``, the largest distance by figure.
"""

import csv
import datetime
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import ctresearch
from ctresearch.prevalence import FayHerriot, ListExperiment, RandomisedResponse, SurveyTotal, TwoSample, ZeroTruncated

OUT = Path(__file__).parent / "results" / "reference_designs.csv"
TYPES = {"stype": {"E": 4421, "H": 755, "M": 1018}}
STRATIFIED, CLUSTERED = {"strata": "stype", "weight": "pw"}, {"cluster": "dnum", "weight": "pw"}
DESIGNS = {
    "stratified_fpc": {**STRATIFIED, "population": "fpc"},
    "stratified_no_fpc": STRATIFIED,
    "cluster_fpc": {**CLUSTERED, "population": "fpc"},
    "cluster_poststratified": {**CLUSTERED, "population": "fpc", "known": TYPES},
    "cluster_calibrated": {**CLUSTERED, "population": "fpc", "known": TYPES | {"api99": 3914069}},
    "cluster_jackknife": {**CLUSTERED, "variance": "jackknife"},
    "stratified_jackknife": {**STRATIFIED, "variance": "jackknife"},
}


def apart(found, held):
    """Return the largest relative distance."""
    found, held = np.asarray(found, dtype=float), np.asarray(held, dtype=float)
    return float(np.abs(found / held - 1).max())


def one_list(folder):
    frame = pd.read_csv(folder / "netherlandsimmigrant.csv")
    result = ZeroTruncated(count="capture", formula="gender + age + nation").fit(frame)
    row = result.estimates.loc["population"]
    # estimatePopsize(capture ~ gender + age + nation, model = ztpoisson()), as printed to four decimals
    yield "single list", "Poisson with gender, age, nation", "N", abs(row["estimate"] - 12690.3537), "absolute"
    yield "single list", "Poisson with gender, age, nation", "se", abs(row["std_error"] - 2808.1688), "absolute"


def surveys(folder):
    frames = {name: pd.read_csv(folder / f"api_{name}.csv") for name in ("stratified", "cluster1")}
    held = json.loads((folder / "survey_api.json").read_text())
    for name, design in DESIGNS.items():
        frame = frames["stratified" if name.startswith("strat") else "cluster1"]
        frame = frame.assign(aw=(frame["awards"] == "Yes") * 1)
        values = held[name]
        total = SurveyTotal("enroll", **design).fit(frame).estimates.iloc[0]
        pin = values["total_enroll"]["t"]["enroll"]
        columns = ["estimate", "std_error", "ci_low", "ci_high"]
        yield "survey", name, "total", apart(total[columns], [pin[k] for k in ("estimate", "se", "lower", "upper")]), ""
        mean = SurveyTotal("api00", statistic="mean", **design).fit(frame)
        pin = values["mean_api00"]["t"]["api00"]
        row = mean.estimates.iloc[0][columns]
        yield "survey", name, "mean", apart(row, [pin[k] for k in ("estimate", "se", "lower", "upper")]), ""
        effect = values["mean_api00"]["z"]["api00"]["deff"]
        yield "survey", name, "design effect", apart(mean.domains["design_effect"].iloc[0], effect), ""
        pin = values["ratio"]
        ratio = SurveyTotal("api00", statistic="ratio", denominator="api99", **design).fit(frame).estimates.iloc[0]
        yield "survey", name, "ratio", apart(ratio[columns[:2]], [pin["estimate"], pin["se"]]), ""
        for limits in ("logit", "beta"):
            row = SurveyTotal("aw", statistic="mean", limits=limits, **design).fit(frame).estimates.iloc[0]
            pin = values["proportion_awards"][limits]
            yield "survey", name, f"{limits} limits", apart(row[columns[2:]], [pin["lower"], pin["upper"]]), ""
    pin = json.loads((folder / "two_sample_multiplier.json").read_text())["multiplier"]
    frame = frames["stratified"].assign(aw=lambda d: (d["awards"] == "Yes") * 1)
    options = {**DESIGNS["stratified_fpc"], "benchmark": 2500, "benchmark_error": 150, "limits": "log"}
    row = TwoSample("aw", **options).fit(frame).estimates.loc["population"]
    yield "survey", "multiplier", "se", apart(row["std_error"], pin["se_benchmark_uncertain"]), ""
    factors = pd.read_csv(folder / "rescaled_bootstrap_api_cluster1_factors.csv").drop(columns="cds")
    frame = pd.concat([frames["cluster1"], factors.mul(frames["cluster1"]["pw"], axis=0).add_prefix("r")], axis=1)
    names = [f"r{column}" for column in factors]
    row = SurveyTotal("enroll", **CLUSTERED, variance="replicates", replicates=names).fit(frame).estimates.iloc[0]
    pin = json.loads((folder / "rescaled_bootstrap_api.json").read_text())["total_enroll"]["bootstrap_sd"]
    yield "surveybootstrap", "cluster", "total", apart(row["std_error"], pin), ""


def sensitive(folder):
    frame = pd.read_csv(folder / "list_experiment_race.csv")
    held = json.loads((folder / "list_experiment_race.json").read_text())["results"]
    options = {"treatment": "treat", "items": 3}
    row = ListExperiment("y", **options).fit(frame).estimates.iloc[0]
    pin = held["difference_in_means"]
    yield "list", "difference", "estimate and se", apart(row[["estimate", "std_error"]], [pin["est"], pin["se"]]), ""
    for name, more in {
        "linear": {"method": "linear"},
        "nls": {"method": "nls"},
        "ml_constrained": {"method": "ml"},
        "ml_unconstrained": {"method": "ml", "same_items": False},
    }.items():
        result = ListExperiment("y", formula="south + age + male + college", **options, **more).fit(frame)
        found = result.coefficients.loc["sensitive"]
        for column, key in (("estimate", "par_treat"), ("std_error", "se_treat")):
            yield "list", name, key, apart(found[column], list(held[name][key].values())), ""
    frame = pd.read_csv(folder / "randomised_response_nigeria.csv").rename(columns=lambda c: c.replace(".", "_"))
    held = json.loads((folder / "randomised_response_nigeria.json").read_text())["result"]
    formula = "cov_asset_index + cov_married + I(cov_age / 10) + I((cov_age / 10) ** 2) + cov_education + cov_female"
    used = ["rr_q1", "cov_asset_index", "cov_married", "cov_age", "cov_education", "cov_female"]
    make = RandomisedResponse("rr_q1", truth=2 / 3, forced_yes=1 / 6, formula=formula, errors="scores")
    found = make.fit(frame.dropna(subset=used)).coefficients
    for column, key in (("estimate", "coef"), ("std_error", "se")):
        off = np.abs(found[column].to_numpy() - list(held[key].values())).max()
        yield "rr", "forced", key, float(off), "absolute"


def areas(folder):
    frame = pd.read_csv(folder / "fay_herriot_milk.csv").assign(vd=lambda d: d["SD"] ** 2)
    held = json.loads((folder / "fay_herriot_milk.json").read_text())
    for name, method in (("REML", "reml"), ("ML", "ml"), ("FH", "moment")):
        make = FayHerriot("yi", variance="vd", area="SmallArea", formula="C(MajorArea)", method=method)
        result = make.fit(frame)
        yield "sae", name, "variance", apart(result.between, held[name]["refvar"]), ""
        yield "sae", name, "eblup", apart(result.estimates["estimate"], held[name]["eblup"]), ""
        yield "sae", name, "mse", apart(result.estimates["std_error"] ** 2, held[name]["mse"]), ""


def main(folder):
    """Write the table."""
    day = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    with OUT.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["package", "case", "figure", "distance", "kind", "date", "ctresearch", "numpy"])
        for part in (one_list, surveys, sensitive, areas):
            for package, case, figure, distance, kind in part(folder):
                about = [day, ctresearch.__version__, np.__version__]
                writer.writerow([package, case, figure, f"{distance:.1e}", kind or "relative", *about])
                print(package, case, figure, f"{distance:.1e}", kind)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
