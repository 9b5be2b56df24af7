"""The figures of a run at the widths of a journal, as SVG and as PDF."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ctresearch.core.errors import DataError, FitError
from ctresearch.core.validate import in_range, require_extra
from ctresearch.studies.shown.typeset import quoted

if TYPE_CHECKING:
    from pathlib import Path

_POINTS = 72 / 25.4  # in a millimetre
_LETTERS = 10.0  # points, of the house style at its full width
_SIZE = re.compile(r'(<svg\b[^>]*?\s)width="(?P<width>[\d.]+)(?:pt)?" height="(?P<height>[\d.]+)(?:pt)?"', re.DOTALL)


def at_width(markup: str, width: float) -> tuple[str, float]:
    """Give a figure a width.

    Parameters
    ----------
    markup : str
        An SVG document whose size is in points.
    width : float
        Millimetres.

    Returns
    -------
    markup : str
        The same at that width.
    letters : float
        How many points the letters of the house style then have.

    Raises
    ------
    SpecificationError
        If the width is not between 20 and 500.
    DataError
        If the figure does not say its size.

    Examples
    --------
    >>> at_width('<svg width="720pt" height="360pt" viewBox="0 0 720 360"/>', 127)
    ('<svg width="127mm" height="63.5mm" viewBox="0 0 720 360"/>', 5.0)
    """
    in_range("width", width, 20, 500)
    found = _SIZE.search(markup)
    if found is None:
        raise DataError(
            f"a figure of {len(markup):,} characters does not say its width and height in points: save it again with "
            "run.save()"
        )
    ratio = width / float(found["width"])
    sized = f'{found[1]}width="{width:g}mm" height="{float(found["height"]) * ratio:.4g}mm"'
    return markup[: found.start()] + sized + markup[found.end() :], round(_LETTERS * ratio * _POINTS, 1)


def write_figures(source: Path, target: Path, width: float, endings: tuple[str, ...] = ("svg",)) -> list[Path]:
    """Write the figures of a run at a width.

    Parameters
    ----------
    source : pathlib.Path
        Folder of the run.
    target : pathlib.Path
        Where to write.
    width : float
        Millimetres.
    endings : tuple of str
        ``"svg"``, ``"pdf"`` or both; the PDF needs the extra ``pdf``.

    Returns
    -------
    list of pathlib.Path
        What was written.

    Examples
    --------
    >>> from pathlib import Path
    >>> write_figures(Path("no such run"), Path("figures"), 89)
    []
    """
    written = []
    for path in sorted((source / "figures").glob("*.svg")):
        sized, _ = at_width(path.read_text(encoding="utf-8"), width)
        for ending in endings:
            place = target / f"{path.stem}-{width:g}mm.{ending}"
            place.parent.mkdir(parents=True, exist_ok=True)
            content = sized.encode() if ending == "svg" else _as_pdf(sized, width)
            place.write_bytes(content)
            written.append(place)
    return written


def _as_pdf(markup: str, width: float) -> bytes:
    """Set one figure on a page of its own size."""
    typst = require_extra("typst", "pdf")
    source = (
        f"#set page(width: {width:g}mm, height: auto, margin: 0pt)\n"
        f'#image(bytes({quoted(markup)}), format: "svg", width: 100%)\n'
    )
    try:
        content: bytes = typst.compile(source.encode(), format="pdf", ignore_system_fonts=True, timestamp=315532800)
    except typst.TypstError as error:
        raise FitError(f"a figure cannot be set as PDF: {error}") from error
    return content
