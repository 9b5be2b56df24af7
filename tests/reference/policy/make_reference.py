"""Invented tables and the figures that pyfixest 0.60 and statsmodels 0.15 give for them; run in an environment with both.

``series.csv`` goes to ``series_r.R`` (R 4.5.0, MASS) as well.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent


def panel():
    """Invent a ragged panel of 40 countries and 12 years with a treatment, an instrument and a control."""
    rng = np.random.default_rng(20)
    frame = pd.DataFrame({"country": np.repeat(np.arange(40), 12), "year": np.tile(np.arange(2000, 2012), 40)})
    z, u, x = rng.normal(size=(3, 480))
    frame["z"], frame["z2"], frame["x"] = z, rng.normal(size=480), x
    frame["d"] = 0.5 * z + 0.2 * frame["z2"] + 0.7 * u + frame["country"] / 20
    frame["y"] = 0.4 * frame["d"] + 0.3 * x + u + frame["year"] / 10 + rng.normal(size=480)
    return frame.drop(frame.index[rng.random(480) < 0.15]).round(6).reset_index(drop=True)


def series():
    """Invent 80 months of counts."""
    rng = np.random.default_rng(21)
    t = np.arange(80)
    mean = 60 * np.exp(0.004 * t + 0.25 * (t >= 40) + 0.2 * np.sin(2 * np.pi * t / 12))
    return pd.DataFrame({"t": t, "y": rng.poisson(mean * rng.gamma(20, 1 / 20, 80)), "people": 100_000 + 150 * t})


def main():
    import pyfixest as pf
    import statsmodels.api as sm

    warnings.simplefilter("ignore")
    frame, months = panel(), series()
    frame.to_csv(HERE / "panel.csv", index=False)
    months.to_csv(HERE / "series.csv", index=False)
    cluster = {"CRV1": "country"}
    out = {"versions": {"pyfixest": pf.__version__, "statsmodels": __import__("statsmodels").__version__}}
    for effects in ("country + year", "country", "year"):
        model = pf.feols(f"y ~ d + x | {effects}", frame, vcov=cluster, fixef_rm="none", fixef_tol=1e-12)
        out[effects] = {"estimate": model.coef().to_dict(), "std_error": model.se().to_dict()}
    model = pf.feols("y ~ d + x | country + year", frame, vcov="hetero", fixef_rm="none", fixef_tol=1e-12)
    out["hetero"] = {"std_error": model.se().to_dict()}
    model = pf.feols("y ~ x | country + year | d ~ z + z2", frame, vcov=cluster, fixef_rm="none", fixef_tol=1e-12)
    model.IV_Diag()
    out["instruments"] = {
        "estimate": model.coef().to_dict(),
        "std_error": model.se().to_dict(),
        "first_stage": float(model._f_stat_1st_stage),
    }
    frame["e"] = frame["y"] - 0.1 * frame["d"]
    model = pf.feols("e ~ x + z + z2 | country + year", frame, vcov=cluster, fixef_rm="none", fixef_tol=1e-12)
    model.wald_test(R=np.array([[0, 1, 0], [0, 0, 1]]), distribution="F")
    out["anderson_rubin_at_0.1"] = float(model._f_statistic)
    t = months["t"]
    columns = np.column_stack([np.ones(80), t - 40, t >= 40, np.sin(2 * np.pi * t / 12), np.cos(2 * np.pi * t / 12)])
    model = sm.GLM(months["y"], columns, family=sm.families.Poisson(), offset=np.log(months["people"]))
    fit = model.fit(cov_type="HAC", cov_kwds={"maxlags": 5, "use_correction": True}, tol=1e-14, maxiter=100)
    out["newey_west_5"] = {"std_error": fit.bse[1:3].tolist()}
    (HERE / "panel_and_series.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
