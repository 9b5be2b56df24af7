"""Write the pages of evidence from the committed tables of ``benchmarks/results``, and say which methods each is about."""

import ast
import html
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
from rooms import estimators, keep_only, save

ROOT = Path(__file__).resolve().parents[1]
RESULTS, SCRIPTS = (
    ROOT / "benchmarks" / "results",
    [*sorted((ROOT / "benchmarks").glob("*.py")), ROOT / "tools" / "mutation.py"],
)
KINDS = {
    "agreement": ("Agreement with other programs", ("check_", "reference_", "outside_", "load_")),
    "coverage": (
        "Coverage, bias and calibration on made-up truths",
        ("coverage_", "reliability", "verdicts", "sbc", "trust_"),
    ),
    "speed": ("Speed and memory", ("bench_", "front_door")),
    "mutation": ("Whether the tests notice a fault", ("mutation",)),
}
DATED = ("date", "day")
VERSIONS = [
    "ctresearch",
    "python",
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "numba",
    "scikit-learn",
    "networkx",
    "igraph",
    "pyfixest",
    "lifelines",
    "versions",
]
FEW = 12


@dataclass(frozen=True)
class Evidence:
    """One committed table, with the script that makes it."""

    name: str
    kind: str
    said: str
    script: str
    table: pd.DataFrame
    stamp: str
    about: frozenset

    @property
    def page(self):
        """Name of its page."""
        return f"/evidence/{self.name}"


@cache
def scripts():
    """Return the scripts that make tables, with their text."""
    return {path: path.read_text(encoding="utf-8") for path in SCRIPTS}


def script_of(name):
    """Find the script that writes a table, by the name of the file that it speaks of."""
    texts = scripts()
    for path, text in texts.items():
        if re.search(rf"[\"/`]{re.escape(name)}\.csv[\"`]", text):
            return path
    for path, text in texts.items():
        for pattern in re.findall(r"f\"([a-z_]+\{\w+\})\.csv\"", text):
            if re.fullmatch(re.sub(r"\{\w+\}", r"\\w+", pattern), name):
                return path
    alike = [path for path in texts if path.stem.removeprefix("coverage_").removeprefix("bench_").rstrip("s") in name]
    return max(alike, key=lambda path: len(path.stem), default=None)


def kind_of(script):
    """Say what sort of evidence a script makes."""
    return next((kind for kind, (_, starts) in KINDS.items() if script and script.stem.startswith(starts)), "coverage")


def stamp_of(table):
    """Say when a table was made and with which versions, where it says so."""
    dates = [str(value) for name in DATED if name in table for value in table[name].dropna().unique()]
    parts = []
    if dates:
        parts.append(f"made on {dates[0]}" if len(set(dates)) == 1 else f"made from {min(dates)} to {max(dates)}")
    found = {name: sorted(table[name].dropna().astype(str).unique()) for name in VERSIONS if name in table}
    heads = {"versions": "with"}
    parts += [f"{heads.get(name, name)} {', '.join(values)}" for name, values in found.items() if values]
    return ", ".join(parts) if parts else "without a date in the table"


@cache
def every():
    """Return all committed tables."""
    names = {one.name for one in estimators()}
    found = []
    for path in sorted(RESULTS.glob("*.csv")):
        script, table = script_of(path.stem), pd.read_csv(path, dtype_backend="numpy_nullable")
        source = scripts()[script] if script else ""
        said = (
            (ast.get_docstring(ast.parse(source)) or path.stem).splitlines()[0]
            if script
            else path.stem.replace("_", " ")
        )
        cells = {value for name in table.select_dtypes("string") for value in table[name].dropna().unique()}
        about = frozenset(names & (cells | set(re.findall(r"\w+", source))))
        where = str(script.relative_to(ROOT)) if script else ""
        found.append(Evidence(path.stem, kind_of(script), said, where, table, stamp_of(table), about))
    return found


def about(name):
    """Return the tables about a method."""
    return [one for one in every() if name in one.about]


def cell(value):
    """Write a value of a table."""
    if pd.isna(value):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        text = f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
        return text.replace("-", "−") if text.startswith("-") else text
    return html.escape(str(value))


def as_html(table, caption):
    """Write a table without the columns that its stamp tells, so that it can be scrolled by keyboard."""
    shown = table.drop(columns=[name for name in (*DATED, *VERSIONS) if name in table]).dropna(axis=1, how="all")
    heads = "".join(f'<th scope="col">{html.escape(str(name).replace("_", " "))}</th>' for name in shown)
    numeric = [pd.api.types.is_numeric_dtype(shown[name]) for name in shown]
    rows = "".join(
        "<tr>"
        + "".join(f"<td{' class=n' if n else ''}>{cell(v)}</td>" for v, n in zip(row, numeric, strict=True))
        + "</tr>"
        for row in shown.astype(object).itertuples(index=False, name=None)
    )
    label = html.escape(caption, quote=True)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{label}"><table class="docutils">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _indented(text):
    return ["```{raw} html", text, "```", ""]


