"""What the kernel of Linux is asked for, held to its headers: a seal that asks for another bit holds nothing."""

import ctypes
import errno
import os
import signal
import struct
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctresearch.studies.kernel import landlock, namespaces

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is asked here is asked of Linux alone")

# linux/landlock.h: each right is one bit, in this order; what each version of the interface added is named beside it.
RIGHTS = (
    *("execute", "write_file", "read_file", "read_dir", "remove_dir", "remove_file", "make_char", "make_dir"),
    *("make_reg", "make_sock", "make_fifo", "make_block", "make_sym", "refer", "truncate", "ioctl_dev"),
)
ADDED = {"refer": 2, "truncate": 3, "ioctl_dev": 5}
TCP, SCOPES = {"bind": 1, "connect": 2}, {"abstract_unix_socket": 1, "signal": 2}
READS = {"execute", "read_file", "read_dir"}
OF_FILES = {"execute", "write_file", "read_file", "truncate", "ioctl_dev"}  # what a rule on a file may name
CREATE, ADD, RESTRICT = 444, 445, 446
BENEATH, PORT = 1, 2

# linux/sched.h, linux/mount.h, linux/prctl.h, linux/capability.h
NAMESPACES = {"mount": 0x20000, "uts": 0x4000000, "ipc": 0x8000000, "user": 0x10000000, "pid": 0x20000000}
NAMESPACES["net"] = 0x40000000
NOSUID, NODEV, NOEXEC, BIND, REC, PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
SET_DEATH_SIGNAL, SET_DUMPABLE, SET_CHILD_SUBREAPER, SET_NO_NEW_PRIVILEGES = 1, 4, 36, 38


def bits(*names):
    return sum(1 << RIGHTS.index(name) for name in names)


def known_to(version):
    return {name for name in RIGHTS if ADDED.get(name, 1) <= version}


def plain(one):
    return one.value if isinstance(one, ctypes._SimpleCData) else one


class Library:
    """The C library, which notes what it is asked for and does nothing."""

    def __init__(self, answers=()):
        self.asked, self.answers, self.rules = [], dict(answers), []

    def __getattr__(self, name):
        def call(*arguments):
            said = tuple(map(plain, arguments))
            if name == "syscall" and said[:1] == (CREATE,):
                self.rules.append(os.open(os.devnull, os.O_RDONLY))
                self.asked.append((name, *said))
                return self.rules[-1]
            if name == "syscall" and said[0] == ADD and said[2] == BENEATH:
                rights, handle = struct.unpack("=Qi", said[3])
                said = (ADD, said[1], BENEATH, rights, str(Path(f"/proc/self/fd/{handle}").readlink()), said[4])
            self.asked.append((name, *said))
            refused = self.answers.get(name, 0)
            ctypes.set_errno(refused)
            return -1 if refused else 0

        return call


@pytest.fixture
def library(monkeypatch):
    made = Library()
    monkeypatch.setattr(landlock, "c_library", lambda: made)
    monkeypatch.setattr(namespaces, "c_library", lambda: made)
    return made


@pytest.fixture
def places(tmp_path):
    """Files and folders by their names."""
    for name in ("read", "write", "listed"):
        (tmp_path / name).mkdir()
    (tmp_path / "table.csv").touch()
    (tmp_path / "out.csv").touch()
    return tmp_path


