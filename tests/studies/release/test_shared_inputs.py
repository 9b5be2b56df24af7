"""A bundle carries a public file only where somebody said what its rows are, and never one that names people."""

from pathlib import Path

import pytest

from ctresearch.core import DisclosureError
from ctresearch.studies import Study
from ctresearch.studies.asked.manifest import DataInput
from ctresearch.studies.release.shared_inputs import refuse_people, shared_inputs


def study(folder: Path, **options) -> Study:
    lists = DataInput(**({"source": "people.csv", "level": "public"} | options))
    return Study(name="demo", folder=folder, title="T", notebook="n", seed=1, data={"people": lists})


def test_a_public_file_needs_a_word_on_its_rows(tmp_path):
    (tmp_path / "people.csv").write_text("age,end\n17,exit\n")
    with pytest.raises(DisclosureError, match="rows = "):
        refuse_people(study(tmp_path), {})
    refuse_people(study(tmp_path, rows="invented"), {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("full_name,age\nNgozi Okafor,19\nAna Ruiz,22\n", "a column 'full_name'"),
        ("id,phone\n1,+44 7700 900123\n2,+44 7700 900124\n", "phone"),
        ("note,age\nwrite to ngozi@example.org,19\n", "e-mail"),
    ],
)
@pytest.mark.parametrize("rows", ["aggregates", "invented", "published"])
def test_a_file_that_names_people_is_refused_whatever_is_said(tmp_path, text, words, rows):
    (tmp_path / "people.csv").write_text(text)
    with pytest.raises(DisclosureError, match=words) as refused:
        refuse_people(study(tmp_path, rows=rows), {})
    assert "Okafor" not in str(refused.value)
    assert "7700" not in str(refused.value)


def test_a_file_given_in_place_of_a_published_table_is_asked_about(tmp_path):
    given = tmp_path / "own.csv"
    given.write_text("A,B,count\n1,0,5\n")
    with pytest.raises(DisclosureError, match="'people' is public"):
        refuse_people(study(tmp_path, source="published:uk-2013"), {"people": given})
    assert list(shared_inputs(study(tmp_path, source="published:uk-2013"), {})) == []


def test_a_file_to_be_had_elsewhere_stays_out(tmp_path):
    refuse_people(study(tmp_path, source=None, access="from the archive"), {"people": tmp_path / "own.csv"})
