"""Lookups of what the settings name in Slack: a channel, a person, the workspace's custom emoji.

Only a refusal by Slack itself counts. While Slack is away, or does not let us look, a setting stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import PaperboyError, SettingsWrong, SlackRefused, SlackUnreachable
from bot.slack.web_api import Refusal, answer_to, call
from bot.text.emoji import is_standard

if TYPE_CHECKING:
    from collections.abc import Collection

    from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger(__name__)


async def wrong_names(
    client: AsyncWebClient, *, channel: str | None, operator: str | None, emoji: Collection[str]
) -> list[PaperboyError]:
    """A `SettingsWrong` for each that Slack says it does not have; what is None is not looked up."""
    wrong: list[PaperboyError] = []
    if channel and _is_unknown(await look_up_channel(client, channel)):
        reason = "Slack shows Paperboy no such channel. Check the ID, and invite Paperboy if the channel is private"
        wrong.append(SettingsWrong(name="PAPERBOY_CHANNEL", reason=reason))
    if operator and _is_unknown(await look_up_person(client, operator)):
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
        log.warning("couldn't check whether the workspace has these emoji", emoji=custom, error=str(error))
        return None
    return [name for name in custom if name not in own] if isinstance(own, dict) else None


async def look_up_channel(client: AsyncWebClient, channel: str) -> dict[str, Any] | Refusal:
    """A channel as Slack describes it, or why it does not."""
    answer = await answer_to("conversations.info", client.conversations_info(channel=channel))
    return answer if isinstance(answer, Refusal) else answer["channel"]


async def look_up_person(client: AsyncWebClient, person: str) -> dict[str, Any] | Refusal:
    """A person as Slack describes them, or why it does not."""
    answer = await answer_to("users.info", client.users_info(user=person))
    return answer if isinstance(answer, Refusal) else answer["user"]


def _is_unknown(found: dict[str, Any] | Refusal) -> bool:
    """Whether Slack itself says that it has none of this name."""
    if not isinstance(found, Refusal):
        return False
    if not found.error:
        log.warning("couldn't look up what the settings name", reason=found.reason)
    return found.error in {"channel_not_found", "user_not_found"}
