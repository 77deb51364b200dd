"""`paperboy run`."""

from __future__ import annotations

import asyncio

from bot.cli.arguments import start
from bot.run import run


def run_command() -> None:
    """Run the bot until you stop it."""
    settings = start(to_run=True)
    asyncio.run(run(settings))
