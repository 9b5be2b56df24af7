"""A recall and a withdrawal step by step: what is written down first, what is looked through, and what is left."""

import hashlib
import json
from contextlib import contextmanager
from pathlib import PurePosixPath
from types import SimpleNamespace

import pytest

from ctresearch.core import Check, DataError, DisclosureError, SpecificationError
from ctresearch.studies.asked.project import Project
from ctresearch.studies.base.archive import pack, unpack
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.release import recall, signed, wheel, withdraw
from ctresearch.studies.release.recall import Recalled, _Plan

STONE = {"study": "demo", "version": "1.0", "date": "2026-02-01", "reason": "it was wrong", "sha256": "d"}


def sha(content):
    return hashlib.sha256(content).hexdigest()


def write_bundle(path, files, runs=("r1",)):
    path.parent.mkdir(parents=True, exist_ok=True)
    listing = {"runs": {f"runs/{one}/": one * 32 for one in runs}}
    inside = files | {"bundle.json": json.dumps(listing).encode()}
    path.write_bytes(pack({f"{path.stem}/{name}": content for name, content in inside.items()}))
    return path


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.ctresearch]\n")
    return Project.at(tmp_path)


FILES = {
    "tables/t.csv": b"place,n\nNorthern shelter,12\n",
    "report.html": b"<p>shown</p>",
    "source/studies/demo/study.toml": b"source",
    "wheel/x.whl": b"wheel",
    "LICENSE.md": b"licence",
    "requirements.txt": b"pins",
    "results.schema.json": b"schema",
}


@pytest.fixture
def bundle(project):
    return write_bundle(project.studies / "demo" / "releases" / "demo-1.0.zip", FILES)


def test_what_is_to_go_is_written_down_by_hashes_of_what_the_study_gave(project, bundle, monkeypatch):
    asked = []
    monkeypatch.setattr(recall.blobs, "alone", lambda *given: asked.append(given) or ["kept"])
    plan = recall._make_plan(project, bundle, "demo", "1.0", " a person  could be recognised ")
    digest = sha(bundle.read_bytes())
    assert plan.stone == {
        "study": "demo",
        "version": "1.0",
        "date": recall.dt.datetime.now(recall.dt.UTC).date().isoformat(),
        "reason": "a person could be recognised",
        "sha256": digest,
    }
    assert plan.runs == ["r1" * 32]
    shown = [FILES["tables/t.csv"], FILES["report.html"]]
    assert plan.files == sorted([*map(sha, shown), digest])
    assert plan.sizes == sorted([*map(len, shown), bundle.stat().st_size])
    assert plan.kept == ["kept"]
    assert asked == [(bundle, [bundle])]
    for words in ("the northern shelter was shown", "northern shelter"):
        with pytest.raises(DisclosureError, match="the reason holds a number, a name"):
            recall._make_plan(project, bundle, "demo", "1.0", words)


def test_what_was_withdrawn_keeps_its_stone_and_what_never_was_is_refused(project, bundle, monkeypatch):
    monkeypatch.setattr(recall, "read_tombstone", lambda *given: STONE if given[1:] == ("demo", "1.0") else None)
    monkeypatch.setattr(recall.blobs, "alone", lambda *_: [])
    assert recall._make_plan(project, bundle, "demo", "1.0", "").stone is STONE
    bundle.unlink()
    plan = recall._make_plan(project, bundle, "demo", "1.0", "")
    assert (plan.runs, plan.files, plan.sizes) == ([], ["d"], [])
    with pytest.raises(SpecificationError, match=f"^demo 1.1 is no release in {bundle.parent}, and none was withdrawn"):
        recall._make_plan(project, bundle.with_name("demo-1.1.zip"), "demo", "1.1", "why")


