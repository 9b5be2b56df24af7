"""Every design drawn again and again from one invented city of 50,000 people, of whom the number exploited is known.

Run ``python benchmarks/coverage_city.py --samples 500`` (a quarter of an hour on one core);
``benchmarks/results/coverage_city.csv`` is written anew, one row a design of
``ctresearch.prevalence.designs.city_designs.CITY_DESIGNS``, with what of its assumptions is not so in this city.
"""

import argparse
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from ctresearch.core.parallel import workers
from ctresearch.data.synthetic import city
from ctresearch.prevalence import plan_designs, plans_of_city
from ctresearch.prevalence.designs.city_designs import CITY_DESIGNS

OUT = Path(__file__).parent / "results" / "coverage_city.csv"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=500)
    options = parser.parse_args()
    made = city(seed=20301)
    with workers(1):
        result = plan_designs(plans_of_city(made), made.truth["exploited"], draws=options.samples, seed=20302)
    table = result.estimates.reset_index().pivot_table(index="design", columns="term", values="estimate", dropna=False)
    table = table[["coverage", "bias", "spread", "width", "failed", "cost"]].loc[list(CITY_DESIGNS)].round(4)
    table["samples"] = options.samples
    table["breaks"] = [CITY_DESIGNS[name].breaks for name in table.index]
    made_with = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
    }
    table = table.assign(**made_with)
    print(table.to_string())
    table.to_csv(OUT, lineterminator="\n")


if __name__ == "__main__":
    main()
