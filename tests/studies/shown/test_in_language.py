"""A report in another language stands beside its run, which is as it was."""

import json
from pathlib import Path

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies import RunRecord, load_study
from ctresearch.studies.shown import pdf
from ctresearch.studies.shown.blocks import notebook_blocks
from ctresearch.studies.shown.in_language import language_folder, read_document, tongue_of, write_report
from ctresearch.studies.shown.typeset import quoted
from small_project import HEAD, TOML, call, contents, make_project, names

NARROW, BROAD = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
CODE = """from ctresearch.core import Check, Result, Scope, estimates_table, say
said = say("Of {pairs} pairs of lists, {empty} share nobody and {sparse} fewer than {enough} people.",
    pairs=1500, empty=0, sparse=2, enough=5)
table = estimates_table({"population": (12345.6, 2.0, 9000.1, 15000.9)}, unit="persons")
result = Result(method=say("Log-linear model {model}", model="[1,2]"), estimates=table, n=2744, interval="normal",
    scope=Scope(population="invented people", measure="period"), checks=(Check("overlaps", "review", said),),
    assumptions=(say("There is no interaction of all lists at once; no table can test that."),))
run.save("t", result, counts=[2744])
result"""
CITE = '\n[cite]\nreferences = ["doi:10.1111/j.1740-9713.2015.00824.x"]\n'


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Make a project whose run is there, said once in French when it was made."""
    root = tmp_path_factory.mktemp("languages")
    make_project(
        root, HEAD, CODE, "# The words of the authors\n\n*Here.*", toml=TOML.replace('"file"', '"estimate"') + CITE
    )
    (root / "studies" / "demo" / "words.fr.toml").write_text(
        '"A small study" = "Une petite étude"\n"invented people" = "personnes inventées"\n', encoding="utf-8"
    )
    return root


@pytest.fixture(scope="module")
def made(project):
    """Run it in English, and keep what the command said."""
    from click.testing import CliRunner

    from ctresearch.cli.run import command

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        CliRunner().invoke(command, ["demo"], standalone_mode=False, catch_exceptions=False)
    folder = next(path for path in (project / "runs" / "demo").iterdir() if (path / "provenance.json").is_file())
    return load_study(str(project / "studies" / "demo")), RunRecord.open(folder), contents(folder)


@pytest.fixture(scope="module")
def page(made):
    """The report in French."""
    study, record, _ = made
    return next(path for path in write_report(study, record, "fr") if path.suffix == ".html").read_text(
        encoding="utf-8"
    )


def test_the_run_is_as_it_was_and_verifies(made, page):
    _, record, before = made
    assert contents(record.folder) == before
    assert record.problems() == []
    kept = {"report.fr.html"} | ({"report.fr.pdf"} if pdf.renderer() else set())
    assert set(names(language_folder(record.folder, "fr"))) == kept
    assert language_folder(record.folder, "fr").parent == record.folder.parent


def test_what_the_package_says_stands_in_the_language(page):
    assert '<html lang="fr">' in page
    assert f"Population{BROAD}: environ 12{NARROW}300 personnes" in page
    assert f"avec un intervalle à 95{BROAD}% de 9{NARROW}000 à 15{NARROW}000" in page
    assert '<h2 id="h-trust">Quelle confiance lui accorder</h2>' in page
    assert f"À examiner{BROAD}: t{BROAD}: recoupements." in page
    assert "Sur 1500 paires de listes, 0 n&#x27;ont personne en commun et 2 moins de 5 personnes." in page
    assert "aucun tableau ne peut le vérifier." in page
    assert "personnes concernées à un moment quelconque de la période" in page
    assert "<summary>Code</summary>" in page


def test_a_result_that_a_cell_displays_stands_in_the_language_as_well(page):
    below = page.partition('<p class="below">')[2]
    assert "<h3>Modèle log-linéaire [1,2]</h3>" in below
    assert "Personnes comptées" in below
    assert "Log-linear model" not in below.partition("<h3>")[2]
    assert f"n = 2{NARROW}744" in below


def test_the_words_of_the_study_are_those_that_it_brings(page):
    assert "<title>Une petite étude</title>" in page
    assert "<h1>Une petite étude</h1>" in page
    assert "<dd>personnes inventées</dd>" in page
    assert "A small study" not in page


def test_the_notebook_keeps_its_language_and_the_page_says_so(page):
    assert "The words of the authors" in page
    assert "Le notebook, le titre et les mots de l&#x27;étude restent dans la langue où ils ont été écrits." in page


def test_the_page_in_english_says_nothing_of_languages(made):
    _, record, _ = made
    english = (record.folder / "report.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in english
    assert "in the language in which" not in english
    assert "A small study" in english


def test_the_same_is_written_each_time(made, page):
    study, record, _ = made
    first = contents(language_folder(record.folder, "fr"))
    assert write_report(study, record, "fr")[0].name == "report.fr.html"
    assert contents(language_folder(record.folder, "fr")) == first


def test_sentences_are_read_back_with_their_templates(made):
    entry = read_document(made[1])["estimates"]["t"]
    assert entry["method"].template == "Log-linear model {model}"
    assert entry["assumptions"] == ["There is no interaction of all lists at once; no table can test that."]
    assert entry["method"] == made[1].results["estimates"]["t"]["method"]


def test_a_language_without_words_of_the_study_shows_them_as_they_are(made):
    study, record, _ = made
    page = write_report(study, record, "es")[0].read_text(encoding="utf-8")
    assert '<html lang="es">' in page
    assert "<h1>A small study</h1>" in page
    assert "Población: alrededor de" in page


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'"People" = 3\n', "holds 'People' without words"),
        (b'"People" = " "\n', "holds 'People' without words"),
        (b'[words]\n"a" = "b"\n', "holds 'words' without words"),
        (b'"People = "Gens"\n', r"is no TOML in UTF-8 \(TOMLDecodeError\)"),
        (b'"People" = "\xe9"\n', r"is no TOML in UTF-8 \(UnicodeDecodeError\)"),
    ],
)
def test_words_that_are_no_pairs_are_refused_in_a_sentence(tmp_path, content, told):
    folder = make_project(tmp_path)
    (folder / "words.es.toml").write_bytes(content)
    study = load_study(str(folder))
    with pytest.raises(SpecificationError, match=told):
        tongue_of(study, "es")
    assert tongue_of(study, "fr").write("People") == "Personnes"
    assert tongue_of(study, "en").code == "en"


def test_the_command_writes_it_and_answers_in_the_language(project, made, capsys, monkeypatch):
    monkeypatch.chdir(project)
    _, record, before = made
    code, out, _ = call(capsys, "run", "demo", "--language", "es")
    place = Path("runs", "demo", f"{record.folder.name}.es", "report.es.html")
    assert code == 0
    assert out.startswith("Población: alrededor de 12")
    assert "already there" in out
    assert str(place) in out
    rows = json.loads(call(capsys, "run", "demo", "--language", "fr", "--json")[1])
    assert Path(rows[0]["reports"][0]).name == "report.fr.html"
    assert "reports" not in json.loads(call(capsys, "run", "demo", "--json")[1])[0]
    assert contents(record.folder) == before
    code, _, err = call(capsys, "run", "demo", "--language", "de")
    assert code == 2
    assert "'en', 'es', 'fr'" in err


def test_the_printed_page_is_in_the_language(made):
    from ctresearch.core.tongue import language

    document = read_document(made[1]) | {"restricted": ["lists"]}
    source = pdf.typst_source({"cells": []}, document, "2026-01-31", tongue=language("fr"))
    assert '#set text(lang: "fr")' in source
    assert '"31 janvier 2026"' in source
    assert "Exécution" in source
    assert quoted("Données.") in source
    assert f"Les données sont à accès restreint (lists){BROAD}:" in source
    assert f"À examiner{BROAD}: t{BROAD}: recoupements." in source
    english = pdf.typst_source({"cells": []}, document, "2026-01-31")
    assert '"2026-01-31"' in english
    assert "The data are restricted (lists): what is shown here" in english


def test_pictures_are_called_by_their_name_in_the_language():
    from ctresearch.core.tongue import language

    output = {"output_type": "display_data", "data": {"image/png": "aGk="}, "metadata": {}}
    cell = {"cell_type": "code", "source": "", "outputs": [output]}
    shown = [next(iter(notebook_blocks({"cells": [cell]}, language(code)))).content for code in ("en", "es")]
    assert ['alt="Figure"' in shown[0], 'alt="Cifra"' in shown[1]] == [True, True]
