"""The gate, attacked topic by topic: each leak in an odd dress is stopped, and its harmless neighbour passes."""

import base64
import collections
import json

import numpy as np
import pandas as pd
import pytest
from tests.privacy.declaring import declare

from ctresearch.core import DataError
from ctresearch.privacy import Output, private_counts, release, round_counts, scan_notebook

WHO = ["Woman", "Man"]
PEOPLE = '[["Woman", 40], ["Man", 3]]'
Pair = collections.namedtuple("Pair", "sex n")
BY_SEX = np.array([("Woman", 40), ("Man", 3)], dtype=[("sex", "U10"), ("n", int)])


def frame(**columns):
    return pd.DataFrame(columns)


def table(content, counts=(50,), kind="table"):
    return Output("one", kind, "restricted", content=content, counts=None if counts is None else list(counts))


def file(text):
    return table(text.encode() if isinstance(text, str) else text, kind="file")


def cells(*values):
    return table(frame(sex=WHO, n=list(values)), counts=[40])


def notebook(*cells_, **metadata):
    return table({"nbformat": 4, "metadata": metadata, "cells": list(cells_)}, kind="notebook")


def code(source, *outputs):
    return notebook({"cell_type": "code", "source": source, "metadata": {}, "outputs": list(outputs)})


def prose(source, **more):
    return notebook({"cell_type": "markdown", "source": source, "metadata": {}, **more})


def shown(kind, value):
    return code("x", {"output_type": "display_data", "data": {kind: value}, "metadata": {}})


SEEDED = round_counts(pd.Series({"Woman": 121, "Man": 40}), base=5, seed=1)
UNSEEN_CATEGORY = frame(sex=pd.Categorical(WHO, categories=[*WHO, "Maria Santos"]), n=[40, 30])
TOPPED_UP = round_counts(pd.Series({"Woman": 121, "Man": 40}), base=5).table.to_frame("n").assign(true=[121, 3])

