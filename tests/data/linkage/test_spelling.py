"""Names fold as transliterations do, and nothing of a name gets into a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.core import DataError
from ctresearch.data.linkage.spelling import plain_spelling, slips, sound

WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12)


@pytest.mark.parametrize(
    "spellings",
    [
        ("Mohammed", "Muhammad", "Mohamed", "Mohamad"),
        ("Khadija", "Khadidja", "Qadija"),
        ("Oleksandr", "Aleksandr", "Alexandr"),
        ("Youssef", "Yusef", "Yousef"),
        ("Fatoumata", "Fatumata"),
        ("Sharif", "Charif"),
    ],
)
def test_transliterations_of_a_name_sound_alike(spellings):
    assert len({sound(plain_spelling(name)) for name in spellings}) == 1


def test_different_names_sound_different():
    names = ("Amina", "Aisha", "Fatima", "Maria", "Blessing", "Joy", "Olena", "Thuy", "Somchai", "Rosa")
    assert len({sound(plain_spelling(name)) for name in names}) == len(names)


def test_accents_case_and_marks_do_not_count():
    assert plain_spelling("  Đặng-Thị  ") == plain_spelling("dang thi")
    assert plain_spelling("Łukasz Ångström-Weiß") == "lukaszangstromweiss"
    assert plain_spelling(" - ") == ""


def test_a_name_in_another_script_is_refused_without_showing_it():
    with pytest.raises(DataError, match=r"Cyrillic.*transliterate") as caught:
        plain_spelling("Олена")
    assert "Олена".casefold() not in str(caught.value)


@given(WORDS, st.data())
def test_words_a_letter_apart_share_a_slip(word, data):
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abcxyz"))
    lost, changed, added = word[:place] + word[place + 1 :], word[:place] + letter + word[place + 1 :], None
    added = word[:place] + letter + word[place:]
    near = [changed, added] + ([lost] if len(lost) >= 3 else [])
    if place + 1 < len(word):
        near.append(word[:place] + word[place + 1] + word[place] + word[place + 2 :])
    for other in near:
        assert set(slips(word)) & set(slips(other))


@given(WORDS, WORDS)
def test_words_of_lengths_three_apart_share_none(word, other):
    if abs(len(word) - len(other)) >= 3:
        assert not set(slips(word)) & set(slips(other))


@given(WORDS)
def test_a_sound_is_stable(word):
    assert sound(word) == sound(plain_spelling(word.upper()))
    assert len(sound(word)) <= len(word) + word.count("x"), "only x is two sounds"
