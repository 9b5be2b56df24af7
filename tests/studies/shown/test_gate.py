"""Everything goes out by one door: at its level, with its counts, beside what others have seen before."""

import json
import shutil
import tomllib
from types import SimpleNamespace

import pandas as pd
import pytest

from ctresearch.core import DataError
from ctresearch.privacy import round_counts
from ctresearch.studies import Run
from ctresearch.studies.asked.manifest import SignedOverride, study_from_table
from ctresearch.studies.door.current import SAVED
from ctresearch.studies.shown import gate
from ctresearch.studies.shown.normalise import normalise_notebook, notebook_bytes
from small_project import ETHICS

TABLE = {"kind": "table", "level": "restricted"}
PROVENANCE = {"run_id": "ab", "study": "demo", "components": {"inputs": {}}, "outputs": {}}


def restricted(tmp_path, **outputs):
    data = {"cases": {"level": "restricted", "access": "ask the custodian"}}
    table = {"title": "T", "notebook": "n", "seed": 1, "data": data, "outputs": outputs, **tomllib.loads(ETHICS)}
    return study_from_table(table, tmp_path / "demo")


def public(tmp_path, references=("A report (2020)",), **outputs):
    table = {"title": "T", "notebook": "n", "seed": 1, "outputs": outputs, "cite": {"references": list(references)}}
    return study_from_table(table, tmp_path / "demo")


def run_with(tmp_path, *outputs, source="1 + 1"):
    folder = tmp_path / "0123456789abcdef"
    folder.mkdir()
    cell = {"cell_type": "code", "source": source, "metadata": {}, "execution_count": 1, "outputs": list(outputs)}
    (folder / "provenance.json").write_text(json.dumps(PROVENANCE))
    (folder / "notebook.ipynb").write_bytes(notebook_bytes(normalise_notebook({"cells": [cell], "metadata": {}}, "ab")))
    return [folder]


def printed(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


@pytest.mark.parametrize(
    ("promised", "judged"), [("public", "restricted"), ("restricted", "restricted"), ("record", "record")]
)
def test_data_about_people_are_never_judged_as_public(tmp_path, promised, judged):
    assert gate.effective_level(restricted(tmp_path, t=TABLE | {"level": promised}), "t") == judged
    assert gate.effective_level(public(tmp_path, t=TABLE | {"level": promised}), "t") == promised


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [([30, 40], "pass"), ([3, 40], "fail"), (None, "review"), ([[30, None], [40, 50]], "fail")],
)
def test_the_people_behind_each_cell_decide(tmp_path, counts, verdict):
    (tmp_path / "t.csv").write_text("group,share\na,0.25\nb,0.75\n")
    roles = {"group": {"role": "key", "label": "Group"}, "share": {"role": "model", "label": "Index"}}
    saved = {"t": {"kind": "table", "path": "t.csv", "counts": counts, "roles": roles}}
    assert gate.judge(restricted(tmp_path, t=TABLE), saved, tmp_path)["t"].verdict == verdict


def test_public_outputs_need_a_source(tmp_path):
    (tmp_path / "t.csv").write_text("group,share\na,0.25\n")
    saved = {"t": {"kind": "table", "path": "t.csv", "counts": None}}
    open_table = TABLE | {"level": "public"}
    assert gate.judge(public(tmp_path, t=open_table), saved, tmp_path)["t"].verdict == "pass"
    assert gate.judge(public(tmp_path, (), t=open_table), saved, tmp_path)["t"].verdict == "review"


def test_details_that_could_help_an_offender_wait_for_a_person(tmp_path):
    (tmp_path / "t.csv").write_text("group,share\na,0.25\n")
    saved = {"t": {"kind": "table", "path": "t.csv", "counts": [40]}}
    verdict = gate.judge(restricted(tmp_path, t=TABLE | {"operational_detail": True}), saved, tmp_path)["t"]
    assert (verdict.verdict, verdict.rule) == ("review", "operational_detail")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'a,b\n1,"2\n'])
def test_an_output_that_cannot_be_read_is_refused(tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DataError, match="'t' cannot be read back"):
        gate.judge(restricted(tmp_path, t=TABLE), {"t": {"kind": "table", "path": "t.csv", "counts": [40]}}, tmp_path)


def test_notebooks_are_judged_as_they_would_leave(tmp_path):
    folders = run_with(tmp_path, printed("write to someone@example.org\n"))
    refused = gate.judge_notebooks(public(tmp_path), folders, bare=False)
    assert list(refused) == ["notebook 0123456789abcdef"]
    assert "Cell 0, output 0" in next(iter(refused.values()))  # where to look
    assert "someone" not in json.dumps(refused)  # the message repeats nothing of what it protects
    assert gate.judge_notebooks(public(tmp_path), folders, bare=True) == {}


def evidence(**tables):
    return SimpleNamespace(tables=tables, provenance=PROVENANCE)


@pytest.mark.parametrize(("women", "refused"), [("120", False), ("122", True), ("140", False)])
def test_a_difference_of_a_few_people_from_what_was_seen_before_is_refused(tmp_path, women, refused):
    study = restricted(tmp_path, t=TABLE)
    before = [{"t": [["sex", "people"], ["Woman", "120"], ["Man", "40"]]}]
    now = evidence(t=[["sex", "people"], ["Woman", women], ["Man", "40"]])
    assert bool(gate.judge_differences(study, [now], before)) is refused
    assert gate.judge_differences(study, [now], before, without=["t"]) == {}
    assert gate.judge_differences(public(tmp_path, t=TABLE), [now], before) == {}
    signed = {"output": "t", "rule": "differencing", "reason": "the first table was never read", "name": "A. Custodian"}
    overridden = study.model_copy(update={"overrides": [SignedOverride(**signed)]})
    assert gate.judge_differences(overridden, [now], before) == {}


def test_tables_of_earlier_bundles_are_found_once(publication, tmp_path):
    shutil.copytree(publication.bundle.parent, tmp_path / "r")
    study = SimpleNamespace(name="demo")
    tables = gate.released_tables(study, [tmp_path / "r", tmp_path / "r", tmp_path / "no such folder"])
    assert [list(one) for one in tables] == [["table"]]
    assert tables[0]["table"][0] == ["list", "people", "share"]
    assert gate.released_tables(SimpleNamespace(name="other"), [tmp_path / "r"]) == []


@pytest.mark.parametrize(("touched", "status"), [(False, "pass"), (True, "review")])
def test_a_rounded_table_keeps_its_seal_through_a_run(tmp_path, touched, status):
    counts = pd.DataFrame({"n": [121, 7]}, index=pd.Index(["Woman", "Man"], name="sex"))
    table = round_counts(counts, base=3).table
    if touched:
        table["pregnant"] = [3, 1]  # true counts beside rounded ones
    run = Run("demo", {}, 1, True, {}, {"t": "table"}, tmp_path)
    run.save("t", table, counts=[20])
    saved = json.loads((tmp_path / SAVED).read_text())
    assert gate.judge(restricted(tmp_path, t=TABLE), saved, tmp_path)["t"].verdict == status
