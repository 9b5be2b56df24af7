"""The id of a run changes with everything that went in, and with nothing else."""

import copy
import json
import warnings

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies import Study, load_study
from ctresearch.studies.asked import identity
from ctresearch.studies.asked.manifest import Author, Cite, DataInput, Limits, Output, SignedOverride
from ctresearch.studies.running.plan import plan_runs
from small_project import HEAD, SAVE, TOML, make_project, notebook

DATA = '\n[data.lists]\nlevel = "public"\nsource = "lists.csv"\n'


def plan(tmp_path, toml=TOML + DATA, parameters=None):
    folder = tmp_path / "studies" / "demo"
    (folder / "study.toml").write_text(toml)
    return plan_runs(folder, parameters)[0]


@pytest.fixture
def project(tmp_path):
    folder = make_project(tmp_path, "# Title", HEAD, SAVE)
    (folder / "lists.csv").write_text("A\n1\n")
    return tmp_path


def change_notebook(root, change):
    path = root / "notebooks" / "demo.ipynb"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_the_same_inputs_are_the_same_run(project):
    assert plan(project).run_id == plan(project).run_id


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda root: change_notebook(root, lambda nb: nb["cells"][1].update(source=HEAD + "\n")), "a code cell"),
        (
            lambda root: change_notebook(root, lambda nb: nb["cells"][0].update(source="# Other")),
            "the text of the notebook",
        ),
        (lambda root: (root / "studies/demo/lists.csv").write_text("A\n2\n"), "input lists: lists.csv"),
    ],
)
def test_code_prose_and_data_change_the_id(project, change, says):
    old = plan(project)
    change(project)
    new = plan(project)
    assert old.run_id != new.run_id
    sentences = identity.explain(old.components, new.components)
    assert len(sentences) == 1
    assert sentences[0].startswith(says)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("seed = 7", "seed = 8", "seed: 7 -> 8"),
        ("value = 3", "value = 4", "parameter n: 3 -> 4"),
        ("A small", "Another", "title, authors, promised outputs, citation or terms in study.toml changed"),
    ],
)
def test_the_manifest_changes_the_id(project, old, new, says):
    before, after = plan(project), plan(project, (TOML + DATA).replace(old, new))
    assert before.run_id != after.run_id
    assert identity.explain(before.components, after.components) == [says]


SAID = {
    "name": "another",
    "title": "Another",
    "description": "What it is about",
    "authors": [Author(name="A. Author")],
    "outputs": {"t": Output(kind="file", level="public", rtol=1e-3)},
    "ethics": "other terms",
    "cite": Cite(references=["A report (2020)"]),
    "overrides": [SignedOverride(output="t", rule="threshold", reason="printed in a report", name="A. Custodian")],
    "policy": "policy.toml",
    "data": {"lists": DataInput(source="lists.csv", level="public", scope={"population": "potential victims"})},
}
ELSEWHERE = {  # part of another component, or of none that could change what comes out
    "folder": "elsewhere",
    "notebook": "other",
    "seed": 8,
    "extras": ["cluster"],
    "parameters": {},
    "grid": {"n": [1, 2]},
    "code": {"helper": "helper.py"},
    "limits": Limits(minutes=1),
}


@pytest.mark.parametrize("field", Study.model_fields)
def test_each_word_of_the_manifest_that_readers_meet_is_part_of_the_run(tmp_path, field):
    (tmp_path / "policy.toml").write_text("owner = 'a shelter'\n")
    study = Study(name="demo", folder=tmp_path, title="T", notebook="n", seed=7, data={"lists": DataInput()})
    assert SAID.keys() | ELSEWHERE.keys() == Study.model_fields.keys()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # terms that are a word stand for terms
        before, after = (
            identity.written(one, {"cells": []})
            for one in (study, study.model_copy(update={field: (SAID | ELSEWHERE)[field]}))
        )
    changed = {part for part in before if before[part] != after[part]}
    assert changed == ({"manifest"} if field in SAID else {"seed"} if field == "seed" else set())


def test_packages_python_and_source_change_the_id(project, monkeypatch):
    before = plan(project)
    installed = identity.installed()
    monkeypatch.setattr(identity, "installed", lambda extras=(): {**installed, "numpy": "0.0.1"})
    monkeypatch.setattr(identity, "source_hash", lambda: "0" * 64)
    after = plan(project)
    assert before.run_id != after.run_id
    found = identity.explain(before.components, after.components)
    assert found == ["the source of ctresearch changed", f"package numpy: {installed['numpy']} -> 0.0.1"]


def test_outputs_metadata_help_and_order_of_keys_do_not(project):
    before = plan(project).run_id

    def disturb(nb):
        nb["metadata"] = {"kernelspec": {"name": "elsewhere", "display_name": "E", "language": "python"}}
        nb["cells"][1] |= {"outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}], "execution_count": 9}
        nb["cells"][1]["metadata"] = {"tags": ["a"], "collapsed": True}

    change_notebook(project, disturb)
    assert plan(project, (TOML + DATA).replace("how often", "how many times")).run_id == before


def test_a_value_given_is_a_value_declared(project):
    declared = plan(project, (TOML + DATA).replace("value = 3", "value = 5"))
    assert plan(project, parameters={"n": 5}).run_id == declared.run_id


def test_line_ends_of_another_system_are_no_change():
    one = notebook(HEAD)
    two = copy.deepcopy(one)
    two["cells"][0]["source"] = HEAD.replace("\n", "\r\n")
    assert identity._cells_digest(one, "code") == identity._cells_digest(two, "code")


def test_extras_a_study_uses_must_exist_and_be_installed(tmp_path):
    folder = make_project(tmp_path, toml=TOML.replace("seed = 7", 'seed = 7\nextras = ["no-such"]'))
    with pytest.raises(SpecificationError, match="extras == 'no-such', must be one of"):
        plan_runs(load_study(folder))
    assert set(identity.installed()) < set(identity.installed(("cluster",)))


@pytest.mark.parametrize("content", ["", "{}", '{"nbformat": 3, "cells": []}', '{"nbformat": 4, "cells": [{}]}', "[]"])
def test_what_is_no_notebook_is_refused(tmp_path, content):
    path = tmp_path / "n.ipynb"
    path.write_text(content)
    with pytest.raises(SpecificationError, match="is not a notebook of format 4"):
        identity.notebook_content(path)
