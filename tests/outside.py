"""Servers on loopback around a Paperboy that runs as a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.command_server import start_python
from tests.harness import environment_for, settings_for

if TYPE_CHECKING:
    from bot.slack_emulator import Channel, Person, SlackEmulator
    from tests.command_server import Command
    from tests.servers import PaperSources

ROOT = Path(__file__).resolve().parents[1]


class Outside:
    """The servers around a Paperboy process, which run in the test."""

    def __init__(self, slack: SlackEmulator, sources: PaperSources, folder: Path) -> None:
        self.slack = slack
        self.sources = sources
        self.folder = folder
        self._settings = settings_for(slack, sources, folder)
        self.environment = environment_for(self._settings)
        self.ana: Person = slack.add_person("Ana")
        self.papers: Channel = slack.add_channel("papers", members=[self.ana.id], with_bot=True)

    @property
    def database(self) -> Path:
        """The file that the database is."""
        assert self._settings.database_path is not None
        return self._settings.database_path

    async def start(self, *arguments: str, **more: str) -> Command:
        return await start_python("-m", "bot", *arguments, env={**self.environment, **more, "PATH": ""})

    async def do(self, *arguments: str, **more: str) -> tuple[int, str, str]:
        """Run a command to its end: exit code, stdout, stderr."""
        process = await self.start(*arguments, **more)
        out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()
