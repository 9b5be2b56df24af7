"""What a notebook declares of an output reaches the gate as it was said."""

import tomllib

import matplotlib.figure
import pandas as pd
import pytest

from ctresearch.core import DataError, Result, SpecificationError, estimates_table
from ctresearch.core import meaning as col
from ctresearch.core.declaration import Declaration
from ctresearch.studies import Run
from ctresearch.studies.asked.manifest import study_from_table
from ctresearch.studies.door.current import read_saved
from ctresearch.studies.door.declared import declare
from ctresearch.studies.shown.gate import judge
from small_project import ETHICS

KINDS = {"t": "table", "f": "figure", "e": "estimate"}
COUNTS = pd.DataFrame({"form": ["labour", "sexual"], "people": [412, 388]})
ROLES = {"form": "key", "people": "count"}


def restricted(folder, outputs):
    data = {"cases": {"level": "restricted", "access": "ask the custodian"}}
    table = {"title": "T", "notebook": "n", "seed": 1, "data": data, "outputs": outputs, **tomllib.loads(ETHICS)}
    return study_from_table(table, folder / "demo")


@pytest.fixture
def run(tmp_path):
    return Run("demo", {}, 7, False, {}, KINDS, tmp_path)


@pytest.fixture
def verdict(run, tmp_path):
    """Judge what was saved as outputs of restricted data."""

    def judged(name):
        promised = {one: {"kind": KINDS[one], "level": "restricted"} for one in KINDS}
        return judge(restricted(tmp_path, promised), read_saved(run.folder), run.folder)[name]

    return judged


def model(smallest_group, declaration=None):
    return Result(
        method="m",
        estimates=estimates_table({"slope": (0.25, 0.1, 0.05, 0.45)}),
        n=900,
        smallest_group=smallest_group,
        declaration=declaration,
    )


def test_a_declared_table_passes(run, verdict):
    run.save("t", COUNTS, roles=ROLES)
    assert verdict("t").verdict == "pass"


def test_an_estimate_of_which_nobody_said_what_its_terms_are_waits(run, verdict):
    table = estimates_table({"women": (3, 1, 2, 5), "men": (200, 9, 180, 220), "slope": (0.25, 0.1, 0.05, 0.45)})
    run.save("e", Result(method="m", estimates=table, n=900, smallest_group=300))
    found = verdict("e")
    assert (found.verdict, found.rule) == ("review", "undeclared")
    assert "Declaration({'women': 'count', 'men': 'count', 'slope': 'model'})" in found.cure


def test_a_term_that_is_left_out_of_a_declaration_waits_too(run, verdict):
    table = estimates_table({"women": (3, 1, 2, 5), "slope": (0.25, 0.1, 0.05, 0.45)})
    said = Declaration({"slope": col.model("Slope")})
    run.save("e", Result(method="m", estimates=table, n=900, smallest_group=300, declaration=said))
    assert verdict("e").rule == "undeclared"
    assert "Declaration({'women': 'count'})" in verdict("e").cure


def test_terms_that_are_declared_in_words_are_judged(run, verdict):
    table = estimates_table({"women": (3, 1, 2, 5), "men": (200, 9, 180, 220)})
    said = Declaration({"women": "count", "men": "count"})
    run.save("e", Result(method="m", estimates=table, n=900, smallest_group=300, declaration=said))
    assert verdict("e").verdict == "fail"


def test_what_a_result_says_of_its_own_terms_is_heard(run, verdict):
    run.save("e", model(300, Declaration({"slope": col.model("Slope", "per year")})))
    assert verdict("e").verdict == "pass"


@pytest.mark.parametrize(("people", "word"), [(300, "pass"), (2, "fail")])
def test_the_smallest_group_of_an_estimate_decides(run, verdict, people, word):
    run.save("e", model(people, Declaration({"slope": col.model("Slope", "per year")})))
    assert verdict("e").verdict == word


def test_a_mark_of_an_offender_s_ways_waits_for_the_owner(run, verdict):
    run.save("t", COUNTS, roles={"form": col.operational("Lever"), "people": "count"})
    assert (verdict("t").verdict, verdict("t").rule) == ("review", "operational_detail")


