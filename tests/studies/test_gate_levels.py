"""Small counts pass in published tables alone; a file's need a person's signature, which the record names."""

import json

import jsonschema
import pandas as pd
import pytest

from ctresearch.core import SpecificationError
from ctresearch.privacy import round_counts
from ctresearch.studies import Run, run_study
from ctresearch.studies.asked.identity import components
from ctresearch.studies.asked.manifest import study_from_table
from ctresearch.studies.door.current import read_saved
from ctresearch.studies.shown.gate import effective_level, judge, judge_notebooks, verdict_entry
from ctresearch.studies.shown.results import build, schema
from small_project import HEAD, SAVE, TOML, make_project

SIGNED = {
    "output": "pairs",
    "rule": "threshold",
    "reason": "printed in the annual report of 2023",
    "name": "A. Custodian",
}
SIGNED_BOTH = [SIGNED, SIGNED | {"rule": "small_cells"}]


def manifest_component(one):
    """Return the part of the run's id that the manifest's words make up."""
    return components(one, {"cells": []}, {}, {})["manifest"]


def study(folder, source, **more):
    """Make a study that promises one public table."""
    (folder / "lists.csv").write_text("A,B,count\n1,0,3\n")
    table = {"title": "T", "notebook": "n", "seed": 1, "data": {"lists": {"source": source, "level": "public"}}}
    return study_from_table(table | {"outputs": {"pairs": {"kind": "table", "level": "public"}}} | more, folder)


def verdict(one, folder):
    """Judge a table with a cell of three people."""
    (folder / "tables").mkdir(exist_ok=True)
    pd.DataFrame({"list": ["A", "B"], "people": [3, 40]}).to_csv(folder / "tables" / "pairs.csv", index=False)
    roles = {"list": {"role": "key", "label": "List"}, "people": {"role": "count", "label": "People"}}
    saved = {"pairs": {"kind": "table", "path": "tables/pairs.csv", "counts": [3, 40], "roles": roles}}
    return judge(one, saved, folder)["pairs"]


def test_a_published_table_may_show_what_its_authors_printed(tmp_path):
    one = study(tmp_path, "published:uk-2013")
    assert effective_level(one, "pairs") == "public"
    assert verdict(one, tmp_path).verdict == "pass"


def test_a_file_does_not_become_public_because_a_manifest_says_so(tmp_path):
    one = study(tmp_path, "lists.csv")
    assert effective_level(one, "pairs") == "restricted"
    found = verdict(one, tmp_path)
    assert (found.verdict, found.rule) == ("fail", "small_cells")


def test_a_refusal_names_every_rule_that_would_have_to_be_set_aside(tmp_path):
    message = verdict_entry(verdict(study(tmp_path, "lists.csv"), tmp_path), "restricted")["message"]
    assert message.endswith("(to be cured, or set aside by name: small_cells, threshold)")
    one = verdict(study(tmp_path, "lists.csv", overrides=SIGNED_BOTH[:1]), tmp_path)
    assert verdict_entry(one, "restricted")["message"].endswith(f"by name: {SIGNED_BOTH[1]['rule']})")


def test_a_signed_override_lets_it_pass_and_is_named(tmp_path):
    found = verdict(study(tmp_path, "lists.csv", overrides=SIGNED_BOTH), tmp_path)
    assert found.verdict == "pass"
    assert "A. Custodian" in found.sentence
    assert found.overrides[0].reason == SIGNED["reason"]


def test_a_stricter_policy_of_the_owner_counts(tmp_path):
    (tmp_path / "policy.toml").write_text('owner = "an agency"\naggregate_threshold = 50\n')
    one = study(tmp_path, "lists.csv", overrides=[], policy="policy.toml")
    assert verdict(one, tmp_path).numbers["cells"] == 2


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"overrides": [SIGNED | {"output": "elsewhere"}]}, "no promised output"),
        ({"overrides": [{"output": "pairs"}]}, "overrides"),
        ({"overrides": [SIGNED | {"reason": "because"}]}, "at least four words"),
        ({"overrides": [SIGNED | {"rules": "threshold"}]}, "did you mean rule"),
        ({"policy": "../policy.toml"}, "leaves the study's folder"),
        ({"policy": "none.toml"}, "cannot be read"),
    ],
)
def test_what_cannot_be_judged_is_refused(tmp_path, more, says):
    with pytest.raises(SpecificationError, match=says):
        study(tmp_path, "published:uk-2013", **more)


def test_a_policy_with_an_unknown_key_is_refused(tmp_path):
    (tmp_path / "policy.toml").write_text('owner = "an agency"\nthreshold = 50\n')
    with pytest.raises(SpecificationError, match="the key 'threshold'"):
        study(tmp_path, "published:uk-2013", policy="policy.toml")


