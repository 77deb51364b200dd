"""Python programs for tests without the second that every start of Paperboy takes: imported once, forked for each.

`start_python("-m", "bot", "fetch", …)` is `python -m bot fetch …` in a process of its own: its own arguments, folder,
environment and standard streams, killed by signals and ended by its exit code like any other. Each test worker has one
server, a process that has imported `bot.cli.main` before the first of them, so that each costs no more than it does.

What an interpreter reads only when it starts (the locale, `PYTHON…`) and systems without `os.fork` get an interpreter
of their own.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import gc
import importlib
import io
import json
import os
import re
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from bot.network import DIRECT
from bot.templating.catalogues import catalogue, languages
from bot.templating.environment import environment
from bot.text.emoji import standard_emoji
from tests.disk import wait_for_no_disk

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[1]
_READ_WHEN_AN_INTERPRETER_STARTS = re.compile(r"PYTHON(?!IOENCODING$).+|LANG|LANGUAGE|LC_.+")
_LENGTH = struct.Struct("!I")
_NOT_WRITTEN = 120  # the exit code of an interpreter that could not write all of its output
_LOADED_WHEN_FIRST_USED = (
    *("httpcore", "anyio._backends._asyncio"),  # for the first request
    *("bot.cli.run", "bot.messages.as_text", "bot.summaries.extract", "bot.summaries.takeaways", "rich.progress"),
)
_DESCRIPTORS = 4  # its stdin, stdout and stderr, and where its process id and its exit status are told


class Command(Protocol):
    """A process, as `asyncio.subprocess.Process` has it."""

    stdin: asyncio.StreamWriter | None
    stdout: asyncio.StreamReader | None
    stderr: asyncio.StreamReader | None

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""

    async def wait(self) -> int: ...

    async def communicate(self) -> tuple[bytes, bytes]: ...

    def send_signal(self, signal: int) -> None: ...

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


async def start_python(
    *arguments: str,
    env: Mapping[str, str],
    cwd: Path = ROOT,
    stdin: int = DEVNULL,
    stdout: int = PIPE,
    stderr: int = PIPE,
    anew: bool = False,
) -> Command:
    """Start `python -m …` or `python -c …` with this environment and no other; `anew` is an interpreter of its own."""
    at_start = any(_READ_WHEN_AN_INTERPRETER_STARTS.fullmatch(name) for name in env)
    if anew or at_start or not hasattr(os, "fork"):
        return await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=cwd, env=env, stdin=stdin, stdout=stdout, stderr=stderr
        )
    return await _Forked.start({"arguments": arguments, "cwd": str(cwd), "env": {**env}}, stdin, stdout, stderr)


def start_beside(*arguments: str, env: Mapping[str, str]) -> tuple[int, io.FileIO, io.FileIO]:
    """Start a program for more than one test: its process id, its stdin and its stdout; it writes to our stderr."""
    (theirs_in, ours_in), (ours_out, theirs_out), (told, tells) = os.pipe(), os.pipe(), os.pipe()
    _ask({"arguments": arguments, "cwd": str(ROOT), "env": {**env}}, [theirs_in, theirs_out, 2, tells])
    for descriptor in (theirs_in, theirs_out, tells):
        os.close(descriptor)
    with io.FileIO(told, "rb") as telling:
        pid = int(telling.readline())
    return pid, io.FileIO(ours_in, "wb"), io.FileIO(ours_out, "rb")


# the tests' side ------------------------------------------------------------------------------------------------------


class _Forked:
    """A command that the server forked."""

    def __init__(self, pid: int, told: asyncio.StreamReader, ends: _Ends) -> None:
        self.pid = pid
        self.stdin, self.stdout, self.stderr = ends.stdin, ends.stdout, ends.stderr
        self._told = told
        self._ending = asyncio.ensure_future(self._end())

    @classmethod
    async def start(cls, request: dict[str, Any], stdin: int, stdout: int, stderr: int) -> _Forked:
        with contextlib.ExitStack() as theirs:
            ends = _Ends()
            given = [
                await ends.give_stdin(stdin, theirs),
                await ends.give_output("stdout", stdout, theirs),
                await ends.give_output("stderr", stderr, theirs),
            ]
            told, tells = await _pipe_to_read(theirs)
            _ask(request, [*given, tells])
        return cls(int(await told.readline()), told, ends)

    @property
    def returncode(self) -> int | None:
        return self._ending.result() if self._ending.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self._ending)

    async def communicate(self) -> tuple[bytes, bytes]:
        out, err, _ = await asyncio.gather(_rest(self.stdout), _rest(self.stderr), self.wait())
        return out, err

    def send_signal(self, signal: int) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def _end(self) -> int:
        status = int(await self._told.readline())
        await self._told.read()
        return status


@dataclass(slots=True)
class _Ends:
    """Our ends of a command's standard streams."""

    stdin: asyncio.StreamWriter | None = None
    stdout: asyncio.StreamReader | None = None
    stderr: asyncio.StreamReader | None = None

    async def give_stdin(self, what: int, theirs: contextlib.ExitStack) -> int:
        """The descriptor the command gets; what has to be closed here afterwards goes to `theirs`."""
        if what != PIPE:
            return _descriptor(what, theirs)
        read, write = os.pipe()
        theirs.callback(os.close, read)
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.connect_write_pipe(
            lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), io.FileIO(write, "wb")
        )
        self.stdin = asyncio.StreamWriter(transport, protocol, None, loop)
        return read

    async def give_output(self, name: str, what: int, theirs: contextlib.ExitStack) -> int:
        """The descriptor the command gets; what has to be closed here afterwards goes to `theirs`."""
        if what != PIPE:
            return _descriptor(what, theirs)
        reader, write = await _pipe_to_read(theirs)
        setattr(self, name, reader)
        return write


