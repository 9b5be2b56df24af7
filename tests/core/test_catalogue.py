"""The catalogues of other languages: complete, with the same names in braces, and numbers as each language writes them."""

import ast
import re

import pytest
from babel.messages.catalog import Catalog
from tools import catalogue as tool

from ctresearch.core import Result, SpecificationError, estimates_table, say, tongue
from ctresearch.core.answer import Answer
from ctresearch.core.message import together
from ctresearch.core.tongue import Catalogue, language, with_words

OTHERS = sorted(set(tongue.NAMES) - {"en"})
NARROW, BROAD = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module", params=tool.LANGUAGES)
def kept(request):
    """A language, and its catalogue as it ought to be."""
    return request.param, tool.updated(request.param)


def test_no_sentence_is_missing_in_any_language(kept):
    code, catalog = kept
    assert len(catalog) > 2000, f"the package says more than {len(catalog)} things"
    assert tool.problems(catalog) == [], f"run `make catalogue` and translate what it names into {code}"


def test_a_catalogue_holds_what_the_package_says_and_nothing_else(kept):
    code, catalog = kept
    there = {(str(one.id), one.context) for one in tool.read(code) if one.id}
    assert there == {(str(one.id), one.context) for one in catalog if one.id}, "run `make catalogue`"


def test_there_is_a_catalogue_for_each_language_that_can_be_asked_for():
    assert sorted(tool.LANGUAGES) == OTHERS
    assert {path.stem for path in tool.FOLDER.glob("*.po")} == set(OTHERS)


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_spaces_of_its_language_and_no_doubled_ones(code):
    for (one, many), forms in tongue.read_catalogue(code).entries.items():
        for form in forms:
            assert "  " not in form, form
            assert form == form.strip(" ") or one != one.strip(), form
            assert not re.search(r"\d %" if code == "es" else r" [:;?!%»]", form), form
        assert one != many


SOURCE = '''
"""Not a sentence of the page, but what a file says of itself."""
TABLE = {"a": "One way of it.", "b": "Another way of it."}
PAIRS = {"role": ("{n} role.", "{n} roles."), "group": ("{n} group.", "{n} groups.")}
PLAIN = "Nobody is counted twice."


def told(kind, n):
    """Say it."""
    one, many = PAIRS[kind]
    label = "few" if n < 3 else "several"
    if not n:
        raise DataError("n == 0, must be more. Give more than that.")
    say("{n} list.", many="{n} lists.", n=n)
    say(one, many=many, n=n)
    say(TABLE[kind], x=say("above" if n else "below"))
    say(label)
    Check("fit", "pass", "Fits.")
    Meaning("key", "Sort of list", "lists")
    things("Blocks of lists", "blocks")
    {"mean_events": figure(), "*": figure(), "known": figure("Known")}
    f"People are {n} here. And there."
    plot(method="highs", unit="per 1,000 people", label=f"Quantile {n}")
'''


def test_the_syntax_tree_gives_every_way_in_which_a_sentence_is_said():
    found = {entry for entry in tool._in_file(ast.parse(SOURCE), {"things", "figure"}) if tool._is_shown(entry[0])}
    assert found == {
        ("{n} list.", "{n} lists."),
        ("{n} role.", "{n} roles."),
        ("{n} group.", "{n} groups."),
        ("One way of it.", None),
        ("Another way of it.", None),
        ("above", None),
        ("below", None),
        ("few", None),
        ("several", None),
        ("fit", None),
        ("Fits.", None),
        ("Sort of list", None),
        ("lists", None),
        ("Blocks of lists", None),
        ("blocks", None),
        ("Mean events", None),
        ("Known", None),
        ("Nobody is counted twice.", None),
        ("per 1,000 people", None),
        ("Quantile {part1}", None),
    }


@pytest.mark.parametrize(
    ("english", "form", "wrong"),
    [
        ("{n} lists", "{n} listes", False),
        ("{n:,} lists", "{n} listes", True),
        ("{n} lists", "listes", True),
        ("{n} lists", "{n} listes de {who}", True),
        ("{who!r} is there", "{who} est là", True),
        ("{n} lists", "", True),
        (("{n} list", "{n} lists"), ("{n} liste", "{n} listes"), False),
        (("one list", "{n} lists"), ("une liste", "{n} listes"), False),
        (("{n} list", "{n} lists"), ("{n} liste", ""), True),
        (("{n} list", "{n} lists"), ("{n} liste",), True),
    ],
)
def test_what_is_wrong_with_a_translation_is_named(english, form, wrong):
    catalog = Catalog(locale="fr")
    catalog.add(english, form)
    assert bool(tool.problems(catalog)) == wrong


