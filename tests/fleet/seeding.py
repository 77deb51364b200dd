"""A database as a fleet finds it: workspaces that installed Paperboy, and channels that are served."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.installations import Credentials, InstalledApp
from bot.settings import Settings
from bot.slack.manifest import build_manifest
from bot.store.opening import open_store
from bot.token_encryption import TokenEncryption
from tests.fleet.slack import APP, bot_user, person, token_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.rules.channels import Channel

_KEY = b64encode(b"fleet" * 6 + b"xx").decode()
_AN_APP = {
    "SLACK_CLIENT_ID": "123456789012.3456789012345",
    "SLACK_CLIENT_SECRET": "5e" * 16,
    "PAPERBOY_SECRET_KEY": _KEY,
}
_AT_ONCE = 200


async def seed(url: str, channels: Sequence[Channel], *, now: datetime, has_history: bool) -> dict[str, str]:
    """Fill an empty database; what a replica's environment must say of the workspaces.

    Several have installed the app themselves; a single one has a token in the environment.
    """
    teams = sorted({channel.team for channel in channels})
    manifest = build_manifest(http_url="https://paperboy.example", with_history=has_history)
    scopes = frozenset(manifest["oauth_config"]["scopes"]["bot"])
    encryption = TokenEncryption([_KEY.replace("+", "-").replace("/", "_")])
    store = await open_store(Settings(database_url=url))
    try:
        for start in range(0, len(channels), _AT_ONCE):
            some = channels[start : start + _AT_ONCE]
            await asyncio.gather(*(store.channels.create(each, now=now) for each in some))
        for team in teams if len(teams) > 1 else ():
            app = InstalledApp(
                team=team,
                name=f"Team {team}",
                bot_user=bot_user(team),
                bot=f"B{team[1:]}",
                enterprise=None,
                is_organization=False,
                app=APP,
                url=f"https://{team.lower()}.slack.com/",
                scopes=scopes,
                installed_at=now - timedelta(days=30),
                credentials=encryption.seal(team, Credentials(token_of(team))),
            )
            await store.installations.save(app, installer=person(team), now=now - timedelta(days=30))
    finally:
        await store.close()
    return _AN_APP if len(teams) > 1 else {"SLACK_BOT_TOKEN": token_of(teams[0])}
