"""Build the documentation from the code: ``make docs``."""

import importlib
import inspect
import sys
from pathlib import Path

import ctresearch

sys.path.insert(0, str(Path(__file__).parent))
import pictures  # docs/pictures.py
import reliability  # docs/reliability.py

project = "ctresearch"
author = "The ctresearch developers"
release = version = ctresearch.__version__
html_last_updated_fmt = None

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "matplotlib.sphinxext.plot_directive",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "templates"]
templates_path = ["_templates"]

autosummary_generate = True
autodoc_typehints = "none"  # numpydoc shows the types of the Parameters sections
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
plot_formats = ["svg"]
plot_html_show_formats = False
plot_html_show_source_link = False

html_theme = "furo"
html_title = f"ctresearch {release}"
html_show_sphinx = False

HERE = Path(__file__).parent
MODULES = ("core.errors", "core.validate", "core.random", "core.parallel", "core.pseudonym", "core.plot")


def is_documented(thing):
    """Say whether a public name has a page: classes and functions do, subpackages have a section of their own."""
    return hasattr(thing, "__name__") and not inspect.ismodule(thing)


def write_api_page():
    """List every public name of every room, so that a new one is documented by being public."""
    (HERE / "api").mkdir(exist_ok=True)
    parts = ["API reference", "=============", ""]
    package, told = Path(ctresearch.__file__).parent, set()
    for room in sorted(".".join(p.parent.relative_to(package).parts) for p in package.glob("*/**/__init__.pyi")):
        module = importlib.import_module(f"ctresearch.{room}")
        things = {name: getattr(module, name) for name in sorted(module.__all__)}
        public = [name for name, thing in things.items() if is_documented(thing) and id(thing) not in told]
        told |= {id(thing) for thing in things.values()}  # a room tells what its subpackages lend it
        names = [f"ctresearch.{m}" for m in MODULES if m.startswith(f"{room}.")]
        names += [f"ctresearch.{room}.{name}" for name in public]
        parts += [
            room,
            "-" * len(room),
            "",
            module.__doc__.strip().splitlines()[0],
            "",
            ".. autosummary::",
            "   :toctree:",
            "",
        ]
        parts += [f"   {name}" for name in names] + [""]
    (HERE / "api" / "index.rst").write_text("\n".join(parts))


write_api_page()  # before Sphinx looks which pages there are
reliability.write_page(HERE / "api" / "reliability.rst")


pictures.register_house_figures()


def setup(app):
    """Let estimators' pages say how reliable they were, and no plot be without its picture."""
    app.connect("doctree-read", pictures.refuse_empty)
    app.connect("autodoc-process-docstring", reliability.add_notes)
