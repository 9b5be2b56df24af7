"""The RO-Crate describes every file, who may see what, and carries no clock."""

import json
import uuid

from ctresearch.studies import Study
from ctresearch.studies.shown.crate import write_crate

PROVENANCE = {
    "run_id": "ab" * 32,
    "components": {
        "packages": {"ctresearch": "0.1.0"},
        "python": "3.11",
        "inputs": {
            "lists": {"digest": "cd" * 32, "level": "public"},
            "cases": {"digest": "ef" * 32, "level": "restricted"},
        },
    },
    "outputs": {"tables/t.csv": "00"},
}


def crate(folder, **options):
    (folder / "tables").mkdir(parents=True)
    (folder / "tables" / "t.csv").write_text("a\n1\n")
    (folder / "run.log.json").write_text("{}")
    authors = [{"name": "Ana Pérez", "orcid": "0000-0002-1825-0097"}, {"name": "B. Author"}]
    study = Study(
        name="demo",
        folder=folder,
        title="How many?",
        notebook="n",
        seed=1,
        authors=authors,
        cite={"references": ["doi:10.1111/rssa.12505", "A report (2020)"]},
    )
    write_crate(folder, study, PROVENANCE, **options)
    text = (folder / "ro-crate-metadata.json").read_text(encoding="utf-8")
    return text, {entity["@id"]: entity for entity in json.loads(text)["@graph"]}


def test_no_clock_and_no_folder_of_this_machine(tmp_path):
    first, entities = crate(tmp_path / "one")
    assert crate(tmp_path / "two")[0] == first
    assert str(tmp_path) not in first
    assert entities["./"]["datePublished"] == "1970-01-01"
    assert crate(tmp_path / "three", date="2026-01-31", version="1.0")[1]["./"]["datePublished"] == "2026-01-31"


def test_files_people_inputs_and_the_run_are_described(tmp_path):
    _, entities = crate(tmp_path / "one")
    assert entities["./"]["hasPart"] == {"@id": "tables/t.csv"} or entities["./"]["hasPart"] == [
        {"@id": "tables/t.csv"}
    ]
    assert entities["tables/t.csv"]["encodingFormat"] == "text/csv"
    assert entities["https://orcid.org/0000-0002-1825-0097"]["name"] == "Ana Pérez"
    assert entities["#author-2"]["name"] == "B. Author"
    assert entities["#input-cases"]["conditionsOfAccess"] == "restricted"
    assert entities["#input-cases"]["isAccessibleForFree"] is False
    assert entities["#run-abababababababab"]["@type"] == "CreateAction"
    assert entities["#run-abababababababab"]["result"] == {"@id": "tables/t.csv"}
    assert {one["@id"] for one in entities["./"]["citation"]} == {
        "https://doi.org/10.1111/rssa.12505",
        uuid.uuid5(uuid.NAMESPACE_OID, "A report (2020)").urn,
    }


def test_every_reference_leads_to_an_entity(tmp_path):
    text, entities = crate(tmp_path / "one")

    def references(value):
        if isinstance(value, dict):
            yield from ([value["@id"]] if set(value) == {"@id"} else [])
            for each in value.values():
                yield from references(each)
        elif isinstance(value, list):
            for each in value:
                yield from references(each)

    outside = {"https://w3id.org/ro/crate/1.3"}
    assert set(references(json.loads(text)["@graph"])) - outside <= set(entities)
    assert entities["ro-crate-metadata.json"]["conformsTo"]["@id"] in outside


def made(folder, provenance, licence="CC-BY-4.0", authors=(), references=(), **options):
    from types import SimpleNamespace

    cite = SimpleNamespace(references=list(references), licence=licence)
    study = SimpleNamespace(name="demo", title="How?", authors=list(authors), cite=cite)
    write_crate(folder, study, provenance, **options)
    text = (folder / "ro-crate-metadata.json").read_text(encoding="utf-8")
    return text, {entity["@id"]: entity for entity in json.loads(text)["@graph"]}