def test_a_picture_is_judged_by_the_numbers_that_it_draws(run, verdict):
    picture = matplotlib.figure.Figure()
    picture.add_subplot()
    few = COUNTS.assign(people=[412, 2])
    run.save("f", picture, data=few, roles=ROLES)
    assert verdict("f").verdict == "fail"
    assert (run.folder / "figures" / "f.csv").read_text() == "form,people\nlabour,412\nsexual,2\n"


def test_a_picture_of_a_saved_table_carries_its_verdict(run, verdict):
    run.save("t", COUNTS.assign(people=[412, 2]), roles=ROLES)
    picture = matplotlib.figure.Figure()
    picture.add_subplot()
    run.save("f", picture, data="t")
    assert verdict("f").verdict == verdict("t").verdict == "fail"


@pytest.mark.parametrize(
    ("kind", "roles", "data", "error", "words"),
    [
        ("table", {"persons": "count"}, None, SpecificationError, "leave 2 of its 2 columns without a role"),
        ("table", {"form": "key", "persons": "count"}, None, SpecificationError, "'persons', which are no columns of"),
        ("table", ROLES, "t", SpecificationError, "must stand beside a figure alone"),
        ("estimate", ROLES, None, SpecificationError, "an estimate brings its own"),
        ("figure", None, "gone", SpecificationError, "saved before it"),
        ("figure", None, [1, 2], DataError, "must be a DataFrame, a Result, or the name"),
    ],
)
def test_what_cannot_be_meant_is_refused(kind, roles, data, error, words):
    with pytest.raises(error, match=words):
        declare("x", kind, COUNTS, {}, roles=roles, data=data)


def test_the_refusal_names_no_column_of_the_table():
    secret = pd.DataFrame({"Nguyen Thi Lan": [1]})
    with pytest.raises(SpecificationError) as caught:
        declare("x", "table", secret, {}, roles={"n": "count"}, data=None)
    assert "Nguyen" not in str(caught.value)


def bars(heights, *, labelled=False):
    picture = matplotlib.figure.Figure()
    drawn = picture.add_subplot().bar(["labour", "sexual"], heights)
    if labelled:
        picture.axes[0].bar_label(drawn)
    return picture


def test_a_picture_may_draw_what_its_data_hold(run):
    run.save("t", COUNTS, roles=ROLES)
    run.save("f", bars([412, 388], labelled=True), data="t")


@pytest.mark.parametrize("labelled", [False, True])
def test_a_picture_that_draws_other_numbers_than_its_data_is_refused(run, labelled):
    run.save("t", COUNTS, roles=ROLES)
    with pytest.raises(SpecificationError, match=f"shows 2 bars and {2 * labelled} written numbers"):
        run.save("f", bars([2, 1], labelled=labelled), data="t")
    assert "f" not in read_saved(run.folder)


def test_parts_may_be_drawn_in_percent_and_texts_may_round(run):
    picture = bars([12.345, 87.655])
    picture.axes[0].text(0, 0, "12.3 %")
    picture.axes[0].text(0, 1, "of all")
    shares = pd.DataFrame({"form": ["labour", "sexual"], "share": [0.12345, 0.87655]})
    run.save("f", picture, data=shares, roles={"form": "key", "share": "share of all"})
    assert "f" in read_saved(run.folder)


def test_digits_in_words_and_hashes_are_no_numbers_of_the_data(run):
    run.save("e", model(300, Declaration({"slope": col.model("Slope")})))
    with pytest.raises(SpecificationError, match="shows 2 bars"):
        run.save("f", bars([9, 2]), data="e")  # the file of an estimate is full of such digits, in its hash and scope
    run.save("f", bars([0.25, 0.45]), data="e")
    coded = pd.DataFrame({"form": ["code 3", "1 of 7"], "people": [412, 388]})
    with pytest.raises(SpecificationError, match="shows 2 bars"):
        Run("demo", {}, 7, True, {}, KINDS, run.folder).save("f", bars([3, 7]), data=coded, roles=ROLES)


def test_a_role_that_may_be_called_by_a_cell_is_not_repeated():
    with pytest.raises(SpecificationError) as caught:
        declare("x", "table", COUNTS, {}, roles={"Nguyen Thi Lan": "count", "n": "count"}, data=None)
    assert "name 'n', 1 more, which are no columns" in str(caught.value)
    assert "Nguyen" not in str(caught.value)