def test_a_note_is_read_as_it_was_written_or_said_to_be_broken(tmp_path):
    note = tmp_path / "note.json"
    assert recall._read_plan(note) is None
    plan = _Plan(STONE, ["r"], ["f"], [3], ["k"])
    note.write_text(json.dumps(recall.asdict(plan)))
    assert recall._read_plan(note) == plan
    note.write_text("{}")
    with pytest.raises(DataError, match=rf"^{note} cannot be read \(TypeError\): delete it and recall again$"):
        recall._read_plan(note)


@pytest.fixture
def steps(monkeypatch, project):
    """A recall whose steps note what they are given and do nothing."""
    seen, order = {}, []
    plan = _Plan(STONE, ["r"], ["f"], [3], ["k"])

    def noting(name, answer):
        def call(*given, **more):
            order.append(name)
            seen[name] = (*given, more) if more else given
            return answer

        return call

    @contextmanager
    def locked(folder):
        order.append(("lock", folder))
        yield

    out = project.studies / "demo" / "releases"
    alike, copy = out / "demo-1.1.zip", project.root / "docs" / "copy.csv"
    answers = {
        "_read_plan": None,
        "_make_plan": plan,
        "sign": None,
        "write_whole": None,
        "set_tombstone": out / "stone",
        "_entered": True,
        "_purge": [out / "demo-1.0.zip"],
        "_bundles": [alike, out / "demo-0.9.zip"],
        "_copies": [copy],
    }
    for name, answer in answers.items():
        monkeypatch.setattr(recall, name, noting(name, answer))
    monkeypatch.setattr(recall, "_hashes_of", lambda one: {"f"} if one == alike else {"g"})
    monkeypatch.setattr(recall, "locked", locked)
    return SimpleNamespace(seen=seen, order=order, plan=plan, out=out, alike=alike, copy=copy, noting=noting)


def test_a_recall_signs_first_notes_then_purges_and_forgets_its_note_last(steps, project, tmp_path):
    note, key = steps.out / ".recall-demo-1.0.json", tmp_path / "key"
    note.parent.mkdir(parents=True)
    note.touch()
    done = recall.recall(project, "demo", "1.0", "it was wrong", key=key)
    assert done == Recalled(steps.out / "stone", (steps.out / "demo-1.0.zip",), (steps.copy,), (steps.alike,), True)
    names = [*("_read_plan", "sign", "_make_plan", ("lock", steps.out), "write_whole", "set_tombstone", "_entered")]
    assert steps.order == [*names, "_purge", "_bundles", "_copies"]
    seen, bundle = steps.seen, steps.out / "demo-1.0.zip"
    assert seen["_read_plan"] == (note,)
    assert seen["sign"] == (b"", key)
    assert seen["_make_plan"] == (project, bundle, "demo", "1.0", "it was wrong")
    assert seen["write_whole"] == (note, json.dumps(recall.asdict(steps.plan)).encode())
    assert seen["set_tombstone"] == (steps.out, STONE, key)
    assert seen["_entered"] == (project.root, steps.out / "stone", STONE, key)
    assert seen["_purge"] == (project, bundle, steps.plan)
    assert seen["_bundles"] == (project, steps.out)
    assert seen["_copies"] == (project, steps.plan, {"but": {steps.out / "stone", steps.alike}})
    assert not note.exists()


def test_a_recall_that_was_cut_short_goes_on_by_its_note_in_a_folder_of_its_own(steps, project, monkeypatch, tmp_path):
    monkeypatch.setattr(recall, "_read_plan", steps.noting("_read_plan", steps.plan))
    recall.recall(project, "demo", "1.0", "", out=tmp_path / "out", key=tmp_path / "key")
    assert steps.order[:2] == ["_read_plan", "set_tombstone"]
    assert steps.seen["_read_plan"] == (tmp_path / "out" / ".recall-demo-1.0.json",)
    assert steps.seen["_entered"][0] == tmp_path / "out"
    assert steps.seen["set_tombstone"][0] == tmp_path / "out"


