"""A forked command is told apart from one of an interpreter of its own only by what it costs."""

from __future__ import annotations

import asyncio
import signal
from asyncio.subprocess import PIPE
from typing import TYPE_CHECKING

import pytest

from tests.command_server import start_python

if TYPE_CHECKING:
    from pathlib import Path

SEEN = """
import os, sys, atexit, threading
atexit.register(lambda: print("at its exit"))
threading.Thread(target=lambda: print("from a thread")).start()
os.environ.pop("LC_CTYPE", None)  # set by an interpreter that starts without any locale
print(__name__, sys.argv, os.getcwd(), sorted(os.environ.items()), sys.stdin.read(), sys.stdout.encoding, flush=True)
print("told", file=sys.stderr)
"""
ENDINGS = ["", "sys.exit(3)", "sys.exit('no')", "sys.exit(None)", "raise KeyboardInterrupt", "os._exit(7)", "1 / 0"]


async def ran(
    program: str, *arguments: str, cwd: Path, anew: bool, **more: str
) -> tuple[int | None, bytes, list[bytes]]:
    """Its exit code, what it said, and the last line of its complaints, which tell where in their program they were."""
    environment = {"PATH": "", "TZ": "Asia/Seoul", **more}
    process = await start_python("-c", program, *arguments, env=environment, cwd=cwd, stdin=PIPE, anew=anew)
    assert process.stdin
    process.stdin.write(b"heard")
    process.stdin.close()
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out, err.splitlines()[-1:]


@pytest.mark.parametrize("ending", ENDINGS)
async def test_it_sees_and_leaves_what_any_other_does(tmp_path: Path, ending: str) -> None:
    program = f"{SEEN}{ending}"
    assert await ran(program, "--one", "두", cwd=tmp_path, anew=False) == await ran(
        program, "--one", "두", cwd=tmp_path, anew=True
    )


@pytest.mark.parametrize("encoding", ["cp949", "ascii:replace", ":ignore", "utf-8:strict"])
async def test_its_streams_have_the_encoding_asked_for(tmp_path: Path, encoding: str) -> None:
    program = "import sys\nfor each in (sys.stdin, sys.stdout, sys.stderr): print(each.encoding, each.errors)"
    forked, other = [await ran(program, cwd=tmp_path, anew=anew, PYTHONIOENCODING=encoding) for anew in (False, True)]
    assert forked == other


async def test_a_signal_ends_it_and_nobody_else(tmp_path: Path) -> None:
    forever = "import time; print(flush=True); time.sleep(1000)"
    both = [await start_python("-c", forever, env={}, cwd=tmp_path) for _ in range(2)]
    for process, number in zip(both, (signal.SIGTERM, signal.SIGKILL), strict=True):
        assert process.stdout
        await process.stdout.readline()
        assert process.returncode is None
        process.send_signal(number)
        assert await asyncio.wait_for(process.wait(), 30) == -number
        await process.communicate()


async def test_nothing_of_paperboy_is_left_to_import_for_a_command() -> None:
    program = (
        "import atexit, runpy, sys\nknown = set(sys.modules)\n"
        "atexit.register(lambda: print([each for each in set(sys.modules) - known if each.startswith('bot.')]))\n"
        "sys.argv = ['paperboy', '--version']\nrunpy.run_module('bot', run_name='__main__')"
    )
    process = await start_python("-c", program, env={})
    out, _ = await process.communicate()
    assert out.decode().splitlines()[1:] == ["[]"]
