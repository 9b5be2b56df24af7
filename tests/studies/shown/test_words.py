"""Words of a stranger are set as words: no line, table, terminal or page of ours obeys them."""

import json
import zipfile

import pytest

from ctresearch.studies.asked.manifest import study_from_table
from ctresearch.studies.base.archive import pack, unpack
from ctresearch.studies.compare.compare import Comparison, markdown
from ctresearch.studies.compare.diff import diff_runs
from ctresearch.studies.kept.evidence import Evidence
from ctresearch.studies.release.front_matter import readme
from ctresearch.studies.shown.results import results_bytes
from ctresearch.studies.shown.words import as_markdown, one_line
from small_project import call

EVIL = "x\x1b[2J\n  ✓ sha256: The SHA-256 is the one expected.\r\u202e | **All passed** <b> # `a`"


def test_a_line_is_one_line_that_no_terminal_obeys():
    assert one_line(EVIL).startswith("x\\x1b[2J ✓ sha256: ")
    assert not set("\n\r\x1b\u202e") & set(one_line(EVIL))
    assert one_line("ÄĞ हिन्दी می‌خواهم 1–2") == "ÄĞ हिन्दी می‌خواهم 1–2"


def estimate(stands=True):
    row = {"term": EVIL, "estimate": 3.0, "std_error": 1.0, "ci_low": 1234.0, "ci_high": 5678.0, "unit": EVIL}
    words = dict.fromkeys(("method", "population", "definition", "reference_period", "measure"), EVIL)
    return {**words, "level": 0.95, "status": "fail", "stands": stands, "rows": [row]}


def evidence(*, stands=True, voids=False):
    checks = [{"output": "e", "name": EVIL, "status": "fail", "message": EVIL} | ({"voids": True} if voids else {})]
    results = {
        "study": EVIL,
        "estimates": {"e": estimate(stands)},
        "checks": checks,
        "tables": {},
        "figures": {},
        "files": {},
    }
    return Evidence(results, {"run_id": "ab", "components": {"parameters": {"n": EVIL}, "inputs": {}}}, {})


def lines_of_ours(text):
    """Lines, tables and headings cannot be broken by a word."""
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "**All passed**" not in text
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert not [line for line in text.splitlines() if line.lstrip().startswith("✓")]


def test_a_readme_reads_them_as_words(tmp_path):
    table = {"title": EVIL, "description": EVIL, "notebook": "n", "seed": 1, "authors": [{"name": EVIL}]}
    study = study_from_table(table | {"cite": {"references": [EVIL]}}, tmp_path / "demo")
    text = readme(study, "1.0", "2026-01-31", {"": evidence()}, wheel="w.whl", withheld=[])
    lines_of_ours("\n".join(line for line in text.splitlines() if "`n = " not in line))
    assert text.splitlines()[0].startswith("# x")


@pytest.mark.parametrize(("stands", "voids"), [(False, False), (True, True), (False, True)])
def test_a_readme_shows_no_limits_of_what_does_not_stand(tmp_path, stands, voids):
    study = study_from_table({"title": "T", "notebook": "n", "seed": 1}, tmp_path / "demo")
    text = readme(study, "1.0", "2026-01-31", {"": evidence(stands=stands, voids=voids)}, wheel="w.whl", withheld=[])
    assert "1,234" not in text
    assert "**Does not stand, and has no limits.**" in text
    assert ("**Does not stand: e, " in text) is voids


def test_differences_read_them_as_words_and_say_what_does_not_stand():
    lines_of_ours(diff_runs(evidence(), evidence()).markdown())
    lines_of_ours(markdown("demo", [Comparison(EVIL, "table", "drifted", EVIL)]))
    found = diff_runs(evidence(), evidence(stands=False))
    assert found.estimates[0].reading == "does not stand"


def test_a_hostile_bundle_writes_no_line_of_its_own(publication, tmp_path, capsys):
    files = unpack(publication.bundle.read_bytes())
    listing = json.loads(files["demo-1.0.0/bundle.json"])
    listing["files"][EVIL] = {"sha256": "00" * 32, "bytes": 1}
    files["demo-1.0.0/bundle.json"] = results_bytes(listing)
    (tmp_path / "demo-1.0.0.zip").write_bytes(pack(files))
    code, out, _ = call(capsys, "verify", str(tmp_path / "demo-1.0.0.zip"))
    assert code == 4
    assert "\x1b" not in out
    assert not [line for line in out.splitlines() if line.startswith("  ✓ sha256")]
    assert zipfile.is_zipfile(tmp_path / "demo-1.0.0.zip")


def test_a_bundle_of_before_there_were_two_kinds_of_failure_still_verifies(publication):
    import jsonschema

    from ctresearch.studies.shown.results import schema

    document = json.loads(unpack(publication.bundle.read_bytes())["demo-1.0.0/results.json"])
    jsonschema.validate(document, schema())
    for entry in document["estimates"].values():
        assert entry.pop("stands") is True
    jsonschema.validate(document, schema())


def test_markdown_of_plain_words_is_those_words():
    assert (
        as_markdown("Potential victims, 2013: 9,830 to 15,505 (95 %)")
        == "Potential victims, 2013: 9,830 to 15,505 (95 %)"
    )
