"""Planted identifiers are found in eight languages, nothing else changes, and the legend brings every letter back."""

import json
import stat
import unicodedata

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.core import DataError, SpecificationError
from ctresearch.data.synthetic import planted_transcripts
from ctresearch.qualitative import Legend, check_quotes, pseudonymise
from ctresearch.qualitative.transcripts.vocabulary import LANGUAGES, guess_language

KEY = b"k" * 32


def judge(made, done):
    """Return recall, replacements that reach beyond what was planted, and doubtful places per 1,000 words."""
    texts = dict(zip(made.frame["document"], made.frame["text"], strict=True))
    hit = beyond = 0
    planted = made.tables["planted"]
    for name, text in texts.items():
        covered, meant = [False] * len(text), [False] * len(text)
        for row in done.replaced[done.replaced["document"] == name].itertuples():
            covered[row.start : row.end] = [True] * (row.end - row.start)
        for row in planted[planted["document"] == name].itertuples():
            meant[row.start : row.end] = [True] * (row.end - row.start)
            hit += all(covered[i] for i in range(row.start, row.end) if text[i].isalnum())
        beyond += sum(c and not m and letter.isalnum() for c, m, letter in zip(covered, meant, text, strict=True))
    return hit / len(planted), beyond, 1000 * len(done.doubtful) / done.words


@pytest.mark.parametrize("half", ["rules", "unseen"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_planted_identifiers_are_found_and_nothing_else_changes(language, half):
    made = planted_transcripts(4, 60, language=language, half=half, seed=20250120)
    texts = made.frame.set_index("document")["text"]
    done = pseudonymise(texts, language=language, key=KEY)
    recall, beyond, doubtful = judge(made, done)
    assert recall >= 0.99
    assert beyond == 0
    assert doubtful <= 5
    assert all(done.legend.restore(done.texts[name]) == text for name, text in texts.items())


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_without_identifiers_stay_as_they_are(language):
    made = planted_transcripts(2, 60, language=language, identifying=0.0, seed=3)
    done = pseudonymise(made.frame.set_index("document")["text"], language=language, key=KEY)
    assert len(done.replaced) == 0
    assert dict(done.texts) == dict(zip(made.frame["document"], made.frame["text"], strict=True))


def test_languages_are_guessed():
    made = planted_transcripts(2, 20, language="all", seed=4)
    assert [guess_language(text) for text in made.frame["text"]] == made.frame["language"].tolist()


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("language", ["vi", "ro", "fr", "ar", "ru"])
def test_either_form_of_unicode_is_read_and_brought_back(language, form):
    made = planted_transcripts(1, 40, language=language, seed=6)
    text = unicodedata.normalize(form, made.frame["text"][0])
    done = pseudonymise(text, language=language, key=KEY)
    assert done.legend.restore(done.texts["text"]) == text
    plain = pseudonymise(made.frame["text"][0], language=language, key=KEY)
    assert len(done.replaced) == len(plain.replaced)


@given(st.text(max_size=200), st.sampled_from(LANGUAGES))
@settings(max_examples=50, deadline=None)
def test_any_text_comes_back(text, language):
    done = pseudonymise(text, language=language, key=KEY)
    assert done.legend.restore(done.texts["text"]) == text


def test_one_name_has_one_pseudonym_in_every_transcript_and_another_under_another_key():
    first = pseudonymise({"a": "I saw Amara.", "b": "Then I met Amara."}, language="en", key=KEY)
    later = pseudonymise("She knew Amara.", language="en", key=KEY, legend=first.legend)
    tag = first.texts["a"].split()[-1].rstrip(".")
    assert tag in first.texts["b"]
    assert tag in later.texts["text"]
    assert tag not in pseudonymise("I saw Amara.", language="en", key=b"j" * 32).texts["text"]
    again = pseudonymise(first.texts["a"], language="en", key=KEY)
    assert again.texts["text"] == first.texts["a"]


def test_a_person_decides_what_is_doubtful():
    text = "The shop was at the Red Corner and Moustache came every day."
    done = pseudonymise(text, language="en", key=KEY, known={"the shop": "PLACE"}, keep=["Moustache"])
    assert done.texts["text"].startswith("[PLACE-")
    assert "Moustache" in done.texts["text"]
    grace = pseudonymise("Hope is all I had.", language="en", key=KEY)
    assert len(grace.doubtful) == 1
    assert grace.texts["text"] == "Hope is all I had."


@pytest.mark.parametrize(
    "kept",
    [
        "In 2019 I paid 3,500 euros and 20 000 naira to Western Union in Italy.",
        "I am Nigerian, she was Romanian; on Monday the Red Cross and the NGO came.",
        "INTERVIEWER: And then? RESPONDENT: Nothing.",
        'He said: "Come here." Then we slept. Working there was hard. It was 10.30-11.45.',
        "We stayed 12 hours, from 2015-2019, in room 14, with COVID-19 and HIV.",
    ],
)
def test_what_identifies_nobody_stays(kept):
    assert pseudonymise(kept, language="en", key=KEY).texts["text"] == kept


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("CONTACT", "write to a.b@example.org"),
        ("CONTACT", "see https://example.org/x?y=1"),
        ("PAPER", "paid to GB82 WEST 1234 5698 7654 32"),
        ("DATE", "it was 2019-03-04"),
        ("DATE", "it was March 4th, 2019"),
        ("DATE", "it was the fourth of March two thousand nineteen"),
        ("PHONE", "dial zero seven seven double nine one two three four"),
        ("PHONE", "dial +44 (0) 7911 123456"),
        ("PAPER", "passport number 123456789"),
        ("PAPER", "the plate was AB12 CDE"),
    ],
)
def test_figures_and_addresses_are_found(kind, text):
    done = pseudonymise(text, language="en", key=KEY)
    assert done.replaced["kind"].tolist() == [kind]


