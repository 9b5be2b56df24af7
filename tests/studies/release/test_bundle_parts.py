"""What a bundle holds and how it is held to itself, part by part, on bundles of a few bytes that nothing ran for."""

import hashlib
import io
import json
import zipfile
from types import SimpleNamespace

import pytest

from ctresearch.core import Check, DataError, Result, Scope, SpecificationError, estimates_table
from ctresearch.studies.asked.manifest import Author, Cite, DataInput, study_from_table
from ctresearch.studies.base.archive import pack
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.kept.evidence import Evidence
from ctresearch.studies.release import blobs, bundle, pages, verify
from ctresearch.studies.release.bundle import Edition
from ctresearch.studies.shown.results import check_entry, estimate_entry, results_bytes

RUN, OTHER = "ab" * 32, "cd" * 32


def sha(content):
    return hashlib.sha256(content).hexdigest()


def a_study(folder, **changed):
    given = {
        "name": "demo",
        "folder": folder,
        "title": "T",
        "notebook": "demo",
        "authors": [Author(name="Ana Pérez")],
        "cite": Cite(),
        "policy": None,
        "code": {},
        "data": {},
        "runs_restricted": False,
        "notebook_path": lambda project: folder / "demo.ipynb",
    }
    return SimpleNamespace(**(given | changed))


def an_edition(folder, study=None, **changed):
    given = {"study": study or a_study(folder), "project": "a project", "version": "1.0", "date": "2026-01-31"}
    return Edition(**(given | changed))


def components(**changed):
    inputs = {
        "b": {"bundle": {"study": "x"}, "digest": "1"},
        "a": {"bundle": {"study": "y"}, "digest": "2"},
        "lists": {"digest": "3"},
    }
    return {"source": "s", "packages": {"p": "1"}, "inputs": inputs, "parameters": {}} | changed


def evidence(run=RUN, results=None, **changed):
    return Evidence(results or {}, {"run_id": run, "components": components(**changed)}, {})


@pytest.fixture
def parts(monkeypatch):
    """Set no page and build no wheel: each part is a few bytes, and notes what it was made from."""
    seen = {}

    def noting(name, answer):
        def call(*given, **more):
            seen.setdefault(name, []).append((given, more))
            return answer

        return call

    monkeypatch.setattr(bundle, "build_wheel", lambda: ("x.whl", b"wheel"))
    monkeypatch.setattr(bundle, "wheel_source", lambda content: {b"wheel": "s"}[content])
    monkeypatch.setattr(bundle, "schema", lambda: {"a schema": 1})
    monkeypatch.setattr(bundle, "_source_files", noting("source", {"source/a": b"a"}))
    monkeypatch.setattr(bundle, "_run_files", noting("run", {"results.json": b"r"}))
    monkeypatch.setattr(bundle, "_crate", noting("crate", b"crate"))
    monkeypatch.setattr(bundle, "_listing", noting("listing", b"listing"))
    for name in ("requirements_txt", "citation_cff", "licence_text", "readme"):
        monkeypatch.setattr(bundle.front_matter, name, noting(name, f"{name} é"))
    return seen


def test_a_bundle_of_one_run_holds_it_at_its_top(parts, monkeypatch, tmp_path):
    one = evidence()
    monkeypatch.setattr(bundle, "from_folder", lambda folder: one)
    study = study_from_table({"title": "T", "notebook": "n", "seed": 1}, tmp_path / "demo")
    edition = an_edition(tmp_path, study, doi="10.1/x", without=["held"])
    files = bundle.bundle_files(edition, [tmp_path / "r1"])
    assert files == {
        f"demo-1.0/{path}": content
        for path, content in {
            "results.json": b"r",
            "source/a": b"a",
            "wheel/x.whl": b"wheel",
            "results.schema.json": results_bytes({"a schema": 1}),
            "requirements.txt": "requirements_txt é".encode(),
            "CITATION.cff": "citation_cff é".encode(),
            "LICENSE.md": "licence_text é".encode(),
            "README.md": "readme é".encode(),
            "ro-crate-metadata.json": b"crate",
            "bundle.json": b"listing",
        }.items()
    }
    assert parts["run"] == [((edition, tmp_path / "r1", one), {})]
    assert parts["requirements_txt"] == [(({"p": "1"},), {})]
    (cited, version, date, ids, taken), _ = parts["citation_cff"][0]
    assert (cited.cite.doi, version, date, ids) == ("10.1/x", "1.0", "2026-01-31", [RUN])
    assert [record["digest"] for record in taken] == ["2", "1"]  # bundles alone, in order of their names
    assert parts["readme"] == [
        ((edition.study, "1.0", "2026-01-31", {"": one}), {"wheel": "x.whl", "withheld": ["held"]})
    ]
    (given, described, told), _ = parts["crate"][0]
    assert (given, told) == (edition, {"": one.provenance})
    assert "README.md" in described
    (given, listed, runs), _ = parts["listing"][0]
    assert (given, runs) == (edition, {"": one})
    assert listed["ro-crate-metadata.json"] == b"crate"


def test_runs_of_a_grid_have_a_folder_each(parts, monkeypatch, tmp_path):
    made = {"r1": evidence(RUN), "r2": evidence(OTHER)}
    monkeypatch.setattr(bundle, "from_folder", lambda folder: made[folder.name])
    files = bundle.bundle_files(an_edition(tmp_path), [tmp_path / "r1", tmp_path / "r2"])
    assert {"demo-1.0/runs/r1/results.json", "demo-1.0/runs/r2/results.json"} < set(files)
    assert parts["citation_cff"][0][0][3] == [RUN, OTHER]
    assert list(parts["readme"][0][0][3]) == ["runs/r1/", "runs/r2/"]


