"""``ctresearch data``: exit codes, JSON, and no cell of a record in any output."""

import json

import pandas as pd
import pytest

from ctresearch.data import schema
from small_project import call


@pytest.fixture
def cases(tmp_path):
    """Write a case table in which three cells are wrong, one of them with a name in it."""
    table = pd.DataFrame("", index=range(60), columns=list(schema("ctdc-synthetic").names))
    table["gender"] = ["Woman"] * 40 + ["Man"] * 20
    table.loc[[3, 9], "gender"] = ["Rosa Example", "woman"]
    table.loc[5, "yearOfRegistration"] = "1850"
    table.to_csv(tmp_path / "cases.csv", index=False)
    return str(tmp_path / "cases.csv")


def test_validate_says_where_and_not_what(cases, capsys):
    code, out, err = call(capsys, "data", "validate", cases, "--as", "ctdc-synthetic")
    assert (code, err) == (1, "")
    assert "60 rows, 3 violations" in out
    assert "gender, code_list: line 5; must be one of Woman, Man, Trans/Transgender/NonConforming, or blank" in out
    assert "Rosa" not in out
    assert "1850" not in out


def test_validate_as_json(cases, capsys):
    code, out, _ = call(capsys, "data", "validate", cases, "--as", "ctdc-synthetic", "--json")
    told = json.loads(out)
    assert code == 1
    assert (told["ok"], told["rows"], told["n_violations"]) == (False, 60, 3)
    assert {(v["column"], v["rule"], v["n"]) for v in told["violations"]} == {
        ("gender", "code_list", 1),
        ("gender", "letter_case", 1),
        ("yearOfRegistration", "range", 1),
    }
    assert "Rosa" not in out


def test_a_file_without_violations_is_done(tmp_path, capsys):
    (tmp_path / "t.csv").write_text("country,year,tier\nA,2010,2\n")
    code, out, _ = call(capsys, "data", "validate", str(tmp_path / "t.csv"), "--as", "tip-tiers")
    assert code == 0
    assert "no violations" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["validate", "FILE", "--as", "glotp"], "name == 'glotp' is not a source; did you mean glotip"),
        (["validate", "FILE", "--as", "glotip"], "has no header that fits"),
        (["validate", "none.csv", "--as", "glotip"], "is not a file"),
        (["validate", "FILE"], "Missing option '--as'"),
        (["describe", "none.csv"], "is not a file"),
        (["describe", "FILE", "--encoding", "utf-99"], "does not fit cases.csv"),
        (["guess", "FILE"], "No such command 'guess'"),
    ],
)
def test_wrong_input_is_2_and_one_sentence(cases, capsys, words, message):
    code, out, err = call(capsys, "data", *[cases if word == "FILE" else word for word in words])
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_describe_shows_frequent_values_only(cases, capsys):
    code, out, _ = call(capsys, "data", "describe", cases)
    assert code == 0
    assert "60 rows, 27 columns" in out
    assert "Woman 38" in out
    assert "Rosa" not in out
    told = json.loads(call(capsys, "data", "describe", cases, "--json")[1])
    columns = {one["name"]: one for one in told["columns"]}
    assert columns["gender"]["values"] == {"Woman": 38}  # Man is hidden with the two that are too few
    assert columns["ageBroad"]["type"] == "empty"
    assert columns["yearOfRegistration"]["missing"] is None
