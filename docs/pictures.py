"""Pictures of the gallery.

Figures of the house are not registered with pyplot, and the plot directive asks pyplot alone.
"""

import itertools
from pathlib import Path

from matplotlib import _pylab_helpers
from matplotlib.backend_bases import FigureManagerBase

_NUMBERS = itertools.count(1)


def register_house_figures():
    """Have every new figure in the house style known to pyplot, while these pages are built."""
    from ctresearch.core import plot

    unregistered = plot.new_axes

    def new_axes(*size, **sizes):
        """Return new axes whose figure pyplot knows."""
        axes = unregistered(*size, **sizes)
        manager = FigureManagerBase(axes.figure.canvas, next(_NUMBERS))
        _pylab_helpers.Gcf._set_new_active_manager(manager)
        return axes

    plot.new_axes = new_axes


def refuse_empty(app, doctree):
    """Warn of a plot directive that left no picture; with -W the build fails."""
    from docutils import nodes
    from sphinx.util import logging

    page = Path(app.env.doc2path(app.env.docname)).read_text(encoding="utf-8")
    wanted = sum(line.strip().startswith(".. plot::") for line in page.splitlines())
    there = {node["uri"] for node in doctree.findall(nodes.image) if "plot_directive" in node["uri"]}
    if len(there) < wanted:
        logging.getLogger(__name__).warning(
            "%d plot directives left %d pictures", wanted, len(there), location=app.env.docname, type="ctresearch"
        )
