"""Laws coded and compared, and counts of justice, beside what others published and beside every possible table."""

from collections import Counter
from itertools import product
from math import log, sqrt

import numpy as np
import pandas as pd
import pytest

from ctresearch.policy import BorrowedClauses, JusticeFunnel, LawIndex

# The definition of three treaties, each taken from the one before: shortened, and not compared with an official copy
MEANS = (
    "by means of the threat or use of force or other forms of coercion, of abduction, of fraud, of deception, of the "
    "abuse of power or of a position of vulnerability or of the giving or receiving of payments or benefits to achieve "
    "the consent of a person having control over another person, for the purpose of exploitation."
)
TREATIES = {
    ("United Nations Protocol", 2000): '"Trafficking in persons" shall mean the recruitment, transportation, transfer, '
    f"harbouring or receipt of persons, {MEANS}",
    ("Council of Europe Convention", 2005): '"Trafficking in human beings" shall mean the recruitment, transportation, '
    f"transfer, harbouring or receipt of persons, {MEANS}",
    (
        "European Union Directive",
        2011,
    ): "The recruitment, transportation, transfer, harbouring or reception of persons, "
    f"including the exchange or transfer of control over those persons, {MEANS}",
}
OWN = (
    "A member state may decide not to prosecute victims for what they were compelled to do by those who exploited them."
)


def treaties():
    rows = [(law, year, text) for (law, year), text in TREATIES.items()]
    rows.append(("European Union Directive", 2011, OWN))
    return pd.DataFrame(rows, columns=["law", "year", "text"])


def strings(text, letters):
    """Cut every word, with a blank on either side, into strings of so many letters; a shorter one stands whole."""
    made = Counter()
    for word in text.lower().split():
        padded = f" {word} "
        made.update(padded[i : i + letters] for i in range(max(1, len(padded) - letters + 1)))
    return made


def cosines(texts, letters=5):
    """Weigh strings by 1 + log of their number and by 1 + log((1 + n) / (1 + texts with it)), as Salton and Buckley."""
    counted = [strings(one, letters) for one in texts]
    found = Counter(string for one in counted for string in one)
    weigh = [
        {s: (1 + log(many)) * (1 + log((1 + len(texts)) / (1 + found[s]))) for s, many in one.items()}
        for one in counted
    ]
    size = [sqrt(sum(v * v for v in one.values())) for one in weigh]
    return np.array(
        [
            [sum(v * two.get(s, 0.0) for s, v in one.items()) / (a * b) for two, b in zip(weigh, size, strict=True)]
            for one, a in zip(weigh, size, strict=True)
        ]
    )


def test_each_treaty_took_its_definition_from_an_earlier_one_and_similarity_is_the_cosine():
    found = BorrowedClauses(law="law", date="year", text="text").fit(treaties())
    assert found.estimates.loc["borrowed", "estimate"] == pytest.approx(2 / 3)
    clauses = found.clauses.set_index("law")
    assert clauses.loc["Council of Europe Convention", "source"] == "United Nations Protocol"
    by_hand = cosines(treaties()["text"].tolist())
    assert clauses.loc["Council of Europe Convention", "similarity"] == pytest.approx(by_hand[1, 0], rel=1e-12)
    assert clauses.loc["European Union Directive", "similarity"] == pytest.approx(max(by_hand[2, :2]), rel=1e-12)
    assert "abuse of power or of a position of vulnerability" in clauses.loc["European Union Directive", "alignment"]


def test_agreement_is_that_of_krippendorffs_own_example():
    """Two values, two coders, ten laws: alpha = .095, Krippendorff (2011), Computing Krippendorff's alpha-reliability."""
    one, two = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    laws = [f"law {i}" for i in range(10)]
    frame = pd.DataFrame({"law": laws * 2, "by": ["Meg"] * 10 + ["Owen"] * 10, "sale": one + two, "labour": one * 2})
    found = LawIndex(["sale", "labour"], law="law", coder="by").fit(frame)
    assert round(found.agreement.loc["sale", "alpha"], 3) == 0.095
    assert found.agreement.loc["labour", "alpha"] == 1
    assert found.estimates.loc["law 2", ["ci_low", "estimate", "ci_high"]].tolist() == [0.0, 0.25, 0.5]


@pytest.mark.parametrize("lag", [0, 1])
def test_bounds_of_a_step_are_those_of_every_table_that_the_cells_allow(lag):
    cells = {"tried": ["<3", 7, 4, "<3"], "convicted": [1, "<3", "<3", 2]}
    frame = pd.DataFrame({"country": list("AABB"), "year": [2019, 2020] * 2, **cells})
    stages = {"prosecuted": "tried", "convicted": "convicted"}
    found = JusticeFunnel(stages, unit="country", time="year", lag=lag, least=1).fit(frame)
    row = found.estimates.iloc[0]
    choices = [[1, 2] if one == "<3" else [one] for one in (*cells["tried"], *cells["convicted"])]
    ratios = []
    for chosen in product(*choices):
        tried, convicted = np.reshape(chosen[:4], (2, 2)), np.reshape(chosen[4:], (2, 2))
        before, after = (tried, convicted) if lag == 0 else (tried[:, :1], convicted[:, 1:])
        ratios.append(after.sum() / before.sum())
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((min(ratios), max(ratios)))