def excerpt(one, name):
    """Return the rows of a table that name a method, or its first ones, and a link to all, as reStructuredText."""
    texts = one.table.select_dtypes("string")
    named = one.table[texts.eq(name).any(axis=1).fillna(False)] if len(texts.columns) else one.table.head(0)
    rows = named if len(named) else one.table
    said = one.said.rstrip(".")
    words = f"{len(one.table)} row{'s' * (len(one.table) != 1)}"
    words += f", {len(named)} of this method" if 0 < len(named) < len(one.table) else ""
    words += f"; the first {FEW} are shown" if len(rows) > FEW else ""
    lines = [
        f":doc:`{one.name.replace('_', ' ')} <{one.page}>` ({words}), {one.stamp}: {said[0].lower()}{said[1:]}.",
        "",
    ]
    return [*lines, ".. raw:: html", "", f"   {as_html(rows.head(FEW), said)}", ""]


def _page_of(one):
    """Write the page of a table."""
    title = one.name.replace("_", " ").capitalize()
    lines = [
        "---",
        "orphan: true",
        "---",
        f"# {title}",
        "",
        f"[Evidence](index) · {KINDS[one.kind][0]}",
        "",
        one.said,
        "",
    ]
    lines += [f"{len(one.table)} rows, {one.stamp}." + f" Written by `{one.script}`." * bool(one.script), ""]
    if one.about:
        lines += ["About: " + ", ".join(f"[{name}](/methods/{name})" for name in sorted(one.about)) + ".", ""]
    return "\n".join([*lines, *_indented(as_html(one.table, title))])


INDEX = """# Evidence

What is claimed here was tried, and the tables that say so are part of the repository: {tables} of them, written by scripts that
anyone can run again (`make bench`, `make coverage`, `make reliability`, `make mutation`). This page is made from these tables
whenever the documentation is built. *Coverage* is the share of made-up truths that lay in the interval; a sound 95 % interval
covers 95 in 100. Rows that fall short are left standing: several tables try a method where it must fail.

```{{eval-rst}}
.. plot::
   :alt: Coverage of intervals by committed table: most dots lie at 95 in 100, rows that show a failure lie below.

   import evidence

   evidence.draw_coverage()
```

Each dot is a row of a table. See [where values agree with other programs, where not, and why](/agreement), and
[how reliable each estimator of a population was, scenario by scenario](/api/reliability).

"""


def coverages():
    """Return the tables with a column of coverage, and its values as shares."""
    for one in every():
        columns = [c for c in one.table.columns if re.fullmatch(r"coverage(_of_95)?", c)]
        if columns and "level" not in one.table:
            values = pd.to_numeric(one.table[columns[0]], errors="coerce").dropna()
            yield one, [value for value in values.astype(float) if 0 <= value <= 1]


def draw_coverage():
    """Draw the coverage of every row of every table."""
    from ctresearch.core import plot

    found = [(one.name.removeprefix("coverage_").replace("_", " "), values) for one, values in coverages() if values]
    ax = plot.new_axes(7.2, 0.23 * len(found) + 1.2)
    for place, (_, values) in enumerate(reversed(found)):
        ax.plot(values, [place] * len(values), "|", color=plot.BLUE, markersize=8, alpha=0.7)
    ax.axvline(0.95, color=plot.VERMILION, linewidth=1, zorder=0)
    ax.set_yticks(range(len(found)), [name for name, _ in reversed(found)], fontsize=8)
    ax.set(
        xlim=(-0.02, 1.02),
        xlabel="share of made-up truths in the interval; the line is 0.95",
        title="Coverage, row by row",
    )
    return ax


def write(folder):
    """Write a page a table, and the page that leads to them."""
    lines = INDEX.format(tables=len(every()))
    for kind, (title, _) in KINDS.items():
        ones = [one for one in every() if one.kind == kind]
        lines += f"## {title}\n\n| table | what it shows | rows | when, and with what |\n| --- | --- | ---: | --- |\n"
        lines += "".join(
            f"| [{one.name.replace('_', ' ')}]({one.name}.md) | {one.said.replace('|', '/')} | {len(one.table)} | {one.stamp} |\n"
            for one in ones
        )
        lines += "\n"
        if kind == "mutation":
            lines += "".join("\n".join(_indented(as_html(one.table, title))) for one in ones) + "\n"
    written = [save(folder / "index.md", lines)] + [save(folder / f"{one.name}.md", _page_of(one)) for one in every()]
    keep_only(folder, written)
