"""Lists of known size, predicted from the others."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import CaptureHistories, Chapman, LogLinear, internal_validity
from ctresearch.prevalence.diagnostics.internal_validity import members_of

FIXED = LogLinear("fixed", model="[1,2]")


def test_each_list_is_predicted_by_lincoln_and_petersen_from_the_other_two():
    table = published_lists("hav-taiwan")
    cells = table.cell_counts()
    result = internal_validity(table, FIXED)
    # of those on the first list: c only on the second too, b only on the third too, a on both
    seen = cells[3] + cells[5] + cells[7]
    assert result.estimates.loc["L1", "estimate"] == pytest.approx(seen + cells[3] * cells[5] / cells[7], rel=1e-9)
    assert result.known == tuple(np.diag(table.overlaps()).tolist())
    assert members_of(table, "L1").n_observed == seen


def test_independent_lists_are_found_and_linked_ones_are_not():
    share = np.array([0.5, 0.4, 0.6])
    cells = np.arange(1, 8)
    on = cells[:, None] >> np.arange(3) & 1
    counts = np.round(10_000 * np.where(on == 1, share, 1 - share).prod(axis=1)).astype(int)
    rows = pd.DataFrame(on, columns=list("ABC")).assign(count=counts)
    good = internal_validity(CaptureHistories.from_counts(rows), FIXED)
    # expected counts, so the sizes come back but for rounding to whole persons
    assert good.estimates["estimate"].tolist() == pytest.approx(list(good.known), rel=1e-3)
    assert good.status == "pass"
    linked = rows.assign(count=np.where(rows["A"] + rows["B"] == 2, counts * 6, counts))
    bad = internal_validity(CaptureHistories.from_counts(linked), Chapman())
    assert bad.status == "review"
    assert bad.checks[0].numbers["inside"] < 3
    assert bad.plot().get_xlabel().startswith("size of the list")


def test_a_list_that_cannot_be_predicted_is_told():
    table = published_lists("uk-2013-5")
    result = internal_validity(table, LogLinear("stepwise"))
    assert len(result.estimates) == 5
    for note, estimate in zip(result.notes, result.estimates["estimate"], strict=True):
        assert bool(note) == np.isnan(estimate)
    assert result.status == "review"


def test_refusals():
    with pytest.raises(DataError, match="at least 3"):
        internal_validity(published_lists("korea").drop("d"), FIXED)
    with pytest.raises(SpecificationError, match="must have a method fit"):
        internal_validity(published_lists("korea"), "LogLinear")
    with pytest.raises(FitError, match="no list can be predicted"):
        internal_validity(published_lists("artificial-3"), FIXED)
