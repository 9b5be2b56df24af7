"""Tampering is found wherever it is, withdrawal is reported, and nothing is executed unless asked for."""

import json
import pickle
import random
import shutil
import subprocess
import zipfile
from hashlib import sha256

import pytest

from ctresearch.cli import main
from ctresearch.core import DataError
from ctresearch.studies.base.archive import pack, unpack
from ctresearch.studies.base.errors import NotebookError
from ctresearch.studies.release.blobs import read_whole
from ctresearch.studies.release.bundle import BUNDLE_NAME
from ctresearch.studies.release.verify import verify_bundle
from ctresearch.studies.release.withdraw import find_withdrawn, withdraw
from ctresearch.studies.releasing import rerun as rerun_module
from ctresearch.studies.releasing.release import sidecar
from ctresearch.studies.releasing.rerun import rerun
from ctresearch.studies.shown.normalise import normalise_notebook, notebook_bytes
from ctresearch.studies.shown.results import results_bytes
from publication import sound

TOP = "demo-1.0.0/"


@pytest.fixture
def bundle(publication, tmp_path):
    """The bundle with everything in it, somewhere else."""
    path = tmp_path / publication.bundle.name
    path.write_bytes(pack(read_whole(publication.bundle)))
    return path


def failed(path, **options):
    return [check.name for check in verify_bundle(path, **options).checks if check.status == "fail"]