def test_every_word_of_a_small_crate(tmp_path):
    from types import SimpleNamespace

    provenance = {
        "run_id": "ab" * 32,
        "components": {
            "packages": {},
            "python": "3.11",
            "inputs": {
                "b": {"digest": "cd", "level": "public", "replaced": ["rows"]},
                "a": {"digest": "ef", "level": "restricted"},
            },
        },
        "outputs": {"z.bin": "00", "figures/f.svg": "00", "gone.txt": "00"},
    }
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "f.svg").write_text("<svg/>")
    (tmp_path / "z.bin").write_text("z")
    (tmp_path / "report.html").write_text("é")
    (tmp_path / "run.log.json").write_text("{}")
    authors = [SimpleNamespace(name="É. One", orcid=None), SimpleNamespace(name="Two", orcid="https://orcid.org/0000")]
    text, found = made(
        tmp_path, provenance, authors=authors, references=["https://a.org/x", "A long report"], version="1.2"
    )
    assert text.endswith("}\n")
    assert "É. One" in text
    order = [one["@id"] for one in json.loads(text)["@graph"]]
    assert order[:2] == ["ro-crate-metadata.json", "./"]
    assert order[2:] == sorted(order[2:])
    root = found["./"]
    assert root["name"] == "How?"
    assert root["description"].startswith(
        "Study 'demo' run by ctresearch: notebook, parameters, outputs and provenance. Other data were given in place of"
        " the study's own: b (rows: not stated)."
    )
    assert (root["version"], root["identifier"], root["datePublished"]) == ("1.2", "ab" * 32, "1970-01-01")
    assert root["creator"] == [{"@id": "#author-1"}, {"@id": "https://orcid.org/0000"}]
    assert root["citation"] == [
        {"@id": "https://a.org/x"},
        {"@id": uuid.uuid5(uuid.NAMESPACE_OID, "A long report").urn},
    ]
    assert root["mentions"] == {"@id": "#run-abababababababab"}
    assert root["license"] == {"@id": "https://spdx.org/licenses/CC-BY-4.0"}
    assert found["https://spdx.org/licenses/CC-BY-4.0"] == {
        "@id": "https://spdx.org/licenses/CC-BY-4.0",
        "@type": "CreativeWork",
        "name": "CC-BY-4.0",
        "identifier": "CC-BY-4.0",
        "description": "SPDX licence CC-BY-4.0",
    }
    assert found["https://a.org/x"]["@type"] == "ScholarlyArticle"
    assert found[uuid.uuid5(uuid.NAMESPACE_OID, "A long report").urn]["name"] == "A long report"
    files = {
        name: {key: found[name][key] for key in ("name", "description", "encodingFormat", "contentSize")}
        for name in ("figures/f.svg", "z.bin", "report.html")
    }
    assert files == {
        "figures/f.svg": {
            "name": "figures/f.svg",
            "description": "A figure of the study",
            "encodingFormat": "image/svg+xml",
            "contentSize": "6",
        },
        "z.bin": {
            "name": "z.bin",
            "description": "A file of the run",
            "encodingFormat": "application/octet-stream",
            "contentSize": "1",
        },
        "report.html": {
            "name": "report.html",
            "description": "The report, to read in a browser",
            "encodingFormat": "text/html",
            "contentSize": "2",
        },
    }
    assert "run.log.json" not in found
    run = found["#run-abababababababab"]
    assert run["name"] == "Run abababababababab"
    assert run["description"] == "The notebook of the study, executed as run abababababababab"
    assert run["object"] == [{"@id": "#input-a"}, {"@id": "#input-b"}]
    assert run["result"] == [{"@id": "figures/f.svg"}, {"@id": "z.bin"}]
    software = found[run["instrument"]["@id"]]
    assert (software["@type"], software["name"], software["version"]) == (
        "SoftwareApplication",
        "ctresearch",
        "unknown",
    )
    assert software["url"] == software["@id"]
    assert software["softwareRequirements"] == "Python 3.11; versions in provenance.json"
    assert found["#input-b"] == {
        "@id": "#input-b",
        "@type": "CreativeWork",
        "name": "b",
        "identifier": "cd",
        "conditionsOfAccess": "public",
        "isAccessibleForFree": True,
    }


def test_a_bare_crate_and_one_of_several_runs(tmp_path):
    parts = {"packages": {"ctresearch": "1"}, "python": "3.11", "inputs": {}}
    provenance = {"run_id": "ab" * 32, "components": parts}
    _, found = made(tmp_path, provenance, "LicenseRef-none")
    assert found["./"]["license"] == {"@id": "#LicenseRef-none"}
    assert found["#LicenseRef-none"]["description"] == "No licence of the SPDX list is stated"
    assert not {"creator", "citation", "version"} & found["./"].keys()
    assert found["./"]["description"].endswith("outputs and provenance.")
    assert not {"object", "result"} & found["#run-abababababababab"].keys()
    for run in ("one", "two"):
        (tmp_path / run).mkdir()
        (tmp_path / run / "x.csv").write_text("x")
    runs = {f"{run}/": {"run_id": run * 9, "components": parts, "outputs": {"x.csv": "00"}} for run in ("one", "two")}
    _, found = made(tmp_path, provenance, runs=runs)
    assert found["./"]["mentions"] == [{"@id": "#run-oneoneoneoneoneo"}, {"@id": "#run-twotwotwotwotwot"}]
    assert found["#run-oneoneoneoneoneo"]["result"] == {"@id": "one/x.csv"}
