"""The fit on a Dask cluster: real workers in processes of their own, and the same coefficients to the bit."""

from collections.abc import Iterator

import numpy as np
import pytest
from distributed import LocalCluster

from model.cluster import Cluster
from model.dataset import Dataset
from model.errors import JobError
from model.fitting import chunks_of, fit

CHUNK_ROWS = 400


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalCluster]:
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as running:
        yield running


def test_a_cluster_fits_the_same_coefficients(workers: LocalCluster, dataset: Dataset) -> None:
    """Law: where the sums are made, in which order and in what chunks changes no bit of the fit."""
    # given a fit in this process, in one chunk
    here = fit(chunks_of(dataset.table))
    # when the same rows are fitted in many chunks on two workers
    cluster = Cluster(workers.scheduler_address)
    there = fit(chunks_of(dataset.table, CHUNK_ROWS), cluster.run)
    cluster.close()
    # then there were many chunks, and all coefficients are the same
    assert len(dataset.table) > 3 * CHUNK_ROWS
    assert np.array_equal(here.coefficients, there.coefficients)
    assert np.array_equal(here.averages, there.averages)


def test_results_come_in_the_order_of_the_chunks(workers: LocalCluster) -> None:
    # given a cluster, when a function is run over numbers twice, then each time it is what map() gives
    cluster = Cluster(workers.scheduler_address)
    numbers = list(range(20))
    assert list(cluster.run(abs, numbers)) == numbers
    assert list(cluster.run(float, numbers)) == [float(number) for number in numbers]
    cluster.close()


def test_a_scheduler_that_is_not_there_is_named() -> None:
    # given an address where nothing listens, when a cluster is asked for, then the error says where it looked
    with pytest.raises(JobError, match="tcp://127.0.0.1:9"):
        Cluster("tcp://127.0.0.1:9", connect_seconds=1)
