"""A run decided before it is made: what its id is made from, in which order a grid runs, and what is handed on."""

import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies import load_study
from ctresearch.studies.asked import identity
from ctresearch.studies.base.errors import IntegrityError, NotebookError
from ctresearch.studies.kept.record import file_hashes
from ctresearch.studies.kept.store import Store
from ctresearch.studies.running import build, run, workers
from ctresearch.studies.running import plan as plan_module
from ctresearch.studies.running.build import Options, Outcome
from ctresearch.studies.running.plan import plan_runs
from ctresearch.studies.running.pool import Done, Event, Lost
from small_project import ETHICS, HEAD, RESTRICTED, SAVE, TOML, make_project

GRID = TOML.replace(
    "[outputs]", 'word = { type = "str", value = "w", of_the_data = true }\n\n[grid]\nn = [5, 2]\n\n[outputs]'
)


@pytest.fixture
def quick(monkeypatch):
    """Leave out what takes long to find: the packages there are, and the hash of this one."""
    monkeypatch.setattr(identity, "installed", lambda extras: {"p": "1", **dict.fromkeys(extras, "2")})
    monkeypatch.setattr(identity, "source_hash", lambda: "s")


def test_the_runs_of_a_grid_share_all_but_their_parameters(quick, tmp_path):
    study = load_study(make_project(tmp_path, toml=GRID.replace("seed = 7", 'seed = 7\nextras = ["ml"]')))
    plans = plan_runs(study)
    assert [one.parameters for one in plans] == [{"n": 5, "word": "w"}, {"n": 2, "word": "w"}]
    assert [one.label for one in plans] == ["demo n=5", "demo n=2"]
    first, second = (dict(one.components) for one in plans)
    assert list(first) == list(second)
    assert (first.pop("parameters"), second.pop("parameters")) == ({"n": 5, "word": "w"}, {"n": 2, "word": "w"})
    assert first == second
    assert first["packages"] == {"p": "1", "ml": "2"}
    assert (first["seed"], first["source"], first["inputs"]) == (7, "s", {})
    assert "modules" not in first
    for one in plans:
        assert one.components["parameters"] == one.parameters
        assert one.run_id == identity.run_id(one.components)
        assert one.folder == tmp_path / "runs" / "demo" / one.run_id[:16]
        assert (one.study, one.modules, one.inputs) == (study, {}, {})
        assert [cell["source"] for cell in one.notebook["cells"]] == [HEAD, SAVE]


def test_what_is_given_takes_the_place_of_a_grid(quick, tmp_path, monkeypatch):
    make_project(tmp_path, toml=GRID)
    monkeypatch.chdir(tmp_path)
    (only,) = plan_runs("demo", {"n": 9}, out=Path("elsewhere"))
    assert (only.parameters, only.label) == ({"n": 9, "word": "w"}, "demo n=9")
    assert only.store.folder == tmp_path / "elsewhere" / "demo"
    with pytest.raises(SpecificationError, match="n == 101, must be int, 1 to 100"):
        plan_runs("demo", {"n": 101})


def test_data_and_modules_are_handed_on(quick, tmp_path, monkeypatch):
    folder = make_project(tmp_path, toml=GRID + '\n[code]\nhelper = "helper.py"\n')
    (folder / "helper.py").write_bytes(b"X = 1\n")
    asked = []
    monkeypatch.setattr(
        plan_module, "resolve_data", lambda *given, **more: asked.append((*given, more)) or {"lists": replaced}
    )
    replaced = SimpleNamespace(replaced=("title",), record=lambda: {"digest": "d"})
    monkeypatch.setattr(plan_module, "on_its_data", lambda study, inputs: asked.append(inputs) or study)
    study = load_study(folder)
    plans = plan_runs(study, data={"lists": "f.csv"}, root=tmp_path, look=True)
    assert asked[0][0] is study
    assert asked[0][1] == {"lists": "f.csv"}
    assert (asked[0][2].root, asked[0][3]) == (tmp_path, {"look": True})
    assert asked[1] == {"lists": replaced}
    assert [one.parameters for one in plans] == [{"n": 5, "word": ""}, {"n": 2, "word": ""}]  # words of other data
    assert plans[0].modules == {"helper": b"X = 1\n"}
    assert plans[0].components["inputs"] == {"lists": {"digest": "d"}}
    assert set(plans[0].components["modules"]) == {"helper"}
    (said,) = plan_runs(study, {"word": "mine", "n": 1})
    assert asked[2][3] == {"look": False}
    assert said.parameters["word"] == "mine"