def test_what_is_out_of_reach_is_named_with_the_paths_that_git_still_holds(project):
    root = project.root
    gone = [
        root / "studies/demo/releases/demo-1.0.zip",
        root / "store/sha256/ab/x.xz",
        root / "runs/demo/r1",
        root / ".cache/a",
        root / "build/b",
        root / ".ctresearch/c",
        root.parent / "elsewhere",
    ]
    lines = recall.out_of_reach(project, Recalled(root / "stone", tuple(gone), (), (), True), "demo", "1.0")
    paths = "--path 'studies/demo/releases/demo-1.0.zip' --path 'studies/demo/releases/demo-1.0.zip.sig'"
    assert lines[1] == f"    git filter-repo --invert-paths {paths} --path 'store/sha256/ab/x.xz'"
    assert lines[2].strip() == "git push --force --all && git push --force --tags"
    assert len(lines) == 9


@pytest.mark.parametrize(
    ("reason", "kept"),
    [("so it was " * 20 + "x", None), ("a" * 200, "a" * 200), ("a" * 201, None), (" it  was\nwrong ", "it was wrong")],
)
def test_a_reason_has_two_hundred_characters_at_most(reason, kept):
    if kept is not None:
        assert recall.check_reason(reason, set()) == kept
    else:
        with pytest.raises(SpecificationError, match=r"must say in 1 to 200 why the release is recalled"):
            recall.check_reason(reason, set())


def test_a_reason_repeats_no_cell_of_up_to_six_words_and_begins_as_a_sentence_may():
    cell = "one two three four five six"
    for words in (cell, f"here {cell} there"):
        with pytest.raises(DisclosureError):
            recall.check_reason(words, {cell})
    assert recall.check_reason(f"{cell} seven", {f"{cell} seven"})  # nobody says that by chance
    assert recall.check_reason("Nobody was asked", {"asked nobody"}) == "Nobody was asked"
    with pytest.raises(DisclosureError):
        recall.check_reason("nobody Was asked", set())


def test_cells_of_more_than_two_letters_are_held_to_and_a_broken_table_to_nothing():
    assert list(recall._cells("t.csv", b"head,x\nabc,ab\n Mixed-Case ,\n")) == ["abc", "mixed case"]
    assert list(recall._cells("t.csv", b"a\n\xff\n")) == []
    assert list(recall._cells("t.json", b"a\nabc\n")) == []


def test_a_ledger_that_is_broken_is_said_to_be_and_holds_nothing_up(monkeypatch, tmp_path):
    asked = []
    (tmp_path / "stone").write_bytes(b"stone")
    monkeypatch.setattr(recall, "enter_gone", lambda *given, **more: asked.append((given, more)))
    assert recall._entered(tmp_path, tmp_path / "stone", STONE, "key") is True
    assert asked == [((tmp_path, "recall", STONE, sha(b"stone")), {"key": "key"})]

    def broken(*_, **__):
        raise IntegrityError("the chain of lines is broken")

    monkeypatch.setattr(recall, "enter_gone", broken)
    assert recall._entered(tmp_path, tmp_path / "stone", STONE, None) is False


