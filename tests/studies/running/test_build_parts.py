"""Parts of the making of a run, one by one: what its kernel is given, what is kept of a failure, and what is refused."""

import errno
import json
import math
import os
import platform
import socket
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.studies import RunRecord
from ctresearch.studies.asked.manifest import Limits
from ctresearch.studies.base.errors import IntegrityError, NotebookError, NotebookInputError
from ctresearch.studies.kept.record import file_hashes
from ctresearch.studies.kept.store import Store
from ctresearch.studies.kernel.seal import Seal
from ctresearch.studies.running import build
from ctresearch.studies.running.build import Options, run_plan
from ctresearch.studies.shown import contract, crate, report, results

RUN = "ab" * 32
HERE = RUN[:16]


def an_input(path=None, *, shown=True, content=None, digest="d", now="d"):
    """Data of a run; what is not for everybody is not ``shown``."""
    return SimpleNamespace(
        path=path,
        content=content,
        digest=digest,
        for_everybody=shown,
        level="public" if shown else "restricted",
        replaced=None,
        current_digest=lambda: now,
        locator=lambda folder, *, copy: {"path": str(path), "folder": str(folder), "copy": copy},
    )


def a_plan(root, *, inputs=None, outputs=("t",), **changed):
    """A plan of a run that nothing has made yet."""
    study = SimpleNamespace(
        name="demo",
        folder=root / "studies" / "demo",
        seed=7,
        outputs={name: SimpleNamespace(kind="file") for name in outputs},
        extras=["ml"],
        limits=Limits(minutes=3.0),
        owner_policy=None,
    )
    store = Store(root / "runs" / "demo")
    store.folder.mkdir(parents=True, exist_ok=True)
    parts = {"parameters": {"n": 3}, "source": "s", "packages": {"p": "1"}}
    made = {
        "study": study,
        "notebook": {"cells": []},
        "parameters": {"n": 3},
        "inputs": inputs or {},
        "components": parts,
        "store": store,
        "modules": {},
        "run_id": RUN,
        "folder": store.run_folder(RUN),
        "label": "demo n=3",
    }
    return SimpleNamespace(**(made | changed))


def finished(plan, folder=None, **files):
    """Leave a run that stands, whose outputs are these."""
    place = folder or plan.folder
    place.mkdir(parents=True, exist_ok=True)
    for name, text in (files or {"t.txt": "3"}).items():
        (place / name).write_text(text)
    record = {"run_id": RUN, "study": "demo", "components": {}, "outputs": file_hashes(place)}
    (place / "provenance.json").write_text(json.dumps(record))
    return place


@pytest.mark.parametrize(("left", "minutes"), [(math.inf, 3.0), (600.0, 3.0), (60.0, 1.0), (-5.0, 0.001)])
def test_a_run_has_the_minutes_of_its_study_as_far_as_the_time_allows(monkeypatch, left, minutes):
    monkeypatch.setattr(build.time, "monotonic", lambda: 1000.0)
    limits = Limits(minutes=3.0, memory_mb=100)
    assert Options(until=1000.0 + left).within(limits) == Limits(minutes=minutes, memory_mb=100)


