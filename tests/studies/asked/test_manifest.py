"""The manifest: whole and valid, or refused with file, key and cure."""

import datetime as dt
import pickle

import pytest
from pydantic import ValidationError

from ctresearch.core import SpecificationError
from ctresearch.studies import load_study
from small_project import ETHICS, RESTRICTED, TOML, make_project


def refusal(tmp_path, toml):
    make_project(tmp_path, toml=toml)
    with pytest.raises(SpecificationError) as caught:
        load_study("demo", tmp_path)
    assert "study.toml" in str(caught.value)
    return str(caught.value)


def test_a_study_is_found_by_name_by_folder_and_by_file(tmp_path):
    folder = make_project(tmp_path)
    studies = [
        load_study("demo", tmp_path),
        load_study(folder),
        load_study(str(folder)),
        load_study(folder / "study.toml"),
    ]
    assert {study.name for study in studies} == {"demo"}
    assert all(study == studies[0] for study in studies)


def test_a_study_is_frozen(tmp_path):
    make_project(tmp_path)
    with pytest.raises(ValidationError, match="frozen"):
        load_study("demo", tmp_path).seed = 8


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("seed = 7", "sed = 7"), "seed is missing; sed == 7 is not a key, did you mean seed?"),
        (("seed = 7", "seed = -1"), "seed == -1, must be greater than or equal to 0"),
        (("seed = 7", 'seed = "7"'), "seed == '7', must be a valid integer"),
        (('"demo"', '"../demo"'), "notebook: must be the name of a notebook"),
        (("max = 100", "maximum = 100"), "parameters.n.maximum == 100 is not a key, did you mean max?"),
        (("value = 3", "value = 300"), "value == 300, must be int, 1 to 100"),
        (
            ('kind = "file"', 'kind = "files"'),
            "outputs.t.kind == 'files', must be 'table', 'figure', 'estimate' or 'file'",
        ),
        (('"public"', '"secret"'), "outputs.t.level == 'secret', must be 'public', 'restricted' or 'record'"),
        (("[outputs]\nt", '[outputs]\n"../t"'), "the name '../t' must be letters, digits and underscores"),
        (("[outputs]", "[grid]\nm = [1]\n[outputs]"), "parameter == 'm' is not one of this study's"),
        (("[outputs]", "[grid]\nn = [1, 1]\n[outputs]"), "names a value twice"),
        (("[outputs]", "[grid]\nn = [500]\n[outputs]"), "grid.n == 500, must be int, 1 to 100"),
        (("seed = 7", 'seed = 7\nname = "other"'), "a study is named by its folder"),
        (("seed = 7", "seed = 7 7"), "cannot be read"),
    ],
)
def test_what_is_wrong_is_named_with_its_cure(tmp_path, change, says):
    assert says in refusal(tmp_path, TOML.replace(*change))


@pytest.mark.parametrize("path", ["../cases.csv", "/etc/passwd", "a/../../cases.csv", "..\\\\cases.csv"])
def test_a_path_may_not_leave_the_study_s_folder(tmp_path, path):
    text = refusal(tmp_path, TOML + f'\n[data.cases]\nlevel = "public"\nsource = "{path}"\n')
    assert "leaves the study's folder" in text


def test_nor_may_a_link(tmp_path):
    folder = make_project(tmp_path)
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (folder / "cases.csv").symlink_to(tmp_path / "secret.csv")
    assert "leaves the study's folder" in refusal(
        tmp_path, TOML + '\n[data.cases]\nlevel = "public"\nsource = "cases.csv"\n'
    )


def test_restricted_data_need_terms_and_a_way_of_access(tmp_path):
    assert "data.cases is restricted, so the table [ethics] is required" in refusal(tmp_path, TOML + RESTRICTED)
    assert "access is missing" in refusal(tmp_path, TOML + '\n[data.cases]\nlevel = "restricted"\n' + ETHICS)
    with_source = RESTRICTED + 'source = "cases.csv"\n' + ETHICS
    assert "restricted data stay with their custodian" in refusal(tmp_path, TOML + with_source)
    with_hash = RESTRICTED + f'sha256 = "{"0" * 64}"\n' + ETHICS
    assert "can be guessed from a small table" in refusal(tmp_path, TOML + with_hash)
    make_project(tmp_path, toml=TOML + RESTRICTED + ETHICS)
    assert load_study("demo", tmp_path).runs_restricted


def test_every_term_of_ethics_is_needed(tmp_path):
    for line in ETHICS.strip().splitlines()[1:]:
        assert f"ethics.{line.split(' ')[0]} is missing" in refusal(
            tmp_path, TOML + RESTRICTED + ETHICS.replace(line, "")
        )


def test_terms_stand_to_their_last_day_and_no_longer(tmp_path):
    make_project(tmp_path, toml=TOML + RESTRICTED + ETHICS)
    ethics = load_study("demo", tmp_path).ethics
    ethics.refuse_expired(dt.date(2030, 1, 31))
    with pytest.raises(SpecificationError, match="agreement 'A-17' has expired"):
        ethics.refuse_expired(dt.date(2030, 2, 1))
    kept = ethics.model_copy(update={"agreement_ends": dt.date(2040, 1, 1)})
    with pytest.raises(SpecificationError, match="must be deleted"):
        kept.refuse_expired(dt.date(2031, 2, 1))


def test_a_given_parameter_leaves_the_grid(tmp_path):
    toml = TOML.replace("[outputs]", "[grid]\nn = [1, 2]\nm = [5, 6]\n[outputs]")
    toml = toml.replace("[parameters]", '[parameters]\nm = { type = "int", value = 1 }')
    make_project(tmp_path, toml=toml)
    study = load_study("demo", tmp_path)
    assert [tuple(row.values()) for row in study.parameter_sets()] == [(5, 1), (6, 1), (5, 2), (6, 2)]
    assert [row["n"] for row in study.parameter_sets({"n": 9})] == [9, 9]


def test_a_folder_that_is_no_study_is_refused(tmp_path):
    with pytest.raises(SpecificationError, match=r"holds no study.toml"):
        load_study(tmp_path)
    bad = tmp_path / "Not A Name"
    bad.mkdir()
    (bad / "study.toml").write_text(TOML)
    with pytest.raises(SpecificationError, match="must be named in lower case"):
        load_study(bad)


def test_the_manifest_travels_to_another_process(tmp_path):
    study = load_study(make_project(tmp_path, toml=TOML + RESTRICTED + ETHICS))
    assert pickle.loads(pickle.dumps(study)) == study


@pytest.mark.parametrize("table", ["outputs", "data"])
def test_names_that_differ_by_case_alone_are_refused(tmp_path, table):
    one = 'kind = "file", level = "public"' if table == "outputs" else 'level = "public", source = "{}.csv"'
    toml = TOML.partition("[outputs]")[0] + f"[{table}]\nt = {{ {one.format('a')} }}\nT = {{ {one.format('b')} }}\n"
    message = refusal(tmp_path, toml)
    assert "the names 't' and 'T' differ by case alone" in message
    assert "rename one of them" in message


@pytest.mark.parametrize("depth", [3000, 200_000])
def test_a_manifest_nested_too_deeply_is_one_sentence(tmp_path, depth):
    toml = TOML.replace("value = 3", f"value = {'[' * depth}{']' * depth}")
    assert "is nested too deeply to be read" in refusal(tmp_path, toml)
