"""What is handed on from the run to its pages: the contract, the language, the day and the width reach who sets them."""

import json
import tomllib
from types import SimpleNamespace

import pandas as pd
import pytest

from ctresearch.core import Check, DataError, FitError, Result, Scope, estimates_table, say
from ctresearch.core.declaration import Declaration
from ctresearch.core.stored import OldResultWarning
from ctresearch.core.tongue import ENGLISH, language
from ctresearch.studies.asked.manifest import SignedOverride, study_from_table
from ctresearch.studies.shown import blocks, gate, in_language, journal, pages, pdf, results, standing
from ctresearch.studies.shown.contract import NO_CONTRACT, Contract
from ctresearch.studies.shown.normalise import FOOTER_ID
from small_project import ETHICS

RUN = "ab" * 32


def noting(monkeypatch, module, name, answer):
    """Have a function note what it is given, and answer so; return the notes."""
    seen = []

    def call(*given, **more):
        seen.append((given, more))
        return answer(*given) if callable(answer) else answer

    monkeypatch.setattr(module, name, call)
    return seen


class Typst:
    """A typesetter that notes what it is given, or refuses it."""

    class TypstError(Exception):
        """It cannot be set."""

    def __init__(self, refuses=False):
        self.seen, self.refuses = [], refuses

    def compile(self, *given, **more):
        self.seen.append((given, more))
        if self.refuses:
            raise self.TypstError("no such thing")
        return b"%PDF"


@pytest.mark.parametrize("printed", [b"%PDF", None])
def test_the_pages_of_a_run_are_set_with_the_words_of_its_study(monkeypatch, printed):
    marked = noting(monkeypatch, pages, "contract_of", "a contract")
    by = noting(monkeypatch, pages, "byline", "a byline")
    page = noting(monkeypatch, pages, "html_page", "é")
    paper = noting(monkeypatch, pages.pdf, "render", printed)
    study, notebook, document, components, read = object(), object(), object(), object(), object()
    found = pages.set_pages(study, notebook, document, components, read, date="2026-01-31")
    assert found == {"report.html": "é".encode()} | ({"report.pdf": b"%PDF"} if printed else {})
    assert marked == [((study, document, read), {})]
    assert by == [((study, components), {})]
    assert page == [((notebook, document, "a byline", "a contract"), {})]
    assert paper == [((notebook, document, "2026-01-31", "a contract"), {})]


def test_a_pdf_has_the_day_of_the_release_and_no_font_of_this_machine(monkeypatch):
    typst = Typst()
    monkeypatch.setattr(pdf, "renderer", lambda: "typst 1")
    asked = noting(monkeypatch, pdf, "require_extra", typst)
    source = noting(monkeypatch, pdf, "typst_source", "é")
    contract, tongue = Contract("mine"), language("fr")
    assert pdf.render({"cells": []}, {"run_id": RUN}, "2026-01-31", contract, tongue=tongue) == b"%PDF"
    assert asked == [(("typst", "pdf"), {})]
    assert source == [(({"cells": []}, {"run_id": RUN}, "2026-01-31", contract), {"tongue": tongue})]
    midnight = 1769817600  # 31 January 2026, UTC
    options = {"format": "pdf", "ignore_system_fonts": True, "timestamp": midnight}
    assert typst.seen == [(("é".encode(),), options)]
    pdf.render({"cells": []}, {"run_id": RUN}, "2026-01-31")
    assert source[1] == (({"cells": []}, {"run_id": RUN}, "2026-01-31", NO_CONTRACT), {"tongue": ENGLISH})
    typst.refuses = True
    with pytest.raises(FitError, match=f"^the PDF of run {RUN[:16]} cannot be set: no such thing$"):
        pdf.render({"cells": []}, {"run_id": RUN}, "2026-01-31")


def test_the_renderer_goes_by_its_version(monkeypatch):
    def missing(name):
        raise pdf.PackageNotFoundError(name)

    asked = noting(monkeypatch, pdf, "version", "9.8.7")
    assert pdf.renderer() == "typst 9.8.7"
    assert asked == [(("typst",), {})]
    monkeypatch.setattr(pdf, "version", missing)
    assert pdf.renderer() is None


