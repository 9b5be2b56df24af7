"""Makes the three bundles in ``bundles/``: invented countries that each count their own people and release the result.

``python tools/national_bundles.py`` makes a project for each country in a folder of its own, as three offices would,
releases its study, and puts bundle and SHA-256 where the regional study looks for them. ``--pin`` also writes the
digests into ``studies/synthetic-federation/study.toml``, and ``--store`` keeps the package in ``store/``.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from pathlib import Path

from ctresearch.data.synthetic import capture_histories
from ctresearch.studies.asked.manifest import load_study
from ctresearch.studies.releasing.release import release_study

ROOT = Path(__file__).resolve().parents[1]
REGIONAL = ROOT / "studies" / "synthetic-federation" / "study.toml"
VERSION, DATE = "1.0", "2026-11-27"
COUNTRIES = {
    "aldermark": {"residents": 4_200_000, "people": 5_300, "seed": 21, "pairs": {}},
    "bevoria": {"residents": 2_600_000, "people": 2_500, "seed": 22, "pairs": {"A:B": 0.7}},
    "cestrania": {"residents": 7_900_000, "people": 12_900, "seed": 23, "pairs": {"C:D": -0.6}},
}
"""Residents, people of the invented truth, seed, and dependence between lists as log-odds ratios."""
SCOPE = (
    'population = "invented victims", definition = "as the convention of an invented region says", '
    'reference_period = "2023", measure = "period"'
)


def make_project(folder: Path, country: str) -> Path:
    """Write the project of one country and return the folder of its study."""
    said = COUNTRIES[country]
    study = folder / "studies" / country
    study.mkdir(parents=True)
    (folder / "pyproject.toml").write_text("[tool.ctresearch]\n", encoding="utf-8")
    drawn = capture_histories(
        said["people"], 4, dependence=said["pairs"], capture=(0.28, 0.33, 0.26, 0.3), seed=said["seed"]
    )
    drawn.tables["counts"].to_csv(study / "lists.csv", index=False, lineterminator="\n")
    (study / "study.toml").write_text(manifest(country), encoding="utf-8", newline="\n")
    name = country.capitalize()
    (study / "README.md").write_text(
        f"# {name}\n\nAn invented country counts its invented people by four invented lists.\n", encoding="utf-8"
    )
    return study


def manifest(country: str) -> str:
    """Return the manifest of one country, from that which comes with the notebook."""
    said = COUNTRIES[country]
    text = (ROOT / "notebooks" / "multiple_systems.toml").read_text(encoding="utf-8")
    changes = {
        r"^title = .*$": f'title = "How many people in {country.capitalize()}? An invented country"',
        r"^seed = .*$": f"seed = {said['seed']}",
        r"^# authors = .*$": f'authors = [{{ name = "The statistical office of {country.capitalize()} (invented)" }}]',
        r"^(bootstrap .*value = )\d+": r"\g<1>200",
        r"^((?:compare|sensitivity)_bootstrap .*value = )\d+": r"\g<1>0",
        r"^(calibration .*value = )\d+": r"\g<1>0",
        r"^(population .*value = )\d+": rf"\g<1>{said['residents']}",
        r'^source = "published:uk-2013"\nlevel = "public"': "\n".join(
            ['source = "lists.csv"', 'level = "public"', 'rows = "invented"', f"scope = {{ {SCOPE} }}"]
        ),
        r"^#.*\n": "",
    }
    for pattern, new in changes.items():
        text = re.sub(pattern, new, text, flags=re.MULTILINE)
    return text


def release(folder: Path, country: str, out: Path, *, store: bool = False) -> str:
    """Release the study of one country into a folder and return the SHA-256 of its bundle."""
    project = folder / country
    done = release_study(load_study(make_project(project, country)), VERSION, date=DATE)
    out.mkdir(parents=True, exist_ok=True)
    for path in (done.path, done.path.with_name(done.path.name + ".sha256")):
        shutil.copy(path, out / path.name)
    if store:
        shutil.copytree(project / "store", ROOT / "store", dirs_exist_ok=True)
    return done.sha256


def pin(digests: dict[str, str]) -> None:
    """Write the digests into the manifest of the regional study."""
    text = REGIONAL.read_text(encoding="utf-8")
    for country, digest in digests.items():
        text = re.sub(rf'(?ms)(^\[data\.{country}\]\n.*?^sha256 = ")[0-9a-f]{{64}}', rf"\g<1>{digest}", text)
    REGIONAL.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    """Make the bundles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "bundles", help="folder for the bundles")
    parser.add_argument("--pin", action="store_true", help="write the digests into the regional study")
    parser.add_argument("--store", action="store_true", help="keep the package in store/")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        digests = {one: release(Path(place), one, given.out, store=given.store) for one in COUNTRIES}
    for country, digest in digests.items():
        print(f"{digest}  {country}-{VERSION}.zip")
    if given.pin:
        pin(digests)


if __name__ == "__main__":
    main()
