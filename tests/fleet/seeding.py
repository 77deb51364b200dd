"""A database as a fleet finds it: workspaces that installed Paperboy, and channels that are served."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.settings import Settings
from bot.store.opening import open_store
from tests.fleet.slack import token_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.rules.channels import Channel


async def seed(url: str, channels: Sequence[Channel], *, now: datetime) -> dict[str, str]:
    """Fill an empty database; what a replica's environment must say of the workspaces."""
    store = await open_store(Settings(database_url=url))
    try:
        for start in range(0, len(channels), 200):
            await asyncio.gather(*(store.channels.create(each, now=now) for each in channels[start : start + 200]))
    finally:
        await store.close()
    return {"SLACK_BOT_TOKEN": token_of(channels[0].team)}
