"""Every limit of an option of the room; see ``option_limits``."""

import pandas as pd
import pytest

from ctresearch.qualitative import (
    Agreement,
    Code,
    Codebook,
    CodedDifference,
    CodedSegments,
    ComparativeRobustness,
    Cooccurrence,
    DawidSkene,
    ExtractionQuality,
    JointDisplay,
    Keyness,
    ProcessTracing,
    QualitativeComparative,
    Saturation,
    ThemeRichness,
    TopicModel,
    UnitisingAgreement,
    calibrate,
    case_clusters,
    check_quotes,
    coding_page,
    double_coding,
    find_thresholds,
    keyword_in_context,
    pseudonymise,
    stop_words,
    suggest_elements,
    tokenise,
    typology,
)
from option_limits import FLAG, LEVEL, TINY, allowed, beyond, refuses, takes

SAID = pd.DataFrame({"who": ["a", "b", "c"], "said": ["my debt grew", "they took it away", "we could not leave"]})
CASES = pd.DataFrame({"debt": [0, 1, 1, 0], "threat": [1, 1, 0, 0], "exploited": [0, 1, 1, 0]})
BOOK = Codebook((Code("debt"), Code("threat")))
UNITS = pd.DataFrame({"document": ["A", "A"], "start": [0, 0], "end": [5, 5], "code": "debt", "coder": ["a", "b"]})
SEGMENTS = CodedSegments.from_frame(UNITS)
BOOTSTRAP = {"bootstrap": ((99, 100_001), (100, 100_000))}
LANGUAGE = {"language": (("xx", 1), ("en", "fr", None))}
WORDS = LANGUAGE | {
    "stop": FLAG,
    "least": ((0, 1.0), (1,)),
    "chinese": (("words",), ("bigrams", "characters")),
    "shortest": ((0,), (1,)),
}
THRESHOLDS = {"debt": [(0.2, 0.5, 0.8)], "exploited": [(0.2, 0.5, 0.8)]}
QCA = {"outcome": "exploited", "conditions": ["debt", "threat"]}
SOLUTION = (("full",), ("intermediate", "parsimonious", "complex"))

