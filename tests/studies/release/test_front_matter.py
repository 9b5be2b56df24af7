"""The pages a stranger reads first say what, whom, how sure, and read as nothing but words."""

import pytest
import yaml

from ctresearch.studies.asked.manifest import study_from_table
from ctresearch.studies.kept.evidence import Evidence
from ctresearch.studies.release.front_matter import citation_cff, licence_text, readme, requirements_txt
from small_project import ETHICS


def study(tmp_path, **more):
    import tomllib

    table = {"title": 'A "title": with #signs', "notebook": "n", "seed": 1, **tomllib.loads(ETHICS), **more}
    return study_from_table(table, tmp_path / "demo")


def evidence():
    row = {"term": "population", "estimate": 11417.988, "ci_low": 9900.1, "ci_high": None, "unit": "persons"}
    entry = {
        "method": "Log-linear",
        "level": 0.95,
        "population": "potential victims",
        "definition": "not stated",
        "reference_period": "2013",
        "measure": "period",
        "rows": [row],
    }
    checks = [{"output": "e", "name": "fit", "status": "fail", "message": "Do not use."}]
    digest = {"cases": {"digest": "cd" * 32}}
    provenance = {"run_id": "ab" * 32, "components": {"parameters": {"n": 5}, "inputs": digest}}
    return Evidence({"estimates": {"e": entry}, "checks": checks}, provenance, {})


def test_citation_is_yaml_in_which_every_word_is_a_word(tmp_path):
    authors = [{"name": "no: yes", "orcid": "0000-0002-1825-0097"}, {"name": "*b &c !!python/object:os.system"}]
    text = citation_cff(
        study(tmp_path, authors=authors, cite={"doi": "doi:10.5281/zenodo.1"}), "1.0", "2026-01-31", ["ab"]
    )
    read = yaml.safe_load(text)
    assert read["title"] == 'A "title": with #signs'
    assert [one["name"] for one in read["authors"]] == ["no: yes", "*b &c !!python/object:os.system"]
    assert read["authors"][0]["orcid"] == "https://orcid.org/0000-0002-1825-0097"
    assert (read["version"], read["doi"], read["identifiers"][0]["value"]) == ("1.0", "10.5281/zenodo.1", "ab")
    assert read["cff-version"] == "1.2.0"
    assert yaml.safe_load(citation_cff(study(tmp_path), "1.0", "2026-01-31", []))["authors"] == [
        {"name": "Authors not stated"}
    ]


def test_readme_says_whom_and_how_sure_and_what_failed(tmp_path):
    text = readme(study(tmp_path), "1.0", "2026-01-31", {"": evidence()}, wheel="w.whl", withheld=["map"])
    assert "| population | 11,418 | 9,900 | – | persons |" in text
    assert "Counts whom: potential victims; not stated; 2013; period." in text
    assert "**Mind the reading: e, fit.** Do not use." in text
    assert "Left out of this release: map." in text
    assert "`n = 5`" in text


def test_readme_names_restricted_data_by_schema_keyed_digest_and_access(tmp_path):
    data = {"cases": {"level": "restricted", "access": "ask the custodian", "columns": {"list": "str", "age": "int"}}}
    text = readme(study(tmp_path, data=data), "1.0", "2026-01-31", {"": evidence()}, wheel="w.whl", withheld=[])
    line = next(line for line in text.splitlines() if line.startswith("- `cases`"))
    for words in (
        "restricted, not in this bundle",
        "list (str), age (int)",
        f"Keyed digest `{'cd' * 32}`",
        "ask the custodian",
    ):
        assert words in line


@pytest.mark.parametrize(
    ("licence", "address"), [("CC-BY-4.0", "licenses/by/4.0"), ("LicenseRef-own", "LicenseRef-own.")]
)
def test_licence_names_the_study_and_the_package(tmp_path, licence, address):
    text = licence_text(study(tmp_path, cite={"licence": licence}))
    assert licence in text
    assert address in text
    assert "Apache-2.0" in text


def test_requirements_are_pins_without_the_package_itself():
    assert requirements_txt({"pandas": "3.1", "ctresearch": "0.1", "numpy": "2.4"}) == "numpy==2.4\npandas==3.1\n"