def write(path, content=b"x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_purge_takes_bundle_runs_caches_and_what_was_expected_and_leaves_others(project, bundle, monkeypatch):
    root, runs = project.root, project.runs / "demo"
    gone = {
        "by id": write(runs / ("r1" * 8) / "a.csv").parent,
        "by bytes": write(runs / "0123456789abcdef" / "deep" / "t.csv", b"shown").parent.parent,
        "failed": write(runs / "failed" / "4567" / "t.csv", b"shown").parent,
        "cache": write(root / ".cache" / "deep" / "c.csv", b"shown"),
        "build": write(root / "build" / "c.csv", b"shown"),
        "own": write(root / ".ctresearch" / "c.csv", b"shown"),
        "expected": write(root / "studies" / "demo" / "expected.json"),
    }
    kept = [
        write(runs / "89ab" / "other.csv", b"other"),
        write(runs / "cdef" / "provenance.json", b"shown"),  # the record of another run
        write(root / ".cache" / "other.csv", b"other"),
        write(root / "docs" / "copy.csv", b"shown"),
        write(root / ".cache" / ".git" / "x", b"shown"),
        write(project.runs / "other" / "r" / "t.csv", b"shown"),
    ]
    (root / ".cache" / "link").symlink_to(root / "docs" / "copy.csv")
    write(runs / "latest")
    monkeypatch.setattr(recall.blobs, "forget", lambda *given: [("forget", *given)])
    plan = _Plan(STONE, ["r1" * 32], [sha(b"shown"), "d"], [5], ["k"])
    found = list(recall._purge(project, bundle, plan))
    assert found[:2] == [bundle, ("forget", bundle, ["k"])]
    assert sorted(found[2:]) == sorted(gone.values())
    assert not any(one.exists() for one in gone.values())
    assert all(one.exists() for one in kept)
    assert not (runs / "latest").exists()
    assert not bundle.exists()


def test_where_nobody_can_tell_which_runs_they_are_all_go(project, bundle):
    runs = project.runs / "demo"
    write(runs / "89ab" / "other.csv", b"other")
    list(recall._purge(project, bundle, _Plan(STONE, [], ["d"], [], [])))
    assert list(runs.iterdir()) == []


def test_a_bundle_in_a_folder_of_its_own_goes_at_home_too(project, bundle, tmp_path):
    other = write(tmp_path / "out" / bundle.name)
    found = list(recall._purge(project, other, _Plan(STONE, [], ["d", "e"], [], [])))
    assert found[:2] == [other, bundle]


def test_bytes_are_compared_where_sizes_are_alike(tmp_path):
    plan = _Plan(STONE, [], [sha(b"shown")], [5], [])
    assert recall._same(write(tmp_path / "a", b"shown"), plan)
    assert not recall._same(write(tmp_path / "b", b"other"), plan)
    assert not recall._same(tmp_path / "missing", plan)
    assert not recall._same(tmp_path / "a", _Plan(STONE, [], [sha(b"shown")], [4], []))


def test_files_below_a_folder_are_listed_without_links_and_without_what_is_not_the_projects(tmp_path):
    kept = [write(tmp_path / "a"), write(tmp_path / "deep" / "er" / "b")]
    for name in (".git", ".venv", "node_modules", "__pycache__"):
        write(tmp_path / "deep" / name / "c")
    (tmp_path / "link").symlink_to("a")
    assert sorted(recall._files(tmp_path)) == kept


def test_copies_are_looked_for_in_the_whole_project(project, tmp_path):
    plan = _Plan(STONE, [], [sha(b"shown")], [5], [])
    first, second = write(tmp_path / "docs" / "a", b"shown"), write(tmp_path / "b", b"shown")
    write(tmp_path / "c", b"other")
    assert list(recall._copies(project, plan, but={second})) == [first]


def test_bundles_that_share_a_store_are_listed_once(project, bundle, tmp_path):
    other = write_bundle(project.studies / "other" / "releases" / "other-1.0.zip", {})
    away = write_bundle(tmp_path / "out" / "demo-1.0.zip", {})
    assert recall._bundles(project, bundle.parent) == [bundle, other]
    assert recall._bundles(project, away.parent) == sorted([bundle, other, away])
    assert recall._hashes_of(bundle) == {sha(FILES["tables/t.csv"]), sha(FILES["report.html"])}
    assert recall._hashes_of(tmp_path / "missing.zip") == set()


@pytest.fixture
def gone(monkeypatch):
    seen = []
    monkeypatch.setattr(withdraw, "enter_gone", lambda *given, **more: seen.append(("enter", *given, more)))
    monkeypatch.setattr(
        withdraw, "sign", lambda *given: seen.append(("sign", *given)) or SimpleNamespace(text="signed")
    )
    monkeypatch.setattr(withdraw.blobs, "alone", lambda *given: seen.append(("alone", *given)) or ["k"])
    monkeypatch.setattr(withdraw.blobs, "forget", lambda *given: seen.append(("forget", *given)))
    return seen


def test_a_withdrawal_sets_its_stone_enters_it_and_takes_the_bundle_last(gone, tmp_path):
    bundle = write(tmp_path / "demo-1.0.zip", b"zip")
    beside = [write(tmp_path / f"demo-1.0{name}.zip{end}") for name in ("", "-full") for end in (".sha256", ".sig")]
    full, kept = write(tmp_path / "demo-1.0-full.zip"), write(tmp_path / "demo-1.1.zip")
    key, shelf = tmp_path / "key", tmp_path / "shelf"
    stone = withdraw.withdraw(
        tmp_path, "demo", "1.0", " it was wrong ", date="2026-02-01", key=key, shelf=shelf, others=[kept]
    )
    assert stone == tmp_path / "demo-1.0.withdrawn.json"
    said = STONE | {"sha256": sha(b"zip")}
    assert json.loads(stone.read_text()) == {"format": "ctresearch-tombstone/1", **said}
    assert stone.read_text().startswith('{\n "format"')
    assert stone.with_name(stone.name + ".sig").read_text() == "signed"
    content = stone.read_bytes()
    assert gone == [
        ("sign", content, key),
        ("enter", shelf, "withdraw", said, sha(content), {"key": key}),
        ("alone", bundle, [kept]),
        ("forget", bundle, ["k"]),
    ]
    assert not any(one.exists() for one in (bundle, full, *beside))
    assert kept.exists()
    with pytest.raises(SpecificationError, match=r"^demo 1.0 was withdrawn on 2026-02-01 already: it was wrong$"):
        withdraw.withdraw(tmp_path, "demo", "1.0", "again")


def test_a_withdrawal_that_was_cut_short_keeps_its_first_words(gone, tmp_path):
    write(tmp_path / "demo-1.0.zip", b"zip")
    withdraw.set_tombstone(tmp_path, STONE, None)
    stone = withdraw.withdraw(tmp_path, "demo", "1.0", "other words")
    assert json.loads(stone.read_text())["reason"] == "it was wrong"
    assert [name for name, *_ in gone] == ["alone", "forget"]  # neither signed nor entered: nobody asked for that
    assert not (tmp_path / "demo-1.0.zip").exists()
    assert not stone.with_name(stone.name + ".sig").exists()


def test_what_is_no_release_says_which_there_are(tmp_path):
    with pytest.raises(SpecificationError, match=r"^reason == ' ', must say why the release is withdrawn$"):
        withdraw.withdraw(tmp_path, "demo", "1.0", " ")
    with pytest.raises(SpecificationError, match=f"^demo 1.0 is no release in {tmp_path}, there are none$"):
        withdraw.withdraw(tmp_path, "demo", "1.0", "why")
    for name in ("demo-1.2.zip", "demo-1.1.zip", "other-1.0.zip"):
        write(tmp_path / name)
    with pytest.raises(SpecificationError, match=r"there are demo-1\.1, demo-1\.2$"):
        withdraw.withdraw(tmp_path, "demo", "1.0", "why")


def test_a_bundle_goes_after_what_stands_beside_it(tmp_path):
    names = [f"demo-1.0{name}.zip{end}" for name in ("-full", "") for end in (".sha256", ".sig", "")]
    for name in names:
        write(tmp_path / name)
    assert withdraw.remove_bundle(tmp_path / "demo-1.0.zip") == [tmp_path / name for name in names]
    assert withdraw.remove_bundle(tmp_path / "demo-1.0.zip") == []


def test_a_tombstone_is_found_beside_the_bundle_or_where_releases_lie(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    path = here / "demo-1.0.zip"
    assert withdraw.find_withdrawn(path, [there]) is None
    withdraw.set_tombstone(there, STONE, None)
    assert withdraw.find_withdrawn(path, [there]) == STONE
    assert withdraw.find_withdrawn(path) is None
    withdraw.set_tombstone(here, STONE | {"reason": "nearer"}, None)
    assert withdraw.find_withdrawn(path, [there])["reason"] == "nearer"
    assert withdraw.read_tombstone(here, "demo", "1.1") is None
    stone = here / "demo-1.0.withdrawn.json"
    for content, kind in ((b"{", "JSONDecodeError"), (b"{}", "KeyError"), (b"[]", "TypeError")):
        stone.write_bytes(content)
        for way in (lambda: withdraw.find_withdrawn(path), lambda: withdraw.read_tombstone(here, "demo", "1.0")):
            with pytest.raises(DataError, match=f"^the tombstone {stone} cannot be read: {kind}$"):
                way()


@pytest.fixture
def signing(monkeypatch, tmp_path):
    """A bundle that verifies, a key that signs, and a ledger that notes its lines."""
    seen = SimpleNamespace(checks=[Check("signature", "fail", "By a lost key.")], made=[], entered=[], sha=None)
    listing = {"study": "demo", "version": "1.0", "date": "2026-01-31"}
    monkeypatch.setattr(
        signed,
        "verify_bundle",
        lambda file: SimpleNamespace(checks=seen.checks, sha256=seen.sha or sha(file.read_bytes()), listing=listing),
    )
    monkeypatch.setattr(signed, "slim", lambda content, listing: b"slim")

    def sign(content, key):
        seen.made.append((content, key))
        return SimpleNamespace(text="signed", key=SimpleNamespace(fingerprint="SHA256:x"))

    def enter(*given, **more):
        seen.entered.append((*given, more))
        return SimpleNamespace(number=7)

    monkeypatch.setattr(signed, "sign", sign)
    monkeypatch.setattr(signed, "enter_release", enter)
    monkeypatch.setattr(signed, "enter_gone", enter)
    seen.key, seen.file = tmp_path / "key", write(tmp_path / "releases" / "demo-1.0.zip", b"zip")
    return seen


def test_a_bundle_is_signed_without_what_the_store_keeps_and_entered(signing):
    made = signed.sign_release(signing.file, signing.key)
    folder = signing.file.parent
    assert (made.path, made.fingerprint, made.number) == (folder / "demo-1.0.zip.sig", "SHA256:x", 7)
    assert made.ledger == folder / "releases.jsonl"
    assert signing.made == [(b"slim", signing.key)]
    assert signing.entered == [(folder, "demo", "1.0", sha(b"slim"), "2026-01-31", {"key": signing.key})]
    assert made.path.read_text() == "signed"
    beside = folder / "demo-1.0.zip.sha256"
    assert beside.read_text() == f"{sha(b'zip')}  demo-1.0.zip\n"
    beside.write_text("as it is")
    signed.sign_release(signing.file, signing.key)
    assert beside.read_text() == "as it is"


def test_what_signing_does_not_mend_is_not_signed(signing):
    signing.checks.append(Check("ledger", "fail", "It has other bytes."))  # signing anew mends that
    signed.sign_release(signing.file, signing.key)
    signing.checks.append(Check("files", "fail", "Changed: a."))
    with pytest.raises(
        IntegrityError, match=r"^demo-1\.0\.zip does not verify, so it is not signed: files, Changed: a"
    ):
        signed.sign_release(signing.file, signing.key)
    signing.checks.pop()
    signing.sha = "another"
    with pytest.raises(IntegrityError, match=r"^demo-1\.0\.zip changed while it was read, so it is not signed"):
        signed.sign_release(signing.file, signing.key)


@pytest.mark.parametrize(("kind", "entered"), [("recall", "recall"), ("withdraw", "withdraw"), (None, "withdraw")])
def test_a_tombstone_is_signed_as_what_it_tells_of(signing, kind, entered):
    withdraw.set_tombstone(signing.file.parent, STONE, None)
    stone = signing.file.parent / "demo-1.0.withdrawn.json"
    if kind is not None:
        stone.write_text(json.dumps(STONE | {"kind": kind}))
    content = stone.read_bytes()
    made = signed.sign_release(stone, signing.key)
    assert made.path.name == "demo-1.0.withdrawn.json.sig"
    assert signing.made == [(content, signing.key)]
    assert signing.entered == [(stone.parent, entered, STONE, sha(content), {"key": signing.key})]
    assert not (stone.parent / "demo-1.0.withdrawn.json.sha256").exists()


def test_what_only_looks_like_a_tombstone_is_not_signed(signing, tmp_path):
    stone = write(tmp_path / "x.withdrawn.json", b"{}")
    with pytest.raises(DataError, match=f"^the tombstone {stone} cannot be read: KeyError$"):
        signed.sign_release(stone, signing.key)
    stone.write_text(json.dumps(STONE))
    with pytest.raises(DataError, match=f"^{stone} is no tombstone that `ctresearch withdraw` wrote$"):
        signed.sign_release(stone, signing.key)


def test_a_ledger_lies_above_else_in_the_project_else_beside(tmp_path):
    file = write(tmp_path / "p" / "studies" / "demo" / "releases" / "demo-1.0.zip")
    assert signed._shelf(file) == file.parent
    (tmp_path / "p" / "store" / "sha256").mkdir(parents=True)
    assert signed._shelf(file) == tmp_path / "p"
    write(tmp_path / "releases.jsonl")
    assert signed._shelf(file) == tmp_path
    write(file.parent / "releases.jsonl")
    assert signed._shelf(file) == file.parent


def test_a_wheel_holds_the_package_its_licence_and_a_record_of_every_file(monkeypatch, tmp_path):
    package = tmp_path / "lib" / "ctresearch"
    write(package / "studies" / "release" / "wheel.py", b"a")
    write(package / "core" / "b.py", b"b")
    for name in ("__pycache__", ".ipynb_checkpoints"):
        write(package / name / "c.py")
    info = tmp_path / "lib" / "ctresearch-9.dist-info"
    texts = {
        "METADATA": b"m",
        "entry_points.txt": b"e",
        "licenses/LICENSE": b"l",
        "RECORD": b"r",
        "direct_url.json": b"d",
    }
    for name, content in texts.items():
        write(info / name, content)
    found = SimpleNamespace(
        version="9",
        files=[PurePosixPath(f"ctresearch-9.dist-info/{name}") for name in texts],
        locate_file=lambda path: tmp_path / "lib" / path,
    )
    monkeypatch.setattr(wheel, "distribution", lambda name: found)
    monkeypatch.setattr(wheel, "__file__", str(package / "studies" / "release" / "wheel.py"))
    name, content = wheel.build_wheel.__wrapped__()
    assert name == "ctresearch-9-py3-none-any.whl"
    inside = unpack(content)
    home = "ctresearch-9.dist-info"
    assert {path: one for path, one in inside.items() if not path.endswith(("RECORD", "WHEEL"))} == {
        "ctresearch/studies/release/wheel.py": b"a",
        "ctresearch/core/b.py": b"b",
        f"{home}/METADATA": b"m",
        f"{home}/entry_points.txt": b"e",
        f"{home}/licenses/LICENSE": b"l",
    }
    assert inside[f"{home}/WHEEL"].startswith(b"Wheel-Version: 1.0\n")
    lines = inside[f"{home}/RECORD"].decode().splitlines()
    assert lines[-1] == f"{home}/RECORD,,"
    in_the_alphabet_of_addresses_and_unpadded = "PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0"
    assert f"ctresearch/core/b.py,sha256={in_the_alphabet_of_addresses_and_unpadded},1" in lines
    assert [line.partition(",")[0] for line in lines[:-1]] == sorted(path for path in inside if "RECORD" not in path)
    assert content == pack(inside, effort=0)
    sources = [("core/b.py", b"b"), ("studies/release/wheel.py", b"a")]
    assert wheel.wheel_source(content) == wheel.hash_sources(iter(sources))
