"""The small generated tables that stand in ``data/synthetic/``: what each is made by, and how it is written.

The first lines of a file say the call that makes it, with its seed, and the truth behind it; they start with ``#``, so
``pandas.read_csv(path, comment="#")`` passes over them.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import ctresearch.data.synthetic as generators
from ctresearch.core.validate import one_of

if TYPE_CHECKING:
    from pathlib import Path

    from ctresearch.data.synthetic.generated import Synthetic

DIGITS = 6
_LONGEST_TRUTH = 20
NOTICE = "Invented: no line is about a person, and no number says how trafficking is."


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a table is made.

    Parameters
    ----------
    generator : str
        Name of the generator.
    options : mapping of str to object
        Its arguments, the seed among them.
    table : str
        Which table of the answer: ``"frame"`` or a name in ``tables``.

    Examples
    --------
    >>> Recipe("case_records", {"n": 10, "seed": 1}).call
    'ctresearch.data.synthetic.case_records(n=10, seed=1)'
    """

    generator: str
    options: Mapping[str, Any]
    table: str = "frame"

    @property
    def call(self) -> str:
        """The call that makes the data."""
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        return f"ctresearch.data.synthetic.{self.generator}({arguments})"


_DEPENDENT = {
    "n": 3000,
    "lists": ("police", "charity", "shelter", "labour"),
    "capture": (0.22, 0.16, 0.12, 0.10),
    "dependence": {"police:shelter": 0.9},
    "covariates": {"sex": {"woman": 0.6, "man": 0.4}},
    "effects": {"labour": {"sex=man": 0.7}},
    "seed": 20250101,
}
_CLASSES = {
    "n": 4000,
    "lists": 5,
    "classes": ((0.6, (0.30, 0.25, 0.25, 0.20, 0.20)), (0.4, (0.06, 0.05, 0.04, 0.04, 0.03))),
    "seed": 20250102,
}
_TRANSCRIPTS = {"documents": 1, "sentences": 12, "language": "all", "seed": 20250120}
_CORPUS = {"interviews": 30, "seed": 20250121}
_NETWORK = {"n": 80, "communities": 3, "core": 6, "events": 60, "seed": 20250104}
_EPISODES = {"n": 1500, "late_entry": 12, "seed": 20250108}
_REFERRALS = {"n": 3600, "seed": 20250117}
_REGION = {"countries": 12, "years": 15, "seed": 20250119}
_SURVEYED = {"countries": 12, "surveyed": 8, "seed": 20250122}
_SURVEY = {"n": 300, "hidden": 5000, "transmission": 0.8, "barrier": 0.3, "seed": 20250112}

RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "captures_dependent": Recipe("capture_histories", _DEPENDENT),
        "captures_classes": Recipe("capture_histories", _CLASSES, "counts"),
        "case_records": Recipe("case_records", {"n": 6000, "seed": 20250103}),
        "network_ties": Recipe("criminal_network", _NETWORK),
        "network_actors": Recipe("criminal_network", _NETWORK, "actors"),
        "network_attendance": Recipe("criminal_network", _NETWORK, "attendance"),
        "flows": Recipe("flows", {"countries": 15, "years": 4, "seed": 20250105}),
        "person_lists": Recipe("person_lists", {"n": 200, "lists": 3, "seed": 20250113}),
        "policy_panel": Recipe("policy_panel", {"units": 60, "periods": 16, "seed": 20250106}),
        "coded_interviews": Recipe("coded_interviews", {"interviews": 30, "segments": 12, "seed": 20250107}),
        "coded_segments": Recipe("coded_interviews", {"interviews": 30, "segments": 12, "seed": 20250107}, "segments"),
        "interviews": Recipe("interview_corpus", _CORPUS),
        "interviews_planted": Recipe("interview_corpus", _CORPUS, "planted"),
        "interviews_segments": Recipe("interview_corpus", _CORPUS, "segments"),
        "interviews_cases": Recipe("interview_corpus", _CORPUS, "cases"),
        "interviews_survey": Recipe("interview_corpus", _CORPUS, "survey"),
        "coded_testimony": Recipe("coded_testimony", {"n": 150, "seed": 20250118}),
        "episodes": Recipe("trafficking_episodes", _EPISODES),
        "episodes_afterwards": Recipe("trafficking_episodes", _EPISODES, "afterwards"),
        "campaign_trial": Recipe("campaign_trial", {"clusters": 40, "size": 30, "seed": 20250109}),
        "campaign_evaluation": Recipe("campaign_evaluation", {"clusters": 40, "size": 30, "seed": 20250114}),
        "campaign_rollout": Recipe("campaign_rollout", {"clusters": 12, "size": 20, "seed": 20250115}),
        "referral_paths": Recipe("referral_paths", {"n": 800, "seed": 20250116}),
        "referral_records": Recipe("referral_records", _REFERRALS),
        "referral_ends": Recipe("referral_records", _REFERRALS, "ends"),
        "referral_counts": Recipe("referral_records", _REFERRALS, "counts"),
        "region_corridors": Recipe("region", _REGION, "corridors"),
        "region_reported": Recipe("region", _REGION, "reported"),
        "region_countries": Recipe("region", _REGION, "countries"),
        "region_country_years": Recipe("region", _REGION, "country_years"),
        "region_pairs": Recipe("region", _REGION, "pairs"),
        "region_laws": Recipe("region", _REGION, "laws"),
        "region_succession": Recipe("region", _REGION, "succession"),
        "region_surveys": Recipe("region_surveys", _SURVEYED),
        "region_people": Recipe("region_surveys", _SURVEYED, "people"),
        "region_totals": Recipe("region_surveys", _SURVEYED, "totals"),
        "region_profits": Recipe("region_surveys", _SURVEYED, "profits"),
        "transcripts": Recipe("planted_transcripts", _TRANSCRIPTS),
        "transcripts_planted": Recipe("planted_transcripts", _TRANSCRIPTS, "planted"),
        "vulnerability_survey": Recipe("vulnerability_survey", {"n": 1500, "unreported": 0.02, "seed": 20250110}),
        "respondent_sample": Recipe("respondent_sample", {"n": 300, "population": 1500, "seed": 20250111}),
        "scale_up_survey": Recipe("scale_up_survey", _SURVEY),
        "scale_up_known": Recipe("scale_up_survey", _SURVEY, "known"),
    }
)
"""File name, without its ending, to how it is made."""


