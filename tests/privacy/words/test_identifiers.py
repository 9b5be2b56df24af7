"""Each kind of identifier with what is one and what only looks like it, in texts, cells and names of columns."""

import pytest

from ctresearch.privacy.reading.grid import Grid
from ctresearch.privacy.words.identifiers import column_words, identifiers_in_text, identifying_columns, snake
from ctresearch.privacy.words.named_persons import drawn_texts, labelled_by_names, named_beside
from ctresearch.privacy.words.patterns import PATTERNS, kinds_in_text
from ctresearch.privacy.words.person_names import labelled_name, looks_like_a_person, names_in_text, quoted_name

KINDS = {
    "an e-mail address": (["write to a.b+c@example.org", "x@y.co"], ["a @ b", "at@home", "mean@95"]),
    "a telephone number": (
        [
            "+43 660 1234567",
            "0043 660 123 4567",
            "0660 123 4567",
            "(212) 555-1234",
            "phone: 6601234",
            "tel no. 55 12 345",
        ],
        ["1 234 567 890", "12.5 345 6789", "2010-2014", "n = 12345678"],
    ),
    "a titled name": (["Mr. Okoro", "Frau Smith"], ["mr okoro", "doctor"]),
    "a date of birth": (
        ["born on 3 May 1999", "dob: 1999-05-03", "born in Lagos on 3/5/1999"],
        ["born later", "1999-05-03"],
    ),
    "a passport or identity number": (
        ["passport no. A1234567", "123-45-6789", "passport 12 345 678", "AB 12 34 56 C"],
        ["passport holders", "123-456-789", "passport control"],
    ),
    "a number of a case": (["case no. 2014/123", "case AB-2014-001"], ["case 14", "cases of 2014"]),
    "a street address": (
        ["12 Baker Street", "Hauptstraße 12", "4, rue de Rivoli", "Calle Mayor, 5", "SW1A 1AA"],
        ["12 people on the street", "rue", "Street 12 of them"],
    ),
    "exact coordinates": (
        ["48°12'30\"N", "lat 48.2082, lon 16.3738", '"point", "coordinates": [16.3738'],
        ["48°", "48.2, 16.4"],
    ),
    "an address on the internet": (["IP address: 192.168.0.17"], ["version 192.168.0.17", "IP 1.2"]),
    "a number of a bank account": (
        ["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000"],
        ["GB82 WEST 1234 5698 7654 33"],
    ),
    "a number of a card": (
        ["4111 1111 1111 1111", "5500-0000-0000-0004"],
        ["4111 1111 1111 1112", "0000 0000 0000 0000", "1111 1111 1111 1117"],
    ),
    "a keyed pseudonym": (
        ["0123456789abcdef met him", "a 0f1e2d3c4b5a6978"],
        ["0123456789abcdef0", "1234567890123456", "abcdefabcdefabcd", "commit 0123456789abcdef"],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_known_and_its_likeness_is_not(kind):
    yes, no = KINDS[kind]
    for text in yes:
        assert kind in kinds_in_text(text), text
        assert kind in kinds_in_text(f"The file says: {text}, they said."), text
    for text in no:
        assert kind not in kinds_in_text(text), text


def test_numbers_of_coordinates_in_a_drawing_are_no_identifiers():
    path = '<svg><path d="M 4111 1111 1111 1111" id="4111 1111 1111 1111"/></svg>'
    assert kinds_in_text(path) == []
    assert kinds_in_text(path.replace("svg", "xml")) == ["a number of a card"]
    assert kinds_in_text("") == []
    assert len(PATTERNS) == 11


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("dateOfBirth", "date_of_birth"),
        ("Case ID", "case_id"),
        (" Full-Name? ", "full_name"),
        ("__a__b__", "a_b"),
        ("age2Group", "age2_group"),
        ("URL", "url"),
    ],
)
def test_names_of_columns_are_written_in_one_way(name, written):
    assert snake(name) == written


def grid(name, *values):
    return Grid((name, "n"), tuple((value, str(i)) for i, value in enumerate(values)))


