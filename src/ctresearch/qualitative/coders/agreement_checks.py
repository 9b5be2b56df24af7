"""What to ask of a measure of agreement before it is believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from ctresearch.stats.agreement.coded_units import CodedUnits

_ONE_CODE = 0.9  # of all ratings: kappa and alpha then fall however well coders agree
_FEW_UNITS = 30  # below, limits by linearisation are too narrow (benchmarks/results/coverage_agreement.csv)
_SINGLE = 0.5
_COPIED = 20  # units in which two coders never part before one asks whether they worked apart
_SOME, _MANY = 0.01, 0.05


def check_variation(units: CodedUnits, *, exists: bool) -> Check:
    """Ask whether there is anything to tell apart: one code alone leaves no coefficient."""
    given = units.counts().T @ units.times
    largest, used = float(given.max() / given.sum()), int((given > 0).sum())
    numbers = {"codes": used, "largest": largest}
    if not exists:
        said = say(
            "Chance alone would give full agreement, since {n} code was given: there is no coefficient. Report how "
            "many units were coded alike, or code material in which the codes differ.",
            many="Chance alone would give full agreement, though {n} codes were given: there is no coefficient. Report "
            "how many units were coded alike, or code material in which the codes differ.",
            n=used,
        )
        return Check("variation", "fail", said, numbers, voids=True)
    if largest > _ONE_CODE:
        said = say(
            "One code makes up {largest:.0%} of all ratings: coefficients that correct by how often codes are used "
            "are then low however well coders agree. Report statistic='percent' and 'gwet' beside them.",
            largest=largest,
        )
        return Check("variation", "review", said, numbers)
    said = say("{used} codes were given, the commonest in {largest:.0%} of ratings.", used=used, largest=largest)
    return Check("variation", "pass", said, numbers)


def check_units(units: CodedUnits, paired: int) -> Check:
    """Ask whether enough units were coded by two or more for the limits to hold."""
    rated = units.units
    numbers = {"units": paired, "single": rated - paired}
    if paired < _FEW_UNITS:
        said = say(
            "{paired} units were coded by two or more: with fewer than {few} the limits are narrower than they "
            "should be. See double_coding() for how many to code twice.",
            paired=paired,
            few=_FEW_UNITS,
        )
        return Check("units", "review", said, numbers)
    if (rated - paired) / rated > _SINGLE:
        said = say(
            "{single} of {rated} units were coded by one coder alone and say nothing here: the others must be a fair "
            "sample of them.",
            single=rated - paired,
            rated=rated,
        )
        return Check("units", "review", said, numbers)
    return Check("units", "pass", say("{paired} units were coded by two or more.", paired=paired), numbers)


def check_apart(units: CodedUnits) -> Check:
    """Ask whether two coders never part, as copies do."""
    same, least = 0, _COPIED
    for i in range(units.rows.shape[1]):
        for j in range(i):
            two = units.of_coders(i, j)
            alike = bool((two.rows[:, 0] == two.rows[:, 1]).all())
            same += alike and two.times.sum() >= least and len(np.unique(two.rows)) > 1
    numbers = {"pairs": same}
    if same:
        said = say(
            "{n} pair of coders never parts on {least} units or more: make sure that they worked alone, and that no "
            "column is a copy of another.",
            many="{n} pairs of coders never part on {least} units or more: make sure that they worked alone, and that "
            "no column is a copy of another.",
            n=same,
            least=least,
        )
        return Check("independence", "review", said, numbers)
    return Check("independence", "pass", say("No two coders agree on everything, as copies would."), numbers)


def check_shared_codes(units: CodedUnits) -> Check:
    """Ask whether each coder uses codes that some other uses too: else columns are not of one scheme."""
    alone = 0
    for i in range(units.rows.shape[1]):
        own = np.unique(units.rows[:, i][units.rows[:, i] >= 0])
        rest = np.delete(units.rows, i, axis=1)
        alone += not np.isin(own, rest).any()
    numbers = {"coders": alone}
    if alone:
        said = say(
            "{n} coder used no code that another used: make sure that all columns are codings, of one scheme.",
            many="{n} coders used no code that another used: make sure that all columns are codings, of one scheme.",
            n=alone,
        )
        return Check("scheme", "fail", said, numbers)
    return Check("scheme", "pass", say("Every coder used codes that others used too."), numbers)


def no_limits(paired: int) -> Check:
    """Say that no unit differs from another, so that nothing says how exact the coefficient is."""
    said = say(
        "All {paired} units show the same agreement: nothing says how exact the coefficient is, and no limits are "
        "given. With agreement on every unit, up to {share:.1%} of units might still part coders.",
        paired=paired,
        share=min(1.0, 3 / paired),
    )
    return Check("no spread", "review", said, {"units": paired})


def check_draws(draws: int, failed: int) -> Check:
    """Ask whether enough samples have an estimate."""
    share = failed / draws
    said = say("{failed:,} of {samples:,} bootstrap samples have no estimate.", failed=failed, samples=draws)
    status = "pass" if share <= _SOME else "review" if share <= _MANY else "fail"
    return Check("bootstrap", status, said, {"samples": draws, "without": failed}, voids=True)  # type: ignore[arg-type]
