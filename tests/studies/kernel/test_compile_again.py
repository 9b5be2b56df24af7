"""What a sealed run compiled is compiled again from the sources, by what it said of the types and nothing else."""

import json
from types import SimpleNamespace

import numba
import numpy as np
import pytest
from numba import types

from ctresearch.core import compile as compiling
from ctresearch.studies.kernel import compile_again as again


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


def test_kernels_that_were_compiled_before_are_found_and_new_ones_kept_apart(tmp_path):
    given, folder = tmp_path / "given", tmp_path / "own"
    (given / "m_1").mkdir(parents=True)
    (given / "m_1" / "f-3.py311.nbi").write_bytes(b"index")
    compiling._lay_over(given, folder)
    place = folder / "m_1" / "f-3.py311.nbi"
    assert place.is_symlink()
    assert place.read_bytes() == b"index"
    fresh = folder / "m_1" / "new"
    fresh.write_bytes(b"other")
    fresh.replace(place)  # as numba writes an index
    assert (given / "m_1" / "f-3.py311.nbi").read_bytes() == b"index"
    compiling._lay_over(tmp_path / "nothing", tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_kernel_of_a_sealed_run_is_compiled_into_its_own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    monkeypatch.setenv(compiling.KERNELS_VARIABLE, str(tmp_path / "given"))
    again.note_all_compiled()
    made = compiling._compiled(_twice)
    compiling.when_made.clear()
    assert isinstance(made, numba.core.dispatcher.Dispatcher)
    assert made(np.float64(2.0)) == 4.0
    own = tmp_path / "own" / "ctresearch" / "kernels"
    (line,) = (own / compiling.COMPILED).read_text().splitlines()
    assert json.loads(line)[1:] == ["_twice", ["float64"]]
    assert list(own.rglob("*.nbc"))
    assert not (tmp_path / "given").exists()


def _twice(x):
    return 2 * x
