"""The rungs of a seal and the fork behind it, each step alone: in which order they come, and what a refusal leaves."""

import errno
import os
import signal
import socket
import struct
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctresearch.core.compile import FILE_HEADER
from ctresearch.studies.kernel import audit, lending, opened, seal
from ctresearch.studies.kernel.opened import DEVICES, Opened
from ctresearch.studies.kernel.seal import AUDIT, LANDLOCK, NAMESPACES, Seal

ASKED = {"read": ["/data/a.csv"], "write": ["/own"], "root": "/own/root", "port": 8786}


@pytest.fixture
def steps(monkeypatch):
    """Seal nothing, and note each step."""
    noted = []

    def note(name, answer=None):
        return lambda *given, **more: noted.append((name, *given, *([more] if more else []))) or answer

    monkeypatch.setattr(seal, "interpreter", lambda: ("/python",))
    monkeypatch.setattr(seal, "listed", lambda: ("/listed",))
    monkeypatch.setattr(seal, "DEVICES", ("/dev/null",))
    monkeypatch.setattr(seal, "OWN_PROCESS", ("/proc/self",))
    monkeypatch.setattr(seal.landlock, "version", lambda: 1)
    monkeypatch.setattr(seal.landlock, "restrict", note("restrict"))
    monkeypatch.setattr(seal.namespaces, "build_root", note("root"))
    monkeypatch.setattr(seal.namespaces, "drop_rights", note("drop"))
    monkeypatch.setattr(seal.namespaces, "plan_for_all", note("plan", "a plan"))
    monkeypatch.setattr(seal.audit, "watch_files", note("files"))
    monkeypatch.setattr(seal.audit, "watch_network", note("network"))
    return noted


def test_a_namespace_has_its_root_then_landlock_and_gives_up_its_rights_last(steps):
    seal.enter_namespace(ASKED)
    assert steps == [
        ("plan", ("/python", "/listed"), ("/dev/null",)),
        ("root", Path("/own/root"), "a plan", ["/data/a.csv"], ["/own"]),
        (
            "restrict",
            ["/python", "/data/a.csv", "/proc"],
            ["/own", "/dev/null", "/dev/shm"],
            ("/listed",),
            {"network": True},  # it has none
        ),
        ("drop",),
    ]


def test_landlock_opens_its_own_process_and_the_hook_closes_what_python_does_beyond(steps):
    seal.enter(LANDLOCK, ASKED)
    assert steps == [
        (
            "restrict",
            ["/python", "/data/a.csv", "/proc/self"],
            ["/own", "/dev/null", "/dev/shm"],
            ("/listed",),
            {"port": 8786},
        ),
        ("network", ["/own"], {"cluster": True}),
    ]


def test_the_hook_alone_watches_files_and_network(steps):
    seal.enter(AUDIT, {"read": ["/data/a.csv"], "write": ["/own"]})
    assert steps == [
        ("files", ["/python", "/data/a.csv", "/own", "/dev/null", "/proc", "/dev/fd", "/dev/shm"]),
        ("network", ["/own"], {"cluster": False}),
    ]


def test_without_landlock_neither_rung_that_needs_it_holds(steps, monkeypatch):
    monkeypatch.setattr(seal.landlock, "version", lambda: 0)
    for way in (lambda: seal.enter_namespace(ASKED), lambda: seal.enter(LANDLOCK, ASKED)):
        with pytest.raises(OSError, match="this system has no landlock"):
            way()
    assert steps == []
    seal.enter(AUDIT, ASKED)
    assert len(steps) == 2


def test_a_seal_is_told_as_what_it_is():
    assert Seal(LANDLOCK, 4).to_dict() == {"rung": "landlock", "landlock": 4, "sealed": True}
    assert Seal(AUDIT, 0).to_dict() == {"rung": "audit", "landlock": 0, "sealed": False}
    told = {"rung": "landlock", "landlock": 4, "sealed": False, "cluster": True}
    assert Seal(LANDLOCK, 4, cluster=True).to_dict() == told


@pytest.fixture
def server(monkeypatch):
    """The module that a server of kernels runs, here beside the tests."""
    monkeypatch.setitem(sys.modules, "debugpy", None)
    from ctresearch.studies.kernel import kernel_server

    monkeypatch.setattr(kernel_server, "_kernels", {})
    return kernel_server


