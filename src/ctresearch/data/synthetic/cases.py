"""Case records with the 27 columns of the CTDC Global Synthetic Dataset, invented throughout.

A flag is 1 or blank, and a blank is *unreported or no*, as in the source: the truth table alone tells the two apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic import case_model as model
from ctresearch.data.synthetic.draws import bernoulli, categories
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ctresearch.data.synthetic.draws import Floats, Integers

ROWS_AT_ONCE = 100_000


def case_records(
    n: int = 5_000, *, years: tuple[int, int] = (2013, 2022), unreported: float = 1.0, seed: Seed = 0
) -> Synthetic:
    """Draw invented records of identified victims with realistic associations.

    Women and children are more often in sexual exploitation and men in labour; means of control come together, and
    differ by the form of exploitation and for children; family recruits children and partners recruit women; records
    become more complete over the years. All probabilities are invented: nothing here says how trafficking is.

    Parameters
    ----------
    n : int
        Number of records.
    years : tuple of int
        First and last year of registration.
    unreported : float
        Multiplies the odds that a block of questions is left unreported; 0 gives complete records.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: the 27 columns; flags are 1 or missing. ``tables["complete"]``: the same records with nothing left
        out and flags 0 or 1. ``truth``: ``children``, their number, and tables of the probabilities in the middle
        year: ``exploitation``, ``means``, ``recruiter``, ``age``, ``unreported``.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Counter-Trafficking Data Collaborative. Global Synthetic Dataset: names and codes of the columns.

    Examples
    --------
    >>> made = case_records(1_000, seed=1)
    >>> made.frame.shape, made.truth["children"]
    ((1000, 27), 194)
    >>> sorted(made.frame["isForcedLabour"].dropna().unique().tolist())
    [1]
    """
    _check(n, years, unreported)
    parts = [_chunk(rng, rows, years, unreported) for rng, rows in _chunks(n, seed)]
    frame, complete = (pd.concat([part[i] for part in parts], ignore_index=True) for i in (0, 1))
    children = complete["ageBroad"].isin(model.AGES[: model.CHILD_BANDS])
    return Synthetic(
        name="case_records",
        frame=frame,
        tables={"complete": complete},
        seed=recorded_seed(seed),
        truth={"children": int(children.sum()), **_truth(unreported)},
    )


def case_record_chunks(
    n: int, *, years: tuple[int, int] = (2013, 2022), unreported: float = 1.0, seed: Seed = 0
) -> Iterator[pd.DataFrame]:
    """Draw the records of :func:`case_records` 100,000 at a time, for files larger than memory.

    Parameters
    ----------
    n : int
        Number of records.
    years, unreported, seed
        As for :func:`case_records`.

    Yields
    ------
    pandas.DataFrame
        The next rows of ``case_records(n, ...).frame``.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Counter-Trafficking Data Collaborative. Global Synthetic Dataset: names and codes of the columns.

    Examples
    --------
    >>> [len(rows) for rows in case_record_chunks(250_000)]
    [100000, 100000, 50000]
    """
    _check(n, years, unreported)
    for rng, rows in _chunks(n, seed):
        yield _chunk(rng, rows, years, unreported)[0]


def _check(n: int, years: tuple[int, int], unreported: float) -> None:
    """Check the options."""
    whole_number("n", n, low=1)
    first, last = (whole_number("years", year, low=1900, high=2100) for year in years)
    if first > last:
        raise SpecificationError(f"years == {years!r}, must be the first and the last year in order")
    in_range("unreported", unreported, 0)


def _chunks(n: int, seed: Seed) -> Iterator[tuple[np.random.Generator, int]]:
    """Give each chunk a stream of its own and its number of rows."""
    starts = range(0, n, ROWS_AT_ONCE)
    for child, start in zip(seed_sequence(seed).spawn(len(starts)), starts, strict=True):
        yield generator(child), min(ROWS_AT_ONCE, n - start)


def _chunk(
    rng: np.random.Generator, n: int, years: tuple[int, int], unreported: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw records, as a researcher meets them and complete."""
    year = years[0] + (rng.random(n) * (years[1] - years[0] + 1)).astype(np.int64)
    decades = (year - sum(years) / 2) / 10
    gender = categories(rng, model.over_years(model.GENDER, model.GENDER_TREND, decades))
    age = categories(rng, model.AGE[gender])
    child = (age < model.CHILD_BANDS).astype(np.int64)
    citizenship = categories(rng, model.citizenship_shares(), n)
    country = categories(rng, model.destination_shares()[citizenship])
    form = categories(rng, model.over_years(model.FORM[child, gender], model.FORM_TREND, decades))
    months = categories(rng, model.DURATION[form])
    complete = pd.DataFrame(
        {
            "yearOfRegistration": year,
            "gender": _labels(gender, model.GENDERS),
            "ageBroad": _labels(age, model.AGES),
            "citizenship": _labels(citizenship, model.CITIZENSHIPS),
            "CountryOfExploitation": _labels(country, model.exploitation_countries()),
            "traffickMonths": _labels(months, model.MONTHS),
            **_flags(rng, gender, child, form),
        }
    )[list(model.COLUMNS)]
    return _as_reported(rng, complete, decades, unreported), complete