def test_terms_of_use_are_held_to_the_day(quick, tmp_path, monkeypatch):
    study = load_study(make_project(tmp_path, toml=TOML + RESTRICTED + ETHICS))
    days = []
    monkeypatch.setattr(type(study.ethics), "refuse_expired", lambda self, day: days.append(day))
    with pytest.raises(SpecificationError, match=r"data.cases has no source"):
        plan_runs(study)
    assert abs(days[0] - dt.datetime.now(dt.UTC).date()) <= dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("metadata", "refused"),
    [
        ({}, None),
        ({"kernelspec": {}}, None),
        ({"kernelspec": {"language": "python"}}, None),
        ({"kernelspec": {"language": "R"}}, "is a notebook in 'R', must be one in 'python'"),
    ],
)
def test_a_notebook_is_in_python(metadata, refused):
    notebook = {"metadata": metadata, "cells": [{"cell_type": "code", "source": "1"}]}
    if refused is None:
        plan_module._refuse_non_python(Path("n.ipynb"), notebook)
    else:
        with pytest.raises(SpecificationError, match=refused):
            plan_module._refuse_non_python(Path("n.ipynb"), notebook)
    cells = [{"cell_type": "markdown", "source": "words"}, {"cell_type": "code", "source": " \n"}]
    with pytest.raises(SpecificationError, match=r"^n\.ipynb has no code cell"):
        plan_module._refuse_non_python(Path("n.ipynb"), {"cells": cells})


def test_a_cell_that_papermill_left_is_refused_wherever_it_stands():
    plain = [
        {},
        {"metadata": None},
        {"metadata": {"tags": "injected-parameters"}},
        {"metadata": {"tags": ["parameters"]}},
    ]
    plan_module._refuse_injected(Path("n.ipynb"), {"cells": plain})
    injected = {"metadata": {"tags": ["a", "injected-parameters"]}}
    with pytest.raises(SpecificationError, match=r"^n\.ipynb holds a cell of parameters that papermill injected"):
        plan_module._refuse_injected(Path("n.ipynb"), {"cells": [*plain, injected]})


def one_plan(store, *, replaced=None, parameters=None, **more):
    study = SimpleNamespace(name="demo", parameter_sets=lambda: [{"n": 1}])
    inputs = {"lists": SimpleNamespace(replaced=replaced)}
    return SimpleNamespace(study=study, store=store, inputs=inputs, parameters=parameters or {"n": 1}, **more)


@pytest.mark.parametrize(("given", "own"), [({}, True), ({"replaced": ()}, False), ({"parameters": {"n": 2}}, False)])
def test_runs_are_the_studys_own_with_its_data_and_its_parameters(given, own):
    assert run._are_own([one_plan(None, **given)]) is own


def test_a_study_of_one_run_is_read_back_and_a_grid_is_not_run_by_it(monkeypatch, tmp_path):
    asked, failed = [], []
    plans = [SimpleNamespace(folder=tmp_path, study=SimpleNamespace(name="demo"))]
    monkeypatch.setattr(run, "plan_runs", lambda *given: asked.append(given) or plans)
    monkeypatch.setattr(
        run, "run_plans", lambda those, *, force: [Outcome(those[0], error=failed[0] if failed else None)] * force
    )
    monkeypatch.setattr(run.RunRecord, "open", lambda folder: f"record in {folder}")
    given = ("demo", {"n": 1}, {"lists": "f"}, tmp_path)
    assert run.run_study(*given, force=True) == f"record in {tmp_path}"
    assert asked == [given]
    failed.append(NotebookError("cell 1 of 1: it broke"))
    with pytest.raises(NotebookError, match="it broke"):
        run.run_study(*given, force=True)
    plans *= 3
    with pytest.raises(SpecificationError, match=r"^demo is a grid of 3 runs: use run_plans"):
        run.run_study("demo")


