"""A run on data that not everybody may see fails without telling a cell of them: not on disk and not on the screen."""

import json
from pathlib import Path

import pytest

from ctresearch.core.pseudonym import create_key
from ctresearch.studies import load_study, run_study
from ctresearch.studies.asked.inputs import resolve_inputs
from ctresearch.studies.kernel.kernel_errors import holds_a_cell, tell
from ctresearch.studies.running import build
from small_project import ETHICS, HEAD, RESTRICTED, SAVE, TOML, call, make_project

NAMES = ("Canarina Dupont", "Canarino Rossi", "Canariensis Petrova")
CELLS = [f"CANARY{row}{column}" for row in range(3) for column in "abc"]
TABLE = "name,age,place\n" + "".join(
    f"{NAMES[row]} {CELLS[3 * row]},{CELLS[3 * row + 1]},{CELLS[3 * row + 2]}\n" for row in range(3)
)
PUBLIC = '\n[data.cases]\nsource = "own.csv"\nlevel = "public"\nrows = "invented"\n'
READ = "import pandas as pd\npeople = pd.read_csv(run.data('cases'))"
SHOW = "print(people)\npeople"
FAILURES = {
    "missing key": "dict.fromkeys([1])[people['name'][0]]",
    "frame key": "people.set_index('age').loc[people['name'][1]]",
    "no number": "people['age'].astype(float)",
    "float": "float(people['place'][2])",
    "numpy": "import numpy as np\nnp.asarray(people).astype(float)",
    "raised": "raise ValueError(f'{people.values.tolist()}')",
    "chained": (
        "try:\n    float(people['age'][0])\nexcept ValueError as error:\n    raise RuntimeError(str(people)) from error"
    ),
    "ours by hand": "from ctresearch.core.errors import DataError\nraise DataError(str(people))",
    "ours by way of an option": (
        "from ctresearch.core.validate import one_of\none_of('name', people['name'][0], ('a', 'b'))"
    ),
    "class of a name": "raise type(people['age'][0], (ValueError,), {})(people['age'][1])",
    "exit": "import sys\nsys.exit(people['name'][0])",
    "assertion": "assert people['name'][0] == 'a', people['name'][0]",
    "syntax": "exec('x = ' + people['name'][0])",
    "magic": "get_ipython().run_line_magic(people['age'][0], '')",
    "warning": "import warnings\nwarnings.warn(people['name'][0])\n1 / 0",
    "print": "import sys\nprint(people.to_string(), file=sys.stderr)\n1 / 0",
    "counts": "run.save('t', people, counts=people['name'].tolist())",
    "no file": "run.save('t', people['name'][0])",
    "stray": (
        "from pathlib import Path\nimport os\nPath(os.environ['CTRESEARCH_RUN_DIR'], people['name'][0]).write_text('x')"
    ),
    "not saved": "1",
    "repr": "class A:\n    def __repr__(self):\n        raise ValueError(str(people))\nA()",
}
QUICK = ("frame key", "no number", "chained", "class of a name", "print", "counts", "stray", "not saved")
"""One of each way to fail; each is a run of its own."""


def leaks(text):
    return [one for one in (*CELLS, "Canarin", "Canariensis") if one in text]


def leaks_on_disk(folder):
    found = []
    for path in folder.rglob("*"):
        found += leaks(path.name)
        if path.is_file():
            found += leaks(path.read_bytes().decode("utf-8", errors="replace"))
    return found


def make(tmp_path, code, data):
    folder = make_project(tmp_path / "project", HEAD, "# Who", READ, SHOW, code, toml=TOML + data)
    (tmp_path / "cases.csv").write_text(TABLE)
    (folder / "own.csv").write_text("name,age,place\na,1,b\n")
    return folder


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in FAILURES]
)
def test_a_run_on_replaced_data_fails_without_a_cell(tmp_path, monkeypatch, capsys, name):
    make(tmp_path, FAILURES[name], PUBLIC)
    monkeypatch.chdir(tmp_path / "project")
    for words in (("run", "demo"), ("run", "demo", "--json")):
        code, out, err = call(capsys, *words, "--data", f"cases={tmp_path / 'cases.csv'}")
        assert code in {2, 3}
        assert leaks(out + err) == []
    assert leaks_on_disk(tmp_path / "project") == []
    kept = json.loads(next((tmp_path / "project" / "runs").rglob("notebook.ipynb")).read_text())
    assert not any(cell.get("outputs") for cell in kept["cells"])
    assert "CTRESEARCH_DATA" in err + out


