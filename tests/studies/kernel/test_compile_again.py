"""What a sealed run compiled is compiled again from the sources, by what it said of the types and nothing else."""

import contextlib
import importlib.machinery
import io
import json
import socket
import struct
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numba
import numpy as np
import pytest
from numba import types

from ctresearch.core import compile as compiling
from ctresearch.studies.kernel import compile_again as again
from ctresearch.studies.kernel import lending

HASH = "0123456789abcdef0123"


@pytest.mark.parametrize(
    "kind",
    [
        types.float64,
        types.boolean,
        types.uint8,
        types.none,
        types.Array(types.float64, 2, "C"),
        types.Array(types.boolean, 1, "A", readonly=True, aligned=False),
        types.Tuple((types.int64, types.Array(types.int32, 1, "F"))),
        types.UniTuple(types.float32, 3),
    ],
)
def test_a_type_comes_back_as_it_was_told(kind):
    assert again._meant(json.loads(json.dumps(again._told(kind)))) == kind


@pytest.mark.parametrize("kind", [types.unicode_type, types.Tuple((types.int64, types.unicode_type)), types.pyobject])
def test_a_type_without_words_is_left_out(kind):
    assert again._told(kind) is None


@pytest.mark.parametrize("told", ["__import__('os')", "unicode_type", ["list", "int64"], ["array"], 3])
def test_nothing_but_types_is_understood(told):
    with pytest.raises((ValueError, TypeError)):
        again._meant(told)


def test_what_is_compiled_is_noted_and_compiled_again_only_where_it_is_ours(tmp_path, monkeypatch):
    noted, saved = tmp_path / "cache" / "compiled.jsonl", []
    kept = SimpleNamespace(save_overload=lambda *given: saved.append(given))
    function = SimpleNamespace(__module__="ctresearch.stats.some", __qualname__="step")
    again.note_compiled(SimpleNamespace(_cache=kept, py_func=function), noted)
    kept.save_overload((types.int64,), "code")
    kept.save_overload((types.unicode_type,), "code")
    assert len(saved) == 2
    assert [json.loads(line) for line in noted.read_text().splitlines()] == [
        ["ctresearch.stats.some", "step", ["int64"]]
    ]
    compiled = []
    monkeypatch.setattr(
        again, "_kernel", lambda *asked: SimpleNamespace(compile=lambda kinds: compiled.append((*asked, kinds)))
    )
    with noted.open("a") as lines:
        lines.write('["ctresearch.stats.some", "step", ["int64"]]\nno line\n[1]\n["a", "b", ["os"]]\n')
    assert again.compile_again(noted.read_bytes()) == 1
    assert compiled == [("ctresearch.stats.some", "step", (types.int64,))]


def test_a_function_must_be_compiled_and_of_this_package():
    for module, name, error in (
        ("os", "system", ValueError),
        ("ctresearch.core.compile", "kernel", TypeError),
        ("ctresearch.core.no_such", "kernel", ImportError),
        ("ctresearch.core.compile", "no_such", AttributeError),
    ):
        with pytest.raises(error):
            again._kernel(module, name)


