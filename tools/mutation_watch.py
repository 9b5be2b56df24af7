"""Which functions a test calls, seen without tracing: each function waits behind a stand-in for its first call.

A stand-in notes the call, puts the function's own code back and calls it, so that what a test calls a million times
costs once; tracing every call takes five times as long as the tests. Functions with decorators are left as they are,
as they are in the draw of mutants.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOTED = "__noted_by_watch__"


_STAND_IN = """
def around():
    {cells}
    def stand_in(*args, **options):
        if 0: {names}
        return {noted}("which", args, options)
"""


class Watch:
    """Note which of the plain functions below a folder of the package are called.

    Parameters
    ----------
    source : pathlib.Path
        The folder that holds packages, such as ``src``.
    folder : pathlib.Path
        A folder below it.
    """

    def __init__(self, source: Path, folder: Path) -> None:
        self.called: set[str] = set()
        self._functions: dict[str, FunctionType] = {}
        for path in sorted(folder.rglob("*.py")):
            module = importlib.import_module(module_name(path.relative_to(source)))
            for name in _plain(path):
                function = held_by(module, name)
                if function is not None:
                    self._functions[f"{path.relative_to(folder).as_posix()}::{name}"] = function
        self._codes = {key: function.__code__ for key, function in self._functions.items()}
        self._waiting = {key: _waiting(key, code) for key, code in self._codes.items()}

    @property
    def keys(self) -> list[str]:
        """Name every function that is watched: the path of its file in the folder, and its qualified name."""
        return list(self._functions)

    def start(self) -> None:
        """Forget what was called and wait for the first call of each function."""
        self.called = set()
        for key, function in self._functions.items():
            if not hasattr(function, "__signature__"):
                function.__signature__ = inspect.signature(function)  # type: ignore[attr-defined] # options are read from it
            function.__globals__[_NOTED] = self._noted
            function.__code__ = self._waiting[key]

    def _noted(self, key: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Note a first call, step aside and call the function."""
        function = self._functions[key]
        function.__code__ = self._codes[key]
        self.called.add(key)
        return function(*args, **options)


def module_name(file: Path) -> str:
    """Return the name under which a file is imported, from its path below the folder of packages."""
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def held_by(module: Any, name: str) -> FunctionType | None:
    """Return the function of a qualified name; nothing where the name holds something else by now."""
    found = module
    for part in name.split("."):
        found = vars(found).get(part)
    found = found.__func__ if isinstance(found, (staticmethod, classmethod)) else found
    return found if isinstance(found, FunctionType) else None


def _waiting(key: str, code: CodeType) -> CodeType:
    """Return the stand-in of a function, which closes over what its code closes over."""
    names = ", ".join(code.co_freevars) or "()"
    cells = "; ".join(f"{name} = 0" for name in code.co_freevars) or "pass"
    around = compile(_STAND_IN.format(cells=cells, names=names, noted=_NOTED), code.co_filename, "exec").co_consts[0]
    stand_in = next(one for one in around.co_consts if isinstance(one, CodeType))
    constants = tuple(key if one == "which" else one for one in stand_in.co_consts)
    return stand_in.replace(co_consts=constants, co_name=code.co_name, co_qualname=code.co_qualname)


def _plain(path: Path) -> Iterator[str]:
    """Name the functions and methods of a file that have no decorator, or one that Python knows."""
    for one in ast.parse(path.read_text(encoding="utf-8")).body:
        body, inside = (one.body, f"{one.name}.") if isinstance(one, ast.ClassDef) else ([one], "")
        for node in body:
            if isinstance(node, ast.FunctionDef):
                names = [name.id if isinstance(name, ast.Name) else "" for name in node.decorator_list]
                if names in ([], ["staticmethod"], ["classmethod"]):
                    yield f"{inside}{node.name}"
