"""The study of a group finds what was planted in it, and no actor leaves it."""

import json

import numpy as np
import pandas as pd
import pytest

from ctresearch.networks import CriminalNetwork, block_model, core_periphery, tie_model
from ctresearch.studies import run_study
from ctresearch.studies.asked.project import find_root

pytestmark = pytest.mark.slow

STUDY = "synthetic-network"
HERE = find_root() / "studies" / STUDY
THRESHOLD = 8
PLANTED = {"same_stage": 1.9, "same_community": 2.5, "both_core": 4.0, "one_coordinates": 0.7}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return run_study(STUDY, {"draws": 40}, out=tmp_path_factory.mktemp("runs")).folder


@pytest.fixture(scope="module")
def group():
    ties, actors = (pd.read_csv(HERE / f"{name}.csv", comment="#") for name in ("ties", "actors"))
    return CriminalNetwork.from_edges(ties, actors=actors)


def test_everything_passes_the_gate(folder):
    gate = json.loads((folder / "results.json").read_text(encoding="utf-8"))["gate"]
    assert len(gate) == 13
    assert {entry["status"] for entry in gate.values()} == {"pass"}


def test_no_actor_leaves_and_no_role_is_small(folder, group):
    written = [
        *folder.glob("tables/*.csv"),
        *folder.glob("figures/*.svg"),
        folder / "results.json",
        folder / "report.html",
    ]
    words = " ".join(path.read_text(encoding="utf-8") for path in written)
    assert len(written) > 10
    assert not [
        actor for actor in group.nodes if f">{actor}<" in words or f"{actor}," in words or f'"{actor}"' in words
    ]
    for name in ("composition", "membership", "positions", "brokerage", "block_table", "group_stability"):
        assert pd.read_csv(folder / "tables" / f"{name}.csv")["actors"].min() >= THRESHOLD, name


def test_the_data_are_those_of_their_call(tmp_path, monkeypatch):
    space = {"__file__": str(tmp_path / "make_data.py"), "__name__": "made"}
    exec(compile((HERE / "make_data.py").read_text(encoding="utf-8"), "make_data.py", "exec"), space)
    space["main"]()
    for name in ("ties", "actors"):
        assert (tmp_path / f"{name}.csv").read_bytes() == (HERE / f"{name}.csv").read_bytes()


def test_core_and_cells_are_the_planted_ones(group):
    actors = group.actors
    assert set(core_periphery(group).core) == set(actors.index[actors["core"]])
    blocks = block_model(group, blocks=[4], starts=5).members.set_index("actor")["block"]
    outside = ~actors["core"]
    most_common = pd.crosstab(actors.loc[outside, "community"], blocks[outside]).max(axis=1)
    assert most_common.sum() > 0.9 * outside.sum()  # blocks 0 to 2 are the cells; a few have more ties elsewhere


def test_the_planted_log_odds_are_covered_once_all_that_makes_ties_is_known(group):
    actors = group.actors
    coordinates = (actors["stage"] == "coordination").to_numpy()
    core = actors["core"].to_numpy()
    known = {"both_core": np.outer(core, core), "one_coordinates": coordinates[:, None] | coordinates}
    table = tie_model(group, ["stage", "community"], matrices={k: v.astype(float) for k, v in known.items()}).estimates
    for term, truth in PLANTED.items():
        row = table.loc[term]
        assert abs(row["estimate"] - truth) < 3.3 * row["std_error"], term  # four terms: wrong once in a thousand
    alone = tie_model(group, ["stage"]).estimates.loc["same_stage"]
    assert alone["ci_high"] < PLANTED["same_stage"], "as the README says, cells and core hide part of it"


def test_the_positions_find_the_organisers_at_the_top(folder):
    table = pd.read_csv(folder / "tables" / "positions.csv").set_index("role")
    for _, rows in table.groupby("centrality"):
        assert rows["estimate"].idxmax() == "organiser"
        assert rows.loc["organiser", "ci_low"] > rows.loc["recruiter", "ci_high"]


def test_groups_hold_better_than_chance_when_ties_go_missing(folder):
    table = pd.read_csv(folder / "tables" / "group_stability.csv")
    sizes = table.loc[table["term"] == "held", "actors"]
    by_chance = ((sizes / sizes.sum()) ** 2).sum()  # pairs together if groups were dealt anew
    assert sizes.sum() == 120
    assert table.set_index("term").loc["together", "ci_low"] > by_chance
