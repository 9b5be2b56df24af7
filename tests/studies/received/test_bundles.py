"""A study takes released bundles as data: whole, as they were released, of the release it names, and nothing else."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from ctresearch.core import DataError, Result, SpecificationError
from ctresearch.studies import ReleasedStudy, Run, current_run, load_study
from ctresearch.studies.asked.identity import components, run_id
from ctresearch.studies.asked.manifest import study_from_table
from ctresearch.studies.asked.project import Project
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.received.bundles import refuse_unpinned, resolve_data
from ctresearch.studies.release.shared_inputs import shared_inputs
from ctresearch.studies.release.withdraw import withdraw
from ctresearch.studies.running.plan import plan_runs
from ctresearch.studies.shown.results import results_bytes
from national import SCOPE, digest, level_of, national
from small_project import ETHICS, HEAD, call, make_project

TOML = """title = "A region"
notebook = "demo"
seed = 3
authors = [{ name = "A regional team" }]

[data.kenya]
source = "bundle:kenya@1.0.0"
level = "public"

[outputs]
t = { kind = "file", level = "public" }
"""


@pytest.fixture
def project(publication, tmp_path):
    """A project that received one bundle."""
    make_project(tmp_path / "region", HEAD, toml=TOML)
    national(publication, tmp_path / "region" / "bundles", "kenya")
    return tmp_path / "region"


def taken(root, toml=TOML, **given):
    """Resolve the inputs of the regional study."""
    (root / "studies" / "demo" / "study.toml").write_text(toml, encoding="utf-8")
    return resolve_data(load_study(root / "studies" / "demo"), given, Project.at(root))


def handed(one, folder):
    """Return what the notebook gets."""
    locator = {"kenya": one.locator(folder)}
    return Run("demo", {}, 1, True, locator, {}, folder).data("kenya")


def test_a_bundle_is_cited_by_its_digest_whatever_its_place(project, publication):
    path = project / "bundles" / "kenya-1.0.0.zip"
    one = taken(project)["kenya"]
    assert one.record() == {
        "source": "bundle:kenya@1.0.0",
        "level": "public",
        "digest": digest(path),
        "keyed": False,
        "bytes": path.stat().st_size,
        "bundle": one.bundle,
    }
    assert one.bundle["title"] == "How many? <A small study>"
    assert one.bundle["authors"] == ["Ana Pérez: an author"]
    assert one.for_everybody
    assert not one.is_published
    moved = project / "elsewhere" / path.name
    moved.parent.mkdir()
    shutil.move(path, moved)
    by_path = taken(project, TOML.replace("bundle:kenya@1.0.0", "bundle:elsewhere/kenya-1.0.0.zip"))["kenya"]
    assert by_path.record() == one.record()
    by_hand = taken(project, kenya=str(moved))["kenya"]
    assert by_hand.record() == one.record()
    study = load_study(project / "studies" / "demo")
    ids = {run_id(components(study, {"cells": []}, {}, {"kenya": each})) for each in (one, by_path, by_hand)}
    assert len(ids) == 1


def test_the_notebook_gets_results_and_tables_and_nothing_else(project, tmp_path):
    released = handed(taken(project)["kenya"], tmp_path)
    assert isinstance(released, ReleasedStudy)
    assert isinstance(released.result("estimate"), Result)
    assert float(released.result("estimate").estimates.loc["population", "estimate"]) == 200.0
    assert released.table("table")["people"].tolist() == [15, 25]
    assert (released.estimates, released.tables) == (("estimate",), ("table",))
    assert released.parameters() == {"n": 5}
    assert released.scope.definition == SCOPE["definition"]
    assert released.citation.startswith("Ana Pérez: an author (2026). How many? <A small study>. kenya, version 1.0.0.")
    assert released.digest in released.citation
    assert released.withdrawn == ""
    text = (tmp_path / "data-kenya.json").read_text()
    for inner in ("figure", "notes.txt", "study.toml", "lists.csv", "notebook", "svg", str(project)):
        assert inner not in text
    assert (tmp_path / "data-kenya.json").stat().st_mode & 0o077 == 0
    with pytest.raises(SpecificationError, match=r"estimate == 'notes' is not in the bundle of kenya 1\.0\.0, must be"):
        released.result("notes")
    with pytest.raises(SpecificationError, match="table == 'lists' is not in the bundle"):
        released.table("lists")
    with pytest.raises(SpecificationError, match=r"0 of 1 runs of kenya 1\.0\.0 fit"):
        released.result("estimate", n=7)


def test_one_changed_byte_is_refused_with_the_name_of_the_input(project, capsys, monkeypatch):
    path = project / "bundles" / "kenya-1.0.0.zip"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    monkeypatch.chdir(project)
    code, out, told = call(capsys, "run", "demo")
    assert (code, out) == (4, "")
    assert "data.kenya: the bundle kenya-1.0.0.zip does not verify (sha256)" in told
    assert len(told.strip().splitlines()) == 1
    path.with_name(path.name + ".sha256").unlink()
    with pytest.raises(IntegrityError, match=r"data\.kenya: the bundle kenya-1\.0\.0\.zip does not verify \(archive\)"):
        taken(project)


def test_a_bundle_written_anew_by_hand_is_not_the_one_pinned(project, publication):
    pinned = TOML.replace('level = "public"\n\n[outputs]', f'level = "public"\nsha256 = "{"0" * 64}"\n\n[outputs]')
    with pytest.raises(IntegrityError, match=r"data\.kenya: .* does not verify \(sha256\)"):
        taken(project, pinned)
    honest = digest(project / "bundles" / "kenya-1.0.0.zip")
    pinned = pinned.replace("0" * 64, honest)
    assert taken(project, pinned)["kenya"].digest == honest
    national(publication, project / "bundles", "kenya", factor=2.0)  # agrees with itself, and with what lies beside it
    with pytest.raises(IntegrityError, match=r"data\.kenya: .* does not verify \(sha256\)"):
        taken(project, pinned)
    with pytest.raises(IntegrityError, match=r"data\.kenya: .* it is not the bundle pinned"):
        taken(project, pinned, kenya=str(project / "bundles" / "kenya-1.0.0.zip"))


def test_a_withdrawn_bundle_is_refused_by_name(project, capsys, monkeypatch):
    copy = (project / "bundles" / "kenya-1.0.0.zip").read_bytes()
    withdraw(project / "bundles", "kenya", "1.0.0", "consent withdrawn", date="2026-02-01")
    monkeypatch.chdir(project)
    code, _, told = call(capsys, "run", "demo")
    assert code == 4
    assert "data.kenya: the bundle kenya-1.0.0.zip was withdrawn on 2026-02-01 (consent withdrawn)" in told
    (project / "bundles" / "kenya-1.0.0.zip").write_bytes(copy)  # somebody kept a copy
    with pytest.raises(IntegrityError, match=r"data\.kenya: .* does not verify \(withdrawn\): Withdrawn on 2026-02-01"):
        taken(project)
    elsewhere = project / "kept" / "kenya-1.0.0.zip"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(copy)
    with pytest.raises(IntegrityError, match=r"\(withdrawn\)"):
        taken(project, kenya=str(elsewhere))


def test_a_bundle_that_is_not_there_says_where_it_is_looked_for(project):
    (project / "bundles" / "kenya-1.0.0.zip").unlink()
    with pytest.raises(DataError, match=r"data\.kenya: the bundle kenya-1\.0\.0\.zip is in none of bundles/, store/, "):
        taken(project)


def test_another_release_under_the_name_is_refused(project, publication):
    other = national(publication, project / "aside", "uganda", sidecar=False)
    shutil.copy(other, project / "bundles" / "kenya-1.0.0.zip")
    (project / "bundles" / "kenya-1.0.0.zip.sha256").unlink()
    with pytest.raises(IntegrityError, match=r"data\.kenya: kenya-1\.0\.0\.zip holds uganda 1\.0\.0, another release"):
        taken(project)
    given = taken(project, kenya=str(other))["kenya"]  # for a trial, and never for a release of this study
    assert (given.source, given.replaced) == ("bundle:uganda@1.0.0", ())


def test_the_level_is_the_strictest_of_what_the_bundle_carries(project, publication):
    unstated = TOML.replace('level = "public"\n\n[outputs]', "\n[outputs]")
    assert taken(project, unstated)["kenya"].level == "public"
    national(publication, project / "bundles", "kenya", change=level_of("restricted"))
    carried = taken(project, unstated)["kenya"]
    assert carried.level == "restricted"
    assert not carried.for_everybody
    with pytest.raises(
        SpecificationError, match=r'data\.kenya of \'demo\' says level = "public", and its bundle carries'
    ):
        taken(project)
    stated = TOML.replace('level = "public"\n\n[outputs]', 'level = "restricted"\naccess = "ask"\n\n[outputs]') + ETHICS
    assert taken(project, stated)["kenya"].level == "restricted"
    with pytest.raises(SpecificationError, match="access is missing"):
        taken(project, stated.replace('access = "ask"\n', ""))
    with pytest.raises(SpecificationError, match="so the table \\[ethics\\] is required"):
        taken(project, stated.replace(ETHICS, ""))
    national(publication, project / "bundles", "kenya", change=level_of("record"))
    with pytest.raises(
        IntegrityError,
        match=r"data\.kenya: .* carries an output of the level .record., must be of public or restricted",
    ):
        taken(project)


def refuse_gate(files):
    document = json.loads(files["results.json"])
    document["gate"]["table"]["status"] = "review"
    files["results.json"] = results_bytes(document)


def test_an_output_that_did_not_pass_the_gate_is_refused(project, publication):
    national(publication, project / "bundles", "kenya", change=refuse_gate)
    with pytest.raises(IntegrityError, match=r"data\.kenya: .* its output 'table' did not pass the gate"):
        taken(project)


def nested(files):
    files["estimates/estimate.json"] = b"[" * 200_000 + b"]" * 200_000


def many(files):
    files |= {f"tables/t{number}.csv": b"a\n" for number in range(2_100)}


def bomb(files):
    files["tables/bomb.csv"] = bytes(2**24)


@pytest.mark.parametrize("change", [nested, many, bomb])
def test_hostile_bundles_are_refused(project, publication, change):
    national(publication, project / "bundles", "kenya", change=change)
    with pytest.raises(
        (IntegrityError, DataError), match=r"data\.kenya: the bundle kenya-1\.0\.0\.zip does not verify"
    ):
        taken(project)


def test_paths_that_lead_out_are_refused(project, tmp_path):
    path = project / "bundles" / "kenya-1.0.0.zip"
    path.with_name(path.name + ".sha256").unlink()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../escaped.txt", "x")
    with pytest.raises(IntegrityError, match=r"data\.kenya: .*does not verify \(archive\)"):
        taken(project)
    assert not list(tmp_path.rglob("escaped.txt"))
    path.unlink()
    outside = tmp_path / "outside.zip"
    outside.write_bytes(b"PK")
    path.symlink_to(outside)
    with pytest.raises(SpecificationError, match="leads out of the project"):
        taken(project)
    path.unlink()
    path.write_bytes(b"notes")
    with pytest.raises(DataError, match=r"data\.kenya: .* is no zip file"):
        taken(project)


@pytest.mark.parametrize(
    "source",
    [
        "bundle:kenya",
        "bundle:Kenya@1.0",
        "bundle:kenya@",
        "bundle:../k.zip",
        "bundle:/k.zip",
        "bundle:a\\\\b.zip",
        "bundle:",
    ],
)
def test_a_source_that_names_no_bundle_says_how_one_is_named(source, tmp_path):
    table = {"title": "T", "notebook": "n", "seed": 1, "data": {"kenya": {"source": source, "level": "public"}}}
    with pytest.raises(SpecificationError, match=r"data\.kenya.* must be bundle:NAME@VERSION"):
        study_from_table(table, tmp_path / "demo")


@pytest.mark.parametrize("key", [{"rows": "published"}, {"columns": {"a": "int"}}, {"scope": {"population": "p"}}])
def test_a_bundle_brings_its_own_words(key, tmp_path):
    data = {"kenya": {"source": "bundle:kenya@1.0", "level": "public", **key}}
    with pytest.raises(SpecificationError, match="which brings its own: leave it out"):
        study_from_table({"title": "T", "notebook": "n", "seed": 1, "data": data}, tmp_path / "demo")


def test_a_published_table_is_no_bundle(project):
    with pytest.raises(SpecificationError, match="this input is a released bundle: give its zip file"):
        taken(project, kenya="published:uk-2013")
    with pytest.raises(SpecificationError, match=r"data == 'uganda' is not an input of 'demo', must be one of kenya"):
        taken(project, uganda="x.zip")
    with pytest.raises(SpecificationError, match=r"data\.kenya: source == 'bundle:x'"):
        taken(project, kenya="bundle:x")


def test_a_release_needs_the_pin_and_carries_no_bundle_of_others(project):
    inputs = taken(project)
    study = load_study(project / "studies" / "demo")
    with pytest.raises(SpecificationError, match=rf'write sha256 = "{inputs["kenya"].digest}" under \[data\.kenya\]'):
        refuse_unpinned(study, inputs)
    assert list(shared_inputs(study, {})) == []
    assert list(shared_inputs(study, {"kenya": Path("x.zip")})) == []


def test_the_plan_and_a_scratch_run_take_bundles(project, monkeypatch, capsys):
    (plan,) = plan_runs("demo", root=project)
    assert plan.components["inputs"]["kenya"]["bundle"]["version"] == "1.0.0"
    monkeypatch.chdir(project)
    assert current_run("demo").data("kenya").study == "kenya"
    assert current_run("demo").scope("kenya").reference_period == "2023"
    capsys.readouterr()
