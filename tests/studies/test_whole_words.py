"""What is written for others is held as a whole: each word, each value, and nothing beside them."""

import json
import os
import sysconfig
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctresearch.core import Check
from ctresearch.studies import Study
from ctresearch.studies.checked import changed
from ctresearch.studies.kept.store import Store
from ctresearch.studies.kernel import kernel
from ctresearch.studies.release.verify import Verification
from ctresearch.studies.releasing.deposit import invenio_json, zenodo_json
from ctresearch.studies.shown.crate import write_crate

AUTHORS = [
    {"name": "Pérez Núñez, Ana", "orcid": "0000-0002-1825-0097", "affiliation": "A <University>"},
    {"name": "Ben Okafor"},
    {"name": "Osei"},
]
WORDS = {"name": "demo", "folder": Path("demo"), "title": "How many?", "notebook": "n", "seed": 1, "authors": AUTHORS}
DOI = "10.5281/zenodo.1234567"
TOLD = "A study with its report, tables, figures, results, provenance and what it takes to run it again."


@pytest.mark.parametrize("doi", [None, DOI])
@pytest.mark.parametrize("cited", [True, False])
def test_what_zenodo_is_given(doi, cited):
    cite = {"references": ["doi:10.1111/rssa.12505", "A report (2020)"]} if cited else {"licence": "MIT"}
    study = Study(**WORDS, cite=cite, description="About\n  people & <places>")
    more = {"doi": doi} if doi else {"prereserve_doi": True}
    if cited:
        more["related_identifiers"] = [{"identifier": "10.1111/rssa.12505", "relation": "cites", "scheme": "doi"}]
        more["references"] = ["A report (2020)"]
    assert zenodo_json(study, "1.0", "2026-01-31", doi) == {
        "metadata": {
            "title": "How many?",
            "upload_type": "dataset",
            "publication_date": "2026-01-31",
            "description": f"<p>About people &amp; &lt;places&gt;</p><p>{TOLD}</p>",
            "creators": [
                {"name": "Pérez Núñez, Ana", "affiliation": "A <University>", "orcid": "0000-0002-1825-0097"},
                {"name": "Okafor, Ben"},
                {"name": "Osei"},
            ],
            "access_right": "open",
            "license": "cc-by-4.0" if cited else "mit",
            "version": "1.0",
            **more,
        }
    }


@pytest.mark.parametrize("doi", [None, DOI])
@pytest.mark.parametrize("cited", [True, False])
def test_what_a_draft_of_inveniordm_holds(doi, cited):
    cite = {"references": ["https://doi.org/10.1234/x", "A report (2020)"]} if cited else {}
    more = {}
    if cited:
        links = [{"identifier": "10.1234/x", "scheme": "doi", "relation_type": {"id": "cites"}}]
        more = {"related_identifiers": links, "references": [{"reference": "A report (2020)"}]}
    pids = {"pids": {"doi": {"identifier": doi, "provider": "datacite", "client": "datacite"}}} if doi else {}
    person = {"type": "personal"}
    assert invenio_json(Study(**WORDS, cite=cite), "1.0", "2026-01-31", doi) == {
        "access": {"record": "public", "files": "public"},
        "files": {"enabled": True},
        "metadata": {
            "resource_type": {"id": "dataset"},
            "title": "How many?",
            "publication_date": "2026-01-31",
            "creators": [
                {
                    "person_or_org": {
                        **person,
                        "family_name": "Pérez Núñez",
                        "given_name": "Ana",
                        "identifiers": [{"scheme": "orcid", "identifier": "0000-0002-1825-0097"}],
                    },
                    "affiliations": [{"name": "A <University>"}],
                },
                {"person_or_org": {**person, "family_name": "Okafor", "given_name": "Ben"}},
                {"person_or_org": {**person, "family_name": "Osei"}},
            ],
            "description": f"<p>How many?</p><p>{TOLD}</p>",
            "version": "1.0",
            "rights": [{"id": "cc-by-4.0"}],
            **more,
        },
        **pids,
    }