def test_what_is_made_takes_its_time_and_its_seal(monkeypatch, tmp_path):
    plan, clock = a_plan(tmp_path), iter([10.0, 12.5])
    asked = []
    seal = Seal("landlock", 6)
    monkeypatch.setattr(build.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(build, "_build", lambda *given: asked.append(given) or seal)
    listen = lambda *_: None  # noqa: E731
    found = run_plan(plan, Options(), listen)
    assert (found.plan, found.reused, found.error, found.seconds, found.seal) == (plan, False, None, 2.5, seal)
    assert asked == [(plan, Options(), listen)]


def test_what_stands_is_taken_and_with_force_made_again(monkeypatch, tmp_path):
    plan, asked = a_plan(tmp_path), []
    finished(plan)
    monkeypatch.setattr(build, "_build", lambda *given: asked.append(given))
    found = run_plan(plan, Options())
    assert (found.reused, found.error, found.seal, asked) == (True, None, None, [])
    found = run_plan(plan, Options(force=True))
    assert (found.reused, found.error) == (False, None)
    assert asked == [(plan, Options(force=True), None)]


def test_a_run_that_was_refuted_is_neither_taken_nor_made(monkeypatch, tmp_path):
    plan = a_plan(tmp_path)
    finished(plan)
    plan.store.refute(RUN, [f"{n}.csv" for n in range(7)])
    monkeypatch.setattr(build, "_build", lambda *_: pytest.fail("made"))
    error = run_plan(plan, Options(force=True)).error
    assert isinstance(error, IntegrityError)
    assert (
        f"demo n=3 was refuted: made again, run {HERE} gave other bytes in 0.csv, 1.csv, 2.csv, 3.csv, 4.csv, so"
        in (str(error))
    )
    assert f"delete {plan.folder} and {HERE}.refuted.json" in str(error)
    plan.store.mark_of(RUN).write_text("{}")
    assert "gave other bytes in its files, so" in str(run_plan(plan, Options()).error)


@pytest.mark.parametrize("known", [True, False])
def test_what_a_run_fails_by_is_its_outcome(monkeypatch, tmp_path, known):
    plan = a_plan(tmp_path, inputs={"cases": an_input(shown=not known)})
    raised = [DataError("the data are not as they were declared"), OSError(errno.ENOSPC, "No space left", "/full/disk")]

    def fail(*_):
        raise raised[0]

    monkeypatch.setattr(build, "_build", fail)
    found = run_plan(plan, Options())
    assert found.error is raised.pop(0)
    assert found.error.__traceback__ is None  # which would hold on to the data
    refused = run_plan(plan, Options()).error
    assert type(refused) is SpecificationError
    assert "demo n=3: cannot write or read /full/disk: No space left; nothing was kept" in str(refused)
    raised[0] = OSError("odd")
    assert "demo n=3: cannot write or read: odd; nothing was kept" in str(run_plan(plan, Options()).error)
    raised[0] = ZeroDivisionError("Fatima")
    if known:
        told = str(run_plan(plan, Options()).error)
        assert "Fatima" not in told
        assert "demo n=3: ZeroDivisionError in build.py, line " in told
        assert build._BY_HAND in told
    else:
        with pytest.raises(ZeroDivisionError, match="Fatima"):
            run_plan(plan, Options())


def test_a_fault_outside_of_the_package_has_no_line_of_it(tmp_path):
    error = ZeroDivisionError("Fatima")
    told = build._withheld(a_plan(tmp_path), error)
    assert type(told) is NotebookError
    assert "demo n=3: ZeroDivisionError while its outputs were written" in str(told)


@pytest.mark.parametrize("other", ["id", "bytes", "none", "damaged"])
def test_a_run_is_whole_only_with_its_id_and_its_bytes(tmp_path, other):
    plan = a_plan(tmp_path)
    finished(plan)
    assert build.is_whole(plan)
    if other == "id":
        plan.run_id = "cd" * 32
    elif other == "bytes":
        (plan.folder / "t.txt").write_text("4")
    elif other == "none":
        (plan.folder / "provenance.json").unlink()
    else:
        (plan.folder / "provenance.json").write_text("{")
    assert not build.is_whole(plan)


@pytest.fixture
def made(monkeypatch):
    """Execute nothing, and write an output in place of it; the calls are noted."""
    asked = []

    def execute(plan, folder, options, listen, *, elsewhere):
        asked.append((folder, options, listen, elsewhere))
        finished(plan, folder, **made.files)
        return "sealed"

    made = SimpleNamespace(asked=asked, files={"t.txt": "3"})
    monkeypatch.setattr(build, "_execute", execute)
    monkeypatch.setattr(build, "_refuse_other_environment", asked.append)
    return made


def test_a_first_run_is_moved_into_its_place(made, tmp_path):
    plan = a_plan(tmp_path)
    assert build._build(plan, Options(), None) == "sealed"
    assert made.asked[0] is plan
    folder, options, listen, elsewhere = made.asked[1]
    assert (folder.parent, options, listen, elsewhere) == (plan.store.folder, Options(), None, False)
    assert folder.name.startswith(f".build-{HERE}-")
    assert RunRecord.open(plan.folder).problems() == []
    assert [one.name for one in plan.store.folder.iterdir()] == [HERE]


def test_a_run_made_again_is_made_elsewhere_and_the_first_one_stays(made, tmp_path):
    plan = a_plan(tmp_path)
    finished(plan)
    before = (plan.folder / "t.txt").stat().st_ino
    assert build._build(plan, Options(force=True), None) == "sealed"
    assert made.asked[1][3] is True
    assert (plan.folder / "t.txt").stat().st_ino == before
    assert [one.name for one in plan.store.folder.iterdir()] == [HERE]


def test_restricted_data_are_never_copied_elsewhere(made, tmp_path):
    plan = a_plan(tmp_path, inputs={"cases": an_input(shown=False), "lists": an_input()})
    finished(plan)
    build._build(plan, Options(force=True), None)
    assert made.asked[1][3] is False


def test_a_damaged_run_gives_way_and_other_bytes_refute_both(made, tmp_path):
    plan = a_plan(tmp_path)
    finished(plan)
    (plan.folder / "t.txt").write_text("damaged")
    build._build(plan, Options(), None)
    assert (plan.folder / "t.txt").read_text() == "3"
    assert (plan.store.folder / "failed" / f"{HERE}-damaged" / "t.txt").read_text() == "damaged"
    made.files = {"t.txt": "4", **{f"u{n}.txt": "" for n in range(6)}}
    with pytest.raises(IntegrityError, match=r"in t\.txt, u0\.txt, u1\.txt, u2\.txt, u3\.txt: ") as caught:
        build._build(plan, Options(force=True), None)
    aside = plan.store.folder / "failed" / f"{HERE}-other-bytes"
    assert str(caught.value).startswith("demo made again gave other bytes in")
    assert str(caught.value).endswith(f"the new one is in {aside}")
    assert (aside / "t.txt").read_text() == "4"
    assert (plan.folder / "t.txt").read_text() == "3"
    assert plan.store.refuted(RUN) == ["t.txt", *(f"u{n}.txt" for n in range(6))]


def test_what_fails_leaves_no_build(monkeypatch, made, tmp_path):
    plan = a_plan(tmp_path)

    def fail(*_, **__):
        raise NotebookError("cell 1 of 1 went wrong")

    monkeypatch.setattr(build, "_execute", fail)
    with pytest.raises(NotebookError):
        build._build(plan, Options(), None)
    assert list(plan.store.folder.iterdir()) == []


@pytest.mark.parametrize("hidden", [False, True])
def test_a_failed_run_leaves_its_notebook_and_its_log_alone(tmp_path, hidden):
    plan = a_plan(tmp_path, inputs={"cases": an_input(shown=not hidden)})
    folder = plan.store.new_build(RUN)
    (folder / "tables").mkdir()
    (folder / "tables" / "t.csv").write_text("Fatima")
    (folder / "u.csv").write_text("Fatima")
    (folder / "link").symlink_to(tmp_path)  # a link to a folder goes, and not what it leads to
    ran = {"cells": [{"cell_type": "code", "source": "x", "outputs": [{"text": "Zoë"}], "execution_count": 4}]}
    execution = SimpleNamespace(notebook=ran)
    told = build._keep_failed(plan, folder, execution, NotebookInputError("cell 1 of 1: x is not a name"))
    place = plan.store.folder / "failed" / HERE
    assert sorted(one.name for one in place.iterdir()) == ["notebook.ipynb", "run.log.json"]
    assert not folder.exists()
    assert (tmp_path / "runs").is_dir()
    kept = json.loads((place / "notebook.ipynb").read_text(encoding="utf-8"))
    assert kept["cells"][0]["outputs"] == ([] if hidden else [{"text": "Zoë"}])
    assert ("Zoë" in (place / "notebook.ipynb").read_text(encoding="utf-8")) is not hidden  # as it is written
    log = (place / "run.log.json").read_text(encoding="utf-8")
    assert json.loads(log) == {"error": "cell 1 of 1: x is not a name", "parameters": {"n": 3}}
    assert log.startswith('{\n "error"')
    assert log.endswith("}\n")
    assert type(told) is NotebookInputError
    assert told.what == "demo: cell 1 of 1: x is not a name [parameters: n=3]"
    kept_at = str(place / "notebook.ipynb")
    assert told.kept == kept_at + (" (without what it displayed)" if hidden else "")
    beside = f", without what it displayed: {build._BY_HAND}" if hidden else ""
    assert str(told) == f"{told.what}; the notebook as far as it got is {kept_at}{beside}"
    assert told.to_do == build._BY_HAND if hidden else told.to_do.startswith("give other parameters (-p NAME=VALUE)")


def test_a_failed_run_without_parameters_says_none_and_what_to_mend(tmp_path):
    plan = a_plan(tmp_path, parameters={})
    told = build._keep_failed(plan, plan.store.new_build(RUN), SimpleNamespace(notebook={}), NotebookError("it broke"))
    assert told.what == "demo: it broke"
    assert told.to_do.startswith("open the notebook that was kept in JupyterLab")
    assert json.loads((plan.store.folder / "failed" / HERE / "notebook.ipynb").read_text()) == {}


def test_a_notebook_that_never_began_is_kept_as_it_is(tmp_path):
    plan = a_plan(tmp_path, inputs={"cases": an_input(shown=False)})
    assert build._failed_notebook(plan, {}) == {}


def saved(folder, **entries):
    (folder / "saved.json").write_text(json.dumps(entries))


def test_what_was_promised_must_be_there_and_nothing_beside_it(tmp_path):
    plan, made = a_plan(tmp_path, outputs=("t", "f")), tmp_path / "made"
    (made / "figures").mkdir(parents=True)
    for name in ("t.txt", "figures/f.svg", "figures/f.csv"):
        (made / name).touch()
    saved(made, t={"path": "t.txt"})
    with pytest.raises(NotebookError, match=r"the promised output 'f' was not saved: call run\.save\('f', \.\.\.\)"):
        build._check_outcome(plan, made)
    saved(made, t={"path": "t.txt"}, f={"path": "figures/f.svg", "data": "figures/f.csv"})
    build._check_outcome(plan, made)
    (made / "figures" / "b.svg").touch()
    (made / "c.csv").touch()
    with pytest.raises(NotebookError, match=r"^the file 'c\.csv' was written beside the outputs"):
        build._check_outcome(plan, made)
    plan.inputs = {"cases": an_input(shown=False)}
    with pytest.raises(NotebookError, match=r"^a file \(of 2\) was written beside the outputs"):
        build._check_outcome(plan, made)


def test_links_are_no_outputs_and_data_must_rest(tmp_path):
    plan, made = a_plan(tmp_path, outputs=()), tmp_path / "made"
    made.mkdir()
    plan.inputs = {"lists": an_input(), "cases": an_input(now="other")}
    with pytest.raises(NotebookError, match=r"^data\.cases changed while the notebook was running"):
        build._check_outcome(plan, made)
    (made / "a").symlink_to(tmp_path)
    (made / "b").symlink_to("nowhere")
    with pytest.raises(NotebookError, match=r"^2 of the files it left are links or no files"):
        build._check_outcome(plan, made)


@pytest.mark.parametrize("other", ["source", "packages", "file"])
def test_a_machine_with_other_software_or_without_the_data_makes_no_run(monkeypatch, tmp_path, other):
    (tmp_path / "there.csv").touch()
    there, gone = an_input(tmp_path / "there.csv"), an_input(tmp_path / "gone.csv")
    held = an_input(tmp_path / "gone.csv", content=b"held in memory")
    plan = a_plan(tmp_path, inputs={"a": there, "b": held, "c": an_input()})
    asked = []
    monkeypatch.setattr(build, "source_hash", lambda: "s")
    monkeypatch.setattr(build.identity, "installed", lambda extras: asked.append(extras) or {"p": "1"})
    build._refuse_other_environment(plan)
    assert asked == [("ml",)]
    if other == "file":
        plan.inputs["gone"] = gone
        with pytest.raises(DataError, match=f"data.gone is not on '{socket.gethostname()}': workers must see"):
            build._refuse_other_environment(plan)
    else:
        plan.components[other] = "another"
        with pytest.raises(SpecificationError, match=f"'{socket.gethostname()}' has another version of ctresearch"):
            build._refuse_other_environment(plan)


def test_files_that_nothing_opens_are_looked_for_near_the_study(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.ctresearch]\nnotebooks = "books"\n')
    plan = a_plan(tmp_path)
    plan.study.folder.mkdir(parents=True)
    monkeypatch.setenv("PYTHONPATH", ":/one::/two:")
    monkeypatch.chdir(plan.store.folder)
    near = build._near(plan)
    assert near == (plan.study.folder, tmp_path / "books", plan.store.folder, Path("/one"), Path("/two"))


def test_a_log_says_how_a_kernel_was_sealed_and_why_not_better():
    bare = SimpleNamespace(seal=None, refused={})
    assert build._told_seal(bare) == {}
    sealed = SimpleNamespace(seal=Seal("landlock", 4), refused={"namespaces": "not here"})
    told = {"rung": "landlock", "landlock": 4, "sealed": True, "refused": {"namespaces": "not here"}}
    assert build._told_seal(sealed) == told


@pytest.fixture
def kernel(monkeypatch, tmp_path):
    """Start no kernel: what it would be given is noted, and its outputs are those of ``leaves``."""
    noted = SimpleNamespace(elsewhere=[], runs=[], written=[], fails=None)

    @contextmanager
    def private_folder(*, elsewhere):
        noted.elsewhere.append(elsewhere)
        folder = tmp_path / "private"
        for name in ("outputs", "code"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        yield folder

    class Execution:
        def __init__(self, private, variables, limits, watch, opened, near, port):
            self.given = (private, variables, limits, watch, opened, near, port)
            self.seal, self.refused = Seal("audit", 0), {}
            self.notebook, self.peak_mb, self.cpu_seconds = {"ran": True}, 81.6, 1.23456
            noted.execution = self

        def run(self, notebook):
            noted.runs.append(notebook)
            if noted.fails:
                raise noted.fails
            place = self.given[0] / "outputs" / "files"
            place.mkdir()
            (place / "t.txt").write_text("3")
            os.utime(place / "t.txt", (1000, 1000))

    def write(plan, folder, notebook):
        noted.written.append((plan, folder, notebook, (folder / "files" / "t.txt").read_text()))

    monkeypatch.setattr(build, "private_folder", private_folder)
    monkeypatch.setattr(build, "Execution", Execution)
    monkeypatch.setattr(build, "environment", lambda *given, **more: {"given": given, **more})
    monkeypatch.setattr(build, "_near", lambda plan: (tmp_path,))
    monkeypatch.setattr(build, "_check_outcome", lambda plan, made: noted.written.append((plan, made)))
    monkeypatch.setattr(build, "_write_artefacts", write)
    monkeypatch.delenv("CTRESEARCH_CLUSTER", raising=False)
    return noted


def test_a_kernel_is_given_what_its_run_says(kernel, monkeypatch, tmp_path):
    clock = [10.0, 10.0, 12.34567]
    monkeypatch.setattr(build.time, "monotonic", lambda: clock.pop(0) if len(clock) > 1 else clock[0])
    held = an_input(tmp_path / "held.csv", content=b"1")
    plan = a_plan(tmp_path, inputs={"lists": an_input(tmp_path / "lists.csv"), "held": held, "published": an_input()})
    plan.modules = {"helper": b"X = 1\n"}
    folder = plan.store.new_build(RUN)
    heard = []

    def listen(*given):
        heard.append(given)

    seal = build._execute(plan, folder, Options(kernel_jobs=4), listen, elsewhere=True)
    private, made = tmp_path / "private", tmp_path / "private" / "outputs"
    given, variables, limits, watch, opened, near, port = kernel.execution.given
    assert kernel.elsewhere == [True]
    assert given == private
    assert variables == {"given": (made, private), "jobs": 4, "cluster": None, "CTRESEARCH_WITHHOLD": "0"}
    assert limits == Limits(minutes=3.0)
    assert (opened.read, opened.write) == ((str(tmp_path / "lists.csv"),), (str(made),))
    assert (near, port) == ((tmp_path,), None)
    watch("an event")
    assert heard == [(plan, "an event")]
    told = json.loads((private / "run.json").read_text())
    assert told["locators"]["lists"] == {"path": f"{tmp_path}/lists.csv", "folder": str(private), "copy": True}
    del told["locators"]
    assert told == {"study": "demo", "parameters": {"n": 3}, "seed": 7, "promised": {"t": "file"}, "policy": None}
    assert (private / "code" / "helper.py").read_bytes() == b"X = 1\n"
    assert kernel.runs == [plan.notebook]
    assert kernel.written == [(plan, made), (plan, folder, {"ran": True}, "3")]
    assert (folder / "files" / "t.txt").stat().st_mtime > 1000  # bytes alone are taken over, no date and no rights
    assert seal == Seal("audit", 0)
    log = json.loads((folder / "run.log.json").read_text())
    assert log.pop("started").endswith("+00:00")
    assert log.pop("seconds") == 2.346
    assert log == {
        "host": socket.gethostname(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "seal": {"rung": "audit", "landlock": 0, "sealed": False},
        "kernel_peak_mb": 82,
        "kernel_cpu_seconds": 1.23,
    }


@pytest.mark.parametrize(
    ("asked", "variable", "address", "port"),
    [
        ("tcp://a:8786", None, "tcp://a:8786", 8786),
        (None, "tcp://b:9", "tcp://b:9", 9),
        ("tcp://a:1", "tcp://b:9", "tcp://a:1", 1),
        ("tcp://a", None, "tcp://a", 0),
    ],
)
def test_a_cluster_opens_its_port(kernel, monkeypatch, tmp_path, asked, variable, address, port):
    if variable:
        monkeypatch.setenv("CTRESEARCH_CLUSTER", variable)
    plan = a_plan(tmp_path, inputs={"cases": an_input(shown=False)})
    build._execute(plan, plan.store.new_build(RUN), Options(cluster=asked), None)
    _, variables, _, watch, _, _, opened = kernel.execution.given
    assert (variables["cluster"], opened, watch) == (address, port, None)
    assert variables["CTRESEARCH_WITHHOLD"] == "1"
    assert kernel.elsewhere == [False]


def test_a_notebook_that_fails_is_kept_and_nothing_else_is_written(kernel, tmp_path):
    plan = a_plan(tmp_path)
    kernel.fails = NotebookError("cell 1 of 1: it broke")
    with pytest.raises(NotebookError, match="demo: cell 1 of 1: it broke"):
        build._execute(plan, plan.store.new_build(RUN), Options(), None)
    assert kernel.written == []
    kept = plan.store.folder / "failed" / HERE / "notebook.ipynb"
    assert json.loads(kept.read_text()) == {"ran": True}


def test_what_is_written_of_a_run_is_made_of_its_plan(monkeypatch, tmp_path):
    inputs = {"lists": an_input(), "cases": an_input(shown=False), "own": an_input()}
    inputs["lists"].replaced, inputs["cases"].replaced = ("title",), ()
    plan, folder, asked = a_plan(tmp_path, inputs=inputs), tmp_path / "build", {}
    ran = SimpleNamespace(name="demo on its data")
    plan.study.run_on = lambda given: asked.update(run_on=given) or ran
    plan.study.notebook = "demo-notebook"
    plan.components["inputs"] = {"lists": {"digest": "d"}}
    folder.mkdir()
    (folder / "t.txt").write_text("é")
    saved(folder, t={"path": "t.txt"})

    def note(name, answer):
        def call(*given, **more):
            asked[name] = (*given, more) if more else given
            return answer

        return call

    monkeypatch.setattr(results, "build", note("results", {"a": 1}))
    monkeypatch.setattr(contract, "contract_of", note("contract", "a contract"))
    monkeypatch.setattr(report, "byline", note("byline", "a byline"))
    monkeypatch.setattr(report, "write_html", note("page", None))
    monkeypatch.setattr(crate, "write_crate", note("crate", None))
    notebook = {"cells": [{"cell_type": "markdown", "id": "x", "source": "# A"}]}
    build._write_artefacts(plan, folder, notebook)
    assert sorted(one.name for one in folder.iterdir()) == [
        "notebook.ipynb",
        "provenance.json",
        "results.json",
        "t.txt",
    ]
    normal = json.loads((folder / "notebook.ipynb").read_text())
    assert normal["metadata"]["ctresearch"] == {"run_id": RUN}
    replaced = {"lists": ["title"], "cases": []}
    entries = {"t": {"path": "t.txt"}}
    assert asked["run_on"] == plan.components["inputs"]
    assert asked["results"] == (ran, RUN, entries, folder, replaced, {"restricted": ["cases"]})
    assert asked["contract"][:2] == (plan.study, {"a": 1})
    assert asked["contract"][2]("t.txt") == "é".encode()
    assert asked["byline"] == (plan.study, plan.components)
    assert asked["page"][1:] == (folder / "report.html", {"a": 1}, "a byline", "a contract")
    assert asked["page"][0]["cells"][0]["source"] == "# A"
    provenance = json.loads((folder / "provenance.json").read_text())
    hashed = file_hashes(folder)
    assert set(hashed) == {"notebook.ipynb", "results.json", "t.txt"}
    assert provenance == {
        "run_id": RUN,
        "study": "demo",
        "notebook": "demo-notebook",
        "components": plan.components,
        "outputs": hashed,
    }
    assert asked["crate"] == (folder, plan.study, provenance)
