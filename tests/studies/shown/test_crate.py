"""The RO-Crate describes every file, who may see what, and carries no clock."""

import json

from ctresearch.studies.asked.manifest import Study
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
        "#A-report-(2020)",
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
