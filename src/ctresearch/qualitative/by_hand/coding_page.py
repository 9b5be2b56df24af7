"""A page on which one coder codes texts in a browser, without a tool and without a connection."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path  # noqa: TC003  # examples use it
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from ctresearch.core.cells import row_words
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.message import say
from ctresearch.core.names import name_key
from ctresearch.core.render import framed, save_page
from ctresearch.core.tongue import NAMES
from ctresearch.core.tongue import language as tongue_of
from ctresearch.core.validate import has_columns, is_a, is_frame, one_of
from ctresearch.qualitative.by_hand.page_words import page_keys, page_words
from ctresearch.qualitative.coding.codebook import Codebook
from ctresearch.qualitative.coding.segments import CodedSegments
from ctresearch.qualitative.exchange.build_project import empty_project, segment_guids
from ctresearch.qualitative.exchange.qda_names import make_guid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.qualitative.coding.code import Code

# Of Okabe and Ito; codes without a colour of their own take turns.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A8A8A")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_HALF = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, repr=False)
class CodingPage:
    """A page with words of people: it stays with who codes them.

    Parameters
    ----------
    html : str
        The whole file.
    documents : int
        Texts in it.
    codes : int
        Codes that may be given.
    file : str
        Name of the project that the page saves.

    Examples
    --------
    >>> from ctresearch.qualitative import Code, Codebook
    >>> coding_page({"A": "Owed money."}, Codebook((Code("debt"),)), coder="anna")
    coding page, documents: 1, codes: 1: it holds words of people and is not for release
    """

    record_level: ClassVar[bool] = True

    html: str
    documents: int
    codes: int
    file: str

    def save(self, path: str | Path) -> Path:
        """Write the page, to be opened in any browser.

        Parameters
        ----------
        path : str or pathlib.Path
            Ends in ``.html``; where only those may read who may read the transcripts.

        Returns
        -------
        pathlib.Path
            Where it is.

        Raises
        ------
        SpecificationError
            If the name ends in something else.

        Examples
        --------
        >>> import tempfile
        >>> from ctresearch.qualitative import Code, Codebook
        >>> page = coding_page({"A": "Owed money."}, Codebook((Code("debt"),)), coder="anna")
        >>> page.save(Path(tempfile.mkdtemp(), "anna.html")).name
        'anna.html'
        """
        return save_page(self.html, path)

    def __repr__(self) -> str:
        return say(
            "coding page, documents: {documents}, codes: {codes}: it holds words of people and is not for release",
            documents=self.documents,
            codes=self.codes,
        )

    def _repr_html_(self) -> str:
        """Show the page in a notebook: it may run its script and save its file, and reaches nothing of the notebook."""
        return framed(self.html, "Coding page", 860, saves=True)


def coding_page(
    documents: Mapping[str, str] | pd.Series[Any],
    codebook: Codebook,
    *,
    coder: str,
    name: str = "coding",
    units: str | pd.DataFrame = "sentence",
    segments: CodedSegments | None = None,
    language: str = "en",
) -> CodingPage:
    """Make a page on which one coder codes texts in a browser: by keyboard or pointer, with no tool and no connection.

    The page is one file that loads nothing and may send nothing: its content policy forbids every connection. It shows
    the text, the codes with hierarchy and definitions, and the segments; it undoes, takes memos, and saves what was
    coded as a REFI-QDA project (.qdpx) that :func:`ctresearch.qualitative.read_qdpx` and other tools read. Segments and
    memos are also kept in the browser, on that machine alone, until the coder has it forget them; in a frame of a
    notebook a browser keeps nothing, and the page says so.

    Two coders who are to work blind get a page each: no page knows of another. What they saved is joined by
    :meth:`ctresearch.qualitative.CodedSegments.merged`.

    Parameters
    ----------
    documents : mapping of str to str, or pandas.Series
        Texts by the name of their document.
    codebook : Codebook
        The codes.
    coder : str
        Who codes, as it stands in the project; a pseudonym does.
    name : str
        What the project is called, the same for all coders.
    units : {"sentence", "paragraph"} or DataFrame
        What the key Space selects next; a table of ``document``, ``start`` and ``end`` (in characters) gives all coders
        the same stretches. Any other stretch can be selected beside them.
    segments : CodedSegments, optional
        What this coder has done before, to go on from; those of other coders are left out.
    language : str
        Of the page's own words: ``"en"``, ``"es"`` or ``"fr"``. Texts may be in any.

    Returns
    -------
    CodingPage
        The page; ``save(path)`` writes it. The same input gives the same bytes.

    Raises
    ------
    DataError
        If a document is no text, names of documents are one but for their spelling, a unit lies outside its text, or
        earlier segments do not fit.
    SpecificationError
        If an option is not as above.

    References
    ----------
    .. [1] REFI-QDA Standard, version 1.5. https://www.qdasoftware.org

    Examples
    --------
    >>> from ctresearch.qualitative import Codebook
    >>> page = coding_page({"int1": "She owed him money. He kept her passport."}, Codebook.ready(), coder="anna")
    >>> "http" in page.html.replace("http-equiv", ""), page.file
    (False, 'coding-anna.qdpx')
    """
    texts = _texts(documents)
    is_a("codebook", codebook, Codebook)
    who, project = _word("coder", coder), _word("name", name)
    one_of("language", language, tuple(NAMES))
    cuts = _units(units, texts)
    if not any(one.codable for one in codebook.codes):
        raise DataError(
            f"0 of {len(codebook.codes)} codes of the codebook may be given, must be at least one: set codable on one"
        )
    keys = {one.key: one.guid or make_guid(codebook.name, "code", one.key) for one in codebook.codes}
    head, tail, user = empty_project(codebook, name=project, coder=who)
    file = f"{_slug(project)}-{_slug(who)}.qdpx"
    data = {
        "by": units if isinstance(units, str) else "table",
        "codes": [_code(i, one, codebook, keys) for i, one in enumerate(codebook.codes)],
        "documents": [_document(project, one, text, cuts) for one, text in texts.items()],
        "segments": _before(segments, who, texts, codebook, project),
        "head": head,
        "tail": tail,
        "user": user,
        "file": file,
    }
    identity = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:32]
    spoken = tongue_of(language)
    words = {"words": page_words(spoken), "manual": page_keys(spoken)}
    title = escape(f"{project} \u2013 {who}")
    html = _filled({"id": identity, **data, **words}, title=title, language=language)
    return CodingPage(html, len(texts), sum(one.codable for one in codebook.codes), file)


def _filled(data: Mapping[str, Any], *, title: str, language: str) -> str:
    """Put the page together; its policy names the one script and the one style that may run, by their digests."""
    here = files(__package__)
    page, script, style = (here.joinpath(f"coding_page.{one}").read_text("utf-8") for one in ("html", "js", "css"))
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in (script, style)]
    policy = (
        f"default-src 'none'; script-src 'sha256-{digests[0]}'; style-src 'sha256-{digests[1]}'; base-uri 'none'; "
        "form-action 'none'"
    )
    written = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    parts = {"language": language, "policy": policy, "title": title, "style": style, "data": written, "script": script}
    return re.sub(r"<!--(\w+)-->", lambda found: parts[found[1]], page)


def _texts(documents: Any) -> dict[str, str]:
    """Read texts by the name of their document, each name its own."""
    held = documents.to_dict() if isinstance(documents, pd.Series) and documents.index.is_unique else documents
    if not hasattr(held, "items") or isinstance(held, (pd.Series, pd.DataFrame)) or not len(held):
        raise DataError(
            f"documents is a {type(documents).__name__}, must be texts by the name of their document, each name once"
        )
    texts = {str(name): text for name, text in held.items()}
    wrong = [i for i, one in enumerate(texts.values(), 1) if not isinstance(one, str) or not one.strip()]
    if wrong:
        raise DataError(f"{len(wrong)} of {len(texts)} documents ({row_words(wrong)}) hold no text, must hold some")
    broken = [i for i, one in enumerate(texts.values(), 1) if _HALF.search(one)]
    if broken:
        raise DataError(
            f"{len(broken)} of {len(texts)} documents ({row_words(broken)}) hold halves of characters, must be whole "
            "Unicode text: read the files again in their own encoding"
        )
    apart = len({name_key(one) for one in texts})
    if apart < len(held):
        raise DataError(
            f"{len(held)} documents have {apart} names but for case, accents or spaces, must each have their own: "
            "rename those that are alike"
        )
    return texts


def _word(option: str, value: str) -> str:
    """Read a name that is not empty."""
    if not is_a(option, value, str).strip() or _HALF.search(value):
        raise SpecificationError(f"{option} is empty or broken text, must be a name")
    return value.strip()


def _slug(words: str) -> str:
    """Return a name as a part of a file's name."""
    return re.sub(r"[^\w]+", "-", words).strip("-_") or "x"