@pytest.mark.parametrize(
    ("name", "values", "found"),
    [
        ("surname", ("x",), True),
        ("surname", ("", ""), False),
        ("victim_name", ("x",), True),
        ("Maria Santos", ("1", "2"), True),
        ("latitude", ("48.2082", "1"), True),
        ("latitude", ("48.2", "16"), False),
        ("location", ("48.2082, 16.3738",), True),
        ("location", ("48.2, 16.3",), False),
        ("location", ("Vienna",), False),
        ("birth", ("1999-05-03",), True),
        ("birth", ("3.5.1999",), True),
        ("birth", ("1999",), False),
        ("contact", ("+43 660 1234567",), True),
        ("contact", ("6601234567.0",), True),
        ("contact", ("yes",), False),
        ("reporter", ("@some.handle",), True),
        ("reporter", ("@ab",), False),
        ("other", ("Jane Example", "x"), True),
        ("document", ("AB123456", "CD123457"), True),
        ("document", ("AB123456",), False),
        ("document", ("AB123456", "AB123456"), False),
        ("document", ("AB123456", "none"), False),
        ("who", ("0123456789abcdef", "0123456789abcdee"), True),
        ("who", ("0123456789ABCDEF", "0123456789ABCDEE"), True),
        ("who", ("123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174001"), True),
        ("file_hash", ("0123456789abcdef", "0123456789abcdee"), False),
        ("sex", ("Woman", "Man"), False),
    ],
)
def test_a_column_identifies_by_its_name_or_by_what_it_holds(name, values, found):
    table = grid(name, *values)
    assert identifying_columns(table) == ([name] if found else [])
    said = column_words(table, named=True)
    assert len(said) == found
    if found:
        assert said == (["number 1"] if name == "Maria Santos" else [repr(name)])
        unsure = column_words(table, named=False)
        assert unsure in ([repr(name)], ["number 1"])


def test_the_place_of_a_column_is_told_where_its_name_may_be_one():
    table = Grid(("n", "Maria Santos", "surname"), (("1", "2", "x"), ("3", "4", "y")))
    assert column_words(table, named=True) == ["number 2", "'surname'"]
    assert column_words(table, named=False) == ["number 2", "'surname'"]
    held = Grid(("n", "other"), (("1", "Jane Example"), ("2", "y")))
    assert column_words(held, named=True) == ["'other'"]
    assert column_words(held, named=False) == ["number 2"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Victim: Ehi Osazuwa", ["a labelled name"]),
        ('"suspect_name": "Ehi Osazuwa"', ["a labelled name"]),
        ("name: Random Forest", []),
        ("name: Maria Santos", ["a labelled name"]),
        ("Maria Santos told the court", ["a person's name"]),
        ("Mr. Santos told", ["a titled name"]),
        ("Mr. Santos and Maria Santos", ["a titled name"]),
        ("a@b.org of Maria Santos", ["an e-mail address", "a person's name"]),
        ("a@b.org of the Victim: Ehi Osazuwa", ["an e-mail address", "a labelled name"]),
        ("nobody at all", []),
    ],
)
def test_kinds_in_a_text_in_order(text, kinds):
    assert identifiers_in_text(text) == kinds


