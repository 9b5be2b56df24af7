"""How often two pictures are rightly told to look alike, or not, where a study is checked against what was accepted.

Every figure of every release is changed in one way at a time: so that nobody can see it, as another processor's last
digits and another hash in a name would, and so that somebody could. Writes ``benchmarks/results/drawings.csv``: how many
of the figures that could be changed that way were told to look alike. What cannot be seen should always be, what can be
seen never; a line that is half a hundredth of a point longer lies between.

Run: python benchmarks/check_drawings.py
"""

import csv
import datetime as dt
import random
import re
import zipfile
from pathlib import Path

from ctresearch.studies.kept.drawing import drawing_hash

HOME = Path(__file__).parents[1]
RESULTS = HOME / "benchmarks" / "results" / "drawings.csv"
COORDINATE = re.compile(r"(?<=[ML] )-?\d+\.\d+")
NUMBER = re.compile(r"(?<![\w.#-])\d+\.\d{4,}(?![\w.])")
HASHED = re.compile(r"\b[pm][0-9a-f]{10}\b")


def one_of(pattern, changed):
    """Change one place of a picture that a pattern finds, chosen by chance."""

    def change(svg, rng):
        places = list(re.finditer(pattern, svg))
        if not places:
            return None
        place = rng.choice(places)
        return svg[: place.start()] + changed(place, rng) + svg[place.end() :]

    return change


def moved(by):
    """Move one end of a line."""
    return one_of(COORDINATE, lambda found, rng: f"{float(found[0]) + rng.choice([-by, by]):.6f}")


def larger(name, by):
    """Make a number of a style larger by a share."""
    return one_of(rf"(?<={name}: )\d*\.?\d+", lambda found, _: f"{float(found[0]) * (1 + by):.6g}")


def text_larger(by):
    """Write one text larger by a share."""
    return one_of(
        r"scale\((0\.\d+) -\1\)", lambda found, _: "scale({0:.6g} -{0:.6g})".format(float(found[1]) * (1 + by))
    )


def last_digits(share):
    """Turn the last digit of some numbers by one."""

    def change(svg, rng):
        def turned(found):
            digits = len(found[0].partition(".")[2])
            return (
                f"{float(found[0]) + rng.choice([-1, 1]) * 10**-digits:.{digits}f}"
                if rng.random() < share
                else found[0]
            )

        return NUMBER.sub(turned, svg)

    return change


def renamed(svg, rng):
    """Give what is named by a hash other names."""
    names = {}
    return HASHED.sub(lambda found: names.setdefault(found[0], f"{found[0][0]}{rng.getrandbits(40):010x}"), svg)


def without_sign(svg, rng):
    """Give every zero of a line a sign."""
    return re.sub(r"(?<=[ML ])0(?=[ \n])", "-0", svg)


def shade(steps):
    """Make one colour lighter or darker."""

    def lighter(found, _):
        blue = int(found[0][4:], 16)
        return f"{found[0][:4]}{blue + steps if blue + steps < 256 else blue - steps:02x}"

    return one_of(r"(?<=: #)[0-9a-f]{6}", lighter)


def dropped(svg, rng):
    """Leave one line out."""
    places = list(re.finditer(r"<use [^>]*/>|<path [^>]*/>", svg))
    place = rng.choice(places)
    return svg[: place.start()] + svg[place.end() :]


CHANGES = {
    ("no", "last digit of every fiftieth number"): last_digits(0.02),
    ("no", "last digit of every number"): last_digits(1.0),
    ("no", "names of clips and markers"): renamed,
    ("no", "sign of every zero"): without_sign,
    ("hardly", "one end of a line by 0.004 points"): moved(0.004),
    ("yes", "one end of a line by 0.02 points"): moved(0.02),
    ("yes", "one end of a line by half a point"): moved(0.5),
    ("yes", "one text larger by 1 %"): text_larger(0.01),
    ("yes", "one text larger by 10 %"): text_larger(0.1),
    ("yes", "one line thicker by 2 %"): larger("stroke-width", 0.02),
    ("yes", "one line thicker by 50 %"): larger("stroke-width", 0.5),
    ("yes", "one opacity higher by 5 %"): larger("opacity", 0.05),
    ("yes", "one colour by one step of 256"): shade(1),
    ("yes", "one letter or mark for another"): one_of(r'(?<=href="#)[^"]+', lambda found, _: "other"),
    ("yes", "one line or letter left out"): dropped,
}


def pictures():
    """Read the figures of all releases."""
    for bundle in sorted(HOME.glob("studies/*/releases/*.zip")):
        with zipfile.ZipFile(bundle) as archive:
            for name in archive.namelist():
                if name.endswith(".svg"):
                    yield name, archive.read(name).decode("utf-8")


def main():
    drawn = list(pictures())
    with RESULTS.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["can_be_seen", "change", "figures", "told_alike", "date"])
        for (seen, what), change in CHANGES.items():
            rng, figures, alike = random.Random(7), 0, 0
            for _, svg in drawn:
                other = change(svg, rng)
                if other not in {None, svg}:
                    figures += 1
                    alike += drawing_hash(other) == drawing_hash(svg)
            table.writerow([seen, what, figures, alike, dt.date.today().isoformat()])
    print(RESULTS.read_text())


if __name__ == "__main__":
    main()
