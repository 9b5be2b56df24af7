"""Draws hold what is not known about rare mistakes: the expected number of matches comes near the truth."""

import numpy as np
import pytest

from ctresearch.data.linkage.codes import Coder, Columns, code_list
from ctresearch.data.linkage.divide import divide
from ctresearch.data.linkage.linkage_error import linkage_error
from ctresearch.data.synthetic import person_lists

COLUMNS = Columns("given_name", "family_name", "birth_date", ("sex", "nationality"))
HARD = {"year_only": 0.5, "transliteration": 0.35, "slip": 0.12, "unknown": 0.3, "year_apart": 0.05}


@pytest.fixture(scope="module")
def hard():
    made = person_lists(n=600, inclusion=0.45, errors=HARD, seed=1)
    coder = Coder(b"k" * 32, "an example")
    coded = {name: code_list(name, table, COLUMNS, coder) for name, table in made.tables.items()}
    return np.array(made.truth["persons"]), divide(coded, also=2, draws=20, one_per_list=True, seed=1)


@pytest.mark.slow
def test_expected_matches_come_near_the_true_ones(hard):
    persons, found = hard
    true = persons[found.scores.left] == persons[found.scores.right]
    # names exchanged and then misspelt are beyond the model: one or two in a hundred matches
    joined = np.mean([(one[found.scores.left] == one[found.scores.right]).sum() for one in found.drawn])
    assert joined == pytest.approx(true.sum(), rel=0.02)


@pytest.mark.slow
def test_probabilities_mean_what_they_say(hard):
    persons, found = hard
    probability = np.mean([one[found.scores.left] == one[found.scores.right] for one in found.drawn], axis=0)
    true = persons[found.scores.left] == persons[found.scores.right]
    sure, doubtful = probability > 0.99, (probability > 0.05) & (probability < 0.95)
    assert true[sure].mean() > 0.99
    expected, count = probability[doubtful].sum(), doubtful.sum()
    # four standard errors of a sum of coins of these chances
    spread = np.sqrt((probability[doubtful] * (1 - probability[doubtful])).sum())
    assert abs(true[doubtful].sum() - expected) < 4 * spread, f"{count} doubtful pairs"


@pytest.mark.slow
def test_draws_differ_by_what_is_doubtful(hard):
    persons, found = hard
    counts = [len(np.unique(one)) for one in found.drawn]
    assert len(set(counts)) > 1
    error = linkage_error(found.best, [persons])
    assert error.false_matches[0] < 0.03
    assert error.missed_matches[0] < 0.06
    list_of = found.list_of
    for one in found.drawn:
        assert len(np.unique(np.column_stack([one, list_of]), axis=0)) == len(one), "nobody twice on a list"
