"""Everything that leaves together, attacked by a programme of its own: outsiders and contributors learn nothing."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from tests.privacy.declaring import declare

from ctresearch.core import DisclosureError
from ctresearch.privacy import Output, release, suppress

THRESHOLD = 5
DISTRICTS = {"Nord": ["N1", "N2", "N3"], "Sud": ["S1", "S2", "S3"]}
SEXES = ["Woman", "Man"]
AGES = ["0-8", "9-17", "18+"]


def table(name, content, counts="frame"):
    """An output with its people as the frame itself, as an array, or as a frame whose labels are gone."""
    numbers = content.select_dtypes("number") if isinstance(content, pd.DataFrame) else content
    given = {
        "frame": numbers,
        "array": numbers.to_numpy(),
        "bare": numbers.reset_index(drop=True),
        "row": numbers.to_numpy().ravel(),
    }[counts]
    return declare(Output(name, "table", "restricted", content=content, counts=given))


def by_district(*values, **more):
    return pd.DataFrame({"district": ["N1", "N2", "N3"], "n": values} | more)


REGIONS = pd.DataFrame({"region": ["Nord"], "n": [27.0]})
LINKED = pd.DataFrame({"region": ["Nord"] * 3, "district": ["N1", "N2", "N3"], "n": [12.0, 12.0, np.nan]})
WITH_TOTAL = pd.DataFrame(
    {"district": ["N1", "N2", "N3", "Nord total", "S1", "S2", "Sud total"], "n": [12, 12, np.nan, 27, 40, 30, 70]}
)
UNNAMED = pd.DataFrame({"area": ["Nord", "N1", "N2", "N3", "Sud", "S1", "S2"], "n": [27, 12, 12, np.nan, 70, 40, 30]})
BY_SEX = pd.DataFrame({"sex": ["Woman", "Man", "Total"], "n": [40, np.nan, 43]})
CASES = {
    "declared regions": [LINKED, REGIONS],
    "regions that only fit": [by_district(12, 12, np.nan), REGIONS],
    "subtotals in rows": [WITH_TOTAL],
    "subtotals without a word": [UNNAMED],
    "subtotals in the first rows": [WITH_TOTAL.iloc[[3, 0, 1, 2, 6, 4, 5]]],
    "a total elsewhere": [BY_SEX.iloc[:2], pd.DataFrame({"age": ["0-17", "18+"], "n": [21, 22]})],
    "ages that are joined": [
        pd.DataFrame({"age": ["0-8", "9-17", "18+"], "n": [np.nan, 20, 40]}),
        pd.DataFrame({"age": ["under 18", "18+"], "n": [23, 40]}),
    ],
    "other spellings": [
        pd.DataFrame({"sex": ["women", "men"], "n": [40, np.nan]}),
        pd.DataFrame({"sex": ["Woman", "Man", "All"], "n": [40, np.nan, 43]}),
    ],
}


@pytest.mark.parametrize("counts", ["frame", "array", "bare", "row"])
@pytest.mark.parametrize("case", CASES)
def test_totals_that_undo_a_mask_are_seen_in_every_order(case, counts):
    for order in permutations(CASES[case]):
        gate = release([table(f"o{i}", one, counts) for i, one in enumerate(order)])
        assert len(gate.passed) < len(order)
        assert gate.refused[0].rule == "recoverable", gate.summary()
        *earlier, last = [table(f"o{i}", one, counts) for i, one in enumerate(order)]
        if len(release(earlier).passed) == len(earlier):  # what was given away before is not given away again
            assert not release([last], earlier=earlier).passed


@pytest.mark.parametrize("counts", ["frame", "array", "named"])
def test_tables_of_different_people_are_not_added_up(counts):
    """Adults by form, and those whose age nobody reported by sex and form: no total of the ones is of the others."""
    forms = ["labour", "sexual", "both", "other", "unsaid"]
    some = np.array([1894.0, 1284, 233, 259, 265])
    adults = pd.DataFrame([some - 90, some * 0 + 90, some], columns=forms)
    adults.insert(0, "age", ["18 to 29", "30 and over", "All adults"])
    no = [np.nan] * 5
    other = pd.DataFrame([no, [*no[:3], 0, no[0]], [230, 345, 62, 56, 43], no, [537, 396, 77, 107, 64]], columns=forms)
    other.insert(0, "sex", ["Man", "Other", "Woman", "Unsaid", "All (age not reported)"])
    other["Total"] = [395.0, 20, 736, 30, 1181]
    outputs = []
    for name, content in (("adults", adults), ("unreported", other)):
        numbers = content.set_index(content.columns[0])
        named = numbers.rename(index={numbers.index[-1]: "Total"})
        behind = {"frame": numbers, "array": numbers.to_numpy(), "named": named}[counts]
        outputs.append(declare(Output(name, "table", "restricted", content=content, counts=behind)))
    for order in permutations(outputs):
        assert release(order).passed == tuple(o.name for o in order), release(order).summary()


def test_districts_suppressed_and_their_regions_by_sex_are_not_both_shown():
    people = pd.DataFrame(
        {"Woman": [12, 12, 3, 40, 22], "Man": [31, 25, 44, 20, 35]}, index=["N1", "N2", "N3", "S1", "S2"]
    )
    region = ["Nord", "Nord", "Nord", "Sud", "Sud"]
    shown = people.astype(float).where(people >= THRESHOLD)
    sums = people.groupby(region).sum()
    for counts in ("frame", "array"):
        for pair in permutations([table("districts", shown, counts), table("regions", sums, counts)]):
            gate = release(list(pair))
            assert len(gate.passed) == 1
            assert gate.refused[0].rule == "recoverable"


# ---- random releases, and an attacker who shares no line with the gate ----


def population(rng, rare):
    """People by district, sex and age: some combinations are rare."""
    names = [(r, d) for r, ds in DISTRICTS.items() for d in ds]
    mean = rng.gamma(0.7 if rare else 30, 9 if rare else 2, size=(len(names), len(SEXES), len(AGES)))
    if not rare:  # places differ in size
        mean = mean * rng.permutation([1, 1.6, 2.5, 4, 6.3, 10])[:, None, None]
    n = rng.poisson(mean) + (0 if rare else 12)
    rows = [
        (r, d, s, a, n[i, j, k])
        for i, (r, d) in enumerate(names)
        for j, s in enumerate(SEXES)
        for k, a in enumerate(AGES)
    ]
    return pd.DataFrame(rows, columns=["region", "district", "sex", "age", "n"])


def cross(people, rows, columns=None):
    if columns is None:
        return people.groupby(rows, sort=False)["n"].sum()
    return people.pivot_table(index=rows, columns=columns, values="n", aggfunc="sum", sort=False)


def masked(frame):
    """Mask what is small and nothing else."""
    return frame.astype(float).where((frame >= THRESHOLD) | (frame == 0))


def hidden(frame):
    """Mask a table on its own as well as it can be."""
    try:
        return suppress(frame).table
    except DisclosureError:
        return masked(frame)


def with_subtotals(people, mask):
    """One table of districts with a row for each region."""
    parts = []
    for region in DISTRICTS:
        inside = cross(people[people.region == region], "district")
        parts.append(mask(inside))
        parts.append(pd.Series({f"{region} total": float(inside.sum())}))
    return pd.concat(parts).rename_axis("district").reset_index(name="n")


KINDS = {
    "districts and regions": lambda p, m: [m(cross(p, "district", "sex")), cross(p, "region", "sex")],
    "districts with their regions": lambda p, m: [
        m(cross(p, ["region", "district"])).reset_index(name="n"),
        cross(p, "region").reset_index(name="n"),
    ],
    "subtotals by sex and age": lambda p, m: [
        m(cross(p, "sex", "age")),
        cross(p, "sex").reset_index(name="n"),
        cross(p, "age").reset_index(name="n"),
    ],
    "two tables that share a margin": lambda p, m: [m(cross(p, "district", "sex")), m(cross(p, "sex", "age"))],
    "three ways and two": lambda p, m: [
        m(cross(p, ["sex", "age"], "region")),
        m(cross(p, "sex", "age")),
        m(cross(p, "region", "age")),
    ],
    "rows of totals": lambda p, m: [with_subtotals(p, m)],
    "rows of totals and sexes": lambda p, m: [with_subtotals(p, m), m(cross(p, "region", "sex"))],
    "hidden alone": lambda p, m: [
        m(cross(p, "district", "age")),
        m(cross(p, "district", "sex")),
        m(cross(p, "sex", "age")),
    ],
}


class Outside:
    """What all tables that left say about the number of people in each combination."""

    def __init__(self, people):
        self.people, self.rows, self.shown = people, [], []
        self.region = people.drop_duplicates("district").set_index("district")["region"]

    def people_of(self, labels):
        """Which combinations a cell counts."""
        rows = np.ones(len(self.people), dtype=bool)
        for label in labels:
            name = str(label).removesuffix(" total")
            if name not in {"Total", "n"}:
                rows &= (self.people[["region", "district", "sex", "age"]] == name).any(axis=1).to_numpy()
        return rows

    def add(self, content):
        """Read a table cell by cell."""
        frame = content.to_frame("n") if isinstance(content, pd.Series) else content
        keys = [c for c in frame if c in {"region", "district", "sex", "age"}]
        frame = frame.set_index(keys) if keys else frame
        for index, row in frame.iterrows():
            for column, value in row.items():
                labels = (*(index if isinstance(index, tuple) else (index,)), column)
                rows = self.people_of(labels)
                if rows.sum():
                    (self.shown if value == value else self.rows).append((rows, value))

    def extreme(self, target, sign, also=()):
        """Least or greatest number of people in a cell."""
        known = [*self.shown, *also]
        found = milp(
            sign * target.astype(float),
            constraints=LinearConstraint(np.array([r for r, _ in known], dtype=float), *[[v for _, v in known]] * 2),
            integrality=np.ones(len(target)),
            bounds=Bounds(0, np.inf),
        )
        return np.inf if found.status in {3, 4} else None if found.x is None else float(np.round(sign * found.fun))

    def given_away(self):
        """Masked small cells that an outsider, or somebody who knows his own, knows to be small."""
        true = self.people["n"].to_numpy()
        small = [rows for rows, _ in self.rows if 0 < true[rows].sum() < THRESHOLD]
        lost = [rows for rows in small if self.extreme(rows, -1) < THRESHOLD]
        for own in small:
            own_is = (own, true[own].sum())
            lost += [rows for rows in small if (rows != own).any() and self.extreme(rows, -1, [own_is]) < THRESHOLD]
        return len(lost)


def outputs(kind, seed, mask, *, rare=True):
    rng = np.random.default_rng(seed)
    people = population(rng, rare)
    tables = KINDS[kind](people, mask)
    tables = [tables[i] for i in rng.permutation(len(tables))]
    how = ["frame", "array"][seed % 2]
    return people, [table(f"o{i}", one, how) for i, one in enumerate(tables)]


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(i, marks=pytest.mark.slow) for i in range(2, 8))])
@pytest.mark.parametrize("kind", KINDS)
def test_what_passes_gives_nothing_away_to_an_outsider_or_a_contributor(kind, seed):
    for mask in (masked, hidden):
        people, given = outputs(kind, seed, mask)
        gate = release(given)
        outside = Outside(people)
        for output in given:
            if output.name in gate.passed:
                outside.add(output.content)
        assert outside.given_away() == 0, gate.summary()


def test_harmless_linked_releases_pass():
    told = []
    for kind in KINDS:
        for seed in range(4):
            _, given = outputs(kind, seed, hidden, rare=False)
            gate = release(given)
            told.append(len(gate.passed) == len(given))
    assert np.mean(told) >= 0.95


@pytest.mark.slow
def test_harmless_masks_beside_their_margins_pass():
    """Whatever is masked has room enough in all tables together."""
    passed = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        people = population(rng, rare=False)
        inner = cross(people, "district", "sex").astype(float)
        small = rng.integers(1, 5)
        people.loc[(people.district == "N1") & (people.sex == "Woman"), "n"] = [small, 0, 0]
        inner = cross(people, "district", "sex")
        shown = suppress(inner).table
        given = [table("by sex", shown), table("by age", cross(people, "age").reset_index(name="n"))]
        passed.append(len(release(given).passed) == 2)
    assert np.mean(passed) >= 0.95