def test_no_run_and_a_package_that_changed_are_refused(parts, monkeypatch, tmp_path):
    with pytest.raises(SpecificationError, match=r"^'demo' has 0 runs to release, must have at least one$"):
        bundle.bundle_files(an_edition(tmp_path), [])
    monkeypatch.setattr(bundle, "from_folder", lambda folder: evidence(source="another"))
    with pytest.raises(IntegrityError, match=f"^the source of ctresearch changed since run {RUN} was made"):
        bundle.bundle_files(an_edition(tmp_path), [tmp_path / "r1"])


def test_an_edition_is_cited_under_its_doi_and_named_by_its_version(tmp_path):
    table = {"title": "T", "notebook": "n", "seed": 1, "cite": {"doi": "10.1/of-the-study", "licence": "CC0-1.0"}}
    study = study_from_table(table, tmp_path / "demo")
    assert an_edition(tmp_path, study).cited is study
    cited = an_edition(tmp_path, study, doi="10.1/of-the-release").cited
    assert (cited.cite.doi, cited.cite.licence, cited.title) == ("10.1/of-the-release", "CC0-1.0", "T")
    assert an_edition(tmp_path, study).name == "demo-1.0"
    assert bundle.sidecar(tmp_path / "demo-1.0.zip") == tmp_path / "demo-1.0.zip.sha256"


def test_a_release_is_parted_as_its_listing_says():
    listing = json.dumps({"store": ["wheel/x.whl", "source/data/a.csv"]}).encode()
    files = {"demo-1.0/bundle.json": listing, "demo-1.0/wheel/x.whl": b"w", "demo-1.0/source/data/a.csv": b"a"}
    files["demo-1.0/README.md"] = b"r"
    here, away = bundle.part(files)
    assert here == {"demo-1.0/bundle.json": listing, "demo-1.0/README.md": b"r"}
    assert away == [b"a", b"w"]


