"""The gate reads sentences, drawings, markup and code: each leak beside the harmless text it could be taken for."""

import io
import time

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from tests.privacy.declaring import declare

from ctresearch.privacy import Output, release
from ctresearch.privacy.reading.delimited import delimited_grids
from ctresearch.privacy.words.given_names import GIVEN_NAMES

WHO = ["Woman", "Man"]

FEW = {
    "In the year 2020 3 victims were identified.": "In the year 2020 412 victims were identified.",
    "2020 3 victims": "2020 412 victims",
    "victims in 2020: 3": "victims in 2020: 412",
    "victims (2020): 3": "victims (2020): 412",
    "Victims in 2020 numbered only two.": "Victims in 2020 numbered 412.",
    "Of the victims in 2020, 3 were men.": "Of the lists in 2020, 3 were of charities.",
    "Of 120 victims, three were men.": "Of 6 lists, three were men's shelters.",
    "We saw 120 victims; 3 of them were men.": "At least 3 were men.",
    "3 (2.5%) were men": "38 (25%) were men",
    "One was a man, the others women.": "One in three was a man.",
    "The number of male victims was 3.": "The number of lists was 3.",
    "The number of victims in 2020 was four.": "The number of victims was 3 times as large.",
    "All were women except two.": "All agree except two models.",
    "There was one man among the victims.": "There was one man for every three women.",
    "3 migrants were found.": "3 models were fitted.",
    "Two women in four countries": "Two women in three are children.",
    r"\num{3} men and \num{40} women": r"\num{30} men and \num{40} women",
    "**3** men": "**30** men",
    "3 victims": "0.3% of the joined pairs are two people",
    "* Men — **3**\n* Women — **40**\n": "* Men — **30**\n* Women — **40**\n",
    r"\begin{tabular}{lr}sex & n \\ Woman & 40 \\ Man & 3 \\ \end{tabular}": (
        r"\begin{tabular}{lr}sex & n \\ Woman & 40 \\ Man & 30 \\ \end{tabular}"
    ),
    "\\begin{tabular}{lr}\n\\toprule\nsex & n \\\\ \\midrule Woman & 40 \\\\ Man & 3 \\\\\n\\end{tabular}": (
        "\\begin{tabular}{lr}\n\\toprule\nmodel & df \\\\ \\midrule Chao & 40 \\\\ Darroch & 3 \\\\\n\\end{tabular}"
    ),
    "{'Woman': np.int64(40), 'Man': np.int64(3)}": "{'Woman': np.int64(40), 'Man': np.int64(30)}",
    "array([40,  3])": "array([40,  30])",
}

NAMED = {
    "The victim Osazuwa told the court.": "The victim told Victim Support.",
    "The trafficker, Ehi Osazuwa, was jailed.": "The trafficker, Monday or not, was jailed.",
    "Victim Ehi Osazuwa told the court.": "Victim Navigator Programme was a list.",
    "Ehi Osazuwa, a victim, told the court.": "Modern Slavery, a victim of its name.",
    "Ehi Osazuwa (victim)": "Human Trafficking (victim)",
    "A girl named Ehi was found.": "A method named Lasso was used.",
    "a woman called Blessing": "a list called Blessing",
    "Her name is Ehi Osazuwa.": "Its name is Latent Class.",
    "They brought her to Mama Osazuwa.": "They brought her to Benin City.",
    "victim: OSAZUWA EHI": "victim: FORCED LABOUR",
    "<svg><text>Ehi Osazuwa (victim)</text></svg>": "<svg><text>Potential victim (presumed)</text></svg>",
    "<svg><text><tspan>Maria</tspan> <tspan>Santos</tspan></text></svg>": (
        "<svg><text><tspan>Benin</tspan> <tspan>City</tspan></text></svg>"
    ),
    '<svg><g aria-label="Maria Santos"/></svg>': '<svg><g aria-label="Kaplan Meier"/></svg>',
    "<svg><text>Joanna</text><text>Fatima</text></svg>": (
        "<svg><text>Georgia</text><text>Jordan</text><text>Chad</text></svg>"
    ),
}


def judged(text, kind="file", **more):
    content = text.encode() if isinstance(text, str) else text
    return release([Output("one", kind, "restricted", content=content, counts=[50], **more)])["one"]


def code(source, text=""):
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": []}
    if text:
        cell["outputs"].append({"output_type": "stream", "name": "stdout", "text": text})
    return {"nbformat": 4, "metadata": {}, "cells": [cell]}


