"""The model of Fellegi and Sunter [1]_, fitted and applied by Splink [2]_ on DuckDB.

For each level of agreement, ``m`` is its chance among pairs that are one person and ``u`` among pairs that are not.
Pairs within a list are never one person, since a list holds nobody twice: ``u`` is counted on them, so that matches do
not blur it however small the lists are. ``m`` comes from Splink's EM. Everything runs on one thread in fixed order, so
that the same codes and seed give the same weights.

References
----------
.. [1] Fellegi, I. P. and Sunter, A. B. (1969). A theory for record linkage. Journal of the American Statistical
   Association 64(328), 1183-1210. https://doi.org/10.1080/01621459.1969.10501049
.. [2] Linacre, R., Lindsay, S., Manassis, T., Slade, Z., Hepworth, T., Kennedy, R. and Bond, A. (2022). Splink: free
   software for probabilistic record linkage at scale. International Journal of Population Data Science 7(3).
   https://doi.org/10.23889/ijpds.v7i3.1794
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.errors import FitError
from ctresearch.core.validate import require_extra
from ctresearch.data.linkage.comparisons import BLOCKS, Comparison
from ctresearch.data.linkage.frequency import code_frequency

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

MEMORY = "2GB"
_SAMPLED_PAIRS = 1_500_000
_SMALLEST = 1e-3
_CHUNKS = 5
_EM_STEPS = (12, 6, 3)
_ALL_PAIRS = 1_200_000
_EVERY_PAIR = "1 = 1"
_TRAINED_ON = (
    "l.given_sound = r.given_sound and l.family_sound = r.family_sound",
    "l.birth_date = r.birth_date",
)


@dataclass(frozen=True, slots=True)
class Scores:
    """Pairs that were compared, in order of their records.

    ``left`` and ``right`` (pairs,) count records through all lists; ``log_ratio`` (pairs,) is the log-likelihood
    ratio of one person against two; ``levels`` (pairs, comparisons) is the level of each comparison, -1 where nothing
    can be compared; ``chances`` holds ``m``, ``u`` and the weight in bits of every level, by comparison and words, and
    ``starts`` the chances from which EM started. ``all_pairs`` says whether every pair was compared, which is done for
    lists of up to about a thousand records.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    log_ratio: NDArray[np.float64]
    levels: NDArray[np.int8]
    chances: dict[str, dict[str, tuple[float, float, float]]]
    starts: tuple[tuple[float, ...], ...]
    all_pairs: bool


def score_pairs(coded: Mapping[str, pd.DataFrame], compared: tuple[Comparison, ...], *, seed: int) -> Scores:
    """Fit the model on coded lists and score their pairs: all of them, or in long lists those that a block lets meet.

    Parameters
    ----------
    coded : mapping of str to pandas.DataFrame
        List to its coded records.
    compared : tuple of Comparison
        What is compared.
    seed : int
        Seed of the sample of pairs on which ``u`` is counted.

    Returns
    -------
    Scores
        The pairs.

    Raises
    ------
    MissingExtraError
        If Splink is not installed; it comes with the extra ``linkage``.
    FitError
        If EM cannot estimate the weights.

    Examples
    --------
    >>> from ctresearch.data.linkage.comparisons import comparisons
    >>> from ctresearch.data.linkage.codes import Coder, Columns, code_list
    >>> from ctresearch.data.synthetic import person_lists
    >>> made = person_lists(n=80, lists=["police", "charity"], inclusion=0.6, seed=1)
    >>> columns, coder = Columns("given_name", "family_name", "birth_date"), Coder(b"k" * 32, "an example")
    >>> coded = {name: code_list(name, table, columns, coder) for name, table in made.tables.items()}
    >>> scores = score_pairs(coded, comparisons(0), seed=1)
    >>> scores.all_pairs, scores.levels.shape[1]
    (True, 3)
    """
    require_extra("splink", "linkage")
    sizes = np.array([len(frame) for frame in coded.values()])
    every = (sizes.sum() ** 2 - (sizes**2).sum()) / 2 <= _ALL_PAIRS
    with _quiet():
        unlinked = _chances_among_different(coded, compared, seed)
        model = _trained(coded, _settings(compared, unlinked, (_EVERY_PAIR,) if every else BLOCKS))
        with _linker(coded, model) as (linker, database):
            _tell_frequencies(linker, database, coded, compared, unlinked)
            found = linker.inference.predict(warning_mode="never").as_duckdbpyrelation()
            return _read_scores(found, sizes, compared, model, all_pairs=bool(every))


