"""The steps of a check: what is run again, what it is compared with, what git is asked, and how much is shared out."""

import math
import subprocess
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctresearch.core import DisclosureError, SpecificationError
from ctresearch.studies.asked.project import Project
from ctresearch.studies.base.errors import NotebookError
from ctresearch.studies.checked import changed, drift, many, one, reports, verdict
from ctresearch.studies.checked.drift import Moved
from ctresearch.studies.checked.one import Asked
from ctresearch.studies.checked.verdict import Verdict
from ctresearch.studies.compare.compare import Comparison
from ctresearch.studies.compare.diff import EstimateChange
from ctresearch.studies.kernel.engine import CellEvent
from ctresearch.studies.running.build import Outcome
from ctresearch.studies.shown import gate

SAME = Comparison("t", "table", "same", "")
DRIFTED = Comparison("e", "estimate", "drifted", "it moved", "numbers")


@pytest.fixture
def steps(monkeypatch, tmp_path):
    """A check that runs nothing: what stands, what was accepted and what comes out are these."""
    seen = {}
    study = SimpleNamespace(name="demo", data={}, outputs={"t": 1}, folder=tmp_path / "demo")
    plans = [SimpleNamespace(study="study on its data", folder=tmp_path / "run")]
    noted = SimpleNamespace(
        seen=seen, study=study, plans=plans, accepted={"runs": []}, there="there", outputs=[SAME], again=[SAME]
    )
    compared = []

    def noting(name, answer):
        def call(*given, **more):
            seen[name] = (given, more) if more else given
            return answer()

        return call

    def compare(accepted, runs, outputs):
        compared.append((accepted, runs, outputs))
        return iter(noted.outputs if runs == noted.there else noted.again)

    monkeypatch.setattr("ctresearch.studies.asked.manifest.load_study", noting("load", lambda: study))
    monkeypatch.setattr(one, "plan_runs", noting("plan", lambda: plans))
    monkeypatch.setattr(one, "standing", noting("standing", lambda: noted.there))
    monkeypatch.setattr(one, "_run", noting("run", lambda: "made"))
    monkeypatch.setattr(one, "refuse_differences", noting("differences", lambda: None))
    monkeypatch.setattr(one.expected, "read_expected", noting("read", lambda: noted.accepted))
    monkeypatch.setattr(one.expected, "write_expected", noting("write", lambda: None))
    monkeypatch.setattr(one.expected, "compare", compare)
    noted.compared = compared
    return noted


def check(asked, hear=None, until=math.inf):
    return one._check(asked, hear, until)


def test_what_stands_and_is_the_same_is_not_run_again(steps, tmp_path):
    asked = Asked("demo", tmp_path, data={"lists": "f.csv"})
    assert check(asked) == Verdict("demo", "same", "", (SAME,), reused=True)
    assert steps.seen["load"] == ("demo", tmp_path)
    assert steps.seen["plan"] == ((steps.study,), {"data": {"lists": "f.csv"}, "root": tmp_path})
    assert steps.seen["standing"] == (steps.plans,)
    assert steps.compared == [(steps.accepted, "there", {"t": 1})]
    assert "run" not in steps.seen


@pytest.mark.parametrize("why", ["forced", "nothing there", "not the same"])
def test_what_does_not_stand_is_run_again_and_held_to_what_others_saw(steps, tmp_path, why):
    steps.there = None if why == "nothing there" else "there"
    steps.outputs = [DRIFTED] if why == "not the same" else [SAME]
    asked, hear = Asked("demo", tmp_path, force=why == "forced"), object()
    assert check(asked, hear, 77.0) == Verdict("demo", "same", "", (SAME,))
    assert steps.seen["run"] == (steps.plans, asked, hear, 77.0)
    assert steps.seen["differences"] == ("study on its data", "made", steps.accepted)
    assert steps.compared[-1] == (steps.accepted, "made", {"t": 1})
    assert "write" not in steps.seen


