"""`paperboy run`."""

from __future__ import annotations

import asyncio

from bot.app import run
from bot.cli.arguments import start


def run_command() -> None:
    """Run the bot until you stop it."""
    settings = start(to_run=True)
    asyncio.run(run(settings))