def _trained(coded: Mapping[str, pd.DataFrame], settings: dict[str, Any]) -> dict[str, Any]:
    """Estimate the chances among matches by EM.

    A level that no match has loses digits at every step, and Splink raises where none is left: then fewer steps do.
    """
    for steps in _EM_STEPS:
        try:
            return _without_zeros(_run_em(coded, settings | {"max_iterations": steps}))
        except ValueError:
            continue  # what Splink says of the codes stays here
    raise FitError(
        f"the weights of the agreements cannot be estimated from these lists of "
        f"{' and '.join(f'{len(frame):,}' for frame in coded.values())} records: too few of them agree in "
        "anything, or one column is the same throughout; link longer lists, or compare other columns"
    )


def _run_em(coded: Mapping[str, pd.DataFrame], settings: dict[str, Any]) -> dict[str, Any]:
    """Run EM on all pairs, or on blocks in which matches are common."""
    every = settings["blocking_rules_to_generate_predictions"][0]["blocking_rule"] == _EVERY_PAIR
    with _linker(coded, settings) as (linker, _):
        for rule in (_EVERY_PAIR,) if every else _TRAINED_ON:
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule, estimate_without_term_frequencies=True
            )
        model: dict[str, Any] = linker.misc.save_model_to_json()
        return model


def _settings(
    compared: tuple[Comparison, ...], unlinked: dict[str, list[float]], blocks: tuple[str, ...]
) -> dict[str, Any]:
    """Write Splink's settings; without blocks, those for counting levels within one list."""
    return {
        "link_type": "link_only" if blocks else "dedupe_only",
        "comparisons": [_comparison(one, unlinked.get(one.name)) for one in compared],
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in blocks],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
    }


def _comparison(one: Comparison, unlinked: list[float] | None) -> dict[str, Any]:
    """Write one comparison in Splink's terms, with where EM starts."""
    levels: list[dict[str, Any]] = [
        {"sql_condition": one.silent, "is_null_level": True, "label_for_charts": "not known"}
    ]
    for i, level in enumerate(one.levels):
        written: dict[str, Any] = {"sql_condition": level.condition or "ELSE", "label_for_charts": level.words}
        written["m_probability"] = level.start
        if level.frequency and unlinked:
            written["tf_adjustment_column"] = level.frequency
        if unlinked:
            written["u_probability"] = unlinked[i]
        levels.append(written)
    return {"output_column_name": one.name, "comparison_levels": levels}