def test_what_is_accepted_is_written_and_compared_with_nothing(steps, tmp_path):
    found = check(Asked("demo", tmp_path, update=True))
    assert found == Verdict("demo", "accepted", "demo/expected.json")
    assert steps.seen["write"] == (steps.study, "made")
    assert "read" not in steps.seen
    assert steps.compared == []
    assert "differences" not in steps.seen


def test_a_study_whose_data_are_not_here_waits_for_them(steps, tmp_path):
    steps.study.data = {"a": SimpleNamespace(source="a.csv"), "cases": SimpleNamespace(source=None)}
    assert check(Asked("demo", tmp_path)) == Verdict("demo", "needs data", "give each restricted input with --data")
    assert "plan" not in steps.seen
    assert check(Asked("demo", tmp_path, data={"cases": "f"})).status == "same"


@pytest.mark.parametrize(("harmless", "status"), [(True, "moved"), (False, "drifted")])
def test_what_drifted_is_placed_and_may_be_harmless(monkeypatch, tmp_path, harmless, status):
    moved = (Moved("e", "x", 1.0, 0.0, 2.0, 1.5, 0.5, "within", "demo-1.0"),)
    seen = []
    monkeypatch.setattr(one.expected, "compare", lambda *_: iter([DRIFTED]))
    monkeypatch.setattr(one, "moved_estimates", lambda *given: seen.append(given) or moved)
    monkeypatch.setattr(one, "harmless", lambda *given: seen.append(given) or harmless)
    study = SimpleNamespace(name="demo", outputs={}, folder=tmp_path)
    assert one._compared(study, {"a": 1}, ["runs"], "edge") == Verdict("demo", status, "", (DRIFTED,), moved)
    assert seen == [({"a": 1}, tmp_path / "releases", ["runs"]), ((DRIFTED,), moved, "edge")]
    within = Comparison("t", "table", "within tolerance", "")
    monkeypatch.setattr(one.expected, "compare", lambda *_: iter([within]))
    assert one._compared(study, {}, [], "any") == Verdict("demo", "within tolerance", "", (within,), moved)


def test_runs_are_made_again_and_watched(monkeypatch, tmp_path):
    plans = [SimpleNamespace(run_id="r1", label="demo n=1", folder=tmp_path / "r1")]
    heard, asked, outcomes = [], {}, [Outcome(plans[0])]

    def run_plans(those, **given):
        asked.update(given)
        given["listen"](plans[0], CellEvent(1, 2, "One"))
        given["listen"](plans[0], outcomes[0])
        return outcomes

    monkeypatch.setattr(one, "run_plans", run_plans)
    monkeypatch.setattr("ctresearch.studies.kept.evidence.from_folder", lambda folder: folder.name)
    made = one._run(plans, Asked("demo", tmp_path, jobs=3, kernel_jobs=2), heard.append, 99.0)
    assert made == ["r1"]
    assert asked["jobs"] == 3
    assert (asked["options"].force, asked["options"].kernel_jobs, asked["options"].until) == (True, 2, 99.0)
    labelled = one.Labelled("r1", "demo n=1")
    assert heard == [(labelled, CellEvent(1, 2, "One")), (labelled, None)]
    outcomes[0] = Outcome(plans[0], error=NotebookError("cell 1 of 1: it broke"))
    with pytest.raises(NotebookError, match="it broke"):
        one._run(plans, Asked("demo", tmp_path), None, math.inf)


def test_a_difference_that_could_show_a_person_is_not_shown(monkeypatch, tmp_path):
    seen, refused = [], {}
    study = SimpleNamespace(name="demo", folder=tmp_path)
    monkeypatch.setattr(gate, "released_tables", lambda *given: seen.append(given) or ["released"])
    monkeypatch.setattr(gate, "judge_differences", lambda *given: seen.append(given) or refused)
    monkeypatch.setattr(one.expected, "accepted_tables", lambda given: [f"accepted {given}"])
    one.refuse_differences(study, ["runs"], "x")
    assert seen == [(study, [tmp_path / "releases"]), (study, ["runs"], ["released", "accepted x"])]
    refused.update(t="It differs by two.", u="By three.")
    told = (
        "^nothing about 'demo' is shown, since it differs too little from before: t: It differs by two.; u: By three.$"
    )
    with pytest.raises(DisclosureError, match=told):
        one.refuse_differences(study, ["runs"], "x")


