"""How a notebook goes through its kernel, with neither: what each is given, in which order, and what stops it."""

import asyncio
import json
import signal
import sysconfig
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from ctresearch.studies.asked.manifest import Limits
from ctresearch.studies.base.errors import NotebookError, NotebookInputError
from ctresearch.studies.kernel import engine, forked_kernel, kernel
from ctresearch.studies.kernel.engine import CellEvent, Execution
from ctresearch.studies.kernel.kernel import kernel_manager
from ctresearch.studies.kernel.notebook_client import OutputLimitError
from ctresearch.studies.kernel.opened import Opened
from ctresearch.studies.kernel.seal import Seal
from small_project import notebook


class Cell(dict):
    """A cell, whose parts are attributes too."""

    __getattr__ = dict.get


def as_node(*cells):
    made = notebook(*cells)
    return SimpleNamespace(cells=[Cell(one) for one in made["cells"]], metadata={})


class Client:
    """A client of notebooks that runs nothing: each cell completes, but for that which ``fails``."""

    def __init__(self, nb, **options):
        self.nb, self.options, self.ran, self.told = nb, options, [], []
        self.km = SimpleNamespace(provisioner=SimpleNamespace(pid=71))
        self.kc = SimpleNamespace(kernel_info=lambda: "asked", iopub_channel="a channel")
        self.fails = {}
        Client.last = self

    def execute_cell(self, cell, index):
        self.ran.append(index)
        if index in self.fails:
            raise self.fails[index]
        cell["execution_count"] = len(self.ran)

    def wait_for_reply(self, asked):
        return {"content": {"language_info": {"name": asked}}}

    def set_widgets_metadata(self):
        self.told.append("widgets")


class Watched:
    """A watch over a kernel that holds 81.5 MB."""

    peak_mb, exceeded = 81.5, False

    def __init__(self, pid=71, limit=64):
        self.given = (pid, limit)
        Watched.last = self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def manager_of(node):
    told = []
    return SimpleNamespace(
        nb=node,
        told=told,
        cell_start=lambda cell, index: told.append(("start", index)),
        cell_exception=lambda cell, cell_index: told.append(("exception", cell_index)),
        cell_complete=lambda cell, cell_index: told.append(("complete", cell_index)),
    )


@pytest.fixture
def quiet(monkeypatch):
    """Start nothing and watch nothing."""
    monkeypatch.setattr(engine, "MemoryWatch", Watched)
    monkeypatch.setattr(engine, "_started", lambda client, execution: nullcontext())
    monkeypatch.setattr(engine, "kernel_manager", lambda private: f"a manager in {private}")
    monkeypatch.setattr(engine.time, "monotonic", lambda: 1000.0)


def test_a_client_has_the_limits_of_its_study_and_no_leniency(quiet):
    seen = []
    execution = Execution(Path("own"), {}, Limits(minutes=2.0, memory_mb=99, output_mb=3), seen.append)
    node = as_node("# One", "1", "2")
    engine._run_cells(manager_of(node), execution, Client)
    client = Client.last
    assert client.options == {
        "km": "a manager in own",
        "deadline": 1120.0,
        "output_limit": 3_000_000,
        "iopub_timeout": 60,
        "raise_on_iopub_timeout": True,  # or output that did not come is left out in silence
        "record_timing": False,
        "force_raise_errors": True,  # whatever tag a cell has
        "skip_cells_with_tag": "",
        "shutdown_kernel": "immediate",
    }
    assert client.owns_km is True
    assert execution.notebook is node is client.nb
    assert (client.ran, client.told) == ([1, 2], ["widgets"])
    assert seen == [CellEvent(1, 2, "One"), CellEvent(2, 2, "One")]
    assert Watched.last.given == (71, 99)
    assert execution.peak_mb == 81.5
    assert node.metadata == {"language_info": {"name": "asked"}}


def test_what_a_kernel_held_is_known_of_a_run_that_failed(quiet):
    execution = Execution(Path("own"), {}, Limits())

    class Failing(Client):
        def execute_cell(self, cell, index):
            raise DeadKernelError("dead")

    with pytest.raises(NotebookError, match=r"^cell 1 of 2: the kernel died"):
        engine._run_cells(manager_of(as_node("1", "2")), execution, Failing)
    assert execution.peak_mb == 81.5
    assert "language_info" not in execution.notebook.metadata


