"""Long counts on a real Dask cluster of worker processes: workers that die, parts given up, a client that closes."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from functools import cache

import pytest
from distributed import Client, KilledWorker, LocalCluster
from distributed.comm import CommClosedError
from drawn import random_network
from places import ROOT

from theory.errors import InvalidInputError
from theory.formats import save
from verify import count
from verify.counting.estimates import region_estimate
from verify.counting.estimates.draws import replay
from verify.counting.long import team

NETWORK = random_network(3, 3, 8, 6)


@cache
def number() -> int:
    """Counted once, by the first test that asks."""
    return int(count(NETWORK))


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalCluster]:
    """Two processes, with web pages at ports that are free: without an address Dask takes port 8787 for them."""
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address=None,
        silence_logs="CRITICAL",
    ) as local:
        yield local


@pytest.fixture
def client(workers: LocalCluster) -> Iterator[Client]:
    with Client(workers, set_as_default=False) as connected:
        connected.wait_for_workers(1, timeout=60)
        yield connected


def at_report(number: int, deed: Callable[[], object]) -> Callable[[object], None]:
    """A report that does something at one of its calls."""
    calls = itertools.count(1)

    def report(_run: object) -> None:
        if next(calls) == number:
            deed()

    return report


def killing(client: Client) -> Callable[[object], None]:
    """One worker is halted, so that parts wait for it, and killed a moment later."""
    victim = next(iter(client.run(os.getpid).values()))

    def halt() -> None:
        os.kill(victim, signal.SIGSTOP)
        threading.Timer(0.5, os.kill, (victim, signal.SIGKILL)).start()

    return at_report(5, halt)


def test_the_command_counts_on_a_cluster(run, workers: LocalCluster, tmp_path):
    save(NETWORK, tmp_path / "net.json")
    answer = run("count", tmp_path / "net.json", "--scheduler", workers.scheduler_address, "--json")
    assert json.loads(answer.out)["count"] == number()


def test_the_command_draws_on_a_cluster(run, workers: LocalCluster, tmp_path, monkeypatch: pytest.MonkeyPatch):
    """The same draws as here."""
    monkeypatch.setattr(region_estimate, "_COUNTING", 1e-4)
    network = random_network(0, 7, 10, 10)  # not counted in a tenth of a second
    save(network, tmp_path / "net.json")
    there = ("--scheduler", workers.scheduler_address, "--transcript", tmp_path / "draws")
    answer = json.loads(run("estimate", tmp_path / "net.json", *there, "--error", "0.9", "--json").out)
    assert answer["reached"]
    assert answer["draws"]["sets"]
    assert replay(tmp_path / "draws", network, every=10).wrong == ()


@pytest.mark.usefixtures("impatient")
def test_nothing_is_left_on_the_cluster(workers: LocalCluster, client: Client):
    bracket = count(NETWORK, executor=client, budget_regions=number() // 2)
    assert number() // 2 <= bracket.lower <= number() <= bracket.upper
    deadline = time.monotonic() + 60
    while workers.scheduler.tasks and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not workers.scheduler.tasks
    assert team.Cluster(client).workers > 2


def test_workers_of_another_version_refuse(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(team, "__version__", "0.0.1")
    with pytest.raises(InvalidInputError, match=r"a worker has linregions .*, the process that counts has 0\.0\.1"):
        count(NETWORK, executor=client)


def test_only_open_clients_are_taken(workers: LocalCluster):
    with Client(workers, set_as_default=False) as closed:
        pass
    with pytest.raises(InvalidInputError, match="the Dask client is closed"):
        count(NETWORK, executor=closed)


def test_an_address_without_a_scheduler_is_refused(
    run, workers: LocalCluster, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(team, "_TIMEOUT", 0.2)
    save(NETWORK, tmp_path / "net.json")
    with socket.socket() as deaf, socket.socket() as mute:
        deaf.bind(("127.0.0.1", 0))
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        (worker, *_) = workers.scheduler.workers
        for address, reason in (
            (f"tcp://127.0.0.1:{deaf.getsockname()[1]}", "(no answer)"),
            (f"tcp://127.0.0.1:{mute.getsockname()[1]}", "(no answer)"),
            ("127.0.0.1", "(missing port number"),
            ("soap://127.0.0.1:1", "(unknown address scheme"),
            (worker, "give the address of the scheduler"),
        ):
            error = run("count", tmp_path / "net.json", "--scheduler", address, code=2).err
            assert reason in error
            assert len(error.splitlines()) == 1
    error = run("count", tmp_path / "net.json", "--scheduler", "tcp://127.0.0.1:1", "--jobs", "2", code=2).err
    assert "--jobs and --scheduler each say what counts; give one" in error


def test_a_missing_extra_is_named(run, tmp_path, monkeypatch: pytest.MonkeyPatch):
    save(NETWORK, tmp_path / "net.json")
    monkeypatch.setitem(sys.modules, "distributed", None)
    error = run("count", tmp_path / "net.json", "--scheduler", "tcp://127.0.0.1:1", code=2).err
    assert 'pip install "linregions[cluster]"' in error
    assert len(error.splitlines()) == 1


class Unreliable(Executor):
    """Loses four parts of five, in all ways that there are."""

    def __init__(self) -> None:
        self._errors = itertools.cycle(
            [None, KilledWorker("part", None, 3), CancelledError(), CommClosedError("gone"), BrokenExecutor("gone")]
        )

    def submit(self, function, /, *arguments):
        result = Future()
        error = next(self._errors)
        if error is None:
            result.set_result(function(*arguments))
        else:
            result.set_exception(error)
        return result


@pytest.mark.usefixtures("impatient")
def test_lost_parts_are_counted_here(monkeypatch: pytest.MonkeyPatch):
    seen, lost = list[None](), team.lost
    monkeypatch.setattr(team, "lost", lambda: seen.append(None) or lost())
    result = count(NETWORK, executor=Unreliable())
    assert result == number()
    assert len(seen) > result.statistics["finished"] / 2


@pytest.mark.usefixtures("impatient")
def test_a_client_that_closes_leaves_the_count_to_this_process(client: Client):
    assert count(NETWORK, executor=client, report=at_report(20, client.close)) == number()


@pytest.mark.parametrize(
    ("status", "raised"), [("finished", BrokenExecutor), ("lost", BrokenExecutor), ("error", ValueError)]
)
def test_an_error_on_the_way_says_nothing_about_the_part(status, raised):
    """As when the client closes between the end of a task and the fetching of its result."""

    class There:
        def __init__(self):
            self.status = status

        def result(self):
            raise ValueError("ConnectionPool is closed")

        def release(self):
            pass

    here: Future[int] = Future()
    team._pass_on(here, There())
    with pytest.raises(raised, match="ConnectionPool is closed"):
        here.result()
    assert issubclass(BrokenExecutor, team.lost())


@pytest.mark.usefixtures("impatient")
def test_a_killed_worker_changes_nothing(client: Client):
    assert count(NETWORK, executor=client, report=killing(client)) == number()


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
def test_a_part_that_dask_gives_up_is_counted_here(
    workers: LocalCluster, client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(workers.scheduler, "allowed_failures", 0)
    assert count(NETWORK, executor=client, report=killing(client)) == number()


@pytest.mark.slow
def test_the_demonstration_ends_verified(tmp_path):
    script = ROOT / "docs" / "demonstration.py"
    run = subprocess.run([sys.executable, script, tmp_path, "--quick"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("is killed with SIGKILL") == 2
    assert run.stdout.endswith("VERIFIED 10903\n")
