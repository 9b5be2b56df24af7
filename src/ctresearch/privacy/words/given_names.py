"""Given names that are common somewhere in the world: the one hint that two capitalised words are a person.

A list can never be whole. It holds the names that many people bear, and leaves out those that are also words, places or
methods, unless the column says that it names people. The names stand in ``vocabulary/given_names.toml``.
"""

from __future__ import annotations

from ctresearch.privacy.vocabulary.vocabulary import listed

GIVEN_NAMES = frozenset(listed("given"))
NAMES_THAT_ARE_WORDS = frozenset(listed("names.that_are_words"))
CHINESE_SURNAMES = frozenset(listed("names.chinese_surnames"))