class Ended(BaseException):
    """The process has ended."""


@pytest.fixture
def becoming(server, monkeypatch):
    """Fork nothing, and note each step on the way to a kernel; ``forks`` says what each fork returns."""
    noted = SimpleNamespace(steps=[], forks=[], go=b"g", refuses=None)

    def note(name):
        def step(*given):
            noted.steps.append((name, *given))
            if noted.refuses == name:
                raise OSError(errno.EPERM, f"no {name} here")

        return step

    def leave(code):
        raise Ended(code)

    monkeypatch.setattr(server.os, "fork", lambda: noted.forks.pop(0))
    monkeypatch.setattr(server.os, "write", note("write"))
    monkeypatch.setattr(server.os, "close", note("close"))
    monkeypatch.setattr(server.os, "read", lambda handle, size: noted.steps.append(("read", handle, size)) or noted.go)
    monkeypatch.setattr(server.os, "_exit", leave)
    monkeypatch.setattr(server, "_settle", note("settle"))
    monkeypatch.setattr(server, "enter_namespace", note("enter namespace"))
    monkeypatch.setattr(server, "enter", note("enter"))
    for name in ("leave", "end_with_parent", "keep"):
        monkeypatch.setattr(server.namespaces, name, note(name))
    return noted


def test_the_kernel_of_a_namespace_settles_when_it_was_told_to_and_is_sealed_before_it_is_one(server, becoming):
    becoming.forks = [0, 0]  # in the first process of the namespace, and in the kernel
    server._become(NAMESPACES, {"seal": ASKED}, 5, 6)
    assert becoming.steps == [
        ("leave",),
        ("read", 6, 1),
        ("end_with_parent",),
        ("settle", {"seal": ASKED}),
        ("enter namespace", ASKED),
    ]


def test_the_first_process_tells_that_it_is_sealed_and_keeps_the_kernel(server, becoming):
    becoming.forks = [0, 72]
    server._become(NAMESPACES, {"seal": ASKED}, 5, 6)
    assert becoming.steps[-4:] == [("write", 5, b"sealed\n"), ("close", 5), ("close", 6), ("keep", 72)]


def test_who_left_the_namespace_tells_of_its_first_process_and_goes(server, becoming):
    becoming.forks = [71]
    with pytest.raises(Ended, match=r"^0$"):
        server._become(NAMESPACES, {"seal": ASKED}, 5, 6)
    assert becoming.steps == [("leave",), ("write", 5, b"started 71\n")]


def test_a_first_process_that_nobody_waits_for_ends(server, becoming):
    becoming.forks, becoming.go = [0], b""
    with pytest.raises(Ended, match=r"^1$"):
        server._become(NAMESPACES, {"seal": ASKED}, 5, 6)
    assert becoming.steps == [("leave",), ("read", 6, 1)]


@pytest.mark.parametrize("rung", [LANDLOCK, AUDIT, ""])
def test_a_kernel_without_a_namespace_is_sealed_where_it_stands(server, becoming, rung):
    server._become(rung, {"seal": ASKED}, 5, 6)
    entered = [("enter", rung, ASKED)] if rung else []
    assert becoming.steps == [("settle", {"seal": ASKED}), *entered, ("write", 5, b"sealed\n")]


def test_a_refusal_is_told_in_a_line_and_ends_the_fork(server, becoming):
    becoming.refuses = "enter"
    with pytest.raises(Ended, match=r"^1$"):
        server._become(LANDLOCK, {"seal": ASKED}, 5, 6)
    told = f"refused PermissionError: [Errno {errno.EPERM}] no enter here\n".encode()
    assert becoming.steps[-1] == ("write", 5, told)
    becoming.refuses = "settle"
    with pytest.raises(Ended, match=r"^1$"):
        server._become("", {}, 5, 6)


def test_the_ladder_is_climbed_down_until_a_rung_holds(server, monkeypatch):
    answers, asked = {NAMESPACES: "not here", LANDLOCK: "nor here", AUDIT: 71}, []
    monkeypatch.setattr(server, "_fork_on", lambda rung, request: asked.append(rung) or answers[rung])
    request = {"seal": {"rungs": [NAMESPACES, LANDLOCK, AUDIT]}}
    refused = {"namespaces": "not here", "landlock": "nor here"}
    assert server._fork(request) == {"pid": 71, "rung": "audit", "refused": refused}
    assert server._kernels == {71: "audit"}
    assert asked == [NAMESPACES, LANDLOCK, AUDIT]
    answers[AUDIT] = "nowhere"
    assert server._fork(request) == {"refused": refused | {"audit": "nowhere"}}
    answers[LANDLOCK] = None  # this is the fork
    assert server._fork(request) is None
    answers[""] = 9
    assert server._fork({}) == {"pid": 9}