def _units(units: Any, texts: Mapping[str, str]) -> dict[str, list[tuple[int, int]]] | None:
    """Read the stretches that Space goes through, or leave them to the page."""
    if isinstance(units, str):
        one_of("units", units, ("sentence", "paragraph"))
        return None
    if not isinstance(units, pd.DataFrame):
        raise SpecificationError(f"units is a {type(units).__name__}, must be 'sentence', 'paragraph' or a DataFrame")
    has_columns("units", is_frame("units", units), ["document", "start", "end"])
    cut = CodedSegments.from_frame(units.assign(code="unit")[["document", "start", "end", "code"]], texts=texts)
    return {str(one): list(zip(part["start"], part["end"], strict=True)) for one, part in cut.frame.groupby("document")}


def _code(place: int, code: Code, book: Codebook, keys: Mapping[str, str]) -> dict[str, Any]:
    """Return a code as the page holds it."""
    return {
        "key": code.key,
        "name": code.name,
        "guid": keys[code.key],
        "depth": code.depth,
        "parent": book.keys.index(code.parent) if code.parent else -1,
        "codable": code.codable,
        "colour": code.colour if _COLOUR.fullmatch(code.colour) else _COLOURS[place % len(_COLOURS)],
        **{field: getattr(code, field) for field in ("definition", "include", "exclude", "example")},
    }


