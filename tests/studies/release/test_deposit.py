"""What is written for archives fits what they ask for, and the DOI that they reserved is in the bundle."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from ctresearch.core import SpecificationError
from ctresearch.studies import Study, load_study
from ctresearch.studies.base.archive import unpack
from ctresearch.studies.release.front_matter import citation_cff
from ctresearch.studies.releasing.deposit import _cited_doi, invenio_json, zenodo_json
from ctresearch.studies.releasing.release import check_doi, release_study
from small_project import call

SCHEMAS = Path(__file__).resolve().parents[2] / "reference" / "studies"
DOI = "10.5281/zenodo.1234567"
NAMES = {
    "local://definitions-v1.0.0.json": "definitions-v1.0.0.json",
    "local://definitions-v2.0.0.json": "definitions-v2.0.0.json",
    "local://records/definitions-v2.0.0.json": "records-definitions-v2.0.0.json",
}
ZENODO = {  # the fields of legacyrecord.json that are written, and `version` and `prereserve_doi` of its manual
    *("title", "upload_type", "publication_date", "description", "creators", "access_right", "license", "version"),
    *("related_identifiers", "references", "doi", "prereserve_doi"),
}


def read(name):
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


def study_of(**changed):
    authors = [
        {"name": "Pérez Núñez, Ana", "orcid": "0000-0002-1825-0097", "affiliation": "Universidad <A & B>"},
        {"name": "Ben Okafor"},
        {"name": "Osei"},
        {"name": "Maria del Mar Lopez"},
    ]
    cite = {"references": ["doi:10.1111/rssa.12505", "A report (2020)", "https://doi.org/10.1234/x"]}
    words = {"name": "demo", "folder": Path("demo"), "title": "How many? <A study> & more", "notebook": "n", "seed": 1}
    return Study(**{**words, "authors": authors, "cite": cite, **changed})


def faults(schema, content, registry=None):
    kind = jsonschema.validators.validator_for(schema)
    return [one.message for one in kind(schema, **({"registry": registry} if registry else {})).iter_errors(content)]


@pytest.mark.parametrize("doi", [None, DOI])
def test_a_draft_fits_the_schema_of_a_record_of_inveniordm(doi):
    resources = [(uri, Resource(read(name), DRAFT7)) for uri, name in NAMES.items()]
    registry, schema = Registry().with_resources(resources), read("record-v6.0.0.json")
    made = invenio_json(study_of(), "1.0", "2026-01-31", doi)
    assert faults(schema, made, registry) == []
    assert ("pids" in made) is (doi is not None)
    people = [one["person_or_org"] for one in made["metadata"]["creators"]]
    assert [one["family_name"] for one in people] == ["Pérez Núñez", "Okafor", "Osei", "Maria del Mar Lopez"]
    assert "&lt;" not in made["metadata"]["title"]
    assert "&lt;A study&gt; &amp; more" in made["metadata"]["description"]
    made["metadata"]["creators"][0]["name"] = "x"
    assert faults(schema, made, registry) != []  # the schema bites


@pytest.mark.parametrize("doi", [None, DOI])
def test_a_deposit_has_the_fields_that_zenodo_takes(doi):
    made = zenodo_json(study_of(), "1.0", "2026-01-31", doi)["metadata"]
    assert set(made) == ZENODO - ({"prereserve_doi"} if doi else {"doi"})
    assert made["creators"][0] == {
        "name": "Pérez Núñez, Ana",
        "affiliation": "Universidad <A & B>",
        "orcid": "0000-0002-1825-0097",
    }
    assert [one["name"] for one in made["creators"][1:]] == ["Okafor, Ben", "Osei", "Maria del Mar Lopez"]
    assert made["license"] == "cc-by-4.0"
    assert [one["identifier"] for one in made["related_identifiers"]] == ["10.1111/rssa.12505", "10.1234/x"]
    assert made["references"] == ["A report (2020)"]


def test_a_licence_that_no_archive_knows_is_refused():
    with pytest.raises(SpecificationError, match=r"cite\.licence == 'ask the authors'"):
        zenodo_json(study_of(cite={"licence": "ask the authors"}), "1.0", "2026-01-31", None)


@pytest.mark.parametrize("doi", [None, f"doi:{DOI}"])
def test_the_citation_fits_the_schema_of_its_format(doi):
    study = study_of(cite={"references": [], "doi": doi, "licence": "CC-BY-4.0"})
    cited = yaml.load(citation_cff(study, "1.0", "2026-01-31", ["ab" * 32]), Loader=yaml.BaseLoader)
    assert faults(read("cff-1.2.0.schema.json"), cited) == []
    assert cited.get("doi") == (DOI if doi else None)
    assert faults(read("cff-1.2.0.schema.json"), {**cited, "doi": "none"}) != []


@pytest.mark.parametrize("doi", [DOI, f"doi:{DOI}", f"https://doi.org/{DOI}", f" http://dx.doi.org/{DOI} "])
def test_a_doi_is_read_however_it_is_written(doi):
    assert check_doi(doi) == DOI


@pytest.mark.parametrize("doi", ["", "zenodo.1", "10.5281", "10.5281/", "10.5281/a b", '10.5281/a"b', "11.5281/a"])
def test_what_is_no_doi_is_refused(doi):
    with pytest.raises(SpecificationError, match="must look like 10"):
        check_doi(doi)


def test_a_doi_that_was_reserved_goes_into_the_bundle_before_it_is_deposited(publication, tmp_path, capsys):
    study = load_study(publication.study)
    code, out, _ = call(capsys, "deposit", str(publication.bundle), "--to", "zenodo", "--out", str(tmp_path))
    assert code == 0
    assert "cites no DOI: reserve one there, release with --doi" in out
    assert "Look at the family names of: Ana Pérez: an author" in out
    inside = {"CITATION.cff": citation_cff(study, "1.0", "2026-01-31", []).encode()}
    with pytest.raises(SpecificationError, match="cites none"):
        _cited_doi(inside, DOI, publication.bundle)
    bundle = release_study(study, "2.0", date="2026-01-31", doi=DOI, out=tmp_path).path
    cited = unpack(bundle.read_bytes())["demo-2.0/CITATION.cff"].decode()
    assert f'doi: "{DOI}"' in cited
    code, out, _ = call(capsys, "deposit", str(bundle), "--to", "inveniordm", "--doi", f"https://doi.org/{DOI}")
    assert code == 0
    made = json.loads((tmp_path / "demo-2.0.inveniordm.json").read_text())
    assert made["pids"]["doi"]["identifier"] == DOI
    assert call(capsys, "deposit", str(bundle), "--to", "zenodo", "--doi", "10.1234/other")[0] == 2
