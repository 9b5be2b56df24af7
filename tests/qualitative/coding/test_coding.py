"""Codebooks and coded segments: versions, joining, units, and what they hand on."""

import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.qualitative import Code, Codebook, CodedSegments, UnitisingAgreement, agreement

ROWS = [
    ("A", 0, 10, "debt", "anna"),
    ("A", 0, 10, "debt", "ben"),
    ("A", 20, 30, "threat", "anna"),
    ("A", 22, 30, "threat", "ben"),
    ("A", 25, 40, "debt", "ben"),
    ("B", 5, 9, "threat", "anna"),
]
MARKED = pd.DataFrame(ROWS, columns=["document", "start", "end", "code", "coder"])
SEGMENTS = CodedSegments.from_frame(MARKED, texts={"A": "x" * 50, "B": "y" * 50})
BOOK = Codebook((Code("debts"), Code("means"), Code("fraud", parent="means"), Code("threat", parent="means")))


def test_the_ready_codebook_holds_the_protocol():
    book = Codebook.ready()
    assert [len(book.below(one)) for one in ("act", "means", "purpose")] == [5, 8, 5]
    assert not book.code("means").codable
    assert book.frame["code"].is_unique


# Human Trafficking Case Data Standard 2.0 (IOM, CC BY 4.0): label of the standard to the code that stands for it.
HTCDS = {
    "Physical threats": "control > threats to the person",
    "Threats of law enforcement": "control > threat of law enforcement",
    "Threatens children/family": "control > threats to family",
    "Debt bondage": "control > debt bondage",
    "False promises": "control > false promises",
    "Physical abuse": "control > physical abuse",
    "Sexual abuse": "control > sexual abuse",
    "Takes earnings": "control > withholding of earnings",
    "Restricts financial access": "control > restriction of financial access",
    "Restricts medical care": "control > restriction of medical care",
    "Withholds necessities": "control > withholding of necessities",
    "Psychological abuse": "control > psychological abuse",
    "Psychoactive substance": "control > psychoactive substances",
    "Excessive working hours": "control > excessive working hours",
    "Withholds documents": "control > withholding of documents",
    "Forced labour": "purpose > forced labour or services",
    "Sexual exploitation": "purpose > prostitution of others or other sexual exploitation",
    "Child labour": "exploitation > child labour",
    "Forced marriage": "exploitation > forced marriage",
    "Servitude": "purpose > servitude",
    "Forced military (by non-state actors)": "exploitation > armed groups",
    "Organ removal": "exploitation > organ removal",
    "Forced begging": "exploitation > begging",
    "Forced adoption": "exploitation > illegal adoption",
    "Surrogacy": "exploitation > surrogacy",
    "Prostitution": "exploitation > prostitution",
    "Pornography": "exploitation > pornography and online sexual exploitation",
    "Remote Interactive Services": "exploitation > pornography and online sexual exploitation",
    "Private Sexual Services": "exploitation > private sexual services",
}


def test_the_ready_codebook_covers_the_case_data_standard():
    assert set(HTCDS.values()) <= set(Codebook.ready().keys)


def test_the_page_is_plain_and_escaped(tmp_path):
    book = Codebook((Code("<b>debt</b>", definition="<script>alert(1)</script>", colour="red;}"),), name="a & b")
    page = book.page(tmp_path / "b.html").read_text()
    assert "<script" not in page
    assert "&lt;b&gt;debt" in page
    assert "red;}" not in page
    assert "http" not in page


def test_a_revision_says_where_every_code_went():
    new = BOOK.revised(
        "2", "clearer", renamed={"means": "how"}, joined={"debts": ["means > fraud"]}, added=[Code("way out")]
    )
    assert new.keys == ("debts", "how", "how > threat", "way out")
    assert new.changes[-1].moved["means > fraud"] == "debts"
    assert new.changes[-1].moved["means > threat"] == "how > threat"
    last = new.revised("3", "finer", split={"debts": ["rent", "loan"]}, added=[Code("rent"), Code("loan")])
    old = CodedSegments.from_frame(MARKED.replace({"code": {"debt": "debts", "threat": "means > threat"}}))
    moved, asks = old.recoded(last)
    assert moved.codes == ("how > threat",)
    assert asks["choose"].unique().tolist() == ["rent, loan"]
    assert len(moved.table) + len(asks) == len(ROWS)


@pytest.mark.parametrize(
    "change",
    [
        {"renamed": {"nothing": "x"}},
        {"gone": ["means"]},
        {"split": {"debts": ["nowhere"]}},
    ],
)
def test_a_revision_that_does_not_fit_is_refused(change):
    with pytest.raises(SpecificationError):
        BOOK.revised("2", "no", **change)


