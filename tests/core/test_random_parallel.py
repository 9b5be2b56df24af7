"""The same seed gives the same bytes, whatever the number of workers."""

import os
import threading
import time
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

from ctresearch.core import SpecificationError, parallel
from ctresearch.core.parallel import available_cores, map_chunks, split, workers
from ctresearch.core.random import generator, recorded_seed, seed_sequence, streams


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


def test_the_number_of_a_seed_is_recorded_where_it_has_one():
    assert recorded_seed(7) == recorded_seed(np.int64(7)) == recorded_seed(np.random.SeedSequence(7)) == 7
    assert recorded_seed(np.random.SeedSequence(7).spawn(1)[0]) is None
    assert recorded_seed(np.random.SeedSequence([1, 2])) is None
    assert type(recorded_seed(np.int64(7))) is int
    assert recorded_seed(0) == 0


def test_streams_are_those_of_numpy():
    own = [np.random.default_rng(child).random() for child in np.random.SeedSequence(7).spawn(3)]
    assert [one.random() for one in streams(7, 3)] == own
    assert generator(7).random() == np.random.default_rng(7).random()
    wide = np.random.SeedSequence(3, pool_size=8)
    copy = seed_sequence(wide)
    assert copy is not wide
    assert (copy.entropy, copy.pool_size) == (3, 8)
    assert generator(wide).random() == np.random.default_rng(np.random.SeedSequence(3, pool_size=8)).random()


def thread(_):
    return threading.get_ident(), os.getpid()


def test_work_goes_where_it_is_preferred():
    here = (threading.get_ident(), os.getpid())
    with workers(1):
        assert set(map_chunks(thread, [1, 2, 3])) == {here}
    with workers(2):
        assert {pid for _, pid in map_chunks(thread, [1, 2, 3])} == {os.getpid()}
        assert os.getpid() not in {pid for _, pid in map_chunks(thread, [1, 2, 3], prefer="processes")}
        assert set(map_chunks(thread, [1])) == {here}  # one chunk needs no worker
    assert map_chunks(abs, []) == []


def test_the_environment_sets_workers_where_the_code_does_not(monkeypatch):
    monkeypatch.setenv("CTRESEARCH_JOBS", "1")
    assert set(map_chunks(thread, [1, 2])) == {(threading.get_ident(), os.getpid())}
    monkeypatch.setattr(parallel, "_map_on_cluster", lambda function, chunks, address: (function, chunks, address))
    monkeypatch.setenv("CTRESEARCH_CLUSTER", "tcp://a:1")
    assert map_chunks(abs, [1]) == (abs, [1], "tcp://a:1")
    with workers(cluster="tcp://b:2"):
        assert map_chunks(abs, [1]) == (abs, [1], "tcp://b:2")
    assert map_chunks(abs, [1]) == (abs, [1], "tcp://a:1")
    monkeypatch.delenv("CTRESEARCH_CLUSTER")
    with pytest.raises(ZeroDivisionError), workers(1, cluster="tcp://b:2"):
        raise ZeroDivisionError
    assert map_chunks(abs, [-1]) == [1]  # what was set inside is gone


def test_cores_are_those_this_process_may_use(monkeypatch):
    if hasattr(os, "sched_getaffinity"):
        assert available_cores() == len(os.sched_getaffinity(0))
        monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert available_cores() == 5
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_cores() == 1


class Bar:
    """A bar that keeps what it was asked."""

    made: ClassVar[list] = []

    def __init__(self, **options):
        self.options, self.steps, self.closed = options, 0, False
        Bar.made.append(self)

    def update(self):
        self.steps += 1

    def close(self):
        self.closed = True


@pytest.fixture
def bars(monkeypatch):
    import tqdm.auto

    monkeypatch.setattr(tqdm.auto, "tqdm", Bar)
    monkeypatch.setattr(Bar, "made", [])
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr(parallel, "BAR_AFTER", 0.02)
    return Bar.made


def wait_for_bar(count):
    """Take as long as it takes a bar to show itself."""

    def work(value):
        for _ in range(500):
            if len(Bar.made) >= count:
                break
            time.sleep(0.01)
        return abs(value)

    return work


@pytest.mark.parametrize("jobs", [1, 2])
def test_slow_work_has_a_bar_before_its_first_piece_is_done(bars, jobs):
    with workers(jobs):
        assert map_chunks(wait_for_bar(1), [-1, 2], progress="Bootstrap") == [1, 2]
    (bar,) = bars
    assert bar.options == {"total": 2, "initial": 0, "desc": "Bootstrap", "leave": False}
    assert (bar.steps, bar.closed) == (2, True)


def test_work_inside_work_has_no_bar_of_its_own_and_the_next_one_has(bars):
    with workers(1):
        inner = map_chunks(lambda _: map_chunks(wait_for_bar(1), [-3], progress="inner"), [0], progress="outer")
        assert inner == [[3]]
        map_chunks(wait_for_bar(2), [1])
    assert [bar.options["desc"] for bar in bars] == ["outer", "Working"]


def test_quick_work_has_no_bar_nor_has_silent_work(bars, monkeypatch):
    monkeypatch.setattr(parallel, "BAR_AFTER", 60.0)
    with workers(1):
        assert map_chunks(abs, [-1, 2]) == [1, 2]
        monkeypatch.setattr(parallel, "BAR_AFTER", 0.0)
        monkeypatch.setenv("TQDM_DISABLE", "1")
        assert map_chunks(lambda value: time.sleep(0.03) or value, [1]) == [1]
    assert bars == []


def test_work_that_fails_takes_its_bar_away(bars):
    def fail(value):
        wait_for_bar(1)(value)
        raise ValueError("no")

    with workers(1), pytest.raises(ValueError, match="no"):
        map_chunks(fail, [1])
    assert bars[0].closed
    assert not parallel._showing.locked()


def test_chunks_cover_the_work_once():
    assert split(4, 2) == [range(2), range(2, 4)]
    assert split(1, 5) == [range(1)]


def test_a_cluster_is_asked_for_each_chunk_once(monkeypatch):
    asked = {}

    class Client:
        def __init__(self, address, **options):
            asked.update(address=address, **options)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            asked["closed"] = True

        def wait_for_workers(self, n, timeout):
            asked["workers"] = (n, timeout)

        def map(self, function, chunks, **options):
            asked.update(chunks=chunks, **options)
            return [function(chunk) for chunk in chunks]

        def gather(self, futures):
            return tuple(futures)

    monkeypatch.setattr(parallel, "require_extra", lambda package, extra: SimpleNamespace(Client=Client, at=extra))
    with workers(cluster="tcp://a:1"):
        assert map_chunks(abs, (-1, 2)) == [1, 2]
    assert asked == {
        "address": "tcp://a:1",
        "timeout": "10s",
        "set_as_default": False,
        "workers": (1, "10s"),
        "chunks": [-1, 2],
        "pure": False,
        "retries": 3,
        "closed": True,
    }
