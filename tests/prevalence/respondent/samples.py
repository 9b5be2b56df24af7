"""Small respondent-driven samples, made by hand or drawn along an invented network."""

import pandas as pd

from ctresearch.data.synthetic import respondent_sample
from ctresearch.prevalence import RespondentSample

# Two seeds, three waves; b of everybody's degree is a power of two, so that shares come out in full.
ROWS = [
    # person, recruiter, degree, trait, score
    ("s1", None, 4, "a", 1.0),
    ("s2", None, 2, "b", 3.0),
    ("p1", "s1", 4, "a", 2.0),
    ("p2", "s1", 8, "b", 5.0),
    ("p3", "s2", 2, "b", 4.0),
    ("p4", "p1", 4, "b", 2.5),
    ("p5", "p2", 8, "a", 1.5),
    ("p6", "p5", 4, "a", 0.5),
]
FRAME = pd.DataFrame(ROWS, columns=["id", "recruiter", "degree", "trait", "score"])


def hand(**changes):
    """Read the sample above, some columns changed."""
    return RespondentSample.from_frame(FRAME.assign(**changes), traits=["trait", "score"])


def drawn(n=300, **options):
    """Draw a sample along an invented network."""
    frame = respondent_sample(n, **{"seed": 5, "population": 1000, **options}).frame
    return RespondentSample.from_frame(frame, traits=["exploited"])
