"""A PostgreSQL server that can be taken away, and the way to it, which can be cut."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fleet.processes import CpuTime, cpu_of, cpu_of_children
from tests.postgres import stoppable_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.postgres import Installation
    from tests.postgres import Server as StoppableServer

# What stands in the statement that takes a message to send it, and in no other.
CLAIMS = b"state = 'claimed', claimed_at"
_CHUNK = 1 << 16


class Server:
    """A server that may be stopped, and its processor time."""

    def __init__(self, running: StoppableServer) -> None:
        self._running = running
        self._cpu_before = CpuTime(0.0)
        self.address = running.address
        self.socket = running.socket

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it and start it again: SIGINT ends what goes on in order, SIGQUIT as if the machine had failed."""
        self._cpu_before = self.cpu()
        self._running.stop(how)
        self._running.start()

    def cpu(self) -> CpuTime:
        """The processor time of all its processes since its first start."""
        pid = self._running.pid
        if pid is None:
            return self._cpu_before
        return self._cpu_before + cpu_of(pid, with_ended_children=True) + cpu_of_children(pid)


@contextmanager
def open_server(installation: Installation) -> Iterator[Server]:
    """A server with an empty database, thrown away when the block ends. Nothing is synced to the disk."""
    with stoppable_server(installation) as running:
        yield Server(running)


@dataclass
class _Stopping:
    pid: int
    stopped: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Way:
    """The way of one replica to the server: a TCP proxy.

    It can be cut, and it can stop the replica right after the server has written down that a message is its to send.
    """

    port: int
    socket: str
    connections: set[asyncio.StreamWriter] = field(default_factory=set)
    is_closed: bool = False
    stopping: _Stopping | None = None

    @property
    def url(self) -> str:
        """`DATABASE_URL` of whoever goes this way."""
        return f"postgresql://paperboy@127.0.0.1:{self.port}/postgres?sslmode=disable&gssencmode=disable"

    def cut(self) -> int:
        """Cut every connection, at whatever it is; how many there were."""
        number = len(self.connections)
        for connection in [*self.connections]:
            connection.transport.abort()
        return number

    async def stop_after_claim(self, pid: int) -> None:
        """Stop a process when its next claim on a message is committed and before it hears so; returns then."""
        self.stopping = _Stopping(pid)
        await self.stopping.stopped.wait()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_closed:
            writer.transport.abort()
            return
        try:
            upstream_reader, upstream = await asyncio.open_unix_connection(self.socket)
        except OSError:
            writer.transport.abort()
            return
        self.connections |= {writer, upstream}
        claims = _Claims()
        try:
            await asyncio.gather(
                self._copy(reader, upstream, claims, asks=True),
                self._copy(upstream_reader, writer, claims, asks=False),
            )
        finally:
            self.connections -= {writer, upstream}

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, claims: _Claims, *, asks: bool
    ) -> None:
        try:
            while chunk := await reader.read(_CHUNK):
                if asks:
                    claims.note(chunk)
                elif claims.is_committed:
                    claims.is_committed = False
                    if self.stopping:
                        stopping, self.stopping = self.stopping, None
                        with suppress(ProcessLookupError):
                            os.kill(stopping.pid, signal.SIGSTOP)
                        stopping.stopped.set()
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.transport.abort() if writer.transport.is_closing() else writer.close()


@dataclass
class _Claims:
    """What a connection was asked lately: a claim, and to commit it."""

    is_claimed: bool = False
    is_committed: bool = False

    def note(self, chunk: bytes) -> None:
        self.is_claimed = self.is_claimed or CLAIMS in chunk
        if self.is_claimed and b"COMMIT" in chunk:
            self.is_claimed, self.is_committed = False, True


@asynccontextmanager
async def open_way(server: Server) -> AsyncIterator[Way]:
    """A way to the server, closed when the block ends."""
    way = Way(0, server.socket)
    listening = await asyncio.start_server(way._pass_on, "127.0.0.1", 0)
    way.port = listening.sockets[0].getsockname()[1]
    try:
        yield way
    finally:
        way.is_closed = True
        listening.close()
        way.cut()
