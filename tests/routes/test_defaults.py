"""What options of the room are where nobody gives them: a promise that no change may break unseen."""

from operator import attrgetter

import pytest

from ctresearch import routes
from lawful import defaults_of

DEFAULTS = {
    "Agreements.from_frame": "agreement='agreement', party='party', since='since', until=None, places='countries'",
    "Alarms": "rule='noufaily', count='count', time='time', last=1, per_year=52, years=4, alpha=None, scope=None",
    "Breaks": "model='counts', count='count', time='year', penalty='bic', least=None, trim=0.15, dispersion='estimated', least_masked=0, level=0.95, scope=None",
    "ChangeSplit": "count='count', time='year', effort=None, reported=None, elasticity=(0.0, 1.0), detection=(0.5, 2.0), reporting=(0.8, 1.25), least_masked=0, level=0.95, scope=None",
    "Composition": "source=None, count='count', time='year', scope=None",
    "Cooperation": "at=None, origin=None, destination=None",
    "CorridorChanges": "rate=0.05, unlisted='missing', origin=None, destination=None",
    "Corridors": "origin=None, destination=None, domestic=True",
    "FirstSeen": "count='count', time='year', least=5, scope=None",
    "FlowTable.from_frame": "citizenship=None, residence=None, recruitment=None, transit=None, exploitation=None, detection=None, returned_from=None, repatriation=None, reporter=None, year=None, form=None, sex=None, age=None, count='count', least_masked=0, places='countries', unmatched='refuse', repeated='refuse', joined=None, scope=None",
    "FlowTable.from_glotip": "dimension='by citizenship', least_masked=0, joined=None",
    "FlowTable.from_records": "count=None",
    "FlowTable.in_regions": "level='region'",
    "FlowTable.panel": "origin=None, destination=None, unlisted='missing', domestic=True",
    "FlowTable.select": "years=None, form=None, domestic=True",
    "Forecast": "model='ets', steps=3, count='count', time='year', level=0.9, scope=None",
    "Geometry": "lines=(), dashed=(), level='own'",
    "Geometry.drawn_lines": "dashed=False",
    "Geometry.from_geojson": "code='id', name='name', disputed=()",
    "Geometry.from_topojson": "object_name=None, code='id', name='name', disputed=()",
    "Geometry.regions": "level='subregion'",
    "Gravity": "flow='flow', origin='origin', destination='destination', year=None, effects=('origin-year', 'destination-year'), cluster='pair', corrected=True, engine='auto', level=0.95, scope=None",
    "Hubs": "origin=None, destination=None, yearly=False",
    "IntervalGravity": "low='low', high='high', origin='origin', destination='destination', year=None, distribution='negative binomial', listed='all', effects=('origin-year', 'destination-year'), cluster='pair', corrected=True, level=0.95, scope=None",
    "Nowcast": "now=None, greatest=12, window=None, draws=2000, level=0.95, seed=0, scope=None",
    "Trend": "count='count', time='year', exposure=None, contributor=None, least_masked=0, level=0.95, scope=None",
    "check_mass": "place='place', year='year'",
    "chord": "geometry=None, origin=None, destination=None, value=None, roles=None, most=16, mask_below=None, title='', ax=None",
    "choropleth": "geometry=None, place=None, value=None, roles=None, role=None, breaks=None, mask_below=None, unmatched='refuse', operational=False, title='', ax=None",
    "flow_map": "geometry=None, origin=None, destination=None, value=None, roles=None, most=60, mask_below=None, unmatched='refuse', title='', ax=None",
    "map_page": "geometry=None, origin=None, destination=None, value=None, roles=None, mask_below=None, unmatched='table', title='Map of flows'",
    "sankey": "geometry=None, origin=None, destination=None, value=None, roles=None, most=16, mask_below=None, title='', ax=None",
    "small_multiples": "by='year', geometry=None, role=None, breaks=None, mask_below=None, unmatched='refuse', operational=False, title=''",
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_default_stays_what_it_was(name):
    assert defaults_of(attrgetter(name)(routes)) == DEFAULTS[name]
