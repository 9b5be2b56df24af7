"""Every generator keeps the same manners, and the tables in the repository are what the code makes."""

import io
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import SpecificationError
from ctresearch.data import synthetic
from ctresearch.data.synthetic.tables import RECIPES, Recipe, as_text, make

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "data" / "synthetic"
MOST_BYTES = 1_000_000

SMALL = {
    "planted_transcripts": {"documents": 1, "sentences": 5},
    "campaign_evaluation": {"clusters": 8, "size": 5},
    "campaign_rollout": {"clusters": 4, "size": 5},
    "campaign_trial": {"clusters": 6, "size": 5},
    "capture_histories": {"n": 100},
    "case_records": {"n": 50},
    "coded_interviews": {"interviews": 3, "segments": 4},
    "coded_testimony": {"n": 30},
    "criminal_network": {"n": 20, "core": 3},
    "flows": {"countries": 4, "years": 2},
    "interview_corpus": {"interviews": 4, "surveyed": 5},
    "region_surveys": {"countries": 6, "surveyed": 5},
    "person_lists": {"n": 50},
    "policy_panel": {"units": 6, "periods": 5},
    "referral_paths": {"n": 50},
    "referral_records": {"n": 50},
    "region": {"countries": 4, "years": 7},
    "respondent_sample": {"n": 20, "population": 60, "seeds": 2},
    "scale_up_survey": {"n": 20},
    "trafficking_episodes": {"n": 50},
    "vulnerability_survey": {"n": 50},
}


@pytest.mark.parametrize("name", SMALL)
def test_the_same_seed_gives_the_same_data_and_another_seed_others(name):
    generator = getattr(synthetic, name)
    one, same, other = (generator(**SMALL[name], seed=seed) for seed in (5, np.random.SeedSequence(5), 6))
    pd.testing.assert_frame_equal(one.frame, same.frame)
    assert one.tables.keys() == same.tables.keys()
    for key, table in one.tables.items():
        pd.testing.assert_frame_equal(table, same.tables[key])
    assert not one.frame.equals(other.frame)
    assert one.seed == same.seed == 5
    assert generator(**SMALL[name], seed=np.random.SeedSequence(5).spawn(1)[0]).seed is None


@pytest.mark.parametrize("name", SMALL)
def test_what_is_made_is_frozen_and_describes_itself(name):
    np.random.seed(0)  # noqa: NPY002 - to see that nobody draws from the global generator
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    made = getattr(synthetic, name)(**SMALL[name], seed=1)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    assert made.truth
    assert repr(made).startswith(f"{name}: {len(made.frame):,} rows")
    with pytest.raises(FrozenInstanceError):
        made.seed = 2
    with pytest.raises(TypeError):
        made.truth["population"] = 1
    handed_out = made.frame
    handed_out["more"] = 1
    assert "more" not in made.frame


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("seed", [-1, 1.5, None, "1"])
def test_a_seed_that_cannot_be_repeated_is_refused(name, seed):
    with pytest.raises(SpecificationError, match="seed =="):
        getattr(synthetic, name)(**SMALL[name], seed=seed)


def test_every_generator_is_public_and_has_a_table():
    assert set(SMALL) == {recipe.generator for recipe in RECIPES.values()}
    assert set(SMALL) <= set(dir(synthetic))


@pytest.mark.parametrize("name", RECIPES)
def test_a_table_is_made_again_byte_for_byte(name):
    assert (FOLDER / f"{name}.csv").read_bytes() == as_text(name).encode()


def test_the_folder_holds_these_tables_alone_and_is_small():
    found = [path for path in FOLDER.iterdir() if path.suffix == ".csv"]
    assert {path.stem for path in found} == set(RECIPES)
    assert sum(path.stat().st_size for path in found) < MOST_BYTES
    named = re.findall(r"`(\w+)\.csv`", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert sorted(named) == sorted(RECIPES), "the page names every table once"
    seeds = {(recipe.generator, recipe.options["seed"]) for recipe in RECIPES.values()}
    assert len({seed for _, seed in seeds}) == len(seeds), "a seed belongs to one data set"


@pytest.mark.parametrize("name", RECIPES)
def test_a_header_says_the_call_the_truth_and_that_it_is_invented(name):
    lines = (FOLDER / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("#")]
    assert lines[: len(head)] == head
    assert "Invented" in head[1]
    assert any(line.startswith("# truth: ") for line in head)
    call = head[0].removeprefix("# ctresearch.data.")
    again = eval(call, {"synthetic": synthetic})  # the call in the header is Python, and gives the table
    read = pd.read_csv(io.StringIO("\n".join(lines)), comment="#")
    assert len(read) == len(again)
    assert [c for c in read.columns if c in again.columns] == list(again.columns)


@pytest.mark.slow
def test_the_command_writes_the_tables_and_lists_their_calls(tmp_path):
    from ctresearch.data.synthetic.__main__ import main

    main(["--write", str(tmp_path / "out")])
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"{name}.csv" for name in RECIPES}
    assert (tmp_path / "out" / "flows.csv").read_bytes() == (FOLDER / "flows.csv").read_bytes()
    listed = subprocess.run(
        [sys.executable, "-m", "ctresearch.data.synthetic"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""},
    ).stdout.splitlines()
    assert listed[0] == f"{next(iter(RECIPES))}.csv: {next(iter(RECIPES.values())).call}"
    assert len(listed) == len(RECIPES)


def test_an_unknown_table_is_refused():
    with pytest.raises(SpecificationError, match="name == 'weather'"):
        make("weather")
    assert Recipe("flows", {"seed": 1}).table == "frame"
