"""A proxy before a PostgreSQL server that cuts connections where it is told, or goes silent there.

It counts what a client asks once it has logged in. Statements of ours come in one piece each, so that a piece is one
question, and what comes back before the next question is its answer.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_SOCKET = ".s.PGSQL.5432"
# What a client begins with has no type of message, but a length: a start, a request to encrypt, or one to cancel.
_BEGINNINGS = b"\x00"
_READY = b"Z\x00\x00\x00\x05"


class Cut(Enum):
    """When a question that was chosen comes to nothing."""

    BEFORE = auto()  # the server never gets it
    AFTER = auto()  # the server answers, and nobody hears it
    SILENT_BEFORE = auto()
    SILENT_AFTER = auto()


class DatabaseProxy:
    """A proxy before a server. `asked` counts the questions since it was last told where to cut."""

    def __init__(self, server: Path, folder: Path) -> None:
        self._server = server
        self.folder = folder
        self.asked = 0
        self._cut: tuple[int, Cut] | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._handling: set[asyncio.Task[None]] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[DatabaseProxy]:
        """A proxy before the server of an address, which is one of a Unix socket."""
        server = Path(unquote(url.partition("host=")[2])) / _SOCKET
        with TemporaryDirectory(prefix="paperboy-px-") as folder:
            proxy = cls(server, Path(folder))
            listening = await asyncio.start_unix_server(proxy._handle, Path(folder) / _SOCKET)
            try:
                yield proxy
            finally:
                listening.close()
                proxy.cut_all()
                await asyncio.gather(*proxy._handling, return_exceptions=True)

    def address(self, url: str) -> str:
        """The address of a database of the server's by way of the proxy."""
        return f"{url.partition('host=')[0]}host={self.folder}"

    def cut(self, number: int, how: Cut) -> None:
        """Let the question of this number, counted from 1 and from now on, come to nothing."""
        self.asked, self._cut = 0, (number, how)

    def cut_all(self) -> None:
        """Cut all connections there are."""
        for writer in [*self._open]:
            writer.transport.abort()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._handling.add(task)
        task.add_done_callback(self._handling.discard)
        with suppress(OSError):
            from_server, to_server = await asyncio.open_unix_connection(self._server)
            self._open |= {writer, to_server}
            line = _Line(self, writer, to_server)
            try:
                await asyncio.gather(line.pass_questions(reader), line.pass_answers(from_server))
            finally:
                self._open -= {writer, to_server}
                to_server.transport.abort()
                writer.transport.abort()

    def next_cut(self) -> Cut | None:
        """What becomes of the question that comes now."""
        self.asked += 1
        if self._cut is None or self.asked != self._cut[0]:
            return None
        how, self._cut = self._cut[1], None
        return how


class _Line:
    """A client and its connection to the server."""

    def __init__(self, proxy: DatabaseProxy, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._cut: Cut | None = None

    async def pass_questions(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(1 << 20):
            if self._cut:
                continue  # silent
            if not data.startswith(_BEGINNINGS):
                self._cut = self._proxy.next_cut()
            if self._cut is Cut.BEFORE:
                break
            if self._cut is not Cut.SILENT_BEFORE:
                self._server.write(data)
        self._hang_up()

    async def pass_answers(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(1 << 20):
            if self._cut is None:
                self._client.write(data)
            elif self._cut is Cut.AFTER and _READY in data:
                break
        if self._cut not in (Cut.SILENT_BEFORE, Cut.SILENT_AFTER):
            self._hang_up()

    def _hang_up(self) -> None:
        self._client.transport.abort()
        self._server.transport.abort()
