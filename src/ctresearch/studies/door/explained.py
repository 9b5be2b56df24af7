"""Which page of the documentation explains an error: the one on the room, or the folder of it, where it came up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ctresearch.core.errors import DisclosureError, MissingExtraError

if TYPE_CHECKING:
    from types import TracebackType

SITE = "https://ctresearch.readthedocs.io/en/latest/"
PAGES = {
    "prevalence": "guide/multiple-systems",
    "prevalence/respondent": "guide/respondent-driven-sampling",
    "prevalence/traced": "guide/link-tracing",
    "prevalence/designs": "guide/designs",
    "prevalence/single_list": "guide/lists-and-surveys",
    "prevalence/surveys": "guide/lists-and-surveys",
    "prevalence/scale_up": "guide/lists-and-surveys",
    "data": "guide/data",
    "data/front_door": "guide/own-files",
    "data/files": "guide/own-files",
    "data/linkage": "guide/linkage",
    "privacy": "guide/release",
    "privacy/synthesis": "guide/synthetic-microdata",
    "routes": "guide/routes-and-trends",
    "routes/maps": "guide/maps",
    "causes": "guide/causes-and-consequences",
    "consequences": "guide/causes-and-consequences",
    "networks": "guide/networks",
    "policy": "guide/policies",
    "policy/adoption": "guide/staggered-adoption",
    "policy/synthetic": "guide/synthetic-controls",
    "programmes": "guide/programmes",
    "qualitative": "guide/qualitative",
    "qualitative/comparative": "guide/qualitative-comparative",
    "regions": "guide/pooling",
    "regions/national": "guide/national-estimates",
    "studies": "guide/studies",
    "studies/kernel": "guide/sealed-runs",
    "studies/release": "guide/release",
    "studies/signing": "guide/signed-releases",
}
_OTHER = "guide/results"
_PACKAGE = Path(__file__).parents[2]


def page_of(error: BaseException, trace: TracebackType | None = None) -> str:
    """Return the address of the page that explains an error.

    Parameters
    ----------
    error : Exception
        An error of the library.
    trace : traceback, optional
        Where it came up; the error's own by default.

    Returns
    -------
    str
        An address.

    Examples
    --------
    >>> page_of(DisclosureError("kept back")).rpartition("/")[2]
    'release.html'
    """
    page = _OTHER
    if isinstance(error, DisclosureError):
        page = PAGES["privacy"]
    elif isinstance(error, MissingExtraError):
        page = "start"
    else:
        trace = trace or error.__traceback__
        while trace is not None:
            page = _page_of_file(Path(trace.tb_frame.f_code.co_filename)) or page
            trace = trace.tb_next
    return f"{SITE}{page}.html"


def _page_of_file(file: Path) -> str:
    """Return the page on the folder or the room of a file; empty for a file that is not of a room."""
    if not file.is_relative_to(_PACKAGE):
        return ""
    room, *rest = file.relative_to(_PACKAGE).parts
    return PAGES.get(f"{room}/{rest[0]}" if rest else room, PAGES.get(room, ""))
