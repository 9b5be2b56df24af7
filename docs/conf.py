"""Build the documentation from the code: ``make docs``."""

import importlib
from pathlib import Path

import ctresearch

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


def write_api_page():
    """List every public name of every room, so that a new one is documented by being public."""
    (HERE / "api").mkdir(exist_ok=True)
    parts = ["API reference", "=============", ""]
    for room in sorted(p.parent.name for p in Path(ctresearch.__file__).parent.glob("*/__init__.pyi")):
        module = importlib.import_module(f"ctresearch.{room}")
        public = [getattr(module, name) for name in sorted(module.__all__)]
        names = [f"ctresearch.{m}" for m in MODULES if m.startswith(f"{room}.")]
        names += [f"{thing.__module__}.{thing.__name__}" for thing in public if hasattr(thing, "__name__")]
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