@contextmanager
def _linker(coded: Mapping[str, pd.DataFrame], settings: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Open a linker on an in-memory database of its own, and close the database after use."""
    import duckdb
    import splink

    with duckdb.connect(":memory:", config={"threads": 1, "memory_limit": MEMORY}) as connection:
        database = splink.DuckDBAPI(connection)
        tables = [
            database.register(frame, dataset_display_name=f"list_{i:03d}") for i, frame in enumerate(coded.values())
        ]
        inputs = tables if len(tables) > 1 else tables[0]
        yield splink.Linker(inputs, settings, log_level=None, validate_settings=False), database


def _tell_frequencies(
    linker: Any,
    database: Any,
    coded: Mapping[str, pd.DataFrame],
    compared: tuple[Comparison, ...],
    unlinked: Mapping[str, Sequence[float]],
) -> None:
    """Give Splink the frequencies of codes, in place of those it would count over all lists.

    Of two different people who share a sound some share the spelling too, and are in the level before: the frequency
    of a sound is that of sharing it and no more.
    """
    for one in compared:
        for i, level in enumerate(one.levels):
            if level.frequency:
                beyond = unlinked[one.name][i] / sum(unlinked[one.name][: i + 1])
                frequency = beyond * code_frequency([frame[level.frequency] for frame in coded.values()])
                table = frequency.rename(f"tf_{level.frequency}").rename_axis(level.frequency).reset_index()
                registered = database.register(table)
                linker.table_management.register_term_frequency_lookup(registered, level.frequency)


def _chances_among_different(
    coded: Mapping[str, pd.DataFrame], compared: tuple[Comparison, ...], seed: int
) -> dict[str, list[float]]:
    """Count how often pairs within a list fall into each level, weighted by the lists' numbers of pairs."""
    total: dict[str, NDArray[np.float64]] = {}
    pairs_of = {name: len(frame) * (len(frame) - 1) / 2 for name, frame in coded.items()}
    for name, frame in coded.items():
        if len(frame) < 2:
            continue
        with _linker({name: frame}, _settings(compared, {}, ())) as (linker, _):
            chunks = _CHUNKS if pairs_of[name] > _SAMPLED_PAIRS else 1
            linker.training.estimate_u_using_random_sampling(
                _SAMPLED_PAIRS, seed=seed, min_count_per_level=None, num_chunks=chunks
            )
            model = linker.misc.save_model_to_json()
        counted = min(pairs_of[name], _SAMPLED_PAIRS)
        for comparison, levels in _levels(model):
            u = np.array([level.get("u_probability") or 0.0 for level in levels])
            total[comparison] = total.get(comparison, 0.0) + counted * u + 0.5 / len(u)
    return {name: (counts / counts.sum()).tolist() for name, counts in total.items()}


def _levels(model: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """List the comparisons of a model with their levels other than ``not known``."""
    for one in model["comparisons"]:
        yield one["output_column_name"], [lv for lv in one["comparison_levels"] if not lv.get("is_null_level")]


def _without_zeros(model: dict[str, Any]) -> dict[str, Any]:
    """Give every level a small chance among matches, so that no single disagreement rules a match out."""
    for _, levels in _levels(model):
        m = np.array([level.get("m_probability") or 0.0 for level in levels])
        m = np.maximum(m, _SMALLEST)
        for level, chance in zip(levels, m / m.sum(), strict=True):
            level["m_probability"] = float(chance)
    return model


def _read_scores(
    found: Any, sizes: NDArray[np.int64], compared: tuple[Comparison, ...], model: dict[str, Any], *, all_pairs: bool
) -> Scores:
    """Take the scored pairs out of the database."""
    parts = [f"mw_{one.name}" for one in compared]
    frequency = [f"mw_tf_adj_{one.name}" if any(level.frequency for level in one.levels) else "0.0" for one in compared]
    sides = [f"CAST(right(source_dataset_{s}, 3) AS INTEGER) AS list_{s}, unique_id_{s}" for s in "lr"]
    columns = [*sides, *parts, *(f"{one} AS tf_{i}" for i, one in enumerate(frequency))]
    got = found.project(", ".join(columns)).fetchnumpy()
    starts = np.r_[0, np.cumsum(sizes)]
    left, right = (starts[np.asarray(got[f"list_{s}"], dtype=int)] + np.asarray(got[f"unique_id_{s}"]) for s in "lr")
    order = np.lexsort((right, left))
    weights = np.column_stack([np.asarray(got[name], dtype=float) for name in parts])[order]
    adjusted = np.column_stack([np.asarray(got[f"tf_{i}"], dtype=float) for i in range(len(parts))])[order]
    chances = {
        name: {lv["label_for_charts"]: (lv["m_probability"], lv["u_probability"], _bits(lv)) for lv in levels}
        for name, levels in _levels(model)
    }
    bits = [np.array([weight for _, _, weight in levels.values()]) for levels in chances.values()]
    levels = np.column_stack([_nearest(weights[:, i], one) for i, one in enumerate(bits)])
    starts = tuple(tuple(level.start for level in one.levels) for one in compared)
    log_ratio = (weights + adjusted).sum(axis=1) * np.log(2)
    return Scores(left[order], right[order], log_ratio, levels, chances, starts, all_pairs)


def _nearest(weights: NDArray[np.float64], bits: NDArray[np.float64]) -> NDArray[np.int8]:
    """Read levels back from their weights; a weight of 0 means that nothing could be compared."""
    found = np.full(len(weights), -1, dtype=np.int8)
    distance = np.abs(weights)
    for level, weight in enumerate(bits):
        closer = np.abs(weights - weight) < distance
        found[closer] = level
        distance = np.where(closer, np.abs(weights - weight), distance)
    return found


def _bits(level: dict[str, Any]) -> float:
    """Return the weight of a level in bits."""
    return float(np.log2(level["m_probability"] / level["u_probability"]))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Splink's progress messages out of reports."""
    logger = logging.getLogger("splink")
    before, logger.disabled = logger.disabled, True
    children = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith("splink.")]
    states = [child.disabled for child in children]
    for child in children:
        child.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before
        for child, state in zip(children, states, strict=True):
            child.disabled = state
