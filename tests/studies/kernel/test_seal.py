"""Nothing that a study did not declare enters a run, and nothing of a run is left: each way in is tried on each rung."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import psutil
import pytest

from ctresearch.studies.asked.manifest import Limits
from ctresearch.studies.base.errors import NotebookError
from ctresearch.studies.kernel import caches, landlock, seal
from ctresearch.studies.kernel.engine import Execution
from ctresearch.studies.kernel.kernel import environment, private_folder
from ctresearch.studies.kernel.opened import Opened
from ctresearch.studies.kernel.seal import AUDIT, LANDLOCK, NAMESPACES, Seal
from ctresearch.studies.kernel.undeclared import ASKED, undeclared, what_was_asked
from patience import command, living
from small_project import notebook

SECRET = "91418"
TRY = "def attempt(name, way):\n    try:\n        found[name] = repr(way())\n    except BaseException as error:\n        found[name] = ''\n"
CELLS = {
    "open": "open(DIR + '/secret.txt').read()",
    "os.open": "__import__('os').read(__import__('os').open(DIR + '/secret.txt', 0), 99)",
    "mmap": "__import__('mmap').mmap(__import__('os').open(DIR + '/secret.txt', 0), 0, prot=1).read(99)",
    "pathlib": "__import__('pathlib').Path(DIR, 'secret.txt').read_text()",
    "csv": "__import__('pandas').read_csv(DIR + '/secret.csv').to_string()",
    "parquet": "__import__('pandas').read_parquet(DIR + '/secret.parquet').to_string()",
    "arrow": "__import__('pyarrow').memory_map(DIR + '/secret.txt').read()",
    "duckdb": "__import__('duckdb').sql(f\"select * from read_csv('{DIR}/secret.csv')\").fetchall()",
    "xml": "__import__('lxml.etree').etree.tostring(__import__('lxml.etree').etree.parse(DIR + '/secret.xml'))",
    "sqlite": "__import__('sqlite3').connect(DIR + '/secret.db').execute('select * from t').fetchall()",
    "numpy": "__import__('numpy').fromfile(DIR + '/secret.txt', dtype='u1').tobytes()",
    "libc": "libc(DIR + '/secret.txt')",
    "link": "open(link(DIR + '/secret.txt')).read()",
    "hard link": "open(hard(DIR + '/secret.txt')).read()",
    "root of the process": "open('/proc/self/root' + DIR + '/secret.txt').read()",
    "folder of the parent": "open(f'/proc/{__import__(\"os\").getppid()}/root' + DIR + '/secret.txt').read()",
    "environment of the first": "open('/proc/1/environ').read()",
    "own environment": "open('/proc/self/environ').read()",
    "environment": "dict(__import__('os').environ)",
    "module": "load(DIR + '/helper.py').SECRET",
    "path": "by_path(DIR)",
    "cat": "__import__('subprocess').run(['cat', DIR + '/secret.txt'], capture_output=True).stdout",
    "shell": "__import__('os').popen('cat ' + DIR + '/secret.txt').read()",
    "python": "__import__('subprocess').run([sys.executable, '-c', 'print(open(%r).read())' % (DIR + '/secret.txt')], "
    "capture_output=True).stdout",
    "names": "__import__('os').listdir(DIR)",
    "descriptor": "__import__('os').open(DIR, 0x200000) and open('secret.txt', opener=lambda n, f: "
    "__import__('os').open(n, f, dir_fd=__import__('os').open(DIR, 0x200000))).read()",
    "dotfile": "open(__import__('os').path.expanduser('~/.secret')).read()",
    "home": "open(HOME + '/.secret').read()",
    "http": "__import__('urllib.request').request.urlopen(f'http://127.0.0.1:{PORT}', timeout=5).read()",
    "tcp": "tcp(PORT)",
    "unix": "unix(SOCKET)",
    "abstract": "unix(chr(0) + NAME)",
    "mounts": "open('/proc/self/mountinfo').read()",
    "own folders": "walk('HOME', 'TMPDIR', 'XDG_CACHE_HOME', 'IPYTHONDIR')",
    "fonts": "fonts()",
    "lent kernels": "lent()",
}
STATED = {  # what the name and size of a file tell, which only a root of one's own hides
    "size": "__import__('os').stat(DIR + '/91418.txt').st_size and '91418'",
    "target": "__import__('os').readlink(DIR + '/pointer')",
}
HELPERS = """
import ctypes, os, socket, sys, importlib.util
found = {}
def libc(path):
    library = ctypes.CDLL(None)
    handle = library.open(path.encode(), 0)
    held = ctypes.create_string_buffer(99)
    library.read(handle, held, 99)
    return held.value