def run_cell(error=None, *, position=(2, 3, ""), exceeded=False, withhold=False, count=True, asked=None):
    """Run one cell that fails so; return what was told of it on the way."""
    node = as_node("1", "2")
    client, told = Client(node), manager_of(node)
    client.fails = {1: error} if error else {}
    if not count:
        client.execute_cell = lambda cell, index: None
    execution = Execution(Path("own"), {"CTRESEARCH_WITHHOLD": "1" if withhold else "0"}, Limits())
    memory = SimpleNamespace(exceeded=exceeded, peak_mb=1234.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "undeclared", lambda *given: asked)
        try:
            engine._run_cell(client, told, (CellEvent(*position), 1), memory, execution)
        except NotebookError as caught:
            return told.told, caught
    return told.told, None


def test_a_cell_is_told_of_when_it_begins_fails_and_ends():
    assert run_cell() == ([("start", 1), ("complete", 1)], None)
    told, error = run_cell(CellExecutionError("trace", "ValueError", "n is 3"))
    assert told == [("start", 1), ("exception", 1), ("complete", 1)]
    assert (type(error), str(error)) == (NotebookError, "cell 2 of 3: ValueError: n is 3")
    assert error.__suppress_context__  # what the kernel said stands in its own words
    told, error = run_cell(position=(1, 2, "Data"), count=False)
    assert told == [("start", 1), ("complete", 1)]
    assert str(error) == "cell 1 of 2 (Data): it did not complete, must run to its end"


@pytest.mark.parametrize(
    ("error", "given", "kind", "said"),
    [
        (DeadKernelError("d"), {"exceeded": True}, NotebookError, "the kernel held 1,234 MB, more than limits.memory"),
        (CellTimeoutError("late"), {}, NotebookError, "the run took longer than limits.minutes allows"),
        (OutputLimitError("too much was shown here"), {}, NotebookError, "too much was shown here"),
        (CellExecutionError("t", "DataError", "n is 3"), {}, NotebookInputError, "DataError: n is 3"),
        (CellExecutionError("t", "SpecificationError", "n"), {}, NotebookInputError, "SpecificationError: n"),
        (CellExecutionError("t", "FitError", "n is 3"), {}, NotebookError, "FitError: n is 3"),
        (CellExecutionError("t", "OSError", "n"), {"asked": "it asked for x"}, NotebookInputError, "it asked for x"),
        (DeadKernelError("d"), {"asked": "it asked for x"}, NotebookError, "the kernel died"),  # it names no error
        (CellExecutionError("t", "E", "Marie"), {"withhold": True}, NotebookError, "it stopped; its message may"),
    ],
)
def test_what_stops_a_cell_is_of_the_author_or_of_the_data(error, given, kind, said):
    _, found = run_cell(error, **given)
    assert type(found) is kind
    assert str(found).startswith(f"cell 2 of 3: {said}")


def test_only_output_that_is_too_much_is_cut(monkeypatch):
    cut = []
    monkeypatch.setattr(engine, "_cut_output", cut.append)
    run_cell(CellExecutionError("t", "E", "v"))
    assert cut == []
    run_cell(OutputLimitError("too much was shown here"))
    assert [len(one.cells) for one in cut] == [2]


def test_output_is_cut_to_what_is_kept_and_says_so(monkeypatch):
    monkeypatch.setattr(engine, "_KEPT", 10)
    stream = {"output_type": "stream", "name": "stderr"}
    picture = {"output_type": "display_data", "data": {"text/plain": "x"}}
    long = Cell(outputs=[{**stream, "text": "abcdef"}, picture, {**stream, "text": "ghijkl"}, {**stream, "text": "m"}])
    full = Cell(outputs=[{**stream, "text": "abcdefghij"}, picture])
    short, prose = Cell(outputs=[{**stream, "text": "a"}, picture]), Cell(source="# A")
    engine._cut_output(SimpleNamespace(cells=[long, full, short, prose]))
    told = {"output_type": "stream", "name": "stdout", "text": "\n[cut here: there is more than may be]\n"}
    assert long["outputs"] == [{**stream, "text": "abcdef"}, {**stream, "text": "ghij"}, told]
    assert full["outputs"] == [{**stream, "text": "abcdefghij"}, picture]
    assert short["outputs"] == [{**stream, "text": "a"}, picture]
    assert prose == {"source": "# A"}


