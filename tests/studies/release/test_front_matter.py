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


def test_the_citation_line_by_line(tmp_path):
    authors = [{"name": "É. One", "affiliation": "A  house"}, {"name": "Two"}]
    one = study(tmp_path, authors=authors, cite={"licence": "CC0-1.0"})
    assert citation_cff(one, "1.0", "2026-01-31", ["ab", "cd"]).splitlines() == [
        "cff-version: 1.2.0",
        'message: "Please cite this study as below."',
        'title: "A \\"title\\": with #signs"',
        "type: dataset",
        'version: "1.0"',
        "date-released: 2026-01-31",
        'license: "CC0-1.0"',
        "authors:",
        '  - name: "É. One"',
        '    # "A house"',
        '  - name: "Two"',
        "identifiers:",
        "  - type: other",
        '    value: "ab"',
        '    description: "run id"',
        "  - type: other",
        '    value: "cd"',
        '    description: "run id"',
    ]
    assert "identifiers" not in citation_cff(one, "1.0", "2026-01-31", [])
    assert "doi" not in citation_cff(one, "1.0", "2026-01-31", [])


def test_the_readme_line_by_line(tmp_path):
    data = {
        "cases": {"level": "restricted", "access": "ask *us*", "columns": {"list": "str", "age": "int"}},
        "lists": {"level": "public", "source": "published:uk-2013"},
        "given": {"level": "public"},
        "far": {"level": "public", "access": "on paper"},
    }
    more = {"description": "Two\nlines.", "authors": [{"name": "A"}, {"name": "B"}], "cite": {"references": ["R | x"]}}
    one = evidence()
    one.provenance["components"]["parameters"] = {"n": 5, "word": "`é`"}
    text = readme(
        study(tmp_path, data=data, **more), "1.0", "2026-01-31", {"n=5/": one}, wheel="w.whl", withheld=["a", "b"]
    )
    lines = text.splitlines()
    assert lines[:17] == [
        '# A "title": with \\#signs',
        "",
        "Version 1.0, 2026-01-31. A, B.",
        "",
        "Two lines.",
        "",
        "## Results of n=5",
        "",
        f"Run `{'ab' * 32}`. Parameters: `n = 5`, `word = \"'é'\"`.",
        "",
        "**e**: Log-linear. Counts whom: potential victims; not stated; 2013; period. **Mind the reading: fit.**",
        "",
        "| term | estimate | 95 % low | 95 % high | unit |",
        "| --- | ---: | ---: | ---: | --- |",
        "| population | 11,418 | 9,900 | – | persons |",
        "",
        "**Mind the reading: e, fit.** Do not use.",
    ]
    assert lines[18] == "## Data"
    assert lines[20:24] == [
        (
            f"- `cases`: restricted, not in this bundle. Columns: list (str), age (int). Keyed digest `{'cd' * 32}`. Access: "
            "ask \\*us\\*."
        ),
        "- `lists`: public, published:uk-2013. SHA-256 `not recorded`.",
        "- `given`: public, a file in source/data. SHA-256 `not recorded`.",
        "- `far`: public, not in this bundle. SHA-256 `not recorded`. Access: on paper.",
    ]
    assert lines[25] == "Left out of this release: a, b."
    assert "    pip install -r requirements.txt wheel/w.whl" in lines
    assert "    cd source && ctresearch run demo" in lines
    assert lines[-3:] == ["## References", "", "- R \\| x"]
    assert text.endswith("x\n")


def test_a_readme_of_little(tmp_path):
    text = readme(study(tmp_path), "1.0", "2026-01-31", {"": evidence()}, wheel="w.whl", withheld=[])
    assert "\nVersion 1.0, 2026-01-31. Authors not stated.\n" in text
    assert "\n## Results\n" in text
    assert "\n- No data beyond the published tables that the package carries.\n" in text
    assert "Left out" not in text
    assert "References" not in text
    bare = readme(study(tmp_path), "1.0", "2026-01-31", {}, wheel="w.whl", withheld=[])
    assert "Results" not in bare
    one = evidence()
    one.provenance["components"]["parameters"] = {}
    one.results["checks"] = [
        {"output": "e", "name": "none", "status": "fail", "voids": True, "message": "No."},
        {"output": "e", "name": "fine", "status": "pass", "message": "Yes."},
    ]
    void = readme(study(tmp_path), "1.0", "2026-01-31", {"": one}, wheel="w.whl", withheld=[])
    assert "Parameters" not in void
    assert "period. **Does not stand, and has no limits.**\n" in void
    assert "| population | 11,418 | – | – | persons |" in void
    assert "\n**Does not stand: e, none.** No.\n" in void
    assert "fine" not in void
    one.results["checks"] = []
    one.results["estimates"]["e"]["stands"] = False
    assert "**Does not stand, and has no limits.**" in readme(
        study(tmp_path), "1.0", "2026-01-31", {"": one}, wheel="w.whl", withheld=[]
    )
