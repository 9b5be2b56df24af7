"""What options of the room are where nobody gives them: a promise that no change may break unseen."""

from operator import attrgetter

import pytest

from ctresearch import teaching
from lawful import defaults_of

DEFAULTS = {
    "LearningGain": "person='person', test='test', question='question', answer='answer', group=None, level=0.95, scope=None",
    "seal_answer": "tolerance=None",
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_default_stays_what_it_was(name):
    assert defaults_of(attrgetter(name)(teaching)) == DEFAULTS[name]
