"""A REFI-QDA project made from a codebook and coded segments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree  # builds; nothing is parsed here
from xml.etree.ElementTree import Element, SubElement

from ctresearch.core.errors import DataError
from ctresearch.core.validate import is_a, is_frame
from ctresearch.qualitative.coding.codebook import Codebook
from ctresearch.qualitative.coding.segments import CodedSegments
from ctresearch.qualitative.exchange.qda_names import PROJECT, description, make_guid

if TYPE_CHECKING:
    import pandas as pd

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MARK = "\ufeff"


def build_root(
    codebook: Codebook, segments: CodedSegments, *, name: str, cases: pd.DataFrame | None
) -> tuple[Element, dict[str, bytes]]:
    """Return the project file and the texts beside it."""
    _refuse(is_a("codebook", codebook, Codebook), is_a("segments", segments, CodedSegments))
    is_a("name", name, str)
    root = Element(f"{{{PROJECT}}}Project", {"name": name, "origin": "ctresearch"})
    users = {one: make_guid(name, "user", one) for one in segments.coders}
    holder = SubElement(root, f"{{{PROJECT}}}Users")
    for coder, key in users.items():
        SubElement(holder, f"{{{PROJECT}}}User", {"guid": key, "name": coder})
    book = SubElement(root, f"{{{PROJECT}}}CodeBook")
    keys = add_codes(SubElement(book, f"{{{PROJECT}}}Codes"), codebook, PROJECT)
    if cases is not None:
        _add_variables(root, name, is_frame("cases", cases))
    files: dict[str, bytes] = {}
    holder = SubElement(root, f"{{{PROJECT}}}Sources")
    for document in segments.documents:
        path = f"{make_guid(name, 'text', document)}.txt"
        files[f"sources/{path}"] = text_file(segments.texts[document])
        fields = {"guid": make_guid(name, "source", document), "name": document, "plainTextPath": f"internal://{path}"}
        source = SubElement(holder, f"{{{PROJECT}}}TextSource", fields)
        _add_selections(source, document, segments, keys, users)
    return root, files


def _refuse(codebook: Codebook, segments: CodedSegments) -> None:
    """Refuse documents without a text and codes that are not in the book."""
    lost = [one for one in segments.documents if one not in segments.texts]
    if lost:
        raise DataError(
            f"{len(lost)} documents have no text, must each have one: REFI-QDA holds places in texts, so give "
            "texts={document: text} when the segments are made"
        )
    unknown = set(segments.codes) - set(codebook.keys)
    if unknown:
        raise DataError(f"{len(unknown)} codes of the segments are not in the codebook: add them, or recode")


def add_codes(holder: Element, codebook: Codebook, namespace: str) -> dict[str, str]:
    """Write the codes below an element, nested, and return their identifiers by key."""
    made: dict[str, Element] = {}
    keys: dict[str, str] = {}
    for code in codebook.codes:
        keys[code.key] = code.guid or make_guid(codebook.name, "code", code.key)
        fields = {"guid": keys[code.key], "name": code.name, "isCodable": "true" if code.codable else "false"}
        fields |= {"color": code.colour} if code.colour else {}
        above = made[code.parent] if code.parent else holder
        made[code.key] = SubElement(above, f"{{{namespace}}}Code", fields)
        if words := description(code):
            SubElement(made[code.key], f"{{{namespace}}}Description").text = _for_xml(words)
    return keys


def empty_project(codebook: Codebook, *, name: str, coder: str) -> tuple[str, str, str]:
    """Return what stands before and behind the sources in a project of one coder, and the coder's identifier."""
    root = Element(f"{{{PROJECT}}}Project", {"name": name, "origin": "ctresearch"})
    user = make_guid(name, "user", coder)
    SubElement(SubElement(root, f"{{{PROJECT}}}Users"), f"{{{PROJECT}}}User", {"guid": user, "name": coder})
    add_codes(SubElement(SubElement(root, f"{{{PROJECT}}}CodeBook"), f"{{{PROJECT}}}Codes"), codebook, PROJECT)
    SubElement(root, f"{{{PROJECT}}}Sources").text = user
    head, tail = written(root, PROJECT).decode("utf-8").rsplit(f">{user}<", 1)
    return f"{head}>", f"<{tail}", user


def written(root: Element, namespace: str) -> bytes:
    """Write XML with its namespace as the default one, as other tools expect."""
    ElementTree.register_namespace("", namespace)
    ElementTree.register_namespace("xsi", "http://www.w3.org/2001/XMLSchema-instance")
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def text_file(text: str) -> bytes:
    """Write a text as a file; readers take one mark of byte order away, so a text that starts with one gets another."""
    return (_MARK + text if text.startswith(_MARK) else text).encode("utf-8")


def _for_xml(text: str) -> str:
    """Put a sign in place of characters that XML has no room for, such as the form feeds of pages."""
    return _NO_XML.sub("\ufffd", text)


def _add_selections(
    source: Element, document: str, segments: CodedSegments, keys: dict[str, str], users: dict[str, str]
) -> None:
    """Write the segments of one document."""
    own = segments.frame
    own = own[own["document"] == document]
    text = segments.texts[document]
    for i, row in enumerate(own.to_dict("records")):
        start, end, code, coder = int(row["start"]), int(row["end"]), str(row["code"]), str(row["coder"])
        key, coded = segment_guids(source.get("guid", ""), i, start, end, code, coder)
        fields = {
            "guid": key,
            "name": _for_xml(text[start:end][:80]),
            "startPosition": str(start),
            "endPosition": str(end),
            "creatingUser": users[coder],
        }
        selection = SubElement(source, f"{{{PROJECT}}}PlainTextSelection", fields)
        if row["memo"]:
            SubElement(selection, f"{{{PROJECT}}}Description").text = _for_xml(str(row["memo"]))
        given = {"guid": coded, "creatingUser": users[coder]}
        coding = SubElement(selection, f"{{{PROJECT}}}Coding", given)
        SubElement(coding, f"{{{PROJECT}}}CodeRef", {"targetGUID": keys[code]})


def segment_guids(source: str, place: int, start: int, end: int, code: str, coder: str) -> tuple[str, str]:  # noqa: PLR0917
    """Return the identifiers of a selection and of its coding."""
    words = (source, str(place), str(start), str(end), code, coder)
    return make_guid("selection", *words), make_guid("coding", *words)


def _add_variables(root: Element, name: str, cases: pd.DataFrame) -> None:
    """Write one case a row, with its variables as text and its source where one is called like it."""
    keys = {str(one): make_guid(name, "variable", str(one)) for one in cases.columns}
    holder = SubElement(root, f"{{{PROJECT}}}Variables")
    for name_of, key in keys.items():
        SubElement(holder, f"{{{PROJECT}}}Variable", {"guid": key, "name": name_of, "typeOfVariable": "Text"})
    holder = SubElement(root, f"{{{PROJECT}}}Cases")
    for case, row in zip(map(str, cases.index), cases.to_dict("records"), strict=True):
        made = SubElement(holder, f"{{{PROJECT}}}Case", {"guid": make_guid(name, "case", case), "name": case})
        for variable, value in ((str(one), held) for one, held in row.items()):
            if value is not None and value == value:  # noqa: PLR0124  # missing values have no element
                pair = SubElement(made, f"{{{PROJECT}}}VariableValue")
                SubElement(pair, f"{{{PROJECT}}}VariableRef", {"targetGUID": keys[variable]})
                SubElement(pair, f"{{{PROJECT}}}TextValue").text = str(value)
        SubElement(made, f"{{{PROJECT}}}SourceRef", {"targetGUID": make_guid(name, "source", case)})
