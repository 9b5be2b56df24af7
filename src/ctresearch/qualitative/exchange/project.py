"""A REFI-QDA project: everything that stands in the archive is kept, and its parts are read from it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING
from xml.etree import ElementTree  # builds and writes; what is read comes by safe_xml

from ctresearch.core import meaning as col
from ctresearch.core.render import as_card
from ctresearch.qualitative.exchange import project_parts as parts
from ctresearch.qualitative.exchange.material import CodedMaterial
from ctresearch.qualitative.exchange.qda_names import inside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    import pandas as pd

    from ctresearch.core.check import Check
    from ctresearch.core.meaning import Meaning
    from ctresearch.qualitative.coding.codebook import Codebook
    from ctresearch.qualitative.coding.segments import CodedSegments

SOURCE_ROLES: dict[str, Meaning] = {
    "source": col.actor("Source"),
    "kind": col.mark("Kind"),
    "inside": col.mark("Whether its file is in the archive"),
    "selections": col.count("Selections", "selections", of="case"),
}


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class QdaProject:
    """A project as tools exchange it.

    Parameters
    ----------
    root : xml.etree.ElementTree.Element
        The project file, whole; nothing of it is dropped, known here or not.
    files : mapping of str to bytes
        Every other file of the archive.
    codebook : Codebook
        The codes.
    segments : CodedSegments
        Codings of texts, and the texts.
    report : tuple of Check
        What stands in the project beside codings of texts, and what deserves a look.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.qualitative import Code, Codebook, CodedSegments
    >>> marked = pd.DataFrame({"document": ["A"], "start": [0], "end": [4], "code": ["debt"], "coder": ["anna"]})
    >>> segments = CodedSegments.from_frame(marked, texts={"A": "Owed money."})
    >>> project = QdaProject.build(Codebook((Code("debt"),)), segments)
    >>> project
    QdaProject: 1 code, 1 source, 1 selection, 1 coder
    """

    root: Element
    files: Mapping[str, bytes]
    codebook: Codebook
    segments: CodedSegments
    report: tuple[Check, ...]

    @classmethod
    def from_parts(
        cls, root: Element, files: Mapping[str, bytes], *, strict: bool = True, offsets: str = "auto"
    ) -> QdaProject:
        """Read a project from its file and the files beside it; see :func:`read_qdpx`.

        Returns
        -------
        QdaProject
            The project as :func:`read_qdpx` gives it.
        """
        read = parts.read_parts(root, files, strict=strict, offsets=offsets)
        return cls(root, MappingProxyType(dict(files)), *read)

    @classmethod
    def build(
        cls, codebook: Codebook, segments: CodedSegments, *, name: str = "project", cases: pd.DataFrame | None = None
    ) -> QdaProject:
        """Make a project from a codebook and coded segments.

        Parameters
        ----------
        codebook : Codebook
            The codes; every code of the segments must be in it.
        segments : CodedSegments
            With the text of every document.
        name : str
            What the project is called.
        cases : pandas.DataFrame, optional
            Indexed by document: variables, which become cases with one source each.

        Returns
        -------
        QdaProject
            The same parts give the same project, identifiers among them.

        Raises
        ------
        DataError
            If a document has no text, or a code is none of the codebook.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.qualitative import Code, Codebook, CodedSegments
        >>> marked = pd.DataFrame({"document": ["A"], "start": [0], "end": [4], "code": ["debt"]})
        >>> segments = CodedSegments.from_frame(marked, texts={"A": "Owed money."})
        >>> QdaProject.build(Codebook((Code("debt"),)), segments).segments == segments
        True
        """
        from ctresearch.qualitative.exchange.build_project import build_root

        root, files = build_root(codebook, segments, name=name, cases=cases)
        return cls.from_parts(root, files)

    def __repr__(self) -> str:
        counts = [("code", len(self.codebook.codes)), ("source", len(self.sources)), ("selection", self._selections)]
        counts.append(("coder", len(self.segments.coders)))
        return "QdaProject: " + ", ".join(f"{n:,} {word}{'' if n == 1 else 's'}" for word, n in counts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, QdaProject):
            return NotImplemented
        return self.canonical() == other.canonical() and dict(self.files) == dict(other.files)

    def __hash__(self) -> int:
        return hash(self.canonical())

    def canonical(self) -> str:
        """Return the project file in the one form that equal files share (Canonical XML).

        Returns
        -------
        str
            XML.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.qualitative import Code, Codebook, CodedSegments
        >>> marked = pd.DataFrame({"document": ["A"], "start": [0], "end": [4], "code": ["debt"]})
        >>> segments = CodedSegments.from_frame(marked, texts={"A": "Owed money."})
        >>> "debt" in QdaProject.build(Codebook((Code("debt"),)), segments).canonical()
        True
        """
        return ElementTree.canonicalize(ElementTree.tostring(self.root, encoding="unicode"))

    @property
    def sources(self) -> pd.DataFrame:
        """One row a source: ``source``, ``kind``, ``inside`` (whether its file is in the archive), ``selections``."""
        return parts.source_table(self.root, self.files)

    @property
    def users(self) -> tuple[str, ...]:
        """Names of the users."""
        return tuple(one.get("name", "") for one in inside(self.root, "Users", "User"))

    @property
    def cases(self) -> pd.DataFrame:
        """One row a case: ``case``, ``sources`` (names of them) and one column a variable."""
        return parts.case_table(self.root)

    @property
    def notes(self) -> int:
        """How many notes there are; their words are no output."""
        return len(inside(self.root, "Notes", "Note"))

    @property
    def sets(self) -> pd.DataFrame:
        """One row a set: ``set`` and how many ``codes`` and ``sources`` are in it."""
        return parts.set_table(self.root)

    @property
    def links(self) -> pd.DataFrame:
        """One row a link: ``link``, ``from_kind`` and ``to_kind``."""
        return parts.link_table(self.root)

    def material(self) -> CodedMaterial:
        """Return codes, segments and cases as every reader gives them.

        Returns
        -------
        CodedMaterial
            For all tools alike.

        Examples
        --------
        >>> import pandas as pd
        >>> from ctresearch.qualitative import Code, Codebook, CodedSegments
        >>> marked = pd.DataFrame({"document": ["A"], "start": [0], "end": [4], "code": ["debt"]})
        >>> segments = CodedSegments.from_frame(marked, texts={"A": "Owed money."})
        >>> QdaProject.build(Codebook((Code("debt"),)), segments).material().codebook.keys
        ('debt',)
        """
        return CodedMaterial(self.codebook, self.segments, self.cases, self.report)

    @property
    def _selections(self) -> int:
        """Count selections of every kind."""
        return int(self.sources["selections"].sum()) if len(self.sources) else 0

    def _repr_html_(self) -> str:
        return as_card(self)
