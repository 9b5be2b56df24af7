"""The pages a stranger reads first in a bundle: README, citation, licence, the list of packages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ctresearch.core import render
from ctresearch.studies.shown.reader import reader_row, term_words
from ctresearch.studies.shown.standing import graded, label_of, to_mind, voiding, without_limits
from ctresearch.studies.shown.words import as_markdown, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ctresearch.studies.asked.manifest import Study
    from ctresearch.studies.kept.evidence import Evidence

_LICENCES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC-BY-NC-4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}


def citation_cff(
    study: Study, version: str, date: str, run_ids: Sequence[str], taken: Sequence[Mapping[str, Any]] = ()
) -> str:
    """Write ``CITATION.cff`` for a release.

    Parameters
    ----------
    study : Study
        Title, authors, licence and DOI.
    version : str
        Version of the release.
    date : str
        Day of the release, ``YYYY-MM-DD``.
    run_ids : sequence of str
        Ids of the runs in it.
    taken : sequence of mapping
        Records of released bundles that the study takes as data; each is cited by its SHA-256.

    Returns
    -------
    str
        YAML in the Citation File Format 1.2.0; every word is quoted, so none is read as anything else.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.manifest import Study
    >>> study = Study(name="demo", folder=Path("demo"), title="How many?", notebook="n", seed=1)
    >>> print(citation_cff(study, "1.0", "2026-01-31", []).splitlines()[2])
    title: "How many?"
    """
    lines = ["cff-version: 1.2.0", 'message: "Please cite this study as below."', f"title: {_quoted(study.title)}"]
    lines += ["type: dataset", f"version: {_quoted(version)}", f"date-released: {date}"]
    lines += [f"license: {_quoted(study.cite.licence)}", "authors:"]
    for author in study.authors:
        lines.append(f"  - name: {_quoted(author.name)}")
        if author.orcid:
            lines.append(f"    orcid: {_quoted('https://orcid.org/' + author.orcid)}")
        if author.affiliation:
            lines.append(f"    # {_quoted(author.affiliation)}")
    if not study.authors:
        lines.append('  - name: "Authors not stated"')
    if study.cite.doi:
        lines.append(f"doi: {_quoted(study.cite.doi.removeprefix('doi:'))}")
    if run_ids:
        lines.append("identifiers:")
        lines += [
            line for one in run_ids for line in ("  - type: other", f'    value: "{one}"', '    description: "run id"')
        ]
    lines += ["references:", *(line for one in taken for line in _reference(one))] if taken else []
    return "\n".join(lines) + "\n"


def _reference(record: Mapping[str, Any]) -> Iterator[str]:
    """Cite a released bundle."""
    cited = record["bundle"]
    yield "  - type: dataset"
    yield f"    title: {_quoted(cited['title'])}"
    yield f"    version: {_quoted(cited['version'])}"
    yield f"    date-released: {_quoted(cited['date'])}"
    yield "    authors:"
    yield from (f"      - name: {_quoted(name)}" for name in cited["authors"] or ["Authors not stated"])
    if cited.get("doi"):
        yield f"    doi: {_quoted(cited['doi'].removeprefix('doi:'))}"
    yield from ("    identifiers:", "      - type: other", f'        value: "sha256:{record["digest"]}"')
    yield '        description: "SHA-256 of the bundle"'


def licence_text(study: Study) -> str:
    """Say under which licences the parts of a bundle stand.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.manifest import Study
    >>> "CC-BY-4.0" in licence_text(Study(name="demo", folder=Path("demo"), title="T", notebook="n", seed=1))
    True
    """
    licence = study.cite.licence
    where = f" ({_LICENCES[licence]})" if licence in _LICENCES else ""
    return (
        f"# Licence\n\nText, tables, figures and numbers of this study: {licence}{where}.\n\n"
        "The package in `wheel/`: Apache-2.0; its text is inside the wheel.\n\n"
        "Published tables that the package carries belong to those who published them; each names its source.\n"
    )


def requirements_txt(packages: Mapping[str, str]) -> str:
    r"""List the packages that the run used, for pip.

    Parameters
    ----------
    packages : mapping of str to str
        Distribution to version.

    Returns
    -------
    str
        One pin a line; ctresearch itself is the wheel in the bundle.

    Examples
    --------
    >>> requirements_txt({"numpy": "2.4.6", "ctresearch": "0.1.0"})
    'numpy==2.4.6\n'
    """
    return "".join(f"{name}=={version}\n" for name, version in sorted(packages.items()) if name != "ctresearch")


def readme(
    study: Study, version: str, date: str, runs: Mapping[str, Evidence], *, wheel: str, withheld: Sequence[str]
) -> str:
    """Write the README of a bundle.

    Parameters
    ----------
    study : Study
        The study.
    version, date : str
        Version and day of the release.
    runs : mapping of str to Evidence
        Folder inside the bundle to the run in it.
    wheel : str
        File name of the package's wheel.
    withheld : sequence of str
        Outputs left out of the release.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.manifest import Study
    >>> study = Study(name="demo", folder=Path("demo"), title="How many?", notebook="n", seed=1)
    >>> readme(study, "1.0", "2026-01-31", {}, wheel="w.whl", withheld=[]).splitlines()[0]
    '# How many?'
    """
    people = as_markdown(", ".join(author.name for author in study.authors)) or "Authors not stated"
    lines = [f"# {as_markdown(study.title)}", "", f"Version {version}, {date}. {people}.", ""]
    if study.description:
        lines += [as_markdown(study.description), ""]
    for home, one in runs.items():
        lines += _results(home, one)
    lines += ["## Data", "", *(f"- {line}" for line in _data(study, runs)), ""]
    if withheld:
        lines += [f"Left out of this release: {', '.join(withheld)}.", ""]
    lines += [
        "## Verify and run again",
        "",
        "    ctresearch verify BUNDLE.zip --expect SHA256",
        "",
        (
            "checks every byte and executes nothing; the SHA-256 was published beside the bundle. With `--rerun` it "
            "runs the"
        ),
        "notebook again. Large files that releases share stand in the store of the project, under their SHA-256;",
        "`ctresearch bundle BUNDLE.zip` writes one archive that holds them too. By hand, from that one unpacked, in a",
        "fresh environment:",
        "",
        f"    pip install -r requirements.txt wheel/{wheel}",
        f"    cd source && ctresearch run {study.name}",
        "",
        (
            "`bundle.json` lists the SHA-256 of every file, `ro-crate-metadata.json` describes them, `provenance.json` "
            "says"
        ),
        "what went into the run, and `results.schema.json` is the JSON Schema of `results.json`.",
        "",
    ]
    if study.cite.references:
        lines += ["## References", "", *(f"- {as_markdown(reference)}" for reference in study.cite.references), ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """Quote a word for YAML, of which JSON strings are a part."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def _results(home: str, one: Evidence) -> list[str]:
    """Write the estimates of a run, whom they count, and the checks that did not pass."""
    lines = ["## Results" + (f" of {home.rstrip('/')}" if home else ""), ""]
    lines += [f"Run `{one.run_id}`." + (f" Parameters: {_parameters(one.parameters)}." if one.parameters else ""), ""]
    checks = one.results["checks"]
    for name, entry in one.results["estimates"].items():
        lines += [*_estimate(name, entry, checks), ""]
    for grade, check in graded(checks):
        if grade != "pass":
            what = as_markdown(f"{check['output']}, {check['name']}")
            lines += [f"**{label_of(check)}: {what}.** {as_markdown(check['message'])}", ""]
    return lines


