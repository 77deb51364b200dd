"""Lookups of what the settings name in Slack: a channel, a person, the workspace's custom emoji.

Only a refusal by Slack itself counts. While Slack is away, or does not let us look, a setting stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.errors import PaperboyError, SettingsWrong, SlackRefused, SlackUnreachable
from bot.slack.web_api import call
from bot.text.emoji import is_standard

if TYPE_CHECKING:
    from collections.abc import Awaitable, Collection

    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

log = structlog.get_logger(__name__)


async def wrong_names(
    client: AsyncWebClient, *, channel: str | None, operator: str | None, emoji: Collection[str]
) -> list[PaperboyError]:
    """A `SettingsWrong` for each that Slack says it does not have; what is None is not looked up."""
    wrong: list[PaperboyError] = []
    if channel and await _has_none("conversations.info", client.conversations_info(channel=channel)):
        reason = "Slack shows Paperboy no such channel. Check the ID, and invite Paperboy if the channel is private"
        wrong.append(SettingsWrong(name="PAPERBOY_CHANNEL", reason=reason))
    if operator and await _has_none("users.info", client.users_info(user=operator)):
        wrong.append(SettingsWrong(name="PAPERBOY_OPERATOR", reason="Slack knows no member of this ID"))
    if missing := await missing_emoji(client, emoji):
        names = ", ".join(f":{name}:" for name in missing)
        wrong.append(SettingsWrong(name="PAPERBOY_EMOJI", reason=f"this workspace has no {names}"))
    return wrong


async def missing_emoji(client: AsyncWebClient, emoji: Collection[str]) -> list[str] | None:
    """Those that are neither standard nor the workspace's own, None when Slack does not tell (`emoji:read`)."""
    custom = [name for name in emoji if not is_standard(name)]
    if not custom:
        return []
    try:
        own = (await call("emoji.list", client.emoji_list())).get("emoji")
    except (SlackRefused, SlackUnreachable) as error:
        log.warning("nobody knows whether the workspace has these emoji", emoji=custom, error=str(error))
        return None
    return [name for name in custom if name not in own] if isinstance(own, dict) else None


async def _has_none(method: str, request: Awaitable[AsyncSlackResponse]) -> bool:
    try:
        await call(method, request)
    except SlackRefused as error:
        return error.values["error"] in {"channel_not_found", "user_not_found"}
    except SlackUnreachable as error:
        log.warning("what the settings name could not be looked up", **error.values)
    return False