def _labels(codes: Integers, names: tuple[str, ...]) -> Any:
    """Name the categories."""
    return pd.Categorical.from_codes(codes, categories=pd.Index(names))


def _flags(rng: np.random.Generator, gender: Integers, child: Integers, form: Integers) -> dict[str, Any]:
    """Draw all flags, 0 or 1."""
    labour, sexual = np.isin(form, (0, 2)), np.isin(form, (1, 2))
    severe = bernoulli(rng, np.full(len(form), model.SEVERE_SHARE))
    chances = np.array([[model.means_chances(s, c) for c in (0, 1)] for s in (0, 1)])
    means = bernoulli(rng, chances[severe, child, form])
    kind = categories(rng, model.LABOUR_KIND[gender])
    sex = bernoulli(rng, model.SEX_KIND[child])
    recruiter = categories(rng, model.RECRUITER[child, sexual.astype(np.int64)])
    flags: dict[str, Any] = dict(zip(model.MEANS, means.T, strict=True))
    flags |= dict(zip(model.EXPLOITATION, (labour, sexual, form == model.FORMS.index("other")), strict=True))
    flags |= {name: labour & (kind == i) for i, name in enumerate(model.LABOUR)}
    flags |= {name: sexual & (sex[:, i] == 1) for i, name in enumerate(model.SEX)}
    flags |= {name: recruiter == i for i, name in enumerate(model.RECRUITERS)}
    return {name: np.asarray(values, dtype=np.int8) for name, values in flags.items()}


def _as_reported(rng: np.random.Generator, complete: pd.DataFrame, decades: Floats, unreported: float) -> pd.DataFrame:
    """Leave blocks of questions out, and write a flag that is not 1 as missing."""
    hidden: dict[str, NDArray[np.bool_]] = {}
    for block, share in model.UNREPORTED.items():
        chance = expit(logit(_more_odds(share, unreported)) + model.UNREPORTED_TREND * decades)
        left_out = bernoulli(rng, chance) == 1
        hidden |= dict.fromkeys(model.BLOCKS.get(block, (block,)), left_out)
    columns: dict[str, Any] = {"yearOfRegistration": complete["yearOfRegistration"]}
    for name in model.TRAITS[1:]:
        columns[name] = complete[name].mask(hidden[name])
    for name in model.FLAGS:
        values = complete[name].to_numpy()
        columns[name] = pd.arrays.IntegerArray(values, (values == 0) | hidden[name])
    return pd.DataFrame(columns)


def _more_odds(share: float, factor: float) -> float:
    """Multiply the odds of a probability."""
    return factor * share / (1 - share + factor * share)


def _truth(unreported: float) -> dict[str, Any]:
    """Tabulate the probabilities in the middle year."""
    groups = pd.MultiIndex.from_product([("adult", "child"), model.GENDERS], names=["age", "gender"])
    by_form = pd.MultiIndex.from_product([("adult", "child"), model.FORMS], names=["age", "exploitation"])
    by_sex = pd.MultiIndex.from_product([("adult", "child"), ("no", "yes")], names=["age", "sexual_exploitation"])
    share = model.SEVERE_SHARE
    means = [(1 - share) * model.means_chances(0, child) + share * model.means_chances(1, child) for child in (0, 1)]
    hidden = {block: _more_odds(value, unreported) for block, value in model.UNREPORTED.items()}
    return {
        "exploitation": pd.DataFrame(model.FORM.reshape(-1, len(model.FORMS)), index=groups, columns=list(model.FORMS)),
        "means": pd.DataFrame(np.concatenate(means), index=by_form, columns=list(model.MEANS)),
        "recruiter": pd.DataFrame(model.RECRUITER.reshape(4, -1), index=by_sex, columns=[*model.RECRUITERS, "none"]),
        "age": pd.DataFrame(model.AGE, index=pd.Index(model.GENDERS, name="gender"), columns=list(model.AGES)),
        "unreported": pd.Series(hidden, name="share"),
    }