def _estimate(name: str, entry: Mapping[str, Any], checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write one estimate: what, whom, whether it stands, and its rows."""
    level = f"{100 * entry['level']:g} %"
    scope = as_markdown("; ".join(entry[key] for key in ("population", "definition", "reference_period", "measure")))
    void, mind = voiding(name, checks), to_mind(name, checks)
    stands = not void and entry.get("stands", True)
    told = "" if stands else " **Does not stand, and has no limits.**"
    told += f" **Mind the reading: {as_markdown(', '.join(mind))}.**" if stands and mind else ""
    lines = [f"**{as_markdown(name)}**: {as_markdown(entry['method'])}. Counts whom: {scope}.{told}", ""]
    lines += [f"| term | estimate | {level} low | {level} high | unit |", "| --- | ---: | ---: | ---: | --- |"]
    for whole in entry["rows"]:
        row = reader_row(entry, whole if stands else without_limits(whole))
        values = [float("nan") if row[key] is None else float(row[key]) for key in ("estimate", "ci_low", "ci_high")]
        numbers = " | ".join(map(render.number, values))
        lines.append(f"| {as_markdown(term_words(entry, row['term']))} | {numbers} | {as_markdown(row['unit'])} |")
    return lines


def _parameters(parameters: Mapping[str, Any]) -> str:
    """Write parameters in a line."""
    shown = (
        (name, one_line(json.dumps(value, ensure_ascii=False)).replace("`", "'")) for name, value in parameters.items()
    )
    return ", ".join(f"`{name} = {value}`" for name, value in shown)


def _data(study: Study, runs: Mapping[str, Evidence]) -> Iterator[str]:
    """Say what each input is, who may see it, and how to ask."""
    if not study.data:
        yield "No data beyond the published tables that the package carries."
    inputs = next(iter(runs.values())).provenance["components"]["inputs"] if runs else {}
    for name, declared in study.data.items():
        digest = inputs.get(name, {}).get("digest", "not recorded")
        schema = ", ".join(f"{column} ({kind})" for column, kind in (declared.columns or {}).items())
        columns = f" Columns: {as_markdown(schema)}." if schema else ""
        access = as_markdown(declared.access or "")
        if "bundle" in inputs.get(name, {}):
            cited = inputs[name]["bundle"]
            by = as_markdown(", ".join(cited["authors"]) or "authors not stated")
            which = as_markdown(f"{cited['study']} {cited['version']}")
            yield (
                f"`{name}`: the release {which} of {cited['date']} ({by}: "
                f"{as_markdown(cited['title'])}), {declared.level}, not in this bundle: give it with "
                f"`--data {name}=FILE.zip`. SHA-256 `{digest}`."
            )
        elif declared.level == "restricted":
            yield f"`{name}`: restricted, not in this bundle.{columns} Keyed digest `{digest}`. Access: {access}."
        elif declared.access is not None and declared.source is None:
            yield f"`{name}`: public, not in this bundle.{columns} SHA-256 `{digest}`. Access: {access}."
        else:
            yield f"`{name}`: public, {declared.source or 'a file in source/data'}.{columns} SHA-256 `{digest}`."
