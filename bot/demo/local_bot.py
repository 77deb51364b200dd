"""The real bot, connected to an emulated Slack and to the bundled days on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.app import open_bot
from bot.demo.bundled_days import BundledOnly, bundled_days
from bot.settings import SecretStr, Settings

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.clock import Clock
    from bot.connected_bot import ConnectedBot
    from bot.slack_emulator import SlackEmulator

# Nobody here asks for less, and mornings follow each other within seconds.
_MESSAGES_A_MINUTE = 100_000


def open_local_bot(
    slack: SlackEmulator, source_url: str, folder: Path, clock: Clock, *, pace_seconds: float
) -> AbstractAsyncContextManager[ConnectedBot]:
    """A bot that reads papers from `source_url` alone, and whose database is in `folder`.

    Two of its messages in a channel are `pace_seconds` apart.
    """
    settings = Settings(
        slack_bot_token=SecretStr(slack.bot_token),
        slack_app_token=SecretStr(slack.app_token),
        slack_api_url=slack.api_url,
        hf_url=source_url,
        arxiv_api_url=source_url,
        arxiv_url=source_url,
        database_url=f"sqlite:///{folder / 'paperboy.db'}",
    )
    return open_bot(
        settings,
        clock=clock,
        pace_seconds=pace_seconds,
        posts_a_minute=_MESSAGES_A_MINUTE,
        updates_a_minute=_MESSAGES_A_MINUTE,
        in_place_of_arxiv=BundledOnly(),
        only_days=bundled_days(),
    )
