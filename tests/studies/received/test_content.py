"""What a bundle lets a notebook read is what its own files say, word by word, and only what passed the gate."""

import json

import pytest

from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.received.content import read_content
from ctresearch.studies.release.blobs import LISTING

TOML = """title = "T"
authors = [{ name = "A. Author" }, { name = "B. Author" }]
[outputs]
table = { kind = "table", level = "public" }
total = { kind = "estimate", level = "LEVEL", headline = true }
map = { kind = "figure", level = "record" }
"""
INPUTS = {
    "mine": {"digest": "aa"},
    "theirs": {"digest": "bb", "bundle": {"rests_on": ["cc"]}},
    "others": {"digest": "dd", "bundle": {}},
}
PUBLIC = TOML.replace("LEVEL", "public")


def bundle(toml=PUBLIC, status="pass", runs=("",)):
    files = {
        LISTING: json.dumps({"study": "k", "version": "1.0", "date": "2026-01-31", "runs": list(runs)}),
        "source/studies/k/study.toml": toml,
    }
    for home in runs:
        document = {
            "estimates": {"total": {"path": "estimates/total.json"}},
            "tables": {"table": {"path": "tables/table.csv"}},
            "figures": {"map": {"path": "figures/map.svg"}},
            "files": {},
            "gate": {"total": {"status": "pass"}, "table": {"status": "pass"}, "map": {"status": status}},
        }
        parts = {"parameters": {"n": len(home)}, "inputs": INPUTS}
        files[f"{home}results.json"] = json.dumps(document)
        files[f"{home}provenance.json"] = json.dumps({"run_id": f"run {home}", "components": parts})
        files[f"{home}estimates/total.json"] = '{"n": 5}'
        files[f"{home}tables/table.csv"] = "é,n\n"
    return {f"k-1.0/{path}": content.encode() for path, content in files.items()}


def test_all_that_may_be_read_is_what_the_files_say():
    found = read_content(bundle(runs=("a/", "b2/")), "ff")
    assert found == {
        "cited": {
            "study": "k",
            "version": "1.0",
            "date": "2026-01-31",
            "title": "T",
            "authors": ["A. Author", "B. Author"],
            "doi": None,
            "runs": ["run a/", "run b2/"],
            "rests_on": ["bb", "cc", "dd"],
        },
        "digest": "ff",
        "level": "public",
        "headline": "total",
        "runs": [
            {
                "run_id": f"run {home}",
                "parameters": {"n": len(home)},
                "estimates": {"total": {"n": 5}},
                "tables": {"table": "é,n\n"},
            }
            for home in ("a/", "b2/")
        ],
    }


def test_the_strictest_level_counts_and_what_says_none_is_restricted():
    for toml, level in (
        (TOML.replace("LEVEL", "restricted"), "restricted"),
        (TOML.replace(', level = "LEVEL", headline = true', ""), "restricted"),
        ('title = "T"\n[cite]\ndoi = "10.1/x"\n', "restricted"),
    ):
        assert read_content(bundle(toml), "ff")["level"] == level
    bare = read_content(bundle('title = "T"\n[cite]\ndoi = "10.1/x"\n'), "ff")
    assert (bare["headline"], bare["cited"]["doi"], bare["cited"]["authors"]) == (None, "10.1/x", [])
    assert read_content(bundle(runs=()), "ff")["level"] == "public"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"toml": TOML.replace("LEVEL", "record")}, "an output of the level 'record', must be of public or restricted"),
        ({"status": "review"}, "its output 'map' did not pass the gate"),
        ({"toml": "title = "}, r"its own files cannot be read \(TOMLDecodeError\)"),
        ({"toml": ""}, r"its own files cannot be read \(KeyError\)"),
    ],
)
def test_what_did_not_pass_and_what_nobody_wrote_is_refused(made, said):
    with pytest.raises(IntegrityError, match=said):
        read_content(bundle(**made), "ff")