def test_a_fuzzy_translation_is_none():
    catalog = Catalog(locale="fr")
    catalog.add("{n} lists", "{n} listes", flags=["fuzzy"])
    assert tool.problems(catalog) == ["without a translation: {n} lists"]


@pytest.mark.parametrize(
    ("code", "value", "written"),
    [
        ("fr", 11417.99, f"11{NARROW}418"),
        ("fr", 1234.0, f"1{NARROW}234"),
        ("es", 1234.0, "1234"),
        ("es", 12345.0, f"12{NARROW}345"),
        ("es", -1234567.0, f"−1{NARROW}234{NARROW}567"),
        ("es", -1234.0, "−1234"),
        ("fr", -0.0123, "−0,0123"),
        ("es", 0.5, "0,5"),
        ("fr", float("nan"), "–"),
        ("fr", float("-inf"), "−∞"),
    ],
)
def test_numbers_stand_as_the_language_writes_them(code, value, written):
    assert language(code).number(value) == written


def test_numbers_within_a_sentence_keep_the_form_that_the_template_asks_for():
    message = say("{share:.1%} of {n:,} ({p:.2g}, {big!r}, {yes})", share=0.1234, n=54321, p=0.00012, big=2.5, yes=True)
    assert language("es").write(message) == f"12,3{BROAD}% of 54{NARROW}321 (0,00012, 2,5, True)"
    assert language("en").write(message) == message == "12.3% of 54,321 (0.00012, 2.5, True)"


def test_zero_is_singular_in_french_and_plural_in_spanish():
    def said(n):
        return say("BIC prefers {n} class.", many="BIC prefers {n} classes.", n=n)

    assert [language("fr").write(said(n)) for n in (0, 1, 2)] == [
        "Le BIC préfère 0 classe.",
        "Le BIC préfère 1 classe.",
        "Le BIC préfère 2 classes.",
    ]
    assert [language("es").write(said(n)).split()[-1] for n in (0, 1, 2)] == ["clases.", "clase.", "clases."]


@pytest.mark.parametrize(
    ("code", "value", "unit", "written"),
    [
        ("fr", 1.2e6, "persons", "environ 1,2 million de personnes"),
        ("fr", 4.1e6, "persons", "environ 4,1 millions de personnes"),
        ("fr", 1e9, "persons", "1 milliard de personnes"),
        ("es", 1e6, "persons", "1 millón de personas"),
        ("es", 4.1e6, "persons", "alrededor de 4,1 millones de personas"),
        ("es", 1.5e9, "US dollars of 2022", "alrededor de 1,5 mil millones de dólares de los Estados Unidos de 2022"),
    ],
)
def test_millions_are_nouns(code, value, unit, written):
    spoken = language(code)
    exact = "environ" not in written and "alrededor" not in written
    told = spoken.write(Answer("Estimate", value if exact else value * 1.0001, unit=unit).sentence(spoken))
    assert written in told


def test_a_range_of_millions_needs_no_preposition():
    told = language("fr").write(say("{low} to {high}", low="3 millions", high="4 millions"))
    assert told == "3 millions à 4 millions"


def test_french_signs_of_two_parts_stand_apart_where_sentences_are_joined():
    joined = together([say("One common value"), say("Standard error")], "; ")
    told = language("fr").write(say("{name}: {words}", name=say("Standard error"), words=joined))
    assert told == f"Erreur type{BROAD}: Une valeur commune{NARROW}; Erreur type"
    assert language("fr").write("https://doi.org/10.1/a: a reference; another") == (
        "https://doi.org/10.1/a: a reference; another"
    )