LEAKS = {
    "a title and a footer": file("Victims by sex\nsex,n\nWoman,40\nMan,3\nSource: agency\n"),
    "labels with colons": file("women: 40\nmen: 3\n"),
    "labels under a sentence": file("The numbers are as follows.\nWoman: 40\nMan: 3\n"),
    "ragged rows": file("sex,n\nWoman,40,x\nMan,3\nOther\n"),
    "two tables": file("sex,n\nWoman,40\nMan,30\n\nage,n\n0-8,3\n9-17,40\n"),
    "two tables with two delimiters": file("sex,n\nWoman,40\nMan,30\n\nage;n\n0-8;3\n9-17;40\n"),
    "single quotes": file("'sex','n'\n'Woman','40'\n'Man','3'\n"),
    "fixed widths": file("Sex and age        n\nWoman, adult     40\nMan, child        3\n"),
    "rows that are columns": file("sex,Woman,Man\nn,40,3\n"),
    "attributes of tags": file('<r><row sex="Man" n="3"/><row sex="Woman" n="40"/></r>'),
    "json columns": file('{"sex": ["Woman", "Man"], "n": [40, 3]}'),
    "json by key": file('{"sex": {"0": "Woman", "1": "Man"}, "n": {"0": 40, "1": 3}}'),
    "json split": file('{"columns": ["sex", "n"], "index": [0, 1], "data": [["Woman", 40], ["Man", 3]]}'),
    "json rows": file(PEOPLE),
    "json deep down": file('{"a": {"b": {"by_sex": {"Woman": 40, "Man": 3}}}}'),
    "json list": file('{"counts": [40, 3]}'),
    "json lines": file('{"sex": "Woman", "n": 40}\n{"sex": "Man", "n": 3}\n'),
    "people as json lines": file(
        '{"gender": "F", "age": 17, "citizenship": "NGA"}\n{"gender": "M", "age": 30, "citizenship": "MEX"}\n'
    ),
    "people without a header": file("F,17,NGA\nM,30,MEX\nF,19,ROU\n"),
    "people under other names": table(frame(g=["F", "M"], a=[17, 30], c=["NGA", "MEX"]), counts=[50, 50]),
    "wide characters": file("sex,n\nWoman,40\nMan,3\n".encode("utf-32")),
    "letters and digits": file(base64.b64encode(b"sex,n\nWoman,40\nMan,3\n")),
    "an object": table({"a": object()}),
    "a function": table(len),
    "a generator": table(n for n in (40, 3)),
    "named fields": table(BY_SEX),
    "named tuples": table([Pair("Woman", 40), Pair("Man", 3)]),
    "a set": table({("Woman", 40), ("Man", 3)}),
    "a table in a cell": table(frame(a=[frame(sex=WHO, n=[40, 3])])),
    "a bare number": table(3),
    "a star": cells("40", "3*"),
    "brackets": cells("40", "(3)"),
    "n =": cells("n=40", "n=3"),
    "a share and its count": cells("93% (40)", "7% (3)"),
    "more or less": cells("40 ± 2", "3 ± 1"),
    "a mark nobody sees": cells("40", "\u200b3"),
    "a count in a label": table(frame(group=["Woman (n=40)", "Man (n=3)"], share=[0.2, 0.4]), counts=[40, 30]),
    "a count in a heading": table(pd.DataFrame({"Woman (n=40)": [0.2], "Man (n=3)": [0.4]}), counts=[43]),
    "a second column": table(frame(country=["XX", "YY"], n=[40, 30], pregnant=[1, 10]), counts=[40, 30]),
    "all but one": table(frame(country=["XX", "YY"], n=[40, 30], women=[39, 10]), counts=[40, 30]),
    "a percentage of a column": table(frame(country=["XX", "YY"], n=[40, 60], percent_men=[2.5, 20]), counts=[40, 60]),
    "a percentage of those behind it": table(frame(country=["XX", "YY"], percent_men=[2.5, 20]), counts=[40, 60]),
    "percentages of everybody": table(frame(sex=WHO, percent=[97.5, 2.5]), counts=[40]),
    "percentages above their base": table(frame(sex=[*WHO, "N"], percent=[97.5, 2.5, 40]), counts=[40]),
    "a share in an estimate": table({"n": 40, "share_men": 0.025}, counts=[40], kind="estimate"),
    "a percentage in a sentence": file("Of 40 victims, 2.5% were men."),
    "a few in a year": file("There were 3 victims in 2020."),
    "a percentage of n": file("2.5 % of n = 40 victims were men"),
    "a mask and its total": table(frame(sex=[*WHO, "Total"], n=["40", "<5", "43"]), counts=[40, np.nan, 43]),
    "a mask and a column of totals": table(frame(sex=WHO, n=["40", "<5"], total=["43", "43"]), counts=[40, np.nan]),
    "a mask and a total in words": file("sex,n\nWoman,40\nMan,<5\nThe total is 43 victims.\n"),
    "a mask and its share": table(frame(sex=WHO, n=["40", "<5"], percent=[93.0, 7.0]), counts=[40, np.nan]),
    "seeded rounding in a list": table([SEEDED]),
    "a seeded table in a mapping": table({"a": {"b": SEEDED.table}}),
    "a seeded table in a cell": table(frame(a=[SEEDED.table])),
    "a seed in words": file("Counts were rounded to base 5 with seed=1.\nsex,n\nWoman,120\nMan,40\n"),
    "a seed in json": file('{"private": false, "table": {"Woman": 120, "Man": 40}}'),
    "true counts beside rounded ones": table(TOPPED_UP, counts=[40]),
    "a category that no row has": table(UNSEEN_CATEGORY, counts=[40, 30]),
    "a picture within prose": prose("![x](data:image/png;base64,iVBORw0KGgo=)"),
    "an attachment": prose("![x](attachment:a.png)", attachments={"a.png": {"image/png": "iVBORw0KGgo="}}),
    "a few in prose": prose("Only 3 men were found."),
    "a table in prose": prose("| sex | n |\n|---|---|\n| Woman | 40 |\n| Man | 3 |"),
    "people in prose": prose("| gender | age | citizenship |\n|---|---|---|\n| F | 17 | NGA |\n| M | 30 | MEX |"),
    "names in code": code("victims = ['Maria Santos', 'Jane Example']"),
    "a given name in code": code("victim = 'Maria'"),
    "people in code": code("rows = [('Woman', 17, 'NGA'), ('Man', 30, 'MEX')]"),
    "columns of people in code": code(
        "pd.DataFrame({'gender': ['F', 'M'], 'age': [17, 30], 'citizenship': ['NGA', 'MEX']})"
    ),
    "counts in code": code("counts = {'women': 40, 'men': 3}"),
    "a comment with a few": code("x = 1  # only 3 men in the data"),
    "an address in code": code("informant = 'someone@example.org'"),
    "a picture in a page": shown("text/html", "<img src='data:image/png;base64,iVBORw0KGgo='>"),
    "a chart's specification": shown("application/vnd.vega.v5+json", {"a": 1}),
    "an output of no known kind": code("x", {"output_type": "mystery", "payload": "Man 3"}),
    "the state of widgets": notebook(widgets={"state": {"value": "x"}}),
    "a name in the metadata": notebook(note="Maria Santos, 16, NGA"),
    "a name in a cell's metadata": notebook(
        {"cell_type": "code", "source": "x", "metadata": {"note": "Maria Santos, 16"}, "outputs": []}
    ),
}