@pytest.mark.parametrize(
    ("record", "public"),
    [
        ({"source": "published:uk-2013", "bytes": None}, True),
        ({"source": "own.csv", "bytes": 20}, False),
        ({"source": "published:uk-2013", "bytes": 20}, False),  # a file of that name is still a file
        ({"source": "restricted", "bytes": None}, False),
    ],
)
def test_what_the_run_was_given_counts_and_not_what_the_manifest_declares(tmp_path, record, public):
    for declared in ("published:uk-2013", "lists.csv"):
        ran = study(tmp_path, declared).run_on({"lists": record})
        assert ran.published_only is public
        assert verdict(ran, tmp_path).verdict == ("pass" if public else "fail")


def test_one_file_among_published_tables_is_enough(tmp_path):
    inputs = {
        name: {"source": source, "level": "public"}
        for name, source in [("lists", "published:uk-2013"), ("more", "lists.csv")]
    }
    assert verdict(study(tmp_path, "", data=inputs), tmp_path).verdict == "fail"


def test_the_record_names_who_set_which_rule_aside_and_why(tmp_path):
    one = study(tmp_path, "lists.csv", overrides=SIGNED_BOTH)
    verdict(one, tmp_path)
    roles = {"list": {"role": "key", "label": "List"}, "people": {"role": "count", "label": "People"}}
    saved = {"pairs": {"kind": "table", "path": "tables/pairs.csv", "counts": [3, 40], "roles": roles}}
    document = build(one, "ab12", saved, tmp_path)
    assert document["gate"]["pairs"]["overrides"] == [
        {key: each[key] for key in ("rule", "reason", "name")} for each in SIGNED_BOTH
    ]
    jsonschema.validate(document, schema())
    unsigned = build(study(tmp_path, "published:uk-2013", overrides=SIGNED_BOTH), "ab12", saved, tmp_path)
    assert "overrides" not in unsigned["gate"]["pairs"]  # one that was not needed is no part of the verdict


def test_overrides_and_the_owners_policy_are_part_of_what_a_run_is_made_from(tmp_path):
    (tmp_path / "policy.toml").write_text('owner = "an agency"\naggregate_threshold = 50\n')
    plain, signed = study(tmp_path, "lists.csv"), study(tmp_path, "lists.csv", overrides=[SIGNED])
    owned = study(tmp_path, "lists.csv", policy="policy.toml")
    digests = [manifest_component(one) for one in (plain, signed, owned)]
    (tmp_path / "policy.toml").write_text('owner = "an agency"\naggregate_threshold = 60\n')
    assert len({*digests, manifest_component(owned)}) == 4


@pytest.mark.parametrize(("seed", "rule"), [(1, "seeded_noise"), (None, "threshold")])
def test_rounding_from_a_seed_is_refused_after_it_was_saved(tmp_path, seed, rule):
    one = study(tmp_path, "lists.csv")
    table = round_counts(pd.DataFrame({"people": [31, 42]}, index=pd.Index(["A", "B"], name="list")), seed=seed).table
    run = Run("demo", {}, 1, True, {}, {"pairs": "table"}, tmp_path)
    run.save("pairs", table, counts=[31, 42])
    found = judge(one, read_saved(tmp_path), tmp_path)["pairs"]
    assert (found.rule, found.verdict) == (rule, "fail" if seed else "pass")


def notebook_run(folder, text, source):
    """Write a run whose notebook printed a text and drew a picture."""
    record = {"lists": {"source": source, "bytes": None if source.startswith("published:") else 20}}
    provenance = {"run_id": "ab", "study": "demo", "components": {"inputs": record}, "outputs": {}}
    (folder / "provenance.json").write_text(json.dumps(provenance))
    shown = {"output_type": "display_data", "data": {"image/png": "aGVsbG8=", "text/plain": text}, "metadata": {}}
    cell = {"cell_type": "code", "source": "1", "metadata": {}, "execution_count": 1, "outputs": [shown]}
    (folder / "notebook.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}))
    return [folder]


@pytest.mark.parametrize(
    ("text", "source", "refused"),
    [
        ("only 3 women", "published:uk-2013", False),
        ("only 3 women", "own.csv", True),
        ("a figure of 30 women", "own.csv", False),
    ],
)
def test_a_notebook_shows_no_more_of_a_file_than_a_table_may(tmp_path, text, source, refused):
    one = study(tmp_path, "published:uk-2013")
    folders = notebook_run(tmp_path, text, source)
    assert bool(judge_notebooks(one, folders, bare=False)) is refused
    assert judge_notebooks(one, folders, bare=True) == {}


def test_a_published_table_that_a_file_replaces_is_no_longer_public(tmp_path):
    toml = TOML + '\n[data.lists]\nlevel = "public"\nsource = "published:uk-2013"\n'
    folder = make_project(tmp_path, HEAD, SAVE.replace("counts=[20]", "counts=[3]"), toml=toml)
    (tmp_path / "own.csv").write_text("A,B,count\n1,0,3\n")
    found = run_study(folder, data={"lists": tmp_path / "own.csv"}).results["gate"]["t"]
    assert (found["level"], found["status"], found["rule"]) == ("restricted", "fail", "threshold")
    assert run_study(folder).results["gate"]["t"]["status"] == "pass"
