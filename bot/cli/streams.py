"""The output streams of a command: terminals of any encoding, files, pipes whose reader has gone, full disks.

What goes to a file or another program is UTF-8, whatever the locale. A terminal gets what it can show. That words
cannot be written never interrupts the work they are about: it is remembered and told at the end.
"""

from __future__ import annotations

import io
import os
import select
import sys
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from typing import TextIO

    from typing_extensions import Buffer

_STDOUT, _STDERR = 1, 2


class _UnfailingFile(io.FileIO):
    """A file descriptor that takes everything and keeps the first error; that nobody reads on is none."""

    failure: OSError | None = None
    _gone = False

    def write(self, data: Buffer, /) -> int:
        """Write some of the data; how much."""
        while not self._gone:
            try:
                written: int | None = super().write(data)
            except OSError as error:
                self._gone = True
                self.failure = None if isinstance(error, BrokenPipeError) else error
                break
            if written is not None:
                return written
            select.select([], [self], [])  # somebody made it not wait for its reader
        return memoryview(data).nbytes


class Streams:
    """stdout and stderr as this process found them, made fit for whatever a command says."""

    def __init__(self) -> None:
        _occupy_standard_descriptors()
        self._out = _fit(sys.stdout, _STDOUT)
        self._err = _fit(sys.stderr, _STDERR)
        sys.stdout, sys.stderr = self._out, self._err

    def failure(self) -> OSError | None:
        """The error that kept text from being written to stdout, None when all was written or nobody wanted it."""
        for stream in (self._out, self._err):
            stream.flush()
        raw = getattr(getattr(self._out, "buffer", None), "raw", None)
        return raw.failure if isinstance(raw, _UnfailingFile) else None


def can_show(text: str, stream: TextIO) -> bool:
    """Whether a stream's encoding has these characters."""
    try:
        text.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _occupy_standard_descriptors() -> None:
    """Open the null device on 0, 1 or 2 if closed, as the next file opened would get that number, and our output."""
    opened = os.open(os.devnull, os.O_RDWR)
    while opened <= _STDERR:
        opened = os.open(os.devnull, os.O_RDWR)
    os.close(opened)


def _fit(stream: TextIO | None, descriptor: int) -> TextIO:
    if stream is not None and stream.isatty():
        cast("io.TextIOWrapper", stream).reconfigure(errors="replace")
        return stream
    outlet = _UnfailingFile(descriptor, "wb", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(outlet), encoding="utf-8", errors="replace", line_buffering=descriptor == _STDERR
    )