def test_speech_in_small_letters_is_read_by_lists_and_phrases():
    text = (
        "my name is amara okafor and i come from uromi and we went to tripoli with madam blessing and she said that i had "
        "to pay and then we slept and nobody came for a long time and i was afraid of them and i cried every night there"
    )
    done = pseudonymise(text, language="en", key=KEY)
    assert "amara" not in done.texts["text"]
    assert "tripoli" not in done.texts["text"]


def test_the_legend_is_kept_apart(tmp_path):
    done = pseudonymise("I saw Amara.", language="en", key=KEY)
    path = done.legend.save(tmp_path / "legend.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Legend.load(path).words == done.legend.words
    with pytest.raises(SpecificationError, match="never overwritten"):
        done.legend.save(path)
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    with pytest.raises(SpecificationError, match="repository"):
        done.legend.save(tmp_path / "repository" / "legend.json")
    with pytest.raises(DataError, match="not among"):
        Legend().restore(done.texts["text"])
    for wrong in ({}, {"schema": 1, "words": {"x": "y"}}, {"schema": 9, "words": {}}, [1]):
        other = tmp_path / "wrong.json"
        other.write_text(json.dumps(wrong))
        with pytest.raises(DataError, match="no legend"):
            Legend.load(other)


def test_nothing_shown_holds_a_word_of_the_texts():
    done = pseudonymise("My name is Zoltanuel Quixtabor.", language="en", key=KEY)
    shown = repr(done) + repr(done.legend) + done.replaced.to_string() + done.doubtful.to_string() + str(done.counts())
    assert "Zoltanuel" not in shown
    assert "Quixtabor" not in shown


@pytest.mark.parametrize(
    ("texts", "more"),
    [
        (3, {}),
        ({}, {}),
        ({"a": None}, {}),
        (pd.Series(["a", "b"], index=[1, 1]), {}),
        ("a", {"language": "de"}),
        ("a", {"known": {"a": "THING"}}),
        ("a", {"known": ["a"]}),
        ("a", {"legend": {}}),
    ],
)
def test_wrong_input_is_one_sentence(texts, more):
    with pytest.raises((DataError, SpecificationError)) as caught:
        pseudonymise(texts, key=KEY, **more)
    assert "\n" not in str(caught.value)


def test_quotations_are_held_against_what_left_before():
    words = "they counted my debt again every single night"
    asked = pd.DataFrame(
        {
            "quote": [
                words,
                "I never saw the street",
                "I met Amara there",
                "the door was always locked at night for us",
            ],
            "person": ["P1", "P2", "P3", "P4"],
            "theme": ["debt", "debt", "people", "door"],
        }
    )
    before = pd.DataFrame(
        {"quote": [f"He wrote: {words}.", "the door was always locked at night for us"], "person": ["R7", "P4"]}
    )
    report = check_quotes(asked, quote="quote", person="person", language="en", released=before, theme="theme", least=2)
    assert report.quotes["verdict"].tolist() == ["fail", "pass", "fail", "review"]
    assert [check.status for check in report.checks] == ["fail", "fail", "review"]
    alone = check_quotes(asked.iloc[[1]], quote="quote", person="person", language="en")
    assert [check.status for check in alone.checks] == ["pass", "pass", "pass"]
    assert "debt" not in repr(report)


def test_words_of_children_leave_on_terms_of_their_own(tmp_path):
    from ctresearch.core import meaning as col
    from ctresearch.privacy import Output, release

    words = pd.DataFrame({"theme": ["school"], "said": ["They told me that school was over for me."]})
    roles = {"theme": "key", "said": col.quote("Quotation", of="child")}
    verdict = release([Output("q", "table", "restricted", content=words, roles=roles)])["q"]
    assert verdict.verdict == "fail"
    assert "childrens_words" in {finding.rule for finding in verdict.findings}
    grown = roles | {"said": col.quote("Quotation")}
    other = release([Output("q", "table", "restricted", content=words, roles=grown)])["q"]
    assert "childrens_words" not in {finding.rule for finding in other.findings}


TERMS = """
[ethics.children_words]
guardian_consent = "written, of both guardians"
child_assent = "asked again before publication"
best_interests = "decided by the panel"
approval = "2024-17"
"""
STUDY = """
title = "Words"
notebook = "single_list"
seed = 1

[outputs]
quotes = { kind = "table", level = "restricted" }

[[overrides]]
output = "quotes"
rule = "childrens_words"
reason = "agreed with the children and their guardians"
name = "A. Custodian"

[ethics]
legal_basis = "consent"
purpose = "research"
consent = "written"
approval = "board 3"
agreement = "A-1"
agreement_ends = 2099-01-01
permitted_uses = ["research"]
children = "with guardians"
retain_until = 2099-01-01
immigration_enforcement = "never shared"
"""


def test_an_override_for_words_of_children_needs_the_four_terms(tmp_path):
    from ctresearch.studies import load_study

    for terms, good in ((TERMS, True), ("", False), (TERMS.replace('approval = "2024-17"\n', ""), False)):
        folder = tmp_path / f"study-{len(terms)}"
        folder.mkdir()
        (folder / "study.toml").write_text(STUDY + terms)
        if good:
            assert load_study(folder).ethics.children_words.approval == "2024-17"
        else:
            with pytest.raises(SpecificationError, match="children_words"):
                load_study(folder)


def test_a_legend_under_a_passphrase_opens_with_it_alone(tmp_path, monkeypatch):
    pytest.importorskip("cryptography")
    monkeypatch.setattr("ctresearch.qualitative.transcripts.sealed._COST", 1 << 10)  # the same way, in less time
    legend = Legend({"[NAME-00c0ffee]": "Zoé Exemple"})
    path = legend.save(tmp_path / "legend.json", passphrase="quatre mots sans li\u00e9s")
    held = path.read_text(encoding="utf-8")
    assert "Exemple" not in held
    assert "00c0ffee" not in held
    assert path.stat().st_mode & 0o077 == 0
    assert (
        Legend.load(path, passphrase="quatre mots sans lie\u0301s").words == legend.words
    )  # composed or not, it is one
    with pytest.raises(DataError, match="does not open") as caught:
        Legend.load(path, passphrase="quatre mots sans lien")
    assert caught.value.__cause__ is None
    with pytest.raises(DataError, match="is encrypted: give the passphrase"):
        Legend.load(path)
    with pytest.raises(DataError, match="is not encrypted"):
        Legend.load(legend.save(tmp_path / "plain.json"), passphrase="quatre mots sans lien")
    with pytest.raises(SpecificationError, match="fewer than 12"):
        legend.save(tmp_path / "short.json", passphrase="short")
    assert not (tmp_path / "short.json").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"cost": 1 << 30},
        {"cost": 1000},
        {"cost": "7"},
        {"salt": "?"},
        {"salt": 3},
        {"token": None},
        {"encrypted": "rot13"},
        {"token": "AAAA"},
    ],
)
def test_a_sealed_legend_that_was_changed_is_one_sentence(tmp_path, monkeypatch, change):
    pytest.importorskip("cryptography")
    monkeypatch.setattr("ctresearch.qualitative.transcripts.sealed._COST", 1 << 10)
    path = Legend({"[NAME-00c0ffee]": "A. Example"}).save(tmp_path / "legend.json", passphrase="four words of nothing")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DataError, match=r"way that is not known|does not open"):
        Legend.load(path, passphrase="four words of nothing")