@pytest.fixture
def lent(tmp_path, monkeypatch):
    """A cache with two kernels and a file that is none, the socket at which it is lent, and a folder for what is given."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    given, own, source = compiling.kernel_cache() / HASH, tmp_path / "own" / HASH, tmp_path / "m" / "steps.py"
    place = given / compiling.place_of(source)
    place.mkdir(parents=True)
    for name, content in (("f-3.py311.nbi", b"index"), ("f-3.py311.1.nbc", b""), ("other.txt", b"no kernel")):
        (place / name).write_bytes(content)
    with tempfile.TemporaryDirectory(dir="/tmp") as private, lending.lent_kernels(Path(private), environment := {}):
        yield environment[compiling.KERNELS_VARIABLE], own, source
    compiling.fetch_compiled.cache_clear()


def test_kernels_that_were_compiled_before_are_given_and_new_ones_kept_apart(lent, tmp_path):
    where, own, source = lent
    compiling.fetch_compiled(where, own, source)
    place = own / compiling.place_of(source)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == {
        "f-3.py311.nbi": b"index",
        "f-3.py311.1.nbc": b"",
    }
    assert not any(path.is_symlink() for path in own.rglob("*"))
    (place / "f-3.py311.nbi").write_bytes(b"other")
    before = tmp_path / "cache" / "ctresearch" / "kernels" / HASH / place.name / "f-3.py311.nbi"
    assert before.read_bytes() == b"index"
    compiling.fetch_compiled(where, tmp_path / "other" / HASH, tmp_path / "n" / "steps.py")
    assert list((tmp_path / "other").rglob("*.nb?")) == []


def test_another_process_of_a_run_takes_what_the_first_was_given(lent):
    where, own, source = lent
    compiling.fetch_compiled(where, own, source)
    compiling.fetch_compiled.cache_clear()
    (own / compiling.place_of(source) / "new.nbi").touch()
    compiling.fetch_compiled("/nowhere", own, source)
    assert (own / compiling.place_of(source) / "new.nbi").exists()


@pytest.mark.parametrize(
    "question", [b"../../x_1", b"/etc/passwd", b"a" * 500, b"", HASH.encode() + b"/../" + HASH.encode(), b"\xff/\xfe"]
)
def test_no_question_leads_out_of_the_cache(lent, question):
    where, own, source = lent
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(where)
        asking.sendall(question + b"\n")
        asking.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):  # it did not even read to the end
            assert asking.recv(1000) in {b"", compiling.FILE_HEADER.pack(0, 0)}
    compiling.fetch_compiled(where, own, source)  # and others are answered as before
    assert len(list(own.rglob("*.nb?"))) == 2


def test_an_answer_that_is_cut_short_gives_nothing():
    header = compiling.FILE_HEADER
    for answer in (b"", header.pack(1, 9) + b"a" + b"12", header.pack(1, 1) + b"ab"):
        with pytest.raises((OSError, struct.error)):
            list(compiling._files(io.BytesIO(answer)))


def test_code_compiled_with_other_options_has_a_place_of_its_own(monkeypatch):
    assert compiling._other_options() == ""
    monkeypatch.setattr(numba.config, "OPT", 0)
    other = compiling._other_options()
    assert len(other) == 9
    monkeypatch.setattr(numba.config, "BOUNDSCHECK", 1)
    assert compiling._other_options() not in {"", other}


def test_a_source_is_compiled_once_and_only_where_python_and_its_packages_stand(tmp_path, monkeypatch):
    package = tmp_path / "packages"
    source = package / "one.py"
    package.mkdir()
    source.write_text("x = 1\n")
    assert not again.compile_source(str(source))
    assert list(tmp_path.rglob("*.pyc")) == []
    monkeypatch.setattr(again, "interpreter", lambda: (str(package),))
    assert again.compile_again(json.dumps(str(source)).encode()) == 1
    (compiled,) = tmp_path.rglob("*.pyc")
    assert compiled.read_bytes()[4:8] == bytes(4)  # held to the time and size of the source, as Python itself does
    assert not again.compile_source(str(source))
    source.write_text("x = 22\n")
    assert again.compile_source(str(source))
    outside = tmp_path / "two.py"
    outside.write_text("")
    (package / "link.py").symlink_to(outside)
    for wrong in (package / "link.py", package / "../two.py", package / "none.py", package):
        assert not again.compile_source(str(wrong))
    assert len(list(tmp_path.rglob("*.pyc"))) == 1


def test_a_kernel_of_a_sealed_run_is_compiled_into_its_own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    monkeypatch.setenv(compiling.KERNELS_VARIABLE, str(tmp_path / "given"))
    monkeypatch.setattr(importlib.machinery.SourceFileLoader, "_cache_bytecode", None)
    again.note_all_compiled()
    made = compiling._compiled(_twice)
    compiling.when_made.clear()
    assert isinstance(made, numba.core.dispatcher.Dispatcher)
    assert made(np.float64(2.0)) == 4.0
    own = tmp_path / "own" / "ctresearch" / "kernels"
    noted = [json.loads(line) for line in (own / compiling.COMPILED).read_text().splitlines()]
    (kernel,) = [one for one in noted if isinstance(one, list)]  # beside sources that this process had to compile
    assert kernel[1:] == ["_twice", ["float64"]]
    assert list(own.rglob("*.nbc"))
    assert not (tmp_path / "given").exists()


def _twice(x):
    return 2 * x


def test_where_no_socket_fits_nothing_is_lent_and_nothing_fails(tmp_path):
    private = tmp_path / ("long" * 25)
    private.mkdir()
    with lending.lent_kernels(private, environment := {}):
        assert environment == {}