def test_an_error_of_the_library_has_its_line_and_one_of_others_none():
    with pytest.raises(LookupError) as caught:
        "text".encode("no such encoding")
    assert one._place(caught.value) == ""
    with pytest.raises(KeyError) as caught:
        verdict.counted([Verdict("a", "same")])["none"]
    assert one._place(caught.value) == ""
    broken = Verdict("a", "none")
    with pytest.raises(KeyError) as caught:
        verdict.gravest_code([broken])
    line = caught.traceback[-1].lineno + 1
    assert one._place(caught.value) == f" in verdict.py, line {line}"
    bare = OSError("odd")
    assert one.told(Asked("demo", Path()), bare).message == (
        "cannot write or read: OSError; free space or check permissions"
    )


def test_git_is_asked_in_the_folder_of_the_project_and_without_asking_back(monkeypatch, tmp_path):
    asked, answers = [], []

    def run(command, **given):
        asked.append((command, given))
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(changed.subprocess, "run", run)
    answers.append(SimpleNamespace(returncode=0, stdout="é\udcff".encode("utf-8", "surrogateescape")))
    assert changed._git(tmp_path, "status") == "é\udcff"
    options = {"cwd": tmp_path, "capture_output": True, "check": False, "timeout": 120}
    assert asked == [(["git", "-c", "core.quotepath=off", "status"], options)]
    answers += [SimpleNamespace(returncode=1, stdout=b""), OSError("no git"), subprocess.TimeoutExpired("git", 1)]
    assert [changed._git(tmp_path, "status") for _ in range(3)] == [None] * 3


def test_what_changed_is_what_is_committed_since_and_what_is_not_yet(monkeypatch, tmp_path):
    asked, answers = [], ["abc\n", "b\0é\0", "a\0b\0"]
    monkeypatch.setattr(changed, "_git", lambda root, *words: asked.append(words) or answers.pop(0))
    assert changed._changed_paths(tmp_path, "v1") == ["a", "b", "é"]
    assert asked == [
        ("rev-parse", "--verify", "--quiet", "--end-of-options", "v1^{commit}"),
        ("diff", "--name-only", "--no-renames", "--relative", "-z", "abc", "--", "."),
        ("ls-files", "--others", "--exclude-standard", "-z", "--", "."),
    ]
    for answered in ([None], [""], ["abc", None, ""], ["abc", "", None]):
        answers[:] = list(answered)
        assert changed._changed_paths(tmp_path, "v1") is None


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("studies/demo/study.toml", "study"),
        ("studies/README.txt", "all"),
        ("notebooks/a.ipynb", "notebook"),
        ("notebooks/a.toml", "notebook"),
        ("notebooks/helper.py", "all"),
        ("src/ctresearch/networks/a.py", "room networks"),
        ("src/ctresearch/core/a.py", "all"),
        ("src/ctresearch/studies/kernel/a.py", "all"),
        ("src/ctresearch/__init__.py", "all"),
        ("src/ctresearch/cli/a.py", "harmless"),
        ("src/other/a.py", "all"),
        ("runs/demo/x", "harmless"),
        ("docs/a.md", "harmless"),
        ("tests/a.py", "harmless"),
        ("benchmarks/a.py", "harmless"),
        (".github/workflows/a.yml", "harmless"),
        (".gitlab/a.yml", "harmless"),
        ("store/sha256/x", "harmless"),
        ("README.md", "harmless"),
        ("deep/README.md", "all"),
        ("pyproject.toml", "all"),
    ],
)
def test_what_a_path_is(tmp_path, path, role):
    assert changed._role(Project.at(tmp_path), path) == role


