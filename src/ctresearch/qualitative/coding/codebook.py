"""A codebook: codes with their meaning, in a hierarchy, with a version and a log of what changed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core import meaning as col
from ctresearch.core.cells import row_words
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import name_key, unknown_names
from ctresearch.core.render import as_card
from ctresearch.core.validate import file_path, has_columns, is_frame, is_mapping, one_of
from ctresearch.qualitative.coding.code import SEPARATOR, Code

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ctresearch.core.meaning import Meaning

READY = ("palermo-protocol",)
_TEXTS = ("definition", "include", "exclude", "example")
ROLES: dict[str, Meaning] = {
    "code": col.key("Code"),
    "name": col.text("Name"),
    "parent": col.text("Code above"),
    "definition": col.text("Definition"),
    "include": col.text("Give it when"),
    "exclude": col.text("Do not give it when"),
    "example": col.text("Example"),
    "colour": col.mark("Colour"),
    "codable": col.mark("May be given"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """What changed with a version.

    Parameters
    ----------
    version : str
        The version that it made.
    note : str
        Why.
    moved : mapping of str to str
        Key of a code before to its key now; several to one where codes were joined.
    split : mapping of str to tuple of str
        Key of a code before to the keys among which a person must choose.
    gone : tuple of str
        Keys of codes that were taken out.

    Examples
    --------
    >>> Change("2", "debts are one", {"debt bondage": "debt"}).moved["debt bondage"]
    'debt'
    """

    version: str
    note: str
    moved: Mapping[str, str]
    split: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gone: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["version", "moved", "split", "gone"])


@dataclass(frozen=True, slots=True)
class Codebook:
    """Codes in their order and hierarchy.

    Parameters
    ----------
    codes : tuple of Code
        A code stands behind the one above it.
    name : str
        What the codebook is called.
    version : str
        Which version it is.
    changes : tuple of Change
        What each version changed, the oldest first.

    Raises
    ------
    DataError
        If two codes are one but for their spelling, or a code stands under one that is not there.

    Examples
    --------
    >>> book = Codebook((Code("means"), Code("deception", parent="means", definition="False promises of work")))
    >>> book.keys, book.below("means")
    (('means', 'means > deception'), ('means > deception',))
    """

    codes: tuple[Code, ...]
    name: str = "codebook"
    version: str = "1"
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names that are one, codes without the one above them, and separators in names."""
        held = tuple(self.codes) if isinstance(self.codes, Iterable) else (self.codes,)
        wrong = sum(not isinstance(one, Code) for one in held)
        if wrong:
            raise DataError(
                f"{wrong} of {len(held)} codes are no Code, must all be: Codebook.from_frame() and from_toml() "
                "make them"
            )
        object.__setattr__(self, "codes", held)
        _refuse_empty(self.codes)
        keys = [name_key(one.key) for one in self.codes]
        doubled = [i + 1 for i, key in enumerate(keys) if keys.count(key) > 1] if len(set(keys)) < len(keys) else []
        if doubled:
            raise DataError(
                f"{len(doubled)} of {len(keys)} codes (numbers {row_words(doubled)}) are one but for case, accents or "
                "spaces: give each a name of its own, or join them"
            )
        seen: set[str] = set()
        lost = []
        for i, one in enumerate(self.codes):
            if one.parent and one.parent not in seen:
                lost.append(i + 1)
            seen.add(one.key)
        if lost:
            raise DataError(
                f"{len(lost)} codes (numbers {row_words(lost)}) stand under a code that is not before them in the "
                f"book: name the one above by its key, as in 'means{SEPARATOR}deception'"
            )

    @property
    def keys(self) -> tuple[str, ...]:
        """Key of each code."""
        return tuple(one.key for one in self.codes)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a code: ``code``, ``name``, ``parent``, its texts, ``colour`` and ``codable``."""
        rows = [{name: one.key if name == "code" else getattr(one, name) for name in ROLES} for one in self.codes]
        return pd.DataFrame(rows, columns=list(ROLES))

    def below(self, key: str) -> tuple[str, ...]:
        """Return the keys of all codes below one.

        Parameters
        ----------
        key : str
            Key of a code.

        Returns
        -------
        tuple of str
            In the order of the book.

        Raises
        ------
        SpecificationError
            If there is no such code.

        Examples
        --------
        >>> Codebook((Code("a"), Code("b", parent="a"))).below("a")
        ('a > b',)
        """
        self._known([key])
        return tuple(one for one in self.keys if one.startswith(key + SEPARATOR))

    def code(self, key: str) -> Code:
        """Return one code.

        Parameters
        ----------
        key : str
            Its key.

        Returns
        -------
        Code
            The code.

        Raises
        ------
        SpecificationError
            If there is no such code.

        Examples
        --------
        >>> Codebook((Code("debt", definition="Owes money"),)).code("debt").definition
        'Owes money'
        """
        self._known([key])
        return self.codes[self.keys.index(key)]

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, name: str = "codebook", version: str = "1") -> Codebook:
        """Read a codebook from a table.

        Parameters
        ----------
        frame : pandas.DataFrame
            A column ``name``; where there are, ``parent`` (key of the code above), ``definition``, ``include``,
            ``exclude``, ``example``, ``colour``.
        name, version : str
            What the codebook is called, and which version it is.

        Returns
        -------
        Codebook
            The codes in the order of the rows.

        Raises
        ------
        DataError
            If a name is missing, or codes do not fit together.

        Examples
        --------
        >>> Codebook.from_frame(pd.DataFrame({"name": ["act", "transport"], "parent": ["", "act"]})).keys
        ('act', 'act > transport')
        """
        has_columns("codebook", is_frame("codebook", frame), ["name"])
        plain = frame.astype(object).where(frame.notna(), "")
        texts = [one for one in ("name", "parent", *_TEXTS, "colour") if one in plain.columns]
        rows: list[dict[str, Any]] = [{one: str(row[one]).strip() for one in texts} for row in plain.to_dict("records")]
        codes = tuple(Code(**row) for row in rows)
        return cls(codes, name=name, version=version)

    @classmethod
    def from_toml(cls, path: str | Path) -> Codebook:
        r"""Read a codebook from a TOML file: ``name``, ``version``, and a list ``code`` of tables.

        Parameters
        ----------
        path : str or pathlib.Path
            The file.

        Returns
        -------
        Codebook
            The codes in the order of the file.

        Raises
        ------
        DataError
            If the file is no such codebook.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> file = Path(tempfile.mkdtemp(), "book.toml")
        >>> _ = file.write_text('name = "debts"; code = [{name = "debt"}]'.replace('; ', chr(10)))
        >>> Codebook.from_toml(file).name
        'debts'
        """
        file = file_path("path", path)
        try:
            held = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise DataError(
                f"the codebook cannot be read ({type(error).__name__}): it must be a TOML file in UTF-8"
            ) from None
        return cls._from_values(held)

    @classmethod
    def ready(cls, name: str = "palermo-protocol") -> Codebook:
        """Return a codebook that comes with the library.

        Parameters
        ----------
        name : str
            ``"palermo-protocol"``: acts, means and purposes of the Protocol, controls and types of exploitation.

        Returns
        -------
        Codebook
            The codebook.

        Raises
        ------
        SpecificationError
            If there is none of that name.

        Examples
        --------
        >>> book = Codebook.ready()
        >>> book.below("act")[:2]
        ('act > recruitment', 'act > transportation')
        """
        one_of("name", name, READY)
        text = files("ctresearch.qualitative.coding").joinpath("ready", f"{name}.toml").read_text(encoding="utf-8")
        return cls._from_values(tomllib.loads(text))

    @classmethod
    def _from_values(cls, held: Mapping[str, Any]) -> Codebook:
        """Build the codebook that a TOML file describes."""
        rows, known = held.get("code", []), {"name", "parent", *_TEXTS, "colour", "codable"}
        if not isinstance(rows, list) or not rows or not all(isinstance(one, dict) for one in rows):
            raise DataError("the codebook has no list of codes: write a table [[code]] with a name for each")
        unknown = sorted({key for one in rows for key in one} - known)
        if unknown or not all("name" in one for one in rows):
            raise DataError(f"each code must have a name, and of other keys only {', '.join(sorted(known - {'name'}))}")
        odd = {k for one in rows for k, value in one.items() if not isinstance(value, bool if k == "codable" else str)}
        if odd:
            raise DataError(
                f"{', '.join(sorted(odd))} of a code is of another kind, must be text, and codable true or false"
            )
        codes = tuple(Code(**one) for one in rows)
        return cls(codes, name=str(held.get("name", "codebook")), version=str(held.get("version", "1")))

    def revised(
        self,
        version: str,
        note: str,
        *,
        renamed: Mapping[str, str] | None = None,
        joined: Mapping[str, Sequence[str]] | None = None,
        split: Mapping[str, Sequence[str]] | None = None,
        gone: Iterable[str] = (),
        added: Iterable[Code] = (),
    ) -> Codebook:
        """Return the next version, with what changed in its log.

        Parameters
        ----------
        version : str
            What it is called.
        note : str
            Why it was made.
        renamed : mapping of str to str
            Key of a code to its new name; codes below it move with it.
        joined : mapping of str to sequence of str
            Key of a code that stays to the keys of those that become part of it.
        split : mapping of str to sequence of str
            Key of a code that ends to the keys of the codes among which a person must choose for each segment.
        gone : iterable of str
            Keys of codes that are taken out.
        added : iterable of Code
            New codes.

        Returns
        -------
        Codebook
            The new version.

        Raises
        ------
        SpecificationError
            If a key is none of the book's, or a code that ends still heads others.

        Examples
        --------
        >>> book = Codebook((Code("debts"), Code("debt bondage")))
        >>> new = book.revised("2", "one code is enough", joined={"debts": ["debt bondage"]})
        >>> new.keys, dict(new.changes[-1].moved)
        (('debts',), {'debts': 'debts', 'debt bondage': 'debts'})
        """
        renamed = dict(is_mapping("renamed", {} if renamed is None else renamed))
        gone, added = _listed("gone", gone), _listed("added", added)
        joined = is_mapping("joined", {} if joined is None else joined)
        split = is_mapping("split", {} if split is None else split)
        parted = {key: _listed("split", parts) for key, parts in split.items()}
        ended = {part: key for key, parts in joined.items() for part in _listed("joined", parts)}
        self._known([*renamed, *joined, *ended, *parted, *gone])
        leaving = {*ended, *parted, *gone}
        heads = [key for key in leaving if any(one not in leaving for one in self.below(key))]
        if heads:
            raise SpecificationError(
                f"{len(heads)} codes that end still head others: rename or end those below them as well"
            )
        kept = [one for one in self.codes if one.key not in leaving]
        place = {one.key: _renamed_key(one.key, renamed) for one in kept}
        codes = [
            replace(one, name=renamed.get(one.key, one.name), parent=_renamed_key(one.parent, renamed)) for one in kept
        ]
        moved = place | {part: place[key] for part, key in ended.items()}
        change = Change(version, note, moved, parted, gone)
        book = Codebook((*codes, *added), self.name, version, (*self.changes, change))
        unknown = [key for parts in parted.values() for key in parts if key not in book.keys]
        if unknown:
            raise SpecificationError(f"{len(unknown)} codes that a code is split into are not in the new version")
        return book

    def page(self, path: str | Path) -> Path:
        """Write the codebook as one page to print: plain HTML without scripts.

        Parameters
        ----------
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
        >>> Codebook.ready().page(Path(tempfile.mkdtemp(), "codebook.html")).name
        'codebook.html'
        """
        from ctresearch.qualitative.coding.codebook_page import codebook_html

        target = file_path("path", path)
        target.write_text(codebook_html(self), encoding="utf-8")
        return target

    def _known(self, keys: Iterable[str]) -> None:
        """Refuse keys of no code."""
        asked = [one if isinstance(one, str) else "" for one in keys]
        places = unknown_names(asked, self.keys)
        if places:
            raise SpecificationError(
                f"{len(places)} of {len(asked)} keys (numbers {row_words(places)}) are of no code in the book: a key "
                f"is the names from the top down, as in 'means{SEPARATOR}deception'"
            )

    def _repr_html_(self) -> str:
        return as_card(self, says=[], told={"codes": f"{len(self.codes):,}"})


def _listed(option: str, values: Any) -> tuple[Any, ...]:
    """Read an option that is a list."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise SpecificationError(f"{option} is a {type(values).__name__}, must be a list")
    return tuple(values)


def _renamed_key(key: str, renamed: Mapping[str, str]) -> str:
    """Return the key of a code after codes above it, or itself, were renamed."""
    parts = key.split(SEPARATOR) if key else []
    above: list[str] = []
    for i, part in enumerate(parts):
        above.append(renamed.get(SEPARATOR.join(parts[: i + 1]), part))
    return SEPARATOR.join(above)


def _refuse_empty(codes: Sequence[Code]) -> None:
    """Refuse a book without codes, codes without a name, and names that hold the separator."""
    if not codes:
        raise DataError("the codebook holds 0 codes, must hold at least one")
    wrong = [i + 1 for i, one in enumerate(codes) if not one.name.strip() or SEPARATOR in one.name]
    if wrong:
        raise DataError(
            f"{len(wrong)} codes (numbers {row_words(wrong)}) have no name, or one that holds {SEPARATOR!r}, which "
            "stands between a code and the one above it"
        )
