"""Small numbers of a linkage held against what a few records give by hand."""

import difflib

import numpy as np
import pandas as pd
import pytest

from ctresearch.data.linkage.linkage_error import linkage_error
from ctresearch.data.linkage.posterior import Drawn, mean_log_odds
from ctresearch.data.synthetic.persons import ERRORS, _write_down


def test_the_mean_of_draws_is_that_of_their_probabilities():
    chances = np.array([[0.2, 0.9, 0.5], [0.4, 0.1, 0.5], [0.9, 0.5, 0.5]])
    drawn = [Drawn(np.zeros(1, dtype=np.int64), np.log(p / (1 - p))) for p in chances]
    mean = chances.mean(axis=0)
    assert mean_log_odds(drawn) == pytest.approx(np.log(mean / (1 - mean)))
    sure = mean_log_odds([Drawn(np.zeros(1, dtype=np.int64), np.array([800.0, -800.0]))])
    assert np.isfinite(sure).all()
    assert sure[0] > 30
    assert sure[1] < -600


def test_rates_of_errors_are_those_of_all_pairs_counted_one_by_one():
    rng = np.random.default_rng(4)
    linked, draws = rng.integers(0, 12, 30), [rng.integers(0, 12, 30) for _ in range(3)]
    pairs = [(i, j) for i in range(30) for j in range(i)]
    found = linkage_error(linked, draws)
    for d, true in enumerate(draws):
        joined, real = ({(i, j) for i, j in pairs if one[i] == one[j]} for one in (linked, true))
        assert found.false_matches[d] == pytest.approx(len(joined - real) / len(joined))
        assert found.missed_matches[d] == pytest.approx(len(real - joined) / len(real))
        assert found.joined == len(joined)
    alone = linkage_error(np.arange(4), [np.arange(4)])
    assert (np.isnan(alone.false_matches[0]), np.isnan(alone.missed_matches[0]), alone.joined) == (True, True, 0)


def written(**mistakes):
    """Write people down without a mistake, and with some, each made of everybody."""
    rng = np.random.default_rng(3)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    people = pd.DataFrame(
        {
            "given_name": ["".join(rng.choice(letters, 6)).capitalize() for _ in range(90)],
            "family_name": ["".join(rng.choice(letters, 8)).capitalize() for _ in range(90)],
            "birth_date": [
                f"{rng.integers(1960, 2010)}-{m:02d}-{1 + k % 28:02d}" for k in range(90) for m in [1 + k % 12]
            ],
            "sex": "woman",
            "nationality": "Xan",
        }
    )
    return people, _write_down(np.random.default_rng(4), people.copy(), NONE | mistakes)


NONE = dict.fromkeys(ERRORS, 0.0)


def test_mistakes_of_dates_are_those_they_are_called_by():
    for name in ("exchanged_day_month", "wrong_part", "year_apart", "first_january", "year_only"):
        before, after = (frame["birth_date"].str.split("-", expand=True) for frame in written(**{name: 1.0}))
        before = before.astype(int)
        if name == "year_only":
            assert after.shape[1] == 1
            assert (after[0].astype(int) == before[0]).all()
            continue
        after = after.astype(int)
        early = before[2] <= 12
        assert early.any()
        assert not early.all()
        if name == "exchanged_day_month":
            assert (after[early][[0, 1, 2]].to_numpy() == before[early][[0, 2, 1]].to_numpy()).all()
            assert (after[~early] == before[~early]).all(axis=None)
        if name == "wrong_part":
            assert (after[[0, 1]] == before[[0, 1]]).all(axis=None)
            assert after[2].between(1, 28).all()
            assert (after[2] != before[2]).mean() > 0.8
        if name == "year_apart":
            assert (after[[1, 2]] == before[[1, 2]]).all(axis=None)
            assert set(after[0] - before[0]) == {-1, 1}
        if name == "first_january":
            assert (after[0] == before[0]).all()
            assert (after[[1, 2]] == 1).all(axis=None)


def test_mistakes_of_names_are_those_they_are_called_by():
    before, after = written(exchanged_names=1.0)
    assert (before[["given_name", "family_name"]].to_numpy() == after[["family_name", "given_name"]].to_numpy()).all()
    before, after = written(slip=1.0)
    for column in ("given_name", "family_name"):
        for one, other in zip(before[column].str.lower(), after[column].str.lower(), strict=True):
            assert abs(len(one) - len(other)) <= 1
            apart = difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
            assert sum(max(op[2] - op[1], op[4] - op[3]) for op in apart if op[0] != "equal") <= 2
            swapped = sorted(one) == sorted(other)
            assert swapped or len(one) != len(other) or sum(a != b for a, b in zip(one, other, strict=True)) == 1
    before, after = written(unknown=1.0)
    assert after[["sex", "nationality"]].isna().all(axis=None)
    assert not before[["sex", "nationality"]].isna().any(axis=None)