def test_check_release_and_diff_tell_no_cell_either(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CTRESEARCH_KEY_FILE", str(create_key(tmp_path / "key")))
    make(tmp_path, FAILURES["missing key"], RESTRICTED + ETHICS.replace("[ethics]", "\n[ethics]"))
    study = tmp_path / "project" / "studies" / "demo" / "study.toml"
    study.write_text(study.read_text().replace("seed = 7", 'seed = 7\nauthors = [{ name = "A" }]'))
    monkeypatch.chdir(tmp_path / "project")
    given = ("--data", f"cases={tmp_path / 'cases.csv'}")
    for words in (("check", "demo", "--update", *given), ("release", "demo", "1.0", *given), ("run", "demo", *given)):
        code, out, err = call(capsys, *words)
        assert code == 3, (words, err)
        assert leaks(out + err) == []
    failed = next((tmp_path / "project" / "runs" / "demo" / "failed").iterdir())
    code, out, err = call(capsys, "diff", str(failed), str(failed))
    assert code == 2
    assert leaks(out + err) == []
    assert leaks_on_disk(tmp_path / "project") == []


def test_what_is_told_is_class_place_and_our_own_sentence(tmp_path, monkeypatch, capsys):
    make(tmp_path, "a = 1\n{}[people['name'][0]]", PUBLIC)
    monkeypatch.chdir(tmp_path / "project")
    given = ("--data", f"cases={tmp_path / 'cases.csv'}")
    _, _, err = call(capsys, "run", "demo", *given)
    assert (
        "cell 4 of 4 (Who): KeyError in line 2 of the cell; its message may repeat a cell of the data and is withheld"
        in err
    )
    make(tmp_path, "run.save('elsewhere', people)", PUBLIC)
    code, _, err = call(capsys, "run", "demo", *given)
    assert code == 2
    assert "SpecificationError in line 1 of the cell: output == 'elsewhere' is not promised by 'demo'" in err
    _, _, err = call(capsys, "run", "demo")  # its own data are invented, so nothing is kept back
    assert "SpecificationError: output == 'elsewhere'" in err


def test_a_file_without_a_header_shows_no_row(tmp_path):
    folder = make(tmp_path, "1", PUBLIC + 'columns = { name = "str", age = "int", place = "str" }\n')
    (tmp_path / "bare.csv").write_text(TABLE.partition("\n")[2])
    with pytest.raises(Exception, match="must have") as caught:
        resolve_inputs(load_study(folder), {"cases": tmp_path / "bare.csv"})
    assert leaks(str(caught.value)) == []


def test_a_fault_of_ours_while_outputs_are_written_tells_no_cell(tmp_path, monkeypatch):
    folder = make(tmp_path, SAVE, PUBLIC)

    def stumble(*_):
        raise ValueError(TABLE)

    monkeypatch.setattr(build, "_write_artefacts", stumble)
    with pytest.raises(Exception, match="ValueError") as caught:
        run_study(folder, data={"cases": tmp_path / "cases.csv"})
    assert leaks(str(caught.value)) == []
    with pytest.raises(ValueError, match="CANARY"):
        run_study(folder)


def test_a_message_of_ours_that_repeats_a_cell_is_withheld_too(tmp_path):
    (tmp_path / "a.csv").write_text(TABLE)
    assert holds_a_cell(f"column 'name': {NAMES[0]} {CELLS[0]!r} is text", [tmp_path / "a.csv"])
    assert not holds_a_cell("column 'name': 1 of 3 cells is text (row 2), must be a number", [tmp_path / "a.csv"])
    assert "withheld" in str(tell(ValueError("x")))


def test_the_data_can_be_given_by_hand(tmp_path, monkeypatch):
    from ctresearch.studies.door.scratch import scratch_run

    make(tmp_path, "1", PUBLIC)
    monkeypatch.setenv("CTRESEARCH_DATA", f"'cases={tmp_path / 'cases.csv'}'")
    assert Path(scratch_run("demo", tmp_path / "project").data("cases")) == tmp_path / "cases.csv"
