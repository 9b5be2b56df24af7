"""Projects of QualCoder: the SQLite file data.qda in the folder of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError
from ctresearch.core.message import say
from ctresearch.core.validate import file_path
from ctresearch.qualitative.exchange.material import CodedMaterial, distinct, make_codebook, make_segments
from ctresearch.qualitative.exchange.sqlite_file import SqliteFile, open_sqlite

if TYPE_CHECKING:
    from pathlib import Path

_TOOL = "QualCoder"


def read_qualcoder(path: str | Path) -> CodedMaterial:
    """Read a project of QualCoder.

    Parameters
    ----------
    path : str or pathlib.Path
        The folder of the project (.qda), or the file ``data.qda`` in it.

    Returns
    -------
    CodedMaterial
        Categories and codes as one hierarchy, codings of texts, and cases with their attributes; codings of pictures,
        sound and film are counted in the report.

    Raises
    ------
    DataError
        If it is no such project, or its parts do not fit together.

    Examples
    --------
    >>> read_qualcoder("nothing.qda")
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: there is no such file: give the path of a project of QualCoder
    """
    file = file_path("path", path)
    with open_sqlite(file / "data.qda" if file.is_dir() else file, _TOOL) as held:
        codebook, keys, renamed = _codes(held)
        sources = held.rows("source", ("id", "name", "fulltext"))
        names, alike = distinct(str(name) for _, name, _ in sources)
        called = {one: name for (one, _, _), name in zip(sources, names, strict=True)}
        texts = {called[one]: str(text) for one, _, text in sources if text is not None}
        rows, broken = [], 0
        columns = ("cid", "fid", "pos0", "pos1", "owner", "memo")
        for code, source, start, end, owner, memo in held.rows("code_text", columns, {"memo": "", "owner": "unknown"}):
            document = called.get(source, "")
            fine = document in texts and f"code {code}" in keys and isinstance(start, int) and isinstance(end, int)
            if not fine or not 0 <= start < end <= len(texts[document]):
                broken += 1
                continue
            rows.append((document, start, end, keys[f"code {code}"], str(owner), str(memo)))
        other = sum(len(held.rows(one, ("cid",))) for one in ("code_image", "code_av") if one in held.tables)
        cases = _cases(held)
    said = say(
        "{n:,} codings of texts were read; {broken} of no code, source or place that is there, and {other} of "
        "pictures, sound and film, were left out; {renamed} names were changed so that each has its own.",
        n=len(rows),
        broken=broken,
        other=other,
        renamed=renamed + alike,
    )
    status = "review" if broken or other or renamed + alike else "pass"
    numbers = {"read": len(rows), "broken": broken, "other": other, "renamed": renamed + alike}
    check = Check("taken over", status, said, numbers)  # type: ignore[arg-type]
    return CodedMaterial(codebook, make_segments(rows, texts), cases, (check,))


def _codes(held: SqliteFile) -> tuple[Any, dict[str, str], int]:
    """Read categories and codes as one hierarchy."""
    rows: list[tuple[str, str, dict[str, object]]] = []
    for identifier, name, above, memo in held.rows("code_cat", ("catid", "name", "supercatid", "memo"), {"memo": ""}):
        parent = "" if above is None else f"category {above}"
        rows.append((f"category {identifier}", parent, {"name": str(name), "definition": str(memo), "codable": False}))
    columns = ("cid", "name", "catid", "memo", "color")
    for identifier, name, above, memo, colour in held.rows("code_name", columns, {"memo": "", "color": ""}):
        parent = "" if above is None else f"category {above}"
        fields: dict[str, object] = {"name": str(name), "definition": str(memo), "colour": str(colour)}
        rows.append((f"code {identifier}", parent, fields))
    return make_codebook(rows, "QualCoder project")


def _cases(held: SqliteFile) -> pd.DataFrame:
    """Read cases with their attributes as one table."""
    if "cases" not in held.tables:
        return pd.DataFrame(columns=["case"])
    cases = held.rows("cases", ("caseid", "name"))
    table = pd.DataFrame({"case": [str(name) for _, name in cases]}, index=[one for one, _ in cases])
    if table.index.has_duplicates:
        raise DataError(
            f"{int(table.index.duplicated().sum())} of {len(table)} cases have the number of another: the project is "
            "broken"
        )
    if "attribute" in held.tables:
        given = [one for one in held.rows("attribute", ("name", "attr_type", "value", "id")) if one[1] == "case"]
        kinds = list(dict.fromkeys(str(one[0]) for one in given))
        called = dict(zip(kinds, distinct(["case", *kinds])[0][1:], strict=True))  # "case" is the table's own
        for name, _, value, identifier in given:
            if identifier in table.index:
                table.loc[identifier, called[str(name)]] = value
    return table.reset_index(drop=True)
