"""Do once what would be done again for every page: two fifths of the time in which the pages are built.

Pages of names, methods and evidence stand outside the navigation, so that all of a folder show the same one; and the search
stems the same few thousand words on each of them.
"""

from functools import cache
from posixpath import dirname


def navigation_once(app, pagename, templatename, context, doctree):
    """Let pages outside the navigation share what it looks like from their folder."""
    if "orphan" in (context.get("meta") or {}) and "toctree" in context:
        kept, draw, folder = app.builder.__dict__.setdefault("_navigations", {}), context["toctree"], dirname(pagename)

        def toctree(**options):
            key = (folder, *sorted(options.items()))
            if key not in kept:
                kept[key] = draw(**options)
            return kept[key]

        context["toctree"] = toctree


def stems_once():
    """Let the search remember the stem of a word from page to page."""
    from sphinx.search.en import SearchEnglish

    stem_of = SearchEnglish({}).stem
    SearchEnglish.stem = staticmethod(cache(stem_of))


def set_up(app):
    """Have both; the navigation is asked for before the theme asks."""
    app.connect("html-page-context", navigation_once, priority=400)
    stems_once()
