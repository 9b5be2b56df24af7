"""Notebooks run to their end, or the cell that stopped them is named."""

import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace

import nbformat
import psutil
import pytest

from ctresearch.studies.asked.manifest import Limits
from ctresearch.studies.base.errors import NotebookError, NotebookInputError
from ctresearch.studies.kernel import engine
from ctresearch.studies.kernel.engine import Execution
from ctresearch.studies.kernel.kernel import environment, private_folder
from patience import command, living, until
from small_project import notebook


def execute(*cells, limits=None, watch=None):
    with private_folder() as private:
        execution = Execution(private, environment(private, private), limits or Limits(), watch)
        try:
            execution.run(notebook(*cells))
        except NotebookError as error:
            execution.notebook["error"] = str(error)
    return execution


def text(cell):
    return "".join(output.get("text", "") for output in cell["outputs"])


def test_every_cell_runs_in_a_kernel_that_is_always_the_same(monkeypatch, tmp_path):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("MY_SECRET", "91418")
    seen = []
    code = (
        "import os, sys, time, pathlib\nnames = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', "
        "'PYTHONHASHSEED', 'SOURCE_DATE_EPOCH']\nprint([os.environ[n] for n in names], time.tzname[0], "
        "os.listdir('.'), hash('a') == hash('a'))\nprint(sys.executable)\n"
        "print('MY_SECRET' in os.environ)"
    )
    execution = execute("# One\n## Two", code, "#!", "", "1 + 1", watch=seen.append)
    first = text(execution.notebook["cells"][1])
    assert first.splitlines() == ["['1', '1', '1', '0', '315532800'] UTC [] True", sys.executable, "False"]
    assert [(event.position, event.total, event.heading) for event in seen] == [(1, 2, "Two"), (2, 2, "Two")]
    assert execution.notebook["cells"][4]["outputs"][0]["data"]["text/plain"] == "2"
    assert "execution" not in execution.notebook["cells"][1]["metadata"]  # no timings
    assert execution.notebook["metadata"]["language_info"]["name"] == "python"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import sys\nsys.exit(0)", "cell 2 of 3 (Sums): it called sys.exit(0), but every cell must run to its end"),
        ("import os\nos._exit(0)", "cell 2 of 3 (Sums): the kernel died"),
        ("raise ValueError('n is 3')", "cell 2 of 3 (Sums): ValueError: n is 3"),
        ("%no_such_magic", "cell 2 of 3 (Sums): UsageError: Line magic function `%no_such_magic` not found"),
    ],
)
def test_whatever_stops_a_cell_is_named_and_later_cells_do_not_run(code, says):
    execution = execute("1", "# Sums", code, "print('never')")
    assert says in execution.notebook["error"]
    assert execution.notebook["cells"][0]["execution_count"] == 1
    assert execution.notebook["cells"][3]["outputs"] == []


def test_a_tag_does_not_excuse_an_exception_or_skip_a_cell():
    cells = notebook("1 / 0", "2")
    cells["cells"][0]["metadata"] = {"tags": ["raises-exception", "skip-execution"]}
    with private_folder() as private:
        execution = Execution(private, environment(private, private), Limits())
        with pytest.raises(NotebookError, match="cell 1 of 2: ZeroDivisionError"):
            execution.run(cells)


def test_output_beyond_the_limit_ends_the_run():
    code = "print('x' * 400_000)\n" * 3
    execution = execute(code, limits=Limits(output_mb=1))
    assert "cell 1 of 1: the notebook has more than 1 MB of output" in execution.notebook["error"]


def test_memory_beyond_the_limit_ends_the_run():
    code = "import time\nheld = bytearray(200 * 2**20)\nheld[::4096] = b'x' * len(held[::4096])\ntime.sleep(600)"
    execution = execute(code, limits=Limits(memory_mb=150))
    assert "more than limits.memory_mb allows" in execution.notebook["error"]
    assert execution.peak_mb > 150


