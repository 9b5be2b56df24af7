"""Every design drawn again and again from one invented city of 50,000 people, of whom the number exploited is known.

Run ``python benchmarks/coverage_city.py --samples 500`` (an hour on one core); with ``--designs``, those alone take the
place of their rows. ``benchmarks/results/coverage_city.csv`` has a row a design of
``ctresearch.prevalence.designs.city_designs.CITY_DESIGNS``, with what it estimates and what of its assumptions is not so
in this city. One city is one draw of people and ties: an estimator may be off in it by more than over many cities.
"""

import argparse
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ctresearch.core.parallel import workers
from ctresearch.data.synthetic import city
from ctresearch.prevalence import plan_designs, plans_of_city
from ctresearch.prevalence.designs.city_designs import CITY_DESIGNS

OUT = Path(__file__).parent / "results" / "coverage_city.csv"


def one_row(made, name, samples):
    """Draw one design and say how it does."""
    with workers(1):
        result = plan_designs(plans_of_city(made, [name]), made.truth["exploited"], draws=samples, seed=20302)
    table = result.estimates[["estimate", "ci_low", "ci_high"]].round(4)
    row = {"design": name, "of": CITY_DESIGNS[name].of, "samples": samples}
    row |= table["estimate"][["coverage", "bias", "spread", "width", "failed", "cost"]].to_dict()
    row |= {f"coverage_{end}": table.loc["coverage", f"ci_{end}"] for end in ("low", "high")}
    return row | {
        "breaks": CITY_DESIGNS[name].breaks,
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "ctresearch": version("ctresearch"),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--designs", nargs="*", default=list(CITY_DESIGNS))
    options = parser.parse_args()
    made = city(seed=20301)
    rows = {} if not OUT.exists() else pd.read_csv(OUT, keep_default_na=False).set_index("design").to_dict("index")
    for name in options.designs:
        row = one_row(made, name, options.samples)
        rows[name] = {key: value for key, value in row.items() if key != "design"}
        print(row, flush=True)
        table = pd.DataFrame.from_dict({one: rows[one] for one in CITY_DESIGNS if one in rows}, orient="index")
        table.rename_axis("design").to_csv(OUT, lineterminator="\n")


if __name__ == "__main__":
    main()
