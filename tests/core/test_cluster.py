"""Work on a Dask cluster: the bytes of the serial run, and nothing lost with a lost worker."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from ctresearch.core import SpecificationError
from ctresearch.core.parallel import map_chunks, workers
from ctresearch.core.random import streams

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def cluster():
    """Start a scheduler and two worker processes on this machine, at ports that are free."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as running:
        yield running.scheduler_address


def draw(chunk):
    """Draw from one stream."""
    return streams(11, 6)[chunk].random(4)


def draw_after_a_crash(job):
    """Draw, but the first time chunk 3 comes up its worker is killed."""
    folder, chunk = job
    marker = Path(folder) / "crashed"
    if chunk == 3 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return draw(chunk)


def test_a_cluster_gives_the_bytes_of_one_worker(cluster):
    with workers(1):
        alone = np.concatenate(map_chunks(draw, list(range(6))))
    with workers(cluster=cluster):
        spread = np.concatenate(map_chunks(draw, list(range(6))))
    assert alone.tobytes() == spread.tobytes()


def test_a_killed_worker_loses_nothing(cluster, tmp_path):
    with workers(cluster=cluster):
        spread = map_chunks(draw_after_a_crash, [(str(tmp_path), chunk) for chunk in range(6)])
    assert (tmp_path / "crashed").exists()
    assert np.concatenate(spread).tobytes() == np.concatenate([draw(chunk) for chunk in range(6)]).tobytes()


def test_a_cluster_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr("ctresearch.core.parallel.CONNECT_TIMEOUT", "1s")
    with (
        workers(cluster="tcp://127.0.0.1:9"),
        pytest.raises(SpecificationError, match=r"tcp://127.0.0.1:9.*dask scheduler"),
    ):
        map_chunks(draw, [0])


def test_a_cluster_without_workers_is_named(monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr("ctresearch.core.parallel.CONNECT_TIMEOUT", "1s")
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0") as idle,
        workers(cluster=idle.scheduler_address),
        pytest.raises(SpecificationError, match="has no workers: start some with `dask worker"),
    ):
        map_chunks(draw, [0])