def test_words_that_no_catalogue_holds_stay_as_they_are():
    french = language("fr")
    assert french.write("People of {the} register") == "People of {the} register"
    assert french.write(say("{n} odd list", many="{n} odd lists", n=2)) == "2 odd lists"
    assert french.write(say("{n} odd list", many="{n} odd lists", n=1)) == "1 odd list"
    assert french.write(say("Closed-population model {name}", name="Police")) == "Modèle de population fermée Police"


def test_words_that_the_code_chooses_are_found_and_names_of_lists_are_not():
    french = language("fr")
    chosen = say("Outcome regression ({family}), standardised, {estimand}", family="linear", estimand="ATE")
    assert french.write(chosen) == "Régression du résultat (linéaire), standardisée, ATE"
    cost = say("No cost of {empty} is counted: the total leaves it out.", empty="anticipation or response")
    assert "de anticipation ou réponse n'est" in french.write(cost)
    padded = french.find.word(" mixed model ")
    assert padded == " modèle mixte "
    assert french.find.word("estimate") == "estimate"  # a label, and no word that the code chooses


@pytest.mark.parametrize(
    ("label", "translated"),
    [
        ("Posterior quantile, 2.5 %", f"Quantile a posteriori, 2,5{BROAD}%"),
        ("Posterior quantile, 1,000 %", f"Quantile a posteriori, 1{NARROW}000{BROAD}%"),
        ("People on exactly 4 lists", "Personnes sur exactement 4 listes"),
        ("role sizes", "tailles (rôle)"),
        ("Overlaps", "Recoupements"),
        ("overlaps", "recoupements"),
        ("standard Error", "standard Error"),
        ("percent of persons", "pour cent des personnes"),
        ("People also on a {b}", "Personnes aussi sur a {b}"),
        ("", ""),
    ],
)
def test_labels_with_a_part_in_them_and_names_of_checks_are_found(label, translated):
    assert language("fr").write(label) == translated


def test_what_is_joined_by_and_is_joined_in_the_language():
    assert language("es").write(together(["a", "b", "c"], " and ")) == "a y b y c"
    assert Catalogue({}, {}, int)("{part1} and {part2}") == "{part1} and {part2}"


def test_a_study_brings_its_own_words_and_they_come_first():
    own = with_words(language("fr"), {"People {here}": "Gens {ici}", "Estimate": "Chiffre"})
    assert own.write("People {here}") == "Gens {ici}"
    assert own.write("Estimate") == "Chiffre"
    assert language("fr").write("Estimate") == "Estimation"
    assert own.number(1234.5) == language("fr").number(1234.5)
    assert with_words(language("en"), {"Estimate": "x"}) is language("en")


def test_another_language_is_refused_with_those_there_are():
    with pytest.raises(
        SpecificationError, match=r"language == 'de', must be one of 'en' \(English\), 'es' \(español\)"
    ):
        language("de")
    table = estimates_table({"population": (10.0, 2.0, 6.1, 13.9)}, unit="persons")
    with pytest.raises(SpecificationError, match="language == 'FR'"):
        Result(method="m", estimates=table, n=9).summary(language="FR")


def test_english_is_what_it_was():
    english = language("en")
    assert (english.code, english.find, english.digits, english.finish) == ("en", None, None, None)


def words_of(line):
    return re.split(r" +", line.strip(" "))


def test_a_summary_in_another_language_says_the_same_and_keeps_what_a_user_wrote():
    table = estimates_table({"population": (12345.6, 2.0, 6000.1, 23456.9)}, unit="persons", group="women", time=2.5)
    result = Result(method="My own method", estimates=table, n=1234, level=0.9)
    lines = result.summary(language="fr").splitlines()
    assert lines[0] == "My own method"
    assert f"n = 1{NARROW}234" in lines
    head = next(line for line in lines if line.lstrip().startswith("Terme"))
    assert words_of(head) == [
        *("Terme", "estimation", "erreur", "type", f"90{BROAD}%", "lim.", "inf.", f"90{BROAD}%", "lim.", "sup."),
        *("unité", "Groupe", "Temps"),
    ]
    row = lines[lines.index(head) + 1]
    assert words_of(row) == [
        "Population",
        f"12{NARROW}346",
        "2",
        f"6{NARROW}000",
        f"23{NARROW}457",
        "personnes",
        "women",
        "2,5",
    ]
    assert result.summary() == result.summary(language="en")
