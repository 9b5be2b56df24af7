"""The gate on a corpus of outputs: no leak passes, declared or not, and what is harmless does.

Half of the corpus was held back while the rules were written; each half is asked apart.
"""

from importlib import import_module

import pytest
from tests.privacy.corpus.parts import cases_of, held_back

HALVES = ("seen", "unseen")
KINDS = {
    "leaks_declared": ("leaks_declared",),
    "leaks_undeclared": ("leaks_undeclared",),
    "harmless_declared": ("harmless_declared", "harmless_results"),
}
AT_LEAST = {"leaks_declared": 80, "leaks_undeclared": 60, "harmless_declared": 150}
HARMLESS_SHARE = 0.99  # what the gate promises: one harmless output in a hundred may be kept for a person's eyes


def gathered(half, kind):
    """Gather the cases of one kind in one half."""
    modules = [import_module(f"tests.privacy.corpus.{half}_{name}") for name in KINDS[kind]]
    return [case for module in modules for case in cases_of(module)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_corpus_is_as_large_as_promised_and_halved(kind):
    seen, unseen = (gathered(half, kind) for half in HALVES)
    assert len(seen) + len(unseen) >= AT_LEAST[kind]
    assert abs(len(seen) - len(unseen)) <= len(KINDS[kind])
    assert not {case.__name__ for case in seen} & {case.__name__ for case in unseen}
    assert all(case.__doc__ for case in seen + unseen)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("kind", ["leaks_declared", "leaks_undeclared"])
def test_no_leak_passes(half, kind):
    passed = [f"{case.__name__}: {case.__doc__}" for case in gathered(half, kind) if not held_back(case)]
    assert not passed, "\n".join(passed)


@pytest.mark.parametrize("half", HALVES)
def test_what_is_harmless_passes(half):
    cases = gathered(half, "harmless_declared")
    kept = {case.__name__: found for case in cases if (found := held_back(case))}
    told = "\n".join(f"{name}: {'; '.join(found)}" for name, found in kept.items())
    assert 1 - len(kept) / len(cases) >= HARMLESS_SHARE, told