def test_time_beyond_the_limit_ends_the_run():
    execution = execute("import time\ntime.sleep(600)", limits=Limits(minutes=1 / 60))
    assert "longer than limits.minutes allows" in execution.notebook["error"]


def sleepers(seconds):
    """Find the processes that sleep for so many seconds."""
    return [one for one in psutil.process_iter() if command(one) == f"sleep {seconds}"]


@pytest.fixture
def temporary(monkeypatch):
    """A folder for temporary files whose name is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def test_nothing_is_left_of_a_kernel(temporary):
    execute("import subprocess\nchild = subprocess.Popen(['sleep', '601'])", "1 / 0")
    assert list(temporary.iterdir()) == []
    until(lambda: not living(sleepers("601")), "the end of the child")


def test_the_folder_of_a_killed_process_is_cleared_and_that_of_a_living_one_stays(temporary):
    code = (
        "import os, signal, tempfile\nfrom ctresearch.studies.kernel.kernel import private_folder\n"
        f"tempfile.tempdir = {str(temporary)!r}\n"
        "with private_folder():\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert len(list(temporary.iterdir())) == 1
    with private_folder() as first, private_folder() as second:
        assert sorted(temporary.iterdir()) == sorted([first, second])
    assert list(temporary.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("way", ["print('x' * 1_000_000)", "os.write(1, b'x' * 1_000_000)", "show('x' * 1_000_000)"])
def test_a_notebook_that_prints_a_gigabyte_is_stopped_and_costs_what_it_may_show(way):
    """200 MB that may be shown are held once here, and a window of 16 MB in the kernel."""
    code = "import os\nfrom IPython.display import HTML, display\nshow = lambda text: display(HTML(text))\n"
    peak = [0]
    done = threading.Event()

    me = psutil.Process()

    def watch():
        while not done.wait(0.05):
            peak[0] = max(peak[0], me.memory_info().rss)

    before = me.memory_info().rss
    watching = threading.Thread(target=watch)
    watching.start()
    execution = execute(f"{code}for _ in range(1000):\n    {way}")
    done.set()
    watching.join()
    assert "more than 200 MB of output" in execution.notebook["error"]
    assert execution.peak_mb < 450  # kernel, its first process and the server's pages that both share
    assert (peak[0] - before) / 2**20 < 600
    assert sum(len(text(cell)) for cell in execution.notebook["cells"]) < 200_000


def test_output_that_waits_for_its_reader_is_whole():
    execution = execute("for i in range(3):\n    print('x' * 7_000_000, i)\nprint('end')")
    assert "error" not in execution.notebook
    shown = text(execution.notebook["cells"][0])
    assert (len(shown), shown[-6:]) == (21_000_009 + 4, "2\nend\n")


def test_what_is_kept_of_too_much_output_does_not_depend_on_where_it_was_stopped():
    kept = []
    for pieces in (("ab" * 60_000, "ab" * 9), ("ab", "ab" * 70_000)):
        cell = nbformat.from_dict(
            {"outputs": [{"output_type": "stream", "name": "stdout", "text": one} for one in pieces]}
        )
        engine._cut_output(SimpleNamespace(cells=[cell]))
        kept.append(text(cell))
    assert kept[0] == kept[1] == "ab" * 50_000 + "\n[cut here: there is more than may be]\n"


@pytest.mark.slow
def test_no_output_is_lost_when_there_is_much_of_it():
    execution = execute("from IPython.display import display\nfor i in range(20_000):\n    display(i)")
    assert "error" not in execution.notebook
    outputs = execution.notebook["cells"][0]["outputs"]
    assert [int(one["data"]["text/plain"]) for one in outputs] == list(range(20_000))


def test_a_cell_that_refuses_its_input_is_told_apart_from_one_that_breaks():
    refusing = "from ctresearch.core.errors import DataError\nraise DataError('nobody is on any list')"
    for code, kind in ((refusing, NotebookInputError), ("1 / 0", NotebookError)):
        with private_folder() as private, pytest.raises(NotebookError) as caught:
            Execution(private, environment(private, private), Limits()).run(notebook(code))
        assert type(caught.value) is kind
