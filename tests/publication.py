"""A small project with one output of each kind, for tests of what is published."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from small_project import ETHICS, HEAD, SAVE, make_project

TOML = """title = "How many? <A small study>"
notebook = "demo"
seed = 7
authors = [{ name = "Ana Pérez: an author", orcid = "0000-0002-1825-0097" }]

[parameters]
n = { type = "int", value = 5, min = 1 }

[data.lists]
source = "lists.csv"
level = "public"
rows = "aggregates"

[outputs]
estimate = { kind = "estimate", level = "public", rtol = 1e-3 }
table = { kind = "table", level = "public" }
figure = { kind = "figure", level = "public" }
notes = { kind = "file", level = "public" }

[cite]
references = ["doi:10.1111/rssa.12505"]
"""
LISTS = "list,people\nA,15\nB,25\n"
ESTIMATE = """import csv
from ctresearch.core import Check, Result, Scope
from ctresearch.core.declaration import Declaration
from ctresearch.core.result import estimates_table
with open(run.data('lists')) as file:
    total = run.parameters['n'] * sum(int(row['people']) for row in csv.DictReader(file))
result = Result(
    declaration=Declaration({'population': 'model'}),
    method='Sum of the lists', n=40, interval='normal', scope=Scope(population='potential victims'),
    estimates=estimates_table({'population': (total, total / 3, total - 20, total + 20)}, unit='persons'),
    checks=(Check('overlap', 'review', 'Nobody is on both lists.', {'share': 1 / 3}),),
)
run.save('estimate', result, counts=[40])
result"""
REST = """import pandas as pd
from pathlib import Path
table = pd.DataFrame({'list': ['A', '=B'], 'people': [15, 25], 'share': [15 / 40, 1 / 3]})
run.save('table', table, counts=[15, 25], roles={'list': 'key', 'people': 'count', 'share': 'model'})
run.save('figure', result.plot(), counts=[40])
Path('notes.txt').write_text('notes')
run.save('notes', 'notes.txt', counts=[40])"""


def make_publication(root, toml=TOML):
    """Write the project and return the folder of its study."""
    folder = make_project(root, "# How many?\n\nA small study.", HEAD, ESTIMATE, REST, toml=toml)
    (folder / "lists.csv").write_text(LISTS, encoding="utf-8")
    (folder / "README.md").write_text("# A small study\n", encoding="utf-8")
    return folder


RESTRICTED_TOML = (
    """title = "T"
notebook = "demo"
seed = 1
authors = [{ name = "A. Author" }]

[data.cases]
level = "restricted"
access = "ask the custodian"

[outputs]
table = { kind = "table", level = "restricted" }
map = { kind = "file", level = "restricted" }
"""
    + ETHICS
)
OVERSHARING = """import pandas as pd
from pathlib import Path
print('Fat' + 'ima was here')
people = len(Path(run.data('cases')).read_text().split())
table = pd.DataFrame({'sex': ['Woman', 'Man'], 'people': [people, 40]})
run.save('table', table, counts=[people, 40], roles={'sex': 'key', 'people': 'count'})
Path('m.txt').write_text('bor' + 'ders')
run.save('map', 'm.txt')"""

GRID_TOML = """title = "T"
notebook = "demo"
seed = 1
authors = [{ name = "A. Author" }]

[parameters]
n = { type = "int", value = 1 }

[grid]
n = [1, 2]

[outputs]
t = { kind = "file", level = "public" }

[cite]
references = ["A report (2020)"]
"""


def make_restricted(root):
    """Write a project whose notebook shows more of restricted data than it may."""
    return make_project(root, HEAD, OVERSHARING, toml=RESTRICTED_TOML)


def make_grid(root):
    """Write a project whose study is a grid of two fast runs."""
    return make_project(root, HEAD, SAVE.replace(", counts=[20]", ""), toml=GRID_TOML)


def sound(found):
    """Say whether a bundle has no fault but that nobody signed it."""
    return {check.name for check in found.checks if check.status != "pass"} == {"signature"}


@dataclass(frozen=True)
class Publication:
    study: Path
    run: Path
    bundle: Path


@pytest.fixture(scope="session")
def publication(tmp_path_factory):
    """A released study; tests copy the bundle before they touch it."""
    from ctresearch.studies import load_study, run_study
    from ctresearch.studies.releasing.release import release_study

    folder = make_publication(tmp_path_factory.mktemp("publication") / "one")
    study = load_study(folder)
    run = run_study(study).folder
    return Publication(folder, run, release_study(study, "1.0.0", date="2026-01-31").path)


def take_what_stands(monkeypatch):
    """Have a release take the runs that stand and pack them once; that all is done twice has tests of its own."""
    from ctresearch.studies.releasing import release
    from ctresearch.studies.running.run import run_plans

    def build(plans, jobs, listen, unsealed):
        for outcome in run_plans(plans, jobs=jobs, listen=listen):
            if outcome.error is not None:
                raise outcome.error

    made, real = {}, release.bundle_files

    def pack_once(edition, folders):
        key = (edition.study.folder, edition.version, edition.date, *folders)
        if key in made:
            return made.pop(key)
        made[key] = real(edition, folders)
        return made[key]

    monkeypatch.setattr(release, "_build_from_clean", build)
    monkeypatch.setattr(release, "bundle_files", pack_once)