@pytest.mark.parametrize(("few", "many"), FEW.items(), ids=range(len(FEW)))
def test_a_few_people_in_words_do_not_leave_and_many_do(few, many):
    assert judged(few).rule == "small_cells"
    tables = ("\\begin{tabular}", "{'", "array(")
    found = judged(many)
    assert (found.verdict, found.rule) == (
        ("review", "undeclared") if many.startswith(tables) else ("pass", found.rule)
    )


@pytest.mark.parametrize(("named", "unnamed"), NAMED.items(), ids=range(len(NAMED)))
def test_a_name_beside_a_person_does_not_leave_and_other_capitals_do(named, unnamed):
    assert judged(named).rule == "identifier"
    assert judged(unnamed).verdict == "pass", judged(unnamed).sentence


@pytest.mark.parametrize("fonttype", ["none", "path"])
@pytest.mark.parametrize(("labels", "verdict"), [(["Women", "Men"], "pass"), (["Maria Santos", "Ehi Osazuwa"], "fail")])
def test_figures_are_refused_for_their_labels_and_not_for_their_fonts(fonttype, labels, verdict):
    assert "vera" in GIVEN_NAMES  # Bitstream Vera Sans, the font that matplotlib writes into every text
    file = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": fonttype}):
        figure = Figure()
        figure.add_subplot().barh(labels, [400, 300])
        figure.savefig(file, format="svg")
    assert judged(file.getvalue(), kind="figure").verdict == verdict


@pytest.mark.parametrize(
    ("few", "many"),
    [
        ('"""There were only 3 men."""', '"""There were 412 men."""'),
        ("ax.set_title('Men (n = 3)')", "ax.set_title('Men (n = 300)')"),
        ("print(f'{x} and 3 men')", "print(f'{x} of 3 models')"),
    ],
)
def test_the_texts_of_code_are_sentences_too(few, many):
    assert release([Output("one", "notebook", "restricted", content=code(few))])["one"].verdict == "fail"
    assert release([Output("one", "notebook", "restricted", content=code(many))])["one"].verdict == "pass"


@pytest.mark.parametrize(
    ("picked", "harmless"),
    [
        ("cases[cases.victim == 'Maria']", "cases[cases.relation == 'Mother']"),
        ("cases[cases['victim'] != 'Maria']", "cases[cases['gender'] != 'Woman']"),
        ("cases.query(\"victim == 'Maria'\")", "cases.query(\"victim == 'yes'\")"),
        ("cases.query(\"trafficker != 'Grace Obi'\")", "cases.query(\"country == 'United Kingdom'\")"),
    ],
)
def test_code_that_picks_out_a_person_is_taken_out(picked, harmless):
    verdict = release([Output("one", "notebook", "restricted", content=code(picked))])["one"]
    assert (verdict.verdict, "identifier" in verdict.sentence) == ("fail", True)
    assert release([Output("one", "notebook", "restricted", content=code(harmless))])["one"].verdict == "pass"


@pytest.mark.parametrize(("ages", "verdict"), [([15, 16, 18], "fail"), ([15, 16, 18] * 4, "pass")])
def test_a_description_of_few_people_does_not_leave(ages, verdict):
    described = code("ages.describe()", str(pd.Series(ages, name="age").describe()))
    assert release([Output("one", "notebook", "restricted", content=described)])["one"].verdict == verdict


@pytest.mark.parametrize(
    ("few", "many"),
    [
        ({"events": 1}, {"events": 30}),
        ({"excluded": 2}, {"iterations": 2}),
        ({"groups": {"Woman": 37, "Man": 3}}, {"groups": {"Woman": 30, "Man": 10}}),
        ({"note": "3 men were left out."}, {"note": "3 models were left out."}),
        ({"checks": [{"message": "2 victims were left out."}]}, {"checks": [{"message": "2 of 15 pairs are empty."}]}),
    ],
)
def test_estimates_are_read_to_their_last_note(few, many):
    for content, verdict in ((few, "fail"), (many, "pass")):
        output = Output("one", "estimate", "restricted", content={"n": 40, **content}, counts=[40])
        output = declare(output, **({"groups": "count"} if "groups" in content else {}))
        assert release([output])["one"].verdict == verdict