@pytest.mark.parametrize(
    ("value", "variable", "found"),
    [
        ("Jane Example", "", True),
        ("jane example", "", False),
        ("Santos, Maria", "", True),
        ("Maria", "", False),
        ("Maria", "victim", True),
        ("maria", "victim", True),
        ("Maria", " Victim ", True),
        ("Osazuwa", "victim_name", True),
        ("Ehi Osazuwa", "victim", True),
        ("Random Forest", "name", False),
        ("Random Forest", "method", False),
        ("A.B.", "victim", True),
        ("A. B. C.", "victim", True),
        ("A.", "victim", False),
        ("A.B.", "method", False),
        ("yes", "victim", False),
        ("Blessing", "victim", True),
        ("Blessing", "name", False),
        ("United Kingdom", "", False),
        ("Maria Palermo Protocol", "", False),
        ("王小明", "", True),
        ("你好", "", False),
        ("Victim: Maria Santos", "", True),
        ("María de la Cruz", "", True),
        ("Maria " + "S" * 74, "", True),
        ("Maria " + "S" * 75, "", False),
        ("", "victim", False),
        (None, "victim", False),
        (17, "victim", False),
    ],
)
def test_a_value_looks_like_a_person_or_not(value, variable, found):
    assert looks_like_a_person(value, variable) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Maria Santos told the court", True),
        ("The court heard Maria Santos", True),
        ("row 17 (Maria, 16, NGA)", True),
        ("row 17 (Maria, aged 16)", True),
        ("row 17 (Osazuwa, 16)", False),
        ("April, 16, was", False),
        ("by Jane Example", False),
        ("Maria Santos (2014)", False),
        ("Maria Santos et al. (2014)", False),
        ("Maria Santos and Jane Example (2014)", False),
        ("Maria Santos, 2014 words", False),
        ("© Maria Santos", False),
        ("Maria", False),
        ("Kaplan Meier curves", False),
        ("王小明", True),
        ("x=王小明;", True),
        ("Santos, Maria", True),
        ("<svg><text>Maria Santos</text></svg>", True),
        ("<svg><text>Maria</text><text>Joanna</text></svg>", True),
        ("<svg><text>Maria</text></svg>", False),
        ('<svg><g style="font-family: Maria Santos"></g></svg>', False),
        ('<svg font-family="Maria Santos"></svg>', False),
        ("<svg><style>Maria Santos</style></svg>", False),
        ("the victim Osazuwa told", True),
    ],
)
def test_a_text_names_a_person_or_not(text, found):
    assert names_in_text(text) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The victim Osazuwa told the court.", True),
        ("the victim, Ehi Osazuwa.", True),
        ("Ehi Osazuwa, a witness.", True),
        ("Ehi Osazuwa, one of the defendants", False),
        ("Ehi Osazuwa (the victim)", True),
        ("Victim Ehi Osazuwa, who", True),
        ("a girl named Ehi", True),
        ("a child known as 'Ehi", True),
        ("her name is Ehi", True),
        ("Their real name was Ehi", True),
        ("VICTIM: EHI OSAZUWA", False),
        ("victim: EHI OSAZUWA", True),
        ("The victim told Victim Support.", False),
        ("a method called Lasso", False),
        ("no victim", False),
    ],
)
def test_a_name_stands_beside_a_word_for_a_person_or_not(text, found):
    assert named_beside(text) is found


def test_words_of_places_are_no_names_beside():
    assert named_beside("The victim Osazuwa told the court.", frozenset({"osazuwa"})) is False


def test_labels_of_drawings():
    drawing = "<text x='1'>a &amp; <b>b</b></text><title>t</title ><g aria-label=\"one  two\"><desc>d\n e</desc>"
    assert drawn_texts(drawing) == ["a & b", "t", "one two", "d e"]
    assert drawn_texts("<texts>a</texts>") == []
    assert labelled_by_names(["Fatima", "JOANNA", "0"])
    assert not labelled_by_names(["Fatima", "fatima"])
    assert not labelled_by_names(["Fatima", "0"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("victim == 'Maria'", True),
        ('`victim` != "Maria"', True),
        ("victim == 'yes'", False),
        ("victim > 'Maria'", False),
        ("method == 'Jane Example'", True),
        ("n == 3", False),
    ],
)
def test_a_query_that_picks_out_a_person(query, found):
    assert quoted_name(query) is found


@pytest.mark.parametrize(
    ("label", "value", "found"),
    [
        ("suspect", "Ehi Osazuwa", True),
        ("suspect", "United Kingdom", False),
        ("name", "Random Forest", False),
        ("Name", "Random Forest", False),
        ("name", "Maria Santos", True),
        ("child", "Random Forest", False),
    ],
)
def test_what_stands_behind_a_label(label, value, found):
    assert labelled_name(label, value) is found


@pytest.mark.parametrize("between", [":", ": ", " : ", "=", " = ", "; ", "| ", "\t "])
def test_a_name_behind_a_label_is_a_name_whatever_stands_between(between):
    assert names_in_text(f"victim{between}Santos, Maria; place: Lagos")
    assert not names_in_text(f"place{between}Benin City, Nigeria; year: 2019")
