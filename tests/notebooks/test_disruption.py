"""The study of disruption: recovery takes back part of the damage, bands are bands, and no actor leaves it."""

import json

import pandas as pd
import pytest

from ctresearch.studies import run_study
from ctresearch.studies.asked.project import find_root

pytestmark = pytest.mark.slow

STUDY = "synthetic-disruption"
HERE = find_root() / "studies" / STUDY


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return run_study(STUDY, {"draws": 40, "steps": 8}, out=tmp_path_factory.mktemp("runs")).folder


def test_everything_passes_the_gate(folder):
    gate = json.loads((folder / "results.json").read_text(encoding="utf-8"))["gate"]
    assert len(gate) == 8
    assert {entry["status"] for entry in gate.values()} == {"pass"}


def test_no_actor_leaves(folder):
    actors = pd.read_csv(HERE / "actors.csv", comment="#")["actor"]
    kept = [path for path in folder.rglob("*") if path.suffix in {".csv", ".svg", ".json", ".html", ".ipynb"}]
    words = " ".join(path.read_text(encoding="utf-8") for path in kept)
    assert len(kept) > 6
    assert not [one for one in actors if f">{one}<" in words or f"{one}," in words or f'"{one}"' in words]


def test_strategies_differ_and_recovery_takes_back_part_of_it(folder):
    table = pd.read_csv(folder / "tables" / "strategies.csv")
    robust = table[table["term"] == "robustness"].pivot_table("estimate", "strategy", "recovery")
    assert (robust["distance"] >= robust["no recovery"] - 1e-9).all()
    assert robust["no recovery"].idxmin() == "optimal", "no strategy breaks up more than the best removal at each step"
    assert robust.loc["random"].min() > robust.loc["optimal"].max()
