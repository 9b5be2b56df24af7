"""The compile cache follows every source file, and importing the package stays cheap."""

import hashlib
import importlib
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np

import ctresearch
from ctresearch.core.compile import kernel, kernel_hash, reached_files, source_hash

PACKAGE = Path(ctresearch.__file__).parent

MAIN = """
from ctresearch.core.compile import kernel
from {package}.callee import scale

@kernel
def answer(x):
    return scale(x) + 1
"""
CALLEE = """
from ctresearch.core.compile import kernel

@kernel
def scale(x):
    return {factor} * x
"""
RUN = """
from pathlib import Path
from {package}.main import answer
print(answer(10))
print(len(list(Path({cache!r}).rglob("*.nbi"))))
"""


def run_package(tmp_path, factor):
    """Write a caller and a callee in two files, and call it in a fresh interpreter."""
    root = tmp_path / "small"
    root.mkdir(exist_ok=True)
    (root / "__init__.py").write_text("")
    (root / "main.py").write_text(MAIN.format(package="small"))
    (root / "callee.py").write_text(CALLEE.format(factor=factor))
    cache = tmp_path / "cache"
    script = RUN.format(package="small", cache=str(cache))
    environment = {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": f"{tmp_path}", "PATH": "/usr/bin:/bin"}
    # bytecode files are matched by second and size, and both edits may fall into one second
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    answer, files = done.stdout.split()
    return int(answer), int(files)


def test_an_edited_callee_gives_the_new_answer(tmp_path):
    assert run_package(tmp_path, factor=2) == (21, 2)
    assert run_package(tmp_path, factor=2) == (21, 2)  # from the cache: no new files
    answer, files = run_package(tmp_path, factor=3)
    assert answer == 31
    assert files == 4  # compiled anew, in a folder of its own


def test_an_edit_elsewhere_compiles_nothing_anew(tmp_path):
    assert run_package(tmp_path, factor=2) == (21, 2)
    (tmp_path / "small" / "beside.py").write_text("x = 1\n")
    (tmp_path / "small" / "__init__.py").write_text('"""Changed."""\n')
    assert run_package(tmp_path, factor=2) == (21, 2)


def test_no_kernel_takes_anything_from_core_but_what_its_hash_covers():
    kernels = [path for path in PACKAGE.rglob("*.py") if "@kernel\n" in path.read_text()]
    assert len(kernels) > 30
    for path in kernels:
        if path.parent.name == "core":
            continue
        module = importlib.import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
        core = {
            name
            for name, value in vars(module).items()
            if str(module_of := getattr(value, "__module__", "")).startswith("ctresearch.core")
            and module_of != "ctresearch.core.compile"  # which reached_files counts
        }
        for function in vars(module).values():
            if hasattr(function, "py_func") and function.py_func.__module__ == module.__name__:
                assert not set(function.py_func.__code__.co_names) & core, (path.name, function)


HOLDS_KERNELS = re.compile(r"^@(kernel|step_of_kernels)$", re.MULTILINE)
NO_NUMERICS = ("privacy/words/", "privacy/reading/", "privacy/rules/", "privacy/vocabulary/", "core/")
SPEAKS = re.compile(r"^from ctresearch\.core\.(message|result|check) import", re.MULTILINE)


def words_reached(path):
    """Name the files that a file imports on loading and in which something is said or words are looked up."""
    reached = {one.relative_to(PACKAGE).as_posix(): one for one in reached_files(path)}
    reached.pop("core/compile.py", None)
    return {
        name for name, one in reached.items() if name.startswith(NO_NUMERICS) or SPEAKS.search(one.read_text("utf-8"))
    }


def test_an_edit_of_words_compiles_no_kernel_anew():
    holders = [path for path in PACKAGE.rglob("*.py") if HOLDS_KERNELS.search(path.read_text("utf-8"))]
    assert len(holders) > 50
    reached = {path.relative_to(PACKAGE).as_posix(): words_reached(path) for path in holders}
    assert {name: words for name, words in reached.items() if words} == {}, "kernels go into files that say nothing"


def test_words_are_seen_where_they_are_reached():
    seen = words_reached(PACKAGE / "networks" / "structure" / "small_world.py")
    assert {"networks/structure/small_world.py", "privacy/words/identifiers.py"} <= seen


def test_the_hash_covers_names_and_bytes(tmp_path):
    fresh = source_hash.__wrapped__
    (tmp_path / "a.py").write_text("x = 1\n")
    one = fresh(tmp_path)
    (tmp_path / "a.py").write_text("x = 2\n")
    two = fresh(tmp_path)
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert len({one, two, fresh(tmp_path)}) == 3


def test_importing_the_package_loads_no_heavy_library():
    code = textwrap.dedent("""
        import sys, ctresearch
        heavy = {"numpy", "pandas", "scipy", "matplotlib", "numba", "statsmodels", "sklearn", "papermill"}
        print(sorted(heavy & set(sys.modules)))
    """)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_files_are_reached_through_every_way_of_importing(tmp_path):
    root = tmp_path / "small"
    files = {
        "__init__.py": "",
        "core/__init__.py": "",
        "core/compile.py": "import os\n",
        "core/words.py": "",
        "room/__init__.py": "from small.far import thing\n",
        "room/main.py": "from small.room import one\nfrom small.room.two import (\n    f as g,\n    h,\n)\n"
        "import small.three as three, os\nfrom small.core import words\nfrom small.core.compile import kernel\n"
        "def inner():\n    from small.four import x\nfrom smaller.five import x\n",
        "room/one.py": "import small.room.main\n",
        "room/two.py": "",
        "three.py": "",
        "four.py": "",
        "far.py": "",
        "five.py": "",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    reached = [path.relative_to(root).as_posix() for path in reached_files(root / "room" / "main.py")]
    names = ["core/compile.py", "far.py", "room/__init__.py", "room/main.py", "room/one.py", "room/two.py", "three.py"]
    assert reached == names
    digest = hashlib.sha256()
    for name in names:
        content = files[name].encode()
        digest.update(f"{Path(name).name}\0{len(content)}\0".encode() + content)
    assert kernel_hash(root / "room" / "main.py") == digest.hexdigest()


def test_the_hash_of_a_package_is_that_of_its_files_in_order(tmp_path):
    (tmp_path / "sub").mkdir()
    contents = {"a.py": b"x", "sub/b.py": b"yy"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "notes.txt").write_text("left out")
    digest = hashlib.sha256(b"".join(f"{n}\0{len(c)}\0".encode() + c for n, c in contents.items()))
    assert source_hash.__wrapped__(tmp_path) == digest.hexdigest()
    assert source_hash() == source_hash.__wrapped__(PACKAGE)


def test_a_function_typed_at_a_prompt_is_compiled_without_a_cache():
    import numba

    space = {"kernel": kernel}
    exec(compile("@kernel\ndef twice(x):\n    return 2 * x\n", "<prompt>", "exec"), space)
    assert space["twice"](4) == 8
    assert space["twice"].targetoptions["nogil"] is True
    before = numba.config.CACHE_DIR

    @kernel
    def thrice(x):
        return 3 * x

    assert before == numba.config.CACHE_DIR
    assert thrice(2) == 6
    assert thrice.targetoptions["nogil"] is True
    assert Path(thrice.stats.cache_path).parent.name == kernel_hash(Path(__file__))[:20]


def test_one_array_is_copied_into_another_inside_a_kernel_and_outside():
    from ctresearch.core.compile import copy_into, kernel

    @kernel
    def rows_of(table, source):
        for i in range(len(table)):
            copy_into(table[i], source)
            copy_into(table[:, 0], np.full(len(table), 7.0))

    found = np.zeros((2, 3))
    rows_of(found, np.array([1.0, 2.0, 3.0]))
    assert found.tolist() == [[7.0, 2.0, 3.0], [7.0, 2.0, 3.0]]
    target = np.zeros(2)
    copy_into(target, np.array([4.0, 5.0]))
    assert target.tolist() == [4.0, 5.0]
