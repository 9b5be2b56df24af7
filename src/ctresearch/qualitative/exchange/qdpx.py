"""REFI-QDA projects (.qdpx) and codebooks (.qdc), read and written."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree  # builds and writes; what is read comes by safe_xml

from ctresearch.core.errors import DataError
from ctresearch.core.validate import file_path, is_a
from ctresearch.qualitative.coding.codebook import Codebook
from ctresearch.qualitative.exchange.build_project import add_codes, written
from ctresearch.qualitative.exchange.project import QdaProject
from ctresearch.qualitative.exchange.project_parts import read_codes
from ctresearch.qualitative.exchange.qda_names import CODEBOOK, PROJECT, check_root, inside
from ctresearch.qualitative.exchange.safe_archive import MOST_BYTES, read_archive
from ctresearch.qualitative.exchange.safe_xml import read_xml

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "project.qde"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same project gives the same bytes


def read_qdpx(
    path: str | Path, *, strict: bool = True, offsets: str = "auto", most_bytes: int = MOST_BYTES
) -> QdaProject:
    """Read a REFI-QDA project, as NVivo, ATLAS.ti, MAXQDA, QualCoder and Taguette exchange it.

    Parameters
    ----------
    path : str or pathlib.Path
        The archive (.qdpx).
    strict : bool
        Refuse a project with missing files, texts in another encoding, selections outside their text, or users who are
        not there; else these are counted in the report and left out of the segments.
    offsets : {"auto", "codepoints", "utf16"}
        How places in texts were counted. The standard says code points; some tools count UTF-16 units, which the names
        of their selections show.
    most_bytes : int
        How large the archive may be once unpacked; all of it is held in memory.

    Returns
    -------
    QdaProject
        Everything in the archive; written back by :func:`write_qdpx` without loss.

    Raises
    ------
    DataError
        If the archive or its XML is broken or not to be trusted, codes or identifiers do not fit together, or, where
        ``strict``, something is missing.

    References
    ----------
    .. [1] REFI-QDA Standard, version 1.5. https://www.qdasoftware.org

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from ctresearch.qualitative import Code, Codebook, CodedSegments
    >>> marked = pd.DataFrame({"document": ["A"], "start": [0], "end": [4], "code": ["debt"], "coder": ["anna"]})
    >>> segments = CodedSegments.from_frame(marked, texts={"A": "Owed money."})
    >>> file = write_qdpx(QdaProject.build(Codebook((Code("debt"),)), segments), Path(tempfile.mkdtemp(), "a.qdpx"))
    >>> read_qdpx(file).segments == segments  # what one coded is what another tool opens
    True
    """
    files = dict(read_archive(path, most_bytes=most_bytes))
    projects = [name for name in files if name.casefold() == _FILE]
    if len(projects) != 1:
        raise DataError(
            f"the archive holds {len(projects)} files named {_FILE!r}, must hold one at its top: is it a .qdpx?"
        )
    root = read_xml(files.pop(projects[0]), _FILE)
    return QdaProject.from_parts(root, files, strict=strict, offsets=offsets)


def write_qdpx(project: QdaProject, path: str | Path) -> Path:
    """Write a REFI-QDA project; the same project gives the same bytes.

    Parameters
    ----------
    project : QdaProject
        As read, or made by :meth:`QdaProject.build`.
    path : str or pathlib.Path
        Where; an older file is replaced once the new one is whole.

    Returns
    -------
    pathlib.Path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from ctresearch.qualitative import Code, Codebook, CodedSegments
    >>> marked = pd.DataFrame({"document": ["A"], "start": [0], "end": [4], "code": ["debt"]})
    >>> segments = CodedSegments.from_frame(marked, texts={"A": "Owed money."})
    >>> write_qdpx(QdaProject.build(Codebook((Code("debt"),)), segments), Path(tempfile.mkdtemp(), "a.qdpx")).name
    'a.qdpx'
    """
    target = file_path("path", path)
    is_a("project", project, QdaProject)
    half = target.with_name(target.name + ".part")
    with zipfile.ZipFile(half, "w") as archive:
        for name, content in ((_FILE, written(project.root, PROJECT)), *sorted(project.files.items())):
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            archive.writestr(info, content)
    os.replace(half, target)  # noqa: PTH105
    return target


def read_qdc(path: str | Path) -> Codebook:
    """Read a REFI-QDA codebook.

    Parameters
    ----------
    path : str or pathlib.Path
        The file (.qdc).

    Returns
    -------
    Codebook
        Codes with their hierarchy, colours and descriptions.

    Raises
    ------
    DataError
        If it is no such file, or not to be trusted.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from ctresearch.qualitative import Codebook
    >>> book = Codebook.ready()
    >>> read_qdc(write_qdc(book, Path(tempfile.mkdtemp(), "book.qdc"))).keys == book.keys
    True
    """
    file = file_path("path", path)
    try:
        content = file.read_bytes()
    except OSError:
        raise DataError("there is no such file: give the path of a codebook (.qdc)") from None
    root = read_xml(content, "the codebook")
    check_root(root, "CodeBook", CODEBOOK, "the file")
    return read_codes(inside(root, "Codes", "Code"), root.get("name", "codebook"))[0]


def write_qdc(codebook: Codebook, path: str | Path) -> Path:
    """Write a REFI-QDA codebook.

    Parameters
    ----------
    codebook : Codebook
        The codes; inclusion, exclusion and example stand in the description, since the standard has no place for them,
        and version and changes are left out.
    path : str or pathlib.Path
        Where.

    Returns
    -------
    pathlib.Path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from ctresearch.qualitative import Code, Codebook
    >>> write_qdc(Codebook((Code("debt"),)), Path(tempfile.mkdtemp(), "book.qdc")).name
    'book.qdc'
    """
    is_a("codebook", codebook, Codebook)
    root = ElementTree.Element(f"{{{CODEBOOK}}}CodeBook", {"origin": "ctresearch"})
    add_codes(ElementTree.SubElement(root, f"{{{CODEBOOK}}}Codes"), codebook, CODEBOOK)
    target = file_path("path", path)
    target.write_bytes(written(root, CODEBOOK))
    return target