@pytest.mark.parametrize(
    "columns",
    [
        {
            "method": ["Chao", "Darroch", "LCMCR"],
            "population": [11313, 12100, 10500],
            "aic": [120.1, 118.2, None],
            "df": [3, 2, None],
        },
        {"lead": [-3, -2, -1, 0, 1, 2], "effect": [0.01, 0.02, 0.0, 0.1, 0.2, 0.3]},
        {"event_time": [-2, -1, 0, 1, 2], "att": [0.01, 0.0, 0.1, 0.2, 0.3]},
        {"effect": ["main"], "e_value": [2.0], "e_value_limit": [1.0]},
        {"time": [0, 5, 10, 15], "survival": [1.0, 0.9, 0.8, 0.7], "low": [1.0, 0.85, 0.7, 0.6]},
        {"country": ["XX", "YY"], "rate_per_100000": [2.1, 3.2]},
        {"statistic": ["nodes", "ties", "components"], "value": [80, 167, 3]},
    ],
)
def test_tables_of_models_pass(columns):
    output = Output("one", "table", "restricted", content=pd.DataFrame(columns), counts=[400])
    output = declare(output, **{next(iter(columns)): "key"})
    assert release([output])["one"].verdict == "pass", release([output])["one"].sentence


def test_numbers_at_risk_and_events_are_people():
    curve = pd.DataFrame({"time": [1, 2], "survival": [0.8, 0.6], "n_events": [8, 2]})
    assert release([Output("one", "table", "restricted", content=curve, counts=[40])])["one"].rule == "small_cells"


@pytest.mark.parametrize("name", ["at_risk", "n_at_risk", "cumulative_victims"])
@pytest.mark.parametrize(("numbers", "verdict"), [([40, 39, 38], "fail"), ([40, 30, 20], "pass")])
def test_steps_of_running_numbers_are_people(name, numbers, verdict):
    curve = pd.DataFrame({"time": [1, 2, 3], name: numbers})
    roles = {"time": "key", name: "at risk of all"}
    output = Output("one", "table", "restricted", content=curve, counts=numbers, roles=roles)
    assert release([output])["one"].verdict == verdict


@pytest.mark.parametrize(
    "piece",
    [
        "<text>",
        "<text ",
        "<style>",
        "<style ",
        "victim Ab ",
        "victim, ",
        "3 of them were ",
        "a called A",
        "number of x ",
        "\\\\ & ",
    ],
)
def test_a_hostile_drawing_takes_no_more_than_a_moment(piece):
    text = "<svg>" + piece * (30_000 // len(piece))
    start = time.process_time()
    judged(text)
    assert time.process_time() - start < 10  # linear work takes a sixth of a second; a backtracking rule would not end


def test_a_method_of_recruitment_with_its_totals_is_still_attacked():
    table = pd.DataFrame({"method": ["lure", "force"], "women": [30, 40], "men": [np.nan, 20], "total": [33, 60]})
    output = Output("one", "table", "restricted", content=table, counts=[33, 60])
    assert release([declare(output)])["one"].rule == "recoverable"


def test_references_are_no_testimony():
    references = (
        "- Leamer, E. E. (1985). Sensitivity would help. A Review, 75(3), 308.\n- Sala, X. X. (1997). I just ran two "
        "million regressions. A Review, 87(2), 178.\n"
    )
    assert judged(references).verdict == "pass", judged(references).sentence
    assert (
        judged("age,quote\n30,He told me that I owed him money\n40,They kept my papers until I paid\n").rule
        == "records"
    )


@pytest.mark.parametrize(("before", "now", "verdict"), [(120, 122, "fail"), (120, 150, "pass"), (120, 120, "pass")])
def test_the_same_model_on_a_few_people_more_is_refused(before, now, verdict):
    model = pd.DataFrame({"term": ["age"], "estimate": [0.2]})
    roles = {"term": "key", "estimate": "model"}
    old, new = (Output("model", "table", "restricted", content=model, counts=n, roles=roles) for n in (before, now))
    assert release([new], earlier=[old])["model"].verdict == verdict
    other = Output("other", "table", "restricted", content=model, counts=before, roles=roles)
    assert release([other, new]).refused == ()  # within one release models may rest on different people


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("The model won in 98% of 1,000 bootstrap tables, once\n[1,2,3] most often", 0),
        ("   0|1       29      4.906\n   1|2    29.91      4.943\n", 0),
        ("40|3\n30|2", 1),
        ("[40,3]\n[30,2]", 1),
        ("women,men\n1,240,3\n1,180,30", 1),
    ],
)
def test_commas_within_numbers_and_models_part_no_columns(text, tables):
    assert len(delimited_grids(text).grids) == tables


def test_the_arm_of_a_trial_is_no_count():
    table = pd.DataFrame({"group": ["adults", "adults"], "arm": [0, 1], "persons": [364, 387], "mean": [2.7, 3.6]})
    output = Output("arms", "table", "restricted", content=table, counts=[364, 387])
    assert release([declare(output)])["arms"].verdict == "pass"
    few = Output("arms", "table", "restricted", content=table.assign(pregnant=[3, 2]), counts=[364, 387])
    assert release([declare(few, pregnant="count")])["arms"].verdict == "fail"
