"""Long work shows how far it has come: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import asyncio
import os
import pty
import re
from typing import TYPE_CHECKING

from tests.command_server import start_python
from tests.harness import DAY, bundled_day

if TYPE_CHECKING:
    from pathlib import Path

    from tests.outside import Outside

BROKEN = {"paper": {"id": "2407.99999", "upvotes": 70, "authors": []}}
ERASED = re.compile(r"[^\n]*\r\x1b\[2K")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


async def test_on_a_terminal_a_bar_grows_and_what_went_wrong_stays_legible_above_it(outside: Outside) -> None:
    outside.sources.day(DAY, [BROKEN, *bundled_day()])
    code, out, screen = await on_a_terminal(outside, "fetch", "--since", "2024-07-29", "--until", "2024-08-02")
    assert code == 0
    assert out == "Fetched 5 days. 0 were already stored.\n"
    assert "5/5" in screen
    (line,) = [line for line in screen.splitlines() if "2407.99999" in line]
    assert "skipped" in line
    assert "/5" not in line


async def test_on_a_terminal_files_that_cannot_be_used_are_still_named(outside: Outside, tmp_path: Path) -> None:
    (tmp_path / "[red]1.md").write_text("## Daily Papers (2024-07-31)\n", encoding="utf-8")
    missing = tmp_path / "[bold]none.md"
    code, _, screen = await on_a_terminal(outside, "import", str(tmp_path / "[red]1.md"), str(missing))
    assert code == 1
    assert "2/2" in screen
    assert f"Couldn't read {missing}" in screen.replace("\n", "")


async def test_on_a_terminal_a_backup_shows_how_far_it_is(outside: Outside, tmp_path: Path) -> None:
    await outside.do("digest", "--date", str(DAY))
    code, out, screen = await on_a_terminal(outside, "backup", str(tmp_path / "copy.db"))
    assert code == 0
    assert "verified" in out
    assert "1/1" in screen
    assert "MB copied" in screen


async def on_a_terminal(outside: Outside, *arguments: str) -> tuple[int, str, str]:
    """Run a command whose stderr is a terminal: exit code, stdout, what stays to be read on the terminal."""
    ours, theirs = pty.openpty()
    try:
        environment = {**outside.environment, "PATH": "", "TERM": "xterm", "COLUMNS": "300"}
        process = await start_python("-m", "bot", *arguments, env=environment, stderr=theirs)
        os.close(theirs)
        reading = asyncio.create_task(asyncio.to_thread(read_all, ours))
        out, _ = await process.communicate()
        screen = CONTROL.sub("", ERASED.sub("", (await reading).decode()))
        return process.returncode or 0, out.decode(), screen
    finally:
        os.close(ours)


def read_all(terminal: int) -> bytes:
    """Everything written to a terminal until its other side is closed, which Linux reports as an error."""
    pieces: list[bytes] = []
    try:
        while piece := os.read(terminal, 4096):
            pieces.append(piece)
    except OSError:
        pass
    return b"".join(pieces)
