"""Speed of routes beside its limits, in one run: processor seconds, and a ratio where there is a peer.

Run ``python benchmarks/bench_routes.py [--glotip WORKBOOK]``; the table goes to ``benchmarks/results/routes.csv``. All data
are invented here, except that of the last rows: UNODC's workbook, of which the rows of detected victims are read and sent
through what the notebook ``routes_and_trends`` does. ``limit`` is what was promised: seconds, a ratio to the peer, or
bytes. Processor time is that of this process, so that other work on the machine does not count.
"""

import argparse
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.data import load
from ctresearch.regions import pool_outcomes
from ctresearch.routes import (
    Breaks,
    Composition,
    CorridorChanges,
    Corridors,
    FlowTable,
    Gravity,
    Hubs,
    IntervalGravity,
    Trend,
    choropleth,
    map_page,
    sankey,
)
from ctresearch.routes.flows.betweenness import flow_betweenness

OUT = Path(__file__).parent / "results" / "routes.csv"
RNG = np.random.default_rng(17)


def seconds(call, warm=True):
    """Return the processor time of a call, the first of which compiles and imports, and what it returned."""
    if warm:
        call()
    start = time.process_time()
    found = call()
    return time.process_time() - start, found


def corridors(places, years, level):
    """Draw flows between all pairs of places in all years."""
    o, d, t = (a.ravel() for a in np.indices((places, places, years)))
    x = RNG.normal(size=len(o))
    effects = RNG.normal(0, 0.5, (2, places, years))
    flow = RNG.poisson(np.exp(level + 0.5 * x + effects[0][o, t] + effects[1][d, t]))
    return pd.DataFrame({"origin": o, "destination": d, "year": t, "x": x, "flow": flow})


def poisson():
    """Fit a million rows with effects of origin-year and destination-year, beside pyfixest alone."""
    import pyfixest

    frame = corridors(182, 30, 1.0)
    frame = frame.assign(
        origin_year=frame["origin"] * 100 + frame["year"], destination_year=frame["destination"] * 100 + frame["year"],
        pair=frame["origin"] * 1000 + frame["destination"],
    )  # fmt: skip
    formula = "flow ~ x | origin_year + destination_year"
    theirs, peer = seconds(lambda: pyfixest.fepois(formula, frame, vcov={"CRV1": "pair"}))
    # as the peer: errors by pair and no correction; places are codes on both sides
    ours, found = seconds(lambda: Gravity(["x"], year="year", corrected=False).fit(frame))
    gap = abs(float(found.estimates.loc["x", "estimate"]) - float(peer.coef()["x"]))
    return {"what": f"Gravity, {len(frame):,} rows", "cpu_seconds": ours, "peer": "pyfixest", "peer_cpu_seconds": theirs,
            "limit": "ratio 1.1", "held": ours <= 1.1 * theirs, "agree": f"{gap:.0e}"}  # fmt: skip


def ranges():
    """Fit 38,000 rows, of which most are ranges."""
    frame = corridors(113, 3, 0.5)
    small = frame["flow"] < 5
    frame = frame.assign(low=frame["flow"].mask(small, 0), high=frame["flow"].mask(small, 4))
    ours, _ = seconds(lambda: IntervalGravity(["x"], year="year").fit(frame))
    share = f"{small.mean():.0%} of them ranges"
    return {"what": f"IntervalGravity, {len(frame):,} rows, {share}", "cpu_seconds": ours, "limit": "15 s",
            "held": ours <= 15}  # fmt: skip


def outcomes():
    """Pool ten thousand outcomes of twelve studies at once."""
    long = pd.DataFrame({"outcome": np.repeat(np.arange(10_000), 12), "study": np.tile(np.arange(12), 10_000)})
    long = long.assign(estimate=RNG.normal(size=len(long)), std_error=np.sqrt(RNG.uniform(0.05, 1.0, len(long))))
    ours, _ = seconds(lambda: pool_outcomes(long, outcome="outcome", study="study"))
    return {
        "what": "pool_outcomes, 10,000 outcomes of 12 studies",
        "cpu_seconds": ours,
        "limit": "2 s",
        "held": ours <= 2,
    }


def betweenness():
    """Find the betweenness of 200 places in 20 years, a fifth of all corridors listed."""
    flows = RNG.negative_binomial(0.3, 0.02, (20, 200, 200)) * (RNG.random((20, 200, 200)) < 0.2)
    ours, _ = seconds(lambda: [flow_betweenness(one) for one in flows])
    return {"what": "flow_betweenness, 200 places by 20 years", "cpu_seconds": ours, "limit": "1 s", "held": ours <= 1}


def workbook(path):
    """Do everything that the notebook does to UNODC's workbook, reading it included, and the page of its map."""
    start = time.process_time()
    flows = FlowTable.from_glotip(load(path, as_="glotip"))
    read = time.process_time() - start
    by_year = flows.frame.groupby(["detection", "year"])[["low", "high"]].sum().reset_index()
    total = flows.frame.groupby("year")[["low", "high"]].sum().reset_index()
    for table in (by_year, total):
        table["people"] = [str(a) if a == b else f"{a}-{b}" for a, b in zip(table["low"], table["high"], strict=True)]
    Trend(count="people", contributor="detection").fit(by_year)
    for made in (Corridors(), Hubs(), CorridorChanges(after=2015)):
        made.fit(flows)
    Composition(count="people", contributor="detection", after=2015).fit(by_year)
    Breaks(count="people").fit(total)
    Trend(count="people").fit(total)
    sankey(flows, most=12)
    choropleth(flows.select(years=[flows.years[-1]]), unmatched="table")
    all_of_it = time.process_time() - start
    page = map_page(flows).html
    what = f"routes_and_trends on UNODC's workbook, {len(flows):,} flows, of which reading {read:.1f} s"
    size = len(page.encode())
    return [
        {"what": what, "cpu_seconds": all_of_it, "limit": "60 s", "held": all_of_it <= 60},
        {"what": f"map_page of UNODC's workbook, {size:,} bytes", "limit": "600,000 bytes", "held": size < 600_000},
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--glotip")
    given = parser.parse_args()
    rows = [betweenness(), outcomes(), ranges()]
    rows += workbook(given.glotip) if given.glotip else []
    rows.append(poisson())
    found = pd.DataFrame(rows).round({"cpu_seconds": 3, "peer_cpu_seconds": 3})
    found["ratio"] = (found["cpu_seconds"] / found["peer_cpu_seconds"]).round(2)
    packages = {name: version(name) for name in ("numpy", "scipy", "pyfixest")}
    found.assign(date=datetime.now(UTC).date().isoformat(), **packages).to_csv(OUT, index=False, lineterminator="\n")
    print(found.to_string())


if __name__ == "__main__":
    main()
