"""The compile cache follows every source file, and importing the package stays cheap."""

import importlib
import subprocess
import sys
import textwrap
from pathlib import Path

import ctresearch
from ctresearch.core.compile import source_hash

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


def test_no_kernel_takes_anything_from_core():
    kernels = [path for path in PACKAGE.rglob("*.py") if "@kernel\n" in path.read_text()]
    assert len(kernels) > 30
    for path in kernels:
        if path.parent.name == "core":
            continue
        module = importlib.import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
        core = {
            name
            for name, value in vars(module).items()
            if str(getattr(value, "__module__", "")).startswith("ctresearch.core")
        }
        for function in vars(module).values():
            if hasattr(function, "py_func") and function.py_func.__module__ == module.__name__:
                assert not set(function.py_func.__code__.co_names) & core, (path.name, function)


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