TELLING = [
    "a 16-year-old girl from Benin City was recruited by her aunt",
    "A girl aged 16 from Benin City told the police.",
    "A girl, 16, from Benin City told the police.",
    "A sixteen-year-old girl told the police.",
    "a Nigerian girl of 16 years",
    "a 16yo girl from Benin City",
    "She was 16 when she was taken to Italy.",
    "One victim, a Nigerian woman, was found in a car wash.",
    "She was recruited by Maria Santos.",
    "Victim Maria Santos told the court.",
    "Ma\u200bria Santos was there",
    "call 0044 20 7946 0958",
    "tel 07946095812",
    "paid to GB82 WEST 1234 5698 7654 32",
    "card 4111 1111 1111 1111",
    "found at 51.50735, -0.12776",
    "found at 51°30'26\"N 0°7'39\"W",
    "see case no. NRM-2019-00417",
    "Case 2019/0417 was opened",
    "born in Benin City on 3 February 2001",
    "a van with plate AB12 CDE",
    "kept in a flat at SW1A 1AA",
    "posted from 192.168.13.7",
    "SSN 078-05-1120",
    "National Insurance number QQ123456C",
    "Aadhaar 2345 6789 0123",
    "passport no. A12345678",
    "contacted by @jane_ex on Instagram",
    "lived at 12 Example Street, London",
]

COLUMNS = {
    "birth": ["2001-02-03", "2002-02-03"],
    "contact_no": [447946095812, 447946095813],
    "place": ["51.50735, -0.12776", "51.50735, -0.12777"],
    "document": ["A1234567", "B7654321"],
    "reference": ["NRM-2019-00417", "NRM-2019-00418"],
    "account": ["@jane_ex", "@john_ex"],
}

HARMLESS = {
    "rounded": table(round_counts(pd.Series({"Woman": 121, "Man": 3}), base=3), counts=None),
    "the table of a rounding": table(round_counts(frame(n=[121, 3]).set_axis(WHO), base=3).table, counts=None),
    "noised": table(private_counts(pd.Series({"Woman": 1210, "Man": 2}), epsilon=1.0), counts=None),
    "the table of a noising": table(
        private_counts(pd.Series({"Woman": 1210, "Man": 2}), epsilon=1.0).table, counts=None
    ),
    "large counts under a title": file("Victims by sex\nsex,n\nWoman,40\nMan,30\nSource: agency\n"),
    "large counts in brackets": cells("40", "(30)"),
    "parts that leave enough": table(frame(country=["XX", "YY"], n=[40, 30], women=[20, 10]), counts=[40, 30]),
    "percentages of many": table(
        frame(country=["XX", "YY"], n=[400, 600], percent_men=[25.5, 20.1]), counts=[400, 600]
    ),
    "a percentage beside its parts": declare(
        table(
            frame(flag=["a", "b"], persons=[28, 207], of=[397, 1728], percent=[7.0528967, 11.979167]), counts=[28, 207]
        ),
        of="count",
        percent="share of of",
    ),
    "a level of confidence": file("A 95% interval from n = 40 victims."),
    "a percentage of many in words": file("38% of the 4,120 victims were women."),
    "a matrix of correlations": table(pd.DataFrame(np.eye(2), index=["a", "b"], columns=["a", "b"])),
    "versions": file("numpy==2.1.3\npandas==3.0.1\nscipy==1.16.0\n"),
    "a hash": file("sha256: " + "ab12" * 16),
    "options": file("seed = 3\nbootstrap = 1000\nlevel = 0.95\n"),
    "figures of a network": table(
        frame(term=["ties", "component", "degree"], estimate=[239.0, 1.0, 5.9], observed=[167.0, 1.0, 4.175]),
        counts=[80],
    ),
    "two words with capitals": prose(
        "United Kingdom, Latent Class, Monte Carlo, Kaplan Meier, Horvitz Thompson and the Gibbs Sampler."
    ),
    "authors": prose(
        "By Jane Example and Maria Example.\n\nDaniel Manrique-Vallier, Patrick Ball and Mauricio Sadinle (2022) give a"
        " review."
    ),
    "organisations": prose(
        "Data of the Salvation Army, the National Crime Agency, Hope for Justice and the Home Office."
    ),
    "ages in general": file("Most victims were aged 16 to 24; a child aged 16 or under; children are under 18."),
    "ratios": file("Three in four victims were women; about 1 in 10 was a child."),
    "a mistake in matching": prose("Two people taken for one make the estimate too small."),
    "options in code": code(
        "levels = [0.5, 0.9]\nsteps = {'burn': 2, 'thin': 3}\nfig = plt.subplots(1, 2, figsize=(6, 3))"
    ),
    "words for columns in code": code(
        "WORDS = {'meansThreats': 'threats', 'meansDebtBondage': 'debt bondage', 'isOther': 'other'}"
    ),
    "glyphs of a font": shown("text/html", '<svg><path d="M 4111 1111 1111 1111"/></svg>'),
    "a researcher's number": file("https://orcid.org/0000-0002-1825-0097 and doi:10.1214/19-AOAS1248"),
    "a season": table(frame(season=["2019/20", "2020/21"], n=[40, 50]), counts=[40, 50]),
}


