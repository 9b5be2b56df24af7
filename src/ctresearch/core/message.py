"""Sentences that keep their words and their numbers apart, so that another language is a catalogue.

A message is the English sentence, and can be used wherever a text can. It also keeps the template it was made of and
what was put into it, as gettext does: ``say("{empty} of {pairs} pairs of lists share nobody.", empty=1, pairs=10)``.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Find = Callable[[str, str | None, int], str]
    Digits = Callable[[str], str]

_NUMBER = "n"
_FORMAT = re.compile(r"[<>=^]?[ +-]?\d{0,2}[,_]?(?:\.\d{1,2})?[a-zA-Z%]?")
"""What may stand behind the colon: a template may come out of a stranger's file, where ``{n:999999999}`` fills memory
and ``{n.__class__}`` reaches into the program."""


class Message(str):
    """A sentence, its template and what stands in it.

    Parameters
    ----------
    template : str
        English words with names in braces, as :meth:`str.format` takes them.
    many : str, optional
        The template where ``n`` is not one.
    values : mapping, optional
        What stands in the braces: numbers, words, other messages, or lists of words.

    Raises
    ------
    SpecificationError
        If a name in braces has no value, or ``many`` is given without a whole number ``n``.

    Examples
    --------
    >>> told = Message("{n} list is empty.", many="{n} lists are empty.", values={"n": 3})
    >>> told, told.template, told.values["n"]
    ('3 lists are empty.', '{n} list is empty.', 3)
    """

    template: str
    many: str | None
    values: Mapping[str, Any]

    def __new__(cls, template: str, many: str | None = None, values: Mapping[str, Any] | None = None) -> Self:
        """Write the sentence out in English and keep its parts."""
        kept = {name: _value(value) for name, value in (values or {}).items()}
        number = _number(template, kept) if many is not None else 1
        chosen = many if many is not None and number != 1 else template
        message = super().__new__(cls, _filled(str(chosen), kept))
        message.template, message.many, message.values = str(template), many, MappingProxyType(kept)
        return message

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.template, self.many, dict(self.values)))

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __add__(self, other: str) -> Message:
        return together((self, other), "")

    def __radd__(self, other: str) -> Message:
        return together((other, self), "")

    @property
    def constant(self) -> bool:
        """Whether the sentence is its own template, with nothing put into it."""
        return not self.values and self.many is None

    def translated(self, find: Find, digits: Digits | None = None) -> str:
        """Write the sentence out in another language.

        Parameters
        ----------
        find : callable
            From a template, its plural or ``None``, and the number that decides, to the words of the language. Where it
            has a ``word``, plain words that stand in the sentence are looked up with that.
        digits : callable, optional
            From a number as English writes it to the digits of the language.

        Returns
        -------
        str
            The sentence; what stands in it is translated as well where it is a message.

        Examples
        --------
        >>> words = {"{n} lists": "{n} listes"}
        >>> say("{n} lists", n=3).translated(lambda one, many, n: words[one])
        '3 listes'
        """
        values = {name: _translated(value, find, digits) for name, value in self.values.items()}
        if not _has_words(self.template):
            return _filled(self.template, values)
        number = _number(self.template, self.values) if self.many is not None else 1
        return _filled(find(self.template, self.many, number), values)

    def templates(self) -> list[str]:
        """Return the templates that a catalogue must hold for this sentence, its own and those of what stands in it.

        Returns
        -------
        list of str
            Templates with words in them.

        Examples
        --------
        >>> say("{first} {second}", first=say("One."), second=say("Two of {n}.", n=3)).templates()
        ['One.', 'Two of {n}.']
        """
        own = [one for one in (self.template, self.many) if one is not None and _has_words(one)]
        inner = [part for value in self.values.values() for part in _messages(value)]
        return own + [template for part in inner for template in part.templates()]

    def to_dict(self) -> dict[str, Any]:
        """Return the parts as plain values.

        Returns
        -------
        dict
            ``template``, ``values`` and, where there is one, ``many``.

        Examples
        --------
        >>> Message.from_dict(say("{n} lists", n=3).to_dict())
        '3 lists'
        """
        values = {name: _plain(value) for name, value in self.values.items()}
        return {"template": self.template, "values": values} | ({} if self.many is None else {"many": self.many})

    @classmethod
    def from_dict(cls, parts: Mapping[str, Any]) -> Self:
        """Read a message back from :meth:`to_dict`.

        Parameters
        ----------
        parts : mapping
            What ``to_dict`` made.

        Returns
        -------
        Message
            The same sentence.

        Examples
        --------
        >>> Message.from_dict({"template": "{n} lists", "values": {"n": 3}}).values["n"]
        3
        """
        return cls(parts["template"], parts.get("many"), {k: _read(v) for k, v in parts.get("values", {}).items()})


def say(template: str, /, *, many: str | None = None, **values: Any) -> Message:
    """Say something: words, and apart from them what stands in them.

    Parameters
    ----------
    template : str
        English words with names in braces.
    many : str, optional
        The words where ``n`` is not one.
    **values
        What stands in the braces.

    Returns
    -------
    Message
        The sentence.

    Examples
    --------
    >>> say("{n} of {lists} lists is empty.", many="{n} of {lists} lists are empty.", n=2, lists=5)
    '2 of 5 lists are empty.'
    """
    return Message(template, many, values)


def together(messages: Iterable[str], between: str = " ") -> Message:
    """Put sentences one after the other.

    Parameters
    ----------
    messages : iterable of str
        Messages; empty ones are left out.
    between : str
        What stands between them; no words.

    Returns
    -------
    Message
        All of them, each with its own template.

    Examples
    --------
    >>> together([say("One."), "", say("Two.")])
    'One. Two.'
    """
    parts = [message for message in messages if message]
    if len(parts) == 1 and isinstance(parts[0], Message):
        return parts[0]
    names = [f"part{i}" for i in range(1, len(parts) + 1)]
    return Message(between.join(f"{{{name}}}" for name in names), values=dict(zip(names, parts, strict=True)))


def as_message(text: str) -> Message:
    """Return a text as a message: itself if it is one, else words that are their own template.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    Message
        The same to the eye.

    Examples
    --------
    >>> as_message("90 % {sic}").template
    '90 % {{sic}}'
    """
    return text if isinstance(text, Message) else Message(text.replace("{", "{{").replace("}", "}}"))


@lru_cache(maxsize=4096)
def _refuse_reaching(template: str) -> None:
    """Refuse a template that does more than name values and say in a few signs how to write them."""
    for _, name, form, _ in string.Formatter().parse(template):
        if name is not None and not (name.isidentifier() and _FORMAT.fullmatch(form or "")):
            raise ValueError(f"{{{name}:{form}}}")


def _filled(template: str, values: Mapping[str, Any]) -> str:
    """Put values into a template."""
    written = {name: ", ".join(map(str, v)) if isinstance(v, tuple) else v for name, v in values.items()}
    try:
        _refuse_reaching(template)
        return template.format_map(written)
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise SpecificationError(
            f"template == {template!r} with values for {sorted(values)} cannot be written ({type(error).__name__}), "
            "must have a value for every name in braces, and only names and short formats there"
        ) from None


def _number(template: str, values: Mapping[str, Any]) -> int:
    """Return the number that decides between one and many."""
    number = values.get(_NUMBER)
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if not isinstance(number, int):
        raise SpecificationError(
            f"{_NUMBER} == {number!r} in {template!r}, must be a whole number where many= is given"
        )
    return number


def _has_words(template: str) -> bool:
    """Say whether a template holds words besides what is put into it."""
    return any(letter.isalpha() for part, *_ in string.Formatter().parse(template) for letter in part)


def _value(value: Any) -> Any:
    """Keep a value as what JSON can hold."""
    if isinstance(value, str) or value is None:
        return value
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return tuple(_value(one) for one in value)
    return str(value)


def _messages(value: Any) -> list[Message]:
    """Find the messages in a value."""
    values = value if isinstance(value, tuple) else (value,)
    return [one for one in values if isinstance(one, Message)]


class _Digits:
    """A number that writes itself with the digits of a language, whatever form a template asks for."""

    def __init__(self, value: float, digits: Digits) -> None:
        self.value, self.digits = value, digits

    def __format__(self, form: str) -> str:
        return self.digits(format(self.value, form))

    def __str__(self) -> str:
        return self.digits(str(self.value))

    __repr__ = __str__


def _translated(value: Any, find: Find, digits: Digits | None) -> Any:
    """Translate what stands in a message."""
    if isinstance(value, tuple):
        return tuple(_translated(one, find, digits) for one in value)
    if isinstance(value, Message):
        return value.translated(find, digits)
    if isinstance(value, str):
        word: Callable[[str], str] | None = getattr(find, "word", None)
        return value if word is None else word(value)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return _Digits(value, digits) if number and digits is not None else value


def _plain(value: Any) -> Any:
    """Write one value; a message is marked, and so are numbers that JSON has no sign for."""
    if isinstance(value, Message):
        return {"$message": value.to_dict()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124
        return {"$float": str(value)}
    return value


def _read(value: Any) -> Any:
    """Undo :func:`_plain`."""
    if isinstance(value, (list, tuple)):
        return tuple(_read(one) for one in value)
    if isinstance(value, dict):
        return Message.from_dict(value["$message"]) if "$message" in value else float(value["$float"])
    return value