def test_what_stands_is_read_where_all_of_it_is_whole(monkeypatch, tmp_path):
    plans = [SimpleNamespace(folder=tmp_path / "a", whole=True), SimpleNamespace(folder=tmp_path / "b", whole=True)]
    monkeypatch.setattr(build, "is_whole", lambda plan: plan.whole)
    monkeypatch.setattr(run, "from_folder", lambda folder: folder.name)
    assert run.standing(plans) == ["a", "b"]
    plans[1].whole = False
    assert run.standing(plans) is None


def kept_run(folder, **components):
    folder.mkdir(parents=True)
    record = {"run_id": "r", "study": "demo", "components": components, "outputs": file_hashes(folder)}
    (folder / "provenance.json").write_text(json.dumps(record))


def test_why_a_run_is_made_is_said_by_the_run_that_is_nearest(tmp_path):
    store = Store(tmp_path)
    new = one_plan(store, run_id="a" * 64, folder=tmp_path / ("a" * 16), components={"python": "3.12", "seed": 2})
    assert run.why_new(new) == ["the study has not been run before"]
    store.set_latest(["b" * 64, "c" * 64, "d" * 64])  # the last of them is gone
    kept_run(tmp_path / ("b" * 16), python="3.11", seed=1)
    kept_run(tmp_path / ("c" * 16), python="3.12", seed=1)
    assert run.why_new(new) == ["seed: 1 -> 2"]
    kept_run(new.folder, python="3.12", seed=2)
    assert run.why_new(new) == []
    (new.folder / "stray.txt").touch()
    assert run.why_new(new) == ["its outputs are not whole: stray.txt was added"]
    store.refute("a" * 64, [])
    assert run.why_new(new) == ["it was refuted: made again, it gave other bytes in its files"]
    store.refute("a" * 64, list("uvwxyz"))
    assert run.why_new(new) == ["it was refuted: made again, it gave other bytes in u, v, w, x, y"]


def test_workers_are_told_what_to_do_and_tell_what_was_done(monkeypatch):
    plans = [SimpleNamespace(label="demo n=1"), SimpleNamespace(label="demo n=2")]
    done, seen, heard = Outcome(plans[0]), {}, []

    class Pool:
        def __init__(self, work, jobs):
            seen.update(work=work, jobs=jobs)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            seen["left"] = True

        def results(self, tasks):
            seen["tasks"] = tasks
            yield plans[0], Event("a cell")
            yield plans[0], Done(done)
            yield plans[1], Lost(3, -9)

    monkeypatch.setattr(workers, "Pool", Pool)
    first, second = workers.run_in_processes(plans, 2, Options(force=True), lambda *given: heard.append(given))
    assert first is done
    assert heard == [(plans[0], "a cell")]
    assert second.plan is plans[1]
    assert str(second.error) == "demo n=2: 3 workers died at it (exit code -9)"
    assert (seen["jobs"], seen["tasks"], seen["left"]) == (2, plans, True)
    assert seen["work"].func is workers.one_run
    assert seen["work"].args == (Options(force=True),)
    assert len(list(workers.run_in_processes(plans, 2, Options(), None))) == 2  # nobody listens


def test_a_worker_sends_what_happens_at_its_run(monkeypatch):
    sent = []

    def run_plan(plan, options, listen):
        listen(plan, "a cell")
        return plan, options

    monkeypatch.setattr(workers, "run_plan", run_plan)
    assert workers.one_run(Options(), "a plan", sent.append) == ("a plan", Options())
    assert sent == ["a cell"]


def test_one_run_that_failed_leaves_the_latest_as_they_were():
    told = []
    store = SimpleNamespace(set_latest=told.append)
    plans = [one_plan(store, run_id="r1")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_outcomes", lambda plans, *_: [Outcome(plans[0], error=IntegrityError("other bytes came"))])
        assert [one.plan for one in run.run_plans(plans)] == plans
        assert told == []
        patch.setattr(run, "_outcomes", lambda plans, *_: [Outcome(plans[0])])
        list(run.run_plans(plans))
    assert told == [["r1"]]