@pytest.mark.parametrize("output", LEAKS.values(), ids=LEAKS)
def test_a_leak_in_an_odd_dress_does_not_pass(output):
    verdict = release([output])["one"]
    assert verdict.verdict != "pass"
    assert verdict.rule != "unjudged", "a rule stumbled over it instead of judging it"
    assert verdict.cure


@pytest.mark.parametrize("text", TELLING)
def test_a_text_that_points_at_one_person_does_not_pass(text):
    assert release([file(text)])["one"].rule in {"identifier", "records"}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_that_points_at_people_does_not_pass(name):
    assert release([table(frame(n=[50, 60], **{name: COLUMNS[name]}), counts=[50, 60])])["one"].rule == "identifier"


@pytest.mark.parametrize("output", HARMLESS.values(), ids=HARMLESS)
def test_its_harmless_neighbour_passes(output):
    verdict = release([declare(output)])["one"]
    assert verdict.verdict == "pass", verdict.sentence


@pytest.mark.parametrize("text", ["women: 40\nmen: 30\n", PEOPLE.replace("3", "30"), "sex,n\nWoman,40\nMan,30\n"])
def test_a_table_in_a_file_that_nobody_declared_is_for_somebody_to_look_at(text):
    assert release([file(text)])["one"].rule == "undeclared"


def estimate(n, name):
    return Output(name, "estimate", "restricted", content={"n": n}, counts=[n], roles={"n": "count"})


def by_sex(women, name="table"):
    return declare(Output(name, "table", "restricted", content=frame(sex=WHO, n=[women, 40]), counts=[women, 40]))


def sentence(text, name="words"):
    return Output(name, "file", "restricted", content=text.encode(), counts=[50])


@pytest.mark.parametrize(
    ("before", "now", "close"),
    [
        (estimate(119, "a"), estimate(120, "b"), True),
        (estimate(119, "a"), estimate(140, "b"), False),
        (by_sex(80), estimate(121, "b"), True),
        (estimate(121, "b"), by_sex(80), True),
        (by_sex(80), estimate(120, "b"), False),
        (sentence("There were 119 victims."), sentence("There were 120 victims.", "later"), True),
        (sentence("There were 119 victims."), sentence("There were 150 victims.", "later"), False),
        (by_sex(80), sentence("There were 119 victims."), True),
        (by_sex(80), sentence("There were 120 victims."), False),
    ],
)
def test_numbers_of_everybody_are_set_against_one_another(before, now, close):
    for verdict in (release([now], earlier=[before])[now.name], release([before, now])[now.name]):
        assert (verdict.rule == "differencing") == close


def test_what_breaks_the_reading_stays_inside():
    class Trap(dict):
        def items(self):
            raise RuntimeError("a secret value")

    verdict = release([table(Trap(a=1))])["one"]
    assert (verdict.verdict, verdict.rule) == ("fail", "unjudged")
    assert "secret" not in json.dumps(verdict.to_dict())


@pytest.mark.parametrize("cells_", [[3], [{"cell_type": "code", "source": "x", "outputs": {"a": 1}}]])
def test_a_notebook_whose_cells_are_none_is_refused_in_a_sentence(cells_):
    with pytest.raises(DataError, match="cell 0 of the notebook is no cell"):
        scan_notebook({"nbformat": 4, "metadata": {}, "cells": cells_})


def test_the_stripped_copy_of_every_leaking_notebook_passes():
    for name, output in LEAKS.items():
        if output.kind == "notebook":
            stripped, findings = scan_notebook(output.content)
            assert findings, name
            again = scan_notebook(stripped)[1]
            assert not again, name


def test_synthetic_rows_leave_by_a_signed_override_of_k_anonymity():
    rows = Output("rows", "file", "record", content=b"sex,age\nWoman,9--17\nMan,48+\n")
    signed = {
        "output": "rows",
        "rule": "k_anonymity",
        "reason": "synthetic, epsilon 1, see ledger",
        "name": "A. Custodian",
    }
    assert release([rows])["rows"].rule == "k_anonymity"
    assert release([rows], overrides=[signed])["rows"].verdict == "pass"