@pytest.fixture
def private(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path


@pytest.fixture
def starting(monkeypatch):
    """Start no kernel, and note what it would be given; ``fails`` is what the system says."""
    noted = SimpleNamespace(asked={}, kept=[], order=[], fails=None)

    class Starting(Client):
        @contextmanager
        def setup_kernel(self, **options):
            noted.asked = options
            options["stdout"].write(b"a line\nthe last line \xff\n" if noted.fails else b"")
            options["stdout"].flush()
            if noted.fails:
                raise noted.fails
            self.km.provisioner.process = SimpleNamespace(rung="landlock", refused={"a": "b"}, cpu_seconds=0.0)
            yield
            self.km.provisioner.process.cpu_seconds = 1.5
            noted.order.append("ended")

    @contextmanager
    def lent(place, environment):
        environment["LENT"] = str(place)
        yield
        noted.order.append("taken back")

    monkeypatch.setattr(engine, "lent_caches", lent)
    monkeypatch.setattr(engine, "Taken", lambda place: f"taken in {place}")
    monkeypatch.setattr(engine, "count_taken", lambda *given: noted.order.append(given))
    monkeypatch.setattr(engine, "keep_compiled", lambda place: noted.order.append(("keep", place)))
    monkeypatch.setattr(engine.landlock, "version", lambda: 5)
    noted.client = Starting(None)
    return noted


def test_a_kernel_starts_with_its_seal_and_what_it_compiled_is_kept(starting, private):
    opened = Opened(("/data/a.csv",), ("/tmp/out",))
    given = {"A": "b"}
    execution = Execution(private, given, Limits(), opened=opened, port=8786)
    with engine._started(starting.client, execution):
        starting.order.append("runs")
        assert execution.cpu_seconds == 0.0
    asked = starting.asked
    assert given == {"A": "b"}  # its own environment is a copy
    assert asked["env"] == {"A": "b", "LENT": str(private)}
    assert asked["cwd"] == str(private / "work")
    assert asked["stdout"] is asked["stderr"]
    assert asked["stdout"].name == str(private / "kernel.log")
    assert asked["more"]["code"] == [str(private / "code")]
    assert asked["more"]["seal"] == {
        "rungs": ("landlock", "audit"),  # on a cluster there is a network
        "read": ["/data/a.csv"],
        "write": ["/tmp/out", str(private)],
        "root": str(private / "root"),
        "port": 8786,
    }
    assert execution.seal == Seal("landlock", 5, cluster=True)
    assert execution.refused == {"a": "b"}
    assert execution.cpu_seconds == 1.5
    counted = ("a channel", f"taken in {private}")
    assert starting.order == [counted, "runs", "ended", "taken back", ("keep", private)]


def test_a_kernel_on_this_machine_may_take_every_rung(starting, private, monkeypatch):
    monkeypatch.delenv("CTRESEARCH_SEAL", raising=False)
    execution = Execution(private, {}, Limits())
    with engine._started(starting.client, execution):
        pass
    seal = starting.asked["more"]["seal"]
    assert (seal["rungs"], seal["port"], seal["read"]) == (("namespaces", "landlock", "audit"), None, [])
    assert execution.seal.cluster is False


@pytest.mark.parametrize(("error", "kept"), [(NotebookError("a cell broke here"), 1), (KeyboardInterrupt(), 0)])
def test_what_was_compiled_is_kept_unless_somebody_waits_for_the_end(starting, private, error, kept):
    with pytest.raises(type(error)), engine._started(starting.client, Execution(private, {}, Limits())):
        raise error
    assert starting.order.count(("keep", private)) == kept


def test_a_kernel_that_does_not_start_says_its_last_words(starting, private):
    starting.fails = RuntimeError("the server of kernels ended")
    with pytest.raises(NotebookError, match=r"^the kernel did not start: the last line \ufffd$"):
        engine._started(starting.client, Execution(private, {}, Limits())).__enter__()
    assert "runs" not in starting.order

    def setup_kernel(**_):
        raise starting.fails

    starting.client.setup_kernel = setup_kernel
    with pytest.raises(NotebookError, match=r"^the kernel did not start: the server of kernels ended$"):
        engine._started(starting.client, Execution(private, {}, Limits())).__enter__()


def test_a_notebook_is_handed_on_whole_and_stays_as_it_was(monkeypatch):
    asked = []
    monkeypatch.setattr(
        engine,
        "load_papermill",
        lambda: SimpleNamespace(execute_notebook=lambda *given, **more: asked.append((given, more))),
    )
    made = notebook("1")
    made["metadata"] = {"a": "b", "kernelspec": {"name": "ir"}}
    before = json.dumps(made)
    execution = Execution(Path("own"), {}, Limits())
    execution.run(made)
    (((node, output), options),) = asked
    assert output is None
    assert node["metadata"] == {
        "a": "b",
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    }
    node["cells"][0]["source"] = "changed"
    assert json.dumps(made) == before
    assert (node["nbformat"], node["nbformat_minor"]) == (4, 5)
    assert options == {
        "engine_name": "ctresearch",
        "kernel_name": "python3",
        "language": "python",
        "progress_bar": False,
        "execution": execution,
    }


@pytest.mark.parametrize("withhold", [True, False])
def test_what_was_asked_for_is_looked_up_with_the_code_where_messages_are_withheld(monkeypatch, withhold):
    monkeypatch.setattr(engine, "undeclared", lambda *given: given)
    execution = Execution(Path("own"), {"CTRESEARCH_WITHHOLD": "1" if withhold else "0"}, Limits(), near=(Path("a"),))
    assert execution.undeclared()[3] == ("" if withhold else None)
    execution.notebook = notebook("1", "2")
    assert execution.undeclared() == (Path("own"), Opened(), (Path("a"),), "1\n2" if withhold else None)


def test_a_manager_starts_our_kernel_over_sockets_in_a_folder(tmp_path):
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    manager = kernel_manager(tmp_path)
    assert manager.kernel_spec.argv == ["ctresearch-kernel", "-f", "{connection_file}"]
    assert (manager.kernel_spec.language, manager.kernel_spec.display_name) == ("python", "Python 3")
    (name,) = {manager.kernel_spec.metadata["kernel_provisioner"]["provisioner_name"]}
    place = KernelProvisionerFactory.instance().provisioners[name]
    assert place.load() is forked_kernel.ForkingProvisioner
    assert place.name == name
    assert (manager.transport, manager.connection_file) == ("ipc", str(tmp_path / "k.json"))
    assert manager.kernel_name == "python3"
    assert manager.context.rcvhwm == 0  # above a mark, messages would be dropped
    manager.context.destroy()


class Serving:
    """A server of kernels that is alive or not, and notes what it is asked."""

    def __init__(self, alive=True, **answer):
        self.alive, self.answer, self.asked = alive, answer, []

    def ask(self, request):
        self.asked.append(request)
        return self.answer


@pytest.mark.parametrize("alive", [True, False])
def test_a_kernel_is_forked_by_a_server_that_lives(monkeypatch, tmp_path, alive):
    first, second, asked = Serving(alive, pid="71"), Serving(pid="72", rung="audit", refused={"a": "b"}), []

    def server(process, path):
        asked.append((process, path))
        return first if len(asked) == 1 else second

    server.cache_clear = lambda: asked.append("cleared")
    monkeypatch.setattr(forked_kernel, "kernel_server", server)
    monkeypatch.setattr(forked_kernel.os, "getpid", lambda: 5)
    provisioner = forked_kernel.ForkingProvisioner(kernel_id="k", kernel_spec=None)
    provisioner.connection_info = {"transport": "ipc"}
    log = SimpleNamespace(name="/own/kernel.log")
    given = {"env": {"PYTHONPATH": "/p"}, "cwd": "/own/work", "stdout": log, "more": {"seal": 1}}
    found = asyncio.run(provisioner.launch_kernel(["kernel", "-f", "k"], **given))
    assert found == {"transport": "ipc"}
    assert asked == ([(5, "/p")] if alive else [(5, "/p"), "cleared", (5, "/p")])
    request = {"argv": ["-f", "k"], "environment": {"PYTHONPATH": "/p"}, "folder": "/own/work", "log": log.name}
    assert (first if alive else second).asked == [request | {"seal": 1}]
    made = provisioner.process
    assert (provisioner.pid, provisioner.pgid, provisioner.cwd) == (made.pid, made.pid, "/own/work")
    assert (made.pid, made.rung, made.refused) == ((71, "", {}) if alive else (72, "audit", {"a": "b"}))


def test_a_kernel_that_the_system_refuses_is_an_error_with_its_words():
    with pytest.raises(RuntimeError, match=r"^the system refused to start a kernel: {'audit': 'no'}$"):
        forked_kernel.ForkedKernel(Serving(refused={"audit": "no"}), ["kernel"], {}, "/", "/log")


@pytest.mark.parametrize(
    ("rung", "ends_after", "signals"),
    [("namespaces", 1, [signal.SIGTERM]), ("namespaces", 999, [signal.SIGTERM, "killed"]), ("audit", 1, ["killed"])],
)
def test_a_kernel_in_a_namespace_is_ended_through_its_first_process(monkeypatch, rung, ends_after, signals):
    sent, looked, slept = [], [], []

    async def kill(self, restart=False):
        sent.append("killed")
        assert restart is True

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr(forked_kernel.LocalProvisioner, "kill", kill)
    monkeypatch.setattr(forked_kernel.asyncio, "sleep", sleep)
    kernel = forked_kernel.ForkedKernel(Serving(pid=71, rung=rung), ["kernel"], {}, "/", "/log")
    kernel.send_signal = sent.append
    kernel.poll = lambda: looked.append(1) or (0 if len(looked) > ends_after else None)
    provisioner = forked_kernel.ForkingProvisioner(kernel_id="k", kernel_spec=None)
    provisioner.process = kernel
    asyncio.run(provisioner.kill(restart=True))
    assert sent == signals
    assert len(looked) == {1: 2, 999: 200}[ends_after] * (rung == "namespaces")
    assert set(slept) <= {0.01}
    assert len(slept) == {1: 1, 999: 200}[ends_after] * (rung == "namespaces")


def test_a_server_that_does_not_answer_is_ended_with_its_last_words():
    class Pipe:
        def __init__(self, text=""):
            self.text, self.written = text, []

        def write(self, text):
            self.written.append(text)

        def flush(self):
            self.written.append("flushed")

        def readline(self):
            return self.text

        def read(self):
            return self.text

    def server(answer):
        made = object.__new__(forked_kernel.KernelServer)
        made._turn, ended = nullcontext(), []
        made._process = SimpleNamespace(
            stdin=Pipe(), stdout=Pipe(answer), stderr=Pipe("first\nlast words\n"), kill=lambda: ended.append("killed")
        )
        return made, made._process, ended

    made, process, ended = server('{"pid": 7}\n')
    assert made.ask({"argv": ["é"]}) == {"pid": 7}
    assert process.stdin.written == ['{"argv": ["\\u00e9"]}\n', "flushed"]
    assert ended == []
    made, process, ended = server("")
    with pytest.raises(RuntimeError, match=r"^the server of kernels ended: last words$"):
        made.ask({"pid": 7})
    assert ended == ["killed"]


def test_a_kernel_is_given_no_variable_of_this_machine_but_libraries_of_the_interpreter(monkeypatch, tmp_path):
    looked = []
    monkeypatch.setattr(kernel, "beside", lambda folders: looked.append(list(folders)) or "/home/of/the/package")
    monkeypatch.setattr(kernel, "interpreter", lambda: ("/python/lib", "/own/lib"))
    monkeypatch.setenv("PYTHONPATH", "/a::/b")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/secret:/own/lib:/python/lib")
    monkeypatch.setenv("DYLD_LIBRARY_PATH", "/secret")
    monkeypatch.setenv("SECRET", "Fatima")
    values = kernel.bare()
    assert looked == [["/a", "", "/b"]]
    assert values["PYTHONPATH"] == "/home/of/the/package"
    assert values["PATH"] == f"{sysconfig.get_path('scripts')}:/usr/bin:/bin"
    assert values["LD_LIBRARY_PATH"] == "/own/lib:/python/lib"
    assert set(values) == {*kernel.FIXED, "PATH", "PYTHONPATH", "LD_LIBRARY_PATH"}
    for name in ("PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        monkeypatch.delenv(name)
    assert set(kernel.bare()) == {*kernel.FIXED, "PATH", "PYTHONPATH"}
    assert looked[1] == [""]
    own = kernel.environment(tmp_path / "out", tmp_path)
    places = {"HOME": "home", "TMPDIR": "tmp", "XDG_CACHE_HOME": "cache", "IPYTHONDIR": "ipython"}
    places |= {"MATPLOTLIBRC": "matplotlibrc", kernel.FILE_VARIABLE: "run.json"}
    assert {name: own[name] for name in places} == {name: str(tmp_path / part) for name, part in places.items()}
    assert (own["USER"], own["LOGNAME"], own[kernel.FOLDER_VARIABLE]) == (*("ctresearch",) * 2, str(tmp_path / "out"))
    monkeypatch.setenv("CTRESEARCH_JOBS", "5")
    assert kernel.environment(tmp_path, tmp_path)["CTRESEARCH_JOBS"] == "5"
    assert kernel.environment(tmp_path, tmp_path, jobs=2)["CTRESEARCH_JOBS"] == "2"
    monkeypatch.setenv("CTRESEARCH_JOBS", "many")
    assert "CTRESEARCH_JOBS" not in kernel.environment(tmp_path, tmp_path)
