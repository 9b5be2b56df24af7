"""The legend: which pseudonym stands for which words. It is the key to the names, and is kept apart from the texts."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.pseudonym import pseudonym
from ctresearch.core.render import as_card
from ctresearch.core.validate import file_path, is_a, is_mapping
from ctresearch.qualitative.transcripts.find import TAG
from ctresearch.qualitative.transcripts.letters import word_key
from ctresearch.qualitative.transcripts.sealed import is_sealed, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ctresearch.qualitative.transcripts.numbers import Kind

_PURPOSE = "pseudonyms of transcripts"
_DIGITS = 8  # four thousand million: among 10,000 names two share a pseudonym by chance once in a hundred legends
_SCHEMA = 1
_WHICH = {
    True: "{name!r} is encrypted: give the passphrase that it was saved with",
    False: "{name!r} is not encrypted: load it without a passphrase, and save it anew with one",
}


@dataclass(frozen=True, repr=False)
class Legend:
    """Pseudonyms and what they stand for.

    A pseudonym is a keyed digest, so one key gives one name the same pseudonym in every transcript and in every year;
    without this legend nobody can turn it back, not even with the key.

    Parameters
    ----------
    words : mapping of str to str
        Pseudonym to the words it stands for, exactly as they were written.

    Examples
    --------
    >>> Legend({"[NAME-00c0ffee]": "an invented name"})
    Legend of 1 pseudonyms
    """

    words: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Freeze the words."""
        object.__setattr__(self, "words", MappingProxyType(dict(is_mapping("words", self.words))))

    def __repr__(self) -> str:
        return f"Legend of {len(self.words):,} pseudonyms"

    def restore(self, text: str) -> str:
        """Put the words back in place of their pseudonyms.

        Parameters
        ----------
        text : str
            A text with pseudonyms.

        Returns
        -------
        str
            The text as it was, letter by letter.

        Raises
        ------
        DataError
            If a pseudonym is not of this legend.

        Examples
        --------
        >>> Legend({"[NAME-00c0ffee]": "A. Example"}).restore("[NAME-00c0ffee] came.")
        'A. Example came.'
        """
        unknown = sum(tag not in self.words for tag in TAG.findall(is_a("text", text, str)))
        if unknown:
            raise DataError(
                f"{unknown:,} pseudonyms in the text are not among the {len(self.words):,} of the legend: "
                "restore it with the legend that was made with it"
            )
        return TAG.sub(lambda match: self.words[match[0]], text)

    def save(self, path: str | Path, *, passphrase: str | None = None) -> Path:
        """Write the legend to a file that its owner alone can read, encrypted where a passphrase is given.

        Parameters
        ----------
        path : str or pathlib.Path
            Where to put it: outside every repository, and not beside the texts.
        passphrase : str, optional
            At least 12 characters, kept by somebody and written down nowhere near the file: without it nobody opens
            the legend again. Needs ``pip install ctresearch[encryption]``.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        SpecificationError
            If the file exists, or lies inside a git repository, or the passphrase is short.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> path = Legend({"[NAME-00c0ffee]": "A. Example"}).save(Path(tempfile.mkdtemp()) / "legend.json")
        >>> Legend.load(path)
        Legend of 1 pseudonyms
        """
        path = file_path("path", path).expanduser().resolve()
        if any((parent / ".git").exists() for parent in path.parents):
            raise SpecificationError(f"the legend {path.name!r} would lie inside a repository: put it outside")
        held: dict[str, Any] = {"schema": _SCHEMA, "words": dict(self.words)}
        if passphrase is not None:
            held = {"schema": _SCHEMA, **seal(json.dumps(held, ensure_ascii=False, sort_keys=True), passphrase)}
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise SpecificationError(
                f"{path.name!r} exists, and a legend is never overwritten: choose another name"
            ) from error
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(held, file, ensure_ascii=False, indent=1, sort_keys=True)
        return path

    @classmethod
    def load(cls, path: str | Path, *, passphrase: str | None = None) -> Legend:
        """Read a legend from its file.

        Parameters
        ----------
        path : str or pathlib.Path
            What :meth:`save` wrote.
        passphrase : str, optional
            The one it was saved with.

        Returns
        -------
        Legend
            The same pseudonyms.

        Raises
        ------
        DataError
            If the file is no legend, or the passphrase does not open it.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> Legend.load(Legend().save(Path(tempfile.mkdtemp()) / "legend.json"))
        Legend of 0 pseudonyms
        """
        path = file_path("path", path)
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
            if is_sealed(held) != (passphrase is not None):
                raise DataError(_WHICH[is_sealed(held)].format(name=path.name))
            held = held if passphrase is None else json.loads(unseal(held, passphrase, path.name))
            words = held["words"]
            right = held["schema"] == _SCHEMA and all(
                TAG.fullmatch(tag) and isinstance(w, str) for tag, w in words.items()
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(
                f"{path.name!r} is no legend ({type(error).__name__}): give what Legend.save() wrote"
            ) from None
        if not right:
            raise DataError(f"{path.name!r} is no legend of schema {_SCHEMA}: give what Legend.save() wrote")
        return cls(words)

    def _repr_html_(self) -> str:
        return as_card(self)


class Naming:
    """Pseudonyms as they are given out, in the order of the texts."""

    def __init__(self, key: bytes, legend: Legend) -> None:
        self._key = key
        self.words = dict(legend.words)
        self._tags = {(tag[1:].split("-")[0], words): tag for tag, words in self.words.items()}

    def tag(self, kind: Kind, words: str) -> str:
        """Return the pseudonym of some words; spellings of one name share its digits."""
        known = self._tags.get((kind, words))
        if known is not None:
            return known
        one = " ".join(word_key(word) for word in re.split(r"[\s\u00a0]+", words))
        digits = pseudonym(f"{kind}:{one}", self._key, purpose=_PURPOSE)
        tag, again = f"[{kind}-{digits[:_DIGITS]}]", 1
        while tag in self.words:
            again += 1
            tag = f"[{kind}-{digits[:_DIGITS]}.{again}]"
        self.words[tag] = words
        self._tags[kind, words] = tag
        return tag
