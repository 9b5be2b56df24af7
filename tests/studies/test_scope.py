"""Whom a file is about is said in the manifest, and reaches the notebook."""

import pytest

from ctresearch.core import Scope, SpecificationError
from ctresearch.studies import Run, Study
from ctresearch.studies.asked.identity import components, run_id
from ctresearch.studies.asked.inputs import resolve_inputs
from ctresearch.studies.asked.manifest import study_from_table


def study(folder, scope=None, source="lists.csv"):
    """Make a study of one file."""
    (folder / "lists.csv").write_text("A,B,count\n1,0,3\n")
    data = {"source": source, "level": "public"} | ({"scope": scope} if scope else {})
    return study_from_table({"title": "T", "notebook": "n", "seed": 1, "data": {"lists": data}}, folder)


def run_of(one: Study, folder):
    """Hand its data to a run, as the runner does."""
    return Run(one.name, {}, 1, True, {n: i.locator() for n, i in resolve_inputs(one).items()}, {}, folder)


def test_the_words_of_the_manifest_reach_the_notebook(tmp_path):
    words = {"population": "presumed victims", "reference_period": "2019 to 2021", "measure": "period"}
    assert run_of(study(tmp_path, words), tmp_path).scope("lists") == Scope(**words)


def test_what_is_left_out_reads_not_stated(tmp_path):
    assert run_of(study(tmp_path), tmp_path).scope("lists") == Scope()


def test_a_published_table_brings_its_own(tmp_path):
    run = run_of(study(tmp_path, source="published:korea"), tmp_path)
    assert "sexual slavery" in run.scope("lists").population
    with pytest.raises(SpecificationError, match="brings its own"):
        study(tmp_path, {"population": "others"}, source="published:korea")


@pytest.mark.parametrize("scope", [{"measure": "rate"}, {"people": "victims"}, {"population": " "}])
def test_unknown_words_are_refused(tmp_path, scope):
    with pytest.raises(SpecificationError, match="scope"):
        study(tmp_path, scope)


def test_other_words_make_another_run(tmp_path):
    ids = []
    for population in ("presumed victims", "identified victims"):
        one = study(tmp_path, {"population": population})
        ids.append(run_id(components(one, {"cells": []}, {}, resolve_inputs(one))))
    assert ids[0] != ids[1]