def _document(project: str, name: str, text: str, cuts: dict[str, list[tuple[int, int]]] | None) -> dict[str, Any]:
    """Return a document as the page holds it."""
    held: dict[str, Any] = {"name": name, "guid": make_guid(project, "source", name), "text": text}
    held["path"] = f"{make_guid(project, 'text', name)}.txt"
    if cuts is not None:
        held["units"] = [[int(start), int(end)] for start, end in cuts.get(name, [])]
    return held


def _before(
    segments: CodedSegments | None, coder: str, texts: Mapping[str, str], book: Codebook, project: str
) -> list[dict[str, Any]]:
    """Return what this coder has done before, with the identifiers that the project would give it."""
    if segments is None:
        return []
    own = is_a("segments", segments, CodedSegments).frame
    own = own[own["coder"] == coder]
    if own.empty:
        raise DataError(
            f"0 of {len(segments.frame):,} earlier segments are of this coder, must be some: "
            "give the coder's name as it was"
        )
    other = [one for one in own["document"].unique() if segments.texts.get(one, texts.get(one)) != texts.get(one)]
    if other:
        raise DataError(f"{len(other)} documents of earlier segments have another text here, must have the same")
    own = CodedSegments.from_frame(own, memo="memo", texts=texts, codebook=book).frame
    rows = []
    for d, document in enumerate(texts):
        part = own[own["document"] == document]
        for i, row in enumerate(part.to_dict("records")):
            start, end, code = int(row["start"]), int(row["end"]), str(row["code"])
            selection, coding = segment_guids(make_guid(project, "source", document), i, start, end, code, coder)
            place = {"d": d, "a": start, "b": end, "c": book.keys.index(code)}
            rows.append({**place, "memo": str(row["memo"]), "g": selection, "k": coding})
    return rows
