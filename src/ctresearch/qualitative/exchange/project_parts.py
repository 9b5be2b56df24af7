"""The parts of a REFI-QDA project, each read from the project file and checked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError
from ctresearch.core.message import say
from ctresearch.core.validate import one_of
from ctresearch.qualitative.coding.code import Code
from ctresearch.qualitative.coding.codebook import Codebook
from ctresearch.qualitative.exchange.material import distinct, make_codebook, make_segments
from ctresearch.qualitative.exchange.offsets import choose_offsets, from_utf16
from ctresearch.qualitative.exchange.qda_names import (
    PROJECT,
    SOURCES,
    check_root,
    first,
    guid,
    inside,
    is_guid,
    local,
    named,
    plain_guid,
    read_description,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from ctresearch.qualitative.coding.segments import CodedSegments

_INSIDE = "internal://"
_OTHER = ("Cases", "Variables", "Sets", "Graphs", "Links", "Notes")
_PATHS = ("plainTextPath", "richTextPath", "path", "currentPath")


def read_parts(
    root: Element, files: Mapping[str, bytes], *, strict: bool, offsets: str
) -> tuple[Codebook, CodedSegments, tuple[Check, ...]]:
    """Read codes, segments and what is to be said of the rest."""
    one_of("offsets", offsets, ("auto", "codepoints", "utf16"))
    check_root(root, "Project", PROJECT, "project.qde")
    _refuse_identifiers(root)
    codebook, keys, changed = read_codes(inside(root, "CodeBook", "Codes", "Code"), root.get("name", "project"))
    users = {guid(one): one.get("name", "") or "unnamed" for one in inside(root, "Users", "User")}
    names, alike = distinct(one.get("name", "") for one in _sources(root))
    report = _Report(strict=strict)
    texts = {
        name: text
        for name, one in zip(names, _sources(root), strict=True)
        if (text := _text(one, files, report)) is not None
    }
    rows = _rows(root, names, texts, keys, users, report, offsets)
    found = make_segments(rows, texts)
    return codebook, found, report.checks(root, found, changed + alike)


class _Report:
    """What deserves a look, counted while a project is read; where ``strict``, some of it is refused."""

    def __init__(self, *, strict: bool) -> None:
        self.strict, self.seen = strict, Counter[str]()

    def found(self, what: str, refusal: str) -> None:
        """Count something, or refuse it."""
        if self.strict:
            raise DataError(f"{refusal}; strict=False reads the rest and counts these")
        self.seen[what] += 1

    def checks(self, root: Element, segments: CodedSegments, renamed: int) -> tuple[Check, ...]:
        """Say what was taken over, and what was not."""
        rest = sum(len(one) for name in _OTHER for one in named(root, name))
        other = sum(local(one).endswith("Selection") and local(one) != "PlainTextSelection" for one in root.iter())
        broken = sum(self.seen[one] for one in ("missing", "encoding", "outside", "user"))
        twice = len(segments.table) - len(segments.joined().table)
        kept = say(
            "{other} selections of pictures, pages, sound and film, and {rest} cases, variables, sets, links, graphs "
            "and notes are kept in the project and written back as they came; segments hold codings of texts alone.",
            other=other,
            rest=rest,
        )
        broke = say(
            "{missing} files of sources are missing, {encoding} texts are not UTF-8, {outside} selections lie outside "
            "their text, {user} codings name no user of the project.",
            missing=self.seen["missing"],
            encoding=self.seen["encoding"],
            outside=self.seen["outside"],
            user=self.seen["user"],
        )
        lies = say(
            "{twice} segments overlap or touch another of their code and coder: joined() makes one of them.",
            twice=twice,
        )
        units = say(
            "{utf16} texts were read with places in UTF-16 units, as their selections show; the standard says code "
            "points.",
            utf16=self.seen["utf16"],
        )
        names = say("{renamed} names of codes and sources were changed so that each has its own.", renamed=renamed)
        return (
            Check("kept", "pass", kept, {"selections": other, "others": rest}),
            Check("whole", "review" if broken else "pass", broke, {"broken": broken}),
            Check("overlap", "review" if twice else "pass", lies, {"segments": twice}),
            Check("places", "review" if self.seen["utf16"] else "pass", units, {"texts": self.seen["utf16"]}),
            Check("names", "review" if renamed else "pass", names, {"renamed": renamed}),
        )


def read_codes(elements: list[Element], name: str) -> tuple[Codebook, dict[str, str], int]:
    """Read nested codes; a project without any gets an empty place for them."""
    rows: list[tuple[str, str, dict[str, Any]]] = []
    open_ends = [(one, "") for one in reversed(elements)]
    while open_ends:
        element, above = open_ends.pop()
        texts = read_description(text_of(first(element, "Description")))
        fields: dict[str, Any] = {"name": element.get("name", ""), "colour": element.get("color", ""), **texts}
        fields["guid"] = guid(element)
        fields["codable"] = element.get("isCodable", "true").lower() in {"true", "1"}
        rows.append((guid(element), above, fields))
        open_ends += [(child, guid(element)) for child in reversed(list(named(element, "Code")))]
    if not rows:
        return Codebook((Code("no codes", codable=False),), name=name or "project"), {}, 0
    return make_codebook(rows, name or "project")


def _sources(root: Element) -> list[Element]:
    """Return the sources of every kind."""
    return [one for group in named(root, "Sources") for one in group if local(one) in SOURCES]


def _refuse_identifiers(root: Element) -> None:
    """Refuse identifiers that are missing, malformed or of two things, and codes that are not there."""
    held = [one for one in root.iter() if "guid" in one.attrib]
    wrong = sum(not is_guid(one.get("guid", "")) for one in held)
    needed = {"Code", "User", "Coding", "PlainTextSelection", *SOURCES}
    wrong += sum(local(one) in needed and "guid" not in one.attrib for one in root.iter())
    if wrong:
        raise DataError(f"{wrong} identifiers are missing or no GUID, must be 32 hexadecimal digits in five groups")
    seen = Counter((guid(one)) for one in held)
    twice = sum(n > 1 for n in seen.values())
    if twice:
        raise DataError(f"{twice} identifiers stand for two things at once, must be unique: export the project again")
    codes = {guid(one) for one in root.iter() if local(one) == "Code"}
    asked = [one for one in root.iter() if local(one) == "CodeRef"]
    unknown = sum(plain_guid(one.get("targetGUID", "")) not in codes for one in asked)
    if unknown:
        raise DataError(f"{unknown} of {len(asked)} codings are of a code that is not in the codebook: export it again")


def _file(path: str, files: Mapping[str, bytes]) -> bytes | None:
    """Return a file that stands in the archive."""
    wanted = path.removeprefix(_INSIDE)
    by_name = {name.casefold(): name for name in files}
    found = next((by_name[one] for one in (f"sources/{wanted}".casefold(), wanted.casefold()) if one in by_name), None)
    return None if found is None else files[found]


def _text(source: Element, files: Mapping[str, bytes], report: _Report) -> str | None:
    """Return the plain text of a source of text or of pages; sound and pictures have none."""
    content = first(source, "PlainTextContent")
    if content is not None:
        return content.text or ""
    if local(source) == "PDFSource":
        inner = first(source, "Representation")
        return None if inner is None else _text_of_path(inner, files, report)
    return _text_of_path(source, files, report) if local(source) == "TextSource" else None


def _text_of_path(source: Element, files: Mapping[str, bytes], report: _Report) -> str | None:
    """Return the text that a source names by its path."""
    content = first(source, "PlainTextContent")
    if content is not None:
        return content.text or ""
    path = source.get("plainTextPath", "")
    held = _file(path, files) if path.startswith(_INSIDE) else None
    if held is None:
        report.found("missing", "the text of a source is not in the archive: export the project with its sources")
        return None
    try:
        return held.decode("utf-8-sig")
    except UnicodeDecodeError:
        report.found("encoding", "the text of a source is not in UTF-8, which the standard asks for: export it again")
        return None


def _selections(source: Element) -> list[Element]:
    """Return the selections of plain text of a source, or of the text of its pages."""
    holders = [source, *named(source, "Representation")]
    return [one for holder in holders for one in named(holder, "PlainTextSelection")]


def _rows(  # noqa: PLR0917  # all that a coding refers to
    root: Element,
    names: list[str],
    texts: Mapping[str, str],
    keys: Mapping[str, str],
    users: Mapping[str, str],
    report: _Report,
    offsets: str,
) -> list[tuple[object, ...]]:
    """Return one row for each coding of a stretch of text."""
    rows: list[tuple[object, ...]] = []
    for name, source in zip(names, _sources(root), strict=True):
        text, selections = texts.get(name), _selections(source)
        spans = [(_place(one, "startPosition"), _place(one, "endPosition")) for one in selections]
        wrong = sum(start < 0 or end <= start for start, end in spans)
        if wrong:
            raise DataError(f"{wrong} selections begin before their text or end before they begin: export it again")
        if (
            text is not None
            and choose_offsets(text, spans, [s.get("name", "") for s in selections], offsets) == "utf16"
        ):
            spans = from_utf16(text, spans)
            report.seen["utf16"] += 1
        for selection, (start, end) in zip(selections, spans, strict=True):
            if text is not None and end > len(text):
                report.found("outside", "a selection ends behind its text: the text was changed after it was coded")
                continue
            memo = text_of(first(selection, "Description"))
            for coding in named(selection, "Coding"):
                coder = _coder(coding, selection, users, report)
                rows += [
                    (name, start, end, keys[plain_guid(ref.get("targetGUID", ""))], coder, memo)
                    for ref in named(coding, "CodeRef")
                ]
    return rows


def _place(selection: Element, which: str) -> int:
    """Return where a selection starts or ends."""
    try:
        return int(selection.get(which, ""))
    except ValueError:
        raise DataError(
            f"{which} of a selection is no whole number, must be a place in the text: export it again"
        ) from None


def _coder(coding: Element, selection: Element, users: Mapping[str, str], report: _Report) -> str:
    """Return the name of who made a coding."""
    asked = coding.get("creatingUser") or selection.get("creatingUser")
    if asked is None:
        return "unknown"
    found = users.get(plain_guid(asked))
    if found is None:
        report.found("user", "a coding names a user who is not in the project: export it again")
        return "unknown"
    return found


def source_table(root: Element, files: Mapping[str, bytes]) -> pd.DataFrame:
    """Return one row a source."""
    names, _ = distinct(one.get("name", "") for one in _sources(root))
    rows = []
    for name, one in zip(names, _sources(root), strict=True):
        paths = [path for key in _PATHS if (path := one.get(key))]
        held = first(one, "PlainTextContent") is not None or any(_file(path, files) is not None for path in paths)
        count = sum(local(part).endswith("Selection") for part in one.iter())
        rows.append((name, SOURCES[local(one)], held, count))
    return pd.DataFrame(rows, columns=["source", "kind", "inside", "selections"])


def case_table(root: Element) -> pd.DataFrame:
    """Return one row a case with its variables."""
    variables = {guid(one): one.get("name", "") for one in inside(root, "Variables", "Variable")}
    names = distinct(["case", "sources", *variables.values()])[0][2:]
    called = dict(zip(variables, names, strict=True))
    sources = {guid(one): one.get("name", "") for one in _sources(root)}
    rows = []
    for case in inside(root, "Cases", "Case"):
        refs = [sources.get(plain_guid(one.get("targetGUID", "")), "") for one in named(case, "SourceRef")]
        row: dict[str, Any] = {"case": case.get("name", ""), "sources": ", ".join(one for one in refs if one)}
        for value in named(case, "VariableValue"):
            ref = first(value, "VariableRef")
            key = called.get(plain_guid(ref.get("targetGUID", "")) if ref is not None else "")
            held = next((one.text for one in value if local(one).endswith("Value")), None)
            if key is not None:
                row[key] = held
        rows.append(row)
    return pd.DataFrame(rows, columns=["case", "sources", *names])


def set_table(root: Element) -> pd.DataFrame:
    """Return one row a set."""
    sets = [*inside(root, "Sets", "Set"), *inside(root, "CodeBook", "Sets", "Set")]
    rows = [(s.get("name", ""), len(list(named(s, "MemberCode"))), len(list(named(s, "MemberSource")))) for s in sets]
    return pd.DataFrame(rows, columns=["set", "codes", "sources"])


def link_table(root: Element) -> pd.DataFrame:
    """Return one row a link."""
    kinds = {guid(one): local(one) for one in root.iter() if "guid" in one.attrib}
    rows = [
        (
            one.get("name", ""),
            kinds.get(plain_guid(one.get("originGUID", "")), "missing"),
            kinds.get(plain_guid(one.get("targetGUID", "")), "missing"),
        )
        for one in inside(root, "Links", "Link")
    ]
    return pd.DataFrame(rows, columns=["link", "from_kind", "to_kind"])
