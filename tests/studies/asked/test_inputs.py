"""Data inputs: found, hashed and held to their schema; restricted ones leave no trace that could be guessed."""

import hashlib
import json

import pytest

from ctresearch.core import CtResearchError, DataError, SpecificationError
from ctresearch.core.pseudonym import create_key
from ctresearch.studies import load_study
from ctresearch.studies.asked.inputs import parse_data, resolve_inputs
from ctresearch.studies.asked.other_data import refuse_other_data
from small_project import ETHICS, RESTRICTED, TOML, make_project

FILE = '\n[data.lists]\nlevel = "public"\nsource = "lists.csv"\n'


def study_with(tmp_path, data, content="A,B,count\n1,0,5\n"):
    folder = make_project(tmp_path / "project", toml=TOML + data)
    (folder / "lists.csv").write_text(content, encoding="utf-8")
    return load_study(folder)


def test_a_public_file_is_known_by_its_bytes(tmp_path):
    study = study_with(tmp_path, FILE)
    found = resolve_inputs(study)["lists"]
    content = (study.folder / "lists.csv").read_bytes()
    assert found.digest == hashlib.sha256(content).hexdigest()
    assert found.record() == {
        "source": "lists.csv",
        "level": "public",
        "digest": found.digest,
        "keyed": False,
        "bytes": len(content),
    }
    assert found.locator() == {"path": str(study.folder / "lists.csv"), "scope": {}}


def test_another_file_takes_its_place_for_once(tmp_path):
    study = study_with(tmp_path, FILE)
    (tmp_path / "new.csv").write_text("A,B,count\n1,0,6\n")
    old, new = resolve_inputs(study)["lists"], resolve_inputs(study, {"lists": tmp_path / "new.csv"})["lists"]
    assert old.digest != new.digest
    assert new.record()["source"] == "restricted"  # nobody has said that these may be seen, so not even their name is
    assert new.record()["replaced"] == ["title", "level", "rows", "scope"]
    assert (new.keyed, new.bytes, dict(new.scope)) == (True, None, {})


def test_a_published_table_needs_no_file(tmp_path):
    study = study_with(tmp_path, '\n[data.lists]\nlevel = "public"\nsource = "published:uk-2013"\n')
    assert resolve_inputs(study)["lists"].locator() == {"published": "uk-2013"}
    with pytest.raises(SpecificationError, match="uk-2031"):
        resolve_inputs(study, {"lists": "published:uk-2031"})


def test_restricted_data_are_known_by_a_keyed_digest_alone(tmp_path, monkeypatch):
    study = study_with(tmp_path, RESTRICTED + ETHICS)
    secret = tmp_path / "people of interest.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(SpecificationError, match="give the file with --data cases=FILE; access: ask the custodian"):
        resolve_inputs(study)
    monkeypatch.delenv("CTRESEARCH_KEY_FILE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    own = resolve_inputs(study, {"cases": secret})["cases"]
    assert own.key_file == tmp_path / "home" / "ctresearch" / "key"  # a run may be under one's own key, no release
    with pytest.raises(SpecificationError, match="set CTRESEARCH_KEY_FILE to the custodian's key"):
        refuse_other_data(study, {"cases": own})
    pinned = study_with(tmp_path / "pinned", RESTRICTED + f'keyed_digest = "{"0" * 64}"\n' + ETHICS)
    with pytest.raises(DataError, match="custodian's key"):
        resolve_inputs(pinned, {"cases": secret})
    digests = set()
    for name in ("one", "two"):
        monkeypatch.setenv("CTRESEARCH_KEY_FILE", str(create_key(tmp_path / name)))
        record = resolve_inputs(study, {"cases": secret})["cases"].record()
        assert record | {"digest": ""} == {
            "source": "restricted",
            "level": "restricted",
            "digest": "",
            "keyed": True,
            "bytes": None,
        }
        digests.add(record["digest"])
    assert len(digests) == 2
    assert hashlib.sha256(secret.read_bytes()).hexdigest() not in digests
    assert "people" not in json.dumps(record)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"list": "a.csv"}, "data == 'list' is not an input of 'demo', must be one of lists"),
        ({"lists": "no such file.csv"}, "is not a file"),
        ({"lists": "."}, "is not a file"),
    ],
)
def test_what_is_not_there_is_refused(tmp_path, given, says):
    with pytest.raises(CtResearchError, match=says):
        resolve_inputs(study_with(tmp_path, FILE), given)


def test_a_pinned_file_must_be_the_one(tmp_path):
    study = study_with(tmp_path, FILE + f'sha256 = "{"0" * 64}"\n')
    with pytest.raises(DataError, match="is not the one pinned"):
        resolve_inputs(study)


COLUMNS = 'columns = { A = "bool", day = "date", count = "int" }\n'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("A,day,count\n1,2013-01-31,5\n0,,7\n", None),
        ("A,count\n1,5\n", "has 2 columns, 2 of them known, must have"),
        ("A,day,count\n1,2013-01-31\n", "has 2 cells in line 2, must have 3"),
        ("A,day,count\n1,2013-01-31,5.5\n", "line 2, column 'count' does not hold a int"),
        ("A,day,count\n1,2013-01-31,5\n2,2013-01-31,5\n", "line 3, column 'A' does not hold a bool"),
        ("A,day,count\n1,31/1/2013,5\n", "line 2, column 'day'"),
    ],
)
def test_a_file_is_held_to_its_columns(tmp_path, content, says):
    study = study_with(tmp_path, FILE + COLUMNS, content)
    if says is None:
        assert resolve_inputs(study)["lists"].bytes == len(content)
        return
    with pytest.raises(DataError) as caught:
        resolve_inputs(study)
    assert says in str(caught.value)
    assert "31/1" not in str(caught.value)  # a message never repeats a cell


def test_a_file_in_another_encoding_is_refused(tmp_path):
    study = study_with(tmp_path, FILE + COLUMNS)
    (study.folder / "lists.csv").write_bytes("A,day,count\n1,2013-01-31,ä".encode("latin-1"))
    with pytest.raises(DataError, match="not a UTF-8 CSV file"):
        resolve_inputs(study)


@pytest.mark.parametrize("words", [["lists"], ["lists="], ["a=b", "a=c"]])
def test_words_of_the_command_line_must_name_a_file_once(words):
    with pytest.raises(SpecificationError, match="must be name=file"):
        parse_data(words)
