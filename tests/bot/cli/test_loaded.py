"""A bot that runs loads nothing it has no use for: each library costs time at every start, and memory for good."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from tests.documentation import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# For terminals, for pages of papers, for the emulator; and models of data, which take 10 MB as soon as there is one.
_OF_NO_USE = (
    *("rich", "pygments", "lxml", "tinycss2", "jsonschema", "markdown_it", "pydantic", "typer.rich_utils"),
    *("bot.slack_emulator", "bot.demo", "bot.play", "bot.messages.as_text"),
    # Other commands, and what only they need.
    *("bot.cli.doctor", "bot.cli.check", "bot.cli.checks", "bot.cli.demo", "bot.cli.post", "bot.messages.samples"),
    # Loaded when the first extract is made or the first summary is read through: their patterns take 70 ms.
    *("bot.summaries.source_check", "bot.summaries.extract", "bot.summaries.roles", "bot.summaries.standing_alone"),
    *("bot.summaries.takeaways", "bot.summaries.best_sentence", "bot.summaries.clauses"),
    # Loaded where a model is set, for the first command, and for the first file of each format.
    *("bot.summaries.writer", "bot.summaries.models.client", "bot.summaries.models.requests"),
    *("bot.rules.command_grammar", "bot.rules.dates_in_words", "bot.templating.command_words", "handlers.typed_text"),
    # Loaded where the database is on a server.
    *("bot.store.postgres", "psycopg", "psycopg_pool"),
    # Loaded where workspaces install the app themselves.
    *("bot.installed_workspaces", "bot.use_cases.installing", "bot.slack.oauth", "bot.slack.installations"),
    *("bot.token_encryption", "bot.web.install_pages", "cryptography.fernet"),
    *("bot.exports.bibtex", "bot.exports.csl_json", "bot.imports.bibtex", "bot.imports.ris"),
)
_PROGRAM = """
import atexit, os, runpy, sys
atexit.register(lambda: print(*sys.modules, sep="\\n", file=sys.__stdout__, flush=True))
sys.argv = ["paperboy", *sys.argv[1:]]
runpy.run_module("bot", run_name="__main__", alter_sys=True)
"""


async def loaded_by(folder: Path, *arguments: str) -> tuple[set[str], int | None]:
    """What a process of its own has loaded when the command is over, and its exit code."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROGRAM, *arguments, cwd=folder, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    return set(out.decode().splitlines()), process.returncode


async def test_a_bot_loads_nothing_it_has_no_use_for(tmp_path: Path) -> None:
    loaded, code = await loaded_by(tmp_path, "run")
    assert code == 2, "nothing is set here, so that it ends when all was loaded"
    assert {"bot.app", "handlers.actions", "slack_bolt", "httpx"} <= loaded
    assert not {each for each in loaded if each.startswith(tuple(f"{name}." for name in _OF_NO_USE))}
    assert not loaded & {*_OF_NO_USE}


async def test_a_command_loads_no_other(tmp_path: Path) -> None:
    loaded, code = await loaded_by(tmp_path, "manifest", "--help")
    assert code == 0
    assert {each for each in loaded if each.startswith("bot.cli.")} >= {"bot.cli.main", "bot.cli.manifest"}
    assert not loaded & {"bot.cli.run", "bot.cli.doctor", "bot.cli.check", "bot.cli.backup", "bot.app", "slack_bolt"}
