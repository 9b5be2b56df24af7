"""Formulas as pictures, so that a report shows them without a script: TeX set by matplotlib, as one SVG path.

matplotlib knows the part of TeX that formulas in a paper's text need. What it does not know stays as it was written.
"""

from __future__ import annotations

import html
import re

_SIZE = 12.0
_MARKED = re.compile(
    r'<(?P<tag>span|div) class="math">\s*(?:\\\(|\$\$)\s*(?P<tex>.*?)\s*(?:\\\)|\$\$)\s*</(?P=tag)>', re.DOTALL
)


def set_formulas(markup: str) -> str:
    r"""Replace the formulas that Markdown marks by pictures.

    Parameters
    ----------
    markup : str
        Sanitised HTML in which formulas stand as ``<span class="math">\(...\)</span>``.

    Returns
    -------
    str
        The same with an SVG in place of each formula that could be set, and code in place of the others.

    Examples
    --------
    >>> set_formulas(r'<p><span class="math">\(\unknown\)</span></p>')
    '<p><code>\\unknown</code></p>'
    """
    return _MARKED.sub(_replace, markup)


def formula_svg(tex: str) -> str | None:
    r"""Set one formula.

    Parameters
    ----------
    tex : str
        TeX without dollar signs.

    Returns
    -------
    str or None
        An SVG whose size is in ``em`` and whose baseline is that of the text; ``None`` if matplotlib cannot set it.

    Examples
    --------
    >>> formula_svg(r"\hat{N} = n + e^{\alpha}").startswith("<svg ")
    True
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser
    from matplotlib.textpath import TextPath

    source = f"${' '.join(tex.split())}$"
    font = FontProperties(family=["DejaVu Sans"], size=_SIZE, math_fontfamily="stix")
    try:
        path = TextPath((0, 0), source, prop=font)
        width, height, depth, *_ = MathTextParser("path").parse(source, dpi=72, prop=font)
    except (ValueError, RuntimeError):
        return None
    words = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}
    steps = [
        words[int(code)] + ("" if int(code) == 79 else " ".join(f"{_flip(i, v):.2f}" for i, v in enumerate(points)))
        for points, code in path.iter_segments(curves=True, simplify=False)
    ]
    box = f"0 {-(height - depth):.2f} {width:.2f} {height:.2f}"
    size = (
        f'width="{width / _SIZE:.3f}em" height="{height / _SIZE:.3f}em" style="vertical-align:{-depth / _SIZE:.3f}em"'
    )
    label = html.escape(tex, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="math" role="img" aria-label="{label}" viewBox="{box}" '
        f'{size}><path d="{"".join(steps)}"/></svg>'
    )


def _replace(found: re.Match[str]) -> str:
    """Replace one formula."""
    tex = html.unescape(found["tex"])
    svg = formula_svg(tex)
    if svg is None:
        return f"<code>{html.escape(tex)}</code>"
    return f'<div class="formula">{svg}</div>' if found["tag"] == "div" else svg


def _flip(place: int, value: float) -> float:
    """Turn the vertical axis, which points up in matplotlib and down in SVG."""
    return -value if place % 2 else value
