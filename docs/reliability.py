"""Tell on each estimator's page, and on a page of its own, how it did on simulated populations of known size."""

from pathlib import Path

import pandas as pd

from ctresearch.prevalence import default_methods

TABLE = Path(__file__).resolve().parents[1] / "benchmarks" / "results" / "reliability.csv"
CLAIMED = 0.95
SETTING = (
    "Populations of known size were drawn from each scenario; each left {lists} lists, from which every method estimated "
    "the size at its default settings. *Coverage* is the share of populations whose size lay in the 95 % interval, with "
    "its Monte Carlo error; *median bias* and *length* (of the interval) are shares of the true size; *answers* is the "
    "share of populations for which there was an interval. A scenario in bold is one where the method fails: it covers "
    "less than 95 % by more than two Monte Carlo errors, or has no answer for a tenth of the populations."
)


def read():
    """Read the committed table, with the verdict on each row."""
    table = pd.read_csv(TABLE)
    table["answers"] = table["with_interval"] / table["populations"]
    short = table["coverage"] + 2 * table["coverage_se"].clip(lower=0.005) < CLAIMED
    table["fails"] = short | (table["answers"] < 0.9)
    return table


def rows_of(table):
    """Write rows as a grid in reStructuredText."""
    lines = [
        ".. list-table::",
        "   :header-rows: 1",
        "",
        "   * - method and scenario",
        "     - coverage",
        "     - median bias",
        "     - length",
        "     - answers",
    ]
    for row in table.itertuples():
        name = f"{row.method}: {row.scenario.replace('_', ' ')}"
        cells = [
            f"**{name}**" if row.fails else name,
            f"{row.coverage:.0%} ± {row.coverage_se:.0%}" if row.with_interval else "none",
            f"{row.median_bias:+.0%}" if row.with_interval else "none",
            f"{row.length:.0%}" if row.with_interval else "none",
            f"{row.answers:.0%} of {row.populations}",
        ]
        lines += [f"   {'* -' if place == 0 else '  -'} {cell}" for place, cell in enumerate(cells)]
    return lines


def notes_of(name, table=None):
    """Return the lines that the page of a class gets; none for a class that the table does not try."""
    table = read() if table is None else table
    tried = [label for label, one in default_methods(4).items() if type(one).__name__ == name]
    found = table[table["method"].isin(tried)]
    if found.empty:
        return []
    return [".. rubric:: How reliable it was", "", SETTING.format(lists="four"), "", *rows_of(found), ""]


def write_page(path):
    """Write the page with all methods, scenario by scenario."""
    table = read()
    parts = ["How reliable each method was", "=" * 28, "", SETTING.format(lists="four"), ""]
    stamp = table.iloc[0]
    parts += [f"Simulated on {stamp['date']} with Python {stamp['python']}, by ``make reliability``.", ""]
    for scenario, rows in table.groupby("scenario", sort=False):
        title = scenario.replace("_", " ").capitalize()
        parts += [title, "-" * len(title), "", *rows_of(rows), ""]
    path.write_text("\n".join(parts), encoding="utf-8")


def add_notes(app, what, name, *rest):
    """Sphinx's ``autodoc-process-docstring``: add the notes below an estimator's own words."""
    if what == "class":
        rest[-1].extend(notes_of(name.rpartition(".")[2]))  # thing, options and then the lines
