"""The steps of a release one by one: what is refused before anything is built, in which order, and what is written."""

import hashlib
import html
import stat
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from ctresearch.core import Check, DisclosureError, SpecificationError
from ctresearch.studies.asked.manifest import Author, Cite
from ctresearch.studies.base.errors import IntegrityError, NotebookError
from ctresearch.studies.kernel.seal import Seal
from ctresearch.studies.releasing import deposit as deposits
from ctresearch.studies.releasing import full, release
from ctresearch.studies.releasing import rerun as again
from ctresearch.studies.running.build import Outcome

WHOLE = Seal("landlock", 4)


def a_study(folder, **changed):
    given = {
        "name": "demo",
        "folder": folder,
        "authors": [Author(name="Ana Pérez")],
        "outputs": {"t": 1, "u": 2},
        "runs_restricted": False,
        "title": "How many <people>?",
        "description": "",
        "cite": Cite(references=["doi:10.1111/rssa.12505", "A report (2020)"]),
    }
    return SimpleNamespace(**(given | changed))


class Steps:
    """A release in which nothing is run or packed: each step notes what it was given."""

    def __init__(self, patch, folder):
        self.seen, self.order = {}, []
        self.folder = folder
        given = folder / "given.csv"
        self.inputs = {
            "lists": SimpleNamespace(path=given, content=None),
            "own": SimpleNamespace(path=folder / "own.csv", content=None),
            "table": SimpleNamespace(path=None, content=None),
        }
        self.plans = [SimpleNamespace(inputs=self.inputs, folder=folder / "run", label="demo")]
        answers = {
            "find_root": folder,
            "_entered_date": None,
            "_refuse_withdrawn": None,
            "plan_runs": self.plans,
            "refuse_other_data": None,
            "refuse_unpinned": None,
            "refuse_people": None,
            "_build_from_clean": None,
            "_pass_gate": None,
            "bundle_files": {"demo-1.0/a": b"a"},
            "_refuse_another": None,
            "part": ({"demo-1.0/a": b"a"}, [b"kept", b"apart"]),
            "pack": b"packed",
            "_refuse_other_bytes": None,
            "sign": SimpleNamespace(text="signed"),
            "enter_release": None,
            "publish": "published",
        }
        for name, answer in answers.items():
            patch.setattr(release, name, self.noting(name, answer))
        patch.setattr(release.blobs, "put", self.noting("put", None))

        @contextmanager
        def locked(*folders):
            self.order.append("lock")
            self.seen["lock"] = folders
            yield
            self.order.append("unlock")

        patch.setattr(release, "locked", locked)

    def noting(self, name, answer):
        def call(*given, **more):
            self.order.append(name)
            self.seen.setdefault(name, []).append((given, more))
            return answer

        return call


@pytest.fixture
def steps(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.ctresearch]\n")
    return Steps(monkeypatch, tmp_path)