def test_a_kernel_that_ended_has_its_code_and_its_seconds_and_takes_strays_along(server, monkeypatch):
    used = SimpleNamespace(ru_utime=1.25, ru_stime=0.5)
    answers, asked, ended = [(0, 0, None)], [], []
    monkeypatch.setattr(server.os, "wait4", lambda pid, how: asked.append((pid, how)) or answers.pop(0))
    monkeypatch.setattr(server, "_end_strays", lambda: ended.append(1))
    monkeypatch.setattr(server.sys, "platform", "linux")
    server._kernels.update({71: LANDLOCK, 72: AUDIT, 73: NAMESPACES})
    assert server._look(71) == {"exit": None}
    assert asked == [(71, os.WNOHANG)]
    for pid, status, code, strays in ((73, 3 << 8, 3, 0), (71, 9, -9, 0), (72, 0, 0, 1), (70, 0, 0, 1)):
        answers.append((pid, status, used))
        assert server._look(pid) == {"exit": code, "cpu": 1.75}
        assert len(ended) == strays  # those of a kernel without a namespace, once none such runs
    assert server._kernels == {}


def test_strays_are_ended_until_none_is_left(server, monkeypatch):
    left, killed, waited = [[5, 6], [7], []], [], []
    monkeypatch.setattr(server, "_children", lambda: left.pop(0))

    def kill(pid, number):
        killed.append((pid, number))
        if pid == 6:
            raise ProcessLookupError

    def wait(pid, how):
        waited.append((pid, how))
        if pid == 5:
            raise ChildProcessError

    monkeypatch.setattr(server.os, "kill", kill)
    monkeypatch.setattr(server.os, "waitpid", wait)
    server._end_strays()
    assert killed == [(5, signal.SIGKILL), (6, signal.SIGKILL), (7, signal.SIGKILL)]
    assert waited == [(5, 0), (6, 0), (7, 0)]


def test_children_are_those_whose_parent_this_is(server, monkeypatch, tmp_path):
    here = os.getpid()
    states = {"5": f"5 (a) b) S {here} 1", "6": f"6 (c) S {here + 1} {here}", "7": "", "8": f"8 (d) Z {here} 1"}
    for name, line in states.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "stat").write_text(line)
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "stat").write_text(f"9 (e) S {here} 1")
    monkeypatch.setattr(server, "Path", lambda place: tmp_path if place == "/proc" else None)
    assert sorted(server._children()) == [] if sys.platform != "linux" else [5, 8]
    monkeypatch.setattr(server.sys, "platform", "darwin")
    assert server._children() == []


def test_a_server_adopts_what_is_left_and_ends_it_with_itself(server, monkeypatch):
    order = []
    monkeypatch.setattr(server.sys, "platform", "linux")
    for name in ("for_all", "serve", "_end_strays"):
        monkeypatch.setattr(server, name, lambda name=name: order.append(name))
    monkeypatch.setattr(server.namespaces, "adopt", lambda: order.append("adopt"))
    monkeypatch.setattr(server.gc, "freeze", lambda: order.append("freeze"))
    server._main()
    assert order == ["adopt", "for_all", "freeze", "serve", "_end_strays"]
    pids = [1, 2]  # a fork that became a kernel, and ended
    monkeypatch.setattr(server.os, "getpid", lambda: pids.pop(0))
    order.clear()
    monkeypatch.setattr(server.sys, "platform", "darwin")
    server._main()
    assert order == ["for_all", "freeze", "serve"]


