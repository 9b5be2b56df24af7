"""Where a name ends, what makes figures a telephone, and how what stands in a legend is tagged, by sentences written for it."""

import re

import pytest

from ctresearch.qualitative import Legend, pseudonymise
from ctresearch.qualitative.exchange.qda_names import is_guid, plain_guid

KEY = b"k" * 32


def told(text, language):
    """Return a text with each tag as its kind alone, and how many tags differ."""
    done = pseudonymise({"A": text}, language=language, key=KEY)
    said = done.texts["A"]
    return re.sub(r"\[([A-Z]+)-[0-9a-f]+\]", r"[\1]", said), done


def test_words_between_two_names_leave_two_names():
    for language, text, words in (
        ("es", "Ayer vi a María {} Pedro en casa.", "y e o a la el"),
        ("fr", "Hier on a vu Marie {} Pierre ici.", "a et la le"),
        ("ro", "Ieri am vorbit cu Ion {} Maria acolo.", "a e o al"),
        ("pt", "Ontem falei com Maria {} Pedro em casa.", "e o a"),
    ):
        for word in words.split():
            assert told(text.format(word), language)[0].count("[NAME]") == 2, (language, word)


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "He met Omar bin Said there.", "He met [NAME] there."),
        ("en", "He met Omar ben Said there.", "He met [NAME] there."),
        ("fr", "Je connais Jean de La Fontaine bien.", "Je connais [NAME] bien."),
        ("pt", "Ontem Maria da Silva saiu.", "Ontem [NAME] saiu."),
        ("es", "El señor Juan vino.", "El señor [NAME] vino."),
    ],
)
def test_particles_titles_and_initials_do_not_part_a_name(language, text, said):
    assert told(text, language)[0] == said


PHONES = {
    "nine figures, whatever is said": ("There were 123 456 789 of it.", True),
    "nine in one": ("She wrote 123456789 down.", True),
    "seven behind the word": ("My phone is 1234567 now.", True),
    "seven that are dialled": ("She wrote 0123456 down.", True),
    "seven with a hyphen": ("She wrote 555-0199 down.", True),
    "seven with a country": ("She wrote +12 34567 down.", True),
    "six behind the word": ("My phone is 123456 now.", True),
    "six with no word": ("She wrote 123-456 down.", False),
    "five behind the word": ("My phone is 12345 now.", False),
    "millions": ("There were 1 234 567 of it.", False),
    "an amount": ("She paid $1234567 there.", False),
    "an amount behind": ("She paid 123456789 euros there.", False),
    "years": ("It was so from 2019-2021 there.", False),
    "twenty-one figures": ("She wrote 123456789012345678901 down.", False),
    "spoken one by one": ("I dialled five five five one two three then.", True),
    "five that are spoken": ("I dialled five five five one two then.", False),
}


@pytest.mark.parametrize("case", PHONES)
def test_figures_are_a_telephone_by_how_many_they_are_and_what_stands_before(case):
    text, phone = PHONES[case]
    said, done = told(text, "en")
    assert ("[PHONE]" in said) is phone
    assert set(done.replaced["kind"]) == ({"PHONE"} if phone else set())


def test_a_long_number_that_may_be_anything_is_asked_about():
    said, done = told("She wrote 12345678 down.", "en")
    assert said == "She wrote 12345678 down."
    assert done.doubtful["kind"].tolist() == ["PHONE"]
    assert told("She wrote 123456 down.", "en")[1].doubtful.empty


def test_one_name_has_one_tag_and_another_another_across_texts():
    done = pseudonymise({"A": "We saw Omar Said.", "B": "Then Omar Said and Mary Smith left."}, language="en", key=KEY)
    tags = [re.findall(r"\[NAME-[0-9a-f]+\]", done.texts[one]) for one in ("A", "B")]
    assert tags[0][0] == tags[1][0] != tags[1][1]
    assert len(done.legend.words) == 2
    assert all(done.legend.restore(done.texts[one]) != done.texts[one] for one in ("A", "B"))
    again = pseudonymise({"C": "Omar Said left."}, language="en", key=KEY, legend=done.legend)
    assert tags[0][0] in again.texts["C"]
    other = pseudonymise({"A": "We saw Omar Said."}, language="en", key=b"q" * 32)
    assert tags[0][0] not in other.texts["A"]


def test_words_that_are_known_and_words_that_are_kept():
    text = {"A": "The shop of Bluebird paid Omar Said."}
    done = pseudonymise(text, language="en", key=KEY, known={"Bluebird": "PLACE"}, keep=["Omar Said"])
    assert re.sub(r"-[0-9a-f]+", "", done.texts["A"]) == "The shop of [PLACE] paid Omar Said."


