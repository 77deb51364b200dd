"""`paperboy run`."""

from __future__ import annotations

import asyncio

from bot.cli.arguments import start
from bot.process import run_until_signal


def run_command() -> None:
    """Run the bot until you stop it."""
    settings = start(to_run=True)
    asyncio.run(run_until_signal(settings))
