"""What a notebook is given, and what it may save."""

import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace

import matplotlib.figure
import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, Result, SpecificationError, estimates_table, say
from ctresearch.studies import Run, current_run
from ctresearch.studies.door.current import kind_of, read_saved, write_run_file

PROMISED = {"t": "table", "f": "figure", "e": "estimate", "notes": "file"}


@pytest.fixture
def run(tmp_path):
    return Run("demo", {"n": 3}, 7, False, {"cases": {"path": str(tmp_path / "c.csv")}}, PROMISED, tmp_path / "out")


@pytest.fixture(autouse=True)
def _folder(tmp_path):
    (tmp_path / "out").mkdir()


def test_the_kernel_reads_what_the_runner_wrote(tmp_path, monkeypatch):
    parameters = {"n": 3, "x": 0.1, "day": dt.date(2013, 1, 31), "lists": ("A", "B"), "name": "é"}
    write_run_file(tmp_path / "run.json", study="demo", parameters=parameters, seed=7, locators={}, promised=PROMISED)
    monkeypatch.setenv("CTRESEARCH_RUN_FILE", str(tmp_path / "run.json"))
    monkeypatch.setenv("CTRESEARCH_RUN_DIR", str(tmp_path / "out"))
    run = current_run("whatever")
    assert dict(run.parameters) == parameters | {"lists": ["A", "B"]}
    assert (run.study, run.seed, run.scratch, run.folder) == ("demo", 7, False, tmp_path / "out")
    with pytest.raises(TypeError):
        run.parameters["n"] = 4


def test_each_kind_of_output_has_its_place(run, tmp_path):
    figure = matplotlib.figure.Figure()
    result = Result(method="m", estimates=estimates_table({"population": (1 / 3, np.nan, 0.1, 0.9)}), n=3)
    (tmp_path / "notes.md").write_text("é")
    run.save("t", pd.DataFrame({"a": [1, 2]}), counts=[[12], [np.nan]])
    run.save("f", figure.add_subplot(), counts=np.array([5]))
    run.save("e", result, counts=2744)
    run.save("notes", tmp_path / "notes.md")
    saved = read_saved(run.folder)
    assert {name: entry["path"] for name, entry in saved.items()} == {
        "t": "tables/t.csv",
        "f": "figures/f.svg",
        "e": "estimates/e.json",
        "notes": "files/notes.md",
    }
    assert [entry["counts"] for entry in saved.values()] == [[[12.0], [None]], [5.0], 2744.0, None]
    assert all((run.folder / entry["path"]).is_file() for entry in saved.values())
    kept = json.loads((run.folder / "estimates" / "e.json").read_text())
    assert Result.from_dict(kept) == result  # to the last bit


def test_a_verdict_travels_with_its_estimate_and_its_reason_only_without_figures(run):
    result = Result(method="m", estimates=estimates_table({"population": (1 / 3, np.nan, 0.1, 0.9)}), n=3)
    plain = SimpleNamespace(status="with care", reason=say("Lists seem to repel one another."))
    counted = SimpleNamespace(status="do not quote", reason=say("{n} people are on both lists.", n=3))
    again = Run("demo", {}, 7, True, {}, PROMISED, run.folder)
    again.save("e", result, counts=2744, trust=plain)
    assert read_saved(run.folder)["e"]["trust"] == {
        "status": "with care",
        "reason": "Lists seem to repel one another.",
    }
    again.save("e", result, counts=2744, trust=counted)
    assert read_saved(run.folder)["e"]["trust"] == {"status": "do not quote"}
    with pytest.raises(SpecificationError, match="'t' is a table, trust= is for estimates"):
        again.save("t", pd.DataFrame({"a": [1]}), trust=plain)
    assert "t" not in read_saved(run.folder)


def test_only_what_is_promised_can_be_saved_and_only_once(run):
    with pytest.raises(SpecificationError, match=r"output == 'u' is not promised by 'demo', it promises t, f"):
        run.save("u", pd.DataFrame({"a": [1]}))
    with pytest.raises(SpecificationError, match=r"'f' is a table, but study.toml promises a figure"):
        run.save("f", pd.DataFrame({"a": [1]}))
    run.save("t", pd.DataFrame({"a": [1]}))
    with pytest.raises(SpecificationError, match="saved a second time"):
        run.save("t", pd.DataFrame({"a": [1]}))


@pytest.mark.parametrize(
    ("name", "thing", "counts", "says"),
    [
        ("t", [1, 2], None, "is a list, must be a DataFrame"),
        ("t", pd.DataFrame({"a": [1]}), ["many"], "must be numbers of people"),
        ("t", pd.DataFrame({"a": [1]}), [-1], "not negative"),
        ("notes", Path("no such file"), None, "is not a file"),
    ],
)
def test_what_cannot_be_saved_is_refused_and_leaves_nothing(run, name, thing, counts, says):
    with pytest.raises(DataError, match=says):
        run.save(name, thing, counts=counts)
    assert read_saved(run.folder) == {}
    assert not [path for path in run.folder.rglob("*") if path.is_file()]


def test_data_are_handed_out_by_name(run, tmp_path):
    assert run.data("cases") == tmp_path / "c.csv"
    with pytest.raises(SpecificationError, match="data == 'case' is not an input of 'demo', must be one of cases"):
        run.data("case")


def test_a_table_is_a_table_whatever_its_columns_are_called(run):
    table = pd.DataFrame({"savefig": [1], "estimates": [2], "to_dict": [3]})
    assert kind_of("t", table) == "table"


def test_outputs_that_differ_by_case_alone_are_refused_at_the_second(tmp_path):
    run = Run("demo", {}, 7, False, {}, {"t": "file", "T": "file"}, tmp_path / "out")
    (tmp_path / "notes.txt").write_text("notes")
    run.save("t", tmp_path / "notes.txt", counts=[20])
    with pytest.raises(SpecificationError, match="'t' and 'T' differ by case alone"):
        run.save("T", tmp_path / "notes.txt", counts=[20])
    assert list(read_saved(run.folder)) == ["t"]


@pytest.mark.parametrize("ending", [".a b", ".é", ".b:c", ".x\\y", "." + "x" * 33])
def test_a_file_whose_ending_no_bundle_takes_is_refused_when_it_is_saved(run, tmp_path, ending):
    (tmp_path / f"notes{ending}").write_text("notes")
    with pytest.raises(DataError, match="a bundle does not take") as caught:
        run.save("notes", tmp_path / f"notes{ending}", counts=[20])
    assert ending not in str(caught.value)
    assert read_saved(run.folder) == {}
