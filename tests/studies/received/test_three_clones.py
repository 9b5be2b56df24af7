"""Three countries compute on three clones and release; a region pools what they sent, and gives the same bytes anywhere."""

import json
import shutil

import pytest

from ctresearch.studies import load_study, run_study
from ctresearch.studies.kept.evidence import read_bundle
from ctresearch.studies.release.withdraw import withdraw
from ctresearch.studies.releasing.release import release_study
from ctresearch.studies.releasing.rerun import rerun
from national import digest
from small_project import HEAD, call, contents, make_project, write_notebook, write_study

COUNTRIES = {"kenya": (400, 30), "uganda": (520, 45), "rwanda": (310, 28)}
SCOPE = "Scope(population='invented victims', definition={0!r}, reference_period='2023', measure='period')"
NATIONAL = """import math
from ctresearch.core.declaration import Declaration
from ctresearch.core import Result, Scope, estimates_table
people, error = run.parameters['people'], run.parameters['error']
low, high = (people * math.exp(sign * 1.96 * error / people) for sign in (-1, 1))
run.save('estimate', Result(
    method='Counted in the country', n=people, interval='lognormal', scope=SCOPE,
    estimates=estimates_table({'population': (people, error, low, high)}, unit='persons'),
    declaration=Declaration({'population': 'model'}),
), counts=[people])"""
NATIONAL_TOML = """title = "How many in {country}?"
notebook = "{country}"
seed = 7
authors = [{{ name = "Office of {country}" }}]

[parameters]
people = {{ type = "int", value = {people} }}
error = {{ type = "int", value = {error} }}

[outputs]
estimate = {{ kind = "estimate", level = "public" }}

[cite]
references = ["A report (2020)"]
"""
REGIONAL = """from ctresearch.regions import Pool, federate
bundles = {name: run.data(name) for name in ('kenya', 'uganda', 'rwanda')}
joined = federate(bundles, term='population', log=True)
run.save('countries', joined, counts=joined.releases['people'])
run.save('pooled', Pool(scale='log', scope=joined.scope).fit(joined.estimates), counts=joined.releases['people'])"""
REGIONAL_TOML = """title = "A region"
notebook = "demo"
seed = 3
authors = [{ name = "A regional team" }]

[outputs]
countries = { kind = "estimate", level = "public" }
pooled = { kind = "estimate", level = "public" }
"""


def _share_store(root):
    """Keep the package once for all clones: it is the same bytes under the same name, and slow to pack."""
    store = next(one for one in root.parents if one.name.startswith("test_")) / "packages"
    store.mkdir(exist_ok=True)
    (root / "store").symlink_to(store)


def country_bundle(root, country, definition="as the convention says"):
    """Release the study of a country on a clone of its own and return the bundle."""
    people, error = COUNTRIES[country]
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text("[tool.ctresearch]\n", encoding="utf-8")
    _share_store(root)
    write_notebook(root, HEAD, NATIONAL.replace("SCOPE", SCOPE.format(definition)), name=country)
    toml = NATIONAL_TOML.format(country=country, people=people, error=error)
    return release_study(load_study(write_study(root, toml, name=country)), "1.0", date="2026-01-31").path


def region(root, bundles, pins):
    """Write the regional project with what it received."""
    inputs = "".join(
        f'\n[data.{name}]\nsource = "bundle:{name}@1.0"\nlevel = "public"\nsha256 = "{pins[name]}"\n'
        for name in bundles
    )
    make_project(root, HEAD, REGIONAL, toml=REGIONAL_TOML + inputs)
    _share_store(root)
    (root / "bundles").mkdir()
    for path in bundles.values():
        for one in (path, path.with_name(path.name + ".sha256")):
            shutil.copy(one, root / "bundles" / one.name)
    return root


@pytest.mark.slow
def test_a_region_pools_what_three_clones_released(tmp_path, capsys, monkeypatch):
    sent = {name: country_bundle(tmp_path / f"clone of {name}", name) for name in COUNTRIES}
    pins = {name: digest(path) for name, path in sent.items()}
    one, two = (region(tmp_path / place, sent, pins) for place in ("one", "another place, with é"))
    first, second = (run_study(load_study(root / "studies" / "demo")).folder for root in (one, two))
    assert first.name == second.name
    assert contents(first) == contents(second)
    crate = (first / "ro-crate-metadata.json").read_text()
    provenance = json.loads((first / "provenance.json").read_text())["components"]["inputs"]
    for name, pin in pins.items():
        assert f"sha256:{pin}" in crate
        assert f"How many in {name}?" in crate
        assert provenance[name]["digest"] == pin

    bundle = release_study(load_study(one / "studies" / "demo"), "1.0", date="2026-02-01").path
    again = release_study(load_study(two / "studies" / "demo"), "1.0", date="2026-02-01").path
    assert bundle.read_bytes() == again.read_bytes()
    files = {path.partition("/")[2]: content for path, content in read_bundle(bundle).items()}
    for pin in pins.values():
        assert f"sha256:{pin}" in files["CITATION.cff"].decode()
        assert pin in files["README.md"].decode()
    assert not [path for path in files if path.endswith(".zip")]  # what others released is cited, and not passed on

    monkeypatch.chdir(one)
    refused = region(tmp_path / "tampered", sent, pins)
    path = refused / "bundles" / "uganda-1.0.zip"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    monkeypatch.chdir(refused)
    code, _, told = call(capsys, "run", "demo")
    assert (code, told.count("\n")) == (4, 1)
    assert "data.uganda: the bundle uganda-1.0.zip does not verify" in told

    other = country_bundle(tmp_path / "another clone", "rwanda", definition="identified by the police")
    mixed = region(tmp_path / "mixed", {**sent, "rwanda": other}, {**pins, "rwanda": digest(other)})
    monkeypatch.chdir(mixed)
    code, _, told = call(capsys, "run", "demo")
    assert code in (2, 3)
    assert "kenya, uganda: 'as the convention says'; rwanda: 'identified by the police'" in told

    gone = region(tmp_path / "gone", sent, pins)
    withdraw(gone / "bundles", "kenya", "1.0", "an error in the lists", date="2026-02-02")
    shutil.copy(sent["kenya"], gone / "bundles")
    monkeypatch.chdir(gone)
    code, _, told = call(capsys, "run", "demo")
    assert code == 4
    assert "data.kenya" in told
    assert "an error in the lists" in told


@pytest.mark.slow
def test_a_regional_release_runs_again_with_the_bundles_given(tmp_path):
    from ctresearch.core import DataError
    from ctresearch.studies.base.errors import NotebookError
    from ctresearch.studies.release.blobs import read_whole

    sent = {name: country_bundle(tmp_path / name, name) for name in COUNTRIES}
    root = region(tmp_path / "region", sent, {name: digest(path) for name, path in sent.items()})
    whole = read_whole(release_study(load_study(root / "studies" / "demo"), "1.0", date="2026-02-01").path)
    done = rerun(whole, {name: str(path) for name, path in sent.items()})
    assert done.same_id
    assert done.other_pages == ()
    assert {one.status for one in done.comparisons} == {"same"}
    with pytest.raises((DataError, NotebookError), match=r"data\.kenya: the bundle kenya-1\.0\.zip is in none of"):
        rerun(whole)