def test_a_release_is_refused_built_twice_judged_and_entered_before_it_is_published(steps, tmp_path):
    study, heard = a_study(tmp_path / "studies" / "demo"), object()
    found = release.release_study(
        study,
        "1.0",
        date="2026-01-31",
        data={"lists": "given.csv", "table": "published:uk-2013"},
        without=["u"],
        unsealed=" no landlock here ",
        jobs=3,
        listen=heard,
        key=tmp_path / "key",
        doi="https://doi.org/10.5281/zenodo.1",
    )
    assert found == "published"
    assert steps.order == [
        *("find_root", "_refuse_withdrawn", "_refuse_withdrawn", "plan_runs", "refuse_other_data", "refuse_unpinned"),
        *("refuse_people", "_build_from_clean", "_build_from_clean", "_pass_gate", "bundle_files", "bundle_files"),
        *("_refuse_another", "part", "pack", "_refuse_other_bytes", "sign", "lock", "put", "put", "unlock"),
        *("enter_release", "publish"),
    ]
    seen, home = steps.seen, study.folder / "releases"
    assert seen["find_root"] == [((study.folder,), {})]
    assert [given for given, _ in seen["_refuse_withdrawn"]] == [(home, "demo", "1.0")] * 2
    assert seen["plan_runs"] == [((study,), {"data": {"lists": "given.csv", "table": "published:uk-2013"}})]
    assert seen["refuse_other_data"] == seen["refuse_unpinned"] == [((study, steps.inputs), {})]
    given = {"lists": tmp_path / "given.csv"}  # what lies in a file, and was given
    assert seen["refuse_people"] == [((study, given), {})]
    assert seen["_build_from_clean"] == [((steps.plans, 3, heard, "no landlock here"), {})] * 2
    assert seen["_pass_gate"] == [((study, steps.plans, home, ["u"]), {})]
    (edition, folders), _ = seen["bundle_files"][0]
    assert folders == [tmp_path / "run"]
    assert (edition.study, edition.project.root, edition.version, edition.date) == (
        study,
        tmp_path,
        "1.0",
        "2026-01-31",
    )
    assert (edition.data, edition.without, edition.unsealed) == (given, ("u",), "no landlock here")
    assert edition.doi == "10.5281/zenodo.1"
    assert seen["_refuse_another"] == [(({"demo-1.0/a": b"a"}, {"demo-1.0/a": b"a"}), {})]
    assert seen["_refuse_other_bytes"] == [((home / "demo-1.0.zip", b"packed"), {})]
    assert seen["sign"] == [((b"packed", tmp_path / "key"), {})]
    store = tmp_path / "store" / "sha256"
    assert seen["lock"] == (tmp_path, store)
    assert seen["put"] == [((store, b"kept"), {}), ((store, b"apart"), {})]
    digest = hashlib.sha256(b"packed").hexdigest()
    entered = (tmp_path, "demo", "1.0", digest, "2026-01-31")
    assert seen["enter_release"] == [(entered, {"key": tmp_path / "key"})]
    assert seen["publish"] == [((home, "demo-1.0", b"packed", "signed"), {})]


def test_a_release_elsewhere_has_its_shelf_there_and_is_held_to_what_was_withdrawn_at_home(steps, tmp_path):
    study, out = a_study(tmp_path / "studies" / "demo"), tmp_path / "out"
    release.release_study(study, "1.0", out=out, date="2026-01-31")
    seen = steps.seen
    assert [given[0] for given, _ in seen["_refuse_withdrawn"]] == [out, study.folder / "releases"]
    assert seen["lock"] == (out, out / "store" / "sha256")
    assert seen["publish"] == [((out, "demo-1.0", b"packed", None), {})]
    assert seen["_pass_gate"][0][0][2:] == (out, ())
    assert seen["enter_release"][0][1] == {"key": None}
    edition = seen["bundle_files"][0][0][0]
    assert (edition.data, edition.doi, edition.unsealed) == ({}, None, "")
    assert seen["_build_from_clean"][0][0][1:] == (1, None, "")
    assert "sign" not in seen
    assert "_entered_date" not in steps.order


def test_a_release_that_was_cut_short_goes_on_under_its_day(steps, tmp_path, monkeypatch):
    monkeypatch.setattr(release, "_entered_date", lambda *given: steps.seen.update(entered=given) or "2025-05-05")
    release.release_study(a_study(tmp_path / "studies" / "demo"), "1.0")
    assert steps.seen["entered"] == (tmp_path, "demo", "1.0")
    assert steps.seen["bundle_files"][0][0][0].date == "2025-05-05"


def test_what_cannot_be_released_is_refused_before_anything_runs(steps, tmp_path):
    study = a_study(tmp_path)
    for changed, given, said in (
        ({"authors": []}, {}, "^'demo' names no authors, and a release is cited by them"),
        ({}, {"without": ["t", "v"]}, r"^without == 'v', must be an output of 'demo': \['t', 'u'\]"),
        ({}, {"doi": "11.1/x"}, "^doi == '11.1/x', must look like"),
        ({}, {"date": "31.1.2026"}, "^date == '31.1.2026', must be a day such as 2026-01-31"),
    ):
        with pytest.raises(SpecificationError, match=said):
            release.release_study(a_study(tmp_path, **changed) if changed else study, "1.0", **given)
    with pytest.raises(SpecificationError, match=r"^version == '1', must look like"):
        release.release_study(study, "1")
    assert "plan_runs" not in steps.order


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        *[(one, True) for one in ("1.0", "0.0.0.1", "1.0-beta", "1.0-rc.1", "123456789.1", f"1.0-{'x' * 60}")],
        *[(one, False) for one in ("1", "1.0.0.0.0", "1.0-", "1.0-a_b", "1234567890.1", f"1.0-{'x' * 61}", "١.٠")],
    ],
)
def test_versions_at_their_bounds(version, fits):
    if fits:
        assert release.check_version(version) == version
    else:
        with pytest.raises(SpecificationError, match=r"must look like 1\.0, 1\.0\.1 or 1\.0-beta"):
            release.check_version(version)


