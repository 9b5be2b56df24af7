"""What is public: the names of every room, with the sentence, the page and the kind of each."""

import importlib
import inspect
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import ctresearch

PACKAGE = Path(ctresearch.__file__).parent
MODULES = ("core.errors", "core.validate", "core.random", "core.parallel", "core.pseudonym", "core.plot")


@dataclass(frozen=True)
class Public:
    """A public name: where it is taken from, what it is, and the first sentence of its docstring."""

    room: str
    name: str
    thing: object

    @property
    def path(self):
        """Name to import."""
        return f"ctresearch.{self.room}.{self.name}"

    @property
    def page(self):
        """Name of its page of the reference."""
        return f"api/{self.path}"

    @property
    def sentence(self):
        """First sentence of the docstring; of a tuple or another value, none."""
        said = inspect.getdoc(self.thing) if hasattr(self.thing, "__name__") else ""
        return re.sub(r"\s?\[\d+\]_", "", " ".join((said or "").split("\n\n")[0].split()))

    @property
    def is_estimator(self):
        """Whether it has a ``fit``."""
        return inspect.isclass(self.thing) and hasattr(self.thing, "fit") and not self.is_protocol

    @property
    def is_protocol(self):
        """Whether it says what others must have and does nothing."""
        return getattr(self.thing, "_is_protocol", False)

    @property
    def folder(self):
        """Folder of the room in which its code stands."""
        parts = self.thing.__module__.split(".")
        return parts[2] if len(parts) > 3 else ""


@cache
def rooms():
    """Return the rooms, inner ones too, each with its sentence."""
    named = sorted(".".join(p.parent.relative_to(PACKAGE).parts) for p in PACKAGE.glob("*/**/__init__.pyi"))
    return {room: importlib.import_module(f"ctresearch.{room}").__doc__.strip().splitlines()[0] for room in named}


@cache
def public(room):
    """Return the classes and functions of a room that no room before it has told of; what it lends from others is left out."""
    module = importlib.import_module(f"ctresearch.{room}")
    before = [importlib.import_module(f"ctresearch.{other}") for other in rooms() if other < room]
    told = {id(getattr(other, name)) for other in before for name in other.__all__}
    things = [Public(room, name, getattr(module, name)) for name in sorted(module.__all__)]
    return [
        one
        for one in things
        if hasattr(one.thing, "__name__") and not inspect.ismodule(one.thing) and id(one.thing) not in told
    ]


def estimators():
    """Return every public class with a ``fit``."""
    return [one for room in rooms() for one in public(room) if one.is_estimator]


def sections(doc):
    """Cut a numpydoc docstring into its sections; what stands before the first is under the empty name."""
    parts = re.split(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", inspect.cleandoc(doc), flags=re.MULTILINE)
    return {
        "": parts[0].strip(),
        **{name: body.strip("\n") for name, body in zip(parts[1::2], parts[2::2], strict=True)},
    }


def save(path, text):
    """Write a page, and leave one that says the same as it is, so that it is not read again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def keep_only(folder, written):
    """Delete the pages of a folder that were not written this time."""
    for page in set(folder.rglob("*.*")) - set(written):
        page.unlink()
