"""Hold routes against values that other programs gave, and write what came and what they gave.

``python benchmarks/outside_values_routes.py FOLDER`` with a folder of reference files: data and values of fixest,
strucchange, changepoint and surveillance, which may not be passed on. The table keeps the numbers alone.
"""

import json
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.routes import Alarms, Breaks, Gravity, Nowcast
from ctresearch.routes.trends.farrington import bound_at
from ctresearch.routes.trends.reporting_triangle import delay_hazards, share_by_delay

ROWS = []


def pin(program, what, ours, theirs, tolerance, *, relative=True):
    """Keep the largest difference of two arrays."""
    ours, theirs = (
        np.array([np.nan if one is None else one for one in np.ravel(x)], dtype=float) for x in (ours, theirs)
    )
    both = np.isfinite(ours) & np.isfinite(theirs)
    gap = np.abs(ours - theirs)[both] / (np.abs(theirs[both]) if relative else 1.0)
    ROWS.append({"program": program, "what": what, "values": int(both.sum()), "first_ours": ours[both][0],
                 "first_theirs": theirs[both][0], "largest_difference": gap.max(), "tolerance": tolerance})  # fmt: skip


def gravity(folder):
    theirs = json.loads((folder / "routes/fixest_gravity_threeway.json").read_text())
    frame = pd.read_csv(folder / "routes/gravity_trade_pairs.csv").assign(ldist=lambda d: np.log(d["dist_km"]))
    frame = frame.assign(
        lde=frame["ldist"] * (frame["Year"] - 2007), near=((frame["Year"] >= 2012) & (frame["dist_km"] < 1000)) * 1.0
    )
    columns = {"flow": "Euros", "origin": "Origin", "destination": "Destination", "year": "Year", "corrected": False}
    effects = ["origin-year", "destination-year", "pair"]
    kinds = {
        "none": "hetero",
        "origin": "cl_Origin",
        "destination": "cl_Destination",
        "pair": "cl_pair",
        "both": "twoway",
    }
    for name, terms, used in (
        ("twoway", ["ldist"], effects[:2]),
        ("threeway", ["lde"], effects),
        ("threeway2", ["near", "lde"], effects),
    ):
        for cluster, key in kinds.items():
            found = Gravity(terms, effects=used, cluster=cluster, **columns).fit(frame).estimates
            pin("fixest 0.14.2", f"{name}, errors {key}", found["std_error"], theirs[name]["se"][key], 1e-6)
        pin("fixest 0.14.2", f"{name}, coefficients", found["estimate"], list(theirs[name]["coef"].values()), 1e-7)
    trade = pd.read_csv(folder / "policy/fixest_trade.csv").assign(ldist=lambda d: np.log(d["dist_km"]))
    for kinds_used, value, error in (
        (["origin", "destination", "Product", "year"], -1.5278743714863, 0.1156781650),
        (["origin", "destination"], -1.5173278757785, 0.11313567664729686),
    ):
        row = Gravity(["ldist"], effects=kinds_used, cluster="origin", **columns).fit(trade).estimates
        pin("pyfixest 0.60.0", f"trade, {len(kinds_used)} effects, coefficient", row["estimate"], value, 1e-7)
        pin("pyfixest 0.60.0", f"trade, {len(kinds_used)} effects, error by origin", row["std_error"], error, 1e-6)


