"""Parts counted by the workers of a Dask cluster: on this machine, on Slurm or Kubernetes, or wherever Dask runs.

Dask sends a part to a worker, sends it to another one when that worker dies, and asks for more workers while parts
wait.  This module only makes sure that every part ends: Dask's own executor (``Client.get_executor``) leaves futures
pending when the client closes, and tasks on the cluster and tracebacks on the terminal when they are cancelled.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from typing import TYPE_CHECKING, Any

from theory.errors import InvalidInputError, imported

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as DaskFuture

_TIMEOUT = 10.0
"""Seconds within which a scheduler must answer."""
_RETRIES = 2
"""How often an error of a worker, full memory say, is attributed to that worker and the part given to another one."""
_REFRESH = 2.0
"""Seconds after which the scheduler is asked again for the number of workers."""
_NEWCOMERS = 8
"""Workers that may come at any moment."""


class Cluster(Executor):
    """The workers of a Dask client, which stays open; one that is closed or asynchronous raises InvalidInputError."""

    def __init__(self, client: Client) -> None:
        if client.asynchronous or client.status != "running":
            state = "asynchronous" if client.asynchronous else client.status
            raise InvalidInputError(f"the Dask client is {state}; give a synchronous one that is connected")
        self._client = client
        self._known = (-_REFRESH, _NEWCOMERS)

    @property
    def workers(self) -> int:
        """How many workers to have parts ready for: more than there are, for a cluster grows when something waits."""
        when, number = self._known
        if time.monotonic() - when >= _REFRESH:
            with contextlib.suppress(Exception):  # a client that is closed
                number = 2 * sum(self._client.nthreads().values()) + _NEWCOMERS
            self._known = (time.monotonic(), number)
        return number

    def share(self, data: bytes) -> Any:
        """What stands for the data among the arguments of a task; each worker that needs them fetches them once."""
        import dask

        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}):
            return self._client.submit(bytes, data, pure=False, retries=_RETRIES)

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Have it computed by a worker; ``BrokenExecutor`` if the client is closed or has lost its scheduler."""
        try:
            there = self._client.submit(function, *arguments, **named, pure=False, retries=_RETRIES)
        except Exception as error:
            raise BrokenExecutor(str(error)) from error
        here: Future[Any] = Future()
        here.add_done_callback(lambda _: there.cancel() if here.cancelled() else None)
        there.add_done_callback(functools.partial(_pass_on, here))
        return here


def _pass_on(here: Future[Any], there: DaskFuture) -> None:
    """Pass on the result, or any error on the way: the caller would wait forever for a future that never ends.

    An error that is not the task's own, as from a client that is closed while it fetches the result, is a
    ``BrokenExecutor``: it says nothing about the part.
    """
    if here.set_running_or_notify_cancel():
        try:
            here.set_result(there.result())
        except BaseException as error:
            here.set_exception(error if there.status == "error" else BrokenExecutor(str(error)))
    there.release()


def lost() -> tuple[type[BaseException], ...]:
    """The errors that say that a part was not counted, and nothing about the part."""
    dask = sys.modules.get("distributed")
    return (BrokenExecutor, CancelledError, OSError, MemoryError, *((dask.KilledWorker,) if dask else ()))


@contextlib.contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of the scheduler at an address such as ``tcp://scheduler:8786``; InvalidInputError if none answers."""
    distributed = imported("distributed", "cluster", f"--scheduler {address}")

    async def ask() -> Any:
        arguments = distributed.Security().get_connection_args("client")
        async with distributed.rpc(address, timeout=_TIMEOUT, connection_args=arguments) as peer:
            return (await peer.identity())["type"]

    try:  # before a client is made, which would leave threads behind if nothing answers
        kind = asyncio.run(asyncio.wait_for(ask(), _TIMEOUT + 1))
    except Exception as error:  # a program that is no scheduler may send anything
        reason = "no answer" if isinstance(error, OSError) else str(error) or type(error).__name__
        raise InvalidInputError(
            f"no Dask scheduler at {address!r} ({reason}); give the address that it prints when it starts, "
            "for example tcp://localhost:8786"
        ) from None
    if kind != "Scheduler":
        raise InvalidInputError(f"at {address} is a Dask {kind.lower()}; give the address of the scheduler")
    client = distributed.Client(address, timeout=_TIMEOUT, set_as_default=False)
    try:
        yield client
    finally:
        with contextlib.suppress(OSError):
            client.close(timeout=_TIMEOUT)
