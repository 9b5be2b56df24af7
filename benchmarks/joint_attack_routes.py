"""Count what subtraction finds of masked counts in UNODC's workbook, and that outputs of routes add nothing to it.

Run ``python benchmarks/joint_attack_routes.py WORKBOOK``; the counts, and nothing else, go to
``benchmarks/results/joint_attack_routes.csv``. An attacker takes totals for the sums of the parts that are listed beside
them (sexes of one place, year and age; ages of one place, year and sex; citizenships of one place and year) and works
bounds out until none moves. ``found`` counts masked cells of which one value is left, ``narrowed`` those with fewer values
than published. The first rows are of the workbook by itself. The last take the flows by citizenship and what ``Corridors``,
``Hubs`` and yearly sums show of them, which are sums of the ends of ranges.
"""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.data import load
from ctresearch.routes import Corridors, FlowTable, Hubs

OUT = Path(__file__).parent / "results" / "joint_attack_routes.csv"
PLACE = ["Iso3_code", "Year", "Dimension", "Category"]


def work_out(low, high, sums):
    """Narrow bounds until none moves; ``sums`` are (parts, least, greatest), with places of cells."""
    low, high = low.astype(float).copy(), high.astype(float).copy()
    for _ in range(20):
        before = low.sum() - high.sum()
        for parts, least, greatest in sums:
            top = greatest(high) if callable(greatest) else greatest
            bottom = least(low) if callable(least) else least
            below, above = low[parts].sum(), high[parts].sum()
            new_high = np.minimum(high[parts], top - (below - low[parts]))
            new_low = np.maximum(low[parts], bottom - (above - high[parts]))
            if (new_low <= new_high).all():  # tables that contradict the partition say nothing
                low[parts], high[parts] = new_low, new_high
        if low.sum() - high.sum() == before:
            break
    return low, high


def totals(frame, column, total, parts, by):
    """Return sums of a total and the parts that are listed beside it, where at least two are."""
    out = []
    for _, rows in frame.groupby(by, sort=False):
        whole = rows.index[rows[column] == total]
        inside = rows.index[rows[column].isin(parts)]
        if len(whole) == 1 and len(inside) > 1:
            at = int(whole[0])
            out.append((inside.to_numpy(), lambda low, at=at: low[at], lambda high, at=at: high[at]))
    return out


def counted(what, frame, low, high):
    """Count the masked cells that were narrowed, and found."""
    masked = frame["low"] < frame["high"]
    gone = (high - low < frame["high"] - frame["low"]) & masked
    found = (high == low) & masked
    children = frame["Age"].eq("0 to 17 years") if "Age" in frame else pd.Series(False, index=frame.index)
    return {"what": what, "masked": int(masked.sum()), "narrowed": int(gone.sum()), "found": int(found.sum()),
            "found_of_children": int((found & children).sum())}  # fmt: skip


def ends(words):
    """Read what a shown count allows."""
    found = re.fullmatch(r"<(\d+)|(\d+)(?: to (\d+))?", words)
    return (0, int(found[1]) - 1) if found[1] else (int(found[2]), int(found[3] or found[2]))


def of_outputs(frame):
    """Return what outputs of routes say of the flows by citizenship, as sums."""
    flows = FlowTable(frame[["citizenship", "detection", "year", "low", "high"]])
    shown = Corridors().fit(flows).corridors.set_index(["origin", "destination"])["people"]
    sums = [(rows.index.to_numpy(), *ends(shown[key])) for key, rows in frame.groupby(["citizenship", "detection"])]
    abroad = frame[frame["citizenship"] != frame["detection"]]
    for yearly in (False, True):
        hubs = Hubs(yearly=yearly).fit(flows).hubs
        for column, side in (("receives", "detection"), ("sends", "citizenship")):
            keys = [side, "year"] if yearly else [side]
            held = hubs.set_index(["place", "year"] if yearly else ["place"])[column]
            for key, rows in abroad.groupby(keys):
                sums.append((rows.index.to_numpy(), *ends(held.loc[key if yearly else key[0]])))
    return sums


def main():
    loaded = load(sys.argv[1], as_="glotip")
    whole = loaded.frame
    whole = whole[whole["Indicator"].eq("Detected trafficking victims") & whole["low"].notna()].copy()
    whole["Category"] = whole["Category"].fillna("")
    whole = whole.drop_duplicates([*PLACE, "Sex", "Age"]).reset_index(drop=True)
    low, high = whole["low"].to_numpy(dtype=float), whole["high"].to_numpy(dtype=float)
    sexes = totals(whole, "Sex", "Total", {"Female", "Male", "Other"}, [*PLACE, "Age"])
    ages = totals(whole, "Age", "Total", {"0 to 17 years", "18 years or over"}, [*PLACE, "Sex"])
    rows = [counted("workbook, by sex", whole, *work_out(low, high, sexes))]
    rows.append(counted("workbook, by sex and age", whole, *work_out(low, high, sexes + ages)))
    flows = FlowTable.from_glotip(loaded).frame
    own = flows["low"].to_numpy(dtype=float), flows["high"].to_numpy(dtype=float)
    rows.append(counted("flows by citizenship, outputs of routes", flows, *work_out(*own, of_outputs(flows))))
    every = whole[(whole["Dimension"] == "Total") & (whole["Sex"] == "Total") & (whole["Age"] == "Total")]
    known = {(r.Iso3_code, int(r.Year)): (r.low, r.high) for r in every.itertuples()}
    by_place = [
        (part.index.to_numpy(), *known[key]) for key, part in flows.groupby(["detection", "year"]) if key in known
    ]
    totalled = work_out(*own, by_place)
    rows.append(counted("flows by citizenship, totals of the workbook", flows, *totalled))
    both = work_out(*own, by_place + of_outputs(flows))
    rows.append(counted("flows by citizenship, totals of the workbook and outputs of routes", flows, *both))
    table = pd.DataFrame(rows).assign(date=datetime.now(UTC).date().isoformat(), numpy=np.__version__)
    table.to_csv(OUT, index=False, lineterminator="\n")
    print(table.to_string())


if __name__ == "__main__":
    main()
