"""Terminals of any encoding, files, pipes whose reader has gone, full disks: real processes, real descriptors."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
import sys
from asyncio.subprocess import PIPE
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.bot.cli.test_progress import read_all
from tests.command_server import start_python
from tests.outside import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# As any command of `bot.cli.main` would: words of every kind, then the end.
SPEAKER = """
import sys
from bot.cli import main as cli, output
def speak(lines: int = 3):
    for number in range(lines):
        output.print_text(f"{number} ✓ → “논문” 🔖 é \\udc80")
    output.print_error("“논문” ✗")
    if sys.stdout.isatty():
        output.print_text("a terminal")
output.speak = speak
cli.COMMANDS["speak"] = "bot.cli.output:speak"
cli.main()
"""
LOCALES = [
    {"PYTHONIOENCODING": "cp949"},
    {"PYTHONIOENCODING": "cp1252"},
    {"PYTHONIOENCODING": "ascii:strict"},
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"},
]
CLOSED = {"0": "<&-", "1": ">&-", "2": "2>&-"}


def environment(locale: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **locale}


def speak(
    folder: Path, shell: str = "", *, lines: int = 3, locale: dict[str, str] | None = None
) -> tuple[int, bytes, bytes]:
    """What a shell makes of it, with `speak` in place of the command."""
    script = folder / "speaker.py"
    script.write_text(SPEAKER, encoding="utf-8")
    command = f"{sys.executable} {script} speak --lines {lines}"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell.replace("speak", command) if shell else command],
        env=environment(locale or {}),
        cwd=folder,
        capture_output=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


async def say(
    folder: Path, *, lines: int = 3, locale: dict[str, str] | None = None, stdout: int = PIPE, stderr: int = PIPE
) -> tuple[int, bytes, bytes]:
    """What it says, and whether it got through, into descriptors of ours."""
    process = await start_python(
        *("-c", SPEAKER, "speak", "--lines", str(lines)), env=locale or {}, cwd=folder, stdout=stdout, stderr=stderr
    )
    out, err = await process.communicate()
    return process.returncode or 0, out or b"", err or b""


@contextmanager
def full_disk() -> Iterator[int]:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize("locale", LOCALES, ids=str)
async def test_what_goes_to_a_file_or_a_pipe_is_utf_8_in_every_locale(tmp_path: Path, locale: dict[str, str]) -> None:
    # Only an interpreter of its own looks at a locale.
    code, out, err = speak(tmp_path, locale=locale) if "LC_ALL" in locale else await say(tmp_path, locale=locale)
    assert code == 0
    assert out.decode("utf-8").splitlines()[0] == "0 ✓ → “논문” 🔖 é ?"
    assert err.decode("utf-8") == "paperboy: “논문” ✗\n"


@pytest.mark.parametrize("locale", LOCALES[:3], ids=str)
async def test_a_terminal_gets_what_it_can_show(tmp_path: Path, locale: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    reading = asyncio.create_task(asyncio.to_thread(read_all, ours))
    code, _, _ = await say(tmp_path, locale=locale, stdout=theirs, stderr=theirs)
    os.close(theirs)
    out = await reading
    os.close(ours)
    assert code == 0
    assert b"a terminal" in out
    assert b"Traceback" not in out


async def test_a_reader_that_has_read_enough_is_no_failure(tmp_path: Path) -> None:
    read, write = os.pipe()
    speaking = asyncio.create_task(say(tmp_path, lines=20_000, stdout=write))
    first = await asyncio.to_thread(os.read, read, 100)
    os.close(read)
    os.close(write)
    assert first.startswith("0 ✓ → “논문” 🔖 é ?\n".encode())
    assert await speaking == (0, b"", "paperboy: “논문” ✗\n".encode())


async def test_a_full_disk_is_a_failure_in_one_line(tmp_path: Path) -> None:
    with full_disk() as full:
        code, _, err = await say(tmp_path, stdout=full)
    assert code == 1
    assert err.decode().splitlines() == [
        "paperboy: “논문” ✗",
        "paperboy: Couldn't write the output: No space left on device."
        " Check where it goes, then run the command again.",
    ]


async def test_errors_that_cannot_be_told_do_no_harm(tmp_path: Path) -> None:
    with full_disk() as full:
        code, out, _ = await say(tmp_path, stderr=full)
    assert (code, len(out.splitlines())) == (0, 3)


@pytest.mark.parametrize("closed", ["1", "2", "12", "012"])
def test_streams_that_are_closed_are_done_without_and_nothing_is_written_into_other_files(
    tmp_path: Path, closed: str
) -> None:
    code, out, err = speak(tmp_path, f"speak {' '.join(CLOSED[each] for each in closed)}")
    assert code == 0
    assert b"Traceback" not in out + err


def test_the_doctor_comes_to_its_findings_on_a_terminal_without_the_signs_for_them(tmp_path: Path) -> None:
    dead = dict.fromkeys(("HF_URL", "ARXIV_API_URL", "SLACK_API_URL"), "http://127.0.0.1:9")
    done = subprocess.run(
        ["script", "-qec", f"{sys.executable} -m bot doctor", "/dev/null"],
        env=environment({**dead, "PYTHONIOENCODING": "ascii"}),
        cwd=tmp_path,
        capture_output=True,
        timeout=100,
    )
    told = done.stdout.decode("ascii")
    assert "x Slack connection" in told
    assert "    -> Set SLACK_APP_TOKEN" in told
    assert "+ Language model" in told
    assert done.returncode == 1


def test_what_the_doctor_finds_can_be_read_by_programs(tmp_path: Path) -> None:
    dead = dict.fromkeys(("HF_URL", "ARXIV_API_URL", "SLACK_API_URL"), "http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "doctor", "--json"],
        env=environment(dead),
        cwd=tmp_path,
        capture_output=True,
        timeout=100,
    )
    found = json.loads(done.stdout)
    assert {"what", "verdict", "told", "remedy"} == set(found[0])
    assert {each["verdict"] for each in found} <= {"ok", "note", "broken"}
    assert done.returncode == 1
