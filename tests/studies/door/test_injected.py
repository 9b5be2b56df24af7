"""Parameters that papermill injected: taken where the study declares them, refused in one sentence where it does not."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies.asked.parameters import Parameter
from ctresearch.studies.door import injected
from ctresearch.studies.door.injected import accepted, injected_values, read_cell
from ctresearch.studies.door.scratch import scratch_run
from ctresearch.studies.running.plan import plan_runs
from small_project import HEAD, SAVE, TOML, make_project, notebook

DECLARED = {
    "n": Parameter(type="int", value=3, min=1, max=100),
    "day": Parameter(type="date", value="2013-01-31"),
    "lists": Parameter(type="list", value=["A"]),
}


def kernel(monkeypatch, *cells):
    """Stand in for a kernel that has executed some cells."""
    shell = SimpleNamespace(user_ns={"In": ["", *cells]})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


def test_papermill_writes_what_is_read_here(monkeypatch):
    from papermill.translators import PythonTranslator

    values = {
        "n": 50,
        "x": -2.5,
        "yes": True,
        "none": None,
        "words": 'a "b"\n',
        "lists": ["A", {"k": [1]}],
        "i": float("inf"),
    }
    assert read_cell(PythonTranslator.codify(values)) == values
    kernel(
        monkeypatch, "# Parameters\nn = 1\n", "x = 2", PythonTranslator.codify(values | {"PAPERMILL_INPUT_PATH": "a"})
    )
    assert injected_values() == values
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert injected_values() == {}


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "n = 50",
        "# Parameters of the study\nn = 50",
        "# Parameters\nn = 50 +",
        "# Parameters\nn = len('a')",
        "# Parameters\nimport os",
        "# Parameters\nn: int = 50",
        "# Parameters\na.n = 50",
        "# Parameters\nn = " + "[" * 5000 + "]" * 5000,
        "# Parameters\nn = float('x')",
    ],
)
def test_any_other_cell_is_left_alone(cell):
    assert read_cell(cell) is None


def test_declared_values_are_taken_as_their_type(monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    found = accepted(DECLARED, {"n": 50, "day": "2020-02-29", "lists": ["B", "C"]})
    assert (found["n"], found["day"].isoformat(), found["lists"]) == (50, "2020-02-29", ("B", "C"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"draws": 50}, "parameter == 'draws' is not one of this study's"),
        ({"n": 500}, "n == 500, must be int, 1 to 100"),
        ({"n": "many"}, "n == 'many', must be of type int"),
        ({"n": 2.5}, "n == 2.5, must be of type int"),
        ({"n": True}, "n == True, must be of type int"),
        ({"n": None}, "n == None, must be of type int"),
        ({"lists": "B"}, "lists == 'B', must be a list of str"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(values, said, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    with pytest.raises(SpecificationError) as caught:
        accepted(DECLARED, values)
    assert str(caught.value).startswith(f"papermill injected a value that this study does not take: {said}")
    assert "\n" not in str(caught.value)


def test_names_of_somebody_at_work_are_theirs_unless_papermill_runs(monkeypatch, tmp_path):
    monkeypatch.setenv("JPY_SESSION_NAME", "demo.ipynb")
    assert accepted(DECLARED, {"n": 4, "mine": 1}) == {"n": 4}
    monkeypatch.setattr(injected, "Path", lambda path: tmp_path / "cmdline")
    (tmp_path / "cmdline").write_bytes(b"python\0/bin/papermill\0a.ipynb")
    with pytest.raises(SpecificationError, match="'mine' is not one"):
        accepted(DECLARED, {"n": 4, "mine": 1})
    (tmp_path / "cmdline").write_bytes(b"python\0-m\0ipykernel_launcher")
    assert accepted(DECLARED, {"n": 4, "mine": 1}) == {"n": 4}
    (tmp_path / "cmdline").unlink()  # as where there is no /proc
    assert accepted(DECLARED, {"n": 4, "mine": 1}) == {"n": 4}


def test_a_scratch_run_takes_them_also_in_place_of_a_grid(monkeypatch, tmp_path, capsys):
    make_project(tmp_path, toml=TOML.replace("[outputs]", "[grid]\nn = [1, 2]\n\n[outputs]"))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    kernel(monkeypatch, "# Parameters\nn = 50\n")
    assert scratch_run("demo", tmp_path).parameters["n"] == 50
    assert capsys.readouterr().out.endswith("; from papermill: n=50\n")


def test_a_notebook_that_papermill_left_its_parameters_in_is_refused(tmp_path):
    folder = make_project(tmp_path)
    content = notebook("# Parameters\nn = 50", HEAD, SAVE)
    content["cells"][1]["metadata"] = {"tags": "odd"}
    (tmp_path / "notebooks" / "demo.ipynb").write_text(json.dumps(content))
    assert len(plan_runs(folder)) == 1
    content["cells"][0] |= {"cell_type": "code", "metadata": {"tags": ["injected-parameters"]}, "outputs": []}
    (tmp_path / "notebooks" / "demo.ipynb").write_text(json.dumps(content))
    with pytest.raises(SpecificationError, match=r"papermill injected, which a run would ignore: delete it, and give"):
        plan_runs(folder)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "said"), [("n 50", 0, "50"), ("n 500", 1, "must be int, 1 to 100"), ("m 5", 1, "'m'")]
)
def test_papermill_on_a_notebook_of_a_study(tmp_path, words, code, said):
    make_project(tmp_path)
    content = notebook(HEAD.replace("current_run()", "current_run('demo')"), SAVE)
    content["metadata"] = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python"}}
    (tmp_path / "a.ipynb").write_text(json.dumps(content))
    command = [sys.executable, "-m", "papermill", "a.ipynb", "b.ipynb", "-p", *words.split()]
    variables = {name: value for name, value in os.environ.items() if name != "JPY_SESSION_NAME"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=variables)
    assert bool(done.returncode) == bool(code)
    if code:
        assert said in done.stderr
    else:
        assert (tmp_path / "runs" / "scratch" / "demo" / "files" / "t.txt").read_text() == said