@pytest.mark.parametrize(
    "codes",
    [(), (Code(""),), (Code("a > b"),), (Code("debt"), Code("Debt ")), (Code("x", parent="y"), Code("y"))],
)
def test_codes_that_do_not_fit_are_refused(codes):
    with pytest.raises(DataError):
        Codebook(codes)


def test_codebooks_from_tables_and_files(tmp_path):
    assert Codebook.from_frame(BOOK.frame).keys == BOOK.keys
    for text in ("", "code = 3", "[[code]]\ndefinition = 'x'", "[[code]]\nname = 'x'\nweight = 3", "\x00"):
        (tmp_path / "b.toml").write_text(text)
        with pytest.raises(DataError):
            Codebook.from_toml(tmp_path / "b.toml")


def test_units_of_every_kind():
    by_segment = SEGMENTS.ratings(code="debt")
    assert by_segment.shape == (5, 2)
    assert by_segment["anna"].tolist() == [1, 0, 0, 0, 0]
    assert by_segment["ben"].tolist()[:4] == [1, 1, 1, 1]  # a segment covers half of each
    assert by_segment["ben"].isna().tolist() == [False] * 4 + [True]  # ben did not read B
    sets = SEGMENTS.ratings(units="document")
    assert sets.loc[("A", 0, 50), "ben"] == frozenset({"debt", "threat"})
    windows = SEGMENTS.ratings(units=10, code="threat")
    assert len(windows) == 10
    assert windows["anna"].tolist()[:5] == [0, 0, 1, 0, 0]
    own = pd.DataFrame({"document": ["A"], "start": [21], "end": [29]})
    assert SEGMENTS.ratings(units=own)["anna"].iloc[0] == {"threat"}
    with pytest.raises(SpecificationError):
        SEGMENTS.ratings(units="page")
    with pytest.raises(SpecificationError):
        SEGMENTS.ratings(code="nothing")


def test_ratings_go_to_agreement_and_segments_to_unitising():
    many = pd.concat([MARKED.assign(document=f"d{i}") for i in range(12)])
    segments = CodedSegments.from_frame(many)
    assert agreement(segments.ratings(), weights="masi").coders == 2
    one = segments.frame.query("code == 'threat'").assign(length=50)
    assert UnitisingAgreement(document="document", length="length", bootstrap=100).fit(one).documents == 12


def test_matrices_and_frames_for_other_rooms():
    assert SEGMENTS.case_matrix().to_dict("list") == {"debt": [1, 0], "threat": [1, 1]}
    assert SEGMENTS.case_matrix(values="count").loc["A", "debt"] == 3
    assert SEGMENTS.case_matrix(values="share").loc["B", "threat"] == 1
    ties, roles = SEGMENTS.for_networks()
    assert ties.to_numpy().tolist() == [["debt", "threat", 1]]
    assert roles["documents"].counts_people
    assert SEGMENTS.overlaps().to_numpy().tolist() == [["debt", "threat", 1, 5]]


def test_joined_segments_of_one_code_touch_no_more():
    rows = [("A", 0, 20), ("A", 2, 5), ("A", 18, 30), ("A", 30, 33), ("A", 40, 41), ("B", 0, 3)]
    frame = pd.DataFrame(rows, columns=["document", "start", "end"]).assign(code="debt", memo=list("abcdef"))
    joined = CodedSegments.from_frame(frame, memo="memo").joined().frame
    assert joined[["document", "start", "end"]].to_numpy().tolist() == [["A", 0, 33], ["A", 40, 41], ["B", 0, 3]]
    assert joined["memo"].iloc[0] == "a\nb\nc\nd"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"end": 0}, "must lie behind"),
        ({"start": 0.5}, "whole numbers"),
        ({"start": "x"}, "whole numbers"),
        ({"end": 99}, "inside the text"),
        ({"document": "C"}, "without a text"),
        ({"code": None}, "missing"),
        ({"code": ["debt", "Debt"] * 3}, "spelled"),
    ],
)
def test_bad_segments_are_refused(change, words):
    with pytest.raises(DataError, match=words):
        CodedSegments.from_frame(MARKED.assign(**change), texts=dict(SEGMENTS.texts))


def test_codes_by_a_codebook():
    named = CodedSegments.from_frame(MARKED.replace({"code": {"debt": "debts"}}), codebook=BOOK)
    assert named.codes == ("debts", "means > threat")
    with pytest.raises(DataError, match="keys of the codebook"):
        CodedSegments.from_frame(MARKED, codebook=BOOK)


def test_nothing_of_a_text_is_shown():
    assert repr(SEGMENTS) == "CodedSegments: 6 segments, 2 documents, 2 codes, 2 coders"
