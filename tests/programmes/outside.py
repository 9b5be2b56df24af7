"""Outside values of the tests of trials and scales, and the tables they were worked out on."""

import json
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).resolve().parents[1] / "reference" / "programmes"
VALUES = json.loads((FOLDER / "programmes_r.json").read_text(encoding="utf-8"))
SMALL = json.loads((FOLDER / "small_samples_r.json").read_text(encoding="utf-8"))


def table(name):
    """Read a table of the reference folder."""
    return pd.read_csv(FOLDER / f"{name}.csv")