def test_a_study_rests_on_the_rooms_its_notebook_names_and_those_below(tmp_path):
    import json

    def rooms(*lines, kind="code"):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.ipynb"
        path.write_text(json.dumps({"cells": [{"cell_type": kind, "source": [f"{line}\n" for line in lines]}]}))
        return changed._rooms_used(path)

    assert rooms("from ctresearch.networks.x import y", "  import ctresearch.routes") == {"networks", "routes"}
    assert rooms("from ctresearch.policy import Panel") == {"policy", "causes", "consequences"}
    assert rooms("from ctresearch.programmes import x") == {"programmes", "causes", "consequences"}
    every = {"prevalence", "routes", "causes", "consequences", "networks", "qualitative", "policy", "programmes"}
    assert rooms("from ctresearch.regions import x") == every | {"regions"}
    assert rooms("import numpy", "# import ctresearch") == set()
    assert rooms("from ctresearch import networks", kind="markdown") == set()
    for line in (
        *("import ctresearch", "import ctresearch as ct", "import ctresearch, os", "from ctresearch import networks"),
        *(
            "importlib.import_module(x)",
            "__import__('x')",
            "exec(x)",
            "%run other",
            "import ctresearch; x",
            "import ctresearch#",
        ),
    ):
        assert rooms(line) is None, line


def test_all_studies_are_checked_where_anything_common_changed(monkeypatch, tmp_path):
    project = Project.at(tmp_path)
    for name in "ab":
        (project.studies / name).mkdir(parents=True)
        (project.studies / name / "study.toml").touch()
    paths, touched = [], []
    monkeypatch.setattr(changed, "_changed_paths", lambda *given: touched.append(given) or paths[0])

    def touches(given, name, those, rooms):
        touched.append((name, those, rooms))
        return name == "b"

    monkeypatch.setattr(changed, "_touched", touches)
    paths[:] = [None]
    assert changed.changed_studies(project, "v1") == changed.Changed(
        ("a", "b"), "git does not know the revision 'v1' here"
    )
    assert touched == [(tmp_path, "v1")]
    paths[:] = [["docs/a", "uv.lock", "Makefile"]]
    told = changed.Changed(("a", "b"), "uv.lock changed, on which any study may rest")
    assert changed.changed_studies(project, "v1") == told
    paths[:] = [["src/ctresearch/networks/a.py", "studies/a/x", "src/ctresearch/cli/b.py"]]
    assert changed.changed_studies(project, "v1") == changed.Changed(("b",))
    assert touched[-2:] == [(name, paths[0], {"networks"}) for name in "ab"]


def test_a_path_belongs_to_a_study_unless_it_is_a_release(tmp_path):
    project, study = Project.at(tmp_path), SimpleNamespace(name="demo")
    home = tmp_path / "studies" / "demo"
    shared = (tmp_path / "notebooks" / "n.ipynb").resolve()

    def belongs(path):
        return changed._belongs(project, study, tmp_path / path, {shared})

    assert belongs("notebooks/n.ipynb")
    assert belongs("studies/demo/deep/releases/x")
    assert not belongs("studies/demo/releases/demo-1.0.zip")
    assert not belongs("studies/demo-other/x")
    assert not belongs("notebooks/m.ipynb")
    assert home.name == "demo"


def a_change(**given):
    values = {"output": "e", "term": "x", "old": 10.0, "new": 12.0}
    values |= {"old_interval": (5.0, 15.0), "new_interval": (6.0, 16.0), "unit": "persons"}
    return EstimateChange(**(values | given))


def test_an_estimate_is_placed_on_the_way_to_its_own_limit():
    found = drift._moved(a_change(), " [n=1]", "demo-1.0")
    assert found == Moved("e [n=1]", "x", 10.0, 5.0, 15.0, 12.0, 0.4, "within", "demo-1.0")
    assert drift._moved(a_change(new=11.23456), "", "s").reach == 0.247
    assert drift._moved(a_change(stands=False), "", "s").place == "does not stand"
    assert drift._moved(a_change(new=math.nan), "", "s").place == "gone"
    assert drift._moved(a_change(old=math.nan), "", "s").place == "new"


