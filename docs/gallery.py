"""Write the gallery: a page a study with its first page, pictures and report, taken from its newest release.

A release holds the notebook as it ran, so nothing is run here: what is shown is what was verified. A study that has no
release yet stands there with its words alone.
"""

import json
import re
import tomllib
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.version import Version
from rooms import keep_only, save

ROOT = Path(__file__).resolve().parents[1]
LINKS = re.compile(r"\]\((?!https?:|#|mailto:)[^)]+\)")
MOST = 3


@dataclass(frozen=True)
class Shown:
    """A study and its newest release, if there is one."""

    name: str
    manifest: dict
    readme: str
    bundle: Path | None

    @property
    def title(self):
        """Title of the study."""
        return self.manifest["title"]

    @property
    def files(self):
        """Paths of the files of the release, without its own name; of a grid of runs, those of the first run."""
        with zipfile.ZipFile(self.bundle) as archive:
            paths = {name.partition("/")[2]: name for name in archive.namelist()}
        runs = sorted({path.split("/")[1] for path in paths if path.startswith("runs/")})
        first = f"runs/{runs[0]}/" if runs else ""
        return paths | {
            path.removeprefix(first): name for path, name in paths.items() if first and path.startswith(first)
        }

    def read(self, path):
        """Return the bytes of a file of the release."""
        with zipfile.ZipFile(self.bundle) as archive:
            return archive.read(self.files[path])

    @property
    def figures(self):
        """Names of the figures of the release, in the order in which the study promises them."""
        if self.bundle is None:
            return []
        there = {Path(name).stem for name in self.files if name.startswith("figures/") and name.endswith(".svg")}
        return [name for name in self.manifest["outputs"] if name in there][:MOST]

    @property
    def headline(self):
        """First row of the estimate that leads, as a sentence, with what failed."""
        if self.bundle is None:
            return "No release yet."
        results = json.loads(self.read("results.json"))
        estimates = results["estimates"]
        leads = [name for name, one in self.manifest["outputs"].items() if one.get("headline")] + [
            "estimate",
            *estimates,
        ]
        name = next((name for name in leads if name in estimates and estimates[name]["rows"]), None)
        if name is None or estimates[name]["rows"][0].get("estimate") is None:
            return ""
        row = estimates[name]["rows"][0]
        said = f"{row['term'].replace('_', ' ')}: {_number(row['estimate'])}"
        limits = [row.get("ci_low"), row.get("ci_high")]
        said += f" ({_number(limits[0])} to {_number(limits[1])})" if None not in limits else ""
        failed = any(check["status"] == "fail" and check.get("output") == name for check in results["checks"])
        return (
            said
            + (f" {row['unit']}" if row.get("unit") else "")
            + (" – mind the reading: a check failed" if failed else "")
        )


def _number(value):
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}".replace("-", "−")


@cache
def studies():
    """Return all studies."""
    found = []
    for path in sorted((ROOT / "studies").glob("*/study.toml")):
        bundles = sorted((path.parent / "releases").glob("*.zip"), key=lambda p: Version(p.stem.rpartition("-")[2]))
        words = (path.parent / "README.md").read_text(encoding="utf-8")
        manifest = tomllib.loads(path.read_text(encoding="utf-8"))
        found.append(Shown(path.parent.name, manifest, words, bundles[-1] if bundles else None))
    return found


def notebooks():
    """Return the notebooks with their titles."""
    return {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8")).get("title", path.stem)
        for path in sorted((ROOT / "notebooks").glob("*.toml"))
        if path.with_suffix(".ipynb").exists()
    }


def _page_of(one):
    """Write the page of a study: its own words, its pictures, and the way to its report."""
    words = LINKS.sub(lambda m: m.group().split("]")[0] + "]", one.readme)  # files of the study are not pages here
    words = re.sub(r"\[([^\]]+)\](?!\()", r"\1", words)
    head, _, rest = words.partition("\n")
    lines = ["---", "orphan: true", "---", head, "", "[Gallery](index)", ""]
    if one.bundle:
        link = f'<a class="report" href="../reports/{one.name}.html">Open the whole report: the notebook as it ran</a>'
        said = f"From the release `{one.bundle.stem}`, whose every byte can be verified. **{one.headline}**"
        lines += ["```{raw} html", f"<p>{link}</p>", "```", "", said, ""]
    for name in one.figures:
        lines += [
            f"```{{image}} img/{one.name}-{name}.svg",
            f":alt: {one.title}, figure {name.replace('_', ' ')}",
            "```",
            "",
        ]
    return "\n".join([*lines, rest])


def _cards(ones):
    """Write a card a study."""
    cards = []
    for one in ones:
        picture = one.figures[:1]
        image = f'<img src="../gallery-img/{one.name}-{picture[0]}.svg" alt="" loading="lazy">' if picture else ""
        cards.append(
            f'<a class="card" href="{one.name}.html">{image}<strong>{one.title}</strong><span>{one.headline}</span></a>'
        )
    return ["```{raw} html", '<div class="cards">', *cards, "</div>", "```", ""]


def write(folder, extra):
    """Write the gallery into a folder of pages, and reports and pictures for its cards beside the pages."""
    written = []
    for one in studies():
        written.append(save(folder / f"{one.name}.md", _page_of(one)))
        if one.bundle:
            save(extra / "reports" / f"{one.name}.html", one.read("report.html").decode())
        for name in one.figures:
            text = one.read(f"figures/{name}.svg").decode()
            written.append(save(folder / "img" / f"{one.name}-{name}.svg", text))
            save(extra / "gallery-img" / f"{one.name}-{name}.svg", text)
    lines = [
        "# Gallery of studies",
        "",
        f"{len(studies())} studies, each with its pictures and its executed notebook as a report.",
    ]
    lines += ["They are taken from the newest release of each when these pages are built.", ""]
    for notebook, title in notebooks().items():
        ones = [one for one in studies() if one.manifest["notebook"] == notebook]
        lines += [f"## {title}", "", f"Notebook `{notebook}`: `ctresearch new my-study --notebook {notebook}`.", ""]
        lines += _cards(ones) if ones else []
    written.append(save(folder / "index.md", "\n".join(lines)))
    keep_only(folder, written)
