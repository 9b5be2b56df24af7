"""The same seed gives the same bytes, whatever the number of workers."""

import numpy as np
import pytest

from ctresearch.core import SpecificationError
from ctresearch.core.parallel import map_chunks, split, workers
from ctresearch.core.random import generator, seed_sequence, streams


def draw(job):
    seed, chunk = job
    return streams(seed, 5)[chunk].random(3)


@pytest.mark.parametrize("prefer", ["threads", "processes"])
def test_workers_do_not_change_the_bytes(prefer):
    jobs = [(7, chunk) for chunk in range(5)]
    with workers(1):
        alone = np.concatenate(map_chunks(draw, jobs, prefer=prefer))
    with workers(2):
        together = np.concatenate(map_chunks(draw, jobs, prefer=prefer))
    assert alone.tobytes() == together.tobytes()


def test_streams_depend_on_seed_and_position_alone():
    assert streams(7, 2)[1].random() == streams(7, 9)[1].random()
    assert streams(7, 2)[0].random() != streams(8, 2)[0].random()


def test_a_sequence_that_is_passed_in_keeps_its_own_state():
    sequence = np.random.SeedSequence(5)
    first = [g.random() for g in streams(sequence, 2)]
    assert sequence.n_children_spawned == 0
    assert first == [g.random() for g in streams(sequence, 2)]


def test_a_child_sequence_keeps_its_place():
    child = np.random.SeedSequence(5).spawn(3)[2]
    assert generator(child).random() == np.random.default_rng(child).random()


@pytest.mark.parametrize("seed", [None, -1, 1.5, True, "7"])
def test_seeds_that_cannot_be_repeated_are_refused(seed):
    with pytest.raises(SpecificationError, match="seed =="):
        seed_sequence(seed)


def test_chunks_come_back_in_order_with_a_bar():
    assert map_chunks(abs, [-3, 1, -2], progress="working") == [3, 1, 2]
    assert [list(r) for r in split(5, 2)] == [[0, 1], [2, 3], [4]]
    assert split(0, 2) == []


def test_options_are_checked():
    with pytest.raises(SpecificationError, match="jobs == 0"), workers(0):
        pass
    with pytest.raises(SpecificationError, match="prefer == 'gpu'"):
        map_chunks(abs, [1], prefer="gpu")