@pytest.mark.parametrize(
    ("now", "reach", "place"),
    [
        (10.0, 0.0, "within"),
        (13.99, 0.798, "within"),
        (14.0, 0.8, "at edge"),
        (15.0, 1.0, "at edge"),
        (15.01, 1.002, "outside"),
        (6.0, 0.8, "at edge"),
        (4.99, 1.002, "outside"),
    ],
)
def test_the_edge_begins_at_four_fifths_and_ends_with_the_interval(now, reach, place):
    found, where = drift.position(10.0, 5.0, 15.0, now)
    assert (round(found, 6), where) == (pytest.approx(reach), place)


def test_a_limit_that_cannot_be_approached():
    assert drift.position(10.0, 5.0, math.inf, 12.0)[1] == "no interval"
    assert drift.position(10.0, 5.0, math.inf, 8.0) == (0.4, "within")
    assert drift.position(10.0, 5.0, 9.0, 12.0) == (math.inf, "outside")
    assert drift.position(10.0, 5.0, 10.0, 12.0) == (math.inf, "outside")
    assert drift.position(10.0, 5.0, 15.0, math.inf)[1] == "no interval"
    assert drift.position(math.inf, 5.0, 15.0, 12.0)[1] == "no interval"


def test_versions_are_ordered_as_numbers_and_a_suffix_comes_before():
    names = ["demo-1.10", "demo-1.9", "demo-1.9-beta", "demo-0.1", "demo-10.0"]
    ordered = sorted(names, key=lambda name: tuple(drift._numbers(name)))
    assert ordered == ["demo-0.1", "demo-1.9", "demo-1.9-beta", "demo-1.10", "demo-10.0"]


def test_the_latest_release_is_the_one_that_counts(monkeypatch, tmp_path):
    folder = tmp_path / "demo" / "releases"
    folder.mkdir(parents=True)
    assert drift._latest_release(folder) == ("", [])
    for name in ("demo-1.9.zip", "demo-1.10.zip", "other-2.0.zip"):
        (folder / name).touch()
    monkeypatch.setattr(drift, "read_bundle", lambda path: f"files of {path.name}")
    monkeypatch.setattr(drift, "from_bundle", lambda files, name: [files, name])
    assert drift._latest_release(folder) == ("demo-1.10", ["files of demo-1.10.zip", "demo-1.10.zip"])


def test_a_study_on_a_worker_must_be_seen_there_and_is_checked_alone(monkeypatch, tmp_path):
    held = []
    monkeypatch.setattr(many, "_one_at_a_time", nullcontext())
    monkeypatch.setattr(many, "check_one", lambda asked: held.append(asked) or "checked")
    assert many._on_worker(Asked("demo", tmp_path)) == "checked"
    away = many._on_worker(Asked("demo", tmp_path / "away"))
    told = "the project is not to be seen from a worker: they must share it"
    assert away == Verdict("demo", "wrong input", told)
    assert len(held) == 1


class Future:
    """A future of a made-up cluster."""

    def __init__(self, study):
        self.study = study

    def exception(self):
        return None

    def result(self):
        return Verdict(self.study, "same")


def test_a_cluster_is_asked_for_by_its_extra_and_what_it_was_asked_is_cancelled(monkeypatch, tmp_path):
    asked, cancelled, completed, words = [], [], [], []

    def submit(function, study, **more):
        asked.append((function, study.study, more))
        return Future(study.study)

    def as_completed(futures, *, loop):
        completed.append(loop)
        return iter(futures)

    client = SimpleNamespace(loop="a loop", submit=submit, cancel=cancelled.extend)
    library = SimpleNamespace(as_completed=as_completed)
    monkeypatch.setattr(many, "require_extra", lambda *given: words.append(given) or library)
    found = dict(many._on_cluster([Asked("a", tmp_path), Asked("b", tmp_path)], client))
    assert found == {"a": Verdict("a", "same"), "b": Verdict("b", "same")}
    assert (words, completed) == ([("distributed", "cluster")], ["a loop"])
    assert asked == [(many._on_worker, name, {"pure": False, "retries": 2}) for name in "ab"]
    assert [one.study for one in cancelled] == ["a", "b"]