def test_a_printed_report_says_title_day_data_answer_checks_and_words_in_this_order(monkeypatch):
    document = {"title": "Mine", "run_id": RUN, "checks": [], "estimates": {}, "restricted": ["cases"]}
    checks = [("review", "few", "It <is> few."), ("fail", "bias", "It is off."), ("pass", "fine", "It is fine.")]
    document["checks"] = [{"output": "my_e", "name": n, "status": s, "message": m} for s, n, m in checks]
    document["checks"].append({"output": "e", "name": "none", "status": "fail", "message": "None.", "voids": True})
    first = noting(monkeypatch, pdf, "first_page_html", "<p>first</p>")
    read = noting(monkeypatch, pdf, "read_first_page", "a page")
    head = noting(monkeypatch, pdf, "headline", "<p>head</p>")
    cells = [
        {"cell_type": "markdown", "source": "# Own title\n\n# Again", "id": "a"},
        {"cell_type": "code", "source": "x = 1", "outputs": [], "id": "b"},
        {"cell_type": "markdown", "source": "# Late", "id": "c"},
        {"cell_type": "markdown", "source": "gone", "id": FOOTER_ID},
    ]
    contract = Contract("mine")
    source = pdf.typst_source({"cells": cells}, document, "2026-01-31", contract)
    assert read == [((document, contract), {})]
    assert first == [(("a page", ENGLISH), {})]
    assert head == [((document, contract, ENGLISH), {})]
    order = [
        f'#let foot = "Run {RUN}"\n',
        '#set document(title: "Mine")\n',
        '#set text(lang: "en")\n',
        '#text(size: 19pt, weight: 700, "Mine")\n\n#text(fill: luma(90), "2026-01-31")\n\n',
        '#callout(rgb("#b3261e"), "Data.", "The data are restricted (cases): what is shown here',
        '#block[#text("first")]\n#pagebreak(weak: true)\n',
        '#block[#text("head")]\n\n',
        '#callout(rgb("#b3261e"), "Does not stand: e: none.", "None.")\n',
        '#callout(rgb("#b3261e"), "Mind the reading: my e: bias.", "It is off.")\n',
        '#callout(rgb("#8a5a00"), "Review: my e: few.", "It <is> few.")\n',
        "#line(length: 100%, stroke: 1pt)\n#text(size: 8pt, fill: luma(90), ",
        '#heading(level: 2)[#text("Again")]',
        '#heading(level: 2)[#text("Late")]',
    ]
    places = [source.index(one) for one in order]
    assert places == sorted(places)
    assert places[0] == 0
    for gone in ("Own title", "It is fine.", "x = 1", '"gone"'):
        assert gone not in source
    cells[1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1"}]
    assert "what the cells below display nobody has judged" in pdf.typst_source(
        {"cells": cells}, document, "2026-01-31"
    )
    monkeypatch.setattr(pdf, "first_page_html", lambda *_: "")
    bare = pdf.typst_source({"cells": []}, document | {"restricted": []}, "2026-01-31")
    assert "#pagebreak" not in bare
    assert "Data." not in bare


@pytest.fixture
def record(tmp_path):
    """A run in its folder, whose results and notebook show one estimate."""
    folder = tmp_path / "0123456789abcdef"
    folder.mkdir()
    (folder / "note.txt").write_bytes(b"note")
    return SimpleNamespace(folder=folder, components={"seed": 1}, log={"started": "2026-01-31T12:00:00+00:00"})


@pytest.mark.parametrize("printed", [b"%PDF", None])
def test_a_report_in_a_language_is_handed_the_whole_run(monkeypatch, record, printed):
    tongue = language("fr")
    noting(monkeypatch, in_language, "tongue_of", tongue)
    noting(monkeypatch, in_language, "read_document", {"a": 1})
    shown = noting(monkeypatch, in_language, "_notebook", "a notebook")
    marked = noting(monkeypatch, in_language, "contract_of", "a contract")
    by = noting(monkeypatch, in_language.report, "byline", "a byline")
    page = noting(monkeypatch, in_language.report, "html_page", "é")
    paper = noting(monkeypatch, in_language.pdf, "render", printed)
    study = object()
    for _ in range(2):  # the folder may be there
        written = in_language.write_report(study, record, "fr")
    folder = record.folder.with_name("0123456789abcdef.fr")
    endings = ["html", "pdf"] if printed else ["html"]
    assert written == [folder / f"report.fr.{ending}" for ending in endings]
    assert [one.read_bytes() for one in written] == ["é".encode(), b"%PDF"][: len(endings)]
    assert shown[0] == ((record, {"a": 1}, tongue), {})
    assert marked[0][0][:2] == (study, {"a": 1})
    assert marked[0][0][2]("note.txt") == b"note"
    assert by[0] == ((study, {"seed": 1}), {})
    assert page[0] == (("a notebook", {"a": 1}, "a byline", "a contract"), {"tongue": tongue})
    assert paper[0] == (("a notebook", {"a": 1}, "2026-01-31", "a contract"), {"tongue": tongue})


def result(**changed):
    given = {
        "method": "Sum of the lists",
        "n": 40,
        "interval": "normal",
        "scope": Scope(population="people", definition="found", reference_period="2013", measure="period"),
        "estimates": estimates_table({"population": (200 / 3, 3.0, 60.0, 80.0)}, unit="persons"),
        "checks": (Check("overlap", "review", "Nobody is on both lists.", {"share": 1 / 3}),),
        "assumptions": ("The lists are whole.",),
        "references": ("A report (2020)",),
    }
    return Result(**(given | changed))


def test_what_a_cell_displays_of_a_published_result_is_shown_in_the_language(monkeypatch, record):
    mine, tongue = result(), language("fr")
    (record.folder / "e.json").write_text(json.dumps(mine.to_dict()))
    record.run_id = RUN
    from ctresearch.core import render

    english = render.as_html(mine)
    shown = [{"text/html": english}, {"text/html": "<p>other</p>"}, {"text/plain": "x"}]
    outputs = [{"output_type": "display_data", "metadata": {}, "data": one} for one in shown]
    cells = [
        {"cell_type": "markdown", "source": "# Words", "metadata": {}},
        {"cell_type": "code", "source": "x", "metadata": {}, "execution_count": 1, "outputs": outputs},
    ]
    (record.folder / "notebook.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}}))
    found = in_language._notebook(record, {"estimates": {"e": {"path": "e.json"}}}, tongue)
    first, second, third = found["cells"][1]["outputs"]
    assert first["data"]["text/html"] == render.as_html(mine, tongue) != english
    assert second["data"] == {"text/html": "<p>other</p>"}
    assert third["data"] == {"text/plain": "x"}
    assert found["cells"][-1]["source"].endswith(f"Run `{RUN}`")


def test_a_figure_is_set_as_pdf_on_a_page_of_its_own_size(monkeypatch):
    typst = Typst()
    asked = noting(monkeypatch, journal, "require_extra", typst)
    assert journal._as_pdf('<svg a="b"/>', 89.5) == b"%PDF"
    assert asked == [(("typst", "pdf"), {})]
    source = (
        "#set page(width: 89.5mm, height: auto, margin: 0pt)\n"
        '#image(bytes("<svg a=\\"b\\"/>"), format: "svg", width: 100%)\n'
    )
    options = {"format": "pdf", "ignore_system_fonts": True, "timestamp": 315532800}  # 1 January 1980
    assert typst.seen == [((source.encode(),), options)]
    typst.refuses = True
    with pytest.raises(FitError, match=r"^a figure cannot be set as PDF: no such thing$"):
        journal._as_pdf("<svg/>", 89)


def test_figures_are_written_in_each_form_that_was_asked_for(monkeypatch, tmp_path):
    (tmp_path / "run" / "figures").mkdir(parents=True)
    for name in ("b.svg", "a.svg", "c.csv"):
        (tmp_path / "run" / "figures" / name).write_text('<svg width="100pt" height="50pt">é</svg>', encoding="utf-8")
    asked = noting(monkeypatch, journal, "_as_pdf", b"%PDF")
    written = journal.write_figures(tmp_path / "run", tmp_path / "out" / "deep", 89.5, ("svg", "pdf"))
    names = ["a-89.5mm.svg", "a-89.5mm.pdf", "b-89.5mm.svg", "b-89.5mm.pdf"]
    assert written == [tmp_path / "out" / "deep" / name for name in names]
    sized = '<svg width="89.5mm" height="44.75mm">é</svg>'
    assert written[0].read_text(encoding="utf-8") == sized
    assert written[1].read_bytes() == b"%PDF"
    assert asked == [((sized, 89.5), {})] * 2
    assert [one.suffix for one in journal.write_figures(tmp_path / "run", tmp_path, 89)] == [".svg", ".svg"]
    for width in (20, 500):
        journal.at_width(sized.replace("mm", "pt"), width)


def study_of(tmp_path, *, data=None, references=("A report (2020)",), overrides=(), **outputs):
    table = {"title": "T", "notebook": "n", "seed": 1, "outputs": outputs, "cite": {"references": list(references)}}
    table |= {"overrides": list(overrides), "data": data or {}}
    return study_from_table(table | (tomllib.loads(ETHICS) if data else {}), tmp_path / "demo")


CASES = {"cases": {"level": "restricted", "access": "ask the custodian"}}
SIGNED = {"output": "t", "rule": "threshold", "reason": "the table was published before", "name": "A. Custodian"}


def test_a_run_without_outputs_asks_the_gate_nothing(monkeypatch, tmp_path):
    asked = noting(monkeypatch, gate, "release", None)
    assert gate.judge(study_of(tmp_path), {}, tmp_path) == {}
    assert gate.judge_notebooks(study_of(tmp_path), [], bare=False) == {}
    assert asked == []


def test_the_gate_is_told_all_that_was_declared_of_an_output(monkeypatch, tmp_path):
    (tmp_path / "t.csv").write_text("group,n\na,3\n")
    (tmp_path / "f.svg").write_bytes(b"<svg/>")
    (tmp_path / "f.csv").write_text("x\n1\n")
    (tmp_path / "n.txt").write_bytes(b"notes")
    roles = {"group": {"role": "key", "label": "Group"}, "n": {"role": "count", "label": "People"}}
    saved = {
        "t": {"kind": "table", "path": "t.csv", "counts": [3], "roles": roles, "smallest_group": 3, "rounded": 5},
        "of_t": {"kind": "figure", "path": "f.svg", "counts": None, "drawn_from": "t", "smallest_group": 4},
        "own": {"kind": "figure", "path": "f.svg", "counts": [9], "data": "f.csv", "drawn_from": "", "roles": None},
        "bare": {"kind": "figure", "path": "f.svg", "counts": None},
        "notes": {"kind": "file", "path": "n.txt", "counts": []},
    }
    outputs = {name: {"kind": one["kind"], "level": "restricted"} for name, one in saved.items()}
    outputs["notes"]["operational_detail"] = True
    study = study_of(tmp_path, data=CASES, overrides=[SIGNED], **outputs)
    verdicts = SimpleNamespace(verdicts=[SimpleNamespace(output=name) for name in sorted(saved)])
    asked = noting(monkeypatch, gate, "release", verdicts)
    assert list(gate.judge(study, saved, tmp_path)) == sorted(saved)
    (((given, policy), more),) = asked
    assert policy is None
    (signed,) = more["overrides"]
    assert (signed.output, signed.rule) == ("t", "threshold")
    told = {one.name: one for one in given}
    assert [one.name for one in given] == sorted(saved)
    assert [told[name].kind for name in saved] == ["table", "figure", "figure", "figure", "file"]
    assert {one.level for one in given} == {"restricted"}
    table = told["t"]
    assert table.content.to_dict("list") == {"group": ["a"], "n": [3]}
    assert (table.counts, table.smallest_group, table.beside) == ([3], 3, None)
    assert set(table.roles) == {"group", "n"}
    of_t = told["of_t"]  # a picture is judged by the numbers that it draws
    assert of_t.content.to_dict("list") == {"group": ["a"], "n": [3]}
    assert (of_t.counts, of_t.smallest_group, of_t.beside) == ([3], 4, b"<svg/>")
    assert of_t.roles == table.roles
    own = told["own"]
    assert own.content.to_dict("list") == {"x": [1]}
    assert (own.counts, own.beside, own.roles) == ([9], b"<svg/>", None)
    assert (told["bare"].content, told["bare"].beside) == (b"<svg/>", None)
    assert told["notes"].counts == []  # said, and nobody
    assert [one.name for one in given if one.operational_detail] == ["notes"]
    assert {one.citation for one in given} == {"A report (2020)"}


def test_what_cites_nothing_has_no_citation_and_a_published_table_its_own(tmp_path):
    assert gate._citation(study_of(tmp_path, references=())) is None
    assert gate._citation(study_of(tmp_path, references=("a", "b"))) == "a; b"
    published = {"lists": {"source": "published:uk-2013", "level": "public"}}
    cited = gate._citation(study_of(tmp_path, data=published))
    assert cited
    assert "A report" not in cited


def verdict(status="pass", *, findings=(), overrides=(), cure="", sentence="It is held."):
    return SimpleNamespace(
        sentence=sentence, cure=cure, verdict=status, rule="threshold", findings=findings, overrides=overrides
    )


def test_a_verdict_is_told_with_its_cure_the_rules_to_cure_and_who_signed():
    plain = {"level": "public", "status": "pass", "rule": "threshold", "message": "It is held."}
    assert gate.verdict_entry(verdict(), "public") == plain
    found = [
        SimpleNamespace(rule=rule, verdict=status)
        for rule, status in (
            ("threshold", "fail"),
            ("names", "review"),
            ("fine", "pass"),
            ("names", "fail"),
            ("quotes", "fail"),
        )
    ]
    signed = SimpleNamespace(rule="quotes", reason="agreed", name="A. Custodian")
    told = gate.verdict_entry(verdict("fail", findings=found, overrides=[signed], cure="Round it."), "restricted")
    assert told == {
        "level": "restricted",
        "status": "fail",
        "rule": "threshold",
        "message": "It is held. Round it. (to be cured, or set aside by name: threshold, names)",
        "rules": ["threshold", "names"],
        "overrides": [{"rule": "quotes", "reason": "agreed", "name": "A. Custodian"}],
    }


@pytest.mark.parametrize(("many", "more"), [(0, ""), (3, ""), (4, " and 1 more."), (6, " and 3 more.")])
def test_the_first_cells_that_hold_a_notebook_back_are_named(monkeypatch, tmp_path, many, more):
    found = [SimpleNamespace(sentence=f"Cell {n}.") for n in range(many)]
    asked = noting(monkeypatch, gate, "scan_notebook", (None, found))
    output = SimpleNamespace(content={"cells": []}, level="public")
    told = " ".join(f"Cell {n}." for n in range(min(many, 3)))
    expected = f"{told}{more} Cells count from 0; change these and run again." if many else ""
    assert gate._places(study_of(tmp_path), output) == expected
    assert asked == [(({"cells": []}, None), {"level": "public"})]


def test_pictures_of_public_rows_leave_with_their_text_alone():
    data = {"image/png": "p", "image/jpeg": "j", "image/svg+xml": "s", "text/plain": "t"}
    outputs = [
        {"output_type": "stream", "text": "a"},
        {"output_type": "display_data", "data": data, "metadata": {"m": 1}},
    ]
    notebook = {"cells": [{"cell_type": "code", "outputs": outputs}, {"cell_type": "markdown", "source": "w"}], "a": 1}
    bare = gate._without_pictures(notebook)
    shown = {"output_type": "display_data", "data": {"text/plain": "t"}, "metadata": {"m": 1}}
    assert bare == {"cells": [{"cell_type": "code", "outputs": [outputs[0], shown]}, notebook["cells"][1]], "a": 1}
    assert set(data) == {"image/png", "image/jpeg", "image/svg+xml", "text/plain"}  # and the notebook is as it was


def test_an_estimate_that_holds_more_than_one_does_is_judged_as_it_is_written():
    mine = result()
    written = mine.to_dict()
    assert gate._declared(written, None) is written
    said = Declaration({"population": "model"}).to_dict()
    assert gate._declared(written, said).declaration == Declaration.from_dict(said)
    more = written | {"people": ["Fatima"], "schema": "result-6"}  # of an older schema, more is read
    with pytest.warns(OldResultWarning, match="people"):
        assert gate._declared(more, said) is more


def test_results_say_of_each_output_what_it_is_and_what_the_gate_said(monkeypatch, tmp_path):
    mine = result()
    (tmp_path / "e.json").write_text(json.dumps(mine.to_dict()))
    (tmp_path / "t.csv").write_bytes("a,é\n1,2\n3,4\n".encode())
    (tmp_path / "f.svg").write_bytes(b"<svg/>")
    (tmp_path / "f.csv").write_bytes(b"x\n1\n")
    (tmp_path / "n.txt").write_bytes(b"n")
    roles = {"a": {"role": "key", "label": "A"}}
    saved = {
        "t": {"kind": "table", "path": "t.csv", "roles": roles},
        "e": {"kind": "estimate", "path": "e.json", "trust": {"status": "sound"}},
        "f": {"kind": "figure", "path": "f.svg", "data": "f.csv", "roles": roles},
        "g": {"kind": "figure", "path": "f.svg", "drawn_from": "t"},
        "h": {"kind": "figure", "path": "f.svg"},
        "n": {"kind": "file", "path": "n.txt"},
        "held": {"kind": "file", "path": "n.txt"},
    }
    outputs = {name: {"kind": one["kind"], "level": "public"} for name, one in saved.items()}
    study = study_of(tmp_path, **outputs)
    said = {name: verdict("fail" if name == "held" else "pass") for name in saved}
    asked = noting(monkeypatch, results.gate, "judge", said)
    found = results.build(study, RUN, saved, tmp_path, {"lists": ("title",)}, restricted=["z", "a"])
    assert asked == [((study, saved, tmp_path), {})]
    digest = {
        name: results.hashlib.sha256((tmp_path / one["path"]).read_bytes()).hexdigest() for name, one in saved.items()
    }
    assert {key: found[key] for key in ("$schema", "format", "study", "title", "run_id", "status")} == {
        "$schema": "results.schema.json",
        "format": "ctresearch-results/1",
        "study": "demo",
        "title": "T",
        "run_id": RUN,
        "status": "review",
    }
    assert found["tables"] == {
        "t": {"path": "t.csv", "sha256": digest["t"], "columns": ["a", "é"], "rows": 2, "meanings": roles}
    }
    data = {"path": "f.csv", "sha256": results.hashlib.sha256(b"x\n1\n").hexdigest()}
    svg = {"path": "f.svg", "sha256": digest["f"]}
    assert found["figures"] == {"f": svg | {"data": data, "meanings": roles}, "g": svg | {"drawn_from": "t"}, "h": svg}
    assert found["files"] == {"n": {"path": "n.txt", "sha256": digest["n"]}}
    assert list(found["gate"]) == sorted(saved)
    assert {one["level"] for one in found["gate"].values()} == {"public"}
    assert found["gate"]["held"]["status"] == "fail"
    entry = found["estimates"]["e"]
    assert (entry["path"], entry["sha256"], entry["trust"]) == ("e.json", digest["e"], {"status": "sound"})
    assert (entry["method"], entry["n"], entry["level"], entry["interval"]) == ("Sum of the lists", 40, 0.95, "normal")
    assert (entry["scale"], entry["status"], entry["stands"]) == ("identity", "review", True)
    assert (entry["assumptions"], entry["references"]) == (["The lists are whole."], ["A report (2020)"])
    scope = {"population": "people", "definition": "found", "reference_period": "2013", "measure": "period"}
    assert {key: entry[key] for key in scope} == scope
    assert list(entry["terms"]) == ["population"]
    (row,) = entry["rows"]
    assert (row["term"], row["estimate"], row["unit"], row["std_error"]) == ("population", 66.666667, "persons", 3)
    (check,) = found["checks"]
    assert (check["output"], check["name"], check["status"]) == ("e", "overlap", "review")
    assert check["numbers"] == {"share": 0.33333333}
    assert (found["replaced"], found["restricted"]) == ({"lists": ["title"]}, ["a", "z"])
    bare = results.build(study, RUN, {}, tmp_path)
    assert {"replaced", "restricted"}.isdisjoint(bare)
    assert (bare["status"], bare["checks"], bare["gate"]) == ("pass", [], {})


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}", b'{"kind": "Result"}'])
def test_an_estimate_that_cannot_be_read_back_says_so_without_what_it_holds(content):
    with pytest.raises(DataError, match=r"^the estimate 'e' cannot be read back \(\w+\): save a Result"):
        results._read_result("e", content)


def test_cells_of_estimates_are_plain(tmp_path):
    import numpy as np

    values = [np.float64(1 / 3), np.int64(3), np.bool_(True), None, "w", True, 2.0, pd.Timestamp("2026-01-31")]
    found = [results._plain(one) for one in values]
    assert found == [0.33333333, 3, True, None, "w", True, 2, "2026-01-31 00:00:00"]
    assert [type(one) for one in found] == [float, int, bool, type(None), str, bool, int, str]
    assert results._table_entry(b"") == {"columns": [], "rows": 0}


def test_a_signed_decision_is_that_of_the_gate():
    told = SignedOverride(**SIGNED).signed()
    assert (told.output, told.rule, told.reason, told.name) == tuple(SIGNED.values())


def test_outputs_of_cells_are_shown_in_their_richest_safe_form():
    def shown(**data):
        output = {"output_type": "display_data", "data": {key.replace("_", "/"): value for key, value in data.items()}}
        return blocks._output(output, ENGLISH)

    assert shown(text_plain="<a>", text_latex="x") == "<pre>x</pre>"
    assert shown(text_plain="<a>") == "<pre>&lt;a&gt;</pre>"
    assert shown(text_markdown="**a**", text_latex="x") == "<p><strong>a</strong></p>\n"
    assert shown(text_html="<b>a</b>", image_png="aGk=") == "<b>a</b>"
    assert 'src="data:image/png;base64,aGk="' in shown(image_png="aG\nk=", image_jpeg="eA==")
    assert 'src="data:image/jpeg;base64,eA=="' in shown(image_jpeg="eA==", text_markdown="a")
    assert shown(application_json="{}") == ""
    for name, kind in (("stderr", "stderr"), ("stdout", "stdout"), ("other", "stdout")):
        output = {"output_type": "stream", "name": name, "text": "<a>"}
        assert blocks._output(output, ENGLISH) == f'<pre class="{kind}">&lt;a&gt;</pre>'
    error = {"output_type": "error", "ename": "E<", "evalue": "v<", "traceback": ["t"]}
    assert blocks._output(error, ENGLISH) == '<pre class="stderr">E&lt;: v&lt;</pre>'


def test_the_sentence_of_a_check_keeps_its_words_and_numbers_apart_where_they_were_kept():
    said = say("{n} pairs share nobody.", n=1500)
    kept = standing.check_words({"message": "1500 pairs share nobody.", "said": said.to_dict()})
    assert (kept.template, kept.values["n"]) == ("{n} pairs share nobody.", 1500)
    plain = standing.check_words({"message": "1500 {pairs}."})
    assert (str(plain), plain.constant) == ("1500 {pairs}.", True)
    heading = standing.check_heading("fail", "few", ["a", "b"])
    assert str(heading) == "Mind the reading: a, b: few."