@pytest.mark.parametrize("version", range(1, 8))
def test_a_ruleset_handles_all_that_its_version_knows_and_no_more(monkeypatch, library, version):
    monkeypatch.setattr(landlock, "version", lambda: version)
    landlock.restrict([], [], [])
    created, dumped, restricted = library.asked
    rules = library.rules[0]
    numbers = [bits(*known_to(version))]
    numbers += [TCP["bind"] | TCP["connect"]] if version >= 4 else []
    numbers += [SCOPES["abstract_unix_socket"] | SCOPES["signal"]] if version >= 6 else []
    attributes = struct.pack(f"={len(numbers)}Q", *numbers)
    assert created == ("syscall", CREATE, attributes, len(attributes), 0)
    assert dumped == ("prctl", SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    assert restricted == ("syscall", RESTRICT, rules, 0)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(rules)


@pytest.mark.parametrize("version", [1, 2, 3, 5])
def test_each_place_is_opened_for_what_it_is_given_for(monkeypatch, library, places, version):
    monkeypatch.setattr(landlock, "version", lambda: version)
    read = [str(places / "read"), str(places / "table.csv"), str(places / "missing"), f"{places}/table.csv/below"]
    landlock.restrict(read, [str(places / "write"), str(places / "out.csv")], [str(places / "listed")])
    (rules,), known = library.rules, known_to(version)
    held = {one[5]: one[4] for one in library.asked if one[1] == ADD}
    assert held == {
        str(places / "read"): bits(*READS),
        str(places / "table.csv"): bits("execute", "read_file"),
        str(places / "write"): bits(*known),
        str(places / "out.csv"): bits(*(known & OF_FILES)),
        str(places / "listed"): bits("read_dir"),
    }
    assert all(one[2] == rules and one[6] == 0 for one in library.asked if one[1] == ADD)
    assert [one[1] for one in library.asked[-2:]] == [SET_NO_NEW_PRIVILEGES, RESTRICT]  # rules first, then for good


def test_a_file_of_which_only_names_were_to_be_read_gets_no_rule(monkeypatch, library, places):
    monkeypatch.setattr(landlock, "version", lambda: 7)
    landlock.restrict([], [], [str(places / "table.csv")])
    assert not [one for one in library.asked if one[1] == ADD]


@pytest.mark.parametrize(
    ("version", "network", "port", "rule"),
    [(4, False, 8786, True), (7, False, 1, True), (3, False, 8786, False), (4, True, 8786, False), (4, False, None, 0)],
)
def test_one_port_is_opened_where_the_ruleset_holds_the_network(monkeypatch, library, version, network, port, rule):
    monkeypatch.setattr(landlock, "version", lambda: version)
    landlock.restrict([], [], [], network=network, port=port)
    rules = library.rules[0]
    opened = [one for one in library.asked if one[1] == ADD]
    expected = [("syscall", ADD, rules, PORT, struct.pack("=QQ", TCP["connect"], port), 0)] if rule else []
    assert opened == expected
    handled = library.asked[0][2]
    assert len(handled) == (8 if version < 4 else 16 if version < 6 else 24)
    if version >= 4:
        assert struct.unpack_from("=Q", handled, 8) == (0 if network else 3,)


def test_a_refusal_says_why_and_leaves_no_ruleset_open(monkeypatch, library):
    monkeypatch.setattr(landlock, "version", lambda: 1)
    library.answers["prctl"] = errno.EPERM
    with pytest.raises(PermissionError, match=os.strerror(errno.EPERM)):
        landlock.restrict([], [], [])
    assert [one[1] for one in library.asked] == [CREATE, SET_NO_NEW_PRIVILEGES]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(library.rules[0])


def test_a_call_by_number_is_refused_with_its_number_or_told_as_it_is(library):
    library.answers["syscall"] = errno.ENOSYS
    with pytest.raises(OSError, match=os.strerror(errno.ENOSYS)) as caught:
        landlock._syscall(RESTRICT, 3, 0)
    assert caught.value.errno == errno.ENOSYS
    assert landlock._syscall(RESTRICT, 3, 0, refuse=False) == -1
    library.answers.clear()
    assert landlock._syscall(RESTRICT, 3, 0) == 0


def test_a_process_leaves_six_namespaces_and_keeps_its_own_name(monkeypatch, library, tmp_path):
    written, named, up = {}, [], []
    real = namespaces.Path

    class Written:
        def __init__(self, place):
            self.place = place

        def write_text(self, text):
            assert library.asked, "before the namespace is left these files are those of the parent"
            written[self.place] = text

    monkeypatch.setattr(namespaces, "Path", Written)
    monkeypatch.setattr(namespaces.os, "getuid", lambda: 1001)
    monkeypatch.setattr(namespaces.os, "getgid", lambda: 1002)
    monkeypatch.setattr(namespaces.socket, "sethostname", named.append)
    monkeypatch.setattr(namespaces.fcntl, "ioctl", lambda one, *given: up.append((one.family, one.type, *given)))
    namespaces.leave()
    assert real is Path
    assert library.asked == [("unshare", sum(NAMESPACES.values()))]
    assert written == {
        "/proc/self/setgroups": "deny",  # or the kernel takes no map of groups from who has no right to it
        "/proc/self/uid_map": "1001 1001 1",
        "/proc/self/gid_map": "1002 1002 1",
    }
    assert list(written) == ["/proc/self/setgroups", "/proc/self/uid_map", "/proc/self/gid_map"]
    assert named == ["ctresearch"]
    up_and_running = 0x1 | 0x40  # net/if.h
    (loopback,) = up
    assert loopback[:3] == (2, 2, 0x8914)  # AF_INET, SOCK_DGRAM, SIOCSIFFLAGS
    assert loopback[3] == b"lo".ljust(16, b"\0") + struct.pack("H", up_and_running) + bytes(14)


def test_a_root_holds_what_is_opened_and_its_own_processes_and_nothing_else(monkeypatch, library, places):
    root = places / "root"
    root.mkdir()
    monkeypatch.setattr(namespaces.os, "uname", lambda: SimpleNamespace(machine="x86_64"))
    monkeypatch.chdir(places / "read")
    plan = namespaces.Plan().with_paths([str(places / "listed")], BIND | REC)
    namespaces.build_root(root, plan, [str(places / "table.csv")], [str(places / "write"), str(places / "missing")])
    assert str(Path.cwd()) == str(places / "read")
    top = str(root)
    mounts = [one[1:] for one in library.asked if one[0] == "mount"]
    assert mounts == [
        (b"none", b"/", None, REC | PRIVATE, None),
        (b"tmpfs", top.encode(), b"tmpfs", NOSUID | NODEV, b"mode=755,size=16m"),
        *(
            (str(places / name).encode(), f"{top}{places / name}".encode(), None, flags, None)
            for name, flags in (("listed", BIND | REC), ("table.csv", BIND | REC), ("write", BIND))
        ),
        (b"proc", f"{top}/proc".encode(), b"proc", NOSUID | NODEV | NOEXEC, None),
        (b"tmpfs", f"{top}/dev/shm".encode(), b"tmpfs", NOSUID | NODEV, b"mode=1777"),
    ]
    assert library.asked[-2:] == [("syscall", 155, b".", b"."), ("umount2", b".", 2)]
    inside = Path(f"{top}{places}")
    assert (inside / "table.csv").is_file()
    assert (inside / "listed").is_dir()
    assert (inside / "write").is_dir()
    assert not (inside / "missing").exists()
    assert str((root / "dev" / "fd").readlink()) == "/proc/self/fd"
    assert (root / "proc").is_dir()
    assert (root / "dev" / "shm").is_dir()


def test_links_on_the_way_and_at_the_end_are_shown_with_what_they_lead_to(places):
    (places / "read" / "deep").mkdir()
    (places / "read" / "deep" / "a.txt").touch()
    (places / "short").symlink_to("read/deep")
    (places / "alias.csv").symlink_to(places / "table.csv")
    plan = namespaces.Plan().with_paths([str(places / "short" / "a.txt"), str(places / "alias.csv")], BIND)
    assert plan.steps == (
        ("link", str(places / "alias.csv"), str(places / "table.csv"), 0),
        ("file", str(places / "table.csv"), "", BIND),
        ("link", str(places / "short"), "read/deep", 0),
        ("file", str(places / "read" / "deep" / "a.txt"), "", BIND),
    )
    assert plan.placed == {str(places / "table.csv"), str(places / "read" / "deep" / "a.txt")}


def test_what_lies_in_a_folder_that_is_shown_is_not_shown_twice(places):
    (places / "read" / "a.txt").touch()
    (places / "to-read").symlink_to("read")
    plan = namespaces.Plan().with_paths([str(places / "read")], BIND)
    again = plan.with_paths([str(places / "read" / "a.txt"), str(places / "to-read" / "a.txt")], BIND | REC)
    assert plan.steps == (("folder", str(places / "read"), "", BIND),)
    assert again.steps[1:] == (("link", str(places / "to-read"), "read", 0),)
    assert again.with_paths([str(places / "to-read")], BIND).steps == again.steps  # a link stands once


@pytest.mark.parametrize(("kind", "there"), [("folder", "is_dir"), ("file", "is_file"), ("link", "is_symlink")])
def test_a_step_makes_what_a_mount_stands_on(library, tmp_path, kind, there):
    namespaces._show(str(tmp_path), kind, "/a/b", "c/d", BIND)
    namespaces._show(str(tmp_path), "folder", "/a", "", BIND)  # its place may be there
    assert getattr(tmp_path / "a" / "b", there)()
    first = library.asked[0]
    if kind == "link":
        assert str((tmp_path / "a" / "b").readlink()) == "c/d"
        assert first[1] == b"/a"
    else:
        assert first == ("mount", b"/a/b", f"{tmp_path}/a/b".encode(), None, BIND, None)


@pytest.mark.parametrize(
    ("machine", "number"), [("x86_64", 155), ("aarch64", 41), ("riscv64", 41), ("ppc64le", 203), ("s390x", 217)]
)
def test_the_root_is_changed_by_the_number_of_the_machine(monkeypatch, machine, number):
    monkeypatch.setattr(namespaces.os, "uname", lambda: SimpleNamespace(machine=machine))
    assert tuple(map(plain, namespaces._pivot())) == (number, b".", b".")


def test_the_root_is_not_changed_on_a_machine_whose_number_is_not_known(monkeypatch):
    monkeypatch.setattr(namespaces.os, "uname", lambda: SimpleNamespace(machine="vax"))
    with pytest.raises(OSError, match="pivot_root is not known on vax"):
        namespaces._pivot()


def test_what_the_c_library_refuses_is_told_by_its_name(library):
    library.answers["unshare"] = errno.EPERM
    with pytest.raises(PermissionError, match=f"unshare: {os.strerror(errno.EPERM)}") as caught:
        namespaces._call("unshare", 1)
    assert caught.value.errno == errno.EPERM


def test_a_process_gives_up_every_right_ends_with_its_parent_and_adopts(library):
    namespaces.drop_rights()
    namespaces.end_with_parent()
    namespaces.adopt()
    none_at_all = bytes(3 * 4 * 2)  # effective, permitted and inheritable, of the first 32 rights and of the others
    assert library.asked == [
        ("capset", struct.pack("=Ii", 0x20080522, 0), none_at_all),
        ("prctl", SET_DUMPABLE, 1, 0, 0, 0),
        ("prctl", SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0),
        ("prctl", SET_CHILD_SUBREAPER, 1, 0, 0, 0),
    ]


class Ended(Exception):
    """The process has ended."""


@pytest.mark.parametrize(("status", "code"), [(0, 0), (3 << 8, 3), (signal.SIGKILL, 128 + 9), (signal.SIGTERM, 143)])
def test_the_first_process_collects_all_and_ends_as_the_kernel_did(monkeypatch, library, status, code):
    set_to, killed, waited = {}, [], [(5, 1 << 8), (71, status), (6, 0)]
    monkeypatch.setattr(namespaces.signal, "signal", set_to.__setitem__)
    monkeypatch.setattr(namespaces.os, "wait", lambda: waited.pop(0))
    monkeypatch.setattr(namespaces.os, "kill", lambda *given: killed.append(given))

    def leave(code):
        raise Ended(code)

    monkeypatch.setattr(namespaces.os, "_exit", leave)
    with pytest.raises(Ended) as caught:
        namespaces.keep(71)
    assert caught.value.args == (code,)
    assert waited == [(6, 0)]  # nobody is waited for once the kernel has ended
    assert library.asked == [("prctl", SET_DUMPABLE, 0, 0, 0, 0)]
    assert {one: set_to[one] for one in (signal.SIGINT, signal.SIGHUP)} == dict.fromkeys(
        (signal.SIGINT, signal.SIGHUP), signal.SIG_IGN
    )
    set_to[signal.SIGTERM](signal.SIGTERM, None)
    assert killed == [(71, signal.SIGKILL)]