def _descriptor(what: int, theirs: contextlib.ExitStack) -> int:
    if what != DEVNULL:
        return what
    nowhere = os.open(os.devnull, os.O_RDWR)
    theirs.callback(os.close, nowhere)
    return nowhere


async def _pipe_to_read(theirs: contextlib.ExitStack) -> tuple[asyncio.StreamReader, int]:
    read, write = os.pipe()
    theirs.callback(os.close, write)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), io.FileIO(read, "rb")
    )
    return reader, write


async def _rest(reader: asyncio.StreamReader | None) -> bytes:
    return await reader.read() if reader else b""


def _ask(request: dict[str, Any], descriptors: list[int]) -> None:
    message = json.dumps(request).encode()
    server = _server()
    socket.send_fds(server, [_LENGTH.pack(len(message))], descriptors)
    server.sendall(message)


@functools.cache
def _server() -> socket.socket:
    """Where this process asks for commands; its server ends with it."""
    ours, theirs = socket.socketpair()
    # Started like the commands, that is without the locale of whoever runs the tests.
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.command_server", str(theirs.fileno())],
        cwd=ROOT,
        env={"PATH": ""},
        stdin=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


# the server's side ----------------------------------------------------------------------------------------------------


def _serve(asked: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Fork for every request: in a child what it was asked for, in the server None once nobody asks any more."""
    woken, wakes = os.pipe()
    for each in (woken, wakes):
        os.set_blocking(each, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    told: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([asked.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _tell_who_ended(told)
        if asked.fileno() not in ready:
            continue
        header, descriptors, _, _ = socket.recv_fds(asked, _LENGTH.size, _DESCRIPTORS)
        if not header:
            _tell_who_ended(told)
            return None
        request = json.loads(_exactly(asked, *_LENGTH.unpack(header)))
        tells = descriptors.pop()
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asked.close()
            for each in (woken, wakes, tells, *told.values()):
                os.close(each)
            return request, descriptors
        for each in descriptors:
            os.close(each)
        os.write(tells, f"{pid}\n".encode())
        told[pid] = tells


def _tell_who_ended(told: dict[int, int]) -> None:
    for pid in list(told):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            tells = told.pop(pid)
            with contextlib.suppress(BrokenPipeError):  # the test has gone, and nobody waits for it any more
                os.write(tells, f"{os.waitstatus_to_exitcode(status)}\n".encode())
            os.close(tells)


def _exactly(source: socket.socket, count: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < count:
        pieces += source.recv(count - len(pieces))
    return bytes(pieces)


def _settle_in(request: dict[str, Any], descriptors: list[int]) -> None:
    """Make this process look as if it had been started with these streams, this environment and in this folder."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = _like(getattr(sys, name), number)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _like(stream: Any, descriptor: int) -> Any:
    """A standard stream again, as an interpreter makes it: a terminal is written to line by line."""
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "").partition(":")
    if encoding and not errors:
        errors = "strict"
    return open(
        descriptor,
        stream.mode,
        buffering=1 if os.isatty(descriptor) or descriptor == 2 else -1,
        encoding=encoding or stream.encoding,
        errors=stream.errors if descriptor == 2 else errors or stream.errors,
        closefd=False,
    )


def _run(way: str, what: str, *arguments: str) -> NoReturn:
    """Run a program to its end, as an interpreter does but for taking itself apart, which costs more than most do."""
    code: object = 0
    is_interrupted = False
    try:
        if way == "-m":
            sys.argv = [what, *arguments]
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            sys.argv = [way, *arguments]
            exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})
    except SystemExit as ended:
        code = ended.code
    except BaseException as error:
        traceback.print_exc()
        code, is_interrupted = 1, isinstance(error, KeyboardInterrupt)
    if not isinstance(code, int | None):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # as an interpreter waits for threads
    atexit._run_exitfuncs()
    written = _flushed()
    if is_interrupted:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit((code or 0) & 0xFF if written else _NOT_WRITTEN)


def _flushed() -> bool:
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
    except OSError:
        return False
    return True


def warm_up(*modules: str) -> None:
    """Do what takes long, and is the same for all that are forked, before the first: what each would load itself."""
    wait_for_no_disk()
    gc.set_threshold(70_000, 20, 20)  # most are over before there is garbage to speak of
    for module in (*modules, *_LOADED_WHEN_FIRST_USED):
        importlib.import_module(module)
    importlib.import_module("bot.cli.main").command_line()  # which loads every command
    DIRECT.tls()
    standard_emoji()
    for language in languages():
        catalogue(language)
    for template in environment().list_templates(extensions=["jinja"]):
        environment().get_template(template)


def _main() -> None:
    warm_up("bot.cli.main", "pydantic")
    with contextlib.suppress(ModuleNotFoundError):  # newer versions read options by it
        importlib.import_module("typer._adapters")
    gc.collect()
    gc.freeze()  # what every command has in common is neither looked through nor copied
    mine = None
    with contextlib.suppress(KeyboardInterrupt):
        mine = _serve(socket.socket(fileno=int(sys.argv[1])))
    if mine:
        _settle_in(*mine)
        _run(*mine[0]["arguments"])


if __name__ == "__main__":
    _main()