@pytest.mark.parametrize(("restricted", "without"), [(False, ()), (True, ()), (False, ("u",))])
def test_the_files_of_a_run_are_what_passed_and_its_pages_set_anew(monkeypatch, tmp_path, restricted, without):
    output = {"output_type": "stream", "name": "stdout", "text": "shown"}
    cell = {"cell_type": "code", "source": "x", "metadata": {}, "execution_count": 1, "outputs": [output]}
    (tmp_path / "notebook.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}}))
    for name in ("t.csv", "u.csv", "f.svg", "f.csv", "stray.txt"):
        (tmp_path / name).write_bytes(name.encode())
    results = {
        "estimates": {},
        "tables": {"t": {"path": "t.csv"}, "u": {"path": "u.csv"}},
        "figures": {"f": {"path": "f.svg", "data": {"path": "f.csv"}}, "g": {"path": "f.svg"}},
        "files": {},
        "checks": [{"output": "t"}, {"output": "u"}],
    }
    seen = []

    def set_pages(*given, **more):
        seen.append((given, more))
        assert given[4]("notebook.ipynb")
        return {"report.html": b"page", "report.pdf": b"printed"}

    monkeypatch.setattr(bundle, "set_pages", set_pages)
    edition = an_edition(tmp_path, a_study(tmp_path, runs_restricted=restricted), without=without)
    one = evidence(results=results)
    files = bundle._run_files(edition, tmp_path, one)
    kept = {"t.csv", "f.svg", "f.csv"} | ({"u.csv"} if not without else set())
    assert set(files) == kept | {"notebook.ipynb", "report.html", "report.pdf", "results.json", "provenance.json"}
    shown = json.loads(files["notebook.ipynb"])
    assert (shown["cells"][0]["outputs"] == []) is bool(restricted or without)
    left = bundle.leave_out(results, without)
    assert json.loads(files["results.json"]) == left
    assert [check["output"] for check in left["checks"]] == (["t"] if without else ["t", "u"])
    assert seen[0][0][:4] == (edition.study, seen[0][0][1], left, one.provenance["components"])
    assert seen[0][1] == {"date": "2026-01-31"}
    provenance = json.loads(files["provenance.json"])
    told = {path: sha(content) for path, content in files.items() if path not in {"provenance.json", "report.pdf"}}
    assert provenance == one.provenance | {"outputs": told}
    assert results["tables"].keys() == {"t", "u"}


def test_a_bundle_carries_what_it_takes_to_run_it_again_and_nothing_of_others(monkeypatch, tmp_path):
    for name in ("study.toml", "README.md", "policy.toml", "demo.ipynb", "own.csv", "secret.txt"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "given.tsv").write_bytes(b"given")
    data = {"own": DataInput(source="own.csv", level="public"), "lists": DataInput(level="public")}
    study = a_study(tmp_path, policy="policy.toml", code={"helper": "lib/helper.py"}, data=data)
    asked = []
    monkeypatch.setattr(bundle, "read_modules", lambda *given: asked.append(given) or {"helper": b"code"})
    monkeypatch.setattr(
        bundle,
        "shared_inputs",
        lambda *given: asked.append(given) or [("own", tmp_path / "own.csv"), ("lists", tmp_path / "given.tsv")],
    )
    edition = an_edition(tmp_path, study, data={"lists": tmp_path / "given.tsv"})
    assert bundle._source_files(edition) == {
        "source/pyproject.toml": b"[tool.ctresearch]\n",
        "source/studies/demo/study.toml": b"study.toml",
        "source/studies/demo/README.md": b"README.md",
        "source/studies/demo/policy.toml": b"policy.toml",
        "source/studies/demo/demo.ipynb": b"demo.ipynb",
        "source/studies/demo/lib/helper.py": b"code",
        "source/studies/demo/own.csv": b"own.csv",
        "source/data/lists.tsv": b"given",
    }
    assert asked == [(study, tmp_path / "demo.ipynb"), (study, edition.data)]
    (tmp_path / "README.md").unlink()
    assert "source/studies/demo/README.md" not in bundle._source_files(edition)


def test_a_listing_says_what_this_is_and_the_hash_of_every_file(monkeypatch, tmp_path):
    monkeypatch.setattr(bundle.pdf, "renderer", lambda: "typst 1")
    monkeypatch.setattr(bundle.blobs, "apart", lambda files: ["wheel/x.whl"])
    runs = {"runs/a/": evidence(RUN), "runs/b/": evidence(OTHER, source="other")}
    files = {"b.txt": b"bb", "a.txt": b"a"}
    told = {
        "format": "ctresearch-bundle/2",
        "study": "demo",
        "version": "1.0",
        "date": "2026-01-31",
        "runs": {"runs/a/": RUN, "runs/b/": OTHER},
        "source_hash": "s",
        "pdf": "typst 1",
        "without": ["t", "u"],
        "store": ["wheel/x.whl"],
        "files": {"a.txt": {"sha256": sha(b"a"), "bytes": 1}, "b.txt": {"sha256": sha(b"bb"), "bytes": 2}},
    }
    assert bundle._listing(an_edition(tmp_path, without=["u", "t"]), files, runs) == results_bytes(told)
    unsealed = bundle._listing(an_edition(tmp_path, without=["u", "t"], unsealed="no landlock"), files, runs)
    assert json.loads(unsealed) == told | {"unsealed": "no landlock"}


def test_a_crate_describes_the_files_as_they_lie_in_the_bundle(monkeypatch, tmp_path):
    seen = []

    def write(folder, study, first, **more):
        seen.append((study, first, more, (folder / "deep" / "a.txt").read_bytes()))
        (folder / "ro-crate-metadata.json").write_bytes(b"crate")

    monkeypatch.setattr(bundle, "write_crate", write)
    edition = an_edition(tmp_path)
    runs = {"runs/a/": {"run_id": RUN}, "runs/b/": {"run_id": OTHER}}
    assert bundle._crate(edition, {"deep/a.txt": b"a"}, runs) == b"crate"
    assert seen == [(edition.study, {"run_id": RUN}, {"date": "2026-01-31", "version": "1.0", "runs": runs}, b"a")]


@pytest.mark.parametrize(
    ("path", "size", "apart"),
    [
        ("wheel/x.whl", 2**16 + 1, True),
        ("wheel/x.whl", 2**16, False),
        ("source/data/a.csv", 2**17, True),
        ("source/studies/demo/a.csv", 2**17, True),
        ("source/pyproject.toml", 2**17, False),
        ("tables/t.csv", 2**17, False),
    ],
)
def test_a_large_file_that_others_may_share_is_kept_apart(path, size, apart):
    assert blobs.apart({"a.txt": b"", path: bytes(size)}) == ([path] if apart else [])


def test_a_content_is_kept_and_found_under_its_hash(monkeypatch, tmp_path):
    first, second = tmp_path / "one", tmp_path / "two"
    place = blobs.put(second, b"content")
    assert place == second / sha(b"content")[:2] / f"{sha(b'content')}.xz"
    assert blobs.take([first, second], sha(b"content"), 7) == b"content"
    assert blobs.take([first], sha(b"content"), 7) is None
    written = []
    monkeypatch.setattr(blobs, "write_whole", lambda *given: written.append(given))
    assert blobs.put(second, b"content") == place
    assert written == []
    with pytest.raises(IntegrityError, match=f"^{place} of the store holds another content than its name says$"):
        blobs.take([second], sha(b"content"), 3)  # no more of it is unpacked than a byte beyond
    place.write_bytes(b"damaged")
    with pytest.raises(IntegrityError, match=f"^{place} of the store is damaged: "):
        blobs.take([second], sha(b"content"), 7)


def test_stores_are_looked_for_where_they_were_given_and_above_the_bundle(tmp_path):
    path = tmp_path / "project" / "studies" / "demo" / "releases" / "demo-1.0.zip"
    near, far, given = (tmp_path / one / "store" / "sha256" for one in ("project/studies", ".", "given"))
    for one in (near, far, given):
        one.mkdir(parents=True)
    assert blobs.stores_near(path) == [near, far]
    for asked in (given, given.parent, given.parent.parent):
        assert blobs.stores_near(path, asked)[0] in (given, asked)
        assert given in blobs.stores_near(path, asked)
        assert blobs.stores_near(path, asked)[-2:] == [near, far]
    assert blobs.stores_near(path, near)[0] == near
    assert blobs.stores_near(path, near).count(near) == 1
    assert blobs.stores_near(path, tmp_path / "missing") == [near, far]


def listed(**files):
    return {"files": {path: {"sha256": sha(content), "bytes": len(content)} for path, content in files.items()}}


def test_what_the_store_keeps_is_put_back_and_what_is_not_there_is_named(tmp_path):
    blobs.put(tmp_path, b"here")
    listing = listed(**{"wheel/a": b"here", "wheel/b": b"gone", "wheel/c": b"inside"})
    listing["store"] = list(listing["files"])
    inside = {"wheel/c": b"inside", "x": b"x"}
    whole, lost = blobs.complete(listing, inside, [tmp_path])
    assert whole == inside | {"wheel/a": b"here"}
    assert lost == ["wheel/b"]
    assert set(inside) == {"wheel/c", "x"}
    assert blobs.complete({}, inside, []) == (inside, [])


@pytest.mark.parametrize(
    ("path", "size"), [("wheel/a", -1), ("wheel/a", 512 * 2**20 + 1), ("tables/a", 1), ("wheel/b", 1)]
)
def test_only_what_a_release_keeps_apart_is_put_back(path, size):
    listing = {"store": [path], "files": {"wheel/a": {"sha256": sha(b""), "bytes": size}, "tables/a": {"bytes": 1}}}
    with pytest.raises(IntegrityError, match=f"^'{path}' is listed as kept in a store, which no release does"):
        blobs.complete(listing, {}, [])
    bound = {"store": ["wheel/a"], "files": {"wheel/a": {"sha256": sha(b""), "bytes": 512 * 2**20}}}
    assert blobs.complete(bound, {}, []) == ({}, ["wheel/a"])


def write_bundle(path, content=b"kept", store=("wheel/x.whl",), inside=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    listing = {"store": list(store), "files": {"wheel/x.whl": {"sha256": sha(content), "bytes": len(content)}}}
    files = {f"{path.stem}/bundle.json": json.dumps(listing).encode()}
    files |= {f"{path.stem}/{name}": one for name, one in (inside or {}).items()}
    path.write_bytes(pack(files))
    return path


def test_a_bundle_is_read_with_what_the_store_keeps_of_it(tmp_path):
    path = write_bundle(tmp_path / "releases" / "demo-1.0.zip", inside={"a.txt": b"a"})
    with pytest.raises(DataError, match=r"^1 files of demo-1\.0\.zip, such as 'wheel/x\.whl', are kept in a store"):
        blobs.read_whole(path)
    blobs.put(tmp_path / "elsewhere", b"kept")
    found = blobs.read_whole(path, tmp_path / "elsewhere")
    assert set(found) == {f"demo-1.0/{name}" for name in ("bundle.json", "a.txt", "wheel/x.whl")}
    assert found["demo-1.0/wheel/x.whl"] == b"kept"
    blobs.put(tmp_path / "store" / "sha256", b"kept")
    assert blobs.read_whole(path) == found
    path.write_bytes(pack({"demo-1.0/bundle.json": b"[]"}))
    with pytest.raises(
        IntegrityError, match=r"^bundle\.json of demo-1\.0\.zip is not as `ctresearch release` writes it"
    ):
        blobs.read_whole(path)
    path.write_bytes(pack({"demo-1.0/a.txt": b"a"}))
    assert blobs.read_whole(path) == {"demo-1.0/a.txt": b"a"}


def test_what_a_bundle_alone_keeps_goes_with_it_and_what_others_need_stays(tmp_path):
    store = tmp_path / "store" / "sha256"
    mine = write_bundle(tmp_path / "a" / "demo-1.0.zip")
    full = write_bundle(tmp_path / "a" / "demo-1.0-full.zip")
    other = write_bundle(tmp_path / "a" / "demo-1.1.zip", b"other")
    for content in (b"kept", b"other"):
        blobs.put(store, content)
    assert blobs.alone(mine, [mine, full, other]) == [sha(b"kept")]
    twin = write_bundle(tmp_path / "b" / "twin-1.0.zip")
    assert blobs.alone(mine, [mine, other, twin]) == []
    apart = write_bundle(tmp_path / "c" / "far-1.0.zip")
    assert blobs._digests(apart) == {sha(b"kept")}
    assert blobs.alone(write_bundle(tmp_path / "d" / "none.zip", store=()), [twin]) == []
    assert blobs._digests(tmp_path / "missing.zip") == set()
    place = store / sha(b"kept")[:2] / f"{sha(b'kept')}.xz"
    assert blobs.forget(mine, [sha(b"kept"), sha(b"never kept")]) == [place]
    assert not place.exists()
    assert blobs.forget(mine, [sha(b"kept")]) == []
    assert blobs.take([store], sha(b"other"), 5) == b"other"


def test_bundles_with_another_store_share_nothing(tmp_path):
    mine = write_bundle(tmp_path / "one" / "demo-1.0.zip")
    there = write_bundle(tmp_path / "two" / "twin-1.0.zip")
    for place in ("one", "two"):
        blobs.put(tmp_path / place / "store" / "sha256", b"kept")
    assert blobs.alone(mine, [there]) == [sha(b"kept")]


@pytest.mark.parametrize("digest", ["a" * 63, "a" * 65, "G" * 64, "../" + "a" * 61])
def test_what_is_no_hash_has_no_place(tmp_path, digest):
    with pytest.raises(IntegrityError, match=f"is listed under {len(digest)} characters that are no SHA-256"):
        blobs.take([tmp_path], digest, 1)


def result(**changed):
    table = estimates_table({"population": (200 / 3, 3.0, 60.0, 80.0)}, unit="persons")
    check = Check("overlap", "review", "Nobody is on both lists.", {"share": 1 / 3})
    given = {"method": "Sum of lists", "n": 40, "interval": "normal", "scope": Scope(population="people")}
    return Result(**(given | {"estimates": table, "checks": (check,)} | changed))


@pytest.fixture
def run():
    """A run of one estimate, one table and a figure, as a bundle holds it."""
    mine = result()
    inside = {
        "e.json": json.dumps(mine.to_dict()).encode(),
        "t.csv": b"a\n1\n",
        "f.svg": b"<svg/>",
        "f.csv": b"x\n1\n",
        "n.txt": b"n",
    }

    def entry(path):
        return {"path": path, "sha256": sha(inside[path])}

    document = {
        "title": "T",
        "run_id": RUN,
        "estimates": {"e": entry("e.json") | estimate_entry(mine)},
        "tables": {"t": entry("t.csv")},
        "figures": {"f": entry("f.svg") | {"data": entry("f.csv")}},
        "files": {"n": entry("n.txt")},
        "checks": [{"output": "e", **check_entry(one)} for one in mine.checks],
    }
    return SimpleNamespace(document=document, inside=inside)


def numbers_of(run, home=""):
    inside = {home + path: content for path, content in run.inside.items()}
    inside |= {f"{home}results.json": json.dumps(run.document).encode()}
    (check,) = pages.number_checks({"runs": {home: RUN}}, inside)
    assert check.name == "numbers"
    return check.status, str(check.message)


def test_numbers_are_those_of_the_saved_results(run):
    assert numbers_of(run) == ("pass", "Every number is that of the result that was saved.")
    assert numbers_of(run, "runs/a/") == ("pass", "Every number of runs/a is that of the result that was saved.")


def test_a_file_that_is_not_the_one_described_is_named(run):
    for path in ("e.json", "t.csv", "f.svg", "f.csv", "n.txt"):
        kept = run.inside[path]
        run.inside[path] += b" "
        assert numbers_of(run) == ("fail", f"The numbers are not those of the saved results: {path[0]}.")
        del run.inside[path]
        told = "The numbers of runs/a are not those of the saved results: "
        assert numbers_of(run, "runs/a/")[1].startswith(told)
        run.inside[path] = kept


def test_each_word_and_number_of_an_estimate_is_held_to_the_saved_one(run):
    entry = run.document["estimates"]["e"]
    held = {"method", "n", "level", "interval", "scale", "status", "stands", "assumptions", "references", "rows"}
    for key in sorted({*held, "population", "definition", "reference_period", "measure"}):
        kept, entry[key] = entry[key], "another"
        assert list(pages._other_numbers("", run.document, run.inside)) == ["e"], key
        entry[key] = kept
    del entry["scale"], entry["stands"]  # older versions said less
    assert list(pages._other_numbers("", run.document, run.inside)) == []


def test_checks_are_those_of_the_estimate_and_of_it_alone(run):
    run.document["checks"].insert(0, {"output": "other", "name": "x"})
    assert numbers_of(run)[0] == "pass"
    run.document["checks"][1]["numbers"] = {"share": 0.3}
    assert numbers_of(run)[0] == "fail"
    run.document["checks"].pop()
    assert numbers_of(run)[0] == "fail"


def test_an_estimate_that_cannot_be_read_is_named_and_the_next_one_looked_at(run):
    run.inside["e.json"] = b"{"
    run.document["estimates"]["e"]["sha256"] = sha(b"{")
    run.document["estimates"]["u"] = dict(run.document["estimates"]["e"])
    assert numbers_of(run)[1].endswith(": e, u.")


def test_pages_are_set_again_only_by_the_package_that_set_them(monkeypatch):
    seen = []
    monkeypatch.setattr(pages, "source_hash", lambda: "s")
    monkeypatch.setattr(pages, "as_written", lambda *given: seen.append(given) or ("study", "notebook"))
    monkeypatch.setattr(pages, "_source_of", lambda *given: ("source", *given))
    monkeypatch.setattr(pages, "_pages_of", lambda *given: ("pages", *given))
    (check,) = pages.page_checks({"source_hash": "other", "runs": {"": RUN}}, {})
    assert (check.name, check.status) == ("pages", "review")
    assert str(check.message).startswith("The pages were not checked: another version of the package set them.")
    listing, inside = {"source_hash": "s", "runs": {"a/": RUN, "b/": OTHER}}, {"x": b""}
    assert list(pages.page_checks(listing, inside)) == [
        (kind, home, *rest)
        for home in ("a/", "b/")
        for kind, rest in (("source", ("study", "notebook", inside)), ("pages", (listing, "study", inside)))
    ]
    assert seen == [(listing, inside)]


CELL = {"cell_type": "code", "source": "x", "metadata": {}, "execution_count": 1, "outputs": []}
TEXT = {"cell_type": "markdown", "source": "# A", "metadata": {}}


@pytest.fixture
def made(monkeypatch, tmp_path):
    """A run and the manifest and notebook that it was made from."""
    study = study_from_table({"title": "T", "notebook": "n", "seed": 1, "code": {"h": "lib/h.py"}}, tmp_path / "demo")
    notebook = {"cells": [TEXT, CELL], "metadata": {}}
    parts = pages.written(study, notebook) | {"modules": {"h": sha(b"code")}}
    run = SimpleNamespace(study=study, notebook=notebook, parts=parts, executed=dict(notebook), document={"title": "T"})
    run.document["run_id"] = RUN
    run.inside = {"source/studies/demo/lib/h.py": b"code"}

    def files(home=""):
        made = {
            "notebook.ipynb": run.executed,
            "results.json": run.document,
            "provenance.json": {"components": run.parts},
        }
        return run.inside | {home + name: json.dumps(content).encode() for name, content in made.items()}

    run.files = files
    return run


def source_of(run, home=""):
    check = pages._source_of(home, run.study, run.notebook, run.files(home))
    assert check.name == "source"
    return check.status, str(check.message)


def test_notebook_and_manifest_are_those_that_ran(made):
    assert source_of(made) == ("pass", "Notebook and manifest are those that ran.")
    assert source_of(made, "runs/a/") == ("pass", "Notebook and manifest of runs/a are those that ran.")


@pytest.mark.parametrize("what", ["code", "prose", "manifest", "seed"])
def test_what_was_written_is_held_to_what_the_run_was_made_from(made, what):
    made.parts[what] = "another"
    beside = {"code", "prose"} & {what}
    told = ", ".join([what, *(f"{one} of notebook.ipynb" for one in sorted(beside))])
    assert source_of(made) == ("fail", f"Not what the run was made from: {told}.")


def test_modules_title_and_what_ran_are_held_as_well(made):
    made.document["title"] = "Another"
    assert source_of(made)[1] == "Not what the run was made from: title."
    made.document["replaced"] = {"lists": []}  # other data speak: title and manifest are theirs
    made.parts["manifest"] = "another"
    assert source_of(made)[0] == "pass"
    made.inside.clear()
    assert source_of(made)[1] == "Not what the run was made from: modules."
    made.executed = {"cells": [TEXT, CELL | {"source": "y"}], "metadata": {}}
    assert source_of(made)[1] == "Not what the run was made from: modules, code of notebook.ipynb."


@pytest.fixture
def page(made, monkeypatch):
    """Pages that are a few bytes, set again each time."""
    made.again = {"report.html": b"page", "report.pdf": b"printed"}
    made.seen = []

    def set_pages(*given, **more):
        made.seen.append((given, more))
        return dict(made.again)

    monkeypatch.setattr(pages, "set_pages", set_pages)
    monkeypatch.setattr(pages.pdf, "renderer", lambda: "typst 1")
    normal = pages.normalise_notebook(made.executed, RUN)
    made.executed = normal
    made.inside |= {"report.html": b"page", "report.pdf": b"printed"}

    def check(home="", renderer="typst 1", **changed):
        inside = {home + name: one for name, one in made.inside.items()} | made.files(home)
        inside[f"{home}notebook.ipynb"] = pages.notebook_bytes(normal)
        inside |= changed
        found = pages._pages_of(home, {"date": "2026-01-31", "pdf": renderer}, made.study, inside)
        assert found.name == "pages"
        return found.status, str(found.message)

    made.check = check
    return made


def test_pages_are_what_notebook_and_results_give(page):
    assert page.check() == ("pass", "Report and PDF are what notebook and results give.")
    (study, notebook, document, parts, read), more = page.seen[0]
    assert (study, document, parts, more) == (page.study, page.document, page.parts, {"date": "2026-01-31"})
    assert notebook["cells"][-1]["id"] == "ctresearch-run"
    assert read("report.html") == b"page"
    assert page.check("runs/a/")[1] == "Report and PDF of runs/a are what notebook and results give."
    assert page.seen[1][0][4]("report.html") == b"page"


def test_a_page_that_says_something_else_is_named(page):
    page.again["report.html"] = b"another"
    page.again["report.pdf"] = b"another"
    told = "Not what the notebook and the results give when the page is set again: report.html, report.pdf."
    assert page.check() == ("fail", told)
    told = "Not what the notebook and the results give when the page is set again: report.html."
    assert page.check(renderer="typst 2") == ("fail", told)
    page.again |= {"report.html": b"page", "report.pdf": b"printed"}
    assert "notebook.ipynb" in page.check(**{"notebook.ipynb": json.dumps(page.executed).encode()})[1]


def test_a_pdf_of_another_renderer_is_not_checked_and_none_need_be_there(page):
    page.again["report.pdf"] = b"another"
    told = "The report is what notebook and results give; the PDF was not checked, since it was set by typst 2."
    assert page.check(renderer="typst 2") == ("review", told)
    del page.inside["report.pdf"]
    assert page.check()[0] == "pass"


def test_a_manifest_and_its_notebook_are_read_from_the_bundle(tmp_path):
    notebook = {"cells": [TEXT], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    inside = {
        "source/studies/demo/study.toml": b'title = "T"\nnotebook = "n"\nseed = 1\n',
        "source/studies/demo/n.ipynb": json.dumps(notebook).encode(),
        "source/studies/other/study.toml": b"broken",
    }
    study, read = pages.as_written({"study": "demo"}, inside)
    assert (study.name, study.title, read) == ("demo", "T", notebook)
    assert not study.folder.exists()


def published(path, digest, expect=None):
    return [(one.status, str(one.message)) for one in verify._published_hash(path, digest, expect)]


def test_a_bundle_is_compared_with_each_hash_that_was_published(tmp_path):
    path, digest = tmp_path / "demo-1.0.zip", sha(b"zip")
    ((status, told),) = published(path, digest)
    assert (status, told.partition(":")[0]) == ("review", "No published SHA-256 to compare with")
    same = ("pass", "The SHA-256 is the one expected.")
    assert published(path, digest, f" {digest.upper()}\n") == [same]
    other = f"The SHA-256 is {digest}, and the one expected is 'x': another bundle."
    assert published(path, digest, "X") == [("fail", other)]
    beside = path.with_name("demo-1.0.zip.sha256")
    beside.write_text(f"{digest}  demo-1.0.zip\n")
    assert published(path, digest) == [("pass", "The SHA-256 is the one published beside it.")]
    assert [status for status, _ in published(path, digest, "x")] == ["fail", "pass"]
    beside.write_bytes(b"")
    assert published(path, digest) == [
        ("fail", f"The SHA-256 is {digest}, and the one published beside it is '': another bundle.")
    ]
    beside.write_bytes(digest.encode() + b" \xff")
    assert published(path, digest)[0][0] == "pass"


def zipped(files, listing=None):
    place = io.BytesIO()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"demo-1.0/{name}", content)
        if listing is not None:
            archive.writestr("demo-1.0/bundle.json", json.dumps(listing))
    return place.getvalue()


def test_a_damaged_archive_names_its_entries(monkeypatch):
    files = {name: name.encode() for name in "abcdefg"}
    listing = listed(**files)
    whole = "; every file in it still has its listed SHA-256"
    assert verify._which_entries(zipped(files, listing)) == whole
    changed = dict.fromkeys(files, b"x") | {"h": b""}
    told = "; changed, missing or not listed: 'a', 'b', 'c', 'd', 'e'"
    assert verify._which_entries(zipped(changed, listing)) == told
    del files["a"]
    assert verify._which_entries(zipped(files, listing)) == "; changed, missing or not listed: 'a'"
    for nothing in (zipped(files), zipped(files, []), zipped(files, {"files": 3}), b"no zip"):
        assert verify._which_entries(nothing) == ""
    data = zipped(files, listing)
    monkeypatch.setattr(verify, "MAX_FILES", 7)
    assert verify._which_entries(data) != ""
    monkeypatch.setattr(verify, "MAX_FILES", 6)
    assert verify._which_entries(data) == ""
    monkeypatch.setattr(verify, "MAX_FILES", 7)
    size = 6 + len(json.dumps(listing))
    monkeypatch.setattr(verify, "MAX_BYTES", size)
    assert verify._which_entries(data) != ""
    monkeypatch.setattr(verify, "MAX_BYTES", size - 1)
    assert verify._which_entries(data) == ""


def bundle_of(listing, **files):
    made = {f"demo-1.0/{path}": content for path, content in files.items()}
    return made | {"demo-1.0/bundle.json": results_bytes(listing)}


def test_a_listing_is_one_of_this_archive():
    files = {"runs/a/provenance.json": b"{}", "x": b"x"}
    listing = {
        "format": "ctresearch-bundle/1",
        "study": "demo",
        "version": "1.0",
        "runs": {"runs/a/": RUN},
        "files": {},
    }
    found, inside = verify._listing(bundle_of(listing, **files))
    assert found == listing
    assert set(inside) == {*files, "bundle.json"}
    kept = listing | {"runs": {"": RUN}, "files": {"provenance.json": {}}}  # what is listed and lost counts
    assert verify._listing(bundle_of(kept))[0] == kept
    refused = {
        r"holds \['demo-1\.0', 'other'\], must hold one folder with a bundle\.json": bundle_of(listing, **files)
        | {"other/x": b""},
        r"holds \['demo-1\.0'\], must hold one folder": {"demo-1.0/x": b""},
        "does not say a format of ctresearch-bundle/1, ctresearch-bundle/2": bundle_of(listing | {"format": "x"}),
        "is not as `ctresearch release` writes it": bundle_of(listing | {"version": "1.1"}, **files),
        "lists 1 runs, and the archive holds 0": bundle_of(listing),
        "lists 2 runs, and the archive holds 1": bundle_of(listing | {"runs": {"runs/a/": 1, "b/": 2}}, **files),
        "lists 1 runs, and the archive holds 1": bundle_of(listing | {"runs": {"b/": 2}}, **files),
    }
    refused["bundle.json is not as `ctresearch release` writes it"] = bundle_of(listing, **files) | {
        "demo-1.0/bundle.json": json.dumps(listing).encode()
    }
    for said, made in refused.items():
        with pytest.raises(IntegrityError, match=said):
            verify._listing(made)
    with pytest.raises(IntegrityError, match="does not say a format"):
        verify._listing({"demo-1.0/bundle.json": b"[]"})


def test_every_file_has_its_listed_hash_and_what_is_elsewhere_is_said():
    files = {name: name.encode() for name in "abcdefg"}

    def said(inside, lost=()):
        checks = list(verify._hashes(listed(**files), {**inside, "bundle.json": b""}, lost))
        return [(one.name, one.status, str(one.message)) for one in checks]

    assert said(files) == [("files", "pass", "All 7 files have their listed SHA-256.")]
    assert said(dict.fromkeys(files, b"x")) == [
        ("files", "fail", "Changed, missing or not listed: a, b, c, d, e."),
    ]
    inside = {name: content for name, content in files.items() if name != "g"}
    assert said(inside)[0][2] == "Changed, missing or not listed: g."
    assert said(inside | {"h": b""}, ["g"])[1][2] == "Changed, missing or not listed: h."
    store, whole = said(inside, ["g"])
    assert store[:2] == ("store", "review")
    assert store[2].startswith("1 file is kept in a store that is not here and was not checked: g; name its folder")
    assert whole == ("files", "pass", "All 6 files have their listed SHA-256.")
    several = said({}, list("abcdefg"))[0][2]
    assert several.startswith("7 files are kept in a store that is not here and were not checked: a, b, c, d, e; name")


def test_a_release_of_runs_that_nothing_sealed_says_so():
    assert list(verify._seal({})) == []
    (check,) = verify._seal({"unsealed": "no landlock here."})
    told = ("seal", "review", "Its runs were not sealed: no landlock here.")
    assert (check.name, check.status, str(check.message)) == told


def test_the_package_is_the_one_that_ran(monkeypatch):
    monkeypatch.setattr(verify, "wheel_source", lambda content: {b"w": "s" * 20}[content])

    def said(inside, source="s" * 20, ran="s" * 20):
        provenance = json.dumps({"components": {"source": ran}}).encode()
        listing = {"source_hash": source, "runs": {"a/": RUN, "b/": OTHER}}
        inside = inside | {"a/provenance.json": json.dumps({"components": {"source": "s" * 20}}).encode()}
        (check,) = verify._wheel(listing, inside | {"b/provenance.json": provenance})
        assert check.name == "package"
        return check.status, str(check.message)

    wheel = {"wheel/x.whl": b"w"}
    assert said(wheel) == ("pass", f"The package in the bundle is the one that ran: source {'s' * 16}.")
    told = f"The package in the bundle has the source hash {'s' * 20}, and the run had other."
    assert said(wheel, ran="other") == ("fail", told)
    assert said(wheel, source="other")[0] == "fail"
    assert "has the source hash of 0 wheels, and" in said({})[1]
    assert "has the source hash of 2 wheels, and" in said(wheel | {"wheel/y.whl": b"w"})[1]


def test_a_withdrawal_is_told_wherever_its_tombstone_lies(monkeypatch, tmp_path):
    stone = {"date": "2026-02-01", "reason": "it was wrong", "sha256": "x"}
    asked = []
    listing = {"study": "demo", "version": "1.0"}

    def read(folder, *what):
        asked.append((folder, *what))
        return stone if folder == tmp_path / "b" else None

    monkeypatch.setattr(verify, "read_tombstone", read)
    folders = [tmp_path / "a", tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    (check,) = verify._tombstones(listing, "x", folders)
    told = ("withdrawn", "fail", "Withdrawn on 2026-02-01: it was wrong.")
    assert (check.name, check.status, str(check.message)) == told
    assert asked == [(tmp_path / "a", "demo", "1.0"), (tmp_path / "b", "demo", "1.0")]
    (check,) = verify._tombstones(listing, "y", folders)
    assert str(check.message).endswith("it was wrong. The withdrawn bundle had another SHA-256.")
    assert list(verify._tombstones(listing, "x", folders[:1])) == []


def test_a_run_is_held_to_its_id_its_record_and_its_schema(monkeypatch):
    monkeypatch.setattr(verify.results, "schema", lambda: {"type": "object", "properties": {"n": {"type": "integer"}}})
    parts = {"seed": 1}
    claimed = verify.run_id(parts)

    def said(home="", recorded=claimed, shown=claimed, claim=claimed, wrong=0, n=1):
        outputs = {name: sha(b"other" if place < wrong else name.encode()) for place, name in enumerate("abcdefg")}
        inside = {f"{home}{name}": name.encode() for name in "abcdefg"}
        record = {"components": parts, "run_id": recorded, "outputs": outputs}
        inside |= {f"{home}provenance.json": json.dumps(record).encode()}
        inside |= {f"{home}results.json": json.dumps({"run_id": shown, "n": n}).encode()}
        return [(one.name, one.status, str(one.message)) for one in verify._run(home, claim, inside)]

    assert said() == [
        ("run id", "pass", "The run id is the hash of what went in."),
        ("provenance", "pass", "All 7 outputs are as recorded."),
        ("schema", "pass", "results.json fits its schema."),
    ]
    assert [told for _, _, told in said("runs/a/")] == [
        "The run id of runs/a is the hash of what went in.",
        "All 7 outputs of runs/a are as recorded.",
        "results.json of runs/a fits its schema.",
    ]
    for changed in ({"recorded": "x"}, {"shown": "x"}):
        assert said(**changed)[0][1] == "fail"
    told = ("run id", "fail", f"The run id of runs/a is x, and what went in gives {claimed}.")
    assert said("runs/a/", claim="x")[0] == told
    assert said("runs/a/", wrong=7)[1] == ("provenance", "fail", "Not as recorded of runs/a: a, b, c, d, e.")
    assert said(n="w")[2] == ("schema", "fail", "results.json does not fit its schema at $.n.")


def test_what_is_signed_is_the_archive_without_what_the_store_keeps():
    files = {"demo-1.0/a": b"a", "demo-1.0/wheel/x": b"x"}
    listing = {"study": "demo", "version": "1.0", "store": ["wheel/x"]}
    assert verify.slim(pack(files), listing) == pack({"demo-1.0/a": b"a"})
    assert verify.slim(b"any", {"study": "demo", "version": "1.0"}) == b"any"


def test_a_claim_gathers_signature_and_tombstone_from_where_they_lie(tmp_path):
    listing = {"study": "demo", "version": "1.0", "date": "2026-01-31"}
    path, other = tmp_path / "demo-1.0-full.zip", tmp_path / "other"
    other.mkdir()
    found = verify._claim(path, b"data", listing, [tmp_path])
    assert (found.study, found.version, found.date, found.content) == ("demo", "1.0", "2026-01-31", b"data")
    assert (found.beside, found.tombstone) == (None, None)
    (tmp_path / "demo-1.0.zip.sig").write_bytes(b"of the slim one\xff")
    (other / "demo-1.0.withdrawn.json").write_bytes(b"stone")
    found = verify._claim(path, b"data", listing, [tmp_path, other])
    assert (found.beside, found.tombstone) == ("of the slim one\ufffd", b"stone")
    (tmp_path / "demo-1.0-full.zip.sig").write_bytes(b"its own")
    (tmp_path / "demo-1.0.withdrawn.json").write_bytes(b"x" * (2**20 + 1))
    found = verify._claim(path, b"data", listing, [tmp_path, other])
    assert (found.beside, len(found.tombstone)) == ("its own", 2**20)


def test_what_is_no_zip_is_refused_and_what_is_a_damaged_one_told(tmp_path):
    verify.refuse_no_zip(tmp_path / "a.zip", b"PK damaged")
    verify.refuse_no_zip(tmp_path / "a.zip", b"before it" + pack({"a": b"b"}))
    with pytest.raises(DataError, match=f"^'{tmp_path / 'a.zip'}' is no zip file, must be a bundle"):
        verify.refuse_no_zip(tmp_path / "a.zip", b"notes")


def test_what_was_found_is_plain(tmp_path):
    checks = (Check("a", "pass", "Fine it is."), Check("b", "review", "Look at it."))
    found = verify.Verification("demo-1.0.zip", "d", {"study": "demo", "version": "1.0", "format": "f"}, checks)
    assert found.status == "review"
    assert found.to_dict() == {
        "bundle": "demo-1.0.zip",
        "sha256": "d",
        "status": "review",
        "study": "demo",
        "version": "1.0",
        "date": None,
        "runs": None,
        "checks": [one.to_dict() for one in checks],
    }