def test_a_scheduler_is_asked_for_ten_seconds(monkeypatch):
    asked = []

    def client(*given, **more):
        asked.append((given, more))
        if given[0] == "nowhere":
            raise OSError("no answer")
        return nullcontext("connected")

    given = []
    monkeypatch.setattr(many, "require_extra", lambda *words: given.append(words) or SimpleNamespace(Client=client))
    with pytest.raises(TypeError), many._client("tcp://a:1"):  # a context of ours has no methods of a client
        raise TypeError
    assert asked == [(("tcp://a:1",), {"timeout": 10, "set_as_default": False})]
    assert given == [("distributed", "cluster")]
    with (
        pytest.raises(SpecificationError, match=r"^cluster == 'nowhere' did not answer within 10 s"),
        many._client("nowhere"),
    ):
        pass


def test_a_verdict_is_counted_and_weighed():
    verdicts = [Verdict("a", "same"), Verdict("b", "drifted"), Verdict("c", "same"), Verdict("d", "refused")]
    assert verdict.gravest_code(verdicts) == 5
    assert verdict.gravest_code([]) == 0
    assert verdict.counted(verdicts) == {"same": 2, "drifted": 1, "refused": 1}
    assert list(verdict.counted(reversed(verdicts))) == ["same", "drifted", "refused"]
    codes = {"same": 0, "within tolerance": 0, "moved": 0, "accepted": 0, "needs data": 0, "not run": 0}
    codes |= {"wrong input": 2, "crashed": 3, "out of time": 3, "drifted": 4, "not reproduced": 4, "refused": 5}
    assert {status: Verdict("a", status).code for status in codes} == codes == verdict.CODES
    moved = Moved("e", "x", 1.0, -math.inf, 2.0, math.nan, math.inf, "gone", "s")
    told = Verdict("a", "moved", "m", (SAME,), (moved,), reused=True, seconds=3.0).to_dict()
    assert told == {
        "study": "a",
        "status": "moved",
        "code": 0,
        "message": "m",
        "reused": True,
        "outputs": [{"output": "t", "kind": "table", "status": "same", "message": "", "change": ""}],
        "moved": [
            {
                "output": "e",
                "term": "x",
                "released": 1.0,
                "low": None,
                "high": 2.0,
                "now": None,
                "reach": None,
                "place": "gone",
                "source": "s",
            }
        ],
    }


def test_a_badge_is_as_wide_as_its_words():
    import re

    badge = reports.badge_svg([Verdict("a", "same")], "my <studies>")
    left, right = round(6.6 * 12 + 12), round(6.6 * len("1 of 1 reproduce") + 12)
    assert re.findall(r'width="(\d+)"', badge) == [str(left + right), str(left), str(right)]
    assert re.findall(r'<rect x="(\d+)"', badge) == [str(left)]
    assert re.findall(r'<text x="([\d.]+)"', badge) == [f"{left / 2:g}", f"{left + right / 2:g}"]
    assert 'aria-label="my &lt;studies&gt;: 1 of 1 reproduce"' in badge
    assert badge.count("#2c6e49") == 1
    assert badge.endswith("</svg>\n")


def test_how_far_an_estimate_moved_is_a_row_of_markdown():
    rows = [
        Moved("e", "a|b", 10.0, 5.0, 15.0, 12.0, 0.4, "within", "demo-1.0"),
        Moved("f", "x", 10.0, math.nan, math.nan, 12.0, math.inf, "no interval", "expected.json"),
        Moved("g", "x", 10.0, math.nan, 15.0, 12.0, math.nan, "outside", "s"),
        Moved("h", "x", 10.0, 1.0, 15.0, 12.0, 1e6, "outside", "s"),
    ]
    lines = reports._moved_table(rows).splitlines()
    assert lines[1] == "| --- | --- | ---: | --- | ---: | ---: | --- |"
    assert lines[2] == r"| e | a\|b | 10 | 5 to 15 | 12 | 40 % | within (of demo-1.0) |"
    assert lines[3] == "| f | x | 10 |  | 12 | – | no interval (of expected.json) |"
    assert "| – to 15 | 12 | – | outside" in lines[4] or "nan to 15" in lines[4]
    assert lines[5].endswith("| – | outside (of s) |")
