"""``ctresearch list``: studies, state and last run."""

import json

from ctresearch.studies import run_study
from small_project import TOML, call, make_project, write_study


def states(capsys):
    return {row["study"]: row for row in json.loads(call(capsys, "list", "--json")[1])}


def test_each_state_is_told_apart(tmp_path, monkeypatch, capsys):
    folder = make_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    write_study(tmp_path, TOML.replace("seed", "sed"), "broken")
    write_study(tmp_path, TOML + '\n[data.cases]\nlevel = "public"\n', "fed")
    found = states(capsys)
    assert {name: row["state"] for name, row in found.items()} == {
        "broken": "not valid",
        "demo": "never run",
        "fed": "needs data",
    }
    assert "sed == 7 is not a key" in found["broken"]["why"]
    record = run_study(folder)
    row = states(capsys)["demo"]
    assert (row["state"], row["runs"], row["last"]) == ("current", [record.folder.name], record.log["started"])
    (folder / "study.toml").write_text(TOML.replace("seed = 7", "seed = 8"))
    row = states(capsys)["demo"]
    assert (row["state"], row["why"]) == ("out of date", "seed: 7 -> 8")
    code, out, _ = call(capsys, "list")
    assert code == 0
    assert "out of date" in out


def test_an_empty_project_says_how_to_begin(tmp_path, monkeypatch, capsys):
    (tmp_path / "pyproject.toml").write_text("[tool.ctresearch]\n")
    monkeypatch.chdir(tmp_path)
    assert "ctresearch new NAME --notebook N" in call(capsys, "list")[1]
    assert json.loads(call(capsys, "list", "--json")[1]) == []