def test_a_legend_refuses_tags_that_it_does_not_hold():
    with pytest.raises(ValueError, match="1 pseudonyms"):
        Legend({}).restore("[NAME-00000000] left.")


@pytest.mark.parametrize("text", ["{0AB1c2d3-0000-1111-2222-333344445555}", " 0ab1c2d3-0000-1111-2222-333344445555 "])
def test_an_identifier_has_one_spelling(text):
    assert plain_guid(text) == "0ab1c2d3-0000-1111-2222-333344445555"
    assert is_guid(text)
    assert not is_guid(text.replace("0000", "000"))
    assert not is_guid(text.replace("0000", "000x"))
    assert plain_guid("{XX}") == "xx"


PAPERS = {
    "five figures with a letter": ("She showed A12345 then.", True),
    "four figures with a letter": ("She showed A1234 then.", False),
    "four behind the word": ("Her passport was A1234 then.", True),
    "three behind the word": ("Her passport was AB123 then.", True),
    "two behind the word": ("Her passport was ABC12 then.", True),  # as a plate is
    "two with no word": ("She showed ABC12 then.", False),
    "small letters among five": ("She showed A12345b then.", False),
    "small letters among seven": ("She showed A1234567b then.", True),
    "figures before a letter": ("She showed 123456A then.", True),
    "of a file": ("Look at 123/AB/2019 there.", True),
    "an account": ("Paid to DE44 5001 0517 5407 3249 31 then.", True),
    "five figures behind the word": ("Her passport number 12345 was gone.", True),
    "four figures straight behind the word": ("Her passport number 1234 was gone.", True),
    "four figures somewhere behind the word": ("Her passport of which 1234 was gone.", False),
    "three figures straight behind the word": ("Her passport number 123 was gone.", False),
    "years behind the word": ("Her passport of 2015-2019 was gone.", False),
    "money behind the word": ("For the passport she paid 12345 euros then.", False),
    "money with its sign": ("For the passport she paid 12345 \u20ac then.", False),
    "figures with no word": ("She paid 12345 then.", False),
    "too far behind the word": ("Her passport " + "was kept by somebody we did not know for long and so 12345.", False),
    "a month and a year": ("Her passport of May 2019 was gone.", False),
}


@pytest.mark.parametrize("case", PAPERS)
def test_letters_and_figures_are_a_paper_by_how_many_they_are_and_what_stands_before(case):
    text, paper = PAPERS[case]
    said, done = told(text, "en")
    assert ("[PAPER]" in said) is paper, said
    assert done.legend.restore(done.texts["A"]) == text


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "It was on 3 May 2019 there.", "It was on [DATE] there."),
        ("en", "It was on May 3rd, 2019 there.", "It was on [DATE] there."),
        ("en", "It was on the 3rd of May there.", "It was on the [DATE] there."),
        ("en", "It was in May 2019 there.", "It was in [DATE] there."),
        ("en", "It was on 3/5/2019 there.", "It was on [DATE] there."),
        ("en", "It was on 2019-05-03 there.", "It was on [DATE] there."),
        ("en", "It was in 05/2019 there.", "It was in [DATE] there."),
        ("en", "It was in 13/2019 there.", "It was in 13/2019 there."),
        ("en", "It was in 2019 there.", "It was in 2019 there."),
        ("en", "It was on 3-5 May there.", "It was on [DATE] there."),
        ("en", "Version 1.2.3.4 was there.", "Version 1.2.3.4 was there."),
        ("fr", "C'\u00e9tait le 3 mai 2019 ici.", "C'\u00e9tait le [DATE] ici."),
        ("es", "Fue el 3 de mayo de 2019 ah\u00ed.", "Fue el [DATE] ah\u00ed."),
        ("pt", "Foi em 3 de maio de 2019 ali.", "Foi em [DATE] ali."),
        (
            "ru",
            "\u042d\u0442\u043e \u0431\u044b\u043b\u043e 3 \u043c\u0430\u044f 2019 \u0442\u0430\u043c.",
            "\u042d\u0442\u043e \u0431\u044b\u043b\u043e [DATE] \u0442\u0430\u043c.",
        ),
        ("en", "Write to a.b@example.org or www.example.org/x, then.", "Write to [CONTACT] or [CONTACT], then."),
        ("en", "Ask @some_body there.", "Ask [CONTACT] there."),
        ("en", "Ask a @ home there.", "Ask a @ home there."),
        ("en", "See https://example.org/a?b=1. Then.", "See [CONTACT]. Then."),
    ],
)
def test_dates_and_addresses_are_found_whole_and_nothing_beside_them(language, text, said):
    assert told(text, language)[0] == said