@pytest.mark.parametrize(
    ("doi", "authors", "more"),
    [
        (None, [], {"creditText": "Authors not stated"}),
        ("doi:10.1234/x", ["A. Author", "B. Author"], {"creditText": "A. Author, B. Author"}),
    ],
)
def test_a_bundle_that_a_study_rests_on_is_described(tmp_path, doi, authors, more):
    cited = {"title": "Lists", "study": "k", "version": "1.0", "date": "2025-12-31", "authors": authors, "doi": doi}
    parts = {
        "packages": {"ctresearch": "1"},
        "python": "3.11",
        "inputs": {"lists": {"digest": "cd" * 32, "level": "public", "bundle": cited}},
    }
    study = SimpleNamespace(name="demo", title="T", authors=[], cite=SimpleNamespace(references=[], licence="MIT"))
    write_crate(tmp_path, study, {"run_id": "ab" * 32, "components": parts})
    graph = json.loads((tmp_path / "ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    entities = {one["@id"]: one for one in graph}
    address = f"urn:sha256:{'cd' * 32}"
    assert entities[address] == {
        "@id": address,
        "@type": "Dataset",
        "name": "Lists",
        "description": "Release 1.0 of the study 'k'",
        "version": "1.0",
        "datePublished": "2025-12-31",
        "identifier": f"sha256:{'cd' * 32}",
        **more,
        **({"sameAs": "https://doi.org/10.1234/x"} if doi else {}),
    }
    assert entities["./"]["citation"] == {"@id": address}
    assert entities["#run-abababababababab"]["object"] == {"@id": address}


def test_a_kernel_is_given_this_environment_and_no_other(monkeypatch, tmp_path):
    for name in ("CTRESEARCH_JOBS", "CTRESEARCH_CLUSTER", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MY_SECRET", "x")
    bare = {
        **kernel.FIXED,
        "PATH": os.pathsep.join([sysconfig.get_path("scripts"), "/usr/bin", "/bin"]),
        "PYTHONPATH": "",
    }
    assert kernel.bare() == bare
    threads = ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR", "NUMBA")
    assert {
        **{f"{one}_NUM_THREADS": "1" for one in threads},
        "VECLIB_MAXIMUM_THREADS": "1",
        "TQDM_DISABLE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "SOURCE_DATE_EPOCH": "315532800",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
    } == kernel.FIXED
    own = tmp_path / "own"
    assert kernel.environment(tmp_path / "out", own) == {
        **bare,
        "USER": "ctresearch",
        "LOGNAME": "ctresearch",
        "HOME": str(own / "home"),
        "TMPDIR": str(own / "tmp"),
        "XDG_CACHE_HOME": str(own / "cache"),
        kernel.FILE_VARIABLE: str(own / "run.json"),
        kernel.FOLDER_VARIABLE: str(tmp_path / "out"),
        "IPYTHONDIR": str(own / "ipython"),
        "MATPLOTLIBRC": str(own / "matplotlibrc"),
    }
    monkeypatch.setenv("CTRESEARCH_JOBS", "4")
    assert kernel.environment(own, own)["CTRESEARCH_JOBS"] == "4"
    assert kernel.environment(own, own, jobs=1)["CTRESEARCH_JOBS"] == "1"
    monkeypatch.setenv("CTRESEARCH_JOBS", "many")
    assert "CTRESEARCH_JOBS" not in kernel.environment(own, own)
    package = str(Path(kernel.__file__).parents[3])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["/elsewhere", package]))
    monkeypatch.setenv("LD_LIBRARY_PATH", os.pathsep.join(["/elsewhere", sysconfig.get_path("stdlib")]))
    monkeypatch.setenv("DYLD_LIBRARY_PATH", "/elsewhere")
    assert kernel.bare() == bare | {"PYTHONPATH": package, "LD_LIBRARY_PATH": sysconfig.get_path("stdlib")}


def test_a_kernel_is_a_fork_over_sockets_in_its_own_folder(tmp_path):
    manager = kernel.kernel_manager(tmp_path)
    try:
        assert manager.kernel_spec.argv == ["ctresearch-kernel", "-f", "{connection_file}"]
        assert manager.kernel_spec.metadata == {"kernel_provisioner": {"provisioner_name": "ctresearch-forked"}}
        assert (manager.kernel_spec.display_name, manager.kernel_spec.language) == ("Python 3", "python")
        assert (manager.transport, manager.kernel_name) == ("ipc", "python3")
        assert manager.connection_file == str(tmp_path / "k.json")
        assert manager.context.rcvhwm == 0
    finally:
        manager.context.destroy()


def test_what_was_verified_is_told_as_a_whole():
    checks = (Check("archive", "pass", "Whole."), Check("hashes", "fail", "One differs."))
    listing = {"study": "k", "version": "1.0", "date": "2026-01-31", "runs": ["a"], "files": {}, "store": []}
    assert Verification("k-1.0.zip", "ab12", listing, checks).to_dict() == {
        "bundle": "k-1.0.zip",
        "sha256": "ab12",
        "status": "fail",
        "study": "k",
        "version": "1.0",
        "date": "2026-01-31",
        "runs": ["a"],
        "checks": [one.to_dict() for one in checks],
    }
    bare = Verification("x.zip", "cd", {}, checks[:1]).to_dict()
    assert [bare[key] for key in ("status", "study", "version", "date", "runs")] == ["pass", None, None, None, None]


def test_git_is_asked_for_what_changed_and_what_is_new(monkeypatch, tmp_path):
    asked, answers = [], {"rev-parse": "abc\n", "diff": "a\0é/b\0", "ls-files": "c\0"}

    def git(root, *words):
        asked.append((root, words))
        return answers.get(words[0])

    monkeypatch.setattr(changed, "_git", git)
    found = changed._changed_paths(tmp_path, "main")
    assert found == ["a", "c", "é/b"]
    assert asked == [
        (tmp_path, ("rev-parse", "--verify", "--quiet", "--end-of-options", "main^{commit}")),
        (tmp_path, ("diff", "--name-only", "--no-renames", "--relative", "-z", "abc", "--", ".")),
        (tmp_path, ("ls-files", "--others", "--exclude-standard", "-z", "--", ".")),
    ]
    for lacking in answers:
        answers[lacking] = None
        assert changed._changed_paths(tmp_path, "main") is None
        answers[lacking] = "a\0"
    answers["rev-parse"] = ""
    assert changed._changed_paths(tmp_path, "main") is None


def test_a_run_that_was_refuted_has_its_mark_beside_it(tmp_path):
    store = Store(tmp_path)
    assert store.mark_of("ab" * 32) == tmp_path / f"{'ab' * 8}.refuted.json"
    assert store.refuted("ab" * 32) is None
    store.refute("ab" * 32, ["a.csv", "b.csv"])
    assert store.refuted("ab" * 32) == ["a.csv", "b.csv"]
    assert store.refuted("cd" * 32) is None