def link(path):
    os.symlink(path, 'pointer')
    return 'pointer'
def hard(path):
    os.link(path, 'hard')
    return 'hard'
def load(path):
    spec = importlib.util.spec_from_file_location('helper', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
def by_path(folder):
    sys.path.insert(0, folder)
    import helper
    return helper.SECRET
def walk(*names):
    places = [(one, more) for name in names for one, folders, files in os.walk(os.environ[name]) for more in (*folders, *files)]
    return [os.path.realpath(os.path.join(*place)) for place in places]
def fonts():
    import glob
    return [open(one).read() for one in glob.glob(os.environ['XDG_CACHE_HOME'] + '/matplotlib/*.json')]
def lent():
    from ctresearch.networks.missing.block_sampler import _log_beta
    assert _log_beta(2.0, 3.0) < 0 and sum(_log_beta.stats.cache_hits.values()) == 1
    hits.append('lent')
    return walk('XDG_CACHE_HOME')
hits = []
def tcp(port):
    with socket.create_connection(('127.0.0.1', port), 5) as one:
        return one.recv(99)
def unix(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(5)
        one.connect(path)
        return one.recv(99)
"""
COMPILED = {"parquet", "arrow", "duckdb", "xml", "libc"}
"""What a hook in Python does not see: a compiled reader opens the file itself."""


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """A folder with a secret in every form, a service that tells it, and a home with a dotfile."""
    folder = tmp_path_factory.mktemp("out")
    for name in ("secret.txt", ".secret", "91418.txt"):
        (folder / name).write_text(SECRET)
    (folder / "secret.xml").write_text(f"<a>{SECRET}</a>")
    (folder / "helper.py").write_text(f"SECRET = '{SECRET}'")
    (folder / "pointer").symlink_to(f"/nowhere/{SECRET}")
    table = pd.DataFrame({"a": [int(SECRET)]})
    table.to_csv(folder / "secret.csv")
    table.to_parquet(folder / "secret.parquet")
    with sqlite3.connect(folder / "secret.db") as base:
        base.execute("create table t (a text)")
        base.execute("insert into t values (?)", (SECRET,))
    base.close()
    return folder


@pytest.fixture
def cache(outside, tmp_path, monkeypatch):
    """A cache whose name tells the secret, as a user might have called it, with one kernel compiled before."""
    from ctresearch.core.compile import kernel_cache, kernel_hash, place_of
    from ctresearch.networks.missing import block_sampler

    block_sampler._log_beta(2.0, 3.0)
    file = Path(block_sampler.__file__)
    made, before, fonts = f"{kernel_hash(file)[:20]}/{place_of(file)}", kernel_cache(), caches._font_list().parent
    place = outside / f"cache {SECRET}"
    monkeypatch.setenv("XDG_CACHE_HOME", str(place))
    shutil.copytree(before / made, place / "ctresearch" / "kernels" / made, dirs_exist_ok=True)
    if not (place / "ctresearch" / "fonts").exists():
        (place / "ctresearch" / "fonts").symlink_to(fonts)


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    """Sockets of three kinds that tell the secret to whoever connects."""
    import socket

    place = tmp_path_factory.mktemp("s") / "s"
    name = f"ctresearch-test-{os.getpid()}"
    made = [socket.socket(), socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)]
    for one, address in zip(made, (("127.0.0.1", 0), str(place), f"\0{name}"), strict=True):
        one.bind(address)
        one.listen()

    def serve(one):
        while True:
            try:
                theirs, _ = one.accept()
            except OSError:
                return
            with theirs:
                theirs.sendall(f"HTTP/1.0 200 OK\r\n\r\n{SECRET}".encode())

    for one in made:
        threading.Thread(target=serve, args=(one,), daemon=True).start()
    yield made[0].getsockname()[1], str(place), name
    for one in made:
        one.close()


def execute(*cells, rung=None, monkeypatch=None, near=(), withhold=False, limits=None):
    if rung is not None:
        monkeypatch.setenv(seal.VARIABLE, rung)
    with private_folder() as private:
        variables = environment(private, private) | ({"CTRESEARCH_WITHHOLD": "1"} if withhold else {})
        execution = Execution(private, variables, limits or Limits(), near=tuple(near))
        try:
            execution.run(notebook(*cells))
        except NotebookError as error:
            execution.notebook["error"] = str(error)
    return execution


def text(execution, cell=-1):
    return "".join(one.get("text", "") for one in execution.notebook["cells"][cell]["outputs"])


def what_came_in(outside, services, rung, monkeypatch):
    """Try every way on a rung, and name those by which the secret came in."""
    for name in ("MY_SECRET", "CTRESEARCH_SECRET", "USER", "LANG", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "NUMBA_OPT"):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("PYTHONPATH", str(outside))
    monkeypatch.setenv("HOME", str(outside))
    port, place, name = services
    values = f"DIR, HOME, PORT, SOCKET, NAME = {str(outside)!r}, {str(outside)!r}, {port}, {place!r}, {name!r}\n"
    ways = "".join(f"attempt({name!r}, lambda: {way})\n" for name, way in {**CELLS, **STATED}.items())
    code = values + HELPERS + TRY + ways + "import json\nassert hits, found\nprint(json.dumps(found))"
    execution = execute(code, rung=rung, monkeypatch=monkeypatch)
    assert "error" not in execution.notebook, execution.notebook["error"]
    assert execution.seal.rung == rung
    found = json.loads(next(line for line in text(execution).splitlines() if line.startswith("{")))
    assert set(found) == {*CELLS, *STATED}
    return {name for name, told in found.items() if SECRET in told or (name == "names" and "secret" in told)}


needs_landlock = pytest.mark.skipif(landlock.version() < 6, reason="landlock of this machine is older than version 6")


@needs_landlock
@pytest.mark.usefixtures("cache")
def test_nothing_enters_a_namespace(outside, services, monkeypatch):
    assert what_came_in(outside, services, NAMESPACES, monkeypatch) == set()


@needs_landlock
@pytest.mark.usefixtures("cache")
def test_landlock_alone_lets_in_what_names_and_sizes_tell(outside, services, monkeypatch):
    assert what_came_in(outside, services, LANDLOCK, monkeypatch) <= set(STATED)


@pytest.mark.usefixtures("cache")
def test_a_hook_alone_misses_what_compiled_readers_open(outside, services, monkeypatch):
    came = what_came_in(outside, services, AUDIT, monkeypatch)
    assert came <= {*COMPILED, *STATED}
    assert {"parquet", "libc"} <= came  # so such a run is called unsealed


LEAVING = {
    "another's folder": "open(DIR + '/left', 'w').write('1')",
    "a secret changed": "open(DIR + '/secret.txt', 'a').write('1')",
    "cut by libc": "ctypes.CDLL(None).truncate((DIR + '/secret.txt').encode(), 0)",
    "temporary folder": "open('/tmp/ctresearch-left', 'w').write('1')",
    "home": "open(HOME + '/.left', 'w').write('1')",
    "cache": "open(BASE + '/left', 'w').write('1')",
    "site-packages": "open(json.__file__ + '.left', 'w').write('1')",
    "removed": "os.remove(DIR + '/secret.csv')",
    "renamed": "os.rename(DIR + '/secret.db', DIR + '/other.db')",
    "folder": "os.mkdir(DIR + '/left')",
    "mode": "os.chmod(DIR + '/secret.txt', 0)",
    "shared memory": "__import__('multiprocessing.shared_memory').shared_memory.SharedMemory(NAME, True, 99) and 1",
    "memory file": "open('/dev/shm/' + NAME, 'w').write('1')",
}


@needs_landlock
def test_nothing_is_left_behind_by_a_namespace(outside, monkeypatch):
    from ctresearch.core.compile import kernel_cache

    name = f"ctresearch-left-{os.getpid()}"
    values = f"import json\nDIR = HOME = {str(outside)!r}\nNAME, BASE = {name!r}, {str(kernel_cache())!r}\n"
    ways = "".join(f"attempt({name!r}, lambda: {way})\n" for name, way in LEAVING.items())
    children = """
for new in (0, 1):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp('sleep', ['sleep', '602'])
        os._exit(0)
__import__('subprocess').Popen(['sleep', '602'], start_new_session=True)
"""
    before = {path: path.read_bytes() for path in outside.iterdir() if path.is_file()}
    execution = execute(values + HELPERS + TRY + ways + children, rung=NAMESPACES, monkeypatch=monkeypatch)
    assert "error" not in execution.notebook, execution.notebook["error"]
    assert {path: path.read_bytes() for path in outside.iterdir() if path.is_file()} == before
    left = ["/tmp/ctresearch-left", kernel_cache() / "left", f"/dev/shm/{name}", f"{json.__file__}.left"]
    assert [path for path in map(Path, left) if path.exists()] == []
    assert not living([one for one in psutil.process_iter() if command(one) == "sleep 602"])


@needs_landlock
def test_a_child_that_left_its_group_ends_with_its_run_without_a_namespace_too(monkeypatch):
    code = "import subprocess\n_ = subprocess.Popen(['sleep', '603'], start_new_session=True)"
    execute(code, rung=LANDLOCK, monkeypatch=monkeypatch)
    assert not living([one for one in psutil.process_iter() if command(one) == "sleep 603"])


def test_what_was_asked_for_in_vain_is_named_with_what_to_declare(outside):
    code = f"open({str(outside / 'secret.txt')!r})"
    error = execute(code, near=[outside]).notebook["error"]
    assert "it asked for 'secret.txt', which study.toml does not declare: name it under [data]" in error
    assert str(outside) not in error
    error = execute("import helper", near=[outside]).notebook["error"]
    assert "it imports 'helper' from a file that study.toml does not declare: name it under [code], as helper" in error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (FileNotFoundError(2, "No such file", "secret.csv"), "it asked for 'secret.csv', which study.toml does not"),
        (FileNotFoundError(2, "No such file", "DIR/new.txt"), "it wrote or looked for 'new.txt' outside of its own"),
        (OSError(101, "Network is unreachable"), "it asked for the network, and a run has none: fetch the data before"),
        (RuntimeError('IO Error: Cannot open file "DIR/secret.parquet"'), "it asked for 'secret.parquet', which"),
        (FileNotFoundError(2, "No such file", "nowhere.csv"), None),
        (FileNotFoundError(2, "No such file", "/no/such/folder/new.txt"), None),
        (ModuleNotFoundError("No module named 'no_such'", name="no_such"), None),
        (ModuleNotFoundError("No module named 'helper.x'", name="helper"), "it imports 'helper' from a file that"),
        (KeyError("a"), None),
    ],
)
def test_an_error_is_told_apart_by_what_lies_outside(outside, tmp_path, error, sentence):
    asked = json.dumps(what_was_asked(error)).replace("DIR", str(outside))
    (tmp_path / ASKED).write_text(asked)
    said = undeclared(tmp_path, Opened(), [outside])
    assert (said or "").startswith(sentence or "")
    assert (said is None) == (sentence is None)


def test_where_messages_are_withheld_a_file_is_named_only_as_the_code_names_it(outside, tmp_path):
    code = f"open({str(outside)!r} + '/' + 'sec' + 'ret' + '.txt')"
    assert "it asked for a file, which study.toml does not declare" in execute(code, withhold=True).notebook["error"]
    (tmp_path / ASKED).write_text(json.dumps({"files": ["secret.txt"]}))
    assert "'secret.txt'" in undeclared(tmp_path, Opened(), [outside], "open('secret.txt')")


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (OSError('IO Error: Cannot open file "/data/x.parquet": Permission denied'), ["/data/x.parquet"]),
        (OSError("Error reading file '/data/x.xml': failed to load external entity"), ["/data/x.xml"]),
        (PermissionError(13, "Permission denied", b"/data/y"), ["/data/y"]),
        (ValueError("no path here"), []),
    ],
)
def test_files_are_found_in_what_an_error_says(error, asked):
    assert what_was_asked(error)["files"] == asked


def test_what_a_kernel_notes_is_read_as_a_plain_small_file_or_not_at_all(tmp_path):
    note = tmp_path / ASKED
    for content in ("{", "[1]", "[" * 100_000):
        note.write_text(content)
        assert undeclared(tmp_path, Opened(), []) is None
    note.unlink()
    os.mkfifo(note)
    assert undeclared(tmp_path, Opened(), []) is None
    note.unlink()
    note.symlink_to("/etc/passwd")
    assert undeclared(tmp_path, Opened(), []) is None


@pytest.mark.slow
def test_a_rung_that_the_system_refuses_is_given_up_for_the_next(monkeypatch):
    """A server that cannot leave its namespaces, as in a container."""
    from ctresearch.studies.kernel import forked_kernel

    forked_kernel.kernel_server.cache_clear()
    real, now = subprocess.Popen, []
    broken = "from ctresearch.studies.kernel import {0}\ndef no(*_):\n    raise OSError(1, 'not here')\n{0}.{1} = no\n"
    serve = "import sys\nsys.argv = ['k']\nfrom ctresearch.studies.kernel import kernel_server as k\nk._main()"

    def start(words, **options):
        code = "".join(broken.format(*one) for one in now) + serve
        return real([sys.executable, "-P", "-c", code], **options) if "-m" in words else real(words, **options)

    monkeypatch.setattr(forked_kernel.subprocess, "Popen", start)
    expected = {(("namespaces", "leave"),): LANDLOCK, (("namespaces", "leave"), ("landlock", "restrict")): AUDIT}
    for refused, rung in expected.items():
        forked_kernel.kernel_server.cache_clear()
        now[:] = refused
        execution = execute("1")
        assert (execution.seal.rung, set(execution.refused)) == (rung, {NAMESPACES, LANDLOCK} - {rung})
        assert "not here" in execution.refused[NAMESPACES]
    forked_kernel.kernel_server.cache_clear()


def test_the_ladder_begins_where_it_is_told_to_and_a_cluster_needs_its_network(monkeypatch):
    assert seal.rungs() == (NAMESPACES, LANDLOCK, AUDIT)
    assert seal.rungs(cluster=True) == (LANDLOCK, AUDIT)
    monkeypatch.setenv(seal.VARIABLE, AUDIT)
    assert seal.rungs() == (AUDIT,)
    monkeypatch.setenv(seal.VARIABLE, "no such rung")
    assert seal.rungs()[0] == NAMESPACES
    told = {one: Seal(one, 7).to_dict()["sealed"] for one in seal.RUNGS}
    assert told == {NAMESPACES: True, LANDLOCK: True, AUDIT: False}
    assert Seal(LANDLOCK, 7, cluster=True).to_dict() == {
        "rung": LANDLOCK,
        "landlock": 7,
        "sealed": False,
        "cluster": True,
    }
