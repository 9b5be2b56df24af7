"""Make what code displays usable by everybody: pictures with words, tables with heads that say something."""

import re

from docutils import nodes

from ctresearch.studies.shown.formula import formula_svg

SCROLLED = '<div class="wide" tabindex="0" role="region" aria-label="Table in the section {title}">{table}</div>'


def describe(app, doctree, docname):
    """Give each picture without a text one, and each table that was displayed a place in which it can be scrolled."""
    for image in doctree.findall(nodes.image):
        if not image.get("alt") and "/" in image.get("uri", ""):
            image["alt"] = f"Picture of the section “{_section_of(image)}”, drawn by the code above it"
    for number, raw in enumerate(list(doctree.findall(nodes.raw))):
        text = raw.astext()
        if "ctresearch-result" in text:  # its title is no section of the page
            text = re.sub(r"<h4>(.*?)</h4>", r"<p><strong>\1</strong></p>", text, flags=re.DOTALL)
        if "dataframe" in text or "ctresearch-result" in text:
            text = re.sub(r"<th>\s*</th>", "<td></td>", text)
            shown = SCROLLED.format(title=f"{_section_of(raw)}, {number}".replace('"', ""), table=r"\g<0>")
            text = re.sub(r"<table.*?</table>", shown, text, flags=re.DOTALL)
            raw.children = [nodes.Text(text)]
            raw.rawsource = text


def _section_of(node):
    """Return the title of the nearest section."""
    while node is not None and not isinstance(node, nodes.section):
        node = node.parent
    title = node.next_node(nodes.title) if node is not None else None
    return title.astext() if title is not None else ""


def _formula(self, node):
    """Set a formula as a picture, as reports do: nothing is fetched, and a reader hears the TeX."""
    tex = " ".join(node.astext().split())
    drawn = formula_svg(tex) or f"<code>{self.encode(tex)}</code>"
    tag = "div" if isinstance(node, nodes.math_block) else "span"
    self.body.append(f'<{tag} class="formula">{drawn}</{tag}>')
    raise nodes.SkipNode


def plain_references(app, pagename, templatename, context, doctree):
    """Take from references roles that no longer exist and lists that hold no items: they are read as the text they are."""
    if 'class="citation"' in context.get("body", ""):
        text = context["body"].replace(' role="doc-biblioentry"', "")
        context["body"] = text.replace('<div role="list" class="citation-list">', '<div class="citation-list">')


def set_formulas(app):
    """Have formulas set without a script."""
    app.add_html_math_renderer("drawn", (_formula, None), (_formula, None))
