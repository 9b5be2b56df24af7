"""Code lists as data: what a coded column may hold, with labels and the other spellings that sources use.

The lists stand in ``codelists/*.csv``, one row a code: ``list``, ``code``, ``label`` and ``variants`` (other spellings
of the same code, joined by ``|``). A list is named by its file and its own name, such as ``"ctdc/age-broad"``.
"""

from __future__ import annotations

import csv
import difflib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from ctresearch.core.errors import SpecificationError
from ctresearch.core.render import as_card

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = files("ctresearch.data") / "codelists"


@dataclass(frozen=True, slots=True)
class CodeList:
    """The codes of one variable, in the order of the source.

    Parameters
    ----------
    name : str
        Such as ``"ctdc/age-broad"``.
    labels : mapping of str to str
        Code to what it means.
    variants : mapping of str to str
        Another spelling to the code it stands for.

    Examples
    --------
    >>> codelist("ctdc/age-broad").codes[:2], codelist("ctdc/age-broad").variants["09--17"]
    (('0--8', '9--17'), '9--17')
    """

    name: str
    labels: Mapping[str, str]
    variants: Mapping[str, str]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, in order."""
        return tuple(self.labels)

    def _repr_html_(self) -> str:
        import pandas as pd

        return as_card(self, says=[], show=["name"], tables=[pd.DataFrame({"label": dict(self.labels)})])


def codelist(name: str) -> CodeList:
    """Return a code list by its name.

    Parameters
    ----------
    name : str
        File and list, such as ``"glotip/indicator"``.

    Returns
    -------
    CodeList
        The codes with their labels.

    Raises
    ------
    SpecificationError
        If there is no such list; the message gives the nearest names.

    Examples
    --------
    >>> codelist("policy/tier").labels["special"]
    'special case: not ranked'
    """
    lists = _all_lists()
    if name not in lists:
        near = difflib.get_close_matches(str(name), lists, n=3, cutoff=0.4) or sorted(lists)
        raise SpecificationError(f"name == {name!r} is not a code list; did you mean {', '.join(near)}?")
    return lists[name]


@cache
def _all_lists() -> dict[str, CodeList]:
    """Read every packaged list."""
    labels: dict[str, dict[str, str]] = {}
    variants: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".csv") or path.name.startswith("countr"):
            continue
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
            name = f"{path.name.removesuffix('.csv')}/{row['list']}"
            labels.setdefault(name, {})[row["code"]] = row["label"]
            other = variants.setdefault(name, {})
            other |= dict.fromkeys(filter(None, (row["variants"] or "").split("|")), row["code"])
    return {name: CodeList(name, MappingProxyType(labels[name]), MappingProxyType(variants[name])) for name in labels}
