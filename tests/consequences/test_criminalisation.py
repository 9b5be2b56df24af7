"""Time to a law against trafficking, as Kelley and Simmons (2015) published it."""

from pathlib import Path

import pandas as pd
import pytest

from ctresearch.consequences import HazardModel

TABLE = Path(__file__).parents[1] / "reference/kelley_simmons_2015/criminalisation.csv"
CLOCK = {"duration": "yrfromj2", "event": "fail", "entry": "start_time", "cluster": "cowcode", "ties": "breslow"}
IN_REPORT = "inreport1 + logpop_1 + missinfo8_2 + ngos_ave + fh_cl1 + corrected_regcrim1_1 + ratproto2000_1 + women1"
TIERS = "tier1_1 + tier1_2 + tier1_25 + tier1_3 + missinfo8_2 + fh_cl1 + corrected_regcrim1_1 + ratproto2000_1 + women1"
# Hazard ratios of the article, doi:10.1111/ajps.12119, printed to four decimals
PUBLISHED = {
    f"{IN_REPORT} + loggdppercap_1 + corruption_1": (1307, 99, {"inreport1": 3.6087}),
    TIERS: (1392, 107, {"tier1_1": 3.4200, "tier1_2": 1.8836, "tier1_25": 4.8704, "tier1_3": 7.2106}),
}


@pytest.mark.parametrize("formula", PUBLISHED)
def test_hazard_ratios_are_the_published_ones(formula):
    n, events, ratios = PUBLISHED[formula]
    frame = pd.read_csv(TABLE).dropna(subset=[name.strip() for name in formula.split("+")])
    result = HazardModel(formula, **CLOCK).fit(frame)
    assert (result.n, result.events) == (n, events)
    estimates = result.to_frame(exponentiate=True)["estimate"]
    assert estimates[list(ratios)].to_dict() == pytest.approx(ratios, abs=5e-5)