LIMITS = {
    "agreement": (
        Agreement,
        {},
        LEVEL
        | {
            "statistic": (("alpha",), ("krippendorff",)),
            "per_code": FLAG,
            "interval": (("normal",), ("analytic", "bootstrap")),
            "draws": ((99, 1_000_001), (100, 1_000_000)),
            "separator": (("", 3), ("|", None)),
        },
    ),
    "circle": (Agreement, {"weights": "circular"}, {"circle": ((0, float("inf")), (TINY, 360))}),
    "unitising": (UnitisingAgreement, {}, LEVEL | BOOTSTRAP | {"length": ((0, 2.5), (1, "long", None))}),
    "coders": (DawidSkene, {"unit": "u", "coder": "c", "code": "k"}, LEVEL | BOOTSTRAP),
    "double coding": (
        double_coding,
        {"agreement": 0.8, "shares": [0.5, 0.5], "half_width": 0.2},
        {
            "agreement": ((0, 1), (0.01, 0.99)),
            "half_width": ((0, 1), (0.9,)),
            "coders": ((1, 11), (2,)),
            "level": ((0.0, 1.0), (0.5,)),
            "shares": (([1.0], [0.5, 0.4], [0, 1], "half", [[0.5, 0.5]]), ([0.9, 0.1],)),
        },
    ),
    "saturation": (
        Saturation,
        {},
        LEVEL
        | {
            "base": ((0,), (1,)),
            "run": ((0,), (1,)),
            "threshold": ((-TINY, 1 + TINY), (0, 1)),
            "orders": ((99, 100_001), (100, 100_000)),
        },
    ),
    "richness": (ThemeRichness, {}, LEVEL | BOOTSTRAP | {"method": (("chao9",), ("chao2",))}),
    "counted": (ThemeRichness, {"frequency": "n", "interviews": 9}, {"interviews": ((1, 2.0), (2,))}),
    "together": (Cooccurrence, {}, LEVEL | {"false_discoveries": ((0, 1), (TINY, 1 - TINY))}),
    "clusters": (case_clusters, {"interviews": CASES, "clusters": 2}, {"clusters": ((1, 2.0), (2,))}),
    "difference": (
        CodedDifference,
        {"first": "a", "second": "b", "outcome": "y"},
        LEVEL | {"bootstrap": ((49, 100_001), (50, 100_000))},
    ),
    "types": (typology, {"frame": CASES, "conditions": ["debt"], "least": 1}, {"least": ((0,), (1,))}),
    "display": (JointDisplay, {"numbers": {}}, LEVEL | {"agreement": (({"debt": "agrees"},), (None,))}),
    "quality": (ExtractionQuality, {}, LEVEL),
    "keyness": (Keyness, {"text": "said", "group": "who"}, WORDS | {"level": ((0, 1), (TINY, 1 - TINY))}),
    "topics": (
        TopicModel,
        {"text": "said"},
        WORDS
        | {
            "topics": ((1, 201), (2, 200)),
            "method": (("bertopic",), ("nmf", "lda")),
            "starts": ((1, 201), (2, 200)),
            "top": ((0,), (1,)),
        },
    ),
    "words": (
        tokenise,
        {"text": "my debt"},
        {"language": ((1,), ("en", None)), "chinese": (("words",), ("bigrams",)), "shortest": ((0,), (1,))},
    ),
    "stop words": (stop_words, {}, {"language": (("xx", None), ("en", "zh"))}),
    "concordance": (
        keyword_in_context,
        {"frame": SAID, "keyword": "debt", "text": "said"},
        {"width": ((0, 2.5), (1,)), "keyword": (("", " *", 3), ("debt*",))},
    ),
    "elements": (suggest_elements, {"frame": SAID, "text": "said"}, {"language": (("xx", None), ("en",))}),
    "quotes": (
        check_quotes,
        {"frame": SAID, "quote": "said", "person": "who"},
        {"language": (("xx",), ("en", "auto")), "run": ((2,), (3,)), "least": ((0,), (1,))},
    ),
    "pseudonyms": (
        pseudonymise,
        {"texts": "my debt", "key": b"k" * 32},
        {"language": (("xx",), ("en", "auto")), "legend": (({},), (None,)), "key": (("k",), ())},
    ),
    "tracing": (
        ProcessTracing,
        {"priors": {"a": 0.5, "b": 0.5}},
        {"priors": (({"a": 0, "b": 1}, {"a": 1.0, "b": 0.0}), ()), "width": ((-TINY, 0.5 + TINY), (0, 0.5))},
    ),
    "qca": (
        QualitativeComparative,
        QCA,
        {
            "negated": FLAG,
            "consistency": ((-TINY, 1 + TINY, (0.8, 1.1)), (0, 1, (0.9, 0.8))),
            "pri": ((-TINY, 1 + TINY), (0, 1)),
            "cases": ((0,), (1,)),
            "solution": SOLUTION,
            "exclude": (("some", [0]), ("none", "untenable")),
            "expected": (({"fear": 1}, {"debt": -1}), ({"debt": 0}, None)),
        },
    ),
    "robustness": (
        ComparativeRobustness,
        QCA | {"thresholds": THRESHOLDS},
        {"shape": (("step",), ("logistic", "linear")), "thresholds": (({"fear": [(0.2, 0.5, 0.8)]},), ())},
    ),
    "calibration": (
        calibrate,
        {"column": pd.Series([0.0, 0.4, 1.0]), "thresholds": (0.2, 0.5, 0.8)},
        {
            "shape": (("step",), ("logistic", "linear")),
            "degree": ((0.5, 1), (0.5 + TINY, 1 - TINY)),
            "thresholds": (((0.2, 0.5, "0.8"),), ()),
        },
    ),
    "thresholds": (find_thresholds, {"column": pd.Series([0.0, 0.1, 0.9, 1.0])}, {"n": ((0, 1.0), (1,))}),
    "page": (
        coding_page,
        {"documents": {"A": "My debt grew. They left."}, "codebook": BOOK, "coder": "one"},
        {"units": (("word",), ("sentence", "paragraph")), "language": (("xx",), ("en", "fr", "es"))},
    ),
    "matrix": (SEGMENTS.case_matrix, {}, {"values": (("all",), ("any", "count", "share"))}),
}


@pytest.mark.parametrize(("name", "option", "value"), beyond(LIMITS))
def test_what_lies_beyond_a_limit_is_refused_by_name(name, option, value):
    refuses(LIMITS, name, option, value)


@pytest.mark.parametrize(("name", "option", "value"), allowed(LIMITS))
def test_what_lies_on_a_limit_is_taken_and_kept(name, option, value):
    takes(LIMITS, name, option, value)