def breaks(folder):
    for name, column, time in (("nile", "flow", "year"), ("realint", "rate", "time")):
        theirs = json.loads((folder / f"routes/strucchange_{name}.json").read_text())
        frame = pd.read_csv(folder / f"routes/{name}.csv")
        found = Breaks(model="level", count=column, time=time).fit(frame)
        pin(
            "strucchange 1.5-4",
            f"{name}, cost by number of breaks",
            found.candidates["cost"],
            theirs["breaks"]["RSS"],
            1e-8,
        )
        pin("strucchange 1.5-4", f"{name}, BIC", found.candidates["bic"], theirs["breaks"]["BIC"], 1e-10)
        chosen = np.ravel(theirs["breaks"]["chosen_labels"])
        pin(
            "strucchange 1.5-4",
            f"{name}, dates",
            found.breaks["last_before"].astype(float),
            chosen,
            0.0,
            relative=False,
        )
        limits = theirs["breaks"]["confint"][f"m{len(chosen)}_0.95"]["labels"]["values"]
        ours = found.breaks[["low", "high"]].astype(float).to_numpy()
        pin("strucchange 1.5-4", f"{name}, limits of dates", ours, np.array(limits)[:, [0, 2]], 0.0, relative=False)
        for statistic, key in (("sup_f", "supF"), ("ave_f", "aveF"), ("exp_f", "expF")):
            pin(
                "strucchange 1.5-4",
                f"{name}, {key}",
                getattr(found, statistic),
                theirs["tests"][key]["statistic"],
                1e-8,
            )
    theirs = json.loads((folder / "routes/changepoint_coal_nile.json").read_text())
    coal = pd.read_csv(folder / "routes/coal_disasters.csv")
    penalties = {"MBIC": "mbic", "BIC": "bic", "Hannan-Quinn": "hannan-quinn"}
    for name, penalty in penalties.items():
        found = (
            Breaks(count="disasters", penalty=penalty, dispersion=1.0).fit(coal).breaks["last_before"].astype(float)
            - 1850
        )
        pin(
            "changepoint 2.3",
            f"coal, Poisson, {name}",
            found,
            theirs["coal"][f"meanvar_Poisson_{name}"]["cpts"],
            0.0,
            relative=False,
        )


def alarms(folder):
    theirs = json.loads((folder / "routes/surveillance_farrington_salmonella_agona.json").read_text())
    counts = pd.read_csv(folder / "routes/salmonella_agona.csv")["observed"].to_numpy(dtype=float)
    for name, rule in (("noufaily_nb", "noufaily"), ("farrington_1996", "farrington")):
        made = Alarms(rule=rule)._rule()
        found = [bound_at(counts, at - 1, made) for at in theirs[name]["range"]]
        upper = np.array([one.upper for one in found])
        given = np.array([one if one else np.nan for one in theirs[name]["upperbound"]], dtype=float)
        pin("surveillance 1.24.1", f"{name}, bounds", upper, given, 1e-5)
        if "expected" in theirs[name]:
            pin(
                "surveillance 1.24.1",
                f"{name}, expected",
                [one.expected for one in found],
                theirs[name]["expected"],
                1e-5,
            )
            pin(
                "surveillance 1.24.1",
                f"{name}, dispersion",
                [one.dispersion for one in found],
                theirs[name]["phi"],
                1e-5,
            )


def nowcasts(folder):
    theirs = json.loads((folder / "routes/surveillance_nowcast_hus.json").read_text())
    table = pd.read_csv(folder / "routes/hus_o104_linelist.csv", parse_dates=[0, 1])
    start = pd.Timestamp("2011-05-01")
    days = pd.DataFrame({"of": (table["dHosp"] - start).dt.days, "came": (table["dReport"] - start).dt.days})
    triangle, _ = Nowcast(of="of", came="came", now=32, greatest=15)._read(days[days["came"] <= 32])
    given = theirs["reporting_triangle_rows_dates_columns_delay_0_to_D"]["values"]
    pin(
        "surveillance 1.24.1",
        "hus, reporting triangle",
        triangle,
        [x for row in given for x in row],
        0.0,
        relative=False,
    )
    came, by_then = delay_hazards(triangle)
    share = share_by_delay(came / np.where(by_then > 0, by_then, 1.0))
    pin(
        "surveillance 1.24.1",
        "hus, share by delay",
        share,
        theirs["methods"]["lawless"]["delayCDF"]["lawless"][:16],
        1e-10,
    )


def main():
    folder = Path(sys.argv[1])
    for part in (gravity, breaks, alarms, nowcasts):
        part(folder)
    table = pd.DataFrame(ROWS).assign(
        date=datetime.now(UTC).date().isoformat(), numpy=version("numpy"), scipy=version("scipy")
    )
    table.to_csv("benchmarks/results/outside_values_routes.csv", index=False)
    print(table.drop(columns=["date", "numpy", "scipy"]).to_string())


if __name__ == "__main__":
    main()
