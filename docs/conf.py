"""Build the documentation from the code: ``make docs``.

Pages of the reference, of methods, of evidence, of studies and the cheat sheets are written here from the package, the committed
tables and the releases, before Sphinx looks which pages there are; so what is new appears by itself.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

import ctresearch

sys.path.insert(0, str(Path(__file__).parent))
import accessible  # docs/accessible.py
import api_pages  # docs/api_pages.py
import evidence  # docs/evidence.py
import gallery  # docs/gallery.py
import methods  # docs/methods.py
import pictures  # docs/pictures.py
import quick  # docs/quick.py
import reliability  # docs/reliability.py
import sheets  # docs/sheets.py
from rooms import PACKAGE  # docs/rooms.py

HERE = Path(__file__).parent
os.environ["TQDM_DISABLE"] = "1"  # bars move: nothing to keep on a page

project = "ctresearch"
author = "The ctresearch developers"
copyright = "The ctresearch developers, Apache 2.0"  # noqa: A001  (Sphinx reads this name)
release = version = ctresearch.__version__
html_last_updated_fmt = None

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "matplotlib.sphinxext.plot_directive",
]
exclude_patterns = ["_build", "templates"]
templates_path = ["_templates"]

autodoc_typehints = "none"  # numpydoc shows the types of the Parameters sections
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
plot_formats = ["svg"]
plot_html_show_formats = False
plot_html_show_source_link = False
plot_working_directory = str(HERE)
plot_pre_code = "import sys\nsys.path.insert(0, '.')\nimport numpy as np\nfrom matplotlib import pyplot as plt\n"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def source_digest():
    """Hash the package, so that outputs of pages are kept for as long as nothing that makes them changes."""
    files = sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.toml"), *PACKAGE.rglob("*.csv")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


nb_execution_mode = "cache"
nb_execution_cache_path = str(HERE / "_build" / "executed" / source_digest())
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_output_stderr = "remove"

html_math_renderer = "drawn"
html_theme = "furo"
html_title = f"ctresearch {release}"
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_search_scorer = str(HERE / "_static" / "scorer.js")
html_extra_path = ["_build/extra"]
html_copy_source = False
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
        "sidebar/versions.html",
    ]
}
html_context = {
    "versions": json.loads((HERE / "versions.json").read_text(encoding="utf-8")),
    "project_version": release,
}

api_pages.write(HERE / "api")
reliability.write_page(HERE / "api" / "reliability.rst")
methods.write(HERE / "methods")
evidence.write(HERE / "evidence")
gallery.write(HERE / "gallery", HERE / "_build" / "extra")
sheets.write(HERE / "sheets")

pictures.register_house_figures()


def setup(app):
    """Let estimators' pages say how reliable they were, no plot be without its picture, and no picture without words."""
    accessible.set_formulas(app)
    quick.set_up(app)
    app.connect("doctree-read", pictures.refuse_empty)
    app.connect("doctree-resolved", accessible.describe)
    app.connect("html-page-context", accessible.plain_references)
    app.connect("autodoc-process-docstring", reliability.add_notes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
