"""Former names of options work for one version more, and warn."""

import pytest

from ctresearch.consequences import DurationModel, IntervalSurvival
from ctresearch.core.renamed import RenamedWarning


@pytest.mark.parametrize("model", [DurationModel, IntervalSurvival])
def test_the_later_date_is_before_and_no_group(model):
    with pytest.warns(RenamedWarning, match=r"by= is now before=, and goes in version 0\.3"):
        former = model(after="seen", by="gone")
    assert former.get_params() == model(after="seen", before="gone").get_params()
    assert former.before == "gone"
