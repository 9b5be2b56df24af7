"""What can be changed in a room: mutants of its plain functions and of its compiled kernels, by mutmut's operators.

Functions that mutmut leaves alone are left alone: decorated ones (properties, ``functools.wraps``, kernels), what runs
when an enumeration is made, and defaults that are more than a name, a number or a text. Changes of prose in messages
are left out, since no test should pin a sentence word by word.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import libcst as cst
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

STRING = re.compile(r"""[rbuf]*("([^"\\]|\\.)*"|'([^'\\]|\\.)*')""", re.IGNORECASE)


@dataclass(frozen=True)
class Mutant:
    """One change of one function: ``file``, the function's qualified ``name`` in it, before, after, and the change."""

    file: Path
    name: str
    before: str
    after: str
    source: str
    change: str


class _Everywhere(MutationVisitor):
    """mutmut's rules without the positions of nodes, which only its pragmas ask for and which take minutes a room."""

    METADATA_DEPENDENCIES = ()  # type: ignore[assignment] # none of the base's

    def __init__(self) -> None:
        super().__init__(mutation_operators, IgnoredCode(set(), set(), set()))
        self._inside: list[cst.FunctionDef | cst.ClassDef] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Note in which functions and classes a node stands."""
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            self._inside.append(node)
        return super().on_visit(node)

    def on_leave(self, original_node: cst.CSTNode) -> None:
        """Leave a function or a class."""
        if isinstance(original_node, (cst.FunctionDef, cst.ClassDef)):
            self._inside.pop()
        super().on_leave(original_node)

    def get_metadata(self, key: Any, _node: cst.CSTNode, _default: Any = None) -> Any:
        """Return the function, or class and method, around a node; nothing of its position."""
        return None if key.__name__ == "PositionProvider" else tuple(self._inside[:2])


def draw(folder: Path, chance: random.Random) -> Iterator[Mutant]:
    """Draw mutants of the plain functions below a folder, each at most once, that change more than prose."""
    found: list[tuple[Path, cst.Module, Any]] = []
    for path in sorted(folder.rglob("*.py")):
        module, visitor = cst.parse_module(path.read_text(encoding="utf-8")), _Everywhere()
        module.visit(visitor)
        found += [(path, module, one) for one in visitor.mutations]
    for path, module, one in chance.sample(found, len(found)):
        around = one.contained_by_top_level_function
        function = next((node for node in around if isinstance(node, cst.FunctionDef)), None)
        if function is None:
            continue
        changed = function.deep_replace(one.original_node, one.mutated_node)
        before, after = module.code_for_node(function), module.code_for_node(changed)
        lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1))[2:]
        if lines and not only_prose(lines):
            name = ".".join(node.name.value for node in around[: around.index(function) + 1])
            whole = cst.ensure_type(module.deep_replace(function, changed), cst.Module)
            yield Mutant(path, name, before, after, whole.code, "\n".join(lines))


def of_kernels(path: Path) -> list[Mutant]:
    """Return every mutant of the kernels in a file."""
    text = path.read_text(encoding="utf-8")
    if "@kernel\n" not in text:
        return []
    module = cst.parse_module(text)
    found = []
    for function in module.body:
        if not (isinstance(function, cst.FunctionDef) and any(_is_kernel(one) for one in function.decorators)):
            continue
        before = module.code_for_node(function).strip()
        for node in _nodes(function.body):
            for kind, operator in mutation_operators:
                if not isinstance(node, kind) or _is_docstring(node):
                    continue
                for changed in operator(node):
                    after = module.code_for_node(function.deep_replace(node, changed)).strip()
                    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
                    change = "\n".join(list(lines)[3:])
                    found.append(Mutant(path, function.name.value, before, after, "", change))
    # arrays set to None do not compile: no test is needed for those
    return [one for one in found if "None" not in one.change]


def _nodes(node: cst.CSTNode) -> list[cst.CSTNode]:
    """Return a node of a syntax tree and all below it."""
    return [node, *(below for child in node.children for below in _nodes(child))]


def _is_kernel(decorator: cst.Decorator) -> bool:
    """Say whether a decorator compiles."""
    return getattr(decorator.decorator, "value", "") == "kernel"


def _is_docstring(node: cst.CSTNode) -> bool:
    """Say whether a node is a text: kernels hold none but their docstrings."""
    return isinstance(node, (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString))


def only_prose(difference: list[str]) -> bool:
    """Say whether the lines of a change touch nothing but words: texts with a space in them."""
    gone = [line[1:] for line in difference if line.startswith("-")]
    come = [line[1:] for line in difference if line.startswith("+")]
    if len(gone) != len(come):
        return False
    for before, after in zip(gone, come, strict=True):
        if STRING.sub('""', before) != STRING.sub('""', after):
            return False
        words = [a for a, b in zip(_strings(before), _strings(after), strict=False) if a != b]
        if not all(" " in word for word in words):
            return False
    return True


def _strings(line: str) -> list[str]:
    """Return the string literals of a line."""
    return [match.group(0) for match in STRING.finditer(line)]