def rewrite(path, change, listed=True):
    """Write a bundle anew with other content, as somebody would who knows the format."""
    files = unpack(path.read_bytes())
    change(files)
    if listed:
        listing = json.loads(files[TOP + BUNDLE_NAME])
        listing["files"] = {
            name.removeprefix(TOP): {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in sorted(files.items())
            if name != TOP + BUNDLE_NAME
        }
        files[TOP + BUNDLE_NAME] = results_bytes(listing)
    path.write_bytes(pack(files))


def test_the_bundle_as_released_passes(publication, bundle):
    found = verify_bundle(publication.bundle)
    assert sound(found)
    assert {check.name for check in found.checks} == {
        "sha256",
        "archive",
        "files",
        "ledger",
        "signature",
        "package",
        "run id",
        "provenance",
        "schema",
        "numbers",
        "source",
        "pages",
    }
    assert found.to_dict()["study"] == "demo"
    whole = verify_bundle(bundle)
    assert whole.status == "review"  # without the hash beside it, nobody can tell a forgery
    assert sound(verify_bundle(bundle, expect=whole.sha256.upper()))


def test_a_changed_byte_anywhere_is_found(bundle):
    data = bundle.read_bytes()
    places = random.Random(2)
    for place in [0, 1, len(data) - 1, *(places.randrange(len(data)) for _ in range(20))]:
        changed = bytearray(data)
        changed[place] ^= 1 << places.randrange(8)
        bundle.write_bytes(bytes(changed))
        assert failed(bundle) == ["archive"]


def test_what_is_no_zip_file_is_wrong_input(tmp_path):
    (tmp_path / "notes.zip").write_bytes(b"notes")
    with pytest.raises(DataError, match=r"notes\.zip' is no zip file, must be a bundle"):
        verify_bundle(tmp_path / "notes.zip")


def test_an_archive_packed_by_another_tool_names_what_differs(bundle):
    files = unpack(bundle.read_bytes())

    def said(changed):
        with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in changed.items():
                archive.writestr(name, content)
        (message,) = [check.message for check in verify_bundle(bundle).checks if check.name == "archive"]
        return message

    assert "every file in it still has its listed SHA-256" in said(files)
    other = {**files, TOP + "README.md": b"x", TOP + "extra.txt": b"x"}
    del other[TOP + "LICENSE.md"]
    assert "changed, missing or not listed: 'LICENSE.md', 'README.md', 'extra.txt'" in said(other)
    assert "listed" not in said({**files, TOP + BUNDLE_NAME: b"{}"})  # nothing to compare with


def test_a_changed_byte_inside_an_entry_names_the_entry(bundle):
    data = bytearray(bundle.read_bytes())
    with zipfile.ZipFile(bundle) as archive:
        one = archive.getinfo(TOP + "README.md")
    data[one.header_offset + 30 + len(one.filename) + one.compress_size // 2] ^= 8
    bundle.write_bytes(bytes(data))
    (message,) = [check.message for check in verify_bundle(bundle).checks if check.name == "archive"]
    assert message.endswith("changed, missing or not listed: 'README.md'")


def test_a_bundle_written_anew_is_found_by_its_published_hash(publication, bundle):
    original = sha256(bundle.read_bytes()).hexdigest()

    def other(files):
        files[TOP + "README.md"] = b"# Another finding\n"

    rewrite(bundle, other)
    assert failed(bundle) == []  # it agrees with itself
    assert failed(bundle, expect=original) == ["sha256"]
    shutil.copy(sidecar(publication.bundle), sidecar(bundle))
    assert failed(bundle) == ["sha256"]


def change_file(name, content):
    return lambda files: files.update({TOP + name: content})


@pytest.mark.parametrize(
    ("change", "listed", "name"),
    [
        (change_file("README.md", b"x"), False, "files"),
        (change_file("extra.txt", b"x"), False, "files"),
        (lambda files: files.pop(TOP + "LICENSE.md"), False, "files"),
        (change_file("tables/table.csv", b"list,people,share\nA,1,1\n"), True, "provenance"),
        (lambda files: files.pop(TOP + "figures/figure.svg"), True, "provenance"),
        (
            lambda files: files.update({k: pack({"ctresearch/x.py": b""}) for k in files if "/wheel/" in k}),
            True,
            "package",
        ),
        (lambda files: [files.pop(k) for k in list(files) if "/wheel/" in k], True, "archive"),
        (change_file("results.json", b"[]"), True, "contents"),
        (change_file("provenance.json", b"a: !!python/object:os.system [x]"), True, "contents"),
        (change_file("provenance.json", pickle.dumps({"run_id": "x"})), True, "contents"),
        (change_file(BUNDLE_NAME, b"{}"), False, "archive"),
        (change_file(BUNDLE_NAME, pickle.dumps({})), False, "contents"),
        (lambda files: files.pop(TOP + BUNDLE_NAME), False, "archive"),
        (lambda files: files.update({"other/x": b""}), False, "archive"),
    ],
)
def test_every_part_is_held_to_the_others(bundle, change, listed, name):
    rewrite(bundle, change, listed)
    assert name in failed(bundle)


def test_what_went_in_is_held_to_the_run_id(bundle):
    def other_seed(files):
        provenance = json.loads(files[TOP + "provenance.json"])
        provenance["components"]["seed"] = 8
        files[TOP + "provenance.json"] = results_bytes(provenance)

    rewrite(bundle, other_seed)
    assert failed(bundle) == ["run id", "source", "pages"]  # manifest and page say the seed


def test_results_are_held_to_their_schema(bundle):
    def no_population(files):
        results = json.loads(files[TOP + "results.json"])
        del results["estimates"]["estimate"]["population"]
        files[TOP + "results.json"] = results_bytes(results)

    rewrite(bundle, no_population)
    assert "schema" in failed(bundle)


def test_the_listing_is_written_one_way(bundle):
    def spaced(files):
        files[TOP + BUNDLE_NAME] = files[TOP + BUNDLE_NAME].replace(b'": ', b'":  ', 1)

    rewrite(bundle, spaced, listed=False)
    assert failed(bundle) == ["archive"]


def test_a_withdrawn_release_is_reported_beside_the_bundle_and_in_the_project(publication, bundle, tmp_path):
    shutil.copytree(publication.bundle.parent, tmp_path / "releases")
    shutil.copy(publication.bundle, bundle)
    withdraw(tmp_path / "releases", "demo", "1.0.0", "consent withdrawn", date="2026-02-01")
    found = verify_bundle(bundle, releases=[tmp_path / "releases"])
    assert [c.message for c in found.checks if c.name == "withdrawn"] == ["Withdrawn on 2026-02-01: consent withdrawn."]
    assert find_withdrawn(tmp_path / "releases" / "demo-1.0.0.zip")["reason"] == "consent withdrawn"
    assert find_withdrawn(tmp_path / "elsewhere" / "demo-1.0.0.zip", [tmp_path / "releases"]) is not None
    (tmp_path / "releases" / "demo-1.0.0.withdrawn.json").write_text("[]")
    with pytest.raises(DataError, match="tombstone"):
        find_withdrawn(tmp_path / "releases" / "demo-1.0.0.zip")


def test_verifying_executes_nothing(bundle, monkeypatch):
    def refuse(*_args, **_options):
        raise AssertionError("executed")

    for place, name in ((subprocess, "Popen"), (subprocess, "run"), (pickle, "loads"), (pickle, "load")):
        monkeypatch.setattr(place, name, refuse)
    rewrite(bundle, change_file("source/studies/demo/sitecustomize.py", b"raise SystemExit"))
    assert verify_bundle(bundle).status == "review"


@pytest.mark.slow
def test_rerun_gives_the_same_run_with_the_package_in_the_bundle(publication):
    again = rerun(read_whole(publication.bundle))
    assert again.same_id
    assert again.differences == ()
    assert again.source_hash == again.installed_hash
    assert {one.output: one.status for one in again.comparisons} == dict.fromkeys(
        ("estimate", "table", "figure", "notes"), "same"
    )


@pytest.mark.slow
def test_rerun_finds_numbers_that_do_not_reproduce_and_says_what_went_in(bundle):
    def other_data(files):
        files[TOP + "source/studies/demo/lists.csv"] = b"list,people\nA,15\nB,26\n"

    rewrite(bundle, other_data)
    again = rerun(unpack(bundle.read_bytes()))
    assert not again.same_id
    assert any(line.startswith("input lists") for line in again.differences)
    assert {one.output: one.status for one in again.comparisons}["estimate"] == "drifted"


@pytest.mark.slow
def test_rerun_says_why_a_bundle_does_not_run(bundle, monkeypatch):
    def broken(files):
        name = TOP + "source/studies/demo/study.toml"
        files[name] = files[name] + b"\nunknown = 1\n"

    rewrite(bundle, broken)
    with pytest.raises(NotebookError, match=r"does not run here: (?!ctresearch:)"):
        rerun(unpack(bundle.read_bytes()))
    monkeypatch.setattr(rerun_module, "_COMMAND", "print('[]x')")
    with pytest.raises(NotebookError, match="exit code 0"):
        rerun(unpack(bundle.read_bytes()))


def change_page(name, forge):
    """Write a file of the run anew, and everything that names its hash, as a careful forger would."""

    def change(files):
        files[TOP + name] = forge(files[TOP + name])
        provenance = json.loads(files[TOP + "provenance.json"])
        if name in provenance["outputs"]:
            provenance["outputs"][name] = sha256(files[TOP + name]).hexdigest()
        files[TOP + "provenance.json"] = results_bytes(provenance)

    return change


def forge_results(content):
    document = json.loads(content)
    document["estimates"]["estimate"]["rows"][0]["estimate"] = 91418.0
    return results_bytes(document)


def forge_check(content):
    document = json.loads(content)
    document["checks"] = []
    return results_bytes(document)


@pytest.mark.parametrize(
    ("name", "forge", "found"),
    [
        ("report.html", lambda page: page.replace(b"</body>", b"<p>91,418 victims</p></body>"), {"pages"}),
        ("report.pdf", lambda page: page + b"% 91,418 victims", {"pages"}),
        ("notebook.ipynb", lambda text: text.replace(b'"nbformat": 4', b'"nbformat":  4'), {"pages"}),
        ("results.json", forge_results, {"numbers", "pages"}),
        ("results.json", forge_check, {"numbers", "pages"}),
        ("results.json", lambda text: text.replace(b'"title": "', b'"title": "91,418: '), {"source"}),
        ("results.json", lambda text: text.replace(b'"population": "', b'"population": "91,418 of the '), {"numbers"}),
        ("notebook.ipynb", lambda text: text.replace(b"# ", b"# 91,418 victims. ", 1), {"source"}),
        ("source/studies/demo/study.toml", lambda text: text.replace(b'title = "', b'title = "91,418: '), {"source"}),
    ],
)
def test_a_page_that_says_more_than_was_computed_is_found(bundle, name, forge, found):
    rewrite(bundle, change_page(name, forge))
    sidecar(bundle).write_text(f"{sha256(bundle.read_bytes()).hexdigest()}  {bundle.name}\n")
    assert set(failed(bundle)) >= found


def test_pages_of_another_version_are_said_not_to_be_checked(bundle, monkeypatch):
    monkeypatch.setattr("ctresearch.studies.release.pages.source_hash", lambda: "0" * 64)
    found = next(check for check in verify_bundle(bundle).checks if check.name == "pages")
    assert found.status == "review"
    assert "not checked" in found.message
    monkeypatch.chdir(bundle.parent)
    for words, code in ((("verify",), 0), (("verify", "--strict"), 4)):
        with pytest.raises(SystemExit) as ended:
            main([*words, str(bundle)])
        assert ended.value.code == code


@pytest.mark.parametrize("runs", [{}, {"runs/ab/": "ab"}, {"": "ab", "runs/ab/": "ab"}])
def test_a_listing_that_hides_a_run_is_found(bundle, runs):
    def hide(files):
        listing = json.loads(files[TOP + BUNDLE_NAME])
        files[TOP + BUNDLE_NAME] = results_bytes(listing | {"runs": runs})

    rewrite(bundle, hide)
    assert failed(bundle)


def test_json_nested_deeper_than_anybody_reads_is_one_sentence(bundle):
    deep = b"[" * 100_000 + b"]" * 100_000
    rewrite(bundle, change_file("provenance.json", deep))
    found = [check for check in verify_bundle(bundle).checks if check.status == "fail"]
    assert found
    assert all("\n" not in check.message for check in found)


@pytest.mark.slow
def test_rerun_finds_a_notebook_that_shows_what_nobody_computed(bundle):
    def forge(files):
        notebook = json.loads(files[TOP + "notebook.ipynb"])
        shown = next(cell for cell in notebook["cells"] if cell.get("outputs"))
        shown["outputs"].append({"name": "stdout", "output_type": "stream", "text": ["91,418 victims\n"]})
        run = json.loads(files[TOP + "provenance.json"])["run_id"]
        files[TOP + "notebook.ipynb"] = notebook_bytes(normalise_notebook(notebook, run))

    rewrite(bundle, forge)
    assert rerun(unpack(bundle.read_bytes())).other_pages == (TOP + "notebook.ipynb",)
