"""Write the API reference: a page a room and a page a public name.

Pages of names stand outside the navigation, which would else be written anew with all of them on every page; rooms and
the search lead to them.
"""

from rooms import MODULES, keep_only, public, rooms, save

PAGE = """:orphan:

{title}
{line}

{way}

.. currentmodule:: {module}

.. auto{kind}:: {name}
"""
MEMBERS = "   :members:\n   :show-inheritance:\n"


def _page_of(one):
    """Write the page of a public name."""
    is_class = isinstance(one.thing, type)
    way = f":doc:`API reference <index>` / :doc:`{one.room}`"
    way += f" / :doc:`the method </methods/{one.name}>`" if one.is_estimator else ""
    text = PAGE.format(
        title=one.name, line="=" * len(one.name), way=way, module=f"ctresearch.{one.room}", name=one.name,
        kind="class" if is_class else "function",
    )  # fmt: skip
    return text + MEMBERS * is_class


def _module_page(module):
    """Write the page of a module that is public as a whole."""
    title = f"ctresearch.{module}"
    return f":orphan:\n\n{title}\n{'=' * len(title)}\n\n.. automodule:: {title}\n   :members:\n"


def _rows(title, ones):
    """List public names with their sentences."""
    if not ones:
        return []
    lines = [title, "-" * len(title), "", ".. list-table::", "   :widths: 30 70", "   :class: names", ""]
    for one in ones:
        said = one.sentence.replace("|", "\\|")
        lines += [f"   * - :doc:`{one.name} </{one.page}>`", f"     - {said}"]
    return [*lines, ""]


def _room_page(room):
    """List what a room offers: methods first, then functions, then what they return."""
    ones = public(room)
    classes = [one for one in ones if isinstance(one.thing, type) and not one.is_estimator]
    parts = [f"ctresearch.{room}", "=" * (11 + len(room)), "", rooms()[room], ""]
    parts += _rows("Methods", [one for one in ones if one.is_estimator])
    parts += _rows("Functions", [one for one in ones if not isinstance(one.thing, type)])
    parts += _rows("What they take and return", classes)
    inner = [module for module in MODULES if module.startswith(f"{room}.")]
    if inner:
        parts += ["Modules", "-------", "", *[f"- :doc:`ctresearch.{module}`" for module in inner], ""]
    return "\n".join(parts)


def write(folder):
    """Write the reference, so that what is public is documented by being public."""
    written = []
    for room in rooms():
        written += [save(folder / f"{one.path}.rst", _page_of(one)) for one in public(room)]
        written.append(save(folder / f"{room}.rst", _room_page(room)))
    written += [save(folder / f"ctresearch.{module}.rst", _module_page(module)) for module in MODULES]
    index = [
        "API reference",
        "=============",
        "",
        ".. toctree::",
        "   :maxdepth: 1",
        "",
        *[f"   {r}" for r in rooms()],
        "",
    ]
    index += [
        "Every public name of the package, by room. Each page is made from the docstring, whose example is a test.",
        "",
    ]
    index += [f"- :doc:`ctresearch.{room} <{room}>`: {said}" for room, said in rooms().items()]
    written.append(save(folder / "index.rst", "\n".join(index) + "\n"))
    keep_only(folder, written)
