"""Make ``lalonde.csv``: the trained of an experiment beside people of a survey, and say what the experiment found.

The records belong to others and stay out of this project. They are in the Python package ``causaldata`` 0.1.5, under the
MIT licence. Install it into an environment of its own, since it is not needed for anything else::

    python -m venv .fetch && .fetch/bin/pip install causaldata==0.1.5
    .fetch/bin/python studies/lalonde/get_data.py
"""

from pathlib import Path

import pandas as pd

COLUMNS = ["treat", "age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75", "re78"]
OUT = Path(__file__).parents[2] / "runs" / "lalonde.csv"


def main() -> None:
    """Join trained and surveyed people, and write the file into ``runs/``, which git ignores."""
    from causaldata import cps_mixtape, nsw_mixtape

    experiment = nsw_mixtape.load_pandas().data.astype({"re78": float})
    surveyed = cps_mixtape.load_pandas().data
    means = experiment.groupby("treat")["re78"].mean()
    print(f"the experiment: {means[1] - means[0]:.5f} dollars, {len(experiment)} people")
    table = combine(experiment, surveyed)
    OUT.parent.mkdir(exist_ok=True)
    table.to_csv(OUT, index=False, lineterminator="\n")
    print(f"{OUT.name}: {len(table):,} rows in {OUT.parent.name}/")


def combine(experiment: pd.DataFrame, surveyed: pd.DataFrame) -> pd.DataFrame:
    """Put the trained beside the surveyed, with marks for years without earnings."""
    table = pd.concat([experiment[experiment["treat"] == 1], surveyed], ignore_index=True)[COLUMNS].astype(float)
    return table.assign(u74=(table["re74"] == 0) * 1, u75=(table["re75"] == 0) * 1)


if __name__ == "__main__":
    main()