def make(name: str) -> Synthetic:
    """Make the data behind one of the tables.

    Parameters
    ----------
    name : str
        Name of the file, without its ending.

    Returns
    -------
    Synthetic
        The data with their truth.

    Raises
    ------
    SpecificationError
        If there is no such table.

    Examples
    --------
    >>> make("campaign_trial").truth["icc"]
    0.04
    """
    recipe = RECIPES[one_of("name", name, tuple(RECIPES))]
    made: Synthetic = getattr(generators, recipe.generator)(**recipe.options)
    return made


def as_text(name: str) -> str:
    """Write one of the tables.

    Parameters
    ----------
    name : str
        Name of the file, without its ending.

    Returns
    -------
    str
        The file, header included.

    Raises
    ------
    SpecificationError
        If there is no such table.

    Examples
    --------
    >>> as_text("network_actors").splitlines()[0].partition("(")[0]
    '# ctresearch.data.synthetic.criminal_network'
    """
    made = make(name)
    recipe = RECIPES[name]
    part = ".frame" if recipe.table == "frame" else f'.tables["{recipe.table}"]'
    frame = made.frame if recipe.table == "frame" else made.tables[recipe.table]
    head = [recipe.call + part, NOTICE, *(f"truth: {line}" for line in _told(made.truth))]
    out = io.StringIO()
    out.writelines(f"# {line}\n" for line in head)
    rounded = frame.round(dict.fromkeys(frame.select_dtypes("number"), DIGITS))
    rounded.to_csv(out, index=frame.index.name is not None, lineterminator="\n")
    return out.getvalue()


def write(folder: Path, names: Iterable[str] = RECIPES) -> list[Path]:
    """Write the tables.

    Parameters
    ----------
    folder : pathlib.Path
        Where to; it is made if it is not there.
    names : iterable of str
        Names of the files, without their ending; all of them by default.

    Returns
    -------
    list of pathlib.Path
        The files.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> [path.name for path in write(Path(tempfile.mkdtemp()), ["network_actors", "network_ties"])]
    ['network_actors.csv', 'network_ties.csv']
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in names:
        path = folder / f"{name}.csv"
        path.write_text(as_text(name), encoding="utf-8", newline="\n")
        paths.append(path)
    return paths


def _told(truth: Mapping[str, Any]) -> list[str]:
    """Say the truth in lines; long tables are left to the generator."""
    lines = []
    for name, value in truth.items():
        if isinstance(value, (pd.Series, pd.DataFrame)):
            if value.size > _LONGEST_TRUTH:
                continue
            told = _table_told(value)
        elif isinstance(value, (tuple, list)):
            told = ", ".join(map(str, value))
        elif isinstance(value, Mapping):
            told = ", ".join(f"{key} {one}" for key, one in value.items())
        else:
            told = _number(value)
        if told:
            lines.append(f"{name}: {told}")
    return lines


def _table_told(table: pd.Series[Any] | pd.DataFrame) -> str:
    """Write a short table in a line, row by row."""
    if isinstance(table, pd.Series):
        return ", ".join(f"{_key(key)} {_number(one)}" for key, one in table.items())
    return "; ".join(f"{_key(key)}: {_table_told(row)}" for key, row in table.iterrows())


def _key(key: Any) -> str:
    """Write the label of a row."""
    return " / ".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _number(value: Any) -> str:
    """Write a number to six digits after the point at most."""
    return f"{round(float(value), DIGITS):.10g}" if isinstance(value, (int, float, np.number)) else str(value)