def test_what_is_opened_covers_itself_and_what_lies_in_it_wherever_a_link_leads(tmp_path):
    for name in ("in", "in-beside", "out"):
        (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to("in")
    (tmp_path / "in" / "away").symlink_to(tmp_path / "out")
    given = Opened((str(tmp_path / "link"),), (str(tmp_path / "own"),))
    inside = ("in", "in/a.csv", "link/b.csv", "own/c", "out/../in/d")
    outside = ("in-beside/a.csv", "out", "in/away/a.csv", "")
    assert [given.covers(str(tmp_path / one)) for one in inside] == [True] * len(inside)
    assert [given.covers(str(tmp_path / one)) for one in outside] == [False] * len(outside)
    assert all(given.covers(one) for one in (*DEVICES, "/proc/self/stat", "/dev/shm/x", "/dev/fd/3"))
    assert not given.covers("/dev/sda")


def test_a_kernel_reads_what_describes_the_package_wherever_that_was_unpacked(monkeypatch, tmp_path):
    for name in ("ctresearch", "ctresearch-1.2.dist-info", "others-1.0.dist-info", "ctresearch_data"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(opened, "_PACKAGE", tmp_path / "ctresearch")
    beside = {one for one in opened.interpreter.__wrapped__() if Path(one).parent == tmp_path}
    assert beside == {str(tmp_path / "ctresearch"), str(tmp_path / "ctresearch-1.2.dist-info")}


def test_a_package_beside_its_interpreter_is_found_where_it_was(monkeypatch, tmp_path):
    home = opened.listed()[0]
    (tmp_path / "link").symlink_to(home)
    assert opened.beside(["", str(tmp_path), str(tmp_path / "link")]) == home
    assert opened.beside([str(tmp_path), ""]) == ""
    monkeypatch.chdir(home)
    assert opened.beside([""]) == ""  # an empty word is no folder


def test_libraries_that_are_loaded_are_opened_by_their_folders(monkeypatch, tmp_path):
    for name in ("lib/a.so", "lib/b.so.1", "other/c.so", "data/d.bin"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    names = ("lib/a.so", "lib/b.so.1", "other/c.so", "data/d.bin", "gone/e.so")
    maps = "".join(f"7f00-7f01 r-xp 00000000 08:01 131 {tmp_path}/{name}\n" for name in names)
    (tmp_path / "maps").write_text(f"{maps}7f02-7f03 rw-p 00000000 00:00 0 \n7f04 r 0 0 0 [x.so/]\n")
    monkeypatch.setattr(opened, "Path", lambda place: tmp_path / "maps" if place == "/proc/self/maps" else Path(place))
    assert opened._loaded() == [str(tmp_path / "lib"), str(tmp_path / "other")]
    (tmp_path / "maps").unlink()
    assert opened._loaded() == []


@pytest.fixture
def hooked(monkeypatch):
    """Add no hook to this process: return the last one instead."""
    added = []
    monkeypatch.setattr(audit.sys, "addaudithook", added.append)
    return added


READING = ("open", "os.listdir", "os.scandir", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod")
CHANGING = ("os.chown", "os.utime", "os.listxattr", "os.getxattr", "sqlite3.connect")


def test_python_opens_what_was_opened_and_nothing_else(hooked, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "link").symlink_to("in")
    audit.watch_files([str(tmp_path / "link")])
    (hook,) = hooked
    inside, outside = str(tmp_path / "in" / "a"), str(tmp_path / "out")
    for event in (*READING, *CHANGING):
        hook(event, (inside, outside))  # the second is a mode or a flag
        hook(event, (7,))  # a handle was opened before
        with pytest.raises(PermissionError) as caught:
            hook(event, (os.fsencode(outside), inside))
        assert (caught.value.errno, caught.value.filename) == (errno.EACCES, outside)
        assert caught.value.strerror == os.strerror(errno.EACCES)
    for event in ("os.rename", "os.link", "os.symlink"):
        hook(event, (inside, Path(inside), -1, -1))
        for pair in ((inside, outside), (outside, inside)):
            with pytest.raises(PermissionError):
                hook(event, (*pair, -1, -1))
    for event in (
        "subprocess.Popen",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.spawn",
        "os.startfile",
        "pty.spawn",
    ):
        with pytest.raises(PermissionError, match="a run that is not sealed starts no other program") as caught:
            hook(event, ("cat", inside))
        assert (caught.value.errno, caught.value.filename) == (errno.EACCES, "cat")
    hook("import", ("os", outside))


def test_python_connects_to_sockets_of_its_own_alone(hooked, tmp_path):
    audit.watch_network([str(tmp_path)])
    (hook,) = hooked
    with socket.socket(socket.AF_UNIX) as unix, socket.socket() as internet:
        for address in (str(tmp_path / "s"), os.fsencode(tmp_path / "s")):
            hook("socket.connect", (unix, address))
        events = ("connect", "bind", "sendto", "sendmsg", "getaddrinfo", "gethostbyname", "gethostbyaddr")
        refused = [(internet, ("127.0.0.1", 80)), (unix, "/other/s"), (unix, f"\0{tmp_path}/s"), (unix, ""), (unix,)]
        for event in events:
            for given in (*refused, ("host.example", 80)):
                with pytest.raises(PermissionError, match="the run has no network") as caught:
                    hook(f"socket.{event}", given)
                assert caught.value.errno == errno.ENETUNREACH
        hook("socket.__new__", (internet, 1))
    audit.watch_network([str(tmp_path)], cluster=True)
    assert len(hooked) == 1


class Asking:
    """A kernel's end of a socket: what it says comes in these pieces, and what it is sent is kept."""

    def __init__(self, *pieces):
        self.pieces, self.sent = list(pieces), b""

    def recv(self, size):
        assert size == 200
        return self.pieces.pop(0) if self.pieces else b""

    def sendall(self, content):
        self.sent += content


FOLDER = "0123456789abcdef0123/name_" + "a" * 40
END = FILE_HEADER.pack(0, 0)


@pytest.fixture
def cache(tmp_path):
    place = tmp_path / FOLDER
    place.mkdir(parents=True)
    for name, content in (("b.nbc", b"code"), ("a.nbi", b"index"), ("c.txt", b"other")):
        (place / name).write_bytes(content)
    return tmp_path


def test_a_kernel_is_sent_what_was_compiled_under_two_hashes_and_then_the_end(cache):
    asking = Asking(FOLDER[:9].encode(), f"{FOLDER[9:]}\n".encode())
    lending._answer(asking, cache)
    files = [(b"a.nbi", b"index"), (b"b.nbc", b"code")]
    assert asking.sent == b"".join(FILE_HEADER.pack(len(n), len(c)) + n + c for n, c in files) + END


@pytest.mark.parametrize(
    "question", ["\n", f"../{FOLDER}\n", f"{FOLDER}/x\n", f"{FOLDER[:-1]}\n", "x" * 200, f"{FOLDER}\n\n"]
)
def test_a_question_that_names_no_folder_of_kernels_gets_the_end_alone(cache, question):
    asking = Asking(question.encode())
    lending._answer(asking, cache)
    assert asking.sent == END


def test_a_question_that_breaks_off_gets_nothing(cache):
    asking = Asking(FOLDER.encode())
    lending._answer(asking, cache)
    assert asking.sent == b""
    assert struct.calcsize(FILE_HEADER.format) == len(END)


def test_questions_are_answered_until_the_socket_is_shut(cache, monkeypatch):
    answered, asking = [], []

    class Kernel(Asking):
        def __enter__(self):
            return self

        def __exit__(self, *_):
            asking.append("closed")

        def settimeout(self, seconds):
            asking.append(seconds)

    def answer(kernel, place):
        answered.append((kernel, place))
        if len(answered) == 1:
            raise OSError("it went away")

    kernels = [Kernel(), Kernel()]

    class Listening:
        left = tuple(kernels)

        def accept(self):
            if not self.left:
                raise OSError("shut")
            first, *self.left = self.left
            return first, None

    monkeypatch.setattr(lending, "_answer", answer)
    lending._serve(Listening(), cache)
    assert answered == [(kernels[0], cache), (kernels[1], cache)]
    assert asking == [30.0, "closed", 30.0, "closed"]


def test_what_an_error_asked_for_is_sought_in_its_reason_its_cause_and_its_context():
    import urllib.error

    from ctresearch.studies.kernel.undeclared import what_was_asked

    def missing(name):
        return FileNotFoundError(errno.ENOENT, "not there", name)

    assert what_was_asked(urllib.error.URLError(missing("/data/lists")))["files"] == ["/data/lists"]
    caused, within = ValueError("odd"), ValueError("odd")
    caused.__cause__, within.__context__ = missing("/data/a"), missing("/data/b")
    assert [what_was_asked(one)["files"] for one in (caused, within)] == [["/data/a"], ["/data/b"]]
    round_about = ValueError("odd")
    round_about.__cause__ = caused
    caused.__cause__.__context__ = round_about
    assert what_was_asked(round_about)["files"] == ["/data/a"]