def test_the_day_of_a_release_is_that_of_the_world(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1769903999")  # a second before midnight, UTC
    assert release.release_date(None) == "2026-01-31"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1769904000")
    assert release.release_date(None) == "2026-02-01"
    assert release.release_date("20260131") == "2026-01-31"


@pytest.mark.parametrize("way", ["", "doi:", "https://doi.org/", "http://doi.org/", "https://dx.doi.org/"])
def test_a_doi_is_written_bare(way):
    assert release.check_doi(f" {way}10.5281/zenodo.123 ") == "10.5281/zenodo.123"


def test_runs_of_a_release_are_made_anew_and_sealed_or_signed_for(monkeypatch):
    asked, plan = [], SimpleNamespace(label="demo n=1")
    outcomes = []
    monkeypatch.setattr(release, "run_plans", lambda *given, **more: asked.append((given, more)) or outcomes)
    outcomes[:] = [Outcome(plan, seal=WHOLE)]
    release._build_from_clean([plan], 3, "heard", "")
    assert asked == [(([plan],), {"jobs": 3, "force": True, "listen": "heard"})]
    for seal in (None, Seal("audit", 0), Seal("landlock", 4, cluster=True)):
        outcomes[:] = [Outcome(plan, seal=seal)]
        with pytest.raises(SpecificationError, match=r"^demo n=1 ran unsealed on this machine.*--unsealed REASON$"):
            release._build_from_clean([plan], 1, None, "")
        release._build_from_clean([plan], 1, None, "no landlock here")
    outcomes[:] = [Outcome(plan, seal=WHOLE), Outcome(plan, error=NotebookError("cell 1 of 1: it broke"))]
    with pytest.raises(NotebookError, match="it broke"):
        release._build_from_clean([plan], 1, None, "no landlock here")


def test_a_bundle_that_comes_out_differently_names_what_differs():
    first = dict.fromkeys("abcdefg", b"1")
    release._refuse_another(first, dict(reversed(first.items())))
    with pytest.raises(IntegrityError, match="has other bytes in b, c, d, e, f: nothing is written"):
        release._refuse_another(first, {"a": b"1", "b": b"2"})
    with pytest.raises(IntegrityError, match="has other bytes in h: "):
        release._refuse_another(first, first | {"h": b""})


def test_a_bundle_is_put_in_its_place_with_its_hash_and_signature_before_it(monkeypatch, tmp_path):
    folder, order = tmp_path / "new" / "releases", []
    real = release.write_whole
    monkeypatch.setattr(release, "write_whole", lambda path, content: order.append(path.name) or real(path, content))
    made = release.publish(folder, "demo-1.0", b"zip", "signed é")
    digest = hashlib.sha256(b"zip").hexdigest()
    assert (made.path, made.sha256, made.new) == (folder / "demo-1.0.zip", digest, True)
    assert order == ["demo-1.0.zip.sig", "demo-1.0.zip.sha256", "demo-1.0.zip"]  # the bundle comes last
    assert (folder / "demo-1.0.zip.sha256").read_text() == f"{digest}  demo-1.0.zip\n"
    assert (folder / "demo-1.0.zip.sig").read_text(encoding="utf-8") == "signed é"
    order.clear()
    again_made = release.publish(folder, "demo-1.0", b"zip")
    assert (again_made.path, again_made.new, order) == (made.path, False, [])
    release.publish(folder, "demo-1.0", b"zip", "signed anew")
    assert order == ["demo-1.0.zip.sig"]
    with pytest.raises(SpecificationError, match="exists with other bytes, and a version once released is never"):
        release.publish(folder, "demo-1.0", b"other")
    assert (folder / "demo-1.0.zip").read_bytes() == b"zip"
    assert stat.S_IMODE((folder / "demo-1.0.zip").stat().st_mode) == 0o644


def test_a_withdrawn_version_says_when_and_why(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(release, "read_tombstone", lambda *given: asked.append(given))
    release._refuse_withdrawn(tmp_path, "demo", "1.0")
    assert asked == [(tmp_path, "demo", "1.0")]
    monkeypatch.setattr(release, "read_tombstone", lambda *_: {"date": "2026-02-01", "reason": "it was wrong"})
    with pytest.raises(SpecificationError, match=r"^version == '1\.0' of 'demo' was withdrawn on 2026-02-01 \(it was"):
        release._refuse_withdrawn(tmp_path, "demo", "1.0")


def test_the_day_of_a_version_is_that_of_its_own_line(monkeypatch, tmp_path):
    def line(kind, study, version, date):
        body = {"date": date}
        return SimpleNamespace(kind=kind, body=body, is_of=lambda *given: given == (study, version))

    lines = [
        line("release", "other", "1.0", "2020-01-01"),
        line("withdraw", "demo", "1.0", "2020-01-02"),
        line("release", "demo", "1.1", "2020-01-03"),
    ]
    monkeypatch.setattr(release, "load_ledger", lambda folder: lines if folder == tmp_path else [])
    assert release._entered_date(tmp_path, "demo", "1.0") is None
    lines += [line("release", "demo", "1.0", "2020-01-04"), line("release", "demo", "1.0", "2020-01-05")]
    assert release._entered_date(tmp_path, "demo", "1.0") == "2020-01-04"


@pytest.fixture
def gate(monkeypatch, tmp_path):
    """A gate whose answers are these."""
    seen, answers = {}, {"results": {}, "notebooks": {}, "differences": {}}

    def noting(name, answer):
        return lambda *given, **more: seen.update({name: (given, more)}) or answer()

    verdict = lambda: {"gate": answers["results"]}  # noqa: E731
    monkeypatch.setattr(release, "from_folder", lambda folder: SimpleNamespace(folder=folder, results=verdict()))
    monkeypatch.setattr(release.gate, "judge_notebooks", noting("notebooks", lambda: answers["notebooks"]))
    monkeypatch.setattr(release.gate, "released_tables", noting("released", lambda: "earlier"))
    monkeypatch.setattr(release.gate, "judge_differences", noting("differences", lambda: answers["differences"]))
    return SimpleNamespace(seen=seen, answers=answers, plans=[SimpleNamespace(folder=tmp_path / "run")])


@pytest.mark.parametrize(
    ("restricted", "without", "bare"), [(False, (), False), (True, (), True), (False, ("t",), True)]
)
def test_the_gate_sees_outputs_notebooks_and_what_left_before(gate, tmp_path, restricted, without, bare):
    study = a_study(tmp_path, runs_restricted=restricted)
    gate.answers["results"] = {"t": {"status": "pass", "message": ""}}
    release._pass_gate(study, gate.plans, tmp_path / "out", without)
    assert gate.seen["notebooks"] == ((study, [tmp_path / "run"]), {"bare": bare})
    assert gate.seen["released"] == ((study, [tmp_path / "out", tmp_path / "releases"]), {})
    (given, runs, earlier, left_out), _ = gate.seen["differences"]
    assert (given, [one.folder for one in runs], earlier, left_out) == (study, [tmp_path / "run"], "earlier", without)


def test_whatever_the_gate_keeps_back_is_said_at_once(gate, tmp_path):
    gate.answers["results"] = {
        "t": {"status": "fail", "message": "3 people stand behind it."},
        "u": {"status": "review", "message": "nobody said whom"},
        "v": {"status": "fail", "message": "left out"},
        "w": {"status": "pass", "message": "fine"},
    }
    gate.answers["notebooks"] = {"notebook": "Cell 1 names somebody."}
    gate.answers["differences"] = {"x": "It differs by two."}
    with pytest.raises(DisclosureError) as caught:
        release._pass_gate(a_study(tmp_path), gate.plans, tmp_path, ["v"])
    assert str(caught.value) == (
        "the gate keeps back 4 of the outputs of 'demo': t: 3 people stand behind it; u: nobody said whom; "
        "notebook: Cell 1 names somebody; x: It differs by two; cure them, or leave an output out with --without NAME"
    )


@pytest.fixture
def deposited(monkeypatch, tmp_path):
    """A bundle that verifies, and what is read from it."""
    seen = SimpleNamespace(checks=[Check("signature", "review", "Unsigned it is.")], wrote=[])
    study = a_study(tmp_path, authors=[Author(name="Pérez, Ana"), Author(name="B. Author")])
    files = {
        "demo-1.0/bundle.json": b'{"version": "1.0", "date": "2026-01-31"}',
        "demo-1.0/CITATION.cff": b'title: "x"\ndoi: "10.5281/zenodo.1"\n',
    }
    monkeypatch.setattr(deposits, "verify_bundle", lambda path: SimpleNamespace(checks=seen.checks))
    monkeypatch.setattr(deposits, "read_bundle", lambda path: files)
    monkeypatch.setattr(deposits, "as_written", lambda *given: seen.wrote.append(given) or (study, {}))
    seen.bundle, seen.study, seen.files = tmp_path / "demo-1.0.zip", study, files
    return seen


@pytest.mark.parametrize("archive", ["zenodo", "inveniordm"])
def test_a_deposit_is_written_beside_the_bundle_or_where_it_is_asked_for(deposited, monkeypatch, tmp_path, archive):
    asked = []
    for name in ("zenodo_json", "invenio_json"):
        monkeypatch.setattr(deposits, name, lambda *given, name=name: asked.append((name, *given)) or {"é": name})
    made = deposits.deposit(deposited.bundle, archive)
    name = {"zenodo": "zenodo_json", "inveniordm": "invenio_json"}[archive]
    assert asked == [(name, deposited.study, "1.0", "2026-01-31", "10.5281/zenodo.1")]
    assert made.path == tmp_path / f"demo-1.0.{archive}.json"
    assert made.path.read_text(encoding="utf-8") == f'{{\n "é": "{name}"\n}}\n'
    assert (made.doi, made.guessed) == ("10.5281/zenodo.1", ("B. Author",))
    listing, inside = deposited.wrote[0]
    assert listing == {"version": "1.0", "date": "2026-01-31"}
    assert set(inside) == {"bundle.json", "CITATION.cff"}
    elsewhere = deposits.deposit(deposited.bundle, archive, "doi:10.5281/zenodo.1", tmp_path / "a" / "b")
    assert elsewhere.path == tmp_path / "a" / "b" / f"demo-1.0.{archive}.json"


def test_a_bundle_is_deposited_under_its_own_doi_or_not_at_all(deposited, tmp_path):
    with pytest.raises(SpecificationError, match=r"^archive == 'osf', must be one of zenodo, inveniordm$"):
        deposits.deposit(deposited.bundle, "osf")
    with pytest.raises(
        SpecificationError, match=r"^doi == '10\.1234/x', and demo-1\.0\.zip cites 10\.5281/zenodo\.1: "
    ):
        deposits.deposit(deposited.bundle, "zenodo", "10.1234/x")
    deposited.files["demo-1.0/CITATION.cff"] = b'title: "doi: x"\n'
    assert deposits.deposit(deposited.bundle, "zenodo").doi is None
    with pytest.raises(SpecificationError, match=r"and demo-1\.0\.zip cites none: a DOI that was reserved"):
        deposits.deposit(deposited.bundle, "zenodo", "10.1234/x")
    deposited.checks.append(Check("files", "fail", "Changed: a."))
    with pytest.raises(
        IntegrityError, match=r"^demo-1\.0\.zip does not verify, so it is not deposited: files, Changed"
    ):
        deposits.deposit(deposited.bundle, "zenodo")


AUTHORS = [
    Author(name="Pérez, Ana", orcid="0000-0002-1825-0097", affiliation="Here"),
    Author(name="Ana Pérez"),
    Author(name="The Institute of Things"),
]
WHAT = "A study with its report, tables, figures, results, provenance and what it takes to run it again."


def test_what_zenodo_is_told(tmp_path):
    study = a_study(tmp_path, authors=AUTHORS, description='Two  <lines>\nof "it" & more')
    told = deposits.zenodo_json(study, "1.0", "2026-01-31", None)
    assert told == {
        "metadata": {
            "title": "How many <people>?",
            "upload_type": "dataset",
            "publication_date": "2026-01-31",
            "description": f'<p>Two &lt;lines&gt; of "it" &amp; more</p><p>{WHAT}</p>',
            "creators": [
                {"name": "Pérez, Ana", "affiliation": "Here", "orcid": "0000-0002-1825-0097"},
                {"name": "Pérez, Ana"},
                {"name": "The Institute of Things"},
            ],
            "access_right": "open",
            "license": "cc-by-4.0",
            "version": "1.0",
            "related_identifiers": [{"identifier": "10.1111/rssa.12505", "relation": "cites", "scheme": "doi"}],
            "references": ["A report (2020)"],
            "prereserve_doi": True,
        }
    }
    bare = deposits.zenodo_json(a_study(tmp_path, cite=Cite()), "1.0", "2026-01-31", "10.5281/zenodo.1")["metadata"]
    assert {"related_identifiers", "references", "prereserve_doi"}.isdisjoint(bare)
    assert bare["doi"] == "10.5281/zenodo.1"
    assert bare["description"].startswith(f"<p>{html.escape('How many <people>?', quote=False)}</p>")


def test_what_a_draft_of_inveniordm_is_told(tmp_path):
    study = a_study(tmp_path, authors=AUTHORS)
    person = {"type": "personal", "family_name": "Pérez", "given_name": "Ana"}
    orcid = {"identifiers": [{"scheme": "orcid", "identifier": "0000-0002-1825-0097"}]}
    metadata = {
        "resource_type": {"id": "dataset"},
        "title": "How many <people>?",
        "publication_date": "2026-01-31",
        "creators": [
            {"person_or_org": person | orcid, "affiliations": [{"name": "Here"}]},
            {"person_or_org": person},
            {"person_or_org": {"type": "personal", "family_name": "The Institute of Things"}},
        ],
        "description": f"<p>How many &lt;people&gt;?</p><p>{WHAT}</p>",
        "version": "1.0",
        "rights": [{"id": "cc-by-4.0"}],
        "related_identifiers": [
            {"identifier": "10.1111/rssa.12505", "scheme": "doi", "relation_type": {"id": "cites"}}
        ],
        "references": [{"reference": "A report (2020)"}],
    }
    whole = {
        "access": {"record": "public", "files": "public"},
        "files": {"enabled": True},
        "metadata": metadata,
    }
    assert deposits.invenio_json(study, "1.0", "2026-01-31", None) == whole
    doi = {"identifier": "10.5281/zenodo.1", "provider": "datacite", "client": "datacite"}
    told = deposits.invenio_json(study, "1.0", "2026-01-31", "10.5281/zenodo.1")
    assert told == whole | {"pids": {"doi": doi}}
    bare = deposits.invenio_json(a_study(tmp_path, cite=Cite()), "1.0", "2026-01-31", None)["metadata"]
    assert {"related_identifiers", "references"}.isdisjoint(bare)


def test_references_that_are_dois_are_told_apart_however_they_are_written(tmp_path):
    words = ["doi:10.1/a", "https://doi.org/10.2/b", "http://dx.doi.org/10.3/c", "see doi:10.4/d", "10.5/e", "doi:11/x"]
    found = deposits._references(a_study(tmp_path, cite=Cite(references=words)))
    assert found == (["10.1/a", "10.2/b", "10.3/c"], ["see doi:10.4/d", "10.5/e", "doi:11/x"])


@pytest.mark.parametrize("signed", [True, False])
def test_the_archive_that_holds_all_is_packed_with_the_signature_of_the_bundle(monkeypatch, tmp_path, signed):
    seen = []
    monkeypatch.setattr(full, "read_whole", lambda *given: seen.append(given) or {"a": b"b"})
    monkeypatch.setattr(full, "publish", lambda *given: seen.append(given) or "published")
    monkeypatch.setattr(full, "refuse_no_zip", lambda *given: seen.append(given))
    bundle = tmp_path / "demo-1.0.zip"
    bundle.write_bytes(b"zip")
    if signed:
        (tmp_path / "demo-1.0.zip.sig").write_bytes(b"signed\xff" + b"x" * 2**14)
    assert full.whole_bundle(bundle) == "published"
    beside = "signed\ufffd" + "x" * (2**14 - 7) if signed else None
    packed = full.pack({"a": b"b"})
    assert seen == [(bundle, b"zip"), (bundle, None), (tmp_path, "demo-1.0-full", packed, beside)]
    full.whole_bundle(bundle, tmp_path / "store", tmp_path / "out")
    assert (seen[4], seen[5][0]) == ((bundle, tmp_path / "store"), tmp_path / "out")


def test_a_bundle_runs_again_in_a_folder_of_its_own_and_is_compared_with_itself(monkeypatch, tmp_path):
    seen = {}

    @contextmanager
    def temporary():
        yield tmp_path

    def evidence(run, source):
        components = {"parameters": {}, "source": source}
        return SimpleNamespace(
            run_id=run, parameters={}, results={"study": "demo"}, provenance={"components": components}
        )

    before, after = evidence("r1", "s1"), evidence("r2", "s2")
    monkeypatch.setattr(again, "temporary_folder", temporary)
    monkeypatch.setattr(again, "from_bundle", lambda files, name: seen.update(bundle=name) or [before])
    monkeypatch.setattr(again, "from_folder", lambda folder: seen.update(folder=folder) or after)
    monkeypatch.setattr(again, "_run", lambda *given: seen.update(run=given) or [{"folder": str(tmp_path / "made")}])
    monkeypatch.setattr(again, "_other_pages", lambda files, made: seen.update(made=made) or iter(["report.html"]))
    loaded = SimpleNamespace(outputs={"t": 1})
    monkeypatch.setattr(again, "load_study", lambda folder: seen.update(study=folder) or loaded)
    monkeypatch.setattr(again, "build_expected", lambda *given: seen.update(expected=given) or "expected")
    monkeypatch.setattr(again, "compare", lambda *given: seen.update(compare=given) or iter(["compared"]))
    monkeypatch.setattr(again, "source_hash", lambda: "installed")
    monkeypatch.setattr(again, "unpack", lambda content: {"ctresearch/a.py": content})
    monkeypatch.chdir(tmp_path)
    files = {
        "demo-1.0/wheel/x.whl": b"wheel",
        "demo-1.0/source/data/lists.csv": b"a",
        "demo-1.0/source/pyproject.toml": b"",
    }
    found = again.rerun(files, {"cases": "given.csv"})
    project = tmp_path / "bundle" / "source"
    given = {"lists": str(project / "data" / "lists.csv"), "cases": str(tmp_path / "given.csv")}
    assert seen["run"] == (project, tmp_path / "package", "demo", given)
    assert (project / "data" / "lists.csv").read_bytes() == b"a"
    assert (tmp_path / "package" / "ctresearch" / "a.py").read_bytes() == b"wheel"
    assert (seen["bundle"], seen["folder"]) == ("the bundle", tmp_path / "made")
    assert seen["made"] == {"r2": tmp_path / "made"}
    assert seen["study"] == project / "studies" / "demo"
    assert seen["expected"] == ("demo", [before])
    assert seen["compare"] == ("expected", [after], {"t": 1})
    assert (found.comparisons, found.same_id, found.other_pages) == (("compared",), False, ("report.html",))
    assert found.differences == ("the source of ctresearch changed",)
    assert (found.source_hash, found.installed_hash) == ("s2", "installed")
    after.run_id = "r1"
    assert again.rerun(files).same_id is True
    assert seen["run"][3] == {"lists": given["lists"]}


def test_runs_of_a_grid_are_paired_by_their_parameters_however_many_came_out(monkeypatch):
    def one(n, seed):
        return SimpleNamespace(parameters={"n": n}, provenance={"components": {"seed": seed}})

    before = [one(2, 5), one(1, 5), one(3, 5)]
    assert again._differences(before, [one(1, 5), one(2, 6)]) == ["seed: 5 -> 6"]
    assert again._differences(before, [one(3, 8), one(1, 6), one(2, 6)]) == ["seed: 5 -> 6", "seed: 5 -> 8"]
    assert again._differences([one(1, 5)], [one(2, 7), one(1, 5)]) == ["seed: 5 -> 7"]  # one alone is that one
