"""The gate: planted leaks that must not pass, and harmless outputs that must."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.privacy.declaring import declare

from ctresearch.core import Check, SpecificationError, estimates_table
from ctresearch.prevalence import PopulationResult
from ctresearch.privacy import Output, release

WHO = ["Woman", "Man"]


def frame(**columns):
    return pd.DataFrame(columns)


def table(content=None, counts=None, *, kind="table", level="restricted", **more):
    return Output("one", kind, level, content=content, counts=counts, **more)


def result(n, checks=()):
    estimates = estimates_table({"population": (100.0, 10.0, 80.0, 120.0)})
    return PopulationResult(method="m", estimates=estimates, n=n, checks=checks)


def cell(source="x", *outputs, tags=()):
    return {"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}, "outputs": list(outputs)}


def shown(text, mime="text/plain"):
    return {"output_type": "execute_result", "data": {mime: text}, "metadata": {}, "execution_count": 1}


def printed(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def notebook(*cells, parameters=None, level="restricted"):
    metadata = {"papermill": {"parameters": parameters or {}}}
    return table({"nbformat": 4, "metadata": metadata, "cells": list(cells)}, kind="notebook", level=level)


CASES = frame(gender=["Woman", "Man"], ageBroad=["9--17", "48+"], citizenship=["NGA", "MEX"], isSexualExploit=[1, 0])
NUMBERED = frame(case_id=["A-1", "A-2"], months=[3, 9])
SMALL = frame(gender=WHO, n=[120, 3])
CROSS = pd.DataFrame({"0--8": [7, 1], "9--17": [12, 30]}, index=pd.Index(WHO, name="gender"))
SAFE_CROSS = pd.DataFrame({"0--8": [7, 11], "9--17": [12, 30]}, index=pd.Index(WHO, name="gender"))
ERROR = {
    "output_type": "error",
    "ename": "KeyError",
    "evalue": "'Jane Example'",
    "traceback": ["KeyError: 'Jane Example'"],
}


def checked(**more):
    """A result whose check has a name of two capitalised words, and a document that only looks like one."""
    document = result(40, (Check("Silverman Sequence", "pass", "Fine."),)).to_dict()
    return {**document, "checks": [{**check, **more} for check in document["checks"]]}


SEEDED = frame(gender=WHO, rounded=[120, 40])
SEEDED.attrs["private"] = False
PUBLIC = {"level": "public", "citation": "Silverman (2014)."}

LEAKS = {
    "a count of one": table(counts=[12, 1]),
    "a count just below": table(counts=[[12, 40], [4, 9]]),
    "a figure with one-person bars": table(kind="figure", counts=[1, 1, 30]),
    "a figure whose data are small": table(frame(age=["0--8", "9--17"], n=[2, 40]), kind="figure"),
    "a record-level cell below eleven": table(counts=[40, 10], level="record"),
    "an estimate from three people": table(result(3), counts=[3], kind="estimate"),
    "an estimate that hides its n": table(result(2).to_dict(), counts=[50], kind="estimate"),
    "no counts at all": table(b"...", kind="file"),
    "counts that lie": table(SMALL, counts=[120, 30]),
    "a cross-tabulation without counts": table(CROSS),
    "a csv file with small counts": table(b"gender,victims\nWoman,120\nMan,2\n", counts=[50, 50], kind="file"),
    "case records": table(CASES, counts=[50, 50]),
    "case records as csv": table(CASES.to_csv(index=False).encode(), counts=[50], kind="file"),
    "case records as csv with row numbers": table(CASES.to_csv().encode(), counts=[50], kind="file"),
    "case records as json": table(CASES.to_json(orient="records").encode(), counts=[50], kind="file"),
    "case records as html": table(CASES.to_html(index=False).encode(), counts=[50], kind="file"),
    "numbered cases": table(NUMBERED, counts=[50, 50]),
    "microdata with a unique row": table(CASES, kind="file", level="record"),
    "microdata with small classes": table(pd.concat([CASES] * 10), kind="file", level="record"),
    "surnames": table(frame(surname=["x", "y"], n=[50, 60]), counts=[50, 60]),
    "names under any heading": table(frame(who=["Jane Example", "John van Example"], n=[50, 60]), counts=[50, 60]),
    "a counter printed": notebook(cell("x", printed("Counter({'Woman': 120, 'Man': 3})"))),
    "a few people in a sentence": notebook(cell("x", printed("Only 3 men were found among 120 cases."))),
    "a small n": notebook(cell("x", printed("n = 2"))),
    "a LaTeX table": notebook(
        cell(
            "x",
            shown("\\begin{tabular}{lr}\nsex & n \\\\\nWoman & 120 \\\\\nMan & 3 \\\\\n\\end{tabular}", "text/latex"),
        )
    ),
    "a drawn table": notebook(
        cell(
            "x",
            printed("┏━━━━━━━┳━━━━┓\n┃ sex   ┃ n  ┃\n┡━━━━━━━╇━━━━┩\n│ Woman │ 40 │\n│ Man   │ 3  │\n└───────┴────┘"),
        )
    ),
    "a row as a tuple": notebook(cell("x", printed("('Woman', '9--17', 'NGA', 2017)"))),
    "a named tuple": notebook(
        cell("x", printed("Pandas(Index=0, gender='Woman', ageBroad='9--17', citizenship='NGA')"))
    ),
    "a wide table cut short": notebook(
        cell(
            "x",
            printed(
                "   yearOfRegistration  ...  recruiterRelationOther\n0                2015  ...                    "
                " NaN\n\n[5 rows x 27 columns]"
            ),
        )
    ),
    "a parameter in small letters": notebook(cell("victim = 'jane example'", tags=["parameters"])),
    "an archive": table(b"PK\x03\x04\0\0", counts=[50], kind="file"),
    "a csv in another encoding": table(
        "sex;cas\nfemme;120\nhomme;é\ngarçon;3\n".encode("latin-1"), counts=[50], kind="file"
    ),
    "a csv in UTF-16": table("case_id,sex\nA1,F\nA2,M\n".encode("utf-16"), counts=[50], kind="file"),
    "a count with its share": table(frame(sex=WHO, cases=["120 (97%)", "3 (3%)"]), counts=[120, 30]),
    "a count in a map's properties": table(
        b'{"type": "FeatureCollection", "features": [{"properties": {"victims": 2}}]}', counts=[50], kind="file"
    ),
    "dates of birth": table(frame(dateOfBirth=["2001-02-03"], n=[50]), counts=[50]),
    "an address in published data": table(frame(country=["XX"], email=["someone@example.org"]), **PUBLIC),
    "a telephone number in a text": table(b"call +44 20 7946 0958", counts=[50], kind="file"),
    "a name in a text": table(b"the victim: Jane Example was found", counts=[50], kind="file"),
    "a birth date in a text": table(b"she was born on 2001-02-03", counts=[50], kind="file"),
    "a numbered case in prose": table("Case 0417: girl, recruited by a relative", counts=[50], kind="file"),
    "a passport number": table("passport no. X1234567", counts=[50], kind="file"),
    "a name in a picture": table(b"<svg><text>Mrs Example</text></svg>", counts=[50], kind="figure"),
    "seeded rounding": table(SEEDED, counts=[120, 40]),
    "seeded noise in a result": table(result(90, (Check("entropy", "fail", "Seeded."),)), counts=[90], kind="estimate"),
    "one employer's profit": table(frame(district=["a"], profit=[97]), counts=[9], contributions=[[90, 4, 3]]),
    "a mask that the total undoes": table(
        frame(sex=["Woman", "Man", "Total"], n=[40, np.nan, 43]), counts=[40, np.nan, 43]
    ),
    "a mask in a two-way table with totals": table(
        counts=pd.DataFrame([[40, np.nan, 43], [50, 60, 110], [90, 63, 153]], ["a", "b", "Total"], ["x", "y", "Total"])
    ),
    "masks that narrow to two values": table(
        counts=pd.DataFrame([[np.nan, np.nan, 1], [50, 60, 110]], ["a", "b"], ["x", "y", "Total"])
    ),
    "counts of another table": table(frame(sex=WHO, n=[120, 30]), counts=[120, 30, 50]),
    "a single number over small counts": table(frame(sex=WHO, treated=[120, 3]), counts=[150]),
    "an interval from one person": table(result(1), kind="estimate"),
    "microdata as bytes": table(CASES.to_csv(index=False).encode(), kind="file", level="record"),
    "a count of nine at record level": table(counts=[12, 9], level="record"),
    "a date of birth column in a csv": table(b"dob;n\n2001-02-03;50\n", counts=[50], kind="file"),
    "an alias": table(frame(alias=["x"], n=[50]), counts=[50]),
    "a labelled name in a line": table("suspect: Jane Example;50", counts=[50], kind="file"),
    "a whole group in one cell": table(counts=[[25, 0, 0], [30, 12, 9]]),
    "a method of evasion": table(counts=[40], operational_detail=True),
    "public without a source": table(SMALL, level="public"),
    "records in a cell": notebook(cell("cases.head()", shown(CASES.to_string()))),
    "records in an html cell": notebook(cell("cases.head()", shown(CASES.to_html(), "text/html"))),
    "one record standing upright": notebook(cell("cases.iloc[0]", shown(repr(CASES.iloc[0])))),
    "records printed as a list": notebook(cell("print(rows)", printed(str(CASES.to_dict("records"))))),
    "a small value count": notebook(
        cell("x", printed("By sex:\ngender\nWoman    120\nMan        3\nName: count, dtype: int64"))
    ),
    "a small cross-tabulation": notebook(cell("x", shown(CROSS.to_string()))),
    "a small html cross-tabulation": notebook(cell("x", shown(CROSS.to_html(), "text/html"))),
    "a small count by two keys": notebook(cell("x", shown(frame(sex=WHO, year=[2020, 2021], n=[2, 30]).to_string()))),
    "a name in a traceback": notebook(cell("x", ERROR)),
    "a printed traceback": notebook(cell("x", printed("Traceback (most recent call last):\n  KeyError: 7"))),
    "a parameter with a name": notebook(parameters={"focus": "Jane Example"}),
    "a list of names as parameter": notebook(parameters={"focus": ["all", "Jane van Example"]}),
    "an injected parameter": notebook(cell("victim_name = 'Jane'", tags=["injected-parameters"])),
    "a name in the code": notebook(cell("victim = 'Jane Example'\nrows[rows.name == victim]")),
    "a picture nobody can look into": notebook(cell("plot()", shown("iVBORw0KGgo=", "image/png"))),
    "a picture of a plotting library": notebook(cell("plot()", shown({"data": []}, "application/vnd.plotly.v1+json"))),
    "an address printed": notebook(cell("x", printed("someone@example.org"))),
    "a count printed by size": notebook(
        cell("x", printed("sex    year\nWoman  2020    40\nMan    2020     1\ndtype: int64"))
    ),
    "a csv printed": notebook(cell("print(t.to_csv())", printed("sex,n\nWoman,40\nMan,1\n"))),
    "json shown": notebook(cell("x", shown(SMALL.to_dict("records"), "application/json"))),
    "a phone number in code": notebook(cell("# informant +44 20 7946 0958")),
    "a comment with a birth date": notebook(cell("# born on 2001-02-03")),
    "a name in public prose": notebook(
        {"cell_type": "markdown", "source": "Ms Example told us.", "metadata": {}}, level="public"
    ),
    "a traceback on public data": notebook(cell("x", ERROR), level="public"),
    "a name in the message of a check": table(
        checked(message="Mrs Example is on both lists."), counts=[40], kind="estimate"
    ),
    "a name beside a check": table(checked(alias="Jane Example"), counts=[40], kind="estimate"),
    "people in place of checks": table(
        {**checked(), "checks": [{"name": "Jane Example"}]}, counts=[40], kind="estimate"
    ),
    "names without estimates": table({"checks": [{"name": "Jane Example"}]}, counts=[40], kind="estimate"),
    "a name as the name of a check": table(checked(name="Jane Example"), counts=[40], kind="estimate"),
    "a name in prose": notebook({"cell_type": "markdown", "source": "We met Mrs Example.", "metadata": {}}),
}

HARMLESS = {
    "counts at the threshold": table(counts=[5, 40]),
    "zeros": table(counts=[0, 40, 0, 5]),
    "masked cells": table(counts=[np.nan, 40]),
    "a two-way table": table(SAFE_CROSS, counts=SAFE_CROSS),
    "a figure": table(frame(age=["0--8", "9--17"], share=[0.2, 0.8]), kind="figure", counts=[20, 80]),
    "a picture's bytes": table(b"\x89PNG\r\n\x1a\n\0\0", kind="figure", counts=[20, 80]),
    "a drawing": table(b"<svg><text>United Kingdom</text></svg>", kind="figure", counts=[20, 80]),
    "a record-level cell of eleven": table(counts=[40, 11], level="record"),
    "an estimate": table(result(300), counts=[300], kind="estimate"),
    "an estimate as dict": table(result(300).to_dict(), counts=[300], kind="estimate"),
    "a check with a name of its own": table(checked(), counts=[40], kind="estimate"),
    "a small published table": table(SMALL, **PUBLIC),
    "published flows": table(frame(year=[2020, 2021], country=["XX", "YY"], victims=[2, 3]), **PUBLIC),
    "a public estimate": table(result(2), kind="estimate", **PUBLIC),
    "counts by sex": table(frame(gender=WHO, n=[120, 30]), counts=[120, 30]),
    "counts by three attributes": table(
        frame(gender=WHO, ageBroad=["a", "b"], citizenship=["c", "d"], n=[12, 30]), counts=[12, 30]
    ),
    "a masked csv": table(b"gender,victims\nWoman,120\nMan,<5\n", counts=[120, np.nan], kind="file"),
    "rates with small digits": table(frame(gender=WHO, victims_per_100000=[2, 3]), counts=[120, 30]),
    "ranks": table(frame(region=["north", "south"], rank=[1, 2]), counts=[120, 30]),
    "models by rank": table(frame(model=["[12]", "[13]"], df=[4, 3], bic=[61.2, 64.0]), counts=[120, 120]),
    "years as labels": table(frame(year=[2020, 2021], n=[120, 130]), counts=[120, 130]),
    "coefficients": table(frame(term=["age", "sex"], estimate=[0.2, 1.0], std_error=[0.1, 0.4]), counts=[120, 120]),
    "countries in a column of places": table(
        frame(country=["United Kingdom", "Sri Lanka"], n=[50, 60]), counts=[50, 60]
    ),
    "missing by column": table(
        frame(column=["gender", "ageBroad", "citizenship"], missing=[0.1, 0.0, 0.4]), counts=[90] * 3
    ),
    "prose": table("In 2017, 412 girls were referred; 38 percent were under 9.", counts=[412], kind="file"),
    "a digital object identifier": table("https://doi.org/10.1111/j.1740-9713.2015.00824.x", counts=[50], kind="file"),
    "k-anonymous microdata": table(pd.concat([CASES] * 11), kind="file", level="record"),
    "rounded counts": table(frame(gender=WHO, n=[120, 30]), counts=[120, 30]),
    "many employers": table(frame(district=["a"], profit=[50]), counts=[9], contributions=[[9, 8, 8, 8, 9, 8]]),
    "a full two-way table": table(counts=[[25, 7, 8], [30, 12, 9]]),
    "masks that hold": table(
        counts=pd.DataFrame(
            [[np.nan, np.nan, 43], [np.nan, np.nan, 110], [90, 63, 153]], ["a", "b", "Total"], ["x", "y", "Total"]
        )
    ),
    "a mask without totals": table(frame(sex=WHO, n=[40, np.nan]), counts=[40, np.nan]),
    "a rounded table with totals": table(
        counts=pd.DataFrame([[40, np.nan, 45], [50, 60, 110], [90, 65, 150]], ["a", "b", "Total"], ["x", "y", "Total"])
    ),
    "coefficients of one model": table(frame(term=["age", "sex"], estimate=[0.2, 1.0]), counts=120),
    "a curve": table(frame(time=[0.5, 1.5, 2.5], survival=[1.0, 0.8, 0.6]), kind="figure", counts=[120, 100, 80]),
    "a codebook": table(frame(code=["a", "b"], definition=["working in fields", "working at sea"]), counts=[20, 30]),
    "months as labels": table(frame(month=[1, 2, 3], n=[50, 60, 70]), counts=[50, 60, 70]),
    "one long row": table(counts=[[25, 0, 0]]),
    "no people in a list of codes": table(frame(code=["A", "B"], meaning=["agriculture", "mining"]), **PUBLIC),
    "an empty notebook": notebook(),
    "code that shows nothing": notebook(cell("fit = model.fit(frame)")),
    "a version": notebook(cell("print(v)", printed("ctresearch 0.1.0"))),
    "a summary": notebook(cell("fit", shown(result(300).summary()))),
    "large value counts": notebook(cell("x", printed("gender\nWoman    120\nMan       30\nName: count, dtype: int64"))),
    "a large cross-tabulation": notebook(cell("x", shown(SAFE_CROSS.to_string()))),
    "a large html cross-tabulation": notebook(cell("x", shown(SAFE_CROSS.to_html(), "text/html"))),
    "types of columns": notebook(cell("cases.dtypes", shown(repr(CASES.dtypes)))),
    "distinct values": notebook(
        cell("x", shown("gender         2\nageBroad       9\ncitizenship  40\nName: distinct, dtype: int64"))
    ),
    "shares": notebook(cell("x", shown("gender\nWoman    0.8\nMan      0.2\nName: proportion, dtype: float64"))),
    "a shape": notebook(cell("cases.shape", shown("(20000, 27)"))),
    "coefficients in a cell": notebook(cell("x", shown(frame(term=["a", "b"], estimate=[0.2, 1.0]).to_string()))),
    "published counts in a cell": notebook(cell("x", shown(SMALL.to_string())), level="public"),
    "a picture of published data": notebook(cell("x", shown("iVBORw0KGgo=", "image/png")), level="public"),
    "a country as parameter": notebook(parameters={"country": "United Kingdom"}),
    "a table as parameter": notebook(parameters={"table": "uk-2013", "bootstrap": 1000, "seed": 3}),
    "an injected number": notebook(cell("bootstrap = 1000\ntable = 'uk-2013'", tags=["injected-parameters"])),
    "an author's address": notebook(
        {"cell_type": "markdown", "source": "Questions: someone@example.org", "metadata": {}}
    ),
    "a rate in a sentence": notebook(cell("x", printed("2 victims per 100,000 residents, 412 girls in all"))),
    "options as a dict": notebook(cell("x", printed("{'bootstrap': 1000, 'seed': 3, 'select': 'bic'}"))),
    "a result written as json": table(json.dumps(result(300).to_dict()).encode(), counts=[300], kind="file"),
    "a table of terms by name": table(frame(name=["age", "sex"], estimate=[0.2, 1.0]), counts=[120]),
    "progress": notebook(cell("fit", printed("100%|##########| 4/4 [00:00<00:00, 3.1it/s]"))),
    "a warning": notebook(
        cell("fit", {"output_type": "stream", "name": "stderr", "text": "RuntimeWarning: few draws"})
    ),
    "a table of estimates": notebook(cell("fit", shown(result(300)._repr_html_(), "text/html"))),
    "a heading": notebook({"cell_type": "markdown", "source": "# Potential Victims of Modern Slavery", "metadata": {}}),
}


def test_there_are_enough_of_both():
    assert len(LEAKS) >= 60
    assert len(HARMLESS) >= 60


@pytest.mark.parametrize("output", LEAKS.values(), ids=LEAKS)
def test_a_planted_leak_does_not_pass(output):
    verdict = release([output])["one"]
    assert verdict.verdict != "pass"
    assert verdict.sentence
    assert verdict.cure


@pytest.mark.parametrize("output", HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_output_passes(output):
    if output.level == "public" and output.citation is None:
        output = Output(output.name, output.kind, "public", output.content, citation="Silverman (2014).")
    verdict = release([declare(output)])["one"]
    assert verdict.verdict == "pass", verdict.sentence
    assert not verdict.cure


def test_the_same_table_undeclared_is_for_somebody_to_look_at():
    verdict = release([HARMLESS["counts by sex"]])["one"]
    assert (verdict.verdict, verdict.rule) == ("review", "undeclared")
    assert verdict.cure == "Say what they are: roles={'gender': 'key', 'n': 'count'}."


@pytest.mark.parametrize("counts", [None, np.zeros(0), 50])
def test_a_table_of_shares_without_rows_is_judged(counts):
    empty = frame(stage=pd.Series([], dtype=str), share=pd.Series([], dtype=float))
    (verdict,) = release([table(empty, counts)]).verdicts
    assert "unjudged" not in {finding.rule for finding in verdict.findings}


def test_one_output_alone_is_told_how_to_be_given():
    with pytest.raises(SpecificationError, match=r"write \[output\]"):
        release(Output("ages", "table", "restricted", counts=[12]))
